/* The part of an experiment that is no expression: rules, columns. */
#include "gridwalk/base/mem.h"
#include "node.h"
#include "parse.h"

#include <string.h>

enum gw_status gw_check_metric(const struct gw_parse *parse,
                               enum gw_metric metric,
                               struct gw_place place)
{
    const struct gw_metric_info *info = &gw_metric_info[metric];
    if (info->set != 'K' || parse->experiment->benchmark.name != NULL) {
        return GW_OK;
    }
    return gw_fail_at(parse->err, GW_CONFIG, place,
                      "the metric %s compares with a benchmark; name an asset in "
                      "'benchmark:'",
                      info->name);
}

static enum gw_status choose_listed(const struct gw_parse *parse,
                                    const struct gw_yaml *list,
                                    bool chosen[GW_METRICS])
{
    struct gw_error *err = parse->err;
    if (list->count == 0) {
        return gw_fail_at(err, GW_CONFIG, list->place, "metrics is empty");
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct gw_yaml *node = list->item[i];
        if (node->kind != GW_YAML_SCALAR) {
            return gw_fail_at(err, GW_CONFIG, node->place,
                              "a metric's name should stand "
                              "here");
        }
        enum gw_metric metric = gw_metric_find(node->text);
        if (metric == GW_METRICS) {
            return gw_refuse_metric(node->text, node->place, err);
        }
        if (chosen[metric]) {
            return gw_fail_at(err, GW_CONFIG, node->place, "the metric %s is repeated",
                              node->text);
        }
        GW_TRY(gw_check_metric(parse, metric, node->place));
        chosen[metric] = true;
    }
    return GW_OK;
}

static enum gw_status read_metrics(const struct gw_parse *parse)
{
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_yaml *node = gw_yaml_get(parse->root, "metrics");
    bool chosen[GW_METRICS] = {false};
    bool scalar = node != NULL && node->kind == GW_YAML_SCALAR;
    bool all = scalar && strcmp(node->text, "all") == 0;
    bool benchmark = experiment->benchmark.name != NULL;
    if (node != NULL && node->kind == GW_YAML_LIST) {
        GW_TRY(choose_listed(parse, node, chosen));
    } else if (node == NULL || all || (scalar && strcmp(node->text, "basic") == 0)) {
        for (size_t m = 0; m < GW_METRICS; m++) {
            char set = gw_metric_info[m].set;
            chosen[m] = set == 'B' || (all && (set == 'A' || (set == 'K' && benchmark)));
        }
    } else {
        return gw_fail_at(parse->err, GW_CONFIG, node->place,
                          "metrics must be basic, all or a list of metrics");
    }
    if (experiment->objective.metric != GW_METRICS) {
        chosen[experiment->objective.metric] = true;
    }
    experiment->metrics = 0;
    for (size_t m = 0; m < GW_METRICS; m++) {
        if (chosen[m]) {
            experiment->metric[experiment->metrics++] = (enum gw_metric)m;
        }
    }
    return GW_OK;
}

struct keep {
    int64_t top;
};
static const struct gw_key keep_table[] = {
    {"top", GW_KEY_INT, true, NULL, 1, 1e9, NULL, "rows to keep of each window",
     (int)offsetof(struct keep, top)},
};
static const struct gw_schema keep_schema = {"output.keep", keep_table, 1};

static enum gw_status read_keep(const struct gw_parse *parse)
{
    const struct gw_yaml *node = gw_yaml_find(parse->root, "output.keep");
    struct keep keep = {0};
    bool scalar = node != NULL && node->kind == GW_YAML_SCALAR;
    if (node != NULL && node->kind == GW_YAML_MAP) {
        GW_TRY(gw_keys_read(&keep_schema, node, &keep, parse->err));
    } else if (node != NULL && !(scalar && strcmp(node->text, "all") == 0)) {
        return gw_fail_at(parse->err, GW_CONFIG, node->place,
                          "output.keep must be all or {top: N}");
    }
    parse->experiment->keep_top = (uint64_t)keep.top;
    return GW_OK;
}

enum gw_status gw_parse_rules(struct gw_parse *parse)
{
    const struct gw_record *record = &parse->record;
    struct gw_rules *rules = &parse->experiment->rules;
    if (record->price == GW_PRICE_OPEN && record->delay == 0) {
        return gw_fail_at(parse->err, GW_CONFIG,
                          gw_yaml_find(parse->root, "execution.delay")->place,
                          "price open with delay 0 would fill before the decision; use "
                          "delay 1 or price close");
    }
    GW_TRY(gw_parse_walk_forward(parse));
    rules->execution.price = (enum gw_price)record->price;
    rules->execution.delay = (int)record->delay;
    rules->capital = record->capital;
    rules->risk_free = record->risk_free;
    rules->mode = (enum gw_account_mode)record->mode;
    rules->whole_lots = record->lots != 0;
    rules->close_at_end = record->close_at_end != 0;
    rules->basis = (enum gw_basis)record->prices;
    if (record->warmup != GW_UNSET) {
        rules->warmup = (enum gw_warmup)record->warmup;
    } else {
        rules->warmup =
            parse->experiment->walk_forward.present ? GW_WARM_BEFORE : GW_WARM_COLD;
    }
    GW_TRY(gw_parse_objective(parse));
    GW_TRY(read_metrics(parse));
    GW_TRY(read_keep(parse));
    return gw_parse_expressions(parse);
}
