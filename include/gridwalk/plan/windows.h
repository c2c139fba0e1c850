/** Walk-forward windows: index arithmetic over the bars of a period. */
#ifndef GRIDWALK_PLAN_WINDOWS_H
#define GRIDWALK_PLAN_WINDOWS_H

#include "gridwalk/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gw_segment { GW_TRAIN, GW_TEST, GW_SEGMENTS };

/** Inclusive bar ranges. Without walk_forward the one window has a train segment alone.
 */
struct gw_window {
    size_t begin[GW_SEGMENTS], end[GW_SEGMENTS];
};

struct gw_walk_forward {
    bool present;
    int64_t train, test, step; /* bars; test 0 = in-sample only */
    struct gw_place place;     /* of walk_forward.train, for messages */
};

/**
 * Rolling windows over bars [first, last]: train [s, s+train-1], test behind it, s +=
 * step; a window that does not fit whole is dropped. Without walk_forward: one window,
 * [first, last]. Errors   GW_CONFIG when not one window fits (names the bars needed and
 * there).
 */
enum gw_status gw_windows_make(const struct gw_walk_forward *walk_forward,
                               size_t first,
                               size_t last,
                               struct gw_window **window_out,
                               size_t *count_out,
                               struct gw_error *err) GW_MUST_CHECK;

#endif
