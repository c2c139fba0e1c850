#include "experiment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Decimals, as a reader of the file gets them. */
static double decimal(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.10g", value);
    return strtod(text, NULL);
}

static void
add_range(struct gate_experiment *x, const char *word, double from, double step, size_t n)
{
    struct gate_axis *axis = &x->axis[x->axes++];
    *axis = (struct gate_axis){
        .word = word, .range = true, .integer = step == 1, .step = step, .count = n};
    for (size_t i = 0; i < n; i++) {
        axis->value[i] = decimal(from + (double)i * step);
    }
}

/* `n` of the values from `from` on, without repeats, in any order. */
static void add_list(struct gate_draw *draw,
                     struct gate_experiment *x,
                     const char *word,
                     double from,
                     double step)
{
    struct gate_axis *axis = &x->axis[x->axes++];
    *axis =
        (struct gate_axis){.word = word, .count = GATE_PICK(draw, size_t, 1, 2, 3, 4)};
    for (size_t i = 0; i < axis->count; i++) {
        from += step * (double)gate_between(draw, i > 0, 3);
        axis->value[i] = decimal(from);
    }
    if (gate_chance(draw, 0.3)) {
        double first = axis->value[0];
        axis->value[0] = axis->value[axis->count - 1];
        axis->value[axis->count - 1] = first;
    }
}

/* An axis of 64 values and more: a run is full, or the grid has several. */
static void add_wide(struct gate_draw *draw, struct gate_experiment *x)
{
    size_t count = 64 + gate_below(draw, 80);
    switch (gate_below(draw, 3)) {
    case 0:
        add_range(x, "fast", (double)gate_between(draw, 1, 4), 1, count);
        break;
    case 1:
        add_range(x, "level", 0.9, 0.002, count);
        break;
    default:
        add_range(x, "edge", 20, 0.5, count);
        break;
    }
}

static bool has_axis(const struct gate_experiment *x, const char *word)
{
    bool has = false;
    for (size_t a = 0; a < x->axes; a++) {
        has = has || strcmp(x->axis[a].word, word) == 0;
    }
    return has;
}

/* A rectangle above 10^7 combinations: what it needs is found at its corners, and what is
 * wrong with a combination only when it is run. */
static void make_huge(struct gate_draw *draw, struct gate_experiment *x)
{
    add_range(x, "fast", 1, 1, 40);
    add_range(x, "slow", 2, 1, 40);
    add_range(x, "level", 0.95, 0.001, 100);
    add_range(x, "edge", 30, 0.5, 80 + gate_below(draw, 30));
}

static void add_second(struct gate_draw *draw, struct gate_experiment *x)
{
    if (gate_chance(draw, 0.3)) {
        add_range(x, "slow", (double)gate_between(draw, 3, 8),
                  (double)gate_between(draw, 1, 4), 2 + gate_below(draw, 4));
    } else {
        add_list(draw, x, "slow", (double)gate_between(draw, 2, 9), 4);
    }
}

/* What costs, stops and sizes may be multiples of. */
static void add_dose(struct gate_draw *draw, struct gate_experiment *x)
{
    struct gate_axis *axis = &x->axis[x->axes++];
    *axis = (struct gate_axis){.word = "dose", .count = 2 + gate_below(draw, 2)};
    static const double some[][3] = {{0, 1}, {1, 0, 2}, {0.5, 2, 1}, {1, 3, 0.25}};
    const double *value = some[gate_below(draw, 4)];
    axis->count = value[2] == 0 ? 2 : axis->count;
    for (size_t i = 0; i < axis->count; i++) {
        axis->value[i] = value[i];
    }
}

static void make_axes(struct gate_draw *draw, size_t bars, struct gate_experiment *x)
{
    double u = gate_uniform(draw);
    if (u < 0.05) {
        return;
    }
    if (u < 0.07 && bars < 300) {
        make_huge(draw, x);
        return;
    }
    if (u < (bars > 300 ? 0.1 : 0.16)) {
        add_wide(draw, x);
    } else if (u < 0.24 && bars < 300) { /* two that fill runs together */
        add_range(x, "fast", (double)gate_between(draw, 1, 4), 1, 9);
        add_range(x, "slow", 4, (double)gate_between(draw, 1, 3), 8);
    } else if (u < 0.5) {
        add_range(x, "fast", (double)gate_between(draw, 1, 4), 1,
                  2 + gate_below(draw, 9));
    } else if (u < 0.9) {
        add_list(draw, x, "fast", (double)gate_between(draw, 1, 4), 1);
    }
    if (!has_axis(x, "slow") && gate_chance(draw, 0.6)) {
        add_second(draw, x);
    }
    if (!has_axis(x, "level") && gate_chance(draw, 0.2)) {
        add_range(x, "level", 0.95, 0.01, 2 + gate_below(draw, 6));
    }
    if (gate_chance(draw, 0.15)) {
        add_list(draw, x, "flag", 0, 1);
    }
    if (x->axes < 3 && gate_chance(draw, 0.2)) {
        add_list(draw, x, "shift", 0, 1);
    } else if (x->axes < 3 && !has_axis(x, "edge") && gate_chance(draw, 0.2)) {
        add_list(draw, x, "edge", 30, 7.5);
    }
}

static void make_period(struct gate_draw *draw, size_t bars, struct gate_experiment *x)
{
    double u = gate_uniform(draw);
    if (u < 0.3) {
        x->from = 1 + gate_below(draw, bars / 3 + 1);
    } else if (u < 0.45 && bars > 100) { /* where the words of 64 bars begin */
        x->from = 65 + gate_below(draw, 2);
    }
    if (gate_chance(draw, 0.3)) {
        x->to = bars - gate_below(draw, bars / 2 + 1);
    }
}

static void
make_walk_forward(struct gate_draw *draw, size_t bars, struct gate_experiment *x)
{
    if (gate_chance(draw, 0.55)) {
        return;
    }
    bool tiny = gate_chance(draw, 0.1);
    x->train = 1 + gate_below(draw, tiny ? 5 : bars / 3 + 1) + (tiny ? 0 : bars / 8);
    x->test = gate_chance(draw, 0.35) ? 0 : 1 + gate_below(draw, tiny ? 5 : bars / 4 + 1);
    /* Not hundreds of windows. */
    size_t least = bars / 40 + 1;
    if (x->test < least || gate_chance(draw, 0.5)) {
        x->step = least + gate_below(draw, bars / 3 + 1);
    }
}

/* Windows by the days of their bars: between them gaps or shared train bars. */
static void
make_dates(struct gate_draw *draw, size_t first, size_t last, struct gate_experiment *x)
{
    size_t begin = first;
    bool overlap = false;
    while (x->dates < GATE_MAX_DATED) {
        struct gate_dated *at = &x->dated[x->dates];
        at->from[0] = begin + gate_below(draw, 4);
        at->to[0] = at->from[0] + gate_below(draw, x->train);
        at->from[1] = at->to[0] + 1 + (gate_chance(draw, 0.3) ? gate_below(draw, 5) : 0);
        at->to[1] = at->from[1] + (x->test > 0 ? gate_below(draw, x->test) : 0);
        bool ascends =
            x->dates == 0 || (at->from[1] > at[-1].from[1] && at->to[1] >= at[-1].to[1] &&
                              at->to[0] >= at[-1].to[0] + (x->test == 0));
        if (at->to[x->test > 0] > last || !ascends) {
            break;
        }
        overlap = overlap || (x->dates > 0 && at->from[1] <= at[-1].to[1]);
        begin = at->from[0] + gate_below(draw, x->train);
        x->dates++;
    }
    if (x->dates > 0 && x->test > 0 && overlap) {
        x->overlap = "true";
    }
}

static double days_of(char unit)
{
    return unit == 'w' ? 7 : 30.4;
}

/* At least so many bars that length has, somewhat less than on average. */
static size_t
least_bars(const struct gate_experiment *x, struct gate_market_size size, size_t length)
{
    double bars = 0.8 * (double)length * days_of(x->unit) / size.days;
    return x->unit == 0 ? length : (size_t)bars;
}

/* What else may be said of windows. In the end: the rest of a case is as without. */
static void make_window_keys(struct gate_draw *draw,
                             struct gate_market_size size,
                             struct gate_experiment *x)
{
    size_t bars = size.bars;
    if (x->train == 0) {
        return;
    }
    if (x->test > 0) {
        x->overlap = GATE_PICK(draw, char *, NULL, "false", "true");
    }
    if (gate_chance(draw, 0.2)) {
        size_t first = x->from > 0 ? x->from - 1 : 0, last = x->to > 0 ? x->to : bars;
        make_dates(draw, first, last - 1, x);
        if (x->dates > 0) {
            return;
        }
    }
    x->mode = GATE_PICK(draw, char *, NULL, "rolling", "anchored");
    if (bars >= 60 && size.days < 5 &&
        gate_chance(draw, 0.3)) { /* of bars, about as many weeks or months */
        x->unit = GATE_PICK(draw, char, 'w', 'm');
        size_t *const length[] = {&x->train, &x->test, &x->step};
        for (size_t i = 0; i < 3; i++) {
            double units = (double)*length[i] * size.days / days_of(x->unit);
            *length[i] = *length[i] > 0 ? 1 + (size_t)units : 0;
        }
    }
    if (x->test == 0) {
        return;
    }
    size_t train = least_bars(x, size, x->train);
    x->purge = gate_chance(draw, 0.5) ? gate_below(draw, train / 3 + 1) : 0;
    x->embargo = gate_chance(draw, 0.5) ? gate_below(draw, 9) : 0;
    x->partial = GATE_PICK(draw, char *, NULL, "drop", "keep");
    if (x->step > 0 && x->step < x->test) {
        x->overlap = "true";
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The end of each train segment, or nothing where one has but a bar. */
static void split_dates(struct gate_draw *draw, struct gate_experiment *x)
{
    struct gate_dated dated[GATE_MAX_DATED];
    for (size_t w = 0; w < x->dates; w++) {
        struct gate_dated *at = &dated[w];
        *at = x->dated[w];
        if (at->to[GW_TRAIN] == at->from[GW_TRAIN]) {
            return;
        }
        size_t begin = at->from[GW_TRAIN] + 1 +
                       gate_below(draw, at->to[GW_TRAIN] - at->from[GW_TRAIN]);
        bool ascends = w == 0 || begin >= at[-1].from[GW_VALIDATION];
        at->from[GW_VALIDATION] = ascends ? begin : at[-1].from[GW_VALIDATION];
        at->to[GW_VALIDATION] = at->to[GW_TRAIN];
        at->to[GW_TRAIN] = at->from[GW_VALIDATION] - 1;
    }
    for (size_t w = 0; w < x->dates; w++) {
        x->dated[w] = dated[w];
    }
    x->validation = 1;
}

/* Of what train has, so that as many windows fit. */
static void make_validation(struct gate_draw *draw,
                            struct gate_market_size size,
                            struct gate_experiment *x)
{
    bool wanted = gate_chance(draw, 0.45);
    if (!wanted || x->train == 0 || x->test == 0) {
        return;
    }
    if (x->dates > 0) {
        split_dates(draw, x);
        return;
    }
    x->validation = x->train > 1 ? 1 + gate_below(draw, x->train - 1) : x->unit != 0;
    x->train -= x->train > 1 ? x->validation : 0;
    size_t bars = least_bars(x, size, smaller(x->train, x->validation));
    x->purge = bars > 0 ? smaller(x->purge, bars - 1) : x->purge;
}

static void make_outputs(struct gate_draw *draw, struct gate_experiment *x)
{
    x->metrics = GATE_PICK(draw, char *, NULL, "basic", "all", "list", "list");
    bool any = false;
    for (size_t m = 0; m < GW_METRICS; m++) {
        x->metric[m] = gate_chance(draw, 0.4);
        any = any || x->metric[m];
    }
    x->metric[GW_METRIC_trades] |= !any;
    if (gate_chance(draw, 0.3)) {
        x->objective = gw_metric_info[gate_below(draw, GW_METRICS)].name;
        x->minimize = gate_chance(draw, 0.4);
    }
    x->keep = GATE_PICK(draw, char *, NULL, NULL, "all", "{top: 2}");
    x->memory = GATE_PICK(draw, char *, NULL, NULL, "1M", "1.5M", "64M");
    x->periods = GATE_PICK(draw, double, 0, 0, 0, 252, 12, 365.25);
    x->says_search = gate_chance(draw, 0.2);
}

/* How windows choose: what it needs is drawn before. */
static void make_choice(struct gate_draw *draw, struct gate_experiment *x)
{
    size_t total = 1;
    for (size_t a = 0; a < x->axes; a++) {
        total *= x->axis[a].count;
    }
    bool all = x->keep == NULL || strcmp(x->keep, "all") == 0;
    x->requires = gate_chance(draw, 0.15);
    x->otherwise = GATE_PICK(draw, char *, NULL, NULL, NULL, "cash", "best");
    x->on = GATE_PICK(draw, char *, NULL, "train", "validation", "validation");
    if (x->validation == 0 && x->on != NULL) {
        x->on = gate_chance(draw, 0.3) ? "train" : NULL;
    }
    x->select =
        GATE_PICK(draw, char *, NULL, NULL, "best", "{top: 2}",
                  "{keep: {tolerance: 0.2}}", "{plateau: {radius: 1, by: median}}");
    if ((!all || total > 20000) && x->select != NULL && *x->select == '{') {
        x->select = "{top: 1}";
    }
}

/* What some metrics need. */
static void
make_benchmark(struct gate_draw *draw, size_t assets, struct gate_experiment *x)
{
    if (gate_chance(draw, 0.4)) {
        x->benchmark = 1 + gate_below(draw, assets);
        return;
    }
    for (size_t m = 0; m < GW_METRICS; m++) {
        const struct gw_metric_info *info = &gw_metric_info[m];
        if (info->set != 'K') {
            continue;
        }
        x->metric[m] = false;
        if (x->objective != NULL && strcmp(x->objective, info->name) == 0) {
            x->objective = NULL;
        }
    }
    x->metric[GW_METRIC_trades] = true;
}

void gate_experiment_make(struct gate_draw *draw,
                          struct gate_market_size size,
                          struct gate_experiment *out)
{
    *out = (struct gate_experiment){.target = GATE_NO_TERM};
    bool rich = gate_chance(draw, 0.6);
    make_axes(draw, size.bars, out);
    if (rich && out->axes < GATE_MAX_AXES && gate_chance(draw, 0.3)) {
        add_dose(draw, out);
    }
    gate_strategy_make(draw, out);
    out->prices = GATE_PICK(draw, char *, NULL, "adjusted", "split", "split");
    out->warmup =
        GATE_PICK(draw, char *, NULL, "before", "cold", "inside_common", "inside_own");
    out->price = GATE_PICK(draw, char *, NULL, "open", "close", "close");
    out->says_delay = gate_chance(draw, 0.5);
    bool close = out->price != NULL && strcmp(out->price, "close") == 0;
    out->no_delay = close && gate_chance(draw, 0.5);
    make_period(draw, size.bars, out);
    if (gate_chance(draw, 0.25)) {
        out->assets = (uint32_t)gate_between(draw, 1, (1L << size.assets) - 1);
    }
    gate_options_make(draw, rich, out);
    make_walk_forward(draw, size.bars, out);
    make_outputs(draw, out);
    make_window_keys(draw, size, out);
    make_validation(draw, size, out);
    make_choice(draw, out);
    make_benchmark(draw, size.assets, out);
}
