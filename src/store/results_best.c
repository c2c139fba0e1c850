#include "results_write.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_BLOCK = 16384 }; /* combinations written at once */

static void swap(struct gw_best *best, size_t i, size_t j)
{
    struct gw_best_entry other = best->entry[i];
    best->entry[i] = best->entry[j];
    best->entry[j] = other;
}

static bool worse(const struct gw_best *best, size_t i, size_t j)
{
    return gw_score_before(&best->entry[j].score, &best->entry[i].score);
}

static void sift_up(struct gw_best *best, size_t i)
{
    while (i > 0 && worse(best, i, (i - 1) / 2)) {
        swap(best, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct gw_best *best, size_t i)
{
    for (;;) {
        size_t worst = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
            if (child < best->count && worse(best, child, worst)) {
                worst = child;
            }
        }
        if (worst == i) {
            return;
        }
        swap(best, i, worst);
        i = worst;
    }
}

void gw_best_offer(struct gw_best *best, const struct gw_score *score, const void *rows)
{
    assert(best->limit > 0);
    size_t at = 0;
    if (best->count < best->limit) {
        at = best->count++;
        best->entry =
            gw_grow(best->entry, &best->entry_room, best->count, sizeof *best->entry);
        best->rows = gw_grow(best->rows, &best->rows_room, best->count, best->row_bytes);
        best->entry[at].slot = at;
    } else if (!gw_score_before(score, &best->entry[0].score)) {
        return;
    }
    struct gw_best_entry *entry = &best->entry[at];
    entry->score = *score;
    memcpy(best->rows + entry->slot * best->row_bytes, rows, best->row_bytes);
    if (at > 0) {
        sift_up(best, at);
    } else {
        sift_down(best, 0);
    }
}

static int compare_entries(const void *a, const void *b)
{
    const struct gw_best_entry *x = a, *y = b;
    return (x->score.k > y->score.k) - (x->score.k < y->score.k);
}

void gw_best_sort(struct gw_best *best)
{
    if (best->count > 0) {
        qsort(best->entry, best->count, sizeof *best->entry, compare_entries);
    }
}

void gw_best_clear(struct gw_best *best)
{
    free(best->entry);
    free(best->rows);
    *best = (struct gw_best){0};
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint64_t *gw_best_union(const struct gw_best *best, size_t windows, uint64_t *count_out)
{
    size_t all = 0, count = 0;
    for (size_t w = 0; w < windows; w++) {
        all += best[w].count;
    }
    uint64_t *kept = gw_calloc(all, sizeof *kept);
    for (size_t w = 0; w < windows; w++) {
        for (size_t i = 0; i < best[w].count; i++) {
            kept[count++] = best[w].entry[i].score.k;
        }
    }
    if (all > 0) {
        qsort(kept, all, sizeof *kept, compare_numbers);
    }
    count = 0;
    for (size_t i = 0; i < all; i++) {
        if (i == 0 || kept[i] != kept[i - 1]) {
            kept[count++] = kept[i];
        }
    }
    *count_out = count;
    return kept;
}

/* The rows of one window that fall into one block of `combo`. */
struct block {
    const struct gw_best *best;
    size_t segments, bytes; /* bytes of a row */
    const uint64_t *kept;   /* [box.count] combination numbers of the block */
    struct gw_results_box box;
    size_t first, count; /* entries of the window in the block */
    size_t *place;       /* [count] where in the block each stands */
};

static size_t place_entries(struct block *block)
{
    const struct gw_best_entry *entry = block->best->entry + block->first;
    size_t left = block->best->count - block->first;
    block->count = 0;
    for (size_t i = 0; i < block->box.count && block->count < left; i++) {
        if (entry[block->count].score.k == block->kept[i]) {
            block->place[block->count++] = i;
        }
    }
    return block->count;
}

static const unsigned char *row_of(const struct block *block, size_t i, size_t segment)
{
    const struct gw_best *best = block->best;
    size_t slot = best->entry[block->first + i].slot;
    return best->rows + slot * best->row_bytes + segment * block->bytes;
}

static enum gw_status
write_block(const struct block *block, struct gw_results_file *file, double *values)
{
    size_t metrics = file->plan->experiment->metrics;
    size_t cells = block->segments * (size_t)block->box.count;
    int8_t *state = (int8_t *)values;
    memset(state, GW_ROW_NOT_KEPT, cells);
    for (size_t i = 0; i < block->count * block->segments; i++) {
        size_t s = i % block->segments, row = i / block->segments;
        state[s * block->box.count + block->place[row]] =
            (int8_t)row_of(block, row, s)[0];
    }
    GW_TRY(gw_results_file_status(file, &block->box, state));
    for (size_t m = 0; m < gw_results_columns(file->plan); m++) {
        for (size_t i = 0; i < cells; i++) {
            values[i] = NAN;
        }
        for (size_t i = 0; i < block->count * block->segments; i++) {
            size_t s = i % block->segments, row = i / block->segments;
            const unsigned char *from = row_of(block, row, s);
            values[s * block->box.count + block->place[row]] =
                m < metrics ? gw_row_metric(from, m)
                            : gw_results_objective(file->plan, from);
        }
        GW_TRY(gw_results_file_metric(file, m, &block->box, values));
    }
    return GW_OK;
}

enum gw_status gw_best_write(const struct gw_best *best,
                             const struct gw_plan *plan,
                             struct gw_results_file *file,
                             const uint64_t *kept)
{
    double *values = gw_calloc(plan->segments * WRITE_BLOCK, sizeof *values);
    size_t *place = gw_calloc(WRITE_BLOCK, sizeof *place);
    enum gw_status status = GW_OK;
    for (size_t w = 0; w < plan->windows && status == GW_OK; w++) {
        size_t entry = 0;
        for (uint64_t k = 0; k < file->combos && status == GW_OK; k += WRITE_BLOCK) {
            uint64_t left = file->combos - k;
            struct block block = {
                .best = &best[w],
                .segments = plan->segments,
                .bytes = gw_plan_row_bytes(plan),
                .kept = kept + k,
                .box = {w, 1, k, left < WRITE_BLOCK ? left : WRITE_BLOCK},
                .first = entry,
                .place = place};
            entry += place_entries(&block);
            status = write_block(&block, file, values);
        }
    }
    free(values);
    free(place);
    return status;
}
