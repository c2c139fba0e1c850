/**
 * The metrics of one row, from its equity and its ledger. Both engines use these
 * definitions.
 */
#ifndef GRIDWALK_ENGINE_MEASURE_H
#define GRIDWALK_ENGINE_MEASURE_H

#include "gridwalk/engine/metrics.h"

/** Count, mean and squared deviations of a stream of numbers (Welford): exact for
 * constants. */
struct gw_moments {
    uint64_t count;
    double mean, squares;
};

static inline void gw_moments_add(struct gw_moments *moments, double x)
{
    double delta = x - moments->mean;
    moments->count++;
    moments->mean += delta / (double)moments->count;
    moments->squares += delta * (x - moments->mean);
}

/** What fills and closed round trips leave behind, over all accounts in asset order. */
struct gw_ledger {
    double commission, slippage, borrow; /* currency paid */
    double traded;                       /* sum of fill price * shares */
    uint64_t orders, dropped, clipped;
    uint64_t trades, open_trades, wins, losses;
    double gains, pains;   /* sums of positive pnl and of -negative pnl */
    double won, lost;      /* sums of returns of winning and losing trades */
    double returned, bars; /* sums of trade returns and of their bars */
    double best, worst;    /* trade returns; meaningless without trades */
    struct gw_moments pnl;
};

/** Book a closed round trip: its pnl, the value entered and its length in bars. */
void gw_ledger_trade(struct gw_ledger *ledger, double pnl, double entered, double bars);

/** What the metrics of a row are made of. */
struct gw_record {
    double capital;       /* of all accounts together, > 0 */
    double periods;       /* bars a year */
    const double *equity; /* [bars] at the mark of each counted bar, >= 0 */
    size_t bars;          /* counted bars, >= 1 */
    uint64_t exposed;     /* counted bars with a position at the mark */
    const struct gw_ledger *ledger;
    struct gw_moments pooled; /* the accounts' counted returns, concatenated */
    double *scratch;          /* [bars], overwritten with the returns */
};

/**
 * All metrics; those of set R only when wanted[metric].
 * Shape  wanted, out: [GW_METRICS].  NaN: undefined, and what was not wanted.
 */
void gw_measure(const struct gw_record *record, const bool *wanted, double *out);

#endif
