#include "gridwalk/engine/reference.h"

#include "decisions.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/engine/decider.h"
#include "timeline.h"

#include <math.h>
#include <stdlib.h>

struct gw_reference {
    struct gw_engine_setup setup;
    struct gw_columns *columns;
    bool *calendar;          /* bars of rebalancing, or NULL */
    struct tape *tape;       /* [assets] */
    struct holding *holding; /* [assets] */
    struct account *account; /* [assets] */
    double *shown;           /* [assets] */
    struct diary diary;
    size_t room; /* of the arrays below, in bars */
    struct trace trace;
    double *scratch;
    struct span span; /* of the row last run */
    bool simulated, ruined;
    struct gw_ledger ledger;
    struct gw_moments pooled;
};

static size_t accounts_of(const struct gw_engine_setup *setup)
{
    return setup->rules->mode == GW_SHARED ? 1 : setup->assets;
}

struct gw_reference *gw_reference_new(const struct gw_engine_setup *setup)
{
    struct gw_reference *reference = gw_calloc(1, sizeof *reference);
    reference->setup = *setup;
    reference->diary.keep = setup->keep_fills;
    reference->columns = setup->columns != NULL
                             ? setup->columns
                             : gw_columns_new(setup->graph, setup->portal, setup->varied,
                                              setup->cache_bytes);
    reference->calendar = decisions_calendar(setup->portal, setup->rules->rebalance);
    reference->tape = gw_calloc(setup->assets, sizeof *reference->tape);
    reference->holding = gw_calloc(setup->assets, sizeof *reference->holding);
    reference->account = gw_calloc(accounts_of(setup), sizeof *reference->account);
    reference->shown = gw_calloc(setup->assets, sizeof *reference->shown);
    return reference;
}

void gw_reference_free(struct gw_reference *reference)
{
    if (reference == NULL) {
        return;
    }
    if (reference->setup.columns == NULL) {
        gw_columns_free(reference->columns);
    }
    tapes_free(reference->tape, reference->setup.assets);
    diary_free(&reference->diary);
    free(reference->calendar);
    free(reference->holding);
    free(reference->account);
    free(reference->shown);
    free(reference->trace.equity);
    free(reference->trace.exposed);
    free(reference->scratch);
    free(reference);
}

void gw_reference_set_poll(struct gw_reference *reference,
                           void (*poll)(void *),
                           void *context)
{
    reference->setup.poll = poll;
    reference->setup.poll_context = context;
}

/* Look-back of an expression for these parameters; NaN when a number argument is invalid,
 * and a NaN `most` stays. */
static double longer(const struct gw_reference *reference,
                     int32_t node,
                     const double *const *column,
                     double most)
{
    double back;
    if (node == GW_NO_NODE) {
        return most;
    }
    gw_graph_lookbacks(reference->setup.graph, node, column, 1, &back);
    return isnan(most) || (!isnan(back) && back <= most) ? most : back;
}

/* Look-back of the strategy. */
static double lookback_of(const struct gw_reference *reference, const double *value)
{
    const struct gw_rules *rules = reference->setup.rules;
    const struct gw_decider *decider = reference->setup.decider;
    const double *column[GW_MAX_PARAMETERS];
    if (decider != NULL) {
        return (double)decider->lookback(decider->context, value);
    }
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        column[i] = &value[i];
    }
    if (rules->has_target) {
        return longer(reference, rules->target, column, 0);
    }
    double most = 0;
    for (int i = 0; i < GW_SIGNALS; i++) {
        most = longer(reference, rules->signal[i], column, most);
    }
    return longer(reference, rules->deviation, column, most);
}

/* First bar at which some asset has `back` earlier own bars since bar `since`, or
 * SIZE_MAX. */
static size_t warm_bar(const struct gw_reference *reference, size_t since, double back)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < reference->setup.assets; i++) {
        size_t n = reference->setup.asset[i];
        const struct gw_listing *listing = gw_portal_listing(reference->setup.portal, n);
        size_t own = gw_portal_own(reference->setup.portal, n, since);
        if (back < (double)(listing->count - own)) {
            size_t bar = listing->bar[own + (size_t)back];
            first = bar < first ? bar : first;
        }
    }
    return first;
}

/* Set the decision and counting bars by the warm-up mode; false: insufficient history. */
static bool warm_up(const struct gw_reference *reference, double back, struct span *span)
{
    const struct gw_rules *rules = reference->setup.rules;
    size_t delay = (size_t)rules->execution.delay;
    span->decide_from = span->begin;
    span->count_from = span->begin;
    if (rules->warmup == GW_WARM_COLD) {
        return true;
    }
    if (rules->warmup == GW_WARM_BEFORE) {
        span->decide_from -= span->begin >= delay ? delay : 0;
        return warm_bar(reference, 0, back) <= span->begin;
    }
    bool common = rules->warmup == GW_WARM_INSIDE_COMMON;
    if (common && back > (double)reference->setup.lookback) {
        return false; /* the common look-back of a huge grid is that of its corners */
    }
    size_t warm = warm_bar(reference, span->begin,
                           common ? (double)reference->setup.lookback : back);
    if (warm > span->end) {
        return false;
    }
    span->decide_from = warm;
    span->count_from = warm + delay + (rules->execution.price == GW_PRICE_CLOSE);
    return span->count_from <= span->end;
}

static void make_room(struct gw_reference *reference, size_t bars)
{
    struct trace *trace = &reference->trace;
    if (bars > reference->room) {
        trace->equity = gw_realloc(trace->equity, bars, sizeof *trace->equity);
        trace->exposed = gw_realloc(trace->exposed, bars, sizeof *trace->exposed);
        reference->scratch = gw_realloc(reference->scratch, bars, sizeof(double));
        reference->room = bars;
    }
}

/* Flat accounts with the capital in cash: one an asset, or one for all. */
static void open_accounts(struct gw_reference *reference, struct book *book)
{
    size_t each = book->rules->mode == GW_SHARED ? reference->setup.assets : 1;
    size_t counts = reference->span.count_from;
    for (size_t i = 0; i < reference->setup.assets; i++) {
        const struct tape *tape = &reference->tape[i];
        struct account *account = &reference->account[i / each];
        if (i % each == 0) {
            size_t first = tape->listing->first > counts ? tape->listing->first : counts;
            bool pools = book->rules->mode == GW_PER_ASSET && tape->listing->count > 0;
            *account = (struct account){.holding = &reference->holding[i],
                                        .holdings = each,
                                        .cash = book->rules->capital,
                                        .before = book->rules->capital,
                                        .pool_from = pools ? first : SIZE_MAX};
        }
        reference->holding[i] = (struct holding){.tape = tape,
                                                 .account = account,
                                                 .place = i,
                                                 .next = tape->from,
                                                 .used_bar = SIZE_MAX};
        reference->shown[i] = 0;
        book->dividends = book->dividends || tape->dividends > 0;
    }
}

static struct book open_book(struct gw_reference *reference, const struct gw_terms *terms)
{
    struct book book = {
        .setup = &reference->setup,
        .rules = reference->setup.rules,
        .terms = *terms,
        .half = (terms->slippage_bps + terms->spread_bps / 2) / 1e4,
        .limits = reference->setup.rules->whole_lots || terms->volume_limit > 0,
        .stops = terms->stop_loss > 0 || terms->stop_profit > 0 ||
                 terms->stop_trail > 0 || terms->stop_bars > 0,
        .rates =
            terms->cash_rate != 0 || terms->margin_rate != 0 || terms->borrow_rate != 0,
        .span = &reference->span,
        .account = reference->account,
        .accounts = accounts_of(&reference->setup),
        .holding = reference->holding,
        .shown = reference->shown,
        .calendar = reference->calendar,
        .diary = &reference->diary,
    };
    return book;
}

/* A decider is told of the row, where there is one; false: it failed. */
static bool
run_book(struct gw_reference *reference, struct book *book, const double *value)
{
    const struct gw_decider *decider = reference->setup.decider;
    const struct span *span = &reference->span;
    const struct gw_outing outing = {value, span->begin, span->end, span->decide_from};
    if (decider != NULL && !decider->start(decider->context, &outing)) {
        return false;
    }
    bool ruined = timeline_run(book, &reference->trace);
    if (decider != NULL) {
        decider->end(decider->context);
    }
    reference->ruined = ruined;
    return !book->failed;
}

/* All accounts of the row in the order of their assets; false: it failed. */
static bool simulate(struct gw_reference *reference,
                     const double *value,
                     const struct gw_terms *terms)
{
    struct book book = open_book(reference, terms);
    make_room(reference, reference->span.end - reference->span.begin + 1);
    tapes_read(reference->tape, &reference->setup, reference->columns, value,
               &reference->span, book.stops);
    open_accounts(reference, &book);
    diary_clear(&reference->diary);
    if (!run_book(reference, &book, value)) {
        return false;
    }
    reference->ledger = (struct gw_ledger){0};
    reference->pooled = (struct gw_moments){0};
    for (size_t i = 0; i < book.accounts; i++) {
        gw_ledger_merge(&reference->ledger, &book.account[i].ledger);
        gw_moments_merge(&reference->pooled, &book.account[i].pooled);
    }
    diary_sort(&reference->diary, reference->setup.asset, reference->setup.assets);
    if (reference->setup.poll != NULL) {
        reference->setup.poll(reference->setup.poll_context);
    }
    return true;
}

/* What the metrics of the row last simulated are made of. */
static struct gw_record record_of(const struct gw_reference *reference)
{
    const struct span *span = &reference->span;
    size_t skipped = span->count_from - span->begin;
    struct gw_record record = {
        .capital =
            reference->setup.rules->capital * (double)accounts_of(&reference->setup),
        .periods = reference->setup.periods,
        .risk_free = reference->setup.rules->risk_free,
        .equity = reference->trace.equity + skipped,
        .benchmark = reference->setup.benchmark != NULL
                         ? reference->setup.benchmark + span->count_from
                         : NULL,
        .bars = span->end - span->count_from + 1,
        .ledger = &reference->ledger,
        .pooled = reference->pooled,
        .scratch = reference->scratch,
    };
    for (size_t t = 0; t < record.bars; t++) {
        record.exposed += reference->trace.exposed[skipped + t];
    }
    return record;
}

void gw_reference_run(struct gw_reference *reference,
                      const double *value,
                      size_t begin,
                      size_t end,
                      struct gw_row *row)
{
    const struct gw_rules *rules = reference->setup.rules;
    const struct gw_terms terms = gw_terms_of(rules, reference->setup.graph, value);
    struct span *span = &reference->span;
    enum gw_term which;
    for (int metric = 0; metric < GW_METRICS; metric++) {
        row->metric[metric] = NAN;
    }
    reference->simulated = false;
    *span = (struct span){.begin = begin, .end = end};
    double back = lookback_of(reference, value);
    row->status = GW_ROW_FAILED;
    if (isnan(back) || gw_terms_check(rules, &terms, &which) != NULL) {
        return;
    }
    if (!warm_up(reference, back, span)) {
        row->status = GW_ROW_INSUFFICIENT_HISTORY;
        return;
    }
    if (!simulate(reference, value, &terms)) {
        return;
    }
    row->status = reference->ruined ? GW_ROW_RUINED : GW_ROW_OK;
    reference->simulated = true;
    const struct gw_record record = record_of(reference);
    gw_measure(&record, reference->setup.wanted, row->metric);
}

const double *gw_reference_equity(const struct gw_reference *reference,
                                  size_t *first_out,
                                  size_t *bars_out)
{
    if (!reference->simulated) {
        return NULL;
    }
    const struct span *span = &reference->span;
    *first_out = span->count_from;
    *bars_out = span->end - span->count_from + 1;
    return reference->trace.equity + (span->count_from - span->begin);
}

bool gw_reference_record(const struct gw_reference *reference, struct gw_record *out)
{
    if (reference->simulated) {
        *out = record_of(reference);
    }
    return reference->simulated;
}

const struct gw_fill *gw_reference_fills(const struct gw_reference *reference,
                                         size_t *count_out)
{
    *count_out = reference->simulated ? reference->diary.fills : 0;
    return reference->diary.fill;
}

const struct gw_order *gw_reference_orders(const struct gw_reference *reference,
                                           size_t *count_out)
{
    *count_out = reference->simulated ? reference->diary.orders : 0;
    return reference->diary.order;
}

const struct gw_cash *gw_reference_cash(const struct gw_reference *reference,
                                        size_t *count_out)
{
    *count_out = reference->simulated ? reference->diary.cashes : 0;
    return reference->diary.cash;
}

struct gw_cache_stats gw_reference_stats(const struct gw_reference *reference)
{
    return gw_columns_stats(reference->columns);
}
