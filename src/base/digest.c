#include "gridwalk/base/digest.h"

#include "gridwalk/base/error.h"
#include "gridwalk/base/mem.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* The size of XXH3_state_t is needed for one on the stack. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

enum { BLOCK = 512 /* doubles: 4 KiB of stack */ };

struct gw_sha256 {
    EVP_MD_CTX *context;
};

struct gw_sha256 *gw_sha256_new(void)
{
    struct gw_sha256 *sha = gw_calloc(1, sizeof *sha);
    sha->context = EVP_MD_CTX_new();
    if (sha->context == NULL ||
        EVP_DigestInit_ex(sha->context, EVP_sha256(), NULL) != 1) {
        gw_die("libcrypto has no SHA-256");
    }
    return sha;
}

void gw_sha256_add(struct gw_sha256 *sha, const void *bytes, size_t length)
{
    if (EVP_DigestUpdate(sha->context, bytes, length) != 1) {
        gw_die("libcrypto failed in SHA-256");
    }
}

void gw_sha256_end(struct gw_sha256 *sha, char hex_out[GW_SHA256_HEX])
{
    static const char digit[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(sha->context, hash, &length) != 1 ||
        2 * length + 1 != GW_SHA256_HEX) {
        gw_die("libcrypto failed in SHA-256");
    }
    for (unsigned i = 0; i < length; i++) {
        hex_out[2 * i] = digit[hash[i] >> 4];
        hex_out[2 * i + 1] = digit[hash[i] & 15];
    }
    hex_out[GW_SHA256_HEX - 1] = '\0';
    EVP_MD_CTX_free(sha->context);
    free(sha);
}

static void write_canonical(XXH128_hash_t hash, uint8_t out[GW_XXH128_SIZE])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    memcpy(out, canonical.digest, GW_XXH128_SIZE);
}

void gw_xxh128(const void *bytes, size_t length, uint8_t out[GW_XXH128_SIZE])
{
    write_canonical(XXH3_128bits(bytes, length), out);
}

/* The eight bytes of a double, lowest first, with one NaN for all. */
static void put_double(double value, uint8_t *out)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000);
    if (value == value) {
        memcpy(&bits, &value, sizeof bits);
    }
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(bits >> (8 * i));
    }
}

void gw_xxh128_doubles(const double *value, size_t count, uint8_t out[GW_XXH128_SIZE])
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    uint8_t block[8 * BLOCK];
    for (size_t done = 0; done < count;) {
        size_t part = count - done < BLOCK ? count - done : BLOCK;
        for (size_t i = 0; i < part; i++) {
            put_double(value[done + i], block + 8 * i);
        }
        XXH3_128bits_update(&state, block, 8 * part);
        done += part;
    }
    write_canonical(XXH3_128bits_digest(&state), out);
}

uint64_t gw_xxh64(const void *bytes, size_t length)
{
    return XXH3_64bits(bytes, length);
}

uint64_t gw_xxh64_seeded(uint64_t seed, const void *bytes, size_t length)
{
    return XXH3_64bits_withSeed(bytes, length, seed);
}
