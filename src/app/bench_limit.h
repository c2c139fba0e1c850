/**
 * The yardstick of the bench: SMA crosses, long only, all cash, a fee, fills at the close
 * that decides, in one hand-fused loop with nothing of the engine in it. The twelve
 * `basic` metrics, 64 pairs at a time: one fast average against 64 slow ones.
 *
 * Comparisons become one 64-bit word a bar, positions are integer operations on it; each
 * bar's return is one number for all lanes that hold, added under a mask; bars on which a
 * lane trades take a longer way.
 */
#ifndef GRIDWALK_APP_BENCH_LIMIT_H
#define GRIDWALK_APP_BENCH_LIMIT_H

#include "gridwalk/engine/metrics.h"
#include "gridwalk/engine/vector.h"

enum { GW_LIMIT_BARS = 128 }; /* of a block */

/** A block of bars as the loops take it. */
struct gw_limit_block {
    size_t first, bars;
    const double *fast; /* [bars] */
    _Alignas(64) double slow[GW_LIMIT_BARS][GW_LANES];
    double ratio[GW_LIMIT_BARS];   /* close over the close before */
    double gain[GW_LIMIT_BARS];    /* ratio - 1 */
    double square[GW_LIMIT_BARS];  /* of it */
    double squared[GW_LIMIT_BARS]; /* square where it is a loss, else 0 */
    double fee;
};

/** 64 pairs between blocks. Money in units of the capital. */
struct gw_limit_state {
    _Alignas(64) double equity[GW_LANES];
    double under[GW_LANES]; /* equity / its peak */
    double lowest[GW_LANES];
    double sum[GW_LANES], squares[GW_LANES], downside[GW_LANES]; /* of returns */
    double entered[GW_LANES]; /* equity before the open trade */
    double gains[GW_LANES], pains[GW_LANES], wins[GW_LANES], trades[GW_LANES];
    double fees[GW_LANES], exposed[GW_LANES];
    uint64_t held, below; /* bit a lane: in a position; fast was below slow last */
};

/** Positions of a block: who held before each bar's close, who enters and leaves there.
 */
struct gw_limit_words {
    uint64_t held[GW_LIMIT_BARS], enter[GW_LIMIT_BARS], leave[GW_LIMIT_BARS];
};

/** A block on one instruction set. */
typedef void (*gw_limit_fn)(const struct gw_limit_block *block,
                            struct gw_limit_state *state);

#ifdef __x86_64__
void gw_limit_v3(const struct gw_limit_block *block, struct gw_limit_state *state);
void gw_limit_v4(const struct gw_limit_block *block, struct gw_limit_state *state);
#endif

/** Turn who is above and below on each bar into positions. */
static inline void gw_limit_position(uint64_t above,
                                     uint64_t below,
                                     size_t t,
                                     struct gw_limit_state *state,
                                     struct gw_limit_words *out)
{
    uint64_t up = above & state->below, down = below & ~state->below;
    out->held[t] = state->held;
    out->enter[t] = up & ~state->held;
    out->leave[t] = down & state->held;
    state->held = (state->held | out->enter[t]) & ~out->leave[t];
    state->below = (state->below & ~above) | below;
}

/** What is measured: pairs (fast[i], slow[j]) over one price column. */
struct gw_limit {
    const double *close; /* [bars], > 0 */
    size_t bars;
    const double *const *fast; /* [fasts] columns [bars], NaN = undefined */
    size_t fasts;
    const double *const *slow; /* [GW_LANES] columns */
    double fee, capital, periods;
};

/** Run all pairs; metric: [fasts * GW_LANES][GW_METRICS], the basic ones set. */
void gw_limit_run(const struct gw_limit *limit, double (*metric)[GW_METRICS]);

#endif
