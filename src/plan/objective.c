/* `objective`: what is best, which rows may be chosen, and how one is. */
#include "gridwalk/base/mem.h"
#include "gridwalk/market/panel.h"
#include "node.h"
#include "parse.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1000 }; /* characters of an expression: the results file names it */

static const char *const select_name[] = {"best", "plateau", "top", "keep"};

/* What `select` may hold but for best. */
struct choice {
    int64_t radius, top;
    int by;
    double tolerance;
};
#define AT(field) ((int)offsetof(struct choice, field))
static const struct gw_key select_table[] = {
    {"plateau", GW_KEY_MAP, false, NULL, 0, 0, NULL, "smooth first", -1},
    {"plateau.radius", GW_KEY_INT, false, "1", 1, 100, NULL, "grid steps along each axis",
     AT(radius)},
    {"plateau.by", GW_KEY_CHOICE, false, "mean", 0, 0, "mean|min|median",
     "of the neighbours", AT(by)},
    {"top", GW_KEY_INT, false, NULL, 1, 100, NULL, "combinations to trade side by side",
     AT(top)},
    {"keep", GW_KEY_MAP, false, NULL, 0, 0, NULL, "keep what was chosen before", -1},
    {"keep.tolerance", GW_KEY_REAL, true, NULL, 0, 1, NULL,
     "how much worse than the best it may be, a share of that", AT(tolerance)},
};
static const struct gw_schema select_schema = {
    "objective.select", select_table, sizeof select_table / sizeof select_table[0]};

enum gw_status
gw_refuse_metric(const char *word, struct gw_place place, struct gw_error *err)
{
    const char *name[GW_METRICS];
    for (size_t m = 0; m < GW_METRICS; m++) {
        name[m] = gw_metric_info[m].name;
    }
    const char *nearest = gw_nearest(word, name, GW_METRICS);
    return gw_fail_at(err, GW_CONFIG, place, "unknown metric '%.60s'%s%s%s", word,
                      nearest != NULL ? "; did you mean '" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

/* ---- the simple keys ---- */

static enum gw_status read_select(const struct gw_parse *parse)
{
    struct gw_objective *objective = &parse->experiment->objective;
    const struct gw_yaml *node = gw_yaml_find(parse->root, "objective.select");
    struct choice choice = {.top = 1};
    if (node == NULL || (node->kind == GW_YAML_SCALAR && !strcmp(node->text, "best"))) {
        return GW_OK;
    }
    if (node->kind == GW_YAML_MAP) {
        GW_TRY(gw_keys_read(&select_schema, node, &choice, parse->err));
    }
    if (node->kind != GW_YAML_MAP || node->count != 1) {
        return gw_fail_at(parse->err, GW_CONFIG, node->place,
                          "objective.select must be best, {plateau: {radius: 1, by: "
                          "mean}}, {top: N} or {keep: {tolerance: T}}");
    }
    while (strcmp(select_name[objective->select], node->item[0]->key) != 0) {
        objective->select++;
    }
    objective->radius = choice.radius;
    objective->plateau = (enum gw_plateau)choice.by;
    objective->top = choice.top;
    objective->tolerance = choice.tolerance;
    return GW_OK;
}

static enum gw_status read_segment(const struct gw_parse *parse)
{
    const struct gw_walk_forward *walk_forward = &parse->experiment->walk_forward;
    bool any = walk_forward->segments > GW_VALIDATION;
    bool validation = parse->record.on == GW_UNSET ? any : parse->record.on != 0;
    if (validation && !any) {
        return gw_fail_at(parse->err, GW_CONFIG,
                          gw_yaml_find(parse->root, "objective.on")->place,
                          "objective.on is validation, but no window has one; give "
                          "walk_forward.validation or choose on train");
    }
    parse->experiment->objective.on = validation ? GW_VALIDATION : GW_TRAIN;
    return GW_OK;
}

/* The node of maximize or minimize. */
static const struct gw_yaml *goal_of(const struct gw_parse *parse)
{
    const struct gw_yaml *node = gw_yaml_find(parse->root, "objective.maximize");
    return node != NULL ? node : gw_yaml_find(parse->root, "objective.minimize");
}

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        length++;
    }
    return length;
}

/* A text that YAML folds ends with a newline. */
static void trim(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        text[--length] = '\0';
    }
}

static bool is_word(const char *text)
{
    return !isdigit((unsigned char)*text) && text[word_length(text)] == '\0';
}

enum gw_status gw_parse_objective(struct gw_parse *parse)
{
    struct gw_objective *objective = &parse->experiment->objective;
    const struct gw_yaml *node = gw_yaml_get(parse->root, "objective");
    const struct gw_yaml *goal = goal_of(parse);
    bool maximize = parse->record.maximize != NULL;
    bool minimize = parse->record.minimize != NULL;
    *objective = (struct gw_objective){.maximize = !minimize,
                                       .text = "sharpe",
                                       .metric = GW_METRIC_sharpe,
                                       .value = GW_NO_NODE,
                                       .otherwise_best = parse->record.otherwise != 0,
                                       .top = 1};
    if (maximize && minimize) {
        return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                          "objective is either maximize or minimize, not both");
    }
    if (goal != NULL) {
        trim(goal->text);
        objective->text = goal->text;
        objective->metric = gw_metric_find(goal->text);
        if (objective->metric == GW_METRICS && is_word(goal->text)) {
            return gw_refuse_metric(goal->text, goal->place, parse->err);
        }
        if (objective->metric != GW_METRICS) {
            GW_TRY(gw_check_metric(parse, objective->metric, goal->place));
        }
    }
    GW_TRY(read_select(parse));
    return read_segment(parse);
}

/* ---- expressions ---- */

/* An expression and the key it stands at. */
struct source {
    const struct gw_parse *parse;
    const struct gw_yaml *node;
    const char *key;
};

static bool is_word_of_language(const char *word)
{
    static const char *const keyword[] = {"and", "or", "not", "true", "false"};
    bool any = false;
    for (size_t i = 0; i < sizeof keyword / sizeof keyword[0]; i++) {
        any = any || strcmp(word, keyword[i]) == 0;
    }
    const struct gw_function *function = gw_function_find(word);
    return any || (function != NULL && function->elementwise);
}

static bool is_over_bars(const char *word)
{
    bool any = strcmp(word, "raw") == 0 || gw_function_find(word) != NULL;
    for (size_t i = 0; i < GW_FIELDS; i++) {
        any = any || strcmp(word, gw_field_name[i]) == 0;
    }
    return any;
}

static bool is_computed(const struct gw_experiment *experiment, enum gw_metric metric)
{
    bool any = false;
    for (size_t m = 0; m < experiment->metrics; m++) {
        any = any || experiment->metric[m] == metric;
    }
    return any;
}

static enum gw_status
add_operand(const struct source *source, enum gw_metric metric, struct gw_place place)
{
    struct gw_objective *objective = &source->parse->experiment->objective;
    const char *name = gw_metric_info[metric].name;
    for (size_t i = 0; i < objective->operands; i++) {
        if (objective->operand[i] == metric) {
            return GW_OK;
        }
    }
    GW_TRY(gw_check_metric(source->parse, metric, place));
    if (!is_computed(source->parse->experiment, metric)) {
        return gw_fail_at(source->parse->err, GW_CONFIG, place,
                          "%s needs %s, which is not computed; add %s to metrics",
                          source->key, name, name);
    }
    if (objective->operands == GW_MAX_PARAMETERS) {
        return gw_fail_at(source->parse->err, GW_CONFIG, place,
                          "the objective names more than %d metrics", GW_MAX_PARAMETERS);
    }
    objective->operand[objective->operands] = metric;
    objective->operand_name[objective->operands++] = name;
    return GW_OK;
}

/* One word of an expression, at a byte of it. What is called is left to the compiler, but
 * for what it would take for a function of parameters. */
static enum gw_status add_word(const struct source *source, const char *word, size_t at)
{
    struct gw_place place = source->node->place;
    place.column += place.column > 0 ? (int)at : 0;
    enum gw_metric metric = gw_metric_find(word);
    if (metric != GW_METRICS) {
        return add_operand(source, metric, place);
    }
    if (is_word_of_language(word)) {
        return GW_OK;
    }
    if (is_over_bars(word)) {
        return gw_fail_at(source->parse->err, GW_CONFIG, place,
                          "'%s' works over bars, but %s is made of metrics of a row",
                          word, source->key);
    }
    const char *next = source->node->text + at + strlen(word);
    return next[strspn(next, " \t")] == '('
               ? GW_OK
               : gw_refuse_metric(word, place, source->parse->err);
}

/* Note the metrics that an expression names, in its order. */
static enum gw_status add_words(const struct source *source)
{
    const char *text = source->node->text;
    enum gw_status status = GW_OK;
    if (strlen(text) > LONGEST) {
        return gw_fail_at(source->parse->err, GW_CONFIG, source->node->place,
                          "the expression is longer than %d characters", LONGEST);
    }
    for (size_t at = 0; status == GW_OK && text[at] != '\0';) {
        size_t length = word_length(text + at);
        if (length > 0 && !isdigit((unsigned char)text[at])) { /* else 1e5 or a sign */
            char *word = gw_strndup(text + at, length);
            status = add_word(source, word, at);
            free(word);
        }
        at += length > 0 ? length : 1;
    }
    return status;
}

static enum gw_status
compile(const struct source *source, enum gw_type type, int32_t *node_out)
{
    struct gw_graph *graph = source->parse->experiment->objective.graph;
    const struct gw_expected expected = {type, false};
    GW_TRY(gw_graph_compile(graph, source->node->text, source->node->place, expected,
                            node_out, source->parse->err));
    if (gw_graph_node(graph, *node_out)->depends == 0) {
        return gw_fail_at(source->parse->err, GW_CONFIG, source->node->place,
                          "%s names no metric: it is the same for all rows", source->key);
    }
    return GW_OK;
}

/* The conditions' nodes; the first look notes the metrics, the second compiles. */
static enum gw_status
look_at_bounds(const struct gw_parse *parse, const struct gw_yaml *list, bool again)
{
    struct gw_objective *objective = &parse->experiment->objective;
    for (size_t i = 0; i < list->count; i++) {
        const struct source source = {parse, list->item[i], "objective.require"};
        if (again) {
            GW_TRY(compile(&source, GW_BOOLEAN, &objective->require[i]));
            continue;
        }
        GW_TRY(gw_parse_scalar(list->item[i], parse->err));
        GW_TRY(add_words(&source));
    }
    return GW_OK;
}

/* What is chosen must be among what is kept. */
static enum gw_status check_keep(const struct gw_parse *parse)
{
    const struct gw_experiment *experiment = parse->experiment;
    const struct gw_objective *objective = &experiment->objective;
    const struct gw_yaml *node = gw_yaml_find(parse->root, "objective.select");
    if (experiment->keep_top == 0 || objective->select == GW_SELECT_BEST) {
        return GW_OK;
    }
    if (objective->select != GW_SELECT_TOP) {
        return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                          "objective.select: %s may choose what output.keep: {top: "
                          "%" PRIu64 "} leaves out; use output.keep: all",
                          select_name[objective->select], experiment->keep_top);
    }
    if ((uint64_t)objective->top > experiment->keep_top) {
        return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                          "objective.select: {top: %" PRId64 "} chooses more than "
                          "output.keep: {top: %" PRIu64 "} keeps",
                          objective->top, experiment->keep_top);
    }
    return GW_OK;
}

enum gw_status gw_parse_expressions(struct gw_parse *parse)
{
    struct gw_objective *objective = &parse->experiment->objective;
    const struct gw_yaml *require = gw_yaml_find(parse->root, "objective.require");
    const struct gw_yaml *goal = goal_of(parse);
    const struct source source = {
        parse, goal, objective->maximize ? "objective.maximize" : "objective.minimize"};
    bool expression = objective->metric == GW_METRICS;
    GW_TRY(check_keep(parse));
    if (expression) {
        GW_TRY(add_words(&source));
    }
    if (require != NULL) {
        if (require->count == 0) {
            return gw_fail_at(parse->err, GW_CONFIG, require->place,
                              "objective.require is empty; leave it out");
        }
        GW_TRY(look_at_bounds(parse, require, false));
        objective->require = gw_calloc(require->count, sizeof *objective->require);
        objective->requires = require->count;
    }
    if (!expression && require == NULL) {
        return GW_OK;
    }
    objective->graph = gw_graph_new(objective->operand_name, objective->operands,
                                    gw_field_name, GW_FIELDS);
    if (expression) {
        GW_TRY(compile(&source, GW_NUMBER, &objective->value));
    }
    return require != NULL ? look_at_bounds(parse, require, true) : GW_OK;
}
