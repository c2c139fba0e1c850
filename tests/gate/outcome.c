#include "outcome.h"

#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct gate_outcome_info gate_outcome_info[GATE_OUTCOMES] = {
#define X(name, text, one_in) {text, one_in},
    GATE_OUTCOME_LIST(X)
#undef X
};

/* A position as its fills make it. */
struct held {
    double shares, entered; /* entered: at fill prices, cut by reductions */
    size_t bar;             /* of the first fill */
};

/* A row on its way through its fills. */
struct witness {
    const struct gate_subject *subject;
    struct gw_terms terms;
    struct held *held; /* [N] */
    bool *out;
};

static bool is_stop(enum gw_cause cause)
{
    return cause == GW_BY_LOSS || cause == GW_BY_PROFIT || cause == GW_BY_TRAIL ||
           cause == GW_BY_BARS;
}

static double
price_at(const struct witness *witness, const struct gw_fill *fill, enum gw_field field)
{
    const double *factor = gw_portal_factor(witness->subject->portal, fill->asset);
    double raw =
        gw_panel_column(witness->subject->origin->panel, field, fill->asset)[fill->bar];
    return raw * (factor != NULL ? factor[fill->bar] : 1);
}

/* Levels as close to a price as rounding count as not touched: this only counts. */
static void
see_stop(struct witness *witness, const struct gw_fill *fill, const struct held *held)
{
    const struct gw_terms *terms = &witness->terms;
    bool *out = witness->out, is_long = held->shares > 0;
    double average = held->entered / fabs(held->shares);
    double open = price_at(witness, fill, GW_OPEN);
    double level = average * (is_long ? 1 - terms->stop_loss : 1 + terms->stop_loss);
    double gain = average * (is_long ? 1 + terms->stop_profit : 1 - terms->stop_profit);
    bool passed = is_long ? open < level : open > level;
    bool touched =
        terms->stop_profit > 0 && (is_long ? price_at(witness, fill, GW_HIGH) > gain
                                           : price_at(witness, fill, GW_LOW) < gain);
    out[GATE_STOPPED_SHORT] |= !is_long;
    out[GATE_STOPPED_AT_ONCE] |= held->bar == fill->bar;
    out[GATE_STOPPED_AT_OPEN] |= fill->cause == GW_BY_LOSS && passed;
    out[GATE_STOPPED_AMONG_TWO] |= fill->cause == GW_BY_LOSS && touched;
    out[GATE_CUT_STOP] |= fabs(fill->shares) < fabs(held->shares) * (1 - 1e-9);
}

static void see_fill(struct witness *witness, const struct gw_fill *fill)
{
    static const enum gate_outcomes by[] = {
        [GW_BY_ORDER] = GATE_ORDER,         [GW_BY_LOSS] = GATE_LOSS,
        [GW_BY_PROFIT] = GATE_PROFIT,       [GW_BY_TRAIL] = GATE_TRAIL,
        [GW_BY_BARS] = GATE_BARS,           [GW_BY_END] = GATE_END,
        [GW_BY_DELISTING] = GATE_DELISTING, [GW_BY_RUIN] = GATE_RUIN};
    struct held *held = &witness->held[fill->asset];
    bool whole = witness->subject->setup.rules->whole_lots;
    witness->out[by[fill->cause]] = true;
    witness->out[GATE_WHOLE] |= whole && fill->cause == GW_BY_ORDER;
    witness->out[GATE_MINIMUM] |=
        fill->commission > 0 && fill->commission == witness->terms.commission_minimum;
    if (is_stop(fill->cause) && held->shares != 0) {
        see_stop(witness, fill, held);
    }
    double left = held->shares + fill->shares;
    if (fabs(left) <= 1e-12 * fabs(held->shares)) {
        *held = (struct held){.shares = 0};
    } else if (held->shares * fill->shares < 0) {
        held->entered *= left / held->shares;
        held->shares = left;
    } else {
        held->bar = held->shares == 0 ? fill->bar : held->bar;
        held->entered += fabs(fill->shares) * fill->price;
        held->shares = left;
    }
}

static void see_row(struct witness *witness, const struct gate_row *row)
{
    double fills = 0;
    memset(witness->held, 0, witness->subject->origin->panel->N * sizeof(struct held));
    for (size_t i = 0; i < row->fills; i++) {
        see_fill(witness, &row->fill[i]);
        fills += row->fill[i].cause < GW_BY_END;
    }
    bool *out = witness->out;
    out[GATE_PARTS] |= fills > row->metric[GW_METRIC_orders];
    out[GATE_CLIPPED] |= row->metric[GW_METRIC_clipped] > 0;
    out[GATE_DROPPED] |= row->metric[GW_METRIC_dropped] > 0;
    out[GATE_RECEIVED] |= row->interest_received;
    out[GATE_PAID] |= row->interest_paid;
    out[GATE_BORROWED] |= row->metric[GW_METRIC_borrow] > 0;
    out[GATE_DIVIDEND] |= row->dividend;
}

void gate_outcomes(const struct gate_subject *subject,
                   const struct gate_rows *rows,
                   bool *out)
{
    struct witness witness = {.subject = subject, .out = out};
    witness.held = gw_calloc(subject->origin->panel->N, sizeof *witness.held);
    memset(out, 0, GATE_OUTCOMES * sizeof *out);
    for (size_t i = 0; i < rows->count; i++) {
        witness.terms = gw_terms_of(subject->setup.rules, subject->setup.graph,
                                    subject->value[i / rows->spans]);
        see_row(&witness, &rows->row[i]);
    }
    free(witness.held);
}
