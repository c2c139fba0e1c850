/* The end of a results file: what was chosen, and what came of it. */
#include "results_write.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A dataset and all that belongs into it. */
struct part {
    hid_t dataset, type;
    const void *values;
};

static enum gw_status
write_parts(struct gw_results_file *file, const struct part *part, size_t count)
{
    enum gw_status status = GW_OK;
    for (size_t i = 0; i < count && status == GW_OK; i++) {
        status = gw_h5_write(&file->h5, part[i].dataset, part[i].type, part[i].values);
    }
    return status;
}

/* One NaN for all, whatever sign a processor gives its own. */
static double plain(double value)
{
    return isnan(value) ? NAN : value;
}

/* ---- windows ---- */

static enum gw_status write_choices(struct gw_results_file *file,
                                    const struct gw_forward_window *chosen)
{
    size_t windows = file->plan->windows, room = gw_choice_room(file->plan);
    int64_t *selected = gw_calloc(windows * room, sizeof *selected);
    double *weight = gw_calloc(windows * room, sizeof *weight);
    int64_t *raw = gw_calloc(2 * windows, sizeof *raw);
    int8_t *edge = gw_calloc(windows, sizeof *edge);
    for (size_t w = 0; w < windows; w++) {
        const struct gw_choice *choice = &chosen[w].choice;
        for (size_t i = 0; i < room; i++) {
            bool picked = i < choice->picks;
            selected[w * room + i] = picked ? (int64_t)choice->k[i] : -1;
            weight[w * room + i] = picked ? choice->weight[i] : 0;
        }
        if (choice->picks == 0) {
            weight[w * room] = 1; /* all of it is cash */
        }
        edge[w] = choice->edge;
        raw[w] = choice->raw_best;
        raw[windows + w] = choice->raw_best_rank;
    }
    const struct part part[] = {
        {file->selected, H5T_NATIVE_INT64, selected},
        {file->weight, H5T_NATIVE_DOUBLE, weight},
        {file->edge, H5T_NATIVE_INT8, edge},
        {file->raw_best, H5T_NATIVE_INT64, raw},
        {file->raw_best_rank, H5T_NATIVE_INT64, raw + windows},
    };
    bool plateau = file->plan->experiment->objective.select == GW_SELECT_PLATEAU;
    enum gw_status status = write_parts(file, part, plateau ? 5 : 3);
    free(selected);
    free(weight);
    free(edge);
    free(raw);
    return status;
}

enum gw_status gw_results_file_windows(struct gw_results_file *file,
                                       const struct gw_window_summary *summary,
                                       const struct gw_forward_window *chosen)
{
    size_t windows = file->plan->windows;
    int64_t *bins = gw_calloc(windows * GW_BINS, sizeof *bins);
    int64_t *count = gw_calloc(windows, sizeof *count);
    double *real = gw_calloc(4 * windows, sizeof *real);
    for (size_t w = 0; w < windows; w++) {
        memcpy(bins + w * GW_BINS, summary[w].bin, sizeof summary[w].bin);
        count[w] = summary[w].count;
        real[w] = summary[w].low;
        real[windows + w] = summary[w].high;
        real[2 * windows + w] = summary[w].sum;
        real[3 * windows + w] = summary[w].squares;
    }
    const struct part part[] = {
        {file->histogram, H5T_NATIVE_INT64, bins},
        {file->count, H5T_NATIVE_INT64, count},
        {file->low, H5T_NATIVE_DOUBLE, real},
        {file->high, H5T_NATIVE_DOUBLE, real + windows},
        {file->sum, H5T_NATIVE_DOUBLE, real + 2 * windows},
        {file->squares, H5T_NATIVE_DOUBLE, real + 3 * windows},
    };
    enum gw_status status = write_choices(file, chosen);
    if (status == GW_OK) {
        status = write_parts(file, part, sizeof part / sizeof part[0]);
    }
    free(bins);
    free(count);
    free(real);
    return status;
}

/* ---- the out-of-sample record ---- */

static enum gw_status write_curve(struct gw_results_file *file,
                                  hid_t dataset,
                                  const struct gw_forward *forward,
                                  const double *values)
{
    double *line = gw_calloc(forward->bars, sizeof *line);
    enum gw_status status = GW_OK;
    for (size_t r = 0; r < forward->records && status == GW_OK; r++) {
        const struct gw_h5_box box = {{r, 0}, {1, forward->bars}};
        for (size_t t = 0; t < forward->bars; t++) {
            line[t] = plain(values[r * forward->bars + t]);
        }
        status = gw_h5_write_box(&file->h5, dataset, &box, H5T_NATIVE_DOUBLE, line);
    }
    free(line);
    return status;
}

static enum gw_status write_record_metrics(struct gw_results_file *file,
                                           const struct gw_forward *forward)
{
    size_t columns = file->record_metrics;
    double *value = gw_calloc(forward->records * columns, sizeof *value);
    for (size_t i = 0; i < forward->records * columns; i++) {
        enum gw_metric metric = file->record_column[i % columns];
        value[i] = plain(forward->metric[i / columns][metric]);
    }
    enum gw_status status =
        gw_h5_write(&file->h5, file->record_metric, H5T_NATIVE_DOUBLE, value);
    free(value);
    return status;
}

static enum gw_status write_standings(struct gw_results_file *file,
                                      const struct gw_results_record *record)
{
    size_t windows = file->plan->windows;
    int64_t *whole = gw_calloc(4 * windows, sizeof *whole);
    double *correlation = gw_calloc(windows, sizeof *correlation);
    for (size_t w = 0; w < windows; w++) {
        whole[w] = record->standing[w].test_rank;
        whole[windows + w] = record->standing[w].test_ranked;
        whole[2 * windows + w] = record->chosen[w].median;
        whole[3 * windows + w] = record->chosen[w].hindsight;
        correlation[w] = plain(record->standing[w].rank_correlation);
    }
    const struct part part[] = {
        {file->test_rank, H5T_NATIVE_INT64, whole},
        {file->test_ranked, H5T_NATIVE_INT64, whole + windows},
        {file->correlation, H5T_NATIVE_DOUBLE, correlation},
        {file->median, H5T_NATIVE_INT64, whole + 2 * windows},
        {file->hindsight, H5T_NATIVE_INT64, whole + 3 * windows},
    };
    enum gw_status status = write_parts(file, part, sizeof part / sizeof part[0]);
    free(whole);
    free(correlation);
    return status;
}

static enum gw_status write_drift(struct gw_results_file *file,
                                  const struct gw_forward *forward)
{
    double value[3][GW_MAX_PARAMETERS];
    size_t axes = file->plan->experiment->axes;
    for (size_t i = 0; i < axes; i++) {
        value[0][i] = plain(forward->drift[i].steps);
        value[1][i] = plain(forward->drift[i].moved);
        value[2][i] = plain(forward->drift[i].stability);
    }
    const struct part part[] = {
        {file->drift, H5T_NATIVE_DOUBLE, value[0]},
        {file->moved, H5T_NATIVE_DOUBLE, value[1]},
        {file->stability, H5T_NATIVE_DOUBLE, value[2]},
    };
    return axes > 0 ? write_parts(file, part, 3) : GW_OK;
}

enum gw_status gw_results_file_record(struct gw_results_file *file,
                                      const struct gw_results_record *record)
{
    const struct gw_forward *forward = record->forward;
    const double profitable = plain(forward->profitable_windows);
    const double efficiency = plain(forward->efficiency);
    const struct part part[] = {
        {file->profitable, H5T_NATIVE_DOUBLE, &profitable},
        {file->efficiency, H5T_NATIVE_DOUBLE, &efficiency},
    };
    GW_TRY(write_curve(file, file->growth, forward, forward->growth));
    GW_TRY(write_curve(file, file->equity, forward, forward->equity));
    GW_TRY(write_record_metrics(file, forward));
    GW_TRY(write_standings(file, record));
    GW_TRY(write_parts(file, part, 2));
    return write_drift(file, forward);
}

/* ---- the end ---- */

/* With keep: top the file could not be made before its combinations were known. */
static enum gw_status write_kept(struct gw_results_writer *writer, struct gw_error *err)
{
    size_t windows = writer->plan->windows;
    for (size_t w = 0; w < windows; w++) {
        gw_best_sort(&writer->best[w]);
    }
    uint64_t count, *kept = gw_best_union(writer->best, windows, &count);
    const struct gw_combo_walk walk = {
        .space = &writer->space, .list = kept, .count = count};
    enum gw_status status =
        gw_results_file_create(writer->path, &writer->run, walk, &writer->file, err);
    if (status == GW_OK) {
        status = gw_best_write(writer->best, writer->plan, writer->file, kept);
    }
    free(kept);
    return status;
}

static enum gw_status write_windows(struct gw_results_writer *writer,
                                    struct gw_error *err)
{
    size_t windows = writer->plan->windows;
    struct gw_window_summary *summary = gw_calloc(windows, sizeof *summary);
    enum gw_status status = GW_OK;
    for (size_t w = 0; w < windows && status == GW_OK; w++) {
        status = gw_column_summarize(&writer->column, w, &summary[w], err);
    }
    if (status == GW_OK) {
        status = gw_results_file_windows(writer->file, summary, writer->chosen);
    }
    free(summary);
    return status;
}

static enum gw_status write_rest(struct gw_results_writer *writer,
                                 const struct gw_forward *forward,
                                 struct gw_error *err)
{
    writer->file->h5.err = err;
    GW_TRY(write_windows(writer, err));
    if (forward != NULL) {
        const struct gw_results_record record = {forward, writer->chosen,
                                                 writer->standing};
        GW_TRY(gw_results_file_record(writer->file, &record));
    }
    return gw_results_file_failed(writer->file, writer->summary.failed);
}

enum gw_status gw_results_finish(struct gw_results_writer *writer,
                                 const struct gw_forward *forward,
                                 struct gw_results_summary *summary_out,
                                 struct gw_error *err)
{
    size_t first;
    size_t bars = gw_forward_bars(writer->plan, &first);
    assert(writer->chosen != NULL);
    assert((forward != NULL) == (bars > 0));
    assert(forward == NULL || forward->bars == bars);
    (void)bars;
    *summary_out = writer->summary;
    enum gw_status status = GW_OK;
    if (writer->best != NULL) {
        status = write_kept(writer, err);
    }
    if (status == GW_OK) {
        status = write_rest(writer, forward, err);
    }
    if (status == GW_OK) {
        status = gw_results_file_commit(writer->file, err);
    } else {
        gw_results_file_abandon(writer->file);
    }
    gw_results_free(writer);
    return status;
}
