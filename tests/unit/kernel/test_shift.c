#include "kernel/series.h"

static void lag_agrees_with_its_definition(void)
{
    double x[SERIES_MOST], out[SERIES_MOST];
    const double *operand[1] = {x};
    static const size_t lengths[] = {0, 1, 2, 5, SERIES_MOST};
    for (size_t k = 0; k <= 30; k++) {
        for (size_t i = 0; i < 5; i++) {
            size_t T = lengths[i];
            double scalar = (double)k;
            series_make(k, 6, T, x);
            gw_kernel_lag(operand, &scalar, T, out);
            for (size_t t = 0; t < T; t++) {
                CHECK_CLOSE(out[t], t < k ? NAN : x[t - k], 0);
            }
        }
    }
}

static void lag_does_not_mind_gaps_since(void)
{
    double x[] = {1, NAN, NAN, 4, INFINITY, 6}, out[6], k = 2;
    static const double expected[] = {NAN, NAN, 1, NAN, NAN, 4};
    const double *operand[1] = {x};
    gw_kernel_lag(operand, &k, 6, out);
    for (size_t t = 0; t < 6; t++) {
        CHECK_CLOSE(out[t], expected[t], 0);
    }
    k = 1;
    gw_kernel_lag(operand, &k, 6, out);
    CU_ASSERT_TRUE(isnan(out[5]));
}

/* One bar a column: a, b, and what crosses_above and crosses_below are. */
struct bar {
    double a, b, above, below;
};

static void check_bars(const struct bar *bar, size_t T)
{
    double a[16], b[16], above[16], below[16];
    const double *operand[2] = {a, b};
    for (size_t t = 0; t < T; t++) {
        a[t] = bar[t].a;
        b[t] = bar[t].b;
    }
    gw_kernel_crosses_above(operand, NULL, T, above);
    gw_kernel_crosses_below(operand, NULL, T, below);
    for (size_t t = 0; t < T; t++) {
        CHECK_CLOSE(above[t], bar[t].above, 0);
        CHECK_CLOSE(below[t], bar[t].below, 0);
    }
}

static void crosses_on_the_bar_of_the_change_only(void)
{
    static const struct bar bars[] = {{1, 2, 0, 0}, {1.5, 2, 0, 0}, {3, 2, 1, 0},
                                      {4, 2, 0, 0}, {1, 2, 0, 1},   {0, 2, 0, 0},
                                      {9, 2, 1, 0}};
    check_bars(bars, 7);
}

static void does_not_cross_on_the_first_bar(void)
{
    static const struct bar above[] = {{3, 2, 0, 0}, {4, 2, 0, 0}};
    static const struct bar equal[] = {{2, 2, 0, 0}, {4, 2, 0, 0}, {1, 2, 0, 1}};
    check_bars(above, 2);
    check_bars(equal, 3);
}

static void looks_past_equal_bars(void)
{
    static const struct bar through[] = {
        {1, 2, 0, 0}, {2, 2, 0, 0}, {2, 2, 0, 0}, {3, 2, 1, 0}};
    static const struct bar back[] = {
        {3, 2, 0, 0}, {2, 2, 0, 0}, {3, 2, 0, 0}, {1, 2, 0, 1}};
    /* Rounding is no difference: 0.1 + 0.2 is 0.3 here. */
    static const struct bar rounded[] = {
        {0.2, 0.3, 0, 0}, {0.1 + 0.2, 0.3, 0, 0}, {0.2, 0.3, 0, 0}, {0.4, 0.3, 1, 0}};
    check_bars(through, 4);
    check_bars(back, 4);
    check_bars(rounded, 4);
}

static void forgets_across_undefined_bars(void)
{
    static const struct bar bars[] = {
        {1, 2, 0, 0}, {NAN, 2, NAN, NAN},      {3, 2, 0, 0},
        {1, 2, 0, 1}, {1, NAN, NAN, NAN},      {3, 2, 0, 0},
        {1, 2, 0, 1}, {INFINITY, 2, NAN, NAN}, {3, 2, 0, 0}};
    check_bars(bars, 9);
}

static void do_not_look_ahead(void)
{
    for (double k = 0; k < 40; k += 3) {
        series_check_no_look_ahead(gw_kernel_lag, &k);
    }
    series_check_no_look_ahead(gw_kernel_crosses_above, NULL);
    series_check_no_look_ahead(gw_kernel_crosses_below, NULL);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"lag_agrees_with_its_definition", lag_agrees_with_its_definition},
        {"lag_does_not_mind_gaps_since", lag_does_not_mind_gaps_since},
        {"crosses_on_the_bar_of_the_change_only", crosses_on_the_bar_of_the_change_only},
        {"does_not_cross_on_the_first_bar", does_not_cross_on_the_first_bar},
        {"looks_past_equal_bars", looks_past_equal_bars},
        {"forgets_across_undefined_bars", forgets_across_undefined_bars},
        {"do_not_look_ahead", do_not_look_ahead},
    };
    return CHECK_RUN("shift", tests);
}
