/* Marking to market, and sums over the bars. */
#include "parts.h"

/* Where a loop takes a bar's equity from, and what it does with it. */
enum source { FROM_ACCOUNTS, FROM_EQUITY };
enum depth { ONLY_ADD, ADD_AND_POOL, BASIC, ALL };

/* The sums of WIDTH lanes, in registers. */
struct group {
    vec before, r1, r2, r3, r4, downside, under, lowest;
    vec gains, losses, drawdowns, equity, peak, stretch, longest;
};

static inline __attribute__((always_inline)) void
group_load(struct group *g, const struct lane_sums *s, size_t l, enum depth depth)
{
    g->before = load(s->before + l);
    g->r1 = load(s->power[0] + l);
    g->r2 = load(s->power[1] + l);
    g->downside = load(s->downside + l);
    g->under = load(s->under + l);
    g->lowest = load(s->lowest + l);
    if (depth == ALL) {
        g->r3 = load(s->power[2] + l);
        g->r4 = load(s->power[3] + l);
        g->gains = load(s->gains + l);
        g->losses = load(s->losses + l);
        g->drawdowns = load(s->drawdowns + l);
        g->equity = load(s->equity + l);
        g->peak = load(s->peak + l);
        g->stretch = load(s->stretch + l);
        g->longest = load(s->longest + l);
    }
}

static inline __attribute__((always_inline)) void
group_store(const struct group *g, struct lane_sums *s, size_t l, enum depth depth)
{
    store(s->before + l, g->before);
    store(s->power[0] + l, g->r1);
    store(s->power[1] + l, g->r2);
    store(s->downside + l, g->downside);
    store(s->under + l, g->under);
    store(s->lowest + l, g->lowest);
    if (depth == ALL) {
        store(s->power[2] + l, g->r3);
        store(s->power[3] + l, g->r4);
        store(s->gains + l, g->gains);
        store(s->losses + l, g->losses);
        store(s->drawdowns + l, g->drawdowns);
        store(s->equity + l, g->equity);
        store(s->peak + l, g->peak);
        store(s->stretch + l, g->stretch);
        store(s->longest + l, g->longest);
    }
}

/* A bar's returns: their squares, and these again where they are losses. */
struct returns {
    vec growth, r, square, loss;
};

/* One bar more. */
static inline __attribute__((always_inline)) void
group_add(struct group *g, vec equity, const struct returns *bar, enum depth depth)
{
    const vec zero = {0}, one = fill(1);
    g->r1 += bar->r;
    g->r2 += bar->square;
    if (depth == ADD_AND_POOL) { /* <= 0 where an account has been emptied */
        g->lowest = lower(bar->growth, g->lowest);
        return;
    }
    g->downside += bar->loss;
    g->under = lower(g->under * bar->growth, one);
    g->lowest = lower(g->under, g->lowest);
    if (depth == ALL) {
        vec fall = g->under - 1;
        g->r3 += bar->square * bar->r;
        g->r4 += bar->square * bar->square;
        g->gains += higher(bar->r, zero);
        g->losses -= lower(bar->r, zero);
        g->drawdowns += fall * fall;
        g->equity += equity;
        g->peak = higher(equity, g->peak);
        g->stretch = only(is_less(equity, g->peak * (1 - 1e-12)), g->stretch + 1);
        g->longest = higher(g->stretch, g->longest);
    }
}

static inline __attribute__((always_inline)) struct returns returns_of(vec growth)
{
    const vec zero = {0};
    vec r = growth - 1, loss = lower(r, zero);
    return (struct returns){growth, r, r * r, loss * loss};
}

/* Put what bar i has changed into the accounts of WIDTH lanes. */
static void
apply(struct lane_events *events, struct lane_sums *sums, size_t first, size_t i)
{
    for (size_t l = first; l < first + WIDTH; l++) {
        if (events->bar[l] >> i & 1) {
            uint32_t k = events->taken[l]++;
            sums->cash[l] = events->cash[l][k];
            sums->shares[l] = events->shares[l][k];
        }
    }
}

static inline vec worth(const struct lane_sums *sums, size_t l, double mark)
{
    return load(sums->cash + l) + load(sums->shares + l) * mark;
}

static uint64_t any_event(const struct lane_events *events, size_t first)
{
    uint64_t any = 0;
    for (size_t l = first; l < first + WIDTH; l++) {
        any |= events->bar[l] | events->fresh[l];
    }
    return any;
}

static inline __attribute__((always_inline)) void
gauge_group(const struct lane_bars *bars,
            struct lane_events *events,
            struct lane_sums *sums,
            size_t l,
            const enum source source,
            const enum depth depth)
{
    struct group g;
    uint64_t any = source == FROM_EQUITY ? 0 : any_event(events, l);
    vec cash = load(sums->cash + l), shares = load(sums->shares + l);
    if (depth != ONLY_ADD) {
        group_load(&g, sums, l, depth);
    }
    for (size_t i = bars->from; i < bars->to; i++) {
        vec equity;
        if (source == FROM_ACCOUNTS) {
            if (__builtin_expect(any >> i & 1, 0)) {
                apply(events, sums, l, i);
                cash = load(sums->cash + l);
                shares = load(sums->shares + l);
            }
            equity = cash + shares * bars->mark[i];
        } else {
            equity = load(bars->equity + (i - bars->from) * bars->equity_stride + l);
        }
        if (depth == ONLY_ADD || depth == ADD_AND_POOL) {
            double *row = bars->rows + (i - bars->from) * bars->stride + l;
            store(row, load(row) + equity);
        }
        if (depth != ONLY_ADD) {
            const struct returns bar = returns_of(equity / g.before);
            group_add(&g, equity, &bar, depth);
            g.before = equity;
        }
    }
    if (depth != ONLY_ADD) {
        group_store(&g, sums, l, depth);
    }
}

/* Lanes to which something happens at bar i. */
static inline mask lanes_of(const struct lane_events *events, size_t first, size_t i)
{
    uint64_t bits = 0;
    for (size_t l = 0; l < WIDTH; l++) {
        uint64_t own = events->bar[first + l] | events->fresh[first + l];
        bits |= (own >> i & 1) << l;
    }
    return mask_of(bits);
}

/*
 * The same where a lane holds either nothing or, for all of its cash, shares bought long:
 * then a bar without an event grows by the price alone, one number for all lanes, and
 * needs no division.
 */
static inline __attribute__((always_inline)) void hold_group(const struct lane_bars *bars,
                                                             struct lane_events *events,
                                                             struct lane_sums *sums,
                                                             size_t l,
                                                             const enum depth depth)
{
    const vec zero = {0}, one = fill(1);
    struct group g;
    uint64_t any = any_event(events, l);
    vec held = only(is_less(zero, load(sums->shares + l)), one);
    group_load(&g, sums, l, depth);
    for (size_t i = bars->from; i < bars->to; i++) {
        const struct lane_step *step = &bars->step[i];
        vec r = held * step->r;
        struct returns bar = {r + 1, r, held * step->square, held * step->loss};
        if (__builtin_expect(any >> i & 1, 0)) {
            vec before = i > bars->from ? worth(sums, l, bars->mark[i - 1]) : g.before;
            apply(events, sums, l, i);
            held = only(is_less(zero, load(sums->shares + l)), one);
            /* A lane may not depend on its neighbours: only the lanes in question. */
            const mask own = lanes_of(events, l, i);
            const struct returns divided =
                returns_of(worth(sums, l, bars->mark[i]) / before);
            bar.growth = pick(own, divided.growth, bar.growth);
            bar.r = pick(own, divided.r, bar.r);
            bar.square = pick(own, divided.square, bar.square);
            bar.loss = pick(own, divided.loss, bar.loss);
        }
        group_add(&g, depth == ALL ? worth(sums, l, bars->mark[i]) : zero, &bar, depth);
    }
    g.before = worth(sums, l, bars->mark[bars->to - 1]);
    group_store(&g, sums, l, depth);
}

#define MARK(name, group, ...)                                                           \
    void OF_ISA(lane_##name)(const struct lane_bars *bars, struct lane_events *events,   \
                             struct lane_sums *sums)                                     \
    {                                                                                    \
        for (size_t l = 0; l < bars->lanes; l += WIDTH) {                                \
            group(bars, events, sums, l, __VA_ARGS__);                                   \
        }                                                                                \
    }

MARK(hold_basic, hold_group, BASIC)
MARK(hold_all, hold_group, ALL)
MARK(gauge_basic, gauge_group, FROM_ACCOUNTS, BASIC)
MARK(gauge_all, gauge_group, FROM_ACCOUNTS, ALL)
MARK(add, gauge_group, FROM_ACCOUNTS, ONLY_ADD)
MARK(add_and_pool, gauge_group, FROM_ACCOUNTS, ADD_AND_POOL)
MARK(read_basic, gauge_group, FROM_EQUITY, BASIC)
MARK(read_all, gauge_group, FROM_EQUITY, ALL)
MARK(read_add, gauge_group, FROM_EQUITY, ONLY_ADD)
MARK(read_add_and_pool, gauge_group, FROM_EQUITY, ADD_AND_POOL)
