/**
 * FILE.status.json: how a run goes, renewed about once a second by rank 0, and how it
 * ended. `gridwalk top` shows it. A reader sees a whole file or none.
 */
#ifndef GRIDWALK_STORE_LIVE_H
#define GRIDWALK_STORE_LIVE_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GW_RUN_STATE_LIST(X)                                                             \
    X(running)     /* see `updated` */                                                   \
    X(writing)     /* all tiles are there, the results file is being finished */         \
    X(done)        /* the results file is in place */                                    \
    X(interrupted) /* run the same line again to go on */                                \
    X(failed)      /* `message` says why */
enum gw_run_state {
#define X(name) GW_RUN_##name,
    GW_RUN_STATE_LIST(X)
#undef X
        GW_RUN_STATES
};
extern const char *const gw_run_state_name[GW_RUN_STATES];

struct gw_live_rank {
    char node[64];
    const char *condition; /* "working", "idle", "lost", "finished" */
    uint64_t tiles;
    int64_t last_tile; /* -1 = none yet */
    double silent;     /* seconds */
    double busy;       /* share of its time inside tiles, 0 to 1 */
    uint64_t cache_hits, cache_misses;
};

struct gw_live_record {
    enum gw_run_state state;
    int exit_code;       /* once it has ended; -1 before */
    const char *message; /* why it ended early, or NULL */
    const char *program, *experiment, *output;
    char host[64];                          /* of rank 0 */
    int64_t pid;                            /* of rank 0 */
    char started[24], updated[24];          /* UTC */
    double seconds;                         /* since the start */
    uint64_t tiles, tiles_done, tiles_kept; /* kept: from earlier runs, part of done */
    uint64_t rows;                          /* in all */
    double rows_per_second;                 /* of this run; 0 = not known yet */
    double eta_seconds;                     /* -1 = not known yet */
    uint64_t restarts;               /* runs before this one that the journal saw */
    uint64_t lost, again, set_aside; /* workers; tiles; tiles */
    uint64_t journal_bytes;
    double commit_seconds;     /* in all */
    double coordinator;        /* share of rank 0's time */
    struct gw_live_rank *rank; /* [ranks] */
    size_t ranks;
};

/** Write it beside `output`: temporary name, rename. `sync`: also to the disk. */
enum gw_status gw_live_write(const char *output,
                             const struct gw_live_record *record,
                             bool sync,
                             struct gw_error *err) GW_MUST_CHECK;

/**
 * Read that of `output`, which may be the results' name or that of a file beside them:
 * the status file itself, FILE.run.json or FILE.journal. The file is not trusted: at most
 * 4 MB, every key of its type and within bounds; control characters in its texts become
 * '?', so that they can be printed. Owner    gw_live_clear frees it. Errors   GW_DATA: it
 * is missing, or anything is wrong with it.
 */
enum gw_status gw_live_read(const char *output,
                            struct gw_live_record *out,
                            struct gw_error *err) GW_MUST_CHECK;
void gw_live_clear(struct gw_live_record *record);

/** The file's own JSON after the same checks, printable too. Errors: as gw_live_read. */
enum gw_status
gw_live_json(const char *output, struct gw_text *out, struct gw_error *err) GW_MUST_CHECK;

/** Seconds since it was renewed, by this host's clock; never below 0. */
double gw_live_age(const struct gw_live_record *record);

/** Whether its process was on this host and is no more; false where that is not known. */
bool gw_live_gone(const struct gw_live_record *record);

#endif
