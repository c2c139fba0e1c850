/** The bars of the calendar on which a target may decide. */
#ifndef GRIDWALK_ENGINE_VECTOR_CALENDAR_H
#define GRIDWALK_ENGINE_VECTOR_CALENDAR_H

#include "lanes.h"

/** Words of the calendar: bits of the bars that begin a week, a month or a quarter;
 *  GW_EVERY_BARS sets none, and all others all. */
uint64_t *calendar_new(const struct gw_portal *portal, enum gw_rebalance rebalance);

/** Bits of the word at `bar` that may decide for a combination that decides from `first`
 *  on, a bar that always does; bits before it say nothing. */
uint64_t calendar_word(const uint64_t *calendar,
                       const struct gw_rules *rules,
                       size_t bar,
                       size_t first);

#endif
