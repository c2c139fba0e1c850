/* Choosing in every window, from the columns that the tiles have left. */
#include "results_write.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BLOCK = 8192 };

/* Objectives as scores have them: larger is better. */
static double turned(const struct gw_results_writer *writer, double objective)
{
    return writer->plan->experiment->objective.maximize ? objective : -objective;
}

/* ---- keep ---- */

/* The score of one combination in a window, by what the columns say. */
static enum gw_status score_of(struct gw_results_writer *writer,
                               size_t window,
                               uint64_t k,
                               struct gw_score *out,
                               struct gw_error *err)
{
    const struct gw_results_box box = {window, 1, gw_space_rank(&writer->space, k), 1};
    double objective;
    uint8_t rank;
    GW_TRY(gw_column_read(&writer->column, GW_COLUMN_ON, &box, &objective, err));
    GW_TRY(gw_column_read(&writer->column, GW_COLUMN_RANK, &box, &rank, err));
    *out = (struct gw_score){.rank = rank, .k = k};
    out->value = rank <= GW_SCORE_UNMET ? turned(writer, objective) : 0;
    return GW_OK;
}

/* ---- plateau ---- */

/* All combinations that the constraints leave out become holes, in every window. */
static void open_surface(const struct gw_results_writer *writer,
                         struct gw_surface *surface)
{
    size_t total = (size_t)writer->plan->space.total, count;
    surface->value = gw_calloc(total, sizeof *surface->value);
    surface->rank = gw_calloc(total, sizeof *surface->rank);
    memset(surface->rank, GW_SCORE_HOLE, total);
    struct gw_combo_walk walk = {.space = &writer->space,
                                 .count = writer->space.feasible};
    uint64_t k[GW_BLOCK];
    while ((count = gw_combo_next(&walk, k)) > 0) {
        for (size_t i = 0; i < count; i++) {
            surface->rank[k[i]] = GW_SCORE_NOT_RUN;
        }
    }
}

/* Put a window's rows where there is no hole. */
static enum gw_status fill_surface(struct gw_results_writer *writer,
                                   size_t window,
                                   struct gw_surface *surface,
                                   struct gw_error *err)
{
    double objective[READ_BLOCK] = {0};
    uint8_t rank[READ_BLOCK] = {0};
    uint64_t row = 0, rows = writer->column.rows;
    for (uint64_t k = 0; k < writer->plan->space.total; k++) {
        if (surface->rank[k] == GW_SCORE_HOLE) {
            continue;
        }
        size_t at = (size_t)(row % READ_BLOCK);
        if (at == 0) {
            uint64_t left = rows - row;
            const struct gw_results_box box = {window, 1, row,
                                               left < READ_BLOCK ? left : READ_BLOCK};
            GW_TRY(gw_column_read(&writer->column, GW_COLUMN_ON, &box, objective, err));
            GW_TRY(gw_column_read(&writer->column, GW_COLUMN_RANK, &box, rank, err));
        }
        surface->rank[k] = rank[at];
        surface->value[k] =
            rank[at] <= GW_SCORE_UNMET ? turned(writer, objective[at]) : 0;
        row++;
    }
    assert(row == rows);
    return GW_OK;
}

/* ---- all windows ---- */

static enum gw_status choose_window(struct gw_results_writer *writer,
                                    size_t window,
                                    struct gw_surface *surface,
                                    struct gw_error *err)
{
    const struct gw_plan *plan = writer->plan;
    const struct gw_score *first = &writer->first[window * writer->room];
    struct gw_choice *out = &writer->chosen[window].choice;
    const struct gw_choice *before = &writer->chosen[window > 0 ? window - 1 : 0].choice;
    struct gw_score previous;
    switch (plan->experiment->objective.select) {
    case GW_SELECT_PLATEAU:
        GW_TRY(fill_surface(writer, window, surface, err));
        gw_choose_plateau(plan, surface, out);
        return GW_OK;
    case GW_SELECT_KEEP:
        if (window > 0 && before->picks > 0) {
            GW_TRY(score_of(writer, window, before->k[0], &previous, err));
            gw_choose_keep(plan, first, &previous, out);
        } else {
            gw_choose_keep(plan, first, NULL, out);
        }
        return GW_OK;
    default:
        gw_choose_first(plan, first, writer->firsts[window], out);
        return GW_OK;
    }
}

static enum gw_status choose_all(struct gw_results_writer *writer, struct gw_error *err)
{
    struct gw_surface surface = {NULL, NULL};
    if (writer->plan->experiment->objective.select == GW_SELECT_PLATEAU) {
        open_surface(writer, &surface);
    }
    enum gw_status status = GW_OK;
    for (size_t w = 0; w < writer->plan->windows && status == GW_OK; w++) {
        status = choose_window(writer, w, &surface, err);
    }
    free(surface.value);
    free(surface.rank);
    return status;
}

/* ---- standings ---- */

/* The combination of a row: the last number with so many feasible ones below it. */
static int64_t number_of(const struct gw_space *space, int64_t row)
{
    uint64_t low = (uint64_t)row, high = space->total - 1;
    while (row >= 0 && low < high) {
        uint64_t middle = high - (high - low) / 2;
        if (gw_space_rank(space, middle) <= (uint64_t)row) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return row >= 0 ? (int64_t)low : -1;
}

/* `cell`: room for both columns of a window. */
static enum gw_status stand_window(struct gw_results_writer *writer,
                                   size_t window,
                                   double *cell,
                                   struct gw_error *err)
{
    uint64_t rows = writer->column.rows;
    struct gw_forward_window *chosen = &writer->chosen[window];
    struct gw_standing *standing = &writer->standing[window];
    const struct gw_results_box box = {window, 1, 0, rows};
    GW_TRY(gw_column_read(&writer->column, GW_COLUMN_ON, &box, cell, err));
    GW_TRY(gw_column_read(&writer->column, GW_COLUMN_TEST, &box, cell + rows, err));
    for (uint64_t i = 0; i < 2 * rows; i++) {
        cell[i] = turned(writer, cell[i]);
    }
    const struct gw_objectives objectives = {cell, cell + rows, (size_t)rows};
    const struct gw_choice *choice = &chosen->choice;
    gw_standing_find(
        &objectives,
        choice->picks > 0 ? (int64_t)gw_space_rank(&writer->space, choice->k[0]) : -1,
        standing);
    chosen->median = number_of(&writer->space, standing->median);
    chosen->hindsight = number_of(&writer->space, standing->best);
    return GW_OK;
}

static enum gw_status stand_all(struct gw_results_writer *writer, struct gw_error *err)
{
    enum gw_status status = GW_OK;
    double *cell = gw_calloc(2 * (size_t)writer->column.rows, sizeof *cell);
    for (size_t w = 0; w < writer->plan->windows && status == GW_OK; w++) {
        status = stand_window(writer, w, cell, err);
    }
    free(cell);
    return status;
}

enum gw_status gw_results_choose(struct gw_results_writer *writer,
                                 struct gw_forward_window *out,
                                 bool *ranked_out,
                                 struct gw_error *err)
{
    const struct gw_plan *plan = writer->plan;
    assert(writer->tiles == plan->tiling.tiles && writer->chosen == NULL);
    writer->chosen = gw_calloc(plan->windows, sizeof *writer->chosen);
    writer->standing = gw_calloc(plan->windows, sizeof *writer->standing);
    for (size_t w = 0; w < plan->windows; w++) {
        writer->chosen[w].median = writer->chosen[w].hindsight = -1;
        writer->standing[w] = (struct gw_standing){-1, -1, NAN, -1, -1};
    }
    GW_TRY(choose_all(writer, err));
    *ranked_out =
        plan->segments <= GW_TEST ||
        gw_standing_bytes((double)writer->column.rows) <= plan->experiment->memory;
    if (plan->segments > GW_TEST && *ranked_out) {
        GW_TRY(stand_all(writer, err));
    }
    memcpy(out, writer->chosen, plan->windows * sizeof *out);
    return GW_OK;
}
