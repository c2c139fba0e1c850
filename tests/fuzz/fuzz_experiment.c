/* An experiment's text: parsed, written out and parsed again, planned over a small
 * market, and one of its combinations run. Behind a line "--set" stands an override,
 * behind a line
 * "--only" a choice. */
#include "fuzz.h"

#include "gridwalk/engine/reference.h"
#include "gridwalk/plan/plan.h"

enum { MOST_COMBINATIONS = 5000 };

/* The tree, written out, describes the same experiment. */
static void check_round_trip(const struct gw_experiment *experiment)
{
    struct gw_text text = {0};
    struct gw_experiment *again = NULL;
    struct gw_error err = {.status = GW_OK};
    char one[GW_SHA256_HEX], two[GW_SHA256_HEX];
    gw_yaml_emit(experiment->tree, &text);
    enum gw_status status =
        gw_experiment_parse("exp.yaml", text.data, text.length, NULL, &again, &err);
    assert(status == GW_OK);
    gw_experiment_digest(experiment, "x", one);
    gw_experiment_digest(again, "x", two);
    assert(strcmp(one, two) == 0);
    gw_experiment_free(again);
    gw_text_clear(&text);
}

static uint64_t count_combinations(const struct gw_experiment *experiment)
{
    uint64_t total = 1;
    for (size_t a = 0; a < experiment->axes; a++) {
        total *= experiment->axis[a].count;
    }
    return total;
}

/* The tiles hold every feasible combination once in every window. */
static void check_tiles(const struct gw_plan *plan)
{
    uint64_t cells = 0;
    for (uint64_t id = 0; id < plan->tiling.tiles; id++) {
        struct gw_tile tile = gw_plan_tile(plan, id);
        assert(tile.runs > 0 && tile.windows > 0);
        for (uint64_t run = 0; run < tile.runs; run++) {
            uint64_t k[GW_RUN];
            cells += gw_plan_run(plan, tile.first_run + run, k) * tile.windows;
        }
    }
    assert(cells == gw_space_count(&plan->space).count * plan->windows);
}

static void run_one(const struct gw_plan *plan, const struct gw_portal *portal)
{
    const struct gw_experiment *experiment = plan->experiment;
    const struct gw_engine_setup setup = {.graph = experiment->graph,
                                          .portal = portal,
                                          .rules = &experiment->rules,
                                          .asset = plan->asset,
                                          .assets = plan->assets,
                                          .periods = plan->periods,
                                          .varied = 1,
                                          .cache_bytes = 1 << 16,
                                          .lookback = plan->lookback,
                                          .wanted = {[GW_METRIC_var_95] = true}};
    double value[GW_MAX_PARAMETERS] = {0}, *column[GW_MAX_PARAMETERS];
    for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
        column[a] = &value[a];
    }
    uint64_t k = gw_space_next(&plan->space, 0);
    gw_space_values(&plan->space, &k, 1, column);
    struct gw_reference *reference = gw_reference_new(&setup);
    for (size_t s = 0; s < plan->segments; s++) {
        const struct gw_window *window = &plan->window[plan->windows - 1];
        struct gw_row row;
        gw_reference_run(reference, value, window->begin[s], window->end[s], &row);
        assert(row.status == GW_ROW_OK || row.status == GW_ROW_RUINED ||
               row.status == GW_ROW_INSUFFICIENT_HISTORY);
        assert(row.status == GW_ROW_INSUFFICIENT_HISTORY ||
               row.metric[GW_METRIC_total_return] >= -1);
    }
    gw_reference_free(reference);
}

static void try_plan(const struct gw_experiment *experiment)
{
    struct gw_panel *panel = fuzz_panel();
    struct gw_portal *portal = gw_portal_new(panel, experiment->rules.basis);
    struct gw_plan *plan = NULL;
    struct gw_error err = {.status = GW_OK};
    enum gw_status status = gw_plan_make(experiment, panel, portal, &plan, &err);
    if (status != GW_OK) {
        fuzz_refused(status, GW_CONFIG, &err);
    } else {
        check_tiles(plan);
        run_one(plan, portal);
    }
    gw_plan_free(plan);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gw_die_hook(fuzz_die);
    const uint8_t *set, *only;
    size_t before_only = fuzz_cut(data, size, "\n--only\n", &only);
    size_t before_set = fuzz_cut(data, before_only, "\n--set\n", &set);
    size_t sets = (size_t)(data + before_only - set),
           onlys = (size_t)(data + size - only);
    char *set_text = strndup((const char *)set, sets);
    char *only_text = strndup((const char *)only, onlys);
    const char *const all_sets[] = {set_text};
    const struct gw_overrides overrides = {all_sets, sets > 0,
                                           onlys > 0 ? only_text : NULL};
    struct gw_experiment *experiment = NULL;
    struct gw_error err = {.status = GW_OK};
    enum gw_status status = gw_experiment_parse(
        "exp.yaml", (const char *)data, before_set, &overrides, &experiment, &err);
    if (status != GW_OK) {
        fuzz_refused(status, GW_CONFIG, &err);
        assert(experiment == NULL);
    } else {
        check_round_trip(experiment);
        /* A plan asks the plug-in: no library of a made-up name is loaded here. */
        if (count_combinations(experiment) <= MOST_COMBINATIONS &&
            experiment->rules.plugin.library == NULL) {
            try_plan(experiment);
        }
    }
    gw_experiment_free(experiment);
    free(set_text);
    free(only_text);
    return 0;
}
