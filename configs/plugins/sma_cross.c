/*
 * Two moving averages cross: the strategy of ../sma-cross-grid.yaml as a plug-in, trade
 * by trade the same. What it shows: parameters, looking back, a little state, orders.
 *
 *   cc -O2 -shared -fPIC -ffp-contract=off -I include -o sma_cross.so \
 *       configs/plugins/sma_cross.c -lm
 */
#include "gridwalk/strategy.h"

#include <math.h>

enum { FAST, SLOW };
static const char *const parameters[] = {"fast", "slow", NULL};

enum { MOST_ASSETS = 64 };

/* Of one asset. All zero at the begin of a row. */
struct asset {
    int side;    /* on which the fast average last was: 1 above, -1 below, 0 not known */
    bool wanted; /* what we want, whether the order has filled or still waits */
};

struct state {
    struct asset asset[MOST_ASSETS];
};

/* Averages of cent prices really tie, and rounding must not decide a trade. */
static bool is_same(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

/* The mean of the asset's newest n closes, over its own bars; NaN where there are fewer.
 */
static double mean(struct gw_history close, size_t n)
{
    double sum = 0;
    size_t found = 0;
    for (size_t i = close.count; i > 0 && found < n; i--) {
        double value = close.value[i - 1];
        if (!isnan(value)) {
            sum += value;
            found++;
        }
    }
    return found == n ? sum / (double)n : NAN;
}

static void decide(const struct gw_context *gw, size_t n, struct asset *asset)
{
    /* Zero copy: to ask for everything costs nothing. Both averages have the same factor,
     * so it need not be multiplied in to compare them. */
    struct gw_history close = gw_history(gw, n, GW_PRICE_OF_CLOSE, SIZE_MAX);
    double fast = mean(close, (size_t)gw->parameter[FAST]);
    double slow = mean(close, (size_t)gw->parameter[SLOW]);
    if (isnan(fast) || isnan(slow) || is_same(fast, slow)) {
        return;
    }
    int side = fast > slow ? 1 : -1;
    bool crossed = asset->side != 0 && side != asset->side;
    asset->side = side;
    if (crossed && asset->wanted != (side > 0)) {
        asset->wanted = side > 0;
        gw_order_weight(gw, n, asset->wanted ? 1 : 0);
    }
}

static int on_start(const struct gw_context *gw, void *state)
{
    (void)state;
    return gw->assets > MOST_ASSETS ? gw_fail_row(gw, "more than 64 assets") : 0;
}

static int on_bar(const struct gw_context *gw, void *state)
{
    struct state *s = state;
    for (size_t n = 0; n < gw->assets; n++) {
        if (gw_has_bar(gw, n)) {
            decide(gw, n, &s->asset[n]);
        }
    }
    return 0;
}

/* The slower average and, for a cross, one bar more. */
static size_t lookback(const double *parameter)
{
    return (size_t)fmax(parameter[FAST], parameter[SLOW]);
}

const struct gw_strategy gw_strategy = {
    .abi = GW_STRATEGY_ABI,
    .size = sizeof(struct gw_strategy),
    .name = "sma-cross",
    .parameter = parameters,
    .state_bytes = sizeof(struct state),
    .lookback = lookback,
    .on_start = on_start,
    .on_bar = on_bar,
};
