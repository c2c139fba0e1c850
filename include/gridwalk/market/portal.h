/**
 * Prices as an experiment sees them: one price basis over a panel, asset by asset, on
 * each asset's own bars. Nothing at bar t depends on what comes after t.
 */
#ifndef GRIDWALK_MARKET_PORTAL_H
#define GRIDWALK_MARKET_PORTAL_H

#include "gridwalk/market/panel.h"

#include <stdbool.h>

/** adjusted: splits, mergers and dividends in the prices. split: dividends paid as cash.
 */
enum gw_basis { GW_ADJUSTED, GW_SPLIT_BASIS };

/** One asset's own bars: those where it has a close. */
struct gw_listing {
    size_t count;        /* own bars */
    const uint32_t *bar; /* [count] calendar index of each, ascending */
    size_t first, last;  /* calendar index of the first and last; 0 when count is 0 */
    bool delisted;       /* the last lies before the last session of the bundle */
};

/** A cash dividend in force: paid at bar `bar` (amount a raw share held before it). */
struct gw_dividend {
    uint32_t bar;
    double amount;
};

struct gw_portal;

/** Derive listings and factors; keeps a pointer to the panel, which must outlive it. */
struct gw_portal *gw_portal_new(const struct gw_panel *panel, enum gw_basis basis);
void gw_portal_free(struct gw_portal *portal);

/** The panel that it was made from. */
const struct gw_panel *gw_portal_panel(const struct gw_portal *portal);

/** Assets and calendar bars of the panel. */
size_t gw_portal_assets(const struct gw_portal *portal);
size_t gw_portal_bars(const struct gw_portal *portal);

/** The session of each bar, [bars]: days since 1970-01-01, ascending. */
const int32_t *gw_portal_sessions(const struct gw_portal *portal);

const struct gw_listing *gw_portal_listing(const struct gw_portal *portal, size_t n);

/** First own bar of asset n at or after calendar bar t, as an index into listing->bar;
 *  count when there is none. */
size_t gw_portal_own(const struct gw_portal *portal, size_t n, size_t t);

/**
 * F[t] of asset n, [T]: basis price = raw price x F[t]; NULL means 1 throughout.
 *     F[t] = product of 1/q over the events with session <= t that are in the basis
 * q = 1 - D/close(session - 1) for a dividend; it is dropped (in both bases) when its
 * session is the first bar, that close is NaN, or q <= 0.  Time: as of t, never later.
 */
const double *gw_portal_factor(const struct gw_portal *portal, size_t n);

/** The part of F from splits alone (volume = raw volume / it); NULL means 1 throughout.
 */
const double *gw_portal_split_factor(const struct gw_portal *portal, size_t n);

/** Cash dividends of asset n in bar order (basis split only; else none). */
const struct gw_dividend *
gw_portal_dividends(const struct gw_portal *portal, size_t n, size_t *count_out);

/** What the position is closed at when the asset leaves: close x (1 + this). */
double gw_portal_delisting_return(const struct gw_portal *portal, size_t n);

/** Dividends of asset n dropped by the rule above. */
size_t gw_portal_dropped(const struct gw_portal *portal, size_t n);

/** A part of one field: own bars [from, to) of an asset (indices into listing->bar). */
struct gw_view {
    size_t asset;
    enum gw_field field;
    bool raw; /* as traded, not in the basis */
    size_t from, to;
};

/**
 * The values of a view. Shape out: [to - from]. A price that is not a finite number > 0
 * comes out as NaN; so does a negative or non-finite volume.
 */
void gw_portal_field(const struct gw_portal *portal, struct gw_view view, double *out);

#endif
