#include "gridwalk/base/random.h"

#include "gridwalk/base/math.h"

#include <Random123/philox.h>

enum { N = 624, M = 397 };

void gw_philox(uint64_t seed, uint64_t stream, uint64_t draw, uint32_t out[4])
{
    philox4x32_ctr_t counter = {{(uint32_t)draw, (uint32_t)(draw >> 32), (uint32_t)stream,
                                 (uint32_t)(stream >> 32)}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t word = philox4x32_R(10, counter, key);
    for (int i = 0; i < 4; i++) {
        out[i] = word.v[i];
    }
}

/* The upper 53 of 64 bits, as a multiple of 2^-53. */
static double unit_interval(uint32_t high, uint32_t low)
{
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

double gw_philox_uniform(uint64_t seed, uint64_t stream, uint64_t draw)
{
    uint32_t word[4];
    gw_philox(seed, stream, draw, word);
    return unit_interval(word[0], word[1]);
}

void gw_philox_normal(uint64_t seed, uint64_t stream, uint64_t draw, double out[2])
{
    uint32_t word[4];
    gw_philox(seed, stream, draw, word);
    /* 1 - u lies in (0, 1]: the logarithm is finite. */
    double radius = sqrt(-2 * gw_log(1 - unit_interval(word[0], word[1])));
    double turn = 2 * unit_interval(word[2], word[3]);
    out[0] = radius * gw_cospi(turn);
    out[1] = radius * gw_sinpi(turn);
}

void gw_mt19937_seed(struct gw_mt19937 *mt, uint32_t seed)
{
    mt->state[0] = seed;
    for (uint32_t i = 1; i < N; i++) {
        uint32_t previous = mt->state[i - 1];
        mt->state[i] = UINT32_C(1812433253) * (previous ^ previous >> 30) + i;
    }
    mt->next = N;
    mt->has_gauss = false;
    mt->gauss = 0;
}

static void make_words(uint32_t state[N])
{
    for (int i = 0; i < N; i++) {
        uint32_t y = (state[i] & 0x80000000U) | (state[(i + 1) % N] & 0x7fffffffU);
        uint32_t odd = (y & 1U) != 0 ? 0x9908b0dfU : 0U;
        state[i] = state[(i + M) % N] ^ y >> 1 ^ odd;
    }
}

uint32_t gw_mt19937_word(struct gw_mt19937 *mt)
{
    if (mt->next >= N) {
        make_words(mt->state);
        mt->next = 0;
    }
    uint32_t y = mt->state[mt->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680U;
    y ^= y << 15 & 0xefc60000U;
    return y ^ y >> 18;
}

double gw_mt19937_uniform(struct gw_mt19937 *mt)
{
    uint32_t a = gw_mt19937_word(mt) >> 5; /* drawn in this order */
    uint32_t b = gw_mt19937_word(mt) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

double gw_mt19937_normal(struct gw_mt19937 *mt)
{
    if (mt->has_gauss) {
        mt->has_gauss = false;
        return mt->gauss;
    }
    double x1, x2, r2;
    do {
        x1 = 2 * gw_mt19937_uniform(mt) - 1;
        x2 = 2 * gw_mt19937_uniform(mt) - 1;
        r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1 || r2 == 0);
    double factor = sqrt(-2 * gw_log(r2) / r2);
    mt->gauss = factor * x1;
    mt->has_gauss = true;
    return factor * x2;
}
