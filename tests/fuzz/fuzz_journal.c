/* A file that stands where a run looks for its journal. The first byte says how the rest
 * becomes that file, since no chance finds a hash: 1 puts the run's own header in front,
 * 2 makes the hashes of the header right, 4 those of the records. */
#include "fuzz.h"

#include "gridwalk/base/digest.h"
#include "gridwalk/store/journal.h"

enum { TILES = 50, PAYLOAD = 100, START = 24, HEAD = 16, HASH = 8 };

static const struct gw_run_identity identity = {
    .program = "p",
    .semantics = "1",
    .engine = "vector",
    .bundle_digest = "b",
    .experiment_digest = "e",
    .canonical = "assets=1\nasset=1 A\nparameter n=integer 1 5\nnode 1=parameter 0\n"
                 "strategy.target=1\nwarmup=0\ncosts.spread_bps=0.5\noutput.keep=0\n",
};

static char output[200], path[220];
static uint8_t *header; /* of the run */
static size_t header_length;

static uint64_t get_little(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

static void put_hash(uint8_t *at, uint64_t hash)
{
    for (int i = 0; i < HASH; i++) {
        at[i] = (uint8_t)(hash >> (8 * i));
    }
}

struct shown {
    struct gw_journal *journal;
    size_t count;
};

static enum gw_status take(void *context,
                           uint64_t tile,
                           const void *payload,
                           size_t length,
                           struct gw_error *err)
{
    struct shown *shown = context;
    assert(tile < TILES && length <= PAYLOAD);
    struct gw_text found = {0};
    enum gw_status status = gw_journal_find(shown->journal, tile, &found, err);
    assert(status == GW_OK && found.length <= PAYLOAD);
    gw_text_clear(&found);
    char copy[PAYLOAD];
    memcpy(copy, payload, length); /* all of it can be read */
    shown->count++;
    return GW_OK;
}

/* Open and replay; NULL when it was refused. */
static struct gw_journal *open_it(bool fresh, size_t *count_out, struct gw_error *err)
{
    const struct gw_journal_setup setup = {.output = output,
                                           .identity = &identity,
                                           .tiles = TILES,
                                           .payload_max = PAYLOAD,
                                           .fresh = fresh};
    struct shown shown = {0};
    enum gw_status status = gw_journal_open(&setup, &shown.journal, err);
    if (status != GW_OK) {
        fuzz_refused(status, GW_DATA, err);
        return NULL;
    }
    status = gw_journal_replay(shown.journal, take, &shown, err);
    assert(status == GW_OK);
    *count_out = shown.count;
    return shown.journal;
}

static void write_file(const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* The name of the files, and the run's header: as the run itself writes it. */
static void prepare(void)
{
    struct gw_error err;
    size_t count;
    const char *directory = getenv("TMPDIR");
    snprintf(output, sizeof output, "%.150s/journal-%ld",
             directory != NULL ? directory : "/tmp", (long)getpid());
    snprintf(path, sizeof path, "%s.journal", output);
    struct gw_journal *journal = open_it(true, &count, &err);
    header_length = gw_journal_facts(journal).bytes;
    header = calloc(header_length, 1);
    enum gw_status status = gw_journal_commit(journal, &err);
    FILE *file = fopen(path, "rb");
    if (status != GW_OK || file == NULL ||
        fread(header, 1, header_length, file) != header_length) {
        perror(path);
        exit(1);
    }
    fclose(file);
    gw_journal_remove(journal);
    header_length = START + get_little(header + 12, 4) + HASH;
}

/* Where the records begin; `length` when they do not. */
static size_t fix_header(uint8_t *bytes, size_t length, bool fix)
{
    if (length < START) {
        return length;
    }
    if (fix) {
        put_hash(bytes + 16, gw_xxh64(bytes, 16));
    }
    size_t text = get_little(bytes + 12, 4);
    if (text > length - START || length - START - text < HASH) {
        return length;
    }
    if (fix) {
        put_hash(bytes + START + text, gw_xxh64(bytes, START + text));
    }
    return START + text + HASH;
}

static void fix_records(uint8_t *bytes, size_t at, size_t length)
{
    uint64_t seed = at >= START + HASH ? get_little(bytes + at - HASH, 8) : 0;
    while (length - at >= HEAD + HASH) {
        size_t payload = get_little(bytes + at, 4);
        if (payload > length - at - HEAD - HASH) {
            return;
        }
        put_hash(bytes + at + HEAD + payload,
                 gw_xxh64_seeded(seed, bytes + at, HEAD + payload));
        at += HEAD + payload + HASH;
    }
}

/* What a run finds it finds again, and one more that it has added. */
static void check_goes_on(void)
{
    struct gw_error err = {.status = GW_OK};
    size_t count = 0, again = 0;
    struct gw_journal *journal = open_it(false, &count, &err);
    if (journal == NULL) {
        return;
    }
    enum gw_status status = gw_journal_append(journal, 3, "payload", 7, &err);
    assert(status == GW_OK);
    status = gw_journal_commit(journal, &err);
    assert(status == GW_OK);
    gw_journal_close(journal);
    journal = open_it(false, &again, &err);
    assert(journal != NULL && again == count + 1);
    assert(gw_journal_facts(journal).cut == 0);
    gw_journal_close(journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gw_die_hook(fuzz_die);
    if (header == NULL) {
        prepare();
    }
    uint8_t how = size > 0 ? data[0] : 0;
    size_t rest = size > 0 ? size - 1 : 0, front = how & 1 ? header_length : 0;
    uint8_t *bytes = calloc(front + rest + 1, 1);
    memcpy(bytes, header, front);
    memcpy(bytes + front, data + (size > 0), rest);
    size_t at = fix_header(bytes, front + rest, how & 2);
    if (how & 4) {
        fix_records(bytes, at, front + rest);
    }
    write_file(bytes, front + rest);
    free(bytes);
    check_goes_on();
    struct gw_error err = {.status = GW_OK};
    size_t none = 0;
    struct gw_journal *journal = open_it(true, &none, &err); /* --fresh */
    assert(journal == NULL || none == 0);
    gw_journal_close(journal);
    unlink(path);
    return 0;
}
