#include "gridwalk/engine/reference.h"

#include "account.h"
#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The bars of one row. */
struct span {
    size_t begin, end;  /* trading bars, inclusive */
    size_t decide_from; /* first bar with a decision */
    size_t count_from;  /* first bar whose return counts */
    size_t ruin;        /* bar of ruin, or SIZE_MAX */
};

struct gw_reference {
    struct gw_engine_setup setup;
    struct gw_columns *columns;
    struct fills fills;
    size_t room;    /* of the arrays below, in bars */
    double *equity; /* summed over the accounts, from span.begin on */
    double *own;    /* of one account */
    double *scratch;
    bool *exposed;    /* any position at the mark */
    struct span span; /* of the row last run */
    bool simulated;
    struct gw_ledger ledger;
    struct gw_moments pooled;
};

/* One asset on its way through a window. */
struct walk {
    const struct gw_listing *listing;
    const struct gw_rules *rules;
    const double *open, *close;       /* [listing->count] in the basis */
    const double *signal[GW_SIGNALS]; /* column from own bar `from` on, or NULL */
    const double *target;
    size_t from;
    const double *factor;               /* F over all bars, or NULL */
    const struct gw_dividend *dividend; /* the next to be paid */
    const struct gw_dividend *dividend_end;
    double delisting_return;
    struct account account;
    size_t next; /* the next own bar */
};

struct gw_reference *gw_reference_new(const struct gw_engine_setup *setup)
{
    struct gw_reference *reference = gw_calloc(1, sizeof *reference);
    reference->setup = *setup;
    reference->fills.keep = setup->keep_fills;
    reference->columns = setup->columns != NULL
                             ? setup->columns
                             : gw_columns_new(setup->graph, setup->portal, setup->varied,
                                              setup->cache_bytes);
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
    free(reference->fills.fill);
    free(reference->equity);
    free(reference->own);
    free(reference->scratch);
    free(reference->exposed);
    free(reference);
}

void gw_reference_set_poll(struct gw_reference *reference,
                           void (*poll)(void *),
                           void *context)
{
    reference->setup.poll = poll;
    reference->setup.poll_context = context;
}

/* Look-back of the strategy for these parameters; NaN when a number argument is invalid.
 */
static double lookback_of(const struct gw_reference *reference, const double *value)
{
    const struct gw_rules *rules = reference->setup.rules;
    const double *column[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        column[i] = &value[i];
    }
    double most = 0, back;
    for (int i = 0; i < GW_SIGNALS && !rules->has_target; i++) {
        if (rules->signal[i] != GW_NO_NODE) {
            gw_graph_lookbacks(reference->setup.graph, rules->signal[i], column, 1,
                               &back);
            most = isnan(back) || back > most ? back : most;
        }
        if (isnan(most)) {
            return NAN;
        }
    }
    if (rules->has_target) {
        gw_graph_lookbacks(reference->setup.graph, rules->target, column, 1, &most);
    }
    return most;
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
    if (bars > reference->room) {
        reference->equity = gw_realloc(reference->equity, bars, sizeof(double));
        reference->own = gw_realloc(reference->own, bars, sizeof(double));
        reference->scratch = gw_realloc(reference->scratch, bars, sizeof(double));
        reference->exposed = gw_realloc(reference->exposed, bars, sizeof(bool));
        reference->room = bars;
    }
}

/* Prices over all own bars, signals over the bars that the warm-up mode lets them see. */
static void open_walk(struct gw_reference *reference,
                      size_t n,
                      const double *value,
                      const struct span *span,
                      struct walk *walk)
{
    const struct gw_engine_setup *setup = &reference->setup;
    const struct gw_listing *listing = gw_portal_listing(setup->portal, n);
    *walk = (struct walk){.listing = listing, .rules = setup->rules};
    struct gw_columns_at at = {.asset = n, .to = listing->count, .value = value};
    gw_columns_begin(reference->columns, &at);
    walk->open = gw_columns_field(reference->columns, GW_OPEN);
    walk->close = gw_columns_field(reference->columns, GW_CLOSE);
    if (setup->rules->warmup != GW_WARM_BEFORE) {
        at.from = gw_portal_own(setup->portal, n, span->begin);
        at.to = gw_portal_own(setup->portal, n, span->end + 1);
        gw_columns_narrow(reference->columns, at.from, at.to);
    }
    walk->from = at.from;
    for (int i = 0; i < GW_SIGNALS && !setup->rules->has_target; i++) {
        int32_t node = setup->rules->signal[i];
        walk->signal[i] =
            node != GW_NO_NODE ? gw_columns_get(reference->columns, node) : NULL;
    }
    if (setup->rules->has_target) {
        walk->target = gw_columns_get(reference->columns, setup->rules->target);
    }
    size_t dividends;
    walk->factor = gw_portal_factor(setup->portal, n);
    walk->dividend = gw_portal_dividends(setup->portal, n, &dividends);
    walk->dividend_end = dividends > 0 ? walk->dividend + dividends : walk->dividend;
    walk->delisting_return = gw_portal_delisting_return(setup->portal, n);
    walk->next = gw_portal_own(setup->portal, n, span->decide_from);
    account_open(&walk->account, setup->rules, n, &reference->ledger, &reference->fills);
}

static void pay_dividends(struct walk *walk, size_t t)
{
    while (walk->dividend < walk->dividend_end && walk->dividend->bar <= t) {
        if (walk->dividend->bar == t) {
            double factor = walk->factor != NULL ? walk->factor[t - 1] : 1;
            account_dividend(&walk->account, walk->dividend->amount * factor);
        }
        walk->dividend++;
    }
}

static bool is_true(const double *column, size_t i)
{
    return column != NULL && column[i] == 1;
}

static void decide(struct walk *walk, size_t t)
{
    size_t i = walk->next - walk->from;
    size_t due = t + (size_t)walk->rules->execution.delay;
    if (walk->rules->has_target) {
        account_target(&walk->account, walk->target[i], due);
        return;
    }
    bool signal[GW_SIGNALS];
    for (int s = 0; s < GW_SIGNALS; s++) {
        signal[s] = is_true(walk->signal[s], i);
    }
    account_signal(&walk->account, signal, due);
}

static void fill_if_due(struct walk *walk, size_t t, double price)
{
    struct account *account = &walk->account;
    if (account->waiting && account->due <= t && price > 0) {
        account_fill(account, (struct due_at){t, price});
    }
}

/* The time line of one bar on which the asset has a price. */
static void trade_bar(struct walk *walk, const struct span *span, size_t t)
{
    const struct gw_rules *rules = walk->rules;
    double close = walk->close[walk->next];
    bool leaves = walk->listing->delisted && t == walk->listing->last;
    bool decides = t >= span->decide_from && !leaves;
    if (t >= span->begin && rules->execution.price == GW_PRICE_OPEN) {
        fill_if_due(walk, t, walk->open[walk->next]);
    }
    if (decides && rules->execution.delay == 0) {
        decide(walk, t);
    }
    if (t >= span->begin && rules->execution.price == GW_PRICE_CLOSE && !leaves) {
        fill_if_due(walk, t, close);
    }
    if (t >= span->begin && leaves) {
        double price = close * (1 + walk->delisting_return);
        account_leave(&walk->account, (struct due_at){t, price});
    }
    walk->account.mark = close;
    if (t == span->ruin) {
        account_leave(&walk->account, (struct due_at){t, close});
    }
    if (decides && rules->execution.delay == 1) {
        decide(walk, t);
    }
    walk->next++;
}

/* One account through the window: its equity at each mark into reference->own. */
static void
run_account(struct gw_reference *reference, struct walk *walk, const struct span *span)
{
    size_t last = span->ruin < span->end ? span->ruin : span->end;
    struct account *account = &walk->account;
    for (size_t t = span->decide_from < span->begin ? span->decide_from : span->begin;
         t <= last; t++) {
        if (t >= span->begin) {
            pay_dividends(walk, t);
        }
        if (walk->next < walk->listing->count && walk->listing->bar[walk->next] == t) {
            trade_bar(walk, span, t);
        } else if (t == span->ruin) {
            account_leave(account, (struct due_at){t, account->mark});
        }
        if (t >= span->begin) {
            reference->own[t - span->begin] = account_equity(account, account->mark);
            reference->exposed[t - span->begin] |= account->shares != 0;
        }
    }
    reference->ledger.dropped += account->waiting && span->ruin > span->end;
    reference->ledger.open_trades += account->shares != 0;
}

/* Returns of one account, from its asset's first bar on, into the pool. */
static void pool_returns(struct gw_reference *reference,
                         const struct walk *walk,
                         const struct span *span)
{
    size_t first =
        walk->listing->first > span->count_from ? walk->listing->first : span->count_from;
    size_t last = span->ruin < span->end ? span->ruin : span->end;
    double before =
        reference->setup.rules->capital; /* nothing moves before its first bar */
    for (size_t t = first; t <= span->end && walk->listing->count > 0; t++) {
        double now = t <= last ? reference->own[t - span->begin] : 0;
        gw_moments_add(&reference->pooled,
                       before > 0 && t <= last ? now / before - 1 : 0);
        before = now;
    }
}

/* All accounts, summed in asset order. */
static void
simulate(struct gw_reference *reference, const double *value, const struct span *span)
{
    size_t bars = span->end - span->begin + 1;
    size_t live = span->ruin <= span->end ? span->ruin - span->begin : bars;
    memset(reference->equity, 0, bars * sizeof(double));
    memset(reference->exposed, 0, bars * sizeof(bool));
    reference->ledger = (struct gw_ledger){0};
    reference->pooled = (struct gw_moments){0};
    reference->fills.count = 0;
    for (size_t i = 0; i < reference->setup.assets; i++) {
        struct walk walk;
        open_walk(reference, reference->setup.asset[i], value, span, &walk);
        run_account(reference, &walk, span);
        for (size_t t = 0; t < live; t++) {
            reference->equity[t] += reference->own[t];
        }
        pool_returns(reference, &walk, span);
        if (reference->setup.poll != NULL) {
            reference->setup.poll(reference->setup.poll_context);
        }
    }
}

/* The first bar at whose mark nothing is left, or SIZE_MAX. */
static size_t find_ruin(const struct gw_reference *reference, const struct span *span)
{
    double nothing = GW_NOTHING_LEFT * reference->setup.rules->capital *
                     (double)reference->setup.assets;
    for (size_t t = span->begin; t <= span->end; t++) {
        if (reference->equity[t - span->begin] <= nothing) {
            return t;
        }
    }
    return SIZE_MAX;
}

/* What the metrics of the row last simulated are made of. */
static struct gw_record record_of(const struct gw_reference *reference)
{
    const struct span *span = &reference->span;
    size_t skipped = span->count_from - span->begin;
    struct gw_record record = {
        .capital = reference->setup.rules->capital * (double)reference->setup.assets,
        .periods = reference->setup.periods,
        .risk_free = reference->setup.rules->risk_free,
        .equity = reference->equity + skipped,
        .benchmark = reference->setup.benchmark != NULL
                         ? reference->setup.benchmark + span->count_from
                         : NULL,
        .bars = span->end - span->count_from + 1,
        .ledger = &reference->ledger,
        .pooled = reference->pooled,
        .scratch = reference->scratch,
    };
    for (size_t t = 0; t < record.bars; t++) {
        record.exposed += reference->exposed[skipped + t];
    }
    return record;
}

void gw_reference_run(struct gw_reference *reference,
                      const double *value,
                      size_t begin,
                      size_t end,
                      struct gw_row *row)
{
    struct span span = {.begin = begin, .end = end, .ruin = SIZE_MAX};
    for (int metric = 0; metric < GW_METRICS; metric++) {
        row->metric[metric] = NAN;
    }
    reference->simulated = false;
    double back = lookback_of(reference, value);
    if (isnan(back)) {
        row->status = GW_ROW_FAILED;
        return;
    }
    if (!warm_up(reference, back, &span)) {
        row->status = GW_ROW_INSUFFICIENT_HISTORY;
        return;
    }
    make_room(reference, end - begin + 1);
    simulate(reference, value, &span);
    span.ruin = find_ruin(reference, &span);
    if (span.ruin != SIZE_MAX) {
        simulate(reference, value, &span);
    }
    row->status = span.ruin != SIZE_MAX ? GW_ROW_RUINED : GW_ROW_OK;
    reference->span = span;
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
    return reference->equity + (span->count_from - span->begin);
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
    *count_out = reference->simulated ? reference->fills.count : 0;
    return reference->fills.fill;
}

struct gw_cache_stats gw_reference_stats(const struct gw_reference *reference)
{
    return gw_columns_stats(reference->columns);
}
