/** The functions of this folder, by their names for one instruction set. */
#ifndef GRIDWALK_ENGINE_LANES_PARTS_H
#define GRIDWALK_ENGINE_LANES_PARTS_H

#include "vec.h"

/* What they do is said in lanes.h, at the entries of the table. */
void OF_ISA(lane_bounds)(const double *a, size_t bars, double *low, double *high);
void OF_ISA(lane_range)(const double *x, size_t words, double *low, double *high);
void OF_ISA(lane_compare)(const struct lane_pair *pair,
                          size_t words,
                          uint64_t *above,
                          uint64_t *below);
uint64_t OF_ISA(lane_both_defined)(const double *a, const double *b);
void OF_ISA(lane_cross)(const uint64_t *const *above_below_equal,
                        size_t words,
                        struct lane_bits *side,
                        uint64_t *yes,
                        uint64_t *no);
void OF_ISA(lane_moves)(
    const double *weight, double previous, bool every, size_t words, uint64_t *out);
void OF_ISA(lane_choose)(const uint64_t *const *yes_no,
                         const double *const *operand,
                         size_t words,
                         double *out);
void OF_ISA(lane_intend)(const struct lane_signals *signals,
                         const uint64_t *decide,
                         struct lane_bits *held_long,
                         struct lane_bits *held_short,
                         struct lane_intents *out);
size_t OF_ISA(lane_rebalance)(const struct lane_bar *bar,
                              struct lane_book *book,
                              uint8_t *left);

void OF_ISA(lane_mark)(const struct lane_book *book,
                       size_t lanes,
                       double mark,
                       double *out);

#define PART(name)                                                                       \
    void OF_ISA(lane_##name)(const struct lane_bars *bars, struct lane_events *events,   \
                             struct lane_sums *sums);
PART(gauge_basic)
PART(gauge_all)
PART(hold_basic)
PART(hold_all)
PART(add)
PART(add_and_pool)
PART(read_basic)
PART(read_all)
PART(read_add)
PART(read_add_and_pool)
#undef PART

#endif
