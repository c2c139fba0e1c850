/**
 * A sum that carries the rounding errors of its additions along, for the files of this
 * layer: high is the plain running sum, low what the plain sum lost. Both chains are one
 * addition a step, so that sliding a window costs little more than without.
 */
#ifndef GRIDWALK_KERNEL_SUM_H
#define GRIDWALK_KERNEL_SUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct gw_sum {
    double high, low;
};

/** a + b = *sum + returned error, exactly (Knuth), unless it overflows. */
static inline double gw_two_sum(double a, double b, double *sum)
{
    double s = a + b;
    double from_b = s - a;
    *sum = s;
    return (a - (s - from_b)) + (b - from_b);
}

static inline void gw_sum_add(struct gw_sum *sum, double value)
{
    sum->low += gw_two_sum(sum->high, value, &sum->high);
}

/** Add `in` and take `out` away. */
static inline void gw_sum_slide(struct gw_sum *sum, double in, double out)
{
    double change;
    double error = gw_two_sum(in, -out, &change);
    sum->low += gw_two_sum(sum->high, change, &sum->high) + error;
}

static inline struct gw_sum gw_sum_of(const double *x, size_t n)
{
    struct gw_sum sum = {0, 0};
    for (size_t i = 0; i < n; i++) {
        gw_sum_add(&sum, x[i]);
    }
    return sum;
}

/** The sum over n, rounded once in effect: n equal numbers have exactly that mean. */
static inline double gw_sum_mean(struct gw_sum sum, double n)
{
    double total;
    double error = gw_two_sum(sum.high, sum.low, &total);
    double mean = total / n;
    /* The remainder total - mean n, exact since 26 bits times a window's length are. */
    uint64_t bits;
    memcpy(&bits, &mean, sizeof bits);
    bits &= ~((UINT64_C(1) << 27) - 1);
    double upper;
    memcpy(&upper, &bits, sizeof upper);
    double remainder = (total - upper * n) - (mean - upper) * n;
    return mean + (remainder + error) * (1 / n);
}

#endif
