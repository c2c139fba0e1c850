#include "results_layout.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

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

static enum gw_status write_provenance(struct gw_layout *l, hid_t root)
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

static enum gw_status write_root(struct gw_layout *l, uint64_t feasible)
{
    const struct gw_experiment *experiment = l->plan->experiment;
    const struct gw_objective *goal = &experiment->objective;
    hid_t root = l->h5->file;
    GW_TRY(write_provenance(l, root));
    struct gw_text objective = {0}, select = {0}, axes = {0}, metrics = {0};
    gw_text_printf(&objective, "%s %s", goal->maximize ? "maximize" : "minimize",
                   goal->metric != GW_METRICS ? gw_metric_info[goal->metric].name
                                              : goal->text);
    gw_select_print(goal, &select);
    gw_text_printf(&select, " on %s", gw_segment_name[goal->on]);
    gw_text_append(&axes, "", 0);
    list_names(experiment, &axes, &metrics);
    const struct text_attribute attribute[] = {
        {"objective", objective.data},
        {"select", select.data},
        {"metrics", metrics.data},
        {"coordinates", axes.data},
    };
    enum gw_status status = write_texts(l->h5, root, attribute, 4);
    gw_text_clear(&objective);
    gw_text_clear(&select);
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
count_scale(struct gw_layout *l, int dimension, const char *name, const char *long_name)
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

enum gw_status gw_layout_names(struct gw_layout *l,
                               enum gw_dimension dimension,
                               const struct gw_names *names)
{
    hid_t type = gw_h5_text_type(H5T_VARIABLE), *scale = &l->scale[dimension];
    const struct gw_h5_array array = {names->dimension, type, 1, {l->size[dimension]}};
    enum gw_status status =
        gw_h5_scale_create(l->h5, l->h5->file, &array, names->name, scale);
    H5Tclose(type);
    GW_TRY(status);
    return gw_h5_attribute_text(l->h5, *scale, "long_name", names->long_name);
}

/* The combination numbers come later, in blocks. */
static enum gw_status combo_scale(struct gw_layout *l)
{
    const struct gw_h5_array array = {"combo", H5T_STD_I64LE, 1, {l->size[GW_DIM_COMBO]}};
    hid_t *scale = &l->scale[GW_DIM_COMBO];
    GW_TRY(gw_h5_array_create(l->h5, l->h5->file, &array, NULL, scale));
    if (H5DSset_scale(*scale, "combo") < 0) {
        return gw_h5_fail(l->h5, "cannot make 'combo' a dimension");
    }
    return gw_h5_attribute_text(l->h5, *scale, "long_name", "combination number");
}

static enum gw_status write_scales(struct gw_layout *l)
{
    if (l->plan->experiment->walk_forward.present) {
        GW_TRY(count_scale(l, GW_DIM_WINDOW, "window", "walk-forward window"));
        const struct gw_names segments = {"segment", "part of the window",
                                          gw_segment_name};
        GW_TRY(gw_layout_names(l, GW_DIM_SEGMENT, &segments));
    }
    GW_TRY(combo_scale(l));
    GW_TRY(count_scale(l, GW_DIM_PICK, "pick", "place in the selection"));
    GW_TRY(count_scale(l, GW_DIM_BIN, "bin", "bin of the objective's histogram"));
    return gw_layout_record_scales(l);
}

enum gw_status
gw_layout_add(struct gw_layout *l, const struct gw_variable *variable, hid_t *dataset_out)
{
    struct gw_h5_array array = {.name = variable->name, .type = variable->type};
    hid_t scale[GW_H5_RANK];
    static const char letters[] = GW_DIMENSION_LETTERS;
    for (const char *d = variable->dims; *d != '\0'; d++) {
        ptrdiff_t dimension = strchr(letters, *d) - letters;
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

static enum gw_status add_parameters(struct gw_layout *l)
{
    for (size_t i = 0; i < l->plan->experiment->axes; i++) {
        const struct gw_axis *axis = &l->plan->experiment->axis[i];
        const struct gw_variable variable = {
            axis->name, axis->integer ? H5T_STD_I64LE : H5T_IEEE_F64LE,
            "c",        "strategy parameter",
            NULL,       NULL};
        GW_TRY(gw_layout_add(l, &variable, &l->parameter[i]));
    }
    return GW_OK;
}

static enum gw_status add_status(struct gw_layout *l)
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
    const struct gw_variable variable = {
        "status", H5T_STD_I8LE, "wsc", "what became of the row", NULL, NULL};
    hid_t *dataset = &l->file->status;
    GW_TRY(gw_layout_add(l, &variable, dataset));
    const struct gw_h5_values values = {H5T_STD_I8LE, sizeof value, value};
    GW_TRY(gw_h5_attribute_values(l->h5, *dataset, "flag_values", values));
    return gw_h5_attribute_text(l->h5, *dataset, "flag_meanings", meanings + 1);
}

/* Some variables, and where each is noted. */
struct row {
    struct gw_variable variable;
    hid_t *dataset;
};

static enum gw_status add_rows(struct gw_layout *l, const struct row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        GW_TRY(gw_layout_add(l, &row[i].variable, row[i].dataset));
    }
    return GW_OK;
}

static enum gw_status add_selection(struct gw_layout *l)
{
    struct gw_results_file *file = l->file;
    const hid_t whole = H5T_STD_I64LE;
    const struct row row[] = {
        {{"selected", whole, "wp", "combination chosen, -1 = none", NULL, NULL},
         &file->selected},
        {{"weight", H5T_IEEE_F64LE, "wp", "share of the capital", "1", NULL},
         &file->weight},
        {{"selected_edge", H5T_STD_I8LE, "w",
          "1 = the first pick lies at an end of an axis", NULL, NULL},
         &file->edge},
        {{"raw_best", whole, "w", "combination with the best objective, -1 = none", NULL,
          NULL},
         &file->raw_best},
        {{"raw_best_rank", whole, "w",
          "its place by the smoothed objective, 1 = chosen, -1 = none", NULL, NULL},
         &file->raw_best_rank},
    };
    bool plateau = l->plan->experiment->objective.select == GW_SELECT_PLATEAU;
    return add_rows(l, row, plateau ? 5 : 3);
}

/* First or last day of each window and segment. */
static enum gw_status add_dates(struct gw_layout *l, const char *name, bool first)
{
    const struct gw_plan *plan = l->plan;
    const struct gw_variable variable = {name,
                                         H5T_STD_I32LE,
                                         "ws",
                                         first ? "first session" : "last session",
                                         "days since 1970-01-01",
                                         "proleptic_gregorian"};
    hid_t dataset = -1;
    enum gw_status status = gw_layout_add(l, &variable, &dataset);
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

static enum gw_status add_metrics(struct gw_layout *l)
{
    for (size_t m = 0; m < l->plan->experiment->metrics; m++) {
        const struct gw_metric_info *info =
            &gw_metric_info[l->plan->experiment->metric[m]];
        const struct gw_variable variable = {info->name, H5T_IEEE_F64LE, "wsc",
                                             info->doc,  info->unit,     NULL};
        GW_TRY(gw_layout_add(l, &variable, &l->file->metric[m]));
    }
    if (l->plan->experiment->objective.metric != GW_METRICS) {
        return GW_OK;
    }
    const struct gw_variable objective = {"objective",         H5T_IEEE_F64LE, "wsc",
                                          "what is chosen by", NULL,           NULL};
    return gw_layout_add(l, &objective, &l->file->metric[l->plan->experiment->metrics]);
}

static enum gw_status add_objective(struct gw_layout *l)
{
    struct gw_results_file *file = l->file;
    const hid_t integer = H5T_STD_I64LE, real = H5T_IEEE_F64LE;
    const struct row row[] = {
        {{"objective_histogram", integer, "wb",
          "combinations by objective, equal bins from objective_low to objective_high",
          NULL, NULL},
         &file->histogram},
        {{"objective_count", integer, "w", "combinations with a finite objective", NULL,
          NULL},
         &file->count},
        {{"objective_low", real, "w", "smallest finite objective", NULL, NULL},
         &file->low},
        {{"objective_high", real, "w", "largest finite objective", NULL, NULL},
         &file->high},
        {{"objective_sum", real, "w", "sum of the finite objectives", NULL, NULL},
         &file->sum},
        {{"objective_sum_squares", real, "w",
          "sum of the squares of the finite objectives", NULL, NULL},
         &file->squares},
    };
    return add_rows(l, row, sizeof row / sizeof row[0]);
}

static enum gw_status write_parameter(struct gw_layout *l,
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
static enum gw_status write_combos(struct gw_layout *l, struct gw_combo_walk walk)
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
        status =
            gw_h5_write_box(l->h5, l->scale[GW_DIM_COMBO], &box, H5T_NATIVE_UINT64, k);
        gw_space_values(walk.space, k, count, value);
        for (size_t i = 0; i < axes && status == GW_OK; i++) {
            status = write_parameter(l, i, &box, value[i]);
        }
        box.first[0] += count;
    }
    free(block);
    return status;
}

static enum gw_status write_layout(struct gw_layout *l, struct gw_combo_walk combos)
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
    GW_TRY(gw_layout_record(l));
    return write_combos(l, combos);
}

enum gw_status gw_results_layout(struct gw_results_file *file,
                                 const struct gw_results_run *run,
                                 struct gw_combo_walk combos)
{
    const struct gw_plan *plan = run->plan;
    struct gw_layout l = {.file = file,
                          .h5 = &file->h5,
                          .plan = plan,
                          .panel = run->panel,
                          .identity = run->identity};
    l.size[GW_DIM_WINDOW] = plan->windows;
    l.size[GW_DIM_SEGMENT] = plan->segments;
    l.size[GW_DIM_COMBO] = combos.count;
    l.size[GW_DIM_PICK] = gw_choice_room(plan);
    l.size[GW_DIM_BIN] = GW_BINS;
    for (size_t i = 0; i < GW_DIMS; i++) {
        l.scale[i] = -1;
    }
    return write_layout(&l, combos);
}
