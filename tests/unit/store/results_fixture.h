/** Plans over made-up prices, and payloads whose every cell follows from its place. */
#ifndef GRIDWALK_TESTS_UNIT_RESULTS_FIXTURE_H
#define GRIDWALK_TESTS_UNIT_RESULTS_FIXTURE_H

#include "check.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/market/synth.h"
#include "gridwalk/store/results.h"

#include <stdlib.h>
#include <unistd.h>

/** What the files here say of their run. */
#define FIXTURE_BUNDLE "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define FIXTURE_EXPERIMENT                                                               \
    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
static const struct gw_run_identity fixture_identity = {
    .program = "gridwalk 98.7",
    .semantics = GW_RESULTS_SEMANTICS,
    .engine = "vector",
    .bundle_digest = FIXTURE_BUNDLE,
    .experiment_digest = FIXTURE_EXPERIMENT,
    .canonical = "",
};

struct fixture {
    struct gw_experiment *experiment;
    struct gw_panel *panel;
    struct gw_portal *portal;
    struct gw_plan *plan;
};

static inline void fixture_clear(struct fixture *fixture)
{
    gw_plan_free(fixture->plan);
    gw_portal_free(fixture->portal);
    gw_panel_free(fixture->panel);
    gw_experiment_free(fixture->experiment);
}

/** 300 weekdays of two assets from 2001-01-01, bound to this experiment. */
static inline struct fixture fixture_make(const char *yaml)
{
    const struct gw_synth synth = {.kind = GW_SYNTH_WALK,
                                   .bars = 300,
                                   .assets = 2,
                                   .seed = 1,
                                   .first = 11323,
                                   .drift = 0.1,
                                   .volatility = 0.2,
                                   .periods = 252};
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture = {.panel = gw_synth_make(&synth)};
    memset(fixture.panel->header->digest, 'b', GW_SHA256_HEX - 1);
    CHECK_OK(gw_experiment_parse("dir/sweep.yaml", yaml, strlen(yaml), NULL,
                                 &fixture.experiment, &err));
    fixture.portal = gw_portal_new(fixture.panel, GW_ADJUSTED);
    CHECK_OK(gw_plan_make(fixture.experiment, fixture.panel, fixture.portal,
                          &fixture.plan, &err));
    return fixture;
}

/** One cell of the made-up results. */
struct cell {
    enum gw_row_status status;
    double metric[GW_METRICS]; /* by column */
};
typedef struct cell cell_fn(uint64_t k, size_t window, size_t segment);

/** The metrics of a cell by enum gw_metric. */
static inline void fixture_metrics(const struct gw_plan *plan,
                                   const struct cell *cell,
                                   double out[GW_METRICS])
{
    memset(out, 0, GW_METRICS * sizeof *out);
    for (size_t m = 0; m < plan->experiment->metrics; m++) {
        out[plan->experiment->metric[m]] = cell->metric[m];
    }
}

/* Where the parts of a payload with keep: top stand, behind the statuses. */
struct fixture_head {
    size_t objectives, tests, met, kept, rows;
};

static inline struct fixture_head fixture_head(const struct gw_plan *plan, size_t cells)
{
    struct fixture_head head = {0};
    size_t bits = (cells + 7) / 8;
    if (plan->experiment->keep_top > 0) {
        head.objectives = cells * plan->segments;
        head.tests = head.objectives + 8 * cells;
        head.met = head.tests + (plan->segments > GW_TEST ? 8 * cells : 0);
        head.kept = head.met + (plan->experiment->objective.requires > 0 ? bits : 0);
        head.rows = head.kept + bits;
    }
    return head;
}

/* What stands in front of the rows of cell c and a segment. */
static inline void fixture_ahead(const struct gw_plan *plan,
                                 const struct fixture_head *head,
                                 size_t c,
                                 size_t segment,
                                 const struct cell *cell,
                                 unsigned char *payload)
{
    const struct gw_objective *objective = &plan->experiment->objective;
    double metric[GW_METRICS];
    fixture_metrics(plan, cell, metric);
    double value = gw_objective_value(objective, metric);
    unsigned char bit = (unsigned char)(1U << c % 8);
    payload[c * plan->segments + segment] = (unsigned char)cell->status;
    payload[head->kept + c / 8] |= bit;
    if (segment == objective->on) {
        memcpy(payload + head->objectives + 8 * c, &value, 8);
        if (objective->requires > 0 && gw_objective_met(objective, metric)) {
            payload[head->met + c / 8] |= bit;
        }
    } else if (segment == GW_TEST) {
        memcpy(payload + head->tests + 8 * c, &value, 8);
    }
}

/** A tile's payload as payload.h says, nothing left out. Free it. */
static inline unsigned char *fixture_payload(const struct gw_plan *plan,
                                             uint64_t id,
                                             cell_fn *cell_of,
                                             size_t *length_out)
{
    const struct gw_tile tile = gw_plan_tile(plan, id);
    size_t metrics = plan->experiment->metrics, segments = plan->segments, count = 0;
    uint64_t *k = gw_calloc((size_t)tile.runs * GW_RUN, sizeof *k);
    for (uint64_t run = tile.first_run; run < tile.first_run + tile.runs; run++) {
        count += gw_plan_run(plan, run, k + count);
    }
    size_t cells = count * tile.windows, rows = cells * segments;
    const struct fixture_head head = fixture_head(plan, cells);
    unsigned char *payload = gw_calloc(head.rows + rows * (1 + 8 * metrics) + 1, 1);
    unsigned char *at = payload + head.rows;
    for (size_t i = 0; i < rows; i++) {
        size_t segment = i % segments, c = i / segments;
        size_t window = tile.first_window + c % tile.windows;
        const struct cell cell = cell_of(k[c / tile.windows], window, segment);
        *at++ = (unsigned char)cell.status;
        memcpy(at, cell.metric, metrics * sizeof(double));
        at += metrics * sizeof(double);
        if (head.rows > 0) {
            fixture_ahead(plan, &head, c, segment, &cell, payload);
        }
    }
    *length_out = (size_t)(at - payload);
    free(k);
    return payload;
}

/** The same through the payload's writer: with keep: {top: N} what is below the bounds is
 *  left out. Free it. */
static inline unsigned char *fixture_spared(struct gw_payload *payload,
                                            uint64_t id,
                                            cell_fn *cell_of,
                                            const struct gw_bound *bound,
                                            size_t *length_out)
{
    const struct gw_plan *plan = payload->plan;
    gw_payload_begin(payload, id);
    size_t windows = payload->tile.windows, segments = plan->segments;
    for (size_t i = payload->combinations * windows * segments; i-- > 0;) {
        size_t segment = i % segments, w = i / segments % windows;
        size_t c = i / segments / windows;
        const struct cell cell =
            cell_of(payload->k[c], payload->tile.first_window + w, segment);
        double metric[GW_METRICS];
        fixture_metrics(plan, &cell, metric);
        gw_payload_row(payload, c, w, segment, cell.status, metric);
    }
    unsigned char *bytes = gw_calloc(gw_plan_payload_max(plan), 1);
    *length_out = gw_payload_end(payload, bound, bytes);
    return bytes;
}

/** In which order tiles are handed over. */
enum fixture_order { ASCENDING, DESCENDING, SCATTERED };

static inline uint64_t fixture_tile(enum fixture_order order, uint64_t i, uint64_t tiles)
{
    if (order == SCATTERED) {
        uint64_t step = 7;
        while (tiles % step == 0) {
            step += 2; /* tiles is small: some odd number does not divide it */
        }
        return i * step % tiles;
    }
    return order == ASCENDING ? i : tiles - 1 - i;
}

/** A record of made-up numbers; gw_forward_clear it. `bars` is 0 without a test. */
static inline struct gw_forward fixture_forward(const struct gw_plan *plan)
{
    struct gw_forward forward = {0};
    forward.bars = gw_forward_bars(plan, &forward.first);
    if (forward.bars == 0) {
        return forward;
    }
    forward.records = gw_forward_records(plan);
    size_t cells = forward.records * forward.bars, axes = plan->experiment->axes;
    forward.growth = gw_calloc(cells, sizeof *forward.growth);
    forward.equity = gw_calloc(cells, sizeof *forward.equity);
    forward.metric = gw_calloc(forward.records, sizeof *forward.metric);
    forward.drift = gw_calloc(axes, sizeof *forward.drift);
    for (size_t i = 0; i < cells; i++) {
        forward.growth[i] = (double)(i % 7) / 64 - 0.03125;
        forward.equity[i] = 1 + (double)i / 128;
    }
    for (size_t i = 0; i < forward.records * GW_METRICS; i++) {
        forward.metric[i / GW_METRICS][i % GW_METRICS] =
            i % 11 == 3 ? -NAN : (double)i / 4 - 20;
    }
    for (size_t i = 0; i < axes; i++) {
        forward.drift[i] = (struct gw_drift){1.5 + (double)i, 0.25, i == 1 ? -NAN : 0.75};
    }
    forward.profitable_windows = 0.625;
    forward.efficiency = -0.375;
    return forward;
}

/** Choose, and end with a made-up record where there is a test. Frees the writer. */
static inline enum gw_status fixture_finish(struct gw_results_writer *writer,
                                            const struct gw_plan *plan,
                                            struct gw_results_summary *summary,
                                            struct gw_error *err)
{
    struct gw_forward_window *window = gw_calloc(plan->windows, sizeof *window);
    struct gw_forward forward = fixture_forward(plan);
    bool ranked = false;
    enum gw_status status = gw_results_choose(writer, window, &ranked, err);
    if (status == GW_OK) {
        status =
            gw_results_finish(writer, forward.bars > 0 ? &forward : NULL, summary, err);
    } else {
        gw_results_abandon(writer);
    }
    gw_forward_clear(&forward);
    free(window);
    return status;
}

/** Write a whole results file. */
static inline struct gw_results_summary fixture_write(const struct fixture *fixture,
                                                      const char *path,
                                                      cell_fn *cell_of,
                                                      enum fixture_order order)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results_writer *writer = NULL;
    struct gw_results_summary summary = {0};
    CHECK_OK(gw_results_create(path, fixture->plan, fixture->panel, &fixture_identity,
                               &writer, &err));
    uint64_t tiles = fixture->plan->tiling.tiles;
    for (uint64_t i = 0; writer != NULL && i < tiles; i++) {
        uint64_t id = fixture_tile(order, i, tiles);
        size_t length;
        unsigned char *payload = fixture_payload(fixture->plan, id, cell_of, &length);
        CHECK_OK(gw_results_accept(writer, id, payload, length, &err));
        free(payload);
    }
    if (writer != NULL) {
        CHECK_OK(fixture_finish(writer, fixture->plan, &summary, &err));
    }
    return summary;
}

static inline struct gw_results *fixture_open(const char *path)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results *results = NULL;
    CHECK_OK(gw_results_open(path, &results, &err));
    return results;
}

#endif
