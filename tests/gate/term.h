/**
 * Expressions as trees in one array, so that an experiment is copied by assignment and a
 * part of an expression is replaced by overwriting its term.
 */
#ifndef GRIDWALK_TESTS_GATE_TERM_H
#define GRIDWALK_TESTS_GATE_TERM_H

#include "gridwalk/base/text.h"

enum { GATE_MAX_TERMS = 1000, GATE_MAX_OPERANDS = 3, GATE_NO_TERM = -1 };

/** A number of parameters alone, a number a bar, a condition. */
enum gate_type { GATE_NUMBER, GATE_SERIES, GATE_CONDITION };

enum gate_form { GATE_CONSTANT, GATE_WORD, GATE_CALL, GATE_INFIX, GATE_PREFIX };

struct gate_term {
    enum gate_type type;
    enum gate_form form;
    double value;     /* of a constant */
    const char *word; /* of the others; a literal */
    int operand[GATE_MAX_OPERANDS];
    int operands;
};

struct gate_terms {
    struct gate_term term[GATE_MAX_TERMS];
    int count;
};

int gate_constant(struct gate_terms *terms, enum gate_type type, double value);
int gate_word(struct gate_terms *terms, enum gate_type type, const char *word);

/** sma(a, b), (a + b), (not a) by the form; b and c may be GATE_NO_TERM. */
int gate_call(struct gate_terms *terms, struct gate_term head, int a, int b, int c);

/** The expression as an experiment file has it. */
void gate_term_print(const struct gate_terms *terms, int term, struct gw_text *out);

/** Whether the word occurs in it. */
bool gate_term_uses(const struct gate_terms *terms, int term, const char *word);

/**
 * The `i`-th way to make the part `part` of an expression simpler, in place: one of its
 * operands of the same type instead, or a leaf. False when there is no such way (others
 * may follow, up to GATE_WAYS).
 */
enum { GATE_WAYS = 6 };
bool gate_term_simplify(struct gate_terms *terms, int part, int i);

/** The parts of an expression from the root down. Shape out [GATE_MAX_TERMS]. */
int gate_term_parts(const struct gate_terms *terms, int term, int *out);

#endif
