/* Metrics against published values and plain recomputation. */
#include "check.h"

#include "gridwalk/engine/measure.h"

#include <stdlib.h>

static double out[GW_METRICS];

/* Returns become the equity of a capital of 1000. */
static void
measure(const double *r, size_t n, double periods, const struct gw_ledger *ledger)
{
    static const bool wanted[GW_METRICS] = {[GW_METRIC_var_95] = true};
    static const struct gw_ledger none;
    double *equity = malloc(n * sizeof *equity), *scratch = malloc(n * sizeof *scratch);
    double e = 1000;
    for (size_t t = 0; t < n; t++) {
        equity[t] = e *= 1 + r[t];
    }
    struct gw_record record = {.capital = 1000,
                               .periods = periods,
                               .equity = equity,
                               .bars = n,
                               .ledger = ledger != NULL ? ledger : &none,
                               .scratch = scratch};
    gw_measure(&record, wanted, out);
    free(equity);
    free(scratch);
}

/* Sharpe and Sortino as empyrical defines them. */
static void agrees_with_published_ratios(void)
{
    const double a[] = {.01, -.005, .015, .02, -.01};
    measure(a, 5, 252, NULL);
    CHECK_CLOSE(out[GW_METRIC_sharpe], 7.359428920089572, 1e-12);
    CHECK_CLOSE(out[GW_METRIC_sortino], 19.04940943966505, 1e-12);
    const double b[] = {.02, .01, -.01, .03, -.02};
    measure(b, 5, 252, NULL);
    CHECK_CLOSE(out[GW_METRIC_sharpe], 4.593220484431882, 1e-12);
    CHECK_CLOSE(out[GW_METRIC_sortino], 9.524704719832526, 1e-12);
    const double c[] = {.05, -.1, .08, .03, .02, .04, -.05, .06, .04, .03};
    measure(c, 10, 252, NULL);
    CHECK_CLOSE(out[GW_METRIC_total_return], .20289116, 1e-7);
    CHECK_CLOSE(out[GW_METRIC_max_drawdown], -.1, 1e-12);
    CHECK_CLOSE(out[GW_METRIC_calmar], 1041.2442294424645, 1e-11);
    const double d[] = {.2, .25, -2.0 / 15, -4.0 / 13}; /* equity 1.2 1.5 1.3 0.9 */
    measure(d, 4, 252, NULL);
    CHECK_CLOSE(out[GW_METRIC_max_drawdown], -.4, 1e-12);
    CHECK_CLOSE(out[GW_METRIC_max_drawdown_bars], 2, 0);
    CHECK_CLOSE(out[GW_METRIC_ulcer], sqrt((2.0 / 15 * 2.0 / 15 + .16) / 4), 1e-12);
    CHECK_CLOSE(out[GW_METRIC_omega], .45 / (2.0 / 15 + 4.0 / 13), 1e-12);
}

/* The capital is the first peak: 900, 945, 945 of 1000 are below it all the time. */
static void a_loss_on_the_first_bar_is_a_drawdown(void)
{
    const double r[] = {-.1, .05, 0};
    measure(r, 3, 252, NULL);
    CHECK_CLOSE(out[GW_METRIC_max_drawdown], -.1, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_max_drawdown_bars], 3, 0);
}

/* Returns .01 and .03 of two accounts: mean .02, sd .01 with ddof 0. */
static void pools_with_ddof_0(void)
{
    static const bool wanted[GW_METRICS];
    static const struct gw_ledger none;
    const double equity[] = {2040};
    double scratch[1];
    struct gw_record record = {.capital = 2000,
                               .periods = 100,
                               .equity = equity,
                               .bars = 1,
                               .ledger = &none,
                               .scratch = scratch};
    gw_moments_add(&record.pooled, .01);
    gw_moments_add(&record.pooled, .03);
    gw_measure(&record, wanted, out);
    CHECK_CLOSE(out[GW_METRIC_pooled_sharpe], 20, 1e-12);
}

/* The 12-point series of Bailey and Lopez de Prado's formula. */
static void agrees_with_the_probabilistic_sharpe_ratio(void)
{
    const double r[] = {.01,  -.005, .012, .003,  -.008, .007,
                        .002, -.001, .009, -.004, .006,  0};
    measure(r, 12, 252, NULL);
    CHECK_CLOSE(out[GW_METRIC_sharpe], .4043839644368273 * sqrt(252), 1e-10);
    CHECK_CLOSE(out[GW_METRIC_skew], -.12273093153783914, 1e-9);
    CHECK_CLOSE(out[GW_METRIC_kurtosis], 1.8483776697188723, 1e-9);
    CHECK_CLOSE(out[GW_METRIC_psr], .9011254603964625, 1e-9);
}

/* -.10, -.09, ..., .10: the 5 % quantile lies on the second. */
static void finds_the_tail(void)
{
    double r[21];
    for (int i = 0; i < 21; i++) {
        r[(i * 8) % 21] = (i - 10) / 100.0;
    }
    measure(r, 21, 252, NULL);
    CHECK_CLOSE(out[GW_METRIC_var_95], .09, 1e-12);
    CHECK_CLOSE(out[GW_METRIC_cvar_95], .095, 1e-12);
}

static void books_trades(void)
{
    static const double pnl[] = {100, -50, 75, -25, 150};
    const double r[] = {0, 0.1};
    struct gw_ledger ledger = {0};
    for (size_t i = 0; i < 5; i++) {
        gw_ledger_trade(&ledger, pnl[i], 1000, (double)i);
    }
    measure(r, 2, 252, &ledger);
    CHECK_CLOSE(out[GW_METRIC_profit_factor], 325.0 / 75, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_win_rate], .6, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_expectancy], .05, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_avg_win], .325 / 3, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_avg_loss], -.0375, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_best_trade], .15, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_worst_trade], -.05, 1e-15);
    CHECK_CLOSE(out[GW_METRIC_avg_bars], 2, 1e-15);
    /* sd of the five: sqrt(7187.5) */
    CHECK_CLOSE(out[GW_METRIC_sqn], sqrt(5) * 50 / sqrt(7187.5), 1e-12);
}

/* A gain of a rounding error is no gain. */
static void a_trade_at_cost_is_neither_won_nor_lost(void)
{
    const double r[] = {0, 0};
    struct gw_ledger ledger = {0};
    gw_ledger_trade(&ledger, 1e-10, 1000, 1);
    measure(r, 2, 252, &ledger);
    CHECK_CLOSE(out[GW_METRIC_win_rate], 0, 0);
    CU_ASSERT_TRUE(isnan(out[GW_METRIC_profit_factor]));
}

static void constant_returns_have_no_ratio(void)
{
    double r[100];
    for (int i = 0; i < 100; i++) {
        r[i] = 0;
    }
    measure(r, 100, 252, NULL);
    static const enum gw_metric undefined[] = {GW_METRIC_sharpe, GW_METRIC_sortino,
                                               GW_METRIC_calmar, GW_METRIC_omega,
                                               GW_METRIC_skew,   GW_METRIC_psr};
    for (size_t i = 0; i < sizeof undefined / sizeof undefined[0]; i++) {
        CU_ASSERT_TRUE(isnan(out[undefined[i]]));
    }
    CHECK_CLOSE(out[GW_METRIC_volatility], 0, 0);
    const double up[] = {.01, .02};
    measure(up, 2, 252, NULL);
    CU_ASSERT_TRUE(isinf(out[GW_METRIC_sortino]) && isinf(out[GW_METRIC_calmar]));
    CU_ASSERT_TRUE(isinf(out[GW_METRIC_omega]));
}

/* Returns of a dozen bars and those of a benchmark; the metrics below are made of them in
 * rational arithmetic. */
static const double own[] = {.01,  -.005, .012, .003,  -.008, .007,
                             .002, -.001, .009, -.004, .006,  0};
static const double other[] = {.008, -.002, .01,  -.001, -.006, .003,
                               .004, .002,  .005, -.006, .001,  .002};

static void
measure_beside(const double *r, const double *benchmark, size_t n, double risk_free)
{
    static const bool wanted[GW_METRICS] = {[GW_METRIC_var_95] = true};
    static const struct gw_ledger none;
    double equity[12], scratch[12], e = 1000;
    for (size_t t = 0; t < n; t++) {
        equity[t] = e *= 1 + r[t];
    }
    const struct gw_record record = {.capital = 1000,
                                     .periods = 252,
                                     .risk_free = risk_free,
                                     .equity = equity,
                                     .benchmark = benchmark,
                                     .bars = n,
                                     .ledger = &none,
                                     .scratch = scratch};
    gw_measure(&record, wanted, out);
}

/* 3 % a year: sharpe and sortino are those of r - .03 / 252, the others stay. */
static void takes_off_what_is_free_of_risk(void)
{
    measure_beside(own, NULL, 12, .03);
    CHECK_CLOSE(out[GW_METRIC_sharpe], 6.123571704470658, 1e-11);
    CHECK_CLOSE(out[GW_METRIC_sortino], 12.89979605650297, 1e-11);
    CHECK_CLOSE(out[GW_METRIC_psr], .9011254603964625, 1e-9);
    CU_ASSERT_TRUE(isnan(out[GW_METRIC_alpha]) && isnan(out[GW_METRIC_beta]));
    CU_ASSERT_TRUE(isnan(out[GW_METRIC_information_ratio]));
}

static void compares_with_a_benchmark(void)
{
    measure_beside(own, other, 12, .03);
    CHECK_CLOSE(out[GW_METRIC_beta], 1.145, 1e-12);
    CHECK_CLOSE(out[GW_METRIC_alpha], .1905193557386639, 1e-11);
    CHECK_CLOSE(out[GW_METRIC_information_ratio], 4.711788740744925, 1e-11);
    /* Returns of twice the benchmark's: beta 2 and no alpha without risk_free; with it
     * -(1 - 2) * rf a bar. */
    double twice[12];
    for (int t = 0; t < 12; t++) {
        twice[t] = 2 * other[t];
    }
    measure_beside(twice, other, 12, 0);
    CHECK_CLOSE(out[GW_METRIC_beta], 2, 1e-12);
    CU_ASSERT_TRUE(fabs(out[GW_METRIC_alpha]) < 1e-12);
    measure_beside(twice, other, 12, .0252);
    CHECK_CLOSE(out[GW_METRIC_alpha], pow(1.0001, 252) - 1, 1e-11);
}

/* Its returns differ by rounding alone: the line has no slope, but the returns less its
 * are those of a strategy that has a sd. */
static void a_benchmark_that_does_not_move_has_no_beta(void)
{
    double flat[12];
    for (int t = 0; t < 12; t++) {
        flat[t] = 1e-4 + t % 2 * 1e-18;
    }
    measure_beside(own, flat, 12, 0);
    CU_ASSERT_TRUE(isnan(out[GW_METRIC_beta]) && isnan(out[GW_METRIC_alpha]));
    measure_beside(own, flat, 12, .0252);
    double sharpe = out[GW_METRIC_sharpe];
    CHECK_CLOSE(out[GW_METRIC_information_ratio], sharpe, 1e-12); /* rf is 1e-4 a bar */
    measure_beside(own, own, 12, 0);
    CHECK_CLOSE(out[GW_METRIC_beta], 1, 1e-12);
    CU_ASSERT_TRUE(isnan(out[GW_METRIC_information_ratio]));
}

static void one_bar_is_too_few_for_a_benchmark(void)
{
    measure_beside(own, other, 1, 0);
    CU_ASSERT_TRUE(isnan(out[GW_METRIC_beta]) && isnan(out[GW_METRIC_alpha]));
    CU_ASSERT_TRUE(isnan(out[GW_METRIC_information_ratio]));
}

int main(void)
{
    static const struct check_test tests[] = {
        {"takes_off_what_is_free_of_risk", takes_off_what_is_free_of_risk},
        {"compares_with_a_benchmark", compares_with_a_benchmark},
        {"a_benchmark_that_does_not_move_has_no_beta",
         a_benchmark_that_does_not_move_has_no_beta},
        {"one_bar_is_too_few_for_a_benchmark", one_bar_is_too_few_for_a_benchmark},
        {"agrees_with_published_ratios", agrees_with_published_ratios},
        {"a_loss_on_the_first_bar_is_a_drawdown", a_loss_on_the_first_bar_is_a_drawdown},
        {"pools_with_ddof_0", pools_with_ddof_0},
        {"agrees_with_the_probabilistic_sharpe_ratio",
         agrees_with_the_probabilistic_sharpe_ratio},
        {"finds_the_tail", finds_the_tail},
        {"books_trades", books_trades},
        {"a_trade_at_cost_is_neither_won_nor_lost",
         a_trade_at_cost_is_neither_won_nor_lost},
        {"constant_returns_have_no_ratio", constant_returns_have_no_ratio},
    };
    return CHECK_RUN("measure", tests);
}
