/* Nodes from arguments: what a function accepts, and constants folded. */
#include "parser.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct gw_node *node_of(const struct gw_parser *parser,
                                     const struct gw_part *part)
{
    return &parser->graph->node[part->node];
}

static struct gw_quote quote_part(const struct gw_parser *parser,
                                  const struct gw_part *part)
{
    return gw_quote_text(parser, part->begin, part->end);
}

static struct gw_place place_of(const struct gw_parser *parser,
                                const struct gw_part *part)
{
    return gw_lexer_place(&parser->lexer, part->begin);
}

static void append(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);
    size_t rest = strlen(more);
    if (length + rest < size) {
        memcpy(text + length, more, rest + 1);
    }
}

/* "x, n, ddof (optional)": operands and numbers in their order. */
static void signature(const struct gw_function *function, char *text, size_t size)
{
    *text = '\0';
    for (unsigned i = 0; i < function->series; i++) {
        append(text, size, i == 0 ? "" : ", ");
        append(text, size, function->series_name[i]);
    }
    for (unsigned i = 0; i < function->numbers; i++) {
        append(text, size, ", ");
        append(text, size, function->number[i].name);
        append(text, size, function->number[i].optional ? " (optional)" : "");
    }
}

static enum gw_status check_arity(const struct gw_parser *parser,
                                  const struct gw_function *function,
                                  size_t at,
                                  size_t count)
{
    unsigned most = function->series + function->numbers, least = most;
    while (least > function->series &&
           function->number[least - 1 - function->series].optional) {
        least--;
    }
    if (count >= least && count <= most) {
        return GW_OK;
    }
    char names[80], few[16] = "";
    signature(function, names, sizeof names);
    if (least < most) {
        snprintf(few, sizeof few, "%u or ", least);
    }
    return gw_fail_at(parser->err, GW_CONFIG, gw_lexer_place(&parser->lexer, at),
                      "%s takes %s%u argument%s (%s), got %zu", function->name, few, most,
                      most == 1 ? "" : "s", names, count);
}

static enum gw_status check_type(const struct gw_parser *parser,
                                 const struct gw_function *function,
                                 unsigned which,
                                 const struct gw_part *part)
{
    enum gw_type is = node_of(parser, part)->type;
    enum gw_type wanted = function->operand[which];
    if (is == wanted) {
        return GW_OK;
    }
    struct gw_quote quote = quote_part(parser, part);
    char where[48] = "";
    if (!function->is_operator) {
        snprintf(where, sizeof where, " as its argument %s",
                 function->series_name[which]);
    } else if (function->series == 2) {
        snprintf(where, sizeof where, " on its %s", which == 0 ? "left" : "right");
    }
    return gw_fail_at(parser->err, GW_CONFIG, place_of(parser, part),
                      "'%s' wants %s%s, but '%s' is %s", function->name,
                      gw_type_text(wanted), where, quote.text, gw_type_text(is));
}

static enum gw_status check_number(const struct gw_parser *parser,
                                   const struct gw_function *function,
                                   unsigned which,
                                   const struct gw_part *part)
{
    const struct gw_node *node = node_of(parser, part);
    const char *name = function->number[which].name;
    if (node->type != GW_NUMBER) {
        return gw_fail_at(parser->err, GW_CONFIG, place_of(parser, part),
                          "the argument %s of %s is a number, but '%s' is %s", name,
                          function->name, quote_part(parser, part).text,
                          gw_type_text(node->type));
    }
    if (node->over_bars) {
        return gw_fail_at(parser->err, GW_CONFIG, place_of(parser, part),
                          "the argument %s of %s must be the same on every bar, but '%s' "
                          "is not",
                          name, function->name, quote_part(parser, part).text);
    }
    if (node->kind == GW_NODE_CONSTANT &&
        !gw_number_fits(&function->number[which], node->value)) {
        return gw_number_refuse(function, which, node->value, place_of(parser, part),
                                parser->err);
    }
    return GW_OK;
}

static enum gw_status check_arguments(const struct gw_parser *parser,
                                      const struct gw_function *function,
                                      size_t at,
                                      const struct gw_part *argument,
                                      size_t count)
{
    bool over_bars = false;
    GW_TRY(check_arity(parser, function, at, count));
    for (unsigned i = 0; i < function->series; i++) {
        GW_TRY(check_type(parser, function, i, &argument[i]));
        over_bars = over_bars || node_of(parser, &argument[i])->over_bars;
    }
    for (unsigned i = function->series; i < count; i++) {
        GW_TRY(check_number(parser, function, i - function->series, &argument[i]));
    }
    if (!over_bars && !function->elementwise) {
        return gw_fail_at(parser->err, GW_CONFIG, place_of(parser, &argument[0]),
                          "%s works over bars, but '%s' is the same on every bar",
                          function->name, quote_part(parser, &argument[0]).text);
    }
    return GW_OK;
}

static enum gw_status add_constant(struct gw_parser *parser,
                                   enum gw_type type,
                                   double value,
                                   size_t at,
                                   int32_t *node_out)
{
    struct gw_node node =
        gw_node_blank(GW_NODE_CONSTANT, type, gw_lexer_place(&parser->lexer, at));
    node.value = value;
    return gw_build_node(parser, &node, at, node_out);
}

static bool
all_constant(const struct gw_parser *parser, const struct gw_part *argument, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (node_of(parser, &argument[i])->kind != GW_NODE_CONSTANT) {
            return false;
        }
    }
    return true;
}

/* The kernel itself computes the constant, so that folding cannot change a result. Only
 * an operator between two constants can be undefined. */
static enum gw_status fold(struct gw_parser *parser,
                           const struct gw_function *function,
                           size_t at,
                           const struct gw_part *argument,
                           int32_t *node_out)
{
    double value[GW_MAX_SERIES], result;
    const double *column[GW_MAX_SERIES];
    for (unsigned i = 0; i < function->series; i++) {
        value[i] = node_of(parser, &argument[i])->value;
        column[i] = &value[i];
    }
    function->kernel(column, NULL, 1, &result);
    if (isnan(result)) {
        struct gw_quote quote =
            gw_quote_text(parser, argument[0].begin, argument[function->series - 1].end);
        return gw_fail_at(parser->err, GW_CONFIG, gw_lexer_place(&parser->lexer, at),
                          "'%s' is undefined", quote.text);
    }
    return add_constant(parser, function->result, result, at, node_out);
}

static void use(struct gw_node *node, const struct gw_node *operand)
{
    node->over_bars = node->over_bars || operand->over_bars;
    node->depends |= operand->depends;
}

struct gw_quote gw_quote_text(const struct gw_parser *parser, size_t begin, size_t end)
{
    struct gw_quote quote;
    size_t length = end - begin, most = sizeof quote.text - 1;
    bool cut = length > most;
    length = cut ? most - 3 : length;
    for (size_t i = 0; i < length; i++) {
        char c = parser->lexer.text[begin + i];
        quote.text[i] = (char)(c >= ' ' ? c : ' '); /* a line end inside */
    }
    memcpy(quote.text + length, cut ? "..." : "", cut ? 4 : 1);
    return quote;
}

const char *gw_type_text(enum gw_type type)
{
    return type == GW_NUMBER ? "a number" : "true/false";
}

enum gw_status gw_build_node(struct gw_parser *parser,
                             const struct gw_node *node,
                             size_t at,
                             int32_t *node_out)
{
    *node_out = gw_store_add(parser->graph, node);
    if (*node_out == GW_NO_NODE) {
        return gw_fail_at(parser->err, GW_CONFIG, gw_lexer_place(&parser->lexer, at),
                          "the expressions have more than %d different parts",
                          GW_MAX_NODES);
    }
    return GW_OK;
}

enum gw_status gw_build_call(struct gw_parser *parser,
                             const struct gw_function *function,
                             size_t at,
                             const struct gw_part *argument,
                             size_t count,
                             int32_t *node_out)
{
    GW_TRY(check_arguments(parser, function, at, argument, count));
    if (function->elementwise && all_constant(parser, argument, count)) {
        return fold(parser, function, at, argument, node_out);
    }
    struct gw_node node =
        gw_node_blank(GW_NODE_CALL, function->result, gw_lexer_place(&parser->lexer, at));
    node.function = function;
    for (unsigned i = 0; i < function->series; i++) {
        node.series[i] = argument[i].node;
        use(&node, node_of(parser, &argument[i]));
    }
    for (unsigned i = 0; i < function->numbers; i++) {
        size_t from = function->series + i;
        if (from >= count) {
            GW_TRY(add_constant(parser, GW_NUMBER, function->number[i].standard, at,
                                &node.number[i]));
            continue;
        }
        node.number[i] = argument[from].node;
        use(&node, node_of(parser, &argument[from]));
    }
    return gw_build_node(parser, &node, at, node_out);
}
