/* clang-format off */
/**
 * Private to sched: what rank 0 and the workers say to each other during a job.
 *
 *     rank 0 -> worker   WORK tile count    compute these tiles; at most two are unanswered;
 *                                           the job's hint_bytes of hint follow
 *                        STOP limit         compute what you hold below limit, then say BYE
 *     worker -> rank 0   RESULT tile bytes  one for each tile, in the order of the orders
 *                        ERROR tile         the bytes are a struct gw_error
 *                        BYE count          tiles computed; the last message of a worker
 *
 * All ranks run the same program, so records travel as bytes. Both kinds of record keep
 * their order between two ranks: MPI messages of one tag do not overtake each other.
 */
/* clang-format on */
#ifndef GRIDWALK_SCHED_MESSAGE_H
#define GRIDWALK_SCHED_MESSAGE_H

#include "gridwalk/base/error.h"
#include "gridwalk/sched/coordinator.h"

#include <stddef.h>
#include <stdint.h>

enum { GW_TAG_ORDER = 1, GW_TAG_ANSWER = 2 };

enum gw_order_kind { GW_ORDER_WORK, GW_ORDER_STOP };

/** The head of an order; the hint follows it in the same message. */
struct gw_order {
    uint32_t kind;
    uint32_t count; /* WORK: consecutive tiles */
    uint64_t tile;  /* WORK: the first tile; STOP: tiles from here on are dropped */
};

/** Orders that can be on their way to one worker: two of work and a stop. */
enum { GW_ORDERS_AHEAD = 2, GW_ORDER_SLOTS = GW_ORDERS_AHEAD + 1 };

enum gw_answer_kind { GW_ANSWER_RESULT, GW_ANSWER_ERROR, GW_ANSWER_BYE };

/** The head of an answer; `length` bytes follow it in the same message. */
struct gw_answer {
    uint32_t kind;
    uint32_t length;
    uint64_t tile; /* BYE: the number of tiles computed */
};

/** Shortest time between two looks at MPI from inside a computation. */
#define GW_POLL_SECONDS 200e-6

/** Bytes of an order to work, with its hint. */
static inline size_t gw_order_size(const struct gw_job *job)
{
    return sizeof(struct gw_order) + job->hint_bytes;
}

/** Bytes of the longest answer of a job. */
static inline size_t gw_answer_size(const struct gw_job *job)
{
    size_t body = sizeof(struct gw_error);
    if (job->payload_max > body) {
        body = job->payload_max;
    }
    return sizeof(struct gw_answer) + body;
}

/**
 * From which tile on a failed job needs no more tiles. Tiles are handed out in ascending
 * order, so finishing those below a failed one finds the lowest that fails, the same in
 * each run. An interruption is no property of a tile: it ends the job at once.
 */
static inline uint64_t gw_failure_limit(enum gw_status status, uint64_t tile)
{
    return status == GW_INTERRUPTED ? 0 : tile;
}

/** Compute what rank 0 orders, until it says stop.  Rank: all but 0. */
void gw_worker_run(const struct gw_world *world,
                   const struct gw_job *job,
                   struct gw_rank_work *work);

#endif
