/* clang-format off */
/**
 * Private to sched: what rank 0 and the workers say to each other during a job.
 *
 *     rank 0 -> worker   WORK tile count    compute these tiles; at most two are unanswered;
 *                                           the job's hint_bytes of hint follow
 *                        STOP limit         compute what you hold below limit, then say BYE;
 *                                           may come again with a lower limit
 *                        HELLO              rank 0 is alive
 *                        END                the last: a struct gw_error follows, the outcome
 *     worker -> rank 0   RESULT tile bytes  one for each tile, in the order of the orders
 *                        ERROR tile         the bytes are a struct gw_error
 *                        NOTE               the bytes are the job's note; once a second
 *                        BYE                likewise; then it waits for END
 *
 * All ranks run the same program, so records travel as bytes. Orders keep their order, and
 * so do answers of one worker: MPI messages of one tag do not overtake each other. The bytes
 * of an answer follow its head in the same message when they are few: such a message leaves
 * its sender whole. Many bytes are a message of their own, tag PAYLOAD: its sender may die
 * in the middle of it, and then it never comes to an end.
 *
 * Nothing here needs all ranks at once: a rank that died would hold up all others, without
 * an error.
 */
/* clang-format on */
#ifndef GRIDWALK_SCHED_MESSAGE_H
#define GRIDWALK_SCHED_MESSAGE_H

#include "gridwalk/base/error.h"
#include "gridwalk/sched/coordinator.h"

#include <stddef.h>
#include <stdint.h>

enum { GW_TAG_ORDER = 1, GW_TAG_ANSWER, GW_TAG_PAYLOAD, GW_TAG_FAREWELL };

enum gw_order_kind { GW_ORDER_WORK, GW_ORDER_STOP, GW_ORDER_HELLO, GW_ORDER_END };

/** The head of an order; hint or outcome follow it in the same message. */
struct gw_order {
    uint32_t kind;
    uint32_t count; /* WORK: consecutive tiles; END: whether a rank is missing */
    uint64_t tile;  /* WORK: the first tile; STOP: tiles from here on are dropped */
};

/** Orders of work that are unanswered, and answers that are on their way. */
enum { GW_ORDERS_AHEAD = 2, GW_ANSWERS_AHEAD = 2 };

enum gw_answer_kind { GW_ANSWER_RESULT, GW_ANSWER_ERROR, GW_ANSWER_NOTE, GW_ANSWER_BYE };

/** Bytes up to which an answer is one message: MPI sends so much at once, below the 4 KiB
 *  of its smallest limit (shared memory). */
enum { GW_INLINE_MAX = 3500 };

/** The head of an answer; `length` bytes follow it. */
struct gw_answer {
    uint32_t kind;
    uint32_t length;
    uint64_t tile;  /* RESULT, ERROR */
    double seconds; /* RESULT: that its computation took */
};

/** Shortest time between two looks at MPI from inside a computation. */
#define GW_POLL_SECONDS 200e-6

/** After such a pause between two looks at its messages a rank was busy or stopped
 * itself: the others were not silent, it did not listen. */
#define GW_AWAY_SECONDS 0.5

/** Bytes of an order to work, with its hint. */
static inline size_t gw_order_size(const struct gw_job *job)
{
    return sizeof(struct gw_order) + job->hint_bytes;
}

/** Bytes of the longest order of a job. */
static inline size_t gw_order_size_max(const struct gw_job *job)
{
    size_t end = sizeof(struct gw_order) + sizeof(struct gw_error);
    return gw_order_size(job) > end ? gw_order_size(job) : end;
}

/** Room for the bytes of any answer of a job. */
static inline size_t gw_answer_room(const struct gw_job *job)
{
    return job->payload_max > sizeof(struct gw_error) ? job->payload_max
                                                      : sizeof(struct gw_error);
}

/**
 * From which tile on a failed job needs no more tiles: of several failed ones that were
 * handed out the lowest is to be found. An interruption is no property of a tile: it ends
 * the job at once.
 */
static inline uint64_t gw_failure_limit(enum gw_status status, uint64_t tile)
{
    return status == GW_INTERRUPTED ? 0 : tile;
}

/** Compute what rank 0 orders, until it says END; returns the outcome.  Rank: all but 0.
 */
struct gw_error gw_worker_run(struct gw_world *world,
                              const struct gw_job *job,
                              struct gw_rank_work *work);

#endif
