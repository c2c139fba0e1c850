/**
 * One lane's shared account: the positions of all assets on one pool of cash, moved bar
 * by bar (docs/semantics.md, sections 2 and 4). Sets of assets are words of 64, so that
 * one operation finds which of 64 assets have something to do.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_POOL_H
#define GRIDWALK_ENGINE_VECTOR_POOL_H

#include "board.h"
#include "tape.h"
#include "trade.h"

/** Sets of assets of an account. */
enum pool_set {
    POOL_LONG,  /* signals: the side intended */
    POOL_SHORT, /* and the other */
    POOL_HELD,
    POOL_WAITING, /* an order waits */
    POOL_BARRED,  /* target: a stop has closed it */
    POOL_SEEN,    /* target: has been looked at since the first decision */
    POOL_SETS
};

struct pool {
    struct trade_terms terms;
    struct trade_account account;
    size_t lane;       /* of the tape */
    size_t begin, end; /* trading bars */
    size_t decide_from;
    double *shares;            /* [stride] of the board, as in the positions */
    struct position *position; /* [assets] */
    uint64_t *set[POOL_SETS];  /* [groups] */
    double equity;             /* at the last mark */
    bool exposed;              /* at the last mark */
    bool over;                 /* unsafe: the reference engine must do this row */
};

/** An order that increases a position, on its way. */
struct pool_increase {
    size_t asset;
    double side, more, load; /* shares; what one takes of the room */
};

/** What all lanes share. */
struct pool_floor {
    const struct gw_rules *rules;
    struct board *board;
    const struct tape *tape;
    const uint64_t *calendar;       /* bars on which a target may decide */
    struct pool_increase *increase; /* [assets] scratch */
};

/** Bytes of an account beside the record. */
size_t pool_bytes(const struct board *board);

void pool_init(struct pool *pool, const struct board *board);
void pool_clear(struct pool *pool);

/** Flat, with the capital in cash. Terms, account.ledger and fills, lane, bars are the
 * caller's. */
void pool_open(struct pool *pool, const struct pool_floor *floor);

/** The time line of one bar, which the board shows. */
void pool_bar(const struct pool_floor *floor, struct pool *pool, size_t t);

/** Behind the last bar. */
void pool_close(const struct pool_floor *floor, struct pool *pool);

#endif
