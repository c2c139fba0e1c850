/* One asset over all packs and spans of a batch, chunk by chunk of the calendar. */
#include "tile.h"

#include "gridwalk/base/time.h"

#include <math.h>
#include <string.h>

/* A chunk of the calendar and what the strategy says in it. */
struct chunk {
    size_t bar, words;           /* bar is a multiple of WORD */
    size_t own, own_bars;        /* of the asset */
    size_t columns_from;         /* own bar of the columns' first element */
    struct lane_signals signals; /* words on the calendar */
    const uint64_t *moved;
};

/* Spans that see the same columns: all of them, or one. */
struct group {
    size_t span, spans;
    struct gw_columns_at at; /* of the columns */
};

static uint64_t bits_between(size_t word_bar, size_t from, size_t to)
{
    if (to <= word_bar || from >= word_bar + WORD || from >= to) {
        return 0;
    }
    uint64_t bits = UINT64_MAX;
    if (from > word_bar) {
        bits <<= from - word_bar;
    }
    if (to < word_bar + WORD) {
        bits &= UINT64_MAX >> (word_bar + WORD - to);
    }
    return bits;
}

/* Words of own bars as words of the calendar; as they are where the two agree. */
static const uint64_t *on_calendar(const struct gw_vector *vector,
                                   const struct chunk *chunk,
                                   const uint64_t *words,
                                   uint64_t *room)
{
    const uint32_t *bar = vector->stage->listing->bar;
    if (words == NULL) {
        return NULL;
    }
    if (chunk->own_bars > 0 && bar[chunk->own] == chunk->bar &&
        bar[chunk->own + chunk->own_bars - 1] == chunk->bar + chunk->own_bars - 1 &&
        (chunk->own_bars + WORD - 1) / WORD == chunk->words) {
        return words;
    }
    struct stage_move move = {.own = chunk->own,
                              .count = chunk->own_bars,
                              .bar = chunk->bar,
                              .words = chunk->words};
    stage_spread(vector->stage, &move, words, room);
    return room;
}

static void
evaluate_target(struct gw_vector *vector, struct pack *pack, struct chunk *chunk)
{
    bool every = vector->setup.rules->rebalance == GW_EVERY_BAR;
    size_t words = (chunk->own_bars + WORD - 1) / WORD;
    for (size_t l = 0; l < pack->lanes && chunk->own_bars > 0; l++) {
        const double *weight = program_weight(vector->program, l);
        vector->lanes->moves(weight, pack->weight[l], every, words, vector->moved + l);
        pack->weight[l] = weight[chunk->own_bars - 1];
    }
    chunk->moved = on_calendar(vector, chunk, vector->moved, vector->spread[0]);
}

static void evaluate(struct gw_vector *vector, struct pack *pack, struct chunk *chunk)
{
    if (chunk->own_bars > 0) {
        program_evaluate(vector->program, &pack->program,
                         chunk->own - chunk->columns_from, chunk->own_bars);
        vector->stats.signal_bars += chunk->own_bars * pack->lanes;
    }
    if (vector->setup.rules->has_target) {
        evaluate_target(vector, pack, chunk);
        return;
    }
    const uint64_t *signal[GW_SIGNALS];
    for (int s = 0; s < GW_SIGNALS; s++) {
        signal[s] =
            on_calendar(vector, chunk, program_signal(vector->program, (enum gw_signal)s),
                        vector->spread[s]);
    }
    chunk->signals = (struct lane_signals){.enter_long = signal[GW_ENTER_LONG],
                                           .exit_long = signal[GW_EXIT_LONG],
                                           .enter_short = signal[GW_ENTER_SHORT],
                                           .exit_short = signal[GW_EXIT_SHORT]};
}

static const uint64_t *at_word(const uint64_t *words, size_t w)
{
    return words != NULL ? words + w * GW_LANES : NULL;
}

/* What the lanes intend in one word: positions of signals, or bars where a target moves.
 */
static void intend(struct gw_vector *vector,
                   struct stand *stand,
                   size_t lanes,
                   const struct chunk *chunk,
                   size_t w)
{
    size_t bar = chunk->bar + w * WORD;
    uint64_t own = vector->stage->own[bar / WORD];
    struct lane_bits decide;
    for (size_t l = 0; l < GW_LANES; l++) {
        size_t from = l < lanes ? stand->decide_from[l] : SIZE_MAX;
        decide.bit[l] = own & bits_between(bar, from, stand->end + 1);
    }
    if (!vector->setup.rules->has_target) {
        const struct lane_signals signals = {
            .enter_long = at_word(chunk->signals.enter_long, w),
            .exit_long = at_word(chunk->signals.exit_long, w),
            .enter_short = at_word(chunk->signals.enter_short, w),
            .exit_short = at_word(chunk->signals.exit_short, w),
        };
        vector->lanes->intend(&signals, decide.bit, &stand->held_long, &stand->held_short,
                              vector->intents);
        return;
    }
    for (size_t l = 0; l < lanes; l++) {
        uint64_t forced = bits_between(bar, stand->forced[l], stand->forced[l] + 1);
        vector->intents->changes[l] =
            (at_word(chunk->moved, w)[l] | forced) & decide.bit[l];
    }
}

static void walk_lanes(struct gw_vector *vector,
                       const struct pack *pack,
                       struct stand *stand,
                       const struct chunk *chunk,
                       size_t bar)
{
    const struct walk walk = {vector->setup.rules, vector->stage};
    struct lane_intents *intents = vector->intents;
    struct walk_word word = {.bar = bar,
                             .bars = bits_between(bar, stand->begin, stand->end + 1),
                             .weight_from = chunk->own};
    uint64_t special = vector->stage->special[bar / WORD] & word.bars;
    bool target = vector->setup.rules->has_target;
    memset(vector->events->bar, 0, sizeof vector->events->bar);
    memset(vector->events->taken, 0, sizeof vector->events->taken);
    for (size_t l = 0; l < pack->lanes; l++) {
        struct lane_account *account = &stand->account[l];
        if (intents->changes[l] == 0 && !account->waiting &&
            (special == 0 || account->shares == 0)) {
            continue;
        }
        word.decisions = intents->changes[l];
        word.is_long = target ? 0 : intents->is_long[l];
        word.is_short = target ? 0 : intents->is_short[l];
        word.weight =
            target && chunk->own_bars > 0 ? program_weight(vector->program, l) : NULL;
        word.fills = stand->fills != NULL ? &stand->fills[l] : NULL;
        walk_over(&walk, &word, account, vector->events, l);
    }
}

/* Lanes that count from this bar on forget what was before it. */
static void
reset_sums(const struct gw_vector *vector, struct stand *stand, size_t lanes, size_t bar)
{
    for (size_t l = 0; l < lanes; l++) {
        if (stand->count_from[l] != bar) {
            continue;
        }
        if (vector->pools) {
            stand->sums.before[l] = vector->setup.rules->capital;
            stand->sums.power[0][l] = stand->pool[0][l];
            stand->sums.power[1][l] = stand->pool[1][l];
            continue;
        }
        stand->account[l].unsafe |= !(stand->sums.lowest[l] > NOTHING_UNDER);
        sums_open(&stand->sums, l, vector->setup.rules->capital);
    }
}

static uint64_t reset_bars(const struct stand *stand, size_t lanes, size_t bar)
{
    uint64_t bits = 0;
    for (size_t l = 0; stand->resets && l < lanes; l++) {
        bits |= bits_between(bar, stand->count_from[l], stand->count_from[l] + 1);
    }
    return bits;
}

/* Mark bars [from, to) of the word to market, cut where lanes begin to count. */
static void
gauge(struct gw_vector *vector, const struct pack *pack, struct stand *stand, size_t bar)
{
    const struct lane_table *table = vector->lanes;
    size_t last = stand->end + 1 - bar;
    struct lane_bars bars = {.from = stand->begin > bar ? stand->begin - bar : 0,
                             .lanes = pack->lanes,
                             .mark = vector->stage->mark + bar,
                             .stride = vector->stride};
    last = last < WORD ? last : WORD;
    uint64_t resets = reset_bars(stand, pack->lanes, bar);
    if (vector->stores && !vector->pools) {
        resets = 0; /* whoever reads the rows cuts them */
    }
    while (bars.from < last) {
        if (vector->stores) {
            bars.rows = stand->rows + (bar + bars.from - stand->begin) * vector->stride;
        }
        if (resets >> bars.from & 1) {
            reset_sums(vector, stand, pack->lanes, bar + bars.from);
        }
        uint64_t next = resets & ~((UINT64_C(2) << bars.from) - 1);
        bars.to = next != 0 && (size_t)__builtin_ctzll(next) < last
                      ? (size_t)__builtin_ctzll(next)
                      : last;
        (vector->pools       ? table->add_and_pool
         : vector->stores    ? table->add
         : vector->needs_all ? table->gauge_all
                             : table->gauge_basic)(&bars, vector->events, &stand->sums);
        bars.from = bars.to;
    }
}

static void simulate_chunk(struct gw_vector *vector,
                           const struct pack *pack,
                           struct stand *stand,
                           const struct chunk *chunk)
{
    for (size_t w = 0; w < chunk->words; w++) {
        size_t bar = chunk->bar + w * WORD;
        if (bar > stand->end || bar + WORD <= stand->first) {
            continue;
        }
        intend(vector, stand, pack->lanes, chunk, w);
        walk_lanes(vector, pack, stand, chunk, bar);
        if (bar + WORD > stand->begin) {
            gauge(vector, pack, stand, bar);
        }
    }
}

/* The accounts of one asset before its first bar in a span. */
static void
open_accounts(struct gw_vector *vector, struct pack *pack, struct stand *stand)
{
    const struct gw_engine_setup *setup = &vector->setup;
    const struct gw_listing *listing = vector->stage->listing;
    const struct walk walk = {setup->rules, vector->stage};
    memset(&stand->held_long, 0, sizeof stand->held_long);
    memset(&stand->held_short, 0, sizeof stand->held_short);
    for (size_t l = 0; l < pack->lanes; l++) {
        walk_open(&walk, &stand->account[l]);
        stand->sums.cash[l] = setup->rules->capital;
        stand->sums.shares[l] = 0;
        stand->sums.before[l] = setup->rules->capital;
        stand->pool[0][l] = stand->sums.power[0][l];
        stand->pool[1][l] = stand->sums.power[1][l];
        size_t own = stand->decide_from[l] == SIZE_MAX
                         ? listing->count
                         : gw_portal_own(setup->portal, vector->stage->asset,
                                         stand->decide_from[l]);
        stand->forced[l] = own < listing->count ? listing->bar[own] : SIZE_MAX - 1;
    }
}

static void
close_accounts(struct gw_vector *vector, struct pack *pack, struct stand *stand)
{
    const struct gw_listing *listing = vector->stage->listing;
    for (size_t l = 0; l < pack->lanes; l++) {
        walk_end(&stand->account[l], stand->end);
        size_t from =
            stand->count_from[l] > listing->first ? stand->count_from[l] : listing->first;
        if (listing->count > 0 && from <= stand->end) {
            stand->pooled[l] += stand->end - from + 1;
        }
    }
}

/* Take the columns of all packs into the program, for one group of spans. */
static void bind(struct gw_vector *vector,
                 const struct gw_vector_work *work,
                 const struct group *group)
{
    double begin = gw_clock();
    double value[GW_MAX_PARAMETERS] = {0};
    struct gw_columns_at at = group->at;
    at.value = value;
    gw_columns_begin(vector->columns, &at);
    for (size_t p = 0; p < vector->packs; p++) {
        struct pack *pack = &vector->pack[p];
        for (size_t l = 0; l < pack->lanes; l++) {
            for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
                value[i] = work->run[pack->run].value[i][pack->lane[l]];
            }
            gw_columns_next(vector->columns, value);
            program_bind(vector->program, &pack->program, l, vector->columns);
            pack->weight[l] = NAN;
        }
        pack->program.lanes = pack->lanes;
        program_restart(vector->program, &pack->program);
    }
    vector->stats.columns_seconds += gw_clock() - begin;
}

/* Bars [first, last] of the calendar that a group needs. */
struct reach {
    size_t first, last;
};

static struct reach reach_of(const struct gw_vector *vector,
                             const struct gw_vector_work *work,
                             const struct group *group)
{
    const struct gw_listing *listing = vector->stage->listing;
    struct reach reach = {SIZE_MAX, 0};
    for (size_t p = 0; p < vector->packs; p++) {
        for (size_t s = group->span; s < group->span + group->spans; s++) {
            const struct stand *stand = stand_of(vector, work->spans, p, s);
            size_t first = stand->first < stand->begin ? stand->first : stand->begin;
            reach.first = first < reach.first ? first : reach.first;
            reach.last = stand->end > reach.last ? stand->end : reach.last;
        }
    }
    if (program_remembers(vector->program) && group->at.from < listing->count &&
        listing->bar[group->at.from] < reach.first) {
        reach.first = listing->bar[group->at.from];
    }
    reach.first -= reach.first % WORD;
    return reach;
}

static void simulate_group(struct gw_vector *vector,
                           const struct gw_vector_work *work,
                           const struct group *group)
{
    struct reach reach = reach_of(vector, work, group);
    size_t step = program_chunk(vector->program);
    bind(vector, work, group);
    for (size_t bar = reach.first; bar <= reach.last; bar += step) {
        size_t next = bar + step <= reach.last ? bar + step : reach.last + 1;
        struct own_range own = stage_own(&vector->setup, vector->stage->asset, bar, next);
        size_t cut = own.from < group->at.from ? group->at.from - own.from : 0;
        struct chunk chunk = {.bar = bar,
                              .words = (next - bar + WORD - 1) / WORD,
                              .own = own.from + cut,
                              .own_bars = own.count > cut ? own.count - cut : 0,
                              .columns_from = group->at.from};
        for (size_t p = 0; p < vector->packs; p++) {
            struct pack *pack = &vector->pack[p];
            double begin = gw_clock();
            evaluate(vector, pack, &chunk);
            double middle = gw_clock();
            for (size_t s = group->span; s < group->span + group->spans; s++) {
                simulate_chunk(vector, pack, stand_of(vector, work->spans, p, s), &chunk);
            }
            vector->stats.signals_seconds += middle - begin;
            vector->stats.simulate_seconds += gw_clock() - middle;
            if (vector->setup.poll != NULL) {
                vector->setup.poll(vector->setup.poll_context);
            }
        }
    }
}

void simulate_asset(struct gw_vector *vector,
                    const struct gw_vector_work *work,
                    size_t asset)
{
    bool before = vector->setup.rules->warmup == GW_WARM_BEFORE;
    if (!vector->staged) {
        stage_set(vector->stage, &vector->setup, vector->columns, asset);
        vector->staged = vector->setup.assets == 1;
    }
    for (size_t i = 0; i < vector->packs * work->spans; i++) {
        open_accounts(vector, &vector->pack[i / work->spans], &vector->stand[i]);
    }
    size_t groups = before ? 1 : work->spans;
    for (size_t g = 0; g < groups; g++) {
        const struct group group = {.span = g,
                                    .spans = before ? work->spans : 1,
                                    .at = columns_at(vector, work, asset, g)};
        simulate_group(vector, work, &group);
    }
    for (size_t i = 0; i < vector->packs * work->spans; i++) {
        close_accounts(vector, &vector->pack[i / work->spans], &vector->stand[i]);
    }
}
