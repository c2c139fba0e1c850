/** What the parts of this layer share while an experiment file is read. */
#ifndef GRIDWALK_PLAN_PARSE_H
#define GRIDWALK_PLAN_PARSE_H

#include "gridwalk/plan/experiment.h"

/** The simple values of the file, as gw_keys_read stores them. */
struct gw_record {
    const char *bundle, *benchmark, *library, *sha256;
    int32_t from, to;
    int prices, warmup, price, mode, lots, close_at_end, search, window_mode;
    int partial, overlap;
    int64_t delay, purge, embargo;
    struct gw_length train, test, step; /* count GW_UNSET where left out */
    struct gw_length validation;
    double capital, memory, periods, risk_free, timeout;
    const char *maximize, *minimize;
    int otherwise, on; /* on GW_UNSET where left out */
};

enum { GW_UNSET = -1 }; /* of a choice or number whose default hangs on other keys */

struct gw_parse {
    struct gw_experiment *experiment;
    const struct gw_yaml *root;
    struct gw_record record;
    const char **parameter; /* [axes] names, which the graph borrows */
    struct gw_error *err;
};

/** strategy.parameters -> axes; refuses a grid above 2^62 combinations. */
enum gw_status gw_parse_parameters(struct gw_parse *parse) GW_MUST_CHECK;

/** One parameter's values. Nothing is owned by *axis but its list. */
enum gw_status gw_parse_axis(const struct gw_yaml *node,
                             struct gw_axis *axis,
                             struct gw_error *err) GW_MUST_CHECK;

/** Make each parameter of "fast=10,slow=50" the one value named, in the tree. */
enum gw_status
gw_parse_only(struct gw_yaml *root, const char *only, struct gw_error *err) GW_MUST_CHECK;

/** strategy.define, constraints, signals and target -> graph and rules. */
enum gw_status gw_parse_strategy(struct gw_parse *parse) GW_MUST_CHECK;

/** The numbers of costs, account and stops, and account.size -> rules; the graph is
 * there.
 */
enum gw_status gw_parse_terms(struct gw_parse *parse) GW_MUST_CHECK;

/** strategy.plugin -> rules.plugin: the library is found and digested. */
enum gw_status gw_parse_plugin(struct gw_parse *parse) GW_MUST_CHECK;

/** A path of the experiment file, relative ones from its directory; the caller frees. */
char *gw_parse_path(const char *file, const char *path);

/** walk_forward. */
enum gw_status gw_parse_walk_forward(struct gw_parse *parse) GW_MUST_CHECK;

/** objective, but for what is an expression; behind walk_forward. */
enum gw_status gw_parse_objective(struct gw_parse *parse) GW_MUST_CHECK;

/** The expressions of objective, behind metrics and output.keep. */
enum gw_status gw_parse_expressions(struct gw_parse *parse) GW_MUST_CHECK;

/** Fail unless a node is one text, as an expression is. */
enum gw_status gw_parse_scalar(const struct gw_yaml *node,
                               struct gw_error *err) GW_MUST_CHECK;

/** Fail when a metric needs a benchmark and there is none. */
enum gw_status gw_check_metric(const struct gw_parse *parse,
                               enum gw_metric metric,
                               struct gw_place place) GW_MUST_CHECK;

/** Fail with "unknown metric 'sharp'; did you mean 'sharpe'?". */
enum gw_status gw_refuse_metric(const char *word,
                                struct gw_place place,
                                struct gw_error *err) GW_MUST_CHECK;

/** Everything else -> rules, walk_forward, objective, metrics, output. */
enum gw_status gw_parse_rules(struct gw_parse *parse) GW_MUST_CHECK;

#endif
