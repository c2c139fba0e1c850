/** What the kernel tests share: made-up columns, the laws of all kernels, TA-Lib's
 * golden. */
#ifndef GRIDWALK_TESTS_UNIT_KERNEL_SERIES_H
#define GRIDWALK_TESTS_UNIT_KERNEL_SERIES_H

#include "check.h"

#include "gridwalk/base/random.h"
#include "gridwalk/kernel/kernel.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { SERIES_MOST = 100, SERIES_OPERANDS = 3, SERIES_WINDOWS = 30 };

/** The value at t of a function whose series began at `start`; slow and obvious. */
typedef double (*series_reference_fn)(const double *x,
                                      const double *scalar,
                                      size_t start,
                                      size_t t);

/** A walk of cent prices with equal neighbours here and there; one bar in `gap`
 * undefined. */
static inline void series_make(uint64_t seed, uint64_t gap, size_t T, double *out)
{
    double price = 100;
    for (size_t t = 0; t < T; t++) {
        double u = gw_philox_uniform(seed, 0, t);
        price += u < 0.2 ? 0 : round(400 * (u - 0.6)) / 100;
        double v = gw_philox_uniform(seed, 1, t);
        out[t] = gap > 0 && v * (double)gap < 1 ? NAN : price;
    }
}

/** The same number to the last bit, or both undefined. */
static inline bool series_equal(const double *a, const double *b, size_t T)
{
    for (size_t t = 0; t < T; t++) {
        if (memcmp(&a[t], &b[t], sizeof a[t]) != 0 && !(isnan(a[t]) && isnan(b[t]))) {
            return false;
        }
    }
    return true;
}

/** Compare a kernel of one operand with its reference on one column. */
static inline void series_compare(gw_kernel_fn kernel,
                                  series_reference_fn reference,
                                  const double *scalar,
                                  const double *x,
                                  size_t T)
{
    const double *operand[1] = {x};
    double out[SERIES_MOST + 1];
    out[T] = 12345; /* a canary behind the end */
    kernel(operand, scalar, T, out);
    CU_ASSERT_EQUAL(out[T], 12345);
    size_t start = 0;
    for (size_t t = 0; t < T; t++) {
        if (isnan(x[t])) {
            CU_ASSERT_TRUE(isnan(out[t]));
            start = t + 1;
            continue;
        }
        double expected = reference(x, scalar, start, t);
        if (!check_close(out[t], expected, 1e-12)) {
            fprintf(stderr, "n %g, T %zu, bar %zu: %.17g, expected %.17g\n", scalar[0], T,
                    t, out[t], expected);
            CU_FAIL("kernel and reference differ");
            return;
        }
    }
}

/** The table: windows 1 to 30, series of 0 to 100 bars, without gaps and with many. */
static inline void series_compare_all(gw_kernel_fn kernel,
                                      series_reference_fn reference,
                                      double second_scalar)
{
    static const size_t lengths[] = {0, 1, 2, 5, SERIES_MOST};
    static const uint64_t gaps[] = {0, 50, 12, 2};
    for (uint64_t n = 1; n <= SERIES_WINDOWS; n++) {
        for (size_t i = 0; i < 20; i++) {
            size_t T = lengths[i % 5];
            double x[SERIES_MOST], scalar[2] = {(double)n, second_scalar};
            series_make(100 * n + i, gaps[i / 5], T, x);
            series_compare(kernel, reference, scalar, x, T);
        }
    }
}

/** out[0..t] does not change when any operand changes after t. */
static inline void series_check_no_look_ahead(gw_kernel_fn kernel, const double *scalar)
{
    double x[SERIES_OPERANDS][SERIES_MOST], other[SERIES_MOST];
    double before[SERIES_MOST], after[SERIES_MOST];
    const double *operand[SERIES_OPERANDS] = {x[0], x[1], x[2]};
    for (size_t t = 0; t < SERIES_MOST; t++) {
        double u = gw_philox_uniform(99, 0, t);
        other[t] = u < 0.1 ? NAN : u < 0.2 ? INFINITY : 1e6 * (u - 0.5);
    }
    for (uint64_t i = 0; i < SERIES_OPERANDS; i++) {
        series_make(7 + i, 25, SERIES_MOST, x[i]);
    }
    kernel(operand, scalar, SERIES_MOST, before);
    /* Backwards, so that what is changed stays changed. */
    for (size_t t = SERIES_MOST - 1; t-- > 0;) {
        for (size_t i = 0; i < SERIES_OPERANDS; i++) {
            x[i][t + 1] = other[(t + 31 * i) % SERIES_MOST];
        }
        kernel(operand, scalar, SERIES_MOST, after);
        CU_ASSERT_TRUE(series_equal(before, after, t + 1));
    }
}

/** A shorter column gives the same bits, wherever it ends. */
static inline void series_check_lengths(gw_kernel_fn kernel, const double *scalar)
{
    double x[SERIES_MOST], whole[SERIES_MOST], part[SERIES_MOST];
    series_make(11, 0, SERIES_MOST, x);
    const double *operand[1] = {x};
    kernel(operand, scalar, SERIES_MOST, whole);
    for (size_t T = 0; T < SERIES_MOST; T++) {
        kernel(operand, scalar, T, part);
        CU_ASSERT_TRUE(series_equal(whole, part, T));
    }
}

/** Behind a gap a function gives the same bits as if the series began there. */
static inline void series_check_new_start(gw_kernel_fn kernel, const double *scalar)
{
    static const double undefined[] = {NAN, INFINITY, -INFINITY};
    enum { GAP = 37 };
    double x[SERIES_MOST], whole[SERIES_MOST], part[SERIES_MOST];
    for (size_t i = 0; i < 3; i++) {
        series_make(3, 0, SERIES_MOST, x);
        x[GAP] = undefined[i];
        const double *from_start[2] = {x, x}, *from_gap[2] = {x + GAP + 1, x + GAP + 1};
        kernel(from_start, scalar, SERIES_MOST, whole);
        kernel(from_gap, scalar, SERIES_MOST - GAP - 1, part);
        CU_ASSERT_TRUE(isnan(whole[GAP]));
        CU_ASSERT_TRUE(series_equal(whole + GAP + 1, part, SERIES_MOST - GAP - 1));
    }
}

/** Columns of tests/golden/indicators_goog.txt, whose header names its source. */
enum { GOLDEN_BARS = 2148 };
enum golden_column {
    CLOSE,
    SMA20,
    EMA20,
    STDEV20,
    HIGHEST20,
    LOWEST20,
    RSI14,
    ROC10,
    GOLDENS
};

static inline bool series_load_golden(double column[GOLDENS][GOLDEN_BARS])
{
    FILE *file = fopen(GW_TEST_DIR "/golden/indicators_goog.txt", "r");
    char line[400];
    size_t t = 0;
    while (file != NULL && t < GOLDEN_BARS && fgets(line, sizeof line, file) != NULL) {
        char *c = line;
        for (int i = 0; i < GOLDENS && line[0] != '#'; i++) {
            column[i][t] = strtod(c, &c);
        }
        t += line[0] != '#';
    }
    if (file != NULL) {
        fclose(file);
    }
    return t == GOLDEN_BARS;
}

/** TA-Lib's columns are printed in 14 digits, from running sums that drift: 1e-9
 * relative. */
static inline void
series_check_golden(gw_kernel_fn kernel, double n, enum golden_column which)
{
    static double column[GOLDENS][GOLDEN_BARS], out[GOLDEN_BARS];
    bool loaded = series_load_golden(column);
    CU_ASSERT_TRUE_FATAL(loaded);
    const double *operand[1] = {column[CLOSE]};
    double scalar[2] = {n, 0};
    kernel(operand, scalar, GOLDEN_BARS, out);
    for (size_t t = 0; t < GOLDEN_BARS; t++) {
        double expected = column[which][t];
        bool close = isnan(expected) ? isnan(out[t])
                                     : fabs(out[t] - expected) <= 1e-9 * fabs(expected);
        if (!close) {
            fprintf(stderr, "bar %zu: %.17g, TA-Lib has %.17g\n", t, out[t], expected);
        }
        CU_ASSERT_TRUE(close);
    }
}

#endif
