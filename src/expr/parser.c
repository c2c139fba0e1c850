#include "parser.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64, MOST_ARGUMENTS = GW_MAX_SERIES + GW_MAX_NUMBERS };

/* The one forward declaration: a bracket holds whatever a whole expression can be. */
static enum gw_status
parse_level(struct gw_parser *parser, enum gw_level level, struct gw_part *part_out);

static struct gw_place place_at(const struct gw_parser *parser, size_t offset)
{
    return gw_lexer_place(&parser->lexer, offset);
}

static enum gw_status advance(struct gw_parser *parser)
{
    parser->end = parser->token.end;
    return gw_lexer_next(&parser->lexer, &parser->token, parser->err);
}

static enum gw_status enter(struct gw_parser *parser)
{
    if (parser->depth == DEEPEST) {
        return gw_fail_at(parser->err, GW_CONFIG, place_at(parser, parser->token.begin),
                          "nested more than %d deep; name a part under 'define'",
                          DEEPEST);
    }
    parser->depth++;
    return GW_OK;
}

/* Something else stands where `wanted` should. */
static enum gw_status unexpected(const struct gw_parser *parser, const char *wanted)
{
    const struct gw_token *token = &parser->token;
    struct gw_place place = place_at(parser, token->begin);
    if (token->kind == GW_TOKEN_END) {
        return gw_fail_at(parser->err, GW_CONFIG, place,
                          "the expression ends where %s should follow", wanted);
    }
    return gw_fail_at(parser->err, GW_CONFIG, place, "expected %s, got '%s'", wanted,
                      gw_quote_text(parser, token->begin, token->end).text);
}

/* Read the ')' of the bracket at byte `open`. */
static enum gw_status close_bracket(struct gw_parser *parser, size_t open, bool list)
{
    if (parser->token.kind == GW_TOKEN_CLOSE) {
        parser->depth--;
        return advance(parser);
    }
    struct gw_place place = place_at(parser, open);
    if (parser->token.kind == GW_TOKEN_END) {
        return gw_fail_at(parser->err, GW_CONFIG, place,
                          "the bracket '(' opened here is not closed");
    }
    char wanted[96];
    snprintf(wanted, sizeof wanted, "an operator%s or the ')' of the '(' in column %d",
             list ? ", ','" : "", place.column);
    return unexpected(parser, wanted);
}

static enum gw_status add_node(struct gw_parser *parser,
                               struct gw_node node,
                               size_t at,
                               struct gw_part *part_out)
{
    part_out->begin = at;
    part_out->end = parser->end;
    return gw_build_node(parser, &node, at, &part_out->node);
}

static enum gw_status parse_constant(struct gw_parser *parser,
                                     enum gw_type type,
                                     double value,
                                     size_t at,
                                     struct gw_part *part_out)
{
    struct gw_node node = gw_node_blank(GW_NODE_CONSTANT, type, place_at(parser, at));
    node.value = value;
    return add_node(parser, node, at, part_out);
}

static size_t index_of(const char *const *name, size_t count, const char *word)
{
    size_t i = 0;
    while (i < count && strcmp(name[i], word) != 0) {
        i++;
    }
    return i;
}

static size_t definition_of(const struct gw_graph *graph, const char *word)
{
    size_t i = 0;
    while (i < graph->definitions && strcmp(graph->definition[i].name, word) != 0) {
        i++;
    }
    return i;
}

static bool known(const struct gw_graph *graph, const char *word)
{
    return index_of(graph->parameter, graph->parameters, word) < graph->parameters ||
           index_of(graph->field, graph->fields, word) < graph->fields ||
           definition_of(graph, word) < graph->definitions;
}

/* "; did you mean 'close'?" behind the failure *err holds, when a name is near. */
static enum gw_status
unknown(const struct gw_parser *parser, const char *word, size_t at, bool call)
{
    const struct gw_graph *graph = parser->graph;
    size_t count = 0;
    const char **name = gw_calloc(
        graph->parameters + graph->definitions + graph->fields + 1, sizeof *name);
    for (size_t i = 0; i < graph->parameters; i++) {
        name[count++] = graph->parameter[i];
    }
    for (size_t i = 0; i < graph->definitions; i++) {
        name[count++] = graph->definition[i].name;
    }
    for (size_t i = 0; i < graph->fields; i++) {
        name[count++] = graph->field[i];
    }
    const char *near = call ? NULL : gw_nearest(word, name, count);
    free(name);
    near = near == NULL ? gw_function_nearest(word) : near;
    return gw_fail_at(parser->err, GW_CONFIG, place_at(parser, at),
                      "unknown %s '%.60s'%s%s%s", call ? "function" : "name", word,
                      near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                      near == NULL ? "" : "'?");
}

static enum gw_status
refuse_bars(const struct gw_parser *parser, const char *word, size_t at)
{
    return gw_fail_at(parser->err, GW_CONFIG, place_at(parser, at),
                      "'%.60s' changes from bar to bar; only parameters can stand here",
                      word);
}

static enum gw_status parse_field(
    struct gw_parser *parser, size_t field, bool raw, size_t at, struct gw_part *part_out)
{
    if (!parser->over_bars) {
        return refuse_bars(parser, parser->graph->field[field], at);
    }
    struct gw_node node = gw_node_blank(GW_NODE_FIELD, GW_NUMBER, place_at(parser, at));
    node.index = (int32_t)field;
    node.raw = raw;
    node.over_bars = true;
    return add_node(parser, node, at, part_out);
}

static enum gw_status parse_parameter(struct gw_parser *parser,
                                      size_t parameter,
                                      size_t at,
                                      struct gw_part *part_out)
{
    struct gw_node node =
        gw_node_blank(GW_NODE_PARAMETER, GW_NUMBER, place_at(parser, at));
    node.index = (int32_t)parameter;
    node.depends = UINT32_C(1) << parameter;
    return add_node(parser, node, at, part_out);
}

static enum gw_status parse_definition(const struct gw_parser *parser,
                                       const struct gw_definition *definition,
                                       size_t at,
                                       struct gw_part *part_out)
{
    if (!parser->over_bars && parser->graph->node[definition->node].over_bars) {
        return refuse_bars(parser, definition->name, at);
    }
    *part_out = (struct gw_part){definition->node, at, parser->end};
    return GW_OK;
}

/* raw "." FIELD, behind the "raw" at byte `at`. */
static enum gw_status
parse_raw(struct gw_parser *parser, size_t at, struct gw_part *part_out)
{
    const struct gw_graph *graph = parser->graph;
    if (parser->token.kind != GW_TOKEN_POINT) {
        return unexpected(parser, "a point and a field behind 'raw' (raw.close)");
    }
    GW_TRY(advance(parser));
    if (parser->token.kind != GW_TOKEN_NAME) {
        return unexpected(parser, "a field behind 'raw.'");
    }
    char *word = gw_strndup(parser->lexer.text + parser->token.begin,
                            parser->token.end - parser->token.begin);
    size_t field = index_of(graph->field, graph->fields, word);
    if (field == graph->fields) {
        const char *near = gw_nearest(word, graph->field, graph->fields);
        enum gw_status status =
            gw_fail_at(parser->err, GW_CONFIG, place_at(parser, parser->token.begin),
                       "unknown field 'raw.%.60s'%s%s%s", word,
                       near == NULL ? "" : "; did you mean 'raw.",
                       near == NULL ? "" : near, near == NULL ? "" : "'?");
        free(word);
        return status;
    }
    free(word);
    GW_TRY(advance(parser));
    return parse_field(parser, field, true, at, part_out);
}

/* NAME "(" or {"," or} ")", at the "(" behind the name at byte `at`. */
static enum gw_status parse_call(struct gw_parser *parser,
                                 const char *word,
                                 size_t at,
                                 struct gw_part *part_out)
{
    const struct gw_function *function = gw_function_find(word);
    struct gw_part argument[MOST_ARGUMENTS], more;
    size_t count = 0, open = parser->token.begin;
    if (function == NULL && known(parser->graph, word)) {
        return gw_fail_at(parser->err, GW_CONFIG, place_at(parser, at),
                          "'%.60s' is not a function", word);
    }
    if (function == NULL) {
        return unknown(parser, word, at, true);
    }
    GW_TRY(enter(parser));
    GW_TRY(advance(parser));
    bool empty = parser->token.kind == GW_TOKEN_CLOSE;
    for (bool next = !empty; next; count++) {
        GW_TRY(parse_level(parser, GW_LEVEL_OR,
                           count < MOST_ARGUMENTS ? &argument[count] : &more));
        next = parser->token.kind == GW_TOKEN_COMMA;
        if (next) {
            GW_TRY(advance(parser));
        }
    }
    GW_TRY(close_bracket(parser, open, true));
    part_out->begin = at;
    part_out->end = parser->end;
    return gw_build_call(parser, function, at, argument, count, &part_out->node);
}

/* What begins with the word at byte `at`, which has been read. */
static enum gw_status parse_word(struct gw_parser *parser,
                                 const char *word,
                                 size_t at,
                                 struct gw_part *part_out)
{
    const struct gw_graph *graph = parser->graph;
    if (strcmp(word, "raw") == 0) {
        return parse_raw(parser, at, part_out);
    }
    if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        return parse_constant(parser, GW_BOOLEAN, *word == 't', at, part_out);
    }
    if (parser->token.kind == GW_TOKEN_OPEN) {
        return parse_call(parser, word, at, part_out);
    }
    size_t index = index_of(graph->parameter, graph->parameters, word);
    if (index < graph->parameters) {
        return parse_parameter(parser, index, at, part_out);
    }
    index = definition_of(graph, word);
    if (index < graph->definitions) {
        return parse_definition(parser, &graph->definition[index], at, part_out);
    }
    index = index_of(graph->field, graph->fields, word);
    if (index < graph->fields) {
        return parse_field(parser, index, false, at, part_out);
    }
    if (gw_function_find(word) != NULL) {
        return gw_fail_at(parser->err, GW_CONFIG, place_at(parser, at),
                          "'%s' is a function: its arguments follow in brackets", word);
    }
    return unknown(parser, word, at, false);
}

static enum gw_status parse_name(struct gw_parser *parser, struct gw_part *part_out)
{
    size_t at = parser->token.begin;
    GW_TRY(advance(parser));
    char *word = gw_strndup(parser->lexer.text + at, parser->end - at);
    enum gw_status status = parse_word(parser, word, at, part_out);
    free(word);
    return status;
}

/* atom: NUMBER | NAME | "raw" "." FIELD | NAME "(" or {"," or} ")" | "(" or ")" */
static enum gw_status parse_atom(struct gw_parser *parser, struct gw_part *part_out)
{
    const struct gw_token token = parser->token;
    switch (token.kind) {
    case GW_TOKEN_NUMBER:
        GW_TRY(advance(parser));
        return parse_constant(parser, GW_NUMBER, token.value, token.begin, part_out);
    case GW_TOKEN_NAME:
        return parse_name(parser, part_out);
    case GW_TOKEN_OPEN:
        GW_TRY(enter(parser));
        GW_TRY(advance(parser));
        GW_TRY(parse_level(parser, GW_LEVEL_OR, part_out));
        GW_TRY(close_bracket(parser, token.begin, false));
        part_out->begin = token.begin;
        part_out->end = parser->end;
        return GW_OK;
    default:
        return unexpected(parser, "a number, a name or '('");
    }
}

/* not: "not" not | ...     unary: "-" unary | ... */
static enum gw_status parse_prefix(struct gw_parser *parser,
                                   const char *sign,
                                   enum gw_level level,
                                   struct gw_part *part_out)
{
    struct gw_part operand;
    size_t at = parser->token.begin;
    GW_TRY(enter(parser));
    GW_TRY(advance(parser));
    GW_TRY(parse_level(parser, level, &operand));
    parser->depth--;
    part_out->begin = at;
    part_out->end = operand.end;
    return gw_build_call(parser, gw_operator_find(sign, 1), at, &operand, 1,
                         &part_out->node);
}

/* The operator with two operands of this level that stands next, or NULL. */
static const struct gw_function *operator_here(const struct gw_parser *parser,
                                               enum gw_level level)
{
    char sign[4] = "";
    size_t length = parser->token.end - parser->token.begin;
    if (parser->token.kind != GW_TOKEN_SIGN || length >= sizeof sign) {
        return NULL;
    }
    memcpy(sign, parser->lexer.text + parser->token.begin, length);
    return gw_operator_level(sign, 2) == level ? gw_operator_find(sign, 2) : NULL;
}

/* or: and {"or" and}   and: not {"and" not}   comparison: sum [">" sum]
 * sum: product {"+" product}   product: unary {"*" unary} */
static enum gw_status
parse_level(struct gw_parser *parser, enum gw_level level, struct gw_part *part_out)
{
    struct gw_part side[2];
    if (level == GW_LEVEL_ATOM) {
        return parse_atom(parser, part_out);
    }
    if (level == GW_LEVEL_NOT && gw_token_is(&parser->lexer, &parser->token, "not")) {
        return parse_prefix(parser, "not", level, part_out);
    }
    if (level == GW_LEVEL_UNARY && gw_token_is(&parser->lexer, &parser->token, "-")) {
        return parse_prefix(parser, "-", level, part_out);
    }
    GW_TRY(parse_level(parser, level + 1, &side[0]));
    const struct gw_function *function = operator_here(parser, level);
    for (bool first = true; function != NULL; first = false) {
        size_t at = parser->token.begin;
        if (level == GW_LEVEL_COMPARISON && !first) {
            return gw_fail_at(parser->err, GW_CONFIG, place_at(parser, at),
                              "comparisons do not chain: write 'a < b and b < c'");
        }
        GW_TRY(advance(parser));
        GW_TRY(parse_level(parser, level + 1, &side[1]));
        GW_TRY(gw_build_call(parser, function, at, side, 2, &side[0].node));
        side[0].end = side[1].end;
        function = operator_here(parser, level);
    }
    *part_out = side[0];
    return GW_OK;
}

enum gw_status gw_parse(struct gw_parser *parser, struct gw_part *part_out)
{
    GW_TRY(advance(parser));
    if (parser->token.kind == GW_TOKEN_END) {
        return gw_fail_at(parser->err, GW_CONFIG, parser->lexer.place,
                          "the expression is empty");
    }
    GW_TRY(parse_level(parser, GW_LEVEL_OR, part_out));
    struct gw_place place = place_at(parser, parser->token.begin);
    switch (parser->token.kind) {
    case GW_TOKEN_END:
        return GW_OK;
    case GW_TOKEN_CLOSE:
        return gw_fail_at(parser->err, GW_CONFIG, place, "this ')' closes no bracket");
    case GW_TOKEN_COMMA:
        return gw_fail_at(parser->err, GW_CONFIG, place,
                          "a comma stands between the arguments of a function only");
    case GW_TOKEN_POINT:
        return gw_fail_at(parser->err, GW_CONFIG, place,
                          "a point follows 'raw' only, as in raw.close");
    default:
        return unexpected(parser, "an operator");
    }
}
