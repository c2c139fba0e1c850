#include "gridwalk/store/ingest.h"

#include "gridwalk/base/mem.h"
#include "source.h"
#include "spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an ingest run has in hand. */
struct ingest {
    const struct gw_spec *spec;
    struct gw_series_set set;
    struct gw_source_actions actions;
    struct gw_ingest_report *report;
    struct gw_error *err;
};

static enum gw_status read_sources(struct ingest *ingest)
{
    const struct gw_spec *spec = ingest->spec;
    for (size_t i = 0; i < spec->sources; i++) {
        GW_TRY(gw_source_read_bars(spec, &spec->source[i], &ingest->set, ingest->report,
                                   ingest->err));
    }
    return gw_source_read_actions(spec, &ingest->set, &ingest->actions, ingest->report,
                                  ingest->err);
}

/* The policy `reject`: the first defect and the count. */
static enum gw_status judge(const struct ingest *ingest)
{
    size_t total = gw_defect_total(ingest->report);
    if (total == 0 || ingest->spec->on_defect != GW_REJECT) {
        return GW_OK;
    }
    const char *listing = ingest->report->listing.data;
    return gw_fail(ingest->err, GW_DATA,
                   "ingest: %s: %zu defect%s, first: %.*s; say on_defect: drop or nan to "
                   "go on",
                   ingest->spec->what, total, total == 1 ? "" : "s",
                   (int)strcspn(listing, "\n"), listing);
}

/* A symbol of which no row is left would be an asset without a single bar. */
static void forget_empty_series(struct ingest *ingest)
{
    struct gw_series_set *set = &ingest->set;
    int32_t *moved = gw_calloc(set->count, sizeof *moved);
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        moved[i] = -1;
        if (set->series[i].bars > 0) {
            moved[i] = (int32_t)kept;
            set->series[kept++] = set->series[i];
        } else {
            free(set->series[i].bar);
            gw_text_printf(&ingest->report->listing,
                           "%s: note: %s has no usable row and was left out\n",
                           ingest->spec->what, set->series[i].symbol);
        }
    }
    set->count = kept;
    struct gw_source_actions *actions = &ingest->actions;
    size_t count = 0;
    for (size_t i = 0; i < actions->count; i++) {
        struct gw_source_action action = actions->action[i];
        action.asset = moved[action.asset];
        if (action.asset >= 0) {
            actions->action[count++] = action;
        }
    }
    actions->count = count;
    free(moved);
}

static void note_left_out(const struct ingest *ingest, size_t count, const char *where)
{
    if (count > 0) {
        gw_text_printf(&ingest->report->listing,
                       "%s: note: %zu action%s %s session left out\n",
                       ingest->spec->actions.name, count, count == 1 ? "" : "s", where);
    }
}

/* An action before the first session would change nothing, one behind the last is not
 * applied. */
static void leave_out_actions(struct ingest *ingest)
{
    int32_t first, last;
    gw_series_span(&ingest->set, &first, &last);
    struct gw_source_actions *actions = &ingest->actions;
    size_t before = 0, after = 0, count = 0;
    for (size_t i = 0; i < actions->count; i++) {
        if (actions->action[i].date < first) {
            before++;
        } else if (actions->action[i].date > last) {
            after++;
        } else {
            actions->action[count++] = actions->action[i];
        }
    }
    actions->count = count;
    note_left_out(ingest, before, "before the first");
    note_left_out(ingest, after, "after the last");
}

static enum gw_status make_panel(struct ingest *ingest, struct gw_panel **panel_out)
{
    forget_empty_series(ingest);
    leave_out_actions(ingest);
    const struct gw_source_actions *actions = &ingest->actions;
    GW_TRY(gw_series_panel(&ingest->set, actions->count, panel_out, ingest->err));
    struct gw_panel *panel = *panel_out;
    for (size_t i = 0; i < actions->count; i++) {
        const struct gw_source_action *action = &actions->action[i];
        panel->action[i] = (struct gw_action){
            action->asset, (int32_t)gw_panel_bar_at(panel, action->date), action->kind,
            action->value};
    }
    gw_panel_sort_actions(panel);
    struct gw_panel_header *header = panel->header;
    header->periods = ingest->spec->periods;
    strcpy(header->calendar, "union");
    memcpy(header->description, ingest->spec->description, sizeof header->description);
    return GW_OK;
}

static enum gw_status load_sources(const struct gw_spec *spec,
                                   struct gw_panel **panel_out,
                                   struct gw_ingest_report *report,
                                   struct gw_error *err)
{
    struct ingest ingest = {.spec = spec, .report = report, .err = err};
    enum gw_status status = read_sources(&ingest);
    if (status == GW_OK) {
        status = judge(&ingest);
    }
    if (status == GW_OK && make_panel(&ingest, panel_out) != GW_OK) {
        status = gw_fail_prefix(err, "ingest: %s: ", spec->what);
    }
    gw_series_clear(&ingest.set);
    free(ingest.actions.action);
    return status;
}

static enum gw_status
make_synth(const struct gw_spec *spec, struct gw_panel **panel_out, struct gw_error *err)
{
    const struct gw_panel_dims dims = {spec->synth.bars, spec->synth.assets, 0};
    if (gw_panel_bytes(&dims) == 0) {
        return gw_fail(err, GW_CONFIG, "%s: %zu bars of %zu assets are too many",
                       spec->path, spec->synth.bars, spec->synth.assets);
    }
    *panel_out = gw_synth_make(&spec->synth);
    if (spec->description[0] != '\0') {
        memcpy((*panel_out)->header->description, spec->description,
               sizeof spec->description);
    }
    return GW_OK;
}

enum gw_status gw_spec_load(const char *path,
                            struct gw_panel **panel_out,
                            struct gw_ingest_report *report,
                            struct gw_error *err)
{
    *report = (struct gw_ingest_report){0};
    struct gw_spec spec;
    enum gw_status status = gw_spec_read(path, &spec, err);
    if (status == GW_OK && spec.format == GW_SPEC_SYNTH) {
        status = make_synth(&spec, panel_out, err);
    } else if (status == GW_OK) {
        status = load_sources(&spec, panel_out, report, err);
    }
    gw_spec_clear(&spec);
    return status;
}

/* ---- the digest ---- */

/* "HEX  NAME" of a file's bytes into the outer digest. */
static enum gw_status
add_file(struct gw_sha256 *outer, const struct gw_source *source, struct gw_error *err)
{
    FILE *file = fopen(source->path, "rb");
    if (file == NULL) {
        return gw_fail_errno(err, GW_DATA, errno, "%s", source->path);
    }
    struct gw_sha256 *inner = gw_sha256_new();
    char buffer[1 << 16], hex[GW_SHA256_HEX];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        gw_sha256_add(inner, buffer, got);
    }
    int number = ferror(file) ? errno : 0;
    fclose(file);
    gw_sha256_end(inner, hex);
    if (number != 0) {
        return gw_fail_errno(err, GW_DATA, number, "%s", source->path);
    }
    gw_sha256_add(outer, hex, strlen(hex));
    gw_sha256_add(outer, "  ", 2);
    gw_sha256_add(outer, source->name, strlen(source->name));
    gw_sha256_add(outer, "\n", 1);
    return GW_OK;
}

static enum gw_status
add_sources(struct gw_sha256 *outer, const struct gw_spec *spec, struct gw_error *err)
{
    for (size_t i = 0; i < spec->sources; i++) {
        GW_TRY(add_file(outer, &spec->source[i], err));
    }
    return spec->actions.path != NULL ? add_file(outer, &spec->actions, err) : GW_OK;
}

enum gw_status
gw_spec_digest(const char *path, char hex_out[GW_SHA256_HEX], struct gw_error *err)
{
    struct gw_spec spec;
    enum gw_status status = gw_spec_read(path, &spec, err);
    if (status == GW_OK) {
        char hex[GW_SHA256_HEX];
        struct gw_sha256 *sha = gw_sha256_new();
        gw_sha256_add(sha, spec.bytes.data, spec.bytes.length);
        gw_sha256_end(sha, hex);
        sha = gw_sha256_new();
        gw_sha256_add(sha, hex, strlen(hex));
        gw_sha256_add(sha, "\n", 1);
        status = add_sources(sha, &spec, err);
        gw_sha256_end(sha, hex);
        if (status == GW_OK) {
            memcpy(hex_out, hex, sizeof hex);
        }
    }
    gw_spec_clear(&spec);
    return status;
}
