/** Plans over made-up prices, and payloads whose every cell follows from its place. */
#ifndef GRIDWALK_TESTS_UNIT_RESULTS_FIXTURE_H
#define GRIDWALK_TESTS_UNIT_RESULTS_FIXTURE_H

#include "check.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/market/synth.h"
#include "gridwalk/store/results.h"

#include <stdlib.h>
#include <unistd.h>

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

/** A tile's payload as plan.h says. Free it. */
static inline unsigned char *fixture_payload(const struct gw_plan *plan,
                                             uint64_t id,
                                             cell_fn *cell_of,
                                             size_t *length_out)
{
    const struct gw_tile tile = gw_plan_tile(plan, id);
    size_t metrics = plan->experiment->metrics, at = 0;
    unsigned char *payload = gw_calloc(gw_plan_payload_max(plan), 1);
    for (uint64_t run = tile.first_run; run < tile.first_run + tile.runs; run++) {
        uint64_t k[GW_RUN];
        size_t lanes = gw_plan_run(plan, run, k);
        for (size_t i = 0; i < lanes * tile.windows * plan->segments; i++) {
            size_t segment = i % plan->segments;
            size_t window = tile.first_window + i / plan->segments % tile.windows;
            uint64_t number = k[i / plan->segments / tile.windows];
            const struct cell cell = cell_of(number, window, segment);
            payload[at] = (unsigned char)cell.status;
            memcpy(payload + at + 1, cell.metric, metrics * sizeof(double));
            at += 1 + metrics * sizeof(double);
        }
    }
    *length_out = at;
    return payload;
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
    CHECK_OK(gw_results_create(path, fixture->plan, fixture->panel, &writer, &err));
    uint64_t tiles = fixture->plan->tiling.tiles;
    for (uint64_t i = 0; writer != NULL && i < tiles; i++) {
        uint64_t id = fixture_tile(order, i, tiles);
        size_t length;
        unsigned char *payload = fixture_payload(fixture->plan, id, cell_of, &length);
        CHECK_OK(gw_results_accept(writer, id, payload, length, &err));
        free(payload);
    }
    if (writer != NULL) {
        CHECK_OK(gw_results_finish(writer, &summary, &err));
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
