#include "message.h"

#include "comm.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** An answer that is on its way: meanwhile the next tile is computed into the other. */
struct answer {
    unsigned char *bytes; /* a struct gw_answer and what follows it */
    MPI_Request head, payload;
};

struct worker {
    struct gw_world *world;
    const struct gw_job *job;
    struct gw_rank_work *work;

    unsigned char *incoming; /* an order, written by the receive in progress */
    MPI_Request receive;
    void *hint;                             /* the newest; NULL when the job has none */
    struct gw_order queue[GW_ORDERS_AHEAD]; /* the oldest first */
    size_t queued;
    bool stopped;
    uint64_t limit; /* tiles from here on are dropped */
    bool ended;
    struct gw_error outcome;

    struct answer answer[GW_ANSWERS_AHEAD];
    size_t current; /* the answer to write next */
    struct answer note;
    double done[GW_ORDERS_AHEAD]; /* gw_clock: orders whose successor has not come */
    size_t waiting;

    double polled, noted;
    double begun;
    double looked, heard; /* at messages; of rank 0 */
    bool leaving;         /* has said good-bye */
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
              gw_order_size_max(worker->job), &worker->receive);
}

static void count_reply(struct worker *worker, double now)
{
    if (worker->waiting == 0) {
        return; /* one of the first orders takes nobody's place */
    }
    struct gw_rank_work *work = worker->work;
    double seconds = now - worker->done[0];
    worker->waiting--;
    memmove(worker->done, worker->done + 1, worker->waiting * sizeof *worker->done);
    work->replies++;
    work->reply_seconds += seconds;
    work->reply_longest = seconds > work->reply_longest ? seconds : work->reply_longest;
}

static void take_work(struct worker *worker, const struct gw_order *order, double now)
{
    assert(worker->queued < GW_ORDERS_AHEAD);
    worker->queue[worker->queued++] = *order;
    count_reply(worker, now);
    if (worker->hint != NULL) {
        memcpy(worker->hint, worker->incoming + sizeof *order, worker->job->hint_bytes);
    }
}

/** The job is over. Whoever has not said good-bye was lost: the others went on and are
 *  gone. */
static void take_end(struct worker *worker, const struct gw_order *order)
{
    worker->ended = true;
    worker->world->lost = worker->world->lost || order->count > 0;
    memcpy(&worker->outcome, worker->incoming + sizeof *order, sizeof worker->outcome);
    if (!worker->leaving) {
        gw_world_leave(worker->world, 0);
    }
}

static void take_order(struct worker *worker, double now)
{
    struct gw_order order;
    memcpy(&order, worker->incoming, sizeof order);
    switch (order.kind) {
    case GW_ORDER_WORK:
        take_work(worker, &order, now);
        break;
    case GW_ORDER_STOP:
        worker->stopped = true;
        lower_limit(worker, order.tile);
        break;
    case GW_ORDER_END:
        take_end(worker, &order);
        break;
    default:
        break;
    }
}

/** Take all orders that have come. */
static bool listen_for_orders(struct worker *worker, double now)
{
    bool any = false;
    while (!worker->ended) {
        int arrived = 0;
        MPI_Test(&worker->receive, &arrived, MPI_STATUS_IGNORE);
        if (!arrived) {
            break;
        }
        any = true;
        worker->heard = now;
        worker->work->messages++;
        take_order(worker, now);
        if (!worker->ended) {
            receive_next(worker);
        }
    }
    return any;
}

static bool is_sent(struct answer *answer)
{
    int head = 0, payload = answer->payload == MPI_REQUEST_NULL;
    MPI_Test(&answer->head, &head, MPI_STATUS_IGNORE);
    if (!payload) {
        MPI_Test(&answer->payload, &payload, MPI_STATUS_IGNORE);
    }
    return head && payload;
}

/** Send an answer whose bytes are in place. */
static void
send_answer(struct worker *worker, struct answer *answer, const struct gw_answer *head)
{
    size_t size = sizeof *head;
    memcpy(answer->bytes, head, size);
    bool apart = head->length > GW_INLINE_MAX;
    gw_post(worker->world->all, 0, GW_TAG_ANSWER, answer->bytes,
            size + (apart ? 0 : head->length), &answer->head);
    worker->work->messages++;
    if (apart) {
        gw_post(worker->world->all, 0, GW_TAG_PAYLOAD, answer->bytes + size, head->length,
                &answer->payload);
        worker->work->messages++;
    }
}

/** Tell how it goes; not when the note before this one is still on its way. */
static void send_note(struct worker *worker, enum gw_answer_kind kind)
{
    const struct gw_job *job = worker->job;
    worker->work->wall_seconds = gw_clock() - worker->begun;
    if (job->note_bytes > 0) {
        job->note(job->context, worker->work,
                  worker->note.bytes + sizeof(struct gw_answer));
    }
    struct gw_answer head = {.kind = (uint32_t)kind, .length = (uint32_t)job->note_bytes};
    send_answer(worker, &worker->note, &head);
}

/** A rank 0 that died leaves no sign but its silence, where the launcher goes on. Not
 * when this rank did not listen itself. */
static void check_rank_0(struct worker *worker, double now)
{
    if (now - worker->looked > GW_AWAY_SECONDS) {
        worker->heard += now - worker->looked;
    }
    worker->looked = now;
    if (worker->world->recovers && now - worker->heard > worker->world->rank_0_seconds) {
        fprintf(stderr,
                "gridwalk: rank %d: rank 0 has said nothing for %.0f s: it has died or "
                "hangs; run the same line again\n",
                worker->world->rank, worker->world->rank_0_seconds);
        gw_world_leave(worker->world, GW_SYSTEM);
    }
}

/** Look at all that moves by itself; whether an order came. */
static bool attend(struct worker *worker, double now)
{
    worker->polled = now;
    bool any = listen_for_orders(worker, now);
    if (!worker->leaving && now - worker->noted >= worker->world->note_seconds &&
        is_sent(&worker->note)) {
        worker->noted = now;
        send_note(worker, GW_ANSWER_NOTE);
    }
    check_rank_0(worker, now);
    return any;
}

/** Given to compute: orders come in, and an answer on its way moves on. */
static void poll(void *context)
{
    struct worker *worker = context;
    double now = gw_clock();
    if (now - worker->polled >= GW_POLL_SECONDS) {
        attend(worker, now);
    }
}

static void wait_until_sent(struct worker *worker, struct answer *answer)
{
    struct gw_idle idle = {0};
    while (!is_sent(answer)) {
        gw_idle_pause(&idle);
        attend(worker, gw_clock());
    }
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

/** The next tile to compute. */
struct task {
    uint64_t tile, ahead;
    bool last; /* of its order */
};

/** An order leaves the queue with its last tile, so that there is room for the next one.
 */
static bool next_task(struct worker *worker, struct task *out)
{
    while (worker->queued > 0) {
        struct gw_order *oldest = &worker->queue[0];
        if (oldest->tile < worker->limit) {
            out->ahead = tiles_ahead(worker);
        }
        out->tile = oldest->tile++;
        oldest->count--;
        out->last = oldest->count == 0;
        if (out->last) {
            worker->queued--;
            memmove(oldest, oldest + 1, worker->queued * sizeof *oldest);
        }
        if (out->tile < worker->limit) {
            return true;
        }
    }
    return false;
}

static void compute_tile(struct worker *worker, const struct task *task)
{
    const struct gw_job *job = worker->job;
    struct answer *answer = &worker->answer[worker->current];
    worker->current = (worker->current + 1) % GW_ANSWERS_AHEAD;
    wait_until_sent(worker, answer);
    unsigned char *payload = answer->bytes + sizeof(struct gw_answer);
    struct gw_error err = {0};
    struct gw_tile_work work = {.payload = payload,
                                .ahead = task->ahead,
                                .hint = worker->hint,
                                .poll = poll,
                                .poll_context = worker};
    double begin = gw_clock();
    enum gw_status status = job->compute(job->context, task->tile, &work, &err);
    double end = gw_clock();
    worker->work->busy_seconds += end - begin;
    worker->work->tiles++;
    struct gw_answer head = {.kind = GW_ANSWER_RESULT,
                             .length = (uint32_t)work.length,
                             .tile = task->tile,
                             .seconds = end - begin};
    if (status != GW_OK) {
        err.status = status;
        memcpy(payload, &err, sizeof err);
        head.kind = GW_ANSWER_ERROR;
        head.length = sizeof err;
        lower_limit(worker, gw_failure_limit(status, task->tile));
    } else {
        assert(work.length <= job->payload_max);
    }
    send_answer(worker, answer, &head);
    if (task->last && worker->waiting < GW_ORDERS_AHEAD) {
        worker->done[worker->waiting++] = end;
    }
}

static void run_to_stop(struct worker *worker)
{
    struct gw_idle idle = {0};
    struct task task = {0};
    for (;;) {
        if (attend(worker, gw_clock())) {
            idle = (struct gw_idle){0};
        }
        if (next_task(worker, &task)) {
            compute_tile(worker, &task);
            idle = (struct gw_idle){0};
        } else if (worker->stopped) {
            return;
        } else {
            gw_idle_pause(&idle);
        }
    }
}

/** All answers have left when the last word does. */
static void say_bye(struct worker *worker)
{
    for (size_t i = 0; i < GW_ANSWERS_AHEAD; i++) {
        wait_until_sent(worker, &worker->answer[i]);
    }
    wait_until_sent(worker, &worker->note);
    worker->leaving = true;
    send_note(worker, GW_ANSWER_BYE);
    struct gw_idle idle = {0};
    while (!worker->ended || !is_sent(&worker->note)) {
        gw_idle_pause(&idle);
        attend(worker, gw_clock());
    }
}

static void answer_init(struct answer *answer, size_t room)
{
    *answer = (struct answer){.bytes = gw_calloc(1, sizeof(struct gw_answer) + room),
                              .head = MPI_REQUEST_NULL,
                              .payload = MPI_REQUEST_NULL};
}

struct gw_error
gw_worker_run(struct gw_world *world, const struct gw_job *job, struct gw_rank_work *work)
{
    double now = gw_clock();
    struct worker worker = {.world = world,
                            .job = job,
                            .work = work,
                            .limit = UINT64_MAX,
                            .begun = now,
                            .looked = now,
                            .heard = now};
    worker.incoming = gw_calloc(1, gw_order_size_max(job));
    worker.hint = job->hint_bytes > 0 ? gw_calloc(1, job->hint_bytes) : NULL;
    for (size_t i = 0; i < GW_ANSWERS_AHEAD; i++) {
        answer_init(&worker.answer[i], gw_answer_room(job));
    }
    answer_init(&worker.note, job->note_bytes);
    receive_next(&worker);
    run_to_stop(&worker);
    say_bye(&worker);
    for (size_t i = 0; i < GW_ANSWERS_AHEAD; i++) {
        free(worker.answer[i].bytes);
    }
    free(worker.note.bytes);
    free(worker.hint);
    free(worker.incoming);
    return worker.outcome;
}
