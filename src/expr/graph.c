#include "gridwalk/expr/graph.h"

#include "parser.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *const *name, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* What the word already is, for a message; NULL when it is free. */
static const char *taken_by(const struct gw_graph *graph, const char *word)
{
    if (gw_keyword(word)) {
        return "a keyword";
    }
    if (gw_function_find(word) != NULL) {
        return "a function";
    }
    if (is_one_of(graph->field, graph->fields, word)) {
        return "a field";
    }
    if (is_one_of(graph->parameter, graph->parameters, word)) {
        return "a parameter";
    }
    for (size_t i = 0; i < graph->definitions; i++) {
        if (strcmp(graph->definition[i].name, word) == 0) {
            return "a definition";
        }
    }
    return NULL;
}

static enum gw_status
compile(struct gw_parser *parser, enum gw_type type, int32_t *node_out)
{
    struct gw_part part;
    GW_TRY(gw_parse(parser, &part));
    enum gw_type is = parser->graph->node[part.node].type;
    if (is != type) {
        struct gw_quote quote = gw_quote_text(parser, part.begin, part.end);
        return gw_fail_at(parser->err, GW_CONFIG,
                          gw_lexer_place(&parser->lexer, part.begin),
                          "this must be %s, but '%s' is %s", gw_type_text(type),
                          quote.text, gw_type_text(is));
    }
    *node_out = part.node;
    return GW_OK;
}

struct gw_graph *gw_graph_new(const char *const *parameter,
                              size_t count,
                              const char *const *field,
                              size_t fields)
{
    assert(count <= GW_MAX_PARAMETERS);
    struct gw_graph *graph = gw_calloc(1, sizeof *graph);
    graph->parameter = parameter;
    graph->parameters = count;
    graph->field = field;
    graph->fields = fields;
    return graph;
}

void gw_graph_free(struct gw_graph *graph)
{
    if (graph == NULL) {
        return;
    }
    for (size_t i = 0; i < graph->definitions; i++) {
        free(graph->definition[i].name);
    }
    free(graph->definition);
    free(graph->node);
    free(graph);
}

enum gw_status gw_graph_compile(struct gw_graph *graph,
                                const char *text,
                                struct gw_place place,
                                struct gw_expected expected,
                                int32_t *node_out,
                                struct gw_error *err)
{
    size_t before = graph->count;
    struct gw_parser parser = {.graph = graph,
                               .lexer = {.text = text, .place = place},
                               .over_bars = expected.over_bars,
                               .err = err};
    enum gw_status status = compile(&parser, expected.type, node_out);
    if (status != GW_OK) {
        gw_store_cut(graph, before);
    }
    return status;
}

enum gw_status gw_graph_define(struct gw_graph *graph,
                               const char *name,
                               struct gw_place place,
                               int32_t node,
                               struct gw_error *err)
{
    assert(node >= 0 && (size_t)node < graph->count);
    if (!gw_is_name(name)) {
        return gw_fail_at(err, GW_CONFIG, place,
                          "'%.60s' is no name: letters, digits and _, a letter first",
                          name);
    }
    const char *taken = taken_by(graph, name);
    if (taken != NULL) {
        return gw_fail_at(err, GW_CONFIG, place, "'%.60s' is already %s", name, taken);
    }
    graph->definition = gw_grow(graph->definition, &graph->definition_capacity,
                                graph->definitions + 1, sizeof *graph->definition);
    graph->definition[graph->definitions++] =
        (struct gw_definition){gw_strdup(name), node};
    return GW_OK;
}

bool gw_graph_reserved(const struct gw_graph *graph, const char *word)
{
    return gw_keyword(word) || gw_function_find(word) != NULL ||
           is_one_of(graph->field, graph->fields, word);
}

size_t gw_graph_count(const struct gw_graph *graph)
{
    return graph->count;
}

const struct gw_node *gw_graph_node(const struct gw_graph *graph, int32_t node)
{
    assert(node >= 0 && (size_t)node < graph->count);
    return &graph->node[node];
}
