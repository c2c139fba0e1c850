/** Made-up prices, reproducible from a seed. */
#ifndef GRIDWALK_MARKET_SYNTH_H
#define GRIDWALK_MARKET_SYNTH_H

#include "gridwalk/market/panel.h"

enum gw_synth_kind { GW_SYNTH_WALK, GW_SYNTH_RUSTYBT };

struct gw_synth {
    enum gw_synth_kind kind;
    size_t bars, assets;
    uint64_t seed;
    int32_t first; /* first session; walk: weekdays only, rustybt: every calendar day */
    double drift;  /* walk: mean log return a year */
    double volatility; /* walk: sd of log returns a year */
    double periods;    /* bars a year */
};

/**
 * A new panel by the settings (checked by the caller: bars, assets >= 1). Assets are
 * called ASSET0, ASSET1, ...
 *
 * walk: a geometric random walk from 100 on weekdays. With s = volatility/sqrt(periods),
 * the normal numbers z0, z1 and z2, z3 of Philox draws 2t and 2t + 1 of stream n, and u
 * the uniform number of draw t of stream n + 2^32, all by the seed:
 *     close[t] = close[t-1] exp(drift/periods + s z0)
 *     open[t] = close[t-1] exp(s/4 z1)
 *     high = max(open, close) exp(s/2 |z2|),  low = min(open, close) exp(-s/2 |z3|)
 *     volume = floor(1e6 (1/2 + u))
 * So an asset's bar depends on no other asset, no later bar, nor on how many there are.
 *
 * rustybt: numpy.random.seed(seed); for each asset r = randn(bars)*0.015 + 0.0003,
 * close = 100*cumprod(1+r); then a bar at a time, in this draw order:
 * high = p(1+|0.02 randn|), low = p(1-|0.02 randn|), open = p(1+0.01 randn),
 * volume = floor(1e6 (1+rand)); high = max(h,o,c), low = min(l,o,c).
 * Source  the generator of the seed system's profiling script.
 */
struct gw_panel *gw_synth_make(const struct gw_synth *synth);

#endif
