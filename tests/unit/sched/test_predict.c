#include "gridwalk/sched/predict.h"

#include "check.h"

#include <time.h>

static struct gw_job_prediction
predict(uint64_t tiles, int ranks, struct gw_job_costs costs)
{
    struct gw_job_prediction out;
    gw_job_predict(tiles, ranks, &costs, &out);
    return out;
}

static void one_rank_computes_and_accepts_each_tile_in_turn(void)
{
    struct gw_job_prediction one = predict(
        1000, 1, (struct gw_job_costs){.tile = 0.01, .accept = 0.001, .message = 5});
    CHECK_CLOSE(one.seconds, 11, 1e-9);
    CHECK_CLOSE(one.efficiency, 10.0 / 11, 1e-9);
    CHECK_CLOSE(one.coordinator, 1.0 / 11, 1e-9);
    CU_ASSERT_EQUAL(one.messages, 0);
}

static void two_ranks_without_costs_take_half_the_time(void)
{
    struct gw_job_prediction two = predict(1000, 2, (struct gw_job_costs){.tile = 0.01});
    CHECK_CLOSE(two.seconds, 5, 1e-9);
    CHECK_CLOSE(two.efficiency, 1, 1e-9);
    CHECK_CLOSE(two.coordinator, 0, 1e-9);
}

/* 10 tiles on 4 ranks: one of them computes three. */
static void few_tiles_leave_ranks_idle_at_the_end(void)
{
    CHECK_CLOSE(predict(10, 4, (struct gw_job_costs){.tile = 2}).seconds, 6, 1e-12);
    CHECK_CLOSE(predict(3, 8, (struct gw_job_costs){.tile = 2}).seconds, 2, 1e-12);
    CHECK_CLOSE(predict(0, 8, (struct gw_job_costs){.tile = 2}).seconds, 0, 1e-12);
}

/* One tile goes to rank 1: there, computed, back, taken in. */
static void a_tile_of_a_worker_travels_there_and_back(void)
{
    struct gw_job_prediction out = predict(
        1, 2,
        (struct gw_job_costs){
            .tile = 3, .accept = 0.5, .message = 0.25, .latency = 0.125, .poll = 1});
    CHECK_CLOSE(out.seconds, 0.125 + 3 + 0.125 + 0.25 + 0.5, 1e-12);
    CU_ASSERT_EQUAL(out.messages, 2);
}

/* 3 tiles, 2 ranks. Rank 1 computes the first; its answer is there at 0.3 + 1 + 0.3.
 * Rank 0 computes the second until 1.0, accepts it until 1.2, begins the third, looks at
 * 1.45 and at 1.7, handles the answer until 2.0, computes the other half until 2.5 and
 * accepts until 2.7. */
static void rank_0_sees_an_answer_when_it_looks(void)
{
    struct gw_job_prediction out = predict(
        3, 2,
        (struct gw_job_costs){
            .tile = 1, .accept = 0.2, .message = 0.1, .latency = 0.3, .poll = 0.25});
    CHECK_CLOSE(out.seconds, 2.7, 1e-9);
    CHECK_CLOSE(out.efficiency, 3 / (2 * 2.7), 1e-9);
    CHECK_CLOSE(out.coordinator, 0.7 / 2.7, 1e-9);
    CU_ASSERT_EQUAL(out.messages, 2);
}

/* 6 tiles, 2 ranks. Rank 1 holds two: its second answer is there at 0.25 + 2 + 0.25. Rank
 * 0 has begun its third tile at 2.0 and looks at 2.8; the last tile reaches the idle
 * worker at 3.05, and its answer rank 0, which waits, at 4.3. */
static void a_worker_waits_until_rank_0_looks(void)
{
    struct gw_job_costs costs = {.tile = 1, .latency = 0.25, .poll = 0.4};
    CHECK_CLOSE(predict(6, 2, costs).seconds, 4.3, 1e-9);
    costs.poll = 0; /* at once */
    CHECK_CLOSE(predict(6, 2, costs).seconds, 4, 1e-9);
}

/* 64 ranks make 64,000 answers a second; rank 0 can take 66 in. */
static void a_coordinator_that_is_too_slow_sets_the_time(void)
{
    struct gw_job_prediction out =
        predict(10000, 64,
                (struct gw_job_costs){
                    .tile = 0.001, .accept = 0.01, .message = 0.005, .latency = 1e-6});
    CHECK_CLOSE(out.seconds, 150, 0.01);
    CU_ASSERT_TRUE(out.coordinator > 0.99);
    CU_ASSERT_TRUE(out.efficiency < 0.002);
    /* An answer each but rank 0's own few, and fewer orders. */
    CU_ASSERT_TRUE(out.messages > 10000 && out.messages <= 20000);
}

/* 8 ranks of 20 us a tile at 100 ms: rank 0 loses 8 x 20 us in 100 ms. */
static void cheap_messages_cost_little(void)
{
    struct gw_job_costs costs = {
        .tile = 0.1, .accept = 15e-6, .message = 5e-6, .latency = 5e-6, .poll = 2e-4};
    struct gw_job_prediction out = predict(8000, 8, costs);
    CU_ASSERT_TRUE(out.seconds >= 100 && out.seconds < 100.3);
    CHECK_CLOSE(out.coordinator, 8 * 20e-6 / 0.1, 1e-4);
    CHECK_CLOSE(gw_job_saturation(&costs), 5000, 1e-9);
}

/* Above a million a tile stands for several, and all costs for as many. */
static void a_tile_may_stand_for_several(void)
{
    struct gw_job_costs costs = {.tile = 0.01, .accept = 1e-3, .message = 1e-3};
    struct gw_job_prediction out = predict(1000000000000, 1, costs);
    CHECK_CLOSE(out.seconds / 1.1e10, 1, 1e-6);
    out = predict(1000000000, 40, costs);
    CHECK_CLOSE(out.seconds / 2e6, 1, 0.01);
    CU_ASSERT_TRUE(out.messages > 950000000 && out.messages < 2000000000);
}

/* Whatever the costs, no run beats its computing shared by all, nor rank 0's taking in.
 */
static void never_predicts_the_impossible(void)
{
    uint64_t seed = 3;
    for (int i = 0; i < 600; i++) {
        double d[5];
        for (int k = 0; k < 5; k++) {
            seed = (seed * 0x5DEECE66DULL + 11) & ((1ULL << 48) - 1);
            d[k] = (seed >> 20) % 7 == 0 ? 0 : pow(10, -(double)((seed >> 24) % 70) / 10);
        }
        uint64_t tiles = 1 + (seed >> 12) % 3000;
        int ranks = 1 + (int)((seed >> 18) % 90);
        struct gw_job_costs costs = {d[0], d[1], d[2], d[3], d[4]};
        struct gw_job_prediction out = predict(tiles, ranks, costs);
        double n = (double)tiles, least = n * costs.tile / ranks;
        CU_ASSERT_TRUE(out.seconds >= (least - 1e-9) * (1 - 1e-9));
        CU_ASSERT_TRUE(out.seconds >= n * costs.accept * (1 - 1e-9));
        double most = n * (costs.tile + costs.accept + costs.message + costs.poll) +
                      2 * costs.latency * (n + 2);
        CU_ASSERT_TRUE(out.seconds <= most * (1 + 1e-9));
        CU_ASSERT_TRUE(out.efficiency <= 1 + 1e-9 && out.coordinator <= 1 + 1e-9);
        CU_ASSERT_TRUE(out.messages <= 2 * tiles);
    }
}

static void is_quick_at_a_thousand_ranks_and_a_million_tiles(void)
{
    clock_t begin = clock();
    struct gw_job_prediction out = predict(1000000, 1024,
                                           (struct gw_job_costs){.tile = 0.05,
                                                                 .accept = 1e-5,
                                                                 .message = 5e-6,
                                                                 .latency = 5e-6,
                                                                 .poll = 2e-4});
    double took = (double)(clock() - begin) / CLOCKS_PER_SEC;
    CU_ASSERT_TRUE(out.efficiency > 0.95 && out.efficiency < 1);
    CU_ASSERT_TRUE(took < 2);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"one_rank_computes_and_accepts_each_tile_in_turn",
         one_rank_computes_and_accepts_each_tile_in_turn},
        {"two_ranks_without_costs_take_half_the_time",
         two_ranks_without_costs_take_half_the_time},
        {"few_tiles_leave_ranks_idle_at_the_end", few_tiles_leave_ranks_idle_at_the_end},
        {"a_tile_of_a_worker_travels_there_and_back",
         a_tile_of_a_worker_travels_there_and_back},
        {"rank_0_sees_an_answer_when_it_looks", rank_0_sees_an_answer_when_it_looks},
        {"a_worker_waits_until_rank_0_looks", a_worker_waits_until_rank_0_looks},
        {"a_coordinator_that_is_too_slow_sets_the_time",
         a_coordinator_that_is_too_slow_sets_the_time},
        {"cheap_messages_cost_little", cheap_messages_cost_little},
        {"a_tile_may_stand_for_several", a_tile_may_stand_for_several},
        {"never_predicts_the_impossible", never_predicts_the_impossible},
        {"is_quick_at_a_thousand_ranks_and_a_million_tiles",
         is_quick_at_a_thousand_ranks_and_a_million_tiles},
    };
    return CHECK_RUN("sched/predict", tests);
}
