/** What a run costs on this machine, found by computing some of its tiles. */
#ifndef GRIDWALK_APP_CALIBRATE_H
#define GRIDWALK_APP_CALIBRATE_H

#include "source.h"

struct gw_calibration {
    uint64_t tiles;         /* computed */
    double seconds;         /* spent on them and on taking them in */
    double tile_seconds;    /* mean of all tiles of the job, once a rank is under way */
    double first_seconds;   /* what a rank needs besides, to fill its caches */
    double bars_per_second; /* combination-bars */
    double payload_bytes;   /* mean of a tile */
    double accept_seconds;  /* rank 0: taking in one */
    double create_seconds;  /* rank 0: beginning the results file */
    bool accept_measured;   /* false: these two are estimated */
};

/**
 * Compute tiles of the grid by the engine that a run uses, for about a second and a half
 * and at least one, and take them into files in a temporary directory beside `output`
 * where there is room for that; it is removed.
 * Errors   those of the engine.
 */
enum gw_status gw_calibrate(const struct gw_source *source,
                            const char *output,
                            struct gw_calibration *out,
                            struct gw_error *err) GW_MUST_CHECK;

#endif
