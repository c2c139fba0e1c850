/** How a run goes: a bar on a terminal, a plain line every ten seconds elsewhere. */
#ifndef GRIDWALK_APP_PROGRESS_H
#define GRIDWALK_APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct gw_progress {
    bool quiet, terminal, drawn;
    double started, last; /* gw_clock */
    uint64_t tiles, rows; /* in all */
    uint64_t kept;        /* tiles from earlier runs: they say nothing of the rate */
};

void gw_progress_start(struct gw_progress *progress,
                       uint64_t tiles,
                       uint64_t rows,
                       uint64_t kept,
                       bool quiet);

/** Tiles done so far; prints to stderr when it is time to. */
void gw_progress_update(struct gw_progress *progress, uint64_t done);

/** Take the bar off the terminal. */
void gw_progress_end(const struct gw_progress *progress);

#endif
