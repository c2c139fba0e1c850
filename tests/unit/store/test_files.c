#include "check.h"
#include "gridwalk/store/files.h"
#include "scratch.h"

#include <ctype.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>

static void a_temporary_name_stands_beside_the_file_and_tells_processes_apart(void)
{
    char expected[200];
    struct utsname machine;
    uname(&machine);
    machine.nodename[strcspn(machine.nodename, ".")] = '\0';
    for (char *c = machine.nodename; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c)) {
            *c = '-';
        }
    }
    snprintf(expected, sizeof expected, "a/b.h5.tmp.%s.%ld", machine.nodename,
             (long)getpid());
    char *name = gw_file_temporary("a/b.h5");
    CHECK_TEXT(name, expected);
    free(name);
}

/* What may be something else stays: of another output, a directory, a link, a copy that
 * somebody made. */
static void a_sweep_removes_its_own_leftovers_alone(void)
{
    static const char *const gone[] = {"x.h5.tmp.node-7.123", "x.h5.tmp.99",
                                       "x.h5.tmp.node.5.objective", "x.h5.tmp.-.1"};
    static const char *const stays[] = {
        "x.h5",           "y.h5.tmp.node.5", "x.h5.tmp.old", "x.h5.tmp.node.5.bak",
        "x.h5.tmp.",      "x.h5.tmp.a_b.5",  "x.h5.journal", "xx.h5.tmp.node.5",
        "x.h5.tmp.node.", "x.h5xtmp.node.5"};
    enum { GONE = 4, STAYS = 10 };
    struct scratch scratch;
    char directory[500], link[500];
    scratch_open(&scratch);
    for (size_t i = 0; i < GONE; i++) {
        scratch_text(&scratch, gone[i], "1");
    }
    for (size_t i = 0; i < STAYS; i++) {
        scratch_text(&scratch, stays[i], "2");
    }
    snprintf(directory, sizeof directory, "%s/x.h5.tmp.node.77", scratch.directory);
    snprintf(link, sizeof link, "%s/x.h5.tmp.node.78", scratch.directory);
    CU_ASSERT_EQUAL(mkdir(directory, 0700), 0);
    CU_ASSERT_EQUAL(symlink("x.h5", link), 0);
    gw_file_sweep(scratch_path(&scratch, "x.h5"));
    for (size_t i = 0; i < GONE; i++) {
        CU_ASSERT_EQUAL(access(scratch_path(&scratch, gone[i]), F_OK), -1);
    }
    for (size_t i = 0; i < STAYS; i++) {
        CU_ASSERT_EQUAL(access(scratch_path(&scratch, stays[i]), F_OK), 0);
    }
    CU_ASSERT_EQUAL(access(directory, F_OK), 0);
    CU_ASSERT_EQUAL(access(link, F_OK), 0);
    gw_file_sweep(scratch_path(&scratch, "no/such.h5"));
    scratch_close(&scratch);
}

static void a_sweep_works_in_the_working_directory(void)
{
    char *name = gw_file_temporary("test_files_sweep");
    FILE *file = fopen(name, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fclose(file);
    gw_file_sweep("test_files_sweep");
    CU_ASSERT_EQUAL(access(name, F_OK), -1);
    free(name);
}

/* A child of this program writes a temporary: nobody takes it away while it lives; killed
 * and not waited for it is dead. */
static void a_sweep_spares_who_is_alive(void)
{
    int ready[2];
    char name[200];
    CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        char *mine = gw_file_temporary("test_files_alive");
        FILE *file = fopen(mine, "w");
        ssize_t told = file != NULL ? write(ready[1], mine, strlen(mine) + 1) : 0;
        (void)told;
        pause();
        _exit(0);
    }
    CU_ASSERT_TRUE(read(ready[0], name, sizeof name) > 0);
    gw_file_sweep("test_files_alive");
    CU_ASSERT_EQUAL(access(name, F_OK), 0);
    siginfo_t end;
    kill(child, SIGKILL);
    waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT);
    gw_file_sweep("test_files_alive");
    CU_ASSERT_EQUAL(access(name, F_OK), -1);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

static void a_file_is_written_whole_and_leaves_nothing_else(void)
{
    struct scratch scratch;
    struct gw_error err;
    scratch_open(&scratch);
    const char *path = scratch_text(&scratch, "x", "an older and longer text");
    CHECK_OK(gw_file_write(path, "new\0er", 6, &err));
    size_t length;
    char *bytes = scratch_read(path, &length);
    CU_ASSERT_EQUAL(length, 6);
    CU_ASSERT_EQUAL(memcmp(bytes, "new\0er", 6), 0);
    CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 1);
    free(bytes);
    scratch_close(&scratch);
}

/* In a child, where a file may have 1000 bytes: what a full disk does. */
static int write_too_much(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {1000, 1000};
        char bytes[5000] = {0};
        struct gw_error err = {0};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        enum gw_status status = gw_file_write(path, bytes, sizeof bytes, &err);
        _exit(strstr(err.text, path) != NULL ? (int)status : 1);
    }
    int outcome = 0;
    waitpid(child, &outcome, 0);
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
}

static void a_failed_write_keeps_the_old_file(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    const char *path = scratch_text(&scratch, "x", "old");
    CU_ASSERT_EQUAL(write_too_much(path), GW_SYSTEM);
    size_t length;
    char *bytes = scratch_read(path, &length);
    CHECK_TEXT(bytes, "old");
    CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 1);
    free(bytes);
    scratch_close(&scratch);
}

static void a_failed_commit_removes_the_temporary(void)
{
    struct scratch scratch;
    struct gw_error err;
    scratch_open(&scratch);
    char target[500], inside[520];
    snprintf(target, sizeof target, "%s/target", scratch.directory);
    snprintf(inside, sizeof inside, "%s/full", target);
    mkdir(target, 0700); /* a directory that is not empty cannot be replaced */
    mkdir(inside, 0700);
    const char *temporary = scratch_text(&scratch, "target.tmp.1", "text");
    CU_ASSERT_EQUAL(gw_file_commit(temporary, target, &err), GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, target));
    CU_ASSERT_EQUAL(access(temporary, F_OK), -1);
    scratch_close(&scratch);
}

static void reading_stops_at_the_limit(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    struct gw_text text = {0};
    scratch_open(&scratch);
    const char *path = scratch_text(&scratch, "x", "12345");
    CHECK_OK(gw_file_read(path, 5, GW_DATA, &text, &err));
    CHECK_TEXT(text.data, "12345");
    CU_ASSERT_EQUAL(gw_file_read(path, 4, GW_DATA, &text, &err), GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "larger than 4 B"));
    CU_ASSERT_PTR_NULL(text.data);
    CHECK_OK(gw_file_read(scratch_text(&scratch, "y", ""), 0, GW_DATA, &text, &err));
    CHECK_TEXT(text.data, "");
    gw_text_clear(&text);
    scratch_close(&scratch);
}

static void what_cannot_be_read_has_the_status_of_the_caller(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    struct gw_text text = {0};
    scratch_open(&scratch);
    const char *path = scratch_path(&scratch, "none");
    CU_ASSERT_EQUAL(gw_file_read(path, 10, GW_CONFIG, &text, &err), GW_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "none: No such file"));
    CU_ASSERT_EQUAL(gw_file_read(scratch.directory, 10, GW_DATA, &text, &err), GW_DATA);
    scratch_close(&scratch);
}

static void output_is_refused_before_work_where_it_cannot_go(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    scratch_open(&scratch);
    CHECK_OK(gw_file_check_output(scratch_path(&scratch, "new.h5"), &err));
    CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 0);
    CU_ASSERT_EQUAL(gw_file_check_output(scratch_path(&scratch, "no/new.h5"), &err),
                    GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "No such file"));
    CU_ASSERT_EQUAL(gw_file_check_output(scratch.directory, &err), GW_SYSTEM);
    scratch_text(&scratch, "file", "");
    CU_ASSERT_EQUAL(gw_file_check_output(scratch_path(&scratch, "file/new.h5"), &err),
                    GW_SYSTEM);
    CHECK_OK(gw_file_check_output("in_the_working_directory.h5", &err));
    scratch_close(&scratch);
}

static void the_free_space_is_that_of_the_directory(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    CU_ASSERT(gw_file_space(scratch_path(&scratch, "new.h5")) > 0);
    CU_ASSERT_EQUAL(gw_file_space(scratch_path(&scratch, "no/new.h5")), -1);
    scratch_close(&scratch);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"a_temporary_name_stands_beside_the_file_and_tells_processes_apart",
         a_temporary_name_stands_beside_the_file_and_tells_processes_apart},
        {"a_sweep_removes_its_own_leftovers_alone",
         a_sweep_removes_its_own_leftovers_alone},
        {"a_sweep_spares_who_is_alive", a_sweep_spares_who_is_alive},
        {"a_sweep_works_in_the_working_directory",
         a_sweep_works_in_the_working_directory},
        {"a_file_is_written_whole_and_leaves_nothing_else",
         a_file_is_written_whole_and_leaves_nothing_else},
        {"a_failed_write_keeps_the_old_file", a_failed_write_keeps_the_old_file},
        {"a_failed_commit_removes_the_temporary", a_failed_commit_removes_the_temporary},
        {"reading_stops_at_the_limit", reading_stops_at_the_limit},
        {"what_cannot_be_read_has_the_status_of_the_caller",
         what_cannot_be_read_has_the_status_of_the_caller},
        {"output_is_refused_before_work_where_it_cannot_go",
         output_is_refused_before_work_where_it_cannot_go},
        {"the_free_space_is_that_of_the_directory",
         the_free_space_is_that_of_the_directory},
    };
    return CHECK_RUN("files", tests);
}
