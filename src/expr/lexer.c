#include "lexer.h"

#include "gridwalk/base/text.h"

#include <limits.h>
#include <string.h>

/* What other languages write, and what to write here. Longer ones first. */
static const struct {
    const char *foreign, *hint;
} hint_table[] = {
    {"&&", "write 'and'"},
    {"&", "write 'and'"},
    {"||", "write 'or'"},
    {"|", "write 'or'"},
    {"!=", "write 'not (a == b)'"},
    {"<>", "write 'not (a == b)'"},
    {"!", "write 'not'"},
    {"=>", "write '>='"},
    {"=<", "write '<='"},
    {"=", "write '==' to compare"},
    {"**", "there is no power; write x * x"},
    {"^", "there is no power; write x * x"},
    {"%", "there is no remainder; 5 percent is 0.05"},
    {"?", "write where(condition, a, b)"},
    {"[", "only round brackets are used"},
    {"]", "only round brackets are used"},
    {"{", "only round brackets are used"},
    {"}", "only round brackets are used"},
    {"\"", "an expression has no quoted text"},
    {"'", "an expression has no quoted text"},
};

static const char *const sign_table[] = {">=", "<=", "==", ">", "<", "+", "-", "*", "/"};

static const char *const keyword_table[] = {"and", "or", "not", "raw", "true", "false"};

enum {
    HINTS = sizeof hint_table / sizeof hint_table[0],
    SIGNS = sizeof sign_table / sizeof sign_table[0],
    KEYWORDS = sizeof keyword_table / sizeof keyword_table[0],
    COMPARING_SIGNS = 3, /* those of two characters */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Bytes that were meant as one number, right or wrong: "1.5e-3", "2x", "1.2.3". */
static size_t number_length(const char *text)
{
    size_t length = 0;
    bool mantissa = true; /* only digits and points so far */
    while (is_digit(text[length]) || is_letter(text[length]) || text[length] == '.') {
        char c = text[length++];
        bool exponent = mantissa && (c == 'e' || c == 'E');
        mantissa = mantissa && (is_digit(c) || c == '.');
        if (exponent && (text[length] == '+' || text[length] == '-')) {
            length++;
        }
    }
    return length;
}

static enum gw_status
scan_number(const struct gw_lexer *lexer, struct gw_token *token, struct gw_error *err)
{
    const char *text = lexer->text + token->begin;
    size_t length = number_length(text);
    int shown = length < 40 ? (int)length : 40;
    token->kind = GW_TOKEN_NUMBER;
    token->end = token->begin + length;
    if (!gw_parse_double(text, length, &token->value)) {
        return gw_fail_at(err, GW_CONFIG, gw_lexer_place(lexer, token->begin),
                          "'%.*s' is neither a number nor a name", shown, text);
    }
    return GW_OK;
}

static void scan_word(const struct gw_lexer *lexer, struct gw_token *token)
{
    size_t end = token->begin;
    while (is_letter(lexer->text[end]) || is_digit(lexer->text[end])) {
        end++;
    }
    token->kind = GW_TOKEN_SIGN;
    token->end = end;
    if (!gw_token_is(lexer, token, "and") && !gw_token_is(lexer, token, "or") &&
        !gw_token_is(lexer, token, "not")) {
        token->kind = GW_TOKEN_NAME;
    }
}

static enum gw_status refuse(const struct gw_lexer *lexer, struct gw_error *err)
{
    const char *text = lexer->text + lexer->at;
    struct gw_place place = gw_lexer_place(lexer, lexer->at);
    for (size_t i = 0; i < HINTS; i++) {
        if (starts_with(text, hint_table[i].foreign)) {
            return gw_fail_at(err, GW_CONFIG, place, "unknown sign '%s': %s",
                              hint_table[i].foreign, hint_table[i].hint);
        }
    }
    if (*text > ' ' && *text <= '~') {
        return gw_fail_at(err, GW_CONFIG, place, "'%c' cannot stand in an expression",
                          *text);
    }
    return gw_fail_at(err, GW_CONFIG, place,
                      "the byte 0x%02x cannot stand in an expression: plain ASCII only",
                      (unsigned)(unsigned char)*text);
}

/* A sign other than a word; its length, or 0. "<>" and "**" are other languages' signs.
 */
static size_t sign_length(const char *text)
{
    if (starts_with(text, "<>") || starts_with(text, "**")) {
        return 0;
    }
    for (size_t i = 0; i < SIGNS; i++) {
        if (starts_with(text, sign_table[i])) {
            return i < COMPARING_SIGNS ? 2 : 1;
        }
    }
    return 0;
}

struct gw_place gw_lexer_place(const struct gw_lexer *lexer, size_t offset)
{
    struct gw_place place = lexer->place;
    if (place.column > 0 && offset < (size_t)(INT_MAX - place.column)) {
        place.column += (int)offset;
    }
    return place;
}

enum gw_status
gw_lexer_next(struct gw_lexer *lexer, struct gw_token *token_out, struct gw_error *err)
{
    while (is_blank(lexer->text[lexer->at])) {
        lexer->at++;
    }
    const char *text = lexer->text + lexer->at;
    struct gw_token token = {.begin = lexer->at, .end = lexer->at + 1};
    size_t sign = sign_length(text);
    if (*text == '\0') {
        token.kind = GW_TOKEN_END;
        token.end = token.begin;
    } else if (is_digit(*text) || (*text == '.' && is_digit(text[1]))) {
        GW_TRY(scan_number(lexer, &token, err));
    } else if (is_letter(*text)) {
        scan_word(lexer, &token);
    } else if (sign > 0) {
        token.kind = GW_TOKEN_SIGN;
        token.end = token.begin + sign;
    } else {
        static const char single[] = "(),.";
        const char *found = strchr(single, *text);
        if (found == NULL) {
            return refuse(lexer, err);
        }
        token.kind = (enum gw_token_kind)(GW_TOKEN_OPEN + (found - single));
    }
    lexer->at = token.end;
    *token_out = token;
    return GW_OK;
}

bool gw_token_is(const struct gw_lexer *lexer,
                 const struct gw_token *token,
                 const char *sign)
{
    size_t length = token->end - token->begin;
    return token->kind == GW_TOKEN_SIGN && strlen(sign) == length &&
           memcmp(lexer->text + token->begin, sign, length) == 0;
}

bool gw_keyword(const char *word)
{
    for (size_t i = 0; i < KEYWORDS; i++) {
        if (strcmp(word, keyword_table[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool gw_is_name(const char *word)
{
    if (!is_letter(*word)) {
        return false;
    }
    while (is_letter(*word) || is_digit(*word)) {
        word++;
    }
    return *word == '\0';
}
