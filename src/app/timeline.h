/** Walk-forward windows as a drawing. */
#ifndef GRIDWALK_APP_TIMELINE_H
#define GRIDWALK_APP_TIMELINE_H

#include "gridwalk/plan/plan.h"

/**
 * Append a line a window, to one scale, its first and last day around it; of many windows
 * the first dozen. session: the panel's days.
 */
void gw_timeline(const struct gw_plan *plan, const int32_t *session, struct gw_text *out);

#endif
