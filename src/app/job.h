/**
 * A run from a parsed experiment and a bundle file to a results file: what the commands
 * `run` and `bench` drive. Steps in order: load, plan, open, compute, finish, clear.
 *
 * Under a launcher every rank takes every step (`finish`: rank 0 alone); without a world
 * it is this process alone, and MPI is never started. From `compute` on a worker may be
 * lost without harm to the others: after it no step waits for all ranks.
 */
#ifndef GRIDWALK_APP_JOB_H
#define GRIDWALK_APP_JOB_H

#include "compute.h"
#include "intake.h"
#include "live.h"
#include "progress.h"

#include "gridwalk/base/text.h"
#include "gridwalk/engine/vector.h"
#include "gridwalk/plan/plan.h"
#include "gridwalk/sched/coordinator.h"
#include "gridwalk/sched/world.h"
#include "gridwalk/store/results.h"
#include "gridwalk/store/sidecar.h"

/** All that a run holds, on any rank; what only rank 0 has says so. The caller sets the
 * first block and record.started; the job owns what it points to, but not the world. */
struct gw_run_job {
    struct gw_world *world; /* NULL: this process alone */
    bool quiet;             /* no progress */
    bool journal;           /* keep finished tiles, and go on from those kept before */
    bool fresh;             /* drop them, and results that are complete */
    bool fail_fast;         /* the first failed row or tile ends the run */
    bool live;              /* renew FILE.status.json */
    void (*abandon)(struct gw_run_job *job); /* end the process: see gw_job.abandon */
    void *owner;                             /* for it */
    struct gw_compute_options options;
    struct gw_experiment *experiment;
    struct gw_text bundle; /* path of the file */
    char *output;          /* path of the results */
    double started;        /* gw_clock */

    struct gw_window *window; /* NULL when alone: then the block is `block` */
    void *block;
    struct gw_panel panel;
    struct gw_portal *portal;
    struct gw_plan *plan;
    struct gw_compute *compute;      /* NULL once there is nothing left to compute */
    struct gw_vector_stats stats;    /* what it did then */
    bool complete;                   /* after open: the results are there already */
    double phase_seconds[GW_PHASES]; /* of this rank, as far as it is */

    /* rank 0 alone */
    struct gw_run_identity identity; /* from open on; with the texts that it names */
    char digest[GW_SHA256_HEX];
    struct gw_text canonical;
    struct gw_intake intake;
    struct gw_progress progress;
    struct gw_live tell;
    struct gw_job_view view; /* the newest; its ranks are in the record */
    double computing;        /* gw_clock when that began */
    struct gw_run_record record;
    struct gw_results_summary summary; /* after finish; rows_failed also when complete */
};

/** Whether this rank coordinates and prints. */
bool gw_run_job_leads(const struct gw_run_job *job);

/** gw_world_agree, or the status alone.  Rank: Collective. */
enum gw_status gw_run_job_agree(struct gw_run_job *job,
                                enum gw_status status,
                                struct gw_error *err) GW_MUST_CHECK;

/** Load the bundle: one copy a node, verified, the same on all nodes.  Rank: Collective.
 */
enum gw_status gw_run_job_load(struct gw_run_job *job,
                               struct gw_error *err) GW_MUST_CHECK;

/** Make the plan and the engine.  Rank: Collective. */
enum gw_status gw_run_job_plan(struct gw_run_job *job,
                               struct gw_error *err) GW_MUST_CHECK;

/**
 * Rank 0: whether the results are complete already; else the journal and the results file
 * begun, with what earlier runs kept. From here on a signal ends the run with
 * GW_INTERRUPTED.  Rank: Collective.
 */
enum gw_status gw_run_job_open(struct gw_run_job *job,
                               struct gw_error *err) GW_MUST_CHECK;

/** Compute what is missing; fills the record's ranks and the view. However it ends, what
 *  was finished is on disk.  Rank: Collective. */
enum gw_status gw_run_job_compute(struct gw_run_job *job,
                                  struct gw_error *err) GW_MUST_CHECK;

/** Write the results file and FILE.run.json; fills record and summary.  Rank: 0 only. */
enum gw_status gw_run_job_finish(struct gw_run_job *job,
                                 struct gw_error *err) GW_MUST_CHECK;

/** What this rank's engine has done so far. */
struct gw_vector_stats gw_run_job_stats(const struct gw_run_job *job);

/** Free what is left, after any step; an unfinished results file is removed.  Rank:
 * Collective, unless ranks were lost. */
void gw_run_job_clear(struct gw_run_job *job);

#endif
