#include "gridwalk/kernel/kernel.h"

#include "gridwalk/kernel/segment.h"
#include "gridwalk/kernel/sum.h"

/* Sums over a window of y = x - centre. While the squares about the window's own mean are
 * no small part of `peak`, their difference has lost few bits and the sums may slide on.
 */
struct moments {
    double centre;
    struct gw_sum y, y2;
    double peak;  /* the largest y2 since the sums were made */
    double count; /* bars since then */
};

enum { TRUSTED_PART = 16, FRESH = 4 };

static double squares_about_mean(const struct moments *m, double n)
{
    double sum = m->y.high + m->y.low;
    return (m->y2.high + m->y2.low) - sum / n * sum;
}

/* Equal numbers have exactly their value as centre, so each y is 0. */
static void make_afresh(struct moments *m, const double *x, size_t n)
{
    *m = (struct moments){.centre = gw_sum_mean(gw_sum_of(x, n), (double)n)};
    for (size_t i = 0; i < n; i++) {
        double y = x[i] - m->centre;
        gw_sum_add(&m->y, y);
        gw_sum_add(&m->y2, y * y);
    }
    m->peak = m->y2.high;
}

static void slide(struct moments *m, double in, double out)
{
    double y_in = in - m->centre, y_out = out - m->centre;
    gw_sum_slide(&m->y, y_in, y_out);
    gw_sum_slide(&m->y2, y_in * y_in, y_out * y_out);
    m->peak = m->y2.high > m->peak ? m->y2.high : m->peak;
    m->count += 1;
}

static void
deviation_segment(const double *x, const double *scalar, size_t T, double *out)
{
    size_t n = (size_t)scalar[0];
    double count = (double)n, divisor = count - scalar[1];
    if (T < n || divisor <= 0) {
        gw_fill_undefined(out, T);
        return;
    }
    gw_fill_undefined(out, n - 1);
    struct moments m;
    make_afresh(&m, x, n);
    for (size_t t = n - 1;; t++) {
        double squares = squares_about_mean(&m, count);
        /* Also when it is NaN, after an overflow. */
        if (!(squares * TRUSTED_PART >= m.peak) || m.count > FRESH * count) {
            make_afresh(&m, x + (t - (n - 1)), n);
            squares = squares_about_mean(&m, count);
        }
        squares = squares < 0 ? 0 : squares;
        out[t] = gw_finite(sqrt(squares / divisor));
        if (t + 1 == T) {
            break;
        }
        slide(&m, x[t + 1], x[t + 1 - n]);
    }
}

void gw_kernel_stdev(const double *const *x, const double *scalar, size_t T, double *out)
{
    gw_each_segment(deviation_segment, x[0], scalar, T, out);
}
