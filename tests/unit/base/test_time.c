#include "gridwalk/base/time.h"

#include "check.h"

#include <stdlib.h>
#include <time.h>

/* Days of Python's datetime.date. */
static const struct {
    const char *text;
    int32_t days;
} known[] = {{"1678-01-01", -106650}, {"1969-12-31", -1},    {"1970-01-01", 0},
             {"2000-02-29", 11016},   {"2004-08-19", 12649}, {"2026-11-22", 20779},
             {"2261-12-31", 106650}};

static void knows_some_days(void)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int32_t days = 0;
        CU_ASSERT_TRUE(gw_date_parse(known[i].text, strlen(known[i].text), &days));
        CU_ASSERT_EQUAL(days, known[i].days);
        char text[GW_DATE_SIZE];
        gw_date_format(known[i].days, text);
        CHECK_TEXT(text, known[i].text);
    }
}

/* By dateutil's relativedelta(months=...). */
static void adds_months(void)
{
    static const struct {
        const char *from;
        int64_t months;
        const char *to;
    } expected[] = {
        {"2001-01-31", 1, "2001-02-28"},  {"2000-02-29", 12, "2001-02-28"},
        {"2000-02-29", 48, "2004-02-29"}, {"1999-11-30", 3, "2000-02-29"},
        {"1999-12-15", 1, "2000-01-15"},  {"2023-10-31", 4, "2024-02-29"},
        {"1969-12-31", 2, "1970-02-28"},  {"2100-01-31", 13, "2101-02-28"},
        {"2001-05-31", 0, "2001-05-31"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        int32_t from = 0;
        char to[GW_DATE_SIZE];
        CU_ASSERT_TRUE(gw_date_parse(expected[i].from, 10, &from));
        gw_date_format((int32_t)gw_date_add(from, expected[i].months), to);
        CHECK_TEXT(to, expected[i].to);
    }
}

/* ISO weeks: 2009-12-28 (Monday) to 2010-01-03 (Sunday) are one, 2009-W53, though a year
 * ends in it; 1969-12-29 to 1970-01-04 is week 0. */
static void knows_weeks_and_months(void)
{
    static const struct {
        const char *day;
        int week; /* beside that of 2009-12-28 */
        int month;
    } expected[] = {
        {"2009-12-27", -1, 12 * 2009 + 11},    {"2009-12-28", 0, 12 * 2009 + 11},
        {"2009-12-31", 0, 12 * 2009 + 11},     {"2010-01-03", 0, 12 * 2010},
        {"2010-01-04", 1, 12 * 2010},          {"1969-12-28", -2088, 12 * 1969 + 11},
        {"1969-12-29", -2087, 12 * 1969 + 11},
    };
    int32_t base, day;
    gw_date_parse("2009-12-28", 10, &base);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        gw_date_parse(expected[i].day, 10, &day);
        CU_ASSERT_EQUAL(gw_date_week(day) - gw_date_week(base), expected[i].week);
        CU_ASSERT_EQUAL(gw_date_month(day), expected[i].month);
    }
    CU_ASSERT_EQUAL(gw_date_week(0), 0);
    CU_ASSERT_EQUAL(gw_date_week(-3), 0);
    CU_ASSERT_EQUAL(gw_date_week(-4), -1);
}

static int days_of_month(int year, int month)
{
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return length[month - 1] + (month == 2 && leap);
}

static void counts_every_day_of_the_range(void)
{
    int32_t expected = known[0].days;
    int wrong = 0;
    for (int year = 1678; year <= 2261; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= days_of_month(year, month); day++, expected++) {
                char text[40], formatted[GW_DATE_SIZE];
                int32_t days = 0;
                snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
                wrong += !gw_date_parse(text, 10, &days) || days != expected;
                gw_date_format(expected, formatted);
                wrong += strcmp(text, formatted) != 0;
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(expected, 106651);
}

static void refuses_what_is_not_a_day(void)
{
    static const char *const bad[] = {
        "1677-12-31", "2262-01-01", "1900-02-29", "2023-02-29",  "2004-13-01",
        "2004-00-10", "2004-04-31", "2004-01-00", "2004-01-32",  "2004-1-01",
        "04-01-01",   "2004/01/01", "2004-01-1",  "2004-01-01 ", " 2004-01-01",
        "2004-01-0a", "20040101",   "",           "+004-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int32_t days = 42;
        if (gw_date_parse(bad[i], strlen(bad[i]), &days)) {
            fprintf(stderr, "%s is taken\n", bad[i]);
        }
        CU_ASSERT_FALSE(gw_date_parse(bad[i], strlen(bad[i]), &days));
        CU_ASSERT_EQUAL(days, 42);
    }
}

static void survives_days_of_a_damaged_file(void)
{
    char text[GW_DATE_SIZE];
    gw_date_format(INT32_MAX, text);
    CHECK_TEXT(text, "\?\?\?\?-\?\?-\?\?");
    gw_date_format(INT32_MIN, text);
    CHECK_TEXT(text, "\?\?\?\?-\?\?-\?\?");
}

static void clock_runs_forwards(void)
{
    double before = gw_clock();
    struct timespec pause = {0, 2000000};
    nanosleep(&pause, NULL);
    double passed = gw_clock() - before;
    CU_ASSERT_TRUE(passed >= 0.002 && passed < 5);
}

static void stamps_the_time_in_utc(void)
{
    char text[21];
    gw_timestamp(text, sizeof text);
    CU_ASSERT_EQUAL(strlen(text), 20);
    CU_ASSERT_TRUE(text[10] == 'T' && text[19] == 'Z' && text[13] == ':' &&
                   text[16] == ':');
    int32_t days = 0;
    CU_ASSERT_TRUE(gw_date_parse(text, 10, &days));
    CU_ASSERT_TRUE(labs((long)(time(NULL) / 86400) - days) <= 1);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"knows_weeks_and_months", knows_weeks_and_months},
        {"knows_some_days", knows_some_days},
        {"counts_every_day_of_the_range", counts_every_day_of_the_range},
        {"refuses_what_is_not_a_day", refuses_what_is_not_a_day},
        {"survives_days_of_a_damaged_file", survives_days_of_a_damaged_file},
        {"adds_months", adds_months},
        {"clock_runs_forwards", clock_runs_forwards},
        {"stamps_the_time_in_utc", stamps_the_time_in_utc},
    };
    return CHECK_RUN("time", tests);
}
