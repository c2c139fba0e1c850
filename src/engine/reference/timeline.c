#include "timeline.h"

#include "decisions.h"
#include "orders.h"
#include "stops.h"

#include <string.h>

enum { POLL_BARS = 1024 };

/* Which assets have the bar at hand. */
static void find_bars(struct book *book)
{
    for (size_t i = 0; i < book->setup->assets; i++) {
        struct holding *h = &book->holding[i];
        const struct gw_listing *listing = h->tape->listing;
        h->here = h->next < listing->count && listing->bar[h->next] == book->t;
    }
}

static void fill_all(struct book *book, bool at_open, bool may_grow)
{
    for (size_t i = 0; i < book->accounts; i++) {
        orders_fill(book, &book->account[i], at_open, may_grow);
    }
}

/* Steps 1 to 3. */
static void before_close(struct book *book)
{
    size_t assets = book->setup->assets;
    for (size_t i = 0; i < assets && book->dividends; i++) {
        account_dividends(book, &book->holding[i]);
    }
    if (book->rules->execution.price == GW_PRICE_OPEN) {
        fill_all(book, true, true);
    }
    for (size_t i = 0; i < assets && book->stops; i++) {
        stops_test(book, &book->holding[i]);
    }
}

static void mark_closes(struct book *book)
{
    for (size_t i = 0; i < book->setup->assets; i++) {
        struct holding *h = &book->holding[i];
        if (h->here) {
            h->mark = h->tape->close[h->next];
        }
    }
}

/* The asset's last bar: what waits is cancelled, the position paid out. */
static void delist(struct book *book)
{
    for (size_t i = 0; i < book->setup->assets; i++) {
        struct holding *h = &book->holding[i];
        if (book->t == h->tape->leaves_at) {
            orders_end(book, h, GW_ORDER_CANCELLED);
            h->intention = 0;
            account_leave(book, h, h->mark * (1 + h->tape->delisting_return),
                          GW_BY_DELISTING);
        }
    }
}

/* All positions at their last known close, each as an order of its own. */
static void close_at_end(struct book *book)
{
    for (size_t i = 0; i < book->setup->assets; i++) {
        struct holding *h = &book->holding[i];
        if (h->shares != 0) {
            h->leg = (struct leg){0};
            account_deal(book, h,
                         &(struct deal){-h->shares, h->mark, .cause = GW_BY_END});
        }
    }
}

/* Step 4 to the end of trading. */
static void at_close(struct book *book)
{
    bool sells = book->rules->close_at_end && book->t == book->span->end;
    if (book->rules->execution.price == GW_PRICE_CLOSE) {
        fill_all(book, false, !sells);
    }
    delist(book);
    if (sells) {
        close_at_end(book);
    }
}

/* Step 5, and the equity at the mark; what each account returned is pooled. */
static double mark_equity(struct book *book)
{
    const struct span *span = book->span;
    bool accrues = book->rates && book->t >= span->decide_from;
    bool counts = book->t >= span->count_from;
    double equity = 0;
    for (size_t i = 0; i < book->accounts; i++) {
        struct account *account = &book->account[i];
        if (accrues) {
            account_rates(book, account);
        }
        double own = account_equity(account), before = account->before;
        equity += own;
        if (book->t >= account->pool_from) {
            gw_moments_add(&account->pooled, before > 0 ? own / before - 1 : 0);
        }
        account->before = counts ? own : before;
    }
    return equity;
}

/* Behind ruin nothing is earned. */
static void pool_nothing(struct book *book)
{
    for (size_t i = 0; i < book->accounts; i++) {
        if (book->t >= book->account[i].pool_from) {
            gw_moments_add(&book->account[i].pooled, 0);
        }
    }
}

/* Nothing is left: positions go at their last known close, and what is owed is written
 * off. */
static void ruin(struct book *book)
{
    for (size_t i = 0; i < book->setup->assets; i++) {
        struct holding *h = &book->holding[i];
        orders_end(book, h, GW_ORDER_CANCELLED);
        account_leave(book, h, h->mark, GW_BY_RUIN);
    }
}

/* What the window leaves waiting, and open. */
static void end_window(struct book *book)
{
    for (size_t i = 0; i < book->setup->assets; i++) {
        struct holding *h = &book->holding[i];
        h->account->ledger.dropped += h->order.waiting;
        h->account->ledger.open_trades += h->shares != 0;
        orders_end(book, h, GW_ORDER_DROPPED);
    }
}

/* One bar; false: the combination is ruined at its mark, or the decider failed. */
static bool pass_bar(struct book *book, const struct trace *trace)
{
    const struct span *span = book->span;
    bool trades = book->t >= span->begin, decides = book->t >= span->decide_from;
    int delay = book->rules->execution.delay;
    find_bars(book);
    if (trades) {
        before_close(book);
    }
    mark_closes(book);
    if (decides && delay == 0) {
        decisions_take(book);
    }
    if (trades) {
        at_close(book);
        double equity = mark_equity(book);
        bool ruined =
            equity <= GW_NOTHING_LEFT * book->rules->capital * (double)book->accounts;
        if (ruined) {
            ruin(book);
            return false;
        }
        trace->equity[book->t - span->begin] = equity;
        trace->exposed[book->t - span->begin] = book->positions > 0;
    }
    if (decides && delay == 1) {
        decisions_take(book);
    }
    for (size_t i = 0; i < book->setup->assets; i++) {
        book->holding[i].next += book->holding[i].here;
    }
    return !book->failed;
}

bool timeline_run(struct book *book, const struct trace *trace)
{
    const struct gw_engine_setup *setup = book->setup;
    const struct span *span = book->span;
    size_t bars = span->end - span->begin + 1;
    memset(trace->equity, 0, bars * sizeof *trace->equity);
    memset(trace->exposed, 0, bars * sizeof *trace->exposed);
    book->t = span->decide_from < span->begin ? span->decide_from : span->begin;
    while (book->t <= span->end && pass_bar(book, trace)) {
        book->t++;
        if (book->t % POLL_BARS == 0 && setup->poll != NULL) {
            setup->poll(setup->poll_context);
        }
    }
    bool ruined = book->t <= span->end && !book->failed;
    if (!ruined) {
        book->t = span->end;
        end_window(book);
    }
    while (ruined && book->t < span->end) {
        book->t++;
        pool_nothing(book);
    }
    return ruined;
}
