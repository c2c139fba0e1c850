/* A shared account's money and orders, at one bar. */
#include "moment.h"

enum {
    SUMS = 8, /* side by side; the order of additions is the same on every machine */
    FEW = 16
};

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

static size_t count_of(const uint64_t *set, size_t groups)
{
    size_t count = 0;
    for (size_t g = 0; g < groups; g++) {
        count += (size_t)__builtin_popcountll(set[g]);
    }
    return count;
}

/* Few positions are added one by one, as anyone would do it: then rounding is the same
 * elsewhere too. */
double pool_worth(const struct moment *now, const double *price)
{
    const struct pool *pool = now->pool;
    const uint64_t *held = pool->set[POOL_HELD];
    double equity = pool->account.cash;
    if (count_of(held, now->groups) > FEW) {
        return equity + worth(pool->shares, price, now->stride);
    }
    for (size_t g = 0; g < now->groups; g++) {
        uint64_t word = held[g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            equity += pool->shares[asset] * price[asset];
        }
    }
    return equity;
}

static void put(uint64_t *set, size_t asset, bool in)
{
    uint64_t bit = UINT64_C(1) << asset % WORD;
    set[asset / WORD] = in ? set[asset / WORD] | bit : set[asset / WORD] & ~bit;
}

void pool_note(struct pool *pool, size_t asset)
{
    const struct position *position = &pool->position[asset];
    pool->shares[asset] = position->shares;
    put(pool->set[POOL_LONG], asset, position->intention > 0);
    put(pool->set[POOL_SHORT], asset, position->intention < 0);
    put(pool->set[POOL_HELD], asset, position->shares != 0);
    put(pool->set[POOL_WAITING], asset, position->waiting != TRADE_NOTHING);
    put(pool->set[POOL_BARRED], asset, position->barred != 0);
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
    pool_note(pool, asset);
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
    double equity = pool_worth(now, now->due);
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
        if (list[i].more * spot.price > NO_VALUE * equity) {
            load += list[i].more * trade_load(terms, &spot, list[i].side);
            reserves += terms->reserve;
        }
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
        pool_note(pool, list[i].asset);
    }
}

void pool_fill(const struct moment *now, bool reductions_only)
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
                equity = pool_worth(now, now->due);
                pool->over |= trade_is_nothing(now->floor->rules, equity);
            }
            count += reduce(now, asset, equity, &now->floor->increase[count]);
        }
    }
    if (count > 0 && !pool->over && !reductions_only) {
        increase(now, count);
    }
}

void pool_dividends(const struct moment *now)
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

void pool_stops(const struct moment *now)
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
                pool_note(pool, asset);
            }
            trade_watch(position, &candle, now->t);
        }
    }
}

void pool_leave(const struct moment *now)
{
    struct pool *pool = now->pool;
    const struct board *board = now->floor->board;
    const struct board_event *event = board_event_at(board, &board->exits, now->t);
    const struct board_event *end = board_event_at(board, &board->exits, now->t + 1);
    for (; event < end; event++) {
        const struct trade_spot spot = spot_of(now, event->asset, event->amount);
        trade_leave(&pool->account, &pool->position[event->asset], &spot);
        pool_note(pool, event->asset);
    }
}

void pool_sell_all(const struct moment *now)
{
    struct pool *pool = now->pool;
    for (size_t g = 0; g < now->groups; g++) {
        uint64_t word = pool->set[POOL_HELD][g];
        while (word != 0) {
            size_t asset = next_asset(&word, g);
            const struct trade_spot spot = spot_of(now, asset, now->mark[asset]);
            trade_close(&pool->terms, &pool->account, &pool->position[asset], &spot);
            pool_note(pool, asset);
        }
    }
}

void pool_accrue(const struct moment *now)
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
