#include "results_file.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/store/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t gw_combo_next(struct gw_combo_walk *walk, uint64_t k_out[GW_BLOCK])
{
    size_t found = 0;
    if (walk->list != NULL) {
        while (found < GW_BLOCK && walk->next < walk->count) {
            k_out[found++] = walk->list[walk->next++];
        }
        return found;
    }
    while (found == 0 && walk->next < walk->space->total) {
        uint64_t k[GW_BLOCK];
        bool feasible[GW_BLOCK];
        size_t count = 0;
        while (count < GW_BLOCK && walk->next < walk->space->total) {
            k[count++] = walk->next++;
        }
        gw_space_feasible(walk->space, k, count, feasible);
        for (size_t i = 0; i < count; i++) {
            if (feasible[i]) {
                k_out[found++] = k[i];
            }
        }
    }
    return found;
}

size_t gw_results_columns(const struct gw_plan *plan)
{
    const struct gw_experiment *experiment = plan->experiment;
    return experiment->metrics + (experiment->objective.metric == GW_METRICS);
}

static struct gw_results_file *
file_new(const char *path, const struct gw_plan *plan, uint64_t combos)
{
    struct gw_results_file *file = gw_calloc(1, sizeof *file);
    file->temporary = gw_file_temporary(path);
    file->path = gw_strdup(path);
    file->plan = plan;
    file->combos = combos;
    return file;
}

static void file_free(struct gw_results_file *file)
{
    free(file->temporary);
    free(file->path);
    free(file);
}

void gw_results_file_abandon(struct gw_results_file *file)
{
    if (file == NULL) {
        return;
    }
    gw_h5_close(&file->h5);
    unlink(file->temporary);
    file_free(file);
}

enum gw_status gw_results_file_create(const char *path,
                                      const struct gw_results_run *run,
                                      struct gw_combo_walk combos,
                                      struct gw_results_file **out,
                                      struct gw_error *err)
{
    struct gw_results_file *file = file_new(path, run->plan, combos.count);
    enum gw_status status = gw_h5_create(file->temporary, &file->h5, err);
    if (status != GW_OK) {
        unlink(file->temporary);
        file_free(file);
        return status;
    }
    status = gw_results_layout(file, run, combos);
    if (status != GW_OK) {
        gw_results_file_abandon(file);
        return status;
    }
    *out = file;
    return GW_OK;
}

static struct gw_h5_box box_of(const struct gw_results_file *file,
                               const struct gw_results_box *box)
{
    if (!file->plan->experiment->walk_forward.present) {
        return (struct gw_h5_box){{box->first}, {box->count}};
    }
    return (struct gw_h5_box){{box->window, 0, box->first},
                              {box->windows, file->plan->segments, box->count}};
}

enum gw_status gw_results_file_metric(struct gw_results_file *file,
                                      size_t metric,
                                      const struct gw_results_box *box,
                                      const double *values)
{
    struct gw_h5_box where = box_of(file, box);
    return gw_h5_write_box(&file->h5, file->metric[metric], &where, H5T_NATIVE_DOUBLE,
                           values);
}

enum gw_status gw_results_file_status(struct gw_results_file *file,
                                      const struct gw_results_box *box,
                                      const int8_t *values)
{
    struct gw_h5_box where = box_of(file, box);
    return gw_h5_write_box(&file->h5, file->status, &where, H5T_NATIVE_INT8, values);
}

enum gw_status gw_results_file_metric_back(struct gw_results_file *file,
                                           size_t metric,
                                           const struct gw_results_box *box,
                                           double *out)
{
    struct gw_h5_box where = box_of(file, box);
    return gw_h5_read_box(&file->h5, file->metric[metric], &where, H5T_NATIVE_DOUBLE,
                          out);
}

enum gw_status gw_results_file_status_back(struct gw_results_file *file,
                                           const struct gw_results_box *box,
                                           int8_t *out)
{
    struct gw_h5_box where = box_of(file, box);
    return gw_h5_read_box(&file->h5, file->status, &where, H5T_NATIVE_INT8, out);
}

enum gw_status gw_results_file_failed(struct gw_results_file *file, uint64_t rows)
{
    return gw_h5_attribute_int_change(&file->h5, file->h5.file, GW_RESULTS_FAILED,
                                      (int64_t)rows);
}

enum gw_status gw_results_file_commit(struct gw_results_file *file, struct gw_error *err)
{
    file->h5.err = err;
    enum gw_status status = gw_h5_finish(&file->h5);
    if (status == GW_OK) {
        status = gw_file_commit(file->temporary, file->path, err);
    } else {
        unlink(file->temporary);
    }
    file_free(file);
    return status;
}
