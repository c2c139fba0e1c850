#include "gridwalk/expr/functions.h"

#include "check.h"

/* One series that rises and falls, and a second one that it crosses. */
static const double series_x[6] = {4, 2, 8, 16, 1, 5};
static const double series_b[6] = {3, 3, 3, 20, 3, 3};
static const double condition[6] = {1, 0, 1, 0, 1, 0};

/* What each row must give at the last bar, worked out by hand. */
static const struct {
    const char *name;
    unsigned operands;
    double scalar[2];
    double expected;
} value_table[] = {
    {"+", 2, {0}, 8},
    {"-", 2, {0}, 2},
    {"*", 2, {0}, 15},
    {"/", 2, {0}, 5.0 / 3},
    {"-", 1, {0}, -5},
    {">", 2, {0}, 1},
    {"<", 2, {0}, 0},
    {">=", 2, {0}, 1},
    {"<=", 2, {0}, 0},
    {"==", 2, {0}, 0},
    {"abs", 1, {0}, 5},
    {"max", 2, {0}, 5},
    {"min", 2, {0}, 3},
    {"crosses_above", 2, {0}, 1},
    {"crosses_below", 2, {0}, 0},
    {"sma", 1, {3}, 22.0 / 3},
    {"ema", 1, {3}, (((14.0 / 3 + 16) / 2 + 1) / 2 + 5) / 2},
    {"highest", 1, {3}, 16},
    {"lowest", 1, {3}, 1},
    {"lag", 1, {2}, 16},
    {"roc", 1, {2}, 100 * (5.0 / 16 - 1)},
    /* seeds U = 6/2, D = 2/2; +8: 5.5, 0.5; -15: 2.75, 7.75; +4: 3.375, 3.875 */
    {"rsi", 1, {2}, 100 * 3.375 / (3.375 + 3.875)},
    {"stdev", 1, {3, 0}, 6.3420991968134},
    {"stdev", 1, {3, 1}, 7.7674534651540},
};

enum { VALUES = sizeof value_table / sizeof value_table[0] };

static const struct gw_function *find(const char *name, unsigned operands)
{
    const struct gw_function *function = gw_operator_find(name, operands);
    return function != NULL ? function : gw_function_find(name);
}

static void points_each_row_at_its_kernel(void)
{
    for (size_t i = 0; i < VALUES; i++) {
        const struct gw_function *function =
            find(value_table[i].name, value_table[i].operands);
        CU_ASSERT_PTR_NOT_NULL_FATAL(function);
        const double *operand[2] = {series_x, series_b};
        double out[6];
        function->kernel(operand, value_table[i].scalar, 6, out);
        CHECK_CLOSE(out[5], value_table[i].expected, 1e-12);
    }
}

static void gives_truth_tables_to_logic(void)
{
    static const double a[4] = {0, 0, 1, 1}, b[4] = {0, 1, 0, 1};
    const double *operand[2] = {a, b};
    double both[4], one[4], none[4];
    gw_operator_find("and", 2)->kernel(operand, NULL, 4, both);
    gw_operator_find("or", 2)->kernel(operand, NULL, 4, one);
    gw_operator_find("not", 1)->kernel(operand, NULL, 4, none);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(both[i], i == 3);
        CU_ASSERT_EQUAL(one[i], i > 0);
        CU_ASSERT_EQUAL(none[i], i < 2);
    }
    const double *three[3] = {condition, series_x, series_b};
    double chosen[6];
    gw_function_find("where")->kernel(three, NULL, 6, chosen);
    CU_ASSERT_EQUAL(chosen[4], 1);
    CU_ASSERT_EQUAL(chosen[5], 3);
}

static size_t first_defined(const double *column, size_t T)
{
    size_t t = 0;
    while (t < T && isnan(column[t])) {
        t++;
    }
    return t;
}

/* The rule of the table against the kernel: the first defined bar is the look-back. */
static void looks_back_as_far_as_the_kernel_does(void)
{
    static const size_t own[] = {
        [GW_BACK_0] = 0, [GW_BACK_1] = 0, [GW_BACK_N] = 3, [GW_BACK_N_1] = 2};
    size_t count;
    const struct gw_function *function = gw_functions(&count);
    for (size_t i = 0; i < count; i++) {
        const double *operand[3] = {condition, series_x, series_b};
        const double scalar[2] = {3, 0};
        double out[6];
        function[i].kernel(operand, scalar, 6, out);
        CU_ASSERT_EQUAL(first_defined(out, 6), own[function[i].back]);
    }
}

static void lists_operators_first_then_functions_by_name(void)
{
    size_t count, operators = 0;
    const struct gw_function *function = gw_functions(&count);
    while (operators < count && function[operators].is_operator) {
        operators++;
    }
    CU_ASSERT_EQUAL(operators, 13);
    CU_ASSERT_EQUAL(count - operators, 14);
    for (size_t i = operators; i < count; i++) {
        CU_ASSERT_FALSE(function[i].is_operator);
        CU_ASSERT_TRUE(i == operators ||
                       strcmp(function[i - 1].name, function[i].name) < 0);
    }
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_TRUE(function[i].doc != NULL && *function[i].doc != '\0');
        CU_ASSERT_TRUE(function[i].formula != NULL && *function[i].formula != '\0');
        CU_ASSERT_FALSE(function[i].elementwise && function[i].numbers > 0);
    }
}

static void finds_by_name_and_number_of_operands(void)
{
    CU_ASSERT_EQUAL(gw_operator_find("-", 1)->series, 1);
    CU_ASSERT_EQUAL(gw_operator_find("-", 2)->series, 2);
    CU_ASSERT_PTR_NULL(gw_operator_find("not", 2));
    CU_ASSERT_PTR_NULL(gw_operator_find("sma", 1));
    CU_ASSERT_PTR_NULL(gw_function_find("and"));
    CU_ASSERT_PTR_NULL(gw_function_find("smaa"));
    CHECK_TEXT(gw_function_nearest("crosses_abov"), "crosses_above");
    CU_ASSERT_PTR_NULL(gw_function_nearest("quantile"));
}

static void knows_whose_memory_is_endless(void)
{
    static const char *const endless[] = {"ema", "rsi", "crosses_above", "crosses_below"};
    size_t count, found = 0;
    const struct gw_function *function = gw_functions(&count);
    for (size_t i = 0; i < count; i++) {
        found += function[i].infinite;
    }
    CU_ASSERT_EQUAL(found, 4);
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_TRUE(gw_function_find(endless[i])->infinite);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"points_each_row_at_its_kernel", points_each_row_at_its_kernel},
        {"gives_truth_tables_to_logic", gives_truth_tables_to_logic},
        {"looks_back_as_far_as_the_kernel_does", looks_back_as_far_as_the_kernel_does},
        {"lists_operators_first_then_functions_by_name",
         lists_operators_first_then_functions_by_name},
        {"finds_by_name_and_number_of_operands", finds_by_name_and_number_of_operands},
        {"knows_whose_memory_is_endless", knows_whose_memory_is_endless},
    };
    return CHECK_RUN("functions", tests);
}
