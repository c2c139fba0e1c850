#include "check.h"

#include "market.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A case in the works. */
struct checker {
    struct gate_subject subject;
    const struct gate_isas *isas;
    struct gate_draw draw;
    struct gate_rows reference;
    struct gate_rows kept, plain; /* by the vectorized engine, fills kept and not */
    struct gate_verdict *verdict;
};

void gate_verdict_clear(struct gate_verdict *verdict)
{
    gw_text_clear(&verdict->text);
}

static void choose(const char *isa)
{
    struct gw_error err;
    if (gw_isa_choose(isa, &err) != GW_OK) {
        gw_die("%s", err.text);
    }
}

/* Take note of a difference, if there is one; whether all is well. */
static bool judge(struct checker *checker,
                  bool agree,
                  const char *what,
                  struct gate_difference *difference)
{
    struct gate_verdict *verdict = checker->verdict;
    if (!agree) {
        const struct gate_subject *subject = &checker->subject;
        size_t k = difference->row / subject->spans;
        size_t span = difference->row % subject->spans;
        verdict->outcome = GATE_DISAGREES;
        memcpy(verdict->value, subject->value[k], sizeof verdict->value);
        verdict->span = subject->span[span];
        gw_text_printf(&verdict->text, "%s\n", what);
        gate_subject_name(subject, k, span, &verdict->text);
        gw_text_printf(&verdict->text, "\n%s\n", difference->text.data);
    }
    gw_text_clear(&difference->text);
    return agree;
}

static bool agrees(struct checker *checker,
                   const struct gate_rows *expected,
                   const struct gate_rows *actual,
                   const char *what)
{
    struct gate_difference difference = {.row = 0};
    const struct gw_engine_setup *setup = &checker->subject.setup;
    const struct gw_rules *rules = setup->rules;
    double accounts = rules->mode == GW_SHARED ? 1 : (double)setup->assets;
    const struct gate_scale scale = {.capital = rules->capital * accounts,
                                     .periods = setup->periods,
                                     .risk_free = rules->risk_free,
                                     .benchmark = setup->benchmark};
    bool agree = gate_rows_agree(expected, actual, &scale, &difference);
    return judge(checker, agree, what, &difference);
}

/* The same bits as `expected` in another manner. */
static bool same(struct checker *checker,
                 const struct gate_rows *expected,
                 const struct gate_manner *manner,
                 size_t last)
{
    struct gate_difference difference = {.row = 0};
    struct gate_rows rows;
    gate_rows_by_vector(&checker->subject, manner, &rows);
    bool agree = gate_rows_same(&checker->subject, expected, &rows, last, &difference);
    gate_rows_clear(&rows);
    return judge(checker, agree, manner->what, &difference);
}

static bool check_engines(struct checker *checker)
{
    return agrees(checker, &checker->reference, &checker->kept,
                  "reference engine, vectorized engine keeping fills") &&
           agrees(checker, &checker->reference, &checker->plain,
                  "reference engine, vectorized engine");
}

static bool check_cuts(struct checker *checker)
{
    const struct gate_manner kept = {
        .what = "vectorized engine keeping fills, the same with its work cut otherwise",
        .keep = true,
        .shuffled = true,
        .seed = checker->draw.seed};
    const struct gate_manner plain = {
        .what = "vectorized engine, the same with its work cut otherwise",
        .shuffled = true,
        .seed = checker->draw.seed};
    return (!gate_chance(&checker->draw, 0.3) ||
            same(checker, &checker->kept, &kept, SIZE_MAX)) &&
           same(checker, &checker->plain, &plain, SIZE_MAX);
}

static bool check_isas(struct checker *checker)
{
    const struct gate_isas *isas = checker->isas;
    if (isas->count < 2) {
        return true;
    }
    const char *other = isas->name[1 + gate_below(&checker->draw, isas->count - 1)];
    struct gw_text what = {0};
    gw_text_printf(&what, "vectorized engine, the same on the instruction set %s", other);
    const struct gate_manner manner = {.what = what.data,
                                       .keep = gate_chance(&checker->draw, 0.3)};
    choose(other);
    bool agree =
        same(checker, manner.keep ? &checker->kept : &checker->plain, &manner, SIZE_MAX);
    choose(isas->name[0]);
    gw_text_clear(&what);
    return agree;
}

/* The benchmark's returns in another market; NULL where there is none. */
static double *benchmark_in(const struct gw_portal *portal, size_t n)
{
    if (n == SIZE_MAX) {
        return NULL;
    }
    const struct gw_listing *listing = gw_portal_listing(portal, n);
    const struct gw_view view = {.asset = n, .field = GW_CLOSE, .to = listing->count};
    double *close = gw_calloc(listing->count + 1, sizeof *close);
    double *out = gw_calloc(gw_portal_bars(portal), sizeof *out);
    gw_portal_field(portal, view, close);
    for (size_t i = 1; i < listing->count; i++) {
        out[listing->bar[i]] = close[i] / close[i - 1] - 1;
    }
    free(close);
    return out;
}

/* What comes after a window may not change a bit of it. */
static bool check_look_ahead(struct checker *checker)
{
    const struct gate_subject *subject = &checker->subject;
    const struct gw_panel *panel = subject->origin->panel;
    size_t last = subject->span[gate_below(&checker->draw, subject->spans)].end;
    if (last + 1 >= panel->T || !gate_chance(&checker->draw, 0.3)) {
        return true;
    }
    checker->verdict->looked_ahead = true;
    bool days = gate_chance(&checker->draw, 0.5);
    struct gw_panel *changed = gate_market_change(panel, last, days, &checker->draw);
    struct gw_portal *portal = gw_portal_new(changed, subject->experiment->rules.basis);
    double *benchmark = benchmark_in(portal, subject->plan->benchmark);
    const struct gate_manner manner = {
        .what = "vectorized engine, the same with another future",
        .keep = gate_chance(&checker->draw, 0.5),
        .portal = portal,
        .benchmark = benchmark};
    bool agree =
        same(checker, manner.keep ? &checker->kept : &checker->plain, &manner, last);
    free(benchmark);
    gw_portal_free(portal);
    gw_panel_free(changed);
    return agree;
}

void gate_check(const struct gate_case *origin,
                const struct gate_isas *isas,
                gate_seen *seen,
                void *context,
                struct gate_verdict *verdict)
{
    struct checker checker = {
        .isas = isas, .draw = {.seed = origin->seed, .stream = 3}, .verdict = verdict};
    struct gw_error err = {.status = GW_OK};
    *verdict = (struct gate_verdict){.outcome = GATE_AGREES};
    if (gate_subject_open(origin, &checker.subject, &err) != GW_OK) {
        verdict->outcome = GATE_REFUSED;
        gw_text_printf(&verdict->text, "%s\n", err.text);
        return;
    }
    const struct gate_manner keeping = {.keep = true}, plain = {.keep = false};
    gate_rows_by_reference(&checker.subject, &checker.reference);
    gate_rows_by_vector(&checker.subject, &keeping, &checker.kept);
    gate_rows_by_vector(&checker.subject, &plain, &checker.plain);
    bool agree = check_engines(&checker) && check_cuts(&checker) &&
                 check_isas(&checker) && check_look_ahead(&checker);
    assert(agree == (verdict->outcome == GATE_AGREES));
    if (seen != NULL) {
        const struct gate_rows rows[2] = {checker.reference, checker.plain};
        seen(context, &checker.subject, rows);
    }
    gate_rows_clear(&checker.reference);
    gate_rows_clear(&checker.kept);
    gate_rows_clear(&checker.plain);
    gate_subject_close(&checker.subject);
}
