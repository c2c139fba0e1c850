#include "../../../src/sched/share.h"

#include "check.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>

/* A plain generator for the loops here: 48 bits, seeded. */
static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state = (*state * 0x5DEECE66DULL + 11) & ((1ULL << 48) - 1);
    return (*state >> 12) % below;
}

struct world {
    uint64_t tiles, kept;
    unsigned char *there; /* [tiles] */
    double *weight;       /* [tiles] */
};

static bool is_there(void *context, uint64_t tile)
{
    const struct world *world = context;
    CU_ASSERT_TRUE_FATAL(tile < world->tiles);
    return world->there[tile] != 0;
}

static double weight_of(void *context, uint64_t tile)
{
    const struct world *world = context;
    CU_ASSERT_TRUE_FATAL(tile < world->tiles);
    return world->weight[tile];
}

/* None there, every one, single ones, or long stretches. */
static void fill_world(struct world *world, uint64_t *seed)
{
    uint64_t pattern = draw(seed, 5), on = 0;
    world->there = gw_calloc(world->tiles, 1);
    world->weight = gw_calloc(world->tiles, sizeof *world->weight);
    world->kept = 0;
    for (uint64_t i = 0; i < world->tiles; i++) {
        on = draw(seed, 20) == 0 ? !on : on;
        uint64_t choice[] = {0, 1, draw(seed, 2), on, draw(seed, 30) > 0};
        world->there[i] = (unsigned char)choice[pattern];
        world->kept += choice[pattern];
        world->weight[i] = (double)draw(seed, 4);
    }
}

static void clear_world(struct world *world)
{
    free(world->there);
    free(world->weight);
}

/* Ranks in random order take everything; what they got is marked. */
static void take_all(struct gw_shares *shares,
                     struct world *world,
                     int ranks,
                     double tile_seconds,
                     uint64_t *seed)
{
    uint64_t left = world->tiles - world->kept;
    for (;;) {
        uint64_t first = UINT64_MAX;
        CU_ASSERT_EQUAL(gw_shares_left(shares), left);
        uint64_t got = gw_shares_take(shares, (int)draw(seed, (uint64_t)ranks), &first);
        if (got == 0) {
            break;
        }
        CU_ASSERT_TRUE_FATAL(first < world->tiles && got <= world->tiles - first);
        for (uint64_t i = first; i < first + got; i++) {
            CU_ASSERT_EQUAL_FATAL(world->there[i], 0);
            world->there[i] = 2; /* `has` has had its look at it by now */
        }
        CU_ASSERT_TRUE_FATAL(got <= left);
        left -= got;
        if (draw(seed, 3) == 0) {
            gw_shares_learn(shares, got, (double)got * tile_seconds);
        }
    }
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT_EQUAL(gw_shares_left(shares), 0);
}

static bool was_there(void *context, uint64_t tile)
{
    const struct world *world = context;
    CU_ASSERT_TRUE_FATAL(tile < world->tiles);
    return world->there[tile] == 1;
}

static void hands_out_every_missing_tile_exactly_once(void)
{
    static const double seconds[] = {1e-5, 1e-3, 0.02, 0.3, 5};
    uint64_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        struct world world = {.tiles = 1 + draw(&seed, 1 + draw(&seed, 3000))};
        int ranks = (int)(1 + draw(&seed, 1 + draw(&seed, 70)));
        fill_world(&world, &seed);
        struct gw_share_setup setup = {.tiles = world.tiles,
                                       .ranks = ranks,
                                       .context = &world,
                                       .has = was_there,
                                       .kept = world.kept,
                                       .weight = draw(&seed, 2) ? weight_of : NULL};
        if (world.kept == 0 && draw(&seed, 2)) {
            setup.has = NULL;
        }
        struct gw_shares *shares = gw_shares_new(&setup);
        take_all(shares, &world, ranks, seconds[draw(&seed, 5)], &seed);
        for (uint64_t t = 0; t < world.tiles; t++) {
            CU_ASSERT_NOT_EQUAL(world.there[t], 0);
        }
        gw_shares_free(shares);
        clear_world(&world);
    }
}

static void has_nothing_to_hand_out_of_nothing(void)
{
    uint64_t first = 0;
    struct gw_shares *shares =
        gw_shares_new(&(struct gw_share_setup){.tiles = 0, .ranks = 3});
    CU_ASSERT_EQUAL(gw_shares_left(shares), 0);
    CU_ASSERT_EQUAL(gw_shares_take(shares, 2, &first), 0);
    gw_shares_free(shares);
    gw_shares_free(NULL);
}

/* 2 ranks, 32 parts of 10 tiles; weights 0, 1, 2, 3 in turn: all parts of weight 3 come
 * before those of 2, and among them the lower tiles first. */
static void begins_with_the_heaviest_parts_and_among_equals_with_the_lowest(void)
{
    struct world world = {.tiles = 320};
    world.weight = gw_calloc(world.tiles, sizeof *world.weight);
    for (uint64_t t = 0; t < world.tiles; t++) {
        world.weight[t] = (double)(t / 10 % 4);
    }
    struct gw_shares *shares = gw_shares_new(&(struct gw_share_setup){
        .tiles = world.tiles, .ranks = 2, .context = &world, .weight = weight_of});
    for (uint64_t part = 0; part < 32; part++) {
        uint64_t block = part % 8 * 4 + (3 - part / 8);
        for (uint64_t i = 0; i < 10; i++) {
            uint64_t first = 0;
            CU_ASSERT_EQUAL(gw_shares_take(shares, 0, &first), 1);
            CU_ASSERT_EQUAL(first, block * 10 + i);
        }
    }
    CU_ASSERT_EQUAL(gw_shares_left(shares), 0);
    gw_shares_free(shares);
    free(world.weight);
}

/* Three ranks in turn: each goes on where it stopped, 16 parts a rank of 100 tiles. */
static void goes_on_where_a_rank_stopped(void)
{
    enum { RANKS = 3, PART = 100 };
    struct gw_shares *shares = gw_shares_new(
        &(struct gw_share_setup){.tiles = 16 * RANKS * PART, .ranks = RANKS});
    gw_shares_learn(shares, 1, 0.04);
    uint64_t next[RANKS] = {0}, jumps = 0, takes = 0;
    for (int rank = 0; gw_shares_left(shares) > 2000; rank = (rank + 1) % RANKS) {
        uint64_t first = 0, got = gw_shares_take(shares, rank, &first);
        takes++;
        if (first != next[rank]) {
            jumps++;
            CU_ASSERT_EQUAL(first % PART, 0);      /* the begin of a part */
            CU_ASSERT_EQUAL(next[rank] % PART, 0); /* the end of one */
        }
        CU_ASSERT_TRUE(first / PART == (first + got - 1) / PART);
        next[rank] = first + got;
    }
    CU_ASSERT_TRUE(jumps <= 48 && takes > 100);
    gw_shares_free(shares);
}

/* By hand: 2 ranks, 32 parts of 4 tiles. Rank 1 takes 31 of them; rank 0 has taken one
 * tile of the last, so rank 1 gets the second half of the other three: two. */
static void takes_over_the_second_half_of_the_longest_part(void)
{
    struct gw_shares *shares =
        gw_shares_new(&(struct gw_share_setup){.tiles = 128, .ranks = 2});
    uint64_t first = 0;
    for (int i = 0; i < 31 * 4; i++) {
        gw_shares_take(shares, 1, &first);
    }
    CU_ASSERT_EQUAL(first, 123);
    gw_shares_take(shares, 0, &first);
    CU_ASSERT_EQUAL(first, 124);
    gw_shares_take(shares, 1, &first);
    CU_ASSERT_EQUAL(first, 126);
    gw_shares_take(shares, 0, &first);
    CU_ASSERT_EQUAL(first, 125);
    gw_shares_take(shares, 0, &first);
    CU_ASSERT_EQUAL(first, 127);
    CU_ASSERT_EQUAL(gw_shares_take(shares, 0, &first), 0);
    gw_shares_free(shares);
}

/* The longest of several is found whatever rank it belongs to. */
static void takes_over_from_the_rank_with_most_left(void)
{
    for (int longest = 0; longest < 5; longest++) {
        struct gw_shares *shares =
            gw_shares_new(&(struct gw_share_setup){.tiles = 16 * 6 * 8, .ranks = 6});
        uint64_t first = 0, begin = 0;
        for (int i = 0; i < 91 * 8; i++) {
            gw_shares_take(shares, 5, &first);
        }
        for (int rank = 0; rank < 5; rank++) {
            int takes = rank == longest ? 2 : 4;
            for (int i = 0; i < takes; i++) {
                gw_shares_take(shares, rank, &first);
            }
            begin = rank == longest ? first + 1 : begin;
        }
        gw_shares_take(shares, 5, &first);
        CU_ASSERT_EQUAL(first, begin + 3); /* of the 6 left */
        gw_shares_free(shares);
    }
}

/* Plenty: every message lasts 50 ms to 1 s. Then it falls to one tile. */
static void makes_messages_of_50_ms_to_1_s(void)
{
    static const double seconds[] = {1e-6, 2.7e-4, 0.003, 0.03, 0.26, 0.7, 4};
    for (size_t s = 0; s < sizeof seconds / sizeof seconds[0]; s++) {
        enum { RANKS = 5 };
        double tile = seconds[s];
        uint64_t tiles = (uint64_t)(400 * RANKS / tile), first = 0, got = 0;
        struct gw_shares *shares =
            gw_shares_new(&(struct gw_share_setup){.tiles = tiles, .ranks = RANKS});
        CU_ASSERT_EQUAL(gw_shares_take(shares, 0, &first), 1); /* nothing known yet */
        gw_shares_learn(shares, 1, tile);
        CHECK_CLOSE(gw_shares_tile_seconds(shares), tile, 1e-12);
        for (int rank = 0; gw_shares_left(shares) > 0; rank = (rank + 1) % RANKS) {
            double left = (double)gw_shares_left(shares) * tile;
            got = gw_shares_take(shares, rank, &first);
            double length = (double)got * tile;
            CU_ASSERT_TRUE(length <= 1.0001 || got == 1);
            /* Above that every rank gets several more. */
            CU_ASSERT_TRUE(left < 10 * RANKS || length >= 0.0499);
        }
        CU_ASSERT_EQUAL(got, 1);
        gw_shares_free(shares);
    }
}

/* By hand: 2 ranks, 32 parts of 100 tiles of 1 ms. An eighth of what is left is more than
 * a part, or would leave less than 50 of it, down to 400; then it is 50 of them; of 350
 * and 300 it would be less than 50 ms; of 250 fewer than three such messages a rank are
 * left. */
static void keeps_messages_at_50_ms_while_there_are_several(void)
{
    static const uint64_t expected[] = {50, 50, 50, 32, 18};
    struct gw_shares *shares =
        gw_shares_new(&(struct gw_share_setup){.tiles = 3200, .ranks = 2});
    uint64_t first;
    gw_shares_learn(shares, 1, 0.001);
    for (int part = 0; part < 28; part++) {
        CU_ASSERT_EQUAL(gw_shares_take(shares, 0, &first), 100);
    }
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        CU_ASSERT_EQUAL(gw_shares_take(shares, 0, &first), expected[i]);
    }
    gw_shares_free(shares);
}

/* What a worker holds, two messages, is at most its share of what was left. */
static void leaves_no_rank_with_more_than_its_share(void)
{
    uint64_t seed = 7;
    for (int i = 0; i < 400; i++) {
        uint64_t ranks = 2 + draw(&seed, 60), tiles = ranks * (1 + draw(&seed, 500));
        double tile = 1e-4 * (double)(1 + draw(&seed, 5000));
        struct gw_shares *shares =
            gw_shares_new(&(struct gw_share_setup){.tiles = tiles, .ranks = (int)ranks});
        gw_shares_learn(shares, 1, tile);
        for (uint64_t first = 0, left = 0; (left = gw_shares_left(shares)) > 0;) {
            uint64_t got = gw_shares_take(shares, (int)draw(&seed, ranks), &first);
            CU_ASSERT_TRUE(got == 1 || 2 * (got - 1) * ranks <= left);
            /* In the last 50 ms a rank, a quarter of it. */
            if ((double)left * tile < 0.05 * (double)ranks) {
                CU_ASSERT_TRUE(got == 1 || 4 * (got - 1) * ranks < left);
            }
        }
        gw_shares_free(shares);
    }
}

static void gives_a_lone_rank_up_to_a_second_at_once_in_order(void)
{
    struct gw_shares *shares =
        gw_shares_new(&(struct gw_share_setup){.tiles = 1000, .ranks = 1});
    uint64_t first = 0;
    CU_ASSERT_EQUAL(gw_shares_take(shares, 0, &first), 1);
    gw_shares_learn(shares, 1, 0.004);
    static const uint64_t expected[] = {250, 250, 250, 249, 0};
    uint64_t next = 1;
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(gw_shares_take(shares, 0, &first), expected[i]);
        CU_ASSERT_TRUE(expected[i] == 0 || first == next);
        next += expected[i];
    }
    gw_shares_free(shares);
}

/* The mean of all, not the newest: (1 x 1 s + 9 x 0.1 s) / 10. */
static void learns_the_mean_time_of_a_tile(void)
{
    struct gw_shares *shares =
        gw_shares_new(&(struct gw_share_setup){.tiles = 10, .ranks = 2});
    CU_ASSERT_EQUAL(gw_shares_tile_seconds(shares), 0);
    gw_shares_learn(shares, 1, 1);
    gw_shares_learn(shares, 9, 0.9);
    CHECK_CLOSE(gw_shares_tile_seconds(shares), 0.19, 1e-12);
    gw_shares_free(shares);
}

/* Resumed: what is missing is spread evenly, though it lies in one place. */
static void cuts_what_is_missing_into_equal_parts(void)
{
    struct world world = {.tiles = 10000, .kept = 9680};
    world.there = gw_calloc(world.tiles, 1);
    for (uint64_t t = 0; t < world.tiles; t++) {
        world.there[t] = t < 5000 || t >= 5320;
    }
    struct gw_shares *shares = gw_shares_new(&(struct gw_share_setup){
        .tiles = 10000, .ranks = 4, .context = &world, .has = is_there, .kept = 9680});
    for (int rank = 0; rank < 4; rank++) {
        uint64_t first = 0;
        CU_ASSERT_EQUAL(gw_shares_take(shares, rank, &first), 1);
        CU_ASSERT_EQUAL(first, 5000 + 5 * (uint64_t)rank);
    }
    gw_shares_free(shares);
    free(world.there);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"hands_out_every_missing_tile_exactly_once",
         hands_out_every_missing_tile_exactly_once},
        {"has_nothing_to_hand_out_of_nothing", has_nothing_to_hand_out_of_nothing},
        {"begins_with_the_heaviest_parts_and_among_equals_with_the_lowest",
         begins_with_the_heaviest_parts_and_among_equals_with_the_lowest},
        {"goes_on_where_a_rank_stopped", goes_on_where_a_rank_stopped},
        {"takes_over_the_second_half_of_the_longest_part",
         takes_over_the_second_half_of_the_longest_part},
        {"takes_over_from_the_rank_with_most_left",
         takes_over_from_the_rank_with_most_left},
        {"makes_messages_of_50_ms_to_1_s", makes_messages_of_50_ms_to_1_s},
        {"keeps_messages_at_50_ms_while_there_are_several",
         keeps_messages_at_50_ms_while_there_are_several},
        {"leaves_no_rank_with_more_than_its_share",
         leaves_no_rank_with_more_than_its_share},
        {"gives_a_lone_rank_up_to_a_second_at_once_in_order",
         gives_a_lone_rank_up_to_a_second_at_once_in_order},
        {"learns_the_mean_time_of_a_tile", learns_the_mean_time_of_a_tile},
        {"cuts_what_is_missing_into_equal_parts", cuts_what_is_missing_into_equal_parts},
    };
    return CHECK_RUN("sched/share", tests);
}
