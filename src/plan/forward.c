#include "gridwalk/plan/forward.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/engine/plugin.h"
#include "gridwalk/engine/reference.h"
#include "hold.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gw_record_name[GW_RECORDS] = {
#define X(name, text) text,
    GW_RECORD_LIST(X)
#undef X
};

/* A gain this small is rounding. */
static const double EQUAL = 1e-12;

/* Panel bars, inclusive; empty where the end lies one before the begin. */
struct span {
    size_t begin, end;
};

static size_t bars_of(struct span span)
{
    return span.end + 1 - span.begin;
}

/* What some window holds: combinations and their shares of the capital. */
struct picks {
    const uint64_t *k;
    const double *weight;
    size_t count;
};

/* What trading has left behind, window after window. */
struct book {
    struct gw_ledger ledger;
    struct gw_moments pooled; /* the accounts' returns; of single picks alone */
    double exposed;           /* bars, of an ensemble in parts */
    bool several;             /* some window had several picks */
};

/* How windows that hold something did, added up. */
struct sum {
    double returns;
    size_t bars;
    size_t windows, gained;
};

struct maker {
    const struct gw_plan *plan;
    const struct gw_portal *portal;
    const struct gw_forward_window *window;
    struct gw_engine_setup setup;
    struct gw_reference *reference; /* NULL: a plug-in */
    struct gw_plugin *plugin;       /* NULL: expressions */
    double capital;                 /* of all accounts */
    double *track;                  /* [longest segment] equity of one window, of 1 */
    double *scratch;                /* [bars] */
    struct gw_forward *out;
};

size_t gw_forward_bars(const struct gw_plan *plan, size_t *first_out)
{
    *first_out = 0;
    if (plan->segments <= GW_TEST) {
        return 0;
    }
    *first_out = plan->window[0].begin[GW_TEST];
    return plan->window[plan->windows - 1].end[GW_TEST] - *first_out + 1;
}

size_t gw_forward_records(const struct gw_plan *plan)
{
    return plan->benchmark == SIZE_MAX ? GW_RECORD_BENCHMARK : GW_RECORDS;
}

/* A window's part of the record: its test up to the next one's. Where that begins on the
 * same bar nothing is left, which only tests that may overlap can come to. */
static struct span part_of(const struct gw_plan *plan, size_t w)
{
    const struct gw_window *window = &plan->window[w];
    struct span span = {window->begin[GW_TEST], window->end[GW_TEST]};
    if (w + 1 < plan->windows && window[1].begin[GW_TEST] <= span.end) {
        span.end = window[1].begin[GW_TEST] - 1;
    }
    return span;
}

static struct picks
picks_of(const struct maker *maker, enum gw_record_kind kind, size_t w)
{
    static const double all = 1;
    const struct gw_forward_window *window = &maker->window[w];
    if (kind == GW_RECORD_SELECTED) {
        const struct gw_choice *choice = &window->choice;
        return (struct picks){choice->k, choice->weight, choice->picks};
    }
    const int64_t *one = kind == GW_RECORD_MEDIAN ? &window->median : &window->hindsight;
    return (struct picks){(const uint64_t *)one, &all, *one >= 0};
}

/* Simulate a combination; false: nothing was traded. */
static bool
run(struct maker *maker, const double *value, struct span span, struct gw_record *out)
{
    struct gw_row row;
    if (maker->plugin == NULL) {
        gw_reference_run(maker->reference, value, span.begin, span.end, &row);
        return gw_reference_record(maker->reference, out);
    }
    struct gw_plugin_row asked = {.begin = span.begin, .end = span.end};
    bool simulated = false;
    struct gw_error *wrong = &maker->out->wrong;
    memcpy(asked.value, value, sizeof asked.value);
    if (wrong->status != GW_OK ||
        gw_plugin_record(maker->plugin, &asked, &simulated, out, wrong) != GW_OK) {
        return false;
    }
    return simulated;
}

/* Add one combination's share of the equity to the track. */
static void trade_one(
    struct maker *maker, uint64_t k, double weight, struct span span, struct book *book)
{
    double value[GW_MAX_PARAMETERS] = {0}, *column[GW_MAX_PARAMETERS];
    for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
        column[a] = &value[a];
    }
    gw_space_values(&maker->plan->space, &k, 1, column);
    struct gw_record record = {0};
    size_t bars = bars_of(span);
    bool simulated = run(maker, value, span, &record);
    size_t cash =
        bars - (simulated ? record.bars : 0); /* before the first bar that counts */
    for (size_t t = 0; t < cash; t++) {
        maker->track[t] += weight;
    }
    for (size_t t = cash; t < bars; t++) {
        maker->track[t] += weight * (record.equity[t - cash] / maker->capital);
    }
    if (simulated) {
        struct gw_ledger ledger = *record.ledger;
        gw_ledger_scale(&ledger, weight);
        gw_ledger_merge(&book->ledger, &ledger);
        gw_moments_merge(&book->pooled, &record.pooled);
        book->exposed += weight * (double)record.exposed;
    }
}

/* Equity of these picks over the span, of 1 at its start, into the track. */
static void
trade(struct maker *maker, struct picks picks, struct span span, struct book *book)
{
    size_t bars = bars_of(span);
    double capital = 0;
    memset(maker->track, 0, bars * sizeof *maker->track);
    for (size_t i = 0; i < picks.count; i++) {
        trade_one(maker, picks.k[i], picks.weight[i], span, book);
        capital += picks.weight[i];
    }
    for (size_t t = 0; t < bars; t++) { /* shares need not add up to exactly 1 */
        maker->track[t] = picks.count > 0 ? maker->track[t] / capital : 1;
    }
    book->several |= picks.count > 1;
}

static double growth_of(double before, double now)
{
    return before > 0 ? now / before - 1 : 0;
}

static void add_window(const struct maker *maker, struct span span, struct sum *sum)
{
    double before = 1;
    for (size_t t = 0; t < bars_of(span); t++) {
        sum->returns += growth_of(before, maker->track[t]);
        before = maker->track[t];
    }
    sum->bars += bars_of(span);
    sum->windows++;
    sum->gained += before > 1 + EQUAL;
}

/* Let the windows' tests follow each other; between them the equity stays. */
static void stitch(struct maker *maker,
                   enum gw_record_kind kind,
                   struct book *book,
                   struct sum *tested)
{
    const struct gw_plan *plan = maker->plan;
    struct gw_forward *out = maker->out;
    double *growth = out->growth + (size_t)kind * out->bars;
    double *equity = out->equity + (size_t)kind * out->bars;
    double start = 1; /* of the window */
    size_t at = 0;
    for (size_t w = 0; w < plan->windows; w++) {
        struct picks picks = picks_of(maker, kind, w);
        struct span span = part_of(plan, w);
        if (bars_of(span) == 0) {
            continue;
        }
        for (; at < span.begin - out->first; at++) {
            equity[at] = start;
        }
        trade(maker, picks, span, book);
        for (size_t t = 0; t < bars_of(span); t++, at++) {
            double before = t > 0 ? maker->track[t - 1] : 1;
            equity[at] = start * maker->track[t];
            growth[at] = start > 0 ? growth_of(before, maker->track[t]) : 0;
        }
        start = equity[at - 1];
        if (picks.count > 0) {
            add_window(maker, span, tested);
        }
    }
}

/* On bars that no window trades, each account whose asset has begun returns 0. Those of
 * several picks are not one account. */
static void pool_cash(const struct maker *maker, struct book *book)
{
    const struct gw_forward *out = maker->out;
    struct gw_moments cash = {0};
    size_t end = out->first + out->bars;
    for (size_t i = 0; i < maker->plan->assets; i++) {
        const struct gw_listing *listing =
            gw_portal_listing(maker->portal, maker->plan->asset[i]);
        size_t first = listing->first > out->first ? listing->first : out->first;
        cash.count += listing->count > 0 && first < end ? end - first : 0;
    }
    if (book->several) {
        book->pooled = (struct gw_moments){0};
        return;
    }
    cash.count -= book->pooled.count;
    gw_moments_merge(&book->pooled, &cash);
}

/* The metrics of a stitched equity, which is of a capital of 1; currencies are not. */
static void
measure(const struct maker *maker, enum gw_record_kind kind, const struct book *book)
{
    struct gw_forward *out = maker->out;
    struct gw_ledger ledger = book->ledger;
    ledger.traded /= maker->capital; /* is compared with the equity */
    const struct gw_record record = {
        .capital = 1,
        .periods = maker->plan->periods,
        .risk_free = maker->setup.rules->risk_free,
        .equity = out->equity + (size_t)kind * out->bars,
        .benchmark =
            maker->setup.benchmark != NULL ? maker->setup.benchmark + out->first : NULL,
        .bars = out->bars,
        .ledger = &ledger,
        .pooled = book->pooled,
        .scratch = maker->scratch,
    };
    gw_measure(&record, maker->setup.wanted, out->metric[kind]);
    out->metric[kind][GW_METRIC_exposure] = book->exposed / (double)out->bars;
}

/* Median and hindsight are not known in any window when ranking took too much memory. */
static bool is_known(const struct maker *maker, enum gw_record_kind kind)
{
    bool known = kind == GW_RECORD_SELECTED;
    for (size_t w = 0; w < maker->plan->windows && !known; w++) {
        known = picks_of(maker, kind, w).count > 0;
    }
    return known;
}

static void make_traded(struct maker *maker, enum gw_record_kind kind, struct sum *tested)
{
    struct gw_forward *out = maker->out;
    struct book book = {0};
    if (is_known(maker, kind)) {
        stitch(maker, kind, &book, tested);
        pool_cash(maker, &book);
        measure(maker, kind, &book);
        return;
    }
    /* No line that looks like cash. */
    for (size_t t = (size_t)kind * out->bars; t < (size_t)(kind + 1) * out->bars; t++) {
        out->growth[t] = out->equity[t] = NAN;
    }
    for (int metric = 0; metric < GW_METRICS; metric++) {
        out->metric[kind][metric] = NAN;
    }
}

/* The choices once more, in the segment that they were chosen on. */
static void make_efficiency(struct maker *maker, const struct sum *tested)
{
    struct gw_forward *out = maker->out;
    struct sum on = {0};
    enum gw_segment segment = maker->plan->experiment->objective.on;
    for (size_t w = 0; w < maker->plan->windows; w++) {
        const struct gw_window *window = &maker->plan->window[w];
        struct picks picks = picks_of(maker, GW_RECORD_SELECTED, w);
        struct span span = {window->begin[segment], window->end[segment]};
        struct book unused = {0};
        if (picks.count > 0 && bars_of(part_of(maker->plan, w)) > 0) {
            trade(maker, picks, span, &unused);
            add_window(maker, span, &on);
        }
    }
    double before = on.returns / (double)on.bars; /* NaN without windows */
    out->efficiency = before > 0 ? tested->returns / (double)tested->bars / before : NAN;
    out->profitable_windows =
        tested->windows > 0 ? (double)tested->gained / (double)tested->windows : NAN;
}

static void make_held(const struct maker *maker,
                      enum gw_record_kind kind,
                      const size_t *asset,
                      size_t assets)
{
    struct gw_forward *out = maker->out;
    double *growth = out->growth + (size_t)kind * out->bars;
    double *equity = out->equity + (size_t)kind * out->bars;
    const struct gw_hold hold = {.portal = maker->portal,
                                 .asset = asset,
                                 .assets = assets,
                                 .first = out->first,
                                 .bars = out->bars};
    struct book book = {.exposed = (double)out->bars};
    gw_hold_equity(&hold, equity, &book.pooled);
    for (size_t t = 0; t < out->bars; t++) {
        growth[t] = growth_of(t > 0 ? equity[t - 1] : 1, equity[t]);
    }
    measure(maker, kind, &book);
    for (int metric = GW_METRIC_turnover; metric <= GW_METRIC_clipped; metric++) {
        out->metric[kind][metric] = NAN; /* it does not trade */
    }
}

/* How the first picks moved along each axis. */
static void make_drift(const struct maker *maker)
{
    const struct gw_space *space = &maker->plan->space;
    size_t windows = maker->plan->windows, index[GW_MAX_PARAMETERS];
    int64_t *place = gw_calloc(windows * space->axes, sizeof *place);
    for (size_t w = 0; w < windows; w++) {
        const struct gw_choice *choice = &maker->window[w].choice;
        if (choice->picks > 0) {
            gw_space_decode(space, choice->k[0], index);
        }
        for (size_t a = 0; a < space->axes; a++) {
            place[a * windows + w] = choice->picks > 0 ? (int64_t)index[a] : -1;
        }
    }
    for (size_t a = 0; a < space->axes; a++) {
        gw_drift_find(place + a * windows, windows, &maker->out->drift[a]);
    }
    free(place);
}

static size_t longest_segment(const struct gw_plan *plan)
{
    size_t longest = 0;
    for (size_t w = 0; w < plan->windows; w++) {
        for (size_t s = 0; s < plan->segments && s < GW_SEGMENTS; s++) {
            size_t bars = plan->window[w].end[s] - plan->window[w].begin[s] + 1;
            longest = bars > longest ? bars : longest;
        }
    }
    return longest;
}

void gw_forward_make(const struct gw_plan *plan,
                     const struct gw_portal *portal,
                     const struct gw_forward_window *window,
                     struct gw_forward *out)
{
    *out = (struct gw_forward){.records = gw_forward_records(plan)};
    out->bars = gw_forward_bars(plan, &out->first);
    assert(out->bars > 0);
    out->growth = gw_calloc(out->records * out->bars, sizeof *out->growth);
    out->equity = gw_calloc(out->records * out->bars, sizeof *out->equity);
    out->metric = gw_calloc(out->records, sizeof *out->metric);
    out->drift = gw_calloc(plan->space.axes, sizeof *out->drift);
    struct maker maker = {.plan = plan, .portal = portal, .window = window, .out = out};
    maker.setup = gw_plan_setup(plan, portal);
    maker.setup.cache_bytes = (size_t)(plan->experiment->memory / 4);
    if (plan->plugin.name[0] != '\0') {
        const struct gw_plugin_setup setup = gw_plan_plugin(plan, &maker.setup);
        maker.plugin = gw_plugin_new(&setup);
    } else {
        maker.reference = gw_reference_new(&maker.setup);
    }
    maker.track = gw_calloc(longest_segment(plan), sizeof *maker.track);
    maker.scratch = gw_calloc(out->bars, sizeof *maker.scratch);
    size_t accounts = plan->experiment->rules.mode == GW_SHARED ? 1 : plan->assets;
    for (size_t i = 0; i < accounts; i++) { /* as the engine adds them */
        maker.capital += plan->experiment->rules.capital;
    }
    struct sum tested[GW_RECORD_HOLD] = {0};
    for (int kind = GW_RECORD_SELECTED; kind < GW_RECORD_HOLD; kind++) {
        make_traded(&maker, (enum gw_record_kind)kind, &tested[kind]);
    }
    make_efficiency(&maker, &tested[GW_RECORD_SELECTED]);
    make_held(&maker, GW_RECORD_HOLD, plan->asset, plan->assets);
    if (out->records > GW_RECORD_BENCHMARK) {
        make_held(&maker, GW_RECORD_BENCHMARK, &plan->benchmark, 1);
    }
    make_drift(&maker);
    gw_reference_free(maker.reference);
    gw_plugin_free(maker.plugin);
    free(maker.track);
    free(maker.scratch);
}

void gw_forward_clear(struct gw_forward *forward)
{
    free(forward->growth);
    free(forward->equity);
    free(forward->metric);
    free(forward->drift);
    *forward = (struct gw_forward){0};
}
