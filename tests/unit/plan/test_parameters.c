#include "experiment_fixture.h"

#include <stdlib.h>

/* An experiment with these parameters, one `name: values` a line, four blanks in front.
 */
static void with_parameters(char *text, size_t size, const char *lines)
{
    snprintf(text, size, "bundle: b.h5\nstrategy:\n  parameters:\n%s\n%s", lines,
             FIXTURE_TARGET);
}

static struct gw_experiment *parse(const char *lines)
{
    char text[4000];
    with_parameters(text, sizeof text, lines);
    return fixture_parse(text);
}

static void refuse(const char *lines, const char *message)
{
    char text[4000], full[500];
    with_parameters(text, sizeof text, lines);
    snprintf(full, sizeof full, "dir/exp.yaml:%s", message);
    fixture_refuse(text, full);
}

static void reads_integer_ranges_and_lists(void)
{
    struct gw_experiment *experiment =
        parse("    a: {from: 10, to: 30, step: 10}\n"
              "    b: {from: -2, to: 2}\n"
              "    c: [7]\n"
              "    d: [3, 1.0, 2]\n"
              "    e: {from: 1, to: 2, step: 0.5}\n"
              "    g: {from: 0, to: 1.0, step: 1}\n    h: [-0]\n");
    static const struct {
        const char *name;
        bool integer;
        size_t count;
        double value[5];
    } expected[] = {
        {"a", true, 3, {10, 20, 30}}, {"b", true, 5, {-2, -1, 0, 1, 2}},
        {"c", true, 1, {7}},          {"d", false, 3, {3, 1, 2}},
        {"e", false, 3, {1, 1.5, 2}}, {"g", false, 2, {0, 1}},
    };
    CU_ASSERT_EQUAL_FATAL(experiment->axes, 7);
    for (size_t a = 0; a < 6; a++) {
        const struct gw_axis *axis = &experiment->axis[a];
        CHECK_TEXT(axis->name, expected[a].name);
        CU_ASSERT_EQUAL(axis->integer, expected[a].integer);
        CU_ASSERT_EQUAL_FATAL(axis->count, expected[a].count);
        for (size_t i = 0; i < axis->count; i++) {
            CU_ASSERT_EQUAL(gw_axis_value(axis, i), expected[a].value[i]);
        }
    }
    CU_ASSERT_FALSE(signbit(gw_axis_value(&experiment->axis[6], 0)));
    CU_ASSERT_EQUAL(experiment->axis[1].place.line, 5);
    CU_ASSERT_EQUAL(experiment->axis[1].place.column, 5);
    gw_experiment_free(experiment);
}

/* The values equal what the compiler makes of the decimals as one writes them. */
static void gives_exact_decimals(void)
{
    struct gw_experiment *experiment =
        parse("    a: {from: 0.1, to: 0.7, step: 0.1}\n"
              "    b: {from: -0.3, to: 0.3, step: 0.15}\n"
              "    c: {from: 1e-3, to: 3e-3, step: 1.0e-3}\n"
              "    d: {from: 0.10, to: 0.30, step: 0.100}\n"
              "    e: {from: 1e2, to: 3e2, step: 100}\n");
    static const struct {
        size_t count;
        double value[7];
    } expected[] = {
        {7, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}},
        {5, {-0.3, -0.15, 0, 0.15, 0.3}},
        {3, {0.001, 0.002, 0.003}},
        {3, {0.1, 0.2, 0.3}},
        {3, {100, 200, 300}},
    };
    for (size_t a = 0; a < 5; a++) {
        const struct gw_axis *axis = &experiment->axis[a];
        CU_ASSERT_EQUAL_FATAL(axis->count, expected[a].count);
        CU_ASSERT_FALSE(axis->integer);
        for (size_t i = 0; i < axis->count; i++) {
            CU_ASSERT_EQUAL(gw_axis_value(axis, i), expected[a].value[i]);
        }
    }
    gw_experiment_free(experiment);
}

/* strtod of the printed decimal is an independent nearest double. */
static void gives_nearest_doubles_over_long_ranges(void)
{
    struct gw_experiment *experiment =
        parse("    a: {from: -0.00007, to: 99.99993, step: 0.0001}\n");
    const struct gw_axis *axis = &experiment->axis[0];
    CU_ASSERT_EQUAL(axis->count, 1000001);
    for (long i = 0; i < 1000001; i += 97) {
        char text[40];
        long units = -7 + 10 * i; /* of 1e-5 */
        snprintf(text, sizeof text, "%s%ld.%05ld", units < 0 ? "-" : "",
                 labs(units) / 100000, labs(units) % 100000);
        CU_ASSERT_EQUAL(gw_axis_value(axis, (size_t)i), strtod(text, NULL));
    }
    gw_experiment_free(experiment);
}

static void refuses_bad_ranges(void)
{
    refuse(
        "    a: {from: 5, to: 52, step: 5}",
        "4:22: a: steps of 5 from 5 do not end at 52; the nearest 'to' that fits is 50");
    refuse(
        "    a: {from: 5, to: 53, step: 5}",
        "4:22: a: steps of 5 from 5 do not end at 53; the nearest 'to' that fits is 55");
    refuse(
        "    a: {from: 5, to: 6, step: 5}",
        "4:22: a: steps of 5 from 5 do not end at 6; the nearest 'to' that fits is 10");
    refuse(
        "    a: {from: 0.1, to: 0.75, step: 0.1}",
        "4:24: a: steps of 0.1 from 0.1 do not end at 0.75; the nearest 'to' that fits "
        "is 0.7");
    refuse("    a: {from: 5, to: 5}",
           "4:22: a: 'to' must be above 'from'; for one value write [5]");
    refuse("    a: {from: 5, to: 4}",
           "4:22: a: 'to' must be above 'from'; for one value write [5]");
    refuse("    a: {from: 1, to: 5, step: 0}", "4:31: a: step must be above 0");
    refuse("    a: {from: 1, to: 5, step: -1}", "4:31: a: step must be above 0");
    refuse("    a: {from: 0.5, to: 5}",
           "4:8: a: 'step' is missing; only integers have a default, 1");
    refuse("    a: {from: 1}", "4:5: the key 'to' is missing (last value, inclusive)");
    refuse("    a: {form: 1, to: 3}",
           "4:9: unknown key 'form' in the range; did you mean 'from'?");
    refuse("    a: {from: x, to: 3}", "4:15: 'x' is not a number");
    refuse("    a: {from: [1], to: 3}", "4:15: from must be a text, not a list");
    refuse("    a: {from: '1', to: 3}", "4:16: '1' is not a number");
    refuse("    a: {from: 0, to: 1e-16, step: 1e-17}",
           "4:8: a: the numbers have too many digits to be exact");
    refuse("    a: {from: 0, to: 1e300, step: 1}",
           "4:8: a: the numbers have too many digits to be exact");
    refuse("    a: {from: 0, to: 9007199254740993}",
           "4:22: '9007199254740993' has too many digits");
}

static void refuses_bad_lists(void)
{
    refuse("    a: []", "4:8: a has no value");
    refuse("    a: 5",
           "4:8: a must be {from, to, step} or a list; for one value write [5]");
    refuse("    a: [1, 2, 1]", "4:15: a: the value 1 is repeated");
    refuse("    a: [3, 1, 2, 1.0, 3]", "4:18: a: the value 1.0 is repeated");
    refuse("    a: [0, -0]", "4:12: a: the value -0 is repeated");
    refuse("    a: [1, x]", "4:12: 'x' is not a number");
    refuse("    a: [1, [2]]", "4:12: a list where a number should be");
    refuse("    a: [1, .nan]", "4:12: '.nan' is not a number");
    refuse("    a: [1, 010]", "4:12: '010': write no leading zero");
    refuse("    a: [1, 9007199254740995]",
           "4:12: '9007199254740995' has too many digits");
}

static void refuses_taken_names(void)
{
    static const char *const word[] = {"close", "sma", "and", "not", "raw", "true"};
    /* clang-format off */
    static const char *const variable[] = {
        "combo", "window", "segment", "pick", "bin", "time", "status", "selected",
        "begin", "end", "objective_sum", "weight", "record", "oos_metric_name",
        "parameter", "selected_edge", "raw_best", "raw_best_rank", "objective", "oos_return",
        "oos_equity", "oos_metric", "test_rank", "test_ranked", "rank_correlation",
        "median_combo", "hindsight_combo", "profitable_windows", "walk_forward_efficiency",
        "parameter_drift", "parameter_moved", "parameter_stability",
    };
    /* clang-format on */
    char line[100], message[200];
    for (size_t i = 0; i < sizeof word / sizeof word[0]; i++) {
        snprintf(line, sizeof line, "    %s: [1]", word[i]);
        snprintf(message, sizeof message,
                 "4:5: '%s' cannot be a parameter: it is a word of the expressions",
                 word[i]);
        refuse(line, message);
    }
    for (size_t i = 0; i < sizeof variable / sizeof variable[0]; i++) {
        snprintf(line, sizeof line, "    %s: [1]", variable[i]);
        snprintf(
            message, sizeof message,
            "4:5: '%s' cannot be a parameter: the results file has a variable of that "
            "name",
            variable[i]);
        refuse(line, message);
    }
    refuse("    sharpe: [1]", "4:5: 'sharpe' cannot be a parameter: it is a metric");
    refuse("    a-b: [1]", "4:5: 'a-b' is no name: use letters, digits and '_'");
    refuse("    a: [1]\n    a: [2]", "5:5: the key 'a' is repeated; it stands in line 4 "
                                     "already");
}

static void limits_axes_and_combinations(void)
{
    char lines[4000] = "";
    for (int i = 0; i < 33; i++) {
        snprintf(lines + strlen(lines), 40, "    p%d: [1]\n", i);
    }
    refuse(lines, "3:3: 33 parameters; 32 is the most");
    refuse("    a: {from: 1, to: 1000000}\n    b: {from: 1, to: 1000000}\n"
           "    c: {from: 1, to: 10000000}",
           "3:3: the grid has 1.0e+19 combinations; 2^62 (4.6e+18) is the most");
    /* would wrap to a small number in 64 bits */
    refuse("    a: {from: 1, to: 4294967296}\n    b: {from: 1, to: 4294967296}",
           "3:3: the grid has 1.8e+19 combinations; 2^62 (4.6e+18) is the most");
    struct gw_experiment *experiment =
        parse("    a: {from: 1, to: 2147483648}\n    b: {from: 1, to: 2147483648}");
    CU_ASSERT_EQUAL(experiment->axis[1].count, UINT64_C(1) << 31);
    gw_experiment_free(experiment);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"reads_integer_ranges_and_lists", reads_integer_ranges_and_lists},
        {"gives_exact_decimals", gives_exact_decimals},
        {"gives_nearest_doubles_over_long_ranges",
         gives_nearest_doubles_over_long_ranges},
        {"refuses_bad_ranges", refuses_bad_ranges},
        {"refuses_bad_lists", refuses_bad_lists},
        {"refuses_taken_names", refuses_taken_names},
        {"limits_axes_and_combinations", limits_axes_and_combinations},
    };
    return CHECK_RUN("parameters", tests);
}
