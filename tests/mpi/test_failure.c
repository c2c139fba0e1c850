#include "gridwalk/sched/coordinator.h"

#include "toy.h"

static bool tile_13(uint64_t tile)
{
    return tile == 13;
}

static bool some_tiles(uint64_t tile)
{
    return tile == 13 || tile == 14 || tile == 29 || (tile >= 40 && tile % 3 == 0);
}

static bool every_tile(uint64_t tile)
{
    (void)tile;
    return true;
}

static double slow_13(uint64_t tile)
{
    return tile == 13 ? 30e-3 : tile < 40 ? 1e-3 : 0;
}

static void check_others_work_after_it(void)
{
    struct toy toy;
    toy_init(&toy, 30, 500);
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    RANKS_TRUE(toy_sum(toy.accepts) == 30);
    toy_clear(&toy);
}

/** All ranks hold the error of tile `tile`, with the number of a rank where it failed. */
static void check_error(const struct toy *toy, enum gw_status status, uint64_t tile)
{
    char own[64], line[96];
    snprintf(own, sizeof(own), "tile %d is bad", (int)tile);
    RANKS_TRUE(status == GW_DATA && toy->err.status == GW_DATA);
    RANKS_TRUE(gw_world_same(world, &toy->err, sizeof(toy->err)));

    int size = gw_world_size(world), found = 0;
    uint64_t *failed = gw_calloc((size_t)size, sizeof(*failed));
    gw_world_gather(world, &toy->failed_tiles, sizeof(*failed), failed);
    for (int r = 0; r < size && gw_world_rank(world) == 0; r++) {
        snprintf(line, sizeof(line), "rank %d: %s", r, own);
        found += failed[r] > 0 && strcmp(toy->err.text, r == 0 ? own : line) == 0;
    }
    free(failed);
    RANKS_TRUE(gw_world_rank(world) != 0 || found == 1);
}

/** The lowest that failed anywhere; on all ranks. */
static uint64_t lowest_failed(const struct toy *toy)
{
    int size = gw_world_size(world);
    uint64_t *all = gw_calloc((size_t)size, sizeof(*all));
    gw_world_gather(world, &toy->lowest_failed, sizeof(*all), all);
    for (int r = 1; r < size; r++) {
        all[0] = all[r] < all[0] ? all[r] : all[0];
    }
    uint64_t lowest = all[0];
    gw_world_broadcast(world, &lowest, sizeof(lowest));
    free(all);
    return lowest;
}

/** What is handed out below a failed tile is computed: the lowest that failed is it. */
static void run_failing(bool (*fails)(uint64_t), double (*seconds)(uint64_t))
{
    struct toy toy;
    toy_init(&toy, 200, 700);
    toy.fails = fails;
    toy.seconds = seconds;
    enum gw_status status = toy_run(&toy);
    uint64_t tile = lowest_failed(&toy);
    RANKS_TRUE(tile < 200 && (gw_world_size(world) > 1 || toy.failed_tiles == 1));
    check_error(&toy, status, tile);
    RANKS_TRUE(toy.broken == 0);
    for (uint64_t i = 0; i < 200 && gw_world_rank(world) == 0; i++) {
        RANKS_TRUE(toy.seen[i] <= 1 && !(toy.seen[i] == 1 && fails(i)));
    }
    toy_clear(&toy);
    check_others_work_after_it();
}

static void a_failed_tile_reaches_all_ranks(void)
{
    run_failing(tile_13, NULL);
    run_failing(tile_13, slow_13);
}

static void the_lowest_failed_tile_is_reported(void)
{
    for (int run = 0; run < 10; run++) {
        run_failing(some_tiles, run % 2 == 0 ? slow_13 : NULL);
    }
    run_failing(every_tile, NULL);
}

static double ten_milliseconds(uint64_t tile)
{
    return tile == 2 ? 0 : 10e-3;
}

static bool tile_2(uint64_t tile)
{
    return tile == 2;
}

static void orders_above_a_failed_tile_are_dropped(void)
{
    struct toy toy;
    toy_init(&toy, 800, 700);
    toy.fails = tile_2;
    toy.seconds = ten_milliseconds;
    enum gw_status status = toy_run(&toy);
    check_error(&toy, status, 2);
    /* a worker holds up to 128 tiles of 10 ms; it finishes those begun before it heard */
    RANKS_TRUE(toy.computes <= 25);
    toy_clear(&toy);
}

static void accept_refuses_call(uint64_t call, enum gw_status refusal)
{
    struct toy toy;
    toy_init(&toy, 300, 6000);
    toy.refuse = call;
    toy.refusal = refusal;
    RANKS_TRUE(toy_run(&toy) == refusal);
    RANKS_TRUE(toy.err.status == refusal);
    CHECK_TEXT(toy.err.text, "the disk is full");
    RANKS_TRUE(toy_sum(toy.accepts) == call); /* never again after it refused */
    toy_clear(&toy);
    check_others_work_after_it();
}

static void a_refused_accept_ends_the_job(void)
{
    accept_refuses_call(1, GW_SYSTEM);
    accept_refuses_call(2, GW_SYSTEM);
    accept_refuses_call(57, GW_SYSTEM);
    accept_refuses_call(300, GW_SYSTEM);
    accept_refuses_call(20, GW_INTERRUPTED);
}

/** Rank 0's tile lasts until a result was refused inside one of its polls. */
static enum gw_status compute_until_refused(void *context,
                                            uint64_t tile,
                                            struct gw_tile_work *work,
                                            struct gw_error *err)
{
    struct toy *toy = context;
    double begin = gw_clock();
    bool waits = gw_world_rank(world) == 0 && gw_world_size(world) > 1;
    while (waits && toy->accepts < toy->refuse && gw_clock() - begin < 5) {
        toy_sleep(50e-6);
        work->poll(work->poll_context);
    }
    return toy_compute(context, tile, work, err);
}

static void accept_may_refuse_inside_a_poll(void)
{
    struct toy toy;
    toy_init(&toy, 300, 6000);
    toy.refuse = 9;
    toy.job.compute = compute_until_refused;
    RANKS_TRUE(toy_run(&toy) == GW_SYSTEM);
    CHECK_TEXT(toy.err.text, "the disk is full");
    RANKS_TRUE(toy_sum(toy.accepts) == 9); /* rank 0's own tile is dropped too */
    RANKS_TRUE(toy.work.wall_seconds < 4);
    toy_clear(&toy);
}

static enum gw_status compute_interrupted(void *context,
                                          uint64_t tile,
                                          struct gw_tile_work *work,
                                          struct gw_error *err)
{
    struct toy *toy = context;
    if (gw_world_rank(world) == 0 && toy->computes == 3) {
        return gw_fail(err, GW_INTERRUPTED, "stopped by a signal");
    }
    return toy_compute(context, tile, work, err);
}

static double five_milliseconds(uint64_t tile)
{
    (void)tile;
    return 5e-3;
}

static void an_interruption_ends_the_job(void)
{
    struct toy toy;
    toy_init(&toy, 400, 100);
    toy.seconds = five_milliseconds;
    toy.job.compute = compute_interrupted;
    RANKS_TRUE(toy_run(&toy) == GW_INTERRUPTED);
    RANKS_TRUE(strstr(toy.err.text, "stopped by a signal") != NULL);
    RANKS_TRUE(gw_world_same(world, &toy.err, sizeof(toy.err)));
    /* the others held more, some of it below; an interruption does not wait for that */
    RANKS_TRUE(gw_world_size(world) == 1 || toy.computes <= 12);
    toy_clear(&toy);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"a_failed_tile_reaches_all_ranks", a_failed_tile_reaches_all_ranks},
        {"the_lowest_failed_tile_is_reported", the_lowest_failed_tile_is_reported},
        {"orders_above_a_failed_tile_are_dropped",
         orders_above_a_failed_tile_are_dropped},
        {"a_refused_accept_ends_the_job", a_refused_accept_ends_the_job},
        {"accept_may_refuse_inside_a_poll", accept_may_refuse_inside_a_poll},
        {"an_interruption_ends_the_job", an_interruption_ends_the_job},
    };
    return RANKS_RUN("failure", tests);
}
