/**
 * Expressions compiled into one hash-consed graph: equal sub-expressions are one node, so
 * that each is evaluated once.
 *
 * Grammar (lowest precedence first; comparisons do not chain):
 *     or:  and {"or" and}          and: not {"and" not}        not: "not" not |
 * comparison comparison: sum [(">" | "<" | ">=" | "<=" | "==") sum] sum: product {("+" |
 * "-") product}     product: unary {("*" | "/") unary} unary: "-" unary | atom atom:
 * NUMBER | "true" | "false" | NAME | "raw" "." FIELD | NAME "(" or {"," or} ")" | "(" or
 * ")" A NAME is a parameter, a definition or a field (open high low close volume).
 * Constants are folded. The nesting is limited to 64.
 */
#ifndef GRIDWALK_EXPR_GRAPH_H
#define GRIDWALK_EXPR_GRAPH_H

#include "gridwalk/base/error.h"
#include "gridwalk/expr/functions.h"

#include <stdint.h>

enum gw_node_kind { GW_NODE_CONSTANT, GW_NODE_PARAMETER, GW_NODE_FIELD, GW_NODE_CALL };

enum { GW_MAX_PARAMETERS = 32, GW_MAX_NODES = 4096, GW_NO_NODE = -1 };

struct gw_node {
    enum gw_node_kind kind;
    enum gw_type type;
    const struct gw_function *function; /* of a call */
    int32_t series[GW_MAX_SERIES];      /* operand nodes of a call */
    int32_t number[GW_MAX_NUMBERS];     /* number-argument nodes of a call */
    double value;                       /* of a constant (booleans 1 and 0) */
    int32_t index;         /* parameter number, or field (as the host numbers) */
    bool raw;              /* of a field: as traded */
    bool over_bars;        /* has a field below: a column, not a number */
    uint32_t depends;      /* bit i: depends on parameter i */
    struct gw_place place; /* where it was first written */
};

struct gw_graph;

/** An empty graph over `count` parameters and the fields' names (both arrays borrowed).
 */
struct gw_graph *gw_graph_new(const char *const *parameter,
                              size_t count,
                              const char *const *field,
                              size_t fields);
void gw_graph_free(struct gw_graph *graph);

/** What an expression must be: over bars or of parameters alone, and its type. */
struct gw_expected {
    enum gw_type type;
    bool over_bars; /* true: fields allowed; a number or boolean of parameters alone also
                       is */
};

/**
 * Compile one expression; `place` is where its first character stands (for messages). Its
 * file name is borrowed for the life of the graph.
 * Errors   GW_CONFIG with file:line:column of the offending token: unknown names (with
 * the nearest one), wrong arity (naming the function's signature), wrong types, a number
 *          argument that depends on bars, out of range or not whole when it is constant,
 *          unbalanced brackets, empty text. Nothing is added on error that changes
 * results.
 */
enum gw_status gw_graph_compile(struct gw_graph *graph,
                                const char *text,
                                struct gw_place place,
                                struct gw_expected expected,
                                int32_t *node_out,
                                struct gw_error *err) GW_MUST_CHECK;

/**
 * Name a compiled node so that later expressions can use it.
 * Errors   the name is taken by a parameter, field, function, keyword or definition, or
 * is no name ([A-Za-z_][A-Za-z0-9_]*).
 */
enum gw_status gw_graph_define(struct gw_graph *graph,
                               const char *name,
                               struct gw_place place,
                               int32_t node,
                               struct gw_error *err) GW_MUST_CHECK;

/** Whether a word is a keyword, function or field, which no parameter may be called. */
bool gw_graph_reserved(const struct gw_graph *graph, const char *word);

size_t gw_graph_count(const struct gw_graph *graph);
const struct gw_node *gw_graph_node(const struct gw_graph *graph, int32_t node);

/**
 * Evaluate a node that depends on parameters alone for a block of combinations.
 * Shape    value: [parameters] pointers to columns [count]; out: [count]
 */
void gw_graph_numbers(const struct gw_graph *graph,
                      int32_t node,
                      const double *const *value,
                      size_t count,
                      double *out);

/**
 * Look-back of a node in bars for a block of combinations: earlier bars it needs for a
 * first defined value. A field 0; a call: the largest of its operands plus its own. Shape
 * as gw_graph_numbers. A combination with an invalid number argument gets NaN.
 */
void gw_graph_lookbacks(const struct gw_graph *graph,
                        int32_t node,
                        const double *const *value,
                        size_t count,
                        double *out);

/**
 * Check every number argument under a node for one combination.
 * Errors   GW_CONFIG naming place, function, argument, its value and its range.
 */
enum gw_status gw_graph_check_numbers(const struct gw_graph *graph,
                                      int32_t node,
                                      const double *value,
                                      struct gw_error *err) GW_MUST_CHECK;

/** Whether any node under `node` has infinite memory. */
bool gw_graph_infinite(const struct gw_graph *graph, int32_t node);

/** The expression as canonical text (definitions expanded), e.g. "sma(close, fast) > 3".
 *  It compiles to the same node, unless it is longer than 64 KiB: then it is cut. */
struct gw_text;
void gw_graph_print(const struct gw_graph *graph, int32_t node, struct gw_text *out);

#endif
