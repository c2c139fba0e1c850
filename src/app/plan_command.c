/* plan: what a run costs, before it is queued. */
#include "calibrate.h"
#include "command.h"
#include "describe.h"
#include "source.h"
#include "warnings.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/engine/vector.h"
#include "gridwalk/report/tables.h"
#include "gridwalk/sched/predict.h"

#include <math.h>
#include <string.h>

enum { RANKS_LISTED = 32, RANKS_MOST = 1000000 };
static const char RANKS_STANDARD[] = "1,8,64,1024";

/* `mpirun -n 2 gridwalk bench scheduler`, without -n 2, and `bench memcpy`: an answer of
 * rank 0's takes 1 us between two ranks of a node, copying a payload 6 GB/s; a network
 * adds some us. A rank that waits wakes up within 100 us. Rank 0 looks every 200 us. */
static const double MESSAGE_SECONDS = 5e-6, MESSAGE_BYTES_PER_SECOND = 5e9;
static const double LATENCY_SECONDS = 100e-6, POLL_SECONDS = 200e-6;

/* `mpirun -n 2 gridwalk run`: "start" of --profile. */
static const double START_SECONDS = 0.35;

/* The end of a run, from its last tile on: 0.15 s for 10^6 objectives in 120 MB. */
static const double FINISH_SECONDS = 0.02, FINISH_OBJECTIVE_SECONDS = 1.3e-7;

/* A worthwhile run: so many of its core hours compute, and it ends within an hour. */
static const double EFFICIENCY_LEAST = 0.8, SECONDS_MOST = 3600;

/* No batch system has queues for more. */
static const double ALLOCATION_MOST = 30 * 86400.0;

struct plan_report {
    const struct gw_arguments *arguments;
    int ranks[RANKS_LISTED];
    size_t listed;
    const struct gw_experiment *experiment;
    const char *output;
    struct gw_source source;
    struct gw_calibration found;
    struct gw_job_costs costs;
    bool reference; /* --engine */
    double rows;
    struct gw_plan_memory memory;
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

/* What is wrong behind what is right; of a long list its beginning. */
static enum gw_status fail_ranks(const char *what, const char *word, struct gw_error *err)
{
    size_t length = strlen(word);
    return gw_fail(err, GW_USAGE,
                   "--ranks takes up to %d whole numbers from 1 to %d, as in %s: %s "
                   "'%.*s%s'",
                   RANKS_LISTED, RANKS_MOST, RANKS_STANDARD, what,
                   (int)(length < 60 ? length : 60), word, length < 60 ? "" : "...");
}

static enum gw_status parse_ranks(struct plan_report *report, struct gw_error *err)
{
    const char *list = gw_argument(report->arguments, "ranks");
    list = list != NULL ? list : RANKS_STANDARD;
    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        int64_t ranks;
        if (length == 0) {
            return fail_ranks("a number is missing in", list, err);
        }
        if (!gw_parse_int(at, length, &ranks) || ranks < 1 || ranks > RANKS_MOST) {
            return fail_ranks("no such number begins", at, err);
        }
        if (report->listed == RANKS_LISTED) {
            return fail_ranks("these are more:", list, err);
        }
        report->ranks[report->listed++] = (int)ranks;
        at += length;
        if (*at == '\0') {
            return GW_OK;
        }
    }
}

static enum gw_status parse_engine(struct plan_report *report, struct gw_error *err)
{
    const char *engine = gw_argument(report->arguments, "engine");
    if (engine != NULL && strcmp(engine, "vector") != 0 &&
        strcmp(engine, "reference") != 0) {
        return gw_fail(err, GW_USAGE, "--engine must be vector or reference, not '%s'",
                       engine);
    }
    report->reference = engine != NULL && engine[0] == 'r';
    return GW_OK;
}

/* ---- times ---- */

static void describe_costs(struct plan_report *report)
{
    const struct gw_calibration *found = &report->found;
    const char *guessed = found->accept_guessed;
    uint64_t all = report->source.plan->tiling.tiles;
    char tiles[32], seconds[32], tile[32], bars[32], hours[32], accept[32], payload[32];
    gw_format_count(found->tiles, tiles, sizeof tiles);
    gw_format_seconds(found->seconds, seconds, sizeof seconds);
    gw_format_seconds(found->tile_seconds, tile, sizeof tile);
    gw_describe_number(found->bars_per_second / 1e6, bars, sizeof bars);
    gw_describe_number((double)all * found->tile_seconds / 3600, hours, sizeof hours);
    gw_format_seconds(found->accept_seconds, accept, sizeof accept);
    gw_format_bytes(found->payload_bytes, payload, sizeof payload);
    gw_text_printf(&report->out,
                   "measured    %s tile%s here in %s (%s): %s a tile, %s million "
                   "combination-bars/s; %s core-hours in all\n"
                   "            taking in a tile of %s: %s%s%s%s\n",
                   tiles, found->tiles == 1 ? "" : "s", seconds,
                   report->reference ? "reference engine" : gw_isa_name(), tile, bars,
                   hours, payload, accept, guessed != NULL ? " (estimated: " : "",
                   guessed != NULL ? guessed : "", guessed != NULL ? ")" : "");
    if (found->failed > 0) {
        double share = 100 * found->failed / found->rows;
        gw_text_printf(
            &report->out,
            "warning: %.*f %% of the measured rows failed (a number argument of "
            "an expression is out of range): `run` will end with exit code 6\n",
            share < 1 || (share > 99 && share < 100) ? 2 : 0, share);
    }
    gw_text_printf(&report->out, "\n");
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
        gw_describe_duration(expected.seconds, seconds, sizeof seconds);
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
 * efficient, or that end at all; no more than the largest number asked about. */
static int choose_ranks(const struct plan_report *report, int most, struct expected *out)
{
    int chosen = 1;
    *out = expect_run(report, 1);
    for (int ranks = 2; chosen < most && out->seconds > SECONDS_MOST; ranks *= 2) {
        ranks = ranks < most ? ranks : most;
        struct expected expected = expect_run(report, ranks);
        if (expected.efficiency < EFFICIENCY_LEAST && out->seconds <= ALLOCATION_MOST) {
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
    double most = ALLOCATION_MOST / 60;
    uint64_t all = (uint64_t)fmin(fmax(5, ceil(2 * seconds / 60)), most),
             hours = all / 60;
    if (hours >= 24) {
        gw_text_printf(out, "%llu-%02llu:%02llu:00", (unsigned long long)(hours / 24),
                       (unsigned long long)(hours % 24), (unsigned long long)(all % 60));
        return;
    }
    gw_text_printf(out, "%llu:%02llu:00", (unsigned long long)hours,
                   (unsigned long long)(all % 60));
}

/* Where the ranks go. The memory is that of rank 0's node, which has one more to hold. */
static void print_allocation(const struct plan_report *report,
                             int ranks,
                             double seconds,
                             struct gw_text *out)
{
    int nodes = (ranks + GW_NODE_RANKS - 1) / GW_NODE_RANKS;
    int a_node = (ranks + nodes - 1) / nodes;
    double mebibytes = gw_node_bytes(&report->memory, a_node) / 1048576;
    gw_text_printf(out, "sbatch -N %d -n %d", nodes, ranks);
    if (nodes > 1) {
        gw_text_printf(out, " --ntasks-per-node=%d", a_node);
    }
    gw_text_printf(out, " -t ");
    print_time(seconds, out);
    gw_text_printf(out, " --mem=%.0fM", ceil(1.1 * mebibytes / 50) * 50);
}

static void print_submit(struct plan_report *report)
{
    struct gw_text *out = &report->out;
    struct expected expected;
    int most = 1;
    for (size_t i = 0; i < report->listed; i++) {
        most = report->ranks[i] > most ? report->ranks[i] : most;
    }
    int ranks = choose_ranks(report, most, &expected);
    char seconds[32];
    if (expected.seconds > ALLOCATION_MOST) {
        gw_format_count((uint64_t)most, seconds, sizeof seconds);
        gw_text_printf(out, "no allocation of up to %s rank%s ends within 30 days\n",
                       seconds, most == 1 ? "" : "s");
        return;
    }
    gw_describe_duration(expected.seconds, seconds, sizeof seconds);
    gw_text_printf(out, "%d rank%s: about %s\n  ", ranks, ranks == 1 ? "" : "s", seconds);
    print_allocation(report, ranks, expected.seconds, out);
    gw_text_printf(out, " jobs/grid.sbatch");
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
    gw_warn_windows(plan, &report->out);
    gw_warn_plateau(plan, &report->out);
    gw_describe_work(plan, report->rows, &report->out);
    gw_describe_memory(plan, report->source.panel, &report->memory, &report->out);
    gw_describe_disk(plan, report->rows, report->output, &report->out);
    GW_TRY(gw_calibrate(&report->source, report->output, report->reference,
                        &report->found, err));
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
    GW_TRY(parse_engine(&report, err));
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
    {"engine", 0, "NAME", "as of run: vector (default), or reference"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_plan = {
    .name = "plan",
    .positional = "EXPERIMENT",
    .help = "what a run would cost: memory, disk, time for numbers of ranks",
    .more = "  gridwalk plan configs/sma-cross-grid.yaml --ranks 1,16,256\n"
            "\nSome tiles are computed here for about two seconds (at least one, however "
            "long\n"
            "it takes); times are for cores like this one. Efficiency: computing of all\n"
            "ranks over ranks x time. The line to submit has at most the largest of the\n"
            "numbers of ranks.\n",
    .option = options,
    .run = run_plan,
};
