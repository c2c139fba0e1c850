#include "check.h"

#include "gridwalk/report/live.h"

#include <stdlib.h>

static struct gw_live_record a_record(struct gw_live_rank *rank, size_t ranks)
{
    struct gw_live_record record = {.state = GW_RUN_running,
                                    .exit_code = -1,
                                    .program = "gridwalk 0.1.0",
                                    .experiment = "grid.yaml",
                                    .output = "grid.h5",
                                    .host = "node1.example.org",
                                    .pid = 4711,
                                    .started = "2026-01-02T03:04:05Z",
                                    .updated = "2026-01-02T03:05:06Z",
                                    .seconds = 61,
                                    .tiles = 12345678,
                                    .tiles_done = 6172839,
                                    .tiles_kept = 20000,
                                    .rows = 1000000,
                                    .rows_per_second = 412345.75,
                                    .eta_seconds = 3725,
                                    .restarts = 2,
                                    .lost = 1,
                                    .again = 3,
                                    .set_aside = 4,
                                    .journal_bytes = 12000000,
                                    .commit_seconds = 0.5,
                                    .coordinator = 0.005,
                                    .rank = rank,
                                    .ranks = ranks};
    return record;
}

static char *shown(const struct gw_live_record *record, const struct gw_live_view *view)
{
    struct gw_text out = {0};
    gw_live_show(record, view, &out);
    return out.data;
}

static void check_has(const char *text, const char *part, bool wanted)
{
    if ((strstr(text, part) != NULL) != wanted) {
        fprintf(stderr, "%s '%s' in\n%s", wanted ? "no" : "yet", part, text);
    }
    CU_ASSERT_EQUAL(strstr(text, part) != NULL, wanted);
}

static void a_run_is_shown_as_lines(void)
{
    struct gw_live_rank rank[] = {
        {"node1.example.org", "working", 4000000, 6172838, 0, 0.25, 3, 1},
        {"a-rather-long-name-7", "lost", 17, -1, 62.5, 0.5, 0, 0},
        {"10.0.0.7", "idle", 0, 5, 1.25, 0, 1, 0},
        {"", "finished", 2, 0, 99, 1, 0, 7}};
    struct gw_live_record record = a_record(rank, 4);
    char *text = shown(&record, &(struct gw_live_view){.age = 1});
    CHECK_TEXT(text,
               "running: grid.yaml -> grid.h5\n"
               "  [============            ]  50.0 %  6,172,839 of 12,345,678 tiles\n"
               "  of them 20,000 kept from earlier runs\n"
               "  rows/s 412,345   ETA 1:02:05   elapsed 1:01   "
               "started 2026-01-02T03:04:05Z\n"
               "  restarts 2   workers lost 1   tiles again 3, set aside 4   "
               "journal 12 MB\n"
               "  rank 0: process 4711 on node1, coordinating 0.5 %, committing 0.5 s\n"
               "  4 ranks: 1 working, 1 idle, 1 finished, 1 lost\n"
               "  rank  node          condition    tiles  last tile  busy %  cache %  "
               "silent s\n"
               "  ----  ------------  ---------  -------  ---------  ------  -------  "
               "--------\n"
               "     0  node1         working    4000000    6172838    25.0     75.0  "
               "     0.0\n"
               "     1  ~long-name-7  lost            17          -    50.0        -  "
               "    62.5\n"
               "     2  10.0.0.7      idle             0          5     0.0    100.0  "
               "     1.2\n"
               "     3  -             finished         2          0   100.0      0.0  "
               "       -\n");
    free(text);
}

static void each_state_says_what_matters_then(void)
{
    static const struct {
        enum gw_run_state state;
        int exit_code;
        const char *message;
        double age;
        const char *has[3], *has_not[4];
    } row[] = {{GW_RUN_running,
                -1,
                NULL,
                10,
                {"running: ", "ETA 1:02:05", "elapsed 1:01"},
                {"warning", "exit code", "took", "renew"}},
               {GW_RUN_running,
                -1,
                NULL,
                10.6,
                {"silent for 10 s: grid.yaml -> grid.h5\n  warning: it was killed, ",
                 "  last renewed after 1:01   started 2026-",
                 "  0 ranks, at the last renewal\n"},
                {"running", "rows/s", "ETA", "no more"}},
               {GW_RUN_writing,
                -1,
                NULL,
                99,
                {"writing: ", "elapsed 1:01"},
                {"ETA", "warning", "exit code"}},
               {GW_RUN_done,
                0,
                NULL,
                1e6,
                {"done: ", "grid.h5, exit code 0\n", "took 1:01"},
                {"ETA", "warning", "elapsed"}},
               {GW_RUN_interrupted,
                75,
                "stopped",
                1e6,
                {"interrupted: ", ", exit code 75\n  stopped\n", "took"},
                {"ETA", "warning"}},
               {GW_RUN_failed,
                5,
                "no space",
                1e6,
                {"failed: ", ", exit code 5\n  no space\n"},
                {"ETA", "warning"}}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gw_live_record record = a_record(NULL, 0);
        record.state = row[i].state;
        record.exit_code = row[i].exit_code;
        record.message = row[i].message;
        char *text = shown(&record, &(struct gw_live_view){.age = row[i].age});
        for (size_t k = 0; k < 4; k++) {
            const char *has = k < 3 ? row[i].has[k] : NULL;
            check_has(text, has != NULL ? has : "", true);
            check_has(text, row[i].has_not[k] != NULL ? row[i].has_not[k] : "\a", false);
        }
        CU_ASSERT_EQUAL(gw_live_final(&record), i >= 3);
        free(text);
    }
}

/* However young the file; and what has ended was not killed. */
static void a_run_whose_process_is_gone_was_killed(void)
{
    for (int state = 0; state < GW_RUN_STATES; state++) {
        struct gw_live_record record = a_record(NULL, 0);
        record.state = (enum gw_run_state)state;
        bool killed = state == GW_RUN_running || state == GW_RUN_writing;
        for (double age = 0; age < 100; age += 60) {
            char *text = shown(&record, &(struct gw_live_view){.age = age, .gone = true});
            CU_ASSERT_EQUAL(strncmp(text, "killed: grid.yaml -> grid.h5\n", 29) == 0,
                            killed);
            check_has(text,
                      "\n  warning: process 4711 of this host is no more; the same run "
                      "line goes on\n  from the journal\n",
                      killed);
            check_has(text, "rows/s", !killed);
            check_has(text, "ETA", false);
            check_has(text, "silent", false);
            free(text);
        }
    }
}

static void silence_is_told_in_the_largest_fitting_unit(void)
{
    static const struct {
        double age;
        const char *text;
    } row[] = {{11, "11 s:"},       {119.9, "119 s:"},    {120, "2 min:"},
               {7199, "119 min:"},  {7200, "2 h:"},       {172799, "47 h:"},
               {172800, "2 days:"}, {1e9, "11,574 days:"}};
    struct gw_live_record record = a_record(NULL, 0);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char *text = shown(&record, &(struct gw_live_view){.age = row[i].age});
        CU_ASSERT_EQUAL(strncmp(text, "silent for ", 11), 0);
        if (strncmp(text + 11, row[i].text, strlen(row[i].text)) != 0) {
            fprintf(stderr, "%g: not %s but %.30s\n", row[i].age, row[i].text, text);
        }
        CU_ASSERT_EQUAL(strncmp(text + 11, row[i].text, strlen(row[i].text)), 0);
        free(text);
    }
}

static void numbers_are_plain_whatever_their_size(void)
{
    static const struct {
        double seconds;
        const char *text;
    } time[] = {{0, "0 s"},         {1e-9, "< 1 ms"},
                {0.0004, "< 1 ms"}, {0.001, "1 ms"},
                {0.0994, "99 ms"},  {0.0996, "0.1 s"},
                {0.14, "0.1 s"},    {7.06, "7.1 s"},
                {59.9, "59.9 s"},   {59.96, "1:00"},
                {3600, "1:00:00"},  {360000, "100:00:00"},
                {1e7, "115 days"},  {864e11, "1,000,000,000 days"}};
    static const struct {
        double rate;
        const char *text;
    } pace[] = {{0, "-"},         {1e-9, "< 0.001"},
                {0.001, "0.001"}, {0.14, "0.14"},
                {9.94, "9.9"},    {9.96, "9"},
                {140, "140"},     {1e15, "1,000,000,000,000,000"}};
    char expected[64];
    for (size_t i = 0; i < sizeof time / sizeof time[0]; i++) {
        struct gw_live_record record = a_record(NULL, 0);
        record.eta_seconds = record.seconds = record.commit_seconds = time[i].seconds;
        char *text = shown(&record, &(struct gw_live_view){.age = 0});
        snprintf(expected, sizeof expected, "   ETA %s   ", time[i].text);
        check_has(text, expected, true);
        snprintf(expected, sizeof expected, "   elapsed %s   ", time[i].text);
        check_has(text, expected, true);
        snprintf(expected, sizeof expected, ", committing %s\n", time[i].text);
        check_has(text, expected, true);
        free(text);
    }
    for (size_t i = 0; i < sizeof pace / sizeof pace[0]; i++) {
        struct gw_live_record record = a_record(NULL, 0);
        record.rows_per_second = pace[i].rate;
        char *text = shown(&record, &(struct gw_live_view){.age = 0});
        snprintf(expected, sizeof expected, "  rows/s %s   ", pace[i].text);
        check_has(text, expected, true);
        free(text);
    }
}

/* The largest that a file may hold: no exponent anywhere. */
static void the_largest_numbers_have_no_exponent(void)
{
    struct gw_live_rank rank[] = {
        {"n", "working", INT64_MAX, INT64_MAX, 1e15, 1e15, INT64_MAX, INT64_MAX}};
    struct gw_live_record record = a_record(rank, 1);
    record.tiles = record.tiles_done = record.tiles_kept = INT64_MAX;
    record.restarts = record.lost = record.again = record.set_aside = INT64_MAX;
    record.journal_bytes = INT64_MAX;
    record.rows_per_second = record.eta_seconds = record.seconds = 1e15;
    record.commit_seconds = record.coordinator = 1e15;
    char *text = shown(&record, &(struct gw_live_view){.age = 0});
    check_has(text, "e+", false);
    check_has(text, "? ", false);
    check_has(text, "coordinating 999.9 %", true);
    check_has(text, "journal 9.2 EB\n", true);
    free(text);
}

/* 8 columns' ends, by the rule below the head. */
static void dashes_stand_where_numbers_would(void)
{
    struct gw_live_rank rank[] = {{"n", "finished", 0, -1, 5, 0, 0, 0},
                                  {"n", "finished", 0, -1, 5, 0, 0, 0}};
    struct gw_live_record record = a_record(rank, 2);
    char *text = shown(&record, &(struct gw_live_view){.age = 0});
    check_has(text,
              "  rank  node  condition  tiles  last tile  busy %  cache %  silent s\n"
              "  ----  ----  ---------  -----  ---------  ------  -------  --------\n"
              "     0  n     finished       0          -     0.0        -         -\n"
              "     1  n     finished       0          -     0.0        -         -\n",
              true);
    free(text);
}

static void what_is_not_known_yet_is_a_dash(void)
{
    struct gw_live_record record = a_record(NULL, 0);
    record.rows_per_second = 0;
    record.eta_seconds = -1;
    record.tiles = record.tiles_done = record.tiles_kept = 0;
    record.output = NULL;
    char *text = shown(&record, &(struct gw_live_view){.age = 0});
    check_has(text, "running: grid.yaml -> ?\n", true);
    check_has(text, "  rows/s -   ETA -   elapsed", true);
    check_has(text, "]  0.0 %  0 of 0 tiles\n", true);
    check_has(text, "kept", false);
    free(text);
}

static void only_all_tiles_are_100_percent(void)
{
    struct gw_live_record record = a_record(NULL, 0);
    record.tiles_done = record.tiles - 1;
    char *text = shown(&record, &(struct gw_live_view){.age = 0});
    check_has(text, "======= ]  99.9 %", true);
    free(text);
}

/* Rank r of 40 has been silent for r % 10 seconds; 7 and 23 are lost, 39 has finished. */
static void fill(struct gw_live_rank *rank)
{
    for (int r = 0; r < 40; r++) {
        rank[r] = (struct gw_live_rank){.node = "n",
                                        .condition = r == 7 || r == 23 ? "lost"
                                                     : r == 39         ? "finished"
                                                                       : "working",
                                        .last_tile = -1,
                                        .silent = r % 10};
    }
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void the_lost_then_the_silent_come_first_where_there_is_no_room(void)
{
    static const int order[] = {23, 7, 9, 19, 29, 8, 18};
    struct gw_live_rank rank[40];
    fill(rank);
    struct gw_live_record record = a_record(rank, 40);
    rank[23].silent = 8; /* longer than the other lost one */
    char *text = shown(&record, &(struct gw_live_view){.height = 18, .width = 80});
    CU_ASSERT_EQUAL(lines_of(text), 17); /* one is for the cursor */
    const char *line = strstr(text, "--\n");
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        line = strchr(line, '\n') + 1;
        CU_ASSERT_EQUAL(atoi(line), order[i]);
    }
    check_has(text, "\n  ... and 33 more\n", true);
    free(text);
    /* 7 lines of the run, 2 of the head, 40 ranks, the cursor */
    text = shown(&record, &(struct gw_live_view){.height = 50});
    check_has(text, "more\n", false);
    CU_ASSERT_EQUAL(atoi(strstr(text, "--\n") + 3), 0);
    CU_ASSERT_EQUAL(lines_of(text), 49);
    free(text);
    text = shown(&record, &(struct gw_live_view){.height = 49});
    check_has(text, "... and 2 more\n", true);
    CU_ASSERT_EQUAL(lines_of(text), 48);
    free(text);
}

/* Lines of the run go before the last ranks do; never more lines than the screen has. */
static void a_small_screen_has_three_ranks_at_least(void)
{
    struct gw_live_rank rank[40];
    fill(rank);
    for (size_t ranks = 1; ranks <= 40; ranks++) {
        struct gw_live_record record = a_record(rank, ranks);
        for (size_t height = 3; height < 60; height++) {
            struct gw_live_view view = {
                .age = height % 2 == 0 ? 99 : 0, .height = height, .width = 80};
            char *text = shown(&record, &view);
            const char *table = strstr(text, "--\n");
            size_t lines = lines_of(text), in_table = table != NULL ? lines_of(table) : 0;
            bool more = strstr(text, "  ... and ") != NULL;
            size_t seen = in_table > 0 ? in_table - 1 - more : 0;
            size_t least = ranks < 3 ? ranks : 3;
            CU_ASSERT(lines < height);
            CU_ASSERT(table == NULL ? height < 8 : seen >= least);
            CU_ASSERT_EQUAL(more, table != NULL && seen < ranks);
            free(text);
        }
    }
    struct gw_live_record record = a_record(rank, 5);
    char *text = shown(&record, &(struct gw_live_view){.height = 9});
    check_has(text, "running: ", true);
    check_has(text, "] ", true);
    check_has(text, "\n  ... and 2 more\n", true);
    free(text);
}

static void lost_ranks_alone_are_red(void)
{
    struct gw_live_rank rank[40];
    fill(rank);
    struct gw_live_record record = a_record(rank, 8);
    char *text = shown(&record, &(struct gw_live_view){.colour = true});
    const char *red = strstr(text, "\033[31m");
    CU_ASSERT_PTR_NOT_NULL_FATAL(red);
    CU_ASSERT_EQUAL(atoi(red + 5), 7);
    CU_ASSERT_PTR_NULL(strstr(red + 1, "\033[31m"));
    CU_ASSERT_EQUAL(strcmp(text + strlen(text) - 5, "\033[0m\n"), 0);
    free(text);
    text = shown(&record, &(struct gw_live_view){.colour = false});
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    free(text);
}

/* Large numbers and long names need not more than 80 columns; long texts are cut. */
static void lines_are_no_wider_than_asked(void)
{
    struct gw_live_rank rank[1100];
    for (size_t r = 0; r < 1100; r++) {
        rank[r] =
            (struct gw_live_rank){"0123456789012345678901234567890123456789.example",
                                  "finished",
                                  12345678,
                                  12345678,
                                  123456,
                                  1,
                                  7,
                                  0};
    }
    struct gw_live_record record = a_record(rank, 1100);
    for (size_t width = 0; width <= 80; width += 80) {
        char *text = shown(&record, &(struct gw_live_view){.width = width});
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            CU_ASSERT(strlen(line) <= 80);
        }
        free(text);
    }
    record.state = GW_RUN_failed;
    record.message = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
    char *text = shown(&record, &(struct gw_live_view){.width = 5});
    check_has(text, "faile\n  \xc3\xa9\xc3\xa9\xc3\xa9\n", true);
    free(text);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"a_run_is_shown_as_lines", a_run_is_shown_as_lines},
        {"each_state_says_what_matters_then", each_state_says_what_matters_then},
        {"a_run_whose_process_is_gone_was_killed",
         a_run_whose_process_is_gone_was_killed},
        {"silence_is_told_in_the_largest_fitting_unit",
         silence_is_told_in_the_largest_fitting_unit},
        {"numbers_are_plain_whatever_their_size", numbers_are_plain_whatever_their_size},
        {"the_largest_numbers_have_no_exponent", the_largest_numbers_have_no_exponent},
        {"dashes_stand_where_numbers_would", dashes_stand_where_numbers_would},
        {"what_is_not_known_yet_is_a_dash", what_is_not_known_yet_is_a_dash},
        {"only_all_tiles_are_100_percent", only_all_tiles_are_100_percent},
        {"the_lost_then_the_silent_come_first_where_there_is_no_room",
         the_lost_then_the_silent_come_first_where_there_is_no_room},
        {"a_small_screen_has_three_ranks_at_least",
         a_small_screen_has_three_ranks_at_least},
        {"lost_ranks_alone_are_red", lost_ranks_alone_are_red},
        {"lines_are_no_wider_than_asked", lines_are_no_wider_than_asked},
    };
    return CHECK_RUN("live", tests);
}
