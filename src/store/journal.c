/* OFD locks belong to the open file, not to the process: another file of the same process
 * that is closed does not take them away. They are no part of POSIX 2008.
 * NOLINTNEXTLINE(bugprone-reserved-identifier) */
#define _GNU_SOURCE
#include "gridwalk/store/journal.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/files.h"
#include "journal_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    GATHER = 1 << 20, /* bytes */
    TRIES = 100       /* to get hold of a file that others remove and make */
};

static const double interval = 1; /* seconds between commits */

/* 0, or errno. */
static int lock(int file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_OFD_SETLK, &whole) == 0) {
        return 0;
    }
    if (errno != EINVAL) {
        return errno;
    }
    return fcntl(file, F_SETLK, &whole) == 0 ? 0 : errno;
}

static bool knows_no_locks(int number)
{
    return number == ENOLCK || number == EOPNOTSUPP || number == ENOSYS ||
           number == EINVAL;
}

bool gw_journal_in_place(const struct gw_journal *journal)
{
    struct stat named, opened;
    return lstat(journal->path, &named) == 0 && fstat(journal->file, &opened) == 0 &&
           named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

static enum gw_status open_file(struct gw_journal *journal, struct gw_error *err)
{
    /* Without O_NONBLOCK somebody's named pipe or terminal could hold the run up. */
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    do {
        journal->file = open(journal->path, flags, 0666);
    } while (journal->file < 0 && errno == EINTR);
    struct stat facts;
    if (journal->file < 0 && errno == ELOOP) {
        return gw_fail(err, GW_SYSTEM,
                       "%s: is a symbolic link, which is not followed; remove it",
                       journal->path);
    }
    if (journal->file < 0 || fstat(journal->file, &facts) != 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot open it", journal->path);
    }
    if (!S_ISREG(facts.st_mode)) {
        return gw_fail(err, GW_DATA,
                       "%s: is not a file; move it away, or choose another -o",
                       journal->path);
    }
    return GW_OK;
}

/* Another run may remove the file between its opening and its locking here: then what is
 * locked is a file without a name, which nobody would find again. */
static enum gw_status
open_locked(struct gw_journal *journal, const char *output, struct gw_error *err)
{
    for (int i = 0; i < TRIES; i++) {
        GW_TRY(open_file(journal, err));
        int number = lock(journal->file);
        if (number == EAGAIN || number == EACCES) {
            return gw_fail(err, GW_SYSTEM,
                           "%s: another run is writing %s (locked); wait for it, or "
                           "choose another -o",
                           journal->path, output);
        }
        journal->facts.locked = number == 0;
        if (number != 0 && !knows_no_locks(number) && number != ESTALE &&
            number != EINTR) {
            return gw_fail_errno(err, GW_SYSTEM, number, "%s: cannot lock it",
                                 journal->path);
        }
        if ((number == 0 || knows_no_locks(number)) && gw_journal_in_place(journal)) {
            return GW_OK;
        }
        close(journal->file);
        journal->file = -1;
    }
    return gw_fail(err, GW_SYSTEM, "%s: is removed again and again by others",
                   journal->path);
}

static void release(struct gw_journal *journal)
{
    if (journal->file >= 0) {
        close(journal->file);
    }
    gw_text_clear(&journal->header);
    free(journal->buffer);
    free(journal->path);
    free(journal);
}

static enum gw_status
prepare(struct gw_journal *journal, const char *output, struct gw_error *err)
{
    GW_TRY(open_locked(journal, output, err));
    struct stat facts;
    if (fstat(journal->file, &facts) != 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot read it", journal->path);
    }
    return gw_journal_look(journal, (uint64_t)facts.st_size, err);
}

enum gw_status gw_journal_open(const struct gw_journal_setup *setup,
                               struct gw_journal **out,
                               struct gw_error *err)
{
    assert(setup->payload_max <= UINT32_MAX);
    struct gw_journal *journal = gw_calloc(1, sizeof *journal);
    struct gw_text path = {0};
    gw_text_printf(&path, "%s.journal", setup->output);
    journal->path = path.data;
    journal->file = -1;
    journal->tiles = setup->tiles;
    journal->payload_max = setup->payload_max;
    journal->fresh = setup->fresh;
    gw_journal_header(setup->identity, setup->tiles, setup->payload_max,
                      &journal->header);
    const char *hash = journal->header.data + journal->header.length - GW_JOURNAL_HASH;
    journal->seed = gw_get_little((const unsigned char *)hash, 8);
    enum gw_status status = prepare(journal, setup->output, err);
    if (status != GW_OK) {
        release(journal);
        return status;
    }
    size_t largest = setup->payload_max;
    largest = largest > GW_JOURNAL_NOTE ? largest : GW_JOURNAL_NOTE;
    largest += GW_JOURNAL_HEAD + GW_JOURNAL_HASH;
    journal->capacity = largest > GATHER ? largest : GATHER;
    journal->buffer = gw_realloc(NULL, journal->capacity, 1);
    *out = journal;
    return GW_OK;
}

void gw_journal_put(struct gw_journal *journal, const struct gw_journal_record *record)
{
    unsigned char *head = journal->buffer + journal->pending;
    const size_t length = GW_JOURNAL_HEAD + record->length;
    assert(length + GW_JOURNAL_HASH <= journal->capacity - journal->pending);
    gw_put_little(head, record->length, 4);
    gw_put_little(head + 4, (uint64_t)record->kind, 4);
    gw_put_little(head + 8, record->tile, 8);
    if (record->length > 0) {
        memcpy(head + GW_JOURNAL_HEAD, record->payload, record->length);
    }
    gw_put_little(head + length, gw_xxh64_seeded(journal->seed, head, length), 8);
    journal->pending += length + GW_JOURNAL_HASH;
}

static enum gw_status give_error(const struct gw_journal *journal, struct gw_error *err)
{
    if (err != NULL) {
        *err = journal->broken;
    }
    return journal->broken.status;
}

enum gw_status gw_journal_append(struct gw_journal *journal,
                                 uint64_t tile,
                                 const void *payload,
                                 size_t length,
                                 struct gw_error *err)
{
    assert(journal->replayed && tile < journal->tiles && length <= journal->payload_max);
    if (journal->broken.status != GW_OK) {
        return give_error(journal, err);
    }
    const size_t size = GW_JOURNAL_HEAD + length + GW_JOURNAL_HASH;
    if (size > journal->capacity - journal->pending) {
        GW_TRY(gw_journal_commit(journal, err));
    }
    gw_journal_put(journal, &(struct gw_journal_record){.kind = GW_JOURNAL_TILE,
                                                        .tile = tile,
                                                        .payload = payload,
                                                        .length = length});
    journal->facts.records++;
    return gw_journal_tick(journal, err);
}

/* An interrupted sync has not looked at errors yet, so it may be repeated. */
static bool sync_file(int file, bool data_alone)
{
    int done;
    do {
        done = data_alone ? fdatasync(file) : fsync(file);
    } while (done != 0 && errno == EINTR);
    return done == 0;
}

/* Write and sync what has gathered, behind the header and what is there; *written_out
 * says whether a failure was not one of the writing. The header is synced before: where a
 * record is, there is a whole header, whatever order the system writes blocks in. */
static bool write_gathered(struct gw_journal *journal, bool *written_out)
{
    *written_out = false;
    if (journal->end == 0) {
        if (!gw_file_put_at(journal->file, 0, journal->header.data,
                            journal->header.length)) {
            return false;
        }
        *written_out = true;
        if (!sync_file(journal->file, false)) {
            return false;
        }
        *written_out = false;
        journal->end = journal->header.length;
    }
    if (!gw_file_put_at(journal->file, journal->end, journal->buffer, journal->pending)) {
        return false;
    }
    *written_out = true;
    if (!journal->synced) {
        return sync_file(journal->file, false) && gw_file_sync_directory(journal->path);
    }
    return sync_file(journal->file, true);
}

static enum gw_status
break_down(struct gw_journal *journal, bool written, int number, struct gw_error *err)
{
    struct gw_error *broken = &journal->broken;
    gw_fail_errno(broken, GW_SYSTEM, number, "%s: cannot %s it", journal->path,
                  written ? "sync" : "write");
    /* What cannot be cut off either is found not to be whole by the next run. */
    bool cut = written || ftruncate(journal->file, (off_t)journal->end) == 0;
    (void)cut;
    journal->pending = 0;
    journal->facts.records = journal->committed;
    return give_error(journal, err);
}

enum gw_status gw_journal_commit(struct gw_journal *journal, struct gw_error *err)
{
    if (journal->broken.status != GW_OK) {
        return give_error(journal, err);
    }
    if (journal->pending == 0) {
        return GW_OK;
    }
    const double begun = gw_clock();
    bool written;
    if (!write_gathered(journal, &written)) {
        return break_down(journal, written, errno, err);
    }
    journal->end += journal->pending;
    journal->pending = 0;
    journal->committed = journal->facts.records;
    journal->synced = true;
    journal->last = gw_clock();
    const double seconds = journal->last - begun;
    journal->facts.commits++;
    journal->facts.commit_seconds += seconds;
    if (seconds > journal->facts.commit_longest) {
        journal->facts.commit_longest = seconds;
    }
    return GW_OK;
}

enum gw_status gw_journal_tick(struct gw_journal *journal, struct gw_error *err)
{
    if (journal->broken.status != GW_OK) {
        return give_error(journal, err);
    }
    return gw_clock() - journal->last >= interval ? gw_journal_commit(journal, err)
                                                  : GW_OK;
}

struct gw_journal_facts gw_journal_facts(const struct gw_journal *journal)
{
    struct gw_journal_facts facts = journal->facts;
    facts.bytes = (journal->end > 0 ? journal->end : journal->header.length);
    facts.bytes += journal->pending;
    return facts;
}

/* Only while it is this file that has the name: another run may have begun another. */
static void remove_file(const struct gw_journal *journal)
{
    if (gw_journal_in_place(journal)) {
        unlink(journal->path);
    }
}

void gw_journal_remove(struct gw_journal *journal)
{
    remove_file(journal);
    release(journal);
}

void gw_journal_close(struct gw_journal *journal)
{
    if (journal == NULL) {
        return;
    }
    /* Before replay a file that is not empty may hold anything. */
    struct stat facts;
    bool empty = journal->replayed
                     ? journal->committed == 0
                     : fstat(journal->file, &facts) == 0 && facts.st_size == 0;
    if (empty) {
        remove_file(journal);
    }
    release(journal);
}

double gw_journal_bytes(double tiles, double payload_bytes)
{
    const double header = 4096;
    return header + tiles * (GW_JOURNAL_HEAD + payload_bytes + GW_JOURNAL_HASH);
}
