#include "gridwalk/sched/coordinator.h"

#include "comm.h"
#include "inbox.h"
#include "ledger.h"
#include "message.h"
#include "roster.h"
#include "share.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double REPORT_SECONDS = 0.1;
static const double HELLO_SECONDS = 10;

enum { MAIL_A_LOOK = 16 }; /* messages handled for one look at the clock */

struct coordinator {
    struct gw_world *world;
    const struct gw_job *job;
    struct gw_rank_work *work;

    struct gw_shares *shares;
    struct gw_roster roster;
    struct gw_inbox *inbox;
    struct gw_ledger ledger;
    unsigned char *payload; /* of rank 0's own tile */
    void *hint;             /* the newest; NULL when the job has none */

    uint64_t own, own_end; /* rank 0's own share that is left */
    bool computing;        /* a tile of it */

    bool stopped;        /* nothing more is handed out */
    uint64_t stop_limit; /* as the workers were told; UINT64_MAX = none */
    double deadline;     /* gw_clock: when the grace of an interrupted job is over */

    double begun;
    double polled;
    double reported;
};

/* ---- the end ---- */

/** Nothing more is handed out, also when called again with a lower limit. Workers that
 * are lost may hear it when they wake up. */
static void stop(struct coordinator *self, uint64_t limit)
{
    self->stopped = true;
    self->stop_limit = limit;
    for (int rank = 1; rank <= self->roster.workers; rank++) {
        if (!self->roster.peer[rank].finished) {
            gw_roster_tell(&self->roster, rank,
                           (struct gw_order){.kind = GW_ORDER_STOP, .tile = limit}, NULL,
                           0);
        }
    }
}

/** After anything that may have failed. */
static void heed_failure(struct coordinator *self)
{
    if (self->ledger.limit < self->stop_limit) {
        stop(self, self->ledger.limit);
    }
}

/** Whether all tiles are answered; `own` is what rank 0 itself has left. */
static bool is_complete(const struct coordinator *self)
{
    return !self->computing && self->own == self->own_end && self->roster.held == 0 &&
           gw_shares_left(self->shares) == 0 && self->ledger.suspects.waiting == 0 &&
           self->ledger.failure.status == GW_OK;
}

/** Tiles in computation are finished and kept, until the grace is over. */
static void ask_whether_to_stop(struct coordinator *self, double now)
{
    const struct gw_job *job = self->job;
    double grace = 0;
    if (job->stopping == NULL || is_complete(self)) {
        return;
    }
    if (job->stopping(job->context, &grace)) {
        /* Asked again: a second signal may leave less time than the first. */
        double end = now + grace;
        self->deadline = self->ledger.interrupted ? fmin(self->deadline, end) : end;
        gw_ledger_interrupt(&self->ledger, NULL, 0);
        heed_failure(self);
    }
    bool waits = self->computing || self->roster.present > 0;
    if (self->ledger.interrupted && now >= self->deadline && waits) {
        job->abandon(job->context);
        gw_world_abort(GW_INTERRUPTED);
    }
}

/* ---- tiles out ---- */

static void renew_hint(struct coordinator *self)
{
    if (self->hint != NULL) {
        self->job->hint(self->job->context, self->hint);
    }
}

static void order(struct coordinator *self, int rank, struct gw_held tiles)
{
    renew_hint(self);
    gw_roster_order(&self->roster, rank, tiles, self->hint);
}

/** Tiles of lost workers go out before all others, one by one: who dies over one is to
 *  hold nothing else. */
static void order_suspect(struct coordinator *self, int rank)
{
    struct gw_held tiles = {.count = 1};
    if (gw_ledger_again(&self->ledger, rank, &tiles.tile)) {
        self->roster.peer[rank].suspicion = true;
        order(self, rank, tiles);
    }
}

/** The last tiles, one a rank, go to ranks that have nothing else to do. */
static void refill(struct coordinator *self, int rank)
{
    const struct gw_peer *peer = &self->roster.peer[rank];
    if (self->stopped || !gw_roster_takes_work(&self->roster, rank)) {
        return;
    }
    uint64_t left = gw_shares_left(self->shares);
    bool idle = peer->orders == 0 && peer->held == 0;
    if (self->ledger.suspects.waiting > 0) {
        if (idle) {
            order_suspect(self, rank);
        }
        return;
    }
    if (left > 0 &&
        (idle || (!peer->suspicion && left > (uint64_t)self->roster.workers + 1))) {
        struct gw_held tiles;
        tiles.count = gw_shares_take(self->shares, rank, &tiles.tile);
        order(self, rank, tiles);
    }
}

/** A first order for each worker, before any gets its second. */
static void refill_all(struct coordinator *self)
{
    for (int ahead = 0; ahead < GW_ORDERS_AHEAD; ahead++) {
        for (int rank = 1; rank <= self->roster.workers; rank++) {
            refill(self, rank);
        }
    }
}

/* ---- tiles in ---- */

static void handle_tile(struct coordinator *self, const struct gw_mail *mail)
{
    const struct gw_answer *head = &mail->head;
    int rank = mail->rank;
    if (mail->announces) {
        gw_roster_announced(&self->roster, rank, head->tile);
    }
    if (mail->body == NULL) {
        refill(self, rank);
        return;
    }
    struct gw_ledger_answer answer = gw_ledger_answered(&self->ledger, head->tile, rank);
    gw_roster_answered(&self->roster, rank, head->tile, answer.regular);
    if (head->kind == GW_ANSWER_ERROR) {
        struct gw_error err;
        memcpy(&err, mail->body, sizeof err);
        gw_ledger_fail_tile(&self->ledger, head->tile, &err, rank);
    } else {
        gw_shares_learn(self->shares, 1, head->seconds);
        if (answer.suspect == NULL) {
            refill(self, rank); /* first, so that the worker need not wait for accept */
        }
        gw_ledger_take(&self->ledger, head->tile, answer.suspect, mail->body,
                       head->length);
    }
    refill(self, rank);
    heed_failure(self);
}

static void handle(struct coordinator *self, const struct gw_mail *mail)
{
    struct gw_roster *roster = &self->roster;
    if (mail->announces) {
        bool back = roster->peer[mail->rank].lost;
        self->work->messages++;
        gw_roster_hear(roster, mail->rank, roster->looked);
        if (back) {
            refill(self, mail->rank);
        }
    }
    switch (mail->head.kind) {
    case GW_ANSWER_NOTE:
        gw_roster_note(roster, mail->rank, mail->body);
        gw_roster_tell(roster, mail->rank, (struct gw_order){.kind = GW_ORDER_HELLO},
                       NULL, 0);
        break;
    case GW_ANSWER_BYE:
        gw_roster_note(roster, mail->rank, mail->body);
        gw_roster_finish(roster, mail->rank);
        break;
    default:
        handle_tile(self, mail);
    }
}

/* ---- workers that are lost ---- */

static void lose(struct coordinator *self, int rank)
{
    struct gw_held held[GW_ORDERS_AHEAD];
    uint64_t announced[GW_ANSWERS_AHEAD];
    size_t orders = self->roster.peer[rank].orders;
    memcpy(held, self->roster.peer[rank].order, sizeof held);
    size_t tiles = gw_inbox_give_up(self->inbox, rank, announced);
    gw_roster_lose(&self->roster, rank);
    for (size_t i = 0; i < tiles; i++) {
        gw_ledger_strike(&self->ledger, announced[i], rank);
    }
    for (size_t i = 0; i < orders; i++) {
        for (uint64_t k = 0; k < held[i].count; k++) {
            gw_ledger_strike(&self->ledger, held[i].tile + k, rank);
        }
    }
    heed_failure(self);
}

/** Once in a while, after all messages that have come were handled. */
static void look_after_workers(struct coordinator *self)
{
    struct gw_roster *roster = &self->roster;
    double patience = gw_roster_patience(roster);
    for (int rank = 1; rank <= roster->workers; rank++) {
        if (gw_roster_is_silent(roster, rank, patience)) {
            lose(self, rank);
        }
        if (roster->looked - roster->peer[rank].greeted > HELLO_SECONDS) {
            gw_roster_tell(roster, rank, (struct gw_order){.kind = GW_ORDER_HELLO}, NULL,
                           0);
        }
    }
    refill_all(self);
}

/* ---- rank 0's time ---- */

static void report(struct coordinator *self)
{
    const struct gw_job *job = self->job;
    if (job->progress == NULL) {
        return;
    }
    struct gw_roster *roster = &self->roster;
    self->work->wall_seconds = gw_clock() - self->begun;
    if (job->note != NULL) {
        job->note(job->context, self->work, roster->peer[0].note);
    }
    gw_roster_show(roster, gw_clock());
    uint64_t own = self->own_end - self->own + self->computing;
    roster->view[0].condition = own > 0             ? GW_RANK_WORKING
                                : is_complete(self) ? GW_RANK_FINISHED
                                                    : GW_RANK_IDLE;
    struct gw_job_view view = {.done = self->ledger.accepted + job->kept,
                               .handed = roster->held + own,
                               .lost = roster->losses,
                               .again = self->ledger.again,
                               .set_aside = self->ledger.set_aside,
                               .ranks = roster->workers + 1,
                               .rank = roster->view};
    job->progress(job->context, &view);
}

/** Handle all that has come. */
static bool serve(struct coordinator *self)
{
    double begin = gw_roster_look(&self->roster);
    struct gw_mail mail;
    uint64_t handled = 0;
    while (gw_inbox_take(self->inbox, &mail)) {
        handle(self, &mail);
        if (++handled % MAIL_A_LOOK == 0) {
            gw_roster_look(&self->roster);
        }
    }
    double end = gw_roster_look(&self->roster);
    ask_whether_to_stop(self, end);
    if (end - self->reported >= REPORT_SECONDS) {
        self->reported = end;
        look_after_workers(self);
        report(self);
        end = gw_roster_look(&self->roster);
    }
    self->polled = end;
    self->work->coordination_seconds += end - begin;
    return handled > 0;
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
 *  What is left of it after a stop is finished below the limit, as workers finish theirs.
 *  The tiles of lost workers may be deadly: rank 0 takes them when there is nobody else.
 */
static bool own_tile(struct coordinator *self)
{
    if (self->own == self->own_end && !self->stopped) {
        uint64_t count = 0;
        if (self->roster.present == 0) {
            count = gw_ledger_again(&self->ledger, 0, &self->own);
        }
        if (count == 0) {
            count = gw_shares_take(self->shares, 0, &self->own);
        }
        self->own_end = self->own + count;
    }
    return self->own < self->own_end && self->own < self->stop_limit;
}

static void compute_own(struct coordinator *self)
{
    const struct gw_job *job = self->job;
    struct gw_rank_work *work = self->work;
    uint64_t tile = self->own;
    uint64_t limit = self->stop_limit;
    uint64_t sure = self->own_end < limit ? self->own_end : limit;
    self->own++;
    struct gw_error err = {0};
    renew_hint(self);
    struct gw_tile_work answer = {.payload = self->payload,
                                  .ahead = sure - tile,
                                  .hint = self->hint,
                                  .poll = poll,
                                  .poll_context = self};
    double begin = gw_clock(), served = work->coordination_seconds;
    self->computing = true;
    enum gw_status status = job->compute(job->context, tile, &answer, &err);
    self->computing = false;
    double end = gw_clock();
    double busy = end - begin - (work->coordination_seconds - served);
    work->busy_seconds += busy;
    work->tiles++;
    struct gw_ledger_answer found = gw_ledger_answered(&self->ledger, tile, 0);
    gw_roster_answered(&self->roster, 0, tile, found.regular);
    if (status == GW_OK) {
        assert(answer.length <= job->payload_max);
        gw_shares_learn(self->shares, 1, busy);
        gw_ledger_take(&self->ledger, tile, found.suspect, answer.payload, answer.length);
    } else {
        err.status = status;
        gw_ledger_fail_tile(&self->ledger, tile, &err, 0);
    }
    heed_failure(self);
    work->coordination_seconds += gw_clock() - end;
}

/** Whether a worker still has to say good-bye, or its last payload to come. */
static bool is_awaited(const struct coordinator *self)
{
    return self->roster.present > 0 || gw_inbox_pending(self->inbox) > 0;
}

/** Hand out, compute and accept until every worker has said good-bye or is lost. */
static void run_to_end(struct coordinator *self)
{
    struct gw_idle idle = {0};
    refill_all(self);
    while (!self->stopped || own_tile(self) || is_awaited(self)) {
        if (serve(self)) {
            idle = (struct gw_idle){0};
        }
        if (own_tile(self)) {
            compute_own(self);
            idle = (struct gw_idle){0};
        } else if (!self->stopped && is_complete(self)) {
            stop(self, UINT64_MAX);
        } else {
            gw_idle_pause(&idle);
        }
    }
}

/** Tell all that it is over; also those that are lost, should they wake up. */
static void end_all(struct coordinator *self)
{
    bool lost = self->roster.finished < self->roster.workers;
    self->world->lost = self->world->lost || lost;
    for (int rank = 1; rank <= self->roster.workers; rank++) {
        gw_roster_tell(&self->roster, rank,
                       (struct gw_order){.kind = GW_ORDER_END, .count = lost},
                       &self->ledger.failure, sizeof self->ledger.failure);
    }
}

/** Rank 0's side of a job; returns its failure, or status GW_OK. */
static struct gw_error
coordinate(struct gw_world *world, const struct gw_job *job, struct gw_rank_work *work)
{
    struct coordinator self = {.world = world,
                               .job = job,
                               .work = work,
                               .stop_limit = UINT64_MAX,
                               .deadline = INFINITY};
    struct gw_share_setup setup = {.tiles = job->tiles,
                                   .ranks = world->size,
                                   .context = job->context,
                                   .has = job->has,
                                   .kept = job->kept,
                                   .weight = job->weight};
    self.shares = gw_shares_new(&setup);
    gw_ledger_init(&self.ledger, job);
    gw_roster_init(&self.roster, world, job);
    self.inbox = gw_inbox_new(world, job);
    self.payload = gw_calloc(1, gw_answer_room(job));
    self.hint = job->hint_bytes > 0 ? gw_calloc(1, job->hint_bytes) : NULL;
    self.begun = self.reported = gw_clock();

    run_to_end(&self);
    report(&self);
    assert(self.ledger.failure.status != GW_OK ||
           self.ledger.accepted + job->kept + self.ledger.set_aside == job->tiles);
    gw_inbox_free(self.inbox);
    end_all(&self);
    work->messages += self.roster.sent;
    gw_roster_clear(&self.roster);
    gw_ledger_clear(&self.ledger);
    gw_shares_free(self.shares);
    free(self.hint);
    free(self.payload);
    return self.ledger.failure;
}

enum gw_status gw_job_run(struct gw_world *world,
                          const struct gw_job *job,
                          struct gw_rank_work *work_out,
                          struct gw_error *err)
{
    struct gw_world alone = {.size = 1};
    struct gw_world *ranks = world != NULL ? world : &alone;
    assert(job->payload_max <= INT_MAX && !ranks->lost);
    assert(job->hint_bytes <= GW_HINT_MAX && job->note_bytes <= GW_NOTE_MAX);
    double begin = gw_clock();
    struct gw_rank_work work = {0};
    struct gw_error outcome = ranks->rank == 0 ? coordinate(ranks, job, &work)
                                               : gw_worker_run(ranks, job, &work);
    work.wall_seconds = gw_clock() - begin;
    if (work_out != NULL) {
        *work_out = work;
    }
    if (outcome.status != GW_OK && err != NULL) {
        *err = outcome;
    }
    return outcome.status;
}
