/* The canonical form of an experiment, whose digest says whether two runs are the same.
 */
#include "gridwalk/plan/experiment.h"

#include "gridwalk/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * Expressions are written as their graph, a node a line, numbered in the order in which
 * they are first needed: so neither the names of definitions nor their order enter, and a
 * chain of definitions that doubles in each cannot grow beyond its nodes.
 */
struct writer {
    const struct gw_experiment *experiment;
    struct gw_text *text;
    size_t *number; /* [nodes] 1, 2, ... or 0 = not written */
    size_t written;
};

static void write_real(struct writer *writer, const char *key, double value)
{
    gw_text_printf(writer->text, "%s=%.17g\n", key, value);
}

static void write_int(struct writer *writer, const char *key, int64_t value)
{
    gw_text_printf(writer->text, "%s=%" PRId64 "\n", key, value);
}

/* The depth is that of the graph, which has GW_MAX_NODES at most. */
static size_t write_node(struct writer *writer, int32_t at)
{
    if (writer->number[at] != 0) {
        return writer->number[at];
    }
    const struct gw_node *node = gw_graph_node(writer->experiment->graph, at);
    size_t operand[GW_MAX_SERIES + GW_MAX_NUMBERS], operands = 0;
    if (node->kind == GW_NODE_CALL) {
        for (size_t i = 0; i < node->function->series; i++) {
            operand[operands++] = write_node(writer, node->series[i]);
        }
        for (size_t i = 0; i < node->function->numbers; i++) {
            operand[operands++] = write_node(writer, node->number[i]);
        }
    }
    writer->number[at] = ++writer->written;
    gw_text_printf(writer->text, "node %zu=", writer->written);
    switch (node->kind) {
    case GW_NODE_CONSTANT:
        gw_text_printf(writer->text, "%s %.17g",
                       node->type == GW_BOOLEAN ? "boolean" : "number", node->value);
        break;
    case GW_NODE_PARAMETER:
        gw_text_printf(writer->text, "parameter %" PRId32, node->index);
        break;
    case GW_NODE_FIELD:
        gw_text_printf(writer->text, "field %" PRId32 "%s", node->index,
                       node->raw ? " raw" : "");
        break;
    case GW_NODE_CALL:
        gw_text_printf(writer->text, "call %s", node->function->name);
        break;
    }
    for (size_t i = 0; i < operands; i++) {
        gw_text_printf(writer->text, " %zu", operand[i]);
    }
    gw_text_append(writer->text, "\n", 1);
    return writer->written;
}

static void write_expression(struct writer *writer, const char *key, int32_t node)
{
    size_t number = node == GW_NO_NODE ? 0 : write_node(writer, node);
    gw_text_printf(writer->text, "%s=%zu\n", key, number);
}

static int compare_texts(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

/* Sorted: accounts are in the bundle's order whatever the list's. */
static void write_assets(struct writer *writer)
{
    const struct gw_experiment *experiment = writer->experiment;
    const char **name = gw_calloc(experiment->assets, sizeof *name);
    for (size_t i = 0; i < experiment->assets; i++) {
        name[i] = experiment->asset[i].name;
    }
    qsort(name, experiment->assets, sizeof *name, compare_texts);
    write_int(writer, "assets", (int64_t)experiment->assets);
    for (size_t i = 0; i < experiment->assets; i++) {
        gw_text_printf(writer->text, "asset=%zu %s\n", strlen(name[i]), name[i]);
    }
    free(name);
}

static void write_benchmark(struct writer *writer)
{
    const char *name = writer->experiment->benchmark.name;
    if (name != NULL) {
        gw_text_printf(writer->text, "benchmark=%zu %s\n", strlen(name), name);
    }
}

static void write_axis(struct writer *writer, const struct gw_axis *axis)
{
    gw_text_printf(writer->text, "parameter %s=%s %zu", axis->name,
                   axis->integer ? "integer" : "real", axis->count);
    for (size_t i = 0; axis->list != NULL && i < axis->count; i++) {
        gw_text_printf(writer->text, " %.17g", axis->list[i]);
    }
    if (axis->list == NULL) {
        gw_text_printf(writer->text, " from %" PRId64 " step %" PRId64 " / %.17g",
                       axis->from, axis->step, axis->scale);
    }
    gw_text_append(writer->text, "\n", 1);
}

/* What the library holds, wherever it lies. */
static void write_plugin(struct writer *writer)
{
    const struct gw_plugin_file *plugin = &writer->experiment->rules.plugin;
    if (plugin->library != NULL) {
        gw_text_printf(writer->text, "strategy.plugin=%s\n", plugin->sha256);
        write_real(writer, "strategy.plugin.timeout", plugin->timeout);
    }
}

static void write_strategy(struct writer *writer)
{
    static const char *const signal[GW_SIGNALS] = {
        "strategy.signals.enter_long", "strategy.signals.exit_long",
        "strategy.signals.enter_short", "strategy.signals.exit_short"};
    const struct gw_experiment *experiment = writer->experiment;
    for (size_t a = 0; a < experiment->axes; a++) {
        write_axis(writer, &experiment->axis[a]);
    }
    for (size_t c = 0; c < experiment->constraints; c++) {
        write_expression(writer, "strategy.constraints", experiment->constraint[c]);
    }
    for (size_t s = 0; s < GW_SIGNALS; s++) {
        write_expression(writer, signal[s], experiment->rules.signal[s]);
    }
    write_expression(writer, "strategy.target", experiment->rules.target);
    write_int(writer, "strategy.rebalance", experiment->rules.rebalance);
    if (experiment->rules.rebalance == GW_EVERY_BARS) {
        write_int(writer, "strategy.rebalance.every", (int64_t)experiment->rules.every);
    }
    write_plugin(writer);
}

/* 24m is 2y, 70d is 10w. */
static void
write_length(struct writer *writer, const char *key, const struct gw_length *length)
{
    int64_t months = gw_length_months(length), days = gw_length_days(length);
    gw_text_printf(writer->text, "%s=%" PRId64 "%s\n", key,
                   months > 0 ? months
                   : days > 0 ? days
                              : length->count,
                   months > 0 ? "m"
                   : days > 0 ? "d"
                              : "");
}

static void write_dates(struct writer *writer)
{
    const struct gw_walk_forward *x = &writer->experiment->walk_forward;
    write_int(writer, "walk_forward.dates", (int64_t)x->dated);
    for (size_t w = 0; w < x->dated; w++) {
        gw_text_printf(writer->text, "window=");
        for (size_t s = 0; s < x->segments; s++) {
            gw_text_printf(writer->text, "%" PRId32 " %" PRId32 " ", x->dates[w].from[s],
                           x->dates[w].to[s]);
        }
        gw_text_append(writer->text, "\n", 1);
    }
}

/* Keys that came later are written only where they say something: what was run before
 * them keeps its digest. */
static void write_walk_forward(struct writer *writer)
{
    const struct gw_walk_forward *x = &writer->experiment->walk_forward;
    if (x->dated > 0) {
        write_dates(writer);
    } else {
        gw_text_printf(writer->text, "walk_forward.mode=%s\n",
                       x->anchored ? "anchored" : "rolling");
        write_length(writer, "walk_forward.train", &x->train);
        if (x->validation.count > 0) {
            write_length(writer, "walk_forward.validation", &x->validation);
        }
        write_length(writer, "walk_forward.test", &x->test);
        write_length(writer, "walk_forward.step", &x->step);
    }
    if (x->purge > 0) {
        write_int(writer, "walk_forward.purge", x->purge);
    }
    if (x->embargo > 0) {
        write_int(writer, "walk_forward.embargo", x->embargo);
    }
    if (x->partial) {
        gw_text_printf(writer->text, "walk_forward.partial=keep\n");
    }
    if (x->overlap) {
        gw_text_printf(writer->text, "walk_forward.overlap=true\n");
    }
}

/* A term that came later is written only where it is not the default; what margin_rate
 * takes from cash_rate is one. */
static bool is_standard(const struct gw_rules *rules, enum gw_term term)
{
    struct gw_terms terms = rules->terms;
    enum gw_term like = term == GW_TERM_margin_rate ? GW_TERM_cash_rate : GW_TERMS;
    double standard =
        like != GW_TERMS ? *gw_term_at(&terms, like) : gw_term_info[term].standard;
    int32_t node = like != GW_TERMS ? rules->term[like] : GW_NO_NODE;
    return rules->term[term] == node &&
           (node != GW_NO_NODE || *gw_term_at(&terms, term) == standard);
}

static void write_term(struct writer *writer, enum gw_term term)
{
    const char *key =
        term == GW_TERM_size ? "account.size.amount" : gw_term_info[term].key;
    const struct gw_rules *rules = &writer->experiment->rules;
    struct gw_terms terms = rules->terms;
    if (rules->term[term] == GW_NO_NODE) {
        write_real(writer, key, *gw_term_at(&terms, term));
        return;
    }
    size_t number = write_node(writer, rules->term[term]);
    gw_text_printf(writer->text, "%s=node %zu\n", key, number);
}

static void write_new_terms(struct writer *writer, enum gw_term from, enum gw_term to)
{
    for (int i = (int)from; i <= (int)to; i++) {
        if (i != GW_TERM_commission_bps && i != GW_TERM_slippage_bps &&
            i != GW_TERM_spread_bps && i != GW_TERM_size &&
            !is_standard(&writer->experiment->rules, (enum gw_term)i)) {
            write_term(writer, (enum gw_term)i);
        }
    }
}

static void write_account(struct writer *writer)
{
    static const char *const size[] = {"all", "equity", "value", "shares", "volatility"};
    const struct gw_rules *rules = &writer->experiment->rules;
    write_real(writer, "account.capital", rules->capital);
    gw_text_printf(writer->text, "account.mode=%s\naccount.size=%s\naccount.lots=%s\n",
                   rules->mode == GW_SHARED ? "shared" : "per_asset", size[rules->size],
                   rules->whole_lots ? "whole" : "fractional");
    if (rules->size != GW_SIZE_ALL) {
        write_term(writer, GW_TERM_size);
    }
    if (rules->deviation != GW_NO_NODE) {
        write_expression(writer, "account.size.deviation", rules->deviation);
    }
    write_new_terms(writer, GW_TERM_leverage, GW_TERM_margin_rate);
    if (rules->close_at_end) {
        gw_text_printf(writer->text, "account.close_at_end=true\n");
    }
    write_new_terms(writer, GW_TERM_stop_loss, GW_TERM_stop_bars);
}

static void write_rules(struct writer *writer)
{
    const struct gw_rules *rules = &writer->experiment->rules;
    const struct gw_walk_forward *walk_forward = &writer->experiment->walk_forward;
    write_int(writer, "warmup", rules->warmup);
    write_int(writer, "execution.price", rules->execution.price);
    write_int(writer, "execution.delay", rules->execution.delay);
    write_term(writer, GW_TERM_commission_bps);
    write_term(writer, GW_TERM_slippage_bps);
    write_term(writer, GW_TERM_spread_bps);
    write_new_terms(writer, GW_TERM_commission_fixed, GW_TERM_borrow_rate);
    write_account(writer);
    gw_text_printf(writer->text, "search=grid\n");
    if (!walk_forward->present) {
        gw_text_printf(writer->text, "walk_forward=none\n");
        return;
    }
    write_walk_forward(writer);
}

/* Nodes as text: none of its expressions is long. */
static void
write_node_text(struct writer *writer, const char *key, const char *name, int32_t node)
{
    const struct gw_objective *objective = &writer->experiment->objective;
    gw_text_printf(writer->text, "objective.%s=", key);
    if (name != NULL) {
        gw_text_printf(writer->text, "%s", name);
    } else {
        gw_graph_print(objective->graph, node, writer->text);
    }
    gw_text_append(writer->text, "\n", 1);
}

static void write_objective(struct writer *writer)
{
    const struct gw_experiment *experiment = writer->experiment;
    const struct gw_objective *objective = &experiment->objective;
    bool plain = objective->metric != GW_METRICS;
    bool validation = experiment->walk_forward.segments > GW_VALIDATION;
    write_node_text(writer, objective->maximize ? "maximize" : "minimize",
                    plain ? gw_metric_info[objective->metric].name : NULL,
                    objective->value);
    for (size_t i = 0; i < objective->requires; i++) {
        write_node_text(writer, "require", NULL, objective->require[i]);
    }
    if (objective->otherwise_best) {
        write_node_text(writer, "otherwise", "best", GW_NO_NODE);
    }
    if (validation != (objective->on == GW_VALIDATION)) {
        write_node_text(writer, "on", gw_segment_name[objective->on], GW_NO_NODE);
    }
    if (objective->select != GW_SELECT_BEST) {
        gw_text_printf(writer->text, "objective.select=");
        gw_select_print(objective, writer->text);
        gw_text_append(writer->text, "\n", 1);
    }
}

static void write_output(struct writer *writer)
{
    const struct gw_experiment *experiment = writer->experiment;
    write_objective(writer);
    gw_text_printf(writer->text, "metrics=");
    for (size_t m = 0; m < experiment->metrics; m++) {
        gw_text_printf(writer->text, "%s ", gw_metric_info[experiment->metric[m]].name);
    }
    gw_text_printf(writer->text, "\noutput.keep=%" PRIu64 "\n", experiment->keep_top);
    write_real(writer, "limits.memory", experiment->memory);
    write_real(writer, "periods", experiment->periods);
    if (experiment->rules.risk_free != 0) {
        write_real(writer, "risk_free", experiment->rules.risk_free);
    }
}

void gw_experiment_canonical(const struct gw_experiment *experiment, struct gw_text *out)
{
    struct writer writer = {.experiment = experiment, .text = out};
    writer.number = gw_calloc(gw_graph_count(experiment->graph), sizeof *writer.number);
    write_int(&writer, "period.from", experiment->from);
    write_int(&writer, "period.to", experiment->to);
    write_assets(&writer);
    write_int(&writer, "prices", experiment->rules.basis);
    write_benchmark(&writer);
    write_strategy(&writer);
    write_rules(&writer);
    write_output(&writer);
    free(writer.number);
}

void gw_experiment_digest(const struct gw_experiment *experiment,
                          const char *bundle_digest,
                          char hex_out[GW_SHA256_HEX])
{
    struct gw_text text = {0};
    gw_text_printf(&text, "gridwalk-experiment/1\nbundle=%s\n", bundle_digest);
    gw_experiment_canonical(experiment, &text);
    struct gw_sha256 *sha = gw_sha256_new();
    gw_sha256_add(sha, text.data, text.length);
    gw_sha256_end(sha, hex_out);
    gw_text_clear(&text);
}
