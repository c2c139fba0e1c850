/* What stands between the reference engine and the code of a plug-in. */
#include "gridwalk/engine/plugin.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/text.h"
#include "gridwalk/engine/decider.h"
#include "library.h"
#include "history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHY = 160 };

/* What the plug-in is asked for, and so what it may do. */
enum phase { PHASE_NONE, PHASE_START, PHASE_BAR, PHASE_END };

struct gw_driver {
    struct gw_decider decider;
    struct gw_plugin_facts facts;
    struct gw_strategy strategy;
    struct gw_context context;
    struct gw_services services;
    const struct gw_engine_setup *engine; /* NULL: it can only be asked */
    struct histories *histories;
    const char **symbol;   /* [assets] */
    const double *nothing; /* [assets] zeros: shares before the first bar */
    double parameter[GW_MAX_PARAMETERS];
    void *state; /* of the row in hand */
    const struct gw_desk *desk;
    enum phase phase;
    bool failed; /* the row in hand, whatever its callback returns */
    char why[WHY];
};

/* ---- what it asks of us ---- */

static struct gw_driver *driver_of(const struct gw_context *gw)
{
    return gw->engine;
}

static void fail_row(struct gw_driver *driver, const char *text)
{
    if (!driver->failed) {
        snprintf(driver->why, sizeof driver->why, "%s", text);
    }
    driver->failed = true;
}

static int serve_fail(const struct gw_context *gw, const char *text)
{
    char said[WHY];
    snprintf(said, sizeof said, "said: %s", text != NULL ? text : "(nothing)");
    fail_row(driver_of(gw), said);
    return 1;
}

/* What to show of an asset that does not exist. */
static const double *fail_column(struct gw_driver *driver)
{
    fail_row(driver, "read a field or basis that does not exist");
    return histories_column(driver->histories, 0, GW_AS_TRADED, GW_CLOSE);
}

static const double *
serve_column(const struct gw_context *gw, size_t asset, uint32_t basis, uint32_t field)
{
    struct gw_driver *driver = driver_of(gw);
    if (basis > GW_IN_THE_BASIS || field >= GW_PRICE_FIELDS || asset >= gw->assets) {
        return fail_column(driver);
    }
    return histories_column(driver->histories, asset, (enum gw_price_basis)basis,
                            (enum gw_field)field);
}

static bool
serve_order(const struct gw_context *gw, size_t asset, double wanted, bool by_shares)
{
    struct gw_driver *driver = driver_of(gw);
    char text[WHY];
    if (driver->phase != PHASE_BAR) {
        fail_row(driver, "ordered outside on_bar");
        return false;
    }
    if (asset >= gw->assets) {
        snprintf(text, sizeof text, "ordered asset %zu; the assets are 0 to %zu", asset,
                 gw->assets - 1);
        fail_row(driver, text);
        return false;
    }
    if (isinf(wanted)) {
        fail_row(driver, "ordered an infinite amount");
        return false;
    }
    if (isnan(wanted) || !gw_has_bar(gw, asset)) {
        return false;
    }
    driver->desk->order(driver->desk->book, asset, wanted, by_shares);
    return true;
}

/* ---- what the engine asks of it ---- */

static void take_parameters(struct gw_driver *driver, const double *value)
{
    for (size_t i = 0; i < driver->facts.parameters; i++) {
        driver->parameter[i] = value[driver->facts.axis[i]];
    }
}

static size_t decide_lookback(void *context, const double *value)
{
    struct gw_driver *driver = context;
    if (driver->facts.fixed) {
        return driver->facts.lookback;
    }
    take_parameters(driver, value);
    return driver->strategy.lookback(driver->parameter);
}

static bool went_well(struct gw_driver *driver, int returned)
{
    if (returned != 0 && !driver->failed) {
        char text[WHY];
        snprintf(text, sizeof text, "%s returned %d",
                 driver->phase == PHASE_START ? "on_start" : "on_bar", returned);
        fail_row(driver, text);
    }
    return !driver->failed;
}

static void decide_end(void *context)
{
    struct gw_driver *driver = context;
    driver->phase = PHASE_END;
    if (driver->strategy.on_end != NULL) {
        driver->strategy.on_end(&driver->context, driver->state);
    }
    driver->phase = PHASE_NONE;
    driver->context.shares = driver->nothing; /* the desk's are gone */
}

static bool decide_start(void *context, const struct gw_outing *outing)
{
    struct gw_driver *driver = context;
    const struct gw_rules *rules = driver->engine->rules;
    struct gw_context *gw = &driver->context;
    size_t accounts = rules->mode == GW_SHARED ? 1 : driver->engine->assets;
    take_parameters(driver, outing->value);
    memset(driver->state, 0, driver->strategy.state_bytes);
    driver->failed = false;
    driver->why[0] = '\0';
    gw->bar = outing->decide_from;
    gw->first = outing->begin;
    gw->since = rules->warmup == GW_WARM_BEFORE ? 0 : outing->begin;
    gw->cash = rules->capital * (double)accounts;
    gw->equity = gw->cash;
    gw->shares = driver->nothing;
    driver->phase = PHASE_START;
    int returned = driver->strategy.on_start != NULL
                       ? driver->strategy.on_start(gw, driver->state)
                       : 0;
    bool well = went_well(driver, returned);
    driver->phase = PHASE_NONE;
    if (!well) {
        decide_end(driver); /* which the engine asks only behind a start that went well */
    }
    return well;
}

static bool decide_bar(void *context, size_t t, const struct gw_desk *desk)
{
    struct gw_driver *driver = context;
    struct gw_context *gw = &driver->context;
    gw->bar = t;
    gw->cash = desk->cash;
    gw->equity = desk->equity;
    gw->shares = desk->shares;
    driver->desk = desk;
    driver->phase = PHASE_BAR;
    int returned = driver->strategy.on_bar(gw, driver->state);
    bool well = returned == 0 && !driver->failed ? true : went_well(driver, returned);
    driver->phase = PHASE_NONE;
    return well;
}

/* ---- making one ---- */

/* Which of the experiment's parameters each of the plug-in's is. */
static enum gw_status
bind(struct gw_driver *driver, const struct gw_plugin_setup *setup, struct gw_error *err)
{
    const struct gw_strategy *strategy = &driver->strategy;
    struct gw_plugin_facts *facts = &driver->facts;
    snprintf(facts->name, sizeof facts->name, "%s", strategy->name);
    facts->fixed = strategy->lookback == NULL;
    facts->lookback = strategy->lookback_bars;
    while (strategy->parameter != NULL &&
           strategy->parameter[facts->parameters] != NULL) {
        const char *name = strategy->parameter[facts->parameters];
        size_t axis = 0;
        while (axis < setup->parameters && strcmp(setup->parameter[axis], name) != 0) {
            axis++;
        }
        if (axis == setup->parameters) {
            const char *near = gw_nearest(name, setup->parameter, setup->parameters);
            return gw_fail(err, GW_CONFIG,
                           "the plug-in '%s' asks for a parameter '%s', which "
                           "strategy.parameters has not%s%s%s",
                           facts->name, name,
                           near != NULL ? "; did you mean it by '" : "",
                           near != NULL ? near : "", near != NULL ? "'?" : "");
        }
        snprintf(facts->parameter[facts->parameters], GW_PLUGIN_NAME, "%s", name);
        facts->axis[facts->parameters++] = axis;
    }
    return GW_OK;
}

static void make_room(struct gw_driver *driver, const struct gw_engine_setup *engine)
{
    const struct gw_panel *panel = gw_portal_panel(engine->portal);
    driver->engine = engine;
    driver->histories = histories_new(engine->portal, engine->asset, engine->assets);
    driver->symbol = gw_calloc(engine->assets, sizeof *driver->symbol);
    driver->nothing = gw_calloc(engine->assets, sizeof *driver->nothing);
    driver->state = gw_aligned(driver->strategy.state_bytes, 1);
    driver->services = (struct gw_services){
        .column = serve_column, .order = serve_order, .fail = serve_fail};
    for (size_t i = 0; i < engine->assets; i++) {
        driver->symbol[i] = panel->asset[engine->asset[i]].symbol;
        histories_column(driver->histories, i, GW_AS_TRADED, GW_CLOSE);
    }
    driver->context = (struct gw_context){.assets = engine->assets,
                                          .shares = driver->nothing,
                                          .parameter = driver->parameter,
                                          .day = panel->session,
                                          .symbol = driver->symbol,
                                          .capital = engine->rules->capital,
                                          .periods = engine->periods,
                                          .tape = histories_all(driver->histories),
                                          .services = &driver->services,
                                          .engine = driver};
}

enum gw_status gw_driver_open(const struct gw_plugin_setup *setup,
                              struct gw_driver **out,
                              struct gw_error *err)
{
    struct gw_driver *driver = gw_calloc(1, sizeof *driver);
    enum gw_status status =
        setup->strategy != NULL
            ? library_check("built in", setup->strategy, &driver->strategy, err)
            : library_open(setup->file, &driver->strategy, err);
    if (status == GW_OK) {
        status = bind(driver, setup, err);
    }
    if (status != GW_OK) {
        gw_driver_close(driver);
        return status;
    }
    driver->decider = (struct gw_decider){.context = driver,
                                          .lookback = decide_lookback,
                                          .start = decide_start,
                                          .bar = decide_bar,
                                          .end = decide_end};
    if (setup->engine != NULL) {
        make_room(driver, setup->engine);
    }
    *out = driver;
    return GW_OK;
}

void gw_driver_close(struct gw_driver *driver)
{
    if (driver == NULL) {
        return;
    }
    histories_free(driver->histories);
    free(driver->symbol);
    free((void *)driver->nothing);
    free(driver->state);
    free(driver);
}

const struct gw_plugin_facts *gw_driver_facts(const struct gw_driver *driver)
{
    return &driver->facts;
}

struct gw_decider *gw_driver_decider(struct gw_driver *driver)
{
    return &driver->decider;
}

const char *gw_driver_failure(const struct gw_driver *driver)
{
    return driver->failed ? driver->why : "";
}
