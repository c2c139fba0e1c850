#include "experiment_fixture.h"
#include "gridwalk/plan/space.h"

#include "gridwalk/base/random.h"

#include <stdlib.h>
#include <time.h>

/* What a test knows of a space beside the code: counts, and a condition in plain C. */
struct model {
    size_t axes;
    int from[4], count[4];
    int condition;
};

static const struct {
    const char *text;
    size_t axes; /* that it needs */
} condition_table[] = {
    {"true", 1},
    {"p0 < p1", 2},
    {"p0 + p1 * 2 <= 40 or p0 == 3", 2},
    {"p1 / (p0 - 5) > 1", 2}, /* undefined where p0 is 5 */
    {"p0 > 100000", 1},       /* none is left */
    {"max(p0, p2) - p1 >= 0 and not p2 == 4", 3},
    {"p3 > p0 and p3 < p0 + 4", 4},
};
enum { CONDITIONS = sizeof condition_table / sizeof condition_table[0] };

static bool holds(int condition, const double *p)
{
    switch (condition) {
    case 1:
        return p[0] < p[1];
    case 2:
        return p[0] + p[1] * 2 <= 40 || p[0] == 3;
    case 3:
        return p[0] != 5 && p[1] / (p[0] - 5) > 1;
    case 4:
        return false;
    case 5:
        return fmax(p[0], p[2]) - p[1] >= 0 && p[2] != 4;
    case 6:
        return p[3] > p[0] && p[3] < p[0] + 4;
    default:
        return true;
    }
}

static unsigned draw(uint64_t stream, uint64_t *at, unsigned below)
{
    return (unsigned)(gw_philox_uniform(77, stream, (*at)++) * below);
}

static struct model draw_model(uint64_t stream)
{
    uint64_t at = 0;
    struct model model = {.axes = 1 + draw(stream, &at, 4)};
    size_t left = 20000;
    for (size_t a = 0; a < model.axes; a++) {
        unsigned most = left < 60 ? (unsigned)left : 60;
        model.count[a] = (int)(1 + draw(stream, &at, most));
        model.from[a] = (int)draw(stream, &at, 12);
        left /= (size_t)model.count[a];
    }
    do {
        model.condition = (int)draw(stream, &at, CONDITIONS);
    } while (condition_table[model.condition].axes > model.axes);
    return model;
}

static struct gw_experiment *build(const struct model *model)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "bundle: b\nstrategy:\n  target: close\n  parameters:\n");
    for (size_t a = 0; a < model->axes; a++) {
        gw_text_printf(&text, "    p%zu: ", a);
        if (model->count[a] == 1) {
            gw_text_printf(&text, "[%d]\n", model->from[a]);
        } else {
            gw_text_printf(&text, "{from: %d, to: %d}\n", model->from[a],
                           model->from[a] + model->count[a] - 1);
        }
    }
    if (model->condition > 0) {
        gw_text_printf(&text, "  constraints:\n    - %s\n",
                       condition_table[model->condition].text);
    }
    struct gw_experiment *experiment = fixture_parse(text.data);
    gw_text_clear(&text);
    return experiment;
}

static struct gw_space space_of(const struct gw_experiment *experiment)
{
    struct gw_space space = {.graph = experiment->graph,
                             .axis = experiment->axis,
                             .axes = experiment->axes,
                             .constraint = experiment->constraint,
                             .constraints = experiment->constraints,
                             .total = 1};
    for (size_t a = 0; a < space.axes; a++) {
        space.total *= space.axis[a].count;
    }
    return space;
}

/* Values of combination k by nested counting, first parameter slowest. */
static void values_of(const struct model *model, uint64_t k, double *p)
{
    for (size_t a = model->axes; a-- > 0;) {
        p[a] = model->from[a] + (double)(k % (uint64_t)model->count[a]);
        k /= (uint64_t)model->count[a];
    }
}

static void check_against(const struct model *model, struct gw_space *space)
{
    uint64_t found = 0, last = 0;
    CU_ASSERT_EQUAL(gw_space_count(space).exact, true);
    uint64_t counted = gw_space_count(space).count;
    gw_space_index(space);
    for (uint64_t k = 0; k < space->total; k++) {
        double p[4] = {0};
        bool feasible;
        values_of(model, k, p);
        gw_space_feasible(space, &k, 1, &feasible);
        CU_ASSERT_EQUAL(feasible, holds(model->condition, p));
        if (k % 37 == 0 || k == space->total - 1) {
            CU_ASSERT_EQUAL(gw_space_rank(space, k), found);
        }
        if (!feasible) {
            continue;
        }
        found++;
        CU_ASSERT_EQUAL(gw_space_next(space, last), k); /* nothing between two */
        last = k + 1;
    }
    CU_ASSERT_EQUAL(gw_space_next(space, last), space->total);
    CU_ASSERT_EQUAL(gw_space_rank(space, space->total), found);
    CU_ASSERT_EQUAL(space->feasible, found);
    CU_ASSERT_EQUAL(counted, found);
    gw_space_clear(space);
    /* without an index a search gives the same */
    CU_ASSERT_EQUAL(gw_space_next(space, last), space->total);
}

static void agrees_with_brute_force(void)
{
    for (uint64_t i = 0; i < 60; i++) {
        struct model model = draw_model(i);
        struct gw_experiment *experiment = build(&model);
        struct gw_space space = space_of(experiment);
        check_against(&model, &space);
        gw_experiment_free(experiment);
    }
}

/* Blocks of consecutive, strided and scattered combinations. */
static void gives_values_of_any_block(void)
{
    static double storage[4][GW_BLOCK];
    double *value[4] = {storage[0], storage[1], storage[2], storage[3]};
    static uint64_t k[GW_BLOCK];
    struct model model = {4, {3, 0, 7, 1}, {5, 11, 1, 37}, 0};
    struct gw_experiment *experiment = build(&model);
    struct gw_space space = space_of(experiment);
    CU_ASSERT_EQUAL(space.total, 5 * 11 * 37);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < GW_BLOCK; i++) {
            k[i] = round == 0 ? 900 + i : i * (round == 1 ? 1 : 977) % space.total;
        }
        gw_space_values(&space, k, GW_BLOCK, value);
        for (size_t i = 0; i < GW_BLOCK; i++) {
            double p[4] = {0};
            values_of(&model, k[i], p);
            for (size_t a = 0; a < 4; a++) {
                CU_ASSERT_EQUAL(value[a][i], p[a]);
            }
        }
    }
    gw_experiment_free(experiment);
}

/* First parameter slowest: the seed system's order. */
static void numbers_combinations_as_the_seed_system(void)
{
    struct gw_experiment *experiment =
        fixture_parse("bundle: b\nstrategy:\n  target: close\n  parameters:\n"
                      "    a: [1, 2]\n    b: [10, 20]\n");
    struct gw_space space = space_of(experiment);
    static const char *const expected[] = {"a=1, b=10", "a=1, b=20", "a=2, b=10",
                                           "a=2, b=20"};
    for (uint64_t k = 0; k < 4; k++) {
        struct gw_text text = {0};
        gw_space_print(&space, k, &text);
        CHECK_TEXT(text.data, expected[k]);
        gw_text_clear(&text);
    }
    size_t index[2];
    gw_space_decode(&space, 2, index);
    CU_ASSERT_EQUAL(index[0], 1);
    CU_ASSERT_EQUAL(index[1], 0);
    gw_experiment_free(experiment);
}

static void a_space_without_parameters_is_one_combination(void)
{
    struct gw_experiment *experiment = fixture_parse(FIXTURE_STRATEGY(FIXTURE_TARGET));
    struct gw_space space = space_of(experiment);
    gw_space_index(&space);
    CU_ASSERT_EQUAL(space.feasible, 1);
    CU_ASSERT_EQUAL(gw_space_next(&space, 0), 0);
    CU_ASSERT_EQUAL(gw_space_next(&space, 1), 1);
    CU_ASSERT_EQUAL(gw_space_rank(&space, 1), 1);
    bool feasible = false;
    gw_space_feasible(&space, &(uint64_t){0}, 1, &feasible);
    CU_ASSERT_TRUE(feasible);
    gw_experiment_free(experiment);
}

/* 10^12 combinations, of which fast < slow leaves just under a half. */
static void estimates_a_huge_rectangle_in_no_time(void)
{
    clock_t begin = clock();
    struct gw_experiment *experiment =
        fixture_parse("bundle: b\nstrategy:\n  target: close\n  parameters:\n"
                      "    fast: {from: 1, to: 1000000}\n"
                      "    slow: {from: 1, to: 1000000}\n  constraints: [fast < slow]\n");
    struct gw_space space = space_of(experiment);
    struct gw_feasible feasible = gw_space_count(&space);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    CU_ASSERT_FALSE(feasible.exact);
    CHECK_CLOSE((double)feasible.count, 5e11,
                0.01); /* three standard errors; a fixed seed */
    CU_ASSERT_EQUAL(gw_space_count(&space).count, feasible.count);
    CU_ASSERT_TRUE(seconds < 1); /* 0.02 in release */
    CU_ASSERT_EQUAL(gw_space_next(&space, 0), 1);
    gw_experiment_free(experiment);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"agrees_with_brute_force", agrees_with_brute_force},
        {"gives_values_of_any_block", gives_values_of_any_block},
        {"numbers_combinations_as_the_seed_system",
         numbers_combinations_as_the_seed_system},
        {"a_space_without_parameters_is_one_combination",
         a_space_without_parameters_is_one_combination},
        {"estimates_a_huge_rectangle_in_no_time", estimates_a_huge_rectangle_in_no_time},
    };
    return CHECK_RUN("space", tests);
}
