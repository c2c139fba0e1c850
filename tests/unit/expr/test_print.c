#include "gridwalk/base/random.h"
#include "gridwalk/base/text.h"

#include "graph_fixture.h"

static void prints_with_the_fewest_brackets(void)
{
    static const char *const pair[][2] = {
        {"sma((close),fast)>3", "sma(close, fast) > 3"},
        {"(open+high)*low", "(open + high) * low"},
        {"(open*high)+low", "open * high + low"},
        {"open-(high-low)", "open - (high - low)"},
        {"(open-high)-low", "open - high - low"},
        {"open/(high*low)", "open / (high * low)"},
        {"-(open+high)", "-(open + high)"},
        {"--open", "--open"},
        {"open- -3", "open - -3"},
        {"(-3)*open", "-3 * open"},
        {"raw.close*0.1", "raw.close * 0.1"},
        {"(open>1 or high>2) and low>3", "(open > 1 or high > 2) and low > 3"},
        {"open>1 or (high>2 and low>3)", "open > 1 or high > 2 and low > 3"},
        {"not(open>1 and high>2)", "not (open > 1 and high > 2)"},
        {"not(open>1) and high>2", "not open > 1 and high > 2"},
        {"stdev(close,fast,0)", "stdev(close, fast)"},
        {"stdev(close,fast,1)", "stdev(close, fast, 1)"},
        {"where(true,close,1e30)", "where(true, close, 1e+30)"},
        {"lag(close,slow-fast)", "lag(close, slow - fast)"},
    };
    struct gw_graph *graph = fixture_graph();
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        struct gw_error err = {.status = GW_OK};
        struct gw_text out = {0};
        struct gw_expected number = {GW_NUMBER, true}, boolean = {GW_BOOLEAN, true};
        int32_t node;
        if (gw_graph_compile(graph, pair[i][0], fixture_place(), number, &node, &err)) {
            CHECK_OK(gw_graph_compile(graph, pair[i][0], fixture_place(), boolean, &node,
                                      &err));
        }
        gw_graph_print(graph, node, &out);
        CHECK_TEXT(out.data, pair[i][1]);
        gw_text_clear(&out);
    }
    gw_graph_free(graph);
}

static void expands_definitions(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_text out = {0};
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(graph, "open + high");
    CHECK_OK(gw_graph_define(graph, "both", fixture_place(), node, &err));
    gw_graph_print(graph, fixture_number(graph, "both * both"), &out);
    CHECK_TEXT(out.data, "(open + high) * (open + high)");
    gw_text_clear(&out);
    gw_graph_free(graph);
}

/* Each definition uses the one before twice: 2^60 words, were it not cut. */
static void cuts_a_text_that_nobody_can_read(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_text out = {0};
    struct gw_graph *graph = fixture_graph();
    int32_t node = fixture_number(graph, "close");
    for (int i = 0; i < 60; i++) {
        char name[16], text[32];
        snprintf(name, sizeof name, "d%d", i);
        CHECK_OK(gw_graph_define(graph, name, fixture_place(), node, &err));
        snprintf(text, sizeof text, "d%d * d%d", i, i);
        node = fixture_number(graph, text);
    }
    gw_graph_print(graph, node, &out);
    CU_ASSERT_TRUE(out.length > 65536 && out.length < 70000);
    gw_text_clear(&out);
    gw_graph_free(graph);
}

static const char *const word_table[] = {
    "(",     ")",    ",",     "+",     "-",    "*",    "/",   ">",   "<",
    ">=",    "<=",   "==",    "and",   "or",   "not",  "raw", ".",   "close",
    "open",  "fast", "slow",  "1",     "2",    "0.5",  "sma", "lag", "where",
    "stdev", "max",  "min",   "rsi",   "abs",  "true", "k",   "3",   "crosses_above",
    "(",     "(",    "close", "close", "fast", ",",    ")",   ")",   "1e9",
};

enum { WORDS = sizeof word_table / sizeof word_table[0] };

/* Compile as a number, then as true/false; GW_NO_NODE when it is neither. */
static int32_t try_text(struct gw_graph *graph, const char *text)
{
    for (int type = GW_NUMBER; type <= GW_BOOLEAN; type++) {
        struct gw_error err = {.status = GW_OK};
        int32_t node = GW_NO_NODE;
        enum gw_status status =
            gw_graph_compile(graph, text, fixture_place(),
                             (struct gw_expected){(enum gw_type)type, true}, &node, &err);
        if (status == GW_OK) {
            return node;
        }
        CU_ASSERT_EQUAL(status, GW_CONFIG);
        CU_ASSERT_EQUAL(strncmp(err.text, "experiment.yaml:12:", 19), 0);
    }
    return GW_NO_NODE;
}

static void check_round_trip(struct gw_graph *graph, int32_t node)
{
    struct gw_text out = {0};
    const double value[3] = {3, 5, 2};
    const double *const column[3] = {&value[0], &value[1], &value[2]};
    struct gw_error err = {.status = GW_OK};
    double back;
    gw_graph_print(graph, node, &out);
    CU_ASSERT_EQUAL(try_text(graph, out.data), node);
    gw_graph_lookbacks(graph, node, column, 1, &back);
    CU_ASSERT_EQUAL(isnan(back),
                    gw_graph_check_numbers(graph, node, value, &err) != GW_OK);
    gw_text_clear(&out);
}

static void survives_random_words(void)
{
    struct gw_graph *graph = fixture_graph();
    size_t compiled = 0;
    for (uint64_t draw = 0; draw < 20000; draw++) {
        struct gw_text text = {0};
        uint32_t length = 1 + (uint32_t)(gw_philox_uniform(1, 0, draw) * 12);
        for (uint64_t i = 0; i < length; i++) {
            double u = gw_philox_uniform(1, draw + 1, i);
            const char *word = word_table[(size_t)(u * WORDS)];
            gw_text_printf(&text, "%s%s", u * 7919 - floor(u * 7919) < 0.2 ? "" : " ",
                           word);
        }
        int32_t node = try_text(graph, text.data);
        if (node != GW_NO_NODE) {
            check_round_trip(graph, node);
            compiled++;
        }
        gw_text_clear(&text);
        if (gw_graph_count(graph) > 3000) {
            gw_graph_free(graph);
            graph = fixture_graph();
        }
    }
    CU_ASSERT_TRUE(compiled > 300); /* else the test says little */
    gw_graph_free(graph);
}

/* Expressions that are right by construction, from the inside out. */
static void
grow(struct gw_text *out, uint64_t stream, uint64_t *draw, int depth, bool boolean)
{
    static const char *const number_form[] = {"(%s) + (%s)", "(%s) - (%s)", "(%s) * (%s)",
                                              "max(%s, %s)", "min(%s, %s)"};
    static const char *const truth_form[] = {"(%s) > (%s)", "(%s) <= (%s)",
                                             "(%s) == (%s)"};
    static const char *const logic_form[] = {"(%s) and (%s)", "(%s) or (%s)"};
    static const char *const leaf[] = {"close", "open", "raw.low", "fast", "0.25", "-3"};
    double u = gw_philox_uniform(2, stream, (*draw)++);
    double v = gw_philox_uniform(2, stream, (*draw)++);
    if (depth == 0 && !boolean) {
        gw_text_printf(out, "%s", leaf[(size_t)(u * 6)]);
        return;
    }
    struct gw_text a = {0}, b = {0};
    bool logic = boolean && depth > 1 && u < 0.5;
    int below = depth > 0 ? depth - 1 : 0;
    grow(&a, stream, draw, below, logic);
    grow(&b, stream, draw, below, logic);
    const char *form = logic     ? logic_form[(size_t)(v * 2)]
                       : boolean ? truth_form[(size_t)(v * 3)]
                                 : number_form[(size_t)(v * 5)];
    const char *mark = strstr(form, "%s"), *second = strstr(mark + 2, "%s");
    gw_text_printf(out, "%.*s%s%.*s%s%s", (int)(mark - form), form, a.data,
                   (int)(second - mark - 2), mark + 2, b.data, second + 2);
    gw_text_clear(&a);
    gw_text_clear(&b);
}

static void round_trips_random_expressions(void)
{
    for (uint64_t stream = 0; stream < 500; stream++) {
        struct gw_graph *graph = fixture_graph();
        struct gw_text text = {0};
        uint64_t draw = 0;
        grow(&text, stream, &draw, 1 + (int)(stream % 5), stream % 2 == 0);
        int32_t node = try_text(graph, text.data);
        CU_ASSERT_NOT_EQUAL(node, GW_NO_NODE);
        if (node != GW_NO_NODE) {
            check_round_trip(graph, node);
        }
        gw_text_clear(&text);
        gw_graph_free(graph);
    }
}

static void survives_random_bytes(void)
{
    struct gw_graph *graph = fixture_graph();
    for (uint64_t draw = 0; draw < 20000; draw++) {
        char text[33];
        size_t length = (size_t)(gw_philox_uniform(3, 0, draw) * 32);
        for (uint64_t i = 0; i < length; i++) {
            uint32_t word[4];
            gw_philox(3, draw + 1, i, word);
            text[i] = (char)(word[0] % 4 == 0 ? word[1] % 256 : 32 + word[1] % 95);
        }
        text[length] = '\0';
        int32_t node = try_text(graph, text);
        if (node != GW_NO_NODE) {
            check_round_trip(graph, node);
        }
    }
    gw_graph_free(graph);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"prints_with_the_fewest_brackets", prints_with_the_fewest_brackets},
        {"expands_definitions", expands_definitions},
        {"cuts_a_text_that_nobody_can_read", cuts_a_text_that_nobody_can_read},
        {"survives_random_words", survives_random_words},
        {"round_trips_random_expressions", round_trips_random_expressions},
        {"survives_random_bytes", survives_random_bytes},
    };
    return CHECK_RUN("print", tests);
}
