#include "gridwalk/plan/objective.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* The graph's parameters are the operands: pointers into the row. */
static double
evaluate(const struct gw_objective *objective, int32_t node, const double *metric)
{
    const double *operand[GW_MAX_PARAMETERS];
    double value;
    for (size_t i = 0; i < objective->operands; i++) {
        operand[i] = &metric[objective->operand[i]];
    }
    gw_graph_numbers(objective->graph, node, operand, 1, &value);
    return value;
}

double gw_objective_value(const struct gw_objective *objective, const double *metric)
{
    double value = objective->metric != GW_METRICS
                       ? metric[objective->metric]
                       : evaluate(objective, objective->value, metric);
    return isnan(value) ? NAN : value; /* whatever sign a processor gives its own */
}

bool gw_objective_met(const struct gw_objective *objective, const double *metric)
{
    bool met = true;
    for (size_t i = 0; met && i < objective->requires; i++) {
        met = evaluate(objective, objective->require[i], metric) == 1;
    }
    return met;
}

struct gw_score gw_score_of(const struct gw_objective *objective,
                            enum gw_row_status status,
                            const double *metric,
                            bool bounded,
                            uint64_t k)
{
    bool ok = status == GW_ROW_OK;
    double value = ok ? gw_objective_value(objective, metric) : NAN;
    bool met = !ok || !bounded || isnan(value) || gw_objective_met(objective, metric);
    return gw_score_of_value(objective, status, value, met, k);
}

struct gw_score gw_score_of_value(const struct gw_objective *objective,
                                  enum gw_row_status status,
                                  double value,
                                  bool met,
                                  uint64_t k)
{
    struct gw_score score = {.k = k};
    if (status != GW_ROW_OK) {
        score.rank = status == GW_ROW_RUINED ? GW_SCORE_RUINED : GW_SCORE_NOT_RUN;
    } else if (isnan(value)) {
        score.rank = GW_SCORE_UNDEFINED;
    } else {
        score.rank = met ? GW_SCORE_MET : GW_SCORE_UNMET;
        score.value = objective->maximize ? value : -value;
    }
    return score;
}

double gw_score_objective(const struct gw_objective *objective,
                          const struct gw_score *score)
{
    if (score->rank > GW_SCORE_UNMET) {
        return NAN;
    }
    return objective->maximize ? score->value : -score->value;
}

bool gw_score_before(const struct gw_score *a, const struct gw_score *b)
{
    if (a->rank != b->rank) {
        return a->rank < b->rank;
    }
    if (a->value != b->value) {
        return a->value > b->value;
    }
    return a->k < b->k;
}

void gw_select_print(const struct gw_objective *objective, struct gw_text *out)
{
    static const char *const plateau[] = {"mean", "min", "median"};
    char number[32];
    switch (objective->select) {
    case GW_SELECT_BEST:
        gw_text_printf(out, "best");
        break;
    case GW_SELECT_PLATEAU:
        gw_text_printf(out, "plateau %" PRId64 " %s", objective->radius,
                       plateau[objective->plateau]);
        break;
    case GW_SELECT_TOP:
        gw_text_printf(out, "top %" PRId64, objective->top);
        break;
    case GW_SELECT_KEEP:
        gw_format_double(objective->tolerance, number, sizeof number);
        gw_text_printf(out, "keep %s", number);
        break;
    }
}

void gw_objective_clear(struct gw_objective *objective)
{
    gw_graph_free(objective->graph);
    free(objective->require);
    *objective = (struct gw_objective){0};
}
