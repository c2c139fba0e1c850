#include "gridwalk/base/digest.h"

#include "check.h"

#include <stdlib.h>

static void check_sha256(const char *bytes, size_t times, const char *expected)
{
    struct gw_sha256 *sha = gw_sha256_new();
    for (size_t i = 0; i < times; i++) {
        gw_sha256_add(sha, bytes, strlen(bytes));
    }
    char hex[GW_SHA256_HEX];
    gw_sha256_end(sha, hex);
    CHECK_TEXT(hex, expected);
}

/* FIPS 180-2, appendix B, and the hash of nothing. */
static void knows_the_answers_of_sha256(void)
{
    check_sha256("abc", 1,
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_sha256("a", 1000000,
                 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    check_sha256("", 0,
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void check_hex(const uint8_t digest[GW_XXH128_SIZE], const char *expected)
{
    char hex[2 * GW_XXH128_SIZE + 1];
    for (int i = 0; i < GW_XXH128_SIZE; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    CHECK_TEXT(hex, expected);
}

/* Of python-xxhash 4.1.0. */
static void knows_the_answers_of_xxh3(void)
{
    uint8_t digest[GW_XXH128_SIZE];
    gw_xxh128("", 0, digest);
    check_hex(digest, "99aa06d3014798d86001c324468d497f");
    gw_xxh128("abc", 3, digest);
    check_hex(digest, "06b05ab6733a618578af5f94892f3950");
    CU_ASSERT_EQUAL(gw_xxh64("", 0), UINT64_C(0x2d06800538d394c2));
    CU_ASSERT_EQUAL(gw_xxh64("abc", 3), UINT64_C(0x78af5f94892f3950));
}

/* Of python-xxhash 4.1.0. */
static void a_seed_makes_another_xxh3(void)
{
    static const struct {
        uint64_t seed;
        size_t length;
        uint64_t expected;
    } table[] = {
        {1, 0, UINT64_C(0x4dc5b0cc826f6703)},
        {1, 1000, UINT64_C(0x1cb958c3452e813b)},
        {UINT64_C(0x123456789abcdef0), 0, UINT64_C(0x8aa56c2c3d8317f6)},
        {UINT64_C(0x123456789abcdef0), 1000, UINT64_C(0x8a38c618ecac4af9)},
    };
    uint8_t bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i % 251);
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_EQUAL(gw_xxh64_seeded(table[i].seed, bytes, table[i].length),
                        table[i].expected);
    }
    CU_ASSERT_EQUAL(gw_xxh64_seeded(1, "abc", 3), UINT64_C(0x6b4467b443c76228));
}

/* The digest of the same doubles as bytes laid out here, lowest first. */
static void
digest_as_bytes(const double *value, size_t count, uint8_t out[GW_XXH128_SIZE])
{
    uint8_t *bytes = malloc(8 * count + 1);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &value[i], sizeof bits);
        bits = isnan(value[i]) ? UINT64_C(0x7ff8000000000000) : bits;
        for (size_t b = 0; b < 8; b++, bits /= 256) {
            bytes[8 * i + b] = (uint8_t)(bits % 256);
        }
    }
    gw_xxh128(bytes, 8 * count, out);
    free(bytes);
}

static void digests_doubles_as_their_bytes(void)
{
    enum { MOST = 5000 };
    static double value[MOST];
    for (int i = 0; i < MOST; i++) {
        value[i] = i % 7 == 3 ? NAN : (i - 100) * 1.37;
    }
    static const size_t counts[] = {0, 1, 2, 30, 511, 512, 513, 1024, 1025, MOST};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint8_t streamed[GW_XXH128_SIZE], whole[GW_XXH128_SIZE];
        gw_xxh128_doubles(value, counts[i], streamed);
        digest_as_bytes(value, counts[i], whole);
        CU_ASSERT_EQUAL(memcmp(streamed, whole, sizeof whole), 0);
    }
}

static void takes_every_nan_for_the_same_but_not_every_zero(void)
{
    uint64_t odd_nan = UINT64_C(0xfff8000000000123);
    double first[3] = {1, NAN, 2}, second[3] = {1, 0, 2};
    uint8_t a[GW_XXH128_SIZE], b[GW_XXH128_SIZE];
    memcpy(&second[1], &odd_nan, sizeof odd_nan);
    gw_xxh128_doubles(first, 3, a);
    gw_xxh128_doubles(second, 3, b);
    CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
    first[1] = 0.0;
    second[1] = -0.0;
    gw_xxh128_doubles(first, 3, a);
    gw_xxh128_doubles(second, 3, b);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"knows_the_answers_of_sha256", knows_the_answers_of_sha256},
        {"knows_the_answers_of_xxh3", knows_the_answers_of_xxh3},
        {"a_seed_makes_another_xxh3", a_seed_makes_another_xxh3},
        {"digests_doubles_as_their_bytes", digests_doubles_as_their_bytes},
        {"takes_every_nan_for_the_same_but_not_every_zero",
         takes_every_nan_for_the_same_but_not_every_zero},
    };
    return CHECK_RUN("digest", tests);
}
