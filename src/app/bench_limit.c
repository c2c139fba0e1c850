#include "bench_limit.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <math.h>
#include <string.h>

static void find_words(const struct gw_limit_block *block,
                       struct gw_limit_state *state,
                       struct gw_limit_words *out)
{
    for (size_t t = 0; t < block->bars; t++) {
        uint64_t above = 0, below = 0;
        for (size_t lane = 0; lane < GW_LANES; lane++) {
            above |= (uint64_t)(block->fast[t] > block->slow[t][lane]) << lane;
            below |= (uint64_t)(block->fast[t] < block->slow[t][lane]) << lane;
        }
        gw_limit_position(above, below, t, state, out);
    }
}

static void add_return(struct gw_limit_state *state, size_t lane, double growth)
{
    double r = growth - 1, loss = r < 0 ? r : 0;
    double under = state->under[lane] * growth;
    state->equity[lane] *= growth;
    state->sum[lane] += r;
    state->squares[lane] += r * r;
    state->downside[lane] += loss * loss;
    state->under[lane] = under < 1 ? under : 1;
    state->lowest[lane] = under < state->lowest[lane] ? under : state->lowest[lane];
}

static void enter(const struct gw_limit_block *block,
                  struct gw_limit_state *state,
                  size_t t,
                  size_t lane)
{
    double inverse = 1 / (1 + block->fee);
    state->entered[lane] = state->equity[lane];
    state->fees[lane] += state->equity[lane] * (block->fee * inverse);
    state->exposed[lane] -= (double)(block->first + t);
    add_return(state, lane, inverse);
}

static void leave(const struct gw_limit_block *block,
                  struct gw_limit_state *state,
                  size_t t,
                  size_t lane)
{
    state->fees[lane] += state->equity[lane] * block->ratio[t] * block->fee;
    add_return(state, lane, block->ratio[t] * (1 - block->fee));
    double pnl = state->equity[lane] - state->entered[lane];
    double nothing = 1e-12 * state->entered[lane];
    state->trades[lane] += 1;
    state->wins[lane] += pnl > nothing ? 1 : 0;
    state->gains[lane] += pnl > nothing ? pnl : 0;
    state->pains[lane] -= pnl < -nothing ? pnl : 0;
    state->exposed[lane] += (double)(block->first + t);
}

/* Any processor. */
static void limit_plain(const struct gw_limit_block *block, struct gw_limit_state *state)
{
    struct gw_limit_words words;
    find_words(block, state, &words);
    for (size_t t = 0; t < block->bars; t++) {
        uint64_t held = words.held[t] & ~words.leave[t];
        for (; held != 0; held &= held - 1) {
            add_return(state, (size_t)__builtin_ctzll(held), block->ratio[t]);
        }
        for (uint64_t word = words.enter[t]; word != 0; word &= word - 1) {
            enter(block, state, t, (size_t)__builtin_ctzll(word));
        }
        for (uint64_t word = words.leave[t]; word != 0; word &= word - 1) {
            leave(block, state, t, (size_t)__builtin_ctzll(word));
        }
    }
}

static gw_limit_fn chosen(void)
{
#ifdef __x86_64__
    if (strcmp(gw_isa_name(), "v4") == 0) {
        return gw_limit_v4;
    }
    if (strcmp(gw_isa_name(), "v3") == 0) {
        return gw_limit_v3;
    }
#endif
    return limit_plain;
}

static void
fill_block(const struct gw_limit *limit, size_t first, struct gw_limit_block *block)
{
    block->first = first;
    block->bars =
        limit->bars - first < GW_LIMIT_BARS ? limit->bars - first : GW_LIMIT_BARS;
    block->fee = limit->fee;
    for (size_t t = 0; t < block->bars; t++) {
        size_t at = first + t;
        double ratio = at > 0 ? limit->close[at] / limit->close[at - 1] : 1;
        block->ratio[t] = ratio;
        block->gain[t] = ratio - 1;
        block->square[t] = block->gain[t] * block->gain[t];
        block->squared[t] = ratio < 1 ? block->square[t] : 0;
    }
    for (size_t lane = 0; lane < GW_LANES; lane++) {
        for (size_t t = 0; t < block->bars; t++) {
            block->slow[t][lane] = limit->slow[lane][first + t];
        }
    }
}

static double ratio_of(double a, double b)
{
    if (b > 0) {
        return a / b;
    }
    return a > 0 ? INFINITY : NAN;
}

static void measure(const struct gw_limit *limit,
                    const struct gw_limit_state *state,
                    size_t lane,
                    double *out)
{
    double n = (double)limit->bars, year = sqrt(limit->periods);
    double mean = state->sum[lane] / n;
    double variance = (state->squares[lane] - n * mean * mean) / (n - 1);
    double sd = variance > 1e-28 ? sqrt(variance) : 0;
    double open = state->held >> lane & 1 ? n : 0;
    out[GW_METRIC_total_return] = state->equity[lane] - 1;
    out[GW_METRIC_cagr] = gw_pow(state->equity[lane], limit->periods / n) - 1;
    out[GW_METRIC_volatility] = sd * year;
    out[GW_METRIC_sharpe] = sd > 0 ? mean / sd * year : NAN;
    out[GW_METRIC_sortino] = ratio_of(mean * year, sqrt(state->downside[lane] / n));
    out[GW_METRIC_max_drawdown] = state->lowest[lane] - 1;
    out[GW_METRIC_calmar] = ratio_of(out[GW_METRIC_cagr], -out[GW_METRIC_max_drawdown]);
    out[GW_METRIC_exposure] = (state->exposed[lane] + open) / n;
    out[GW_METRIC_trades] = state->trades[lane];
    out[GW_METRIC_win_rate] =
        state->trades[lane] > 0 ? state->wins[lane] / state->trades[lane] : NAN;
    out[GW_METRIC_profit_factor] = ratio_of(state->gains[lane], state->pains[lane]);
    out[GW_METRIC_costs] = state->fees[lane] * limit->capital;
}

void gw_limit_run(const struct gw_limit *limit, double (*metric)[GW_METRICS])
{
    gw_limit_fn run = chosen();
    size_t bytes = sizeof(struct gw_limit_block), states = limit->fasts;
    struct gw_limit_block *block = gw_reserve(bytes); /* whole pages: aligned */
    struct gw_limit_state *state = gw_reserve(states * sizeof *state);
    if (block == NULL || state == NULL) {
        gw_die("no memory for the bench's own loop");
    }
    for (size_t i = 0; i < limit->fasts; i++) {
        for (size_t lane = 0; lane < GW_LANES; lane++) {
            state[i].equity[lane] = state[i].under[lane] = state[i].lowest[lane] = 1;
        }
    }
    for (size_t first = 0; first < limit->bars; first += GW_LIMIT_BARS) {
        fill_block(limit, first, block);
        for (size_t i = 0; i < limit->fasts; i++) {
            block->fast = limit->fast[i] + first;
            run(block, &state[i]);
        }
    }
    for (size_t i = 0; i < limit->fasts * GW_LANES; i++) {
        measure(limit, &state[i / GW_LANES], i % GW_LANES, metric[i]);
    }
    gw_release(state, states * sizeof *state);
    gw_release(block, bytes);
}
