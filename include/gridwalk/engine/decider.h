/**
 * Who decides instead of expressions: the reference engine asks it at step 7 of each bar
 * (docs/semantics.md, section 2). What it wants becomes orders like any others.
 */
#ifndef GRIDWALK_ENGINE_DECIDER_H
#define GRIDWALK_ENGINE_DECIDER_H

#include <stdbool.h>
#include <stddef.h>

/** The account at a bar, and where orders go. Assets are places in gw_engine_setup.asset.
 *  Of the fields only the pointers' targets change from bar to bar. */
struct gw_desk {
    size_t assets;
    const double *shares; /* [assets] in the basis */
    double cash, equity;  /* at the mark */
    void *book;           /* for order: */
    /** Ask for a weight of the equity, or (by_shares) a number of raw shares, of an asset
     *  that has a bar; replaces what waits. A NaN is nobody's wish: ignored. */
    void (*order)(void *book, size_t asset, double wanted, bool by_shares);
};

/** First and last trading bar of a row, and the first that decides. */
struct gw_outing {
    const double *value; /* [GW_MAX_PARAMETERS] */
    size_t begin, end, decide_from;
};

struct gw_decider {
    void *context;
    /** Bars a row needs before its first decision, for these parameters. */
    size_t (*lookback)(void *context, const double *value);
    /** A row begins; false: it failed, and nothing more is asked. */
    bool (*start)(void *context, const struct gw_outing *outing);
    /** Bar t is over. false: the row failed. */
    bool (*bar)(void *context, size_t t, const struct gw_desk *desk);
    /** The row is over, also one that failed behind its start. */
    void (*end)(void *context);
};

#endif
