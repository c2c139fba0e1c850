#include "gridwalk/engine/measure.h"

#include "gridwalk/base/math.h"

#include <stdlib.h>

/* A standard deviation this small is rounding, not risk. */
static const double NO_RISK = 1e-14;

void gw_ledger_trade(struct gw_ledger *ledger, double pnl, double entered, double bars)
{
    double gain = fabs(pnl) <= 1e-12 * entered ? 0 : pnl;
    double r = pnl / entered;
    ledger->best = ledger->trades == 0 || r > ledger->best ? r : ledger->best;
    ledger->worst = ledger->trades == 0 || r < ledger->worst ? r : ledger->worst;
    ledger->trades++;
    ledger->returned += r;
    ledger->bars += bars;
    gw_moments_add(&ledger->pnl, pnl);
    if (gain > 0) {
        ledger->wins++;
        ledger->gains += gain;
        ledger->won += r;
    } else if (gain < 0) {
        ledger->losses++;
        ledger->pains -= gain;
        ledger->lost += r;
    }
}

/* a / b for a non-negative b: +inf for a positive numerator over 0, else undefined over
 * 0. */
static double ratio(double a, double b)
{
    if (b > 0) {
        return a / b;
    }
    return a > 0 ? INFINITY : NAN;
}

static double mean_of(double sum, uint64_t count)
{
    return count > 0 ? sum / (double)count : NAN;
}

/* Moments of returns: mean, sd (ddof 1, NaN below two bars), skew, kurtosis. */
struct shape {
    double mean, sd, skew, kurtosis;
};

static struct shape shape_of(const double *r, size_t n)
{
    double sum = 0, m2 = 0, m3 = 0, m4 = 0;
    for (size_t t = 0; t < n; t++) {
        sum += r[t];
    }
    double mean = sum / (double)n;
    for (size_t t = 0; t < n; t++) {
        double d = r[t] - mean, d2 = d * d;
        m2 += d2;
        m3 += d2 * d;
        m4 += d2 * d2;
    }
    struct shape shape = {.mean = mean, .sd = NAN, .skew = NAN, .kurtosis = NAN};
    if (n >= 2) {
        shape.sd = sqrt(m2 / (double)(n - 1));
        shape.sd = shape.sd <= NO_RISK ? 0 : shape.sd;
    }
    if (shape.sd > 0) {
        double v = m2 / (double)n;
        shape.skew = m3 / (double)n / (v * sqrt(v));
        shape.kurtosis = m4 / (double)n / (v * v);
    }
    return shape;
}

/* Returns of the counted bars; after ruin (equity 0) they are 0. */
static void returns_of(const struct gw_record *record)
{
    double before = record->capital;
    for (size_t t = 0; t < record->bars; t++) {
        record->scratch[t] = before > 0 ? record->equity[t] / before - 1 : 0;
        before = record->equity[t];
    }
}

static void measure_drawdown(const struct gw_record *record, double *out)
{
    double peak = record->capital, deepest = 0, squares = 0;
    size_t stretch = 0, longest = 0;
    for (size_t t = 0; t < record->bars; t++) {
        double e = record->equity[t];
        peak = e > peak ? e : peak;
        double fall = e / peak - 1;
        deepest = fall < deepest ? fall : deepest;
        squares += fall * fall;
        stretch = e < peak * (1 - 1e-12) ? stretch + 1 : 0;
        longest = stretch > longest ? stretch : longest;
    }
    out[GW_METRIC_max_drawdown] = deepest;
    out[GW_METRIC_max_drawdown_bars] = (double)longest;
    out[GW_METRIC_ulcer] = sqrt(squares / (double)record->bars);
}

/* Probabilistic Sharpe ratio against 0 (Bailey and Lopez de Prado 2012). */
static double psr_of(const struct shape *shape, size_t n)
{
    double sr = shape->mean / shape->sd;
    double v =
        (1 - shape->skew * sr + (shape->kurtosis - 1) / 4 * sr * sr) / ((double)n - 1);
    return shape->sd > 0 && v > 0 ? gw_normal_cdf(sr / sqrt(v)) : NAN;
}

static void measure_returns(const struct gw_record *record, double *out)
{
    const double *r = record->scratch;
    size_t n = record->bars;
    double year = sqrt(record->periods);
    double gains = 0, losses = 0, downside = 0;
    for (size_t t = 0; t < n; t++) {
        gains += r[t] > 0 ? r[t] : 0;
        losses -= r[t] < 0 ? r[t] : 0;
        downside += r[t] < 0 ? r[t] * r[t] : 0;
    }
    struct shape shape = shape_of(r, n);
    out[GW_METRIC_volatility] = shape.sd * year;
    out[GW_METRIC_sharpe] = shape.sd > 0 ? shape.mean / shape.sd * year : NAN;
    out[GW_METRIC_sortino] =
        ratio(shape.mean * year, downside > 0 ? sqrt(downside / (double)n) : 0);
    out[GW_METRIC_omega] = ratio(gains, losses);
    out[GW_METRIC_skew] = shape.skew;
    out[GW_METRIC_kurtosis] = shape.kurtosis;
    out[GW_METRIC_psr] = psr_of(&shape, n);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the returns. */
static void measure_tail(const struct gw_record *record, double *out)
{
    double *r = record->scratch;
    size_t n = record->bars;
    qsort(r, n, sizeof *r, compare_doubles);
    double at = 0.05 * (double)(n - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < n ? below + 1 : below;
    double quantile = r[below] + (at - (double)below) * (r[above] - r[below]);
    double sum = 0;
    size_t count = 0;
    /* Equal returns tie at the quantile: rounding must not decide which count. */
    double up_to = quantile + 1e-12 * fmax(1, fabs(quantile));
    while (count < n && r[count] <= up_to) {
        sum += r[count++];
    }
    out[GW_METRIC_var_95] = -quantile;
    out[GW_METRIC_cvar_95] = -sum / (double)count;
}

static void measure_trades(const struct gw_ledger *ledger, double *out)
{
    double sd = ledger->pnl.count >= 2
                    ? sqrt(ledger->pnl.squares / (double)(ledger->pnl.count - 1))
                    : 0;
    bool varies = sd > NO_RISK * fmax(1, fabs(ledger->pnl.mean));
    double trades = (double)ledger->trades;
    bool any = ledger->trades > 0;
    out[GW_METRIC_trades] = trades;
    out[GW_METRIC_open_trades] = (double)ledger->open_trades;
    out[GW_METRIC_win_rate] = mean_of((double)ledger->wins, ledger->trades);
    out[GW_METRIC_profit_factor] = ratio(ledger->gains, ledger->pains);
    out[GW_METRIC_sqn] = varies ? sqrt(trades) * ledger->pnl.mean / sd : NAN;
    out[GW_METRIC_expectancy] = mean_of(ledger->returned, ledger->trades);
    out[GW_METRIC_avg_win] = mean_of(ledger->won, ledger->wins);
    out[GW_METRIC_avg_loss] = mean_of(ledger->lost, ledger->losses);
    out[GW_METRIC_best_trade] = any ? ledger->best : NAN;
    out[GW_METRIC_worst_trade] = any ? ledger->worst : NAN;
    out[GW_METRIC_avg_bars] = mean_of(ledger->bars, ledger->trades);
}

static void measure_costs(const struct gw_record *record, double *out)
{
    const struct gw_ledger *ledger = record->ledger;
    double n = (double)record->bars, sum = 0;
    for (size_t t = 0; t < record->bars; t++) {
        sum += record->equity[t];
    }
    out[GW_METRIC_exposure] = (double)record->exposed / n;
    out[GW_METRIC_turnover] =
        sum > 0 ? ledger->traded / (sum / n) * record->periods / n : NAN;
    out[GW_METRIC_commission] = ledger->commission;
    out[GW_METRIC_slippage] = ledger->slippage;
    out[GW_METRIC_borrow] = ledger->borrow;
    out[GW_METRIC_costs] = ledger->commission + ledger->slippage + ledger->borrow;
    out[GW_METRIC_orders] = (double)ledger->orders;
    out[GW_METRIC_dropped] = (double)ledger->dropped;
    out[GW_METRIC_clipped] = (double)ledger->clipped;
}

void gw_measure(const struct gw_record *record, const bool *wanted, double *out)
{
    for (int metric = 0; metric < GW_METRICS; metric++) {
        out[metric] = NAN;
    }
    double growth = record->equity[record->bars - 1] / record->capital;
    out[GW_METRIC_total_return] = growth - 1;
    out[GW_METRIC_cagr] =
        growth > 0 ? gw_pow(growth, record->periods / (double)record->bars) - 1 : -1;
    returns_of(record);
    measure_returns(record, out);
    measure_drawdown(record, out);
    out[GW_METRIC_calmar] = ratio(out[GW_METRIC_cagr], -out[GW_METRIC_max_drawdown]);
    measure_trades(record->ledger, out);
    measure_costs(record, out);
    const struct gw_moments *pooled = &record->pooled;
    double sd = pooled->count > 0 ? sqrt(pooled->squares / (double)pooled->count) : 0;
    if (sd > NO_RISK) {
        out[GW_METRIC_pooled_sharpe] = pooled->mean / sd * sqrt(record->periods);
    }
    if (wanted[GW_METRIC_var_95] || wanted[GW_METRIC_cvar_95]) {
        measure_tail(record, out);
    }
}
