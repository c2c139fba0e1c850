#include "market.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The habits of one asset. */
struct habit {
    size_t start, end; /* first and last bar */
    double volatility, gaps, no_open, rests, splits, dividends;
};

static size_t any_length(struct gate_draw *draw)
{
    double u = gate_uniform(draw);
    if (u < 0.05) {
        return 1;
    }
    if (u < 0.11) {
        return 2 + gate_below(draw, 8);
    }
    if (u < 0.122) {
        return 1024 + gate_below(draw, 500);
    }
    if (u < 0.128) {
        return 4096 + gate_below(draw, 600);
    }
    return GATE_PICK(draw, size_t, 60, 63, 64, 65, 110, 129, 160, 250);
}

static struct habit any_habit(struct gate_draw *draw, size_t T, bool wild, bool first)
{
    struct habit habit = {.end = T - 1};
    if (T > 2 && gate_chance(draw, first ? 0.2 : 0.4)) {
        habit.start = 1 + gate_below(draw, T / 2);
    }
    if (T > 2 && gate_chance(draw, 0.4)) {
        size_t middle = habit.start > T / 2 ? habit.start : T / 2;
        habit.end = middle + gate_below(draw, T - middle);
    }
    habit.volatility = wild ? GATE_PICK(draw, double, 0.1, 0.2, 0.4)
                            : GATE_PICK(draw, double, 0.005, 0.02, 0.02, 0.05);
    habit.gaps = GATE_PICK(draw, double, 0, 0, 0.05, 0.15);
    habit.no_open = GATE_PICK(draw, double, 0, 0, 0.1);
    habit.rests = GATE_PICK(draw, double, 0, 0, 0.03);
    habit.splits = GATE_PICK(draw, double, 0, 0, 0.02);
    habit.dividends = GATE_PICK(draw, double, 0, 0, 0.04);
    return habit;
}

static void
add_action(struct gw_panel *panel, size_t n, size_t t, int32_t kind, double value)
{
    assert(panel->actions < panel->header->dims.actions);
    panel->action[panel->actions++] = (struct gw_action){
        .asset = (int32_t)n, .session = (int32_t)t, .kind = kind, .value = value};
}

/* Actions of one bar; the close as it is after them. A dividend of 1.2 times the price is
 * one that must be dropped. */
static double act(struct gw_panel *panel,
                  size_t n,
                  size_t t,
                  const struct habit *habit,
                  double close,
                  struct gate_draw *draw)
{
    if (gate_chance(draw, habit->splits)) {
        int32_t kind =
            GATE_PICK(draw, int32_t, GW_SPLIT, GW_SPLIT, GW_MERGER, GW_SPINOFF, GW_OTHER);
        double ratio = GATE_PICK(draw, double, 0.5, 0.25, 2, 0.9);
        add_action(panel, n, t, kind, ratio);
        close *= ratio;
    }
    if (gate_chance(draw, habit->dividends)) {
        double part = GATE_PICK(draw, double, 0.01, 0.03, 1.2);
        double value = fmax(0.001, round(close * part * 1000) / 1000);
        add_action(panel, n, t, GW_DIVIDEND, value);
    }
    return close;
}

static double cents(double price)
{
    return fmax(0.05, round(price * 100) / 100);
}

static void put_bar(struct gw_panel *panel, size_t n, size_t t, double open, double close)
{
    gw_panel_column(panel, GW_OPEN, n)[t] = open;
    gw_panel_column(panel, GW_HIGH, n)[t] = fmax(open, close);
    gw_panel_column(panel, GW_LOW, n)[t] = fmin(open, close);
    gw_panel_column(panel, GW_CLOSE, n)[t] = close;
}

static void make_asset(struct gw_panel *panel,
                       size_t n,
                       const struct habit *habit,
                       struct gate_draw *draw)
{
    double close = GATE_PICK(draw, double, 1.5, 20, 100);
    size_t still = 0;
    for (size_t t = habit->start; t <= habit->end; t++) {
        double before = close;
        close = act(panel, n, t, habit, close, draw);
        if (still > 0) {
            still--;
        } else if (gate_chance(draw, habit->rests)) {
            still = 5 + gate_below(draw, 25);
        } else {
            close *= gw_exp(habit->volatility * gate_normal(draw));
        }
        close = cents(close);
        double jump =
            gate_chance(draw, 0.3) ? 0 : habit->volatility / 2 * gate_normal(draw);
        bool gap = gate_chance(draw, habit->gaps), whole = gate_chance(draw, 0.5);
        if (gap && whole) {
            continue;
        }
        put_bar(panel, n, t, cents(before * gw_exp(jump)), close);
        double volume = gate_chance(draw, 0.1) ? 0 : (double)gate_below(draw, 10000);
        gw_panel_column(panel, GW_VOLUME, n)[t] = volume;
        if (gap) {
            gw_panel_column(panel, GW_CLOSE, n)[t] = NAN;
        }
        if (gate_chance(draw, habit->no_open)) {
            gw_panel_column(panel, GW_OPEN, n)[t] = NAN;
        }
    }
}

/* The listing, and a return where the asset leaves early. */
static void finish_asset(struct gw_panel *panel, size_t n, struct gate_draw *draw)
{
    struct gw_asset *asset = &panel->asset[n];
    snprintf(asset->symbol, sizeof asset->symbol, "A%zu", n);
    double loss = GATE_PICK(draw, double, 0, 0, -0.3, -1, 0.05);
    if (asset->last >= 0 && asset->last < panel->session[panel->T - 1]) {
        asset->delisting_return = loss;
    }
}

struct gw_panel *gate_market_make(struct gate_draw *draw)
{
    size_t T = any_length(draw);
    size_t N = T > 1000 ? GATE_PICK(draw, size_t, 1, 1, 2)
                        : GATE_PICK(draw, size_t, 1, 1, 2, 3, 4, 6);
    /* At most two a bar and asset. */
    struct gw_panel_dims dims = {.bars = T, .assets = N, .actions = 2 * T * N};
    struct gw_panel *wide = gw_panel_new(&dims);
    wide->actions = 0;
    int32_t day = 11323; /* 2001-01-01, a Monday */
    for (size_t t = 0; t < T; t++) {
        wide->session[t] = day;
        day += (day + 3) % 7 == 4 ? 3 : 1; /* 1970-01-01 was a Thursday */
    }
    bool wild = gate_chance(draw, 0.25);
    for (size_t n = 0; n < N; n++) {
        struct habit habit = any_habit(draw, T, wild, n == 0);
        if (!gate_chance(draw, 0.01)) { /* else one without any bar */
            make_asset(wide, n, &habit, draw);
        }
    }
    gw_panel_set_listing(wide);
    for (size_t n = 0; n < N; n++) {
        finish_asset(wide, n, draw);
    }
    wide->header->periods = GATE_PICK(draw, double, 252, 252, 365, 52);
    struct gw_panel *panel = gate_market_copy(wide);
    gw_panel_free(wide);
    return panel;
}

static size_t count_assets(const struct gw_panel *panel, uint32_t mask)
{
    size_t count = 0;
    for (size_t n = 0; n < panel->N; n++) {
        count += mask >> n & 1;
    }
    return count;
}

struct gw_panel *
gate_market_cut(const struct gw_panel *panel, size_t first, size_t bars, uint32_t assets)
{
    struct gw_panel_dims dims = {.bars = bars, .assets = count_assets(panel, assets)};
    struct gw_action *action = gw_calloc(panel->actions, sizeof *action);
    for (size_t i = 0; i < panel->actions; i++) {
        const struct gw_action *it = &panel->action[i];
        size_t t = (size_t)it->session, n = (size_t)it->asset;
        if ((assets >> n & 1) != 0 && t >= first && t < first + bars) {
            action[dims.actions] = *it;
            action[dims.actions].session = (int32_t)(t - first);
            uint32_t below = assets & ((UINT32_C(1) << n) - 1);
            action[dims.actions++].asset = (int32_t)count_assets(panel, below);
        }
    }
    struct gw_panel *out = gw_panel_new(&dims);
    for (size_t i = 0; i < dims.actions; i++) {
        out->action[i] = action[i];
    }
    free(action);
    out->header->periods = panel->header->periods;
    for (size_t t = 0; t < bars; t++) {
        out->session[t] = panel->session[first + t];
    }
    for (size_t n = 0, to = 0; n < panel->N; n++) {
        if ((assets >> n & 1) == 0) {
            continue;
        }
        out->asset[to] = panel->asset[n];
        for (int field = 0; field < GW_FIELDS; field++) {
            const double *from = gw_panel_column(panel, (enum gw_field)field, n) + first;
            double *column = gw_panel_column(out, (enum gw_field)field, to);
            for (size_t t = 0; t < bars; t++) {
                column[t] = from[t];
            }
        }
        to++;
    }
    gw_panel_set_listing(out);
    gw_panel_sort_actions(out);
    return out;
}

struct gw_panel *gate_market_copy(const struct gw_panel *panel)
{
    return gate_market_cut(panel, 0, panel->T, UINT32_MAX >> 1);
}

/* The first bar of [from, to) with a close, or `to`. */
static size_t find_close(const double *close, size_t from, size_t to)
{
    while (from < to && !gw_is_price(close[from])) {
        from++;
    }
    return from;
}

/* New bars [from, to] of an asset that has none there; the last has a close. */
static void renew_bars(
    struct gw_panel *panel, size_t n, size_t from, size_t to, struct gate_draw *draw)
{
    double level = GATE_PICK(draw, double, 0.05, 1, 100, 10000);
    double gaps = GATE_PICK(draw, double, 0, 0.1, 0.9);
    for (size_t t = from; t <= to; t++) {
        double open = cents(level * gw_exp(0.3 * gate_normal(draw)));
        double close = cents(level * gw_exp(0.3 * gate_normal(draw)));
        if (t < to && gate_chance(draw, gaps)) {
            continue;
        }
        put_bar(panel, n, t, open, close);
        gw_panel_column(panel, GW_VOLUME, n)[t] = (double)gate_below(draw, 1000);
        if (gate_chance(draw, 0.05)) {
            gw_panel_column(panel, GW_OPEN, n)[t] = NAN;
        }
        if (t < to && gate_chance(draw, 0.05)) {
            gw_panel_column(panel, GW_CLOSE, n)[t] = NAN;
        }
    }
}

/* The bars that it has, scaled or gone but for the last one. */
static void
scale_bars(struct gw_panel *panel, size_t n, size_t from, struct gate_draw *draw)
{
    const double *close = gw_panel_column(panel, GW_CLOSE, n);
    size_t end = panel->T;
    while (end > from && !gw_is_price(close[end - 1])) {
        end--;
    }
    for (size_t t = from; t < end; t++) {
        double factor = GATE_PICK(draw, double, 0.5, 3, NAN);
        factor = t + 1 == end ? 2 : factor;
        for (int field = 0; field < GW_FIELDS; field++) {
            gw_panel_column(panel, (enum gw_field)field, n)[t] *= factor;
        }
    }
}

static void
change_asset(struct gw_panel *panel, size_t n, size_t last, struct gate_draw *draw)
{
    const double *close = gw_panel_column(panel, GW_CLOSE, n);
    size_t from = last + 1, T = panel->T;
    bool listed = find_close(close, 0, from) < from,
         stays = find_close(close, from, T) < T;
    if (listed && !stays) {
        return;
    }
    panel->asset[n].delisting_return = GATE_PICK(draw, double, 0, -1, 0.5);
    if (stays && gate_chance(draw, 0.3)) {
        scale_bars(panel, n, from, draw);
        return;
    }
    for (int field = 0; field < GW_FIELDS; field++) {
        double *column = gw_panel_column(panel, (enum gw_field)field, n);
        for (size_t t = from; t < T; t++) {
            column[t] = NAN;
        }
    }
    if (!listed && gate_chance(draw, 0.3)) {
        return;
    }
    from += listed ? 0 : gate_below(draw, T - from);
    size_t to = gate_chance(draw, 0.4) ? T - 1 : from + gate_below(draw, T - from);
    renew_bars(panel, n, from, to, draw);
}

/* Those up to bar `last`, and others behind it. */
static void copy_actions(const struct gw_panel *panel,
                         size_t last,
                         struct gate_draw *draw,
                         struct gw_panel *out)
{
    const struct habit habit = {.splits = GATE_PICK(draw, double, 0, 0.05),
                                .dividends = GATE_PICK(draw, double, 0, 0.05)};
    out->actions = 0;
    for (size_t i = 0; i < panel->actions; i++) {
        const struct gw_action *it = &panel->action[i];
        if ((size_t)it->session <= last) {
            out->action[out->actions++] = *it;
        } else if (gate_chance(draw, 0.7)) {
            int32_t kind = GATE_PICK(draw, int32_t, GW_SPLIT, GW_DIVIDEND, GW_MERGER);
            double factor = GATE_PICK(draw, double, 0.5, 1.5);
            add_action(out, (size_t)it->asset, (size_t)it->session, kind,
                       factor * it->value);
        }
    }
    for (size_t n = 0; n < out->N; n++) {
        for (size_t t = last + 1; t < out->T; t++) {
            act(out, n, t, &habit, 10, draw);
        }
    }
}

struct gw_panel *
gate_market_change(const struct gw_panel *panel, size_t last, struct gate_draw *draw)
{
    size_t later = 2 * panel->N * (panel->T - last);
    struct gw_panel_dims dims = {
        .bars = panel->T, .assets = panel->N, .actions = panel->actions + later};
    struct gw_panel *wide = gw_panel_new(&dims);
    wide->header->periods = panel->header->periods;
    memcpy(wide->session, panel->session, panel->T * sizeof *panel->session);
    memcpy(wide->asset, panel->asset, panel->N * sizeof *panel->asset);
    for (int field = 0; field < GW_FIELDS; field++) {
        memcpy(wide->column[field], panel->column[field],
               panel->N * panel->T * sizeof(double));
    }
    copy_actions(panel, last, draw, wide);
    for (size_t n = 0; n < wide->N; n++) {
        change_asset(wide, n, last, draw);
    }
    struct gw_panel *out = gate_market_copy(wide);
    gw_panel_free(wide);
    return out;
}
