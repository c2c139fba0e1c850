/** What every CUnit program here shares: a runner, and checks that print what they saw.
 */
#ifndef GRIDWALK_TESTS_UNIT_CHECK_H
#define GRIDWALK_TESTS_UNIT_CHECK_H

#include "gridwalk/base/error.h"

#include <CUnit/Basic.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/** A call that returns a status and fills `err`: prints the text when it fails. */
#define CHECK_OK(call)                                                                   \
    do {                                                                                 \
        enum gw_status check_status = (call);                                            \
        if (check_status != GW_OK) {                                                     \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, err.text);                \
        }                                                                                \
        CU_ASSERT_EQUAL(check_status, GW_OK);                                            \
    } while (0)

/** Relative closeness (absolute below 1); NaN equals NaN, infinities equal themselves. */
static inline int check_close(double a, double b, double tolerance)
{
    if (isnan(a) || isnan(b)) {
        return isnan(a) && isnan(b);
    }
    return a == b || fabs(a - b) <= tolerance * fmax(1, fmax(fabs(a), fabs(b)));
}

#define CHECK_CLOSE(actual, expected, tolerance)                                         \
    do {                                                                                 \
        double check_a = (actual), check_e = (expected);                                 \
        if (!check_close(check_a, check_e, tolerance)) {                                 \
            fprintf(stderr, "%s:%d: %.17g, expected %.17g\n", __FILE__, __LINE__,        \
                    check_a, check_e);                                                   \
        }                                                                                \
        CU_ASSERT_TRUE(check_close(check_a, check_e, tolerance));                        \
    } while (0)

#define CHECK_TEXT(actual, expected)                                                     \
    do {                                                                                 \
        const char *check_a = (actual), *check_e = (expected);                           \
        if (strcmp(check_a, check_e) != 0) {                                             \
            fprintf(stderr, "%s:%d: \"%s\", expected \"%s\"\n", __FILE__, __LINE__,      \
                    check_a, check_e);                                                   \
        }                                                                                \
        CU_ASSERT_STRING_EQUAL(check_a, check_e);                                        \
    } while (0)

struct check_test {
    const char *name; /* a sentence: rejects_an_empty_calendar */
    void (*run)(void);
};

/** Run the tests of one module; main returns what this returns. */
static inline int
check_run(const char *module, const struct check_test *test, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 1;
    }
    CU_pSuite suite = CU_add_suite(module, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        CU_add_test(suite, test[i].name, test[i].run);
    }
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    unsigned run = CU_get_number_of_tests_run();
    CU_cleanup_registry();
    return failures != 0 || run != count;
}

#define CHECK_RUN(module, tests)                                                         \
    check_run(module, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
