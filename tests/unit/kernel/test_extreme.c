#include "kernel/series.h"

static double
reference_highest(const double *x, const double *scalar, size_t start, size_t t)
{
    size_t n = (size_t)scalar[0];
    double highest = t - start + 1 < n ? NAN : x[t];
    for (size_t i = 0; i < n && !isnan(highest); i++) {
        highest = x[t - i] > highest ? x[t - i] : highest;
    }
    return highest;
}

static double
reference_lowest(const double *x, const double *scalar, size_t start, size_t t)
{
    size_t n = (size_t)scalar[0];
    double lowest = t - start + 1 < n ? NAN : x[t];
    for (size_t i = 0; i < n && !isnan(lowest); i++) {
        lowest = x[t - i] < lowest ? x[t - i] : lowest;
    }
    return lowest;
}

static void agree_with_a_look_at_each_bar(void)
{
    series_compare_all(gw_kernel_highest, reference_highest, 0);
    series_compare_all(gw_kernel_lowest, reference_lowest, 0);
}

static void agree_with_talib_on_goog(void)
{
    series_check_golden(gw_kernel_highest, 20, HIGHEST20);
    series_check_golden(gw_kernel_lowest, 20, LOWEST20);
}

static void do_not_look_ahead(void)
{
    for (double n = 1; n < 120; n += n < 12 ? 1 : 9) {
        series_check_no_look_ahead(gw_kernel_highest, &n);
        series_check_no_look_ahead(gw_kernel_lowest, &n);
    }
}

static void start_anew_behind_a_gap(void)
{
    for (double n = 1; n < 40; n += 3) {
        series_check_new_start(gw_kernel_highest, &n);
        series_check_new_start(gw_kernel_lowest, &n);
    }
}

static void follow_a_steady_rise_and_fall(void)
{
    enum { T = 60, N = 7 };
    double x[T], high[T], low[T], n = N;
    const double *operand[1] = {x};
    for (size_t t = 0; t < T; t++) {
        x[t] = t < T / 2 ? (double)t - 50 : (double)(T - t) - 50;
    }
    gw_kernel_highest(operand, &n, T, high);
    gw_kernel_lowest(operand, &n, T, low);
    for (size_t t = N - 1; t < T / 2; t++) {
        CU_ASSERT_EQUAL(high[t], x[t]);
        CU_ASSERT_EQUAL(low[t], x[t] - (N - 1));
    }
    for (size_t t = T / 2 + N; t < T; t++) {
        CU_ASSERT_EQUAL(high[t], x[t] + (N - 1));
        CU_ASSERT_EQUAL(low[t], x[t]);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"agree_with_a_look_at_each_bar", agree_with_a_look_at_each_bar},
        {"agree_with_talib_on_goog", agree_with_talib_on_goog},
        {"do_not_look_ahead", do_not_look_ahead},
        {"start_anew_behind_a_gap", start_anew_behind_a_gap},
        {"follow_a_steady_rise_and_fall", follow_a_steady_rise_and_fall},
    };
    return CHECK_RUN("extreme", tests);
}
