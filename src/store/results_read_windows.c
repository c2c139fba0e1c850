/* Reading what a results file says of its windows. */
#include "results_reader.h"

#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { DATE_FIRST = -106752, DATE_LAST = 106752 };

struct gw_h5_array gw_reader_shape(const struct gw_results *results,
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

static size_t elements(const struct gw_h5_array *array)
{
    size_t count = 1;
    for (int axis = 0; axis < array->rank; axis++) {
        count *= (size_t)array->size[axis];
    }
    return count;
}

/* Open it, and make room for it: only then is its size known to be no larger than the
 * file. */
static enum gw_status open_whole(struct gw_h5 *h5,
                                 struct gw_h5_array *array,
                                 size_t bytes,
                                 hid_t *dataset_out,
                                 void **room_out)
{
    GW_TRY(gw_reader_open(h5, array, dataset_out));
    *room_out = gw_calloc(elements(array), bytes);
    return GW_OK;
}

enum gw_status gw_reader_days(struct gw_h5 *h5, struct gw_h5_array *array, int32_t **out)
{
    hid_t dataset;
    void *room;
    GW_TRY(open_whole(h5, array, sizeof **out, &dataset, &room));
    *out = room;
    GW_TRY(gw_h5_read(h5, dataset, H5T_NATIVE_INT32, *out));
    for (size_t i = 0; i < elements(array); i++) {
        if ((*out)[i] < DATE_FIRST || (*out)[i] > DATE_LAST) {
            return gw_h5_refuse(h5, "dataset '%s' holds no date", array->name);
        }
    }
    return GW_OK;
}

enum gw_status gw_reader_integers(struct gw_h5 *h5,
                                  struct gw_h5_array *array,
                                  int64_t least,
                                  int64_t **out)
{
    hid_t dataset;
    void *room;
    GW_TRY(open_whole(h5, array, sizeof **out, &dataset, &room));
    *out = room;
    GW_TRY(gw_h5_read(h5, dataset, H5T_NATIVE_INT64, *out));
    for (size_t i = 0; i < elements(array); i++) {
        if ((*out)[i] < least) {
            return gw_h5_refuse(h5, "dataset '%s' holds what cannot be", array->name);
        }
    }
    return GW_OK;
}

enum gw_status gw_reader_numbers(
    struct gw_h5 *h5, struct gw_h5_array *array, double least, double most, double **out)
{
    hid_t dataset;
    void *room;
    GW_TRY(open_whole(h5, array, sizeof **out, &dataset, &room));
    *out = room;
    GW_TRY(gw_h5_read(h5, dataset, H5T_NATIVE_DOUBLE, *out));
    for (size_t i = 0; i < elements(array); i++) {
        if ((*out)[i] < least || (*out)[i] > most) {
            return gw_h5_refuse(h5, "dataset '%s' holds what cannot be", array->name);
        }
    }
    return GW_OK;
}

static enum gw_status read_edges(struct gw_h5 *h5, struct gw_results *results)
{
    struct gw_h5_array array =
        gw_reader_shape(results, "selected_edge", H5T_STD_I8LE, false, 0);
    hid_t dataset;
    void *room;
    GW_TRY(open_whole(h5, &array, sizeof *results->edge, &dataset, &room));
    results->edge = room;
    GW_TRY(gw_h5_read(h5, dataset, H5T_NATIVE_INT8, results->edge));
    for (size_t w = 0; w < results->windows; w++) {
        if (results->edge[w] != 0 && results->edge[w] != 1) {
            return gw_h5_refuse(h5, "dataset 'selected_edge' holds what cannot be");
        }
    }
    return GW_OK;
}

/* Over the windows, and one dimension more (0: none). */
static enum gw_status read_integers(struct gw_h5 *h5,
                                    const struct gw_results *results,
                                    const char *name,
                                    size_t last,
                                    int64_t least,
                                    int64_t **out)
{
    struct gw_h5_array array = gw_reader_shape(results, name, H5T_STD_I64LE, false, last);
    return gw_reader_integers(h5, &array, least, out);
}

static enum gw_status read_selection(struct gw_h5 *h5, struct gw_results *results)
{
    size_t picks = results->picks;
    struct gw_h5_array weight =
        gw_reader_shape(results, "weight", H5T_IEEE_F64LE, false, picks);
    GW_TRY(read_integers(h5, results, "selected", picks, -1, &results->selected));
    GW_TRY(gw_reader_numbers(h5, &weight, 0, 1, &results->weight));
    GW_TRY(read_edges(h5, results));
    if (H5Lexists(h5->file, "raw_best", H5P_DEFAULT) <= 0) {
        return GW_OK;
    }
    GW_TRY(read_integers(h5, results, "raw_best", 0, -1, &results->raw_best));
    return read_integers(h5, results, "raw_best_rank", 0, -1, &results->raw_best_rank);
}

static enum gw_status read_objectives(struct gw_h5 *h5, struct gw_results *results)
{
    const struct {
        const char *name;
        double **out;
    } row[] = {
        {"objective_low", &results->objective_low},
        {"objective_high", &results->objective_high},
        {"objective_sum", &results->objective_sum},
    };
    GW_TRY(
        read_integers(h5, results, "objective_count", 0, 0, &results->objective_count));
    GW_TRY(read_integers(h5, results, "objective_histogram", GW_BINS, 0,
                         &results->objective_histogram));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gw_h5_array array =
            gw_reader_shape(results, row[i].name, H5T_IEEE_F64LE, false, 0);
        GW_TRY(gw_reader_numbers(h5, &array, -INFINITY, INFINITY, row[i].out));
    }
    return GW_OK;
}

enum gw_status gw_reader_windows(struct gw_h5 *h5, struct gw_results *results)
{
    struct gw_h5_array begin = gw_reader_shape(results, "begin", H5T_STD_I32LE, true, 0);
    struct gw_h5_array end = gw_reader_shape(results, "end", H5T_STD_I32LE, true, 0);
    GW_TRY(read_selection(h5, results));
    GW_TRY(read_objectives(h5, results));
    GW_TRY(gw_reader_days(h5, &begin, &results->begin));
    return gw_reader_days(h5, &end, &results->end);
}
