/**
 * What the strategy says of every asset of a shared account: made asset after asset,
 * read bar after bar.
 *
 * A word of a block has a bit for each of 64 assets at one bar; before tape_turn it has a
 * bit for each of 64 bars of one asset.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_TAPE_H
#define GRIDWALK_ENGINE_VECTOR_TAPE_H

#include "lanes.h"

struct tape {
    size_t assets, groups; /* of 64 assets */
    size_t planes;         /* of bits: the signals in use, or where a target may decide */
    size_t plane_of[GW_SIGNALS]; /* SIZE_MAX: never true */
    bool has_values;             /* weights, or what volatility is sized by */
    size_t lanes;                /* of all packs */
    size_t first, words;         /* calendar bar of the first word, a multiple of WORD */
    uint64_t *bits;              /* [lanes][planes][words][groups][64] */
    double *value;               /* [lanes][words][assets][64] */
    size_t bits_room, value_room;
};

/** An empty tape for these rules. */
void tape_init(struct tape *tape, const struct gw_rules *rules, size_t assets);
void tape_clear(struct tape *tape);

/** Bytes that a lane takes for so many words of the calendar. */
double tape_lane_bytes(const struct tape *tape, size_t words);

/** Make room for so many lanes over bars [first, last]. What it holds is undefined. */
void tape_open(struct tape *tape, size_t lanes, size_t first, size_t last);

/** Words of one asset and of `lanes` lanes, on the calendar from bar `bar` on. What lies
 * before the tape is left out; NULL: never true. */
struct tape_words {
    size_t asset, lane, lanes; /* place of the asset; first lane */
    size_t bar, words;
    const uint64_t *word; /* [words][GW_LANES] */
};
void tape_put(struct tape *tape, size_t plane, const struct tape_words *in);

/** Numbers of one lane and asset: value[i] is of calendar bar bar[i]. */
struct tape_values {
    size_t asset, lane, count;
    const uint32_t *bar;
    const double *value;
};
void tape_put_values(struct tape *tape, const struct tape_values *in);

/** All assets are in: from bars of an asset to assets of a bar. */
void tape_turn(struct tape *tape);

/** The assets 64 g to 64 g + 63 at a bar. Those that are none are undefined. */
static inline uint64_t
tape_bits(const struct tape *tape, size_t lane, size_t plane, size_t bar, size_t group)
{
    size_t at = bar - tape->first;
    size_t row = ((lane * tape->planes + plane) * tape->words + at / WORD) * tape->groups;
    return tape->bits[(row + group) * WORD + at % WORD];
}

static inline double
tape_value(const struct tape *tape, size_t lane, size_t bar, size_t asset)
{
    size_t at = bar - tape->first;
    size_t row = (lane * tape->words + at / WORD) * tape->assets + asset;
    return tape->value[row * WORD + at % WORD];
}

#endif
