#include "bench.h"

#include "command.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct gw_workload workload_table[] = {
    {"limit", "the yardstick: a loop fused by hand, ten by 64 averages; always run",
     false, false, gw_bench_limit},
    {"memcpy", "copying 128 MiB; always run", false, false, gw_bench_memcpy},
    {"sweep-long", "200,000 bars x 10,000 pairs of averages; metrics basic, then all",
     false, true, gw_bench_sweep_long},
    {"sweep-daily",
     "2,148 bars x 100,000 pairs, the best 1,000 kept; a process of its own", false,
     false, gw_bench_sweep_daily},
    {"sweep-daily-10",
     "2,148 bars x 1,000,000 pairs: on one rank, then on all ranks of the launcher", true,
     true, gw_bench_sweep_daily_10},
    {"portfolio", "500 assets x 2,520 bars x 1,024 pairs, an account each", true, true,
     gw_bench_portfolio},
    {"portfolio-shared", "500 assets x 2,520 bars x 256 pairs on one pool of cash", true,
     true, gw_bench_portfolio_shared},
    {"mix",
     "RSI reversion, Donchian channels, momentum, stops, sizes by volatility: 50,000 "
     "bars x 1,024 each",
     false, true, gw_bench_mix},
    {"seed-grid", "the seed system's grid: 10 assets x 252 bars x 100 pairs", false, true,
     gw_bench_seed_grid},
    {"seed-walk-forward",
     "its walk-forward: 10 assets x 5 windows of 150 bars x 16 pairs", false, true,
     gw_bench_seed_walk_forward},
    {"walk-forward", "40 windows x 1,000 pairs in one run, and in 40 runs", false, false,
     gw_bench_walk_forward},
    {"indicators", "each function that looks back, 100,000 bars, n = 20", false, false,
     gw_bench_indicators},
    {"plugin", "a strategy in C: 1,000,000 bars, the newest read, then two views of 50",
     false, false, gw_bench_plugin},
    {"bundle-load", "8 assets x 6,017 bars probed, read, verified", false, false,
     gw_bench_bundle_load},
    {"scheduler", "1,000,000 empty tiles through the coordinator (starts MPI)", false,
     true, gw_bench_scheduler},
    {"kernel-columns", "for instruction counts: six indicators, 20,000 bars", true, false,
     gw_bench_kernel_columns},
    {"kernel-signals", "for instruction counts: 640 pairs, signals, basic metrics", true,
     false, gw_bench_kernel_signals},
    {"kernel-target", "for instruction counts: 640 pairs, a target, all metrics", true,
     false, gw_bench_kernel_target},
};
enum { WORKLOADS = sizeof workload_table / sizeof workload_table[0] };

bool gw_bench_leads(const struct gw_bench *bench)
{
    return bench->world == NULL || gw_world_rank(bench->world) == 0;
}

enum gw_status
gw_bench_agree(struct gw_bench *bench, enum gw_status status, struct gw_error *err)
{
    return bench->world != NULL ? gw_world_agree(bench->world, status, err) : status;
}

size_t gw_bench_part(const struct gw_bench *bench, size_t count)
{
    double part = floor((double)count * bench->share + 0.5);
    return part < 2 ? 2 : (size_t)part;
}

/* 1.234e9 of a unit as "1.234 Gunit", the number right-aligned. */
static void format_rate(double rate, const char *unit, char *out, size_t size)
{
    static const char *const prefix[] = {"", "k", "M", "G", "T"};
    int step = 0;
    while (rate >= 1000 && step < 4) {
        rate /= 1000;
        step++;
    }
    int digits = rate < 10 ? 3 : rate < 100 ? 2 : 1;
    snprintf(out, size, "%7.*f %s%s", digits, rate, prefix[step], unit);
}

static void print_head(struct gw_text *out)
{
    gw_text_printf(out, "%-22s %-7s %-28s %10s %6s %8s %-5s %s\n", "workload", "metrics",
                   "   rate", "seconds", "limit", "memory", "isa", "check");
}

static void print_record(const struct gw_bench_record *record, struct gw_text *out)
{
    char rate[48], memory[32] = "-", ratio[16] = "-";
    format_rate(record->rate, record->unit, rate, sizeof rate);
    if (record->rss_bytes > 0) {
        gw_format_bytes((double)record->rss_bytes, memory, sizeof memory);
    }
    if (isfinite(record->limit_ratio)) {
        snprintf(ratio, sizeof ratio, "%.3f", record->limit_ratio);
    }
    gw_text_printf(out, "%-22s %-7s %-28s %10.4g %6s %8s %-5s %s\n", record->workload,
                   record->metrics != NULL ? record->metrics : "-", rate, record->seconds,
                   ratio, memory, record->isa,
                   record->check[0] != '\0' ? record->check : "-");
    if (isfinite(record->start_seconds)) {
        gw_text_printf(out, "    start_seconds %.3f\n", record->start_seconds);
    }
    for (size_t i = 0; i < record->figures; i++) {
        gw_text_printf(out, "    %s %.6g\n", record->figure[i].name,
                       record->figure[i].value);
    }
}

enum gw_status gw_bench_add(struct gw_bench *bench,
                            const struct gw_bench_record *record,
                            struct gw_error *err)
{
    struct gw_text line = {0};
    bench->record = gw_grow(bench->record, &bench->capacity, bench->records + 1,
                            sizeof *bench->record);
    struct gw_bench_record *kept = &bench->record[bench->records++];
    *kept = *record;
    kept->isa = gw_isa_name();
    if (bench->json) {
        return GW_OK;
    }
    if (bench->records == 1) {
        print_head(&line);
    }
    print_record(kept, &line);
    return gw_print(&line, err);
}

/* ---- the scratch directory ---- */

/* On one node a place of its own; on several, one that they share: the working
 * directory. */
static enum gw_status make_directory(struct gw_bench *bench, struct gw_error *err)
{
    const char *place = getenv("TMPDIR");
    if (bench->world != NULL && gw_world_nodes(bench->world) > 1) {
        place = ".";
    }
    enum gw_status status = GW_OK;
    if (gw_bench_leads(bench)) {
        gw_text_printf(&bench->directory, "%s/gridwalk-bench-XXXXXX",
                       place != NULL && place[0] != '\0' ? place : "/tmp");
        if (mkdtemp(bench->directory.data) == NULL) {
            status = gw_fail_errno(err, GW_SYSTEM, errno, "cannot make a directory %s",
                                   bench->directory.data);
            gw_text_clear(&bench->directory);
        }
    }
    GW_TRY(gw_bench_agree(bench, status, err));
    if (bench->world != NULL) {
        gw_world_share_text(bench->world, &bench->directory);
    }
    return GW_OK;
}

static void remove_directory(const struct gw_bench *bench)
{
    if (!gw_bench_leads(bench) || bench->directory.length == 0) {
        return;
    }
    char *pattern = gw_bench_path(bench, "*", "");
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            unlink(found.gl_pathv[i]);
        }
    }
    globfree(&found);
    free(pattern);
    rmdir(bench->directory.data);
}

/* ---- the command ---- */

static const struct gw_workload *find_workload(const char *name, struct gw_error *err)
{
    const char *names[WORKLOADS];
    for (size_t i = 0; i < WORKLOADS; i++) {
        names[i] = workload_table[i].name;
        if (strcmp(names[i], name) == 0) {
            return &workload_table[i];
        }
    }
    const char *near = gw_nearest(name, names, WORKLOADS);
    gw_fail(err, GW_USAGE, "unknown workload '%s'%s%s%s", name,
            near != NULL ? "; did you mean '" : "; 'gridwalk bench --list' lists them",
            near != NULL ? near : "", near != NULL ? "'?" : "");
    return NULL;
}

/* One workload. What is rank 0's alone runs as if there were no others. */
static enum gw_status run_workload(struct gw_bench *bench,
                                   const struct gw_workload *which,
                                   struct gw_error *err)
{
    struct gw_world *world = bench->world;
    enum gw_status status = GW_OK;
    if (which->collective) {
        status = which->run(bench, err);
    } else if (gw_bench_leads(bench)) {
        bench->world = NULL;
        status = which->run(bench, err);
        bench->world = world;
    }
    return gw_bench_agree(bench, status, err);
}

static enum gw_status run_chosen(struct gw_bench *bench,
                                 const struct gw_arguments *arguments,
                                 struct gw_error *err)
{
    GW_TRY(gw_bench_agree(bench, gw_isa_choose(NULL, err), err));
    GW_TRY(make_directory(bench, err));
    bool counts = arguments->positionals == 1 &&
                  strncmp(arguments->positional[0], "kernel-", 7) == 0;
    for (size_t i = 0; i < 2 && !counts; i++) {
        GW_TRY(run_workload(bench, &workload_table[i], err));
    }
    for (size_t i = 2; i < WORKLOADS; i++) {
        bool chosen = arguments->positionals == 0 && !workload_table[i].asked_for;
        for (size_t j = 0; j < arguments->positionals; j++) {
            chosen =
                chosen || strcmp(arguments->positional[j], workload_table[i].name) == 0;
        }
        if (chosen) {
            GW_TRY(run_workload(bench, &workload_table[i], err));
        }
    }
    return GW_OK;
}

static enum gw_status
print_json(const struct gw_bench *bench, const char *started, struct gw_error *err)
{
    struct gw_text out = {0};
    struct gw_bench_report report = {.program = GW_RESULTS_PROGRAM,
                                     .compiler = __VERSION__,
                                     .isa = gw_isa_name(),
                                     .share = bench->share,
                                     .record = bench->record,
                                     .records = bench->records};
    snprintf(report.started, sizeof report.started, "%s", started);
    gw_bench_processor(report.processor, sizeof report.processor);
    gw_bench_json(&report, &out);
    return gw_print(&out, err);
}

static enum gw_status list(struct gw_error *err)
{
    struct gw_text out = {0};
    for (size_t i = 0; i < WORKLOADS; i++) {
        gw_text_printf(&out, "%-18s %s%s\n", workload_table[i].name,
                       workload_table[i].help,
                       workload_table[i].asked_for ? " (only when named)" : "");
    }
    return gw_print(&out, err);
}

static bool is_launched(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") != NULL || getenv("PMIX_RANK") != NULL ||
           getenv("PMI_RANK") != NULL;
}

static enum gw_status
take_share(const struct gw_arguments *arguments, double *out, struct gw_error *err)
{
    const char *share = gw_argument(arguments, "share");
    *out = 1;
    if (share != NULL &&
        (!gw_parse_double(share, strlen(share), out) || *out <= 0 || *out > 1)) {
        return gw_fail(err, GW_USAGE, "--share must be above 0 and at most 1, not '%s'",
                       share);
    }
    return GW_OK;
}

static enum gw_status run_bench(const struct gw_arguments *arguments,
                                struct gw_error *err)
{
    struct gw_bench bench = {.json = gw_switch(arguments, "json")};
    char started[24];
    GW_TRY(take_share(arguments, &bench.share, err));
    for (size_t i = 0; i < arguments->positionals; i++) {
        if (find_workload(arguments->positional[i], err) == NULL) {
            return err->status;
        }
    }
    bool launched = is_launched();
    bench.world = launched ? gw_world_open() : NULL;
    gw_die_hook(gw_world_abort);
    gw_timestamp(started, sizeof started);
    enum gw_status status = GW_OK;
    if (gw_switch(arguments, "list")) {
        status = gw_bench_leads(&bench) ? list(err) : GW_OK;
    } else {
        status = run_chosen(&bench, arguments, err);
        if (status == GW_OK && bench.json && gw_bench_leads(&bench)) {
            status = print_json(&bench, started, err);
        }
    }
    remove_directory(&bench);
    gw_text_clear(&bench.directory);
    free(bench.record);
    gw_world_close(bench.late);
    gw_world_close(bench.world);
    return status;
}

static const struct gw_option options[] = {
    {"json", 0, NULL, "one JSON document (docs/formats.md) instead of lines"},
    {"list", 0, NULL, "the workloads, and nothing else"},
    {"share", 0, "S", "only this share of each grid, above 0 and at most 1 (default 1)"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_bench = {
    .name = "bench",
    .positional = "[WORKLOAD]...",
    .help = "how fast this machine runs named workloads",
    .more =
        "  gridwalk bench\n"
        "  gridwalk bench sweep-long mix --json\n"
        "  mpirun -n 2 gridwalk bench sweep-daily-10\n"
        "Without names: all but the slowest (portfolio, portfolio-shared, "
        "sweep-daily-10) and those "
        "whose\n"
        "instructions are counted. Prices are made up from a fixed seed; nothing is "
        "left behind.\n"
        "A workload counts only when combinations of it, run again by the reference "
        "engine,\n"
        "give the same metrics. Seconds are the best of several repeats where they "
        "are short\n"
        "(--json says how many), without reading and planning unless it is said. "
        "'limit' is\n"
        "the rate over that of a loop fused by hand, measured first in the same run.\n"
        "GRIDWALK_ISA=v3 (v4, v2, plain) in the environment forces an instruction set.\n",
    .option = options,
    .run = run_bench,
    .collective = true,
};
