#include "source.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The slot that holds a symbol, or the free one where it belongs. */
static size_t slot_of(const struct gw_series_set *set, const char *symbol)
{
    size_t slot = gw_xxh64(symbol, strlen(symbol)) & (set->slots - 1);
    while (set->slot[slot] != 0 &&
           strcmp(set->series[set->slot[slot] - 1].symbol, symbol) != 0) {
        slot = (slot + 1) & (set->slots - 1);
    }
    return slot;
}

static void grow_slots(struct gw_series_set *set)
{
    free(set->slot);
    set->slots = set->slots == 0 ? 64 : 2 * set->slots;
    set->slot = gw_calloc(set->slots, sizeof *set->slot);
    for (size_t i = 0; i < set->count; i++) {
        set->slot[slot_of(set, set->series[i].symbol)] = (uint32_t)i + 1;
    }
}

size_t gw_series_find(const struct gw_series_set *set, const char *symbol)
{
    uint32_t at = set->slots == 0 ? 0 : set->slot[slot_of(set, symbol)];
    return at == 0 ? set->count : at - 1;
}

size_t gw_series_place(struct gw_series_set *set, const char *symbol)
{
    if (2 * (set->count + 1) > set->slots) {
        grow_slots(set);
    }
    size_t slot = slot_of(set, symbol);
    if (set->slot[slot] == 0) {
        set->series =
            gw_grow(set->series, &set->capacity, set->count + 1, sizeof *set->series);
        struct gw_series *series = &set->series[set->count++];
        *series = (struct gw_series){0};
        memcpy(series->symbol, symbol, strlen(symbol) + 1);
        set->slot[slot] = (uint32_t)set->count;
    }
    return set->slot[slot] - 1;
}

void gw_series_append(struct gw_series *series, const struct gw_source_bar *bar)
{
    series->bar =
        gw_grow(series->bar, &series->capacity, series->bars + 1, sizeof *series->bar);
    series->bar[series->bars++] = *bar;
}

void gw_series_clear(struct gw_series_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->series[i].bar);
    }
    free(set->series);
    free(set->slot);
    *set = (struct gw_series_set){0};
}

/* ---- the union of the dates ---- */

/* Bar index by date: bar[date - first], -1 where no symbol has a bar. */
struct calendar {
    int32_t first, days;
    int32_t *bar;
    size_t T;
};

void gw_series_span(const struct gw_series_set *set,
                    int32_t *first_out,
                    int32_t *last_out)
{
    int32_t first = INT32_MAX, last = INT32_MIN;
    for (size_t i = 0; i < set->count; i++) {
        const struct gw_series *series = &set->series[i];
        if (series->bars > 0) {
            int32_t begin = series->bar[0].date, end = series->bar[series->bars - 1].date;
            first = begin < first ? begin : first;
            last = end > last ? end : last;
        }
    }
    *first_out = first;
    *last_out = last;
}

static struct calendar union_of(const struct gw_series_set *set)
{
    int32_t first, last;
    gw_series_span(set, &first, &last);
    struct calendar calendar = {.first = first};
    if (first > last) {
        return calendar;
    }
    calendar.days = last - first + 1;
    calendar.bar = gw_calloc((size_t)calendar.days, sizeof *calendar.bar);
    for (size_t i = 0; i < set->count; i++) {
        for (size_t row = 0; row < set->series[i].bars; row++) {
            calendar.bar[set->series[i].bar[row].date - first] = 1;
        }
    }
    for (int32_t day = 0; day < calendar.days; day++) {
        calendar.bar[day] = calendar.bar[day] != 0 ? (int32_t)calendar.T++ : -1;
    }
    return calendar;
}

static void fill_asset(const struct calendar *calendar,
                       struct gw_series *series,
                       struct gw_panel *panel,
                       size_t n)
{
    memcpy(panel->asset[n].symbol, series->symbol, sizeof series->symbol);
    assert(series->bars == 0 || calendar->bar != NULL);
    for (size_t row = 0; row < series->bars; row++) {
        const struct gw_source_bar *bar = &series->bar[row];
        int32_t t = calendar->bar[bar->date - calendar->first];
        for (enum gw_field field = 0; field < GW_FIELDS; field++) {
            gw_panel_column(panel, field, n)[t] = bar->value[field];
        }
    }
    free(series->bar);
    series->bar = NULL;
    series->bars = series->capacity = 0;
}

enum gw_status gw_series_panel(struct gw_series_set *set,
                               uint64_t actions,
                               struct gw_panel **panel_out,
                               struct gw_error *err)
{
    struct calendar calendar = union_of(set);
    const struct gw_panel_dims dims = {calendar.T, set->count, actions};
    if (gw_panel_bytes(&dims) == 0) {
        free(calendar.bar);
        return calendar.T == 0
                   ? gw_fail(err, GW_DATA, "no bar in the source files")
                   : gw_fail(err, GW_DATA, "%zu sessions of %zu symbols are too many",
                             calendar.T, set->count);
    }
    struct gw_panel *panel = gw_panel_new(&dims);
    for (int32_t day = 0; day < calendar.days; day++) {
        if (calendar.bar[day] >= 0) {
            panel->session[calendar.bar[day]] = calendar.first + day;
        }
    }
    for (size_t n = 0; n < set->count; n++) {
        fill_asset(&calendar, &set->series[n], panel, n);
    }
    free(calendar.bar);
    gw_panel_set_listing(panel);
    *panel_out = panel;
    return GW_OK;
}
