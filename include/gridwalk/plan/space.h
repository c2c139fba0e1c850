/**
 * The rectangle of parameter combinations and the part of it that the constraints leave.
 *
 * A combination number is the mixed-radix index in the full rectangle, first parameter
 * slowest, before constraints: a stable id. Nothing here takes memory by the size of the
 * rectangle but the rank index (8 B per 4,096 combinations).
 */
#ifndef GRIDWALK_PLAN_SPACE_H
#define GRIDWALK_PLAN_SPACE_H

#include "gridwalk/expr/graph.h"

#include <stdbool.h>
#include <stdint.h>

/** One parameter: a list of values, or a range whose i-th value is the double nearest to
 * the exact decimal from + i step. */
struct gw_axis {
    const char *name;
    struct gw_place place;
    bool integer; /* every value was written as an integer */
    size_t count;
    double *list;       /* [count], or NULL for a range */
    int64_t from, step; /* of a range, in units of 1/scale */
    double scale;       /* a power of ten <= 1e15 */
};

double gw_axis_value(const struct gw_axis *axis, size_t i);

struct gw_space {
    const struct gw_graph *graph; /* holds the constraints; not owned */
    struct gw_axis *axis;         /* [axes], in file order; not owned */
    size_t axes;
    const int32_t *constraint; /* nodes; not owned */
    size_t constraints;
    uint64_t total;    /* of the rectangle */
    uint64_t *before;  /* rank index, see gw_space_index; owned */
    uint64_t feasible; /* set by gw_space_index */
};

enum { GW_BLOCK = 1024 }; /* largest count of the block functions */

/** Value indices of combination k, one an axis. */
void gw_space_decode(const struct gw_space *space, uint64_t k, size_t *index_out);

/** Parameter values of combinations k[0..count): value[axis] is a column [count <=
 * GW_BLOCK]. */
void gw_space_values(const struct gw_space *space,
                     const uint64_t *k,
                     size_t count,
                     double *const *value);

/** Which of k[0..count) the constraints leave; count <= GW_BLOCK. */
void gw_space_feasible(const struct gw_space *space,
                       const uint64_t *k,
                       size_t count,
                       bool *out);

struct gw_feasible {
    uint64_t count; /* exact, or estimated */
    bool exact;     /* false: seeded sampling of 100,000 combinations */
};

/** How many combinations the constraints leave: exactly up to 10^7, else estimated. */
struct gw_feasible gw_space_count(const struct gw_space *space);

/** Walk the whole rectangle once and build the rank index; sets feasible. */
void gw_space_index(struct gw_space *space);
void gw_space_clear(struct gw_space *space); /* frees the index */

/** Number of feasible combinations below k (its row among them when k is one). Needs the
 *  index. */
uint64_t gw_space_rank(const struct gw_space *space, uint64_t k);

/** The next feasible combination >= k, or total. */
uint64_t gw_space_next(const struct gw_space *space, uint64_t k);

/** "fast=10, slow=50" of a combination. */
struct gw_text;
void gw_space_print(const struct gw_space *space, uint64_t k, struct gw_text *out);

#endif
