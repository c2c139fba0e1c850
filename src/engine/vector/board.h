/**
 * Prices of all assets over a block of bars, bar by bar: what a shared account needs of
 * the market. Bounded by the block, not by the calendar.
 *
 * Rows are [bar][stride], padded with zeros; sets of assets are words of 64.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_BOARD_H
#define GRIDWALK_ENGINE_VECTOR_BOARD_H

#include "lanes.h"

/** Cash for each share of an asset (a dividend), or the price at which it leaves. */
struct board_event {
    size_t bar, asset; /* bar of the block; place of the asset */
    double amount;
};

struct board_events {
    struct board_event *event; /* by bar, then asset */
    size_t count, capacity;
    size_t start[WORD + 1]; /* the first of a bar of the block, or of a later one */
};

/** What is on a board besides the marks; NULL where it is not needed. */
enum board_field {
    BOARD_MARK, /* last known close, 0 before the first */
    BOARD_OPEN, /* NaN: none, as the next two */
    BOARD_HIGH,
    BOARD_LOW,
    BOARD_VOLUME, /* as traded; 0 where it is missing */
    BOARD_FACTOR, /* of the basis */
    BOARD_DUE,    /* price where orders are due, else the last known close then */
    BOARD_FIELDS
};

struct board {
    const struct gw_engine_setup *setup;
    size_t assets, stride, groups;
    size_t most;                          /* bars of a block, a power of two up to WORD */
    size_t first, bars;                   /* the block at hand */
    bool due_is_mark;                     /* orders fill at closes */
    double *field[BOARD_FIELDS];          /* [most][stride], or NULL */
    uint64_t *has;                        /* [most][groups] assets with a bar */
    uint64_t *decides;                    /* those that may decide: not leaving */
    uint64_t *fills;                      /* those with a price where orders are due */
    uint64_t *leaves;                     /* those that leave behind this bar */
    struct board_events dividends, exits; /* of the block */
    double *view;                         /* a few assets over the block */
};

/** Which of the fields `rules` need. */
struct board_needs {
    bool stops, volume, factor;
};

void board_init(struct board *board,
                const struct gw_engine_setup *setup,
                struct board_needs needs);
void board_clear(struct board *board);

/** Bytes that it takes. */
double board_bytes(const struct board *board);

/** Put up the block that bar t is in. */
void board_set(struct board *board, size_t t);

/** The numbers of one bar of the block, [stride]. Only of a field that is there. */
static inline const double *
board_row(const struct board *board, enum board_field field, size_t t)
{
    return board->field[field] + (t - board->first) * board->stride;
}

/** The same of any field; NULL where it is not needed. */
static inline const double *
board_row_if(const struct board *board, enum board_field field, size_t t)
{
    return board->field[field] != NULL ? board_row(board, field, t) : NULL;
}

/** What happens at one bar of the block: from the first event to before the last. */
static inline const struct board_event *
board_event_at(const struct board *board, const struct board_events *events, size_t t)
{
    return events->event + events->start[t - board->first];
}

/** A set of assets at one bar of the block, [groups]. */
static inline const uint64_t *
board_set_at(const struct board *board, const uint64_t *sets, size_t t)
{
    return sets + (t - board->first) * board->groups;
}

#endif
