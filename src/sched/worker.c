#include "message.h"

#include "comm.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Two answers: while one is on its way the next tile is computed into the other. */
enum { BUFFERS = 2 };

struct worker {
    const struct gw_world *world;
    const struct gw_job *job;
    struct gw_rank_work *work;

    unsigned char *incoming; /* an order, written by the receive in progress */
    MPI_Request receive;
    void *hint;                             /* the newest; NULL when the job has none */
    struct gw_order queue[GW_ORDERS_AHEAD]; /* the oldest first */
    size_t queued;
    bool stopped;
    uint64_t limit; /* tiles from here on are dropped */

    unsigned char *answer[BUFFERS]; /* a struct gw_answer and its bytes */
    MPI_Request sent[BUFFERS];
    size_t current; /* the buffer to write next */
    double polled;
};

static void lower_limit(struct worker *worker, uint64_t limit)
{
    if (limit < worker->limit) {
        worker->limit = limit;
    }
}

static void receive_next(struct worker *worker)
{
    gw_expect(worker->world->all, 0, GW_TAG_ORDER, worker->incoming,
              gw_order_size(worker->job), &worker->receive);
}

static void take_work(struct worker *worker, const struct gw_order *order)
{
    assert(worker->queued < GW_ORDERS_AHEAD);
    worker->queue[worker->queued++] = *order;
    if (worker->hint != NULL) {
        memcpy(worker->hint, worker->incoming + sizeof(*order), worker->job->hint_bytes);
    }
}

/** Take all orders that have come. */
static bool listen_for_orders(struct worker *worker)
{
    bool any = false;
    while (!worker->stopped) {
        int arrived = 0;
        MPI_Test(&worker->receive, &arrived, MPI_STATUS_IGNORE);
        if (!arrived) {
            break;
        }
        any = true;
        worker->work->messages++;
        struct gw_order order;
        memcpy(&order, worker->incoming, sizeof(order));
        if (order.kind == GW_ORDER_STOP) {
            worker->stopped = true;
            lower_limit(worker, order.tile);
            break;
        }
        take_work(worker, &order);
        receive_next(worker);
    }
    return any;
}

/** Given to compute: orders come in, and an answer on its way moves on. */
static void poll(void *context)
{
    struct worker *worker = context;
    double now = gw_clock();
    if (now - worker->polled < GW_POLL_SECONDS) {
        return;
    }
    worker->polled = now;
    int all_sent = 0;
    MPI_Testall(BUFFERS, worker->sent, &all_sent, MPI_STATUSES_IGNORE);
    listen_for_orders(worker);
}

/** How many tiles from the next one on follow each other in the queue. */
static uint64_t tiles_ahead(const struct worker *worker)
{
    const struct gw_order *order = worker->queue;
    uint64_t end = order[0].tile;
    for (size_t i = 0; i < worker->queued && order[i].tile == end; i++) {
        end += order[i].count;
    }
    end = end < worker->limit ? end : worker->limit;
    return end - order[0].tile;
}

/** An order leaves the queue with its last tile, so that there is room for the next one.
 */
static bool next_tile(struct worker *worker, uint64_t *tile_out, uint64_t *ahead_out)
{
    while (worker->queued > 0) {
        struct gw_order *oldest = &worker->queue[0];
        if (oldest->tile < worker->limit) {
            *ahead_out = tiles_ahead(worker);
        }
        *tile_out = oldest->tile++;
        oldest->count--;
        if (oldest->count == 0) {
            worker->queued--;
            memmove(oldest, oldest + 1, worker->queued * sizeof(*oldest));
        }
        if (*tile_out < worker->limit) {
            return true;
        }
    }
    return false;
}

/** Send the current buffer, whose bytes are in place. */
static void
send_answer(struct worker *worker, enum gw_answer_kind kind, uint64_t tile, size_t length)
{
    size_t i = worker->current;
    struct gw_answer head = {
        .kind = (uint32_t)kind, .length = (uint32_t)length, .tile = tile};
    memcpy(worker->answer[i], &head, sizeof(head));
    gw_post(worker->world->all, 0, GW_TAG_ANSWER, worker->answer[i],
            sizeof(head) + length, &worker->sent[i]);
    worker->work->messages++;
    worker->current = (i + 1) % BUFFERS;
}

static void compute_tile(struct worker *worker, uint64_t tile, uint64_t ahead)
{
    const struct gw_job *job = worker->job;
    gw_wait(&worker->sent[worker->current]);
    unsigned char *payload = worker->answer[worker->current] + sizeof(struct gw_answer);
    struct gw_error err = {0};
    struct gw_tile_work work = {.payload = payload,
                                .ahead = ahead,
                                .hint = worker->hint,
                                .poll = poll,
                                .poll_context = worker};
    double begin = gw_clock();
    enum gw_status status = job->compute(job->context, tile, &work, &err);
    worker->work->busy_seconds += gw_clock() - begin;
    worker->work->tiles++;
    if (status != GW_OK) {
        err.status = status;
        memcpy(payload, &err, sizeof(err));
        send_answer(worker, GW_ANSWER_ERROR, tile, sizeof(err));
        lower_limit(worker, gw_failure_limit(status, tile));
        return;
    }
    assert(work.length <= job->payload_max);
    send_answer(worker, GW_ANSWER_RESULT, tile, work.length);
}

static void run_to_stop(struct worker *worker)
{
    struct gw_idle idle = {0};
    uint64_t tile = 0, ahead = 0;
    for (;;) {
        if (listen_for_orders(worker)) {
            idle = (struct gw_idle){0};
        }
        if (next_tile(worker, &tile, &ahead)) {
            compute_tile(worker, tile, ahead);
            idle = (struct gw_idle){0};
        } else if (worker->stopped) {
            return;
        } else {
            gw_idle_pause(&idle);
        }
    }
}

void gw_worker_run(const struct gw_world *world,
                   const struct gw_job *job,
                   struct gw_rank_work *work)
{
    struct worker worker = {
        .world = world, .job = job, .work = work, .limit = UINT64_MAX};
    worker.incoming = gw_calloc(1, gw_order_size(job));
    worker.hint = job->hint_bytes > 0 ? gw_calloc(1, job->hint_bytes) : NULL;
    for (size_t i = 0; i < BUFFERS; i++) {
        worker.answer[i] = gw_calloc(1, gw_answer_size(job));
        worker.sent[i] = MPI_REQUEST_NULL;
    }
    receive_next(&worker);
    run_to_stop(&worker);
    gw_wait(&worker.sent[worker.current]);
    send_answer(&worker, GW_ANSWER_BYE, work->tiles, 0);
    for (size_t i = 0; i < BUFFERS; i++) {
        gw_wait(&worker.sent[i]);
        free(worker.answer[i]);
    }
    free(worker.hint);
    free(worker.incoming);
}
