/* replay: what is said of a row. */
#include "replay.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/report/tables.h"

#include <stdlib.h>

bool gw_replay_agrees(const struct gw_replay *replay, size_t i)
{
    enum gw_metric metric = gw_metric_find(replay->results->metric[i]);
    return gw_agrees(metric != GW_METRICS ? metric : GW_METRIC_sharpe, replay->column[i],
                     replay->replayed[i]);
}

const char *gw_replay_status(enum gw_row_status status)
{
    static const char *const name[] = {
#define X(key, value, text) [GW_ROW_##key] = text,
        GW_ROW_LIST(X)
#undef X
    };
    return (size_t)status < sizeof name / sizeof name[0] ? name[status] : "unknown";
}

/* Who chose it, and beside which others. */
static void print_choice(const struct gw_replay *replay, struct gw_text *out)
{
    const struct gw_results *results = replay->results;
    const int64_t *pick = results->selected + replay->window * results->picks;
    if (!gw_switch(replay->arguments, "best")) {
        return;
    }
    gw_text_printf(out, ", chosen");
    for (size_t i = 1; i < results->picks && pick[i] >= 0; i++) {
        gw_text_printf(out, "%s%lld", i > 1 ? ", " : " beside ", (long long)pick[i]);
    }
}

static void print_head(const struct gw_replay *replay, struct gw_text *out)
{
    const struct gw_plan *plan = replay->source.plan;
    const struct gw_window *window = &plan->window[replay->window];
    size_t begin = window->begin[replay->segment], end = window->end[replay->segment];
    const int32_t *session = replay->source.panel->session;
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    gw_date_format(session[begin], from);
    gw_date_format(session[end], to);
    gw_text_printf(out, "combination %llu", (unsigned long long)replay->k);
    if (plan->space.axes > 0) {
        gw_text_printf(out, ": ");
        gw_space_print(&plan->space, replay->k, out);
    }
    print_choice(replay, out);
    gw_text_printf(out, "\n");
    if (replay->results->walk_forward) {
        gw_text_printf(out, "window %zu, %s: ", replay->window,
                       gw_segment_name[replay->segment]);
    }
    gw_text_printf(out, "%s to %s, %zu bar%s, %zu asset%s\n", from, to, end - begin + 1,
                   end > begin ? "s" : "", plan->assets, plan->assets > 1 ? "s" : "");
}

/* The engine goes asset by asset; people read day by day. */
struct ordered {
    const struct gw_fill *fill;
    size_t place;
};

static int compare_fills(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    if (x->fill->bar != y->fill->bar) {
        return x->fill->bar < y->fill->bar ? -1 : 1;
    }
    return x->place < y->place ? -1 : 1;
}

static void print_fill(const struct gw_replay *replay,
                       const struct gw_fill *fill,
                       struct gw_table *table)
{
    const struct gw_panel *panel = replay->source.panel;
    char date[GW_DATE_SIZE];
    gw_date_format(panel->session[fill->bar], date);
    gw_table_cell(table, date);
    gw_table_cell(table, panel->asset[fill->asset].symbol);
    gw_table_cell(table, fill->shares < 0 ? "sell" : "buy");
    gw_table_number(table, fill->shares < 0 ? -fill->shares : fill->shares, 4);
    gw_table_number(table, fill->price, 4);
    gw_table_number(table, fill->commission, 2);
}

static void print_fills(const struct gw_replay *replay, struct gw_text *out)
{
    static const char *const head[] = {"date",   "asset", "side",
                                       "shares", "price", "commission"};
    size_t count, columns = sizeof head / sizeof head[0];
    const struct gw_fill *fill = gw_reference_fills(replay->reference, &count);
    if (count == 0) {
        gw_text_printf(out, "\nno fills\n\n");
        return;
    }
    struct ordered *ordered = gw_calloc(count, sizeof *ordered);
    struct gw_table *table = gw_table_new(columns);
    for (size_t i = 0; i < columns; i++) {
        gw_table_cell(table, head[i]);
    }
    for (size_t i = 0; i < count; i++) {
        ordered[i] = (struct ordered){&fill[i], i};
    }
    qsort(ordered, count, sizeof *ordered, compare_fills);
    for (size_t i = 0; i < count; i++) {
        print_fill(replay, ordered[i].fill, table);
    }
    gw_text_printf(out, "\n%zu fill%s, in %s prices\n\n", count, count > 1 ? "s" : "",
                   replay->experiment->rules.basis == GW_SPLIT_BASIS ? "split"
                                                                     : "adjusted");
    gw_table_print(table, out);
    gw_text_printf(out, "\n");
    gw_table_free(table);
    free(ordered);
}

static bool all_agree(const struct gw_replay *replay)
{
    bool agree = replay->stored == replay->row.status;
    for (size_t i = 0; i < replay->results->metrics; i++) {
        agree = agree && gw_replay_agrees(replay, i);
    }
    return agree || !replay->kept;
}

static void print_metrics(const struct gw_replay *replay, struct gw_text *out)
{
    const struct gw_results *results = replay->results;
    static const char *const head[] = {"metric", "stored", "replayed", "differs"};
    size_t columns = all_agree(replay) ? 3 : 4;
    struct gw_table *table = gw_table_new(columns);
    for (size_t i = 0; i < columns; i++) {
        gw_table_cell(table, head[i]);
    }
    gw_table_cell(table, "status");
    gw_table_cell(table, replay->kept ? gw_replay_status(replay->stored) : "-");
    gw_table_cell(table, gw_replay_status(replay->row.status));
    if (columns == 4) {
        gw_table_cell(table, replay->stored != replay->row.status ? "<--" : "");
    }
    for (size_t i = 0; i < results->metrics; i++) {
        gw_table_cell(table, results->metric[i]);
        if (replay->kept) {
            gw_table_number(table, replay->column[i], -1);
        } else {
            gw_table_cell(table, "-");
        }
        gw_table_number(table, replay->replayed[i], -1);
        if (columns == 4) {
            gw_table_cell(table, gw_replay_agrees(replay, i) ? "" : "<--");
        }
    }
    gw_table_print(table, out);
    gw_table_free(table);
}

void gw_replay_print(const struct gw_replay *replay, struct gw_text *out)
{
    print_head(replay, out);
    print_fills(replay, out);
    print_metrics(replay, out);
}
