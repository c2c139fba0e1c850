/* The keys under walk_forward. */
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "node.h"
#include "parse.h"

#include <string.h>

static enum gw_status refuse_missing(const struct gw_parse *parse,
                                     const struct gw_yaml *node,
                                     const char *key,
                                     const char *help)
{
    return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                      "the key 'walk_forward.%s' is missing (%s)", key, help);
}

/* All lengths in bars or all by the calendar; a test or validation of 0 is either. */
static enum gw_status check_kinds(const struct gw_parse *parse,
                                  const struct gw_yaml *node)
{
    const struct gw_walk_forward *x = &parse->experiment->walk_forward;
    const struct {
        const char *key;
        const struct gw_length *length;
    } other[] = {{"validation", &x->validation}, {"test", &x->test}, {"step", &x->step}};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        const struct gw_length *length = other[i].length;
        const struct gw_yaml *value = gw_yaml_get(node, other[i].key);
        if (value == NULL || length->count == 0 ||
            (length->unit == 0) == (x->train.unit == 0)) {
            continue;
        }
        struct gw_text both = {0};
        gw_text_printf(&both, "%s is ", other[i].key);
        gw_length_print(length, &both);
        gw_text_printf(&both, "%s, but train is ", length->unit == 0 ? " bars" : "");
        gw_length_print(&x->train, &both);
        enum gw_status status =
            gw_fail_at(parse->err, GW_CONFIG, value->place,
                       "walk_forward.%s%s; give all lengths in bars or all by the "
                       "calendar",
                       both.data, x->train.unit == 0 ? " bars" : "");
        gw_text_clear(&both);
        return status;
    }
    return GW_OK;
}

/* What only says something about a test. */
static enum gw_status check_in_sample(const struct gw_parse *parse,
                                      const struct gw_yaml *node)
{
    const struct gw_walk_forward *x = &parse->experiment->walk_forward;
    const struct {
        const char *key;
        bool used;
    } key[] = {{"purge", x->purge > 0},
               {"embargo", x->embargo > 0},
               {"partial", x->partial},
               {"overlap", x->overlap}};
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        if (x->segments == 1 && key[i].used) {
            return gw_fail_at(parse->err, GW_CONFIG, gw_yaml_get(node, key[i].key)->place,
                              "walk_forward.%s says something about test segments, but "
                              "there are none; leave it out",
                              key[i].key);
        }
    }
    return GW_OK;
}

/* It costs bars at the end of each segment but test. */
static enum gw_status check_purge(const struct gw_parse *parse)
{
    const struct gw_walk_forward *x = &parse->experiment->walk_forward;
    const struct gw_length *const length[] = {
        [GW_TRAIN] = &x->train, [GW_VALIDATION] = &x->validation};
    for (size_t i = 0; i < GW_SEGMENTS; i++) {
        enum gw_segment s = gw_segment_in_time[i];
        if ((size_t)s >= x->segments || s == GW_TEST || length[s]->unit != 0 ||
            x->purge < length[s]->count) {
            continue;
        }
        return gw_fail_at(parse->err, GW_CONFIG, x->purge_place,
                          "walk_forward.purge must be below %s (%lld bars): none would "
                          "be left",
                          gw_segment_name[s], (long long)length[s]->count);
    }
    return GW_OK;
}

static enum gw_status read_lengths(const struct gw_parse *parse,
                                   const struct gw_yaml *node)
{
    struct gw_walk_forward *x = &parse->experiment->walk_forward;
    const struct gw_record *record = &parse->record;
    if (record->train.count == GW_UNSET) {
        return refuse_missing(parse, node, "train", "what to select on: 500 bars, or 2y");
    }
    if (record->test.count == GW_UNSET) {
        return refuse_missing(parse, node, "test",
                              "bars behind them to test on; 0: in-sample only");
    }
    x->train = record->train;
    x->test = record->test;
    x->step = record->step.count != GW_UNSET ? record->step : record->test;
    x->validation = record->validation;
    x->segments = x->test.count == 0 ? 1 : x->validation.count == 0 ? 2 : 3;
    x->place = gw_yaml_get(node, "train")->place;
    if (x->step.count == 0) {
        return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                          "walk_forward.step is required when test is 0");
    }
    if (x->test.count == 0 && x->validation.count > 0) {
        return gw_fail_at(parse->err, GW_CONFIG, gw_yaml_get(node, "validation")->place,
                          "walk_forward.validation lies before a test segment, but test "
                          "is 0; make test longer, or leave validation out");
    }
    GW_TRY(check_kinds(parse, node));
    GW_TRY(check_purge(parse));
    return check_in_sample(parse, node);
}

/* ---- dates ---- */

static enum gw_status read_pair(const struct gw_parse *parse,
                                const struct gw_yaml *node,
                                size_t s,
                                struct gw_window_dates *out)
{
    int32_t day[2] = {0, 0};
    bool fine = node->kind == GW_YAML_LIST && node->count == 2;
    for (size_t i = 0; fine && i < 2; i++) {
        const struct gw_yaml *item = node->item[i];
        fine = item->kind == GW_YAML_SCALAR &&
               gw_date_parse(item->text, strlen(item->text), &day[i]);
    }
    if (!fine) {
        return gw_fail_at(parse->err, GW_CONFIG, node->place,
                          "%s must be two dates, the first and last day: [2001-01-01, "
                          "2002-12-31]",
                          gw_segment_name[s]);
    }
    if (day[0] > day[1]) {
        return gw_fail_at(parse->err, GW_CONFIG, node->place, "%s ends before it begins",
                          gw_segment_name[s]);
    }
    out->from[s] = day[0];
    out->to[s] = day[1];
    out->place[s] = node->place;
    return GW_OK;
}

static enum gw_status read_window(const struct gw_parse *parse,
                                  const struct gw_yaml *node,
                                  struct gw_window_dates *out)
{
    size_t segments = parse->experiment->walk_forward.segments;
    for (size_t i = 0; node->kind == GW_YAML_MAP && i < node->count; i++) {
        const char *key = node->item[i]->key;
        bool known = false;
        for (size_t s = 0; s < GW_SEGMENTS; s++) {
            known = known || strcmp(key, gw_segment_name[s]) == 0;
        }
        if (!known) {
            return gw_fail_at(parse->err, GW_CONFIG, node->item[i]->key_place,
                              "unknown key '%.60s' in a window; known are train, "
                              "validation, test",
                              key);
        }
    }
    for (size_t s = 0; s < GW_SEGMENTS && s < segments; s++) {
        const struct gw_yaml *pair = gw_yaml_get(node, gw_segment_name[s]);
        if (pair == NULL) {
            bool three = segments > GW_VALIDATION;
            return gw_fail_at(parse->err, GW_CONFIG, node->place,
                              "a window must be {train: [from, to], %stest: [from, to]}, "
                              "all with or all without %s",
                              three ? "validation: [from, to], " : "",
                              gw_segment_name[segments > 1 ? segments - 1 : GW_TEST]);
        }
        GW_TRY(read_pair(parse, pair, s, out));
    }
    return GW_OK;
}

static enum gw_status check_order(const struct gw_parse *parse, size_t w)
{
    const struct gw_walk_forward *x = &parse->experiment->walk_forward;
    const struct gw_window_dates *at = &x->dates[w];
    enum gw_segment before = GW_TRAIN;
    for (size_t i = 1; i < GW_SEGMENTS; i++) {
        enum gw_segment s = gw_segment_in_time[i];
        if ((size_t)s >= x->segments) {
            continue;
        }
        if (at->from[s] <= at->to[before]) {
            return gw_fail_at(parse->err, GW_CONFIG, at->place[s],
                              "%s must begin behind the last day of %s",
                              gw_segment_name[s], gw_segment_name[before]);
        }
        before = s;
    }
    if (w == 0) {
        return GW_OK;
    }
    bool later = x->segments > 1 ? at->from[GW_TEST] > at[-1].from[GW_TEST]
                                 : at->to[GW_TRAIN] > at[-1].to[GW_TRAIN];
    for (size_t s = 0; s < x->segments; s++) {
        later = later && at->from[s] >= at[-1].from[s] && at->to[s] >= at[-1].to[s];
    }
    if (!later) {
        return gw_fail_at(parse->err, GW_CONFIG, at->place[GW_TRAIN],
                          "windows must ascend; this one lies before window %zu", w - 1);
    }
    return GW_OK;
}

static enum gw_status read_dates(const struct gw_parse *parse, const struct gw_yaml *node)
{
    static const char *const other[] = {"mode", "train", "validation", "test",
                                        "step", "purge", "embargo",    "partial"};
    struct gw_walk_forward *x = &parse->experiment->walk_forward;
    const struct gw_yaml *list = gw_yaml_get(node, "dates");
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        const struct gw_yaml *value = gw_yaml_get(node, other[i]);
        if (value != NULL) {
            return gw_fail_at(parse->err, GW_CONFIG, value->key_place,
                              "walk_forward has either dates or %s", other[i]);
        }
    }
    if (list->count == 0) {
        return gw_fail_at(parse->err, GW_CONFIG, list->place,
                          "walk_forward.dates is empty");
    }
    x->place = list->place;
    x->segments = 1;
    for (size_t w = 0; w < list->count; w++) {
        for (size_t s = x->segments; s < GW_SEGMENTS; s++) {
            bool there = gw_yaml_get(list->item[w], gw_segment_name[s]) != NULL;
            x->segments = there ? s + 1 : x->segments;
        }
    }
    x->dates = gw_calloc(list->count, sizeof *x->dates);
    x->dated = list->count;
    for (size_t w = 0; w < list->count; w++) {
        GW_TRY(read_window(parse, list->item[w], &x->dates[w]));
        GW_TRY(check_order(parse, w));
    }
    return check_in_sample(parse, node);
}

static struct gw_place place_of(const struct gw_yaml *node, const char *key)
{
    const struct gw_yaml *value = gw_yaml_get(node, key);
    return value != NULL ? value->place : node->key_place;
}

enum gw_status gw_parse_walk_forward(struct gw_parse *parse)
{
    struct gw_walk_forward *walk_forward = &parse->experiment->walk_forward;
    const struct gw_record *record = &parse->record;
    const struct gw_yaml *node = gw_yaml_get(parse->root, "walk_forward");
    walk_forward->place.file = parse->experiment->file;
    walk_forward->segments = 1;
    if (node == NULL) {
        return GW_OK;
    }
    walk_forward->present = true;
    walk_forward->anchored = record->window_mode == 1;
    walk_forward->partial = record->partial == 1;
    walk_forward->overlap = record->overlap == 1;
    walk_forward->purge = record->purge;
    walk_forward->embargo = record->embargo;
    walk_forward->step_place = place_of(node, "step");
    walk_forward->purge_place = place_of(node, "purge");
    if (gw_yaml_get(node, "dates") != NULL) {
        return read_dates(parse, node);
    }
    return read_lengths(parse, node);
}
