/* What trading and holding cost in the reference engine: commissions, volume, rates. */
#include "reference_checks.h"

/* Ten shares of 10, bought at every close that the volume allows. */
static void open_ten(struct small_market *m, size_t T, const double *close)
{
    small_open(m, T, 1, close);
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m->rules.size = GW_SIZE_SHARES;
    m->rules.terms.size = 10;
}

static void each_kind_of_commission_is_paid(void)
{
    static const struct {
        double fixed, per_share, bps, minimum, paid;
    } table[] = {
        {3, 0, 0, 0, 3},       {0, .25, 0, 0, 2.5}, {0, 0, 100, 0, 1},
        {3, .25, 100, 0, 6.5}, {3, .25, 100, 8, 8},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct small_market m;
        const double close[] = {10, 10};
        open_ten(&m, 2, close);
        m.rules.terms.commission_fixed = table[i].fixed;
        m.rules.terms.commission_per_share = table[i].per_share;
        m.rules.terms.commission_bps = table[i].bps;
        m.rules.terms.commission_minimum = table[i].minimum;
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        small_run(&m, 1, 1, 0, 1);
        CHECK_CLOSE(small_metric(&m, GW_METRIC_commission), table[i].paid, 1e-12);
        const double equity[] = {1000 - table[i].paid, 1000 - table[i].paid};
        small_check_equity(&m, equity, 2);
        small_close(&m);
    }
}

/* All cash less the reserve of 20: 980 / (10 (1 + .01) + .4) = 980 / 10.5 shares. */
static void all_cash_leaves_a_reserve(void)
{
    struct small_market m;
    const double close[] = {10, 10};
    open_ten(&m, 2, close);
    m.rules.size = GW_SIZE_ALL;
    m.rules.terms.commission_fixed = 20;
    m.rules.terms.commission_per_share = .4;
    m.rules.terms.commission_bps = 100;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 1);
    const struct expected_fill fill = {0, 0, 980 / 10.5, 10, GW_BY_ORDER};
    small_check_fills(&m, &fill, 1);
    small_close(&m);
}

/* 4 of 100 a bar: 4, 4 and 2, nothing at bar 1, where no volume is known. The whole costs
 * max(5, shares): 5, then 8, then 10. One order. */
static void a_volume_limit_carries_over(void)
{
    struct small_market m;
    const double close[] = {10, 10, 10, 10, 10};
    open_ten(&m, 5, close);
    for (size_t t = 0; t < 5; t++) {
        m.panel->column[GW_VOLUME][t] = t == 1 ? NAN : 100;
    }
    m.rules.terms.volume_limit = .04;
    m.rules.terms.commission_minimum = 5;
    m.rules.terms.commission_per_share = 1;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 4);
    const struct expected_fill expected[] = {{0, 0, 4, 10, GW_BY_ORDER},
                                             {0, 2, 4, 10, GW_BY_ORDER},
                                             {0, 3, 2, 10, GW_BY_ORDER}};
    const double paid[] = {5, 3, 2};
    small_check_fills(&m, expected, 3);
    size_t count;
    const struct gw_fill *fill = gw_reference_fills(m.reference, &count);
    for (size_t i = 0; i < 3 && i < count; i++) {
        CHECK_CLOSE(fill[i].commission, paid[i], 1e-12);
    }
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 0, 0);
    const struct gw_order *order = gw_reference_orders(m.reference, &count);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_EQUAL(order->decided, 0);
    CU_ASSERT_EQUAL(order->ended, 3);
    CU_ASSERT_EQUAL(order->end, GW_ORDER_FILLED);
    CHECK_CLOSE(order->filled, 10, 1e-12);
    small_close(&m);
}

/* What is still waiting when the window ends is dropped, though it filled in part. */
static void the_rest_at_the_end_is_dropped(void)
{
    struct small_market m;
    const double close[] = {10, 10};
    open_ten(&m, 2, close);
    m.rules.terms.volume_limit = .004;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 1);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 1, 0);
    small_close(&m);
}

/* 4 of 100 at 10 + 2 (4 / 100)^2 10 = 10.032, and the sale of 4 at 10 - .032; 2 of 100 at
 * 10 -+ 2 (2 / 100)^2 10 = 10 -+ .008. Half the spread is another .01. */
static void impact_grows_with_the_share_of_the_volume(void)
{
    struct small_market m;
    const double close[] = {10, 10, 10, 10, 10};
    open_ten(&m, 5, close);
    for (size_t t = 0; t < 5; t++) {
        m.panel->column[GW_VOLUME][t] = t == 4 ? 1e6 : 100;
        m.panel->column[GW_OPEN][t] = (double)t;
    }
    m.rules.terms.volume_limit = .04;
    m.rules.terms.impact = 2;
    m.rules.terms.spread_bps = 20;
    m.rules.terms.size = 6;
    small_signal(&m, GW_ENTER_LONG, "open < 0.5 or open == 1");
    small_signal(&m, GW_EXIT_LONG, "open == 2");
    small_run(&m, 1, 1, 0, 4);
    const struct expected_fill fill[] = {{0, 1, 4, 10.042, GW_BY_ORDER},
                                         {0, 2, -4, 9.958, GW_BY_ORDER}};
    small_check_fills(&m, fill, 2);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_slippage), 8 * .042, 1e-12);
    small_close(&m);
}

/* Of 6 shares a bar lets 4 go: the close takes bars 2 and 3, the open what is left of bar
 * 3, and the rest at bar 4. Three orders: an entry, the close and the open. */
static void a_reversal_waits_for_its_close(void)
{
    struct small_market m;
    const double close[] = {10, 10, 20, 20, 20, 20};
    open_ten(&m, 6, close);
    m.rules.terms.size = 6;
    m.rules.terms.commission_fixed = 1;
    m.rules.terms.volume_limit = .004;
    small_signal(&m, GW_ENTER_LONG, "raw.close == 10");
    small_signal(&m, GW_ENTER_SHORT, "raw.close == 20");
    small_run(&m, 1, 1, 0, 5);
    const struct expected_fill fill[] = {
        {0, 0, 4, 10, GW_BY_ORDER},  {0, 1, 2, 10, GW_BY_ORDER},
        {0, 2, -4, 20, GW_BY_ORDER}, {0, 3, -2, 20, GW_BY_ORDER},
        {0, 3, -2, 20, GW_BY_ORDER}, {0, 4, -4, 20, GW_BY_ORDER}};
    small_check_fills(&m, fill, 6);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 3, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_commission), 3, 1e-12);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_trades), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_open_trades), 1, 0);
    size_t count;
    const struct gw_order *order = gw_reference_orders(m.reference, &count);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CHECK_CLOSE(order[1].filled, -12, 1e-12);
    small_close(&m);
}

/* The close has sold 4 of 6 when the side held is wanted again: the other 2 stay. */
static void the_side_held_cancels_a_close(void)
{
    struct small_market m;
    const double close[] = {10, 10, 30, 10, 10};
    open_ten(&m, 5, close);
    m.rules.terms.size = 6;
    m.rules.terms.volume_limit = .004;
    small_signal(&m, GW_ENTER_LONG, "raw.close == 10");
    small_signal(&m, GW_EXIT_LONG, "raw.close == 30");
    small_run(&m, 1, 1, 0, 4);
    const struct expected_fill fill[] = {{0, 0, 4, 10, GW_BY_ORDER},
                                         {0, 1, 2, 10, GW_BY_ORDER},
                                         {0, 2, -4, 30, GW_BY_ORDER}};
    small_check_fills(&m, fill, 3);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_open_trades), 1, 0);
    size_t count;
    const struct gw_order *order = gw_reference_orders(m.reference, &count);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_EQUAL(order[1].end, GW_ORDER_REPLACED);
    CU_ASSERT_EQUAL(order[1].ended, 3);
    small_close(&m);
}

/* Whole lots: a cap of 4.9 is 4; and 3.2 of the close's 4.5 raw shares is 3. */
static void the_cap_is_truncated_to_lots(void)
{
    struct small_market m;
    const double close[] = {10, 10, 20, 20};
    open_ten(&m, 4, close);
    small_action(&m, 2, GW_SPLIT, 2); /* 9 shares are 4.5, worth 20 each: F is 1/2 */
    m.rules.whole_lots = true;
    m.rules.terms.size = 9;
    m.rules.terms.volume_limit = .1;
    m.panel->column[GW_VOLUME][0] = 49;
    m.panel->column[GW_VOLUME][2] = 32;
    small_signal(&m, GW_ENTER_LONG, "raw.close == 10");
    small_signal(&m, GW_EXIT_LONG, "raw.close == 20");
    small_run(&m, 1, 1, 0, 3);
    const struct expected_fill fill[] = {{0, 0, 4, 10, GW_BY_ORDER},
                                         {0, 1, 5, 10, GW_BY_ORDER},
                                         {0, 2, -6, 10, GW_BY_ORDER},
                                         {0, 3, -3, 10, GW_BY_ORDER}};
    small_check_fills(&m, fill, 4);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_open_trades), 0, 0);
    small_close(&m);
}

/* 4 of the 8 shares that .08 wants are there when the price triples. E = 1000 + 4 * 20,
 * of which .08 are 2.88 shares at 30: the rest of the order sells 1.12. Another side is
 * another order. */
static void a_rest_that_is_too_much_reduces(void)
{
    struct small_market m;
    const double close[] = {10, 30, 30};
    open_ten(&m, 3, close);
    m.rules.terms.volume_limit = .004;
    small_target(&m, "0.08");
    small_run(&m, 1, 1, 0, 2);
    const struct expected_fill fill[] = {{0, 0, 4, 10, GW_BY_ORDER},
                                         {0, 1, .08 * 1080 / 30 - 4, 30, GW_BY_ORDER}};
    small_check_fills(&m, fill, 2);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 2, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 0, 0);
    small_close(&m);
}

/* Rates of .252 at 252 bars a year are .001 a bar. Idle cash: 1000, each bar more. */
static void idle_cash_earns_interest(void)
{
    struct small_market m;
    const double close[] = {NAN, 10, 10};
    small_open(&m, 3, 1, close);
    m.rules.terms.cash_rate = .252;
    small_target(&m, "0");
    small_run(&m, 1, 1, 0, 2);
    const double equity[] = {1001, 1002.001, 1003.003001};
    small_check_equity(&m, equity, 3);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_costs), 0, 0);
    size_t count;
    const struct gw_cash *cash = gw_reference_cash(m.reference, &count);
    CU_ASSERT_EQUAL_FATAL(count, 3);
    CU_ASSERT_EQUAL(cash[1].kind, GW_CASH_INTEREST);
    CU_ASSERT_EQUAL(cash[1].asset, SIZE_MAX);
    CHECK_CLOSE(cash[1].amount, 1.001, 1e-12);
    small_close(&m);
}

/* Twice the equity: 200 shares, cash -1000, of which .002 is paid a bar: 2, then 2.004.
 */
static void margin_is_paid_on_debt(void)
{
    struct small_market m;
    const double close[] = {10, 11};
    small_open(&m, 2, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.leverage = 2;
    m.rules.terms.cash_rate = .252;
    m.rules.terms.margin_rate = .504;
    small_target(&m, "2");
    small_run(&m, 1, 1, 0, 1);
    const double equity[] = {998, 2200 - 1002 - 2.004};
    small_check_equity(&m, equity, 2);
    small_close(&m);
}

/* 100 shares sold at 10: cash 2000. At 10 interest is on 1000 and 1000 are borrowed: +1
 * and -2. At 11, cash 1999: interest on 1999 - 1100 = 899, borrow on 1100; the cover at
 * 11 pays no more. The trade: 1000 - 1100 - 2 - 2.2. */
static void a_short_borrows(void)
{
    struct small_market m;
    const double close[] = {10, 11, 11};
    small_open(&m, 3, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.cash_rate = .252;
    m.rules.terms.borrow_rate = .504;
    m.panel->column[GW_OPEN][1] = 10;
    small_target(&m, "where(open < 10.5, -1, 0)");
    m.panel->column[GW_VOLUME][0] = 0; /* does not matter without a limit */
    small_run(&m, 1, 1, 0, 2);
    size_t count;
    gw_reference_fills(m.reference, &count);
    CU_ASSERT_EQUAL(count, 2);
    double first = 1999, second = first + .899 - 2.2, last = second - 1100;
    const double equity[] = {first - 1000, second - 1100, last + last / 1000};
    small_check_equity(&m, equity, 3);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_borrow), 4.2, 1e-12);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_worst_trade), -104.2 / 1000, 1e-12);
    small_close(&m);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"each_kind_of_commission_is_paid", each_kind_of_commission_is_paid},
        {"all_cash_leaves_a_reserve", all_cash_leaves_a_reserve},
        {"a_volume_limit_carries_over", a_volume_limit_carries_over},
        {"the_rest_at_the_end_is_dropped", the_rest_at_the_end_is_dropped},
        {"impact_grows_with_the_share_of_the_volume",
         impact_grows_with_the_share_of_the_volume},
        {"a_reversal_waits_for_its_close", a_reversal_waits_for_its_close},
        {"the_side_held_cancels_a_close", the_side_held_cancels_a_close},
        {"the_cap_is_truncated_to_lots", the_cap_is_truncated_to_lots},
        {"a_rest_that_is_too_much_reduces", a_rest_that_is_too_much_reduces},
        {"idle_cash_earns_interest", idle_cash_earns_interest},
        {"margin_is_paid_on_debt", margin_is_paid_on_debt},
        {"a_short_borrows", a_short_borrows},
    };
    return CHECK_RUN("reference_costs", tests);
}
