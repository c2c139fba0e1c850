/**
 * The out-of-sample record: the test segments of what was chosen, end to end, beside what
 * one could have had instead (docs/semantics.md, section 10).
 *
 * Rank 0 computes it by the reference engine when all windows have chosen. A plan without
 * test segments has none.
 */
#ifndef GRIDWALK_PLAN_FORWARD_H
#define GRIDWALK_PLAN_FORWARD_H

#include "gridwalk/plan/choose.h"
#include "gridwalk/plan/standing.h"

/** The records, in this order; the last only with a benchmark. */
#define GW_RECORD_LIST(X)                                                                \
    X(SELECTED, "selected")                                                              \
    X(MEDIAN, "median")                                                                  \
    X(HINDSIGHT, "hindsight")                                                            \
    X(HOLD, "buy_and_hold")                                                              \
    X(BENCHMARK, "benchmark")

enum gw_record_kind {
#define X(name, text) GW_RECORD_##name,
    GW_RECORD_LIST(X)
#undef X
        GW_RECORDS
};

extern const char *const gw_record_name[GW_RECORDS];

/** What is known of a window before its record: what was chosen, and the numbers of the
 *  median and best combination in test, -1 where there is none or it is not known. */
struct gw_forward_window {
    struct gw_choice choice;
    int64_t median, hindsight;
};

struct gw_forward {
    size_t first,
        bars;       /* panel bars of the record: from the first test bar to the last */
    size_t records; /* GW_RECORDS, or one less without a benchmark */
    /* NaN, as the metrics: a median or hindsight not known in any window. */
    double *growth; /* [records][bars] return of each bar */
    double *equity; /* [records][bars] at the mark, of 1 before the first bar */
    double (*metric)[GW_METRICS]; /* [records], NaN: undefined */
    double profitable_windows;    /* share of choosing windows that gained; NaN: none */
    double efficiency;            /* walk-forward efficiency; NaN where undefined */
    struct gw_drift *drift;       /* [axes] */
    struct gw_error wrong; /* GW_OK, or why a plug-in's rows could not be computed */
};

/** First panel bar and bars of the record, and how many records it has; 0 bars: the plan
 *  has no test. */
size_t gw_forward_bars(const struct gw_plan *plan, size_t *first_out);
size_t gw_forward_records(const struct gw_plan *plan);

/**
 * Compute it. The portal is of the plan's panel and basis. Shape: window
 * [plan->windows].
 */
void gw_forward_make(const struct gw_plan *plan,
                     const struct gw_portal *portal,
                     const struct gw_forward_window *window,
                     struct gw_forward *out);
void gw_forward_clear(struct gw_forward *forward);

#endif
