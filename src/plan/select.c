#include "gridwalk/plan/objective.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- expressions ---- */

/*
 * The kernels know no infinities: what is infinite over bars is a fault of the data. A
 * metric may be infinite, as profit_factor is without a loss, and such a row is not to
 * fail `profit_factor > 1`. So what has an infinite operand is computed here.
 */
static double add(double a, double b)
{
    return a + b;
}

static double subtract(double a, double b)
{
    return a - b;
}

static double multiply(double a, double b)
{
    return a * b;
}

static double divide(double a, double b)
{
    return b == 0 ? NAN : a / b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double is_above(double a, double b)
{
    return a > b;
}

static double is_below(double a, double b)
{
    return a < b;
}

static double is_above_or_same(double a, double b)
{
    return a >= b;
}

static double is_below_or_same(double a, double b)
{
    return a <= b;
}

static double is_same(double a, double b)
{
    return a == b;
}

static const struct {
    const char *name;
    double (*of)(double a, double b);
} infinite_table[] = {
    {"+", add},       {"-", subtract}, {"*", multiply},          {"/", divide},
    {"min", smaller}, {"max", larger}, {">", is_above},          {">=", is_above_or_same},
    {"<", is_below},  {"==", is_same}, {"<=", is_below_or_same},
};

static double call_infinite(const struct gw_function *function,
                            const double *const *operand)
{
    double a = *operand[0];
    if (function->series == 1) {
        return function->is_operator ? -a : fabs(a);
    }
    double b = *operand[1];
    if (function->series == 3) { /* where */
        return isnan(a) ? NAN : a != 0 ? b : *operand[2];
    }
    for (size_t i = 0; i < sizeof infinite_table / sizeof infinite_table[0]; i++) {
        if (strcmp(function->name, infinite_table[i].name) == 0) {
            return isnan(a) || isnan(b) ? NAN : infinite_table[i].of(a, b);
        }
    }
    return NAN;
}

static double call(const struct gw_node *node, const double *value)
{
    const double *operand[GW_MAX_SERIES];
    double result;
    bool infinite = false;
    for (unsigned i = 0; i < node->function->series; i++) {
        operand[i] = &value[node->series[i]];
        infinite = infinite || isinf(*operand[i]);
    }
    if (infinite) {
        return call_infinite(node->function, operand);
    }
    node->function->kernel(operand, NULL, 1, &result);
    return result;
}

/* All nodes, in their order: operands come before what uses them. */
static void
evaluate(const struct gw_objective *objective, const double *metric, double *value)
{
    int32_t count = (int32_t)gw_graph_count(objective->graph);
    for (int32_t i = 0; i < count; i++) {
        const struct gw_node *node = gw_graph_node(objective->graph, i);
        value[i] = node->kind == GW_NODE_CONSTANT ? node->value
                   : node->kind == GW_NODE_PARAMETER
                       ? metric[objective->operand[node->index]]
                       : call(node, value);
    }
}

/* Apart, so that a plain metric does not pay for the room. */
static double evaluate_value(const struct gw_objective *objective, const double *metric)
{
    double node[GW_MAX_NODES];
    evaluate(objective, metric, node);
    return node[objective->value];
}

static bool evaluate_bounds(const struct gw_objective *objective, const double *metric)
{
    double node[GW_MAX_NODES];
    bool met = true;
    evaluate(objective, metric, node);
    for (size_t i = 0; i < objective->requires; i++) {
        met = met && node[objective->require[i]] == 1;
    }
    return met;
}

double gw_objective_value(const struct gw_objective *objective, const double *metric)
{
    double value = objective->metric != GW_METRICS ? metric[objective->metric]
                                                   : evaluate_value(objective, metric);
    return isnan(value) ? NAN : value; /* whatever sign a processor gives its own */
}

bool gw_objective_met(const struct gw_objective *objective, const double *metric)
{
    return objective->requires == 0 || evaluate_bounds(objective, metric);
}

/* ---- scores ---- */

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
