/* Telling a results file from a bundle by what it says of itself. */
#include "gridwalk/store/results.h"

#include "results_file.h"

#include <string.h>

static enum gw_status read_format(struct gw_h5 *h5, void *result)
{
    char format[GW_NAME_SIZE];
    GW_TRY(gw_h5_read_name(h5, h5->file, "format", format, sizeof format));
    *(bool *)result = strcmp(format, GW_RESULTS_FORMAT) == 0;
    return GW_OK;
}

enum gw_status
gw_results_recognize(const char *path, bool *results_out, struct gw_error *err)
{
    *results_out = false;
    return gw_h5_probe(path, read_format, results_out, sizeof *results_out, err);
}
