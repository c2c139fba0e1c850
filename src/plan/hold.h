/** Buying once and never touching it: what a record is compared with. */
#ifndef GRIDWALK_PLAN_HOLD_H
#define GRIDWALK_PLAN_HOLD_H

#include "gridwalk/engine/measure.h"
#include "gridwalk/market/portal.h"

/** Equal amounts of some assets, held over panel bars [first, first + bars). */
struct gw_hold {
    const struct gw_portal *portal;
    const size_t *asset; /* [assets] panel indices */
    size_t assets;
    size_t first, bars;
};

/**
 * Equity at the mark of each bar, of 1 before the first, without costs: bought at the
 * last close before the first bar, where there is none at the first close. On a bar
 * without a close the last known one holds. `pooled_out`: the assets' returns, each from
 * its first bar on. Shape  equity_out: [bars].  Memory: 8 B a bar.
 */
void gw_hold_equity(const struct gw_hold *hold,
                    double *equity_out,
                    struct gw_moments *pooled_out);

/**
 * Returns of one asset at each bar of the panel: its close over the last known one, less
 * 1; 0 on a bar without a close and on its first one.  Shape  out: [T].
 */
void gw_hold_returns(const struct gw_portal *portal, size_t n, size_t T, double *out);

#endif
