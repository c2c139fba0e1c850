#include "warnings.h"

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

static void warn_windows(const struct gw_plan *plan, struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    const struct gw_window *window = &plan->window[0];
    size_t shortest = SIZE_MAX;
    for (size_t s = 0; s < plan->segments; s++) {
        size_t bars = window->end[s] - window->begin[s] + 1;
        shortest = bars < shortest ? bars : shortest;
    }
    size_t needed = plan->lookback + 1;
    if (rules->warmup != GW_WARM_COLD) {
        needed += (size_t)rules->execution.delay +
                  (rules->execution.price == GW_PRICE_CLOSE ? 1 : 0);
    }
    if (rules->warmup != GW_WARM_BEFORE && shortest < needed) {
        gw_text_printf(
            out,
            "warning: look-backs go up to %zu bars, and a segment of %zu bars is "
            "too short for that: such rows %s\n",
            plan->lookback, shortest,
            rules->warmup == GW_WARM_COLD ? "cannot trade" : "are insufficient_history");
    }
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

void gw_warnings(const struct gw_plan *plan,
                 const struct gw_portal *portal,
                 struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    if (rules->execution.delay == 0) {
        gw_text_printf(out,
                       "warning: same_bar_close: orders fill at the close that decided "
                       "them (execution.delay: 0)\n");
    }
    if (!rules->has_target && rules->signal[GW_ENTER_LONG] == GW_NO_NODE &&
        rules->signal[GW_ENTER_SHORT] == GW_NO_NODE) {
        gw_text_printf(out,
                       "warning: nothing can trade: no enter_long and no enter_short\n");
    }
    warn_windows(plan, out);
    warn_dividends(plan, portal, out);
    warn_levels(plan->experiment, out);
}
