/* One asset, averages that cross: the workloads that the yardstick can also do. */
#include "bench.h"
#include "bench_limit.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/engine/measure.h"
#include "gridwalk/engine/reference.h"
#include "gridwalk/kernel/kernel.h"
#include "gridwalk/store/files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONG_BARS = 200000,
    DAILY_BARS = 2148,
    FASTS = 10,
    REPEATS = 3,
    LIMIT_REPEATS = 5,
    SAMPLES = 5
};

static const double FEE_BPS = 10;

/* A range of whole numbers. */
struct range {
    size_t from, count, step;
};

static size_t range_value(struct range range, size_t i)
{
    return range.from + i * range.step;
}

static void write_cross(struct gw_text *out,
                        const char *bundle,
                        struct range fast,
                        struct range slow,
                        const char *rest)
{
    gw_text_printf(out,
                   "bundle: %s.h5\n"
                   "strategy:\n"
                   "  parameters:\n"
                   "    fast: {from: %zu, to: %zu, step: %zu}\n"
                   "    slow: {from: %zu, to: %zu, step: %zu}\n"
                   "  signals:\n"
                   "    enter_long: crosses_above(sma(close, fast), sma(close, slow))\n"
                   "    exit_long: crosses_below(sma(close, fast), sma(close, slow))\n"
                   "execution: {price: close, delay: 0}\n"
                   "costs: {commission_bps: %g}\n"
                   "%s",
                   bundle, fast.from, range_value(fast, fast.count - 1), fast.step,
                   slow.from, range_value(slow, slow.count - 1), slow.step, FEE_BPS,
                   rest);
}

/* ---- the yardstick ---- */

/* Of each grid: ten fast averages, spread, against the first 64 slow ones. */
struct yardstick {
    const char *name;
    size_t bars;
    struct range fast, slow;
    struct gw_panel *panel;
    double *column; /* all averages */
    const double *fasts[FASTS], *slows[GW_LANES];
    double (*metric)[GW_METRICS];
    double average_seconds, seconds, cpu_seconds;
};

static void make_averages(struct yardstick *yardstick)
{
    const double *close = gw_panel_column(yardstick->panel, GW_CLOSE, 0);
    size_t T = yardstick->bars;
    yardstick->column = gw_calloc((FASTS + GW_LANES) * T, sizeof(double));
    double begin = gw_clock();
    for (size_t i = 0; i < FASTS + GW_LANES; i++) {
        double *out = yardstick->column + i * T;
        double n = (double)(i < FASTS ? range_value(yardstick->fast, i)
                                      : range_value(yardstick->slow, i - FASTS));
        gw_kernel_sma(&close, &n, T, out);
        *(i < FASTS ? &yardstick->fasts[i] : &yardstick->slows[i - FASTS]) = out;
    }
    yardstick->average_seconds = gw_clock() - begin;
}

static void run_yardstick(struct yardstick *yardstick)
{
    struct gw_limit limit = {.close = gw_panel_column(yardstick->panel, GW_CLOSE, 0),
                             .bars = yardstick->bars,
                             .fast = yardstick->fasts,
                             .fasts = FASTS,
                             .slow = yardstick->slows,
                             .fee = FEE_BPS / 1e4,
                             .capital = 100000,
                             .periods = 252};
    size_t pairs = FASTS * GW_LANES;
    yardstick->metric = gw_calloc(pairs, sizeof *yardstick->metric);
    yardstick->seconds = yardstick->cpu_seconds = INFINITY;
    for (int i = 0; i < LIMIT_REPEATS; i++) {
        double begin = gw_clock(), used = gw_bench_cpu();
        gw_limit_run(&limit, yardstick->metric);
        yardstick->seconds = fmin(yardstick->seconds, gw_clock() - begin);
        yardstick->cpu_seconds = fmin(yardstick->cpu_seconds, gw_bench_cpu() - used);
    }
}

static enum gw_status judge_pair(const struct yardstick *yardstick,
                                 const struct gw_plan *plan,
                                 struct gw_reference *reference,
                                 size_t pair,
                                 struct gw_error *err)
{
    double value[GW_MAX_PARAMETERS] = {
        (double)range_value(yardstick->fast, pair / GW_LANES),
        (double)range_value(yardstick->slow, pair % GW_LANES)};
    struct gw_row row;
    gw_reference_run(reference, value, plan->window[0].begin[0], plan->window[0].end[0],
                     &row);
    for (size_t i = 0; i < plan->experiment->metrics; i++) {
        enum gw_metric metric = plan->experiment->metric[i];
        double found = yardstick->metric[pair][metric];
        if (!gw_agrees(metric, found, row.metric[metric])) {
            return gw_fail(err, GW_DATA,
                           "%s: fast=%g, slow=%g: %s is %.17g, by the reference engine "
                           "%.17g",
                           yardstick->name, value[0], value[1],
                           gw_metric_info[metric].name, found, row.metric[metric]);
        }
    }
    return GW_OK;
}

/* The yardstick counts only if it does the same as the reference engine. */
static enum gw_status judge_yardstick(const struct yardstick *yardstick,
                                      struct gw_error *err)
{
    struct gw_text text = {0};
    struct gw_experiment *experiment = NULL;
    struct gw_portal *portal = gw_portal_new(yardstick->panel, GW_ADJUSTED);
    struct gw_plan *plan = NULL;
    struct gw_reference *reference = NULL;
    write_cross(&text, "none", yardstick->fast, yardstick->slow, "metrics: basic\n");
    enum gw_status status =
        gw_experiment_parse("limit.yaml", text.data, text.length, NULL, &experiment, err);
    if (status == GW_OK) {
        status = gw_plan_make(experiment, yardstick->panel, portal, &plan, err);
    }
    if (status == GW_OK) {
        reference = gw_bench_reference(plan, portal);
    }
    for (size_t i = 0; i < SAMPLES && status == GW_OK; i++) {
        size_t pair = i * (FASTS * GW_LANES - 1) / (SAMPLES - 1);
        status = judge_pair(yardstick, plan, reference, pair, err);
    }
    gw_reference_free(reference);
    gw_plan_free(plan);
    gw_portal_free(portal);
    gw_experiment_free(experiment);
    gw_text_clear(&text);
    return status;
}

static enum gw_status measure_yardstick(struct gw_bench *bench,
                                        struct yardstick *yardstick,
                                        double *rate_out,
                                        struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(yardstick->bars, 1);
    gw_bench_watch();
    yardstick->panel = gw_bench_panel(&synth);
    make_averages(yardstick);
    run_yardstick(yardstick);
    enum gw_status status = judge_yardstick(yardstick, err);
    size_t pairs = FASTS * GW_LANES;
    *rate_out = (double)(pairs * yardstick->bars) / yardstick->seconds;
    struct gw_bench_record record = {.unit = "combo-bars/s",
                                     .rate = *rate_out,
                                     .seconds = yardstick->seconds,
                                     .cpu_seconds = yardstick->cpu_seconds,
                                     .repeats = LIMIT_REPEATS,
                                     .limit_ratio = 1,
                                     .rss_bytes = gw_bench_peak(),
                                     .metrics = "basic",
                                     .ranks = 1,
                                     .start_seconds = NAN};
    snprintf(record.workload, sizeof record.workload, "%s", yardstick->name);
    gw_bench_figure(&record, "average_seconds", yardstick->average_seconds);
    double sharpe[FASTS * GW_LANES];
    for (size_t i = 0; i < pairs; i++) {
        sharpe[i] = yardstick->metric[i][GW_METRIC_sharpe];
    }
    gw_bench_digest(sharpe, pairs, record.check);
    gw_panel_free(yardstick->panel);
    free(yardstick->column);
    free(yardstick->metric);
    return status == GW_OK ? gw_bench_add(bench, &record, err) : status;
}

enum gw_status gw_bench_limit(struct gw_bench *bench, struct gw_error *err)
{
    struct yardstick many = {.name = "limit",
                             .bars = LONG_BARS,
                             .fast = {5, 10, 10},
                             .slow = {110, GW_LANES, 5}};
    struct yardstick daily = {.name = "limit-daily",
                              .bars = DAILY_BARS,
                              .fast = {2, 10, 25},
                              .slow = {252, GW_LANES, 1}};
    GW_TRY(measure_yardstick(bench, &many, &bench->limit, err));
    return measure_yardstick(bench, &daily, &bench->limit_daily, err);
}

/* ---- the sweeps ---- */

enum gw_status gw_bench_sweep_long(struct gw_bench *bench, struct gw_error *err)
{
    static const char *const metrics[] = {"basic", "all"};
    struct gw_synth synth = gw_bench_walk(LONG_BARS, 1);
    struct range fast = {5, gw_bench_part(bench, 100), 1}, slow = {110, 100, 5};
    GW_TRY(gw_bench_bundle(bench, "sweep-long", &synth, err));
    for (size_t i = 0; i < 2; i++) {
        char rest[64];
        snprintf(rest, sizeof rest, "metrics: %s\n", metrics[i]);
        struct gw_bench_case which = {
            .name = "sweep-long", .repeats = REPEATS, .samples = SAMPLES};
        struct gw_bench_outcome outcome;
        write_cross(&which.text, "sweep-long", fast, slow, rest);
        enum gw_status status = gw_bench_case(bench, &which, &outcome, err);
        if (status == GW_OK && gw_bench_leads(bench)) {
            struct gw_bench_record record =
                gw_bench_record_of(&which, &outcome, bench->limit);
            record.metrics = metrics[i];
            status = gw_bench_add(bench, &record, err);
        }
        free(outcome.results);
        gw_text_clear(&which.text);
        GW_TRY(gw_bench_agree(bench, status, err));
    }
    return GW_OK;
}

/* Judge the file that another process wrote. */
static enum gw_status judge_file(struct gw_bench *bench,
                                 const struct gw_text *text,
                                 struct gw_bench_record *record,
                                 double *bars_out,
                                 struct gw_error *err)
{
    struct gw_run_job job = {.output = gw_bench_path(bench, "sweep-daily", ".out.h5"),
                             .quiet = true};
    char *file = gw_bench_path(bench, "sweep-daily", ".yaml");
    enum gw_status status =
        gw_experiment_parse(file, text->data, text->length, NULL, &job.experiment, err);
    free(file);
    if (status == GW_OK) {
        gw_text_printf(&job.bundle, "%s", job.experiment->bundle);
        status = gw_run_job_load(&job, err);
    }
    if (status == GW_OK) {
        job.portal = gw_portal_new(&job.panel, job.experiment->rules.basis);
        status = gw_plan_make(job.experiment, &job.panel, job.portal, &job.plan, err);
    }
    if (status == GW_OK) {
        *bars_out = (double)job.panel.T * (double)gw_space_count(&job.plan->space).count;
        status = gw_bench_judge(&job, SAMPLES, record->check, err);
    }
    gw_run_job_clear(&job);
    return status;
}

static enum gw_status time_process(struct gw_bench *bench,
                                   const struct gw_text *text,
                                   struct gw_bench_record *record,
                                   double *compute_out,
                                   struct gw_error *err)
{
    char *file = gw_bench_path(bench, "sweep-daily", ".yaml");
    char *results = gw_bench_path(bench, "sweep-daily", ".out.h5");
    char *side = gw_bench_path(bench, "sweep-daily", ".out.h5.run.json");
    char *argv[] = {"gridwalk", "run", file, "-o", results, "-q", NULL};
    enum gw_status status = gw_file_write(file, text->data, text->length, err);
    record->seconds = INFINITY;
    *compute_out = INFINITY;
    for (int i = 0; i < REPEATS && status == GW_OK; i++) {
        struct gw_bench_process process = {0};
        struct gw_run_times times = {0};
        status = gw_bench_process(argv, &process, err);
        if (status == GW_OK) {
            status = gw_sidecar_times(side, &times, err);
        }
        if (process.wall_seconds < record->seconds) {
            record->seconds = process.wall_seconds;
            record->start_seconds =
                process.wall_seconds - times.total_seconds + times.start_seconds;
        }
        *compute_out = fmin(*compute_out, times.compute_seconds);
        record->rss_bytes =
            process.rss_bytes > record->rss_bytes ? process.rss_bytes : record->rss_bytes;
    }
    free(file);
    free(results);
    free(side);
    return status;
}

static const char best_only[] = "metrics: basic\noutput: {keep: {top: 1000}}\n";

enum gw_status gw_bench_sweep_daily(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(DAILY_BARS, 1);
    struct range fast = {2, gw_bench_part(bench, 250), 1}, slow = {252, 400, 1};
    struct gw_text text = {0};
    struct gw_bench_record record = {.workload = "sweep-daily",
                                     .unit = "combo-bars/s",
                                     .metrics = "basic",
                                     .cpu_seconds = NAN,
                                     .repeats = REPEATS,
                                     .ranks = 1};
    double compute, bars = 0;
    GW_TRY(gw_bench_bundle(bench, "sweep-daily", &synth, err));
    write_cross(&text, "sweep-daily", fast, slow, best_only);
    enum gw_status status = time_process(bench, &text, &record, &compute, err);
    if (status == GW_OK) {
        status = judge_file(bench, &text, &record, &bars, err);
    }
    gw_text_clear(&text);
    GW_TRY(status);
    record.rate = bars / compute;
    record.limit_ratio = bench->limit_daily > 0 ? record.rate / bench->limit_daily : NAN;
    gw_bench_figure(&record, "compute_seconds", compute);
    return gw_bench_add(bench, &record, err);
}

enum gw_status gw_bench_sweep_daily_10(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(DAILY_BARS, 1);
    struct range fast = {2, gw_bench_part(bench, 1000), 1}, slow = {1002, 1000, 1};
    struct gw_bench_case which = {
        .name = "sweep-daily-10", .repeats = 1, .samples = SAMPLES, .alone = true};
    struct gw_bench_outcome one, all = {0};
    GW_TRY(gw_bench_bundle(bench, "sweep-daily-10", &synth, err));
    write_cross(&which.text, "sweep-daily-10", fast, slow, best_only);
    enum gw_status status = gw_bench_case(bench, &which, &one, err);
    bool ranks = bench->world != NULL && gw_world_size(bench->world) > 1;
    if (status == GW_OK && ranks) {
        which.alone = false;
        status = gw_bench_case(bench, &which, &all, err);
    }
    if (status == GW_OK && gw_bench_leads(bench)) {
        const struct gw_bench_outcome *out = ranks ? &all : &one;
        struct gw_bench_record record =
            gw_bench_record_of(&which, out, bench->limit_daily);
        record.metrics = "basic";
        if (ranks && strcmp(one.check, all.check) != 0) {
            status = gw_fail(err, GW_DATA, "sweep-daily-10: the ranks' results differ");
        } else if (ranks) {
            gw_bench_figure(&record, "seconds_alone", one.compute_seconds);
            gw_bench_figure(&record, "efficiency",
                            one.compute_seconds /
                                (all.compute_seconds * (double)all.ranks));
        }
        status = status == GW_OK ? gw_bench_add(bench, &record, err) : status;
    }
    gw_text_clear(&which.text);
    free(one.results);
    free(all.results);
    return gw_bench_agree(bench, status, err);
}
