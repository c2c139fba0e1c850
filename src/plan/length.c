#include "length.h"

#include <inttypes.h>
#include <string.h>

enum { MONTHS = 12, DAYS = 7 };

void gw_length_print(const struct gw_length *length, struct gw_text *out)
{
    gw_text_printf(out, "%" PRId64, length->count);
    if (length->unit != 0) {
        gw_text_append(out, &length->unit, 1);
    }
}

int64_t gw_length_months(const struct gw_length *length)
{
    return length->unit == 'y'   ? length->count * MONTHS
           : length->unit == 'm' ? length->count
                                 : 0;
}

int64_t gw_length_days(const struct gw_length *length)
{
    return length->unit == 'w'   ? length->count * DAYS
           : length->unit == 'd' ? length->count
                                 : 0;
}

/* The unit that may have been meant: 2q is 6m, 2Years is 2y. */
static void hint_unit(int64_t count, const char *unit, struct gw_text *out)
{
    char first = *unit >= 'A' && *unit <= 'Z' ? (char)(*unit - 'A' + 'a') : *unit;
    int64_t times = first == 'q' ? 3 : 1;
    first = first == 'q' ? 'm' : first;
    if (count > 0 && count < 10000 && first != 0 && strchr("ymwd", first) != NULL) {
        gw_text_printf(out, "; did you mean %" PRId64 "%c?", count * times, first);
    } else {
        gw_text_printf(out, "; known are y, m, w and d");
    }
}

bool gw_length_parse(const char *text, struct gw_length *out, struct gw_text *why)
{
    static const struct {
        char unit;
        int64_t most;
    } calendar[] = {{'y', 500}, {'m', 6000}, {'w', 26000}, {'d', 180000}};
    *out = (struct gw_length){0};
    if (gw_parse_int(text, strlen(text), &out->count)) {
        return true;
    }
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    if (digits == 0 || *unit == '.' || *unit == '\0') {
        gw_text_printf(why, " must be %s, not '%.60s'", GW_LENGTH_WHAT, text);
        return false;
    }
    bool fits = gw_parse_int(text, digits, &out->count);
    for (size_t i = 0; i < sizeof calendar / sizeof calendar[0]; i++) {
        char one = calendar[i].unit;
        if (unit[0] != one || unit[1] != '\0') {
            continue;
        }
        out->unit = one;
        if (fits && out->count >= 1 && out->count <= calendar[i].most) {
            return true;
        }
        gw_text_printf(why, " must be from 1%c to %" PRId64 "%c, not '%.60s'", one,
                       calendar[i].most, one, text);
        return false;
    }
    gw_text_printf(why, ": unknown unit in '%.60s'", text);
    hint_unit(fits ? out->count : 0, unit + strspn(unit, " "), why);
    return false;
}
