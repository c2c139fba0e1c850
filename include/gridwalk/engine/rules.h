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

/** On which bars a target may decide. */
enum gw_rebalance {
    GW_ON_CHANGE,
    GW_EVERY_BAR,
    GW_WEEKLY,
    GW_MONTHLY,
    GW_QUARTERLY,
    GW_EVERY_BARS /* every rules.every bars */
};

struct gw_execution {
    enum gw_price price;
    int delay; /* bars from decision to fill: 0 (close only) or 1 */
};

enum gw_account_mode { GW_PER_ASSET, GW_SHARED };

/** What an entry by signals asks for; the number is GW_TERM_size. */
enum gw_size {
    GW_SIZE_ALL,        /* all free cash */
    GW_SIZE_EQUITY,     /* a fraction of the account's equity */
    GW_SIZE_VALUE,      /* currency */
    GW_SIZE_SHARES,     /* raw shares */
    GW_SIZE_VOLATILITY, /* yearly volatility; of rules.deviation */
};

/* The numbers of costs, account and stops, which may be expressions over parameters:
 * name, key, default, lowest, highest */
#define GW_TERM_LIST(X)                                                                  \
    X(commission_bps, "costs.commission_bps", 0, 0, 1e4)                                 \
    X(commission_fixed, "costs.commission_fixed", 0, 0, 1e12)                            \
    X(commission_per_share, "costs.commission_per_share", 0, 0, 1e6)                     \
    X(commission_minimum, "costs.commission_minimum", 0, 0, 1e12)                        \
    X(slippage_bps, "costs.slippage_bps", 0, 0, 1e4)                                     \
    X(spread_bps, "costs.spread_bps", 0, 0, 1e4)                                         \
    X(volume_limit, "costs.volume_limit", 0, 0, 1)                                       \
    X(impact, "costs.impact", 0, 0, 1e6)                                                 \
    X(borrow_rate, "costs.borrow_rate", 0, 0, 10)                                        \
    X(size, "account.size", 0, 0, 1e15)                                                  \
    X(leverage, "account.leverage", 1, 0, 1000)                                          \
    X(cash_rate, "account.cash_rate", 0, -1, 10)                                         \
    X(margin_rate, "account.margin_rate", 0, -1, 10)                                     \
    X(stop_loss, "stops.loss", 0, 0, 100)                                                \
    X(stop_profit, "stops.profit", 0, 0, 100)                                            \
    X(stop_trail, "stops.trail", 0, 0, 100)                                              \
    X(stop_bars, "stops.bars", 0, 0, 1e9)

enum gw_term {
#define X(name, key, standard, low, high) GW_TERM_##name,
    GW_TERM_LIST(X)
#undef X
        GW_TERMS
};

struct gw_term_info {
    const char *key;
    double standard, low, high;
    bool whole;
};
extern const struct gw_term_info gw_term_info[GW_TERMS];

/** The terms of one combination: a double each. volume_limit, stop_*: 0 means none. */
struct gw_terms {
#define X(name, key, standard, low, high) double name;
    GW_TERM_LIST(X)
#undef X
};

/** Where a term stands in them. */
double *gw_term_at(struct gw_terms *terms, enum gw_term term);

enum gw_signal { GW_ENTER_LONG, GW_EXIT_LONG, GW_ENTER_SHORT, GW_EXIT_SHORT, GW_SIGNALS };

/** A strategy in C: a shared library (include/gridwalk/strategy.h). */
struct gw_plugin_file {
    char *library;   /* absolute path; NULL: none */
    char sha256[65]; /* hex, of the library when the experiment was read */
    double timeout;  /* seconds that one row may take */
};

struct gw_rules {
    struct gw_execution execution;
    double capital;   /* of each account */
    double risk_free; /* yearly, for sharpe, sortino, alpha */
    enum gw_basis basis;
    enum gw_warmup warmup;
    enum gw_account_mode mode;
    enum gw_size size; /* of entries by signals */
    bool whole_lots;
    bool close_at_end;
    struct gw_terms terms;       /* of all combinations, but where there is a node: */
    int32_t term[GW_TERMS];      /* over parameters alone, or GW_NO_NODE */
    int32_t deviation;           /* sizing by volatility: node, sd of returns; or none */
    bool has_target;             /* target, else signals, unless plugin.library */
    int32_t signal[GW_SIGNALS];  /* node, or GW_NO_NODE: never */
    int32_t target;              /* node */
    enum gw_rebalance rebalance; /* of a target */
    size_t every;                /* bars, for GW_EVERY_BARS */
    struct gw_plugin_file plugin;
};

/** Rules with every default of the key table, without strategy. */
struct gw_rules gw_rules_standard(void);

/** The terms of one combination. Shape  value: [GW_MAX_PARAMETERS]. */
struct gw_terms gw_terms_of(const struct gw_rules *rules,
                            const struct gw_graph *graph,
                            const double *value);

/**
 * What is wrong with the terms of one combination, as a message without place, and which
 * of them; NULL when nothing is. NaN is out of range.
 */
const char *gw_terms_check(const struct gw_rules *rules,
                           const struct gw_terms *terms,
                           enum gw_term *which_out);

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
