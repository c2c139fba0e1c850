#include "gridwalk/plan/experiment.h"

#include "gridwalk/base/mem.h"
#include "node.h"
#include "parse.h"

#include <stdlib.h>
#include <string.h>

/* The experiment and what only its parts point to. */
struct owner {
    struct gw_experiment experiment; /* first */
    const char **parameter;
};

void gw_experiment_free(struct gw_experiment *experiment)
{
    if (experiment == NULL) {
        return;
    }
    for (size_t a = 0; experiment->axis != NULL && a < experiment->axes; a++) {
        free(experiment->axis[a].list);
    }
    free(experiment->axis);
    gw_graph_free(experiment->graph);
    gw_objective_clear(&experiment->objective);
    free(experiment->constraint);
    free(experiment->asset);
    free(experiment->walk_forward.dates);
    free(experiment->bundle);
    free(experiment->rules.plugin.library);
    gw_yaml_free(experiment->tree);
    gw_text_clear(&experiment->text);
    free(experiment->name);
    free(experiment->file);
    free(((struct owner *)experiment)->parameter);
    free(experiment);
}

/* "dir/sma_cross.yaml" -> "sma_cross" */
static char *name_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    const char *point = strrchr(name, '.');
    size_t length =
        point != NULL && point != name ? (size_t)(point - name) : strlen(name);
    return gw_strndup(name, length);
}

char *gw_parse_path(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    if (*path == '/' || slash == NULL) {
        return gw_strdup(path);
    }
    struct gw_text text = {0};
    gw_text_append(&text, file, (size_t)(slash + 1 - file));
    gw_text_append(&text, path, strlen(path));
    return text.data;
}

static enum gw_status apply_overrides(struct gw_experiment *experiment,
                                      const struct gw_overrides *overrides,
                                      struct gw_error *err)
{
    for (size_t i = 0; i < overrides->sets; i++) {
        const char *text = overrides->set[i];
        const char *equals = strchr(text, '=');
        if (equals == NULL) {
            return gw_fail(err, GW_CONFIG, "--set %.100s: write --set PATH=VALUE", text);
        }
        char *path = gw_strndup(text, (size_t)(equals - text));
        enum gw_status status = gw_yaml_set(experiment->tree, path, equals + 1, err);
        free(path);
        GW_TRY(status);
    }
    if (overrides->only != NULL) {
        GW_TRY(gw_parse_only(experiment->tree, overrides->only, err));
    }
    return GW_OK;
}

static bool has_overrides(const struct gw_overrides *overrides)
{
    return overrides != NULL && (overrides->sets > 0 || overrides->only != NULL);
}

static enum gw_status parse_assets(struct gw_parse *parse)
{
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_yaml *list = gw_yaml_get(parse->root, "assets");
    if (list == NULL) {
        return GW_OK;
    }
    if (list->count == 0) {
        return gw_fail_at(parse->err, GW_CONFIG, list->place,
                          "assets is empty; leave it out to trade all");
    }
    experiment->asset = gw_calloc(list->count, sizeof *experiment->asset);
    for (size_t i = 0; i < list->count; i++) {
        const struct gw_yaml *node = list->item[i];
        if (node->kind != GW_YAML_SCALAR || *node->text == '\0') {
            return gw_fail_at(parse->err, GW_CONFIG, node->place,
                              "assets holds symbols, one text each");
        }
        experiment->asset[i] = (struct gw_named_place){node->text, node->place};
        experiment->assets = i + 1;
    }
    return GW_OK;
}

static void parse_benchmark(struct gw_parse *parse)
{
    const struct gw_yaml *node = gw_yaml_get(parse->root, "benchmark");
    if (node != NULL) {
        parse->experiment->benchmark =
            (struct gw_named_place){parse->record.benchmark, node->place};
    }
}

static enum gw_status parse_period(struct gw_parse *parse)
{
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_yaml *node = gw_yaml_get(parse->root, "period");
    experiment->from = parse->record.from;
    experiment->to = parse->record.to;
    experiment->period_place =
        node != NULL ? node->key_place : (struct gw_place){.file = experiment->file};
    if (experiment->from > experiment->to) {
        return gw_fail_at(parse->err, GW_CONFIG, experiment->period_place,
                          "period.from lies behind period.to");
    }
    return GW_OK;
}

static enum gw_status compile(struct owner *owner, struct gw_error *err)
{
    struct gw_experiment *experiment = &owner->experiment;
    struct gw_parse parse = {
        .experiment = experiment,
        .root = experiment->tree,
        .record = {.from = INT32_MIN,
                   .to = INT32_MAX,
                   .warmup = GW_UNSET,
                   .on = GW_UNSET,
                   .train = {.count = GW_UNSET},
                   .test = {.count = GW_UNSET},
                   .step = {.count = GW_UNSET}},
        .err = err,
    };
    experiment->rules = gw_rules_standard();
    experiment->span = GW_NO_NODE;
    GW_TRY(gw_keys_read(&gw_experiment_schema, parse.root, &parse.record, err));
    experiment->bundle = gw_parse_path(experiment->file, parse.record.bundle);
    experiment->bundle_place = gw_yaml_get(parse.root, "bundle")->place;
    experiment->periods = parse.record.periods;
    experiment->memory = parse.record.memory;
    GW_TRY(parse_period(&parse));
    GW_TRY(parse_assets(&parse));
    parse_benchmark(&parse);
    GW_TRY(gw_parse_rules(&parse));
    enum gw_status status = gw_parse_parameters(&parse);
    owner->parameter = parse.parameter;
    GW_TRY(status);
    return gw_parse_strategy(&parse);
}

enum gw_status gw_experiment_parse(const char *file,
                                   const char *bytes,
                                   size_t length,
                                   const struct gw_overrides *overrides,
                                   struct gw_experiment **out,
                                   struct gw_error *err)
{
    struct owner *owner = gw_calloc(1, sizeof *owner);
    struct gw_experiment *experiment = &owner->experiment;
    experiment->file = gw_strdup(file);
    experiment->name = name_of(file);
    enum gw_status status =
        gw_yaml_parse(experiment->file, bytes, length, &experiment->tree, err);
    if (status == GW_OK && has_overrides(overrides)) {
        status = apply_overrides(experiment, overrides, err);
    }
    if (status == GW_OK) {
        status = compile(owner, err);
    }
    if (status != GW_OK) {
        gw_experiment_free(experiment);
        return status;
    }
    if (has_overrides(overrides)) {
        gw_yaml_emit(experiment->tree, &experiment->text);
    } else {
        gw_text_append(&experiment->text, bytes, length);
    }
    *out = experiment;
    return GW_OK;
}
