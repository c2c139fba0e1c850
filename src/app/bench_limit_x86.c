/* The yardstick's loop with AVX-512 and with AVX2. Both hold a group of lanes in
 * registers over a block; what a bar without trades needs is one number for all of them.
 */
#include "bench_limit.h"

#ifdef __x86_64__

#include <immintrin.h>

/* ---- AVX-512: four vectors of 8 lanes at once ---- */

#define V4                                                                               \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width="      \
                          "512")))
#define V4_IN V4 __attribute__((always_inline)) static inline

enum { WIDE = 8, WIDE_GROUP = 4 };

struct wide {
    __m512d equity, under, lowest, sum, squares, downside;
};

V4_IN void words_v4(const struct gw_limit_block *block,
                    struct gw_limit_state *state,
                    struct gw_limit_words *out)
{
    for (size_t t = 0; t < block->bars; t++) {
        __m512d fast = _mm512_set1_pd(block->fast[t]);
        uint64_t above = 0, below = 0;
        for (unsigned v = 0; v < GW_LANES / WIDE; v++) {
            __m512d slow = _mm512_load_pd(block->slow[t] + v * WIDE);
            above |= (uint64_t)_mm512_cmp_pd_mask(fast, slow, _CMP_GT_OQ) << v * WIDE;
            below |= (uint64_t)_mm512_cmp_pd_mask(fast, slow, _CMP_LT_OQ) << v * WIDE;
        }
        gw_limit_position(above, below, t, state, out);
    }
}

/* A bar on which some lane of the vector trades. */
V4_IN void trade_v4(const struct gw_limit_block *block,
                    const struct gw_limit_words *words,
                    size_t t,
                    size_t lane,
                    struct gw_limit_state *state,
                    struct wide *w)
{
    __mmask8 held = (__mmask8)(words->held[t] >> lane);
    __mmask8 enter = (__mmask8)(words->enter[t] >> lane);
    __mmask8 leave = (__mmask8)(words->leave[t] >> lane);
    __m512d one = _mm512_set1_pd(1), zero = _mm512_setzero_pd();
    __m512d ratio = _mm512_set1_pd(block->ratio[t]), fee = _mm512_set1_pd(block->fee);
    __m512d inverse = _mm512_div_pd(one, _mm512_add_pd(one, fee));
    __m512d bar = _mm512_set1_pd((double)(block->first + t));
    __m512d growth = _mm512_mask_mov_pd(one, held, ratio);
    __m512d fees = _mm512_load_pd(state->fees + lane);
    __m512d paid = _mm512_mul_pd(_mm512_mul_pd(w->equity, ratio), fee);
    fees = _mm512_mask_add_pd(fees, leave, fees, paid);
    paid = _mm512_mul_pd(w->equity, _mm512_mul_pd(fee, inverse));
    _mm512_store_pd(state->fees + lane, _mm512_mask_add_pd(fees, enter, fees, paid));
    growth = _mm512_mask_mul_pd(growth, leave, growth, _mm512_sub_pd(one, fee));
    growth = _mm512_mask_mov_pd(growth, enter, inverse);
    __m512d entered =
        _mm512_mask_mov_pd(_mm512_load_pd(state->entered + lane), enter, w->equity);
    _mm512_store_pd(state->entered + lane, entered);
    w->equity = _mm512_mul_pd(w->equity, growth);
    __m512d r = _mm512_sub_pd(growth, one), loss = _mm512_min_pd(r, zero);
    w->sum = _mm512_add_pd(w->sum, r);
    w->squares = _mm512_add_pd(w->squares, _mm512_mul_pd(r, r));
    w->downside = _mm512_add_pd(w->downside, _mm512_mul_pd(loss, loss));
    w->under = _mm512_min_pd(_mm512_mul_pd(w->under, growth), one);
    w->lowest = _mm512_min_pd(w->lowest, w->under);
    __m512d exposed = _mm512_load_pd(state->exposed + lane);
    exposed = _mm512_mask_sub_pd(exposed, enter, exposed, bar);
    _mm512_store_pd(state->exposed + lane,
                    _mm512_mask_add_pd(exposed, leave, exposed, bar));
    if (leave == 0) {
        return;
    }
    __m512d pnl = _mm512_sub_pd(w->equity, entered);
    __m512d nothing = _mm512_mul_pd(entered, _mm512_set1_pd(1e-12));
    __mmask8 won = _mm512_mask_cmp_pd_mask(leave, pnl, nothing, _CMP_GT_OQ);
    __mmask8 lost =
        _mm512_mask_cmp_pd_mask(leave, pnl, _mm512_sub_pd(zero, nothing), _CMP_LT_OQ);
    __m512d gains = _mm512_load_pd(state->gains + lane);
    __m512d pains = _mm512_load_pd(state->pains + lane);
    __m512d wins = _mm512_load_pd(state->wins + lane);
    __m512d trades = _mm512_load_pd(state->trades + lane);
    _mm512_store_pd(state->gains + lane, _mm512_mask_add_pd(gains, won, gains, pnl));
    _mm512_store_pd(state->pains + lane, _mm512_mask_sub_pd(pains, lost, pains, pnl));
    _mm512_store_pd(state->wins + lane, _mm512_mask_add_pd(wins, won, wins, one));
    _mm512_store_pd(state->trades + lane, _mm512_mask_add_pd(trades, leave, trades, one));
}

V4_IN void
hold_v4(const struct gw_limit_block *block, size_t t, __mmask8 held, struct wide *w)
{
    __m512d one = _mm512_set1_pd(1), ratio = _mm512_set1_pd(block->ratio[t]);
    w->equity = _mm512_mask_mul_pd(w->equity, held, w->equity, ratio);
    w->under = _mm512_min_pd(_mm512_mask_mul_pd(w->under, held, w->under, ratio), one);
    w->lowest = _mm512_min_pd(w->lowest, w->under);
    w->sum = _mm512_mask_add_pd(w->sum, held, w->sum, _mm512_set1_pd(block->gain[t]));
    w->squares = _mm512_mask_add_pd(w->squares, held, w->squares,
                                    _mm512_set1_pd(block->square[t]));
    w->downside = _mm512_mask_add_pd(w->downside, held, w->downside,
                                     _mm512_set1_pd(block->squared[t]));
}

V4_IN void group_v4(const struct gw_limit_block *block,
                    const struct gw_limit_words *words,
                    size_t first,
                    struct gw_limit_state *state)
{
    struct wide w[WIDE_GROUP];
    uint64_t mask = (UINT64_C(1) << WIDE * WIDE_GROUP) - 1;
    for (size_t v = 0; v < WIDE_GROUP; v++) {
        size_t lane = first + v * WIDE;
        w[v] = (struct wide){_mm512_load_pd(state->equity + lane),
                             _mm512_load_pd(state->under + lane),
                             _mm512_load_pd(state->lowest + lane),
                             _mm512_load_pd(state->sum + lane),
                             _mm512_load_pd(state->squares + lane),
                             _mm512_load_pd(state->downside + lane)};
    }
    for (size_t t = 0; t < block->bars; t++) {
        uint64_t traded = (words->enter[t] | words->leave[t]) >> first & mask;
        uint64_t held = words->held[t] >> first;
        if (((traded | held) & mask) == 0) {
            continue;
        }
#pragma GCC unroll 4
        for (size_t v = 0; v < WIDE_GROUP; v++) {
            if ((traded >> v * WIDE & 255) == 0) {
                hold_v4(block, t, (__mmask8)(held >> v * WIDE), &w[v]);
            } else {
                trade_v4(block, words, t, first + v * WIDE, state, &w[v]);
            }
        }
    }
    for (size_t v = 0; v < WIDE_GROUP; v++) {
        size_t lane = first + v * WIDE;
        _mm512_store_pd(state->equity + lane, w[v].equity);
        _mm512_store_pd(state->under + lane, w[v].under);
        _mm512_store_pd(state->lowest + lane, w[v].lowest);
        _mm512_store_pd(state->sum + lane, w[v].sum);
        _mm512_store_pd(state->squares + lane, w[v].squares);
        _mm512_store_pd(state->downside + lane, w[v].downside);
    }
}

V4 void gw_limit_v4(const struct gw_limit_block *block, struct gw_limit_state *state)
{
    struct gw_limit_words words;
    words_v4(block, state, &words);
    for (size_t first = 0; first < GW_LANES; first += WIDE * WIDE_GROUP) {
        group_v4(block, &words, first, state);
    }
}

/* ---- AVX2: two vectors of 4 lanes at once ---- */

#define V3 __attribute__((target("avx2")))
#define V3_IN V3 __attribute__((always_inline)) static inline

enum { NARROW = 4, NARROW_GROUP = 2 };

struct narrow {
    __m256d equity, under, lowest, sum, squares, downside;
};

/* Four bits as a mask. */
V3_IN __m256d mask_v3(uint64_t bits)
{
    const __m256i lane = _mm256_set_epi64x(8, 4, 2, 1);
    __m256i all = _mm256_set1_epi64x((long long)bits);
    return _mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(all, lane), lane));
}

V3_IN void add_v3(double *at, __m256d mask, __m256d value)
{
    _mm256_store_pd(at, _mm256_add_pd(_mm256_load_pd(at), _mm256_and_pd(mask, value)));
}

V3_IN void words_v3(const struct gw_limit_block *block,
                    struct gw_limit_state *state,
                    struct gw_limit_words *out)
{
    for (size_t t = 0; t < block->bars; t++) {
        __m256d fast = _mm256_set1_pd(block->fast[t]);
        uint64_t above = 0, below = 0;
#pragma GCC unroll 16
        for (unsigned v = 0; v < GW_LANES / NARROW; v++) {
            __m256d slow = _mm256_load_pd(block->slow[t] + v * NARROW);
            int more = _mm256_movemask_pd(_mm256_cmp_pd(fast, slow, _CMP_GT_OQ));
            int less = _mm256_movemask_pd(_mm256_cmp_pd(fast, slow, _CMP_LT_OQ));
            above |= (uint64_t)more << v * NARROW;
            below |= (uint64_t)less << v * NARROW;
        }
        gw_limit_position(above, below, t, state, out);
    }
}

/* One bar's growth of all lanes. */
V3_IN void grow_v3(__m256d growth, struct narrow *w)
{
    __m256d one = _mm256_set1_pd(1);
    w->equity = _mm256_mul_pd(w->equity, growth);
    w->under = _mm256_min_pd(_mm256_mul_pd(w->under, growth), one);
    w->lowest = _mm256_min_pd(w->lowest, w->under);
}

V3_IN void
hold_v3(const struct gw_limit_block *block, size_t t, __m256d held, struct narrow *w)
{
    grow_v3(_mm256_blendv_pd(_mm256_set1_pd(1), _mm256_set1_pd(block->ratio[t]), held),
            w);
    __m256d gain = _mm256_set1_pd(block->gain[t]);
    __m256d square = _mm256_set1_pd(block->square[t]);
    __m256d squared = _mm256_set1_pd(block->squared[t]);
    w->sum = _mm256_add_pd(w->sum, _mm256_and_pd(held, gain));
    w->squares = _mm256_add_pd(w->squares, _mm256_and_pd(held, square));
    w->downside = _mm256_add_pd(w->downside, _mm256_and_pd(held, squared));
}

V3_IN void close_v3(struct gw_limit_state *state, size_t lane, __m256d leave, __m256d pnl)
{
    __m256d zero = _mm256_setzero_pd(), one = _mm256_set1_pd(1);
    __m256d nothing =
        _mm256_mul_pd(_mm256_load_pd(state->entered + lane), _mm256_set1_pd(1e-12));
    __m256d won = _mm256_and_pd(leave, _mm256_cmp_pd(pnl, nothing, _CMP_GT_OQ));
    __m256d pain = _mm256_sub_pd(zero, pnl);
    __m256d lost = _mm256_and_pd(leave, _mm256_cmp_pd(pain, nothing, _CMP_GT_OQ));
    add_v3(state->gains + lane, won, pnl);
    add_v3(state->pains + lane, lost, pain);
    add_v3(state->wins + lane, won, one);
    add_v3(state->trades + lane, leave, one);
}

/* A bar on which some lane of the vector trades. */
V3_IN void trade_v3(const struct gw_limit_block *block,
                    const struct gw_limit_words *words,
                    size_t t,
                    size_t lane,
                    struct gw_limit_state *state,
                    struct narrow *w)
{
    __m256d held = mask_v3(words->held[t] >> lane);
    __m256d enter = mask_v3(words->enter[t] >> lane);
    __m256d leave = mask_v3(words->leave[t] >> lane);
    __m256d one = _mm256_set1_pd(1), zero = _mm256_setzero_pd();
    __m256d ratio = _mm256_set1_pd(block->ratio[t]), fee = _mm256_set1_pd(block->fee);
    __m256d inverse = _mm256_div_pd(one, _mm256_add_pd(one, fee));
    __m256d bar = _mm256_set1_pd((double)(block->first + t));
    __m256d growth = _mm256_blendv_pd(one, ratio, held);
    add_v3(state->fees + lane, leave,
           _mm256_mul_pd(_mm256_mul_pd(w->equity, ratio), fee));
    add_v3(state->fees + lane, enter,
           _mm256_mul_pd(w->equity, _mm256_mul_pd(fee, inverse)));
    growth =
        _mm256_blendv_pd(growth, _mm256_mul_pd(growth, _mm256_sub_pd(one, fee)), leave);
    growth = _mm256_blendv_pd(growth, inverse, enter);
    _mm256_store_pd(
        state->entered + lane,
        _mm256_blendv_pd(_mm256_load_pd(state->entered + lane), w->equity, enter));
    grow_v3(growth, w);
    __m256d r = _mm256_sub_pd(growth, one), loss = _mm256_min_pd(r, zero);
    w->sum = _mm256_add_pd(w->sum, r);
    w->squares = _mm256_add_pd(w->squares, _mm256_mul_pd(r, r));
    w->downside = _mm256_add_pd(w->downside, _mm256_mul_pd(loss, loss));
    add_v3(state->exposed + lane, enter, _mm256_sub_pd(zero, bar));
    add_v3(state->exposed + lane, leave, bar);
    if (_mm256_movemask_pd(leave) != 0) {
        __m256d entered = _mm256_load_pd(state->entered + lane);
        close_v3(state, lane, leave, _mm256_sub_pd(w->equity, entered));
    }
}

V3_IN void group_v3(const struct gw_limit_block *block,
                    const struct gw_limit_words *words,
                    size_t first,
                    struct gw_limit_state *state)
{
    struct narrow w[NARROW_GROUP];
    const uint64_t mask = (1U << NARROW * NARROW_GROUP) - 1;
    for (size_t v = 0; v < NARROW_GROUP; v++) {
        size_t lane = first + v * NARROW;
        w[v] = (struct narrow){_mm256_load_pd(state->equity + lane),
                               _mm256_load_pd(state->under + lane),
                               _mm256_load_pd(state->lowest + lane),
                               _mm256_load_pd(state->sum + lane),
                               _mm256_load_pd(state->squares + lane),
                               _mm256_load_pd(state->downside + lane)};
    }
    for (size_t t = 0; t < block->bars; t++) {
        uint64_t traded = (words->enter[t] | words->leave[t]) >> first & mask;
        uint64_t held = words->held[t] >> first & mask;
        if ((traded | held) == 0) {
            continue;
        }
#pragma GCC unroll 2
        for (size_t v = 0; v < NARROW_GROUP; v++) {
            if ((traded >> v * NARROW & 15) == 0) {
                hold_v3(block, t, mask_v3(held >> v * NARROW), &w[v]);
            } else {
                trade_v3(block, words, t, first + v * NARROW, state, &w[v]);
            }
        }
    }
    for (size_t v = 0; v < NARROW_GROUP; v++) {
        size_t lane = first + v * NARROW;
        _mm256_store_pd(state->equity + lane, w[v].equity);
        _mm256_store_pd(state->under + lane, w[v].under);
        _mm256_store_pd(state->lowest + lane, w[v].lowest);
        _mm256_store_pd(state->sum + lane, w[v].sum);
        _mm256_store_pd(state->squares + lane, w[v].squares);
        _mm256_store_pd(state->downside + lane, w[v].downside);
    }
}

V3 void gw_limit_v3(const struct gw_limit_block *block, struct gw_limit_state *state)
{
    struct gw_limit_words words;
    words_v3(block, state, &words);
    for (size_t first = 0; first < GW_LANES; first += NARROW * NARROW_GROUP) {
        group_v3(block, &words, first, state);
    }
}

#endif
