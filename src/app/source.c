#include "source.h"

#include "command.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/bundle.h"
#include "gridwalk/store/files.h"
#include "gridwalk/store/format.h"
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

/* Length of a spec's name without .yaml or .yml; all of it for any other name. */
static size_t spec_stem(const char *path)
{
    size_t length = strlen(path);
    return length - (ends_with(path, ".yaml") ? 5U : ends_with(path, ".yml") ? 4U : 0U);
}

void gw_source_beside(const char *spec, struct gw_text *out)
{
    gw_text_printf(out, "%.*s.h5", (int)spec_stem(spec), spec);
}

static bool is_writable(const char *path)
{
    struct gw_error ignored;
    return gw_file_check_output(path, &ignored) == GW_OK;
}

/* Make a directory and those above it. */
static enum gw_status make_directories(char *path, struct gw_error *err)
{
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) {
            *slash = '\0';
        }
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!made) {
            return gw_fail_errno(err, GW_SYSTEM, errno, "cannot make the directory %s",
                                 path);
        }
        if (slash == NULL) {
            return GW_OK;
        }
        *slash = '/';
    }
}

/* $XDG_CACHE_HOME/gridwalk/DIGEST.h5: one file for each content of a spec. */
static enum gw_status
cache_path(const char *digest, struct gw_text *out, struct gw_error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    gw_text_clear(out);
    if (cache != NULL && cache[0] == '/') {
        gw_text_printf(out, "%s/gridwalk", cache);
    } else if (home != NULL && home[0] == '/') {
        gw_text_printf(out, "%s/.cache/gridwalk", home);
    } else {
        return gw_fail(
            err, GW_SYSTEM,
            "no place for the bundle: the spec's directory is not writable and "
            "neither XDG_CACHE_HOME nor HOME names one");
    }
    GW_TRY(make_directories(out->data, err));
    gw_text_printf(out, "/%.32s.h5", digest);
    return GW_OK;
}

/* Whether the bundle at `path` is the one that the spec makes now. */
static enum gw_status
is_current(const char *path, const char *digest, bool *current_out, struct gw_error *err)
{
    char source[GW_SHA256_HEX] = "";
    enum gw_format format = GW_FORMAT_OTHER;
    struct gw_error ignored;
    *current_out = false;
    if (access(path, F_OK) != 0) {
        return GW_OK;
    }
    bool known = gw_format_of(path, &format, &ignored) == GW_OK;
    if (known && format == GW_FORMAT_BUNDLE) {
        GW_TRY(gw_bundle_source(path, source, err));
        *current_out = strcmp(source, digest) == 0;
    }
    if (source[0] == '\0') {
        return gw_fail(
            err, GW_DATA,
            "the bundle of this experiment's spec belongs at %s, where %s%s; move "
            "it away, or name it in 'bundle:'",
            path, known ? "another file stands" : "what stands cannot be read: ",
            known ? "" : ignored.text);
    }
    return GW_OK;
}

void gw_report_defects(const struct gw_ingest_report *report, struct gw_text *out)
{
    for (int kind = 0; kind < GW_DEFECTS; kind++) {
        if (report->count[kind] > 0) {
            gw_text_printf(out, "%zu x %s\n", report->count[kind], gw_defect_name[kind]);
        }
    }
    gw_text_append(out, report->listing.data, report->listing.length);
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
        gw_report_defects(&report, note);
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
    bool is_spec = spec_stem(named) < strlen(named);
    if (!is_spec) {
        gw_text_printf(path_out, "%s", named);
        return GW_OK;
    }
    char digest[GW_SHA256_HEX];
    bool current;
    GW_TRY(gw_spec_digest(named, digest, err));
    gw_source_beside(named, path_out);
    if (access(path_out->data, F_OK) == 0 || is_writable(path_out->data)) {
        GW_TRY(is_current(path_out->data, digest, &current, err));
    } else {
        current = false;
    }
    if (!current && !is_writable(path_out->data)) {
        GW_TRY(cache_path(digest, path_out, err));
        GW_TRY(is_current(path_out->data, digest, &current, err));
    }
    if (!current) {
        return make_bundle(named, path_out->data, digest, note, err);
    }
    return GW_OK;
}

enum gw_status gw_source_open(const struct gw_experiment *experiment,
                              struct gw_source *out,
                              struct gw_text *note,
                              struct gw_error *err)
{
    *out = (struct gw_source){0};
    GW_TRY(gw_source_bundle(experiment, &out->bundle, note, err));
    double begin = gw_clock();
    GW_TRY(gw_bundle_load(out->bundle.data, &out->panel, err));
    out->portal = gw_portal_new(out->panel, experiment->rules.basis);
    GW_TRY(gw_plan_make(experiment, out->panel, out->portal, &out->plan, err));
    out->load_seconds = gw_clock() - begin;
    return GW_OK;
}

void gw_source_close(struct gw_source *source)
{
    gw_plan_free(source->plan);
    gw_portal_free(source->portal);
    gw_panel_free(source->panel);
    gw_text_clear(&source->bundle);
    *source = (struct gw_source){0};
}
