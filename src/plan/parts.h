/** What the parts of this layer share while a plan is made. */
#ifndef GRIDWALK_PLAN_PARTS_H
#define GRIDWALK_PLAN_PARTS_H

#include "gridwalk/plan/plan.h"

enum { GW_EXACT_LIMIT = 10000000 }; /* combinations that are walked one by one */

/**
 * Cut a plan that has its space, windows and assets into tiles.
 * Errors   GW_CONFIG when tiles or rows cannot be counted in 62 bits.
 */
enum gw_status gw_tiling_make(const struct gw_plan *plan,
                              struct gw_tiling *out,
                              struct gw_error *err) GW_MUST_CHECK;

/** Where a term that gw_terms_check refuses stands in the file. */
struct gw_place gw_term_place(const struct gw_experiment *experiment, enum gw_term term);

/** The largest look-back of the strategy. */
struct gw_reach {
    size_t bars;
    bool exact;
    struct gw_place place; /* of the expression that looks back so far */
    struct gw_plugin_facts plugin;
};

/**
 * Walk the combinations that the constraints leave (up to GW_EXACT_LIMIT, else the
 * corners of the rectangle). Errors   GW_CONFIG: a number argument, or a number of costs,
 * account or stops, is invalid for one of them; the plug-in cannot be loaded. The plan
 * has its space and parameters.
 */
enum gw_status gw_reach_find(const struct gw_plan *plan,
                             struct gw_reach *out,
                             struct gw_error *err) GW_MUST_CHECK;

#endif
