/** The columns that plug-ins read: an asset's field on the calendar, as traded and in the
 * run's basis. Where a column of the panel says the same it is that one; else it is made
 * when it is first asked for, and kept. */
#ifndef GRIDWALK_ENGINE_PLUGIN_HISTORY_H
#define GRIDWALK_ENGINE_PLUGIN_HISTORY_H

#include "gridwalk/market/portal.h"
#include "gridwalk/strategy.h"

struct histories;

/** Of these assets ([assets] panel indices, borrowed as the portal is). */
struct histories *
histories_new(const struct gw_portal *portal, const size_t *asset, size_t assets);
void histories_free(struct histories *histories);

/** [assets] what a context shows. */
const struct gw_tape *histories_all(const struct histories *histories);

/** A column, [T]: NaN where the asset has no bar, and for what is no price or volume. */
const double *histories_column(struct histories *histories,
                               size_t asset,
                               enum gw_price_basis basis,
                               enum gw_field field);

#endif
