#include "gridwalk/market/synth.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/random.h"
#include "gridwalk/base/text.h"

#include <stdio.h>
#include <string.h>

static const double start_price = 100;
static const double typical_volume = 1e6;

/* The cells of one bar. */
struct bar {
    double value[GW_FIELDS];
};

static void write_bar(struct gw_panel *panel, size_t n, size_t t, const struct bar *bar)
{
    for (int field = 0; field < GW_FIELDS; field++) {
        gw_panel_column(panel, (enum gw_field)field, n)[t] = bar->value[field];
    }
}

/* 1970-01-01 was a Thursday: 0 Monday to 6 Sunday. */
static int weekday(int32_t days)
{
    return (int)(((int64_t)days % 7 + 7 + 3) % 7);
}

static void set_sessions(const struct gw_synth *synth, struct gw_panel *panel)
{
    int32_t day = synth->first;
    for (size_t t = 0; t < panel->T; t++, day++) {
        while (synth->kind == GW_SYNTH_WALK && weekday(day) > 4) {
            day++;
        }
        panel->session[t] = day;
    }
}

/* Two draws a bar: {2t} gives the close and the gap, {2t + 1} the reach of high and low.
 * The volume has a stream of its own, behind those of all assets there can be. */
static void walk_asset(const struct gw_synth *synth, size_t n, struct gw_panel *panel)
{
    const uint64_t volumes = UINT64_C(1) << 32;
    double step = synth->volatility / sqrt(synth->periods);
    double drift = synth->drift / synth->periods;
    double before = start_price;
    for (size_t t = 0; t < panel->T; t++) {
        double move[2], reach[2];
        gw_philox_normal(synth->seed, n, 2 * t, move);
        gw_philox_normal(synth->seed, n, 2 * t + 1, reach);
        double busy = gw_philox_uniform(synth->seed, n + volumes, t);
        double close = before * gw_exp(drift + step * move[0]);
        double open = before * gw_exp(0.25 * step * move[1]);
        double top = fmax(open, close), bottom = fmin(open, close);
        const struct bar bar = {{[GW_OPEN] = open,
                                 [GW_HIGH] = top * gw_exp(0.5 * step * fabs(reach[0])),
                                 [GW_LOW] = bottom * gw_exp(-0.5 * step * fabs(reach[1])),
                                 [GW_CLOSE] = close,
                                 [GW_VOLUME] = floor(typical_volume * (0.5 + busy))}};
        write_bar(panel, n, t, &bar);
        before = close;
    }
}

/* The order of the draws is the format: all closes of an asset, then its bars one by one.
 */
static void rustybt_asset(struct gw_mt19937 *mt, size_t n, struct gw_panel *panel)
{
    double *closes = gw_panel_column(panel, GW_CLOSE, n);
    double product = 1;
    for (size_t t = 0; t < panel->T; t++) {
        product *= 1 + (gw_mt19937_normal(mt) * 0.015 + 0.0003);
        closes[t] = start_price * product;
    }
    for (size_t t = 0; t < panel->T; t++) {
        double close = closes[t];
        double high = close * (1 + fabs(gw_mt19937_normal(mt) * 0.02));
        double low = close * (1 - fabs(gw_mt19937_normal(mt) * 0.02));
        double open = close * (1 + gw_mt19937_normal(mt) * 0.01);
        double volume = floor(typical_volume * (1 + gw_mt19937_uniform(mt)));
        const struct bar bar = {{[GW_OPEN] = open,
                                 [GW_HIGH] = fmax(high, fmax(open, close)),
                                 [GW_LOW] = fmin(low, fmin(open, close)),
                                 [GW_CLOSE] = close,
                                 [GW_VOLUME] = volume}};
        write_bar(panel, n, t, &bar);
    }
}

static void describe(const struct gw_synth *synth, struct gw_panel_header *header)
{
    unsigned long long seed = synth->seed;
    header->periods = synth->periods;
    if (synth->kind == GW_SYNTH_RUSTYBT) {
        strcpy(header->calendar, "days");
        snprintf(header->description, sizeof header->description,
                 "made up: rustybt, seed %llu", seed);
        return;
    }
    char drift[32], volatility[32];
    gw_format_double(synth->drift, drift, sizeof drift);
    gw_format_double(synth->volatility, volatility, sizeof volatility);
    strcpy(header->calendar, "weekdays");
    snprintf(header->description, sizeof header->description,
             "made up: walk, seed %llu, drift %s, volatility %s", seed, drift,
             volatility);
}

struct gw_panel *gw_synth_make(const struct gw_synth *synth)
{
    const struct gw_panel_dims dims = {.bars = synth->bars, .assets = synth->assets};
    struct gw_panel *panel = gw_panel_new(&dims);
    struct gw_mt19937 mt;
    gw_mt19937_seed(&mt, (uint32_t)synth->seed);
    describe(synth, panel->header);
    set_sessions(synth, panel);
    for (size_t n = 0; n < panel->N; n++) {
        snprintf(panel->asset[n].symbol, sizeof panel->asset[n].symbol, "ASSET%zu", n);
        if (synth->kind == GW_SYNTH_WALK) {
            walk_asset(synth, n, panel);
        } else {
            rustybt_asset(&mt, n, panel);
        }
    }
    gw_panel_set_listing(panel);
    return panel;
}
