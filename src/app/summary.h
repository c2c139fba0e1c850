/** What `run` says before and after: to people, on rank 0. */
#ifndef GRIDWALK_APP_SUMMARY_H
#define GRIDWALK_APP_SUMMARY_H

#include "job.h"

/** What is going to be computed, on what, and what is there from earlier runs. */
void gw_summary_announce(const struct gw_run_job *job, struct gw_text *out);

/** Rates, engines, caches, what was lost and redone; with `profile` where the time went.
 */
void gw_summary_print(const struct gw_run_job *job, bool profile, struct gw_text *out);

/** The results as `show` prints them; they are written whatever becomes of the tables. */
void gw_summary_results(const struct gw_run_job *job, struct gw_text *out);

#endif
