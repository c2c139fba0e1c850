/** What a researcher should know of an experiment that is not wrong. */
#ifndef GRIDWALK_APP_WARNINGS_H
#define GRIDWALK_APP_WARNINGS_H

#include "gridwalk/plan/plan.h"

/** Append a line "warning: ..." for each. */
void gw_warnings(const struct gw_plan *plan,
                 const struct gw_panel *panel,
                 const struct gw_portal *portal,
                 struct gw_text *out);

/** Those alone that name windows with too few bars. */
void gw_warn_windows(const struct gw_plan *plan, struct gw_text *out);

/** That alone which says that choosing takes minutes. */
void gw_warn_plateau(const struct gw_plan *plan, struct gw_text *out);

#endif
