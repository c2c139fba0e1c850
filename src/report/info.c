#include "gridwalk/report/tables.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 8192, MOST_ASSETS = 50 };

/* ---- results ---- */

static void print_span(struct gw_text *out, int32_t first, int32_t last)
{
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    gw_date_format(first, from);
    gw_date_format(last, to);
    gw_text_printf(out, "%s to %s", from, to);
}

static void print_combinations(const struct gw_results *results, struct gw_text *out)
{
    char all[32], kept[32], top[32];
    gw_format_count(results->combinations, all, sizeof all);
    gw_format_count(results->combos, kept, sizeof kept);
    gw_format_count(results->keep_top, top, sizeof top);
    gw_text_printf(out, "  %-14s %s", "combinations", all);
    if (results->keep_top > 0) {
        gw_text_printf(out, ", %s kept: the best %s of each window", kept, top);
    }
    gw_text_append(out, "\n", 1);
}

static void print_windows(const struct gw_results *results, struct gw_text *out)
{
    if (!results->walk_forward) {
        gw_text_printf(out, "  %-14s ", "period");
        print_span(out, results->begin[0], results->end[0]);
        gw_text_append(out, "\n", 1);
        return;
    }
    gw_text_printf(out, "  %-14s %zu\n", "windows", results->windows);
    static const enum gw_segment in_time[] = {GW_TRAIN, GW_VALIDATION, GW_TEST};
    size_t last = results->windows - 1;
    for (size_t i = 0; i < GW_SEGMENTS; i++) {
        size_t s = in_time[i];
        if (s >= results->segments) {
            continue;
        }
        gw_text_printf(out, "  %-14s ", gw_segment_name[s]);
        print_span(out, results->begin[s], results->end[s]);
        if (last > 0) {
            gw_text_printf(out, ", ... ");
            print_span(out, results->begin[last * results->segments + s],
                       results->end[last * results->segments + s]);
        }
        gw_text_append(out, "\n", 1);
    }
}

static void print_objective(const struct gw_results *results, struct gw_text *out)
{
    gw_text_printf(out, "  %-14s %s %s\n", "objective",
                   results->maximize ? "maximize" : "minimize", results->objective_text);
    const char *on = results->walk_forward ? NULL : strstr(results->select, " on ");
    size_t length = on != NULL ? (size_t)(on - results->select) : strlen(results->select);
    gw_text_printf(out, "  %-14s %.*s\n", "select", (int)length, results->select);
}

/* The out-of-sample records, and over which bars. */
static void print_records(const struct gw_results *results, struct gw_text *out)
{
    if (results->records == 0) {
        return;
    }
    char bars[32];
    gw_format_count(results->times, bars, sizeof bars);
    gw_text_printf(out, "  %-14s ", "out of sample");
    print_span(out, results->time[0], results->time[results->times - 1]);
    gw_text_printf(out, ", %s bars:", bars);
    for (size_t r = 0; r < results->records; r++) {
        gw_text_printf(out, " %s", results->record[r]);
    }
    gw_text_append(out, "\n", 1);
}

static enum gw_status parameter_range(struct gw_results *results,
                                      size_t parameter,
                                      double *low,
                                      double *high,
                                      struct gw_error *err)
{
    double value[BLOCK];
    for (size_t first = 0; first < results->combos; first += BLOCK) {
        size_t left = results->combos - first, count = left < BLOCK ? left : BLOCK;
        GW_TRY(gw_results_parameter(results, parameter, first, count, value, err));
        for (size_t i = 0; i < count; i++) {
            *low = (first == 0 && i == 0) || value[i] < *low ? value[i] : *low;
            *high = (first == 0 && i == 0) || value[i] > *high ? value[i] : *high;
        }
    }
    return GW_OK;
}

static enum gw_status
print_parameters(struct gw_results *results, struct gw_text *out, struct gw_error *err)
{
    for (size_t i = 0; i < results->parameters; i++) {
        double low = 0, high = 0;
        GW_TRY(parameter_range(results, i, &low, &high, err));
        char from[32], to[32];
        gw_format_double(low, from, sizeof from);
        gw_format_double(high, to, sizeof to);
        gw_text_printf(out, "  %-14s %s: %s to %s%s\n", i == 0 ? "parameters" : "",
                       results->parameter[i], from, to,
                       results->parameter_integer[i] ? ", whole numbers" : "");
    }
    return GW_OK;
}

/* Names, as many a line as fit. */
static void print_metrics(const struct gw_results *results, struct gw_text *out)
{
    enum { LINE = 84 };
    gw_text_printf(out, "  %-14s", "metrics");
    size_t width = 0;
    for (size_t m = 0; m < results->metrics; m++) {
        size_t length = strlen(results->metric[m]) + 1;
        if (width + length > LINE) {
            gw_text_printf(out, "\n  %-14s", "");
            width = 0;
        }
        gw_text_printf(out, " %s", results->metric[m]);
        width += length;
    }
    gw_text_append(out, "\n", 1);
}

enum gw_status
gw_info_results(struct gw_results *results, struct gw_text *out, struct gw_error *err)
{
    char periods[32];
    gw_format_double(results->periods, periods, sizeof periods);
    gw_text_printf(out, "%s: results of %s, written by %s\n", results->path,
                   results->name, results->program);
    print_combinations(results, out);
    print_windows(results, out);
    print_records(results, out);
    print_objective(results, out);
    GW_TRY(print_parameters(results, out, err));
    print_metrics(results, out);
    gw_text_printf(out, "  %-14s %s\n", "bars a year", periods);
    gw_text_printf(out, "  %-14s %s\n", "experiment", results->experiment_digest);
    gw_text_printf(out, "  %-14s %s\n", "bundle", results->bundle_digest);
    return GW_OK;
}

/* ---- bundles ---- */

static void print_actions(const struct gw_panel *panel, struct gw_text *out)
{
    size_t count[GW_ACTIONS] = {0};
    for (size_t i = 0; i < panel->actions; i++) {
        int32_t kind = panel->action[i].kind;
        if (kind >= 0 && kind < GW_ACTIONS) {
            count[kind]++;
        }
    }
    gw_text_printf(out, "  %-14s %zu", "actions", panel->actions);
    const char *lead = ": ";
    for (size_t kind = 0; kind < GW_ACTIONS; kind++) {
        if (count[kind] > 0) {
            gw_text_printf(out, "%s%zu %s", lead, count[kind], gw_action_name[kind]);
            lead = ", ";
        }
    }
    gw_text_append(out, "\n", 1);
}

static void
print_facts(const char *path, const struct gw_panel *panel, struct gw_text *out)
{
    const struct gw_panel_header *header = panel->header;
    char periods[32], sessions[32], assets[32];
    gw_format_double(header->periods, periods, sizeof periods);
    gw_format_count(panel->T, sessions, sizeof sessions);
    gw_format_count(panel->N, assets, sizeof assets);
    gw_text_printf(out, "%s: bundle", path);
    if (header->description[0] != '\0') {
        gw_text_printf(out, ", %s", header->description);
    }
    gw_text_printf(out, "\n  %-14s %s, ", "sessions", sessions);
    print_span(out, panel->session[0], panel->session[panel->T - 1]);
    gw_text_printf(out, "\n  %-14s %s, %s a year, calendar %s\n", "frequency",
                   header->frequency, periods, header->calendar);
    gw_text_printf(out, "  %-14s %s\n", "assets", assets);
    print_actions(panel, out);
    gw_text_printf(out, "  %-14s %s\n\n", "digest",
                   header->digest[0] != '\0' ? header->digest : "none");
}

/* Own bars of an asset, and sessions between its first and last without one. */
static void count_bars(const struct gw_panel *panel, size_t n, size_t *bars, size_t *gaps)
{
    const double *close = gw_panel_column(panel, GW_CLOSE, n);
    size_t first = panel->T, last = 0;
    *bars = 0;
    for (size_t t = 0; t < panel->T; t++) {
        if (gw_is_price(close[t])) {
            first = *bars == 0 ? t : first;
            last = t;
            ++*bars;
        }
    }
    *gaps = *bars > 0 ? last - first + 1 - *bars : 0;
}

/* A column of words, left out where no asset has one. */
typedef const char *word_fn(const struct gw_panel *panel, size_t n);

static const char *exchange_of(const struct gw_panel *panel, size_t n)
{
    return panel->asset[n].exchange;
}

static const char *name_of(const struct gw_panel *panel, size_t n)
{
    return panel->asset[n].name;
}

static const char *note_of(const struct gw_panel *panel, size_t n)
{
    const struct gw_asset *asset = &panel->asset[n];
    bool listed = asset->first <= asset->last;
    return listed && asset->last < panel->session[panel->T - 1] ? "ends early" : "";
}

struct word_column {
    const char *head;
    word_fn *word;
};

static const struct word_column word_column[] = {
    {"note", note_of}, {"exchange", exchange_of}, {"name", name_of}};
enum { WORD_COLUMNS = sizeof word_column / sizeof word_column[0], NUMBER_COLUMNS = 6 };

static size_t
choose_words(const struct gw_panel *panel, size_t shown, struct word_column *out)
{
    size_t count = 0;
    for (size_t i = 0; i < WORD_COLUMNS; i++) {
        size_t n = 0;
        while (n < shown && word_column[i].word(panel, n)[0] == '\0') {
            n++;
        }
        if (n < shown) {
            out[count++] = word_column[i];
        }
    }
    return count;
}

static void print_asset(const struct gw_panel *panel, size_t n, struct gw_table *table)
{
    const struct gw_asset *asset = &panel->asset[n];
    size_t bars, gaps, actions = 0;
    char first[GW_DATE_SIZE] = "-", last[GW_DATE_SIZE] = "-";
    count_bars(panel, n, &bars, &gaps);
    if (bars > 0) {
        gw_date_format(asset->first, first);
        gw_date_format(asset->last, last);
    }
    for (size_t i = 0; i < panel->actions; i++) {
        actions += panel->action[i].asset == (int32_t)n;
    }
    gw_table_cell(table, asset->symbol);
    gw_table_cell(table, first);
    gw_table_cell(table, last);
    gw_table_number(table, (double)bars, 0);
    gw_table_number(table, (double)gaps, 0);
    gw_table_number(table, (double)actions, 0);
}

void gw_info_panel(const char *path, const struct gw_panel *panel, struct gw_text *out)
{
    static const char *const head[NUMBER_COLUMNS] = {"symbol", "first", "last",
                                                     "bars",   "gaps",  "actions"};
    struct word_column word[WORD_COLUMNS];
    size_t shown = panel->N < MOST_ASSETS ? panel->N : MOST_ASSETS;
    size_t words = choose_words(panel, shown, word);
    print_facts(path, panel, out);
    struct gw_table *table = gw_table_new(NUMBER_COLUMNS + words);
    for (size_t i = 0; i < NUMBER_COLUMNS + words; i++) {
        gw_table_cell(table,
                      i < NUMBER_COLUMNS ? head[i] : word[i - NUMBER_COLUMNS].head);
    }
    for (size_t n = 0; n < shown; n++) {
        print_asset(panel, n, table);
        for (size_t i = 0; i < words; i++) {
            gw_table_cell(table, word[i].word(panel, n));
        }
    }
    gw_table_print(table, out);
    if (shown < panel->N) {
        gw_text_printf(out, "  (%zu more assets)\n", panel->N - shown);
    }
    gw_table_free(table);
}
