#include "forward_fixture.h"

#include "gridwalk/engine/reference.h"

#include <time.h>

/* Mean return a bar in test over that in train, and the share of windows that gained. */
static void compares_test_with_train(void)
{
    struct scene scene = scene_make(
        140, 1, NULL, "walk_forward: {train: 20, test: 12, step: 15, purge: 2}\n");
    size_t windows = scene.plan->windows;
    CU_ASSERT_EQUAL_FATAL(windows, 8);
    static double track[MOST_BARS];
    double tested = 0, trained = 0, gained = 0, chosen = 0;
    for (size_t w = 0; w < windows; w++) {
        const struct gw_window *window = &scene.plan->window[w];
        CU_ASSERT_EQUAL(window->end[GW_TRAIN] - window->begin[GW_TRAIN] + 1, 18);
        track_of(&scene, 1, window->begin[GW_TRAIN], window->end[GW_TRAIN], track);
        uint64_t k = track[17] > 1 ? LONG : SHORT;
        if (w == 5) {
            continue;
        }
        choose_one(&scene, w, k);
        track_of(&scene, direction[k], window->begin[GW_TRAIN], window->end[GW_TRAIN],
                 track);
        for (size_t t = 0; t < 18; t++) {
            trained += track[t] / (t > 0 ? track[t - 1] : 1) - 1;
        }
        track_of(&scene, direction[k], window->begin[GW_TEST], window->end[GW_TEST],
                 track);
        for (size_t t = 0; t < 12; t++) {
            tested += track[t] / (t > 0 ? track[t - 1] : 1) - 1;
        }
        gained += track[11] > 1;
        chosen++;
    }
    make(&scene);
    CU_ASSERT_TRUE(trained > 0 && gained > 0 && gained < chosen);
    CHECK_CLOSE(scene.forward.profitable_windows, gained / chosen, 1e-15);
    CHECK_CLOSE(scene.forward.efficiency,
                tested / (12 * chosen) / (trained / (18 * chosen)), 1e-12);
    /* the other way round train loses, and there is no efficiency */
    for (size_t w = 0; w < windows; w++) {
        if (w != 5) {
            choose_one(&scene, w, 2 - scene.window[w].choice.k[0]);
        }
    }
    make(&scene);
    CHECK_CLOSE(scene.forward.efficiency, NAN, 0);
    for (size_t w = 0; w < windows; w++) {
        scene.window[w].choice.picks = 0;
    }
    make(&scene);
    CHECK_CLOSE(scene.forward.efficiency, NAN, 0);
    CHECK_CLOSE(scene.forward.profitable_windows, NAN, 0);
    CHECK_CLOSE(scene.forward.drift[0].steps, NAN, 0);
    CU_ASSERT_EQUAL(scene.forward.metric[0][GW_METRIC_total_return], 0);
    CU_ASSERT_EQUAL(scene.forward.metric[0][GW_METRIC_trades], 0);
    scene_clear(&scene);
}

/* Where windows choose on validation, test is compared with that. */
static void compares_test_with_validation(void)
{
    struct scene scene =
        scene_make(60, 1, NULL, "walk_forward: {train: 20, validation: 8, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 3);
    static double track[MOST_BARS];
    double sum[GW_SEGMENTS] = {0};
    for (size_t w = 0; w < 3; w++) {
        const struct gw_window *window = &scene.plan->window[w];
        track_of(&scene, 1, window->begin[GW_VALIDATION], window->end[GW_VALIDATION],
                 track);
        uint64_t k = track[7] > 1 ? LONG : SHORT;
        choose_one(&scene, w, k);
        for (size_t s = GW_TEST; s <= GW_VALIDATION; s++) {
            size_t bars = window->end[s] - window->begin[s] + 1;
            track_of(&scene, direction[k], window->begin[s], window->end[s], track);
            for (size_t t = 0; t < bars; t++) {
                sum[s] += (track[t] / (t > 0 ? track[t - 1] : 1) - 1) / (double)bars;
            }
        }
    }
    make(&scene);
    CU_ASSERT_TRUE(sum[GW_VALIDATION] > 0);
    CHECK_CLOSE(scene.forward.efficiency, sum[GW_TEST] / sum[GW_VALIDATION], 1e-12);
    scene_clear(&scene);
}

#define SWINGS                                                                           \
    "bundle: b.h5\nstrategy:\n  parameters:\n    n: [2, 3, 5]\n"                         \
    "  signals:\n    enter_long: close > sma(close, n)\n"                                \
    "    exit_long: close < sma(close, n)\n"

/* Book the round trips of a row's fills: buy, sell, buy, sell, ... */
struct trips {
    double pnl[500], gain[500], bars, commission, traded;
    size_t count, orders, open;
};

static void book_trips(const struct gw_reference *reference, struct trips *trips)
{
    size_t count;
    const struct gw_fill *fill = gw_reference_fills(reference, &count);
    for (size_t i = 0; i < count; i++) {
        trips->commission += fill[i].commission;
        trips->traded += fabs(fill[i].shares) * fill[i].price;
        trips->orders++;
    }
    for (size_t i = 0; i + 1 < count; i += 2) {
        double entered = fill[i].shares * fill[i].price;
        double pnl = -entered - fill[i + 1].shares * fill[i + 1].price -
                     fill[i].commission - fill[i + 1].commission;
        trips->pnl[trips->count] = pnl;
        trips->gain[trips->count++] = pnl / entered;
        trips->bars += (double)(fill[i + 1].bar - fill[i].bar);
    }
    trips->open += count % 2;
}

/* Windows choose n = 2, 3, 5, 2, 3, ...; all trips of their tests by the engine. */
static void walk_windows(struct scene *scene, struct trips *trips)
{
    static const double length[] = {2, 3, 5};
    struct gw_engine_setup setup = gw_plan_setup(scene->plan, scene->market.portal);
    setup.keep_fills = true;
    setup.cache_bytes = 1 << 20;
    struct gw_reference *reference = gw_reference_new(&setup);
    for (size_t w = 0; w < scene->plan->windows; w++) {
        const struct gw_window *window = &scene->plan->window[w];
        double value[GW_MAX_PARAMETERS] = {length[w % 3]};
        struct gw_row row;
        choose_one(scene, w, w % 3);
        gw_reference_run(reference, value, window->begin[GW_TEST], window->end[GW_TEST],
                         &row);
        book_trips(reference, trips);
    }
    gw_reference_free(reference);
}

/* Those that hang on counts or on the capital; `copies` of each trade, each with that
 * part of the capital. */
static void check_trips(const struct scene *scene, const struct trips *trips, int copies)
{
    const double *metric = scene->forward.metric[0];
    size_t bars = scene->forward.bars;
    double count = (double)trips->count, n = copies;
    double mean = 0, squares = 0, won = 0, lost = 0, wins = 0, returned = 0, best = -1;
    double equity = 0;
    for (size_t i = 0; i < trips->count; i++) {
        mean += trips->pnl[i] / count;
        won += trips->pnl[i] > 0 ? trips->pnl[i] : 0;
        lost -= trips->pnl[i] < 0 ? trips->pnl[i] : 0;
        wins += trips->pnl[i] > 0;
        returned += trips->gain[i];
        best = fmax(best, trips->gain[i]);
    }
    for (size_t i = 0; i < trips->count; i++) {
        squares += n * pow((trips->pnl[i] - mean) / n, 2);
    }
    for (size_t t = 0; t < bars; t++) {
        equity += scene->forward.equity[t] / (double)bars * CAPITAL;
    }
    CU_ASSERT_TRUE(count > 20 && wins > 5 && wins < count - 5);
    CU_ASSERT_EQUAL(metric[GW_METRIC_trades], n * count);
    CU_ASSERT_EQUAL(metric[GW_METRIC_orders], n * (double)trips->orders);
    CU_ASSERT_EQUAL(metric[GW_METRIC_open_trades], n * (double)trips->open);
    CHECK_CLOSE(metric[GW_METRIC_win_rate], wins / count, 1e-15);
    CHECK_CLOSE(metric[GW_METRIC_profit_factor], won / lost, 1e-11);
    CHECK_CLOSE(metric[GW_METRIC_sqn],
                sqrt(n * count) * mean / n / sqrt(squares / (n * count - 1)), 1e-11);
    CHECK_CLOSE(metric[GW_METRIC_expectancy], returned / count, 1e-12);
    CHECK_CLOSE(metric[GW_METRIC_best_trade], best, 1e-12);
    CHECK_CLOSE(metric[GW_METRIC_avg_bars], trips->bars / count, 1e-13);
    CHECK_CLOSE(metric[GW_METRIC_commission], trips->commission, 1e-12);
    CHECK_CLOSE(metric[GW_METRIC_turnover], trips->traded / equity * 252 / (double)bars,
                1e-11);
}

static void puts_the_trades_of_windows_together(void)
{
    struct fixture_market market = fixture_market(225, 1, NULL);
    move_prices(&market);
    struct scene scene =
        scene_of(market, SWINGS, "walk_forward: {train: 40, test: 20}\nmetrics: all\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 9);
    static struct trips trips;
    walk_windows(&scene, &trips);
    make(&scene);
    check_trips(&scene, &trips, 1);
    /* twice the same with half the capital each: currencies stay, trades double */
    for (size_t w = 0; w < 9; w++) {
        choose(&scene, w, 2, (const uint64_t[]){w % 3, w % 3});
    }
    make(&scene);
    check_trips(&scene, &trips, 2);
    scene_clear(&scene);
}

static bool same(const struct gw_forward *a, const struct gw_forward *b, size_t axes)
{
    size_t bars = a->records * a->bars;
    return a->bars == b->bars && a->records == b->records && a->first == b->first &&
           memcmp(a->growth, b->growth, bars * sizeof *a->growth) == 0 &&
           memcmp(a->equity, b->equity, bars * sizeof *a->equity) == 0 &&
           memcmp(a->metric, b->metric, a->records * sizeof *a->metric) == 0 &&
           memcmp(a->drift, b->drift, axes * sizeof *a->drift) == 0 &&
           a->efficiency == b->efficiency;
}

/* 400 windows of five picks; the tail is there because the experiment wants it. */
static void makes_the_same_bytes_in_a_second(void)
{
    struct fixture_market market = fixture_market(8000, 1, NULL);
    move_prices(&market);
    struct scene scene =
        scene_of(market,
                 "bundle: b.h5\nstrategy:\n  parameters:\n    n: {from: 2, to: 41}\n"
                 "    m: {from: 1, to: 50}\n"
                 "  signals:\n    enter_long: close > sma(close, n) * (1 + m / 10000)\n"
                 "    exit_long: close < sma(close, n)\n",
                 "walk_forward: {train: 500, test: 18}\nmetrics: [sharpe, cvar_95]\n");
    CU_ASSERT_TRUE_FATAL(scene.plan->windows >= MOST_WINDOWS);
    for (size_t w = 0; w < scene.plan->windows; w++) {
        uint64_t k[5];
        for (size_t i = 0; i < 5; i++) {
            k[i] = (w * 37 + i * 211) % 2000;
        }
        choose(&scene, w, 5, k);
        scene.window[w].median = (int64_t)(w * 91 % 2000);
        scene.window[w].hindsight = (int64_t)(w * 77 % 2000);
    }
    clock_t begin = clock();
    make(&scene);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    CU_ASSERT_TRUE(seconds < 20); /* 0.3 in release */
    struct gw_forward first = scene.forward;
    scene.forward = (struct gw_forward){0};
    make(&scene);
    CU_ASSERT_TRUE(same(&first, &scene.forward, 2));
    CU_ASSERT_TRUE(isfinite(first.metric[0][GW_METRIC_cvar_95]));
    CU_ASSERT_TRUE(isfinite(first.drift[1].steps));
    gw_forward_clear(&first);
    scene_clear(&scene);
}

static void follows_the_first_pick_along_its_axes(void)
{
    struct fixture_market market = fixture_market(70, 1, NULL);
    struct scene scene = scene_of(market,
                                  "bundle: b.h5\nstrategy:\n  parameters:\n"
                                  "    a: [1, 5, 7]\n    b: {from: 1, to: 4}\n"
                                  "  target: a * b\n",
                                  "walk_forward: {train: 20, test: 10}\n");
    CU_ASSERT_EQUAL_FATAL(scene.plan->windows, 5);
    /* (a, b) by place: (0, 3), (2, 0), cash, (2, 1), (2, 3) */
    choose(&scene, 0, 2, (const uint64_t[]){3, 11});
    choose_one(&scene, 1, 8);
    choose_one(&scene, 3, 9);
    choose_one(&scene, 4, 11);
    make(&scene);
    const struct gw_drift *drift = scene.forward.drift;
    CHECK_CLOSE(drift[0].steps, 1, 1e-15); /* 2, 0 */
    CHECK_CLOSE(drift[0].moved, 0.5, 1e-15);
    CHECK_CLOSE(drift[0].stability, 0.75, 1e-15); /* median 2 of 0, 2, 2, 2 */
    CHECK_CLOSE(drift[1].steps, 2.5, 1e-15);      /* 3, 2 */
    CHECK_CLOSE(drift[1].moved, 1, 1e-15);
    CHECK_CLOSE(drift[1].stability, 0.5, 1e-15); /* median 1 of 0, 1, 3, 3 */
    scene_clear(&scene);
}

int main(void)
{
#define TEST(name)                                                                       \
    {                                                                                    \
#name, name                                                                      \
    }
    static const struct check_test tests[] = {
        TEST(compares_test_with_train),
        TEST(compares_test_with_validation),
        TEST(puts_the_trades_of_windows_together),
        TEST(makes_the_same_bytes_in_a_second),
        TEST(follows_the_first_pick_along_its_axes),
    };
    return CHECK_RUN("forward_metrics", tests);
}
