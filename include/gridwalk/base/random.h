/**
 * Random numbers. Philox4x32-10 (Random123) is counter-based: draw i of stream s is a
 * pure function of (seed, s, i), so it comes out the same on any rank and in any order.
 * MT19937 with numpy's legacy Gaussian serves only to repeat data that other programs
 * made.
 */
#ifndef GRIDWALK_BASE_RANDOM_H
#define GRIDWALK_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/** Four 32-bit words of Philox4x32-10 for counter {draw, stream} and key seed. */
void gw_philox(uint64_t seed, uint64_t stream, uint64_t draw, uint32_t out[4]);

/** A double in [0, 1) with 53 random bits, from the first two words of that draw. */
double gw_philox_uniform(uint64_t seed, uint64_t stream, uint64_t draw);

/** Two independent standard normal numbers (Box-Muller on gw_math) of that draw. */
void gw_philox_normal(uint64_t seed, uint64_t stream, uint64_t draw, double out[2]);

/** MT19937 as numpy.random.seed(seed) sets it (init_genrand), seed < 2^32. */
struct gw_mt19937 {
    uint32_t state[624];
    int next;       /* index of the next word; 624 = make new words */
    bool has_gauss; /* a second polar value waits */
    double gauss;
};

void gw_mt19937_seed(struct gw_mt19937 *mt, uint32_t seed);
uint32_t gw_mt19937_word(struct gw_mt19937 *mt);
double
gw_mt19937_uniform(struct gw_mt19937 *mt); /* [0, 1), 53 bits: numpy's random_sample */
double gw_mt19937_normal(
    struct gw_mt19937 *mt); /* numpy's legacy polar gauss with cached second value */

#endif
