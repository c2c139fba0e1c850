#include "graph_fixture.h"

#include <stdlib.h>

/* Expressions of numbers that are wrong, and what is said about them. The text begins in
 * column 18. */
static const struct {
    const char *text, *message;
} error_table[] = {
    {"", "18: the expression is empty"},
    {"  \n ", "18: the expression is empty"},
    /* names */
    {"clos + 1", "18: unknown name 'clos'; did you mean 'close'?"},
    {"1 + fost", "22: unknown name 'fost'; did you mean 'fast'?"},
    {"zzzzz", "18: unknown name 'zzzzz'"},
    {"smaa(close, 3)", "18: unknown function 'smaa'; did you mean 'sma'?"},
    {"fast(close)", "18: 'fast' is not a function"},
    {"sma + 1", "18: 'sma' is a function: its arguments follow in brackets"},
    {"raw + 1", "22: expected a point and a field behind 'raw' (raw.close), got '+'"},
    {"raw.clos", "22: unknown field 'raw.clos'; did you mean 'raw.close'?"},
    {"raw.", "22: the expression ends where a field behind 'raw.' should follow"},
    {"close.raw", "23: a point follows 'raw' only, as in raw.close"},
    /* arity */
    {"sma(close)", "18: sma takes 2 arguments (x, n), got 1"},
    {"sma()", "18: sma takes 2 arguments (x, n), got 0"},
    {"abs(1, 2)", "18: abs takes 1 argument (x), got 2"},
    {"max(1, 2, 3, 4, 5, 6, 7)", "18: max takes 2 arguments (a, b), got 7"},
    {"stdev(close)", "18: stdev takes 2 or 3 arguments (x, n, ddof (optional)), got 1"},
    {"1 + where(close > 1, 2)", "22: where takes 3 arguments (c, a, b), got 2"},
    /* types */
    {"where(sma(close, fast) and close > 1, 1, 2)",
     "24: 'and' wants true/false on its left, but 'sma(close, fast)' is a number"},
    {"where(close > 1 or fast, 1, 2)",
     "37: 'or' wants true/false on its right, but 'fast' is a number"},
    {"where(not close, 1, 2)", "28: 'not' wants true/false, but 'close' is a number"},
    {"(close > 1) + 2", "18: '+' wants a number on its left, but '(close > 1)' is "
                        "true/false"},
    {"where(close, 1, 2)",
     "24: 'where' wants true/false as its argument c, but 'close' is a number"},
    {"where(true, 1, close > 2)",
     "33: 'where' wants a number as its argument b, but 'close > 2' is true/false"},
    {"lag(close > 1, 2)",
     "22: 'lag' wants a number as its argument x, but 'close > 1' is true/false"},
    {"close > 1", "18: this must be a number, but 'close > 1' is true/false"},
    {"where(close == true, 1, 2)",
     "33: '==' wants a number on its right, but 'true' is true/false"},
    /* number arguments */
    {"sma(close, open)",
     "29: the argument n of sma must be the same on every bar, but 'open' is not"},
    {"sma(close, 1 > 2)",
     "29: the argument n of sma is a number, but '1 > 2' is true/false"},
    {"sma(close, 0)", "29: sma: n is 0; it must be a whole number from 1 to 1000000000"},
    {"sma(close, 2.5)",
     "29: sma: n is 2.5; it must be a whole number from 1 to 1000000000"},
    {"lag(close, 1 - 2)",
     "29: lag: k is -1; it must be a whole number from 0 to 1000000000"},
    {"stdev(close, 5, 0.5)",
     "34: stdev: ddof is 0.5; it must be a whole number from 0 to 1000000000"},
    {"rsi(close, 1e10)",
     "29: rsi: n is 10000000000; it must be a whole number from 1 to 1000000000"},
    {"sma(fast, 3)", "22: sma works over bars, but 'fast' is the same on every bar"},
    {"1 + 1 / (2 - 2)", "24: '1 / (2 - 2)' is undefined"},
    {"1e300 * 1e300", "24: '1e300 * 1e300' is undefined"},
    /* brackets and order */
    {"(close + 1", "18: the bracket '(' opened here is not closed"},
    {"sma(close, (3)", "21: the bracket '(' opened here is not closed"},
    {"close + 1)", "27: this ')' closes no bracket"},
    {"(close 1)", "25: expected an operator or the ')' of the '(' in column 18, got '1'"},
    {"sma(close 3)", "28: expected an operator, ',' or the ')' of the '(' in column 21, "
                     "got '3'"},
    {"sma(close, )", "29: expected a number, a name or '(', got ')'"},
    {"sma(, 3)", "22: expected a number, a name or '(', got ','"},
    {"close, open", "23: a comma stands between the arguments of a function only"},
    {"close open", "24: expected an operator, got 'open'"},
    {"close +", "25: the expression ends where a number, a name or '(' should follow"},
    {"* 2", "18: expected a number, a name or '(', got '*'"},
    {"1 > not close", "22: expected a number, a name or '(', got 'not'"},
    {"1 < close < 3", "28: comparisons do not chain: write 'a < b and b < c'"},
    {"1 < close == 3", "28: comparisons do not chain: write 'a < b and b < c'"},
    /* characters */
    {"close && open", "24: unknown sign '&&': write 'and'"},
    {"close || open", "24: unknown sign '||': write 'or'"},
    {"!close", "18: unknown sign '!': write 'not'"},
    {"close != 1", "24: unknown sign '!=': write 'not (a == b)'"},
    {"close <> 1", "24: unknown sign '<>': write 'not (a == b)'"},
    {"close = 1", "24: unknown sign '=': write '==' to compare"},
    {"close => 1", "24: unknown sign '=>': write '>='"},
    {"close % 2", "24: unknown sign '%': there is no remainder; 5 percent is 0.05"},
    {"close ^ 2", "24: unknown sign '^': there is no power; write x * x"},
    {"close ** 2", "24: unknown sign '**': there is no power; write x * x"},
    {"close[1]", "23: unknown sign '[': only round brackets are used"},
    {"close @ 2", "24: '@' cannot stand in an expression"},
    {"close \xe2\x89\xa5 2",
     "24: the byte 0xe2 cannot stand in an expression: plain ASCII only"},
    {"2x", "18: '2x' is neither a number nor a name"},
    {"1 + 1.2.3", "22: '1.2.3' is neither a number nor a name"},
    {"1e", "18: '1e' is neither a number nor a name"},
    {"1e999", "18: '1e999' is neither a number nor a name"},
    {"0x10", "18: '0x10' is neither a number nor a name"},
    /* a folded text: the columns go on over the line end */
    {"close +\n  clos", "28: unknown name 'clos'; did you mean 'close'?"},
    {"(close\n> 1) + 2",
     "18: '+' wants a number on its left, but '(close > 1)' is true/false"},
};

static void says_what_is_wrong_and_where(void)
{
    struct gw_graph *graph = fixture_graph();
    for (size_t i = 0; i < sizeof error_table / sizeof error_table[0]; i++) {
        struct gw_error err = {.status = GW_OK};
        char expected[300];
        int32_t node;
        snprintf(expected, sizeof expected, "experiment.yaml:12:%s",
                 error_table[i].message);
        CU_ASSERT_EQUAL(gw_graph_compile(graph, error_table[i].text, fixture_place(),
                                         (struct gw_expected){GW_NUMBER, true}, &node,
                                         &err),
                        GW_CONFIG);
        CHECK_TEXT(err.text, expected);
        CU_ASSERT_EQUAL(err.line, 12);
        CU_ASSERT_EQUAL(err.column, atoi(error_table[i].message));
    }
    gw_graph_free(graph);
}

static void allows_parameters_alone_where_asked(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_graph *graph = fixture_graph();
    const struct gw_expected wanted = {GW_BOOLEAN, false};
    int32_t node;
    CHECK_OK(gw_graph_compile(graph, "fast < slow and min(fast, 3) > 2", fixture_place(),
                              wanted, &node, &err));
    CU_ASSERT_EQUAL(
        gw_graph_compile(graph, "fast < close", fixture_place(), wanted, &node, &err),
        GW_CONFIG);
    CHECK_TEXT(err.text, "experiment.yaml:12:25: 'close' changes from bar to bar; only "
                         "parameters can stand here");
    int32_t quick = fixture_number(graph, "sma(close, fast)");
    CHECK_OK(gw_graph_define(graph, "quick", fixture_place(), quick, &err));
    CU_ASSERT_EQUAL(
        gw_graph_compile(graph, "fast < quick", fixture_place(), wanted, &node, &err),
        GW_CONFIG);
    CHECK_TEXT(err.text, "experiment.yaml:12:25: 'quick' changes from bar to bar; only "
                         "parameters can stand here");
    gw_graph_free(graph);
}

static void suggests_definitions_too(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(graph, "sma(close, fast)");
    CHECK_OK(gw_graph_define(graph, "quick", fixture_place(), node, &err));
    CU_ASSERT_EQUAL(gw_graph_compile(graph, "qiuck", (struct gw_place){"e.yaml", 3, 0},
                                     (struct gw_expected){GW_NUMBER, true}, &node, &err),
                    GW_CONFIG);
    CHECK_TEXT(err.text, "e.yaml:3: unknown name 'qiuck'; did you mean 'quick'?");
    gw_graph_free(graph);
}

/* A name is compared whole, however long. */
static void knows_long_names(void)
{
    char name[201];
    memset(name, 'a', 200);
    name[200] = '\0';
    const char *const parameter[] = {name};
    struct gw_graph *graph = gw_graph_new(parameter, 1, NULL, 0);
    CU_ASSERT_EQUAL(gw_graph_node(graph, fixture_number(graph, name))->kind,
                    GW_NODE_PARAMETER);
    name[199] = 'b';
    char other[201];
    memcpy(other, name, sizeof other);
    other[199] = 'a';
    struct gw_error err;
    int32_t node;
    CU_ASSERT_EQUAL(gw_graph_compile(graph, other, fixture_place(),
                                     (struct gw_expected){GW_NUMBER, true}, &node, &err),
                    GW_CONFIG);
    gw_graph_free(graph);
}

/* `count` times `before`, close, `count` times `after`. */
static char *nest(size_t count, const char *before, const char *after)
{
    size_t one = strlen(before), other = strlen(after);
    char *text = calloc(count * (one + other) + sizeof "close", 1), *at = text;
    for (size_t i = 0; i < count; i++, at += one) {
        memcpy(at, before, one);
    }
    memcpy(at, "close", strlen("close"));
    at += strlen("close");
    for (size_t i = 0; i < count; i++, at += other) {
        memcpy(at, after, other);
    }
    return text;
}

static void nests_64_deep_and_no_deeper(void)
{
    static const char *const pair[][2] = {
        {"(", ")"}, {"abs(", ")"}, {"-", ""}, {"max(1, ", ")"}};
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        struct gw_error err = {.status = GW_OK};
        struct gw_graph *graph = fixture_graph();
        int32_t node;
        char *deep = nest(64, pair[i][0], pair[i][1]);
        char *deeper = nest(65, pair[i][0], pair[i][1]);
        fixture_number(graph, deep);
        CU_ASSERT_EQUAL(gw_graph_compile(graph, deeper, fixture_place(),
                                         (struct gw_expected){GW_NUMBER, true}, &node,
                                         &err),
                        GW_CONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ": nested more than 64 deep"));
        free(deep);
        free(deeper);
        gw_graph_free(graph);
    }
    struct gw_graph *graph = fixture_graph();
    char *aside = nest(300, "(1) + ", "");
    fixture_number(graph, aside); /* brackets side by side are not nested */
    free(aside);
    gw_graph_free(graph);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"says_what_is_wrong_and_where", says_what_is_wrong_and_where},
        {"allows_parameters_alone_where_asked", allows_parameters_alone_where_asked},
        {"suggests_definitions_too", suggests_definitions_too},
        {"knows_long_names", knows_long_names},
        {"nests_64_deep_and_no_deeper", nests_64_deep_and_no_deeper},
    };
    return CHECK_RUN("parser", tests);
}
