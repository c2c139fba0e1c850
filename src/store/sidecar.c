#include "gridwalk/store/sidecar.h"

#include "gridwalk/base/text.h"
#include "gridwalk/store/files.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "gridwalk-run/1"

const char *const gw_phase_name[GW_PHASES] = {
#define X(name, what) #name,
    GW_PHASE_LIST(X)
#undef X
};

/* Text that is not UTF-8 (a path may be anything) becomes null, as does a number that
 * JSON cannot hold. */
static void put_text(json_t *object, const char *key, const char *text)
{
    json_t *value = text != NULL ? json_string(text) : NULL;
    json_object_set_new(object, key, value != NULL ? value : json_null());
}

static void put_real(json_t *object, const char *key, double number)
{
    json_object_set_new(object, key, isfinite(number) ? json_real(number) : json_null());
}

static void put_count(json_t *object, const char *key, uint64_t count)
{
    json_object_set_new(object, key, json_integer((json_int_t)count));
}

static json_t *rank_object(const struct gw_run_rank *rank, size_t number)
{
    json_t *object = json_object();
    char host[sizeof rank->host + 1] = "";
    memcpy(host, rank->host, sizeof rank->host);
    put_count(object, "rank", number);
    put_text(object, "host", host);
    put_count(object, "tiles", rank->tiles);
    put_count(object, "messages", rank->messages);
    put_real(object, "busy_seconds", rank->busy_seconds);
    put_real(object, "wall_seconds", rank->wall_seconds);
    put_real(object, "coordination_seconds", rank->coordination_seconds);
    put_count(object, "cache_hits", rank->cache_hits);
    put_count(object, "cache_misses", rank->cache_misses);
    put_count(object, "cache_bytes", rank->cache_bytes);
    put_count(object, "rss_bytes", rank->rss_bytes);
    put_count(object, "reference_rows", rank->reference_rows);
    put_count(object, "verified_rows", rank->verified_rows);
    put_count(object, "bars", rank->bars);
    put_real(object, "total_seconds", rank->total_seconds);
    json_t *phases = json_object();
    for (int i = 0; i < GW_PHASES; i++) {
        put_real(phases, gw_phase_name[i], rank->phase_seconds[i]);
    }
    json_object_set_new(object, "phase_seconds", phases);
    return object;
}

/* efficiency = sum of busy / (ranks x compute seconds); imbalance = largest / mean busy -
 * 1 */
static void put_balance(json_t *object, const struct gw_run_record *record)
{
    double sum = 0, most = 0;
    for (size_t r = 0; r < record->ranks; r++) {
        double busy = record->rank[r].busy_seconds;
        sum += busy;
        most = busy > most ? busy : most;
    }
    double ranks = (double)record->ranks;
    put_real(object, "rows_per_second", (double)record->rows / record->compute_seconds);
    put_real(object, "efficiency", sum / (ranks * record->compute_seconds));
    put_real(object, "imbalance", most / (sum / ranks) - 1);
}

static json_t *record_object(const struct gw_run_record *record)
{
    json_t *object = json_object();
    put_text(object, "format", FORMAT);
    put_text(object, "program", record->program);
    put_text(object, "engine", record->engine);
    put_text(object, "isa", record->isa);
    put_text(object, "experiment", record->experiment);
    put_text(object, "experiment_digest", record->experiment_digest);
    put_text(object, "bundle", record->bundle);
    put_text(object, "bundle_digest", record->bundle_digest);
    put_text(object, "started", record->started);
    put_text(object, "ended", record->ended);
    put_real(object, "load_seconds", record->load_seconds);
    put_real(object, "compute_seconds", record->compute_seconds);
    put_real(object, "total_seconds", record->total_seconds);
    put_count(object, "combinations", record->combinations);
    put_count(object, "rows", record->rows);
    put_count(object, "rows_failed", record->rows_failed);
    put_count(object, "tiles", record->tiles);
    put_balance(object, record);
    put_count(object, "ranks", record->ranks);
    json_object_set_new(object, "nodes", json_integer(record->nodes));
    json_object_set_new(object, "shared_bundle", json_boolean(record->shared_bundle));
    json_t *ranks = json_array();
    for (size_t r = 0; r < record->ranks; r++) {
        json_array_append_new(ranks, rank_object(&record->rank[r], r));
    }
    json_object_set_new(object, "rank", ranks);
    return object;
}

enum gw_status gw_sidecar_write(const char *path,
                                const struct gw_run_record *record,
                                struct gw_error *err)
{
    json_t *object = record_object(record);
    char *json = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(object);
    if (json == NULL) {
        return gw_fail(err, GW_SYSTEM, "%s: cannot write the run's record", path);
    }
    struct gw_text text = {0};
    gw_text_printf(&text, "%s\n", json);
    free(json);
    enum gw_status status = gw_file_write(path, text.data, text.length, err);
    gw_text_clear(&text);
    return status;
}

enum gw_status
gw_sidecar_times(const char *path, struct gw_run_times *out, struct gw_error *err)
{
    json_error_t where;
    json_t *object = json_load_file(path, 0, &where);
    if (object == NULL) {
        return gw_fail(err, GW_DATA, "%s: %s", path, where.text);
    }
    const json_t *first = json_array_get(json_object_get(object, "rank"), 0);
    const json_t *phases = json_object_get(first, "phase_seconds");
    out->compute_seconds = json_number_value(json_object_get(object, "compute_seconds"));
    out->total_seconds = json_number_value(json_object_get(object, "total_seconds"));
    out->start_seconds = json_number_value(json_object_get(phases, "start"));
    json_decref(object);
    return GW_OK;
}
