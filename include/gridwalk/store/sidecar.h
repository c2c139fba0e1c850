/** FILE.run.json: what varies between equal runs (hosts, times, ranks, rates, caches). */
#ifndef GRIDWALK_STORE_SIDECAR_H
#define GRIDWALK_STORE_SIDECAR_H

#include "gridwalk/base/error.h"

#include <stddef.h>
#include <stdint.h>

/** What one rank did. A plain record: it is gathered over MPI. */
struct gw_run_rank {
    char host[64];
    uint64_t tiles, messages;
    double busy_seconds, wall_seconds, coordination_seconds;
    uint64_t cache_hits, cache_misses,
        cache_bytes;    /* indicator columns; bytes at the peak */
    uint64_t rss_bytes; /* peak resident set */
};

struct gw_run_record {
    const char *program, *experiment, *experiment_digest, *bundle, *bundle_digest;
    char started[24], ended[24]; /* UTC */
    double load_seconds, compute_seconds, total_seconds;
    uint64_t combinations, rows, tiles;
    uint64_t rows_failed;
    int nodes;
    int shared_bundle; /* one copy a node */
    const struct gw_run_rank *rank;
    size_t ranks;
};

enum gw_status gw_sidecar_write(const char *path,
                                const struct gw_run_record *record,
                                struct gw_error *err) GW_MUST_CHECK;

#endif
