/* All that a run writes, cut off or refused at every single call in turn: what stands
 * under the results' name is whole or not there, an error is one line, and the same run
 * again ends with the bytes of one that nothing happened to, and with nothing left beside
 * them.
 *
 *     test_writers          a share of the calls, some seconds
 *     test_writers --all    every call
 *     test_writers SEED     another share */
#include "check.h"
#include "shim.h"

#include "../../src/app/job.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/bundle.h"
#include "gridwalk/store/files.h"
#include "gridwalk/store/ingest.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* So that a commit is due after nearly every tile. */
static const double CLOCK_STEP = 0.4;

enum { SETTINGS = 6, CHAIN = 3, SECONDS = 60 };

/* What a child tells of its run. */
struct outcome {
    struct gw_fault_record record;
    enum gw_status status;
    bool complete; /* it found the results there */
    uint64_t tiles, kept;
    uint64_t told; /* tiles that its error would say are kept */
    char text[256];
};

struct subject {
    const char *name, *config;
    const char *set[SETTINGS]; /* as --set; NULL ends them */
};

/* Many small tiles of cheap columns. */
#define CHEAP                                                                            \
    "limits.memory=1M",                                                                  \
        "strategy.define={quick: 'lag(close, fast)', calm: 'lag(close, slow)'}"
#define FINER                                                                            \
    CHEAP, "strategy.parameters.fast={from: 5, to: 50, step: 1}",                        \
        "strategy.parameters.slow={from: 60, to: 200, step: 4}"
#define LONGER CHEAP, "walk_forward.train=1000", "walk_forward.test=400"
#define BEST "output={keep: {top: 7}}"

static const struct subject subjects[] = {
    {"grid", "sma-cross-grid", {FINER}},
    {"grid, the best", "sma-cross-grid", {FINER, BEST}},
    {"walk-forward", "sma-cross-walk-forward", {LONGER}},
    {"walk-forward, the best", "sma-cross-walk-forward", {LONGER, BEST}},
};

/* What this program was told, and where it works. */
static struct {
    bool all;
    uint64_t seed;
    char directory[64], folder[96], bundle[96], output[128];
    struct outcome *outcome; /* shared with the children */
    long tried[GW_FAULTS];
} test = {.seed = 1};

static uint64_t draw(uint64_t below)
{
    test.seed = test.seed * 6364136223846793005U + 1442695040888963407U;
    return (test.seed >> 33) % below;
}

/* ---- the folder of the results ---- */

static void read_output(struct gw_text *out)
{
    struct gw_error err;
    gw_text_clear(out);
    if (access(test.output, F_OK) == 0) {
        CHECK_OK(gw_file_read(test.output, 64 << 20, GW_SYSTEM, out, &err));
    }
}

static bool is_final(const char *name)
{
    return strcmp(name, "out.h5") == 0 || strcmp(name, "out.h5.run.json") == 0 ||
           strcmp(name, "out.h5.status.json") == 0;
}

/* How many files are there that no finished run has; with `remove` none stays. */
static int sweep(bool remove_all)
{
    int strange = 0;
    DIR *folder = opendir(test.folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", test.folder, entry->d_name);
        if (entry->d_name[0] == '.') {
            continue;
        }
        if (!is_final(entry->d_name)) {
            strange++;
            if (!remove_all) {
                printf("    left behind: %s\n", entry->d_name);
            }
        }
        if (remove_all) {
            unlink(path);
        }
    }
    closedir(folder);
    return strange;
}

/* ---- a run in a child ---- */

static enum gw_status do_run(struct gw_run_job *job, struct gw_error *err)
{
    GW_TRY(gw_run_job_open(job, err));
    test.outcome->kept = job->intake.kept;
    test.outcome->complete = job->complete;
    if (job->complete) {
        return GW_OK;
    }
    GW_TRY(gw_run_job_compute(job, err));
    return gw_run_job_finish(job, err);
}

/* The wait status of a child that opens, computes and finishes a prepared run. */
static int run_child(struct gw_run_job *job, enum gw_fault fault, long at)
{
    *test.outcome = (struct outcome){.status = GW_USAGE};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct gw_error err = {.text = ""};
        alarm(SECONDS);
        gw_fault_clock(CLOCK_STEP);
        gw_fault_arm(test.output, fault, at, &test.outcome->record);
        job->started = gw_clock();
        test.outcome->tiles = job->plan->tiling.tiles;
        test.outcome->status = do_run(job, &err);
        memcpy(test.outcome->text, err.text, sizeof err.text);
        if (test.outcome->status != GW_OK) {
            test.outcome->told = gw_intake_facts(&job->intake).records;
        }
        gw_run_job_clear(job);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

/* How the run goes may stay untold; and HDF5 first looks whether a file that it is to
 * make is there, which may fail. */
static bool may_pass(enum gw_fault fault, const struct gw_fault_record *record)
{
    return strstr(record->path, ".status.json") != NULL ||
           (fault == GW_FAULT_EIO && strcmp(record->call, "open") == 0 &&
            strstr(record->path, "out.h5.tmp.") != NULL);
}

/* Whether the child ended as it must with this fault. */
static bool ended_well(enum gw_fault fault, int status)
{
    const struct outcome *outcome = test.outcome;
    if (!outcome->record.fired) {
        return status == 0 && outcome->status == GW_OK;
    }
    if (fault == GW_FAULT_KILL || fault == GW_FAULT_TORN) {
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
    if (may_pass(fault, &outcome->record) && outcome->status == GW_OK) {
        return status == 0;
    }
    return status == 0 && outcome->status == GW_SYSTEM && outcome->text[0] != '\0' &&
           strchr(outcome->text, '\n') == NULL;
}

static bool equal(const struct gw_text *a, const struct gw_text *b)
{
    return a->data != NULL && a->length == b->length &&
           memcmp(a->data, b->data, a->length) == 0;
}

/* One run with a fault; false when something was wrong with how it ended. */
static bool
disturb(struct gw_run_job *job, enum gw_fault fault, long at, const struct gw_text *whole)
{
    struct gw_text found = {0};
    int status = run_child(job, fault, at);
    const struct outcome *outcome = test.outcome;
    bool good = ended_well(fault, status);
    if (!good) {
        printf("    wait status %d, run's status %d: %s\n", status, outcome->status,
               outcome->text);
    }
    if (outcome->record.order[0] != '\0') {
        printf("    %s\n", outcome->record.order);
        good = false;
    }
    read_output(&found);
    if (found.data != NULL && !equal(&found, whole)) {
        printf("    %zu bytes under the results' name, not the whole ones\n",
               found.length);
        good = false;
    }
    gw_text_clear(&found);
    test.tried[fault] += outcome->record.fired;
    return good;
}

/* The run again, without a fault. `least`: so many tiles were on disk. */
static bool recover(struct gw_run_job *job, uint64_t least, const struct gw_text *whole)
{
    struct gw_text found = {0};
    const struct outcome *outcome = test.outcome;
    int status = run_child(job, GW_FAULT_NONE, 0);
    bool good = status == 0 && outcome->status == GW_OK;
    if (!good) {
        printf("    again: wait status %d, run's status %d: %s\n", status,
               outcome->status, outcome->text);
    }
    if (!outcome->complete && outcome->kept < least) {
        printf("    %llu tiles were kept, at least %llu were on disk\n",
               (unsigned long long)outcome->kept, (unsigned long long)least);
        good = false;
    }
    read_output(&found);
    if (!equal(&found, whole)) {
        printf("    again: the results differ\n");
        good = false;
    }
    gw_text_clear(&found);
    return sweep(false) == 0 && good;
}

static void name_fault(const struct gw_run_job *job, enum gw_fault fault, long at)
{
    const struct gw_fault_record *record = &test.outcome->record;
    printf("    %s at call %ld (%s %s), %llu tiles\n", gw_fault_name[fault], at,
           record->call, record->path, (unsigned long long)job->plan->tiling.tiles);
}

/* A fault, then none. `past_out`: there is no such call any more. */
static bool try_one(struct gw_run_job *job,
                    enum gw_fault fault,
                    long at,
                    const struct gw_text *whole,
                    bool *past_out)
{
    bool good = disturb(job, fault, at, whole);
    const struct gw_fault_record record = test.outcome->record;
    const uint64_t told = test.outcome->told;
    *past_out = record.calls < at;
    /* The header is synced alone, and so is the note of a run where no tile comes soon.
     */
    uint64_t tiles = record.journal_syncs > 2 ? (uint64_t)record.journal_syncs - 2 : 0;
    if (!good) {
        name_fault(job, fault, at);
    }
    if (!recover(job, told > tiles ? told : tiles, whole)) {
        printf("    after %s at call %ld (%s %s)\n", gw_fault_name[fault], at,
               record.call, record.path);
        good = false;
    }
    sweep(true);
    return good;
}

/* Several faults one after the other, anywhere, then none. */
static bool try_chain(struct gw_run_job *job, long calls, const struct gw_text *whole)
{
    bool good = true;
    char line[CHAIN][400];
    for (int i = 0; i < CHAIN; i++) {
        enum gw_fault fault = GW_FAULT_KILL + (enum gw_fault)draw(GW_FAULTS - 1);
        long at = 1 + (long)draw((uint64_t)calls);
        good = disturb(job, fault, at, whole) && good;
        snprintf(line[i], sizeof line[i], "%s at call %ld (%s %s)", gw_fault_name[fault],
                 at, test.outcome->record.call, test.outcome->record.path);
    }
    good = recover(job, 0, whole) && good;
    for (int i = 0; i < CHAIN && !good; i++) {
        printf("    in a chain: %s\n", line[i]);
    }
    sweep(true);
    return good;
}

/* ---- a subject ---- */

static enum gw_status
prepare(struct gw_run_job *job, const struct subject *subject, struct gw_error *err)
{
    struct gw_text file = {0}, text = {0}, bundle = {0};
    const char *set[SETTINGS + 1];
    struct gw_overrides overrides = {.set = set};
    gw_text_printf(&file, "%s/configs/%s.yaml", GW_SOURCE_DIR, subject->config);
    gw_text_printf(&bundle, "bundle=%s", test.bundle);
    set[overrides.sets++] = bundle.data;
    for (int i = 0; i < SETTINGS && subject->set[i] != NULL; i++) {
        set[overrides.sets++] = subject->set[i];
    }
    *job = (struct gw_run_job){.quiet = true,
                               .journal = true,
                               .live = true,
                               .started = gw_clock(),
                               .output = gw_strdup(test.output)};
    gw_text_printf(&job->bundle, "%s", test.bundle);
    gw_timestamp(job->record.started, sizeof job->record.started);
    enum gw_status status = gw_file_read(file.data, 1 << 20, GW_CONFIG, &text, err);
    if (status == GW_OK) {
        status = gw_experiment_parse(file.data, text.data, text.length, &overrides,
                                     &job->experiment, err);
    }
    gw_text_clear(&file);
    gw_text_clear(&text);
    gw_text_clear(&bundle);
    GW_TRY(status);
    GW_TRY(gw_run_job_load(job, err));
    return gw_run_job_plan(job, err);
}

/* Which calls to try: all of them, or as many as `tries` with random steps between. */
static long next_call(long at, long calls, long tries)
{
    long step = test.all ? 1 : calls / tries;
    return at + 1 + (step > 1 ? (long)draw(2 * (uint64_t)step - 1) : 0);
}

/* Of each kind in each run. Under AddressSanitizer a child takes ten times as long. */
#ifdef __SANITIZE_ADDRESS__
enum { TRIES = 3, CHAINS = 1 };
#else
enum { TRIES = 12, CHAINS = 4 };
#endif

static void run_subject(const struct subject *subject)
{
    struct gw_run_job job;
    struct gw_error err;
    struct gw_text whole = {0};
    CHECK_OK(prepare(&job, subject, &err));
    int status = run_child(&job, GW_FAULT_NONE, 0);
    const long calls = test.outcome->record.calls;
    const uint64_t tiles = test.outcome->tiles;
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(test.outcome->status, GW_OK);
    CU_ASSERT(tiles >= 10 && tiles <= 40);
    /* Else the faults below would not come between commits. */
    CU_ASSERT((uint64_t)test.outcome->record.journal_syncs >= tiles / 2);
    read_output(&whole);
    CU_ASSERT_FATAL(whole.data != NULL);
    CU_ASSERT_EQUAL(sweep(false), 0);
    sweep(true);
    printf("\n  %s: %llu tiles, %ld calls, %zu bytes\n", subject->name,
           (unsigned long long)tiles, calls, whole.length);
    for (enum gw_fault fault = GW_FAULT_KILL; fault < GW_FAULTS; fault++) {
        bool past = false;
        for (long at = 1; !past; at = next_call(at, calls, TRIES)) {
            CU_ASSERT_TRUE(try_one(&job, fault, at, &whole, &past));
        }
    }
    for (int i = 0; i < (test.all ? 10 * CHAINS : CHAINS); i++) {
        CU_ASSERT_TRUE(try_chain(&job, calls, &whole));
    }
    gw_text_clear(&whole);
    gw_run_job_clear(&job);
}

static void a_run_goes_on_after_a_fault_at_any_call(void)
{
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        run_subject(&subjects[i]);
    }
    printf("  faults tried:");
    for (enum gw_fault fault = GW_FAULT_KILL; fault < GW_FAULTS; fault++) {
        printf(" %ld %s%s", test.tried[fault], gw_fault_name[fault],
               fault + 1 < GW_FAULTS ? "," : "\n");
        CU_ASSERT(test.tried[fault] >= 3 * TRIES);
    }
}

/* ---- the program ---- */

static enum gw_status make_bundle(struct gw_error *err)
{
    struct gw_panel *panel = NULL;
    struct gw_ingest_report report = {.rows = 0};
    enum gw_status status =
        gw_spec_load(GW_SOURCE_DIR "/configs/data/stocks.yaml", &panel, &report, err);
    if (status == GW_OK) {
        status = gw_bundle_write(test.bundle, panel, "", err);
    }
    gw_panel_free(panel);
    gw_ingest_report_clear(&report);
    return status;
}

static bool set_up(void)
{
    struct gw_error err;
    /* In memory where that is to be had: thousands of syncs take long on a disk. */
    const char *base = getenv("TMPDIR"), *memory = "/dev/shm";
    base = base != NULL ? base : access(memory, W_OK) == 0 ? memory : "/tmp";
    snprintf(test.directory, sizeof test.directory, "%.40s/gridwalk-test-XXXXXX", base);
    if (mkdtemp(test.directory) == NULL) {
        return false;
    }
    snprintf(test.folder, sizeof test.folder, "%s/results", test.directory);
    snprintf(test.bundle, sizeof test.bundle, "%s/stocks.h5", test.directory);
    snprintf(test.output, sizeof test.output, "%s/out.h5", test.folder);
    test.outcome = mmap(NULL, sizeof *test.outcome, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mkdir(test.folder, 0700) != 0 || test.outcome == MAP_FAILED) {
        return false;
    }
    enum gw_status status = make_bundle(&err);
    if (status != GW_OK) {
        fprintf(stderr, "%s\n", err.text);
    }
    return status == GW_OK;
}

static void tear_down(void)
{
    sweep(true);
    rmdir(test.folder);
    unlink(test.bundle);
    rmdir(test.directory);
}

int main(int count, char **word)
{
    static const struct check_test tests[] = {
        {"a_run_goes_on_after_a_fault_at_any_call",
         a_run_goes_on_after_a_fault_at_any_call},
    };
    test.all = count > 1 && strcmp(word[1], "--all") == 0;
    if (count > 1 && !test.all) {
        test.seed = strtoull(word[1], NULL, 10);
    }
    int failed = set_up() ? CHECK_RUN("writers", tests) : 1;
    tear_down();
    return failed;
}
