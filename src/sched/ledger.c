#include "ledger.h"

#include "message.h"

void gw_ledger_init(struct gw_ledger *ledger, const struct gw_job *job)
{
    *ledger = (struct gw_ledger){.job = job, .limit = UINT64_MAX};
}

void gw_ledger_clear(struct gw_ledger *ledger)
{
    gw_suspects_clear(&ledger->suspects);
}

void gw_ledger_interrupt(struct gw_ledger *ledger, const struct gw_error *err, int rank)
{
    ledger->limit = 0;
    if (!ledger->drops && !ledger->interrupted) {
        ledger->failure = (struct gw_error){.status = GW_INTERRUPTED};
        if (err != NULL) {
            ledger->failure = *err;
        }
        if (rank > 0) {
            gw_fail_prefix(&ledger->failure, "rank %d: ", rank);
        }
    }
    ledger->interrupted = true;
}

/** Keep the failure with the lowest limit. */
static void
fail(struct gw_ledger *ledger, uint64_t limit, const struct gw_error *err, int rank)
{
    ledger->drops = true;
    if (limit < ledger->limit) {
        ledger->limit = limit;
        ledger->failure = *err;
        if (rank > 0) {
            gw_fail_prefix(&ledger->failure, "rank %d: ", rank);
        }
    }
}

/* A tile that fails while the job stops fails again when the job is run again. */
void gw_ledger_fail_tile(struct gw_ledger *ledger,
                         uint64_t tile,
                         const struct gw_error *err,
                         int rank)
{
    const struct gw_suspect *suspect = gw_suspects_find(&ledger->suspects, tile);
    bool aside = suspect != NULL && suspect->state == GW_SUSPECT_SET_ASIDE;
    if (err->status == GW_INTERRUPTED) {
        gw_ledger_interrupt(ledger, err, rank);
    } else if (!aside && !ledger->interrupted) {
        fail(ledger, gw_failure_limit(err->status, tile), err, rank);
    }
}

/** What one of the job's functions on rank 0 refuses is the whole job: no tile is needed
 *  any more. */
static bool
is_refused(struct gw_ledger *ledger, enum gw_status status, struct gw_error *err)
{
    if (status == GW_OK) {
        return false;
    }
    err->status = status;
    if (ledger->interrupted && !ledger->drops) {
        ledger->failure = *err;
    }
    fail(ledger, 0, err, 0);
    return true;
}

struct gw_ledger_answer
gw_ledger_answered(struct gw_ledger *ledger, uint64_t tile, int rank)
{
    struct gw_suspect *suspect = gw_suspects_find(&ledger->suspects, tile);
    bool regular = suspect == NULL || suspect->holder == rank;
    if (suspect != NULL && regular) {
        suspect->holder = GW_NO_HOLDER;
    }
    return (struct gw_ledger_answer){.suspect = suspect, .regular = regular};
}

void gw_ledger_take(struct gw_ledger *ledger,
                    uint64_t tile,
                    struct gw_suspect *suspect,
                    const void *payload,
                    size_t length)
{
    const struct gw_job *job = ledger->job;
    struct gw_error err = {0};
    if (ledger->drops) {
        return;
    }
    if (suspect == NULL || suspect->state < GW_SUSPECT_ACCEPTED) {
        enum gw_status status = job->accept(job->context, tile, payload, length, &err);
        if (!is_refused(ledger, status, &err)) {
            ledger->accepted++;
            if (suspect != NULL) {
                gw_suspects_accepted(&ledger->suspects, suspect);
            }
        }
    } else if (suspect->state == GW_SUSPECT_ACCEPTED && job->again != NULL) {
        enum gw_status status = job->again(job->context, tile, payload, length, &err);
        (void)is_refused(ledger, status, &err);
    }
}

void gw_ledger_strike(struct gw_ledger *ledger, uint64_t tile, int rank)
{
    const struct gw_job *job = ledger->job;
    if (!gw_suspects_strike(&ledger->suspects, tile, rank) || ledger->drops) {
        return;
    }
    struct gw_error err = {0};
    enum gw_status status =
        job->lose != NULL
            ? job->lose(job->context, tile, &err)
            : gw_fail(&err, GW_SYSTEM,
                      "tile %llu: two ranks died or fell silent while they computed it",
                      (unsigned long long)tile);
    if (!is_refused(ledger, status, &err)) {
        ledger->set_aside++;
    }
}

bool gw_ledger_again(struct gw_ledger *ledger, int rank, uint64_t *tile_out)
{
    bool any = gw_suspects_take(&ledger->suspects, rank, tile_out);
    ledger->again += any;
    return any;
}
