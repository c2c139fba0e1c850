/** Whether a score hangs on what comes behind the segment that it is of. */
#ifndef GRIDWALK_TESTS_GATE_LEAK_H
#define GRIDWALK_TESTS_GATE_LEAK_H

#include "check.h"
#include "tally.h"

/** Other futures that were tried. */
struct gate_leak_count {
    uint64_t behind[GW_SEGMENTS]; /* train, test, validation: its last bar */
    uint64_t appears, never_comes, leaves, stays; /* assets then, not before */
    uint64_t rows;                                /* compared, of both engines */
};

/** As gate_case_make. Half of the cases decide and fill at one close: with a bar between
 * the two, who looks one bar ahead trades on it behind the segment, where it is not seen.
 */
void gate_leak_make(uint64_t seed, uint64_t attempt, struct gate_case *out);

/**
 * A walk-forward case whose market is changed behind the last bar of every segment of
 * every window, each time planned and run anew by both engines: neither the windows nor
 * a bit of the rows that end there or before may change. A case without walk_forward, or
 * without a bar behind any segment, is refused, and most of those that hardly trade.
 */
void gate_leak_check(const struct gate_case *origin,
                     struct gate_tally *tally,
                     struct gate_leak_count *count,
                     struct gate_verdict *verdict);

/** Print what was tried; how many demands on a full run are not met. */
size_t gate_leak_print(const struct gate_leak_count *count,
                       const struct gate_tally *tally,
                       uint64_t cases);

#endif
