#include "gridwalk/kernel/kernel.h"

#include "gridwalk/base/math.h"
#include "gridwalk/kernel/segment.h"

void gw_kernel_lag(const double *const *x, const double *scalar, size_t T, double *out)
{
    size_t k = (size_t)scalar[0];
    const double *value = x[0];
    gw_fill_undefined(out, T < k ? T : k);
    for (size_t t = k; t < T; t++) {
        out[t] = gw_finite(value[t - k]);
    }
}

static void crosses_above(const double *a, const double *b, size_t T, double *out)
{
    /* 1 and -1: a was above or below b when they last differed; 0: not since both exist.
     */
    int side = 0;
    for (size_t t = 0; t < T; t++) {
        if (!isfinite(a[t]) || !isfinite(b[t])) {
            out[t] = NAN;
            side = 0;
            continue;
        }
        int now = gw_above(a[t], b[t]) - gw_above(b[t], a[t]);
        out[t] = now > 0 && side < 0 ? 1 : 0;
        side = now != 0 ? now : side;
    }
}

void gw_kernel_crosses_above(const double *const *x,
                             const double *scalar,
                             size_t T,
                             double *out)
{
    (void)scalar;
    crosses_above(x[0], x[1], T, out);
}

void gw_kernel_crosses_below(const double *const *x,
                             const double *scalar,
                             size_t T,
                             double *out)
{
    (void)scalar;
    crosses_above(x[1], x[0], T, out);
}
