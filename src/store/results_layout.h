/** Private to store: what the parts share that make the variables of a results file. */
#ifndef GRIDWALK_STORE_RESULTS_LAYOUT_H
#define GRIDWALK_STORE_RESULTS_LAYOUT_H

#include "results_file.h"

/** Dimensions, by the letter that a row of a layout table uses for each: windows,
 *  segments, combinations, picks, bins, records, times, metrics of the out-of-sample
 *  record, axes. */
#define GW_DIMENSION_LETTERS "wscpbrtoa"
enum gw_dimension {
    GW_DIM_WINDOW,
    GW_DIM_SEGMENT,
    GW_DIM_COMBO,
    GW_DIM_PICK,
    GW_DIM_BIN,
    GW_DIM_RECORD,
    GW_DIM_TIME,
    GW_DIM_OOS,
    GW_DIM_AXIS,
    GW_DIMS
};

/** The state of writing the layout, in the file's order. */
struct gw_layout {
    struct gw_results_file *file;
    struct gw_h5 *h5;
    const struct gw_plan *plan;
    const struct gw_panel *panel;
    const struct gw_run_identity *identity;
    hid_t scale[GW_DIMS]; /* < 0: the file does not have this dimension */
    hsize_t size[GW_DIMS];
    hid_t parameter[GW_MAX_PARAMETERS];
};

/** One variable: over which dimensions, and what its attributes say. */
struct gw_variable {
    const char *name;
    hid_t type;
    const char *dims; /* letters; those of dimensions the file lacks are left out */
    const char *long_name, *units, *calendar;
};

enum gw_status gw_layout_add(struct gw_layout *layout,
                             const struct gw_variable *variable,
                             hid_t *dataset_out) GW_MUST_CHECK;

/** Make a dimension whose coordinate is names. Shape: name [size of the dimension] */
struct gw_names {
    const char *dimension, *long_name;
    const char *const *name;
};
enum gw_status gw_layout_names(struct gw_layout *layout,
                               enum gw_dimension dimension,
                               const struct gw_names *names) GW_MUST_CHECK;

/** The dimensions and the variables of the out-of-sample record, in two parts because
 *  all dimensions come first. Nothing where the plan has no test. */
enum gw_status gw_layout_record_scales(struct gw_layout *layout) GW_MUST_CHECK;
enum gw_status gw_layout_record(struct gw_layout *layout) GW_MUST_CHECK;

#endif
