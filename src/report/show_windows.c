#include "show.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    struct mean train, test, test_return;
    double compounded; /* product of 1 + return in test, cash earning nothing */
    size_t cash;
};

struct windows {
    const struct gw_show *show;
    size_t objective,
        total_return; /* columns; total_return: results->metrics when absent */
    bool test, with_return;
    struct gw_table *table;
    struct outcome outcome;
};

static void date_cell(struct gw_table *table, int32_t days)
{
    char date[GW_DATE_SIZE];
    gw_date_format(days, date);
    gw_table_cell(table, date);
}

static void print_head(const struct windows *windows)
{
    const struct gw_results *results = windows->show->results;
    struct gw_table *table = windows->table;
    static const char *const dates[2][3] = {{"from", "to", NULL},
                                            {"train from", "test from", "test to"}};
    gw_table_cell(table, "window");
    for (size_t i = 0; i < (windows->test ? 3U : 2U); i++) {
        gw_table_cell(table, dates[windows->test][i]);
    }
    gw_table_cell(table, "combo");
    for (size_t i = 0; i < results->parameters; i++) {
        gw_table_cell(table, results->parameter[i]);
    }
    gw_table_cell(table, windows->test ? "train" : results->objective);
    if (windows->test) {
        gw_table_cell(table, "test");
    }
    if (windows->with_return) {
        gw_table_cell(table, windows->test ? "return" : "total_return");
    }
}

static void print_dates(const struct windows *windows, size_t w)
{
    const struct gw_results *results = windows->show->results;
    const size_t cell = w * results->segments;
    date_cell(windows->table, results->begin[cell]);
    if (windows->test) {
        date_cell(windows->table, results->begin[cell + GW_TEST]);
    }
    date_cell(windows->table, results->end[cell + gw_last_segment(results->segments)]);
}

static void print_cash(const struct windows *windows)
{
    const struct gw_results *results = windows->show->results;
    gw_table_cell(windows->table, "cash");
    size_t cells = results->parameters + 1 + windows->test + windows->with_return;
    for (size_t i = 0; i < cells; i++) {
        gw_table_cell(windows->table, "-");
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
        gw_table_number(windows->table, *out,
                        gw_show_digits(windows->show->results, column));
    }
    return GW_OK;
}

static enum gw_status
print_selected(struct windows *windows, size_t w, size_t row, struct gw_error *err)
{
    const struct gw_results *results = windows->show->results;
    struct outcome *outcome = &windows->outcome;
    struct gw_results_part part = {w, GW_TRAIN, row, 1};
    double value;
    if (windows->table != NULL) {
        gw_table_number(windows->table, (double)results->selected[w], 0);
        GW_TRY(gw_show_parameters(windows->show, row, windows->table, err));
    }
    GW_TRY(value_cell(windows, windows->objective, part, &value, err));
    add(&outcome->train, value);
    if (windows->test) {
        part.segment = GW_TEST;
        GW_TRY(value_cell(windows, windows->objective, part, &value, err));
        add(&outcome->test, value);
    }
    if (windows->with_return) {
        GW_TRY(value_cell(windows, windows->total_return, part, &value, err));
        add(&outcome->test_return, value);
        outcome->compounded *= 1 + value;
    }
    return GW_OK;
}

/* One window; its cells when there is a table, its part of the outcome always. */
static enum gw_status visit(struct windows *windows, size_t w, struct gw_error *err)
{
    struct gw_results *results = windows->show->results;
    size_t row = results->combos;
    if (results->selected[w] >= 0) {
        GW_TRY(gw_results_find(results, results->selected[w], &row, err));
        if (row == results->combos) {
            return gw_fail(err, GW_DATA,
                           "%s: window %zu selects a combination that is "
                           "not in the file",
                           results->path, w);
        }
    }
    if (windows->table != NULL) {
        gw_table_number(windows->table, (double)w, 0);
        print_dates(windows, w);
    }
    if (row < results->combos) {
        return print_selected(windows, w, row, err);
    }
    windows->outcome.cash++;
    if (windows->table != NULL) {
        print_cash(windows);
    }
    return GW_OK;
}

static void print_outcome(const struct windows *windows)
{
    const struct gw_show *show = windows->show;
    const struct gw_results *results = show->results;
    const struct outcome *outcome = &windows->outcome;
    int digits = gw_show_digits(results, windows->objective);
    gw_text_printf(show->out, "mean: %s ", results->objective);
    gw_show_number(show->out, mean_of(&outcome->train), digits);
    gw_text_printf(show->out, " in train, ");
    gw_show_number(show->out, mean_of(&outcome->test), digits);
    gw_text_printf(show->out, " in test");
    if (windows->with_return) {
        gw_text_printf(show->out, "; return ");
        gw_show_number(show->out, mean_of(&outcome->test_return), 4);
        gw_text_printf(show->out, ", compounded ");
        gw_show_number(show->out, outcome->compounded - 1, 4);
    }
    if (outcome->cash > 0) {
        gw_text_printf(show->out, "; cash in %zu of %zu", outcome->cash,
                       results->windows);
    }
    gw_text_append(show->out, "\n", 1);
}

static void print_caption(const struct windows *windows, size_t skipped)
{
    const struct gw_show *show = windows->show;
    gw_text_printf(show->out, "\nselected by %s in train", show->results->objective);
    if (windows->test) {
        gw_text_printf(show->out, "; %s in train and test%s", show->results->objective,
                       windows->with_return ? ", total_return in test" : "");
    }
    gw_text_append(show->out, ":\n", 2);
    if (skipped > 0) {
        gw_text_printf(show->out, "  (the last %zu windows; --windows shows all %zu)\n",
                       show->results->windows - skipped, show->results->windows);
    }
}

enum gw_status
gw_show_windows(const struct gw_show *show, size_t most, struct gw_error *err)
{
    struct gw_results *results = show->results;
    struct windows windows = {.show = show, .outcome.compounded = 1};
    windows.objective = gw_show_column(results, results->objective);
    windows.total_return = gw_show_column(results, "total_return");
    windows.test = results->segments > GW_TEST;
    windows.with_return = windows.total_return < results->metrics &&
                          windows.total_return != windows.objective;
    size_t columns = 5 + results->parameters + (windows.test ? 2U : 0U) +
                     (windows.with_return ? 1U : 0U);
    struct gw_table *table = gw_table_new(columns);
    size_t skipped = results->windows > most ? results->windows - most : 0;
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
        if (windows.test) {
            print_outcome(&windows);
        }
    }
    gw_table_free(table);
    return status;
}
