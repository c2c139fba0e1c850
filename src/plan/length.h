/** Lengths as an experiment says them. */
#ifndef GRIDWALK_PLAN_LENGTH_H
#define GRIDWALK_PLAN_LENGTH_H

#include "gridwalk/plan/windows.h"

#define GW_LENGTH_WHAT                                                                   \
    "bars (a whole number) or a calendar length such as 2y, 6m, 10w or 21d"

/** Read "500" or "2y". Where it is no length, *why ends a message that begins with the
 * name of the key. Any number of bars is one. */
bool gw_length_parse(const char *text, struct gw_length *out, struct gw_text *why);

#endif
