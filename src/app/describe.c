#include "describe.h"

#include "timeline.h"

#include "gridwalk/base/time.h"
#include "gridwalk/store/files.h"
#include "gridwalk/store/format.h"
#include "gridwalk/store/journal.h"
#include "gridwalk/store/results.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* rss_bytes with limits.memory: 1M in FILE.run.json of `mpirun -n 2 gridwalk run`. */
static const double PROCESS_BYTES = 32e6;

/* Of rank 0: payloads that come in at once (sched's inbox and its own). */
enum { PAYLOADS_COORDINATOR = 10, PAYLOADS_WORKER = 2 };

void gw_describe_grid(const struct gw_plan *plan, struct gw_text *out)
{
    char total[32], left[32];
    struct gw_feasible feasible = gw_space_count(&plan->space);
    gw_format_count(plan->space.total, total, sizeof total);
    gw_format_count(feasible.count, left, sizeof left);
    gw_text_printf(out, "grid        %s combination%s", total,
                   plan->space.total == 1 ? "" : "s");
    if (plan->space.constraints > 0) {
        gw_text_printf(out, ", %s%s left by the constraints (%.3g %%)%s",
                       feasible.exact ? "" : "about ", left,
                       100 * (double)feasible.count / (double)plan->space.total,
                       feasible.exact ? "" : ", estimated from 100,000 samples");
    }
    gw_text_printf(out, "\n");
}

static void describe_lengths(const struct gw_walk_forward *x, struct gw_text *out)
{
    const struct gw_length *const length[] = {&x->train, &x->validation, &x->test,
                                              &x->step};
    static const char *const name[] = {"train ", ", validation ", ", test ", ", step "};
    bool there[] = {true, x->validation.count > 0, true, true};
    if (x->dated > 0) {
        gw_text_printf(out, "by their dates, ");
        return;
    }
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        if (there[i]) {
            gw_text_printf(out, "%s", name[i]);
            gw_length_print(length[i], out);
        }
    }
    gw_text_printf(out, "%s, ", x->train.unit == 0 ? " bars" : "");
    if (x->purge > 0) {
        gw_text_printf(out, "purge %lld bars, ", (long long)x->purge);
    }
    if (x->embargo > 0) {
        gw_text_printf(out, "embargo %lld bars, ", (long long)x->embargo);
    }
    gw_text_printf(out, "%s", x->anchored ? "anchored, " : "");
}

void gw_describe_windows(const struct gw_plan *plan,
                         const struct gw_panel *panel,
                         struct gw_text *out)
{
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    const struct gw_window *first = &plan->window[0];
    const struct gw_window *last = &plan->window[plan->windows - 1];
    gw_date_format(panel->session[first->begin[GW_TRAIN]], from);
    gw_date_format(panel->session[last->end[gw_last_segment(plan->segments)]], to);
    gw_text_printf(out, "windows     %zu (", plan->windows);
    if (plan->experiment->walk_forward.present) {
        describe_lengths(&plan->experiment->walk_forward, out);
    }
    gw_text_printf(out, "%s to %s), look-back up to %zu bars%s\n", from, to,
                   plan->lookback,
                   plan->lookback_exact ? "" : " (from the corners of the grid)");
    if (plan->experiment->walk_forward.present) {
        gw_timeline(plan, panel->session, out);
    }
}

void gw_describe_choice(const struct gw_plan *plan, struct gw_text *out)
{
    const struct gw_objective *objective = &plan->experiment->objective;
    gw_text_printf(out, "choice      %s ", objective->maximize ? "maximize" : "minimize");
    for (const char *at = objective->text; *at != '\0'; at++) {
        bool last = at[1] == '\0'; /* YAML has lines in a text, and at its end */
        gw_text_append(out, *at == '\n' ? " " : at, *at == '\n' && last ? 0 : 1);
    }
    if (plan->experiment->walk_forward.present) {
        gw_text_printf(out, " on %s", gw_segment_name[objective->on]);
    }
    if (objective->requires > 0) {
        gw_text_printf(out, ", %zu condition%s (otherwise %s)", objective->requires,
                       objective->requires == 1 ? "" : "s",
                       objective->otherwise_best ? "best" : "cash");
    }
    gw_text_printf(out, ", select ");
    gw_select_print(objective, out);
    gw_text_printf(out, "\n");
}

/* Bars of the windows of one tile, where they are most. */
static uint64_t most_bars(const struct gw_plan *plan)
{
    uint64_t most = 0, bars = 0;
    for (size_t w = 0; w < plan->windows; w++) {
        bars = w % plan->tiling.windows_per_tile == 0 ? 0 : bars;
        for (size_t s = 0; s < plan->segments; s++) {
            bars += plan->window[w].end[s] - plan->window[w].begin[s] + 1;
        }
        most = bars > most ? bars : most;
    }
    return most;
}

void gw_describe_work(const struct gw_plan *plan, double rows, struct gw_text *out)
{
    const struct gw_tiling *tiling = &plan->tiling;
    char tiles[32], rows_text[32], bars_text[32], combinations[32];
    uint64_t runs =
        tiling->runs_per_tile < tiling->runs ? tiling->runs_per_tile : tiling->runs;
    uint64_t lanes = tiling->lanes < GW_RUN ? tiling->lanes : GW_RUN;
    uint64_t bars = most_bars(plan);
    uint64_t most = runs * lanes < plan->space.total ? runs * lanes : plan->space.total;
    gw_format_count((uint64_t)rows, rows_text, sizeof rows_text);
    gw_format_count(tiling->tiles, tiles, sizeof tiles);
    gw_format_count(most, combinations, sizeof combinations);
    gw_format_count(bars * plan->assets, bars_text, sizeof bars_text);
    gw_text_printf(
        out, "work        %s rows in %s tile%s of up to %s combinations x %s bars\n",
        rows_text, tiles, tiling->tiles == 1 ? "" : "s", combinations, bars_text);
}

/* ---- memory ---- */

double gw_node_bytes(const struct gw_plan_memory *memory, int ranks)
{
    return memory->bundle + ranks * memory->rank + memory->coordinator;
}

/* As an experiment says it: 256M. */
static void format_binary(double bytes, char *out, size_t size)
{
    static const char unit[] = "KMGT";
    size_t u = 0;
    for (bytes /= 1024; u + 2 < sizeof unit && fmod(bytes, 1024) == 0; u++) {
        bytes /= 1024;
    }
    snprintf(out, size, "%.10g%c", bytes, unit[u]);
}

void gw_describe_memory(const struct gw_plan *plan,
                        const struct gw_panel *panel,
                        struct gw_plan_memory *memory_out,
                        struct gw_text *out)
{
    const struct gw_experiment *experiment = plan->experiment;
    double payload = (double)gw_plan_payload_max(plan);
    double kept = (double)experiment->keep_top * (double)plan->windows *
                  (double)plan->segments * (double)gw_plan_row_bytes(plan);
    *memory_out = (struct gw_plan_memory){
        .bundle = (double)gw_panel_bytes(&panel->header->dims),
        .rank = experiment->memory + PAYLOADS_WORKER * payload + PROCESS_BYTES,
        .coordinator = (PAYLOADS_COORDINATOR - PAYLOADS_WORKER) * payload +
                       (double)plan->tiling.tiles / 8 + kept};
    char bundle[32], rank[32], limit[32], more[32], node[32];
    gw_format_bytes(memory_out->bundle, bundle, sizeof bundle);
    gw_format_bytes(memory_out->rank, rank, sizeof rank);
    format_binary(experiment->memory, limit, sizeof limit);
    gw_format_bytes(memory_out->coordinator, more, sizeof more);
    gw_format_bytes(gw_node_bytes(memory_out, GW_NODE_RANKS), node, sizeof node);
    gw_text_printf(out,
                   "memory      at most: bundle %s a node, a rank %s (limits.memory %s), "
                   "rank 0 %s more; a node of %d ranks %s\n",
                   bundle, rank, limit, more, GW_NODE_RANKS, node);
}

/* ---- disk ---- */

static void warn_output(const char *output, struct gw_text *out)
{
    struct gw_error err;
    struct gw_text journal = {0};
    if (gw_format_check_output(output, GW_FORMAT_RESULTS, &err) != GW_OK) {
        gw_text_printf(out, "warning: `run` will refuse: %s\n", err.text);
    }
    gw_text_printf(&journal, "%s.journal", output);
    if (access(journal.data, F_OK) == 0) {
        gw_text_printf(out,
                       "note: %s: a journal of an earlier run is there: less is left "
                       "than this\n",
                       journal.data);
    }
    gw_text_clear(&journal);
}

void gw_describe_disk(const struct gw_plan *plan,
                      double rows,
                      const char *output,
                      struct gw_text *out)
{
    bool top = plan->experiment->keep_top > 0;
    double tiles = (double)plan->tiling.tiles, results = gw_results_bytes(plan);
    double feasible = rows / (double)plan->windows / (double)plan->segments;
    double payload = gw_payload_total(plan, feasible) / tiles;
    double column = gw_results_column_bytes(plan, feasible);
    double meanwhile = gw_journal_bytes(tiles, payload) + column;
    double space = gw_file_space(output);
    char made[32], beside[32], room[32] = "", needed[32];
    gw_format_bytes(results, made, sizeof made);
    gw_format_bytes(meanwhile, beside, sizeof beside);
    gw_format_bytes(results + meanwhile, needed, sizeof needed);
    gw_format_bytes(space, room, sizeof room);
    gw_text_printf(out, "disk        %s: %s; while it runs %s%s more beside it%s%s\n",
                   output, made, top ? "about " : "", beside,
                   space >= 0 ? "; free are " : "", space >= 0 ? room : "");
    if (space >= 0 && results + meanwhile > space) {
        gw_text_printf(out,
                       "warning: that is %s and does not fit: `run` will refuse; choose "
                       "%s\n",
                       needed,
                       top ? "fewer combinations or windows"
                           : "fewer metrics or output: {keep: {top: N}}");
    }
    warn_output(output, out);
}

/* ---- numbers ---- */

void gw_describe_number(double value, char *out, size_t size)
{
    if (value < 0.001) {
        snprintf(out, size, "below 0.001");
    } else if (value < 9.95) {
        snprintf(out, size, "%.2g", value);
    } else {
        double unit = pow(10, fmax(0, floor(log10(value)) - 2));
        gw_format_count((uint64_t)(round(fmin(value, 1e18) / unit) * unit), out, size);
    }
}

void gw_describe_duration(double seconds, char *out, size_t size)
{
    double days = seconds / 86400;
    char count[32];
    if (days < 2) {
        gw_format_seconds(seconds, out, size);
        return;
    }
    gw_describe_number(days < 1000 ? days : days / 365.25, count, sizeof count);
    snprintf(out, size, "%.24s %s", count, days < 1000 ? "days" : "years");
}
