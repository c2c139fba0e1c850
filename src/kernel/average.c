#include "gridwalk/kernel/kernel.h"

#include "gridwalk/kernel/segment.h"
#include "gridwalk/kernel/sum.h"

/* The sum is made afresh every 4 n bars: what an absurd value or an overflow left in it
 * ends there, at the cost of a quarter of an addition a bar. */
enum { FRESH = 4 };

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
        struct gw_sum sum = gw_sum_of(x + (first - (n - 1)), n);
        out[first] = gw_finite(gw_sum_mean(sum, (double)n));
        for (size_t t = first + 1; t < end; t++) {
            gw_sum_slide(&sum, x[t], x[t - n]);
            out[t] = gw_finite(gw_sum_mean(sum, (double)n));
        }
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
