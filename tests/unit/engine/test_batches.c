/* What the vectorized engine says of a combination does not depend on what it is computed
 * with, nor on where a span begins and ends in its words and chunks of bars. */
#include "gridwalk/base/mem.h"

#include "vector_fixture.h"

enum { BARS = 2200 };

static const size_t edges[] = {0, 1, 62, 63, 64, 65, 1022, 1023, 1024, 1025};
static const size_t ends[] = {63,   64,   65,   127,  128,  1022,
                              1023, 1024, 1025, 2047, 2048, BARS - 1};
enum {
    EDGES = sizeof edges / sizeof edges[0],
    ENDS = sizeof ends / sizeof ends[0],
    SPANS = EDGES * ENDS
};

static size_t awkward_spans(struct gw_span *span)
{
    size_t count = 0;
    for (size_t i = 0; i < SPANS; i++) {
        if (edges[i / ENDS] <= ends[i % ENDS]) {
            span[count++] = (struct gw_span){edges[i / ENDS], ends[i % ENDS]};
        }
    }
    return count;
}

/* The rule of this test, done by hand: at each close all in when it is above the close
 * `lag` own bars ago, else all out, at that close, without costs. */
struct follower {
    double equity[BARS];
    size_t first, bars, exits, exposed;
    bool warm;
};

static struct follower *
follow(const double *close, size_t lag, struct gw_span span, enum gw_warmup mode)
{
    struct follower *out = calloc(1, sizeof *out);
    double own[BARS], equity = 1000, mark = 0;
    size_t count = 0;
    bool in = false;
    out->warm = mode != GW_WARM_INSIDE_OWN;
    out->first = span.begin;
    for (size_t t = mode == GW_WARM_BEFORE ? 0 : span.begin; t <= span.end; t++) {
        bool there = !isnan(close[t]);
        if (t == span.begin && mode == GW_WARM_BEFORE) {
            out->warm = count + there > lag;
        }
        if (there) {
            equity *= in ? close[t] / mark : 1;
            mark = close[t];
            own[count++] = mark;
        }
        if (there && count > lag && t >= span.begin) {
            bool was = in;
            in = mark > own[count - 1 - lag];
            out->exits += was && !in;
            if (!out->warm && mode == GW_WARM_INSIDE_OWN) { /* counts from the bar behind
                                                               its first decision */
                out->warm = t < span.end && count == lag + 1;
                out->first = t + 1;
            }
        }
        out->equity[t] = equity;
        out->exposed += in && t >= out->first && t >= span.begin;
    }
    out->bars = span.end - out->first + 1;
    return out;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-10 * fabs(b);
}

static void check_followed(const struct kept_row *row,
                           const struct follower *expected,
                           size_t end,
                           int *wrong)
{
    if (!expected->warm) {
        *wrong += row->status != GW_ROW_INSUFFICIENT_HISTORY;
        return;
    }
    *wrong += row->status != GW_ROW_OK;
    *wrong +=
        !near(row->metric[GW_METRIC_total_return] + 1, expected->equity[end] / 1000);
    *wrong += row->metric[GW_METRIC_trades] != (double)expected->exits;
    *wrong += !near(row->metric[GW_METRIC_exposure],
                    (double)expected->exposed / (double)expected->bars);
    if (row->equity == NULL) {
        return;
    }
    *wrong += row->first != expected->first || row->bars != expected->bars;
    for (size_t t = 0; t < row->bars && t < expected->bars; t++) {
        *wrong += !near(row->equity[t], expected->equity[expected->first + t]);
    }
}

static int wrong_rows(const struct kept *kept,
                      const double *close,
                      const struct gw_span *span,
                      enum gw_warmup mode)
{
    int wrong = 0;
    for (size_t s = 0; s < kept->spans; s++) {
        for (size_t l = 0; l < kept->lanes; l++) {
            struct follower *expected = follow(close, l + 1, span[s], mode);
            check_followed(kept_row(kept, l, s), expected, span[s].end, &wrong);
            free(expected);
        }
    }
    return wrong;
}

/* Lane l looks l + 1 bars back, on a calendar of its own and on one with gaps. */
static void spans_begin_and_end_anywhere(void)
{
    static const enum gw_warmup modes[] = {GW_WARM_COLD, GW_WARM_BEFORE,
                                           GW_WARM_INSIDE_OWN};
    struct gw_run_lanes run = {.count = GW_LANES};
    for (size_t l = 0; l < GW_LANES; l++) {
        run.value[0][l] = (double)l + 1;
    }
    for (size_t i = 0; i < 6; i++) {
        struct small_market m;
        struct gw_span span[SPANS];
        double close[BARS];
        walk_closes(i, BARS, i % 2 == 0 ? 0 : 0.1, close);
        small_open(&m, BARS, 1, close);
        m.rules.warmup = modes[i / 2];
        m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
        small_signal(&m, GW_ENTER_LONG, "close > lag(close, fast)");
        small_signal(&m, GW_EXIT_LONG, "close <= lag(close, fast)");
        struct gw_engine_setup setup =
            shape_setup(&m, i % 2 == 0 ? STORE_FILLS : SUM_ALL);
        struct gw_vector *vector = gw_vector_new(&setup);
        struct kept kept = kept_run(vector, &run, span, awkward_spans(span));
        int wrong = wrong_rows(&kept, close, span, modes[i / 2]);
        if (wrong > 0) {
            fprintf(stderr, "warm-up %d, %s: %d differences\n", (int)modes[i / 2],
                    i % 2 == 0 ? "no gaps" : "gaps", wrong);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        kept_clear(&kept);
        gw_vector_free(vector);
        small_close(&m);
    }
}

/* What an engine for a scene is made of. */
static struct gw_engine_setup
scene_open(struct small_market *m, const struct scene *scene, enum shape shape)
{
    rough_market(m, SCENE_BARS, scene->assets);
    scene->rules(m);
    struct gw_engine_setup setup = shape_setup(m, shape);
    setup.lookback = 25;
    return setup;
}

static void scene_close(struct small_market *m, struct gw_vector *vector)
{
    gw_vector_free(vector);
    small_close(m);
}

/* Rows that differ between all spans at once and each alone. */
static size_t differ_by_span(struct gw_vector *vector,
                             const struct gw_run_lanes *run,
                             const struct kept *whole)
{
    size_t different = 0;
    for (size_t s = 0; s < SCENE_SPANS; s++) {
        struct kept kept = kept_run(vector, run, &scene_spans[s], 1);
        for (size_t l = 0; l < run->count; l++) {
            different += !kept_same(kept_row(whole, l, s), &kept.row[l]);
        }
        kept_clear(&kept);
    }
    return different;
}

/* All lanes at once, each alone, and some together: the same bits. */
static void check_batches(const struct scene *scene, enum shape shape)
{
    static const size_t counts[] = {1, 7, 8, 9, 63, 64};
    struct small_market m;
    struct gw_engine_setup setup = scene_open(&m, scene, shape);
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes all = scene_lanes(GW_LANES, 0);
    struct kept whole = kept_run(vector, &all, scene_spans, SCENE_SPANS);
    size_t different = differ_by_span(vector, &all, &whole);
    size_t seen[GW_ROW_NOT_KEPT] = {0};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (size_t start = 0; start + counts[i] <= GW_LANES; start += 13) {
            struct gw_run_lanes part = scene_lanes(counts[i], start);
            struct kept kept = kept_run(vector, &part, scene_spans, SCENE_SPANS);
            for (size_t j = 0; j < counts[i] * SCENE_SPANS; j++) {
                const struct kept_row *row = &whole.row[start * SCENE_SPANS + j];
                different += !kept_same(row, &kept.row[j]);
                seen[row->status]++;
            }
            kept_clear(&kept);
        }
    }
    if (different > 0 || seen[GW_ROW_OK] == 0) {
        fprintf(stderr, "%s, shape %d: %zu rows differ\n", scene->name, (int)shape,
                different);
    }
    CU_ASSERT_EQUAL(different, 0);
    CU_ASSERT_TRUE(seen[GW_ROW_OK] > 100);
    kept_clear(&whole);
    scene_close(&m, vector);
}

static void a_combination_alone_gives_the_same_bits(void)
{
    for (size_t i = 0; i < SCENES * SHAPES; i++) {
        check_batches(&scenes[i / SHAPES], (enum shape)(i % SHAPES));
    }
}

/* Room for hardly a column, or for one run at a time in fewer lanes. */
static void the_same_bits_in_little_memory(void)
{
    for (size_t i = 0; i < SCENES * SHAPES; i++) {
        struct small_market m;
        struct gw_engine_setup setup =
            scene_open(&m, &scenes[i / SHAPES], (enum shape)(i % SHAPES));
        struct gw_vector *vector = gw_vector_new(&setup);
        setup.cache_bytes = 20000;
        setup.tile_bytes = 1;
        struct gw_vector *small = gw_vector_new(&setup);
        struct gw_run_lanes run = scene_lanes(GW_LANES, 0);
        struct kept a = kept_run(vector, &run, scene_spans, SCENE_SPANS);
        struct kept b = kept_run(small, &run, scene_spans, SCENE_SPANS);
        size_t different = 0;
        for (size_t j = 0; j < GW_LANES * SCENE_SPANS; j++) {
            different += !kept_same(&a.row[j], &b.row[j]);
        }
        CU_ASSERT_EQUAL(different, 0);
        kept_clear(&a);
        kept_clear(&b);
        gw_vector_free(small);
        scene_close(&m, vector);
    }
}

/* Every row within 1e-9 of the judge's. */
static void check_judged(const struct scene *scene, enum shape shape)
{
    struct small_market m;
    struct gw_engine_setup setup = scene_open(&m, scene, shape);
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes run = scene_lanes(20, 0);
    struct kept kept = kept_run(vector, &run, scene_spans, SCENE_SPANS);
    size_t different = 0;
    m.reference = gw_reference_new(&setup);
    for (size_t j = 0; j < run.count * SCENE_SPANS; j++) {
        const struct kept_row *row = &kept.row[j];
        const struct gw_span *span = &scene_spans[j % SCENE_SPANS];
        size_t l = j / SCENE_SPANS;
        small_run(&m, run.value[0][l], run.value[1][l], span->begin, span->end);
        different += row->status != m.row.status;
        for (int k = 0; k < GW_METRICS; k++) {
            different += setup.wanted[k] &&
                         !gw_agrees((enum gw_metric)k, row->metric[k], m.row.metric[k]);
        }
    }
    if (different > 0) {
        fprintf(stderr, "%s, shape %d: %zu differences\n", scene->name, (int)shape,
                different);
    }
    CU_ASSERT_EQUAL(different, 0);
    kept_clear(&kept);
    scene_close(&m, vector);
}

static void rows_agree_with_the_reference_engine(void)
{
    for (size_t i = 0; i < SCENES * SHAPES; i++) {
        check_judged(&scenes[i / SHAPES], (enum shape)(i % SHAPES));
    }
}

static void forget(void *context, const struct gw_vector_row *row)
{
    *(uint64_t *)context += row->status == GW_ROW_OK;
}

/* Batches of one shape with ever other parameters, behind a first few that fill the
 * cache: nothing is taken from the heap. */
static void check_allocations(const struct scene *scene, enum shape shape)
{
    enum { RUNS = 3, FIRST = 6, MORE = 6 };
    struct small_market m;
    struct gw_engine_setup setup = scene_open(&m, scene, shape);
    setup.lookback = 200;
    setup.keep_fills = false; /* they grow with the number of fills */
    setup.cache_bytes = (size_t)1 << (scene->assets > 3 ? 22 : 20);
    struct gw_vector *vector = gw_vector_new(&setup);
    uint64_t more = 0, rows = 0, counted = 0;
    for (size_t i = 0; i < FIRST + MORE; i++) {
        struct gw_run_lanes run[RUNS];
        for (size_t r = 0; r < RUNS; r++) {
            run[r] = scene_lanes(r == 1 ? 31 : GW_LANES, (i * RUNS + r) * GW_LANES);
            for (size_t l = 0; l < GW_LANES; l++) { /* values that no run had before */
                run[r].value[1][l] = (double)(12 + 5 * (i * RUNS + r) + l % 5);
            }
        }
        struct gw_vector_work work = {run, RUNS, scene_spans, SCENE_SPANS, forget, &rows};
        uint64_t before = gw_allocations();
        uint64_t slow = gw_vector_stats(vector).reference_rows;
        gw_vector_run(vector, &work);
        /* The reference engine takes what it needs with its first rows. */
        if (i >= FIRST &&
            (slow > 300 || slow == gw_vector_stats(vector).reference_rows)) {
            more += gw_allocations() - before;
            counted++;
        }
    }
    if (more > 0) {
        fprintf(stderr, "%s, shape %d: %llu allocations in %llu batches\n", scene->name,
                (int)shape, (unsigned long long)more, (unsigned long long)counted);
    }
    CU_ASSERT_EQUAL(more, 0);
    CU_ASSERT_TRUE(rows > 1000 && counted >= 5);
    scene_close(&m, vector);
}

static void later_batches_allocate_nothing(void)
{
    for (size_t i = 0; i < SCENES * SHAPES; i++) {
        check_allocations(&scenes[i / SHAPES], (enum shape)(i % SHAPES));
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"spans_begin_and_end_anywhere", spans_begin_and_end_anywhere},
        {"a_combination_alone_gives_the_same_bits",
         a_combination_alone_gives_the_same_bits},
        {"the_same_bits_in_little_memory", the_same_bits_in_little_memory},
        {"rows_agree_with_the_reference_engine", rows_agree_with_the_reference_engine},
        {"later_batches_allocate_nothing", later_batches_allocate_nothing},
    };
    return CHECK_RUN("batches", tests);
}
