#include "show.h"

#include "gridwalk/base/time.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARKS = 32, FIGURE = 64 };

/* A mean over the windows where the value is a finite number. */
struct mean {
    double sum;
    size_t count;
};

static void add(struct mean *mean, double value)
{
    if (isfinite(value)) {
        mean->sum += value;
        mean->count++;
    }
}

static double mean_of(const struct mean *mean)
{
    return mean->count > 0 ? mean->sum / (double)mean->count : NAN;
}

/* What the selected combinations came to. */
struct outcome {
    struct mean chosen_on, test;
    size_t cash;
};

struct windows {
    const struct gw_show *show;
    size_t objective,
        total_return; /* columns; total_return: results->metrics when absent */
    bool test, with_return;
    bool from, to; /* whether there is room for the first and the last day */
    bool edges, ensembles, cash, undefined; /* of any window shown */
    int marks;                              /* widest of those behind a combination */
    struct gw_table *table;
    struct outcome outcome;
};

static void date_cell(struct gw_table *table, int32_t days)
{
    char date[GW_DATE_SIZE];
    gw_date_format(days, date);
    gw_table_cell(table, date);
}

static const char *word_of(const struct gw_results *results)
{
    return results->on == GW_VALIDATION ? "valid" : "train";
}

static void print_head(const struct windows *windows)
{
    const struct gw_results *results = windows->show->results;
    struct gw_table *table = windows->table;
    char from[MARKS];
    snprintf(from, sizeof from, "%s from", word_of(results));
    gw_table_cell(table, "window");
    if (windows->from) {
        gw_table_cell(table, windows->test ? from : "from");
    }
    if (windows->test) {
        gw_table_cell(table, "test from");
    }
    if (windows->to) {
        gw_table_cell(table, windows->test ? "test to" : "to");
    }
    gw_table_cell(table, "combo");
    for (size_t i = 0; i < results->parameters; i++) {
        gw_table_cell(table, results->parameter[i]);
    }
    gw_table_cell(table, windows->test ? word_of(results) : results->objective);
    if (windows->test) {
        gw_table_cell(table, "test");
    }
    if (windows->with_return) {
        gw_table_cell(table, windows->test ? "return" : "total_return");
    }
    if (windows->test) {
        gw_table_cell(table, "rank");
        gw_table_cell(table, "corr");
    }
}

static void print_dates(const struct windows *windows, size_t w)
{
    const struct gw_results *results = windows->show->results;
    const size_t cell = w * results->segments;
    if (windows->from) {
        date_cell(windows->table, results->begin[cell + results->on]);
    }
    if (windows->test) {
        date_cell(windows->table, results->begin[cell + GW_TEST]);
    }
    if (windows->to) {
        date_cell(windows->table,
                  results->end[cell + gw_last_segment(results->segments)]);
    }
}

/* Behind a combination's number: whether it lies at an edge, and how many more share the
 * capital. */
static int marks_of(const struct windows *windows, size_t w, char out[MARKS])
{
    const struct gw_results *results = windows->show->results;
    size_t picks = gw_show_picks(results, w);
    bool edge = picks > 0 && results->edge[w] != 0;
    const char *mark = edge ? "*" : windows->edges ? " " : "";
    return picks > 1 ? snprintf(out, MARKS, "%s +%zu", mark, picks - 1)
                     : snprintf(out, MARKS, "%s", mark);
}

/* What marks the windows from `first` on have. */
static void find_marks(struct windows *windows, size_t first)
{
    const struct gw_results *results = windows->show->results;
    char marks[MARKS];
    for (size_t w = first; w < results->windows; w++) {
        windows->edges = windows->edges || results->edge[w] != 0;
    }
    for (size_t w = first; w < results->windows; w++) {
        int width = marks_of(windows, w, marks);
        windows->marks = width > windows->marks ? width : windows->marks;
        windows->ensembles = windows->ensembles || gw_show_picks(results, w) > 1;
    }
}

static void print_combo(const struct windows *windows, size_t w)
{
    const struct gw_results *results = windows->show->results;
    int64_t k = results->selected[w * results->picks];
    char marks[MARKS], figure[FIGURE];
    marks_of(windows, w, marks);
    if (k < 0) {
        snprintf(figure, sizeof figure, "cash%-*s", windows->marks, marks);
    } else {
        snprintf(figure, sizeof figure, "%lld%-*s", (long long)k, windows->marks, marks);
    }
    gw_table_figure(windows->table, figure);
}

/* Among how many the choice came where in test, and whether the segment chosen on told
 * anything of it: that also of a window in cash. */
static void print_standing(const struct windows *windows, size_t w, bool cash)
{
    const struct gw_results *results = windows->show->results;
    char figure[FIGURE];
    if (results->test_rank[w] > 0) {
        snprintf(figure, sizeof figure, "%lld/%lld", (long long)results->test_rank[w],
                 (long long)results->test_ranked[w]);
        gw_table_figure(windows->table, figure);
    } else {
        gw_table_figure(windows->table, cash ? "-" : "n/a");
    }
    gw_table_number(windows->table, results->rank_correlation[w], 2);
}

static void print_cash(const struct windows *windows, size_t w)
{
    const struct gw_results *results = windows->show->results;
    print_combo(windows, w);
    size_t cells = results->parameters + 1 + windows->test + windows->with_return;
    for (size_t i = 0; i < cells; i++) {
        gw_table_cell(windows->table, "-");
    }
    if (windows->test) {
        print_standing(windows, w, true);
    }
}

static enum gw_status value_cell(struct windows *windows,
                                 size_t column,
                                 struct gw_results_part part,
                                 double *out,
                                 struct gw_error *err)
{
    GW_TRY(gw_show_value(windows->show, column, part, out, err));
    if (windows->table != NULL) {
        windows->undefined = windows->undefined || isnan(*out);
        gw_table_number(windows->table, *out,
                        gw_show_digits(windows->show->results, column));
    }
    return GW_OK;
}

/* The return of all picks together: their accounts stand side by side. */
static enum gw_status
print_return(struct windows *windows, size_t w, struct gw_error *err)
{
    const struct gw_show *show = windows->show;
    const struct gw_results *results = show->results;
    size_t picks = gw_show_picks(results, w);
    double sum = 0;
    for (size_t i = w * results->picks; i < w * results->picks + picks; i++) {
        struct gw_results_part part = {w, gw_last_segment(results->segments), 0, 1};
        double value;
        GW_TRY(gw_show_find(show, w, results->selected[i], &part.first, err));
        GW_TRY(gw_show_value(show, windows->total_return, part, &value, err));
        sum += results->weight[i] * value;
    }
    gw_table_number(windows->table, sum, gw_show_digits(results, windows->total_return));
    return GW_OK;
}

static enum gw_status
print_selected(struct windows *windows, size_t w, size_t row, struct gw_error *err)
{
    const struct gw_results *results = windows->show->results;
    struct outcome *outcome = &windows->outcome;
    struct gw_results_part part = {w, results->on, row, 1};
    double value;
    if (windows->table != NULL) {
        print_combo(windows, w);
        GW_TRY(gw_show_parameters(windows->show, row, windows->table, err));
    }
    GW_TRY(value_cell(windows, windows->objective, part, &value, err));
    add(&outcome->chosen_on, value);
    if (windows->test) {
        part.segment = GW_TEST;
        GW_TRY(value_cell(windows, windows->objective, part, &value, err));
        add(&outcome->test, value);
    }
    if (windows->table != NULL && windows->with_return) {
        GW_TRY(print_return(windows, w, err));
    }
    if (windows->table != NULL && windows->test) {
        print_standing(windows, w, false);
    }
    return GW_OK;
}

/* One window; its cells when there is a table, its part of the outcome always. */
static enum gw_status visit(struct windows *windows, size_t w, struct gw_error *err)
{
    const struct gw_results *results = windows->show->results;
    if (windows->table != NULL) {
        gw_table_number(windows->table, (double)w, 0);
        print_dates(windows, w);
    }
    if (gw_show_picks(results, w) > 0) {
        size_t row;
        GW_TRY(gw_show_find(windows->show, w, results->selected[w * results->picks], &row,
                            err));
        return print_selected(windows, w, row, err);
    }
    windows->outcome.cash++;
    if (windows->table != NULL) {
        windows->cash = true;
        print_cash(windows, w);
    }
    return GW_OK;
}

/* Ranks are looked for in all windows or in none. */
static bool ranks_missing(const struct gw_results *results)
{
    return results->test_ranked[0] < 0;
}

static void print_legend(const struct windows *windows)
{
    const struct gw_results *results = windows->show->results;
    struct gw_text *out = windows->show->out;
    if (windows->edges) {
        gw_text_printf(out, "* " GW_SHOW_EDGE "\n");
    }
    if (windows->ensembles) {
        gw_text_printf(out,
                       "+n: so many more share the capital; %sthe rest is of the "
                       "first\n",
                       windows->with_return ? "the return is that of all, " : "");
    }
    if (windows->cash) {
        gw_text_printf(out, "cash: no combination to choose; none met `require`, or "
                            "none has an objective\n");
    }
    if (windows->undefined) {
        gw_text_printf(out, "n/a: undefined, as the sharpe of a segment without trades; "
                            "the means leave it out\n");
    }
    if (windows->test && ranks_missing(results)) {
        gw_text_printf(out,
                       "no rank, corr, median and hindsight: finding them takes more "
                       "than limits.memory\n");
    } else if (windows->test) {
        gw_text_printf(out,
                       "rank: by %s in test, of those that have one; corr: of "
                       "their ranks in "
                       "%s with those in test\n",
                       results->objective, gw_segment_name[results->on]);
    }
}

static void print_outcome(const struct windows *windows)
{
    const struct gw_show *show = windows->show;
    const struct gw_results *results = show->results;
    const struct outcome *outcome = &windows->outcome;
    int digits = gw_show_digits(results, windows->objective);
    gw_text_printf(show->out, "mean: %s ", results->objective);
    gw_show_number(show->out, mean_of(&outcome->chosen_on), digits);
    gw_text_printf(show->out, " in %s, ", gw_segment_name[results->on]);
    gw_show_number(show->out, mean_of(&outcome->test), digits);
    gw_text_printf(show->out, " in test");
    if (outcome->cash > 0) {
        gw_text_printf(show->out, "; cash in %zu of %zu", outcome->cash,
                       results->windows);
    }
    gw_text_append(show->out, "\n", 1);
}

static void print_caption(const struct windows *windows, size_t skipped)
{
    const struct gw_show *show = windows->show;
    const char *objective = show->results->objective;
    const char *on = gw_segment_name[show->results->on];
    const char *select = show->results->select, *end = strstr(select, " on ");
    size_t length = end != NULL ? (size_t)(end - select) : strlen(select);
    gw_text_printf(show->out, "\nselected by %s", objective);
    if (show->results->walk_forward) {
        gw_text_printf(show->out, " in %s", on);
    }
    if (length != strlen("best") || strncmp(select, "best", length) != 0) {
        gw_text_printf(show->out, " (%.*s)", (int)length, select);
    }
    if (windows->test) {
        gw_text_printf(show->out, "; %s in %s and test%s", objective, on,
                       windows->with_return ? ", total_return in test" : "");
    }
    gw_text_append(show->out, ":\n", 2);
    if (skipped > 0) {
        gw_text_printf(show->out, "  (the last %zu windows; --windows shows all %zu)\n",
                       show->results->windows - skipped, show->results->windows);
    }
}

/* Many parameters, or long names, leave no room for all days; the day that a test begins
 * always has some. */
static void fit(struct windows *windows)
{
    const struct gw_results *results = windows->show->results;
    static const size_t date = 12, number = 9, widest = 110; /* with the blanks before */
    size_t numbers = windows->test ? 3 : 1;
    size_t width = strlen("  window  combo") + (size_t)windows->marks + 2 * date;
    width += windows->test ? date + strlen("  -0.00") : 0;
    width += (numbers + windows->with_return) * number;
    for (size_t i = 0; i < results->parameters; i++) {
        size_t length = strlen(results->parameter[i]);
        width += 2 + (length > 4 ? length : 4);
    }
    windows->from = !windows->test || width <= widest;
    windows->to = !windows->test || width <= widest + date;
}

static struct windows start(const struct gw_show *show, size_t skipped)
{
    const struct gw_results *results = show->results;
    struct windows windows = {.show = show};
    windows.objective = gw_show_column(results, results->objective);
    windows.total_return = gw_show_column(results, "total_return");
    windows.test = results->segments > GW_TEST;
    windows.with_return = windows.total_return < results->metrics &&
                          windows.total_return != windows.objective;
    find_marks(&windows, skipped);
    fit(&windows);
    return windows;
}

enum gw_status
gw_show_windows(const struct gw_show *show, size_t most, struct gw_error *err)
{
    struct gw_results *results = show->results;
    size_t skipped = results->windows > most ? results->windows - most : 0;
    struct windows windows = start(show, skipped);
    size_t columns = 3 + results->parameters + (windows.test ? 4U : 0U) + windows.from +
                     windows.to + windows.with_return;
    struct gw_table *table = gw_table_new(columns);
    enum gw_status status = GW_OK;
    windows.table = table;
    print_head(&windows);
    for (size_t w = 0; w < results->windows && status == GW_OK; w++) {
        windows.table = w < skipped ? NULL : table;
        status = visit(&windows, w, err);
    }
    if (status == GW_OK) {
        print_caption(&windows, skipped);
        gw_table_print(table, show->out);
        print_legend(&windows);
        if (windows.test) {
            print_outcome(&windows);
        }
    }
    gw_table_free(table);
    return status;
}
