/**
 * What a backtest is to do, as plain records that plan fills from the experiment file.
 * What they mean is the specification in docs/semantics.md.
 */
#ifndef GRIDWALK_ENGINE_RULES_H
#define GRIDWALK_ENGINE_RULES_H

#include "gridwalk/expr/graph.h"
#include "gridwalk/market/portal.h"

/** Where indicators get their past from. */
enum gw_warmup {
    GW_WARM_BEFORE,
    GW_WARM_COLD,
    GW_WARM_INSIDE_COMMON,
    GW_WARM_INSIDE_OWN
};

enum gw_price { GW_PRICE_OPEN, GW_PRICE_CLOSE };

enum gw_rebalance { GW_ON_CHANGE, GW_EVERY_BAR };

struct gw_execution {
    enum gw_price price;
    int delay; /* bars from decision to fill: 0 (close only) or 1 */
};

/** Parts of 1e-4 of the value traded. */
struct gw_costs {
    double commission_bps, slippage_bps, spread_bps;
};

enum gw_signal { GW_ENTER_LONG, GW_EXIT_LONG, GW_ENTER_SHORT, GW_EXIT_SHORT, GW_SIGNALS };

struct gw_rules {
    struct gw_execution execution;
    struct gw_costs costs;
    double capital; /* of each asset's account */
    enum gw_basis basis;
    enum gw_warmup warmup;
    bool has_target;             /* target, else signals */
    int32_t signal[GW_SIGNALS];  /* node, or GW_NO_NODE: never */
    int32_t target;              /* node */
    enum gw_rebalance rebalance; /* of a target */
};

/** What a row says about its own computation; the values stand in the results file. */
#define GW_ROW_LIST(X)                                                                   \
    X(OK, 0, "ok")                                                                       \
    X(INSUFFICIENT_HISTORY, 1, "insufficient_history")                                   \
    X(RUINED, 2, "ruined") X(FAILED, 3, "failed") X(NOT_KEPT, 4, "not_kept")
enum gw_row_status {
#define X(name, value, text) GW_ROW_##name = value,
    GW_ROW_LIST(X)
#undef X
};

#endif
