/**
 * Handing out tiles: rank 0 coordinates and also computes; the others ask, compute,
 * report. A worker that falls silent loses its tiles to others.
 *
 * A tile is a number below job->tiles; what it means only the job's functions know. Tiles
 * are handed out as messages of consecutive tiles: as many as take 50 ms to 1 s by the
 * times seen so far, fewer towards the end (factoring), two messages ahead of each
 * worker. A rank goes on where it stopped as long as it can, so that what it has computed
 * for neighbouring tiles serves again; parts of the work that take longest come first.
 * Results come back one tile a message, in any order. Nothing is summed here.
 *
 * Every worker sends a note at least once a second. One that holds tiles and has not been
 * heard of for max(5 s, 10 x the 99th percentile of the times between answers) is lost:
 * its tiles are handed out again, one at a time. A tile that two workers were lost over
 * is set aside. A worker that was only stopped may come back: its late results are
 * compared with those that came instead.
 */
#ifndef GRIDWALK_SCHED_COORDINATOR_H
#define GRIDWALK_SCHED_COORDINATOR_H

#include "gridwalk/sched/world.h"

#include <stdint.h>

enum { GW_HINT_MAX = 1024, GW_NOTE_MAX = 1024 }; /* bytes */

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

/** What one rank did so far. A plain record. */
struct gw_rank_work {
    uint64_t tiles;      /* computed here */
    uint64_t messages;   /* sent and received here */
    double busy_seconds; /* inside compute; on rank 0 without what its polls handled */
    double wall_seconds; /* inside gw_job_run */
    double coordination_seconds; /* rank 0: handling messages and accept */

    /* Workers: from the last result of an order to the order that takes its place. */
    uint64_t replies;
    double reply_seconds, reply_longest;
};

enum gw_rank_condition {
    GW_RANK_WORKING, /* holds tiles */
    GW_RANK_IDLE,
    GW_RANK_LOST,    /* not heard of for too long */
    GW_RANK_FINISHED /* has said good-bye */
};

/** A rank as rank 0 sees it. */
struct gw_rank_view {
    enum gw_rank_condition condition;
    uint64_t tiles;     /* answered; rank 0: computed */
    uint64_t last_tile; /* of these, the newest; UINT64_MAX = none yet */
    double silent;      /* seconds since it was heard of; 0 for rank 0 */
    const void *note;   /* its newest, note_bytes; zeros before the first */
};

/** The state of a job as rank 0 sees it. */
struct gw_job_view {
    uint64_t done;      /* tiles: accepted now, or kept before */
    uint64_t handed;    /* handed out and not answered */
    uint64_t lost;      /* times that a worker was lost */
    uint64_t again;     /* tiles handed out a second time */
    uint64_t set_aside; /* tiles given to `lose` */
    int ranks;
    const struct gw_rank_view *rank; /* [ranks] */
};

struct gw_job {
    uint64_t tiles;
    size_t payload_max; /* bytes: no tile's payload is longer */
    size_t hint_bytes;  /* 0 = no hint; at most GW_HINT_MAX */
    size_t note_bytes;  /* 0 = no note; at most GW_NOTE_MAX */
    void *context;      /* given to the functions */

    /** Compute a tile: write at most payload_max bytes to payload.  Rank: Local. */
    enum gw_status (*compute)(void *context,
                              uint64_t tile,
                              struct gw_tile_work *work,
                              struct gw_error *err);

    /** Take a finished tile; any order, each exactly once.  Rank 0 only; may run inside
     *  compute's poll, like all that follows. */
    enum gw_status (*accept)(void *context,
                             uint64_t tile,
                             const void *payload,
                             size_t length,
                             struct gw_error *err);

    /* The rest may be NULL. */

    /** A tile that was accepted before has come again: it should be the same.  Rank 0. */
    enum gw_status (*again)(void *context,
                            uint64_t tile,
                            const void *payload,
                            size_t length,
                            struct gw_error *err);

    /** A tile over which two workers were lost is set aside: `accept` is not called for
     *  it, even if a stopped worker brings it after all. NULL: the job fails.  Rank 0. */
    enum gw_status (*lose)(void *context, uint64_t tile, struct gw_error *err);

    /** Whether a tile is there already, from an earlier run: it is not computed. The
     *  answers do not change while the job runs. `kept` of them are true.  Rank 0. */
    bool (*has)(void *context, uint64_t tile);
    uint64_t kept;

    /** How long a tile takes compared with others, in any unit. Rank 0. */
    double (*weight)(void *context, uint64_t tile);

    /** Fill the present hint: what rank 0 knows by now that may save others work. It goes
     *  out with each order. When a hint reaches whom is chance, so a payload may depend
     *  on it only as far as accept makes the same of either.  Rank 0 only. Needed when
     *  hint_bytes is not 0. */
    void (*hint)(void *context, void *out);

    /** Fill this rank's note: about once a second and at its end.  Any rank. Needed when
     *  note_bytes is not 0. */
    void (*note)(void *context, const struct gw_rank_work *work, void *out);

    /** Whether the job is to stop now: nothing more is handed out, and tiles in
     *  computation are waited for `grace` seconds from the first such answer. Asked at
     *  each look at the messages.  Rank 0. */
    bool (*stopping)(void *context, double *grace_out);

    /** The grace is over and tiles are still in computation: end the process, all ranks
     *  of it. Needed with `stopping`.  Rank 0. */
    void (*abandon)(void *context);

    /** At most 10 times a second and once at the end.  Rank 0. */
    void (*progress)(void *context, const struct gw_job_view *view);
};

/**
 * Run a job to its end.  Rank: Collective; all ranks that are left return the same status
 * and error. A rank that was lost and wakes up later leaves the process itself. A world
 * of which a rank is missing then (gw_world_lost) runs no other job. `world` NULL: this
 * rank alone, without MPI. Errors   the first failure of compute (its rank in front when
 * > 0) or of accept ends the run: nothing more is handed out, what is under way is
 * drained and dropped. Of several failed tiles among those handed out the lowest is
 * reported. A failure of anything on rank 0, and GW_INTERRUPTED from anywhere, end the
 * run without that: only tiles in computation are finished. `stopping` ends it with
 *          GW_INTERRUPTED and no text.
 */
enum gw_status gw_job_run(struct gw_world *world,
                          const struct gw_job *job,
                          struct gw_rank_work *work_out,
                          struct gw_error *err) GW_MUST_CHECK;

#endif
