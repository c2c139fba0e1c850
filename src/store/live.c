#include "live_field.h"

#include "json.h"

#include "gridwalk/store/files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gw_run_state_name[GW_RUN_STATES] = {
#define X(name) #name,
    GW_RUN_STATE_LIST(X)
#undef X
};

const char *const gw_live_condition[GW_LIVE_CONDITIONS] = {"working", "idle", "lost",
                                                           "finished"};

const struct gw_live_field gw_live_record_field[] = {
#define AT(member) offsetof(struct gw_live_record, member)
    {"state", AT(state), GW_LIVE_STATE},
    {"exit_code", AT(exit_code), GW_LIVE_CODE},
    {"message", AT(message), GW_LIVE_TEXT},
    {"program", AT(program), GW_LIVE_TEXT},
    {"experiment", AT(experiment), GW_LIVE_TEXT},
    {"output", AT(output), GW_LIVE_TEXT},
    {"host", AT(host), GW_LIVE_NAMED},
    {"pid", AT(pid), GW_LIVE_NUMBER},
    {"started", AT(started), GW_LIVE_MOMENT},
    {"updated", AT(updated), GW_LIVE_MOMENT},
    {"seconds", AT(seconds), GW_LIVE_REAL},
    {"tiles", AT(tiles), GW_LIVE_COUNT},
    {"tiles_done", AT(tiles_done), GW_LIVE_COUNT},
    {"tiles_kept", AT(tiles_kept), GW_LIVE_COUNT},
    {"rows", AT(rows), GW_LIVE_COUNT},
    {"rows_per_second", AT(rows_per_second), GW_LIVE_REAL},
    {"eta_seconds", AT(eta_seconds), GW_LIVE_WAIT},
    {"restarts", AT(restarts), GW_LIVE_COUNT},
    {"lost", AT(lost), GW_LIVE_COUNT},
    {"again", AT(again), GW_LIVE_COUNT},
    {"set_aside", AT(set_aside), GW_LIVE_COUNT},
    {"journal_bytes", AT(journal_bytes), GW_LIVE_COUNT},
    {"commit_seconds", AT(commit_seconds), GW_LIVE_REAL},
    {"coordinator", AT(coordinator), GW_LIVE_REAL},
    {NULL, 0, GW_LIVE_COUNT},
#undef AT
};

const struct gw_live_field gw_live_rank_field[] = {
#define AT(member) offsetof(struct gw_live_rank, member)
    {"node", AT(node), GW_LIVE_NAMED},
    {"condition", AT(condition), GW_LIVE_CONDITION},
    {"tiles", AT(tiles), GW_LIVE_COUNT},
    {"last_tile", AT(last_tile), GW_LIVE_PLACE},
    {"silent_seconds", AT(silent), GW_LIVE_REAL},
    {"busy", AT(busy), GW_LIVE_REAL},
    {"cache_hits", AT(cache_hits), GW_LIVE_COUNT},
    {"cache_misses", AT(cache_misses), GW_LIVE_COUNT},
    {NULL, 0, GW_LIVE_COUNT},
#undef AT
};

static void put_place(json_t *object, const char *key, int64_t place)
{
    json_object_set_new_nocheck(object, key,
                                place < 0 ? json_null() : json_integer(place));
}

static void put_field(json_t *object, const struct gw_live_field *field, const char *from)
{
    const void *member = from + field->at;
    char name[GW_LIVE_NAME + 1] = "";
    switch (field->kind) {
    case GW_LIVE_STATE:
        gw_json_text(object, field->key,
                     gw_run_state_name[*(const enum gw_run_state *)member]);
        break;
    case GW_LIVE_CONDITION:
    case GW_LIVE_TEXT:
        gw_json_text(object, field->key, *(const char *const *)member);
        break;
    case GW_LIVE_CODE:
        put_place(object, field->key, *(const int *)member);
        break;
    case GW_LIVE_PLACE:
    case GW_LIVE_NUMBER:
        put_place(object, field->key, *(const int64_t *)member);
        break;
    case GW_LIVE_COUNT:
        gw_json_count(object, field->key, *(const uint64_t *)member);
        break;
    case GW_LIVE_REAL:
        gw_json_real(object, field->key, *(const double *)member);
        break;
    case GW_LIVE_WAIT:
        gw_json_real(object, field->key,
                     *(const double *)member < 0 ? NAN : *(const double *)member);
        break;
    case GW_LIVE_NAMED:
        memcpy(name, member, GW_LIVE_NAME); /* a long one may have no end */
        gw_json_text(object, field->key, name);
        break;
    case GW_LIVE_MOMENT:
        gw_json_text(object, field->key, member);
        break;
    }
}

static void
put_fields(json_t *object, const struct gw_live_field *field, const void *record)
{
    for (; field->key != NULL; field++) {
        put_field(object, field, record);
    }
}

static void append_json(struct gw_text *out, json_t *object, size_t flags)
{
    char *json = json_dumps(object, flags | JSON_REAL_PRECISION(6));
    if (json == NULL) {
        gw_die("cannot make the JSON of a run's status");
    }
    gw_text_append(out, json, strlen(json));
    free(json);
}

/* The record a key a line, then a line a rank. */
static void print_record(const struct gw_live_record *record, struct gw_text *out)
{
    json_t *object = json_object();
    gw_json_text(object, "format", GW_LIVE_FORMAT);
    put_fields(object, gw_live_record_field, record);
    append_json(out, object, JSON_INDENT(2));
    out->length -= strlen("\n}");
    gw_text_printf(out, ",\n  \"rank\": [");
    for (size_t r = 0; r < record->ranks; r++) {
        json_object_clear(object);
        gw_json_count(object, "rank", r);
        put_fields(object, gw_live_rank_field, &record->rank[r]);
        gw_text_append(out, r > 0 ? "," : "", r > 0);
        gw_text_append(out, "\n    ", 5);
        append_json(out, object, 0);
    }
    gw_text_printf(out, "%s]\n}\n", record->ranks > 0 ? "\n  " : "");
    json_decref(object);
}

enum gw_status gw_live_write(const char *output,
                             const struct gw_live_record *record,
                             bool sync,
                             struct gw_error *err)
{
    struct gw_text text = {0}, path = {0};
    gw_text_printf(&path, "%s" GW_LIVE_SUFFIX, output);
    print_record(record, &text);
    enum gw_status status =
        (sync ? gw_file_write : gw_file_replace)(path.data, text.data, text.length, err);
    gw_text_clear(&text);
    gw_text_clear(&path);
    return status;
}
