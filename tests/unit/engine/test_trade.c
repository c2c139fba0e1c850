/* Sizes, fills and costs of a position, by hand: how, stands in the comments. */
#include "desk.h"

static void sizes_are_those_of_the_table(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.size = 0.5;
    desk.position.intention = -1;
    static const struct {
        enum gw_size size;
        double number, shares; /* at a price of 20, an equity of 800 and F = 4 */
    } cases[] = {
        {GW_SIZE_EQUITY, 0.5, -20},    /* 0.5 * 800 / 20 */
        {GW_SIZE_VALUE, 300, -15},     /* 300 / 20 */
        {GW_SIZE_SHARES, 10, -2.5},    /* 10 raw shares / 4 */
        {GW_SIZE_VOLATILITY, 0.2, -25} /* w = 0.2 / (0.02 * 16) = 0.625; * 800 / 20 */
    };
    struct trade_spot spot = spot_of(1, 20);
    spot.factor = 4;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        desk.rules.size = cases[i].size;
        desk.rules.terms.size = cases[i].number;
        CU_ASSERT_TRUE(desk_terms(&desk));
        desk.position.waiting = TRADE_ORDER;
        desk.position.deviation = 0.02;
        CHECK_CLOSE(trade_wanted(&desk.terms, &desk.position, &spot, 800),
                    cases[i].shares, 1e-14);
    }
    desk.position.deviation = 0; /* an infinite weight, and none at all */
    CU_ASSERT_EQUAL(trade_wanted(&desk.terms, &desk.position, &spot, 800), 0);
    desk.position.deviation = NAN;
    CU_ASSERT_EQUAL(trade_wanted(&desk.terms, &desk.position, &spot, 800), 0);
    desk.rules.size = GW_SIZE_ALL;
    CU_ASSERT_EQUAL(wanted_by(&desk, 20, 800), -INFINITY);
    desk.position.intention = 0;
    desk.position.shares = 3;
    CU_ASSERT_EQUAL(wanted_by(&desk, 20, 800), 0);
}

static void small_wishes_are_none(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.has_target = true;
    desk_terms(&desk);
    desk.position.weight = 0.9e-9;
    CU_ASSERT_EQUAL(wanted_by(&desk, 10, 1000), 0);
    desk.position.weight = 1.1e-9;
    CHECK_CLOSE(wanted_by(&desk, 10, 1000), 1.1e-7, 1e-12);
    /* 50 shares wanted; what is held differs by 0.9e-6 and by 1.1e-6 of money */
    desk.position.weight = 0.5;
    desk.position.shares = 50 + 0.9e-7;
    CU_ASSERT_EQUAL(wanted_by(&desk, 10, 1000), desk.position.shares);
    desk.position.shares = 50 + 1.1e-7;
    CU_ASSERT_EQUAL(wanted_by(&desk, 10, 1000), 50);
}

static void all_is_what_cash_pays_with_every_cost(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.slippage_bps = 20;
    desk.rules.terms.spread_bps = 20;
    desk.rules.terms.commission_bps = 100;
    desk.rules.terms.commission_per_share = 0.5;
    desk.rules.terms.commission_fixed = 4;
    desk.rules.terms.commission_minimum = 10;
    desk_terms(&desk);
    struct trade_spot spot = spot_of(1, 100);
    spot.factor = 2;
    /* p = 100 * 1.003; (1000 - 10) / (100.3 * 1.01 + 0.5 * 2) */
    CHECK_CLOSE(trade_all(&desk.terms, &spot, 1, 1000), 990 / 102.303, 1e-14);
    /* p = 99.7 */
    CHECK_CLOSE(trade_all(&desk.terms, &spot, -1, 1000), 990 / 101.697, 1e-14);
    CU_ASSERT_EQUAL(trade_all(&desk.terms, &spot, 1, 9), 0);
    CU_ASSERT_EQUAL(trade_all(&desk.terms, &spot, 1, -5), 0);
}

static void growth_is_scaled_to_leverage_and_costs(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.slippage_bps = 100;
    desk.rules.terms.commission_bps = 50;
    desk.rules.terms.commission_per_share = 0.25;
    desk.rules.terms.leverage = 2;
    desk_terms(&desk);
    struct trade_spot spot = spot_of(1, 10);
    spot.factor = 4;
    /* p = 10.1: 10 + 2 * (0.1 + 0.005 * 10.1 + 0.25 * 4) = 12.301 */
    CHECK_CLOSE(trade_load(&desk.terms, &spot, 1), 12.301, 1e-14);
    /* p = 9.9: 10 + 2 * (0.1 + 0.0495 + 1) */
    CHECK_CLOSE(trade_load(&desk.terms, &spot, -1), 12.299, 1e-14);
    CU_ASSERT_EQUAL(trade_scale(&desk.account, 980, 1000), 0.98);
    CU_ASSERT_EQUAL(desk.ledger.clipped, 1);
    CU_ASSERT_EQUAL(trade_scale(&desk.account, 1000 - 0.9e-6, 1000), 1);
    CU_ASSERT_EQUAL(trade_scale(&desk.account, 995, 1000), 0.995);
    CU_ASSERT_EQUAL(desk.ledger.clipped, 1);
    CU_ASSERT_EQUAL(trade_scale(&desk.account, -1, 1000), 0);
    CU_ASSERT_EQUAL(desk.ledger.clipped, 2);
    CU_ASSERT_FALSE(desk.account.doubtful);
    trade_scale(&desk.account, 990, 1000);
    CU_ASSERT_TRUE(desk.account.doubtful);
}

static void a_fill_pays_spread_slippage_and_impact(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.account.cash = 10000;
    desk.rules.terms.slippage_bps = 20;
    desk.rules.terms.spread_bps = 20;
    desk.rules.terms.impact = 0.4;
    desk.rules.terms.volume_limit = 0.1;
    desk_terms(&desk);
    /* half = 0.003; impact of 50 of 1000: 0.4 * 0.0025 * 100 = 0.1 */
    CU_ASSERT_TRUE(trade(&desk, 1, 100, 50));
    CHECK_CLOSE(last_fill(&desk)->price, 100.4, 1e-14);
    CHECK_CLOSE(desk.account.cash, 10000 - 5020, 1e-14);
    CHECK_CLOSE(desk.ledger.slippage, 20, 1e-12);
    CHECK_CLOSE(desk.ledger.traded, 5020, 1e-14);
    const struct trade_spot spot = spot_of(2, 100);
    CU_ASSERT_TRUE(trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, 0));
    CHECK_CLOSE(last_fill(&desk)->price, 99.6, 1e-14);
    CU_ASSERT_EQUAL(desk.position.shares, 0);
    CU_ASSERT_EQUAL(desk.ledger.trades, 1);
    CHECK_CLOSE(desk.ledger.pains, 40, 1e-12); /* 50 * (100.4 - 99.6) */
    free(desk.fills.fill);
}

/* 10 shares at 10, on bars of volume 40 and a limit of 0.1: 4, 4 and 2. */
static void an_order_pays_its_commission_once(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.size = GW_SIZE_SHARES;
    desk.rules.terms.size = 10;
    desk.rules.terms.volume_limit = 0.1;
    desk.rules.terms.commission_fixed = 1;
    desk.rules.terms.commission_per_share = 0.5;
    desk.rules.terms.commission_bps = 100;
    desk.rules.terms.commission_minimum = 5;
    desk_terms(&desk);
    trade_intend(&desk.position, 1, NAN);
    /* of 4: 1 + 2 + 0.4 -> 5; of 8: 1 + 4 + 0.8 = 5.8; of 10: 1 + 5 + 1 = 7 */
    static const double paid[] = {5, 0.8, 1.2}, shares[] = {4, 4, 2};
    for (size_t i = 0; i < 3; i++) {
        struct trade_spot spot = spot_of(i + 1, 10);
        spot.volume = 40;
        double more =
            trade_wanted(&desk.terms, &desk.position, &spot, 1000) - desk.position.shares;
        bool whole = trade_grow(&desk.terms, &desk.account, &desk.position, &spot, more);
        CU_ASSERT_EQUAL(whole, i == 2);
        CU_ASSERT_EQUAL(last_fill(&desk)->shares, shares[i]);
        CHECK_CLOSE(last_fill(&desk)->commission, paid[i], 1e-14);
    }
    CU_ASSERT_EQUAL(desk.ledger.orders, 1);
    CHECK_CLOSE(desk.ledger.commission, 7, 1e-14);
    CHECK_CLOSE(desk.account.cash, 1000 - 100 - 7, 1e-14);
    /* The same bar has nothing left but 2 of its 4. */
    struct trade_spot spot = spot_of(3, 10);
    spot.volume = 40;
    trade_intend(&desk.position, -1, NAN);
    CU_ASSERT_FALSE(trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, -10));
    CU_ASSERT_EQUAL(desk.position.shares, 8);
    CU_ASSERT_EQUAL(desk.ledger.orders, 2);
    spot.bar = 4;
    spot.volume = 200; /* a close of 8 and an open of 10 are two orders */
    CU_ASSERT_TRUE(trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, -10));
    CU_ASSERT_TRUE(trade_grow(&desk.terms, &desk.account, &desk.position, &spot, -10));
    CU_ASSERT_EQUAL(desk.position.shares, -10);
    CU_ASSERT_EQUAL(desk.ledger.orders, 3);
    spot = spot_of(5, 10);
    spot.volume = NAN;
    CU_ASSERT_FALSE(trade_grow(&desk.terms, &desk.account, &desk.position, &spot, -1));
    CU_ASSERT_EQUAL(desk.ledger.orders, 3);
    free(desk.fills.fill);
}

static void whole_lots_cut_all_but_a_close(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.whole_lots = true;
    desk_terms(&desk);
    struct trade_spot spot = spot_of(1, 1);
    spot.factor = 2;
    /* 5.3 shares are 10.6 raw: 10, which are 5; 2.49999999995 are 4.9999999999 raw: 5 */
    CU_ASSERT_TRUE(trade_grow(&desk.terms, &desk.account, &desk.position, &spot, 5.3));
    CU_ASSERT_EQUAL(desk.position.shares, 5);
    trade_grow(&desk.terms, &desk.account, &desk.position, &spot, 2.49999999995);
    CU_ASSERT_EQUAL(desk.position.shares, 7.5);
    /* 7.5 to 4.2: 6.6 raw, so 6 */
    trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, 4.2);
    CU_ASSERT_EQUAL(desk.position.shares, 4.5);
    trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, 4.2);
    CU_ASSERT_EQUAL(desk.position.shares, 4.5);
    spot.factor = 1;                        /* 4.5 raw now */
    desk.rules.terms.volume_limit = 0.0039; /* 3.9: 3 */
    desk_terms(&desk);
    spot.bar = 2;
    CU_ASSERT_FALSE(trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, 0));
    CU_ASSERT_EQUAL(desk.position.shares, 1.5);
    spot.bar = 3;
    CU_ASSERT_TRUE(trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, 0));
    CU_ASSERT_EQUAL(desk.position.shares, 0);
    CU_ASSERT_EQUAL(desk.position.raw, 10.5); /* 6 before, 3, and 1.5 */
    free(desk.fills.fill);
}

static void the_average_entry_is_of_increases_alone(void)
{
    struct desk desk;
    desk_open(&desk);
    desk_terms(&desk);
    trade(&desk, 1, 10, 10);
    trade(&desk, 2, 20, 30);
    CU_ASSERT_EQUAL(desk.position.average, 17.5); /* (100 + 600) / 40 */
    const struct trade_spot spot = spot_of(3, 50);
    trade_reduce(&desk.terms, &desk.account, &desk.position, &spot, 8);
    CU_ASSERT_EQUAL(desk.position.average, 17.5);
    trade(&desk, 4, 24.5, 6);
    CU_ASSERT_EQUAL(desk.position.average, 20.5); /* (8 * 17.5 + 147) / 14 */
    CU_ASSERT_EQUAL(desk.position.entered, 847);
    CU_ASSERT_EQUAL(desk.position.entry_bar, 1);
    free(desk.fills.fill);
}

static void a_waiting_order_is_replaced_by_another_intention(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.has_target = true;
    desk.rules.rebalance = GW_EVERY_BAR;
    struct position *position = &desk.position;
    trade_want(&desk.rules, position, 0.5);
    position->begun = true; /* filled in part */
    trade_want(&desk.rules, position, 0.5);
    CU_ASSERT_TRUE(position->begun);
    trade_want(&desk.rules, position, 0.5 * (1 + 0.9e-12)); /* twice that is another */
    CU_ASSERT_TRUE(position->begun);
    trade_want(&desk.rules, position, 0.5 * (1 + 1.8e-12));
    CU_ASSERT_TRUE(position->begun);
    trade_want(&desk.rules, position, 0.6);
    CU_ASSERT_FALSE(position->begun);
    CU_ASSERT_EQUAL(position->waiting, TRADE_ORDER);
    trade_want(&desk.rules, position, 1e-13);
    CU_ASSERT_EQUAL(position->waiting, TRADE_NOTHING);
    trade_finish(&desk.rules, &desk.account, position);
    CU_ASSERT_EQUAL(desk.ledger.dropped, 0); /* a target's order that has no shares */
    desk.rules.has_target = false;
    trade_intend(position, 1, NAN);
    trade_finish(&desk.rules, &desk.account, position);
    CU_ASSERT_EQUAL(desk.ledger.dropped, 1); /* an entry by signals */
    CU_ASSERT_EQUAL(position->intention, 0);
    position->shares = 2;
    trade_intend(position, 1, NAN); /* held already */
    CU_ASSERT_EQUAL(position->waiting, TRADE_NOTHING);
}

static void rates_are_paid_on_what_is_there(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.cash_rate = 0.0256;
    desk.rules.terms.margin_rate = 0.0512;
    desk.rules.terms.borrow_rate = 0.128;
    desk_terms(&desk); /* a bar: 0.0001, 0.0002, 0.0005 */
    CU_ASSERT_TRUE(desk.terms.accrues);
    CHECK_CLOSE(trade_interest(&desk.terms, 1000, 0), 0.1, 1e-14);
    CHECK_CLOSE(trade_interest(&desk.terms, 1000, 400), 0.06, 1e-14);
    CU_ASSERT_EQUAL(trade_interest(&desk.terms, 1000, 4000), 0);
    CHECK_CLOSE(trade_interest(&desk.terms, -500, 0), -0.1, 1e-14);
    trade_borrow(&desk.terms, &desk.account, &desk.position, 20);
    CU_ASSERT_EQUAL(desk.account.cash, 1000);
    trade(&desk, 1, 20, -10);
    trade_borrow(&desk.terms, &desk.account, &desk.position, 40);
    /* 10 sold at 20; 0.0005 * 400 for them */
    CHECK_CLOSE(desk.account.cash, 1000 + 200 - 0.2, 1e-14);
    CHECK_CLOSE(desk.ledger.borrow, 0.2, 1e-14);
    CHECK_CLOSE(desk.position.flow, 199.8, 1e-14);
    trade_dividend(&desk.account, &desk.position, 0.3);
    CHECK_CLOSE(desk.account.cash, 1000 + 200 - 0.2 - 3, 1e-14);
    free(desk.fills.fill);
}

static void the_end_and_leaving_are_no_orders(void)
{
    struct desk desk;
    desk_open(&desk);
    desk.rules.terms.slippage_bps = 100;
    desk.rules.terms.commission_fixed = 2;
    desk.rules.terms.volume_limit = 0.01;
    desk.rules.terms.impact = 10;
    desk_terms(&desk);
    desk.rules.terms.volume_limit = 0;
    desk.position.shares = -20;
    trade_intend(&desk.position, 1, NAN);
    const struct trade_spot spot = spot_of(9, 10);
    trade_close(&desk.terms, &desk.account, &desk.position, &spot);
    CU_ASSERT_EQUAL(last_fill(&desk)->cause, GW_BY_END);
    CHECK_CLOSE(last_fill(&desk)->price, 10.1, 1e-14); /* no impact, no limit */
    CU_ASSERT_EQUAL(last_fill(&desk)->shares, 20);
    CU_ASSERT_EQUAL(last_fill(&desk)->commission, 2);
    CHECK_CLOSE(desk.ledger.slippage, 2, 1e-12);
    CU_ASSERT_EQUAL(desk.position.waiting, TRADE_ORDER);
    desk.position.shares = 5;
    trade_leave(&desk.account, &desk.position, &spot);
    CU_ASSERT_EQUAL(last_fill(&desk)->cause, GW_BY_DELISTING);
    CU_ASSERT_EQUAL(last_fill(&desk)->price, 10);
    CU_ASSERT_EQUAL(last_fill(&desk)->commission, 0);
    CU_ASSERT_EQUAL(desk.position.waiting, TRADE_NOTHING);
    CU_ASSERT_EQUAL(desk.ledger.orders, 0);
    CU_ASSERT_EQUAL(desk.ledger.trades, 2);
    free(desk.fills.fill);
}

static void terms_out_of_range_are_refused(void)
{
    struct desk desk;
    desk_open(&desk);
    CU_ASSERT_TRUE(desk_terms(&desk));
    CU_ASSERT_FALSE(desk.terms.stops || desk.terms.accrues);
    desk.rules.terms.leverage = 0;
    CU_ASSERT_FALSE(desk_terms(&desk));
}

int main(void)
{
    static const struct check_test tests[] = {
        {"sizes_are_those_of_the_table", sizes_are_those_of_the_table},
        {"small_wishes_are_none", small_wishes_are_none},
        {"all_is_what_cash_pays_with_every_cost", all_is_what_cash_pays_with_every_cost},
        {"growth_is_scaled_to_leverage_and_costs",
         growth_is_scaled_to_leverage_and_costs},
        {"a_fill_pays_spread_slippage_and_impact",
         a_fill_pays_spread_slippage_and_impact},
        {"an_order_pays_its_commission_once", an_order_pays_its_commission_once},
        {"whole_lots_cut_all_but_a_close", whole_lots_cut_all_but_a_close},
        {"the_average_entry_is_of_increases_alone",
         the_average_entry_is_of_increases_alone},
        {"a_waiting_order_is_replaced_by_another_intention",
         a_waiting_order_is_replaced_by_another_intention},
        {"rates_are_paid_on_what_is_there", rates_are_paid_on_what_is_there},
        {"the_end_and_leaving_are_no_orders", the_end_and_leaving_are_no_orders},
        {"terms_out_of_range_are_refused", terms_out_of_range_are_refused},
    };
    return CHECK_RUN("trade", tests);
}
