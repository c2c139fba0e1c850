/** One asset, pack and span, word by word: what the files of the simulation share. */
#ifndef GRIDWALK_ENGINE_VECTOR_SIMULATE_H
#define GRIDWALK_ENGINE_VECTOR_SIMULATE_H

#include "tile.h"

/** A chunk of the calendar and what the strategy says in it for one asset. */
struct chunk {
    const struct stage *stage;
    size_t bar, words;           /* bar is a multiple of WORD */
    size_t own, own_bars;        /* of the asset */
    size_t columns_from;         /* own bar of the columns' first element */
    struct lane_signals signals; /* words on the calendar */
    const uint64_t *moved;
};

/** One pack, span and asset. */
struct place {
    struct pack *pack;
    struct stand *stand;
    struct seat *seat;
    struct general_seat *general; /* NULL where rules are simple */
};

/** Bits of the word at bar `word_bar` that are bars [from, to). */
static inline uint64_t bits_between(size_t word_bar, size_t from, size_t to)
{
    if (to <= word_bar || from >= word_bar + WORD || from >= to) {
        return 0;
    }
    uint64_t bits = UINT64_MAX;
    if (from > word_bar) {
        bits <<= from - word_bar;
    }
    if (to < word_bar + WORD) {
        bits &= UINT64_MAX >> (word_bar + WORD - to);
    }
    return bits;
}

/** chunk.c: evaluate signals or target of one run's lanes into the chunk. */
void chunk_evaluate(struct gw_vector *vector,
                    struct program_run *run,
                    struct chunk *chunk);

/** Mark the span's bars of a word to market by that function: from the accounts, or of
 * `equity`, [WORD][GW_LANES]. */
void gauge_word(struct gw_vector *vector,
                const struct place *place,
                const struct chunk *chunk,
                size_t bar,
                lane_mark_fn mark,
                const double *equity);

/** Whether a target moves so often in this word that all lanes are better taken bar by
 * bar. */
bool dense_is_better(const struct gw_vector *vector, const struct place *place);

/** dense.c: the word at `bar`, decisions as in vector->intents, fills and marks. */
void dense_word(struct gw_vector *vector,
                const struct place *place,
                const struct chunk *chunk,
                size_t bar);

/** general.c: accounts of one asset before its first bar in a span. */
void general_open(struct gw_vector *vector, const struct place *place);

/** The word at `bar`, which is word w of the chunk, from the signals as they are. */
void general_word(struct gw_vector *vector,
                  const struct place *place,
                  const struct chunk *chunk,
                  size_t w);

/** What the accounts came to, into those of the seat. */
void general_close(struct gw_vector *vector,
                   const struct place *place,
                   const struct gw_listing *listing);

#endif
