/**
 * Shared accounts in the vectorized engine: first the strategy of all assets, asset after
 * asset over the calendar, then the accounts, bar after bar over all assets.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_SHARED_H
#define GRIDWALK_ENGINE_VECTOR_SHARED_H

#include "tile.h"

struct shared;

struct shared *shared_new(const struct gw_engine_setup *setup);
void shared_free(struct shared *shared);

/** Bytes for a pack of so many lanes, in `spans` spans of `bars` bars together, and what
 * is needed once. */
double
shared_pack_bytes(const struct shared *shared, size_t lanes, size_t spans, size_t bars);
double shared_bytes(const struct shared *shared, size_t lanes);

/** All packs and spans, the stands of which are open. */
void shared_run(struct gw_vector *vector, const struct gw_vector_work *work);

#endif
