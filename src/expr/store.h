/** What the parts of this layer share of a graph: its nodes, hash-consed. */
#ifndef GRIDWALK_EXPR_STORE_H
#define GRIDWALK_EXPR_STORE_H

#include "gridwalk/expr/graph.h"

enum { GW_SLOTS = 2 * GW_MAX_NODES }; /* of the hash table; a power of two */

struct gw_definition {
    char *name;
    int32_t node;
};

/* Operands have smaller numbers than the node that uses them. */
struct gw_graph {
    const char *const *parameter;
    size_t parameters;
    const char *const *field;
    size_t fields;
    struct gw_definition *definition;
    size_t definitions, definition_capacity;
    struct gw_node *node;
    size_t count, capacity;
    int32_t slot[GW_SLOTS]; /* node number + 1; 0 = free */
};

/** A node with nothing set: no operands, no dependence. */
struct gw_node
gw_node_blank(enum gw_node_kind kind, enum gw_type type, struct gw_place place);

/** The node equal to *node, added if there was none; GW_NO_NODE when the graph is full.
 */
int32_t gw_store_add(struct gw_graph *graph, const struct gw_node *node);

/** Forget the nodes from number `count` on. */
void gw_store_cut(struct gw_graph *graph, size_t count);

/** Whether a value is in the range of a number argument. */
bool gw_number_fits(const struct gw_number_rule *rule, double value);

/** Fail with "sma: n is 2.5; it must be a whole number from 1 to 1000000000". */
enum gw_status gw_number_refuse(const struct gw_function *function,
                                size_t number,
                                double value,
                                struct gw_place place,
                                struct gw_error *err) GW_MUST_CHECK;

/** How tightly an operator binds its operands. */
enum gw_level {
    GW_LEVEL_OR = 1,
    GW_LEVEL_AND,
    GW_LEVEL_NOT,
    GW_LEVEL_COMPARISON,
    GW_LEVEL_SUM,
    GW_LEVEL_PRODUCT,
    GW_LEVEL_UNARY,
    GW_LEVEL_ATOM
};

/** The level of an operator by its sign and operands; GW_LEVEL_ATOM for what is none. */
enum gw_level gw_operator_level(const char *sign, unsigned operands);

#endif
