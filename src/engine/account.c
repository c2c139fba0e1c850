#include "account.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

/* A weight, and a share of equity, that counts as nothing. */
static const double NO_WEIGHT = 1e-12;
static const double NO_VALUE = 1e-9;

static const double LEVERAGE = 1;

void account_open(struct account *account,
                  const struct gw_rules *rules,
                  size_t asset,
                  struct gw_ledger *ledger,
                  struct fills *fills)
{
    *account = (struct account){.rules = rules,
                                .ledger = ledger,
                                .fills = fills,
                                .asset = asset,
                                .cash = rules->capital};
}

double account_equity(const struct account *account, double price)
{
    return account->cash + account->shares * price;
}

static bool has_nothing(const struct account *account, double equity)
{
    return equity <= GW_NOTHING_LEFT * account->rules->capital;
}

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

/* p = P (1 + side (slippage + spread / 2)) */
static double fill_price(const struct gw_rules *rules, double price, int side)
{
    return price *
           (1 + side * (rules->terms.slippage_bps + rules->terms.spread_bps / 2) / 1e4);
}

/* Book cash, position and round trip of `shares` more (or less) at price p. */
static void
book(struct account *account, size_t bar, double shares, double p, double commission)
{
    double value = p * fabs(shares);
    bool grows = account->shares == 0 || sign_of(account->shares) == sign_of(shares);
    if (account->shares == 0) {
        account->entry_bar = bar;
        account->entered = 0;
        account->flow = 0;
    }
    account->cash -= shares * p + commission;
    account->flow -= shares * p + commission;
    account->entered += grows ? value : 0;
    account->ledger->traded += value;
    account->shares = shares == -account->shares ? 0 : account->shares + shares;
    if (account->shares == 0) {
        gw_ledger_trade(account->ledger, account->flow, account->entered,
                        (double)(bar - account->entry_bar));
    }
}

static void fill_order(struct account *account, struct due_at at, double shares)
{
    double p = fill_price(account->rules, at.price, sign_of(shares));
    double commission = account->rules->terms.commission_bps / 1e4 * p * fabs(shares);
    struct fills *fills = account->fills;
    if (fills->keep) {
        fills->fill =
            gw_grow(fills->fill, &fills->capacity, fills->count + 1, sizeof *fills->fill);
        fills->fill[fills->count++] = (struct gw_fill){.asset = (uint32_t)account->asset,
                                                       .cause = GW_BY_ORDER,
                                                       .bar = at.bar,
                                                       .shares = shares,
                                                       .price = p,
                                                       .commission = commission};
    }
    account->ledger->orders++;
    account->ledger->commission += commission;
    account->ledger->slippage += fabs(p - at.price) * fabs(shares);
    book(account, at.bar, shares, p, commission);
}

/* All of the free cash: shares = free / (p (1 + bps)). The account is flat. */
static void enter_with_all(struct account *account, struct due_at at)
{
    double p = fill_price(account->rules, at.price, account->intention);
    double shares =
        account->cash / (p * (1 + account->rules->terms.commission_bps / 1e4));
    if (has_nothing(account, account->cash)) {
        account->ledger->dropped++;
        account->intention = 0;
        return;
    }
    fill_order(account, at, account->intention * shares);
}

static void fill_signal(struct account *account, struct due_at at)
{
    if (account->shares != 0) {
        fill_order(account, at, -account->shares);
    }
    if (account->intention != 0) {
        enter_with_all(account, at);
    }
}

/* Grow |position| by d shares, scaled so that leverage and costs fit the equity. */
static void increase(struct account *account, struct due_at at, double d, int side)
{
    double p = fill_price(account->rules, at.price, side);
    double equity = account_equity(account, at.price);
    double held = fabs(account->shares) * at.price;
    if (has_nothing(account, equity)) {
        return;
    }
    double cost = fabs(p - at.price) + account->rules->terms.commission_bps / 1e4 * p;
    double g = (LEVERAGE * equity - held) / (d * (at.price + LEVERAGE * cost));
    g = g >= 1 - 1e-9 ? 1 : g > 0 ? g : 0;
    account->ledger->clipped += g < 0.99;
    if (d * g * at.price > NO_VALUE * equity) {
        fill_order(account, at, side * d * g);
    }
}

static void fill_target(struct account *account, struct due_at at)
{
    double q = account_equity(account, at.price);
    q = has_nothing(account, q) ? 0 : q;
    double wanted = account->weight * q / at.price;
    wanted = fabs(wanted) * at.price <= NO_VALUE * q ? 0 : wanted;
    double change = wanted - account->shares;
    if (fabs(change) * at.price <= NO_VALUE * q) {
        return;
    }
    int side = sign_of(wanted);
    if (account->shares != 0 && side != sign_of(account->shares)) {
        fill_order(account, at, -account->shares);
    } else if (fabs(wanted) < fabs(account->shares)) {
        fill_order(account, at, change);
        return;
    }
    double d = fabs(wanted) - fabs(account->shares);
    if (d > 0) {
        increase(account, at, d, side);
    }
}

void account_fill(struct account *account, struct due_at at)
{
    account->waiting = false;
    if (account->rules->has_target) {
        fill_target(account, at);
    } else {
        fill_signal(account, at);
    }
}

void account_leave(struct account *account, struct due_at at)
{
    account->waiting = false;
    account->intention = 0;
    if (account->shares != 0) {
        book(account, at.bar, -account->shares, at.price, 0);
    }
}

void account_dividend(struct account *account, double amount)
{
    account->cash += account->shares * amount;
    account->flow += account->shares * amount;
}

static int intention_after(int intention, const bool signal[GW_SIGNALS])
{
    bool el = signal[GW_ENTER_LONG] && !signal[GW_ENTER_SHORT] && !signal[GW_EXIT_LONG];
    bool es = signal[GW_ENTER_SHORT] && !signal[GW_ENTER_LONG] && !signal[GW_EXIT_SHORT];
    if (intention == 0) {
        return el ? 1 : es ? -1 : 0;
    }
    if (intention > 0) {
        return es ? -1 : signal[GW_EXIT_LONG] ? 0 : 1;
    }
    return el ? 1 : signal[GW_EXIT_SHORT] ? 0 : -1;
}

void account_signal(struct account *account, const bool signal[GW_SIGNALS], size_t due)
{
    int next = intention_after(account->intention, signal);
    if (next == account->intention) {
        return;
    }
    account->intention = next;
    account->waiting = next != sign_of(account->shares);
    account->due = due;
}

void account_target(struct account *account, double weight, size_t due)
{
    if (isnan(weight)) {
        return;
    }
    weight = fabs(weight) <= NO_WEIGHT ? 0 : weight;
    if (account->rules->rebalance == GW_ON_CHANGE && gw_same(weight, account->weight)) {
        return;
    }
    account->weight = weight;
    account->waiting = weight != 0 || account->shares != 0; /* else it is held already */
    account->due = due;
}
