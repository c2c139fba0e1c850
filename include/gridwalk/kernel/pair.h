/**
 * Two neighbouring bars at once, for the files of this layer. Arithmetic on a pair is
 * that on its two numbers, each rounded as by itself: the same bits on every processor.
 */
#ifndef GRIDWALK_KERNEL_PAIR_H
#define GRIDWALK_KERNEL_PAIR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef double gw_pair __attribute__((vector_size(2 * sizeof(double))));
typedef int64_t gw_pair_bits __attribute__((vector_size(2 * sizeof(int64_t))));

/** x[0] and x[1]. */
static inline gw_pair gw_pair_at(const double *x)
{
    gw_pair pair;
    memcpy(&pair, x, sizeof pair);
    return pair;
}

/** The first `count` of x[0] and x[1], 0 for the rest: a column may end in mid-pair. */
static inline gw_pair gw_pair_of(const double *x, size_t count)
{
    return count > 1 ? gw_pair_at(x) : (gw_pair){x[0], 0};
}

#endif
