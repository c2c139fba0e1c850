/** Cuts the text of an expression into tokens; knows no grammar. */
#ifndef GRIDWALK_EXPR_LEXER_H
#define GRIDWALK_EXPR_LEXER_H

#include "gridwalk/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum gw_token_kind {
    GW_TOKEN_END,
    GW_TOKEN_NUMBER,
    GW_TOKEN_NAME,
    GW_TOKEN_SIGN, /* an operator: + - * / > < >= <= == and or not */
    GW_TOKEN_OPEN,
    GW_TOKEN_CLOSE,
    GW_TOKEN_COMMA,
    GW_TOKEN_POINT
};

struct gw_token {
    enum gw_token_kind kind;
    size_t begin, end; /* its bytes in the text */
    double value;      /* of a number */
};

struct gw_lexer {
    const char *text;
    size_t at;
    struct gw_place place; /* of the first byte of the text */
};

/** The place of a byte of the text: columns go on from the first, also over line ends. */
struct gw_place gw_lexer_place(const struct gw_lexer *lexer, size_t offset);

/** Errors: a character that starts no token (with a hint where one can be given), a
 * number that is none. */
enum gw_status gw_lexer_next(struct gw_lexer *lexer,
                             struct gw_token *token_out,
                             struct gw_error *err) GW_MUST_CHECK;

/** Whether a token is this sign. */
bool gw_token_is(const struct gw_lexer *lexer,
                 const struct gw_token *token,
                 const char *sign);

/** Whether a word is a keyword: and or not raw true false. */
bool gw_keyword(const char *word);

/** Whether a word is [A-Za-z_][A-Za-z0-9_]*. */
bool gw_is_name(const char *word);

#endif
