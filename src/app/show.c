/* show and info: what a file holds, as tables. */
#include "command.h"

#include "gridwalk/report/tables.h"
#include "gridwalk/store/bundle.h"
#include "gridwalk/store/format.h"

#include <stdint.h>

static enum gw_status run_show(const struct gw_arguments *arguments, struct gw_error *err)
{
    struct gw_show_options options = {.sort = gw_argument(arguments, "sort"),
                                      .windows = gw_switch(arguments, "windows"),
                                      .parameters = gw_switch(arguments, "parameters")};
    GW_TRY(gw_argument_count(arguments, "top", 1, 10, &options.top, err));
    GW_TRY(gw_argument_count(arguments, "window", 0, SIZE_MAX, &options.window, err));
    struct gw_results *results;
    GW_TRY(gw_results_open(arguments->positional[0], &results, err));
    struct gw_text text = {0};
    enum gw_status status = gw_show(results, &options, &text, err);
    gw_results_close(results);
    if (status == GW_OK) {
        status = gw_print(&text, err);
    }
    gw_text_clear(&text);
    return status;
}

static enum gw_status run_info(const struct gw_arguments *arguments, struct gw_error *err)
{
    const char *path = arguments->positional[0];
    struct gw_text text = {0};
    enum gw_format format;
    GW_TRY(gw_format_of(path, &format, err));
    if (format == GW_FORMAT_RESULTS) {
        struct gw_results *results;
        GW_TRY(gw_results_open(path, &results, err));
        enum gw_status status = gw_info_results(results, &text, err);
        gw_results_close(results);
        if (status != GW_OK) {
            gw_text_clear(&text);
            return status;
        }
        return gw_print(&text, err);
    }
    struct gw_panel *panel;
    GW_TRY(gw_bundle_load(path, &panel, err));
    gw_info_panel(path, panel, &text);
    gw_panel_free(panel);
    return gw_print(&text, err);
}

static const struct gw_option show_options[] = {
    {"top", 0, "N", "how many combinations (default 10)"},
    {"sort", 0, "METRIC", "order by this metric (default: objective)"},
    {"window", 0, "W", "combinations of this window (default: the last)"},
    {"windows", 0, NULL,
     "the choice of each walk-forward window, the out-of-sample record"},
    {"parameters", 0, NULL,
     "the objective by each parameter's values, and how choices moved"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_show = {
    .name = "show",
    .positional = "RESULTS",
    .help = "tables of a results file: combinations, windows, out of sample, parameters",
    .more = "  gridwalk show sma-cross-grid.h5 --top 20 --sort calmar\n",
    .option = show_options,
    .run = run_show,
};

static const struct gw_option no_options[] = {{NULL, 0, NULL, NULL}};

const struct gw_command gw_command_info = {
    .name = "info",
    .positional = "FILE",
    .help = "what a bundle or results file holds: dimensions, dates, digests",
    .option = no_options,
    .run = run_info,
};
