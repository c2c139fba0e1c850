#include "gridwalk/store/format.h"

#include "bundle_layout.h"
#include "gridwalk/market/panel.h"
#include "gridwalk/store/files.h"
#include "h5.h"
#include "results_file.h"

#include <string.h>
#include <unistd.h>

static const char *const format_name[] = {
    [GW_FORMAT_OTHER] = "other file",
    [GW_FORMAT_BUNDLE] = "bundle",
    [GW_FORMAT_RESULTS] = "results file",
};

static enum gw_status read_format(struct gw_h5 *h5, void *result)
{
    char text[GW_NAME_SIZE];
    enum gw_format *format = result;
    GW_TRY(gw_h5_read_name(h5, h5->file, "format", text, sizeof text));
    if (strcmp(text, GW_RESULTS_FORMAT) == 0) {
        *format = GW_FORMAT_RESULTS;
    } else if (strcmp(text, GW_BUNDLE_FORMAT) == 0) {
        *format = GW_FORMAT_BUNDLE;
    }
    return GW_OK;
}

enum gw_status gw_format_of(const char *path, enum gw_format *out, struct gw_error *err)
{
    *out = GW_FORMAT_OTHER;
    return gw_h5_probe(path, read_format, out, sizeof *out, err);
}

enum gw_status
gw_format_check_output(const char *path, enum gw_format format, struct gw_error *err)
{
    enum gw_format found = GW_FORMAT_OTHER;
    GW_TRY(gw_file_check_output(path, err));
    if (access(path, F_OK) != 0) {
        return GW_OK;
    }
    if (gw_format_of(path, &found, err) == GW_OK && found == format) {
        return GW_OK;
    }
    return gw_fail(err, GW_USAGE,
                   "%s exists and is no %s; move it away or name another output with -o",
                   path, format_name[format]);
}
