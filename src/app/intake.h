/**
 * Rank 0's side of a run: what the ranks have computed goes into the journal and into the
 * results file; what an earlier run left in the journal comes first.
 */
#ifndef GRIDWALK_APP_INTAKE_H
#define GRIDWALK_APP_INTAKE_H

#include "gridwalk/store/journal.h"
#include "gridwalk/store/results.h"

struct gw_intake_setup {
    const char *output;
    const struct gw_plan *plan;
    const struct gw_panel *panel;
    const struct gw_portal *portal;
    const struct gw_run_identity *identity;
    bool journal;   /* false: nothing is kept of a run that does not end */
    bool fresh;     /* what an earlier run left is dropped */
    bool fail_fast; /* the first failed row ends the run */
};

/** {0} is a closed one. */
struct gw_intake {
    struct gw_intake_setup setup;
    struct gw_journal *journal; /* NULL without one */
    struct gw_results_writer *writer;
    uint64_t kept;          /* tiles from earlier runs */
    double seconds;         /* spent here */
    bool finished;          /* the results are in place */
    bool ranked;            /* they have the ranks in test */
    struct gw_error broken; /* of a commit between two tiles */
};

/**
 * Open or make the journal, lock it, begin the results file and take in what was kept.
 * Errors   GW_DATA, GW_SYSTEM of both.
 */
enum gw_status gw_intake_open(struct gw_intake *intake,
                              const struct gw_intake_setup *setup,
                              struct gw_error *err) GW_MUST_CHECK;

/** Whether a journal of this run is there, beside results that are complete: it was cut
 *  off at its very end, or began again with `fresh`. One of another run does not count.
 *  Errors: GW_SYSTEM: another run has it locked, it cannot be read. */
enum gw_status gw_intake_is_begun(const struct gw_intake_setup *setup,
                                  bool *begun_out,
                                  struct gw_error *err) GW_MUST_CHECK;

/** Take a finished tile. Errors: GW_SYSTEM; with fail_fast GW_ROWS. */
enum gw_status gw_intake_accept(struct gw_intake *intake,
                                uint64_t tile,
                                const void *payload,
                                size_t length,
                                struct gw_error *err) GW_MUST_CHECK;

/** A tile has come a second time. Errors: GW_SYSTEM: it differs from the first. */
enum gw_status gw_intake_again(struct gw_intake *intake,
                               uint64_t tile,
                               const void *payload,
                               size_t length,
                               struct gw_error *err) GW_MUST_CHECK;

/** A worker was lost for the first time: from now on tiles may come a second time. */
void gw_intake_expect_again(struct gw_intake *intake);

/** A tile could not be computed: its rows have failed, and the journal does not keep it.
 *  Errors: as gw_intake_accept. */
enum gw_status gw_intake_lose(struct gw_intake *intake,
                              uint64_t tile,
                              struct gw_error *err) GW_MUST_CHECK;

/** The journal's; zeros without one, or when it is no longer needed. */
struct gw_journal_facts gw_intake_facts(const struct gw_intake *intake);

/** Now and then: commit when it is time to. A failure is told by the next tile. */
void gw_intake_tick(struct gw_intake *intake);

/** Bring all that was taken to disk: the run stops here. */
enum gw_status gw_intake_commit(struct gw_intake *intake,
                                struct gw_error *err) GW_MUST_CHECK;

/** All tiles are there: choose, compute the out-of-sample record, and bring the results
 *  file into place. The journal goes when the intake is
 *  closed: what is still written beside the results stays under its lock, and a run that
 *  is killed meanwhile leaves a sign for the next to tidy up. */
enum gw_status gw_intake_finish(struct gw_intake *intake,
                                struct gw_results_summary *summary_out,
                                struct gw_error *err) GW_MUST_CHECK;

/** Close what is open; an unfinished results file is removed, a journal with tiles of one
 *  stays. */
void gw_intake_close(struct gw_intake *intake);

#endif
