#include "profile.h"

#include "gridwalk/report/tables.h"

#include <math.h>
#include <stdio.h>

static const double SMALLEST = 0.005; /* share of a rank's time that is worth a column */

/* What no phase claims. */
static double rest_of(const struct gw_run_rank *rank)
{
    double rest = rank->total_seconds;
    for (int i = 0; i < GW_PHASES; i++) {
        rest -= rank->phase_seconds[i];
    }
    return rest > 0 ? rest : 0;
}

static double phase_of(const struct gw_run_rank *rank, int phase)
{
    return phase < GW_PHASES ? rank->phase_seconds[phase] : rest_of(rank);
}

static bool is_shown(const struct gw_run_record *record, int phase)
{
    for (size_t r = 0; r < record->ranks; r++) {
        const struct gw_run_rank *rank = &record->rank[r];
        if (phase_of(rank, phase) >= SMALLEST * rank->total_seconds) {
            return true;
        }
    }
    return false;
}

static double sum_of(const struct gw_run_record *record, int phase)
{
    double sum = 0;
    for (size_t r = 0; r < record->ranks; r++) {
        sum += phase_of(&record->rank[r], phase);
    }
    return sum;
}

/* One row: a rank's, or the shares of all ranks' time together. */
static void put_row(const struct gw_run_record *record,
                    const struct gw_run_rank *rank,
                    const bool *shown,
                    struct gw_table *table)
{
    double total = 0;
    for (size_t r = 0; r < record->ranks; r++) {
        total += record->rank[r].total_seconds;
    }
    for (int i = 0; i <= GW_PHASES; i++) {
        if (shown[i] && rank != NULL) {
            gw_table_number(table, phase_of(rank, i), 3);
        } else if (shown[i]) {
            gw_table_number(table, 100 * sum_of(record, i) / total, 1);
        }
    }
}

static void put_table(const struct gw_run_record *record, struct gw_text *out)
{
    bool shown[GW_PHASES + 1];
    size_t columns = 3;
    for (int i = 0; i <= GW_PHASES; i++) {
        shown[i] = is_shown(record, i);
        columns += shown[i];
    }
    struct gw_table *table = gw_table_new(columns);
    gw_table_cell(table, "rank");
    gw_table_cell(table, "tiles");
    for (int i = 0; i <= GW_PHASES; i++) {
        if (shown[i]) {
            gw_table_cell(table, i < GW_PHASES ? gw_phase_name[i] : "rest");
        }
    }
    gw_table_cell(table, "total s");
    for (size_t r = 0; r < record->ranks; r++) {
        gw_table_number(table, (double)r, 0);
        gw_table_number(table, (double)record->rank[r].tiles, 0);
        put_row(record, &record->rank[r], shown, table);
        gw_table_number(table, record->rank[r].total_seconds, 3);
    }
    gw_table_cell(table, "%");
    gw_table_cell(table, "");
    put_row(record, NULL, shown, table);
    gw_table_number(table, 100, 1);
    gw_table_print(table, out);
    gw_table_free(table);
}

void gw_profile_print(const struct gw_run_record *record, struct gw_text *out)
{
    static const int fixed[] = {GW_PHASE_start, GW_PHASE_read, GW_PHASE_plan};
    double before = 0, busy = 0, most = 0;
    uint64_t hits = 0, misses = 0, tiles = 0;
    const struct gw_run_rank *lead = &record->rank[0];
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        before += lead->phase_seconds[fixed[i]];
    }
    for (size_t r = 0; r < record->ranks; r++) {
        const struct gw_run_rank *rank = &record->rank[r];
        busy += rank->busy_seconds;
        most = fmax(most, rank->busy_seconds);
        hits += rank->cache_hits;
        misses += rank->cache_misses;
        tiles += rank->tiles;
    }
    char found[32], made[32], held[32];
    gw_format_count(hits, found, sizeof found);
    gw_format_count(misses, made, sizeof made);
    gw_format_bytes((double)lead->cache_bytes, held, sizeof held);
    gw_text_printf(out,
                   "\nwhere the time went, in seconds (from 0.5 %% of a rank's on):\n");
    put_table(record, out);
    gw_text_printf(
        out,
        "fixed: %.3f s before the first tile, %.3f s behind the last; %.3f ms a tile; "
        "imbalance %.1f %%\n",
        before, lead->total_seconds - before - lead->wall_seconds,
        tiles > 0 ? 1e3 * busy / (double)tiles : 0,
        busy > 0 ? 100 * (most * (double)record->ranks / busy - 1) : 0);
    gw_text_printf(
        out, "columns: %s found, %s made (%.1f %% found), %s at most on rank 0\n", found,
        made, hits + misses > 0 ? 100 * (double)hits / (double)(hits + misses) : 0, held);
}
