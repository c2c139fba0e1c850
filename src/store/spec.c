#include "spec.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/store/files.h"
#include "gridwalk/store/ingest.h"

#include <glob.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SPEC_LIMIT = 256 << 10 };

const char *const gw_source_column_name[GW_COLUMNS] = {"open",   "high", "low",   "close",
                                                       "volume", "date", "symbol"};

/* ---- the keys ---- */

struct ingest_keys {
    const char *description, *table, *pattern, *actions;
    int format, calendar, on_defect;
    double periods;
};

#define AT(field) ((int)offsetof(struct ingest_keys, field))
static const struct gw_key ingest_key[] = {
    {.path = "format",
     .type = GW_KEY_CHOICE,
     .required = true,
     .choices = "gridwalk-ingest/1",
     .help = "what this file is",
     .offset = AT(format)},
    {.path = "description",
     .type = GW_KEY_TEXT,
     .help = "what the prices are; stored in the bundle",
     .offset = AT(description)},
    {.path = "table",
     .type = GW_KEY_TEXT,
     .help = "one CSV file with a symbol column; or `files`",
     .offset = AT(table)},
    {.path = "files",
     .type = GW_KEY_MAP,
     .help = "one CSV file a symbol, named after it; or `table`",
     .offset = -1},
    {.path = "files.pattern",
     .type = GW_KEY_TEXT,
     .help = "shell pattern of their names",
     .offset = AT(pattern)},
    {.path = "columns",
     .type = GW_KEY_FREE_MAP,
     .help = "header names of symbol, date, open, high, low, close, volume; default: the "
             "same",
     .offset = -1},
    {.path = "ignore", .type = GW_KEY_LIST, .help = "header names to skip", .offset = -1},
    {.path = "actions",
     .type = GW_KEY_TEXT,
     .help = "CSV file symbol,date,kind,value of splits, dividends, ...",
     .offset = AT(actions)},
    {.path = "calendar",
     .type = GW_KEY_CHOICE,
     .standard = "union",
     .choices = "union",
     .help = "sessions of the bundle: every date that occurs",
     .offset = AT(calendar)},
    {.path = "periods",
     .type = GW_KEY_REAL,
     .standard = "252",
     .low = 1,
     .high = 1e6,
     .help = "bars a year",
     .offset = AT(periods)},
    {.path = "on_defect",
     .type = GW_KEY_CHOICE,
     .standard = "reject",
     .choices = "reject|drop|nan",
     .help = "refuse the sources, leave the row out, or undefine its bad cells",
     .offset = AT(on_defect)},
};
#undef AT

struct synth_keys {
    const char *description;
    int format, generator;
    int64_t bars, assets, seed;
    int32_t first;
    double drift, volatility, periods;
};

#define AT(field) ((int)offsetof(struct synth_keys, field))
static const struct gw_key synth_key[] = {
    {.path = "format",
     .type = GW_KEY_CHOICE,
     .required = true,
     .choices = "gridwalk-synth/1",
     .help = "what this file is",
     .offset = AT(format)},
    {.path = "description",
     .type = GW_KEY_TEXT,
     .help = "stored in the bundle",
     .offset = AT(description)},
    {.path = "generator",
     .type = GW_KEY_CHOICE,
     .standard = "walk",
     .choices = "walk|rustybt",
     .help = "a geometric random walk, or the seed system's generator",
     .offset = AT(generator)},
    {.path = "bars",
     .type = GW_KEY_INT,
     .required = true,
     .low = 1,
     .high = 1e7,
     .help = "sessions",
     .offset = AT(bars)},
    {.path = "assets",
     .type = GW_KEY_INT,
     .required = true,
     .low = 1,
     .high = 1e6,
     .help = "called ASSET0, ASSET1, ...",
     .offset = AT(assets)},
    {.path = "seed",
     .type = GW_KEY_INT,
     .standard = "42",
     .low = 0,
     .high = 4294967295.0,
     .help = "of the random numbers",
     .offset = AT(seed)},
    {.path = "first",
     .type = GW_KEY_DATE,
     .standard = "2000-01-03",
     .help = "first session",
     .offset = AT(first)},
    {.path = "drift",
     .type = GW_KEY_REAL,
     .standard = "0.05",
     .low = -10,
     .high = 10,
     .help = "walk: mean log return a year",
     .offset = AT(drift)},
    {.path = "volatility",
     .type = GW_KEY_REAL,
     .standard = "0.2",
     .low = 0,
     .high = 10,
     .help = "walk: standard deviation of log returns a year",
     .offset = AT(volatility)},
    {.path = "periods",
     .type = GW_KEY_REAL,
     .standard = "252",
     .low = 1,
     .high = 1e6,
     .help = "bars a year",
     .offset = AT(periods)},
};
#undef AT

const struct gw_schema gw_ingest_schema = {"ingest spec", ingest_key,
                                           sizeof ingest_key / sizeof ingest_key[0]};
const struct gw_schema gw_synth_schema = {"synth spec", synth_key,
                                          sizeof synth_key / sizeof synth_key[0]};

/* ---- the files that a spec names ---- */

/* The directory of the spec with its slash: what relative names start from. */
static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash + 1 - path);
}

static char *beside(const struct gw_spec *spec, const char *name)
{
    size_t length = name[0] == '/' ? 0 : directory_length(spec->path);
    struct gw_text path = {0};
    gw_text_append(&path, spec->path, length);
    gw_text_append(&path, name, strlen(name));
    return path.data;
}

/* The pattern behind the spec's directory, whose own letters mean themselves. */
static char *pattern_beside(const struct gw_spec *spec, const char *pattern)
{
    size_t length = pattern[0] == '/' ? 0 : directory_length(spec->path);
    struct gw_text path = {0};
    for (size_t i = 0; i < length; i++) {
        if (strchr("*?[]\\", spec->path[i]) != NULL) {
            gw_text_append(&path, "\\", 1);
        }
        gw_text_append(&path, &spec->path[i], 1);
    }
    gw_text_append(&path, pattern, strlen(pattern));
    return path.data;
}

/* The file's name without directories and .csv or .csv.gz. */
static bool symbol_of(const char *path, char out[GW_SYMBOL_SIZE])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    static const char *const ending[] = {".csv.gz", ".csv"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        size_t tail = strlen(ending[i]);
        if (length > tail && strcmp(name + length - tail, ending[i]) == 0) {
            length -= tail;
            break;
        }
    }
    if (length == 0 || length >= GW_SYMBOL_SIZE) {
        return false;
    }
    memcpy(out, name, length);
    out[length] = '\0';
    return true;
}

static int compare_sources(const void *left, const void *right)
{
    const struct gw_source *a = left, *b = right;
    return strcmp(a->symbol, b->symbol);
}

static enum gw_status take_matches(struct gw_spec *spec,
                                   const struct gw_yaml *pattern,
                                   const glob_t *found,
                                   struct gw_error *err)
{
    size_t skip = pattern->text[0] == '/' ? 0 : directory_length(spec->path);
    spec->source = gw_calloc(found->gl_pathc, sizeof *spec->source);
    for (size_t i = 0; i < found->gl_pathc; i++) {
        struct gw_source *source = &spec->source[spec->sources++];
        source->path = gw_strdup(found->gl_pathv[i]);
        source->name = gw_strdup(found->gl_pathv[i] + skip);
        if (!symbol_of(source->path, source->symbol)) {
            return gw_fail_at(err, GW_CONFIG, pattern->place,
                              "'%s' is named after no symbol of 1 to %d bytes",
                              source->name, GW_SYMBOL_SIZE - 1);
        }
    }
    /* glob sorts by the locale, and sees AAA.csv.gz and AAA.csv as two. */
    qsort(spec->source, spec->sources, sizeof *spec->source, compare_sources);
    for (size_t i = 1; i < spec->sources; i++) {
        if (strcmp(spec->source[i - 1].symbol, spec->source[i].symbol) == 0) {
            return gw_fail_at(
                err, GW_CONFIG, pattern->place, "'%s' and '%s' are both named after %s",
                spec->source[i - 1].name, spec->source[i].name, spec->source[i].symbol);
        }
    }
    return GW_OK;
}

static enum gw_status
find_files(struct gw_spec *spec, const struct gw_yaml *pattern, struct gw_error *err)
{
    char *path = pattern_beside(spec, pattern->text);
    glob_t found = {0};
    int outcome = glob(path, 0, NULL, &found);
    free(path);
    enum gw_status status = outcome == 0
                                ? take_matches(spec, pattern, &found, err)
                                : gw_fail_at(err, GW_CONFIG, pattern->place,
                                             "no file matches '%s'", pattern->text);
    globfree(&found);
    return status;
}

static enum gw_status find_sources(struct gw_spec *spec, struct gw_error *err)
{
    const struct gw_yaml *table = gw_yaml_get(spec->root, "table");
    const struct gw_yaml *files = gw_yaml_get(spec->root, "files");
    if ((table != NULL) == (files != NULL)) {
        return gw_fail_at(err, GW_CONFIG,
                          files != NULL ? files->key_place : spec->root->place,
                          "say either 'table' or 'files'");
    }
    if (table != NULL) {
        spec->what = gw_strdup(table->text);
        spec->source = gw_calloc(1, sizeof *spec->source);
        spec->sources = 1;
        spec->source->path = beside(spec, table->text);
        spec->source->name = gw_strdup(table->text);
        return GW_OK;
    }
    const struct gw_yaml *pattern = gw_yaml_get(files, "pattern");
    if (pattern == NULL) {
        return gw_fail_at(err, GW_CONFIG, files->key_place,
                          "'files' needs 'pattern', such as prices/*.csv");
    }
    spec->what = gw_strdup(pattern->text);
    return find_files(spec, pattern, err);
}

/* ---- columns ---- */

static enum gw_status
read_column(struct gw_spec *spec, const struct gw_yaml *entry, struct gw_error *err)
{
    size_t column = 0;
    while (column < GW_COLUMNS &&
           strcmp(entry->key, gw_source_column_name[column]) != 0) {
        column++;
    }
    if (column == GW_COLUMNS) {
        const char *near = gw_nearest(entry->key, gw_source_column_name, GW_COLUMNS);
        return gw_fail_at(err, GW_CONFIG, entry->key_place, "unknown column '%s'%s%s%s",
                          entry->key, near != NULL ? ", is it '" : "",
                          near != NULL ? near : "", near != NULL ? "'?" : "");
    }
    if (entry->kind != GW_YAML_SCALAR || entry->text[0] == '\0') {
        return gw_fail_at(err, GW_CONFIG, entry->place,
                          "'%s' wants a name of the file's header", entry->key);
    }
    if (column == GW_COLUMN_SYMBOL && spec->source->symbol[0] != '\0') {
        return gw_fail_at(err, GW_CONFIG, entry->key_place,
                          "with 'files' the symbol is the file's name; list the column "
                          "under 'ignore'");
    }
    spec->column[column] = entry->text;
    return GW_OK;
}

static enum gw_status read_columns(struct gw_spec *spec, struct gw_error *err)
{
    const struct gw_yaml *columns = gw_yaml_get(spec->root, "columns");
    for (size_t i = 0; columns != NULL && i < columns->count; i++) {
        GW_TRY(read_column(spec, columns->item[i], err));
    }
    const struct gw_yaml *ignore = gw_yaml_get(spec->root, "ignore");
    if (ignore == NULL) {
        return GW_OK;
    }
    spec->ignore = gw_calloc(ignore->count, sizeof *spec->ignore);
    for (size_t i = 0; i < ignore->count; i++) {
        if (ignore->item[i]->kind != GW_YAML_SCALAR) {
            return gw_fail_at(err, GW_CONFIG, ignore->item[i]->place,
                              "'ignore' wants names of the file's header");
        }
        spec->ignore[spec->ignored++] = ignore->item[i]->text;
    }
    return GW_OK;
}

/* ---- the whole ---- */

static enum gw_status
keep_description(struct gw_spec *spec, const char *text, struct gw_error *err)
{
    if (text == NULL) {
        return GW_OK;
    }
    if (strlen(text) >= sizeof spec->description) {
        return gw_fail_at(err, GW_CONFIG, gw_yaml_get(spec->root, "description")->place,
                          "'description' is longer than %zu bytes",
                          sizeof spec->description - 1);
    }
    strcpy(spec->description, text);
    return GW_OK;
}

static enum gw_status read_ingest(struct gw_spec *spec, struct gw_error *err)
{
    struct ingest_keys keys = {0};
    GW_TRY(gw_keys_read(&gw_ingest_schema, spec->root, &keys, err));
    GW_TRY(keep_description(spec, keys.description, err));
    spec->on_defect = (enum gw_on_defect)keys.on_defect;
    spec->periods = keys.periods;
    GW_TRY(find_sources(spec, err));
    if (keys.actions != NULL) {
        spec->actions.path = beside(spec, keys.actions);
        spec->actions.name = gw_strdup(keys.actions);
    }
    return read_columns(spec, err);
}

static enum gw_status read_synth(struct gw_spec *spec, struct gw_error *err)
{
    struct synth_keys keys = {0};
    GW_TRY(gw_keys_read(&gw_synth_schema, spec->root, &keys, err));
    GW_TRY(keep_description(spec, keys.description, err));
    spec->synth = (struct gw_synth){
        .kind = keys.generator == 0 ? GW_SYNTH_WALK : GW_SYNTH_RUSTYBT,
        .bars = (size_t)keys.bars,
        .assets = (size_t)keys.assets,
        .seed = (uint64_t)keys.seed,
        .first = keys.first,
        .drift = keys.drift,
        .volatility = keys.volatility,
        .periods = keys.periods,
    };
    return GW_OK;
}

enum gw_status gw_spec_read(const char *path, struct gw_spec *spec, struct gw_error *err)
{
    *spec = (struct gw_spec){.path = gw_strdup(path)};
    GW_TRY(gw_file_read(path, SPEC_LIMIT, GW_CONFIG, &spec->bytes, err));
    GW_TRY(gw_yaml_parse(spec->path, spec->bytes.data, spec->bytes.length, &spec->root,
                         err));
    const struct gw_yaml *format = gw_yaml_get(spec->root, "format");
    const char *text = format != NULL && format->text != NULL ? format->text : "";
    if (strcmp(text, "gridwalk-ingest/1") == 0) {
        return read_ingest(spec, err);
    }
    if (strcmp(text, "gridwalk-synth/1") == 0) {
        spec->format = GW_SPEC_SYNTH;
        return read_synth(spec, err);
    }
    struct gw_place place =
        format != NULL ? format->place : (struct gw_place){spec->path, 1, 0};
    return gw_fail_at(err, GW_CONFIG, place,
                      "this is no spec: it says neither 'format: gridwalk-ingest/1' nor "
                      "'format: gridwalk-synth/1'");
}

static void clear_source(struct gw_source *source)
{
    free(source->path);
    free(source->name);
}

void gw_spec_clear(struct gw_spec *spec)
{
    for (size_t i = 0; i < spec->sources; i++) {
        clear_source(&spec->source[i]);
    }
    clear_source(&spec->actions);
    free(spec->source);
    free(spec->ignore);
    free(spec->what);
    free(spec->path);
    gw_text_clear(&spec->bytes);
    gw_yaml_free(spec->root);
    *spec = (struct gw_spec){0};
}
