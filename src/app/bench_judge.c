#include "bench.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/engine/measure.h"
#include "gridwalk/engine/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 8192, WINDOWS = 3 /* that are looked at of each combination */ };

struct gw_reference *gw_bench_reference(const struct gw_plan *plan,
                                        const struct gw_portal *portal)
{
    struct gw_engine_setup setup = gw_plan_setup(plan, portal);
    setup.cache_bytes = (size_t)(plan->experiment->memory / 2);
    return gw_reference_new(&setup);
}

void gw_bench_digest(const double *value, size_t count, char out[17])
{
    uint8_t bytes[GW_XXH128_SIZE];
    gw_xxh128_doubles(value, count, bytes);
    for (size_t i = 0; i < 8; i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

static void values_of(const struct gw_space *space, uint64_t k, double *out)
{
    size_t index[GW_MAX_PARAMETERS];
    gw_space_decode(space, k, index);
    for (size_t i = 0; i < space->axes; i++) {
        out[i] = gw_axis_value(&space->axis[i], index[i]);
    }
}

/* One row of the file, `part.first` its combination, against the reference engine's. */
static enum gw_status compare_row(struct gw_results *results,
                                  const struct gw_run_job *job,
                                  const struct gw_row *row,
                                  struct gw_results_part part,
                                  struct gw_error *err)
{
    const struct gw_experiment *experiment = job->experiment;
    int8_t status;
    GW_TRY(gw_results_status(results, part, &status, err));
    if (status == GW_ROW_NOT_KEPT) {
        return GW_OK;
    }
    if (status != (int8_t)row->status) {
        return gw_fail(err, GW_DATA, "%s: row %zu: status %d, by the reference engine %d",
                       experiment->name, part.first, status, (int)row->status);
    }
    for (size_t i = 0; i < experiment->metrics; i++) {
        double value, judged = row->metric[experiment->metric[i]];
        GW_TRY(gw_results_metric(results, i, part, &value, err));
        if (!gw_agrees(experiment->metric[i], value, judged)) {
            return gw_fail(err, GW_DATA,
                           "%s: row %zu: %s is %.17g, by the reference engine %.17g",
                           experiment->name, part.first,
                           gw_metric_info[experiment->metric[i]].name, value, judged);
        }
    }
    return GW_OK;
}

static enum gw_status compare_combination(struct gw_results *results,
                                          const struct gw_run_job *job,
                                          struct gw_reference *reference,
                                          size_t at,
                                          struct gw_error *err)
{
    const struct gw_plan *plan = job->plan;
    double value[GW_MAX_PARAMETERS] = {0};
    int64_t k;
    GW_TRY(gw_results_combo_part(results, at, 1, &k, err));
    values_of(&plan->space, (uint64_t)k, value);
    size_t step = plan->windows > WINDOWS ? plan->windows / WINDOWS : 1;
    for (size_t w = 0; w < plan->windows; w += step) {
        for (size_t s = 0; s < plan->segments; s++) {
            struct gw_row row;
            gw_reference_run(reference, value, plan->window[w].begin[s],
                             plan->window[w].end[s], &row);
            struct gw_results_part part = {
                .window = w, .segment = s, .first = at, .count = 1};
            GW_TRY(compare_row(results, job, &row, part, err));
        }
    }
    return GW_OK;
}

/* XXH3-64 over the blocks' digests of the objective (NaN where a row is not ok). */
static enum gw_status
digest(struct gw_results *results, char out[17], struct gw_error *err)
{
    double value[BLOCK];
    uint8_t chain[2 * GW_XXH128_SIZE] = {0};
    size_t column = 0;
    while (strcmp(results->metric[column], results->objective) != 0) {
        column++;
    }
    for (size_t i = 0; i < results->windows * results->segments; i++) {
        for (size_t first = 0; first < results->combos; first += BLOCK) {
            size_t left = results->combos - first;
            struct gw_results_part part = {.window = i / results->segments,
                                           .segment = i % results->segments,
                                           .first = first,
                                           .count = left < BLOCK ? left : BLOCK};
            GW_TRY(gw_results_metric(results, column, part, value, err));
            gw_xxh128_doubles(value, part.count, chain + GW_XXH128_SIZE);
            gw_xxh128(chain, sizeof chain, chain);
        }
    }
    snprintf(out, 17, "%016llx", (unsigned long long)gw_xxh64(chain, sizeof chain));
    return GW_OK;
}

enum gw_status gw_bench_judge(const struct gw_run_job *job,
                              int samples,
                              char check_out[17],
                              struct gw_error *err)
{
    struct gw_results *results;
    GW_TRY(gw_results_open(job->output, &results, err));
    struct gw_reference *reference = gw_bench_reference(job->plan, job->portal);
    enum gw_status status = digest(results, check_out, err);
    for (int i = 0; i < samples && status == GW_OK; i++) {
        size_t at =
            (size_t)i * (results->combos - 1) / (size_t)(samples > 1 ? samples - 1 : 1);
        status = compare_combination(results, job, reference, at, err);
    }
    gw_reference_free(reference);
    gw_results_close(results);
    return status;
}
