#include "gridwalk/plan/payload.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>

/** A combination that may be among the best of one window. */
struct gw_candidate {
    struct gw_score score;
    size_t combination;
};

size_t gw_payload_hint_bytes(const struct gw_plan *plan)
{
    bool any = plan->experiment->keep_top > 0 && plan->windows <= GW_BOUNDS;
    return any ? plan->windows * sizeof(struct gw_bound) : 0;
}

/* The most combinations of a tile, and the rows of so many. */
static size_t most_combinations(const struct gw_plan *plan)
{
    return (size_t)plan->tiling.runs_per_tile * GW_RUN;
}

static size_t most_rows(const struct gw_plan *plan)
{
    return most_combinations(plan) * plan->tiling.windows_per_tile * plan->segments;
}

size_t gw_payload_bytes(const struct gw_plan *plan)
{
    size_t combination = sizeof(uint64_t);
    if (plan->experiment->keep_top > 0) {
        combination += sizeof(struct gw_candidate);
    }
    return most_rows(plan) * gw_plan_row_bytes(plan) +
           most_combinations(plan) * combination;
}

void gw_payload_init(struct gw_payload *payload, const struct gw_plan *plan)
{
    size_t runs = (size_t)plan->tiling.runs_per_tile;
    size_t combinations = most_combinations(plan);
    *payload = (struct gw_payload){.plan = plan};
    payload->k = gw_calloc(combinations, sizeof *payload->k);
    payload->first = gw_calloc(runs + 1, sizeof *payload->first);
    payload->rows = gw_calloc(most_rows(plan), gw_plan_row_bytes(plan));
    if (plan->experiment->keep_top > 0) {
        payload->candidate = gw_calloc(combinations, sizeof *payload->candidate);
    }
}

void gw_payload_clear(struct gw_payload *payload)
{
    free(payload->k);
    free(payload->first);
    free(payload->rows);
    free(payload->candidate);
    *payload = (struct gw_payload){0};
}

void gw_payload_begin(struct gw_payload *payload, uint64_t tile)
{
    payload->tile = gw_plan_tile(payload->plan, tile);
    payload->combinations = 0;
    payload->put = 0;
    for (uint64_t i = 0; i < payload->tile.runs; i++) {
        payload->first[i] = payload->combinations;
        payload->combinations += gw_plan_run(payload->plan, payload->tile.first_run + i,
                                             payload->k + payload->combinations);
    }
    payload->first[payload->tile.runs] = payload->combinations;
}

void gw_payload_row(struct gw_payload *payload,
                    size_t combination,
                    size_t window,
                    size_t segment,
                    enum gw_row_status status,
                    const double *metric)
{
    const struct gw_plan *plan = payload->plan;
    const struct gw_experiment *experiment = plan->experiment;
    assert(combination < payload->combinations && window < payload->tile.windows &&
           segment < plan->segments);
    size_t cell = combination * payload->tile.windows + window;
    unsigned char *row =
        payload->rows + (cell * plan->segments + segment) * gw_plan_row_bytes(plan);
    row[0] = (unsigned char)status;
    for (size_t m = 0; m < experiment->metrics; m++) {
        memcpy(row + 1 + m * sizeof *metric, &metric[experiment->metric[m]],
               sizeof *metric);
    }
    payload->put++;
}

/* ---- choosing ---- */

static void swap(struct gw_candidate *a, struct gw_candidate *b)
{
    struct gw_candidate other = *a;
    *a = *b;
    *b = other;
}

/* Put what ranks before the one in the middle in front of it; returns its place. */
static size_t partition(struct gw_candidate *candidate, size_t low, size_t high)
{
    size_t place = low;
    swap(&candidate[low + (high - low) / 2], &candidate[high - 1]);
    for (size_t i = low; i < high - 1; i++) {
        if (gw_score_before(&candidate[i].score, &candidate[high - 1].score)) {
            swap(&candidate[i], &candidate[place++]);
        }
    }
    swap(&candidate[place], &candidate[high - 1]);
    return place;
}

/* Bring the best to the front. No two candidates rank alike: their numbers differ. */
static void select_best(struct gw_candidate *candidate, size_t count, size_t best)
{
    size_t low = 0, high = count;
    while (low < best && best < high) {
        size_t place = partition(candidate, low, high);
        if (place < best) {
            low = place + 1;
        } else {
            high = place;
        }
    }
}

static bool is_below(const struct gw_score *score, const struct gw_bound *bound)
{
    return score->rank != bound->rank ? score->rank > bound->rank
                                      : score->value < bound->value;
}

/* All segments of one combination in one window of the tile. */
static const unsigned char *cell_at(const struct gw_payload *payload, size_t cell)
{
    const struct gw_plan *plan = payload->plan;
    return payload->rows + cell * plan->segments * gw_plan_row_bytes(plan);
}

/* Mark which combinations stay in a window. */
static void mark_kept(const struct gw_payload *payload,
                      size_t window,
                      const struct gw_bound *bound,
                      unsigned char *kept)
{
    const struct gw_experiment *experiment = payload->plan->experiment;
    struct gw_candidate *candidate = payload->candidate;
    size_t windows = payload->tile.windows, count = 0;
    size_t column = gw_plan_objective(payload->plan);
    for (size_t i = 0; i < payload->combinations; i++) {
        const unsigned char *train = cell_at(payload, i * windows + window);
        struct gw_score score =
            gw_score_of(&experiment->objective, (enum gw_row_status)(int8_t)train[0],
                        gw_row_metric(train, column), payload->k[i]);
        if (!is_below(&score, bound)) {
            candidate[count++] = (struct gw_candidate){score, i};
        }
    }
    size_t best = (size_t)experiment->keep_top;
    if (count > best) {
        select_best(candidate, count, best);
        count = best;
    }
    for (size_t i = 0; i < count; i++) {
        size_t cell = candidate[i].combination * windows + window;
        kept[cell / 8] |= (unsigned char)(1U << cell % 8);
    }
}

static bool is_kept(const unsigned char *kept, size_t cell)
{
    return (kept[cell / 8] >> cell % 8 & 1) != 0;
}

/* ---- packing ---- */

/* Where the parts of the packed form begin. */
struct parts {
    size_t objectives, kept, rows;
};

static struct parts parts_of(size_t cells, size_t segments)
{
    struct parts parts;
    parts.objectives = cells * segments;
    parts.kept = parts.objectives + cells * sizeof(double);
    parts.rows = parts.kept + (cells + 7) / 8;
    return parts;
}

static size_t
pack_best(const struct gw_payload *payload, const struct gw_bound *bound, void *out)
{
    const struct gw_plan *plan = payload->plan;
    size_t cells = payload->combinations * payload->tile.windows;
    size_t row_bytes = gw_plan_row_bytes(plan), cell_bytes = plan->segments * row_bytes;
    size_t column = gw_plan_objective(plan);
    const struct parts parts = parts_of(cells, plan->segments);
    unsigned char *base = out, *objective = base + parts.objectives;
    for (size_t i = 0; i < cells * plan->segments; i++) {
        base[i] = payload->rows[i * row_bytes];
    }
    for (size_t i = 0; i < cells; i++) {
        memcpy(objective + i * sizeof(double),
               cell_at(payload, i) + 1 + column * sizeof(double), sizeof(double));
    }
    memset(base + parts.kept, 0, parts.rows - parts.kept);
    for (size_t w = 0; w < payload->tile.windows; w++) {
        const struct gw_bound none = GW_NO_BOUND;
        mark_kept(payload, w,
                  bound != NULL ? &bound[payload->tile.first_window + w] : &none,
                  base + parts.kept);
    }
    unsigned char *at = base + parts.rows;
    for (size_t i = 0; i < cells; i++) {
        if (is_kept(base + parts.kept, i)) {
            memcpy(at, cell_at(payload, i), cell_bytes);
            at += cell_bytes;
        }
    }
    return (size_t)(at - base);
}

size_t
gw_payload_end(const struct gw_payload *payload, const struct gw_bound *bound, void *out)
{
    const struct gw_plan *plan = payload->plan;
    size_t rows = payload->combinations * payload->tile.windows * plan->segments;
    assert(payload->put == rows);
    if (plan->experiment->keep_top > 0) {
        return pack_best(payload, bound, out);
    }
    memcpy(out, payload->rows, rows * gw_plan_row_bytes(plan));
    return rows * gw_plan_row_bytes(plan);
}

/* ---- reading ---- */

/* Number the kept cells; returns how many. */
static size_t number_places(const unsigned char *kept, size_t cells, uint32_t *place)
{
    uint32_t count = 0;
    for (size_t i = 0; i < cells; i++) {
        place[i] = is_kept(kept, i) ? count++ : GW_LEFT_OUT;
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
        const struct parts parts = parts_of(cells, plan->segments);
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
