/* Reading the big variables of a results file, part by part. */
#include "results_reader.h"

#include <assert.h>

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
    struct gw_results_reader *reader = results->file;
    reader->h5.err = err;
    return gw_h5_read_box(&reader->h5, dataset, &box, type, out);
}

enum gw_status gw_results_combo_part(struct gw_results *results,
                                     size_t first,
                                     size_t count,
                                     int64_t *out,
                                     struct gw_error *err)
{
    const struct gw_results_reader *reader = results->file;
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
    const struct gw_results_reader *reader = results->file;
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
    const struct gw_results_reader *reader = results->file;
    return read_part(results, reader->metric[metric], part, H5T_NATIVE_DOUBLE, out, err);
}

enum gw_status gw_results_status(struct gw_results *results,
                                 struct gw_results_part part,
                                 int8_t *out,
                                 struct gw_error *err)
{
    const struct gw_results_reader *reader = results->file;
    return read_part(results, reader->status, part, H5T_NATIVE_INT8, out, err);
}
