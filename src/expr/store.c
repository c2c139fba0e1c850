#include "store.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/text.h"

#include <math.h>
#include <string.h>

/* The one table of precedence, for reading and printing. */
static const struct {
    const char *sign;
    unsigned operands;
    enum gw_level level;
} level_table[] = {
    {"or", 2, GW_LEVEL_OR},         {"and", 2, GW_LEVEL_AND},
    {"not", 1, GW_LEVEL_NOT},       {">", 2, GW_LEVEL_COMPARISON},
    {"<", 2, GW_LEVEL_COMPARISON},  {">=", 2, GW_LEVEL_COMPARISON},
    {"<=", 2, GW_LEVEL_COMPARISON}, {"==", 2, GW_LEVEL_COMPARISON},
    {"+", 2, GW_LEVEL_SUM},         {"-", 2, GW_LEVEL_SUM},
    {"*", 2, GW_LEVEL_PRODUCT},     {"/", 2, GW_LEVEL_PRODUCT},
    {"-", 1, GW_LEVEL_UNARY},
};

enum { LEVELS = sizeof level_table / sizeof level_table[0] };

/* Bits, not values: 0 and -0 are two constants, and a value is never NaN. */
static uint64_t value_bits(const struct gw_node *node)
{
    uint64_t bits;
    memcpy(&bits, &node->value, sizeof bits);
    return bits;
}

static bool equal_nodes(const struct gw_node *a, const struct gw_node *b)
{
    return a->kind == b->kind && a->type == b->type && a->function == b->function &&
           memcmp(a->series, b->series, sizeof a->series) == 0 &&
           memcmp(a->number, b->number, sizeof a->number) == 0 &&
           value_bits(a) == value_bits(b) && a->index == b->index && a->raw == b->raw;
}

static size_t mix(size_t hash, uint64_t word)
{
    return (size_t)(((uint64_t)hash ^ word) * UINT64_C(0x9e3779b97f4a7c15) >> 7);
}

static size_t hash_node(const struct gw_node *node)
{
    size_t hash = mix((size_t)node->kind * 2 + (size_t)node->type, value_bits(node));
    hash = mix(hash, (uint64_t)node->index * 2 + node->raw);
    /* Only where a node lands in the table hangs on this address, never its number. */
    hash = mix(hash, (uint64_t)(uintptr_t)node->function);
    for (size_t i = 0; i < GW_MAX_SERIES; i++) {
        hash = mix(hash, (uint64_t)node->series[i]);
    }
    for (size_t i = 0; i < GW_MAX_NUMBERS; i++) {
        hash = mix(hash, (uint64_t)node->number[i]);
    }
    return hash;
}

/* The slot that holds an equal node, or the free one where it belongs. */
static int32_t *find_slot(struct gw_graph *graph, const struct gw_node *node)
{
    size_t at = hash_node(node) % GW_SLOTS;
    while (graph->slot[at] != 0 &&
           !equal_nodes(&graph->node[graph->slot[at] - 1], node)) {
        at = (at + 1) % GW_SLOTS;
    }
    return &graph->slot[at];
}

struct gw_node
gw_node_blank(enum gw_node_kind kind, enum gw_type type, struct gw_place place)
{
    struct gw_node node = {.kind = kind, .type = type, .place = place};
    for (size_t i = 0; i < GW_MAX_SERIES; i++) {
        node.series[i] = GW_NO_NODE;
    }
    for (size_t i = 0; i < GW_MAX_NUMBERS; i++) {
        node.number[i] = GW_NO_NODE;
    }
    return node;
}

int32_t gw_store_add(struct gw_graph *graph, const struct gw_node *node)
{
    int32_t *slot = find_slot(graph, node);
    if (*slot != 0) {
        return *slot - 1;
    }
    if (graph->count == GW_MAX_NODES) {
        return GW_NO_NODE;
    }
    graph->node =
        gw_grow(graph->node, &graph->capacity, graph->count + 1, sizeof *graph->node);
    graph->node[graph->count] = *node;
    *slot = (int32_t)++graph->count;
    return *slot - 1;
}

void gw_store_cut(struct gw_graph *graph, size_t count)
{
    if (graph->count == count) {
        return;
    }
    graph->count = count;
    memset(graph->slot, 0, sizeof graph->slot);
    for (size_t i = 0; i < count; i++) {
        *find_slot(graph, &graph->node[i]) = (int32_t)i + 1;
    }
}

bool gw_number_fits(const struct gw_number_rule *rule, double value)
{
    return value >= rule->low && value <= rule->high &&
           (!rule->whole || value == floor(value));
}

enum gw_status gw_number_refuse(const struct gw_function *function,
                                size_t number,
                                double value,
                                struct gw_place place,
                                struct gw_error *err)
{
    const struct gw_number_rule *rule = &function->number[number];
    char is[32], low[32], high[32];
    gw_format_double(value, is, sizeof is);
    gw_format_double(rule->low, low, sizeof low);
    gw_format_double(rule->high, high, sizeof high);
    return gw_fail_at(err, GW_CONFIG, place,
                      "%s: %s is %s; it must be a %s from %s to %s", function->name,
                      rule->name, is, rule->whole ? "whole number" : "number", low, high);
}

enum gw_level gw_operator_level(const char *sign, unsigned operands)
{
    for (size_t i = 0; i < LEVELS; i++) {
        if (level_table[i].operands == operands &&
            strcmp(level_table[i].sign, sign) == 0) {
            return level_table[i].level;
        }
    }
    return GW_LEVEL_ATOM;
}
