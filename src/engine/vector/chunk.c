/* What the strategy says in a chunk of the calendar. */
#include "simulate.h"

/* Words of own bars as words of the calendar; as they are where the two agree. */
static const uint64_t *
on_calendar(const struct chunk *chunk, const uint64_t *words, uint64_t *room)
{
    const uint32_t *bar = chunk->stage->listing->bar;
    if (words == NULL) {
        return NULL;
    }
    if (chunk->own_bars > 0 && bar[chunk->own] == chunk->bar &&
        bar[chunk->own + chunk->own_bars - 1] == chunk->bar + chunk->own_bars - 1 &&
        (chunk->own_bars + WORD - 1) / WORD == chunk->words) {
        return words;
    }
    struct stage_move move = {.own = chunk->own,
                              .count = chunk->own_bars,
                              .bar = chunk->bar,
                              .words = chunk->words};
    stage_spread(chunk->stage, &move, words, room);
    return room;
}

static void
evaluate_target(struct gw_vector *vector, struct program_run *run, struct chunk *chunk)
{
    bool every = vector->setup.rules->rebalance == GW_EVERY_BAR;
    size_t words = (chunk->own_bars + WORD - 1) / WORD;
    for (size_t l = 0; l < run->lanes && chunk->own_bars > 0; l++) {
        const double *weight = program_weight(vector->program, l);
        vector->lanes->moves(weight, run->weight[l], every, words, vector->moved + l);
        run->weight[l] = weight[chunk->own_bars - 1];
    }
    chunk->moved = on_calendar(chunk, vector->moved, vector->spread[0]);
}

void chunk_evaluate(struct gw_vector *vector,
                    struct program_run *run,
                    struct chunk *chunk)
{
    if (chunk->own_bars > 0) {
        program_evaluate(vector->program, run, chunk->own - chunk->columns_from,
                         chunk->own_bars);
        vector->stats.signal_bars += chunk->own_bars * run->lanes;
    }
    if (vector->setup.rules->has_target) {
        evaluate_target(vector, run, chunk);
        return;
    }
    const uint64_t *signal[GW_SIGNALS];
    for (int s = 0; s < GW_SIGNALS; s++) {
        signal[s] = on_calendar(chunk, program_signal(vector->program, (enum gw_signal)s),
                                vector->spread[s]);
    }
    chunk->signals = (struct lane_signals){.enter_long = signal[GW_ENTER_LONG],
                                           .exit_long = signal[GW_EXIT_LONG],
                                           .enter_short = signal[GW_ENTER_SHORT],
                                           .exit_short = signal[GW_EXIT_SHORT]};
}
