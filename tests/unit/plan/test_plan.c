#include "plan_fixture.h"

#include "gridwalk/base/text.h"

#include <stdlib.h>
#include <time.h>

/* Make a plan from a text, which must work. */
static struct gw_plan *make(const char *text,
                            const struct fixture_market *market,
                            struct gw_experiment **experiment_out)
{
    struct gw_plan *plan;
    struct gw_error err;
    *experiment_out = fixture_parse(text);
    CHECK_OK(fixture_plan(*experiment_out, market, &plan, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    return plan;
}

static void
refuse(const char *text, const struct fixture_market *market, const char *message)
{
    struct gw_experiment *experiment = fixture_parse(text);
    struct gw_plan *plan;
    struct gw_error err;
    char full[600];
    CU_ASSERT_EQUAL(fixture_plan(experiment, market, &plan, &err), GW_CONFIG);
    CU_ASSERT_PTR_NULL(plan);
    snprintf(full, sizeof full, "dir/exp.yaml:%s", message);
    CHECK_TEXT(err.text, full);
    gw_experiment_free(experiment);
}

#define CROSS                                                                            \
    "bundle: b\nstrategy:\n"                                                             \
    "  parameters:\n    fast: {from: 2, to: 6}\n    slow: [5, 30, 10]\n"                 \
    "  signals:\n    enter_long: sma(close, fast) > sma(close, slow)\n"

static void binds_assets_in_the_order_of_the_bundle(void)
{
    struct fixture_market market = fixture_market(50, 4, NULL);
    struct gw_experiment *experiment;
    struct gw_plan *plan = make(CROSS "assets: [A3, A1]\n", &market, &experiment);
    CU_ASSERT_EQUAL(plan->assets, 2);
    CU_ASSERT_EQUAL(plan->asset[0], 1);
    CU_ASSERT_EQUAL(plan->asset[1], 3);
    CU_ASSERT_EQUAL(plan->periods, 252);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    plan = make(CROSS "periods: 365\n", &market, &experiment);
    CU_ASSERT_EQUAL(plan->assets, 4);
    CU_ASSERT_EQUAL(plan->asset[3], 3);
    CU_ASSERT_EQUAL(plan->periods, 365);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    refuse(CROSS "assets: [A3, A3]\n", &market, "8:14: the asset 'A3' is repeated");
    refuse(CROSS "assets: [A1, A33]\n", &market,
           "8:14: the bundle has no asset 'A33'; did you mean 'A3'?");
    fixture_market_free(&market);
}

/* Sessions are days 10000 = 1997-05-19 to 10099 = 1997-08-26. */
static void binds_the_period(void)
{
    static const struct {
        const char *period;
        size_t first, last;
    } expected[] = {
        {"", 0, 99},
        {"period: {from: 1997-05-29}\n", 10, 99},
        {"period: {to: 1997-05-29}\n", 0, 10},
        {"period: {from: 1990-01-01, to: 2100-01-01}\n", 0, 99},
        {"period: {from: 1997-05-29, to: 1997-05-29}\n", 10, 10},
    };
    struct fixture_market market = fixture_market(100, 1, NULL);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        char text[500];
        struct gw_experiment *experiment;
        snprintf(text, sizeof text, "%s%s", CROSS, expected[i].period);
        struct gw_plan *plan = make(text, &market, &experiment);
        CU_ASSERT_EQUAL(plan->windows, 1);
        CU_ASSERT_EQUAL(plan->segments, 1);
        CU_ASSERT_EQUAL(plan->window[0].begin[GW_TRAIN], expected[i].first);
        CU_ASSERT_EQUAL(plan->window[0].end[GW_TRAIN], expected[i].last);
        gw_plan_free(plan);
        gw_experiment_free(experiment);
    }
    refuse(CROSS "period: {from: 1999-01-01}\n", &market,
           "8:1: no session of the bundle lies in the period; it has 1997-05-19 to "
           "1997-08-26");
    refuse(CROSS "period: {to: 1997-05-18}\n", &market,
           "8:1: no session of the bundle lies in the period; it has 1997-05-19 to "
           "1997-08-26");
    fixture_market_free(&market);
}

static void finds_the_largest_look_back(void)
{
    static const struct {
        const char *keys;
        size_t lookback;
    } expected[] = {
        {"  target: close\n", 0},
        {"  parameters:\n    n: {from: 2, to: 6}\n  target: sma(close, n)\n", 5},
        {"  parameters:\n    n: [3, 20, 7]\n  target: rsi(close, n)\n", 20},
        /* the constraint leaves out n = 20 */
        {"  parameters:\n    n: [3, 20, 7]\n  constraints: [n < 20]\n"
         "  target: rsi(close, n)\n",
         7},
        /* the largest n + m that is left: 6 + 4 */
        {"  parameters:\n    n: {from: 1, to: 6}\n    m: {from: 1, to: 6}\n"
         "  constraints: [m + n <= 10]\n  target: lag(lag(close, n), m)\n",
         10},
        {"  signals:\n    enter_long: sma(close, 9) > 0\n"
         "    exit_short: crosses_above(close, sma(close, 30))\n",
         30},
        /* only some combinations are valid, and those are the ones left */
        {"  parameters:\n    n: {from: 1, to: 6}\n    m: {from: 1, to: 6}\n"
         "  constraints: [m >= n]\n  target: lag(close, m - n)\n",
         5},
    };
    struct fixture_market market = fixture_market(100, 1, NULL);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        char text[500];
        struct gw_experiment *experiment;
        snprintf(text, sizeof text, "bundle: b\nstrategy:\n%s", expected[i].keys);
        struct gw_plan *plan = make(text, &market, &experiment);
        CU_ASSERT_EQUAL(plan->lookback, expected[i].lookback);
        CU_ASSERT_TRUE(plan->lookback_exact);
        gw_plan_free(plan);
        gw_experiment_free(experiment);
    }
    fixture_market_free(&market);
}

static void takes_corners_of_a_large_rectangle(void)
{
    struct fixture_market market = fixture_market(3000, 1, NULL);
    struct gw_experiment *experiment;
    struct gw_plan *plan = make("bundle: b\nstrategy:\n  parameters:\n"
                                "    n: {from: 1, to: 200}\n    m: [700, 1, 9, 2000, 3]\n"
                                "    x: {from: 1, to: 1000000}\n"
                                "  constraints: [x > n]\n"
                                "  target: lag(sma(close, n), m) * x\n",
                                &market, &experiment);
    CU_ASSERT_EQUAL(plan->lookback, 199 + 2000);
    CU_ASSERT_FALSE(plan->lookback_exact);
    CU_ASSERT_PTR_NULL(plan->space.before);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    /* more than 2^20 corners still end */
    struct gw_text text = {0};
    gw_text_printf(&text, "bundle: b\nstrategy:\n  parameters:\n");
    for (int i = 0; i < 26; i++) {
        gw_text_printf(&text, "    p%d: [1, 2]\n", i);
    }
    gw_text_printf(&text, "  target: lag(close, p0");
    for (int i = 1; i < 26; i++) {
        gw_text_printf(&text, " + p%d", i);
    }
    gw_text_printf(&text, ")\n");
    plan = make(text.data, &market, &experiment);
    CU_ASSERT_TRUE(plan->lookback > 40 && plan->lookback <= 52);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    gw_text_clear(&text);
    fixture_market_free(&market);
}

/* SMA cross up to 30: bar 29 is the first with 29 earlier bars. */
static void begins_where_the_slowest_combination_is_warm(void)
{
    static const struct {
        const char *keys;
        size_t listed[2];
        size_t first;
    } expected[] = {
        {"walk_forward: {train: 10, test: 5}\n", {0, 0}, 29},
        {"walk_forward: {train: 10, test: 5}\n", {20, 13}, 42}, /* 13 + 29 */
        {"walk_forward: {train: 10, test: 5}\nassets: [A0]\n", {20, 13}, 49},
        {"walk_forward: {train: 10, test: 5}\nperiod: {from: 1997-07-08}\n", {0, 0}, 50},
        {"walk_forward: {train: 10, test: 5}\nperiod: {from: 1997-05-24}\n", {0, 0}, 29},
        {"walk_forward: {train: 10, test: 5}\nwarmup: cold\n", {0, 0}, 0},
        {"walk_forward: {train: 10, test: 5}\nwarmup: inside_own\n", {3, 3}, 0},
        {"walk_forward: {train: 10, test: 5}\nwarmup: inside_common\n", {3, 3}, 0},
        {"warmup: before\n", {0, 0}, 29},
        {"", {0, 0}, 0},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct fixture_market market = fixture_market(100, 2, expected[i].listed);
        struct gw_experiment *experiment;
        char text[500];
        snprintf(text, sizeof text, "%s%s", CROSS, expected[i].keys);
        struct gw_plan *plan = make(text, &market, &experiment);
        CU_ASSERT_EQUAL(plan->window[0].begin[GW_TRAIN], expected[i].first);
        gw_plan_free(plan);
        gw_experiment_free(experiment);
        fixture_market_free(&market);
    }
}

/* A gap is no bar of its own: the asset gets there so much later. */
static void counts_an_assets_own_bars(void)
{
    struct fixture_market market = fixture_market(100, 1, NULL);
    for (size_t t = 5; t < 12; t++) {
        gw_panel_column(market.panel, GW_CLOSE, 0)[t] = NAN;
    }
    gw_portal_free(market.portal);
    market.portal = gw_portal_new(market.panel, GW_ADJUSTED);
    struct gw_experiment *experiment;
    struct gw_plan *plan = make(CROSS "warmup: before\n", &market, &experiment);
    CU_ASSERT_EQUAL(plan->window[0].begin[GW_TRAIN], 29 + 7);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

static void says_why_nothing_fits(void)
{
    struct fixture_market market = fixture_market(100, 1, NULL);
    refuse(CROSS "walk_forward: {train: 60, test: 20}\n", &market,
           "8:23: train 60 + test 20 bars do not fit into 71 bars (1997-06-17 to "
           "1997-08-26)");
    refuse(
        CROSS "warmup: before\nperiod: {to: 1997-06-01}\n", &market,
        "7:34: the strategy looks 29 bars back; no asset has so many before the period "
        "ends on 1997-06-01");
    refuse("bundle: b\nstrategy:\n  parameters:\n    n: [500]\n"
           "  target: close + sma(close, n)\nwarmup: before\n",
           &market,
           "5:17: the strategy looks 499 bars back; no asset has so many before the "
           "period ends on 1997-08-26");
    /* one bar too few */
    refuse(
        "bundle: b\nstrategy:\n  target: lag(close, 100)\nwarmup: before\n", &market,
        "3:11: the strategy looks 100 bars back; no asset has so many before the period "
        "ends on 1997-08-26");
    refuse("bundle: b\nstrategy:\n  parameters:\n    n: [1, 2]\n  target: close * n\n"
           "  constraints:\n    - n > 5\n",
           &market, "6:3: the constraints leave none of the 2 combinations");
    fixture_market_free(&market);
}

static void names_the_combination_of_an_invalid_argument(void)
{
    struct fixture_market market = fixture_market(100, 1, NULL);
    struct gw_experiment *experiment = fixture_parse(
        "bundle: b\nstrategy:\n  parameters:\n    n: [4, 5]\n    m: {from: 1, to: 6}\n"
        "  constraints: [m > 2]\n  target: close - lag(close, n - m)\n");
    struct gw_plan *plan;
    struct gw_error err;
    CU_ASSERT_EQUAL(fixture_plan(experiment, &market, &plan, &err), GW_CONFIG);
    /* the first in order that is left and goes below 0 */
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "(n=4, m=5); exclude it with a constraint"));
    CU_ASSERT_EQUAL(strncmp(err.text, "dir/exp.yaml:7:", 15), 0);
    CU_ASSERT_EQUAL(err.line, 7);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

/* 10^7 combinations with one constraint: walked twice, for index and look-back. */
static void plans_ten_million_combinations(void)
{
    struct fixture_market market = fixture_market(6000, 1, NULL);
    clock_t begin = clock();
    struct gw_experiment *experiment;
    struct gw_plan *plan =
        make("bundle: b\nstrategy:\n  parameters:\n    fast: {from: 1, to: 2000}\n"
             "    slow: {from: 1, to: 5000}\n  constraints: [fast < slow]\n"
             "  target: sma(close, fast) - sma(close, slow)\n",
             &market, &experiment);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    /* sum over fast of 5000 - fast */
    CU_ASSERT_EQUAL(plan->space.feasible, 2000u * 5000u - 2000u * 2001u / 2);
    CU_ASSERT_EQUAL(plan->lookback, 4999);
    CU_ASSERT_TRUE(plan->lookback_exact);
    CU_ASSERT_TRUE(seconds < 20); /* 0.4 in release */
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

/* A day of an intraday bundle is no bar. */
static void refuses_calendar_lengths_of_intraday_bars(void)
{
    struct gw_error err;
    struct gw_plan *plan;
    struct fixture_market market = fixture_market(100, 1, NULL);
    struct gw_experiment *experiment = fixture_parse(
        FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 4w, test: 2w}\n");
    CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
    CU_ASSERT_EQUAL(plan->windows, 5); /* days 0 to 41, 14 to 55, ... 56 to 97 */
    gw_plan_free(plan);
    snprintf(market.panel->header->frequency, sizeof market.panel->header->frequency,
             "1h");
    CU_ASSERT_EQUAL(fixture_plan(experiment, &market, &plan, &err), GW_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ":4:23: calendar lengths need daily bars"));
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"binds_assets_in_the_order_of_the_bundle",
         binds_assets_in_the_order_of_the_bundle},
        {"binds_the_period", binds_the_period},
        {"finds_the_largest_look_back", finds_the_largest_look_back},
        {"takes_corners_of_a_large_rectangle", takes_corners_of_a_large_rectangle},
        {"begins_where_the_slowest_combination_is_warm",
         begins_where_the_slowest_combination_is_warm},
        {"counts_an_assets_own_bars", counts_an_assets_own_bars},
        {"says_why_nothing_fits", says_why_nothing_fits},
        {"names_the_combination_of_an_invalid_argument",
         names_the_combination_of_an_invalid_argument},
        {"refuses_calendar_lengths_of_intraday_bars",
         refuses_calendar_lengths_of_intraday_bars},
        {"plans_ten_million_combinations", plans_ten_million_combinations},
    };
    return CHECK_RUN("plan", tests);
}
