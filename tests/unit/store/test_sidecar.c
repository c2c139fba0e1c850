#include "check.h"

#include "gridwalk/store/files.h"
#include "gridwalk/store/sidecar.h"

#include <stdlib.h>
#include <unistd.h>

#define PATH "test_sidecar.run.json"

static struct gw_run_rank rank[2] = {
    {.host = "node1", .tiles = 3, .busy_seconds = 3, .cache_hits = 7},
    {.host = "node\"2", .tiles = 1, .busy_seconds = 1, .rss_bytes = UINT64_C(5) << 30}};

static struct gw_run_record record_of(void)
{
    return (struct gw_run_record){.program = "gridwalk 0.1.0",
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
    check_has(text, "\"host\": \"node\\\"2\",");
    check_has(text, "\"rss_bytes\": 5368709120\n");
    /* 200 rows in 4 s; 4 busy seconds of 2 x 4; the busiest did 3 where the mean is 2. */
    check_has(text, "\"rows_per_second\": 50.0,");
    check_has(text, "\"efficiency\": 0.5,");
    check_has(text, "\"imbalance\": 0.5,");
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
        {"writes_null_for_what_json_cannot_hold", writes_null_for_what_json_cannot_hold},
        {"reports_a_directory_that_is_missing", reports_a_directory_that_is_missing},
    };
    return CHECK_RUN("sidecar", tests);
}
