/** Where the time of a run went. */
#ifndef GRIDWALK_APP_PROFILE_H
#define GRIDWALK_APP_PROFILE_H

#include "gridwalk/base/text.h"
#include "gridwalk/store/sidecar.h"

/** Append the table of `run --profile`: phases down, ranks across, and what is fixed. */
void gw_profile_print(const struct gw_run_record *record, struct gw_text *out);

#endif
