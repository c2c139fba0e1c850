#include "packed.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <math.h>
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

/* The score in the segment chosen on, from what stands in front of the rows. */
static struct gw_score
score_at(const struct gw_payload *payload, const unsigned char *base, size_t cell)
{
    const struct gw_objective *objective = &payload->plan->experiment->objective;
    size_t segments = payload->plan->segments, windows = payload->tile.windows;
    const struct packed parts =
        packed_parts(payload->plan, payload->combinations * windows);
    double value;
    memcpy(&value, base + parts.objectives + cell * sizeof value, sizeof value);
    bool met = objective->requires == 0 || packed_bit(base + parts.met, cell);
    return gw_score_of_value(
        objective, (enum gw_row_status)(int8_t)base[cell * segments + objective->on],
        value, met, payload->k[cell / windows]);
}

/* Mark which combinations stay in a window. */
static void mark_kept(const struct gw_payload *payload,
                      size_t window,
                      const struct gw_bound *bound,
                      unsigned char *base)
{
    const struct gw_experiment *experiment = payload->plan->experiment;
    struct gw_candidate *candidate = payload->candidate;
    size_t windows = payload->tile.windows, count = 0;
    unsigned char *kept =
        base + packed_parts(payload->plan, payload->combinations * windows).kept;
    for (size_t i = 0; i < payload->combinations; i++) {
        struct gw_score score = score_at(payload, base, i * windows + window);
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
        packed_mark(kept, candidate[i].combination * windows + window);
    }
}

size_t gw_plan_payload_max(const struct gw_plan *plan)
{
    size_t lanes = plan->tiling.lanes < GW_RUN ? (size_t)plan->tiling.lanes : GW_RUN;
    size_t combinations = lanes * (size_t)plan->tiling.runs_per_tile;
    size_t windows = plan->tiling.windows_per_tile, cells = combinations * windows;
    size_t cell_bytes = plan->segments * gw_plan_row_bytes(plan);
    uint64_t top = plan->experiment->keep_top;
    if (top == 0) {
        return cells * cell_bytes;
    }
    size_t kept = top < combinations ? (size_t)top : combinations;
    return packed_parts(plan, cells).rows + kept * windows * cell_bytes;
}

double gw_payload_total(const struct gw_plan *plan, double feasible)
{
    double cells = feasible * (double)plan->windows;
    double cell_bytes = (double)plan->segments * (double)gw_plan_row_bytes(plan);
    if (plan->experiment->keep_top == 0) {
        return cells * cell_bytes;
    }
    double top = fmin((double)plan->experiment->keep_top, feasible);
    double most = (double)plan->tiling.tiles * (double)gw_plan_payload_max(plan);
    if (gw_payload_hint_bytes(plan) == 0) {
        return most;
    }
    /* In random order the k-th is among the best N so far with the chance N / k. */
    double records = (double)plan->windows * top * (1 + log(fmax(1, feasible / top)));
    double packed = cells * (double)packed_parts(plan, 8).rows / 8;
    return fmin(most, packed + 2 * records * cell_bytes);
}

/* ---- packing ---- */

/* What travels of all rows: statuses, objectives and whether what is required is met. */
static void pack_head(const struct gw_payload *payload,
                      const struct packed *parts,
                      unsigned char *base)
{
    const struct gw_plan *plan = payload->plan;
    const struct gw_objective *objective = &plan->experiment->objective;
    size_t cells = payload->combinations * payload->tile.windows;
    size_t row_bytes = gw_plan_row_bytes(plan);
    struct gw_payload_operands operands;
    double metric[GW_METRICS], value;
    packed_operands(plan, &operands);
    memset(base + parts->met, 0, parts->rows - parts->met);
    for (size_t i = 0; i < cells * plan->segments; i++) {
        base[i] = payload->rows[i * row_bytes];
    }
    for (size_t i = 0; i < cells; i++) {
        const unsigned char *rows = cell_at(payload, i);
        packed_read(&operands, rows + objective->on * row_bytes, metric);
        value = gw_objective_value(objective, metric);
        memcpy(base + parts->objectives + i * sizeof value, &value, sizeof value);
        if (objective->requires > 0 && gw_objective_met(objective, metric)) {
            packed_mark(base + parts->met, i);
        }
        if (plan->segments > GW_TEST) {
            packed_read(&operands, rows + GW_TEST * row_bytes, metric);
            value = gw_objective_value(objective, metric);
            memcpy(base + parts->tests + i * sizeof value, &value, sizeof value);
        }
    }
}

static size_t
pack_best(const struct gw_payload *payload, const struct gw_bound *bound, void *out)
{
    const struct gw_plan *plan = payload->plan;
    size_t cells = payload->combinations * payload->tile.windows;
    size_t cell_bytes = plan->segments * gw_plan_row_bytes(plan);
    const struct packed parts = packed_parts(plan, cells);
    unsigned char *base = out, *at = base + parts.rows;
    pack_head(payload, &parts, base);
    for (size_t w = 0; w < payload->tile.windows; w++) {
        const struct gw_bound none = GW_NO_BOUND;
        mark_kept(payload, w,
                  bound != NULL ? &bound[payload->tile.first_window + w] : &none, base);
    }
    for (size_t i = 0; i < cells; i++) {
        if (packed_bit(base + parts.kept, i)) {
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

size_t gw_payload_fail(struct gw_payload *payload, uint64_t tile, void *out)
{
    double nothing[GW_METRICS];
    for (size_t m = 0; m < GW_METRICS; m++) {
        nothing[m] = NAN;
    }
    gw_payload_begin(payload, tile);
    for (size_t c = 0; c < payload->combinations; c++) {
        for (size_t w = 0; w < payload->tile.windows; w++) {
            for (size_t s = 0; s < payload->plan->segments; s++) {
                gw_payload_row(payload, c, w, s, GW_ROW_FAILED, nothing);
            }
        }
    }
    return gw_payload_end(payload, NULL, out);
}
