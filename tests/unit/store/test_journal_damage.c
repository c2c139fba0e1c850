/* Journals that are torn, damaged, another's or cannot be written. */
#include "journal_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { RECORDS = 12 };

static struct scratch scratch;
static char output[300], path[320];

/* A journal of RECORDS records: its bytes, and where each of them ends. */
static char *whole;
static size_t length, header, ends[RECORDS];

static void begin(void)
{
    char text[4096];
    unsigned char bytes[8192];
    uint64_t seed;
    scratch_open(&scratch);
    snprintf(output, sizeof output, "%s/x.h5", scratch.directory);
    snprintf(path, sizeof path, "%s.journal", output);
    make_journal(output, RECORDS);
    whole = scratch_read(path, &length);
    lay_text(&identity, text);
    header = lay_header(bytes, text, &seed);
    size_t at = header + 24 + (unsigned char)whole[header]; /* behind the run's note */
    for (int i = 0; i < RECORDS; i++) {
        at += 24 + payload_of(i, bytes);
        ends[i] = at;
    }
    CU_ASSERT_EQUAL_FATAL(at, length);
}

static void end(void)
{
    free(whole);
    scratch_close(&scratch);
}

/* How many records end at or before `at`. */
static int records_before(size_t at)
{
    int count = 0;
    while (count < RECORDS && ends[count] <= at) {
        count++;
    }
    return count;
}

static void a_run_goes_on_from_a_tail_torn_at_any_byte(void)
{
    struct gw_error err;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    CU_ASSERT_TRUE(length > 2500 && length < 5000);
    int wrong = 0;
    for (size_t cut = 0; cut <= length; cut++) {
        struct gw_journal *journal;
        scratch_bytes(&scratch, "x.h5.journal", whole, cut);
        int before = records_before(cut), shown = open_journal(&setup, &journal, &err);
        wrong += shown != before;
        if (shown != before) {
            continue;
        }
        /* What was cut off: from the end of the last whole record, or of the note. */
        size_t note = header + 24 + (unsigned char)whole[header];
        size_t good = before > 0     ? ends[before - 1]
                      : cut >= note  ? note
                      : cut > header ? header
                                     : 0;
        wrong += gw_journal_facts(journal).cut != cut - good;
        append(journal, before, before + 2);
        wrong += gw_journal_commit(journal, &err) != GW_OK;
        gw_journal_close(journal);
        wrong += open_journal(&setup, &journal, &err) != before + 2;
        gw_journal_remove(journal);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    end();
}

static void no_damage_makes_a_record_that_was_not_written(void)
{
    struct gw_error err;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    char *bytes = malloc(length);
    uint64_t state = 20240607;
    int refused = 0, wrong = 0;
    for (int round = 0; round < 10000; round++) {
        memcpy(bytes, whole, length);
        size_t first = length;
        int changes = round % 2 == 0 ? 1 : 1 + (int)(next_random(&state) >> 60);
        for (int i = 0; i < changes; i++) {
            size_t at = (size_t)(next_random(&state) >> 16) % length;
            unsigned bit = (unsigned)(next_random(&state) >> 56) % 255 + 1;
            bytes[at] = (char)(bytes[at] ^ (round % 4 == 0 ? 1 << bit % 8 : (int)bit));
        }
        for (size_t at = length; at > 0; at--) {
            first = bytes[at - 1] != whole[at - 1] ? at - 1 : first;
        }
        scratch_bytes(&scratch, "x.h5.journal", bytes, length);
        struct gw_journal *journal;
        int shown = open_journal(&setup, &journal, &err);
        if (first < header) { /* whose it is cannot be known */
            wrong += shown != -1 || err.status != GW_DATA;
            refused++;
        } else {
            wrong += shown != records_before(first);
        }
        gw_journal_close(journal);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_TRUE(refused > 1000 && refused < 9000);
    free(bytes);
    end();
}

static void a_damaged_header_is_refused_and_fresh_starts_over(void)
{
    struct gw_error err = {0};
    struct gw_journal *journal;
    begin();
    struct gw_journal_setup setup = setup_of(output);
    static const size_t places[] = {8, 12, 14, 16, 24, 300};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        whole[places[i]] ^= 4;
        scratch_bytes(&scratch, "x.h5.journal", whole, length);
        whole[places[i]] ^= 4;
        setup.fresh = false;
        CU_ASSERT_EQUAL(gw_journal_open(&setup, &journal, &err), GW_DATA);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(err.text, "header is damaged; --fresh starts over"));
        setup.fresh = true;
        CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 0);
        gw_journal_close(journal);
    }
    end();
}

/* Records with a right hash that yet cannot be of this run. Each stands behind a good
 * one. */
static void nothing_is_believed_for_its_hash_alone(void)
{
    static const struct {
        unsigned kind;
        uint64_t tile;
        size_t length;
        bool good;
    } table[] = {
        {1, 44, 64, true},          {1, TILES - 1, PAYLOAD, true},
        {1, TILES, 10, false},      {1, UINT64_MAX, 10, false},
        {1, 1, PAYLOAD + 1, false}, {0, 1, 10, false},
        {3, 1, 10, false},          {2, 1, 10, false},
        {2, 0, 257, false},
    };
    struct gw_error err;
    unsigned char bytes[8192], payload[PAYLOAD + 1] = {0};
    char text[4096];
    uint64_t seed;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    lay_text(&identity, text);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct gw_journal *journal;
        size_t at = lay_header(bytes, text, &seed), size = payload_of(0, payload);
        at += lay_record(bytes + at, seed, 1, tile_of(0), payload, size);
        at += lay_record(bytes + at, seed, table[i].kind, table[i].tile, payload,
                         table[i].length);
        scratch_bytes(&scratch, "x.h5.journal", bytes, at);
        struct shown shown = {.fail_at = -1};
        CHECK_OK(gw_journal_open(&setup, &journal, &err));
        CHECK_OK(gw_journal_replay(journal, take_record, &shown, &err));
        CU_ASSERT_EQUAL(shown.count, table[i].good ? 2 : 1);
        CU_ASSERT_EQUAL(gw_journal_facts(journal).cut,
                        table[i].good ? 0 : 24 + table[i].length);
        gw_journal_close(journal);
    }
    end();
}

static void a_record_of_another_journal_does_not_pass(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    unsigned char bytes[8192], payload[PAYLOAD];
    char text[4096];
    uint64_t seed, other_seed;
    begin();
    struct gw_run_identity other = identity;
    other.program = "gridwalk 0.2.0";
    lay_text(&other, text);
    lay_header(bytes, text, &other_seed);
    lay_text(&identity, text);
    size_t at = lay_header(bytes, text, &seed);
    at += lay_record(bytes + at, seed, 1, tile_of(0), payload, payload_of(0, payload));
    at += lay_record(bytes + at, other_seed, 1, tile_of(1), payload,
                     payload_of(1, payload));
    scratch_bytes(&scratch, "x.h5.journal", bytes, at);
    const struct gw_journal_setup setup = setup_of(output);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 1);
    gw_journal_close(journal);
    end();
}

/* A length that is said is not room that is taken. */
static void a_header_is_no_longer_than_its_file_and_bounded(void)
{
    struct gw_error err = {0};
    struct gw_journal *journal;
    unsigned char bytes[100];
    uint64_t seed;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    lay_header(bytes, "", &seed);
    put_little(bytes + 12, UINT32_MAX, 4);
    put_little(bytes + 16, gw_xxh64(bytes, 16), 8);
    scratch_bytes(&scratch, "x.h5.journal", bytes, 32);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 0); /* torn */
    gw_journal_close(journal);
    scratch_bytes(&scratch, "x.h5.journal", bytes, 32);
    CU_ASSERT_EQUAL_FATAL(truncate(path, (off_t)1 << 33), 0); /* a hole */
    CU_ASSERT_EQUAL(gw_journal_open(&setup, &journal, &err), GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "header is damaged"));
    put_little(bytes + 8, 2, 4);
    put_little(bytes + 16, gw_xxh64(bytes, 16), 8);
    scratch_bytes(&scratch, "x.h5.journal", bytes, 32);
    CU_ASSERT_EQUAL(gw_journal_open(&setup, &journal, &err), GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "has version 2, this program writes 1"));
    end();
}

/* The canonical form with its first `from` replaced by `to`. */
static void replace(const char *from, const char *to, char out[4096])
{
    const char *at = strstr(identity.canonical, from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(out, 4096, "%.*s%s%s", (int)(at - identity.canonical), identity.canonical,
             to, at + strlen(from));
}

/* The journal is of `identity`; to a run of `other` it says what differs. */
static void check_foreign(const struct gw_journal_setup *setup, const char *expected)
{
    struct gw_error err = {0};
    struct gw_journal *journal;
    char line[800];
    snprintf(line, sizeof line, "%s: %s; --fresh starts over, -o FILE keeps both", path,
             expected);
    CU_ASSERT_EQUAL(gw_journal_open(setup, &journal, &err), GW_DATA);
    CHECK_TEXT(err.text, line);
}

static void another_run_is_named_by_what_differs_first(void)
{
    begin();
    for (int i = 0; i < 6; i++) {
        struct gw_run_identity other = identity;
        struct gw_journal_setup setup = setup_of(output);
        setup.identity = &other;
        switch (i) {
        case 0:
            other.bundle_digest = "ff112233445566778899aabbccddeeff";
            check_foreign(&setup, "prices in the bundle changed (digest was "
                                  "001122334455, is ff1122334455)");
            break;
        case 1:
            other.engine = "reference";
            check_foreign(&setup, "belongs to a run with --engine vector, this one has "
                                  "--engine reference");
            break;
        case 2:
            other.program = "gridwalk 0.2.0";
            check_foreign(&setup,
                          "was written by gridwalk 0.1.0, this is gridwalk 0.2.0");
            break;
        case 3:
            other.semantics = "2";
            check_foreign(&setup,
                          "follows version 1 of the rules, this program version 2");
            break;
        case 4:
            setup.tiles = 999;
            check_foreign(&setup, "has tiles of another size (1000 in all, here 999)");
            break;
        case 5:
            setup.payload_max = 299;
            check_foreign(&setup,
                          "has tiles of another size (up to 300 bytes, here 299)");
            break;
        }
    }
    size_t size;
    char *now = scratch_read(path, &size);
    CU_ASSERT_TRUE(size == length && memcmp(now, whole, size) == 0);
    free(now);
    end();
}

static void another_experiment_is_named_by_its_key_with_both_values(void)
{
    static const struct {
        const char *from, *to, *expected;
    } table[] = {
        {"commission_bps=10\n", "commission_bps=0.10000000000000001\n",
         "costs.commission_bps was 10, is 0.1"},
        {"period.from=10957\n", "period.from=10958\n",
         "period.from was 2000-01-01, is 2000-01-02"},
        {"period.to=2147483647\n", "period.to=10957\n",
         "period.to was open, is 2000-01-01"},
        {"assets=2\nasset=4 AAPL\n", "assets=1\n", "assets was 2, is 1"},
        {"asset=3 IBM\n", "asset=4 MSFT\n", "asset was IBM, is MSFT"},
        {"prices=0\n", "prices=1\n", "prices was adjusted, is split"},
        {"warmup=0\n", "warmup=2\n", "warmup was before, is inside_common"},
        {"delay=1\n", "delay=2\n", "execution.delay was 1, is 2"},
        {"keep=0\n", "keep=20\n", "output.keep was all, is top 20"},
        {"memory=268435456\n", "memory=1048576\n",
         "limits.memory was 268435456, is 1048576"},
        {"metrics=sharpe return \n", "metrics=sharpe \n",
         "metrics was sharpe return, is sharpe"},
        {"objective.maximize=sharpe\n", "objective.minimize=ulcer\n",
         "it has objective.maximize: sharpe, this one objective.minimize: ulcer"},
        {"walk_forward=none\n", "walk_forward.mode=rolling\n",
         "it has walk_forward: none, this one walk_forward.mode: rolling"},
        {"fast=integer 3 5 10 20\n", "fast=integer 2 5 10\n",
         "the values of parameter fast changed"},
        {"parameter fast", "parameter quick",
         "it has parameter fast, this one parameter quick"},
        {"parameter slow=integer 2 50 100\n", "", "parameter slow is gone"},
        {"node 1=p", "parameter x=real 1 0.5\nnode 1=p", "parameter x is new"},
        {"less", "more", "strategy.constraints changed"},
        {"sma", "ema", "strategy.signals.enter_long changed"},
        {"exit_long=0\n", "exit_long=5\n", "strategy.signals.exit_long changed"},
        {"node 3=call less 1 2\nstrategy.constraints=3\n", "",
         "strategy.constraints changed"},
        {"node 4=field 3\n", "node 4=field 2\nstrategy.constraints=4\n",
         "strategy.constraints changed"},
    };
    begin();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char form[4096], expected[300];
        replace(table[i].from, table[i].to, form);
        struct gw_run_identity other = identity;
        other.experiment_digest = "another";
        other.canonical = form;
        struct gw_journal_setup setup = setup_of(output);
        setup.identity = &other;
        setup.tiles = 500; /* a consequence, not what to name */
        snprintf(expected, sizeof expected, "belongs to another experiment: %s",
                 table[i].expected);
        check_foreign(&setup, expected);
    }
    end();
}

static void a_file_larger_than_the_buffer_is_read_to_its_end(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    unlink(path);
    open_journal(&setup, &journal, &err);
    enum { MANY = 60000 };
    for (int i = 0; i < MANY; i += MOST) {
        append(journal, i, i + MOST);
    }
    CHECK_OK(gw_journal_commit(journal, &err));
    CU_ASSERT_TRUE(gw_journal_facts(journal).bytes > 9 << 20);
    uint64_t records = gw_journal_facts(journal).records;
    gw_journal_close(journal);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), (int)records);
    gw_journal_close(journal);
    end();
}

/* In a child where files may have `limit` bytes, which is what a full disk does: 0 when
 * all is as it must be, or the number of the check that fails. */
static int write_over_limit(const char *base, size_t limit, int records)
{
    struct gw_error err = {0}, again = {0};
    const struct gw_journal_setup setup = setup_of(output);
    struct gw_journal *journal;
    struct stat facts;
    char expected[900];
    unsigned char payload[PAYLOAD] = {0};
    struct rlimit room = {limit, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    if (open_journal(&setup, &journal, &err) != records) {
        return 1;
    }
    append(journal, records, MOST);
    setrlimit(RLIMIT_FSIZE, &room);
    snprintf(expected, sizeof expected, "%s: cannot write it: File too large", base);
    if (gw_journal_commit(journal, &err) != GW_SYSTEM ||
        strcmp(err.text, expected) != 0) {
        return 2;
    }
    if (stat(base, &facts) != 0 ||
        (size_t)facts.st_size !=
            (records == 0 ? (limit < header ? 0 : header) : length)) {
        return 3;
    }
    room.rlim_cur = RLIM_INFINITY; /* there is room again: too late */
    setrlimit(RLIMIT_FSIZE, &room);
    if (gw_journal_append(journal, 1, payload, 5, &again) != GW_SYSTEM ||
        strcmp(again.text, expected) != 0 ||
        gw_journal_commit(journal, &again) != GW_SYSTEM ||
        gw_journal_tick(journal, &again) != GW_SYSTEM) {
        return 4;
    }
    long size = (long)facts.st_size;
    if (stat(base, &facts) != 0 || facts.st_size != size) {
        return 5;
    }
    gw_journal_close(journal);
    return (access(base, F_OK) == 0) == (records > 0) ? 0 : 6;
}

static int in_child(size_t limit, int records)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(write_over_limit(path, limit, records));
    }
    int outcome = 0;
    waitpid(child, &outcome, 0);
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
}

static void a_failed_write_keeps_what_was_finished_and_is_the_last(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    CU_ASSERT_EQUAL(in_child(length + 500, RECORDS), 0);
    CU_ASSERT_EQUAL(in_child(length, RECORDS), 0);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), RECORDS);
    append(journal, RECORDS, MOST);
    CHECK_OK(gw_journal_commit(journal, &err));
    gw_journal_close(journal);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), MOST);
    gw_journal_remove(journal);
    CU_ASSERT_EQUAL(in_child(header - 1, 0), 0); /* not even the header */
    CU_ASSERT_EQUAL(in_child(header + 20, 0), 0);
    end();
}

int main(void)
{
    static const struct check_test tests[] = {
        {"a_run_goes_on_from_a_tail_torn_at_any_byte",
         a_run_goes_on_from_a_tail_torn_at_any_byte},
        {"no_damage_makes_a_record_that_was_not_written",
         no_damage_makes_a_record_that_was_not_written},
        {"a_damaged_header_is_refused_and_fresh_starts_over",
         a_damaged_header_is_refused_and_fresh_starts_over},
        {"nothing_is_believed_for_its_hash_alone",
         nothing_is_believed_for_its_hash_alone},
        {"a_record_of_another_journal_does_not_pass",
         a_record_of_another_journal_does_not_pass},
        {"a_header_is_no_longer_than_its_file_and_bounded",
         a_header_is_no_longer_than_its_file_and_bounded},
        {"another_run_is_named_by_what_differs_first",
         another_run_is_named_by_what_differs_first},
        {"another_experiment_is_named_by_its_key_with_both_values",
         another_experiment_is_named_by_its_key_with_both_values},
        {"a_file_larger_than_the_buffer_is_read_to_its_end",
         a_file_larger_than_the_buffer_is_read_to_its_end},
        {"a_failed_write_keeps_what_was_finished_and_is_the_last",
         a_failed_write_keeps_what_was_finished_and_is_the_last},
    };
    prefer_memory();
    return CHECK_RUN("journal_damage", tests);
}
