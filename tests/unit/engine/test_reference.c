/* The reference engine on markets small enough to work out by hand. */
#include "small_market.h"

#include "gridwalk/base/random.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static double metric(const struct small_market *m, enum gw_metric which)
{
    return m->row.metric[which];
}

/* Decided at close 0 (10 > 9), filled at open 1 = 11: 1000/11 shares, marked at 12 and 6.
 */
static void buys_at_the_next_open(void)
{
    struct small_market m;
    const double close[] = {10, 12, 6};
    small_open(&m, 3, 1, close);
    m.panel->column[GW_OPEN][1] = 11;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 9");
    small_run(&m, 1, 1, 0, 2);
    const double expected[] = {1000, 1000.0 / 11 * 12, 1000.0 / 11 * 6};
    small_check_equity(&m, expected, 3);
    CHECK_CLOSE(metric(&m, GW_METRIC_trades), 0, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_open_trades), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_orders), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_exposure), 2.0 / 3, 1e-15);
    CHECK_CLOSE(metric(&m, GW_METRIC_total_return), 6.0 / 11 - 1, 1e-15);
    CHECK_CLOSE(metric(&m, GW_METRIC_max_drawdown), -0.5, 1e-15);
    CHECK_CLOSE(metric(&m, GW_METRIC_max_drawdown_bars), 1, 0);
    small_close(&m);
}

/* 100 bps commission, 100 bps slippage, 200 bps spread: p = 10 * 1.02 to buy, 0.98 to
 * sell. */
static void pays_commission_slippage_and_half_the_spread(void)
{
    struct small_market m;
    const double close[] = {10, 10, 20, 20};
    small_open(&m, 4, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 1};
    m.rules.terms.commission_bps = 100;
    m.rules.terms.slippage_bps = 100;
    m.rules.terms.spread_bps = 200;
    small_signal(&m, GW_ENTER_LONG, "raw.close < 15");
    small_signal(&m, GW_EXIT_LONG, "raw.close > 15");
    small_run(&m, 1, 1, 0, 3);
    double shares = 1000 / (10.2 * 1.01);
    double sale = shares * 19.6, end = sale * 0.99;
    const double expected[] = {1000, shares * 10, shares * 20, end};
    small_check_equity(&m, expected, 4);
    CHECK_CLOSE(metric(&m, GW_METRIC_commission), shares * 10.2 * 0.01 + sale * 0.01,
                1e-12);
    CHECK_CLOSE(metric(&m, GW_METRIC_slippage), shares * 0.2 + shares * 0.4, 1e-12);
    CHECK_CLOSE(metric(&m, GW_METRIC_costs),
                metric(&m, GW_METRIC_commission) + metric(&m, GW_METRIC_slippage), 1e-15);
    CHECK_CLOSE(metric(&m, GW_METRIC_trades), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_expectancy), (end - 1000) / (shares * 10.2), 1e-12);
    CHECK_CLOSE(metric(&m, GW_METRIC_avg_bars), 2, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_win_rate), 1, 0);
    CU_ASSERT_TRUE(isinf(metric(&m, GW_METRIC_profit_factor)));
    small_close(&m);
}

/* Long at 10, reversed at 20 (one close, one open), short marked at 25. */
static void reverses_with_two_orders(void)
{
    struct small_market m;
    const double close[] = {10, 20, 25};
    small_open(&m, 3, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_signal(&m, GW_ENTER_LONG, "raw.close == 10");
    small_signal(&m, GW_ENTER_SHORT, "raw.close == 20");
    small_run(&m, 1, 1, 0, 2);
    const double expected[] = {1000, 2000, 2000 - 100 * 5};
    small_check_equity(&m, expected, 3);
    CHECK_CLOSE(metric(&m, GW_METRIC_orders), 3, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_trades), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_open_trades), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_best_trade), 1, 1e-15);
    small_close(&m);
}

/* An exit that comes with the entry keeps it out; opposite entries cancel each other. */
static void conflicting_signals_do_nothing(void)
{
    static const char *const conflict[][2] = {{"enter_long", "exit_long"},
                                              {"enter_long", "enter_short"}};
    for (size_t i = 0; i < COUNT(conflict); i++) {
        struct small_market m;
        const double close[] = {10, 11, 12};
        small_open(&m, 3, 1, close);
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        small_signal(&m, i == 0 ? GW_EXIT_LONG : GW_ENTER_SHORT, "raw.close > 0");
        small_run(&m, 1, 1, 0, 2);
        CHECK_CLOSE(metric(&m, GW_METRIC_orders), 0, 0);
        CHECK_CLOSE(metric(&m, GW_METRIC_total_return), 0, 0);
        CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_sharpe)));
        CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_win_rate)));
        CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_profit_factor)));
        small_close(&m);
    }
}

/* No open on bar 1, no bar at all on 2: the order of bar 0 fills at the open of bar 3. */
static void an_order_waits_for_a_price(void)
{
    struct small_market m;
    const double close[] = {10, 10, NAN, 16};
    small_open(&m, 4, 1, close);
    m.panel->column[GW_OPEN][1] = NAN;
    m.panel->column[GW_OPEN][3] = 8;
    small_signal(&m, GW_ENTER_LONG, "raw.close == 10");
    small_run(&m, 1, 1, 0, 3);
    const double expected[] = {1000, 1000, 1000, 2000};
    small_check_equity(&m, expected, 4);
    small_close(&m);
}

/* Decided on the last bar: dropped and counted; so is one that waits. */
static void drops_orders_at_the_end(void)
{
    struct small_market m;
    const double close[] = {10, 10, 20};
    small_open(&m, 3, 1, close);
    small_signal(&m, GW_ENTER_LONG, "raw.close > 15");
    small_run(&m, 1, 1, 0, 2);
    CHECK_CLOSE(metric(&m, GW_METRIC_dropped), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_orders), 0, 0);
    small_close(&m);
}

/* Weight -1 every bar at the close: each return is minus that of the price. */
static void a_target_every_bar_is_rebalanced(void)
{
    struct small_market m;
    const double close[] = {10, 10, 11, 12.1, 6.05};
    small_open(&m, 5, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.rebalance = GW_EVERY_BAR;
    small_target(&m, "-1");
    small_run(&m, 1, 1, 0, 4);
    const double expected[] = {1000, 1000, 900, 810, 1215};
    small_check_equity(&m, expected, 5);
    CHECK_CLOSE(metric(&m, GW_METRIC_clipped), 0, 0);
    small_close(&m);
}

/* Weight -1 on change: 100 shares short from 10 on, never touched again. */
static void a_target_on_change_is_left_alone(void)
{
    struct small_market m;
    const double close[] = {10, 10, 11, 12.1, 6.05};
    small_open(&m, 5, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_target(&m, "-1");
    small_run(&m, 1, 1, 0, 4);
    const double expected[] = {1000, 1000, 900, 790, 1395};
    small_check_equity(&m, expected, 5);
    CHECK_CLOSE(metric(&m, GW_METRIC_orders), 1, 0);
    small_close(&m);
}

/* Weight 3 is cut to leverage 1; half of it fits whole. */
static void increases_are_capped_at_the_equity(void)
{
    struct small_market m;
    const double close[] = {10, 20, 20};
    small_open(&m, 3, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_target(&m, "where(raw.close < 15, 3, 0.5)");
    small_run(&m, 1, 1, 0, 2);
    const double expected[] = {1000, 2000, 2000};
    small_check_equity(&m, expected, 3);
    CHECK_CLOSE(metric(&m, GW_METRIC_clipped), 1, 0);
    size_t fills;
    const struct gw_fill *fill = gw_reference_fills(m.reference, &fills);
    CU_ASSERT_EQUAL_FATAL(fills, 2);
    CHECK_CLOSE(fill[0].shares, 100, 1e-12);
    CHECK_CLOSE(fill[1].shares, -50, 1e-12);
    small_close(&m);
}

/* With 100 bps the order and its commission together take the equity: shares = 1000/10.1.
 */
static void a_full_weight_leaves_room_for_costs(void)
{
    struct small_market m;
    const double close[] = {10, 10};
    small_open(&m, 2, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.commission_bps = 100;
    small_target(&m, "1");
    small_run(&m, 1, 1, 0, 1);
    size_t fills;
    const struct gw_fill *fill = gw_reference_fills(m.reference, &fills);
    CU_ASSERT_EQUAL_FATAL(fills, 1);
    CHECK_CLOSE(fill[0].shares, 1000 / 10.1, 1e-12);
    small_close(&m);
}

/* From half to all: 49.5 shares more are wanted, and the 495 of free cash buy 495/10.1.
 */
static void an_increase_takes_the_free_cash_alone(void)
{
    struct small_market m;
    const double close[] = {10, 10};
    small_open(&m, 2, 1, close);
    m.panel->column[GW_VOLUME][1] = 2000;
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.commission_bps = 100;
    small_target(&m, "where(volume > 1500, 1, 0.5)");
    small_run(&m, 1, 1, 0, 1);
    size_t fills;
    const struct gw_fill *fill = gw_reference_fills(m.reference, &fills);
    CU_ASSERT_EQUAL_FATAL(fills, 2);
    CHECK_CLOSE(fill[0].shares, 50, 1e-12);
    CHECK_CLOSE(fill[1].shares, 495 / 10.1, 1e-12);
    small_close(&m);
}

/* An undefined target leaves the position as it is. */
static void an_undefined_target_moves_nothing(void)
{
    struct small_market m;
    const double close[] = {10, 20, 20};
    small_open(&m, 3, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.rebalance = GW_EVERY_BAR;
    small_target(&m, "where(raw.close < 15, 1, 1 / (raw.close - 20))");
    small_run(&m, 1, 1, 0, 2);
    const double expected[] = {1000, 2000, 2000};
    small_check_equity(&m, expected, 3);
    CHECK_CLOSE(metric(&m, GW_METRIC_orders), 1, 0);
    small_close(&m);
}

/* Asset 1 is gone after bar 1 at 8 * (1 - 0.5); asset 0 stays. Two accounts of 1000. */
static void a_delisted_asset_is_closed_with_its_return(void)
{
    struct small_market m;
    const double close[] = {10, 10, 10, 10, /**/ 4, 8, NAN, NAN};
    small_open(&m, 4, 2, close);
    m.panel->asset[1].delisting_return = -0.5;
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 3);
    const double expected[] = {2000, 2000, 2000, 2000};
    small_check_equity(&m, expected, 4);
    CHECK_CLOSE(metric(&m, GW_METRIC_trades), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_orders), 2, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_avg_bars), 1, 0);
    small_close(&m);
}

/* Orders due at the close of the last bar are cancelled, those due at its open fill. */
static void orders_of_the_last_bar(void)
{
    for (int price = GW_PRICE_OPEN; price <= GW_PRICE_CLOSE; price++) {
        struct small_market m;
        const double close[] = {10, 20, NAN};
        small_open(&m, 3, 1, close);
        m.rules.execution = (struct gw_execution){(enum gw_price)price, 1};
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        small_run(&m, 1, 1, 0, 2);
        CHECK_CLOSE(metric(&m, GW_METRIC_orders), price == GW_PRICE_OPEN, 0);
        CHECK_CLOSE(metric(&m, GW_METRIC_dropped), 0, 0);
        small_close(&m);
    }
}

/* 2-for-1 split and a dividend of 1: as cash in basis split, in the prices in adjusted.
 */
static void dividends_are_cash_or_in_the_prices(void)
{
    for (int basis = GW_ADJUSTED; basis <= GW_SPLIT_BASIS; basis++) {
        struct small_market m;
        const double close[] = {10, 5, 5, 4, 4};
        small_open(&m, 5, 1, close);
        m.panel->action[0] = (struct gw_action){0, 1, GW_SPLIT, 0.5};
        m.panel->action[1] = (struct gw_action){0, 3, GW_DIVIDEND, 1};
        m.panel->actions = 2;
        m.rules.basis = (enum gw_basis)basis;
        m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
        small_signal(&m, GW_ENTER_LONG, "raw.close > 9");
        small_run(&m, 1, 1, 0, 4);
        /* 100 shares at 10 become 200 at 5; then 200 * 1 in cash and 200 * 4. */
        const double expected[] = {1000, 1000, 1000, 1000, 1000};
        small_check_equity(&m, expected, 5);
        small_close(&m);
    }
}

/* Both on bar 2: the dividend is paid on the 100 shares from before the split. */
static void a_dividend_on_the_day_of_a_split_is_of_the_old_shares(void)
{
    for (int basis = GW_ADJUSTED; basis <= GW_SPLIT_BASIS; basis++) {
        struct small_market m;
        const double close[] = {10, 10, 4.5, 4.5};
        small_open(&m, 4, 1, close);
        m.panel->action[0] = (struct gw_action){0, 2, GW_SPLIT, 0.5};
        m.panel->action[1] = (struct gw_action){0, 2, GW_DIVIDEND, 1};
        m.panel->actions = 2;
        m.rules.basis = (enum gw_basis)basis;
        m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
        small_signal(&m, GW_ENTER_LONG, "raw.close > 9");
        small_run(&m, 1, 1, 0, 3);
        const double expected[] = {1000, 1000, 1000, 1000}; /* 100 * 1 + 200 * 4.5 */
        small_check_equity(&m, expected, 4);
        small_close(&m);
    }
}

/* Short 100 at 10; at 30 the equity is 1000 - 2000: written off, 0 from there on. */
static void ruin_ends_the_combination(void)
{
    struct small_market m;
    const double close[] = {10, 30, 5, 5};
    small_open(&m, 4, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_signal(&m, GW_ENTER_SHORT, "raw.close == 10");
    const struct gw_row *row = small_run(&m, 1, 1, 0, 3);
    CU_ASSERT_EQUAL(row->status, GW_ROW_RUINED);
    const double expected[] = {1000, 0, 0, 0};
    small_check_equity(&m, expected, 4);
    CHECK_CLOSE(metric(&m, GW_METRIC_total_return), -1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_worst_trade), -2, 1e-12);
    CHECK_CLOSE(metric(&m, GW_METRIC_max_drawdown), -1, 0);
    small_close(&m);
}

/* The same on the last bar of the window: written off too. */
static void ruin_on_the_last_bar_is_written_off(void)
{
    struct small_market m;
    const double close[] = {10, 10, 10, 25};
    small_open(&m, 4, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_target(&m, "-1");
    CU_ASSERT_EQUAL(small_run(&m, 1, 1, 0, 3)->status, GW_ROW_RUINED);
    const double expected[] = {1000, 1000, 1000, 0};
    small_check_equity(&m, expected, 4);
    CHECK_CLOSE(metric(&m, GW_METRIC_total_return), -1, 0);
    small_close(&m);
}

/* A short that doubles in cents: 1000 - 1000 is 0 whatever rounding leaves. */
static void an_equity_of_nothing_is_ruin(void)
{
    struct small_market m;
    const double close[] = {0.07, 0.14, 0.14};
    small_open(&m, 3, 1, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_target(&m, "-1");
    CU_ASSERT_EQUAL(small_run(&m, 1, 1, 0, 2)->status, GW_ROW_RUINED);
    small_close(&m);
}

/* The close of a short leaves account 0 below 0: it buys nothing, and books no trade of
 * it. */
static void an_account_with_nothing_buys_nothing(void)
{
    struct small_market m;
    const double close[] = {10, 10, 18, 18, 18, /**/ 10, 10, 10, 10, 10};
    small_open(&m, 5, 2, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.slippage_bps = 1500;
    small_target(&m, "where(raw.close > 15, 1, -1)");
    CU_ASSERT_EQUAL(small_run(&m, 1, 1, 0, 4)->status, GW_ROW_OK);
    CHECK_CLOSE(metric(&m, GW_METRIC_trades), 1, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_orders), 3, 0);
    CU_ASSERT_FALSE(isnan(metric(&m, GW_METRIC_expectancy)));
    small_close(&m);
}

/* Wanting nothing while holding nothing is no order, and none is dropped at the end. */
static void a_target_that_is_held_already_is_no_order(void)
{
    struct small_market m;
    const double close[] = {10, 11, 12};
    small_open(&m, 3, 1, close);
    m.rules.rebalance = GW_EVERY_BAR;
    small_target(&m, "0");
    small_run(&m, 1, 1, 0, 2);
    CHECK_CLOSE(metric(&m, GW_METRIC_dropped), 0, 0);
    small_close(&m);
}

/* One account below 0 is no ruin while the sum is above. */
static void ruin_is_of_the_sum_of_the_accounts(void)
{
    struct small_market m;
    const double close[] = {10, 25, 25, /**/ 40, 40, 40};
    small_open(&m, 3, 2, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_signal(&m, GW_ENTER_SHORT, "raw.close == 10");
    const struct gw_row *row = small_run(&m, 1, 1, 0, 2);
    CU_ASSERT_EQUAL(row->status, GW_ROW_OK);
    const double expected[] = {2000, 500, 500};
    small_check_equity(&m, expected, 3);
    small_close(&m);
}

/* Look-back 3 (sma of 4) over 8 bars, windows from bar 0 and 3: who decides and counts
 * when. */
static void warm_up_modes_count_their_bars(void)
{
    static const struct {
        enum gw_warmup mode;
        struct gw_execution execution;
        size_t begin;
        enum gw_row_status status;
        size_t first, bars; /* counted */
    } table[] = {
        {GW_WARM_COLD, {GW_PRICE_OPEN, 1}, 0, GW_ROW_OK, 0, 8},
        {GW_WARM_BEFORE, {GW_PRICE_OPEN, 1}, 0, GW_ROW_INSUFFICIENT_HISTORY, 0, 0},
        {GW_WARM_BEFORE, {GW_PRICE_OPEN, 1}, 2, GW_ROW_INSUFFICIENT_HISTORY, 0, 0},
        {GW_WARM_BEFORE, {GW_PRICE_OPEN, 1}, 3, GW_ROW_OK, 3, 5},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_OPEN, 1}, 0, GW_ROW_OK, 4, 4},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_CLOSE, 1}, 0, GW_ROW_OK, 5, 3},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_CLOSE, 0}, 0, GW_ROW_OK, 4, 4},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_CLOSE, 1}, 3, GW_ROW_INSUFFICIENT_HISTORY, 0, 0},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_CLOSE, 0}, 3, GW_ROW_OK, 7, 1},
        {GW_WARM_INSIDE_COMMON, {GW_PRICE_OPEN, 1}, 0, GW_ROW_OK, 4, 4},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct small_market m;
        const double close[] = {1, 2, 3, 4, 5, 6, 7, 8};
        small_open(&m, 8, 1, close);
        m.rules.warmup = table[i].mode;
        m.rules.execution = table[i].execution;
        small_signal(&m, GW_ENTER_LONG, "close > sma(close, slow)");
        const struct gw_row *row = small_run(&m, 2, 4, table[i].begin, 7);
        size_t first = 0, bars = 0;
        gw_reference_equity(m.reference, &first, &bars);
        CU_ASSERT_EQUAL(row->status, table[i].status);
        CU_ASSERT_EQUAL(first, table[i].first);
        CU_ASSERT_EQUAL(bars, table[i].bars);
        small_close(&m);
    }
}

/* A combination slower than the common look-back (3 here) is reported, not scored. */
static void the_common_bar_fits_no_slower_combination(void)
{
    struct small_market m;
    const double close[] = {1, 2, 3, 4, 5, 6, 7, 8};
    small_open(&m, 8, 1, close);
    m.rules.warmup = GW_WARM_INSIDE_COMMON;
    small_signal(&m, GW_ENTER_LONG, "close > sma(close, slow)");
    CU_ASSERT_EQUAL(small_run(&m, 2, 3, 0, 7)->status, GW_ROW_OK);
    CU_ASSERT_EQUAL(small_run(&m, 2, 5, 0, 7)->status, GW_ROW_INSUFFICIENT_HISTORY);
    small_close(&m);
}

/* In `before` the decision at b - 1 fills at the open of b; `cold` waits one bar more. */
static void before_decides_on_the_eve_of_the_window(void)
{
    for (int cold = 0; cold <= 1; cold++) {
        struct small_market m;
        const double close[] = {10, 10, 20, 40};
        small_open(&m, 4, 1, close);
        m.panel->column[GW_OPEN][2] = 10;
        m.rules.warmup = cold ? GW_WARM_COLD : GW_WARM_BEFORE;
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        small_run(&m, 1, 1, 2, 3);
        const double before[] = {2000, 4000}, inside[] = {1000, 1000};
        small_check_equity(&m, cold ? inside : before, 2);
        small_close(&m);
    }
}

/* A window of one bar; prices that never move; no price at all. */
static void poor_data_has_defined_answers(void)
{
    struct small_market m;
    const double one[] = {10};
    small_open(&m, 1, 1, one);
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 0);
    CHECK_CLOSE(metric(&m, GW_METRIC_total_return), 0, 0);
    CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_sharpe)));
    CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_volatility)));
    small_close(&m);

    const double none[] = {NAN, NAN, NAN};
    small_open(&m, 3, 1, none);
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    CU_ASSERT_EQUAL(small_run(&m, 1, 1, 0, 2)->status, GW_ROW_OK);
    CHECK_CLOSE(metric(&m, GW_METRIC_total_return), 0, 0);
    small_close(&m);

    const double flat[] = {7, 7, 7, 7};
    small_open(&m, 4, 1, flat);
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    small_run(&m, 1, 1, 0, 3);
    CHECK_CLOSE(metric(&m, GW_METRIC_volatility), 0, 0);
    CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_sharpe)));
    CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_sortino)));
    CU_ASSERT_TRUE(isnan(metric(&m, GW_METRIC_pooled_sharpe)));
    CHECK_CLOSE(metric(&m, GW_METRIC_exposure), 0.75, 0);
    small_close(&m);
}

/* A number argument that cannot be (lag of -1) fails its row and no other. */
static void an_invalid_argument_fails_the_row(void)
{
    struct small_market m;
    const double close[] = {10, 11, 12};
    small_open(&m, 3, 1, close);
    small_signal(&m, GW_ENTER_LONG, "close > lag(close, slow - fast)");
    CU_ASSERT_EQUAL(small_run(&m, 2, 1, 0, 2)->status, GW_ROW_FAILED);
    CU_ASSERT_EQUAL(small_run(&m, 1, 2, 0, 2)->status, GW_ROW_OK);
    small_close(&m);
}

enum { BARS = 120 };

static void random_walk(double *close, uint64_t seed)
{
    double price = 100;
    for (size_t t = 0; t < BARS; t++) {
        price *= 1 + 0.04 * (gw_philox_uniform(seed, 0, t) - 0.5);
        close[t] = gw_philox_uniform(seed, 1, t) < 0.05 ? NAN : price;
    }
}

/* Changing every price after bar t changes no bit of the equity up to t. */
static void never_looks_ahead(void)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        double close[BARS], equity[BARS];
        size_t first, bars, until = 20 + seed;
        for (int changed = 0; changed <= 1; changed++) {
            struct small_market m;
            random_walk(close, seed);
            for (size_t t = until + 1; t < BARS && changed; t++) {
                close[t] *= 3 + (double)(t % 5);
            }
            close[BARS - 1] =
                100; /* or a last bar without a price would be a delisting */
            small_open(&m, BARS, 1, close);
            m.rules.warmup = (enum gw_warmup)(seed % 4);
            m.rules.execution.delay = 1;
            m.rules.execution.price = seed % 3 == 0 ? GW_PRICE_CLOSE : GW_PRICE_OPEN;
            m.rules.terms.commission_bps = 7;
            if (seed % 2 == 0) {
                small_target(&m, "where(ema(close, fast) > sma(close, slow), 1, -0.5)");
            } else {
                small_signal(&m, GW_ENTER_LONG, "crosses_above(close, sma(close, fast))");
                small_signal(&m, GW_ENTER_SHORT, "rsi(close, slow) > 60");
            }
            small_run(&m, 3, 4, 4, BARS - 1);
            const double *now = gw_reference_equity(m.reference, &first, &bars);
            CU_ASSERT_PTR_NOT_NULL_FATAL(now);
            for (size_t t = 0; first + t <= until; t++) {
                CU_ASSERT_TRUE(!changed || now[t] == equity[t]);
                equity[t] = now[t];
            }
            small_close(&m);
        }
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"buys_at_the_next_open", buys_at_the_next_open},
        {"pays_commission_slippage_and_half_the_spread",
         pays_commission_slippage_and_half_the_spread},
        {"reverses_with_two_orders", reverses_with_two_orders},
        {"conflicting_signals_do_nothing", conflicting_signals_do_nothing},
        {"an_order_waits_for_a_price", an_order_waits_for_a_price},
        {"drops_orders_at_the_end", drops_orders_at_the_end},
        {"a_target_every_bar_is_rebalanced", a_target_every_bar_is_rebalanced},
        {"a_target_on_change_is_left_alone", a_target_on_change_is_left_alone},
        {"increases_are_capped_at_the_equity", increases_are_capped_at_the_equity},
        {"a_full_weight_leaves_room_for_costs", a_full_weight_leaves_room_for_costs},
        {"an_increase_takes_the_free_cash_alone", an_increase_takes_the_free_cash_alone},
        {"an_undefined_target_moves_nothing", an_undefined_target_moves_nothing},
        {"a_delisted_asset_is_closed_with_its_return",
         a_delisted_asset_is_closed_with_its_return},
        {"orders_of_the_last_bar", orders_of_the_last_bar},
        {"dividends_are_cash_or_in_the_prices", dividends_are_cash_or_in_the_prices},
        {"a_dividend_on_the_day_of_a_split_is_of_the_old_shares",
         a_dividend_on_the_day_of_a_split_is_of_the_old_shares},
        {"ruin_ends_the_combination", ruin_ends_the_combination},
        {"ruin_on_the_last_bar_is_written_off", ruin_on_the_last_bar_is_written_off},
        {"an_equity_of_nothing_is_ruin", an_equity_of_nothing_is_ruin},
        {"an_account_with_nothing_buys_nothing", an_account_with_nothing_buys_nothing},
        {"a_target_that_is_held_already_is_no_order",
         a_target_that_is_held_already_is_no_order},
        {"ruin_is_of_the_sum_of_the_accounts", ruin_is_of_the_sum_of_the_accounts},
        {"warm_up_modes_count_their_bars", warm_up_modes_count_their_bars},
        {"the_common_bar_fits_no_slower_combination",
         the_common_bar_fits_no_slower_combination},
        {"before_decides_on_the_eve_of_the_window",
         before_decides_on_the_eve_of_the_window},
        {"poor_data_has_defined_answers", poor_data_has_defined_answers},
        {"an_invalid_argument_fails_the_row", an_invalid_argument_fails_the_row},
        {"never_looks_ahead", never_looks_ahead},
    };
    return CHECK_RUN("reference", tests);
}
