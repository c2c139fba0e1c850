#include "tape.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>

void tape_init(struct tape *tape, const struct gw_rules *rules, size_t assets)
{
    *tape = (struct tape){.assets = assets, .groups = (assets + WORD - 1) / WORD};
    for (int s = 0; s < GW_SIGNALS; s++) {
        bool used = !rules->has_target && rules->signal[s] != GW_NO_NODE;
        tape->plane_of[s] = used ? tape->planes++ : SIZE_MAX;
    }
    tape->planes += rules->has_target;
    tape->has_values = rules->has_target || rules->size == GW_SIZE_VOLATILITY;
}

void tape_clear(struct tape *tape)
{
    free(tape->bits);
    free(tape->value);
    *tape = (struct tape){0};
}

double tape_lane_bytes(const struct tape *tape, size_t words)
{
    double bits = (double)(tape->planes * tape->groups * WORD * sizeof(uint64_t));
    double values = tape->has_values ? (double)(tape->assets * WORD * sizeof(double)) : 0;
    return (double)words * (bits + values);
}

void tape_open(struct tape *tape, size_t lanes, size_t first, size_t last)
{
    tape->first = first - first % WORD;
    tape->words = (last - tape->first) / WORD + 1;
    tape->lanes = lanes;
    size_t bits = lanes * tape->planes * tape->words * tape->groups * WORD;
    size_t values = tape->has_values ? lanes * tape->words * tape->assets * WORD : 0;
    if (bits > tape->bits_room) {
        free(tape->bits);
        tape->bits = gw_aligned(bits, sizeof(uint64_t));
        tape->bits_room = bits;
    }
    if (values > tape->value_room) {
        free(tape->value);
        tape->value = gw_aligned(values, sizeof(double));
        tape->value_room = values;
    }
}

void tape_put(struct tape *tape, size_t plane, const struct tape_words *in)
{
    size_t skipped = in->bar < tape->first ? (tape->first - in->bar) / WORD : 0;
    size_t block = tape->groups * WORD; /* words of 64 bars */
    for (size_t l = 0; l < in->lanes; l++) {
        size_t row = ((in->lane + l) * tape->planes + plane) * tape->words;
        for (size_t w = skipped; w < in->words; w++) {
            size_t at = row + in->bar / WORD + w - tape->first / WORD;
            uint64_t word = in->word != NULL ? in->word[w * GW_LANES + l] : 0;
            tape->bits[at * block + in->asset] = word;
        }
    }
}

void tape_put_values(struct tape *tape, const struct tape_values *in)
{
    double *lane = tape->value + in->lane * tape->words * tape->assets * WORD;
    for (size_t i = 0; i < in->count; i++) {
        if (in->bar[i] >= tape->first) {
            size_t at = in->bar[i] - tape->first;
            lane[(at / WORD * tape->assets + in->asset) * WORD + at % WORD] =
                in->value[i];
        }
    }
}

/* Bit j of word i and bit i of word j change places. */
static void transpose(uint64_t *word)
{
    uint64_t mask = UINT64_MAX >> 32;
    for (unsigned step = 32; step > 0; step >>= 1, mask ^= mask << step) {
        for (unsigned i = 0; i < WORD; i += 2 * step) {
            for (unsigned j = i; j < i + step; j++) {
                uint64_t swap = (word[j] >> step ^ word[j + step]) & mask;
                word[j] ^= swap << step;
                word[j + step] ^= swap;
            }
        }
    }
}

void tape_turn(struct tape *tape)
{
    size_t blocks = tape->lanes * tape->planes * tape->words * tape->groups;
    for (size_t i = 0; i < blocks; i++) {
        transpose(tape->bits + i * WORD);
    }
}
