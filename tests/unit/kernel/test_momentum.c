#include "kernel/series.h"

/* Wilder's average of the rises of sign * x, as a sum over all changes with their
 * weights. */
static double wilder(const double *x, size_t n, size_t start, size_t t, double sign)
{
    double keep = 1 - 1 / (double)n, sum = 0;
    for (size_t i = start + 1; i <= t; i++) {
        double later = i <= start + n ? (double)(t - start - n) : (double)(t - i);
        sum += fmax(sign * (x[i] - x[i - 1]), 0) / (double)n * pow(keep, later);
    }
    return sum;
}

static double reference_rsi(const double *x, const double *scalar, size_t start, size_t t)
{
    size_t n = (size_t)scalar[0];
    if (t - start < n) {
        return NAN;
    }
    double up = wilder(x, n, start, t, 1), down = wilder(x, n, start, t, -1);
    return up + down == 0 ? 50 : 100 - 100 / (1 + up / down);
}

static double reference_roc(const double *x, const double *scalar, size_t start, size_t t)
{
    size_t n = (size_t)scalar[0];
    (void)start; /* a gap between the two bars does not matter */
    return t < n || !isfinite(x[t - n]) ? NAN : (x[t] - x[t - n]) / x[t - n] * 100;
}

static void agree_with_their_definitions(void)
{
    series_compare_all(gw_kernel_rsi, reference_rsi, 0);
    series_compare_all(gw_kernel_roc, reference_roc, 0);
}

static void agree_with_talib_on_goog(void)
{
    series_check_golden(gw_kernel_rsi, 14, RSI14);
    series_check_golden(gw_kernel_roc, 10, ROC10);
}

static void do_not_look_ahead(void)
{
    for (double n = 1; n < 40; n += 3) {
        series_check_no_look_ahead(gw_kernel_rsi, &n);
        series_check_no_look_ahead(gw_kernel_roc, &n);
    }
}

static void start_anew_behind_a_gap(void)
{
    for (double n = 1; n < 40; n += 3) {
        series_check_new_start(gw_kernel_rsi, &n);
        series_check_lengths(gw_kernel_rsi, &n);
    }
}

static void rsi_is_50_when_nothing_moves(void)
{
    enum { T = 100, N = 14 };
    double x[T], out[T], n = N;
    const double *operand[1] = {x};
    for (size_t t = 0; t < T; t++) {
        x[t] = 0.1;
    }
    gw_kernel_rsi(operand, &n, T, out);
    CU_ASSERT_TRUE(isnan(out[N - 1]));
    for (size_t t = N; t < T; t++) {
        CU_ASSERT_EQUAL(out[t], 50);
    }
}

static void rsi_reaches_both_ends(void)
{
    enum { T = 50, N = 5 };
    double x[T], out[T], n = N;
    const double *operand[1] = {x};
    for (size_t t = 0; t < T; t++) {
        x[t] = 100 + (double)t;
    }
    gw_kernel_rsi(operand, &n, T, out);
    CU_ASSERT_EQUAL(out[N], 100);
    CU_ASSERT_EQUAL(out[T - 1], 100);
    for (size_t t = 0; t < T; t++) {
        x[t] = 100 - (double)t;
    }
    gw_kernel_rsi(operand, &n, T, out);
    CU_ASSERT_EQUAL(out[N], 0);
    CU_ASSERT_EQUAL(out[T - 1], 0);
}

static void roc_of_nothing_is_undefined(void)
{
    double x[] = {0, 5, 0, 0, 8, -4}, out[6], n = 1;
    const double *operand[1] = {x};
    gw_kernel_roc(operand, &n, 6, out);
    CU_ASSERT_TRUE(isnan(out[0]) && isnan(out[1]) && isnan(out[3]) && isnan(out[4]));
    CU_ASSERT_EQUAL(out[2], -100);
    CU_ASSERT_EQUAL(out[5], -150);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"agree_with_their_definitions", agree_with_their_definitions},
        {"agree_with_talib_on_goog", agree_with_talib_on_goog},
        {"do_not_look_ahead", do_not_look_ahead},
        {"start_anew_behind_a_gap", start_anew_behind_a_gap},
        {"rsi_is_50_when_nothing_moves", rsi_is_50_when_nothing_moves},
        {"rsi_reaches_both_ends", rsi_reaches_both_ends},
        {"roc_of_nothing_is_undefined", roc_of_nothing_is_undefined},
    };
    return CHECK_RUN("momentum", tests);
}
