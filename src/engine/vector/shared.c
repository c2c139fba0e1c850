#include "shared.h"

#include "board.h"
#include "pool.h"
#include "simulate.h"
#include "tape.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct shared {
    const struct gw_engine_setup *setup;
    struct board board;
    struct tape tape;
    struct pool_increase *increase;
    struct pool pool[GW_LANES];
    size_t pools;         /* made */
    size_t *place;        /* [assets of the panel] in the setup */
    size_t *start;        /* [assets + 1] fills before those of each */
    struct gw_fill *fill; /* scratch */
    size_t fill_room;
};

/* Whether a term is not the same as none in every combination. */
static bool has_term(const struct gw_rules *rules, enum gw_term term)
{
    struct gw_terms terms = rules->terms;
    return rules->term[term] != GW_NO_NODE || *gw_term_at(&terms, term) != 0;
}

static struct board_needs needs_of(const struct gw_rules *rules)
{
    bool volume = has_term(rules, GW_TERM_volume_limit);
    return (struct board_needs){
        .stops =
            has_term(rules, GW_TERM_stop_loss) || has_term(rules, GW_TERM_stop_profit) ||
            has_term(rules, GW_TERM_stop_trail) || has_term(rules, GW_TERM_stop_bars),
        .volume = volume,
        .factor = volume || rules->whole_lots || rules->size == GW_SIZE_SHARES ||
                  has_term(rules, GW_TERM_commission_per_share),
    };
}

struct shared *shared_new(const struct gw_engine_setup *setup)
{
    struct shared *shared = gw_calloc(1, sizeof *shared);
    const struct gw_rules *rules = setup->rules;
    shared->setup = setup;
    board_init(&shared->board, setup, needs_of(rules));
    tape_init(&shared->tape, rules, setup->assets);
    shared->increase = gw_calloc(setup->assets, sizeof *shared->increase);
    shared->place = gw_calloc(gw_portal_assets(setup->portal), sizeof *shared->place);
    shared->start = gw_calloc(setup->assets + 1, sizeof *shared->start);
    for (size_t n = 0; n < setup->assets; n++) {
        shared->place[setup->asset[n]] = n;
    }
    return shared;
}

void shared_free(struct shared *shared)
{
    if (shared == NULL) {
        return;
    }
    for (size_t l = 0; l < shared->pools; l++) {
        pool_clear(&shared->pool[l]);
    }
    board_clear(&shared->board);
    tape_clear(&shared->tape);
    free(shared->increase);
    free(shared->place);
    free(shared->start);
    free(shared->fill);
    free(shared);
}

double shared_bytes(const struct shared *shared, size_t lanes)
{
    return board_bytes(&shared->board) + (double)(lanes * pool_bytes(&shared->board));
}

double
shared_pack_bytes(const struct shared *shared, size_t lanes, size_t spans, size_t bars)
{
    /* Words that a tape holds at once: those of a window, or of all. */
    bool before = shared->setup->rules->warmup == GW_WARM_BEFORE;
    size_t most = gw_portal_bars(shared->setup->portal);
    size_t own = before && spans > 1 ? most : bars + 1;
    size_t words = (own < most ? own : most) / WORD + 2;
    return (double)lanes * tape_lane_bytes(&shared->tape, words);
}

/* ---- the strategy, asset after asset ---- */

/* Spans that see the same columns, what of the calendar they need, and one asset. */
struct take {
    struct gw_vector *vector;
    const struct gw_vector_work *work;
    size_t span, spans;
    size_t first, last; /* bars of the tape */
    size_t place, asset;
    struct gw_columns_at at;
};

static struct take
take_of(struct gw_vector *vector, const struct gw_vector_work *work, size_t group)
{
    bool before = vector->setup.rules->warmup == GW_WARM_BEFORE;
    struct take take = {.vector = vector,
                        .work = work,
                        .span = group,
                        .spans = before ? work->spans : 1,
                        .first = SIZE_MAX};
    for (size_t p = 0; p < vector->packs; p++) {
        for (size_t s = take.span; s < take.span + take.spans; s++) {
            const struct stand *stand = stand_of(vector, work->spans, p, s);
            take.first = stand->first < take.first ? stand->first : take.first;
            take.last = stand->end > take.last ? stand->end : take.last;
        }
    }
    return take;
}

/* Take the columns of the asset for all packs into the program. */
static void bind(const struct take *take)
{
    struct gw_vector *vector = take->vector;
    double begin = gw_clock(), value[GW_MAX_PARAMETERS] = {0};
    struct gw_columns_at at = take->at;
    at.value = value;
    gw_columns_begin(vector->columns, &at);
    for (size_t p = 0; p < vector->packs; p++) {
        struct pack *pack = &vector->pack[p];
        struct program_run *run = pack->program;
        for (size_t l = 0; l < pack->lanes; l++) {
            lane_values(&take->work->run[pack->run], pack->lane[l], value);
            gw_columns_next(vector->columns, value);
            program_bind(vector->program, run, l, vector->columns);
        }
        run->lanes = pack->lanes;
        program_restart(vector->program, run);
    }
    take_turn(vector);
    vector->stats.columns_seconds += gw_clock() - begin;
}

/* Numbers of own bars, lane by lane, into the tape. */
static void put_values(const struct take *take,
                       const struct chunk *chunk,
                       const struct tape_words *where)
{
    const struct gw_vector *vector = take->vector;
    bool target = vector->setup.rules->has_target;
    for (size_t l = 0; l < where->lanes && chunk->own_bars > 0; l++) {
        const struct tape_values in = {
            .asset = where->asset,
            .lane = where->lane + l,
            .count = chunk->own_bars,
            .bar = chunk->stage->listing->bar + chunk->own,
            .value = target ? program_weight(vector->program, l)
                            : program_deviation(vector->program, l)};
        tape_put_values(&vector->shared->tape, &in);
    }
}

/* What a chunk says, into the tape. */
static void
put_chunk(const struct take *take, const struct chunk *chunk, struct tape_words *where)
{
    struct tape *tape = &take->vector->shared->tape;
    if (tape->has_values) {
        put_values(take, chunk, where);
    }
    if (take->vector->setup.rules->has_target) {
        where->word = chunk->moved;
        tape_put(tape, 0, where);
        return;
    }
    const uint64_t *const words[GW_SIGNALS] = {
        [GW_ENTER_LONG] = chunk->signals.enter_long,
        [GW_EXIT_LONG] = chunk->signals.exit_long,
        [GW_ENTER_SHORT] = chunk->signals.enter_short,
        [GW_EXIT_SHORT] = chunk->signals.exit_short,
    };
    for (int s = 0; s < GW_SIGNALS; s++) {
        where->word = words[s];
        if (words[s] != NULL) {
            tape_put(tape, tape->plane_of[s], where);
        }
    }
}

static struct chunk chunk_of(const struct take *take, size_t bar, size_t next)
{
    struct own_range own = stage_own(&take->vector->setup, take->asset, bar, next);
    size_t from = take->at.from, cut = own.from < from ? from - own.from : 0;
    return (struct chunk){.stage = take->vector->stage[0],
                          .bar = bar,
                          .words = (next - bar + WORD - 1) / WORD,
                          .own = own.from + cut,
                          .own_bars = own.count > cut ? own.count - cut : 0,
                          .columns_from = from};
}

/* What the strategy says of one asset, of all packs. */
static void record_asset(struct take *take)
{
    struct gw_vector *vector = take->vector;
    size_t step = program_chunk(vector->program), next;
    const struct gw_listing *listing =
        gw_portal_listing(vector->setup.portal, take->asset);
    take->at = columns_at(vector, take->work, take->asset, take->span);
    stage_set(vector->stage[0], &vector->setup, vector->columns, take->asset);
    bind(take);
    size_t bar = take->first - take->first % WORD;
    if (program_remembers(vector->program) && take->at.from < listing->count &&
        listing->bar[take->at.from] < bar) {
        bar = listing->bar[take->at.from] - listing->bar[take->at.from] % WORD;
    }
    for (; bar <= take->last; bar = next) {
        next = bar + step <= take->last ? bar + step : take->last + 1;
        struct tape_words where = {.asset = take->place, .bar = bar};
        for (size_t p = 0; p < vector->packs; p++) {
            struct chunk chunk = chunk_of(take, bar, next);
            chunk_evaluate(vector, vector->pack[p].program, &chunk);
            where.words = chunk.words;
            where.lanes = vector->pack[p].lanes;
            put_chunk(take, &chunk, &where);
            where.lane += where.lanes;
        }
        take_turn(vector);
    }
}

static void record(struct take *take)
{
    struct gw_vector *vector = take->vector;
    double begin = gw_clock(), elsewhere = vector->stats.columns_seconds;
    size_t lanes = 0;
    for (size_t p = 0; p < vector->packs; p++) {
        lanes += vector->pack[p].lanes;
    }
    tape_open(&vector->shared->tape, lanes, take->first, take->last);
    for (size_t n = 0; n < vector->setup.assets; n++) {
        take->place = n;
        take->asset = vector->setup.asset[n];
        record_asset(take);
    }
    tape_turn(&vector->shared->tape);
    vector->stats.signals_seconds +=
        gw_clock() - begin - (vector->stats.columns_seconds - elsewhere);
}

/* ---- the accounts, bar after bar ---- */

/* One pack in one span. */
struct play {
    struct gw_vector *vector;
    struct pool_floor floor;
    const struct pack *pack;
    struct stand *stand;
    struct total *total;
};

static void open_pools(const struct play *play, size_t first_lane)
{
    struct shared *shared = play->vector->shared;
    const struct stand *stand = play->stand;
    for (; shared->pools < play->pack->lanes; shared->pools++) {
        pool_init(&shared->pool[shared->pools], &shared->board);
    }
    for (size_t l = 0; l < play->pack->lanes; l++) {
        struct pool *pool = &shared->pool[l];
        pool->terms = play->pack->terms[l];
        pool->lane = first_lane + l;
        pool->begin = stand->begin;
        pool->end = stand->end;
        pool->decide_from = stand->decide_from[l];
        pool->account.ledger = &play->total->ledger[l];
        pool->account.fills = stand->fills != NULL ? &stand->fills[l] : NULL;
        pool_open(pool, &play->floor);
        pool->over = stand->status[l] != GW_ROW_OK;
    }
}

/* One lane over bars [from, to) of the block on the board. */
static void play_lane(const struct play *play, size_t l, size_t from, size_t to)
{
    struct pool *pool = &play->vector->shared->pool[l];
    const struct stand *stand = play->stand;
    size_t stride = play->vector->stride;
    for (size_t t = from; t < to && !pool->over; t++) {
        pool_bar(&play->floor, pool, t);
        if (t < stand->begin) {
            continue;
        }
        size_t i = t - stand->begin;
        stand->rows[i * stride + l] = pool->equity;
        if (pool->exposed && t >= stand->count_from[l]) {
            stand->exposure[i / WORD * GW_LANES + l] |= UINT64_C(1) << i % WORD;
        }
    }
}

/* Fills in the order of time, asset by asset. */
static void sort_fills(struct shared *shared, struct lane_fills *fills)
{
    size_t assets = shared->setup->assets, *start = shared->start;
    shared->fill =
        gw_grow(shared->fill, &shared->fill_room, fills->count, sizeof *shared->fill);
    struct gw_fill *from = shared->fill;
    if (fills->count > 0) {
        memcpy(from, fills->fill, fills->count * sizeof *from);
    }
    memset(start, 0, (assets + 1) * sizeof *start);
    for (size_t i = 0; i < fills->count; i++) {
        start[shared->place[from[i].asset] + 1]++;
    }
    for (size_t n = 0; n < assets; n++) {
        start[n + 1] += start[n];
    }
    for (size_t i = 0; i < fills->count; i++) {
        fills->fill[start[shared->place[from[i].asset]]++] = from[i];
    }
}

static void close_pools(const struct play *play)
{
    struct shared *shared = play->vector->shared;
    for (size_t l = 0; l < play->pack->lanes; l++) {
        struct pool *pool = &shared->pool[l];
        pool_close(&play->floor, pool);
        play->stand->unsafe[l] |= pool->over;
        if (play->stand->fills != NULL) {
            sort_fills(shared, &play->stand->fills[l]);
        }
    }
}

static void play_span(const struct play *play)
{
    struct board *board = play->floor.board;
    const struct stand *stand = play->stand;
    size_t next;
    for (size_t t = stand->first; t <= stand->end; t = next) {
        board_set(board, t);
        next = board->first + board->bars;
        next = next <= stand->end ? next : stand->end + 1;
        for (size_t l = 0; l < play->pack->lanes; l++) {
            play_lane(play, l, t, next);
        }
        take_turn(play->vector);
    }
}

static void play_group(struct gw_vector *vector,
                       const struct gw_vector_work *work,
                       const struct take *take)
{
    struct shared *shared = vector->shared;
    double begin = gw_clock();
    size_t first_lane = 0;
    struct play play = {.vector = vector,
                        .floor = {.rules = vector->setup.rules,
                                  .board = &shared->board,
                                  .tape = &shared->tape,
                                  .calendar = vector->calendar,
                                  .increase = shared->increase}};
    for (size_t p = 0; p < vector->packs; p++) {
        play.pack = &vector->pack[p];
        for (size_t s = take->span; s < take->span + take->spans; s++) {
            play.stand = stand_of(vector, work->spans, p, s);
            play.total = &vector->total[play.stand - vector->stand];
            open_pools(&play, first_lane);
            play_span(&play);
            close_pools(&play);
        }
        first_lane += play.pack->lanes;
    }
    vector->stats.simulate_seconds += gw_clock() - begin;
}

void shared_run(struct gw_vector *vector, const struct gw_vector_work *work)
{
    bool before = vector->setup.rules->warmup == GW_WARM_BEFORE;
    for (size_t g = 0; g < (before ? 1 : work->spans); g++) {
        struct take take = take_of(vector, work, g);
        record(&take);
        play_group(vector, work, &take);
    }
}
