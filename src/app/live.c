#include "live.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Once a second; where that takes more than a thousandth of the time (thousands of ranks,
 * a slow file system) less often. */
static const double RENEW_SECONDS = 1, RENEW_SECONDS_MOST = 5, RENEW_SHARE = 0.001;

static const char *const condition_name[] = {[GW_RANK_WORKING] = "working",
                                             [GW_RANK_IDLE] = "idle",
                                             [GW_RANK_LOST] = "lost",
                                             [GW_RANK_FINISHED] = "finished"};

static void renew(struct gw_live *live, bool sync)
{
    struct gw_error ignored;
    double begin = gw_clock();
    gw_timestamp(live->record.updated, sizeof live->record.updated);
    if (live->output != NULL) {
        /* Whoever watches sees that it is old; the run goes on. */
        (void)!gw_live_write(live->output, &live->record, sync, &ignored);
    }
    live->renewed = gw_clock();
    live->seconds += live->renewed - begin;
    live->renewals++;
    double mean = live->seconds / (double)live->renewals;
    live->pause = fmin(fmax(RENEW_SECONDS, mean / RENEW_SHARE), RENEW_SECONDS_MOST);
}

void gw_live_start(struct gw_live *live,
                   const char *output,
                   const char *experiment,
                   uint64_t tiles,
                   uint64_t rows)
{
    *live = (struct gw_live){.output = output,
                             .record = {.state = GW_RUN_running,
                                        .exit_code = -1,
                                        .program = GW_RESULTS_PROGRAM,
                                        .experiment = experiment,
                                        .output = output,
                                        .pid = getpid(),
                                        .tiles = tiles,
                                        .rows = rows,
                                        .eta_seconds = -1}};
    gethostname(live->record.host, sizeof live->record.host - 1);
    gw_timestamp(live->record.started, sizeof live->record.started);
}

static void take_rank(struct gw_live_rank *rank, const struct gw_rank_view *view)
{
    const struct gw_run_rank *note = view->note;
    *rank = (struct gw_live_rank){
        .condition = condition_name[view->condition],
        .tiles = view->tiles,
        .last_tile = view->last_tile == UINT64_MAX ? -1 : (int64_t)view->last_tile,
        .silent = view->silent,
        .busy = note->wall_seconds > 0 ? note->busy_seconds / note->wall_seconds : 0,
        .cache_hits = note->cache_hits,
        .cache_misses = note->cache_misses};
    memcpy(rank->node, note->host, sizeof rank->node);
}

static void take_view(struct gw_live_record *record, const struct gw_live_facts *facts)
{
    const struct gw_job_view *view = facts->view;
    const struct gw_run_rank *first = view->rank[0].note;
    record->lost = view->lost;
    record->again = view->again;
    record->set_aside = view->set_aside;
    record->tiles_done = view->done;
    record->tiles_kept = facts->kept;
    record->coordinator =
        first->wall_seconds > 0 ? first->coordination_seconds / first->wall_seconds : 0;
    if (record->ranks != (size_t)view->ranks) {
        free(record->rank);
        record->ranks = (size_t)view->ranks;
        record->rank = gw_calloc(record->ranks, sizeof *record->rank);
    }
    for (size_t r = 0; r < record->ranks; r++) {
        take_rank(&record->rank[r], &view->rank[r]);
    }
}

static void take_rate(struct gw_live_record *record, const struct gw_live_facts *facts)
{
    uint64_t made = record->tiles_done - record->tiles_kept;
    if (made == 0 || !(facts->computing > 0) || record->tiles == 0) {
        return;
    }
    double tiles_per_second = (double)made / facts->computing;
    record->rows_per_second =
        tiles_per_second * (double)record->rows / (double)record->tiles;
    record->eta_seconds = (double)(record->tiles - record->tiles_done) / tiles_per_second;
}

void gw_live_update(struct gw_live *live, const struct gw_live_facts *facts)
{
    struct gw_live_record *record = &live->record;
    if (live->output == NULL) {
        return;
    }
    take_view(record, facts);
    take_rate(record, facts);
    record->seconds = facts->seconds;
    record->restarts = facts->journal.runs > 0 ? facts->journal.runs - 1 : 0;
    record->journal_bytes = facts->journal.bytes;
    record->commit_seconds = facts->journal.commit_seconds;
    if (live->renewed == 0 || gw_clock() - live->renewed >= live->pause) {
        renew(live, false);
    }
}

void gw_live_state(struct gw_live *live,
                   enum gw_run_state state,
                   int exit_code,
                   const char *message)
{
    bool final = state != GW_RUN_running && state != GW_RUN_writing;
    live->record.state = state;
    live->record.exit_code = exit_code;
    live->record.message = message;
    if (final) {
        live->record.eta_seconds = -1;
    }
    renew(live, final);
    live->record.message = NULL;
}

void gw_live_settle(const char *output, int exit_code)
{
    struct gw_live live = {.output = output};
    struct gw_error ignored;
    if (gw_live_read(output, &live.record, &ignored) != GW_OK) {
        return;
    }
    if (live.record.state != GW_RUN_done) {
        struct gw_live_record done = live.record;
        live.record.tiles_done = live.record.tiles;
        gw_live_state(&live, GW_RUN_done, exit_code, NULL);
        live.record.message = done.message;
    }
    gw_live_clear(&live.record);
}

void gw_live_free(struct gw_live *live)
{
    free(live->record.rank);
    *live = (struct gw_live){0};
}
