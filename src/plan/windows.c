#include "gridwalk/plan/windows.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <stdlib.h>

const char *const gw_segment_name[GW_SEGMENTS] = {"train", "test", "validation"};
const enum gw_segment gw_segment_in_time[GW_SEGMENTS] = {GW_TRAIN, GW_VALIDATION,
                                                         GW_TEST};

/* Where one window lies, before purge: train [begin, boundary), validation [boundary,
 * test), test [test, end). */
struct edges {
    size_t begin, boundary, test, end;
    bool whole; /* its last segment lies in the stretch as long as it should be */
};

/* The same by number: how many segments lie between the window's begin and the edge. */
enum edge { BEGIN, BOUNDARY, TEST, END };

struct maker {
    const struct gw_walk_forward *walk_forward;
    const struct gw_stretch *stretch;
    struct gw_window *window;
    size_t count, capacity;
    struct gw_error *err;
};

static enum gw_status refuse_length(const struct maker *maker)
{
    const struct gw_walk_forward *walk_forward = maker->walk_forward;
    const struct gw_stretch *stretch = maker->stretch;
    struct gw_text text = {0};
    gw_text_printf(&text, "train ");
    gw_length_print(&walk_forward->train, &text);
    if (walk_forward->validation.count > 0) {
        gw_text_printf(&text, " + validation ");
        gw_length_print(&walk_forward->validation, &text);
    }
    if (walk_forward->segments > 1) {
        gw_text_printf(&text, " + test ");
        gw_length_print(&walk_forward->test, &text);
    }
    gw_text_printf(&text, "%s do not fit into %zu bars",
                   walk_forward->train.unit == 0 ? " bars" : "",
                   stretch->last - stretch->first + 1);
    if (stretch->session != NULL) {
        char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
        gw_date_format(stretch->session[stretch->first], from);
        gw_date_format(stretch->session[stretch->last], to);
        gw_text_printf(&text, " (%s to %s)", from, to);
    }
    enum gw_status status =
        gw_fail_at(maker->err, GW_CONFIG, walk_forward->place, "%s", text.data);
    gw_text_clear(&text);
    return status;
}

/* The first bar on that day or behind it; `bars` where there is none. */
static size_t bar_at(const struct gw_stretch *stretch, int64_t day)
{
    size_t low = 0, high = stretch->bars;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stretch->session[middle] < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct edges edges_in_bars(const struct maker *maker, size_t w)
{
    const struct gw_walk_forward *x = maker->walk_forward;
    struct edges edges;
    edges.begin = maker->stretch->first + w * (size_t)(x->step.count + x->embargo);
    edges.boundary = edges.begin + (size_t)x->train.count;
    edges.test = edges.boundary + (size_t)x->validation.count;
    edges.end = edges.test + (size_t)x->test.count;
    edges.whole = edges.end <= maker->stretch->last + 1;
    return edges;
}

/* The day of an edge, so many steps behind the first window: all days are counted from
 * the same one, so that one window's test ends where the next one's begins. */
static int64_t day_of(const struct maker *maker, size_t steps, enum edge edge)
{
    const struct gw_walk_forward *x = maker->walk_forward;
    const struct gw_length *const before[] = {&x->train, &x->validation, &x->test};
    int64_t months = (int64_t)steps * gw_length_months(&x->step);
    int64_t days = (int64_t)steps * gw_length_days(&x->step);
    for (size_t i = 0; i < (size_t)edge; i++) {
        months += gw_length_months(before[i]);
        days += gw_length_days(before[i]);
    }
    return gw_date_add(maker->stretch->session[maker->stretch->first], months) + days;
}

static struct edges edges_by_calendar(const struct maker *maker, size_t w)
{
    const struct gw_stretch *stretch = maker->stretch;
    size_t shift = w * (size_t)maker->walk_forward->embargo;
    int64_t end = day_of(maker, w, END);
    struct edges edges;
    edges.begin = bar_at(stretch, day_of(maker, w, BEGIN)) + shift;
    edges.boundary = bar_at(stretch, day_of(maker, w, BOUNDARY)) + shift;
    edges.test = bar_at(stretch, day_of(maker, w, TEST)) + shift;
    edges.end = bar_at(stretch, end) + shift;
    /* Behind the bundle's last session nobody knows which days have one. */
    edges.whole = edges.end <= stretch->last + 1 &&
                  end <= (int64_t)stretch->session[stretch->bars - 1] + 1;
    return edges;
}

/* Only calendar lengths can be empty. */
static enum gw_status refuse_empty(const struct maker *maker, enum gw_segment segment)
{
    static const enum edge first[GW_SEGMENTS] = {
        [GW_TRAIN] = BEGIN, [GW_VALIDATION] = BOUNDARY, [GW_TEST] = TEST};
    enum edge edge = first[segment];
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    gw_date_format((int32_t)day_of(maker, maker->count, edge), from);
    gw_date_format((int32_t)day_of(maker, maker->count, edge + 1) - 1, to);
    return gw_fail_at(maker->err, GW_CONFIG, maker->walk_forward->place,
                      "window %zu: no session lies in its %s segment, %s to %s; make it "
                      "longer",
                      maker->count, gw_segment_name[segment], from, to);
}

/* One segment of the bars [begin, end), less the last `purge`. */
static enum gw_status put_segment(const struct maker *maker,
                                  struct gw_window *window,
                                  enum gw_segment segment,
                                  const size_t bars[2],
                                  size_t purge)
{
    size_t begin = bars[0], end = bars[1];
    if (end <= begin) {
        return refuse_empty(maker, segment);
    }
    if (end - begin <= purge) {
        return gw_fail_at(maker->err, GW_CONFIG, maker->walk_forward->purge_place,
                          "window %zu: purge %zu leaves none of %zu %s bars",
                          maker->count, purge, end - begin, gw_segment_name[segment]);
    }
    window->begin[segment] = begin;
    window->end[segment] = end - purge - 1;
    return GW_OK;
}

static enum gw_status put(struct maker *maker, const struct edges *edges)
{
    const struct gw_walk_forward *x = maker->walk_forward;
    struct gw_window window = {0};
    size_t begin = x->anchored ? maker->stretch->first : edges->begin;
    const size_t bars[GW_SEGMENTS][2] = {[GW_TRAIN] = {begin, edges->boundary},
                                         [GW_VALIDATION] = {edges->boundary, edges->test},
                                         [GW_TEST] = {edges->test, edges->end}};
    for (size_t i = 0; i < GW_SEGMENTS; i++) {
        enum gw_segment segment = gw_segment_in_time[i];
        size_t purge = segment == GW_TEST ? 0 : (size_t)x->purge;
        if ((size_t)segment < x->segments) {
            GW_TRY(put_segment(maker, &window, segment, bars[segment], purge));
        }
    }
    maker->window =
        gw_grow(maker->window, &maker->capacity, maker->count + 1, sizeof *maker->window);
    maker->window[maker->count++] = window;
    return GW_OK;
}

static enum gw_status make_by_lengths(struct maker *maker)
{
    const struct gw_walk_forward *walk_forward = maker->walk_forward;
    const struct gw_stretch *stretch = maker->stretch;
    bool calendar = walk_forward->train.unit != 0;
    if (calendar && !stretch->daily) {
        return gw_fail_at(maker->err, GW_CONFIG, walk_forward->place,
                          "calendar lengths need daily bars; give all lengths in bars");
    }
    for (size_t w = 0;; w++) {
        struct edges edges =
            calendar ? edges_by_calendar(maker, w) : edges_in_bars(maker, w);
        bool cut = !edges.whole && walk_forward->partial && walk_forward->segments > 1 &&
                   edges.test <= stretch->last;
        if (!edges.whole && !cut) {
            break;
        }
        if (cut) {
            edges.end = stretch->last + 1;
        }
        GW_TRY(put(maker, &edges));
        if (cut) {
            break;
        }
    }
    return maker->count > 0 ? GW_OK : refuse_length(maker);
}

static enum gw_status take_dates(const struct maker *maker,
                                 const struct gw_window_dates *dates,
                                 size_t s,
                                 struct gw_window *window_out)
{

    const struct gw_stretch *stretch = maker->stretch;
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE], first[GW_DATE_SIZE], last[GW_DATE_SIZE];
    size_t begin = bar_at(stretch, dates->from[s]);
    size_t end = bar_at(stretch, (int64_t)dates->to[s] + 1);
    gw_date_format(dates->from[s], from);
    gw_date_format(dates->to[s], to);
    gw_date_format(stretch->session[stretch->first], first);
    gw_date_format(stretch->session[stretch->last], last);
    if (begin >= end) {
        return gw_fail_at(maker->err, GW_CONFIG, dates->place[s],
                          "no session lies in %s, %s to %s; there are some from %s to %s",
                          gw_segment_name[s], from, to, first, last);
    }
    if (begin < stretch->first || end > stretch->last + 1) {
        return gw_fail_at(maker->err, GW_CONFIG, dates->place[s],
                          "%s, %s to %s, reaches beyond the period, %s to %s",
                          gw_segment_name[s], from, to, first, last);
    }
    window_out->begin[s] = begin;
    window_out->end[s] = end - 1;
    return GW_OK;
}

static enum gw_status make_by_dates(struct maker *maker)
{
    const struct gw_walk_forward *walk_forward = maker->walk_forward;
    maker->window = gw_calloc(walk_forward->dated, sizeof *maker->window);
    for (; maker->count < walk_forward->dated; maker->count++) {
        for (size_t s = 0; s < GW_SEGMENTS && s < walk_forward->segments; s++) {
            GW_TRY(take_dates(maker, &walk_forward->dates[maker->count], s,
                              &maker->window[maker->count]));
        }
    }
    return GW_OK;
}

static enum gw_status check_overlap(const struct maker *maker)
{
    const struct gw_walk_forward *walk_forward = maker->walk_forward;
    bool checked = walk_forward->segments > 1 && !walk_forward->overlap;
    for (size_t w = 1; checked && w < maker->count; w++) {
        const struct gw_window *window = &maker->window[w];
        if (window->begin[GW_TEST] <= window[-1].end[GW_TEST]) {
            return gw_fail_at(maker->err, GW_CONFIG, walk_forward->step_place,
                              "the test segments of windows %zu and %zu overlap by %zu "
                              "bars; make step as long as test, or say overlap: true",
                              w - 1, w,
                              window[-1].end[GW_TEST] - window->begin[GW_TEST] + 1);
        }
    }
    return GW_OK;
}

enum gw_status gw_windows_make(const struct gw_walk_forward *walk_forward,
                               const struct gw_stretch *stretch,
                               struct gw_window **window_out,
                               size_t *count_out,
                               struct gw_error *err)
{
    struct maker maker = {.walk_forward = walk_forward, .stretch = stretch, .err = err};
    assert(stretch->first <= stretch->last);
    if (!walk_forward->present) {
        struct gw_window *whole = gw_calloc(1, sizeof *whole);
        whole->begin[GW_TRAIN] = stretch->first;
        whole->end[GW_TRAIN] = stretch->last;
        *window_out = whole;
        *count_out = 1;
        return GW_OK;
    }
    enum gw_status status =
        walk_forward->dated > 0 ? make_by_dates(&maker) : make_by_lengths(&maker);
    if (status == GW_OK) {
        status = check_overlap(&maker);
    }
    if (status != GW_OK) {
        free(maker.window);
        return status;
    }
    *window_out = maker.window;
    *count_out = maker.count;
    return GW_OK;
}
