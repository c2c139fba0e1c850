#include "kernel/series.h"

/* Each row: operands and what the kernel makes of them, one bar each. */
struct row {
    gw_kernel_fn kernel;
    double a, b, expected;
};

static void check_rows(const struct row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const double *operand[2] = {&row[i].a, &row[i].b};
        double out = 12345;
        row[i].kernel(operand, NULL, 1, &out);
        if (!check_close(out, row[i].expected, 0)) {
            fprintf(stderr, "row %zu: %g and %g give %g\n", i, row[i].a, row[i].b, out);
        }
        CU_ASSERT_TRUE(check_close(out, row[i].expected, 0));
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void calculates(void)
{
    static const struct row rows[] = {{gw_kernel_add, 1.5, 2, 3.5},
                                      {gw_kernel_subtract, 1.5, 2, -0.5},
                                      {gw_kernel_multiply, 1.5, 2, 3},
                                      {gw_kernel_divide, 3, 2, 1.5},
                                      {gw_kernel_divide, 0, 2, 0},
                                      {gw_kernel_divide, 3, 0, NAN},
                                      {gw_kernel_divide, 0, 0, NAN},
                                      {gw_kernel_divide, 3, -0.0, NAN},
                                      {gw_kernel_min, 3, 2, 2},
                                      {gw_kernel_min, 2, 3, 2},
                                      {gw_kernel_max, 3, 2, 3},
                                      {gw_kernel_max, -3, -2, -2},
                                      {gw_kernel_negate, 3, 0, -3},
                                      {gw_kernel_abs, -3, 0, 3},
                                      {gw_kernel_abs, 3, 0, 3},
                                      {gw_kernel_add, 1.7e308, 1.7e308, NAN},
                                      {gw_kernel_multiply, 1e200, 1e200, NAN},
                                      {gw_kernel_divide, 1e300, 1e-300, NAN},
                                      {gw_kernel_multiply, 1e-200, 1e-200, 0}};
    CHECK_ROWS(rows);
}

static void compares_within_the_tolerance(void)
{
    static const double sum = 0.1 + 0.2; /* one bit above 0.3 */
    static const struct {
        double a, b;
        int sign; /* of a - b */
    } table[] = {{1, 2, -1},           {2, 1, 1},           {2, 2, 0},    {sum, 0.3, 0},
                 {0.3, sum, 0},        {-1, 1, -1},         {0, -0.0, 0}, {0, 1e-300, -1},
                 {1e9 + 0.01, 1e9, 1}, {1e9 + 1e-4, 1e9, 0}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double a = table[i].a, b = table[i].b;
        int sign = table[i].sign;
        const struct row rows[] = {{gw_kernel_greater, a, b, sign > 0},
                                   {gw_kernel_less, a, b, sign < 0},
                                   {gw_kernel_greater_equal, a, b, sign >= 0},
                                   {gw_kernel_less_equal, a, b, sign <= 0},
                                   {gw_kernel_equal, a, b, sign == 0}};
        CHECK_ROWS(rows);
    }
}

static void carries_undefined_operands_on(void)
{
    static const gw_kernel_fn strict[] = {
        gw_kernel_add,        gw_kernel_subtract, gw_kernel_multiply,
        gw_kernel_divide,     gw_kernel_min,      gw_kernel_max,
        gw_kernel_greater,    gw_kernel_less,     gw_kernel_greater_equal,
        gw_kernel_less_equal, gw_kernel_equal};
    static const double undefined[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof strict / sizeof strict[0]; i++) {
        for (size_t j = 0; j < 3; j++) {
            const struct row rows[] = {{strict[i], undefined[j], 2, NAN},
                                       {strict[i], 2, undefined[j], NAN},
                                       {strict[i], undefined[j], undefined[j], NAN}};
            CHECK_ROWS(rows);
        }
    }
    static const struct row rows[] = {{gw_kernel_negate, NAN, 0, NAN},
                                      {gw_kernel_negate, INFINITY, 0, NAN},
                                      {gw_kernel_abs, NAN, 0, NAN},
                                      {gw_kernel_not, NAN, 0, NAN}};
    CHECK_ROWS(rows);
}

/* Kleene's tables. */
static void follows_three_valued_logic(void)
{
    static const struct row rows[] = {
        {gw_kernel_and, 0, 0, 0},       {gw_kernel_and, 0, 1, 0},
        {gw_kernel_and, 1, 0, 0},       {gw_kernel_and, 1, 1, 1},
        {gw_kernel_and, 0, NAN, 0},     {gw_kernel_and, NAN, 0, 0},
        {gw_kernel_and, 1, NAN, NAN},   {gw_kernel_and, NAN, 1, NAN},
        {gw_kernel_and, NAN, NAN, NAN}, {gw_kernel_and, 2, 3, 1},
        {gw_kernel_or, 0, 0, 0},        {gw_kernel_or, 0, 1, 1},
        {gw_kernel_or, 1, 0, 1},        {gw_kernel_or, 1, 1, 1},
        {gw_kernel_or, 0, NAN, NAN},    {gw_kernel_or, NAN, 0, NAN},
        {gw_kernel_or, 1, NAN, 1},      {gw_kernel_or, NAN, 1, 1},
        {gw_kernel_or, NAN, NAN, NAN},  {gw_kernel_or, 0, -3, 1},
        {gw_kernel_not, 0, 0, 1},       {gw_kernel_not, 1, 0, 0},
        {gw_kernel_not, 2, 0, 0}};
    CHECK_ROWS(rows);
}

static void chooses(void)
{
    static const double condition[] = {1, 0, NAN, 1, 0, 1, 0, -2};
    static const double a[] = {5, 5, 5, NAN, NAN, 5, 5, 5};
    static const double b[] = {7, 7, 7, 7, 7, NAN, INFINITY, 7};
    static const double expected[] = {5, 7, NAN, NAN, 7, 5, NAN, 5};
    const double *operand[3] = {condition, a, b};
    double out[8];
    gw_kernel_where(operand, NULL, 8, out);
    for (size_t t = 0; t < 8; t++) {
        CHECK_CLOSE(out[t], expected[t], 0);
    }
}

static void works_bar_by_bar(void)
{
    static const gw_kernel_fn all[] = {
        gw_kernel_add,    gw_kernel_subtract,      gw_kernel_multiply,
        gw_kernel_divide, gw_kernel_negate,        gw_kernel_abs,
        gw_kernel_min,    gw_kernel_max,           gw_kernel_greater,
        gw_kernel_less,   gw_kernel_greater_equal, gw_kernel_less_equal,
        gw_kernel_equal,  gw_kernel_and,           gw_kernel_or,
        gw_kernel_not,    gw_kernel_where};
    double x[3][SERIES_MOST], whole[SERIES_MOST + 1];
    for (uint64_t i = 0; i < 3; i++) {
        series_make(i, 5, SERIES_MOST, x[i]);
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const double *operand[3] = {x[0], x[1], x[2]};
        whole[0] = whole[SERIES_MOST] = 12345;
        all[i](operand, NULL, 0, whole);
        CU_ASSERT_EQUAL(whole[0], 12345);
        all[i](operand, NULL, SERIES_MOST, whole);
        CU_ASSERT_EQUAL(whole[SERIES_MOST], 12345);
        for (size_t t = 0; t < SERIES_MOST; t++) {
            const double *bar[3] = {x[0] + t, x[1] + t, x[2] + t};
            double out = 0;
            all[i](bar, NULL, 1, &out);
            CU_ASSERT_TRUE(series_equal(&out, &whole[t], 1));
        }
        series_check_no_look_ahead(all[i], NULL);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"calculates", calculates},
        {"compares_within_the_tolerance", compares_within_the_tolerance},
        {"carries_undefined_operands_on", carries_undefined_operands_on},
        {"follows_three_valued_logic", follows_three_valued_logic},
        {"chooses", chooses},
        {"works_bar_by_bar", works_bar_by_bar},
    };
    return CHECK_RUN("elementwise", tests);
}
