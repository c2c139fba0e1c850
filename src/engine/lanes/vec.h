/**
 * Vectors of doubles, one number a lane, for the files of this folder. Each is compiled
 * once for each instruction set, with GW_ISA its name. Operations and their order are
 * those of plain C in each lane; only the width differs.
 */
#ifndef GRIDWALK_ENGINE_LANES_VEC_H
#define GRIDWALK_ENGINE_LANES_VEC_H

#include "../lanes.h"

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

static inline vec pick(ints mask, vec a, vec b) /* a where the mask is set */
{
    return (vec)(((ints)a & mask) | ((ints)b & ~mask));
}

static inline vec size_of(vec a)
{
    return (vec)((ints)a & INT64_MAX);
}

/* Names of functions that other files of the folder see. */
#define GW_JOIN_AGAIN(name, isa) name##_##isa
#define GW_JOIN(name, isa) GW_JOIN_AGAIN(name, isa)
#define OF_ISA(name) GW_JOIN(name, GW_ISA)

#endif
