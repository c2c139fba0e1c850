#include "compute.h"

#include <string.h>

void gw_compute_init(struct gw_compute *compute,
                     const struct gw_plan *plan,
                     const struct gw_portal *portal)
{
    const struct gw_experiment *experiment = plan->experiment;
    struct gw_engine_setup setup = {
        .graph = experiment->graph,
        .portal = portal,
        .rules = &experiment->rules,
        .asset = plan->asset,
        .assets = plan->assets,
        .periods = plan->periods,
        .cache_bytes = (size_t)(experiment->memory / 2),
        .lookback = plan->lookback,
    };
    for (size_t i = 0; i < experiment->axes; i++) {
        setup.varied |= (uint32_t)(experiment->axis[i].count > 1) << i;
    }
    for (size_t i = 0; i < experiment->metrics; i++) {
        setup.wanted[experiment->metric[i]] = true;
    }
    compute->plan = plan;
    compute->reference = gw_reference_new(&setup);
}

void gw_compute_clear(struct gw_compute *compute)
{
    gw_reference_free(compute->reference);
    compute->reference = NULL;
}

static unsigned char *
put_row(const struct gw_plan *plan, const struct gw_row *row, unsigned char *at)
{
    *at++ = (unsigned char)row->status;
    for (size_t i = 0; i < plan->experiment->metrics; i++) {
        memcpy(at, &row->metric[plan->experiment->metric[i]], sizeof(double));
        at += sizeof(double);
    }
    return at;
}

/* All windows and segments of one combination. */
static unsigned char *put_combination(struct gw_compute *compute,
                                      const struct gw_tile *tile,
                                      const double *value,
                                      unsigned char *at)
{
    const struct gw_plan *plan = compute->plan;
    for (size_t w = tile->first_window; w < tile->first_window + tile->windows; w++) {
        for (size_t s = 0; s < plan->segments; s++) {
            struct gw_row row;
            gw_reference_run(compute->reference, value, plan->window[w].begin[s],
                             plan->window[w].end[s], &row);
            at = put_row(plan, &row, at);
        }
    }
    return at;
}

size_t gw_compute_tile(struct gw_compute *compute,
                       uint64_t tile,
                       unsigned char *payload,
                       void (*poll)(void *),
                       void *poll_context)
{
    const struct gw_plan *plan = compute->plan;
    struct gw_tile cut = gw_plan_tile(plan, tile);
    double values[GW_MAX_PARAMETERS][GW_RUN], *column[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        column[i] = values[i];
    }
    unsigned char *at = payload;
    gw_reference_set_poll(compute->reference, poll, poll_context);
    for (uint64_t run = cut.first_run; run < cut.first_run + cut.runs; run++) {
        uint64_t k[GW_RUN];
        size_t count = gw_plan_run(plan, run, k);
        gw_space_values(&plan->space, k, count, column);
        for (size_t lane = 0; lane < count; lane++) {
            double value[GW_MAX_PARAMETERS] = {0};
            for (size_t i = 0; i < plan->space.axes; i++) {
                value[i] = values[i][lane];
            }
            at = put_combination(compute, &cut, value, at);
        }
    }
    return (size_t)(at - payload);
}
