/* Random costs, accounts and stops: numbers, and expressions over parameters. */
#include "experiment.h"

#include <string.h>

struct options {
    struct gate_draw *draw;
    struct gate_experiment *x;
    bool huge; /* above 10^7 combinations: rows may be out of range */
};

/* What a number is drawn from. */
struct choices {
    enum gw_term term;
    bool positive; /* 0 is out of range */
    double chance; /* that it is said */
    double value[8];
    size_t count;
};

static int infix(struct options *o, const char *word, int a, int b)
{
    const struct gate_term head = {.type = GATE_NUMBER, .form = GATE_INFIX, .word = word};
    return gate_call(&o->x->terms, head, a, b, GATE_NO_TERM);
}

static int number(struct options *o, double value)
{
    return gate_constant(&o->x->terms, GATE_NUMBER, value);
}

/* The place of a parameter on its axis, from 0 to 1; from -0.5 on where rows may fail. */
static int place_on(struct options *o, const struct gate_axis *axis)
{
    double low = axis->value[0], high = low;
    for (size_t i = 1; i < axis->count; i++) {
        low = axis->value[i] < low ? axis->value[i] : low;
        high = axis->value[i] > high ? axis->value[i] : high;
    }
    low += o->huge && gate_chance(o->draw, 0.5) ? (high - low) / 2 : 0;
    double length = high > low ? high - low : 1;
    int word = gate_word(&o->x->terms, GATE_NUMBER, axis->word);
    return infix(o, "/", infix(o, "-", word, number(o, low)), number(o, length));
}

/* where(parameter > a value of it, number, number) */
static int either(struct options *o, const struct gate_axis *axis, double a, double b)
{
    const struct gate_term more = {
        .type = GATE_CONDITION, .form = GATE_INFIX, .word = ">"};
    const struct gate_term head = {
        .type = GATE_NUMBER, .form = GATE_CALL, .word = "where"};
    struct gate_terms *terms = &o->x->terms;
    double bound = axis->value[gate_below(o->draw, axis->count)];
    int word = gate_word(terms, GATE_NUMBER, axis->word);
    int c = gate_call(terms, more, word, number(o, bound), GATE_NO_TERM);
    return gate_call(terms, head, c, number(o, a), number(o, b));
}

static bool is_whole(enum gw_term term)
{
    return term == GW_TERM_stop_bars;
}

/* At most 1.5 times `a`, or one of two numbers. */
static int formula(struct options *o, const struct choices *choices, double a, double b)
{
    const struct gate_experiment *x = o->x;
    const struct gate_axis *axis = &x->axis[gate_below(o->draw, x->axes)];
    if (is_whole(choices->term) && strcmp(axis->word, "fast") == 0 && !o->huge) {
        int word = gate_word(&o->x->terms, GATE_NUMBER, "fast");
        return choices->positive ? infix(o, "+", word, number(o, 1)) : word;
    }
    if (is_whole(choices->term) || gate_chance(o->draw, 0.4)) {
        return either(o, axis, a, b);
    }
    int place = place_on(o, axis);
    if (choices->positive) {
        place = infix(o, "+", place, number(o, 0.5));
    }
    return infix(o, "*", number(o, a), place);
}

static double any_of(struct options *o, const struct choices *choices)
{
    return choices->value[gate_below(o->draw, choices->count)];
}

static struct gate_amount any_amount(struct options *o, const struct choices *choices)
{
    struct gate_amount amount = {.said = true, .number = any_of(o, choices)};
    double other = any_of(o, choices);
    if (o->x->axes > 0 && gate_chance(o->draw, 0.4)) {
        amount.formula = 1 + formula(o, choices, amount.number, other);
    }
    return amount;
}

static void draw_each(struct options *o, const struct choices *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (gate_chance(o->draw, table[i].chance)) {
            o->x->amount[table[i].term] = any_amount(o, &table[i]);
        }
    }
}

static void make_costs(struct options *o)
{
    static const struct choices table[] = {
        {GW_TERM_commission_bps, false, 0.4, {0, 10, 37.5, 300}, 4},
        {GW_TERM_commission_fixed, false, 0.3, {0, 1, 4.95, 20}, 4},
        {GW_TERM_commission_per_share, false, 0.3, {0, 0.005, 0.01, 0.5}, 4},
        {GW_TERM_commission_minimum, false, 0.3, {0, 1, 7.5, 40}, 4},
        {GW_TERM_slippage_bps, false, 0.4, {0, 2, 50, 600}, 4},
        {GW_TERM_spread_bps, false, 0.3, {0, 4, 25}, 3},
        {GW_TERM_borrow_rate, false, 0.35, {0, 0.03, 0.5}, 3},
    };
    static const struct choices some = {
        GW_TERM_volume_limit, false, 0, {0, 0.01, 0.025, 0.1, 0.5, 0.6}, 6};
    static const struct choices limited = {
        GW_TERM_volume_limit, true, 0, {0.01, 0.025, 0.1, 0.5, 0.6}, 5};
    static const struct choices impact = {GW_TERM_impact, false, 0, {0, 0.1, 0.5, 1}, 4};
    draw_each(o, table, sizeof table / sizeof table[0]);
    if (gate_chance(o->draw, 0.45)) {
        bool moves = gate_chance(o->draw, 0.5);
        o->x->amount[GW_TERM_volume_limit] = any_amount(o, moves ? &limited : &some);
        if (moves) {
            o->x->amount[GW_TERM_impact] = any_amount(o, &impact);
        }
    }
}

static void make_stops(struct options *o)
{
    static const struct choices table[] = {
        {GW_TERM_stop_loss, false, 0.45, {0, 0.004, 0.02, 0.05, 0.2}, 5},
        {GW_TERM_stop_profit, false, 0.45, {0, 0.004, 0.02, 0.06, 0.2}, 5},
        {GW_TERM_stop_trail, false, 0.45, {0, 0.01, 0.03, 0.08, 0.2}, 5},
        {GW_TERM_stop_bars, false, 0.4, {0, 1, 2, 5, 20}, 5},
    };
    if (gate_chance(o->draw, 0.6)) {
        draw_each(o, table, sizeof table / sizeof table[0]);
    }
}

/* Of entries by signals; a shared account needs one. */
static void make_size(struct options *o)
{
    static const struct {
        const char *name;
        struct choices number;
    } kind[] = {
        {"equity", {GW_TERM_size, true, 0, {0.1, 0.3, 0.5, 1, 1.7}, 5}},
        {"value", {GW_TERM_size, true, 0, {20, 400, 3000, 25000}, 4}},
        {"shares", {GW_TERM_size, true, 0, {0.5, 1, 7, 100, 1234.5}, 5}},
        {"volatility", {GW_TERM_size, true, 0, {0.02, 0.1, 0.25, 1}, 4}},
    };
    static const struct choices span = {GW_TERM_stop_bars, true, 0, {2, 3, 5, 10, 21}, 5};
    struct gate_experiment *x = o->x;
    bool shared = x->account != NULL && strcmp(x->account, "shared") == 0;
    if (gate_chance(o->draw, shared ? 0.2 : 0.4)) {
        x->size = shared ? "all" : GATE_PICK(o->draw, char *, NULL, "all");
        return;
    }
    size_t which = gate_below(o->draw, sizeof kind / sizeof kind[0]);
    x->size = kind[which].name;
    x->amount[GW_TERM_size] = any_amount(o, &kind[which].number);
    if (strcmp(x->size, "volatility") == 0) {
        x->span = any_amount(o, &span);
    }
}

static void make_account(struct options *o)
{
    static const struct choices table[] = {
        {GW_TERM_leverage, true, 0.5, {0.5, 1, 1.5, 2, 3}, 5},
        {GW_TERM_cash_rate, false, 0.35, {0, 0.02, 0.2, -0.01}, 4},
        {GW_TERM_margin_rate, false, 0.35, {0, 0.08, 0.4}, 3},
    };
    struct gate_experiment *x = o->x;
    x->account =
        GATE_PICK(o->draw, char *, NULL, "per_asset", "per_asset", "shared", "shared");
    x->lots = GATE_PICK(o->draw, char *, NULL, "fractional", "whole", "whole");
    x->close_at_end = GATE_PICK(o->draw, char *, NULL, "false", "true");
    draw_each(o, table, sizeof table / sizeof table[0]);
    if (x->target == GATE_NO_TERM) {
        make_size(o);
    }
}

/* The costs that every experiment has had. */
static void make_plain(struct options *o)
{
    static const struct choices table[] = {
        {GW_TERM_commission_bps, false, 0.7, {0, 10, 37.5, 300}, 4},
        {GW_TERM_slippage_bps, false, 0.7, {0, 2, 50, 900}, 4},
        {GW_TERM_spread_bps, false, 0.6, {0, 4, 25}, 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double value = any_of(o, &table[i]);
        o->x->amount[table[i].term] = (struct gate_amount){
            .said = gate_chance(o->draw, table[i].chance), .number = value};
    }
    if (gate_chance(o->draw, 0.2)) {
        o->x->account = "per_asset";
        o->x->size = o->x->target == GATE_NO_TERM ? "all" : NULL;
        o->x->lots = "fractional";
    }
}

void gate_options_make(struct gate_draw *draw, bool rich, struct gate_experiment *x)
{
    struct options o = {.draw = draw, .x = x};
    double total = 1;
    for (size_t a = 0; a < x->axes; a++) {
        total *= (double)x->axis[a].count;
    }
    o.huge = total > 1e7;
    x->capital = GATE_PICK(draw, double, 0, 0, 1000, 50.5, 1e6);
    if (gate_chance(draw, 0.35)) {
        double rate = GATE_PICK(draw, double, 0, 0.02, 0.02, 0.4);
        x->risk_free = (struct gate_amount){.said = true, .number = rate};
    }
    if (!rich) {
        make_plain(&o);
        return;
    }
    make_account(&o);
    make_costs(&o);
    make_stops(&o);
}
