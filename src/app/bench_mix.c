/* Other strategies, several assets, and the seed system's own workload. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { REPEATS = 3, SAMPLES = 5 };

/* Run a case and add its line; `unit` when it is not combination-bars. */
static enum gw_status run_case(struct gw_bench *bench,
                               struct gw_bench_case *which,
                               const char *unit,
                               struct gw_error *err)
{
    struct gw_bench_outcome outcome;
    enum gw_status status = gw_bench_case(bench, which, &outcome, err);
    if (status == GW_OK && gw_bench_leads(bench)) {
        struct gw_bench_record record = gw_bench_record_of(which, &outcome, bench->limit);
        record.unit = unit != NULL ? unit : record.unit;
        record.metrics = "basic";
        gw_bench_figure(&record, "wall_seconds", outcome.wall_seconds);
        status = gw_bench_add(bench, &record, err);
    }
    free(outcome.results);
    gw_text_clear(&which->text);
    return gw_bench_agree(bench, status, err);
}

/* 500 assets: pairs of averages with that kind of account. */
static enum gw_status run_portfolio(struct gw_bench *bench,
                                    const char *name,
                                    const char *slow,
                                    const char *account,
                                    struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(2520, 500);
    struct gw_bench_case which = {.name = name, .repeats = 1, .samples = 3};
    GW_TRY(gw_bench_bundle(bench, name, &synth, err));
    gw_text_printf(&which.text,
                   "bundle: %s.h5\n"
                   "strategy:\n"
                   "  parameters:\n"
                   "    fast: {from: 5, to: %zu}\n"
                   "    slow: %s\n"
                   "  signals:\n"
                   "    enter_long: crosses_above(sma(close, fast), sma(close, slow))\n"
                   "    exit_long: crosses_below(sma(close, fast), sma(close, slow))\n"
                   "costs: {commission_bps: 10}\n"
                   "account: %s\n",
                   name, 4 + gw_bench_part(bench, 32), slow, account);
    return run_case(bench, &which, "asset-combo-bars/s", err);
}

enum gw_status gw_bench_portfolio(struct gw_bench *bench, struct gw_error *err)
{
    return run_portfolio(bench, "portfolio", "{from: 40, to: 195, step: 5}",
                         "{mode: per_asset}", err);
}

enum gw_status gw_bench_portfolio_shared(struct gw_bench *bench, struct gw_error *err)
{
    return run_portfolio(bench, "portfolio-shared", "{from: 40, to: 180, step: 20}",
                         "{mode: shared, size: {equity: 0.004}}", err);
}

/* Strategies of other shapes: indentation is that of `strategy:`. */
static const struct {
    const char *name;
    const char *first; /* parameter that the share cuts: 32 values from `from` on */
    size_t from;
    const char *rest;
    const char *rules; /* behind costs; NULL: none */
} mix[] = {
    {"mix-rsi-reversion", "n", 2,
     "    edge: {from: 10, to: 41}\n"
     "  signals:\n"
     "    enter_long: rsi(close, n) < edge\n"
     "    exit_long: rsi(close, n) > 100 - edge\n",
     NULL},
    {"mix-donchian", "n", 20,
     "    m: {from: 5, to: 36}\n"
     "  signals:\n"
     "    enter_long: close > lag(highest(high, n), 1)\n"
     "    exit_long: close < lag(lowest(low, m), 1)\n"
     "    enter_short: close < lag(lowest(low, n), 1)\n"
     "    exit_short: close > lag(highest(high, m), 1)\n",
     NULL},
    {"mix-momentum", "n", 20,
     "    threshold: {from: -8, to: 7.5, step: 0.5}\n"
     "  target: where(roc(close, n) > threshold, 1, 0)\n"
     "  rebalance: on_change\n",
     NULL},
    {"mix-rsi-stops", "n", 2,
     "    edge: {from: 10, to: 41}\n"
     "  signals:\n"
     "    enter_long: rsi(close, n) < edge\n"
     "    exit_long: rsi(close, n) > 100 - edge\n",
     "stops: {loss: 0.03, profit: edge / 500, trail: 0.05}\n"},
    {"mix-volatility", "n", 20,
     "    m: {from: 5, to: 36}\n"
     "  signals:\n"
     "    enter_long: close > lag(highest(high, n), 1)\n"
     "    exit_long: close < lag(lowest(low, m), 1)\n"
     "    enter_short: close < lag(lowest(low, n), 1)\n"
     "    exit_short: close > lag(highest(high, m), 1)\n",
     "account: {size: {volatility: 0.2, span: 20}}\n"},
};

enum gw_status gw_bench_mix(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(50000, 1);
    GW_TRY(gw_bench_bundle(bench, "mix", &synth, err));
    for (size_t i = 0; i < sizeof mix / sizeof mix[0]; i++) {
        struct gw_bench_case which = {
            .name = mix[i].name, .repeats = REPEATS, .samples = SAMPLES};
        gw_text_printf(&which.text,
                       "bundle: mix.h5\n"
                       "strategy:\n"
                       "  parameters:\n"
                       "    %s: {from: %zu, to: %zu}\n"
                       "%s"
                       "costs: {commission_bps: 10}\n"
                       "%s",
                       mix[i].first, mix[i].from,
                       mix[i].from + gw_bench_part(bench, 32) - 1, mix[i].rest,
                       mix[i].rules != NULL ? mix[i].rules : "");
        GW_TRY(run_case(bench, &which, NULL, err));
    }
    return GW_OK;
}

/* ---- the seed system's: configs/seed-grid.yaml and configs/seed-walk-forward.yaml ----
 */

enum { SEED_REPEATS = 20 };

static const char seed_strategy[] =
    "  target: where(lag(sma(close, fast), slow - fast) > sma(close, slow), 1, -1)\n"
    "  rebalance: every_bar\n"
    "warmup: inside_own\n"
    "execution: {price: close, delay: 1}\n"
    "objective: {maximize: pooled_sharpe}\n";

static enum gw_status
seed_bundle(struct gw_bench *bench, const char *name, size_t bars, struct gw_error *err)
{
    struct gw_synth synth = {.kind = GW_SYNTH_RUSTYBT,
                             .bars = bars,
                             .assets = 10,
                             .seed = 42,
                             .first = 19723, /* 2024-01-01 */
                             .periods = 252};
    return gw_bench_bundle(bench, name, &synth, err);
}

enum gw_status gw_bench_seed_grid(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_bench_case which = {
        .name = "seed-grid", .repeats = SEED_REPEATS, .samples = 100};
    GW_TRY(seed_bundle(bench, "seed-grid", 252, err));
    gw_text_printf(&which.text,
                   "bundle: seed-grid.h5\n"
                   "strategy:\n"
                   "  parameters:\n"
                   "    fast: {from: 5, to: 23, step: 2}\n"
                   "    slow: {from: 30, to: 75, step: 5}\n"
                   "%s",
                   seed_strategy);
    return run_case(bench, &which, "asset-combo-bars/s", err);
}

enum gw_status gw_bench_seed_walk_forward(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_bench_case which = {
        .name = "seed-walk-forward", .repeats = SEED_REPEATS, .samples = 16};
    GW_TRY(seed_bundle(bench, "seed-walk-forward", 350, err));
    gw_text_printf(&which.text,
                   "bundle: seed-walk-forward.h5\n"
                   "strategy:\n"
                   "  parameters:\n"
                   "    fast: [5, 10, 15, 20]\n"
                   "    slow: [30, 40, 50, 60]\n"
                   "%s"
                   "walk_forward: {mode: rolling, train: 150, test: 0, step: 50}\n",
                   seed_strategy);
    return run_case(bench, &which, "asset-combo-bars/s", err);
}
