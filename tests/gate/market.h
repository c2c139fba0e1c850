/**
 * Random markets: prices in cents, so that ties happen; gaps, missing opens, highs, lows
 * and volumes, opens far from the close before, stretches where nothing moves, corporate
 * actions, listings half-way and delistings; weekdays, holidays, or years in some bars;
 * down to one bar.
 */
#ifndef GRIDWALK_TESTS_GATE_MARKET_H
#define GRIDWALK_TESTS_GATE_MARKET_H

#include "draw.h"
#include "gridwalk/market/panel.h"

enum { GATE_MAX_ASSETS = 6 };

struct gw_panel *gate_market_make(struct gate_draw *draw);

/** A copy of bars [first, first + bars) of the assets in the mask, with their actions. */
struct gw_panel *
gate_market_cut(const struct gw_panel *panel, size_t first, size_t bars, uint32_t assets);

struct gw_panel *gate_market_copy(const struct gw_panel *panel);

/**
 * A copy with another future behind bar `last`: other prices, volumes and actions, bars
 * that come or go, assets that leave earlier or later or without a bar. An asset that had
 * bars by then keeps one behind it, or none: that it leaves is known on its last bar. One
 * that had none yet may appear or never come. `days`: its sessions lie on other days,
 * too.
 */
struct gw_panel *gate_market_change(const struct gw_panel *panel,
                                    size_t last,
                                    bool days,
                                    struct gate_draw *draw);

#endif
