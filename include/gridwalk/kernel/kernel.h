/**
 * Kernels: pure functions of whole columns, the only code that computes indicators.
 *
 * All have one signature. x[i] is the i-th operand, a column [T]; scalar[j] the j-th
 * number (a window length n, a shift k, a ddof), already checked when the expression was
 * compiled (whole, in range; a window may be longer than T); out is a column [T] that
 * overlaps no operand. No allocation, no error, no globals. T may be 0.
 *
 * Columns are one asset's own bars, in time order. out[t] depends on x[..][0..t] only:
 * never on later bars. Truth values are the doubles 1 and 0.
 *
 * NaN is "undefined". One rule for all: a function starts anew after an undefined
 * operand, as if the series began there, so out is NaN on that bar and until warm again
 * (element-wise functions are warm at once). A result that is not finite is undefined
 * (NaN).
 */
#ifndef GRIDWALK_KERNEL_KERNEL_H
#define GRIDWALK_KERNEL_KERNEL_H

#include <stddef.h>

typedef void (*gw_kernel_fn)(const double *const *x,
                             const double *scalar,
                             size_t T,
                             double *out);

/* elementwise.c: one or two operands, warm-up 0. x/0 is undefined. Comparisons take
 * numbers within gw_same as equal. and/or/not/where by Kleene: false and NaN = false,
 * true or NaN = true, where(NaN, a, b) = NaN; where(true, a, NaN) = a. min and max of a
 * NaN are NaN. */
void gw_kernel_add(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_subtract(const double *const *x,
                        const double *scalar,
                        size_t T,
                        double *out);
void gw_kernel_multiply(const double *const *x,
                        const double *scalar,
                        size_t T,
                        double *out);
void gw_kernel_divide(const double *const *x,
                      const double *scalar,
                      size_t T,
                      double *out);
void gw_kernel_negate(const double *const *x,
                      const double *scalar,
                      size_t T,
                      double *out);
void gw_kernel_abs(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_min(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_max(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_greater(const double *const *x,
                       const double *scalar,
                       size_t T,
                       double *out);
void gw_kernel_less(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_greater_equal(const double *const *x,
                             const double *scalar,
                             size_t T,
                             double *out);
void gw_kernel_less_equal(const double *const *x,
                          const double *scalar,
                          size_t T,
                          double *out);
void gw_kernel_equal(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_and(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_or(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_not(const double *const *x, const double *scalar, size_t T, double *out);
void gw_kernel_where(const double *const *x, const double *scalar, size_t T, double *out);

/**
 * Simple moving average.  out[t] = (x[t-n+1] + … + x[t]) / n
 * The running sum is kept in double-double and the division corrected, so that a long
 * column does not drift and equal inputs give exactly their value. Warm-up  n - 1
 */
void gw_kernel_sma(const double *const *x, const double *scalar, size_t T, double *out);

/**
 * Exponential moving average.  out[t] = out[t-1] + 2/(n+1) (x[t] - out[t-1]), seeded at
 * bar n - 1 with the mean of the first n.  Warm-up n - 1, infinite memory.  Source
 * TA-Lib.
 */
void gw_kernel_ema(const double *const *x, const double *scalar, size_t T, double *out);

/**
 * Standard deviation of the last n.  out = sqrt(Σ (x - mean)² / (n - ddof)), scalar = {n,
 * ddof}; NaN when n <= ddof.  Exactly 0 for equal inputs.  Warm-up n - 1.  Source TA-Lib
 * (ddof 0).
 */
void gw_kernel_stdev(const double *const *x, const double *scalar, size_t T, double *out);

/** Largest and smallest of the last n.  Warm-up n - 1. */
void gw_kernel_highest(const double *const *x,
                       const double *scalar,
                       size_t T,
                       double *out);
void gw_kernel_lowest(const double *const *x,
                      const double *scalar,
                      size_t T,
                      double *out);

/**
 * Relative strength index with Wilder's smoothing, seeded with the means of the first n
 * changes: 100 U / (U + D), 50 when nothing moved.  Warm-up n, infinite memory.
 * Source Wilder 1978, TA-Lib.
 */
void gw_kernel_rsi(const double *const *x, const double *scalar, size_t T, double *out);

/** Rate of change in percent.  out[t] = 100 (x[t]/x[t-n] - 1).  Warm-up n. Like lag it
 * looks at those two alone: what is undefined between them does not matter. */
void gw_kernel_roc(const double *const *x, const double *scalar, size_t T, double *out);

/** out[t] = x[t-k].  Warm-up k; k = 0 is x itself. An undefined x[t] does not matter
 * here: only x[t-k] does (the exception to the rule of starting anew). */
void gw_kernel_lag(const double *const *x, const double *scalar, size_t T, double *out);

/**
 * True at t when a > b at t, and a < b at the last earlier bar, since both exist, where
 * they differ (by gw_same). False on the first bar where both exist, undefined while one
 * does not. Below is the mirror.  Warm-up 1 beyond the operands by convention of the
 * look-back rule.
 */
void gw_kernel_crosses_above(const double *const *x,
                             const double *scalar,
                             size_t T,
                             double *out);
void gw_kernel_crosses_below(const double *const *x,
                             const double *scalar,
                             size_t T,
                             double *out);

#endif
