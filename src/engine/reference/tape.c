#include "tape.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void make_room(struct tape *tape, size_t bars)
{
    if (bars > tape->room) {
        tape->signal = gw_realloc(tape->signal, bars, sizeof *tape->signal);
        tape->number = gw_realloc(tape->number, bars, sizeof *tape->number);
        tape->room = bars;
    }
}

/* Prices over all own bars. */
static void read_prices(struct tape *tape,
                        const struct gw_engine_setup *setup,
                        struct gw_columns *columns,
                        bool stops)
{
    size_t n = tape->asset;
    tape->listing = gw_portal_listing(setup->portal, n);
    tape->leaves_at = tape->listing->delisted ? tape->listing->last : SIZE_MAX;
    tape->delisting_return = gw_portal_delisting_return(setup->portal, n);
    tape->open = gw_columns_field(columns, GW_OPEN);
    tape->close = gw_columns_field(columns, GW_CLOSE);
    tape->high = stops ? gw_columns_field(columns, GW_HIGH) : NULL;
    tape->low = stops ? gw_columns_field(columns, GW_LOW) : NULL;
    tape->factor = gw_portal_factor(setup->portal, n);
    tape->dividend = gw_portal_dividends(setup->portal, n, &tape->dividends);
}

/* The columns of a set may be overwritten by the next asset's: what is read of them is
 * copied. Shape  skipped: columns begin so many own bars before tape->from. */
static void read_decisions(struct tape *tape,
                           const struct gw_rules *rules,
                           struct gw_columns *columns,
                           size_t skipped,
                           size_t bars)
{
    int32_t number = rules->has_target ? rules->target : rules->deviation;
    if (number != GW_NO_NODE && bars > 0) {
        memcpy(tape->number, gw_columns_get(columns, number) + skipped,
               bars * sizeof *tape->number);
    }
    for (size_t i = 0; i < bars; i++) {
        tape->signal[i] = 0;
    }
    for (int s = 0; s < GW_SIGNALS && !rules->has_target; s++) {
        if (rules->signal[s] == GW_NO_NODE || bars == 0) {
            continue;
        }
        const double *column = gw_columns_get(columns, rules->signal[s]) + skipped;
        for (size_t i = 0; i < bars; i++) {
            tape->signal[i] |= (uint8_t)((column[i] == 1) << s);
        }
    }
}

void tapes_read(struct tape *tape,
                const struct gw_engine_setup *setup,
                struct gw_columns *columns,
                const double *value,
                const struct span *span,
                bool stops)
{
    const struct gw_portal *portal = setup->portal;
    for (size_t i = 0; i < setup->assets; i++, tape++) {
        tape->asset = setup->asset[i];
        size_t count = gw_portal_listing(portal, tape->asset)->count;
        struct gw_columns_at at = {.asset = tape->asset, .to = count, .value = value};
        if (i == 0) {
            gw_columns_begin(columns, &at);
        } else {
            gw_columns_turn(columns, &at);
        }
        read_prices(tape, setup, columns, stops);
        if (setup->rules->warmup != GW_WARM_BEFORE) {
            at.from = gw_portal_own(portal, tape->asset, span->begin);
            at.to = gw_portal_own(portal, tape->asset, span->end + 1);
            gw_columns_narrow(columns, at.from, at.to);
        }
        tape->from = gw_portal_own(portal, tape->asset, span->decide_from);
        size_t last = gw_portal_own(portal, tape->asset, span->end + 1);
        if (setup->decider == NULL) {
            make_room(tape, last - tape->from);
            read_decisions(tape, setup->rules, columns, tape->from - at.from,
                           last - tape->from);
        }
    }
}

void tapes_free(struct tape *tape, size_t count)
{
    for (size_t i = 0; i < count && tape != NULL; i++) {
        free(tape[i].signal);
        free(tape[i].number);
    }
    free(tape);
}
