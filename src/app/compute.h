/** Tiles through an engine: what a rank does with tile numbers. */
#ifndef GRIDWALK_APP_COMPUTE_H
#define GRIDWALK_APP_COMPUTE_H

#include "gridwalk/engine/reference.h"
#include "gridwalk/engine/vector.h"
#include "gridwalk/plan/payload.h"

/** How rows are to be computed. */
struct gw_compute_options {
    bool reference; /* all of them by the reference engine */
    double verify;  /* share of them that the reference engine computes again, 0 to 1 */
};

struct gw_compute {
    const struct gw_plan *plan;
    struct gw_compute_options options;
    struct gw_vector *vector;       /* NULL: all rows by the reference engine */
    struct gw_reference *reference; /* for these, and for rows to verify; else NULL */
    struct gw_plugin *plugin;       /* all rows, by a plug-in in its child; else NULL */
    struct gw_plugin_row *asked; /* [a run's rows] what it is asked, and what it made */
    struct gw_row *made;
    struct gw_payload *payload; /* [most] tiles that were computed together */
    size_t most, ready;         /* of them done: tiles first .. first + ready - 1 */
    uint64_t first;
    struct gw_run_lanes *run; /* [runs_most] of these tiles */
    struct gw_run_place {
        size_t tile, combination; /* payload, and in it the run's first */
    } * place;
    size_t runs_most;
    struct gw_span *span;  /* of a tile's windows and segments */
    uint64_t bars;         /* simulated where it is the only engine */
    uint64_t verified;     /* rows that both engines have made */
    struct gw_error wrong; /* the first that differed */
};

/** What tile is asked for, and of whom. */
struct gw_compute_tile {
    uint64_t tile, ahead;         /* ahead - 1 tiles behind it will be asked for next */
    const struct gw_bound *bound; /* the newest hint, or NULL */
    void (*poll)(void *context);  /* called now and then */
    void *poll_context;
};

/** An engine for a plan on this rank. Free with gw_compute_clear. */
void gw_compute_init(struct gw_compute *compute,
                     const struct gw_plan *plan,
                     const struct gw_portal *portal,
                     const struct gw_compute_options *options);
void gw_compute_clear(struct gw_compute *compute);

/**
 * Write a tile's payload (payload.h) to `out`.
 * Errors   GW_SYSTEM: the two engines disagree on a row to verify (names combination,
 * window, segment, metric and both values); or a plug-in says otherwise when it is asked
 * again. GW_CONFIG: the plug-in's library was changed since the plan was made.
 */
enum gw_status gw_compute_tile(struct gw_compute *compute,
                               const struct gw_compute_tile *asked,
                               void *out,
                               size_t *length_out,
                               struct gw_error *err) GW_MUST_CHECK;

/** What the engine has done so far, whichever it is. */
struct gw_vector_stats gw_compute_stats(const struct gw_compute *compute);

#endif
