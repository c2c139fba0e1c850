/**
 * Signals and targets of up to 64 combinations, a chunk of bars at a time: the strategy's
 * expressions as a list of operations, each over all lanes.
 *
 * Numbers are columns, [bar], one a lane; truth values are words of 64 bars, true and
 * false apart (neither: undefined). Indicators come whole from the columns; element-wise
 * operations that differ in every lane are done here.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_PROGRAM_H
#define GRIDWALK_ENGINE_VECTOR_PROGRAM_H

#include "lanes.h"

enum { CHUNK = 1024 /* most bars of a chunk */, CHUNK_WORDS = CHUNK / WORD };

struct program;

/** What a program holds for one run of combinations. */
struct program_run {
    size_t lanes;
    struct gw_held *column;  /* [columns][GW_LANES] */
    double *number;          /* [numbers][GW_LANES] */
    struct lane_bits *side;  /* [crossings] */
    double weight[GW_LANES]; /* target: of the bar before the next chunk */
};

struct program *
program_new(const struct gw_graph *graph, const struct gw_rules *rules, uint32_t varied);
void program_free(struct program *program);

/** Bars of a chunk that suit the program, a multiple of WORD, at most CHUNK. */
size_t program_chunk(const struct program *program);

/** Whether what it says at a bar depends on more than the columns at that bar. */
bool program_remembers(const struct program *program);

/** Bytes that program_run_init takes. */
size_t program_run_bytes(const struct program *program);
void program_run_init(const struct program *program, struct program_run *run);
void program_run_clear(struct program_run *run);

/** Take columns and numbers of the combination in hand as lane `lane`. */
void program_bind(const struct program *program,
                  struct program_run *run,
                  size_t lane,
                  struct gw_columns *columns);

/** A number that runs with the same columns in their lanes share. */
uintptr_t program_kinship(const struct program *program, const struct program_run *run);

/** Forget what was before the next chunk. */
void program_restart(const struct program *program, struct program_run *run);

/** Evaluate bars [from, from + bars) of the columns; bit 0 of word 0 is bar `from`. */
void program_evaluate(struct program *program,
                      struct program_run *run,
                      size_t from,
                      size_t bars);

/** Words of a signal of the chunk last evaluated; NULL when there is none. */
const uint64_t *program_signal(const struct program *program, enum gw_signal signal);

/** The target's column of a lane, of that chunk. 64 bars behind may be read. */
const double *program_weight(const struct program *program, size_t lane);

/** The same of rules.deviation; NULL when sizes do not go by it. */
const double *program_deviation(const struct program *program, size_t lane);

#endif
