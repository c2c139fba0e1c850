/** Private to store: whether what was read from a bundle makes sense. */
#ifndef GRIDWALK_STORE_BUNDLE_CHECK_H
#define GRIDWALK_STORE_BUNDLE_CHECK_H

#include "gridwalk/market/panel.h"
#include "h5.h"

/** Sessions ascend, symbols are distinct texts, actions are sorted and point somewhere.
 */
enum gw_status gw_bundle_check(struct gw_h5 *h5,
                               const struct gw_panel *panel) GW_MUST_CHECK;

/** The columns against `stored`, and all against panel->header->digest. */
enum gw_status gw_bundle_verify(struct gw_h5 *h5,
                                const struct gw_panel *panel,
                                uint8_t *const stored[GW_FIELDS]) GW_MUST_CHECK;

#endif
