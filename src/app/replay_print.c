/* replay: what is said of a row. */
#include "replay.h"

#include "gridwalk/base/time.h"
#include "gridwalk/report/tables.h"

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
    gw_replay_print_events(replay, out);
    print_metrics(replay, out);
}
