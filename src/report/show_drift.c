#include "show.h"

#include <math.h>

enum { MOST_WINDOWS = 50 };

static void share_cell(struct gw_table *table, double share)
{
    struct gw_text text = {0};
    gw_show_share(&text, share);
    gw_table_figure(table, text.data);
    gw_text_clear(&text);
}

void gw_show_drift(const struct gw_show *show)
{
    static const char *const head[] = {"parameter", "drift", "moved", "stability"};
    const struct gw_results *results = show->results;
    if (results->drift == NULL || results->parameters == 0 || results->windows < 2) {
        return;
    }
    struct gw_table *table = gw_table_new(sizeof head / sizeof head[0]);
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
        gw_table_cell(table, head[i]);
    }
    for (size_t i = 0; i < results->parameters; i++) {
        gw_table_cell(table, results->parameter[i]);
        gw_table_number(table, results->drift[i].steps, 2);
        share_cell(table, results->drift[i].moved);
        share_cell(table, results->drift[i].stability);
    }
    gw_text_printf(show->out,
                   "\nhow the choice moved over %zu windows, in steps from one value of "
                   "the grid to the next:\n",
                   results->windows);
    gw_table_print(table, show->out);
    gw_text_printf(
        show->out,
        "drift: mean steps from a window's choice to the next one's; moved: how "
        "often more than one step;\n"
        "stability: windows within one step of the middle choice\n");
    gw_table_free(table);
}

static bool differs(const struct gw_results *results, size_t w)
{
    return results->raw_best[w] >= 0 &&
           results->raw_best[w] != results->selected[w * results->picks];
}

static void
print_window(const struct gw_results *results, size_t w, struct gw_table *table)
{
    int64_t k = results->selected[w * results->picks], rank = results->raw_best_rank[w];
    gw_table_number(table, (double)w, 0);
    if (k < 0) {
        gw_table_figure(table, "cash");
    } else {
        gw_table_number(table, (double)k, 0);
    }
    gw_table_number(table, (double)results->raw_best[w], 0);
    gw_table_number(table, rank > 0 ? (double)rank : NAN, 0);
}

void gw_show_plateau(const struct gw_show *show)
{
    static const char *const head[] = {"window", "chosen", "raw best", "its place"};
    const struct gw_results *results = show->results;
    if (results->raw_best == NULL) {
        return;
    }
    struct gw_table *table = gw_table_new(sizeof head / sizeof head[0]);
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
        gw_table_cell(table, head[i]);
    }
    size_t others = 0;
    for (size_t w = 0; w < results->windows; w++) {
        if (differs(results, w) && others++ < MOST_WINDOWS) {
            print_window(results, w, table);
        }
    }
    gw_text_printf(
        show->out,
        "\nthe plateau's choice is not the raw best in %zu of %zu window%s%s\n", others,
        results->windows, results->windows == 1 ? "" : "s",
        others > 0 ? "; its place by the smoothed objective:" : "");
    if (others > 0) {
        gw_table_print(table, show->out);
    }
    if (others > MOST_WINDOWS) {
        gw_text_printf(show->out, "  (%zu more windows)\n", others - MOST_WINDOWS);
    }
    gw_table_free(table);
}
