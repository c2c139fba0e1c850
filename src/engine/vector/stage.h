/** One asset laid out over the calendar: what the accounts of all lanes need of it. */
#ifndef GRIDWALK_ENGINE_VECTOR_STAGE_H
#define GRIDWALK_ENGINE_VECTOR_STAGE_H

#include "lanes.h"

/** Own bars that follow each other on the calendar. */
struct stretch {
    size_t own, bar, count;
};

struct stage {
    size_t bars; /* of the calendar */
    size_t asset;
    const struct gw_listing *listing;
    double *mark;           /* [bars + WORD] last known close, 0 before the first */
    struct lane_step *step; /* [bars + WORD] from the mark before */
    double *price;          /* [bars] where orders fill; NaN: they wait */
    double *dividend;       /* [bars] cash for a share of the basis */
    uint32_t *own_of;       /* [bars] own bar of a bar that is one */
    uint64_t *own;          /* words: bars that decide */
    uint64_t *fill;         /* words: bars where orders fill */
    uint64_t *special;      /* words: dividends, and the bar of leaving */
    /* Only for general rules, else NULL; [bars], NaN: missing: */
    double *open, *high, *low;
    double *volume;       /* as traded */
    const double *factor; /* F; NULL: 1 throughout */
    struct stretch *stretch;
    size_t stretches, capacity;
    size_t leaves; /* the bar of leaving, or SIZE_MAX */
    double leaving_price;
    size_t first_dividend; /* its bar, or SIZE_MAX */
};

/** Bytes of a stage, but for its stretches. */
size_t stage_bytes(size_t bars, bool general);

struct stage *stage_new(size_t bars, bool general);
void stage_free(struct stage *stage);

/** Lay out an asset. */
void stage_set(struct stage *stage,
               const struct gw_engine_setup *setup,
               struct gw_columns *columns,
               size_t asset);

/** Own bars with calendar bars in [begin, end): the first, and how many. */
struct own_range {
    size_t from, count;
};
struct own_range
stage_own(const struct gw_engine_setup *setup, size_t asset, size_t begin, size_t end);

/**
 * Move words of own bars to the calendar: bit 0 of `from` is own bar `own`, bit 0 of `to`
 * is calendar bar `bar`. Shape  from, to: [words][GW_LANES]; other bits come out 0.
 */
struct stage_move {
    size_t own, count; /* own bars */
    size_t bar, words; /* calendar */
};
void stage_spread(const struct stage *stage,
                  const struct stage_move *move,
                  const uint64_t *from,
                  uint64_t *to);

#endif
