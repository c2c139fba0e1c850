/** A job whose payloads are known bytes: the checksum of a tile is plain arithmetic. */
#ifndef GRIDWALK_TESTS_MPI_TOY_H
#define GRIDWALK_TESTS_MPI_TOY_H

#include "ranks.h"

#include "gridwalk/base/time.h"
#include "gridwalk/sched/coordinator.h"

#include <stdint.h>
#include <time.h>

struct toy {
    struct gw_job job;

    /* set by a test */
    double (*seconds)(uint64_t tile); /* that a tile takes; NULL = none */
    bool (*fails)(uint64_t tile);     /* NULL = none does */
    uint64_t refuse;                  /* the accept call that fails, counted from 1 */
    enum gw_status refusal;

    /* found by a run */
    struct gw_rank_work work;
    struct gw_error err;
    unsigned *seen;        /* [tiles] accepted, rank 0 only */
    uint64_t accepts;      /* calls */
    uint64_t wrong;        /* payloads that are not as they should be */
    uint64_t computes;     /* calls */
    uint64_t first_tile;   /* of the first of them */
    uint64_t failed_tiles; /* here */
    uint64_t lowest_failed;
    uint64_t next_tile;  /* after the one computed last */
    uint64_t promised;   /* by then: tiles up to here come next */
    uint64_t most_ahead; /* promised at once */
    uint64_t broken;     /* promises that were not kept */
    uint64_t shortened;  /* promises that a later one took back */
    uint64_t extended;   /* promises that a later one went beyond */
    uint64_t reports;
    uint64_t last_report;
    uint64_t odd; /* views that contradict themselves */
};

static inline size_t toy_length(const struct toy *toy, uint64_t tile)
{
    return (size_t)(tile * 7919 % (toy->job.payload_max + 1));
}

static inline unsigned char toy_byte(uint64_t tile, size_t i)
{
    return (unsigned char)(tile * 37 + i + i / 256);
}

static inline void toy_sleep(double seconds)
{
    struct timespec span = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&span, NULL);
}

/** Sleep, with a poll every millisecond as an engine does. */
static inline void toy_spend(double seconds, gw_poll_fn poll, void *poll_context)
{
    double end = gw_clock() + seconds;
    for (double left = seconds; left > 0; left = end - gw_clock()) {
        toy_sleep(left < 1e-3 ? left : 1e-3);
        poll(poll_context);
    }
}

/** Tiles promised earlier come next, and a later promise goes at least as far. */
static inline void toy_check_ahead(struct toy *toy, uint64_t tile, uint64_t ahead)
{
    uint64_t tiles = toy->job.tiles;
    toy->broken += toy->next_tile < toy->promised && tile != toy->next_tile;
    toy->broken += ahead < 1 || ahead > tiles - tile;
    bool within = toy->next_tile < toy->promised;
    toy->shortened += within && tile + ahead < toy->promised;
    toy->extended += within && tile + ahead > toy->promised;
    toy->next_tile = tile + 1;
    toy->promised = tile + ahead;
    toy->most_ahead = ahead > toy->most_ahead ? ahead : toy->most_ahead;
}

static inline enum gw_status
toy_compute(void *context, uint64_t tile, struct gw_tile_work *work, struct gw_error *err)
{
    struct toy *toy = context;
    unsigned char *bytes = work->payload;
    if (toy->computes++ == 0) {
        toy->first_tile = tile;
    }
    toy_check_ahead(toy, tile, work->ahead);
    if (toy->seconds != NULL) {
        toy_spend(toy->seconds(tile), work->poll, work->poll_context);
    }
    if (toy->fails != NULL && toy->fails(tile)) {
        toy->failed_tiles++;
        toy->lowest_failed = tile < toy->lowest_failed ? tile : toy->lowest_failed;
        return gw_fail(err, GW_DATA, "tile %d is bad", (int)tile);
    }
    work->length = toy_length(toy, tile);
    for (size_t i = 0; i < work->length; i++) {
        bytes[i] = toy_byte(tile, i);
    }
    work->poll(work->poll_context);
    return GW_OK;
}

static inline enum gw_status toy_accept(void *context,
                                        uint64_t tile,
                                        const void *payload,
                                        size_t length,
                                        struct gw_error *err)
{
    struct toy *toy = context;
    const unsigned char *bytes = payload;
    toy->accepts++;
    if (toy->accepts == toy->refuse) {
        return gw_fail(err, toy->refusal, "the disk is full");
    }
    toy->seen[tile]++;
    size_t differ = length != toy_length(toy, tile);
    for (size_t i = 0; i < length && !differ; i++) {
        differ = bytes[i] != toy_byte(tile, i);
    }
    toy->wrong += differ;
    return GW_OK;
}

/** The view is one that can be. */
static inline void toy_check_view(struct toy *toy, const struct gw_job_view *view)
{
    uint64_t answered = 0, tiles = toy->job.tiles;
    toy->odd += view->ranks != gw_world_size(world) || view->done < toy->last_report;
    toy->odd += view->done + view->handed + view->set_aside > tiles;
    for (int r = 0; r < view->ranks; r++) {
        const struct gw_rank_view *rank = &view->rank[r];
        answered += rank->tiles;
        toy->odd += (rank->tiles == 0) != (rank->last_tile == UINT64_MAX);
        toy->odd += rank->tiles > 0 && rank->last_tile >= tiles;
        toy->odd += rank->silent < 0 || rank->note == NULL;
    }
    toy->odd += answered + toy->job.kept < view->done;
}

static inline void toy_progress(void *context, const struct gw_job_view *view)
{
    struct toy *toy = context;
    toy_check_view(toy, view);
    toy->reports++;
    toy->last_report = view->done;
}

static inline void toy_init(struct toy *toy, uint64_t tiles, size_t payload_max)
{
    *toy = (struct toy){
        .job = {.tiles = tiles,
                .payload_max = payload_max,
                .compute = toy_compute,
                .accept = gw_world_rank(world) == 0 ? toy_accept : NULL,
                .progress = toy_progress},
        .refusal = GW_SYSTEM,
        .lowest_failed = UINT64_MAX,
        .seen = gw_calloc((size_t)tiles, sizeof(unsigned)),
    };
}

static inline enum gw_status toy_run(struct toy *toy)
{
    toy->job.context = toy;
    return gw_job_run(world, &toy->job, &toy->work, &toy->err);
}

static inline void toy_clear(struct toy *toy)
{
    free(toy->seen);
}

/** Sum of the ranks' numbers; on all ranks. */
static inline uint64_t toy_sum(uint64_t mine)
{
    int size = gw_world_size(world);
    uint64_t *all = gw_calloc((size_t)size, sizeof(*all)), sum = 0;
    gw_world_gather(world, &mine, sizeof(mine), all);
    for (int r = 0; r < size; r++) {
        sum += all[r];
    }
    gw_world_broadcast(world, &sum, sizeof(sum));
    free(all);
    return sum;
}

#endif
