/**
 * A case, opened: its file parsed and planned over its market, and what of the plan is to
 * be computed.
 */
#ifndef GRIDWALK_TESTS_GATE_SUBJECT_H
#define GRIDWALK_TESTS_GATE_SUBJECT_H

#include "experiment.h"
#include "gridwalk/engine/vector.h"
#include "gridwalk/plan/plan.h"

struct gate_case {
    uint64_t seed; /* of how its work is cut, too */
    struct gate_experiment experiment;
    struct gw_panel *panel;
};

/** The case of a seed. Free the panel. */
void gate_case_make(uint64_t seed, uint64_t attempt, struct gate_case *out);

struct gate_subject {
    const struct gate_case *origin;
    struct gw_text yaml;
    struct gw_experiment *experiment;
    struct gw_portal *portal;
    struct gw_plan *plan;
    uint64_t *k;                        /* [combinations] numbers, */
    double (*value)[GW_MAX_PARAMETERS]; /* [combinations] and parameters */
    size_t combinations;
    size_t *run; /* [runs] how many combinations each run of the plan has */
    size_t runs;
    struct gw_span *span; /* [spans]: windows, and in each its segments */
    size_t spans;
    struct gw_engine_setup setup; /* as a run of the program makes it */
};

/**
 * Parse and plan. Of a large grid only some runs are taken.
 * Errors   as the parser and the planner; *subject is clear then.
 */
enum gw_status gate_subject_open(const struct gate_case *origin,
                                 struct gate_subject *subject,
                                 struct gw_error *err);
void gate_subject_close(struct gate_subject *subject);

/** "fast=3 slow=9, window 2 test (bars 40 to 49)" of a row. */
void gate_subject_name(const struct gate_subject *subject,
                       size_t combination,
                       size_t span,
                       struct gw_text *out);

#endif
