#include "results_write.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP_CELLS = 1 << 17, /* 1 MiB of doubles: the largest box with gaps */
    GROUP_GAP = 1024,      /* rows of other tiles that a box may span: dearer to skip */
    FAR = 8192             /* further ahead, asking the rank index is cheaper */
};

/* One combination of a tile: its number, its row in `combo`, its place in the payload. */
struct position {
    uint64_t k, row;
    size_t slot;
};

/* A payload laid open. */
struct rows {
    const struct gw_tile *tile;
    struct gw_payload_reader payload;
    size_t per_combination; /* rows of a combination */
    struct position *at;    /* [count] ascending */
    size_t count;
    void *column[GW_COLUMN_PARTS]; /* [count][windows] what each part gets, of its type;
                                      NULL: there is no such part */
};

static int compare_positions(const void *a, const void *b)
{
    const struct position *x = a, *y = b;
    return (x->k > y->k) - (x->k < y->k);
}

static uint64_t count_feasible(const struct gw_space *space, uint64_t from, uint64_t to)
{
    uint64_t found = 0;
    while (from < to) {
        uint64_t k[GW_BLOCK];
        bool feasible[GW_BLOCK];
        size_t count = 0;
        while (count < GW_BLOCK && from < to) {
            k[count++] = from++;
        }
        gw_space_feasible(space, k, count, feasible);
        for (size_t i = 0; i < count; i++) {
            found += feasible[i];
        }
    }
    return found;
}

/* Rows among the feasible combinations: from one to the next by counting what lies
 * between, which is less work than asking the index for each. */
static void number_rows(const struct gw_space *space, struct position *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (space->constraints == 0) {
            at[i].row = at[i].k;
        } else if (i == 0 || at[i].k - at[i - 1].k > FAR) {
            at[i].row = gw_space_rank(space, at[i].k);
        } else {
            at[i].row = at[i - 1].row + count_feasible(space, at[i - 1].k, at[i].k);
        }
    }
}

static void lay_open(const struct gw_results_writer *writer, struct rows *rows)
{
    const struct gw_tile *tile = rows->tile;
    bool sorted = true; /* where the lanes are the last parameter */
    rows->at = gw_calloc((size_t)tile->runs * GW_RUN, sizeof *rows->at);
    for (uint64_t run = tile->first_run; run < tile->first_run + tile->runs; run++) {
        uint64_t k[GW_RUN];
        size_t lanes = gw_plan_run(writer->plan, run, k);
        for (size_t i = 0; i < lanes; i++) {
            sorted = sorted && (rows->count == 0 || rows->at[rows->count - 1].k < k[i]);
            rows->at[rows->count] = (struct position){.k = k[i], .slot = rows->count};
            rows->count++;
        }
    }
    if (!sorted) {
        qsort(rows->at, rows->count, sizeof *rows->at, compare_positions);
    }
    number_rows(&writer->space, rows->at, rows->count);
}

static void tally(struct gw_results_summary *summary,
                  enum gw_row_status status,
                  uint64_t k,
                  size_t window)
{
    assert(status == GW_ROW_OK || status == GW_ROW_INSUFFICIENT_HISTORY ||
           status == GW_ROW_RUINED || status == GW_ROW_FAILED);
    summary->rows++;
    summary->insufficient += status == GW_ROW_INSUFFICIENT_HISTORY;
    summary->ruined += status == GW_ROW_RUINED;
    if (status != GW_ROW_FAILED) {
        return;
    }
    bool first = summary->failed == 0 || k < summary->first_failed_k ||
                 (k == summary->first_failed_k && window < summary->first_failed_window);
    if (first) {
        summary->first_failed_k = k;
        summary->first_failed_window = window;
    }
    summary->failed++;
}

/* Remember it when it is among the best so far. */
static void
hold(struct gw_results_writer *writer, size_t window, const struct gw_score *score)
{
    size_t room = writer->room, *count = &writer->firsts[window], at = *count;
    struct gw_score *first = writer->first + window * room;
    if (at == room) {
        if (!gw_score_before(score, &first[--at])) {
            return;
        }
    } else {
        ++*count;
    }
    for (; at > 0 && gw_score_before(score, &first[at - 1]); at--) {
        first[at] = first[at - 1];
    }
    first[at] = *score;
}

/* Score a combination in a window, for the columns; returns the score it is chosen by. */
static struct gw_score score(const struct gw_results_writer *writer,
                             const struct rows *rows,
                             const struct position *at,
                             size_t window)
{
    const struct gw_objective *objective = &writer->plan->experiment->objective;
    size_t cell = (size_t)(at - rows->at) * rows->tile->windows + window;
    double *on = rows->column[GW_COLUMN_ON], *test = rows->column[GW_COLUMN_TEST];
    uint8_t *rank = rows->column[GW_COLUMN_RANK];
    const struct gw_score chosen_by =
        gw_payload_score(&rows->payload, at->slot, window, objective->on, at->k);
    on[cell] = gw_score_objective(objective, &chosen_by);
    if (rank != NULL) {
        rank[cell] = (uint8_t)chosen_by.rank;
    }
    if (test != NULL) {
        const struct gw_score tested =
            gw_payload_score(&rows->payload, at->slot, window, GW_TEST, at->k);
        test[cell] = gw_score_objective(objective, &tested);
    }
    return chosen_by;
}

/* Count the rows, score them, and remember each window's best. */
static void judge(struct gw_results_writer *writer, const struct rows *rows)
{
    const struct gw_tile *tile = rows->tile;
    for (size_t i = 0; i < rows->count * tile->windows; i++) {
        const struct position *at = &rows->at[i / tile->windows];
        size_t w = i % tile->windows, window = tile->first_window + w;
        for (size_t s = 0; s < rows->payload.segments; s++) {
            tally(&writer->summary, gw_payload_status(&rows->payload, at->slot, w, s),
                  at->k, window);
        }
        const struct gw_score found = score(writer, rows, at, w);
        hold(writer, window, &found);
        const unsigned char *kept = gw_payload_rows(&rows->payload, at->slot, w);
        if (writer->best != NULL && kept != NULL) {
            gw_best_offer(&writer->best[window], &found, kept);
        }
    }
}

/* Some combinations that go into the file as one box; `gaps` rows in it are not ours. */
struct group {
    const struct position *at;
    size_t count;
    struct gw_results_box box;
    bool gaps;
};

/* The longest group from `first` on: neighbours, a few rows of other tiles between them.
 */
static struct group next_group(const struct rows *rows, size_t first)
{
    assert(rows->per_combination > 0);
    const struct position *at = rows->at + first;
    size_t span = GROUP_CELLS / rows->per_combination, count = 1;
    while (first + count < rows->count &&
           at[count].row - at[count - 1].row <= GROUP_GAP &&
           at[count].row - at[0].row < span) {
        count++;
    }
    uint64_t length = at[count - 1].row - at[0].row + 1;
    return (struct group){
        .at = at,
        .count = count,
        .box = {rows->tile->first_window, rows->tile->windows, at[0].row, length},
        .gaps = length != count};
}

/* One of a combination's rows, [windows][segments], where none is left out. */
static const unsigned char *row_at(const struct rows *rows, size_t slot, size_t row)
{
    return gw_payload_rows(&rows->payload, slot, 0) + row * rows->payload.row_bytes;
}

static enum gw_status write_status(struct gw_results_writer *writer,
                                   const struct rows *rows,
                                   const struct group *group,
                                   int8_t *cell)
{
    const struct gw_results_box *box = &group->box;
    if (group->gaps) {
        GW_TRY(gw_results_file_status_back(writer->file, box, cell));
    }
    for (size_t i = 0; i < group->count * rows->per_combination; i++) {
        size_t c = i % group->count, row = i / group->count;
        cell[row * box->count + (group->at[c].row - box->first)] =
            (int8_t)row_at(rows, group->at[c].slot, row)[0];
    }
    return gw_results_file_status(writer->file, box, cell);
}

double gw_results_objective(const struct gw_plan *plan, const unsigned char *row)
{
    const struct gw_experiment *experiment = plan->experiment;
    double metric[GW_METRICS];
    for (size_t m = 0; m < experiment->metrics; m++) {
        metric[experiment->metric[m]] = gw_row_metric(row, m);
    }
    enum gw_row_status status = (enum gw_row_status)(int8_t)row[0];
    const struct gw_score score =
        gw_score_of(&experiment->objective, status, metric, false, 0);
    return gw_score_objective(&experiment->objective, &score);
}

/* One cell of the objective's variable: evaluated anew only where no column has it. */
static double objective_of(const struct gw_results_writer *writer,
                           const struct rows *rows,
                           const struct position *at,
                           size_t row)
{
    const struct gw_plan *plan = writer->plan;
    size_t segment = row % plan->segments, window = row / plan->segments;
    bool on = segment == plan->experiment->objective.on;
    if (on || segment == GW_TEST) {
        const double *column = rows->column[on ? GW_COLUMN_ON : GW_COLUMN_TEST];
        return column[(size_t)(at - rows->at) * rows->tile->windows + window];
    }
    return gw_results_objective(plan, row_at(rows, at->slot, row));
}

static enum gw_status write_metric(struct gw_results_writer *writer,
                                   const struct rows *rows,
                                   const struct group *group,
                                   size_t metric,
                                   double *cell)
{
    const struct gw_results_box *box = &group->box;
    bool objective = metric == writer->plan->experiment->metrics;
    if (group->gaps) {
        GW_TRY(gw_results_file_metric_back(writer->file, metric, box, cell));
    }
    for (size_t row = 0; row < rows->per_combination; row++) {
        double *line = cell + row * box->count;
        for (size_t c = 0; c < group->count; c++) {
            const struct position *at = &group->at[c];
            line[at->row - box->first] =
                objective ? objective_of(writer, rows, at, row)
                          : gw_row_metric(row_at(rows, at->slot, row), metric);
        }
    }
    return gw_results_file_metric(writer->file, metric, box, cell);
}

static enum gw_status write_column(struct gw_results_writer *writer,
                                   const struct rows *rows,
                                   const struct group *group,
                                   enum gw_column_part part,
                                   void *cell,
                                   struct gw_error *err)
{
    const struct gw_results_box *box = &group->box;
    const char *from = rows->column[part];
    char *to = cell;
    size_t windows = rows->tile->windows, bytes = writer->column.bytes[part];
    if (from == NULL) {
        return GW_OK;
    }
    if (group->gaps) {
        GW_TRY(gw_column_read(&writer->column, part, box, cell, err));
    }
    for (size_t i = 0; i < windows * group->count; i++) {
        size_t w = i / group->count;
        const struct position *at = &group->at[i % group->count];
        memcpy(to + (w * box->count + (at->row - box->first)) * bytes,
               from + ((size_t)(at - rows->at) * windows + w) * bytes, bytes);
    }
    return gw_column_write(&writer->column, part, box, cell, err);
}

static enum gw_status write_group(struct gw_results_writer *writer,
                                  const struct rows *rows,
                                  const struct group *group,
                                  struct gw_error *err)
{
    double *cell =
        gw_calloc(rows->per_combination * (size_t)group->box.count, sizeof *cell);
    enum gw_status status = GW_OK;
    for (enum gw_column_part p = 0; p < GW_COLUMN_PARTS && status == GW_OK; p++) {
        status = write_column(writer, rows, group, p, cell, err);
    }
    if (status == GW_OK && writer->file != NULL) {
        status = write_status(writer, rows, group, (int8_t *)cell);
        size_t metrics = gw_results_columns(writer->plan);
        for (size_t m = 0; m < metrics && status == GW_OK; m++) {
            status = write_metric(writer, rows, group, m, cell);
        }
    }
    free(cell);
    return status;
}

size_t gw_results_combinations(const struct gw_plan *plan, const struct gw_tile *tile)
{
    uint64_t k[GW_RUN];
    size_t count = 0;
    for (uint64_t run = tile->first_run; run < tile->first_run + tile->runs; run++) {
        count += gw_plan_run(plan, run, k);
    }
    return count;
}

static void rows_open(const struct gw_results_writer *writer, struct rows *rows)
{
    for (enum gw_column_part part = 0; part < GW_COLUMN_PARTS; part++) {
        size_t bytes = writer->column.bytes[part];
        if (bytes > 0) {
            rows->column[part] = gw_calloc(rows->count * rows->tile->windows, bytes);
        }
    }
}

static void rows_clear(struct rows *rows)
{
    for (enum gw_column_part part = 0; part < GW_COLUMN_PARTS; part++) {
        free(rows->column[part]);
    }
    free(rows->at);
}

enum gw_status gw_results_rows(struct gw_results_writer *writer,
                               const struct gw_tile *tile,
                               const void *payload,
                               size_t length,
                               struct gw_error *err)
{
    struct rows rows = {.tile = tile,
                        .per_combination = tile->windows * writer->plan->segments};
    lay_open(writer, &rows);
    if (!gw_payload_valid(writer->plan, rows.count, tile->windows, payload, length)) {
        rows_clear(&rows);
        return gw_fail(err, GW_DATA, "not the payload of that tile");
    }
    rows_open(writer, &rows);
    gw_payload_open(&rows.payload, writer->plan, rows.count, tile->windows, payload,
                    length);
    judge(writer, &rows);
    enum gw_status status = GW_OK;
    for (size_t i = 0; i < rows.count && status == GW_OK;) {
        struct group group = next_group(&rows, i);
        status = write_group(writer, &rows, &group, err);
        i += group.count;
    }
    gw_payload_close(&rows.payload);
    rows_clear(&rows);
    return status;
}
