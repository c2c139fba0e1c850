#include "gridwalk/plan/windows.h"

#include "gridwalk/base/mem.h"

#include <assert.h>

static enum gw_status
refuse(const struct gw_walk_forward *walk_forward, size_t bars, struct gw_error *err)
{
    if (walk_forward->test == 0) {
        return gw_fail_at(err, GW_CONFIG, walk_forward->place,
                          "train %lld bars do not fit into %zu bars",
                          (long long)walk_forward->train, bars);
    }
    return gw_fail_at(err, GW_CONFIG, walk_forward->place,
                      "train %lld + test %lld bars do not fit into %zu bars",
                      (long long)walk_forward->train, (long long)walk_forward->test,
                      bars);
}

enum gw_status gw_windows_make(const struct gw_walk_forward *walk_forward,
                               size_t first,
                               size_t last,
                               struct gw_window **window_out,
                               size_t *count_out,
                               struct gw_error *err)
{
    assert(first <= last);
    size_t bars = last - first + 1;
    if (!walk_forward->present) {
        struct gw_window *whole = gw_calloc(1, sizeof *whole);
        whole->begin[GW_TRAIN] = first;
        whole->end[GW_TRAIN] = last;
        *window_out = whole;
        *count_out = 1;
        return GW_OK;
    }
    assert(walk_forward->train >= 1 && walk_forward->test >= 0 &&
           walk_forward->step >= 1);
    size_t train = (size_t)walk_forward->train, test = (size_t)walk_forward->test;
    size_t step = (size_t)walk_forward->step;
    if (train > bars || test > bars - train) {
        return refuse(walk_forward, bars, err);
    }
    size_t count = (bars - train - test) / step + 1;
    struct gw_window *window = gw_calloc(count, sizeof *window);
    for (size_t w = 0; w < count; w++) {
        size_t begin = first + w * step;
        window[w].begin[GW_TRAIN] = begin;
        window[w].end[GW_TRAIN] = begin + train - 1;
        if (test > 0) {
            window[w].begin[GW_TEST] = begin + train;
            window[w].end[GW_TEST] = begin + train + test - 1;
        }
    }
    *window_out = window;
    *count_out = count;
    return GW_OK;
}
