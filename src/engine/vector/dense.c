/*
 * Targets that move on most bars: all lanes are taken bar by bar, those side by side
 * whose orders only change the size of a position, the others one by one as in walk.c.
 */
#include "simulate.h"

#include <math.h>
#include <string.h>

enum { DENSE = 32 /* decisions of a lane in a word */ };

bool dense_is_better(const struct gw_vector *vector, const struct place *place)
{
    uint64_t decisions = 0;
    size_t lanes = place->pack->lanes;
    if (!vector->setup.rules->has_target || vector->setup.keep_fills) {
        return false;
    }
    for (size_t l = 0; l < lanes; l++) {
        decisions += (uint64_t)__builtin_popcountll(vector->intents->changes[l]);
    }
    return decisions >= DENSE * lanes;
}

static void
load_lane(struct lane_book *book, size_t l, const struct lane_account *account)
{
    const struct gw_ledger *ledger = account->ledger;
    book->cash[l] = account->cash;
    book->shares[l] = account->shares;
    book->weight[l] = account->weight;
    book->entered[l] = account->entered;
    book->flow[l] = account->flow;
    book->orders[l] = (double)ledger->orders;
    book->clipped[l] = (double)ledger->clipped;
    book->commission[l] = ledger->commission;
    book->slippage[l] = ledger->slippage;
    book->traded[l] = ledger->traded;
    book->waiting[l] = account->waiting;
}

static void
store_lane(const struct lane_book *book, size_t l, struct lane_account *account)
{
    struct gw_ledger *ledger = account->ledger;
    account->cash = book->cash[l];
    account->shares = book->shares[l];
    account->weight = book->weight[l];
    account->entered = book->entered[l];
    account->flow = book->flow[l];
    ledger->orders = (uint64_t)book->orders[l];
    ledger->clipped = (uint64_t)book->clipped[l];
    ledger->commission = book->commission[l];
    ledger->slippage = book->slippage[l];
    ledger->traded = book->traded[l];
    account->waiting = book->waiting[l] != 0;
}

/* Weights decided in the word, [WORD][GW_LANES]; NaN where there is no decision. */
static void lay_weights(const struct gw_vector *vector,
                        const struct place *place,
                        const struct chunk *chunk,
                        size_t bar,
                        double *wanted)
{
    const uint32_t *own = chunk->stage->own_of + bar;
    for (size_t i = 0; i < WORD * GW_LANES; i++) {
        wanted[i] = NAN;
    }
    for (size_t l = 0; l < place->pack->lanes; l++) {
        uint64_t bits = vector->intents->changes[l];
        const double *weight = bits != 0 ? program_weight(vector->program, l) : NULL;
        for (; bits != 0; bits &= bits - 1) {
            size_t i = (size_t)__builtin_ctzll(bits);
            wanted[i * GW_LANES + l] = weight[own[i] - chunk->own];
        }
    }
}

static struct lane_bar bar_of(const struct gw_vector *vector,
                              const struct place *place,
                              const struct chunk *chunk,
                              size_t t)
{
    const struct gw_rules *rules = vector->setup.rules;
    const struct stage *stage = chunk->stage;
    bool trades = t >= place->stand->begin && t <= place->stand->end;
    bool fills = trades && (stage->fill[t / WORD] >> t % WORD & 1) != 0;
    double price = fills ? stage->price[t] : NAN,
           part = rules->terms.commission_bps / 1e4;
    struct lane_bar bar = {
        .lanes = place->pack->lanes,
        .price = price,
        .dividend = trades ? stage->dividend[t] : 0,
        .at_once = rules->execution.delay == 0,
        .on_change = rules->rebalance == GW_ON_CHANGE,
        .buy = walk_price(rules, price, 1),
        .sell = walk_price(rules, price, -1),
        .nothing = NOTHING_LEFT * rules->capital,
    };
    bar.buy_commission = part * bar.buy;
    bar.sell_commission = part * bar.sell;
    return bar;
}

/* One lane on one bar, as in any other word. */
static void pass_lane(const struct place *place,
                      const struct walk *walk,
                      const struct walk_word *word,
                      size_t t,
                      struct lane_book *book,
                      size_t l)
{
    struct lane_account *account = &place->seat->account[l];
    store_lane(book, l, account);
    walk_bar(walk, word, account, t);
    load_lane(book, l, account);
}

static void pass_bar(struct gw_vector *vector,
                     const struct place *place,
                     const struct chunk *chunk,
                     size_t t,
                     struct dense *dense)
{
    const struct walk walk = {vector->setup.rules, chunk->stage};
    struct lane_bar bar = bar_of(vector, place, chunk, t);
    size_t word = t - t % WORD, lanes = place->pack->lanes;
    struct walk_word one = {
        .bar = word,
        .bars = bits_between(word, place->stand->begin, place->stand->end + 1),
        .weight_from = chunk->own};
    uint8_t left[GW_LANES];
    size_t count = lanes;
    bar.wanted = dense->wanted + t % WORD * GW_LANES;
    if (t == chunk->stage->leaves) {
        for (size_t l = 0; l < lanes; l++) {
            left[l] = (uint8_t)l;
        }
    } else {
        count = vector->lanes->rebalance(&bar, &dense->book, left);
    }
    for (size_t i = 0; i < count; i++) {
        size_t l = left[i];
        one.decisions = vector->intents->changes[l];
        one.weight = one.decisions != 0 ? program_weight(vector->program, l) : NULL;
        pass_lane(place, &walk, &one, t, &dense->book, l);
    }
}

void dense_word(struct gw_vector *vector,
                const struct place *place,
                const struct chunk *chunk,
                size_t bar)
{
    const struct stand *stand = place->stand;
    const struct lane_table *table = vector->lanes;
    struct dense *dense = vector->dense;
    struct lane_book *book = &dense->book;
    size_t lanes = place->pack->lanes;
    lay_weights(vector, place, chunk, bar, dense->wanted);
    for (size_t l = 0; l < lanes; l++) {
        load_lane(book, l, &place->seat->account[l]);
    }
    size_t from = stand->first > bar ? stand->first : bar;
    size_t to = stand->end + 1 < bar + WORD ? stand->end + 1 : bar + WORD;
    for (size_t t = from; t < to; t++) {
        pass_bar(vector, place, chunk, t, dense);
        table->mark(book, lanes, chunk->stage->mark[t],
                    dense->equity + t % WORD * GW_LANES);
    }
    for (size_t l = 0; l < lanes; l++) {
        store_lane(book, l, &place->seat->account[l]);
        place->seat->sums.cash[l] = book->cash[l];
        place->seat->sums.shares[l] = book->shares[l];
    }
    if (bar + WORD > stand->begin) {
        gauge_word(vector, place, chunk, bar,
                   vector->pools       ? table->read_add_and_pool
                   : vector->stores    ? table->read_add
                   : vector->needs_all ? table->read_all
                                       : table->read_basic,
                   dense->equity);
    }
}
