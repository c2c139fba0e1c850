#include "bench.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/bundle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1696-03-17: 200,000 days from here on are dates that files can hold, as weekdays are
 * not. */
static const int32_t FIRST_DAY = -100000;

struct gw_synth gw_bench_walk(size_t bars, size_t assets)
{
    return (struct gw_synth){.kind = GW_SYNTH_WALK,
                             .bars = bars,
                             .assets = assets,
                             .seed = 42,
                             .first = 0,
                             .drift = 0.05,
                             .volatility = 0.2,
                             .periods = 252};
}

struct gw_panel *gw_bench_panel(const struct gw_synth *synth)
{
    struct gw_panel *panel = gw_synth_make(synth);
    for (size_t t = 0; t < panel->T && synth->kind == GW_SYNTH_WALK; t++) {
        panel->session[t] = FIRST_DAY + (int32_t)t;
    }
    gw_panel_set_listing(panel);
    return panel;
}

char *gw_bench_path(const struct gw_bench *bench, const char *name, const char *ending)
{
    struct gw_text path = {0};
    gw_text_printf(&path, "%s/%s%s", bench->directory.data, name, ending);
    return path.data;
}

enum gw_status gw_bench_bundle(struct gw_bench *bench,
                               const char *name,
                               const struct gw_synth *synth,
                               struct gw_error *err)
{
    enum gw_status status = GW_OK;
    if (gw_bench_leads(bench)) {
        char *path = gw_bench_path(bench, name, ".h5");
        struct gw_panel *panel = gw_bench_panel(synth);
        status = gw_bundle_write(path, panel, "", err);
        gw_panel_free(panel);
        free(path);
    }
    return gw_bench_agree(bench, status, err);
}

/* Combination-bars of the whole job, over all assets. */
static double bars_of(const struct gw_plan *plan)
{
    double bars = 0;
    for (size_t w = 0; w < plan->windows; w++) {
        for (size_t s = 0; s < plan->segments; s++) {
            bars += (double)(plan->window[w].end[s] - plan->window[w].begin[s] + 1);
        }
    }
    return bars * (double)plan->assets * (double)gw_space_count(&plan->space).count;
}

/* Rank 0, after the first repeat: the file is whole; what came of the run. */
static enum gw_status take_outcome(struct gw_run_job *job,
                                   const struct gw_bench_case *which,
                                   struct gw_bench_outcome *out,
                                   struct gw_error *err)
{
    out->bars = bars_of(job->plan);
    out->stats = gw_run_job_stats(job);
    out->ranks = (int)job->record.ranks;
    for (size_t r = 0; r < job->record.ranks; r++) {
        uint64_t bytes = job->record.rank[r].rss_bytes;
        out->rss_bytes = bytes > out->rss_bytes ? bytes : out->rss_bytes;
    }
    return gw_bench_judge(job, which->samples, out->check, err);
}

static enum gw_status start_job(struct gw_run_job *job,
                                const struct gw_bench_case *which,
                                double *cpu_out,
                                struct gw_error *err)
{
    struct gw_text file = {0};
    gw_text_printf(&file, "%.*s.yaml", (int)strlen(job->output) - 3, job->output);
    enum gw_status status = gw_experiment_parse(
        file.data, which->text.data, which->text.length, NULL, &job->experiment, err);
    gw_text_clear(&file);
    GW_TRY(status);
    gw_text_printf(&job->bundle, "%s", job->experiment->bundle);
    GW_TRY(gw_run_job_load(job, err));
    GW_TRY(gw_run_job_plan(job, err));
    GW_TRY(gw_run_job_open(job, err));
    double begin = gw_bench_cpu();
    GW_TRY(gw_run_job_compute(job, err));
    *cpu_out = gw_bench_cpu() - begin;
    return GW_OK;
}

/* One repeat. */
static enum gw_status run_once(struct gw_bench *bench,
                               const struct gw_bench_case *which,
                               struct gw_bench_outcome *out,
                               struct gw_error *err)
{
    struct gw_run_job job = {.world = which->alone ? NULL : bench->world,
                             .quiet = true,
                             .started = gw_clock(),
                             .output = gw_strdup(out->results)};
    gw_timestamp(job.record.started, sizeof job.record.started);
    double cpu = INFINITY;
    enum gw_status status = start_job(&job, which, &cpu, err);
    if (status == GW_OK && gw_run_job_leads(&job)) {
        bool first = isinf(out->wall_seconds);
        status = gw_run_job_finish(&job, err);
        out->wall_seconds = fmin(out->wall_seconds, gw_clock() - job.started);
        out->compute_seconds = fmin(out->compute_seconds, job.record.compute_seconds);
        out->cpu_seconds = fmin(out->cpu_seconds, cpu);
        if (status == GW_OK && first) {
            status = take_outcome(&job, which, out, err);
        }
    }
    status = gw_run_job_agree(&job, status, err);
    gw_run_job_clear(&job);
    return status;
}

enum gw_status gw_bench_case(struct gw_bench *bench,
                             const struct gw_bench_case *which,
                             struct gw_bench_outcome *out,
                             struct gw_error *err)
{
    *out = (struct gw_bench_outcome){.compute_seconds = INFINITY,
                                     .cpu_seconds = INFINITY,
                                     .wall_seconds = INFINITY,
                                     .results =
                                         gw_bench_path(bench, which->name, ".out.h5")};
    enum gw_status status = GW_OK;
    gw_bench_watch();
    for (int i = 0; i < which->repeats && status == GW_OK; i++) {
        if (!which->alone || gw_bench_leads(bench)) {
            status = run_once(bench, which, out, err);
        }
        if (which->alone) {
            status = gw_bench_agree(bench, status, err);
        }
    }
    return status;
}

struct gw_bench_record gw_bench_record_of(const struct gw_bench_case *which,
                                          const struct gw_bench_outcome *outcome,
                                          double limit)
{
    struct gw_bench_record record = {.unit = "combo-bars/s",
                                     .rate = outcome->bars / outcome->compute_seconds,
                                     .seconds = outcome->compute_seconds,
                                     .cpu_seconds = outcome->cpu_seconds,
                                     .repeats = which->repeats,
                                     .rss_bytes = outcome->rss_bytes,
                                     .ranks = outcome->ranks,
                                     .start_seconds = NAN};
    snprintf(record.workload, sizeof record.workload, "%s", which->name);
    memcpy(record.check, outcome->check, sizeof record.check);
    record.limit_ratio = limit > 0 ? record.rate / limit : NAN;
    return record;
}
