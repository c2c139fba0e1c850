#include "gridwalk/kernel/kernel.h"

#include "gridwalk/kernel/segment.h"

/* The rise and the fall to bar t, one of them 0. Which one is not foreseeable: no branch.
 */
static inline gw_pair moves(const double *x, size_t t)
{
    gw_pair change = {x[t] - x[t - 1], x[t - 1] - x[t]}, none = {0, 0};
    return (gw_pair)((gw_pair_bits)change & (change > none));
}

static inline double strength(gw_pair total)
{
    double up = total[0], both = total[0] + total[1];
    return both == 0 ? 50 : gw_finite(100 * (up / both));
}

/*
 * Wilder's averages times n, whose ratio is the same: what joins is not divided, and what
 * leaves is 1 / n of it, whose rounding is small beside the rest.
 */
static void rsi_segment(const double *x, const double *scalar, size_t T, double *out)
{
    size_t n = (size_t)scalar[0];
    double part = 1 / (double)n;
    if (T <= n) {
        gw_fill_undefined(out, T);
        return;
    }
    gw_fill_undefined(out, n);
    gw_pair total = {0, 0};
    for (size_t t = 1; t <= n; t++) {
        total += moves(x, t);
    }
    out[n] = strength(total);
    for (size_t t = n + 1; t < T; t++) {
        total = (total - total * part) + moves(x, t);
        out[t] = strength(total);
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
