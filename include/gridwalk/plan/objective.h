/**
 * What the best combination is best at, and how one is chosen of a window: `objective`.
 * The rules are in docs/semantics.md, section 9.
 */
#ifndef GRIDWALK_PLAN_OBJECTIVE_H
#define GRIDWALK_PLAN_OBJECTIVE_H

#include "gridwalk/engine/metrics.h"
#include "gridwalk/engine/rules.h"
#include "gridwalk/expr/graph.h"
#include "gridwalk/plan/windows.h"

enum gw_select { GW_SELECT_BEST, GW_SELECT_PLATEAU, GW_SELECT_TOP, GW_SELECT_KEEP };
enum gw_plateau { GW_PLATEAU_MEAN, GW_PLATEAU_MIN, GW_PLATEAU_MEDIAN };

struct gw_objective {
    bool maximize;
    const char *text;      /* as written: a metric's name or an expression over metrics */
    enum gw_metric metric; /* GW_METRICS: an expression */
    /* The expression and the bounds are compiled over the metrics they name, which stand
     * in the graph as parameters. NULL: a metric without bounds. Owned. */
    struct gw_graph *graph;
    enum gw_metric operand[GW_MAX_PARAMETERS];
    const char *operand_name[GW_MAX_PARAMETERS];
    size_t operands;
    int32_t value;    /* node of an expression, else GW_NO_NODE */
    int32_t *require; /* [requires] nodes; owned */
    size_t requires;
    bool otherwise_best; /* where nothing meets `require`: choose all the same */
    enum gw_segment on;  /* the segment chosen on: GW_TRAIN or GW_VALIDATION */
    enum gw_select select;
    enum gw_plateau plateau;
    int64_t radius;   /* of a plateau, in grid steps */
    int64_t top;      /* combinations of an ensemble; 1 otherwise */
    double tolerance; /* of keep */
};

/** How good a row is. What is not chosen on (test) knows no bounds: never GW_SCORE_UNMET.
 */
enum gw_score_rank {
    GW_SCORE_MET,       /* a number or an infinity, and all bounds are met */
    GW_SCORE_UNMET,     /* a number or an infinity, but some bound is not met */
    GW_SCORE_UNDEFINED, /* NaN */
    GW_SCORE_RUINED,
    GW_SCORE_NOT_RUN, /* insufficient history, failed */
    GW_SCORE_RANKS
};

struct gw_score {
    int rank;     /* enum gw_score_rank */
    double value; /* larger is better, whatever the objective's direction; 0 where there
                     is none */
    uint64_t k;   /* combination number */
};

/** The objective of a row, and whether it meets all of `require`, whatever its status.
 *  Shape: metric [GW_METRICS] by enum gw_metric; only the operands (or the one metric)
 *  are read. */
double gw_objective_value(const struct gw_objective *objective, const double *metric);
bool gw_objective_met(const struct gw_objective *objective, const double *metric);

/** Score a row from its metrics. `bounded`: whether `require` applies. Shape: metric
 *  as above. */
struct gw_score gw_score_of(const struct gw_objective *objective,
                            enum gw_row_status status,
                            const double *metric,
                            bool bounded,
                            uint64_t k);

/** The same where the objective was evaluated before. */
struct gw_score gw_score_of_value(const struct gw_objective *objective,
                                  enum gw_row_status status,
                                  double value,
                                  bool met,
                                  uint64_t k);

/** The objective as its own number: a score's value with the direction undone; NaN where
 *  the row has none. */
double gw_score_objective(const struct gw_objective *objective,
                          const struct gw_score *score);

/** Append how it selects, in canonical form: "best", "top 5", "plateau 1 mean",
 *  "keep 0.1". */
void gw_select_print(const struct gw_objective *objective, struct gw_text *out);

/** Free what an objective owns. */
void gw_objective_clear(struct gw_objective *objective);

/** Whether a ranks before b: by rank, then the larger value, then the lower number. */
bool gw_score_before(const struct gw_score *a, const struct gw_score *b);

#endif
