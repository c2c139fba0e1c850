/**
 * What the cases exercised, counted. The keys of an experiment and their choices, and the
 * functions, come from the program's own tables: what is added there and not generated
 * here fails the gate.
 */
#ifndef GRIDWALK_TESTS_GATE_TALLY_H
#define GRIDWALK_TESTS_GATE_TALLY_H

#include "rows.h"

struct gate_tally;

struct gate_tally *gate_tally_new(void);
void gate_tally_free(struct gate_tally *tally);

/** Count a case by its plan and its rows (by the reference, by the vectorized engine). */
void gate_tally_add(struct gate_tally *tally,
                    const struct gate_subject *subject,
                    const struct gate_rows *rows);

uint64_t gate_tally_rows(const struct gate_tally *tally);

/** Print all counts; how many of the demands on `cases` cases are not met. */
size_t gate_tally_print(const struct gate_tally *tally, uint64_t cases);

/** How many of the names that begin so occur in fewer cases than `least`; prints them. */
size_t
gate_tally_lacks(const struct gate_tally *tally, const char *begin, uint64_t least);

#endif
