/** Dates as days since 1970-01-01 (proleptic Gregorian), and clocks. */
#ifndef GRIDWALK_BASE_TIME_H
#define GRIDWALK_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GW_DATE_SIZE = 11 }; /* "YYYY-MM-DD" and NUL */

/** Parse exactly YYYY-MM-DD of a real day, years 1678 to 2261 (the range of
 * datetime64[ns]). */
bool gw_date_parse(const char *text, size_t length, int32_t *days_out);

/** Write YYYY-MM-DD. */
void gw_date_format(int32_t days, char out[GW_DATE_SIZE]);

/** A day so many months (>= 0) later, on the same day of the month or, where that month
 * is shorter, on its last. */
int64_t gw_date_add(int32_t days, int64_t months);

/** Number of the calendar month a day lies in (12 * year + month - 1), and of its ISO
 *  week, which begins on a Monday (weeks since that of 1970-01-01). */
int64_t gw_date_month(int32_t days);
int64_t gw_date_week(int32_t days);

/** Seconds on a clock that never goes back; for durations only. */
double gw_clock(void);

/** Wall time now as "YYYY-MM-DDThh:mm:ssZ" (UTC); size >= 21. */
void gw_timestamp(char *out, size_t size);

#endif
