/* Small fixed pieces of work whose instructions callgrind counts (tests/bench): nothing
 * here depends on the machine but the instruction set that is asked for. */
#include "bench.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/expr/functions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BARS = 20000 };

/* What is counted: a function of its own, which the counter is told by name. */
__attribute__((noinline)) void gw_bench_columns(const double *close, double *out);

void gw_bench_columns(const double *close, double *out)
{
    static const char *const name[] = {"sma", "ema", "rsi", "stdev", "highest", "roc"};
    static const double scalar[GW_MAX_NUMBERS] = {50, 0};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        gw_function_find(name[i])->kernel(&close, scalar, BARS, out + i * BARS);
    }
}

enum gw_status gw_bench_kernel_columns(struct gw_bench *bench, struct gw_error *err)
{
    enum { COLUMNS = 6 };
    struct gw_synth synth = gw_bench_walk(BARS, 1);
    struct gw_panel *panel = gw_bench_panel(&synth);
    double *out = gw_calloc((size_t)COLUMNS * BARS, sizeof *out);
    double begin = gw_clock();
    gw_bench_columns(gw_panel_column(panel, GW_CLOSE, 0), out);
    double seconds = gw_clock() - begin;
    struct gw_bench_record record = {.workload = "kernel-columns",
                                     .unit = "bars/s",
                                     .rate = COLUMNS * BARS / seconds,
                                     .seconds = seconds,
                                     .cpu_seconds = NAN,
                                     .repeats = 1,
                                     .limit_ratio = NAN,
                                     .ranks = 1,
                                     .start_seconds = NAN};
    gw_bench_digest(out, (size_t)COLUMNS * BARS, record.check);
    free(out);
    gw_panel_free(panel);
    return gw_bench_add(bench, &record, err);
}

static enum gw_status run_tiles(struct gw_bench *bench,
                                const char *name,
                                const char *metrics,
                                const char *strategy,
                                struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(2000, 1);
    struct gw_bench_case which = {.name = name, .repeats = 1, .samples = 2};
    struct gw_bench_outcome outcome;
    GW_TRY(gw_bench_bundle(bench, name, &synth, err));
    gw_text_printf(&which.text,
                   "bundle: %s.h5\n"
                   "strategy:\n"
                   "  parameters:\n"
                   "    fast: {from: 5, to: 14}\n"
                   "    slow: {from: 20, to: 83}\n"
                   "%s"
                   "costs: {commission_bps: 10}\n"
                   "metrics: %s\n",
                   name, strategy, metrics);
    enum gw_status status = gw_bench_case(bench, &which, &outcome, err);
    gw_text_clear(&which.text);
    free(outcome.results);
    GW_TRY(status);
    struct gw_bench_record record = gw_bench_record_of(&which, &outcome, 0);
    record.metrics = metrics;
    return gw_bench_add(bench, &record, err);
}

enum gw_status gw_bench_kernel_signals(struct gw_bench *bench, struct gw_error *err)
{
    return run_tiles(bench, "kernel-signals", "basic",
                     "  signals:\n"
                     "    enter_long: crosses_above(sma(close, fast), sma(close, slow))\n"
                     "    exit_long: crosses_below(sma(close, fast), sma(close, slow))\n",
                     err);
}

enum gw_status gw_bench_kernel_target(struct gw_bench *bench, struct gw_error *err)
{
    return run_tiles(bench, "kernel-target", "all",
                     "  target: where(sma(close, fast) > sma(close, slow), 1, -1)\n"
                     "  rebalance: every_bar\n",
                     err);
}
