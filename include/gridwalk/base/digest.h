/** Digests: SHA-256 for identity, XXH3 for the integrity of columns and records. */
#ifndef GRIDWALK_BASE_DIGEST_H
#define GRIDWALK_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { GW_SHA256_HEX = 65, GW_XXH128_SIZE = 16 };

/** A SHA-256 in progress. */
struct gw_sha256;
struct gw_sha256 *gw_sha256_new(void);
void gw_sha256_add(struct gw_sha256 *sha, const void *bytes, size_t length);
/** Write 64 lower-case hex digits and a NUL; frees `sha`. */
void gw_sha256_end(struct gw_sha256 *sha, char hex_out[GW_SHA256_HEX]);

/** XXH3-128 of the bytes in canonical (big-endian) order. */
void gw_xxh128(const void *bytes, size_t length, uint8_t out[GW_XXH128_SIZE]);

/**
 * XXH3-128 of `count` doubles as little-endian bytes, every NaN as 0x7ff8000000000000, so
 * that equal columns have equal digests whatever NaN they hold. Allocates nothing.
 */
void gw_xxh128_doubles(const double *value, size_t count, uint8_t out[GW_XXH128_SIZE]);

uint64_t gw_xxh64(const void *bytes, size_t length); /* XXH3-64 */

/** XXH3-64 with a seed: of equal bytes another one with each seed. */
uint64_t gw_xxh64_seeded(uint64_t seed, const void *bytes, size_t length);

#endif
