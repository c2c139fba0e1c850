#include "gridwalk/kernel/kernel.h"

#include "gridwalk/kernel/segment.h"

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The block before `first`, run backwards: each extreme goes where its window ends. */
static inline void
run_backwards(const double *x, size_t n, size_t T, size_t first, double sign, double *out)
{
    double extreme = -INFINITY;
    for (size_t k = 1; k < n; k++) {
        extreme = larger(extreme, sign * x[first - k]);
        if (first + n - 1 - k < T) {
            out[first + n - 1 - k] = extreme;
        }
    }
}

/*
 * The column is cut into blocks of n. A window is the end of one block and the beginning
 * of the next: its extreme is the larger of two running ones, the first run backwards and
 * the second forwards (van Herk; Gil and Werman). The backward ones wait in `out`. `sign`
 * is -1 for the smallest.
 */
static inline void
extreme_segment(const double *x, size_t n, size_t T, double sign, double *out)
{
    if (T < n) {
        gw_fill_undefined(out, T);
        return;
    }
    double extreme = -INFINITY;
    for (size_t t = 0; t < n; t++) {
        extreme = larger(extreme, sign * x[t]);
        out[t] = NAN;
    }
    out[n - 1] = sign * extreme;
    size_t place = n; /* of t in its block */
    for (size_t t = n; t < T; t++) {
        if (place == n) {
            run_backwards(x, n, T, t, sign, out);
            extreme = -INFINITY;
            place = 0;
        }
        place++;
        extreme = larger(extreme, sign * x[t]);
        out[t] = sign * (place == n ? extreme : larger(out[t], extreme));
    }
}

static void highest_segment(const double *x, const double *scalar, size_t T, double *out)
{
    extreme_segment(x, (size_t)scalar[0], T, 1, out);
}

static void lowest_segment(const double *x, const double *scalar, size_t T, double *out)
{
    extreme_segment(x, (size_t)scalar[0], T, -1, out);
}

void gw_kernel_highest(const double *const *x,
                       const double *scalar,
                       size_t T,
                       double *out)
{
    gw_each_segment(highest_segment, x[0], scalar, T, out);
}

void gw_kernel_lowest(const double *const *x, const double *scalar, size_t T, double *out)
{
    gw_each_segment(lowest_segment, x[0], scalar, T, out);
}
