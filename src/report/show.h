/** Private to report: the parts of gw_show. */
#ifndef GRIDWALK_REPORT_SHOW_H
#define GRIDWALK_REPORT_SHOW_H

#include "gridwalk/report/tables.h"

enum { GW_SHOW_WIDTH = 100, GW_SHOW_BLOCK = 8192 };

/** What is shown, with the options made definite. */
struct gw_show {
    struct gw_results *results;
    struct gw_text *out;
    size_t top, window;
    size_t sort;               /* column of the metric that orders combinations */
    struct gw_objective order; /* the same, with its direction */
};

/** The column of a metric, or results->metrics. */
size_t gw_show_column(const struct gw_results *results, const char *metric);

/** Decimals of a column; of an expression, four. */
int gw_show_digits(const struct gw_results *results, size_t column);

/** One value of a combination's row, for tables that show a few. */
enum gw_status gw_show_value(const struct gw_show *show,
                             size_t column,
                             struct gw_results_part part,
                             double *out,
                             struct gw_error *err) GW_MUST_CHECK;

/** The parameters of a row as cells. */
enum gw_status gw_show_parameters(const struct gw_show *show,
                                  size_t row,
                                  struct gw_table *table,
                                  struct gw_error *err) GW_MUST_CHECK;

/** "2004-08-19 to 2013-03-01" of a window and segment. */
void gw_show_dates(const struct gw_results *results,
                   size_t window,
                   size_t segment,
                   struct gw_text *out);

/** A number in running text; NaN is "n/a". */
void gw_show_number(struct gw_text *out, double value, int digits);

/** A share in per cent: "66.7 %"; NaN is "n/a". */
void gw_show_share(struct gw_text *out, double share);

/** How many combinations a window chose; 0: cash. */
size_t gw_show_picks(const struct gw_results *results, size_t window);

/** The row of a combination that a window chose.
 *  Errors   GW_DATA: it is not in the file. */
enum gw_status gw_show_find(const struct gw_show *show,
                            size_t window,
                            int64_t k,
                            size_t *row_out,
                            struct gw_error *err) GW_MUST_CHECK;

/** What an edge mark means, as a line. */
#define GW_SHOW_EDGE "at an edge of the grid: a wider range may hold better ones"

/** The tables: best combinations of a window; windows (the last `most`); the
 * out-of-sample record; parameters; how the choice moved over the windows; where a
 * plateau's choice is not the best. The last two print nothing where there is nothing to
 * say. */
enum gw_status gw_show_top(const struct gw_show *show,
                           struct gw_error *err) GW_MUST_CHECK;
enum gw_status gw_show_windows(const struct gw_show *show,
                               size_t most,
                               struct gw_error *err) GW_MUST_CHECK;
void gw_show_forward(const struct gw_show *show);
enum gw_status gw_show_marginals(const struct gw_show *show,
                                 struct gw_error *err) GW_MUST_CHECK;
void gw_show_drift(const struct gw_show *show);
void gw_show_plateau(const struct gw_show *show);

#endif
