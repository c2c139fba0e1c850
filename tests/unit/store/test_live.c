#include "check.h"
#include "gridwalk/store/live.h"
#include "scratch.h"

#include <limits.h>
#include <sys/wait.h>
#include <time.h>

/* A status file by hand: what another program may write, and what the tests damage. */
static const char by_hand[] =
    "{\"format\": \"gridwalk-status/1\", \"state\": \"interrupted\", \"exit_code\": 75,\n"
    " \"message\": \"stopped\", \"program\": \"gridwalk 9.8.7\", \"experiment\": "
    "\"e.yaml\",\n"
    " \"output\": \"r.h5\", \"host\": \"node7\", \"pid\": 4711,\n"
    " \"started\": \"2026-01-02T03:04:05Z\", \"updated\": \"2026-01-02T03:05:06Z\",\n"
    " \"seconds\": 61.5, \"tiles\": 100, \"tiles_done\": 60, \"tiles_kept\": 20,\n"
    " \"rows\": 1000000, \"rows_per_second\": 12345.5, \"eta_seconds\": null,\n"
    " \"restarts\": 3, \"lost\": 4, \"again\": 5, \"set_aside\": 6,\n"
    " \"journal_bytes\": 5000000000, \"commit_seconds\": 0.25, \"coordinator\": 0.125,\n"
    " \"rank\": [{\"rank\": 0, \"node\": \"node7\", \"condition\": \"working\",\n"
    "   \"tiles\": 40, \"last_tile\": 59, \"silent_seconds\": 0, \"busy\": 0.5,\n"
    "   \"cache_hits\": 70, \"cache_misses\": 80},\n"
    "  {\"rank\": 1, \"node\": \"node8\", \"condition\": \"lost\", \"tiles\": 0,\n"
    "   \"last_tile\": null, \"silent_seconds\": 12.5, \"busy\": 0, \"cache_hits\": 0,\n"
    "   \"cache_misses\": 0}]}\n";

static struct gw_live_record a_record(struct gw_live_rank *rank, size_t ranks)
{
    struct gw_live_record record = {.state = GW_RUN_running,
                                    .exit_code = -1,
                                    .program = "gridwalk 0.1.0",
                                    .experiment = "a \"quoted\" \xc3\xa9.yaml",
                                    .output = "r.h5",
                                    .host = "node0",
                                    .pid = 4711,
                                    .started = "2026-01-02T03:04:05Z",
                                    .updated = "2026-12-31T23:59:59Z",
                                    .seconds = 1234.5,
                                    .tiles = UINT64_C(5000000000),
                                    .tiles_done = 4000000000,
                                    .tiles_kept = 3000000000,
                                    .rows = UINT64_C(1) << 62,
                                    .rows_per_second = 412345,
                                    .eta_seconds = 77.25,
                                    .restarts = 2,
                                    .lost = 3,
                                    .again = 4,
                                    .set_aside = 5,
                                    .journal_bytes = UINT64_C(1) << 40,
                                    .commit_seconds = 0.5,
                                    .coordinator = 0.0625,
                                    .rank = rank,
                                    .ranks = ranks};
    return record;
}

static void check_same_rank(const struct gw_live_rank *a, const struct gw_live_rank *b)
{
    CHECK_TEXT(a->node, b->node);
    CHECK_TEXT(a->condition, b->condition);
    CU_ASSERT_EQUAL(a->tiles, b->tiles);
    CU_ASSERT_EQUAL(a->last_tile, b->last_tile);
    CU_ASSERT_EQUAL(a->silent, b->silent);
    CU_ASSERT_EQUAL(a->busy, b->busy);
    CU_ASSERT_EQUAL(a->cache_hits, b->cache_hits);
    CU_ASSERT_EQUAL(a->cache_misses, b->cache_misses);
}

static void check_same(const struct gw_live_record *a, const struct gw_live_record *b)
{
    CU_ASSERT_EQUAL(a->state, b->state);
    CU_ASSERT_EQUAL(a->exit_code, b->exit_code);
    CHECK_TEXT(a->message != NULL ? a->message : "(null)",
               b->message != NULL ? b->message : "(null)");
    CHECK_TEXT(a->program, b->program);
    CHECK_TEXT(a->experiment, b->experiment);
    CHECK_TEXT(a->output, b->output);
    CHECK_TEXT(a->host, b->host);
    CU_ASSERT_EQUAL(a->pid, b->pid);
    CHECK_TEXT(a->started, b->started);
    CHECK_TEXT(a->updated, b->updated);
    CU_ASSERT_EQUAL(a->seconds, b->seconds);
    CU_ASSERT_EQUAL(a->tiles, b->tiles);
    CU_ASSERT_EQUAL(a->tiles_done, b->tiles_done);
    CU_ASSERT_EQUAL(a->tiles_kept, b->tiles_kept);
    CU_ASSERT_EQUAL(a->rows, b->rows);
    CU_ASSERT_EQUAL(a->rows_per_second, b->rows_per_second);
    CU_ASSERT_EQUAL(a->eta_seconds, b->eta_seconds);
    CU_ASSERT_EQUAL(a->restarts, b->restarts);
    CU_ASSERT_EQUAL(a->lost, b->lost);
    CU_ASSERT_EQUAL(a->again, b->again);
    CU_ASSERT_EQUAL(a->set_aside, b->set_aside);
    CU_ASSERT_EQUAL(a->journal_bytes, b->journal_bytes);
    CU_ASSERT_EQUAL(a->commit_seconds, b->commit_seconds);
    CU_ASSERT_EQUAL(a->coordinator, b->coordinator);
    CU_ASSERT_EQUAL_FATAL(a->ranks, b->ranks);
    for (size_t r = 0; r < a->ranks; r++) {
        check_same_rank(&a->rank[r], &b->rank[r]);
    }
}

static void every_member_comes_back(void)
{
    struct scratch scratch;
    struct gw_error err;
    scratch_open(&scratch);
    struct gw_live_rank rank[] = {
        {"node0", "working", 7, 6, 0, 0.9375, 11, 12},
        {"node1", "idle", 0, -1, 1.5, 0, 0, 0},
        {"node2", "lost", 3, 4000000000, 99.5, 0.25, 5, UINT64_C(1) << 61},
        {"", "finished", 1, 0, 2, 1, 1, 0}};
    struct gw_live_record record = a_record(rank, 4), back;
    const char *path = scratch_path(&scratch, "r.h5");
    for (int sync = 0; sync < 2; sync++) {
        CHECK_OK(gw_live_write(path, &record, sync == 1, &err));
        CHECK_OK(gw_live_read(path, &back, &err));
        check_same(&back, &record);
        gw_live_clear(&back);
        CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 1);
        record.updated[3] = '7'; /* the second replaces the first */
    }
    scratch_close(&scratch);
}

static void every_state_comes_back_with_its_code_and_why(void)
{
    static const struct {
        enum gw_run_state state;
        const char *name;
        int exit_code;
        const char *message;
    } row[] = {{GW_RUN_running, "\"running\"", -1, NULL},
               {GW_RUN_writing, "\"writing\"", -1, NULL},
               {GW_RUN_done, "\"done\"", 0, NULL},
               {GW_RUN_interrupted, "\"interrupted\"", 75, "stopped by SIGUSR1"},
               {GW_RUN_failed, "\"failed\"", 5, "r.h5: No space left on device"}};
    CU_ASSERT_EQUAL(sizeof row / sizeof row[0], GW_RUN_STATES);
    struct scratch scratch;
    struct gw_error err;
    scratch_open(&scratch);
    for (size_t i = 0; i < GW_RUN_STATES; i++) {
        struct gw_live_record record = a_record(NULL, 0), back;
        const char *path = scratch_path(&scratch, "r.h5");
        record.state = row[i].state;
        record.exit_code = row[i].exit_code;
        record.message = row[i].message;
        record.eta_seconds = -1;
        CHECK_OK(gw_live_write(path, &record, false, &err));
        CHECK_OK(gw_live_read(path, &back, &err));
        check_same(&back, &record);
        gw_live_clear(&back);
        size_t length;
        char *bytes = scratch_read(scratch_path(&scratch, "r.h5.status.json"), &length);
        CU_ASSERT_PTR_NOT_NULL(strstr(bytes, row[i].name));
        free(bytes);
    }
    scratch_close(&scratch);
}

static void the_file_is_as_documented(void)
{
    static const char expected[] =
        "{\n  \"format\": \"gridwalk-status/1\",\n  \"state\": \"running\",\n"
        "  \"exit_code\": null,\n  \"message\": null,\n"
        "  \"program\": \"gridwalk 0.1.0\",\n"
        "  \"experiment\": \"a \\\"quoted\\\" \xc3\xa9.yaml\",\n"
        "  \"output\": \"r.h5\",\n  \"host\": \"node0\",\n  \"pid\": 4711,\n"
        "  \"started\": \"2026-01-02T03:04:05Z\",\n"
        "  \"updated\": \"2026-12-31T23:59:59Z\",\n  \"seconds\": 1234.5,\n"
        "  \"tiles\": 5000000000,\n  \"tiles_done\": 4000000000,\n"
        "  \"tiles_kept\": 3000000000,\n  \"rows\": 4611686018427387904,\n"
        "  \"rows_per_second\": 412345.0,\n  \"eta_seconds\": null,\n"
        "  \"restarts\": 2,\n  \"lost\": 3,\n  \"again\": 4,\n  \"set_aside\": 5,\n"
        "  \"journal_bytes\": 1099511627776,\n  \"commit_seconds\": 0.5,\n"
        "  \"coordinator\": null,\n  \"rank\": [\n"
        "    {\"rank\": 0, \"node\": \"n\", \"condition\": \"idle\", \"tiles\": 2, "
        "\"last_tile\": null, \"silent_seconds\": 0.0, \"busy\": 0.5, "
        "\"cache_hits\": 3, \"cache_misses\": 4},\n"
        "    {\"rank\": 1, \"node\": null, \"condition\": \"lost\", \"tiles\": 0, "
        "\"last_tile\": 9, \"silent_seconds\": 7.5, \"busy\": 0.0, "
        "\"cache_hits\": 0, \"cache_misses\": 0}\n  ]\n}\n";
    struct scratch scratch;
    struct gw_error err;
    scratch_open(&scratch);
    struct gw_live_rank rank[] = {{"n", "idle", 2, -1, 0, 0.5, 3, 4},
                                  {"\xff", "lost", 0, 9, 7.5, 0, 0, 0}};
    struct gw_live_record record = a_record(rank, 2), back;
    record.eta_seconds = -1;
    record.coordinator = NAN;
    CHECK_OK(gw_live_write(scratch_path(&scratch, "r.h5"), &record, false, &err));
    size_t length;
    char *bytes = scratch_read(scratch_path(&scratch, "r.h5.status.json"), &length);
    CHECK_TEXT(bytes, expected);
    free(bytes);
    /* What could not be written is no reason to refuse the file. */
    CHECK_OK(gw_live_read(scratch.path, &back, &err));
    CU_ASSERT_EQUAL(back.coordinator, 0);
    CHECK_TEXT(back.rank[1].node, "");
    gw_live_clear(&back);
    scratch_close(&scratch);
}

static void a_file_by_hand_is_read_by_each_name(void)
{
    struct scratch scratch;
    struct gw_error err;
    struct gw_live_record back;
    scratch_open(&scratch);
    scratch_text(&scratch, "r.h5.status.json", by_hand);
    static const char *const name[] = {"r.h5", "r.h5.status.json", "r.h5.run.json",
                                       "r.h5.journal"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        CHECK_OK(gw_live_read(scratch_path(&scratch, name[i]), &back, &err));
        CU_ASSERT_EQUAL(back.state, GW_RUN_interrupted);
        CU_ASSERT_EQUAL(back.exit_code, 75);
        CHECK_TEXT(back.message, "stopped");
        CU_ASSERT_EQUAL(back.pid, 4711);
        CU_ASSERT_EQUAL(back.eta_seconds, -1);
        CU_ASSERT_EQUAL(back.journal_bytes, UINT64_C(5000000000));
        CU_ASSERT_EQUAL_FATAL(back.ranks, 2);
        CU_ASSERT_EQUAL(back.rank[0].last_tile, 59);
        CU_ASSERT_EQUAL(back.rank[1].last_tile, -1);
        CU_ASSERT_EQUAL(back.rank[1].silent, 12.5);
        gw_live_clear(&back);
    }
    scratch_close(&scratch);
}

/* An output of such a name has a status file of its own. */
static void an_odd_name_of_results_comes_first(void)
{
    struct scratch scratch;
    struct gw_error err;
    struct gw_live_record record = a_record(NULL, 0), back;
    scratch_open(&scratch);
    scratch_text(&scratch, "r.h5.status.json", by_hand);
    const char *path = scratch_path(&scratch, "r.h5.journal");
    CHECK_OK(gw_live_write(path, &record, false, &err));
    CHECK_OK(gw_live_read(path, &back, &err));
    check_same(&back, &record);
    gw_live_clear(&back);
    scratch_close(&scratch);
}

static void check_refused(const char *path, const char *what, size_t number)
{
    struct gw_error err = {0};
    struct gw_live_record back;
    struct gw_text text = {0};
    enum gw_status status = gw_live_read(path, &back, &err);
    if (status != GW_DATA || strstr(err.text, what) == NULL) {
        fprintf(stderr, "%s, %zu: status %d, '%s'\n", what, number, (int)status,
                err.text);
    }
    CU_ASSERT_EQUAL(status, GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ".status.json: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, what));
    CU_ASSERT_EQUAL(gw_live_json(path, &text, &err), GW_DATA);
    CU_ASSERT_PTR_NULL(text.data);
}

static void a_file_cut_off_anywhere_is_refused(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    size_t whole = strlen(by_hand) - 1; /* without its last newline it is whole too */
    for (size_t length = 0; length < whole; length++) {
        check_refused(scratch_bytes(&scratch, "r.status.json", by_hand, length),
                      "is no whole JSON", length);
    }
    scratch_close(&scratch);
}

/* Every value in turn becomes of another type, or out of bounds. */
static void a_wrong_value_of_any_key_is_refused(void)
{
    static const char *const bad[] = {
        "true",  "-1",  "-0.5",        "\"x\"",
        "[]",    "{}",  "1e300",       "9223372036854775808",
        "1e999", "NaN", "\"\\u0000\"", "\"\xff\""};
    /* What is good nevertheless: a key that is text may be any text. */
    static const char *const text_key[] = {"message", "program", "experiment",
                                           "output",  "host",    "node"};
    struct scratch scratch;
    scratch_open(&scratch);
    size_t keys = 0;
    for (const char *c = by_hand; (c = strstr(c, "\": ")) != NULL; c += 3) {
        char file[sizeof by_hand + 64];
        const char *value = c + 3, *key = c;
        while (key[-1] != '"') {
            key--;
        }
        bool is_text = false;
        for (size_t i = 0; i < sizeof text_key / sizeof text_key[0]; i++) {
            is_text = is_text || strncmp(key, text_key[i], strlen(text_key[i])) == 0;
        }
        const char *after = value + strcspn(value, ",}");
        if (*value == '[') {
            after = strrchr(value, ']') + 1;
        }
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            bool good = (is_text && strcmp(bad[i], "\"x\"") == 0) ||
                        (*value == '[' && strcmp(bad[i], "[]") == 0);
            snprintf(file, sizeof file, "%.*s%s%s", (int)(value - by_hand), by_hand,
                     bad[i], after);
            const char *path = scratch_text(&scratch, "r.status.json", file);
            if (!good) {
                check_refused(path, "it is damaged, or no status file", keys);
            }
        }
        keys++;
    }
    CU_ASSERT_EQUAL(keys, 26 + 2 * 9);
    scratch_close(&scratch);
}

/* FROM and TO of one change that makes the file wrong, and what the message then says. */
static void a_file_that_means_nothing_is_refused(void)
{
    static const char *const row[][3] = {
        {"gridwalk-status/1", "gridwalk-run/1", "format"},
        {"\"interrupted\"", "\"asleep\"", "state"},
        {"\"lost\", \"tiles\"", "\"dead\", \"tiles\"", "condition"},
        {"\"exit_code\": 75", "\"exit_code\": 256", "exit_code"},
        {"\"tiles_done\": 60", "\"tiles_done\": 101", "more than tiles"},
        {"\"tiles_kept\": 20", "\"tiles_kept\": 101", "more than tiles"},
        {"\"rank\": 1,", "\"rank\": 2,", "rank"},
        {"\"busy\": 0.5,", "", "busy"},
        {"\"rows\": 1000000,", "", "rows is missing"},
        {"\"lost\": 4", "\"lost\": 4, \"lost\": 4", "JSON"},
        {"2026-01-02T03:05:06Z", "2026-02-30T03:05:06Z", "updated"},
        {"2026-01-02T03:05:06Z", "2026-01-02T24:05:06Z", "updated"},
        {"2026-01-02T03:05:06Z", "2026-01-02 03:05:06Z", "updated"},
        {"2026-01-02T03:05:06Z", "2026-01-02T03:+5:06Z", "updated"},
        {"\"2026-01-02T03:05:06Z\"", "null", "updated"},
        {"node8", "0123456789012345678901234567890123456789012345678901234567890123",
         "node"},
        {"}]}", "}]} {}", "JSON"}};
    struct scratch scratch;
    scratch_open(&scratch);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char file[sizeof by_hand + 200];
        const char *at = strstr(by_hand, row[i][0]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        snprintf(file, sizeof file, "%.*s%s%s", (int)(at - by_hand), by_hand, row[i][1],
                 at + strlen(row[i][0]));
        check_refused(scratch_text(&scratch, "r.status.json", file), row[i][2], i);
    }
    check_refused(scratch_text(&scratch, "r.status.json", "[]"), "format", 0);
    check_refused(scratch_text(&scratch, "r.status.json", "7"), "JSON", 0);
    check_refused(scratch_text(&scratch, "r.status.json", "\x89HDF\r\n\x1a\n"), "JSON",
                  0);
    scratch_close(&scratch);
}

/* Padding that is well-formed: only the size is wrong. A text: only its length. */
static void what_is_too_large_is_refused(void)
{
    enum { SIZE = 4000001, TEXT = 4097 };
    struct scratch scratch;
    scratch_open(&scratch);
    char *file = malloc(SIZE);
    memset(file, ' ', SIZE);
    memcpy(file, by_hand, strlen(by_hand));
    check_refused(scratch_bytes(&scratch, "r.status.json", file, SIZE), "larger than 4",
                  0);
    const char *at = strstr(by_hand, "stopped");
    int head = (int)(at - by_hand);
    snprintf(file, SIZE, "%.*s%*s%s", head, by_hand, TEXT, "x", at + strlen("stopped"));
    check_refused(scratch_text(&scratch, "r.status.json", file), "message", 0);
    memset(file, '[', 100000);
    check_refused(scratch_bytes(&scratch, "r.status.json", file, 100000), "JSON", 0);
    free(file);
    scratch_close(&scratch);
}

/* Escape sequences, C1 controls as UTF-8, delete; plain letters beyond ASCII stay. */
static void nothing_read_can_give_orders_to_a_terminal(void)
{
    static const char text[] = "\\u001b[31m\\n\x7f\xc2\x9b\\u0085\\t\xc3\xa9";
    struct scratch scratch;
    struct gw_error err;
    struct gw_live_record back;
    struct gw_text json = {0};
    scratch_open(&scratch);
    char file[2 * sizeof by_hand], *c = file;
    c += sprintf(c, "%.*s%s", (int)(strstr(by_hand, "stopped") - by_hand), by_hand, text);
    const char *rest = strstr(by_hand, "stopped") + strlen("stopped");
    const char *node = strstr(rest, "node8");
    sprintf(c, "%.*s%s%s", (int)(node - rest), rest, text, node + strlen("node8"));
    const char *path = scratch_text(&scratch, "r.status.json", file);
    CHECK_OK(gw_live_read(path, &back, &err));
    CHECK_TEXT(back.message, "?[31m??????"
                             "?\xc3\xa9");
    CHECK_TEXT(back.rank[1].node, back.message);
    gw_live_clear(&back);
    CHECK_OK(gw_live_json(path, &json, &err));
    CU_ASSERT_EQUAL(json.length, strlen(file));
    CU_ASSERT_PTR_NOT_NULL(strstr(json.data, "\\u001b[31m\\n???\\u0085\\t\xc3\xa9\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(json.data, "75,\n "));
    gw_text_clear(&json);
    /* nor what the message of a failure quotes */
    CU_ASSERT_EQUAL(gw_live_read(scratch_text(&scratch, "r.status.json", "\xc2\x9b[31m"),
                                 &back, &err),
                    GW_DATA);
    CU_ASSERT_PTR_NULL(strstr(err.text, "[31m"));
    scratch_close(&scratch);
}

static void a_missing_file_asks_for_the_output(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    struct gw_live_record back;
    scratch_open(&scratch);
    static const char *const row[][2] = {
        {"r.h5", "r.h5: no run has left a status file beside it (r.h5.status.json)"},
        {"r.h5.journal",
         "r.h5.journal: no run has left a status file beside it (r.h5.status.json)"},
        {"r.h5.run.json",
         "r.h5.run.json: no run has left a status file beside it (r.h5.status.json)"},
        {"no/r.h5",
         "no/r.h5: no run has left a status file beside it (r.h5.status.json)"},
        {"r.h5.status.json", "r.h5.status.json: no run has left this status file"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gw_text text = {0};
        char expected[600];
        snprintf(expected, sizeof expected, "%s/%s; was it --no-status, or another -o?",
                 scratch.directory, row[i][1]);
        const char *path = scratch_path(&scratch, row[i][0]);
        CU_ASSERT_EQUAL(gw_live_read(path, &back, &err), GW_DATA);
        CHECK_TEXT(err.text, expected);
        err.text[0] = '\0';
        CU_ASSERT_EQUAL(gw_live_json(path, &text, &err), GW_DATA);
        CHECK_TEXT(err.text, expected);
    }
    /* what is there but cannot be read is not missing */
    mkdir(scratch_path(&scratch, "d.h5.status.json"), 0700);
    CU_ASSERT_EQUAL(gw_live_read(scratch_path(&scratch, "d.h5"), &back, &err), GW_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "d.h5.status.json: Is a directory"));
    CU_ASSERT_EQUAL(gw_live_write(scratch_path(&scratch, "no/r.h5"),
                                  &(struct gw_live_record){.exit_code = -1}, false, &err),
                    GW_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no/r.h5.status.json: cannot write it"));
    scratch_close(&scratch);
}

static void a_write_that_fails_leaves_nothing(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    struct gw_live_record record = {.exit_code = -1};
    scratch_open(&scratch);
    mkdir(scratch_path(&scratch, "r.h5.status.json"), 0700); /* cannot be replaced */
    for (int sync = 0; sync < 2; sync++) {
        CU_ASSERT_EQUAL(
            gw_live_write(scratch_path(&scratch, "r.h5"), &record, sync == 1, &err),
            GW_SYSTEM);
        CU_ASSERT_EQUAL(scratch_files(scratch.directory, 0), 1);
    }
    scratch_close(&scratch);
}

static void the_age_is_by_this_hosts_clock(void)
{
    struct gw_live_record record = {.ranks = 0};
    static const struct {
        int ago;
        double low, high;
    } row[] = {{0, 0, 2}, {100, 100, 102}, {-50, 0, 0}, {90000, 90000, 90002}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        time_t then = time(NULL) - row[i].ago;
        struct tm utc;
        gmtime_r(&then, &utc);
        strftime(record.updated, sizeof record.updated, "%Y-%m-%dT%H:%M:%SZ", &utc);
        double age = gw_live_age(&record);
        CU_ASSERT(age >= row[i].low && age <= row[i].high);
    }
}

/* A process that has ended, by the kernel's word: waited for, so that its number is free.
 */
static void a_process_that_has_ended_is_gone(void)
{
    struct gw_live_record record = {.ranks = 0};
    CU_ASSERT_EQUAL_FATAL(gethostname(record.host, sizeof record.host - 1), 0);
    int hold[2];
    CU_ASSERT_EQUAL_FATAL(pipe(hold), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) != 0);
    }
    record.pid = child;
    CU_ASSERT_FALSE(gw_live_gone(&record));
    close(hold[1]);
    waitpid(child, NULL, 0);
    CU_ASSERT_TRUE(gw_live_gone(&record));
    /* that of another user, whom we may send nothing, is there all the same */
    int code = 1;
    record.pid = 1;
    child = fork();
    if (child == 0) {
        _exit(geteuid() == 0 && setuid(65534) != 0 ? 2 : gw_live_gone(&record));
    }
    waitpid(child, &code, 0);
    CU_ASSERT_EQUAL(code, 0);
    /* no numbers of processes: not known */
    static const int64_t odd[] = {0, -1, (int64_t)INT_MAX + 1, INT64_MAX};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        record.pid = odd[i];
        CU_ASSERT_FALSE(gw_live_gone(&record));
    }
    record.pid = child;
    CU_ASSERT_TRUE(gw_live_gone(&record));
    record.host[0] ^= 1;
    CU_ASSERT_FALSE(gw_live_gone(&record));
    record.host[0] = '\0';
    CU_ASSERT_FALSE(gw_live_gone(&record));
    close(hold[0]);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"every_member_comes_back", every_member_comes_back},
        {"every_state_comes_back_with_its_code_and_why",
         every_state_comes_back_with_its_code_and_why},
        {"the_file_is_as_documented", the_file_is_as_documented},
        {"a_file_by_hand_is_read_by_each_name", a_file_by_hand_is_read_by_each_name},
        {"an_odd_name_of_results_comes_first", an_odd_name_of_results_comes_first},
        {"a_file_cut_off_anywhere_is_refused", a_file_cut_off_anywhere_is_refused},
        {"a_wrong_value_of_any_key_is_refused", a_wrong_value_of_any_key_is_refused},
        {"a_file_that_means_nothing_is_refused", a_file_that_means_nothing_is_refused},
        {"what_is_too_large_is_refused", what_is_too_large_is_refused},
        {"nothing_read_can_give_orders_to_a_terminal",
         nothing_read_can_give_orders_to_a_terminal},
        {"a_missing_file_asks_for_the_output", a_missing_file_asks_for_the_output},
        {"a_write_that_fails_leaves_nothing", a_write_that_fails_leaves_nothing},
        {"the_age_is_by_this_hosts_clock", the_age_is_by_this_hosts_clock},
        {"a_process_that_has_ended_is_gone", a_process_that_has_ended_is_gone},
    };
    return CHECK_RUN("live", tests);
}
