#include "account.h"

#include <math.h>

double account_equity(const struct account *account)
{
    double equity = account->cash;
    for (size_t i = 0; i < account->holdings; i++) {
        equity += account->holding[i].shares * account->holding[i].mark;
    }
    return equity;
}

double account_volume(const struct book *book, const struct holding *h)
{
    double volume;
    gw_portal_field(book->setup->portal,
                    (struct gw_view){.asset = h->tape->asset,
                                     .field = GW_VOLUME,
                                     .raw = true,
                                     .from = h->next,
                                     .to = h->next + 1},
                    &volume);
    return volume > 0 ? volume : 0;
}

/* Cash, position and round trip of so many shares more (or less) at price p. */
static void change(struct book *book,
                   struct holding *h,
                   const struct deal *deal,
                   double p,
                   double commission)
{
    double value = p * fabs(deal->shares), before = fabs(h->shares);
    bool grows = h->shares == 0 || sign_of(h->shares) == sign_of(deal->shares);
    struct trip *trip = &h->trip;
    if (h->shares == 0) {
        *trip = (struct trip){.bar = book->t,
                              .at_open = deal->at_open,
                              .extreme = deal->shares > 0 ? 0 : INFINITY};
        book->positions++;
    }
    h->account->cash -= deal->shares * p + commission;
    trip->flow -= deal->shares * p + commission;
    trip->entered += grows ? value : 0;
    h->account->ledger.traded += value;
    h->shares = deal->shares == -h->shares ? 0 : h->shares + deal->shares;
    trip->basis = grows ? trip->basis + value : trip->basis * (fabs(h->shares) / before);
    book->shown[h->place] = h->shares;
    if (h->shares == 0) {
        book->positions--;
        gw_ledger_trade(&h->account->ledger, trip->flow, trip->entered,
                        (double)(book->t - trip->bar));
    }
}

static void note_fill(const struct book *book,
                      const struct holding *h,
                      const struct deal *deal,
                      double p,
                      double commission)
{
    diary_fill(book->diary, &(struct gw_fill){.asset = (uint32_t)h->tape->asset,
                                              .cause = deal->cause,
                                              .bar = book->t,
                                              .shares = deal->shares,
                                              .price = p,
                                              .commission = commission});
}

/* What a further fill of a leg costs: the commission is that of the whole. */
static double commission_of(const struct gw_terms *terms, struct leg *leg)
{
    double whole =
        terms->commission_fixed + terms->commission_per_share * leg->raw + leg->rate;
    whole = whole > terms->commission_minimum ? whole : terms->commission_minimum;
    double more = whole - leg->paid;
    leg->paid = whole;
    return more;
}

void account_deal(struct book *book, struct holding *h, const struct deal *deal)
{
    const struct gw_terms *terms = &book->terms;
    struct gw_ledger *ledger = &h->account->ledger;
    int side = sign_of(deal->shares);
    double size = fabs(deal->shares), raw = size * account_factor(book, h);
    double p = account_price(book, deal->price, side);
    if (terms->impact > 0 && deal->cause != GW_BY_END) {
        double part = raw / account_volume(book, h);
        p += side * terms->impact * (part * part) * deal->price;
    }
    bool grows = h->shares == 0 || sign_of(h->shares) == side;
    if (h->leg.side != side || h->leg.grows != grows) {
        h->leg = (struct leg){.side = side, .grows = grows};
        ledger->orders += deal->cause != GW_BY_END;
    }
    h->leg.raw += raw;
    h->leg.rate += terms->commission_bps / 1e4 * p * size;
    double commission = commission_of(terms, &h->leg);
    h->used = (h->used_bar == book->t ? h->used : 0) + raw;
    h->used_bar = book->t;
    ledger->commission += commission;
    ledger->slippage += fabs(p - deal->price) * size;
    note_fill(book, h, deal, p, commission);
    if (deal->cause == GW_BY_ORDER) {
        diary_order_filled(book->diary, h->order.number, deal->shares);
    }
    change(book, h, deal, p, commission);
}

void account_leave(struct book *book,
                   struct holding *h,
                   double price,
                   enum gw_cause cause)
{
    if (h->shares != 0) {
        const struct deal deal = {.shares = -h->shares, .price = price, .cause = cause};
        note_fill(book, h, &deal, price, 0);
        change(book, h, &deal, price, 0);
    }
}

/* Shares held x D x F at the session before: as the shares were then. */
void account_dividends(struct book *book, struct holding *h)
{
    const struct tape *tape = h->tape;
    while (h->dividend < tape->dividends && tape->dividend[h->dividend].bar <= book->t) {
        const struct gw_dividend *dividend = &tape->dividend[h->dividend++];
        if (dividend->bar == book->t) {
            double factor = tape->factor != NULL ? tape->factor[book->t - 1] : 1;
            double amount = h->shares * (dividend->amount * factor);
            h->account->cash += amount;
            h->trip.flow += amount;
            diary_cash(book->diary, &(struct gw_cash){.asset = tape->asset,
                                                      .bar = book->t,
                                                      .kind = GW_CASH_DIVIDEND,
                                                      .amount = amount});
        }
    }
}

/* Borrow fees of the positions sold short; the market value of these. */
static double borrow(struct book *book, struct account *account)
{
    double rate = book->terms.borrow_rate / book->setup->periods, sold = 0;
    for (size_t i = 0; i < account->holdings; i++) {
        struct holding *h = &account->holding[i];
        if (h->shares < 0) {
            double value = -h->shares * h->mark, fee = rate * value;
            sold += value;
            h->trip.flow -= fee;
            account->ledger.borrow += fee;
            diary_cash(book->diary, &(struct gw_cash){.asset = h->tape->asset,
                                                      .bar = book->t,
                                                      .kind = GW_CASH_BORROW,
                                                      .amount = -fee});
        }
    }
    return sold;
}

void account_rates(struct book *book, struct account *account)
{
    const struct gw_terms *terms = &book->terms;
    double periods = book->setup->periods, cash = account->cash;
    double sold = borrow(book, account);
    double interest = terms->cash_rate / periods * fmax(0, cash - sold) -
                      terms->margin_rate / periods * fmax(0, -cash);
    account->cash += interest - terms->borrow_rate / periods * sold;
    diary_cash(book->diary, &(struct gw_cash){.asset = SIZE_MAX,
                                              .bar = book->t,
                                              .kind = GW_CASH_INTEREST,
                                              .amount = interest});
}
