#include "check.h"
#include "gridwalk/plan/plan.h"

#include <stdlib.h>

static int compare_scores(const void *a, const void *b)
{
    return gw_score_before(a, b) ? -1 : 1;
}

/* Rows of a window, and the order in which a person would rank them. */
static void ranks_valid_then_undefined_then_ruined(void)
{
    static const struct gw_objective sharpe = {.maximize = true,
                                               .metric = GW_METRIC_sharpe};
    static const struct {
        enum gw_row_status status;
        double value;
    } row[] = {
        {GW_ROW_OK, 1.5},
        {GW_ROW_RUINED, 9},
        {GW_ROW_OK, NAN},
        {GW_ROW_OK, 2.8},
        {GW_ROW_OK, INFINITY},
        {GW_ROW_OK, 1.5},
        {GW_ROW_FAILED, NAN},
        {GW_ROW_OK, -INFINITY},
        {GW_ROW_OK, -0.0},
        {GW_ROW_OK, 0.0},
        {GW_ROW_INSUFFICIENT_HISTORY, NAN},
    };
    static const uint64_t expected[] = {4, 3, 0, 5, 8, 9, 7, 2, 1, 6, 10};
    enum { ROWS = sizeof row / sizeof row[0] };
    struct gw_score score[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        size_t k = ROWS - 1 - i; /* from behind, so that ties do not come out by chance */
        score[i] = gw_score_of_value(&sharpe, row[k].status, row[k].value, true, k);
    }
    qsort(score, ROWS, sizeof score[0], compare_scores);
    for (size_t i = 0; i < ROWS; i++) {
        CU_ASSERT_EQUAL(score[i].k, expected[i]);
    }
}

static void turns_round_for_minimize(void)
{
    static const struct gw_objective least = {.metric = GW_METRIC_volatility};
    struct gw_score small = gw_score_of_value(&least, GW_ROW_OK, 0.1, true, 8);
    struct gw_score large = gw_score_of_value(&least, GW_ROW_OK, 0.2, true, 3);
    struct gw_score infinite = gw_score_of_value(&least, GW_ROW_OK, INFINITY, true, 1);
    struct gw_score undefined = gw_score_of_value(&least, GW_ROW_OK, NAN, true, 0);
    CU_ASSERT_TRUE(gw_score_before(&small, &large));
    CU_ASSERT_FALSE(gw_score_before(&large, &small));
    CU_ASSERT_TRUE(gw_score_before(&large, &infinite));
    CU_ASSERT_TRUE(gw_score_before(&infinite, &undefined));
    CU_ASSERT_FALSE(gw_score_before(&small, &small));
}

/* Each of these ranks before those below it, whatever their values and numbers. */
static void the_ranks_are_in_order(void)
{
    static const struct gw_objective sharpe = {.maximize = true};
    static const struct {
        enum gw_row_status status;
        double value;
        bool met;
    } row[] = {{GW_ROW_OK, -INFINITY, true}, {GW_ROW_OK, INFINITY, false},
               {GW_ROW_OK, 1, false},        {GW_ROW_OK, NAN, true},
               {GW_ROW_RUINED, 5, true},     {GW_ROW_FAILED, 5, true}};
    enum { ROWS = sizeof row / sizeof row[0] };
    for (uint64_t i = 0; i < ROWS; i++) {
        struct gw_score a =
            gw_score_of_value(&sharpe, row[i].status, row[i].value, row[i].met, ROWS - i);
        for (uint64_t j = i + 1; j < ROWS; j++) {
            struct gw_score b = gw_score_of_value(&sharpe, row[j].status, row[j].value,
                                                  row[j].met, ROWS - j);
            CU_ASSERT_TRUE(gw_score_before(&a, &b));
            CU_ASSERT_FALSE(gw_score_before(&b, &a));
        }
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"ranks_valid_then_undefined_then_ruined",
         ranks_valid_then_undefined_then_ruined},
        {"turns_round_for_minimize", turns_round_for_minimize},
        {"the_ranks_are_in_order", the_ranks_are_in_order},
    };
    return CHECK_RUN("select", tests);
}
