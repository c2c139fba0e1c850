/* The vectorized engine on markets small enough to work out by hand, in every way in
 * which it gathers a row. */
#include "vector_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Over all bars, which are counted from the first on. */
static void check_all(struct small_market *m, struct answer answer)
{
    answer.bars = m->panel->T;
    check_span(m, (struct gw_span){0, m->panel->T - 1}, &answer);
    small_close(m);
}

static const struct gw_execution at_close = {GW_PRICE_CLOSE, 0};

/* Decided at close 0 (10 > 9), filled at open 1 = 11: 1000/11 shares, marked at 12 and 6.
 */
static void buys_at_the_next_open(void)
{
    struct small_market m;
    const double close[] = {10, 12, 6};
    small_open(&m, 3, 1, close);
    m.panel->column[GW_OPEN][1] = 11;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 9");
    const double equity[] = {1000, 1000.0 / 11 * 12, 1000.0 / 11 * 6};
    check_all(&m, (struct answer){.equity = equity,
                                  .metrics = 6,
                                  .metric = {{GW_METRIC_total_return, 6.0 / 11 - 1},
                                             {GW_METRIC_max_drawdown, -0.5},
                                             {GW_METRIC_max_drawdown_bars, 1},
                                             {GW_METRIC_exposure, 2.0 / 3},
                                             {GW_METRIC_orders, 1},
                                             {GW_METRIC_open_trades, 1}}});
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
    double shares = 1000 / (10.2 * 1.01), sale = shares * 19.6, end = sale * 0.99;
    const double equity[] = {1000, shares * 10, shares * 20, end};
    double paid = shares * 10.2 * 0.01 + sale * 0.01, lost = shares * 0.6;
    check_all(&m, (struct answer){
                      .equity = equity,
                      .metrics = 6,
                      .metric = {{GW_METRIC_commission, paid},
                                 {GW_METRIC_slippage, lost},
                                 {GW_METRIC_costs, paid + lost},
                                 {GW_METRIC_expectancy, (end - 1000) / (shares * 10.2)},
                                 {GW_METRIC_avg_bars, 2},
                                 {GW_METRIC_profit_factor, INFINITY}}});
}

/* Long at 10, reversed at 20 (one close, one open), short marked at 25. */
static void reverses_with_two_orders(void)
{
    struct small_market m;
    const double close[] = {10, 20, 25};
    small_open(&m, 3, 1, close);
    m.rules.execution = at_close;
    small_signal(&m, GW_ENTER_LONG, "raw.close == 10");
    small_signal(&m, GW_ENTER_SHORT, "raw.close == 20");
    const double equity[] = {1000, 2000, 2000 - 100 * 5};
    check_all(&m, (struct answer){.equity = equity,
                                  .metrics = 4,
                                  .metric = {{GW_METRIC_orders, 3},
                                             {GW_METRIC_trades, 1},
                                             {GW_METRIC_open_trades, 1},
                                             {GW_METRIC_best_trade, 1}}});
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
    const double equity[] = {1000, 1000, 1000, 2000};
    check_all(&m, (struct answer){.equity = equity,
                                  .metrics = 2,
                                  .metric = {{GW_METRIC_total_return, 1},
                                             {GW_METRIC_exposure, 0.25}}});
}

/* Decided on the last bar: dropped and counted. */
static void drops_orders_at_the_end(void)
{
    struct small_market m;
    const double close[] = {10, 11, 10, 20};
    small_open(&m, 4, 1, close);
    small_signal(&m, GW_ENTER_LONG, "raw.close > 15 or raw.close == 11");
    small_signal(&m, GW_EXIT_LONG, "raw.close == 10");
    const double equity[] = {1000, 1000, 1000, 2000};
    check_all(&m, (struct answer){.equity = equity,
                                  .metrics = 3,
                                  .metric = {{GW_METRIC_dropped, 1},
                                             {GW_METRIC_orders, 2},
                                             {GW_METRIC_trades, 1}}});
}

/* Weight -1 every bar at the close: each return is minus that of the price. */
static void a_target_every_bar_is_rebalanced(void)
{
    struct small_market m;
    const double close[] = {10, 10, 11, 12.1, 6.05};
    small_open(&m, 5, 1, close);
    m.rules.execution = at_close;
    m.rules.rebalance = GW_EVERY_BAR;
    small_target(&m, "-1");
    const double equity[] = {1000, 1000, 900, 810, 1215};
    check_all(&m, (struct answer){.equity = equity,
                                  .metrics = 2,
                                  .metric = {{GW_METRIC_clipped, 0},
                                             {GW_METRIC_max_drawdown, -0.19}}});
}

/* Weight -1 on change: 100 shares short from 10 on, never touched again. */
static void a_target_on_change_is_left_alone(void)
{
    struct small_market m;
    const double close[] = {10, 10, 11, 12.1, 6.05};
    small_open(&m, 5, 1, close);
    m.rules.execution = at_close;
    small_target(&m, "-1");
    const double equity[] = {1000, 1000, 900, 790, 1395};
    check_all(&m, (struct answer){
                      .equity = equity, .metrics = 1, .metric = {{GW_METRIC_orders, 1}}});
}

/* Weight 3 is cut to leverage 1; half of it fits whole; undefined moves nothing. */
static void increases_are_capped_at_the_equity(void)
{
    struct small_market m;
    const double close[] = {10, 20, 20, 40};
    small_open(&m, 4, 1, close);
    m.rules.execution = at_close;
    m.rules.rebalance = GW_EVERY_BAR;
    small_target(
        &m, "where(raw.close < 15, 3, where(raw.close < 30, 0.5, 1 / (raw.close - 40)))");
    const double equity[] = {1000, 2000, 2000, 3000};
    check_all(&m,
              (struct answer){.equity = equity,
                              .metrics = 2,
                              .metric = {{GW_METRIC_clipped, 1}, {GW_METRIC_orders, 2}}});
}

/* From half to all: 49.5 shares more are wanted, and the 495 of free cash buy 495/10.1;
 * both fills are told. */
static void an_increase_takes_the_free_cash_alone(void)
{
    struct small_market m;
    const double close[] = {10, 10};
    small_open(&m, 2, 1, close);
    m.panel->column[GW_VOLUME][1] = 2000;
    m.rules.execution = at_close;
    m.rules.terms.commission_bps = 100;
    small_target(&m, "where(volume > 1500, 1, 0.5)");
    struct gw_engine_setup setup = shape_setup(&m, STORE_FILLS);
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes run = {.count = 3};
    struct kept kept = kept_run(vector, &run, &(struct gw_span){0, 1}, 1);
    for (size_t l = 0; l < 3; l++) {
        const struct kept_row *row = &kept.row[l];
        CU_ASSERT_EQUAL_FATAL(row->fills, 2);
        CU_ASSERT_EQUAL(row->fill[1].bar, 1);
        CHECK_CLOSE(row->fill[0].shares, 50, 1e-12);
        CHECK_CLOSE(row->fill[0].commission, 5, 1e-12);
        CHECK_CLOSE(row->fill[1].shares, 495 / 10.1, 1e-12);
        CHECK_CLOSE(row->fill[1].price, 10, 0);
    }
    kept_clear(&kept);
    gw_vector_free(vector);
    small_close(&m);
}

/* Asset 1 is gone after bar 1 at 8 * (1 - 0.5); asset 0 stays. Two accounts of 1000. */
static void a_delisted_asset_is_closed_with_its_return(void)
{
    struct small_market m;
    const double close[] = {10, 10, 10, 11, /**/ 4, 8, NAN, NAN};
    small_open(&m, 4, 2, close);
    m.panel->asset[1].delisting_return = -0.5;
    m.rules.execution = at_close;
    small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
    const double equity[] = {2000, 2000, 2000, 2100};
    check_all(&m, (struct answer){.equity = equity,
                                  .metrics = 4,
                                  .metric = {{GW_METRIC_trades, 1},
                                             {GW_METRIC_orders, 2},
                                             {GW_METRIC_avg_bars, 1},
                                             {GW_METRIC_exposure, 1}}});
}

/* Orders due at the close of the last bar are cancelled, those due at its open fill. */
static void orders_of_an_assets_last_bar(void)
{
    for (int price = GW_PRICE_OPEN; price <= GW_PRICE_CLOSE; price++) {
        struct small_market m;
        const double close[] = {10, 20, NAN};
        small_open(&m, 3, 1, close);
        m.panel->column[GW_OPEN][1] = 16;
        m.rules.execution = (struct gw_execution){(enum gw_price)price, 1};
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        bool fills = price == GW_PRICE_OPEN;
        check_all(&m, (struct answer){.metrics = 3,
                                      .metric = {{GW_METRIC_total_return, fills * 0.25},
                                                 {GW_METRIC_orders, fills},
                                                 {GW_METRIC_dropped, 0}}});
    }
}

/* 100 shares at 10 become 200 at 5; then 200 * 1 in cash or in the price, and 200 * 5. */
static void dividends_are_cash_or_in_the_prices(void)
{
    for (int basis = GW_ADJUSTED; basis <= GW_SPLIT_BASIS; basis++) {
        struct small_market m;
        const double close[] = {10, 5, 5, 5, 5};
        small_open(&m, 5, 1, close);
        m.panel->action[0] = (struct gw_action){0, 1, GW_SPLIT, 0.5};
        m.panel->action[1] = (struct gw_action){0, 3, GW_DIVIDEND, 1};
        m.panel->actions = 2;
        m.rules.basis = (enum gw_basis)basis;
        m.rules.execution = at_close;
        small_signal(&m, GW_ENTER_LONG, "raw.close > 9");
        double after = basis == GW_ADJUSTED ? 1250 : 1200; /* 5/4 of it, reinvested */
        const double equity[] = {1000, 1000, 1000, after, after};
        check_all(&m, (struct answer){.equity = equity,
                                      .metrics = 1,
                                      .metric = {{GW_METRIC_exposure, 1}}});
    }
}

/* Both on bar 2: the dividend is paid on the 100 shares from before the split. */
static void a_dividend_on_the_day_of_a_split_is_of_the_old_shares(void)
{
    for (int basis = GW_ADJUSTED; basis <= GW_SPLIT_BASIS; basis++) {
        struct small_market m;
        const double close[] = {10, 11, 5, 5};
        small_open(&m, 4, 1, close);
        m.panel->action[0] = (struct gw_action){0, 2, GW_SPLIT, 0.5};
        m.panel->action[1] = (struct gw_action){0, 2, GW_DIVIDEND, 1};
        m.panel->actions = 2;
        m.rules.basis = (enum gw_basis)basis;
        m.rules.execution = at_close;
        small_signal(&m, GW_ENTER_LONG, "raw.close > 9");
        const double equity[] = {1000, 1100, 1100, 1100}; /* 100 * 1 + 200 * 5 */
        check_all(&m, (struct answer){.equity = equity});
    }
}

/* Short 100 at 10; at 30 the equity is 1000 - 2000: written off, 0 from there on. */
static void ruin_is_left_to_the_reference_engine(void)
{
    for (int last = 0; last <= 1; last++) { /* the same on the last bar */
        struct small_market m;
        const double close[2][4] = {{10, 30, 5, 5}, {10, 10, 10, 30}};
        small_open(&m, 4, 1, close[last]);
        m.rules.execution = at_close;
        small_signal(&m, GW_ENTER_SHORT, "raw.close == 10");
        const double equity[2][4] = {{1000, 0, 0, 0}, {1000, 1000, 1000, 0}};
        check_all(&m, (struct answer){.status = GW_ROW_RUINED,
                                      .slow = true,
                                      .equity = equity[last],
                                      .metrics = 3,
                                      .metric = {{GW_METRIC_total_return, -1},
                                                 {GW_METRIC_worst_trade, -2},
                                                 {GW_METRIC_max_drawdown, -1}}});
    }
}

/* One account below 0 is no ruin while the sum is above. */
static void ruin_is_of_the_sum_of_the_accounts(void)
{
    struct small_market m;
    const double close[] = {10, 25, 25, /**/ 40, 40, 40};
    small_open(&m, 3, 2, close);
    m.rules.execution = at_close;
    small_signal(&m, GW_ENTER_SHORT, "raw.close == 10");
    struct gw_engine_setup setup = shape_setup(&m, STORE_FILLS);
    setup.wanted[GW_METRIC_pooled_sharpe] = false; /* of an account below 0: left */
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes run = {.count = 1};
    struct kept kept = kept_run(vector, &run, &(struct gw_span){0, 2}, 1);
    const double equity[] = {2000, 500, 500};
    check_lane(kept.row, &(struct answer){.equity = equity, .bars = 3}, &setup);
    kept_clear(&kept);
    gw_vector_free(vector);
    small_close(&m);
}

/* Look-back 3 (sma of 4) over 8 bars, windows from bar 0 and 3: who decides and counts
 * when. The price rises: long from the first decision on. */
static void warm_up_modes_count_their_bars(void)
{
    static const struct {
        enum gw_warmup mode;
        struct gw_execution execution;
        size_t begin;
        enum gw_row_status status;
        size_t first, bars; /* counted */
        double growth;      /* of the last close over what was paid */
    } table[] = {
        {GW_WARM_COLD, {GW_PRICE_OPEN, 1}, 0, GW_ROW_OK, 0, 8, 9.0 / 5},
        {GW_WARM_BEFORE, {GW_PRICE_OPEN, 1}, 0, GW_ROW_INSUFFICIENT_HISTORY, 0, 0, 0},
        {GW_WARM_BEFORE, {GW_PRICE_OPEN, 1}, 2, GW_ROW_INSUFFICIENT_HISTORY, 0, 0, 0},
        {GW_WARM_BEFORE, {GW_PRICE_OPEN, 1}, 3, GW_ROW_OK, 3, 5, 9.0 / 5},
        {GW_WARM_BEFORE, {GW_PRICE_OPEN, 1}, 4, GW_ROW_OK, 4, 4, 9.0 / 5},
        {GW_WARM_BEFORE, {GW_PRICE_CLOSE, 0}, 4, GW_ROW_OK, 4, 4, 9.0 / 5},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_OPEN, 1}, 0, GW_ROW_OK, 4, 4, 9.0 / 5},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_CLOSE, 1}, 0, GW_ROW_OK, 5, 3, 9.0 / 5},
        {GW_WARM_INSIDE_OWN, {GW_PRICE_CLOSE, 0}, 0, GW_ROW_OK, 4, 4, 9.0 / 4},
        {GW_WARM_INSIDE_OWN,
         {GW_PRICE_CLOSE, 1},
         3,
         GW_ROW_INSUFFICIENT_HISTORY,
         0,
         0,
         0},
        {GW_WARM_INSIDE_COMMON, {GW_PRICE_OPEN, 1}, 0, GW_ROW_OK, 4, 4, 9.0 / 5},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct small_market m;
        const double close[] = {1, 2, 3, 4, 5, 6, 7, 9};
        small_open(&m, 8, 1, close);
        m.rules.warmup = table[i].mode;
        m.rules.execution = table[i].execution;
        small_signal(&m, GW_ENTER_LONG, "close > sma(close, slow)");
        double equity[8];
        for (size_t t = 0; t < table[i].bars; t++) { /* paid = 9 / growth */
            double paid = 9 / table[i].growth, mark = close[table[i].first + t];
            equity[t] = mark > paid ? 1000 * mark / paid : 1000;
        }
        const struct answer answer = {
            .status = table[i].status,
            .equity = table[i].bars > 0 ? equity : NULL,
            .first = table[i].first,
            .bars = table[i].bars,
            .metrics = table[i].bars > 0,
            .metric = {{GW_METRIC_total_return, table[i].growth - 1}}};
        check_span(&m, (struct gw_span){table[i].begin, 7}, &answer);
        small_close(&m);
    }
}

/* In `before` the decision at b - 1 fills at the open of b; `cold` waits one bar more. */
static void before_decides_on_the_eve_of_the_window(void)
{
    for (int cold = 0; cold <= 1; cold++) {
        struct small_market m;
        const double close[] = {10, 10, 20, 40, 50};
        small_open(&m, 5, 1, close);
        m.panel->column[GW_OPEN][2] = 10;
        m.rules.warmup = cold ? GW_WARM_COLD : GW_WARM_BEFORE;
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        const double equity[2][3] = {{2000, 4000, 5000}, {1000, 1000, 1250}};
        const struct answer answer = {.equity = equity[cold], .first = 2, .bars = 3};
        check_span(&m, (struct gw_span){2, 4}, &answer);
        small_close(&m);
    }
}

/* A window of one bar; prices that never move; no price at all. */
static void poor_data_has_defined_answers(void)
{
    const double series[3][4] = {{10}, {7, 7, 7, 7}, {NAN, NAN, NAN, NAN}};
    const size_t bars[] = {1, 4, 4};
    const double exposure[] = {0, 0.75, 0};
    for (size_t i = 0; i < COUNT(bars); i++) {
        struct small_market m;
        small_open(&m, bars[i], 1, series[i]);
        small_signal(&m, GW_ENTER_LONG, "raw.close > 0");
        double none = bars[i] == 1 ? NAN : 0;
        check_all(&m, (struct answer){.metrics = 5,
                                      .metric = {{GW_METRIC_total_return, 0},
                                                 {GW_METRIC_volatility, none},
                                                 {GW_METRIC_sharpe, NAN},
                                                 {GW_METRIC_pooled_sharpe, NAN},
                                                 {GW_METRIC_exposure, exposure[i]}}});
    }
}

/* A number argument that cannot be (lag of -1) fails its rows and no other. */
static void an_invalid_argument_fails_its_lane(void)
{
    struct small_market m;
    const double close[] = {10, 11, 13};
    small_open(&m, 3, 1, close);
    m.rules.execution = at_close;
    small_signal(&m, GW_ENTER_LONG, "close > lag(close, slow - fast)");
    struct gw_engine_setup setup = shape_setup(&m, SUM_ALL);
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes run = {.count = 3, .value = {{1, 2, 1}, {2, 1, 3}}};
    const struct gw_span span[] = {{0, 2}, {1, 2}};
    struct kept kept = kept_run(vector, &run, span, 2);
    const double last[] = {13.0 / 11 - 1, NAN, 0};
    for (size_t l = 0; l < 3; l++) {
        const struct kept_row *row = kept_row(&kept, l, 0);
        CU_ASSERT_EQUAL(row->status, l == 1 ? GW_ROW_FAILED : GW_ROW_OK);
        CU_ASSERT_EQUAL(kept_row(&kept, l, 1)->status, row->status);
        CHECK_CLOSE(row->metric[GW_METRIC_total_return], last[l], 1e-12);
    }
    kept_clear(&kept);
    gw_vector_free(vector);
    small_close(&m);
}

/* One row over the first 80 of 120 bars of a random walk; `dividend`: one on bar 100. */
static struct kept row_before(bool dividend, enum shape shape)
{
    struct small_market m;
    double close[120];
    struct gw_run_lanes run = {.count = 1, .value = {{3}, {9}}};
    const struct gw_span span = {0, 79};
    walk_closes(5, 120, 0, close);
    small_open(&m, 120, 1, close);
    m.panel->action[0] = (struct gw_action){0, 100, GW_DIVIDEND, 1};
    m.panel->actions = dividend ? 1 : 0;
    m.rules.basis = GW_SPLIT_BASIS;
    small_signal(&m, GW_ENTER_LONG, "sma(close, fast) > sma(close, slow)");
    small_signal(&m, GW_EXIT_LONG, "sma(close, fast) < sma(close, slow)");
    struct gw_engine_setup setup = shape_setup(&m, shape);
    struct gw_vector *vector = gw_vector_new(&setup);
    struct kept kept = kept_run(vector, &run, &span, 1);
    gw_vector_free(vector);
    small_close(&m);
    return kept;
}

/* Marking by growth and by cash and shares round differently: which of them is used may
 * not hang on what comes later. */
static void a_dividend_behind_the_span_changes_no_bit(void)
{
    for (int shape = 0; shape < SHAPES; shape++) {
        struct kept without = row_before(false, (enum shape)shape);
        struct kept with = row_before(true, (enum shape)shape);
        CU_ASSERT_TRUE(without.row->metric[GW_METRIC_trades] > 3);
        CU_ASSERT_TRUE(kept_same(without.row, with.row));
        kept_clear(&without);
        kept_clear(&with);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"buys_at_the_next_open", buys_at_the_next_open},
        {"pays_commission_slippage_and_half_the_spread",
         pays_commission_slippage_and_half_the_spread},
        {"reverses_with_two_orders", reverses_with_two_orders},
        {"an_order_waits_for_a_price", an_order_waits_for_a_price},
        {"drops_orders_at_the_end", drops_orders_at_the_end},
        {"a_target_every_bar_is_rebalanced", a_target_every_bar_is_rebalanced},
        {"a_target_on_change_is_left_alone", a_target_on_change_is_left_alone},
        {"increases_are_capped_at_the_equity", increases_are_capped_at_the_equity},
        {"an_increase_takes_the_free_cash_alone", an_increase_takes_the_free_cash_alone},
        {"a_delisted_asset_is_closed_with_its_return",
         a_delisted_asset_is_closed_with_its_return},
        {"orders_of_an_assets_last_bar", orders_of_an_assets_last_bar},
        {"dividends_are_cash_or_in_the_prices", dividends_are_cash_or_in_the_prices},
        {"a_dividend_on_the_day_of_a_split_is_of_the_old_shares",
         a_dividend_on_the_day_of_a_split_is_of_the_old_shares},
        {"a_dividend_behind_the_span_changes_no_bit",
         a_dividend_behind_the_span_changes_no_bit},
        {"ruin_is_left_to_the_reference_engine", ruin_is_left_to_the_reference_engine},
        {"ruin_is_of_the_sum_of_the_accounts", ruin_is_of_the_sum_of_the_accounts},
        {"warm_up_modes_count_their_bars", warm_up_modes_count_their_bars},
        {"before_decides_on_the_eve_of_the_window",
         before_decides_on_the_eve_of_the_window},
        {"poor_data_has_defined_answers", poor_data_has_defined_answers},
        {"an_invalid_argument_fails_its_lane", an_invalid_argument_fails_its_lane},
    };
    return CHECK_RUN("vector", tests);
}
