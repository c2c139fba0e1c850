/**
 * Accounts in the reference engine: cash, positions and what is booked on them. Which
 * shares trade at which price is decided elsewhere (orders.h, stops.h).
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_ACCOUNT_H
#define GRIDWALK_ENGINE_REFERENCE_ACCOUNT_H

#include "gridwalk/engine/measure.h"
#include "diary.h"
#include "tape.h"

/** Equity of at most this share of the capital is none: rounding must not keep it alive.
 */
#define GW_NOTHING_LEFT 1e-12

/** What an order asks for. */
enum ask {
    ASK_SIDE,   /* signals: long, flat or short */
    ASK_WEIGHT, /* of the equity */
    ASK_SHARES, /* raw shares */
    ASK_CLOSE   /* the rest that a volume limit left of a stop */
};

/** The intention that waits to be filled; sized anew at each bar that can fill it. */
struct order {
    bool waiting;
    enum ask ask;
    double wanted;    /* side, weight or raw shares */
    double deviation; /* of returns at the decision, where it sizes the entry */
    size_t due;       /* the first bar that can fill it */
    size_t number;    /* in the diary */
};

/** One intention on one side so far: what its commission is made of. */
struct leg {
    int side;    /* of its fills, 1 or -1; 0: none yet */
    bool grows;  /* or brings the position down: the two parts of a reversal */
    double raw;  /* shares */
    double rate; /* bps * value */
    double paid;
};

/** The open round trip. */
struct trip {
    size_t bar;     /* of the first fill, */
    bool at_open;   /* which was at the open */
    double entered; /* sum of fill price * shares of its increases */
    double basis;   /* the same, cut in proportion by reductions */
    double flow;    /* sales - purchases - commissions + dividends - borrow fees */
    double extreme; /* best price of the bars that trail stops look back on */
};

/** One asset in an account. */
struct holding {
    const struct tape *tape;
    struct account *account;
    size_t place; /* of the asset in the setup */
    size_t next;  /* the own bar at hand, or the next one */
    bool here;    /* the asset has this bar */
    double shares;
    double mark; /* last known close; 0 before the first */
    struct order order;
    struct leg leg;
    struct trip trip;
    int intention;   /* signals: the side intended */
    double weight;   /* target: last decided */
    int blocked;     /* target: the side that a stop has closed, until decided anew */
    size_t dividend; /* the next to be paid */
    size_t used_bar; /* of raw shares filled so far, */
    double used;     /* for the volume limit */
    /* Of the step at hand (orders.c): */
    bool filling;
    double price;  /* at its point, before costs */
    double sought; /* shares wanted */
    double more;   /* increase, before scaling */
    bool cut;      /* by the volume limit */
};

struct account {
    struct holding *holding; /* [holdings] in the order of the bundle */
    size_t holdings;
    double cash;
    size_t waiting; /* orders */
    struct gw_ledger ledger;
    size_t pool_from; /* first bar whose return is pooled, or SIZE_MAX */
    double before;    /* equity a bar ago */
    struct gw_moments pooled;
};

/** A row on its way. */
struct book {
    const struct gw_engine_setup *setup;
    const struct gw_rules *rules;
    struct gw_terms terms;
    double half; /* (slippage_bps + spread_bps / 2) / 10,000 */
    bool limits; /* lots or volume limit */
    bool stops, rates, dividends;
    const struct span *span;
    struct account *account; /* [accounts] */
    size_t accounts;
    struct holding *holding; /* [assets], account by account */
    size_t t;                /* the bar at hand */
    size_t positions;        /* open ones */
    double *shown;           /* [assets] shares, for a decider */
    const bool *calendar;    /* bars of rebalancing, by the calendar, or NULL */
    struct diary *diary;
    bool failed; /* the decider did */
};

/** A fill: `shares` are signed. */
struct deal {
    double shares;
    double price; /* of its point, before costs */
    bool at_open;
    enum gw_cause cause;
};

static inline int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

/** F at the bar at hand. */
static inline double account_factor(const struct book *book, const struct holding *h)
{
    return h->tape->factor != NULL ? h->tape->factor[book->t] : 1;
}

/** P (1 + side * half) */
static inline double account_price(const struct book *book, double price, int side)
{
    return price * (1 + side * book->half);
}

/** Cash and positions at their last known closes. */
double account_equity(const struct account *account);

/** Volume as traded at the holding's own bar; 0 where it is not known. */
double account_volume(const struct book *book, const struct holding *h);

/** Fill shares with all costs: orders, stops and close_at_end. */
void account_deal(struct book *book, struct holding *h, const struct deal *deal);

/** Close a position at exactly that price, without cost: delisting and ruin. */
void account_leave(struct book *book,
                   struct holding *h,
                   double price,
                   enum gw_cause cause);

/** Step 1: dividends that are paid in cash at this bar. */
void account_dividends(struct book *book, struct holding *h);

/** Step 5: interest and borrow fees of this bar. */
void account_rates(struct book *book, struct account *account);

#endif
