/* Numbers of a combination that may be, and what makes equity worth storing. */
#include "check.h"
#include "gridwalk/engine/setup.h"

#include <math.h>

static void terms_have_limits(void)
{
    static const struct {
        enum gw_size size;
        enum gw_term term;
        double value;
        bool good;
    } table[] = {
        {GW_SIZE_ALL, GW_TERM_stop_bars, 3, true},
        {GW_SIZE_ALL, GW_TERM_stop_bars, 2.5, false},
        {GW_SIZE_ALL, GW_TERM_stop_loss, 2.5, true},
        {GW_SIZE_ALL, GW_TERM_stop_loss, -0.1, false},
        {GW_SIZE_ALL, GW_TERM_stop_loss, NAN, false},
        {GW_SIZE_ALL, GW_TERM_volume_limit, 1, true},
        {GW_SIZE_ALL, GW_TERM_volume_limit, 1.1, false},
        {GW_SIZE_ALL, GW_TERM_leverage, 0, false},
        {GW_SIZE_ALL, GW_TERM_impact, 0.1, false}, /* without a volume limit */
        {GW_SIZE_ALL, GW_TERM_slippage_bps, 9999, true},
        {GW_SIZE_ALL, GW_TERM_slippage_bps, 10000, false}, /* a sale brings nothing */
        {GW_SIZE_ALL, GW_TERM_size, 0, true},
        {GW_SIZE_EQUITY, GW_TERM_size, 0, false},
        {GW_SIZE_EQUITY, GW_TERM_size, 1001, false},
        {GW_SIZE_VALUE, GW_TERM_size, 1001, true},
        {GW_SIZE_VOLATILITY, GW_TERM_size, 101, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct gw_rules rules = gw_rules_standard();
        enum gw_term which = GW_TERMS;
        rules.size = table[i].size;
        *gw_term_at(&rules.terms, table[i].term) = table[i].value;
        const char *wrong = gw_terms_check(&rules, &rules.terms, &which);
        CU_ASSERT_EQUAL(wrong == NULL, table[i].good);
        CU_ASSERT_TRUE(wrong == NULL || which == table[i].term);
    }
}

static void equity_is_stored_where_returns_are_needed(void)
{
    struct gw_rules rules = gw_rules_standard();
    struct gw_engine_setup setup = {
        .rules = &rules, .assets = 1, .wanted = {[GW_METRIC_sharpe] = true}};
    CU_ASSERT_FALSE(gw_stores_equity(&setup));
    setup.assets = 2;
    CU_ASSERT_TRUE(gw_stores_equity(&setup));
    setup.assets = 1;
    setup.keep_fills = true;
    CU_ASSERT_TRUE(gw_stores_equity(&setup));
    setup.keep_fills = false;
    rules.mode = GW_SHARED;
    CU_ASSERT_TRUE(gw_stores_equity(&setup));
    rules.mode = GW_PER_ASSET;
    rules.risk_free = 0.01;
    CU_ASSERT_TRUE(gw_stores_equity(&setup));
    rules.risk_free = 0;
    static const enum gw_metric metric[] = {GW_METRIC_var_95, GW_METRIC_cvar_95,
                                            GW_METRIC_alpha, GW_METRIC_beta,
                                            GW_METRIC_information_ratio};
    for (size_t i = 0; i < sizeof metric / sizeof metric[0]; i++) {
        setup.wanted[metric[i]] = true;
        CU_ASSERT_TRUE(gw_stores_equity(&setup));
        setup.wanted[metric[i]] = false;
    }
    CU_ASSERT_FALSE(gw_stores_equity(&setup));
}

int main(void)
{
    static const struct check_test tests[] = {
        {"terms_have_limits", terms_have_limits},
        {"equity_is_stored_where_returns_are_needed",
         equity_is_stored_where_returns_are_needed},
    };
    return CHECK_RUN("rules", tests);
}
