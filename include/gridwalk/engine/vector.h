/**
 * The vectorized engine: up to 64 combinations at once, all windows in one pass.
 *
 * The same rules, fills and trades as the reference engine, and the same bits for a
 * combination alone, in any batch and on any instruction set, for the same metrics. What
 * it cannot decide safely (an account that is emptied, returns that hardly vary about
 * their mean) it hands to a reference engine of its own, row by row; such rows say so.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_H
#define GRIDWALK_ENGINE_VECTOR_H

#include "gridwalk/base/error.h"
#include "gridwalk/engine/setup.h"

enum { GW_LANES = 64 }; /* combinations of a run */

/** Combinations that are simulated side by side. */
struct gw_run_lanes {
    size_t count;                              /* 1 to GW_LANES */
    double value[GW_MAX_PARAMETERS][GW_LANES]; /* parameter by parameter */
};

/** Trading bars, both ends in them. */
struct gw_span {
    size_t begin, end;
};

/** One finished row. Pointers are valid during the call alone. */
struct gw_vector_row {
    size_t run, lane, span;
    enum gw_row_status status;
    const double *metric; /* [GW_METRICS], NaN: undefined or not wanted */
    bool by_reference;    /* the reference engine made it */
    /* With setup.keep_fills, of a row that was simulated, else NULL: */
    const double *equity; /* [bars] at the marks from bar `first` on, the first counted */
    size_t first, bars;
    const struct gw_fill *fill; /* [fills], asset by asset in time order */
    size_t fills;
};

/** What is to be computed: each run in each span. */
struct gw_vector_work {
    const struct gw_run_lanes *run; /* [runs] */
    size_t runs;
    const struct gw_span *span; /* [spans], sorted by begin or not */
    size_t spans;
    void (*put)(void *context, const struct gw_vector_row *row); /* in any order */
    void *context;
};

struct gw_vector;

/** An engine for that setup on the instruction set chosen (gw_isa_choose). */
struct gw_vector *gw_vector_new(const struct gw_engine_setup *setup);
void gw_vector_free(struct gw_vector *vector);

/** Turn polling on or to another context. */
void gw_vector_set_poll(struct gw_vector *vector, void (*poll)(void *), void *context);

/** How many runs, each in `spans` spans of `bars` bars together, are computed best at
 * once: what setup.tile_bytes holds, at least 1. */
size_t gw_vector_batch(const struct gw_vector *vector, size_t spans, size_t bars);

/** Compute every row of the work. */
void gw_vector_run(struct gw_vector *vector, const struct gw_vector_work *work);

/** What an engine did since it was made. A plain record. */
struct gw_vector_stats {
    struct gw_cache_stats cache;
    uint64_t rows, reference_rows;
    uint64_t column_bars; /* bars of indicator columns evaluated */
    uint64_t
        signal_bars; /* bars of signals or targets evaluated, over all combinations */
    uint64_t bars;   /* combination-bars simulated, over all assets */
    double columns_seconds, signals_seconds, simulate_seconds, metrics_seconds,
        reference_seconds;
};
struct gw_vector_stats gw_vector_stats(const struct gw_vector *vector);

/**
 * Choose the instruction set of this process: `name` (v4, v3, v2, plain), or NULL: the
 * environment's GRIDWALK_ISA, else the best the processor has.
 * Errors   GW_USAGE: no such set, or the processor lacks it.
 */
enum gw_status gw_isa_choose(const char *name, struct gw_error *err) GW_MUST_CHECK;

/** The name of the set in use. */
const char *gw_isa_name(void);

#endif
