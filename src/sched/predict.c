#include "gridwalk/sched/predict.h"

#include "message.h"
#include "share.h"

#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* More tiles than that are simulated as fewer, longer ones. */
static const uint64_t TILES_MOST = 1000000;

struct order {
    uint64_t tiles; /* not computed yet */
    double arrives;
};

struct worker {
    struct order queue[GW_ORDERS_AHEAD]; /* the oldest first */
    size_t queued;
    double finished;     /* when it computed its newest tile */
    uint64_t held, last; /* as the coordinator counts them */
};

/** An answer that reaches rank 0. */
struct arrival {
    double at;
    int rank;
};

struct simulation {
    struct gw_job_costs costs;
    struct gw_shares *shares;
    int ranks;
    struct worker *worker;   /* [ranks]; that of rank 0 is not used */
    struct arrival *arrival; /* a binary heap: the next of each worker that has one */
    size_t arrivals;

    double now;      /* of rank 0 */
    uint64_t own;    /* tiles of rank 0's message that are left */
    double own_left; /* seconds that the present one of them still takes */
    double coordinating;
    uint64_t messages;
};

static void push(struct simulation *self, struct arrival arrival)
{
    struct arrival *heap = self->arrival;
    size_t i = self->arrivals++;
    while (i > 0 && heap[(i - 1) / 2].at > arrival.at) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = arrival;
}

static struct arrival pop(struct simulation *self)
{
    struct arrival *heap = self->arrival;
    struct arrival first = heap[0], moved = heap[--self->arrivals];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < self->arrivals && heap[child + 1].at < heap[child].at) {
            child++;
        }
        if (child >= self->arrivals || heap[child].at >= moved.at) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moved;
    return first;
}

/** A worker begins the next tile it holds; its answer will come. */
static void compute_next(struct simulation *self, int rank)
{
    struct worker *worker = &self->worker[rank];
    if (worker->queued == 0) {
        return;
    }
    struct order *order = &worker->queue[0];
    worker->finished = fmax(worker->finished, order->arrives) + self->costs.tile;
    push(self, (struct arrival){worker->finished + self->costs.latency, rank});
    order->tiles--;
    if (order->tiles == 0) {
        worker->queued--;
        worker->queue[0] = worker->queue[1];
    }
}

/** As the coordinator does: the last tiles, one a rank, go to ranks that have nothing
 *  else to do. */
static void refill(struct simulation *self, int rank)
{
    struct worker *worker = &self->worker[rank];
    uint64_t left = gw_shares_left(self->shares), first;
    bool room = worker->held == 0 ||
                (worker->held <= worker->last && left > (uint64_t)self->ranks);
    uint64_t tiles = room ? gw_shares_take(self->shares, rank, &first) : 0;
    if (tiles == 0) {
        return;
    }
    bool idle = worker->held == 0;
    worker->last = tiles;
    worker->held += tiles;
    worker->queue[worker->queued++] =
        (struct order){tiles, self->now + self->costs.latency};
    self->messages++;
    if (idle) {
        compute_next(self, rank);
    }
}

static void spend(struct simulation *self, double seconds)
{
    self->now += seconds;
    self->coordinating += seconds;
}

/** Rank 0 handles what has come. */
static void serve(struct simulation *self)
{
    while (self->arrivals > 0 && self->arrival[0].at <= self->now) {
        int rank = pop(self).rank;
        compute_next(self, rank);
        self->worker[rank].held--;
        self->messages++;
        gw_shares_learn(self->shares, 1, self->costs.tile);
        spend(self, self->costs.message);
        refill(self, rank);
        spend(self, self->costs.accept);
    }
}

/** Rank 0 computes until it looks at a message that has come, or to the tile's end. */
static void compute_own(struct simulation *self)
{
    double slice = self->own_left, poll = self->costs.poll;
    if (self->arrivals > 0) {
        double wait = self->arrival[0].at - self->now;
        wait = poll > 0 ? ceil(wait / poll) * poll : wait;
        slice = fmin(slice, fmax(wait, poll));
    }
    self->now += slice;
    self->own_left -= slice;
    if (self->own_left <= 0) {
        self->own--;
        self->own_left = self->costs.tile;
        gw_shares_learn(self->shares, 1, self->costs.tile);
        spend(self, self->costs.accept);
    }
}

static void run_to_end(struct simulation *self)
{
    for (int ahead = 0; ahead < GW_ORDERS_AHEAD; ahead++) {
        for (int rank = 1; rank < self->ranks; rank++) {
            refill(self, rank);
        }
    }
    for (;;) {
        serve(self);
        if (self->own == 0) {
            uint64_t first;
            self->own = gw_shares_take(self->shares, 0, &first);
        }
        if (self->own > 0) {
            compute_own(self);
        } else if (self->arrivals > 0) {
            self->now = fmax(self->now, self->arrival[0].at);
        } else {
            return;
        }
    }
}

void gw_job_predict(uint64_t tiles,
                    int ranks,
                    const struct gw_job_costs *costs,
                    struct gw_job_prediction *out)
{
    *out = (struct gw_job_prediction){.efficiency = 1};
    if (tiles == 0) {
        return;
    }
    uint64_t simulated = tiles < TILES_MOST ? tiles : TILES_MOST;
    double each = (double)tiles / (double)simulated;
    struct simulation self = {.costs = *costs, .ranks = ranks};
    self.costs.tile *= each;
    self.costs.accept *= each;
    self.costs.message *= each;
    self.own_left = self.costs.tile;
    self.worker = gw_calloc((size_t)ranks, sizeof *self.worker);
    self.arrival = gw_calloc((size_t)ranks, sizeof *self.arrival);
    self.shares =
        gw_shares_new(&(struct gw_share_setup){.tiles = simulated, .ranks = ranks});
    run_to_end(&self);
    out->seconds = self.now;
    if (self.now > 0) {
        out->efficiency = (double)tiles * costs->tile / (ranks * self.now);
        out->coordinator = self.coordinating / self.now;
    }
    out->messages = (uint64_t)((double)self.messages * each);
    gw_shares_free(self.shares);
    free(self.arrival);
    free(self.worker);
}

double gw_job_saturation(const struct gw_job_costs *costs)
{
    return costs->tile / (costs->accept + costs->message);
}
