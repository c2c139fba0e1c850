/**
 * Private to sched: which tiles a rank computes next. Knows no MPI: rank 0 asks it, and
 * so does the prediction of a run (predict.h).
 *
 * The missing tiles are cut into parts of consecutive ones, several a rank; parts with
 * the greatest weight per tile come first, of equal ones the lower. A rank takes from the
 * front of its part, and when that is empty begins the next part that nobody has begun;
 * when there is none it takes over the second half of the part with most tiles left.
 *
 * How many tiles it takes at once: half of its equal share of all that is left, over two
 * messages (factoring); by the mean time of a tile so far at least what lasts 50 ms, as
 * long as all ranks get several such messages, and at most what lasts 1 s; one tile until
 * a time is known; never beyond its part or past a tile that is there already. A rank
 * that is alone shares with none: it takes what lasts 1 s.
 */
#ifndef GRIDWALK_SCHED_SHARE_H
#define GRIDWALK_SCHED_SHARE_H

#include <stdbool.h>
#include <stdint.h>

struct gw_share_setup {
    uint64_t tiles;
    int ranks;
    void *context;
    bool (*has)(void *context, uint64_t tile);      /* there already; NULL: none is */
    uint64_t kept;                                  /* how many of them are */
    double (*weight)(void *context, uint64_t tile); /* NULL: all alike */
};

struct gw_shares;

struct gw_shares *gw_shares_new(const struct gw_share_setup *setup);
void gw_shares_free(struct gw_shares *shares);

/** Tiles that nobody has taken; those that are there already do not count. */
uint64_t gw_shares_left(const struct gw_shares *shares);

/** Tell how long some tiles took together on one rank. */
void gw_shares_learn(struct gw_shares *shares, uint64_t tiles, double seconds);

/** Mean seconds a tile so far; 0 = not known. */
double gw_shares_tile_seconds(const struct gw_shares *shares);

/** The next tiles of a rank: so many consecutive ones, none of them there already, from
 *  *first_out on; 0: none are left. */
uint64_t gw_shares_take(struct gw_shares *shares, int rank, uint64_t *first_out);

#endif
