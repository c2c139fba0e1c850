/* Random expressions: signals, targets, constraints and definitions. */
#include "experiment.h"

#include <string.h>

struct maker {
    struct gate_draw *draw;
    struct gate_experiment *experiment;
    struct gate_terms *terms;
    bool ordered; /* fast < slow holds: slow - fast is a window */
    bool huge;    /* above 10^7 combinations */
};

static int call1(struct maker *m, enum gate_type type, const char *word, int a)
{
    const struct gate_term head = {.type = type, .form = GATE_CALL, .word = word};
    return gate_call(m->terms, head, a, GATE_NO_TERM, GATE_NO_TERM);
}

static int call2(struct maker *m, enum gate_type type, const char *word, int a, int b)
{
    const struct gate_term head = {.type = type, .form = GATE_CALL, .word = word};
    return gate_call(m->terms, head, a, b, GATE_NO_TERM);
}

static int infix(struct maker *m, enum gate_type type, const char *word, int a, int b)
{
    const struct gate_term head = {.type = type, .form = GATE_INFIX, .word = word};
    return gate_call(m->terms, head, a, b, GATE_NO_TERM);
}

static int prefix(struct maker *m, enum gate_type type, const char *word, int a)
{
    const struct gate_term head = {.type = type, .form = GATE_PREFIX, .word = word};
    return gate_call(m->terms, head, a, GATE_NO_TERM, GATE_NO_TERM);
}

static int where(struct maker *m, int c, int a, int b)
{
    const struct gate_term head = {
        .type = GATE_SERIES, .form = GATE_CALL, .word = "where"};
    return gate_call(m->terms, head, c, a, b);
}

static int number(struct maker *m, double value)
{
    return gate_constant(m->terms, GATE_NUMBER, value);
}

static int constant(struct maker *m, double value)
{
    return gate_constant(m->terms, GATE_SERIES, value);
}

static int field(struct maker *m, const char *word)
{
    return gate_word(m->terms, GATE_SERIES, word);
}

static int close_of(struct maker *m)
{
    return field(m, "close");
}

static bool has_axis(const struct maker *m, const char *word)
{
    for (size_t a = 0; a < m->experiment->axes; a++) {
        if (strcmp(m->experiment->axis[a].word, word) == 0) {
            return true;
        }
    }
    return false;
}

/* The parameter, or a number where there is no such axis. */
static int parameter(struct maker *m, enum gate_type type, const char *word, double other)
{
    return has_axis(m, word) ? gate_word(m->terms, type, word)
                             : gate_constant(m->terms, type, other);
}

static int fast(struct maker *m)
{
    int plain = parameter(m, GATE_NUMBER, "fast", 3);
    double u = m->huge ? gate_uniform(m->draw) : 0;
    if (u < 0.5) {
        return plain;
    }
    if (u < 0.65) { /* not all of them can be run */
        return infix(m, GATE_NUMBER, "-", parameter(m, GATE_NUMBER, "slow", 8), plain);
    }
    int off = infix(m, GATE_NUMBER, "-", plain, number(m, 20));
    int distance = call1(m, GATE_NUMBER, "abs", off); /* longest away from the corners */
    return infix(m, GATE_NUMBER, "-", number(m, 21), distance);
}

static int slow(struct maker *m)
{
    return parameter(m, GATE_NUMBER, "slow", 8);
}

/* The n of sma: a whole number >= 1. */
static int any_window(struct maker *m)
{
    switch (gate_below(m->draw, 8)) {
    case 0:
    case 1:
        return fast(m);
    case 2:
    case 3:
        return slow(m);
    case 4:
        return m->ordered ? infix(m, GATE_NUMBER, "-", slow(m), fast(m)) : slow(m);
    case 5:
        return infix(m, GATE_NUMBER, "+", fast(m), number(m, 2));
    case 6:
        return infix(m, GATE_NUMBER, "*", number(m, 2), fast(m));
    default:
        return number(m, (double)gate_between(m->draw, 1, 9));
    }
}

/* The k of lag: a whole number >= 0. */
static int any_shift(struct maker *m)
{
    switch (gate_below(m->draw, 4)) {
    case 0:
        return parameter(m, GATE_NUMBER, "shift", 2);
    case 1:
        return infix(m, GATE_NUMBER, "-", fast(m), number(m, 1));
    default:
        return number(m, GATE_PICK(m->draw, double, 0, 1, 3));
    }
}

/* A threshold or a factor near 1. */
static int any_level(struct maker *m)
{
    if (has_axis(m, "level") && gate_chance(m->draw, 0.6)) {
        return gate_word(m->terms, GATE_SERIES, "level");
    }
    return constant(m, GATE_PICK(m->draw, double, 1.01, 0.99, 0.97, 1));
}

static int any_condition(struct maker *m, int depth);

static int any_leaf(struct maker *m)
{
    static const char *const rare[] = {"open",     "high",    "low",       "raw.close",
                                       "raw.open", "raw.low", "raw.high",  "volume",
                                       "open",     "high",    "raw.volume"};
    if (gate_chance(m->draw, 0.5)) {
        return close_of(m);
    }
    if (m->experiment->definitions > 0 && gate_chance(m->draw, 0.5)) {
        return field(m, "middle");
    }
    return field(m, rare[gate_below(m->draw, sizeof rare / sizeof rare[0])]);
}

/* Operands are drawn one after the other: C leaves the order of arguments open. */
static int any_series(struct maker *m, int depth)
{
    static const char *const windowed[] = {"sma", "sma",     "ema",    "rsi",
                                           "roc", "highest", "lowest", "stdev"};
    static const char *const joined[] = {"+", "-", "/", "min", "max"};
    if (depth <= 0 || gate_chance(m->draw, 0.25)) {
        return any_leaf(m);
    }
    int x = any_series(m, depth - 1);
    size_t kind = gate_below(m->draw, 14);
    if (kind < 6) {
        const char *word = windowed[gate_below(m->draw, 8)];
        return call2(m, GATE_SERIES, word, x, any_window(m));
    }
    if (kind < 9) {
        size_t which = gate_below(m->draw, 5);
        int y = any_series(m, depth - 1);
        return which < 3 ? infix(m, GATE_SERIES, joined[which], x, y)
                         : call2(m, GATE_SERIES, joined[which], x, y);
    }
    if (kind == 9) {
        int c = any_condition(m, depth - 1);
        return where(m, c, x, any_series(m, depth - 1));
    }
    if (kind == 10) {
        return call2(m, GATE_SERIES, "lag", x, any_shift(m));
    }
    if (kind == 11) {
        return call1(m, GATE_SERIES, "abs", x);
    }
    return kind == 12 ? prefix(m, GATE_SERIES, "-", x)
                      : infix(m, GATE_SERIES, "*", x, any_level(m));
}

struct pair {
    int a, b;
};

static struct pair averages(struct maker *m, const char *word)
{
    int a = call2(m, GATE_SERIES, word, close_of(m), fast(m));
    return (struct pair){a, call2(m, GATE_SERIES, word, close_of(m), slow(m))};
}

/* An indicator and a threshold. */
static struct pair any_threshold(struct maker *m)
{
    switch (gate_below(m->draw, 4)) {
    case 0:
        return (struct pair){call2(m, GATE_SERIES, "rsi", close_of(m), fast(m)),
                             parameter(m, GATE_SERIES, "edge", 50)};
    case 1:
        return (struct pair){call2(m, GATE_SERIES, "roc", close_of(m), fast(m)),
                             constant(m, GATE_PICK(m->draw, double, 0, 1, -2))};
    case 2: {
        int a = call2(m, GATE_SERIES, "roc", close_of(m), fast(m));
        return (struct pair){a, infix(m, GATE_SERIES, "-", any_level(m), constant(m, 1))};
    }
    default:
        return (struct pair){field(m, "raw.close"),
                             constant(m, GATE_PICK(m->draw, double, 5, 20, 100))};
    }
}

/* The price against a channel, a move against its average, mirrored prices. */
static struct pair any_shape(struct maker *m)
{
    int a, b;
    switch (gate_below(m->draw, 4)) {
    case 0:
        a = call2(m, GATE_SERIES, "highest", field(m, "high"), fast(m));
        b = call2(m, GATE_SERIES, "lowest", field(m, "low"), fast(m));
        a = infix(m, GATE_SERIES, "+", a, b);
        return (struct pair){close_of(m), infix(m, GATE_SERIES, "/", a, constant(m, 2))};
    case 1:
        a = call2(m, GATE_SERIES, "lag", close_of(m), any_shift(m));
        a = call1(m, GATE_SERIES, "abs", infix(m, GATE_SERIES, "-", close_of(m), a));
        return (struct pair){a, call2(m, GATE_SERIES, "sma", a, slow(m))};
    case 2:
        a = call2(m, GATE_SERIES, "sma", close_of(m), any_window(m));
        b = prefix(m, GATE_SERIES, "-", close_of(m));
        return (struct pair){b, prefix(m, GATE_SERIES, "-", a)};
    default:
        a = call2(m, GATE_SERIES, "max", field(m, "open"), close_of(m));
        b = call2(m, GATE_SERIES, "ema", close_of(m), any_window(m));
        return (struct pair){a, call2(m, GATE_SERIES, "min", b, field(m, "high"))};
    }
}

/* Two series worth comparing. */
static struct pair any_pair(struct maker *m)
{
    int a;
    switch (gate_below(m->draw, 15)) {
    case 0:
    case 1:
        return averages(m, "sma");
    case 2:
        return averages(m, "ema");
    case 3:
        a = call2(m, GATE_SERIES, "sma", close_of(m), fast(m));
        return (struct pair){close_of(m), a};
    case 4:
        a = call2(m, GATE_SERIES, "lag", field(m, "high"), number(m, 1));
        return (struct pair){close_of(m), call2(m, GATE_SERIES, "highest", a, fast(m))};
    case 5:
        a = call2(m, GATE_SERIES, "lag", close_of(m), any_shift(m));
        return (struct pair){a, field(m, GATE_PICK(m->draw, char *, "open", "close"))};
    case 6:
        a = call2(m, GATE_SERIES, "stdev", close_of(m), slow(m));
        return (struct pair){a, call2(m, GATE_SERIES, "lag", a, number(m, 5))};
    case 7:
        a = call2(m, GATE_SERIES, "sma", field(m, "volume"), fast(m));
        return (struct pair){field(m, "volume"), a};
    case 8:
        a = call2(m, GATE_SERIES, "sma", close_of(m), slow(m));
        return (struct pair){close_of(m), infix(m, GATE_SERIES, "*", a, any_level(m))};
    case 9:
    case 10:
        return any_threshold(m);
    case 11:
    case 12:
    case 13:
        return any_shape(m);
    default:
        a = any_series(m, 2);
        return (struct pair){a, any_series(m, 2)};
    }
}

/* A condition that is the same on every bar. */
static int any_switch(struct maker *m)
{
    int on = infix(m, GATE_CONDITION, "==", parameter(m, GATE_NUMBER, "flag", 1),
                   number(m, 1));
    switch (gate_below(m->draw, 4)) {
    case 0:
        return on;
    case 1:
        return prefix(m, GATE_CONDITION, "not", on);
    case 2:
        return infix(m, GATE_CONDITION, GATE_PICK(m->draw, char *, "<", ">="), fast(m),
                     number(m, 4));
    default:
        return gate_constant(m->terms, GATE_CONDITION, gate_chance(m->draw, 0.7));
    }
}

static int any_condition(struct maker *m, int depth)
{
    struct gate_draw *draw = m->draw;
    double u = gate_uniform(draw);
    if (depth > 0 && u < 0.2) {
        const char *word = GATE_PICK(draw, char *, "and", "or");
        int a = any_condition(m, depth - 1), b = any_condition(m, depth - 1);
        return infix(m, GATE_CONDITION, word, a, b);
    }
    if (depth > 0 && u < 0.27) {
        return prefix(m, GATE_CONDITION, "not", any_condition(m, depth - 1));
    }
    if (u < 0.31) {
        return any_switch(m);
    }
    if (m->experiment->definitions > 1 && u < 0.4) {
        return gate_word(m->terms, GATE_CONDITION, "rising");
    }
    bool cross = u < 0.6, both = has_axis(m, "fast") && has_axis(m, "slow");
    struct pair pair = cross && both && gate_chance(draw, 0.5)
                           ? averages(m, GATE_PICK(draw, char *, "sma", "ema"))
                           : any_pair(m);
    if (cross) {
        return call2(m, GATE_CONDITION,
                     GATE_PICK(draw, char *, "crosses_above", "crosses_below"), pair.a,
                     pair.b);
    }
    const char *sign = GATE_PICK(draw, char *, ">", "<", ">", "<", ">=", "<=", "==");
    return infix(m, GATE_CONDITION, sign, pair.a, pair.b);
}

static void make_signals(struct maker *m)
{
    static const enum gw_signal enter[2] = {GW_ENTER_LONG, GW_ENTER_SHORT};
    static const enum gw_signal leave[2] = {GW_EXIT_LONG, GW_EXIT_SHORT};
    size_t sides = GATE_PICK(m->draw, size_t, 1, 2, 3, 3);
    for (size_t side = 0; side < 2; side++) {
        if ((sides >> side & 1) != 0) {
            m->experiment->signal[enter[side]] = any_condition(m, 1);
        }
        if ((sides >> side & 1) != 0 && gate_chance(m->draw, 0.7)) {
            m->experiment->signal[leave[side]] = any_condition(m, 1);
        }
    }
}

static int any_weight(struct maker *m)
{
    double u = gate_uniform(m->draw);
    if (u < 0.12) { /* undefined */
        return infix(m, GATE_SERIES, "/", constant(m, 1),
                     infix(m, GATE_SERIES, "-", close_of(m), close_of(m)));
    }
    if (u < 0.3) {
        int level = any_level(m);
        return gate_chance(m->draw, 0.3) ? prefix(m, GATE_SERIES, "-", level) : level;
    }
    return constant(
        m, GATE_PICK(m->draw, double, 1, -1, 0, 0, 0.5, -0.3, 1.5, 0.999, 1e-13));
}

/* (close - average) / deviation, by the sample or the population. */
static int any_score(struct maker *m)
{
    const struct gate_term head = {
        .type = GATE_SERIES, .form = GATE_CALL, .word = "stdev"};
    int spread = gate_chance(m->draw, 0.5)
                     ? call2(m, GATE_SERIES, "stdev", close_of(m), slow(m))
                     : gate_call(m->terms, head, close_of(m), slow(m), number(m, 1));
    const char *average = GATE_PICK(m->draw, char *, "sma", "ema");
    int middle = call2(m, GATE_SERIES, average, close_of(m), slow(m));
    return infix(m, GATE_SERIES, "/", infix(m, GATE_SERIES, "-", close_of(m), middle),
                 spread);
}

static int any_target(struct maker *m)
{
    switch (gate_below(m->draw, 9)) {
    case 0:
        return infix(m, GATE_SERIES, "/",
                     call2(m, GATE_SERIES, "roc", close_of(m), fast(m)),
                     constant(m, GATE_PICK(m->draw, double, 5, 10, 50)));
    case 1:
        return any_score(m);
    case 2: {
        int rsi = call2(m, GATE_SERIES, "rsi", close_of(m), fast(m));
        return infix(m, GATE_SERIES, "/",
                     infix(m, GATE_SERIES, "-", rsi, constant(m, 50)), constant(m, 50));
    }
    case 3:
        return gate_chance(m->draw, 0.5)
                   ? any_level(m)
                   : constant(m, GATE_PICK(m->draw, double, 1, -1, 0.4));
    case 4: {
        int above = call2(m, GATE_SERIES, "max", constant(m, -1), any_score(m));
        return call2(m, GATE_SERIES, "min", constant(m, 1), above);
    }
    case 5: {
        int c = any_condition(m, 1), inner = any_condition(m, 1);
        int a = any_weight(m), b = any_weight(m);
        return where(m, c, where(m, inner, a, b), any_weight(m));
    }
    default: {
        int c = any_condition(m, 1), a = any_weight(m);
        return where(m, c, a, any_weight(m));
    }
    }
}

static void add_constraint(struct maker *m, int term)
{
    m->experiment->constraint[m->experiment->constraints++] = term;
}

static void make_constraints(struct maker *m)
{
    double total = 1;
    for (size_t a = 0; a < m->experiment->axes; a++) {
        total *= (double)m->experiment->axis[a].count;
    }
    if (total > 1e7) { /* such a grid may have combinations that cannot be run */
        m->ordered = true;
        m->huge = true;
    } else if (has_axis(m, "fast") && has_axis(m, "slow") && gate_chance(m->draw, 0.7)) {
        add_constraint(m, infix(m, GATE_CONDITION, "<", fast(m), slow(m)));
        m->ordered = true;
    }
    if (has_axis(m, "level") && gate_chance(m->draw, 0.3)) {
        int low = infix(m, GATE_CONDITION, ">", gate_word(m->terms, GATE_NUMBER, "level"),
                        number(m, 0.96));
        add_constraint(m, infix(m, GATE_CONDITION, "or", low,
                                infix(m, GATE_CONDITION, ">", fast(m), number(m, 2))));
    }
}

static void add_definition(struct maker *m, const char *word, int term)
{
    struct gate_experiment *x = m->experiment;
    x->definition[x->definitions++] = (struct gate_definition){word, term};
}

static void make_definitions(struct maker *m)
{
    if (gate_chance(m->draw, 0.25)) {
        int term = any_series(m, 2);
        add_definition(m, "middle", term);
    }
    if (m->experiment->definitions > 0 && gate_chance(m->draw, 0.5)) {
        int term = any_condition(m, 1);
        add_definition(m, "rising", term);
    }
}

void gate_strategy_make(struct gate_draw *draw, struct gate_experiment *experiment)
{
    struct maker maker = {.draw = draw, .experiment = experiment};
    maker.terms = &experiment->terms;
    experiment->target = GATE_NO_TERM;
    for (int s = 0; s < GW_SIGNALS; s++) {
        experiment->signal[s] = GATE_NO_TERM;
    }
    make_constraints(&maker);
    make_definitions(&maker);
    if (gate_chance(draw, 0.5)) {
        make_signals(&maker);
    } else {
        experiment->target = any_target(&maker);
        experiment->rebalance = GATE_PICK(
            draw, char *, NULL, "on_change", "on_change", "every_bar", "every_bar",
            "weekly", "monthly", "quarterly", "{every: 1}", "{every: 4}", "{every: 13}");
    }
}
