#include "term.h"

#include <assert.h>
#include <string.h>

static int add(struct gate_terms *terms, struct gate_term term)
{
    assert(terms->count < GATE_MAX_TERMS);
    terms->term[terms->count] = term;
    return terms->count++;
}

int gate_constant(struct gate_terms *terms, enum gate_type type, double value)
{
    return add(terms,
               (struct gate_term){.type = type, .form = GATE_CONSTANT, .value = value});
}

int gate_word(struct gate_terms *terms, enum gate_type type, const char *word)
{
    return add(terms, (struct gate_term){.type = type, .form = GATE_WORD, .word = word});
}

int gate_call(struct gate_terms *terms, struct gate_term head, int a, int b, int c)
{
    const int operand[GATE_MAX_OPERANDS] = {a, b, c};
    head.operands = 0;
    for (int i = 0; i < GATE_MAX_OPERANDS && operand[i] != GATE_NO_TERM; i++) {
        head.operand[head.operands++] = operand[i];
    }
    return add(terms, head);
}

static void print_constant(const struct gate_term *term, struct gw_text *out)
{
    char number[32];
    if (term->type == GATE_CONDITION) {
        gw_text_printf(out, "%s", term->value != 0 ? "true" : "false");
        return;
    }
    gw_format_double(term->value, number, sizeof number);
    gw_text_printf(out, term->value < 0 ? "(%s)" : "%s", number);
}

void gate_term_print(const struct gate_terms *terms, int term, struct gw_text *out)
{
    const struct gate_term *it = &terms->term[term];
    if (it->form == GATE_CONSTANT) {
        print_constant(it, out);
        return;
    }
    if (it->form == GATE_WORD) {
        gw_text_printf(out, "%s", it->word);
        return;
    }
    if (it->form != GATE_INFIX) {
        bool call = it->form == GATE_CALL;
        gw_text_printf(out,
                       call                   ? "%s("
                       : strlen(it->word) > 1 ? "(%s "
                                              : "(%s",
                       it->word);
    } else {
        gw_text_printf(out, "(");
    }
    for (int i = 0; i < it->operands; i++) {
        if (i > 0 && it->form == GATE_INFIX) {
            gw_text_printf(out, " %s ", it->word);
        } else if (i > 0) {
            gw_text_printf(out, ", ");
        }
        gate_term_print(terms, it->operand[i], out);
    }
    gw_text_printf(out, ")");
}

bool gate_term_uses(const struct gate_terms *terms, int term, const char *word)
{
    const struct gate_term *it = &terms->term[term];
    bool uses = it->form == GATE_WORD && strcmp(it->word, word) == 0;
    for (int i = 0; i < it->operands && !uses; i++) {
        uses = gate_term_uses(terms, it->operand[i], word);
    }
    return uses;
}

/* What a part of that type comes down to. */
static struct gate_term leaf(enum gate_type type, int which)
{
    struct gate_term term = {.type = type, .form = GATE_CONSTANT, .value = which};
    if (type == GATE_NUMBER) {
        term.value = which + 1;
    } else if (type == GATE_SERIES && which == 0) {
        term.form = GATE_WORD;
        term.word = "close";
    }
    return term;
}

bool gate_term_simplify(struct gate_terms *terms, int part, int i)
{
    struct gate_term *it = &terms->term[part];
    if (i < GATE_MAX_OPERANDS) {
        if (i >= it->operands || terms->term[it->operand[i]].type != it->type) {
            return false;
        }
        *it = terms->term[it->operand[i]];
        return true;
    }
    int which = i - GATE_MAX_OPERANDS;
    if (which > 1 || (it->form == GATE_CONSTANT && it->type != GATE_SERIES) ||
        (it->form == GATE_CONSTANT && which == 1) ||
        (it->form == GATE_WORD && strcmp(it->word, "close") == 0)) {
        return false;
    }
    *it = leaf(it->type, which);
    return true;
}

int gate_term_parts(const struct gate_terms *terms, int term, int *out)
{
    int count = 0;
    out[count++] = term;
    for (int at = 0; at < count; at++) {
        const struct gate_term *it = &terms->term[out[at]];
        for (int i = 0; i < it->operands && count < GATE_MAX_TERMS; i++) {
            out[count++] = it->operand[i];
        }
    }
    return count;
}
