#include "gridwalk/base/text.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Switch this thread to the C locale, where a decimal point is '.'; returns the old one.
 */
static locale_t enter_c_locale(locale_t *c_out)
{
    *c_out = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (*c_out == (locale_t)0) {
        gw_die("the C locale is missing");
    }
    return uselocale(*c_out);
}

static void leave_c_locale(locale_t old, locale_t c)
{
    uselocale(old);
    freelocale(c);
}

GW_PRINTF(3, 0)
static int print_c(char *out, size_t size, const char *format, va_list list)
{
    locale_t c, old = enter_c_locale(&c);
    int length = vsnprintf(out, size, format, list);
    leave_c_locale(old, c);
    return length;
}

GW_PRINTF(3, 4)
static void format_c(char *out, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    print_c(out, size, format, list);
    va_end(list);
}

void gw_text_clear(struct gw_text *text)
{
    free(text->data);
    *text = (struct gw_text){0};
}

void gw_text_append(struct gw_text *text, const char *bytes, size_t length)
{
    assert(length < SIZE_MAX - text->length);
    text->data = gw_grow(text->data, &text->capacity, text->length + length + 1, 1);
    if (length != 0) {
        memcpy(text->data + text->length, bytes, length);
    }
    text->length += length;
    text->data[text->length] = '\0';
}

void gw_text_printf(struct gw_text *text, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int length = print_c(NULL, 0, format, list);
    va_end(list);
    assert(length >= 0);
    size_t size = (size_t)length + 1;
    text->data = gw_grow(text->data, &text->capacity, text->length + size, 1);
    print_c(text->data + text->length, size, format, again);
    va_end(again);
    text->length += (size_t)length;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What the grammar of a number found: its first digits as an integer, and the power of
 * ten. */
struct decimal {
    bool negative;
    bool exact; /* digits holds them all */
    uint64_t digits;
    int64_t power; /* value = digits * 10^power when exact */
};

static const char *scan_digits(const char *c, const char *end, struct decimal *number)
{
    for (; c < end && is_digit(*c); c++) {
        if (number->digits > (UINT64_MAX - 9) / 10) {
            number->exact = false;
        } else {
            number->digits = number->digits * 10 + (uint64_t)(*c - '0');
        }
    }
    return c;
}

/* exponent = e [+-] digits; NULL when that is not what follows. */
static const char *scan_exponent(const char *c, const char *end, struct decimal *number)
{
    c++;
    bool negative = c < end && *c == '-';
    if (c < end && (*c == '+' || *c == '-')) {
        c++;
    }
    struct decimal exponent = {.exact = true};
    const char *after = scan_digits(c, end, &exponent);
    if (after == c) {
        return NULL;
    }
    if (!exponent.exact || exponent.digits > INT32_MAX) {
        number->exact = false;
    } else {
        number->power += negative ? -(int64_t)exponent.digits : (int64_t)exponent.digits;
    }
    return after;
}

/* number = [+-] digits [. digits] [exponent], and nothing else. */
static bool scan_number(const char *c, const char *end, struct decimal *number)
{
    *number = (struct decimal){.exact = true, .negative = c < end && *c == '-'};
    if (c < end && (*c == '+' || *c == '-')) {
        c++;
    }
    const char *after = scan_digits(c, end, number);
    if (after == c) {
        return false;
    }
    c = after;
    if (c < end && *c == '.') {
        after = scan_digits(c + 1, end, number);
        if (after == c + 1) {
            return false;
        }
        number->power -= after - (c + 1);
        c = after;
    }
    if (c < end && (*c == 'e' || *c == 'E')) {
        c = scan_exponent(c, end, number);
    }
    return c == end;
}

/* The C library on a copy that ends in NUL. */
static double parse_slowly(const char *text, size_t length)
{
    char small[64];
    char *copy = small;
    if (length < sizeof small) {
        memcpy(small, text, length);
        small[length] = '\0';
    } else {
        copy = gw_strndup(text, length);
    }
    locale_t c, old = enter_c_locale(&c);
    double value = strtod(copy, NULL);
    leave_c_locale(old, c);
    if (copy != small) {
        free(copy);
    }
    return value;
}

bool gw_parse_double(const char *text, size_t length, double *value_out)
{
    static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    enum { TENS = sizeof ten / sizeof ten[0] };
    struct decimal number;
    if (!scan_number(text, text + length, &number)) {
        return false;
    }
    /* Digits and power of ten are both doubles: one operation, rounded once, is nearest.
     */
    if (number.exact && number.digits <= UINT64_C(1) << 53 && number.power > -TENS &&
        number.power < TENS) {
        double value = (double)number.digits;
        value = number.power < 0 ? value / ten[-number.power] : value * ten[number.power];
        *value_out = number.negative ? -value : value;
        return true;
    }
    double value = parse_slowly(text, length);
    if (!isfinite(value)) {
        return false;
    }
    *value_out = value;
    return true;
}

bool gw_parse_int(const char *text, size_t length, int64_t *value_out)
{
    const char *c = text, *end = text + length;
    bool negative = c < end && *c == '-';
    if (c < end && (*c == '+' || *c == '-')) {
        c++;
    }
    if (c == end) {
        return false;
    }
    /* Counted downwards, where the range has one number more. */
    int64_t value = 0;
    for (; c < end; c++) {
        if (!is_digit(*c) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *c - '0', &value)) {
            return false;
        }
    }
    if (!negative && value == INT64_MIN) {
        return false;
    }
    *value_out = negative ? value : -value;
    return true;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* row[0..2][j]: distance of the first i-2, i-1, i letters of a from the first j of b. */
static size_t
edit_cell(size_t *const row[3], const char *a, const char *b, size_t i, size_t j)
{
    size_t best = row[1][j - 1] + (a[i - 1] != b[j - 1]);
    best = min_size(best, min_size(row[1][j], row[2][j - 1]) + 1);
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = min_size(best, row[0][j - 2] + 1);
    }
    return best;
}

size_t gw_edit_distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    size_t *rows = gw_calloc(3 * (n + 1), sizeof *rows);
    size_t *row[3] = {rows, rows + n + 1, rows + 2 * (n + 1)};
    for (size_t j = 0; j <= n; j++) {
        row[2][j] = j;
    }
    for (size_t i = 1; i <= m; i++) {
        size_t *oldest = row[0];
        row[0] = row[1];
        row[1] = row[2];
        row[2] = oldest;
        row[2][0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[2][j] = edit_cell(row, a, b, i, j);
        }
    }
    size_t distance = row[2][n];
    free(rows);
    return distance;
}

const char *gw_nearest(const char *word, const char *const *names, size_t count)
{
    size_t letters = strlen(word);
    size_t limit = letters / 3 > 2 ? letters / 3 : 2;
    size_t least = limit + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = gw_edit_distance(word, names[i]);
        size_t length = strlen(names[i]);
        /* A name that shares no letter is never meant, however short both are. */
        bool shares = distance == 0 || distance < (letters > length ? letters : length);
        if (distance < least && shares) {
            nearest = names[i];
            least = distance;
        }
    }
    return nearest;
}

void gw_format_double(double value, char *out, size_t size)
{
    assert(size >= 32);
    if (isnan(value)) {
        snprintf(out, size, "nan"); /* never "-nan" */
        return;
    }
    locale_t c, old = enter_c_locale(&c);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, value);
        if (digits == 17 || strtod(out, NULL) == value) {
            break;
        }
    }
    leave_c_locale(old, c);
}

void gw_format_count(uint64_t value, char *out, size_t size)
{
    assert(size >= 32);
    (void)size; /* a build may leave assertions out */
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void gw_format_bytes(double bytes, char *out, size_t size)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    assert(size >= 32);
    if (!(bytes >= 0 && bytes < 1e21)) {
        snprintf(out, size, "? B");
        return;
    }
    size_t u = 0;
    while (bytes >= 999.5 && u + 1 < sizeof unit / sizeof unit[0]) {
        bytes /= 1000;
        u++;
    }
    format_c(out, size, u > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes, unit[u]);
}

void gw_format_seconds(double seconds, char *out, size_t size)
{
    assert(size >= 32);
    if (!(seconds >= 0 && seconds < 1e12)) {
        snprintf(out, size, "? s");
    } else if (seconds > 0 && seconds < 0.0995) {
        format_c(out, size, "%.2g ms", seconds * 1000);
    } else if (seconds < 59.95) {
        format_c(out, size, "%.1f s", seconds);
    } else {
        int64_t whole = (int64_t)(seconds + 0.5);
        int64_t hours = whole / 3600, minutes = whole / 60 % 60;
        if (hours > 0) {
            snprintf(out, size, "%" PRId64 ":%02d:%02d", hours, (int)minutes,
                     (int)(whole % 60));
        } else {
            snprintf(out, size, "%d:%02d", (int)minutes, (int)(whole % 60));
        }
    }
}
