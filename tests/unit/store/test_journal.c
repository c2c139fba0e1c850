#include "journal_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static struct scratch scratch;
static char output[300], path[320];

static void begin(void)
{
    scratch_open(&scratch);
    snprintf(output, sizeof output, "%s/x.h5", scratch.directory);
    snprintf(path, sizeof path, "%s.journal", output);
}

static void end(void)
{
    scratch_close(&scratch);
}

static long size_of(const char *file)
{
    struct stat facts;
    return lstat(file, &facts) == 0 ? (long)facts.st_size : -1;
}

static void what_is_written_is_shown_again_by_every_later_run(void)
{
    struct gw_error err;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    for (int run = 0; run < 4; run++) {
        struct gw_journal *journal;
        CU_ASSERT_EQUAL_FATAL(open_journal(&setup, &journal, &err), 10 * run);
        append(journal, 10 * run, 10 * run + 10);
        struct gw_journal_facts facts = gw_journal_facts(journal);
        CHECK_OK(gw_journal_commit(journal, &err));
        CU_ASSERT_EQUAL(facts.runs, run + 1);
        CU_ASSERT_EQUAL(facts.records, 10 * run + 10);
        CU_ASSERT_EQUAL(facts.cut, 0);
        CU_ASSERT_TRUE(facts.locked);
        CU_ASSERT_EQUAL(facts.bytes, size_of(path));
        facts = gw_journal_facts(journal);
        CU_ASSERT_EQUAL(facts.bytes, size_of(path));
        CU_ASSERT_EQUAL(facts.commits, 1);
        CU_ASSERT_TRUE(facts.commit_seconds >= facts.commit_longest);
        gw_journal_close(journal);
    }
    end();
}

static void its_bytes_are_those_of_the_format(void)
{
    unsigned char expected[8192], payload[PAYLOAD];
    char text[4096];
    uint64_t seed;
    size_t length;
    begin();
    make_journal(output, 6);
    char *bytes = scratch_read(path, &length);
    lay_text(&identity, text);
    size_t at = lay_header(expected, text, &seed);
    /* The note of the run has a time and a host: only its layout is known. */
    CU_ASSERT_TRUE_FATAL(length > at + 24);
    size_t note = (unsigned char)bytes[at];
    CU_ASSERT_EQUAL(bytes[at + 16 + 10], 'T');
    CU_ASSERT_EQUAL(bytes[at + 16 + 19], 'Z');
    CU_ASSERT_EQUAL(bytes[at + 16 + 20], ' ');
    at += lay_record(expected + at, seed, 2, 0, bytes + at + 16, note);
    for (int i = 0; i < 6; i++) {
        size_t size = payload_of(i, payload);
        at += lay_record(expected + at, seed, 1, tile_of(i), payload, size);
    }
    CU_ASSERT_EQUAL(length, at);
    CU_ASSERT_EQUAL(memcmp(bytes, expected, at), 0);
    free(bytes);
    end();
}

static void a_size_is_foretold(void)
{
    begin();
    make_journal(output, MOST);
    double payload = 0;
    unsigned char bytes[PAYLOAD];
    for (int i = 0; i < MOST; i++) {
        payload += (double)payload_of(i, bytes) / MOST;
    }
    double most = gw_journal_bytes(MOST, payload);
    CU_ASSERT_TRUE((double)size_of(path) <= most);
    CU_ASSERT_TRUE((double)size_of(path) >= most - 4096);
    end();
}

static void nothing_is_written_before_a_second_unless_much_has_gathered(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    open_journal(&setup, &journal, &err);
    append(journal, 0, MOST);
    CHECK_OK(gw_journal_tick(journal, &err));
    CU_ASSERT_EQUAL(size_of(path), 0);
    journal_clock += 0.99;
    CHECK_OK(gw_journal_tick(journal, &err));
    CU_ASSERT_EQUAL(size_of(path), 0);
    journal_clock += 0.02;
    CHECK_OK(gw_journal_tick(journal, &err));
    long size = size_of(path);
    CU_ASSERT_EQUAL(size, gw_journal_facts(journal).bytes);
    static const unsigned char payload[PAYLOAD];
    for (int i = 0; i < (8 << 20) / PAYLOAD; i++) {
        CHECK_OK(gw_journal_append(journal, 0, payload, PAYLOAD, &err));
    }
    CU_ASSERT_TRUE(size_of(path) > size + (3 << 20));
    CU_ASSERT_TRUE(gw_journal_facts(journal).commits >= 2);
    gw_journal_close(journal);
    end();
}

static void one_run_at_a_time_may_write(void)
{
    struct gw_error err = {0};
    struct gw_journal *journal, *other;
    char expected[900];
    begin();
    make_journal(output, 3);
    struct gw_journal_setup setup = setup_of(output);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 3);
    snprintf(expected, sizeof expected,
             "%s: another run is writing %s (locked); wait for it, or choose another -o",
             path, output);
    CU_ASSERT_EQUAL(gw_journal_open(&setup, &other, &err), GW_SYSTEM);
    CHECK_TEXT(err.text, expected);
    setup.fresh = true;
    CU_ASSERT_EQUAL(gw_journal_open(&setup, &other, &err), GW_SYSTEM);
    setup.fresh = false;

    /* Whoever looks at the file in this process does not take the lock away. */
    size_t length;
    free(scratch_read(path, &length));
    pid_t child = fork();
    if (child == 0) {
        _exit((int)gw_journal_open(&setup, &other, &err));
    }
    int outcome = 0;
    waitpid(child, &outcome, 0);
    CU_ASSERT_EQUAL(WEXITSTATUS(outcome), GW_SYSTEM);
    gw_journal_close(journal);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 3);
    gw_journal_close(journal);
    end();
}

static void a_run_that_is_killed_gives_its_lock_back(void)
{
    struct gw_error err = {0};
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    int ready[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        open_journal(&setup, &journal, &err);
        append(journal, 0, 4);
        char told = gw_journal_commit(journal, &err) == GW_OK;
        append(journal, 4, 8); /* in memory alone */
        told = write(ready[1], &told, 1) == 1;
        for (;;) {
            pause();
        }
    }
    char told;
    CU_ASSERT_EQUAL(read(ready[0], &told, 1), 1);
    CU_ASSERT_EQUAL(gw_journal_open(&setup, &journal, &err), GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "another run"));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    CU_ASSERT_EQUAL_FATAL(open_journal(&setup, &journal, &err), 4);
    CU_ASSERT_EQUAL(gw_journal_facts(journal).runs, 2);
    gw_journal_close(journal);
    end();
}

/* Two processes make and remove the same journal: whoever has the lock has the file of
 * that name. Returns how often it had not. */
static int make_and_remove(int times)
{
    struct gw_error err;
    const struct gw_journal_setup setup = setup_of(output);
    int lost = 0;
    while (times > 0) {
        struct gw_journal *journal;
        if (open_journal(&setup, &journal, &err) < 0) {
            continue;
        }
        append(journal, 0, 1);
        CHECK_OK(gw_journal_commit(journal, &err));
        lost += size_of(path) != (long)gw_journal_facts(journal).bytes;
        gw_journal_remove(journal);
        times--;
    }
    return lost;
}

static void a_lock_is_never_on_a_file_that_has_lost_its_name(void)
{
    begin();
    pid_t child = fork();
    int lost = make_and_remove(2000);
    if (child == 0) {
        _exit(lost > 0);
    }
    int outcome = 0;
    waitpid(child, &outcome, 0);
    CU_ASSERT_EQUAL(lost, 0);
    CU_ASSERT_EQUAL(outcome, 0);
    CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 0);
    end();
}

static void a_file_that_took_its_place_is_not_removed(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    for (int removing = 0; removing < 2; removing++) {
        open_journal(&setup, &journal, &err);
        unlink(path);
        scratch_text(&scratch, "x.h5.journal", "of somebody else");
        if (removing) {
            gw_journal_remove(journal);
        } else {
            gw_journal_close(journal);
        }
        CU_ASSERT_EQUAL(size_of(path), 16);
        unlink(path);
    }
    end();
}

static void a_journal_without_a_tile_leaves_no_file(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    const struct gw_journal_setup setup = setup_of(output);
    CHECK_OK(gw_journal_open(&setup, &journal, &err)); /* and no replay */
    gw_journal_close(journal);
    CU_ASSERT_EQUAL(size_of(path), -1);
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 0);
    append(journal, 0, 3); /* never committed */
    gw_journal_close(journal);
    CU_ASSERT_EQUAL(size_of(path), -1);
    open_journal(&setup, &journal, &err);
    CHECK_OK(gw_journal_commit(journal, &err)); /* the note of the run alone */
    CU_ASSERT_TRUE(size_of(path) > 0);
    gw_journal_close(journal);
    CU_ASSERT_EQUAL(size_of(path), -1);

    make_journal(output, 1);
    CHECK_OK(gw_journal_open(&setup, &journal, &err));
    gw_journal_close(journal); /* without having looked into it */
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 1);
    gw_journal_remove(journal);
    CU_ASSERT_EQUAL(size_of(path), -1);
    gw_journal_close(NULL);
    end();
}

static void fresh_drops_what_is_there(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    make_journal(output, 9);
    struct gw_run_identity other = identity;
    other.experiment_digest = "another";
    struct gw_journal_setup setup = setup_of(output);
    setup.identity = &other;
    setup.fresh = true;
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 0);
    CU_ASSERT_EQUAL(gw_journal_facts(journal).cut, 0);
    CU_ASSERT_EQUAL(gw_journal_facts(journal).runs, 1);
    append(journal, 0, 2);
    CHECK_OK(gw_journal_commit(journal, &err));
    gw_journal_close(journal);
    setup.fresh = false;
    CU_ASSERT_EQUAL(open_journal(&setup, &journal, &err), 2);
    gw_journal_close(journal);
    end();
}

/* What is at the place of the journal is refused and stays as it is, whatever is asked.
 */
static void check_refused(enum gw_status expected, const char *text)
{
    struct gw_journal *journal;
    long size = size_of(path);
    for (int fresh = 0; fresh < 2; fresh++) {
        struct gw_error err = {0};
        struct gw_journal_setup setup = setup_of(output);
        setup.fresh = fresh;
        CU_ASSERT_EQUAL(gw_journal_open(&setup, &journal, &err), expected);
        if (strstr(err.text, text) == NULL) {
            fprintf(stderr, "\"%s\", expected ... %s\n", err.text, text);
        }
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, text));
        CU_ASSERT_EQUAL(strncmp(err.text, path, strlen(path)), 0);
        CU_ASSERT_EQUAL(size_of(path), size);
    }
}

static void what_is_no_journal_is_never_touched(void)
{
    begin();
    scratch_text(&scratch, "x.h5.journal", "my diary");
    check_refused(GW_DATA, "is not a journal; move it away");
    scratch_text(&scratch, "x.h5.journal", "m");
    check_refused(GW_DATA, "is not a journal");
    unlink(path);
    mkfifo(path, 0600); /* nobody writes to it: reading would wait for ever */
    check_refused(GW_DATA, "is not a file");
    unlink(path);
    mkdir(path, 0700);
    check_refused(GW_SYSTEM, "cannot open it: Is a directory");
    rmdir(path);
    const char *target = scratch_text(&scratch, "target", "");
    CU_ASSERT_EQUAL_FATAL(symlink(target, path), 0);
    check_refused(GW_SYSTEM, "is a symbolic link");
    CU_ASSERT_EQUAL(size_of(scratch_path(&scratch, "target")), 0);
    end();
}

static void a_directory_may_be_a_link(void)
{
    char other[300], link[320];
    begin();
    snprintf(other, sizeof other, "%s/real", scratch.directory);
    snprintf(link, sizeof link, "%s/link", scratch.directory);
    mkdir(other, 0700);
    CU_ASSERT_EQUAL_FATAL(symlink(other, link), 0);
    snprintf(output, sizeof output, "%.270s/link/x.h5", scratch.directory);
    make_journal(output, 2);
    snprintf(path, sizeof path, "%.270s/real/x.h5.journal", scratch.directory);
    CU_ASSERT_TRUE(size_of(path) > 0);
    end();
}

static void a_taker_that_fails_ends_the_reading_and_loses_nothing(void)
{
    struct gw_error err;
    struct gw_journal *journal;
    begin();
    make_journal(output, 8);
    long size = size_of(path);
    const struct gw_journal_setup setup = setup_of(output);
    for (int at = 0; at < 8; at += 7) {
        struct shown shown = {.fail_at = at};
        CHECK_OK(gw_journal_open(&setup, &journal, &err));
        CU_ASSERT_EQUAL(gw_journal_replay(journal, take_record, &shown, &err), GW_DATA);
        CHECK_TEXT(err.text, "the taker refuses");
        CU_ASSERT_EQUAL(shown.count, at);
        gw_journal_close(journal);
        CU_ASSERT_EQUAL(size_of(path), size);
    }
    end();
}

/* The taker of the tests of gw_journal_find: looks for each record when it is shown. */
static enum gw_status find_while_shown(void *context,
                                       uint64_t tile,
                                       const void *payload,
                                       size_t length,
                                       struct gw_error *err)
{
    struct gw_text found = {0};
    GW_TRY(gw_journal_find(context, tile, &found, err));
    bool first = tile != 7;
    CU_ASSERT_TRUE(!first || (found.length == length &&
                              (length == 0 || memcmp(found.data, payload, length) == 0)));
    gw_text_clear(&found);
    return GW_OK;
}

static void check_found(struct gw_journal *journal, int record)
{
    struct gw_error err;
    struct gw_text found = {0};
    unsigned char expected[PAYLOAD];
    size_t length = payload_of(record, expected);
    CHECK_OK(gw_journal_find(journal, tile_of(record), &found, &err));
    CU_ASSERT_EQUAL_FATAL(found.length, length);
    CU_ASSERT_TRUE(length == 0 || memcmp(found.data, expected, length) == 0);
    gw_text_clear(&found);
}

static void a_tile_is_found_on_disk_in_memory_and_while_it_is_shown(void)
{
    struct gw_error err = {0};
    struct gw_text found = {0};
    struct gw_journal *journal;
    begin();
    make_journal(output, 10);
    const struct gw_journal_setup setup = setup_of(output);
    CHECK_OK(gw_journal_open(&setup, &journal, &err));
    CHECK_OK(gw_journal_replay(journal, find_while_shown, journal, &err));
    append(journal, 10, 20);
    for (int i = 0; i < 20; i++) {
        if (i != 5) { /* tile 7 again: the first one is found */
            check_found(journal, i);
        }
    }
    CU_ASSERT_EQUAL(gw_journal_find(journal, 999, &found, &err), GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "has no tile 999"));
    CHECK_OK(gw_journal_commit(journal, &err));
    check_found(journal, 19);

    int file = open(path, O_WRONLY);
    CU_ASSERT_EQUAL(pwrite(file, "x", 1, size_of(path) - 1), 1);
    CU_ASSERT_EQUAL(gw_journal_find(journal, tile_of(19), &found, &err), GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "was changed while it was in use"));
    CU_ASSERT_EQUAL(ftruncate(file, 2000), 0);
    CU_ASSERT_EQUAL(gw_journal_find(journal, tile_of(19), &found, &err), GW_SYSTEM);
    close(file);
    gw_text_clear(&found);
    gw_journal_close(journal);
    end();
}

int main(void)
{
    static const struct check_test tests[] = {
        {"what_is_written_is_shown_again_by_every_later_run",
         what_is_written_is_shown_again_by_every_later_run},
        {"its_bytes_are_those_of_the_format", its_bytes_are_those_of_the_format},
        {"a_size_is_foretold", a_size_is_foretold},
        {"nothing_is_written_before_a_second_unless_much_has_gathered",
         nothing_is_written_before_a_second_unless_much_has_gathered},
        {"one_run_at_a_time_may_write", one_run_at_a_time_may_write},
        {"a_run_that_is_killed_gives_its_lock_back",
         a_run_that_is_killed_gives_its_lock_back},
        {"a_lock_is_never_on_a_file_that_has_lost_its_name",
         a_lock_is_never_on_a_file_that_has_lost_its_name},
        {"a_file_that_took_its_place_is_not_removed",
         a_file_that_took_its_place_is_not_removed},
        {"a_journal_without_a_tile_leaves_no_file",
         a_journal_without_a_tile_leaves_no_file},
        {"fresh_drops_what_is_there", fresh_drops_what_is_there},
        {"what_is_no_journal_is_never_touched", what_is_no_journal_is_never_touched},
        {"a_directory_may_be_a_link", a_directory_may_be_a_link},
        {"a_taker_that_fails_ends_the_reading_and_loses_nothing",
         a_taker_that_fails_ends_the_reading_and_loses_nothing},
        {"a_tile_is_found_on_disk_in_memory_and_while_it_is_shown",
         a_tile_is_found_on_disk_in_memory_and_while_it_is_shown},
    };
    prefer_memory();
    return CHECK_RUN("journal", tests);
}
