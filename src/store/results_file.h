/**
 * Private to store: the results file while it is being written. It knows the layout of
 * docs/formats.md and nothing of tiles or of choosing.
 */
#ifndef GRIDWALK_STORE_RESULTS_FILE_H
#define GRIDWALK_STORE_RESULTS_FILE_H

#include "h5.h"

#include "gridwalk/store/results.h"

/** The root attributes that more than one file of the layer names. */
#define GW_RESULTS_FORMAT "gridwalk-results/1"
#define GW_RESULTS_FAILED "rows_failed"

/** What a results file is of; borrowed. */
struct gw_results_run {
    const struct gw_plan *plan;
    const struct gw_panel *panel;
    const struct gw_run_identity *identity;
};

/** Combination numbers in ascending order: a list, or when it is NULL all feasible ones.
 */
struct gw_combo_walk {
    const struct gw_space *space;
    const uint64_t *list;
    uint64_t count; /* of the list, or of the feasible ones */
    uint64_t
        next; /* index into the list, or combination number to look at; starts at 0 */
};

/** The next at most GW_BLOCK numbers; 0 at the end. */
size_t gw_combo_next(struct gw_combo_walk *walk, uint64_t k_out[GW_BLOCK]);

/** What one window's objective looks like over all combinations. */
struct gw_window_summary {
    double low, high;    /* of the finite objectives; NaN when there is none */
    double sum, squares; /* in ascending combination order */
    int64_t count;       /* finite objectives */
    int64_t bin[GW_BINS];
};

struct gw_results_file {
    struct gw_h5 h5;
    char *temporary;
    char *path;
    const struct gw_plan *plan;
    uint64_t combos;
    hid_t status;
    hid_t metric[GW_METRICS + 1]; /* in the experiment's column order; behind them the
                                     objective, where it is an expression */
    hid_t selected, weight, edge, raw_best, raw_best_rank;
    hid_t histogram, count, low, high, sum, squares;
    /* Where the plan has a test: */
    hid_t growth, equity, record_metric;
    hid_t test_rank, test_ranked, correlation, median, hindsight;
    hid_t profitable, efficiency, drift, moved, stability;
    size_t record_metrics; /* of the record: which, in their order */
    enum gw_metric record_column[GW_METRICS];
};

/** How many variables over [window][segment][combo] the file has beside the status. */
size_t gw_results_columns(const struct gw_plan *plan);

/**
 * Create the temporary file with every variable; what follows from the run and its
 * combinations alone is written. On failure nothing is left.
 */
enum gw_status gw_results_file_create(const char *path,
                                      const struct gw_results_run *run,
                                      struct gw_combo_walk combos,
                                      struct gw_results_file **out,
                                      struct gw_error *err) GW_MUST_CHECK;

/** The part of it that results_layout.c does: make all variables, write the coordinates.
 */
enum gw_status gw_results_layout(struct gw_results_file *file,
                                 const struct gw_results_run *run,
                                 struct gw_combo_walk combos) GW_MUST_CHECK;

/** Rows [first, first + count) of `combo` in some consecutive windows, all segments. */
struct gw_results_box {
    size_t window, windows;
    uint64_t first, count;
};

/** Write or read back one metric (or as gw_results_columns counts, the objective) or the
 * status of a box. Shape: [windows][segments][count] */
enum gw_status gw_results_file_metric(struct gw_results_file *file,
                                      size_t metric,
                                      const struct gw_results_box *box,
                                      const double *values) GW_MUST_CHECK;
enum gw_status gw_results_file_status(struct gw_results_file *file,
                                      const struct gw_results_box *box,
                                      const int8_t *values) GW_MUST_CHECK;
enum gw_status gw_results_file_metric_back(struct gw_results_file *file,
                                           size_t metric,
                                           const struct gw_results_box *box,
                                           double *out) GW_MUST_CHECK;
enum gw_status gw_results_file_status_back(struct gw_results_file *file,
                                           const struct gw_results_box *box,
                                           int8_t *out) GW_MUST_CHECK;

/** Write what is known of the windows at the end. Shape: [plan->windows] */
enum gw_status
gw_results_file_windows(struct gw_results_file *file,
                        const struct gw_window_summary *summary,
                        const struct gw_forward_window *chosen) GW_MUST_CHECK;

/** The out-of-sample record, and how the windows' choices stand in it. Shape: chosen,
 *  standing [plan->windows] */
struct gw_results_record {
    const struct gw_forward *forward;
    const struct gw_forward_window *chosen;
    const struct gw_standing *standing;
};
enum gw_status
gw_results_file_record(struct gw_results_file *file,
                       const struct gw_results_record *record) GW_MUST_CHECK;

/** Write how many rows have failed, which is known at the end too. */
enum gw_status gw_results_file_failed(struct gw_results_file *file,
                                      uint64_t rows) GW_MUST_CHECK;

/** Flush, close, sync, rename into place; frees. */
enum gw_status gw_results_file_commit(struct gw_results_file *file,
                                      struct gw_error *err) GW_MUST_CHECK;

/** Close and remove the temporary; frees. NULL is allowed. */
void gw_results_file_abandon(struct gw_results_file *file);

#endif
