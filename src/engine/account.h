/**
 * One asset's account in the reference engine: cash, shares, the waiting order and the
 * open round trip. An order is an intention (a side or a weight), sized when it fills.
 */
#ifndef GRIDWALK_ENGINE_ACCOUNT_H
#define GRIDWALK_ENGINE_ACCOUNT_H

#include "gridwalk/engine/measure.h"
#include "gridwalk/engine/reference.h"

/** Equity of at most this share of the capital is none: rounding must not keep it alive.
 */
#define GW_NOTHING_LEFT 1e-12

/** The fills of a row, as they happen; not kept when `keep` is false. */
struct fills {
    struct gw_fill *fill;
    size_t count, capacity;
    bool keep;
};

struct account {
    const struct gw_rules *rules;
    struct gw_ledger *ledger;
    struct fills *fills;
    size_t asset;
    double cash, shares;
    double mark;  /* last known close; 0 before the first */
    bool waiting; /* an order waits, due at bar `due` or later */
    size_t due;
    int intention;    /* signals: -1, 0, 1 */
    double weight;    /* target: last decided */
    size_t entry_bar; /* of the open round trip: */
    double entered;   /* sum of fill price * shares of its increases */
    double flow;      /* sales - purchases - commissions + dividends */
};

/** Bars and prices of a fill. */
struct due_at {
    size_t bar;
    double price; /* before slippage */
};

void account_open(struct account *account,
                  const struct gw_rules *rules,
                  size_t asset,
                  struct gw_ledger *ledger,
                  struct fills *fills);

double account_equity(const struct account *account, double price);

/** Fill the waiting order at a price, sized from the account as it is now. */
void account_fill(struct account *account, struct due_at at);

/** Close the position without cost and drop nothing: delisting and ruin. */
void account_leave(struct account *account, struct due_at at);

/** Receive (or, when short, pay) a cash amount a share. */
void account_dividend(struct account *account, double amount);

/** Take a decision of this bar: signals as truth values, or a target weight. */
void account_signal(struct account *account, const bool signal[GW_SIGNALS], size_t due);
void account_target(struct account *account, double weight, size_t due);

#endif
