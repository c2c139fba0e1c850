/** One row of a results file, stored and computed again. */
#ifndef GRIDWALK_APP_REPLAY_H
#define GRIDWALK_APP_REPLAY_H

#include "command.h"
#include "source.h"

#include "gridwalk/engine/reference.h"
#include "gridwalk/store/results.h"

struct gw_replay {
    const struct gw_arguments *arguments;
    struct gw_results *results;
    struct gw_experiment *experiment;
    struct gw_source source;
    struct gw_reference *reference;
    uint64_t k;
    size_t window, segment;
    bool kept;                   /* the file has the row */
    enum gw_row_status stored;   /* its status there */
    double metric[GW_METRICS];   /* as stored, by enum gw_metric */
    double column[GW_METRICS];   /* as stored, in the file's order */
    double replayed[GW_METRICS]; /* in the file's order */
    struct gw_row row;
};

/** Whether the file's metric of that column is the one computed. */
bool gw_replay_agrees(const struct gw_replay *replay, size_t column);

/** "ok", "insufficient_history", ... */
const char *gw_replay_status(enum gw_row_status status);

/** Append what row it is, its fills, and its metrics beside the stored ones. */
void gw_replay_print(const struct gw_replay *replay, struct gw_text *out);

#endif
