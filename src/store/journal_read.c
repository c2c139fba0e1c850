/* Reading a journal. Nothing in it is trusted: lengths have bounds before memory or the
 * file is touched by them, and all goes through one buffer (a map of the file would end
 * the process where somebody cuts it meanwhile). */
#include "journal_file.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int64_t
gw_journal_read(const struct gw_journal *journal, uint64_t at, void *out, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = pread(journal->file, (unsigned char *)out + done, length - done,
                            (off_t)(at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (int64_t)done;
}

static enum gw_status fail_reading(const struct gw_journal *journal, struct gw_error *err)
{
    return gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot read it", journal->path);
}

static enum gw_status damaged(const struct gw_journal *journal, struct gw_error *err)
{
    return gw_fail(err, GW_DATA,
                   "%s: its header is damaged; --fresh starts over, -o FILE keeps both",
                   journal->path);
}

/* The text of the header and the hash behind it, of a file that is longer than them. */
static enum gw_status
look_at_text(struct gw_journal *journal, size_t length, struct gw_error *err)
{
    size_t whole = GW_JOURNAL_START + length + GW_JOURNAL_HASH;
    const struct gw_text *ours = &journal->header;
    char *bytes = gw_realloc(NULL, whole, 1);
    enum gw_status status = GW_OK;
    int64_t got = gw_journal_read(journal, 0, bytes, whole);
    const unsigned char *hash = (unsigned char *)bytes + whole - GW_JOURNAL_HASH;
    if (got < 0) {
        status = fail_reading(journal, err);
    } else if ((size_t)got < whole ||
               gw_get_little(hash, 8) != gw_xxh64(bytes, whole - GW_JOURNAL_HASH)) {
        status = damaged(journal, err);
    } else if (whole != ours->length || memcmp(bytes, ours->data, whole) != 0) {
        status = gw_journal_foreign(journal->path, bytes + GW_JOURNAL_START, length, ours,
                                    err);
    }
    free(bytes);
    return status;
}

/*
 * The start of a header has a hash of its own, so that its length can be relied on: a
 * file that is no longer than its header holds no tile, and to begin it anew loses
 * nothing, whether it is torn or another's.
 */
enum gw_status
gw_journal_look(struct gw_journal *journal, uint64_t size, struct gw_error *err)
{
    unsigned char start[GW_JOURNAL_START];
    int64_t got = gw_journal_read(journal, 0, start, sizeof start);
    if (got < 0) {
        return fail_reading(journal, err);
    }
    size_t known = got < GW_JOURNAL_MAGIC_SIZE ? (size_t)got : GW_JOURNAL_MAGIC_SIZE;
    if (memcmp(start, GW_JOURNAL_MAGIC, known) != 0) {
        return gw_fail(err, GW_DATA,
                       "%s: is not a journal; move it away, or choose another -o",
                       journal->path);
    }
    if (journal->fresh || size <= sizeof start) {
        return GW_OK;
    }
    if ((size_t)got < sizeof start ||
        gw_get_little(start + 16, 8) != gw_xxh64(start, 16)) {
        return damaged(journal, err);
    }
    uint64_t version = gw_get_little(start + 8, 4), length = gw_get_little(start + 12, 4);
    if (version != GW_JOURNAL_VERSION) {
        return gw_fail(err, GW_DATA,
                       "%s: has version %" PRIu64 ", this program writes %d; --fresh "
                       "starts over, -o FILE keeps both",
                       journal->path, version, (int)GW_JOURNAL_VERSION);
    }
    uint64_t whole = sizeof start + length + GW_JOURNAL_HASH;
    if (size <= whole) {
        return GW_OK;
    }
    if (length > GW_JOURNAL_TEXT) {
        return damaged(journal, err);
    }
    GW_TRY(look_at_text(journal, (size_t)length, err));
    journal->end = whole;
    return GW_OK;
}

/* What of the file is in the journal's buffer. */
struct reader {
    struct gw_journal *journal;
    uint64_t at;         /* in the file, of what is not used yet */
    size_t from, filled; /* in the buffer, the same and its end */
    bool ended;          /* the file has no more */
};

/* Whether `need` bytes that are not used yet can be got into the buffer; -1 and errno on
 * an error. */
static int fill(struct reader *reader, size_t need)
{
    const struct gw_journal *journal = reader->journal;
    size_t have = reader->filled - reader->from;
    if (have < need && !reader->ended) {
        memmove(journal->buffer, journal->buffer + reader->from, have);
        size_t room = journal->capacity - have;
        int64_t got =
            gw_journal_read(journal, reader->at + have, journal->buffer + have, room);
        if (got < 0) {
            return -1;
        }
        reader->from = 0;
        reader->ended = (size_t)got < room;
        have += (size_t)got;
        reader->filled = have;
    }
    return have >= need;
}

/* The head of a record, and whether a record may have it. */
static bool read_head(const struct gw_journal *journal,
                      const unsigned char *head,
                      struct gw_journal_record *out)
{
    uint64_t kind = gw_get_little(head + 4, 4);
    out->length = (size_t)gw_get_little(head, 4);
    out->kind = kind == GW_JOURNAL_TILE ? GW_JOURNAL_TILE : GW_JOURNAL_RUN;
    out->tile = gw_get_little(head + 8, 8);
    switch (kind) {
    case GW_JOURNAL_TILE:
        return out->length <= journal->payload_max && out->tile < journal->tiles;
    case GW_JOURNAL_RUN:
        return out->length <= GW_JOURNAL_NOTE && out->tile == 0;
    default:
        return false;
    }
}

/* Whether the hash behind a record is its own. */
static bool
whole(const struct gw_journal *journal, const unsigned char *head, size_t payload)
{
    const size_t length = GW_JOURNAL_HEAD + payload;
    return gw_get_little(head + length, 8) ==
           gw_xxh64_seeded(journal->seed, head, length);
}

/* The next record, in the buffer until the next call; none behind the last whole one. */
static enum gw_status
next_record(struct reader *reader, struct gw_journal_record *out, struct gw_error *err)
{
    const struct gw_journal *journal = reader->journal;
    out->payload = NULL;
    int there = fill(reader, GW_JOURNAL_HEAD);
    if (there > 0 && read_head(journal, journal->buffer + reader->from, out)) {
        const size_t length = GW_JOURNAL_HEAD + out->length + GW_JOURNAL_HASH;
        there = fill(reader, length);
        const unsigned char *head = journal->buffer + reader->from;
        if (there > 0 && whole(journal, head, out->length)) {
            out->payload = head + GW_JOURNAL_HEAD;
            reader->from += length;
            reader->at += length;
        }
    }
    return there < 0 ? fail_reading(journal, err) : GW_OK;
}

static enum gw_status cut_off(struct gw_journal *journal, struct gw_error *err)
{
    struct stat facts;
    if (fstat(journal->file, &facts) != 0) {
        return fail_reading(journal, err);
    }
    if ((uint64_t)facts.st_size > journal->end) {
        if (ftruncate(journal->file, (off_t)journal->end) != 0) {
            return gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot write it",
                                 journal->path);
        }
        journal->facts.cut = journal->fresh ? 0 : (uint64_t)facts.st_size - journal->end;
    }
    return GW_OK;
}

static void note_run(struct gw_journal *journal)
{
    char stamp[32], host[128], note[GW_JOURNAL_NOTE];
    gw_timestamp(stamp, sizeof stamp);
    if (gethostname(host, sizeof host) != 0) {
        snprintf(host, sizeof host, "?");
    }
    host[sizeof host - 1] = '\0';
    int length = snprintf(note, sizeof note, "%s %s", stamp, host);
    gw_journal_put(journal, &(struct gw_journal_record){.kind = GW_JOURNAL_RUN,
                                                        .payload = (unsigned char *)note,
                                                        .length = (size_t)length});
    journal->facts.runs++;
}

enum gw_status gw_journal_replay(struct gw_journal *journal,
                                 gw_journal_take_fn *take,
                                 void *context,
                                 struct gw_error *err)
{
    assert(!journal->replayed);
    struct reader reader = {.journal = journal, .at = journal->end};
    struct gw_journal_record record = {.payload = NULL};
    uint64_t runs = 0, tiles = 0;
    while (journal->end > 0) {
        GW_TRY(next_record(&reader, &record, err));
        if (record.payload == NULL) {
            break;
        }
        journal->end = reader.at;
        if (record.kind == GW_JOURNAL_RUN) {
            runs++;
        } else {
            GW_TRY(take(context, record.tile, record.payload, record.length, err));
            tiles++;
        }
    }
    GW_TRY(cut_off(journal, err));
    journal->replayed = true;
    journal->committed = tiles;
    journal->facts.runs = runs;
    journal->facts.records = tiles;
    journal->last = gw_clock();
    note_run(journal);
    return GW_OK;
}

/* In what has gathered and is not in the file yet. */
static bool
find_gathered(struct gw_journal *journal, uint64_t tile, struct gw_text *payload_out)
{
    struct gw_journal_record record;
    for (size_t at = 0; at < journal->pending;
         at += GW_JOURNAL_HEAD + record.length + GW_JOURNAL_HASH) {
        bool good = read_head(journal, journal->buffer + at, &record);
        assert(good);
        if (record.kind == GW_JOURNAL_TILE && record.tile == tile) {
            gw_text_append(payload_out,
                           (const char *)journal->buffer + at + GW_JOURNAL_HEAD,
                           record.length);
            return true;
        }
    }
    return false;
}

/* Read one record of the file by its place. */
static enum gw_status read_payload(const struct gw_journal *journal,
                                   uint64_t at,
                                   size_t length,
                                   struct gw_text *payload_out,
                                   struct gw_error *err)
{
    size_t size = GW_JOURNAL_HEAD + length + GW_JOURNAL_HASH;
    unsigned char *bytes = gw_realloc(NULL, size, 1);
    enum gw_status status = GW_OK;
    int64_t got = gw_journal_read(journal, at, bytes, size);
    if (got < 0) {
        status = fail_reading(journal, err);
    } else if ((size_t)got < size || !whole(journal, bytes, length)) {
        status =
            gw_fail(err, GW_SYSTEM, "%s: was changed while it was in use", journal->path);
    } else {
        gw_text_append(payload_out, (char *)bytes + GW_JOURNAL_HEAD, length);
    }
    free(bytes);
    return status;
}

void gw_journal_mark(struct gw_journal *journal)
{
    journal->mark = journal->end;
}

enum gw_status gw_journal_find(struct gw_journal *journal,
                               uint64_t tile,
                               struct gw_text *payload_out,
                               struct gw_error *err)
{
    gw_text_clear(payload_out);
    unsigned char head[GW_JOURNAL_HEAD];
    struct gw_journal_record record;
    uint64_t first = journal->mark > 0 ? journal->mark : journal->header.length;
    for (uint64_t at = first; at < journal->end;
         at += GW_JOURNAL_HEAD + record.length + GW_JOURNAL_HASH) {
        int64_t got = gw_journal_read(journal, at, head, sizeof head);
        if (got < 0) {
            return fail_reading(journal, err);
        }
        if ((size_t)got < sizeof head || !read_head(journal, head, &record)) {
            return gw_fail(err, GW_SYSTEM, "%s: was changed while it was in use",
                           journal->path);
        }
        if (record.kind == GW_JOURNAL_TILE && record.tile == tile) {
            return read_payload(journal, at, record.length, payload_out, err);
        }
    }
    if (find_gathered(journal, tile, payload_out)) {
        return GW_OK;
    }
    return gw_fail(err, GW_DATA, "%s: has no tile %" PRIu64, journal->path, tile);
}
