/* Bars on which a target may decide, by a calendar looked up by hand. */
#include "vector/calendar.h"

#include "gridwalk/base/time.h"

#include "check.h"

#include <stdlib.h>

/* A Wednesday, the days around a Monday, and the first sessions of some months; sessions
 * are missing, so that weeks and months begin late. */
static const char *const days[] = {
    "2024-02-28",               /* Wednesday */
    "2024-03-01",               /* Friday */
    "2024-03-03",               /* Sunday */
    "2024-03-05",               /* Tuesday of the next week */
    "2024-03-06", "2024-04-02", /* Tuesday, a quarter */
    "2024-06-28",               /* Friday */
    "2024-07-01",               /* Monday, a quarter */
    "2024-12-31",               /* Tuesday, a quarter (October) */
    "2025-01-01",               /* Wednesday of the same week, a quarter */
    "2026-01-01",               /* Thursday, a year later */
};
enum { DAYS = sizeof days / sizeof days[0] };

static uint64_t bits_of(const char *text)
{
    uint64_t bits = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        bits |= (uint64_t)(text[i] == '1') << i;
    }
    return bits;
}

static void check_bits(enum gw_rebalance rebalance, size_t every, const char *expected)
{
    const struct gw_panel_dims dims = {.bars = DAYS, .assets = 1};
    struct gw_panel *panel = gw_panel_new(&dims);
    struct gw_rules rules = gw_rules_standard();
    for (size_t t = 0; t < DAYS; t++) {
        CU_ASSERT_TRUE(gw_date_parse(days[t], 10, &panel->session[t]));
    }
    struct gw_portal *portal = gw_portal_new(panel, GW_ADJUSTED);
    uint64_t *calendar = calendar_new(portal, rebalance);
    rules.rebalance = rebalance;
    rules.every = every;
    uint64_t behind = (UINT64_MAX << 2) & ((UINT64_C(1) << DAYS) - 1);
    CU_ASSERT_EQUAL(calendar_word(calendar, &rules, 0, 2) & behind,
                    bits_of(expected) & behind);
    free(calendar);
    gw_portal_free(portal);
    gw_panel_free(panel);
}

/* Decisions from bar 2 on, which is always one. */
static void periods_begin_with_their_first_session(void)
{
    check_bits(GW_WEEKLY, 1, "00110111101");
    check_bits(GW_MONTHLY, 1, "00100111111");
    check_bits(GW_QUARTERLY, 1, "00100101111");
    check_bits(GW_EVERY_BARS, 3, "00100100100");
    check_bits(GW_EVERY_BAR, 1, "00111111111");
}

static void every_so_many_bars_goes_on_over_words(void)
{
    const uint64_t none[4] = {0};
    struct gw_rules rules = gw_rules_standard();
    rules.rebalance = GW_EVERY_BARS;
    rules.every = 50;
    /* from bar 60 on: 110, 160, 210 */
    CU_ASSERT_EQUAL(calendar_word(none, &rules, 0, 60), UINT64_C(1) << 60);
    CU_ASSERT_EQUAL(calendar_word(none, &rules, 64, 60), UINT64_C(1) << 46);
    CU_ASSERT_EQUAL(calendar_word(none, &rules, 128, 60), UINT64_C(1) << 32);
    CU_ASSERT_EQUAL(calendar_word(none, &rules, 192, 60), UINT64_C(1) << 18);
    rules.every = 300;
    CU_ASSERT_EQUAL(calendar_word(none, &rules, 64, 60), 0);
    CU_ASSERT_EQUAL(calendar_word(none, &rules, 0, SIZE_MAX), 0);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"periods_begin_with_their_first_session",
         periods_begin_with_their_first_session},
        {"every_so_many_bars_goes_on_over_words", every_so_many_bars_goes_on_over_words},
    };
    return CHECK_RUN("calendar", tests);
}
