#include "gridwalk/sched/coordinator.h"

#include "toy.h"

#include <sys/resource.h>

static void check_complete(const struct toy *toy)
{
    uint64_t tiles = toy->job.tiles;
    RANKS_TRUE(toy_sum(toy->work.tiles) == tiles);
    RANKS_TRUE(toy->work.tiles == toy->computes);
    RANKS_TRUE(toy->work.busy_seconds <= toy->work.wall_seconds);
    RANKS_TRUE(toy->broken == 0 && toy->shortened == 0);
    RANKS_TRUE(toy->next_tile == toy->promised); /* nothing promised is left */
    if (gw_world_rank(world) != 0) {
        return;
    }
    uint64_t once = 0;
    for (uint64_t tile = 0; tile < tiles; tile++) {
        once += toy->seen[tile] == 1;
    }
    RANKS_TRUE(once == tiles);
    RANKS_TRUE(toy->wrong == 0);
    RANKS_TRUE(toy->reports >= 1 && toy->last_report == tiles && toy->odd == 0);
}

static void runs_every_tile_of(uint64_t tiles, size_t payload_max)
{
    struct toy toy;
    toy_init(&toy, tiles, payload_max);
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_complete(&toy);
    toy_clear(&toy);
}

static void runs_every_tile_once(void)
{
    static const uint64_t counts[] = {0, 1, 2, 3, 4, 5, 13, 1000, 20000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        runs_every_tile_of(counts[i], 300);
    }
}

static void carries_payloads_of_any_length(void)
{
    runs_every_tile_of(50, 0);
    runs_every_tile_of(300, 5000); /* around the length up to which MPI sends at once */
    runs_every_tile_of(40, 1 << 20);
}

static double uneven(uint64_t tile)
{
    return tile % 17 == 3 ? 20e-3 : tile % 5 == 0 ? 1e-3 : 0;
}

static void runs_tiles_of_unequal_cost(void)
{
    struct toy toy;
    toy_init(&toy, 200, 2000);
    toy.seconds = uneven;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_complete(&toy);
    toy_clear(&toy);
}

static double two_milliseconds(uint64_t tile)
{
    (void)tile;
    return 2e-3;
}

static void gives_every_rank_its_share(void)
{
    struct toy toy;
    toy_init(&toy, 120, 100);
    toy.seconds = two_milliseconds;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_complete(&toy);
    uint64_t fair = 120 / (uint64_t)gw_world_size(world);
    RANKS_TRUE(toy.work.tiles >= fair / 3);
    double spent = toy.work.busy_seconds + toy.work.coordination_seconds;
    RANKS_TRUE(spent >= 2e-3 * (double)toy.work.tiles);
    toy_clear(&toy);
}

static void an_order_carries_many_tiles(void)
{
    struct toy toy;
    toy_init(&toy, 4000, 100);
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_complete(&toy);
    RANKS_TRUE(gw_world_size(world) > 1 || toy.work.messages == 0);
    if (gw_world_rank(world) != 0) {
        /* a message out for each tile, a bye; stop and end in; a note now and then */
        uint64_t orders = toy.work.messages - toy.work.tiles - 3;
        RANKS_TRUE(toy.work.tiles < 200 || orders < toy.work.tiles / 4);
        RANKS_TRUE(toy.work.replies <= orders);
        RANKS_TRUE(toy.work.tiles < 200 || toy.work.replies > 0);
        RANKS_TRUE(toy.work.reply_longest <= toy.work.reply_seconds);
        RANKS_TRUE(toy.work.reply_seconds <= toy.work.wall_seconds);
    } else {
        RANKS_TRUE(toy.work.replies == 0);
    }
    toy_clear(&toy);
}

static double first_is_slow(uint64_t tile)
{
    return tile == 0 ? 0.25 : 1e-3;
}

/** What a slow tile holds back is two small messages, not a rank's share of the whole. */
static void others_go_on_beside_a_slow_tile(void)
{
    struct toy toy;
    toy_init(&toy, 240, 100);
    toy.seconds = first_is_slow;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_complete(&toy);
    bool alone = gw_world_size(world) == 1;
    bool slow = toy.computes > 0 && toy.first_tile == 0;
    RANKS_TRUE(alone || !slow || toy.work.tiles < 240 / (uint64_t)gw_world_size(world));
    RANKS_TRUE(toy_sum(slow) == 1);
    toy_clear(&toy);
}

/** Rank 0's first tile lasts until all that it is not to compute itself are accepted: by
 *  its polls alone. */
static enum gw_status compute_until_accepted(void *context,
                                             uint64_t tile,
                                             struct gw_tile_work *work,
                                             struct gw_error *err)
{
    struct toy *toy = context;
    double begin = gw_clock();
    bool waits = gw_world_rank(world) == 0 && gw_world_size(world) > 1;
    uint64_t others = toy->job.tiles - work->ahead;
    while (waits && toy->accepts < others && gw_clock() - begin < 5) {
        toy_sleep(50e-6);
        work->poll(work->poll_context);
    }
    return toy_compute(context, tile, work, err);
}

static void results_are_accepted_while_rank_0_computes(void)
{
    struct toy toy;
    toy_init(&toy, 500, 9000);
    toy.job.compute = compute_until_accepted;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_complete(&toy);
    bool several = gw_world_size(world) > 1;
    /* as long as no time is known a share is one tile */
    RANKS_TRUE(gw_world_rank(world) != 0 || !several || toy.work.tiles == 1);
    RANKS_TRUE(toy.work.wall_seconds < 4);
    /* time that polls take is coordination, not computation */
    RANKS_TRUE(toy.work.busy_seconds + toy.work.coordination_seconds <=
               toy.work.wall_seconds);
    toy_clear(&toy);
}

static double processor_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

/** Rank 0 keeps a processor busy for half a second, and does not poll. */
static enum gw_status compute_on_rank_0(void *context,
                                        uint64_t tile,
                                        struct gw_tile_work *work,
                                        struct gw_error *err)
{
    double end = gw_clock() + 0.5;
    while (gw_world_rank(world) == 0 && gw_clock() < end) {
    }
    return toy_compute(context, tile, work, err);
}

static void an_idle_worker_leaves_the_processor(void)
{
    struct toy toy;
    toy_init(&toy, (uint64_t)gw_world_size(world), 100); /* one a rank */
    toy.job.compute = compute_on_rank_0;
    double used = processor_seconds();
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    used = processor_seconds() - used;
    check_complete(&toy);
    RANKS_TRUE(toy.work.wall_seconds >= (gw_world_rank(world) == 0 ? 0.5 : 0.4));
    RANKS_TRUE(gw_world_rank(world) == 0 || used < 0.5 * toy.work.wall_seconds);
    toy_clear(&toy);
}

static void progress_is_reported_ten_times_a_second(void)
{
    struct toy toy;
    toy_init(&toy, 200 * (uint64_t)gw_world_size(world), 100);
    toy.seconds = two_milliseconds;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_complete(&toy);
    if (gw_world_rank(world) == 0) {
        double most = toy.work.wall_seconds / 0.1 + 1;
        RANKS_TRUE((double)toy.reports <= most && toy.reports >= 3);
    }
    toy_clear(&toy);
}

static void needs_no_place_for_its_figures(void)
{
    struct toy toy;
    toy_init(&toy, 10, 100);
    toy.job.progress = NULL;
    toy.job.context = &toy;
    RANKS_TRUE(gw_job_run(world, &toy.job, NULL, NULL) == GW_OK);
    RANKS_TRUE(toy_sum(toy.computes) == 10);
    toy_clear(&toy);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"runs_every_tile_once", runs_every_tile_once},
        {"carries_payloads_of_any_length", carries_payloads_of_any_length},
        {"runs_tiles_of_unequal_cost", runs_tiles_of_unequal_cost},
        {"gives_every_rank_its_share", gives_every_rank_its_share},
        {"an_order_carries_many_tiles", an_order_carries_many_tiles},
        {"others_go_on_beside_a_slow_tile", others_go_on_beside_a_slow_tile},
        {"results_are_accepted_while_rank_0_computes",
         results_are_accepted_while_rank_0_computes},
        {"an_idle_worker_leaves_the_processor", an_idle_worker_leaves_the_processor},
        {"progress_is_reported_ten_times_a_second",
         progress_is_reported_ten_times_a_second},
        {"needs_no_place_for_its_figures", needs_no_place_for_its_figures},
    };
    return RANKS_RUN("job", tests);
}
