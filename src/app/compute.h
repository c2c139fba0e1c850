/** One tile through the engine: what a rank does with a tile number. */
#ifndef GRIDWALK_APP_COMPUTE_H
#define GRIDWALK_APP_COMPUTE_H

#include "gridwalk/engine/reference.h"
#include "gridwalk/plan/plan.h"

struct gw_compute {
    const struct gw_plan *plan;
    struct gw_reference *reference;
};

/** An engine for a plan on this rank. Free with gw_compute_clear. */
void gw_compute_init(struct gw_compute *compute,
                     const struct gw_plan *plan,
                     const struct gw_portal *portal);
void gw_compute_clear(struct gw_compute *compute);

/** Write a tile's payload (plan.h); returns its length. Polls now and then. */
size_t gw_compute_tile(struct gw_compute *compute,
                       uint64_t tile,
                       unsigned char *payload,
                       void (*poll)(void *),
                       void *poll_context);

#endif
