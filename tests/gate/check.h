/** One case through both engines, in several manners. */
#ifndef GRIDWALK_TESTS_GATE_CHECK_H
#define GRIDWALK_TESTS_GATE_CHECK_H

#include "compare.h"

enum gate_outcome { GATE_AGREES, GATE_DISAGREES, GATE_REFUSED };

/** The instruction sets to compare. */
struct gate_isas {
    const char *name[8]; /* [count], the first is the one that is judged */
    size_t count;
};

struct gate_verdict {
    enum gate_outcome outcome;
    struct gw_text text;             /* where and what, one sentence a line */
    double value[GW_MAX_PARAMETERS]; /* of the row that differs */
    struct gw_span span;
    bool looked_ahead; /* that comparison was made */
};

void gate_verdict_clear(struct gate_verdict *verdict);

/** Called with an open case and its rows before they go: [0] by the reference, [1] by the
 * vectorized engine. */
typedef void gate_seen(void *context,
                       const struct gate_subject *subject,
                       const struct gate_rows *rows);

/**
 * Compare the engines with each other, and the vectorized one with itself: other cuts,
 * another instruction set, a changed future. `seen` may be NULL.
 */
void gate_check(const struct gate_case *origin,
                const struct gate_isas *isas,
                gate_seen *seen,
                void *context,
                struct gate_verdict *verdict);

#endif
