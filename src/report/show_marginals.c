#include "show.h"

#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 50 };

/* What the combinations with one value of a parameter came to. */
struct marginal {
    double value, sum;
    size_t count;         /* finite numbers in sum */
    struct gw_score best; /* its k is a row */
    double best_value;
};

struct marginals {
    struct marginal *at; /* [count] ascending in value */
    size_t count, room;
};

static struct marginal *find(struct marginals *marginals, double value)
{
    size_t low = 0, high = marginals->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (marginals->at[middle].value < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < marginals->count && marginals->at[low].value == value) {
        return &marginals->at[low];
    }
    marginals->at = gw_grow(marginals->at, &marginals->room, marginals->count + 1,
                            sizeof *marginals->at);
    struct marginal *at = marginals->at + low;
    memmove(at + 1, at, (marginals->count - low) * sizeof *at);
    marginals->count++;
    *at = (struct marginal){.value = value, .best.rank = INT32_MAX};
    return at;
}

static void see(struct marginal *marginal, const struct gw_score *score, double value)
{
    if (score->rank == 0 && isfinite(value)) {
        marginal->sum += value;
        marginal->count++;
    }
    if (score->rank == 0 && gw_score_before(score, &marginal->best)) {
        marginal->best = *score;
        marginal->best_value = value;
    }
}

/* Columns of one block of rows. */
struct block {
    double parameter[GW_SHOW_BLOCK], value[GW_SHOW_BLOCK];
    int8_t status[GW_SHOW_BLOCK];
};

static enum gw_status collect(const struct gw_show *show,
                              size_t parameter,
                              struct block *block,
                              struct marginals *marginals,
                              struct gw_error *err)
{
    struct gw_results *results = show->results;
    for (size_t first = 0; first < results->combos; first += GW_SHOW_BLOCK) {
        size_t left = results->combos - first;
        size_t count = left < GW_SHOW_BLOCK ? left : GW_SHOW_BLOCK;
        const struct gw_results_part part = {show->window, results->on, first, count};
        GW_TRY(gw_results_parameter(results, parameter, first, count, block->parameter,
                                    err));
        GW_TRY(gw_results_status(results, part, block->status, err));
        GW_TRY(gw_results_metric(results, show->sort, part, block->value, err));
        for (size_t i = 0; i < count; i++) {
            if (block->status[i] != GW_ROW_NOT_KEPT && !isnan(block->parameter[i])) {
                struct gw_score score =
                    gw_score_of_value(&show->order, (enum gw_row_status)block->status[i],
                                      block->value[i], true, first + i);
                see(find(marginals, block->parameter[i]), &score, block->value[i]);
            }
        }
    }
    return GW_OK;
}

static enum gw_status print_marginal(const struct gw_show *show,
                                     const struct marginal *marginal,
                                     struct gw_table *table,
                                     struct gw_error *err)
{
    int digits = gw_show_digits(show->results, show->sort);
    gw_table_number(table, marginal->value, -1);
    gw_table_number(table, (double)marginal->count, 0);
    gw_table_number(table,
                    marginal->count > 0 ? marginal->sum / (double)marginal->count : NAN,
                    digits);
    bool defined = marginal->best.rank == 0;
    gw_table_number(table, defined ? marginal->best_value : NAN, digits);
    int64_t k = 0;
    if (defined) {
        GW_TRY(
            gw_results_combo_part(show->results, (size_t)marginal->best.k, 1, &k, err));
    }
    gw_table_number(table, defined ? (double)k : NAN, 0);
    return GW_OK;
}

static enum gw_status print_parameter(const struct gw_show *show,
                                      size_t parameter,
                                      const struct marginals *marginals,
                                      struct gw_error *err)
{
    const char *metric = show->results->metric[show->sort];
    char mean[GW_NAME_SIZE + 8], best[GW_NAME_SIZE + 8];
    snprintf(mean, sizeof mean, "mean %s", metric);
    snprintf(best, sizeof best, "best %s", metric);
    const char *const head[] = {show->results->parameter[parameter], "defined", mean,
                                best, "best combo"};
    struct gw_table *table = gw_table_new(sizeof head / sizeof head[0]);
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
        gw_table_cell(table, head[i]);
    }
    size_t shown = marginals->count < MOST_VALUES ? marginals->count : MOST_VALUES;
    enum gw_status status = GW_OK;
    for (size_t i = 0; i < shown && status == GW_OK; i++) {
        status = print_marginal(show, &marginals->at[i], table, err);
    }
    if (status == GW_OK) {
        gw_text_append(show->out, "\n", 1);
        gw_table_print(table, show->out);
        if (shown < marginals->count) {
            gw_text_printf(show->out, "  (%zu more values)\n", marginals->count - shown);
        }
    }
    gw_table_free(table);
    return status;
}

enum gw_status gw_show_marginals(const struct gw_show *show, struct gw_error *err)
{
    if (show->results->keep_top > 0) {
        gw_text_printf(show->out, "\nof the combinations that were kept alone:\n");
    }
    struct block *block = gw_calloc(1, sizeof *block);
    enum gw_status status = GW_OK;
    for (size_t i = 0; i < show->results->parameters && status == GW_OK; i++) {
        struct marginals marginals = {0};
        status = collect(show, i, block, &marginals, err);
        if (status == GW_OK) {
            status = print_parameter(show, i, &marginals, err);
        }
        free(marginals.at);
    }
    free(block);
    return status;
}
