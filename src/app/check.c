/* check: everything that can be wrong with an experiment, found before a job is queued.
 */
#include "command.h"
#include "describe.h"
#include "source.h"
#include "warnings.h"

#include "gridwalk/store/results.h"

#include <string.h>

static void note(const struct gw_plan *plan, struct gw_text *out)
{
    const struct gw_rules *rules = &plan->experiment->rules;
    if (plan->assets > 1 && rules->mode == GW_PER_ASSET) {
        gw_text_printf(out,
                       "note: %zu accounts of %.10g each (account.mode: per_asset)\n",
                       plan->assets, rules->capital);
    }
    if (rules->warmup == GW_WARM_INSIDE_OWN) {
        gw_text_printf(out, "note: combinations differ in the bars they count "
                            "(warmup: inside_own)\n");
    }
}

static void describe(const struct gw_plan *plan,
                     const struct gw_panel *panel,
                     const char *bundle,
                     struct gw_text *out)
{
    char tiles[32], size[32], bars[32];
    gw_format_count(plan->tiling.tiles, tiles, sizeof tiles);
    gw_format_count(panel->T, bars, sizeof bars);
    gw_format_bytes(gw_results_bytes(plan), size, sizeof size);
    gw_text_printf(out, "bundle      %s: %zu of %zu assets, %s bars\n", bundle,
                   plan->assets, panel->N, bars);
    gw_describe_grid(plan, out);
    gw_describe_rules(plan, out);
    gw_describe_windows(plan, panel, out);
    gw_describe_choice(plan, out);
    gw_text_printf(out, "work        %s tile%s; results %s (%zu metric%s)\n", tiles,
                   plan->tiling.tiles == 1 ? "" : "s", size, plan->experiment->metrics,
                   plan->experiment->metrics == 1 ? "" : "s");
}

/* The line of an error and a caret under its column. */
static void
point_at(const struct gw_text *source, const struct gw_error *err, struct gw_text *out)
{
    const char *at = source->data, *end = source->data + source->length;
    for (int line = 1; line < err->line && at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline != NULL ? newline + 1 : end;
    }
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    int length = (int)((newline != NULL ? newline : end) - at);
    if (err->line == 0 || err->column == 0 || length == 0 || length > 200 ||
        err->column > length + 1) {
        return;
    }
    gw_text_printf(out, "%5d | %.*s\n      | %*s\n", err->line, length, at, err->column,
                   "^");
}

static enum gw_status check_plan(const struct gw_experiment *experiment,
                                 struct gw_text *out,
                                 struct gw_error *err)
{
    struct gw_source source;
    enum gw_status status = gw_source_open(experiment, &source, out, err);
    if (status == GW_OK) {
        describe(source.plan, source.panel, source.bundle.data, out);
        note(source.plan, out);
        gw_warnings(source.plan, source.panel, source.portal, out);
    }
    gw_source_close(&source);
    return status;
}

static enum gw_status run_check(const struct gw_arguments *arguments,
                                struct gw_error *err)
{
    struct gw_text text = {0}, out = {0};
    struct gw_experiment *experiment = NULL;
    struct gw_error ignored;
    const char *path = arguments->positional[0];
    GW_TRY(gw_source_read(path, &text, err));
    enum gw_status status = gw_source_parse(path, &text, arguments, &experiment, err);
    if (status == GW_OK) {
        status = check_plan(experiment, &out, err);
    }
    if (status == GW_OK) {
        gw_text_printf(&out, "%s is ready to run\n", path);
        status = gw_print(&out, err);
    } else {
        size_t name = strlen(path);
        if (strncmp(err->text, path, name) == 0 && err->text[name] == ':') {
            point_at(&text, err, &out);
        }
        status = gw_print(&out, &ignored) == GW_OK ? status : ignored.status;
    }
    gw_experiment_free(experiment);
    gw_text_clear(&text);
    gw_text_clear(&out);
    return status;
}

static const struct gw_option options[] = {
    {"set", 0, "KEY=VALUE",
     "change a key, e.g. --set costs.commission_bps=5; repeatable"},
    {"only", 0, "A=1,B=2", "keep only these values of these parameters"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_check = {
    .name = "check",
    .positional = "EXPERIMENT",
    .help = "everything that can be wrong with an experiment, and how large it is",
    .option = options,
    .run = run_check,
};
