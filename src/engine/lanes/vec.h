/**
 * Vectors of doubles, one number a lane, for the files of this folder. Each is compiled
 * once for each instruction set, with GW_ISA its name. Operations and their order are
 * those of plain C in each lane; only the width differs.
 */
#ifndef GRIDWALK_ENGINE_LANES_VEC_H
#define GRIDWALK_ENGINE_LANES_VEC_H

#include "lanes.h"

#include <math.h>
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

/* Truth of each lane, as the set has it; & | ~ work on all of them. */
#if defined(__AVX512F__)
typedef __mmask8 mask;
static inline mask is_less(vec a, vec b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ);
}
static inline mask is_at_most(vec a, vec b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LE_OQ);
}
static inline mask is_equal(vec a, vec b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_EQ_OQ);
}
static inline vec pick(mask m, vec a, vec b) /* a where it is set */
{
    return (vec)_mm512_mask_blend_pd(m, (__m512d)b, (__m512d)a);
}
static inline vec only(mask m, vec a) /* else 0 */
{
    return (vec)_mm512_maskz_mov_pd(m, (__m512d)a);
}
static inline uint64_t bits_of(mask m)
{
    return m;
}
static inline mask mask_of(uint64_t bits)
{
    return (mask)bits;
}
static inline vec lower(vec a, vec b) /* a < b ? a : b */
{
    return (vec)_mm512_min_pd((__m512d)a, (__m512d)b);
}
static inline vec higher(vec a, vec b) /* a > b ? a : b */
{
    return (vec)_mm512_max_pd((__m512d)a, (__m512d)b);
}
#else
typedef ints mask;
static inline mask is_less(vec a, vec b)
{
    return a < b;
}
static inline mask is_at_most(vec a, vec b)
{
    return a <= b;
}
static inline mask is_equal(vec a, vec b)
{
    return a == b;
}
static inline vec pick(mask m, vec a, vec b)
{
    return (vec)(((ints)a & m) | ((ints)b & ~m));
}
static inline vec only(mask m, vec a)
{
    return (vec)((ints)a & m);
}
static inline mask mask_of(uint64_t bits)
{
    ints bit;
    for (int j = 0; j < WIDTH; j++) {
        bit[j] = (int64_t)1 << j;
    }
    return (((ints){0} + (int64_t)bits) & bit) == bit;
}
#if defined(__AVX2__)
static inline uint64_t bits_of(mask m)
{
    return (uint64_t)_mm256_movemask_pd((__m256d)m);
}
static inline vec lower(vec a, vec b)
{
    return (vec)_mm256_min_pd((__m256d)a, (__m256d)b);
}
static inline vec higher(vec a, vec b)
{
    return (vec)_mm256_max_pd((__m256d)a, (__m256d)b);
}
#elif defined(__SSE4_2__)
static inline uint64_t bits_of(mask m)
{
    return (uint64_t)_mm_movemask_pd((__m128d)m);
}
static inline vec lower(vec a, vec b)
{
    return (vec)_mm_min_pd((__m128d)a, (__m128d)b);
}
static inline vec higher(vec a, vec b)
{
    return (vec)_mm_max_pd((__m128d)a, (__m128d)b);
}
#else
static inline uint64_t bits_of(mask m)
{
    return (uint64_t)(m[0] & 1) | (uint64_t)(m[1] & 1) << 1;
}
static inline vec lower(vec a, vec b)
{
    return pick(a < b, a, b);
}
static inline vec higher(vec a, vec b)
{
    return pick(a > b, a, b);
}
#endif
#endif

static inline vec size_of(vec a)
{
    return (vec)((ints)a & INT64_MAX);
}

/* Names of functions that other files of the folder see. */
#define GW_JOIN_AGAIN(name, isa) name##_##isa
#define GW_JOIN(name, isa) GW_JOIN_AGAIN(name, isa)
#define OF_ISA(name) GW_JOIN(name, GW_ISA)

#endif
