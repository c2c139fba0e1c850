#include "source.h"

#include "command.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/store/bundle.h"
#include "gridwalk/store/files.h"
#include "gridwalk/store/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum gw_status gw_source_read(const char *path, struct gw_text *out, struct gw_error *err)
{
    return gw_file_read(path, GW_EXPERIMENT_LONGEST, GW_CONFIG, out, err);
}

enum gw_status gw_source_parse(const char *path,
                               const struct gw_text *text,
                               const struct gw_arguments *arguments,
                               struct gw_experiment **out,
                               struct gw_error *err)
{
    const char *set[GW_GIVEN];
    struct gw_overrides overrides = {.set = set, .only = gw_argument(arguments, "only")};
    for (size_t i = 0; i < arguments->count; i++) {
        if (strcmp(arguments->given[i].option->name, "set") == 0) {
            set[overrides.sets++] = arguments->given[i].value;
        }
    }
    return gw_experiment_parse(path, text->data != NULL ? text->data : "", text->length,
                               &overrides, out, err);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

static bool is_writable(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash == NULL   ? gw_strdup(".")
                      : slash == path ? gw_strdup("/")
                                      : gw_strndup(path, (size_t)(slash - path));
    bool writable = access(directory, W_OK | X_OK) == 0;
    free(directory);
    return writable;
}

static enum gw_status make_directory(const char *path, struct gw_error *err)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "cannot make the directory %s", path);
    }
    return GW_OK;
}

/* $XDG_CACHE_HOME/gridwalk/DIGEST.h5: one file for each content of a spec. */
static enum gw_status
cache_path(const char *digest, struct gw_text *out, struct gw_error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache != NULL && cache[0] == '/') {
        gw_text_printf(out, "%s", cache);
    } else if (home != NULL && home[0] == '/') {
        gw_text_printf(out, "%s/.cache", home);
    } else {
        gw_text_printf(out, "/tmp");
    }
    GW_TRY(make_directory(out->data, err));
    gw_text_printf(out, "/gridwalk");
    GW_TRY(make_directory(out->data, err));
    gw_text_printf(out, "/%.32s.h5", digest);
    return GW_OK;
}

/* Whether the bundle at `path` is the one that the spec makes now. */
static enum gw_status
is_current(const char *path, const char *digest, bool *current_out, struct gw_error *err)
{
    char source[GW_SHA256_HEX] = "";
    struct gw_panel_dims dims;
    *current_out = false;
    if (access(path, F_OK) != 0) {
        return GW_OK;
    }
    if (gw_bundle_probe(path, &dims, err) != GW_OK ||
        gw_bundle_source(path, source, err) != GW_OK || source[0] == '\0') {
        return gw_fail(
            err, GW_DATA,
            "%s stands where the bundle of this experiment's spec belongs, and "
            "was not made from a spec; move it away or name it in 'bundle:'",
            path);
    }
    *current_out = strcmp(source, digest) == 0;
    return GW_OK;
}

static enum gw_status make_bundle(const char *spec,
                                  const char *path,
                                  const char *digest,
                                  struct gw_text *note,
                                  struct gw_error *err)
{
    struct gw_panel *panel = NULL;
    struct gw_ingest_report report = {.rows = 0};
    enum gw_status status = gw_spec_load(spec, &panel, &report, err);
    if (status == GW_OK) {
        status = gw_bundle_write(path, panel, digest, err);
    }
    if (status == GW_OK) {
        char bars[32];
        gw_format_count(panel->T, bars, sizeof bars);
        gw_text_printf(note, "made the bundle %s from %s: %s bars, %zu asset%s\n", path,
                       spec, bars, panel->N, panel->N == 1 ? "" : "s");
    }
    gw_panel_free(panel);
    gw_ingest_report_clear(&report);
    return status;
}

enum gw_status gw_source_bundle(const struct gw_experiment *experiment,
                                struct gw_text *path_out,
                                struct gw_text *note,
                                struct gw_error *err)
{
    const char *named = experiment->bundle;
    if (access(named, F_OK) != 0) {
        return gw_fail_at(err, GW_CONFIG, experiment->bundle_place, "no bundle at %s: %s",
                          named, strerror(errno));
    }
    bool is_spec = ends_with(named, ".yaml") || ends_with(named, ".yml");
    if (!is_spec) {
        gw_text_printf(path_out, "%s", named);
        return GW_OK;
    }
    char digest[GW_SHA256_HEX];
    bool current;
    GW_TRY(gw_spec_digest(named, digest, err));
    size_t stem = strlen(named) - (ends_with(named, ".yaml") ? 5 : 4);
    gw_text_printf(path_out, "%.*s.h5", (int)stem, named);
    if (access(path_out->data, F_OK) != 0 && !is_writable(path_out->data)) {
        gw_text_clear(path_out);
        GW_TRY(cache_path(digest, path_out, err));
    }
    GW_TRY(is_current(path_out->data, digest, &current, err));
    if (!current) {
        return make_bundle(named, path_out->data, digest, note, err);
    }
    return GW_OK;
}
