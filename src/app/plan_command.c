/* plan: what a run costs, before it is queued. */
#include "calibrate.h"
#include "command.h"
#include "describe.h"
#include "source.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/engine/vector.h"
#include "gridwalk/report/tables.h"
#include "gridwalk/sched/predict.h"
#include "gridwalk/store/files.h"
#include "gridwalk/store/journal.h"
#include "gridwalk/store/results.h"

#include <math.h>
#include <string.h>

enum { RANKS_LISTED = 32, RANKS_MOST = 1000000, NODE_RANKS = 32 };
static const char RANKS_STANDARD[] = "1,8,64,1024";

/* `mpirun -n 2 gridwalk bench scheduler`, without -n 2, and `bench memcpy`: an answer of
 * rank 0's takes 1 us between two ranks of a node, copying a payload 6 GB/s; a network
 * adds some us. A rank that waits wakes up within 100 us. Rank 0 looks every 200 us. */
static const double MESSAGE_SECONDS = 5e-6, MESSAGE_BYTES_PER_SECOND = 5e9;
static const double LATENCY_SECONDS = 100e-6, POLL_SECONDS = 200e-6;

/* `mpirun -n 2 gridwalk run`: "start" of --profile, and rss_bytes with limits.memory: 1M
 * in FILE.run.json. */
static const double START_SECONDS = 0.35, PROCESS_BYTES = 32e6;

/* The end of a run, from its last tile on: 0.15 s for 10^6 objectives in 120 MB. */
static const double FINISH_SECONDS = 0.02, FINISH_OBJECTIVE_SECONDS = 1.3e-7;

/* Of rank 0: payloads that come in at once (sched's inbox and its own). */
enum { PAYLOADS_COORDINATOR = 10, PAYLOADS_WORKER = 2 };

/* A worthwhile run: so many of its core hours compute, and it ends within an hour. */
static const double EFFICIENCY_LEAST = 0.8, SECONDS_MOST = 3600;

struct plan_report {
    const struct gw_arguments *arguments;
    int ranks[RANKS_LISTED];
    size_t listed;
    const struct gw_experiment *experiment;
    const char *output;
    struct gw_source source;
    struct gw_calibration found;
    struct gw_job_costs costs;
    double rows;
    double rank_bytes, coordinator_bytes, bundle_bytes;
    struct gw_text out;
};

/* What a user waits for, from the command line to the results. */
struct expected {
    double seconds, efficiency, coordinator;
};

static struct expected expect_run(const struct plan_report *report, int ranks)
{
    const struct gw_plan *plan = report->source.plan;
    const struct gw_calibration *found = &report->found;
    double objectives = report->rows / (double)plan->segments;
    double besides = START_SECONDS + report->source.load_seconds + found->first_seconds +
                     found->create_seconds + FINISH_SECONDS +
                     FINISH_OBJECTIVE_SECONDS * objectives;
    struct gw_job_prediction job;
    gw_job_predict(plan->tiling.tiles, ranks, &report->costs, &job);
    double seconds = job.seconds + besides;
    double computing = (double)plan->tiling.tiles * report->costs.tile;
    return (struct expected){.seconds = seconds,
                             .efficiency = computing / (ranks * seconds),
                             .coordinator = job.coordinator};
}

/* ---- the command line ---- */

static enum gw_status fail_ranks(const char *word, size_t length, struct gw_error *err)
{
    return gw_fail(err, GW_USAGE,
                   "--ranks takes up to %d whole numbers from 1 to %d, as in %s, not "
                   "'%.*s'",
                   RANKS_LISTED, RANKS_MOST, RANKS_STANDARD,
                   (int)(length < 60 ? length : 60), word);
}

static enum gw_status parse_ranks(struct plan_report *report, struct gw_error *err)
{
    const char *list = gw_argument(report->arguments, "ranks");
    const char *at = list != NULL ? list : RANKS_STANDARD;
    for (;;) {
        size_t length = strcspn(at, ",");
        int64_t ranks;
        if (!gw_parse_int(at, length, &ranks) || ranks < 1 || ranks > RANKS_MOST) {
            return fail_ranks(at, length, err);
        }
        if (report->listed == RANKS_LISTED) {
            return fail_ranks(list, strlen(list), err);
        }
        report->ranks[report->listed++] = (int)ranks;
        if (at[length] == '\0') {
            return GW_OK;
        }
        at += length + 1;
    }
}

/* ---- sizes ---- */

static void describe_work(struct plan_report *report)
{
    const struct gw_plan *plan = report->source.plan;
    const struct gw_tiling *tiling = &plan->tiling;
    char tiles[32], rows[32], bars_text[32], combinations[32];
    uint64_t runs =
        tiling->runs_per_tile < tiling->runs ? tiling->runs_per_tile : tiling->runs;
    uint64_t lanes = tiling->lanes < GW_RUN ? tiling->lanes : GW_RUN;
    uint64_t bars = 0;
    for (size_t i = 0; i < tiling->windows_per_tile * plan->segments; i++) {
        const struct gw_window *window = &plan->window[i / plan->segments];
        bars += window->end[i % plan->segments] - window->begin[i % plan->segments] + 1;
    }
    gw_format_count((uint64_t)report->rows, rows, sizeof rows);
    gw_format_count(tiling->tiles, tiles, sizeof tiles);
    uint64_t most = runs * lanes < plan->space.total ? runs * lanes : plan->space.total;
    gw_format_count(most, combinations, sizeof combinations);
    gw_format_count(bars * plan->assets, bars_text, sizeof bars_text);
    gw_text_printf(
        &report->out,
        "work        %s rows in %s tile%s of up to %s combinations x %s bars\n", rows,
        tiles, tiling->tiles == 1 ? "" : "s", combinations, bars_text);
}

static double kept_bytes(const struct gw_plan *plan)
{
    return (double)plan->experiment->keep_top * (double)plan->windows *
           (double)plan->segments * (double)gw_plan_row_bytes(plan);
}

static double node_bytes(const struct plan_report *report, int ranks)
{
    return report->bundle_bytes + ranks * report->rank_bytes + report->coordinator_bytes;
}

static void describe_memory(struct plan_report *report)
{
    const struct gw_plan *plan = report->source.plan;
    double payload = (double)gw_plan_payload_max(plan);
    report->bundle_bytes = (double)gw_panel_bytes(&report->source.panel->header->dims);
    report->rank_bytes =
        plan->experiment->memory + PAYLOADS_WORKER * payload + PROCESS_BYTES;
    report->coordinator_bytes = (PAYLOADS_COORDINATOR - PAYLOADS_WORKER) * payload +
                                (double)plan->tiling.tiles / 8 + kept_bytes(plan);
    char bundle[32], rank[32], limit[32], more[32], node[32];
    gw_format_bytes(report->bundle_bytes, bundle, sizeof bundle);
    gw_format_bytes(report->rank_bytes, rank, sizeof rank);
    gw_format_bytes(plan->experiment->memory, limit, sizeof limit);
    gw_format_bytes(report->coordinator_bytes, more, sizeof more);
    gw_format_bytes(node_bytes(report, NODE_RANKS), node, sizeof node);
    gw_text_printf(&report->out,
                   "memory      at most: bundle %s a node, a rank %s (limits.memory %s), "
                   "rank 0 %s more; a node of %d ranks %s\n",
                   bundle, rank, limit, more, NODE_RANKS, node);
}

static void describe_files(struct plan_report *report)
{
    const struct gw_plan *plan = report->source.plan;
    double tiles = (double)plan->tiling.tiles, results = gw_results_bytes(plan);
    double payload = plan->experiment->keep_top > 0
                         ? (double)gw_plan_payload_max(plan)
                         : report->rows * (double)gw_plan_row_bytes(plan) / tiles;
    double journal = gw_journal_bytes(tiles, payload);
    double column = 8 * report->rows / (double)plan->segments;
    double space = gw_file_space(report->output);
    char made[32], beside[32], room[32] = "", needed[32];
    gw_format_bytes(results, made, sizeof made);
    gw_format_bytes(journal + column, beside, sizeof beside);
    gw_format_bytes(results + journal + column, needed, sizeof needed);
    gw_format_bytes(space, room, sizeof room);
    gw_text_printf(&report->out,
                   "disk        %s: %s; while it runs %s%s more beside it%s%s\n",
                   report->output, made, plan->experiment->keep_top > 0 ? "up to " : "",
                   beside, space >= 0 ? "; free are " : "", space >= 0 ? room : "");
    if (space >= 0 && results + journal + column > space) {
        gw_text_printf(&report->out,
                       "warning: that is %s and does not fit: `run` will refuse; choose "
                       "%s\n",
                       needed,
                       plan->experiment->keep_top > 0
                           ? "fewer combinations or windows"
                           : "fewer metrics or output: {keep: {top: N}}");
    }
}

/* ---- times ---- */

static void describe_costs(struct plan_report *report)
{
    const struct gw_calibration *found = &report->found;
    char tiles[32], seconds[32], tile[32], bars[32], accept[32], payload[32];
    gw_format_count(found->tiles, tiles, sizeof tiles);
    gw_format_seconds(found->seconds, seconds, sizeof seconds);
    gw_format_seconds(found->tile_seconds, tile, sizeof tile);
    gw_format_count((uint64_t)(found->bars_per_second / 1e6), bars, sizeof bars);
    gw_format_seconds(found->accept_seconds, accept, sizeof accept);
    gw_format_bytes(found->payload_bytes, payload, sizeof payload);
    double hours = (double)report->source.plan->tiling.tiles * found->tile_seconds / 3600;
    gw_text_printf(&report->out,
                   "measured    %s tile%s here in %s (%s): %s a tile, %s million "
                   "combination-bars/s; %.3g core-hours in all\n"
                   "            taking in a tile of %s: %s%s\n\n",
                   tiles, found->tiles == 1 ? "" : "s", seconds, gw_isa_name(), tile,
                   bars, hours, payload, accept,
                   found->accept_measured ? "" : " (estimated)");
}

static void fill_costs(struct plan_report *report)
{
    const struct gw_calibration *found = &report->found;
    report->costs = (struct gw_job_costs){
        .tile = found->tile_seconds,
        .accept = found->accept_seconds,
        .message = MESSAGE_SECONDS + found->payload_bytes / MESSAGE_BYTES_PER_SECOND,
        .latency = LATENCY_SECONDS,
        .poll = POLL_SECONDS};
}

/* Hours and days where seconds would say too much. */
static void format_duration(double seconds, char *out, size_t size)
{
    char count[32];
    if (seconds < 172800) {
        gw_format_seconds(seconds, out, size);
        return;
    }
    gw_format_count((uint64_t)fmin(seconds / 86400, 1e15), count, sizeof count);
    struct gw_text text = {0};
    gw_text_printf(&text, "%s days", count);
    memcpy(out, text.data, text.length + 1);
    gw_text_clear(&text);
}

static void percent(struct gw_table *table, double share)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "%.1f %%", 100 * share);
    gw_table_cell(table, text.data);
    gw_text_clear(&text);
}

static void list_ranks(struct plan_report *report)
{
    struct gw_table *table = gw_table_new(4);
    gw_table_cell(table, "ranks");
    gw_table_cell(table, "time");
    gw_table_cell(table, "efficiency");
    gw_table_cell(table, "coordinator busy");
    for (size_t i = 0; i < report->listed; i++) {
        struct expected expected = expect_run(report, report->ranks[i]);
        char seconds[32];
        format_duration(expected.seconds, seconds, sizeof seconds);
        gw_table_number(table, report->ranks[i], 0);
        gw_table_cell(table, seconds);
        percent(table, expected.efficiency);
        percent(table, expected.coordinator);
    }
    gw_table_print(table, &report->out);
    gw_table_free(table);
    char ranks[32];
    gw_format_count((uint64_t)fmax(1, fmin(gw_job_saturation(&report->costs), 1e12)),
                    ranks, sizeof ranks);
    gw_text_printf(&report->out, "one coordinator saturates near %s rank%s\n\n", ranks,
                   strcmp(ranks, "1") == 0 ? "" : "s");
}

/* ---- a line to submit ---- */

/* The fewest ranks that end in time at a good efficiency, else the most that are
 * efficient. */
static int choose_ranks(const struct plan_report *report, struct expected *out)
{
    int chosen = 1;
    *out = expect_run(report, 1);
    for (int ranks = 2; ranks <= 4096 && out->seconds > SECONDS_MOST; ranks *= 2) {
        struct expected expected = expect_run(report, ranks);
        if (expected.efficiency < EFFICIENCY_LEAST) {
            break;
        }
        chosen = ranks;
        *out = expected;
    }
    return chosen;
}

/* An argument as a shell takes it. */
static void quote(const char *word, struct gw_text *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./=,:+-@%";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        gw_text_printf(out, " %s", word);
        return;
    }
    gw_text_printf(out, " '");
    for (const char *at = word; *at != '\0'; at++) {
        gw_text_printf(out, *at == '\'' ? "'\\''" : "%c", *at);
    }
    gw_text_printf(out, "'");
}

static void print_time(double seconds, struct gw_text *out)
{
    double minutes = fmin(fmax(5, ceil(2 * seconds / 60)), 1e9);
    uint64_t all = (uint64_t)minutes, hours = all / 60;
    if (hours >= 24) {
        gw_text_printf(out, "%llu-%02llu:%02llu:00", (unsigned long long)(hours / 24),
                       (unsigned long long)(hours % 24), (unsigned long long)(all % 60));
        return;
    }
    gw_text_printf(out, "%llu:%02llu:00", (unsigned long long)hours,
                   (unsigned long long)(all % 60));
}

static void print_submit(struct plan_report *report)
{
    struct gw_text *out = &report->out;
    struct expected expected;
    int ranks = choose_ranks(report, &expected);
    int a_node = ranks < NODE_RANKS ? ranks : NODE_RANKS;
    double mebibytes = node_bytes(report, a_node) / a_node / 1048576;
    char seconds[32];
    format_duration(expected.seconds, seconds, sizeof seconds);
    gw_text_printf(out, "%d rank%s: about %s\n  sbatch", ranks, ranks == 1 ? "" : "s",
                   seconds);
    if (ranks > a_node) {
        gw_text_printf(out, " -N %d --ntasks-per-node=%d", ranks / a_node, a_node);
    } else {
        gw_text_printf(out, " -n %d", ranks);
    }
    gw_text_printf(out, " -t ");
    print_time(expected.seconds, out);
    gw_text_printf(out, " --mem-per-cpu=%.0fM jobs/grid.sbatch",
                   ceil(1.1 * mebibytes / 50) * 50);
    quote(report->arguments->positional[0], out);
    for (size_t i = 0; i < report->arguments->count; i++) {
        const struct gw_option *option = report->arguments->given[i].option;
        if (strcmp(option->name, "ranks") != 0) {
            gw_text_printf(out, " --%s", option->name);
            quote(report->arguments->given[i].value, out);
        }
    }
    gw_text_printf(out, "\n");
}

static enum gw_status print_plan(struct plan_report *report, struct gw_error *err)
{
    GW_TRY(gw_source_open(report->experiment, &report->source, &report->out, err));
    const struct gw_plan *plan = report->source.plan;
    struct gw_feasible feasible = gw_space_count(&plan->space);
    report->rows =
        (double)feasible.count * (double)plan->windows * (double)plan->segments;
    gw_describe_grid(plan, &report->out);
    gw_describe_windows(plan, report->source.panel, &report->out);
    describe_work(report);
    describe_memory(report);
    describe_files(report);
    GW_TRY(gw_calibrate(&report->source, report->output, &report->found, err));
    fill_costs(report);
    describe_costs(report);
    list_ranks(report);
    print_submit(report);
    return GW_OK;
}

static enum gw_status run_plan(const struct gw_arguments *arguments, struct gw_error *err)
{
    struct plan_report report = {.arguments = arguments};
    struct gw_text text = {0}, name = {0};
    struct gw_experiment *experiment = NULL;
    const char *path = arguments->positional[0];
    const char *output = gw_argument(arguments, "output");
    GW_TRY(parse_ranks(&report, err));
    GW_TRY(gw_isa_choose(NULL, err));
    GW_TRY(gw_source_read(path, &text, err));
    enum gw_status status = gw_source_parse(path, &text, arguments, &experiment, err);
    if (status == GW_OK) {
        gw_text_printf(&name, output != NULL ? "%s" : "%s.h5",
                       output != NULL ? output : experiment->name);
        report.experiment = experiment;
        report.output = name.data;
        status = print_plan(&report, err);
    }
    if (status == GW_OK) {
        status = gw_print(&report.out, err);
    }
    gw_source_close(&report.source);
    gw_experiment_free(experiment);
    gw_text_clear(&report.out);
    gw_text_clear(&name);
    gw_text_clear(&text);
    return status;
}

static const struct gw_option options[] = {
    {"ranks", 0, "A,B,...", "for which numbers of ranks (default: 1,8,64,1024)"},
    {"output", 'o', "FILE", "as of run: where its disk is looked at"},
    {"set", 0, "KEY=VALUE",
     "change a key, e.g. --set costs.commission_bps=5; repeatable"},
    {"only", 0, "A=1,B=2", "keep only these values of these parameters"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_plan = {
    .name = "plan",
    .positional = "EXPERIMENT",
    .help = "what a run would cost: memory, disk, time for numbers of ranks",
    .more = "  gridwalk plan configs/sma-cross-grid.yaml --ranks 1,16,256\n"
            "\nSome tiles are computed here for about two seconds; times are for cores\n"
            "like this one. Efficiency: computing of all ranks over ranks x time.\n",
    .option = options,
    .run = run_plan,
};
