#include "gridwalk/kernel/kernel.h"

#include "gridwalk/kernel/segment.h"
#include "gridwalk/kernel/sum.h"

/* The sum is made afresh every 4 n bars: what an absurd value or an overflow left in it
 * ends there, at the cost of a quarter of an addition a bar. */
enum { FRESH = 4 };

/* Bars t, t + 1 and so on, while both of a pair are before `end`; returns where that
 * ends. */
static size_t average_pairs(
    const double *x, size_t n, size_t t, size_t end, struct gw_sum *sum, double *out)
{
    if (end - t < 2) {
        return t;
    }
    double count = (double)n;
    struct gw_sums sums = gw_sum_slide(sum, gw_pair_at(x + t), gw_pair_at(x + (t - n)));
    for (t += 2; end - t >= 2; t += 2) {
        gw_pair in = gw_pair_at(x + t), gone = gw_pair_at(x + (t - n));
        /* Not yet needed: the processor does both lines at once. */
        struct gw_sums next = gw_sum_slide(sum, in, gone);
        gw_pair mean = gw_sums_mean(sums, count);
        memcpy(out + (t - 2), &mean, sizeof mean);
        sums = next;
    }
    gw_pair mean = gw_sums_mean(sums, count);
    memcpy(out + (t - 2), &mean, sizeof mean);
    return t;
}

/* From bar `first`, n - 1 at least, to the one before `end`. */
static void
average_stretch(const double *x, size_t n, size_t first, size_t end, double *out)
{
    double count = (double)n;
    struct gw_sum sum = gw_sum_of(x + (first - (n - 1)), n);
    out[first] = gw_sum_mean(sum, count);
    size_t t = average_pairs(x, n, first + 1, end, &sum, out);
    if (t < end) {
        gw_pair in = {x[t], 0}, gone = {x[t - n], 0};
        out[t] = gw_sums_mean(gw_sum_slide(&sum, in, gone), count)[0];
    }
    /* An overflow stays in the sum: only then need each be looked at. */
    for (t = first; t < end && !isfinite(sum.low); t++) {
        out[t] = gw_finite(out[t]);
    }
}

static void average_segment(const double *x, const double *scalar, size_t T, double *out)
{
    size_t n = (size_t)scalar[0];
    if (T < n) {
        gw_fill_undefined(out, T);
        return;
    }
    gw_fill_undefined(out, n - 1);
    for (size_t first = n - 1; first < T; first += FRESH * n) {
        size_t end = T - first < FRESH * n ? T : first + FRESH * n;
        average_stretch(x, n, first, end, out);
    }
}

void gw_kernel_sma(const double *const *x, const double *scalar, size_t T, double *out)
{
    gw_each_segment(average_segment, x[0], scalar, T, out);
}

static void
exponential_segment(const double *x, const double *scalar, size_t T, double *out)
{
    size_t n = (size_t)scalar[0];
    if (T < n) {
        gw_fill_undefined(out, T);
        return;
    }
    gw_fill_undefined(out, n - 1);
    double alpha = 2 / ((double)n + 1);
    double average = gw_sum_mean(gw_sum_of(x, n), (double)n);
    out[n - 1] = gw_finite(average);
    for (size_t t = n; t < T; t++) {
        average += alpha * (x[t] - average);
        out[t] = gw_finite(average);
    }
}

void gw_kernel_ema(const double *const *x, const double *scalar, size_t T, double *out)
{
    gw_each_segment(exponential_segment, x[0], scalar, T, out);
}
