#include "walk.h"

#include "gridwalk/base/math.h"

static const double LEVERAGE = 1;

/* One bar of one lane on its way. */
struct step {
    const struct gw_rules *rules;
    struct lane_account *account;
    size_t asset, bar;
};

double walk_price(const struct gw_rules *rules, double price, double side)
{
    double half = rules->terms.slippage_bps + rules->terms.spread_bps / 2;
    return price * (1 + side * half / 1e4);
}

static void close_trip(struct step *step)
{
    struct lane_account *a = step->account;
    gw_ledger_trade(a->ledger, a->flow, a->entered, (double)(step->bar - a->entry_bar));
}

/* Cash, shares and the round trip after `change` shares more at fill price p. */
static void transfer(struct step *step, double change, double p, double commission)
{
    struct lane_account *a = step->account;
    double paid = change * p + commission, value = p * fabs(change);
    if (a->shares == 0) {
        a->entry_bar = step->bar;
        a->entered = 0;
        a->flow = 0;
    }
    if (a->shares == 0 || (a->shares > 0) == (change > 0)) {
        a->entered += value;
    }
    a->cash -= paid;
    a->flow -= paid;
    a->ledger->traded += value;
    a->shares = a->shares == -change ? 0 : a->shares + change;
    if (a->shares == 0) {
        close_trip(step);
    }
}

static void order(struct step *step, double price, double change)
{
    const struct gw_terms *costs = &step->rules->terms;
    struct gw_ledger *ledger = step->account->ledger;
    double p = walk_price(step->rules, price, change > 0 ? 1 : -1);
    double commission = costs->commission_bps / 1e4 * p * fabs(change);
    ledger->orders++;
    ledger->commission += commission;
    ledger->slippage += fabs(p - price) * fabs(change);
    if (step->account->fills != NULL) {
        trade_keep(step->account->fills, &(struct gw_fill){.asset = (uint32_t)step->asset,
                                                           .cause = GW_BY_ORDER,
                                                           .bar = step->bar,
                                                           .shares = change,
                                                           .price = p,
                                                           .commission = commission});
    }
    transfer(step, change, p, commission);
}

static bool is_nothing(const struct step *step, double equity)
{
    return !(equity > NOTHING_LEFT * step->rules->capital);
}

/* Signals: flat, then all of the cash on the intended side. */
static void fill_side(struct step *step, double price)
{
    struct lane_account *a = step->account;
    if (a->shares != 0) {
        order(step, price, -a->shares);
    }
    if (a->intention == 0) {
        return;
    }
    if (is_nothing(step, a->cash)) {
        a->unsafe = true;
        return;
    }
    double p = walk_price(step->rules, price, a->intention);
    double shares = a->cash / (p * (1 + step->rules->terms.commission_bps / 1e4));
    order(step, price, a->intention * shares);
}

/* Target: a position that grows by `more` shares on `side`, as far as equity allows. */
static void grow(struct step *step, double price, double more, double side)
{
    const struct lane_account *a = step->account;
    double p = walk_price(step->rules, price, side);
    double equity = a->cash + a->shares * price;
    double held = fabs(a->shares) * price;
    double cost = fabs(p - price) + step->rules->terms.commission_bps / 1e4 * p;
    double g = (LEVERAGE * equity - held) / (more * (price + LEVERAGE * cost));
    g = g >= 1 - 1e-9 ? 1 : g > 0 ? g : 0;
    step->account->ledger->clipped += g < 0.99;
    if (more * g * price > NO_VALUE * equity) {
        order(step, price, side * more * g);
    }
}

static void fill_weight(struct step *step, double price)
{
    struct lane_account *a = step->account;
    double equity = a->cash + a->shares * price;
    if (is_nothing(step, equity)) {
        a->unsafe = true;
        return;
    }
    double nothing = NO_VALUE * equity;
    double wanted = a->weight * equity / price;
    wanted = fabs(wanted) * price <= nothing ? 0 : wanted;
    if (fabs(wanted - a->shares) * price <= nothing) {
        return;
    }
    bool turns = a->shares != 0 && (wanted == 0 || (wanted > 0) != (a->shares > 0));
    if (!turns && fabs(wanted) < fabs(a->shares)) {
        order(step, price, wanted - a->shares);
        return;
    }
    if (turns) {
        order(step, price, -a->shares);
    }
    double more = fabs(wanted) - fabs(a->shares);
    equity = a->cash + a->shares * price;
    if (more > 0 && is_nothing(step, equity)) {
        a->unsafe = true;
    } else if (more > 0) {
        grow(step, price, more, wanted > 0 ? 1 : -1);
    }
}

static void fill(struct step *step, double price)
{
    step->account->waiting = false;
    if (step->rules->has_target) {
        fill_weight(step, price);
    } else {
        fill_side(step, price);
    }
}

static void intend(struct lane_account *account, int intention)
{
    int held = (account->shares > 0) - (account->shares < 0);
    if (intention != account->intention) {
        account->intention = intention;
        account->waiting = intention != held;
    }
}

static void want(struct step *step, double weight)
{
    struct lane_account *account = step->account;
    if (isnan(weight)) {
        return;
    }
    weight = fabs(weight) <= NO_WEIGHT ? 0 : weight;
    bool same = gw_same(weight, account->weight);
    if (same && step->rules->rebalance == GW_ON_CHANGE) {
        return;
    }
    account->weight = weight;
    account->waiting = weight != 0 || account->shares != 0;
}

static void leave(struct step *step, double price)
{
    struct lane_account *a = step->account;
    a->waiting = false;
    a->intention = 0;
    if (a->shares == 0) {
        return;
    }
    if (a->fills != NULL) {
        trade_keep(a->fills, &(struct gw_fill){.asset = (uint32_t)step->asset,
                                               .cause = GW_BY_DELISTING,
                                               .bar = step->bar,
                                               .shares = -a->shares,
                                               .price = price});
    }
    transfer(step, -a->shares, price, 0);
}

void walk_expose(struct lane_account *account, size_t from, size_t to)
{
    from = from > account->count_from ? from : account->count_from;
    if (to <= from) {
        return;
    }
    account->exposed += to - from;
    if (account->exposure == NULL) {
        return;
    }
    from -= account->exposure_bar;
    to -= account->exposure_bar;
    for (size_t w = from / WORD; w <= (to - 1) / WORD; w++) {
        uint64_t bits = UINT64_MAX;
        if (w == from / WORD) {
            bits <<= from % WORD;
        }
        if (w == (to - 1) / WORD) {
            bits &= UINT64_MAX >> (WORD - 1 - (to - 1) % WORD);
        }
        account->exposure[w * GW_LANES] |= bits;
    }
}

static void
decide(struct step *step, const struct walk *walk, const struct walk_word *word)
{
    if (step->rules->has_target) {
        want(step, word->weight[walk->stage->own_of[step->bar] - word->weight_from]);
        return;
    }
    uint64_t bit = UINT64_C(1) << (step->bar - word->bar);
    intend(step->account, (word->is_long & bit) != 0    ? 1
                          : (word->is_short & bit) != 0 ? -1
                                                        : 0);
}

/* The time line of one bar on which something may happen. */
static void
pass_bar(struct step *step, const struct walk *walk, const struct walk_word *word)
{
    const struct stage *stage = walk->stage;
    struct lane_account *a = step->account;
    size_t t = step->bar;
    uint64_t bit = UINT64_C(1) << (t - word->bar);
    bool trades = (word->bars & bit) != 0;
    bool fills = trades && (stage->fill[t / WORD] & bit) != 0;
    bool decides = (word->decisions & bit) != 0;
    bool at_open = step->rules->execution.price == GW_PRICE_OPEN;
    bool at_once = step->rules->execution.delay == 0;
    double cash = stage->dividend[t] * a->shares;
    if (trades && cash != 0) {
        a->cash += cash;
        a->flow += cash;
    }
    if (fills && at_open && a->waiting) {
        fill(step, stage->price[t]);
    }
    if (decides && at_once) {
        decide(step, walk, word);
    }
    if (fills && !at_open && a->waiting) {
        fill(step, stage->price[t]);
    }
    if (trades && t == stage->leaves) {
        leave(step, stage->leaving_price);
    }
    if (decides && !at_once) {
        decide(step, walk, word);
    }
}

void walk_note(
    struct lane_events *events, size_t lane, size_t i, double cash, double shares)
{
    if (events->bar[lane] == 0) {
        events->count[lane] = 0;
        events->taken[lane] = 0;
    }
    uint32_t k = events->count[lane]++;
    events->bar[lane] |= UINT64_C(1) << i;
    events->cash[lane][k] = cash;
    events->shares[lane][k] = shares;
}

void walk_bar(const struct walk *walk,
              const struct walk_word *word,
              struct lane_account *account,
              size_t bar)
{
    struct step step = {.rules = walk->rules,
                        .account = account,
                        .asset = walk->stage->asset,
                        .bar = bar};
    bool held = account->shares != 0;
    pass_bar(&step, walk, word);
    if (!held && account->shares != 0) {
        account->exposed_since = bar;
    } else if (held && account->shares == 0) {
        walk_expose(account, account->exposed_since, bar);
    }
}

void walk_over(const struct walk *walk,
               const struct walk_word *word,
               struct lane_account *account,
               struct lane_events *events,
               size_t lane)
{
    size_t w = word->bar / WORD;
    uint64_t special = walk->stage->special[w] & word->bars;
    uint64_t fills = walk->stage->fill[w] & word->bars;
    uint64_t ahead = UINT64_MAX;
    for (;;) {
        uint64_t todo = word->decisions | (account->waiting ? fills | special : 0) |
                        (account->shares != 0 ? special : 0);
        todo &= ahead;
        if (todo == 0) {
            break;
        }
        size_t i = (size_t)__builtin_ctzll(todo);
        double cash = account->cash, shares = account->shares;
        walk_bar(walk, word, account, word->bar + i);
        if (account->cash != cash || account->shares != shares) {
            walk_note(events, lane, i, account->cash, account->shares);
        }
        ahead = i + 1 < WORD ? UINT64_MAX << (i + 1) : 0;
    }
}

void walk_open(const struct walk *walk, struct lane_account *account)
{
    account->cash = walk->rules->capital;
    account->shares = 0;
    account->weight = 0;
    account->intention = 0;
    account->waiting = false;
}

void walk_end(struct lane_account *account, size_t end)
{
    account->ledger->dropped += account->waiting;
    account->ledger->open_trades += account->shares != 0;
    if (account->shares != 0) {
        walk_expose(account, account->exposed_since, end + 1);
    }
}
