/*
 * Orders that only change the size of a position, in all lanes at once. The formulas are
 * those of walk.c, operation by operation: a lane has the same bits either way.
 */
#include "parts.h"

static const double NO_WEIGHT = 1e-12, NO_VALUE = 1e-9, TIE = 1e-12;

static inline ints load_mask(const int64_t *x)
{
    ints v;
    memcpy(&v, x, sizeof v);
    return v;
}

/* Weights decided: what is new, and whether an order waits then. */
static inline void decide(const struct lane_bar *bar,
                          struct lane_book *book,
                          size_t l,
                          vec shares,
                          ints *waiting)
{
    const vec zero = {0};
    vec weight = load(book->weight + l), wanted = load(bar->wanted + l);
    wanted = pick(size_of(wanted) <= NO_WEIGHT, zero, wanted);
    ints decided = wanted == wanted;
    if (bar->on_change) {
        vec a = size_of(wanted), b = size_of(weight);
        vec size = pick(a > b, a, b);
        decided &= ~((wanted == weight) | (size_of(wanted - weight) <= TIE * size));
    }
    ints waits = (wanted != zero) | (shares != zero);
    *waiting = (waits & decided) | (*waiting & ~decided);
    store(book->weight + l, pick(decided, wanted, weight));
}

/* One order of each lane of `orders`: `change` shares more. */
static inline void trade(
    const struct lane_bar *bar, struct lane_book *book, size_t l, vec change, ints orders)
{
    const vec zero = {0};
    vec cash = load(book->cash + l), shares = load(book->shares + l);
    vec size = size_of(change);
    ints buys = change > zero;
    vec p = pick(buys, fill(bar->buy), fill(bar->sell));
    vec commission =
        pick(buys, fill(bar->buy_commission), fill(bar->sell_commission)) * size;
    vec paid = change * p + commission, value = p * size;
    ints grows = (buys == (shares > zero)) & orders;
    store(book->cash + l, pick(orders, cash - paid, cash));
    store(book->shares + l, pick(orders, shares + change, shares));
    vec flow = load(book->flow + l), entered = load(book->entered + l);
    store(book->flow + l, pick(orders, flow - paid, flow));
    store(book->entered + l, pick(grows, entered + value, entered));
    vec traded = load(book->traded + l), charged = load(book->commission + l);
    vec slipped = load(book->slippage + l), count = load(book->orders + l);
    store(book->traded + l, pick(orders, traded + value, traded));
    store(book->commission + l, pick(orders, charged + commission, charged));
    store(book->slippage + l,
          pick(orders, slipped + size_of(p - bar->price) * size, slipped));
    store(book->orders + l, pick(orders, count + 1, count));
}

/* What a lane's order comes to. */
struct plan {
    vec change;
    ints orders, clipped, left;
};

static inline struct plan
plan_of(const struct lane_bar *bar, const struct lane_book *book, size_t l, ints waiting)
{
    const vec zero = {0}, one = fill(1);
    const double price = bar->price;
    vec shares = load(book->shares + l), weight = load(book->weight + l);
    vec equity = load(book->cash + l) + shares * price;
    vec nothing = NO_VALUE * equity;
    vec wanted = weight * equity / price;
    wanted = pick(size_of(wanted) * price <= nothing, zero, wanted);
    ints idle = size_of(wanted - shares) * price <= nothing;
    ints turns = (wanted == zero) | ((wanted > zero) != (shares > zero));
    ints flat = shares == zero;
    vec more = size_of(wanted) - size_of(shares);
    ints buys = wanted > zero;
    vec cost = pick(buys, fill(fabs(bar->buy - price) + bar->buy_commission),
                    fill(fabs(bar->sell - price) + bar->sell_commission));
    vec g = (equity - size_of(shares) * price) / (more * (price + cost));
    g = pick(g >= one - 1e-9, one, pick(g > zero, g, zero));
    ints grows = more > zero;
    ints filled = more * g * price > nothing;
    vec grown = pick(buys, one, -one) * more * g;
    struct plan plan;
    ints busy = waiting & ~idle;
    plan.left = waiting & ~(equity > bar->nothing);
    plan.left |= busy & (turns | flat);
    plan.change = pick(grows, grown, wanted - shares);
    plan.orders = busy & ~plan.left & (~grows | filled);
    plan.left |= plan.orders & (shares == -plan.change);
    plan.orders &= ~plan.left;
    plan.clipped = busy & ~plan.left & grows & (g < 0.99);
    return plan;
}

/* Lanes l to l + WIDTH - 1; returns those to be left as they were. */
static inline ints pass(const struct lane_bar *bar, struct lane_book *book, size_t l)
{
    ints waiting = load_mask(book->waiting + l), left = {0};
    vec weight = load(book->weight + l), cash = load(book->cash + l);
    vec flow = load(book->flow + l), clipped = load(book->clipped + l);
    vec paid = bar->dividend * load(book->shares + l);
    const ints waited = waiting;
    store(book->cash + l, cash + paid);
    store(book->flow + l, flow + paid);
    if (bar->at_once) {
        decide(bar, book, l, load(book->shares + l), &waiting);
    }
    if (bar->price > 0) {
        const struct plan plan = plan_of(bar, book, l, waiting);
        left = plan.left;
        trade(bar, book, l, plan.change, plan.orders);
        store(book->clipped + l, pick(plan.clipped, clipped + 1, clipped));
        waiting &= left;
    }
    if (!bar->at_once) {
        decide(bar, book, l, load(book->shares + l), &waiting);
    }
    store(book->weight + l, pick(left, weight, load(book->weight + l)));
    store(book->cash + l, pick(left, cash, load(book->cash + l)));
    store(book->flow + l, pick(left, flow, load(book->flow + l)));
    waiting = (waited & left) | (waiting & ~left);
    memcpy(book->waiting + l, &waiting, sizeof waiting);
    return left;
}

size_t
OF_ISA(lane_rebalance)(const struct lane_bar *bar, struct lane_book *book, uint8_t *left)
{
    size_t count = 0;
    for (size_t l = 0; l < bar->lanes; l += WIDTH) {
        const vec zero = {0};
        ints mask = pass(bar, book, l);
        uint64_t bits = less((vec)(mask & (ints)fill(-1)), zero);
        for (; bits != 0; bits &= bits - 1) {
            size_t lane = l + (size_t)__builtin_ctzll(bits);
            if (lane < bar->lanes) {
                left[count++] = (uint8_t)lane;
            }
        }
    }
    return count;
}
