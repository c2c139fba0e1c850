/** How large an experiment is: lines that `check` and `plan` print. */
#ifndef GRIDWALK_APP_DESCRIBE_H
#define GRIDWALK_APP_DESCRIBE_H

#include "gridwalk/plan/plan.h"

/** Append the line of the combinations, and what the constraints leave of them. */
void gw_describe_grid(const struct gw_plan *plan, struct gw_text *out);

/** Append the line of the windows. */
void gw_describe_windows(const struct gw_plan *plan,
                         const struct gw_panel *panel,
                         struct gw_text *out);

#endif
