#include "rows.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void rows_init(const struct gate_subject *subject,
                      const struct gw_engine_setup *setup,
                      struct gate_rows *rows)
{
    rows->spans = subject->spans;
    rows->count = subject->combinations * subject->spans;
    rows->row = gw_calloc(rows->count, sizeof *rows->row);
    rows->kept = setup->keep_fills;
    memcpy(rows->wanted, setup->wanted, sizeof rows->wanted);
}

void gate_rows_clear(struct gate_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->row[i].equity);
        free(rows->row[i].fill);
    }
    free(rows->row);
    *rows = (struct gate_rows){.count = 0};
}

static struct gw_engine_setup keeping_setup(const struct gate_subject *subject, bool keep)
{
    struct gw_engine_setup setup = subject->setup;
    setup.keep_fills = keep;
    for (size_t m = 0; m < GW_METRICS; m++) {
        setup.wanted[m] = setup.wanted[m] || keep;
    }
    return setup;
}

static void
keep_equity(struct gate_row *row, const double *equity, size_t first, size_t bars)
{
    if (equity != NULL) {
        row->first = first;
        row->bars = bars;
        row->equity = gw_calloc(bars, sizeof *equity);
        memcpy(row->equity, equity, bars * sizeof *equity);
    }
}

static void keep_fills(struct gate_row *row, const struct gw_fill *fill, size_t count)
{
    row->fills = count;
    if (count > 0) {
        row->fill = gw_calloc(count, sizeof *fill);
        memcpy(row->fill, fill, count * sizeof *fill);
    }
}

static void note_cash(struct gate_row *row, const struct gw_cash *cash, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        row->dividend |= cash[i].kind == GW_CASH_DIVIDEND;
        row->interest_received |= cash[i].kind == GW_CASH_INTEREST && cash[i].amount > 0;
        row->interest_paid |= cash[i].kind == GW_CASH_INTEREST && cash[i].amount < 0;
    }
}

void gate_rows_by_reference(const struct gate_subject *subject, struct gate_rows *out)
{
    struct gw_engine_setup setup = keeping_setup(subject, true);
    struct gw_reference *reference = gw_reference_new(&setup);
    rows_init(subject, &setup, out);
    for (size_t i = 0; i < out->count; i++) {
        struct gate_row *row = &out->row[i];
        const struct gw_span *span = &subject->span[i % out->spans];
        struct gw_row made;
        size_t first = 0, bars = 0, fills = 0, moves = 0;
        gw_reference_run(reference, subject->value[i / out->spans], span->begin,
                         span->end, &made);
        row->puts = 1;
        row->status = made.status;
        memcpy(row->metric, made.metric, sizeof row->metric);
        const double *equity = gw_reference_equity(reference, &first, &bars);
        keep_equity(row, equity, first, bars);
        const struct gw_fill *fill = gw_reference_fills(reference, &fills);
        keep_fills(row, fill, fills);
        const struct gw_cash *cash = gw_reference_cash(reference, &moves);
        note_cash(row, cash, moves);
    }
    gw_reference_free(reference);
}

/* What of the case one call of the engine computes: which combination is where. */
struct part {
    const struct gate_subject *subject;
    struct gate_rows *rows;
    struct gw_run_lanes *run;        /* [runs] */
    size_t (*combination)[GW_LANES]; /* [runs] of each lane */
    size_t runs;
    struct gw_span *span; /* [spans] */
    size_t *span_number;  /* [spans] of the case */
    size_t spans;
};

/* An engine's row to its place; one that belongs nowhere is a bug that ends the gate. */
static void put(void *context, const struct gw_vector_row *made)
{
    const struct part *part = context;
    assert(made->run < part->runs && made->lane < part->run[made->run].count &&
           made->span < part->spans);
    size_t k = part->combination[made->run][made->lane];
    struct gate_row *row =
        &part->rows->row[k * part->rows->spans + part->span_number[made->span]];
    if (row->puts++ > 0) {
        return;
    }
    row->status = made->status;
    row->by_reference = made->by_reference;
    memcpy(row->metric, made->metric, sizeof row->metric);
    keep_equity(row, made->equity, made->first, made->bars);
    keep_fills(row, made->fill, made->fills);
}

static void call_engine(struct gw_vector *vector, struct part *part)
{
    const struct gw_vector_work work = {.run = part->run,
                                        .runs = part->runs,
                                        .span = part->span,
                                        .spans = part->spans,
                                        .put = put,
                                        .context = part};
    gw_vector_run(vector, &work);
}

static void add_run(struct part *part, const size_t *combination, size_t count)
{
    struct gw_run_lanes *run = &part->run[part->runs];
    run->count = count;
    for (size_t i = 0; i < count; i++) {
        part->combination[part->runs][i] = combination[i];
        for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
            run->value[a][i] = part->subject->value[combination[i]][a];
        }
    }
    part->runs++;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Combinations and spans in the order in which they are cut into calls. */
struct order {
    size_t *combination, *span;
    struct gate_draw draw;
    bool shuffled;
};

static void shuffle(struct gate_draw *draw, size_t *number, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = gate_below(draw, i), last = number[i - 1];
        number[i - 1] = number[other];
        number[other] = last;
    }
}

static struct order order_of(const struct gate_subject *subject,
                             const struct gate_manner *manner)
{
    struct order order = {.draw = {.seed = manner->seed, .stream = 2},
                          .shuffled = manner->shuffled};
    order.combination = gw_calloc(subject->combinations, sizeof(size_t));
    order.span = gw_calloc(subject->spans, sizeof(size_t));
    for (size_t i = 0; i < subject->combinations; i++) {
        order.combination[i] = i;
    }
    for (size_t s = 0; s < subject->spans; s++) {
        order.span[s] = s;
    }
    if (manner->shuffled && gate_chance(&order.draw, 0.7)) {
        shuffle(&order.draw, order.combination, subject->combinations);
    }
    if (manner->shuffled && gate_chance(&order.draw, 0.7)) {
        shuffle(&order.draw, order.span, subject->spans);
    }
    return order;
}

/* All combinations over the spans of a part, run by run, a batch a call. */
static void run_part(struct gw_vector *vector, struct part *part, struct order *order)
{
    const struct gate_subject *subject = part->subject;
    size_t bars = 0, at = 0;
    for (size_t s = 0; s < part->spans; s++) {
        bars += part->span[s].end - part->span[s].begin + 1;
    }
    size_t batch = gw_vector_batch(vector, part->spans, bars);
    assert(batch >= 1);
    for (size_t run = 0; at < subject->combinations; run++) {
        size_t most = order->shuffled ? GATE_PICK(&order->draw, size_t, 1, 3, 8, 40, 64)
                                      : subject->run[run];
        size_t count = smaller(most, subject->combinations - at);
        add_run(part, order->combination + at, count);
        at += count;
        bool full =
            order->shuffled ? gate_chance(&order->draw, 0.3) : part->runs == batch;
        if (full || at == subject->combinations) {
            call_engine(vector, part);
            part->runs = 0;
        }
    }
}

static void run_parts(struct gw_vector *vector, struct part *part, struct order *order)
{
    const struct gate_subject *subject = part->subject;
    for (size_t at = 0; at < subject->spans;) {
        size_t rest = subject->spans - at;
        bool cut = order->shuffled && gate_chance(&order->draw, 0.4);
        part->spans = cut ? 1 + gate_below(&order->draw, rest) : rest;
        for (size_t s = 0; s < part->spans; s++) {
            part->span_number[s] = order->span[at + s];
            part->span[s] = subject->span[part->span_number[s]];
        }
        run_part(vector, part, order);
        at += part->spans;
    }
}

static void no_poll(void *context)
{
    ++*(uint64_t *)context;
}

void gate_rows_by_vector(const struct gate_subject *subject,
                         const struct gate_manner *manner,
                         struct gate_rows *out)
{
    struct gw_engine_setup setup = keeping_setup(subject, manner->keep);
    struct order order = order_of(subject, manner);
    uint64_t polls = 0;
    if (manner->portal != NULL) {
        setup.portal = manner->portal;
        setup.benchmark = manner->benchmark;
    }
    if (manner->shuffled) {
        setup.cache_bytes = GATE_PICK(&order.draw, size_t, 0, 4096, 100000, 1 << 24);
        setup.tile_bytes = GATE_PICK(&order.draw, size_t, 0, 4096, 100000, 1 << 24);
    }
    struct gw_vector *vector = gw_vector_new(&setup);
    if (manner->shuffled) {
        gw_vector_set_poll(vector, no_poll, &polls);
    }
    rows_init(subject, &setup, out);
    struct part part = {
        .subject = subject,
        .rows = out,
        .run = gw_calloc(subject->combinations, sizeof(struct gw_run_lanes)),
        .combination = gw_calloc(subject->combinations, sizeof *part.combination),
        .span = gw_calloc(subject->spans, sizeof(struct gw_span)),
        .span_number = gw_calloc(subject->spans, sizeof(size_t)),
    };
    run_parts(vector, &part, &order);
    gw_vector_free(vector);
    free(part.run);
    free(part.combination);
    free(part.span);
    free(part.span_number);
    free(order.combination);
    free(order.span);
}
