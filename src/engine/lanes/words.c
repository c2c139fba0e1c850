/* Truth values: comparisons to words, crosses, latches. */
#include "parts.h"

/* Twice the tolerance of gw_same: what lies between is looked at one by one. */
void OF_ISA(lane_bounds)(const double *a, size_t bars, double *low, double *high)
{
    for (size_t t = 0; t < bars; t++) {
        double margin = fabs(a[t]) * 2e-12;
        low[t] = a[t] - margin;
        high[t] = a[t] + margin;
    }
}

void OF_ISA(lane_range)(const double *x, size_t words, double *low, double *high)
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

void OF_ISA(lane_compare)(const struct lane_pair *pair,
                          size_t words,
                          uint64_t *above,
                          uint64_t *below)
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
                is_above |= bits_of(is_less(value, load(low + i))) << i;
                is_below |= bits_of(is_less(load(high + i), value)) << i;
            }
        }
        above[w * GW_LANES] = is_above;
        below[w * GW_LANES] = is_below;
    }
}

uint64_t OF_ISA(lane_both_defined)(const double *a, const double *b)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < WORD; i += WIDTH) {
        vec x = load(a + i), y = load(b + i);
        out |= bits_of(is_equal(x, x) & is_equal(y, y)) << i;
    }
    return out;
}

void OF_ISA(lane_moves)(
    const double *weight, double previous, bool every, size_t words, uint64_t *out)
{
    double first[WIDTH] = {previous};
    memcpy(first + 1, weight, (WIDTH - 1) * sizeof *weight);
    const double *before = first;
    for (size_t w = 0; w < words; w++) {
        uint64_t number = 0, same = 0;
        for (unsigned i = 0; i < WORD; i += WIDTH) {
            vec value = load(weight);
            number |= bits_of(is_equal(value, value)) << i;
            same |= bits_of(is_equal(value, load(before))) << i;
            weight += WIDTH;
            before = weight - 1;
        }
        out[w * GW_LANES] = every ? number : number & ~same;
    }
}

void OF_ISA(lane_choose)(const uint64_t *const *yes_no,
                         const double *const *operand,
                         size_t words,
                         double *out)
{
    const vec undefined = fill(NAN);
    for (size_t w = 0; w < words; w++) {
        uint64_t yes = yes_no[0][w * GW_LANES], no = yes_no[1][w * GW_LANES];
        for (unsigned i = 0; i < WORD; i += WIDTH) {
            size_t t = w * WORD + i;
            vec otherwise = pick(mask_of(no >> i), load(operand[1] + t), undefined);
            store(out + t, pick(mask_of(yes >> i), load(operand[0] + t), otherwise));
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

void OF_ISA(lane_cross)(const uint64_t *const *above_below_equal,
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

void OF_ISA(lane_intend)(const struct lane_signals *signals,
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
