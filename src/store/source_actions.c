#include "source.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <string.h>

enum { SYMBOL, DATE, KIND, VALUE, WIDTH };

static const char *const header[WIDTH] = {"symbol", "date", "kind", "value"};

static enum gw_status
check_header(struct gw_csv *csv, const struct gw_source *source, struct gw_error *err)
{
    const char *fields[GW_CSV_FIELDS];
    size_t count;
    GW_TRY(gw_csv_next(csv, fields, &count, err));
    bool same = count == WIDTH;
    for (size_t i = 0; same && i < WIDTH; i++) {
        same = strcmp(fields[i], header[i]) == 0;
    }
    return same ? GW_OK
                : gw_fail(err, GW_DATA, "%s:1: the header must be symbol,date,kind,value",
                          source->name);
}

static int find_kind(const char *text)
{
    int kind = 0;
    while (kind < GW_ACTIONS && strcmp(text, gw_action_name[kind]) != 0) {
        kind++;
    }
    return kind;
}

/* False with a defect for a row that is no action. */
static bool take_action(const char *const fields[WIDTH],
                        const struct gw_series_set *set,
                        struct gw_source_action *out,
                        struct gw_place place,
                        struct gw_ingest_report *report)
{
    size_t asset = gw_series_find(set, fields[SYMBOL]);
    int kind = find_kind(fields[KIND]);
    double value = NAN;
    const char *what = NULL;
    int wrong = VALUE;
    int32_t date = 0;
    if (asset == set->count) {
        what = "is no symbol of the prices";
        wrong = SYMBOL;
    } else if (!gw_date_parse(fields[DATE], strlen(fields[DATE]), &date)) {
        what = "is no date";
        wrong = DATE;
    } else if (kind == GW_ACTIONS) {
        what = "is no kind of action";
        wrong = KIND;
    } else if (!gw_parse_double(fields[VALUE], strlen(fields[VALUE]), &value) ||
               !gw_is_price(value)) {
        what = "is not a number above 0";
    }
    if (what != NULL) {
        gw_defect_add(report, GW_DEFECT_BAD_ACTION, place, "'%.40s' %s", fields[wrong],
                      what);
        return false;
    }
    *out = (struct gw_source_action){(int32_t)asset, date, kind, value};
    return true;
}

static enum gw_status read_rows(struct gw_csv *csv,
                                const struct gw_source *source,
                                const struct gw_series_set *set,
                                struct gw_source_actions *actions,
                                struct gw_ingest_report *report,
                                struct gw_error *err)
{
    GW_TRY(check_header(csv, source, err));
    for (;;) {
        const char *fields[GW_CSV_FIELDS];
        size_t count;
        GW_TRY(gw_csv_next(csv, fields, &count, err));
        if (count == 0) {
            return GW_OK;
        }
        struct gw_source_action action;
        const struct gw_place place = {source->name, gw_csv_line(csv), 0};
        if (count != WIDTH) {
            gw_defect_add(report, GW_DEFECT_BAD_ACTION, place, "%zu fields, not %d",
                          count, (int)WIDTH);
        } else if (take_action(fields, set, &action, place, report)) {
            actions->action = gw_grow(actions->action, &actions->capacity,
                                      actions->count + 1, sizeof action);
            actions->action[actions->count++] = action;
        }
    }
}

enum gw_status gw_source_read_actions(const struct gw_spec *spec,
                                      const struct gw_series_set *set,
                                      struct gw_source_actions *actions,
                                      struct gw_ingest_report *report,
                                      struct gw_error *err)
{
    if (spec->actions.path == NULL) {
        return GW_OK;
    }
    struct gw_csv *csv;
    GW_TRY(gw_csv_open(spec->actions.path, &csv, err));
    report->files++;
    enum gw_status status = read_rows(csv, &spec->actions, set, actions, report, err);
    gw_csv_close(csv);
    return status;
}
