#include "gridwalk/market/portal.h"

#include "check.h"

#include <stdint.h>

/* One asset with these closes (all prices alike) and volumes. */
static struct gw_panel *make_panel(const double *close,
                                   const double *volume,
                                   size_t T,
                                   const struct gw_action *action,
                                   size_t actions)
{
    const struct gw_panel_dims dims = {.bars = T, .assets = 1, .actions = actions};
    struct gw_panel *panel = gw_panel_new(&dims);
    for (size_t t = 0; t < T; t++) {
        panel->session[t] = (int32_t)t;
        for (int field = GW_OPEN; field <= GW_CLOSE; field++) {
            panel->column[field][t] = close[t];
        }
        panel->column[GW_VOLUME][t] = volume == NULL ? 100 : volume[t];
    }
    for (size_t i = 0; i < actions; i++) {
        panel->action[i] = action[i];
    }
    return panel;
}

/* Check the prices or volumes of bars 0 to `view` as known at `view`, all bars being own.
 */
static void check_view(const struct gw_portal *portal,
                       enum gw_field field,
                       size_t view,
                       const double *expected)
{
    double out[8];
    bool volume = field == GW_VOLUME;
    const double *factor =
        volume ? gw_portal_split_factor(portal, 0) : gw_portal_factor(portal, 0);
    gw_portal_field(portal, (struct gw_view){0, field, false, 0, view + 1}, out);
    for (size_t t = 0; t <= view; t++) {
        double scale = factor == NULL ? 1 : factor[view];
        CHECK_CLOSE(volume ? out[t] * scale : out[t] / scale, expected[t], 1e-12);
    }
}

static const double three_closes[3] = {2, 3, 4};
static const double three_volumes[3] = {200, 300, 400};

/* The published test of the seed system: splits 0.25 and 0.5 on the last two days. */
static void shows_a_split_history_as_known_at_each_day(void)
{
    static const struct gw_action action[] = {{0, 1, GW_SPLIT, 0.25},
                                              {0, 2, GW_SPLIT, 0.5}};
    for (int basis = GW_ADJUSTED; basis <= GW_SPLIT_BASIS; basis++) {
        struct gw_panel *panel = make_panel(three_closes, three_volumes, 3, action, 2);
        struct gw_portal *portal = gw_portal_new(panel, (enum gw_basis)basis);
        check_view(portal, GW_CLOSE, 0, (const double[]){2});
        check_view(portal, GW_CLOSE, 1, (const double[]){0.5, 3});
        check_view(portal, GW_CLOSE, 2, (const double[]){0.25, 1.5, 4});
        check_view(portal, GW_VOLUME, 1, (const double[]){800, 300});
        check_view(portal, GW_VOLUME, 2, (const double[]){1600, 600, 400});
        gw_portal_free(portal);
        gw_panel_free(panel);
    }
}

/* Mergers with the same ratios: the same prices, the volumes as they were. */
static void leaves_volumes_alone_in_a_merger(void)
{
    static const int32_t kind[] = {GW_MERGER, GW_SPINOFF, GW_OTHER};
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        const struct gw_action action[] = {{0, 1, kind[i], 0.25}, {0, 2, kind[i], 0.5}};
        struct gw_panel *panel = make_panel(three_closes, three_volumes, 3, action, 2);
        struct gw_portal *portal = gw_portal_new(panel, GW_SPLIT_BASIS);
        check_view(portal, GW_CLOSE, 2, (const double[]){0.25, 1.5, 4});
        check_view(portal, GW_VOLUME, 2, three_volumes);
        CU_ASSERT_PTR_NULL(gw_portal_split_factor(portal, 0));
        gw_portal_free(portal);
        gw_panel_free(panel);
    }
}

/* The published test, its ratios 0.98 and 0.96 on our closes; 1.8816 before its rounding.
 */
static void reinvests_dividends_in_the_adjusted_basis(void)
{
    static const struct gw_action action[] = {{0, 1, GW_DIVIDEND, 2 * 0.02},
                                              {0, 2, GW_DIVIDEND, 3 * 0.04}};
    struct gw_panel *panel = make_panel(three_closes, three_volumes, 3, action, 2);
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    size_t count;
    check_view(portal, GW_CLOSE, 0, (const double[]){2});
    check_view(portal, GW_CLOSE, 1, (const double[]){1.96, 3});
    check_view(portal, GW_CLOSE, 2, (const double[]){1.8816, 2.88, 4});
    check_view(portal, GW_VOLUME, 2, three_volumes);
    gw_portal_dividends(portal, 0, &count);
    CU_ASSERT_EQUAL(count, 0);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

static void pays_dividends_as_cash_in_the_split_basis(void)
{
    static const struct gw_action action[] = {
        {0, 1, GW_SPLIT, 0.5}, {0, 1, GW_DIVIDEND, 0.1}, {0, 2, GW_DIVIDEND, 0.25}};
    struct gw_panel *panel = make_panel(three_closes, three_volumes, 3, action, 3);
    struct gw_portal *portal = gw_portal_new(panel, GW_SPLIT_BASIS);
    size_t count;
    const struct gw_dividend *dividend = gw_portal_dividends(portal, 0, &count);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_EQUAL(dividend[0].bar, 1);
    CU_ASSERT_EQUAL(dividend[0].amount, 0.1);
    CU_ASSERT_EQUAL(dividend[1].bar, 2);
    CU_ASSERT_EQUAL(dividend[1].amount, 0.25);
    const double *factor = gw_portal_factor(portal, 0);
    CHECK_CLOSE(factor[0], 1, 0);
    CHECK_CLOSE(factor[1], 2, 0);
    CHECK_CLOSE(factor[2], 2, 0);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

/* 100, then 2 paid a share and 2-for-1 on one day: 49 is what 98 was. */
static void takes_a_dividend_before_a_split_of_the_same_day(void)
{
    static const double close[] = {100, 49};
    static const struct gw_action action[] = {{0, 1, GW_SPLIT, 0.5},
                                              {0, 1, GW_DIVIDEND, 2}};
    struct gw_panel *panel = make_panel(close, NULL, 2, action, 2);
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    double out[2];
    gw_portal_field(portal, (struct gw_view){0, GW_CLOSE, false, 0, 2}, out);
    CHECK_CLOSE(out[0], 100, 0);
    CHECK_CLOSE(out[1], 100, 1e-15);
    gw_portal_field(portal, (struct gw_view){0, GW_CLOSE, true, 0, 2}, out);
    CHECK_CLOSE(out[1], 49, 0);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

/* The published table: previous close, amount, ratio (0 = dropped). */
static void drops_dividends_that_make_no_ratio(void)
{
    static const struct {
        double before, amount, ratio;
    } table[] = {{10, 0.5, 0.95}, {0.4, 0.04, 0.90}, {0.4, 0.4, 0},     {0.4, 0.51, 0},
                 {NAN, 0.5, 0},   {0, 0.5, 0},       {10, INFINITY, 0}, {10, NAN, 0}};
    for (size_t i = 0; i < 2 * sizeof table / sizeof table[0]; i++) {
        enum gw_basis basis = i % 2 == 0 ? GW_ADJUSTED : GW_SPLIT_BASIS;
        const double close[] = {5, table[i / 2].before, 20};
        const struct gw_action action = {0, 2, GW_DIVIDEND, table[i / 2].amount};
        double ratio = table[i / 2].ratio;
        struct gw_panel *panel = make_panel(close, NULL, 3, &action, 1);
        struct gw_portal *portal = gw_portal_new(panel, basis);
        const double *factor = gw_portal_factor(portal, 0);
        size_t count;
        gw_portal_dividends(portal, 0, &count);
        CU_ASSERT_EQUAL(gw_portal_dropped(portal, 0), ratio == 0);
        CU_ASSERT_EQUAL(count, ratio > 0 && basis == GW_SPLIT_BASIS);
        CU_ASSERT_EQUAL(factor != NULL, ratio > 0 && basis == GW_ADJUSTED);
        if (factor != NULL) {
            CHECK_CLOSE(1 / factor[2], ratio, 1e-12);
        }
        gw_portal_free(portal);
        gw_panel_free(panel);
    }
}

/* F is 1 at the first bar; what comes after the last is not applied. */
static void applies_only_events_inside_the_bundle(void)
{
    static const struct gw_action action[] = {{0, -1, GW_SPLIT, 0.5},
                                              {0, 0, GW_SPLIT, 0.5},
                                              {0, 0, GW_DIVIDEND, 0.5},
                                              {0, 3, GW_SPLIT, 0.5},
                                              {0, 3, GW_DIVIDEND, 0.5}};
    for (int basis = GW_ADJUSTED; basis <= GW_SPLIT_BASIS; basis++) {
        struct gw_panel *panel = make_panel(three_closes, NULL, 3, action, 5);
        struct gw_portal *portal = gw_portal_new(panel, (enum gw_basis)basis);
        size_t count;
        gw_portal_dividends(portal, 0, &count);
        CU_ASSERT_PTR_NULL(gw_portal_factor(portal, 0));
        CU_ASSERT_EQUAL(count, 0);
        CU_ASSERT_EQUAL(gw_portal_dropped(portal, 0), 1); /* that of the first bar */
        gw_portal_free(portal);
        gw_panel_free(panel);
    }
}

static void looks_at_an_assets_own_bars_alone(void)
{
    static const double close[] = {NAN, 10, NAN, 0, 12, -3, 13, INFINITY};
    struct gw_panel *panel = make_panel(close, NULL, 8, NULL, 0);
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    const struct gw_listing *listing = gw_portal_listing(portal, 0);
    static const size_t own[] = {0, 0, 1, 1, 1, 2, 2, 3, 3};
    CU_ASSERT_EQUAL_FATAL(listing->count, 3);
    CU_ASSERT_EQUAL(listing->bar[0], 1);
    CU_ASSERT_EQUAL(listing->bar[1], 4);
    CU_ASSERT_EQUAL(listing->bar[2], 6);
    CU_ASSERT_EQUAL(listing->first, 1);
    CU_ASSERT_EQUAL(listing->last, 6);
    CU_ASSERT_TRUE(listing->delisted);
    for (size_t t = 0; t < sizeof own / sizeof own[0]; t++) {
        CU_ASSERT_EQUAL(gw_portal_own(portal, 0, t), own[t]);
    }
    double out[3] = {0, 0, -9};
    gw_portal_field(portal, (struct gw_view){0, GW_CLOSE, false, 1, 3}, out);
    CU_ASSERT_EQUAL(out[0], 12);
    CU_ASSERT_EQUAL(out[1], 13);
    CU_ASSERT_EQUAL(out[2], -9);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

static void knows_who_is_delisted(void)
{
    static const double close[3][3] = {{1, NAN, 3}, {1, 2, NAN}, {NAN, NAN, NAN}};
    static const bool delisted[3] = {false, true, false};
    const struct gw_panel_dims dims = {.bars = 3, .assets = 3, .actions = 0};
    struct gw_panel *panel = gw_panel_new(&dims);
    memcpy(panel->column[GW_CLOSE], close, sizeof close);
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    for (size_t n = 0; n < 3; n++) {
        CU_ASSERT_EQUAL(gw_portal_listing(portal, n)->delisted, delisted[n]);
    }
    CU_ASSERT_EQUAL(gw_portal_listing(portal, 2)->count, 0);
    CU_ASSERT_EQUAL(gw_portal_listing(portal, 2)->first, 0);
    CU_ASSERT_EQUAL(gw_portal_own(portal, 2, 0), 0);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

static void makes_what_is_no_price_undefined(void)
{
    static const double odd[] = {5, 0, -1, NAN, INFINITY, -INFINITY};
    struct gw_panel *panel =
        make_panel((const double[]){1, 1, 1, 1, 1, 1}, odd, 6, NULL, 0);
    memcpy(panel->column[GW_OPEN], odd, sizeof odd);
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    for (int raw = 0; raw < 2; raw++) {
        double open[6], volume[6];
        gw_portal_field(portal, (struct gw_view){0, GW_OPEN, raw, 0, 6}, open);
        gw_portal_field(portal, (struct gw_view){0, GW_VOLUME, raw, 0, 6}, volume);
        CU_ASSERT_EQUAL(open[0], 5);
        CU_ASSERT_EQUAL(volume[0], 5);
        CU_ASSERT_TRUE(isnan(open[1]));
        CU_ASSERT_EQUAL(volume[1], 0); /* nothing traded is known */
        for (int t = 2; t < 6; t++) {
            CU_ASSERT_TRUE(isnan(open[t]));
            CU_ASSERT_TRUE(isnan(volume[t]));
        }
    }
    gw_portal_free(portal);
    gw_panel_free(panel);
}

static void keeps_assets_apart(void)
{
    const struct gw_panel_dims dims = {.bars = 3, .assets = 2, .actions = 2};
    struct gw_panel *panel = gw_panel_new(&dims);
    for (size_t i = 0; i < 6; i++) {
        panel->column[GW_CLOSE][i] = (double)(i + 1);
    }
    panel->action[0] = (struct gw_action){1, 1, GW_SPLIT, 0.5};
    panel->action[1] = (struct gw_action){1, 2, GW_DIVIDEND, 1};
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    CU_ASSERT_PTR_NULL(gw_portal_factor(portal, 0));
    double out[3];
    gw_portal_field(portal, (struct gw_view){1, GW_CLOSE, false, 0, 3}, out);
    CHECK_CLOSE(out[0], 4, 0);
    CHECK_CLOSE(out[1], 5 * 2, 0);
    CHECK_CLOSE(out[2], 6 * 2 / (1 - 1.0 / 5), 1e-15);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

/* A bundle that ends at t, or goes on otherwise, says the same up to t. */
static void knows_nothing_of_later_bars(void)
{
    enum { T = 8 };
    static const double close[T] = {10, 11, 12, 6, 7, 8, 8, 9};
    static const struct gw_action action[] = {{0, 1, GW_DIVIDEND, 0.5},
                                              {0, 3, GW_SPLIT, 0.5},
                                              {0, 5, GW_DIVIDEND, 0.25},
                                              {0, 6, GW_MERGER, 0.8}};
    struct gw_panel *panel = make_panel(close, NULL, T, action, 4);
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    double whole[T], part[T];
    gw_portal_field(portal, (struct gw_view){0, GW_CLOSE, false, 0, T}, whole);
    for (size_t t = 0; t < T; t++) {
        double changed[T];
        for (size_t i = 0; i < T; i++) {
            changed[i] = i <= t ? close[i] : 3 * close[i] + 1;
        }
        size_t actions = 0;
        while (actions < 4 && (size_t)action[actions].session <= t) {
            actions++;
        }
        struct gw_panel *other = make_panel(changed, NULL, T, action, actions);
        struct gw_portal *view = gw_portal_new(other, GW_ADJUSTED);
        gw_portal_field(view, (struct gw_view){0, GW_CLOSE, false, 0, t + 1}, part);
        CU_ASSERT_EQUAL(memcmp(part, whole, (t + 1) * sizeof *part), 0);
        gw_portal_free(view);
        gw_panel_free(other);
    }
    gw_portal_free(portal);
    gw_panel_free(panel);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"shows_a_split_history_as_known_at_each_day",
         shows_a_split_history_as_known_at_each_day},
        {"leaves_volumes_alone_in_a_merger", leaves_volumes_alone_in_a_merger},
        {"reinvests_dividends_in_the_adjusted_basis",
         reinvests_dividends_in_the_adjusted_basis},
        {"pays_dividends_as_cash_in_the_split_basis",
         pays_dividends_as_cash_in_the_split_basis},
        {"takes_a_dividend_before_a_split_of_the_same_day",
         takes_a_dividend_before_a_split_of_the_same_day},
        {"drops_dividends_that_make_no_ratio", drops_dividends_that_make_no_ratio},
        {"applies_only_events_inside_the_bundle", applies_only_events_inside_the_bundle},
        {"looks_at_an_assets_own_bars_alone", looks_at_an_assets_own_bars_alone},
        {"knows_who_is_delisted", knows_who_is_delisted},
        {"makes_what_is_no_price_undefined", makes_what_is_no_price_undefined},
        {"keeps_assets_apart", keeps_assets_apart},
        {"knows_nothing_of_later_bars", knows_nothing_of_later_bars},
    };
    return CHECK_RUN("portal", tests);
}
