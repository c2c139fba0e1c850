/** Where an experiment's inputs come from: its file, and its bundle or the spec that
 * makes it. */
#ifndef GRIDWALK_APP_SOURCE_H
#define GRIDWALK_APP_SOURCE_H

#include "gridwalk/base/digest.h"
#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"
#include "gridwalk/plan/plan.h"
#include "gridwalk/store/ingest.h"

enum { GW_EXPERIMENT_LONGEST = 256 * 1024 };

/** Read an experiment file's bytes. Errors: GW_CONFIG. */
enum gw_status
gw_source_read(const char *path, struct gw_text *out, struct gw_error *err) GW_MUST_CHECK;

/** Parse it with the --set and --only of a command line. */
struct gw_arguments;
enum gw_status gw_source_parse(const char *path,
                               const struct gw_text *text,
                               const struct gw_arguments *arguments,
                               struct gw_experiment **out,
                               struct gw_error *err) GW_MUST_CHECK;

/**
 * The bundle's path. When the experiment names a spec (.yaml, .yml), its bundle lies
 * beside the spec, or in the XDG cache where that is not writable; it is made when it is
 * not there or when the spec or a source file changed, and `note` (appended) says so.
 * Rank: 0 only.
 */
enum gw_status gw_source_bundle(const struct gw_experiment *experiment,
                                struct gw_text *path_out,
                                struct gw_text *note,
                                struct gw_error *err) GW_MUST_CHECK;

/** What a plan is made from, and the plan. {0} is an empty one. */
struct gw_source {
    struct gw_text bundle; /* its path */
    struct gw_panel *panel;
    struct gw_portal *portal;
    struct gw_plan *plan;
    double load_seconds; /* reading the bundle and planning */
};

/**
 * Find the bundle (gw_source_bundle), load it and plan, for commands that start no MPI.
 * The experiment must outlive it. Free with gw_source_close, also after an error.
 */
enum gw_status gw_source_open(const struct gw_experiment *experiment,
                              struct gw_source *out,
                              struct gw_text *note,
                              struct gw_error *err) GW_MUST_CHECK;
void gw_source_close(struct gw_source *source);

/** Append the name of the bundle that belongs beside a spec: its own with .h5. */
void gw_source_beside(const char *spec, struct gw_text *out);

/** Append what an ingest found: the counts, then a line for each defect. */
void gw_report_defects(const struct gw_ingest_report *report, struct gw_text *out);

#endif
