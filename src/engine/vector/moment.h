/** One bar of one lane's shared account, step by step: what the files of the pool share.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_MOMENT_H
#define GRIDWALK_ENGINE_VECTOR_MOMENT_H

#include "pool.h"

/** One bar of one lane, with the rows of the board that it needs. */
struct moment {
    const struct pool_floor *floor;
    struct pool *pool;
    size_t t, groups, stride;
    const double *due, *mark, *factor, *volume;
    const uint64_t *has;
};

/** Take the lowest asset out of the rest of a word. */
static inline size_t next_asset(uint64_t *word, size_t group)
{
    size_t bit = (size_t)__builtin_ctzll(*word);
    *word &= *word - 1;
    return group * WORD + bit;
}

/** Sets and shares as a position has them now. */
void pool_note(struct pool *pool, size_t asset);

/** Cash and positions at these prices. */
double pool_worth(const struct moment *now, const double *price);

/** Cash for the shares held. */
void pool_dividends(const struct moment *now);

/** Fill all orders that are due at this point of the bar and have a price there, or of
 * them what only reduces positions. */
void pool_fill(const struct moment *now, bool reductions_only);

/** Test the stops of all positions. */
void pool_stops(const struct moment *now);

/** Close what leaves behind this bar. */
void pool_leave(const struct moment *now);

/** Close everything at the end of the window. */
void pool_sell_all(const struct moment *now);

/** Interest on the cash as it is, and what borrowed shares cost. */
void pool_accrue(const struct moment *now);

#endif
