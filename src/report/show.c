#include "show.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_WINDOWS = 20 };

bool gw_metric_lower_is_better(enum gw_metric metric)
{
    static const enum gw_metric lower[] = {
        GW_METRIC_volatility, GW_METRIC_max_drawdown_bars,
        GW_METRIC_ulcer,      GW_METRIC_kurtosis,
        GW_METRIC_var_95,     GW_METRIC_cvar_95,
        GW_METRIC_turnover,   GW_METRIC_commission,
        GW_METRIC_slippage,   GW_METRIC_borrow,
        GW_METRIC_costs,      GW_METRIC_dropped,
        GW_METRIC_clipped};
    for (size_t i = 0; i < sizeof lower / sizeof lower[0]; i++) {
        if (lower[i] == metric) {
            return true;
        }
    }
    return false;
}

int gw_metric_digits(enum gw_metric metric)
{
    switch (metric) {
    case GW_METRIC_max_drawdown_bars:
    case GW_METRIC_trades:
    case GW_METRIC_open_trades:
    case GW_METRIC_orders:
    case GW_METRIC_dropped:
    case GW_METRIC_clipped:
        return 0;
    case GW_METRIC_avg_bars:
        return 1;
    default:
        return strcmp(gw_metric_info[metric].unit, "currency") == 0 ? 2 : 4;
    }
}

size_t gw_show_column(const struct gw_results *results, const char *metric)
{
    size_t m = 0;
    while (m < results->metrics && strcmp(results->metric[m], metric) != 0) {
        m++;
    }
    return m;
}

int gw_show_digits(const struct gw_results *results, size_t column)
{
    enum gw_metric metric = gw_metric_find(results->metric[column]);
    return metric == GW_METRICS ? 4 : gw_metric_digits(metric);
}

enum gw_status gw_show_value(const struct gw_show *show,
                             size_t column,
                             struct gw_results_part part,
                             double *out,
                             struct gw_error *err)
{
    part.count = 1;
    return gw_results_metric(show->results, column, part, out, err);
}

enum gw_status gw_show_parameters(const struct gw_show *show,
                                  size_t row,
                                  struct gw_table *table,
                                  struct gw_error *err)
{
    for (size_t i = 0; i < show->results->parameters; i++) {
        double value;
        GW_TRY(gw_results_parameter(show->results, i, row, 1, &value, err));
        gw_table_number(table, value, -1);
    }
    return GW_OK;
}

void gw_show_dates(const struct gw_results *results,
                   size_t window,
                   size_t segment,
                   struct gw_text *out)
{
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    size_t cell = window * results->segments + segment;
    gw_date_format(results->begin[cell], from);
    gw_date_format(results->end[cell], to);
    gw_text_printf(out, "%s to %s", from, to);
}

void gw_show_number(struct gw_text *out, double value, int digits)
{
    if (isnan(value)) {
        gw_text_append(out, "n/a", 3);
    } else {
        gw_text_printf(out, "%.*f", digits, value);
    }
}

void gw_show_share(struct gw_text *out, double share)
{
    gw_show_number(out, 100 * share, 1);
    gw_text_printf(out, "%s", isnan(share) ? "" : " %");
}

size_t gw_show_picks(const struct gw_results *results, size_t window)
{
    const int64_t *selected = results->selected + window * results->picks;
    size_t picks = 0;
    while (picks < results->picks && selected[picks] >= 0) {
        picks++;
    }
    return picks;
}

enum gw_status gw_show_find(const struct gw_show *show,
                            size_t window,
                            int64_t k,
                            size_t *row_out,
                            struct gw_error *err)
{
    struct gw_results *results = show->results;
    GW_TRY(gw_results_find(results, k, row_out, err));
    return *row_out < results->combos
               ? GW_OK
               : gw_fail(err, GW_DATA,
                         "%s: window %zu selects a combination that is not in the file",
                         results->path, window);
}

static enum gw_status
fail_metric(const struct gw_results *results, const char *wanted, struct gw_error *err)
{
    const char *names[GW_METRICS + 1]; /* the objective may be one more */
    for (size_t m = 0; m < results->metrics; m++) {
        names[m] = results->metric[m];
    }
    const char *nearest = gw_nearest(wanted, names, results->metrics);
    if (gw_metric_find(wanted) != GW_METRICS) {
        return gw_fail(err, GW_USAGE, "%s was run without the metric '%s'", results->path,
                       wanted);
    }
    return gw_fail(err, GW_USAGE, "unknown metric '%s'%s%s%s", wanted,
                   nearest != NULL ? ", did you mean '" : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static enum gw_status
fail_window(const struct gw_results *results, size_t wanted, struct gw_error *err)
{
    if (results->windows == 1) {
        return gw_fail(err, GW_USAGE, "window %zu: %s has one window, number 0", wanted,
                       results->path);
    }
    return gw_fail(err, GW_USAGE, "window %zu: the windows of %s are 0 to %zu", wanted,
                   results->path, results->windows - 1);
}

static enum gw_status resolve(struct gw_results *results,
                              const struct gw_show_options *options,
                              struct gw_show *show,
                              struct gw_error *err)
{
    bool by_objective = options->sort == NULL || strcmp(options->sort, "objective") == 0;
    const char *sort = by_objective ? results->objective : options->sort;
    show->sort = gw_show_column(results, sort);
    if (show->sort == results->metrics) {
        return fail_metric(results, sort, err);
    }
    show->order.metric = gw_metric_find(sort);
    show->order.maximize = strcmp(sort, results->objective) == 0
                               ? results->maximize
                               : !gw_metric_lower_is_better(show->order.metric);
    show->window = options->window == SIZE_MAX ? results->windows - 1 : options->window;
    if (show->window >= results->windows) {
        return fail_window(results, show->window, err);
    }
    show->top = options->top < results->combos ? options->top : results->combos;
    return GW_OK;
}

static void print_heading(const struct gw_show *show)
{
    const struct gw_results *results = show->results;
    char combinations[32], kept[32], from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    gw_format_count(results->combinations, combinations, sizeof combinations);
    gw_format_count(results->keep_top, kept, sizeof kept);
    gw_date_format(results->begin[0], from);
    gw_date_format(results->end[(results->windows - 1) * results->segments +
                                gw_last_segment(results->segments)],
                   to);
    gw_text_printf(show->out, "%s: %s combination%s", results->name, combinations,
                   results->combinations == 1 ? "" : "s");
    if (results->keep_top > 0) {
        gw_text_printf(show->out, " (best %s kept%s)", kept,
                       results->windows > 1 ? " of each window" : "");
    }
    if (results->walk_forward) {
        gw_text_printf(show->out, " x %zu window%s", results->windows,
                       results->windows == 1 ? "" : "s");
    }
    gw_text_printf(show->out, ", %s to %s, %s %s\n", from, to,
                   results->maximize ? "maximize" : "minimize", results->objective_text);
}

/* How the chosen combinations stand out can only be judged against all of them. */
static void print_spread(const struct gw_show *show)
{
    const struct gw_results *results = show->results;
    size_t w = show->window;
    char count[32];
    int digits = gw_show_digits(results, gw_show_column(results, results->objective));
    int64_t defined = results->objective_count[w];
    gw_format_count(defined > 0 ? (uint64_t)defined : 0, count, sizeof count);
    gw_text_printf(show->out, "%s", results->objective);
    if (results->walk_forward) {
        gw_text_printf(show->out, " in %s", gw_segment_name[results->on]);
    }
    if (results->windows > 1) {
        gw_text_printf(show->out, ", window %zu", w);
    }
    gw_text_printf(show->out, ": defined for %s", count);
    if (defined > 0) {
        const double value[] = {results->objective_sum[w] / (double)defined,
                                results->objective_low[w], results->objective_high[w]};
        static const char *const word[] = {", mean ", ", lowest ", ", highest "};
        for (size_t i = 0; i < 3; i++) {
            gw_text_printf(show->out, "%s", word[i]);
            gw_show_number(show->out, value[i], digits);
        }
    }
    gw_text_append(show->out, "\n", 1);
}

/* What a grid chose, as a line; windows have a table. */
static enum gw_status print_chosen(const struct gw_show *show, struct gw_error *err)
{
    struct gw_results *results = show->results;
    size_t picks = gw_show_picks(results, 0), row;
    if (picks == 0) {
        gw_text_printf(show->out, "chosen: none\n");
        return GW_OK;
    }
    GW_TRY(gw_show_find(show, 0, results->selected[0], &row, err));
    gw_text_printf(show->out, "chosen: %lld", (long long)results->selected[0]);
    for (size_t i = 0; i < results->parameters; i++) {
        double value;
        char text[32];
        GW_TRY(gw_results_parameter(results, i, row, 1, &value, err));
        gw_format_double(value, text, sizeof text);
        gw_text_printf(show->out, "%s%s %s", i == 0 ? " (" : ", ", results->parameter[i],
                       text);
    }
    gw_text_printf(show->out, "%s", results->parameters > 0 ? ")" : "");
    if (picks > 1) {
        gw_text_printf(show->out, " and %zu more", picks - 1);
    }
    gw_text_printf(show->out, "%s\n", results->edge[0] ? ", " GW_SHOW_EDGE : "");
    return GW_OK;
}

enum gw_status gw_show(struct gw_results *results,
                       const struct gw_show_options *options,
                       struct gw_text *out,
                       struct gw_error *err)
{
    struct gw_show show = {.results = results, .out = out};
    GW_TRY(resolve(results, options, &show, err));
    bool all = !options->windows && !options->parameters;
    print_heading(&show);
    bool windows = options->windows || (all && results->walk_forward);
    if (windows) {
        GW_TRY(gw_show_windows(&show, all ? SHORT_WINDOWS : results->windows, err));
        gw_show_forward(&show);
    }
    if (options->parameters || all) {
        gw_text_printf(out, "%s", windows ? "\n" : "");
        print_spread(&show);
        if (!results->walk_forward) {
            GW_TRY(print_chosen(&show, err));
        }
    }
    if (options->parameters) {
        GW_TRY(gw_show_marginals(&show, err));
        gw_show_drift(&show);
        gw_show_plateau(&show);
    }
    return all && show.top > 0 ? gw_show_top(&show, err) : GW_OK;
}
