#include "tally.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Demands on a full run, in cases of each option. */
enum {
    FULL_RUN = 5000,
    LEAST_CASES = 200,
    LEAST_LONG_CASES = 20,
    SOME_CASES = 300,
    ENOUGH_TRADES = 5
};
static const double LEAST_TRADING = 0.3, MOST_BY_REFERENCE = 0.2;

struct count {
    char *name;
    uint64_t times, least; /* least of a full run */
};

struct gate_tally {
    struct count *count;
    size_t counts, capacity;
    size_t cursor; /* where the next name is likely: they come in the same order */
    uint64_t status[8], rows, by_reference, cases, trading, looked_ahead;
    uint64_t trades[8]; /* cases by the most trades of a row: 0, 1, 2-4, 5-9, 10-19, … */
};

static struct count *find(struct gate_tally *tally, const char *name)
{
    for (size_t i = 0; i < tally->counts; i++) {
        size_t at = (tally->cursor + i) % tally->counts;
        if (strcmp(tally->count[at].name, name) == 0) {
            tally->cursor = at + 1;
            return &tally->count[at];
        }
    }
    tally->cursor = tally->counts + 1;
    tally->count =
        gw_grow(tally->count, &tally->capacity, tally->counts + 1, sizeof *tally->count);
    tally->count[tally->counts] =
        (struct count){.name = gw_strdup(name), .least = LEAST_CASES};
    return &tally->count[tally->counts++];
}

/* "what name" occurs, or is only known to exist. */
static void
note(struct gate_tally *tally, const char *what, const char *name, bool occurs)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "%s%s%s", what, *name != '\0' ? " " : "", name);
    find(tally, text.data)->times += occurs;
    gw_text_clear(&text);
}

/* The value at a path such as "costs.commission_bps", or NULL. */
static const struct gw_yaml *value_at(const struct gw_yaml *node, const char *path)
{
    char *copy = gw_strdup(path), *rest = copy;
    for (char *key = strtok_r(rest, ".", &rest); key != NULL && node != NULL;
         key = strtok_r(NULL, ".", &rest)) {
        node = gw_yaml_get(node, key);
    }
    free(copy);
    return node;
}

/* Each choice of a key, by what the file says. */
static void
note_choices(struct gate_tally *tally, const struct gw_key *key, const char *said)
{
    char *copy = gw_strdup(key->choices), *rest = copy;
    for (char *choice = strtok_r(rest, "|", &rest); choice != NULL;
         choice = strtok_r(NULL, "|", &rest)) {
        struct gw_text text = {0};
        gw_text_printf(&text, "%s %s", key->path, choice);
        note(tally, "choice", text.data, said != NULL && strcmp(said, choice) == 0);
        gw_text_clear(&text);
    }
    free(copy);
}

static void note_keys(struct gate_tally *tally, const struct gw_yaml *tree)
{
    for (size_t i = 0; i < gw_experiment_schema.count; i++) {
        const struct gw_key *key = &gw_experiment_schema.key[i];
        const struct gw_yaml *value = value_at(tree, key->path);
        note(tally, "key", key->path, value != NULL);
        if (key->type == GW_KEY_CHOICE) {
            note_choices(tally, key, value != NULL ? value->text : NULL);
        }
    }
}

static void mark_calls(const struct gw_graph *graph, int32_t id, bool *used)
{
    size_t count;
    const struct gw_function *table = gw_functions(&count);
    const struct gw_node *node = gw_graph_node(graph, id);
    if (node->kind != GW_NODE_CALL) {
        return;
    }
    used[node->function - table] = true;
    for (unsigned i = 0; i < node->function->series; i++) {
        mark_calls(graph, node->series[i], used);
    }
    for (unsigned i = 0; i < node->function->numbers; i++) {
        mark_calls(graph, node->number[i], used);
    }
}

/* Functions in what is traded; those of constraints are numbers alone. */
static void note_functions(struct gate_tally *tally,
                           const struct gw_experiment *experiment)
{
    size_t count;
    const struct gw_function *table = gw_functions(&count);
    bool *used = gw_calloc(count, sizeof *used);
    const struct gw_rules *rules = &experiment->rules;
    for (int s = 0; s < GW_SIGNALS; s++) {
        if (rules->signal[s] != GW_NO_NODE) {
            mark_calls(experiment->graph, rules->signal[s], used);
        }
    }
    if (rules->has_target) {
        mark_calls(experiment->graph, rules->target, used);
    }
    for (size_t i = 0; i < count; i++) {
        bool negative = table[i].is_operator && table[i].series == 1;
        note(tally, negative ? "function prefix" : "function", table[i].name, used[i]);
    }
    free(used);
}

/* What the prices of an asset have. */
struct traits {
    bool gaps, no_open, rests, late, leaves, leaves_at_a_loss, no_volume, none;
    bool action[GW_ACTIONS];
};

static void look_at(const struct gate_subject *subject, size_t n, struct traits *out)
{
    const struct gw_panel *panel = subject->origin->panel;
    const struct gw_listing *listing = gw_portal_listing(subject->portal, n);
    const double *close = gw_panel_column(panel, GW_CLOSE, n);
    size_t still = 0;
    out->none |= listing->count == 0;
    out->gaps |= listing->count > 0 && listing->last - listing->first >= listing->count;
    out->late |= listing->first > 0;
    out->leaves |= listing->delisted;
    out->leaves_at_a_loss |=
        listing->delisted && gw_portal_delisting_return(subject->portal, n) < 0;
    for (size_t i = 0; i < listing->count; i++) {
        size_t t = listing->bar[i];
        out->no_open |= isnan(gw_panel_column(panel, GW_OPEN, n)[t]);
        out->no_volume |= gw_panel_column(panel, GW_VOLUME, n)[t] == 0;
        still = t > 0 && close[t] == close[t - 1] ? still + 1 : 0;
        out->rests |= still >= 5;
    }
    for (size_t i = 0; i < panel->actions; i++) {
        if ((size_t)panel->action[i].asset == n) {
            out->action[panel->action[i].kind] = true;
        }
    }
}

static void note_market(struct gate_tally *tally, const struct gate_subject *subject)
{
    struct traits traits = {0};
    size_t T = subject->origin->panel->T;
    for (size_t i = 0; i < subject->plan->assets; i++) {
        look_at(subject, subject->plan->asset[i], &traits);
    }
    note(tally, "data", "gaps", traits.gaps);
    note(tally, "data", "missing opens", traits.no_open);
    note(tally, "data", "constant stretches", traits.rests);
    note(tally, "data", "late listing", traits.late);
    note(tally, "data", "delisting", traits.leaves);
    note(tally, "data", "delisting at a loss", traits.leaves_at_a_loss);
    note(tally, "data", "no volume", traits.no_volume);
    for (int kind = 0; kind < GW_ACTIONS; kind++) {
        note(tally, "data", gw_action_name[kind], traits.action[kind]);
    }
    note(tally, "data", "one bar", T == 1);
    note(tally, "data", "two to ten bars", T > 1 && T <= 10);
    note(tally, "data", "several assets", subject->plan->assets > 1);
    note(tally, "data", "more than 1,024 bars", T > 1024);
    note(tally, "data", "more than 4,096 bars", T > 4096);
    note(tally, "data", "an asset without bars", traits.none);
    find(tally, "data more than 1,024 bars")->least = LEAST_LONG_CASES;
    find(tally, "data more than 4,096 bars")->least = LEAST_LONG_CASES;
    find(tally, "data an asset without bars")->least = LEAST_LONG_CASES;
}

static void note_grid(struct gate_tally *tally, const struct gate_subject *subject)
{
    const struct gw_plan *plan = subject->plan;
    const struct gw_experiment *experiment = subject->experiment;
    bool list = false, range = false, full = false;
    size_t varied = 0;
    for (size_t a = 0; a < experiment->axes; a++) {
        list |= experiment->axis[a].list != NULL;
        range |= experiment->axis[a].list == NULL;
        varied += experiment->axis[a].count > 1;
    }
    for (size_t i = 0; i < subject->runs; i++) {
        full |= subject->run[i] == GW_RUN;
    }
    const struct gw_walk_forward *walk_forward = &experiment->walk_forward;
    note(tally, "grid", "one combination", subject->combinations == 1);
    note(tally, "grid", "a list", list);
    note(tally, "grid", "a range", range);
    note(tally, "grid", "several axes", varied > 1);
    note(tally, "grid", "three axes and more", varied > 2);
    note(tally, "grid", "a run of 64 combinations", full);
    note(tally, "grid", "several runs", subject->runs > 1);
    note(tally, "windows", "one", !walk_forward->present);
    note(tally, "windows", "train and test", plan->segments == 2);
    note(tally, "windows", "train, validation and test", plan->segments == 3);
    note(tally, "windows", "train alone", walk_forward->present && plan->segments == 1);
    note(tally, "windows", "by the calendar", walk_forward->train.unit != 0);
    note(tally, "windows", "overlapping",
         plan->windows > 1 && plan->window[1].begin[0] <= plan->window[0].end[0]);
    note(tally, "look-back", "not exact", !plan->lookback_exact);
    find(tally, "look-back not exact")->least = LEAST_LONG_CASES;
}

static void note_rows(struct gate_tally *tally, const struct gate_rows *rows)
{
    static const double bound[] = {0, 1, 4, 9, 19, 49, 99};
    double most = 0;
    bool ruined = false, failed = false, by_reference = false;
    for (size_t i = 0; i < rows[0].count; i++) {
        const struct gate_row *row = &rows[0].row[i];
        double trades = row->metric[GW_METRIC_trades];
        tally->status[row->status]++;
        tally->by_reference += rows[1].row[i].by_reference;
        most = trades > most ? trades : most;
        ruined |= row->status == GW_ROW_RUINED;
        failed |= row->status == GW_ROW_FAILED;
        by_reference |= rows[1].row[i].by_reference;
    }
    note(tally, "rows", "ruined", ruined);
    note(tally, "rows", "failed", failed);
    note(tally, "rows", "by the reference engine", by_reference);
    find(tally, "rows failed")->least = 1;
    find(tally, "rows by the reference engine")->least = 0;
    size_t bin = 0;
    while (bin < 7 && most > bound[bin]) {
        bin++;
    }
    tally->trades[bin]++;
    tally->trading += most >= ENOUGH_TRADES;
    tally->rows += rows[0].count;
}

void gate_tally_add(struct gate_tally *tally,
                    const struct gate_subject *subject,
                    const struct gate_rows *rows)
{
    note_keys(tally, subject->experiment->tree);
    note_functions(tally, subject->experiment);
    note_market(tally, subject);
    note_grid(tally, subject);
    note_rows(tally, rows);
    tally->cases++;
}

struct gate_tally *gate_tally_new(void)
{
    return gw_calloc(1, sizeof(struct gate_tally));
}

void gate_tally_free(struct gate_tally *tally)
{
    for (size_t i = 0; i < tally->counts; i++) {
        free(tally->count[i].name);
    }
    free(tally->count);
    free(tally);
}

uint64_t gate_tally_rows(const struct gate_tally *tally)
{
    return tally->rows;
}

static size_t demand(bool met, bool full, const char *what)
{
    if (full && !met) {
        printf("FAIL: %s\n", what);
    }
    return full && !met;
}

static void print_rows(const struct gate_tally *tally)
{
    static const char *const status[] = {
#define X(name, value, text) [value] = text,
        GW_ROW_LIST(X)
#undef X
    };
    static const char *const bin[] = {"0",        "1",        "2 to 4",   "5 to 9",
                                      "10 to 19", "20 to 49", "50 to 99", "100 and more"};
    printf("cases by the most trades of a row:\n");
    for (size_t i = 0; i < 8; i++) {
        printf("%8llu  %s\n", (unsigned long long)tally->trades[i], bin[i]);
    }
    printf("rows:\n");
    for (size_t i = 0; i < sizeof status / sizeof status[0]; i++) {
        printf("%8llu  %s\n", (unsigned long long)tally->status[i], status[i]);
    }
}

size_t gate_tally_print(const struct gate_tally *tally, uint64_t cases)
{
    bool full = cases >= FULL_RUN;
    size_t unmet = 0;
    printf("cases that have:\n");
    for (size_t i = 0; i < tally->counts; i++) {
        const struct count *count = &tally->count[i];
        bool met = count->times >= count->least;
        printf("%8llu  %s%s\n", (unsigned long long)count->times, count->name,
               full && !met ? "  TOO FEW" : "");
        unmet += full && !met;
    }
    print_rows(tally);
    double made = (double)tally->status[GW_ROW_OK] + (double)tally->status[GW_ROW_RUINED];
    double share = (double)tally->by_reference / fmax(1, made);
    double trading = (double)tally->trading / fmax(1, (double)tally->cases);
    printf(
        "%.1f %% of the cases with a row of at least %d trades, %.1f %% of the simulated "
        "rows left to the reference engine\n",
        100 * trading, ENOUGH_TRADES, 100 * share);
    unmet += demand(trading >= LEAST_TRADING, full, "too few cases trade");
    unmet += demand(share <= MOST_BY_REFERENCE, cases >= SOME_CASES,
                    "the reference engine is compared with itself");
    return unmet;
}

size_t gate_tally_lacks(const struct gate_tally *tally, const char *begin, uint64_t least)
{
    size_t lacking = 0;
    for (size_t i = 0; i < tally->counts; i++) {
        const struct count *count = &tally->count[i];
        if (strncmp(count->name, begin, strlen(begin)) == 0 && count->times < least) {
            printf("FAIL: '%s' in fewer than %llu cases\n", count->name,
                   (unsigned long long)least);
            lacking++;
        }
    }
    return lacking;
}
