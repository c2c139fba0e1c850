/** What a run costs on this machine, found by computing some of its tiles. */
#ifndef GRIDWALK_APP_CALIBRATE_H
#define GRIDWALK_APP_CALIBRATE_H

#include "source.h"

struct gw_calibration {
    uint64_t tiles;         /* computed, different ones */
    double rows, failed;    /* in them, with those computed twice */
    double seconds;         /* spent on them and on taking them in */
    double tile_seconds;    /* mean of all tiles of the job, once a rank is under way */
    double first_seconds;   /* what a rank needs besides, to fill its caches */
    double bars_per_second; /* combination-bars */
    double payload_bytes;   /* mean of a tile */
    double accept_seconds;  /* rank 0: taking in one */
    double create_seconds;  /* rank 0: beginning the results file */
    const char *accept_guessed; /* why these two are estimated; NULL: measured */
};

/**
 * Compute tiles of the grid by the engine that a run uses, for about a second and a half
 * and at least one, and take them into files in a temporary directory beside `output`
 * where there is room for that; it is removed, also when a signal comes meanwhile.
 * Errors   those of the engine.
 */
enum gw_status gw_calibrate(const struct gw_source *source,
                            const char *output,
                            bool reference,
                            struct gw_calibration *out,
                            struct gw_error *err) GW_MUST_CHECK;

#endif
