/* ingest and synth: a spec into a bundle. */
#include "command.h"
#include "source.h"

#include "gridwalk/report/tables.h"
#include "gridwalk/store/bundle.h"
#include "gridwalk/store/format.h"
#include "gridwalk/store/ingest.h"

#include <stdlib.h>
#include <string.h>

static enum gw_status
make(const char *spec, const char *path, bool quiet, struct gw_error *err)
{
    char digest[GW_SHA256_HEX];
    struct gw_panel *panel = NULL;
    struct gw_ingest_report report = {.rows = 0};
    struct gw_text text = {0};
    struct gw_error ignored;
    GW_TRY(gw_format_check_output(path, GW_FORMAT_BUNDLE, err));
    /* First the digest: a source that changes meanwhile makes the bundle an old one. */
    GW_TRY(gw_spec_digest(spec, digest, err));
    enum gw_status status = gw_spec_load(spec, &panel, &report, err);
    gw_report_defects(&report, &text);
    if (status == GW_OK) {
        status = gw_bundle_write(path, panel, digest, err);
    }
    if (status == GW_OK) {
        gw_info_panel(path, panel, &text);
    }
    if (!quiet) {
        enum gw_status printed = gw_print(&text, status == GW_OK ? err : &ignored);
        status = status == GW_OK ? printed : status;
    }
    gw_text_clear(&text);
    gw_ingest_report_clear(&report);
    gw_panel_free(panel);
    return status;
}

static enum gw_status run_command(const struct gw_arguments *arguments,
                                  struct gw_error *err)
{
    const char *output = gw_argument(arguments, "output");
    struct gw_text path = {0};
    if (output != NULL) {
        gw_text_printf(&path, "%s", output);
    } else {
        gw_source_beside(arguments->positional[0], &path);
    }
    enum gw_status status =
        make(arguments->positional[0], path.data, gw_switch(arguments, "quiet"), err);
    gw_text_clear(&path);
    return status;
}

static const struct gw_option options[] = {
    {"output", 'o', "BUNDLE", "bundle file (default: the spec's name with .h5)"},
    {"quiet", 'q', NULL, "print nothing but an error"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_ingest = {
    .name = "ingest",
    .positional = "SPEC",
    .help = "CSV files and corporate actions into a bundle; lists every defect it finds",
    .more = "  gridwalk ingest configs/data/stocks.yaml -o stocks.h5\n"
            "docs/formats.md tells the keys of a spec.\n",
    .option = options,
    .run = run_command,
};

const struct gw_command gw_command_synth = {
    .name = "synth",
    .positional = "SPEC",
    .help = "reproducible made-up prices of any size into a bundle",
    .more = "  gridwalk synth configs/data/seed-grid.yaml -o seed.h5\n"
            "docs/formats.md tells the keys of a spec.\n",
    .option = options,
    .run = run_command,
};
