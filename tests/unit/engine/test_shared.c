/* One pool of cash for all assets, by the vectorized engine: cases small enough to be
 * worked out by hand. */
#include "vector_fixture.h"

/* Assets of T bars that decide and trade at closes, sizes a part of the equity. */
static void
shared_open(struct small_market *m, size_t T, size_t N, const double *close, double part)
{
    small_open(m, T, N, close);
    m->rules.mode = GW_SHARED;
    m->rules.size = GW_SIZE_EQUITY;
    m->rules.terms.size = part;
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
}

static void check_bars(struct small_market *m, const struct answer *answer)
{
    check_span(m, (struct gw_span){0, m->panel->T - 1}, answer);
    small_close(m);
}

/* 0.8 of 1,000 for each of two is 1,600: g = 1000 / 1600, 500 for each. */
static void assets_compete_for_cash(void)
{
    static const double close[] = {10, 11, 12, 20, 20, 30};
    static const double equity[] = {1000, 50 * 11 + 25 * 20, 50 * 12 + 25 * 30};
    struct small_market m;
    shared_open(&m, 3, 2, close, 0.8);
    small_signal(&m, GW_ENTER_LONG, "close > 0");
    struct answer answer = {.equity = equity,
                            .bars = 3,
                            .metric = {{GW_METRIC_total_return, 0.35},
                                       {GW_METRIC_clipped, 1},
                                       {GW_METRIC_orders, 2},
                                       {GW_METRIC_open_trades, 2},
                                       {GW_METRIC_exposure, 1},
                                       {GW_METRIC_pooled_sharpe, NAN}},
                            .metrics = 6};
    check_bars(&m, &answer);
}

/* With leverage 2 the same two have 800 each: 80 and 40 shares on a debt of 600. */
static void leverage_lets_them_have_more(void)
{
    static const double close[] = {10, 11, 12, 20, 20, 30};
    static const double equity[] = {1000, 80 * 11 + 40 * 20 - 600,
                                    80 * 12 + 40 * 30 - 600};
    struct small_market m;
    shared_open(&m, 3, 2, close, 0.8);
    m.rules.terms.leverage = 2;
    small_signal(&m, GW_ENTER_LONG, "close > 0");
    struct answer answer = {.equity = equity,
                            .bars = 3,
                            .metric = {{GW_METRIC_clipped, 0}, {GW_METRIC_orders, 2}},
                            .metrics = 2};
    check_bars(&m, &answer);
}

/* 1 % on each value. The first has 10 shares wanted at 100, which take 1,010 of 1,000. At
 * 40 it is sold; what that brings buys the second at 60, on the same bar, of Q before the
 * sale: Q / 60 shares take 1.01 Q of 0.99 Q. */
static void a_sale_pays_for_a_purchase(void)
{
    static const double close[] = {100, 120, 40, 40, 10, 10, 60, 90};
    const double first = 10 / 1.01, q = first * 40, second = q / 60 * (0.99 / 1.01);
    const double equity[] = {first * 100, first * 120, second * 60, second * 90};
    const double fees = first * 100 * 0.01 + first * 40 * 0.01 + second * 60 * 0.01;
    struct small_market m;
    shared_open(&m, 4, 2, close, 1);
    m.rules.terms.commission_bps = 100;
    small_signal(&m, GW_ENTER_LONG, "close > 50");
    small_signal(&m, GW_EXIT_LONG, "close < 50");
    struct answer answer = {
        .equity = equity,
        .bars = 4,
        .metric = {{GW_METRIC_orders, 3},
                   {GW_METRIC_trades, 1},
                   {GW_METRIC_open_trades, 1},
                   {GW_METRIC_clipped, 1}, /* 0.9802; 0.99009 is not */
                   {GW_METRIC_commission, fees},
                   {GW_METRIC_costs, fees}},
        .metrics = 6};
    check_bars(&m, &answer);
}

/* Each of two asks for all of 1,000 and gets half. The third comes when nothing is left:
 * its entry is dropped, and again at the next bar. */
static void all_is_divided(void)
{
    static const double close[] = {10, 11, 12, 20, 20, 30, 1, 10, 10};
    static const double equity[] = {1000, 50 * 11 + 25 * 20, 50 * 12 + 25 * 30};
    struct small_market m;
    shared_open(&m, 3, 3, close, 0);
    m.rules.size = GW_SIZE_ALL;
    small_signal(&m, GW_ENTER_LONG, "close > 5");
    struct answer answer = {
        .equity = equity,
        .bars = 3,
        .metric = {{GW_METRIC_dropped, 2}, {GW_METRIC_clipped, 1}, {GW_METRIC_orders, 2}},
        .metrics = 3};
    check_bars(&m, &answer);
}

/* Two positions of 500 at 100. The first has a stop at 90: the second bar opens at 95 and
 * falls to 85, so 5 shares go at 90, and 450 in cash are left when the second rises. */
static void a_stop_closes_one_position(void)
{
    static const double close[] = {100, 88, 10, 100, 100, 120};
    static const double equity[] = {1000, 450 + 500, 450 + 600};
    struct small_market m;
    shared_open(&m, 3, 2, close, 0.5);
    m.rules.terms.stop_loss = 0.1;
    m.panel->column[GW_OPEN][1] = 95;
    m.panel->column[GW_LOW][1] = 85;
    m.panel->column[GW_HIGH][1] = 95;
    small_signal(&m, GW_ENTER_LONG, "close > 99");
    struct answer answer = {.equity = equity,
                            .bars = 3,
                            .metric = {{GW_METRIC_trades, 1},
                                       {GW_METRIC_worst_trade, -0.1},
                                       {GW_METRIC_open_trades, 1},
                                       {GW_METRIC_orders, 3}},
                            .metrics = 4};
    check_bars(&m, &answer);
}

/* The first asset's last bar is the second of four: its 5 shares go at half of 80, behind
 * the fills of that close. The third asset is listed above 40 from the second bar on: it
 * wants 450 of 900 at 50 there, and there is no cash; at the third, of 700, it wants 350
 * and gets the 200 that the first has left: 4 shares. */
static void a_delisting_frees_cash(void)
{
    static const double close[] = {100, 80, NAN, NAN, 100, 100, 100, 120, 1, 50, 50, 60};
    static const double equity[] = {1000, 5 * 40 + 500, 700, 5 * 120 + 4 * 60};
    struct small_market m;
    shared_open(&m, 4, 3, close, 0.5);
    m.panel->asset[0].delisting_return = -0.5;
    small_signal(&m, GW_ENTER_LONG, "close > 40");
    struct answer answer = {.equity = equity,
                            .bars = 4,
                            .metric = {{GW_METRIC_trades, 1},
                                       {GW_METRIC_worst_trade, -0.6},
                                       {GW_METRIC_dropped, 1},
                                       {GW_METRIC_clipped, 2},
                                       {GW_METRIC_orders, 3}},
                            .metrics = 5};
    check_bars(&m, &answer);
}

/* A volume of 1,000 and a limit of 0.05: 50 of the 100 shares wanted at 10. At 20 the
 * equity is 1,500, 75 shares are wanted, and the 25 missing are filled. */
static void the_rest_of_an_order_is_sized_anew(void)
{
    static const double close[] = {10, 20, 30, 5, 5, 5};
    static const double equity[] = {1000, 1500, 2250};
    struct small_market m;
    shared_open(&m, 3, 2, close, 1);
    m.rules.terms.volume_limit = 0.05;
    small_signal(&m, GW_ENTER_LONG, "close > 9");
    struct answer answer = {.equity = equity,
                            .bars = 3,
                            .metric = {{GW_METRIC_orders, 1},
                                       {GW_METRIC_dropped, 0},
                                       {GW_METRIC_turnover, 1000 / (4750.0 / 3) * 84}},
                            .metrics = 3};
    check_bars(&m, &answer);
}

/* Orders for the open: the first asset has none on the second bar and waits, and the
 * second gets 5 shares at 100. At the third open the equity is 500 + 5 * 110, half of it
 * takes 525 of the 500 in cash. */
static void an_order_waits_for_its_open(void)
{
    static const double close[] = {100, 100, 100, 50, 100, 110, 120, 130};
    static const double open[] = {100, NAN, 105, 100, 100, 100, 110, 120};
    const double shares = 500.0 / 105;
    const double equity[] = {1000, 500 + 5 * 110, shares * 100 + 5 * 120,
                             shares * 50 + 5 * 130};
    struct small_market m;
    shared_open(&m, 4, 2, close, 0.5);
    m.rules.execution = (struct gw_execution){GW_PRICE_OPEN, 1};
    memcpy(m.panel->column[GW_OPEN], open, sizeof open);
    small_signal(&m, GW_ENTER_LONG, "close > 60");
    struct answer answer = {.equity = equity,
                            .bars = 4,
                            .metric = {{GW_METRIC_orders, 2}, {GW_METRIC_clipped, 1}},
                            .metrics = 2};
    check_bars(&m, &answer);
}

/* 10 for each order: 1,000 wanted in two halves, less 20, is g = 0.98, and 490 + 10 spent
 * on each. */
static void every_order_keeps_its_reserve(void)
{
    static const double close[] = {100, 120, 90, 100, 110, 130};
    static const double equity[] = {980, 4.9 * 230, 4.9 * 220};
    struct small_market m;
    shared_open(&m, 3, 2, close, 0.5);
    m.rules.terms.commission_fixed = 10;
    small_signal(&m, GW_ENTER_LONG, "close > 0");
    struct answer answer = {.equity = equity,
                            .bars = 3,
                            .metric = {{GW_METRIC_clipped, 1},
                                       {GW_METRIC_commission, 20},
                                       {GW_METRIC_orders, 2}},
                            .metrics = 3};
    check_bars(&m, &answer);
}

/* The first asset is held at 100 with 5 shares, and sold at the last close for 120. The
 * second would be bought at that close, and is not. */
static void nothing_is_bought_where_all_is_sold(void)
{
    static const double close[] = {100, 110, 120, 10, 10, 100};
    static const double equity[] = {1000, 1050, 1100};
    struct small_market m;
    shared_open(&m, 3, 2, close, 0.5);
    m.rules.close_at_end = true;
    small_signal(&m, GW_ENTER_LONG, "close > 50");
    struct answer answer = {.equity = equity,
                            .bars = 3,
                            .metric = {{GW_METRIC_orders, 1},
                                       {GW_METRIC_trades, 1},
                                       {GW_METRIC_open_trades, 0},
                                       {GW_METRIC_dropped, 1},
                                       {GW_METRIC_exposure, 2.0 / 3}},
                            .metrics = 5};
    check_bars(&m, &answer);
}

/* 5 shares of the first asset are bought at the second open and close at 110. It has no
 * third open: for the second asset's order there the equity is 500 + 5 * 110, half of it
 * more than the cash of 500, so that 500 / 525 of 5.25 shares are bought at 100. */
static void a_missing_open_is_worth_the_close_before(void)
{
    static const double close[] = {100, 110, 120, 130, 20, 100, 100, 80};
    static const double open[] = {100, 100, NAN, 120, 20, 20, 100, 100};
    static const double equity[] = {1000, 1050, 5 * 120 + 5 * 100, 5 * 130 + 5 * 80};
    struct small_market m;
    shared_open(&m, 4, 2, close, 0.5);
    m.rules.execution = (struct gw_execution){GW_PRICE_OPEN, 1};
    memcpy(m.panel->column[GW_OPEN], open, sizeof open);
    small_signal(&m, GW_ENTER_LONG, "close > 60");
    struct answer answer = {.equity = equity,
                            .bars = 4,
                            .metric = {{GW_METRIC_orders, 2}, {GW_METRIC_clipped, 1}},
                            .metrics = 2};
    check_bars(&m, &answer);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"assets_compete_for_cash", assets_compete_for_cash},
        {"leverage_lets_them_have_more", leverage_lets_them_have_more},
        {"a_sale_pays_for_a_purchase", a_sale_pays_for_a_purchase},
        {"all_is_divided", all_is_divided},
        {"a_stop_closes_one_position", a_stop_closes_one_position},
        {"a_delisting_frees_cash", a_delisting_frees_cash},
        {"the_rest_of_an_order_is_sized_anew", the_rest_of_an_order_is_sized_anew},
        {"an_order_waits_for_its_open", an_order_waits_for_its_open},
        {"every_order_keeps_its_reserve", every_order_keeps_its_reserve},
        {"nothing_is_bought_where_all_is_sold", nothing_is_bought_where_all_is_sold},
        {"a_missing_open_is_worth_the_close_before",
         a_missing_open_is_worth_the_close_before},
    };
    return CHECK_RUN("shared", tests);
}
