/* init: a starter experiment that runs as it is. */
#include "command.h"

#include "gridwalk/plan/experiment.h"
#include "gridwalk/store/files.h"

#include <string.h>
#include <unistd.h>

static const char starter_prices[] =
    "# Made-up prices to start with: ten years of five assets. For your own CSV files "
    "write an\n"
    "# ingest spec instead (docs/formats.md) and name it in experiment.yaml.\n"
    "format: gridwalk-synth/1\n"
    "generator: walk\n"
    "bars: 2520\n"
    "assets: 5\n"
    "seed: 42\n";

static const char starter_experiment[] =
    "# A gridwalk experiment. Check it, run it, look at it:\n"
    "#   gridwalk check experiment.yaml\n"
    "#   gridwalk run experiment.yaml           (mpirun -n 4 gridwalk run "
    "experiment.yaml)\n"
    "#   gridwalk show experiment.h5            (--windows, --parameters)\n"
    "# 'gridwalk init --keys' lists every key, 'gridwalk functions' the expressions.\n"
    "\n"
    "bundle: prices.yaml            # a bundle (.h5), or the spec that makes it\n"
    "# assets: [ASSET0, ASSET1]     # default: all\n"
    "\n"
    "strategy:\n"
    "  parameters:\n"
    "    fast: {from: 5, to: 50, step: 5}\n"
    "    slow: {from: 20, to: 200, step: 10}\n"
    "  constraints:\n"
    "    - fast < slow\n"
    "  signals:                     # or  target: a weight of equity, or  plugin: in C\n"
    "    enter_long: crosses_above(sma(close, fast), sma(close, slow))\n"
    "    exit_long: crosses_below(sma(close, fast), sma(close, slow))\n"
    "\n"
    "execution: {price: open, delay: 1}   # decide at the close, fill at the next open\n"
    "costs: {commission_bps: 10, slippage_bps: 2}\n"
    "# stops: {loss: 0.1, trail: 0.2}       # numbers, or expressions over parameters\n"
    "# account: {mode: shared, size: {equity: 0.2}}   # one account for all assets\n"
    "\n"
    "walk_forward: {mode: rolling, train: 500, test: 125}   # bars; leave it out for one "
    "grid\n"
    "objective:                           # on the train segment of each window\n"
    "  maximize: sharpe                   # a metric, or an expression over metrics\n"
    "  # require: [trades >= 10]          # what a combination must meet to be chosen\n"
    "  # select: {plateau: {radius: 1}}   # or {top: 5}, {keep: {tolerance: 0.1}}; "
    "default: best\n";

static enum gw_status print_keys(struct gw_error *err)
{
    struct gw_text text = {0};
    gw_text_printf(&text,
                   "# The keys of an experiment file\n\n"
                   "Printed by `gridwalk init --keys`, from the table that the parser "
                   "reads. An unknown or repeated key is\nan error. Expressions: "
                   "`gridwalk functions`; what the keys mean: semantics.md.\n\n");
    gw_keys_document(&gw_experiment_schema, &text);
    return gw_print(&text, err);
}

static const struct {
    const char *name, *content;
} starter[] = {{"experiment.yaml", starter_experiment}, {"prices.yaml", starter_prices}};
enum { STARTERS = sizeof starter / sizeof starter[0] };

/* Nothing is written when one of the files is there. */
static enum gw_status write_starters(const char *directory, struct gw_error *err)
{
    struct gw_text path[STARTERS] = {{0}};
    enum gw_status status = GW_OK;
    for (size_t i = 0; i < STARTERS; i++) {
        gw_text_printf(&path[i], "%s%s", directory, starter[i].name);
        if (status == GW_OK && access(path[i].data, F_OK) == 0) {
            status = gw_fail(err, GW_USAGE, "%s exists; init overwrites nothing",
                             path[i].data);
        }
    }
    for (size_t i = 0; i < STARTERS && status == GW_OK; i++) {
        status = gw_file_write(path[i].data, starter[i].content,
                               strlen(starter[i].content), err);
    }
    for (size_t i = 0; i < STARTERS; i++) {
        gw_text_clear(&path[i]);
    }
    return status;
}

static enum gw_status run_init(const struct gw_arguments *arguments, struct gw_error *err)
{
    if (gw_switch(arguments, "keys")) {
        return print_keys(err);
    }
    struct gw_text directory = {0}, text = {0};
    gw_text_printf(&directory, "%s%s",
                   arguments->positionals > 0 ? arguments->positional[0] : "",
                   arguments->positionals > 0 ? "/" : "");
    const char *in = directory.data;
    enum gw_status status = write_starters(in, err);
    if (status == GW_OK) {
        gw_text_printf(&text,
                       "wrote %sexperiment.yaml and %sprices.yaml (made-up prices)\n"
                       "next:\n"
                       "  gridwalk check %sexperiment.yaml\n"
                       "  gridwalk run %sexperiment.yaml\n",
                       in, in, in, in);
        status = gw_print(&text, err);
    }
    gw_text_clear(&directory);
    gw_text_clear(&text);
    return status;
}

static const struct gw_option options[] = {
    {"keys", 0, NULL, "print every key of an experiment file, as Markdown"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_init = {
    .name = "init",
    .positional = "[DIRECTORY]",
    .help = "write a commented starter experiment",
    .option = options,
    .run = run_init,
};
