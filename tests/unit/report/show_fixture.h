/** Results files as show reads them, and what a test fills in by hand: choices, how they
 *  stand, and the out-of-sample record, whoever computed them. */
#ifndef GRIDWALK_TESTS_UNIT_SHOW_FIXTURE_H
#define GRIDWALK_TESTS_UNIT_SHOW_FIXTURE_H

#include "store/results_fixture.h"

#include "gridwalk/report/tables.h"

/** Six combinations; (30, 20) and (30, 30) are not feasible: numbers 0 1 2 3 remain. */
#define STRATEGY                                                                         \
    "bundle: b.h5\n"                                                                     \
    "strategy:\n"                                                                        \
    "  parameters:\n"                                                                    \
    "    fast: [5, 10, 30]\n"                                                            \
    "    slow: [20, 30]\n"                                                               \
    "  constraints:\n"                                                                   \
    "    - fast < slow\n"                                                                \
    "  signals:\n"                                                                       \
    "    enter_long: sma(close, fast) > sma(close, slow)\n"                              \
    "metrics: [total_return, volatility, sharpe, max_drawdown, trades]\n"                \
    "objective: {maximize: sharpe}\n"
/** The look-back is 29 bars: three windows begin at bars 29, 79 and 129 of the weekdays
 *  from 2001-01-01 on. */
#define WALK "walk_forward: {train: 100, test: 50}\n"

/** Columns: total_return, volatility, sharpe, max_drawdown, trades. Train: the sharpe
 *  ratio is largest for 2 in window 0 and for 1 in the others; window 1 has none at all.
 *  Validation: that of test and 2 more. */
static inline struct cell show_cell(uint64_t k, size_t window, size_t segment)
{
    static const double sharpe[4] = {0.5, 1, 1.5, -0.25};
    size_t turned = (size_t)(window > 0 ? (k + 1) % 4 : k);
    const double ratio[GW_SEGMENTS] = {sharpe[turned], 0.25 * (double)k,
                                       0.25 * (double)k + 2};
    struct cell cell = {GW_ROW_OK,
                        {0.1 * (double)(k + 1), 0.2 + (double)k / 100, ratio[segment],
                         -0.125, (double)(10 * k)}};
    if (window == 1) {
        cell.status = GW_ROW_RUINED;
    } else if (k == 3) {
        cell.metric[2] = NAN;
    }
    return cell;
}

/** Put values in the place of what an array was. */
static inline void *show_put(void *old, const void *from, size_t size)
{
    free(old);
    return memcpy(gw_calloc(1, size), from, size);
}
#define PUT(field, ...) (field) = show_put((field), (__VA_ARGS__), sizeof(__VA_ARGS__))

/** One pick a window, inside the grid, that came third of four in test; no record. */
static inline void show_plain(struct gw_results *results)
{
    size_t windows = results->windows;
    free(results->objective_text);
    results->objective_text = gw_strdup(results->objective);
    results->picks = 1;
    results->records = results->times = 0;
    results->weight = gw_realloc(results->weight, windows, sizeof(double));
    results->edge = gw_realloc(results->edge, windows, sizeof(int8_t));
    results->test_rank = gw_realloc(results->test_rank, windows, sizeof(int64_t));
    results->test_ranked = gw_realloc(results->test_ranked, windows, sizeof(int64_t));
    results->rank_correlation =
        gw_realloc(results->rank_correlation, windows, sizeof(double));
    for (size_t w = 0; w < windows; w++) {
        results->weight[w] = 1;
        results->edge[w] = 0;
        results->test_rank[w] = results->selected[w] < 0 ? -1 : 3;
        results->test_ranked[w] = 4;
        results->rank_correlation[w] = 0.25;
    }
    free(results->raw_best);
    free(results->raw_best_rank);
    free(results->drift);
    results->raw_best = results->raw_best_rank = NULL;
    results->drift = NULL;
}

/** Write the results of an experiment, open them and fill them in. */
typedef void show_fill(struct gw_results *results);

static inline struct gw_results *
show_open(const char *yaml, const char *path, show_fill *fill)
{
    struct fixture fixture = fixture_make(yaml);
    fixture_write(&fixture, path, show_cell, ASCENDING);
    fixture_clear(&fixture);
    struct gw_results *results = fixture_open(path);
    show_plain(results);
    if (fill != NULL) {
        fill(results);
    }
    return results;
}

/** What show prints of them. Free it. */
static inline char *show_text(const char *yaml,
                              const char *path,
                              show_fill *fill,
                              const struct gw_show_options *options)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results *results = show_open(yaml, path, fill);
    struct gw_text out = {0};
    CHECK_OK(gw_show(results, options, &out, &err));
    gw_results_close(results);
    return out.data != NULL ? out.data : gw_strdup("");
}

#endif
