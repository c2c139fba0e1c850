/* The journal on a system that writes little at a time, fails, or ends in between: the
 * calls by which it changes its file go through here. */
#include "journal_fixture.h"

#include <errno.h>
#include <sys/wait.h>

enum act { WRITE, SYNC, DATA_SYNC, CUT };

static struct {
    int calls;    /* so far */
    int end_at;   /* the process ends in front of this one, counted from 1 */
    int fail_at;  /* this one fails with EIO */
    int most;     /* bytes written at once; 0 = all */
    bool disturb; /* every second one is interrupted before it has begun */
    enum act act[MOST];
} system_state;

static struct scratch scratch;
static char output[300], path[320];

/* Whether the call is to be made; else errno is set. */
static bool may(enum act act)
{
    int call = ++system_state.calls;
    if (call == system_state.end_at) {
        _exit(99);
    }
    if (call == system_state.fail_at) {
        errno = EIO;
        return false;
    }
    if (system_state.disturb && call % 2 == 0) {
        errno = EINTR;
        return false;
    }
    if (call <= MOST) {
        system_state.act[call - 1] = act;
    }
    return true;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at)
{
    if (!may(WRITE)) {
        return -1;
    }
    size_t most = (size_t)system_state.most;
    return (ssize_t)syscall(SYS_pwrite64, file, bytes,
                            most > 0 && length > most ? most : length, at);
}

int fsync(int file)
{
    return may(SYNC) ? (int)syscall(SYS_fsync, file) : -1;
}

int fdatasync(int file)
{
    return may(DATA_SYNC) ? (int)syscall(SYS_fdatasync, file) : -1;
}

int ftruncate(int file, off_t length)
{
    return may(CUT) ? (int)syscall(SYS_ftruncate, file, length) : -1;
}

static void begin(void)
{
    scratch_open(&scratch);
    snprintf(output, sizeof output, "%s/x.h5", scratch.directory);
    snprintf(path, sizeof path, "%s.journal", output);
    memset(&system_state, 0, sizeof system_state);
}

/* The system works again: how many records a new run finds. */
static int count_records(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    const struct gw_journal_setup setup = setup_of(output);
    memset(&system_state, 0, sizeof system_state);
    int shown = open_journal(&setup, &journal, &err);
    gw_journal_close(journal);
    return shown;
}

static void the_header_is_on_disk_before_a_record_is_written(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    open_journal(&setup, &journal, &err);
    for (int i = 0; i < 3; i++) {
        append(journal, i, i + 1);
        CHECK_OK(gw_journal_commit(journal, &err));
    }
    CHECK_OK(gw_journal_commit(journal, &err)); /* nothing to do */
    /* Header, records and the directory; then data alone. */
    static const enum act expected[] = {WRITE, SYNC,      WRITE, SYNC,     SYNC,
                                        WRITE, DATA_SYNC, WRITE, DATA_SYNC};
    CU_ASSERT_EQUAL(system_state.calls, 9);
    CU_ASSERT_EQUAL(memcmp(system_state.act, expected, sizeof expected), 0);
    gw_journal_close(journal);

    /* A later run does not know what the one before has synced. */
    memset(&system_state, 0, sizeof system_state);
    open_journal(&setup, &journal, &err);
    append(journal, 3, 4);
    CHECK_OK(gw_journal_commit(journal, &err));
    static const enum act again[] = {WRITE, SYNC, SYNC};
    CU_ASSERT_EQUAL(system_state.calls, 3);
    CU_ASSERT_EQUAL(memcmp(system_state.act, again, sizeof again), 0);
    gw_journal_close(journal);
    scratch_close(&scratch);
}

static void short_and_interrupted_writes_are_gone_on_with(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    open_journal(&setup, &journal, &err);
    system_state.most = 7;
    system_state.disturb = true;
    append(journal, 0, 20);
    CHECK_OK(gw_journal_commit(journal, &err));
    append(journal, 20, 40);
    CHECK_OK(gw_journal_commit(journal, &err));
    gw_journal_close(journal);
    CU_ASSERT_EQUAL(count_records(), 40);
    scratch_close(&scratch);
}

/* Commits of 4 records each; returns how many of them were promised. */
static int write_some(struct gw_error *err)
{
    struct gw_journal *journal;
    const struct gw_journal_setup setup = setup_of(output);
    if (open_journal(&setup, &journal, err) != 0) {
        return -1;
    }
    int promised = 0;
    enum gw_status status = GW_OK;
    while (promised < 16 && status == GW_OK) {
        append(journal, promised, promised + 4);
        status = gw_journal_commit(journal, err);
        promised += status == GW_OK ? 4 : 0;
    }
    if (status != GW_OK) { /* nothing more is tried */
        int calls = system_state.calls;
        struct gw_error again = {0};
        unsigned char payload[1] = {0};
        CU_ASSERT_EQUAL(gw_journal_append(journal, 1, payload, 1, &again), GW_SYSTEM);
        CU_ASSERT_EQUAL(gw_journal_commit(journal, &again), GW_SYSTEM);
        CU_ASSERT_EQUAL(gw_journal_tick(journal, NULL), GW_SYSTEM);
        CHECK_TEXT(again.text, err->text);
        CU_ASSERT_EQUAL(system_state.calls, calls);
    }
    gw_journal_close(journal);
    return promised;
}

static void after_a_failure_of_any_call_what_was_promised_is_there(void)
{
    int at = 1, syncs = 0, writes = 0;
    for (bool failed = true; failed; at++) {
        struct gw_error err = {0};
        begin();
        system_state.fail_at = at;
        int promised = write_some(&err);
        failed = promised < 16;
        syncs += strstr(err.text, "cannot sync it: Input/output error") != NULL;
        writes += strstr(err.text, "cannot write it: Input/output error") != NULL;
        int found = count_records();
        CU_ASSERT_TRUE(found >= promised && found <= promised + 4);
        CU_ASSERT_EQUAL(found % 4, 0);
        scratch_close(&scratch);
    }
    /* The calls of the test before, of four commits. */
    CU_ASSERT_EQUAL(at - 2, 11);
    CU_ASSERT_EQUAL(writes, 5);
    CU_ASSERT_EQUAL(syncs, 6);
}

static void an_end_at_any_moment_loses_no_more_than_the_last_commit(void)
{
    int moments = 0;
    for (int outcome = 1; outcome != 0; moments++) {
        struct gw_error err = {0};
        begin();
        int told[2];
        CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
        pid_t child = fork();
        if (child == 0) {
            struct gw_journal *journal;
            const struct gw_journal_setup setup = setup_of(output);
            system_state.end_at = moments + 1;
            system_state.most = 100; /* so that there are moments inside of records */
            open_journal(&setup, &journal, &err);
            for (int i = 0; i < 16; i += 4) {
                append(journal, i, i + 4);
                char good = gw_journal_commit(journal, &err) == GW_OK;
                if (!good || write(told[1], &good, 1) != 1) {
                    _exit(1);
                }
            }
            _exit(0);
        }
        close(told[1]);
        char byte;
        int promised = 0;
        while (read(told[0], &byte, 1) == 1) {
            promised += 4;
        }
        close(told[0]);
        waitpid(child, &outcome, 0);
        int found = count_records();
        CU_ASSERT_TRUE(outcome == 0 || WEXITSTATUS(outcome) == 99);
        CU_ASSERT_TRUE(found >= promised && found <= promised + 4);
        scratch_close(&scratch);
    }
    CU_ASSERT_TRUE(moments > 40);
}

static void a_tail_that_cannot_be_cut_off_stops_the_run(void)
{
    struct gw_error err = {0};
    struct gw_journal *journal;
    size_t length;
    begin();
    make_journal(output, 3);
    char *bytes = scratch_read(path, &length);
    scratch_bytes(&scratch, "x.h5.journal", bytes, length - 1);
    free(bytes);
    const struct gw_journal_setup setup = setup_of(output);
    system_state.calls = 0;
    system_state.fail_at = 1;
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), -1);
    CU_ASSERT_EQUAL(err.status, GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cannot write it: Input/output error"));
    CU_ASSERT_EQUAL(count_records(), 2);
    scratch_close(&scratch);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"the_header_is_on_disk_before_a_record_is_written",
         the_header_is_on_disk_before_a_record_is_written},
        {"short_and_interrupted_writes_are_gone_on_with",
         short_and_interrupted_writes_are_gone_on_with},
        {"after_a_failure_of_any_call_what_was_promised_is_there",
         after_a_failure_of_any_call_what_was_promised_is_there},
        {"an_end_at_any_moment_loses_no_more_than_the_last_commit",
         an_end_at_any_moment_loses_no_more_than_the_last_commit},
        {"a_tail_that_cannot_be_cut_off_stops_the_run",
         a_tail_that_cannot_be_cut_off_stops_the_run},
    };
    prefer_memory();
    return CHECK_RUN("journal_faults", tests);
}
