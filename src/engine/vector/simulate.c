/* Some assets over all packs and spans of a batch, chunk by chunk of the calendar. */
#include "simulate.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <math.h>
#include <string.h>

/* Spans that see the same columns: all of them, or one. */
struct group {
    size_t span, spans;
    size_t assets;
    struct gw_columns_at at[MOST_SEATS]; /* of the columns, by asset */
};

static const uint64_t *at_word(const uint64_t *words, size_t w)
{
    return words != NULL ? words + w * GW_LANES : NULL;
}

/* Bars of a word that decide, lane by lane. */
static void fill_decisions(const struct place *place,
                           const struct chunk *chunk,
                           size_t bar,
                           struct lane_bits *out)
{
    const struct stand *stand = place->stand;
    uint64_t own = chunk->stage->own[bar / WORD];
    if (bar >= stand->last_decide) {
        uint64_t bits = own & bits_between(bar, bar, stand->end + 1);
        for (size_t l = 0; l < GW_LANES; l++) {
            out->bit[l] = bits;
        }
        return;
    }
    for (size_t l = 0; l < GW_LANES; l++) {
        out->bit[l] = own & bits_between(bar, stand->decide_from[l], stand->end + 1);
    }
}

/* What the lanes intend in one word: positions of signals, or bars where a target moves.
 */
static void intend(struct gw_vector *vector,
                   const struct place *place,
                   const struct chunk *chunk,
                   size_t w)
{
    size_t bar = chunk->bar + w * WORD;
    struct lane_bits decide;
    fill_decisions(place, chunk, bar, &decide);
    if (!vector->setup.rules->has_target) {
        const struct lane_signals signals = {
            .enter_long = at_word(chunk->signals.enter_long, w),
            .exit_long = at_word(chunk->signals.exit_long, w),
            .enter_short = at_word(chunk->signals.enter_short, w),
            .exit_short = at_word(chunk->signals.exit_short, w),
        };
        vector->lanes->intend(&signals, decide.bit, &place->seat->held_long,
                              &place->seat->held_short, vector->intents);
        return;
    }
    for (size_t l = 0; l < place->pack->lanes; l++) {
        size_t first = place->seat->forced[l];
        uint64_t forced = bits_between(bar, first, first + 1);
        vector->intents->changes[l] =
            (at_word(chunk->moved, w)[l] | forced) & decide.bit[l];
    }
}

static void walk_lanes(struct gw_vector *vector,
                       const struct place *place,
                       const struct chunk *chunk,
                       size_t bar)
{
    const struct stand *stand = place->stand;
    const struct walk walk = {vector->setup.rules, chunk->stage};
    struct lane_intents *intents = vector->intents;
    struct walk_word word = {.bar = bar,
                             .bars = bits_between(bar, stand->begin, stand->end + 1),
                             .weight_from = chunk->own};
    uint64_t special = chunk->stage->special[bar / WORD] & word.bars;
    bool target = vector->setup.rules->has_target;
    memset(vector->events->bar, 0, sizeof vector->events->bar);
    memset(vector->events->fresh, 0, sizeof vector->events->fresh);
    for (size_t l = 0; l < place->pack->lanes; l++) {
        struct lane_account *account = &place->seat->account[l];
        if (intents->changes[l] == 0 && !account->waiting &&
            (special == 0 || account->shares == 0)) {
            continue;
        }
        word.decisions = intents->changes[l];
        word.is_long = target ? 0 : intents->is_long[l];
        word.is_short = target ? 0 : intents->is_short[l];
        word.weight =
            target && chunk->own_bars > 0 ? program_weight(vector->program, l) : NULL;
        walk_over(&walk, &word, account, vector->events, l);
    }
}

/* The first bar of which the accounts' pooled returns know: interest before the asset is
 * there is none of its own. SIZE_MAX: all of them. */
static size_t pool_from(const struct gw_vector *vector, const struct stage *stage)
{
    bool cut = vector->general && vector->pools && stage->listing->count > 0;
    return cut ? stage->listing->first : SIZE_MAX;
}

static uint64_t reset_bars(const struct place *place, size_t bar, size_t listed)
{
    uint64_t bits = bits_between(bar, listed, listed + (listed != SIZE_MAX));
    for (size_t l = 0; place->stand->resets && l < place->pack->lanes; l++) {
        size_t from = place->stand->count_from[l];
        bits |= bits_between(bar, from, from + 1);
    }
    return bits;
}

/* Lanes that count from this bar on forget what was before it, and what is pooled begins
 * with the asset. */
static void reset_sums(const struct gw_vector *vector,
                       const struct place *place,
                       size_t bar,
                       size_t listed)
{
    struct lane_sums *sums = &place->seat->sums;
    for (size_t l = 0; l < place->pack->lanes; l++) {
        if (bar == listed) {
            sums->power[0][l] = 0;
            sums->power[1][l] = 0;
        }
        if (place->stand->count_from[l] != bar) {
            continue;
        }
        bool alive = sums->lowest[l] > (vector->stores ? 0 : NOTHING_UNDER);
        place->stand->unsafe[l] |= !alive;
        sums_open(sums, l, vector->setup.rules->capital);
        vector->events->fresh[l] = UINT64_C(1) << bar % WORD;
    }
}

/* How accounts are marked: kept as equity, or summed at once; by price steps alone where
 * signals only ever go long with all cash and no dividend has come in. One that comes
 * later may not matter: the two round differently. */
static lane_mark_fn mark_by(const struct gw_vector *vector,
                            const struct stand *stand,
                            const struct stage *stage)
{
    const struct lane_table *table = vector->lanes;
    const struct gw_rules *rules = vector->setup.rules;
    bool holds = !vector->general && !rules->has_target &&
                 rules->signal[GW_ENTER_SHORT] == GW_NO_NODE &&
                 stage->first_dividend > stand->end;
    if (vector->stores) {
        return vector->pools ? table->add_and_pool : table->add;
    }
    if (holds) {
        return vector->needs_all ? table->hold_all : table->hold_basic;
    }
    return vector->needs_all ? table->gauge_all : table->gauge_basic;
}

void gauge_word(struct gw_vector *vector,
                const struct place *place,
                const struct chunk *chunk,
                size_t bar,
                lane_mark_fn mark,
                const double *equity)
{
    const struct stand *stand = place->stand;
    size_t last = stand->end + 1 - bar;
    struct lane_bars bars = {.from = stand->begin > bar ? stand->begin - bar : 0,
                             .lanes = place->pack->lanes,
                             .mark = chunk->stage->mark + bar,
                             .step = chunk->stage->step + bar,
                             .stride = vector->stride,
                             .equity_stride = GW_LANES};
    last = last < WORD ? last : WORD;
    size_t listed = pool_from(vector, chunk->stage);
    uint64_t resets = reset_bars(place, bar, listed);
    if (vector->stores && !vector->pools) {
        resets = 0; /* whoever reads the rows cuts them */
    }
    while (bars.from < last) { /* cut where lanes begin to count */
        if (vector->stores) {
            bars.rows = stand->rows + (bar + bars.from - stand->begin) * vector->stride;
        }
        bars.equity = equity != NULL ? equity + bars.from * GW_LANES : NULL;
        if (resets >> bars.from & 1) {
            reset_sums(vector, place, bar + bars.from, listed);
        }
        uint64_t next = resets & ~((UINT64_C(2) << bars.from) - 1);
        bars.to = next != 0 && (size_t)__builtin_ctzll(next) < last
                      ? (size_t)__builtin_ctzll(next)
                      : last;
        mark(&bars, vector->events, &place->seat->sums);
        bars.from = bars.to;
    }
}

static void simulate_chunk(struct gw_vector *vector,
                           const struct place *place,
                           const struct chunk *chunk)
{
    const lane_mark_fn mark = mark_by(vector, place->stand, chunk->stage);
    for (size_t w = 0; w < chunk->words; w++) {
        size_t bar = chunk->bar + w * WORD;
        if (bar > place->stand->end || bar + WORD <= place->stand->first) {
            continue;
        }
        if (vector->general) {
            general_word(vector, place, chunk, w);
        } else {
            intend(vector, place, chunk, w);
            if (dense_is_better(vector, place)) {
                dense_word(vector, place, chunk, bar);
                continue;
            }
            walk_lanes(vector, place, chunk, bar);
        }
        if (bar + WORD > place->stand->begin) {
            gauge_word(vector, place, chunk, bar, mark, NULL);
        }
    }
}

static struct place
place_of(const struct gw_vector *vector, size_t spans, size_t pack, size_t span, size_t i)
{
    size_t at = pack * spans + span, seat = at * vector->seats + i;
    return (struct place){.pack = &vector->pack[pack],
                          .stand = &vector->stand[at],
                          .seat = &vector->seat[seat],
                          .general =
                              vector->general ? &vector->general_seat[seat] : NULL};
}

/* The accounts of one asset before its first bar in a span. */
static void open_accounts(struct gw_vector *vector,
                          const struct place *place,
                          const struct stage *stage)
{
    const struct gw_engine_setup *setup = &vector->setup;
    const struct walk walk = {setup->rules, stage};
    struct seat *seat = place->seat;
    memset(&seat->held_long, 0, sizeof seat->held_long);
    memset(&seat->held_short, 0, sizeof seat->held_short);
    memset(seat->ledger, 0, sizeof seat->ledger);
    memset(seat->account, 0, sizeof seat->account);
    for (size_t l = 0; l < GW_LANES; l++) {
        struct lane_account *account = &seat->account[l];
        sums_open(&seat->sums, l, setup->rules->capital);
        seat->sums.cash[l] = setup->rules->capital;
        seat->sums.shares[l] = 0;
        account->ledger = &seat->ledger[l];
        account->count_from = place->stand->count_from[l];
        if (vector->setup.keep_fills) {
            account->fills =
                &vector->seat_fills[(size_t)(seat - vector->seat) * GW_LANES + l];
        }
        if (place->stand->exposure != NULL) {
            account->exposure = place->stand->exposure + l;
            account->exposure_bar = place->stand->begin;
        }
        walk_open(&walk, account);
        size_t from = place->stand->decide_from[l];
        size_t own = from == SIZE_MAX ? stage->listing->count
                                      : gw_portal_own(setup->portal, stage->asset, from);
        seat->forced[l] =
            own < stage->listing->count ? stage->listing->bar[own] : SIZE_MAX - 1;
    }
    if (vector->general) {
        general_open(vector, place);
    }
}

static void append_fills(struct lane_fills *all, struct lane_fills *more)
{
    all->fill =
        gw_grow(all->fill, &all->capacity, all->count + more->count, sizeof *all->fill);
    if (more->count > 0) {
        memcpy(all->fill + all->count, more->fill, more->count * sizeof *all->fill);
    }
    all->count += more->count;
    more->count = 0;
}

/* Into the row's own numbers; assets come in their order, so the sums are the same
 * whichever were simulated together. */
static void close_accounts(struct gw_vector *vector,
                           const struct place *place,
                           const struct stage *stage)
{
    struct stand *stand = place->stand;
    const struct gw_listing *listing = stage->listing;
    struct total *total = vector->stores ? &vector->total[stand - vector->stand] : NULL;
    if (vector->general) {
        general_close(vector, place, listing);
    }
    for (size_t l = 0; l < place->pack->lanes; l++) {
        struct lane_account *account = &place->seat->account[l];
        const struct lane_sums *sums = &place->seat->sums;
        walk_end(account, stand->end);
        stand->unsafe[l] |= account->unsafe;
        stand->unsafe[l] |= vector->pools && !(sums->lowest[l] > 0);
        size_t from =
            stand->count_from[l] > listing->first ? stand->count_from[l] : listing->first;
        if (listing->count > 0 && from <= stand->end) {
            stand->pool[0][l] += sums->power[0][l];
            stand->pool[1][l] += sums->power[1][l];
            stand->pooled[l] += stand->end - from + 1;
        }
        if (stand->fills != NULL) {
            append_fills(&stand->fills[l], account->fills);
        }
        if (total != NULL) {
            gw_ledger_merge(&total->ledger[l], &place->seat->ledger[l]);
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
    for (size_t n = 0; n < group->assets; n++) {
        struct gw_columns_at at = group->at[n];
        at.value = value;
        if (n == 0) {
            gw_columns_begin(vector->columns, &at);
        } else {
            gw_columns_turn(vector->columns, &at);
        }
        for (size_t p = 0; p < vector->packs; p++) {
            struct pack *pack = &vector->pack[p];
            struct program_run *run = &pack->program[n];
            for (size_t l = 0; l < pack->lanes; l++) {
                lane_values(&work->run[pack->run], pack->lane[l], value);
                gw_columns_next(vector->columns, value);
                program_bind(vector->program, run, l, vector->columns);
            }
            run->lanes = pack->lanes;
            program_restart(vector->program, run);
            take_turn(vector);
        }
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
    struct reach reach = {SIZE_MAX, 0};
    for (size_t p = 0; p < vector->packs; p++) {
        for (size_t s = group->span; s < group->span + group->spans; s++) {
            const struct stand *stand = stand_of(vector, work->spans, p, s);
            reach.first = stand->first < reach.first ? stand->first : reach.first;
            reach.last = stand->end > reach.last ? stand->end : reach.last;
        }
    }
    for (size_t n = 0; program_remembers(vector->program) && n < group->assets; n++) {
        const struct gw_listing *listing = vector->stage[n]->listing;
        size_t from = group->at[n].from;
        if (from < listing->count && listing->bar[from] < reach.first) {
            reach.first = listing->bar[from];
        }
    }
    reach.first -= reach.first % WORD;
    return reach;
}

static struct chunk chunk_of(const struct gw_vector *vector,
                             const struct group *group,
                             size_t n,
                             size_t bar,
                             size_t next)
{
    const struct stage *stage = vector->stage[n];
    struct own_range own = stage_own(&vector->setup, stage->asset, bar, next);
    size_t from = group->at[n].from;
    size_t cut = own.from < from ? from - own.from : 0;
    return (struct chunk){.stage = stage,
                          .bar = bar,
                          .words = (next - bar + WORD - 1) / WORD,
                          .own = own.from + cut,
                          .own_bars = own.count > cut ? own.count - cut : 0,
                          .columns_from = from};
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
        for (size_t i = 0; i < vector->packs * group->assets; i++) {
            size_t p = i / group->assets, n = i % group->assets;
            struct chunk chunk = chunk_of(vector, group, n, bar, next);
            double begin = gw_clock();
            chunk_evaluate(vector, &vector->pack[p].program[n], &chunk);
            double middle = gw_clock();
            for (size_t s = group->span; s < group->span + group->spans; s++) {
                struct place place = place_of(vector, work->spans, p, s, n);
                simulate_chunk(vector, &place, &chunk);
            }
            vector->stats.signals_seconds += middle - begin;
            vector->stats.simulate_seconds += gw_clock() - middle;
            take_turn(vector);
        }
    }
}

void simulate_assets(struct gw_vector *vector,
                     const struct gw_vector_work *work,
                     const size_t *asset,
                     size_t count)
{
    bool before = vector->setup.rules->warmup == GW_WARM_BEFORE;
    size_t groups = before ? 1 : work->spans, places = vector->packs * work->spans;
    double begin = gw_clock();
    for (size_t n = 0; n < count; n++) {
        if (!vector->staged) {
            stage_set(vector->stage[n], &vector->setup, vector->columns, asset[n]);
        }
        for (size_t i = 0; i < places; i++) {
            struct place place =
                place_of(vector, work->spans, i / work->spans, i % work->spans, n);
            open_accounts(vector, &place, vector->stage[n]);
        }
    }
    vector->staged = vector->setup.assets == 1;
    vector->stats.simulate_seconds += gw_clock() - begin;
    for (size_t g = 0; g < groups; g++) {
        struct group group = {
            .span = g, .spans = before ? work->spans : 1, .assets = count};
        for (size_t n = 0; n < count; n++) {
            group.at[n] = columns_at(vector, work, asset[n], g);
        }
        simulate_group(vector, work, &group);
    }
    begin = gw_clock();
    for (size_t n = 0; n < count; n++) {
        for (size_t i = 0; i < places; i++) {
            struct place place =
                place_of(vector, work->spans, i / work->spans, i % work->spans, n);
            close_accounts(vector, &place, vector->stage[n]);
        }
    }
    vector->stats.simulate_seconds += gw_clock() - begin;
}
