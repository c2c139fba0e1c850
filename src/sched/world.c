#include "gridwalk/sched/world.h"

#include "comm.h"
#include "message.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double SILENCE_SECONDS = 5;
static const double NOTE_SECONDS = 0.9; /* at least one a second */
static const double RANK_0_SECONDS = 120;
static const double ARRIVE_SECONDS = 3600; /* rank 0 may read a long journal */
static const double LAST_MESSAGES_SECONDS = 0.1;

/* mpirun --enable-recovery sets the variable too. */
static bool launcher_recovers(void)
{
    const char *text = getenv("OMPI_MCA_orte_enable_recovery");
    return text != NULL && text[0] != '\0' && strchr("1tTyY", text[0]) != NULL;
}

/** Broadcast in pieces, because MPI counts in int. */
static void broadcast(struct gw_world *world, void *bytes, size_t length, int root)
{
    const size_t piece_max = (size_t)1 << 30;
    char *at = bytes;
    gw_arrive(world, world->all);
    while (length > 0) {
        size_t piece = length < piece_max ? length : piece_max;
        MPI_Bcast(at, (int)piece, MPI_BYTE, root, world->all);
        at += piece;
        length -= piece;
    }
}

struct gw_world *gw_world_open(void)
{
    int initialized = 0;
    MPI_Initialized(&initialized);
    assert(!initialized);
    if (!initialized) {
        MPI_Init(NULL, NULL);
    }
    struct gw_world *world = gw_calloc(1, sizeof(*world));
    MPI_Comm_dup(MPI_COMM_WORLD, &world->all);
    MPI_Comm_rank(world->all, &world->rank);
    MPI_Comm_size(world->all, &world->size);
    MPI_Comm_split_type(world->all, MPI_COMM_TYPE_SHARED, world->rank, MPI_INFO_NULL,
                        &world->node);
    MPI_Comm_rank(world->node, &world->node_rank);
    MPI_Comm_size(world->node, &world->node_size);
    int leads = world->node_rank == 0;
    MPI_Allreduce(&leads, &world->nodes, 1, MPI_INT, MPI_SUM, world->all);
    world->recovers = launcher_recovers();
    world->silence_seconds = SILENCE_SECONDS;
    world->note_seconds = NOTE_SECONDS;
    world->rank_0_seconds = RANK_0_SECONDS;
    world->arrive_seconds = ARRIVE_SECONDS;
    return world;
}

void gw_world_close(struct gw_world *world)
{
    if (world == NULL) {
        return;
    }
    if (gw_may_be_missing(world)) {
        free(world);
        return;
    }
    gw_arrive(world,
              world->all); /* others may still write files for long: MPI_Finalize spins */
    MPI_Comm_free(&world->node);
    MPI_Comm_free(&world->all);
    free(world);
    MPI_Finalize();
}

bool gw_world_lost(const struct gw_world *world)
{
    return world->lost;
}

bool gw_may_be_missing(const struct gw_world *world)
{
    return world->lost || world->recovers;
}

/**
 * Where the launcher does not recover it ends all ranks when one leaves without MPI's
 * end. So rank 0, which may still write files, leaves first.
 */
static void leave_after_rank_0(const struct gw_world *world)
{
    MPI_Request request = MPI_REQUEST_NULL;
    for (int rank = 1; rank < world->size && world->rank == 0; rank++) {
        gw_post(world->all, rank, GW_TAG_FAREWELL, NULL, 0, &request);
        MPI_Request_free(&request);
    }
    if (world->rank > 0) {
        gw_expect(world->all, 0, GW_TAG_FAREWELL, NULL, 0, &request);
        gw_wait(&request);
    }
}

/** Messages that this rank sent last may still have to be pushed out of the process. */
static void push_last_messages(const struct gw_world *world)
{
    struct gw_idle idle = {0};
    double end = gw_clock() + LAST_MESSAGES_SECONDS;
    while (gw_clock() < end) {
        int any = 0;
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world->all, &any, MPI_STATUS_IGNORE);
        gw_idle_pause(&idle);
    }
}

_Noreturn void gw_world_leave(struct gw_world *world, int exit_code)
{
    if (world != NULL && gw_may_be_missing(world)) {
        if (!world->recovers) {
            leave_after_rank_0(world);
        }
        push_last_messages(world);
        fflush(NULL);
        _exit(exit_code);
    }
    gw_world_close(world);
    exit(exit_code);
}

/* A worker's MPI_Abort has been seen to hang all where the launcher recovers; rank 0
 * finds out by itself. */
_Noreturn void gw_world_abort(int exit_code)
{
    int initialized = 0, finalized = 0, rank = 0;
    MPI_Initialized(&initialized);
    MPI_Finalized(&finalized);
    if (initialized && !finalized) {
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        if (rank == 0 || !launcher_recovers()) {
            MPI_Abort(MPI_COMM_WORLD, exit_code);
        }
    }
    _exit(exit_code);
}

int gw_world_rank(const struct gw_world *world)
{
    return world->rank;
}

int gw_world_size(const struct gw_world *world)
{
    return world->size;
}

int gw_world_nodes(const struct gw_world *world)
{
    return world->nodes;
}

void gw_world_broadcast(struct gw_world *world, void *bytes, size_t length)
{
    broadcast(world, bytes, length, 0);
}

void gw_world_share_text(struct gw_world *world, struct gw_text *text)
{
    uint64_t length = text->length;
    broadcast(world, &length, sizeof(length), 0);
    if (world->rank == 0) {
        broadcast(world, text->data, text->length, 0);
        return;
    }
    char *bytes = gw_calloc((size_t)length, 1);
    broadcast(world, bytes, (size_t)length, 0);
    gw_text_clear(text);
    gw_text_append(text, bytes, (size_t)length);
    free(bytes);
}

void gw_world_gather(struct gw_world *world, const void *mine, size_t length, void *all)
{
    assert(length <= INT_MAX);
    gw_arrive(world, world->all);
    MPI_Gather(mine, (int)length, MPI_BYTE, all, (int)length, MPI_BYTE, 0, world->all);
}

enum gw_status
gw_world_agree(struct gw_world *world, enum gw_status status, struct gw_error *err)
{
    int failed = status == GW_OK ? world->size : world->rank;
    int first = 0;
    gw_arrive(world, world->all);
    MPI_Allreduce(&failed, &first, 1, MPI_INT, MPI_MIN, world->all);
    if (first == world->size) {
        return GW_OK;
    }
    struct gw_error answer;
    gw_fail(&answer, status, "%s", gw_status_meaning(status));
    if (status != GW_OK && err != NULL) {
        memcpy(answer.text, err->text, sizeof(answer.text));
    }
    broadcast(world, &answer, sizeof(answer), first);
    if (first > 0) {
        gw_fail_prefix(&answer, "rank %d: ", first);
    }
    if (err != NULL) {
        *err = answer;
    }
    return answer.status;
}

bool gw_world_same(struct gw_world *world, const void *bytes, size_t length)
{
    uint64_t first_length = length;
    broadcast(world, &first_length, sizeof(first_length), 0);
    char *first = gw_calloc((size_t)first_length, 1);
    if (world->rank == 0 && length > 0) {
        memcpy(first, bytes, length);
    }
    broadcast(world, first, (size_t)first_length, 0);
    int same =
        first_length == length && (length == 0 || memcmp(first, bytes, length) == 0);
    int all_same = 0;
    MPI_Allreduce(&same, &all_same, 1, MPI_INT, MPI_MIN, world->all);
    free(first);
    return all_same != 0;
}
