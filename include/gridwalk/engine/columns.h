/**
 * Columns: nodes of the graph evaluated for one asset over its own bars.
 *
 * A node that depends on part of the varied parameters (an indicator) is evaluated once
 * per distinct values and asset and kept in a byte-bounded cache, least recently used out
 * first: 100 x 100 pairs need 200 averages. A node that depends on all of them is made
 * anew.
 */
#ifndef GRIDWALK_ENGINE_COLUMNS_H
#define GRIDWALK_ENGINE_COLUMNS_H

#include "gridwalk/expr/graph.h"
#include "gridwalk/market/portal.h"

struct gw_columns;

/** What the cache did. A plain record. */
struct gw_cache_stats {
    uint64_t hits, misses;
    uint64_t bytes, peak_bytes; /* held now, and at most */
};

/**
 * An empty cache of at most `limit` bytes (what one combination needs is held in any
 * case). `varied`: bit i set when parameter i has several values. Graph and portal are
 * borrowed; the graph's field numbers are those of enum gw_field.
 */
struct gw_columns *gw_columns_new(const struct gw_graph *graph,
                                  const struct gw_portal *portal,
                                  uint32_t varied,
                                  size_t limit);
void gw_columns_free(struct gw_columns *columns);

/** Where and for what a node is evaluated. */
struct gw_columns_at {
    size_t asset;
    size_t from, to;     /* own bars [from, to): functions see nothing before `from` */
    const double *value; /* [GW_MAX_PARAMETERS], copied */
};

/** Begin a set of columns: those of the set before may be evicted from now on. */
void gw_columns_begin(struct gw_columns *columns, const struct gw_columns_at *at);

/** Go on in the same set with another asset or other bars, as gw_columns_begin. */
void gw_columns_turn(struct gw_columns *columns, const struct gw_columns_at *at);

/** Go on with the same set over own bars [from, to); before any node was asked for. */
void gw_columns_narrow(struct gw_columns *columns, size_t from, size_t to);

/** Go on in the same set with other parameter values, [GW_MAX_PARAMETERS]. What was got
 * before is no longer valid, what is held is. */
void gw_columns_next(struct gw_columns *columns, const double *value);

/** The column of a node for that set, [to - from], NaN = undefined. Valid until the next
 * gw_columns_begin or gw_columns_next. */
const double *gw_columns_get(struct gw_columns *columns, int32_t node);

/** A column, and the lowest and highest number of each 64 bars of it from the first on:
 * NaN where one is undefined, and for a rest of fewer bars. */
struct gw_held {
    const double *value, *low, *high;
};

/** As gw_columns_get, of a node over bars, valid until the next gw_columns_begin. 64
 * bars behind its end may be read. */
struct gw_held gw_columns_hold(struct gw_columns *columns, int32_t node);

/** A field in the run's basis for that set, valid until the next gw_columns_begin. */
const double *gw_columns_field(struct gw_columns *columns, enum gw_field field);

/** A node of parameters alone for the combination in hand. */
double gw_columns_number(const struct gw_columns *columns, int32_t node);

/** Bytes of columns that the present set holds. */
size_t gw_columns_held(const struct gw_columns *columns);

/** Bars evaluated since the beginning, over all nodes. */
uint64_t gw_columns_evaluated(const struct gw_columns *columns);

struct gw_cache_stats gw_columns_stats(const struct gw_columns *columns);

#endif
