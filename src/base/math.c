#include "gridwalk/base/math.h"

#include <sleef.h>

double gw_log(double x)
{
    return Sleef_cinz_logd1_u10purec(x);
}

double gw_exp(double x)
{
    return Sleef_cinz_expd1_u10purec(x);
}

double gw_pow(double x, double y)
{
    return Sleef_cinz_powd1_u10purec(x, y);
}

double gw_sinpi(double x)
{
    return Sleef_cinz_sinpid1_u05purec(x);
}

double gw_cospi(double x)
{
    return Sleef_cinz_cospid1_u05purec(x);
}

double gw_normal_cdf(double x)
{
    static const double sqrt_half = 0.70710678118654752440;
    return 0.5 * Sleef_cinz_erfcd1_u15purec(-x * sqrt_half);
}

/* Hoare's selection: equal numbers do not slow it down. */
void gw_select_smallest(double *x, size_t n, size_t k)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, at = (ptrdiff_t)k;
    while (low < high) {
        double pivot = x[at];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot) {
                i++;
            }
            while (pivot < x[j]) {
                j--;
            }
            if (i <= j) {
                double moved = x[i];
                x[i++] = x[j];
                x[j--] = moved;
            }
        }
        low = j < at ? i : low;
        high = at < i ? j : high;
    }
}
