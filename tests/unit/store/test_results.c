#include "results_fixture.h"

#include "gridwalk/store/files.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define PATH "test_results.h5"
#define OTHER "test_results_other.h5"

/* `fast` is the longest axis, so the lanes; its neighbours in a tile are 12 numbers
 * apart, and the constraint makes what lies between irregular. */
#define STRATEGY                                                                         \
    "bundle: b.h5\n"                                                                     \
    "strategy:\n"                                                                        \
    "  parameters:\n"                                                                    \
    "    fast: {from: 1, to: 70, step: 1}\n"                                             \
    "    slow: [3, 8, 20, 40, 66, 69]\n"                                                 \
    "    level: {from: 0.1, to: 0.2, step: 0.1}\n"                                       \
    "  constraints:\n"                                                                   \
    "    - fast < slow\n"                                                                \
    "  signals:\n"                                                                       \
    "    enter_long: sma(close, fast) > level * sma(close, slow)\n"                      \
    "limits: {memory: 1M}\n"
#define WALK "walk_forward: {train: 60, test: 20}\n"
#define METRICS "metrics: [total_return, sharpe, max_drawdown_bars, trades]\n"
#define SHARPE "objective: {maximize: sharpe}\n"

enum {
    FAST = 70,
    SLOW = 6,
    LEVEL = 2,
    RECTANGLE = FAST * SLOW * LEVEL,
    SHARPE_COLUMN = 1
};
static const int slow_value[SLOW] = {3, 8, 20, 40, 66, 69};

/* The feasible numbers by plain counting, first parameter slowest; returns how many. */
static size_t list_numbers(uint64_t out[RECTANGLE])
{
    size_t count = 0;
    for (int k = 0; k < RECTANGLE; k++) {
        int fast = k / (SLOW * LEVEL) + 1, slow = k / LEVEL % SLOW;
        if (fast < slow_value[slow]) {
            out[count++] = (uint64_t)k;
        }
    }
    return count;
}

/* Every kind of row, and objectives that tie: a multiple of 1/8 in [-2, 2]. */
static struct cell mixed(uint64_t k, size_t window, size_t segment)
{
    uint64_t mix = (k * 2654435761U + window * 40503U + segment * 9973U) >> 3;
    double base = (double)(mix % 33) / 8 - 2;
    struct cell cell = {GW_ROW_OK,
                        {(double)k + (double)window / 16 + (double)segment / 2, base,
                         (double)(k % 97), (double)window}};
    if (mix % 41 == 0) {
        cell = (struct cell){GW_ROW_INSUFFICIENT_HISTORY, {NAN, NAN, NAN, NAN}};
    } else if (mix % 43 == 1) {
        cell.status = GW_ROW_RUINED;
        cell.metric[SHARPE_COLUMN] = 100;
    } else if (mix % 47 == 2) {
        cell.metric[SHARPE_COLUMN] = -NAN; /* the sign of a processor's own NaN */
    } else if (mix % 53 == 3) {
        cell.status = GW_ROW_FAILED;
        cell.metric[SHARPE_COLUMN] = NAN;
    } else if (mix % 83 == 4) {
        cell.metric[SHARPE_COLUMN] = -INFINITY;
    }
    return cell;
}

/* Whether row a goes before row b for a maximized objective, from the specification:
 * valid, then undefined, then ruined; larger first; ties by the lower number. */
static bool
expect_before(const struct cell *a, uint64_t ka, const struct cell *b, uint64_t kb)
{
    double x = a->metric[SHARPE_COLUMN], y = b->metric[SHARPE_COLUMN];
    int rank_a = a->status != GW_ROW_OK ? 2 : isnan(x);
    int rank_b = b->status != GW_ROW_OK ? 2 : isnan(y);
    if (rank_a != rank_b) {
        return rank_a < rank_b;
    }
    if (rank_a == 0 && x != y) {
        return x > y;
    }
    return ka < kb;
}

static int64_t expect_selected(cell_fn *cell_of, size_t window)
{
    uint64_t k[RECTANGLE], best = 0;
    size_t count = list_numbers(k);
    struct cell best_cell = {GW_ROW_FAILED, {0}};
    for (size_t i = 0; i < count; i++) {
        struct cell cell = cell_of(k[i], window, 0);
        if (i == 0 || expect_before(&cell, k[i], &best_cell, best)) {
            best = k[i];
            best_cell = cell;
        }
    }
    bool valid = best_cell.status == GW_ROW_OK && !isnan(best_cell.metric[SHARPE_COLUMN]);
    return valid ? (int64_t)best : -1;
}

static void check_rows(struct gw_results *results,
                       cell_fn *cell_of,
                       const uint64_t *number,
                       struct gw_results_part part)
{
    struct gw_error err = {.status = GW_OK};
    int8_t status[RECTANGLE];
    double value[RECTANGLE];
    part.count = results->combos;
    CHECK_OK(gw_results_status(results, part, status, &err));
    size_t wrong = 0;
    for (size_t i = 0; i < results->combos; i++) {
        wrong +=
            status[i] != (int8_t)cell_of(number[i], part.window, part.segment).status;
    }
    for (size_t m = 0; m < results->metrics; m++) {
        CHECK_OK(gw_results_metric(results, m, part, value, &err));
        for (size_t i = 0; i < results->combos; i++) {
            struct cell cell = cell_of(number[i], part.window, part.segment);
            wrong += !check_close(value[i], cell.metric[m], 0);
            wrong += isnan(value[i]) && signbit(value[i]); /* one NaN for all */
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void writes_every_value_where_it_belongs(void)
{
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    CU_ASSERT_TRUE(fixture.plan->tiling.tiles > 4);
    CU_ASSERT_EQUAL(fixture.plan->windows, (300 - 80 - 68) / 20 + 1);
    fixture_write(&fixture, PATH, mixed, SCATTERED);
    struct gw_results *results = fixture_open(PATH);
    CU_ASSERT_EQUAL_FATAL(results->combos, count);
    CU_ASSERT_EQUAL_FATAL(results->windows, fixture.plan->windows);
    CU_ASSERT_EQUAL_FATAL(results->segments, 2);
    int64_t combo[RECTANGLE];
    double value[3][RECTANGLE];
    CHECK_OK(gw_results_combos(results, combo, &err));
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(gw_results_parameter(results, i, 0, count, value[i], &err));
    }
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t k = number[i];
        wrong += combo[i] != (int64_t)k || (uint64_t)value[0][i] != k / 12 + 1 ||
                 value[1][i] != slow_value[k / 2 % 6] ||
                 value[2][i] != (k % 2 == 0 ? 0.1 : 0.2);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    for (size_t w = 0; w < results->windows; w++) {
        for (size_t s = 0; s < 2; s++) {
            check_rows(results, mixed, number, (struct gw_results_part){w, s, 0, 0});
        }
    }
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void describes_the_experiment(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    struct gw_results *results = fixture_open(PATH);
    CHECK_TEXT(results->name, "sweep");
    CHECK_TEXT(results->program, "gridwalk 98.7");
    CHECK_TEXT(results->objective, "sharpe");
    CHECK_TEXT(results->experiment_digest, FIXTURE_EXPERIMENT);
    CHECK_TEXT(results->bundle_digest, FIXTURE_BUNDLE);
    CU_ASSERT_TRUE(results->maximize && results->walk_forward);
    CU_ASSERT_EQUAL(results->periods, 252);
    CU_ASSERT_EQUAL(results->keep_top, 0);
    CU_ASSERT_EQUAL_FATAL(results->parameters, 3);
    CHECK_TEXT(results->parameter[0], "fast");
    CHECK_TEXT(results->parameter[2], "level");
    CU_ASSERT_TRUE(results->parameter_integer[1] && !results->parameter_integer[2]);
    CU_ASSERT_EQUAL_FATAL(results->metrics, 4);
    CHECK_TEXT(results->metric[2], "max_drawdown_bars");
    /* The look-back is 68 bars (sma of 69). Bar 0 is Monday 2001-01-01 = day 11323, so
     * bar 5 i is day 11323 + 7 i: bar 68 is 3 weekdays into week 13. */
    CU_ASSERT_EQUAL(results->begin[0], 11323 + 13 * 7 + 3);
    CU_ASSERT_EQUAL(results->end[0], 11323 + 25 * 7 + 2);   /* bar 127 */
    CU_ASSERT_EQUAL(results->begin[1], 11323 + 25 * 7 + 3); /* bar 128 */
    CU_ASSERT_EQUAL(results->end[1], 11323 + 29 * 7 + 2);   /* bar 147 */
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void counts_rows_and_names_the_lowest_failure(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    struct gw_results_summary expected = {0};
    for (size_t i = 0; i < count * fixture.plan->windows * 2; i++) {
        size_t window = i / 2 % fixture.plan->windows;
        uint64_t k = number[i / 2 / fixture.plan->windows];
        enum gw_row_status status = mixed(k, window, i % 2).status;
        expected.rows++;
        expected.insufficient += status == GW_ROW_INSUFFICIENT_HISTORY;
        expected.ruined += status == GW_ROW_RUINED;
        if (status == GW_ROW_FAILED && expected.failed++ == 0) {
            expected.first_failed_k = k;
            expected.first_failed_window = window;
        }
    }
    CU_ASSERT_TRUE(expected.failed > 10);
    for (enum fixture_order order = ASCENDING; order <= SCATTERED; order++) {
        struct gw_results_summary summary = fixture_write(&fixture, PATH, mixed, order);
        CU_ASSERT_EQUAL(summary.rows, expected.rows);
        CU_ASSERT_EQUAL(summary.failed, expected.failed);
        CU_ASSERT_EQUAL(summary.insufficient, expected.insufficient);
        CU_ASSERT_EQUAL(summary.ruined, expected.ruined);
        CU_ASSERT_EQUAL(summary.first_failed_k, expected.first_failed_k);
        CU_ASSERT_EQUAL(summary.first_failed_window, expected.first_failed_window);
    }
    fixture_clear(&fixture);
}

static void selects_the_best_and_the_lowest_of_equals(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    fixture_write(&fixture, PATH, mixed, DESCENDING);
    struct gw_results *results = fixture_open(PATH);
    for (size_t w = 0; w < results->windows; w++) {
        CU_ASSERT_EQUAL(results->selected[w], expect_selected(mixed, w));
    }
    gw_results_close(results);
    fixture_clear(&fixture);
}

/* Window 0: nothing valid; 1: all equal; 2: +inf ranks first; others as mixed. */
static struct cell odd(uint64_t k, size_t window, size_t segment)
{
    struct cell cell = mixed(k, window, segment);
    if (window == 0) {
        cell.status = k % 3 == 0 ? GW_ROW_RUINED : GW_ROW_OK;
        cell.metric[SHARPE_COLUMN] = k % 3 == 0 ? 5 : NAN;
    } else if (window == 1) {
        cell.status = GW_ROW_OK;
        cell.metric[SHARPE_COLUMN] = 0.5;
    } else if (window == 2 && (k == 200 || k == 350)) {
        cell.status = GW_ROW_OK;
        cell.metric[SHARPE_COLUMN] = INFINITY;
    }
    return cell;
}

static void selects_cash_where_nothing_is_defined(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    uint64_t number[RECTANGLE];
    list_numbers(number);
    fixture_write(&fixture, PATH, odd, SCATTERED);
    struct gw_results *results = fixture_open(PATH);
    CU_ASSERT_EQUAL(results->selected[0], -1);
    CU_ASSERT_EQUAL(results->objective_count[0], 0);
    CU_ASSERT_TRUE(isnan(results->objective_low[0]) && results->objective_sum[0] == 0);
    CU_ASSERT_EQUAL(results->selected[1], (int64_t)number[0]);
    CU_ASSERT_EQUAL(results->objective_low[1], results->objective_high[1]);
    CU_ASSERT_EQUAL(results->selected[2], 200);
    CU_ASSERT_EQUAL(results->objective_high[2], 2); /* the largest finite one */
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void minimizes_when_asked(void)
{
    struct fixture fixture =
        fixture_make(STRATEGY WALK METRICS "objective: {minimize: max_drawdown_bars}\n");
    fixture_write(&fixture, PATH, odd, ASCENDING);
    struct gw_results *results = fixture_open(PATH);
    CU_ASSERT_FALSE(results->maximize);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    for (size_t w = 0; w < results->windows; w++) {
        int64_t best = -1;
        double least = INFINITY;
        for (size_t i = 0; i < count; i++) {
            struct cell cell = odd(number[i], w, 0);
            if (cell.status == GW_ROW_OK && cell.metric[2] < least) {
                least = cell.metric[2];
                best = (int64_t)number[i];
            }
        }
        CU_ASSERT_EQUAL(results->selected[w], best);
    }
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void sums_objectives_in_combination_order(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    fixture_write(&fixture, PATH, mixed, DESCENDING);
    struct gw_results *results = fixture_open(PATH);
    for (size_t w = 0; w < results->windows; w++) {
        double sum = 0, low = INFINITY, high = -INFINITY;
        int64_t finite = 0;
        for (size_t i = 0; i < count; i++) {
            struct cell cell = mixed(number[i], w, 0);
            double value = cell.metric[SHARPE_COLUMN];
            if (cell.status == GW_ROW_OK && isfinite(value)) {
                sum += value;
                low = fmin(low, value);
                high = fmax(high, value);
                finite++;
            }
        }
        CU_ASSERT_EQUAL(results->objective_count[w], finite);
        CU_ASSERT_EQUAL(results->objective_sum[w], sum);
        CU_ASSERT_EQUAL(results->objective_low[w], low);
        CU_ASSERT_EQUAL(results->objective_high[w], high);
    }
    gw_results_close(results);
    fixture_clear(&fixture);
}

/* The objectives are multiples of 1/8 from -2 to 2: the bin of the i-th is 50 i / 32,
 * exact in whole numbers, and the largest belongs to the last bin. */
static void sorts_objectives_into_bins(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    fixture_write(&fixture, PATH, odd, SCATTERED);
    struct gw_results *results = fixture_open(PATH);
    for (size_t w = 1; w < results->windows; w++) {
        int64_t expected[GW_BINS] = {0};
        for (size_t i = 0; i < count; i++) {
            struct cell cell = odd(number[i], w, 0);
            double value = cell.metric[SHARPE_COLUMN];
            if (cell.status == GW_ROW_OK && isfinite(value)) {
                int bin = (int)(8 * value + 16) * GW_BINS / 32;
                expected[w == 1 ? 0 : bin < GW_BINS ? bin : GW_BINS - 1]++;
            }
        }
        CU_ASSERT_EQUAL(
            memcmp(results->objective_histogram + w * GW_BINS, expected, sizeof expected),
            0);
    }
    CU_ASSERT_EQUAL(results->objective_histogram[0], 0); /* window 0 has none */
    gw_results_close(results);
    fixture_clear(&fixture);
}

static bool same_bytes(const char *a, const char *b)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_text x = {0}, y = {0};
    CHECK_OK(gw_file_read(a, 1 << 28, GW_DATA, &x, &err));
    CHECK_OK(gw_file_read(b, 1 << 28, GW_DATA, &y, &err));
    bool same = x.length == y.length && memcmp(x.data, y.data, x.length) == 0;
    gw_text_clear(&x);
    gw_text_clear(&y);
    return same;
}

static void check_identity(const char *yaml)
{
    struct fixture fixture = fixture_make(yaml);
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    for (enum fixture_order order = DESCENDING; order <= SCATTERED; order++) {
        mallopt(M_PERTURB, order == SCATTERED ? 0x5a : 0);
        fixture_write(&fixture, OTHER, mixed, order);
        CU_ASSERT_TRUE(same_bytes(PATH, OTHER));
    }
    mallopt(M_PERTURB, 0);
    fixture_clear(&fixture);
}

static void is_byte_identical_in_any_order(void)
{
    check_identity(STRATEGY WALK METRICS SHARPE);
    check_identity(STRATEGY METRICS SHARPE);
    check_identity(STRATEGY WALK METRICS SHARPE "output: {keep: {top: 5}}\n");
    check_identity(STRATEGY METRICS
                   "walk_forward: {train: 60, validation: 30, test: 20}\n"
                   "objective: {maximize: sharpe - trades, require: [trades < 3], "
                   "select: {plateau: {radius: 1, by: median}}}\n");
    check_identity(STRATEGY WALK METRICS
                   "objective: {minimize: sharpe + 2 * trades, select: {top: 2}}\n"
                   "output: {keep: {top: 3}}\n");
    check_identity(STRATEGY WALK METRICS
                   "objective: {maximize: sharpe, select: {keep: {tolerance: 0.1}}}\n");
}

static void is_byte_identical_a_second_later(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
    fixture_write(&fixture, OTHER, mixed, ASCENDING);
    CU_ASSERT_TRUE(same_bytes(PATH, OTHER));
    fixture_clear(&fixture);
}

static void has_no_windows_without_walk_forward(void)
{
    struct fixture fixture = fixture_make(STRATEGY METRICS SHARPE);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    fixture_write(&fixture, PATH, mixed, DESCENDING);
    struct gw_results *results = fixture_open(PATH);
    CU_ASSERT_FALSE(results->walk_forward);
    CU_ASSERT_EQUAL_FATAL(results->combos, count);
    CU_ASSERT_EQUAL(results->windows * results->segments, 1);
    CU_ASSERT_EQUAL(results->selected[0], expect_selected(mixed, 0));
    CU_ASSERT_EQUAL(results->begin[0], 11323);
    CU_ASSERT_EQUAL(results->end[0], 11323 + 59 * 7 + 4);
    check_rows(results, mixed, number, (struct gw_results_part){0, 0, 0, 0});
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void has_one_segment_without_test(void)
{
    struct fixture fixture = fixture_make(
        STRATEGY "walk_forward: {train: 60, test: 0, step: 40}\n" METRICS SHARPE);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    fixture_write(&fixture, PATH, mixed, SCATTERED);
    struct gw_results *results = fixture_open(PATH);
    CU_ASSERT_TRUE(results->walk_forward);
    CU_ASSERT_EQUAL(results->segments, 1);
    CU_ASSERT_EQUAL_FATAL(results->combos, count);
    check_rows(results, mixed, number,
               (struct gw_results_part){results->windows - 1, 0, 0, 0});
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void takes_a_strategy_without_parameters(void)
{
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture =
        fixture_make("bundle: b.h5\nstrategy:\n  signals:\n"
                     "    enter_long: close > open\n" METRICS SHARPE);
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    struct gw_results *results = fixture_open(PATH);
    int64_t k = 7;
    CU_ASSERT_EQUAL_FATAL(results->combos, 1);
    CU_ASSERT_EQUAL(results->parameters, 0);
    CHECK_OK(gw_results_combos(results, &k, &err));
    CU_ASSERT_EQUAL(k, 0);
    gw_results_close(results);
    fixture_clear(&fixture);
}

/* The best `top` of a window, by sorting all. */
static void expect_top(cell_fn *cell_of, size_t window, size_t top, bool kept[RECTANGLE])
{
    uint64_t k[RECTANGLE];
    size_t count = list_numbers(k);
    for (size_t n = 0; n < top && n < count; n++) {
        size_t best = n;
        for (size_t i = n + 1; i < count; i++) {
            struct cell a = cell_of(k[i], window, 0), b = cell_of(k[best], window, 0);
            best = expect_before(&a, k[i], &b, k[best]) ? i : best;
        }
        uint64_t other = k[n];
        k[n] = k[best];
        k[best] = other;
        kept[k[n]] = true;
    }
}

static void
check_kept(struct gw_results *results, size_t w, const bool *kept, const int64_t *combo)
{
    struct gw_error err = {.status = GW_OK};
    for (size_t i = 0; i < results->combos * 2; i++) {
        const struct gw_results_part part = {w, i % 2, i / 2, 1};
        uint64_t k = (uint64_t)combo[i / 2];
        int8_t status;
        double value;
        CHECK_OK(gw_results_status(results, part, &status, &err));
        CHECK_OK(gw_results_metric(results, 0, part, &value, &err));
        struct cell cell = odd(k, w, part.segment);
        CU_ASSERT_EQUAL(status, kept[k] ? (int)cell.status : GW_ROW_NOT_KEPT);
        CHECK_CLOSE(value, kept[k] ? cell.metric[0] : NAN, 0);
    }
}

static void keeps_the_best_of_each_window(void)
{
    enum { TOP = 6, MOST_WINDOWS = 16 };
    static bool kept[MOST_WINDOWS][RECTANGLE];
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture =
        fixture_make(STRATEGY WALK METRICS SHARPE "output: {keep: {top: 6}}\n");
    fixture_write(&fixture, PATH, odd, SCATTERED);
    struct gw_results *results = fixture_open(PATH);
    CU_ASSERT_EQUAL(results->keep_top, TOP);
    CU_ASSERT_TRUE_FATAL(results->windows <= MOST_WINDOWS);
    bool any[RECTANGLE] = {false};
    size_t expected = 0;
    for (size_t w = 0; w < results->windows; w++) {
        expect_top(odd, w, TOP, kept[w]);
        for (size_t k = 0; k < RECTANGLE; k++) {
            expected += kept[w][k] && !any[k];
            any[k] = any[k] || kept[w][k];
        }
        CU_ASSERT_EQUAL(results->selected[w], expect_selected(odd, w));
    }
    CU_ASSERT_EQUAL_FATAL(results->combos, expected);
    uint64_t number[RECTANGLE];
    CU_ASSERT_EQUAL(results->combinations, list_numbers(number));
    int64_t *combo = gw_calloc(expected, sizeof *combo);
    CHECK_OK(gw_results_combos(results, combo, &err));
    for (size_t i = 1; i < expected; i++) {
        CU_ASSERT_TRUE(combo[i - 1] < combo[i]);
    }
    for (size_t w = 0; w < results->windows; w++) {
        check_kept(results, w, kept[w], combo);
    }
    /* What is said of all combinations does not depend on what is kept. */
    CU_ASSERT_EQUAL(results->objective_count[1], (int64_t)results->combinations);
    free(combo);
    gw_results_close(results);
    fixture_clear(&fixture);
}

/* A whole file from payloads that leave out what they may; returns their bytes. */
static size_t write_spared(const struct fixture *fixture, enum fixture_order order)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results_writer *writer = NULL;
    struct gw_results_summary summary;
    struct gw_payload payload;
    uint64_t tiles = fixture->plan->tiling.tiles;
    size_t bytes = 0, windows = fixture->plan->windows;
    struct gw_bound *bound = gw_calloc(windows, sizeof *bound);
    CHECK_OK(gw_results_create(OTHER, fixture->plan, fixture->panel, &fixture_identity,
                               &writer, &err));
    gw_payload_init(&payload, fixture->plan);
    for (uint64_t i = 0; writer != NULL && i < tiles; i++) {
        uint64_t id = fixture_tile(order, i, tiles);
        if (i % 3 != 1) { /* now and then older ones */
            gw_results_bounds(writer, bound);
        }
        size_t length;
        unsigned char *packed = fixture_spared(&payload, id, odd, bound, &length);
        CHECK_OK(gw_results_accept(writer, id, packed, length, &err));
        free(packed);
        bytes += length;
    }
    CHECK_OK(fixture_finish(writer, fixture->plan, &summary, &err));
    CU_ASSERT_TRUE(summary.failed > 10 && summary.ruined > 10);
    gw_payload_clear(&payload);
    free(bound);
    return bytes;
}

static void is_byte_identical_whatever_is_left_out(void)
{
    static const int top[] = {1, 6, 50, 100000};
    for (size_t i = 0; i < 4; i++) {
        char yaml[2048];
        snprintf(yaml, sizeof yaml, "%soutput: {keep: {top: %d}}\n",
                 STRATEGY WALK METRICS SHARPE, top[i]);
        struct fixture fixture = fixture_make(yaml);
        const struct gw_plan *plan = fixture.plan;
        uint64_t number[RECTANGLE];
        size_t cells = list_numbers(number) * plan->windows;
        fixture_write(&fixture, PATH, odd, ASCENDING);
        for (enum fixture_order order = ASCENDING; order <= SCATTERED; order++) {
            size_t bytes = write_spared(&fixture, order);
            CU_ASSERT_TRUE(same_bytes(PATH, OTHER));
            /* 4 metrics, 2 segments: whole rows are 66 B of a cell's 84 B and a bit */
            CU_ASSERT_TRUE(top[i] > 6 || bytes < cells * 28);
            CU_ASSERT_TRUE(top[i] < 100000 || bytes >= cells * 84);
        }
        fixture_clear(&fixture);
    }
}

/* Put a tile's valid objectives among those of earlier ones, the largest first. */
static size_t
collect_best(const struct gw_plan *plan, uint64_t id, double *best, size_t count)
{
    const struct gw_tile tile = gw_plan_tile(plan, id);
    for (uint64_t run = tile.first_run; run < tile.first_run + tile.runs; run++) {
        uint64_t k[GW_RUN];
        size_t lanes = gw_plan_run(plan, run, k);
        for (size_t i = 0; i < lanes; i++) {
            const struct cell cell = mixed(k[i], 0, 0);
            double value = cell.metric[SHARPE_COLUMN];
            if (cell.status != GW_ROW_OK || isnan(value)) {
                continue;
            }
            size_t at = count++;
            for (; at > 0 && best[at - 1] < value; at--) {
                best[at] = best[at - 1];
            }
            best[at] = value;
        }
    }
    return count;
}

/* Of a window the worst of the best, as soon as there are enough. */
static void tells_the_bounds_so_far(void)
{
    enum { TOP = 6 };
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture =
        fixture_make(STRATEGY METRICS SHARPE "output: {keep: {top: 6}}\n");
    const struct gw_plan *plan = fixture.plan;
    struct gw_results_writer *writer = NULL;
    CHECK_OK(
        gw_results_create(PATH, plan, fixture.panel, &fixture_identity, &writer, &err));
    struct gw_bound bound = {0};
    gw_results_bounds(writer, &bound);
    CU_ASSERT_EQUAL(bound.rank, INT64_MAX);
    double best[RECTANGLE];
    size_t count = 0, length;
    for (uint64_t id = 0; id < plan->tiling.tiles; id++) {
        count = collect_best(plan, id, best, count);
        unsigned char *payload = fixture_payload(plan, id, mixed, &length);
        CHECK_OK(gw_results_accept(writer, id, payload, length, &err));
        free(payload);
        gw_results_bounds(writer, &bound);
        if (count >= TOP) {
            CU_ASSERT_EQUAL(bound.rank, 0);
            CU_ASSERT_EQUAL(bound.value, best[TOP - 1]);
        }
    }
    CU_ASSERT_TRUE(count > 100);
    gw_results_abandon(writer);
    fixture_clear(&fixture);
}

static void keeps_all_where_top_is_larger_than_the_grid(void)
{
    struct fixture fixture =
        fixture_make(STRATEGY WALK METRICS SHARPE "output: {keep: {top: 100000}}\n");
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number);
    fixture_write(&fixture, PATH, mixed, DESCENDING);
    struct gw_results *results = fixture_open(PATH);
    CU_ASSERT_EQUAL_FATAL(results->combos, count);
    for (size_t i = 0; i < 2 * results->windows; i++) {
        check_rows(results, mixed, number, (struct gw_results_part){i / 2, i % 2, 0, 0});
    }
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void finds_a_combination(void)
{
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture = fixture_make(STRATEGY METRICS SHARPE);
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    struct gw_results *results = fixture_open(PATH);
    uint64_t number[RECTANGLE];
    size_t count = list_numbers(number), row;
    for (size_t i = 0; i < count; i += 17) {
        CHECK_OK(gw_results_find(results, (int64_t)number[i], &row, &err));
        CU_ASSERT_EQUAL(row, i);
    }
    CHECK_OK(
        gw_results_find(results, RECTANGLE - 1, &row, &err)); /* fast 70: infeasible */
    CU_ASSERT_EQUAL(row, count);
    gw_results_close(results);
    fixture_clear(&fixture);
}

static void refuses_a_grid_larger_than_the_disk(void)
{
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture = fixture_make("bundle: b.h5\n"
                                          "strategy:\n"
                                          "  parameters:\n"
                                          "    a: {from: 1, to: 10000, step: 1}\n"
                                          "    b: {from: 1, to: 10000, step: 1}\n"
                                          "    c: {from: 1, to: 10000, step: 1}\n"
                                          "  constraints:\n"
                                          "    - a > 0\n"
                                          "  signals:\n"
                                          "    enter_long: close > a + b + c\n" SHARPE);
    /* 12 metrics of 8 B, a status, three parameters and a number: 129 B a combination. */
    CHECK_CLOSE(gw_results_bytes(fixture.plan), 129e12, 1e-6);
    struct gw_results_writer *writer = NULL;
    clock_t start = clock();
    enum gw_status status = gw_results_create(PATH, fixture.plan, fixture.panel,
                                              &fixture_identity, &writer, &err);
    CU_ASSERT_EQUAL(status, GW_SYSTEM);
    CU_ASSERT_PTR_NULL(writer);
    CU_ASSERT_TRUE((double)(clock() - start) / CLOCKS_PER_SEC < 1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(err.text, "1,000,000,000,000 combinations x 12 metrics"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "keep: {top: N}"));
    fixture_clear(&fixture);
}

static void refuses_a_missing_directory(void)
{
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture = fixture_make(STRATEGY METRICS SHARPE);
    struct gw_results_writer *writer = NULL;
    CU_ASSERT_EQUAL(gw_results_create("no/such/directory/a.h5", fixture.plan,
                                      fixture.panel, &fixture_identity, &writer, &err),
                    GW_SYSTEM);
    fixture_clear(&fixture);
}

static bool has_temporary(const char *path)
{
    char *temporary = gw_file_temporary(path);
    bool there = access(temporary, F_OK) == 0;
    free(temporary);
    return there;
}

static void leaves_nothing_when_abandoned(void)
{
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture = fixture_make(STRATEGY METRICS SHARPE);
    struct gw_results_writer *writer = NULL;
    unlink(PATH);
    CHECK_OK(gw_results_create(PATH, fixture.plan, fixture.panel, &fixture_identity,
                               &writer, &err));
    CU_ASSERT_TRUE(has_temporary(PATH));
    gw_results_abandon(writer);
    gw_results_abandon(NULL);
    CU_ASSERT_FALSE(has_temporary(PATH));
    CU_ASSERT_NOT_EQUAL(access(PATH, F_OK), 0);
    fixture_clear(&fixture);
}

/* In a child, whose files may grow to `limit` bytes: 0 = the failure was as it must be.
 */
static int write_on_a_full_disk(const struct fixture *fixture, rlim_t limit)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results_writer *writer = NULL;
    struct gw_results_summary summary;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
    enum gw_status status = gw_results_create(OTHER, fixture->plan, fixture->panel,
                                              &fixture_identity, &writer, &err);
    for (uint64_t i = 0; status == GW_OK && i < fixture->plan->tiling.tiles; i++) {
        size_t length;
        unsigned char *payload = fixture_payload(fixture->plan, i, mixed, &length);
        status = gw_results_accept(writer, i, payload, length, &err);
        free(payload);
        if (status != GW_OK) {
            gw_results_abandon(writer);
        }
    }
    if (status == GW_OK) {
        status = fixture_finish(writer, fixture->plan, &summary, &err);
    }
    bool said = strstr(err.text, "too large") != NULL && strchr(err.text, '\n') == NULL;
    if (!said) {
        fprintf(stderr, "limit %lu: %d %s\n", (unsigned long)limit, (int)status,
                err.text);
    }
    return status == GW_SYSTEM && said && !has_temporary(OTHER) &&
                   access(OTHER, F_OK) != 0
               ? 0
               : 1;
}

static void fails_cleanly_on_a_full_disk(void)
{
    struct fixture fixture = fixture_make(STRATEGY WALK METRICS SHARPE);
    struct fixture top =
        fixture_make(STRATEGY WALK METRICS SHARPE "output: {keep: {top: 40}}\n");
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    struct stat facts;
    CU_ASSERT_EQUAL_FATAL(stat(PATH, &facts), 0);
    unlink(OTHER);
    for (size_t i = 0; i < 8; i++) {
        const struct fixture *which = i % 2 == 0 ? &fixture : &top;
        rlim_t limit = (rlim_t)facts.st_size * (i / 2 + 1) / (i % 2 == 0 ? 5 : 20);
        pid_t child = fork();
        if (child == 0) {
            _exit(write_on_a_full_disk(which, limit));
        }
        int state = -1;
        waitpid(child, &state, 0);
        CU_ASSERT_EQUAL(state, 0);
    }
    fixture_clear(&fixture);
    fixture_clear(&top);
}

static void holds_a_long_experiment(void)
{
    enum { LINES = 4000 };
    struct gw_text yaml = {0};
    gw_text_printf(&yaml, "%s", STRATEGY METRICS SHARPE);
    for (int i = 0; i < LINES; i++) {
        gw_text_printf(&yaml, "# a remark, one of a great many: %08d\n", i);
    }
    CU_ASSERT_TRUE(yaml.length > 150000);
    struct fixture fixture = fixture_make(yaml.data);
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    CHECK_OK(gw_file_read(PATH, 1 << 24, GW_DATA, &bytes, &err));
    size_t at = 0; /* it stands in the file as it was */
    while (at + yaml.length < bytes.length &&
           memcmp(bytes.data + at, yaml.data, yaml.length) != 0) {
        at++;
    }
    CU_ASSERT_TRUE(at + yaml.length < bytes.length);
    gw_results_close(fixture_open(PATH));
    gw_text_clear(&bytes);
    gw_text_clear(&yaml);
    fixture_clear(&fixture);
}

static void write_bytes(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

/* Open a damaged file and read all that there is; only a crash or a bad status is wrong.
 */
static void read_damaged(const char *path, size_t *refused)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results *results = NULL;
    enum gw_status status = gw_results_open(path, &results, &err);
    if (status != GW_OK) {
        CU_ASSERT_EQUAL(status, GW_DATA);
        CU_ASSERT_PTR_NULL(results);
        CU_ASSERT_TRUE(err.text[0] != '\0');
        ++*refused;
        return;
    }
    int64_t *combo = gw_calloc(results->combos, sizeof *combo);
    CHECK_OK(gw_results_combos(results, combo, &err));
    for (size_t m = 0; m < results->metrics; m++) {
        double value;
        const struct gw_results_part part = {results->windows - 1, 0, results->combos - 1,
                                             1};
        CHECK_OK(gw_results_metric(results, m, part, &value, &err));
    }
    double *equity = gw_calloc(results->times, sizeof *equity);
    for (size_t r = 0; r < results->records; r++) {
        CHECK_OK(gw_results_equity(results, r, equity, &err));
    }
    free(equity);
    free(combo);
    gw_results_close(results);
}

static void survives_damage(void)
{
    enum { FLIPS = 500, CUTS = 60 };
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture =
        fixture_make(STRATEGY WALK METRICS SHARPE "output: {keep: {top: 2}}\n");
    fixture_write(&fixture, PATH, mixed, ASCENDING);
    struct gw_text bytes = {0};
    CHECK_OK(gw_file_read(PATH, 1 << 24, GW_DATA, &bytes, &err));
    size_t refused = 0;
    uint64_t state = 88172645463325252U; /* xorshift */
    for (int i = 0; i < FLIPS; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        size_t at = (size_t)((state >> 8) % bytes.length);
        char old = bytes.data[at];
        bytes.data[at] = (char)(old ^ (char)(1 + state % 255));
        write_bytes(OTHER, bytes.data, bytes.length);
        bytes.data[at] = old;
        read_damaged(OTHER, &refused);
    }
    CU_ASSERT_TRUE(refused > 0 && refused < FLIPS);
    refused = 0;
    for (size_t i = 0; i < CUTS; i++) {
        write_bytes(OTHER, bytes.data, bytes.length * i / CUTS);
        read_damaged(OTHER, &refused);
    }
    CU_ASSERT_EQUAL(refused, CUTS);
    gw_text_clear(&bytes);
    fixture_clear(&fixture);
}

static void refuses_what_is_no_results_file(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results *results = NULL;
    CU_ASSERT_EQUAL(gw_results_open("absent.h5", &results, &err), GW_DATA);
    write_bytes(OTHER, "not HDF5", 8);
    CU_ASSERT_EQUAL(gw_results_open(OTHER, &results, &err), GW_DATA);
    CU_ASSERT_PTR_NULL(results);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"writes_every_value_where_it_belongs", writes_every_value_where_it_belongs},
        {"describes_the_experiment", describes_the_experiment},
        {"counts_rows_and_names_the_lowest_failure",
         counts_rows_and_names_the_lowest_failure},
        {"selects_the_best_and_the_lowest_of_equals",
         selects_the_best_and_the_lowest_of_equals},
        {"selects_cash_where_nothing_is_defined", selects_cash_where_nothing_is_defined},
        {"minimizes_when_asked", minimizes_when_asked},
        {"sums_objectives_in_combination_order", sums_objectives_in_combination_order},
        {"sorts_objectives_into_bins", sorts_objectives_into_bins},
        {"is_byte_identical_in_any_order", is_byte_identical_in_any_order},
        {"is_byte_identical_a_second_later", is_byte_identical_a_second_later},
        {"has_no_windows_without_walk_forward", has_no_windows_without_walk_forward},
        {"has_one_segment_without_test", has_one_segment_without_test},
        {"takes_a_strategy_without_parameters", takes_a_strategy_without_parameters},
        {"keeps_the_best_of_each_window", keeps_the_best_of_each_window},
        {"is_byte_identical_whatever_is_left_out",
         is_byte_identical_whatever_is_left_out},
        {"tells_the_bounds_so_far", tells_the_bounds_so_far},
        {"keeps_all_where_top_is_larger_than_the_grid",
         keeps_all_where_top_is_larger_than_the_grid},
        {"finds_a_combination", finds_a_combination},
        {"refuses_a_grid_larger_than_the_disk", refuses_a_grid_larger_than_the_disk},
        {"refuses_a_missing_directory", refuses_a_missing_directory},
        {"leaves_nothing_when_abandoned", leaves_nothing_when_abandoned},
        {"fails_cleanly_on_a_full_disk", fails_cleanly_on_a_full_disk},
        {"holds_a_long_experiment", holds_a_long_experiment},
        {"survives_damage", survives_damage},
        {"refuses_what_is_no_results_file", refuses_what_is_no_results_file},
    };
    int result = CHECK_RUN("results", tests);
    unlink(PATH);
    unlink(OTHER);
    return result;
}
