#include "pool.h"

#include "calendar.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SUMS = 8 /* side by side; the order of additions is the same on every machine */ };

size_t pool_bytes(const struct board *board)
{
    return board->stride * sizeof(double) + board->assets * sizeof(struct position) +
           POOL_SETS * board->groups * sizeof(uint64_t);
}

void pool_init(struct pool *pool, const struct board *board)
{
    *pool = (struct pool){.shares = gw_aligned(board->stride, sizeof(double)),
                          .position = gw_calloc(board->assets, sizeof(struct position))};
    pool->set[0] = gw_calloc(POOL_SETS * board->groups, sizeof(uint64_t));
    for (int s = 1; s < POOL_SETS; s++) {
        pool->set[s] = pool->set[s - 1] + board->groups;
    }
}

void pool_clear(struct pool *pool)
{
    free(pool->shares);
    free(pool->position);
    free(pool->set[0]);
}

void pool_open(struct pool *pool, const struct pool_floor *floor)
{
    const struct board *board = floor->board;
    memset(pool->shares, 0, board->stride * sizeof(double));
    memset(pool->position, 0, board->assets * sizeof(struct position));
    memset(pool->set[0], 0, POOL_SETS * board->groups * sizeof(uint64_t));
    pool->account.cash = floor->rules->capital;
    pool->account.doubtful = false;
    pool->equity = floor->rules->capital;
    pool->exposed = false;
    pool->over = false;
}

/* ---- sums over all assets ---- */

static double fold(const double *sum)
{
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) +
           ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static double worth(const double *shares, const double *price, size_t count)
{
    double sum[SUMS] = {0};
    for (size_t i = 0; i < count; i += SUMS) {
        for (size_t j = 0; j < SUMS; j++) {
            sum[j] += shares[i + j] * price[i + j];
        }
    }
    return fold(sum);
}

/* The same of long and short alike. */
static double gross(const double *shares, const double *price, size_t count)
{
    double sum[SUMS] = {0};
    for (size_t i = 0; i < count; i += SUMS) {
        for (size_t j = 0; j < SUMS; j++) {
            sum[j] += fabs(shares[i + j]) * price[i + j];
        }
    }
    return fold(sum);
}

/* ---- sets ---- */

static void put(uint64_t *set, size_t asset, bool in)
{
    uint64_t bit = UINT64_C(1) << asset % WORD;
    set[asset / WORD] = in ? set[asset / WORD] | bit : set[asset / WORD] & ~bit;
}

/* Sets and shares as a position has them now. */
static void note(struct pool *pool, size_t asset)
{
    const struct position *position = &pool->position[asset];
    pool->shares[asset] = position->shares;
    put(pool->set[POOL_LONG], asset, position->intention > 0);
    put(pool->set[POOL_SHORT], asset, position->intention < 0);
    put(pool->set[POOL_HELD], asset, position->shares != 0);
    put(pool->set[POOL_WAITING], asset, position->waiting != TRADE_NOTHING);
}

/* Take the lowest asset out of the rest of a word. */
static size_t next_asset(uint64_t *word, size_t group)
{
    size_t bit = (size_t)__builtin_ctzll(*word);
    *word &= *word - 1;
    return group * WORD + bit;
}

static bool is_empty(const uint64_t *set, size_t groups)
{
    uint64_t any = 0;
    for (size_t g = 0; g < groups; g++) {
        any |= set[g];
    }
    return any == 0;
}

/* ---- one bar ---- */

/* One bar of one lane, with the rows of the board that it needs. */
struct moment {
    const struct pool_floor *floor;
    struct pool *pool;
    size_t t, groups, stride;
    const double *due, *mark, *factor, *volume;
    const uint64_t *has;
};

static struct moment
moment_of(const struct pool_floor *floor, struct pool *pool, size_t t)
{
    const struct board *board = floor->board;
    return (struct moment){
        .floor = floor,
        .pool = pool,
        .t = t,
        .groups = board->groups,
        .stride = board->stride,
        .due = board_row(board, board->due_is_mark ? BOARD_MARK : BOARD_DUE, t),
        .mark = board_row(board, BOARD_MARK, t),
        .factor = board_row_if(board, BOARD_FACTOR, t),
        .volume = board_row_if(board, BOARD_VOLUME, t),
        .has = board_set_at(board, board->has, t),
    };
}

static struct trade_spot spot_of(const struct moment *now, size_t asset, double price)
{
    return (struct trade_spot){
        .asset = now->floor->board->setup->asset[asset],
        .bar = now->t,
        .price = price,
        .factor = now->factor != NULL ? now->factor[asset] : 1,
        .volume = now->volume != NULL ? now->volume[asset] : NAN,
    };
}

static struct trade_spot due_spot(const struct moment *now, size_t asset)
{
    struct trade_spot spot = spot_of(now, asset, now->due[asset]);
    spot.open = !now->floor->board->due_is_mark;
    return spot;
}

/* Equity at the prices where orders are due. */
static double due_equity(const struct moment *now)
{
    const struct pool *pool = now->pool;
    return pool->account.cash + worth(pool->shares, now->due, now->stride);
}

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

/* What reduces a position is filled; true: what is left of the order increases it, by
 * `more`. */
static bool reduce(const struct moment *now,
                   size_t asset,
                   double equity,
                   struct pool_increase *more_out)
{
    struct pool *pool = now->pool;
    struct position *position = &pool->position[asset];
    const struct trade_spot spot = due_spot(now, asset);
    double held = position->shares;
    double wanted = trade_wanted(&pool->terms, position, &spot, equity);
    bool whole = true, turns = held != 0 && sign_of(wanted) != sign_of(held);
    if (turns || fabs(wanted) < fabs(held)) {
        whole = trade_reduce(&pool->terms, &pool->account, position, &spot, wanted);
    }
    bool grows = wanted != held && wanted != 0 &&
                 (held == 0 || turns || fabs(wanted) > fabs(held));
    if (whole && !grows) {
        trade_finish(pool->terms.rules, &pool->account, position);
    }
    note(pool, asset);
    if (whole && grows) {
        *more_out = (struct pool_increase){.asset = asset,
                                           .side = sign_of(wanted),
                                           .more = fabs(wanted) - fabs(position->shares)};
    }
    return whole && grows;
}

/* Orders that increase positions, scaled to what the account allows together. */
static void increase(const struct moment *now, size_t count)
{
    struct pool *pool = now->pool;
    const struct trade_terms *terms = &pool->terms;
    struct pool_increase *list = now->floor->increase;
    double equity = due_equity(now);
    double held = gross(pool->shares, now->due, now->stride);
    double free = pool->account.cash < equity - held ? pool->account.cash : equity - held;
    double load = 0, reserves = 0;
    if (trade_is_nothing(terms->rules, equity)) {
        pool->over = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct trade_spot spot = due_spot(now, list[i].asset);
        if (isinf(list[i].more)) {
            list[i].more = trade_all(terms, &spot, list[i].side, free);
        }
        load += list[i].more * trade_load(terms, &spot, list[i].side);
        reserves += terms->reserve;
    }
    double room = terms->terms.leverage * (equity - reserves) - held;
    /* What comes to nothing together is not clipped, whatever rounding has left. */
    double g = load > NO_VALUE * equity ? trade_scale(&pool->account, room, load) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct trade_spot spot = due_spot(now, list[i].asset);
        struct position *position = &pool->position[list[i].asset];
        double more = list[i].more * g;
        bool whole = true;
        if (more * spot.price > NO_VALUE * equity) {
            whole =
                trade_grow(terms, &pool->account, position, &spot, list[i].side * more);
        }
        if (whole) {
            trade_finish(terms->rules, &pool->account, position);
        }
        note(pool, list[i].asset);
    }
}

/* All orders that are due at this point of the bar and have a price there. */
static void fill(const struct moment *now, bool reductions_only)
{
    struct pool *pool = now->pool;
    const struct board *board = now->floor->board;
    const uint64_t *fills = board_set_at(board, board->fills, now->t);
    const uint64_t *waiting = pool->set[POOL_WAITING];
    double equity = NAN;
    size_t count = 0;
    for (size_t g = 0; g < now->groups; g++) {
        uint64_t word = waiting[g] & fills[g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            if (!trade_waits(&pool->position[asset], now->t)) {
                continue;
            }
            if (isnan(equity)) {
                equity = due_equity(now);
                pool->over |= trade_is_nothing(now->floor->rules, equity);
            }
            count += reduce(now, asset, equity, &now->floor->increase[count]);
        }
    }
    if (count > 0 && !pool->over && !reductions_only) {
        increase(now, count);
    }
}

static void pay_dividends(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct board *board = now->floor->board;
    const struct board_event *event = board_event_at(board, &board->dividends, now->t);
    const struct board_event *end = board_event_at(board, &board->dividends, now->t + 1);
    for (; event < end; event++) {
        if (pool->shares[event->asset] != 0) {
            trade_dividend(&pool->account, &pool->position[event->asset], event->amount);
        }
    }
}

static void test_stops(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct board *board = now->floor->board;
    const double *open = board_row(board, BOARD_OPEN, now->t);
    const double *high = board_row(board, BOARD_HIGH, now->t);
    const double *low = board_row(board, BOARD_LOW, now->t);
    for (size_t g = 0; g < now->groups; g++) {
        uint64_t word = pool->set[POOL_HELD][g] & now->has[g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            struct position *position = &pool->position[asset];
            const struct trade_candle candle = {open[asset], high[asset], low[asset]};
            double price;
            enum gw_cause cause =
                trade_stop_hit(&pool->terms, position, &candle, now->t, &price);
            if (cause != GW_BY_ORDER) {
                const struct trade_spot spot = spot_of(now, asset, price);
                trade_stop(&pool->terms, &pool->account, position, &spot, cause);
                note(pool, asset);
            }
            trade_watch(position, &candle, now->t);
        }
    }
}

static void leave(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct board *board = now->floor->board;
    const struct board_event *event = board_event_at(board, &board->exits, now->t);
    const struct board_event *end = board_event_at(board, &board->exits, now->t + 1);
    for (; event < end; event++) {
        const struct trade_spot spot = spot_of(now, event->asset, event->amount);
        trade_leave(&pool->account, &pool->position[event->asset], &spot);
        note(pool, event->asset);
    }
}

static void close_all(const struct moment *now)
{
    struct pool *pool = now->pool;
    for (size_t g = 0; g < now->groups; g++) {
        uint64_t word = pool->set[POOL_HELD][g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            const struct trade_spot spot = spot_of(now, asset, now->mark[asset]);
            trade_close(&pool->terms, &pool->account, &pool->position[asset], &spot);
            note(pool, asset);
        }
    }
}

/* Interest on the cash as it is, and what borrowed shares cost. */
static void accrue(const struct moment *now)
{
    struct pool *pool = now->pool;
    double sum[SUMS] = {0};
    for (size_t i = 0; i < now->stride; i += SUMS) {
        for (size_t j = 0; j < SUMS; j++) {
            double shares = pool->shares[i + j];
            sum[j] += (shares < 0 ? -shares : 0) * now->mark[i + j];
        }
    }
    double sold = fold(sum);
    double interest = trade_interest(&pool->terms, pool->account.cash, sold);
    for (size_t g = 0; sold > 0 && g < now->groups; g++) {
        uint64_t word = pool->set[POOL_HELD][g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            trade_borrow(&pool->terms, &pool->account, &pool->position[asset],
                         now->mark[asset]);
        }
    }
    pool->account.cash += interest;
}

/* ---- decisions ---- */

static uint64_t signal_at(const struct moment *now, enum gw_signal signal, size_t group)
{
    const struct tape *tape = now->floor->tape;
    size_t plane = tape->plane_of[signal];
    return plane == SIZE_MAX ? 0 : tape_bits(tape, now->pool->lane, plane, now->t, group);
}

static void decide_signals(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct board *board = now->floor->board;
    const struct tape *tape = now->floor->tape;
    const uint64_t *may = board_set_at(board, board->decides, now->t);
    for (size_t g = 0; g < now->groups; g++) {
        uint64_t el = signal_at(now, GW_ENTER_LONG, g);
        uint64_t xl = signal_at(now, GW_EXIT_LONG, g);
        uint64_t es = signal_at(now, GW_ENTER_SHORT, g);
        uint64_t xs = signal_at(now, GW_EXIT_SHORT, g);
        uint64_t was_long = pool->set[POOL_LONG][g], was_short = pool->set[POOL_SHORT][g];
        uint64_t buy = el & ~es & ~xl & may[g], sell = es & ~el & ~xs & may[g];
        uint64_t is_long = buy | (was_long & ~(sell | (xl & may[g])));
        uint64_t is_short = sell | (was_short & ~(buy | (xs & may[g])));
        uint64_t word = (is_long ^ was_long) | (is_short ^ was_short);
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            int side =
                (int)(is_long >> asset % WORD & 1) - (int)(is_short >> asset % WORD & 1);
            double deviation =
                tape->has_values ? tape_value(tape, pool->lane, now->t, asset) : NAN;
            trade_intend(&pool->position[asset], side, deviation);
            note(pool, asset);
        }
    }
}

static void decide_target(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct board *board = now->floor->board;
    const struct tape *tape = now->floor->tape;
    const uint64_t *may = board_set_at(board, board->decides, now->t);
    bool every = now->floor->rules->rebalance != GW_ON_CHANGE;
    size_t t = now->t;
    uint64_t days = calendar_word(now->floor->calendar, now->floor->rules, t - t % WORD,
                                  pool->decide_from);
    if ((days >> t % WORD & 1) == 0) {
        return;
    }
    for (size_t g = 0; g < now->groups; g++) {
        uint64_t moved = tape_bits(tape, pool->lane, 0, t, g);
        uint64_t word = may[g] & (every ? UINT64_MAX : moved | ~pool->set[POOL_SEEN][g]);
        pool->set[POOL_SEEN][g] |= may[g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            trade_want(now->floor->rules, &pool->position[asset],
                       tape_value(tape, pool->lane, t, asset));
            note(pool, asset);
        }
    }
}

static void decide(const struct moment *now)
{
    if (now->floor->rules->has_target) {
        decide_target(now);
    } else {
        decide_signals(now);
    }
}

/* Steps 1 to 6 of the time line but for decisions without delay. */
static void trade_early(const struct moment *now)
{
    pay_dividends(now);
    if (!now->floor->board->due_is_mark) {
        fill(now, false);
    }
    if (now->pool->terms.stops) {
        test_stops(now);
    }
}

static void trade_late(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct gw_rules *rules = now->floor->rules;
    bool closes = rules->close_at_end && now->t == pool->end;
    if (now->floor->board->due_is_mark) {
        fill(now, closes);
    }
    leave(now);
    if (closes) {
        close_all(now);
    }
    if (pool->terms.accrues && now->t >= pool->decide_from) {
        accrue(now);
    }
    pool->equity = pool->account.cash + worth(pool->shares, now->mark, now->stride);
    pool->exposed = !is_empty(pool->set[POOL_HELD], now->groups);
    pool->over |= trade_is_nothing(rules, pool->equity) || pool->account.doubtful;
}

void pool_bar(const struct pool_floor *floor, struct pool *pool, size_t t)
{
    const struct moment now = moment_of(floor, pool, t);
    bool trades = t >= pool->begin, decides = t >= pool->decide_from;
    bool at_once = floor->rules->execution.delay == 0;
    if (trades) {
        trade_early(&now);
    }
    if (decides && at_once) {
        decide(&now);
    }
    if (trades) {
        trade_late(&now);
    }
    if (decides && !at_once) {
        decide(&now);
    }
}

void pool_close(const struct pool_floor *floor, struct pool *pool)
{
    struct gw_ledger *ledger = pool->account.ledger;
    for (size_t g = 0; g < floor->board->groups; g++) {
        ledger->dropped += (uint64_t)__builtin_popcountll(pool->set[POOL_WAITING][g]);
        ledger->open_trades += (uint64_t)__builtin_popcountll(pool->set[POOL_HELD][g]);
    }
}
