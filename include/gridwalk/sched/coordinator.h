/**
 * Handing out tiles: rank 0 coordinates and also computes; the others ask, compute,
 * report.
 *
 * A tile is a number below job->tiles; what it means only the job's functions know. Tiles
 * are handed out in ascending order as messages of consecutive tiles (factoring: half of
 * what is left, shared by the ranks and the two messages of each, at most 64), two
 * messages ahead of each worker; the last tiles, one a rank, go only to ranks that are
 * idle. Rank 0 takes such a share for itself when it has none left; alone, 64 tiles.
 * Results come back one tile a message, in any order. Nothing is summed here.
 */
#ifndef GRIDWALK_SCHED_COORDINATOR_H
#define GRIDWALK_SCHED_COORDINATOR_H

#include "gridwalk/sched/world.h"

#include <stdint.h>

enum { GW_HINT_MAX = 1024 }; /* bytes */

/** Called by a computation now and then (every few ms) so that messages move meanwhile.
 */
typedef void (*gw_poll_fn)(void *poll_context);

/** Where a computation puts its payload, what it may know, and whom it polls meanwhile.
 */
struct gw_tile_work {
    void *payload; /* room for payload_max bytes */
    size_t length; /* set by the computation */

    /** Consecutive tiles from this one on, itself included, that this rank will be asked
     *  for next, in ascending order: they may be computed together. Only a job that ends
     *  early breaks the promise; what was computed ahead is dropped then. */
    uint64_t ahead;

    /** hint_bytes bytes, aligned for any type: the newest hint this rank has; a poll may
     *  renew it in place. NULL when the job has none. */
    const void *hint;

    gw_poll_fn poll;
    void *poll_context;
};

struct gw_job {
    uint64_t tiles;
    size_t payload_max; /* bytes: no tile's payload is longer */
    size_t hint_bytes;  /* 0 = no hint; at most GW_HINT_MAX */
    void *context;      /* given to the functions */

    /** Compute a tile: write at most payload_max bytes to payload.  Rank: Local. */
    enum gw_status (*compute)(void *context,
                              uint64_t tile,
                              struct gw_tile_work *work,
                              struct gw_error *err);

    /** Take a finished tile; any order, each exactly once.  Rank 0 only; may run inside
     *  compute's poll. */
    enum gw_status (*accept)(void *context,
                             uint64_t tile,
                             const void *payload,
                             size_t length,
                             struct gw_error *err);

    /** Fill the present hint: what rank 0 knows by now that may save others work. It goes
     *  out with each order. When a hint reaches whom is chance, so a payload may depend
     *  on it only as far as accept makes the same of either.  Rank 0 only; may run inside
     *  compute's poll. Not used when hint_bytes is 0. */
    void (*hint)(void *context, void *out);

    /** Tiles done so far; at most 10 times a second and once at the end.  Rank 0 only.
     * NULL is allowed. */
    void (*progress)(void *context, uint64_t done);
};

/** What one rank did. A plain record. */
struct gw_rank_work {
    uint64_t tiles;      /* computed here */
    uint64_t messages;   /* sent and received here */
    double busy_seconds; /* inside compute; on rank 0 without what its polls handled */
    double wall_seconds; /* inside gw_job_run */
    double coordination_seconds; /* rank 0: handling messages and accept */
};

/**
 * Run a job to its end.  Rank: Collective; all ranks return the same status and error.
 * Errors   the first failure of compute (its rank in front when > 0) or of accept ends
 * the run: nothing more is handed out, what is under way is drained and dropped. Of
 *          several failed tiles the lowest is reported: tiles below it are still
 * computed, so it is the same tile in each run. A failure of accept, and GW_INTERRUPTED
 * from anywhere, end the run without that: only tiles in computation are finished.
 */
enum gw_status gw_job_run(struct gw_world *world,
                          const struct gw_job *job,
                          struct gw_rank_work *work_out,
                          struct gw_error *err) GW_MUST_CHECK;

#endif
