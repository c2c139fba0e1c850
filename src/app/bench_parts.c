/* Parts of the program by themselves: indicators, reading a bundle, handing out tiles,
 * and small fixed pieces of work whose instructions are counted. */
#include "bench.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/expr/functions.h"
#include "gridwalk/sched/coordinator.h"
#include "gridwalk/store/bundle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 5 };

enum gw_status gw_bench_memcpy(struct gw_bench *bench, struct gw_error *err)
{
    const size_t bytes = (size_t)128 << 20; /* far beyond any cache share of one core */
    struct gw_bench_record record = {.workload = "memcpy",
                                     .unit = "B/s",
                                     .seconds = INFINITY,
                                     .cpu_seconds = INFINITY,
                                     .repeats = REPEATS,
                                     .limit_ratio = NAN,
                                     .ranks = 1,
                                     .start_seconds = NAN};
    gw_bench_watch();
    char *from = malloc(bytes), *to = malloc(bytes);
    if (from == NULL || to == NULL) {
        gw_die("no memory to copy");
    }
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    for (int i = 0; i < REPEATS; i++) {
        double begin = gw_clock(), used = gw_bench_cpu();
        memcpy(to, from, bytes);
        record.seconds = fmin(record.seconds, gw_clock() - begin);
        record.cpu_seconds = fmin(record.cpu_seconds, gw_bench_cpu() - used);
        from[i] = to[bytes - 1 - (size_t)i]; /* the copy is needed */
    }
    record.rate = (double)bytes / record.seconds;
    record.rss_bytes = gw_bench_peak();
    free(from);
    free(to);
    return gw_bench_add(bench, &record, err);
}

/* ---- indicators ---- */

enum { COLUMN = 100000, WINDOW = 20 };

static void time_kernel(const struct gw_function *function,
                        const double *const *series,
                        double *out,
                        struct gw_bench_record *record)
{
    double scalar[GW_MAX_NUMBERS] = {WINDOW, 0};
    for (int i = 0; i < REPEATS; i++) {
        double begin = gw_clock(), used = gw_bench_cpu();
        function->kernel(series, scalar, COLUMN, out);
        record->seconds = fmin(record->seconds, gw_clock() - begin);
        record->cpu_seconds = fmin(record->cpu_seconds, gw_bench_cpu() - used);
    }
}

enum gw_status gw_bench_indicators(struct gw_bench *bench, struct gw_error *err)
{
    size_t count;
    const struct gw_function *functions = gw_functions(&count);
    struct gw_synth synth = gw_bench_walk(COLUMN, 2);
    struct gw_panel *panel = gw_bench_panel(&synth);
    const double *series[GW_MAX_SERIES] = {gw_panel_column(panel, GW_CLOSE, 0),
                                           gw_panel_column(panel, GW_CLOSE, 1),
                                           gw_panel_column(panel, GW_OPEN, 0)};
    double *out = gw_calloc(COLUMN, sizeof *out);
    enum gw_status status = GW_OK;
    for (size_t i = 0; i < count && status == GW_OK; i++) {
        if (functions[i].is_operator || functions[i].back == GW_BACK_0) {
            continue; /* looks at one bar alone */
        }
        struct gw_bench_record record = {.unit = "bars/s",
                                         .seconds = INFINITY,
                                         .cpu_seconds = INFINITY,
                                         .repeats = REPEATS,
                                         .limit_ratio = NAN,
                                         .ranks = 1,
                                         .start_seconds = NAN};
        snprintf(record.workload, sizeof record.workload, "indicators-%s",
                 functions[i].name);
        time_kernel(&functions[i], series, out, &record);
        record.rate = COLUMN / record.seconds;
        gw_bench_figure(&record, "ns_per_bar", 1e9 * record.seconds / COLUMN);
        gw_bench_digest(out, COLUMN, record.check);
        status = gw_bench_add(bench, &record, err);
    }
    free(out);
    gw_panel_free(panel);
    return status;
}

/* ---- a bundle, probed, read and verified: the seed system's size ---- */

enum gw_status gw_bench_bundle_load(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(6017, 8);
    struct gw_bench_record record = {.workload = "bundle-load",
                                     .unit = "B/s",
                                     .seconds = INFINITY,
                                     .cpu_seconds = INFINITY,
                                     .repeats = 10 * REPEATS,
                                     .limit_ratio = NAN,
                                     .ranks = 1,
                                     .start_seconds = NAN};
    GW_TRY(gw_bench_bundle(bench, "bundle-load", &synth, err));
    char *path = gw_bench_path(bench, "bundle-load", ".h5");
    enum gw_status status = GW_OK;
    gw_bench_watch();
    for (int i = 0; i < record.repeats && status == GW_OK; i++) {
        struct gw_panel *panel = NULL;
        double begin = gw_clock(), used = gw_bench_cpu();
        status = gw_bundle_load(path, &panel, err);
        record.seconds = fmin(record.seconds, gw_clock() - begin);
        record.cpu_seconds = fmin(record.cpu_seconds, gw_bench_cpu() - used);
        if (status == GW_OK) {
            memcpy(record.check, panel->header->digest, sizeof record.check - 1);
        }
        gw_panel_free(panel);
    }
    free(path);
    GW_TRY(status);
    record.rate =
        (double)(synth.bars * synth.assets * GW_FIELDS * sizeof(double)) / record.seconds;
    record.rss_bytes = gw_bench_peak();
    return gw_bench_add(bench, &record, err);
}

/* ---- empty tiles through the coordinator, without a file ---- */

static enum gw_status compute_nothing(void *context,
                                      uint64_t tile,
                                      struct gw_tile_work *work,
                                      struct gw_error *err)
{
    (void)context;
    (void)err;
    memcpy(work->payload, &tile, sizeof tile);
    work->length = sizeof tile;
    return GW_OK;
}

static enum gw_status accept_nothing(void *context,
                                     uint64_t tile,
                                     const void *payload,
                                     size_t length,
                                     struct gw_error *err)
{
    uint64_t *sum = context, value;
    if (length != sizeof value || memcmp(payload, &tile, length) != 0) {
        return gw_fail(err, GW_DATA, "scheduler: a payload came with another tile");
    }
    *sum += tile;
    return GW_OK;
}

/* From the last result of an order to the order that takes its place, mean over the
 * workers; 0 when there was no such reply. */
static double mean_reply(struct gw_world *world, const struct gw_rank_work *mine)
{
    size_t ranks = (size_t)gw_world_size(world);
    struct gw_rank_work *work = gw_calloc(ranks, sizeof *work);
    gw_world_gather(world, mine, sizeof *mine, work);
    uint64_t replies = 0;
    double seconds = 0;
    for (size_t r = 0; r < ranks; r++) {
        replies += work[r].replies;
        seconds += work[r].reply_seconds;
    }
    free(work);
    return replies > 0 ? seconds / (double)replies : 0;
}

static struct gw_bench_record scheduler_record(const struct gw_world *world,
                                               const struct gw_rank_work *work,
                                               uint64_t tiles)
{
    return (struct gw_bench_record){.workload = "scheduler",
                                    .unit = "tiles/s",
                                    .rate = (double)tiles / work->wall_seconds,
                                    .seconds = work->wall_seconds,
                                    .repeats = 1,
                                    .limit_ratio = NAN,
                                    .rss_bytes = gw_bench_peak(),
                                    .ranks = gw_world_size(world),
                                    .start_seconds = NAN};
}

enum gw_status gw_bench_scheduler(struct gw_bench *bench, struct gw_error *err)
{
    uint64_t sum = 0, tiles = gw_bench_part(bench, 1000000);
    struct gw_world *world = bench->world;
    if (world == NULL) {
        bench->late = bench->late != NULL ? bench->late : gw_world_open();
        world = bench->late;
    }
    struct gw_job job = {.tiles = tiles,
                         .payload_max = sizeof(uint64_t),
                         .context = &sum,
                         .compute = compute_nothing,
                         .accept = accept_nothing};
    struct gw_rank_work work = {0};
    gw_bench_watch();
    double used = gw_bench_cpu();
    GW_TRY(gw_job_run(world, &job, &work, err));
    used = gw_bench_cpu() - used;
    if (gw_world_lost(world)) {
        return gw_fail(err, GW_SYSTEM, "scheduler: a rank has died or fallen silent");
    }
    double reply = mean_reply(world, &work);
    enum gw_status status = GW_OK;
    if (gw_bench_leads(bench)) {
        struct gw_bench_record record = scheduler_record(world, &work, tiles);
        record.cpu_seconds = used;
        snprintf(record.check, sizeof record.check, "%016llx", (unsigned long long)sum);
        gw_bench_figure(&record, "coordinator",
                        work.coordination_seconds / work.wall_seconds);
        gw_bench_figure(&record, "reply_us", 1e6 * reply);
        status = sum == tiles * (tiles - 1) / 2
                     ? gw_bench_add(bench, &record, err)
                     : gw_fail(err, GW_DATA, "scheduler: a tile is missing or twice");
    }
    return gw_bench_agree(bench, status, err);
}
