#include "experiment_fixture.h"
#include "gridwalk/base/text.h"

#include <stdlib.h>

static void reads_a_whole_file(void)
{
    struct gw_experiment *e = fixture_parse(FIXTURE_TEXT);
    CHECK_TEXT(e->name, "exp");
    CHECK_TEXT(e->bundle, "dir/../bundles/us.h5");
    CHECK_TEXT(e->text.data, FIXTURE_TEXT);
    CU_ASSERT_EQUAL(e->bundle_place.line, 2);
    CU_ASSERT_EQUAL(e->bundle_place.column, 9);
    CU_ASSERT_EQUAL(e->from, 12649); /* date -d 2004-08-19 +%s / 86400 */
    CU_ASSERT_EQUAL(e->to, 15765);
    CU_ASSERT_EQUAL(e->assets, 2);
    CHECK_TEXT(e->asset[1].name, "IBM");
    CU_ASSERT_EQUAL(e->asset[1].place.column, 16);
    CU_ASSERT_EQUAL(e->axes, 3);
    CU_ASSERT_EQUAL(e->constraints, 1);
    CU_ASSERT_EQUAL(e->rules.execution.price, GW_PRICE_OPEN);
    CU_ASSERT_EQUAL(e->rules.execution.delay, 1);
    CU_ASSERT_EQUAL(e->rules.terms.commission_bps, 10);
    CU_ASSERT_EQUAL(e->rules.terms.slippage_bps, 2);
    CU_ASSERT_FALSE(e->rules.has_target);
    CU_ASSERT_NOT_EQUAL(e->rules.signal[GW_ENTER_LONG], GW_NO_NODE);
    CU_ASSERT_EQUAL(e->rules.signal[GW_ENTER_SHORT], GW_NO_NODE);
    CU_ASSERT_EQUAL(e->rules.target, GW_NO_NODE);
    CU_ASSERT_EQUAL(e->rules.warmup, GW_WARM_BEFORE); /* by walk_forward */
    CU_ASSERT_EQUAL(e->walk_forward.step.count, 125); /* by test */
    CU_ASSERT_EQUAL(e->walk_forward.place.line, 19);
    CU_ASSERT_EQUAL(e->walk_forward.place.column, 38);
    CU_ASSERT_EQUAL(e->metrics, 12);
    CU_ASSERT_EQUAL(e->memory, 256.0 * 1024 * 1024);
    gw_experiment_free(e);
}

static void has_the_documented_defaults(void)
{
    struct gw_experiment *e = fixture_parse(FIXTURE_STRATEGY(FIXTURE_TARGET));
    CU_ASSERT_EQUAL(e->from, INT32_MIN);
    CU_ASSERT_EQUAL(e->to, INT32_MAX);
    CU_ASSERT_EQUAL(e->assets, 0);
    CU_ASSERT_EQUAL(e->axes, 0);
    CU_ASSERT_EQUAL(e->rules.basis, GW_ADJUSTED);
    CU_ASSERT_EQUAL(e->rules.warmup, GW_WARM_COLD);
    CU_ASSERT_EQUAL(e->rules.execution.price, GW_PRICE_OPEN);
    CU_ASSERT_EQUAL(e->rules.execution.delay, 1);
    CU_ASSERT_EQUAL(e->rules.terms.commission_bps, 0);
    CU_ASSERT_EQUAL(e->rules.terms.slippage_bps, 0);
    CU_ASSERT_EQUAL(e->rules.terms.spread_bps, 0);
    CU_ASSERT_EQUAL(e->rules.capital, 100000);
    CU_ASSERT_TRUE(e->rules.has_target);
    CU_ASSERT_EQUAL(e->rules.rebalance, GW_ON_CHANGE);
    CU_ASSERT_FALSE(e->walk_forward.present);
    CU_ASSERT_EQUAL(e->objective.metric, GW_METRIC_sharpe);
    CU_ASSERT_TRUE(e->objective.maximize);
    CU_ASSERT_EQUAL(e->keep_top, 0);
    CU_ASSERT_EQUAL(e->periods, 0);
    CU_ASSERT_EQUAL(e->memory, 268435456);
    gw_experiment_free(e);
}

static void reads_every_choice(void)
{
    struct gw_experiment *e = fixture_parse(
        "bundle: /abs/b.h5\nprices: split\nwarmup: inside_own\n"
        "strategy:\n  target: close\n  rebalance: every_bar\n"
        "execution: {price: close, delay: 0}\nperiods: 365\n"
        "walk_forward: {train: 10, test: 0, step: 3}\n"
        "objective: {minimize: volatility}\nmetrics: [trades, sharpe]\n"
        "output: {keep: {top: 25}}\nlimits: {memory: 1.5G}\naccount: {capital: 1}\n");
    CHECK_TEXT(e->bundle, "/abs/b.h5");
    CU_ASSERT_EQUAL(e->rules.basis, GW_SPLIT_BASIS);
    CU_ASSERT_EQUAL(e->rules.warmup, GW_WARM_INSIDE_OWN);
    CU_ASSERT_EQUAL(e->rules.rebalance, GW_EVERY_BAR);
    CU_ASSERT_EQUAL(e->rules.execution.price, GW_PRICE_CLOSE);
    CU_ASSERT_EQUAL(e->rules.execution.delay, 0);
    CU_ASSERT_EQUAL(e->periods, 365);
    CU_ASSERT_EQUAL(e->walk_forward.test.count, 0);
    CU_ASSERT_EQUAL(e->walk_forward.step.count, 3);
    CU_ASSERT_FALSE(e->objective.maximize);
    /* in the order of the list, the objective's metric among them */
    CU_ASSERT_EQUAL_FATAL(e->metrics, 3);
    CU_ASSERT_EQUAL(e->metric[0], GW_METRIC_volatility);
    CU_ASSERT_EQUAL(e->metric[1], GW_METRIC_sharpe);
    CU_ASSERT_EQUAL(e->metric[2], GW_METRIC_trades);
    CU_ASSERT_EQUAL(e->keep_top, 25);
    CU_ASSERT_EQUAL(e->memory, 1.5 * 1024 * 1024 * 1024);
    gw_experiment_free(e);
}

static void adds_the_objective_to_the_columns(void)
{
    struct gw_experiment *e = fixture_parse(
        FIXTURE_STRATEGY(FIXTURE_TARGET) "objective: {minimize: var_95}\nmetrics: all\n");
    /* all but cvar_95 and the three beside a benchmark */
    CU_ASSERT_EQUAL(e->metrics, GW_METRICS - 4);
    bool found = false;
    for (size_t m = 0; m < e->metrics; m++) {
        found = found || e->metric[m] == GW_METRIC_var_95;
        CU_ASSERT_NOT_EQUAL(e->metric[m], GW_METRIC_cvar_95);
    }
    CU_ASSERT_TRUE(found);
    gw_experiment_free(e);
}

#define DATES "walk_forward:\n  dates:\n"

static void refuses_what_does_not_go_together(void)
{
    static const struct fixture_bad bad[] = {
        {FIXTURE_STRATEGY("  rebalance: on_change\n"),
         "2:1: strategy needs signals, target or plugin"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET "  signals: {enter_long: close > open}\n"),
         "3:3: strategy needs signals, target or plugin, not signals and target"},
        {FIXTURE_STRATEGY("  signals: {}\n"), "3:3: strategy.signals is empty"},
        {FIXTURE_STRATEGY("  signals: {enter_long: close > open}\n  rebalance: "
                          "on_change\n"),
         "4:3: strategy.rebalance goes with target, not with signals"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "execution: {price: open, delay: 0}\n",
         "4:33: price open with delay 0 would fill before the decision; use delay 1 or "
         "price close"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 5, test: 0}\n",
         "4:1: walk_forward.step is required when test is 0"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {test: 5}\n",
         "4:1: the key 'walk_forward.train' is missing (what to select on: 500 bars, or "
         "2y)"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 5, test: 5, purge: 5}\n",
         "4:42: walk_forward.purge must be below train (5 bars): none would be left"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 2y, test: 5}\n",
         "4:33: walk_forward.test is 5 bars, but train is 2y; give all lengths in bars "
         "or all by the calendar"},
        {FIXTURE_STRATEGY(
             FIXTURE_TARGET) "walk_forward: {train: 20, test: 5, step: 10w}\n",
         "4:42: walk_forward.step is 10w, but train is 20 bars; give all lengths in "
         "bars or all by the calendar"},
        {FIXTURE_STRATEGY(
             FIXTURE_TARGET) "walk_forward: {train: 2y, test: 1y, validation: 5}\n",
         "4:49: walk_forward.validation is 5 bars, but train is 2y; give all lengths in "
         "bars or all by the calendar"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 9, validation: 5, test: "
                                          "0, step: 5}\n",
         "4:38: walk_forward.validation lies before a test segment, but test is 0; make "
         "test longer, or leave validation out"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 9, validation: 5, test: "
                                          "2, purge: 5}\n",
         "4:57: walk_forward.purge must be below validation (5 bars): none would be "
         "left"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {validation: 5, dates: []}\n",
         "4:16: walk_forward has either dates or validation"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES "    - {train: [2001-01-01, 2001-01-02], "
                                                "validation: [2001-01-03, 2001-01-04]}\n",
         "6:7: a window must be {train: [from, to], validation: [from, to], test: [from, "
         "to]}, all with or all without validation"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-01, 2001-01-02], test: [2001-01-04, 2001-01-05], "
         "validation: [2001-01-02, 2001-01-03]}\n",
         "6:85: validation must begin behind the last day of train"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-01, 2001-01-02], test: [2001-01-03, 2001-01-05], "
         "validation: [2001-01-03, 2001-01-03]}\n",
         "6:47: test must begin behind the last day of validation"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-01, 2001-01-02], test: [2001-01-05, 2001-01-05], "
         "validation: [2001-01-03, 2001-01-04]}\n"
         "    - {train: [2001-01-01, 2001-01-02], test: [2001-01-06, 2001-01-06], "
         "validation: [2001-01-03, 2001-01-03]}\n",
         "7:15: windows must ascend; this one lies before window 0"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 2q, test: 1y}\n",
         "4:23: walk_forward.train: unknown unit in '2q'; did you mean 6m?"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 2Years, test: 1y}\n",
         "4:23: walk_forward.train: unknown unit in '2Years'; did you mean 2y?"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 2h, test: 1y}\n",
         "4:23: walk_forward.train: unknown unit in '2h'; known are y, m, w and d"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 2y, test: 0m}\n",
         "4:33: walk_forward.test must be from 1m to 6000m, not '0m'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: -2y, test: 1m}\n",
         "4:23: walk_forward.train must be bars (a whole number) or a calendar length "
         "such "
         "as 2y, 6m, 10w or 21d, not '-2y'"},
        {FIXTURE_STRATEGY(
             FIXTURE_TARGET) "walk_forward: {train: 5, test: 0, step: 5, embargo: 1}\n",
         "4:53: walk_forward.embargo says something about test segments, but there are "
         "none; leave it out"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {step: 5, dates: []}\n",
         "4:16: walk_forward has either dates or step"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {dates: []}\n",
         "4:23: walk_forward.dates is empty"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward:\n  dates:\n    - 2001-01-01\n",
         "6:7: a window must be {train: [from, to], test: [from, to]}, all with or all "
         "without test"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES "    - {train: [2001-01-01]}\n",
         "6:15: train must be two dates, the first and last day: [2001-01-01, "
         "2002-12-31]"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-02, 2001-01-01]}\n",
         "6:15: train ends before it begins"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-01, 2001-01-02], tset: []}\n",
         "6:41: unknown key 'tset' in a window; known are train, validation, test"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-01, 2001-01-02], test: [2001-01-02, 2001-01-03]}\n",
         "6:47: test must begin behind the last day of train"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-01, 2001-01-02]}\n"
         "    - {train: [2000-01-01, 2001-01-03]}\n",
         "7:15: windows must ascend; this one lies before window 0"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) DATES
         "    - {train: [2001-01-01, 2001-01-02]}\n"
         "    - {train: [2001-01-01, 2001-01-03], test: [2001-01-04, 2001-01-05]}\n",
         "6:7: a window must be {train: [from, to], test: [from, to]}, all with or all "
         "without test"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 5}\n",
         "4:1: the key 'walk_forward.test' is missing (bars behind them to test on; 0: "
         "in-sample only)"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "period: {from: 2001-01-02, to: 2001-01-01}\n",
         "4:1: period.from lies behind period.to"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "objective: {maximize: sharpe, minimize: "
                                          "costs}\n",
         "4:1: objective is either maximize or minimize, not both"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "assets: []\n",
         "4:9: assets is empty; leave it out to trade all"},
    };
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
}

static void refuses_bad_values(void)
{
    static const struct fixture_bad bad[] = {
        {"bundle: b\n", " the key 'strategy' is missing (what to trade when, over which "
                        "parameters)"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "account: {mode: pooled}\n",
         "4:17: account.mode must be per_asset or shared, not 'pooled'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "search: {random: 500}\n",
         "4:9: search must be grid, not a map"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "universe: top\n",
         "4:1: unknown key 'universe' in experiment; known are bundle, period, assets, "
         "prices, benchmark, strategy, warmup, execution, costs, account, stops, search, "
         "walk_forward, objective, metrics, output, limits, periods, risk_free"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "parameters: {a: [1]}\n",
         "4:1: unknown key 'parameters' in experiment; it belongs at "
         "strategy.parameters"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "objective: {maximize: sharp}\n",
         "4:23: unknown metric 'sharp'; did you mean 'sharpe'?"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "metrics: [sharpe, sharpe]\n",
         "4:19: the metric sharpe is repeated"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "metrics: [1]\n", "4:11: unknown metric '1'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "metrics: []\n", "4:10: metrics is empty"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "metrics: some\n",
         "4:10: metrics must be basic, all or a list of metrics"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "output: {keep: some}\n",
         "4:16: output.keep must be all or {top: N}"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "output: {keep: {top: 0}}\n",
         "4:22: top must be from 1 to 1000000000, not '0'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "output: {keep: {}}\n",
         "4:10: the key 'top' is missing (rows to keep of each window)"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "limits: {memory: 512K}\n",
         "4:18: limits.memory must be from 1M to 1024T, not '512K'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "costs: {spread_bps: 10001}\n",
         "4:21: costs.spread_bps must be from 0 to 10000, not '10001'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "walk_forward: {train: 0, test: 1}\n",
         "4:23: walk_forward.train must be from 1 to 1000000000, not '0'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET) "assets: [[A]]\n",
         "4:10: assets holds symbols, one text each"},
    };
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
}

static void points_at_the_token_of_an_expression(void)
{
    static const struct {
        const char *text;
        int line, column;
    } bad[] = {
        {FIXTURE_STRATEGY("  target: close + clsoe\n"), 3, 19},
        {FIXTURE_STRATEGY("  target: 'close + clsoe'\n"), 3, 20},
        {FIXTURE_STRATEGY("  signals: {enter_long: close > clsoe}\n"), 3, 33},
        {FIXTURE_STRATEGY("  define:\n    x: close\n    y: x + z\n  target: y\n"), 5, 12},
        {FIXTURE_STRATEGY("  parameters: {a: [1]}\n  constraints:\n    - a > 0\n"
                          "    - a > b\n  target: close\n"),
         6, 11},
        {FIXTURE_STRATEGY("  parameters: {a: [1]}\n  constraints:\n    - a > close\n"
                          "  target: close\n"),
         5, 11},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct gw_experiment *experiment;
        struct gw_error err;
        CU_ASSERT_EQUAL(fixture_try(bad[i].text, NULL, &experiment, &err), GW_CONFIG);
        CU_ASSERT_EQUAL(err.line, bad[i].line);
        CU_ASSERT_EQUAL(err.column, bad[i].column);
    }
}

static void says_where_a_comma_cut_an_expression(void)
{
    static const struct fixture_bad bad[] = {
        {FIXTURE_STRATEGY("  parameters: {a: [1]}\n  constraints: [max(a, 2) > 1]\n"
                          "  target: close\n"),
         "4:22: this comma ended the value; quote the expression or put it on its own "
         "line"},
        {FIXTURE_STRATEGY("  define: {x: 'sma(close, 3)', y: sma(close, 3)}\n"
                          "  target: close\n"),
         "3:44: this comma ended the value; quote the expression or put it on its own "
         "line"},
        {FIXTURE_STRATEGY("  signals: {enter_long: sma(close, 3) > close}\n"),
         "3:34: this comma ended the value; quote the expression or put it on its own "
         "line"},
    };
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
}

static void definitions_may_be_numbers_or_conditions(void)
{
    struct gw_experiment *e = fixture_parse(
        FIXTURE_STRATEGY("  parameters: {n: [2, 3]}\n"
                         "  define:\n    mean: sma(close, n)\n    up: close > mean\n"
                         "    small: n < 3\n"
                         "  constraints:\n    - small\n"
                         "  signals:\n    enter_long: up and small\n"));
    CU_ASSERT_EQUAL(e->constraints, 1);
    gw_experiment_free(e);
    fixture_refuse(FIXTURE_STRATEGY("  define:\n    sma: close\n  target: close\n"),
                   "dir/exp.yaml:4:5: 'sma' is already a function");
}

static void applies_set_and_only(void)
{
    static const char *const set[] = {
        "costs.commission_bps=7", "execution={price: close}",
        "strategy.constraints.0=fast + 5 < slow", "warmup=cold"};
    const struct gw_overrides overrides = {set, 4, "fast=10,level=1"};
    struct gw_experiment *e, *again;
    struct gw_error err;
    CHECK_OK(fixture_try(FIXTURE_TEXT, &overrides, &e, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_EQUAL(e->rules.terms.commission_bps, 7);
    CU_ASSERT_EQUAL(e->rules.terms.slippage_bps, 2);
    CU_ASSERT_EQUAL(e->rules.execution.price, GW_PRICE_CLOSE);
    CU_ASSERT_EQUAL(e->rules.warmup, GW_WARM_COLD);
    CU_ASSERT_EQUAL(e->axis[0].count, 1);
    CU_ASSERT_EQUAL(gw_axis_value(&e->axis[0], 0), 10);
    CU_ASSERT_TRUE(e->axis[0].integer);
    CU_ASSERT_EQUAL(e->axis[1].count, 19);
    CU_ASSERT_EQUAL(gw_axis_value(&e->axis[2], 0), 1);
    CU_ASSERT_FALSE(e->axis[2].integer); /* as the list it comes from */
    /* The stored text is the experiment as changed. */
    char one[GW_SHA256_HEX], two[GW_SHA256_HEX];
    again = fixture_parse(e->text.data);
    gw_experiment_digest(e, "x", one);
    gw_experiment_digest(again, "x", two);
    CHECK_TEXT(two, one);
    gw_experiment_free(again);
    gw_experiment_free(e);
}

static void refuses_bad_overrides(void)
{
    static const struct {
        const char *set, *only, *message;
    } bad[] = {
        {"costs", NULL, "--set costs: write --set PATH=VALUE"},
        {"costs.comission_bps=1", NULL,
         "--set costs.comission_bps=1: unknown key 'comission_bps' in costs; did you "
         "mean "
         "'commission_bps'?"},
        {"costs.commission_bps=ten", NULL,
         "--set costs.commission_bps=ten: unknown name 'ten'; did you mean 'open'?"},
        {"foo.bar=1", NULL,
         "--set foo.bar=1: unknown key 'foo' in experiment; known are bundle, period, "
         "assets, prices, benchmark, strategy, warmup, execution, costs, account, stops, "
         "search, walk_forward, objective, metrics, output, limits, periods, risk_free"},
        {"warmup=", NULL,
         "--set warmup=: warmup must be before, cold, inside_common or inside_own, but "
         "it "
         "is empty"},
        {NULL, "fast", "--only fast: write --only name=value,..."},
        {NULL, "fast=10,", "--only : write --only name=value,..."},
        {NULL, "fats=10", "--only fats=10: there is no such parameter"},
        {NULL, "fast=11",
         "--only fast=11: not one of its 10 values, which go from 5 to 50"},
        {NULL, "fast=55",
         "--only fast=55: not one of its 10 values, which go from 5 to 50"},
        {NULL, "fast=-5",
         "--only fast=-5: not one of its 10 values, which go from 5 to 50"},
        {NULL, "level=0.3",
         "--only level=0.3: not one of its 3 values, which go from 0.1 to 1"},
        {NULL, "level=x",
         "--only level=x: not one of its 3 values, which go from 0.1 to 1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct gw_overrides overrides = {&bad[i].set, bad[i].set != NULL,
                                               bad[i].only};
        struct gw_experiment *experiment;
        struct gw_error err;
        CU_ASSERT_EQUAL(fixture_try(FIXTURE_TEXT, &overrides, &experiment, &err),
                        GW_CONFIG);
        CHECK_TEXT(err.text, bad[i].message);
        CU_ASSERT_EQUAL(err.line, 0);
    }
}

static void digest_of(const char *text, const char *bundle, char hex[GW_SHA256_HEX])
{
    struct gw_experiment *experiment = fixture_parse(text);
    gw_experiment_digest(experiment, bundle, hex);
    gw_experiment_free(experiment);
}

static void the_digest_forgets_comments_and_layout(void)
{
    static const char other[] =
        "limits:\n  memory: 268435456\n"
        "objective: {maximize: sharpe}\n"
        "assets: [IBM, 'GOOG']   # the order of accounts is the bundle's\n"
        "costs: {slippage_bps: 2.0, commission_bps: 1e1, spread_bps: 0}\n"
        "strategy:\n"
        "  signals:\n"
        "    exit_long: crosses_below(sma(close,fast), sma(close,slow))\n"
        "    enter_long: |\n"
        "      crosses_above( sma(close , fast), sma(close, slow))\n"
        "        and (rsi(close, 14) > level)\n"
        "  define: {unused: close * 3}\n"
        "  constraints:\n"
        "    - \"(fast) < slow\"\n"
        "  parameters:\n"
        "    fast: {step: 5, to: 50, from: 5}\n"
        "    slow: {from: 20, to: 200, step: 10}\n"
        "    level: [0.10, 25e-2, 1.0]\n"
        "walk_forward: {train: 500, test: 125, step: 125}\n"
        "warmup: before\nprices: adjusted\nsearch: grid\n"
        "account: {capital: 1e5, mode: per_asset}\n"
        "period: {from: 2004-08-19, to: 2013-03-01}\n"
        "bundle: /elsewhere/us.h5\n";
    char one[GW_SHA256_HEX], two[GW_SHA256_HEX];
    digest_of(FIXTURE_TEXT, "abc", one);
    digest_of(other, "abc", two);
    CU_ASSERT_EQUAL(strlen(one), 64);
    CHECK_TEXT(two, one);
    digest_of(FIXTURE_TEXT, "abd", two);
    CU_ASSERT_STRING_NOT_EQUAL(two, one);
}

/* The digest is that of these lines as sha256sum tells it, with two lines in front:
 * gridwalk-experiment/1 and bundle=abc. */
static void the_canonical_form_is_lines_of_facts(void)
{
    char hex[GW_SHA256_HEX];
    struct gw_text text = {0};
    struct gw_experiment *experiment = fixture_parse(
        "bundle: b\nstrategy:\n  parameters: {n: {from: 2, to: 6, step: 2}}\n"
        "  target: sma(close, n)\nmetrics: [sharpe]\n");
    gw_text_printf(&text, "in front\n");
    gw_experiment_canonical(experiment, &text);
    gw_experiment_digest(experiment, "abc", hex);
    CHECK_TEXT(text.data, "in front\n"
                          "period.from=-2147483648\n"
                          "period.to=2147483647\n"
                          "assets=0\n"
                          "prices=0\n"
                          "parameter n=integer 3 from 2 step 2 / 1\n"
                          "strategy.signals.enter_long=0\n"
                          "strategy.signals.exit_long=0\n"
                          "strategy.signals.enter_short=0\n"
                          "strategy.signals.exit_short=0\n"
                          "node 1=field 3\n"
                          "node 2=parameter 0\n"
                          "node 3=call sma 1 2\n"
                          "strategy.target=3\n"
                          "strategy.rebalance=0\n"
                          "warmup=1\n"
                          "execution.price=0\n"
                          "execution.delay=1\n"
                          "costs.commission_bps=0\n"
                          "costs.slippage_bps=0\n"
                          "costs.spread_bps=0\n"
                          "account.capital=100000\n"
                          "account.mode=per_asset\n"
                          "account.size=all\n"
                          "account.lots=fractional\n"
                          "search=grid\n"
                          "walk_forward=none\n"
                          "objective.maximize=sharpe\n"
                          "metrics=sharpe \n"
                          "output.keep=0\n"
                          "limits.memory=268435456\n"
                          "periods=0\n");
    CHECK_TEXT(hex, "5e7c1cfed4404a6eca1b00cfb8f0cf07fc5e7ebfef8f94f0c2fa848616ec534c");
    gw_text_clear(&text);
    gw_experiment_free(experiment);
}

/* Digests of the time before the keys of walk_forward behind step and of objective behind
 * its metric: an experiment that leaves them out, or names their defaults, is the one it
 * was. Lengths are what they mean. */
static void the_digest_of_older_experiments_stays(void)
{
    static const char strategy[] =
        "bundle: b\nstrategy:\n  parameters: {n: {from: 2, to: 6, step: 2}}\n"
        "  target: sma(close, n)\nmetrics: [sharpe]\nwalk_forward: {train: ";
    static const char *const tail[][2] = {
        {"500, test: 125}\n",
         "500, test: 125, step: 125, purge: 0, embargo: 0, validation: 0, partial: drop, "
         "overlap: false, mode: rolling}\nobjective: {maximize: sharpe, otherwise: cash, "
         "on: train, select: best}\n"},
        {"2y, test: 3m}\n", "24m, test: 3m, step: 3m}\nobjective: {on: train}\n"},
        {"10w, test: 1w}\n", "70d, test: 7d}\n"}};
    char hex[2][GW_SHA256_HEX];
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++) {
        for (size_t j = 0; j < 2; j++) {
            char text[400];
            snprintf(text, sizeof text, "%s%s", strategy, tail[i][j]);
            digest_of(text, "abc", hex[j]);
        }
        CHECK_TEXT(hex[1], hex[0]);
        if (i == 0) {
            CHECK_TEXT(
                hex[0],
                "effeebdfd11a6542c686a57c50583277bc887ff43a9c9b2d5d84407122026aa6");
        }
    }
}

/* Targets that differ in a kind, a sign or an order alone. */
static void the_digest_tells_similar_expressions_apart(void)
{
    static const char *const target[] = {"close",  "raw.close", "open",
                                         "-close", "close - 0", "0 - close"};
    enum { TARGETS = sizeof target / sizeof target[0] };
    char hex[TARGETS][GW_SHA256_HEX];
    for (size_t i = 0; i < TARGETS; i++) {
        char text[200];
        snprintf(text, sizeof text, "bundle: b\nstrategy:\n  target: %s\n", target[i]);
        digest_of(text, "x", hex[i]);
        for (size_t j = 0; j < i; j++) {
            CU_ASSERT_STRING_NOT_EQUAL(hex[i], hex[j]);
        }
    }
}

/* Every key that a result hangs on, changed once. */
static void the_digest_sees_every_change(void)
{
    static const char *const set[] = {
        "period.from=2004-08-20",
        "period.to=2013-03-02",
        "assets=[GOOG]",
        "assets=[GOOG, IBN]",
        "prices=split",
        "strategy.parameters.fast.to=45",
        "strategy.parameters.fast={from: 5.0, to: 50, step: 5}",
        "strategy.parameters.level=[0.1, 1, 0.25]",
        "strategy.parameters.level=[0.1, 0.25]",
        "strategy.constraints.0=fast <= slow",
        "strategy.constraints=[]",
        "strategy.define.quick=sma(open, fast)",
        "strategy.define.quick=sma(raw.close, fast)",
        "strategy.define.calm=ema(close, slow)",
        "strategy.signals.enter_short=close > open",
        "strategy.signals.exit_long=crosses_below(calm, quick)",
        "warmup=cold",
        "execution.price=close",
        "costs.commission_bps=10.000000000000002",
        "costs.slippage_bps=0",
        "costs.spread_bps=1",
        "account.capital=100001",
        "walk_forward.train=501",
        "walk_forward.test=124",
        "walk_forward.validation=1",
        "walk_forward.validation=2",
        "walk_forward.step=124",
        "walk_forward.mode=anchored",
        "walk_forward.purge=3",
        "walk_forward.embargo=3",
        "walk_forward.partial=keep",
        "walk_forward.overlap=true",
        "walk_forward={train: 500d, test: 125d}",
        "walk_forward={train: 500m, test: 125m}",
        "walk_forward={dates: [{train: [2001-01-01, 2001-12-31]}]}",
        "walk_forward={dates: [{train: [2001-01-01, 2001-12-30]}]}",
        "walk_forward={dates: [{train: [2001-01-01, 2001-12-30], test: [2002-01-01, "
        "2002-12-31]}]}",
        "walk_forward={dates: [{train: [2001-01-01, 2001-12-30], validation: "
        "[2001-12-31, 2001-12-31], test: [2002-01-01, 2002-12-31]}]}",
        "objective={minimize: sharpe}",
        "objective={maximize: calmar}",
        "objective={maximize: 2 * calmar}",
        "objective={maximize: 2 * sharpe}",
        "objective={minimize: 2 * sharpe}",
        "objective={maximize: sharpe, require: [trades > 1]}",
        "objective={maximize: sharpe, require: [trades > 2]}",
        "objective={maximize: sharpe, require: [trades > 1, trades > 2]}",
        "objective.otherwise=best",
        "objective.select={plateau: {}}",
        "objective.select={plateau: {by: min}}",
        "objective.select={plateau: {by: median}}",
        "objective.select={plateau: {radius: 2}}",
        "objective.select={top: 2}",
        "objective.select={top: 3}",
        "objective.select={keep: {tolerance: 0.1}}",
        "objective.select={keep: {tolerance: 0}}",
        "metrics=all",
        "output.keep={top: 5}",
        "limits.memory=255M",
        "periods=252",
    };
    enum { CHANGES = sizeof set / sizeof set[0] };
    char hex[CHANGES + 1][GW_SHA256_HEX];
    digest_of(FIXTURE_TEXT, "abc", hex[CHANGES]);
    for (size_t i = 0; i < CHANGES; i++) {
        const struct gw_overrides overrides = {&set[i], 1, NULL};
        struct gw_experiment *experiment;
        struct gw_error err;
        CHECK_OK(fixture_try(FIXTURE_TEXT, &overrides, &experiment, &err));
        CU_ASSERT_PTR_NOT_NULL_FATAL(experiment);
        gw_experiment_digest(experiment, "abc", hex[i]);
        gw_experiment_free(experiment);
    }
    for (size_t i = 0; i <= CHANGES; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(hex[i], hex[j]) == 0) {
                fprintf(stderr, "same digest: %s and %s\n", i < CHANGES ? set[i] : "none",
                        set[j]);
            }
            CU_ASSERT_STRING_NOT_EQUAL(hex[i], hex[j]);
        }
    }
}

/* Forty definitions that double: 10^12 operators when written out, 41 nodes as a graph.
 */
static void the_digest_survives_doubling_definitions(void)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "bundle: b\nstrategy:\n  define:\n    d0: close\n");
    for (int i = 1; i <= 40; i++) {
        gw_text_printf(&text, "    d%d: d%d + d%d\n", i, i - 1, i - 1);
    }
    gw_text_printf(&text, "  target: d40\n");
    char hex[GW_SHA256_HEX];
    digest_of(text.data, "abc", hex);
    CU_ASSERT_EQUAL(strlen(hex), 64);
    gw_text_clear(&text);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"reads_a_whole_file", reads_a_whole_file},
        {"has_the_documented_defaults", has_the_documented_defaults},
        {"reads_every_choice", reads_every_choice},
        {"adds_the_objective_to_the_columns", adds_the_objective_to_the_columns},
        {"refuses_what_does_not_go_together", refuses_what_does_not_go_together},
        {"refuses_bad_values", refuses_bad_values},
        {"points_at_the_token_of_an_expression", points_at_the_token_of_an_expression},
        {"says_where_a_comma_cut_an_expression", says_where_a_comma_cut_an_expression},
        {"definitions_may_be_numbers_or_conditions",
         definitions_may_be_numbers_or_conditions},
        {"applies_set_and_only", applies_set_and_only},
        {"refuses_bad_overrides", refuses_bad_overrides},
        {"the_digest_forgets_comments_and_layout",
         the_digest_forgets_comments_and_layout},
        {"the_canonical_form_is_lines_of_facts", the_canonical_form_is_lines_of_facts},
        {"the_digest_of_older_experiments_stays", the_digest_of_older_experiments_stays},
        {"the_digest_tells_similar_expressions_apart",
         the_digest_tells_similar_expressions_apart},
        {"the_digest_sees_every_change", the_digest_sees_every_change},
        {"the_digest_survives_doubling_definitions",
         the_digest_survives_doubling_definitions},
    };
    return CHECK_RUN("experiment", tests);
}
