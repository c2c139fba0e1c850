#include "gridwalk/expr/functions.h"

#include "gridwalk/base/text.h"

#include <string.h>

#define LONGEST 1e9 /* a window or a shift, in bars */

/* Rows that differ in little share a shape. */
#define BINARY(word, sign, in, out, kernel_name)                                         \
    .name = word, .is_operator = sign, .series = 2, .series_name = {"a", "b"},           \
    .operand = {in, in}, .result = out, .elementwise = true,                             \
    .kernel = gw_kernel_##kernel_name
#define ARITHMETIC(sign, kernel_name)                                                    \
    BINARY(sign, true, GW_NUMBER, GW_NUMBER, kernel_name)
#define COMPARISON(sign, kernel_name)                                                    \
    BINARY(sign, true, GW_NUMBER, GW_BOOLEAN, kernel_name)
#define LOGIC(sign, kernel_name) BINARY(sign, true, GW_BOOLEAN, GW_BOOLEAN, kernel_name)
#define PREFIX(sign, type, kernel_name)                                                  \
    .name = sign, .is_operator = true, .series = 1, .series_name = {"a"},                \
    .operand = {type}, .result = type, .elementwise = true,                              \
    .kernel = gw_kernel_##kernel_name
/* Where a and b do not differ, who was above last may lie any number of bars back. */
#define CROSSES(word)                                                                    \
    .name = #word, .series = 2, .series_name = {"a", "b"},                               \
    .operand = {GW_NUMBER, GW_NUMBER}, .result = GW_BOOLEAN, .back = GW_BACK_1,          \
    .infinite = true, .kernel = gw_kernel_##word
#define OVER_BARS(word, looks_back, endless)                                             \
    .name = #word, .series = 1, .series_name = {"x"}, .operand = {GW_NUMBER},            \
    .result = GW_NUMBER, .back = looks_back, .infinite = endless,                        \
    .kernel = gw_kernel_##word
#define WINDOW                                                                           \
    {                                                                                    \
        .name = "n", .low = 1, .high = LONGEST, .whole = true                            \
    }
#define WINDOWED(word, looks_back, endless)                                              \
    OVER_BARS(word, looks_back, endless), .numbers = 1, .number = {WINDOW}

/* clang-format off: a row is what it is, what it says, how it is computed */
static const struct gw_function function_table[] = {
    {ARITHMETIC("+", add), .doc = "sum", .formula = "a + b"},
    {ARITHMETIC("-", subtract), .doc = "difference", .formula = "a - b"},
    {ARITHMETIC("*", multiply), .doc = "product", .formula = "a b"},
    {ARITHMETIC("/", divide), .doc = "quotient; undefined where b is 0",
     .formula = "a / b"},
    {PREFIX("-", GW_NUMBER, negate), .doc = "the negative", .formula = "-a"},
    {COMPARISON(">", greater), .doc = "greater by more than rounding",
     .formula = "a > b and |a - b| > 1e-12 max(|a|, |b|)"},
    {COMPARISON("<", less), .doc = "less by more than rounding",
     .formula = "a < b and |a - b| > 1e-12 max(|a|, |b|)"},
    {COMPARISON(">=", greater_equal), .doc = "greater, or equal within rounding",
     .formula = "a > b or |a - b| <= 1e-12 max(|a|, |b|)"},
    {COMPARISON("<=", less_equal), .doc = "less, or equal within rounding",
     .formula = "a < b or |a - b| <= 1e-12 max(|a|, |b|)"},
    {COMPARISON("==", equal), .doc = "equal within rounding",
     .formula = "|a - b| <= 1e-12 max(|a|, |b|)"},
    {LOGIC("and", and), .doc = "both are true",
     .formula = "false if a or b is false, else undefined if one is, else true"},
    {LOGIC("or", or), .doc = "at least one is true",
     .formula = "true if a or b is true, else undefined if one is, else false"},
    {PREFIX("not", GW_BOOLEAN, not ), .doc = "the contrary",
     .formula = "true if a is false, false if it is true, undefined if it is undefined"},

    {.name = "abs",
     .series = 1,
     .series_name = {"x"},
     .operand = {GW_NUMBER},
     .result = GW_NUMBER,
     .elementwise = true,
     .kernel = gw_kernel_abs,
     .doc = "absolute value",
     .formula = "|x|"},
    {CROSSES(crosses_above), .doc = "a goes from below b to above it",
     .formula = "a > b at t, and a < b at the last earlier bar where they differ"},
    {CROSSES(crosses_below), .doc = "a goes from above b to below it",
     .formula = "a < b at t, and a > b at the last earlier bar where they differ"},
    {WINDOWED(ema, GW_BACK_N_1, true), .doc = "exponential moving average",
     .formula = "e[t] = e[t-1] + 2/(n+1) (x[t] - e[t-1]); e[n-1] = mean of the first n"},
    {WINDOWED(highest, GW_BACK_N_1, false),
     .doc = "largest of the last n bars, this one included",
     .formula = "max(x[t-n+1], ..., x[t])"},
    {OVER_BARS(lag, GW_BACK_N, false), .numbers = 1,
     .number = {{.name = "k", .low = 0, .high = LONGEST, .whole = true}},
     .doc = "the value k bars ago", .formula = "x[t-k]"},
    {WINDOWED(lowest, GW_BACK_N_1, false),
     .doc = "smallest of the last n bars, this one included",
     .formula = "min(x[t-n+1], ..., x[t])"},
    {BINARY("max", false, GW_NUMBER, GW_NUMBER, max),
     .doc = "the larger; undefined if one is", .formula = "a if a > b, else b"},
    {BINARY("min", false, GW_NUMBER, GW_NUMBER, min),
     .doc = "the smaller; undefined if one is", .formula = "a if a < b, else b"},
    {WINDOWED(roc, GW_BACK_N, false), .doc = "rate of change in percent",
     .formula = "100 (x[t] / x[t-n] - 1)"},
    {WINDOWED(rsi, GW_BACK_N, true),
     .doc = "relative strength index, Wilder's smoothing, 0 to 100",
     .formula =
         "100 U / (U + D), U and D the smoothed rises and falls; 50 if both are 0"},
    {WINDOWED(sma, GW_BACK_N_1, false), .doc = "simple moving average",
     .formula = "(x[t-n+1] + ... + x[t]) / n"},
    {OVER_BARS(stdev, GW_BACK_N_1, false), .numbers = 2,
     .number = {WINDOW,
                {.name = "ddof",
                 .low = 0,
                 .high = LONGEST,
                 .whole = true,
                 .optional = true,
                 .standard = 0}},
     .doc = "standard deviation of the last n bars; undefined where n <= ddof",
     .formula = "sqrt(sum of (x[i] - mean)^2 / (n - ddof)), i = t-n+1 ... t"},
    {.name = "where",
     .series = 3,
     .series_name = {"c", "a", "b"},
     .operand = {GW_BOOLEAN, GW_NUMBER, GW_NUMBER},
     .result = GW_NUMBER,
     .elementwise = true,
     .kernel = gw_kernel_where,
     .doc = "one of two numbers, by a condition",
     .formula = "a if c is true, b if it is false, undefined if it is undefined"},
};
/* clang-format on */

enum { FUNCTIONS = sizeof function_table / sizeof function_table[0] };

const struct gw_function *gw_functions(size_t *count_out)
{
    *count_out = FUNCTIONS;
    return function_table;
}

const struct gw_function *gw_function_find(const char *name)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        const struct gw_function *function = &function_table[i];
        if (!function->is_operator && strcmp(function->name, name) == 0) {
            return function;
        }
    }
    return NULL;
}

const struct gw_function *gw_operator_find(const char *sign, unsigned operands)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        const struct gw_function *function = &function_table[i];
        if (function->is_operator && function->series == operands &&
            strcmp(function->name, sign) == 0) {
            return function;
        }
    }
    return NULL;
}

const char *gw_function_nearest(const char *word)
{
    const char *name[FUNCTIONS];
    size_t count = 0;
    for (size_t i = 0; i < FUNCTIONS; i++) {
        if (!function_table[i].is_operator) {
            name[count++] = function_table[i].name;
        }
    }
    return gw_nearest(word, name, count);
}
