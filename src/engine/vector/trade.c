#include "trade.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

/* A count of raw shares so near to a whole number is that number; and two counts so near
 * to each other may be the same. */
static const double NEAR = 1e-9;

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

bool trade_terms_set(struct trade_terms *terms,
                     const struct gw_engine_setup *setup,
                     const double *value)
{
    const struct gw_terms own = gw_terms_of(setup->rules, setup->graph, value);
    enum gw_term which;
    *terms = (struct trade_terms){
        .rules = setup->rules,
        .terms = own,
        .half = (own.slippage_bps + own.spread_bps / 2) / 1e4,
        .bps = own.commission_bps / 1e4,
        .reserve = fmax(own.commission_minimum, own.commission_fixed),
        .root = sqrt(setup->periods),
        .cash_part = own.cash_rate / setup->periods,
        .margin_part = own.margin_rate / setup->periods,
        .borrow_part = own.borrow_rate / setup->periods,
        .stops = own.stop_loss > 0 || own.stop_profit > 0 || own.stop_trail > 0 ||
                 own.stop_bars > 0,
        .accrues = own.cash_rate != 0 || own.margin_rate != 0 || own.borrow_rate != 0,
    };
    return gw_terms_check(setup->rules, &own, &which) == NULL;
}

/* ---- decisions ---- */

static void wait_for(struct position *position, bool waits)
{
    position->waiting = waits ? TRADE_ORDER : TRADE_NOTHING;
    position->begun = false;
    position->due = 0;
}

void trade_intend(struct position *position, int intention, double deviation)
{
    if (intention == position->intention) {
        return;
    }
    position->intention = intention;
    position->deviation = deviation;
    wait_for(position, intention != sign_of(position->shares));
}

int trade_intention(int intention, const bool signal[GW_SIGNALS])
{
    bool el = signal[GW_ENTER_LONG] && !signal[GW_ENTER_SHORT] && !signal[GW_EXIT_LONG];
    bool es = signal[GW_ENTER_SHORT] && !signal[GW_ENTER_LONG] && !signal[GW_EXIT_SHORT];
    if (intention > 0) {
        return es ? -1 : signal[GW_EXIT_LONG] ? 0 : 1;
    }
    if (intention < 0) {
        return el ? 1 : signal[GW_EXIT_SHORT] ? 0 : -1;
    }
    return el ? 1 : es ? -1 : 0;
}

void trade_want(const struct gw_rules *rules, struct position *position, double weight)
{
    if (isnan(weight)) {
        return;
    }
    weight = fabs(weight) <= NO_WEIGHT ? 0 : weight;
    if (sign_of(weight) != position->barred) {
        position->barred = 0;
    }
    bool same = gw_same(weight, position->weight);
    if (same && rules->rebalance == GW_ON_CHANGE) {
        return; /* no decision */
    }
    position->weight = weight;
    if (same && position->waiting == TRADE_ORDER) {
        return; /* waits already */
    }
    bool stays = position->waiting == TRADE_REST && weight == 0;
    if (position->barred == 0 && !stays) {
        wait_for(position, weight != 0 || position->shares != 0);
    }
}

/* ---- sizes ---- */

double trade_price(const struct trade_terms *terms, double price, double side)
{
    return price * (1 + side * terms->half);
}

/* What an order that waits asks for, before small amounts are told from nothing. */
static double ask(const struct trade_terms *terms,
                  const struct position *position,
                  const struct trade_spot *spot,
                  double equity)
{
    double size = terms->terms.size, side = position->intention;
    if (position->waiting == TRADE_REST) {
        return 0;
    }
    if (terms->rules->has_target) {
        return position->weight * equity / spot->price;
    }
    if (side == 0) {
        return 0;
    }
    switch (terms->rules->size) {
    case GW_SIZE_ALL:
        return side * INFINITY;
    case GW_SIZE_EQUITY:
        return side * size * equity / spot->price;
    case GW_SIZE_VALUE:
        return side * size / spot->price;
    case GW_SIZE_SHARES:
        return side * size / spot->factor;
    case GW_SIZE_VOLATILITY:
        size /= position->deviation * terms->root;
        return isfinite(size) ? side * size * equity / spot->price : 0;
    }
    return 0;
}

double trade_wanted(const struct trade_terms *terms,
                    const struct position *position,
                    const struct trade_spot *spot,
                    double equity)
{
    double nothing = NO_VALUE * equity, held = position->shares;
    double wanted = ask(terms, position, spot, equity);
    wanted = fabs(wanted) * spot->price <= nothing ? 0 : wanted;
    return fabs(wanted - held) * spot->price <= nothing ? held : wanted;
}

double trade_all(const struct trade_terms *terms,
                 const struct trade_spot *spot,
                 double side,
                 double free)
{
    double p = trade_price(terms, spot->price, side);
    double a_share =
        p * (1 + terms->bps) + terms->terms.commission_per_share * spot->factor;
    return fmax(0, (fmax(0, free) - terms->reserve) / a_share);
}

double
trade_load(const struct trade_terms *terms, const struct trade_spot *spot, double side)
{
    double p = trade_price(terms, spot->price, side);
    double cost = fabs(p - spot->price) + terms->bps * p +
                  terms->terms.commission_per_share * spot->factor;
    return spot->price + terms->terms.leverage * cost;
}

double trade_scale(struct trade_account *account, double room, double load)
{
    double g = room / load;
    g = g >= 1 - 1e-9 ? 1 : g > 0 ? g : 0;
    account->doubtful |= fabs(g - 0.99) < 1e-9;
    account->ledger->clipped += g < 0.99;
    return g;
}

/* ---- fills ---- */

/* Raw shares cut to whole lots. */
static double lots_of(double raw)
{
    double near = round(raw);
    return fabs(raw - near) <= NEAR * fmax(1, raw) ? near : floor(raw);
}

/* Raw shares that the bar's volume still allows. */
static double cap_of(const struct trade_terms *terms,
                     const struct position *position,
                     const struct trade_spot *spot)
{
    double limit = terms->terms.volume_limit;
    if (limit == 0) {
        return INFINITY;
    }
    double taken = position->volume_bar == spot->bar ? position->volume : 0;
    double most = spot->volume > 0 ? limit * spot->volume : 0;
    double cap = most - taken > NEAR * most ? most - taken : 0;
    return terms->rules->whole_lots ? lots_of(cap) : cap;
}

/* Shares of one fill. */
struct amount {
    double shares, raw; /* sizes, without a side */
    bool cut;
};

static struct amount amount_of(const struct trade_terms *terms,
                               struct trade_account *account,
                               const struct position *position,
                               const struct trade_spot *spot,
                               double shares,
                               bool closes)
{
    struct amount out = {.shares = shares, .raw = shares * spot->factor};
    if (terms->rules->whole_lots && !closes) {
        out.raw = lots_of(out.raw);
        out.shares = out.raw / spot->factor;
    }
    double cap = cap_of(terms, position, spot);
    account->doubtful |=
        out.raw != cap && fabs(out.raw - cap) <= NEAR * cap && isfinite(cap);
    if (out.raw > cap) {
        out = (struct amount){cap / spot->factor, cap, true};
    }
    return out;
}

void trade_keep(struct lane_fills *fills, const struct gw_fill *fill)
{
    fills->fill =
        gw_grow(fills->fill, &fills->capacity, fills->count + 1, sizeof *fills->fill);
    fills->fill[fills->count++] = *fill;
}

/* Cash, shares and the round trip behind a fill. */
static void transfer(struct trade_account *account,
                     struct position *position,
                     const struct gw_fill *fill,
                     bool at_open)
{
    double size = fabs(fill->shares), held = fabs(position->shares);
    double value = fill->price * size;
    double paid = fill->shares * fill->price + fill->commission;
    if (held == 0) {
        position->entry_bar = fill->bar;
        position->at_open = at_open;
        position->entered = 0;
        position->flow = 0;
        position->average = 0;
        position->reach = fill->shares > 0 ? 0 : INFINITY;
    }
    if (held == 0 || sign_of(position->shares) == sign_of(fill->shares)) {
        position->entered += value;
        position->average =
            held == 0 ? fill->price : (position->average * held + value) / (held + size);
    }
    account->cash -= paid;
    position->flow -= paid;
    account->ledger->traded += value;
    position->shares =
        position->shares == -fill->shares ? 0 : position->shares + fill->shares;
    if (account->fills != NULL) {
        trade_keep(account->fills, fill);
    }
    if (position->shares == 0) {
        gw_ledger_trade(account->ledger, position->flow, position->entered,
                        (double)(fill->bar - position->entry_bar));
    }
}

/* The whole commission of an order of that size. */
static double commission_of(const struct gw_terms *terms, double raw, double value)
{
    return fmax(terms->commission_minimum, terms->commission_fixed +
                                               terms->commission_per_share * raw +
                                               terms->commission_bps / 1e4 * value);
}

/* The order that a fill belongs to: the one begun, or a new one. */
static void
begin(struct trade_account *account, struct position *position, int side, bool grows)
{
    if (position->begun && position->side == side && position->grows == grows) {
        return;
    }
    position->begun = true;
    position->side = side;
    position->grows = grows;
    position->raw = 0;
    position->value = 0;
    position->paid = 0;
    account->ledger->orders++;
}

static void execute(const struct trade_terms *terms,
                    struct trade_account *account,
                    struct position *position,
                    const struct trade_spot *spot,
                    const struct amount *amount,
                    struct gw_fill *fill)
{
    int side = sign_of(fill->shares);
    bool grows = position->shares == 0 || sign_of(position->shares) == side;
    begin(account, position, side, grows);
    double p = trade_price(terms, spot->price, side);
    if (terms->terms.impact > 0) {
        double part = amount->raw / spot->volume;
        p += side * terms->terms.impact * (part * part) * spot->price;
    }
    position->raw += amount->raw;
    position->value += p * amount->shares;
    double whole = commission_of(&terms->terms, position->raw, position->value);
    fill->asset = (uint32_t)spot->asset;
    fill->bar = spot->bar;
    fill->price = p;
    fill->commission = whole - position->paid;
    position->paid = whole;
    position->volume =
        (position->volume_bar == spot->bar ? position->volume : 0) + amount->raw;
    position->volume_bar = spot->bar;
    account->ledger->commission += fill->commission;
    account->ledger->slippage += fabs(p - spot->price) * amount->shares;
    transfer(account, position, fill, spot->open);
}

bool trade_reduce(const struct trade_terms *terms,
                  struct trade_account *account,
                  struct position *position,
                  const struct trade_spot *spot,
                  double wanted)
{
    double held = position->shares;
    bool closes = sign_of(wanted) != sign_of(held);
    double less = closes ? fabs(held) : fabs(held) - fabs(wanted);
    if (held == 0 || !(less > 0)) {
        return true;
    }
    struct amount amount = amount_of(terms, account, position, spot, less, closes);
    struct gw_fill fill = {.cause = GW_BY_ORDER};
    fill.shares = closes && !amount.cut ? -held : -sign_of(held) * amount.shares;
    if (amount.shares > 0) {
        execute(terms, account, position, spot, &amount, &fill);
    }
    return !amount.cut;
}

bool trade_grow(const struct trade_terms *terms,
                struct trade_account *account,
                struct position *position,
                const struct trade_spot *spot,
                double more)
{
    struct amount amount = amount_of(terms, account, position, spot, fabs(more), false);
    struct gw_fill fill = {.cause = GW_BY_ORDER, .shares = sign_of(more) * amount.shares};
    if (amount.shares > 0) {
        execute(terms, account, position, spot, &amount, &fill);
    }
    return !amount.cut;
}

void trade_finish(const struct gw_rules *rules,
                  struct trade_account *account,
                  struct position *position)
{
    wait_for(position, false);
    if (!rules->has_target && position->intention != 0 && position->shares == 0) {
        account->ledger->dropped++;
        position->intention = 0;
    }
}

void trade_close(const struct trade_terms *terms,
                 struct trade_account *account,
                 struct position *position,
                 const struct trade_spot *spot)
{
    double size = fabs(position->shares);
    if (size == 0) {
        return;
    }
    double p = trade_price(terms, spot->price, -sign_of(position->shares));
    struct gw_fill fill = {
        .asset = (uint32_t)spot->asset,
        .cause = GW_BY_END,
        .bar = spot->bar,
        .shares = -position->shares,
        .price = p,
        .commission = commission_of(&terms->terms, size * spot->factor, p * size)};
    account->ledger->commission += fill.commission;
    account->ledger->slippage += fabs(p - spot->price) * size;
    transfer(account, position, &fill, false);
}

void trade_leave(struct trade_account *account,
                 struct position *position,
                 const struct trade_spot *spot)
{
    wait_for(position, false);
    position->intention = 0;
    if (position->shares != 0) {
        const struct gw_fill fill = {.asset = (uint32_t)spot->asset,
                                     .cause = GW_BY_DELISTING,
                                     .bar = spot->bar,
                                     .shares = -position->shares,
                                     .price = spot->price};
        transfer(account, position, &fill, false);
    }
}

/* ---- stops ---- */

void trade_stop(const struct trade_terms *terms,
                struct trade_account *account,
                struct position *position,
                const struct trade_spot *spot,
                enum gw_cause cause)
{
    double held = position->shares;
    wait_for(position, false);
    position->intention = 0;
    position->barred = sign_of(held);
    struct amount amount = amount_of(terms, account, position, spot, fabs(held), true);
    struct gw_fill fill = {.cause = cause};
    fill.shares = amount.cut ? -sign_of(held) * amount.shares : -held;
    if (amount.shares > 0) {
        execute(terms, account, position, spot, &amount, &fill);
    }
    wait_for(position, false);
    if (amount.cut) {
        position->waiting = TRADE_REST;
        position->due = spot->bar + 1;
    }
}

/* ---- money without fills ---- */

void trade_dividend(struct trade_account *account,
                    struct position *position,
                    double amount)
{
    double cash = amount * position->shares;
    account->cash += cash;
    position->flow += cash;
}

void trade_borrow(const struct trade_terms *terms,
                  struct trade_account *account,
                  struct position *position,
                  double mark)
{
    if (position->shares < 0) {
        double fee = -position->shares * mark * terms->borrow_part;
        account->cash -= fee;
        position->flow -= fee;
        account->ledger->borrow += fee;
    }
}
