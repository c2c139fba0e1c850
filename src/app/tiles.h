/** The tiles of a run through the coordinator, or through this process alone. */
#ifndef GRIDWALK_APP_TILES_H
#define GRIDWALK_APP_TILES_H

#include "job.h"

/** Compute every tile that is not there yet. Fills job->view and the record's ranks as it
 *  goes (rank 0).  Rank: Collective. */
enum gw_status gw_tiles_run(struct gw_run_job *job, struct gw_error *err) GW_MUST_CHECK;

#endif
