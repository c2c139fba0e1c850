/**
 * The results file (HDF5, format gridwalk-results/1; docs/formats.md), which xarray opens
 * without arguments and which is byte-identical between equal runs.
 *
 * Rank 0 writes it while tiles come in: rows go as hyperslabs into a temporary file,
 * nothing in memory is as large as the grid but one rank index. With keep: {top: N} the
 * best N rows a window are held until the end. The objectives of all combinations stand
 * in a column of 8 to 17 B each in a nameless file beside it until then.
 */
#ifndef GRIDWALK_STORE_RESULTS_H
#define GRIDWALK_STORE_RESULTS_H

#include "gridwalk/plan/forward.h"
#include "gridwalk/plan/payload.h"
#include "gridwalk/store/identity.h"

/** What a results file and a journal say of the program and of its rules: for an
 *  identity. A change of any result that the same experiment gives raises the second. */
#define GW_RESULTS_PROGRAM "gridwalk " GW_VERSION
#define GW_RESULTS_SEMANTICS "3"

struct gw_results_writer;

/** Bytes the results file will have, nearly. */
double gw_results_bytes(const struct gw_plan *plan);

/** Bytes of the column of objectives beside it, with `feasible` combinations. */
double gw_results_column_bytes(const struct gw_plan *plan, double feasible);

/**
 * Create the temporary file beside `path`. Plan, panel and identity must outlive the
 * writer.
 * Errors   GW_SYSTEM: the directory is missing, the free disk is smaller than the file,
 * the column of objectives and, where the identity has one, what the journal still has to
 * grow (names both sizes; before anything walks the grid).
 */
enum gw_status gw_results_create(const char *path,
                                 const struct gw_plan *plan,
                                 const struct gw_panel *panel,
                                 const struct gw_run_identity *identity,
                                 struct gw_results_writer **out,
                                 struct gw_error *err) GW_MUST_CHECK;

/**
 * Take a tile's payload (payload.h), in any order, each tile once. It may come from a
 * file. Errors   GW_DATA: it is not the payload of that tile.
 */
enum gw_status gw_results_accept(struct gw_results_writer *writer,
                                 uint64_t tile,
                                 const void *payload,
                                 size_t length,
                                 struct gw_error *err) GW_MUST_CHECK;

/** Whether a tile has been taken. */
bool gw_results_has(const struct gw_results_writer *writer, uint64_t tile);

/** Whether two payloads of a tile say the same (gw_payload_same); false also when one is
 *  no payload of that tile. */
bool gw_results_same(const struct gw_results_writer *writer,
                     uint64_t tile,
                     struct gw_payload_bytes a,
                     struct gw_payload_bytes b);

/** Take a tile that could not be computed: all its rows are `failed`. */
enum gw_status gw_results_lose(struct gw_results_writer *writer,
                               uint64_t tile,
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

/** What has been taken so far. */
const struct gw_results_summary *
gw_results_so_far(const struct gw_results_writer *writer);

/**
 * Choose in every window, when all tiles are in. Shape: out [plan->windows]; median and
 * hindsight are -1 where the plan has no test, or where finding them would take more than
 * limits.memory (then *ranked_out is false).
 */
enum gw_status gw_results_choose(struct gw_results_writer *writer,
                                 struct gw_forward_window *out,
                                 bool *ranked_out,
                                 struct gw_error *err) GW_MUST_CHECK;

/** Write what was chosen and what is left, sync and rename into place. Frees the writer.
 *  `forward`: the record of the same choices; NULL when the plan has no test. */
enum gw_status gw_results_finish(struct gw_results_writer *writer,
                                 const struct gw_forward *forward,
                                 struct gw_results_summary *summary_out,
                                 struct gw_error *err) GW_MUST_CHECK;

/** Remove the temporary file and free. NULL is allowed. */
void gw_results_abandon(struct gw_results_writer *writer);

/**
 * Whether `path` holds the complete results of this very run: same experiment, bundle,
 * engine, semantics and program. False for a file that is not there, or not ours, or of
 * another run.
 * Errors   GW_SYSTEM: it cannot be looked at. Then and when it is not complete
 * *rows_failed_out is left alone.
 */
enum gw_status gw_results_complete(const char *path,
                                   const struct gw_run_identity *identity,
                                   bool *complete_out,
                                   uint64_t *rows_failed_out,
                                   struct gw_error *err) GW_MUST_CHECK;

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
    char objective[GW_NAME_SIZE]; /* name of its column: a metric, or "objective", which
                                     is then the last of `metric` */
    char *objective_text;         /* as written */
    bool maximize;
    /* How windows chose: the attribute `select`. */
    char select[GW_NAME_SIZE];
    size_t on;             /* segment that was chosen on */
    double periods;        /* bars a year */
    uint64_t combinations; /* feasible ones, also those not kept */
    uint64_t keep_top;     /* best a window that were kept; 0 = all */
    size_t picks;          /* room of a selection */
    int64_t *selected;     /* [windows][picks]: combination number or -1 */
    double *weight;        /* [windows][picks] */
    int8_t *edge;          /* [windows]: 1 = the first pick lies at the end of an axis */
    int64_t *raw_best, *raw_best_rank; /* [windows], of a plateau; else NULL */
    int64_t *objective_count; /* [windows]: finite objectives of all combinations */
    double *objective_low, *objective_high, *objective_sum; /* [windows]: of the same */
    int64_t *objective_histogram; /* [windows][GW_BINS] equal bins from low to high */
    int32_t *begin, *end;         /* [windows][segments] days */
    /* With a test segment; else 0 and NULL: */
    size_t records, times;
    char (*record)[GW_NAME_SIZE];     /* [records] as gw_record_name */
    int32_t *time;                    /* [times] days of the record's bars */
    double (*oos_metric)[GW_METRICS]; /* [records], NaN also where the file has no such */
    int64_t *test_rank, *test_ranked, *median, *hindsight; /* [windows] */
    double *rank_correlation;                              /* [windows] */
    double profitable_windows, efficiency;
    struct gw_drift *drift;  /* [parameters] */
    char name[GW_NOTE_SIZE]; /* of the experiment */
    struct gw_text text;     /* of its file, as it was run */
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

/** The equity (of 1) of one record at all its times. Shape: out [times] */
enum gw_status gw_results_equity(struct gw_results *results,
                                 size_t record,
                                 double *out,
                                 struct gw_error *err) GW_MUST_CHECK;

#endif
