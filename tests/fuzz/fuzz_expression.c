/* An expression: compiled as all it could be, printed and compiled again, and evaluated
 * over all bars and over the first half of them, which must not see the other half. */
#include "fuzz.h"

#include "gridwalk/base/text.h"
#include "gridwalk/engine/columns.h"

static const double some_values[GW_MAX_PARAMETERS] = {5, 20};

/* What is printed compiles to the same node. */
static void check_print(struct gw_graph *graph, int32_t node, struct gw_expected expected)
{
    struct gw_text text = {0};
    struct gw_error err;
    const struct gw_place place = {"printed", 1, 1};
    int32_t again = GW_NO_NODE;
    gw_graph_print(graph, node, &text);
    if (text.length < 64 << 10) {
        enum gw_status status =
            gw_graph_compile(graph, text.data, place, expected, &again, &err);
        assert(status == GW_OK && again == node);
    }
    gw_text_clear(&text);
}

static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void check_values(const double *value, size_t count, enum gw_type type)
{
    for (size_t t = 0; t < count; t++) {
        assert(!isinf(value[t]));
        assert(type != GW_BOOLEAN || isnan(value[t]) || value[t] == 0 || value[t] == 1);
    }
}

/* Bars from the first on: what later bars hold changes nothing before them. */
static void check_columns(const struct gw_graph *graph, int32_t node)
{
    struct gw_panel *panel = fuzz_panel();
    struct gw_portal *portal = gw_portal_new(panel, GW_SPLIT_BASIS);
    struct gw_columns *columns = gw_columns_new(graph, portal, 3, 1 << 14);
    size_t all = gw_portal_listing(portal, 0)->count, half = all / 2;
    struct gw_columns_at at = {.to = all, .value = some_values};
    double whole[FUZZ_BARS];
    gw_columns_begin(columns, &at);
    memcpy(whole, gw_columns_get(columns, node), all * sizeof whole[0]);
    check_values(whole, all, gw_graph_node(graph, node)->type);
    at.to = half;
    gw_columns_begin(columns, &at);
    const double *part = gw_columns_get(columns, node);
    for (size_t t = 0; t < half; t++) {
        assert(is_same(part[t], whole[t]));
    }
    gw_columns_free(columns);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

static void check_node(struct gw_graph *graph, int32_t node)
{
    const double *value[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        value[i] = &some_values[i];
    }
    struct gw_error err = {.status = GW_OK};
    double back, number;
    gw_graph_lookbacks(graph, node, value, 1, &back);
    enum gw_status status = gw_graph_check_numbers(graph, node, some_values, &err);
    gw_graph_infinite(graph, node);
    if (!gw_graph_node(graph, node)->over_bars) {
        gw_graph_numbers(graph, node, value, 1, &number);
        check_values(&number, 1, gw_graph_node(graph, node)->type);
    }
    if (status != GW_OK) {
        fuzz_refused(status, GW_CONFIG, &err);
        return;
    }
    assert(back >= 0);
    check_columns(graph, node);
}

static void try(struct gw_graph *graph, const char *text, struct gw_expected expected)
{
    const struct gw_place place = {"exp.yaml", 3, 5};
    struct gw_error err = {.status = GW_OK};
    int32_t node = GW_NO_NODE;
    enum gw_status status = gw_graph_compile(graph, text, place, expected, &node, &err);
    if (status != GW_OK) {
        fuzz_refused(status, GW_CONFIG, &err);
        return;
    }
    check_print(graph, node, expected);
    check_node(graph, node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gw_die_hook(fuzz_die);
    static const char *const parameter[] = {"fast", "slow"};
    char *text = strndup((const char *)data, size);
    struct gw_graph *graph = gw_graph_new(parameter, 2, gw_field_name, GW_FIELDS);
    for (int i = 0; i < 4; i++) {
        try(graph, text, (struct gw_expected){i % 2 ? GW_BOOLEAN : GW_NUMBER, i < 2});
    }
    gw_graph_free(graph);
    free(text);
    return 0;
}
