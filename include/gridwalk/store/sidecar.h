/** FILE.run.json: what varies between equal runs (hosts, times, ranks, rates, caches). */
#ifndef GRIDWALK_STORE_SIDECAR_H
#define GRIDWALK_STORE_SIDECAR_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <stddef.h>
#include <stdint.h>

/** Where a rank's time goes; the names stand in the side file. Rank 0's writing goes on
 * while the others wait for the end, which is not counted. */
#define GW_PHASE_LIST(X) /* name, what */                                                \
    X(start, "MPI, the experiment, and the bundle where a spec makes it")                \
    X(read, "the bundle into memory")                                                    \
    X(plan, "grid, windows and tiles, and the engine")                                   \
    X(columns, "indicator columns")                                                      \
    X(lanes, "signals and targets, for all combinations")                                \
    X(simulate, "positions, fills and equity")                                           \
    X(metrics, "metrics from equity and trades")                                         \
    X(reference, "rows that the reference engine computed")                              \
    X(pack, "rows into messages, and the rest of each tile")                             \
    X(message, "moving messages (rank 0)")                                               \
    X(wait, "waiting for messages")                                                      \
    X(write, "results (rank 0)")
enum gw_phase {
#define X(name, what) GW_PHASE_##name,
    GW_PHASE_LIST(X)
#undef X
        GW_PHASES
};
extern const char *const gw_phase_name[GW_PHASES];

/** What one rank did. A plain record: it is gathered over MPI. */
struct gw_run_rank {
    char host[64];
    uint64_t tiles, messages;
    double busy_seconds, wall_seconds, coordination_seconds;
    uint64_t replies; /* orders that took the place of a finished one */
    double reply_seconds, reply_longest;
    uint64_t cache_hits, cache_misses,
        cache_bytes;                        /* indicator columns; bytes at the peak */
    uint64_t rss_bytes;                     /* peak resident set */
    uint64_t reference_rows, verified_rows; /* made, and made again, by that engine */
    uint64_t bars;                          /* combination-bars, of all assets */
    double total_seconds, phase_seconds[GW_PHASES];
};

struct gw_run_record {
    const char *program, *experiment, *experiment_digest, *bundle, *bundle_digest;
    const char *engine, *isa;
    const char *plugin, *library; /* its name and path; NULL: none */
    char started[24], ended[24];  /* UTC */
    double load_seconds, compute_seconds, total_seconds;
    uint64_t combinations, rows, tiles;
    uint64_t rows_failed;
    uint64_t tiles_kept;             /* from earlier runs, part of tiles */
    uint64_t runs;                   /* that worked on this file, this one included */
    uint64_t lost, again, set_aside; /* workers; tiles; tiles */
    uint64_t journal_bytes, commits;
    double commit_seconds, commit_longest;
    double live_seconds; /* spent on FILE.status.json */
    int nodes;
    int shared_bundle;        /* one copy a node */
    struct gw_run_rank *rank; /* [ranks] */
    size_t ranks;
};

/** Rows that this run has made itself, about: all tiles have about as many, and those
 * from earlier runs say nothing of its rate. */
double gw_sidecar_rows_made(const struct gw_run_record *record);

/** Times of a finished run, for whoever started it as a process of its own. */
struct gw_run_times {
    double compute_seconds, total_seconds;
    double start_seconds; /* rank 0's first phase */
};

/** Read them back. Errors: GW_DATA. */
enum gw_status gw_sidecar_times(const char *path,
                                struct gw_run_times *out,
                                struct gw_error *err) GW_MUST_CHECK;

/** Append the path of the plug-in's library; nothing where the run had none. Errors:
 * GW_DATA. */
enum gw_status gw_sidecar_library(const char *path,
                                  struct gw_text *out,
                                  struct gw_error *err) GW_MUST_CHECK;

/** Append the path of the bundle, as it was given. Errors: GW_DATA. */
enum gw_status gw_sidecar_bundle(const char *path,
                                 struct gw_text *out,
                                 struct gw_error *err) GW_MUST_CHECK;

enum gw_status gw_sidecar_write(const char *path,
                                const struct gw_run_record *record,
                                struct gw_error *err) GW_MUST_CHECK;

#endif
