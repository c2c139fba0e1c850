#include "gridwalk/base/random.h"

#include "check.h"

/* The known answers that come with Random123 (tests/kat_vectors). */
static void knows_the_answers_of_philox(void)
{
    static const struct {
        uint64_t seed, stream, draw;
        uint32_t word[4];
    } table[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX,
         UINT64_MAX,
         UINT64_MAX,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {UINT64_C(0x299f31d0a4093822),
         UINT64_C(0x0370734413198a2e),
         UINT64_C(0x85a308d3243f6a88),
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint32_t word[4];
        gw_philox(table[i].seed, table[i].stream, table[i].draw, word);
        CU_ASSERT_EQUAL(memcmp(word, table[i].word, sizeof word), 0);
    }
}

static void uniform_is_the_first_53_bits(void)
{
    double expected = floor((0x6627e8d5 * 4294967296.0 + 0xe169c58d) / 2048);
    CU_ASSERT_EQUAL(gw_philox_uniform(0, 0, 0), expected / 9007199254740992.0);
}

/* A mean of N uniform numbers has a standard error of 1/sqrt(12 N); five of them are
 * allowed. */
static void uniform_fills_its_interval(void)
{
    enum { N = 20000 };
    double sum = 0, squares = 0, least = 1, most = 0;
    for (uint64_t i = 0; i < N; i++) {
        double u = gw_philox_uniform(7, 3, i);
        sum += u;
        squares += u * u;
        least = fmin(least, u);
        most = fmax(most, u);
    }
    CHECK_CLOSE(sum / N, 0.5, 5 * sqrt(1.0 / 12 / N));
    CHECK_CLOSE(squares / N, 1.0 / 3, 5 * sqrt(4.0 / 45 / N));
    CU_ASSERT_TRUE(least >= 0 && least < 0.001 && most < 1 && most > 0.999);
}

static void normal_numbers_have_normal_moments(void)
{
    enum { N = 20000 };
    double mean = 0, variance = 0, product = 0, fourth = 0;
    for (uint64_t i = 0; i < N; i++) {
        double z[2];
        gw_philox_normal(11, 0, i, z);
        mean += (z[0] + z[1]) / (2.0 * N);
        variance += (z[0] * z[0] + z[1] * z[1]) / (2.0 * N);
        fourth += (pow(z[0], 4) + pow(z[1], 4)) / (2.0 * N);
        product += z[0] * z[1] / N;
    }
    CHECK_CLOSE(mean, 0, 5 / sqrt(2.0 * N));
    CHECK_CLOSE(variance, 1, 5 * sqrt(2 / (2.0 * N)));
    CHECK_CLOSE(fourth, 3, 5 * sqrt(96 / (2.0 * N)) / 3);
    CHECK_CLOSE(product, 0, 5 / sqrt(1.0 * N));
}

static void draws_and_streams_and_seeds_all_matter(void)
{
    double u = gw_philox_uniform(1, 2, 3);
    CU_ASSERT_EQUAL(u, gw_philox_uniform(1, 2, 3));
    CU_ASSERT_NOT_EQUAL(u, gw_philox_uniform(1, 2, 4));
    CU_ASSERT_NOT_EQUAL(u, gw_philox_uniform(1, 3, 3));
    CU_ASSERT_NOT_EQUAL(u, gw_philox_uniform(2, 2, 3));
    CU_ASSERT_NOT_EQUAL(u, gw_philox_uniform(1, 2, 3 + (UINT64_C(1) << 32)));
}

/* numpy 2.4.6: RandomState(seed).bytes, numpy.random.seed(42) with random_sample and
 * randn. */
static void repeats_the_words_of_numpy(void)
{
    struct gw_mt19937 mt;
    gw_mt19937_seed(&mt, 5489);
    CU_ASSERT_EQUAL(gw_mt19937_word(&mt), 3499211612U);
    CU_ASSERT_EQUAL(gw_mt19937_word(&mt), 581869302U);
    CU_ASSERT_EQUAL(gw_mt19937_word(&mt), 3890346734U);
    uint32_t word = 0;
    for (int i = 3; i < 10000; i++) {
        word = gw_mt19937_word(&mt);
    }
    CU_ASSERT_EQUAL(word, 4123659995U);
}

static void repeats_the_uniform_numbers_of_numpy(void)
{
    struct gw_mt19937 mt;
    gw_mt19937_seed(&mt, 42);
    CU_ASSERT_EQUAL(gw_mt19937_uniform(&mt), 0.3745401188473625);
    CU_ASSERT_EQUAL(gw_mt19937_uniform(&mt), 0.9507143064099162);
    CU_ASSERT_EQUAL(gw_mt19937_uniform(&mt), 0.7319939418114051);
    double u = 0;
    for (int i = 3; i < 1000; i++) {
        u = gw_mt19937_uniform(&mt);
    }
    CU_ASSERT_EQUAL(u, 0.44600577295795574);
}

/* Not to the last bit: numpy takes the logarithm of the C library. */
static void repeats_the_normal_numbers_of_numpy(void)
{
    static const double expected[] = {0.4967141530112327, -0.13826430117118466,
                                      0.6476885381006925, 1.5230298564080254,
                                      -0.23415337472333597};
    struct gw_mt19937 mt;
    gw_mt19937_seed(&mt, 42);
    double sum = 0, z = 0;
    for (int i = 0; i < 1000; i++) {
        z = gw_mt19937_normal(&mt);
        sum += z;
        if (i < 5) {
            CHECK_CLOSE(z, expected[i], 1e-15);
        }
    }
    CHECK_CLOSE(z, 0.5725827813561586, 1e-15);
    CHECK_CLOSE(sum, 19.33205582232549, 1e-13);
    /* A new seed forgets the value that waits. */
    gw_mt19937_normal(&mt);
    gw_mt19937_seed(&mt, 42);
    CHECK_CLOSE(gw_mt19937_normal(&mt), expected[0], 1e-15);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"knows_the_answers_of_philox", knows_the_answers_of_philox},
        {"uniform_is_the_first_53_bits", uniform_is_the_first_53_bits},
        {"uniform_fills_its_interval", uniform_fills_its_interval},
        {"normal_numbers_have_normal_moments", normal_numbers_have_normal_moments},
        {"draws_and_streams_and_seeds_all_matter",
         draws_and_streams_and_seeds_all_matter},
        {"repeats_the_words_of_numpy", repeats_the_words_of_numpy},
        {"repeats_the_uniform_numbers_of_numpy", repeats_the_uniform_numbers_of_numpy},
        {"repeats_the_normal_numbers_of_numpy", repeats_the_normal_numbers_of_numpy},
    };
    return CHECK_RUN("random", tests);
}
