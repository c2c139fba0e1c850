/* Strategies in C through the whole reference engine: how many bars a second it asks one
 * about. In this process, as it would be in the child of a rank. */
#include "bench.h"

#include "gridwalk/base/time.h"
#include "gridwalk/engine/plugin.h"
#include "gridwalk/engine/reference.h"
#include "gridwalk/strategy.h"

#include <math.h>
#include <stdio.h>

enum { BARS = 1000000, VIEW = 50, REPEATS = 5, EACH = 1000 /* bars between orders */ };

/* Read all the time, order now and then: what is read decides, so that it is needed. */
struct reading {
    double sum;
};

static int finish_bar(const struct gw_context *gw, struct reading *reading, double read)
{
    reading->sum += read;
    if (gw->bar % EACH == 0) {
        gw_order_weight(gw, 0, reading->sum > 0 ? 1 : 0);
        reading->sum = 0;
    }
    return 0;
}

/* The newest bar, and what is held. */
static int read_newest(const struct gw_context *gw, void *state)
{
    double close = gw_price(gw, 0, GW_PRICE_OF_CLOSE);
    double open = gw_price(gw, 0, GW_PRICE_OF_OPEN);
    return finish_bar(gw, state, close - open + 1e-9 * gw_shares(gw, 0));
}

static double sum_of(struct gw_history view)
{
    double sum = 0;
    for (size_t i = 0; i < view.count; i++) {
        sum += view.value[i];
    }
    return sum * view.factor;
}

/* Two views, summed. */
static int read_views(const struct gw_context *gw, void *state)
{
    double closes = sum_of(gw_history(gw, 0, GW_PRICE_OF_CLOSE, VIEW));
    double opens = sum_of(gw_history(gw, 0, GW_PRICE_OF_OPEN, VIEW));
    return finish_bar(gw, state, closes - opens);
}

static const struct gw_strategy newest = {.abi = GW_STRATEGY_ABI,
                                          .size = sizeof(struct gw_strategy),
                                          .name = "newest",
                                          .state_bytes = sizeof(struct reading),
                                          .on_bar = read_newest};

static const struct gw_strategy views = {.abi = GW_STRATEGY_ABI,
                                         .size = sizeof(struct gw_strategy),
                                         .name = "views",
                                         .state_bytes = sizeof(struct reading),
                                         .on_bar = read_views};

/* The best of some runs over all bars. */
static enum gw_status time_runs(struct gw_reference *reference,
                                size_t bars,
                                struct gw_bench_record *record,
                                struct gw_error *err)
{
    const double value[GW_MAX_PARAMETERS] = {0};
    size_t first, count;
    for (int i = 0; i < record->repeats; i++) {
        struct gw_row row;
        double begin = gw_clock(), used = gw_bench_cpu();
        gw_reference_run(reference, value, 0, bars - 1, &row);
        record->seconds = fmin(record->seconds, gw_clock() - begin);
        record->cpu_seconds = fmin(record->cpu_seconds, gw_bench_cpu() - used);
        if (row.status != GW_ROW_OK ||
            !(row.metric[GW_METRIC_orders] > (double)bars / EACH / 10)) {
            return gw_fail(err, GW_DATA, "%s: the plug-in's row is not what it should be",
                           record->workload);
        }
    }
    const double *equity = gw_reference_equity(reference, &first, &count);
    gw_bench_digest(equity, count, record->check);
    record->rate = (double)bars / record->seconds;
    return GW_OK;
}

static enum gw_status run_one(struct gw_bench *bench,
                              const struct gw_engine_setup *engine,
                              const struct gw_strategy *strategy,
                              struct gw_error *err)
{
    const struct gw_plugin_setup asked = {.strategy = strategy, .engine = engine};
    struct gw_bench_record record = {.unit = "callbacks/s",
                                     .seconds = INFINITY,
                                     .cpu_seconds = INFINITY,
                                     .repeats = REPEATS,
                                     .limit_ratio = NAN,
                                     .ranks = 1,
                                     .start_seconds = NAN};
    snprintf(record.workload, sizeof record.workload, "plugin-%s", strategy->name);
    struct gw_driver *driver;
    GW_TRY(gw_driver_open(&asked, &driver, err));
    struct gw_engine_setup setup = *engine;
    setup.decider = gw_driver_decider(driver);
    struct gw_reference *reference = gw_reference_new(&setup);
    enum gw_status status =
        time_runs(reference, gw_portal_bars(engine->portal), &record, err);
    gw_reference_free(reference);
    gw_driver_close(driver);
    GW_TRY(status);
    return gw_bench_add(bench, &record, err);
}

enum gw_status gw_bench_plugin(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(gw_bench_part(bench, BARS), 1);
    struct gw_panel *panel = gw_bench_panel(&synth);
    struct gw_rules rules = gw_rules_standard();
    struct gw_portal *portal = gw_portal_new(panel, rules.basis);
    struct gw_graph *graph = gw_graph_new(NULL, 0, gw_field_name, GW_FIELDS);
    const size_t asset = 0;
    const struct gw_engine_setup engine = {.graph = graph,
                                           .portal = portal,
                                           .rules = &rules,
                                           .asset = &asset,
                                           .assets = 1,
                                           .periods = synth.periods,
                                           .cache_bytes = (size_t)1 << 26};
    enum gw_status status = run_one(bench, &engine, &newest, err);
    if (status == GW_OK) {
        status = run_one(bench, &engine, &views, err);
    }
    gw_graph_free(graph);
    gw_portal_free(portal);
    gw_panel_free(panel);
    return status;
}
