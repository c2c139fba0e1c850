#include "gridwalk/engine/measure.h"

#include "gridwalk/base/math.h"

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

/* Means and squared deviations of two sets together (Chan, Golub, LeVeque 1979). */
void gw_moments_merge(struct gw_moments *moments, const struct gw_moments *more)
{
    if (moments->count == 0 || more->count == 0) {
        *moments = moments->count == 0 ? *more : *moments;
        return;
    }
    double a = (double)moments->count, b = (double)more->count;
    double delta = more->mean - moments->mean;
    moments->count += more->count;
    moments->mean += delta * (b / (a + b));
    moments->squares += more->squares + delta * delta * (a * b / (a + b));
}

void gw_ledger_merge(struct gw_ledger *ledger, const struct gw_ledger *more)
{
    bool first = ledger->trades == 0;
    if (more->trades > 0) {
        ledger->best = first || more->best > ledger->best ? more->best : ledger->best;
        ledger->worst =
            first || more->worst < ledger->worst ? more->worst : ledger->worst;
    }
    ledger->commission += more->commission;
    ledger->slippage += more->slippage;
    ledger->borrow += more->borrow;
    ledger->traded += more->traded;
    ledger->orders += more->orders;
    ledger->dropped += more->dropped;
    ledger->clipped += more->clipped;
    ledger->trades += more->trades;
    ledger->open_trades += more->open_trades;
    ledger->wins += more->wins;
    ledger->losses += more->losses;
    ledger->gains += more->gains;
    ledger->pains += more->pains;
    ledger->won += more->won;
    ledger->lost += more->lost;
    ledger->returned += more->returned;
    ledger->bars += more->bars;
    gw_moments_merge(&ledger->pnl, &more->pnl);
}

void gw_ledger_scale(struct gw_ledger *ledger, double share)
{
    ledger->commission *= share;
    ledger->slippage *= share;
    ledger->borrow *= share;
    ledger->traded *= share;
    ledger->gains *= share;
    ledger->pains *= share;
    ledger->pnl.mean *= share;
    ledger->pnl.squares *= share * share;
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

static struct gw_shape shape_of(const double *r, size_t n)
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
    struct gw_shape shape = {.mean = mean, .sd = NAN, .skew = NAN, .kurtosis = NAN};
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

struct gw_against gw_against_of(const double *r, const double *benchmark, size_t n)
{
    double own = 0, other = 0;
    for (size_t t = 0; t < n; t++) {
        own += r[t];
        other += benchmark[t];
    }
    own /= (double)n;
    other /= (double)n;
    struct gw_against against = {.mean = other, .beta = NAN, .active_sd = NAN};
    if (n < 2) {
        return against;
    }
    double together = 0, alone = 0, active = 0;
    for (size_t t = 0; t < n; t++) {
        double a = r[t] - own, b = benchmark[t] - other;
        together += a * b;
        alone += b * b;
        active += (a - b) * (a - b);
    }
    if (sqrt(alone / (double)(n - 1)) > NO_RISK) {
        against.beta = together / alone;
    }
    against.active_sd = sqrt(active / (double)(n - 1));
    against.active_sd = against.active_sd <= NO_RISK ? 0 : against.active_sd;
    return against;
}

bool gw_shape_of_sums(uint64_t n, const double *sum, int powers, struct gw_shape *out)
{
    double count = (double)n;
    double mean = sum[0] / count, square = sum[1] / count;
    double v = square - mean * mean;
    *out = (struct gw_shape){.mean = mean, .sd = NAN, .skew = NAN, .kurtosis = NAN};
    if (n < 2) {
        return true;
    }
    if (sum[1] == 0) { /* not one return */
        out->sd = 0;
        return true;
    }
    out->sd = sqrt(v * count / (double)(n - 1));
    double third = sum[2] / count - mean * (3 * square - 2 * mean * mean);
    double fourth = sum[3] / count -
                    mean * (4 * sum[2] / count - mean * (6 * square - 3 * mean * mean));
    out->skew = third / (v * sqrt(v));
    out->kurtosis = fourth / (v * v);
    bool symmetric = fabs(third) < 1e-6 * square * sqrt(square);
    return v > 1e-2 * square && out->sd > 1e3 * NO_RISK && !(powers == 4 && symmetric);
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

static void tally_equity(const struct gw_record *record, struct gw_tally *tally)
{
    double peak = record->capital;
    uint64_t stretch = 0, longest = 0;
    for (size_t t = 0; t < record->bars; t++) {
        double e = record->equity[t];
        peak = e > peak ? e : peak;
        double fall = e / peak - 1;
        tally->deepest = fall < tally->deepest ? fall : tally->deepest;
        tally->drawdowns += fall * fall;
        stretch = e < peak * (1 - 1e-12) ? stretch + 1 : 0;
        longest = stretch > longest ? stretch : longest;
        tally->equity += e;
    }
    tally->longest = (double)longest;
}

static void tally_returns(const struct gw_record *record, struct gw_tally *tally)
{
    const double *r = record->scratch;
    double free = record->risk_free / record->periods;
    for (size_t t = 0; t < record->bars; t++) {
        tally->gains += r[t] > 0 ? r[t] : 0;
        tally->losses -= r[t] < 0 ? r[t] : 0;
        tally->downside += r[t] - free < 0 ? (r[t] - free) * (r[t] - free) : 0;
    }
    tally->shape = shape_of(r, record->bars);
}

/* Probabilistic Sharpe ratio against 0 (Bailey and Lopez de Prado 2012). */
static double psr_of(const struct gw_shape *shape, uint64_t n)
{
    double sr = shape->mean / shape->sd;
    double v =
        (1 - shape->skew * sr + (shape->kurtosis - 1) / 4 * sr * sr) / ((double)n - 1);
    return shape->sd > 0 && v > 0 ? gw_normal_cdf(sr / sqrt(v)) : NAN;
}

static void measure_returns(const struct gw_tally *tally, double *out)
{
    const struct gw_shape *shape = &tally->shape;
    double n = (double)tally->bars, year = sqrt(tally->periods);
    double excess = shape->mean - tally->risk_free / tally->periods;
    double growth = tally->final / tally->capital;
    out[GW_METRIC_total_return] = growth - 1;
    out[GW_METRIC_cagr] = growth > 0 ? gw_pow(growth, tally->periods / n) - 1 : -1;
    out[GW_METRIC_volatility] = shape->sd * year;
    out[GW_METRIC_sharpe] = shape->sd > 0 ? excess / shape->sd * year : NAN;
    double below = sqrt(tally->downside / n);
    out[GW_METRIC_sortino] = below > NO_RISK    ? excess * year / below
                             : excess > NO_RISK ? INFINITY
                                                : NAN;
    out[GW_METRIC_omega] = ratio(tally->gains, tally->losses);
    out[GW_METRIC_skew] = shape->skew;
    out[GW_METRIC_kurtosis] = shape->kurtosis;
    out[GW_METRIC_psr] = psr_of(shape, tally->bars);
    out[GW_METRIC_max_drawdown] = tally->deepest;
    out[GW_METRIC_max_drawdown_bars] = tally->longest;
    out[GW_METRIC_ulcer] = sqrt(tally->drawdowns / n);
    out[GW_METRIC_calmar] = ratio(out[GW_METRIC_cagr], -tally->deepest);
    if (tally->pooled_sd > NO_RISK) {
        out[GW_METRIC_pooled_sharpe] =
            tally->pooled_mean / tally->pooled_sd * sqrt(tally->periods);
    }
}

static void measure_against(const struct gw_tally *tally, double *out)
{
    const struct gw_against *against = tally->against;
    double free = tally->risk_free / tally->periods;
    double r = tally->shape.mean, bm = against->mean;
    double growth = 1 + (r - free - against->beta * (bm - free));
    out[GW_METRIC_beta] = against->beta;
    if (growth > 0) {
        out[GW_METRIC_alpha] = gw_pow(growth, tally->periods) - 1;
    }
    if (against->active_sd > 0) {
        out[GW_METRIC_information_ratio] =
            (r - bm) / against->active_sd * sqrt(tally->periods);
    }
}

static void measure_trades(const struct gw_ledger *ledger, double *out)
{
    double sd = ledger->pnl.count >= 2
                    ? sqrt(ledger->pnl.squares / (double)(ledger->pnl.count - 1))
                    : 0;
    bool varies = sd > 1e-12 * fmax(1, fabs(ledger->pnl.mean));
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

static void measure_costs(const struct gw_tally *tally, double *out)
{
    const struct gw_ledger *ledger = tally->ledger;
    double n = (double)tally->bars;
    out[GW_METRIC_exposure] = (double)tally->exposed / n;
    out[GW_METRIC_turnover] =
        tally->equity > 0 ? ledger->traded / (tally->equity / n) * tally->periods / n
                          : NAN;
    out[GW_METRIC_commission] = ledger->commission;
    out[GW_METRIC_slippage] = ledger->slippage;
    out[GW_METRIC_borrow] = ledger->borrow;
    out[GW_METRIC_costs] = ledger->commission + ledger->slippage + ledger->borrow;
    out[GW_METRIC_orders] = (double)ledger->orders;
    out[GW_METRIC_dropped] = (double)ledger->dropped;
    out[GW_METRIC_clipped] = (double)ledger->clipped;
}

void gw_metrics(const struct gw_tally *tally, double *out)
{
    for (int metric = 0; metric < GW_METRICS; metric++) {
        out[metric] = NAN;
    }
    measure_returns(tally, out);
    measure_trades(tally->ledger, out);
    measure_costs(tally, out);
    if (tally->against != NULL) {
        measure_against(tally, out);
    }
}

void gw_measure_tail(double *r, size_t n, double *out)
{
    double at = 0.05 * (double)(n - 1);
    size_t below = (size_t)at;
    gw_select_smallest(r, n, below);
    double above = below + 1 < n ? r[below + 1] : r[below];
    for (size_t t = below + 2; t < n; t++) {
        above = r[t] < above ? r[t] : above;
    }
    double quantile = r[below] + (at - (double)below) * (above - r[below]);
    double sum = 0;
    size_t count = 0;
    /* Equal returns tie at the quantile: rounding must not decide which count. */
    double up_to = quantile + 1e-12 * fmax(1, fabs(quantile));
    for (size_t t = 0; t < n; t++) {
        sum += r[t] <= up_to ? r[t] : 0;
        count += r[t] <= up_to;
    }
    out[GW_METRIC_var_95] = -quantile;
    out[GW_METRIC_cvar_95] = -sum / (double)count;
}

void gw_measure(const struct gw_record *record, const bool *wanted, double *out)
{
    const struct gw_moments *pooled = &record->pooled;
    struct gw_tally tally = {
        .capital = record->capital,
        .periods = record->periods,
        .risk_free = record->risk_free,
        .final = record->equity[record->bars - 1],
        .bars = record->bars,
        .exposed = record->exposed,
        .ledger = record->ledger,
        .pooled_mean = pooled->mean,
        .pooled_sd =
            pooled->count > 0 ? sqrt(pooled->squares / (double)pooled->count) : 0,
    };
    struct gw_against against;
    returns_of(record);
    tally_returns(record, &tally);
    if (record->benchmark != NULL) {
        against = gw_against_of(record->scratch, record->benchmark, record->bars);
        tally.against = &against;
    }
    tally_equity(record, &tally);
    gw_metrics(&tally, out);
    if (wanted[GW_METRIC_var_95] || wanted[GW_METRIC_cvar_95]) {
        gw_measure_tail(record->scratch, record->bars, out);
    }
}
