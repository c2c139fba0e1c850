#include "gridwalk/kernel/kernel.h"

#include "gridwalk/kernel/segment.h"

static double rise(double change)
{
    return change > 0 ? change : 0;
}

static double strength(double up, double down)
{
    return up + down == 0 ? 50 : gw_finite(100 * (up / (up + down)));
}

static void rsi_segment(const double *x, const double *scalar, size_t T, double *out)
{
    size_t n = (size_t)scalar[0];
    double count = (double)n;
    if (T <= n) {
        gw_fill_undefined(out, T);
        return;
    }
    gw_fill_undefined(out, n);
    double up = 0, down = 0;
    for (size_t t = 1; t <= n; t++) {
        up += rise(x[t] - x[t - 1]);
        down += rise(x[t - 1] - x[t]);
    }
    up /= count;
    down /= count;
    out[n] = strength(up, down);
    for (size_t t = n + 1; t < T; t++) {
        up = (up * (count - 1) + rise(x[t] - x[t - 1])) / count;
        down = (down * (count - 1) + rise(x[t - 1] - x[t])) / count;
        out[t] = strength(up, down);
    }
}

void gw_kernel_rsi(const double *const *x, const double *scalar, size_t T, double *out)
{
    gw_each_segment(rsi_segment, x[0], scalar, T, out);
}

void gw_kernel_roc(const double *const *x, const double *scalar, size_t T, double *out)
{
    size_t n = (size_t)scalar[0];
    const double *value = x[0];
    gw_fill_undefined(out, T < n ? T : n);
    for (size_t t = n; t < T; t++) {
        out[t] = gw_finite(100 * (value[t] / gw_finite(value[t - n]) - 1));
    }
}
