/* When the reference engine decides, how positions end, and a decider in place of
 * expressions. */
#include "reference_checks.h"

#include "gridwalk/engine/decider.h"

enum { BARS = 14 };

/* Prices that move on every bar, so that each decision of weight .5 is an order: the bars
 * on which it decided. */
static void check_decided(const struct small_market *m, const size_t *bar, size_t count)
{
    size_t orders;
    const struct gw_order *order = gw_reference_orders(m->reference, &orders);
    CU_ASSERT_EQUAL(orders, count);
    for (size_t i = 0; i < count && i < orders; i++) {
        CU_ASSERT_EQUAL(order[i].decided, bar[i]);
    }
}

static void open_moving(struct small_market *m, enum gw_rebalance rebalance)
{
    double close[BARS];
    for (size_t t = 0; t < BARS; t++) {
        close[t] = t % 2 == 0 ? 10 : 11;
    }
    small_open(m, BARS, 1, close);
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m->rules.rebalance = rebalance;
    m->rules.every = 3;
    small_target(m, "0.5");
}

/* Day 0 is Thursday 1970-01-01: Mondays are days 4 and 11; a window that begins on a
 * Friday decides there too. Every third bar counts from the first decision. */
static void rebalances_by_weeks_and_bars(void)
{
    struct small_market m;
    open_moving(&m, GW_WEEKLY);
    small_run(&m, 1, 1, 1, BARS - 1);
    check_decided(&m, (const size_t[]){1, 4, 11}, 3);
    small_close(&m);

    open_moving(&m, GW_EVERY_BARS);
    small_run(&m, 1, 1, 1, BARS - 1);
    check_decided(&m, (const size_t[]){1, 4, 7, 10, 13}, 5);
    small_close(&m);

    open_moving(&m, GW_WEEKLY); /* no price on Monday: nothing until the next week */
    for (int field = 0; field < GW_FIELDS; field++) {
        m.panel->column[field][4] = NAN;
    }
    small_run(&m, 1, 1, 1, BARS - 1);
    check_decided(&m, (const size_t[]){1, 11}, 2);
    small_close(&m);
}

/* Sessions around 1970-02-01 (day 31), 03-01 (59) and 04-01 (90); 12-31 is day -1. */
static void rebalances_by_months_and_quarters(void)
{
    static const int32_t day[BARS] = {-2, -1, 2,  20, 30, 31, 32,
                                      50, 60, 61, 89, 90, 91, 92};
    struct small_market m;
    open_moving(&m, GW_MONTHLY);
    memcpy(m.panel->session, day, sizeof day);
    small_run(&m, 1, 1, 1, BARS - 1);
    check_decided(&m, (const size_t[]){1, 2, 5, 8, 11}, 5);
    small_close(&m);

    open_moving(&m, GW_QUARTERLY);
    memcpy(m.panel->session, day, sizeof day);
    small_run(&m, 1, 1, 1, BARS - 1);
    check_decided(&m, (const size_t[]){1, 2, 11}, 3);
    small_close(&m);
}

/* Sold at the last close less 1 %, commission 2; what bar 2 decides is no order that
 * could fill, and dropped. */
static void a_window_may_close_at_its_end(void)
{
    struct small_market m;
    const double close[] = {10, 10, 12};
    small_open(&m, 3, 1, close);
    m.rules.close_at_end = true;
    m.rules.size = GW_SIZE_SHARES;
    m.rules.terms.size = 10;
    m.rules.terms.slippage_bps = 100;
    m.rules.terms.commission_fixed = 2;
    m.rules.terms.volume_limit = .01; /* 10 of 1000; 1 of 100 at the end, but for this */
    m.panel->column[GW_VOLUME][2] = 100;
    small_signal(&m, GW_ENTER_LONG, "close < 11");
    small_signal(&m, GW_ENTER_SHORT, "close > 11");
    small_run(&m, 1, 1, 0, 2);
    const struct expected_fill fill[] = {{0, 1, 10, 10.1, GW_BY_ORDER},
                                         {0, 2, -10, 11.88, GW_BY_END}};
    small_check_fills(&m, fill, 2);
    const double equity[] = {1000, 1000 - 103 + 100, 1000 - 103 + 116.8};
    small_check_equity(&m, equity, 3);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_commission), 4, 1e-12);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_slippage), 10 * .1 + 10 * .12, 1e-12);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_trades), 1, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_exposure), 1.0 / 3, 1e-12);
    small_close(&m);
}

/* At the last close only the reduction is filled: asset 0 would grow, asset 1 shrinks. */
static void nothing_grows_at_a_last_close(void)
{
    struct small_market m;
    const double close[] = {10, 10, /**/ 10, 20};
    small_open(&m, 2, 2, close);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.mode = GW_SHARED;
    m.rules.close_at_end = true;
    m.rules.rebalance = GW_EVERY_BAR;
    small_target(&m, "where(open < 15, 0.5, 0.25)");
    small_run(&m, 1, 1, 0, 1);
    /* 1500 at bar 1: asset 0 wants 75, asset 1 18.75 */
    const struct expected_fill fill[] = {{0, 0, 50, 10, GW_BY_ORDER},
                                         {0, 1, -50, 10, GW_BY_END},
                                         {1, 0, 50, 10, GW_BY_ORDER},
                                         {1, 1, -31.25, 20, GW_BY_ORDER},
                                         {1, 1, -18.75, 20, GW_BY_END}};
    small_check_fills(&m, fill, 5);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 1, 0);
    small_close(&m);
}

/* Asset 1 leaves at bar 2 with -50 %: paid out there, no order, and its cash is there for
 * asset 0. The rest of its entry, which volume cut, is cancelled, not dropped. */
static void a_delisting_pays_out(void)
{
    struct small_market m;
    const double close[] = {10, 10, 10, 10, /**/ 10, 10, 10, NAN};
    small_open(&m, 4, 2, close);
    m.rules.mode = GW_SHARED;
    m.rules.terms.volume_limit = .01;
    m.panel->asset[1].delisting_return = -.5;
    small_target(&m, "where(volume == 0, 0, 0.5)");
    m.panel->column[GW_VOLUME][4 + 1] = 400;
    m.panel->column[GW_VOLUME][4 + 2] = 300;
    small_run(&m, 1, 1, 0, 3);
    const struct expected_fill fill[] = {
        {0, 1, 10, 10, GW_BY_ORDER}, {0, 2, 10, 10, GW_BY_ORDER},
        {0, 3, 10, 10, GW_BY_ORDER}, {1, 1, 4, 10, GW_BY_ORDER},
        {1, 2, 3, 10, GW_BY_ORDER},  {1, 2, -7, 5, GW_BY_DELISTING}};
    small_check_fills(&m, fill, 6);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 2, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 1, 0); /* the rest of asset 0 */
    const double equity[] = {1000, 1000, 965, 965};
    small_check_equity(&m, equity, 4);
    small_close(&m);
}

/* Two shorts of half the equity, 50 shares each: at 10 and 40 the account owes 500 more
 * than it has. Both are closed there without cost, and nothing is decided any more. */
static void a_shared_account_is_ruined_as_one(void)
{
    struct small_market m;
    const double close[] = {10, 10, 10, 10, /**/ 10, 10, 40, 10};
    small_open(&m, 4, 2, close);
    m.rules.mode = GW_SHARED;
    m.rules.rebalance = GW_EVERY_BAR;
    m.panel->column[GW_OPEN][4 + 2] = 10;
    small_target(&m, "-0.5");
    CU_ASSERT_EQUAL(small_run(&m, 1, 1, 0, 3)->status, GW_ROW_RUINED);
    const struct expected_fill fill[] = {{0, 1, -50, 10, GW_BY_ORDER},
                                         {0, 2, 50, 10, GW_BY_RUIN},
                                         {1, 1, -50, 10, GW_BY_ORDER},
                                         {1, 2, 50, 40, GW_BY_RUIN}};
    small_check_fills(&m, fill, 4);
    const double equity[] = {1000, 1000, 0, 0};
    small_check_equity(&m, equity, 4);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_worst_trade), -3, 1e-12);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 0, 0);
    small_close(&m);
}

/* A dividend of 1 on 10 shares held. */
static void dividends_are_in_the_journal(void)
{
    struct small_market m;
    const double close[] = {10, 10, 9};
    small_open(&m, 3, 1, close);
    small_action(&m, 2, GW_DIVIDEND, 1);
    m.rules.basis = GW_SPLIT_BASIS;
    m.rules.size = GW_SIZE_SHARES;
    m.rules.terms.size = 10;
    small_signal(&m, GW_ENTER_LONG, "close > 9.5");
    small_run(&m, 1, 1, 0, 2);
    size_t count;
    const struct gw_cash *cash = gw_reference_cash(m.reference, &count);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_EQUAL(cash->kind, GW_CASH_DIVIDEND);
    CU_ASSERT_EQUAL(cash->asset, 0);
    CU_ASSERT_EQUAL(cash->bar, 2);
    CHECK_CLOSE(cash->amount, 10, 1e-12);
    small_close(&m);
}

/* A decider that does what a table says, and notes what it sees. */
struct script {
    struct {
        size_t bar, asset;
        double wanted;
        bool by_shares;
    } order[8];
    size_t orders, lookback, fails_at;
    size_t first, asked, started, ended;
    struct gw_outing outing;
    double cash[8], equity[8], shares[8]; /* by bar; shares of asset 0 */
};

static size_t script_lookback(void *context, const double *value)
{
    const struct script *script = context;
    return script->lookback + (size_t)value[0];
}

static bool script_start(void *context, const struct gw_outing *outing)
{
    struct script *script = context;
    script->outing = *outing;
    script->started++;
    script->asked = 0;
    return script->fails_at != SIZE_MAX - 1;
}

static bool script_bar(void *context, size_t t, const struct gw_desk *desk)
{
    struct script *script = context;
    script->first = script->asked++ == 0 ? t : script->first;
    script->cash[t] = desk->cash;
    script->equity[t] = desk->equity;
    script->shares[t] = desk->shares[0];
    for (size_t i = 0; i < script->orders; i++) {
        if (script->order[i].bar == t) {
            desk->order(desk->book, script->order[i].asset, script->order[i].wanted,
                        script->order[i].by_shares);
        }
    }
    return t != script->fails_at;
}

static void script_end(void *context)
{
    struct script *script = context;
    script->ended++;
}

/* Two assets of five bars; asset 1 lacks bar 2, and nobody has bar 3. */
static void run_script(struct small_market *m, struct script *script, bool shared)
{
    const double close[] = {10, 10, 11, NAN, 12, /**/ 20, 20, NAN, NAN, 20};
    struct gw_decider decider = {script, script_lookback, script_start, script_bar,
                                 script_end};
    small_open(m, 5, 2, close);
    m->rules.mode = shared ? GW_SHARED : GW_PER_ASSET;
    m->rules.warmup = GW_WARM_INSIDE_OWN;
    struct gw_engine_setup setup = small_setup(m);
    setup.decider = &decider;
    m->reference = gw_reference_new(&setup);
    small_run(m, 0, 0, 0, 4);
}

/* Warm at bar 1 (a look-back of one): 40 raw shares of asset 0 for the open of bar 2,
 * half the equity of asset 1, which has no bar there and waits until bar 4. */
static void a_decider_decides(void)
{
    for (int shared = 0; shared <= 1; shared++) {
        struct small_market m;
        struct script script = {.order = {{1, 0, 40, true},
                                          {1, 1, .9, false},
                                          {1, 1, .5, false},
                                          {2, 1, .1, false}, /* has no bar: nothing */
                                          {4, 0, NAN, false}},
                                .orders = 5,
                                .lookback = 1,
                                .fails_at = SIZE_MAX};
        run_script(&m, &script, shared != 0);
        CU_ASSERT_EQUAL(m.row.status, GW_ROW_OK);
        CU_ASSERT_EQUAL(script.started, 1);
        CU_ASSERT_EQUAL(script.ended, 1);
        CU_ASSERT_EQUAL(script.first, 1);
        CU_ASSERT_EQUAL(script.asked, 4); /* bar 3 too */
        CU_ASSERT_EQUAL(script.outing.begin, 0);
        CU_ASSERT_EQUAL(script.outing.end, 4);
        CU_ASSERT_EQUAL(script.outing.decide_from, 1);
        double capital = shared ? 1000 : 2000;
        /* the equity at the open of bar 4: 1000, with asset 0 at 12 of 11 if it is shared
         */
        double half = (shared ? 1000 + 40 : 1000) / 2.0 / 20;
        const struct expected_fill fill[] = {{0, 2, 40, 11, GW_BY_ORDER},
                                             {1, 4, half, 20, GW_BY_ORDER}};
        small_check_fills(&m, fill, 2);
        CHECK_CLOSE(script.cash[1], capital, 1e-12);
        CHECK_CLOSE(script.cash[2], capital - 440, 1e-12);
        CHECK_CLOSE(script.equity[2], capital, 1e-12);
        CHECK_CLOSE(script.equity[4], capital + 40, 1e-12);
        CHECK_CLOSE(script.shares[1], 0, 0);
        CHECK_CLOSE(script.shares[3], 40, 0);
        CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 0, 0);
        size_t count;
        const struct gw_order *order = gw_reference_orders(m.reference, &count);
        CU_ASSERT_EQUAL_FATAL(count, 3);
        CU_ASSERT_EQUAL(order[1].end, GW_ORDER_REPLACED);
        CHECK_CLOSE(order[2].wanted, .5, 0);
        small_close(&m);
    }
}

static void a_decider_that_fails_fails_the_row(void)
{
    struct small_market m;
    struct script script = {.fails_at = 2};
    run_script(&m, &script, false);
    CU_ASSERT_EQUAL(m.row.status, GW_ROW_FAILED);
    CU_ASSERT_EQUAL(script.asked, 3);
    CU_ASSERT_EQUAL(script.ended, 1);
    size_t first, bars;
    CU_ASSERT_PTR_NULL(gw_reference_equity(m.reference, &first, &bars));
    small_close(&m);

    struct script unwilling = {.fails_at = SIZE_MAX - 1};
    run_script(&m, &unwilling, false);
    CU_ASSERT_EQUAL(m.row.status, GW_ROW_FAILED);
    CU_ASSERT_EQUAL(unwilling.asked + unwilling.ended, 0);
    small_close(&m);

    struct script slow = {.lookback = 7, .fails_at = SIZE_MAX};
    run_script(&m, &slow, false);
    CU_ASSERT_EQUAL(m.row.status, GW_ROW_INSUFFICIENT_HISTORY);
    CU_ASSERT_EQUAL(slow.started, 0);
    small_close(&m);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"rebalances_by_weeks_and_bars", rebalances_by_weeks_and_bars},
        {"rebalances_by_months_and_quarters", rebalances_by_months_and_quarters},
        {"a_window_may_close_at_its_end", a_window_may_close_at_its_end},
        {"nothing_grows_at_a_last_close", nothing_grows_at_a_last_close},
        {"a_delisting_pays_out", a_delisting_pays_out},
        {"a_shared_account_is_ruined_as_one", a_shared_account_is_ruined_as_one},
        {"dividends_are_in_the_journal", dividends_are_in_the_journal},
        {"a_decider_decides", a_decider_decides},
        {"a_decider_that_fails_fails_the_row", a_decider_that_fails_fails_the_row},
    };
    return CHECK_RUN("reference_events", tests);
}
