/* What the reference engine's stops do to positions, orders and decisions. */
#include "reference_checks.h"

enum { BARS = 6 };

/* Bought 10 at 10 and, at weight 1, more at 20: avg is what was paid a share, and what a
 * sale of a part takes along leaves it as it is. Weights .1 and .5 of 1000 and 1100: 10
 * shares at 10, then 27.5 wanted at 20: 17.5 more; avg = (100 + 350) / 27.5. */
static void the_entry_price_is_an_average(void)
{
    struct small_market m;
    small_tens(&m, BARS);
    small_bar(&m, 1, 20, 20, 20, 20);
    small_bar(&m, 2, 20, 20, 20, 20);
    small_bar(&m, 3, 20, 20, 12, 20);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.stop_loss = .2;
    m.panel->column[GW_VOLUME][1] = 2;
    m.panel->column[GW_VOLUME][2] = 3;
    small_target(&m, "where(volume > 4000, 0.1, where(volume == 2, 0.5, 0.25))");
    small_run(&m, 1, 1, 0, 3);
    const struct expected_fill fill[] = {{0, 0, 10, 10, GW_BY_ORDER},
                                         {0, 1, 17.5, 20, GW_BY_ORDER},
                                         {0, 2, -13.75, 20, GW_BY_ORDER},
                                         {0, 3, -13.75, .8 * 450 / 27.5, GW_BY_LOSS}};
    small_check_fills(&m, fill, 4);
    small_close(&m);
}

/* The stop sells at 9 with slippage and commission of its own; at the close of the same
 * bar signals open again (delay 0). */
static void signals_may_open_again_at_once(void)
{
    struct small_market m;
    small_tens(&m, BARS);
    small_bar(&m, 1, 10, 10, 8, 9.5);
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.terms.stop_loss = .1;
    m.rules.terms.slippage_bps = 100;
    m.rules.terms.commission_fixed = 2;
    small_signal(&m, GW_ENTER_LONG, "volume > 4000 or close < 10");
    small_run(&m, 1, 1, 0, 1);
    /* avg is the fill price, 10.1: the level 9.09 */
    const struct expected_fill fill[] = {{0, 0, 10, 10.1, GW_BY_ORDER},
                                         {0, 1, -10, 9.09 * .99, GW_BY_LOSS},
                                         {0, 1, 10, 9.5 * 1.01, GW_BY_ORDER}};
    small_check_fills(&m, fill, 3);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 3, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_commission), 6, 1e-12);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_trades), 1, 0);
    small_close(&m);
}

/* Stopped at bar 1. Weights of the same side are no orders until one is 0: bars 2 and 3
 * want 1, bar 4 wants 0 (or -1, which is an order at once), bar 5 wants 1 again. */
static void a_target_stays_flat_until_it_is_decided_anew(void)
{
    for (int other = 0; other <= 1; other++) {
        for (int every = 0; every <= 1; every++) {
            struct small_market m;
            small_tens(&m, BARS);
            small_bar(&m, 1, 10, 10, 8, 10);
            m.panel->column[GW_VOLUME][4] = 1;
            m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
            m.rules.rebalance = every ? GW_EVERY_BAR : GW_ON_CHANGE;
            m.rules.terms.stop_loss = .1;
            small_target(&m, other ? "where(volume == 1, -0.1, where(volume > 4000, "
                                     "0.1, 0.2))"
                                   : "where(volume == 1, 0, 0.1)");
            small_run(&m, 1, 1, 0, 5);
            size_t fills;
            const struct gw_fill *fill = gw_reference_fills(m.reference, &fills);
            CU_ASSERT_EQUAL_FATAL(fills, other ? 5 : 3);
            CU_ASSERT_EQUAL(fill[1].cause, GW_BY_LOSS);
            CU_ASSERT_EQUAL(fill[2].bar, other ? 4 : 5);
            CU_ASSERT_EQUAL(fill[2].shares < 0, other);
            small_close(&m);
        }
    }
}

/* An order to reverse waits, as bar 2 has no open, when the loss is reached: it goes with
 * the position, and the side intended is flat, so that the exit of bar 3 is no decision.
 */
static void a_stop_cancels_what_waits(void)
{
    struct small_market m;
    small_tens(&m, BARS);
    m.panel->column[GW_VOLUME][1] = 1;
    small_bar(&m, 2, NAN, 10, 8, 9.5);
    m.rules.terms.stop_loss = .1;
    small_signal(&m, GW_ENTER_LONG, "volume > 4000");
    small_signal(&m, GW_ENTER_SHORT, "volume == 1");
    small_signal(&m, GW_EXIT_SHORT, "close < 10");
    small_run(&m, 1, 1, 0, BARS - 1);
    const struct expected_fill fill[] = {{0, 1, 10, 10, GW_BY_ORDER},
                                         {0, 2, -10, 9, GW_BY_LOSS}};
    small_check_fills(&m, fill, 2);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_dropped), 0, 0);
    size_t count;
    const struct gw_order *order = gw_reference_orders(m.reference, &count);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_EQUAL(order[1].end, GW_ORDER_CANCELLED);
    CHECK_CLOSE(order[1].wanted, -1, 0);
    small_close(&m);
}

/* Three of the ten go at the stop, four at the next open though the level is reached
 * there too, and the last three at the one behind: the entry, the stop and the order for
 * the rest are three orders. */
static void the_rest_of_a_stop_is_an_order(void)
{
    struct small_market m;
    small_tens(&m, BARS);
    m.panel->column[GW_VOLUME][1] = 100;
    m.panel->column[GW_VOLUME][2] = 30;
    m.panel->column[GW_VOLUME][3] = 40;
    small_bar(&m, 2, 9.5, 9.5, 8, 9.5);
    small_bar(&m, 3, 8.5, 9.5, 8, 9.5);
    m.rules.terms.stop_loss = .1;
    m.rules.terms.volume_limit = .1;
    m.rules.terms.commission_fixed = 1;
    small_signal(&m, GW_ENTER_LONG, "volume > 4000");
    small_signal(&m, GW_EXIT_LONG, "volume == 30"); /* is flat already */
    small_run(&m, 1, 1, 0, BARS - 1);
    const struct expected_fill fill[] = {{0, 1, 10, 10, GW_BY_ORDER},
                                         {0, 2, -3, 9, GW_BY_LOSS},
                                         {0, 3, -4, 8.5, GW_BY_ORDER},
                                         {0, 4, -3, 10, GW_BY_ORDER}};
    small_check_fills(&m, fill, 4);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_orders), 3, 0);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_commission), 3, 1e-12);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_trades), 1, 0);
    small_close(&m);
}

/* A new entry of the same side, while the rest waits, keeps what is left of the position.
 */
static void only_a_new_entry_replaces_the_rest(void)
{
    struct small_market m;
    small_tens(&m, BARS);
    m.panel->column[GW_VOLUME][2] = 30;
    small_bar(&m, 2, 9.5, 9.5, 8, 9.5);
    m.rules.terms.stop_loss = .1;
    m.rules.terms.volume_limit = .1;
    small_signal(&m, GW_ENTER_LONG, "volume > 4000 or volume == 30");
    small_run(&m, 1, 1, 0, BARS - 1);
    const struct expected_fill fill[] = {{0, 1, 10, 10, GW_BY_ORDER},
                                         {0, 2, -3, 9, GW_BY_LOSS}};
    small_check_fills(&m, fill, 2);
    CHECK_CLOSE(small_metric(&m, GW_METRIC_open_trades), 1, 0);
    small_close(&m);

    small_tens(&m, BARS); /* of a target: a weight of 0 frees it, and leaves the rest */
    m.panel->column[GW_VOLUME][2] = 30;
    small_bar(&m, 2, 9.5, 9.5, 8, 9.5);
    m.rules.terms.stop_loss = .1;
    m.rules.terms.volume_limit = .1;
    small_target(&m, "where(volume > 4000, 0.1, where(volume == 30, 0, 0.1))");
    small_run(&m, 1, 1, 0, BARS - 1);
    const struct expected_fill other[] = {{0, 1, 10, 10, GW_BY_ORDER},
                                          {0, 2, -3, 9, GW_BY_LOSS},
                                          {0, 3, -7, 10, GW_BY_ORDER},
                                          {0, 4, 9.97 / 10 * 10, 10, GW_BY_ORDER}};
    small_check_fills(&m, other, 4);
    small_close(&m);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"the_entry_price_is_an_average", the_entry_price_is_an_average},
        {"signals_may_open_again_at_once", signals_may_open_again_at_once},
        {"a_target_stays_flat_until_it_is_decided_anew",
         a_target_stays_flat_until_it_is_decided_anew},
        {"a_stop_cancels_what_waits", a_stop_cancels_what_waits},
        {"the_rest_of_a_stop_is_an_order", the_rest_of_a_stop_is_an_order},
        {"only_a_new_entry_replaces_the_rest", only_a_new_entry_replaces_the_rest},
    };
    return CHECK_RUN("reference_stops", tests);
}
