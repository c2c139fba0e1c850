#include "kernel/series.h"

/* Two passes over the window in 64-bit mantissas. */
static double deviation(const double *x, size_t n, double ddof)
{
    long double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        mean += x[i] / (long double)n;
    }
    for (size_t i = 0; i < n; i++) {
        squares += (x[i] - mean) * (x[i] - mean);
    }
    return (double)sqrtl(squares / ((long double)n - (long double)ddof));
}

static double
reference_stdev(const double *x, const double *scalar, size_t start, size_t t)
{
    size_t n = (size_t)scalar[0];
    if (t - start + 1 < n || scalar[0] <= scalar[1]) {
        return NAN;
    }
    return deviation(x + t - n + 1, n, scalar[1]);
}

static void agrees_with_two_passes(void)
{
    series_compare_all(gw_kernel_stdev, reference_stdev, 0);
    series_compare_all(gw_kernel_stdev, reference_stdev, 1);
    series_compare_all(gw_kernel_stdev, reference_stdev, 5);
}

static void agrees_with_talib_on_goog(void)
{
    series_check_golden(gw_kernel_stdev, 20, STDEV20);
}

static void does_not_look_ahead(void)
{
    for (double n = 1; n < 40; n += 3) {
        double scalar[2] = {n, 0};
        series_check_no_look_ahead(gw_kernel_stdev, scalar);
    }
}

static void starts_anew_behind_a_gap(void)
{
    for (double n = 1; n < 40; n += 3) {
        double scalar[2] = {n, 0};
        series_check_new_start(gw_kernel_stdev, scalar);
        series_check_lengths(gw_kernel_stdev, scalar);
    }
}

static void equal_inputs_deviate_by_exactly_nothing(void)
{
    static const double constant[] = {0.1, 1.0 / 3, 1e9 + 0.01, 123.45, -7.7, 0};
    enum { T = 400, MOVES = 60 };
    double x[T], out[T];
    const double *operand[1] = {x};
    for (size_t i = 0; i < sizeof constant / sizeof constant[0]; i++) {
        for (double n = 1; n <= 200; n += n < 30 ? 1 : 17) {
            double scalar[2] = {n, 0};
            /* Other prices come first, so that there is something to forget. */
            for (size_t t = 0; t < T; t++) {
                x[t] = t < MOVES ? 50 + gw_philox_uniform(1, 0, t) : constant[i];
            }
            gw_kernel_stdev(operand, scalar, T, out);
            int wrong = 0;
            for (size_t t = MOVES + (size_t)n - 1; t < T; t++) {
                wrong += out[t] != 0;
            }
            CU_ASSERT_EQUAL(wrong, 0);
        }
    }
}

/* The largest relative error over a column of T prices. */
static double worst_error(const double *x, size_t T, double *out, size_t n, size_t from)
{
    const double *operand[1] = {x};
    double scalar[2] = {(double)n, 0}, worst = 0;
    gw_kernel_stdev(operand, scalar, T, out);
    for (size_t t = from; t < T; t++) {
        double expected = deviation(x + t + 1 - n, n, 0);
        worst = fmax(worst, fabs(out[t] / expected - 1));
    }
    return worst;
}

static void keeps_its_digits(void)
{
    enum { T = 4000 };
    static double x[T], out[T];
    /* Prices of 1e4 that move by 1e-2: the mean of squares less the square of the mean
     * would have 4 digits left. */
    for (size_t t = 0; t < T; t++) {
        x[t] = 1e4 + 0.02 * (gw_philox_uniform(2, 0, t) - 0.5);
    }
    CU_ASSERT_TRUE(worst_error(x, T, out, 20, 19) < 1e-13);
    CU_ASSERT_TRUE(worst_error(x, T, out, 250, 249) < 1e-13);
    /* A price that grows a thousandfold. */
    for (size_t t = 0; t < T; t++) {
        x[t] = pow(1000, (double)t / T) * (1 + 0.01 * gw_philox_uniform(3, 0, t));
    }
    CU_ASSERT_TRUE(worst_error(x, T, out, 20, 19) < 1e-13);
    /* A wrong tick: nothing of it may stay. */
    x[100] = 1e12;
    CU_ASSERT_TRUE(worst_error(x, T, out, 20, 19) < 1e-13);
    /* A jump to another price, where the sums about the old one have lost their digits.
     */
    for (size_t t = 0; t < T; t++) {
        x[t] = (t % 200 < 100 ? 100 : 251) + 0.02 * gw_philox_uniform(4, 0, t);
    }
    CU_ASSERT_TRUE(worst_error(x, T, out, 20, 19) < 1e-13);
}

static void what_overflows_is_undefined_and_passes(void)
{
    enum { T = 40 };
    double x[T], out[T], scalar[2] = {3, 0};
    const double *operand[1] = {x};
    for (size_t t = 0; t < T; t++) {
        x[t] = t == 5 ? 1e200 : (double)(t % 2);
    }
    gw_kernel_stdev(operand, scalar, T, out);
    CU_ASSERT_TRUE(isnan(out[5]) && isnan(out[6]) && isnan(out[7]));
    CHECK_CLOSE(out[8], sqrt(2.0 / 9), 1e-15);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"agrees_with_two_passes", agrees_with_two_passes},
        {"agrees_with_talib_on_goog", agrees_with_talib_on_goog},
        {"does_not_look_ahead", does_not_look_ahead},
        {"starts_anew_behind_a_gap", starts_anew_behind_a_gap},
        {"equal_inputs_deviate_by_exactly_nothing",
         equal_inputs_deviate_by_exactly_nothing},
        {"keeps_its_digits", keeps_its_digits},
        {"what_overflows_is_undefined_and_passes",
         what_overflows_is_undefined_and_passes},
    };
    return CHECK_RUN("deviation", tests);
}
