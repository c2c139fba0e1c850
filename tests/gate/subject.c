#include "subject.h"

#include "market.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>

/* Combination-bars of a case, over all assets and spans; a run is taken whole. */
static const double most_bars = 250000;
enum { MOST_RUNS = 64, MOST_EMPTY_RUNS = 200 };

void gate_case_make(uint64_t seed, uint64_t attempt, struct gate_case *out)
{
    /* Some attempts at an experiment before another market: small markets are refused
     * more often. */
    struct gate_draw market = {.seed = seed, .stream = attempt / 16};
    struct gate_draw draw = {.seed = seed, .stream = 1000 + attempt};
    out->seed = seed;
    out->panel = gate_market_make(&market);
    const struct gw_panel *panel = out->panel;
    double days = (double)(panel->session[panel->T - 1] - panel->session[0]);
    struct gate_market_size size = {panel->T, panel->N,
                                    panel->T > 1 ? days / (double)(panel->T - 1) : 1};
    gate_experiment_make(&draw, size, &out->experiment);
}

static void take_run(struct gate_subject *subject, const uint64_t *k, size_t count)
{
    size_t first = subject->combinations, all = first + count;
    double block[GW_MAX_PARAMETERS][GW_RUN], *column[GW_MAX_PARAMETERS];
    for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
        column[a] = block[a];
    }
    gw_space_values(&subject->plan->space, k, count, column);
    subject->k = gw_realloc(subject->k, all, sizeof *subject->k);
    subject->value = gw_realloc(subject->value, all, sizeof *subject->value);
    for (size_t i = 0; i < count; i++) {
        subject->k[first + i] = k[i];
        for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
            subject->value[first + i][a] =
                a < subject->plan->space.axes ? block[a][i] : 0;
        }
    }
    subject->run = gw_realloc(subject->run, subject->runs + 1, sizeof *subject->run);
    subject->run[subject->runs++] = count;
    subject->combinations = all;
}

/* Runs of the plan, from the first on where all of them fit, else from any. */
static void take_combinations(struct gate_subject *subject)
{
    const struct gw_plan *plan = subject->plan;
    double bars = 0;
    for (size_t s = 0; s < subject->spans; s++) {
        bars += (double)(subject->span[s].end - subject->span[s].begin + 1);
    }
    bars *= (double)plan->assets;
    struct gate_draw draw = {.seed = subject->origin->seed, .stream = 1};
    uint64_t runs = plan->tiling.runs;
    uint64_t first = runs > MOST_RUNS ? gate_below(&draw, (size_t)runs) : 0;
    for (size_t i = 0; i < runs && i < MOST_EMPTY_RUNS; i++) {
        uint64_t k[GW_RUN];
        size_t count = gw_plan_run(plan, (first + i) % runs, k);
        if (count > 0) {
            take_run(subject, k, count);
        }
        if ((double)subject->combinations * bars > most_bars ||
            subject->runs >= MOST_RUNS) {
            break;
        }
    }
}

static void take_spans(struct gate_subject *subject)
{
    const struct gw_plan *plan = subject->plan;
    subject->span = gw_calloc(plan->windows * plan->segments, sizeof *subject->span);
    for (size_t w = 0; w < plan->windows; w++) {
        for (size_t s = 0; s < plan->segments; s++) {
            subject->span[subject->spans++] =
                (struct gw_span){plan->window[w].begin[s], plan->window[w].end[s]};
        }
    }
}

static void set_up(struct gate_subject *subject)
{
    struct gw_engine_setup *setup = &subject->setup;
    *setup = gw_plan_setup(subject->plan, subject->portal);
    setup->cache_bytes = (size_t)(subject->experiment->memory / 2);
    setup->tile_bytes = (size_t)(subject->experiment->memory / 4);
}

enum gw_status gate_subject_open(const struct gate_case *origin,
                                 struct gate_subject *subject,
                                 struct gw_error *err)
{
    *subject = (struct gate_subject){.origin = origin};
    gate_experiment_print(&origin->experiment, origin->panel->session, "gate.yaml",
                          &subject->yaml);
    enum gw_status status =
        gw_experiment_parse("case.yaml", subject->yaml.data, subject->yaml.length, NULL,
                            &subject->experiment, err);
    if (status == GW_OK) {
        subject->portal = gw_portal_new(origin->panel, subject->experiment->rules.basis);
        status = gw_plan_make(subject->experiment, origin->panel, subject->portal,
                              &subject->plan, err);
    }
    if (status != GW_OK) {
        gate_subject_close(subject);
        return status;
    }
    take_spans(subject);
    take_combinations(subject);
    set_up(subject);
    return GW_OK;
}

void gate_subject_close(struct gate_subject *subject)
{
    gw_plan_free(subject->plan);
    gw_portal_free(subject->portal);
    gw_experiment_free(subject->experiment);
    gw_text_clear(&subject->yaml);
    free(subject->k);
    free(subject->value);
    free(subject->run);
    free(subject->span);
    *subject = (struct gate_subject){.origin = NULL};
}

void gate_subject_name(const struct gate_subject *subject,
                       size_t combination,
                       size_t span,
                       struct gw_text *out)
{
    size_t segments = subject->plan->segments;
    gw_text_printf(out, "combination %llu (",
                   (unsigned long long)subject->k[combination]);
    gw_space_print(&subject->plan->space, subject->k[combination], out);
    gw_text_printf(out, "), window %zu %s (bars %zu to %zu)", span / segments,
                   gw_segment_name[span % segments], subject->span[span].begin,
                   subject->span[span].end);
}
