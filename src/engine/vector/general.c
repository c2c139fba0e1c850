/*
 * Accounts of one asset by any rules, lane by lane. As in walk.c a lane goes from event
 * to event, but what it intends cannot be known beforehand: a stop or an entry that comes
 * to nothing changes it. So signals are looked at as they are, for the next one that
 * means something to the side intended; between events a position with stops is scanned
 * for a price that may hit one.
 */
#include "calendar.h"
#include "simulate.h"

#include <math.h>
#include <string.h>

/* Twice the tolerance of gw_same: what lies between is looked at closely. */
#define CLOSE_BY 2e-12

/* One lane in one word of bars. */
struct lane {
    const struct stage *stage;
    const struct trade_terms *terms;
    struct trade_account *account;
    struct position *position;
    struct lane_account *books;
    size_t bar;              /* of bit 0 */
    size_t end, accrue_from; /* the span's last bar; the first that pays rates */
    uint64_t bars, decide, moved;
    uint64_t signal[GW_SIGNALS];
    uint64_t enter_long, enter_short; /* that no other signal takes back */
    const double *weight, *deviation; /* from own bar `own` on */
    size_t own;
};

bool rules_are_simple(const struct gw_rules *rules)
{
    struct gw_terms own = rules->terms;
    for (int i = 0; i < GW_TERMS; i++) {
        bool known = i == GW_TERM_commission_bps || i == GW_TERM_slippage_bps ||
                     i == GW_TERM_spread_bps;
        if (rules->term[i] != GW_NO_NODE ||
            (!known && *gw_term_at(&own, (enum gw_term)i) != gw_term_info[i].standard)) {
            return false;
        }
    }
    return rules->mode == GW_PER_ASSET && !rules->whole_lots && !rules->close_at_end &&
           (rules->has_target ? rules->rebalance <= GW_EVERY_BAR
                              : rules->size == GW_SIZE_ALL);
}

static struct trade_spot spot_at(const struct lane *lane, size_t t, double price)
{
    const struct stage *stage = lane->stage;
    return (struct trade_spot){
        .asset = stage->asset,
        .bar = t,
        .price = price,
        .factor = stage->factor != NULL ? stage->factor[t] : 1,
        .volume = stage->volume[t],
    };
}

/* ---- orders ---- */

/* Growth by `wanted` shares more than are held, as far as the account allows; false: the
 * volume limit has cut it. */
static bool grow(struct lane *lane, const struct trade_spot *spot, double wanted)
{
    const struct trade_terms *terms = lane->terms;
    struct trade_account *account = lane->account;
    double price = spot->price, side = wanted > 0 ? 1 : -1;
    double held = fabs(lane->position->shares);
    double equity = account->cash + lane->position->shares * price;
    double gross = held * price, more = fabs(wanted) - held;
    bool all = isinf(wanted);
    if (trade_is_nothing(terms->rules, all ? account->cash : equity)) {
        lane->books->unsafe = true;
        return true;
    }
    if (all) {
        double rest = equity - gross;
        more = trade_all(terms, spot, side, account->cash < rest ? account->cash : rest);
    } else {
        double room = terms->terms.leverage * (equity - terms->reserve) - gross;
        more *= trade_scale(account, room, more * trade_load(terms, spot, side));
    }
    if (!(more * price > NO_VALUE * equity)) {
        return true;
    }
    return trade_grow(terms, account, lane->position, spot, side * more);
}

/* Fill what waits; on the last bar of a window that is closed at its end nothing grows.
 */
static void fill(struct lane *lane, const struct trade_spot *spot, bool grows)
{
    const struct trade_terms *terms = lane->terms;
    struct position *position = lane->position;
    double equity = lane->account->cash + position->shares * spot->price;
    if (trade_is_nothing(terms->rules, equity)) {
        lane->books->unsafe = true;
        equity = 0;
    }
    double wanted = trade_wanted(terms, position, spot, equity), held = position->shares;
    bool turns = held == 0 || wanted == 0 || (wanted > 0) != (held > 0);
    bool more = turns ? wanted != 0 : fabs(wanted) > fabs(held);
    if (!trade_reduce(terms, lane->account, position, spot, wanted)) {
        return;
    }
    if (more && (!grows || !grow(lane, spot, wanted))) {
        return;
    }
    trade_finish(terms->rules, lane->account, position);
}

/* ---- one bar ---- */

static void decide(struct lane *lane, size_t t)
{
    struct position *position = lane->position;
    const struct gw_rules *rules = lane->terms->rules;
    size_t own = lane->stage->own_of[t] - lane->own;
    if (rules->has_target) {
        trade_want(rules, position, lane->weight[own]);
        return;
    }
    bool signal[GW_SIGNALS];
    for (int s = 0; s < GW_SIGNALS; s++) {
        signal[s] = (lane->signal[s] >> (t - lane->bar) & 1) != 0;
    }
    double deviation = lane->deviation != NULL ? lane->deviation[own] : NAN;
    trade_intend(position, trade_intention(position->intention, signal), deviation);
}

static void stop(struct lane *lane, size_t t)
{
    const struct stage *stage = lane->stage;
    const struct trade_candle candle = {stage->open[t], stage->high[t], stage->low[t]};
    double price = 0;
    enum gw_cause cause = trade_stop_hit(lane->terms, lane->position, &candle, t, &price);
    if (cause != GW_BY_ORDER) {
        const struct trade_spot spot = spot_at(lane, t, price);
        trade_stop(lane->terms, lane->account, lane->position, &spot, cause);
    }
    trade_watch(lane->position, &candle, t);
}

static void accrue(struct lane *lane, double mark)
{
    struct trade_account *account = lane->account;
    double shares = lane->position->shares;
    double interest =
        trade_interest(lane->terms, account->cash, shares < 0 ? -shares * mark : 0);
    trade_borrow(lane->terms, account, lane->position, mark);
    account->cash += interest;
}

/* Steps 1 to 4 of a trading bar. `decides`: in between, for orders of this bar. */
static void trade_bar(struct lane *lane, size_t t, bool decides)
{
    const struct stage *stage = lane->stage;
    const struct gw_rules *rules = lane->terms->rules;
    struct position *position = lane->position;
    struct trade_spot spot = spot_at(lane, t, stage->price[t]);
    bool fills = (stage->fill[t / WORD] >> t % WORD & 1) != 0;
    spot.open = rules->execution.price == GW_PRICE_OPEN;
    if (stage->dividend[t] != 0 && position->shares != 0) {
        trade_dividend(lane->account, position, stage->dividend[t]);
    }
    if (fills && spot.open && trade_waits(position, t)) {
        fill(lane, &spot, true);
    }
    if (lane->terms->stops && position->shares != 0) {
        stop(lane, t);
    }
    if (decides) {
        decide(lane, t);
    }
    if (fills && !spot.open && trade_waits(position, t)) {
        fill(lane, &spot, t != lane->end || !rules->close_at_end);
    }
}

static void pass_bar(struct lane *lane, size_t t)
{
    const struct stage *stage = lane->stage;
    const struct gw_rules *rules = lane->terms->rules;
    bool trades = (lane->bars >> (t - lane->bar) & 1) != 0;
    bool decides = (lane->decide >> (t - lane->bar) & 1) != 0;
    bool at_once = rules->execution.delay == 0;
    if (trades) {
        trade_bar(lane, t, decides && at_once);
    }
    if (trades && t == stage->leaves) {
        const struct trade_spot spot = spot_at(lane, t, stage->leaving_price);
        trade_leave(lane->account, lane->position, &spot);
    }
    if (t == lane->end && rules->close_at_end) {
        const struct trade_spot spot = spot_at(lane, t, stage->mark[t]);
        trade_close(lane->terms, lane->account, lane->position, &spot);
    }
    if (trades && t >= lane->accrue_from && lane->terms->accrues) {
        accrue(lane, stage->mark[t]);
    }
    if (decides && !at_once) {
        decide(lane, t);
    }
}

/* ---- from event to event ---- */

/* Bits of bars on which what is decided may matter. */
static uint64_t decisions_of(const struct lane *lane)
{
    const struct position *position = lane->position;
    if (lane->terms->rules->has_target) {
        return lane->moved; /* the bar of a stop is looked at anyway */
    }
    uint64_t bits =
        position->intention > 0   ? lane->enter_short | lane->signal[GW_EXIT_LONG]
        : position->intention < 0 ? lane->enter_long | lane->signal[GW_EXIT_SHORT]
                                  : lane->enter_long | lane->enter_short;
    return bits & lane->decide;
}

static uint64_t events_of(const struct lane *lane)
{
    const struct stage *stage = lane->stage;
    uint64_t special = stage->special[lane->bar / WORD];
    bool waits = lane->position->waiting != TRADE_NOTHING;
    bool held = lane->position->shares != 0;
    uint64_t bits = 0;
    if (waits) {
        bits |= stage->fill[lane->bar / WORD];
    }
    if (waits || held) {
        bits |= special;
    }
    if (lane->terms->rules->close_at_end && held) {
        bits |= bits_between(lane->bar, lane->end, lane->end + 1);
    }
    return (bits & lane->bars) | decisions_of(lane);
}

/* The first bar of [from, to) on which a stop by time is due, or `to`. */
static size_t ripe_in(const struct lane *lane, size_t from, size_t to)
{
    double most = ceil(lane->terms->terms.stop_bars);
    double ripe = (double)lane->position->entry_bar + most;
    if (most == 0 || ripe >= (double)to) {
        return to;
    }
    size_t t = (double)from > ripe ? from : (size_t)ripe;
    while (t < to && !(lane->stage->open[t] > 0)) {
        t++;
    }
    return t;
}

/*
 * The first bar of [from, to) on which a level may be hit, or `to`; the bars before it
 * count for the water. Prices of a short position (side -1) are looked at with their sign
 * turned, so that what is bad for it lies below as for a long one.
 */
static inline __attribute__((always_inline)) size_t
hit_in(struct lane *lane, size_t from, size_t to, const double side)
{
    const struct gw_terms *terms = &lane->terms->terms;
    struct position *position = lane->position;
    const double *worst = side > 0 ? lane->stage->low : lane->stage->high;
    const double *best = side > 0 ? lane->stage->high : lane->stage->low;
    const double *open = lane->stage->open;
    double average = side * position->average, reach = side * position->reach;
    double loss =
        terms->stop_loss > 0 ? average * (1 - side * terms->stop_loss) : -INFINITY;
    double goal =
        terms->stop_profit > 0 ? average * (1 + side * terms->stop_profit) : INFINITY;
    double part = 1 - side * terms->stop_trail;
    bool trails = terms->stop_trail > 0;
    double limit = trails ? fmax(loss, fmax(average, reach) * part) : loss;
    size_t t = from;
    limit += fabs(limit) * CLOSE_BY;
    goal -= fabs(goal) * CLOSE_BY;
    for (; t < to; t++) {
        if (side * worst[t] <= limit || side * best[t] >= goal ||
            side * open[t] >= goal) {
            break;
        }
        if (side * best[t] > reach) {
            reach = side * best[t];
            double level = fmax(average, reach) * part;
            level += fabs(level) * CLOSE_BY;
            limit = trails && level > limit ? level : limit;
        }
    }
    position->reach = side * reach;
    return t;
}

/* The first bar of [from, to) on which a stop may be hit, or `to`. */
static size_t scan(struct lane *lane, size_t from, size_t to)
{
    if (lane->position->waiting == TRADE_REST) { /* only the water goes on */
        for (size_t t = from; t < to; t++) {
            const struct trade_candle candle = {NAN, lane->stage->high[t],
                                                lane->stage->low[t]};
            trade_watch(lane->position, &candle, t);
        }
        return to;
    }
    to = ripe_in(lane, from, to);
    return lane->position->shares > 0 ? hit_in(lane, from, to, 1)
                                      : hit_in(lane, from, to, -1);
}

static size_t next_event(struct lane *lane, size_t from)
{
    size_t last = lane->bar + WORD;
    uint64_t todo = events_of(lane) & (UINT64_MAX << (from - lane->bar));
    size_t next = todo != 0 ? lane->bar + (size_t)__builtin_ctzll(todo) : last;
    if (lane->terms->stops && lane->position->shares != 0) {
        size_t to = next < lane->end + 1 ? next : lane->end + 1;
        size_t hit = scan(lane, from, to);
        next = hit < to ? hit : next;
    }
    return next;
}

/* Interest and fees of bars [from, to), on which nothing else happens. */
static void accrue_over(
    struct lane *lane, size_t from, size_t to, struct lane_events *events, size_t l)
{
    struct trade_account *account = lane->account;
    const double *mark = lane->stage->mark;
    from = from > lane->accrue_from ? from : lane->accrue_from;
    to = to < lane->end + 1 ? to : lane->end + 1;
    for (size_t t = from; t < to; t++) {
        double cash = account->cash;
        accrue(lane, mark[t]);
        if (account->cash != cash) {
            walk_note(events, l, t - lane->bar, account->cash, lane->position->shares);
        }
    }
}

static void walk(struct lane *lane, struct lane_events *events, size_t l)
{
    size_t from = lane->bar;
    while (from < lane->bar + WORD) {
        size_t t = next_event(lane, from);
        if (lane->terms->accrues) {
            accrue_over(lane, from, t, events, l);
        }
        if (t == lane->bar + WORD) {
            break;
        }
        double cash = lane->account->cash, shares = lane->position->shares;
        pass_bar(lane, t);
        double now = lane->position->shares;
        if (shares == 0 && now != 0) {
            lane->books->exposed_since = t;
        } else if (shares != 0 && now == 0) {
            walk_expose(lane->books, lane->books->exposed_since, t);
        }
        if (lane->account->cash != cash || now != shares) {
            walk_note(events, l, t - lane->bar, lane->account->cash, now);
        }
        from = t + 1;
    }
}

/* ---- words ---- */

/* What the strategy says to a lane in word w of the chunk. */
static void listen(const struct gw_vector *vector,
                   const struct place *place,
                   const struct chunk *chunk,
                   size_t w,
                   size_t l,
                   struct lane *lane)
{
    const struct gw_rules *rules = vector->setup.rules;
    const struct stand *stand = place->stand;
    size_t from = stand->decide_from[l];
    lane->decide = chunk->stage->own[lane->bar / WORD] &
                   bits_between(lane->bar, from, lane->end + 1);
    if (rules->has_target) {
        size_t first = place->seat->forced[l];
        lane->decide &= calendar_word(vector->calendar, rules, lane->bar, from);
        lane->moved = lane->decide;
        if (rules->rebalance == GW_ON_CHANGE) {
            lane->moved &= chunk->moved[w * GW_LANES + l] |
                           bits_between(lane->bar, first, first + 1);
        }
        lane->weight = chunk->own_bars > 0 ? program_weight(vector->program, l) : NULL;
        return;
    }
    const uint64_t *const words[GW_SIGNALS] = {
        [GW_ENTER_LONG] = chunk->signals.enter_long,
        [GW_EXIT_LONG] = chunk->signals.exit_long,
        [GW_ENTER_SHORT] = chunk->signals.enter_short,
        [GW_EXIT_SHORT] = chunk->signals.exit_short,
    };
    uint64_t *signal = lane->signal;
    for (int s = 0; s < GW_SIGNALS; s++) {
        signal[s] = words[s] != NULL ? words[s][w * GW_LANES + l] : 0;
    }
    uint64_t both = signal[GW_ENTER_LONG] & signal[GW_ENTER_SHORT];
    lane->enter_long = signal[GW_ENTER_LONG] & ~both & ~signal[GW_EXIT_LONG];
    lane->enter_short = signal[GW_ENTER_SHORT] & ~both & ~signal[GW_EXIT_SHORT];
    lane->deviation = chunk->own_bars > 0 ? program_deviation(vector->program, l) : NULL;
}

void general_word(struct gw_vector *vector,
                  const struct place *place,
                  const struct chunk *chunk,
                  size_t w)
{
    const struct stand *stand = place->stand;
    enum gw_warmup warmup = vector->setup.rules->warmup;
    bool since_decision = warmup == GW_WARM_INSIDE_OWN || warmup == GW_WARM_INSIDE_COMMON;
    struct lane lane = {.stage = chunk->stage,
                        .bar = chunk->bar + w * WORD,
                        .end = stand->end,
                        .own = chunk->own};
    lane.bars = bits_between(lane.bar, stand->begin, stand->end + 1);
    memset(vector->events->bar, 0, sizeof vector->events->bar);
    memset(vector->events->fresh, 0, sizeof vector->events->fresh);
    for (size_t l = 0; l < place->pack->lanes; l++) {
        lane.terms = &place->pack->terms[l];
        lane.account = &place->general->account[l];
        lane.position = &place->general->position[l];
        lane.books = &place->seat->account[l];
        lane.accrue_from = since_decision ? stand->decide_from[l] : stand->begin;
        listen(vector, place, chunk, w, l, &lane);
        walk(&lane, vector->events, l);
    }
}

void general_open(struct gw_vector *vector, const struct place *place)
{
    struct general_seat *general = place->general;
    memset(general->position, 0, sizeof general->position);
    for (size_t l = 0; l < GW_LANES; l++) {
        struct lane_account *books = &place->seat->account[l];
        general->account[l] = (struct trade_account){.cash = vector->setup.rules->capital,
                                                     .ledger = books->ledger,
                                                     .fills = books->fills};
    }
}

/* Where an account is the whole row, its returns before its asset is there are in the
 * sums that the pooled ones are made of. */
static bool pools_too_much(const struct gw_vector *vector,
                           const struct place *place,
                           const struct gw_listing *listing,
                           size_t l)
{
    bool late = listing->count == 0 || listing->first > place->stand->count_from[l];
    return late && !vector->pools && vector->setup.wanted[GW_METRIC_pooled_sharpe] &&
           place->pack->terms[l].accrues;
}

void general_close(struct gw_vector *vector,
                   const struct place *place,
                   const struct gw_listing *listing)
{
    for (size_t l = 0; l < place->pack->lanes; l++) {
        struct lane_account *books = &place->seat->account[l];
        books->shares = place->general->position[l].shares;
        books->waiting = place->general->position[l].waiting != TRADE_NOTHING;
        books->unsafe |= place->general->account[l].doubtful ||
                         pools_too_much(vector, place, listing, l);
    }
}
