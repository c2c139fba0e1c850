/**
 * A byte-bounded store of columns: equal slots in one reserved region, least recently
 * used out first. What the present set has asked for stays.
 */
#ifndef GRIDWALK_ENGINE_CACHE_H
#define GRIDWALK_ENGINE_CACHE_H

#include "gridwalk/engine/columns.h"

enum {
    COLUMN_MARGIN = 64 /* bars behind a column that may be read, whatever they hold */
};

/** What a column is of. A field in the run's basis has node = -2 - field. */
struct cache_key {
    int32_t node;
    uint32_t asset;
    size_t from, to; /* own bars */
    size_t values;
    double value[GW_MAX_PARAMETERS]; /* of the parameters it depends on, in order */
};

struct cache;

/** At most `limit` bytes, columns of at most `longest` bars with their ranges. */
struct cache *cache_new(size_t limit, size_t longest);
void cache_free(struct cache *cache);

/** From now on a new set: columns of the set before may go. */
void cache_begin(struct cache *cache);

/** The column of a key; *fresh_out: it is new, and the caller's to fill. When the present
 * set alone fills the store, more is taken from the heap. */
double *cache_column(struct cache *cache, const struct cache_key *key, bool *fresh_out);

/** Lowest and highest of each 64 bars of a column, [longest / 64 + 1]; set with it. */
struct cache_ranges {
    double *low, *high;
};
struct cache_ranges cache_ranges(const struct cache *cache, double *column);

/** Bytes of columns that the present set holds. */
size_t cache_held(const struct cache *cache);

struct gw_cache_stats cache_stats(const struct cache *cache);

#endif
