/* Reading the out-of-sample record of a results file. */
#include "results_reader.h"

#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum gw_status read_record_names(struct gw_h5 *h5, struct gw_results *results)
{
    GW_TRY(
        gw_reader_names(h5, "record", GW_RECORDS, &results->record, &results->records));
    bool same = results->records >= GW_RECORD_BENCHMARK;
    for (size_t r = 0; r < results->records; r++) {
        same = same && strcmp(results->record[r], gw_record_name[r]) == 0;
    }
    return same ? GW_OK
                : gw_h5_refuse(h5, "its records are not those this program knows");
}

static enum gw_status read_times(struct gw_h5 *h5, struct gw_results *results)
{
    struct gw_h5_array time = {"time", H5T_STD_I32LE, 1, {GW_H5_ANY}};
    GW_TRY(gw_reader_days(h5, &time, &results->time));
    results->times = (size_t)time.size[0];
    return results->times > 0 ? GW_OK : gw_h5_refuse(h5, "dataset 'time' is empty");
}

static enum gw_status
open_curves(struct gw_h5 *h5, struct gw_results *results, hid_t *equity)
{
    struct gw_h5_array array = {
        "oos_equity", H5T_IEEE_F64LE, 2, {results->records, results->times}};
    GW_TRY(gw_reader_open(h5, &array, equity));
    array.name = "oos_return";
    hid_t growth;
    return gw_reader_open(h5, &array, &growth);
}

/* Put the columns of the file where their metrics have their place. */
static enum gw_status place_metrics(struct gw_h5 *h5,
                                    struct gw_results *results,
                                    char (*name)[GW_NAME_SIZE],
                                    size_t columns)
{
    struct gw_h5_array array = {
        "oos_metric", H5T_IEEE_F64LE, 2, {results->records, columns}};
    double *value = NULL;
    enum gw_status status = gw_reader_numbers(h5, &array, -INFINITY, INFINITY, &value);
    results->oos_metric = gw_calloc(results->records, sizeof *results->oos_metric);
    for (size_t i = 0; i < results->records * GW_METRICS; i++) {
        results->oos_metric[i / GW_METRICS][i % GW_METRICS] = NAN;
    }
    for (size_t c = 0; c < columns && status == GW_OK; c++) {
        enum gw_metric metric = gw_metric_find(name[c]);
        if (metric == GW_METRICS) {
            status =
                gw_h5_refuse(h5, "'%s' is no metric that this program knows", name[c]);
            break;
        }
        for (size_t r = 0; r < results->records; r++) {
            results->oos_metric[r][metric] = value[r * columns + c];
        }
    }
    free(value);
    return status;
}

static enum gw_status read_metrics(struct gw_h5 *h5, struct gw_results *results)
{
    char(*name)[GW_NAME_SIZE] = NULL;
    size_t columns = 0;
    enum gw_status status =
        gw_reader_names(h5, "oos_metric_name", GW_METRICS, &name, &columns);
    if (status == GW_OK) {
        status = place_metrics(h5, results, name, columns);
    }
    free(name);
    return status;
}

static enum gw_status read_standings(struct gw_h5 *h5, struct gw_results *results)
{
    const struct {
        const char *name;
        int64_t **out;
    } row[] = {
        {"test_rank", &results->test_rank},
        {"test_ranked", &results->test_ranked},
        {"median_combo", &results->median},
        {"hindsight_combo", &results->hindsight},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gw_h5_array array =
            gw_reader_shape(results, row[i].name, H5T_STD_I64LE, false, 0);
        GW_TRY(gw_reader_integers(h5, &array, -1, row[i].out));
    }
    struct gw_h5_array correlation =
        gw_reader_shape(results, "rank_correlation", H5T_IEEE_F64LE, false, 0);
    return gw_reader_numbers(h5, &correlation, -2, 2, /* rounding may pass 1 */
                             &results->rank_correlation);
}

static enum gw_status
read_scalar(struct gw_h5 *h5, const char *name, double least, double most, double *out)
{
    struct gw_h5_array array = {.name = name, .type = H5T_IEEE_F64LE};
    double *value = NULL;
    enum gw_status status = gw_reader_numbers(h5, &array, least, most, &value);
    *out = status == GW_OK ? *value : NAN;
    free(value);
    return status;
}

static enum gw_status read_parameter_names(struct gw_h5 *h5,
                                           const struct gw_results *results)
{
    char(*name)[GW_NAME_SIZE] = NULL;
    size_t count = 0;
    enum gw_status status =
        gw_reader_names(h5, "parameter", results->parameters, &name, &count);
    bool same = count == results->parameters;
    for (size_t i = 0; status == GW_OK && same && i < count; i++) {
        same = strcmp(name[i], results->parameter[i]) == 0;
    }
    if (status == GW_OK && !same) {
        status = gw_h5_refuse(h5, "dataset 'parameter' does not name its parameters");
    }
    free(name);
    return status;
}

static enum gw_status read_drift(struct gw_h5 *h5, struct gw_results *results)
{
    static const char *const name[] = {"parameter_drift", "parameter_moved",
                                       "parameter_stability"};
    size_t count = results->parameters;
    results->drift = gw_calloc(count, sizeof *results->drift);
    if (count == 0) {
        return GW_OK;
    }
    GW_TRY(read_parameter_names(h5, results));
    for (size_t i = 0; i < 3; i++) {
        struct gw_h5_array array = {name[i], H5T_IEEE_F64LE, 1, {count}};
        double *value = NULL;
        enum gw_status status =
            gw_reader_numbers(h5, &array, 0, i == 0 ? INFINITY : 1, &value);
        for (size_t p = 0; p < count && status == GW_OK; p++) {
            struct gw_drift *drift = &results->drift[p];
            double *field[] = {&drift->steps, &drift->moved, &drift->stability};
            *field[i] = value[p];
        }
        free(value);
        GW_TRY(status);
    }
    return GW_OK;
}

enum gw_status gw_reader_record(struct gw_h5 *h5, struct gw_results *results)
{
    struct gw_results_reader *reader = results->file;
    results->profitable_windows = results->efficiency = NAN;
    if (results->segments <= GW_TEST) {
        return GW_OK;
    }
    GW_TRY(read_record_names(h5, results));
    GW_TRY(read_times(h5, results));
    GW_TRY(open_curves(h5, results, &reader->equity));
    GW_TRY(read_metrics(h5, results));
    GW_TRY(read_standings(h5, results));
    GW_TRY(read_scalar(h5, "profitable_windows", 0, 1, &results->profitable_windows));
    GW_TRY(read_scalar(h5, "walk_forward_efficiency", -INFINITY, INFINITY,
                       &results->efficiency));
    return read_drift(h5, results);
}

enum gw_status gw_results_equity(struct gw_results *results,
                                 size_t record,
                                 double *out,
                                 struct gw_error *err)
{
    struct gw_results_reader *reader = results->file;
    const struct gw_h5_box box = {{record, 0}, {1, results->times}};
    reader->h5.err = err;
    return gw_h5_read_box(&reader->h5, reader->equity, &box, H5T_NATIVE_DOUBLE, out);
}
