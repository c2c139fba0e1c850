/*
 * Orders that only change the size of a position, in all lanes at once. The formulas are
 * those of walk.c, operation by operation: a lane has the same bits either way.
 */
#include "parts.h"

static const double TIE = 1e-12; /* of gw_same */

/* Weights decided: what is new, and whether an order waits then. */
static inline mask decide(const struct lane_bar *bar,
                          struct lane_book *book,
                          size_t l,
                          vec shares,
                          mask waiting)
{
    const vec zero = {0};
    vec weight = load(book->weight + l), wanted = load(bar->wanted + l);
    wanted = pick(is_at_most(size_of(wanted), fill(NO_WEIGHT)), zero, wanted);
    mask decided = is_equal(wanted, wanted);
    if (bar->on_change) {
        vec size = higher(size_of(wanted), size_of(weight));
        decided &= ~(is_equal(wanted, weight) |
                     is_at_most(size_of(wanted - weight), TIE * size));
    }
    mask waits = ~(is_equal(wanted, zero) & is_equal(shares, zero));
    store(book->weight + l, pick(decided, wanted, weight));
    return (waits & decided) | (waiting & ~decided);
}

/* One order of each lane of `orders`: `change` shares more. */
static inline void trade(
    const struct lane_bar *bar, struct lane_book *book, size_t l, vec change, mask orders)
{
    const vec zero = {0};
    vec cash = load(book->cash + l), shares = load(book->shares + l);
    vec size = size_of(change);
    mask buys = is_less(zero, change), is_long = is_less(zero, shares);
    vec p = pick(buys, fill(bar->buy), fill(bar->sell));
    vec commission =
        pick(buys, fill(bar->buy_commission), fill(bar->sell_commission)) * size;
    vec paid = change * p + commission, value = p * size;
    mask grows = ((buys & is_long) | (~buys & ~is_long)) & orders;
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
    store(book->orders + l, count + only(orders, fill(1)));
}

/* What a lane's order comes to. */
struct plan {
    vec change;
    mask orders, clipped, left;
};

static inline struct plan
plan_of(const struct lane_bar *bar, const struct lane_book *book, size_t l, mask waiting)
{
    const vec zero = {0}, one = fill(1), price = fill(bar->price);
    vec shares = load(book->shares + l), weight = load(book->weight + l);
    vec equity = load(book->cash + l) + shares * price;
    vec nothing = NO_VALUE * equity;
    vec wanted = weight * equity / price;
    wanted = pick(is_at_most(size_of(wanted) * price, nothing), zero, wanted);
    mask idle = is_at_most(size_of(wanted - shares) * price, nothing);
    mask buys = is_less(zero, wanted), is_long = is_less(zero, shares);
    mask turns = is_equal(wanted, zero) | is_equal(shares, zero) | (buys & ~is_long) |
                 (~buys & is_long);
    vec more = size_of(wanted) - size_of(shares);
    vec cost = pick(buys, fill(fabs(bar->buy - bar->price) + bar->buy_commission),
                    fill(fabs(bar->sell - bar->price) + bar->sell_commission));
    vec g = (equity - size_of(shares) * price) / (more * (price + cost));
    g = pick(is_at_most(one - 1e-9, g), one, pick(is_less(zero, g), g, zero));
    mask grows = is_less(zero, more);
    mask filled = is_less(nothing, more * g * price);
    vec grown = pick(buys, one, -one) * more * g;
    struct plan plan;
    mask busy = waiting & ~idle;
    plan.left = (waiting & ~is_less(fill(bar->nothing), equity)) | (busy & turns);
    plan.change = pick(grows, grown, wanted - shares);
    plan.orders = busy & ~plan.left & (~grows | filled);
    plan.left |= plan.orders & is_equal(shares, -plan.change);
    plan.orders &= ~plan.left;
    plan.clipped = busy & ~plan.left & grows & is_less(g, fill(0.99));
    return plan;
}

/* Lanes l to l + WIDTH - 1; returns those to be left as they were. */
static inline uint64_t pass(const struct lane_bar *bar, struct lane_book *book, size_t l)
{
    vec weight = load(book->weight + l), cash = load(book->cash + l);
    vec flow = load(book->flow + l), clipped = load(book->clipped + l);
    vec paid = bar->dividend * load(book->shares + l);
    const mask waited = is_equal(load(book->waiting + l), fill(1));
    mask waiting = waited, left = mask_of(0);
    store(book->cash + l, cash + paid);
    store(book->flow + l, flow + paid);
    if (bar->at_once) {
        waiting = decide(bar, book, l, load(book->shares + l), waiting);
    }
    if (bar->price > 0) {
        const struct plan plan = plan_of(bar, book, l, waiting);
        left = plan.left;
        trade(bar, book, l, plan.change, plan.orders);
        store(book->clipped + l, clipped + only(plan.clipped, fill(1)));
        waiting &= left;
    }
    if (!bar->at_once) {
        waiting = decide(bar, book, l, load(book->shares + l), waiting);
    }
    store(book->waiting + l, only((waited & left) | (waiting & ~left), fill(1)));
    uint64_t bits = bits_of(left);
    if (bits != 0) {
        store(book->weight + l, pick(left, weight, load(book->weight + l)));
        store(book->cash + l, pick(left, cash, load(book->cash + l)));
        store(book->flow + l, pick(left, flow, load(book->flow + l)));
    }
    return bits;
}

size_t
OF_ISA(lane_rebalance)(const struct lane_bar *bar, struct lane_book *book, uint8_t *left)
{
    size_t count = 0;
    for (size_t l = 0; l < bar->lanes; l += WIDTH) {
        for (uint64_t bits = pass(bar, book, l); bits != 0; bits &= bits - 1) {
            size_t lane = l + (size_t)__builtin_ctzll(bits);
            if (lane < bar->lanes) {
                left[count++] = (uint8_t)lane;
            }
        }
    }
    return count;
}

void OF_ISA(lane_mark)(const struct lane_book *book,
                       size_t lanes,
                       double mark,
                       double *out)
{
    for (size_t l = 0; l < lanes; l += WIDTH) {
        store(out + l, load(book->cash + l) + load(book->shares + l) * mark);
    }
}
