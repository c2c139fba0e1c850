/**
 * A sum that carries the rounding errors of its additions along, for the files of this
 * layer: high is the plain running sum, low what the plain sum lost. Both are a chain of
 * one addition a bar. All else is calculated for two bars at once.
 */
#ifndef GRIDWALK_KERNEL_SUM_H
#define GRIDWALK_KERNEL_SUM_H

#include "gridwalk/kernel/pair.h"

struct gw_sum {
    double high, low;
};

/** Two sums: those after each of two bars, in time order. */
struct gw_sums {
    gw_pair high, low;
};

/** a + b = *sum + returned error, exactly (Knuth), unless it overflows. */
static inline gw_pair gw_two_sum(gw_pair a, gw_pair b, gw_pair *sum)
{
    gw_pair s = a + b;
    gw_pair from_b = s - a;
    *sum = s;
    return (a - (s - from_b)) + (b - from_b);
}

/** gw_two_sum of a and -b. */
static inline gw_pair gw_two_difference(gw_pair a, gw_pair b, gw_pair *difference)
{
    gw_pair d = a - b;
    gw_pair from_b = d - a;
    *difference = d;
    return (a - (d - from_b)) - (b + from_b);
}

/**
 * Add in[0] and take out[0] away, then in[1] and out[1]; two zeros change nothing. A sum
 * that overflows is NaN in `low` from then on.
 */
static inline struct gw_sums gw_sum_slide(struct gw_sum *sum, gw_pair in, gw_pair out)
{
    gw_pair change;
    gw_pair lost = gw_two_difference(in, out, &change);
    double first = sum->high + change[0], second = first + change[1];
    gw_pair before = {sum->high, first}, high = {first, second};
    gw_pair from_change = high - before;
    lost += (before - (high - from_change)) + (change - from_change);
    double low = sum->low + lost[0];
    struct gw_sums sums = {high, {low, low + lost[1]}};
    *sum = (struct gw_sum){second, sums.low[1]};
    return sums;
}

/** Add to the sum of the even numbers and to that of the odd ones. */
static inline void gw_sums_add(struct gw_sums *sums, gw_pair value)
{
    sums->low += gw_two_sum(sums->high, value, &sums->high);
}

static inline struct gw_sum gw_sums_total(struct gw_sums sums)
{
    gw_pair turned = {sums.high[1], sums.high[0]}, high;
    gw_pair lost = gw_two_sum(sums.high, turned, &high);
    return (struct gw_sum){high[0], (sums.low[0] + sums.low[1]) + lost[0]};
}

static inline struct gw_sum gw_sum_of(const double *x, size_t n)
{
    struct gw_sums sums = {{0, 0}, {0, 0}};
    for (size_t i = 0; i < n; i += 2) {
        gw_sums_add(&sums, gw_pair_of(x + i, n - i));
    }
    return gw_sums_total(sums);
}

/**
 * The sums over n, rounded once in effect: n equal numbers have exactly that mean. The
 * total times the rounded 1 / n may be two units off in the last place; what is missing
 * to the whole sum is known exactly, and small, so that it may be rounded.
 */
static inline gw_pair gw_sums_mean(struct gw_sums sums, double n)
{
    const gw_pair_bits upper_half = {-(INT64_C(1) << 27), -(INT64_C(1) << 27)};
    double inverse = 1 / n;
    /* gw_two_sum in short: exact while high is the larger of the two, and when it is a
     * multiple of low's last bit, as it is where numbers cancel until low is larger. */
    gw_pair total = sums.high + sums.low;
    gw_pair error = sums.low - (total - sums.high);
    gw_pair mean = total * inverse;
    /* total - mean n is exact since 26 bits times a window's length are. */
    gw_pair upper = (gw_pair)((gw_pair_bits)mean & upper_half);
    gw_pair remainder = (total - upper * n) - (mean - upper) * n;
    return mean + (remainder + error) * inverse;
}

static inline double gw_sum_mean(struct gw_sum sum, double n)
{
    struct gw_sums twice = {{sum.high, sum.high}, {sum.low, sum.low}};
    return gw_sums_mean(twice, n)[0];
}

#endif
