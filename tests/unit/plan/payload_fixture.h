/** A plan of a small grid, and tiles whose every row follows from its place. */
#ifndef GRIDWALK_TESTS_PLAN_PAYLOAD_FIXTURE_H
#define GRIDWALK_TESTS_PLAN_PAYLOAD_FIXTURE_H

#include "plan_fixture.h"

#include "gridwalk/base/random.h"
#include "gridwalk/base/text.h"
#include "gridwalk/engine/setup.h"
#include "gridwalk/plan/payload.h"

#include <stdlib.h>

/* `fast` is the lane axis: numbers of one run lie 10 apart, and the constraint takes some
 * of them out. */
#define GRID                                                                             \
    "bundle: b.h5\nstrategy:\n" FIXTURE_TARGET "  parameters:\n"                         \
    "    fast: {from: 1, to: 70}\n"                                                      \
    "    slow: [3, 20, 40, 66, 69]\n"                                                    \
    "    level: [0.1, 0.2]\n"                                                            \
    "  constraints:\n    - fast < slow\n"                                                \
    "walk_forward: {train: 60, test: 20}\nlimits: {memory: 1M}\n"                        \
    "metrics: [total_return, sharpe, max_drawdown_bars]\n"
#define SHARPE "objective: {maximize: sharpe}\n"
#define BARS "objective: {minimize: max_drawdown_bars}\n"
#define MIXED                                                                            \
    "objective: {maximize: sharpe - 0.25 * max_drawdown_bars, require: "                 \
    "[max_drawdown_bars < 9, sharpe > -1]}\n"

enum { RECTANGLE = 70 * 5 * 2, MOST_WINDOWS = 8, MOST_CELLS = 3 * 64 * MOST_WINDOWS };
enum { MOST_SEGMENTS = 3 };

/* Bytes of a row of three metrics, of train and test of it, and of what stands in front
 * of those: two statuses and two objectives. */
enum { ROW = 1 + 3 * 8, CELL = 2 * ROW, HEAD = 2 + 2 * 8 };

struct fixture {
    struct fixture_market market;
    struct gw_experiment *experiment;
    struct gw_plan *plan;
};

static inline struct fixture fixture_make(const char *rest, uint64_t top, size_t windows)
{
    struct gw_error err;
    struct gw_text text = {0};
    gw_text_printf(&text, "%s%s", GRID, rest);
    if (top > 0) {
        gw_text_printf(&text, "output: {keep: {top: %llu}}\n", (unsigned long long)top);
    }
    struct fixture fixture = {.market = fixture_market(60 + 20 * windows, 2, NULL),
                              .experiment = fixture_parse(text.data)};
    gw_text_clear(&text);
    CHECK_OK(fixture_plan(fixture.experiment, &fixture.market, &fixture.plan, &err));
    CU_ASSERT_TRUE_FATAL(fixture.plan != NULL && fixture.plan->windows == windows);
    return fixture;
}

/* Give every window a validation segment too, and choose on it. */
static inline void fixture_validate(struct fixture *fixture)
{
    fixture->experiment->walk_forward.segments = MOST_SEGMENTS;
    fixture->experiment->objective.on = GW_VALIDATION;
    fixture->plan->segments = MOST_SEGMENTS;
}

static inline void fixture_clear(struct fixture *fixture)
{
    gw_plan_free(fixture->plan);
    gw_experiment_free(fixture->experiment);
    fixture_market_free(&fixture->market);
}

/* Every kind of row, and objectives that tie. */
static inline struct gw_row row_of(uint64_t k, size_t window, size_t segment)
{
    uint64_t mix = (k * 2654435761U + window * 40503U + segment * 9973U) >> 3;
    struct gw_row row = {.status = GW_ROW_OK};
    for (size_t m = 0; m < GW_METRICS; m++) {
        row.metric[m] =
            (double)k + 1000 * (double)m + (double)window / 16 + (double)segment / 2;
    }
    row.metric[GW_METRIC_sharpe] = (double)(mix % 33) / 8 - 2;
    row.metric[GW_METRIC_max_drawdown_bars] = (double)(mix % 11);
    if (mix % 19 == 0) {
        row.status = GW_ROW_INSUFFICIENT_HISTORY;
        row.metric[GW_METRIC_sharpe] = NAN;
    } else if (mix % 23 == 1) {
        row.status = GW_ROW_RUINED;
        row.metric[GW_METRIC_sharpe] = 100;
    } else if (mix % 29 == 2) {
        row.metric[GW_METRIC_sharpe] = -NAN; /* the sign of a processor's own NaN */
    } else if (mix % 31 == 3) {
        row.status = GW_ROW_FAILED;
    } else if (mix % 83 == 4) {
        row.metric[GW_METRIC_sharpe] = INFINITY;
    } else if (mix % 83 == 5) {
        row.metric[GW_METRIC_sharpe] = -INFINITY;
    }
    return row;
}

/* The objective of a row by the experiments above, and whether its bounds are met. */
static inline double goal_of(const struct gw_plan *plan, const struct gw_row *row)
{
    double sharpe = row->metric[GW_METRIC_sharpe];
    double bars = row->metric[GW_METRIC_max_drawdown_bars];
    switch (plan->experiment->objective.metric) {
    case GW_METRIC_sharpe:
        return isnan(sharpe) ? NAN : sharpe;
    case GW_METRIC_max_drawdown_bars:
        return bars;
    default:
        return isnan(sharpe) ? NAN : sharpe - bars / 4;
    }
}

static inline bool meets(const struct gw_plan *plan, const struct gw_row *row)
{
    return plan->experiment->objective.metric != GW_METRICS ||
           (row->metric[GW_METRIC_max_drawdown_bars] < 9 &&
            row->metric[GW_METRIC_sharpe] > -1);
}

/* The combination numbers of a tile in the documented order. */
static inline size_t
list_tile(const struct gw_plan *plan, struct gw_tile tile, uint64_t *k)
{
    size_t count = 0;
    for (uint64_t run = tile.first_run; run < tile.first_run + tile.runs; run++) {
        count += gw_plan_run(plan, run, k + count);
    }
    return count;
}

/* Put all rows of a tile in an order of chance. */
static inline void put_all(struct gw_payload *payload, uint64_t tile)
{
    static uint32_t order[MOST_SEGMENTS * MOST_CELLS];
    gw_payload_begin(payload, tile);
    size_t W = payload->tile.windows, S = payload->plan->segments;
    size_t rows = payload->combinations * W * S;
    CU_ASSERT_TRUE_FATAL(rows <= MOST_SEGMENTS * MOST_CELLS);
    for (size_t i = 0; i < rows; i++) {
        size_t j = (size_t)(gw_philox_uniform(9, tile, i) * (double)(i + 1));
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
    for (size_t i = 0; i < rows; i++) {
        size_t c = order[i] / S / W, w = order[i] / S % W, s = order[i] % S;
        struct gw_row row = row_of(payload->k[c], payload->tile.first_window + w, s);
        gw_payload_row(payload, c, w, s, row.status, row.metric);
    }
}

#endif
