/* replay: one row of a results file again, by the reference engine and in full. */
#include "replay.h"

#include "recorded.h"

#include "gridwalk/store/bundle.h"
#include "gridwalk/store/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- which row ---- */

static enum gw_status find_segment(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_results *results = replay->results;
    const char *wanted = gw_argument(replay->arguments, "segment");
    replay->segment = gw_last_segment(results->segments);
    if (wanted == NULL) {
        return GW_OK;
    }
    struct gw_text names = {0};
    for (size_t s = 0; s < results->segments; s++) {
        if (strcmp(wanted, gw_segment_name[s]) == 0) {
            replay->segment = s;
            gw_text_clear(&names);
            return GW_OK;
        }
        gw_text_printf(&names, "%s%s", s > 0 ? ", " : "", gw_segment_name[s]);
    }
    gw_fail(err, GW_USAGE, "--segment %.40s: the segments of %s are %s", wanted,
            results->path, names.data);
    gw_text_clear(&names);
    return err->status;
}

static enum gw_status find_cell(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_results *results = replay->results;
    GW_TRY(gw_argument_count(replay->arguments, "window", 0, results->windows - 1,
                             &replay->window, err));
    if (replay->window >= results->windows && results->windows == 1) {
        return gw_fail(err, GW_USAGE, "--window %zu: %s has one window, number 0",
                       replay->window, results->path);
    }
    if (replay->window >= results->windows) {
        return gw_fail(err, GW_USAGE, "--window %zu: the windows of %s are 0 to %zu",
                       replay->window, results->path, results->windows - 1);
    }
    return find_segment(replay, err);
}

/* What the window chose first. */
static enum gw_status find_best(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_results *results = replay->results;
    int64_t best = results->selected[replay->window * results->picks];
    if (best < 0) {
        return gw_fail(err, GW_USAGE,
                       "window %zu of %s chose no combination; name one with --combo",
                       replay->window, results->path);
    }
    replay->k = (uint64_t)best;
    return GW_OK;
}

static enum gw_status find_combination(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_space *space = &replay->source.plan->space;
    size_t number;
    GW_TRY(gw_argument_count(replay->arguments, "combo", 0, (size_t)replay->k, &number,
                             err));
    bool feasible = false;
    replay->k = number;
    if (replay->k >= space->total) {
        return gw_fail(
            err, GW_USAGE, "combination %llu: those of this experiment are 0 to %llu",
            (unsigned long long)replay->k, (unsigned long long)space->total - 1);
    }
    gw_space_feasible(space, &replay->k, 1, &feasible);
    if (!feasible) {
        struct gw_text values = {0};
        gw_space_print(space, replay->k, &values);
        gw_fail(err, GW_USAGE, "combination %llu (%s) is left out by the constraints",
                (unsigned long long)replay->k, values.data);
        gw_text_clear(&values);
        return err->status;
    }
    return GW_OK;
}

/* ---- what it was computed from ---- */

static enum gw_status load_bundle(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_results *results = replay->results;
    struct gw_source *source = &replay->source;
    const char *named = gw_argument(replay->arguments, "bundle");
    if (named == NULL) {
        GW_TRY(gw_recorded_bundle(results->path, &source->bundle, err));
    } else if (access(named, F_OK) == 0) {
        gw_text_printf(&source->bundle, "%s", named);
    } else {
        return gw_fail_errno(err, GW_USAGE, errno, "--bundle %s", named);
    }
    GW_TRY(gw_bundle_load(source->bundle.data, &source->panel, err));
    const char *digest = source->panel->header->digest;
    if (strcmp(digest, results->bundle_digest) != 0) {
        return gw_fail(err, GW_DATA,
                       "%s is not the bundle of %s: its digest is %.12s..., that of the "
                       "results' bundle %.12s...; name another with --bundle",
                       source->bundle.data, results->path, digest,
                       results->bundle_digest);
    }
    return GW_OK;
}

static enum gw_status parse_experiment(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_results *results = replay->results;
    struct gw_text name = {0}, set = {0};
    GW_TRY(gw_recorded_library(results->path, gw_argument(replay->arguments, "library"),
                               &set, err));
    const char *const library = set.data;
    const struct gw_overrides overrides = {.set = &library, .sets = set.length > 0};
    gw_text_printf(&name, "%s, experiment_text", results->path);
    enum gw_status status = gw_experiment_parse(
        name.data, results->text.data != NULL ? results->text.data : "",
        results->text.length, &overrides, &replay->experiment, err);
    gw_text_clear(&name);
    gw_text_clear(&set);
    if (status != GW_OK) {
        err->status = GW_DATA; /* of the file, not of an experiment of the user's */
        return GW_DATA;
    }
    char digest[GW_SHA256_HEX];
    const char *plugin = replay->experiment->rules.plugin.library;
    gw_experiment_digest(replay->experiment, results->bundle_digest, digest);
    bool same = strcmp(digest, results->experiment_digest) == 0;
    if (!same && plugin != NULL) {
        return gw_fail(err, GW_DATA,
                       "%s is not the library of %s (or the file was changed): it was "
                       "built anew since; name another with --library",
                       plugin, results->path);
    }
    if (!same) {
        return gw_fail(err, GW_DATA,
                       "%s: its experiment_text does not give its experiment_digest: it "
                       "was changed, or %s reads it otherwise than %s",
                       results->path, GW_RESULTS_PROGRAM, results->program);
    }
    return GW_OK;
}

/* The plan, which must have the windows of the file. */
static enum gw_status make_plan(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_results *results = replay->results;
    struct gw_source *source = &replay->source;
    source->portal = gw_portal_new(source->panel, replay->experiment->rules.basis);
    GW_TRY(gw_plan_make(replay->experiment, source->panel, source->portal, &source->plan,
                        err));
    const struct gw_plan *plan = source->plan;
    bool same = plan->windows == results->windows && plan->segments == results->segments;
    if (same) {
        const struct gw_window *window = &plan->window[replay->window];
        const int32_t *session = source->panel->session;
        size_t cell = replay->window * results->segments + replay->segment;
        same = session[window->begin[replay->segment]] == results->begin[cell] &&
               session[window->end[replay->segment]] == results->end[cell];
    }
    return same ? GW_OK
                : gw_fail(err, GW_DATA, "%s: its windows are not those of its experiment",
                          results->path);
}

/* ---- the row ---- */

static enum gw_status read_stored(struct gw_replay *replay, struct gw_error *err)
{
    struct gw_results *results = replay->results;
    struct gw_results_part part = {
        .window = replay->window, .segment = replay->segment, .count = 1};
    int8_t status;
    GW_TRY(gw_results_find(results, (int64_t)replay->k, &part.first, err));
    if (part.first == results->combos) {
        return GW_OK;
    }
    GW_TRY(gw_results_status(results, part, &status, err));
    replay->stored = (enum gw_row_status)status;
    replay->kept = replay->stored != GW_ROW_NOT_KEPT;
    for (size_t i = 0; i < results->metrics; i++) {
        GW_TRY(gw_results_metric(results, i, part, &replay->column[i], err));
        enum gw_metric metric = gw_metric_find(results->metric[i]);
        if (metric != GW_METRICS) {
            replay->metric[metric] = replay->column[i];
        }
    }
    return GW_OK;
}

/* An objective that is an expression is compared with what the stored metrics give: its
 * value may be made of differences that rounding shows in. */
static double replayed_objective(const struct gw_replay *replay)
{
    const struct gw_objective *objective = &replay->experiment->objective;
    struct gw_score score =
        gw_score_of(objective, replay->kept ? replay->stored : replay->row.status,
                    replay->kept ? replay->metric : replay->row.metric, false, replay->k);
    return gw_score_objective(objective, &score);
}

static enum gw_status run_row(struct gw_replay *replay, struct gw_error *err)
{
    const struct gw_plan *plan = replay->source.plan;
    const struct gw_window *window = &plan->window[replay->window];
    double value[GW_MAX_PARAMETERS] = {0}, *column[GW_MAX_PARAMETERS];
    struct gw_engine_setup setup = gw_plan_setup(plan, replay->source.portal);
    setup.cache_bytes = (size_t)replay->experiment->memory;
    setup.keep_fills = true;
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        column[i] = &value[i];
    }
    gw_space_values(&plan->space, &replay->k, 1, column);
    if (plan->plugin.name[0] != '\0') {
        const struct gw_plugin_setup asked = gw_plan_plugin(plan, &setup);
        GW_TRY(gw_driver_open(&asked, &replay->driver, err));
        setup.decider = gw_driver_decider(replay->driver);
    }
    replay->reference = gw_reference_new(&setup);
    gw_reference_run(replay->reference, value, window->begin[replay->segment],
                     window->end[replay->segment], &replay->row);
    for (size_t i = 0; i < replay->results->metrics; i++) {
        enum gw_metric metric = gw_metric_find(replay->results->metric[i]);
        replay->replayed[i] = metric != GW_METRICS ? replay->row.metric[metric]
                                                   : replayed_objective(replay);
    }
    return GW_OK;
}

/* ---- what comes of it ---- */

/* The first thing that differs. */
static enum gw_status fail_row(const struct gw_replay *replay,
                               const char *what,
                               const char *stored,
                               const char *replayed,
                               struct gw_error *err)
{
    struct gw_text cell = {0};
    if (replay->results->walk_forward) {
        gw_text_printf(&cell, ", window %zu, %s", replay->window,
                       gw_segment_name[replay->segment]);
    }
    gw_fail(err, GW_DATA,
            "%s: combination %llu%s: %s is %s in the file, %s by the reference engine",
            replay->results->path, (unsigned long long)replay->k,
            cell.data != NULL ? cell.data : "", what, stored, replayed);
    gw_text_clear(&cell);
    return err->status;
}

static enum gw_status
judge(const struct gw_replay *replay, struct gw_text *out, struct gw_error *err)
{
    const struct gw_results *results = replay->results;
    if (!replay->kept) {
        gw_text_printf(out, "nothing to compare: %s does not keep this combination%s\n",
                       results->path, results->windows > 1 ? " of this window" : "");
        return GW_OK;
    }
    if (replay->stored != replay->row.status) {
        return fail_row(replay, "status", gw_replay_status(replay->stored),
                        gw_replay_status(replay->row.status), err);
    }
    for (size_t i = 0; i < results->metrics; i++) {
        char stored[32], replayed[32];
        if (!gw_replay_agrees(replay, i)) {
            gw_format_double(replay->column[i], stored, sizeof stored);
            gw_format_double(replay->replayed[i], replayed, sizeof replayed);
            return fail_row(replay, results->metric[i], stored, replayed, err);
        }
    }
    gw_text_printf(out, "agrees: %zu metric%s\n", results->metrics,
                   results->metrics > 1 ? "s" : "");
    return GW_OK;
}

/* ---- the command ---- */

static enum gw_status prepare(struct gw_replay *replay, struct gw_error *err)
{
    GW_TRY(find_cell(replay, err));
    if (gw_switch(replay->arguments, "best")) {
        GW_TRY(find_best(replay, err));
    }
    GW_TRY(gw_replay_check_files(replay, err));
    GW_TRY(load_bundle(replay, err));
    GW_TRY(parse_experiment(replay, err));
    GW_TRY(make_plan(replay, err));
    return find_combination(replay, err);
}

static enum gw_status play(void *context, struct gw_error *err)
{
    struct gw_replay *replay = context;
    struct gw_error ignored;
    GW_TRY(run_row(replay, err));
    GW_TRY(gw_replay_write_files(replay, err));
    struct gw_text text = {0};
    gw_replay_print(replay, &text);
    if (replay->row.status == GW_ROW_FAILED && replay->driver != NULL &&
        gw_driver_failure(replay->driver)[0] != '\0') {
        gw_text_printf(&text, "the plug-in '%s' %s\n", replay->source.plan->plugin.name,
                       gw_driver_failure(replay->driver));
    }
    enum gw_status status = judge(replay, &text, err);
    enum gw_status printed = gw_print(&text, status == GW_OK ? err : &ignored);
    return status == GW_OK ? printed : status;
}

static enum gw_status replay_row(struct gw_replay *replay, struct gw_error *err)
{
    GW_TRY(prepare(replay, err));
    GW_TRY(read_stored(replay, err));
    const struct gw_plan *plan = replay->source.plan;
    return plan->plugin.name[0] == '\0'
               ? play(replay, err)
               : gw_guard(play, replay, plan->experiment->rules.plugin.timeout, err);
}

static enum gw_status run_command(const struct gw_arguments *arguments,
                                  struct gw_error *err)
{
    bool best = gw_switch(arguments, "best");
    if (best == (gw_argument(arguments, "combo") != NULL)) {
        return gw_fail(err, GW_USAGE,
                       "replay: give either --best or --combo N, the number that `show` "
                       "prints of a combination");
    }
    struct gw_results *results;
    GW_TRY(gw_results_open(arguments->positional[0], &results, err));
    struct gw_replay replay = {.arguments = arguments, .results = results};
    enum gw_status status = replay_row(&replay, err);
    gw_reference_free(replay.reference);
    gw_driver_close(replay.driver);
    gw_source_close(&replay.source);
    gw_experiment_free(replay.experiment);
    gw_results_close(results);
    return status;
}

static const struct gw_option options[] = {
    {"best", 0, NULL, "the combination that the window chose"},
    {"combo", 0, "N", "the combination of this number"},
    {"window", 0, "W", "which window (default: the last)"},
    {"segment", 0, "NAME",
     "train, validation or test (default: test where there is one)"},
    {"bundle", 0, "FILE", "the bundle (default: the one that RESULTS.run.json names)"},
    {"library", 0, "FILE",
     "a plug-in's library (default: the one that RESULTS.run.json names)"},
    {"all", 0, NULL, "every order, fill and payment, not the first 20 of each"},
    {"csv", 0, "FILE", "write the equity at each bar's mark: date,equity"},
    {"fills-csv", 0, "FILE", "write the fills"},
    {"orders-csv", 0, "FILE", "write the orders"},
    {"cash-csv", 0, "FILE", "write dividends, interest and borrow fees, bar by bar"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_replay = {
    .name = "replay",
    .positional = "RESULTS",
    .help =
        "one row again, bar by bar: its orders, fills and equity, and its metrics beside "
        "the stored ones",
    .more =
        "  gridwalk replay sma-cross-walk-forward.h5 --best --window 3\n"
        "  gridwalk replay sma-cross-grid.h5 --combo 60 --csv equity.csv --fills-csv "
        "fills.csv\n"
        "Computes a combination in one window and segment by the reference engine, from "
        "the\nexperiment in the results file and its bundle. Ends with exit code 4 when "
        "a metric\ndiffers from what the file says.\n",
    .option = options,
    .run = run_command,
};
