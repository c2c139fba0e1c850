#include "check.h"
#include "gridwalk/plan/windows.h"

#include <stdlib.h>

static struct gw_walk_forward rolling(int64_t train, int64_t test, int64_t step)
{
    return (struct gw_walk_forward){.present = true,
                                    .train = train,
                                    .test = test,
                                    .step = step,
                                    .place = {"f", 7, 9}};
}

static size_t count_of(size_t bars, int64_t train, int64_t test, int64_t step)
{
    struct gw_walk_forward walk_forward = rolling(train, test, step);
    struct gw_window *window = NULL;
    size_t count = 0;
    struct gw_error err;
    if (gw_windows_make(&walk_forward, 0, bars - 1, &window, &count, &err) != GW_OK) {
        return 0;
    }
    free(window);
    return count;
}

/* The seed system's acceptance cases; its validation bars are part of test here. */
static void counts_windows_as_the_seed_system(void)
{
    CU_ASSERT_EQUAL(count_of(250, 100, 60, 30), 4);
    CU_ASSERT_EQUAL(count_of(350, 250, 100, 50), 1);
    CU_ASSERT_EQUAL(count_of(50, 100, 40, 20), 0);
    CU_ASSERT_EQUAL(count_of(250, 100, 30, 30), 5);
}

static void lays_windows_side_by_side(void)
{
    struct gw_walk_forward walk_forward = rolling(100, 30, 30);
    struct gw_window *window;
    size_t count;
    struct gw_error err;
    CHECK_OK(gw_windows_make(&walk_forward, 200, 449, &window, &count, &err));
    CU_ASSERT_EQUAL_FATAL(count, 5);
    CU_ASSERT_EQUAL(window[0].begin[GW_TRAIN], 200);
    CU_ASSERT_EQUAL(window[0].end[GW_TRAIN], 299);
    CU_ASSERT_EQUAL(window[0].begin[GW_TEST], 300);
    CU_ASSERT_EQUAL(window[0].end[GW_TEST], 329);
    CU_ASSERT_EQUAL(window[4].begin[GW_TRAIN], 320);
    CU_ASSERT_EQUAL(window[4].end[GW_TEST], 449);
    free(window);
}

/* Slide a window bar by bar and count by hand. */
static void agrees_with_a_walk_over_the_bars(void)
{
    for (unsigned i = 0; i < 2000; i++) {
        int64_t train = 1 + i * 7 % 41, test = i * 5 % 17, step = 1 + i * 3 % 23;
        size_t first = i % 11, bars = 1 + i * 13 % 211;
        struct gw_walk_forward walk_forward = rolling(train, test, step);
        struct gw_window *window = NULL;
        struct gw_error err;
        size_t count = 0, expected = 0;
        enum gw_status status = gw_windows_make(&walk_forward, first, first + bars - 1,
                                                &window, &count, &err);
        for (size_t begin = first; begin + (size_t)(train + test) <= first + bars;
             begin += (size_t)step) {
            CU_ASSERT_TRUE_FATAL(expected < count);
            const struct gw_window *w = &window[expected++];
            CU_ASSERT_EQUAL_FATAL(w->begin[GW_TRAIN], begin);
            CU_ASSERT_EQUAL_FATAL(w->end[GW_TRAIN] - begin + 1, (size_t)train);
            if (test > 0) {
                CU_ASSERT_EQUAL_FATAL(w->begin[GW_TEST], w->end[GW_TRAIN] + 1);
                CU_ASSERT_EQUAL_FATAL(w->end[GW_TEST] - w->end[GW_TRAIN], (size_t)test);
            }
        }
        CU_ASSERT_EQUAL(count, expected);
        CU_ASSERT_EQUAL(status, expected > 0 ? GW_OK : GW_CONFIG);
        free(window);
    }
}

static void takes_the_whole_period_without_walk_forward(void)
{
    struct gw_walk_forward none = {.present = false};
    struct gw_window *window;
    size_t count;
    struct gw_error err;
    CHECK_OK(gw_windows_make(&none, 5, 5, &window, &count, &err));
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(window[0].begin[GW_TRAIN], 5);
    CU_ASSERT_EQUAL(window[0].end[GW_TRAIN], 5);
    free(window);
}

static void says_what_does_not_fit(void)
{
    struct gw_walk_forward walk_forward = rolling(500, 125, 125);
    struct gw_window *window = NULL;
    size_t count;
    struct gw_error err;
    CU_ASSERT_EQUAL(gw_windows_make(&walk_forward, 10, 309, &window, &count, &err),
                    GW_CONFIG);
    CHECK_TEXT(err.text, "f:7:9: train 500 + test 125 bars do not fit into 300 bars");
    walk_forward.test = 0;
    CU_ASSERT_EQUAL(gw_windows_make(&walk_forward, 10, 309, &window, &count, &err),
                    GW_CONFIG);
    CHECK_TEXT(err.text, "f:7:9: train 500 bars do not fit into 300 bars");
    CU_ASSERT_PTR_NULL(window);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"counts_windows_as_the_seed_system", counts_windows_as_the_seed_system},
        {"lays_windows_side_by_side", lays_windows_side_by_side},
        {"agrees_with_a_walk_over_the_bars", agrees_with_a_walk_over_the_bars},
        {"takes_the_whole_period_without_walk_forward",
         takes_the_whole_period_without_walk_forward},
        {"says_what_does_not_fit", says_what_does_not_fit},
    };
    return CHECK_RUN("windows", tests);
}
