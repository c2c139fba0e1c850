#include "gridwalk/base/time.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum {
    FIRST_YEAR = 1678,
    LAST_YEAR = 2261,
    ERA_DAYS = 146097,     /* 400 years */
    EPOCH_OFFSET = 719468, /* 0000-03-01 to 1970-01-01 */
};

/* Years begin in March here, so that a leap day is the last of its year. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_OFFSET;
}

static void civil_from_days(int64_t days, int64_t *year_out, int *month_out, int *day_out)
{
    int64_t z = days + EPOCH_OFFSET;
    int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t day_of_era = z - era * ERA_DAYS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                           day_of_era / (ERA_DAYS - 1)) /
                          365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (int)((5 * day_of_year + 2) / 153);
    *day_out = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *month_out = month < 10 ? month + 3 : month - 9;
    *year_out = year_of_era + era * 400 + (*month_out <= 2);
}

/* The number in text[first..first+count), or -1 when it is not all digits. */
static int read_digits(const char *text, int first, int count)
{
    int value = 0;
    for (int i = first; i < first + count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool gw_date_parse(const char *text, size_t length, int32_t *days_out)
{
    if (length != GW_DATE_SIZE - 1 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    int year = read_digits(text, 0, 4);
    int month = read_digits(text, 5, 2);
    int day = read_digits(text, 8, 2);
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1) {
        return false;
    }
    int64_t first = days_from_civil(year, month, 1);
    int64_t next = month == 12 ? days_from_civil(year + 1, 1, 1)
                               : days_from_civil(year, month + 1, 1);
    if (day > next - first) {
        return false;
    }
    *days_out = (int32_t)(first + day - 1);
    return true;
}

static void write_digits(int value, char *out, int first, int count)
{
    for (int i = first + count - 1; i >= first; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void gw_date_format(int32_t days, char out[GW_DATE_SIZE])
{
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        memcpy(out, "\?\?\?\?-\?\?-\?\?",
               GW_DATE_SIZE); /* from a damaged file, into its message */
        return;
    }
    write_digits((int)year, out, 0, 4);
    out[4] = '-';
    write_digits(month, out, 5, 2);
    out[7] = '-';
    write_digits(day, out, 8, 2);
    out[10] = '\0';
}

int64_t gw_date_add(int32_t days, int64_t months)
{
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    months += month - 1;
    year += months / 12;
    month = (int)(months % 12) + 1;
    int64_t first = days_from_civil(year, month, 1);
    int64_t next = days_from_civil(month == 12 ? year + 1 : year, month % 12 + 1, 1);
    return first + day <= next ? first + day - 1 : next - 1;
}

int64_t gw_date_month(int32_t days)
{
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    return 12 * year + month - 1;
}

int64_t gw_date_week(int32_t days)
{
    int64_t since = (int64_t)days + 3; /* 1970-01-01 is a Thursday */
    return (since >= 0 ? since : since - 6) / 7;
}

double gw_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void gw_timestamp(char *out, size_t size)
{
    assert(size >= 21);
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
