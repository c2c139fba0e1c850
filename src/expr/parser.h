/** Reads the text of one expression into nodes of a graph. */
#ifndef GRIDWALK_EXPR_PARSER_H
#define GRIDWALK_EXPR_PARSER_H

#include "lexer.h"
#include "store.h"

struct gw_parser {
    struct gw_graph *graph;
    struct gw_lexer lexer;
    struct gw_token token; /* the one to be read next */
    size_t end;            /* of the token read last */
    unsigned depth;
    bool over_bars; /* fields are allowed */
    struct gw_error *err;
};

/** A sub-expression and its bytes in the text. */
struct gw_part {
    int32_t node;
    size_t begin, end;
};

/** A sub-expression as the user wrote it, cut to fit a message. */
struct gw_quote {
    char text[72];
};
struct gw_quote gw_quote_text(const struct gw_parser *parser, size_t begin, size_t end);

/** "a number" or "true/false". */
const char *gw_type_text(enum gw_type type);

/** Read the whole text; nodes may have been added when it fails. */
enum gw_status gw_parse(struct gw_parser *parser, struct gw_part *part_out) GW_MUST_CHECK;

/**
 * The node of a function or operator written at byte `at`, applied to `count` arguments:
 * checks their number, types and ranges, and folds constants.
 */
enum gw_status gw_build_call(struct gw_parser *parser,
                             const struct gw_function *function,
                             size_t at,
                             const struct gw_part *argument,
                             size_t count,
                             int32_t *node_out) GW_MUST_CHECK;

/** Add a node, or fail at byte `at` because the graph is full. */
enum gw_status gw_build_node(struct gw_parser *parser,
                             const struct gw_node *node,
                             size_t at,
                             int32_t *node_out) GW_MUST_CHECK;

#endif
