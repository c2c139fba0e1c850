/**
 * Decisions of the reference engine: step 7 of a bar, by signals, a target or a decider.
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_DECISIONS_H
#define GRIDWALK_ENGINE_REFERENCE_DECISIONS_H

#include "account.h"

/** Take the decisions of the bar at hand. */
void decisions_take(struct book *book);

/** Whether a target may decide at bar t by the calendar alone, [bars of the portal]: the
 *  first bar of each week, month or quarter. NULL for what needs no calendar; free() it.
 */
bool *decisions_calendar(const struct gw_portal *portal, enum gw_rebalance rebalance);

#endif
