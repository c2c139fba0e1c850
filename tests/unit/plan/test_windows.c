#include "check.h"
#include "gridwalk/base/time.h"
#include "gridwalk/plan/windows.h"

#include <stdlib.h>
#include <string.h>

static struct gw_length bars_of(int64_t count)
{
    return (struct gw_length){.count = count};
}

static struct gw_walk_forward rolling(int64_t train, int64_t test, int64_t step)
{
    return (struct gw_walk_forward){.present = true,
                                    .train = bars_of(train),
                                    .test = bars_of(test),
                                    .step = bars_of(step),
                                    .overlap = true,
                                    .segments = test > 0 ? 2 : 1,
                                    .place = {"f", 7, 9},
                                    .step_place = {"f", 7, 30},
                                    .purge_place = {"f", 7, 40}};
}

static struct gw_stretch bars(size_t first, size_t last)
{
    return (struct gw_stretch){.bars = last + 1, .first = first, .last = last};
}

static size_t count_of(size_t count, struct gw_walk_forward walk_forward)
{
    const struct gw_stretch stretch = bars(0, count - 1);
    struct gw_window *window = NULL;
    size_t windows = 0;
    struct gw_error err;
    if (gw_windows_make(&walk_forward, &stretch, &window, &windows, &err) != GW_OK) {
        return 0;
    }
    free(window);
    return windows;
}

/* Windows that must be: train first and last, test first and last. */
static void expect(const struct gw_walk_forward *walk_forward,
                   const struct gw_stretch *stretch,
                   const size_t (*expected)[4],
                   size_t count)
{
    struct gw_window *window = NULL;
    size_t windows = 0;
    struct gw_error err;
    CHECK_OK(gw_windows_make(walk_forward, stretch, &window, &windows, &err));
    CU_ASSERT_EQUAL_FATAL(windows, count);
    for (size_t w = 0; w < count; w++) {
        CU_ASSERT_EQUAL(window[w].begin[GW_TRAIN], expected[w][0]);
        CU_ASSERT_EQUAL(window[w].end[GW_TRAIN], expected[w][1]);
        CU_ASSERT_EQUAL(window[w].begin[GW_TEST], expected[w][2]);
        CU_ASSERT_EQUAL(window[w].end[GW_TEST], expected[w][3]);
    }
    free(window);
}

/* The same with validation: its first and last behind those of train. */
static void expect_three(const struct gw_walk_forward *walk_forward,
                         const struct gw_stretch *stretch,
                         const size_t (*expected)[6],
                         size_t count)
{
    struct gw_window *window = NULL;
    size_t windows = 0;
    struct gw_error err;
    CHECK_OK(gw_windows_make(walk_forward, stretch, &window, &windows, &err));
    CU_ASSERT_EQUAL_FATAL(windows, count);
    for (size_t w = 0; w < count; w++) {
        CU_ASSERT_EQUAL(window[w].begin[GW_TRAIN], expected[w][0]);
        CU_ASSERT_EQUAL(window[w].end[GW_TRAIN], expected[w][1]);
        CU_ASSERT_EQUAL(window[w].begin[GW_VALIDATION], expected[w][2]);
        CU_ASSERT_EQUAL(window[w].end[GW_VALIDATION], expected[w][3]);
        CU_ASSERT_EQUAL(window[w].begin[GW_TEST], expected[w][4]);
        CU_ASSERT_EQUAL(window[w].end[GW_TEST], expected[w][5]);
    }
    free(window);
}

static void refuse(const struct gw_walk_forward *walk_forward,
                   const struct gw_stretch *stretch,
                   const char *message)
{
    struct gw_window *window = NULL;
    size_t windows = 0;
    struct gw_error err = {.status = GW_OK};
    CU_ASSERT_EQUAL(gw_windows_make(walk_forward, stretch, &window, &windows, &err),
                    GW_CONFIG);
    CHECK_TEXT(err.text, message);
    CU_ASSERT_PTR_NULL(window);
}

static struct gw_walk_forward
validated(int64_t train, int64_t validation, int64_t test, int64_t step)
{
    struct gw_walk_forward walk_forward = rolling(train, test, step);
    walk_forward.validation = bars_of(validation);
    walk_forward.segments = 3;
    walk_forward.overlap = false;
    return walk_forward;
}

/* The seed system's acceptance cases, with its validation. */
static void lays_windows_as_the_seed_system(void)
{
    static const size_t four[][6] = {{0, 99, 100, 129, 130, 159},
                                     {30, 129, 130, 159, 160, 189},
                                     {60, 159, 160, 189, 190, 219},
                                     {90, 189, 190, 219, 220, 249}};
    static const size_t one[][6] = {{0, 249, 250, 299, 300, 349}};
    const struct gw_walk_forward thirty = validated(100, 30, 30, 30);
    const struct gw_walk_forward fifty = validated(250, 50, 50, 50);
    const struct gw_walk_forward twenty = validated(100, 20, 20, 20);
    const struct gw_stretch rows_250 = bars(0, 249), rows_350 = bars(0, 349);
    const struct gw_stretch rows_50 = bars(0, 49);
    expect_three(&thirty, &rows_250, four, 4);
    expect_three(&fifty, &rows_350, one, 1);
    refuse(&twenty, &rows_50,
           "f:7:9: train 100 + validation 20 + test 20 bars do not fit into 50 bars");
    CU_ASSERT_EQUAL(count_of(250, rolling(100, 30, 30)), 5);
}

/* Its expanding windows: 5 of 300 rows, with 100, 130, ... 220 in train. */
static void grows_train_as_the_seed_system(void)
{
    static const size_t expected[][6] = {{0, 99, 100, 129, 130, 159},
                                         {0, 129, 130, 159, 160, 189},
                                         {0, 159, 160, 189, 190, 219},
                                         {0, 189, 190, 219, 220, 249},
                                         {0, 219, 220, 249, 250, 279}};
    struct gw_walk_forward walk_forward = validated(100, 30, 30, 30);
    const struct gw_stretch stretch = bars(0, 299);
    walk_forward.anchored = true;
    expect_three(&walk_forward, &stretch, expected, 5);
}

static void lays_windows_side_by_side(void)
{
    static const size_t expected[][4] = {{200, 299, 300, 329},
                                         {230, 329, 330, 359},
                                         {260, 359, 360, 389},
                                         {290, 389, 390, 419},
                                         {320, 419, 420, 449}};
    struct gw_walk_forward walk_forward = rolling(100, 30, 30);
    const struct gw_stretch stretch = bars(200, 449);
    walk_forward.overlap = false;
    expect(&walk_forward, &stretch, expected, 5);
}

/* Slide a window bar by bar and count by hand. */
static void agrees_with_a_walk_over_the_bars(void)
{
    for (unsigned i = 0; i < 2000; i++) {
        int64_t train = 1 + i * 7 % 41, test = i * 5 % 17, step = 1 + i * 3 % 23;
        size_t first = i % 11, length = 1 + i * 13 % 211;
        struct gw_walk_forward walk_forward = rolling(train, test, step);
        const struct gw_stretch stretch = bars(first, first + length - 1);
        struct gw_window *window = NULL;
        struct gw_error err;
        size_t count = 0, expected = 0;
        enum gw_status status =
            gw_windows_make(&walk_forward, &stretch, &window, &count, &err);
        for (size_t begin = first; begin + (size_t)(train + test) <= first + length;
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

/* purge takes the end of train, the test stays; embargo moves the next window. */
static void purges_and_spaces(void)
{
    static const size_t purged[][4] = {{0, 6, 10, 13}, {4, 10, 14, 17}};
    static const size_t spaced[][4] = {{0, 9, 10, 13}, {6, 15, 16, 19}};
    static const size_t grown[][4] = {{0, 6, 10, 13}, {0, 12, 16, 19}};
    struct gw_walk_forward walk_forward = rolling(10, 4, 4);
    const struct gw_stretch exact = bars(0, 19);
    walk_forward.purge = 3;
    expect(&walk_forward, &exact, purged, 2);
    walk_forward.purge = 0;
    walk_forward.embargo = 2;
    expect(&walk_forward, &exact, spaced, 2);
    walk_forward.purge = 3;
    walk_forward.anchored = true;
    expect(&walk_forward, &exact, grown, 2);
    const struct gw_stretch shorter = bars(0, 18);
    expect(&walk_forward, &shorter, grown, 1);
}

/* purge takes the end of train and of validation; the other edges stay. The last window
 * that is kept is the first whose test does not fit, and one whose test has no bar is not
 * there. */
static void purges_cuts_and_spaces_with_validation(void)
{
    static const size_t purged[][6] = {{0, 7, 10, 12, 15, 18}, {4, 11, 14, 16, 19, 22}};
    static const size_t spaced[][6] = {{0, 9, 10, 14, 15, 18}, {7, 16, 17, 21, 22, 25}};
    static const size_t cut[][6] = {{0, 9, 10, 14, 15, 18}, {4, 13, 14, 18, 19, 19}};
    struct gw_walk_forward walk_forward = validated(10, 5, 4, 4);
    const struct gw_stretch exact = bars(0, 22), far = bars(0, 25);
    const struct gw_stretch one = bars(0, 19), none = bars(0, 18);
    walk_forward.purge = 2;
    expect_three(&walk_forward, &exact, purged, 2);
    expect_three(&walk_forward, &one, purged, 1);
    walk_forward.purge = 0;
    walk_forward.partial = true;
    expect_three(&walk_forward, &one, cut, 2);
    expect_three(&walk_forward, &none, cut, 1);
    walk_forward.embargo = 3;
    expect_three(&walk_forward, &far, spaced, 2);
    walk_forward.step.count = 3; /* validation may lie in an earlier test, test not */
    walk_forward.embargo = 0;
    refuse(&walk_forward, &exact,
           "f:7:30: the test segments of windows 0 and 1 overlap by 1 bars; make step as "
           "long as test, or say overlap: true");
}

static void keeps_a_test_that_is_cut_short(void)
{
    static const size_t kept[][4] = {{0, 9, 10, 13}, {4, 13, 14, 17}, {8, 17, 18, 18}};
    static const size_t overlapping[][4] = {{0, 9, 10, 13}, {2, 11, 12, 14}};
    struct gw_walk_forward walk_forward = rolling(10, 4, 4);
    const struct gw_stretch one = bars(0, 18), none = bars(0, 17), whole = bars(0, 13);
    walk_forward.partial = true;
    walk_forward.overlap = false;
    expect(&walk_forward, &one, kept, 3);
    expect(&walk_forward, &none, kept, 2);
    expect(&walk_forward, &whole, kept, 1);
    walk_forward.step.count = 2; /* one is kept, though more would have a bar */
    walk_forward.overlap = true;
    const struct gw_stretch stretch = bars(0, 14);
    expect(&walk_forward, &stretch, overlapping, 2);
}

static void wants_overlaps_to_be_meant(void)
{
    struct gw_walk_forward walk_forward = rolling(10, 4, 3);
    const struct gw_stretch stretch = bars(0, 40);
    walk_forward.overlap = false;
    refuse(&walk_forward, &stretch,
           "f:7:30: the test segments of windows 0 and 1 overlap by 1 bars; make step as "
           "long as test, or say overlap: true");
    CU_ASSERT_EQUAL(count_of(16, walk_forward), 1); /* nothing to overlap with */
    walk_forward.embargo = 1;                       /* far enough apart */
    CU_ASSERT_EQUAL(count_of(41, walk_forward), 7);
}

/* ---- by the calendar ---- */

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    CU_ASSERT_TRUE_FATAL(gw_date_parse(text, 10, &day));
    return day;
}

enum { MOST_DAYS = 2000 };

/* The weekdays from one day to another. */
static size_t weekdays(const char *from, const char *to, int32_t *session_out)
{
    size_t count = 0;
    for (int32_t day = day_of(from); day <= day_of(to); day++) {
        if ((day + 3) % 7 < 5) { /* 1970-01-01 was a Thursday */
            CU_ASSERT_TRUE_FATAL(count < MOST_DAYS);
            session_out[count++] = day;
        }
    }
    return count;
}

static void expect_days(struct gw_walk_forward *walk_forward,
                        const struct gw_stretch *stretch,
                        const char *const (*expected)[4],
                        size_t count)
{
    struct gw_window *window = NULL;
    size_t windows = 0;
    struct gw_error err;
    CHECK_OK(gw_windows_make(walk_forward, stretch, &window, &windows, &err));
    CU_ASSERT_EQUAL_FATAL(windows, count);
    for (size_t w = 0; w < count; w++) {
        for (size_t i = 0; i < 4; i++) {
            size_t bar = i % 2 == 0 ? window[w].begin[i / 2] : window[w].end[i / 2];
            char day[GW_DATE_SIZE];
            gw_date_format(stretch->session[bar], day);
            CHECK_TEXT(day, expected[w][i]);
        }
    }
    free(window);
}

static struct gw_walk_forward
by_calendar(struct gw_length train, struct gw_length test, struct gw_length step)
{
    struct gw_walk_forward walk_forward = rolling(1, 1, 1);
    walk_forward.train = train;
    walk_forward.test = test;
    walk_forward.step = step;
    walk_forward.overlap = false;
    return walk_forward;
}

/* By a wall calendar: 2001-01-31 is a Wednesday; the months after it are shorter.
 * Sessions end on Tuesday 2001-07-31. */
static void clamps_month_ends(void)
{
    static const char *const expected[][4] = {
        {"2001-01-31", "2001-02-27", "2001-02-28", "2001-03-30"},
        {"2001-02-28", "2001-03-30", "2001-04-02", "2001-04-27"},
        {"2001-04-02", "2001-04-27", "2001-04-30", "2001-05-30"},
        {"2001-04-30", "2001-05-30", "2001-05-31", "2001-06-29"},
        {"2001-05-31", "2001-06-29", "2001-07-02", "2001-07-30"},
    };
    int32_t session[MOST_DAYS];
    size_t count = weekdays("2001-01-31", "2001-07-31", session);
    struct gw_stretch stretch = {session, count, true, 0, count - 1};
    struct gw_length month = {1, 'm'};
    struct gw_walk_forward walk_forward = by_calendar(month, month, month);
    expect_days(&walk_forward, &stretch, expected, 5);
    stretch.last -= 2; /* to Friday 27: Monday 30 is in the bundle, so the last is cut */
    expect_days(&walk_forward, &stretch, expected, 4);
    walk_forward.partial = true;
    static const char *const cut[][4] = {
        {"2001-05-31", "2001-06-29", "2001-07-02", "2001-07-27"}};
    struct gw_stretch late = {session, count, true, 86, count - 3};
    char day[GW_DATE_SIZE];
    gw_date_format(session[86], day);
    CHECK_TEXT(day, "2001-05-31");
    expect_days(&walk_forward, &late, cut, 1);
}

/* Validation ends where test begins, on days counted from the first: 2001-01-31 and one,
 * two, three months. Two sessions of March 28, 29 and 30 are purged. */
static void lays_validation_by_the_calendar(void)
{
    static const char *const expected[][6] = {{"2001-01-31", "2001-02-23", "2001-02-28",
                                               "2001-03-28", "2001-04-02", "2001-04-27"},
                                              {"2001-02-28", "2001-03-28", "2001-04-02",
                                               "2001-04-25", "2001-04-30", "2001-05-30"}};
    int32_t session[MOST_DAYS];
    size_t count = weekdays("2001-01-31", "2001-05-30", session), windows = 0;
    struct gw_stretch stretch = {session, count, true, 0, count - 1};
    struct gw_length month = {1, 'm'};
    struct gw_walk_forward walk_forward = by_calendar(month, month, month);
    walk_forward.validation = month;
    walk_forward.segments = 3;
    walk_forward.purge = 2;
    struct gw_window *window = NULL;
    struct gw_error err;
    CHECK_OK(gw_windows_make(&walk_forward, &stretch, &window, &windows, &err));
    CU_ASSERT_EQUAL_FATAL(windows, 2);
    for (size_t i = 0; i < 2 * 6; i++) {
        enum gw_segment segment = gw_segment_in_time[i % 6 / 2];
        const struct gw_window *w = &window[i / 6];
        char day[GW_DATE_SIZE];
        gw_date_format(session[i % 2 == 0 ? w->begin[segment] : w->end[segment]], day);
        CHECK_TEXT(day, expected[i / 6][i % 6]);
    }
    free(window);
    walk_forward.validation = (struct gw_length){1, 'd'};
    walk_forward.purge = 1;
    refuse(&walk_forward, &stretch,
           "f:7:40: window 0: purge 1 leaves none of 1 validation bars");
}

/* 2004-02-29 and four years; two years of sessions in train, a quarter in test. */
static void counts_years_weeks_and_days(void)
{
    static const char *const years[][4] = {
        {"2000-02-29", "2001-02-27", "2001-02-28", "2002-02-27"},
        {"2001-02-28", "2002-02-27", "2002-02-28", "2003-02-27"},
        {"2002-02-28", "2003-02-27", "2003-02-28", "2004-02-27"},
        {"2003-02-28", "2004-02-27", "2004-03-01", "2005-02-25"},
    };
    static const char *const weeks[][4] = {
        {"2000-02-29", "2000-03-13", "2000-03-14", "2000-03-20"},
        {"2000-03-10", "2000-03-23", "2000-03-24", "2000-03-30"}};
    int32_t session[MOST_DAYS];
    size_t count = weekdays("2000-02-29", "2005-02-28", session);
    struct gw_stretch stretch = {session, count, true, 0, count - 1};
    struct gw_walk_forward walk_forward =
        by_calendar((struct gw_length){1, 'y'}, (struct gw_length){12, 'm'},
                    (struct gw_length){1, 'y'});
    expect_days(&walk_forward, &stretch, years, 4);
    walk_forward = by_calendar((struct gw_length){2, 'w'}, (struct gw_length){7, 'd'},
                               (struct gw_length){10, 'd'});
    stretch.last = 24; /* Monday 2000-04-03 */
    expect_days(&walk_forward, &stretch, weeks, 2);
}

/* Days that nobody knows to be sessions or not: a test that ends behind the bundle is no
 * whole one, but one whose days are all over is. */
static void knows_where_the_bundle_ends(void)
{
    static const char *const expected[][4] = {
        {"2001-01-01", "2001-01-05", "2001-01-08", "2001-01-12"}};
    int32_t session[MOST_DAYS];
    size_t count = weekdays("2001-01-01", "2001-01-12", session);
    struct gw_stretch stretch = {session, count, true, 0, count - 1};
    struct gw_length week = {1, 'w'};
    struct gw_walk_forward walk_forward =
        by_calendar(week, (struct gw_length){5, 'd'}, week);
    expect_days(&walk_forward, &stretch, expected, 1);
    walk_forward.test.count = 6;
    refuse(
        &walk_forward, &stretch,
        "f:7:9: train 1w + test 6d do not fit into 10 bars (2001-01-01 to 2001-01-12)");
    walk_forward.partial = true;
    expect_days(&walk_forward, &stretch, expected, 1);
}

static void says_what_the_calendar_leaves_empty(void)
{
    int32_t session[MOST_DAYS];
    size_t count = weekdays("2001-01-01", "2001-03-30", session);
    struct gw_stretch stretch = {session, count, true, 0, count - 1};
    struct gw_walk_forward walk_forward =
        by_calendar((struct gw_length){5, 'd'}, (struct gw_length){2, 'd'},
                    (struct gw_length){1, 'w'});
    refuse(&walk_forward, &stretch,
           "f:7:9: window 0: no session lies in its test segment, 2001-01-06 to "
           "2001-01-07; make it longer");
    walk_forward.test = (struct gw_length){1, 'w'};
    walk_forward.validation = (struct gw_length){2, 'd'};
    walk_forward.segments = 3;
    refuse(&walk_forward, &stretch,
           "f:7:9: window 0: no session lies in its validation segment, 2001-01-06 to "
           "2001-01-07; make it longer");
    walk_forward.validation.count = 0;
    walk_forward.segments = 2;
    walk_forward.purge = 5;
    refuse(&walk_forward, &stretch,
           "f:7:40: window 0: purge 5 leaves none of 5 train bars");
    stretch.daily = false;
    refuse(&walk_forward, &stretch,
           "f:7:9: calendar lengths need daily bars; give all lengths in bars");
}

/* ---- by dates ---- */

static void takes_dates(void)
{
    static const char *const expected[][4] = {
        {"2001-01-08", "2001-01-12", "2001-01-15", "2001-01-19"},
        {"2001-01-08", "2001-01-19", "2001-01-24", "2001-01-24"}};
    struct gw_window_dates dates[] = {
        {.from = {day_of("2001-01-06"), day_of("2001-01-13")},
         .to = {day_of("2001-01-12"), day_of("2001-01-21")},
         .place = {{"f", 3, 1}, {"f", 3, 2}}},
        {.from = {day_of("2001-01-08"), day_of("2001-01-24")},
         .to = {day_of("2001-01-19"), day_of("2001-01-24")},
         .place = {{"f", 4, 1}, {"f", 4, 2}}}};
    int32_t session[MOST_DAYS];
    size_t count = weekdays("2001-01-01", "2001-01-31", session);
    struct gw_stretch stretch = {session, count, true, 0, count - 1};
    struct gw_walk_forward walk_forward = {.present = true,
                                           .dates = dates,
                                           .dated = 2,
                                           .segments = 2,
                                           .step_place = {"f", 2, 1}};
    expect_days(&walk_forward, &stretch, expected, 2);
    dates[1].from[GW_TEST] = day_of("2001-01-20");
    dates[1].to[GW_TEST] = day_of("2001-01-21");
    refuse(
        &walk_forward, &stretch,
        "f:4:2: no session lies in test, 2001-01-20 to 2001-01-21; there are some from "
        "2001-01-01 to 2001-01-31");
    dates[1].from[GW_TEST] = day_of("2001-01-19");
    refuse(&walk_forward, &stretch,
           "f:2:1: the test segments of windows 0 and 1 overlap by 1 bars; make step as "
           "long as test, or say overlap: true");
    dates[0].from[GW_VALIDATION] = dates[0].to[GW_VALIDATION] = day_of("2001-01-12");
    dates[0].to[GW_TRAIN] = day_of("2001-01-11");
    dates[0].place[GW_VALIDATION] = (struct gw_place){"f", 3, 3};
    walk_forward.dated = 1;
    walk_forward.segments = 3;
    static const size_t three[][6] = {{5, 8, 9, 9, 10, 14}};
    expect_three(&walk_forward, &stretch, three, 1);
    dates[0].to[GW_VALIDATION] = dates[0].from[GW_VALIDATION] = day_of("2001-01-13");
    refuse(&walk_forward, &stretch,
           "f:3:3: no session lies in validation, 2001-01-13 to 2001-01-13; there are "
           "some from 2001-01-01 to 2001-01-31");
    dates[0].to[GW_TRAIN] = day_of("2001-01-12");
    stretch.first = 6;
    refuse(
        &walk_forward, &stretch,
        "f:3:1: train, 2001-01-06 to 2001-01-12, reaches beyond the period, 2001-01-09 "
        "to 2001-01-31");
}

static void takes_the_whole_period_without_walk_forward(void)
{
    struct gw_walk_forward none = {.present = false};
    const struct gw_stretch stretch = bars(5, 5);
    struct gw_window *window;
    size_t count;
    struct gw_error err;
    CHECK_OK(gw_windows_make(&none, &stretch, &window, &count, &err));
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(window[0].begin[GW_TRAIN], 5);
    CU_ASSERT_EQUAL(window[0].end[GW_TRAIN], 5);
    free(window);
}

static void says_what_does_not_fit(void)
{
    struct gw_walk_forward walk_forward = rolling(500, 125, 125);
    const struct gw_stretch stretch = bars(10, 309);
    refuse(&walk_forward, &stretch,
           "f:7:9: train 500 + test 125 bars do not fit into 300 bars");
    walk_forward.test.count = 0;
    walk_forward.segments = 1;
    refuse(&walk_forward, &stretch, "f:7:9: train 500 bars do not fit into 300 bars");
}

int main(void)
{
    static const struct check_test tests[] = {
        {"lays_windows_as_the_seed_system", lays_windows_as_the_seed_system},
        {"grows_train_as_the_seed_system", grows_train_as_the_seed_system},
        {"lays_windows_side_by_side", lays_windows_side_by_side},
        {"agrees_with_a_walk_over_the_bars", agrees_with_a_walk_over_the_bars},
        {"purges_and_spaces", purges_and_spaces},
        {"purges_cuts_and_spaces_with_validation",
         purges_cuts_and_spaces_with_validation},
        {"keeps_a_test_that_is_cut_short", keeps_a_test_that_is_cut_short},
        {"wants_overlaps_to_be_meant", wants_overlaps_to_be_meant},
        {"clamps_month_ends", clamps_month_ends},
        {"lays_validation_by_the_calendar", lays_validation_by_the_calendar},
        {"counts_years_weeks_and_days", counts_years_weeks_and_days},
        {"knows_where_the_bundle_ends", knows_where_the_bundle_ends},
        {"says_what_the_calendar_leaves_empty", says_what_the_calendar_leaves_empty},
        {"takes_dates", takes_dates},
        {"takes_the_whole_period_without_walk_forward",
         takes_the_whole_period_without_walk_forward},
        {"says_what_does_not_fit", says_what_does_not_fit},
    };
    return CHECK_RUN("windows", tests);
}
