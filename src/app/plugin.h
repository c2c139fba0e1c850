/** What the commands say of a plug-in. */
#ifndef GRIDWALK_APP_PLUGIN_H
#define GRIDWALK_APP_PLUGIN_H

#include "gridwalk/base/text.h"
#include "gridwalk/plan/plan.h"

/** Append a line: its name, its parameters, its look-back. Nothing without a plug-in. */
void gw_plugin_describe(const struct gw_plan *plan, struct gw_text *out);

/**
 * Append why a combination failed in a window, as a clause: it is computed again, until
 * it fails. Nothing when it is not the plug-in that fails.
 */
void gw_plugin_explain(const struct gw_plan *plan,
                       const struct gw_portal *portal,
                       uint64_t k,
                       size_t window,
                       struct gw_text *out);

#endif
