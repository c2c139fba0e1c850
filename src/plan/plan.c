#include "gridwalk/plan/plan.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/text.h"
#include "gridwalk/base/time.h"
#include "gridwalk/plan/choose.h"
#include "hold.h"
#include "parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a plan is made from. */
struct maker {
    const struct gw_experiment *experiment;
    const struct gw_panel *panel;
    const struct gw_portal *portal;
    struct gw_plan *plan;
    struct gw_error *err;
};

static enum gw_status refuse_asset(const struct maker *maker,
                                   const struct gw_named_place *asset)
{
    const struct gw_panel *panel = maker->panel;
    const char **symbol = gw_calloc(panel->N, sizeof *symbol);
    for (size_t n = 0; n < panel->N; n++) {
        symbol[n] = panel->asset[n].symbol;
    }
    const char *nearest = gw_nearest(asset->name, symbol, panel->N);
    free(symbol);
    return gw_fail_at(maker->err, GW_CONFIG, asset->place,
                      "the bundle has no asset '%.40s'%s%s%s", asset->name,
                      nearest != NULL ? "; did you mean '" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static enum gw_status bind_assets(const struct maker *maker)
{
    const struct gw_experiment *experiment = maker->experiment;
    struct gw_plan *plan = maker->plan;
    size_t N = maker->panel->N;
    bool *chosen = gw_calloc(N, sizeof *chosen);
    enum gw_status status = GW_OK;
    for (size_t i = 0; status == GW_OK && i < experiment->assets; i++) {
        const struct gw_named_place *asset = &experiment->asset[i];
        size_t n = gw_panel_find(maker->panel, asset->name);
        if (n == N) {
            status = refuse_asset(maker, asset);
        } else if (chosen[n]) {
            status = gw_fail_at(maker->err, GW_CONFIG, asset->place,
                                "the asset '%.40s' is repeated", asset->name);
        } else {
            chosen[n] = true;
        }
    }
    plan->asset = gw_calloc(N, sizeof *plan->asset);
    for (size_t n = 0; n < N; n++) {
        if (chosen[n] || experiment->assets == 0) {
            plan->asset[plan->assets++] = n;
        }
    }
    free(chosen);
    return status;
}

static enum gw_status bind_benchmark(const struct maker *maker)
{
    const struct gw_named_place *benchmark = &maker->experiment->benchmark;
    maker->plan->benchmark = SIZE_MAX;
    if (benchmark->name == NULL) {
        return GW_OK;
    }
    size_t n = gw_panel_find(maker->panel, benchmark->name);
    if (n == maker->panel->N) {
        return refuse_asset(maker, benchmark);
    }
    size_t T = maker->panel->T;
    maker->plan->benchmark = n;
    maker->plan->benchmark_return = gw_calloc(T, sizeof(double));
    gw_hold_returns(maker->portal, n, T, maker->plan->benchmark_return);
    return GW_OK;
}

static enum gw_status bind_period(const struct maker *maker, struct gw_stretch *out)
{
    const struct gw_experiment *experiment = maker->experiment;
    const struct gw_panel *panel = maker->panel;
    size_t first = gw_panel_bar_at(panel, experiment->from);
    size_t end = experiment->to == INT32_MAX ? panel->T
                                             : gw_panel_bar_at(panel, experiment->to + 1);
    if (first < end) {
        *out = (struct gw_stretch){.session = panel->session,
                                   .bars = panel->T,
                                   .daily = strcmp(panel->header->frequency, "1d") == 0,
                                   .first = first,
                                   .last = end - 1};
        return GW_OK;
    }
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    gw_date_format(panel->session[0], from);
    gw_date_format(panel->session[panel->T - 1], to);
    return gw_fail_at(maker->err, GW_CONFIG, experiment->period_place,
                      "no session of the bundle lies in the period; it has %s to %s",
                      from, to);
}

static enum gw_status bind_space(const struct maker *maker)
{
    const struct gw_experiment *experiment = maker->experiment;
    struct gw_space *space = &maker->plan->space;
    *space = (struct gw_space){.graph = experiment->graph,
                               .axis = experiment->axis,
                               .axes = experiment->axes,
                               .constraint = experiment->constraint,
                               .constraints = experiment->constraints,
                               .total = 1};
    for (size_t a = 0; a < space->axes; a++) {
        space->total *= space->axis[a].count;
    }
    bool empty;
    if (space->total <= GW_EXACT_LIMIT) {
        gw_space_index(space);
        empty = space->feasible == 0;
    } else { /* a walk of the rectangle could take for ever */
        empty = gw_space_count(space).count == 0;
    }
    if (!empty) {
        return GW_OK;
    }
    const struct gw_yaml *strategy = gw_yaml_get(experiment->tree, "strategy");
    return gw_fail_at(maker->err, GW_CONFIG,
                      gw_yaml_get(strategy, "constraints")->key_place,
                      "the constraints leave none of %s%llu combinations",
                      space->total > GW_EXACT_LIMIT ? "100,000 samples of " : "the ",
                      (unsigned long long)space->total);
}

/* What cannot be cut to tiles must fit at once. */
static enum gw_status check_choosing(const struct maker *maker)
{
    const struct gw_experiment *experiment = maker->experiment;
    double bytes = gw_choose_bytes(maker->plan), mega = 1024.0 * 1024;
    if (bytes <= experiment->memory) {
        return GW_OK;
    }
    const struct gw_yaml *objective = gw_yaml_get(experiment->tree, "objective");
    return gw_fail_at(maker->err, GW_CONFIG, gw_yaml_get(objective, "select")->key_place,
                      "objective.select: plateau takes %.0fM for the %llu combinations "
                      "of the grid; limits.memory is %.0fM",
                      ceil(bytes / mega), (unsigned long long)maker->plan->space.total,
                      floor(experiment->memory / mega));
}

/* The first bar with `lookback` earlier own bars of some asset; T when there is none. */
static size_t first_warm(const struct maker *maker, size_t lookback)
{
    size_t first = maker->panel->T;
    for (size_t i = 0; i < maker->plan->assets; i++) {
        const struct gw_listing *listing =
            gw_portal_listing(maker->portal, maker->plan->asset[i]);
        if (listing->count > lookback && listing->bar[lookback] < first) {
            first = listing->bar[lookback];
        }
    }
    return first;
}

/* Under `before` the first window begins where the slowest combination is warm. */
static enum gw_status move_begin(const struct maker *maker,
                                 const struct gw_reach *reach,
                                 struct gw_stretch *stretch)
{
    /* Windows given by their days stay where they are. */
    if (maker->experiment->rules.warmup != GW_WARM_BEFORE ||
        maker->experiment->walk_forward.dated > 0) {
        return GW_OK;
    }
    const struct gw_panel *panel = maker->panel;
    size_t warm = first_warm(maker, reach->bars);
    stretch->first = warm > stretch->first ? warm : stretch->first;
    if (stretch->first <= stretch->last) {
        return GW_OK;
    }
    char last[GW_DATE_SIZE];
    gw_date_format(panel->session[stretch->last], last);
    return gw_fail_at(maker->err, GW_CONFIG, reach->place,
                      "the strategy looks %zu bars back; no asset has so many before the "
                      "period ends on %s",
                      reach->bars, last);
}

static enum gw_status make(const struct maker *maker)
{
    const struct gw_experiment *experiment = maker->experiment;
    struct gw_plan *plan = maker->plan;
    struct gw_stretch stretch = {0};
    struct gw_reach reach = {0};
    GW_TRY(bind_assets(maker));
    GW_TRY(bind_benchmark(maker));
    GW_TRY(bind_period(maker, &stretch));
    GW_TRY(bind_space(maker));
    GW_TRY(check_choosing(maker));
    for (size_t a = 0; a < plan->space.axes; a++) {
        plan->parameter[a] = plan->space.axis[a].name;
    }
    GW_TRY(gw_reach_find(plan, &reach, maker->err));
    plan->plugin = reach.plugin;
    plan->lookback = reach.bars;
    plan->lookback_exact = reach.exact;
    GW_TRY(move_begin(maker, &reach, &stretch));
    GW_TRY(gw_windows_make(&experiment->walk_forward, &stretch, &plan->window,
                           &plan->windows, maker->err));
    plan->segments = experiment->walk_forward.segments;
    plan->periods =
        experiment->periods > 0 ? experiment->periods : maker->panel->header->periods;
    return gw_tiling_make(plan, &plan->tiling, maker->err);
}

enum gw_status gw_plan_make(const struct gw_experiment *experiment,
                            const struct gw_panel *panel,
                            const struct gw_portal *portal,
                            struct gw_plan **out,
                            struct gw_error *err)
{
    assert(panel->T > 0 && panel->N > 0);
    struct gw_plan *plan = gw_calloc(1, sizeof *plan);
    plan->experiment = experiment;
    const struct maker maker = {experiment, panel, portal, plan, err};
    enum gw_status status = make(&maker);
    if (status != GW_OK) {
        gw_plan_free(plan);
        return status;
    }
    *out = plan;
    return GW_OK;
}

struct gw_engine_setup gw_plan_setup(const struct gw_plan *plan,
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
        .benchmark = plan->benchmark_return,
        .lookback = plan->lookback,
    };
    for (size_t i = 0; i < experiment->axes; i++) {
        setup.varied |= (uint32_t)(experiment->axis[i].count > 1) << i;
    }
    for (size_t i = 0; i < experiment->metrics; i++) {
        setup.wanted[experiment->metric[i]] = true;
    }
    return setup;
}

struct gw_plugin_setup gw_plan_plugin(const struct gw_plan *plan,
                                      const struct gw_engine_setup *engine)
{
    return (struct gw_plugin_setup){.file = &plan->experiment->rules.plugin,
                                    .parameter = plan->parameter,
                                    .parameters = plan->space.axes,
                                    .engine = engine};
}

void gw_plan_free(struct gw_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    gw_space_clear(&plan->space);
    free(plan->benchmark_return);
    free(plan->window);
    free(plan->asset);
    free(plan);
}
