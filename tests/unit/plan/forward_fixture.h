/** Choices over a market that moves, and what they earn by plain sums. */
#ifndef GRIDWALK_TESTS_PLAN_FORWARD_FIXTURE_H
#define GRIDWALK_TESTS_PLAN_FORWARD_FIXTURE_H

#include "plan_fixture.h"

#include "gridwalk/base/text.h"
#include "gridwalk/plan/forward.h"

#include <stdlib.h>

/* All that is bought or sold here costs this. */
#define COMMISSION 0.001
#define SLIPPAGE 0.0005
#define CAPITAL 5000.0

/* k = 0: short, 1: nothing, 2: long, from the first bar to the last. */
#define ALWAYS                                                                           \
    "bundle: b.h5\nstrategy:\n  parameters:\n    go: [-1, 0, 1]\n"                       \
    "  signals:\n    enter_long: go > 0\n    enter_short: go < 0\n"
#define COSTS "costs: {commission_bps: 10, slippage_bps: 5}\naccount: {capital: 5000}\n"
enum { SHORT, NOTHING, LONG };
static const int direction[] = {-1, 0, 1};

enum { MOST_BARS = 8000, MOST_WINDOWS = 400 };

struct scene {
    struct fixture_market market;
    struct gw_experiment *experiment;
    struct gw_plan *plan;
    struct gw_forward_window *window; /* all in cash */
    struct gw_forward forward;
};

static inline double
price_of(const struct scene *scene, enum gw_field field, size_t n, size_t t)
{
    return gw_panel_column(scene->market.panel, field, n)[t];
}

/* Prices that go up and down by up to 3 % a bar, opens apart from closes. */
static inline void move_prices(struct fixture_market *market)
{
    uint64_t state = 7;
    for (size_t n = 0; n < market->panel->N; n++) {
        double close = 50 * (double)(n + 1);
        for (size_t t = 0; t < market->panel->T; t++) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            double open = close * (1 + ((double)(state >> 40) / 0x1p24 - 0.5) * 0.02);
            state = state * 6364136223846793005U + 1442695040888963407U;
            close = close * (1 + ((double)(state >> 40) / 0x1p24 - 0.49) * 0.06);
            if (!isnan(gw_panel_column(market->panel, GW_CLOSE, n)[t])) {
                gw_panel_column(market->panel, GW_OPEN, n)[t] = open;
                gw_panel_column(market->panel, GW_CLOSE, n)[t] = close;
            }
        }
    }
}

static inline struct scene
scene_of(struct fixture_market market, const char *strategy, const char *rest)
{
    struct gw_error err;
    struct gw_text text = {0};
    struct scene scene = {.market = market};
    gw_text_printf(&text, "%s%s%s", strategy, COSTS, rest);
    scene.experiment = fixture_parse(text.data);
    gw_text_clear(&text);
    CHECK_OK(fixture_plan(scene.experiment, &scene.market, &scene.plan, &err));
    if (scene.plan == NULL) {
        abort(); /* the message stands above */
    }
    scene.window = calloc(scene.plan->windows, sizeof *scene.window);
    for (size_t w = 0; w < scene.plan->windows; w++) {
        scene.window[w].median = scene.window[w].hindsight = -1;
    }
    return scene;
}

static inline struct scene
scene_make(size_t bars, size_t assets, const size_t *listed, const char *rest)
{
    struct fixture_market market = fixture_market(bars, assets, listed);
    move_prices(&market);
    return scene_of(market, ALWAYS, rest);
}

static inline void scene_clear(struct scene *scene)
{
    gw_forward_clear(&scene->forward);
    free(scene->window);
    gw_plan_free(scene->plan);
    gw_experiment_free(scene->experiment);
    fixture_market_free(&scene->market);
}

/* Choose these in window w, equal shares. */
static inline void choose(struct scene *scene, size_t w, size_t count, const uint64_t *k)
{
    struct gw_choice *choice = &scene->window[w].choice;
    choice->picks = count;
    for (size_t i = 0; i < count; i++) {
        choice->k[i] = k[i];
        choice->weight[i] = 1 / (double)count;
    }
}

static inline void choose_one(struct scene *scene, size_t w, uint64_t k)
{
    choose(scene, w, 1, &k);
}

static inline void make(struct scene *scene)
{
    gw_forward_clear(&scene->forward);
    gw_forward_make(scene->plan, scene->market.portal, scene->window, &scene->forward);
}

/* ---- the same by plain sums ---- */

/* Equity over its start of holding one side of all assets through bars [begin, end]:
 * bought at the open of `begin`, of a later asset at the second open that it has. */
static inline void
track_of(const struct scene *scene, int side, size_t begin, size_t end, double *out)
{
    size_t assets = scene->plan->assets;
    for (size_t t = begin; t <= end; t++) {
        out[t - begin] = 0;
        for (size_t i = 0; i < assets; i++) {
            size_t n = scene->plan->asset[i], listed = 0;
            while (isnan(price_of(scene, GW_CLOSE, n, listed))) {
                listed++;
            }
            size_t filled = listed < begin ? begin : listed + 1;
            if (side == 0 || t < filled) {
                out[t - begin] += 1 / (double)assets;
                continue;
            }
            double p = price_of(scene, GW_OPEN, n, filled) * (1 + side * SLIPPAGE);
            double shares = CAPITAL / (p * (1 + COMMISSION));
            double cash = CAPITAL - side * shares * p - COMMISSION * shares * p;
            double equity = cash + side * shares * price_of(scene, GW_CLOSE, n, t);
            out[t - begin] += equity / (CAPITAL * (double)assets);
        }
        bool ruined = out[t - begin] <= 0 || (t > begin && out[t - begin - 1] == 0);
        out[t - begin] = ruined ? 0 : out[t - begin];
    }
}

#endif
