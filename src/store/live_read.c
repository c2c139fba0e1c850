#include "live_field.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/files.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Enough for 20,000 ranks, and little where a hostile file is all tiny objects. */
enum { FILE_LIMIT = 4000000, TEXT_LIMIT = 4096 };
static const double REAL_LIMIT = 1e15;

struct reader {
    const char *path;
    struct gw_error *err;
};

static enum gw_status
damaged(const struct reader *reader, const char *key, const char *what)
{
    return gw_fail(reader->err, GW_DATA,
                   "%s: %s %s; it is damaged, or no status file of a run", reader->path,
                   key, what);
}

/* Control characters would be orders to a terminal: those of ASCII, and U+0080 to U+009F
 * in UTF-8. With `layout` blanks between the values of JSON stay. */
static void defuse(char *text, size_t length, bool layout)
{
    unsigned char *c = (unsigned char *)text;
    for (size_t i = 0; i < length; i++) {
        bool blank = layout && (c[i] == '\n' || c[i] == '\r' || c[i] == '\t');
        if ((c[i] < 0x20 && !blank) || c[i] == 0x7f) {
            c[i] = '?';
        } else if (c[i] == 0xc2 && i + 1 < length && c[i + 1] < 0xa0) {
            c[i] = c[i + 1] = '?';
        }
    }
}

static bool parse_time(const char *text, int64_t *seconds_out)
{
    static const int64_t most[] = {23, 59, 60};
    int32_t days;
    int64_t part[3];
    if (strlen(text) != strlen("2026-01-02T03:04:05Z") || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text[19] != 'Z' ||
        !gw_date_parse(text, 10, &days)) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        const char *digits = text + 11 + 3 * i;
        if (strspn(digits, "0123456789") != 2 || !gw_parse_int(digits, 2, &part[i]) ||
            part[i] > most[i]) {
            return false;
        }
    }
    *seconds_out = (int64_t)days * 86400 + part[0] * 3600 + part[1] * 60 + part[2];
    return true;
}

/* An integer from 0 to `most`; with `or_null` null is -1. */
static bool get_integer(const json_t *value, int64_t most, bool or_null, int64_t *out)
{
    if (json_is_null(value)) {
        *out = -1;
        return or_null;
    }
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0 && *out <= most;
}

/* A number that could not be written is null. */
static bool get_real(const json_t *value, double null, double *out)
{
    *out = json_is_null(value) ? null : json_number_value(value);
    return json_is_null(value) ||
           (json_is_number(value) && *out >= 0 && *out <= REAL_LIMIT);
}

static bool get_text(const json_t *value, const char **out)
{
    size_t length = json_string_length(value);
    if (json_is_null(value) || !json_is_string(value) || length > TEXT_LIMIT) {
        return json_is_null(value);
    }
    char *copy = gw_strndup(json_string_value(value), length);
    defuse(copy, length, false);
    *out = copy;
    return true;
}

static bool get_name(const json_t *value, size_t size, char *out)
{
    size_t length = json_string_length(value);
    if (json_is_null(value) || !json_is_string(value) || length >= size) {
        return json_is_null(value);
    }
    memcpy(out, json_string_value(value), length);
    defuse(out, length, false);
    return true;
}

/* The place of a text in a list; `count` when it is not there. */
static size_t find(const json_t *value, const char *const *list, size_t count)
{
    const char *text = json_string_value(value);
    size_t i = text != NULL ? 0 : count;
    while (i < count && strcmp(text, list[i]) != 0) {
        i++;
    }
    return i;
}

/* The record is zeroed before; false when the value is not of the field's kind. */
static bool get_field(const json_t *value, enum gw_live_kind kind, void *member)
{
    int64_t integer = 0, seconds;
    size_t place;
    bool good = false;
    switch (kind) {
    case GW_LIVE_STATE:
        place = find(value, gw_run_state_name, GW_RUN_STATES);
        *(enum gw_run_state *)member = (enum gw_run_state)(place % GW_RUN_STATES);
        return place < GW_RUN_STATES;
    case GW_LIVE_CONDITION:
        place = find(value, gw_live_condition, GW_LIVE_CONDITIONS);
        *(const char **)member = gw_live_condition[place % GW_LIVE_CONDITIONS];
        return place < GW_LIVE_CONDITIONS;
    case GW_LIVE_CODE:
        good = get_integer(value, 255, true, &integer);
        *(int *)member = (int)integer;
        return good;
    case GW_LIVE_PLACE:
    case GW_LIVE_NUMBER:
        return get_integer(value, INT64_MAX, kind == GW_LIVE_PLACE, member);
    case GW_LIVE_COUNT:
        good = get_integer(value, INT64_MAX, false, &integer);
        *(uint64_t *)member = (uint64_t)integer;
        return good;
    case GW_LIVE_REAL:
    case GW_LIVE_WAIT:
        return get_real(value, kind == GW_LIVE_WAIT ? -1 : 0, member);
    case GW_LIVE_TEXT:
        return get_text(value, member);
    case GW_LIVE_NAMED:
        return get_name(value, GW_LIVE_NAME, member);
    case GW_LIVE_MOMENT:
        return json_is_string(value) && get_name(value, GW_LIVE_TIME, member) &&
               parse_time(member, &seconds);
    }
    return false;
}

static enum gw_status get_fields(const struct reader *reader,
                                 const json_t *object,
                                 const struct gw_live_field *field,
                                 char *out)
{
    for (; field->key != NULL; field++) {
        const json_t *value = json_object_get(object, field->key);
        if (value == NULL) {
            return damaged(reader, field->key, "is missing");
        }
        if (!get_field(value, field->kind, out + field->at)) {
            return damaged(reader, field->key, "is not what it should be");
        }
    }
    return GW_OK;
}

static enum gw_status
get_ranks(const struct reader *reader, const json_t *list, struct gw_live_record *out)
{
    if (!json_is_array(list)) {
        return damaged(reader, "rank", "is no list");
    }
    out->ranks = json_array_size(list);
    out->rank = gw_calloc(out->ranks, sizeof *out->rank);
    for (size_t r = 0; r < out->ranks; r++) {
        const json_t *object = json_array_get(list, r);
        int64_t number;
        if (!get_integer(json_object_get(object, "rank"), INT64_MAX, false, &number) ||
            (uint64_t)number != r) {
            return damaged(reader, "rank", "does not count from 0 up");
        }
        GW_TRY(get_fields(reader, object, gw_live_rank_field, (char *)&out->rank[r]));
    }
    return GW_OK;
}

static enum gw_status
get_record(const struct reader *reader, const json_t *object, struct gw_live_record *out)
{
    const char *format = json_string_value(json_object_get(object, "format"));
    if (format == NULL || strcmp(format, GW_LIVE_FORMAT) != 0) {
        return damaged(reader, "format", "is not " GW_LIVE_FORMAT);
    }
    GW_TRY(get_fields(reader, object, gw_live_record_field, (char *)out));
    if (out->tiles_done > out->tiles || out->tiles_kept > out->tiles) {
        return damaged(reader, "tiles_done", "or tiles_kept is more than tiles");
    }
    return get_ranks(reader, json_object_get(object, "rank"), out);
}

/* jansson's own words may quote the file. */
static enum gw_status
parse(const struct reader *reader, const struct gw_text *text, json_t **out)
{
    json_error_t where;
    char line[48];
    *out = json_loadb(text->data, text->length, JSON_REJECT_DUPLICATES, &where);
    if (*out == NULL) {
        snprintf(line, sizeof line, "line %d", where.line);
        return damaged(reader, line, "is no whole JSON");
    }
    return GW_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_missing(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* By the name that was asked for. */
static enum gw_status
fail_missing(const char *output, const char *path, struct gw_error *err)
{
    static const char why[] = "was it --no-status, or another -o?";
    if (strcmp(output, path) == 0) {
        return gw_fail(err, GW_DATA, "%s: no run has left this status file; %s", path,
                       why);
    }
    return gw_fail(err, GW_DATA, "%s: no run has left a status file beside it (%s); %s",
                   output, base_name(path), why);
}

static enum gw_status read_both(const char *path,
                                struct gw_text *text,
                                struct gw_live_record *out,
                                struct gw_error *err)
{
    const struct reader reader = {path, err};
    json_t *object;
    *out = (struct gw_live_record){.ranks = 0};
    GW_TRY(gw_file_read(path, FILE_LIMIT, GW_DATA, text, err));
    GW_TRY(parse(&reader, text, &object));
    enum gw_status status = get_record(&reader, object, out);
    json_decref(object);
    if (status != GW_OK) {
        gw_live_clear(out);
    }
    return status;
}

/* Bytes of `name` before `ending`; 0 when it does not end so. */
static size_t stem(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    bool ends = length > tail && strcmp(name + length - tail, ending) == 0;
    return ends ? length - tail : 0;
}

/* The name of the status file; free it. */
static char *path_of(const char *output)
{
    static const char *const beside[] = {".run.json", ".journal"};
    struct gw_text path = {0};
    bool own = stem(output, GW_LIVE_SUFFIX) > 0;
    gw_text_printf(&path, "%s%s", output, own ? "" : GW_LIVE_SUFFIX);
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        size_t length = stem(output, beside[i]);
        if (length > 0 && is_missing(path.data)) {
            gw_text_clear(&path);
            gw_text_printf(&path, "%.*s" GW_LIVE_SUFFIX, (int)length, output);
        }
    }
    return path.data;
}

/* The file's text, also when it is not wanted, and what it says. */
static enum gw_status read_of(const char *output,
                              struct gw_text *text,
                              struct gw_live_record *out,
                              struct gw_error *err)
{
    char *path = path_of(output);
    enum gw_status status = read_both(path, text, out, err);
    if (status != GW_OK && is_missing(path)) {
        status = fail_missing(output, path, err);
    }
    free(path);
    return status;
}

enum gw_status
gw_live_read(const char *output, struct gw_live_record *out, struct gw_error *err)
{
    struct gw_text text = {0};
    enum gw_status status = read_of(output, &text, out, err);
    gw_text_clear(&text);
    return status;
}

void gw_live_clear(struct gw_live_record *record)
{
    free((char *)record->message);
    free((char *)record->program);
    free((char *)record->experiment);
    free((char *)record->output);
    free(record->rank);
    *record = (struct gw_live_record){.ranks = 0};
}

enum gw_status gw_live_json(const char *output, struct gw_text *out, struct gw_error *err)
{
    struct gw_live_record record;
    enum gw_status status = read_of(output, out, &record, err);
    if (status == GW_OK) {
        gw_live_clear(&record);
        defuse(out->data, out->length, true);
    } else {
        gw_text_clear(out);
    }
    return status;
}

double gw_live_age(const struct gw_live_record *record)
{
    int64_t renewed;
    bool known = parse_time(record->updated, &renewed);
    assert(known);
    double age = difftime(time(NULL), (time_t)renewed);
    return known && age > 0 ? age : 0;
}

bool gw_live_gone(const struct gw_live_record *record)
{
    char host[GW_LIVE_NAME] = "";
    if (record->pid <= 0 || record->pid > INT_MAX ||
        gethostname(host, sizeof host - 1) != 0 || strcmp(host, record->host) != 0) {
        return false;
    }
    /* That of another user is refused, and there. */
    return kill((pid_t)record->pid, 0) != 0 && errno == ESRCH;
}
