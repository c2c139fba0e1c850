/**
 * How what was chosen of a window did in test among all combinations
 * (docs/semantics.md, section 10). Pure functions.
 */
#ifndef GRIDWALK_PLAN_STANDING_H
#define GRIDWALK_PLAN_STANDING_H

#include <stddef.h>
#include <stdint.h>

/** One window's objectives, larger is better, NaN where a row has none. Shape: [rows],
 *  combinations in ascending order. */
struct gw_objectives {
    const double *chosen_on, *test;
    size_t rows;
};

struct gw_standing {
    int64_t test_rank;       /* 1 + rows strictly better in test; -1: none or cash */
    int64_t test_ranked;     /* rows with an objective in test */
    double rank_correlation; /* Spearman's, over rows that have both; NaN below two or
                                where all of one side are equal */
    int64_t median, best;    /* rows, by test from best to worst, ties by lower row: place
                                test_ranked / 2 (from 0) and the first; -1: none */
};

/** `chosen`: row of the first pick, -1: cash. Memory: 16 B a row. */
void gw_standing_find(const struct gw_objectives *objectives,
                      int64_t chosen,
                      struct gw_standing *out);

/** Bytes of memory of that for so many rows, with the objectives. */
double gw_standing_bytes(double rows);

/** How the first pick moved along one axis from window to window. */
struct gw_drift {
    double steps; /* mean of |move| in grid steps between neighbouring windows that both
                     chose; NaN without such a pair */
    double moved; /* share of those moves above one step; NaN likewise */
    double stability; /* share of choosing windows within one step of the lower median of
                         the places chosen; NaN where none chose */
};

/** Shape: place [windows], of the value on the axis, -1: cash. */
void gw_drift_find(const int64_t *place, size_t windows, struct gw_drift *out);

#endif
