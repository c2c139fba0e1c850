/* The main job: every rank the same plan, rank 0 the coordinator and the only writer. */
#include "command.h"
#include "job.h"
#include "profile.h"
#include "source.h"
#include "warnings.h"

#include "gridwalk/base/time.h"
#include "gridwalk/report/tables.h"
#include "gridwalk/store/format.h"
#include "gridwalk/store/results.h"

#include <glob.h>
#include <string.h>

struct run {
    const struct gw_arguments *arguments;
    struct gw_run_job job;
    struct gw_text text; /* the experiment's bytes */
    bool leads;          /* rank 0 */
};

static enum gw_status
say(const struct run *run, struct gw_text *text, struct gw_error *err)
{
    enum gw_status status = GW_OK;
    if (run->leads && !run->job.quiet && text->length > 0) {
        status = gw_print(text, err);
    }
    gw_text_clear(text);
    return status;
}

/* What an interrupted run has left beside the output. */
static void note_leftovers(const struct run *run, struct gw_text *note)
{
    struct gw_text pattern = {0};
    glob_t found = {0};
    for (const char *c = run->job.output; *c != '\0'; c++) {
        gw_text_printf(&pattern, strchr("*?[]\\", *c) != NULL ? "\\%c" : "%c", *c);
    }
    gw_text_printf(&pattern, ".tmp.*");
    if (glob(pattern.data, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            gw_text_printf(
                note,
                "%s is left from a run that was cut off (or belongs to one that "
                "still runs); this run starts over\n",
                found.gl_pathv[i]);
        }
    }
    globfree(&found);
    gw_text_clear(&pattern);
}

/* Rank 0: the bundle's path; what was done for it is said even when it then fails. */
static enum gw_status find_bundle(struct run *run, struct gw_error *err)
{
    struct gw_text note = {0};
    struct gw_error ignored;
    GW_TRY(gw_format_check_output(run->job.output, GW_FORMAT_RESULTS, err));
    note_leftovers(run, &note);
    enum gw_status status =
        gw_source_bundle(run->job.experiment, &run->job.bundle, &note, err);
    enum gw_status said = say(run, &note, status == GW_OK ? err : &ignored);
    GW_TRY(status);
    GW_TRY(said);
    /* The bundle just made may be what the output names. */
    return gw_format_check_output(run->job.output, GW_FORMAT_RESULTS, err);
}

/* Rank 0 finds the inputs; every rank parses the same bytes. */
static enum gw_status read_inputs(struct run *run, struct gw_error *err)
{
    const char *path = run->arguments->positional[0];
    enum gw_status status = run->leads ? gw_source_read(path, &run->text, err) : GW_OK;
    GW_TRY(gw_world_agree(run->job.world, status, err));
    gw_world_share_text(run->job.world, &run->text);
    GW_TRY(gw_source_parse(path, &run->text, run->arguments, &run->job.experiment, err));
    struct gw_text name = {0};
    const char *output = gw_argument(run->arguments, "output");
    gw_text_printf(&name, output != NULL ? "%s" : "%s.h5",
                   output != NULL ? output : run->job.experiment->name);
    run->job.output = name.data;
    status = GW_OK;
    if (run->leads) {
        status = find_bundle(run, err);
    }
    GW_TRY(gw_world_agree(run->job.world, status, err));
    gw_world_share_text(run->job.world, &run->job.bundle);
    return GW_OK;
}

static void announce(const struct run *run, struct gw_text *out)
{
    const struct gw_plan *plan = run->job.plan;
    char combinations[32], tiles[32];
    int ranks = gw_world_size(run->job.world), nodes = gw_world_nodes(run->job.world);
    struct gw_feasible feasible = gw_space_count(&plan->space);
    gw_format_count(feasible.count, combinations, sizeof combinations);
    gw_format_count(plan->tiling.tiles, tiles, sizeof tiles);
    gw_text_printf(
        out, "%s: %s%s combination%s x %zu window%s, %s tile%s on %d rank%s, %d node%s\n",
        run->job.experiment->name, feasible.exact ? "" : "about ", combinations,
        strcmp(combinations, "1") == 0 ? "" : "s", plan->windows,
        plan->windows == 1 ? "" : "s", tiles, plan->tiling.tiles == 1 ? "" : "s", ranks,
        ranks == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s");
}

static enum gw_status run_job(struct run *run, struct gw_error *err)
{
    struct gw_text note = {0};
    if (run->leads) {
        announce(run, &note);
        gw_warnings(run->job.plan, run->job.portal, &note);
    }
    GW_TRY(gw_world_agree(run->job.world, say(run, &note, err), err));
    return gw_run_job_compute(&run->job, err);
}

/* Which engine made the rows, and what it left to the other. */
static void say_engine(const struct gw_run_record *record, struct gw_text *out)
{
    uint64_t left = 0, verified = 0, bars = 0;
    for (size_t r = 0; r < record->ranks; r++) {
        left += record->rank[r].reference_rows;
        verified += record->rank[r].verified_rows;
        bars += record->rank[r].bars;
    }
    char count[32];
    gw_text_printf(out, "%s engine", record->engine);
    if (bars > 0) {
        gw_format_count((uint64_t)((double)bars / record->compute_seconds / 1e6), count,
                        sizeof count);
        bool lanes = strcmp(record->engine, "vector") == 0;
        gw_text_printf(out, "%s%s%s: %s million combination-bars/s", lanes ? " (" : "",
                       lanes ? record->isa : "", lanes ? ")" : "", count);
    }
    if (left > 0) {
        gw_format_count(left, count, sizeof count);
        gw_text_printf(out,
                       "; %s rows by the reference engine (emptied accounts, "
                       "returns that hardly vary)",
                       count);
    }
    if (verified > 0) {
        gw_format_count(verified, count, sizeof count);
        gw_text_printf(out, "; %s rows verified by the reference engine", count);
    }
    gw_text_printf(out, "\n");
}

static void summarize(const struct run *run, struct gw_text *out)
{
    const struct gw_run_record *record = &run->job.record;
    uint64_t hits = 0, misses = 0, bytes = 0;
    double busy = 0, coordination = record->rank[0].coordination_seconds;
    for (size_t r = 0; r < record->ranks; r++) {
        hits += record->rank[r].cache_hits;
        misses += record->rank[r].cache_misses;
        bytes += record->rank[r].cache_bytes;
        busy += record->rank[r].busy_seconds;
    }
    char rows[32], rate[32], hit[32], miss[32], held[32], took[32];
    gw_format_count(record->rows, rows, sizeof rows);
    gw_format_count((uint64_t)((double)record->rows / record->compute_seconds), rate,
                    sizeof rate);
    gw_format_count(hits, hit, sizeof hit);
    gw_format_count(misses, miss, sizeof miss);
    gw_format_bytes((double)bytes, held, sizeof held);
    gw_format_seconds(record->compute_seconds, took, sizeof took);
    gw_text_printf(
        out, "%s rows in %s (%s rows/s); ranks busy %.0f %%, coordinator %.0f %%\n", rows,
        took, rate, 100 * busy / (record->compute_seconds * (double)record->ranks),
        100 * coordination / record->compute_seconds);
    say_engine(record, out);
    gw_text_printf(out, "indicator columns: %s hits, %s misses, %s\n", hit, miss, held);
    if (!record->shared_bundle) {
        gw_text_printf(out, "note: too little free shared memory: each rank held its own "
                            "copy of the bundle\n");
    }
}

/* The results as `show` would print them; they are written whatever becomes of the table.
 */
static void show_results(const struct run *run, struct gw_text *out)
{
    struct gw_results *results;
    struct gw_error ignored;
    struct gw_show_options options = {.top = 5,
                                      .window = SIZE_MAX,
                                      .windows =
                                          run->job.experiment->walk_forward.present};
    if (gw_results_open(run->job.output, &results, &ignored) == GW_OK) {
        struct gw_text table = {0};
        if (gw_show(results, &options, &table, &ignored) == GW_OK) {
            gw_text_printf(out, "\n%s", table.data);
        }
        gw_text_clear(&table);
        gw_results_close(results);
    }
    gw_text_printf(out, "\nwritten: %s   more: gridwalk show %s\n", run->job.output,
                   run->job.output);
}

/* Rank 0: the results file, the side file, the summary. */
static enum gw_status finish(struct run *run, struct gw_error *err)
{
    GW_TRY(gw_run_job_finish(&run->job, err));
    const struct gw_results_summary *summary = &run->job.summary;
    struct gw_text text = {0};
    if (!run->job.quiet) {
        summarize(run, &text);
        if (gw_switch(run->arguments, "profile")) {
            gw_profile_print(&run->job.record, &text);
        }
        show_results(run, &text);
    }
    GW_TRY(say(run, &text, err));
    if (summary->failed > 0) {
        struct gw_text first = {0};
        gw_space_print(&run->job.plan->space, summary->first_failed_k, &first);
        gw_fail(err, GW_ROWS,
                "%llu of %llu rows failed, first: combination %llu, window %zu (%s): a "
                "number "
                "argument of an expression is out of range",
                (unsigned long long)summary->failed, (unsigned long long)summary->rows,
                (unsigned long long)summary->first_failed_k, summary->first_failed_window,
                first.data);
        gw_text_clear(&first);
        return err->status;
    }
    return GW_OK;
}

static enum gw_status run_all(struct run *run, struct gw_error *err)
{
    GW_TRY(gw_world_agree(run->job.world, gw_isa_choose(NULL, err), err));
    GW_TRY(read_inputs(run, err));
    GW_TRY(gw_run_job_load(&run->job, err));
    GW_TRY(gw_run_job_plan(&run->job, err));
    GW_TRY(run_job(run, err));
    return run->leads ? finish(run, err) : GW_OK;
}

/* How rows are computed, from the command line. */
static enum gw_status take_options(const struct gw_arguments *arguments,
                                   struct gw_compute_options *out,
                                   struct gw_error *err)
{
    const char *engine = gw_argument(arguments, "engine");
    const char *verify = gw_argument(arguments, "verify");
    if (engine != NULL && strcmp(engine, "vector") != 0 &&
        strcmp(engine, "reference") != 0) {
        return gw_fail(err, GW_USAGE, "--engine must be vector or reference, not '%s'",
                       engine);
    }
    out->reference = engine != NULL && engine[0] == 'r';
    if (verify != NULL && (!gw_parse_double(verify, strlen(verify), &out->verify) ||
                           out->verify < 0 || out->verify > 1)) {
        return gw_fail(err, GW_USAGE, "--verify must be a share from 0 to 1, not '%s'",
                       verify);
    }
    return GW_OK;
}

static enum gw_status run_command(const struct gw_arguments *arguments,
                                  struct gw_error *err)
{
    struct run run = {
        .arguments = arguments,
        .job = {.quiet = gw_switch(arguments, "quiet"), .started = gw_clock()}};
    GW_TRY(take_options(arguments, &run.job.options, err));
    struct gw_world *world = gw_world_open();
    gw_die_hook(gw_world_abort);
    run.job.world = world;
    gw_timestamp(run.job.record.started, sizeof run.job.record.started);
    run.leads = gw_world_rank(world) == 0;
    enum gw_status status = run_all(&run, err);
    gw_run_job_clear(&run.job);
    gw_text_clear(&run.text);
    gw_world_close(world);
    return status;
}

static const struct gw_option options[] = {
    {"output", 'o', "FILE", "results file (default: the experiment's name with .h5)"},
    {"quiet", 'q', NULL, "print nothing but an error"},
    {"set", 0, "KEY=VALUE",
     "change a key, e.g. --set costs.commission_bps=5; repeatable"},
    {"only", 0, "A=1,B=2", "run only these values of these parameters"},
    {"engine", 0, "NAME", "vector (default), or reference: bar by bar, the judge"},
    {"verify", 0, "SHARE", "compute this share of the rows by both engines, e.g. 0.01"},
    {"profile", 0, NULL, "where the time went, rank by rank"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_run = {
    .name = "run",
    .positional = "EXPERIMENT",
    .help = "run a grid, with walk-forward windows or without; under mpirun on all ranks",
    .more = "  gridwalk run configs/sma-cross-grid.yaml\n"
            "  mpirun -n 4 gridwalk run configs/sma-cross-walk-forward.yaml -o wf.h5\n"
            "Writes FILE.h5 (open it with xarray) and FILE.h5.run.json (times, ranks, "
            "rates).\n"
            "An interrupted run keeps nothing: the same line starts over.\n",
    .option = options,
    .run = run_command,
    .collective = true,
};
