/* Payloads from the outside: laid open, and judged before that. */
#include "packed.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>

/* ---- reading ---- */

/* Number the kept cells; returns how many. */
static size_t number_places(const unsigned char *kept, size_t cells, uint32_t *place)
{
    uint32_t count = 0;
    for (size_t i = 0; i < cells; i++) {
        place[i] = packed_kept(kept, i) ? count++ : GW_LEFT_OUT;
    }
    return count;
}

void gw_payload_open(struct gw_payload_reader *reader,
                     const struct gw_plan *plan,
                     size_t combinations,
                     size_t windows,
                     const void *bytes,
                     size_t length)
{
    size_t cells = combinations * windows, rows = cells, before = 0;
    *reader = (struct gw_payload_reader){.windows = windows,
                                         .segments = plan->segments,
                                         .row_bytes = gw_plan_row_bytes(plan),
                                         .objective = gw_plan_objective(plan),
                                         .rows = bytes};
    if (plan->experiment->keep_top > 0) {
        const struct packed parts = packed_parts(cells, plan->segments);
        assert(length >= parts.rows);
        reader->status = bytes;
        reader->objectives = reader->status + parts.objectives;
        reader->place = gw_calloc(cells, sizeof *reader->place);
        rows = number_places(reader->status + parts.kept, cells, reader->place);
        before = parts.rows;
        reader->rows += before;
    }
    assert(length == before + rows * plan->segments * reader->row_bytes);
    (void)length;
}

void gw_payload_close(struct gw_payload_reader *reader)
{
    free(reader->place);
    reader->place = NULL;
}

enum gw_row_status gw_payload_status(const struct gw_payload_reader *reader,
                                     size_t combination,
                                     size_t window,
                                     size_t segment)
{
    if (reader->status == NULL) {
        const unsigned char *rows = gw_payload_rows(reader, combination, window);
        return (enum gw_row_status)(int8_t)rows[segment * reader->row_bytes];
    }
    size_t cell = combination * reader->windows + window;
    return (enum gw_row_status)(int8_t)reader->status[cell * reader->segments + segment];
}

double gw_payload_objective(const struct gw_payload_reader *reader,
                            size_t combination,
                            size_t window)
{
    if (reader->objectives == NULL) {
        return gw_row_metric(gw_payload_rows(reader, combination, window),
                             reader->objective);
    }
    double value;
    size_t cell = combination * reader->windows + window;
    memcpy(&value, reader->objectives + cell * sizeof value, sizeof value);
    return isnan(value) ? NAN : value;
}

/* ---- judging ---- */

static bool is_status(unsigned char status)
{
    return status == GW_ROW_OK || status == GW_ROW_INSUFFICIENT_HISTORY ||
           status == GW_ROW_RUINED || status == GW_ROW_FAILED;
}

/* Whether two numbers come out alike: bit for bit, but that every NaN is the same. */
static bool same_number(const unsigned char *a, const unsigned char *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return memcmp(a, b, sizeof x) == 0 || (isnan(x) && isnan(y));
}

/* Of `count` statuses, `stride` bytes from one to the next. */
static bool all_statuses(const unsigned char *status, size_t count, size_t stride)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        all = all && is_status(status[i * stride]);
    }
    return all;
}

/* How many of the cells are marked; false when a mark lies behind the last. */
static bool count_kept(const unsigned char *kept, size_t cells, size_t *count_out)
{
    size_t count = 0;
    for (size_t i = 0; i < cells; i++) {
        count += packed_kept(kept, i);
    }
    *count_out = count;
    return cells % 8 == 0 || kept[cells / 8] >> cells % 8 == 0;
}

/* Whether kept rows say what stands outside of them. */
static bool rows_agree(const struct gw_payload_reader *reader, size_t cells)
{
    for (size_t i = 0; i < cells; i++) {
        const unsigned char *rows =
            gw_payload_rows(reader, i / reader->windows, i % reader->windows);
        for (size_t s = 0; rows != NULL && s < reader->segments; s++) {
            if (rows[s * reader->row_bytes] != reader->status[i * reader->segments + s]) {
                return false;
            }
        }
        if (rows != NULL && !same_number(rows + 1 + reader->objective * sizeof(double),
                                         reader->objectives + i * sizeof(double))) {
            return false;
        }
    }
    return true;
}

bool gw_payload_valid(const struct gw_plan *plan,
                      size_t combinations,
                      size_t windows,
                      const void *bytes,
                      size_t length)
{
    size_t cells = combinations * windows, row_bytes = gw_plan_row_bytes(plan);
    size_t rows = cells * plan->segments, kept;
    if (plan->experiment->keep_top == 0) {
        return length == rows * row_bytes && all_statuses(bytes, rows, row_bytes);
    }
    const struct packed parts = packed_parts(cells, plan->segments);
    const unsigned char *base = bytes;
    if (length < parts.rows || !count_kept(base + parts.kept, cells, &kept) ||
        length != parts.rows + kept * plan->segments * row_bytes ||
        !all_statuses(base, rows, 1)) {
        return false;
    }
    struct gw_payload_reader reader;
    gw_payload_open(&reader, plan, combinations, windows, bytes, length);
    bool agree = rows_agree(&reader, cells);
    gw_payload_close(&reader);
    return agree;
}

/* The rows of one cell. */
static bool same_rows(const struct gw_payload_reader *reader,
                      const unsigned char *a,
                      const unsigned char *b)
{
    size_t metrics = (reader->row_bytes - 1) / sizeof(double);
    for (size_t s = 0; s < reader->segments; s++) {
        const unsigned char *x = a + s * reader->row_bytes;
        const unsigned char *y = b + s * reader->row_bytes;
        bool same = *x == *y;
        for (size_t m = 0; same && m < metrics; m++) {
            same = same_number(x + 1 + m * sizeof(double), y + 1 + m * sizeof(double));
        }
        if (!same) {
            return false;
        }
    }
    return true;
}

/* One cell of two payloads, the rows of which may be left out. */
static bool same_cell(const struct gw_payload_reader *a,
                      const struct gw_payload_reader *b,
                      size_t cell)
{
    size_t c = cell / a->windows, w = cell % a->windows;
    const unsigned char *x = gw_payload_rows(a, c, w), *y = gw_payload_rows(b, c, w);
    if (x != NULL && y != NULL) {
        return same_rows(a, x, y);
    }
    assert(a->status != NULL && b->status != NULL); /* else nothing is left out */
    return memcmp(a->status + cell * a->segments, b->status + cell * a->segments,
                  a->segments) == 0 &&
           same_number(a->objectives + cell * sizeof(double),
                       b->objectives + cell * sizeof(double));
}

bool gw_payload_same(const struct gw_plan *plan,
                     size_t combinations,
                     size_t windows,
                     struct gw_payload_bytes a,
                     struct gw_payload_bytes b)
{
    struct gw_payload_reader left, right;
    gw_payload_open(&left, plan, combinations, windows, a.bytes, a.length);
    gw_payload_open(&right, plan, combinations, windows, b.bytes, b.length);
    bool same = true;
    for (size_t i = 0; same && i < combinations * windows; i++) {
        same = same_cell(&left, &right, i);
    }
    gw_payload_close(&left);
    gw_payload_close(&right);
    return same;
}
