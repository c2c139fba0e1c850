/**
 * What both engines are given, and what they give back.
 */
#ifndef GRIDWALK_ENGINE_SETUP_H
#define GRIDWALK_ENGINE_SETUP_H

#include "gridwalk/engine/columns.h"
#include "gridwalk/engine/metrics.h"
#include "gridwalk/engine/rules.h"

/** What stays the same over all rows. Pointers are borrowed for the engine's life. */
struct gw_engine_setup {
    const struct gw_graph *graph;
    const struct gw_portal *portal;
    const struct gw_rules *rules;
    const size_t *asset; /* [assets] panel indices */
    size_t assets;
    double periods;             /* bars a year */
    uint32_t varied;            /* bit i: parameter i has several values */
    size_t cache_bytes;         /* limit of the column cache */
    struct gw_columns *columns; /* another engine's, to share; NULL: its own */
    size_t tile_bytes; /* limit of what else grows with a batch (vector engine) */
    size_t lookback;   /* largest over the grid's combinations, for inside_common */
    bool wanted[GW_METRICS];
    bool keep_fills;             /* fills (and the vector engine's equity) of each row */
    void (*poll)(void *context); /* called a few times a row; NULL is allowed */
    void *poll_context;
};

/** One row's outcome: a value for each metric, NaN when undefined or not wanted. */
struct gw_row {
    enum gw_row_status status;
    double metric[GW_METRICS];
};

/** One order's fill. */
struct gw_fill {
    size_t asset, bar;
    double shares; /* in the basis; negative: sold */
    double price;  /* with slippage */
    double commission;
};

#endif
