#include "job.h"

#include "compute.h"
#include "stop.h"
#include "tiles.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/sched/window.h"
#include "gridwalk/store/bundle.h"

#include <stdlib.h>
#include <sys/resource.h>

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
    /* Asks the plug-in, on each rank the one that lies there. */
    GW_TRY(gw_run_job_agree(
        job, gw_plan_make(job->experiment, &job->panel, job->portal, &job->plan, err),
        err));
    job->compute = gw_calloc(1, sizeof *job->compute);
    gw_compute_init(job->compute, job->plan, job->portal, &job->options);
    job->phase_seconds[GW_PHASE_plan] = gw_clock() - begin;
    return GW_OK;
}

/* Rank 0: which run this is. */
static void identify(struct gw_run_job *job)
{
    const char *bundle = job->panel.header->digest;
    gw_experiment_canonical(job->experiment, &job->canonical);
    gw_experiment_digest(job->experiment, bundle, job->digest);
    job->identity = (struct gw_run_identity){
        .program = GW_RESULTS_PROGRAM,
        .semantics = GW_RESULTS_SEMANTICS,
        .engine = job->options.reference ? "reference" : "vector",
        .bundle_digest = bundle,
        .experiment_digest = job->digest,
        .canonical = job->canonical.data,
        .journal = job->journal};
}

static enum gw_status open_alone(struct gw_run_job *job, struct gw_error *err)
{
    identify(job);
    if (job->journal && !job->fresh) {
        GW_TRY(gw_results_complete(job->output, &job->identity, &job->complete,
                                   &job->summary.failed, err));
    }
    const struct gw_intake_setup setup = {.output = job->output,
                                          .plan = job->plan,
                                          .panel = &job->panel,
                                          .portal = job->portal,
                                          .identity = &job->identity,
                                          .journal = job->journal,
                                          .fresh = job->fresh,
                                          .fail_fast = job->fail_fast};
    if (job->complete) {
        bool begun;
        GW_TRY(gw_intake_is_begun(&setup, &begun, err));
        job->complete = !begun;
    }
    if (job->complete) {
        return GW_OK;
    }
    return gw_intake_open(&job->intake, &setup, err);
}

enum gw_status gw_run_job_open(struct gw_run_job *job, struct gw_error *err)
{
    enum gw_status status = GW_OK;
    /* Before, nothing is there to clean up: a signal just ends the job. */
    gw_stop_watch();
    if (gw_run_job_leads(job)) {
        double begin = gw_clock();
        status = open_alone(job, err);
        job->phase_seconds[GW_PHASE_write] = gw_clock() - begin;
    }
    GW_TRY(gw_run_job_agree(job, status, err));
    if (job->world != NULL) {
        gw_world_broadcast(job->world, &job->complete, sizeof job->complete);
    }
    return GW_OK;
}

enum gw_status gw_run_job_compute(struct gw_run_job *job, struct gw_error *err)
{
    const struct gw_plan *plan = job->plan;
    bool leads = gw_run_job_leads(job);
    size_t ranks = job->world != NULL ? (size_t)gw_world_size(job->world) : 1;
    job->computing = gw_clock();
    if (leads) {
        uint64_t rows =
            gw_space_count(&plan->space).count * plan->windows * plan->segments;
        gw_progress_start(&job->progress, plan->tiling.tiles, rows, job->intake.kept,
                          job->quiet);
        gw_live_start(&job->tell, job->live ? job->output : NULL, job->experiment->name,
                      plan->tiling.tiles, rows);
        free(job->record.rank);
        job->record.rank = gw_calloc(ranks, sizeof *job->record.rank);
        job->record.ranks = ranks;
    }
    enum gw_status status = gw_tiles_run(job, err);
    gw_progress_end(&job->progress);
    job->record.compute_seconds = gw_clock() - job->computing;
    if (leads && status != GW_OK) {
        struct gw_error ignored; /* the first failure is the one to tell */
        (void)!gw_intake_commit(&job->intake, &ignored);
    }
    return status;
}

static enum gw_status write_sidecar(struct gw_run_job *job, struct gw_error *err)
{
    struct gw_run_record *record = &job->record;
    record->program = job->identity.program;
    record->experiment = job->experiment->file;
    record->experiment_digest = job->digest;
    record->bundle = job->bundle.data;
    record->bundle_digest = job->panel.header->digest;
    record->total_seconds = gw_clock() - job->started;
    record->tiles = job->plan->tiling.tiles;
    record->nodes = job->world != NULL ? gw_world_nodes(job->world) : 1;
    record->engine = job->identity.engine;
    record->library = job->experiment->rules.plugin.library;
    record->plugin = job->plan->plugin.name[0] != '\0' ? job->plan->plugin.name : NULL;
    record->isa = gw_isa_name();
    record->shared_bundle = job->world == NULL || gw_window_shared(job->window);
    gw_timestamp(record->ended, sizeof record->ended);
    struct gw_text path = {0};
    gw_text_printf(&path, "%s.run.json", job->output);
    enum gw_status status = gw_sidecar_write(path.data, record, err);
    gw_text_clear(&path);
    return status;
}

/* Before the journal goes. */
static void fill_safety(struct gw_run_job *job)
{
    struct gw_run_record *record = &job->record;
    record->tiles_kept = job->intake.kept;
    record->lost = job->view.lost;
    record->again = job->view.again;
    record->set_aside = job->view.set_aside;
    record->live_seconds = job->tell.seconds;
    struct gw_journal_facts facts = gw_intake_facts(&job->intake);
    record->runs = facts.runs > 0 ? facts.runs : 1;
    record->journal_bytes = facts.bytes;
    record->commits = facts.commits;
    record->commit_seconds = facts.commit_seconds;
    record->commit_longest = facts.commit_longest;
}

/* limits.memory is for computing first and for choosing then, not for both at once. */
static void drop_compute(struct gw_run_job *job)
{
    if (job->compute != NULL) {
        job->stats = gw_compute_stats(job->compute);
        gw_compute_clear(job->compute);
        free(job->compute);
        job->compute = NULL;
    }
}

/* Of this process up to now, which choosing may have raised. */
static uint64_t peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

enum gw_status gw_run_job_finish(struct gw_run_job *job, struct gw_error *err)
{
    double begin = gw_clock();
    drop_compute(job);
    fill_safety(job);
    gw_live_state(&job->tell, GW_RUN_writing, -1, NULL);
    GW_TRY(gw_intake_finish(&job->intake, &job->summary, err));
    struct gw_run_record *record = &job->record;
    record->rows = job->summary.rows;
    record->combinations = job->summary.rows / job->plan->windows / job->plan->segments;
    record->rows_failed = job->summary.failed;
    struct gw_run_rank *mine = &record->rank[0];
    mine->phase_seconds[GW_PHASE_write] += gw_clock() - begin;
    mine->rss_bytes = peak_bytes();
    mine->total_seconds = gw_clock() - job->started;
    return write_sidecar(job, err);
}

struct gw_vector_stats gw_run_job_stats(const struct gw_run_job *job)
{
    return job->compute != NULL ? gw_compute_stats(job->compute) : job->stats;
}

void gw_run_job_clear(struct gw_run_job *job)
{
    gw_intake_close(&job->intake);
    gw_live_free(&job->tell);
    gw_text_clear(&job->canonical);
    free(job->record.rank);
    drop_compute(job);
    gw_plan_free(job->plan);
    gw_portal_free(job->portal);
    gw_window_free(job->window);
    free(job->block);
    gw_experiment_free(job->experiment);
    gw_text_clear(&job->bundle);
    free(job->output);
    *job = (struct gw_run_job){0};
}
