/**
 * One position of one account, and the formulas of its orders, costs and stops
 * (docs/semantics.md, sections 4 to 6). Cash is kept beside it, so that several positions
 * can share it.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_TRADE_H
#define GRIDWALK_ENGINE_VECTOR_TRADE_H

#include "gridwalk/engine/measure.h"
#include "lanes.h"

/** Equity of at most this share of the capital is none. */
#define NOTHING_LEFT 1e-12

/** Fills of one lane. */
struct lane_fills {
    struct gw_fill *fill;
    size_t count, capacity;
};

/** The terms of one combination, and what follows from them. */
struct trade_terms {
    const struct gw_rules *rules;
    struct gw_terms terms;
    double half;    /* slippage and half the spread, as a part of the price */
    double bps;     /* commission, as a part of the value */
    double reserve; /* the least that an order costs */
    double root;    /* of the bars a year */
    double cash_part, margin_part, borrow_part; /* rates a bar */
    bool stops;                                 /* some stop is set */
    bool accrues;                               /* some rate is set */
};

/** Write a fill down. */
void trade_keep(struct lane_fills *fills, const struct gw_fill *fill);

/** Fill in the terms of one combination; false: one is out of its range.
 *  Shape  value: [GW_MAX_PARAMETERS]. */
bool trade_terms_set(struct trade_terms *terms,
                     const struct gw_engine_setup *setup,
                     const double *value);

/** Where money is, and where fills are written down. */
struct trade_account {
    double cash;
    struct gw_ledger *ledger;
    struct lane_fills *fills; /* NULL: nobody wants them */
    bool doubtful; /* a comparison was so close that another engine may see it otherwise
                    */
};

enum trade_wait {
    TRADE_NOTHING,
    TRADE_ORDER, /* of a decision */
    TRADE_REST   /* what a volume limit has left of a stop: only an entry replaces it */
};

/** One asset in one account. All zeros is its state before the first bar. */
struct position {
    double shares;  /* in the basis; negative: short */
    double average; /* entry fill price */
    double reach;   /* the highest high (short: lowest low) that counts for the water */
    double entered, flow; /* of the open round trip, as the trade's pnl needs them */
    size_t entry_bar;     /* of its first fill, */
    bool at_open;         /* which was one at the open */
    int intention;        /* signals */
    double weight;        /* target: last decided */
    int barred;           /* target: the side that a stop has closed; 0: none */
    double deviation;     /* sizing by volatility: sd at the decision */
    enum trade_wait waiting;
    size_t due; /* the first bar that may fill it */
    /* Of the waiting order so far: */
    bool begun, grows;
    int side;
    double raw, value, paid;
    /* Volume taken: */
    size_t volume_bar;
    double volume; /* raw shares filled on that bar */
};

/** A point of a bar at which an asset has a price. */
struct trade_spot {
    size_t asset, bar;
    bool open;     /* the point is the bar's open */
    double price;  /* P */
    double factor; /* F: raw shares = shares * F */
    double volume; /* of the bar, as traded; NaN: missing. Only for a volume limit */
};

/** Prices of one bar in the basis; NaN: missing. */
struct trade_candle {
    double open, high, low;
};

/* ---- decisions ---- */

/** Signals: the side intended from here on. `deviation` goes with an entry. */
void trade_intend(struct position *position, int intention, double deviation);

/** Signals of a bar to the side intended. */
int trade_intention(int intention, const bool signal[GW_SIGNALS]);

/** Target: the weight at a bar that may decide; NaN: none. */
void trade_want(const struct gw_rules *rules, struct position *position, double weight);

/* ---- sizes ---- */

/** Whether so much money counts as none. */
static inline bool trade_is_nothing(const struct gw_rules *rules, double money)
{
    return !(money > NOTHING_LEFT * rules->capital);
}

/** p: the price of a buy (side 1) or a sale (-1) before impact. */
double trade_price(const struct trade_terms *terms, double price, double side);

/**
 * Shares wanted by the waiting order at an equity Q >= 0; exactly those held when there
 * is nothing to do; an infinity where it is all that cash allows (trade_all).
 */
double trade_wanted(const struct trade_terms *terms,
                    const struct position *position,
                    const struct trade_spot *spot,
                    double equity);

/** Shares that `free` money buys (side 1) or sells short (-1), at least 0. */
double trade_all(const struct trade_terms *terms,
                 const struct trade_spot *spot,
                 double side,
                 double free);

/** What one more share takes of leverage * equity: a sum of these times shares is the
 *  denominator of trade_scale. */
double
trade_load(const struct trade_terms *terms, const struct trade_spot *spot, double side);

/** g of the increases of a step, which take `load` of `room` = leverage * (equity -
 *  reserves) - held; counts a step that is clipped. */
double trade_scale(struct trade_account *account, double room, double load);

/* ---- fills ---- */

/** Whether an order waits that a bar may fill. */
static inline bool trade_waits(const struct position *position, size_t bar)
{
    return position->waiting != TRADE_NOTHING && bar >= position->due;
}

/** Reduce towards `wanted`; false: the volume limit has cut it, the order waits. */
bool trade_reduce(const struct trade_terms *terms,
                  struct trade_account *account,
                  struct position *position,
                  const struct trade_spot *spot,
                  double wanted);

/** Grow by `more` > 0 shares (scaled already) to `side`; false as above. */
bool trade_grow(const struct trade_terms *terms,
                struct trade_account *account,
                struct position *position,
                const struct trade_spot *spot,
                double more);

/** The waiting order is over: nothing waits, and an entry by signals that has no shares
 *  is dropped. */
void trade_finish(const struct gw_rules *rules,
                  struct trade_account *account,
                  struct position *position);

/** Close at the end of the window, with costs but without volume limit or impact. What
 *  waits goes on waiting. */
void trade_close(const struct trade_terms *terms,
                 struct trade_account *account,
                 struct position *position,
                 const struct trade_spot *spot);

/** The asset leaves: what waits is cancelled, what is held closed at the spot's price
 *  without costs. */
void trade_leave(struct trade_account *account,
                 struct position *position,
                 const struct trade_spot *spot);

/* ---- stops ---- */

/** Whether a stop of a position that is held is hit on a bar, and its price P; none while
 *  the rest of one waits.
 * GW_BY_ORDER: none. */
enum gw_cause trade_stop_hit(const struct trade_terms *terms,
                             const struct position *position,
                             const struct trade_candle *candle,
                             size_t bar,
                             double *price_out);

/** Close by a stop at the spot's price, as far as volume goes. */
void trade_stop(const struct trade_terms *terms,
                struct trade_account *account,
                struct position *position,
                const struct trade_spot *spot,
                enum gw_cause cause);

/** Behind the stops of a bar: its high or low counts for the water from the next on. */
static inline void
trade_watch(struct position *position, const struct trade_candle *candle, size_t bar)
{
    if (position->shares == 0 || (bar == position->entry_bar && !position->at_open)) {
        return;
    }
    if (position->shares > 0 && candle->high > position->reach) {
        position->reach = candle->high;
    } else if (position->shares < 0 && candle->low < position->reach) {
        position->reach = candle->low;
    }
}

/* ---- money without fills ---- */

/** A dividend of that amount a share of the basis. */
void trade_dividend(struct trade_account *account,
                    struct position *position,
                    double amount);

/** What a bar's interest brings, for `sold` >= 0 of market value sold short; the caller
 *  adds it to the cash. */
static inline double
trade_interest(const struct trade_terms *terms, double cash, double sold)
{
    double lent = cash > sold ? cash - sold : 0, owed = cash < 0 ? -cash : 0;
    return lent * terms->cash_part - owed * terms->margin_part;
}

/** Pay a bar's fee for what is borrowed, at the last known close. */
void trade_borrow(const struct trade_terms *terms,
                  struct trade_account *account,
                  struct position *position,
                  double mark);

#endif
