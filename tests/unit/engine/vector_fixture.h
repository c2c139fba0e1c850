/** The vectorized engine run over small markets, its rows kept. */
#ifndef GRIDWALK_TESTS_UNIT_ENGINE_VECTOR_FIXTURE_H
#define GRIDWALK_TESTS_UNIT_ENGINE_VECTOR_FIXTURE_H

#include "gridwalk/base/random.h"
#include "gridwalk/engine/vector.h"

#include "gridwalk/engine/measure.h"
#include "small_market.h"

/** What is wanted of a row decides how the engine gathers it: sums of the basic metrics,
 * of all, stored equity, and fills too. */
enum shape { SUM_BASIC, SUM_ALL, STORE, STORE_FILLS, SHAPES };

static inline struct gw_engine_setup shape_setup(struct small_market *m, enum shape shape)
{
    struct gw_engine_setup setup = small_setup(m);
    setup.keep_fills = shape == STORE_FILLS;
    setup.tile_bytes = 1 << 25;
    for (int i = 0; i < GW_METRICS; i++) {
        char set = gw_metric_info[i].set;
        setup.wanted[i] = set == 'B' || (set == 'A' && shape != SUM_BASIC) ||
                          (set == 'R' && shape >= STORE) ||
                          (set == 'K' && shape >= STORE && m->benchmark != NULL);
    }
    return setup;
}

struct kept_row {
    int times; /* that it was put */
    enum gw_row_status status;
    bool by_reference;
    double metric[GW_METRICS];
    size_t first, bars, fills;
    double *equity;
    struct gw_fill *fill;
};

/** Rows of one run. */
struct kept {
    size_t lanes, spans;
    struct kept_row *row; /* [lanes][spans] */
};

static inline struct kept_row *kept_row(const struct kept *kept, size_t lane, size_t span)
{
    return &kept->row[lane * kept->spans + span];
}

static inline void *kept_copy(const void *from, size_t bytes)
{
    void *to = from != NULL && bytes > 0 ? malloc(bytes) : NULL;
    return to != NULL ? memcpy(to, from, bytes) : NULL;
}

static inline void keep(void *context, const struct gw_vector_row *row)
{
    struct kept_row *out = kept_row(context, row->lane, row->span);
    out->times++;
    out->status = row->status;
    out->by_reference = row->by_reference;
    memcpy(out->metric, row->metric, sizeof out->metric);
    out->first = row->first;
    out->bars = row->bars;
    out->fills = row->fills;
    out->equity = kept_copy(row->equity, row->bars * sizeof(double));
    out->fill = kept_copy(row->fill, row->fills * sizeof *row->fill);
}

static inline struct kept kept_run(struct gw_vector *vector,
                                   const struct gw_run_lanes *run,
                                   const struct gw_span *span,
                                   size_t spans)
{
    struct kept kept = {run->count, spans, calloc(run->count * spans, sizeof *kept.row)};
    struct gw_vector_work work = {run, 1, span, spans, keep, &kept};
    gw_vector_run(vector, &work);
    for (size_t i = 0; i < run->count * spans; i++) {
        CU_ASSERT_EQUAL(kept.row[i].times, 1);
    }
    return kept;
}

static inline void kept_clear(struct kept *kept)
{
    for (size_t i = 0; i < kept->lanes * kept->spans; i++) {
        free(kept->row[i].equity);
        free(kept->row[i].fill);
    }
    free(kept->row);
}

/** Whether two rows are the same to the bit. */
static inline bool kept_same(const struct kept_row *a, const struct kept_row *b)
{
    return a->status == b->status && a->by_reference == b->by_reference &&
           memcmp(a->metric, b->metric, sizeof a->metric) == 0 && a->first == b->first &&
           a->bars == b->bars && a->fills == b->fills &&
           (a->equity == NULL) == (b->equity == NULL) &&
           (a->equity == NULL ||
            memcmp(a->equity, b->equity, a->bars * sizeof(double)) == 0) &&
           (a->fills == 0 || memcmp(a->fill, b->fill, a->fills * sizeof *a->fill) == 0);
}

struct metric {
    enum gw_metric which;
    double value;
};

/** What must come out; numbers that were worked out, not computed by an engine. */
struct answer {
    enum gw_row_status status;
    const double *equity; /* NULL: not checked */
    size_t first, bars;
    struct metric metric[6]; /* up to the first two of which both fields are 0 */
    size_t metrics;
    bool slow; /* the reference engine must have made it, else it must not have */
};

static inline void check_lane(const struct kept_row *row,
                              const struct answer *answer,
                              const struct gw_engine_setup *setup)
{
    CU_ASSERT_EQUAL(row->status, answer->status);
    CU_ASSERT_EQUAL(row->by_reference, answer->slow);
    for (size_t i = 0; i < answer->metrics; i++) {
        const struct metric *metric = &answer->metric[i];
        if (setup->wanted[metric->which]) {
            CHECK_CLOSE(row->metric[metric->which], metric->value, 1e-12);
        }
    }
    for (int i = 0; i < GW_METRICS; i++) {
        CU_ASSERT_TRUE(setup->wanted[i] || isnan(row->metric[i]));
    }
    if (!setup->keep_fills || answer->equity == NULL) {
        return;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(row->equity);
    CU_ASSERT_EQUAL(row->first, answer->first);
    CU_ASSERT_EQUAL_FATAL(row->bars, answer->bars);
    for (size_t t = 0; t < row->bars; t++) {
        CHECK_CLOSE(row->equity[t], answer->equity[t], 1e-12);
    }
}

/** Fast and slow are 2 and 4 in every lane. */
static inline void
check_span(struct small_market *m, struct gw_span span, const struct answer *answer)
{
    struct gw_run_lanes run = {0};
    for (size_t l = 0; l < GW_LANES; l++) {
        run.value[0][l] = 2;
        run.value[1][l] = 4;
    }
    for (int shape = 0; shape < SHAPES; shape++) {
        struct gw_engine_setup setup = shape_setup(m, (enum shape)shape);
        struct gw_vector *vector = gw_vector_new(&setup);
        for (run.count = 1; run.count <= 9; run.count += 8) {
            struct kept kept = kept_run(vector, &run, &span, 1);
            for (size_t l = 0; l < run.count; l++) {
                check_lane(&kept.row[l], answer, &setup);
            }
            kept_clear(&kept);
        }
        gw_vector_free(vector);
    }
}

/** A random walk; a part `gaps` of its bars are missing, never the last. */
static inline void walk_closes(uint64_t seed, size_t T, double gaps, double *close)
{
    double price = 50;
    for (size_t t = 0; t < T; t++) {
        price *= 1 + 0.06 * (gw_philox_uniform(seed, 0, t) - 0.49);
        bool gap = t + 1 < T && gw_philox_uniform(seed, 1, t) < gaps;
        close[t] = gap ? NAN : price;
    }
}

/** A market with gaps, opens, late listings, a delisting, a split and dividends. */
static inline void rough_market(struct small_market *m, size_t T, size_t N)
{
    double *close = calloc(N * T, sizeof *close);
    for (size_t n = 0; n < N; n++) {
        walk_closes(n, T, n == 0 ? 0.02 : 0.1, close + n * T);
        for (size_t t = 0; t < T; t++) {
            bool there = t >= 37 * n && (n != 2 || t < 2 * T / 3);
            close[n * T + t] = there ? close[n * T + t] : NAN;
        }
    }
    small_open(m, T, N, close);
    free(close);
    for (size_t i = 0; i < N * T; i++) {
        double noise = gw_philox_uniform(99, 0, i);
        double open = m->panel->column[GW_OPEN][i] * (1 + 0.01 * (noise - 0.5));
        double shut = m->panel->column[GW_CLOSE][i];
        double up = gw_philox_uniform(99, 1, i), down = gw_philox_uniform(99, 2, i);
        double volume = gw_philox_uniform(99, 3, i);
        m->panel->column[GW_OPEN][i] = noise < 0.03 ? NAN : open;
        m->panel->column[GW_HIGH][i] =
            up < 0.02 ? NAN : fmax(open, shut) * (1 + 0.03 * up);
        m->panel->column[GW_LOW][i] =
            down < 0.02 ? NAN : fmin(open, shut) * (1 - 0.03 * down);
        m->panel->column[GW_VOLUME][i] = volume < 0.03   ? NAN
                                         : volume < 0.06 ? 0
                                                         : round(2000 * volume);
    }
    m->benchmark = calloc(T, sizeof *m->benchmark);
    for (size_t t = 1; t < T; t++) {
        m->benchmark[t] = 0.03 * (gw_philox_uniform(98, 0, t) - 0.48);
    }
    if (N > 2) {
        m->panel->asset[2].delisting_return = -0.3;
    }
    m->panel->action[0] = (struct gw_action){0, 70, GW_DIVIDEND, 0.5};
    m->panel->action[1] = (struct gw_action){0, (int32_t)T / 2, GW_SPLIT, 0.5};
    m->panel->action[2] = (struct gw_action){0, (int32_t)T / 2 + 64, GW_DIVIDEND, 0.25};
    m->panel->actions = 3;
    m->panel->header->dims.actions = 3;
}

static inline void long_signals(struct small_market *m)
{
    m->rules.warmup = GW_WARM_COLD;
    small_signal(m, GW_ENTER_LONG, "crosses_above(sma(close, fast), sma(close, slow))");
    small_signal(m, GW_EXIT_LONG, "crosses_below(sma(close, fast), sma(close, slow))");
}

/** What is true at a bar depends on the bars before it. */
static inline void crossing_signals(struct small_market *m)
{
    m->rules.warmup = GW_WARM_BEFORE;
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_signal(m, GW_ENTER_LONG,
                 "crosses_above(close, ema(close, 3) * (1 + fast / 999 - slow / 9999))");
    small_signal(m, GW_EXIT_LONG,
                 "crosses_below(close, ema(close, 2) * (1 - slow / 2999 + fast / 9999))");
}

static inline void both_signals(struct small_market *m)
{
    m->rules.basis = GW_SPLIT_BASIS;
    m->rules.warmup = GW_WARM_BEFORE;
    m->rules.terms.commission_bps = 5;
    m->rules.terms.slippage_bps = 3;
    m->rules.terms.spread_bps = 4;
    small_signal(m, GW_ENTER_LONG,
                 "close > highest(lag(close, 1), slow) * (1 - fast / 200)");
    small_signal(m, GW_EXIT_LONG, "rsi(close, fast) < 40");
    small_signal(m, GW_ENTER_SHORT, "close < lowest(lag(close, 1), slow) and fast > 2");
    small_signal(m, GW_EXIT_SHORT, "crosses_above(close, ema(close, slow))");
}

static inline void every_bar_target(struct small_market *m)
{
    m->rules.basis = GW_SPLIT_BASIS;
    m->rules.warmup = GW_WARM_INSIDE_OWN;
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 1};
    m->rules.rebalance = GW_EVERY_BAR;
    m->rules.terms.commission_bps = 2;
    small_target(m, "where(sma(close, fast) > sma(close, slow), 1, -0.5)");
}

static inline void changing_target(struct small_market *m)
{
    m->rules.warmup = GW_WARM_INSIDE_COMMON;
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_target(m, "min(1, max(-1, (close / sma(close, slow) - 1) * fast))");
}

/** Lanes of few and of many orders side by side. */
static inline void uneven_target(struct small_market *m)
{
    m->rules.basis = GW_SPLIT_BASIS;
    m->rules.warmup = GW_WARM_BEFORE;
    m->rules.terms.commission_bps = 5;
    m->rules.terms.slippage_bps = 3;
    m->rules.terms.spread_bps = 4;
    small_target(m,
                 "where(close > sma(close, slow), 1, where(fast > 7, rsi(close, fast) / "
                 "50 - 1, 0))");
}

/** One combination of it cannot be: lag of less than 0 where slow < fast. */
static inline void failing_signals(struct small_market *m)
{
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    small_signal(m, GW_ENTER_SHORT, "close < lag(close, slow - fast)");
    small_signal(m, GW_EXIT_SHORT, "close > lag(close, fast) * (1 + slow / 100)");
}

static inline void small_term(struct small_market *m, enum gw_term term, const char *text)
{
    struct gw_error err;
    struct gw_place place = {"test", 1, 1};
    CHECK_OK(gw_graph_compile(m->graph, text, place,
                              (struct gw_expected){GW_NUMBER, false},
                              &m->rules.term[term], &err));
}

/** Every stop, in numbers that differ by lane; 0 in some of them. */
static inline void stopped_signals(struct small_market *m)
{
    both_signals(m);
    small_term(m, GW_TERM_stop_loss, "fast / 150");
    small_term(m, GW_TERM_stop_profit, "where(slow > 20, 0, slow / 200)");
    small_term(m, GW_TERM_stop_trail, "where(fast > 6, fast / 100, 0)");
    small_term(m, GW_TERM_stop_bars, "where(slow > 9, slow, 0)");
}

/** A target that a stop keeps flat for a while. */
static inline void stopped_target(struct small_market *m)
{
    m->rules.warmup = GW_WARM_COLD;
    m->rules.close_at_end = true;
    small_term(m, GW_TERM_stop_trail, "slow / 300");
    small_target(m, "where(sma(close, fast) > sma(close, slow), 1, "
                    "where(close > sma(close, slow), 0, -0.5))");
}

/** Orders that volume and whole lots cut, at closes. */
static inline void cut_signals(struct small_market *m)
{
    m->rules.warmup = GW_WARM_BEFORE;
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 1};
    m->rules.whole_lots = true;
    m->rules.close_at_end = true;
    m->rules.size = GW_SIZE_VALUE;
    small_term(m, GW_TERM_size, "300 * fast");
    m->rules.terms.leverage = 1.5;
    m->rules.terms.volume_limit = 0.004;
    m->rules.terms.impact = 0.2;
    m->rules.terms.commission_fixed = 0.1;
    m->rules.terms.commission_per_share = 0.05;
    m->rules.terms.commission_minimum = 0.3;
    m->rules.terms.commission_bps = 5;
    m->rules.terms.stop_loss = 0.08;
    m->rules.terms.stop_profit = 0.1;
    small_signal(m, GW_ENTER_LONG, "rsi(close, fast) < 40");
    small_signal(m, GW_EXIT_LONG, "rsi(close, fast) > 60");
    small_signal(m, GW_ENTER_SHORT, "rsi(close, fast) > 60 + slow");
    small_signal(m, GW_EXIT_SHORT, "rsi(close, fast) < 50");
}

/** All of the cash, which volume cuts, in one bar and out the next. */
static inline void cut_all(struct small_market *m)
{
    long_signals(m);
    m->rules.basis = GW_SPLIT_BASIS;
    m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m->rules.terms.volume_limit = 0.01;
    m->rules.terms.commission_minimum = 2;
    m->rules.terms.slippage_bps = 10;
    small_term(m, GW_TERM_stop_bars, "fast");
}

/** Sizes by volatility, and rates on what is borrowed. */
static inline void volatile_signals(struct small_market *m)
{
    m->rules.warmup = GW_WARM_INSIDE_OWN;
    m->rules.size = GW_SIZE_VOLATILITY;
    m->rules.deviation =
        small_compile(m, "stdev(close / lag(close, 1) - 1, slow, 1)", GW_NUMBER);
    small_term(m, GW_TERM_size, "fast / 20");
    m->rules.terms.leverage = 2;
    m->rules.terms.cash_rate = 0.02;
    m->rules.terms.margin_rate = 0.08;
    m->rules.terms.borrow_rate = 0.03;
    m->rules.terms.slippage_bps = 4;
    small_signal(m, GW_ENTER_LONG, "close > sma(close, fast)");
    small_signal(m, GW_ENTER_SHORT, "close < sma(close, fast)");
    small_signal(m, GW_EXIT_LONG, "close < lowest(lag(close, 1), slow)");
}

/** Weights above 1 that are traded back to every month. */
static inline void monthly_target(struct small_market *m)
{
    m->rules.basis = GW_SPLIT_BASIS;
    m->rules.warmup = GW_WARM_BEFORE;
    m->rules.rebalance = GW_MONTHLY;
    m->rules.risk_free = 0.01;
    m->rules.terms.leverage = 1.5;
    m->rules.terms.commission_fixed = 0.2;
    m->rules.terms.cash_rate = 0.03;
    m->rules.terms.borrow_rate = 0.05;
    small_target(m, "where(close > sma(close, slow), fast / 6, -fast / 15)");
}

/** The same every so many bars, in whole lots, with stops. */
static inline void periodic_target(struct small_market *m)
{
    m->rules.warmup = GW_WARM_INSIDE_COMMON;
    m->rules.rebalance = GW_EVERY_BARS;
    m->rules.every = 7;
    m->rules.whole_lots = true;
    m->rules.terms.volume_limit = 0.02;
    small_term(m, GW_TERM_stop_loss, "slow / 400");
    small_target(m, "where(close > sma(close, slow), 1, 0) * fast / 12");
}

/** Market and strategy of a test. */
struct scene {
    const char *name;
    size_t assets;
    void (*rules)(struct small_market *m);
};

static const struct scene scenes[] = {
    {"long signals, 1 asset", 1, long_signals},
    {"long signals, 3 assets", 3, long_signals},
    {"crossing signals, 1 asset", 1, crossing_signals},
    {"crossing signals, 3 assets", 3, crossing_signals},
    {"both signals, 1 asset", 1, both_signals},
    {"both signals, 10 assets", 10, both_signals},
    {"target every bar, 1 asset", 1, every_bar_target},
    {"target every bar, 10 assets", 10, every_bar_target},
    {"target on change, 1 asset", 1, changing_target},
    {"target on change, 3 assets", 3, changing_target},
    {"uneven target, 1 asset", 1, uneven_target},
    {"uneven target, 3 assets", 3, uneven_target},
    {"failing signals, 1 asset", 1, failing_signals},
    {"failing signals, 3 assets", 3, failing_signals},
    {"stopped signals, 1 asset", 1, stopped_signals},
    {"stopped signals, 10 assets", 10, stopped_signals},
    {"stopped target, 1 asset", 1, stopped_target},
    {"stopped target, 3 assets", 3, stopped_target},
    {"cut signals, 1 asset", 1, cut_signals},
    {"cut signals, 3 assets", 3, cut_signals},
    {"cut all, 1 asset", 1, cut_all},
    {"cut all, 3 assets", 3, cut_all},
    {"volatile signals, 1 asset", 1, volatile_signals},
    {"volatile signals, 3 assets", 3, volatile_signals},
    {"monthly target, 1 asset", 1, monthly_target},
    {"monthly target, 3 assets", 3, monthly_target},
    {"periodic target, 1 asset", 1, periodic_target},
    {"periodic target, 3 assets", 3, periodic_target},
};

enum { SCENES = sizeof scenes / sizeof scenes[0], SCENE_BARS = 400 };

/** Spans that cut words, overlap and are out of order. */
static const struct gw_span scene_spans[] = {{100, 227}, {0, 399}, {256, 299}, {64, 127}};
enum { SCENE_SPANS = sizeof scene_spans / sizeof scene_spans[0] };

/** Combinations that differ from each other; `start` gives others. */
static inline struct gw_run_lanes scene_lanes(size_t count, size_t start)
{
    struct gw_run_lanes run = {.count = count};
    for (size_t l = 0; l < count; l++) {
        run.value[0][l] = (double)(2 + (start + l) % 11);
        run.value[1][l] = (double)(3 + (start + l) * 7 % 29);
    }
    return run;
}

#endif
