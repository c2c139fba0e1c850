/**
 * Private to sched: the tiles of lost workers. Each has a strike for every worker that
 * was lost over it; they are few, so they stand in a table of their own.
 */
#ifndef GRIDWALK_SCHED_SUSPECTS_H
#define GRIDWALK_SCHED_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gw_suspicion {
    GW_NOT_SUSPECT,
    GW_SUSPECT_WAITS,     /* to be handed out again */
    GW_SUSPECT_HANDED,    /* is computed again */
    GW_SUSPECT_ACCEPTED,  /* from whomever: what comes now is the same again */
    GW_SUSPECT_SET_ASIDE, /* never handed out again */
};

enum { GW_NO_HOLDER = -1 };

struct gw_suspect {
    uint64_t tile;
    enum gw_suspicion state; /* GW_NOT_SUSPECT: an empty place of the table */
    int holder;              /* the rank that was told to compute it again */
};

/** {0} is the empty table; not to be changed but by the functions. */
struct gw_suspects {
    struct gw_suspect *place; /* [capacity], a power of two: hashed by tile */
    size_t capacity, count;
    uint64_t *queue; /* [queue_end] in the order of handing out; the first are through */
    size_t queue_next, queue_end, queue_capacity;
    uint64_t waiting; /* that are in state GW_SUSPECT_WAITS */
};

void gw_suspects_clear(struct gw_suspects *suspects);

/** The entry of a tile, until the next strike; NULL = not suspect. */
struct gw_suspect *gw_suspects_find(const struct gw_suspects *suspects, uint64_t tile);

/**
 * A rank was lost that held a tile: the first time the tile waits to be handed out; when
 * it was handed to this rank for a second try it is set aside, and true is returned. All
 * else (others have settled it meanwhile) changes nothing.
 */
bool gw_suspects_strike(struct gw_suspects *suspects, uint64_t tile, int rank);

/** Hand the next waiting tile to a rank; false: there is none. */
bool gw_suspects_take(struct gw_suspects *suspects, int rank, uint64_t *tile_out);

/** A result of the tile was accepted. */
void gw_suspects_accepted(struct gw_suspects *suspects, struct gw_suspect *suspect);

#endif
