#include "decisions.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/engine/decider.h"
#include "orders.h"

/* A weight that counts as nothing. */
static const double NO_WEIGHT = 1e-12;

static int64_t period_of(enum gw_rebalance rebalance, int32_t day)
{
    return rebalance == GW_WEEKLY    ? gw_date_week(day)
           : rebalance == GW_MONTHLY ? gw_date_month(day)
                                     : gw_date_month(day) / 3;
}

bool *decisions_calendar(const struct gw_portal *portal, enum gw_rebalance rebalance)
{
    if (rebalance != GW_WEEKLY && rebalance != GW_MONTHLY && rebalance != GW_QUARTERLY) {
        return NULL;
    }
    size_t bars = gw_portal_bars(portal);
    const int32_t *day = gw_portal_sessions(portal);
    bool *first = gw_calloc(bars, sizeof *first);
    for (size_t t = 0; t < bars; t++) {
        first[t] =
            t == 0 || period_of(rebalance, day[t]) != period_of(rebalance, day[t - 1]);
    }
    return first;
}

/* Takes decisions at the bar at hand: has it, and is not on its last one. */
static bool decides(const struct book *book, const struct holding *h)
{
    return h->here && book->t != h->tape->leaves_at;
}

static size_t due_of(const struct book *book)
{
    return book->t + (size_t)book->rules->execution.delay;
}

static bool has(unsigned signal, enum gw_signal which)
{
    return (signal >> which & 1) != 0;
}

static int intention_after(int intention, unsigned signal)
{
    bool exit_long = has(signal, GW_EXIT_LONG), exit_short = has(signal, GW_EXIT_SHORT);
    bool el = has(signal, GW_ENTER_LONG) && !has(signal, GW_ENTER_SHORT) && !exit_long;
    bool es = has(signal, GW_ENTER_SHORT) && !has(signal, GW_ENTER_LONG) && !exit_short;
    if (intention == 0) {
        return el ? 1 : es ? -1 : 0;
    }
    if (intention > 0) {
        return es ? -1 : exit_long ? 0 : 1;
    }
    return el ? 1 : exit_short ? 0 : -1;
}

static void decide_signals(struct book *book, struct holding *h)
{
    size_t i = h->next - h->tape->from;
    int next = intention_after(h->intention, h->tape->signal[i]);
    if (next == h->intention) {
        return;
    }
    h->intention = next;
    if (next == sign_of(h->shares)) { /* is held already */
        orders_end(book, h, GW_ORDER_REPLACED);
        return;
    }
    bool sized = book->rules->size == GW_SIZE_VOLATILITY;
    orders_place(book, h,
                 &(struct intention){.ask = ASK_SIDE,
                                     .wanted = next,
                                     .deviation = sized ? h->tape->number[i] : NAN,
                                     .due = due_of(book)});
}

/* Weight and shares that are wanted by a decision of any kind but signals. */
static void want(struct book *book, struct holding *h, enum ask ask, double wanted)
{
    bool rest = h->order.waiting && h->order.ask == ASK_CLOSE;
    if (wanted == 0 && rest) {
        return; /* the rest of a stop is sold anyway */
    }
    if (wanted == 0 && h->shares == 0) { /* is held already */
        orders_end(book, h, GW_ORDER_REPLACED);
        return;
    }
    orders_place(book, h,
                 &(struct intention){.ask = ask, .wanted = wanted, .due = due_of(book)});
}

static void decide_target(struct book *book, struct holding *h)
{
    double weight = h->tape->number[h->next - h->tape->from];
    if (isnan(weight)) {
        return;
    }
    weight = fabs(weight) <= NO_WEIGHT ? 0 : weight;
    bool same = gw_same(weight, h->weight);
    if (sign_of(weight) != h->blocked) {
        h->blocked = 0;
    }
    if (same && book->rules->rebalance == GW_ON_CHANGE) {
        return;
    }
    h->weight = weight;
    if (h->blocked != 0) {
        return; /* decided, but no order */
    }
    if (same && h->order.waiting && h->order.ask == ASK_WEIGHT) {
        h->order.wanted = weight; /* waits already: equal but for rounding */
        return;
    }
    want(book, h, ASK_WEIGHT, weight);
}

/* Whether a target decides at all at the bar at hand. */
static bool may_rebalance(const struct book *book)
{
    size_t since = book->t - book->span->decide_from;
    switch (book->rules->rebalance) {
    case GW_ON_CHANGE:
    case GW_EVERY_BAR:
        return true;
    case GW_EVERY_BARS:
        return since % book->rules->every == 0;
    default:
        return since == 0 || book->calendar[book->t];
    }
}

/* An order of the decider: of an asset that has this bar, and a number. */
static void order(void *book, size_t asset, double wanted, bool by_shares)
{
    struct book *at = book;
    struct holding *h = &at->holding[asset];
    if (!isfinite(wanted) || !decides(at, h)) {
        return;
    }
    if (by_shares) {
        want(at, h, ASK_SHARES, wanted);
    } else {
        want(at, h, ASK_WEIGHT, fabs(wanted) <= NO_WEIGHT ? 0 : wanted);
    }
}

static void ask_decider(struct book *book)
{
    const struct gw_decider *decider = book->setup->decider;
    struct gw_desk desk = {.assets = book->setup->assets,
                           .shares = book->shown,
                           .book = book,
                           .order = order};
    for (size_t i = 0; i < book->accounts; i++) {
        desk.cash += book->account[i].cash;
        desk.equity += account_equity(&book->account[i]);
    }
    book->failed = !decider->bar(decider->context, book->t, &desk);
}

void decisions_take(struct book *book)
{
    if (book->setup->decider != NULL) {
        ask_decider(book);
        return;
    }
    bool target = book->rules->has_target;
    if (target && !may_rebalance(book)) {
        return;
    }
    for (size_t i = 0; i < book->setup->assets; i++) {
        struct holding *h = &book->holding[i];
        if (!decides(book, h)) {
            continue;
        }
        if (target) {
            decide_target(book, h);
        } else {
            decide_signals(book, h);
        }
    }
}
