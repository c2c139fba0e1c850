#include "gridwalk/store/csv.h"

#include "gridwalk/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { RECORD_LIMIT = 64 << 10, BUFFER_SIZE = 4 * RECORD_LIMIT };

struct gw_csv {
    gzFile file;
    char *path;
    bool ended;        /* the file has no more bytes than the buffer */
    size_t begin, end; /* what is not yet parsed: buffer[begin, end) */
    int line;          /* of the record last returned */
    int next_line;
    const char *field[GW_CSV_FIELDS];
    size_t count;
    char buffer[BUFFER_SIZE + 1]; /* one more for a NUL behind the last line */
};

enum gw_status gw_csv_open(const char *path, struct gw_csv **out, struct gw_error *err)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return gw_fail_errno(err, GW_DATA, errno, "%s", path);
    }
    if (S_ISDIR(facts.st_mode)) {
        return gw_fail(err, GW_DATA, "%s: is a directory", path);
    }
    gzFile file = gzopen(path, "rbe");
    if (file == NULL) {
        return gw_fail_errno(err, GW_DATA, errno, "%s", path);
    }
    gzbuffer(file, BUFFER_SIZE);
    struct gw_csv *csv = gw_calloc(1, sizeof *csv);
    csv->file = file;
    csv->path = gw_strdup(path);
    csv->next_line = 1;
    *out = csv;
    return GW_OK;
}

void gw_csv_close(struct gw_csv *csv)
{
    if (csv != NULL) {
        gzclose(csv->file);
        free(csv->path);
        free(csv);
    }
}

int gw_csv_line(const struct gw_csv *csv)
{
    return csv->line;
}

static enum gw_status
refuse(const struct gw_csv *csv, const char *what, struct gw_error *err)
{
    return gw_fail(err, GW_DATA, "%s:%d: %s", csv->path, csv->next_line, what);
}

static enum gw_status refuse_stream(const struct gw_csv *csv,
                                    int number,
                                    const char *reason,
                                    struct gw_error *err)
{
    if (number == Z_ERRNO) {
        return gw_fail_errno(err, GW_DATA, errno, "%s", csv->path);
    }
    /* zlib says "PATH: reason" too. */
    const char *behind = strrchr(reason, ':');
    return gw_fail(err, GW_DATA, "%s: a damaged gzip stream:%s", csv->path,
                   behind != NULL ? behind + 1 : reason);
}

/* Fill the buffer until it holds a record of any allowed length, or the end of the file.
 */
static enum gw_status fill(struct gw_csv *csv, struct gw_error *err)
{
    if (csv->ended || csv->end - csv->begin > RECORD_LIMIT) {
        return GW_OK;
    }
    memmove(csv->buffer, csv->buffer + csv->begin, csv->end - csv->begin);
    csv->end -= csv->begin;
    csv->begin = 0;
    size_t room = BUFFER_SIZE - csv->end;
    int got = gzread(csv->file, csv->buffer + csv->end, (unsigned)room);
    int number = Z_OK;
    const char *reason = gzerror(csv->file, &number);
    if (got < 0 || (number != Z_OK && number != Z_STREAM_END)) {
        return refuse_stream(csv, number, reason, err);
    }
    csv->end += (size_t)got;
    csv->ended = (size_t)got < room;
    return GW_OK;
}

/* A place in the record that is being parsed; text is moved down over quotes, in place.
 */
struct cursor {
    char *at, *end;
    bool ended_line; /* the field's end was the record's */
};

static bool ends_field(char c)
{
    return c == ',' || c == '\n';
}

/* End a field at `to`, in front of the byte at c->at or at the end of the buffer. */
static void end_field(struct cursor *c, const char *from, char *to)
{
    c->ended_line = c->at == c->end || *c->at == '\n';
    if (c->ended_line && to > from && to == c->at && to[-1] == '\r') {
        to--;
    }
    if (c->at < c->end) {
        c->at++;
    }
    *to = '\0';
}

/* plain = any bytes but ',' and LF */
static bool scan_plain(struct cursor *c)
{
    const char *from = c->at;
    while (c->at < c->end && !ends_field(*c->at)) {
        if (*c->at == '\0') {
            return false;
        }
        c->at++;
    }
    end_field(c, from, c->at);
    return true;
}

/* quoted = '"' { any byte but '"' | '""' } '"', then the field's end */
static const char *scan_quoted(struct gw_csv *csv, struct cursor *c)
{
    char *to = c->at++;
    const char *from = to;
    for (;;) {
        if (c->at == c->end) {
            return "a quote that is not closed";
        }
        if (*c->at == '"' && !(c->at + 1 < c->end && c->at[1] == '"')) {
            break;
        }
        c->at += *c->at == '"'; /* the first of two */
        if (*c->at == '\0') {
            return "a NUL byte";
        }
        csv->next_line += *c->at == '\n';
        *to++ = *c->at++;
    }
    c->at++;
    if (c->at < c->end && *c->at == '\r' && (c->at + 1 == c->end || c->at[1] == '\n')) {
        c->at++;
    }
    if (c->at < c->end && !ends_field(*c->at)) {
        return "text behind a closing quote";
    }
    end_field(c, from, to);
    return NULL;
}

/* One record from the buffer: NULL, or what is wrong with it. */
static const char *scan_record(struct gw_csv *csv)
{
    struct cursor c = {csv->buffer + csv->begin, csv->buffer + csv->end, false};
    const char *const limit = c.at + RECORD_LIMIT;
    csv->count = 0;
    while (!c.ended_line) {
        if (csv->count == GW_CSV_FIELDS) {
            return "more than 64 fields";
        }
        csv->field[csv->count++] = c.at;
        if (c.at < c.end && *c.at == '"') {
            const char *wrong = scan_quoted(csv, &c);
            if (wrong != NULL) {
                return c.at > limit ? "a line above 64 KiB" : wrong;
            }
        } else if (!scan_plain(&c)) {
            return "a NUL byte";
        }
        if (c.at > limit) {
            return "a line above 64 KiB";
        }
    }
    csv->begin = (size_t)(c.at - csv->buffer);
    return NULL;
}

static void skip_bom(struct gw_csv *csv)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (csv->next_line == 1 && csv->end - csv->begin >= sizeof bom - 1 &&
        memcmp(csv->buffer + csv->begin, bom, sizeof bom - 1) == 0) {
        csv->begin += sizeof bom - 1;
    }
}

enum gw_status gw_csv_next(struct gw_csv *csv,
                           const char **fields,
                           size_t *count_out,
                           struct gw_error *err)
{
    *count_out = 0;
    do {
        GW_TRY(fill(csv, err));
        skip_bom(csv);
        if (csv->begin == csv->end) {
            return GW_OK;
        }
        csv->line = csv->next_line;
        const char *wrong = scan_record(csv);
        if (wrong != NULL) {
            csv->next_line = csv->line;
            return refuse(csv, wrong, err);
        }
        csv->next_line++;
    } while (csv->count == 1 && csv->field[0][0] == '\0');
    memcpy(fields, csv->field, csv->count * sizeof *fields);
    *count_out = csv->count;
    return GW_OK;
}
