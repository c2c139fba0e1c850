/** One account of one position, for the tests of its formulas. */
#ifndef GRIDWALK_TESTS_UNIT_ENGINE_DESK_H
#define GRIDWALK_TESTS_UNIT_ENGINE_DESK_H

#include "vector/trade.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>

struct desk {
    struct gw_rules rules;
    struct trade_terms terms;
    struct gw_ledger ledger;
    struct lane_fills fills;
    struct trade_account account;
    struct position position;
};

static inline void desk_open(struct desk *desk)
{
    *desk = (struct desk){.rules = gw_rules_standard()};
    desk->rules.capital = 1000;
    desk->account = (struct trade_account){
        .cash = 1000, .ledger = &desk->ledger, .fills = &desk->fills};
}

/* The terms as the rules say them, 256 bars a year. */
static inline bool desk_terms(struct desk *desk)
{
    static const double no_value[GW_MAX_PARAMETERS];
    struct gw_engine_setup setup = {.rules = &desk->rules, .periods = 256};
    return trade_terms_set(&desk->terms, &setup, no_value);
}

static inline const struct gw_fill *last_fill(const struct desk *desk)
{
    return &desk->fills.fill[desk->fills.count - 1];
}

static inline struct trade_spot spot_of(size_t bar, double price)
{
    return (struct trade_spot){
        .bar = bar, .open = true, .price = price, .factor = 1, .volume = 1000};
}

/* Wait for an order of a decision, and size it. */
static inline double wanted_by(struct desk *desk, double price, double equity)
{
    const struct trade_spot spot = spot_of(1, price);
    desk->position.waiting = TRADE_ORDER;
    return trade_wanted(&desk->terms, &desk->position, &spot, equity);
}

/* Buy (or sell) shares at a bar's open without an order of a strategy. */
static inline bool trade(struct desk *desk, size_t bar, double price, double shares)
{
    const struct trade_spot spot = spot_of(bar, price);
    desk->position.begun = false;
    return trade_grow(&desk->terms, &desk->account, &desk->position, &spot, shares);
}

#endif
