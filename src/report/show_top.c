#include "show.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOW_METRICS = 8, METRIC_WIDTH = 9 };

/* A row that may be among the best; score.k is the row, which ascends with the number. */
struct candidate {
    struct gw_score score;
    int8_t status;
};

struct field {
    struct candidate *at;
    size_t count, top;
};

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return gw_score_before(&x->score, &y->score)   ? -1
           : gw_score_before(&y->score, &x->score) ? 1
                                                   : 0;
}

/* Sort, and drop what is not among the best any more. */
static void settle(struct field *field)
{
    if (field->count > 0) {
        qsort(field->at, field->count, sizeof *field->at, compare_candidates);
    }
    field->count = field->count < field->top ? field->count : field->top;
}

static enum gw_status read_field(const struct gw_show *show,
                                 struct field *field,
                                 double *value,
                                 struct gw_error *err)
{
    static const size_t block = GW_SHOW_BLOCK;
    int8_t status[GW_SHOW_BLOCK];
    size_t combos = show->results->combos;
    for (size_t first = 0; first < combos; first += block) {
        size_t count = combos - first < block ? combos - first : block;
        const struct gw_results_part part = {show->window, show->results->on, first,
                                             count};
        GW_TRY(gw_results_status(show->results, part, status, err));
        GW_TRY(gw_results_metric(show->results, show->sort, part, value, err));
        for (size_t i = 0; i < count; i++) {
            if (status[i] != GW_ROW_NOT_KEPT) {
                field->at[field->count++] = (struct candidate){
                    gw_score_of_value(&show->order, (enum gw_row_status)status[i],
                                      value[i], true, first + i),
                    status[i]};
            }
        }
        settle(field);
    }
    return GW_OK;
}

/* What stands in a column: a metric in a segment. */
struct shown {
    size_t column, segment;
    char head[GW_NAME_SIZE + 8];
};

struct columns {
    struct shown shown[SHOW_METRICS];
    size_t count, width; /* width: of the whole line, nearly */
};

static void add_column(const struct gw_show *show,
                       struct columns *columns,
                       const char *metric,
                       size_t segment)
{
    struct shown shown = {gw_show_column(show->results, metric), segment, ""};
    if (shown.column == show->results->metrics || columns->count == SHOW_METRICS) {
        return;
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->shown[i].column == shown.column &&
            columns->shown[i].segment == segment) {
            return;
        }
    }
    int length = snprintf(shown.head, sizeof shown.head, "%s%s",
                          segment == GW_TEST ? "test " : "", metric);
    size_t width = 2 + (length > METRIC_WIDTH ? (size_t)length : METRIC_WIDTH);
    if (columns->count > 0 && columns->width + width > GW_SHOW_WIDTH) {
        return;
    }
    columns->width += width;
    columns->shown[columns->count++] = shown;
}

/* The metric that orders the rows, the objective, and what says most beside them, as far
 * as a line holds it. */
static struct columns choose_columns(const struct gw_show *show)
{
    static const char *const wanted[] = {"total_return", "max_drawdown", "sharpe",
                                         "trades",       "cagr",         "win_rate",
                                         "exposure",     "costs",        "profit_factor"};
    const struct gw_results *results = show->results;
    struct columns columns = {.width = 2 + strlen("rank  combo") + 4};
    for (size_t i = 0; i < results->parameters; i++) {
        size_t length = strlen(results->parameter[i]);
        columns.width += 2 + (length > 4 ? length : 4);
    }
    const char *sort = results->metric[show->sort];
    add_column(show, &columns, sort, results->on);
    if (results->segments > GW_TEST) {
        add_column(show, &columns, sort, GW_TEST);
    }
    add_column(show, &columns, results->objective, results->on);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        add_column(show, &columns, wanted[i], results->on);
    }
    return columns;
}

static const char *status_word(int8_t status)
{
    switch (status) {
#define X(name, value, text)                                                             \
    case value:                                                                          \
        return text;
        GW_ROW_LIST(X)
#undef X
    default:
        return "unknown";
    }
}

static void print_head(const struct gw_show *show,
                       const struct columns *columns,
                       bool status,
                       struct gw_table *table)
{
    gw_table_cell(table, "rank");
    gw_table_cell(table, "combo");
    for (size_t i = 0; i < show->results->parameters; i++) {
        gw_table_cell(table, show->results->parameter[i]);
    }
    for (size_t i = 0; i < columns->count; i++) {
        gw_table_cell(table, columns->shown[i].head);
    }
    if (status) {
        gw_table_cell(table, "status");
    }
}

static enum gw_status print_row(const struct gw_show *show,
                                const struct columns *columns,
                                size_t row,
                                struct gw_table *table,
                                struct gw_error *err)
{
    int64_t k;
    GW_TRY(gw_results_combo_part(show->results, row, 1, &k, err));
    gw_table_number(table, (double)k, 0);
    GW_TRY(gw_show_parameters(show, row, table, err));
    for (size_t i = 0; i < columns->count; i++) {
        const struct shown *shown = &columns->shown[i];
        const struct gw_results_part part = {show->window, shown->segment, row, 1};
        double value;
        GW_TRY(gw_show_value(show, shown->column, part, &value, err));
        gw_table_number(table, value, gw_show_digits(show->results, shown->column));
    }
    return GW_OK;
}

static void print_caption(const struct gw_show *show, size_t count)
{
    const struct gw_results *results = show->results;
    gw_text_printf(show->out, "\nbest %zu by %s", count, results->metric[show->sort]);
    if (show->order.maximize == gw_metric_lower_is_better(show->order.metric)) {
        gw_text_printf(show->out, " (%s first)",
                       show->order.maximize ? "largest" : "smallest");
    }
    if (results->windows > 1) {
        gw_text_printf(show->out, " in window %zu, %s ", show->window,
                       gw_segment_name[results->on]);
        gw_show_dates(results, show->window, results->on, show->out);
    }
    gw_text_append(show->out, ":\n", 2);
}

/* Bounds and smoothing are not in the file: whoever compares the table with what was
 * chosen must be told. */
static enum gw_status
print_chosen(const struct gw_show *show, const struct field *field, struct gw_error *err)
{
    struct gw_results *results = show->results;
    int64_t chosen = results->selected[show->window * results->picks], first;
    bool by_objective = show->sort == gw_show_column(results, results->objective);
    if (!by_objective || field->count == 0 || field->at[0].score.rank != GW_SCORE_MET) {
        return GW_OK;
    }
    GW_TRY(gw_results_combo_part(results, (size_t)field->at[0].score.k, 1, &first, err));
    if (chosen < 0) {
        gw_text_printf(show->out,
                       "none was chosen: see the objective's `select` and `require`\n");
    } else if (chosen != first) {
        gw_text_printf(show->out,
                       "%lld was chosen, not the first: see the objective's `select` and "
                       "`require`\n",
                       (long long)chosen);
    }
    return GW_OK;
}

static enum gw_status
print_field(const struct gw_show *show, const struct field *field, struct gw_error *err)
{
    struct columns columns = choose_columns(show);
    bool status = false;
    for (size_t i = 0; i < field->count; i++) {
        status = status || field->at[i].status != GW_ROW_OK;
    }
    size_t width = 2 + show->results->parameters + columns.count + (status ? 1 : 0);
    struct gw_table *table = gw_table_new(width);
    print_head(show, &columns, status, table);
    enum gw_status done = GW_OK;
    for (size_t i = 0; i < field->count && done == GW_OK; i++) {
        gw_table_number(table, (double)i + 1, 0);
        done = print_row(show, &columns, (size_t)field->at[i].score.k, table, err);
        if (status) {
            gw_table_cell(table, status_word(field->at[i].status));
        }
    }
    if (done == GW_OK) {
        print_caption(show, field->count);
        gw_table_print(table, show->out);
        done = print_chosen(show, field, err);
    }
    gw_table_free(table);
    return done;
}

enum gw_status gw_show_top(const struct gw_show *show, struct gw_error *err)
{
    struct field field = {.top = show->top};
    field.at = gw_calloc(show->top + GW_SHOW_BLOCK, sizeof *field.at);
    double *value = gw_calloc(GW_SHOW_BLOCK, sizeof *value);
    enum gw_status status = read_field(show, &field, value, err);
    if (status == GW_OK) {
        status = print_field(show, &field, err);
    }
    free(field.at);
    free(value);
    return status;
}
