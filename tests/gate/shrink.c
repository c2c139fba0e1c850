#include "shrink.h"

#include "market.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MOST_SECONDS = 20;
enum { MOST_TRIALS = 4000 };

struct shrinker {
    struct gate_case *best;
    struct gate_verdict *verdict;
    const struct gate_isas *isas;
    double begin;
    size_t trials;
};

/** What a step says of its i-th way to change a case. */
enum way { CHANGED, NO_CHANGE, NO_MORE };

/** Change the candidate, a copy of the best case, whose own panel it may replace. */
typedef enum way
step_fn(const struct shrinker *shrinker, struct gate_case *candidate, size_t i);

static void replace_panel(struct gate_case *candidate, struct gw_panel *panel)
{
    gw_panel_free(candidate->panel);
    candidate->panel = panel;
}

/* No walk-forward, the failing window as the period; then no period. */
static enum way
drop_windows(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    if (i > 1) {
        return NO_MORE;
    }
    if (i == 0) {
        if (x->train == 0) {
            return NO_CHANGE;
        }
        x->train = 0;
        x->from = shrinker->verdict->span.begin + 1;
        x->to = shrinker->verdict->span.end + 1;
        x->warmup = x->warmup == NULL ? "before" : x->warmup;
        return CHANGED;
    }
    bool had = x->from > 0 || x->to > 0;
    x->from = x->to = 0;
    return had ? CHANGED : NO_CHANGE;
}

/* Shorter windows: half as long, or by a bar. */
static enum way
shorten_windows(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    size_t *const length[] = {&x->train, &x->validation, &x->test, &x->step};
    (void)shrinker;
    if (i >= 8) {
        return NO_MORE;
    }
    size_t *at = length[i / 2], was = *at;
    if (was > 1) {
        *at = i % 2 == 0 ? was / 2 : was - 1;
    }
    return *at != was ? CHANGED : NO_CHANGE;
}

/* An axis: the failing value alone, one half, the other half, gone. */
static enum way
narrow_axis(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    size_t a = i / 4;
    if (a >= x->axes) {
        return NO_MORE;
    }
    struct gate_axis *axis = &x->axis[a];
    if (i % 4 == 3) {
        memmove(axis, axis + 1, (x->axes - a - 1) * sizeof *axis);
        x->axes--;
        return CHANGED;
    }
    if (axis->count < 2) {
        return NO_CHANGE;
    }
    axis->range = false;
    if (i % 4 == 0) {
        axis->value[0] = shrinker->verdict->value[a];
        axis->count = 1;
    } else if (i % 4 == 1) {
        axis->count /= 2;
    } else {
        size_t half = axis->count / 2;
        memmove(axis->value, axis->value + half,
                (axis->count - half) * sizeof axis->value[0]);
        axis->count -= half;
    }
    return CHANGED;
}

/* Without asset i. Symbols stay, so the mask of the experiment does. */
static enum way
drop_asset(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    const struct gw_panel *panel = candidate->panel;
    (void)shrinker;
    if (i >= panel->N || panel->N == 1) {
        return NO_MORE;
    }
    unsigned number = (unsigned)(panel->asset[i].symbol[1] - '0');
    candidate->experiment.assets &= ~(UINT32_C(1) << number);
    uint32_t rest = ~(UINT32_C(1) << i);
    replace_panel(candidate, gate_market_cut(panel, 0, panel->T, rest));
    return CHANGED;
}

static size_t shift_bar(size_t bar, size_t first, size_t bars)
{
    if (bar == 0) {
        return 0;
    }
    size_t shifted = bar > first ? bar - first : 1;
    return shifted < bars ? shifted : bars;
}

/* Without the last half, the first half, the last quarter … of the bars. */
static enum way
drop_bars(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    const struct gw_panel *panel = candidate->panel;
    (void)shrinker;
    if (i / 2 >= 20 || panel->T >> (i / 2 + 1) == 0) {
        return NO_MORE;
    }
    size_t gone = panel->T >> (i / 2 + 1), first = i % 2 == 0 ? 0 : gone;
    size_t bars = panel->T - gone;
    struct gate_experiment *x = &candidate->experiment;
    x->from = shift_bar(x->from, first, bars);
    x->to = shift_bar(x->to, first, bars);
    replace_panel(candidate, gate_market_cut(panel, first, bars, UINT32_MAX >> 1));
    return CHANGED;
}

/* Whether the bytes of a field are all 0 already; zeroes them. */
static enum way zero(void *field, size_t size)
{
    static const char nothing[64];
    if (memcmp(field, nothing, size) == 0) {
        return NO_CHANGE;
    }
    memset(field, 0, size);
    return CHANGED;
}

/* One option to its default. */
static enum way
drop_option(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    (void)shrinker;
#define FIELD(name)                                                                      \
    {                                                                                    \
        &x->name, sizeof x->name                                                         \
    }
    const struct {
        void *at;
        size_t size;
    } field[] = {
        FIELD(account),     FIELD(lots),       FIELD(close_at_end), FIELD(capital),
        FIELD(periods),     FIELD(assets),     FIELD(prices),       FIELD(rebalance),
        FIELD(no_delay),    FIELD(price),      FIELD(says_delay),   FIELD(risk_free),
        FIELD(says_search), FIELD(memory),     FIELD(size),         FIELD(keep),
        FIELD(objective),   FIELD(minimize),   FIELD(step),         FIELD(warmup),
        FIELD(definitions), FIELD(validation), FIELD(test),         FIELD(constraints),
        FIELD(dates),       FIELD(unit),       FIELD(purge),        FIELD(embargo),
        FIELD(mode),        FIELD(partial),    FIELD(overlap),      FIELD(otherwise),
        FIELD(on),          FIELD(select),     FIELD(requires),     FIELD(benchmark),
    };
#undef FIELD
    if (i >= sizeof field / sizeof field[0] + 1) {
        return NO_MORE;
    }
    if (i == 0) {
        bool all = x->metrics != NULL && strcmp(x->metrics, "all") == 0;
        x->metrics = "all";
        return all ? NO_CHANGE : CHANGED;
    }
    return zero(field[i - 1].at, field[i - 1].size);
}

/* A number of costs, account or stops to its default, or instead of an expression. */
static enum way
drop_amount(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    struct gate_amount *amount = i / 2 < GW_TERMS ? &x->amount[i / 2] : &x->span;
    (void)shrinker;
    if (i / 2 > GW_TERMS) {
        return NO_MORE;
    }
    return i % 2 == 0 ? zero(amount, sizeof *amount)
                      : zero(&amount->formula, sizeof amount->formula);
}

/* Entries of one share, or of a tenth of the equity. */
static enum way
drop_size(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    const char *size = i == 0 ? "shares" : "equity";
    struct gate_amount *amount = &x->amount[GW_TERM_size];
    (void)shrinker;
    if (i > 1) {
        return NO_MORE;
    }
    if (x->size == NULL || strcmp(x->size, "shares") == 0 || strcmp(x->size, size) == 0) {
        return NO_CHANGE;
    }
    x->size = size;
    *amount = (struct gate_amount){.said = true, .number = i == 0 ? 1 : 0.1};
    return CHANGED;
}

static enum way
drop_signal(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    (void)shrinker;
    if (i >= GW_SIGNALS) {
        return NO_MORE;
    }
    bool had = x->signal[i] != GATE_NO_TERM;
    x->signal[i] = GATE_NO_TERM;
    return had ? CHANGED : NO_CHANGE;
}

/* One part of one expression, in one way. */
static enum way
simplify_term(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gate_experiment *x = &candidate->experiment;
    int root[GW_SIGNALS + 2 + GATE_MAX_DEFINITIONS + GW_TERMS], parts[GATE_MAX_TERMS];
    size_t roots = 0, part = i / GATE_WAYS;
    (void)shrinker;
    root[roots++] = x->target;
    for (int s = 0; s < GW_SIGNALS; s++) {
        root[roots++] = x->signal[s];
    }
    for (size_t d = 0; d < x->definitions; d++) {
        root[roots++] = x->definition[d].term;
    }
    for (int term = 0; term < GW_TERMS; term++) {
        root[roots++] = x->amount[term].formula - 1;
    }
    root[roots++] = x->span.formula - 1;
    for (size_t r = 0; r < roots; r++) {
        int count =
            root[r] == GATE_NO_TERM ? 0 : gate_term_parts(&x->terms, root[r], parts);
        if (part < (size_t)count) {
            return gate_term_simplify(&x->terms, parts[part], (int)(i % GATE_WAYS))
                       ? CHANGED
                       : NO_CHANGE;
        }
        part -= (size_t)count;
    }
    return NO_MORE;
}

static enum way
drop_action(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gw_panel *panel = candidate->panel;
    (void)shrinker;
    if (i >= panel->actions) {
        return NO_MORE;
    }
    panel->action[i].asset = 31; /* the cut leaves it out */
    replace_panel(candidate,
                  gate_market_cut(panel, 0, panel->T, (UINT32_C(1) << panel->N) - 1));
    return CHANGED;
}

/* Another value; whether it is one. */
static bool set(double *at, double value)
{
    bool changed = !(*at == value || (isnan(*at) && isnan(value)));
    *at = value;
    return changed;
}

static double whole(double price)
{
    return price > 1 ? round(price) : price;
}

/* The ways of calm_prices. */
enum calm { NO_LOSS, EVERY_OPEN, EVERY_RANGE, NO_RANGE, SOME_VOLUME, WHOLE, CALMS };

static bool calm_bar(struct gw_panel *panel, size_t n, size_t t, enum calm calm)
{
    double *open = &gw_panel_column(panel, GW_OPEN, n)[t];
    double *high = &gw_panel_column(panel, GW_HIGH, n)[t];
    double *low = &gw_panel_column(panel, GW_LOW, n)[t];
    double *close = &gw_panel_column(panel, GW_CLOSE, n)[t];
    bool changed = false;
    if (calm == WHOLE) {
        changed |= set(open, whole(*open));
        changed |= set(high, whole(*high));
        changed |= set(low, whole(*low));
        return set(close, whole(*close)) || changed;
    }
    if (calm == EVERY_OPEN) {
        return set(open, *close);
    }
    if (!(*close > 0)) {
        return false;
    }
    if (calm == SOME_VOLUME) {
        return set(&gw_panel_column(panel, GW_VOLUME, n)[t], 1000);
    }
    if (calm == NO_RANGE || isnan(*high)) {
        changed |= set(high, fmax(*open, *close));
    }
    if (calm == NO_RANGE || isnan(*low)) {
        changed |= set(low, fmin(*open, *close));
    }
    return changed;
}

/* An asset without delisting return; with every open; without missing highs and lows, or
 * none but of open and close; of one volume; in whole units. */
static enum way
calm_prices(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gw_panel *panel = candidate->panel;
    size_t n = i / CALMS;
    enum calm calm = (enum calm)(i % CALMS);
    bool changed = false;
    (void)shrinker;
    if (n >= panel->N) {
        return NO_MORE;
    }
    if (calm == NO_LOSS) {
        changed = set(&panel->asset[n].delisting_return, 0);
    }
    for (size_t t = 0; t < panel->T && calm != NO_LOSS; t++) {
        changed |= calm_bar(panel, n, t, calm);
    }
    return changed ? CHANGED : NO_CHANGE;
}

/* One session a day. */
static enum way
calm_days(const struct shrinker *shrinker, struct gate_case *candidate, size_t i)
{
    struct gw_panel *panel = candidate->panel;
    bool changed = false;
    (void)shrinker;
    if (i > 0) {
        return NO_MORE;
    }
    for (size_t t = 1; t < panel->T; t++) {
        int32_t day = panel->session[t - 1] + 1;
        changed = changed || panel->session[t] != day;
        panel->session[t] = day;
    }
    gw_panel_set_listing(panel);
    return changed ? CHANGED : NO_CHANGE;
}

/* Whether the candidate still disagrees: then it is the best from now on. Frees it
 * otherwise. */
static bool adopt(struct shrinker *shrinker, struct gate_case *candidate)
{
    struct gate_verdict verdict;
    shrinker->trials++;
    gate_check(candidate, shrinker->isas, NULL, NULL, &verdict);
    struct gate_case *best = shrinker->best;
    if (verdict.outcome != GATE_DISAGREES) {
        gate_verdict_clear(&verdict);
        gw_panel_free(candidate->panel);
        return false;
    }
    gate_verdict_clear(shrinker->verdict);
    *shrinker->verdict = verdict;
    gw_panel_free(best->panel);
    *best = *candidate;
    return true;
}

/* All ways of one step, each tried again from where it helped. */
static bool go(struct shrinker *shrinker, step_fn *step)
{
    bool any = false;
    for (size_t i = 0;
         shrinker->trials < MOST_TRIALS && gw_clock() - shrinker->begin < MOST_SECONDS;) {
        struct gate_case candidate = *shrinker->best;
        candidate.panel = gate_market_copy(shrinker->best->panel);
        enum way way = step(shrinker, &candidate, i);
        if (way != CHANGED) {
            gw_panel_free(candidate.panel);
            if (way == NO_MORE) {
                break;
            }
            i++;
        } else if (adopt(shrinker, &candidate)) {
            any = true;
        } else {
            i++;
        }
    }
    return any;
}

void gate_shrink(struct gate_case *found,
                 const struct gate_isas *isas,
                 struct gate_verdict *verdict)
{
    static step_fn *const steps[] = {
        drop_windows, shorten_windows, narrow_axis, drop_asset,  drop_bars,
        drop_option,  drop_amount,     drop_size,   drop_signal, drop_action,
        calm_days,    simplify_term,   calm_prices};
    struct shrinker shrinker = {
        .best = found, .verdict = verdict, .isas = isas, .begin = gw_clock()};
    for (bool better = true; better;) {
        better = false;
        for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
            better = go(&shrinker, steps[s]) || better;
        }
    }
}
