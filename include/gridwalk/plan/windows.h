/** Walk-forward windows: which bars of a period are trained on, which the choice is
 * made on, which tested. */
#ifndef GRIDWALK_PLAN_WINDOWS_H
#define GRIDWALK_PLAN_WINDOWS_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** In time, validation lies between the other two; it is the last because few have one.
 */
enum gw_segment { GW_TRAIN, GW_TEST, GW_VALIDATION, GW_SEGMENTS };

/** "train", "test", "validation". */
extern const char *const gw_segment_name[GW_SEGMENTS];

/** In the order of time; one whose number is not below the number of segments is not
 * there. */
extern const enum gw_segment gw_segment_in_time[GW_SEGMENTS];

/** The last in time of so many: test where there is one. */
static inline enum gw_segment gw_last_segment(size_t segments)
{
    return segments > GW_TEST ? GW_TEST : GW_TRAIN;
}

/** Inclusive bar ranges. Without walk_forward the one window has a train segment alone.
 */
struct gw_window {
    size_t begin[GW_SEGMENTS], end[GW_SEGMENTS];
};

/** A length of time: bars, or years, months, weeks or days of the calendar. */
struct gw_length {
    int64_t count;
    char unit; /* 0 = bars, or one of y, m, w, d */
};

/** Append it as an experiment says it: "500", "2y". */
void gw_length_print(const struct gw_length *length, struct gw_text *out);

/** Months (of years and months) or days (of weeks and days); nothing of bars. */
int64_t gw_length_months(const struct gw_length *length);
int64_t gw_length_days(const struct gw_length *length);

/** A window given by its days, inclusive. */
struct gw_window_dates {
    int32_t from[GW_SEGMENTS], to[GW_SEGMENTS];
    struct gw_place place[GW_SEGMENTS];
};

struct gw_walk_forward {
    bool present;
    bool anchored; /* every train segment begins where the first one does */
    bool partial;  /* keep a last test segment that is cut short */
    bool overlap;  /* test segments may share bars */
    /* All bars or all calendar; test 0 = in-sample, validation 0 = none. */
    struct gw_length train, validation, test, step;
    int64_t purge, embargo;        /* bars */
    struct gw_window_dates *dates; /* [dated] instead of the lengths, owned */
    size_t dated;
    size_t segments;       /* 1 (train), 2 (test too) or 3 (validation too) */
    struct gw_place place; /* of walk_forward.train, for messages */
    struct gw_place step_place, purge_place; /* or of walk_forward */
};

/** The bars that windows may use, [first, last], of a calendar. */
struct gw_stretch {
    const int32_t *session; /* [bars] days, ascending; NULL will do for lengths in bars */
    size_t bars;
    bool daily; /* a bar is a day */
    size_t first, last;
};

/**
 * Lay the windows out as docs/semantics.md says. Without walk_forward: one window, all of
 * the stretch. Errors   GW_CONFIG: not one window fits (names the bars needed and there),
 * a segment without a session, purge leaves no bar of train or validation, test segments
 * overlap unasked, calendar lengths where bars are no days.
 */
enum gw_status gw_windows_make(const struct gw_walk_forward *walk_forward,
                               const struct gw_stretch *stretch,
                               struct gw_window **window_out,
                               size_t *count_out,
                               struct gw_error *err) GW_MUST_CHECK;

#endif
