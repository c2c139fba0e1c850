#include "orders.h"

#include <math.h>

/* A share of the equity that counts as nothing. */
static const double NO_VALUE = 1e-9;

void orders_end(struct book *book, struct holding *h, enum gw_order_end end)
{
    if (h->order.waiting) {
        h->order.waiting = false;
        h->account->waiting--;
        diary_order_ended(book->diary, h->order.number, book->t, end);
    }
}

void orders_place(struct book *book, struct holding *h, const struct intention *wish)
{
    orders_end(book, h, GW_ORDER_REPLACED);
    h->leg = (struct leg){0};
    h->account->waiting++;
    h->order = (struct order){
        .waiting = true,
        .ask = wish->ask,
        .wanted = wish->wanted,
        .deviation = wish->deviation,
        .due = wish->due,
        .number = diary_order(book->diary, &(struct gw_order){.asset = h->tape->asset,
                                                              .decided = book->t,
                                                              .due = wish->due,
                                                              .wanted = wish->wanted}),
    };
}

/* A count so near a whole number that rounding made the difference is that number. */
static double snapped(double count)
{
    double whole = floor(count + 0.5);
    return fabs(count - whole) <= 1e-9 * fmax(1, count) ? whole : count;
}

/* Raw shares that the volume limit still lets through on this bar; rounding is none. */
static double room_left(const struct book *book, const struct holding *h)
{
    double cap = book->terms.volume_limit * account_volume(book, h);
    double left = cap - (h->used_bar == book->t ? h->used : 0);
    left = left > 1e-9 * cap ? left : 0;
    return book->rules->whole_lots ? floor(snapped(left)) : left;
}

double orders_fit(const struct book *book, struct holding *h, double shares)
{
    h->cut = false;
    if (!book->limits) {
        return shares;
    }
    bool lots = book->rules->whole_lots, closes = shares == -h->shares;
    double factor = account_factor(book, h), raw = fabs(shares) * factor;
    double count = lots ? snapped(raw) : raw, fits = lots && !closes ? floor(count) : raw;
    if (book->terms.volume_limit > 0) {
        double left = room_left(book, h);
        h->cut = (lots && closes ? count : fits) > left;
        fits = h->cut ? left : fits;
    }
    if (fits == raw) {
        return shares;
    }
    bool reduces = sign_of(shares) == -sign_of(h->shares);
    double fitting = fits / factor;
    return reduces && fitting >= fabs(h->shares) ? -h->shares : sign_of(shares) * fitting;
}

static bool is_nothing(const struct book *book, double equity)
{
    return equity <= GW_NOTHING_LEFT * book->rules->capital;
}

/* Entries that take all free cash. */
static bool takes_all(const struct book *book, const struct holding *h)
{
    return h->order.ask == ASK_SIDE && book->rules->size == GW_SIZE_ALL;
}

/* The same in the account of one asset, where nothing is to be shared. */
static bool takes_own_cash(const struct book *book, const struct account *account)
{
    return book->rules->mode == GW_PER_ASSET && takes_all(book, account->holding);
}

/* The prices of the point, and which orders can be filled there; false: none. */
static bool begin_step(struct book *book, struct account *account, bool at_open)
{
    bool any = false;
    for (size_t i = 0; i < account->holdings; i++) {
        struct holding *h = &account->holding[i];
        double open = at_open && h->here ? h->tape->open[h->next] : NAN;
        bool priced = at_open ? open > 0 : h->here && book->t != h->tape->leaves_at;
        h->price = open > 0 ? open : h->mark;
        h->filling = priced && h->order.waiting && h->order.due <= book->t;
        any = any || h->filling;
    }
    return any;
}

/* Equity, and what the positions are worth whatever their side, at the step's prices. */
struct worth {
    double equity, gross;
};

static struct worth worth_of(const struct account *account)
{
    struct worth worth = {account->cash, 0};
    for (size_t i = 0; i < account->holdings; i++) {
        const struct holding *h = &account->holding[i];
        worth.equity += h->shares * h->price;
        worth.gross += fabs(h->shares) * h->price;
    }
    return worth;
}

/* The entry by signals for one side, long or short, in shares. */
static double size_of_entry(const struct book *book, const struct holding *h, double q)
{
    double size = book->terms.size;
    switch (book->rules->size) {
    case GW_SIZE_EQUITY:
        return size * q / h->price;
    case GW_SIZE_VALUE:
        return size / h->price;
    case GW_SIZE_SHARES:
        return size / account_factor(book, h);
    case GW_SIZE_VOLATILITY: {
        double w = size / (h->order.deviation * sqrt(book->setup->periods));
        return isfinite(w) ? w * q / h->price : 0;
    }
    default: /* all: the side is what counts here */
        return 1;
    }
}

/* An order that ends without having got what it asked for. */
static void give_up(struct book *book, struct holding *h)
{
    if (h->order.ask == ASK_SIDE && h->shares == 0) {
        h->account->ledger.dropped++;
        h->intention = 0;
        orders_end(book, h, GW_ORDER_DROPPED);
    } else {
        orders_end(book, h, h->leg.side != 0 ? GW_ORDER_FILLED : GW_ORDER_DROPPED);
    }
    h->filling = false;
}

static void done(struct book *book, struct holding *h)
{
    orders_end(book, h, h->leg.side != 0 ? GW_ORDER_FILLED : GW_ORDER_NOTHING);
    h->filling = false;
}

/* Step 1: what is wanted, at the equity before any fill. */
static void seek(struct book *book, struct holding *h, double q)
{
    const struct order *order = &h->order;
    double wanted = 0;
    if (order->ask == ASK_SIDE && order->wanted != 0) {
        wanted = order->wanted * size_of_entry(book, h, q);
    } else if (order->ask == ASK_WEIGHT) {
        wanted = order->wanted * q / h->price;
    } else if (order->ask == ASK_SHARES) {
        wanted = order->wanted / account_factor(book, h);
    }
    h->sought = wanted;
    if (takes_all(book, h)) {
        return;
    }
    h->sought = fabs(wanted) * h->price <= NO_VALUE * q ? 0 : wanted;
    if (fabs(h->sought - h->shares) * h->price > NO_VALUE * q) {
        return;
    }
    if (order->ask == ASK_SIDE && order->wanted != 0) {
        give_up(book, h);
    } else {
        done(book, h);
    }
}

static void trade(struct book *book, struct holding *h, double shares, bool at_open)
{
    if (shares != 0) {
        account_deal(book, h, &(struct deal){shares, h->price, at_open, GW_BY_ORDER});
    }
}

/* Step 2: a close, or a partial reduction. */
static void reduce(struct book *book, struct holding *h, bool at_open)
{
    int side = sign_of(h->sought);
    if (h->shares != 0 && side != sign_of(h->shares)) {
        trade(book, h, orders_fit(book, h, -h->shares), at_open);
        if (h->shares != 0) {
            h->filling = false; /* cut: the open of a reversal waits too */
        } else if (side == 0 && h->order.ask == ASK_SIDE && h->order.wanted != 0) {
            give_up(book, h); /* the open of a reversal has no size */
        } else if (side == 0) {
            done(book, h);
        }
    } else if (!takes_all(book, h) && fabs(h->sought) < fabs(h->shares)) {
        double shares = orders_fit(book, h, h->sought - h->shares);
        trade(book, h, shares, at_open);
        if (!h->cut && shares == 0) {
            give_up(book, h);
        } else if (!h->cut) {
            done(book, h);
        }
        h->filling = false;
    } else if (side == 0) {
        done(book, h);
    }
}

/* The increase wanted, before scaling. */
static double increase_of(const struct book *book,
                          const struct holding *h,
                          struct worth worth,
                          double reserve)
{
    const struct gw_terms *terms = &book->terms;
    if (!takes_all(book, h)) {
        return fabs(h->sought) - fabs(h->shares);
    }
    double p = account_price(book, h->price, sign_of(h->sought));
    double free = fmax(0, fmin(h->account->cash, worth.equity - worth.gross));
    double most =
        (free - reserve) / (p * (1 + terms->commission_bps / 1e4) +
                            terms->commission_per_share * account_factor(book, h));
    return most * h->price > NO_VALUE * worth.equity ? most : 0;
}

/* Equity that one more share takes, leverage and costs counted. */
static double need_of(const struct book *book, const struct holding *h)
{
    const struct gw_terms *terms = &book->terms;
    double p = account_price(book, h->price, sign_of(h->sought));
    double cost = fabs(p - h->price) + terms->commission_bps / 1e4 * p +
                  terms->commission_per_share * account_factor(book, h);
    return h->price + terms->leverage * cost;
}

/* Step 3: what all increases are multiplied by, so that leverage and costs fit. */
static double scale_of(struct book *book, struct account *account, struct worth worth)
{
    const struct gw_terms *terms = &book->terms;
    double reserve = fmax(terms->commission_minimum, terms->commission_fixed);
    double reserves = 0, need = 0;
    for (size_t i = 0; i < account->holdings; i++) {
        struct holding *h = &account->holding[i];
        if (!h->filling) {
            continue;
        }
        h->more = increase_of(book, h, worth, reserve);
        if (h->more > 0) {
            reserves += reserve;
            need += h->more * need_of(book, h);
        }
    }
    if (need == 0 || takes_own_cash(book, account)) {
        return 1;
    }
    double g = (terms->leverage * (worth.equity - reserves) - worth.gross) / need;
    g = g >= 1 - 1e-9 ? 1 : g > 0 ? g : 0;
    account->ledger.clipped += g < 0.99;
    return g;
}

/* Step 3: the increases, which share what there is. */
static void grow(struct book *book, struct account *account, bool at_open)
{
    struct worth worth = worth_of(account);
    double scale = 0;
    bool nothing =
        is_nothing(book, takes_own_cash(book, account) ? account->cash : worth.equity);
    if (!nothing) {
        scale = scale_of(book, account, worth);
    }
    for (size_t i = 0; i < account->holdings; i++) {
        struct holding *h = &account->holding[i];
        if (!h->filling) {
            continue;
        }
        double d = nothing ? 0 : h->more * scale, shares = 0;
        h->cut = false;
        if (d > 0 && d * h->price > NO_VALUE * worth.equity) {
            shares = orders_fit(book, h, sign_of(h->sought) * d);
        }
        trade(book, h, shares, at_open);
        if (!h->cut && shares == 0) {
            give_up(book, h);
        } else if (!h->cut) {
            done(book, h);
        }
    }
}

void orders_fill(struct book *book, struct account *account, bool at_open, bool may_grow)
{
    if (account->waiting == 0 || !begin_step(book, account, at_open)) {
        return;
    }
    double q = worth_of(account).equity;
    q = is_nothing(book, q) ? 0 : q;
    bool grows = false;
    for (size_t i = 0; i < account->holdings; i++) {
        struct holding *h = &account->holding[i];
        if (h->filling) {
            seek(book, h, q);
        }
    }
    for (size_t i = 0; i < account->holdings; i++) {
        struct holding *h = &account->holding[i];
        if (h->filling) {
            reduce(book, h, at_open);
        }
        grows = grows || h->filling;
    }
    if (grows && may_grow) {
        grow(book, account, at_open);
    }
}
