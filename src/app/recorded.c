#include "recorded.h"

#include "gridwalk/store/sidecar.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `name` as it stands, or from the folder of the results. */
static bool find_near(const char *results, const char *name, struct gw_text *out)
{
    const char *slash = strrchr(results, '/');
    gw_text_printf(out, "%s", name);
    if (access(name, F_OK) == 0) {
        return true;
    }
    if (slash == NULL || name[0] == '/') {
        return false;
    }
    gw_text_clear(out);
    gw_text_printf(out, "%.*s/%s", (int)(slash - results), results, name);
    return access(out->data, F_OK) == 0;
}

/* A text in double quotes, as YAML reads it. */
static void quote(const char *text, struct gw_text *out)
{
    gw_text_append(out, "\"", 1);
    for (; *text != '\0'; text++) {
        gw_text_printf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    }
    gw_text_append(out, "\"", 1);
}

enum gw_status
gw_recorded_bundle(const char *results, struct gw_text *path_out, struct gw_error *err)
{
    struct gw_text record = {0}, named = {0};
    gw_text_printf(&record, "%s.run.json", results);
    enum gw_status status = GW_OK;
    if (access(record.data, F_OK) != 0) {
        status = gw_fail(err, GW_USAGE,
                         "no %s, which says where the bundle is: name it with --bundle",
                         record.data);
    }
    if (status == GW_OK) {
        status = gw_sidecar_bundle(record.data, &named, err);
    }
    if (status == GW_OK && !find_near(results, named.data, path_out)) {
        status = gw_fail(err, GW_USAGE,
                         "no bundle at %s, where %s says it is: name it with --bundle",
                         named.data, record.data);
    }
    gw_text_clear(&record);
    gw_text_clear(&named);
    return status;
}

enum gw_status gw_recorded_library(const char *results,
                                   const char *named,
                                   struct gw_text *set_out,
                                   struct gw_error *err)
{
    struct gw_text record = {0}, recorded = {0}, near = {0};
    enum gw_status status = GW_OK;
    gw_text_printf(&record, "%s.run.json", results);
    if (named == NULL && access(record.data, F_OK) == 0) {
        status = gw_sidecar_library(record.data, &recorded, err);
    }
    if (status == GW_OK && recorded.length > 0) {
        if (!find_near(results, recorded.data, &near)) {
            status = gw_fail(err, GW_USAGE,
                             "no library at %s, where %s says it is: name it with "
                             "--library",
                             recorded.data, record.data);
        }
        named = near.data;
    }
    if (status == GW_OK && named != NULL) {
        char *path = realpath(named, NULL);
        gw_text_printf(set_out, "strategy.plugin.library=");
        quote(path != NULL ? path : named, set_out);
        free(path);
    }
    gw_text_clear(&record);
    gw_text_clear(&recorded);
    gw_text_clear(&near);
    return status;
}
