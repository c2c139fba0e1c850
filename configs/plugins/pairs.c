/*
 * Two assets, one account: when the ratio of their closes is far from its own mean, the
 * dear one is sold short and the cheap one bought, until the ratio is back. What it
 * shows: a state that is carried from bar to bar, filled from the past before the first
 * decision, and a row that refuses its parameters.
 *
 *   cc -O2 -shared -fPIC -ffp-contract=off -I include \
 *       -o pairs.so configs/plugins/pairs.c -lm
 */
#include "gridwalk/strategy.h"

#include <math.h>

enum { SPAN, ENTRY, EXIT };
static const char *const parameters[] = {"span", "entry", "exit", NULL};

enum { MOST_SPAN = 512 };

/* Mean and squared deviations of the last `span` ratios, renewed by the newest and the
 * oldest: no bar costs more than another, however long the span. */
struct state {
    double ratio[MOST_SPAN]; /* a ring */
    size_t seen;             /* ratios since the begin */
    double mean, squares;
    int side; /* 1: long the first and short the second; -1: the other way */
};

static void add(struct state *s, double ratio, size_t span)
{
    double *place = &s->ratio[s->seen % span], oldest = *place, before = s->mean;
    *place = ratio;
    s->seen++;
    if (s->seen <= span) {
        s->mean += (ratio - before) / (double)s->seen;
        s->squares += (ratio - before) * (ratio - s->mean);
    } else {
        s->mean += (ratio - oldest) / (double)span;
        s->squares += (ratio - oldest) * (ratio - s->mean + oldest - before);
    }
}

/* In the basis: a split is no move of the ratio. */
static struct gw_history closes(const struct gw_context *gw, size_t n, size_t bars)
{
    return gw_history_in(gw, n, GW_IN_THE_BASIS, GW_PRICE_OF_CLOSE, bars);
}

/* The bars before the first decision, as far as they may be seen, go into the mean. */
static int on_start(const struct gw_context *gw, void *state)
{
    double span = gw->parameter[SPAN];
    if (gw->assets != 2) {
        return gw_fail_row(gw, "pairs needs exactly two assets");
    }
    if (!(span >= 2 && span <= MOST_SPAN && span == floor(span))) {
        return gw_fail_row(gw, "span must be a whole number from 2 to 512");
    }
    struct gw_history first = closes(gw, 0, SIZE_MAX), second = closes(gw, 1, SIZE_MAX);
    for (size_t i = 0; i + 1 < first.count; i++) { /* the newest comes in on_bar */
        double ratio = first.value[i] / second.value[i];
        if (!isnan(ratio)) {
            add(state, ratio, (size_t)span);
        }
    }
    return 0;
}

static int on_bar(const struct gw_context *gw, void *state)
{
    struct state *s = state;
    size_t span = (size_t)gw->parameter[SPAN];
    if (!gw_has_bar(gw, 0) || !gw_has_bar(gw, 1)) {
        return 0;
    }
    double ratio = closes(gw, 0, 1).value[0] / closes(gw, 1, 1).value[0];
    add(s, ratio, span);
    if (s->seen < span || !(s->squares > 0)) {
        return 0;
    }
    double score = (ratio - s->mean) / sqrt(s->squares / (double)(span - 1));
    int side = s->side;
    if (fabs(score) > gw->parameter[ENTRY]) {
        side = score > 0 ? -1 : 1;
    } else if (fabs(score) < gw->parameter[EXIT]) {
        side = 0;
    }
    if (side != s->side) {
        s->side = side;
        gw_order_weight(gw, 0, 0.5 * side);
        gw_order_weight(gw, 1, -0.5 * side);
    }
    return 0;
}

static size_t lookback(const double *parameter)
{
    return parameter[SPAN] >= 1 ? (size_t)parameter[SPAN] - 1 : 0;
}

const struct gw_strategy gw_strategy = {
    .abi = GW_STRATEGY_ABI,
    .size = sizeof(struct gw_strategy),
    .name = "pairs",
    .parameter = parameters,
    .state_bytes = sizeof(struct state),
    .lookback = lookback,
    .on_start = on_start,
    .on_bar = on_bar,
};
