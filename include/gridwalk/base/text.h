/**
 * Text: a growing buffer, strict number parsing, and the nearest name for a misspelt one.
 * Locale-free: a decimal point is '.', whatever the environment says.
 */
#ifndef GRIDWALK_BASE_TEXT_H
#define GRIDWALK_BASE_TEXT_H

#include "gridwalk/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A growing string. {0} is the empty one; data is NULL until the first append. */
struct gw_text {
    char *data; /* NUL-terminated when not NULL */
    size_t length;
    size_t capacity;
};

void gw_text_clear(struct gw_text *text); /* frees and zeroes */
void gw_text_append(struct gw_text *text, const char *bytes, size_t length);
void gw_text_printf(struct gw_text *text, const char *format, ...) GW_PRINTF(2, 3);

/**
 * Parse a whole string of `length` bytes as a decimal number: [+-] digits [. digits] [e
 * [+-] digits], nothing before or after. Hex, "inf", "nan", blanks and values beyond the
 * range of a double are refused. The value is the nearest double.
 */
bool gw_parse_double(const char *text, size_t length, double *value_out);

/** Parse a whole string as a decimal integer with an optional sign; refuses overflow. */
bool gw_parse_int(const char *text, size_t length, int64_t *value_out);

/** Edit distance where a swap of neighbours counts once. */
size_t gw_edit_distance(const char *a, const char *b);

/**
 * The name nearest to `word` among `names` (count), or NULL when none is near enough to
 * be meant (more than a third of its letters, and more than 2, differ).
 */
const char *gw_nearest(const char *word, const char *const *names, size_t count);

/** The shortest of %.15g, %.16g, %.17g that reads back as the same double. Size >= 32. */
void gw_format_double(double value, char *out, size_t size);

/** 1234567 as "1,234,567". Size >= 32. */
void gw_format_count(uint64_t value, char *out, size_t size);

/** 96000000000000 as "96 TB", 1536 as "1.5 kB": decimal units, two digits. Size >= 32. */
void gw_format_bytes(double bytes, char *out, size_t size);

/** 3725 s as "1:02:05", 4.2 s as "4.2 s". Size >= 32. */
void gw_format_seconds(double seconds, char *out, size_t size);

#endif
