/** A graph over two parameters and the five fields, for the tests of this layer. */
#ifndef GRIDWALK_TESTS_UNIT_EXPR_GRAPH_FIXTURE_H
#define GRIDWALK_TESTS_UNIT_EXPR_GRAPH_FIXTURE_H

#include "gridwalk/expr/graph.h"

#include "check.h"

static inline struct gw_graph *fixture_graph(void)
{
    static const char *const parameter[] = {"fast", "slow", "k"};
    static const char *const field[] = {"open", "high", "low", "close", "volume"};
    return gw_graph_new(parameter, 3, field, 5);
}

static inline struct gw_place fixture_place(void)
{
    return (struct gw_place){"experiment.yaml", 12, 18};
}

/** Compile what must compile. */
static inline int32_t
fixture_compile(struct gw_graph *graph, const char *text, enum gw_type type)
{
    struct gw_error err = {.status = GW_OK};
    int32_t node = GW_NO_NODE;
    CHECK_OK(gw_graph_compile(graph, text, fixture_place(),
                              (struct gw_expected){type, true}, &node, &err));
    CU_ASSERT_NOT_EQUAL_FATAL(node, GW_NO_NODE);
    return node;
}

static inline int32_t fixture_number(struct gw_graph *graph, const char *text)
{
    return fixture_compile(graph, text, GW_NUMBER);
}

static inline int32_t fixture_boolean(struct gw_graph *graph, const char *text)
{
    return fixture_compile(graph, text, GW_BOOLEAN);
}

#endif
