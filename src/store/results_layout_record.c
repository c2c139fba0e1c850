/* The part of a results file that only a plan with test segments has. */
#include "results_layout.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>

/* Which metrics the record has: those computed on request alone where the rows have them.
 */
static void list_metrics(struct gw_results_file *file, const char *name_out[GW_METRICS])
{
    const struct gw_experiment *experiment = file->plan->experiment;
    for (enum gw_metric m = 0; m < GW_METRICS; m++) {
        char set = gw_metric_info[m].set;
        bool wanted = set == 'B' || set == 'A';
        for (size_t i = 0; i < experiment->metrics; i++) {
            wanted = wanted || experiment->metric[i] == m;
        }
        if (wanted) {
            name_out[file->record_metrics] = gw_metric_info[m].name;
            file->record_column[file->record_metrics++] = m;
        }
    }
}

static enum gw_status time_scale(struct gw_layout *l, size_t first)
{
    size_t bars = (size_t)l->size[GW_DIM_TIME];
    int32_t *day = gw_calloc(bars, sizeof *day);
    for (size_t i = 0; i < bars; i++) {
        day[i] = l->panel->session[first + i];
    }
    hid_t *scale = &l->scale[GW_DIM_TIME];
    const struct gw_h5_array array = {"time", H5T_STD_I32LE, 1, {bars}};
    enum gw_status status = gw_h5_scale_create(l->h5, l->h5->file, &array, day, scale);
    free(day);
    GW_TRY(status);
    GW_TRY(gw_h5_attribute_text(l->h5, *scale, "long_name", "session of the record"));
    GW_TRY(gw_h5_attribute_text(l->h5, *scale, "units", "days since 1970-01-01"));
    return gw_h5_attribute_text(l->h5, *scale, "calendar", "proleptic_gregorian");
}

enum gw_status gw_layout_record_scales(struct gw_layout *l)
{
    const struct gw_experiment *experiment = l->plan->experiment;
    const char *metric[GW_METRICS], *axis[GW_MAX_PARAMETERS];
    size_t first;
    l->size[GW_DIM_TIME] = gw_forward_bars(l->plan, &first);
    if (l->size[GW_DIM_TIME] == 0) {
        return GW_OK;
    }
    list_metrics(l->file, metric);
    for (size_t i = 0; i < experiment->axes; i++) {
        axis[i] = experiment->axis[i].name;
    }
    l->size[GW_DIM_RECORD] = gw_forward_records(l->plan);
    l->size[GW_DIM_OOS] = l->file->record_metrics;
    l->size[GW_DIM_AXIS] = experiment->axes;
    const struct gw_names records = {"record", "out-of-sample record", gw_record_name},
                          metrics = {"oos_metric_name", "metric of a record", metric},
                          axes = {"parameter", "strategy parameter", axis};
    GW_TRY(gw_layout_names(l, GW_DIM_RECORD, &records));
    GW_TRY(time_scale(l, first));
    GW_TRY(gw_layout_names(l, GW_DIM_OOS, &metrics));
    return experiment->axes > 0 ? gw_layout_names(l, GW_DIM_AXIS, &axes) : GW_OK;
}

enum gw_status gw_layout_record(struct gw_layout *l)
{
    struct gw_results_file *file = l->file;
    const hid_t whole = H5T_STD_I64LE, real = H5T_IEEE_F64LE;
    const struct {
        const char *name;
        hid_t type;
        const char *dims, *long_name, *units;
        hid_t *dataset;
    } row[] = {
        {"oos_return", real, "rt", "return of the bar", "1", &file->growth},
        {"oos_equity", real, "rt", "equity at the mark, of 1", "1", &file->equity},
        {"oos_metric", real, "ro", "metric of the record", NULL, &file->record_metric},
        {"test_rank", whole, "w", "rank of the first pick in test, -1 = none", NULL,
         &file->test_rank},
        {"test_ranked", whole, "w", "combinations ranked in test, -1 = not known", NULL,
         &file->test_ranked},
        {"rank_correlation", real, "w",
         "Spearman's, of the objective chosen by and in test", "1", &file->correlation},
        {"median_combo", whole, "w", "combination in the middle of test, -1 = none", NULL,
         &file->median},
        {"hindsight_combo", whole, "w", "best combination in test, -1 = none", NULL,
         &file->hindsight},
        {"profitable_windows", real, "", "share of choosing windows that gained in test",
         "1", &file->profitable},
        {"walk_forward_efficiency", real, "",
         "mean return a bar in test over that in the segment chosen on", "1",
         &file->efficiency},
        {"parameter_drift", real, "a", "mean steps between neighbouring windows", "1",
         &file->drift},
        {"parameter_moved", real, "a", "share of moves by more than one step", "1",
         &file->moved},
        {"parameter_stability", real, "a",
         "share of windows within one step of the median place", "1", &file->stability},
    };
    size_t count = sizeof row / sizeof row[0];
    count -= l->size[GW_DIM_AXIS] > 0 ? 0 : 3;
    for (size_t i = 0; l->size[GW_DIM_TIME] > 0 && i < count; i++) {
        const struct gw_variable variable = {row[i].name,      row[i].type,  row[i].dims,
                                             row[i].long_name, row[i].units, NULL};
        GW_TRY(gw_layout_add(l, &variable, row[i].dataset));
    }
    return GW_OK;
}
