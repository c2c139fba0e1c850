/* The keys of account, costs, stops, rebalancing, rates and plug-ins. */
#include "plan_fixture.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNALS "  signals: {enter_long: close > open}\n"
#define ENTER FIXTURE_STRATEGY(SIGNALS)
#define HOLD FIXTURE_STRATEGY(FIXTURE_TARGET)
#define GRID(strategy)                                                                   \
    FIXTURE_STRATEGY("  parameters: {p: [1, 2], q: [10, 30]}\n" strategy)

static void reads_every_rule(void)
{
    struct gw_experiment *e = fixture_parse(
        ENTER "account: {mode: shared, size: {equity: 0.25}, lots: whole, leverage: 2,\n"
              "  cash_rate: 0.01, margin_rate: 0.05, close_at_end: true}\n"
              "costs: {commission_bps: 1, commission_fixed: 2, commission_per_share: "
              "0.005,\n"
              "  commission_minimum: 3, slippage_bps: 4, spread_bps: 5, volume_limit: "
              "0.1,\n"
              "  impact: 0.2, borrow_rate: 0.03}\n"
              "stops: {loss: 0.06, profit: 0.07, trail: 0.08, bars: 9}\n"
              "risk_free: -0.5\n");
    const struct gw_rules *rules = &e->rules;
    const struct gw_terms *terms = &rules->terms;
    CU_ASSERT_EQUAL(rules->mode, GW_SHARED);
    CU_ASSERT_EQUAL(rules->size, GW_SIZE_EQUITY);
    CU_ASSERT_TRUE(rules->whole_lots);
    CU_ASSERT_TRUE(rules->close_at_end);
    CU_ASSERT_EQUAL(rules->risk_free, -0.5);
    CU_ASSERT_EQUAL(terms->size, 0.25);
    CU_ASSERT_EQUAL(terms->leverage, 2);
    CU_ASSERT_EQUAL(terms->cash_rate, 0.01);
    CU_ASSERT_EQUAL(terms->margin_rate, 0.05);
    CU_ASSERT_EQUAL(terms->commission_bps, 1);
    CU_ASSERT_EQUAL(terms->commission_fixed, 2);
    CU_ASSERT_EQUAL(terms->commission_per_share, 0.005);
    CU_ASSERT_EQUAL(terms->commission_minimum, 3);
    CU_ASSERT_EQUAL(terms->slippage_bps, 4);
    CU_ASSERT_EQUAL(terms->spread_bps, 5);
    CU_ASSERT_EQUAL(terms->volume_limit, 0.1);
    CU_ASSERT_EQUAL(terms->impact, 0.2);
    CU_ASSERT_EQUAL(terms->borrow_rate, 0.03);
    CU_ASSERT_EQUAL(terms->stop_loss, 0.06);
    CU_ASSERT_EQUAL(terms->stop_profit, 0.07);
    CU_ASSERT_EQUAL(terms->stop_trail, 0.08);
    CU_ASSERT_EQUAL(terms->stop_bars, 9);
    for (int i = 0; i < GW_TERMS; i++) {
        CU_ASSERT_EQUAL(rules->term[i], GW_NO_NODE);
    }
    gw_experiment_free(e);
}

/* The table says the same of a term as the engine's list, and defaults are defaults. */
static void the_table_has_the_terms_of_the_list(void)
{
    struct gw_experiment *e = fixture_parse(HOLD);
    for (int i = 0; i < GW_TERMS; i++) {
        const struct gw_term_info *info = &gw_term_info[i];
        const struct gw_key *key = gw_keys_find(&gw_experiment_schema, info->key);
        CU_ASSERT_EQUAL(*gw_term_at(&e->rules.terms, (enum gw_term)i), info->standard);
        CU_ASSERT_EQUAL(e->rules.term[i], GW_NO_NODE);
        if (i == GW_TERM_size) {
            continue;
        }
        double standard = 0;
        CU_ASSERT_EQUAL(key->type, GW_KEY_TERM);
        CU_ASSERT_EQUAL(key->low, i == GW_TERM_leverage ? DBL_TRUE_MIN : info->low);
        CU_ASSERT_EQUAL(key->high, info->high);
        if (key->standard != NULL && strcmp(key->standard, "none") != 0) {
            CU_ASSERT_TRUE(
                gw_parse_double(key->standard, strlen(key->standard), &standard));
        }
        CU_ASSERT_EQUAL(standard, info->standard);
    }
    CU_ASSERT_EQUAL(e->rules.mode, GW_PER_ASSET);
    CU_ASSERT_EQUAL(e->rules.size, GW_SIZE_ALL);
    CU_ASSERT_EQUAL(e->rules.deviation, GW_NO_NODE);
    CU_ASSERT_FALSE(e->rules.whole_lots);
    CU_ASSERT_FALSE(e->rules.close_at_end);
    CU_ASSERT_EQUAL(e->rules.risk_free, 0);
    CU_ASSERT_PTR_NULL(e->rules.plugin.library);
    gw_experiment_free(e);
}

static void a_number_may_be_an_expression(void)
{
    struct gw_experiment *e = fixture_parse(GRID(
        "  define: {base: p / 4}\n" SIGNALS) "costs: {commission_bps: 2 * q, "
                                             "slippage_bps: 1 + 2, volume_limit: base}\n"
                                             "account: {cash_rate: p / 100}\n"
                                             "stops: {loss: base, trail: 'min(p, q) / "
                                             "10', bars: q}\n");
    const double value[GW_MAX_PARAMETERS] = {2, 30};
    struct gw_terms terms = gw_terms_of(&e->rules, e->graph, value);
    CU_ASSERT_EQUAL(terms.commission_bps, 60);
    CU_ASSERT_EQUAL(terms.slippage_bps, 3);
    CU_ASSERT_EQUAL(e->rules.term[GW_TERM_slippage_bps], GW_NO_NODE); /* folded */
    CU_ASSERT_EQUAL(terms.volume_limit, 0.5);
    CU_ASSERT_EQUAL(terms.cash_rate, 0.02);
    CU_ASSERT_EQUAL(terms.margin_rate, 0.02); /* as cash_rate */
    CU_ASSERT_EQUAL(terms.stop_loss, 0.5);
    CU_ASSERT_EQUAL(terms.stop_trail, 0.2);
    CU_ASSERT_EQUAL(terms.stop_bars, 30);
    CU_ASSERT_EQUAL(terms.spread_bps, 0);
    gw_experiment_free(e);
    e = fixture_parse(HOLD "account: {cash_rate: 0.25}\ncosts: {volume_limit: none}\n");
    CU_ASSERT_EQUAL(e->rules.terms.margin_rate, 0.25);
    CU_ASSERT_EQUAL(e->rules.terms.volume_limit, 0);
    gw_experiment_free(e);
}

static void reads_every_size(void)
{
    static const struct {
        const char *text;
        enum gw_size size;
        double amount;
    } good[] = {{"all", GW_SIZE_ALL, 0},
                {"{equity: 1.5}", GW_SIZE_EQUITY, 1.5},
                {"{value: 5000}", GW_SIZE_VALUE, 5000},
                {"{shares: 2.5}", GW_SIZE_SHARES, 2.5},
                {"{volatility: 0.2, span: 20}", GW_SIZE_VOLATILITY, 0.2}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, ENTER "account: {mode: shared, size: %s}\n",
                 good[i].text);
        struct gw_experiment *e = fixture_parse(text);
        CU_ASSERT_EQUAL(e->rules.size, good[i].size);
        CU_ASSERT_EQUAL(e->rules.terms.size, good[i].amount);
        CU_ASSERT_EQUAL(e->rules.deviation != GW_NO_NODE,
                        good[i].size == GW_SIZE_VOLATILITY);
        gw_experiment_free(e);
    }
    struct gw_experiment *e = fixture_parse(
        GRID(SIGNALS) "account: {size: {volatility: p / 10, span: q - 1}}\n");
    const double value[GW_MAX_PARAMETERS] = {2, 30};
    struct gw_text text = {0};
    CU_ASSERT_EQUAL(gw_terms_of(&e->rules, e->graph, value).size, 0.2);
    gw_graph_print(e->graph, e->rules.deviation, &text);
    CHECK_TEXT(text.data, "stdev(close / lag(close, 1) - 1, q - 1, 1)");
    gw_text_clear(&text);
    gw_experiment_free(e);
}

static void reads_every_rebalancing(void)
{
    static const char *const name[] = {"on_change", "every_bar", "weekly",
                                       "monthly",   "quarterly", "{every: 7}"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, FIXTURE_STRATEGY(FIXTURE_TARGET "  rebalance: %s\n"),
                 name[i]);
        struct gw_experiment *e = fixture_parse(text);
        CU_ASSERT_EQUAL(e->rules.rebalance, i);
        CU_ASSERT_EQUAL(e->rules.every, i == GW_EVERY_BARS ? 7 : 1);
        gw_experiment_free(e);
    }
}

static void refuses_what_cannot_be(void)
{
#define SIZES                                                                            \
    "account.size must be all, {equity: f}, {value: v}, {shares: s} or {volatility: v, " \
    "span: m}"
#define WHEN                                                                             \
    "strategy.rebalance must be on_change, every_bar, weekly, monthly, quarterly or "    \
    "{every: k}"
    static const struct fixture_bad bad[] = {
        {ENTER "account: {mode: shared}\n",
         "4:11: signals of a shared account need account.size: {equity: f}, {value: v}, "
         "{shares: s}, {volatility: v, span: m} or all"},
        {HOLD "account: {size: {equity: 1}}\n",
         "4:11: account.size goes with signals; a target says itself how much"},
        {ENTER "account: {size: some}\n", "4:17: " SIZES},
        {ENTER "account: {size: {}}\n", "4:17: " SIZES},
        {ENTER "account: {size: {equity: 1, value: 2}}\n", "4:17: " SIZES},
        {ENTER "account: {size: {volatility: 1}}\n", "4:17: " SIZES},
        {ENTER "account: {size: {equity: 1, span: 20}}\n", "4:17: " SIZES},
        {ENTER "account: {size: {equity: 0}}\n",
         "4:26: equity must be above 0 and at most 1000, not '0'"},
        {ENTER "account: {size: {value: 2 - 3}}\n",
         "4:25: value must be above 0 and at most 1e+15, not '2 - 3'"},
        {ENTER "account: {size: {volatility: 1, span: 1}}\n",
         "4:39: span must be from 2 to 1000000, not '1'"},
        {ENTER "account: {size: {volatility: 1, span: 2.5}}\n",
         "4:39: span must be a whole number, not '2.5'"},
        {HOLD "account: {leverage: 0}\n",
         "4:21: account.leverage must be above 0 and at most 1000, not '0'"},
        {HOLD "account: {lots: some}\n",
         "4:17: account.lots must be fractional or whole, not 'some'"},
        {HOLD "costs: {borrow_rate: 11}\n",
         "4:22: costs.borrow_rate must be from 0 to 10, not '11'"},
        {HOLD "costs: {spread_bps: 2 * -3}\n",
         "4:21: costs.spread_bps must be from 0 to 10000, not '2 * -3'"},
        {HOLD "costs: {volume_limit: nothing}\n", "4:23: unknown name 'nothing'"},
        {HOLD "costs: {impact: 0.1}\n", "4:17: costs.impact needs costs.volume_limit"},
        {HOLD "costs: {impact: 4, volume_limit: 0.5}\n",
         "4:17: costs.slippage_bps with half the spread and the largest impact takes all "
         "of the price: a sale would bring nothing"},
        {HOLD "costs: {commission_bps: 010}\n",
         "4:25: costs.commission_bps must be a number or an expression, not '010'"},
        {HOLD "costs: {commission_bps: []}\n",
         "4:25: costs.commission_bps must be a number or an expression, not a list"},
        {HOLD "stops: {bars: 2.5}\n",
         "4:15: stops.bars must be a whole number, not '2.5'"},
        {HOLD "stops: {loss: -0.1}\n",
         "4:15: stops.loss must be from 0 to 100, not '-0.1'"},
        {HOLD "risk_free: a\n", "4:12: risk_free must be a number, not 'a'"},
        {HOLD "risk_free: 11\n", "4:12: risk_free must be from -1 to 10, not '11'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET "  rebalance: daily\n"),
         "4:14: " WHEN ", not 'daily'"},
        {FIXTURE_STRATEGY(FIXTURE_TARGET "  rebalance: [1]\n"), "4:14: " WHEN},
        {FIXTURE_STRATEGY(FIXTURE_TARGET "  rebalance: {every: 0}\n"),
         "4:22: every must be from 1 to 1000000000, not '0'"},
    };
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
    struct gw_experiment *e;
    struct gw_error err; /* a column where a number should be */
    CU_ASSERT_EQUAL(fixture_try(HOLD "stops: {loss: close / 10}\n", NULL, &e, &err),
                    GW_CONFIG);
    CU_ASSERT_EQUAL(err.line, 4);
    CU_ASSERT_EQUAL(err.column, 15);
}

/* ---- combinations ---- */

static void refuses_a_combination_with_a_number_out_of_range(void)
{
    static const struct fixture_bad bad[] = {
        {GRID(SIGNALS) "stops: {loss: 4 * q}\n",
         "5:15: stops.loss must be from 0 to 100, not 120 (p=1, q=30); exclude it with a "
         "constraint"},
        {GRID(SIGNALS) "stops: {bars: q / p / 2}\n",
         "5:15: stops.bars must be a whole number; it is 2.5 (p=2, q=10); exclude it "
         "with "
         "a constraint"},
        {GRID(SIGNALS) "costs: {impact: p - 1}\n",
         "5:17: costs.impact needs costs.volume_limit; it is 1 (p=2, q=10); exclude it "
         "with a constraint"},
        {GRID(SIGNALS) "account: {leverage: 2 - p}\n",
         "5:21: account.leverage must be above 0; it is 0 (p=2, q=10); exclude it with a "
         "constraint"},
        {GRID(SIGNALS) "account: {size: {volatility: 1, span: p}}\n",
         "5:39: span must be a whole number of at least 2, not 1 (p=1, q=10); exclude it "
         "with a constraint"},
        {GRID(SIGNALS) "account: {size: {equity: 2 - p}}\n",
         "5:26: account.size must be above 0 and at most 1000; it is 0 (p=2, q=10); "
         "exclude it with a constraint"},
        {GRID(SIGNALS) "costs: {commission_bps: 1 / (p - 1)}\n",
         "5:25: costs.commission_bps must be from 0 to 10000, not nan (p=1, q=10); "
         "exclude it with a constraint"},
    };
    struct fixture_market market = fixture_market(60, 1, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct gw_experiment *experiment = fixture_parse(bad[i].text);
        struct gw_plan *plan;
        struct gw_error err;
        char message[300];
        snprintf(message, sizeof message, "dir/exp.yaml:%s", bad[i].message);
        CU_ASSERT_EQUAL(fixture_plan(experiment, &market, &plan, &err), GW_CONFIG);
        CHECK_TEXT(err.text, message);
        CU_ASSERT_EQUAL(err.line, 5);
        gw_plan_free(plan);
        gw_experiment_free(experiment);
    }
    /* left out by a constraint, or one of too many to look at: no error */
    static const char *const good[] = {
        GRID("  constraints: [q < 30]\n" SIGNALS) "stops: {loss: 4 * q}\n",
        FIXTURE_STRATEGY(
            "  parameters: {p: {from: 1, to: 10000001}}\n" SIGNALS) "stops: {loss: p}\n"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct gw_experiment *experiment = fixture_parse(good[i]);
        struct gw_plan *plan;
        struct gw_error err;
        CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
        gw_plan_free(plan);
        gw_experiment_free(experiment);
    }
    fixture_market_free(&market);
}

/* Each return needs the close before: m returns look m bars back. */
static void sizing_by_volatility_looks_back(void)
{
    struct fixture_market market = fixture_market(60, 1, NULL);
    struct gw_experiment *experiment =
        fixture_parse(GRID(SIGNALS) "account: {size: {volatility: 1, span: q}}\n");
    struct gw_plan *plan;
    struct gw_error err;
    CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
    CU_ASSERT_EQUAL(plan->lookback, 30);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

/* ---- the benchmark ---- */

/* Closes 100, 110, gap, 121, 60.5: returns 0.1, 0 on the gap, 0.1, -0.5. */
static void a_benchmarks_returns_skip_its_gaps(void)
{
    static const size_t listed[] = {0, 2};
    static const double close[] = {100, 110, NAN, 121, 60.5},
                        expected[] = {0, 0, 0, 0.1, 0, 0.1, -0.5};
    struct fixture_market market = fixture_market(7, 2, listed);
    for (size_t t = 2; t < 7; t++) {
        gw_panel_column(market.panel, GW_CLOSE, 1)[t] = close[t - 2];
    }
    gw_portal_free(market.portal);
    market.portal = gw_portal_new(market.panel, GW_ADJUSTED);
    struct gw_experiment *experiment =
        fixture_parse(HOLD "assets: [A0]\nbenchmark: A1\nmetrics: [beta]\n");
    struct gw_plan *plan;
    struct gw_error err;
    CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
    const double *returns = gw_plan_setup(plan, market.portal).benchmark;
    CU_ASSERT_PTR_NOT_NULL_FATAL(returns);
    for (size_t t = 0; t < 7; t++) {
        CHECK_CLOSE(returns[t], expected[t], 1e-15);
    }
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

static void metrics_beside_a_benchmark_need_one(void)
{
#define NEEDS(name)                                                                      \
    "the metric " name " compares with a benchmark; name an asset in 'benchmark:'"
    static const struct fixture_bad bad[] = {
        {HOLD "metrics: [sharpe, beta]\n", "4:19: " NEEDS("beta")},
        {HOLD "objective: {maximize: alpha}\n", "4:23: " NEEDS("alpha")},
        {HOLD "objective: {maximize: sharpe - 2 * beta}\n", "4:36: " NEEDS("beta")},
        {HOLD "objective:\n  require: [information_ratio > 0]\n",
         "5:13: " NEEDS("information_ratio")},
    };
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
    struct gw_experiment *without = fixture_parse(HOLD "metrics: all\n");
    struct gw_experiment *with = fixture_parse(HOLD "metrics: all\nbenchmark: A0\n");
    CU_ASSERT_EQUAL(with->metrics, without->metrics + 3);
    CU_ASSERT_EQUAL(with->metrics, GW_METRICS - 2); /* all but var_95, cvar_95 */
    gw_experiment_free(without);
    gw_experiment_free(with);
}

/* ---- plug-ins ---- */

#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define PLUGIN(more) FIXTURE_STRATEGY("  plugin: {library: lib.so" more "}\n")

/* A directory with dir/lib.so that holds "abc", of which FIPS 180-2 has the digest. */
static void enter_directory(void)
{
    char name[] = "/tmp/gridwalk-keys-XXXXXX";
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(name));
    CU_ASSERT_EQUAL_FATAL(chdir(name), 0);
    CU_ASSERT_EQUAL_FATAL(mkdir("dir", 0700), 0);
    FILE *file = fopen("dir/lib.so", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("abc", file);
    fclose(file);
}

static void leave_directory(void)
{
    char name[100];
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(name, sizeof name));
    unlink("dir/lib.so");
    rmdir("dir");
    CU_ASSERT_EQUAL(chdir("/"), 0);
    rmdir(name);
}

static void a_plugin_is_found_and_digested(void)
{
    enter_directory();
    struct gw_experiment *e = fixture_parse(PLUGIN(", timeout: 2.5"));
    char path[200], expected[500];
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(path, sizeof path));
    snprintf(expected, sizeof expected, "%s/dir/lib.so", path);
    CHECK_TEXT(e->rules.plugin.library, expected);
    CHECK_TEXT(e->rules.plugin.sha256, SHA_ABC);
    CU_ASSERT_EQUAL(e->rules.plugin.timeout, 2.5);
    CU_ASSERT_FALSE(e->rules.has_target);
    struct gw_text text = {0};
    gw_experiment_canonical(e, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\nstrategy.plugin=" SHA_ABC "\n"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "lib.so"));
    gw_text_clear(&text);
    gw_experiment_free(e);
    e = fixture_parse(PLUGIN(", sha256: " SHA_ABC));
    CU_ASSERT_EQUAL(e->rules.plugin.timeout, 60);
    gw_experiment_free(e);
    snprintf(expected, sizeof expected,
             "dir/exp.yaml:3:37: the SHA-256 of %s/dir/lib.so is %s, not 'abc'", path,
             SHA_ABC);
    fixture_refuse(PLUGIN(", sha256: abc"), expected);
    snprintf(expected, sizeof expected, "dir/exp.yaml:3:21: %s/dir is no file", path);
    fixture_refuse(FIXTURE_STRATEGY("  plugin: {library: .}\n"), expected);
    leave_directory();
}

static void refuses_what_no_plugin_can_be(void)
{
    static const struct fixture_bad bad[] = {
        {FIXTURE_STRATEGY("  plugin: {library: no.so}\n"),
         "3:21: no library at dir/no.so: No such file or directory"},
        {FIXTURE_STRATEGY("  plugin: {timeout: 3}\n"),
         "3:3: the key 'strategy.plugin.library' is missing (the shared library (.so); "
         "relative to this file)"},
        {PLUGIN(", timeout: 0"),
         "3:38: strategy.plugin.timeout must be above 0, not '0'"},
        {PLUGIN("") FIXTURE_TARGET,
         "3:3: strategy needs signals, target or plugin, not target and plugin"},
        {PLUGIN("") "  rebalance: weekly\n",
         "4:3: strategy.rebalance goes with target, not with a plugin"},
        {PLUGIN("") "  define: {x: close}\n",
         "4:3: strategy.define is for signals and target; a plugin reads no expressions"},
        {PLUGIN("") "account: {size: {equity: 1}}\n",
         "4:11: account.size goes with signals; a plugin says itself how much"},
    };
    enter_directory();
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
    leave_directory();
}

/* ---- the canonical form ---- */

static void digest_with(const char *base, const char *set, char hex[GW_SHA256_HEX])
{
    const struct gw_overrides overrides = {&set, set != NULL, NULL};
    struct gw_experiment *experiment;
    struct gw_error err;
    CHECK_OK(fixture_try(base, &overrides, &experiment, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(experiment);
    gw_experiment_digest(experiment, "abc", hex);
    gw_experiment_free(experiment);
}

static void defaults_leave_the_digest_as_it_is(void)
{
    static const char *const set[] = {"account.mode=per_asset",
                                      "account.size=all",
                                      "account.lots=fractional",
                                      "account.leverage=1",
                                      "account.cash_rate=0",
                                      "account.margin_rate=-0.0",
                                      "account.close_at_end=false",
                                      "costs.volume_limit=none",
                                      "costs.volume_limit=0",
                                      "costs.impact=1 - 1",
                                      "costs.commission_minimum=0",
                                      "costs.borrow_rate=0",
                                      "stops={loss: 0, profit: 0, trail: 0, bars: 0}",
                                      "risk_free=0",
                                      "costs.commission_bps=2 * 5"};
    char expected[GW_SHA256_HEX], hex[GW_SHA256_HEX];
    digest_with(FIXTURE_TEXT, NULL, expected);
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        digest_with(FIXTURE_TEXT, set[i], hex);
        CHECK_TEXT(hex, expected);
    }
}

/* fast is the second node that is written, so that `2` and `fast` could be one text. */
static void the_digest_sees_every_rule(void)
{
    static const char *const set[] = {
        "account.mode=per_asset",
        "account={mode: shared, size: all}",
        "account.size={equity: 1}",
        "account.size={equity: 2}",
        "account.size={equity: level}",
        "account.size={value: 1}",
        "account.size={shares: 1}",
        "account.size={volatility: 1, span: 2}",
        "account.size={volatility: 1, span: 3}",
        "account.size={volatility: 1, span: fast}",
        "account.lots=whole",
        "account.leverage=1.5",
        "account.cash_rate=0.01",
        "account.margin_rate=0.01",
        "account={cash_rate: 0.01, margin_rate: 0}",
        "account.cash_rate=level",
        "account={cash_rate: level, margin_rate: 0}",
        "account.close_at_end=true",
        "costs.commission_bps=1",
        "costs.commission_bps=2",
        "costs.commission_bps=fast",
        "costs.commission_fixed=1",
        "costs.commission_fixed=fast",
        "costs.commission_per_share=1",
        "costs.commission_minimum=1",
        "costs.volume_limit=0.5",
        "costs={volume_limit: 0.5, impact: 0.1}",
        "costs.borrow_rate=1",
        "stops.loss=1",
        "stops.loss=fast",
        "stops.loss=slow / 2",
        "stops.profit=1",
        "stops.trail=1",
        "stops.bars=1",
        "risk_free=1",
        "benchmark=IBM",
        "strategy={target: close}",
        "strategy={target: close, rebalance: weekly}",
        "strategy={target: close, rebalance: monthly}",
        "strategy={target: close, rebalance: quarterly}",
        "strategy={target: close, rebalance: {every: 1}}",
        "strategy={target: close, rebalance: {every: 2}}",
        "strategy={target: close, rebalance: every_bar}",
    };
    enum { CHANGES = sizeof set / sizeof set[0] };
    static const char base[] =
        "bundle: b\nstrategy:\n  parameters: {fast: [1, 2], slow: [10, 20], level: "
        "[0.1]}\n"
        "  signals: {enter_long: close > fast}\ncosts: {commission_bps: 10}\n";
    char hex[CHANGES][GW_SHA256_HEX];
    for (size_t i = 0; i < CHANGES; i++) {
        digest_with(base, set[i], hex[i]);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(hex[i], hex[j]) == 0) {
                fprintf(stderr, "same digest: %s and %s\n", set[i], set[j]);
            }
            CU_ASSERT_STRING_NOT_EQUAL(hex[i], hex[j]);
        }
    }
}

int main(void)
{
#define TEST(name)                                                                       \
    {                                                                                    \
#name, name                                                                      \
    }
    static const struct check_test tests[] = {
        TEST(reads_every_rule),
        TEST(the_table_has_the_terms_of_the_list),
        TEST(a_number_may_be_an_expression),
        TEST(reads_every_size),
        TEST(reads_every_rebalancing),
        TEST(refuses_what_cannot_be),
        TEST(refuses_a_combination_with_a_number_out_of_range),
        TEST(sizing_by_volatility_looks_back),
        TEST(a_benchmarks_returns_skip_its_gaps),
        TEST(metrics_beside_a_benchmark_need_one),
        TEST(a_plugin_is_found_and_digested),
        TEST(refuses_what_no_plugin_can_be),
        TEST(defaults_leave_the_digest_as_it_is),
        TEST(the_digest_sees_every_rule),
    };
    return CHECK_RUN("simulation_keys", tests);
}
