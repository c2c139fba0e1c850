/**
 * The results file (HDF5, format gridwalk-results/1; docs/formats.md), which xarray opens
 * without arguments and which is byte-identical between equal runs.
 *
 * Rank 0 writes it while tiles come in: rows go as hyperslabs into a temporary file,
 * nothing in memory is as large as the grid but one rank index. With keep: {top: N} the
 * best N rows a window are held until the end. The objectives of all combinations stand
 * in a column of 8 B each in a nameless file beside it until then.
 */
#ifndef GRIDWALK_STORE_RESULTS_H
#define GRIDWALK_STORE_RESULTS_H

#include "gridwalk/plan/payload.h"

struct gw_results_writer;

/** Bytes the results file will have, nearly. */
double gw_results_bytes(const struct gw_plan *plan);

/**
 * Create the temporary file beside `path`.
 * Errors   GW_SYSTEM: the directory is missing, the free disk is smaller than the file
 * and the column of objectives (names both sizes; before anything walks the grid).
 */
enum gw_status gw_results_create(const char *path,
                                 const struct gw_plan *plan,
                                 const struct gw_panel *panel,
                                 struct gw_results_writer **out,
                                 struct gw_error *err) GW_MUST_CHECK;

/** Take a tile's payload (payload.h), in any order. */
enum gw_status gw_results_accept(struct gw_results_writer *writer,
                                 uint64_t tile,
                                 const void *payload,
                                 size_t length,
                                 struct gw_error *err) GW_MUST_CHECK;

/** The bounds of all windows by the tiles taken so far: a hint (payload.h).  With keep:
 *  {top: N} alone. Shape: out [windows] */
void gw_results_bounds(const struct gw_results_writer *writer, struct gw_bound *out);

/** What a finished run is told of. */
struct gw_results_summary {
    uint64_t rows, failed, insufficient, ruined;
    uint64_t first_failed_k; /* lowest failed row: combination and window */
    size_t first_failed_window;
};

/** Select per window, write what is left, sync and rename into place. Frees the writer.
 */
enum gw_status gw_results_finish(struct gw_results_writer *writer,
                                 struct gw_results_summary *summary_out,
                                 struct gw_error *err) GW_MUST_CHECK;

/** Remove the temporary file and free. NULL is allowed. */
void gw_results_abandon(struct gw_results_writer *writer);

/* ---- reading ---- */

enum { GW_BINS = 50 }; /* of the objective's histogram */

/** A results file open for reading; plain small records, big variables on request. */
struct gw_results {
    char *path;
    void *file; /* private */
    size_t combos, windows, segments;
    bool walk_forward; /* has window and segment dimensions */
    size_t parameters;
    char (*parameter)[GW_NAME_SIZE];
    bool *parameter_integer;
    size_t metrics;
    char (*metric)[GW_NAME_SIZE];
    char objective[GW_NAME_SIZE]; /* metric's name */
    bool maximize;
    double periods;           /* bars a year */
    uint64_t combinations;    /* feasible ones, also those not kept */
    uint64_t keep_top;        /* best a window that were kept; 0 = all */
    int64_t *selected;        /* [windows]: combination number or -1 */
    int64_t *objective_count; /* [windows]: finite train objectives of all combinations */
    double *objective_low, *objective_high, *objective_sum; /* [windows]: of the same */
    int64_t *objective_histogram; /* [windows][GW_BINS] equal bins from low to high */
    int32_t *begin, *end;         /* [windows][segments] days */
    char name[GW_NOTE_SIZE];      /* of the experiment */
    char experiment_digest[GW_SHA256_HEX], bundle_digest[GW_SHA256_HEX];
    char program[GW_SYMBOL_SIZE];
};

/** Walk the file in a child with limits as for a bundle, then open it. */
enum gw_status gw_results_open(const char *path,
                               struct gw_results **out,
                               struct gw_error *err) GW_MUST_CHECK;
void gw_results_close(struct gw_results *results);

/** Combination numbers, [combos]. */
enum gw_status gw_results_combos(struct gw_results *results,
                                 int64_t *out,
                                 struct gw_error *err) GW_MUST_CHECK;

/** The same of rows [first, first + count). */
enum gw_status gw_results_combo_part(struct gw_results *results,
                                     size_t first,
                                     size_t count,
                                     int64_t *out,
                                     struct gw_error *err) GW_MUST_CHECK;

/** The row of `combo` that holds combination number k; combos when none does. */
enum gw_status gw_results_find(struct gw_results *results,
                               int64_t k,
                               size_t *row_out,
                               struct gw_error *err) GW_MUST_CHECK;

/** Values of one parameter for rows [first, first + count) of `combo`. */
enum gw_status gw_results_parameter(struct gw_results *results,
                                    size_t parameter,
                                    size_t first,
                                    size_t count,
                                    double *out,
                                    struct gw_error *err) GW_MUST_CHECK;

/** A part of one metric: rows [first, first + count) of `combo` in one window and
 * segment. */
struct gw_results_part {
    size_t window, segment, first, count;
};
enum gw_status gw_results_metric(struct gw_results *results,
                                 size_t metric,
                                 struct gw_results_part part,
                                 double *out,
                                 struct gw_error *err) GW_MUST_CHECK;
enum gw_status gw_results_status(struct gw_results *results,
                                 struct gw_results_part part,
                                 int8_t *out,
                                 struct gw_error *err) GW_MUST_CHECK;

#endif
