/* What a results file has to do with its run: kept tiles, lost tiles, whose it is. */
#include "results_fixture.h"
#include "scratch.h"

#include "gridwalk/store/files.h"

#include <hdf5.h>

#define GRID                                                                             \
    "bundle: b.h5\n"                                                                     \
    "strategy:\n"                                                                        \
    "  parameters:\n"                                                                    \
    "    fast: {from: 1, to: 70, step: 1}\n"                                             \
    "    slow: [3, 20, 40, 69]\n"                                                        \
    "  constraints:\n"                                                                   \
    "    - fast < slow\n"                                                                \
    "  signals:\n"                                                                       \
    "    enter_long: sma(close, fast) > sma(close, slow)\n"                              \
    "limits: {memory: 1M}\n"                                                             \
    "walk_forward: {train: 60, test: 20}\n"                                              \
    "metrics: [total_return, sharpe, trades]\n"                                          \
    "objective: {maximize: sharpe}\n"
#define TOP "output: {keep: {top: 4}}\n"

/* Numbers that differ everywhere; one row in 50 has failed. */
static struct cell plain(uint64_t k, size_t window, size_t segment)
{
    double base = (double)k + (double)window / 16 + (double)segment / 2;
    struct cell cell = {GW_ROW_OK, {base, -base, base / 7}};
    if ((k + window) % 50 == 3) {
        cell = (struct cell){GW_ROW_FAILED, {NAN, NAN, NAN}};
    }
    return cell;
}

/* A scratch directory, a plan and a writer of DIRECTORY/x.h5. */
struct bench {
    struct scratch scratch;
    struct fixture fixture;
    struct gw_results_writer *writer;
    uint64_t tiles;
    char path[300];
};

static void bench_create(struct bench *bench)
{
    struct gw_error err = {.status = GW_OK};
    CHECK_OK(gw_results_create(bench->path, bench->fixture.plan, bench->fixture.panel,
                               &fixture_identity, &bench->writer, &err));
}

static void bench_open(struct bench *bench, const char *yaml)
{
    *bench = (struct bench){.fixture = fixture_make(yaml)};
    scratch_open(&bench->scratch);
    snprintf(bench->path, sizeof bench->path, "%s/x.h5", bench->scratch.directory);
    bench->tiles = bench->fixture.plan->tiling.tiles;
    CU_ASSERT_TRUE_FATAL(bench->tiles > 4);
    bench_create(bench);
}

static void bench_close(struct bench *bench)
{
    gw_results_abandon(bench->writer);
    fixture_clear(&bench->fixture);
    scratch_close(&bench->scratch);
}

static void bench_accept(struct bench *bench, uint64_t tile)
{
    struct gw_error err = {.status = GW_OK};
    size_t length;
    unsigned char *bytes = fixture_payload(bench->fixture.plan, tile, plain, &length);
    CHECK_OK(gw_results_accept(bench->writer, tile, bytes, length, &err));
    free(bytes);
}

static struct gw_results_summary bench_finish(struct bench *bench)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_results_summary summary = {0};
    CHECK_OK(fixture_finish(bench->writer, bench->fixture.plan, &summary, &err));
    bench->writer = NULL;
    return summary;
}

/* ---- tiles ---- */

static void knows_which_tiles_it_has(void)
{
    struct bench bench;
    bench_open(&bench, GRID);
    for (uint64_t i = 0; i < bench.tiles; i++) {
        uint64_t tile = fixture_tile(DESCENDING, i, bench.tiles), has = 0;
        CU_ASSERT_FALSE(gw_results_has(bench.writer, tile));
        bench_accept(&bench, tile);
        CU_ASSERT_TRUE(gw_results_has(bench.writer, tile));
        for (uint64_t j = 0; j < bench.tiles; j++) {
            has += gw_results_has(bench.writer, j);
        }
        CU_ASSERT_EQUAL(has, i + 1);
    }
    bench_close(&bench);
}

/* Of a tile that was refused nothing is taken: the right one can still come. */
static void refuses_what_is_no_payload_of_the_tile(void)
{
    static const char *const yaml[] = {GRID, GRID TOP};
    for (size_t i = 0; i < 2; i++) {
        struct bench bench;
        bench_open(&bench, yaml[i]);
        struct gw_error err = {.status = GW_OK};
        size_t length;
        unsigned char *bytes = fixture_payload(bench.fixture.plan, 0, plain, &length);
        CU_ASSERT_EQUAL(gw_results_accept(bench.writer, 0, bytes, length - 1, &err),
                        GW_DATA);
        CHECK_TEXT(err.text, "tile 0: not the payload of that tile");
        bytes[0] = GW_ROW_NOT_KEPT;
        CU_ASSERT_EQUAL(gw_results_accept(bench.writer, 0, bytes, length, &err), GW_DATA);
        CU_ASSERT_FALSE(gw_results_has(bench.writer, 0));
        CU_ASSERT_EQUAL(gw_results_so_far(bench.writer)->rows, 0);
        bench_accept(&bench, 0);
        CU_ASSERT_TRUE(gw_results_so_far(bench.writer)->rows > 0);
        free(bytes);
        bench_close(&bench);
    }
}

static void compares_what_may_come_twice(void)
{
    struct bench bench;
    bench_open(&bench, GRID);
    size_t length, other_length;
    unsigned char *one = fixture_payload(bench.fixture.plan, 0, plain, &length);
    unsigned char *two = fixture_payload(bench.fixture.plan, 0, plain, &other_length);
    struct gw_payload_bytes a = {one, length}, b = {two, length};
    CU_ASSERT_TRUE(gw_results_same(bench.writer, 0, a, b));
    two[length / 2] ^= 1;
    CU_ASSERT_FALSE(gw_results_same(bench.writer, 0, a, b));
    two[length / 2] ^= 1;
    b.length--; /* no payload */
    CU_ASSERT_FALSE(gw_results_same(bench.writer, 0, a, b));
    CU_ASSERT_FALSE(gw_results_same(bench.writer, 0, b, a));
    free(one);
    free(two);
    bench_close(&bench);
}

/* All rows of one tile, and no others, come out as failed. */
static void a_lost_tile_has_failed_rows(void)
{
    static const char *const yaml[] = {GRID, GRID TOP};
    for (size_t i = 0; i < 2; i++) {
        struct bench bench;
        struct gw_error err = {.status = GW_OK};
        bench_open(&bench, yaml[i]);
        const struct gw_plan *plan = bench.fixture.plan;
        const uint64_t lost = bench.tiles - 1; /* with slow 69: many rows */
        const struct gw_tile tile = gw_plan_tile(plan, lost);
        uint64_t expected = 0;
        for (uint64_t run = 0; run < plan->tiling.runs; run++) {
            uint64_t k[GW_RUN];
            size_t count = gw_plan_run(plan, run, k);
            bool inside = run >= tile.first_run && run < tile.first_run + tile.runs;
            for (size_t c = 0; c < count * plan->windows; c++) {
                size_t w = c % plan->windows;
                bool in = inside && w >= tile.first_window &&
                          w < tile.first_window + tile.windows;
                expected += in || (k[c / plan->windows] + w) % 50 == 3 ? 2 : 0;
            }
        }
        for (uint64_t id = 0; id < bench.tiles; id++) {
            if (id == lost) {
                CHECK_OK(gw_results_lose(bench.writer, id, &err));
                CU_ASSERT_TRUE(gw_results_has(bench.writer, id));
            } else {
                bench_accept(&bench, id);
            }
        }
        CU_ASSERT_EQUAL(gw_results_so_far(bench.writer)->failed, expected);
        CU_ASSERT_EQUAL(bench_finish(&bench).failed, expected);
        bool complete = false;
        uint64_t failed = 0;
        CHECK_OK(
            gw_results_complete(bench.path, &fixture_identity, &complete, &failed, &err));
        CU_ASSERT_TRUE(complete);
        CU_ASSERT_EQUAL(failed, expected);
        bench_close(&bench);
    }
}

/* ---- whose a file is ---- */

static void write_whole(struct bench *bench, const char *yaml)
{
    bench_open(bench, yaml);
    for (uint64_t tile = 0; tile < bench->tiles; tile++) {
        bench_accept(bench, tile);
    }
    bench_finish(bench);
}

static bool is_complete(const char *path, const struct gw_run_identity *identity)
{
    struct gw_error err = {.status = GW_OK};
    bool complete = true;
    uint64_t failed = 12345;
    CHECK_OK(gw_results_complete(path, identity, &complete, &failed, &err));
    CU_ASSERT_EQUAL(failed == 12345, !complete);
    return complete;
}

static void every_part_of_the_identity_counts(void)
{
    struct bench bench;
    write_whole(&bench, GRID);
    CU_ASSERT_TRUE(is_complete(bench.path, &fixture_identity));
    struct gw_run_identity other = fixture_identity;
    other.canonical = "another";
    other.journal = true;
    CU_ASSERT_TRUE(is_complete(bench.path, &other));
    static const char *const wrong[] = {"", "gridwalk 98.70", "gridwalk 98.", "18"};
    for (size_t i = 0; i < 4; i++) {
        struct gw_run_identity each[5];
        for (size_t j = 0; j < 5; j++) {
            each[j] = fixture_identity;
        }
        each[0].program = wrong[i];
        each[1].semantics = wrong[i];
        each[2].engine = wrong[i];
        each[3].bundle_digest = wrong[i];
        each[4].experiment_digest = wrong[i];
        for (size_t j = 0; j < 5; j++) {
            CU_ASSERT_FALSE(is_complete(bench.path, &each[j]));
        }
    }
    bench_close(&bench);
}

/* From a file that is whole, with one attribute taken away, or of another type. */
static void a_file_without_an_attribute_is_not_complete(void)
{
    static const char *const name[] = {"format",     "program",       "semantics",
                                       "engine",     "bundle_digest", "experiment_digest",
                                       "rows_failed"};
    struct bench bench;
    write_whole(&bench, GRID TOP);
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    CHECK_OK(gw_file_read(bench.path, 1 << 24, GW_DATA, &bytes, &err));
    for (size_t i = 0; i < 14; i++) {
        const char *path =
            scratch_bytes(&bench.scratch, "other.h5", bytes.data, bytes.length);
        CU_ASSERT_TRUE(is_complete(path, &fixture_identity));
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        CU_ASSERT_TRUE_FATAL(file >= 0 && H5Adelete(file, name[i / 2]) >= 0);
        if (i % 2 == 1) {
            hid_t space = H5Screate(H5S_SCALAR);
            double value = 1;
            hid_t made = H5Acreate2(file, name[i / 2], H5T_IEEE_F64LE, space, H5P_DEFAULT,
                                    H5P_DEFAULT);
            CU_ASSERT_TRUE(H5Awrite(made, H5T_NATIVE_DOUBLE, &value) >= 0);
            H5Aclose(made);
            H5Sclose(space);
        }
        H5Fclose(file);
        CU_ASSERT_FALSE(is_complete(path, &fixture_identity));
    }
    gw_text_clear(&bytes);
    bench_close(&bench);
}

/* Nothing of all this is an error: it is just written anew. */
static void other_files_are_not_complete(void)
{
    struct bench bench;
    write_whole(&bench, GRID TOP);
    struct scratch *scratch = &bench.scratch;
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    CHECK_OK(gw_file_read(bench.path, 1 << 24, GW_DATA, &bytes, &err));
    CU_ASSERT_FALSE(is_complete(scratch_path(scratch, "none.h5"), &fixture_identity));
    CU_ASSERT_FALSE(is_complete(scratch_path(scratch, "x.h5/a.h5"), &fixture_identity));
    CU_ASSERT_FALSE(is_complete(scratch->directory, &fixture_identity));
    CU_ASSERT_FALSE(is_complete("/dev/null", &fixture_identity));
    CU_ASSERT_FALSE(
        is_complete(scratch_text(scratch, "other.h5", ""), &fixture_identity));
    CU_ASSERT_FALSE(
        is_complete(scratch_text(scratch, "other.h5", "no HDF5"), &fixture_identity));
    for (size_t cut = 1; cut < 20; cut++) { /* the last: a single byte is missing */
        size_t length = cut < 19 ? bytes.length * cut / 19 : bytes.length - 1;
        const char *path = scratch_bytes(scratch, "other.h5", bytes.data, length);
        CU_ASSERT_FALSE(is_complete(path, &fixture_identity));
    }
    gw_text_clear(&bytes);
    bench_close(&bench);
}

/* Whatever is in it, an answer comes; never a crash and never an error. */
static void damage_is_an_answer_too(void)
{
    enum { FLIPS = 300 };
    struct bench bench;
    write_whole(&bench, GRID TOP);
    struct gw_error err = {.status = GW_OK};
    struct gw_text bytes = {0};
    CHECK_OK(gw_file_read(bench.path, 1 << 24, GW_DATA, &bytes, &err));
    uint64_t state = 88172645463325252U; /* xorshift */
    size_t complete = 0;
    for (int i = 0; i < FLIPS; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        size_t at = (size_t)((state >> 8) % (bytes.length / 4)); /* the attributes */
        char old = bytes.data[at];
        bytes.data[at] = (char)(old ^ (char)(1 + state % 255));
        complete += is_complete(
            scratch_bytes(&bench.scratch, "other.h5", bytes.data, bytes.length),
            &fixture_identity);
        bytes.data[at] = old;
    }
    CU_ASSERT_TRUE(complete > 0 && complete < FLIPS);
    gw_text_clear(&bytes);
    bench_close(&bench);
}

/* ---- room ---- */

/* 10^12 combinations of 12 metrics: a file of 129 B and a column of 8 B each, in the
 * journal 97 B and some for every tile. */
static void the_journal_needs_room_too(void)
{
    struct scratch scratch;
    struct gw_error err = {.status = GW_OK};
    struct gw_results_writer *writer = NULL;
    struct gw_run_identity identity = fixture_identity;
    struct fixture fixture = fixture_make("bundle: b.h5\n"
                                          "strategy:\n"
                                          "  parameters:\n"
                                          "    a: {from: 1, to: 10000, step: 1}\n"
                                          "    b: {from: 1, to: 10000, step: 1}\n"
                                          "    c: {from: 1, to: 10000, step: 1}\n"
                                          "  signals:\n"
                                          "    enter_long: close > a + b + c\n"
                                          "objective: {maximize: sharpe}\n");
    scratch_open(&scratch);
    char path[300];
    snprintf(path, sizeof path, "%s/x.h5", scratch.directory);
    CU_ASSERT_EQUAL(
        gw_results_create(path, fixture.plan, fixture.panel, &identity, &writer, &err),
        GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "results need 137 TB ("));
    identity.journal = true;
    CU_ASSERT_EQUAL(
        gw_results_create(path, fixture.plan, fixture.panel, &identity, &writer, &err),
        GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "results and their journal need 234 TB ("));
    /* A journal that has most of it already: the file is sparse. */
    const char *journal = scratch_text(&scratch, "x.h5.journal", "");
    if (truncate(journal, 8L << 40) == 0) {
        CU_ASSERT_EQUAL(gw_results_create(path, fixture.plan, fixture.panel, &identity,
                                          &writer, &err),
                        GW_SYSTEM);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "journal need 225 TB ("));
    }
    scratch_close(&scratch);
    fixture_clear(&fixture);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"knows_which_tiles_it_has", knows_which_tiles_it_has},
        {"refuses_what_is_no_payload_of_the_tile",
         refuses_what_is_no_payload_of_the_tile},
        {"compares_what_may_come_twice", compares_what_may_come_twice},
        {"a_lost_tile_has_failed_rows", a_lost_tile_has_failed_rows},
        {"every_part_of_the_identity_counts", every_part_of_the_identity_counts},
        {"a_file_without_an_attribute_is_not_complete",
         a_file_without_an_attribute_is_not_complete},
        {"other_files_are_not_complete", other_files_are_not_complete},
        {"damage_is_an_answer_too", damage_is_an_answer_too},
        {"the_journal_needs_room_too", the_journal_needs_room_too},
    };
    return CHECK_RUN("results_run", tests);
}
