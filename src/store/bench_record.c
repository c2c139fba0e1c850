#include "gridwalk/store/bench_record.h"

#include "json.h"

#include <assert.h>
#include <stdlib.h>

#define FORMAT "gridwalk-bench/1"

void gw_bench_figure(struct gw_bench_record *record, const char *name, double value)
{
    assert(record->figures < GW_BENCH_FIGURES);
    record->figure[record->figures++] = (struct gw_bench_figure){name, value};
}

static void put_text(json_t *object, const char *key, const char *text)
{
    gw_json_text(object, key, text != NULL && text[0] != '\0' ? text : NULL);
}

static json_t *record_object(const struct gw_bench_record *record)
{
    json_t *object = json_object(), *figures = json_object();
    put_text(object, "workload", record->workload);
    put_text(object, "metrics", record->metrics);
    gw_json_real(object, "rate", record->rate);
    put_text(object, "unit", record->unit);
    gw_json_real(object, "seconds", record->seconds);
    gw_json_real(object, "cpu_seconds", record->cpu_seconds);
    json_object_set_new(object, "repeats", json_integer(record->repeats));
    gw_json_real(object, "start_seconds", record->start_seconds);
    gw_json_real(object, "limit_ratio", record->limit_ratio);
    json_object_set_new(object, "rss_bytes",
                        record->rss_bytes > 0
                            ? json_integer((json_int_t)record->rss_bytes)
                            : json_null());
    put_text(object, "isa", record->isa);
    put_text(object, "check", record->check);
    json_object_set_new(object, "ranks", json_integer(record->ranks));
    for (size_t i = 0; i < record->figures; i++) {
        gw_json_real(figures, record->figure[i].name, record->figure[i].value);
    }
    json_object_set_new(object, "figures", figures);
    return object;
}

void gw_bench_json(const struct gw_bench_report *report, struct gw_text *out)
{
    json_t *object = json_object(), *records = json_array();
    put_text(object, "format", FORMAT);
    put_text(object, "program", report->program);
    put_text(object, "compiler", report->compiler);
    put_text(object, "processor", report->processor);
    put_text(object, "isa", report->isa);
    put_text(object, "started", report->started);
    gw_json_real(object, "share", report->share);
    for (size_t i = 0; i < report->records; i++) {
        json_array_append_new(records, record_object(&report->record[i]));
    }
    json_object_set_new(object, "workloads", records);
    char *json = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(object);
    if (json == NULL) {
        gw_die("cannot make the bench's JSON");
    }
    gw_text_printf(out, "%s\n", json);
    free(json);
}
