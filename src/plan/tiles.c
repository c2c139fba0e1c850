#include "parts.h"

#include <assert.h>

static const uint64_t most_bars = UINT64_C(1) << 23;    /* combination-bars of a tile */
static const uint64_t most_payload = UINT64_C(1) << 20; /* bytes */
static const uint64_t most_rows = UINT64_C(1) << 62;

static uint64_t min_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

/* The longest axis of more than one value that `used` (a bit each) leaves; ties go to the
 * later one. The number of axes when there is none. */
static size_t find_longest(const struct gw_space *space, uint32_t used)
{
    size_t longest = space->axes;
    for (size_t a = 0; a < space->axes; a++) {
        size_t count = space->axis[a].count;
        if ((used >> a & 1) == 0 && count > 1 &&
            (longest == space->axes || count >= space->axis[longest].count)) {
            longest = a;
        }
    }
    return longest;
}

/* Choose the lane axes, fastest at the end of `order`, and put the others in front. */
static void choose_lanes(const struct gw_space *space, struct gw_tiling *tiling)
{
    uint32_t used = 0;
    size_t at = space->axes;
    tiling->lanes = 1;
    while (tiling->lanes < GW_RUN) {
        size_t a = find_longest(space, used);
        if (a == space->axes) {
            break;
        }
        used |= UINT32_C(1) << a;
        tiling->order[--at] = a;
        tiling->lanes *= space->axis[a].count;
    }
    size_t front = 0;
    for (size_t a = 0; a < space->axes; a++) {
        if ((used >> a & 1) == 0) {
            tiling->order[front++] = a;
        }
    }
    assert(front == at);
}

/* The most bars that one combination and asset simulates in one window. */
static uint64_t window_bars(const struct gw_plan *plan)
{
    uint64_t most = 0;
    for (size_t w = 0; w < plan->windows; w++) {
        uint64_t bars = 0;
        for (size_t s = 0; s < plan->segments; s++) {
            bars += plan->window[w].end[s] - plan->window[w].begin[s] + 1;
        }
        most = bars > most ? bars : most;
    }
    return most;
}

/* How many blocks of that size fit under all bounds: of bars, rows and equity. */
static uint64_t
fitting(const struct gw_plan *plan, uint64_t combinations, uint64_t windows)
{
    uint64_t bars = window_bars(plan) * windows;
    uint64_t rows = combinations * windows * plan->segments;
    assert(plan->assets > 0 && rows > 0 && bars > 0);
    /* One that alone is too large still makes a tile. */
    uint64_t count = most_bars / plan->assets / combinations / bars;
    count = min_of(count, most_payload / gw_plan_row_bytes(plan) / rows);
    const struct gw_engine_setup setup = gw_plan_setup(plan, NULL);
    if (gw_stores_equity(&setup)) {
        uint64_t memory = (uint64_t)(plan->experiment->memory / 4);
        count = min_of(count, memory / 8 / combinations / bars);
    }
    return count > 0 ? count : 1;
}

enum gw_status
gw_tiling_make(const struct gw_plan *plan, struct gw_tiling *out, struct gw_error *err)
{
    const struct gw_space *space = &plan->space;
    struct gw_tiling tiling = {.lanes = 1};
    uint64_t rows, blocks;
    assert(plan->windows > 0);
    choose_lanes(space, &tiling);
    tiling.runs_per_line = ceil_div(tiling.lanes, GW_RUN);
    tiling.runs = space->total / tiling.lanes * tiling.runs_per_line;
    if (__builtin_mul_overflow(space->total, (uint64_t)plan->windows, &rows) ||
        rows > most_rows) {
        return gw_fail_at(err, GW_CONFIG, plan->experiment->walk_forward.place,
                          "%zu windows of that grid make more than 2^62 rows",
                          plan->windows);
    }
    uint64_t combinations = min_of(tiling.lanes, GW_RUN);
    tiling.windows_per_tile =
        (size_t)min_of(fitting(plan, combinations, 1), plan->windows);
    tiling.runs_per_tile =
        min_of(fitting(plan, combinations, tiling.windows_per_tile), tiling.runs);
    tiling.window_groups = ceil_div(plan->windows, tiling.windows_per_tile);
    blocks = ceil_div(tiling.runs, tiling.runs_per_tile);
    tiling.tiles = blocks * tiling.window_groups; /* at most rows */
    *out = tiling;
    return GW_OK;
}

struct gw_tile gw_plan_tile(const struct gw_plan *plan, uint64_t id)
{
    const struct gw_tiling *tiling = &plan->tiling;
    assert(id < tiling->tiles);
    struct gw_tile tile;
    tile.first_run = id / tiling->window_groups * tiling->runs_per_tile;
    tile.runs = min_of(tiling->runs - tile.first_run, tiling->runs_per_tile);
    tile.first_window = (size_t)(id % tiling->window_groups) * tiling->windows_per_tile;
    tile.windows =
        (size_t)min_of(plan->windows - tile.first_window, tiling->windows_per_tile);
    return tile;
}

/* Combination number of a place in run order: mixed radix over order[], the last fastest.
 */
static uint64_t
combination_at(const struct gw_plan *plan, const uint64_t *stride, uint64_t position)
{
    uint64_t k = 0;
    for (size_t i = plan->space.axes; i-- > 0;) {
        size_t a = plan->tiling.order[i];
        k += position % plan->space.axis[a].count * stride[a];
        position /= plan->space.axis[a].count;
    }
    return k;
}

size_t gw_plan_run(const struct gw_plan *plan, uint64_t run, uint64_t *k_out)
{
    const struct gw_tiling *tiling = &plan->tiling;
    const struct gw_space *space = &plan->space;
    assert(run < tiling->runs);
    uint64_t stride[GW_MAX_PARAMETERS], next = 1, k[GW_RUN] = {0};
    for (size_t a = space->axes; a-- > 0;) {
        stride[a] = next;
        next *= space->axis[a].count;
    }
    uint64_t line = run / tiling->runs_per_line;
    uint64_t lane = run % tiling->runs_per_line * GW_RUN;
    size_t count = (size_t)min_of(tiling->lanes - lane, GW_RUN);
    for (size_t i = 0; i < count; i++) {
        k[i] = combination_at(plan, stride, line * tiling->lanes + lane + i);
    }
    bool feasible[GW_RUN];
    gw_space_feasible(space, k, count, feasible);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (feasible[i]) {
            k_out[kept++] = k[i];
        }
    }
    return kept;
}

double gw_plan_weight(const struct gw_plan *plan, uint64_t id)
{
    const struct gw_tile tile = gw_plan_tile(plan, id);
    uint64_t k[GW_RUN];
    double bars = 0;
    for (size_t w = tile.first_window; w < tile.first_window + tile.windows; w++) {
        for (size_t s = 0; s < plan->segments; s++) {
            bars += (double)(plan->window[w].end[s] - plan->window[w].begin[s] + 1);
        }
    }
    return bars * (double)gw_plan_run(plan, tile.first_run + tile.runs / 2, k) *
           (double)tile.runs;
}

size_t gw_plan_row_bytes(const struct gw_plan *plan)
{
    return 1 + 8 * plan->experiment->metrics;
}

size_t gw_plan_objective(const struct gw_plan *plan)
{
    const struct gw_experiment *experiment = plan->experiment;
    size_t m = 0;
    while (m < experiment->metrics &&
           experiment->metric[m] != experiment->objective.metric) {
        m++;
    }
    assert(m < experiment->metrics || experiment->objective.metric == GW_METRICS);
    return m;
}
