/* Rows of a plug-in: questions to a child process over a board of shared memory. */
#include "gridwalk/engine/plugin.h"

#include "child.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/engine/decider.h"
#include "gridwalk/engine/reference.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BATCH = 64 /* rows a question */, BLOCK = 1024 /* look-backs */, WHY = 160 };

/* What a child is asked. */
enum question { ASK_ROWS, ASK_RECORD, ASK_LOOKBACKS };

/* Shared with the child: it fills what is below `progress`. */
struct board {
    enum question question;
    size_t count;
    struct gw_plugin_row row[BLOCK];
    _Atomic uint64_t progress; /* of the question in hand */
    struct gw_error error;     /* GW_OK: the library is loaded */
    struct gw_plugin_facts facts;
    double lookback[BLOCK];
    struct gw_row made[BATCH];
    char why[WHY]; /* the first row that failed did */
    struct gw_cache_stats stats;
    bool simulated; /* ASK_RECORD: of the one row; its equity lies behind the board */
    struct gw_record record;
    struct gw_ledger ledger;
    double equity[];
};

struct gw_plugin {
    struct gw_plugin_setup setup;
    struct gw_engine_setup engine; /* the child's */
    struct board *board;           /* [bytes] */
    size_t bytes;
    struct child child;
    void (*poll)(void *context);
    void *poll_context;
    size_t deaths; /* in this tile */
    char failure[CHILD_EPITAPH + WHY];
};

/* ---- in the child ---- */

static void note_failure(struct board *board, const char *why)
{
    if (board->why[0] == '\0') {
        snprintf(board->why, sizeof board->why, "%s", why);
    }
}

static void answer_lookbacks(struct board *board, struct gw_decider *decider)
{
    for (size_t i = 0; i < board->count; i++) {
        board->lookback[i] =
            (double)decider->lookback(decider->context, board->row[i].value);
        atomic_store(&board->progress, i + 1);
    }
}

static void
answer_rows(struct board *board, struct gw_driver *driver, struct gw_reference *reference)
{
    for (size_t i = 0; i < board->count; i++) {
        const struct gw_plugin_row *row = &board->row[i];
        gw_reference_run(reference, row->value, row->begin, row->end, &board->made[i]);
        if (board->made[i].status == GW_ROW_FAILED) {
            note_failure(board, gw_driver_failure(driver));
        }
        atomic_store(&board->progress, i + 1);
    }
    board->stats = gw_reference_stats(reference);
}

static void answer_record(struct board *board, const struct gw_reference *reference)
{
    struct gw_record *record = &board->record;
    board->simulated = gw_reference_record(reference, record);
    if (board->simulated) {
        board->ledger = *record->ledger;
        memcpy(board->equity, record->equity, record->bars * sizeof *board->equity);
    }
}

static void serve(void *context, int line)
{
    struct gw_plugin *plugin = context;
    struct board *board = plugin->board;
    struct gw_driver *driver = NULL;
    struct gw_reference *reference = NULL;
    enum gw_status status = gw_driver_open(&plugin->setup, &driver, &board->error);
    if (status == GW_OK) {
        board->error.status = GW_OK;
        board->facts = *gw_driver_facts(driver);
    }
    if (status == GW_OK && plugin->setup.engine != NULL) {
        struct gw_engine_setup setup = plugin->engine;
        setup.decider = gw_driver_decider(driver);
        reference = gw_reference_new(&setup);
    }
    while (child_say(line) && status == GW_OK && child_hear(line)) {
        if (board->question == ASK_LOOKBACKS) {
            answer_lookbacks(board, gw_driver_decider(driver));
        } else {
            answer_rows(board, driver, reference);
        }
        if (board->question == ASK_RECORD) {
            answer_record(board, reference);
        }
    }
    gw_reference_free(reference);
    gw_driver_close(driver);
}

/* ---- in the parent ---- */

struct gw_plugin *gw_plugin_new(const struct gw_plugin_setup *setup)
{
    struct gw_plugin *plugin = gw_calloc(1, sizeof *plugin);
    plugin->setup = *setup;
    if (setup->engine != NULL) {
        plugin->engine = *setup->engine;
        plugin->engine.columns = NULL;
        plugin->engine.poll = NULL;
        plugin->setup.engine = &plugin->engine;
    }
    plugin->bytes = sizeof *plugin->board;
    if (setup->engine != NULL) {
        plugin->bytes += gw_portal_bars(setup->engine->portal) * sizeof(double);
    }
    plugin->board = mmap(NULL, plugin->bytes, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (plugin->board == MAP_FAILED) {
        gw_die("no memory to share with a child process: %s", strerror(errno));
    }
    return plugin;
}

void gw_plugin_free(struct gw_plugin *plugin)
{
    if (plugin == NULL) {
        return;
    }
    child_kill(&plugin->child);
    munmap(plugin->board, plugin->bytes);
    free(plugin);
}

void gw_plugin_set_poll(struct gw_plugin *plugin, void (*poll)(void *), void *context)
{
    plugin->poll = poll;
    plugin->poll_context = context;
}

static const char *name_of(const struct gw_plugin *plugin)
{
    return plugin->setup.strategy != NULL ? "built in" : plugin->setup.file->library;
}

/* Wait for the answer to what was asked. */
static bool hear(struct gw_plugin *plugin, char epitaph[CHILD_EPITAPH])
{
    const struct child_patience patience = {.progress = &plugin->board->progress,
                                            .seconds = plugin->setup.file->timeout,
                                            .poll = plugin->poll,
                                            .poll_context = plugin->poll_context};
    return child_wait(&plugin->child, &patience, epitaph);
}

/* A child that has loaded the library. */
static enum gw_status want_child(struct gw_plugin *plugin, struct gw_error *err)
{
    char epitaph[CHILD_EPITAPH];
    if (plugin->child.pid != 0) {
        return GW_OK;
    }
    struct board *board = plugin->board;
    atomic_store(&board->progress, 0);
    GW_TRY(child_start(&plugin->child, serve, plugin, err));
    if (!hear(plugin, epitaph)) {
        return gw_fail(err, GW_CONFIG, "%s: the plug-in %s while it was loaded",
                       name_of(plugin), epitaph);
    }
    if (board->error.status != GW_OK) {
        *err = board->error;
        child_kill(&plugin->child);
    }
    return board->error.status;
}

/* Put a question to the child; false when it died over it. */
static bool ask(struct gw_plugin *plugin,
                enum question question,
                size_t count,
                char epitaph[CHILD_EPITAPH])
{
    struct board *board = plugin->board;
    board->question = question;
    board->count = count;
    board->why[0] = '\0';
    atomic_store(&board->progress, 0);
    /* To one who is dead: hear() sees it. */
    (void)child_say(plugin->child.line);
    return hear(plugin, epitaph);
}

enum gw_status
gw_plugin_ask(struct gw_plugin *plugin, struct gw_plugin_facts *out, struct gw_error *err)
{
    GW_TRY(want_child(plugin, err));
    *out = plugin->board->facts;
    return GW_OK;
}

enum gw_status gw_plugin_lookbacks(struct gw_plugin *plugin,
                                   const double *const *value,
                                   size_t count,
                                   double *out,
                                   struct gw_error *err)
{
    char epitaph[CHILD_EPITAPH];
    struct board *board = plugin->board;
    GW_TRY(want_child(plugin, err));
    for (size_t i = 0; i < count && board->facts.fixed; i++) {
        out[i] = (double)board->facts.lookback;
    }
    for (size_t from = 0; from < count && !board->facts.fixed; from += BLOCK) {
        size_t part = count - from < BLOCK ? count - from : BLOCK;
        for (size_t i = 0; i < part * plugin->setup.parameters; i++) {
            size_t a = i % plugin->setup.parameters, k = i / plugin->setup.parameters;
            board->row[k].value[a] = value[a][from + k];
        }
        if (!ask(plugin, ASK_LOOKBACKS, part, epitaph)) {
            return gw_fail(err, GW_CONFIG,
                           "%s: the plug-in %s when it was asked for its look-back",
                           name_of(plugin), epitaph);
        }
        memcpy(out + from, board->lookback, part * sizeof *out);
    }
    return GW_OK;
}

void gw_plugin_begin_tile(struct gw_plugin *plugin)
{
    plugin->deaths = 0;
}

static void fail_row(struct gw_row *row)
{
    row->status = GW_ROW_FAILED;
    for (int metric = 0; metric < GW_METRICS; metric++) {
        row->metric[metric] = NAN;
    }
}

static void keep_failure(struct gw_plugin *plugin, const char *why)
{
    if (plugin->failure[0] == '\0') {
        snprintf(plugin->failure, sizeof plugin->failure, "%s", why);
    }
}

/* A batch of rows, or those up to the one over which the child died; how many were
 * settled. */
static size_t run_batch(struct gw_plugin *plugin,
                        enum question question,
                        const struct gw_plugin_row *row,
                        size_t count,
                        struct gw_row *out)
{
    char epitaph[CHILD_EPITAPH];
    struct board *board = plugin->board;
    memcpy(board->row, row, count * sizeof *row);
    bool lived = ask(plugin, question, count, epitaph);
    size_t done = lived ? count : (size_t)atomic_load(&board->progress);
    done = done < count ? done : count - !lived;
    memcpy(out, board->made, done * sizeof *out);
    if (board->why[0] != '\0') {
        board->why[sizeof board->why - 1] = '\0';
        keep_failure(plugin, board->why);
    }
    if (!lived) {
        keep_failure(plugin, epitaph);
        fail_row(&out[done]);
        plugin->deaths++;
    }
    return done + !lived;
}

enum gw_status gw_plugin_run(struct gw_plugin *plugin,
                             const struct gw_plugin_row *row,
                             size_t count,
                             struct gw_row *out,
                             struct gw_error *err)
{
    size_t done = 0;
    plugin->failure[0] = '\0';
    while (done < count && plugin->deaths < GW_PLUGIN_DEATHS) {
        GW_TRY(want_child(plugin, err));
        size_t part = count - done < BATCH ? count - done : BATCH;
        done += run_batch(plugin, ASK_ROWS, row + done, part, out + done);
    }
    for (; done < count; done++) {
        fail_row(&out[done]);
    }
    return GW_OK;
}

enum gw_status gw_plugin_record(struct gw_plugin *plugin,
                                const struct gw_plugin_row *row,
                                bool *simulated_out,
                                struct gw_record *out,
                                struct gw_error *err)
{
    struct board *board = plugin->board;
    struct gw_row made;
    plugin->failure[0] = '\0';
    plugin->deaths = 0;
    board->simulated = false;
    GW_TRY(want_child(plugin, err));
    run_batch(plugin, ASK_RECORD, row, 1, &made);
    *simulated_out = plugin->deaths == 0 && board->simulated;
    *out = board->record;
    out->ledger = &board->ledger;
    out->equity = board->equity;
    out->scratch = NULL;
    out->benchmark = NULL;
    return GW_OK;
}

const char *gw_plugin_failure(const struct gw_plugin *plugin)
{
    return plugin->failure;
}

struct gw_cache_stats gw_plugin_stats(const struct gw_plugin *plugin)
{
    return plugin->board->stats;
}

/* ---- any other work in a child ---- */

struct guarded {
    enum gw_status (*work)(void *context, struct gw_error *err);
    void *context;
    struct verdict {
        _Atomic uint64_t progress;
        struct gw_error error;
    } * verdict;
};

static void do_work(void *context, int line)
{
    struct guarded *guarded = context;
    struct gw_error error = {.status = GW_OK};
    /* It writes for its parent: a closed pipe or a limit on file sizes is for the write
     * to report, as there. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    error.status = guarded->work(guarded->context, &error);
    guarded->verdict->error = error;
    fflush(NULL);
    (void)child_say(line);
}

enum gw_status gw_guard(enum gw_status (*work)(void *context, struct gw_error *err),
                        void *context,
                        double seconds,
                        struct gw_error *err)
{
    char epitaph[CHILD_EPITAPH];
    struct child child = {0};
    struct verdict *verdict = mmap(NULL, sizeof *verdict, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (verdict == MAP_FAILED) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "no memory to share with a child");
    }
    struct guarded guarded = {work, context, verdict};
    const struct child_patience patience = {.progress = &verdict->progress,
                                            .seconds = seconds};
    enum gw_status status = child_start(&child, do_work, &guarded, err);
    if (status == GW_OK && !child_wait(&child, &patience, epitaph)) {
        status = gw_fail(err, GW_ROWS, "the plug-in %s", epitaph);
    } else if (status == GW_OK) {
        status = verdict->error.status;
        if (status != GW_OK) {
            *err = verdict->error;
        }
        child_kill(&child);
    }
    munmap(verdict, sizeof *verdict);
    return status;
}
