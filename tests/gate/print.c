/* An experiment's record as its file. */
#include "experiment.h"
#include "gridwalk/base/time.h"

#include <string.h>

static void print_number(struct gw_text *out, double value)
{
    char number[32];
    gw_format_double(value, number, sizeof number);
    gw_text_printf(out, "%s", number);
}

static void print_text(struct gw_text *out, const char *key, const char *value)
{
    if (value != NULL) {
        gw_text_printf(out, "%s: %s\n", key, value);
    }
}

static void print_if(struct gw_text *out, bool wanted, const char *line)
{
    if (wanted) {
        gw_text_printf(out, "%s", line);
    }
}

static void
print_day(struct gw_text *out, const char *key, const int32_t *session, size_t bar)
{
    char day[GW_DATE_SIZE];
    if (bar > 0) {
        gw_date_format(session[bar - 1], day);
        gw_text_printf(out, "  %s: %s\n", key, day);
    }
}

static void print_axis(const struct gate_axis *axis, struct gw_text *out)
{
    gw_text_printf(out, "    %s: ", axis->word);
    if (axis->range) {
        gw_text_printf(out, "{from: ");
        print_number(out, axis->value[0]);
        gw_text_printf(out, ", to: ");
        print_number(out, axis->value[axis->count - 1]);
        if (!axis->integer) {
            gw_text_printf(out, ", step: ");
            print_number(out, axis->step);
        }
        gw_text_printf(out, "}\n");
        return;
    }
    for (size_t i = 0; i < axis->count; i++) {
        gw_text_printf(out, i == 0 ? "[" : ", ");
        print_number(out, axis->value[i]);
    }
    gw_text_printf(out, "]\n");
}

/* `key "expression"`, the key with its colon or a dash. */
static void print_expression(const struct gate_experiment *x,
                             const char *key,
                             int term,
                             struct gw_text *out)
{
    if (term != GATE_NO_TERM) {
        gw_text_printf(out, "  %s \"", key);
        gate_term_print(&x->terms, term, out);
        gw_text_printf(out, "\"\n");
    }
}

static void print_named(const struct gate_experiment *x,
                        const struct gate_definition *definition,
                        struct gw_text *out)
{
    struct gw_text key = {0};
    gw_text_printf(&key, "  %s:", definition->word);
    print_expression(x, key.data, definition->term, out);
    gw_text_clear(&key);
}

static void print_strategy(const struct gate_experiment *x, struct gw_text *out)
{
    static const char *const signal[GW_SIGNALS] = {
        "  enter_long:", "  exit_long:", "  enter_short:", "  exit_short:"};
    gw_text_printf(out, "strategy:\n");
    print_if(out, x->axes > 0, "  parameters:\n");
    for (size_t a = 0; a < x->axes; a++) {
        print_axis(&x->axis[a], out);
    }
    print_if(out, x->constraints > 0, "  constraints:\n");
    for (size_t i = 0; i < x->constraints; i++) {
        print_expression(x, "  -", x->constraint[i], out);
    }
    print_if(out, x->definitions > 0, "  define:\n");
    for (size_t i = 0; i < x->definitions; i++) {
        print_named(x, &x->definition[i], out);
    }
    if (x->target != GATE_NO_TERM) {
        print_expression(x, "target:", x->target, out);
        print_text(out, "  rebalance", x->rebalance);
        return;
    }
    gw_text_printf(out, "  signals:\n");
    for (int s = 0; s < GW_SIGNALS; s++) {
        print_expression(x, signal[s], x->signal[s], out);
    }
}

static void print_assets(const struct gate_experiment *x, struct gw_text *out)
{
    const char *before = "assets: [";
    for (int n = 0; n < 32; n++) {
        if ((x->assets >> n & 1) != 0) {
            gw_text_printf(out, "%sA%d", before, n);
            before = ", ";
        }
    }
    print_if(out, x->assets != 0, "]\n");
}

static void print_amount(const struct gate_experiment *x,
                         const struct gate_amount *amount,
                         struct gw_text *out)
{
    if (amount->formula == 0) {
        print_number(out, amount->number);
        return;
    }
    gw_text_printf(out, "\"");
    gate_term_print(&x->terms, amount->formula - 1, out);
    gw_text_printf(out, "\"");
}

/* `all`, {equity: 0.3}, {volatility: 0.1, span: 20} */
static void print_size(const struct gate_experiment *x, struct gw_text *out)
{
    if (x->size == NULL || strcmp(x->size, "all") == 0) {
        print_text(out, "  size", x->size);
        return;
    }
    gw_text_printf(out, "  size: {%s: ", x->size);
    print_amount(x, &x->amount[GW_TERM_size], out);
    if (strcmp(x->size, "volatility") == 0) {
        gw_text_printf(out, ", span: ");
        print_amount(x, &x->span, out);
    }
    gw_text_printf(out, "}\n");
}

/* The numbers of a map such as "costs". */
static void
print_amounts(const struct gate_experiment *x, const char *map, struct gw_text *out)
{
    size_t length = strlen(map);
    for (int i = 0; i < GW_TERMS; i++) {
        const char *key = gw_term_info[i].key;
        const struct gate_amount *amount = &x->amount[i];
        if (!amount->said || i == GW_TERM_size || strncmp(key, map, length) != 0) {
            continue;
        }
        gw_text_printf(out, "  %s: ", key + length + 1);
        if (i == GW_TERM_volume_limit && amount->formula == 0 && amount->number == 0) {
            gw_text_printf(out, "none");
        } else {
            print_amount(x, amount, out);
        }
        gw_text_printf(out, "\n");
    }
}

static void print_map(const char *map, struct gw_text *content, struct gw_text *out)
{
    if (content->length > 0) {
        gw_text_printf(out, "%s:\n%s", map, content->data);
    }
    gw_text_clear(content);
}

static void print_rules(const struct gate_experiment *x, struct gw_text *out)
{
    struct gw_text costs = {0}, account = {0}, stops = {0};
    print_text(out, "warmup", x->warmup);
    print_if(out, x->price != NULL || x->says_delay, "execution:\n");
    print_text(out, "  price", x->price);
    if (x->no_delay || x->says_delay) {
        gw_text_printf(out, "  delay: %d\n", !x->no_delay);
    }
    print_amounts(x, "costs", &costs);
    print_map("costs", &costs, out);
    if (x->capital > 0) {
        gw_text_printf(&account, "  capital: ");
        print_number(&account, x->capital);
        gw_text_printf(&account, "\n");
    }
    print_text(&account, "  mode", x->account);
    print_size(x, &account);
    print_text(&account, "  lots", x->lots);
    print_text(&account, "  close_at_end", x->close_at_end);
    print_amounts(x, "account", &account);
    print_map("account", &account, out);
    print_amounts(x, "stops", &stops);
    print_map("stops", &stops, out);
    print_if(out, x->says_search, "search: grid\n");
}

static void
print_dates(const struct gate_experiment *x, const int32_t *session, struct gw_text *out)
{
    gw_text_printf(out, "  dates:\n");
    for (size_t w = 0; w < x->dates; w++) {
        const struct gate_dated *at = &x->dated[w];
        size_t segments = x->validation > 0 ? 3 : x->test > 0 ? 2 : 1;
        for (size_t s = 0; s < segments; s++) {
            char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
            gw_date_format(session[at->from[s]], from);
            gw_date_format(session[at->to[s]], to);
            gw_text_printf(out, "    %s %s: [%s, %s]\n", s == 0 ? "-" : " ",
                           gw_segment_name[s], from, to);
        }
    }
}

static void print_bars(const char *key, size_t bars, struct gw_text *out)
{
    if (bars > 0) {
        gw_text_printf(out, "  %s: %zu\n", key, bars);
    }
}

static void print_windows(const struct gate_experiment *x,
                          const int32_t *session,
                          struct gw_text *out)
{
    char unit[2] = {x->unit, '\0'};
    if (x->train == 0) {
        return;
    }
    gw_text_printf(out, "walk_forward:\n");
    print_text(out, "  overlap", x->overlap);
    if (x->dates > 0) {
        print_dates(x, session, out);
        return;
    }
    print_text(out, "  mode", x->mode);
    gw_text_printf(out, "  train: %zu%s\n  test: %zu%s\n", x->train, unit, x->test,
                   x->test > 0 ? unit : "");
    if (x->validation > 0) {
        gw_text_printf(out, "  validation: %zu%s\n", x->validation, unit);
    }
    if (x->step > 0) {
        gw_text_printf(out, "  step: %zu%s\n", x->step, unit);
    }
    print_bars("purge", x->purge, out);
    print_bars("embargo", x->embargo, out);
    print_text(out, "  partial", x->partial);
}

static void print_metrics(const struct gate_experiment *x, struct gw_text *out)
{
    if (x->metrics == NULL || strcmp(x->metrics, "list") != 0) {
        print_text(out, "metrics", x->metrics);
        return;
    }
    const char *before = "metrics: [";
    for (size_t m = 0; m < GW_METRICS; m++) {
        if (x->metric[m]) {
            gw_text_printf(out, "%s%s", before, gw_metric_info[m].name);
            before = ", ";
        }
    }
    gw_text_printf(out, "]\n");
}

static void print_objective(const struct gate_experiment *x, struct gw_text *out)
{
    const struct {
        const char *key, *value;
    } line[] = {{x->minimize ? "minimize" : "maximize", x->objective},
                {"otherwise", x->otherwise},
                {"on", x->on},
                {"select", x->select}};
    const char *before = "objective:\n";
    if (x->requires) { /* the objective is always computed */
        gw_text_printf(out, "%s  require: [%s > 0]\n", before,
                       x->objective != NULL ? x->objective : "sharpe");
        before = "";
    }
    for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
        if (line[i].value != NULL) {
            gw_text_printf(out, "%s  %s: %s\n", before, line[i].key, line[i].value);
            before = "";
        }
    }
}

void gate_experiment_print(const struct gate_experiment *experiment,
                           const int32_t *session,
                           const char *bundle,
                           struct gw_text *out)
{
    const struct gate_experiment *x = experiment;
    print_text(out, "bundle", bundle);
    print_text(out, "prices", x->prices);
    print_if(out, x->from > 0 || x->to > 0, "period:\n");
    print_day(out, "from", session, x->from);
    print_day(out, "to", session, x->to);
    print_assets(x, out);
    if (x->benchmark > 0) {
        gw_text_printf(out, "benchmark: A%zu\n", x->benchmark - 1);
    }
    if (x->risk_free.said) {
        gw_text_printf(out, "risk_free: ");
        print_amount(x, &x->risk_free, out);
        gw_text_printf(out, "\n");
    }
    print_strategy(x, out);
    print_rules(x, out);
    print_windows(x, session, out);
    print_objective(x, out);
    print_metrics(x, out);
    if (x->keep != NULL) {
        gw_text_printf(out, "output: {keep: %s}\n", x->keep);
    }
    if (x->memory != NULL) {
        gw_text_printf(out, "limits: {memory: %s}\n", x->memory);
    }
    if (x->periods > 0) {
        gw_text_printf(out, "periods: ");
        print_number(out, x->periods);
        gw_text_printf(out, "\n");
    }
}
