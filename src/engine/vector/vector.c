#include "calendar.h"
#include "shared.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Metrics that need more than the basic sums. */
static bool needs_all_sums(const bool *wanted)
{
    static const enum gw_metric more[] = {
        GW_METRIC_max_drawdown_bars, GW_METRIC_ulcer,    GW_METRIC_omega, GW_METRIC_skew,
        GW_METRIC_kurtosis,          GW_METRIC_turnover, GW_METRIC_psr};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        if (wanted[more[i]]) {
            return true;
        }
    }
    return false;
}

/* Metrics that no sums of returns alone can tell. */
static bool measures_by_rows(const struct gw_rules *rules, const bool *wanted)
{
    bool by_rows = rules->risk_free != 0;
    for (int m = 0; m < GW_METRICS; m++) {
        by_rows |= wanted[m] && gw_metric_info[m].set == 'K';
    }
    return by_rows;
}

/* Assets whose stages take at most half of what grows with a batch. */
static size_t seats_of(const struct gw_engine_setup *setup)
{
    if (setup->rules->mode == GW_SHARED) {
        return 1; /* they take turns */
    }
    bool general = !rules_are_simple(setup->rules);
    size_t bytes = stage_bytes(gw_portal_bars(setup->portal), general);
    size_t seats = setup->tile_bytes / 2 / bytes;
    seats = seats < MOST_SEATS ? seats : MOST_SEATS;
    seats = seats < setup->assets ? seats : setup->assets;
    return seats > 1 ? seats : 1;
}

static void make_parts(struct gw_vector *vector)
{
    const struct gw_engine_setup *setup = &vector->setup;
    vector->most_seats = seats_of(setup);
    vector->seats = vector->most_seats;
    for (size_t n = 0; n < vector->most_seats; n++) {
        vector->stage[n] = stage_new(gw_portal_bars(setup->portal), vector->general);
    }
    if (vector->general) {
        vector->calendar = calendar_new(setup->portal, setup->rules->rebalance);
    }
    for (int s = 0; s < GW_SIGNALS; s++) {
        vector->spread[s] = gw_aligned(CHUNK_WORDS * GW_LANES, sizeof(uint64_t));
    }
    vector->moved = gw_aligned(CHUNK_WORDS * GW_LANES, sizeof(uint64_t));
    vector->events = gw_aligned(1, sizeof *vector->events);
    vector->intents = gw_aligned(1, sizeof *vector->intents);
    vector->dense = gw_aligned(1, sizeof *vector->dense);
}

struct gw_vector *gw_vector_new(const struct gw_engine_setup *setup)
{
    struct gw_vector *vector = gw_calloc(1, sizeof *vector);
    const bool *wanted = setup->wanted;
    vector->setup = *setup;
    vector->lanes = lane_table();
    vector->columns =
        gw_columns_new(setup->graph, setup->portal, setup->varied, setup->cache_bytes);
    struct gw_engine_setup slow = *setup;
    slow.columns = vector->columns;
    vector->reference = gw_reference_new(&slow);
    vector->program = program_new(setup->graph, setup->rules, setup->varied);
    vector->accounts = setup->rules->mode == GW_SHARED ? 1 : setup->assets;
    vector->stores = gw_stores_equity(setup);
    vector->by_rows = measures_by_rows(setup->rules, wanted);
    vector->pools = vector->accounts > 1 && wanted[GW_METRIC_pooled_sharpe];
    vector->needs_all = needs_all_sums(wanted);
    vector->general = !rules_are_simple(setup->rules);
    make_parts(vector);
    vector->shared = setup->rules->mode == GW_SHARED ? shared_new(&vector->setup) : NULL;
    return vector;
}

void gw_vector_free(struct gw_vector *vector)
{
    if (vector == NULL) {
        return;
    }
    size_t seats = vector->most_seats;
    for (size_t i = 0; i < vector->packs_made; i++) {
        free(vector->pack[i].terms);
    }
    for (size_t i = 0; i < vector->packs_made * seats; i++) {
        program_run_clear(&vector->pack[i / seats].program[i % seats]);
    }
    for (size_t i = 0; i < vector->fills_room; i++) {
        free(vector->fills[i].fill);
    }
    for (int s = 0; s < GW_SIGNALS; s++) {
        free(vector->spread[s]);
    }
    for (size_t i = 0; i < vector->seat_fills_room; i++) {
        free(vector->seat_fills[i].fill);
    }
    free(vector->fills);
    free(vector->seat_fills);
    free(vector->pack);
    free(vector->stand);
    free(vector->seat);
    free(vector->general_seat);
    free(vector->calendar);
    free(vector->total);
    free(vector->rows);
    free(vector->exposure);
    free(vector->scratch);
    free(vector->moved);
    free(vector->events);
    free(vector->intents);
    free(vector->dense);
    for (size_t n = 0; n < seats; n++) {
        stage_free(vector->stage[n]);
    }
    shared_free(vector->shared);
    program_free(vector->program);
    gw_reference_free(vector->reference);
    gw_columns_free(vector->columns);
    free(vector);
}

void gw_vector_set_poll(struct gw_vector *vector, void (*poll)(void *), void *context)
{
    vector->setup.poll = poll;
    vector->setup.poll_context = context;
    gw_reference_set_poll(vector->reference, poll, context);
}

/* Look-backs of a run's combinations in bars; NaN where a number argument is invalid. */
static void
look_back(const struct gw_vector *vector, const struct gw_run_lanes *run, double *back)
{
    const struct gw_rules *rules = vector->setup.rules;
    const double *value[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        value[i] = run->value[i];
    }
    for (size_t l = 0; l < run->count; l++) {
        back[l] = 0;
    }
    bool by_deviation = !rules->has_target && rules->size == GW_SIZE_VOLATILITY;
    for (int s = 0; s <= GW_SIGNALS; s++) {
        int32_t last = rules->has_target ? rules->target
                       : by_deviation    ? rules->deviation
                                         : GW_NO_NODE;
        int32_t signal =
            s < GW_SIGNALS && !rules->has_target ? rules->signal[s] : GW_NO_NODE;
        int32_t node = s == GW_SIGNALS ? last : signal;
        double of_node[GW_LANES];
        if (node == GW_NO_NODE) {
            continue;
        }
        gw_graph_lookbacks(vector->setup.graph, node, value, run->count, of_node);
        for (size_t l = 0; l < run->count; l++) {
            back[l] = of_node[l] > back[l] || isnan(of_node[l]) ? of_node[l] : back[l];
        }
    }
}

/* What a batch is made of. */
struct shape {
    size_t spans, bars; /* of all spans together */
    size_t lanes, seats;
};

static double seat_bytes(const struct gw_vector *vector)
{
    if (vector->shared != NULL) {
        return 0;
    }
    return sizeof(struct seat) + (vector->general ? sizeof(struct general_seat) : 0);
}

/* Bytes that all packs need together. */
static double once_bytes(const struct gw_vector *vector, const struct shape *shape)
{
    return vector->shared != NULL ? shared_bytes(vector->shared, shape->lanes) : 0;
}

static size_t stride_of(const struct shape *shape)
{
    return (shape->lanes + 7) / 8 * 8;
}

/* Bytes of one pack: its stands, its stored equity, and what the strategy says. */
static double pack_bytes(const struct gw_vector *vector, const struct shape *shape)
{
    size_t spans = shape->spans, bars = shape->bars, stride = stride_of(shape);
    double rows = vector->stores ? (double)(bars * stride * sizeof(double)) : 0;
    size_t words = keeps_exposure(vector) ? bars / WORD + spans : 0;
    double exposure = (double)(words * GW_LANES * sizeof(uint64_t));
    double total = vector->stores ? sizeof(struct total) : 0;
    double seats = (double)shape->seats, seat = seat_bytes(vector);
    double terms = vector->general ? GW_LANES * sizeof(struct trade_terms) : 0;
    if (vector->shared != NULL) {
        rows += shared_pack_bytes(vector->shared, shape->lanes, spans, bars);
    }
    return rows + exposure + sizeof(struct pack) + terms +
           (double)spans * (sizeof(struct stand) + total + seats * seat) +
           seats * (double)program_run_bytes(vector->program);
}

/* The shape of a batch that keeps within tile_bytes, if one does: fewer assets together
 * where their seats take most of it, then fewer lanes in a pack. The rows are the same
 * whichever it is. */
static struct shape shape_of(const struct gw_vector *vector, size_t spans, size_t bars)
{
    struct shape shape = {spans, bars, GW_LANES, vector->most_seats};
    const double most = (double)vector->setup.tile_bytes;
    const double seat = (double)spans * seat_bytes(vector);
    while (shape.seats > 1 && (double)shape.seats * seat > most / 2) {
        shape.seats--;
    }
    const size_t least = vector->shared != NULL ? 1 : 8;
    while (shape.lanes > least &&
           once_bytes(vector, &shape) + pack_bytes(vector, &shape) > most) {
        shape.lanes -= shape.lanes > 8 ? 8 : 1;
    }
    return shape;
}

size_t gw_vector_batch(const struct gw_vector *vector, size_t spans, size_t bars)
{
    struct shape shape = shape_of(vector, spans, bars);
    double room = (double)vector->setup.tile_bytes - once_bytes(vector, &shape);
    double packs = room / pack_bytes(vector, &shape);
    return packs >= 1e6 ? 1000000 : packs > 1 ? (size_t)packs : 1;
}

/* Where a work stands. */
struct cursor {
    size_t run, lane;
};

static struct pack *next_pack(struct gw_vector *vector, size_t run)
{
    if (vector->packs == vector->packs_made) {
        vector->packs_made++;
        vector->pack = gw_grow(vector->pack, &vector->pack_room, vector->packs_made,
                               sizeof *vector->pack);
        for (size_t n = 0; n < vector->most_seats; n++) {
            program_run_init(vector->program, &vector->pack[vector->packs].program[n]);
        }
        struct trade_terms *terms = NULL;
        if (vector->general) {
            terms = gw_calloc(GW_LANES, sizeof *terms);
        }
        vector->pack[vector->packs].terms = terms;
    }
    struct pack *pack = &vector->pack[vector->packs++];
    pack->run = run;
    pack->lanes = 0;
    return pack;
}

/* Bytes of columns that as many assets as are simulated together will hold. */
static double held(const struct gw_vector *vector)
{
    return (double)vector->seats * (double)gw_columns_held(vector->columns);
}

static void
put_failed(struct gw_vector *vector, const struct gw_vector_work *work, struct cursor at)
{
    double metric[GW_METRICS];
    for (int m = 0; m < GW_METRICS; m++) {
        metric[m] = NAN;
    }
    for (size_t s = 0; s < work->spans; s++) {
        struct gw_vector_row row = {.run = at.run,
                                    .lane = at.lane,
                                    .span = s,
                                    .status = GW_ROW_FAILED,
                                    .metric = metric};
        vector->stats.rows++;
        work->put(work->context, &row);
    }
}

/* The terms of the pack's next lane; false: one is out of its range. */
static bool
take_terms(const struct gw_vector *vector, struct pack *pack, const double *value)
{
    return !vector->general ||
           trade_terms_set(&pack->terms[pack->lanes], &vector->setup, value);
}

/* Add lanes of the cursor's run until pack, run or the room for columns is full. */
static bool fill_pack(struct gw_vector *vector,
                      const struct gw_vector_work *work,
                      struct cursor *at,
                      size_t most)
{
    const struct gw_run_lanes *run = &work->run[at->run];
    struct pack *pack = next_pack(vector, at->run);
    double back[GW_LANES], value[GW_MAX_PARAMETERS];
    bool full = false;
    look_back(vector, run, back);
    for (; at->lane < run->count && pack->lanes < most && !full; at->lane++) {
        lane_values(run, at->lane, value);
        if (isnan(back[at->lane]) || !take_terms(vector, pack, value)) {
            put_failed(vector, work, *at);
            continue;
        }
        gw_columns_next(vector->columns, value);
        program_bind(vector->program, pack->program, pack->lanes, vector->columns);
        pack->back[pack->lanes] = back[at->lane];
        pack->lane[pack->lanes++] = (uint8_t)at->lane;
        full = held(vector) > 0.98 * (double)vector->setup.cache_bytes;
    }
    pack->program[0].lanes = pack->lanes;
    vector->packs -= pack->lanes == 0;
    if (at->lane == run->count) {
        *at = (struct cursor){at->run + 1, 0};
    }
    return full;
}

/* Packs whose lanes have the same columns next to each other, so that these are read from
 * the nearest cache. */
static void sort_packs(struct gw_vector *vector)
{
    const struct program *program = vector->program;
    for (size_t i = 1; i < vector->packs; i++) {
        struct pack moved = vector->pack[i];
        uintptr_t key = program_kinship(program, moved.program);
        size_t j = i;
        for (; j > 0 && program_kinship(program, vector->pack[j - 1].program) > key;
             j--) {
            vector->pack[j] = vector->pack[j - 1];
        }
        vector->pack[j] = moved;
    }
}

/* Packs that fit into memory together, from the cursor on. */
static void fill_batch(struct gw_vector *vector,
                       const struct gw_vector_work *work,
                       size_t bars,
                       struct cursor *at)
{
    static const double no_value[GW_MAX_PARAMETERS];
    const struct shape shape = shape_of(vector, work->spans, bars);
    vector->stride = stride_of(&shape);
    vector->seats = shape.seats;
    size_t packs = gw_vector_batch(vector, work->spans, bars);
    struct gw_columns_at first = columns_at(vector, work, vector->setup.asset[0], 0);
    first.value = no_value;
    double begin = gw_clock();
    gw_columns_begin(vector->columns, &first);
    vector->packs = 0;
    bool full = false;
    while (!full && at->run < work->runs && vector->packs < packs) {
        full = fill_pack(vector, work, at, shape.lanes);
        take_turn(vector);
    }
    sort_packs(vector);
    vector->stats.columns_seconds += gw_clock() - begin;
}

static void simulate_all(struct gw_vector *vector, const struct gw_vector_work *work)
{
    size_t assets = vector->setup.assets;
    for (size_t i = 0; i < assets; i += vector->seats) {
        size_t left = assets - i;
        simulate_assets(vector, work, vector->setup.asset + i,
                        left < vector->seats ? left : vector->seats);
    }
}

void gw_vector_run(struct gw_vector *vector, const struct gw_vector_work *work)
{
    struct cursor at = {0, 0};
    size_t bars = 0;
    assert(work->spans > 0);
    for (size_t s = 0; s < work->spans; s++) {
        bars += span_bars(&work->span[s]);
    }
    while (at.run < work->runs) {
        fill_batch(vector, work, bars, &at);
        if (vector->packs == 0) {
            continue;
        }
        tile_open(vector, work);
        if (vector->shared != NULL) {
            shared_run(vector, work);
        } else {
            simulate_all(vector, work);
        }
        tile_finish(vector, work);
        for (size_t p = 0; p < vector->packs; p++) {
            vector->stats.bars += vector->pack[p].lanes * bars * vector->setup.assets;
        }
    }
}

struct gw_vector_stats gw_vector_stats(const struct gw_vector *vector)
{
    struct gw_vector_stats stats = vector->stats;
    stats.cache = gw_columns_stats(vector->columns);
    stats.column_bars = gw_columns_evaluated(vector->columns);
    return stats;
}
