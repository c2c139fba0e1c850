#include "graph_fixture.h"

#include <stdlib.h>

enum { COUNT = 2500 }; /* more than two blocks, the last one short */

/* COUNT combinations of fast, slow and k. */
struct columns {
    double fast[COUNT], slow[COUNT], k[COUNT];
    const double *value[3];
};

static void set_columns(struct columns *columns)
{
    for (size_t i = 0; i < COUNT; i++) {
        columns->fast[i] = (double)(1 + i % 7);
        columns->slow[i] = (double)(10 + i % 13);
        columns->k[i] = 0.25 * (double)(i % 5);
    }
    columns->value[0] = columns->fast;
    columns->value[1] = columns->slow;
    columns->value[2] = columns->k;
}

static void computes_numbers_for_blocks_of_combinations(void)
{
    static struct columns columns;
    static double out[COUNT + 1];
    set_columns(&columns);
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(
        graph, "where(fast * 2 < slow and not k > 0.6, slow - fast, min(k, 1) / fast)");
    out[COUNT] = -99;
    gw_graph_numbers(graph, node, columns.value, COUNT, out);
    for (size_t i = 0; i < COUNT; i++) {
        double fast = columns.fast[i], slow = columns.slow[i], k = columns.k[i];
        double expected = fast * 2 < slow && !(k > 0.6) ? slow - fast : fmin(k, 1) / fast;
        CHECK_CLOSE(out[i], expected, 0);
    }
    CU_ASSERT_EQUAL(out[COUNT], -99);
    gw_graph_free(graph);
}

static void computes_any_part_of_a_block_alike(void)
{
    static struct columns columns;
    static double all[COUNT], part[COUNT];
    static const size_t count[] = {0, 1, 63, 1023, 1024, 1025, 2048};
    set_columns(&columns);
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(graph, "(slow - fast) / (fast + k) + 0.1");
    gw_graph_numbers(graph, node, columns.value, COUNT, all);
    for (size_t i = 0; i < sizeof count / sizeof count[0]; i++) {
        const double *from[3] = {columns.fast + 17, columns.slow + 17, columns.k + 17};
        gw_graph_numbers(graph, node, from, count[i], part);
        CU_ASSERT_EQUAL(memcmp(part, all + 17, count[i] * sizeof *part), 0);
    }
    gw_graph_free(graph);
}

static void computes_constants_and_parameters(void)
{
    struct gw_graph *graph = fixture_graph();
    const double fast = 3, slow = 0, k = 5;
    const double *const value[3] = {&fast, &slow, &k};
    double out;
    gw_graph_numbers(graph, fixture_number(graph, "7"), value, 1, &out);
    CU_ASSERT_EQUAL(out, 7);
    gw_graph_numbers(graph, fixture_number(graph, "k"), value, 1, &out);
    CU_ASSERT_EQUAL(out, 5);
    gw_graph_numbers(graph, fixture_boolean(graph, "fast > k"), value, 1, &out);
    CU_ASSERT_EQUAL(out, 0);
    gw_graph_numbers(graph, fixture_number(graph, "fast / slow"), value, 1, &out);
    CU_ASSERT_TRUE(isnan(out));
    gw_graph_free(graph);
}

/* Look-backs by the rule of the specification, for fast 5 and slow 20. */
static const struct {
    const char *text;
    double expected;
} lookback_table[] = {
    {"close", 0},
    {"raw.volume", 0},
    {"3", 0},
    {"fast + slow", 0},
    {"sma(close, fast)", 4},
    {"ema(close, slow)", 19},
    {"stdev(close, slow, 1)", 19},
    {"highest(high, fast)", 4},
    {"lowest(low, fast)", 4},
    {"rsi(close, fast)", 5},
    {"roc(close, fast)", 5},
    {"lag(close, 0)", 0},
    {"lag(close, 7)", 7},
    {"lag(sma(close, fast), slow - fast)", 19}, /* slow - 1 */
    {"lag(sma(close, fast), slow - fast) + close", 19},
    {"close - sma(close, fast) - lag(close, 11)", 11},
    {"sma(rsi(close, fast), slow)", 5 + 19},
    {"where(crosses_above(sma(close, fast), sma(close, slow)), 1, 0)", 20},
    {"where(crosses_below(close, 5 * k), 1, 0)", 1},
    {"where(not (close > sma(close, fast)) or open > roc(open, slow), 1, k)", 20},
    {"max(abs(-lag(close, 2)), min(lag(open, 3), 100))", 3},
};

static void looks_back_by_the_rule(void)
{
    struct gw_graph *graph = fixture_graph();
    const double fast = 5, slow = 20, k = 0.5;
    const double *const value[3] = {&fast, &slow, &k};
    for (size_t i = 0; i < sizeof lookback_table / sizeof lookback_table[0]; i++) {
        double out = -1;
        int32_t node = fixture_number(graph, lookback_table[i].text);
        gw_graph_lookbacks(graph, node, value, 1, &out);
        CHECK_CLOSE(out, lookback_table[i].expected, 0);
    }
    gw_graph_free(graph);
}

static void looks_back_for_blocks_of_combinations(void)
{
    static struct columns columns;
    static double out[COUNT];
    set_columns(&columns);
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_boolean(
        graph, "crosses_above(sma(close, fast), lag(ema(close, slow), fast * 2))");
    gw_graph_lookbacks(graph, node, columns.value, COUNT, out);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_CLOSE(out[i], columns.slow[i] - 1 + 2 * columns.fast[i] + 1, 0);
    }
    gw_graph_free(graph);
}

static void marks_combinations_whose_numbers_are_invalid(void)
{
    static const double fast[] = {5, 0, 2.5, 20, 2e9, NAN, 5};
    static const double slow[] = {20, 20, 20, 5, 20, 20, 20};
    static const double k[] = {0, 0, 0, 0, 0, 0, 0.5};
    const double *const value[3] = {fast, slow, k};
    double out[7];
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(
        graph, "close + lag(sma(close, fast), slow - fast) + stdev(close, 3, k)");
    gw_graph_lookbacks(graph, node, value, 7, out);
    CHECK_CLOSE(out[0], 19, 0);
    for (int i = 1; i < 7; i++) {
        CU_ASSERT_TRUE(isnan(out[i]));
    }
    gw_graph_free(graph);
}

static void names_the_number_that_is_invalid(void)
{
    static const struct {
        double value[3];
        const char *message; /* NULL = valid */
    } table[] = {
        {{5, 20, 1}, NULL},
        {{20, 20, 1}, NULL},
        {{2.5, 20, 1},
         "experiment.yaml:12:30: sma: n is 2.5; it must be a whole number from 1 to "
         "1000000000"},
        {{21, 20, 1},
         "experiment.yaml:12:26: lag: k is -1; it must be a whole number from 0 to "
         "1000000000"},
        {{5, 20, 0},
         "experiment.yaml:12:63: rsi: n is nan; it must be a whole number from 1 to "
         "1000000000"},
    };
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(
        graph, "close + lag(sma(close, fast), slow - fast) / rsi(close, 3 / k / 3 * 4)");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct gw_error err = {.status = GW_OK};
        enum gw_status status = gw_graph_check_numbers(graph, node, table[i].value, &err);
        CU_ASSERT_EQUAL(status, table[i].message == NULL ? GW_OK : GW_CONFIG);
        CHECK_TEXT(err.text, table[i].message == NULL ? "" : table[i].message);
    }
    gw_graph_free(graph);
}

static void finds_infinite_memory_below(void)
{
    struct gw_graph *graph = fixture_graph();
    CU_ASSERT_FALSE(gw_graph_infinite(
        graph, fixture_number(graph, "highest(sma(close, fast), 3) + lag(open, k)")));
    CU_ASSERT_TRUE(gw_graph_infinite(
        graph, fixture_number(graph, "highest(lag(ema(close, fast), 3), 3)")));
    CU_ASSERT_TRUE(gw_graph_infinite(
        graph, fixture_boolean(graph, "close > 1 and not rsi(close, 3) > 70")));
    /* the ema that is in the graph, but not below this node */
    CU_ASSERT_FALSE(gw_graph_infinite(graph, fixture_number(graph, "lag(close, 2)")));
    gw_graph_free(graph);
}

/* A definition of definitions is far deeper than one text may be. */
static void evaluates_a_graph_as_deep_as_it_is_large(void)
{
    struct gw_error err;
    struct gw_graph *graph = fixture_graph();
    const double fast = 2, slow = 3, k = 1;
    const double *const value[3] = {&fast, &slow, &k};
    int32_t node = fixture_number(graph, "k"), deep = fixture_number(graph, "close");
    char name[16], text[32];
    double out;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "d%d", i);
        CHECK_OK(gw_graph_define(graph, name, fixture_place(), node, &err));
        snprintf(text, sizeof text, "d%d + fast", i);
        node = fixture_number(graph, text);
        snprintf(name, sizeof name, "c%d", i);
        CHECK_OK(gw_graph_define(graph, name, fixture_place(), deep, &err));
        snprintf(text, sizeof text, "lag(c%d, fast)", i);
        deep = fixture_number(graph, text);
    }
    gw_graph_numbers(graph, node, value, 1, &out);
    CU_ASSERT_EQUAL(out, 2001);
    gw_graph_lookbacks(graph, deep, value, 1, &out);
    CU_ASSERT_EQUAL(out, 2000);
    gw_graph_free(graph);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"computes_numbers_for_blocks_of_combinations",
         computes_numbers_for_blocks_of_combinations},
        {"computes_any_part_of_a_block_alike", computes_any_part_of_a_block_alike},
        {"computes_constants_and_parameters", computes_constants_and_parameters},
        {"looks_back_by_the_rule", looks_back_by_the_rule},
        {"looks_back_for_blocks_of_combinations", looks_back_for_blocks_of_combinations},
        {"marks_combinations_whose_numbers_are_invalid",
         marks_combinations_whose_numbers_are_invalid},
        {"names_the_number_that_is_invalid", names_the_number_that_is_invalid},
        {"finds_infinite_memory_below", finds_infinite_memory_below},
        {"evaluates_a_graph_as_deep_as_it_is_large",
         evaluates_a_graph_as_deep_as_it_is_large},
    };
    return CHECK_RUN("evaluate", tests);
}
