/* Shared accounts of the vectorized engine over rough markets: the same bits in any
 * company, the sums of plain arithmetic, and memory within its limit. */
#include "vector_fixture.h"

static void sized_signals(struct small_market *m)
{
    both_signals(m);
    m->rules.size = GW_SIZE_EQUITY;
    m->rules.terms.size = 0.3;
    m->rules.terms.leverage = 1.5;
    m->rules.terms.borrow_rate = 0.05;
    m->rules.terms.cash_rate = 0.02;
    m->rules.terms.margin_rate = 0.07;
}

static void stopping_signals(struct small_market *m)
{
    long_signals(m);
    m->rules.execution = (struct gw_execution){GW_PRICE_OPEN, 1};
    m->rules.capital = 100000;
    m->rules.size = GW_SIZE_VALUE;
    m->rules.terms.size = 40000;
    m->rules.terms.stop_loss = 0.04;
    m->rules.terms.stop_profit = 0.08;
    m->rules.terms.stop_trail = 0.05;
    m->rules.terms.stop_bars = 9;
    m->rules.terms.volume_limit = 0.2;
    m->rules.terms.impact = 0.1;
    m->rules.terms.commission_minimum = 1;
    m->rules.terms.commission_per_share = 0.01;
    m->rules.whole_lots = true;
    m->rules.close_at_end = true;
}

static void risky_signals(struct small_market *m)
{
    crossing_signals(m);
    m->rules.size = GW_SIZE_VOLATILITY;
    m->rules.terms.size = 0.1;
    m->rules.deviation =
        small_compile(m, "stdev(roc(close, 1), 5 + fast, 1) / 100", GW_NUMBER);
}

static void all_signals(struct small_market *m)
{
    long_signals(m);
    m->rules.warmup = GW_WARM_INSIDE_OWN;
    m->rules.size = GW_SIZE_ALL;
}

static void weekly_target(struct small_market *m)
{
    uneven_target(m);
    m->rules.rebalance = GW_WEEKLY;
    m->rules.terms.stop_loss = 0.1;
}

static void sparse_target(struct small_market *m)
{
    changing_target(m);
    m->rules.rebalance = GW_EVERY_BARS;
    m->rules.every = 7;
}

static const struct scene shared_scenes[] = {
    {"sized signals, 1 asset", 1, sized_signals},
    {"sized signals, 10 assets", 10, sized_signals},
    {"stopping signals, 3 assets", 3, stopping_signals},
    {"stopping signals, 9 assets", 9, stopping_signals},
    {"risky signals, 3 assets", 3, risky_signals},
    {"all signals, 3 assets", 3, all_signals},
    {"failing signals, 3 assets", 3, failing_signals},
    {"target every bar, 10 assets", 10, every_bar_target},
    {"target on change, 3 assets", 3, changing_target},
    {"weekly target, 3 assets", 3, weekly_target},
    {"sparse target, 9 assets", 9, sparse_target},
};
enum { SHARED_SCENES = sizeof shared_scenes / sizeof shared_scenes[0] };

static struct gw_engine_setup
scene_open(struct small_market *m, const struct scene *scene, enum shape shape)
{
    rough_market(m, SCENE_BARS, scene->assets);
    scene->rules(m);
    m->rules.mode = GW_SHARED;
    struct gw_engine_setup setup = shape_setup(m, shape);
    setup.lookback = 35;
    return setup;
}

static void scene_close(struct small_market *m, struct gw_vector *vector)
{
    gw_vector_free(vector);
    small_close(m);
}

/* Rows of a part of the lanes and spans that differ from those of all of them. Those of
 * the reference engine are not asked: it is not what is tested. */
static size_t differ(struct gw_vector *vector,
                     const struct kept *whole,
                     size_t start,
                     size_t count,
                     size_t span,
                     size_t spans)
{
    struct gw_run_lanes part = scene_lanes(count, start);
    struct kept kept = kept_run(vector, &part, scene_spans + span, spans);
    size_t different = 0;
    for (size_t l = 0; l < count; l++) {
        for (size_t s = 0; s < spans; s++) {
            different +=
                !kept_same(kept_row(whole, start + l, span + s), kept_row(&kept, l, s));
        }
    }
    kept_clear(&kept);
    return different;
}

static void check_company(const struct scene *scene, enum shape shape)
{
    struct small_market m;
    struct gw_engine_setup setup = scene_open(&m, scene, shape);
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes all = scene_lanes(GW_LANES, 0);
    struct kept whole = kept_run(vector, &all, scene_spans, SCENE_SPANS);
    size_t different = 0, fast = 0;
    for (size_t s = 0; s < SCENE_SPANS; s++) {
        different += differ(vector, &whole, 0, GW_LANES, s, 1);
    }
    for (size_t l = 0; l < GW_LANES; l += 9) {
        different += differ(vector, &whole, l, 1, 0, SCENE_SPANS);
        different += differ(vector, &whole, l / 2, 9, 1, 2);
    }
    setup.cache_bytes = 20000; /* hardly a column, and one lane at a time */
    setup.tile_bytes = 1;
    struct gw_vector *small = gw_vector_new(&setup);
    different += differ(small, &whole, 0, GW_LANES, 0, SCENE_SPANS);
    for (size_t i = 0; i < GW_LANES * SCENE_SPANS; i++) {
        fast += whole.row[i].status == GW_ROW_OK && !whole.row[i].by_reference;
    }
    if (different > 0 || fast < 100) {
        fprintf(stderr, "%s, shape %d: %zu rows differ, %zu fast\n", scene->name,
                (int)shape, different, fast);
    }
    CU_ASSERT_EQUAL(different, 0);
    CU_ASSERT_TRUE(fast >= 100);
    kept_clear(&whole);
    gw_vector_free(small);
    scene_close(&m, vector);
}

static void a_combination_alone_gives_the_same_bits(void)
{
    for (size_t i = 0; i < SHARED_SCENES; i++) {
        check_company(&shared_scenes[i], SUM_ALL);
        check_company(&shared_scenes[i], STORE_FILLS);
    }
}

/* One asset on a pool of its own is an account of its own: the other half of the engine
 * has the same rows. */
static void check_alone(void (*rules)(struct small_market *m))
{
    struct scene scene = {"", 1, rules};
    struct small_market m;
    struct gw_engine_setup setup = scene_open(&m, &scene, STORE_FILLS);
    struct gw_run_lanes run = scene_lanes(GW_LANES, 0);
    setup.wanted[GW_METRIC_pooled_sharpe] = false;
    struct gw_vector *shared = gw_vector_new(&setup);
    struct kept a = kept_run(shared, &run, scene_spans, SCENE_SPANS);
    m.rules.mode = GW_PER_ASSET;
    struct gw_vector *apart = gw_vector_new(&setup);
    struct kept b = kept_run(apart, &run, scene_spans, SCENE_SPANS);
    size_t different = 0, fast = 0;
    for (size_t i = 0; i < GW_LANES * SCENE_SPANS; i++) {
        const struct kept_row *x = &a.row[i], *y = &b.row[i];
        bool judged = x->by_reference || y->by_reference;
        fast += x->status == GW_ROW_OK && !judged;
        different += x->status != y->status || (!judged && x->fills != y->fills);
        for (int k = 0; !judged && k < GW_METRICS; k++) {
            different += setup.wanted[k] &&
                         !gw_agrees((enum gw_metric)k, x->metric[k], y->metric[k]);
        }
    }
    CU_ASSERT_EQUAL(different, 0);
    CU_ASSERT_TRUE(fast >= 100);
    kept_clear(&a);
    kept_clear(&b);
    gw_vector_free(shared);
    scene_close(&m, apart);
}

static void one_asset_shares_with_nobody(void)
{
    check_alone(sized_signals);
    check_alone(stopping_signals);
    check_alone(risky_signals);
    check_alone(every_bar_target);
    check_alone(changing_target);
    check_alone(weekly_target);
    check_alone(sparse_target);
}

/* A weight of 0.3 in each of 70 assets (more than a word of them) at leverage 30, made
 * good at every close: equity grows by 1 + 0.3 * the sum of their returns, and without
 * leverage by 1 + the mean of them. */
static void check_weights(double leverage, double part)
{
    enum { ASSETS = 70, BARS = 150 };
    static double close[ASSETS * BARS], equity[BARS];
    struct small_market m;
    for (size_t n = 0; n < ASSETS; n++) {
        walk_closes(n, BARS, 0, close + n * BARS);
    }
    equity[0] = 1000;
    for (size_t t = 1; t < BARS; t++) {
        double sum = 0;
        for (size_t n = 0; n < ASSETS; n++) {
            sum += close[n * BARS + t] / close[n * BARS + t - 1] - 1;
        }
        equity[t] = equity[t - 1] * (1 + part * sum);
    }
    size_t asset[ASSETS];
    small_open(&m, BARS, 1, close);
    gw_panel_free(m.panel);
    m.panel = gw_panel_new(&(struct gw_panel_dims){.bars = BARS, .assets = ASSETS});
    for (size_t n = 0; n < ASSETS; n++) {
        asset[n] = n;
    }
    for (size_t t = 0; t < BARS; t++) {
        m.panel->session[t] = (int32_t)t;
    }
    memcpy(m.panel->column[GW_CLOSE], close, sizeof close);
    m.rules.mode = GW_SHARED;
    m.rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    m.rules.rebalance = GW_EVERY_BAR;
    m.rules.terms.leverage = leverage;
    small_target(&m, "0.3");
    struct gw_engine_setup setup = shape_setup(&m, STORE_FILLS);
    setup.asset = asset;
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes run = scene_lanes(1, 0);
    struct kept kept = kept_run(vector, &run, &(struct gw_span){0, BARS - 1}, 1);
    CU_ASSERT_EQUAL_FATAL(kept.row[0].bars, BARS);
    CU_ASSERT_FALSE(kept.row[0].by_reference);
    double worst = 0;
    for (size_t t = 0; t < BARS; t++) {
        worst = fmax(worst, fabs(kept.row[0].equity[t] / equity[t] - 1));
    }
    CU_ASSERT_TRUE(worst < 1e-9);
    kept_clear(&kept);
    scene_close(&m, vector);
}

static void weights_add_up(void)
{
    check_weights(30, 0.3);
}

/* Lanes of a batch need at least their signals, a bit for each asset and bar, and their
 * equity. A limit of half as much has half the lanes. */
static void a_batch_keeps_within_its_memory(void)
{
    enum { T = 4000, N = 10 };
    static double close[T * N];
    struct small_market m;
    for (size_t n = 0; n < N; n++) {
        walk_closes(n, T, 0, close + n * T);
    }
    small_open(&m, T, N, close);
    sized_signals(&m);
    m.rules.mode = GW_SHARED;
    struct gw_engine_setup setup = shape_setup(&m, SUM_BASIC);
    double lane = 4.0 * N * T / 8 + 8.0 * T;
    for (size_t megabytes = 4; megabytes <= 64; megabytes *= 2) {
        setup.tile_bytes = megabytes << 20;
        struct gw_vector *vector = gw_vector_new(&setup);
        size_t runs = gw_vector_batch(vector, 1, T);
        double bytes = (double)runs * lane * (megabytes > 4 ? GW_LANES : 1);
        CU_ASSERT_TRUE(bytes <= (double)setup.tile_bytes);
        CU_ASSERT_TRUE(runs >= megabytes / 16);
        gw_vector_free(vector);
    }
    small_close(&m);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"a_combination_alone_gives_the_same_bits",
         a_combination_alone_gives_the_same_bits},
        {"one_asset_shares_with_nobody", one_asset_shares_with_nobody},
        {"weights_add_up", weights_add_up},
        {"a_batch_keeps_within_its_memory", a_batch_keeps_within_its_memory},
    };
    return CHECK_RUN("shared batches", tests);
}
