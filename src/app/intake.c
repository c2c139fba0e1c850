#include "intake.h"

#include "stop.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/files.h"

#include <stdlib.h>
#include <unistd.h>

/* With fail_fast a failed row is the end. */
static enum gw_status check_failed(const struct gw_intake *intake, struct gw_error *err)
{
    const struct gw_results_summary *summary = gw_results_so_far(intake->writer);
    if (!intake->setup.fail_fast || summary->failed == 0) {
        return GW_OK;
    }
    return gw_fail(err, GW_ROWS,
                   "combination %llu failed in window %zu, and --fail-fast ends the run "
                   "there; nothing is written",
                   (unsigned long long)summary->first_failed_k,
                   summary->first_failed_window);
}

static enum gw_status take_kept(void *context,
                                uint64_t tile,
                                const void *payload,
                                size_t length,
                                struct gw_error *err)
{
    struct gw_intake *intake = context;
    double grace;
    if (gw_stop_asked(&grace)) {
        return gw_fail(err, GW_INTERRUPTED, "a signal");
    }
    if (gw_results_has(intake->writer, tile)) {
        return gw_intake_again(intake, tile, payload, length, err);
    }
    if (gw_results_accept(intake->writer, tile, payload, length, err) != GW_OK) {
        return gw_fail_prefix(err, "%s.journal: ", intake->setup.output);
    }
    intake->kept++;
    return GW_OK;
}

/* Who has the journal's lock alone writes all of these. */
static void sweep(const struct gw_intake_setup *setup, const struct gw_journal *journal)
{
    static const char *const beside[] = {"", ".run.json", ".status.json"};
    for (size_t i = 0; i < 3 && gw_journal_facts(journal).locked; i++) {
        struct gw_text path = {0};
        gw_text_printf(&path, "%s%s", setup->output, beside[i]);
        gw_file_sweep(path.data);
        gw_text_clear(&path);
    }
}

static enum gw_status open_journal(const struct gw_intake_setup *setup,
                                   struct gw_journal **out,
                                   struct gw_error *err)
{
    const struct gw_journal_setup journal = {
        .output = setup->output,
        .identity = setup->identity,
        .tiles = setup->plan->tiling.tiles,
        .payload_max = gw_plan_payload_max(setup->plan),
        .fresh = setup->fresh,
    };
    return gw_journal_open(&journal, out, err);
}

enum gw_status gw_intake_is_begun(const struct gw_intake_setup *setup,
                                  bool *begun_out,
                                  struct gw_error *err)
{
    struct gw_text path = {0};
    gw_text_printf(&path, "%s.journal", setup->output);
    bool there = access(path.data, F_OK) == 0;
    gw_text_clear(&path);
    *begun_out = false;
    if (!there) {
        return GW_OK;
    }
    struct gw_journal *journal;
    enum gw_status status = open_journal(setup, &journal, err);
    if (status == GW_OK) {
        gw_journal_close(journal);
        *begun_out = true;
    }
    return status == GW_DATA ? GW_OK : status;
}

enum gw_status gw_intake_open(struct gw_intake *intake,
                              const struct gw_intake_setup *setup,
                              struct gw_error *err)
{
    const struct gw_plan *plan = setup->plan;
    *intake = (struct gw_intake){.setup = *setup};
    GW_TRY(gw_file_check_output(setup->output, err));
    if (setup->journal) {
        GW_TRY(open_journal(setup, &intake->journal, err));
        sweep(setup, intake->journal);
    }
    GW_TRY(gw_results_create(setup->output, plan, setup->panel, setup->identity,
                             &intake->writer, err));
    if (intake->journal != NULL) {
        GW_TRY(gw_journal_replay(intake->journal, take_kept, intake, err));
    }
    return check_failed(intake, err);
}

enum gw_status gw_intake_accept(struct gw_intake *intake,
                                uint64_t tile,
                                const void *payload,
                                size_t length,
                                struct gw_error *err)
{
    if (intake->broken.status != GW_OK) {
        *err = intake->broken;
        return err->status;
    }
    double begin = gw_clock();
    GW_TRY(gw_results_accept(intake->writer, tile, payload, length, err));
    if (intake->journal != NULL) {
        GW_TRY(gw_journal_append(intake->journal, tile, payload, length, err));
    }
    intake->seconds += gw_clock() - begin;
    return check_failed(intake, err);
}

enum gw_status gw_intake_again(struct gw_intake *intake,
                               uint64_t tile,
                               const void *payload,
                               size_t length,
                               struct gw_error *err)
{
    if (intake->journal == NULL) {
        return GW_OK; /* there is nothing to compare it with */
    }
    struct gw_text first = {0};
    enum gw_status status = gw_journal_find(intake->journal, tile, &first, err);
    if (status == GW_OK &&
        !gw_results_same(intake->writer, tile,
                         (struct gw_payload_bytes){first.data, first.length},
                         (struct gw_payload_bytes){payload, length})) {
        status = gw_fail(err, GW_SYSTEM,
                         "tile %llu was computed twice and the results differ: a machine "
                         "or its memory is faulty, or the program is; nothing is written",
                         (unsigned long long)tile);
    }
    gw_text_clear(&first);
    return status;
}

enum gw_status
gw_intake_lose(struct gw_intake *intake, uint64_t tile, struct gw_error *err)
{
    GW_TRY(gw_results_lose(intake->writer, tile, err));
    return check_failed(intake, err);
}

void gw_intake_expect_again(struct gw_intake *intake)
{
    if (intake->journal != NULL) {
        gw_journal_mark(intake->journal);
    }
}

struct gw_journal_facts gw_intake_facts(const struct gw_intake *intake)
{
    return intake->journal != NULL && !intake->finished
               ? gw_journal_facts(intake->journal)
               : (struct gw_journal_facts){0};
}

void gw_intake_tick(struct gw_intake *intake)
{
    struct gw_error err = {0};
    if (intake->journal != NULL && intake->broken.status == GW_OK) {
        double begin = gw_clock();
        intake->broken.status = gw_journal_tick(intake->journal, &err);
        intake->seconds += gw_clock() - begin;
        if (intake->broken.status != GW_OK) {
            intake->broken = err;
        }
    }
}

enum gw_status gw_intake_commit(struct gw_intake *intake, struct gw_error *err)
{
    return intake->journal != NULL ? gw_journal_commit(intake->journal, err) : GW_OK;
}

/* Choose in every window and write what became of it. Frees the writer. */
static enum gw_status finish_results(struct gw_intake *intake,
                                     struct gw_results_writer *writer,
                                     struct gw_results_summary *summary_out,
                                     struct gw_error *err)
{
    const struct gw_plan *plan = intake->setup.plan;
    struct gw_forward_window *window = gw_calloc(plan->windows, sizeof *window);
    struct gw_forward forward = {0};
    bool test = plan->segments > GW_TEST;
    enum gw_status status = gw_results_choose(writer, window, &intake->ranked, err);
    if (status == GW_OK && test) {
        gw_forward_make(plan, intake->setup.portal, window, &forward);
        if (forward.wrong.status != GW_OK) {
            *err = forward.wrong;
            status = err->status;
        }
    }
    free(window);
    if (status != GW_OK) {
        gw_results_abandon(writer);
        gw_forward_clear(&forward);
        return status;
    }
    status = gw_results_finish(writer, test ? &forward : NULL, summary_out, err);
    gw_forward_clear(&forward);
    return status;
}

enum gw_status gw_intake_finish(struct gw_intake *intake,
                                struct gw_results_summary *summary_out,
                                struct gw_error *err)
{
    /* So that nothing is computed again if the results file then cannot be finished. */
    GW_TRY(gw_intake_commit(intake, err));
    struct gw_results_writer *writer = intake->writer;
    intake->writer = NULL;
    GW_TRY(finish_results(intake, writer, summary_out, err));
    intake->finished = true;
    return GW_OK;
}

void gw_intake_close(struct gw_intake *intake)
{
    gw_results_abandon(intake->writer);
    if (intake->finished && intake->journal != NULL) {
        gw_journal_remove(intake->journal);
    } else {
        gw_journal_close(intake->journal);
    }
    *intake = (struct gw_intake){0};
}
