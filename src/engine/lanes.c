/*
 * Compiled once for each instruction set, with GW_ISA its name. Operations and their
 * order are those of plain C in each lane; only the width differs.
 */
#include "lanes.h"

#include "gridwalk/base/math.h"

#include <string.h>

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSE4_2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { WIDTH = 8 };
#elif defined(__AVX2__)
enum { WIDTH = 4 };
#else
enum { WIDTH = 2 };
#endif

typedef double vec __attribute__((vector_size(WIDTH * sizeof(double))));
typedef int64_t ints __attribute__((vector_size(WIDTH * sizeof(int64_t))));

static inline vec load(const double *x)
{
    vec v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void store(double *x, vec v)
{
    memcpy(x, &v, sizeof v);
}

static inline vec fill(double x)
{
    return (vec){0} + x;
}

#if defined(__AVX512F__)
static inline vec lower(vec a, vec b) /* a < b ? a : b */
{
    return (vec)_mm512_min_pd((__m512d)a, (__m512d)b);
}
static inline vec higher(vec a, vec b)
{
    return (vec)_mm512_max_pd((__m512d)a, (__m512d)b);
}
static inline vec only_if_less(vec a, vec b, vec x) /* a < b ? x : 0 */
{
    __mmask8 mask = _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ);
    return (vec)_mm512_maskz_mov_pd(mask, (__m512d)x);
}
static inline uint64_t less(vec a, vec b) /* a bit for each */
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ);
}
static inline uint64_t equal(vec a, vec b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_EQ_OQ);
}
#elif defined(__AVX2__)
static inline vec lower(vec a, vec b)
{
    return (vec)_mm256_min_pd((__m256d)a, (__m256d)b);
}
static inline vec higher(vec a, vec b)
{
    return (vec)_mm256_max_pd((__m256d)a, (__m256d)b);
}
static inline vec only_if_less(vec a, vec b, vec x)
{
    return (vec)((ints)x & (a < b));
}
static inline uint64_t less(vec a, vec b)
{
    return (uint64_t)_mm256_movemask_pd((__m256d)(a < b));
}
static inline uint64_t equal(vec a, vec b)
{
    return (uint64_t)_mm256_movemask_pd((__m256d)(a == b));
}
#elif defined(__SSE4_2__)
static inline vec lower(vec a, vec b)
{
    return (vec)_mm_min_pd((__m128d)a, (__m128d)b);
}
static inline vec higher(vec a, vec b)
{
    return (vec)_mm_max_pd((__m128d)a, (__m128d)b);
}
static inline vec only_if_less(vec a, vec b, vec x)
{
    return (vec)((ints)x & (a < b));
}
static inline uint64_t less(vec a, vec b)
{
    return (uint64_t)_mm_movemask_pd((__m128d)(a < b));
}
static inline uint64_t equal(vec a, vec b)
{
    return (uint64_t)_mm_movemask_pd((__m128d)(a == b));
}
#else
static inline vec lower(vec a, vec b)
{
    ints mask = a < b;
    return (vec)(((ints)a & mask) | ((ints)b & ~mask));
}
static inline vec higher(vec a, vec b)
{
    ints mask = a > b;
    return (vec)(((ints)a & mask) | ((ints)b & ~mask));
}
static inline vec only_if_less(vec a, vec b, vec x)
{
    return (vec)((ints)x & (a < b));
}
static inline uint64_t less(vec a, vec b)
{
    return (uint64_t)(a[0] < b[0]) | (uint64_t)(a[1] < b[1]) << 1;
}
static inline uint64_t equal(vec a, vec b)
{
    return (uint64_t)(a[0] == b[0]) | (uint64_t)(a[1] == b[1]) << 1;
}
#endif

/* Twice the tolerance of gw_same: what lies between is looked at one by one. */
static void bounds(const double *a, size_t bars, double *low, double *high)
{
    for (size_t t = 0; t < bars; t++) {
        double margin = fabs(a[t]) * 2e-12;
        low[t] = a[t] - margin;
        high[t] = a[t] + margin;
    }
}

static void range(const double *x, size_t words, double *low, double *high)
{
    for (size_t w = 0; w < words; w++, x += WORD) {
        vec least = load(x), most = least, sum = least;
        for (unsigned i = WIDTH; i < WORD; i += WIDTH) {
            vec value = load(x + i);
            least = lower(value, least);
            most = higher(value, most);
            sum += value;
        }
        low[w] = least[0];
        high[w] = most[0];
        double all = sum[0];
        for (int j = 1; j < WIDTH; j++) {
            low[w] = least[j] < low[w] ? least[j] : low[w];
            high[w] = most[j] > high[w] ? most[j] : high[w];
            all += sum[j];
        }
        if (!(all - all == 0)) { /* undefined, or too large to tell */
            low[w] = NAN;
            high[w] = NAN;
        }
    }
}

static void
compare(const struct lane_pair *pair, size_t words, uint64_t *above, uint64_t *below)
{
    for (size_t w = 0; w < words; w++) {
        uint64_t is_above = 0, is_below = 0;
        if (pair->x_high[w] < pair->word_low[w]) {
            is_above = UINT64_MAX;
        } else if (pair->x_low[w] > pair->word_high[w]) {
            is_below = UINT64_MAX;
        } else {
            const double *low = pair->low + w * WORD, *high = pair->high + w * WORD;
            const double *x = pair->x + w * WORD;
#pragma GCC unroll 32
            for (unsigned i = 0; i < WORD; i += WIDTH) {
                vec value = load(x + i);
                is_above |= less(value, load(low + i)) << i;
                is_below |= less(load(high + i), value) << i;
            }
        }
        above[w * GW_LANES] = is_above;
        below[w * GW_LANES] = is_below;
    }
}

static uint64_t both_defined(const double *a, const double *b)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < WORD; i += WIDTH) {
        vec x = load(a + i), y = load(b + i);
        out |= (equal(x, x) & equal(y, y)) << i;
    }
    return out;
}

static void
moves(const double *weight, double previous, bool every, size_t words, uint64_t *out)
{
    double first[WIDTH] = {previous};
    memcpy(first + 1, weight, (WIDTH - 1) * sizeof *weight);
    const double *before = first;
    for (size_t w = 0; w < words; w++) {
        uint64_t number = 0, same = 0;
        for (unsigned i = 0; i < WORD; i += WIDTH) {
            vec value = load(weight);
            number |= equal(value, value) << i;
            same |= equal(value, load(before)) << i;
            weight += WIDTH;
            before = weight - 1;
        }
        out[w * GW_LANES] = every ? number : number & ~same;
    }
}

/* Element j of the mask is all ones where bit i + j of the word is. */
static inline ints spread(uint64_t word, unsigned i)
{
    ints bit;
    for (int j = 0; j < WIDTH; j++) {
        bit[j] = (int64_t)1 << j;
    }
    ints word_bits = (ints){0} + (int64_t)(word >> i);
    return (word_bits & bit) == bit;
}

static void choose(const uint64_t *const *yes_no,
                   const double *const *operand,
                   size_t words,
                   double *out)
{
    const ints undefined = (ints)fill(NAN);
    for (size_t w = 0; w < words; w++) {
        uint64_t yes = yes_no[0][w * GW_LANES], no = yes_no[1][w * GW_LANES];
        for (unsigned i = 0; i < WORD; i += WIDTH) {
            size_t t = w * WORD + i;
            ints a = (ints)load(operand[0] + t), b = (ints)load(operand[1] + t);
            ints is_a = spread(yes, i), is_b = spread(no, i);
            store(out + t, (vec)((a & is_a) | (b & is_b) | (undefined & ~(is_a | is_b))));
        }
    }
}

/*
 * A latch over the bars of a word is an addition: where `set` or not, where it keeps its
 * state (`keep`) a carry runs on. Returns the state before each bar.
 */
static inline uint64_t latch(uint64_t set, uint64_t keep, uint64_t state)
{
    uint64_t a = set | keep;
    return (a + set + state) ^ a ^ set;
}

static void cross(const uint64_t *const *above_below_equal,
                  size_t words,
                  struct lane_bits *side,
                  uint64_t *yes,
                  uint64_t *no)
{
    const uint64_t *above = above_below_equal[0], *below = above_below_equal[1],
                   *same = above_below_equal[2];
    for (size_t w = 0; w < words; w++) {
        for (size_t l = 0; l < GW_LANES; l++) {
            size_t i = w * GW_LANES + l;
            uint64_t was_below = latch(below[i], same[i], side->bit[l]);
            uint64_t crossed = above[i] & was_below;
            yes[i] = crossed;
            no[i] = (above[i] | below[i] | same[i]) & ~crossed;
            side->bit[l] = (below[i] | (same[i] & was_below)) >> 63;
        }
    }
}

/* Long alone: half the work. */
static void intend_long(const struct lane_signals *signals,
                        const uint64_t *decide,
                        struct lane_bits *held,
                        struct lane_intents *out)
{
    static const uint64_t never[GW_LANES];
    const uint64_t *enter = signals->enter_long;
    const uint64_t *leave = signals->exit_long != NULL ? signals->exit_long : never;
    for (size_t l = 0; l < GW_LANES; l++) {
        uint64_t buy = enter[l] & ~leave[l] & decide[l];
        uint64_t keep = ~(buy | (leave[l] & decide[l]));
        uint64_t was_long = latch(buy, keep, held->bit[l]);
        out->is_long[l] = buy | (keep & was_long);
        out->is_short[l] = 0;
        out->changes[l] = out->is_long[l] ^ was_long;
        held->bit[l] = out->is_long[l] >> 63;
    }
}

static void intend(const struct lane_signals *signals,
                   const uint64_t *decide,
                   struct lane_bits *held_long,
                   struct lane_bits *held_short,
                   struct lane_intents *out)
{
    static const uint64_t never[GW_LANES];
    if (signals->enter_short == NULL && signals->enter_long != NULL) {
        intend_long(signals, decide, held_long, out);
        return;
    }
    const uint64_t *el = signals->enter_long != NULL ? signals->enter_long : never;
    const uint64_t *xl = signals->exit_long != NULL ? signals->exit_long : never;
    const uint64_t *es = signals->enter_short != NULL ? signals->enter_short : never;
    const uint64_t *xs = signals->exit_short != NULL ? signals->exit_short : never;
    for (size_t l = 0; l < GW_LANES; l++) {
        uint64_t buy = el[l] & ~es[l] & ~xl[l] & decide[l];
        uint64_t sell = es[l] & ~el[l] & ~xs[l] & decide[l];
        uint64_t keep_long = ~(buy | sell | (xl[l] & decide[l]));
        uint64_t keep_short = ~(sell | buy | (xs[l] & decide[l]));
        uint64_t was_long = latch(buy, keep_long, held_long->bit[l]);
        uint64_t was_short = latch(sell, keep_short, held_short->bit[l]);
        out->is_long[l] = buy | (keep_long & was_long);
        out->is_short[l] = sell | (keep_short & was_short);
        out->changes[l] = (out->is_long[l] ^ was_long) | (out->is_short[l] ^ was_short);
        held_long->bit[l] = out->is_long[l] >> 63;
        held_short->bit[l] = out->is_short[l] >> 63;
    }
}

/* Where a loop takes a bar's equity from, and what it does with it. */
enum source { FROM_ACCOUNTS, FROM_ROWS };
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
        g->stretch = only_if_less(equity, g->peak * (1 - 1e-12), g->stretch + 1);
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
    uint64_t any = source == FROM_ROWS ? 0 : any_event(events, l);
    if (depth != ONLY_ADD) {
        group_load(&g, sums, l, depth);
    }
    for (size_t i = bars->from; i < bars->to; i++) {
        vec equity;
        if (source == FROM_ACCOUNTS) {
            if (__builtin_expect(any >> i & 1, 0)) {
                apply(events, sums, l, i);
            }
            equity = worth(sums, l, bars->mark[i]);
        } else {
            equity = load(bars->rows + (i - bars->from) * bars->stride + l);
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

/* Lanes to which something happens at bar i, as a mask. */
static inline ints lanes_of(const struct lane_events *events, size_t first, size_t i)
{
    ints mask;
    for (size_t l = 0; l < WIDTH; l++) {
        uint64_t own = events->bar[first + l] | events->fresh[first + l];
        mask[l] = -(int64_t)(own >> i & 1);
    }
    return mask;
}

static inline vec pick(ints mask, vec a, vec b)
{
    return (vec)(((ints)a & mask) | ((ints)b & ~mask));
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
    vec held = only_if_less(zero, load(sums->shares + l), one);
    group_load(&g, sums, l, depth);
    for (size_t i = bars->from; i < bars->to; i++) {
        const struct lane_step *step = &bars->step[i];
        vec r = held * step->r;
        struct returns bar = {r + 1, r, held * step->square, held * step->loss};
        if (__builtin_expect(any >> i & 1, 0)) {
            vec before = i > bars->from ? worth(sums, l, bars->mark[i - 1]) : g.before;
            apply(events, sums, l, i);
            held = only_if_less(zero, load(sums->shares + l), one);
            /* A lane may not depend on its neighbours: only the lanes in question. */
            const ints own = lanes_of(events, l, i);
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

#define HOLD(name, depth)                                                                \
    static void name(const struct lane_bars *bars, struct lane_events *events,           \
                     struct lane_sums *sums)                                             \
    {                                                                                    \
        for (size_t l = 0; l < bars->lanes; l += WIDTH) {                                \
            hold_group(bars, events, sums, l, depth);                                    \
        }                                                                                \
    }

HOLD(hold_basic, BASIC)
HOLD(hold_all, ALL)

#define GAUGE(name, source, depth)                                                       \
    static void name(const struct lane_bars *bars, struct lane_events *events,           \
                     struct lane_sums *sums)                                             \
    {                                                                                    \
        for (size_t l = 0; l < bars->lanes; l += WIDTH) {                                \
            gauge_group(bars, events, sums, l, source, depth);                           \
        }                                                                                \
    }

GAUGE(gauge_basic, FROM_ACCOUNTS, BASIC)
GAUGE(gauge_all, FROM_ACCOUNTS, ALL)
GAUGE(add, FROM_ACCOUNTS, ONLY_ADD)
GAUGE(add_and_pool, FROM_ACCOUNTS, ADD_AND_POOL)
GAUGE(read_basic, FROM_ROWS, BASIC)
GAUGE(read_all, FROM_ROWS, ALL)

#define TEXT_OF(x) #x
#define NAME_OF(x) TEXT_OF(x)
#define TABLE_OF(isa) lane_table_##isa
#define TABLE(isa) TABLE_OF(isa)

const struct lane_table TABLE(GW_ISA) = {
    .name = NAME_OF(GW_ISA),
    .bounds = bounds,
    .range = range,
    .compare = compare,
    .defined = both_defined,
    .cross = cross,
    .moves = moves,
    .choose = choose,
    .intend = intend,
    .gauge_basic = gauge_basic,
    .gauge_all = gauge_all,
    .hold_basic = hold_basic,
    .hold_all = hold_all,
    .add = add,
    .add_and_pool = add_and_pool,
    .read_basic = read_basic,
    .read_all = read_all,
};
