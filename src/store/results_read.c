#include "results_reader.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_LIMIT = 64 * 1024, TEXT_LIMIT = 16 * 1024 * 1024 };

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_";

enum gw_status
gw_reader_open(struct gw_h5 *h5, struct gw_h5_array *array, hid_t *dataset_out)
{
    GW_TRY(gw_h5_array_open(h5, h5->file, array, dataset_out));
    return gw_h5_contiguous(*dataset_out)
               ? GW_OK
               : gw_h5_refuse(h5, "dataset '%s' is not contiguous", array->name);
}

/* Copy texts of any length, as HDF5 has made them, and give them back. */
static bool take_names(char **found, size_t count, char (*names)[GW_NAME_SIZE])
{
    bool fit = true;
    for (size_t i = 0; i < count; i++) {
        size_t length = found[i] != NULL ? strlen(found[i]) : 0;
        fit = fit && length > 0 && length < GW_NAME_SIZE;
        if (fit) {
            memcpy(names[i], found[i], length + 1);
        }
        H5free_memory(found[i]);
    }
    return fit;
}

static enum gw_status read_names(struct gw_h5 *h5,
                                 struct gw_h5_array *array,
                                 size_t most,
                                 char (**names_out)[GW_NAME_SIZE],
                                 size_t *count_out)
{
    hid_t dataset;
    GW_TRY(gw_reader_open(h5, array, &dataset));
    size_t count = (size_t)array->size[0];
    if (count == 0 || count > most) {
        return gw_h5_refuse(h5, "dataset '%s' has the wrong shape", array->name);
    }
    char **found = gw_calloc(count, sizeof *found);
    *names_out = gw_calloc(count, sizeof **names_out);
    *count_out = count;
    enum gw_status status = gw_h5_read(h5, dataset, array->type, found);
    if (status == GW_OK && !take_names(found, count, *names_out)) {
        status = gw_h5_refuse(h5, "dataset '%s' holds no names", array->name);
    }
    free(found);
    return status;
}

enum gw_status gw_reader_names(struct gw_h5 *h5,
                               const char *dataset,
                               size_t most,
                               char (**names_out)[GW_NAME_SIZE],
                               size_t *count_out)
{
    hid_t type = gw_h5_text_type(H5T_VARIABLE);
    struct gw_h5_array array = {dataset, type, 1, {GW_H5_ANY}};
    enum gw_status status = read_names(h5, &array, most, names_out, count_out);
    H5Tclose(type);
    return status;
}

/* Of a text that is going to be printed no control character may reach a terminal. */
static void make_printable(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        *c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
    }
}

static enum gw_status
read_label(struct gw_h5 *h5, const char *name, char *out, size_t size)
{
    GW_TRY(gw_h5_read_name(h5, h5->file, name, out, size));
    make_printable(out);
    return GW_OK;
}

static enum gw_status
read_digest(struct gw_h5 *h5, const char *name, char out[GW_SHA256_HEX])
{
    GW_TRY(gw_h5_read_name(h5, h5->file, name, out, GW_SHA256_HEX));
    return strspn(out, "0123456789abcdef") == strlen(out)
               ? GW_OK
               : gw_h5_refuse(h5, "attribute '%s' is no digest", name);
}

static enum gw_status read_count(struct gw_h5 *h5, const char *name, uint64_t *out)
{
    int64_t value;
    GW_TRY(gw_h5_read_int(h5, h5->file, name, &value));
    *out = (uint64_t)value;
    return value >= 0 ? GW_OK : gw_h5_refuse(h5, "attribute '%s' is negative", name);
}

static enum gw_status read_provenance(struct gw_h5 *h5, struct gw_results *results)
{
    char format[GW_NAME_SIZE], semantics[GW_NAME_SIZE];
    GW_TRY(gw_h5_read_name(h5, h5->file, "format", format, sizeof format));
    if (strcmp(format, GW_RESULTS_FORMAT) != 0) {
        return gw_h5_refuse(h5, "its format is '%s', not '%s'", format,
                            GW_RESULTS_FORMAT);
    }
    GW_TRY(read_label(h5, "semantics", semantics, sizeof semantics));
    if (strcmp(semantics, GW_RESULTS_SEMANTICS) != 0) {
        return gw_h5_refuse(h5,
                            "made by rules %s, this program knows " GW_RESULTS_SEMANTICS
                            "; run the experiment again",
                            semantics);
    }
    GW_TRY(read_label(h5, "program", results->program, sizeof results->program));
    GW_TRY(read_label(h5, "experiment", results->name, sizeof results->name));
    GW_TRY(gw_h5_read_text(h5, h5->file, "experiment_text", TEXT_LIMIT, &results->text));
    GW_TRY(read_digest(h5, "experiment_digest", results->experiment_digest));
    GW_TRY(read_digest(h5, "bundle_digest", results->bundle_digest));
    GW_TRY(gw_h5_read_number(h5, h5->file, "periods", &results->periods));
    GW_TRY(read_count(h5, "combinations", &results->combinations));
    return read_count(h5, "keep_top", &results->keep_top);
}

/* Blank-separated names of an attribute; room for one more behind them. */
static enum gw_status read_list(struct gw_h5 *h5,
                                const char *attribute,
                                size_t limit,
                                char (**names_out)[GW_NAME_SIZE],
                                size_t *count_out)
{
    char(*names)[GW_NAME_SIZE] = gw_calloc(limit + 1, sizeof *names);
    *names_out = names;
    struct gw_text text = {0};
    GW_TRY(gw_h5_read_text(h5, h5->file, attribute, NAMES_LIMIT, &text));
    enum gw_status status = GW_OK;
    size_t count = 0;
    for (const char *c = text.data; c != NULL && *c != '\0' && status == GW_OK;) {
        size_t length = strcspn(c, " ");
        if (count == limit || length == 0 || length >= GW_NAME_SIZE) {
            status = gw_h5_refuse(h5, "attribute '%s' is no list of names", attribute);
            break;
        }
        memcpy(names[count], c, length);
        if (strspn(names[count++], name_letters) != length) {
            status = gw_h5_refuse(h5, "attribute '%s' is no list of names", attribute);
        }
        c += length + (c[length] == ' ');
    }
    gw_text_clear(&text);
    *count_out = count;
    return status;
}

/* The column of an objective: a metric's, or one of its own behind the metrics. */
static enum gw_status name_objective(struct gw_h5 *h5, struct gw_results *results)
{
    const char *name = results->objective_text;
    if (gw_metric_find(name) == GW_METRICS) {
        name = "objective";
        memcpy(results->metric[results->metrics++], name, strlen(name) + 1);
    }
    for (size_t m = 0; m < results->metrics; m++) {
        if (strcmp(name, results->metric[m]) == 0) {
            memcpy(results->objective, results->metric[m], GW_NAME_SIZE);
            return GW_OK;
        }
    }
    return gw_h5_refuse(h5, "its objective '%s' is none of its metrics", name);
}

static enum gw_status read_objective(struct gw_h5 *h5, struct gw_results *results)
{
    static const char maximize[] = "maximize ", minimize[] = "minimize ";
    const size_t length = sizeof maximize - 1;
    struct gw_text text = {0};
    gw_text_append(&text, "", 0);
    enum gw_status status =
        gw_h5_read_text(h5, h5->file, "objective", NAMES_LIMIT, &text);
    if (status == GW_OK) {
        results->maximize = strncmp(text.data, maximize, length) == 0;
        bool either = results->maximize || strncmp(text.data, minimize, length) == 0;
        status = either ? GW_OK
                        : gw_h5_refuse(h5, "attribute 'objective' says neither maximize "
                                           "nor minimize");
    }
    if (status == GW_OK) {
        results->objective_text = gw_strdup(text.data + length);
        make_printable(results->objective_text);
        status = name_objective(h5, results);
    }
    gw_text_clear(&text);
    return status;
}

/* How windows choose, and which segment they look at. */
static enum gw_status read_select(struct gw_h5 *h5, struct gw_results *results)
{
    GW_TRY(read_label(h5, "select", results->select, sizeof results->select));
    const char *on = strstr(results->select, " on ");
    for (size_t s = 0; on != NULL && s < results->segments; s++) {
        if (s != GW_TEST && strcmp(on + 4, gw_segment_name[s]) == 0) {
            results->on = s;
            return GW_OK;
        }
    }
    return gw_h5_refuse(h5, "attribute 'select' names no segment that is chosen on");
}

static enum gw_status read_segments(struct gw_h5 *h5, struct gw_results *results)
{
    char(*name)[GW_NAME_SIZE] = NULL;
    enum gw_status status =
        gw_reader_names(h5, "segment", GW_SEGMENTS, &name, &results->segments);
    bool same = true;
    for (size_t s = 0; name != NULL && status == GW_OK && s < results->segments; s++) {
        same = same && strcmp(name[s], gw_segment_name[s]) == 0;
    }
    free(name);
    return same ? status
                : gw_h5_refuse(h5, "its segments are not train, test and validation");
}

/* Places in a selection. */
static enum gw_status read_picks(struct gw_h5 *h5, struct gw_results *results)
{
    struct gw_h5_array pick = {"pick", H5T_STD_I32LE, 1, {GW_H5_ANY}};
    hid_t dataset;
    GW_TRY(gw_reader_open(h5, &pick, &dataset));
    results->picks = (size_t)pick.size[0];
    return results->picks > 0 && results->picks <= GW_PICKS
               ? GW_OK
               : gw_h5_refuse(h5, "dataset 'pick' has the wrong shape");
}

static enum gw_status read_dimensions(struct gw_h5 *h5,
                                      struct gw_results_reader *reader,
                                      struct gw_results *results)
{
    struct gw_h5_array combo = {"combo", H5T_STD_I64LE, 1, {GW_H5_ANY}};
    GW_TRY(gw_reader_open(h5, &combo, &reader->combo));
    results->combos = (size_t)combo.size[0];
    results->windows = results->segments = 1;
    results->walk_forward = H5Lexists(h5->file, "window", H5P_DEFAULT) > 0;
    if (results->walk_forward) {
        struct gw_h5_array window = {"window", H5T_STD_I32LE, 1, {GW_H5_ANY}};
        hid_t dataset;
        GW_TRY(gw_reader_open(h5, &window, &dataset));
        results->windows = (size_t)window.size[0];
        GW_TRY(read_segments(h5, results));
    }
    return results->combos > 0 && results->windows > 0 ? GW_OK
                                                       : gw_h5_refuse(h5, "it is empty");
}

static enum gw_status open_parameters(struct gw_h5 *h5,
                                      struct gw_results_reader *reader,
                                      struct gw_results *results)
{
    results->parameter_integer = gw_calloc(GW_MAX_PARAMETERS, sizeof(bool));
    for (size_t i = 0; i < results->parameters; i++) {
        struct gw_h5_array array = {
            results->parameter[i], H5T_STD_I64LE, 1, {results->combos}};
        struct gw_error *err = h5->err;
        h5->err = NULL;
        results->parameter_integer[i] =
            gw_reader_open(h5, &array, &reader->parameter[i]) == GW_OK;
        h5->err = err;
        if (!results->parameter_integer[i]) {
            array.type = H5T_IEEE_F64LE;
            GW_TRY(gw_reader_open(h5, &array, &reader->parameter[i]));
        }
    }
    return GW_OK;
}

static enum gw_status check_metrics(struct gw_h5 *h5, const struct gw_results *results)
{
    for (size_t m = 0; m < results->metrics; m++) {
        if (gw_metric_find(results->metric[m]) == GW_METRICS) {
            return gw_h5_refuse(h5, "'%s' is no metric that this program knows",
                                results->metric[m]);
        }
    }
    return GW_OK;
}

static enum gw_status open_metrics(struct gw_h5 *h5,
                                   struct gw_results_reader *reader,
                                   const struct gw_results *results)
{
    struct gw_h5_array status =
        gw_reader_shape(results, "status", H5T_STD_I8LE, true, results->combos);
    GW_TRY(gw_reader_open(h5, &status, &reader->status));
    for (size_t m = 0; m < results->metrics; m++) {
        const char *name = results->metric[m];
        struct gw_h5_array array =
            gw_reader_shape(results, name, H5T_IEEE_F64LE, true, results->combos);
        GW_TRY(gw_reader_open(h5, &array, &reader->metric[m]));
    }
    return GW_OK;
}

/* Check and read all but the values over `combo`. */
static enum gw_status
read_all(struct gw_h5 *h5, struct gw_results_reader *reader, struct gw_results *results)
{
    GW_TRY(gw_h5_check_links(h5, h5->file));
    GW_TRY(read_provenance(h5, results));
    GW_TRY(read_list(h5, "metrics", GW_METRICS, &results->metric, &results->metrics));
    GW_TRY(read_list(h5, "coordinates", GW_MAX_PARAMETERS, &results->parameter,
                     &results->parameters));
    GW_TRY(check_metrics(h5, results));
    GW_TRY(read_objective(h5, results));
    GW_TRY(read_dimensions(h5, reader, results));
    GW_TRY(read_select(h5, results));
    GW_TRY(read_picks(h5, results));
    GW_TRY(open_parameters(h5, reader, results));
    GW_TRY(open_metrics(h5, reader, results));
    GW_TRY(gw_reader_windows(h5, results));
    return gw_reader_record(h5, results);
}

static struct gw_results *results_new(const char *path)
{
    struct gw_results *results = gw_calloc(1, sizeof *results);
    results->path = gw_strdup(path);
    struct gw_results_reader *reader = gw_calloc(1, sizeof *reader);
    reader->h5.file = -1;
    results->file = reader;
    return results;
}

/* What the child does: the same calls, their results thrown away. */
static enum gw_status walk(struct gw_h5 *h5, void *nothing)
{
    (void)nothing;
    struct gw_results *results = results_new(h5->path);
    enum gw_status status = read_all(h5, results->file, results);
    gw_results_close(results);
    return status;
}

enum gw_status
gw_results_open(const char *path, struct gw_results **out, struct gw_error *err)
{
    char nothing = 0;
    GW_TRY(gw_h5_probe(path, walk, &nothing, sizeof nothing, err));
    struct gw_results *results = results_new(path);
    struct gw_results_reader *reader = results->file;
    enum gw_status status = gw_h5_open(results->path, &reader->h5, err);
    if (status == GW_OK) {
        status = read_all(&reader->h5, reader, results);
    }
    if (status != GW_OK) {
        gw_results_close(results);
        return status;
    }
    *out = results;
    return GW_OK;
}

void gw_results_close(struct gw_results *results)
{
    if (results == NULL) {
        return;
    }
    struct gw_results_reader *reader = results->file;
    gw_h5_close(&reader->h5);
    free(reader);
    free(results->path);
    free(results->parameter);
    free(results->parameter_integer);
    free(results->metric);
    free(results->objective_text);
    free(results->selected);
    free(results->weight);
    free(results->edge);
    free(results->raw_best);
    free(results->raw_best_rank);
    free(results->objective_count);
    free(results->objective_histogram);
    free(results->objective_low);
    free(results->objective_high);
    free(results->objective_sum);
    free(results->begin);
    free(results->end);
    free(results->record);
    free(results->time);
    free(results->oos_metric);
    free(results->test_rank);
    free(results->test_ranked);
    free(results->median);
    free(results->hindsight);
    free(results->rank_correlation);
    free(results->drift);
    gw_text_clear(&results->text);
    free(results);
}
