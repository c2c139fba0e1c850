/* How much the reference engine buys: sizes, leverage, lots, shared cash. */
#include "reference_checks.h"

/* Every close is 10 and the account 1000, entered at the first close. */
static void an_entry_is_sized_as_asked(void)
{
    static const struct {
        enum gw_size size;
        double number, shares;
    } table[] = {
        {GW_SIZE_ALL, 0, 100},    {GW_SIZE_EQUITY, .5, 50}, /* .5 * 1000 / 10 */
        {GW_SIZE_VALUE, 300, 30}, {GW_SIZE_SHARES, 7, 7},
        {GW_SIZE_EQUITY, 3, 100}, /* 300 shares are wanted, leverage 1 allows 100 */
    };
    for (size_t i = 0; i < 2 * COUNT(table); i++) {
        struct small_market m;
        const double close[] = {10, 10, 10};
        int side = i < COUNT(table) ? 1 : -1;
        small_open(&m, 3, 1, close);
        m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
        m.rules.size = table[i % COUNT(table)].size;
        m.rules.terms.size = table[i % COUNT(table)].number;
        small_signal(&m, side > 0 ? GW_ENTER_LONG : GW_ENTER_SHORT, "raw.close > 0");
        small_run(&m, 1, 1, 0, 2);
        const struct expected_fill fill = {0, 0, side * table[i % COUNT(table)].shares,
                                           10, GW_BY_ORDER};
        small_check_fills(&m, &fill, 1);
        CHECK_CLOSE(small_metric(&m, GW_METRIC_clipped), i % COUNT(table) == 4, 0);
        small_close(&m);
    }
}

/* Two for one at bar 1: F is 2 and the price in the basis still 10. 7 raw shares are 3.5,
 * a value of 300 is 30, and a cent a raw share is 7 cents. */
static void shares_are_counted_as_traded(void)
{
    struct small_market m;
    const double close[] = {10, 5, 5};
    small_open(&m, 3, 1, close);
    small_action(&m, 1, GW_SPLIT, .5);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.size = GW_SIZE_SHARES;
    m.rules.terms.size = 7;
    m.rules.terms.commission_per_share = .01;
    small_signal(&m, GW_ENTER_LONG, "raw.close < 6");
    small_run(&m, 1, 1, 0, 2);
    const struct expected_fill fill = {0, 1, 3.5, 10, GW_BY_ORDER};
    small_check_fills(&m, &fill, 1);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_commission), .07, 1e-12);
    small_close(&m);
}

/* Returns .1 and -.1 have sd sqrt(.02): a year's is sqrt(.02 * 252) = sqrt(5.04). At bars
 * 0 and 1 there is no sd yet: two entries are dropped. */
static void volatility_sizes_by_the_deviation_at_the_decision(void)
{
    struct small_market m;
    const double close[] = {10, 11, 9.9, 9.9};
    small_open(&m, 4, 1, close);
    m.rules.size = GW_SIZE_VOLATILITY;
    m.rules.terms.size = .2;
    m.rules.deviation =
        small_compile(&m, "stdev(close / lag(close, 1) - 1, 2, 1)", GW_NUMBER);
    m.panel->column[GW_OPEN][3] = 8;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 3);
    const struct expected_fill fill = {0, 3, .2 / sqrt(5.04) * 1000 / 8, 8, GW_BY_ORDER};
    small_check_fills(&m, &fill, 1);
    /* and the one decided at the last bar is no decision: the side is long already */
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 2, 0);
    small_close(&m);
}

/* Its look-back of two returns counts: with `before` a row is warm at bar 2. */
static void the_deviation_has_a_look_back(void)
{
    for (size_t begin = 1; begin <= 2; begin++) {
        struct small_market m;
        const double close[] = {10, 11, 9.9, 9.9};
        small_open(&m, 4, 1, close);
        m.rules.warmup = GW_WARM_BEFORE;
        m.rules.size = GW_SIZE_VOLATILITY;
        m.rules.terms.size = .2;
        m.rules.deviation =
            small_compile(&m, "stdev(close / lag(close, 1) - 1, 2, 1)", GW_NUMBER);
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        CU_ASSERT_EQUAL(small_run(&m, 1, 1, begin, 3)->status,
                        begin == 1 ? GW_ROW_INSUFFICIENT_HISTORY : GW_ROW_OK);
        small_close(&m);
    }
}

/* Weight 2 with leverage 1.5: p = 10.1, a share takes 10 + 1.5 (.1 + .101) = 10.3015 and
 * the reserve is 5: (1.5 (1000 - 5) - 0) / 10.3015 shares. */
static void leverage_counts_costs(void)
{
    struct small_market m;
    const double close[] = {10, 10};
    small_open(&m, 2, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.leverage = 1.5;
    m.rules.terms.slippage_bps = 100;
    m.rules.terms.commission_bps = 100;
    m.rules.terms.commission_minimum = 5;
    m.rules.terms.commission_fixed = 2;
    small_target(&m, "2");
    small_run(&m, 1, 1, 0, 1);
    double shares = 1492.5 / 10.3015;
    const struct expected_fill fill = {0, 0, shares, 10.1, GW_BY_ORDER};
    small_check_fills(&m, &fill, 1);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_clipped), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_commission), 2 + .101 * shares, 1e-12);
    small_close(&m);
}

/* 1000 / 7 = 142.86: 142 shares. At 14 the account has 6 + 142 * 14 = 1994, half of it is
 * 71.21 shares: of the 70.79 too many 70 go. */
static void whole_lots_are_truncated(void)
{
    struct small_market m;
    const double close[] = {7, 14, 14};
    small_open(&m, 3, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.whole_lots = true;
    small_target(&m, "where(raw.close < 10, 1, 0.5)");
    small_run(&m, 1, 1, 0, 2);
    const struct expected_fill fill[] = {{0, 0, 142, 7, GW_BY_ORDER},
                                         {0, 1, -70, 14, GW_BY_ORDER}};
    small_check_fills(&m, fill, 2);
    small_close(&m);
}

/* .7 * 1000 / 7 comes out below 100 by rounding, and is 100. One for two at bar 1 leaves
 * 50 raw shares, three for two at bar 2 gives 75; one for two again 37.5: the close sells
 * the half too. */
static void a_close_sells_the_fraction_too(void)
{
    struct small_market m;
    const double close[] = {7, 14, 28.0 / 3, 56.0 / 3, 60};
    small_open(&m, 5, 1, close);
    small_action(&m, 1, GW_SPLIT, 2);
    small_action(&m, 2, GW_SPLIT, 2.0 / 3);
    small_action(&m, 3, GW_SPLIT, 2);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.whole_lots = true;
    small_target(&m, "where(raw.close < 50, 0.7, 0)");
    small_run(&m, 1, 1, 0, 4);
    size_t fills;
    const struct gw_fill *fill = gw_reference_fills(m.reference, &fills);
    CU_ASSERT_EQUAL_FATAL(fills, 2);
    CHECK_CLOSE(fill[0].shares, 100, 0);
    CHECK_CLOSE(fill[1].shares, -100, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_trades), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_open_trades), 0, 0);
    small_close(&m);
}

/* Too little for one share: the entry is dropped and asked for again at each bar, the
 * last one's is left at the end. */
static void an_entry_without_shares_is_dropped(void)
{
    struct small_market m;
    const double close[] = {1500, 1500, 1500};
    small_open(&m, 3, 1, close);
    m.rules.whole_lots = true;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 2);
    small_check_fills(&m, NULL, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 3, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 0, 0);
    small_close(&m);

    small_open(&m, 3, 1, close); /* a target's is not counted: the last is left over */
    m.rules.whole_lots = true;
    m.rules.rebalance = GW_EVERY_BAR;
    small_target(&m, "1");
    small_run(&m, 1, 1, 0, 2);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 1, 0);
    small_close(&m);
}

/* Each wants 60 % of 1000: 60 shares at 10 and 30 at 20 need 1200, so g = 1000 / 1200.
 * Which asset comes first in the bundle makes no difference. */
static void shared_cash_is_divided(void)
{
    for (int swapped = 0; swapped <= 1; swapped++) {
        struct small_market m;
        const double close[] = {10, 10, 10, /**/ 20, 20, 20};
        const double other[] = {20, 20, 20, /**/ 10, 10, 10};
        small_open(&m, 3, 2, swapped ? other : close);
        m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
        m.rules.mode = GW_SHARED;
        small_target(&m, "0.6");
        small_run(&m, 1, 1, 0, 2);
        const struct expected_fill fill[] = {
            {0, 0, swapped ? 25 : 50, swapped ? 20 : 10, GW_BY_ORDER},
            {1, 0, swapped ? 50 : 25, swapped ? 10 : 20, GW_BY_ORDER}};
        small_check_fills(&m, fill, 2);
        CHECK_CLOSE(small_metric(&m, GW_METRIC_clipped), 1, 0);
        CU_ASSERT_TRUE(isnan(small_metric(&m, GW_METRIC_pooled_sharpe)));
        const double equity[] = {1000, 1000, 1000};
        small_check_equity(&m, equity, 3);
        small_close(&m);
    }
}

/* Each asks for all of the free cash, 100 and 50 shares: half of it each. */
static void all_is_divided_in_a_shared_account(void)
{
    struct small_market m;
    const double close[] = {10, 10, /**/ 20, 20};
    small_open(&m, 2, 2, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.mode = GW_SHARED;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 1);
    const struct expected_fill fill[] = {{0, 0, 50, 10, GW_BY_ORDER},
                                         {1, 0, 25, 20, GW_BY_ORDER}};
    small_check_fills(&m, fill, 2);
    small_close(&m);
}

/* Asset 1 is held with all cash, 50 shares at 20. At 10 all of it goes to asset 0, which
 * comes first in the bundle: 500 / 20 = 25 shares, as the sale comes first. */
static void reductions_come_before_increases(void)
{
    struct small_market m;
    const double close[] = {10, 20, 20, /**/ 20, 10, 10};
    small_open(&m, 3, 2, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.mode = GW_SHARED;
    small_target(&m, "where(raw.close > 15, 1, 0)");
    small_run(&m, 1, 1, 0, 2);
    const struct expected_fill fill[] = {{0, 1, 25, 20, GW_BY_ORDER},
                                         {1, 0, 50, 20, GW_BY_ORDER},
                                         {1, 1, -50, 10, GW_BY_ORDER}};
    small_check_fills(&m, fill, 3);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_clipped), 0, 0);
    small_close(&m);
}

/* Asset 0 at 10 wants half of the equity at the open of bar 2, where asset 1, held with
 * 25 shares since 20, has no price: it counts with its last known close, 40. The equity
 * is 500 + 25 * 40 = 1500: 75 shares are wanted, and cash of 500 above no leverage
 * gives 50. */
static void equity_counts_what_has_no_price_at_its_last_close(void)
{
    struct small_market m;
    const double close[] = {9, 10, 10, 10, /**/ 20, 40, 40, 40};
    small_open(&m, 4, 2, close);
    m.panel->column[GW_OPEN][4 + 2] = NAN;
    m.panel->column[GW_OPEN][4 + 1] = 20;
    m.rules.mode = GW_SHARED;
    small_target(&m, "where(raw.close == 9, 0, 0.5)");
    small_run(&m, 1, 1, 0, 3);
    const struct expected_fill fill[] = {{0, 2, 50, 10, GW_BY_ORDER},
                                         {1, 1, 25, 20, GW_BY_ORDER}};
    small_check_fills(&m, fill, 2);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_clipped), 1, 0);
    small_close(&m);
}

/* A term over parameters that is out of its range fails its row alone. */
static void a_term_out_of_range_fails_the_row(void)
{
    struct small_market m;
    const double close[] = {10, 10};
    small_open(&m, 2, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.term[GW_TERM_leverage] = small_compile(&m, "slow - fast", GW_NUMBER);
    small_target(&m, "3");
    CU_ASSERT_EQUAL(small_run(&m, 1, 1, 0, 1)->status, GW_ROW_FAILED);
    CU_ASSERT_EQUAL(small_run(&m, 1, 3, 0, 1)->status, GW_ROW_OK);
    const struct expected_fill fill = {0, 0, 200, 10, GW_BY_ORDER};
    small_check_fills(&m, &fill, 1);
    small_close(&m);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"an_entry_is_sized_as_asked", an_entry_is_sized_as_asked},
        {"shares_are_counted_as_traded", shares_are_counted_as_traded},
        {"volatility_sizes_by_the_deviation_at_the_decision",
         volatility_sizes_by_the_deviation_at_the_decision},
        {"the_deviation_has_a_look_back", the_deviation_has_a_look_back},
        {"leverage_counts_costs", leverage_counts_costs},
        {"whole_lots_are_truncated", whole_lots_are_truncated},
        {"a_close_sells_the_fraction_too", a_close_sells_the_fraction_too},
        {"an_entry_without_shares_is_dropped", an_entry_without_shares_is_dropped},
        {"shared_cash_is_divided", shared_cash_is_divided},
        {"all_is_divided_in_a_shared_account", all_is_divided_in_a_shared_account},
        {"reductions_come_before_increases", reductions_come_before_increases},
        {"equity_counts_what_has_no_price_at_its_last_close",
         equity_counts_what_has_no_price_at_its_last_close},
        {"a_term_out_of_range_fails_the_row", a_term_out_of_range_fails_the_row},
    };
    return CHECK_RUN("reference_sizes", tests);
}
