#include "plan_fixture.h"

#include "gridwalk/base/text.h"

#define BASE FIXTURE_STRATEGY(FIXTURE_TARGET)
#define ALL BASE "metrics: all\n"
#define WALK "walk_forward: {train: 5, test: 5}\n"
#define SELECT                                                                           \
    "objective.select must be best, {plateau: {radius: 1, by: mean}}, {top: N} "

static void a_metric_alone_needs_no_graph(void)
{
    struct gw_experiment *e = fixture_parse(BASE);
    CU_ASSERT_EQUAL(e->objective.metric, GW_METRIC_sharpe);
    CHECK_TEXT(e->objective.text, "sharpe");
    CU_ASSERT_PTR_NULL(e->objective.graph);
    CU_ASSERT_EQUAL(e->objective.operands, 0);
    CU_ASSERT_EQUAL(e->objective.on, GW_TRAIN);
    CU_ASSERT_EQUAL(e->objective.select, GW_SELECT_BEST);
    CU_ASSERT_EQUAL(e->objective.top, 1);
    CU_ASSERT_FALSE(e->objective.otherwise_best);
    gw_experiment_free(e);
    e = fixture_parse(BASE "objective: {minimize: ulcer}\n"); /* always computed */
    CU_ASSERT_EQUAL(e->objective.metric, GW_METRIC_ulcer);
    CU_ASSERT_FALSE(e->objective.maximize);
    CU_ASSERT_PTR_NULL(e->objective.graph);
    gw_experiment_free(e);
}

/* Rows of what the expression names, and what it comes to by hand. */
static void rows_are_scored_by_the_expression(void)
{
    static const struct {
        double sharpe, ulcer, trades, value;
        int rank;
    } row[] = {
        {1.5, 0.5, 10, 1.25, GW_SCORE_MET},
        {1.5, 0.5, 9, 1.25, GW_SCORE_UNMET},
        {1.5, 0.5, NAN, 1.25, GW_SCORE_UNMET}, /* a bound on what is undefined */
        {1.5, 0.5, INFINITY, 1.25, GW_SCORE_MET},
        {0.9, 0.5, 10, 0.65, GW_SCORE_UNMET},
        {1, 0.5, 10, 0.75, GW_SCORE_UNMET},         /* not above, but the same */
        {1 + 1e-13, 0.5, 10, 0.75, GW_SCORE_UNMET}, /* but for rounding */
        {NAN, 0.5, 10, NAN, GW_SCORE_UNDEFINED},
        {1.5, NAN, 10, NAN, GW_SCORE_UNDEFINED},
        {INFINITY, 0.5, 10, INFINITY, GW_SCORE_MET},
        {INFINITY, INFINITY, 10, NAN, GW_SCORE_UNDEFINED},
        {1.5, INFINITY, 10, -INFINITY, GW_SCORE_MET},
    };
    static const char *const direction[] = {"maximize", "minimize"};
    for (size_t d = 0; d < 2; d++) {
        char text[400];
        snprintf(text, sizeof text,
                 ALL "objective:\n  %s: sharpe - 0.5 * ulcer\n"
                     "  require: [trades >= 10, sharpe > 1]\n",
                 direction[d]);
        struct gw_experiment *e = fixture_parse(text);
        const struct gw_objective *objective = &e->objective;
        CU_ASSERT_EQUAL(objective->metric, GW_METRICS);
        CHECK_TEXT(objective->text, "sharpe - 0.5 * ulcer");
        CU_ASSERT_EQUAL(objective->operands, 3);
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
            double metric[GW_METRICS];
            for (size_t m = 0; m < GW_METRICS; m++) {
                metric[m] = -99;
            }
            metric[GW_METRIC_sharpe] = row[i].sharpe;
            metric[GW_METRIC_ulcer] = row[i].ulcer;
            metric[GW_METRIC_trades] = row[i].trades;
            struct gw_score score = gw_score_of(objective, GW_ROW_OK, metric, true, i);
            CU_ASSERT_EQUAL(score.rank, row[i].rank);
            CU_ASSERT_EQUAL(score.k, i);
            CHECK_CLOSE(gw_score_objective(objective, &score), row[i].value, 1e-12);
            double sign = d == 0 ? 1 : -1;
            CHECK_CLOSE(score.value, isnan(row[i].value) ? 0 : sign * row[i].value,
                        1e-12);
            score = gw_score_of(objective, GW_ROW_OK, metric, false, i);
            CU_ASSERT_EQUAL(score.rank,
                            row[i].rank == GW_SCORE_UNMET ? GW_SCORE_MET : row[i].rank);
            score = gw_score_of(objective, GW_ROW_RUINED, metric, true, i);
            CU_ASSERT_EQUAL(score.rank, GW_SCORE_RUINED);
            CU_ASSERT_TRUE(isnan(gw_score_objective(objective, &score)));
            score = gw_score_of(objective, GW_ROW_FAILED, metric, true, i);
            CU_ASSERT_EQUAL(score.rank, GW_SCORE_NOT_RUN);
        }
        gw_experiment_free(e);
    }
}

/* Each operator and function with what is finite, infinite and undefined. */
static void infinite_metrics_are_numbers(void)
{
    static const struct {
        const char *text;
        double calmar, omega, value;
    } row[] = {
        {"calmar + omega", INFINITY, 1, INFINITY},
        {"calmar + omega", INFINITY, -INFINITY, NAN},
        {"calmar - omega", 1, INFINITY, -INFINITY},
        {"calmar * omega", -INFINITY, 2, -INFINITY},
        {"calmar * omega", INFINITY, 0, NAN},
        {"calmar / omega", 5, INFINITY, 0},
        {"calmar / omega", INFINITY, -2, -INFINITY},
        {"calmar / omega", INFINITY, 0, NAN},
        {"calmar / omega", 1, 0, NAN},
        {"-calmar + 0 * omega", INFINITY, 1, -INFINITY},
        {"abs(calmar) + omega", -INFINITY, 1, INFINITY},
        {"min(calmar, omega)", INFINITY, 3, 3},
        {"min(calmar, omega)", INFINITY, NAN, NAN},
        {"max(calmar, omega)", 3, INFINITY, INFINITY},
        {"max(calmar, omega)", -INFINITY, 3, 3},
        {"where(calmar > omega, 1, 2)", INFINITY, 3, 1},
        {"where(calmar < omega, 1, 2)", INFINITY, 3, 2},
        {"where(calmar >= omega, 1, 2)", 3, INFINITY, 2},
        {"where(calmar >= omega, 1, 2)", INFINITY, INFINITY, 1},
        {"where(calmar <= omega, 1, 2)", INFINITY, INFINITY, 1},
        {"where(calmar <= omega, 1, 2)", INFINITY, 5, 2},
        {"where(calmar == omega, 1, 2)", INFINITY, INFINITY, 1},
        {"where(calmar == omega, 1, 2)", INFINITY, NAN, NAN},
        {"where(omega > 0, calmar, omega)", -INFINITY, 1, -INFINITY},
        {"where(omega > 0, 7, calmar)", -INFINITY, 1, 7},
        {"where(not omega > 0 or omega > 5, calmar, 7)", INFINITY, 1, 7},
        {"where(omega > 0, calmar, omega)", INFINITY, NAN, NAN},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[300];
        snprintf(text, sizeof text, ALL "objective:\n  maximize: %s\n", row[i].text);
        struct gw_experiment *e = fixture_parse(text);
        double metric[GW_METRICS] = {0};
        metric[GW_METRIC_calmar] = row[i].calmar;
        metric[GW_METRIC_omega] = row[i].omega;
        double value = gw_objective_value(&e->objective, metric);
        if (!check_close(value, row[i].value, 0)) {
            fprintf(stderr, "%s: %g\n", row[i].text, value);
        }
        CU_ASSERT_TRUE(check_close(value, row[i].value, 0));
        gw_experiment_free(e);
    }
}

static void bounds_go_with_a_plain_metric(void)
{
    struct gw_experiment *e = fixture_parse(
        BASE "objective: {maximize: var_95, require: [var_95 < 0.2, trades > 0 and not "
             "total_return < -0.5], otherwise: best}\nmetrics: [trades, total_return]\n");
    double metric[GW_METRICS] = {0};
    CU_ASSERT_EQUAL(e->objective.metric, GW_METRIC_var_95);
    CU_ASSERT_EQUAL(e->objective.requires, 2);
    CU_ASSERT_TRUE(e->objective.otherwise_best);
    CU_ASSERT_EQUAL(e->metrics, 3);
    metric[GW_METRIC_var_95] = 0.1;
    metric[GW_METRIC_trades] = 1;
    CU_ASSERT_EQUAL(gw_score_of(&e->objective, GW_ROW_OK, metric, true, 0).rank,
                    GW_SCORE_MET);
    metric[GW_METRIC_total_return] = -0.6;
    CU_ASSERT_EQUAL(gw_score_of(&e->objective, GW_ROW_OK, metric, true, 0).rank,
                    GW_SCORE_UNMET);
    CU_ASSERT_EQUAL(gw_objective_value(&e->objective, metric), 0.1);
    gw_experiment_free(e);
}

static void validation_is_chosen_on_where_there_is_one(void)
{
    static const struct {
        const char *objective;
        enum gw_segment on;
    } row[] = {{"", GW_VALIDATION},
               {"objective: {minimize: costs}\n", GW_VALIDATION},
               {"objective: {minimize: costs, on: validation}\n", GW_VALIDATION},
               {"objective: {minimize: costs, on: train}\n", GW_TRAIN}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 BASE "walk_forward: {train: 5, validation: 3, test: 5}\n%s",
                 row[i].objective);
        struct gw_experiment *e = fixture_parse(text);
        CU_ASSERT_EQUAL(e->objective.on, row[i].on);
        gw_experiment_free(e);
    }
}

static void says_how_it_selects(void)
{
    static const struct {
        const char *select, *expected;
    } row[] = {
        {"best", "best"},
        {"{plateau: {}}", "plateau 1 mean"},
        {"{plateau: {radius: 100, by: median}}", "plateau 100 median"},
        {"{plateau: {by: min}}", "plateau 1 min"},
        {"{top: 5}", "top 5"},
        {"{top: 100}", "top 100"},
        {"{keep: {tolerance: 0.1}}", "keep 0.1"},
        {"{keep: {tolerance: 0}}", "keep 0"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[300];
        struct gw_text out = {0};
        snprintf(text, sizeof text, BASE "objective: {maximize: sharpe, select: %s}\n",
                 row[i].select);
        struct gw_experiment *e = fixture_parse(text);
        gw_select_print(&e->objective, &out);
        CHECK_TEXT(out.data, row[i].expected);
        CU_ASSERT_EQUAL(e->objective.top, i == 4 ? 5 : i == 5 ? 100 : 1);
        gw_text_clear(&out);
        gw_experiment_free(e);
    }
}

/* Only what is not the default is written. */
static void the_canonical_form_has_what_is_said(void)
{
    static const struct {
        const char *objective, *expected;
    } row[] = {
        {"maximize: calmar, otherwise: cash, on: train, select: best",
         "objective.maximize=calmar\nmetrics="},
        {"minimize: ( sharpe-50e-2*ulcer)",
         "objective.minimize=sharpe - 0.5 * ulcer\nmetrics="},
        {"select: {keep: {tolerance: 0.25}}, otherwise: best, require: [trades>=1e1, "
         "not(omega <1)], maximize: sharpe",
         "objective.maximize=sharpe\nobjective.require=trades >= 10\n"
         "objective.require=not omega < 1\nobjective.otherwise=best\n"
         "objective.select=keep 0.25\nmetrics="},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[400];
        struct gw_text out = {0};
        snprintf(text, sizeof text, ALL WALK "objective: {%s}\n", row[i].objective);
        struct gw_experiment *e = fixture_parse(text);
        gw_experiment_canonical(e, &out);
        const char *begin = strstr(out.data, "objective.");
        CU_ASSERT_PTR_NOT_NULL_FATAL(begin);
        char *end = strstr(begin, "metrics=");
        CU_ASSERT_PTR_NOT_NULL_FATAL(end);
        end[strlen("metrics=")] = '\0';
        CHECK_TEXT(begin, row[i].expected);
        gw_text_clear(&out);
        gw_experiment_free(e);
    }
}

/* The segment is said where it is not the one that is chosen on anyway. */
static void the_canonical_form_has_a_segment_that_is_not_the_default(void)
{
    struct gw_experiment *e = fixture_parse(BASE WALK);
    struct gw_text out = {0};
    e->walk_forward.segments = 3;
    e->objective.on = GW_VALIDATION;
    gw_experiment_canonical(e, &out);
    CU_ASSERT_PTR_NULL(strstr(out.data, "objective.on"));
    e->objective.on = GW_TRAIN;
    gw_experiment_canonical(e, &out);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.data, "\nobjective.on=train\nmetrics="));
    gw_text_clear(&out);
    gw_experiment_free(e);
}

static void refuses_bad_expressions(void)
{
    static const struct fixture_bad bad[] = {
        {ALL "objective: {maximize: sharpee}\n",
         "5:23: unknown metric 'sharpee'; did you mean 'sharpe'?"},
        {ALL "objective:\n  maximize: sharpe - 0.5 * ulcr\n",
         "6:28: unknown metric 'ulcr'; did you mean 'ulcer'?"},
        {ALL "objective:\n  maximize: 'sharpe - ulcr'\n",
         "6:23: unknown metric 'ulcr'; did you mean 'ulcer'?"},
        {ALL "objective: {maximize: sharpe, require: [trades >= 10, exposre > 0]}\n",
         "5:55: unknown metric 'exposre'; did you mean 'exposure'?"},
        {ALL "objective: {maximize: sharpe > 1}\n",
         "5:23: this must be a number, but 'sharpe > 1' is true/false"},
        {ALL "objective: {maximize: sharpe, require: [trades]}\n",
         "5:41: this must be true/false, but 'trades' is a number"},
        {ALL "objective:\n  maximize: sma(sharpe, 3)\n",
         "6:13: 'sma' works over bars, but objective.maximize is made of metrics of a "
         "row"},
        {ALL "objective:\n  minimize: costs + close\n",
         "6:21: 'close' works over bars, but objective.minimize is made of metrics of a "
         "row"},
        {ALL "objective:\n  maximize: raw.close * sharpe\n",
         "6:13: 'raw' works over bars, but objective.maximize is made of metrics of a "
         "row"},
        {ALL "objective:\n  maximize: log(sharpe)\n",
         "6:13: unknown function 'log'; did you mean 'lag'?"},
        {ALL "objective:\n  maximize: sharpe(3)\n", "6:13: 'sharpe' is not a function"},
        {ALL "objective:\n  maximize: 1 + 2\n",
         "6:13: objective.maximize names no metric: it is the same for all rows"},
        {ALL "objective: {maximize: 1}\n",
         "5:23: objective.maximize names no metric: it is the same for all rows"},
        {ALL "objective: {maximize: sharpe, require: [2 > 1]}\n",
         "5:41: objective.require names no metric: it is the same for all rows"},
        {ALL "objective:\n  maximize: sharpe -\n",
         "6:21: the expression ends where a number, a name or '(' should follow"},
        {ALL "objective: {maximize: max(sharpe, calmar)}\n",
         "5:33: this comma ended the value; quote the expression or put it on its own "
         "line"},
        {ALL "objective: {maximize: sharpe, require: [max(trades, orders) > 1]}\n",
         "5:51: this comma ended the value; quote the expression or put it on its own "
         "line"},
        {ALL "objective: {maximize: sharpe, require: [[trades > 1]]}\n",
         "5:41: an expression should stand here, not a list; quote it if it begins with "
         "[ or {"},
        {ALL "objective: {maximize: sharpe, require: []}\n",
         "5:40: objective.require is empty; leave it out"},
        {ALL "objective: {maximize: sharpe, require: trades > 1}\n",
         "5:40: objective.require must be a list, not 'trades > 1'"},
        /* what is not computed */
        {BASE "objective:\n  maximize: sharpe - 0.5 * ulcer\n",
         "5:28: objective.maximize needs ulcer, which is not computed; add ulcer to "
         "metrics"},
        {BASE "metrics: [calmar]\nobjective: {maximize: sharpe, require: [trades >= "
              "10]}\n",
         "5:41: objective.require needs trades, which is not computed; add trades to "
         "metrics"},
        {ALL "objective: {maximize: sharpe, require: [var_95 < 1]}\n",
         "5:41: objective.require needs var_95, which is not computed; add var_95 to "
         "metrics"},
    };
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
}

static void refuses_more_than_the_graph_holds(void)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "bundle: b.h5\nstrategy: {target: close}\nmetrics: all\n"
                          "objective:\n  maximize: 0");
    for (size_t m = 0; m < GW_METRICS; m++) {
        if (gw_metric_info[m].set != 'R') {
            gw_text_printf(&text, " + %s", gw_metric_info[m].name);
        }
    }
    struct gw_experiment *experiment;
    struct gw_error err;
    CU_ASSERT_EQUAL(fixture_try(text.data, NULL, &experiment, &err), GW_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "the objective names more than 32 metrics"));
    gw_text_clear(&text);
    gw_text_printf(&text, "bundle: b.h5\nstrategy: {target: close}\nobjective:\n"
                          "  maximize: sharpe");
    for (size_t i = 0; i < 249; i++) {
        gw_text_printf(&text, " +1");
    }
    gw_text_printf(&text, " + 1 ");
    CU_ASSERT_EQUAL(fixture_try(text.data, NULL, &experiment, &err), GW_OK);
    gw_experiment_free(experiment);
    for (size_t i = 0; i < 100; i++) {
        gw_text_printf(&text, " + 1");
    }
    CU_ASSERT_EQUAL(fixture_try(text.data, NULL, &experiment, &err), GW_CONFIG);
    CHECK_TEXT(err.text,
               "dir/exp.yaml:4:13: the expression is longer than 1000 characters");
    gw_text_clear(&text);
}

static void folded_text_is_as_good(void)
{
    static const char *const text[] = {BASE "objective:\n  maximize: >\n    calmar\n",
                                       BASE "objective:\n  minimize: >\n    calmar -\n"
                                            "    sharpe\n"};
    struct gw_experiment *e = fixture_parse(text[0]);
    CU_ASSERT_EQUAL(e->objective.metric, GW_METRIC_calmar);
    CHECK_TEXT(e->objective.text, "calmar");
    gw_experiment_free(e);
    e = fixture_parse(text[1]);
    CU_ASSERT_EQUAL(e->objective.metric, GW_METRICS);
    CHECK_TEXT(e->objective.text, "calmar - sharpe");
    gw_experiment_free(e);
}

static void refuses_bad_choices(void)
{
    static const struct fixture_bad bad[] = {
        {BASE "objective: {maximize: sharpe, minimize: costs, select: best}\n",
         "4:1: objective is either maximize or minimize, not both"},
        {BASE "objective: {maximize: sharpe, select: worst}\n",
         "4:39: " SELECT "or {keep: {tolerance: T}}"},
        {BASE "objective: {maximize: sharpe, select: [best]}\n",
         "4:39: " SELECT "or {keep: {tolerance: T}}"},
        {BASE "objective: {maximize: sharpe, select: {}}\n",
         "4:39: " SELECT "or {keep: {tolerance: T}}"},
        {BASE "objective: {maximize: sharpe, select: {top: 2, plateau: {}}}\n",
         "4:39: " SELECT "or {keep: {tolerance: T}}"},
        {BASE "objective: {maximize: sharpe, select: {platau: {}}}\n",
         "4:40: unknown key 'platau' in objective.select; did you mean 'plateau'?"},
        {BASE "objective: {maximize: sharpe, select: {plateau: {radius: 0}}}\n",
         "4:58: plateau.radius must be from 1 to 100, not '0'"},
        {BASE "objective: {maximize: sharpe, select: {plateau: {radius: 101}}}\n",
         "4:58: plateau.radius must be from 1 to 100, not '101'"},
        {BASE "objective: {maximize: sharpe, select: {plateau: {by: max}}}\n",
         "4:54: plateau.by must be mean, min or median, not 'max'"},
        {BASE "objective: {maximize: sharpe, select: {top: 101}}\n",
         "4:45: top must be from 1 to 100, not '101'"},
        {BASE "objective: {maximize: sharpe, select: {keep: {tolerance: 1.1}}}\n",
         "4:58: keep.tolerance must be from 0 to 1, not '1.1'"},
        {BASE "objective: {maximize: sharpe, select: {keep: {}}}\n",
         "4:40: the key 'keep.tolerance' is missing (how much worse than the best it may "
         "be, a share of that)"},
        {BASE "objective: {maximize: sharpe, otherwise: worst}\n",
         "4:42: objective.otherwise must be cash or best, not 'worst'"},
        {BASE WALK "objective: {maximize: sharpe, on: test}\n",
         "5:35: objective.on must be train or validation, not 'test'"},
        {BASE WALK "objective: {maximize: sharpe, on: validation}\n",
         "5:35: objective.on is validation, but no window has one; give "
         "walk_forward.validation or choose on train"},
        {BASE "objective: {maximize: sharpe, on: validation}\n",
         "4:35: objective.on is validation, but no window has one; give "
         "walk_forward.validation or choose on train"},
        /* what keep leaves out */
        {BASE "output: {keep: {top: 9}}\nobjective: {maximize: sharpe, select: {plateau: "
              "{}}}\n",
         "5:31: objective.select: plateau may choose what output.keep: {top: 9} leaves "
         "out; use output.keep: all"},
        {BASE "output: {keep: {top: 9}}\nobjective: {maximize: sharpe, select: {keep: "
              "{tolerance: 0}}}\n",
         "5:31: objective.select: keep may choose what output.keep: {top: 9} leaves out; "
         "use output.keep: all"},
        {BASE "output: {keep: {top: 9}}\nobjective: {maximize: sharpe, select: {top: "
              "10}}\n",
         "5:31: objective.select: {top: 10} chooses more than output.keep: {top: 9} "
         "keeps"},
    };
    fixture_refuse_all(bad, sizeof bad / sizeof bad[0]);
    gw_experiment_free(fixture_parse(BASE "output: {keep: {top: 9}}\nobjective: "
                                          "{maximize: sharpe, select: {top: 9}}\n"));
}

/* 17 bytes each of 61680 fit into 1 MiB, of 61681 they do not. */
static void a_plateau_must_fit_into_memory(void)
{
    struct fixture_market market = fixture_market(50, 1, NULL);
    for (int count = 61680; count <= 61681; count++) {
        char text[400];
        struct gw_plan *plan;
        struct gw_error err;
        snprintf(
            text, sizeof text,
            FIXTURE_STRATEGY(
                FIXTURE_TARGET
                "  parameters: {n: {from: 1, to: %d}}\n") "limits: {memory: 1M}\n"
                                                          "objective: {maximize: sharpe, "
                                                          "select: {plateau: {}}}\n",
            count);
        struct gw_experiment *experiment = fixture_parse(text);
        enum gw_status status = fixture_plan(experiment, &market, &plan, &err);
        CU_ASSERT_EQUAL(status, count == 61680 ? GW_OK : GW_CONFIG);
        if (status != GW_OK) {
            CHECK_TEXT(err.text, "dir/exp.yaml:6:31: objective.select: plateau takes 2M "
                                 "for the 61681 combinations of the grid; limits.memory "
                                 "is 1M");
        }
        gw_plan_free(plan);
        gw_experiment_free(experiment);
    }
    fixture_market_free(&market);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"a_metric_alone_needs_no_graph", a_metric_alone_needs_no_graph},
        {"rows_are_scored_by_the_expression", rows_are_scored_by_the_expression},
        {"infinite_metrics_are_numbers", infinite_metrics_are_numbers},
        {"bounds_go_with_a_plain_metric", bounds_go_with_a_plain_metric},
        {"validation_is_chosen_on_where_there_is_one",
         validation_is_chosen_on_where_there_is_one},
        {"says_how_it_selects", says_how_it_selects},
        {"the_canonical_form_has_what_is_said", the_canonical_form_has_what_is_said},
        {"the_canonical_form_has_a_segment_that_is_not_the_default",
         the_canonical_form_has_a_segment_that_is_not_the_default},
        {"refuses_bad_expressions", refuses_bad_expressions},
        {"refuses_more_than_the_graph_holds", refuses_more_than_the_graph_holds},
        {"folded_text_is_as_good", folded_text_is_as_good},
        {"refuses_bad_choices", refuses_bad_choices},
        {"a_plateau_must_fit_into_memory", a_plateau_must_fit_into_memory},
    };
    return CHECK_RUN("objective", tests);
}
