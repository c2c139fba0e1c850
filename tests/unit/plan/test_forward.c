#include "forward_fixture.h"

/* The whole record from the choices: equity and returns over [first, last]. */
static void record_of(const struct scene *scene, double *equity, double *growth)
{
    static double one[MOST_BARS], all[MOST_BARS];
    size_t first = scene->plan->window[0].begin[GW_TEST];
    size_t last = scene->plan->window[scene->plan->windows - 1].end[GW_TEST];
    for (size_t t = first; t <= last; t++) {
        growth[t - first] = 0;
    }
    for (size_t w = 0; w < scene->plan->windows; w++) {
        const struct gw_choice *choice = &scene->window[w].choice;
        size_t begin = scene->plan->window[w].begin[GW_TEST];
        size_t end = scene->plan->window[w].end[GW_TEST];
        if (w + 1 < scene->plan->windows &&
            end >= scene->plan->window[w + 1].begin[GW_TEST]) {
            end = scene->plan->window[w + 1].begin[GW_TEST] - 1;
        }
        memset(all, 0, sizeof all);
        for (size_t i = 0; i < choice->picks; i++) {
            track_of(scene, direction[choice->k[i]], begin, end, one);
            for (size_t t = 0; t < end + 1 - begin; t++) {
                all[t] += one[t] / (double)choice->picks;
            }
        }
        for (size_t t = 0; choice->picks > 0 && t < end + 1 - begin; t++) {
            double before = t > 0 ? all[t - 1] : 1;
            growth[begin - first + t] = before > 0 ? all[t] / before - 1 : 0;
        }
    }
    double level = 1;
    for (size_t t = 0; t <= last - first; t++) {
        growth[t] = level > 0 ? growth[t] : 0;
        level *= 1 + growth[t];
        equity[t] = level;
    }
}

static void check_selected(struct scene *scene)
{
    static double equity[MOST_BARS], growth[MOST_BARS];
    size_t first, bars = gw_forward_bars(scene->plan, &first);
    make(scene);
    CU_ASSERT_EQUAL(scene->forward.first, first);
    CU_ASSERT_EQUAL_FATAL(scene->forward.bars, bars);
    record_of(scene, equity, growth);
    for (size_t t = 0; t < bars; t++) {
        CHECK_CLOSE(scene->forward.equity[t], equity[t], 1e-12);
        CHECK_CLOSE(scene->forward.growth[t], growth[t], 1e-12);
    }
    CHECK_CLOSE(scene->forward.metric[GW_RECORD_SELECTED][GW_METRIC_total_return],
                equity[bars - 1] - 1, 1e-12);
}

/* 80 bars, warm from bar 0: tests at 20 to 29, 30 to 39, ... */
static void lays_the_tests_end_to_end(void)
{
    struct scene scene = scene_make(80, 2, NULL, "walk_forward: {train: 20, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 6);
    size_t first;
    CU_ASSERT_EQUAL(gw_forward_bars(scene.plan, &first), 60);
    CU_ASSERT_EQUAL(first, 20);
    CU_ASSERT_EQUAL(gw_forward_records(scene.plan), 4);
    for (size_t w = 0; w < 6; w++) {
        choose_one(&scene, w, w == 2 ? SHORT : LONG);
    }
    scene.window[4].choice.picks = 0; /* cash */
    check_selected(&scene);
    for (size_t t = 40; t < 50; t++) {
        CU_ASSERT_EQUAL(scene.forward.growth[t], 0);
        CU_ASSERT_EQUAL(scene.forward.equity[t], scene.forward.equity[39]);
    }
    /* each window with a position holds one at each of its marks */
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_exposure], 50.0 / 60, 1e-15);
    CU_ASSERT_EQUAL(scene.forward.metric[0][GW_METRIC_open_trades], 10);
    CU_ASSERT_EQUAL(scene.forward.metric[0][GW_METRIC_orders], 10);
    CU_ASSERT_EQUAL(scene.forward.metric[0][GW_METRIC_trades], 0);
    /* p (1 + c) shares = capital: the commission of one long entry is C c / (1 + c) */
    double commission = 10 * CAPITAL * COMMISSION / (1 + COMMISSION);
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_commission], commission, 1e-12);
    double sum = 0;
    for (size_t t = 0; t < 60; t++) {
        sum += scene.forward.equity[t];
    }
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_turnover],
                commission / COMMISSION / (sum / 60 * 2 * CAPITAL) * 252 / 60, 1e-12);
    scene_clear(&scene);
}

static void keeps_its_equity_between_tests(void)
{
    struct scene scene =
        scene_make(90, 1, NULL, "walk_forward: {train: 20, test: 10, embargo: 4}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 5);
    CU_ASSERT_EQUAL(scene.plan->window[1].begin[GW_TEST], 34);
    for (size_t w = 0; w < 5; w++) {
        choose_one(&scene, w, LONG);
    }
    check_selected(&scene);
    CU_ASSERT_EQUAL(scene.forward.bars, 4 * 14 + 10);
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_exposure], 50.0 / 66, 1e-15);
    /* the one account has returns of 0 there */
    double mean = 0, squares = 0;
    for (size_t t = 0; t < 66; t++) {
        mean += scene.forward.growth[t] / 66;
    }
    for (size_t t = 0; t < 66; t++) {
        squares += pow(scene.forward.growth[t] - mean, 2);
    }
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_pooled_sharpe],
                mean / sqrt(squares / 66) * sqrt(252), 1e-11);
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_sharpe],
                mean / sqrt(squares / 65) * sqrt(252), 1e-11);
    for (size_t t = 10; t < 14; t++) {
        CU_ASSERT_EQUAL(scene.forward.growth[t], 0);
        CU_ASSERT_EQUAL(scene.forward.equity[t], scene.forward.equity[9]);
    }
    scene_clear(&scene);
}

/* Each test is cut where the next one begins: 5 bars, the last 12. */
static void cuts_overlapping_tests(void)
{
    struct scene scene = scene_make(
        60, 1, NULL, "walk_forward: {train: 20, test: 12, step: 5, overlap: true}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 6);
    for (size_t w = 0; w < 6; w++) {
        choose_one(&scene, w, w == 3 ? SHORT : LONG);
    }
    check_selected(&scene);
    CU_ASSERT_EQUAL(scene.forward.bars, 5 * 5 + 12);
    CU_ASSERT_EQUAL(scene.forward.metric[0][GW_METRIC_orders], 6);
    scene_clear(&scene);
}

/* Tests that begin on a Saturday, a Sunday and a Monday begin on the same bar: only the
 * last of them has a part of the record. */
static void leaves_out_tests_that_begin_together(void)
{
    struct fixture_market market = fixture_market(40, 1, NULL);
    for (size_t t = 0; t < 40; t++) {
        market.panel->session[t] += 2 * (int32_t)(t / 5);
    }
    move_prices(&market);
    struct scene scene =
        scene_of(market, ALWAYS,
                 "walk_forward: {train: 14d, test: 7d, step: 1d, overlap: true}\n");
    size_t shared = 0;
    for (size_t w = 0; w < scene.plan->windows; w++) {
        const struct gw_window *window = &scene.plan->window[w];
        bool last = w + 1 == scene.plan->windows ||
                    window[1].begin[GW_TEST] > window->begin[GW_TEST];
        shared += !last;
        choose_one(&scene, w, last ? SHORT : LONG);
    }
    CU_ASSERT(shared > 0);
    check_selected(&scene);
    /* and in the efficiency: the others' choices are cash there */
    double efficiency = scene.forward.efficiency;
    double profitable = scene.forward.profitable_windows;
    CU_ASSERT(!isnan(efficiency));
    for (size_t w = 0; w + 1 < scene.plan->windows; w++) {
        const struct gw_window *window = &scene.plan->window[w];
        if (window[1].begin[GW_TEST] == window->begin[GW_TEST]) {
            scene.window[w].choice.picks = 0;
        }
    }
    make(&scene);
    CU_ASSERT_EQUAL(scene.forward.efficiency, efficiency);
    CU_ASSERT_EQUAL(scene.forward.profitable_windows, profitable);
    scene_clear(&scene);
}

static void takes_tests_of_one_bar(void)
{
    struct scene scene = scene_make(24, 1, NULL, "walk_forward: {train: 20, test: 1}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 4);
    for (size_t w = 0; w < 4; w++) {
        choose_one(&scene, w, LONG);
    }
    check_selected(&scene);
    CU_ASSERT_EQUAL(scene.forward.bars, 4);
    scene_clear(&scene);
    /* and a record of one */
    scene = scene_make(21, 1, NULL, "walk_forward: {train: 20, test: 1}\n");
    choose_one(&scene, 0, LONG);
    check_selected(&scene);
    CU_ASSERT_EQUAL(scene.forward.bars, 1);
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_sharpe], NAN, 0);
    scene_clear(&scene);
}

static void weighs_the_picks_of_an_ensemble(void)
{
    struct scene scene = scene_make(60, 1, NULL, "walk_forward: {train: 20, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 4);
    choose(&scene, 0, 3, (const uint64_t[]){LONG, SHORT, NOTHING});
    choose(&scene, 1, 2, (const uint64_t[]){LONG, NOTHING});
    choose_one(&scene, 2, SHORT);
    check_selected(&scene);
    const double *metric = scene.forward.metric[0];
    /* bars with a position, in parts: 2/3 of 10, 1/2 of 10, 10, none */
    CHECK_CLOSE(metric[GW_METRIC_exposure], (20.0 / 3 + 5 + 10) / 40, 1e-14);
    CU_ASSERT_EQUAL(metric[GW_METRIC_orders], 4);
    /* short: shares p (1 + c) = capital too */
    CHECK_CLOSE(metric[GW_METRIC_commission],
                CAPITAL * COMMISSION / (1 + COMMISSION) * (2.0 / 3 + 1.0 / 2 + 1), 1e-12);
    CHECK_CLOSE(metric[GW_METRIC_pooled_sharpe], NAN, 0);
    /* ten times nothing is not a little loss, and no gain */
    for (size_t w = 0; w < 4; w++) {
        uint64_t k[10];
        for (size_t i = 0; i < 10; i++) {
            k[i] = NOTHING;
        }
        choose(&scene, w, 10, k);
    }
    make(&scene);
    for (size_t t = 0; t < 40; t++) {
        CU_ASSERT_EQUAL(scene.forward.equity[t], 1);
    }
    CU_ASSERT_EQUAL(scene.forward.profitable_windows, 0);
    CHECK_CLOSE(scene.forward.efficiency, NAN, 0);
    scene_clear(&scene);
}

/* Asset 1 comes at bar 33, within the second test, asset 2 at 30, where that begins. */
static void waits_for_assets_that_are_listed_late(void)
{
    static const size_t listed[] = {0, 33, 30};
    struct scene scene =
        scene_make(60, 3, listed, "walk_forward: {train: 20, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 4);
    for (size_t w = 0; w < 4; w++) {
        choose_one(&scene, w, LONG);
    }
    check_selected(&scene);
    /* pooled: returns of each account from its asset's first bar on, and nothing else */
    static double track[MOST_BARS];
    double r[200], sum = 0, squares = 0;
    size_t count = 0;
    size_t assets = scene.plan->assets;
    for (size_t i = 0; i < assets; i++) {
        size_t n = scene.plan->asset[i];
        struct gw_plan alone = *scene.plan;
        struct scene own = scene;
        alone.asset = &n;
        alone.assets = 1;
        own.plan = &alone;
        for (size_t w = 0; w < 4; w++) {
            track_of(&own, 1, 20 + 10 * w, 29 + 10 * w, track);
            for (size_t t = 0; t < 10; t++) {
                if (20 + 10 * w + t >= listed[n]) {
                    r[count++] = track[t] / (t > 0 ? track[t - 1] : 1) - 1;
                }
            }
        }
    }
    CU_ASSERT_EQUAL(count, 40 + 27 + 30);
    for (size_t i = 0; i < count; i++) {
        sum += r[i];
    }
    for (size_t i = 0; i < count; i++) {
        squares += pow(r[i] - sum / (double)count, 2);
    }
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_pooled_sharpe],
                sum / (double)count / sqrt(squares / (double)count) * sqrt(252), 1e-11);
    scene_clear(&scene);
}

/* The price more than doubles within the second test: what was sold short is lost. */
static void stays_ruined(void)
{
    struct fixture_market market = fixture_market(70, 1, NULL);
    move_prices(&market);
    for (size_t t = 34; t < 70; t++) {
        gw_panel_column(market.panel, GW_OPEN, 0)[t] *= 4;
        gw_panel_column(market.panel, GW_CLOSE, 0)[t] *= 4;
    }
    struct scene scene =
        scene_of(market, ALWAYS, "walk_forward: {train: 20, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 5);
    for (size_t w = 0; w < 5; w++) {
        choose_one(&scene, w, w == 1 ? SHORT : LONG);
    }
    check_selected(&scene);
    const struct gw_forward *forward = &scene.forward;
    CU_ASSERT_TRUE(forward->equity[13] > 0);
    CU_ASSERT_EQUAL(forward->growth[14], -1);
    for (size_t t = 14; t < 50; t++) {
        CU_ASSERT_EQUAL(forward->equity[t], 0);
        CU_ASSERT_EQUAL(forward->growth[t], t > 14 ? 0 : -1);
    }
    CU_ASSERT_EQUAL(forward->metric[0][GW_METRIC_total_return], -1);
    CU_ASSERT_EQUAL(forward->metric[0][GW_METRIC_cagr], -1);
    /* half of an ensemble goes on with its half */
    choose(&scene, 1, 2, (const uint64_t[]){SHORT, LONG});
    check_selected(&scene);
    CU_ASSERT_TRUE(forward->equity[49] > 0);
    scene_clear(&scene);
}

/* Bars before the first that counts are cash: 4 bars back within the window, then the
 * fill at the next open. */
static void holds_cash_until_its_first_counted_bar(void)
{
    struct fixture_market market = fixture_market(60, 1, NULL);
    move_prices(&market);
    struct scene scene = scene_of(market,
                                  "bundle: b.h5\nstrategy:\n  parameters:\n"
                                  "    back: [4, 9, 12]\n"
                                  "  signals: {enter_long: 'lag(close, back) > 0'}\n",
                                  "warmup: inside_own\n"
                                  "walk_forward: {train: 20, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 4);
    choose(&scene, 0, 2, (const uint64_t[]){0, 1});
    choose_one(&scene, 1, 2); /* never warm */
    choose_one(&scene, 2, 0);
    make(&scene);
    static double track[MOST_BARS];
    for (size_t w = 0; w < 3; w += 2) {
        size_t begin = 20 + 10 * w;
        double part = w == 0 ? 0.5 : 1;
        track_of(&scene, 1, begin + 5, begin + 9, track);
        for (size_t t = 0; t < 10; t++) {
            double before = t < 6 ? 1 : part * track[t - 6] + 1 - part;
            double now = t < 5 ? 1 : part * track[t - 5] + 1 - part;
            CHECK_CLOSE(scene.forward.growth[10 * w + t], now / before - 1, 1e-13);
        }
    }
    for (size_t t = 10; t < 20; t++) {
        CU_ASSERT_EQUAL(scene.forward.growth[t], 0);
    }
    CHECK_CLOSE(scene.forward.metric[0][GW_METRIC_exposure], (2.5 + 5) / 40, 1e-15);
    /* it chose in three windows; in its train the second is warm */
    double gains = (double)((scene.forward.equity[9] > 1) +
                            (scene.forward.equity[29] > scene.forward.equity[19]));
    CHECK_CLOSE(scene.forward.profitable_windows, gains / 3, 1e-15);
    scene_clear(&scene);
}

/* Median and hindsight are records like the choice; where they are not known at all, they
 * say nothing. */
static void records_the_median_and_hindsight(void)
{
    struct scene scene = scene_make(60, 1, NULL, "walk_forward: {train: 20, test: 10}\n");
    for (size_t w = 0; w < 4; w++) {
        scene.window[w].median = w == 1 ? -1 : LONG;
        choose_one(&scene, w, w == 1 ? NOTHING : LONG);
    }
    make(&scene);
    const struct gw_forward *forward = &scene.forward;
    for (size_t t = 0; t < 40; t++) {
        CU_ASSERT_EQUAL(forward->equity[t], forward->equity[40 + t]);
        CU_ASSERT_EQUAL(forward->growth[t], forward->growth[40 + t]);
        CHECK_CLOSE(forward->equity[80 + t], NAN, 0); /* none of them is known */
        CHECK_CLOSE(forward->growth[80 + t], NAN, 0);
    }
    for (size_t m = 0; m < GW_METRICS; m++) {
        CHECK_CLOSE(forward->metric[GW_RECORD_MEDIAN][m],
                    forward->metric[GW_RECORD_SELECTED][m], 1e-12);
        CHECK_CLOSE(forward->metric[GW_RECORD_HINDSIGHT][m], NAN, 0);
    }
    scene.window[3].hindsight = SHORT;
    make(&scene);
    static double track[MOST_BARS];
    track_of(&scene, -1, 50, 59, track);
    CU_ASSERT_EQUAL(forward->equity[80 + 29], 1);
    CHECK_CLOSE(forward->equity[80 + 39], track[9], 1e-13);
    CHECK_CLOSE(forward->metric[GW_RECORD_HINDSIGHT][GW_METRIC_total_return],
                track[9] - 1, 1e-12);
    scene_clear(&scene);
}

int main(void)
{
#define TEST(name)                                                                       \
    {                                                                                    \
#name, name                                                                      \
    }
    static const struct check_test tests[] = {
        TEST(lays_the_tests_end_to_end),
        TEST(keeps_its_equity_between_tests),
        TEST(cuts_overlapping_tests),
        TEST(leaves_out_tests_that_begin_together),
        TEST(takes_tests_of_one_bar),
        TEST(weighs_the_picks_of_an_ensemble),
        TEST(waits_for_assets_that_are_listed_late),
        TEST(stays_ruined),
        TEST(holds_cash_until_its_first_counted_bar),
        TEST(records_the_median_and_hindsight),
    };
    return CHECK_RUN("forward", tests);
}
