#include "summary.h"

#include "profile.h"

#include "gridwalk/report/tables.h"
#include "gridwalk/store/results.h"

#include <string.h>
#include <unistd.h>

void gw_summary_announce(const struct gw_run_job *job, struct gw_text *out)
{
    const struct gw_plan *plan = job->plan;
    char combinations[32], tiles[32];
    int ranks = gw_world_size(job->world), nodes = gw_world_nodes(job->world);
    struct gw_feasible feasible = gw_space_count(&plan->space);
    gw_format_count(feasible.count, combinations, sizeof combinations);
    gw_format_count(plan->tiling.tiles, tiles, sizeof tiles);
    gw_text_printf(
        out, "%s: %s%s combination%s x %zu window%s, %s tile%s on %d rank%s, %d node%s\n",
        job->experiment->name, feasible.exact ? "" : "about ", combinations,
        strcmp(combinations, "1") == 0 ? "" : "s", plan->windows,
        plan->windows == 1 ? "" : "s", tiles, plan->tiling.tiles == 1 ? "" : "s", ranks,
        ranks == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s");
    if (access(job->output, F_OK) == 0 && !job->fresh) {
        gw_text_printf(out,
                       "note: %s holds the results of another experiment, engine or "
                       "version; they are replaced at the end\n",
                       job->output);
    }
    if (job->intake.kept > 0) {
        gw_format_count(job->intake.kept, tiles, sizeof tiles);
        gw_text_printf(out, "resuming: %s of these tiles are in %s.journal\n", tiles,
                       job->output);
    }
    struct gw_journal_facts journal = gw_intake_facts(&job->intake);
    if (journal.cut > 0) {
        char cut[32];
        gw_format_bytes((double)journal.cut, cut, sizeof cut);
        gw_text_printf(out, "the last %s of %s.journal were not whole and are dropped\n",
                       cut, job->output);
    }
    if (job->intake.journal != NULL && !journal.locked) {
        gw_text_printf(out,
                       "note: the file system of %s has no locks: nothing keeps two runs "
                       "off it\n",
                       job->output);
    }
}

/* Which engine made the rows, and what it left to the other. */
static void say_engine(const struct gw_run_record *record, struct gw_text *out)
{
    uint64_t left = 0, verified = 0, bars = 0;
    for (size_t r = 0; r < record->ranks; r++) {
        left += record->rank[r].reference_rows;
        verified += record->rank[r].verified_rows;
        bars += record->rank[r].bars;
    }
    char count[32];
    if (record->plugin != NULL) {
        gw_text_printf(out, "plug-in %s, ", record->plugin);
    }
    gw_text_printf(out, "%s engine", record->engine);
    if (bars > 0) {
        gw_format_count((uint64_t)((double)bars / record->compute_seconds / 1e6), count,
                        sizeof count);
        bool lanes = strcmp(record->engine, "vector") == 0;
        gw_text_printf(out, "%s%s%s: %s million combination-bars/s", lanes ? " (" : "",
                       lanes ? record->isa : "", lanes ? ")" : "", count);
    }
    if (left > 0) {
        gw_format_count(left, count, sizeof count);
        gw_text_printf(out,
                       "; %s rows by the reference engine (emptied accounts, "
                       "returns that hardly vary)",
                       count);
    }
    if (verified > 0) {
        gw_format_count(verified, count, sizeof count);
        gw_text_printf(out, "; %s rows %s", count,
                       record->plugin != NULL ? "asked of the plug-in again"
                                              : "verified by the reference engine");
    }
    gw_text_printf(out, "\n");
}

/* What went wrong on the way and was mended. */
static void say_losses(const struct gw_run_job *job, struct gw_text *out)
{
    const struct gw_job_view *view = &job->view;
    char again[32], aside[32];
    if (view->lost == 0) {
        return;
    }
    gw_format_count(view->again, again, sizeof again);
    gw_format_count(view->set_aside, aside, sizeof aside);
    gw_text_printf(out, "lost %llu worker%s; %s tile%s computed again by others",
                   (unsigned long long)view->lost, view->lost == 1 ? "" : "s", again,
                   view->again == 1 ? "" : "s");
    if (view->set_aside > 0) {
        gw_text_printf(out, "; %s set aside: two workers were lost over %s", aside,
                       view->set_aside == 1 ? "it" : "each");
    }
    gw_text_printf(out, "\n");
}

/* Mean and longest time until a worker had an order in the place of a finished one. */
static void say_replies(const struct gw_run_record *record, struct gw_text *out)
{
    double seconds = 0, longest = 0;
    uint64_t replies = 0;
    for (size_t r = 1; r < record->ranks; r++) {
        const struct gw_run_rank *rank = &record->rank[r];
        seconds += rank->reply_seconds;
        replies += rank->replies;
        longest = rank->reply_longest > longest ? rank->reply_longest : longest;
    }
    if (replies > 0) {
        gw_text_printf(out, "; replies in %.3g ms, longest %.3g ms",
                       1e3 * seconds / (double)replies, 1e3 * longest);
    }
}

static void summarize(const struct gw_run_job *job, struct gw_text *out)
{
    const struct gw_run_record *record = &job->record;
    uint64_t hits = 0, misses = 0, bytes = 0;
    double busy = 0, coordination = record->rank[0].coordination_seconds;
    for (size_t r = 0; r < record->ranks; r++) {
        hits += record->rank[r].cache_hits;
        misses += record->rank[r].cache_misses;
        bytes += record->rank[r].cache_bytes;
        busy += record->rank[r].busy_seconds;
    }
    char rows[32], rate[32], hit[32], miss[32], held[32], took[32];
    double made = gw_sidecar_rows_made(record);
    gw_format_count((uint64_t)made, rows, sizeof rows);
    gw_format_count((uint64_t)(made / record->compute_seconds), rate, sizeof rate);
    gw_format_count(hits, hit, sizeof hit);
    gw_format_count(misses, miss, sizeof miss);
    gw_format_bytes((double)bytes, held, sizeof held);
    gw_format_seconds(record->compute_seconds, took, sizeof took);
    gw_text_printf(
        out, "%s rows in %s (%s rows/s); ranks busy %.0f %%, coordinator %.0f %%", rows,
        took, rate, 100 * busy / (record->compute_seconds * (double)record->ranks),
        100 * coordination / record->compute_seconds);
    say_replies(record, out);
    gw_text_printf(out, "\n");
    if (record->tiles_kept > 0) {
        gw_format_count(record->rows - (uint64_t)made, rows, sizeof rows);
        gw_text_printf(out, "about %s rows are from earlier runs\n", rows);
    }
    say_losses(job, out);
    say_engine(record, out);
    gw_text_printf(out, "indicator columns: %s hits, %s misses, %s\n", hit, miss, held);
    if (job->plan->segments > GW_TEST && !job->intake.ranked) {
        gw_text_printf(out,
                       "note: limits.memory is too small to rank all combinations in "
                       "test: their ranks, median and best are n/a\n");
    }
    if (!record->shared_bundle) {
        gw_text_printf(out, "note: too little free shared memory: each rank held its own "
                            "copy of the bundle\n");
    }
}

void gw_summary_print(const struct gw_run_job *job, bool profile, struct gw_text *out)
{
    summarize(job, out);
    if (profile) {
        gw_profile_print(&job->record, out);
    }
}

void gw_summary_results(const struct gw_run_job *job, struct gw_text *out)
{
    struct gw_results *results;
    struct gw_error ignored;
    struct gw_show_options options = {
        .top = 5, .window = SIZE_MAX, .windows = job->experiment->walk_forward.present};
    if (gw_results_open(job->output, &results, &ignored) == GW_OK) {
        struct gw_text table = {0};
        if (gw_show(results, &options, &table, &ignored) == GW_OK) {
            gw_text_printf(out, "\n%s", table.data);
        }
        gw_text_clear(&table);
        gw_results_close(results);
    }
    gw_text_printf(out, "\n%s: %s   more: gridwalk show %s\n",
                   job->complete ? "there" : "written", job->output, job->output);
}
