/* Payloads from the outside: laid open, and judged before that. */
#include "packed.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>

/* ---- what an objective reads ---- */

static void add_operand(const struct gw_experiment *experiment,
                        enum gw_metric metric,
                        struct gw_payload_operands *out)
{
    size_t column = 0;
    while (column < experiment->metrics && experiment->metric[column] != metric) {
        column++;
    }
    assert(column < experiment->metrics);
    out->metric[out->count] = metric;
    out->column[out->count++] = column;
}

void packed_operands(const struct gw_plan *plan, struct gw_payload_operands *out)
{
    const struct gw_objective *objective = &plan->experiment->objective;
    out->count = 0;
    if (objective->metric != GW_METRICS) {
        add_operand(plan->experiment, objective->metric, out);
    }
    for (size_t i = 0; i < objective->operands; i++) {
        add_operand(plan->experiment, objective->operand[i], out);
    }
}

void packed_read(const struct gw_payload_operands *operands,
                 const unsigned char *row,
                 double *metric)
{
    for (size_t i = 0; i < operands->count; i++) {
        metric[operands->metric[i]] = gw_row_metric(row, operands->column[i]);
    }
}

/* ---- reading ---- */

/* Number the kept cells; returns how many. */
static size_t number_places(const unsigned char *kept, size_t cells, uint32_t *place)
{
    uint32_t count = 0;
    for (size_t i = 0; i < cells; i++) {
        place[i] = packed_bit(kept, i) ? count++ : GW_LEFT_OUT;
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
    const struct gw_objective *objective = &plan->experiment->objective;
    *reader = (struct gw_payload_reader){.objective = objective,
                                         .windows = windows,
                                         .segments = plan->segments,
                                         .row_bytes = gw_plan_row_bytes(plan),
                                         .rows = bytes};
    packed_operands(plan, &reader->operands);
    if (plan->experiment->keep_top > 0) {
        const struct packed parts = packed_parts(plan, cells);
        assert(length >= parts.rows);
        reader->status = bytes;
        reader->objectives = reader->status + parts.objectives;
        reader->tests = plan->segments > GW_TEST ? reader->status + parts.tests : NULL;
        reader->met = objective->requires > 0 ? reader->status + parts.met : NULL;
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

struct gw_score gw_payload_score(const struct gw_payload_reader *reader,
                                 size_t combination,
                                 size_t window,
                                 enum gw_segment segment,
                                 uint64_t k)
{
    const struct gw_objective *objective = reader->objective;
    bool chosen_on = segment == objective->on;
    size_t cell = combination * reader->windows + window;
    assert(chosen_on || (segment == GW_TEST && reader->segments > GW_TEST));
    enum gw_row_status status = gw_payload_status(reader, combination, window, segment);
    double metric[GW_METRICS], value;
    if (reader->status == NULL) {
        const unsigned char *rows = gw_payload_rows(reader, combination, window);
        packed_read(&reader->operands, rows + segment * reader->row_bytes, metric);
        return gw_score_of(objective, status, metric, chosen_on, k);
    }
    const unsigned char *from = chosen_on ? reader->objectives : reader->tests;
    memcpy(&value, from + cell * sizeof value, sizeof value);
    bool met = !chosen_on || reader->met == NULL || packed_bit(reader->met, cell);
    return gw_score_of_value(objective, status, value, met, k);
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

static size_t count_marks(const unsigned char *bits, size_t cells)
{
    size_t count = 0;
    for (size_t i = 0; i < cells; i++) {
        count += packed_bit(bits, i);
    }
    return count;
}

/* Whether no mark lies behind the last cell. */
static bool ends_clean(const unsigned char *bits, size_t cells)
{
    return cells % 8 == 0 || bits[cells / 8] >> cells % 8 == 0;
}

/* Whether a row has the objective that stands outside of it. */
static bool same_objective(const struct gw_payload_reader *reader,
                           const unsigned char *row,
                           const unsigned char *outside,
                           double *metric)
{
    packed_read(&reader->operands, row, metric);
    double value = gw_objective_value(reader->objective, metric);
    unsigned char bytes[sizeof value];
    memcpy(bytes, &value, sizeof value);
    return same_number(bytes, outside);
}

/* Whether the rows of a kept cell say what stands outside of them. */
static bool cell_agrees(const struct gw_payload_reader *reader,
                        const unsigned char *rows,
                        size_t cell)
{
    const struct gw_objective *objective = reader->objective;
    size_t row_bytes = reader->row_bytes, at = cell * sizeof(double);
    double metric[GW_METRICS];
    for (size_t s = 0; s < reader->segments; s++) {
        if (rows[s * row_bytes] != reader->status[cell * reader->segments + s]) {
            return false;
        }
    }
    if (reader->tests != NULL &&
        !same_objective(reader, rows + GW_TEST * row_bytes, reader->tests + at, metric)) {
        return false;
    }
    return same_objective(reader, rows + objective->on * row_bytes,
                          reader->objectives + at, metric) &&
           (reader->met == NULL ||
            gw_objective_met(objective, metric) == packed_bit(reader->met, cell));
}

static bool rows_agree(const struct gw_payload_reader *reader, size_t cells)
{
    bool agree = true;
    for (size_t i = 0; agree && i < cells; i++) {
        const unsigned char *rows =
            gw_payload_rows(reader, i / reader->windows, i % reader->windows);
        agree = rows == NULL || cell_agrees(reader, rows, i);
    }
    return agree;
}

bool gw_payload_valid(const struct gw_plan *plan,
                      size_t combinations,
                      size_t windows,
                      const void *bytes,
                      size_t length)
{
    size_t cells = combinations * windows, row_bytes = gw_plan_row_bytes(plan);
    size_t rows = cells * plan->segments;
    if (plan->experiment->keep_top == 0) {
        return length == rows * row_bytes && all_statuses(bytes, rows, row_bytes);
    }
    const struct packed parts = packed_parts(plan, cells);
    const unsigned char *base = bytes;
    if (length < parts.rows || !ends_clean(base + parts.kept, cells) ||
        (parts.met < parts.kept && !ends_clean(base + parts.met, cells)) ||
        !all_statuses(base, rows, 1)) {
        return false;
    }
    size_t kept = count_marks(base + parts.kept, cells);
    if (length != parts.rows + kept * plan->segments * row_bytes) {
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
    size_t at = cell * sizeof(double);
    return memcmp(a->status + cell * a->segments, b->status + cell * a->segments,
                  a->segments) == 0 &&
           same_number(a->objectives + at, b->objectives + at) &&
           (a->tests == NULL || same_number(a->tests + at, b->tests + at)) &&
           (a->met == NULL || packed_bit(a->met, cell) == packed_bit(b->met, cell));
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
