/** Private to the journal: its bytes (docs/formats.md has them) and its state. */
#ifndef GRIDWALK_STORE_JOURNAL_FILE_H
#define GRIDWALK_STORE_JOURNAL_FILE_H

#include "gridwalk/store/journal.h"

#define GW_JOURNAL_MAGIC "\x89GWJ\r\n\x1a\n"

enum {
    GW_JOURNAL_VERSION = 1,
    GW_JOURNAL_MAGIC_SIZE = 8,
    GW_JOURNAL_START = 24, /* magic, version, length of the text, hash of these three */
    GW_JOURNAL_HEAD = 16,  /* of a record: length, kind, tile */
    GW_JOURNAL_HASH = 8,
    GW_JOURNAL_NOTE = 256,      /* longest payload of a run's record */
    GW_JOURNAL_TEXT = 64 << 20, /* longest text of a header */
};

enum gw_journal_kind { GW_JOURNAL_TILE = 1, GW_JOURNAL_RUN = 2 };

struct gw_journal {
    char *path;
    int file;
    uint64_t tiles;
    size_t payload_max;
    struct gw_text header; /* as this run writes it, whole */
    uint64_t seed;         /* of the records' hashes: the header's own */
    bool fresh;            /* what the file held at opening is to be dropped */
    bool replayed;

    uint64_t end;          /* of what is whole and synced in the file; 0 = not begun */
    uint64_t mark;         /* gw_journal_find begins here; 0 = at the first record */
    uint64_t committed;    /* tiles in that */
    bool synced;           /* a commit was: the directory knows the file */
    double last;           /* gw_clock of the last commit */
    unsigned char *buffer; /* [capacity], at least the largest record: what has gathered;
                            * what was read, before that */
    size_t capacity, pending;
    struct gw_error broken; /* status GW_OK: it is not */
    struct gw_journal_facts facts;
};

/** A record in memory; payload NULL = none. */
struct gw_journal_record {
    enum gw_journal_kind kind;
    uint64_t tile;
    const unsigned char *payload;
    size_t length;
};

static inline void gw_put_little(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        out[i] = (unsigned char)(value >> (8 * i));
    }
}

static inline uint64_t gw_get_little(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

/** pread until `length` bytes are there or the file ends; -1 and errno on an error. */
int64_t
gw_journal_read(const struct gw_journal *journal, uint64_t at, void *out, size_t length);

/** Look at the start of the file, which has `size` bytes: sets journal->end when it is a
 *  journal of this very run with something in it. Errors: see gw_journal_open. */
enum gw_status
gw_journal_look(struct gw_journal *journal, uint64_t size, struct gw_error *err);

/** Put a record behind what has gathered; there is room. */
void gw_journal_put(struct gw_journal *journal, const struct gw_journal_record *record);

/** The whole header of a run. */
void gw_journal_header(const struct gw_run_identity *identity,
                       uint64_t tiles,
                       size_t payload_max,
                       struct gw_text *out);

/** Why a header's text, which is not ours, is that of another run: GW_DATA. */
enum gw_status gw_journal_foreign(const char *path,
                                  const char *theirs,
                                  size_t length,
                                  const struct gw_text *header,
                                  struct gw_error *err);

#endif
