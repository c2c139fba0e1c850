/* The expressions of an experiment, compiled. */
#include "gridwalk/base/mem.h"
#include "gridwalk/market/panel.h"
#include "node.h"
#include "parse.h"

#include <string.h>

static enum gw_status compile(const struct gw_parse *parse,
                              const struct gw_yaml *node,
                              struct gw_expected expected,
                              int32_t *node_out)
{
    GW_TRY(gw_parse_scalar(node, parse->err));
    return gw_graph_compile(parse->experiment->graph, node->text, node->place, expected,
                            node_out, parse->err);
}

/* A definition may be a number or a condition; only its text tells which. */
static enum gw_status compile_definition(const struct gw_parse *parse,
                                         const struct gw_yaml *node)
{
    static const struct gw_expected number = {GW_NUMBER, true};
    static const struct gw_expected condition = {GW_BOOLEAN, true};
    int32_t compiled;
    if (compile(parse, node, number, &compiled) != GW_OK) {
        GW_TRY(compile(parse, node, condition, &compiled));
    }
    return gw_graph_define(parse->experiment->graph, node->key, node->key_place, compiled,
                           parse->err);
}

static enum gw_status compile_constraints(const struct gw_parse *parse)
{
    static const struct gw_expected condition = {GW_BOOLEAN, false};
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_yaml *list = gw_yaml_find(parse->root, "strategy.constraints");
    if (list == NULL) {
        return GW_OK;
    }
    experiment->constraint = gw_calloc(list->count, sizeof *experiment->constraint);
    experiment->constraints = list->count;
    for (size_t i = 0; i < list->count; i++) {
        GW_TRY(compile(parse, list->item[i], condition, &experiment->constraint[i]));
    }
    return GW_OK;
}

static enum gw_status compile_signals(const struct gw_parse *parse,
                                      const struct gw_yaml *signals)
{
    static const char *const name[GW_SIGNALS] = {"enter_long", "exit_long", "enter_short",
                                                 "exit_short"};
    static const struct gw_expected condition = {GW_BOOLEAN, true};
    if (signals->count == 0) {
        return gw_fail_at(parse->err, GW_CONFIG, signals->key_place,
                          "strategy.signals is empty");
    }
    enum gw_status status = GW_OK;
    for (size_t s = 0; s < GW_SIGNALS && status == GW_OK; s++) {
        const struct gw_yaml *node = gw_yaml_get(signals, name[s]);
        if (node != NULL) {
            status = compile(parse, node, condition, &parse->experiment->rules.signal[s]);
        }
    }
    return status;
}

static enum gw_status compile_trading(const struct gw_parse *parse)
{
    static const struct gw_expected number = {GW_NUMBER, true};
    struct gw_rules *rules = &parse->experiment->rules;
    const struct gw_yaml *strategy = gw_yaml_get(parse->root, "strategy");
    const struct gw_yaml *signals = gw_yaml_get(strategy, "signals");
    const struct gw_yaml *target = gw_yaml_get(strategy, "target");
    if (signals != NULL) {
        return compile_signals(parse, signals);
    }
    rules->has_target = target != NULL;
    return target != NULL ? compile(parse, target, number, &rules->target) : GW_OK;
}

struct every {
    int64_t bars;
};
static const struct gw_key every_table[] = {
    {"every", GW_KEY_INT, true, NULL, 1, 1e9, NULL, "bars from one to the next",
     (int)offsetof(struct every, bars)},
};
static const struct gw_schema every_schema = {"strategy.rebalance", every_table, 1};

static enum gw_status read_rebalance(const struct gw_parse *parse,
                                     const struct gw_yaml *node)
{
    static const char *const name[] = {"on_change", "every_bar", "weekly", "monthly",
                                       "quarterly"};
    struct gw_rules *rules = &parse->experiment->rules;
    struct every every = {0};
    if (node->kind == GW_YAML_MAP) {
        GW_TRY(gw_keys_read(&every_schema, node, &every, parse->err));
        rules->rebalance = GW_EVERY_BARS;
        rules->every = (size_t)every.bars;
        return GW_OK;
    }
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        if (node->kind == GW_YAML_SCALAR && strcmp(node->text, name[i]) == 0) {
            rules->rebalance = (enum gw_rebalance)i;
            return GW_OK;
        }
    }
    return gw_fail_at(parse->err, GW_CONFIG, node->place,
                      "strategy.rebalance must be on_change, every_bar, weekly, monthly, "
                      "quarterly or {every: k}%s%.60s%s",
                      node->kind == GW_YAML_SCALAR ? ", not '" : "",
                      node->kind == GW_YAML_SCALAR ? node->text : "",
                      node->kind == GW_YAML_SCALAR ? "'" : "");
}

/* Exactly one kind of strategy, and nothing that only another kind reads. */
static enum gw_status check_kind(const struct gw_parse *parse)
{
    static const char *const name[] = {"signals", "target", "plugin"};
    const struct gw_yaml *strategy = gw_yaml_get(parse->root, "strategy");
    const struct gw_yaml *rebalance = gw_yaml_get(strategy, "rebalance");
    const struct gw_yaml *define = gw_yaml_get(strategy, "define"), *found = NULL;
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        const struct gw_yaml *node = gw_yaml_get(strategy, name[i]);
        if (node != NULL && found != NULL) {
            return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                              "strategy needs signals, target or plugin, not %s and %s",
                              found->key, node->key);
        }
        found = node != NULL ? node : found;
    }
    if (found == NULL) {
        return gw_fail_at(parse->err, GW_CONFIG, strategy->key_place,
                          "strategy needs signals, target or plugin");
    }
    if (rebalance != NULL && strcmp(found->key, "target") != 0) {
        return gw_fail_at(parse->err, GW_CONFIG, rebalance->key_place,
                          "strategy.rebalance goes with target, not with %s%s",
                          *found->key == 'p' ? "a " : "", found->key);
    }
    if (define != NULL && *found->key == 'p') {
        return gw_fail_at(parse->err, GW_CONFIG, define->key_place,
                          "strategy.define is for signals and target; a plugin reads no "
                          "expressions");
    }
    return rebalance != NULL ? read_rebalance(parse, rebalance) : GW_OK;
}

enum gw_status gw_parse_scalar(const struct gw_yaml *node, struct gw_error *err)
{
    if (node->kind != GW_YAML_SCALAR) {
        return gw_fail_at(err, GW_CONFIG, node->place,
                          "an expression should stand here, not a %s; quote it if it "
                          "begins with [ or {",
                          node->kind == GW_YAML_LIST ? "list" : "map");
    }
    return gw_yaml_check_cut(node, err);
}

enum gw_status gw_parse_strategy(struct gw_parse *parse)
{
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_yaml *define = gw_yaml_find(parse->root, "strategy.define");
    GW_TRY(check_kind(parse));
    if (gw_yaml_find(parse->root, "strategy.plugin") != NULL) {
        GW_TRY(gw_parse_plugin(parse));
    }
    experiment->graph =
        gw_graph_new(parse->parameter, experiment->axes, gw_field_name, GW_FIELDS);
    for (size_t a = 0; a < experiment->axes; a++) {
        if (gw_graph_reserved(experiment->graph, parse->parameter[a])) {
            return gw_fail_at(
                parse->err, GW_CONFIG, experiment->axis[a].place,
                "'%s' cannot be a parameter: it is a word of the expressions",
                parse->parameter[a]);
        }
    }
    for (size_t i = 0; define != NULL && i < define->count; i++) {
        GW_TRY(compile_definition(parse, define->item[i]));
    }
    GW_TRY(compile_constraints(parse));
    GW_TRY(compile_trading(parse));
    return gw_parse_terms(parse);
}
