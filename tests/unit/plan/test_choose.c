#include "check.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/random.h"
#include "gridwalk/plan/choose.h"

#include <stdlib.h>

enum { MOST_AXES = 4, MOST_TOTAL = 400 };

/* A plan with no more than choosing looks at. */
struct world {
    struct gw_axis axis[MOST_AXES];
    struct gw_experiment experiment;
    struct gw_plan plan;
};

static void world_init(struct world *world, size_t axes, const size_t *count)
{
    *world = (struct world){0};
    world->plan.space = (struct gw_space){.axis = world->axis, .axes = axes, .total = 1};
    for (size_t a = 0; a < axes; a++) {
        world->axis[a].count = count[a];
        world->plan.space.total *= count[a];
    }
    world->plan.experiment = &world->experiment;
    world->experiment.objective = (struct gw_objective){.maximize = true, .top = 1};
}

/* ---- best, top ---- */

static void best_is_the_first_or_cash(void)
{
    static const size_t count[] = {3, 1, 4};
    static const struct {
        int rank;
        bool otherwise;
        size_t picks;
    } expected[] = {{GW_SCORE_MET, false, 1},      {GW_SCORE_UNMET, false, 0},
                    {GW_SCORE_UNMET, true, 1},     {GW_SCORE_UNDEFINED, true, 0},
                    {GW_SCORE_RUINED, true, 0},    {GW_SCORE_NOT_RUN, true, 0},
                    {GW_SCORE_UNDEFINED, false, 0}};
    struct world world;
    struct gw_choice choice;
    world_init(&world, 3, count);
    CU_ASSERT_EQUAL(gw_choice_room(&world.plan), 1);
    CU_ASSERT_EQUAL(gw_choose_bytes(&world.plan), 0);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct gw_score first[] = {{expected[i].rank, 2, 5},
                                         {expected[i].rank, 1, 3}};
        world.experiment.objective.otherwise_best = expected[i].otherwise;
        gw_choose_first(&world.plan, first, 2, &choice);
        CU_ASSERT_EQUAL(choice.picks, expected[i].picks);
        CU_ASSERT_EQUAL(choice.k[0], choice.picks > 0 ? 5 : 0);
        CU_ASSERT_EQUAL(choice.weight[0], choice.picks > 0 ? 1 : 0);
        CU_ASSERT_EQUAL(choice.raw_best, -1);
        CU_ASSERT_EQUAL(choice.raw_best_rank, -1);
    }
    gw_choose_first(&world.plan, NULL, 0, &choice);
    CU_ASSERT_EQUAL(choice.picks, 0);
}

/* 3 x 1 x 4: only 5 and 6, which are (1, 0, 1) and (1, 0, 2), lie inside. */
static void an_edge_is_an_end_of_an_axis_of_several_values(void)
{
    static const size_t count[] = {3, 1, 4};
    struct world world;
    world_init(&world, 3, count);
    for (uint64_t k = 0; k < 12; k++) {
        const struct gw_score first = {GW_SCORE_MET, 1, k};
        struct gw_choice choice;
        gw_choose_first(&world.plan, &first, 1, &choice);
        CU_ASSERT_EQUAL(choice.edge, k != 5 && k != 6);
        gw_choose_keep(&world.plan, &first, NULL, &choice);
        CU_ASSERT_EQUAL(choice.edge, k != 5 && k != 6);
    }
}

static void an_ensemble_has_the_first_of_one_kind(void)
{
    static const size_t count[] = {3, 1, 4};
    static const struct gw_score first[] = {
        {GW_SCORE_MET, 9, 6},    {GW_SCORE_MET, 8, 0},   {GW_SCORE_MET, -INFINITY, 7},
        {GW_SCORE_UNMET, 10, 2}, {GW_SCORE_UNMET, 4, 1}, {GW_SCORE_UNDEFINED, 0, 3}};
    struct world world;
    struct gw_choice choice;
    world_init(&world, 3, count);
    world.experiment.objective.select = GW_SELECT_TOP;
    world.experiment.objective.otherwise_best = true;
    for (int64_t top = 1; top <= 5; top++) {
        size_t picks = top < 3 ? (size_t)top : 3;
        world.experiment.objective.top = top;
        CU_ASSERT_EQUAL(gw_choice_room(&world.plan), (size_t)top);
        gw_choose_first(&world.plan, first, 6, &choice);
        CU_ASSERT_EQUAL_FATAL(choice.picks, picks);
        for (size_t i = 0; i < picks; i++) {
            CU_ASSERT_EQUAL(choice.k[i], first[i].k);
            CU_ASSERT_EQUAL(choice.weight[i], 1.0 / (double)picks);
        }
        CU_ASSERT_FALSE(choice.edge); /* only the first counts */
    }
    gw_choose_first(&world.plan, first + 3, 3, &choice);
    CU_ASSERT_EQUAL(choice.picks, 2);
    CU_ASSERT_EQUAL(choice.weight[1], 0.5);
    CU_ASSERT_TRUE(choice.edge);
}

/* ---- keep ---- */

static void what_was_chosen_stays_while_it_is_nearly_best(void)
{
    enum { MET = GW_SCORE_MET, UNMET = GW_SCORE_UNMET };
    static const struct {
        double tolerance, best, previous;
        int best_rank, previous_rank;
        bool stays;
    } row[] = {
        {0.25, 2, 1.5, MET, MET, true},
        {0.25, 2, 1.4999, MET, MET, false},
        {0.25, -2, -2.5, MET, MET, true}, /* a share of its size */
        {0.25, -2, -2.5001, MET, MET, false},
        {0, 2, 2, MET, MET, true},
        {0, 2, 1.9999, MET, MET, false},
        {0, 0, 0, MET, MET, true},
        {1, 0, -1e-9, MET, MET, false},
        {1, INFINITY, INFINITY, MET, MET, true},
        {0, INFINITY, 5, MET, MET, false},
        {0.1, INFINITY, 5, MET, MET, false}, /* no share of it is near */
        {0.5, 5, -INFINITY, MET, MET, false},
        {0, -INFINITY, -INFINITY, MET, MET, true},
        {1, 2, 2, MET, UNMET, false},
        {1, 2, 2, UNMET, UNMET, false}, /* chosen again as the best, if at all */
        {1, 2, 0, MET, GW_SCORE_UNDEFINED, false},
        {1, 2, 0, MET, GW_SCORE_RUINED, false},
        {1, 2, 0, MET, GW_SCORE_NOT_RUN, false},
    };
    static const size_t count[] = {50};
    struct world world;
    world_init(&world, 1, count);
    world.experiment.objective.select = GW_SELECT_KEEP;
    world.experiment.objective.otherwise_best = true;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct gw_score best = {row[i].best_rank, row[i].best, 7};
        const struct gw_score previous = {row[i].previous_rank, row[i].previous, 30};
        struct gw_choice choice;
        world.experiment.objective.tolerance = row[i].tolerance;
        gw_choose_keep(&world.plan, &best, &previous, &choice);
        CU_ASSERT_EQUAL(choice.picks, 1);
        CU_ASSERT_EQUAL(choice.k[0], row[i].stays ? 30 : 7);
        CU_ASSERT_EQUAL(choice.weight[0], 1);
        gw_choose_keep(&world.plan, &best, NULL, &choice);
        CU_ASSERT_EQUAL(choice.k[0], 7);
        world.experiment.objective.otherwise_best = false;
        gw_choose_keep(&world.plan, &best, NULL, &choice);
        CU_ASSERT_EQUAL(choice.picks, row[i].best_rank == MET);
        world.experiment.objective.otherwise_best = true;
    }
}

/* ---- plateau, by hand ---- */

struct case_of_plateau {
    const char
        *rank; /* a letter each: m met, u unmet, n NaN, r ruined, x not run, - hole */
    double value[12];
    enum gw_plateau by;
    int64_t radius;
    int64_t chosen, raw, place; /* -1: cash, none */
};

static void set_surface(const char *letters, const double *value, struct gw_surface *out)
{
    static const char letter[] = "munrx-";
    for (size_t i = 0; letters[i] != '\0'; i++) {
        out->rank[i] = (uint8_t)(strchr(letter, letters[i]) - letter);
        out->value[i] =
            out->rank[i] <= GW_SCORE_UNMET ? value[i] : 1e9; /* not looked at */
    }
}

static void
check_cases(struct world *world, const struct case_of_plateau *row, size_t rows)
{
    double value[12];
    uint8_t rank[12];
    struct gw_surface surface = {value, rank};
    world->experiment.objective.select = GW_SELECT_PLATEAU;
    for (size_t i = 0; i < rows; i++) {
        struct gw_choice choice;
        CU_ASSERT_EQUAL_FATAL(strlen(row[i].rank), world->plan.space.total);
        set_surface(row[i].rank, row[i].value, &surface);
        world->experiment.objective.plateau = row[i].by;
        world->experiment.objective.radius = row[i].radius;
        gw_choose_plateau(&world->plan, &surface, &choice);
        int64_t chosen = choice.picks == 0 ? -1 : (int64_t)choice.k[0];
        if (chosen != row[i].chosen || choice.raw_best != row[i].raw ||
            choice.raw_best_rank != row[i].place) {
            fprintf(stderr, "case %zu: %d, best %d at %d\n", i, (int)chosen,
                    (int)choice.raw_best, (int)choice.raw_best_rank);
        }
        CU_ASSERT_EQUAL(chosen, row[i].chosen);
        CU_ASSERT_EQUAL(choice.raw_best, row[i].raw);
        CU_ASSERT_EQUAL(choice.raw_best_rank, row[i].place);
        CU_ASSERT_EQUAL(choice.weight[0], chosen < 0 ? 0 : 1);
    }
}

/* A needle at 1 and a hill about 4. */
static void a_hill_beats_a_needle(void)
{
    static const size_t count[] = {7};
    static const struct case_of_plateau row[] = {
        /* means: 5, 10/3, 5, 11/3, 16/3, 11/3, 2.5 */
        {"mmmmmmm", {0, 10, 0, 5, 6, 5, 0}, GW_PLATEAU_MEAN, 1, 4, 1, 6},
        /* least: 0, 0, 0, 0, 5, 0, 0: of equal ones the lower number is first */
        {"mmmmmmm", {0, 10, 0, 5, 6, 5, 0}, GW_PLATEAU_MIN, 1, 4, 1, 3},
        /* medians: 5, 0, 5, 5, 5, 5, 2.5 */
        {"mmmmmmm", {0, 10, 0, 5, 6, 5, 0}, GW_PLATEAU_MEDIAN, 1, 0, 1, 7},
        /* all of them are neighbours of each other: all the same */
        {"mmmmmmm", {0, 10, 0, 5, 6, 5, 0}, GW_PLATEAU_MEDIAN, 100, 0, 1, 2},
        /* radius 2: 5, 5.25, 4.2, 5.2, 3.2, 4, 11/3 */
        {"mmmmmmm", {0, 10, 5, 6, 0, 5, 0}, GW_PLATEAU_MEAN, 2, 1, 1, 1},
    };
    struct world world;
    world_init(&world, 1, count);
    check_cases(&world, row, sizeof row / sizeof row[0]);
}

static void holes_do_not_count_but_ruin_does(void)
{
    static const size_t count[] = {7};
    static const struct case_of_plateau row[] = {
        /* alone between holes it is its own mean */
        {"-m-mmm-", {0, 7, 0, 5, 6, 5, 0}, GW_PLATEAU_MEAN, 1, 1, 1, 1},
        {"nmxmmm-", {0, 7, 0, 5, 6, 5, 0}, GW_PLATEAU_MEAN, 1, 1, 1, 1},
        {"nmxmmm-", {0, 7, 0, 5, 6, 5, 0}, GW_PLATEAU_MEDIAN, 1, 1, 1, 1},
        /* beside ruin it is infinitely bad: no place at all */
        {"rm-mmm-", {0, 7, 0, 5, 6, 5, 0}, GW_PLATEAU_MEAN, 1, 3, 1, -1},
        {"rm-mmm-", {0, 7, 0, 5, 6, 5, 0}, GW_PLATEAU_MIN, 1, 3, 1, -1},
        /* of two, the middle is half of it; of three it is not */
        {"rm-mmm-", {0, 7, 0, 5, 6, 5, 0}, GW_PLATEAU_MEDIAN, 1, 3, 1, -1},
        {"rmm----", {0, 7, 6, 0, 0, 0, 0}, GW_PLATEAU_MEDIAN, 1, 2, 1, 2},
        /* with an infinity on the other side there is no mean */
        {"rmm----", {0, 7, INFINITY, 0, 0, 0, 0}, GW_PLATEAU_MEAN, 1, 2, 2, 1},
        {"rmm----", {0, INFINITY, 6, 0, 0, 0, 0}, GW_PLATEAU_MEAN, 1, 2, 1, -1},
        /* unmet ones count as neighbours, but are not chosen */
        {"umumm--", {9, 1, 9, 5, 5, 0, 0}, GW_PLATEAU_MEAN, 1, 1, 3, 2},
        {"umummm-", {-9, 5, -9, 4, 4, 4, 0}, GW_PLATEAU_MEAN, 1, 4, 1, 4},
        /* all that is met stands beside ruin: cash */
        {"mr---rm", {5, 0, 0, 0, 0, 0, 6}, GW_PLATEAU_MEAN, 1, -1, 6, -1},
        {"m------", {-INFINITY, 0, 0, 0, 0, 0, 0}, GW_PLATEAU_MEAN, 1, -1, 0, -1},
        /* nothing is met */
        {"uuuunrx", {1, 2, 3, 4, 0, 0, 0}, GW_PLATEAU_MEAN, 1, -1, -1, -1},
        {"-------", {0}, GW_PLATEAU_MEAN, 1, -1, -1, -1},
    };
    struct world world;
    world_init(&world, 1, count);
    check_cases(&world, row, sizeof row / sizeof row[0]);
    /* among the unmet, where that is wanted; not where others are met, chosen or not */
    static const struct case_of_plateau otherwise[] = {
        {"uuuunrx", {1, 2, 3, 4, 0, 0, 0}, GW_PLATEAU_MEAN, 1, 3, 3, 1},
        {"mr---uu", {5, 0, 0, 0, 0, 7, 6}, GW_PLATEAU_MEAN, 1, -1, 0, -1},
        {"nnn-rrx", {0}, GW_PLATEAU_MEAN, 1, -1, -1, -1},
    };
    world.experiment.objective.otherwise_best = true;
    check_cases(&world, otherwise, sizeof otherwise / sizeof otherwise[0]);
}

static void neighbours_lie_along_every_axis(void)
{
    static const size_t count[] = {3, 4};
    static const struct case_of_plateau row[] = {
        /* a quarter (corners), a sixth or a ninth of
         *      12 16 11 11
         *      15 23 19 19
         *      12 20 16 16 */
        {"mmmmmmmmmmmm",
         {3, 0, 0, 3, 9, 0, 4, 4, 3, 0, 4, 4},
         GW_PLATEAU_MEAN,
         1,
         11,
         4,
         10},
        /* nothing but the far corner has only fours */
        {"mmmmmmmmmmmm",
         {3, 0, 0, 3, 9, 0, 4, 4, 3, 0, 4, 4},
         GW_PLATEAU_MIN,
         1,
         11,
         4,
         6},
    };
    struct world world;
    world_init(&world, 2, count);
    check_cases(&world, row, 2);
    static const struct case_of_plateau one = {"m", {3}, GW_PLATEAU_MEDIAN, 5, 0, 0, 1};
    world_init(&world, 0, NULL); /* no parameter: one combination */
    check_cases(&world, &one, 1);
}

/* ---- plateau, against the plain way ---- */

static int compare_numbers(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Whether two combinations lie within `radius` of each other: their digits, last axis
 * fastest. */
static bool are_near(const struct world *world, uint64_t a, uint64_t b, int64_t radius)
{
    bool near = true;
    for (size_t i = world->plan.space.axes; i-- > 0;) {
        uint64_t count = world->axis[i].count;
        near = near && llabs((int64_t)(a % count) - (int64_t)(b % count)) <= radius;
        a /= count;
        b /= count;
    }
    return near;
}

static double
smooth_slowly(const struct world *world, const struct gw_surface *surface, uint64_t k)
{
    const struct gw_objective *objective = &world->experiment.objective;
    static double x[MOST_TOTAL];
    size_t count = 0;
    double sum = 0;
    for (uint64_t j = 0; j < world->plan.space.total; j++) {
        bool ruined = surface->rank[j] == GW_SCORE_RUINED;
        if (are_near(world, j, k, objective->radius) &&
            (surface->rank[j] <= GW_SCORE_UNMET || ruined)) {
            x[count++] = ruined ? -INFINITY : surface->value[j];
            sum += x[count - 1];
        }
    }
    if (objective->plateau == GW_PLATEAU_MEAN) {
        return sum / (double)count;
    }
    qsort(x, count, sizeof x[0], compare_numbers);
    if (objective->plateau == GW_PLATEAU_MIN) {
        return x[0];
    }
    return count % 2 == 1 ? x[count / 2] : (x[count / 2 - 1] + x[count / 2]) / 2;
}

/* What is chosen, by sorting all that can be. */
static void choose_slowly(const struct world *world,
                          const struct gw_surface *surface,
                          int64_t *chosen,
                          int64_t *raw,
                          int64_t *place)
{
    static double smoothed[MOST_TOTAL];
    uint64_t total = world->plan.space.total;
    int kind = GW_SCORE_UNMET;
    *chosen = *raw = *place = -1;
    for (uint64_t k = 0; k < total; k++) {
        kind = surface->rank[k] == GW_SCORE_MET ? GW_SCORE_MET : kind;
    }
    for (uint64_t k = 0; k < total; k++) {
        smoothed[k] = surface->rank[k] == kind ? smooth_slowly(world, surface, k) : NAN;
        bool better = *raw < 0 || surface->value[k] > surface->value[*raw];
        *raw = surface->rank[k] == kind && better ? (int64_t)k : *raw;
    }
    for (int64_t at = 1;; at++) { /* take out the best one after the other */
        int64_t best = -1;
        for (uint64_t k = 0; k < total; k++) {
            bool can = !isnan(smoothed[k]) && smoothed[k] != -INFINITY;
            best = can && (best < 0 || smoothed[k] > smoothed[best]) ? (int64_t)k : best;
        }
        if (best < 0) {
            return;
        }
        *chosen = at == 1 ? best : *chosen;
        *place = best == *raw ? at : *place;
        smoothed[best] = NAN;
    }
}

static void random_surfaces_come_out_as_by_the_plain_way(void)
{
    enum { TRIALS = 600 };
    static double value[MOST_TOTAL];
    static uint8_t rank[MOST_TOTAL];
    struct gw_surface surface = {value, rank};
    size_t cash = 0, other = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        size_t axes = 1 + trial % MOST_AXES, count[MOST_AXES];
        for (size_t a = 0; a < axes; a++) {
            size_t most = axes == 1 ? MOST_TOTAL : axes == 2 ? 18 : axes == 3 ? 7 : 4;
            count[a] = 1 + (size_t)(gw_philox_uniform(1, trial, a) * (double)most);
        }
        struct world world;
        world_init(&world, axes, count);
        struct gw_objective *objective = &world.experiment.objective;
        objective->select = GW_SELECT_PLATEAU;
        objective->radius = 1 + (int64_t)(gw_philox_uniform(2, trial, 0) * 3.5);
        objective->plateau = (enum gw_plateau)(trial / MOST_AXES % 3);
        objective->otherwise_best = true;
        double bad = trial % 5 == 0 ? 0.9 : 0.3, ruin = trial % 7 == 0 ? 0.5 : 0.05;
        for (uint64_t k = 0; k < world.plan.space.total; k++) {
            double u = gw_philox_uniform(3, trial, 2 * k);
            /* Few values, that do not add exactly: ties hang on the order of sums. */
            value[k] = floor(gw_philox_uniform(3, trial, 2 * k + 1) * 8) / 10;
            int bad_rank =
                u < bad * ruin ? GW_SCORE_RUINED : GW_SCORE_UNMET + (int)(u * 1000) % 5;
            rank[k] = (uint8_t)(u >= bad ? GW_SCORE_MET : bad_rank);
        }
        struct gw_choice choice;
        int64_t chosen, raw, place;
        choose_slowly(&world, &surface, &chosen, &raw, &place);
        gw_choose_plateau(&world.plan, &surface, &choice);
        CU_ASSERT_EQUAL(choice.picks, chosen >= 0);
        CU_ASSERT_EQUAL(choice.picks > 0 ? (int64_t)choice.k[0] : -1, chosen);
        CU_ASSERT_EQUAL(choice.raw_best, raw);
        CU_ASSERT_EQUAL(choice.raw_best_rank, place);
        cash += chosen < 0;
        other += chosen != raw;
    }
    CU_ASSERT_TRUE(cash > 0 && other > TRIALS / 2); /* it is put to the test */
}

/* 8 bytes of value, 1 of rank, 8 smoothed, and for a median its neighbours. */
static void tells_its_memory(void)
{
    static const size_t count[] = {100, 2, 30};
    struct world world;
    world_init(&world, 3, count);
    world.experiment.objective.select = GW_SELECT_PLATEAU;
    world.experiment.objective.radius = 3;
    CU_ASSERT_EQUAL(gw_choose_bytes(&world.plan), 6000 * 17);
    CU_ASSERT_EQUAL(gw_choice_room(&world.plan), 1);
    world.experiment.objective.plateau = GW_PLATEAU_MEDIAN;
    CU_ASSERT_EQUAL(gw_choose_bytes(&world.plan), 6000 * 17 + 7 * 2 * 7 * 8);
    world.experiment.objective.select = GW_SELECT_KEEP;
    CU_ASSERT_EQUAL(gw_choose_bytes(&world.plan), 0);
}

/* Each of 3 places sees 2 3 2 by radius 1 and all 3 beyond; the one place of another axis
 * itself. Three windows. */
static void tells_how_often_it_looks(void)
{
    static const size_t count[] = {3, 1};
    struct world world;
    world_init(&world, 2, count);
    world.plan.windows = 3;
    world.experiment.objective.select = GW_SELECT_PLATEAU;
    world.experiment.objective.radius = 1;
    CU_ASSERT_EQUAL(gw_choose_looks(&world.plan), 3 * 7);
    world.experiment.objective.radius = 2;
    CU_ASSERT_EQUAL(gw_choose_looks(&world.plan), 3 * 9);
    world.experiment.objective.radius = 50;
    CU_ASSERT_EQUAL(gw_choose_looks(&world.plan), 3 * 9);
    world.experiment.objective.select = GW_SELECT_BEST;
    CU_ASSERT_EQUAL(gw_choose_looks(&world.plan), 0);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"best_is_the_first_or_cash", best_is_the_first_or_cash},
        {"an_edge_is_an_end_of_an_axis_of_several_values",
         an_edge_is_an_end_of_an_axis_of_several_values},
        {"an_ensemble_has_the_first_of_one_kind", an_ensemble_has_the_first_of_one_kind},
        {"what_was_chosen_stays_while_it_is_nearly_best",
         what_was_chosen_stays_while_it_is_nearly_best},
        {"a_hill_beats_a_needle", a_hill_beats_a_needle},
        {"holes_do_not_count_but_ruin_does", holes_do_not_count_but_ruin_does},
        {"neighbours_lie_along_every_axis", neighbours_lie_along_every_axis},
        {"random_surfaces_come_out_as_by_the_plain_way",
         random_surfaces_come_out_as_by_the_plain_way},
        {"tells_its_memory", tells_its_memory},
        {"tells_how_often_it_looks", tells_how_often_it_looks},
    };
    return CHECK_RUN("choose", tests);
}
