/** What happened in the rows of a case: options that are drawn but never bite test
 * nothing. */
#ifndef GRIDWALK_TESTS_GATE_OUTCOME_H
#define GRIDWALK_TESTS_GATE_OUTCOME_H

#include "rows.h"

/* name, of how many cases one must have it */
#define GATE_OUTCOME_LIST(X)                                                             \
    X(ORDER, "a fill by an order", 3)                                                    \
    X(LOSS, "a fill by a loss stop", 30)                                                 \
    X(PROFIT, "a fill by a profit stop", 30)                                             \
    X(TRAIL, "a fill by a trailing stop", 30)                                            \
    X(BARS, "a fill by a stop after bars", 30)                                           \
    X(END, "a fill by close_at_end", 20)                                                 \
    X(DELISTING, "a fill by a delisting", 20)                                            \
    X(RUIN, "a fill by ruin", 100)                                                       \
    X(PARTS, "an order filled in parts", 30)                                             \
    X(CUT_STOP, "a stop that volume cut", 100)                                           \
    X(CLIPPED, "clipped", 30)                                                            \
    X(DROPPED, "dropped", 10)                                                            \
    X(RECEIVED, "interest received", 30)                                                 \
    X(PAID, "interest paid", 50)                                                         \
    X(BORROWED, "a borrow fee", 50)                                                      \
    X(DIVIDEND, "a dividend in cash", 50)                                                \
    X(MINIMUM, "the least commission", 50)                                               \
    X(WHOLE, "a fill of whole shares", 20)                                               \
    X(STOPPED_SHORT, "a stop of a short position", 30)                                   \
    X(STOPPED_AT_ONCE, "a stop on the bar of its entry", 100)                            \
    X(STOPPED_AT_OPEN, "a stop at an open behind its level", 100)                        \
    X(STOPPED_AMONG_TWO, "a loss stop where profit was touched too", 200)

enum gate_outcomes {
#define X(name, text, one_in) GATE_##name,
    GATE_OUTCOME_LIST(X)
#undef X
        GATE_OUTCOMES
};

struct gate_outcome_info {
    const char *name;
    double one_in;
};
extern const struct gate_outcome_info gate_outcome_info[GATE_OUTCOMES];

/** Those of the reference engine's rows. Shape out: [GATE_OUTCOMES]. */
void gate_outcomes(const struct gate_subject *subject,
                   const struct gate_rows *rows,
                   bool *out);

#endif
