/** Small hand-made markets and strategies for the engine's tests. */
#ifndef GRIDWALK_TESTS_UNIT_ENGINE_SMALL_MARKET_H
#define GRIDWALK_TESTS_UNIT_ENGINE_SMALL_MARKET_H

#include "gridwalk/engine/reference.h"

#include "check.h"

#include <stdlib.h>

struct small_market {
    struct gw_panel *panel;
    struct gw_portal *portal;
    struct gw_graph *graph;
    struct gw_rules rules;
    size_t asset[12];
    struct gw_reference *reference;
    struct gw_row row;
    double *benchmark; /* NULL, or returns of one */
};

static const char *const small_parameters[] = {"fast", "slow"};

/** N assets of T bars with these closes [N][T]; open = close unless set later. */
static inline void
small_open(struct small_market *m, size_t T, size_t N, const double *close)
{
    struct gw_panel_dims dims = {.bars = T, .assets = N, .actions = 4};
    *m = (struct small_market){.panel = gw_panel_new(&dims)};
    m->panel->actions = 0;
    m->panel->header->dims.actions = 0;
    for (size_t t = 0; t < T; t++) {
        m->panel->session[t] = (int32_t)t;
    }
    for (size_t i = 0; i < N * T; i++) {
        m->panel->column[GW_OPEN][i] = close[i];
        m->panel->column[GW_HIGH][i] = close[i];
        m->panel->column[GW_LOW][i] = close[i];
        m->panel->column[GW_CLOSE][i] = close[i];
        m->panel->column[GW_VOLUME][i] = 1000;
    }
    for (size_t n = 0; n < N; n++) {
        m->asset[n] = n;
    }
    m->graph = gw_graph_new(small_parameters, 2, gw_field_name, GW_FIELDS);
    m->rules = gw_rules_standard();
    m->rules.capital = 1000;
    m->rules.warmup = GW_WARM_COLD;
}

static inline int32_t
small_compile(struct small_market *m, const char *text, enum gw_type type)
{
    struct gw_error err;
    int32_t node = GW_NO_NODE;
    struct gw_place place = {"test", 1, 1};
    CHECK_OK(gw_graph_compile(m->graph, text, place, (struct gw_expected){type, true},
                              &node, &err));
    return node;
}

static inline void
small_signal(struct small_market *m, enum gw_signal which, const char *text)
{
    m->rules.signal[which] = small_compile(m, text, GW_BOOLEAN);
}

static inline void small_target(struct small_market *m, const char *text)
{
    m->rules.has_target = true;
    m->rules.target = small_compile(m, text, GW_NUMBER);
}

/** What engines are made of, from what is set so far; the portal is made on first use. */
static inline struct gw_engine_setup small_setup(struct small_market *m)
{
    if (m->portal == NULL) {
        m->portal = gw_portal_new(m->panel, m->rules.basis);
    }
    return (struct gw_engine_setup){.graph = m->graph,
                                    .portal = m->portal,
                                    .rules = &m->rules,
                                    .asset = m->asset,
                                    .assets = m->panel->N,
                                    .periods = 252,
                                    .benchmark = m->benchmark,
                                    .varied = 3,
                                    .cache_bytes = 1 << 20,
                                    .lookback = 3,
                                    .keep_fills = true};
}

/** Build portal and engine from what is set so far and run bars [begin, end]. */
static inline const struct gw_row *
small_run(struct small_market *m, double fast, double slow, size_t begin, size_t end)
{
    double value[GW_MAX_PARAMETERS] = {fast, slow};
    if (m->reference == NULL) {
        struct gw_engine_setup setup = small_setup(m);
        setup.wanted[GW_METRIC_var_95] = true;
        m->reference = gw_reference_new(&setup);
    }
    gw_reference_run(m->reference, value, begin, end, &m->row);
    return &m->row;
}

/** The equity of the last run must be these numbers, from its first counted bar on. */
static inline void
small_check_equity(const struct small_market *m, const double *expected, size_t count)
{
    size_t first = 0, bars = 0;
    const double *equity = gw_reference_equity(m->reference, &first, &bars);
    CU_ASSERT_PTR_NOT_NULL_FATAL(equity);
    CU_ASSERT_EQUAL(bars, count);
    for (size_t t = 0; t < count && t < bars; t++) {
        CHECK_CLOSE(equity[t], expected[t], 1e-12);
    }
}

static inline void small_close(struct small_market *m)
{
    gw_reference_free(m->reference);
    gw_portal_free(m->portal);
    gw_graph_free(m->graph);
    gw_panel_free(m->panel);
    free(m->benchmark);
}

#endif
