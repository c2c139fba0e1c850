#include "kernel/series.h"

static long double long_mean(const double *x, size_t first, size_t last)
{
    long double sum = 0;
    for (size_t t = first; t <= last; t++) {
        sum += x[t];
    }
    return sum / (long double)(last - first + 1);
}

static double mean(const double *x, size_t first, size_t last)
{
    return (double)long_mean(x, first, last);
}

static double reference_sma(const double *x, const double *scalar, size_t start, size_t t)
{
    size_t n = (size_t)scalar[0];
    return t - start + 1 < n ? NAN : mean(x, t - n + 1, t);
}

static double reference_ema(const double *x, const double *scalar, size_t start, size_t t)
{
    size_t n = (size_t)scalar[0];
    if (t - start + 1 < n) {
        return NAN;
    }
    double average = mean(x, start, start + n - 1);
    for (size_t i = start + n; i <= t; i++) {
        average = (1 - 2 / (scalar[0] + 1)) * average + 2 / (scalar[0] + 1) * x[i];
    }
    return average;
}

static void sma_agrees_with_the_plain_mean(void)
{
    series_compare_all(gw_kernel_sma, reference_sma, 0);
}

static void ema_agrees_with_its_definition(void)
{
    series_compare_all(gw_kernel_ema, reference_ema, 0);
}

static void agree_with_talib_on_goog(void)
{
    series_check_golden(gw_kernel_sma, 20, SMA20);
    series_check_golden(gw_kernel_ema, 20, EMA20);
}

static void do_not_look_ahead(void)
{
    for (double n = 1; n < 40; n += 3) {
        series_check_no_look_ahead(gw_kernel_sma, &n);
        series_check_no_look_ahead(gw_kernel_ema, &n);
    }
}

static void start_anew_behind_a_gap(void)
{
    for (double n = 1; n < 40; n += 3) {
        series_check_new_start(gw_kernel_sma, &n);
        series_check_new_start(gw_kernel_ema, &n);
        series_check_lengths(gw_kernel_sma, &n);
        series_check_lengths(gw_kernel_ema, &n);
    }
}

static void equal_inputs_have_exactly_their_value(void)
{
    static const double constant[] = {0.1, 1.0 / 3, 1e9 + 0.01, 123.45, -7.7, 0, 5e-324};
    enum { T = 700 };
    double x[T], out[T];
    const double *operand[1] = {x};
    for (size_t i = 0; i < sizeof constant / sizeof constant[0]; i++) {
        for (double n = 1; n < 300; n += n < 50 ? 1 : 37) {
            for (size_t t = 0; t < T; t++) {
                x[t] = t == 0 ? constant[i] * 3.7 : constant[i];
            }
            gw_kernel_sma(operand, &n, T, out);
            int wrong = 0;
            for (size_t t = (size_t)n; t < T; t++) {
                wrong += out[t] != constant[i];
            }
            x[0] = constant[i];
            gw_kernel_ema(operand, &n, T, out);
            for (size_t t = (size_t)n - 1; t < T; t++) {
                wrong += out[t] != constant[i];
            }
            if (wrong != 0) {
                fprintf(stderr, "%g, n %g: %d bars differ\n", constant[i], n, wrong);
            }
            CU_ASSERT_EQUAL(wrong, 0);
        }
    }
}

/* Quadruple precision would say the same: the sums of so few digits are exact in 80 bits.
 */
static void check_rounding(const double *x, size_t T, double *out)
{
    const double *operand[1] = {x};
    for (double n = 2; n < 700; n = floor(n * 1.7)) {
        gw_kernel_sma(operand, &n, T, out);
        int wrong = 0;
        for (size_t t = (size_t)n - 1; t < T; t++) {
            long double error = out[t] - long_mean(x, t + 1 - (size_t)n, t);
            double last_bit = nextafter(fabs(out[t]), INFINITY) - fabs(out[t]);
            wrong += fabsl(error) > 0.501L * last_bit;
        }
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

static void sma_is_rounded_once(void)
{
    enum { T = 3000 };
    static double x[T], out[T];
    for (size_t t = 0; t < T; t++) {
        x[t] = floor(gw_philox_uniform(5, 0, t) * 200 * 0x1p20) * 0x1p-20;
    }
    check_rounding(x, T, out);
    /* Moves by a few cents, whose sum is now and then 0 or next to it. */
    for (size_t t = 0; t < T; t++) {
        x[t] = round(gw_philox_uniform(6, 0, t) * 10 - 5) / 100;
    }
    check_rounding(x, T, out);
}

static void sma_forgets_an_outlier(void)
{
    enum { T = 1000000, AT = 1000, N = 50 };
    static double x[T], out[T];
    static const double outliers[] = {1e12, -1e12, 1e300};
    const double *operand[1] = {x};
    const double n = N;
    for (size_t t = 0; t < T; t++) {
        x[t] = t % 2 == 0 ? 100.01 : 100.03;
    }
    double expected = mean(x, 0, N - 1);
    for (size_t i = 0; i < 3; i++) {
        x[AT] = outliers[i];
        gw_kernel_sma(operand, &n, T, out);
        /* What a plain running sum keeps of 1e12 is 1e-4; compensation is out of its
         * depth at 1e300, where only a fresh sum helps. */
        size_t from = i < 2 ? AT + N : AT + 5 * N;
        int wrong = 0;
        for (size_t t = from; t < T; t++) {
            wrong += out[t] != expected;
        }
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

static void what_overflows_is_undefined_and_passes(void)
{
    enum { T = 40 };
    double x[T], out[T], n = 3;
    const double *operand[1] = {x};
    for (size_t t = 0; t < T; t++) {
        x[t] = t == 5 || t == 6 ? 1.7e308 : 2;
    }
    gw_kernel_sma(operand, &n, T, out);
    CU_ASSERT_EQUAL(out[4], 2);
    CU_ASSERT_TRUE(isnan(out[6]) && isnan(out[7]));
    double undefined = NAN; /* not any NaN: the one whose bits all results have */
    CU_ASSERT_TRUE(memcmp(&out[6], &undefined, sizeof undefined) == 0);
    CU_ASSERT_EQUAL(out[20], 2);
    for (size_t t = 0; t < T; t++) {
        x[t] = t % 2 == 0 ? 1.7e308 : -1.7e308;
    }
    gw_kernel_ema(operand, &n, T, out);
    for (size_t t = 0; t < T; t++) {
        CU_ASSERT_FALSE(isinf(out[t]));
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"sma_agrees_with_the_plain_mean", sma_agrees_with_the_plain_mean},
        {"ema_agrees_with_its_definition", ema_agrees_with_its_definition},
        {"agree_with_talib_on_goog", agree_with_talib_on_goog},
        {"do_not_look_ahead", do_not_look_ahead},
        {"start_anew_behind_a_gap", start_anew_behind_a_gap},
        {"equal_inputs_have_exactly_their_value", equal_inputs_have_exactly_their_value},
        {"sma_is_rounded_once", sma_is_rounded_once},
        {"sma_forgets_an_outlier", sma_forgets_an_outlier},
        {"what_overflows_is_undefined_and_passes",
         what_overflows_is_undefined_and_passes},
    };
    return CHECK_RUN("average", tests);
}
