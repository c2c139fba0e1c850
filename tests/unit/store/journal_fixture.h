/** What the tests of the journal share: a run to belong to, and records of known bytes.
 */
#ifndef GRIDWALK_TESTS_UNIT_STORE_JOURNAL_FIXTURE_H
#define GRIDWALK_TESTS_UNIT_STORE_JOURNAL_FIXTURE_H

#include "check.h"
#include "gridwalk/base/digest.h"
#include "gridwalk/store/journal.h"
#include "scratch.h"

#include <sys/syscall.h>
#include <time.h>

/* The journal's clock stands still unless a test moves it: a machine that pauses for a
 * second must not make a commit of its own. */
static double journal_clock = 1000; /* seconds */

int clock_gettime(clockid_t clock, struct timespec *out)
{
    if (clock == CLOCK_MONOTONIC) {
        out->tv_sec = (time_t)journal_clock;
        out->tv_nsec = (long)((journal_clock - (double)out->tv_sec) * 1e9);
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, out);
}

enum { TILES = 1000, PAYLOAD = 300, MOST = 64 };

static const struct gw_run_identity identity = {
    .program = "gridwalk 0.1.0",
    .semantics = "1",
    .engine = "vector",
    .bundle_digest = "00112233445566778899aabbccddeeff",
    .experiment_digest = "ffeeddccbbaa99887766554433221100",
    .canonical = "period.from=10957\nperiod.to=2147483647\nassets=2\nasset=4 AAPL\n"
                 "asset=3 IBM\nprices=0\nparameter fast=integer 3 5 10 20\n"
                 "parameter slow=integer 2 50 100\nnode 1=parameter 0\n"
                 "node 2=parameter 1\nnode 3=call less 1 2\nstrategy.constraints=3\n"
                 "node 4=field 3\nnode 5=call sma 4 1\nstrategy.signals.enter_long=5\n"
                 "strategy.signals.exit_long=0\nstrategy.rebalance=0\nwarmup=0\n"
                 "execution.price=0\nexecution.delay=1\ncosts.commission_bps=10\n"
                 "walk_forward=none\nobjective.maximize=sharpe\nmetrics=sharpe return \n"
                 "output.keep=0\nlimits.memory=268435456\nperiods=252\n",
};

/** Pseudo-random numbers (xorshift64*): the same at each run. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/** The i-th record of the tests: tile 7 comes twice; lengths from 0 to PAYLOAD. */
static inline uint64_t tile_of(int i)
{
    return i == 5 ? 7 : (uint64_t)(i * 37 + 7) % TILES;
}

static inline size_t payload_of(int i, unsigned char out[PAYLOAD])
{
    uint64_t state = (uint64_t)i + 1;
    for (size_t b = 0; b < PAYLOAD; b++) {
        out[b] = (unsigned char)(next_random(&state) >> 56);
    }
    return i == 2 ? 0 : i == 3 ? PAYLOAD : (size_t)(i * 53 + 11) % PAYLOAD;
}

/** What replay has shown: checked on the way against the records of the tests. */
struct shown {
    int count;
    int wrong;   /* not the record that comes next */
    int fail_at; /* fail with this one; -1 = never */
};

static inline enum gw_status take_record(void *context,
                                         uint64_t tile,
                                         const void *payload,
                                         size_t length,
                                         struct gw_error *err)
{
    struct shown *shown = context;
    unsigned char expected[PAYLOAD];
    size_t expected_length = payload_of(shown->count, expected);
    if (shown->count == shown->fail_at) {
        return gw_fail(err, GW_DATA, "the taker refuses");
    }
    shown->wrong += tile != tile_of(shown->count) || length != expected_length ||
                    memcmp(payload, expected, length) != 0;
    shown->count++;
    return GW_OK;
}

static inline struct gw_journal_setup setup_of(const char *output)
{
    return (struct gw_journal_setup){
        .output = output, .identity = &identity, .tiles = TILES, .payload_max = PAYLOAD};
}

/** Open and replay: how many records were shown, or -1 and *err; -2 when one was not what
 *  was written. */
static inline int open_journal(const struct gw_journal_setup *setup,
                               struct gw_journal **out,
                               struct gw_error *err)
{
    struct shown shown = {.fail_at = -1};
    if (gw_journal_open(setup, out, err) != GW_OK) {
        *out = NULL;
        return -1;
    }
    if (gw_journal_replay(*out, take_record, &shown, err) != GW_OK) {
        gw_journal_close(*out);
        *out = NULL;
        return -1;
    }
    return shown.wrong > 0 ? -2 : shown.count;
}

/** Append the records from .. to - 1 of the tests. */
static inline void append(struct gw_journal *journal, int from, int to)
{
    struct gw_error err;
    unsigned char payload[PAYLOAD];
    for (int i = from; i < to; i++) {
        size_t length = payload_of(i, payload);
        CHECK_OK(gw_journal_append(journal, tile_of(i), payload, length, &err));
    }
}

/** A journal of `count` records beside `output`, closed. */
static inline void make_journal(const char *output, int count)
{
    struct gw_error err;
    struct gw_journal_setup setup = setup_of(output);
    struct gw_journal *journal;
    CU_ASSERT_EQUAL_FATAL(open_journal(&setup, &journal, &err), 0);
    append(journal, 0, count);
    CHECK_OK(gw_journal_commit(journal, &err));
    gw_journal_close(journal);
}

/* The format as docs/formats.md has it, written down a second time. */

static inline void put_little(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value /= 256) {
        out[i] = (unsigned char)(value % 256);
    }
}

/** Lay out a header with this text; returns its length and its hash. */
static inline size_t lay_header(unsigned char *out, const char *text, uint64_t *hash_out)
{
    static const unsigned char magic[8] = {0x89, 'G', 'W', 'J', 13, 10, 26, 10};
    size_t length = strlen(text);
    memcpy(out, magic, 8);
    put_little(out + 8, 1, 4);
    put_little(out + 12, length, 4);
    put_little(out + 16, gw_xxh64(out, 16), 8);
    memcpy(out + 24, text, length);
    *hash_out = gw_xxh64(out, 24 + length);
    put_little(out + 24 + length, *hash_out, 8);
    return 32 + length;
}

/** Lay out a record; returns its length. */
static inline size_t lay_record(unsigned char *out,
                                uint64_t seed,
                                unsigned kind,
                                uint64_t tile,
                                const void *payload,
                                size_t length)
{
    put_little(out, length, 4);
    put_little(out + 4, kind, 4);
    put_little(out + 8, tile, 8);
    memcpy(out + 16, payload, length);
    put_little(out + 16 + length, gw_xxh64_seeded(seed, out, 16 + length), 8);
    return 24 + length;
}

/** The text of the header of a run. */
static inline void lay_text(const struct gw_run_identity *of, char out[4096])
{
    snprintf(out, 4096,
             "format=gridwalk-journal/1\nbundle=%s\nengine=%s\nprogram=%s\nsemantics=%s\n"
             "experiment=%s\n%stiles=%d\npayload_max=%d\n",
             of->bundle_digest, of->engine, of->program, of->semantics,
             of->experiment_digest, of->canonical, TILES, PAYLOAD);
}

/** /dev/shm has no disk to wait for. */
static inline void prefer_memory(void)
{
    if (access("/dev/shm", W_OK) == 0) {
        setenv("TMPDIR", "/dev/shm", 0);
    }
}

#endif
