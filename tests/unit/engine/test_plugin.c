/* Plug-ins: which libraries are refused, what history shows, and what becomes of the rows
 * of one that crashes, hangs or leaves. */
#include "gridwalk/base/mem.h"
#include "gridwalk/engine/plugin.h"
#include "gridwalk/strategy.h"

#include "small_market.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"mood", "fast"};

/* ---- which libraries are refused ---- */

static enum gw_status ask(const char *library,
                          const char *sha256,
                          struct gw_plugin_facts *facts,
                          struct gw_error *err)
{
    struct gw_plugin_file file = {.timeout = 5};
    snprintf(file.sha256, sizeof file.sha256, "%s", sha256);
    file.library = gw_strdup(library);
    const struct gw_plugin_setup setup = {
        .file = &file, .parameter = names, .parameters = 2};
    struct gw_plugin *plugin = gw_plugin_new(&setup);
    *err = (struct gw_error){.status = GW_OK};
    enum gw_status status = gw_plugin_ask(plugin, facts, err);
    gw_plugin_free(plugin);
    free(file.library);
    return status;
}

static void check_refused(const char *library, const char *sha256, const char *text)
{
    struct gw_plugin_facts facts;
    struct gw_error err;
    CU_ASSERT_EQUAL(ask(library, sha256, &facts, &err), GW_CONFIG);
    if (strstr(err.text, text) == NULL || strchr(err.text, '\n') != NULL) {
        fprintf(stderr, "%s: \"%s\", not \"%s\"\n", library, err.text, text);
        CU_FAIL("another message");
    }
}

static void says_what_a_library_is(void)
{
    struct gw_plugin_facts facts;
    struct gw_error err;
    CHECK_OK(ask(GW_PLUGIN_DIR "/moody.so", "", &facts, &err));
    CHECK_TEXT(facts.name, "moody");
    CU_ASSERT_EQUAL(facts.parameters, 1);
    CHECK_TEXT(facts.parameter[0], "mood");
    CU_ASSERT_EQUAL(facts.axis[0], 0);
    CU_ASSERT_TRUE(facts.fixed && facts.lookback == 0);
}

static void refuses_what_is_no_plugin(void)
{
    check_refused(GW_PLUGIN_DIR "/none.so", "", "No such file");
    check_refused(GW_PLUGIN_DIR, "", "is no regular file");
    check_refused(GW_TEST_DIR "/CMakeLists.txt", "", "is no library that can be loaded");
    check_refused(GW_PLUGIN_DIR "/no_plugin.so", "", "exports no 'gw_strategy'");
    check_refused(GW_PLUGIN_DIR "/old_abi.so", "",
                  "is of ABI 42, this program runs ABI 1");
    check_refused(GW_PLUGIN_DIR "/missing_symbol.so", "", "nobody_has_this");
    check_refused(GW_PLUGIN_DIR "/bad_start.so", "",
                  "crashed (signal 6, Aborted) while it was loaded");
}

static void refuses_another_digest(void)
{
    /* Of the empty file. */
    check_refused(GW_PLUGIN_DIR "/moody.so",
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                  "the experiment's is e3b0c44298fc1c14...");
}

static void copy_file(const char *from, const char *to)
{
    char block[4096];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    CU_ASSERT_FATAL(in != NULL && out != NULL);
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;) {
        CU_ASSERT_EQUAL(fwrite(block, 1, n, out), n);
    }
    fclose(in);
    fclose(out);
}

static void refuses_what_others_may_write(void)
{
    char folder[] = "plugin-XXXXXX", path[64];
    struct gw_plugin_facts facts;
    struct gw_error err;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/moody.so", folder);
    copy_file(GW_PLUGIN_DIR "/moody.so", path);
    chmod(path, 0700);
    CHECK_OK(ask(path, "", &facts, &err));
    chmod(path, 0702);
    check_refused(path, "", "it is writable by everyone (mode 702)");
    chmod(path, 0700);
    chmod(folder, 0707);
    check_refused(path, "", "its folder is writable by everyone (mode 707)");
    chmod(folder, 01707); /* nobody can put another file in its place */
    CHECK_OK(ask(path, "", &facts, &err));
    chmod(folder, 0700);
    if (geteuid() == 0) {
        CU_ASSERT_EQUAL(chown(path, 4711, 0), 0);
        check_refused(path, "", "it belongs to another user (number 4711)");
        CU_ASSERT_EQUAL(chown(path, 0, 4711), 0);
        chmod(path, 0720);
        check_refused(path, "", "it is writable by its group (mode 720)");
    }
    unlink(path);
    rmdir(folder);
}

/* ---- descriptors ---- */

static int do_nothing(const struct gw_context *gw, void *state)
{
    (void)gw;
    (void)state;
    return 0;
}

#define STRATEGY                                                                         \
    .abi = GW_STRATEGY_ABI, .size = sizeof(struct gw_strategy), .name = "test"

static void check_descriptor(const struct gw_strategy *strategy, const char *text)
{
    struct gw_error err = {.status = GW_OK};
    const struct gw_plugin_setup setup = {
        .strategy = strategy, .parameter = names, .parameters = 2};
    struct gw_driver *driver = NULL;
    CU_ASSERT_EQUAL(gw_driver_open(&setup, &driver, &err), GW_CONFIG);
    if (strstr(err.text, text) == NULL) {
        fprintf(stderr, "\"%s\", not \"%s\"\n", err.text, text);
        CU_FAIL("another message");
    }
}

static void refuses_wrong_descriptors(void)
{
    static const char *const wants[] = {"slow", NULL}, *const near[] = {"faster", NULL};
    char long_name[65];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[64] = '\0';
    const struct gw_strategy table[] = {
        {STRATEGY},
        {.abi = GW_STRATEGY_ABI,
         .size = sizeof(struct gw_strategy),
         .on_bar = do_nothing},
        {.abi = GW_STRATEGY_ABI, .size = 16, .name = "test", .on_bar = do_nothing},
        {.abi = GW_STRATEGY_ABI,
         .size = sizeof(struct gw_strategy) + 8,
         .name = "test",
         .on_bar = do_nothing},
        {.abi = GW_STRATEGY_ABI,
         .size = sizeof(struct gw_strategy),
         .name = long_name,
         .on_bar = do_nothing},
        {STRATEGY, .on_bar = do_nothing, .state_bytes = (size_t)1 << 40},
        {STRATEGY, .on_bar = do_nothing, .parameter = wants},
        {STRATEGY, .on_bar = do_nothing, .parameter = near},
    };
    static const char *const text[] = {
        "has no on_bar",
        "has no name",
        "has 16 bytes",
        "must be sizeof(struct gw_strategy)",
        "has no name of 1 to 63",
        "more than 1 GiB",
        "'test' asks for a parameter 'slow', which strategy.parameters has not",
        "did you mean it by 'fast'?",
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        check_descriptor(&table[i], text[i]);
    }
}

/* ---- rows in a child ---- */

enum { ROWS = 200 };

static void make_rows(struct gw_plugin_row *row, double mood)
{
    for (size_t i = 0; i < ROWS; i++) {
        row[i] = (struct gw_plugin_row){.begin = 0, .end = 9};
        row[i].value[0] = mood;
    }
}

static void run_moody(struct small_market *m,
                      double timeout,
                      const struct gw_plugin_row *row,
                      struct gw_row *out,
                      char why[160])
{
    static const double close[] = {10, 10, 11, 12, 11, 13, 14, 15, 14, 16};
    struct gw_plugin_file file = {.library = (char *)GW_PLUGIN_DIR "/moody.so",
                                  .timeout = timeout};
    struct gw_error err;
    small_open(m, 10, 1, close);
    struct gw_engine_setup engine = small_setup(m);
    const struct gw_plugin_setup setup = {
        .file = &file, .parameter = names, .parameters = 2, .engine = &engine};
    struct gw_plugin *plugin = gw_plugin_new(&setup);
    gw_plugin_begin_tile(plugin);
    CHECK_OK(gw_plugin_run(plugin, row, ROWS, out, &err));
    snprintf(why, 160, "%s", gw_plugin_failure(plugin));
    gw_plugin_free(plugin);
    small_close(m);
}

/* 1000 in shares bought at 10: 100 of them, worth 1600 at the end. */
static void check_row(const struct gw_row *row, bool well)
{
    CU_ASSERT_EQUAL(row->status, well ? GW_ROW_OK : GW_ROW_FAILED);
    CHECK_CLOSE(row->metric[GW_METRIC_total_return], well ? 0.6 : NAN, 1e-12);
}

static void loses_one_row_to_each_death(void)
{
    static const char *const epitaph[] = {[1] = "crashed (signal 11, Segmentation fault)",
                                          [2] = "ended its process",
                                          [3] = "took longer than 0.2 s",
                                          [4] = "crashed (signal 6, Aborted)",
                                          [5] = "on_bar returned 7",
                                          [6] = "said: the moon is full",
                                          [7] = "ordered asset 1; the assets are 0 to 0",
                                          [8] = "ordered an infinite amount"};
    static struct gw_plugin_row row[ROWS];
    static struct gw_row made[ROWS];
    struct small_market m;
    char why[160];
    for (int mood = 0; mood <= 8; mood++) {
        make_rows(row, 0);
        row[70].value[0] = mood; /* in a batch, and the last of all */
        row[ROWS - 1].value[0] = mood;
        run_moody(&m, 0.2, row, made, why);
        for (size_t i = 0; i < ROWS; i++) {
            check_row(&made[i], mood == 0 || (i != 70 && i != ROWS - 1));
        }
        CHECK_TEXT(why, mood > 0 ? epitaph[mood] : "");
    }
}

static void gives_up_a_tile_after_three_deaths(void)
{
    static struct gw_plugin_row row[ROWS];
    static struct gw_row made[ROWS];
    struct small_market m;
    char why[160];
    make_rows(row, 0);
    row[10].value[0] = row[64].value[0] = row[130].value[0] = 1;
    run_moody(&m, 5, row, made, why);
    for (size_t i = 0; i < ROWS; i++) {
        check_row(&made[i], i < 130 && i != 10 && i != 64);
    }
}

/* ---- any work in a child ---- */

static enum gw_status work(void *context, struct gw_error *err)
{
    volatile bool waits = true;
    switch (*(int *)context) {
    case 0:
        return GW_OK;
    case 1:
        return gw_fail(err, GW_DATA, "no such thing");
    case 2:
        raise(SIGSEGV);
        return GW_OK;
    default:
        while (waits) {
            usleep(1000);
        }
        return GW_OK;
    }
}

static void guards_work(void)
{
    struct gw_error err = {.status = GW_OK};
    int kind = 0;
    CHECK_OK(gw_guard(work, &kind, 5, &err));
    kind = 1;
    CU_ASSERT_EQUAL(gw_guard(work, &kind, 5, &err), GW_DATA);
    CHECK_TEXT(err.text, "no such thing");
    kind = 2;
    CU_ASSERT_EQUAL(gw_guard(work, &kind, 5, &err), GW_ROWS);
    CHECK_TEXT(err.text, "the plug-in crashed (signal 11, Segmentation fault)");
    kind = 3;
    CU_ASSERT_EQUAL(gw_guard(work, &kind, 0.1, &err), GW_ROWS);
    CHECK_TEXT(err.text, "the plug-in took longer than 0.1 s");
}

int main(void)
{
    static const struct check_test tests[] = {
        {"says_what_a_library_is", says_what_a_library_is},
        {"refuses_what_is_no_plugin", refuses_what_is_no_plugin},
        {"refuses_another_digest", refuses_another_digest},
        {"refuses_what_others_may_write", refuses_what_others_may_write},
        {"refuses_wrong_descriptors", refuses_wrong_descriptors},
        {"loses_one_row_to_each_death", loses_one_row_to_each_death},
        {"gives_up_a_tile_after_three_deaths", gives_up_a_tile_after_three_deaths},
        {"guards_work", guards_work},
    };
    return CHECK_RUN("plugin", tests);
}
