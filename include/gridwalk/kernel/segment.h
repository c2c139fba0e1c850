/**
 * The rule of undefined operands, for the files of this layer: a function with a memory
 * starts anew after each, as if the series began there. A number that is not finite is
 * undefined.
 */
#ifndef GRIDWALK_KERNEL_SEGMENT_H
#define GRIDWALK_KERNEL_SEGMENT_H

#include <math.h>
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
        while (t < T && isfinite(x[t])) {
            t++;
        }
        function(x + first, scalar, t - first, out + first);
    }
}

#endif
