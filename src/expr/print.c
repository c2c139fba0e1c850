/* Nodes as canonical text, with the fewest brackets. */
#include "store.h"

#include "gridwalk/base/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Definitions that use each other twice double the text each time; nobody reads more. */
enum { LONGEST = 1 << 16 };

struct printer {
    const struct gw_graph *graph;
    struct gw_text *out;
};

/* The one forward declaration: operands are nodes again. */
static void
print_node(const struct printer *printer, int32_t number, enum gw_level least);

static void print_text(const struct printer *printer, const char *text)
{
    gw_text_append(printer->out, text, strlen(text));
}

static enum gw_level level_of(const struct gw_node *node)
{
    if (node->kind == GW_NODE_CONSTANT && signbit(node->value)) {
        return GW_LEVEL_UNARY;
    }
    if (node->kind != GW_NODE_CALL || !node->function->is_operator) {
        return GW_LEVEL_ATOM;
    }
    return gw_operator_level(node->function->name, node->function->series);
}

static void print_constant(const struct printer *printer, const struct gw_node *node)
{
    char text[32];
    if (node->type == GW_BOOLEAN) {
        print_text(printer, node->value != 0 ? "true" : "false");
        return;
    }
    gw_format_double(node->value, text, sizeof text);
    print_text(printer, text);
}

/* Operators of two operands group to the left. A comparison has no comparison below: it
 * gives true/false and takes numbers. */
static void print_operator(const struct printer *printer, const struct gw_node *node)
{
    const char *sign = node->function->name;
    enum gw_level level = level_of(node);
    if (node->function->series == 1) {
        print_text(printer, sign);
        print_text(printer, level == GW_LEVEL_NOT ? " " : "");
        print_node(printer, node->series[0], level);
        return;
    }
    print_node(printer, node->series[0], level);
    print_text(printer, " ");
    print_text(printer, sign);
    print_text(printer, " ");
    print_node(printer, node->series[1], level + 1);
}

static bool
is_standard(const struct printer *printer, const struct gw_node *node, unsigned number)
{
    const struct gw_number_rule *rule = &node->function->number[number];
    const struct gw_node *given = &printer->graph->node[node->number[number]];
    return rule->optional && given->kind == GW_NODE_CONSTANT &&
           given->value == rule->standard && !signbit(given->value);
}

static void print_call(const struct printer *printer, const struct gw_node *node)
{
    unsigned numbers = node->function->numbers;
    while (numbers > 0 && is_standard(printer, node, numbers - 1)) {
        numbers--;
    }
    print_text(printer, node->function->name);
    print_text(printer, "(");
    for (unsigned i = 0; i < node->function->series; i++) {
        print_text(printer, i == 0 ? "" : ", ");
        print_node(printer, node->series[i], GW_LEVEL_OR);
    }
    for (unsigned i = 0; i < numbers; i++) {
        print_text(printer, ", ");
        print_node(printer, node->number[i], GW_LEVEL_OR);
    }
    print_text(printer, ")");
}

static void print_kind(const struct printer *printer, const struct gw_node *node)
{
    const struct gw_graph *graph = printer->graph;
    switch (node->kind) {
    case GW_NODE_CONSTANT:
        print_constant(printer, node);
        break;
    case GW_NODE_PARAMETER:
        print_text(printer, graph->parameter[node->index]);
        break;
    case GW_NODE_FIELD:
        print_text(printer, node->raw ? "raw." : "");
        print_text(printer, graph->field[node->index]);
        break;
    case GW_NODE_CALL:
        if (node->function->is_operator) {
            print_operator(printer, node);
        } else {
            print_call(printer, node);
        }
        break;
    }
}

static void print_node(const struct printer *printer, int32_t number, enum gw_level least)
{
    const struct gw_node *node = &printer->graph->node[number];
    bool bracket = level_of(node) < least;
    if (printer->out->length > LONGEST) {
        return;
    }
    print_text(printer, bracket ? "(" : "");
    print_kind(printer, node);
    print_text(printer, bracket ? ")" : "");
}

void gw_graph_print(const struct gw_graph *graph, int32_t node, struct gw_text *out)
{
    assert(node >= 0 && (size_t)node < graph->count);
    struct printer printer = {graph, out};
    print_node(&printer, node, GW_LEVEL_OR);
}
