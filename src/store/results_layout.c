#include "results_file.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Dimensions, by the letter that a row of a layout table uses for each. */
static const char dimension_letter[] = "wscpb";
enum { DIM_WINDOW, DIM_SEGMENT, DIM_COMBO, DIM_PICK, DIM_BIN, DIMS };

/* The state of writing the layout, in the file's order. */
struct layout {
    struct gw_results_file *file;
    struct gw_h5 *h5;
    const struct gw_plan *plan;
    const struct gw_panel *panel;
    const struct gw_run_identity *identity;
    hid_t scale[DIMS]; /* < 0: the file does not have this dimension */
    hsize_t size[DIMS];
    hid_t parameter[GW_MAX_PARAMETERS];
};

/* Blank-separated names, as `coordinates` and `metrics` hold them. */
static void list_names(const struct gw_experiment *experiment,
                       struct gw_text *axes,
                       struct gw_text *metrics)
{
    for (size_t i = 0; i < experiment->axes; i++) {
        gw_text_printf(axes, "%s%s", i > 0 ? " " : "", experiment->axis[i].name);
    }
    for (size_t m = 0; m < experiment->metrics; m++) {
        gw_text_printf(metrics, "%s%s", m > 0 ? " " : "",
                       gw_metric_info[experiment->metric[m]].name);
    }
}

struct text_attribute {
    const char *name, *value;
};

static enum gw_status write_texts(struct gw_h5 *h5,
                                  hid_t object,
                                  const struct text_attribute *attribute,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (attribute[i].value != NULL) {
            GW_TRY(
                gw_h5_attribute_text(h5, object, attribute[i].name, attribute[i].value));
        }
    }
    return GW_OK;
}

static enum gw_status write_provenance(struct layout *l, hid_t root)
{
    const struct gw_experiment *experiment = l->plan->experiment;
    const struct gw_run_identity *identity = l->identity;
    const char *text = experiment->text.data;
    const struct text_attribute attribute[] = {
        {"format", GW_RESULTS_FORMAT},
        {"program", identity->program},
        {"semantics", identity->semantics},
        {"engine", identity->engine},
        {"experiment", experiment->name},
        {"experiment_text", text != NULL ? text : ""},
        {"experiment_digest", identity->experiment_digest},
        {"bundle_digest", identity->bundle_digest},
    };
    return write_texts(l->h5, root, attribute, sizeof attribute / sizeof attribute[0]);
}

static enum gw_status write_root(struct layout *l, uint64_t feasible)
{
    const struct gw_experiment *experiment = l->plan->experiment;
    const struct gw_objective *goal = &experiment->objective;
    hid_t root = l->h5->file;
    GW_TRY(write_provenance(l, root));
    struct gw_text objective = {0}, axes = {0}, metrics = {0};
    gw_text_printf(&objective, "%s %s", goal->maximize ? "maximize" : "minimize",
                   gw_metric_info[goal->metric].name);
    gw_text_append(&axes, "", 0);
    list_names(experiment, &axes, &metrics);
    const struct text_attribute attribute[] = {
        {"objective", objective.data},
        {"metrics", metrics.data},
        {"coordinates", axes.data},
    };
    enum gw_status status = write_texts(l->h5, root, attribute, 3);
    gw_text_clear(&objective);
    gw_text_clear(&axes);
    gw_text_clear(&metrics);
    GW_TRY(status);
    GW_TRY(gw_h5_attribute_double(l->h5, root, "periods", l->plan->periods));
    GW_TRY(gw_h5_attribute_int(l->h5, root, "same_bar_close",
                               l->plan->experiment->rules.execution.delay == 0));
    GW_TRY(gw_h5_attribute_int(l->h5, root, "combinations", (int64_t)feasible));
    GW_TRY(gw_h5_attribute_int(l->h5, root, "keep_top", (int64_t)experiment->keep_top));
    return gw_h5_attribute_int(l->h5, root, GW_RESULTS_FAILED, 0); /* until the end */
}

/* A dimension whose coordinate counts from 0. */
static enum gw_status
count_scale(struct layout *l, int dimension, const char *name, const char *long_name)
{
    size_t count = (size_t)l->size[dimension];
    int32_t *values = gw_calloc(count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = (int32_t)i;
    }
    const struct gw_h5_array array = {name, H5T_STD_I32LE, 1, {count}};
    enum gw_status status =
        gw_h5_scale_create(l->h5, l->h5->file, &array, values, &l->scale[dimension]);
    free(values);
    GW_TRY(status);
    return gw_h5_attribute_text(l->h5, l->scale[dimension], "long_name", long_name);
}

static enum gw_status segment_scale(struct layout *l)
{
    hid_t type = gw_h5_text_type(H5T_VARIABLE), *scale = &l->scale[DIM_SEGMENT];
    const struct gw_h5_array array = {"segment", type, 1, {l->size[DIM_SEGMENT]}};
    enum gw_status status =
        gw_h5_scale_create(l->h5, l->h5->file, &array, gw_segment_name, scale);
    H5Tclose(type);
    GW_TRY(status);
    return gw_h5_attribute_text(l->h5, *scale, "long_name", "part of the window");
}

/* The combination numbers come later, in blocks. */
static enum gw_status combo_scale(struct layout *l)
{
    const struct gw_h5_array array = {"combo", H5T_STD_I64LE, 1, {l->size[DIM_COMBO]}};
    hid_t *scale = &l->scale[DIM_COMBO];
    GW_TRY(gw_h5_array_create(l->h5, l->h5->file, &array, NULL, scale));
    if (H5DSset_scale(*scale, "combo") < 0) {
        return gw_h5_fail(l->h5, "cannot make 'combo' a dimension");
    }
    return gw_h5_attribute_text(l->h5, *scale, "long_name", "combination number");
}

static enum gw_status write_scales(struct layout *l)
{
    if (l->plan->experiment->walk_forward.present) {
        GW_TRY(count_scale(l, DIM_WINDOW, "window", "walk-forward window"));
        GW_TRY(segment_scale(l));
    }
    GW_TRY(combo_scale(l));
    GW_TRY(count_scale(l, DIM_PICK, "pick", "place in the selection"));
    return count_scale(l, DIM_BIN, "bin", "bin of the objective's histogram");
}

/* One variable: over which dimensions, and what its attributes say. */
struct variable {
    const char *name;
    hid_t type;
    const char *dims; /* letters of dimension_letter; those the file lacks are left out */
    const char *long_name, *units, *calendar;
};

static enum gw_status
add_variable(struct layout *l, const struct variable *variable, hid_t *dataset_out)
{
    struct gw_h5_array array = {.name = variable->name, .type = variable->type};
    hid_t scale[GW_H5_RANK];
    for (const char *d = variable->dims; *d != '\0'; d++) {
        ptrdiff_t dimension = strchr(dimension_letter, *d) - dimension_letter;
        if (l->scale[dimension] >= 0) {
            scale[array.rank] = l->scale[dimension];
            array.size[array.rank] = l->size[dimension];
            array.rank++;
        }
    }
    const struct text_attribute attribute[] = {
        {"long_name", variable->long_name},
        {"units", variable->units},
        {"calendar", variable->calendar},
    };
    GW_TRY(gw_h5_array_create(l->h5, l->h5->file, &array, scale, dataset_out));
    return write_texts(l->h5, *dataset_out, attribute, 3);
}

static enum gw_status add_parameters(struct layout *l)
{
    for (size_t i = 0; i < l->plan->experiment->axes; i++) {
        const struct gw_axis *axis = &l->plan->experiment->axis[i];
        const struct variable variable = {
            axis->name, axis->integer ? H5T_STD_I64LE : H5T_IEEE_F64LE,
            "c",        "strategy parameter",
            NULL,       NULL};
        GW_TRY(add_variable(l, &variable, &l->parameter[i]));
    }
    return GW_OK;
}

static enum gw_status add_status(struct layout *l)
{
    static const int8_t value[] = {
#define X(name, number, text) number,
        GW_ROW_LIST(X)
#undef X
    };
    static const char meanings[] =
#define X(name, number, text) " " text
        GW_ROW_LIST(X);
#undef X
    const struct variable variable = {
        "status", H5T_STD_I8LE, "wsc", "what became of the row", NULL, NULL};
    hid_t *dataset = &l->file->status;
    GW_TRY(add_variable(l, &variable, dataset));
    const struct gw_h5_values values = {H5T_STD_I8LE, sizeof value, value};
    GW_TRY(gw_h5_attribute_values(l->h5, *dataset, "flag_values", values));
    return gw_h5_attribute_text(l->h5, *dataset, "flag_meanings", meanings + 1);
}

static enum gw_status add_selection(struct layout *l)
{
    const struct variable selected = {
        "selected", H5T_STD_I64LE, "wp", "combination chosen in train, -1 = cash",
        NULL,       NULL};
    const struct variable weight = {
        "weight", H5T_IEEE_F64LE, "wp", "share of the capital", "1", NULL};
    GW_TRY(add_variable(l, &selected, &l->file->selected));
    return add_variable(l, &weight, &l->file->weight);
}

/* First or last day of each window and segment. */
static enum gw_status add_dates(struct layout *l, const char *name, bool first)
{
    const struct gw_plan *plan = l->plan;
    const struct variable variable = {name,
                                      H5T_STD_I32LE,
                                      "ws",
                                      first ? "first session" : "last session",
                                      "days since 1970-01-01",
                                      "proleptic_gregorian"};
    hid_t dataset = -1;
    enum gw_status status = add_variable(l, &variable, &dataset);
    if (status == GW_OK) {
        int32_t *days = gw_calloc(plan->windows * plan->segments, sizeof *days);
        for (size_t w = 0; w < plan->windows; w++) {
            for (size_t s = 0; s < plan->segments; s++) {
                const struct gw_window *window = &plan->window[w];
                size_t bar = first ? window->begin[s] : window->end[s];
                days[w * plan->segments + s] = l->panel->session[bar];
            }
        }
        status = gw_h5_write(l->h5, dataset, H5T_NATIVE_INT32, days);
        free(days);
    }
    return status;
}

static enum gw_status add_metrics(struct layout *l)
{
    for (size_t m = 0; m < l->plan->experiment->metrics; m++) {
        const struct gw_metric_info *info =
            &gw_metric_info[l->plan->experiment->metric[m]];
        const struct variable variable = {info->name, H5T_IEEE_F64LE, "wsc",
                                          info->doc,  info->unit,     NULL};
        GW_TRY(add_variable(l, &variable, &l->file->metric[m]));
    }
    return GW_OK;
}

static enum gw_status add_objective(struct layout *l)
{
    struct gw_results_file *file = l->file;
    const hid_t integer = H5T_STD_I64LE, real = H5T_IEEE_F64LE;
    const struct {
        struct variable variable;
        hid_t *dataset;
    } row[] = {
        {{"objective_histogram", integer, "wb",
          "combinations by train objective, equal bins from objective_low to "
          "objective_high",
          NULL, NULL},
         &file->histogram},
        {{"objective_count", integer, "w", "combinations with a finite train objective",
          NULL, NULL},
         &file->count},
        {{"objective_low", real, "w", "smallest finite train objective", NULL, NULL},
         &file->low},
        {{"objective_high", real, "w", "largest finite train objective", NULL, NULL},
         &file->high},
        {{"objective_sum", real, "w", "sum of the finite train objectives", NULL, NULL},
         &file->sum},
        {{"objective_sum_squares", real, "w",
          "sum of the squares of the finite train objectives", NULL, NULL},
         &file->squares},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        GW_TRY(add_variable(l, &row[i].variable, row[i].dataset));
    }
    return GW_OK;
}

static enum gw_status write_parameter(struct layout *l,
                                      size_t i,
                                      const struct gw_h5_box *box,
                                      const double *value)
{
    if (!l->plan->experiment->axis[i].integer) {
        return gw_h5_write_box(l->h5, l->parameter[i], box, H5T_NATIVE_DOUBLE, value);
    }
    int64_t whole[GW_BLOCK];
    for (size_t j = 0; j < box->count[0]; j++) {
        whole[j] = (int64_t)value[j];
    }
    return gw_h5_write_box(l->h5, l->parameter[i], box, H5T_NATIVE_INT64, whole);
}

/* Combination numbers and parameter values, a block at a time: never grid-sized. */
static enum gw_status write_combos(struct layout *l, struct gw_combo_walk walk)
{
    size_t axes = l->plan->experiment->axes, count;
    double *block = gw_calloc(axes * GW_BLOCK, sizeof *block);
    double *value[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < axes; i++) {
        value[i] = block + i * GW_BLOCK;
    }
    uint64_t k[GW_BLOCK];
    struct gw_h5_box box = {{0}, {0}};
    enum gw_status status = GW_OK;
    while (status == GW_OK && (count = gw_combo_next(&walk, k)) > 0) {
        box.count[0] = count;
        status = gw_h5_write_box(l->h5, l->scale[DIM_COMBO], &box, H5T_NATIVE_UINT64, k);
        gw_space_values(walk.space, k, count, value);
        for (size_t i = 0; i < axes && status == GW_OK; i++) {
            status = write_parameter(l, i, &box, value[i]);
        }
        box.first[0] += count;
    }
    free(block);
    return status;
}

static enum gw_status write_layout(struct layout *l, struct gw_combo_walk combos)
{
    GW_TRY(write_root(l, combos.space->feasible));
    GW_TRY(write_scales(l));
    GW_TRY(add_parameters(l));
    GW_TRY(add_status(l));
    GW_TRY(add_selection(l));
    GW_TRY(add_dates(l, "begin", true));
    GW_TRY(add_dates(l, "end", false));
    GW_TRY(add_metrics(l));
    GW_TRY(add_objective(l));
    return write_combos(l, combos);
}

enum gw_status gw_results_layout(struct gw_results_file *file,
                                 const struct gw_results_run *run,
                                 struct gw_combo_walk combos)
{
    const struct gw_plan *plan = run->plan;
    struct layout l = {.file = file,
                       .h5 = &file->h5,
                       .plan = plan,
                       .panel = run->panel,
                       .identity = run->identity};
    const hsize_t size[DIMS] = {plan->windows, plan->segments, combos.count, 1, GW_BINS};
    memcpy(l.size, size, sizeof size);
    for (size_t i = 0; i < DIMS; i++) {
        l.scale[i] = -1;
    }
    return write_layout(&l, combos);
}
