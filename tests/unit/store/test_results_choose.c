/* What a results file says was chosen, against plain selection over all rows. */
#include "results_fixture.h"

#define PATH "test_results_choose.h5"

/* `fast` is the longest axis, so the lanes; its neighbours in a tile are 18 numbers
 * apart, and the constraint leaves holes. */
#define STRATEGY                                                                         \
    "bundle: b.h5\n"                                                                     \
    "strategy:\n"                                                                        \
    "  parameters:\n"                                                                    \
    "    fast: {from: 1, to: 30, step: 1}\n"                                             \
    "    slow: [3, 8, 20, 24, 28, 30]\n"                                                 \
    "    level: {from: 0.1, to: 0.3, step: 0.1}\n"                                       \
    "  constraints:\n"                                                                   \
    "    - fast < slow\n"                                                                \
    "  signals:\n"                                                                       \
    "    enter_long: sma(close, fast) > level * sma(close, slow)\n"                      \
    "limits: {memory: 1M}\n"                                                             \
    "metrics: [total_return, sharpe, ulcer, trades]\n"
#define WALK "walk_forward: {train: 60, test: 20}\n"
#define VALIDATED "walk_forward: {train: 60, validation: 30, test: 20}\n"
#define KEEP_TOP "output: {keep: {top: 4}}\n"

enum {
    FAST = 30,
    SLOW = 6,
    LEVEL = 3,
    RECTANGLE = FAST * SLOW * LEVEL,
    SHARPE = 1,
    ULCER = 2,
    TRADES = 3
};
static const int slow_value[SLOW] = {3, 8, 20, 24, 28, 30};

/* Every kind of row, ties and infinities; window 1 has nothing to choose, and in window 2
 * only two rows have trades. Multiples of 1/8, so that arithmetic is exact. */
static struct cell varied(uint64_t k, size_t window, size_t segment)
{
    uint64_t mix = k * 2654435761U + window * 40503U + segment * 9973U;
    mix = (mix ^ mix >> 15) * 739982445U >> 11;
    struct cell cell = {GW_ROW_OK,
                        {(double)k, (double)(mix % 97) / 8 - 4,
                         (double)(mix / 97 % 16) / 8, (double)(mix / 7 % 40)}};
    if (window == 2) {
        cell.metric[TRADES] = k == 118 || k == 151 ? 30 : 0;
    } else if (mix % 41 == 0) {
        cell = (struct cell){GW_ROW_INSUFFICIENT_HISTORY, {NAN, NAN, NAN, NAN}};
    } else if (mix % 43 == 1) {
        cell.status = GW_ROW_RUINED;
    } else if (mix % 37 == 2 || window == 1) {
        cell.metric[SHARPE] = NAN;
    } else if (mix % 83 == 4) {
        cell.metric[SHARPE] = INFINITY;
    }
    return cell;
}

/* ---- the plain way ---- */

/* What is looked for: by which value, larger is better, and how many trades it takes. */
struct goal {
    bool mixed; /* minimize 0.5 * ulcer - sharpe */
    double trades;
    bool finite; /* sharpe < 1000 */
};

/* A row as the specification sees it. */
struct row {
    int k, rank; /* 0 met, 1 unmet, 2 undefined, 3 ruined, 4 not run */
    double value;
};

static struct row row_of(struct goal goal, int k, size_t window, size_t segment)
{
    const struct cell cell = varied((uint64_t)k, window, segment);
    double sharpe = cell.metric[SHARPE];
    double value = goal.mixed ? -(0.5 * cell.metric[ULCER] - sharpe) : sharpe;
    if (cell.status != GW_ROW_OK) {
        return (struct row){k, cell.status == GW_ROW_RUINED ? 3 : 4, 0};
    }
    if (isnan(value)) {
        return (struct row){k, 2, 0};
    }
    bool met = cell.metric[TRADES] >= goal.trades && !(goal.finite && sharpe >= 1000);
    return (struct row){k, met ? 0 : 1, value};
}

static bool row_before(const struct row *a, const struct row *b)
{
    if (a->rank != b->rank) {
        return a->rank < b->rank;
    }
    return a->value != b->value ? a->value > b->value : a->k < b->k;
}

static bool is_feasible(int k)
{
    return k / (SLOW * LEVEL) + 1 < slow_value[k / LEVEL % SLOW];
}

/* All rows of a window and segment from the best to the worst; returns how many. */
static size_t
sort_rows(struct goal goal, size_t window, size_t segment, struct row out[RECTANGLE])
{
    size_t count = 0;
    for (int k = 0; k < RECTANGLE; k++) {
        struct row row = row_of(goal, k, window, segment);
        size_t at = count;
        if (!is_feasible(k)) {
            continue;
        }
        for (count++; at > 0 && row_before(&row, &out[at - 1]); at--) {
            out[at] = out[at - 1];
        }
        out[at] = row;
    }
    return count;
}

static bool on_edge(int64_t k)
{
    int64_t fast = k / (SLOW * LEVEL), slow = k / LEVEL % SLOW, level = k % LEVEL;
    return k >= 0 && (fast == 0 || fast == FAST - 1 || slow == 0 || slow == SLOW - 1 ||
                      level == 0 || level == LEVEL - 1);
}

static struct gw_results *results_of(const char *yaml, enum fixture_order order)
{
    struct fixture fixture = fixture_make(yaml);
    CU_ASSERT_TRUE(fixture.plan->tiling.tiles > 2);
    CU_ASSERT_TRUE_FATAL(fixture.plan->windows > 5);
    fixture_write(&fixture, PATH, varied, order);
    fixture_clear(&fixture);
    return fixture_open(PATH);
}

/* One choice, all of the capital; -1: cash. */
static void check_single(const struct gw_results *results, size_t window, int64_t k)
{
    CU_ASSERT_EQUAL_FATAL(results->picks, 1);
    CU_ASSERT_EQUAL(results->selected[window], k);
    CU_ASSERT_EQUAL(results->weight[window], 1);
    CU_ASSERT_EQUAL(results->edge[window], on_edge(k));
}

/* ---- choices ---- */

static void check_ensemble(const char *yaml, enum fixture_order order)
{
    enum { PICKS = 3 };
    const struct goal goal = {.trades = 10};
    struct row row[RECTANGLE];
    struct gw_results *results = results_of(yaml, order);
    CHECK_TEXT(results->select, "top 3 on train");
    CU_ASSERT_EQUAL_FATAL(results->picks, PICKS);
    CU_ASSERT_PTR_NULL(results->raw_best);
    for (size_t w = 0; w < results->windows; w++) {
        size_t count = sort_rows(goal, w, 0, row), met = 0;
        while (met < PICKS && met < count && row[met].rank == 0) {
            met++;
        }
        CU_ASSERT_EQUAL(met, w == 1 ? 0 : w == 2 ? 2 : PICKS);
        for (size_t i = 0; i < PICKS; i++) {
            const size_t at = w * PICKS + i;
            double weight = i < met ? 1 / (double)met : met == 0 && i == 0 ? 1 : 0;
            CU_ASSERT_EQUAL(results->selected[at], i < met ? row[i].k : -1);
            CU_ASSERT_EQUAL(results->weight[at], weight);
        }
        CU_ASSERT_EQUAL(results->edge[w], on_edge(results->selected[w * PICKS]));
    }
    gw_results_close(results);
}

#define ENSEMBLE                                                                         \
    "objective: {maximize: sharpe, require: [trades >= 10], select: {top: 3}}\n"

static void an_ensemble_is_the_first_of_each_window(void)
{
    check_ensemble(STRATEGY WALK ENSEMBLE, SCATTERED);
    check_ensemble(STRATEGY WALK ENSEMBLE KEEP_TOP, DESCENDING);
}

static void otherwise_best_chooses_among_the_unmet(void)
{
    const struct goal goal = {.trades = 35};
    struct row row[RECTANGLE];
    struct gw_results *results = results_of(
        STRATEGY WALK "objective: {maximize: sharpe, require: [trades >= 35], otherwise: "
                      "best}\n",
        SCATTERED);
    for (size_t w = 0; w < results->windows; w++) {
        sort_rows(goal, w, 0, row);
        CU_ASSERT_EQUAL(row[0].rank, w == 1 ? 2 : w == 2 ? 1 : 0);
        check_single(results, w, row[0].rank <= 1 ? row[0].k : -1);
    }
    gw_results_close(results);
}

static void what_was_chosen_stays_while_it_is_good(void)
{
    const struct goal goal = {.mixed = true, .trades = 5, .finite = true};
    struct row row[RECTANGLE];
    size_t stayed = 0, moved = 0;
    struct gw_results *results =
        results_of(STRATEGY WALK "objective: {minimize: 0.5 * ulcer - sharpe, require: "
                                 "[trades >= 5, sharpe < 1000], select: "
                                 "{keep: {tolerance: 0.75}}}\n",
                   DESCENDING);
    CHECK_TEXT(results->select, "keep 0.75 on train");
    CHECK_TEXT(results->objective, "objective");
    CHECK_TEXT(results->objective_text, "0.5 * ulcer - sharpe");
    CU_ASSERT_FALSE(results->maximize);
    int chosen = -1;
    for (size_t w = 0; w < results->windows; w++) {
        sort_rows(goal, w, 0, row);
        struct row old = row_of(goal, chosen < 0 ? 0 : chosen, w, 0);
        bool stays = chosen >= 0 && old.rank == 0 &&
                     row[0].value - old.value <= 0.75 * fabs(row[0].value);
        stayed += stays;
        moved += !stays;
        chosen = stays ? chosen : row[0].rank == 0 ? row[0].k : -1;
        check_single(results, w, chosen);
    }
    CU_ASSERT_TRUE(stayed > 0 && moved > 2);
    gw_results_close(results);
}

/* The smallest objective within a step along each axis; ruined: infinitely bad. */
static double least_around(struct goal goal, int k, size_t window)
{
    double least = INFINITY;
    for (int other = 0; other < RECTANGLE; other++) {
        const int fast = other / (SLOW * LEVEL) - k / (SLOW * LEVEL);
        const int slow = other / LEVEL % SLOW - k / LEVEL % SLOW;
        const int level = other % LEVEL - k % LEVEL;
        const struct row row = row_of(goal, other, window, 0);
        if (!is_feasible(other) || abs(fast) > 1 || abs(slow) > 1 || abs(level) > 1) {
            continue;
        }
        if (row.rank <= 1 || row.rank == 3) {
            least = fmin(least, row.rank == 3 ? -INFINITY : row.value);
        }
    }
    return least;
}

static void a_plateau_is_chosen_by_its_neighbours(void)
{
    const struct goal goal = {.trades = 2};
    struct row row[RECTANGLE];
    size_t differ = 0;
    struct gw_results *results =
        results_of(STRATEGY WALK "objective: {maximize: sharpe, require: [trades >= 2], "
                                 "select: {plateau: {radius: 1, by: min}}}\n",
                   SCATTERED);
    CHECK_TEXT(results->select, "plateau 1 min on train");
    CU_ASSERT_PTR_NOT_NULL_FATAL(results->raw_best);
    for (size_t w = 0; w < results->windows; w++) {
        size_t count = sort_rows(goal, w, 0, row);
        struct row best = {-1, 0, -INFINITY};
        int64_t raw = row[0].rank == 0 ? row[0].k : -1, rank = -1;
        double at_raw = raw < 0 ? -INFINITY : least_around(goal, row[0].k, w);
        for (size_t i = 0; i < count; i++) {
            struct row smooth = row[i];
            smooth.value = row[i].rank == 0 ? least_around(goal, row[i].k, w) : -INFINITY;
            if (smooth.value > best.value ||
                (smooth.value == best.value && smooth.k < best.k)) {
                best = smooth;
            }
            bool before =
                smooth.value > at_raw || (smooth.value == at_raw && smooth.k <= (int)raw);
            rank += at_raw > -INFINITY && before;
        }
        check_single(results, w, best.k);
        CU_ASSERT_EQUAL(results->raw_best[w], raw);
        CU_ASSERT_EQUAL(results->raw_best_rank[w], at_raw > -INFINITY ? rank + 1 : -1);
        differ += best.k >= 0 && raw != best.k;
    }
    CU_ASSERT_TRUE(differ > 2);
    gw_results_close(results);
}

/* ---- standing ---- */

/* Mean ranks from 1 of x[0..count), by counting. */
static void rank_values(const double *x, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t below = 0, same = 0;
        for (size_t j = 0; j < count; j++) {
            below += x[j] < x[i];
            same += x[j] == x[i];
        }
        out[i] = (double)below + ((double)same + 1) / 2;
    }
}

static double correlation(const double *x, const double *y, size_t count)
{
    static double a[RECTANGLE], b[RECTANGLE];
    double mean = ((double)count + 1) / 2, ab = 0, aa = 0, bb = 0;
    rank_values(x, count, a);
    rank_values(y, count, b);
    for (size_t i = 0; i < count; i++) {
        ab += (a[i] - mean) * (b[i] - mean);
        aa += (a[i] - mean) * (a[i] - mean);
        bb += (b[i] - mean) * (b[i] - mean);
    }
    return ab / sqrt(aa * bb);
}

/* Ranks in test are of the same objective without what is required. */
static void
check_standing(const struct gw_results *results, struct goal goal, size_t on, size_t w)
{
    static double x[RECTANGLE], y[RECTANGLE];
    struct row row[RECTANGLE];
    goal.trades = 0;
    size_t count = sort_rows(goal, w, GW_TEST, row), both = 0, ranked = 0;
    int64_t chosen = results->selected[w * results->picks], rank = -1;
    while (ranked < count && row[ranked].rank == 0) {
        ranked++;
    }
    for (size_t i = 0; i < ranked; i++) {
        const struct row here = row_of(goal, row[i].k, w, on);
        if (here.rank == 0) {
            x[both] = here.value;
            y[both++] = row[i].value;
        }
        if (row[i].k == chosen) {
            rank = 1;
            for (size_t j = 0; j < ranked; j++) {
                rank += row[j].value > row[i].value;
            }
        }
    }
    CU_ASSERT_EQUAL(results->test_rank[w], rank);
    CU_ASSERT_EQUAL(results->test_ranked[w], (int64_t)ranked);
    CU_ASSERT_EQUAL(results->median[w], ranked > 0 ? row[ranked / 2].k : -1);
    CU_ASSERT_EQUAL(results->hindsight[w], ranked > 0 ? row[0].k : -1);
    CHECK_CLOSE(results->rank_correlation[w], both > 1 ? correlation(x, y, both) : NAN,
                1e-12);
}

static void standings_are_those_of_all_rows(void)
{
    static const struct {
        const char *yaml;
        struct goal goal;
        size_t on;
    } run[] = {
        {STRATEGY WALK ENSEMBLE, {.trades = 10}, GW_TRAIN},
        {STRATEGY WALK ENSEMBLE KEEP_TOP, {.trades = 10}, GW_TRAIN},
        {STRATEGY VALIDATED "objective: {minimize: 0.5 * ulcer - sharpe}\n",
         {.mixed = true},
         GW_VALIDATION},
        {STRATEGY VALIDATED KEEP_TOP
         "objective: {minimize: 0.5 * ulcer - sharpe, on: train}\n",
         {.mixed = true},
         GW_TRAIN},
    };
    for (size_t i = 0; i < sizeof run / sizeof run[0]; i++) {
        struct row row[RECTANGLE];
        struct gw_results *results = results_of(run[i].yaml, SCATTERED);
        CU_ASSERT_EQUAL(results->on, run[i].on);
        for (size_t w = 0; w < results->windows; w++) {
            check_standing(results, run[i].goal, run[i].on, w);
            sort_rows(run[i].goal, w, run[i].on, row);
            CU_ASSERT_EQUAL(results->selected[w * results->picks],
                            row[0].rank == 0 ? row[0].k : -1);
        }
        gw_results_close(results);
    }
}

/* What ranking takes is more than it may: the choices are the same, the rest is missing.
 */
static void standings_need_memory(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results_summary summary;
    struct gw_results_writer *writer = NULL;
    struct fixture fixture = fixture_make(STRATEGY WALK ENSEMBLE);
    const struct gw_plan *plan = fixture.plan;
    const double rows = (double)gw_space_count(&plan->space).count;
    struct gw_forward_window *window = gw_calloc(plan->windows, sizeof *window);
    struct gw_forward forward = fixture_forward(plan);
    for (int enough = 1; enough >= 0; enough--) {
        fixture.experiment->memory = gw_standing_bytes(rows) - (enough ? 0 : 1);
        bool ranked = !enough;
        CHECK_OK(gw_results_create(PATH, plan, fixture.panel, &fixture_identity, &writer,
                                   &err));
        for (uint64_t id = 0; id < plan->tiling.tiles; id++) {
            size_t length;
            unsigned char *bytes = fixture_payload(plan, id, varied, &length);
            CHECK_OK(gw_results_accept(writer, id, bytes, length, &err));
            free(bytes);
        }
        CHECK_OK(gw_results_choose(writer, window, &ranked, &err));
        CHECK_OK(gw_results_finish(writer, &forward, &summary, &err));
        CU_ASSERT_EQUAL(ranked, enough);
        struct gw_results *results = fixture_open(PATH);
        for (size_t w = 0; w < plan->windows; w++) {
            const struct gw_choice *choice = &window[w].choice;
            CU_ASSERT_EQUAL(choice->picks, w == 1 ? 0 : w == 2 ? 2 : 3);
            CU_ASSERT_EQUAL(results->selected[3 * w],
                            choice->picks > 0 ? (int64_t)choice->k[0] : -1);
            CU_ASSERT_EQUAL(window[w].median, results->median[w]);
            CU_ASSERT_EQUAL(window[w].hindsight, results->hindsight[w]);
            CU_ASSERT_EQUAL(results->test_ranked[w] >= 0, enough);
            CU_ASSERT_TRUE(enough ||
                           (results->median[w] == -1 && results->hindsight[w] == -1 &&
                            results->test_rank[w] == -1 &&
                            isnan(results->rank_correlation[w])));
        }
        gw_results_close(results);
    }
    gw_forward_clear(&forward);
    free(window);
    fixture_clear(&fixture);
}

/* ---- what the file says of an expression ---- */

static void check_objective(const char *yaml, double trades)
{
    const struct goal goal = {.mixed = true, .trades = trades};
    struct gw_error err = {.status = GW_OK};
    struct gw_results *results = results_of(yaml, SCATTERED);
    CU_ASSERT_EQUAL_FATAL(results->metrics, 5);
    CHECK_TEXT(results->metric[4], "objective");
    CU_ASSERT_EQUAL(results->segments, GW_SEGMENTS);
    int64_t *combo = gw_calloc(results->combos, sizeof *combo);
    double *value = gw_calloc(results->combos, sizeof *value);
    int8_t *status = gw_calloc(results->combos, sizeof *status);
    CHECK_OK(gw_results_combos(results, combo, &err));
    size_t wrong = 0, defined = 0;
    for (size_t i = 0; i < results->windows * GW_SEGMENTS; i++) {
        const struct gw_results_part part = {i / GW_SEGMENTS, i % GW_SEGMENTS, 0,
                                             results->combos};
        CHECK_OK(gw_results_metric(results, 4, part, value, &err));
        CHECK_OK(gw_results_status(results, part, status, &err));
        for (size_t c = 0; c < results->combos; c++) {
            const struct row row = row_of(goal, (int)combo[c], part.window, part.segment);
            bool there = row.rank <= 1 && status[c] != GW_ROW_NOT_KEPT;
            wrong += there ? value[c] != -row.value : !isnan(value[c]);
            wrong += isnan(value[c]) && signbit(value[c]);
            defined += there;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_TRUE(defined > 20);
    free(combo);
    free(value);
    free(status);
    gw_results_close(results);
}

static void an_expression_has_a_variable_of_its_own(void)
{
    check_objective(STRATEGY VALIDATED "objective: {minimize: 0.5 * ulcer - sharpe, "
                                       "require: [trades >= 30]}\n",
                    30);
    check_objective(STRATEGY VALIDATED KEEP_TOP
                    "objective: {minimize: 0.5 * ulcer - sharpe, on: train}\n",
                    0);
}

/* Whether a bound is met plays no part in the histogram, nor does the direction. */
static void objectives_are_counted_with_their_own_sign(void)
{
    struct gw_results *results =
        results_of(STRATEGY VALIDATED "objective: {minimize: 0.5 * ulcer - sharpe, "
                                      "require: [trades >= 30]}\n",
                   DESCENDING);
    for (size_t w = 0; w < results->windows; w++) {
        double sum = 0, low = NAN;
        int64_t count = 0;
        for (int k = 0; k < RECTANGLE; k++) {
            const struct row row =
                row_of((struct goal){.mixed = true}, k, w, GW_VALIDATION);
            if (is_feasible(k) && row.rank == 0 && isfinite(row.value)) {
                sum -= row.value;
                low = fmin(low, -row.value);
                count++;
            }
        }
        CU_ASSERT_EQUAL(results->objective_count[w], count);
        CU_ASSERT_EQUAL(results->objective_sum[w], sum);
        CHECK_CLOSE(results->objective_low[w], low, 0);
    }
    gw_results_close(results);
}

/* ---- the column beside it ---- */

static void the_column_holds_what_choosing_needs(void)
{
    static const struct {
        const char *yaml;
        double bytes; /* of a combination and window */
    } run[] = {
        {STRATEGY "objective: {maximize: sharpe}\n", 8},
        {STRATEGY WALK ENSEMBLE, 16},
        {STRATEGY WALK "objective: {maximize: sharpe, select: {keep: {tolerance: 0}}}\n",
         17},
        {STRATEGY "objective: {maximize: sharpe, select: {plateau: {radius: 1}}}\n", 9},
    };
    for (size_t i = 0; i < sizeof run / sizeof run[0]; i++) {
        struct fixture fixture = fixture_make(run[i].yaml);
        CU_ASSERT_EQUAL(gw_results_column_bytes(fixture.plan, 1000),
                        run[i].bytes * 1000 * (double)fixture.plan->windows);
        fixture_clear(&fixture);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"an_ensemble_is_the_first_of_each_window",
         an_ensemble_is_the_first_of_each_window},
        {"otherwise_best_chooses_among_the_unmet",
         otherwise_best_chooses_among_the_unmet},
        {"what_was_chosen_stays_while_it_is_good",
         what_was_chosen_stays_while_it_is_good},
        {"a_plateau_is_chosen_by_its_neighbours", a_plateau_is_chosen_by_its_neighbours},
        {"standings_are_those_of_all_rows", standings_are_those_of_all_rows},
        {"standings_need_memory", standings_need_memory},
        {"an_expression_has_a_variable_of_its_own",
         an_expression_has_a_variable_of_its_own},
        {"objectives_are_counted_with_their_own_sign",
         objectives_are_counted_with_their_own_sign},
        {"the_column_holds_what_choosing_needs", the_column_holds_what_choosing_needs},
    };
    int result = CHECK_RUN("results_choose", tests);
    unlink(PATH);
    return result;
}
