#include "compare.h"

#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CLOSE = 1e-9;

/* A return is a quotient less 1 and keeps the rounding of that 1: this much a bar,
 * whatever its size. Where a metric is made of no more than that, it cannot agree better.
 */
static const double ROUNDING = 1e-15;
static const double MOST_ROUNDING = 1e-6;
static const double HOLDING = 1e-14; /* of the shares held, in those of a fill */

static bool is_close(double expected, double actual, double floor)
{
    if (isnan(expected) || isnan(actual)) {
        return isnan(expected) && isnan(actual);
    }
    if (expected == actual) {
        return true;
    }
    double size = fmax(fabs(expected), fabs(actual));
    return isfinite(size) && fabs(expected - actual) <= fmax(CLOSE * size, floor);
}

static bool is_count(size_t metric)
{
    switch (metric) {
    case GW_METRIC_trades:
    case GW_METRIC_open_trades:
    case GW_METRIC_orders:
    case GW_METRIC_dropped:
    case GW_METRIC_clipped:
    case GW_METRIC_max_drawdown_bars:
    case GW_METRIC_avg_bars:
        return true;
    default:
        return false;
    }
}

/* The returns of a row and what its ratios divide by; of the benchmark's, and of those
 * less the benchmark's. */
struct returns {
    double n, mean, sd, downside, losses, year;
    double bench_mean, bench_sd, active_sd;
};

/* Mean and standard deviation (ddof 0). */
struct spread {
    double mean, sd;
};

static struct spread spread_of(const double *x, size_t n)
{
    struct spread out = {0, 0};
    for (size_t t = 0; t < n; t++) {
        out.mean += x[t] / (double)n;
    }
    for (size_t t = 0; t < n; t++) {
        out.sd += (x[t] - out.mean) * (x[t] - out.mean) / (double)n;
    }
    out.sd = sqrt(out.sd);
    return out;
}

static struct returns returns_of(const struct gate_row *row,
                                 const struct gate_scale *scale)
{
    struct returns out = {.n = (double)row->bars, .year = sqrt(scale->periods)};
    double *r = gw_calloc(row->bars, sizeof *r), before = scale->capital;
    double rf = scale->risk_free / scale->periods, downside = 0;
    for (size_t t = 0; t < row->bars; t++) {
        r[t] = before > 0 ? row->equity[t] / before - 1 : 0;
        before = row->equity[t];
        downside += r[t] < rf ? (r[t] - rf) * (r[t] - rf) : 0;
        out.losses -= r[t] < 0 ? r[t] : 0;
    }
    struct spread own = spread_of(r, row->bars);
    out.mean = own.mean;
    out.sd = own.sd;
    out.downside = sqrt(downside / out.n);
    if (scale->benchmark != NULL) {
        const double *benchmark = scale->benchmark + row->first;
        struct spread bench = spread_of(benchmark, row->bars);
        out.bench_mean = bench.mean - rf;
        out.bench_sd = bench.sd;
        for (size_t t = 0; t < row->bars; t++) {
            r[t] -= benchmark[t];
        }
        out.active_sd = spread_of(r, row->bars).sd;
    }
    free(r);
    return out;
}

/* How far a metric moves when each return moves by ROUNDING: the derivative of its
 * formula, to the first order. */
static double
floor_of(size_t metric, const struct gate_row *row, const struct gate_scale *scale)
{
    const struct returns r = returns_of(row, scale);
    double value = fabs(row->metric[metric]), ratio = r.mean / r.sd;
    double yearly = ROUNDING * (1 + fabs(row->metric[GW_METRIC_cagr])) *
                    fmax(1, scale->periods / r.n);
    double shift = sqrt(1 + ratio * ratio); /* what the mean takes from the moments */
    switch (metric) {
    case GW_METRIC_cagr:
        return yearly;
    case GW_METRIC_calmar:
        return (yearly + value * ROUNDING) / -row->metric[GW_METRIC_max_drawdown];
    case GW_METRIC_volatility:
        return ROUNDING * r.year;
    case GW_METRIC_sharpe:
    case GW_METRIC_pooled_sharpe:
        return ROUNDING * (r.year + value) / r.sd;
    case GW_METRIC_sortino:
        return ROUNDING * (r.year + value) / r.downside;
    case GW_METRIC_omega:
        return ROUNDING * (1 + value) * r.n / r.losses;
    case GW_METRIC_skew:
        return ROUNDING * 3 * shift * shift * shift * (1 + value) / r.sd;
    case GW_METRIC_kurtosis:
        return ROUNDING * 4 * shift * shift * shift * shift * value / r.sd;
    case GW_METRIC_psr:
        return ROUNDING * sqrt(r.n) * shift / r.sd;
    case GW_METRIC_beta:
        return ROUNDING / r.bench_sd;
    case GW_METRIC_alpha:
        return ROUNDING * scale->periods * (1 + value) *
               (1 + fabs(r.bench_mean) / r.bench_sd);
    case GW_METRIC_information_ratio:
        return ROUNDING * (r.year + value) / r.active_sd;
    case GW_METRIC_commission:
    case GW_METRIC_slippage:
    case GW_METRIC_borrow:
    case GW_METRIC_costs:
    case GW_METRIC_turnover:
    case GW_METRIC_profit_factor:
        return 0;
    default:
        return ROUNDING;
    }
}

static bool metric_agrees(size_t metric,
                          const struct gate_row *one,
                          const struct gate_row *other,
                          const struct gate_scale *scale)
{
    double a = one->metric[metric], b = other->metric[metric];
    if (is_close(a, b, 0)) {
        return !is_count(metric) || a == b || isnan(a);
    }
    /* Never so much that it would hide a bug. */
    double most = MOST_ROUNDING * fmax(1, fabs(a));
    return !is_count(metric) && one->equity != NULL &&
           is_close(a, b, fmin(floor_of(metric, one, scale), most));
}

static void
say_numbers(struct gw_text *out, const char *what, double expected, double actual)
{
    gw_text_printf(out, "%s: %.17g, %.17g", what, expected, actual);
}

static void say_fill(struct gw_text *out, const struct gw_fill *fill)
{
    gw_text_printf(out,
                   "asset %u bar %zu cause %d shares %.17g price %.17g commission %.17g",
                   fill->asset, fill->bar, (int)fill->cause, fill->shares, fill->price,
                   fill->commission);
}

/* The row's equity about a fill; 0 where it is not kept. */
static double equity_at(const struct gate_row *row, size_t bar)
{
    size_t t = bar > row->first ? bar - row->first : 0;
    return row->equity != NULL && row->bars > 0
               ? row->equity[t < row->bars ? t : row->bars - 1]
               : 0;
}

/* `held`: shares of the asset before. What is bought is the difference of two holdings,
 * in an account for all assets of two equities, and keeps their rounding. */
static bool
fill_agrees(const struct gw_fill *a, const struct gw_fill *b, double held, double equity)
{
    double floor = HOLDING * fmax(fabs(held) + fabs(a->shares), equity / a->price);
    double part = floor / fmax(fabs(a->shares), floor);
    return a->asset == b->asset && a->bar == b->bar && a->cause == b->cause &&
           is_close(a->shares, b->shares, floor) && is_close(a->price, b->price, 0) &&
           is_close(a->commission, b->commission, part * a->commission);
}

/* Fills come asset by asset. */
static bool
fills_agree(const struct gate_row *one, const struct gate_row *other, struct gw_text *out)
{
    double held = 0;
    size_t i = 0;
    for (; i < one->fills && i < other->fills; i++) {
        const struct gw_fill *a = &one->fill[i], *b = &other->fill[i];
        held = i > 0 && a->asset == a[-1].asset ? held : 0;
        if (!fill_agrees(a, b, held, equity_at(one, a->bar))) {
            gw_text_printf(out, "fill %zu: ", i);
            say_fill(out, a);
            gw_text_printf(out, ", ");
            say_fill(out, b);
            return false;
        }
        held += a->shares;
    }
    if (one->fills != other->fills) {
        gw_text_printf(out, "fills: %zu, %zu, one more: ", one->fills, other->fills);
        say_fill(out, one->fills > i ? &one->fill[i] : &other->fill[i]);
        return false;
    }
    return true;
}

static bool equity_agrees(const struct gate_row *one,
                          const struct gate_row *other,
                          struct gw_text *out)
{
    bool there = one->equity != NULL && other->equity != NULL;
    if (!there && one->equity == other->equity) {
        return true;
    }
    if (!there || one->first != other->first || one->bars != other->bars) {
        gw_text_printf(out, "equity: %zu bars from %zu, %zu bars from %zu", one->bars,
                       one->first, other->bars, other->first);
        return false;
    }
    for (size_t t = 0; t < one->bars; t++) {
        if (!is_close(one->equity[t], other->equity[t], 0)) {
            gw_text_printf(out, "at bar %zu ", one->first + t);
            say_numbers(out, "equity", one->equity[t], other->equity[t]);
            return false;
        }
    }
    return true;
}

static bool metrics_agree(const struct gate_row *one,
                          const struct gate_row *other,
                          const bool *wanted,
                          const struct gate_scale *scale,
                          struct gw_text *out)
{
    for (size_t m = 0; m < GW_METRICS; m++) {
        if (wanted[m] && !metric_agrees(m, one, other, scale)) {
            say_numbers(out, gw_metric_info[m].name, one->metric[m], other->metric[m]);
            return false;
        }
    }
    return true;
}

/* Both were made, once. */
static bool
both_there(const struct gate_row *one, const struct gate_row *other, struct gw_text *out)
{
    if (one->puts != 1 || other->puts != 1) {
        gw_text_printf(out, "the row was given %u times, %u times", one->puts,
                       other->puts);
        return false;
    }
    if (one->status != other->status) {
        gw_text_printf(out, "status: %d, %d", (int)one->status, (int)other->status);
        return false;
    }
    return true;
}

bool gate_rows_agree(const struct gate_rows *expected,
                     const struct gate_rows *actual,
                     const struct gate_scale *scale,
                     struct gate_difference *out)
{
    for (size_t i = 0; i < expected->count; i++) {
        const struct gate_row *one = &expected->row[i], *other = &actual->row[i];
        bool wanted[GW_METRICS];
        for (size_t m = 0; m < GW_METRICS; m++) {
            wanted[m] = expected->wanted[m] && actual->wanted[m];
        }
        bool kept = expected->kept && actual->kept;
        bool agree = both_there(one, other, &out->text) &&
                     (!kept || (fills_agree(one, other, &out->text) &&
                                equity_agrees(one, other, &out->text))) &&
                     metrics_agree(one, other, wanted, scale, &out->text);
        if (!agree) {
            out->row = i;
            return false;
        }
    }
    return true;
}

static bool same_bits(const void *a, const void *b, size_t bytes)
{
    return bytes == 0 || memcmp(a, b, bytes) == 0;
}

/* Undefined is undefined, whatever its bits. */
static bool same_number(double a, double b)
{
    return same_bits(&a, &b, sizeof a) || (isnan(a) && isnan(b));
}

static bool same_fills(const struct gate_row *one, const struct gate_row *other)
{
    bool same = one->fills == other->fills;
    for (size_t i = 0; i < one->fills && same; i++) {
        const struct gw_fill *a = &one->fill[i], *b = &other->fill[i];
        same = a->asset == b->asset && a->bar == b->bar && a->cause == b->cause &&
               same_number(a->shares, b->shares) && same_number(a->price, b->price) &&
               same_number(a->commission, b->commission);
    }
    return same;
}

bool gate_row_same(const struct gate_row *one,
                   const struct gate_row *other,
                   const bool *wanted,
                   struct gw_text *out)
{
    if (!both_there(one, other, out)) {
        return false;
    }
    for (size_t m = 0; m < GW_METRICS; m++) {
        if (wanted[m] && !same_number(one->metric[m], other->metric[m])) {
            say_numbers(out, gw_metric_info[m].name, one->metric[m], other->metric[m]);
            return false;
        }
    }
    if (one->by_reference != other->by_reference) {
        gw_text_printf(out, "by_reference: %d, %d", one->by_reference,
                       other->by_reference);
        return false;
    }
    if (!same_fills(one, other)) {
        gw_text_printf(out, "other fills");
        return false;
    }
    if (one->first != other->first || one->bars != other->bars ||
        !same_bits(one->equity, other->equity, one->bars * sizeof(double))) {
        gw_text_printf(out, "another equity");
        return false;
    }
    return true;
}

bool gate_rows_same(const struct gate_subject *subject,
                    const struct gate_rows *one,
                    const struct gate_rows *other,
                    size_t last,
                    struct gate_difference *out)
{
    for (size_t i = 0; i < one->count; i++) {
        if (subject->span[i % one->spans].end <= last &&
            !gate_row_same(&one->row[i], &other->row[i], one->wanted, &out->text)) {
            out->row = i;
            return false;
        }
    }
    return true;
}
