#include "moment.h"

#include "calendar.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Of so small a part of the capital rounding leaves too few digits for another order of
 * sums to agree. */
#define LITTLE_LEFT 1e-5

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

static bool is_empty(const uint64_t *set, size_t groups)
{
    uint64_t any = 0;
    for (size_t g = 0; g < groups; g++) {
        any |= set[g];
    }
    return any == 0;
}

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
            pool_note(pool, asset);
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
        uint64_t looked = moved | ~pool->set[POOL_SEEN][g] | pool->set[POOL_BARRED][g];
        uint64_t word = may[g] & (every ? UINT64_MAX : looked);
        pool->set[POOL_SEEN][g] |= may[g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            trade_want(now->floor->rules, &pool->position[asset],
                       tape_value(tape, pool->lane, t, asset));
            pool_note(pool, asset);
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
    pool_dividends(now);
    if (!now->floor->board->due_is_mark) {
        pool_fill(now, false);
    }
    if (now->pool->terms.stops) {
        pool_stops(now);
    }
}

static void trade_late(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct gw_rules *rules = now->floor->rules;
    bool closes = rules->close_at_end && now->t == pool->end;
    if (now->floor->board->due_is_mark) {
        pool_fill(now, closes);
    }
    pool_leave(now);
    if (closes) {
        pool_sell_all(now);
    }
    if (pool->terms.accrues && now->t >= pool->decide_from) {
        pool_accrue(now);
    }
    pool->equity = pool_worth(now, now->mark);
    pool->exposed = !is_empty(pool->set[POOL_HELD], now->groups);
    bool little = !(pool->equity > LITTLE_LEFT * rules->capital);
    pool->over |= little || pool->account.doubtful;
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
