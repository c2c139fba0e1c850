#include "leak.h"

#include "market.h"

#include "gridwalk/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows by both engines, [0] by the reference. */
enum { ENGINES = 2 };
static const char *const engine_name[ENGINES] = {"reference engine", "vectorized engine"};

/* Cases of a run that must exercise everything, and how many must have each. */
enum { FULL_RUN = 200, LEAST_CASES = 3, LEAST_FUTURES = 20, ENOUGH_ORDERS = 3 };

struct leak {
    struct gate_subject subject;
    struct gate_rows rows[ENGINES];
    struct gate_draw draw;
    bool all;  /* metrics; else those of the case: the engine takes other ways then */
    bool keep; /* fills of the vectorized engine */
    struct gate_leak_count *count;
    struct gate_verdict *verdict;
};

static void
run(const struct leak *leak, struct gate_subject *subject, struct gate_rows *out)
{
    const struct gate_manner manner = {.keep = leak->keep};
    for (size_t m = 0; m < GW_METRICS; m++) {
        subject->setup.wanted[m] = subject->setup.wanted[m] || leak->all;
    }
    gate_rows_by_reference(subject, &out[0]);
    gate_rows_by_vector(subject, &manner, &out[1]);
}

static void clear(struct gate_rows *rows)
{
    for (size_t e = 0; e < ENGINES; e++) {
        gate_rows_clear(&rows[e]);
    }
}

/* Say what hangs on the future. */
static void
accuse(struct leak *leak, const char *what, size_t cut, size_t row, const char *text)
{
    struct gate_verdict *verdict = leak->verdict;
    const struct gate_subject *subject = &leak->subject;
    verdict->outcome = GATE_DISAGREES;
    verdict->span = subject->span[row % subject->spans];
    memcpy(verdict->value, subject->value[row / subject->spans], sizeof verdict->value);
    gw_text_printf(&verdict->text, "%s, with another future behind bar %zu\n", what, cut);
    gate_subject_name(subject, row / subject->spans, row % subject->spans,
                      &verdict->text);
    gw_text_printf(&verdict->text, "\n%s\n", text);
}

/* The same windows and combinations. */
static bool same_plan(const struct gate_subject *one, const struct gate_subject *other)
{
    return one->spans == other->spans && one->combinations == other->combinations &&
           memcmp(one->span, other->span, one->spans * sizeof *one->span) == 0 &&
           memcmp(one->k, other->k, one->combinations * sizeof *one->k) == 0;
}

/* The rows of some spans, `number` of the case, against those of the whole. */
static bool same_rows(struct leak *leak,
                      const struct gate_rows *changed,
                      const size_t *number,
                      size_t cut)
{
    for (size_t e = 0; e < ENGINES; e++) {
        for (size_t i = 0; i < changed[e].count; i++) {
            size_t k = i / changed[e].spans, span = number[i % changed[e].spans];
            size_t row = k * leak->subject.spans + span;
            struct gw_text text = {0};
            bool same = gate_row_same(&leak->rows[e].row[row], &changed[e].row[i],
                                      leak->rows[e].wanted, &text);
            if (!same) {
                accuse(leak, engine_name[e], cut, row, text.data);
            }
            gw_text_clear(&text);
            if (!same) {
                return false;
            }
        }
        leak->count->rows += changed[e].count;
    }
    return true;
}

/* Run the spans that end at the cut, or sometimes all that end by then. */
static bool check_spans(struct leak *leak, const struct gate_subject *changed, size_t cut)
{
    struct gate_subject part = *changed;
    struct gate_rows rows[ENGINES];
    bool all = gate_chance(&leak->draw, 0.1);
    size_t *number = gw_calloc(changed->spans, sizeof *number);
    part.span = gw_calloc(changed->spans, sizeof *part.span);
    part.spans = 0;
    for (size_t s = 0; s < changed->spans; s++) {
        if (all ? changed->span[s].end <= cut : changed->span[s].end == cut) {
            number[part.spans] = s;
            part.span[part.spans++] = changed->span[s];
        }
    }
    run(leak, &part, rows);
    bool same = same_rows(leak, rows, number, cut);
    clear(rows);
    free(part.span);
    free(number);
    return same;
}

/* What became of the assets that had no bar by then, and of those that had. */
static void
note_listings(const struct leak *leak, const struct gate_subject *changed, size_t cut)
{
    struct gate_leak_count *count = leak->count;
    for (size_t n = 0; n < leak->subject.origin->panel->N; n++) {
        const struct gw_listing *was = gw_portal_listing(leak->subject.portal, n);
        const struct gw_listing *is = gw_portal_listing(changed->portal, n);
        bool listed = was->count > 0 && was->first <= cut;
        count->appears += !listed && was->count == 0 && is->count > 0;
        count->never_comes += !listed && was->count > 0 && is->count == 0;
        count->leaves += listed && !was->delisted && is->delisted;
        count->stays += listed && was->delisted && !is->delisted;
    }
}

static bool check_cut(struct leak *leak, size_t cut)
{
    struct gate_case other = *leak->subject.origin;
    struct gate_subject changed;
    struct gw_error err = {.status = GW_OK};
    /* Windows by the calendar hang on which days there are behind them. */
    bool days = other.experiment.unit == 0 && gate_chance(&leak->draw, 0.5);
    other.panel = gate_market_change(other.panel, cut, days, &leak->draw);
    bool same = gate_subject_open(&other, &changed, &err) == GW_OK;
    if (!same) {
        accuse(leak, "the plan", cut, 0, err.text);
    } else if (!same_plan(&leak->subject, &changed)) {
        accuse(leak, "the plan", cut, 0, "other windows or combinations");
        same = false;
    } else {
        note_listings(leak, &changed, cut);
        same = check_spans(leak, &changed, cut);
    }
    gate_subject_close(&changed);
    gw_panel_free(other.panel);
    return same;
}

/* Behind the last bar of each segment; two that end together are one. */
static void check_cuts(struct leak *leak)
{
    const struct gate_subject *subject = &leak->subject;
    size_t T = subject->origin->panel->T;
    bool *done = gw_calloc(T, sizeof *done);
    for (size_t s = 0; s < subject->spans; s++) {
        size_t cut = subject->span[s].end;
        if (cut + 1 >= T) {
            continue;
        }
        leak->count->behind[s % subject->plan->segments]++;
        if (!done[cut] && !check_cut(leak, cut)) {
            break;
        }
        done[cut] = true;
    }
    free(done);
}

static bool has_future(const struct gate_subject *subject)
{
    bool has = false;
    for (size_t s = 0; s < subject->spans; s++) {
        has = has || subject->span[s].end + 1 < subject->origin->panel->T;
    }
    return has && subject->experiment->walk_forward.present;
}

/* Enough orders that some would be others: without any, little can show. */
static bool trades(const struct gate_rows *rows)
{
    double most = 0;
    for (size_t i = 0; i < rows->count; i++) {
        double orders = rows->row[i].metric[GW_METRIC_orders];
        most = orders > most ? orders : most;
    }
    return most >= ENOUGH_ORDERS;
}

void gate_leak_make(uint64_t seed, uint64_t attempt, struct gate_case *out)
{
    struct gate_draw draw = {.seed = seed, .stream = 5};
    gate_case_make(seed, attempt, out);
    if (gate_chance(&draw, 0.5)) {
        out->experiment.price = "close";
        out->experiment.no_delay = true;
    }
}

void gate_leak_check(const struct gate_case *origin,
                     struct gate_tally *tally,
                     struct gate_leak_count *count,
                     struct gate_verdict *verdict)
{
    struct leak leak = {
        .draw = {.seed = origin->seed, .stream = 4}, .count = count, .verdict = verdict};
    struct gw_error err = {.status = GW_OK};
    *verdict = (struct gate_verdict){.outcome = GATE_REFUSED};
    if (gate_subject_open(origin, &leak.subject, &err) != GW_OK) {
        return;
    }
    if (has_future(&leak.subject)) {
        leak.all = gate_chance(&leak.draw, 0.5);
        leak.keep = gate_chance(&leak.draw, 0.3);
        bool any = gate_chance(&leak.draw, 0.1);
        run(&leak, &leak.subject, leak.rows);
        if (any || trades(&leak.rows[0])) {
            verdict->outcome = GATE_AGREES;
            gate_tally_add(tally, &leak.subject, leak.rows);
            check_cuts(&leak);
        }
        clear(leak.rows);
    }
    gate_subject_close(&leak.subject);
}

size_t gate_leak_print(const struct gate_leak_count *count,
                       const struct gate_tally *tally,
                       uint64_t cases)
{
    static const char *const option[] = {
        "key walk_forward", "choice walk_forward",  "choice warmup",
        "choice prices",    "choice execution",     "choice strategy.rebalance",
        "key period",       "key strategy.signals", "key strategy.target",
        "key stops",        "key benchmark",        "choice account",
        "key costs"};
    const struct {
        const char *what;
        uint64_t times;
    } future[] = {{"behind train", count->behind[GW_TRAIN]},
                  {"behind validation", count->behind[GW_VALIDATION]},
                  {"behind test", count->behind[GW_TEST]},
                  {"where an asset appears", count->appears},
                  {"where one never comes", count->never_comes},
                  {"where one leaves that stayed", count->leaves},
                  {"where one stays that left", count->stays}};
    size_t unmet = 0;
    printf("other futures:\n");
    for (size_t i = 0; i < sizeof future / sizeof future[0]; i++) {
        bool met = cases < FULL_RUN || future[i].times >= LEAST_FUTURES;
        printf("%8" PRIu64 "  %s%s\n", future[i].times, future[i].what,
               met ? "" : "  TOO FEW");
        unmet += !met;
    }
    for (size_t i = 0; cases >= FULL_RUN && i < sizeof option / sizeof option[0]; i++) {
        unmet += gate_tally_lacks(tally, option[i], LEAST_CASES);
    }
    printf("%" PRIu64 " rows with another future\n", count->rows);
    return unmet;
}
