/**
 * One block of memory a node: written by the node's leader, read by every rank on the
 * node. Where shared memory is too small every rank gets a block of its own and is its
 * own leader.
 */
#ifndef GRIDWALK_SCHED_WINDOW_H
#define GRIDWALK_SCHED_WINDOW_H

#include "gridwalk/sched/world.h"

struct gw_window;

/** A block of `bytes`, the same number on all ranks; page-aligned.  Rank: Collective. */
struct gw_window *gw_window_new(struct gw_world *world, size_t bytes);

/** Free it.  Rank: Collective. NULL is allowed on all ranks alike. */
void gw_window_free(struct gw_window *window);

void *gw_window_base(const struct gw_window *window);

/** Whether this rank fills the block. */
bool gw_window_leads(const struct gw_window *window);

/** Whether ranks of a node share it (false: free shared memory was too small). */
bool gw_window_shared(const struct gw_window *window);

/**
 * After the leaders have filled it: wait for them, then make it read-only, so that a
 * stray write is a crash and not a wrong result.  Rank: Collective.
 */
void gw_window_seal(struct gw_window *window);

#endif
