/**
 * The rule of undefined operands, for the files of this layer: a function with a memory
 * starts anew after each, as if the series began there. A number that is not finite is
 * undefined.
 */
#ifndef GRIDWALK_KERNEL_SEGMENT_H
#define GRIDWALK_KERNEL_SEGMENT_H

#include "gridwalk/kernel/pair.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/** A function of a column without gaps. */
typedef void (*gw_segment_fn)(const double *x,
                              const double *scalar,
                              size_t T,
                              double *out);

static inline double gw_finite(double value)
{
    return isfinite(value) ? value : NAN;
}

static inline void gw_fill_undefined(double *out, size_t count)
{
    for (size_t t = 0; t < count; t++) {
        out[t] = NAN;
    }
}

enum { GW_STRETCH = 16 };

/** Whether x[0] to x[GW_STRETCH - 1] are all defined: 0 x is 0 or NaN. */
static inline bool gw_all_defined(const double *x)
{
    const gw_pair zero = {0, 0};
    gw_pair_bits any = {0, 0};
    for (size_t i = 0; i < GW_STRETCH; i += 2) {
        any |= gw_pair_at(x + i) * zero != zero;
    }
    return (any[0] | any[1]) == 0;
}

/** The first t or later that is undefined, T when none is. */
static inline size_t gw_next_undefined(const double *x, size_t t, size_t T)
{
    while (T - t >= GW_STRETCH && gw_all_defined(x + t)) {
        t += GW_STRETCH;
    }
    while (t < T && isfinite(x[t])) {
        t++;
    }
    return t;
}

/** Run `function` on each stretch of defined values of x; NaN between them. */
static inline void gw_each_segment(
    gw_segment_fn function, const double *x, const double *scalar, size_t T, double *out)
{
    size_t t = 0;
    while (t < T) {
        if (!isfinite(x[t])) {
            out[t++] = NAN;
            continue;
        }
        size_t first = t;
        t = gw_next_undefined(x, t, T);
        function(x + first, scalar, t - first, out + first);
    }
}

#endif
