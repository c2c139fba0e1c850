#include "forward_fixture.h"

static void check_held_metrics(const struct gw_forward *forward)
{
    const double *metric = forward->metric[GW_RECORD_BENCHMARK];
    const double *other = forward->equity + (size_t)GW_RECORD_BENCHMARK * 30;
    CHECK_CLOSE(metric[GW_METRIC_total_return], other[29] - 1, 1e-15);
    CU_ASSERT_EQUAL(metric[GW_METRIC_exposure], 1);
    CHECK_CLOSE(metric[GW_METRIC_pooled_sharpe],
                metric[GW_METRIC_sharpe] * sqrt(30.0 / 29), 1e-12);
    static const enum gw_metric of_trades[] = {
        GW_METRIC_turnover,   GW_METRIC_trades,      GW_METRIC_open_trades,
        GW_METRIC_win_rate,   GW_METRIC_sqn,         GW_METRIC_profit_factor,
        GW_METRIC_expectancy, GW_METRIC_avg_win,     GW_METRIC_avg_loss,
        GW_METRIC_best_trade, GW_METRIC_worst_trade, GW_METRIC_avg_bars,
        GW_METRIC_commission, GW_METRIC_slippage,    GW_METRIC_borrow,
        GW_METRIC_costs,      GW_METRIC_orders,      GW_METRIC_dropped,
        GW_METRIC_clipped};
    int undefined = 0;
    for (size_t m = 0; m < GW_METRICS; m++) {
        undefined += isnan(metric[m]) != 0;
    }
    for (size_t i = 0; i < sizeof of_trades / sizeof of_trades[0]; i++) {
        CHECK_CLOSE(metric[of_trades[i]], NAN, 0);
    }
    /* and var_95, cvar_95, which were not asked for; and it never differs from itself */
    CU_ASSERT_EQUAL(undefined, 19 + 2 + 1);
    CHECK_CLOSE(metric[GW_METRIC_information_ratio], NAN, 0);
    CHECK_CLOSE(metric[GW_METRIC_beta], 1, 1e-12);
    CHECK_CLOSE(metric[GW_METRIC_alpha] + 1, 1, 1e-11);
}

/* Record over bars 20 to 49. Asset 0 has no close at 19 and 25, asset 1 comes at 30,
 * asset 2 left at 27, asset 3 came and left before. */
static void check_held_equity(const struct scene *scene)
{
    const struct gw_forward *forward = &scene->forward;
    const double *equity = forward->equity + (size_t)GW_RECORD_HOLD * 30;
    const double *growth = forward->growth + (size_t)GW_RECORD_HOLD * 30;
    const double *other = forward->equity + (size_t)GW_RECORD_BENCHMARK * 30;
    static const size_t bought[] = {18, 30, 19, 9};
    double before = 1, old[4] = {1, 1, 1, 1}, pool[4 * 30], mean = 0, squares = 0;
    size_t pooled = 0;
    for (size_t t = 20; t < 50; t++) {
        const size_t known[] = {t == 25 ? 24 : t, t < 30 ? 30 : t, t < 28 ? t : 27, 9};
        double sum = 0;
        for (size_t n = 0; n < 4; n++) {
            double now = price_of(scene, GW_CLOSE, n, known[n]) /
                         price_of(scene, GW_CLOSE, n, bought[n]);
            if (n != 1 || t >= 30) {
                mean += now / old[n] - 1;
                pool[pooled++] = now / old[n] - 1;
            }
            sum += now;
            old[n] = now;
        }
        CHECK_CLOSE(equity[t - 20], sum / 4, 1e-13);
        CHECK_CLOSE(growth[t - 20], sum / 4 / before - 1, 1e-13);
        CHECK_CLOSE(other[t - 20],
                    price_of(scene, GW_CLOSE, 4, t) / price_of(scene, GW_CLOSE, 4, 19),
                    1e-13);
        before = sum / 4;
    }
    mean /= (double)pooled;
    for (size_t i = 0; i < pooled; i++) {
        squares += pow(pool[i] - mean, 2);
    }
    CHECK_CLOSE(forward->metric[GW_RECORD_HOLD][GW_METRIC_pooled_sharpe],
                mean / sqrt(squares / (double)pooled) * sqrt(252), 1e-11);
}

static void holds_all_assets_and_the_benchmark(void)
{
    static const size_t listed[] = {0, 30, 0, 0, 0};
    struct fixture_market market = fixture_market(50, 5, listed);
    gw_panel_column(market.panel, GW_CLOSE, 0)[19] = NAN;
    gw_panel_column(market.panel, GW_CLOSE, 0)[25] = NAN;
    for (size_t t = 10; t < 50; t++) {
        gw_panel_column(market.panel, GW_CLOSE, 2)[t > 28 ? t : 28] = NAN;
        gw_panel_column(market.panel, GW_CLOSE, 3)[t] = NAN;
    }
    move_prices(&market);
    gw_portal_free(market.portal);
    market.portal = gw_portal_new(market.panel, GW_ADJUSTED);
    struct scene scene = scene_of(market, ALWAYS,
                                  "assets: [A0, A1, A2, A3]\nbenchmark: A4\n"
                                  "walk_forward: {train: 20, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 3);
    CU_ASSERT_EQUAL(scene.plan->benchmark, 4);
    CU_ASSERT_EQUAL(gw_forward_records(scene.plan), 5);
    make(&scene);
    check_held_equity(&scene);
    check_held_metrics(&scene.forward);
    scene_clear(&scene);
}

/* Closes are in the basis: a 2-for-1 split at bar 25 is no loss. */
static void holds_through_a_split(void)
{
    const struct gw_panel_dims dims = {.bars = 40, .assets = 1, .actions = 1};
    struct fixture_market market = {.panel = gw_panel_new(&dims)};
    for (size_t t = 0; t < 40; t++) {
        market.panel->session[t] = (int32_t)t;
        for (int field = 0; field < GW_FIELDS; field++) {
            gw_panel_column(market.panel, (enum gw_field)field, 0)[t] = t < 25 ? 80 : 40;
        }
    }
    snprintf(market.panel->asset[0].symbol, GW_SYMBOL_SIZE, "A0");
    market.panel->action[0] =
        (struct gw_action){.session = 25, .kind = GW_SPLIT, .value = 0.5};
    gw_panel_set_listing(market.panel);
    market.portal = gw_portal_new(market.panel, GW_ADJUSTED);
    struct scene scene =
        scene_of(market, ALWAYS, "benchmark: A0\nwalk_forward: {train: 20, test: 10}\n");
    make(&scene);
    for (size_t t = 0; t < scene.forward.bars; t++) {
        CU_ASSERT_EQUAL(scene.forward.equity[GW_RECORD_HOLD * 20 + t], 1);
        CU_ASSERT_EQUAL(scene.forward.equity[GW_RECORD_BENCHMARK * 20 + t], 1);
    }
    scene_clear(&scene);
}

/* ---- the key benchmark ---- */

static void a_benchmark_must_be_in_the_bundle(void)
{
    struct fixture_market market = fixture_market(60, 3, NULL);
    struct gw_experiment *experiment =
        fixture_parse(FIXTURE_STRATEGY(FIXTURE_TARGET) "benchmark: A33\n"
                                                       "walk_forward: {train: 9, "
                                                       "test: 5}\n");
    struct gw_plan *plan;
    struct gw_error err;
    CU_ASSERT_EQUAL(fixture_plan(experiment, &market, &plan, &err), GW_CONFIG);
    CHECK_TEXT(err.text,
               "dir/exp.yaml:4:12: the bundle has no asset 'A33'; did you mean 'A0'?");
    gw_experiment_free(experiment);
    /* without a test there is no record, but there may be a benchmark */
    experiment = fixture_parse(FIXTURE_STRATEGY(FIXTURE_TARGET) "benchmark: A2\n");
    CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
    CU_ASSERT_EQUAL(plan->benchmark, 2);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    experiment = fixture_parse(FIXTURE_STRATEGY(FIXTURE_TARGET));
    CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
    CU_ASSERT_EQUAL(plan->benchmark, SIZE_MAX);
    size_t first;
    CU_ASSERT_EQUAL(gw_forward_bars(plan, &first), 0);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

/* It is a line of the canonical form where it is given, and only there. */
static void a_benchmark_is_part_of_the_experiment(void)
{
    struct gw_text text = {0}, without = {0};
    struct gw_experiment *experiment = fixture_parse(FIXTURE_TEXT "benchmark: SPY\n");
    gw_experiment_canonical(experiment, &text);
    gw_experiment_free(experiment);
    experiment = fixture_parse(FIXTURE_TEXT);
    gw_experiment_canonical(experiment, &without);
    gw_experiment_free(experiment);
    const char *line = strstr(text.data, "\nbenchmark=3 SPY\n");
    CU_ASSERT_PTR_NOT_NULL(line);
    CU_ASSERT_PTR_NULL(strstr(without.data, "benchmark"));
    CU_ASSERT_EQUAL(text.length, without.length + strlen("benchmark=3 SPY\n"));
    gw_text_clear(&text);
    gw_text_clear(&without);
}

int main(void)
{
#define TEST(name)                                                                       \
    {                                                                                    \
#name, name                                                                      \
    }
    static const struct check_test tests[] = {
        TEST(holds_all_assets_and_the_benchmark),
        TEST(holds_through_a_split),
        TEST(a_benchmark_must_be_in_the_bundle),
        TEST(a_benchmark_is_part_of_the_experiment),
    };
    return CHECK_RUN("hold", tests);
}
