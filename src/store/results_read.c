#include "h5.h"
#include "results_file.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/store/results.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_LIMIT = 64 * 1024,
    TEXT_LIMIT = 16 * 1024 * 1024,
    DATE_FIRST = -106752,
    DATE_LAST = 106752
};

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_";

/* The private part of struct gw_results. */
struct reader {
    struct gw_h5 h5;
    hid_t combo, status;
    hid_t parameter[GW_MAX_PARAMETERS];
    hid_t metric[GW_METRICS];
};

/* A dataset must be contiguous, so that reading it later touches no metadata. */
static enum gw_status
open_array(struct gw_h5 *h5, struct gw_h5_array *array, hid_t *dataset_out)
{
    GW_TRY(gw_h5_array_open(h5, h5->file, array, dataset_out));
    return gw_h5_contiguous(*dataset_out)
               ? GW_OK
               : gw_h5_refuse(h5, "dataset '%s' is not contiguous", array->name);
}

static enum gw_status
read_array(struct gw_h5 *h5, struct gw_h5_array *array, hid_t memory_type, void *out)
{
    hid_t dataset;
    GW_TRY(open_array(h5, array, &dataset));
    return gw_h5_read(h5, dataset, memory_type, out);
}

/* A text that is going to be printed: no control character may reach a terminal. */
static enum gw_status
read_label(struct gw_h5 *h5, const char *name, char *out, size_t size)
{
    GW_TRY(gw_h5_read_name(h5, h5->file, name, out, size));
    for (char *c = out; *c != '\0'; c++) {
        *c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
    }
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
    GW_TRY(gw_h5_read_name(h5, h5->file, "semantics", semantics, sizeof semantics));
    GW_TRY(read_label(h5, "program", results->program, sizeof results->program));
    GW_TRY(read_label(h5, "experiment", results->name, sizeof results->name));
    GW_TRY(gw_h5_read_text(h5, h5->file, "experiment_text", TEXT_LIMIT, &results->text));
    GW_TRY(read_digest(h5, "experiment_digest", results->experiment_digest));
    GW_TRY(read_digest(h5, "bundle_digest", results->bundle_digest));
    GW_TRY(gw_h5_read_number(h5, h5->file, "periods", &results->periods));
    GW_TRY(read_count(h5, "combinations", &results->combinations));
    return read_count(h5, "keep_top", &results->keep_top);
}

/* Blank-separated names of an attribute. */
static enum gw_status read_names(struct gw_h5 *h5,
                                 const char *attribute,
                                 size_t limit,
                                 char (**names_out)[GW_NAME_SIZE],
                                 size_t *count_out)
{
    char(*names)[GW_NAME_SIZE] = gw_calloc(limit, sizeof *names);
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

static enum gw_status read_objective(struct gw_h5 *h5, struct gw_results *results)
{
    char text[GW_NAME_SIZE + sizeof "maximize "];
    GW_TRY(gw_h5_read_name(h5, h5->file, "objective", text, sizeof text));
    size_t length = strcspn(text, " ");
    results->maximize = length == 8 && memcmp(text, "maximize", length) == 0;
    bool minimize = length == 8 && memcmp(text, "minimize", length) == 0;
    if ((results->maximize || minimize) && text[length] == ' ') {
        for (size_t m = 0; m < results->metrics; m++) {
            if (strcmp(text + length + 1, results->metric[m]) == 0) {
                memcpy(results->objective, results->metric[m], GW_NAME_SIZE);
                return GW_OK;
            }
        }
    }
    return gw_h5_refuse(h5, "its objective '%s' is none of its metrics", text);
}

/* The names of the segments: variable-length text, read by the same calls in the child
 * and here. */
static enum gw_status
check_segments(struct gw_h5 *h5, hid_t dataset, hid_t type, size_t count)
{
    char *found[GW_SEGMENTS] = {NULL};
    if (count == 0 || count > GW_SEGMENTS) {
        return gw_h5_refuse(h5, "dataset 'segment' has the wrong shape");
    }
    GW_TRY(gw_h5_read(h5, dataset, type, found));
    bool same = true;
    for (size_t s = 0; s < count; s++) {
        same = same && found[s] != NULL && strcmp(found[s], gw_segment_name[s]) == 0;
        H5free_memory(found[s]);
    }
    return same ? GW_OK
                : gw_h5_refuse(h5, "its segments are not train, test and validation");
}

static enum gw_status read_segments(struct gw_h5 *h5, struct gw_results *results)
{
    hid_t type = gw_h5_text_type(H5T_VARIABLE), dataset;
    struct gw_h5_array array = {"segment", type, 1, {GW_H5_ANY}};
    enum gw_status status = open_array(h5, &array, &dataset);
    if (status == GW_OK) {
        results->segments = (size_t)array.size[0];
        status = check_segments(h5, dataset, type, results->segments);
    }
    H5Tclose(type);
    return status;
}

static enum gw_status
read_dimensions(struct gw_h5 *h5, struct reader *reader, struct gw_results *results)
{
    struct gw_h5_array combo = {"combo", H5T_STD_I64LE, 1, {GW_H5_ANY}};
    GW_TRY(open_array(h5, &combo, &reader->combo));
    results->combos = (size_t)combo.size[0];
    results->windows = results->segments = 1;
    results->walk_forward = H5Lexists(h5->file, "window", H5P_DEFAULT) > 0;
    if (results->walk_forward) {
        struct gw_h5_array window = {"window", H5T_STD_I32LE, 1, {GW_H5_ANY}};
        hid_t dataset;
        GW_TRY(open_array(h5, &window, &dataset));
        results->windows = (size_t)window.size[0];
        GW_TRY(read_segments(h5, results));
    }
    return results->combos > 0 && results->windows > 0 ? GW_OK
                                                       : gw_h5_refuse(h5, "it is empty");
}

/* The shape of a variable over the dimensions in front, and one more behind (0: none). */
static struct gw_h5_array shape(const struct gw_results *results,
                                const char *name,
                                hid_t type,
                                bool segments,
                                size_t last)
{
    struct gw_h5_array array = {.name = name, .type = type};
    if (results->walk_forward) {
        array.size[array.rank++] = results->windows;
        if (segments) {
            array.size[array.rank++] = results->segments;
        }
    }
    if (last > 0) {
        array.size[array.rank++] = last;
    }
    return array;
}

static enum gw_status
open_parameters(struct gw_h5 *h5, struct reader *reader, struct gw_results *results)
{
    results->parameter_integer = gw_calloc(GW_MAX_PARAMETERS, sizeof(bool));
    for (size_t i = 0; i < results->parameters; i++) {
        struct gw_h5_array array = {
            results->parameter[i], H5T_STD_I64LE, 1, {results->combos}};
        struct gw_error *err = h5->err;
        h5->err = NULL;
        results->parameter_integer[i] =
            open_array(h5, &array, &reader->parameter[i]) == GW_OK;
        h5->err = err;
        if (!results->parameter_integer[i]) {
            array.type = H5T_IEEE_F64LE;
            GW_TRY(open_array(h5, &array, &reader->parameter[i]));
        }
    }
    return GW_OK;
}

static enum gw_status
open_metrics(struct gw_h5 *h5, struct reader *reader, const struct gw_results *results)
{
    struct gw_h5_array status =
        shape(results, "status", H5T_STD_I8LE, true, results->combos);
    GW_TRY(open_array(h5, &status, &reader->status));
    for (size_t m = 0; m < results->metrics; m++) {
        const char *name = results->metric[m];
        if (gw_metric_find(name) == GW_METRICS) {
            return gw_h5_refuse(h5, "'%s' is no metric that this program knows", name);
        }
        struct gw_h5_array array =
            shape(results, name, H5T_IEEE_F64LE, true, results->combos);
        GW_TRY(open_array(h5, &array, &reader->metric[m]));
    }
    return GW_OK;
}

static enum gw_status read_dates(struct gw_h5 *h5,
                                 const char *name,
                                 const struct gw_results *results,
                                 int32_t *out)
{
    struct gw_h5_array array = shape(results, name, H5T_STD_I32LE, true, 0);
    GW_TRY(read_array(h5, &array, H5T_NATIVE_INT32, out));
    for (size_t i = 0; i < results->windows * results->segments; i++) {
        if (out[i] < DATE_FIRST || out[i] > DATE_LAST) {
            return gw_h5_refuse(h5, "dataset '%s' holds no date", name);
        }
    }
    return GW_OK;
}

static enum gw_status read_windows(struct gw_h5 *h5, struct gw_results *results)
{
    size_t windows = results->windows, cells = windows * results->segments;
    results->selected = gw_calloc(windows, sizeof *results->selected);
    results->objective_count = gw_calloc(windows, sizeof *results->objective_count);
    results->objective_low = gw_calloc(windows, sizeof *results->objective_low);
    results->objective_high = gw_calloc(windows, sizeof *results->objective_high);
    results->objective_sum = gw_calloc(windows, sizeof *results->objective_sum);
    results->objective_histogram =
        gw_calloc(windows * GW_BINS, sizeof *results->objective_histogram);
    results->begin = gw_calloc(cells, sizeof *results->begin);
    results->end = gw_calloc(cells, sizeof *results->end);
    const hid_t whole = H5T_STD_I64LE, real = H5T_IEEE_F64LE;
    const struct {
        const char *name;
        hid_t type, memory;
        size_t last;
        void *out;
    } row[] = {
        {"selected", whole, H5T_NATIVE_INT64, 1, results->selected},
        {"objective_count", whole, H5T_NATIVE_INT64, 0, results->objective_count},
        {"objective_histogram", whole, H5T_NATIVE_INT64, GW_BINS,
         results->objective_histogram},
        {"objective_low", real, H5T_NATIVE_DOUBLE, 0, results->objective_low},
        {"objective_high", real, H5T_NATIVE_DOUBLE, 0, results->objective_high},
        {"objective_sum", real, H5T_NATIVE_DOUBLE, 0, results->objective_sum},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gw_h5_array array =
            shape(results, row[i].name, row[i].type, false, row[i].last);
        GW_TRY(read_array(h5, &array, row[i].memory, row[i].out));
    }
    GW_TRY(read_dates(h5, "begin", results, results->begin));
    return read_dates(h5, "end", results, results->end);
}

/* Check and read all but the values over `combo`. */
static enum gw_status
read_all(struct gw_h5 *h5, struct reader *reader, struct gw_results *results)
{
    GW_TRY(gw_h5_check_links(h5, h5->file));
    GW_TRY(read_provenance(h5, results));
    GW_TRY(read_names(h5, "metrics", GW_METRICS, &results->metric, &results->metrics));
    GW_TRY(read_names(h5, "coordinates", GW_MAX_PARAMETERS, &results->parameter,
                      &results->parameters));
    GW_TRY(read_objective(h5, results));
    GW_TRY(read_dimensions(h5, reader, results));
    GW_TRY(open_parameters(h5, reader, results));
    GW_TRY(open_metrics(h5, reader, results));
    return read_windows(h5, results);
}

static struct gw_results *results_new(const char *path)
{
    struct gw_results *results = gw_calloc(1, sizeof *results);
    results->path = gw_strdup(path);
    struct reader *reader = gw_calloc(1, sizeof *reader);
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
    struct reader *reader = results->file;
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
    struct reader *reader = results->file;
    gw_h5_close(&reader->h5);
    free(reader);
    free(results->path);
    gw_text_clear(&results->text);
    free(results->parameter);
    free(results->parameter_integer);
    free(results->metric);
    free(results->selected);
    free(results->objective_count);
    free(results->objective_histogram);
    free(results->objective_low);
    free(results->objective_high);
    free(results->objective_sum);
    free(results->begin);
    free(results->end);
    free(results);
}

static struct gw_h5_box
box_of(const struct gw_results *results, size_t first, size_t count)
{
    assert(count <= results->combos && first <= results->combos - count);
    (void)results;
    return (struct gw_h5_box){{first}, {count}};
}

static enum gw_status read_box(struct gw_results *results,
                               hid_t dataset,
                               struct gw_h5_box box,
                               hid_t type,
                               void *out,
                               struct gw_error *err)
{
    struct reader *reader = results->file;
    reader->h5.err = err;
    return gw_h5_read_box(&reader->h5, dataset, &box, type, out);
}

enum gw_status gw_results_combo_part(struct gw_results *results,
                                     size_t first,
                                     size_t count,
                                     int64_t *out,
                                     struct gw_error *err)
{
    const struct reader *reader = results->file;
    return read_box(results, reader->combo, box_of(results, first, count),
                    H5T_NATIVE_INT64, out, err);
}

enum gw_status
gw_results_combos(struct gw_results *results, int64_t *out, struct gw_error *err)
{
    return gw_results_combo_part(results, 0, results->combos, out, err);
}

enum gw_status gw_results_find(struct gw_results *results,
                               int64_t k,
                               size_t *row_out,
                               struct gw_error *err)
{
    size_t low = 0, high = results->combos;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t found;
        GW_TRY(gw_results_combo_part(results, middle, 1, &found, err));
        if (found == k) {
            *row_out = middle;
            return GW_OK;
        }
        if (found < k) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *row_out = results->combos;
    return GW_OK;
}

enum gw_status gw_results_parameter(struct gw_results *results,
                                    size_t parameter,
                                    size_t first,
                                    size_t count,
                                    double *out,
                                    struct gw_error *err)
{
    assert(parameter < results->parameters);
    const struct reader *reader = results->file;
    return read_box(results, reader->parameter[parameter], box_of(results, first, count),
                    H5T_NATIVE_DOUBLE, out, err);
}

static enum gw_status read_part(struct gw_results *results,
                                hid_t dataset,
                                struct gw_results_part part,
                                hid_t type,
                                void *out,
                                struct gw_error *err)
{
    assert(part.window < results->windows && part.segment < results->segments);
    struct gw_h5_box box = box_of(results, part.first, part.count);
    if (results->walk_forward) {
        box = (struct gw_h5_box){{part.window, part.segment, part.first},
                                 {1, 1, part.count}};
    }
    return read_box(results, dataset, box, type, out, err);
}

enum gw_status gw_results_metric(struct gw_results *results,
                                 size_t metric,
                                 struct gw_results_part part,
                                 double *out,
                                 struct gw_error *err)
{
    assert(metric < results->metrics);
    const struct reader *reader = results->file;
    return read_part(results, reader->metric[metric], part, H5T_NATIVE_DOUBLE, out, err);
}

enum gw_status gw_results_status(struct gw_results *results,
                                 struct gw_results_part part,
                                 int8_t *out,
                                 struct gw_error *err)
{
    const struct reader *reader = results->file;
    return read_part(results, reader->status, part, H5T_NATIVE_INT8, out, err);
}
