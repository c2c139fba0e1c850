#include "show_fixture.h"

#define PATH "test_show_forward.h5"

/* The days of the first test's begin and of the last one's end, as in STRATEGY WALK. */
enum { FIRST_DAY = 11502, LAST_DAY = 11711, BARS = 150 };

/* Worked out by hand from show_cell: window 0 ranks 0 1 2 in train as in test; window 2
 * ranks 1 0 2 in train and 2 1 0 in test, 1 - 6 * 6 / (3 * 8) = -0.5. */
static void stand(struct gw_results *results)
{
    PUT(results->edge, (int8_t[]){0, 0, 1});
    PUT(results->test_rank, (int64_t[]){1, -1, 2});
    PUT(results->test_ranked, (int64_t[]){3, 0, 3});
    PUT(results->rank_correlation, (double[]){1, NAN, -0.5});
}

static void record(struct gw_results *results)
{
    static const double number[5][6] = {
        {0.2, 0.35, 0.1, 1.25, -0.05, 12},   {0.1, 0.17, 0.11, 0.5, -0.125, 8},
        {0.9, 1.75, 0.2, 3.125, -0.01, 30},  {-0.25, -0.4, 0.3, -1.5, -0.5, NAN},
        {0.0625, 0.11, 0.15, 0.75, -1, NAN},
    };
    static const enum gw_metric metric[] = {GW_METRIC_total_return, GW_METRIC_cagr,
                                            GW_METRIC_volatility,   GW_METRIC_sharpe,
                                            GW_METRIC_max_drawdown, GW_METRIC_trades};
    stand(results);
    results->records = 5;
    results->times = BARS;
    PUT(results->record, (char[5][GW_NAME_SIZE]){"selected", "median", "hindsight",
                                                 "buy_and_hold", "benchmark"});
    PUT(results->time, (int32_t[BARS]){[0] = FIRST_DAY, [BARS - 1] = LAST_DAY});
    results->oos_metric = gw_realloc(results->oos_metric, 5, sizeof *results->oos_metric);
    for (size_t r = 0; r < 5; r++) {
        for (size_t m = 0; m < GW_METRICS; m++) {
            results->oos_metric[r][m] = 77;
        }
        for (size_t m = 0; m < 6; m++) {
            results->oos_metric[r][metric[m]] = number[r][m];
        }
    }
    results->profitable_windows = 0.5;
    results->efficiency = 0.375;
    PUT(results->drift, (struct gw_drift[]){{1.25, 1.0 / 3, 2.0 / 3}, {0.5, 0, 1}});
}

static void check_windows(const char *yaml, show_fill *fill, const char *expected)
{
    char *text = show_text(yaml, PATH, fill, &(struct gw_show_options){.windows = true});
    CHECK_TEXT(text, expected);
    free(text);
}

static void check_part(show_fill *fill, struct gw_show_options options, const char *part)
{
    char *text = show_text(STRATEGY WALK, PATH, fill, &options);
    if (strstr(text, part) == NULL) {
        fprintf(stderr, "%s\nlacks: %s\n", text, part);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
    free(text);
}

#define HEADING                                                                          \
    "sweep: 4 combinations x 3 windows, 2001-02-09 to 2002-01-24, maximize sharpe\n\n"

static void shows_windows_and_the_record(void)
{
    check_windows(
        STRATEGY WALK, record,
        HEADING
        "selected by sharpe in train; sharpe in train and test, total_return in test:\n"
        "  window  train from  test from   test to     combo  fast  slow   train    test "
        " return  rank   corr\n"
        "  ------  ----------  ----------  ----------  -----  ----  ----  ------  ------ "
        " ------  ----  -----\n"
        "       0  2001-02-09  2001-06-29  2001-09-06     2     10    20  1.5000  0.5000 "
        " 0.3000   1/3   1.00\n"
        "       1  2001-04-20  2001-09-07  2001-11-15  cash      -     -       -       - "
        "      -     -    n/a\n"
        "       2  2001-06-29  2001-11-16  2002-01-24     1*     5    30  1.5000  0.2500 "
        " 0.2000   2/3  -0.50\n"
        "* at an edge of the grid: a wider range may hold better ones\n"
        "cash: no combination to choose; none met `require`, or none has an objective\n"
        "rank: by sharpe in test, of those that have one; corr: of their "
        "ranks in train "
        "with those in test\n"
        "mean: sharpe 1.5000 in train, 0.3750 in test; cash in 1 of 3\n"
        "\n"
        "out of sample, 2001-06-29 to 2002-01-24, 150 bars: the tests of 3 windows, end "
        "to end:\n"
        "  record        total_return     cagr  volatility   sharpe  max_drawdown  "
        "trades\n"
        "  ------------  ------------  -------  ----------  -------  ------------  "
        "------\n"
        "  selected            0.2000   0.3500      0.1000   1.2500       -0.0500      "
        "12\n"
        "  median              0.1000   0.1700      0.1100   0.5000       -0.1250       "
        "8\n"
        "  hindsight           0.9000   1.7500      0.2000   3.1250       -0.0100      "
        "30\n"
        "  buy_and_hold       -0.2500  -0.4000      0.3000  -1.5000       -0.5000     "
        "n/a\n"
        "  benchmark           0.0625   0.1100      0.1500   0.7500       -1.0000     "
        "n/a\n"
        "hindsight: each window's best by sharpe in test, which nobody could know; "
        "median: the middle one\n"
        "buy_and_hold: all assets, equal amounts, bought once, no costs, no trades "
        "counted; benchmark: that asset, too\n"
        "windows that gained in test: 50.0 % of the 2 that chose\n"
        "walk-forward efficiency: 0.38, the choices' mean return a bar in test over that "
        "in train\n"
        "mean rank correlation: 0.25 between train and test; at 0 choosing by train told "
        "nothing of test\n"
        "compare walk-forwards by the sharpe of `selected`: it foretells more than their "
        "efficiency does\n");
}

/* Neither chosen nor defined: what the cells say is explained. */
static void all_cash(struct gw_results *results)
{
    record(results);
    PUT(results->selected, (int64_t[]){-1, -1, -1});
    PUT(results->test_rank, (int64_t[]){-1, -1, -1});
    results->records = 4;
    results->profitable_windows = results->efficiency = NAN;
}

static void undefined(struct gw_results *results)
{
    record(results);
    PUT(results->selected, (int64_t[]){3, -1, 1});
    memcpy(results->select, "keep 0.1 on train", sizeof "keep 0.1 on train");
}

static void explains_what_is_not_there(void)
{
    const struct gw_show_options options = {.windows = true};
    check_part(all_cash, options,
               "cash in 3 of 3\n\nout of sample, 2001-06-29 to 2002-01-24");
    check_part(all_cash, options,
               "bought once, no costs, no trades counted\n"
               "no window chose a combination: `selected` is cash\n"
               "mean rank correlation: 0.25");
    check_part(undefined, options,
               "selected by sharpe in train (keep 0.1); sharpe in train and test");
    check_part(undefined, options,
               "n/a: undefined, as the sharpe of a segment without trades; the means "
               "leave it out\nrank:");
}

static void long_names(struct gw_results *results)
{
    record(results);
    memcpy(results->parameter[0], "days_of_quick", sizeof "days_of_quick");
}

static void longer_names(struct gw_results *results)
{
    long_names(results);
    memcpy(results->parameter[1], "days_of_calm", sizeof "days_of_calm");
}

/* 9 columns more than with short names, then 17. */
static void leaves_out_days_that_have_no_room(void)
{
    const struct gw_show_options options = {.windows = true};
    check_part(long_names, options,
               "  window  test from   test to     combo  days_of_quick  slow ");
    check_part(long_names, options, "\n       0  2001-06-29  2001-09-06     2 ");
    check_part(longer_names, options,
               "  window  test from   combo  days_of_quick  days_of_calm ");
    check_part(longer_names, options, "\n       0  2001-06-29     2 ");
}

static void on_validation(struct gw_results *results)
{
    record(results);
    results->on = GW_VALIDATION;
    PUT(results->selected, (int64_t[]){2, -1, 1});
}

/* Bars 129 and 229 begin the validations, 149 and 249 the tests, which end at 198 and
 * 298. */
static void shows_what_validation_chose(void)
{
    const char *yaml =
        STRATEGY "walk_forward: {train: 100, validation: 20, test: 50, step: 50}\n";
    char *text = show_text(yaml, PATH, on_validation,
                           &(struct gw_show_options){.top = 1, .window = 2});
    static const char *const part[] = {
        "selected by sharpe in validation; sharpe in validation and test, total_return "
        "in "
        "test:\n"
        "  window  valid from  test from   test to     combo  fast  slow   valid    test "
        " return  rank   corr\n",
        "       0  2001-06-29  2001-07-27  2001-10-04     2     10    20  2.5000  0.5000 "
        " 0.3000   1/3   1.00\n",
        "       2  2001-11-16  2001-12-14  2002-02-21     1*     5    30  2.2500  0.2500 "
        " 0.2000   2/3  -0.50\n",
        "corr: of their ranks in validation with those in test\n"
        "mean: sharpe 2.3750 in validation, 0.3750 in test; cash",
        "over that in validation\n",
        "between validation and test; at 0 choosing by validation told",
        "sharpe in validation, window 2: defined",
        "best 1 by sharpe in window 2, validation 2001-11-16 to 2001-12-13:\n",
        "     1      2    10    20  2.5000       0.5000        0.3000",
    };
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        if (strstr(text, part[i]) == NULL) {
            fprintf(stderr, "%s\nlacks: %s\n", text, part[i]);
        }
        CU_ASSERT_PTR_NOT_NULL(strstr(text, part[i]));
    }
    free(text);
    text = show_text(yaml, PATH, on_validation,
                     &(struct gw_show_options){.parameters = true, .window = 2});
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    10        1       2.5000"));
    free(text);
}

static void ensemble(struct gw_results *results)
{
    stand(results);
    results->picks = 3;
    PUT(results->selected, (int64_t[]){2, 1, 0, -1, -1, -1, 1, -1, -1});
    PUT(results->weight, (double[]){0.5, 0.25, 0.25, 1, 0, 0, 1, 0, 0});
}

/* 0.5 * 0.3 + 0.25 * 0.2 + 0.25 * 0.1 */
static void shows_the_first_pick_and_the_return_of_all(void)
{
    check_part(
        ensemble, (struct gw_show_options){.windows = true},
        "       0  2001-02-09  2001-06-29  2001-09-06     2  +2    10    20  1.5000  "
        "0.5000  0.2250   1/3   1.00\n"
        "       1  2001-04-20  2001-09-07  2001-11-15  cash         -     -       -     "
        "  -       -     -    n/a\n"
        "       2  2001-06-29  2001-11-16  2002-01-24     1*        5    30  1.5000  "
        "0.2500  0.2000   2/3  -0.50\n"
        "* at an edge of the grid: a wider range may hold better ones\n"
        "+n: so many more share the capital; the return is that of all, the rest is of "
        "the first\n");
}

static void no_ranks(struct gw_results *results)
{
    record(results);
    PUT(results->test_rank, (int64_t[]){-1, -1, -1});
    PUT(results->test_ranked, (int64_t[]){-1, -1, -1});
    PUT(results->rank_correlation, (double[]){NAN, NAN, NAN});
    for (size_t m = 0; m < GW_METRICS; m++) {
        results->oos_metric[1][m] = results->oos_metric[2][m] = NAN;
    }
    results->profitable_windows = results->efficiency = NAN;
}

static void says_why_ranks_are_missing(void)
{
    const struct gw_show_options options = {.windows = true};
    check_part(no_ranks, options,
               "0.3000   n/a   n/a\n       1  2001-04-20  2001-09-07  2001-11-15  cash");
    check_part(no_ranks, options, "      -     -   n/a\n       2");
    check_part(no_ranks, options,
               "no rank, corr, median and hindsight: finding them takes more than "
               "limits.memory\nmean:");
    check_part(
        no_ranks, options,
        "  hindsight              n/a      n/a         n/a      n/a           n/a  "
        "   n/a\n");
    check_part(no_ranks, options, "gained in test: n/a of the 2 that chose\n");
    check_part(no_ranks, options,
               "efficiency: n/a, the choices' mean return a bar in test over that in "
               "train (which is not above 0)\n");
    check_part(no_ranks, options, "mean rank correlation: n/a between");
}

/* The choice may have no objective in test, where others have one. */
static void unranked(struct gw_results *results)
{
    stand(results);
    PUT(results->test_rank, (int64_t[]){-1, -1, 2});
}

static void tells_an_unranked_choice_from_ranks_that_are_missing(void)
{
    const struct gw_show_options options = {.windows = true};
    check_part(unranked, options, "0.3000   n/a   1.00\n");
    check_part(unranked, options, "rank: by sharpe in test");
}

static void expression(struct gw_results *results)
{
    memcpy(results->metric[2], "objective", sizeof "objective");
    memcpy(results->objective, "objective", sizeof "objective");
    free(results->objective_text);
    results->objective_text = gw_strdup("sharpe - 0.5 * ulcer");
}

static void shows_an_expression_as_it_was_written(void)
{
    check_part(expression, (struct gw_show_options){.top = 1, .window = 2},
               "2002-01-24, maximize sharpe - 0.5 * ulcer\n"
               "\n"
               "selected by objective in train; objective in train and test, "
               "total_return in test:\n");
    check_part(expression, (struct gw_show_options){.top = 1, .window = 2},
               "mean: objective 1.5000 in train, 0.3750 in test; cash");
    check_part(expression,
               (struct gw_show_options){.top = 1, .sort = "objective", .window = 2},
               "best 1 by objective in window 2, train 2001-06-29 to 2001-11-15:\n"
               "  rank  combo  fast  slow  objective  test objective  total_return  "
               "max_drawdown  trades\n"
               "  ----  -----  ----  ----  ---------  --------------  ------------  "
               "------------  ------\n"
               "     1      1     5    30     1.5000          0.2500        0.2000     "
               "  -0.1250      10\n");
    check_part(expression, (struct gw_show_options){.parameters = true, .window = 2},
               "  fast  defined  mean objective  best objective  best combo\n");
}

static void minimized(struct gw_results *results)
{
    expression(results);
    results->maximize = false;
}

static void sorts_by_the_objective_in_its_direction(void)
{
    check_part(minimized,
               (struct gw_show_options){.top = 1, .sort = "objective", .window = 2},
               "best 1 by objective (smallest first) in window 2, train");
    check_part(NULL, (struct gw_show_options){.top = 1, .sort = "objective"},
               "best 1 by sharpe in window 0, train");
}

static void shows_how_choices_moved(void)
{
    check_part(record, (struct gw_show_options){.parameters = true},
               "           1\n"
               "\n"
               "how the choice moved over 3 windows, in steps from one value of the grid "
               "to the next:\n"
               "  parameter  drift   moved  stability\n"
               "  ---------  -----  ------  ---------\n"
               "  fast        1.25  33.3 %     66.7 %\n"
               "  slow        0.50   0.0 %    100.0 %\n"
               "drift: mean steps from a window's choice to the next one's; moved: how "
               "often more than one step;\n"
               "stability: windows within one step of the middle choice\n");
    char *text =
        show_text(STRATEGY WALK, PATH, record, &(struct gw_show_options){.top = 1});
    CU_ASSERT_PTR_NULL(strstr(text, "stability"));
    CU_ASSERT_PTR_NULL(strstr(text, "plateau"));
    free(text);
}

static void plateau(struct gw_results *results)
{
    PUT(results->raw_best, (int64_t[]){2, 1, 0});
    PUT(results->raw_best_rank, (int64_t[]){1, -1, 12});
}

static void shows_where_a_plateau_is_not_the_best(void)
{
    check_part(plateau, (struct gw_show_options){.parameters = true},
               "\n"
               "the plateau's choice is not the raw best in 2 of 3 windows; its place by "
               "the smoothed objective:\n"
               "  window  chosen  raw best  its place\n"
               "  ------  ------  --------  ---------\n"
               "       1    cash         1        n/a\n"
               "       2       1         0         12\n");
}

static void no_plateau_apart(struct gw_results *results)
{
    PUT(results->raw_best, (int64_t[]){2, -1, 1});
    PUT(results->raw_best_rank, (int64_t[]){1, -1, 1});
}

static void says_that_a_plateau_chose_the_best(void)
{
    check_part(no_plateau_apart, (struct gw_show_options){.parameters = true},
               "\nthe plateau's choice is not the raw best in 0 of 3 windows\n");
}

static void of_a_grid(struct gw_results *results)
{
    results->picks = 2;
    PUT(results->selected, (int64_t[]){1, 3});
    PUT(results->weight, (double[]){0.5, 0.5});
    PUT(results->edge, (int8_t[]){1});
}

static void none_of_a_grid(struct gw_results *results)
{
    PUT(results->selected, (int64_t[]){-1});
}

static void says_what_a_grid_chose(void)
{
    const struct gw_show_options options = {.top = 1};
    char *text = show_text(STRATEGY, PATH, of_a_grid, &options);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text, "\nchosen: 1 (fast 5, slow 30) and 1 more, at an edge of the grid: a "
              "wider range may hold better ones\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n1 was chosen, not the first: see the "
                                        "objective's `select` and `require`\n"));
    free(text);
    text = show_text(STRATEGY, PATH, none_of_a_grid, &options);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nchosen: none\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "\nnone was chosen: see the objective's `select` and `require`\n"));
    free(text);
    /* What another metric puts first says nothing of the choice. */
    text = show_text(STRATEGY, PATH, of_a_grid,
                     &(struct gw_show_options){.top = 1, .sort = "volatility"});
    CU_ASSERT_PTR_NULL(strstr(text, "not the first"));
    free(text);
}

static void refuses_a_choice_that_is_not_there(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results *results = show_open(STRATEGY WALK, PATH, ensemble);
    results->selected[2] = 5;
    struct gw_text out = {0};
    CU_ASSERT_EQUAL(gw_show(results, &(struct gw_show_options){.top = 1}, &out, &err),
                    GW_DATA);
    CHECK_TEXT(err.text, PATH ": window 0 selects a combination that is not in the file");
    gw_text_clear(&out);
    gw_results_close(results);
}

static void keeps_lines_short(void)
{
    char *text =
        show_text(STRATEGY WALK, PATH, record, &(struct gw_show_options){.top = 4});
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        CU_ASSERT_TRUE(length <= 110);
        line += length + 1;
    }
    free(text);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"shows_windows_and_the_record", shows_windows_and_the_record},
        {"explains_what_is_not_there", explains_what_is_not_there},
        {"leaves_out_days_that_have_no_room", leaves_out_days_that_have_no_room},
        {"shows_what_validation_chose", shows_what_validation_chose},
        {"shows_the_first_pick_and_the_return_of_all",
         shows_the_first_pick_and_the_return_of_all},
        {"says_why_ranks_are_missing", says_why_ranks_are_missing},
        {"tells_an_unranked_choice_from_ranks_that_are_missing",
         tells_an_unranked_choice_from_ranks_that_are_missing},
        {"shows_an_expression_as_it_was_written", shows_an_expression_as_it_was_written},
        {"sorts_by_the_objective_in_its_direction",
         sorts_by_the_objective_in_its_direction},
        {"shows_how_choices_moved", shows_how_choices_moved},
        {"shows_where_a_plateau_is_not_the_best", shows_where_a_plateau_is_not_the_best},
        {"says_that_a_plateau_chose_the_best", says_that_a_plateau_chose_the_best},
        {"says_what_a_grid_chose", says_what_a_grid_chose},
        {"refuses_a_choice_that_is_not_there", refuses_a_choice_that_is_not_there},
        {"keeps_lines_short", keeps_lines_short},
    };
    int result = CHECK_RUN("show_forward", tests);
    unlink(PATH);
    return result;
}
