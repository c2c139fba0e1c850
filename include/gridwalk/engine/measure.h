/**
 * The metrics of one row, from its equity and its ledger. Both engines use these
 * definitions.
 */
#ifndef GRIDWALK_ENGINE_MEASURE_H
#define GRIDWALK_ENGINE_MEASURE_H

#include "gridwalk/engine/metrics.h"

#include <math.h>

/** Whether a metric is the same from both engines: within 1e-9 of its size; one without
 * a unit also within 1e-10, for it may be made of rounding alone, as a Sharpe ratio near
 * 0. */
static inline bool gw_agrees(enum gw_metric metric, double a, double b)
{
    double size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    double floor = gw_metric_info[metric].unit[0] == '1' ? 1e-10 : 0;
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= fmax(1e-9 * size, floor);
}

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

/** Add the moments of more numbers. */
void gw_moments_merge(struct gw_moments *moments, const struct gw_moments *more);

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

/** Add what another ledger holds, the trades of which come later. */
void gw_ledger_merge(struct gw_ledger *ledger, const struct gw_ledger *more);

/** The ledger of an account with that share of the capital: currencies shrink, counts and
 *  trade returns stay. */
void gw_ledger_scale(struct gw_ledger *ledger, double share);

/** Mean, standard deviation (ddof 1; NaN below two numbers, 0 when it is rounding), skew
 * and kurtosis (NaN when that is 0). */
struct gw_shape {
    double mean, sd, skew, kurtosis;
};

/** Returns beside those of a benchmark on the same bars. NaN below two bars; beta also
 * where the benchmark's sd is 0. */
struct gw_against {
    double mean;      /* of the benchmark's returns */
    double beta;      /* slope of the returns on them, with intercept */
    double active_sd; /* of return - benchmark's (ddof 1); 0 when it is rounding */
};

/** Shape  r, benchmark: [n], n >= 1. */
struct gw_against gw_against_of(const double *r, const double *benchmark, size_t n);

/** What the metrics of a row are made of, however it was gathered. */
struct gw_tally {
    double capital;        /* of all accounts together, > 0 */
    double periods;        /* bars a year */
    double risk_free;      /* a year */
    double final;          /* equity at the last mark */
    uint64_t bars;         /* counted bars, >= 1 */
    uint64_t exposed;      /* those with a position at the mark */
    struct gw_shape shape; /* of the returns */
    double gains, losses; /* sums of positive returns, and of negative ones as positive */
    double downside;      /* sum of min(r - risk_free / periods, 0)^2 */
    double deepest;       /* drawdown, <= 0 */
    double longest;       /* bars below a previous peak */
    double drawdowns;     /* sum of squares of the drawdown */
    double equity;        /* sum over the bars */
    const struct gw_ledger *ledger;
    double pooled_mean, pooled_sd;    /* ddof 0, of the accounts' returns together */
    const struct gw_against *against; /* NULL: there is no benchmark */
};

/** All metrics but those of set R, which come out NaN. Shape out: [GW_METRICS]. */
void gw_metrics(const struct gw_tally *tally, double *out);

/**
 * The shape of n numbers from their power sums; false when subtracting the mean has cost
 * so many digits that the numbers themselves are needed.
 * Shape  sum: [4], of r, r^2, r^3 and r^4; with powers = 2 the last two are not there,
 *        and skew and kurtosis mean nothing.
 */
bool gw_shape_of_sums(uint64_t n, const double *sum, int powers, struct gw_shape *out);

/** The metrics of set R from the returns, which are put in another order. */
void gw_measure_tail(double *r, size_t n, double *out);

/** A row as the reference engine leaves it. */
struct gw_record {
    double capital;          /* of all accounts together, > 0 */
    double periods;          /* bars a year */
    double risk_free;        /* a year */
    const double *equity;    /* [bars] at the mark of each counted bar, >= 0 */
    const double *benchmark; /* [bars] its returns on them; NULL: none */
    size_t bars;             /* counted bars, >= 1 */
    uint64_t exposed;        /* counted bars with a position at the mark */
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
