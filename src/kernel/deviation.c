#include "gridwalk/kernel/kernel.h"

#include "gridwalk/kernel/segment.h"
#include "gridwalk/kernel/sum.h"

/* Sums over a window of y = x - centre, and what tells whether they may slide on. */
struct moments {
    double centre;
    struct gw_sum y, y2;
    double peak;  /* the largest y2 since the sums were made */
    double count; /* bars since then */
};

/* While the squares about the window's own mean are no small part of `peak`, their
 * difference has lost few bits and the sums may slide on. */
enum { TRUSTED_PART = 16, FRESH = 4 };

static inline gw_pair squares_about_mean(struct gw_sums y, struct gw_sums y2, double n)
{
    gw_pair sum = y.high + y.low;
    return (y2.high + y2.low) - sum / n * sum;
}

/* Equal numbers have exactly their value as centre, so each y is 0. */
static struct moments made_afresh(const double *x, size_t n)
{
    double centre = gw_sum_mean(gw_sum_of(x, n), (double)n);
    struct gw_sums y = {{0, 0}, {0, 0}}, y2 = y;
    for (size_t i = 0; i < n; i += 2) {
        gw_pair value = n - i > 1 ? gw_pair_at(x + i) : (gw_pair){x[i], centre};
        value -= centre;
        gw_sums_add(&y, value);
        gw_sums_add(&y2, value * value);
    }
    struct gw_sum square = gw_sums_total(y2);
    return (struct moments){
        .centre = centre, .y = gw_sums_total(y), .y2 = square, .peak = square.high};
}

static double deviation(const struct moments *m, double n, double divisor)
{
    double sum = m->y.high + m->y.low;
    double squares = (m->y2.high + m->y2.low) - sum / n * sum;
    squares = squares < 0 ? 0 : squares;
    return gw_finite(sqrt(squares / divisor));
}

/* Over two bars, or one when the others are the centre. All bits of the result are set
 * for a bar whose squares may be trusted, which NaN after an overflow may not. */
static inline gw_pair_bits
slide(struct moments *m, gw_pair in, gw_pair out, double n, gw_pair *squares)
{
    gw_pair y_in = in - m->centre, y_out = out - m->centre;
    struct gw_sums y = gw_sum_slide(&m->y, y_in, y_out);
    struct gw_sums y2 = gw_sum_slide(&m->y2, y_in * y_in, y_out * y_out);
    double first = y2.high[0] > m->peak ? y2.high[0] : m->peak;
    double second = y2.high[1] > first ? y2.high[1] : first;
    gw_pair peak = {first, second};
    m->peak = second;
    *squares = squares_about_mean(y, y2, n);
    return *squares * TRUSTED_PART >= peak;
}

/* Over one bar, wherever that leads: x is where its window begins. */
static struct moments after_one(struct moments m, const double *x, size_t n)
{
    gw_pair in = {x[n - 1], m.centre}, gone = {x[-1], m.centre}, squares;
    gw_pair_bits trusted = slide(&m, in, gone, (double)n, &squares);
    m.count += 1;
    return trusted[0] && m.count <= FRESH * (double)n ? m : made_afresh(x, n);
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
    struct moments m = made_afresh(x, n);
    out[n - 1] = deviation(&m, count, divisor);
    for (size_t t = n; t < T;) {
        struct moments next = m;
        gw_pair squares, in = gw_pair_of(x + t, T - t), gone = gw_pair_at(x + (t - n));
        gw_pair_bits trusted = slide(&next, in, gone, count, &squares);
        next.count += 2;
        if (T - t > 1 && (trusted[0] & trusted[1]) && next.count <= FRESH * count) {
            squares /= divisor;
            out[t] = sqrt(squares[0]);
            out[t + 1] = sqrt(squares[1]);
            m = next;
            t += 2;
        } else {
            m = after_one(m, x + (t - (n - 1)), n);
            out[t++] = deviation(&m, count, divisor);
        }
    }
}

void gw_kernel_stdev(const double *const *x, const double *scalar, size_t T, double *out)
{
    gw_each_segment(deviation_segment, x[0], scalar, T, out);
}
