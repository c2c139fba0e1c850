/* When stops are hit, at which price, and what they leave, by hand. */
#include "desk.h"

struct hit {
    struct trade_candle candle;
    enum gw_cause cause;
    double price;
};

static void check_hits(struct desk *desk, const struct hit *hit, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double price = 0;
        enum gw_cause cause =
            trade_stop_hit(&desk->terms, &desk->position, &hit[i].candle, 12, &price);
        CU_ASSERT_EQUAL(cause, hit[i].cause);
        if (cause != GW_BY_ORDER) {
            CHECK_CLOSE(price, hit[i].price, 1e-14);
        }
    }
}

/* Entered at 100 on bar 10: loss at 90, profit at 120. */
static void stops_of_a_long_position(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.stop_loss = 0.1;
    desk.rules.terms.stop_profit = 0.2;
    desk_terms(&desk);
    CU_ASSERT_TRUE(desk.terms.stops);
    trade(&desk, 10, 100, 1);
    static const struct hit hits[] = {
        {{100, 119.9, 90.1}, GW_BY_ORDER, 0},
        {{100, 119.9, 90}, GW_BY_LOSS, 90},
        {{100, 119.9, 90 * (1 + 1e-13)}, GW_BY_LOSS, 90},
        {{85, 119.9, 80}, GW_BY_LOSS, 85},
        {{100, 120, 90.1}, GW_BY_PROFIT, 120},
        {{100, 130, 80}, GW_BY_LOSS, 90},    /* both in one bar */
        {{125, 130, 80}, GW_BY_PROFIT, 125}, /* the open came first */
        {{NAN, 130, 95}, GW_BY_PROFIT, 120},
        {{NAN, 110, 80}, GW_BY_LOSS, 90},
        {{85, NAN, NAN}, GW_BY_ORDER, 0}, /* a loss is seen by the low alone */
    };
    check_hits(&desk, hits, sizeof hits / sizeof hits[0]);
    double price;
    const struct trade_candle low = {100, 100, 50};
    CU_ASSERT_EQUAL(trade_stop_hit(&desk.terms, &desk.position, &low, 10, &price),
                    GW_BY_LOSS);
    desk.position.at_open = false; /* filled at the close: from the next bar on */
    CU_ASSERT_EQUAL(trade_stop_hit(&desk.terms, &desk.position, &low, 10, &price),
                    GW_BY_ORDER);
    free(desk.fills.fill);
}

/* Sold short at 100: loss at 110, profit at 80. */
static void stops_of_a_short_position(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.stop_loss = 0.1;
    desk.rules.terms.stop_profit = 0.2;
    desk_terms(&desk);
    trade(&desk, 10, 100, -1);
    static const struct hit hits[] = {
        {{100, 109.9, 80.1}, GW_BY_ORDER, 0},  {{100, 110, 80.1}, GW_BY_LOSS, 110},
        {{115, 118, 80.1}, GW_BY_LOSS, 115},   {{100, 109, 80}, GW_BY_PROFIT, 80},
        {{100, 111, 79}, GW_BY_LOSS, 110},     {{75, 111, 70}, GW_BY_PROFIT, 75},
        {{79.9, 111, 70}, GW_BY_PROFIT, 79.9},
    };
    check_hits(&desk, hits, sizeof hits / sizeof hits[0]);
    desk.rules.terms.stop_profit = 1; /* no price is so low */
    desk.rules.terms.stop_loss = 0;
    desk_terms(&desk);
    static const struct hit none[] = {{{0.001, 0.001, 0.001}, GW_BY_ORDER, 0}};
    check_hits(&desk, none, 1);
    free(desk.fills.fill);
}

/* Entered at 100; 5 % behind the water, or 10 % below the entry. */
static void a_trail_follows_the_highs_before(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.stop_loss = 0.1;
    desk.rules.terms.stop_trail = 0.05;
    desk_terms(&desk);
    trade(&desk, 10, 100, 1);
    const struct hit first[] = {{{100, 140, 95.1}, GW_BY_ORDER, 0},
                                {{100, 140, 95}, GW_BY_TRAIL, 95}};
    check_hits(&desk, first, 2);
    const struct trade_candle high = {100, 120, 98}, lower = {100, 110, 98};
    desk.position.at_open = false;
    trade_watch(&desk.position, &high, 10);
    CU_ASSERT_EQUAL(desk.position.reach, 0); /* the bar of a fill at the close */
    trade_watch(&desk.position, &high, 11);
    trade_watch(&desk.position, &lower, 12);
    const struct hit second[] = {{{118, 119, 114.1}, GW_BY_ORDER, 0},
                                 {{118, 119, 114}, GW_BY_TRAIL, 114}}; /* 0.95 * 120 */
    check_hits(&desk, second, 2);
    desk.rules.terms.stop_trail = 0.25; /* at 90, as the loss */
    desk_terms(&desk);
    const struct hit tie[] = {{{118, 119, 90}, GW_BY_LOSS, 90}};
    check_hits(&desk, tie, 1);
    desk.position.average = 130; /* the entry as it is now counts too */
    desk.rules.terms.stop_trail = 0.05;
    desk_terms(&desk);
    const struct hit average[] = {{{125, 125, 123.5}, GW_BY_TRAIL, 123.5}};
    check_hits(&desk, average, 1);
    free(desk.fills.fill);
}

static void a_stop_by_time_is_at_an_open(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.stop_bars = 2;
    desk.rules.terms.stop_profit = 0.1;
    desk_terms(&desk);
    trade(&desk, 10, 100, 1);
    const struct hit hits[] = {{{120, 125, 80}, GW_BY_BARS, 120},
                               {{NAN, 125, 80}, GW_BY_PROFIT, 110}};
    check_hits(&desk, hits, 2);
    desk.rules.terms.stop_bars = 3;
    desk_terms(&desk);
    const struct hit early[] = {{{105, 105, 105}, GW_BY_ORDER, 0}};
    check_hits(&desk, early, 1);
    free(desk.fills.fill);
}

static void what_volume_leaves_of_a_stop_waits(void)
{
    struct desk desk;
    desk_open(&desk);
    desk_terms(&desk);
    trade_intend(&desk.position, 1, NAN);
    trade(&desk, 1, 10, 10);
    trade_finish(&desk.rules, &desk.account, &desk.position);
    trade_intend(&desk.position, -1, NAN); /* waits when the stop comes */
    desk.rules.terms.volume_limit = 0.006; /* 6 of 1000 */
    desk.rules.terms.stop_loss = 0.1;
    desk_terms(&desk);
    const struct trade_spot spot = spot_of(2, 9);
    trade_stop(&desk.terms, &desk.account, &desk.position, &spot, GW_BY_LOSS);
    CU_ASSERT_EQUAL(last_fill(&desk)->cause, GW_BY_LOSS);
    CU_ASSERT_EQUAL(desk.position.shares, 4);
    CU_ASSERT_EQUAL(desk.position.intention, 0);
    CU_ASSERT_EQUAL(desk.position.waiting, TRADE_REST);
    CU_ASSERT_FALSE(trade_waits(&desk.position, 2));
    CU_ASSERT_TRUE(trade_waits(&desk.position, 3));
    CU_ASSERT_EQUAL(desk.ledger.orders, 2);
    double price;
    const struct trade_candle low = {5, 5, 5};
    CU_ASSERT_EQUAL(trade_stop_hit(&desk.terms, &desk.position, &low, 3, &price),
                    GW_BY_ORDER);
    trade_intend(&desk.position, 0, NAN); /* flat is what is intended */
    CU_ASSERT_EQUAL(desk.position.waiting, TRADE_REST);
    const struct trade_spot next = spot_of(3, 8);
    CU_ASSERT_EQUAL(trade_wanted(&desk.terms, &desk.position, &next, 1000), 0);
    CU_ASSERT_TRUE(trade_reduce(&desk.terms, &desk.account, &desk.position, &next, 0));
    trade_finish(&desk.rules, &desk.account, &desk.position);
    CU_ASSERT_EQUAL(desk.position.shares, 0);
    CU_ASSERT_EQUAL(desk.ledger.orders, 3);
    CU_ASSERT_EQUAL(desk.ledger.dropped, 0);
    free(desk.fills.fill);
}

static void a_target_stays_flat_behind_a_stop(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.has_target = true;
    desk_terms(&desk);
    const struct gw_rules *rules = &desk.rules;
    struct position *position = &desk.position;
    trade_want(rules, position, 1);
    trade(&desk, 1, 10, 10);
    trade_finish(rules, &desk.account, position);
    const struct trade_spot spot = spot_of(2, 9);
    trade_stop(&desk.terms, &desk.account, position, &spot, GW_BY_LOSS);
    trade_want(rules, position, 0.5);
    CU_ASSERT_EQUAL(position->waiting, TRADE_NOTHING);
    CU_ASSERT_EQUAL(position->weight, 0.5);
    trade_want(rules, position, NAN);
    CU_ASSERT_EQUAL(position->barred, 1);
    trade_want(rules, position, 0); /* held already: no order */
    CU_ASSERT_EQUAL(position->waiting, TRADE_NOTHING);
    trade_want(rules, position, 0.5);
    CU_ASSERT_EQUAL(position->waiting, TRADE_ORDER);
    trade(&desk, 3, 10, 5);
    trade_finish(rules, &desk.account, position);
    trade_stop(&desk.terms, &desk.account, position, &spot, GW_BY_LOSS);
    trade_want(rules, position, -0.5); /* the other side */
    CU_ASSERT_EQUAL(position->waiting, TRADE_ORDER);
    free(desk.fills.fill);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"stops_of_a_long_position", stops_of_a_long_position},
        {"stops_of_a_short_position", stops_of_a_short_position},
        {"a_trail_follows_the_highs_before", a_trail_follows_the_highs_before},
        {"a_stop_by_time_is_at_an_open", a_stop_by_time_is_at_an_open},
        {"what_volume_leaves_of_a_stop_waits", what_volume_leaves_of_a_stop_waits},
        {"a_target_stays_flat_behind_a_stop", a_target_stays_flat_behind_a_stop},
    };
    return CHECK_RUN("stops", tests);
}
