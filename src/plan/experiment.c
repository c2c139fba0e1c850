#include "gridwalk/plan/experiment.h"

#include "gridwalk/base/mem.h"
#include "node.h"
#include "parse.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 1e9 /* bars of a window */
#define AT(field) ((int)offsetof(struct gw_record, field))
#define NOWHERE (-1)

static const struct gw_key key_table[] = {
    {"bundle", GW_KEY_TEXT, true, NULL, 0, 0, NULL,
     "bundle of prices (HDF5), or the ingest or synth spec that makes it; relative to "
     "this file",
     AT(bundle)},
    {"period", GW_KEY_MAP, false, NULL, 0, 0, NULL,
     "bounds trading only; indicators see the bars before", NOWHERE},
    {"period.from", GW_KEY_DATE, false, NULL, 0, 0, NULL,
     "first day; default: the bundle's first", AT(from)},
    {"period.to", GW_KEY_DATE, false, NULL, 0, 0, NULL,
     "last day, inclusive; default: the bundle's last", AT(to)},
    {"assets", GW_KEY_LIST, false, NULL, 0, 0, NULL,
     "symbols to trade; default: all of the bundle", NOWHERE},
    {"prices", GW_KEY_CHOICE, false, "adjusted", 0, 0, "adjusted|split",
     "price basis: adjusted has splits and dividends in the prices, split pays dividends "
     "as cash",
     AT(prices)},
    {"benchmark", GW_KEY_TEXT, false, NULL, 0, 0, NULL,
     "symbol that the out-of-sample record is compared with, traded or not; needs "
     "walk_forward with a test",
     AT(benchmark)},
    {"strategy", GW_KEY_MAP, true, NULL, 0, 0, NULL,
     "what to trade when, over which parameters", NOWHERE},
    {"strategy.parameters", GW_KEY_FREE_MAP, false, NULL, 0, 0, NULL,
     "name: {from, to, step} (inclusive; step 1 for integers) or name: [list of numbers]",
     NOWHERE},
    {"strategy.constraints", GW_KEY_LIST, false, NULL, 0, 0, NULL,
     "conditions on parameters; combinations that break one are left out", NOWHERE},
    {"strategy.define", GW_KEY_FREE_MAP, false, NULL, 0, 0, NULL,
     "name: expression, for use in the expressions behind it", NOWHERE},
    {"strategy.signals", GW_KEY_MAP, false, NULL, 0, 0, NULL,
     "conditions that open and close positions; either this or target", NOWHERE},
    {"strategy.signals.enter_long", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL,
     "buy when flat or short", NOWHERE},
    {"strategy.signals.exit_long", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL,
     "close a long position", NOWHERE},
    {"strategy.signals.enter_short", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL,
     "sell short when flat or long", NOWHERE},
    {"strategy.signals.exit_short", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL,
     "close a short position", NOWHERE},
    {"strategy.target", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL,
     "wanted weight of equity: 1 = long, -1 = short, undefined = leave as is; either "
     "this "
     "or signals",
     NOWHERE},
    {"strategy.rebalance", GW_KEY_CHOICE, false, "on_change", 0, 0, "on_change|every_bar",
     "when a target is traded: when its value changes, or back to it on every bar",
     AT(rebalance)},
    {"warmup", GW_KEY_CHOICE, false, NULL, 0, 0, "before|cold|inside_common|inside_own",
     "where indicators get their past: the bars before a window (default with "
     "walk_forward), nowhere (cold: default without), or inside the window",
     AT(warmup)},
    {"execution", GW_KEY_MAP, false, NULL, 0, 0, NULL, "when orders are filled", NOWHERE},
    {"execution.price", GW_KEY_CHOICE, false, "open", 0, 0, "open|close",
     "price of a bar that orders are filled at", AT(price)},
    {"execution.delay", GW_KEY_INT, false, "1", 0, 1, NULL,
     "bars from decision to fill; 0 only with price close", AT(delay)},
    {"costs", GW_KEY_MAP, false, NULL, 0, 0, NULL, "what trading costs", NOWHERE},
    {"costs.commission_bps", GW_KEY_REAL, false, "0", 0, 1e4, NULL,
     "commission in 1/10000 of the value traded", AT(commission_bps)},
    {"costs.slippage_bps", GW_KEY_REAL, false, "0", 0, 1e4, NULL,
     "fill price is worse by this, in 1/10000", AT(slippage_bps)},
    {"costs.spread_bps", GW_KEY_REAL, false, "0", 0, 1e4, NULL,
     "bid-ask spread in 1/10000; a fill pays half", AT(spread_bps)},
    {"account", GW_KEY_MAP, false, NULL, 0, 0, NULL, "the money traded with", NOWHERE},
    {"account.capital", GW_KEY_REAL, false, "100000", DBL_TRUE_MIN, INFINITY, NULL,
     "cash at the start of each window, in each account", AT(capital)},
    {"account.mode", GW_KEY_CHOICE, false, "per_asset", 0, 0, "per_asset",
     "each asset trades its own account with the full capital", AT(mode)},
    {"account.size", GW_KEY_CHOICE, false, "all", 0, 0, "all",
     "an entry takes all cash of the account", AT(size)},
    {"account.lots", GW_KEY_CHOICE, false, "fractional", 0, 0, "fractional",
     "shares may be fractions", AT(lots)},
    {"search", GW_KEY_CHOICE, false, "grid", 0, 0, "grid",
     "run every combination that the constraints leave", AT(search)},
    {"walk_forward", GW_KEY_MAP, false, NULL, 0, 0, NULL,
     "windows that move over the period; default: the period is one window", NOWHERE},
    {"walk_forward.mode", GW_KEY_CHOICE, false, "rolling", 0, 0, "rolling|anchored",
     "rolling: all windows have the same length; anchored: every train segment begins "
     "where the first one does, and grows",
     AT(window_mode)},
    {"walk_forward.train", GW_KEY_LENGTH, false, NULL, 1, LONGEST, NULL,
     "what to select on, in bars, or by the calendar: 2y, 6m, 10w, 21d; required without "
     "dates",
     AT(train)},
    {"walk_forward.validation", GW_KEY_LENGTH, false, "0", 0, LONGEST, NULL,
     "what lies between train and test to choose on, as train; 0: none", AT(validation)},
    {"walk_forward.test", GW_KEY_LENGTH, false, NULL, 0, LONGEST, NULL,
     "what lies behind them to test on, as train; 0: in-sample only; required without "
     "dates",
     AT(test)},
    {"walk_forward.step", GW_KEY_LENGTH, false, NULL, 1, LONGEST, NULL,
     "from one window to the next, as train; default: test; required when test is 0",
     AT(step)},
    {"walk_forward.purge", GW_KEY_INT, false, "0", 0, LONGEST, NULL,
     "bars left out at the end of train, and at the end of validation", AT(purge)},
    {"walk_forward.embargo", GW_KEY_INT, false, "0", 0, LONGEST, NULL,
     "bars that each window begins later than by step: so many more lie between two "
     "tests",
     AT(embargo)},
    {"walk_forward.partial", GW_KEY_CHOICE, false, "drop", 0, 0, "drop|keep",
     "a last test segment that the period cuts short", AT(partial)},
    {"walk_forward.overlap", GW_KEY_CHOICE, false, "false", 0, 0, "false|true",
     "whether test segments may share bars (step below test)", AT(overlap)},
    {"walk_forward.dates", GW_KEY_LIST, false, NULL, 0, 0, NULL,
     "instead of the above but overlap: windows by their days, ascending, each {train: "
     "[from, to], validation: [from, to], test: [from, to]}, inclusive, all "
     "alike with or without validation and test",
     NOWHERE},
    {"objective", GW_KEY_MAP, false, NULL, 0, 0, NULL,
     "what the best combination is best at; default: {maximize: sharpe}", NOWHERE},
    {"objective.maximize", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL,
     "a metric or an expression over metrics (sharpe - 0.5 * ulcer); either this or "
     "minimize",
     AT(maximize)},
    {"objective.minimize", GW_KEY_EXPRESSION, false, NULL, 0, 0, NULL,
     "the same; either this or maximize", AT(minimize)},
    {"objective.require", GW_KEY_LIST, false, NULL, 0, 0, NULL,
     "conditions on metrics (trades >= 10) that a row must meet to be chosen", NOWHERE},
    {"objective.otherwise", GW_KEY_CHOICE, false, "cash", 0, 0, "cash|best",
     "what a window chooses where no row meets them: nothing, or the best all the same",
     AT(otherwise)},
    {"objective.on", GW_KEY_CHOICE, false, NULL, 0, 0, "train|validation",
     "segment chosen on; default: validation where there is one, else train", AT(on)},
    {"objective.select", GW_KEY_ANY, false, "best", 0, 0, NULL,
     "what a window chooses: best, {plateau: {radius: 1, by: mean}} (or min, median: the "
     "best of the smoothed objective), {top: N} (an ensemble) or {keep: {tolerance: T}} "
     "(what was chosen before, while it is not worse than the best by more than T of it)",
     NOWHERE},
    {"metrics", GW_KEY_ANY, false, "basic", 0, 0, NULL,
     "columns of the results: basic (12), all (without var_95, cvar_95), or a list; the "
     "metric of a plain objective is always one",
     NOWHERE},
    {"output", GW_KEY_MAP, false, NULL, 0, 0, NULL, "what the results file holds",
     NOWHERE},
    {"output.keep", GW_KEY_ANY, false, "all", 0, 0, NULL,
     "rows to keep: all, or {top: N}: the best N of each window", NOWHERE},
    {"limits", GW_KEY_MAP, false, NULL, 0, 0, NULL, "what a rank may use", NOWHERE},
    {"limits.memory", GW_KEY_BYTES, false, "256M", 1024.0 * 1024, 0x1p50, NULL,
     "memory of a rank for columns and equity (K, M, G, T: powers of 1024)", AT(memory)},
    {"periods", GW_KEY_REAL, false, NULL, DBL_TRUE_MIN, INFINITY, NULL,
     "bars a year, for yearly figures; default: the bundle's", AT(periods)},
};

const struct gw_schema gw_experiment_schema = {
    .what = "experiment",
    .key = key_table,
    .count = sizeof key_table / sizeof key_table[0],
};

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

/* A path of the experiment file: relative ones start at its directory. */
static char *resolve(const char *file, const char *path)
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

/* Needs to know of walk_forward. */
static enum gw_status parse_benchmark(struct gw_parse *parse)
{
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_yaml *node = gw_yaml_get(parse->root, "benchmark");
    if (node == NULL) {
        return GW_OK;
    }
    if (experiment->walk_forward.segments <= GW_TEST) {
        return gw_fail_at(parse->err, GW_CONFIG, node->key_place,
                          "benchmark is compared in the out-of-sample record; it needs "
                          "walk_forward with test > 0");
    }
    experiment->benchmark = (struct gw_named_place){parse->record.benchmark, node->place};
    return GW_OK;
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
    GW_TRY(gw_keys_read(&gw_experiment_schema, parse.root, &parse.record, err));
    experiment->bundle = resolve(experiment->file, parse.record.bundle);
    experiment->bundle_place = gw_yaml_get(parse.root, "bundle")->place;
    experiment->periods = parse.record.periods;
    experiment->memory = parse.record.memory;
    GW_TRY(parse_period(&parse));
    GW_TRY(parse_assets(&parse));
    GW_TRY(gw_parse_rules(&parse));
    GW_TRY(parse_benchmark(&parse));
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
