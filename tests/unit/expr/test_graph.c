#include "graph_fixture.h"

static void makes_equal_expressions_one_node(void)
{
    struct gw_graph *graph = fixture_graph();
    int32_t first = fixture_number(graph, "sma(close, fast)");
    size_t count = gw_graph_count(graph);
    CU_ASSERT_EQUAL(fixture_number(graph, "sma ( close , fast )"), first);
    CU_ASSERT_EQUAL(fixture_number(graph, "(sma((close), (fast)))"), first);
    CU_ASSERT_EQUAL(gw_graph_count(graph), count);
    int32_t twice = fixture_boolean(graph, "sma(close, fast) > sma(close, fast) * 2");
    const struct gw_node *node = gw_graph_node(graph, twice);
    CU_ASSERT_EQUAL(node->series[0], first);
    CU_ASSERT_EQUAL(gw_graph_node(graph, node->series[1])->series[0], first);
    gw_graph_free(graph);
}

static void keeps_different_expressions_apart(void)
{
    static const char *const text[] = {"sma(close, fast)",
                                       "sma(close, slow)",
                                       "sma(open, fast)",
                                       "ema(close, fast)",
                                       "sma(raw.close, fast)",
                                       "sma(close, 3)",
                                       "sma(close, 4)",
                                       "stdev(close, fast)",
                                       "stdev(close, fast, 1)",
                                       "close",
                                       "raw.close",
                                       "fast",
                                       "1",
                                       "-1",
                                       "0",
                                       "-0",
                                       "close - open",
                                       "open - close",
                                       "-close"};
    enum { TEXTS = sizeof text / sizeof text[0] };
    struct gw_graph *graph = fixture_graph();
    int32_t node[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        node[i] = fixture_number(graph, text[i]);
        for (size_t j = 0; j < i; j++) {
            CU_ASSERT_NOT_EQUAL(node[i], node[j]);
        }
    }
    CU_ASSERT_EQUAL(fixture_number(graph, "stdev(close, fast, 0)"),
                    fixture_number(graph, "stdev(close, fast)"));
    CU_ASSERT_NOT_EQUAL(fixture_boolean(graph, "true"), fixture_number(graph, "1"));
    gw_graph_free(graph);
}

/* Left: as written. Right: the same with the brackets that the grammar implies. */
static void binds_as_the_grammar_says(void)
{
    static const char *const pair[][2] = {
        {"open + high * low", "open + (high * low)"},
        {"open - high - low", "(open - high) - low"},
        {"open / high * low", "(open / high) * low"},
        {"-open * high", "(-open) * high"},
        {"open - -high", "open - (-high)"},
        {"where(open > high or low > close and open > low, 1, 2)",
         "where((open > high) or ((low > close) and (open > low)), 1, 2)"},
        {"where(not open > high and low > close, 1, 2)",
         "where((not (open > high)) and (low > close), 1, 2)"},
        {"where(not not open > high + 1, 1, 2)",
         "where(not (not (open > (high + 1))), 1, 2)"},
        {"where(open + 1 >= high * 2, 1, 2)", "where((open + 1) >= (high * 2), 1, 2)"},
        {"2 * 3 + 4 * close", "6 + (4 * close)"},
    };
    struct gw_graph *graph = fixture_graph();
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        CU_ASSERT_EQUAL(fixture_number(graph, pair[i][0]),
                        fixture_number(graph, pair[i][1]));
    }
    CU_ASSERT_NOT_EQUAL(fixture_number(graph, "open - (high - low)"),
                        fixture_number(graph, "open - high - low"));
    gw_graph_free(graph);
}

static void folds_constants(void)
{
    static const struct {
        const char *text;
        enum gw_type type;
        double value;
    } table[] = {
        {"1 + 2 * 3", GW_NUMBER, 7},
        {"-(2 - 5)", GW_NUMBER, 3},
        {"10 / 4", GW_NUMBER, 2.5},
        {"1.5e3", GW_NUMBER, 1500},
        {"25e-1", GW_NUMBER, 2.5},
        {"abs(-3)", GW_NUMBER, 3},
        {"min(4, 2)", GW_NUMBER, 2},
        {"max(4, 2)", GW_NUMBER, 4},
        {"where(2 > 1, 5, 6)", GW_NUMBER, 5},
        {"2 > 1", GW_BOOLEAN, 1},
        {"not (2 > 1)", GW_BOOLEAN, 0},
        {"true and false", GW_BOOLEAN, 0},
        {"1 == 1.0000000000001", GW_BOOLEAN, 1},
    };
    struct gw_graph *graph = fixture_graph();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int32_t number = fixture_compile(graph, table[i].text, table[i].type);
        const struct gw_node *node = gw_graph_node(graph, number);
        CU_ASSERT_EQUAL(node->kind, GW_NODE_CONSTANT);
        CU_ASSERT_EQUAL(node->type, table[i].type);
        CU_ASSERT_EQUAL(node->value, table[i].value);
    }
    CU_ASSERT_EQUAL(fixture_number(graph, "sma(close, 2 + 3)"),
                    fixture_number(graph, "sma(close, 5)"));
    gw_graph_free(graph);
}

static void knows_what_a_node_depends_on(void)
{
    struct gw_graph *graph = fixture_graph();
    int32_t number = fixture_number(graph, "lag(sma(close, fast), slow - fast)");
    const struct gw_node *node = gw_graph_node(graph, number);
    CU_ASSERT_EQUAL(node->depends, 3);
    CU_ASSERT_TRUE(node->over_bars);
    CHECK_TEXT(node->function->name, "lag");
    const struct gw_node *shift = gw_graph_node(graph, node->number[0]);
    CU_ASSERT_EQUAL(shift->depends, 3);
    CU_ASSERT_FALSE(shift->over_bars);
    const struct gw_node *average = gw_graph_node(graph, node->series[0]);
    CU_ASSERT_EQUAL(average->depends, 1);
    const struct gw_node *field = gw_graph_node(graph, average->series[0]);
    CU_ASSERT_EQUAL(field->depends, 0);
    CU_ASSERT_EQUAL(field->index, 3);
    CU_ASSERT_FALSE(field->raw);
    CU_ASSERT_EQUAL(gw_graph_node(graph, fixture_number(graph, "5 * k"))->depends, 4);
    const struct gw_node *mixed =
        gw_graph_node(graph, fixture_boolean(graph, "raw.volume > 5 * k"));
    CU_ASSERT_TRUE(mixed->over_bars);
    CU_ASSERT_EQUAL(mixed->depends, 4);
    CU_ASSERT_TRUE(gw_graph_node(graph, mixed->series[0])->raw);
    gw_graph_free(graph);
}

static void remembers_where_a_node_was_written(void)
{
    struct gw_graph *graph = fixture_graph();
    int32_t sum = fixture_number(graph, "open + sma(close, 3)");
    CU_ASSERT_EQUAL(gw_graph_node(graph, sum)->place.line, 12);
    CU_ASSERT_EQUAL(gw_graph_node(graph, sum)->place.column, 18 + 5);
    int32_t average = gw_graph_node(graph, sum)->series[1];
    CU_ASSERT_EQUAL(gw_graph_node(graph, average)->place.column, 18 + 7);
    CU_ASSERT_EQUAL(fixture_number(graph, "sma(close, 3)"), average);
    CU_ASSERT_EQUAL(gw_graph_node(graph, average)->place.column, 18 + 7);
    gw_graph_free(graph);
}

static void expands_definitions(void)
{
    struct gw_error err;
    struct gw_graph *graph = fixture_graph();
    int32_t quick = fixture_number(graph, "sma(close, fast)");
    CHECK_OK(gw_graph_define(graph, "quick", fixture_place(), quick, &err));
    CU_ASSERT_EQUAL(fixture_boolean(graph, "close > quick"),
                    fixture_boolean(graph, "close > sma(close, fast)"));
    gw_graph_free(graph);
}

static void refuses_names_that_are_taken(void)
{
    static const struct {
        const char *name, *text;
    } table[] = {
        {"fast", "experiment.yaml:12:18: 'fast' is already a parameter"},
        {"close", "experiment.yaml:12:18: 'close' is already a field"},
        {"sma", "experiment.yaml:12:18: 'sma' is already a function"},
        {"and", "experiment.yaml:12:18: 'and' is already a keyword"},
        {"raw", "experiment.yaml:12:18: 'raw' is already a keyword"},
        {"mine", "experiment.yaml:12:18: 'mine' is already a definition"},
        {"2x", "experiment.yaml:12:18: '2x' is no name: letters, digits and _, a letter "
               "first"},
        {"a b", "experiment.yaml:12:18: 'a b' is no name: letters, digits and _, a "
                "letter first"},
        {"", "experiment.yaml:12:18: '' is no name: letters, digits and _, a letter "
             "first"},
    };
    struct gw_error err;
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(graph, "close + 1");
    CHECK_OK(gw_graph_define(graph, "mine", fixture_place(), node, &err));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_EQUAL(
            gw_graph_define(graph, table[i].name, fixture_place(), node, &err),
            GW_CONFIG);
        CHECK_TEXT(err.text, table[i].text);
    }
    gw_graph_free(graph);
}

static void reserves_keywords_functions_and_fields(void)
{
    static const char *const taken[] = {"and",  "or",    "not", "raw",
                                        "true", "false", "sma", "volume"};
    struct gw_graph *graph = fixture_graph();
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        CU_ASSERT_TRUE(gw_graph_reserved(graph, taken[i]));
    }
    CU_ASSERT_FALSE(gw_graph_reserved(graph, "fast"));
    CU_ASSERT_FALSE(gw_graph_reserved(graph, "AND"));
    gw_graph_free(graph);
}

static void adds_nothing_when_it_fails(void)
{
    struct gw_error err;
    struct gw_graph *graph = fixture_graph();
    int32_t kept = fixture_number(graph, "sma(close, fast)"), node = -7;
    size_t count = gw_graph_count(graph);
    CU_ASSERT_EQUAL(gw_graph_compile(graph, "ema(open, 3) + lag(high, 2) + nonsense",
                                     fixture_place(),
                                     (struct gw_expected){GW_NUMBER, true}, &node, &err),
                    GW_CONFIG);
    CU_ASSERT_EQUAL(gw_graph_count(graph), count);
    CU_ASSERT_EQUAL(node, -7);
    CU_ASSERT_EQUAL(fixture_number(graph, "sma(close, fast)"), kept);
    CU_ASSERT_EQUAL(fixture_number(graph, "ema(open, 3)"), (int32_t)count + 2);
    gw_graph_free(graph);
}

/* 4096 nodes: close, then a constant and a sum each time. */
static void refuses_more_nodes_than_fit(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_graph *graph = fixture_graph();
    char text[32];
    int32_t node;
    int compiled = 0;
    enum gw_status status = GW_OK;
    while (status == GW_OK && compiled < 3000) {
        snprintf(text, sizeof text, "close + %d", ++compiled);
        status = gw_graph_compile(graph, text, fixture_place(),
                                  (struct gw_expected){GW_NUMBER, true}, &node, &err);
    }
    CU_ASSERT_EQUAL(status, GW_CONFIG);
    CU_ASSERT_EQUAL(compiled, 2048);
    CHECK_TEXT(err.text, "experiment.yaml:12:24: the expressions have more than 4096 "
                         "different parts");
    CU_ASSERT_EQUAL(fixture_number(graph, "close + 2047"), 4094);
    gw_graph_free(graph);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"makes_equal_expressions_one_node", makes_equal_expressions_one_node},
        {"keeps_different_expressions_apart", keeps_different_expressions_apart},
        {"binds_as_the_grammar_says", binds_as_the_grammar_says},
        {"folds_constants", folds_constants},
        {"knows_what_a_node_depends_on", knows_what_a_node_depends_on},
        {"remembers_where_a_node_was_written", remembers_where_a_node_was_written},
        {"expands_definitions", expands_definitions},
        {"refuses_names_that_are_taken", refuses_names_that_are_taken},
        {"reserves_keywords_functions_and_fields",
         reserves_keywords_functions_and_fields},
        {"adds_nothing_when_it_fails", adds_nothing_when_it_fails},
        {"refuses_more_nodes_than_fit", refuses_more_nodes_than_fit},
    };
    return CHECK_RUN("graph", tests);
}
