#include "gridwalk/store/sidecar.h"

#include "json.h"

#include "gridwalk/base/text.h"
#include "gridwalk/store/files.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "gridwalk-run/1"

const char *const gw_phase_name[GW_PHASES] = {
#define X(name, what) #name,
    GW_PHASE_LIST(X)
#undef X
};

static json_t *rank_object(const struct gw_run_rank *rank, size_t number)
{
    json_t *object = json_object();
    char host[sizeof rank->host + 1] = "";
    memcpy(host, rank->host, sizeof rank->host);
    gw_json_count(object, "rank", number);
    gw_json_text(object, "host", host);
    gw_json_count(object, "tiles", rank->tiles);
    gw_json_count(object, "messages", rank->messages);
    gw_json_real(object, "busy_seconds", rank->busy_seconds);
    gw_json_real(object, "wall_seconds", rank->wall_seconds);
    gw_json_real(object, "coordination_seconds", rank->coordination_seconds);
    gw_json_count(object, "replies", rank->replies);
    gw_json_real(object, "reply_seconds", rank->reply_seconds);
    gw_json_real(object, "reply_longest", rank->reply_longest);
    gw_json_count(object, "cache_hits", rank->cache_hits);
    gw_json_count(object, "cache_misses", rank->cache_misses);
    gw_json_count(object, "cache_bytes", rank->cache_bytes);
    gw_json_count(object, "rss_bytes", rank->rss_bytes);
    gw_json_count(object, "reference_rows", rank->reference_rows);
    gw_json_count(object, "verified_rows", rank->verified_rows);
    gw_json_count(object, "bars", rank->bars);
    gw_json_real(object, "total_seconds", rank->total_seconds);
    json_t *phases = json_object();
    for (int i = 0; i < GW_PHASES; i++) {
        gw_json_real(phases, gw_phase_name[i], rank->phase_seconds[i]);
    }
    json_object_set_new(object, "phase_seconds", phases);
    return object;
}

double gw_sidecar_rows_made(const struct gw_run_record *record)
{
    double kept = (double)record->tiles_kept / (double)record->tiles;
    return (double)record->rows * (1 - kept);
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
    gw_json_real(object, "rows_per_second",
                 gw_sidecar_rows_made(record) / record->compute_seconds);
    gw_json_real(object, "efficiency", sum / (ranks * record->compute_seconds));
    gw_json_real(object, "imbalance", most / (sum / ranks) - 1);
}

/* What went wrong and was mended, and what it takes to be able to. */
static void put_safety(json_t *object, const struct gw_run_record *record)
{
    gw_json_count(object, "runs", record->runs);
    gw_json_count(object, "tiles_kept", record->tiles_kept);
    gw_json_count(object, "workers_lost", record->lost);
    gw_json_count(object, "tiles_again", record->again);
    gw_json_count(object, "tiles_set_aside", record->set_aside);
    gw_json_count(object, "journal_bytes", record->journal_bytes);
    gw_json_count(object, "commits", record->commits);
    gw_json_real(object, "commit_seconds", record->commit_seconds);
    gw_json_real(object, "commit_longest", record->commit_longest);
    gw_json_real(object, "status_seconds", record->live_seconds);
}

static json_t *record_object(const struct gw_run_record *record)
{
    json_t *object = json_object();
    gw_json_text(object, "format", FORMAT);
    gw_json_text(object, "program", record->program);
    gw_json_text(object, "engine", record->engine);
    gw_json_text(object, "isa", record->isa);
    if (record->library != NULL) {
        gw_json_text(object, "plugin", record->plugin);
        gw_json_text(object, "library", record->library);
    }
    gw_json_text(object, "experiment", record->experiment);
    gw_json_text(object, "experiment_digest", record->experiment_digest);
    gw_json_text(object, "bundle", record->bundle);
    gw_json_text(object, "bundle_digest", record->bundle_digest);
    gw_json_text(object, "started", record->started);
    gw_json_text(object, "ended", record->ended);
    gw_json_real(object, "load_seconds", record->load_seconds);
    gw_json_real(object, "compute_seconds", record->compute_seconds);
    gw_json_real(object, "total_seconds", record->total_seconds);
    gw_json_count(object, "combinations", record->combinations);
    gw_json_count(object, "rows", record->rows);
    gw_json_count(object, "rows_failed", record->rows_failed);
    gw_json_count(object, "tiles", record->tiles);
    put_safety(object, record);
    put_balance(object, record);
    gw_json_count(object, "ranks", record->ranks);
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

/* Append a text of the record, if it is there. */
static enum gw_status
read_text(const char *path, const char *key, struct gw_text *out, struct gw_error *err)
{
    json_error_t where;
    json_t *object = json_load_file(path, 0, &where);
    if (object == NULL) {
        return gw_fail(err, GW_DATA, "%s: %s", path, where.text);
    }
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL) {
        gw_text_printf(out, "%s", text);
    }
    json_decref(object);
    return GW_OK;
}

enum gw_status
gw_sidecar_library(const char *path, struct gw_text *out, struct gw_error *err)
{
    return read_text(path, "library", out, err);
}

enum gw_status
gw_sidecar_bundle(const char *path, struct gw_text *out, struct gw_error *err)
{
    GW_TRY(read_text(path, "bundle", out, err));
    return out->length > 0 ? GW_OK : gw_fail(err, GW_DATA, "%s names no bundle", path);
}
