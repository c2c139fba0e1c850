#include "check.h"

#include "gridwalk/store/files.h"
#include "gridwalk/store/sidecar.h"

#include <stdlib.h>
#include <unistd.h>

#define PATH "test_sidecar.run.json"

static struct gw_run_rank rank[2] = {
    {.host = "node1",
     .tiles = 3,
     .busy_seconds = 3,
     .cache_hits = 7,
     .phase_seconds = {[GW_PHASE_start] = 0.25, [GW_PHASE_write] = 2}},
    {.host = "node\"2", .tiles = 1, .busy_seconds = 1, .rss_bytes = UINT64_C(5) << 30}};

static struct gw_run_record record_of(void)
{
    return (struct gw_run_record){.program = "gridwalk 0.1.0",
                                  .engine = "vector",
                                  .isa = "v3",
                                  .experiment = "sweep.yaml",
                                  .experiment_digest = "ab",
                                  .bundle = "b.h5",
                                  .bundle_digest = "cd",
                                  .started = "2026-01-02T03:04:05Z",
                                  .ended = "2026-01-02T03:04:15Z",
                                  .compute_seconds = 4,
                                  .total_seconds = 10,
                                  .combinations = 100,
                                  .rows = 200,
                                  .tiles = 4,
                                  .nodes = 2,
                                  .shared_bundle = 1,
                                  .rank = rank,
                                  .ranks = 2};
}

static char *written(const struct gw_run_record *record)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_text text = {0};
    CHECK_OK(gw_sidecar_write(PATH, record, &err));
    CHECK_OK(gw_file_read(PATH, 1 << 20, GW_DATA, &text, &err));
    unlink(PATH);
    return text.data;
}

static void check_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fprintf(stderr, "no %s in\n%s", part, text);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
}

static void writes_what_each_rank_did(void)
{
    const struct gw_run_record record = record_of();
    char *text = written(&record);
    check_has(text, "{\n  \"format\": \"gridwalk-run/1\",\n  \"program\": ");
    check_has(text, "\"started\": \"2026-01-02T03:04:05Z\",");
    check_has(text, "\"rows\": 200,");
    check_has(text, "\"shared_bundle\": true,");
    check_has(text, "\"engine\": \"vector\",");
    check_has(text, "\"isa\": \"v3\",");
    check_has(text, "\"host\": \"node\\\"2\",");
    check_has(text, "\"rss_bytes\": 5368709120,");
    /* 200 rows in 4 s; 4 busy seconds of 2 x 4; the busiest did 3 where the mean is 2. */
    check_has(text, "\"rows_per_second\": 50.0,");
    check_has(text, "\"efficiency\": 0.5,");
    check_has(text, "\"imbalance\": 0.5,");
    free(text);
}

static void reads_its_times_back(void)
{
    struct gw_error err = {.status = GW_OK};
    const struct gw_run_record record = record_of();
    struct gw_run_times times;
    CHECK_OK(gw_sidecar_write(PATH, &record, &err));
    CHECK_OK(gw_sidecar_times(PATH, &times, &err));
    CU_ASSERT_EQUAL(times.compute_seconds, 4);
    CU_ASSERT_EQUAL(times.total_seconds, 10);
    CU_ASSERT_EQUAL(times.start_seconds, 0.25); /* of rank 0, not of all */
    unlink(PATH);
    CU_ASSERT_EQUAL(gw_sidecar_times(PATH, &times, &err), GW_DATA);
    check_has(err.text, PATH);
}

static void names_the_bundle(void)
{
    struct gw_error err = {.status = GW_OK};
    struct gw_run_record record = record_of();
    struct gw_text path = {0};
    record.bundle = "data/\"x\".h5";
    CHECK_OK(gw_sidecar_write(PATH, &record, &err));
    CHECK_OK(gw_sidecar_bundle(PATH, &path, &err));
    CU_ASSERT_STRING_EQUAL(path.data, "data/\"x\".h5");
    gw_text_clear(&path);
    CHECK_OK(gw_file_write(PATH, "{\"bundle\": null}", 16, &err));
    CU_ASSERT_EQUAL(gw_sidecar_bundle(PATH, &path, &err), GW_DATA);
    check_has(err.text, PATH);
    CU_ASSERT_EQUAL(path.length, 0);
    unlink(PATH);
}

static void names_every_phase(void)
{
    const struct gw_run_record record = record_of();
    char *text = written(&record);
    check_has(text, "\"phase_seconds\": {\n        \"start\": 0.25,");
    check_has(text, "\"reference\": 0.0,");
    check_has(text, "\"write\": 2.0\n");
    free(text);
}

static void writes_null_for_what_json_cannot_hold(void)
{
    struct gw_run_record record = record_of();
    record.compute_seconds = 0;
    record.bundle = "not \xff UTF-8";
    char *text = written(&record);
    check_has(text, "\"rows_per_second\": null,");
    check_has(text, "\"bundle\": null,");
    free(text);
}

static void reports_a_directory_that_is_missing(void)
{
    struct gw_error err = {.status = GW_OK};
    const struct gw_run_record record = record_of();
    CU_ASSERT_EQUAL(gw_sidecar_write("no/such/a.run.json", &record, &err), GW_SYSTEM);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"writes_what_each_rank_did", writes_what_each_rank_did},
        {"reads_its_times_back", reads_its_times_back},
        {"names_the_bundle", names_the_bundle},
        {"names_every_phase", names_every_phase},
        {"writes_null_for_what_json_cannot_hold", writes_null_for_what_json_cannot_hold},
        {"reports_a_directory_that_is_missing", reports_a_directory_that_is_missing},
    };
    return CHECK_RUN("sidecar", tests);
}
