#include "gridwalk/engine/rules.h"

#include <math.h>

const struct gw_term_info gw_term_info[GW_TERMS] = {
#define X(name, key, standard, low, high)                                                \
    {key, standard, low, high, GW_TERM_##name == GW_TERM_stop_bars},
    GW_TERM_LIST(X)
#undef X
};

double *gw_term_at(struct gw_terms *terms, enum gw_term term)
{
    static const size_t at[GW_TERMS] = {
#define X(name, key, standard, low, high) offsetof(struct gw_terms, name),
        GW_TERM_LIST(X)
#undef X
    };
    return (double *)((char *)terms + at[term]);
}

struct gw_rules gw_rules_standard(void)
{
    struct gw_rules rules = {.execution = {GW_PRICE_OPEN, 1},
                             .capital = 100000,
                             .deviation = GW_NO_NODE,
                             .target = GW_NO_NODE,
                             .every = 1};
    for (int i = 0; i < GW_TERMS; i++) {
        *gw_term_at(&rules.terms, (enum gw_term)i) = gw_term_info[i].standard;
        rules.term[i] = GW_NO_NODE;
    }
    for (int i = 0; i < GW_SIGNALS; i++) {
        rules.signal[i] = GW_NO_NODE;
    }
    return rules;
}

struct gw_terms gw_terms_of(const struct gw_rules *rules,
                            const struct gw_graph *graph,
                            const double *value)
{
    struct gw_terms terms = rules->terms;
    const double *column[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        column[i] = &value[i];
    }
    for (int i = 0; i < GW_TERMS; i++) {
        if (rules->term[i] != GW_NO_NODE) {
            gw_graph_numbers(graph, rules->term[i], column, 1,
                             gw_term_at(&terms, (enum gw_term)i));
        }
    }
    return terms;
}

/* Whether a size may be what it is; `all` has none. */
static const char *check_size(const struct gw_rules *rules, double size)
{
    switch (rules->size) {
    case GW_SIZE_ALL:
        return NULL;
    case GW_SIZE_EQUITY:
        return size > 0 && size <= 1000 ? NULL : "must be above 0 and at most 1000";
    case GW_SIZE_VOLATILITY:
        return size > 0 && size <= 100 ? NULL : "must be above 0 and at most 100";
    default:
        return size > 0 ? NULL : "must be above 0";
    }
}

const char *gw_terms_check(const struct gw_rules *rules,
                           const struct gw_terms *terms,
                           enum gw_term *which_out)
{
    struct gw_terms copy = *terms;
    for (int i = 0; i < GW_TERMS; i++) {
        double x = *gw_term_at(&copy, (enum gw_term)i);
        *which_out = (enum gw_term)i;
        if (!(x >= gw_term_info[i].low && x <= gw_term_info[i].high)) {
            return "is out of range";
        }
        if (gw_term_info[i].whole && x != floor(x)) {
            return "must be a whole number";
        }
    }
    *which_out = GW_TERM_size;
    if (check_size(rules, terms->size) != NULL) {
        return check_size(rules, terms->size);
    }
    *which_out = GW_TERM_leverage;
    if (!(terms->leverage > 0)) {
        return "must be above 0";
    }
    *which_out = GW_TERM_impact;
    if (terms->impact > 0 && terms->volume_limit == 0) {
        return "needs costs.volume_limit";
    }
    *which_out = GW_TERM_slippage_bps;
    double half = (terms->slippage_bps + terms->spread_bps / 2) / 1e4;
    if (half + terms->impact * terms->volume_limit * terms->volume_limit >= 1) {
        return "with half the spread and the largest impact takes all of the price: a "
               "sale would bring nothing";
    }
    return NULL;
}
