#include "job.h"

#include "compute.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/sched/coordinator.h"
#include "gridwalk/sched/window.h"
#include "gridwalk/store/bundle.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static const double PROGRESS_SECONDS = 0.1;

/* Set by a signal; the next finished tile sees it. */
static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

bool gw_run_job_leads(const struct gw_run_job *job)
{
    return job->world == NULL || gw_world_rank(job->world) == 0;
}

enum gw_status
gw_run_job_agree(struct gw_run_job *job, enum gw_status status, struct gw_error *err)
{
    return job->world != NULL ? gw_world_agree(job->world, status, err) : status;
}

static enum gw_status load_alone(struct gw_run_job *job, struct gw_error *err)
{
    struct gw_panel_dims dims = {0};
    GW_TRY(gw_bundle_probe(job->bundle.data, &dims, err));
    job->block = gw_calloc(1, gw_panel_bytes(&dims));
    GW_TRY(gw_bundle_read(job->bundle.data, &dims, job->block, err));
    gw_panel_attach(job->block, &dims, &job->panel);
    return GW_OK;
}

static enum gw_status load_shared(struct gw_run_job *job, struct gw_error *err)
{
    struct gw_panel_dims dims = {0};
    enum gw_status status =
        gw_run_job_leads(job) ? gw_bundle_probe(job->bundle.data, &dims, err) : GW_OK;
    GW_TRY(gw_world_agree(job->world, status, err));
    gw_world_broadcast(job->world, &dims, sizeof dims);
    job->window = gw_window_new(job->world, gw_panel_bytes(&dims));
    void *block = gw_window_base(job->window);
    if (gw_window_leads(job->window)) {
        status = gw_bundle_read(job->bundle.data, &dims, block, err);
    }
    GW_TRY(gw_world_agree(job->world, status, err));
    gw_window_seal(job->window);
    gw_panel_attach(block, &dims, &job->panel);
    const char *digest = job->panel.header->digest;
    if (!gw_world_same(job->world, digest, GW_SHA256_HEX)) {
        return gw_fail(err, GW_DATA, "%s differs between the nodes", job->bundle.data);
    }
    return GW_OK;
}

enum gw_status gw_run_job_load(struct gw_run_job *job, struct gw_error *err)
{
    double begin = gw_clock();
    job->phase_seconds[GW_PHASE_start] = begin - job->started;
    GW_TRY(job->world != NULL ? load_shared(job, err) : load_alone(job, err));
    job->phase_seconds[GW_PHASE_read] = gw_clock() - begin;
    job->record.load_seconds = gw_clock() - job->started;
    return GW_OK;
}

enum gw_status gw_run_job_plan(struct gw_run_job *job, struct gw_error *err)
{
    double begin = gw_clock();
    job->portal = gw_portal_new(&job->panel, job->experiment->rules.basis);
    GW_TRY(gw_plan_make(job->experiment, &job->panel, job->portal, &job->plan, err));
    job->compute = gw_calloc(1, sizeof *job->compute);
    gw_compute_init(job->compute, job->plan, job->portal, &job->options);
    job->phase_seconds[GW_PHASE_plan] = gw_clock() - begin;
    enum gw_status status = GW_OK;
    if (gw_run_job_leads(job)) {
        begin = gw_clock();
        status =
            gw_results_create(job->output, job->plan, &job->panel, &job->writer, err);
        job->phase_seconds[GW_PHASE_write] = gw_clock() - begin;
    }
    /* Before, nothing is there to clean up: a signal just ends the job. */
    catch_signals();
    return gw_run_job_agree(job, status, err);
}

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
    return gw_compute_tile(job->compute, &asked, work->payload, &work->length, err);
}

static enum gw_status accept_tile(void *context,
                                  uint64_t tile,
                                  const void *payload,
                                  size_t length,
                                  struct gw_error *err)
{
    struct gw_run_job *job = context;
    if (interrupted) {
        return gw_fail(err, GW_INTERRUPTED,
                       "interrupted; nothing of %s is kept, the same line starts over",
                       job->output);
    }
    double begin = gw_clock();
    enum gw_status status = gw_results_accept(job->writer, tile, payload, length, err);
    job->accept_seconds += gw_clock() - begin;
    return status;
}

static void fill_hint(void *context, void *out)
{
    struct gw_run_job *job = context;
    gw_results_bounds(job->writer, out);
}

static void show_progress(void *context, uint64_t done)
{
    struct gw_run_job *job = context;
    gw_progress_update(&job->progress, done);
}

/* What gw_job_run does with one rank, without MPI. */
static enum gw_status
compute_alone(const struct gw_job *tiles, struct gw_rank_work *work, struct gw_error *err)
{
    void *hint = gw_calloc(1, tiles->hint_bytes);
    struct gw_tile_work answer = {.payload = gw_calloc(1, tiles->payload_max),
                                  .hint = tiles->hint_bytes > 0 ? hint : NULL};
    enum gw_status status = GW_OK;
    double begin = gw_clock(), at = begin, reported = begin;
    for (uint64_t tile = 0; tile < tiles->tiles && status == GW_OK; tile++) {
        answer.ahead = tiles->tiles - tile;
        if (tiles->hint_bytes > 0) {
            tiles->hint(tiles->context, hint);
        }
        status = tiles->compute(tiles->context, tile, &answer, err);
        double end = gw_clock();
        work->busy_seconds += end - at;
        work->tiles++;
        if (status == GW_OK) {
            status =
                tiles->accept(tiles->context, tile, answer.payload, answer.length, err);
        }
        at = gw_clock();
        work->coordination_seconds += at - end;
        if (at - reported >= PROGRESS_SECONDS) {
            tiles->progress(tiles->context, work->tiles);
            reported = at;
        }
    }
    work->wall_seconds = gw_clock() - begin;
    free(answer.payload);
    free(hint);
    return status;
}

struct gw_vector_stats gw_run_job_stats(const struct gw_run_job *job)
{
    return gw_compute_stats(job->compute);
}

/* Of this rank up to now; rank 0 adds its writing to the end later. */
static void fill_rank(struct gw_run_job *job,
                      const struct gw_rank_work *work,
                      struct gw_run_rank *out)
{
    struct gw_vector_stats stats = gw_run_job_stats(job);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    *out = (struct gw_run_rank){.tiles = work->tiles,
                                .messages = work->messages,
                                .busy_seconds = work->busy_seconds,
                                .wall_seconds = work->wall_seconds,
                                .coordination_seconds = work->coordination_seconds,
                                .cache_hits = stats.cache.hits,
                                .cache_misses = stats.cache.misses,
                                .cache_bytes = stats.cache.peak_bytes,
                                .reference_rows = stats.reference_rows,
                                .verified_rows = job->compute->verified,
                                .bars = stats.bars,
                                .rss_bytes = (uint64_t)usage.ru_maxrss * 1024};
    gethostname(out->host, sizeof out->host - 1);
    double idle = work->wall_seconds - work->busy_seconds - work->coordination_seconds;
    double *phase = job->phase_seconds;
    phase[GW_PHASE_columns] = stats.columns_seconds;
    phase[GW_PHASE_lanes] = stats.signals_seconds;
    phase[GW_PHASE_simulate] = stats.simulate_seconds;
    phase[GW_PHASE_metrics] = stats.metrics_seconds;
    phase[GW_PHASE_reference] = stats.reference_seconds;
    double engine = stats.columns_seconds + stats.signals_seconds +
                    stats.simulate_seconds + stats.metrics_seconds +
                    stats.reference_seconds;
    phase[GW_PHASE_pack] = fmax(0, work->busy_seconds - engine);
    phase[GW_PHASE_message] = work->coordination_seconds - job->accept_seconds;
    phase[GW_PHASE_wait] = fmax(0, idle);
    phase[GW_PHASE_write] += job->accept_seconds;
    for (int i = 0; i < GW_PHASES; i++) {
        out->phase_seconds[i] = phase[i];
    }
    out->total_seconds = gw_clock() - job->started;
}

static void gather_ranks(struct gw_run_job *job, const struct gw_rank_work *work)
{
    size_t ranks = job->world != NULL ? (size_t)gw_world_size(job->world) : 1;
    struct gw_run_rank *all = gw_calloc(ranks, sizeof *all), mine;
    fill_rank(job, work, &mine);
    all[0] = mine;
    if (job->world != NULL) {
        gw_world_gather(job->world, &mine, sizeof mine, all);
    }
    free(job->record.rank);
    job->record.rank = all;
    job->record.ranks = ranks;
    job->record.compute_seconds = work->wall_seconds;
}

enum gw_status gw_run_job_compute(struct gw_run_job *job, struct gw_error *err)
{
    const struct gw_plan *plan = job->plan;
    if (gw_run_job_leads(job)) {
        uint64_t rows =
            gw_space_count(&plan->space).count * plan->windows * plan->segments;
        gw_progress_start(&job->progress, plan->tiling.tiles, rows, job->quiet);
    }
    struct gw_job tiles = {.tiles = plan->tiling.tiles,
                           .payload_max = gw_plan_payload_max(plan),
                           .hint_bytes = gw_payload_hint_bytes(plan),
                           .context = job,
                           .compute = compute_tile,
                           .accept = accept_tile,
                           .hint = fill_hint,
                           .progress = show_progress};
    struct gw_rank_work work = {0};
    enum gw_status status = job->world != NULL
                                ? gw_job_run(job->world, &tiles, &work, err)
                                : compute_alone(&tiles, &work, err);
    gw_progress_end(&job->progress);
    GW_TRY(status);
    gather_ranks(job, &work);
    return GW_OK;
}

static enum gw_status write_sidecar(struct gw_run_job *job, struct gw_error *err)
{
    struct gw_run_record *record = &job->record;
    char digest[GW_SHA256_HEX];
    gw_experiment_digest(job->experiment, job->panel.header->digest, digest);
    record->program = "gridwalk " GW_VERSION;
    record->experiment = job->experiment->file;
    record->experiment_digest = digest;
    record->bundle = job->bundle.data;
    record->bundle_digest = job->panel.header->digest;
    record->total_seconds = gw_clock() - job->started;
    record->tiles = job->plan->tiling.tiles;
    record->nodes = job->world != NULL ? gw_world_nodes(job->world) : 1;
    record->engine = job->options.reference ? "reference" : "vector";
    record->isa = gw_isa_name();
    record->shared_bundle = job->world == NULL || gw_window_shared(job->window);
    gw_timestamp(record->ended, sizeof record->ended);
    struct gw_text path = {0};
    gw_text_printf(&path, "%s.run.json", job->output);
    enum gw_status status = gw_sidecar_write(path.data, record, err);
    gw_text_clear(&path);
    record->experiment_digest = NULL;
    return status;
}

enum gw_status gw_run_job_finish(struct gw_run_job *job, struct gw_error *err)
{
    double begin = gw_clock();
    struct gw_results_writer *writer = job->writer;
    job->writer = NULL;
    GW_TRY(gw_results_finish(writer, &job->summary, err));
    struct gw_run_record *record = &job->record;
    record->rows = job->summary.rows;
    record->combinations = job->summary.rows / job->plan->windows / job->plan->segments;
    record->rows_failed = job->summary.failed;
    struct gw_run_rank *mine = &record->rank[0];
    mine->phase_seconds[GW_PHASE_write] += gw_clock() - begin;
    mine->total_seconds = gw_clock() - job->started;
    return write_sidecar(job, err);
}

void gw_run_job_clear(struct gw_run_job *job)
{
    gw_results_abandon(job->writer);
    free(job->record.rank);
    if (job->compute != NULL) {
        gw_compute_clear(job->compute);
        free(job->compute);
    }
    gw_plan_free(job->plan);
    gw_portal_free(job->portal);
    gw_window_free(job->window);
    free(job->block);
    gw_experiment_free(job->experiment);
    gw_text_clear(&job->bundle);
    free(job->output);
    *job = (struct gw_run_job){0};
}
