#include "gridwalk/base/error.h"

#include "check.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static void returns_the_status_and_fills_the_text(void)
{
    struct gw_error err;
    CU_ASSERT_EQUAL(gw_fail(&err, GW_CONFIG, "%s:%d: bad", "a.yaml", 7), GW_CONFIG);
    CU_ASSERT_EQUAL(err.status, GW_CONFIG);
    CHECK_TEXT(err.text, "a.yaml:7: bad");
    CU_ASSERT_EQUAL(gw_fail(NULL, GW_DATA, "nobody reads this"), GW_DATA);
}

static void keeps_a_message_on_one_line(void)
{
    struct gw_error err;
    gw_fail(&err, GW_DATA, "key '%s'", "a\nb\tc\x7f\x1b[31m d\xc3\xa9");
    CHECK_TEXT(err.text, "key 'a?b?c??[31m d\xc3\xa9'");
}

static void cuts_a_long_text(void)
{
    struct gw_error err;
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    gw_fail(&err, GW_DATA, "%s", longer);
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
    /* The reason of an errno survives the cut. */
    gw_fail_errno(&err, GW_SYSTEM, ENOENT, "%s", longer);
    CU_ASSERT_TRUE(strlen(err.text) < sizeof err.text);
    CHECK_TEXT(err.text + strlen(err.text) - 27, ": No such file or directory");
}

static void names_the_errno(void)
{
    struct gw_error err;
    CU_ASSERT_EQUAL(gw_fail_errno(&err, GW_SYSTEM, EACCES, "open %s", "f.h5"), GW_SYSTEM);
    CU_ASSERT_EQUAL(err.status, GW_SYSTEM);
    CHECK_TEXT(err.text, "open f.h5: Permission denied");
}

static void puts_a_prefix_in_front(void)
{
    struct gw_error err;
    gw_fail(&err, GW_DATA, "calendar: %d sessions", 0);
    CU_ASSERT_EQUAL(gw_fail_prefix(&err, "rank %d: ", 5), GW_DATA);
    CHECK_TEXT(err.text, "rank 5: calendar: 0 sessions");
    /* The old text may be an argument of the new one. */
    gw_fail(&err, GW_DATA, "(%s)", err.text);
    CHECK_TEXT(err.text, "(rank 5: calendar: 0 sessions)");
}

static void knows_each_exit_code(void)
{
    CU_ASSERT_EQUAL(GW_OK, 0);
    CU_ASSERT_EQUAL(GW_USAGE, 2);
    CU_ASSERT_EQUAL(GW_ROWS, 6);
    CU_ASSERT_EQUAL(GW_INTERRUPTED, 75);
    CHECK_TEXT(gw_status_meaning(GW_CONFIG), "the experiment is wrong");
}

static enum gw_status fail_when(int number)
{
    GW_TRY(number < 0 ? GW_DATA : GW_OK);
    return GW_ROWS;
}

static void tries(void)
{
    CU_ASSERT_EQUAL(fail_when(-1), GW_DATA);
    CU_ASSERT_EQUAL(fail_when(1), GW_ROWS);
}

static void say_hook(int exit_code)
{
    char byte = (char)('0' + exit_code);
    ssize_t written = write(STDERR_FILENO, &byte, 1);
    (void)written;
    gw_die("again"); /* may not run the hook a second time */
}

static void dies_with_one_line_and_the_hook(void)
{
    int pipe_ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(pipe_ends), 0);
    fflush(NULL);
    pid_t child = fork();
    CU_ASSERT_NOT_EQUAL_FATAL(child, -1);
    if (child == 0) {
        dup2(pipe_ends[1], STDERR_FILENO);
        gw_die_hook(say_hook);
        gw_die("out of %s\n", "memory");
    }
    close(pipe_ends[1]);
    char line[200] = "";
    size_t length = 0;
    ssize_t got;
    while ((got = read(pipe_ends[0], line + length, sizeof line - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    CU_ASSERT_TRUE(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), GW_SYSTEM);
    CHECK_TEXT(line, "gridwalk: error: out of memory?\n5gridwalk: error: again\n");
}

/* A place is as exact as it is known; an error without one forgets the last. */
static void names_the_place(void)
{
    static const struct {
        struct gw_place place;
        const char *text;
    } table[] = {
        {{"a.yaml", 3, 7}, "a.yaml:3:7: bad x"},
        {{"a.yaml", 3, 0}, "a.yaml:3: bad x"},
        {{"a.yaml", 0, 0}, "a.yaml: bad x"},
    };
    struct gw_error err;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_EQUAL(gw_fail_at(&err, GW_CONFIG, table[i].place, "bad %s", "x"),
                        GW_CONFIG);
        CHECK_TEXT(err.text, table[i].text);
        CU_ASSERT_EQUAL(err.line, table[i].place.line);
        CU_ASSERT_EQUAL(err.column, table[i].place.column);
    }
    CU_ASSERT_EQUAL(gw_fail(&err, GW_DATA, "none"), GW_DATA);
    CU_ASSERT_EQUAL(err.line, 0);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"returns_the_status_and_fills_the_text", returns_the_status_and_fills_the_text},
        {"keeps_a_message_on_one_line", keeps_a_message_on_one_line},
        {"cuts_a_long_text", cuts_a_long_text},
        {"names_the_errno", names_the_errno},
        {"names_the_place", names_the_place},
        {"puts_a_prefix_in_front", puts_a_prefix_in_front},
        {"knows_each_exit_code", knows_each_exit_code},
        {"tries", tries},
        {"dies_with_one_line_and_the_hook", dies_with_one_line_and_the_hook},
    };
    return CHECK_RUN("error", tests);
}
