#include "gridwalk/sched/coordinator.h"

#include "comm.h"
#include "message.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t MESSAGE_TILES = 64;
static const double REPORT_SECONDS = 0.1;

/** A worker as rank 0 sees it. */
struct peer {
    unsigned char *order[GW_ORDER_SLOTS]; /* must stay until sent */
    MPI_Request sent[GW_ORDER_SLOTS];
    size_t orders; /* sent so far; order i is in slot i % GW_ORDER_SLOTS */
    uint64_t held; /* tiles ordered and not answered */
    uint64_t last; /* tiles of the newest order */
};

struct coordinator {
    const struct gw_world *world;
    const struct gw_job *job;
    struct gw_rank_work *work;

    struct peer *peer; /* [size]; that of rank 0 is not used */
    int workers;
    int gone;                /* workers that said BYE */
    unsigned char *incoming; /* written by the receive in progress */
    unsigned char *arrived;  /* the answer being handled */
    MPI_Request receive;
    unsigned char *payload; /* of rank 0's own tile */
    void *hint;             /* the newest; NULL when the job has none */

    uint64_t next;         /* the first tile not handed out */
    uint64_t own, own_end; /* rank 0's own share that is left */
    uint64_t under_way;    /* tiles ordered from workers and not answered */
    uint64_t accepted;
    uint64_t computed; /* by workers that said BYE */
    bool stopped;      /* nothing more is handed out or accepted */
    uint64_t limit;    /* of the failure, see gw_failure_limit; UINT64_MAX = none */
    struct gw_error failure;

    double polled;
    double reported;
};

static void renew_hint(struct coordinator *self)
{
    if (self->hint != NULL) {
        self->job->hint(self->job->context, self->hint);
    }
}

static void send_order(struct coordinator *self, int rank, struct gw_order order)
{
    struct peer *peer = &self->peer[rank];
    size_t slot = peer->orders++ % GW_ORDER_SLOTS, length = sizeof(order);
    gw_wait(&peer->sent[slot]); /* answered long ago */
    memcpy(peer->order[slot], &order, sizeof(order));
    if (self->hint != NULL && order.kind == GW_ORDER_WORK) {
        renew_hint(self);
        memcpy(peer->order[slot] + sizeof(order), self->hint, self->job->hint_bytes);
        length = gw_order_size(self->job);
    }
    gw_post(self->world->all, rank, GW_TAG_ORDER, peer->order[slot], length,
            &peer->sent[slot]);
    self->work->messages++;
}

static void stop(struct coordinator *self, uint64_t limit)
{
    if (self->stopped) {
        return;
    }
    self->stopped = true;
    for (int rank = 1; rank <= self->workers; rank++) {
        send_order(self, rank, (struct gw_order){.kind = GW_ORDER_STOP, .tile = limit});
    }
}

/** Keep the failure with the lowest limit, and stop. */
static void
fail(struct coordinator *self, uint64_t limit, const struct gw_error *err, int rank)
{
    if (limit < self->limit) {
        self->limit = limit;
        self->failure = *err;
        if (rank > 0) {
            gw_fail_prefix(&self->failure, "rank %d: ", rank);
        }
    }
    stop(self, limit);
}

static void
fail_tile(struct coordinator *self, uint64_t tile, const struct gw_error *err, int rank)
{
    fail(self, gw_failure_limit(err->status, tile), err, rank);
}

/** What a refused accept ends is the whole job: no tile is needed any more. */
static void
accept_tile(struct coordinator *self, uint64_t tile, const void *payload, size_t length)
{
    const struct gw_job *job = self->job;
    if (self->stopped) {
        return;
    }
    struct gw_error err = {0};
    enum gw_status status = job->accept(job->context, tile, payload, length, &err);
    if (status != GW_OK) {
        err.status = status;
        fail(self, 0, &err, 0);
        return;
    }
    self->accepted++;
}

/** Factoring: half of what is left, shared by the ranks and by the messages of each. A
 *  rank that is alone shares with none. */
static uint64_t message_tiles(const struct coordinator *self)
{
    uint64_t left = self->job->tiles - self->next;
    uint64_t shares = 2 * GW_ORDERS_AHEAD * ((uint64_t)self->workers + 1);
    uint64_t tiles = self->workers > 0 ? (left + shares - 1) / shares : left;
    return tiles < MESSAGE_TILES ? tiles : MESSAGE_TILES;
}

/** The last tiles, one a rank, go to ranks that have nothing else to do. */
static bool wants_order(const struct coordinator *self, const struct peer *peer)
{
    uint64_t left = self->job->tiles - self->next;
    if (self->stopped || left == 0) {
        return false;
    }
    return peer->held == 0 ||
           (peer->held <= peer->last && left > (uint64_t)self->workers + 1);
}

static void refill(struct coordinator *self, int rank)
{
    struct peer *peer = &self->peer[rank];
    if (!wants_order(self, peer)) {
        return;
    }
    uint64_t count = message_tiles(self);
    peer->last = count;
    peer->held += count;
    self->under_way += count;
    struct gw_order order = {
        .kind = GW_ORDER_WORK, .count = (uint32_t)count, .tile = self->next};
    self->next += count;
    send_order(self, rank, order);
}

/** A first order for each worker, before any gets its second. */
static void refill_all(struct coordinator *self)
{
    for (int ahead = 0; ahead < GW_ORDERS_AHEAD; ahead++) {
        for (int rank = 1; rank <= self->workers; rank++) {
            refill(self, rank);
        }
    }
}

static void handle_answer(struct coordinator *self,
                          const struct gw_answer *head,
                          const unsigned char *bytes,
                          int rank)
{
    if (head->kind == GW_ANSWER_BYE) {
        self->computed += head->tile;
        return;
    }
    struct peer *peer = &self->peer[rank];
    assert(peer->held > 0 && head->tile < self->next);
    peer->held--;
    self->under_way--;
    if (head->kind == GW_ANSWER_ERROR) {
        struct gw_error err;
        memcpy(&err, bytes, sizeof(err));
        fail_tile(self, head->tile, &err, rank);
        return;
    }
    refill(self, rank); /* first, so that the worker need not wait for accept */
    accept_tile(self, head->tile, bytes, head->length);
}

static void receive_next(struct coordinator *self)
{
    if (self->gone < self->workers) {
        gw_expect(self->world->all, MPI_ANY_SOURCE, GW_TAG_ANSWER, self->incoming,
                  gw_answer_size(self->job), &self->receive);
    }
}

/** Handle one answer, while the next may already come in; false when there is none. */
static bool receive_one(struct coordinator *self)
{
    if (self->gone == self->workers) {
        return false;
    }
    int here = 0;
    MPI_Status status;
    MPI_Test(&self->receive, &here, &status);
    if (!here) {
        return false;
    }
    unsigned char *bytes = self->incoming;
    self->incoming = self->arrived;
    self->arrived = bytes;
    struct gw_answer head;
    memcpy(&head, bytes, sizeof(head));
    self->gone += head.kind == GW_ANSWER_BYE;
    receive_next(self);
    self->work->messages++;
    handle_answer(self, &head, bytes + sizeof(head), status.MPI_SOURCE);
    return true;
}

static void report(struct coordinator *self)
{
    if (self->job->progress != NULL) {
        self->job->progress(self->job->context, self->accepted);
    }
}

/** Handle all that has come. */
static bool serve(struct coordinator *self)
{
    double begin = gw_clock();
    bool any = false;
    while (receive_one(self)) {
        any = true;
    }
    double end = gw_clock();
    if (end - self->reported >= REPORT_SECONDS) {
        self->reported = end;
        report(self);
        end = gw_clock();
    }
    self->polled = end;
    self->work->coordination_seconds += end - begin;
    return any;
}

/** Given to compute. */
static void poll(void *context)
{
    struct coordinator *self = context;
    if (gw_clock() - self->polled >= GW_POLL_SECONDS) {
        serve(self);
    }
}

/** Whether rank 0 has a tile to compute, after it took a share when it had none left.
 * What is left of it after a stop is finished below the limit, as workers finish theirs.
 */
static bool own_tile(struct coordinator *self)
{
    if (self->own == self->own_end && !self->stopped) {
        self->own = self->next;
        self->next += message_tiles(self);
        self->own_end = self->next;
    }
    return self->own < self->own_end && self->own < self->limit;
}

static void compute_own(struct coordinator *self)
{
    const struct gw_job *job = self->job;
    struct gw_rank_work *work = self->work;
    uint64_t tile = self->own;
    uint64_t sure = self->own_end < self->limit ? self->own_end : self->limit;
    self->own++;
    struct gw_error err = {0};
    renew_hint(self);
    struct gw_tile_work answer = {.payload = self->payload,
                                  .ahead = sure - tile,
                                  .hint = self->hint,
                                  .poll = poll,
                                  .poll_context = self};
    double begin = gw_clock(), served = work->coordination_seconds;
    enum gw_status status = job->compute(job->context, tile, &answer, &err);
    double end = gw_clock();
    work->busy_seconds += end - begin - (work->coordination_seconds - served);
    work->tiles++;
    if (status != GW_OK) {
        err.status = status;
        fail_tile(self, tile, &err, 0);
        return;
    }
    assert(answer.length <= job->payload_max);
    accept_tile(self, tile, answer.payload, answer.length);
    work->coordination_seconds += gw_clock() - end;
}

/** Hand out, compute and accept until every worker has said BYE. */
static void run_to_end(struct coordinator *self)
{
    struct gw_idle idle = {0};
    refill_all(self);
    while (!self->stopped || own_tile(self) || self->gone < self->workers) {
        if (serve(self)) {
            idle = (struct gw_idle){0};
        }
        if (own_tile(self)) {
            compute_own(self);
            idle = (struct gw_idle){0};
        } else if (!self->stopped && self->under_way == 0) {
            stop(self, UINT64_MAX);
        } else {
            gw_idle_pause(&idle);
        }
    }
}

static void coordinator_init(struct coordinator *self)
{
    size_t size = gw_answer_size(self->job);
    self->workers = self->world->size - 1;
    self->peer = gw_calloc((size_t)self->world->size, sizeof(*self->peer));
    for (int rank = 0; rank <= self->workers; rank++) {
        for (int i = 0; i < GW_ORDER_SLOTS; i++) {
            self->peer[rank].order[i] = gw_calloc(1, gw_order_size(self->job));
            self->peer[rank].sent[i] = MPI_REQUEST_NULL;
        }
    }
    self->incoming = gw_calloc(1, size);
    self->arrived = gw_calloc(1, size);
    self->payload = gw_calloc(1, size);
    self->hint = self->job->hint_bytes > 0 ? gw_calloc(1, self->job->hint_bytes) : NULL;
    self->limit = UINT64_MAX;
    self->reported = gw_clock();
    receive_next(self);
}

static void coordinator_clear(struct coordinator *self)
{
    for (int rank = 0; rank <= self->workers; rank++) {
        for (int i = 0; i < GW_ORDER_SLOTS; i++) {
            gw_wait(&self->peer[rank].sent[i]);
            free(self->peer[rank].order[i]);
        }
    }
    free(self->hint);
    free(self->payload);
    free(self->arrived);
    free(self->incoming);
    free(self->peer);
}

/** Rank 0's side of a job; returns its failure, or status GW_OK. */
static struct gw_error coordinate(const struct gw_world *world,
                                  const struct gw_job *job,
                                  struct gw_rank_work *work)
{
    struct coordinator self = {.world = world, .job = job, .work = work};
    coordinator_init(&self);
    run_to_end(&self);
    report(&self);
    assert(self.failure.status != GW_OK ||
           (self.accepted == job->tiles && self.computed + work->tiles == job->tiles));
    coordinator_clear(&self);
    return self.failure;
}

enum gw_status gw_job_run(struct gw_world *world,
                          const struct gw_job *job,
                          struct gw_rank_work *work_out,
                          struct gw_error *err)
{
    assert(job->payload_max <= INT_MAX - sizeof(struct gw_answer));
    assert(job->hint_bytes <= GW_HINT_MAX);
    double begin = gw_clock();
    struct gw_rank_work work = {0};
    struct gw_error outcome = {0};
    if (world->rank == 0) {
        outcome = coordinate(world, job, &work);
    } else {
        gw_worker_run(world, job, &work);
    }
    gw_world_broadcast(world, &outcome, sizeof(outcome));
    work.wall_seconds = gw_clock() - begin;
    if (work_out != NULL) {
        *work_out = work;
    }
    if (outcome.status != GW_OK && err != NULL) {
        *err = outcome;
    }
    return outcome.status;
}
