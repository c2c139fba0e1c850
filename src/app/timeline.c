#include "timeline.h"

#include "gridwalk/base/time.h"

#include <string.h>

/* MORE: for a segment and a gap that are narrower than their marks. */
enum { SHOWN = 12, COLUMNS = 56, MORE = 4 };

struct scale {
    size_t first, bars;
};

static size_t column_of(const struct scale *scale, size_t bar)
{
    return (bar - scale->first) * COLUMNS / scale->bars;
}

/* A stretch of a fill with its name in the middle, where there is room for it. */
static void draw(struct gw_text *out, size_t columns, char fill, const char *name)
{
    size_t length = strlen(name);
    length = length > columns ? 0 : length;
    for (size_t i = 0; i < columns - length; i++) {
        if (i == (columns - length) / 2) {
            gw_text_append(out, name, length);
        }
        gw_text_append(out, &fill, 1);
    }
    if (columns == length) {
        gw_text_append(out, name, length);
    }
}

/* Columns between a mark at bar `from` and one at bar `to`, one at least. */
static size_t columns_between(const struct scale *scale, size_t from, size_t to)
{
    size_t columns = column_of(scale, to) - column_of(scale, from);
    return columns > 2 ? columns - 1 : 1;
}

/* The bars between two segments. */
static void draw_gap(const struct gw_plan *plan,
                     const struct scale *scale,
                     size_t from,
                     size_t to,
                     struct gw_text *out)
{
    bool purge = plan->experiment->walk_forward.purge > 0;
    gw_text_printf(out, "|");
    draw(out, columns_between(scale, from, to), '-', purge ? "purge" : "gap");
}

static void draw_window(const struct gw_plan *plan,
                        const struct scale *scale,
                        const struct gw_window *window,
                        struct gw_text *out)
{
    static const char fill[] = {[GW_TRAIN] = '=', [GW_VALIDATION] = '~', [GW_TEST] = '='};
    size_t end = window->begin[GW_TRAIN];
    draw(out, column_of(scale, end), ' ', "");
    for (size_t i = 0; i < GW_SEGMENTS; i++) {
        enum gw_segment s = gw_segment_in_time[i];
        if ((size_t)s >= plan->segments) {
            continue;
        }
        if (window->begin[s] > end) {
            draw_gap(plan, scale, end, window->begin[s], out);
        }
        end = window->end[s] + 1;
        size_t columns = columns_between(scale, window->begin[s], end);
        bool fits = columns >= strlen(gw_segment_name[s]);
        gw_text_printf(out, s == GW_TRAIN ? "[" : "|");
        draw(out, columns, fill[s],
             s == GW_VALIDATION && !fits ? "val" : gw_segment_name[s]);
    }
    gw_text_printf(out, "]");
}

void gw_timeline(const struct gw_plan *plan, const int32_t *session, struct gw_text *out)
{
    size_t shown = plan->windows < SHOWN ? plan->windows : SHOWN;
    size_t last_segment = gw_last_segment(plan->segments);
    struct scale scale = {.first = plan->window[0].begin[GW_TRAIN], .bars = 1};
    int room = COLUMNS + (plan->segments > GW_VALIDATION ? 2 : 1) * MORE;
    for (size_t w = 0; w < shown; w++) {
        size_t bars = plan->window[w].end[last_segment] + 1 - scale.first;
        scale.bars = bars > scale.bars ? bars : scale.bars;
    }
    for (size_t w = 0; w < shown; w++) {
        const struct gw_window *window = &plan->window[w];
        char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
        struct gw_text bar = {0};
        gw_date_format(session[window->begin[GW_TRAIN]], from);
        gw_date_format(session[window->end[last_segment]], to);
        draw_window(plan, &scale, window, &bar);
        gw_text_printf(out, "%10zu  %s %-*s %s\n", w, from, room, bar.data, to);
        gw_text_clear(&bar);
    }
    if (plan->windows > shown) {
        char to[GW_DATE_SIZE];
        gw_date_format(session[plan->window[plan->windows - 1].end[last_segment]], to);
        gw_text_printf(out, "            ... %zu more, up to %s\n", plan->windows - shown,
                       to);
    }
}
