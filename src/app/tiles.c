#include "tiles.h"

#include "stop.h"

#include "gridwalk/base/time.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static enum gw_status compute_tile(void *context,
                                   uint64_t tile,
                                   struct gw_tile_work *work,
                                   struct gw_error *err)
{
    struct gw_run_job *job = context;
    const struct gw_compute_tile asked = {.tile = tile,
                                          .ahead = work->ahead,
                                          .bound = work->hint,
                                          .poll = work->poll,
                                          .poll_context = work->poll_context};
    double grace;
    if (!gw_run_job_leads(job) && gw_stop_asked(&grace)) {
        return gw_fail(err, GW_INTERRUPTED, "a signal");
    }
    return gw_compute_tile(job->compute, &asked, work->payload, &work->length, err);
}

/* ---- rank 0 ---- */

static enum gw_status accept_tile(void *context,
                                  uint64_t tile,
                                  const void *payload,
                                  size_t length,
                                  struct gw_error *err)
{
    struct gw_run_job *job = context;
    return gw_intake_accept(&job->intake, tile, payload, length, err);
}

static enum gw_status compare_tile(void *context,
                                   uint64_t tile,
                                   const void *payload,
                                   size_t length,
                                   struct gw_error *err)
{
    struct gw_run_job *job = context;
    return gw_intake_again(&job->intake, tile, payload, length, err);
}

static enum gw_status lose_tile(void *context, uint64_t tile, struct gw_error *err)
{
    struct gw_run_job *job = context;
    return gw_intake_lose(&job->intake, tile, err);
}

static bool has_tile(void *context, uint64_t tile)
{
    const struct gw_run_job *job = context;
    return gw_results_has(job->intake.writer, tile);
}

static double tile_weight(void *context, uint64_t tile)
{
    const struct gw_run_job *job = context;
    return gw_plan_weight(job->plan, tile);
}

static void fill_hint(void *context, void *out)
{
    struct gw_run_job *job = context;
    gw_results_bounds(job->intake.writer, out);
}

static bool is_stopping(void *context, double *grace_out)
{
    (void)context;
    return gw_stop_asked(grace_out);
}

static void abandon(void *context)
{
    struct gw_run_job *job = context;
    job->abandon(job);
}

/* Said when it happens: a long run's log should hold the moment. */
static void see_losses(struct gw_run_job *job, const struct gw_job_view *view)
{
    if (view->lost == job->view.lost) {
        return;
    }
    if (job->view.lost == 0) {
        gw_intake_expect_again(&job->intake);
    }
    if (job->quiet) {
        return;
    }
    gw_progress_end(&job->progress);
    for (int r = 1; r < view->ranks; r++) {
        const struct gw_run_rank *note = view->rank[r].note;
        if (view->rank[r].condition == GW_RANK_LOST) {
            fprintf(stderr,
                    "gridwalk: rank %d (%s) has been silent for %.0f s: it is lost, its "
                    "tiles go to others\n",
                    r, note->host, view->rank[r].silent);
        }
    }
}

static void show_progress(void *context, const struct gw_job_view *view)
{
    struct gw_run_job *job = context;
    see_losses(job, view);
    for (size_t r = 0; r < job->record.ranks; r++) {
        memcpy(&job->record.rank[r], view->rank[r].note, sizeof *job->record.rank);
    }
    job->view = *view;
    job->view.rank = NULL;
    gw_intake_tick(&job->intake);
    gw_progress_update(&job->progress, view->done);
    double now = gw_clock();
    gw_live_update(&job->tell,
                   &(struct gw_live_facts){.view = view,
                                           .journal = gw_intake_facts(&job->intake),
                                           .kept = job->intake.kept,
                                           .seconds = now - job->started,
                                           .computing = now - job->computing});
}

/* ---- any rank ---- */

/* Of this rank up to now; rank 0 adds its writing to the end later. */
static void fill_note(void *context, const struct gw_rank_work *work, void *out)
{
    struct gw_run_job *job = context;
    struct gw_vector_stats stats = gw_run_job_stats(job);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    struct gw_run_rank note = {.tiles = work->tiles,
                               .messages = work->messages,
                               .busy_seconds = work->busy_seconds,
                               .wall_seconds = work->wall_seconds,
                               .coordination_seconds = work->coordination_seconds,
                               .replies = work->replies,
                               .reply_seconds = work->reply_seconds,
                               .reply_longest = work->reply_longest,
                               .cache_hits = stats.cache.hits,
                               .cache_misses = stats.cache.misses,
                               .cache_bytes = stats.cache.peak_bytes,
                               .reference_rows = stats.reference_rows,
                               .verified_rows = job->compute->verified,
                               .bars = stats.bars,
                               .rss_bytes = (uint64_t)usage.ru_maxrss * 1024,
                               .total_seconds = gw_clock() - job->started};
    gethostname(note.host, sizeof note.host - 1);
    double idle = work->wall_seconds - work->busy_seconds - work->coordination_seconds;
    double engine = stats.columns_seconds + stats.signals_seconds +
                    stats.simulate_seconds + stats.metrics_seconds +
                    stats.reference_seconds;
    double *phase = note.phase_seconds;
    memcpy(phase, job->phase_seconds, sizeof note.phase_seconds);
    phase[GW_PHASE_columns] = stats.columns_seconds;
    phase[GW_PHASE_lanes] = stats.signals_seconds;
    phase[GW_PHASE_simulate] = stats.simulate_seconds;
    phase[GW_PHASE_metrics] = stats.metrics_seconds;
    phase[GW_PHASE_reference] = stats.reference_seconds;
    phase[GW_PHASE_pack] = fmax(0, work->busy_seconds - engine);
    phase[GW_PHASE_message] = fmax(0, work->coordination_seconds - job->intake.seconds);
    phase[GW_PHASE_wait] = fmax(0, idle);
    phase[GW_PHASE_write] += job->intake.seconds;
    memcpy(out, &note, sizeof note);
}

enum gw_status gw_tiles_run(struct gw_run_job *job, struct gw_error *err)
{
    struct gw_job tiles = {.tiles = job->plan->tiling.tiles,
                           .payload_max = gw_plan_payload_max(job->plan),
                           .hint_bytes = gw_payload_hint_bytes(job->plan),
                           .note_bytes = sizeof(struct gw_run_rank),
                           .context = job,
                           .compute = compute_tile,
                           .accept = accept_tile,
                           .again = compare_tile,
                           .lose = job->fail_fast ? NULL : lose_tile,
                           .has = has_tile,
                           .kept = job->intake.kept,
                           .weight = tile_weight,
                           .hint = fill_hint,
                           .note = fill_note,
                           .stopping = is_stopping,
                           .abandon = abandon,
                           .progress = show_progress};
    return gw_job_run(job->world, &tiles, NULL, err);
}
