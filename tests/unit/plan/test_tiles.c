#include "plan_fixture.h"

#include "gridwalk/base/random.h"
#include "gridwalk/base/text.h"

#include <stdlib.h>

enum { SPACES = 200, MOST_AXES = 4 };

/* A grid, its windows and its market, drawn at random. */
struct model {
    size_t axes, count[MOST_AXES], total;
    size_t windows, train, test; /* test 0: one segment */
    size_t assets;
    bool constrained, quantile;
    size_t memory; /* MiB */
};

static size_t draw(uint64_t stream, uint64_t *at, size_t below)
{
    return (size_t)(gw_philox_uniform(5, stream, (*at)++) * (double)below);
}

static struct model draw_model(uint64_t stream)
{
    static const size_t length[] = {10, 40, 300, 2000}, memory[] = {1, 16, 46, 1024};
    uint64_t at = 0;
    struct model model = {.axes = 1 + draw(stream, &at, MOST_AXES), .total = 1};
    for (size_t a = 0; a < model.axes; a++) {
        size_t most = 12000 / model.total < 200 ? 12000 / model.total : 200;
        model.count[a] = draw(stream, &at, 6) == 0 ? 1 : 1 + draw(stream, &at, most);
        model.total *= model.count[a];
    }
    model.windows = 1 + draw(stream, &at, 20);
    model.train = length[draw(stream, &at, 4)];
    model.test = draw(stream, &at, 3) == 0 ? 0 : 1 + model.train / 4;
    model.assets = 1 + draw(stream, &at, 3);
    model.constrained = draw(stream, &at, 2) == 0;
    model.quantile = draw(stream, &at, 3) == 0;
    model.memory = memory[draw(stream, &at, 4)];
    return model;
}

static struct gw_experiment *build(const struct model *model)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "bundle: b\nstrategy:\n  target: close\n  parameters:\n");
    for (size_t a = 0; a < model->axes; a++) {
        gw_text_printf(&text,
                       model->count[a] == 1 ? "    p%zu: [1]\n"
                                            : "    p%zu: {from: 1, to: %zu}\n",
                       a, model->count[a]);
    }
    if (model->constrained) {
        gw_text_printf(&text, "  constraints:\n    - not (p0 == 2) and p%zu < 150\n",
                       model->axes - 1);
    }
    gw_text_printf(&text, "walk_forward: {train: %zu, test: %zu, step: 7%s}\n",
                   model->train, model->test, model->test > 0 ? ", overlap: true" : "");
    gw_text_printf(&text, "limits: {memory: %zuM}\nmetrics: %s\n", model->memory,
                   model->quantile ? "[var_95]" : "all");
    struct gw_experiment *experiment = fixture_parse(text.data);
    gw_text_clear(&text);
    return experiment;
}

static bool is_feasible(const struct model *model, uint64_t k)
{
    size_t value[MOST_AXES];
    for (size_t a = model->axes; a-- > 0;) {
        value[a] = 1 + k % model->count[a];
        k /= model->count[a];
    }
    return !model->constrained || (value[0] != 2 && value[model->axes - 1] < 150);
}

/* The bounds of a tile, in the words of the design; `one` is what may not shrink. */
static bool
fits(const struct model *model, const struct gw_plan *plan, uint64_t runs, size_t windows)
{
    uint64_t lanes = plan->tiling.lanes < GW_RUN ? plan->tiling.lanes : GW_RUN;
    uint64_t combinations = runs * lanes;
    uint64_t bars = windows * (model->train + model->test);
    uint64_t rows = combinations * windows * (model->test > 0 ? 2 : 1);
    bool equity = model->quantile || model->assets > 1;
    return bars * model->assets * combinations <= 1u << 23 &&
           rows * (8 * plan->experiment->metrics + 1) <= 1u << 20 &&
           (!equity || combinations * bars * 8 <= model->memory * 1024 * 1024 / 4);
}

static void check_bounds(const struct model *model, const struct gw_plan *plan)
{
    const struct gw_tiling *tiling = &plan->tiling;
    uint64_t runs = tiling->runs_per_tile;
    size_t windows = tiling->windows_per_tile;
    CU_ASSERT_TRUE(windows == 1 || fits(model, plan, 1, windows));
    CU_ASSERT_TRUE(windows == plan->windows || !fits(model, plan, 1, windows + 1));
    CU_ASSERT_TRUE(runs == 1 || fits(model, plan, runs, windows));
    CU_ASSERT_TRUE(runs == tiling->runs || !fits(model, plan, runs + 1, windows));
}

/* Count every combination and window over all tiles; in[] holds [total][windows]. */
static void cover(const struct model *model, const struct gw_plan *plan, char *in)
{
    for (uint64_t id = 0; id < plan->tiling.tiles; id++) {
        struct gw_tile tile = gw_plan_tile(plan, id);
        size_t rows = 0;
        CU_ASSERT_TRUE(tile.runs >= 1 && tile.windows >= 1);
        for (uint64_t run = tile.first_run; run < tile.first_run + tile.runs; run++) {
            uint64_t k[GW_RUN];
            size_t count = gw_plan_run(plan, run, k);
            rows += count * tile.windows * plan->segments;
            for (size_t i = 0; i < count * tile.windows; i++) {
                in[k[i / tile.windows] * model->windows + tile.first_window +
                   i % tile.windows]++;
            }
        }
        CU_ASSERT_TRUE(rows * gw_plan_row_bytes(plan) <= gw_plan_payload_max(plan));
    }
}

static void check_covered_once(const struct model *model, const struct gw_plan *plan)
{
    char *in = calloc(model->total * model->windows, 1);
    size_t wrong = 0;
    cover(model, plan, in);
    for (uint64_t k = 0; k < model->total; k++) {
        for (size_t w = 0; w < model->windows; w++) {
            wrong += in[k * model->windows + w] != is_feasible(model, k);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(in);
}

/*
 * The order of combinations as the design tells it: lane axes by length (the later of
 * equals first) until there are 64 lanes; the first of them fastest; the rest slower, as
 * in the file. Returns how many combinations make a line.
 */
static size_t expected_order(const struct model *model, size_t *order)
{
    bool lane[MOST_AXES] = {false};
    size_t lanes = 1, at = model->axes, front = 0;
    for (size_t length = 200; length > 1; length--) {
        for (size_t a = model->axes; a-- > 0;) {
            if (model->count[a] == length && lanes < 64) {
                order[--at] = a;
                lane[a] = true;
                lanes *= length;
            }
        }
    }
    for (size_t a = 0; a < model->axes; a++) {
        if (!lane[a]) {
            order[front++] = a;
        }
    }
    return lanes;
}

/* All runs, one behind the other, are that order, cut at 64 and at the ends of lines. */
static void check_order(const struct model *model, const struct gw_plan *plan)
{
    size_t order[MOST_AXES], position = 0, wrong = 0;
    size_t lanes = expected_order(model, order);
    for (uint64_t run = 0; run < plan->tiling.runs; run++) {
        uint64_t got[GW_RUN];
        size_t count = gw_plan_run(plan, run, got), kept = 0;
        do {
            uint64_t index[MOST_AXES] = {0}, k = 0;
            size_t rest = position++;
            for (size_t i = model->axes; i-- > 0;) {
                index[order[i]] = rest % model->count[order[i]];
                rest /= model->count[order[i]];
            }
            for (size_t a = 0; a < model->axes; a++) {
                k = k * model->count[a] + index[a];
            }
            if (is_feasible(model, k)) {
                wrong += kept >= count || got[kept] != k;
                kept++;
            }
        } while (position % lanes != 0 && position % lanes % 64 != 0);
        wrong += kept != count;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(position, model->total);
}

static void check_model(const struct model *model)
{
    size_t bars = model->train + model->test + 7 * (model->windows - 1);
    struct fixture_market market = fixture_market(bars, model->assets, NULL);
    struct gw_experiment *experiment = build(model);
    struct gw_plan *plan;
    struct gw_error err;
    bool any = false;
    for (uint64_t k = 0; k < model->total; k++) {
        any = any || is_feasible(model, k);
    }
    if (any) {
        CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
        CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
        CU_ASSERT_EQUAL(plan->windows, model->windows);
        CU_ASSERT_EQUAL(plan->space.total, model->total);
        check_bounds(model, plan);
        check_covered_once(model, plan);
        check_order(model, plan);
        gw_plan_free(plan);
    } else {
        CU_ASSERT_EQUAL(fixture_plan(experiment, &market, &plan, &err), GW_CONFIG);
    }
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

static void every_row_lies_in_one_tile(void)
{
    for (uint64_t i = 0; i < SPACES; i++) {
        struct model model = draw_model(i);
        check_model(&model);
    }
}

/* Cases worked out by hand. */
static void joins_axes_until_there_are_64_lanes(void)
{
    static const struct {
        size_t axes, count[MOST_AXES], lanes, order[MOST_AXES], per_line;
    } expected[] = {
        {2, {250, 400}, 400, {0, 1}, 7},
        {2, {64, 64}, 64, {0, 1}, 1}, /* the later of equals */
        {3, {70, 3, 70}, 70, {0, 1, 2}, 2},
        {3, {5, 63, 7}, 441, {0, 2, 1}, 7},     /* 63 x 7 */
        {4, {8, 7, 8, 2}, 64, {1, 3, 0, 2}, 1}, /* 8 (later) x 8 */
        {4, {3, 3, 3, 1}, 27, {3, 0, 1, 2}, 1}, /* none is left */
        {1, {1}, 1, {0}, 1},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct model model = {
            .axes = expected[i].axes, .windows = 1, .train = 5, .assets = 1, .memory = 1};
        memcpy(model.count, expected[i].count, sizeof model.count);
        struct fixture_market market = fixture_market(5, 1, NULL);
        struct gw_experiment *experiment = build(&model);
        struct gw_plan *plan;
        struct gw_error err;
        CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
        CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
        CU_ASSERT_EQUAL(plan->tiling.lanes, expected[i].lanes);
        CU_ASSERT_EQUAL(plan->tiling.runs_per_line, expected[i].per_line);
        for (size_t a = 0; a < model.axes; a++) {
            CU_ASSERT_EQUAL(plan->tiling.order[a], expected[i].order[a]);
        }
        gw_plan_free(plan);
        gw_experiment_free(experiment);
        fixture_market_free(&market);
    }
}

/* Windows of 1,100 to 3,000 bars: 64 combinations in twenty of the longest are 3,840,000
 * bars, and two runs of so many lie below 2^23. */
static void takes_windows_for_the_longest(void)
{
    struct fixture_market market = fixture_market(3000, 1, NULL);
    struct gw_experiment *experiment = fixture_parse(
        "bundle: b\nstrategy:\n  target: close\n  parameters:\n    p: {from: 1, to: "
        "640}\n"
        "walk_forward: {mode: anchored, train: 1000, test: 100}\nmetrics: [sharpe]\n");
    struct gw_plan *plan;
    struct gw_error err;
    double weight = 0;
    CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    CU_ASSERT_EQUAL(plan->windows, 20);
    CU_ASSERT_EQUAL(plan->tiling.windows_per_tile, 20);
    CU_ASSERT_EQUAL(plan->tiling.runs_per_tile, 2);
    CU_ASSERT_EQUAL(plan->tiling.tiles, 5);
    for (uint64_t id = 0; id < plan->tiling.tiles; id++) {
        weight += gw_plan_weight(plan, id);
    }
    CU_ASSERT_DOUBLE_EQUAL(weight, 640.0 * 20 * (1100 + 3000) / 2, 1e-6);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

/* What a tile is may hang on nothing but the experiment and the bundle's dims. */
static void tiles_do_not_hang_on_prices(void)
{
    struct model model = draw_model(3);
    struct gw_experiment *experiment = build(&model);
    size_t bars = model.train + model.test + 7 * (model.windows - 1);
    struct gw_plan *plan[2];
    struct gw_error err;
    for (size_t i = 0; i < 2; i++) {
        struct fixture_market market = fixture_market(bars, model.assets, NULL);
        for (size_t t = 0; t < bars; t++) {
            gw_panel_column(market.panel, GW_CLOSE, 0)[t] = 50 + (double)(i * t);
        }
        CHECK_OK(fixture_plan(experiment, &market, &plan[i], &err));
        CU_ASSERT_PTR_NOT_NULL_FATAL(plan[i]);
        fixture_market_free(&market);
    }
    CU_ASSERT_EQUAL(memcmp(&plan[0]->tiling, &plan[1]->tiling, sizeof plan[0]->tiling),
                    0);
    gw_plan_free(plan[0]);
    gw_plan_free(plan[1]);
    gw_experiment_free(experiment);
}

/* Nearly 10^18 combinations: nothing may overflow, and the last tile ends with the last
 * run. */
static void cuts_a_grid_of_any_size(void)
{
    struct fixture_market market = fixture_market(40, 1, NULL);
    struct gw_experiment *experiment = fixture_parse(
        FIXTURE_STRATEGY(FIXTURE_TARGET "  parameters:\n"
                                        "    a: {from: 1, to: 999999999}\n"
                                        "    b: {from: 1, to: 999999999}\n"));
    struct gw_plan *plan;
    struct gw_error err;
    CHECK_OK(fixture_plan(experiment, &market, &plan, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    struct gw_tile last = gw_plan_tile(plan, plan->tiling.tiles - 1);
    CU_ASSERT_EQUAL(last.first_run + last.runs, plan->tiling.runs);
    uint64_t k[GW_RUN];
    size_t count = gw_plan_run(plan, plan->tiling.runs - 1, k);
    CU_ASSERT_EQUAL(count, 999999999 % 64);
    CU_ASSERT_EQUAL(k[count - 1], UINT64_C(999999999) * 999999999 - 1);
    gw_plan_free(plan);
    gw_experiment_free(experiment);
    fixture_market_free(&market);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"every_row_lies_in_one_tile", every_row_lies_in_one_tile},
        {"joins_axes_until_there_are_64_lanes", joins_axes_until_there_are_64_lanes},
        {"takes_windows_for_the_longest", takes_windows_for_the_longest},
        {"tiles_do_not_hang_on_prices", tiles_do_not_hang_on_prices},
        {"cuts_a_grid_of_any_size", cuts_a_grid_of_any_size},
    };
    return CHECK_RUN("tiles", tests);
}
