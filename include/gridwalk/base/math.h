/**
 * Mathematics with the same bits on every processor: no glibc log, exp, pow or erf, whose
 * variants are chosen by the processor, but SLEEF's pure-C functions without fused
 * multiply-add (1.0 and 1.5 ulp). sqrt, + - * / are exact by IEEE 754 and need no
 * wrapper.
 */
#ifndef GRIDWALK_BASE_MATH_H
#define GRIDWALK_BASE_MATH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

double gw_log(double x);
double gw_exp(double x);
double gw_pow(double x, double y);
double gw_sinpi(double x); /* sin(pi x) */
double gw_cospi(double x); /* cos(pi x) */

/** The standard normal distribution: P(Z <= x). */
double gw_normal_cdf(double x);

/**
 * Whether two numbers count as equal: |a - b| <= 1e-12 max(|a|, |b|).
 * Averages of cent prices really tie, and rounding must not decide a trade. NaN equals
 * nothing.
 */
static inline bool gw_same(double a, double b)
{
    double size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    return a == b || fabs(a - b) <= 1e-12 * size;
}

/** a > b by more than the tolerance of gw_same. False when either is NaN. */
static inline bool gw_above(double a, double b)
{
    return a > b && !gw_same(a, b);
}

/** Put the k-th smallest (from 0) of n numbers, none of them NaN, at its place, none
 * larger before it, none smaller behind it. The order this leaves depends on the numbers
 * alone.
 */
void gw_select_smallest(double *x, size_t n, size_t k);

/** Only a finite number above 0 is a price. */
static inline bool gw_is_price(double x)
{
    return x > 0 && x < INFINITY;
}

#endif
