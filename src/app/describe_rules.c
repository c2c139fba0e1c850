/* Account, costs, rates and stops in plain words, where they are not the default. */
#include "describe.h"

#include "plugin.h"

#include <string.h>

/* A line that begins with its first part. */
struct line {
    const struct gw_experiment *experiment;
    const char *title; /* twelve characters, and what goes before all parts */
    bool begun;
    struct gw_text *out;
};

static void begin_part(struct line *line)
{
    gw_text_printf(line->out, "%s", line->begun ? ", " : line->title);
    line->begun = true;
}

static void end(const struct line *line)
{
    if (line->begun) {
        gw_text_printf(line->out, "\n");
    }
}

static bool is_used(const struct gw_experiment *experiment, enum gw_term term)
{
    struct gw_terms terms = experiment->rules.terms;
    return experiment->rules.term[term] != GW_NO_NODE ||
           *gw_term_at(&terms, term) != gw_term_info[term].standard;
}

/* A number, or the expression that it is. */
static void print_term(const struct line *line, enum gw_term term)
{
    const struct gw_rules *rules = &line->experiment->rules;
    struct gw_terms terms = rules->terms;
    char number[32];
    if (rules->term[term] != GW_NO_NODE) {
        gw_graph_print(line->experiment->graph, rules->term[term], line->out);
        return;
    }
    gw_format_double(*gw_term_at(&terms, term), number, sizeof number);
    gw_text_printf(line->out, "%s", number);
}

static void
add_term(struct line *line, enum gw_term term, const char *before, const char *behind)
{
    if (is_used(line->experiment, term)) {
        begin_part(line);
        gw_text_printf(line->out, "%s", before);
        print_term(line, term);
        gw_text_printf(line->out, "%s", behind);
    }
}

static void add_text(struct line *line, bool there, const char *text)
{
    if (there) {
        begin_part(line);
        gw_text_printf(line->out, "%s", text);
    }
}

static void add_size(struct line *line)
{
    static const char *const behind[] = {[GW_SIZE_ALL] = "",
                                         [GW_SIZE_EQUITY] = " of the equity",
                                         [GW_SIZE_VALUE] = "",
                                         [GW_SIZE_SHARES] = " shares as traded",
                                         [GW_SIZE_VOLATILITY] = " a year"};
    const struct gw_experiment *experiment = line->experiment;
    enum gw_size size = experiment->rules.size;
    if (size == GW_SIZE_ALL) {
        return;
    }
    begin_part(line);
    gw_text_printf(line->out, "an entry takes %s",
                   size == GW_SIZE_VALUE        ? "a value of "
                   : size == GW_SIZE_VOLATILITY ? "a volatility of "
                                                : "");
    print_term(line, GW_TERM_size);
    gw_text_printf(line->out, "%s", behind[size]);
    if (size == GW_SIZE_VOLATILITY) {
        const struct gw_node *deviation =
            gw_graph_node(experiment->graph, experiment->rules.deviation);
        gw_text_printf(line->out, " (over the last ");
        gw_graph_print(experiment->graph, deviation->number[0], line->out);
        gw_text_printf(line->out, " returns)");
    }
}

static void describe_account(const struct gw_plan *plan, struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    struct line line = {plan->experiment, "account     ", false, out};
    if (rules->mode == GW_SHARED) {
        begin_part(&line);
        gw_text_printf(out, "%.10g in one account for %zu asset%s", rules->capital,
                       plan->assets, plan->assets == 1 ? "" : "s");
    }
    add_size(&line);
    add_term(&line, GW_TERM_leverage, "leverage of up to ", "");
    add_text(&line, rules->whole_lots, "whole shares");
    add_text(&line, rules->close_at_end, "positions sold at the end of a window");
    end(&line);
}

static void describe_costs(const struct gw_plan *plan, struct gw_text *out)
{
    struct line line = {plan->experiment, "costs       ", false, out};
    add_term(&line, GW_TERM_commission_bps, "commission of ", " bps");
    add_term(&line, GW_TERM_commission_fixed, "", " an order");
    add_term(&line, GW_TERM_commission_per_share, "", " a share");
    add_term(&line, GW_TERM_commission_minimum, "at least ", " an order");
    add_term(&line, GW_TERM_slippage_bps, "slippage of ", " bps");
    add_term(&line, GW_TERM_spread_bps, "a spread of ", " bps");
    add_term(&line, GW_TERM_volume_limit, "at most ", " of a bar's volume");
    add_term(&line, GW_TERM_impact, "impact of ", "");
    end(&line);
}

/* Yearly, as they are used. */
static void describe_rates(const struct gw_plan *plan, struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    struct line line = {plan->experiment, "rates       a year: ", false, out};
    add_term(&line, GW_TERM_cash_rate, "", " on cash");
    add_term(&line, GW_TERM_margin_rate, "", " on debt");
    add_term(&line, GW_TERM_borrow_rate, "", " on what is sold short");
    if (rules->risk_free != 0) {
        begin_part(&line);
        gw_text_printf(out, "%.10g free of risk", rules->risk_free);
    }
    end(&line);
}

static void describe_stops(const struct gw_plan *plan, struct gw_text *out)
{
    struct line line = {plan->experiment, "stops       ", false, out};
    add_term(&line, GW_TERM_stop_loss, "loss of ", "");
    add_term(&line, GW_TERM_stop_profit, "profit of ", "");
    add_term(&line, GW_TERM_stop_trail, "", " behind the best price");
    add_term(&line, GW_TERM_stop_bars, "after ", " bars");
    end(&line);
}

static void describe_strategy(const struct gw_plan *plan, struct gw_text *out)
{
    static const char *const when[] = {[GW_ON_CHANGE] = "",
                                       [GW_EVERY_BAR] = "every bar",
                                       [GW_WEEKLY] = "the first bar of a week",
                                       [GW_MONTHLY] = "the first bar of a month",
                                       [GW_QUARTERLY] = "the first bar of a quarter"};
    const struct gw_rules *rules = &plan->experiment->rules;
    if (rules->plugin.library != NULL) {
        gw_text_printf(out, "strategy    %s (SHA-256 %.12s...), up to %.10g s a row\n",
                       rules->plugin.library, rules->plugin.sha256,
                       rules->plugin.timeout);
        gw_plugin_describe(plan, out);
    } else if (rules->rebalance == GW_EVERY_BARS) {
        gw_text_printf(out, "rebalance   every %zu bar%s\n", rules->every,
                       rules->every == 1 ? "" : "s");
    } else if (rules->rebalance != GW_ON_CHANGE) {
        gw_text_printf(out, "rebalance   on %s\n", when[rules->rebalance]);
    }
}

void gw_describe_rules(const struct gw_plan *plan, struct gw_text *out)
{
    describe_strategy(plan, out);
    describe_account(plan, out);
    describe_costs(plan, out);
    describe_rates(plan, out);
    describe_stops(plan, out);
}
