/**
 * What both engines are given, and what they give back.
 */
#ifndef GRIDWALK_ENGINE_SETUP_H
#define GRIDWALK_ENGINE_SETUP_H

#include "gridwalk/engine/columns.h"
#include "gridwalk/engine/metrics.h"
#include "gridwalk/engine/rules.h"

struct gw_decider;

/** What stays the same over all rows. Pointers are borrowed for the engine's life. */
struct gw_engine_setup {
    const struct gw_graph *graph;
    const struct gw_portal *portal;
    const struct gw_rules *rules;
    const size_t *asset; /* [assets] panel indices */
    size_t assets;
    double periods;             /* bars a year */
    const double *benchmark;    /* [T] its returns at each calendar bar; NULL: none */
    struct gw_decider *decider; /* decides instead of expressions; NULL: none */
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

/** Whether the vector engine stores a row's equity, 8 B a bar: several assets or one
 * account for all, metrics that need its returns one by one, or fills asked for. */
bool gw_stores_equity(const struct gw_engine_setup *setup);

/** One row's outcome: a value for each metric, NaN when undefined or not wanted. */
struct gw_row {
    enum gw_row_status status;
    double metric[GW_METRICS];
};

/** Why a fill happened. The last three are no orders. */
enum gw_cause {
    GW_BY_ORDER,
    GW_BY_LOSS,
    GW_BY_PROFIT,
    GW_BY_TRAIL,
    GW_BY_BARS,
    GW_BY_END, /* close_at_end */
    GW_BY_DELISTING,
    GW_BY_RUIN
};

/** One fill of an order, whole or in part, or a position closed without one. */
struct gw_fill { /* without padding, so that fills can be compared as bytes */
    uint32_t asset;
    enum gw_cause cause;
    size_t bar;
    double shares; /* in the basis; negative: sold */
    double price;  /* with slippage and impact */
    double commission;
};

/** What an order came to. */
enum gw_order_end {
    GW_ORDER_FILLED,
    GW_ORDER_DROPPED,   /* no shares, or left at the end of the window */
    GW_ORDER_REPLACED,  /* by a later decision, whole or in part */
    GW_ORDER_CANCELLED, /* by a stop, a delisting, ruin */
    GW_ORDER_NOTHING    /* what it asked for was held already */
};

/** One decision that became an order. */
struct gw_order {
    size_t asset;
    size_t decided, due; /* bars; the first bar that could fill it */
    size_t ended;        /* bar */
    double wanted;       /* signals: 1, 0 or -1; weight; or shares of a plug-in's order */
    double filled;       /* shares, in the basis; 0: none */
    enum gw_order_end end;
};

/** Money that moved without a fill. */
struct gw_cash {
    size_t asset; /* SIZE_MAX: the account's own */
    size_t bar;
    enum gw_cash_kind { GW_CASH_DIVIDEND, GW_CASH_INTEREST, GW_CASH_BORROW } kind;
    double amount; /* > 0: received */
};

#endif
