#include "results_write.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/store/files.h"
#include "gridwalk/store/journal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    FILE_OVERHEAD = 64 * 1024
}; /* attributes and headers, without the experiment's text */

/* Combinations in the file: all feasible ones, or what keep: top leaves at most. */
static double combinations_kept(const struct gw_plan *plan, double feasible)
{
    double kept = (double)plan->experiment->keep_top * (double)plan->windows;
    return plan->experiment->keep_top > 0 && kept < feasible ? kept : feasible;
}

/* Of a record a return and an equity a bar, and its metrics. */
static double record_bytes(const struct gw_plan *plan)
{
    size_t first;
    double bars = (double)gw_forward_bars(plan, &first);
    double record = 16 * bars + 8.0 * GW_METRICS;
    return bars > 0 ? (double)gw_forward_records(plan) * record + 4 * bars : 0;
}

static double bytes_for(const struct gw_plan *plan, double combinations)
{
    double row = 1 + 8.0 * (double)gw_results_columns(plan);
    double coordinates = 8.0 * (1 + (double)plan->experiment->axes);
    double windows = (double)plan->windows, segments = (double)plan->segments;
    double window = 8.0 * (GW_BINS + 12) + 16.0 * (double)gw_choice_room(plan);
    return combinations * (coordinates + windows * segments * row) +
           windows * (window + 8.0 * segments) + record_bytes(plan) + FILE_OVERHEAD +
           (double)plan->experiment->text.length;
}

double gw_results_bytes(const struct gw_plan *plan)
{
    double feasible = (double)gw_space_count(&plan->space).count;
    return bytes_for(plan, combinations_kept(plan, feasible));
}

static enum gw_status fail_space(const char *path,
                                 const struct gw_results_run *run,
                                 double need,
                                 double space,
                                 struct gw_error *err)
{
    const struct gw_plan *plan = run->plan;
    const struct gw_feasible feasible = gw_space_count(&plan->space);
    char need_text[32], free_text[32], rows_text[32], combinations[32], windows[48] = "";
    gw_format_bytes((double)feasible.count * (double)plan->windows *
                        (double)plan->segments * (double)plan->experiment->metrics * 8,
                    rows_text, sizeof rows_text);
    gw_format_bytes(need, need_text, sizeof need_text);
    gw_format_bytes(space, free_text, sizeof free_text);
    gw_format_count(feasible.count, combinations, sizeof combinations);
    if (plan->windows > 1) {
        snprintf(windows, sizeof windows, "%zu windows x ", plan->windows);
    }
    bool top = plan->experiment->keep_top > 0;
    gw_fail(
        err, GW_SYSTEM,
        "results%s need %s (metrics alone %s: %s%s combinations x %s%zu metrics), %s are "
        "free where %s is to lie; %s",
        run->identity->journal ? " and their journal" : "", need_text, rows_text,
        feasible.exact ? "" : "about ", combinations, windows, plan->experiment->metrics,
        free_text, path,
        top ? "make room, name another -o, or choose fewer combinations or windows: the "
              "objective of each is kept until the end"
            : "make room, name another -o, or choose fewer metrics or output: {keep: "
              "{top: N}}");
    return GW_SYSTEM;
}

/* What the journal has to grow: by all of it, or by what an earlier run has left to do.
 */
static double journal_need(const char *path, const struct gw_plan *plan, double feasible)
{
    double tiles = (double)plan->tiling.tiles;
    double payload = gw_payload_total(plan, feasible) / tiles;
    struct gw_text name = {0};
    struct stat facts;
    gw_text_printf(&name, "%s.journal", path);
    double there = stat(name.data, &facts) == 0 ? (double)facts.st_size : 0;
    gw_text_clear(&name);
    return fmax(gw_journal_bytes(tiles, payload) - there, 0);
}

/* The file and, until the end, one column of objectives and the journal beside it.
 * Nothing here is larger than a sample of the grid, which may have 10^12 combinations. */
static enum gw_status
check_space(const char *path, const struct gw_results_run *run, struct gw_error *err)
{
    const struct gw_plan *plan = run->plan;
    double space = gw_file_space(path);
    double feasible = (double)gw_space_count(&plan->space).count;
    double need = bytes_for(plan, combinations_kept(plan, feasible)) +
                  gw_results_column_bytes(plan, feasible);
    if (run->identity->journal) {
        need += journal_need(path, plan, feasible);
    }
    return space >= 0 && need > space ? fail_space(path, run, need, space, err) : GW_OK;
}

/* The best rows of every window are held until the end. */
static enum gw_status check_memory(const struct gw_plan *plan, struct gw_error *err)
{
    double feasible = (double)gw_space_count(&plan->space).count;
    double rows = fmin((double)plan->experiment->keep_top, feasible);
    double need = rows * (double)plan->windows * (double)plan->segments *
                  (double)gw_plan_row_bytes(plan);
    if (plan->experiment->keep_top == 0 || need <= plan->experiment->memory) {
        return GW_OK;
    }
    char need_text[32], limit_text[32];
    gw_format_bytes(need, need_text, sizeof need_text);
    gw_format_bytes(plan->experiment->memory, limit_text, sizeof limit_text);
    return gw_fail(err, GW_CONFIG,
                   "output.keep.top: the best rows of %zu window%s need %s of memory, "
                   "limits.memory is %s; keep fewer or raise the limit",
                   plan->windows, plan->windows == 1 ? "" : "s", need_text, limit_text);
}

static struct gw_results_writer *writer_new(const char *path,
                                            const struct gw_results_run *run)
{
    const struct gw_plan *plan = run->plan;
    struct gw_results_writer *writer = gw_calloc(1, sizeof *writer);
    writer->path = gw_strdup(path);
    writer->run = *run;
    writer->plan = plan;
    writer->space = plan->space;
    writer->own_index = plan->space.before == NULL;
    if (writer->own_index) {
        gw_space_index(&writer->space);
    }
    writer->column.fd = -1;
    writer->seen = gw_calloc((size_t)(plan->tiling.tiles / 8 + 1), 1);
    writer->room = gw_choice_room(plan);
    writer->first = gw_calloc(plan->windows * writer->room, sizeof *writer->first);
    writer->firsts = gw_calloc(plan->windows, sizeof *writer->firsts);
    if (plan->experiment->keep_top > 0) {
        writer->best = gw_calloc(plan->windows, sizeof *writer->best);
        for (size_t w = 0; w < plan->windows; w++) {
            writer->best[w].limit = (size_t)plan->experiment->keep_top;
            writer->best[w].row_bytes = plan->segments * gw_plan_row_bytes(plan);
        }
    }
    return writer;
}

void gw_results_free(struct gw_results_writer *writer)
{
    gw_column_close(&writer->column);
    if (writer->own_index) {
        gw_space_clear(&writer->space);
    }
    if (writer->best != NULL) {
        for (size_t w = 0; w < writer->plan->windows; w++) {
            gw_best_clear(&writer->best[w]);
        }
    }
    free(writer->best);
    free(writer->first);
    free(writer->firsts);
    free(writer->chosen);
    free(writer->standing);
    free(writer->seen);
    free(writer->path);
    free(writer);
}

enum gw_status gw_results_create(const char *path,
                                 const struct gw_plan *plan,
                                 const struct gw_panel *panel,
                                 const struct gw_run_identity *identity,
                                 struct gw_results_writer **out,
                                 struct gw_error *err)
{
    const struct gw_results_run run = {plan, panel, identity};
    GW_TRY(gw_file_check_output(path, err));
    GW_TRY(check_space(path, &run, err));
    GW_TRY(check_memory(plan, err));
    struct gw_results_writer *writer = writer_new(path, &run);
    enum gw_status status =
        gw_column_open(path, plan, writer->space.feasible, &writer->column, err);
    if (status == GW_OK && writer->best == NULL) {
        const struct gw_combo_walk all = {.space = &writer->space,
                                          .count = writer->space.feasible};
        status = gw_results_file_create(path, &run, all, &writer->file, err);
    }
    if (status != GW_OK) {
        gw_results_free(writer);
        return status;
    }
    *out = writer;
    return GW_OK;
}

bool gw_results_has(const struct gw_results_writer *writer, uint64_t tile)
{
    assert(tile < writer->plan->tiling.tiles);
    return (writer->seen[tile / 8] >> (tile % 8) & 1) != 0;
}

enum gw_status gw_results_accept(struct gw_results_writer *writer,
                                 uint64_t tile,
                                 const void *payload,
                                 size_t length,
                                 struct gw_error *err)
{
    assert(tile < writer->plan->tiling.tiles);
    assert(!gw_results_has(writer, tile));
    if (writer->file != NULL) {
        writer->file->h5.err = err;
    }
    const struct gw_tile rectangle = gw_plan_tile(writer->plan, tile);
    enum gw_status status = gw_results_rows(writer, &rectangle, payload, length, err);
    if (status == GW_DATA) {
        return gw_fail_prefix(err, "tile %" PRIu64 ": ", tile);
    }
    GW_TRY(status);
    writer->seen[tile / 8] |= (uint8_t)(1U << (tile % 8));
    writer->tiles++;
    return GW_OK;
}

bool gw_results_same(const struct gw_results_writer *writer,
                     uint64_t tile,
                     struct gw_payload_bytes a,
                     struct gw_payload_bytes b)
{
    const struct gw_plan *plan = writer->plan;
    const struct gw_tile rectangle = gw_plan_tile(plan, tile);
    size_t count = gw_results_combinations(plan, &rectangle), windows = rectangle.windows;
    return gw_payload_valid(plan, count, windows, a.bytes, a.length) &&
           gw_payload_valid(plan, count, windows, b.bytes, b.length) &&
           gw_payload_same(plan, count, windows, a, b);
}

enum gw_status
gw_results_lose(struct gw_results_writer *writer, uint64_t tile, struct gw_error *err)
{
    struct gw_payload payload;
    gw_payload_init(&payload, writer->plan);
    void *bytes = gw_calloc(1, gw_plan_payload_max(writer->plan));
    size_t length = gw_payload_fail(&payload, tile, bytes);
    enum gw_status status = gw_results_accept(writer, tile, bytes, length, err);
    free(bytes);
    gw_payload_clear(&payload);
    return status;
}

const struct gw_results_summary *gw_results_so_far(const struct gw_results_writer *writer)
{
    return &writer->summary;
}

void gw_results_bounds(const struct gw_results_writer *writer, struct gw_bound *out)
{
    assert(writer->best != NULL);
    for (size_t w = 0; w < writer->plan->windows; w++) {
        const struct gw_best *best = &writer->best[w];
        out[w] = GW_NO_BOUND;
        if (best->count == best->limit) {
            const struct gw_score *worst = &best->entry[0].score;
            out[w] = (struct gw_bound){worst->rank, worst->value};
        }
    }
}

void gw_results_abandon(struct gw_results_writer *writer)
{
    if (writer != NULL) {
        gw_results_file_abandon(writer->file);
        gw_results_free(writer);
    }
}
