/* The main job: every rank the same plan, rank 0 the coordinator and the only writer. */
#include "command.h"
#include "compute.h"
#include "progress.h"
#include "source.h"
#include "warnings.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/report/tables.h"
#include "gridwalk/sched/coordinator.h"
#include "gridwalk/sched/window.h"
#include "gridwalk/store/bundle.h"
#include "gridwalk/store/format.h"
#include "gridwalk/store/results.h"
#include "gridwalk/store/sidecar.h"

#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* All that a run holds, on any rank; what only rank 0 has says so. */
struct run {
    struct gw_world *world;
    const struct gw_arguments *arguments;
    bool leads; /* rank 0 */
    bool quiet;
    struct gw_text text; /* the experiment's bytes */
    struct gw_experiment *experiment;
    struct gw_text bundle; /* its path */
    struct gw_window *window;
    struct gw_panel panel;
    struct gw_portal *portal;
    struct gw_plan *plan;
    struct gw_compute compute;
    char *output;                     /* path of the results */
    struct gw_results_writer *writer; /* rank 0 */
    struct gw_progress progress;      /* rank 0 */
    struct gw_run_record record;      /* rank 0 */
    double started, loaded;
};

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

static enum gw_status
say(const struct run *run, struct gw_text *text, struct gw_error *err)
{
    enum gw_status status = GW_OK;
    if (run->leads && !run->quiet && text->length > 0) {
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
    for (const char *c = run->output; *c != '\0'; c++) {
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
    GW_TRY(gw_format_check_output(run->output, GW_FORMAT_RESULTS, err));
    note_leftovers(run, &note);
    enum gw_status status = gw_source_bundle(run->experiment, &run->bundle, &note, err);
    enum gw_status said = say(run, &note, status == GW_OK ? err : &ignored);
    GW_TRY(status);
    GW_TRY(said);
    /* The bundle just made may be what the output names. */
    return gw_format_check_output(run->output, GW_FORMAT_RESULTS, err);
}

/* Rank 0 finds the inputs; every rank parses the same bytes. */
static enum gw_status read_inputs(struct run *run, struct gw_error *err)
{
    const char *path = run->arguments->positional[0];
    enum gw_status status = run->leads ? gw_source_read(path, &run->text, err) : GW_OK;
    GW_TRY(gw_world_agree(run->world, status, err));
    gw_world_share_text(run->world, &run->text);
    GW_TRY(gw_source_parse(path, &run->text, run->arguments, &run->experiment, err));
    struct gw_text name = {0};
    const char *output = gw_argument(run->arguments, "output");
    gw_text_printf(&name, output != NULL ? "%s" : "%s.h5",
                   output != NULL ? output : run->experiment->name);
    run->output = name.data;
    status = GW_OK;
    if (run->leads) {
        status = find_bundle(run, err);
    }
    GW_TRY(gw_world_agree(run->world, status, err));
    gw_world_share_text(run->world, &run->bundle);
    return GW_OK;
}

/* One copy of the bundle a node, verified by whoever read it, the same on all nodes. */
static enum gw_status load_bundle(struct run *run, struct gw_error *err)
{
    struct gw_panel_dims dims = {0};
    enum gw_status status =
        run->leads ? gw_bundle_probe(run->bundle.data, &dims, err) : GW_OK;
    GW_TRY(gw_world_agree(run->world, status, err));
    gw_world_broadcast(run->world, &dims, sizeof dims);
    run->window = gw_window_new(run->world, gw_panel_bytes(&dims));
    void *block = gw_window_base(run->window);
    if (gw_window_leads(run->window)) {
        status = gw_bundle_read(run->bundle.data, &dims, block, err);
    }
    GW_TRY(gw_world_agree(run->world, status, err));
    gw_window_seal(run->window);
    gw_panel_attach(block, &dims, &run->panel);
    const char *digest = run->panel.header->digest;
    if (!gw_world_same(run->world, digest, GW_SHA256_HEX)) {
        return gw_fail(err, GW_DATA, "%s differs between the nodes", run->bundle.data);
    }
    run->loaded = gw_clock();
    return GW_OK;
}

static enum gw_status plan_job(struct run *run, struct gw_error *err)
{
    run->portal = gw_portal_new(&run->panel, run->experiment->rules.basis);
    GW_TRY(gw_plan_make(run->experiment, &run->panel, run->portal, &run->plan, err));
    gw_compute_init(&run->compute, run->plan, run->portal);
    enum gw_status status = GW_OK;
    if (run->leads) {
        status =
            gw_results_create(run->output, run->plan, &run->panel, &run->writer, err);
    }
    catch_signals(); /* before, nothing is there to clean up: a signal just ends the job
                      */
    return gw_world_agree(run->world, status, err);
}

static enum gw_status compute_tile(void *context,
                                   uint64_t tile,
                                   struct gw_tile_work *work,
                                   struct gw_error *err)
{
    struct run *run = context;
    (void)err; /* a row that cannot be computed says so in its status */
    work->length = gw_compute_tile(&run->compute, tile, work->payload, work->poll,
                                   work->poll_context);
    return GW_OK;
}

static enum gw_status accept_tile(void *context,
                                  uint64_t tile,
                                  const void *payload,
                                  size_t length,
                                  struct gw_error *err)
{
    struct run *run = context;
    if (interrupted) {
        return gw_fail(err, GW_INTERRUPTED,
                       "interrupted; nothing of %s is kept, the same line starts over",
                       run->output);
    }
    return gw_results_accept(run->writer, tile, payload, length, err);
}

static void show_progress(void *context, uint64_t done)
{
    struct run *run = context;
    gw_progress_update(&run->progress, done);
}

static void
gather_ranks(struct run *run, const struct gw_rank_work *work, struct gw_run_rank *all)
{
    struct gw_cache_stats cache = gw_reference_stats(run->compute.reference);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    struct gw_run_rank mine = {.tiles = work->tiles,
                               .messages = work->messages,
                               .busy_seconds = work->busy_seconds,
                               .wall_seconds = work->wall_seconds,
                               .coordination_seconds = work->coordination_seconds,
                               .cache_hits = cache.hits,
                               .cache_misses = cache.misses,
                               .cache_bytes = cache.peak_bytes,
                               .rss_bytes = (uint64_t)usage.ru_maxrss * 1024};
    gethostname(mine.host, sizeof mine.host - 1);
    gw_world_gather(run->world, &mine, sizeof mine, all);
}

static void announce(const struct run *run, struct gw_text *out)
{
    const struct gw_plan *plan = run->plan;
    char combinations[32], tiles[32];
    int ranks = gw_world_size(run->world), nodes = gw_world_nodes(run->world);
    struct gw_feasible feasible = gw_space_count(&plan->space);
    gw_format_count(feasible.count, combinations, sizeof combinations);
    gw_format_count(plan->tiling.tiles, tiles, sizeof tiles);
    gw_text_printf(
        out, "%s: %s%s combination%s x %zu window%s, %s tile%s on %d rank%s, %d node%s\n",
        run->experiment->name, feasible.exact ? "" : "about ", combinations,
        strcmp(combinations, "1") == 0 ? "" : "s", plan->windows,
        plan->windows == 1 ? "" : "s", tiles, plan->tiling.tiles == 1 ? "" : "s", ranks,
        ranks == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s");
}

static enum gw_status run_job(struct run *run, struct gw_error *err)
{
    struct gw_text note = {0};
    uint64_t rows = 0;
    enum gw_status status = GW_OK;
    if (run->leads) {
        announce(run, &note);
        gw_warnings(run->plan, run->portal, &note);
        rows = gw_space_count(&run->plan->space).count * run->plan->windows *
               run->plan->segments;
        gw_progress_start(&run->progress, run->plan->tiling.tiles, rows, run->quiet);
        status = say(run, &note, err);
    }
    GW_TRY(gw_world_agree(run->world, status, err));
    struct gw_job job = {.tiles = run->plan->tiling.tiles,
                         .payload_max = gw_plan_payload_max(run->plan),
                         .context = run,
                         .compute = compute_tile,
                         .accept = accept_tile,
                         .progress = show_progress};
    struct gw_rank_work work = {0};
    status = gw_job_run(run->world, &job, &work, err);
    gw_progress_end(&run->progress);
    GW_TRY(status);
    size_t ranks = (size_t)gw_world_size(run->world);
    struct gw_run_rank *all = gw_calloc(ranks, sizeof *all);
    gather_ranks(run, &work, all);
    run->record.rank = all;
    run->record.ranks = ranks;
    run->record.compute_seconds = work.wall_seconds;
    return GW_OK;
}

static void summarize(const struct run *run, struct gw_text *out)
{
    const struct gw_run_record *record = &run->record;
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
    gw_text_printf(out, "indicator columns: %s hits, %s misses, %s\n", hit, miss, held);
    if (!record->shared_bundle) {
        gw_text_printf(out, "note: too little free shared memory: each rank held its own "
                            "copy of the bundle\n");
    }
}

static enum gw_status write_sidecar(struct run *run, struct gw_error *err)
{
    struct gw_run_record *record = &run->record;
    char digest[GW_SHA256_HEX];
    gw_experiment_digest(run->experiment, run->panel.header->digest, digest);
    record->program = "gridwalk " GW_VERSION;
    record->experiment = run->experiment->file;
    record->experiment_digest = digest;
    record->bundle = run->bundle.data;
    record->bundle_digest = run->panel.header->digest;
    record->load_seconds = run->loaded - run->started;
    record->total_seconds = gw_clock() - run->started;
    record->tiles = run->plan->tiling.tiles;
    record->nodes = gw_world_nodes(run->world);
    record->shared_bundle = gw_window_shared(run->window);
    gw_timestamp(record->ended, sizeof record->ended);
    struct gw_text path = {0};
    gw_text_printf(&path, "%s.run.json", run->output);
    enum gw_status status = gw_sidecar_write(path.data, record, err);
    gw_text_clear(&path);
    return status;
}

/* The results as `show` would print them; they are written whatever becomes of the table.
 */
static void show_results(const struct run *run, struct gw_text *out)
{
    struct gw_results *results;
    struct gw_error ignored;
    struct gw_show_options options = {
        .top = 5, .window = SIZE_MAX, .windows = run->experiment->walk_forward.present};
    if (gw_results_open(run->output, &results, &ignored) == GW_OK) {
        struct gw_text table = {0};
        if (gw_show(results, &options, &table, &ignored) == GW_OK) {
            gw_text_printf(out, "\n%s", table.data);
        }
        gw_text_clear(&table);
        gw_results_close(results);
    }
    gw_text_printf(out, "\nwritten: %s   more: gridwalk show %s\n", run->output,
                   run->output);
}

/* Rank 0: the results file, the side file, the summary. */
static enum gw_status finish(struct run *run, struct gw_error *err)
{
    struct gw_results_summary summary;
    struct gw_results_writer *writer = run->writer;
    run->writer = NULL;
    GW_TRY(gw_results_finish(writer, &summary, err));
    run->record.rows = summary.rows;
    run->record.combinations = summary.rows / run->plan->windows / run->plan->segments;
    run->record.rows_failed = summary.failed;
    GW_TRY(write_sidecar(run, err));
    struct gw_text text = {0};
    if (!run->quiet) {
        summarize(run, &text);
        show_results(run, &text);
    }
    GW_TRY(say(run, &text, err));
    if (summary.failed > 0) {
        struct gw_text first = {0};
        gw_space_print(&run->plan->space, summary.first_failed_k, &first);
        gw_fail(err, GW_ROWS,
                "%llu of %llu rows failed, first: combination %llu, window %zu (%s): a "
                "number "
                "argument of an expression is out of range",
                (unsigned long long)summary.failed, (unsigned long long)summary.rows,
                (unsigned long long)summary.first_failed_k, summary.first_failed_window,
                first.data);
        gw_text_clear(&first);
        return err->status;
    }
    return GW_OK;
}

static enum gw_status run_all(struct run *run, struct gw_error *err)
{
    GW_TRY(read_inputs(run, err));
    GW_TRY(load_bundle(run, err));
    GW_TRY(plan_job(run, err));
    GW_TRY(run_job(run, err));
    return run->leads ? finish(run, err) : GW_OK;
}

static void clear(struct run *run)
{
    gw_results_abandon(run->writer);
    free((void *)run->record.rank);
    gw_compute_clear(&run->compute);
    gw_plan_free(run->plan);
    gw_portal_free(run->portal);
    gw_window_free(run->window);
    gw_experiment_free(run->experiment);
    gw_text_clear(&run->text);
    gw_text_clear(&run->bundle);
    free(run->output);
}

static enum gw_status run_command(const struct gw_arguments *arguments,
                                  struct gw_error *err)
{
    struct run run = {.arguments = arguments,
                      .quiet = gw_switch(arguments, "quiet"),
                      .started = gw_clock(),
                      .world = gw_world_open()};
    gw_die_hook(gw_world_abort);
    gw_timestamp(run.record.started, sizeof run.record.started);
    run.leads = gw_world_rank(run.world) == 0;
    enum gw_status status = run_all(&run, err);
    clear(&run);
    gw_world_close(run.world);
    return status;
}

static const struct gw_option options[] = {
    {"output", 'o', "FILE", "results file (default: the experiment's name with .h5)"},
    {"quiet", 'q', NULL, "print nothing but an error"},
    {"set", 0, "KEY=VALUE",
     "change a key, e.g. --set costs.commission_bps=5; repeatable"},
    {"only", 0, "A=1,B=2", "run only these values of these parameters"},
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
