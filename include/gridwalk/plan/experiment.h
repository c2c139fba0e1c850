/**
 * The experiment file: parsed, checked, compiled. The key table here is the authority on
 * names, types, defaults and ranges.
 */
#ifndef GRIDWALK_PLAN_EXPERIMENT_H
#define GRIDWALK_PLAN_EXPERIMENT_H

#include "gridwalk/base/digest.h"
#include "gridwalk/engine/metrics.h"
#include "gridwalk/engine/rules.h"
#include "gridwalk/plan/keys.h"
#include "gridwalk/plan/objective.h"
#include "gridwalk/plan/space.h"
#include "gridwalk/plan/windows.h"

extern const struct gw_schema gw_experiment_schema;

struct gw_named_place {
    const char *name;
    struct gw_place place;
};

struct gw_experiment {
    char *file;           /* as given */
    char *name;           /* file name without directory and ending */
    struct gw_text text;  /* the file's bytes, or re-emitted when --set changed them */
    struct gw_yaml *tree; /* owns the strings below */
    char *bundle;         /* path, relative ones resolved against the experiment file */
    struct gw_place bundle_place;
    int32_t from, to; /* period, days; INT32_MIN and INT32_MAX when open */
    struct gw_place period_place;
    struct gw_named_place *asset; /* [assets]; none = all */
    size_t assets;
    struct gw_named_place benchmark; /* name NULL: none */
    struct gw_axis *axis;            /* [axes] in file order */
    size_t axes;
    struct gw_graph *graph;
    int32_t *constraint; /* nodes */
    size_t constraints;
    struct gw_rules rules;
    struct gw_place term_place[GW_TERMS]; /* file NULL: a default */
    int32_t span;                         /* of account.size, over parameters; or none */
    struct gw_place span_place;
    struct gw_place plugin_place;
    struct gw_walk_forward walk_forward;
    struct gw_objective objective;
    enum gw_metric metric[GW_METRICS]; /* columns, in the order of the metric list */
    size_t metrics;
    uint64_t keep_top; /* 0 = keep all */
    double periods;    /* bars a year, 0 = as the bundle says */
    double memory;     /* limits.memory in bytes */
};

/** What a command line changes. */
struct gw_overrides {
    const char *const *set; /* "path=value" */
    size_t sets;
    const char *only; /* "fast=10,slow=50" or NULL: those parameters become one value,
                       * which must be one of theirs */
};

/**
 * Parse and compile an experiment from its bytes.
 * Errors   GW_CONFIG, one line with file:line:column; nothing is returned then.
 */
enum gw_status gw_experiment_parse(const char *file,
                                   const char *bytes,
                                   size_t length,
                                   const struct gw_overrides *overrides,
                                   struct gw_experiment **out,
                                   struct gw_error *err) GW_MUST_CHECK;
void gw_experiment_free(struct gw_experiment *experiment);

/**
 * Append the canonical form, a line a fact: every key but the bundle with its default, in
 * key-table order (those that came later only where they are not the default), numbers as
 * %.17g, a plug-in as its digest. Comments, layout and paths do not enter.
 */
void gw_experiment_canonical(const struct gw_experiment *experiment, struct gw_text *out);

/** Hex SHA-256 of a line "gridwalk-experiment/1", a line "bundle=" with the bundle's
 *  content digest, and the canonical form. */
void gw_experiment_digest(const struct gw_experiment *experiment,
                          const char *bundle_digest,
                          char hex_out[GW_SHA256_HEX]);

#endif
