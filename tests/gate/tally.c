#include "tally.h"

#include "outcome.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FULL_RUN = 5000, SOME_CASES = 300, ENOUGH_TRADES = 5 };

/* Demands on a full run: shares of the cases that must have an option, what is rare by
 * nature, and a number as an expression. */
static const double LEAST = 1.0 / 30, LEAST_RARE = 1.0 / 300, LEAST_FORMULA = 1.0 / 100;
static const double LEAST_TRADING = 0.3, MOST_BY_REFERENCE = 0.2;

struct count {
    char *name;
    uint64_t times;
    double least; /* share of the cases of a full run */
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
    tally->count[tally->counts] = (struct count){.name = gw_strdup(name), .least = LEAST};
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

/* Whether a choice, `text` or `{key: …}`, is what the file says. */
static bool is_said(const struct gw_yaml *value, const char *choice)
{
    if (value == NULL || *choice != '{') {
        return value != NULL && value->text != NULL && strcmp(value->text, choice) == 0;
    }
    char *key = gw_strndup(choice + 1, strcspn(choice + 1, ":"));
    bool said = gw_yaml_get(value, key) != NULL;
    free(key);
    return said;
}

static void note_choices(struct gate_tally *tally,
                         const struct gw_key *key,
                         const struct gw_yaml *value)
{
    char *copy = gw_strdup(key->choices), *rest = copy;
    for (char *choice = strtok_r(rest, "|", &rest); choice != NULL;
         choice = strtok_r(NULL, "|", &rest)) {
        struct gw_text text = {0};
        gw_text_printf(&text, "%s %s", key->path, choice);
        note(tally, "choice", text.data, is_said(value, choice));
        gw_text_clear(&text);
    }
    free(copy);
}

/* Whether a number is written as an expression; of `size`, one of its map. */
static bool is_formula(const struct gw_yaml *value)
{
    double number;
    bool formula = false;
    if (value == NULL) {
        return false;
    }
    if (value->kind == GW_YAML_SCALAR) {
        return !gw_key_number(value, &number) && strcmp(value->text, "none") != 0 &&
               strcmp(value->text, "all") != 0;
    }
    for (size_t i = 0; i < value->count; i++) {
        formula = formula || is_formula(value->item[i]);
    }
    return formula;
}

static void
note_formula(struct gate_tally *tally, const char *path, const struct gw_yaml *value)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "expression %s", path);
    note(tally, text.data, "", is_formula(value));
    find(tally, text.data)->least = LEAST_FORMULA;
    gw_text_clear(&text);
}

/* Strategies in C are the reference engine's alone. */
static bool is_for_both(const struct gw_key *key)
{
    return strncmp(key->path, "strategy.plugin", strlen("strategy.plugin")) != 0;
}

static void note_keys(struct gate_tally *tally, const struct gw_yaml *tree)
{
    for (size_t i = 0; i < gw_experiment_schema.count; i++) {
        const struct gw_key *key = &gw_experiment_schema.key[i];
        const struct gw_yaml *value = value_at(tree, key->path);
        if (!is_for_both(key)) {
            continue;
        }
        note(tally, "key", key->path, value != NULL);
        if (key->choices != NULL) {
            note_choices(tally, key, value);
        }
        if (key->type == GW_KEY_TERM) {
            note_formula(tally, key->path, value);
        }
    }
    note_formula(tally, "account.size", value_at(tree, "account.size"));
    note_formula(tally, "account.size.span", value_at(tree, "account.size.span"));
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
    bool gaps, no_open, rests, late, leaves, leaves_at_a_loss, none;
    bool no_volume, unseen, reaches, no_range;
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
        double volume = gw_panel_column(panel, GW_VOLUME, n)[t];
        double high = gw_panel_column(panel, GW_HIGH, n)[t];
        double low = gw_panel_column(panel, GW_LOW, n)[t];
        out->no_volume |= volume == 0;
        out->unseen |= isnan(volume);
        out->reaches |= high > close[t] && low < close[t];
        out->no_range |= isnan(high) || isnan(low);
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
    const int32_t *session = subject->origin->panel->session;
    double years = (session[T - 1] - session[0]) / 365.25;
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
    note(tally, "data", "missing volumes", traits.unseen);
    note(tally, "data", "highs and lows away from the close", traits.reaches);
    note(tally, "data", "missing highs or lows", traits.no_range);
    note(tally, "data", "more than two years", years > 2);
    for (int kind = 0; kind < GW_ACTIONS; kind++) {
        note(tally, "data", gw_action_name[kind], traits.action[kind]);
    }
    note(tally, "data", "one bar", T == 1);
    note(tally, "data", "two to ten bars", T > 1 && T <= 10);
    note(tally, "data", "several assets", subject->plan->assets > 1);
    note(tally, "data", "more than 1,024 bars", T > 1024);
    note(tally, "data", "more than 4,096 bars", T > 4096);
    note(tally, "data", "an asset without bars", traits.none);
    find(tally, "data more than 1,024 bars")->least = LEAST_RARE;
    find(tally, "data more than 4,096 bars")->least = LEAST_RARE;
    find(tally, "data an asset without bars")->least = LEAST_RARE;
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
    find(tally, "look-back not exact")->least = LEAST_RARE;
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
    find(tally, "rows failed")->least = DBL_MIN;
    find(tally, "rows by the reference engine")->least = 0;
    size_t bin = 0;
    while (bin < 7 && most > bound[bin]) {
        bin++;
    }
    tally->trades[bin]++;
    tally->trading += most >= ENOUGH_TRADES;
    tally->rows += rows[0].count;
}

static void note_outcomes(struct gate_tally *tally,
                          const struct gate_subject *subject,
                          const struct gate_rows *rows)
{
    bool happened[GATE_OUTCOMES];
    gate_outcomes(subject, rows, happened);
    for (size_t i = 0; i < GATE_OUTCOMES; i++) {
        struct gw_text text = {0};
        const struct gate_outcome_info *info = &gate_outcome_info[i];
        gw_text_printf(&text, "outcome %s", info->name);
        note(tally, text.data, "", happened[i]);
        find(tally, text.data)->least = 1 / info->one_in;
        gw_text_clear(&text);
    }
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
    note_outcomes(tally, subject, rows);
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
        bool met = (double)count->times >= count->least * (double)cases;
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
