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
