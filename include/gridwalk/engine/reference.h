/**
 * The reference engine: one combination in one window, bar by bar, in plain scalar code
 * that follows the specification of a backtest line by line. It is the judge of any
 * faster engine.
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_H
#define GRIDWALK_ENGINE_REFERENCE_H

#include "gridwalk/engine/columns.h"
#include "gridwalk/engine/metrics.h"
#include "gridwalk/engine/rules.h"

/** What stays the same over all rows. Pointers are borrowed for the engine's life. */
struct gw_reference_setup {
    const struct gw_graph *graph;
    const struct gw_portal *portal;
    const struct gw_rules *rules;
    const size_t *asset; /* [assets] panel indices */
    size_t assets;
    double periods;     /* bars a year */
    uint32_t varied;    /* bit i: parameter i has several values */
    size_t cache_bytes; /* limit of the column cache */
    size_t lookback;    /* largest over the grid's combinations, for inside_common */
    bool wanted[GW_METRICS];
    bool keep_fills;             /* for gw_reference_fills */
    void (*poll)(void *context); /* called a few times a row; NULL is allowed */
    void *poll_context;
};

/** One row's outcome: a value for each metric, NaN when undefined or not wanted. */
struct gw_row {
    enum gw_row_status status;
    double metric[GW_METRICS];
};

struct gw_reference;

struct gw_reference *gw_reference_new(const struct gw_reference_setup *setup);
void gw_reference_free(struct gw_reference *reference);

/** Turn polling on or to another context. */
void gw_reference_set_poll(struct gw_reference *reference,
                           void (*poll)(void *),
                           void *context);

/**
 * Simulate one combination over bars [begin, end] (inclusive), starting flat.
 * Shape  value: [GW_MAX_PARAMETERS].
 * Time   a decision at bar t uses nothing later than t.
 */
void gw_reference_run(struct gw_reference *reference,
                      const double *value,
                      size_t begin,
                      size_t end,
                      struct gw_row *row);

/** Equity at the mark of each bar of the row last run, [*bars_out], from bar *first_out
 * on (its first counted bar). Valid until the next run; NULL when the row was not
 * simulated. */
const double *gw_reference_equity(const struct gw_reference *reference,
                                  size_t *first_out,
                                  size_t *bars_out);

/** One order's fill of the row last run. */
struct gw_fill {
    size_t asset, bar;
    double shares; /* in the basis; negative: sold */
    double price;  /* with slippage */
    double commission;
};
/** The fills of the row last run, when the setup keeps them. */
const struct gw_fill *gw_reference_fills(const struct gw_reference *reference,
                                         size_t *count_out);

struct gw_cache_stats gw_reference_stats(const struct gw_reference *reference);

#endif
