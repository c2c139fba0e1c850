/** Tables for people: results, windows, bundles. Text with aligned columns, no printing.
 */
#ifndef GRIDWALK_REPORT_TABLES_H
#define GRIDWALK_REPORT_TABLES_H

#include "gridwalk/store/results.h"

/** A table under construction: cells of text, right-aligned numbers, left-aligned words.
 */
struct gw_table;
struct gw_table *gw_table_new(size_t columns);
void gw_table_free(struct gw_table *table);
void gw_table_cell(struct gw_table *table,
                   const char *text); /* row by row, left to right */
/** A number that is written already or has a mark behind it ("12/100", "7*"):
 *  right-aligned. */
void gw_table_figure(struct gw_table *table, const char *text);
/** A number with `digits` decimals, or when that is < 0 with as many as it has. NaN is
 * "n/a".
 */
void gw_table_number(struct gw_table *table, double value, int digits);
/** Append it: the first row is the head, ruled off; each line starts with two blanks. */
void gw_table_print(const struct gw_table *table, struct gw_text *out);

/** Without `windows` and `parameters`: the windows, when there are several (the last 20),
 * and the best combinations of one. Each of the two shows its table alone, in full. */
struct gw_show_options {
    size_t top;       /* combinations in their table */
    const char *sort; /* metric that orders them; NULL or "objective": the objective */
    bool windows;     /* what was selected in each window, and the out-of-sample record */
    bool parameters;  /* the metric by each parameter's values, and how choices moved */
    size_t window;    /* whose combinations and parameters; SIZE_MAX: the last */
};

/**
 * What `gridwalk show` prints.
 * Errors   GW_USAGE: an unknown metric (with the nearest), a window that is not there;
 *          GW_DATA: the file cannot be read.
 */
enum gw_status gw_show(struct gw_results *results,
                       const struct gw_show_options *options,
                       struct gw_text *out,
                       struct gw_error *err) GW_MUST_CHECK;

/** Whether people want little of a metric (risk, costs): the order of tables sorted by
 * it, unless it is the objective, which has its own direction. */
bool gw_metric_lower_is_better(enum gw_metric metric);

/** Decimals that show a metric: 0 for counts, 1 for mean bars, 2 for money, 4 for ratios.
 */
int gw_metric_digits(enum gw_metric metric);

/** What `gridwalk info` prints of a results file, and of a bundle. */
enum gw_status gw_info_results(struct gw_results *results,
                               struct gw_text *out,
                               struct gw_error *err) GW_MUST_CHECK;
void gw_info_panel(const char *path, const struct gw_panel *panel, struct gw_text *out);

#endif
