#include "check.h"

#include "gridwalk/store/bench_record.h"

#include <math.h>
#include <stdlib.h>

static char *json_of(const struct gw_bench_record *record, size_t records)
{
    struct gw_bench_report report = {.program = "gridwalk 0.1.0",
                                     .compiler = "12",
                                     .isa = "v3",
                                     .processor = "A \"fast\" one",
                                     .started = "2026-01-02T03:04:05Z",
                                     .share = 0.5,
                                     .record = record,
                                     .records = records};
    struct gw_text out = {0};
    gw_bench_json(&report, &out);
    return out.data;
}

static void check_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fprintf(stderr, "no %s in\n%s", part, text);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
}

static void writes_every_key_of_the_schema(void)
{
    static const char *const key[] = {
        "workload",    "metrics", "rate",          "unit",      "seconds",
        "cpu_seconds", "repeats", "start_seconds", "rss_bytes", "isa",
        "check",       "ranks",   "limit_ratio",   "figures"};
    struct gw_bench_record record = {.workload = "sweep",
                                     .unit = "combo-bars/s",
                                     .rate = 2e9,
                                     .seconds = 0.5,
                                     .cpu_seconds = 0.25,
                                     .repeats = 3,
                                     .limit_ratio = 0.75,
                                     .rss_bytes = UINT64_C(5) << 30,
                                     .isa = "v3",
                                     .check = "0123456789abcdef",
                                     .metrics = "basic",
                                     .ranks = 2,
                                     .start_seconds = NAN};
    gw_bench_figure(&record, "efficiency", 0.875);
    char *text = json_of(&record, 1);
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        char quoted[32];
        snprintf(quoted, sizeof quoted, "\"%s\": ", key[i]);
        check_has(text, quoted);
    }
    check_has(text, "{\n  \"format\": \"gridwalk-bench/1\",\n");
    check_has(text, "\"processor\": \"A \\\"fast\\\" one\",");
    check_has(text, "\"rate\": 2e9,");
    check_has(text, "\"rss_bytes\": 5368709120,");
    check_has(text, "\"check\": \"0123456789abcdef\",");
    check_has(text, "\"efficiency\": 0.875\n");
    free(text);
}

static void writes_null_for_what_a_line_lacks(void)
{
    struct gw_bench_record record = {.workload = "memcpy",
                                     .unit = "B/s",
                                     .rate = INFINITY,
                                     .isa = "v3",
                                     .limit_ratio = NAN,
                                     .start_seconds = NAN};
    char *text = json_of(&record, 1);
    check_has(text, "\"rate\": null,");
    check_has(text, "\"limit_ratio\": null,");
    check_has(text, "\"start_seconds\": null,");
    check_has(text, "\"metrics\": null,");
    check_has(text, "\"check\": null,");
    check_has(text, "\"rss_bytes\": null,");
    check_has(text, "\"figures\": {}");
    free(text);
}

static void writes_a_document_without_workloads(void)
{
    char *text = json_of(NULL, 0);
    check_has(text, "\"workloads\": []\n}\n");
    free(text);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"writes_every_key_of_the_schema", writes_every_key_of_the_schema},
        {"writes_null_for_what_a_line_lacks", writes_null_for_what_a_line_lacks},
        {"writes_a_document_without_workloads", writes_a_document_without_workloads},
    };
    return CHECK_RUN("bench_record", tests);
}
