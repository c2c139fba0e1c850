/** Small markets and plans over them, for the tests of this layer. */
#ifndef GRIDWALK_TESTS_PLAN_FIXTURE_H
#define GRIDWALK_TESTS_PLAN_FIXTURE_H

#include "experiment_fixture.h"
#include "gridwalk/plan/plan.h"

struct fixture_market {
    struct gw_panel *panel;
    struct gw_portal *portal;
};

/* Assets A0, A1, ... over sessions 10000, 10001, ... (1997-05-19 on); asset n has its
 * first bar at listed[n] (0 where listed is NULL). */
static inline struct fixture_market
fixture_market(size_t bars, size_t assets, const size_t *listed)
{
    const struct gw_panel_dims dims = {.bars = bars, .assets = assets};
    struct fixture_market market = {.panel = gw_panel_new(&dims)};
    for (size_t t = 0; t < bars; t++) {
        market.panel->session[t] = 10000 + (int32_t)t;
    }
    for (size_t n = 0; n < assets; n++) {
        snprintf(market.panel->asset[n].symbol, GW_SYMBOL_SIZE, "A%zu", n);
        for (size_t t = listed != NULL ? listed[n] : 0; t < bars; t++) {
            for (int field = 0; field < GW_FIELDS; field++) {
                gw_panel_column(market.panel, (enum gw_field)field, n)[t] = 100;
            }
        }
    }
    gw_panel_set_listing(market.panel);
    market.portal = gw_portal_new(market.panel, GW_ADJUSTED);
    return market;
}

static inline void fixture_market_free(struct fixture_market *market)
{
    gw_portal_free(market->portal);
    gw_panel_free(market->panel);
}

static inline enum gw_status fixture_plan(const struct gw_experiment *experiment,
                                          const struct fixture_market *market,
                                          struct gw_plan **out,
                                          struct gw_error *err)
{
    *out = NULL;
    *err = (struct gw_error){.status = GW_OK};
    return gw_plan_make(experiment, market->panel, market->portal, out, err);
}

#endif
