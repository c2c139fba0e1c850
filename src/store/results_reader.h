/** Private to store: the parts of the reader of results files. */
#ifndef GRIDWALK_STORE_RESULTS_READER_H
#define GRIDWALK_STORE_RESULTS_READER_H

#include "results_file.h"

/** The private part of struct gw_results. */
struct gw_results_reader {
    struct gw_h5 h5;
    hid_t combo, status, equity;
    hid_t parameter[GW_MAX_PARAMETERS];
    hid_t metric[GW_METRICS + 1]; /* as in gw_results */
};

/** Open a dataset, which must be contiguous, so that reading it later touches no
 *  metadata. */
enum gw_status gw_reader_open(struct gw_h5 *h5,
                              struct gw_h5_array *array,
                              hid_t *dataset_out) GW_MUST_CHECK;

/** Variable-length names of a dataset, one to `most`: [*count_out] of GW_NAME_SIZE, also
 *  on failure the caller's. */
enum gw_status gw_reader_names(struct gw_h5 *h5,
                               const char *dataset,
                               size_t most,
                               char (**names_out)[GW_NAME_SIZE],
                               size_t *count_out) GW_MUST_CHECK;

/** A whole variable, allocated when its shape is known to be right; NaN is always a
 *  number. */
enum gw_status
gw_reader_days(struct gw_h5 *h5, struct gw_h5_array *array, int32_t **out) GW_MUST_CHECK;
enum gw_status gw_reader_integers(struct gw_h5 *h5,
                                  struct gw_h5_array *array,
                                  int64_t least,
                                  int64_t **out) GW_MUST_CHECK;
enum gw_status gw_reader_numbers(struct gw_h5 *h5,
                                 struct gw_h5_array *array,
                                 double least,
                                 double most,
                                 double **out) GW_MUST_CHECK;

/** The shape of a variable over the dimensions in front, and one more behind (0: none).
 */
struct gw_h5_array gw_reader_shape(const struct gw_results *results,
                                   const char *name,
                                   hid_t type,
                                   bool segments,
                                   size_t last);

/** What is known of the windows; needs the dimensions. */
enum gw_status gw_reader_windows(struct gw_h5 *h5,
                                 struct gw_results *results) GW_MUST_CHECK;

/** The out-of-sample record: nothing where there is no test. */
enum gw_status gw_reader_record(struct gw_h5 *h5,
                                struct gw_results *results) GW_MUST_CHECK;

#endif
