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
    .semantics = "17",
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
    bool top = plan->experiment->keep_top > 0;
    size_t ahead = top ? rows + 8 * cells + (cells + 7) / 8 : 0;
    unsigned char *payload = gw_calloc(ahead + rows * (1 + 8 * metrics) + 1, 1);
    unsigned char *at = payload + ahead;
    for (size_t i = 0; i < rows; i++) {
        size_t segment = i % segments, c = i / segments;
        size_t window = tile.first_window + c % tile.windows;
        const struct cell cell = cell_of(k[c / tile.windows], window, segment);
        *at++ = (unsigned char)cell.status;
        memcpy(at, cell.metric, metrics * sizeof(double));
        at += metrics * sizeof(double);
        if (!top) {
            continue;
        }
        payload[i] = (unsigned char)cell.status;
        payload[rows + 8 * cells + c / 8] |= (unsigned char)(1U << c % 8);
        if (segment == GW_TRAIN) {
            memcpy(payload + rows + 8 * c, &cell.metric[gw_plan_objective(plan)], 8);
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
        double metric[GW_METRICS] = {0};
        for (size_t m = 0; m < plan->experiment->metrics; m++) {
            metric[plan->experiment->metric[m]] = cell.metric[m];
        }
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
        CHECK_OK(gw_results_finish(writer, NULL, &summary, &err));
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
