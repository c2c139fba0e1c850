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
    double reach, no_range, jumps;    /* of highs and lows; of opens */
    double volume, no_volume, unseen; /* its size; where it is 0, or missing */
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
    habit.reach = habit.volatility * GATE_PICK(draw, double, 0, 0.3, 1);
    habit.no_range = GATE_PICK(draw, double, 0, 0, 0.1);
    habit.jumps = GATE_PICK(draw, double, 0, 0.05, 0.2);
    habit.volume = GATE_PICK(draw, double, 40, 1500, 20000);
    habit.no_volume = GATE_PICK(draw, double, 0, 0.1, 0.3);
    habit.unseen = GATE_PICK(draw, double, 0, 0, 0.1);
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

/* An open, a close, and highs and lows as far away as a factor says. */
struct bar {
    double open, close, above, below;
};

static void put_bar(struct gw_panel *panel, size_t n, size_t t, const struct bar *bar)
{
    double high = fmax(bar->open, bar->close), low = fmin(bar->open, bar->close);
    gw_panel_column(panel, GW_OPEN, n)[t] = bar->open;
    gw_panel_column(panel, GW_HIGH, n)[t] = cents(high * bar->above);
    gw_panel_column(panel, GW_LOW, n)[t] = cents(low / bar->below);
    gw_panel_column(panel, GW_CLOSE, n)[t] = bar->close;
}

/* What is missing of a bar, and its volume. */
static void wear_bar(struct gw_panel *panel,
                     size_t n,
                     size_t t,
                     const struct habit *habit,
                     struct gate_draw *draw)
{
    bool none = gate_chance(draw, habit->no_volume);
    double volume = none ? 0 : (double)gate_below(draw, (size_t)habit->volume);
    gw_panel_column(panel, GW_VOLUME, n)[t] =
        gate_chance(draw, habit->unseen) ? NAN : volume;
    const struct {
        enum gw_field field;
        double chance;
    } part[] = {
        {GW_OPEN, habit->no_open}, {GW_HIGH, habit->no_range}, {GW_LOW, habit->no_range}};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        if (gate_chance(draw, part[i].chance)) {
            gw_panel_column(panel, part[i].field, n)[t] = NAN;
        }
    }
}

static double any_open(const struct habit *habit, double before, struct gate_draw *draw)
{
    double jump = gate_chance(draw, 0.3) ? 0 : habit->volatility / 2 * gate_normal(draw);
    double size = gate_chance(draw, habit->jumps) ? 6 : 1;
    return cents(before * gw_exp(size * jump));
}

static double any_reach(const struct habit *habit, struct gate_draw *draw)
{
    return gate_chance(draw, 0.3) ? 1 : gw_exp(habit->reach * fabs(gate_normal(draw)));
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
        bool gap = gate_chance(draw, habit->gaps), whole = gate_chance(draw, 0.5);
        if (gap && whole) {
            continue;
        }
        struct bar bar = {any_open(habit, before, draw), close, 1, 1};
        bar.above = any_reach(habit, draw);
        bar.below = any_reach(habit, draw);
        put_bar(panel, n, t, &bar);
        wear_bar(panel, n, t, habit, draw);
        if (gap) {
            gw_panel_column(panel, GW_CLOSE, n)[t] = NAN;
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

/* The sessions behind bar `last` other: weekdays, with holidays, every day, or
 * some days, so that a few bars have many weeks, months or quarters. */
static void draw_sessions(struct gw_panel *panel, size_t last, struct gate_draw *draw)
{
    const double holidays = GATE_PICK(draw, double, 0, 0.05, 0.2);
    size_t kind = gate_below(draw, 5);
    for (size_t t = last + 1; t < panel->T; t++) {
        int32_t day = panel->session[t - 1] + 1;
        if (kind == 0) {
            day += (int32_t)gate_below(draw, 9);
        } else if (kind == 1) {
            day += (int32_t)gate_between(draw, 0, 40);
        } else {
            while (kind > 2 && ((day + 3) % 7 >= 5 || gate_chance(draw, holidays))) {
                day++; /* 1970-01-01 was a Thursday */
            }
        }
        panel->session[t] = day;
    }
}

static void make_sessions(struct gw_panel *panel, struct gate_draw *draw)
{
    panel->session[0] = 10957 + (int32_t)gate_below(draw, 9000); /* since 2000 */
    draw_sessions(panel, 0, draw);
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
    make_sessions(wide, draw);
    bool wild = gate_chance(draw, 0.25);
    for (size_t n = 0; n < N; n++) {
        struct habit habit = any_habit(draw, T, wild, n == 0);
        if (!gate_chance(draw, 0.03)) { /* else one without any bar */
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
    const struct habit habit = {.volatility = 0.3,
                                .reach = GATE_PICK(draw, double, 0, 0.2),
                                .no_open = 0.05,
                                .no_range = 0.05,
                                .volume = 1000,
                                .no_volume = 0.1,
                                .unseen = 0.05};
    for (size_t t = from; t <= to; t++) {
        struct bar bar = {.open = cents(level * gw_exp(0.3 * gate_normal(draw)))};
        bar.close = cents(level * gw_exp(0.3 * gate_normal(draw)));
        bar.above = any_reach(&habit, draw);
        bar.below = any_reach(&habit, draw);
        if (t < to && gate_chance(draw, gaps)) {
            continue;
        }
        put_bar(panel, n, t, &bar);
        wear_bar(panel, n, t, &habit, draw);
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
    if (!listed && gate_chance(draw, 0.4)) {
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

struct gw_panel *gate_market_change(const struct gw_panel *panel,
                                    size_t last,
                                    bool days,
                                    struct gate_draw *draw)
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
    if (days) {
        draw_sessions(wide, last, draw);
    }
    copy_actions(panel, last, draw, wide);
    for (size_t n = 0; n < wide->N; n++) {
        change_asset(wide, n, last, draw);
    }
    struct gw_panel *out = gate_market_copy(wide);
    gw_panel_free(wide);
    return out;
}
