/* The out-of-sample record in a results file, and files that say what cannot be. */
#include "results_fixture.h"
#include "scratch.h"

#include "gridwalk/store/files.h"

#include <hdf5.h>

#define STRATEGY                                                                         \
    "bundle: b.h5\n"                                                                     \
    "strategy:\n"                                                                        \
    "  parameters:\n"                                                                    \
    "    fast: {from: 1, to: 7, step: 1}\n"                                              \
    "    slow: [3, 8, 12]\n"                                                             \
    "  constraints:\n"                                                                   \
    "    - fast < slow\n"                                                                \
    "  signals:\n"                                                                       \
    "    enter_long: sma(close, fast) > sma(close, slow)\n"
#define METRICS "metrics: [total_return, sharpe, var_95]\n"
#define WALK "walk_forward: {train: 60, test: 20}\n"
#define FULL                                                                             \
    STRATEGY METRICS                                                                     \
        "benchmark: ASSET1\n"                                                            \
        "walk_forward: {train: 60, validation: 30, test: 20}\n"                          \
        "objective: {maximize: sharpe - var_95, select: {plateau: {radius: 1}}}\n"

static struct cell plain(uint64_t k, size_t window, size_t segment)
{
    double base = (double)(k * 5 % 23) + (double)window / 16 + (double)segment / 2;
    return (struct cell){GW_ROW_OK, {base, -base, base / 8}};
}

/* A results file in a folder of its own. */
struct bench {
    struct scratch scratch;
    struct fixture fixture;
    char path[300];
};

static void bench_open(struct bench *bench, const char *yaml)
{
    *bench = (struct bench){.fixture = fixture_make(yaml)};
    scratch_open(&bench->scratch);
    snprintf(bench->path, sizeof bench->path, "%s/x.h5", bench->scratch.directory);
    fixture_write(&bench->fixture, bench->path, plain, ASCENDING);
}

static void bench_close(struct bench *bench)
{
    fixture_clear(&bench->fixture);
    scratch_close(&bench->scratch);
}

/* ---- what comes back ---- */

static void check_curves(struct gw_results *results, const struct gw_forward *forward)
{
    struct gw_error err = {.status = GW_OK};
    double *equity = gw_calloc(results->times, sizeof *equity);
    for (size_t r = 0; r < results->records; r++) {
        CHECK_OK(gw_results_equity(results, r, equity, &err));
        CU_ASSERT_EQUAL(memcmp(equity, forward->equity + r * forward->bars,
                               forward->bars * sizeof *equity),
                        0);
    }
    free(equity);
}

/* `var_95`: whether the rows have it. */
static void check_metrics(const struct gw_results *results,
                          const struct gw_forward *forward,
                          bool var_95)
{
    for (size_t i = 0; i < results->records * GW_METRICS; i++) {
        enum gw_metric m = i % GW_METRICS;
        bool there = m == GW_METRIC_var_95
                         ? var_95
                         : m != GW_METRIC_cvar_95 && gw_metric_info[m].set != 'K';
        double found = results->oos_metric[i / GW_METRICS][m];
        CHECK_CLOSE(found, there ? forward->metric[i / GW_METRICS][m] : NAN, 0);
        CU_ASSERT_FALSE(isnan(found) && signbit(found)); /* one NaN for all */
    }
}

static void check_record(const char *yaml, size_t records, bool var_95)
{
    struct bench bench;
    bench_open(&bench, yaml);
    const struct gw_plan *plan = bench.fixture.plan;
    const size_t first = plan->window[0].begin[GW_TEST];
    struct gw_forward forward = fixture_forward(plan);
    struct gw_results *results = fixture_open(bench.path);
    CU_ASSERT_EQUAL_FATAL(results->records, records);
    CHECK_TEXT(results->record[0], "selected");
    CHECK_TEXT(results->record[records - 1],
               records == GW_RECORDS ? "benchmark" : "buy_and_hold");
    CU_ASSERT_EQUAL_FATAL(results->times,
                          plan->window[plan->windows - 1].end[GW_TEST] - first + 1);
    for (size_t t = 0; t < results->times; t++) {
        CU_ASSERT_EQUAL(results->time[t], bench.fixture.panel->session[first + t]);
    }
    check_curves(results, &forward);
    check_metrics(results, &forward, var_95);
    CU_ASSERT_EQUAL(results->profitable_windows, 0.625);
    CU_ASSERT_EQUAL(results->efficiency, -0.375);
    CU_ASSERT_EQUAL(results->drift[0].steps, 1.5);
    CU_ASSERT_EQUAL(results->drift[1].steps, 2.5);
    CU_ASSERT_EQUAL(results->drift[1].moved, 0.25);
    CU_ASSERT_EQUAL(results->drift[0].stability, 0.75);
    CU_ASSERT_TRUE(isnan(results->drift[1].stability));
    gw_results_close(results);
    gw_forward_clear(&forward);
    bench_close(&bench);
}

static void the_record_comes_back(void)
{
    check_record(FULL, GW_RECORDS, true);
    check_record(STRATEGY WALK, GW_RECORDS - 1, false);
    check_record(STRATEGY WALK "output: {keep: {top: 2}}\n", GW_RECORDS - 1, false);
}

static void without_a_test_there_is_no_record(void)
{
    static const char *const yaml[] = {STRATEGY METRICS, STRATEGY METRICS
                                       "walk_forward: {train: 60, test: 0, step: 9}\n"};
    for (size_t i = 0; i < 2; i++) {
        struct bench bench;
        bench_open(&bench, yaml[i]);
        struct gw_results *results = fixture_open(bench.path);
        CU_ASSERT_EQUAL(results->records + results->times, 0);
        CU_ASSERT_PTR_NULL(results->oos_metric);
        CU_ASSERT_PTR_NULL(results->test_rank);
        CU_ASSERT_PTR_NULL(results->drift);
        CU_ASSERT_TRUE(isnan(results->profitable_windows) && isnan(results->efficiency));
        gw_results_close(results);
        bench_close(&bench);
    }
}

static void a_record_needs_no_parameters(void)
{
    struct bench bench;
    bench_open(&bench, "bundle: b.h5\nstrategy:\n  signals:\n"
                       "    enter_long: close > open\n" METRICS WALK);
    struct gw_results *results = fixture_open(bench.path);
    CU_ASSERT_EQUAL(results->parameters, 0);
    CU_ASSERT_EQUAL(results->records, GW_RECORDS - 1);
    CU_ASSERT_EQUAL(results->efficiency, -0.375);
    gw_results_close(results);
    bench_close(&bench);
}

/* ---- what stands in the file, by its document ---- */

static herr_t
add_name(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    (void)group;
    (void)info;
    struct gw_text *names = context;
    gw_text_printf(names, "%s ", name);
    return 0;
}

static void variables_stand_in_the_order_of_the_document(void)
{
    struct bench bench;
    bench_open(&bench, FULL);
    struct gw_text names = {0};
    hid_t file = H5Fopen(bench.path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    H5Literate(file, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, add_name, &names);
    H5Fclose(file);
    CHECK_TEXT(
        names.data,
        "window segment combo pick bin record time oos_metric_name parameter "
        "fast slow status selected weight selected_edge raw_best raw_best_rank begin end "
        "total_return sharpe var_95 objective objective_histogram objective_count "
        "objective_low objective_high objective_sum objective_sum_squares "
        "oos_return oos_equity oos_metric test_rank test_ranked rank_correlation "
        "median_combo hindsight_combo profitable_windows walk_forward_efficiency "
        "parameter_drift parameter_moved parameter_stability ");
    gw_text_clear(&names);
    bench_close(&bench);
}

static void the_root_says_how_windows_choose(void)
{
    struct bench bench;
    bench_open(&bench, FULL);
    struct gw_results *results = fixture_open(bench.path);
    CHECK_TEXT(results->select, "plateau 1 mean on validation");
    CHECK_TEXT(results->objective_text, "sharpe - var_95");
    CU_ASSERT_EQUAL(results->on, GW_VALIDATION);
    CHECK_TEXT(results->text.data, FULL);
    gw_results_close(results);
    bench_close(&bench);
}

/* ---- what cannot be ---- */

/* Set one number of a dataset; the file is a copy each time. */
struct change {
    const char *dataset;
    double value;
    const char *says;
};

static void refuse(const char *path, const char *says)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results *results = NULL;
    CU_ASSERT_EQUAL(gw_results_open(path, &results, &err), GW_DATA);
    CU_ASSERT_PTR_NULL(results);
    if (strstr(err.text, says) == NULL) {
        printf("\n'%s' is not in: %s\n", says, err.text);
        CU_FAIL();
    }
}

static void set_number(const char *path, const struct change *change)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, change->dataset, H5P_DEFAULT);
    CU_ASSERT_TRUE_FATAL(file >= 0 && dataset >= 0);
    double *value = gw_calloc((size_t)H5Dget_storage_size(dataset) + 1, sizeof *value);
    CU_ASSERT_TRUE(
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    value[0] = change->value;
    CU_ASSERT_TRUE(
        H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    free(value);
    H5Dclose(dataset);
    H5Fclose(file);
}

static const char *copy(struct bench *bench, const struct gw_text *bytes)
{
    return scratch_bytes(&bench->scratch, "other.h5", bytes->data, bytes->length);
}

static void numbers_that_cannot_be_are_refused(void)
{
    static const struct change change[] = {
        {"selected", -2, "'selected' holds what cannot be"},
        {"weight", 1.5, "'weight' holds what cannot be"},
        {"weight", -0.5, "'weight' holds what cannot be"},
        {"selected_edge", 2, "'selected_edge' holds what cannot be"},
        {"selected_edge", -1, "'selected_edge' holds what cannot be"},
        {"raw_best", -2, "'raw_best' holds what cannot be"},
        {"raw_best_rank", -7, "'raw_best_rank' holds what cannot be"},
        {"begin", 2e6, "'begin' holds no date"},
        {"objective_count", -1, "'objective_count' holds what cannot be"},
        {"objective_histogram", -1, "'objective_histogram' holds what cannot be"},
        {"time", -2e6, "'time' holds no date"},
        {"test_rank", -2, "'test_rank' holds what cannot be"},
        {"test_ranked", -2, "'test_ranked' holds what cannot be"},
        {"median_combo", -2, "'median_combo' holds what cannot be"},
        {"hindsight_combo", -2, "'hindsight_combo' holds what cannot be"},
        {"rank_correlation", 3, "'rank_correlation' holds what cannot be"},
        {"profitable_windows", 1.5, "'profitable_windows' holds what cannot be"},
        {"parameter_drift", -1, "'parameter_drift' holds what cannot be"},
        {"parameter_moved", 2, "'parameter_moved' holds what cannot be"},
        {"parameter_stability", 2, "'parameter_stability' holds what cannot be"},
    };
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    struct bench bench;
    bench_open(&bench, FULL);
    CHECK_OK(gw_file_read(bench.path, 1 << 24, GW_DATA, &bytes, &err));
    for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
        const char *path = copy(&bench, &bytes);
        set_number(path, &change[i]);
        refuse(path, change[i].says);
    }
    gw_text_clear(&bytes);
    bench_close(&bench);
}

/* Give a variable-length text of a dataset another one. */
static void set_name(const char *path, const char *dataset, size_t at, const char *name)
{
    char *text[64] = {NULL};
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t names = H5Dopen2(file, dataset, H5P_DEFAULT), type = H5Dget_type(names);
    CU_ASSERT_TRUE_FATAL(file >= 0 && names >= 0 && type >= 0);
    CU_ASSERT_TRUE(H5Dread(names, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0);
    char *old = text[at];
    text[at] = gw_strdup(name);
    CU_ASSERT_TRUE(H5Dwrite(names, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0);
    free(text[at]);
    text[at] = old;
    for (size_t i = 0; i < 64; i++) {
        H5free_memory(text[i]);
    }
    H5Tclose(type);
    H5Dclose(names);
    H5Fclose(file);
}

static void names_that_cannot_be_are_refused(void)
{
    static const struct {
        const char *dataset;
        size_t at;
        const char *name, *says;
    } change[] = {
        {"record", 3, "hold", "its records are not"},
        {"oos_metric_name", 2, "luck", "'luck' is no metric"},
        {"oos_metric_name", 0, "", "'oos_metric_name' holds no names"},
        {"oos_metric_name", 0,
         "a_name_that_is_longer_than_any_that_this_program_would_ever_write",
         "'oos_metric_name' holds no names"},
        {"parameter", 1, "fast", "'parameter' does not name its parameters"},
        {"segment", 2, "holdout", "its segments are not train, test and validation"},
    };
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    struct bench bench;
    bench_open(&bench, FULL);
    CHECK_OK(gw_file_read(bench.path, 1 << 24, GW_DATA, &bytes, &err));
    for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
        const char *path = copy(&bench, &bytes);
        set_name(path, change[i].dataset, change[i].at, change[i].name);
        refuse(path, change[i].says);
    }
    gw_text_clear(&bytes);
    bench_close(&bench);
}

/* A text attribute, made anew. */
static void set_text(const char *path, const char *name, const char *text)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    CU_ASSERT_TRUE_FATAL(file >= 0 && H5Adelete(file, name) >= 0);
    hid_t made = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT_TRUE(made >= 0 && H5Awrite(made, type, text) >= 0);
    H5Aclose(made);
    H5Tclose(type);
    H5Sclose(space);
    H5Fclose(file);
}

static void attributes_that_cannot_be_are_refused(void)
{
    static const struct {
        const char *name, *text, *says;
    } change[] = {
        {"semantics", "1",
         "made by rules 1, this program knows " GW_RESULTS_SEMANTICS
         "; run the experiment "
         "again"},
        {"select", "best on test", "'select' names no segment"},
        {"select", "best", "'select' names no segment"},
        {"objective", "maximise sharpe", "says neither maximize nor minimize"},
        {"objective", "maximize calmar", "'calmar' is none of its metrics"},
        {"metrics", "total_return sharpe luck", "'luck' is no metric"},
        {"metrics", "total_return sharpe objective", "'objective' is no metric"},
    };
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    struct bench bench;
    bench_open(&bench, FULL);
    CHECK_OK(gw_file_read(bench.path, 1 << 24, GW_DATA, &bytes, &err));
    for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
        const char *path = copy(&bench, &bytes);
        set_text(path, change[i].name, change[i].text);
        refuse(path, change[i].says);
    }
    gw_text_clear(&bytes);
    bench_close(&bench);
}

/* Every variable that a test brings is missed. */
static void a_file_without_a_variable_is_refused(void)
{
    static const char *const name[] = {
        "pick",         "selected_edge", "record",
        "time",         "oos_return",    "oos_equity",
        "oos_metric",   "test_rank",     "rank_correlation",
        "median_combo", "parameter",     "walk_forward_efficiency",
        "objective",    "raw_best_rank"};
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    struct bench bench;
    bench_open(&bench, FULL);
    CHECK_OK(gw_file_read(bench.path, 1 << 24, GW_DATA, &bytes, &err));
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char says[64];
        const char *path = copy(&bench, &bytes);
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        CU_ASSERT_TRUE_FATAL(file >= 0);
        CU_ASSERT_TRUE(H5Ldelete(file, name[i], H5P_DEFAULT) >= 0);
        H5Fclose(file);
        snprintf(says, sizeof says, "'%s' is missing", name[i]);
        refuse(path, says);
    }
    gw_text_clear(&bytes);
    bench_close(&bench);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"the_record_comes_back", the_record_comes_back},
        {"without_a_test_there_is_no_record", without_a_test_there_is_no_record},
        {"a_record_needs_no_parameters", a_record_needs_no_parameters},
        {"variables_stand_in_the_order_of_the_document",
         variables_stand_in_the_order_of_the_document},
        {"the_root_says_how_windows_choose", the_root_says_how_windows_choose},
        {"numbers_that_cannot_be_are_refused", numbers_that_cannot_be_are_refused},
        {"names_that_cannot_be_are_refused", names_that_cannot_be_are_refused},
        {"attributes_that_cannot_be_are_refused", attributes_that_cannot_be_are_refused},
        {"a_file_without_a_variable_is_refused", a_file_without_a_variable_is_refused},
    };
    return CHECK_RUN("results_record", tests);
}
