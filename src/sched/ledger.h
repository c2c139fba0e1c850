/**
 * Private to sched: what has become of the tiles, on rank 0: accepted, come again, lost
 * with their worker, set aside; and the failure that ends the job. Calls the job's
 * functions, and knows nothing of messages.
 */
#ifndef GRIDWALK_SCHED_LEDGER_H
#define GRIDWALK_SCHED_LEDGER_H

#include "suspects.h"

#include "gridwalk/sched/coordinator.h"

struct gw_ledger {
    const struct gw_job *job;
    struct gw_suspects suspects;
    uint64_t accepted, again, set_aside;
    bool drops;       /* nothing more is accepted */
    bool interrupted; /* the job was asked to stop: what is in computation is kept */
    uint64_t limit;   /* tiles from here on are not needed; UINT64_MAX = all are */
    struct gw_error failure;
};

void gw_ledger_init(struct gw_ledger *ledger, const struct gw_job *job);
void gw_ledger_clear(struct gw_ledger *ledger);

/** The job was asked to stop; by a rank with an error of that kind, or NULL. */
void gw_ledger_interrupt(struct gw_ledger *ledger, const struct gw_error *err, int rank);

/** A tile failed on a rank; of several the lowest is kept. */
void gw_ledger_fail_tile(struct gw_ledger *ledger,
                         uint64_t tile,
                         const struct gw_error *err,
                         int rank);

/** A rank has answered a tile. Whether it still counted as its holder, and was no longer
 *  needed because the tile was set aside. */
struct gw_ledger_answer {
    struct gw_suspect *suspect; /* NULL: none */
    bool regular;
};
struct gw_ledger_answer
gw_ledger_answered(struct gw_ledger *ledger, uint64_t tile, int rank);

/** Give a tile's result to the job; `suspect` as gw_ledger_answered found it. */
void gw_ledger_take(struct gw_ledger *ledger,
                    uint64_t tile,
                    struct gw_suspect *suspect,
                    const void *payload,
                    size_t length);

/** A tile was lost with the rank that held it: it waits to be handed out again, or is set
 *  aside. */
void gw_ledger_strike(struct gw_ledger *ledger, uint64_t tile, int rank);

/** The next waiting tile for a rank; false: there is none. */
bool gw_ledger_again(struct gw_ledger *ledger, int rank, uint64_t *tile_out);

#endif
