/** A stream of random choices: the same seed and stream give the same, anywhere. */
#ifndef GRIDWALK_TESTS_GATE_DRAW_H
#define GRIDWALK_TESTS_GATE_DRAW_H

#include "gridwalk/base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate_draw {
    uint64_t seed, stream, at;
};

/** In [0, 1). */
static inline double gate_uniform(struct gate_draw *draw)
{
    return gw_philox_uniform(draw->seed, draw->stream, draw->at++);
}

static inline bool gate_chance(struct gate_draw *draw, double p)
{
    return gate_uniform(draw) < p;
}

/** In 0 to n - 1; n > 0. */
static inline size_t gate_below(struct gate_draw *draw, size_t n)
{
    return (size_t)(gate_uniform(draw) * (double)n);
}

/** In low to high, both among them. */
static inline long gate_between(struct gate_draw *draw, long low, long high)
{
    return low + (long)gate_below(draw, (size_t)(high - low + 1));
}

static inline double gate_normal(struct gate_draw *draw)
{
    double two[2];
    gw_philox_normal(draw->seed, draw->stream, draw->at++, two);
    return two[0];
}

/** One of the values listed: GATE_PICK(draw, double, 0, 0, 0.5). */
#define GATE_PICK(draw, type, ...)                                                       \
    (((const type[]){__VA_ARGS__})[gate_below(                                           \
        (draw), sizeof((const type[]){__VA_ARGS__}) / sizeof(type))])

#endif
