#include "show_fixture.h"

#define PATH "test_show.h5"

static char *shown(const char *yaml, const struct gw_show_options *options)
{
    return show_text(yaml, PATH, NULL, options);
}

static void
check_shown(const char *yaml, const struct gw_show_options *options, const char *expected)
{
    char *text = shown(yaml, options);
    CHECK_TEXT(text, expected);
    free(text);
}

static void shows_the_best_of_a_grid(void)
{
    check_shown(
        STRATEGY, &(struct gw_show_options){.top = 10},
        "sweep: 4 combinations, 2001-01-01 to 2002-02-22, maximize sharpe\n"
        "sharpe: defined for 3, mean 1.0000, lowest 0.5000, highest "
        "1.5000\n"
        "chosen: 2 (fast 10, slow 20)\n"
        "\n"
        "best 4 by sharpe:\n"
        "  rank  combo  fast  slow  sharpe  total_return  max_drawdown  trades\n"
        "  ----  -----  ----  ----  ------  ------------  ------------  ------\n"
        "     1      2    10    20  1.5000        0.3000       -0.1250      20\n"
        "     2      1     5    30  1.0000        0.2000       -0.1250      10\n"
        "     3      0     5    20  0.5000        0.1000       -0.1250       0\n"
        "     4      3    10    30     n/a        0.4000       -0.1250      30\n");
}

static void sorts_by_another_metric_in_its_own_direction(void)
{
    char *text =
        shown(STRATEGY, &(struct gw_show_options){.top = 2, .sort = "volatility"});
    const char *table = strstr(text, "best 2");
    CHECK_TEXT(
        table != NULL ? table : "",
        "best 2 by volatility:\n"
        "  rank  combo  fast  slow  volatility  sharpe  total_return  max_drawdown "
        " trades\n"
        "  ----  -----  ----  ----  ----------  ------  ------------  ------------ "
        " ------\n"
        "     1      0     5    20      0.2000  0.5000        0.1000       -0.1250 "
        "      0\n"
        "     2      1     5    30      0.2100  1.0000        0.2000       -0.1250 "
        "     10\n");
    free(text);
}

static void shows_windows_and_then_the_best_of_the_last(void)
{
    check_shown(
        STRATEGY WALK, &(struct gw_show_options){.top = 1, .window = SIZE_MAX},
        "sweep: 4 combinations x 3 windows, 2001-02-09 to 2002-01-24, maximize sharpe\n"
        "\n"
        "selected by sharpe in train; sharpe in train and test, total_return in test:\n"
        "  window  train from  test from   test to     combo  fast  slow   train    test "
        " return  rank  corr\n"
        "  ------  ----------  ----------  ----------  -----  ----  ----  ------  ------ "
        " ------  ----  ----\n"
        "       0  2001-02-09  2001-06-29  2001-09-06      2    10    20  1.5000  0.5000 "
        " 0.3000   3/4  0.25\n"
        "       1  2001-04-20  2001-09-07  2001-11-15   cash     -     -       -       - "
        "      -     -  0.25\n"
        "       2  2001-06-29  2001-11-16  2002-01-24      1     5    30  1.5000  0.2500 "
        " 0.2000   3/4  0.25\n"
        "cash: no combination to choose; none met `require`, or none has an objective\n"
        "rank: by sharpe in test, of those that have one; corr: of their "
        "ranks in train "
        "with those in test\n"
        "mean: sharpe 1.5000 in train, 0.3750 in test; cash in 1 of 3\n"
        "\n"
        "sharpe in train, window 2: defined for 3, mean 0.7500, lowest -0.2500, highest "
        "1.5000\n"
        "\n"
        "best 1 by sharpe in window 2, train 2001-06-29 to 2001-11-15:\n"
        "  rank  combo  fast  slow  sharpe  test sharpe  total_return  max_drawdown  "
        "trades\n"
        "  ----  -----  ----  ----  ------  -----------  ------------  ------------  "
        "------\n"
        "     1      1     5    30  1.5000       0.2500        0.2000       -0.1250      "
        "10\n");
}

static void names_the_status_of_rows_without_results(void)
{
    char *text = shown(STRATEGY WALK, &(struct gw_show_options){.top = 2, .window = 1});
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "trades  status\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "     0  ruined\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "window 1: defined for 0\n"));
    free(text);
}

static void shows_windows_alone_when_asked(void)
{
    char *text =
        shown(STRATEGY WALK, &(struct gw_show_options){.top = 5, .windows = true});
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "selected by sharpe"));
    CU_ASSERT_PTR_NULL(strstr(text, "best"));
    free(text);
}

static void shows_one_segment_without_test(void)
{
    char *text = shown(STRATEGY "walk_forward: {train: 150, test: 0, step: 100}\n",
                       &(struct gw_show_options){.windows = true});
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "  window  from        to          combo  fast  slow  sharpe  "
                     "total_return\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "       0  2001-02-09  2001-09-06      2    10    20  1.5000  "
                     "      0.3000\n"));
    free(text);
}

static void shortens_a_long_list_of_windows(void)
{
    const char *yaml = STRATEGY "walk_forward: {train: 20, test: 10}\n"; /* 25 windows */
    char *few = shown(yaml, &(struct gw_show_options){.top = 1});
    CU_ASSERT_PTR_NOT_NULL(strstr(few, "(the last 20 windows; --windows shows all 25)"));
    CU_ASSERT_PTR_NULL(strstr(few, "\n       4  20"));
    CU_ASSERT_PTR_NOT_NULL(strstr(few, "\n       5  20"));
    char *all = shown(yaml, &(struct gw_show_options){.top = 1, .windows = true});
    CU_ASSERT_PTR_NOT_NULL(strstr(all, "\n       4  20"));
    /* What is left out still counts: the same means. */
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(few, "mean: "));
    CU_ASSERT_NSTRING_EQUAL(strstr(few, "mean: "), strstr(all, "mean: "), 60);
    free(few);
    free(all);
}

static void shows_what_each_parameter_value_came_to(void)
{
    check_shown(STRATEGY, &(struct gw_show_options){.parameters = true},
                "sweep: 4 combinations, 2001-01-01 to 2002-02-22, maximize sharpe\n"
                "sharpe: defined for 3, mean 1.0000, lowest 0.5000, highest "
                "1.5000\n"
                "chosen: 2 (fast 10, slow 20)\n"
                "\n"
                "  fast  defined  mean sharpe  best sharpe  best combo\n"
                "  ----  -------  -----------  -----------  ----------\n"
                "     5        2       0.7500       1.0000           1\n"
                "    10        1       1.5000       1.5000           2\n"
                "\n"
                "  slow  defined  mean sharpe  best sharpe  best combo\n"
                "  ----  -------  -----------  -----------  ----------\n"
                "    20        2       1.0000       1.5000           2\n"
                "    30        1       1.0000       1.0000           1\n");
}

static void says_what_was_kept(void)
{
    char *text = shown(STRATEGY WALK "output: {keep: {top: 1}}\n",
                       &(struct gw_show_options){.top = 9, .window = SIZE_MAX});
    CU_ASSERT_NSTRING_EQUAL(
        text, "sweep: 4 combinations (best 1 kept of each window) x 3 windows,", 63);
    /* Three were kept, one of them in the last window. */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "best 1 by sharpe in window 2"));
    CU_ASSERT_PTR_NULL(strstr(text, "not_kept"));
    free(text);
}

static void keeps_lines_short(void)
{
    char *text = shown(STRATEGY WALK, &(struct gw_show_options){.top = 4});
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        CU_ASSERT_TRUE(length <= 100);
        line += length + 1;
    }
    free(text);
}

static void refuses_what_is_not_there(void)
{
    static const struct {
        struct gw_show_options options;
        const char *text;
    } row[] = {
        {{.sort = "sharp"}, "unknown metric 'sharp', did you mean 'sharpe'?"},
        {{.sort = "ulcer"}, PATH " was run without the metric 'ulcer'"},
        {{.window = 3}, "window 3: the windows of " PATH " are 0 to 2"},
    };
    struct gw_results *results = show_open(STRATEGY WALK, PATH, NULL);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gw_error err = {.status = GW_OK};
        struct gw_text out = {0};
        CU_ASSERT_EQUAL(gw_show(results, &row[i].options, &out, &err), GW_USAGE);
        CHECK_TEXT(err.text, row[i].text);
        gw_text_clear(&out);
    }
    gw_results_close(results);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"shows_the_best_of_a_grid", shows_the_best_of_a_grid},
        {"sorts_by_another_metric_in_its_own_direction",
         sorts_by_another_metric_in_its_own_direction},
        {"shows_windows_and_then_the_best_of_the_last",
         shows_windows_and_then_the_best_of_the_last},
        {"names_the_status_of_rows_without_results",
         names_the_status_of_rows_without_results},
        {"shows_windows_alone_when_asked", shows_windows_alone_when_asked},
        {"shows_one_segment_without_test", shows_one_segment_without_test},
        {"shortens_a_long_list_of_windows", shortens_a_long_list_of_windows},
        {"shows_what_each_parameter_value_came_to",
         shows_what_each_parameter_value_came_to},
        {"says_what_was_kept", says_what_was_kept},
        {"keeps_lines_short", keeps_lines_short},
        {"refuses_what_is_not_there", refuses_what_is_not_there},
    };
    int result = CHECK_RUN("show", tests);
    unlink(PATH);
    return result;
}
