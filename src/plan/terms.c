/* The numbers of costs, account and stops, and what an entry is sized by. */
#include "node.h"
#include "parts.h"
#include "parse.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct gw_key size_table[] = {
    {"equity", GW_KEY_TERM, false, NULL, DBL_TRUE_MIN, 1000, NULL,
     "fraction of the account's equity", -1},
    {"value", GW_KEY_TERM, false, NULL, DBL_TRUE_MIN, 1e15, NULL, "in currency", -1},
    {"shares", GW_KEY_TERM, false, NULL, DBL_TRUE_MIN, 1e15, NULL, "shares as traded",
     -1},
    {"volatility", GW_KEY_TERM, false, NULL, DBL_TRUE_MIN, 100, NULL,
     "volatility a year, as a fraction", -1},
    {"span", GW_KEY_TERM, false, NULL, 2, 1e6, NULL,
     "returns that the volatility is measured over", -1},
};
static const struct gw_schema size_schema = {"account.size", size_table,
                                             sizeof size_table / sizeof size_table[0]};

static const struct {
    const char *name;
    enum gw_size size;
} sizes[] = {{"equity", GW_SIZE_EQUITY},
             {"value", GW_SIZE_VALUE},
             {"shares", GW_SIZE_SHARES},
             {"volatility", GW_SIZE_VOLATILITY}};

/* A number, which is checked, or a node over parameters. */
struct number {
    double value;
    int32_t node; /* GW_NO_NODE: the value */
};

static enum gw_status refuse_fraction(const struct gw_parse *parse,
                                      const struct gw_key *key,
                                      const struct gw_yaml *node)
{
    return gw_fail_at(parse->err, GW_CONFIG, node->place,
                      "%s must be a whole number, not '%.60s'", key->path, node->text);
}

static enum gw_status read_number(const struct gw_parse *parse,
                                  const struct gw_key *key,
                                  const struct gw_yaml *node,
                                  struct number *out)
{
    static const struct gw_expected expected = {GW_NUMBER, false};
    struct gw_graph *graph = parse->experiment->graph;
    *out = (struct number){.node = GW_NO_NODE};
    if (gw_key_number(node, &out->value)) {
        return GW_OK; /* in its range, as the tables are read first */
    }
    GW_TRY(gw_graph_compile(graph, node->text, node->place, expected, &out->node,
                            parse->err));
    const struct gw_node *compiled = gw_graph_node(graph, out->node);
    if (compiled->kind != GW_NODE_CONSTANT) {
        return GW_OK;
    }
    *out = (struct number){compiled->value, GW_NO_NODE};
    return gw_key_check(key, node, out->value, parse->err);
}

static enum gw_status read_term(struct gw_parse *parse,
                                const struct gw_key *key,
                                const struct gw_yaml *node,
                                enum gw_term term)
{
    struct gw_rules *rules = &parse->experiment->rules;
    struct number number;
    GW_TRY(read_number(parse, key, node, &number));
    if (gw_term_info[term].whole && number.node == GW_NO_NODE &&
        number.value != floor(number.value)) {
        return refuse_fraction(parse, key, node);
    }
    *gw_term_at(&rules->terms, term) = number.value + 0.0; /* -0 becomes 0 */
    rules->term[term] = number.node;
    parse->experiment->term_place[term] = node->place;
    return GW_OK;
}

/* Every term but the size. */
static enum gw_status read_terms(struct gw_parse *parse)
{
    struct gw_rules *rules = &parse->experiment->rules;
    for (int i = 0; i < GW_TERMS; i++) {
        const char *path = gw_term_info[i].key;
        const struct gw_yaml *node = gw_yaml_find(parse->root, path);
        if (node == NULL || i == GW_TERM_size) {
            continue;
        }
        const struct gw_key *key = gw_keys_find(&gw_experiment_schema, path);
        bool standard = key->standard != NULL && strcmp(node->text, key->standard) == 0;
        if (!standard) { /* `none` is no expression */
            GW_TRY(read_term(parse, key, node, (enum gw_term)i));
        }
    }
    if (gw_yaml_find(parse->root, gw_term_info[GW_TERM_margin_rate].key) == NULL) {
        rules->terms.margin_rate = rules->terms.cash_rate;
        rules->term[GW_TERM_margin_rate] = rules->term[GW_TERM_cash_rate];
        parse->experiment->term_place[GW_TERM_margin_rate] =
            parse->experiment->term_place[GW_TERM_cash_rate];
    }
    return GW_OK;
}

/* The standard deviation of the last `span` returns, as if it were an expression of the
 * strategy. */
static enum gw_status read_span(struct gw_parse *parse, const struct gw_yaml *node)
{
    static const struct gw_expected expected = {GW_NUMBER, true};
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_key *key = gw_keys_find(&size_schema, "span");
    struct number number;
    struct gw_text text = {0};
    GW_TRY(read_number(parse, key, node, &number));
    if (number.node == GW_NO_NODE && number.value != floor(number.value)) {
        return refuse_fraction(parse, key, node);
    }
    experiment->span = number.node;
    experiment->span_place = node->place;
    gw_text_printf(&text, "stdev(close / lag(close, 1) - 1, (%s), 1)", node->text);
    enum gw_status status =
        gw_graph_compile(experiment->graph, text.data, node->place, expected,
                         &experiment->rules.deviation, parse->err);
    gw_text_clear(&text);
    return status;
}

static enum gw_status refuse_size(const struct gw_parse *parse,
                                  const struct gw_yaml *node)
{
    return gw_fail_at(parse->err, GW_CONFIG, node->place,
                      "account.size must be all, {equity: f}, {value: v}, {shares: s} or "
                      "{volatility: v, span: m}");
}

static enum gw_status read_size_map(struct gw_parse *parse, const struct gw_yaml *map)
{
    struct gw_rules *rules = &parse->experiment->rules;
    const struct gw_yaml *span = gw_yaml_get(map, "span"), *found = NULL;
    size_t named = 0;
    GW_TRY(gw_keys_read(&size_schema, map, NULL, parse->err));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct gw_yaml *node = gw_yaml_get(map, sizes[i].name);
        if (node != NULL) {
            found = node;
            named++;
            rules->size = sizes[i].size;
        }
    }
    if (named != 1 || (span != NULL) != (rules->size == GW_SIZE_VOLATILITY)) {
        return refuse_size(parse, map);
    }
    GW_TRY(read_term(parse, gw_keys_find(&size_schema, found->key), found, GW_TERM_size));
    return span != NULL ? read_span(parse, span) : GW_OK;
}

static enum gw_status read_size(struct gw_parse *parse)
{
    const struct gw_rules *rules = &parse->experiment->rules;
    const struct gw_yaml *node = gw_yaml_find(parse->root, "account.size");
    const struct gw_yaml *strategy = gw_yaml_get(parse->root, "strategy");
    bool signals = gw_yaml_get(strategy, "signals") != NULL;
    bool all =
        node != NULL && node->kind == GW_YAML_SCALAR && strcmp(node->text, "all") == 0;
    if (node == NULL && rules->mode == GW_SHARED && signals) {
        return gw_fail_at(
            parse->err, GW_CONFIG, gw_yaml_find(parse->root, "account.mode")->key_place,
            "signals of a shared account need account.size: {equity: f}, {value: v}, "
            "{shares: s}, {volatility: v, span: m} or all");
    }
    if (node == NULL || all) {
        return GW_OK;
    }
    if (node->kind != GW_YAML_MAP) {
        return refuse_size(parse, node);
    }
    if (!signals) {
        return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                          "account.size goes with signals; a %s says itself how much",
                          gw_yaml_get(strategy, "target") != NULL ? "target" : "plugin");
    }
    return read_size_map(parse, node);
}

struct gw_place gw_term_place(const struct gw_experiment *experiment, enum gw_term term)
{
    const struct gw_place *place = experiment->term_place;
    if (place[term].file == NULL && term == GW_TERM_slippage_bps) { /* half with impact */
        term = place[GW_TERM_impact].file != NULL ? GW_TERM_impact : GW_TERM_spread_bps;
    }
    return place[term];
}

static bool is_constant(const struct gw_rules *rules, enum gw_term term)
{
    return rules->term[term] == GW_NO_NODE;
}

/* What hangs on several terms, where none of them is an expression: else the plan walks
 * the combinations, and what it says names one. */
static enum gw_status check_constants(const struct gw_parse *parse)
{
    const struct gw_experiment *experiment = parse->experiment;
    const struct gw_rules *rules = &experiment->rules;
    enum gw_term which;
    bool constants = true;
    for (int i = 0; i < GW_TERMS; i++) {
        constants = constants && is_constant(rules, (enum gw_term)i);
    }
    const char *wrong = gw_terms_check(rules, &rules->terms, &which);
    bool impact = which == GW_TERM_impact && is_constant(rules, GW_TERM_impact) &&
                  is_constant(rules, GW_TERM_volume_limit);
    if (wrong == NULL || (!constants && !impact)) {
        return GW_OK;
    }
    return gw_fail_at(parse->err, GW_CONFIG, gw_term_place(experiment, which), "%s %s",
                      gw_term_info[which].key, wrong);
}

enum gw_status gw_parse_terms(struct gw_parse *parse)
{
    GW_TRY(read_terms(parse));
    GW_TRY(read_size(parse));
    return check_constants(parse);
}
