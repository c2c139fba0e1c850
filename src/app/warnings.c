#include "warnings.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/plan/choose.h"

#include <stdlib.h>
#include <string.h>

static bool is_comparison(const struct gw_node *node)
{
    static const char *const sign[] = {">", "<", ">=", "<=", "=="};
    for (size_t i = 0; i < sizeof sign / sizeof sign[0] && node->kind == GW_NODE_CALL;
         i++) {
        if (strcmp(node->function->name, sign[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* An adjusted price against a bare number: the answer changes with the bundle's first
 * bar. */
static bool mixes_level(const struct gw_graph *graph, const struct gw_node *node)
{
    const struct gw_node *a = gw_graph_node(graph, node->series[0]);
    const struct gw_node *b = gw_graph_node(graph, node->series[1]);
    const struct gw_node *field = a->kind == GW_NODE_FIELD ? a : b;
    const struct gw_node *number = a->kind == GW_NODE_FIELD ? b : a;
    return field->kind == GW_NODE_FIELD && !field->raw && field->index != GW_VOLUME &&
           number->kind == GW_NODE_CONSTANT && number->value != 0;
}

static void warn_levels(const struct gw_experiment *experiment, struct gw_text *out)
{
    for (size_t i = 0; i < gw_graph_count(experiment->graph); i++) {
        const struct gw_node *node = gw_graph_node(experiment->graph, (int32_t)i);
        if (is_comparison(node) && mixes_level(experiment->graph, node)) {
            gw_text_printf(
                out,
                "warning: %s:%d:%d: an adjusted price is compared with a number; "
                "rules on price levels belong on raw.close\n",
                node->place.file, node->place.line, node->place.column);
        }
    }
}

/* Whether a segment has too few bars for what is asked of it. */
typedef bool short_fn(const struct gw_plan *plan, size_t window, size_t segment);

static size_t bars_of(const struct gw_plan *plan, size_t window, size_t segment)
{
    const struct gw_window *at = &plan->window[window];
    return at->end[segment] - at->begin[segment] + 1;
}

/* The look-back lies inside. */
static bool is_short(const struct gw_plan *plan, size_t window, size_t segment)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    size_t needed = plan->lookback + 1;
    if (rules->warmup != GW_WARM_COLD) {
        needed += (size_t)rules->execution.delay +
                  (rules->execution.price == GW_PRICE_CLOSE ? 1 : 0);
    }
    return rules->warmup != GW_WARM_BEFORE && bars_of(plan, window, segment) < needed;
}

/* The look-back lies before. */
static bool is_early(const struct gw_plan *plan, size_t window, size_t segment)
{
    return plan->experiment->rules.warmup == GW_WARM_BEFORE &&
           plan->window[window].begin[segment] < plan->lookback;
}

static bool is_purged(const struct gw_plan *plan, size_t window, size_t segment)
{
    return segment != GW_TEST &&
           bars_of(plan, window, segment) < (size_t)plan->experiment->walk_forward.purge;
}

/* "; windows 0-3, 7"; false when there is none. The fewest bars of one, too. */
static bool list_windows(const struct gw_plan *plan,
                         short_fn *is,
                         struct gw_text *out,
                         size_t *fewest_out)
{
    size_t last = SIZE_MAX, first = SIZE_MAX;
    *fewest_out = SIZE_MAX;
    for (size_t w = 0; w <= plan->windows; w++) {
        bool is_one = false;
        for (size_t s = 0; w < plan->windows && s < plan->segments; s++) {
            bool found = is(plan, w, s);
            size_t bars = bars_of(plan, w, s);
            *fewest_out = found && bars < *fewest_out ? bars : *fewest_out;
            is_one = is_one || found;
        }
        if (is_one) {
            first = first == SIZE_MAX ? w : first;
            last = w;
        } else if (first != SIZE_MAX) {
            gw_text_printf(out, "%s%zu", out->length == 0 ? "" : ", ", first);
            if (last > first) {
                gw_text_printf(out, "-%zu", last);
            }
            first = SIZE_MAX;
        }
    }
    return last != SIZE_MAX;
}

void gw_warn_windows(const struct gw_plan *plan, struct gw_text *out)
{
    bool cold = plan->experiment->rules.warmup == GW_WARM_COLD;
    struct gw_text found = {0};
    size_t fewest;
    if (list_windows(plan, is_short, &found, &fewest)) {
        gw_text_printf(
            out,
            "warning: look-backs go up to %zu bars, and a segment of %zu bars is "
            "too short for that: such rows %s",
            plan->lookback, fewest, cold ? "cannot trade" : "are insufficient_history");
        if (plan->experiment->walk_forward.present) {
            gw_text_printf(out, " (windows %s)", found.data);
        }
        gw_text_printf(out, "\n");
    }
    gw_text_clear(&found);
    if (list_windows(plan, is_early, &found, &fewest)) {
        gw_text_printf(out,
                       "warning: look-backs go up to %zu bars, and so many do not lie "
                       "before windows %s: rows that need them are "
                       "insufficient_history\n",
                       plan->lookback, found.data);
    }
    gw_text_clear(&found);
    if (list_windows(plan, is_purged, &found, &fewest)) {
        gw_text_printf(out,
                       "warning: purge leaves fewer train %sbars than it takes, as few "
                       "as %zu, in windows %s\n",
                       plan->segments > GW_VALIDATION ? "or validation " : "", fewest,
                       found.data);
    }
    gw_text_clear(&found);
}

static void warn_dividends(const struct gw_plan *plan,
                           const struct gw_portal *portal,
                           struct gw_text *out)
{
    size_t dropped = 0;
    for (size_t i = 0; i < plan->assets; i++) {
        dropped += gw_portal_dropped(portal, plan->asset[i]);
    }
    if (dropped > 0) {
        gw_text_printf(
            out,
            "warning: %zu dividend%s dropped: at the first bar, without a close "
            "before, or as large as the price\n",
            dropped, dropped == 1 ? "" : "s");
    }
}

/* Measured: 10^6 combinations of two parameters, radius 10, 0.44 s and by median 4.9 s.
 */
static const double SECONDS_A_LOOK = 1e-9, SECONDS_A_LOOK_MEDIAN = 11e-9;
enum { LONG_SECONDS = 60 };

void gw_warn_plateau(const struct gw_plan *plan, struct gw_text *out)
{
    bool median = plan->experiment->objective.plateau == GW_PLATEAU_MEDIAN;
    double seconds =
        gw_choose_looks(plan) * (median ? SECONDS_A_LOOK_MEDIAN : SECONDS_A_LOOK);
    if (seconds >= LONG_SECONDS) {
        gw_text_printf(out,
                       "warning: select: plateau (radius %lld) takes rank 0 about %.0f "
                       "minute%s when all tiles are done, with any number of ranks; a "
                       "smaller radius%s takes less\n",
                       (long long)plan->experiment->objective.radius, seconds / 60,
                       seconds < 90 ? "" : "s", median ? " or by: mean" : "");
    }
}

/* Whether a term is, or may be, something else than 0. */
static bool is_used(const struct gw_rules *rules, enum gw_term term)
{
    struct gw_terms terms = rules->terms;
    return rules->term[term] != GW_NO_NODE || *gw_term_at(&terms, term) != 0;
}

static void warn_stops(const struct gw_rules *rules, struct gw_text *out)
{
    bool stops = is_used(rules, GW_TERM_stop_loss) ||
                 is_used(rules, GW_TERM_stop_profit) ||
                 is_used(rules, GW_TERM_stop_trail) || is_used(rules, GW_TERM_stop_bars);
    if (stops && rules->execution.delay == 0) {
        gw_text_printf(out,
                       "warning: stops come before the decision of their bar: what one "
                       "closes may be opened again at the same close (execution.delay: "
                       "0)\n");
    }
}

static void warn_leverage(const struct gw_rules *rules, struct gw_text *out)
{
    bool signals = !rules->has_target && rules->plugin.library == NULL;
    bool leverage =
        rules->term[GW_TERM_leverage] != GW_NO_NODE || rules->terms.leverage != 1;
    if (leverage && signals && rules->mode == GW_PER_ASSET &&
        rules->size == GW_SIZE_ALL) {
        gw_text_printf(out, "warning: account.leverage changes nothing: an entry takes "
                            "all cash of its account (account.size: all)\n");
    }
}

/* Terms at the corner of the grid where every parameter has its first value, or its last:
 * as a rule the smallest and the largest. */
static struct gw_terms terms_at(const struct gw_plan *plan, bool last)
{
    const struct gw_experiment *experiment = plan->experiment;
    double value[GW_MAX_PARAMETERS] = {0};
    for (size_t a = 0; a < plan->space.axes; a++) {
        const struct gw_axis *axis = &plan->space.axis[a];
        value[a] = gw_axis_value(axis, last ? axis->count - 1 : 0);
    }
    return gw_terms_of(&experiment->rules, experiment->graph, value);
}

static double largest(const struct gw_plan *plan, enum gw_term term)
{
    struct gw_terms first = terms_at(plan, false), last = terms_at(plan, true);
    double a = *gw_term_at(&first, term), b = *gw_term_at(&last, term);
    return a > b ? a : b;
}

/* Numbers in percent where fractions are meant: each is allowed, and simulates. */
static void warn_fractions(const struct gw_plan *plan, struct gw_text *out)
{
    static const struct {
        enum gw_term term;
        double from;
    } fraction[] = {{GW_TERM_borrow_rate, 1}, {GW_TERM_cash_rate, 1},
                    {GW_TERM_margin_rate, 1}, {GW_TERM_stop_loss, 1},
                    {GW_TERM_stop_profit, 5}, {GW_TERM_stop_trail, 1}};
    const char *key = "risk_free";
    double x = plan->experiment->rules.risk_free, from = 1;
    for (size_t i = 0; i <= sizeof fraction / sizeof fraction[0]; i++) {
        if (x >= from) {
            gw_text_printf(out,
                           "warning: %s is a fraction: %.10g is %.10g %%, and %.10g %% "
                           "is %.10g\n",
                           key, x, 100 * x, x, x / 100);
        }
        if (i < sizeof fraction / sizeof fraction[0]) {
            key = gw_term_info[fraction[i].term].key;
            x = largest(plan, fraction[i].term);
            from = fraction[i].from;
        }
    }
}

static bool pays_dividends(const struct gw_plan *plan, const struct gw_portal *portal)
{
    size_t dividends = 0;
    for (size_t i = 0; i < plan->assets; i++) {
        size_t count;
        gw_portal_dividends(portal, plan->asset[i], &count);
        dividends += count;
    }
    return dividends > 0;
}

/* What metrics would take for skill. */
static void warn_skill(const struct gw_plan *plan,
                       const struct gw_portal *portal,
                       struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    if (largest(plan, GW_TERM_cash_rate) > 0 && rules->risk_free == 0) {
        gw_text_printf(out, "warning: cash earns interest (account.cash_rate), which "
                            "sharpe counts as skill: risk_free is 0\n");
    }
    bool compared = plan->benchmark != SIZE_MAX || plan->segments > 1;
    if (compared && pays_dividends(plan, portal)) {
        gw_text_printf(out,
                       "warning: %s without dividends, which the strategy has "
                       "(prices: split)\n",
                       plan->benchmark == SIZE_MAX ? "buy_and_hold is"
                       : plan->segments > 1        ? "benchmark and buy_and_hold are"
                                                   : "the benchmark is");
    }
}

static void warn_size(const struct gw_plan *plan, struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    double size = largest(plan, GW_TERM_size), most = largest(plan, GW_TERM_leverage);
    if (rules->size == GW_SIZE_EQUITY && size > most) {
        gw_text_printf(out,
                       "warning: an entry asks for up to %.10g of the equity and gets at "
                       "most %.10g (account.leverage)\n",
                       size, most);
    }
}

static bool has_volume(const struct gw_portal *portal, size_t n)
{
    size_t count = gw_portal_listing(portal, n)->count;
    double *volume = gw_calloc(count, sizeof *volume);
    bool any = false;
    gw_portal_field(
        portal,
        (struct gw_view){.asset = n, .field = GW_VOLUME, .raw = true, .to = count},
        volume);
    for (size_t i = 0; i < count && !any; i++) {
        any = volume[i] > 0;
    }
    free(volume);
    return any;
}

static void warn_volumes(const struct gw_plan *plan,
                         const struct gw_panel *panel,
                         const struct gw_portal *portal,
                         struct gw_text *out)
{
    size_t without = 0, first = 0;
    for (size_t i = plan->assets; i-- > 0;) {
        if (!has_volume(portal, plan->asset[i])) {
            first = plan->asset[i];
            without++;
        }
    }
    if (without > 0) {
        gw_text_printf(out, "warning: costs.volume_limit lets nothing fill of %s",
                       panel->asset[first].symbol);
        if (without > 1) {
            gw_text_printf(out, " and %zu more", without - 1);
        }
        gw_text_printf(out, ": the bundle has no volume of %s\n",
                       without > 1 ? "them" : "it");
    }
}

void gw_warnings(const struct gw_plan *plan,
                 const struct gw_panel *panel,
                 const struct gw_portal *portal,
                 struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    if (rules->execution.delay == 0) {
        gw_text_printf(out,
                       "warning: same_bar_close: orders fill at the close that decided "
                       "them (execution.delay: 0)\n");
    }
    warn_stops(rules, out);
    if (!rules->has_target && rules->plugin.library == NULL &&
        rules->signal[GW_ENTER_LONG] == GW_NO_NODE &&
        rules->signal[GW_ENTER_SHORT] == GW_NO_NODE) {
        gw_text_printf(out,
                       "warning: nothing can trade: no enter_long and no enter_short\n");
    }
    warn_leverage(rules, out);
    warn_size(plan, out);
    warn_fractions(plan, out);
    warn_skill(plan, portal, out);
    if (is_used(rules, GW_TERM_volume_limit)) {
        warn_volumes(plan, panel, portal, out);
    }
    gw_warn_windows(plan, out);
    gw_warn_plateau(plan, out);
    warn_dividends(plan, portal, out);
    warn_levels(plan->experiment, out);
}
