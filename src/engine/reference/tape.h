/**
 * One asset's way through a row, as the reference engine reads it: its bars, its prices
 * and what the expressions say on each of them.
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_TAPE_H
#define GRIDWALK_ENGINE_REFERENCE_TAPE_H

#include "gridwalk/engine/columns.h"
#include "gridwalk/engine/setup.h"

/** The bars of one row. */
struct span {
    size_t begin, end;  /* trading bars, inclusive */
    size_t decide_from; /* first bar with a decision */
    size_t count_from;  /* first bar whose return counts */
};

/** Arrays are by own bar: [listing->count], or from own bar `from` on. */
struct tape {
    size_t asset; /* panel index */
    const struct gw_listing *listing;
    size_t leaves_at; /* bar at which it is delisted, or SIZE_MAX */
    double delisting_return;
    const double *open, *close;         /* in the basis; NaN: no price */
    const double *high, *low;           /* the same; NULL when there are no stops */
    const double *factor;               /* F over all bars of the calendar, or NULL */
    const struct gw_dividend *dividend; /* [dividends] */
    size_t dividends;
    size_t from;     /* own bar of the first decision */
    uint8_t *signal; /* bit s: signal s is true */
    double *number;  /* target; or with signals the deviation that sizes them */
    size_t room;     /* of these two */
};

/**
 * What one combination reads of each asset in a span. All of it is valid until the next
 * call, or the next gw_columns_begin.
 * Shape  value: [GW_MAX_PARAMETERS]; tape: [setup->assets]
 */
void tapes_read(struct tape *tape,
                const struct gw_engine_setup *setup,
                struct gw_columns *columns,
                const double *value,
                const struct span *span,
                bool stops);

void tapes_free(struct tape *tape, size_t count);

#endif
