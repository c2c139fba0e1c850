/**
 * The journal FILE.journal: finished tiles of a run that has not ended, so that the same
 * command goes on after any kind of end (docs/formats.md has the bytes). Rank 0 only.
 *
 * Append-only: a header that says whose it is, then records of one tile each with a
 * checksum that also covers the header, so that no record of another journal can pass.
 * Records are gathered in memory and written and synced together, at most every second.
 * Reading stops at the first record that is not whole; what is behind it is cut off:
 * tiles computed again, never a wrong row. The file is locked as long as it is open
 * (fcntl, so that it works on NFS too).
 */
#ifndef GRIDWALK_STORE_JOURNAL_H
#define GRIDWALK_STORE_JOURNAL_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"
#include "gridwalk/store/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_journal;

/** What is in a journal, and what keeping it has cost. */
struct gw_journal_facts {
    uint64_t runs;    /* that have opened it, this one included */
    uint64_t records; /* of tiles, in the file and in memory */
    uint64_t bytes;   /* the whole journal, the same */
    uint64_t cut;     /* bytes at its end that replay found not whole, and dropped */
    uint64_t commits;
    double commit_seconds; /* writing and syncing, all of it */
    double commit_longest;
    bool locked; /* false: the file system knows no locks */
};

/** Which journal to open. All is borrowed, for the call alone. */
struct gw_journal_setup {
    const char *output; /* the results file: the journal is FILE.journal */
    const struct gw_run_identity *identity;
    uint64_t tiles;     /* these two bound what a record may hold */
    size_t payload_max; /* at most UINT32_MAX */
    bool fresh; /* drop what is in it, whosever it is, if it is a journal at all */
};

/**
 * Open or create a journal, and lock it. A file that ends before its first record is
 * begun anew whosever it is. What a file holds is not changed before replay.
 * Errors   GW_SYSTEM: another run has it locked; it cannot be made, read or written.
 *          GW_DATA: not a journal; of another program, experiment or bundle (names the
 *          first thing that differs with both values, and --fresh); damaged header.
 */
enum gw_status gw_journal_open(const struct gw_journal_setup *setup,
                               struct gw_journal **out,
                               struct gw_error *err) GW_MUST_CHECK;

/** Takes one record; a failure ends the reading with it, and nothing is cut off. The same
 *  tile may come twice. The payload has no alignment. May call gw_journal_find, which
 * knows what was shown so far. */
typedef enum gw_status gw_journal_take_fn(void *context,
                                          uint64_t tile,
                                          const void *payload,
                                          size_t length,
                                          struct gw_error *err);

/** Show every whole record in the order of the file; cut off the rest; then note that one
 *  more run has begun. Once, before anything is appended. */
enum gw_status gw_journal_replay(struct gw_journal *journal,
                                 gw_journal_take_fn *take,
                                 void *context,
                                 struct gw_error *err) GW_MUST_CHECK;

/**
 * Add a tile. It is on disk after the next commit, which this does itself when the last
 * one was a second ago or much has gathered.
 * Errors   GW_SYSTEM: see gw_journal_commit.
 */
enum gw_status gw_journal_append(struct gw_journal *journal,
                                 uint64_t tile,
                                 const void *payload,
                                 size_t length,
                                 struct gw_error *err) GW_MUST_CHECK;

/**
 * Write what has gathered, and sync. Nothing to do is no work.
 * Errors   GW_SYSTEM: a write failed (the file is cut back to its last whole record) or a
 *          sync did. After that nothing more is written: a sync that failed once may have
 *          lost bytes, so it is never tried again.
 */
enum gw_status gw_journal_commit(struct gw_journal *journal,
                                 struct gw_error *err) GW_MUST_CHECK;

/** Commit when the last time was a second ago. */
enum gw_status gw_journal_tick(struct gw_journal *journal,
                               struct gw_error *err) GW_MUST_CHECK;

/** Tiles that may be asked for by gw_journal_find come behind here. */
void gw_journal_mark(struct gw_journal *journal);

/** Read back the payload of a tile that is in it behind the mark, by searching: for the
 *  rare tile that came twice. Errors: GW_SYSTEM. GW_DATA: not in it. */
enum gw_status gw_journal_find(struct gw_journal *journal,
                               uint64_t tile,
                               struct gw_text *payload_out,
                               struct gw_error *err) GW_MUST_CHECK;

struct gw_journal_facts gw_journal_facts(const struct gw_journal *journal);

/** Whether its name still leads to the file: nobody has removed or replaced it. */
bool gw_journal_in_place(const struct gw_journal *journal);

/** Remove the file (the results are in place), unlock and free. */
void gw_journal_remove(struct gw_journal *journal);

/** Unlock and free; what was not committed is lost. A journal without a tile in it is
 *  removed, also one that could not be written. NULL is allowed. */
void gw_journal_close(struct gw_journal *journal);

/** Bytes a journal of these tiles will have at most, nearly; `payload_bytes` of one. */
double gw_journal_bytes(double tiles, double payload_bytes);

#endif
