/** How a run goes, told to FILE.status.json and to the launch script's marker. Rank 0. */
#ifndef GRIDWALK_APP_LIVE_H
#define GRIDWALK_APP_LIVE_H

#include "gridwalk/sched/coordinator.h"
#include "gridwalk/store/journal.h"
#include "gridwalk/store/live.h"
#include "gridwalk/store/sidecar.h"

/** {0} writes nothing. */
struct gw_live {
    const char *output; /* NULL: nothing is written */
    double renewed;     /* gw_clock; 0 = never */
    double pause;       /* seconds until the next time */
    double seconds;     /* spent on writing it */
    uint64_t renewals;
    struct gw_live_record record;
};

/** What is known at the start. Texts must stay. */
void gw_live_start(struct gw_live *live,
                   const char *output,
                   const char *experiment,
                   uint64_t tiles,
                   uint64_t rows);

/** What is known in between. */
struct gw_live_facts {
    const struct gw_job_view *view;  /* its notes are struct gw_run_rank */
    struct gw_journal_facts journal; /* zeros without one */
    uint64_t kept;                   /* tiles from earlier runs */
    double seconds;                  /* since the run began */
    double computing;                /* since it began to compute */
};

/** Take the facts, and renew the file when it is time to: about once a second. A file
 * that cannot be written is no failure of the run. */
void gw_live_update(struct gw_live *live, const struct gw_live_facts *facts);

/** The state from now on; for a final one its exit code and, or NULL, why. Synced. */
void gw_live_state(struct gw_live *live,
                   enum gw_run_state state,
                   int exit_code,
                   const char *message);

/** The results of `output` are complete: a status file that a run killed at its very end
 *  left behind says so from now on. */
void gw_live_settle(const char *output, int exit_code);

void gw_live_free(struct gw_live *live);

#endif
