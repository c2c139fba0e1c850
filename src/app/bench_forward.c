/* Forty windows in one run against forty runs of one window each: the same rows, with the
 * indicators evaluated once. */
#include "bench.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Trading begins where the slowest pair is warm, after some 171 bars: 40 windows fit. */
enum { TRAIN = 500, TEST = 100, WINDOWS = 40, BARS = 4700, BLOCK = 1024 };

/* Sums over the separate runs. */
struct separate {
    double wall_seconds, compute_seconds;
    uint64_t column_bars, signal_bars;
};

static void write_experiment(const struct gw_bench *bench, struct gw_text *out)
{
    gw_text_printf(out,
                   "bundle: walk-forward.h5\n"
                   "strategy:\n"
                   "  parameters:\n"
                   "    fast: {from: 5, to: %zu}\n"
                   "    slow: {from: 50, to: 170, step: 5}\n"
                   "  signals:\n"
                   "    enter_long: crosses_above(sma(close, fast), sma(close, slow))\n"
                   "    exit_long: crosses_below(sma(close, fast), sma(close, slow))\n"
                   "costs: {commission_bps: 10}\n"
                   "walk_forward: {mode: rolling, train: %d, test: %d, step: %d}\n",
                   4 + gw_bench_part(bench, 40), TRAIN, TEST, TEST);
}

/* Bit for bit, where undefined is one value. */
static bool is_equal(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i] && !(isnan(a[i]) && isnan(b[i]))) {
            return false;
        }
    }
    return true;
}

/* Window 0 of `one` against window w of `many`, in both segments and all metrics. */
static enum gw_status compare_window(struct gw_results *many,
                                     struct gw_results *one,
                                     size_t w,
                                     struct gw_error *err)
{
    double a[BLOCK], b[BLOCK];
    if (one->combos != many->combos || one->windows != 1) {
        return gw_fail(err, GW_DATA, "walk-forward: window %zu alone has another shape",
                       w);
    }
    for (size_t i = 0; i < many->segments * many->metrics; i++) {
        for (size_t first = 0; first < many->combos; first += BLOCK) {
            size_t left = many->combos - first;
            struct gw_results_part part = {.window = w,
                                           .segment = i / many->metrics,
                                           .first = first,
                                           .count = left < BLOCK ? left : BLOCK};
            GW_TRY(gw_results_metric(many, i % many->metrics, part, a, err));
            part.window = 0;
            GW_TRY(gw_results_metric(one, i % many->metrics, part, b, err));
            if (!is_equal(a, b, part.count)) {
                return gw_fail(
                    err, GW_DATA,
                    "walk-forward: %s of window %zu differs when it runs alone",
                    many->metric[i % many->metrics], w);
            }
        }
    }
    return GW_OK;
}

/* One window alone: the same experiment with a period that ends with it. */
static enum gw_status run_window(struct gw_bench *bench,
                                 struct gw_results *many,
                                 size_t w,
                                 struct separate *sum,
                                 struct gw_error *err)
{
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    struct gw_bench_case which = {.name = "walk-forward-one", .repeats = 1};
    struct gw_bench_outcome outcome;
    gw_date_format(many->begin[w * many->segments], from);
    gw_date_format(many->end[w * many->segments + gw_last_segment(many->segments)], to);
    write_experiment(bench, &which.text);
    gw_text_printf(&which.text, "period: {from: %s, to: %s}\n", from, to);
    enum gw_status status = gw_bench_case(bench, &which, &outcome, err);
    gw_text_clear(&which.text);
    struct gw_results *one = NULL;
    if (status == GW_OK) {
        status = gw_results_open(outcome.results, &one, err);
    }
    if (status == GW_OK) {
        status = compare_window(many, one, w, err);
    }
    gw_results_close(one);
    free(outcome.results);
    sum->wall_seconds += outcome.wall_seconds;
    sum->compute_seconds += outcome.compute_seconds;
    sum->column_bars += outcome.stats.column_bars;
    sum->signal_bars += outcome.stats.signal_bars;
    return status;
}

static void add_figures(struct gw_bench_record *record,
                        const struct gw_bench_outcome *together,
                        const struct separate *apart)
{
    const struct gw_vector_stats *stats = &together->stats;
    double once = (double)(stats->column_bars + stats->signal_bars);
    gw_bench_figure(record, "windows", WINDOWS);
    gw_bench_figure(record, "column_bars", (double)stats->column_bars);
    gw_bench_figure(record, "signal_bars", (double)stats->signal_bars);
    gw_bench_figure(record, "column_bars_apart", (double)apart->column_bars);
    gw_bench_figure(record, "signal_bars_apart", (double)apart->signal_bars);
    gw_bench_figure(record, "evaluations_ratio",
                    once / (double)(apart->column_bars + apart->signal_bars));
    gw_bench_figure(record, "wall_seconds", together->wall_seconds);
    gw_bench_figure(record, "wall_seconds_apart", apart->wall_seconds);
    gw_bench_figure(record, "wall_ratio", together->wall_seconds / apart->wall_seconds);
    gw_bench_figure(record, "compute_ratio",
                    together->compute_seconds / apart->compute_seconds);
}

enum gw_status gw_bench_walk_forward(struct gw_bench *bench, struct gw_error *err)
{
    struct gw_synth synth = gw_bench_walk(BARS, 1);
    struct gw_bench_case which = {.name = "walk-forward", .repeats = 1, .samples = 5};
    struct gw_bench_outcome outcome;
    struct gw_results *many = NULL;
    struct separate apart = {0};
    GW_TRY(gw_bench_bundle(bench, "walk-forward", &synth, err));
    write_experiment(bench, &which.text);
    enum gw_status status = gw_bench_case(bench, &which, &outcome, err);
    gw_text_clear(&which.text);
    if (status == GW_OK) {
        status = gw_results_open(outcome.results, &many, err);
    }
    if (status == GW_OK && many->windows != WINDOWS) {
        status = gw_fail(err, GW_DATA, "walk-forward: %zu windows", many->windows);
    }
    for (size_t w = 0; w < WINDOWS && status == GW_OK; w++) {
        status = run_window(bench, many, w, &apart, err);
    }
    if (status == GW_OK) {
        struct gw_bench_record record =
            gw_bench_record_of(&which, &outcome, bench->limit);
        record.metrics = "basic";
        add_figures(&record, &outcome, &apart);
        status = gw_bench_add(bench, &record, err);
    }
    gw_results_close(many);
    free(outcome.results);
    return status;
}
