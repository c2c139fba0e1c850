/* The main job: every rank the same plan, rank 0 the coordinator and the only writer. */
#include "command.h"
#include "job.h"
#include "plugin.h"
#include "source.h"
#include "summary.h"
#include "warnings.h"

#include "gridwalk/base/time.h"
#include "gridwalk/store/format.h"
#include "gridwalk/store/files.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MARK_SIZE = 160 };

struct run {
    const struct gw_arguments *arguments;
    struct gw_run_job job;
    struct gw_text text; /* the experiment's bytes */
    bool leads;          /* rank 0 */
    bool marks;          /* the marker of a launch script can be written */
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

/* Rank 0: the bundle's path; what was done for it is said even when it then fails. */
static enum gw_status find_bundle(struct run *run, struct gw_error *err)
{
    struct gw_text note = {0};
    struct gw_error ignored;
    GW_TRY(gw_format_check_output(run->job.output, GW_FORMAT_RESULTS, err));
    enum gw_status status =
        gw_source_bundle(run->job.experiment, &run->job.bundle, &note, err);
    enum gw_status said = say(run, &note, status == GW_OK ? err : &ignored);
    GW_TRY(status);
    GW_TRY(said);
    /* The bundle just made may be what the output names. */
    return gw_format_check_output(run->job.output, GW_FORMAT_RESULTS, err);
}

/* The library is the same on every node, and no engine is asked for that cannot run it.
 */
static enum gw_status check_plugin(struct run *run, struct gw_error *err)
{
    const struct gw_plugin_file *file = &run->job.experiment->rules.plugin;
    const char *engine = gw_argument(run->arguments, "engine");
    if (file->library == NULL) {
        return GW_OK;
    }
    if (engine != NULL && strcmp(engine, "reference") != 0) {
        return gw_fail(err, GW_USAGE,
                       "--engine %s: a plug-in runs in the reference engine", engine);
    }
    run->job.options.reference = true;
    if (!gw_world_same(run->job.world, file->sha256, sizeof file->sha256)) {
        return gw_fail(err, GW_CONFIG,
                       "%s differs between the nodes: put the same library where every "
                       "node sees it",
                       file->library);
    }
    return GW_OK;
}

/* Rank 0 finds the inputs; every rank parses the same bytes. */
static enum gw_status read_inputs(struct run *run, struct gw_error *err)
{
    const char *path = run->arguments->positional[0];
    enum gw_status status = run->leads ? gw_source_read(path, &run->text, err) : GW_OK;
    GW_TRY(gw_world_agree(run->job.world, status, err));
    gw_world_share_text(run->job.world, &run->text);
    /* A plug-in's library is read by every rank, and each may see another file. */
    status = gw_source_parse(path, &run->text, run->arguments, &run->job.experiment, err);
    GW_TRY(gw_world_agree(run->job.world, status, err));
    GW_TRY(check_plugin(run, err));
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

static enum gw_status run_job(struct run *run, struct gw_error *err)
{
    struct gw_text note = {0};
    if (run->leads) {
        gw_summary_announce(&run->job, &note);
        gw_warnings(run->job.plan, &run->job.panel, run->job.portal, &note);
    }
    GW_TRY(gw_world_agree(run->job.world, say(run, &note, err), err));
    return gw_run_job_compute(&run->job, err);
}

static enum gw_status fail_rows(const struct run *run, struct gw_error *err)
{
    const struct gw_results_summary *summary = &run->job.summary;
    struct gw_text first = {0}, why = {0};
    gw_space_print(&run->job.plan->space, summary->first_failed_k, &first);
    gw_plugin_explain(run->job.plan, run->job.portal, summary->first_failed_k,
                      summary->first_failed_window, &why);
    gw_fail(err, GW_ROWS,
            "%llu of %llu rows failed, first: combination %llu, window %zu (%s): %s",
            (unsigned long long)summary->failed, (unsigned long long)summary->rows,
            (unsigned long long)summary->first_failed_k, summary->first_failed_window,
            first.data,
            run->job.view.set_aside > 0 ? "two workers were lost over its tile"
            : why.length > 0            ? why.data
                             : "a number argument of an expression is out of range");
    gw_text_clear(&first);
    gw_text_clear(&why);
    return err->status;
}

/* Rank 0: the results file, the side file, the summary. */
static enum gw_status finish(struct run *run, struct gw_error *err)
{
    GW_TRY(gw_run_job_finish(&run->job, err));
    struct gw_text text = {0};
    if (!run->job.quiet) {
        gw_summary_print(&run->job, gw_switch(run->arguments, "profile"), &text);
        gw_summary_results(&run->job, &text);
    }
    GW_TRY(say(run, &text, err));
    return run->job.summary.failed > 0 ? fail_rows(run, err) : GW_OK;
}

/* Rank 0: an earlier run of the same line has made the file. */
static enum gw_status find_complete(struct run *run, struct gw_error *err)
{
    const struct gw_run_job *job = &run->job;
    uint64_t failed = job->summary.failed;
    struct gw_text text = {0};
    gw_text_printf(&text,
                   "%s holds the complete results of this experiment already (--fresh "
                   "computes them again)\n",
                   job->output);
    gw_summary_results(job, &text);
    GW_TRY(say(run, &text, err));
    if (job->live) {
        gw_live_settle(job->output, failed > 0 ? GW_ROWS : GW_OK);
    }
    if (failed > 0) {
        return gw_fail(err, GW_ROWS,
                       "%llu rows in it failed; --fresh computes them again",
                       (unsigned long long)failed);
    }
    return GW_OK;
}

/* The marker of a launch script: the whole line or none. It could be written at the
 * start. */
static void mark(const struct run *run, const char *line)
{
    const char *path = gw_argument(run->arguments, "done");
    struct gw_error ignored;
    if (path != NULL && run->marks) {
        (void)!gw_file_write(path, line, strlen(line), &ignored);
    }
}

/* At the start it says where rank 0 is, at the end its exit code. What is no marker of an
 * earlier run is not overwritten. */
static enum gw_status mark_running(struct run *run, struct gw_error *err)
{
    const char *path = gw_argument(run->arguments, "done");
    struct gw_text there = {0};
    struct gw_error ignored;
    char host[64] = "", line[MARK_SIZE];
    if (path == NULL) {
        return GW_OK;
    }
    if (access(path, F_OK) == 0) {
        enum gw_status read = gw_file_read(path, MARK_SIZE, GW_SYSTEM, &there, &ignored);
        bool ours = read == GW_OK &&
                    (there.length == 0 || isdigit((unsigned char)there.data[0]) ||
                     strncmp(there.data, "running ", 8) == 0);
        gw_text_clear(&there);
        if (!ours) {
            return gw_fail(err, GW_USAGE,
                           "--done %s: the file is there and is no marker of a run",
                           path);
        }
    }
    gethostname(host, sizeof host - 1);
    snprintf(line, sizeof line, "running %ld %s\n", (long)getpid(), host);
    GW_TRY(gw_file_write(path, line, strlen(line), err));
    run->marks = true;
    return GW_OK;
}

static enum gw_status run_all(struct run *run, struct gw_error *err)
{
    enum gw_status status = run->leads ? mark_running(run, err) : GW_OK;
    GW_TRY(gw_world_agree(run->job.world, status, err));
    GW_TRY(gw_world_agree(run->job.world, gw_isa_choose(NULL, err), err));
    GW_TRY(read_inputs(run, err));
    GW_TRY(gw_run_job_load(&run->job, err));
    GW_TRY(gw_run_job_plan(&run->job, err));
    GW_TRY(gw_run_job_open(&run->job, err));
    if (run->job.complete) {
        return run->leads ? find_complete(run, err) : GW_OK;
    }
    GW_TRY(run_job(run, err));
    return run->leads ? finish(run, err) : GW_OK;
}

/* ---- the end, on rank 0: before MPI's own end, which may hang or be cut short ---- */

/* Add to an error what is kept of the work. */
static void tell_kept(const struct gw_run_job *job, struct gw_error *err)
{
    char kept[32], tiles[32], why[sizeof err->text];
    uint64_t there = gw_intake_facts(&job->intake).records;
    if (there == 0) {
        if (err->status == GW_INTERRUPTED) {
            gw_fail(err, GW_INTERRUPTED,
                    "interrupted before any tile was finished: the "
                    "same line starts over");
        }
        return;
    }
    gw_format_count(there, kept, sizeof kept);
    gw_format_count(job->plan->tiling.tiles, tiles, sizeof tiles);
    memcpy(why, err->text, sizeof why);
    if (err->status == GW_INTERRUPTED) {
        snprintf(why, sizeof why, "interrupted");
    }
    if (!gw_journal_in_place(job->intake.journal)) {
        gw_fail(err, err->status,
                "%s; nothing is kept: %s.journal was removed or replaced meanwhile", why,
                job->output);
        return;
    }
    gw_fail(err, err->status,
            "%s; %s of %s tiles are kept in %s.journal: the same line%s "
            "goes on from there",
            why, kept, tiles, job->output,
            job->fresh               ? " without --fresh"
            : err->status == GW_ROWS ? " without --fail-fast"
                                     : "");
}

/* The marker's last line: the exit code, and where there is a journal the tiles from
 * earlier runs, those in it now, and all. */
static void
describe_end(const struct gw_run_job *job, enum gw_status status, char line[MARK_SIZE])
{
    uint64_t there = gw_intake_facts(&job->intake).records;
    int length = snprintf(line, MARK_SIZE, "%d", (int)status);
    if (there > 0 && job->plan != NULL) {
        length +=
            snprintf(line + length, MARK_SIZE - (size_t)length, " %llu %llu %llu",
                     (unsigned long long)job->intake.kept, (unsigned long long)there,
                     (unsigned long long)job->plan->tiling.tiles);
    }
    snprintf(line + length, MARK_SIZE - (size_t)length, "\n");
}

static void end_run(struct run *run, enum gw_status status, struct gw_error *err)
{
    struct gw_run_job *job = &run->job;
    bool made = status == GW_OK || (status == GW_ROWS && job->intake.writer == NULL);
    char line[MARK_SIZE];
    describe_end(job, status, line);
    if (!made && job->plan != NULL) {
        tell_kept(job, err);
        /* The unfinished results go first: a full disk has room for the state then. */
        gw_intake_close(&job->intake);
    }
    if (job->tell.output != NULL) {
        gw_live_state(&job->tell,
                      made                       ? GW_RUN_done
                      : status == GW_INTERRUPTED ? GW_RUN_interrupted
                                                 : GW_RUN_failed,
                      (int)status, status == GW_OK ? NULL : err->text);
    }
    if (status != GW_OK) {
        gw_print_error(err);
    }
    mark(run, line);
}

/* Some rank does not end in time: what is finished is kept, and all ranks go. */
static void abandon(struct gw_run_job *job)
{
    struct run *run = job->owner;
    struct gw_error err = {.status = GW_INTERRUPTED}, ignored;
    (void)!gw_intake_commit(&job->intake, &ignored);
    end_run(run, GW_INTERRUPTED, &err);
    gw_intake_close(&job->intake);
    gw_world_abort(GW_INTERRUPTED);
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
    struct run run = {.arguments = arguments,
                      .job = {.quiet = gw_switch(arguments, "quiet"),
                              .journal = true,
                              .fresh = gw_switch(arguments, "fresh"),
                              .fail_fast = gw_switch(arguments, "fail-fast"),
                              .live = !gw_switch(arguments, "no-status"),
                              .abandon = abandon,
                              .started = gw_clock()}};
    run.job.owner = &run;
    GW_TRY(take_options(arguments, &run.job.options, err));
    struct gw_world *world = gw_world_open();
    gw_die_hook(gw_world_abort);
    run.job.world = world;
    gw_timestamp(run.job.record.started, sizeof run.job.record.started);
    run.leads = gw_world_rank(world) == 0;
    enum gw_status status = run_all(&run, err);
    if (run.leads) {
        end_run(&run, status, err);
    }
    gw_run_job_clear(&run.job);
    gw_text_clear(&run.text);
    gw_world_leave(world, run.leads ? (int)status : 0);
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
    {"fresh", 0, NULL, "drop what earlier runs kept, and compute complete results again"},
    {"fail-fast", 0, NULL, "end at the first row or tile that fails"},
    {"no-status", 0, NULL, "do not renew FILE.status.json, which `top` shows"},
    {"done", 0, "FILE", "for launch scripts: write the exit code here at the end"},
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
            "A run that was interrupted, killed or out of disk goes on where it was: the "
            "same line\nagain finds FILE.h5.journal. `gridwalk top FILE.h5` shows how it "
            "goes.\n",
    .option = options,
    .run = run_command,
    .collective = true,
};
