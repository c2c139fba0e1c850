/* What a plug-in sees and what it may ask for, in this process: history as known on the
 * day against a naive computation, the position, orders. */
#include "gridwalk/base/mem.h"
#include "gridwalk/base/random.h"
#include "gridwalk/engine/decider.h"
#include "gridwalk/engine/plugin.h"
#include "gridwalk/strategy.h"

#include "small_market.h"

#define STRATEGY                                                                         \
    .abi = GW_STRATEGY_ABI, .size = sizeof(struct gw_strategy), .name = "test"

/* ---- history ---- */

enum { BARS = 40, ASSETS = 3, BEGIN = 4 /* of the window */ };

/* An action of the naive side: from bar `bar` on, prices before count q times. */
struct naive {
    size_t asset, bar;
    double q;
    bool split;
};

static const struct naive actions[] = {
    {0, 7, 0.5, true}, {0, 20, 0.25, true}, {1, 9, 0, false},
    {1, 9, 0.5, true}, {1, 30, 0, false},   {0, 33, 0, false},
};
enum { ACTIONS = sizeof actions / sizeof actions[0] };
static const double DIVIDEND = 0.75;

static struct small_market history_market;
static size_t bars_seen;

static double raw(size_t n, enum gw_price_field field, size_t t)
{
    double value = gw_panel_column(history_market.panel, (enum gw_field)field, n)[t];
    return value > 0 ? value : NAN;
}

/* The price at s as known at t: from s to t, each action that takes effect scales it. */
static double known(size_t n, enum gw_price_field field, size_t s, size_t t)
{
    double value = raw(n, field, s);
    if (isnan(raw(n, GW_PRICE_OF_CLOSE, s))) {
        return NAN;
    }
    for (size_t i = 0; i < ACTIONS; i++) {
        const struct naive *action = &actions[i];
        bool adjusts = action->split || history_market.rules.basis == GW_ADJUSTED;
        if (action->asset != n || !adjusts || s >= action->bar || action->bar > t) {
            continue;
        }
        double q = action->split
                       ? action->q
                       : 1 - DIVIDEND / raw(n, GW_PRICE_OF_CLOSE, action->bar - 1);
        if (field != GW_TRADED_VOLUME) {
            value *= q;
        } else if (action->split) {
            value /= q;
        }
    }
    return value;
}

static int compare_history(const struct gw_context *gw, void *state)
{
    (void)state;
    size_t t = gw->bar;
    for (size_t n = 0; n < gw->assets; n++) {
        for (int f = 0; f < GW_PRICE_FIELDS; f++) {
            enum gw_price_field field = (enum gw_price_field)f;
            struct gw_history view = gw_history(gw, n, field, 6);
            size_t there =
                history_market.rules.warmup == GW_WARM_BEFORE ? t + 1 : t + 1 - BEGIN;
            CU_ASSERT_EQUAL(view.count, there < 6 ? there : 6);
            for (size_t i = 0; i < view.count; i++) {
                CHECK_CLOSE(view.value[i] * view.factor,
                            known(n, field, t - view.count + 1 + i, t), 1e-13);
            }
            double now = isnan(raw(n, GW_PRICE_OF_CLOSE, t)) ? NAN : raw(n, field, t);
            CHECK_CLOSE(gw_price(gw, n, field), now, 0);
            struct gw_history traded = gw_history_in(gw, n, GW_AS_TRADED, field, 1);
            CHECK_CLOSE(traded.value[0] * traded.factor, now, 0);
        }
        CU_ASSERT_EQUAL(gw_has_bar(gw, n), !isnan(raw(n, GW_PRICE_OF_CLOSE, t)));
    }
    bars_seen++;
    return 0;
}

static void open_history_market(enum gw_basis basis)
{
    double close[ASSETS * BARS];
    struct small_market *m = &history_market;
    for (uint64_t i = 0; i < ASSETS * BARS; i++) {
        uint32_t bits[4];
        gw_philox(7, 0, i, bits);
        close[i] = 20 + 30 * (bits[0] / 4294967296.0);
    }
    small_open(m, BARS, ASSETS, close);
    m->rules.basis = basis;
    for (size_t i = 0; i < ASSETS * BARS; i++) {
        m->panel->column[GW_VOLUME][i] = 100 + (double)i;
        m->panel->column[GW_HIGH][i] += 1;
    }
    gw_panel_column(m->panel, GW_CLOSE, 1)[12] = NAN; /* a gap; the open stays */
    gw_panel_column(m->panel, GW_OPEN, 2)[13] = -1;   /* no price */
    m->panel->actions = ACTIONS;
    m->panel->action = gw_calloc(ACTIONS, sizeof *m->panel->action);
    for (size_t i = 0; i < ACTIONS; i++) {
        m->panel->action[i] =
            (struct gw_action){.asset = (int32_t)actions[i].asset,
                               .session = (int32_t)actions[i].bar,
                               .kind = actions[i].split ? GW_SPLIT : GW_DIVIDEND,
                               .value = actions[i].split ? actions[i].q : DIVIDEND};
    }
}

static void close_history_market(void)
{
    free(history_market.panel->action);
    small_close(&history_market);
}

static void ignore_order(void *book, size_t asset, double wanted, bool by_shares)
{
    (void)book;
    (void)asset;
    (void)wanted;
    (void)by_shares;
}

static void shows_history_as_known_on_the_day(void)
{
    static const struct gw_strategy strategy = {STRATEGY, .on_bar = compare_history};
    static const double shares[ASSETS];
    static const enum gw_warmup warmup[] = {GW_WARM_BEFORE, GW_WARM_COLD};
    for (int run = 0; run < 4; run++) {
        struct gw_error err;
        open_history_market(run % 2 == 0 ? GW_ADJUSTED : GW_SPLIT_BASIS);
        history_market.rules.warmup = warmup[run / 2];
        struct gw_engine_setup engine = small_setup(&history_market);
        const struct gw_plugin_setup setup = {.strategy = &strategy, .engine = &engine};
        struct gw_driver *driver = NULL;
        CHECK_OK(gw_driver_open(&setup, &driver, &err));
        struct gw_decider *decider = gw_driver_decider(driver);
        double value[GW_MAX_PARAMETERS] = {0};
        const struct gw_outing outing = {value, BEGIN, BARS - 1, BEGIN};
        const struct gw_desk desk = {
            .assets = ASSETS, .shares = shares, .order = ignore_order};
        bars_seen = 0;
        CU_ASSERT_TRUE(decider->start(decider->context, &outing));
        for (size_t t = BEGIN; t < BARS; t++) {
            CU_ASSERT_TRUE(decider->bar(decider->context, t, &desk));
        }
        decider->end(decider->context);
        CU_ASSERT_EQUAL(bars_seen, BARS - BEGIN);
        gw_driver_close(driver);
        close_history_market();
    }
}

/* Closes 2, 3, 4 and volumes 200, 300, 400, four for one and then two for one: on the
 * first day [2], then [0.5, 3], then [0.25, 1.5, 4] (volume 1600, 600, 400). */
static double split_seen[3][3], volume_seen[3][3];

static int note_history(const struct gw_context *gw, void *state)
{
    (void)state;
    struct gw_history close = gw_history(gw, 0, GW_PRICE_OF_CLOSE, 3);
    struct gw_history volume = gw_history(gw, 0, GW_TRADED_VOLUME, 3);
    for (size_t i = 0; i < close.count; i++) {
        split_seen[gw->bar][i] = close.value[i] * close.factor;
        volume_seen[gw->bar][i] = volume.value[i] * volume.factor;
    }
    return 0;
}

static void shows_splits_as_in_the_books(void)
{
    static const double close[] = {2, 3, 4}, shares[] = {0};
    static const struct gw_strategy strategy = {STRATEGY, .on_bar = note_history};
    static const double expected[3][3] = {{2}, {0.5, 3}, {0.25, 1.5, 4}};
    static const double traded[3] = {1600, 600, 400};
    struct small_market m;
    struct gw_error err;
    small_open(&m, 3, 1, close);
    m.panel->actions = 2;
    m.panel->action[0] =
        (struct gw_action){.session = 1, .kind = GW_SPLIT, .value = 0.25};
    m.panel->action[1] = (struct gw_action){.session = 2, .kind = GW_SPLIT, .value = 0.5};
    for (size_t t = 0; t < 3; t++) {
        m.panel->column[GW_VOLUME][t] = 200 + 100 * (double)t;
    }
    struct gw_engine_setup engine = small_setup(&m);
    const struct gw_plugin_setup setup = {.strategy = &strategy, .engine = &engine};
    struct gw_driver *driver = NULL;
    CHECK_OK(gw_driver_open(&setup, &driver, &err));
    struct gw_decider *decider = gw_driver_decider(driver);
    double value[GW_MAX_PARAMETERS] = {0};
    const struct gw_outing outing = {value, 0, 2, 0};
    const struct gw_desk desk = {.assets = 1, .shares = shares, .order = ignore_order};
    CU_ASSERT_TRUE(decider->start(decider->context, &outing));
    for (size_t t = 0; t < 3; t++) {
        CU_ASSERT_TRUE(decider->bar(decider->context, t, &desk));
        for (size_t i = 0; i <= t; i++) {
            CHECK_CLOSE(split_seen[t][i], expected[t][i], 1e-15);
        }
        CHECK_CLOSE(volume_seen[2][t], t == 2 ? 400 : volume_seen[2][t], 0);
    }
    for (size_t i = 0; i < 3; i++) {
        CHECK_CLOSE(volume_seen[2][i], traded[i], 1e-15);
    }
    decider->end(decider->context);
    gw_driver_close(driver);
    small_close(&m);
}

/* ---- position and orders, at a desk of our own ---- */

struct book {
    size_t orders, asset;
    double wanted;
    bool by_shares;
};

static void take_order(void *context, size_t asset, double wanted, bool by_shares)
{
    struct book *book = context;
    *book = (struct book){book->orders + 1, asset, wanted, by_shares};
}

static int (*on_desk)(const struct gw_context *gw);

static int call_desk(const struct gw_context *gw, void *state)
{
    (void)state;
    return on_desk(gw);
}

/* 30 shares in the basis are 30 * F = 60 behind a two-for-one; weight 60 * 5 / 1000. */
static int sell_ten(const struct gw_context *gw)
{
    CHECK_CLOSE(gw_shares(gw, 0), 60, 1e-15);
    CHECK_CLOSE(gw_last_close(gw, 0), 5, 1e-15);
    CHECK_CLOSE(gw_weight(gw, 0), 0.3, 1e-15);
    CHECK_TEXT(gw->symbol[1], "B");
    CU_ASSERT_EQUAL(gw_day(gw), 2);
    CU_ASSERT_TRUE(gw_order_market(gw, 0, -10));  /* wants 50 */
    CU_ASSERT_FALSE(gw_order_weight(gw, 1, 0.5)); /* has no bar */
    CU_ASSERT_FALSE(gw_order_shares(gw, 0, NAN));
    return 0;
}

static int order_weight(const struct gw_context *gw)
{
    CU_ASSERT_TRUE(gw_order_weight(gw, 0, -0.25));
    return 0;
}

static int order_third(const struct gw_context *gw)
{
    gw_order_shares(gw, 2, 1);
    return 0;
}

static int order_infinity(const struct gw_context *gw)
{
    gw_order_weight(gw, 0, -INFINITY);
    return 0;
}

static int return_seven(const struct gw_context *gw)
{
    (void)gw;
    return 7;
}

static int say_why(const struct gw_context *gw)
{
    return gw_fail_row(gw, "no moon tonight");
}

static const double desk_shares[] = {30, 0};

/* One bar of a strategy at a market with a two-for-one at bar 1, asset 1 without bar 2.
 */
static bool visit_desk(int (*bar)(const struct gw_context *gw),
                       const struct gw_strategy *strategy,
                       struct book *book,
                       char why[160])
{
    static const double close[] = {10, 5, 5, 7, 7, 7};
    struct small_market m;
    struct gw_error err;
    small_open(&m, 3, 2, close);
    strcpy(m.panel->asset[1].symbol, "B");
    gw_panel_column(m.panel, GW_CLOSE, 1)[2] = NAN;
    m.panel->actions = 1;
    m.panel->action[0] = (struct gw_action){.session = 1, .kind = GW_SPLIT, .value = 0.5};
    struct gw_engine_setup engine = small_setup(&m);
    const struct gw_plugin_setup setup = {.strategy = strategy, .engine = &engine};
    struct gw_driver *driver = NULL;
    CHECK_OK(gw_driver_open(&setup, &driver, &err));
    struct gw_decider *decider = gw_driver_decider(driver);
    double value[GW_MAX_PARAMETERS] = {0};
    const struct gw_outing outing = {value, 0, 2, 0};
    const struct gw_desk desk = {.assets = 2,
                                 .shares = desk_shares,
                                 .cash = 700,
                                 .equity = 1000,
                                 .book = book,
                                 .order = take_order};
    *book = (struct book){0};
    on_desk = bar;
    bool well = decider->start(decider->context, &outing) &&
                decider->bar(decider->context, 2, &desk);
    snprintf(why, 160, "%s", gw_driver_failure(driver));
    decider->end(decider->context);
    gw_driver_close(driver);
    small_close(&m);
    return well;
}

static void takes_orders_as_of_now(void)
{
    static const struct gw_strategy strategy = {STRATEGY, .on_bar = call_desk};
    struct book book;
    char why[160];
    CU_ASSERT_TRUE(visit_desk(sell_ten, &strategy, &book, why));
    CU_ASSERT_TRUE(book.orders == 1 && book.asset == 0 && book.by_shares);
    CHECK_CLOSE(book.wanted, 50, 1e-15);
    CU_ASSERT_TRUE(visit_desk(order_weight, &strategy, &book, why));
    CU_ASSERT_TRUE(book.orders == 1 && !book.by_shares && book.wanted == -0.25);
    CHECK_TEXT(why, "");
}

static int start_with_order(const struct gw_context *gw, void *state)
{
    (void)state;
    gw_order_weight(gw, 0, 1);
    return 0;
}

static void fails_rows_that_do_wrong(void)
{
    static const struct gw_strategy strategy = {STRATEGY, .on_bar = call_desk};
    static const struct gw_strategy early = {STRATEGY, .on_bar = call_desk,
                                             .on_start = start_with_order};
    static const struct {
        int (*bar)(const struct gw_context *gw);
        const char *why;
    } table[] = {{order_third, "ordered asset 2; the assets are 0 to 1"},
                 {order_infinity, "ordered an infinite amount"},
                 {return_seven, "on_bar returned 7"},
                 {say_why, "said: no moon tonight"}};
    struct book book;
    char why[160];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_FALSE(visit_desk(table[i].bar, &strategy, &book, why));
        CHECK_TEXT(why, table[i].why);
        CU_ASSERT_EQUAL(book.orders, 0);
    }
    CU_ASSERT_FALSE(visit_desk(order_weight, &early, &book, why));
    CHECK_TEXT(why, "ordered outside on_bar");
}

int main(void)
{
    static const struct check_test tests[] = {
        {"shows_history_as_known_on_the_day", shows_history_as_known_on_the_day},
        {"shows_splits_as_in_the_books", shows_splits_as_in_the_books},
        {"takes_orders_as_of_now", takes_orders_as_of_now},
        {"fails_rows_that_do_wrong", fails_rows_that_do_wrong},
    };
    return CHECK_RUN("driver", tests);
}
