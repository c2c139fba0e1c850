#include "gridwalk/kernel/kernel.h"

#include "gridwalk/base/math.h"
#include "gridwalk/kernel/segment.h"

/* A kernel of two defined operands a and b, undefined where one of them is. */
#define BINARY(name, formula)                                                            \
    void gw_kernel_##name(const double *const *x, const double *scalar, size_t T,        \
                          double *out)                                                   \
    {                                                                                    \
        (void)scalar;                                                                    \
        const double *first = x[0], *second = x[1];                                      \
        for (size_t t = 0; t < T; t++) {                                                 \
            const double a = first[t], b = second[t];                                    \
            out[t] = isfinite(a) && isfinite(b) ? gw_finite(formula) : NAN;              \
        }                                                                                \
    }

#define UNARY(name, formula)                                                             \
    void gw_kernel_##name(const double *const *x, const double *scalar, size_t T,        \
                          double *out)                                                   \
    {                                                                                    \
        (void)scalar;                                                                    \
        const double *first = x[0];                                                      \
        for (size_t t = 0; t < T; t++) {                                                 \
            const double a = first[t];                                                   \
            out[t] = isfinite(a) ? (formula) : NAN;                                      \
        }                                                                                \
    }

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, (a * b))
BINARY(divide, a / b)
UNARY(negate, -a)
UNARY(abs, fabs(a))
BINARY(min, a < b ? a : b)
BINARY(max, a > b ? a : b)

BINARY(greater, gw_above(a, b) ? 1 : 0)
BINARY(less, gw_above(b, a) ? 1 : 0)
BINARY(greater_equal, gw_above(b, a) ? 0 : 1)
BINARY(less_equal, gw_above(a, b) ? 0 : 1)
BINARY(equal, gw_same(a, b) ? 1 : 0)
UNARY(not, a == 0 ? 1 : 0)

/* What both operands of `and` or `or` come to when neither decides alone. */
static double when_both_defined(double a, double b, double value)
{
    return isfinite(a) && isfinite(b) ? value : NAN;
}

void gw_kernel_and(const double *const *x, const double *scalar, size_t T, double *out)
{
    (void)scalar;
    const double *a = x[0], *b = x[1];
    for (size_t t = 0; t < T; t++) {
        out[t] = a[t] == 0 || b[t] == 0 ? 0 : when_both_defined(a[t], b[t], 1);
    }
}

static int is_true(double a)
{
    return isfinite(a) && a != 0;
}

void gw_kernel_or(const double *const *x, const double *scalar, size_t T, double *out)
{
    (void)scalar;
    const double *a = x[0], *b = x[1];
    for (size_t t = 0; t < T; t++) {
        out[t] = is_true(a[t]) || is_true(b[t]) ? 1 : when_both_defined(a[t], b[t], 0);
    }
}

void gw_kernel_where(const double *const *x, const double *scalar, size_t T, double *out)
{
    (void)scalar;
    const double *condition = x[0], *a = x[1], *b = x[2];
    for (size_t t = 0; t < T; t++) {
        double chosen = condition[t] != 0 ? a[t] : b[t];
        out[t] = isfinite(condition[t]) ? gw_finite(chosen) : NAN;
    }
}
