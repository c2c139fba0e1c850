#include "gridwalk/base/math.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <float.h>

/* The error of `actual` in units in the last place of the long double `expected`. */
static double ulps(double actual, long double expected)
{
    double nearest = (double)expected;
    double step = nextafter(fabs(nearest), INFINITY) - fabs(nearest);
    return (double)(fabsl((long double)actual - expected) / (long double)step);
}

/* The other side is the C library in 64-bit mantissas. SLEEF promises 1.0 ulp. */
static void logarithm_and_powers_are_within_an_ulp(void)
{
    double worst[3] = {0, 0, 0};
    for (int i = 1; i <= 20000; i++) {
        double x = i * 0.0137, y = (i % 700 - 350) * 0.731, base = 0.5 + i * 1e-4;
        worst[0] = fmax(worst[0], ulps(gw_log(x), logl((long double)x)));
        worst[1] = fmax(worst[1], ulps(gw_exp(y), expl((long double)y)));
        worst[2] = fmax(worst[2],
                        ulps(gw_pow(base, y), powl((long double)base, (long double)y)));
    }
    for (int i = 0; i < 3; i++) {
        if (worst[i] > 1) {
            fprintf(stderr, "function %d: %g ulp\n", i, worst[i]);
        }
        CU_ASSERT_TRUE(worst[i] <= 1);
        CU_ASSERT_TRUE(worst[i] > 0);
    }
}

static void knows_exact_and_special_values(void)
{
    CU_ASSERT_EQUAL(gw_log(1), 0);
    CU_ASSERT_EQUAL(gw_exp(0), 1);
    CU_ASSERT_EQUAL(gw_pow(2, 10), 1024);
    CU_ASSERT_EQUAL(gw_pow(7, 0), 1);
    CU_ASSERT_EQUAL(gw_log(0), -INFINITY);
    CU_ASSERT_TRUE(isnan(gw_log(-1)));
    CU_ASSERT_EQUAL(gw_log(INFINITY), INFINITY);
    CU_ASSERT_EQUAL(gw_exp(-INFINITY), 0);
    CU_ASSERT_EQUAL(gw_exp(1000), INFINITY);
    CU_ASSERT_TRUE(isnan(gw_pow(-2, 0.5)));
    CU_ASSERT_EQUAL(gw_pow(0, 0.5), 0);
    CU_ASSERT_TRUE(isnan(gw_log(NAN)) && isnan(gw_exp(NAN)) && isnan(gw_normal_cdf(NAN)));
}

static void turns_are_of_half_a_circle(void)
{
    CU_ASSERT_EQUAL(gw_sinpi(0), 0);
    CU_ASSERT_EQUAL(gw_sinpi(0.5), 1);
    CU_ASSERT_EQUAL(gw_cospi(0.5), 0);
    CU_ASSERT_EQUAL(gw_cospi(1), -1);
    CHECK_CLOSE(gw_sinpi(1.0 / 6), 0.5, 2e-16);
    CHECK_CLOSE(gw_cospi(0.25), 0.70710678118654752440, 2e-16);
    CHECK_CLOSE(gw_sinpi(1.75), -0.70710678118654752440, 2e-16);
}

static void normal_distribution_keeps_its_digits_in_the_tail(void)
{
    /* erfc(-x/sqrt 2)/2 in 40 digits (mpmath). */
    static const double table[][2] = {
        {0, 0.5},
        {1, 0.84134474606854294859},
        {-1, 0.15865525393145705141},
        {1.96, 0.97500210485177956586},
        {-3, 0.0013498980316300945267},
        {5, 0.99999971334842812081},
        {-8, 6.2209605742717841235e-16},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double actual = gw_normal_cdf(table[i][0]);
        CHECK_CLOSE(actual / table[i][1], 1, 2e-14);
    }
    CU_ASSERT_EQUAL(gw_normal_cdf(INFINITY), 1);
    CU_ASSERT_EQUAL(gw_normal_cdf(-INFINITY), 0);
}

static void equality_forgives_rounding_only(void)
{
    CU_ASSERT_TRUE(gw_same(0.1 + 0.2, 0.3));
    CU_ASSERT_TRUE(gw_same(0, -0.0));
    CU_ASSERT_TRUE(gw_same(1e9, 1e9 * (1 + 9e-13)));
    CU_ASSERT_FALSE(gw_same(1e9, 1e9 * (1 + 2e-12)));
    CU_ASSERT_FALSE(gw_same(0, 1e-300));
    CU_ASSERT_FALSE(gw_same(NAN, NAN));
    CU_ASSERT_FALSE(gw_above(0.1 + 0.2, 0.3));
    CU_ASSERT_TRUE(gw_above(100.01, 100));
    CU_ASSERT_FALSE(gw_above(100, 100.01));
    CU_ASSERT_FALSE(gw_above(NAN, 1) || gw_above(1, NAN));
}

static void only_positive_finite_numbers_are_prices(void)
{
    CU_ASSERT_TRUE(gw_is_price(0.01) && gw_is_price(DBL_MAX));
    CU_ASSERT_FALSE(gw_is_price(0) || gw_is_price(-1) || gw_is_price(NAN));
    CU_ASSERT_FALSE(gw_is_price(INFINITY));
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Every place of short rows with many ties and infinities, against sorting. */
static void selects_what_sorting_puts_there(void)
{
    enum { MOST = 24 };
    static const double value[] = {-INFINITY, -1.5, 0, 2, 2.5, INFINITY};
    uint64_t state = 3;
    for (size_t n = 1; n <= MOST; n++) {
        for (size_t k = 0; k < n; k++) {
            double x[MOST], sorted[MOST];
            for (size_t i = 0; i < n; i++) {
                state = state * 6364136223846793005U + 1442695040888963407U;
                x[i] = sorted[i] = value[(state >> 40) % 6];
            }
            qsort(sorted, n, sizeof sorted[0], compare_numbers);
            gw_select_smallest(x, n, k);
            CU_ASSERT_EQUAL(x[k], sorted[k]);
            for (size_t i = 0; i < n; i++) {
                CU_ASSERT_TRUE(i < k ? x[i] <= x[k] : x[i] >= x[k]);
            }
            qsort(x, n, sizeof x[0], compare_numbers);
            CU_ASSERT_EQUAL(memcmp(x, sorted, n * sizeof x[0]), 0);
        }
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"logarithm_and_powers_are_within_an_ulp",
         logarithm_and_powers_are_within_an_ulp},
        {"knows_exact_and_special_values", knows_exact_and_special_values},
        {"turns_are_of_half_a_circle", turns_are_of_half_a_circle},
        {"normal_distribution_keeps_its_digits_in_the_tail",
         normal_distribution_keeps_its_digits_in_the_tail},
        {"equality_forgives_rounding_only", equality_forgives_rounding_only},
        {"only_positive_finite_numbers_are_prices",
         only_positive_finite_numbers_are_prices},
        {"selects_what_sorting_puts_there", selects_what_sorting_puts_there},
    };
    return CHECK_RUN("math", tests);
}
