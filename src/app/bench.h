/**
 * The bench: named workloads over made-up prices, each driven the way `run` drives it,
 * each judged by the reference engine before its figure counts.
 */
#ifndef GRIDWALK_APP_BENCH_H
#define GRIDWALK_APP_BENCH_H

#include "job.h"

#include "gridwalk/market/synth.h"
#include "gridwalk/store/bench_record.h"

/** What the workloads of one call share. */
struct gw_bench {
    struct gw_world *world; /* NULL: no launcher started us */
    struct gw_world *late;  /* started for the one workload that needs messages */
    bool json;
    double share;                   /* of each grid, 0 to 1 */
    struct gw_text directory;       /* scratch; every rank knows it */
    double limit, limit_daily;      /* rates of the yardstick in this run */
    struct gw_bench_record *record; /* [records] */
    size_t records, capacity;
};

/** A workload; on every rank of a launcher. Those that do not compute with all ranks are
 * rank 0's alone. */
struct gw_workload {
    const char *name;
    const char *help;
    bool asked_for; /* not in `gridwalk bench` without names */
    bool collective;
    enum gw_status (*run)(struct gw_bench *bench, struct gw_error *err);
};

bool gw_bench_leads(const struct gw_bench *bench);

/** As gw_run_job_agree. */
enum gw_status gw_bench_agree(struct gw_bench *bench,
                              enum gw_status status,
                              struct gw_error *err) GW_MUST_CHECK;

/** Take a finished line: keeps it for the JSON document, or prints it. Rank 0 only. */
enum gw_status gw_bench_add(struct gw_bench *bench,
                            const struct gw_bench_record *record,
                            struct gw_error *err) GW_MUST_CHECK;

/** `count` cut to the share that is to be run, at least 2: a range has no fewer. */
size_t gw_bench_part(const struct gw_bench *bench, size_t count);

/* ---- bench_case.c: an experiment, run as `run` runs it ---- */

/** Geometric walks from the bench's one seed. */
struct gw_synth gw_bench_walk(size_t bars, size_t assets);

/** Their panel, on every day of the calendar. */
struct gw_panel *gw_bench_panel(const struct gw_synth *synth);

/** "DIRECTORY/NAMEending"; free it. */
char *gw_bench_path(const struct gw_bench *bench, const char *name, const char *ending);

/** Write the bundle NAME.h5 into the scratch directory.  Rank: Collective. */
enum gw_status gw_bench_bundle(struct gw_bench *bench,
                               const char *name,
                               const struct gw_synth *synth,
                               struct gw_error *err) GW_MUST_CHECK;

/** One experiment, and how often it is run. */
struct gw_bench_case {
    const char *name;
    struct gw_text text; /* the experiment; its bundle stands in the scratch directory */
    int repeats;         /* at least 1: the best counts */
    int samples;         /* combinations that the reference engine repeats */
    bool alone;          /* rank 0 without the others, who wait */
};

/** What came of it, on rank 0. */
struct gw_bench_outcome {
    double compute_seconds, cpu_seconds; /* the best */
    double wall_seconds;          /* the best, from the parsed text to the written file */
    double bars;                  /* combination-bars over all assets */
    struct gw_vector_stats stats; /* of rank 0, first repeat */
    uint64_t rss_bytes;           /* largest of all ranks, since the case began */
    char check[17];               /* digest of status and objective of all kept rows */
    int ranks;
    char *results; /* path; free it */
};

/** Run a case; errors if the reference engine disagrees.  Rank: Collective. */
enum gw_status gw_bench_case(struct gw_bench *bench,
                             const struct gw_bench_case *which,
                             struct gw_bench_outcome *out,
                             struct gw_error *err) GW_MUST_CHECK;

/** A line from an outcome: rate, seconds, check ...; limit: the yardstick's rate or 0. */
struct gw_bench_record gw_bench_record_of(const struct gw_bench_case *which,
                                          const struct gw_bench_outcome *outcome,
                                          double limit);

/* ---- bench_judge.c ---- */

/** A reference engine for a plan. */
struct gw_reference *gw_bench_reference(const struct gw_plan *plan,
                                        const struct gw_portal *portal);

/** 16 hex digits of numbers; the same for any NaN. */
void gw_bench_digest(const double *value, size_t count, char out[17]);

/** Compare `samples` combinations of a results file with the reference engine, and digest
 * the file's status and objective. Errors: GW_DATA, naming the first value that differs.
 */
enum gw_status gw_bench_judge(const struct gw_run_job *job,
                              int samples,
                              char check_out[17],
                              struct gw_error *err) GW_MUST_CHECK;

/* ---- bench_process.c ---- */

/** Begin to watch this process's peak memory; read it, in bytes. */
void gw_bench_watch(void);
uint64_t gw_bench_peak(void);

/** Processor time this process has used, in seconds: other load on the machine is not in
 * it. */
double gw_bench_cpu(void);

/** A process of its own. */
struct gw_bench_process {
    double wall_seconds;
    uint64_t rss_bytes;
};

/** Run this program with other arguments (argv[0] included, NULL at the end), as one rank
 * without a launcher. Errors: GW_SYSTEM, also when it exits with another code than 0. */
enum gw_status gw_bench_process(char *const *argv,
                                struct gw_bench_process *out,
                                struct gw_error *err) GW_MUST_CHECK;

/** The processor's name, as the system tells it; size >= 1. */
void gw_bench_processor(char *out, size_t size);

/* ---- the workloads ---- */

enum gw_status gw_bench_limit(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_memcpy(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_sweep_long(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_sweep_daily(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_sweep_daily_10(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_portfolio(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_portfolio_shared(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_mix(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_seed_grid(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_seed_walk_forward(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_walk_forward(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_indicators(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_plugin(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_bundle_load(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_scheduler(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_kernel_columns(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_kernel_signals(struct gw_bench *bench, struct gw_error *err);
enum gw_status gw_bench_kernel_target(struct gw_bench *bench, struct gw_error *err);

#endif
