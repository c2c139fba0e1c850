#include "history.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <stdlib.h>

_Static_assert((int)GW_PRICE_OF_OPEN == GW_OPEN && (int)GW_PRICE_OF_HIGH == GW_HIGH &&
                   (int)GW_PRICE_OF_LOW == GW_LOW && (int)GW_PRICE_OF_CLOSE == GW_CLOSE &&
                   (int)GW_TRADED_VOLUME == GW_VOLUME &&
                   (int)GW_PRICE_FIELDS == GW_FIELDS,
               "a plug-in's fields are the panel's");

struct histories {
    const struct gw_portal *portal;
    const size_t *asset;
    struct gw_tape *tape; /* [assets] */
    double **made;        /* [mades] columns that are no panel's */
    size_t mades, capacity;
};

struct histories *
histories_new(const struct gw_portal *portal, const size_t *asset, size_t assets)
{
    struct histories *histories = gw_calloc(1, sizeof *histories);
    *histories = (struct histories){.portal = portal,
                                    .asset = asset,
                                    .tape = gw_calloc(assets, sizeof *histories->tape)};
    for (size_t i = 0; i < assets; i++) {
        histories->tape[i].factor = gw_portal_factor(portal, asset[i]);
        histories->tape[i].split_factor = gw_portal_split_factor(portal, asset[i]);
    }
    return histories;
}

void histories_free(struct histories *histories)
{
    if (histories == NULL) {
        return;
    }
    for (size_t i = 0; i < histories->mades; i++) {
        free(histories->made[i]);
    }
    free(histories->made);
    free(histories->tape);
    free(histories);
}

const struct gw_tape *histories_all(const struct histories *histories)
{
    return histories->tape;
}

/* Whether the panel's column holds nothing but prices (volumes), on the asset's own bars
 * alone. */
static bool is_clean(const struct gw_panel *panel, size_t n, enum gw_field field)
{
    const double *column = gw_panel_column(panel, field, n);
    const double *close = gw_panel_column(panel, GW_CLOSE, n);
    for (size_t t = 0; t < panel->T; t++) {
        bool known = field == GW_VOLUME ? column[t] >= 0 && column[t] < INFINITY
                                        : gw_is_price(column[t]);
        if (!isnan(column[t]) && !(known && gw_is_price(close[t]))) {
            return false;
        }
    }
    return true;
}

static const double *make(struct histories *histories,
                          size_t n,
                          enum gw_price_basis basis,
                          enum gw_field field)
{
    const struct gw_listing *listing = gw_portal_listing(histories->portal, n);
    size_t T = gw_portal_bars(histories->portal);
    double *own = gw_calloc(listing->count, sizeof *own);
    double *column = gw_calloc(T, sizeof *column);
    const struct gw_view view = {
        .asset = n, .field = field, .raw = basis == GW_AS_TRADED, .to = listing->count};
    gw_portal_field(histories->portal, view, own);
    for (size_t t = 0; t < T; t++) {
        column[t] = NAN;
    }
    for (size_t i = 0; i < listing->count; i++) {
        column[listing->bar[i]] = own[i];
    }
    free(own);
    histories->made = gw_grow(histories->made, &histories->capacity, histories->mades + 1,
                              sizeof *histories->made);
    histories->made[histories->mades++] = column;
    return column;
}

const double *histories_column(struct histories *histories,
                               size_t asset,
                               enum gw_price_basis basis,
                               enum gw_field field)
{
    struct gw_tape *tape = &histories->tape[asset];
    size_t n = histories->asset[asset];
    const struct gw_panel *panel = gw_portal_panel(histories->portal);
    const double *factor = field == GW_VOLUME ? tape->split_factor : tape->factor;
    if (tape->column[basis][field] == NULL && (basis == GW_AS_TRADED || factor == NULL)) {
        const double *raw = tape->column[GW_AS_TRADED][field];
        if (raw == NULL) {
            raw = is_clean(panel, n, field) ? gw_panel_column(panel, field, n)
                                            : make(histories, n, GW_AS_TRADED, field);
        }
        tape->column[GW_AS_TRADED][field] = raw;
        tape->column[basis][field] = raw;
    } else if (tape->column[basis][field] == NULL) {
        tape->column[basis][field] = make(histories, n, basis, field);
    }
    return tape->column[basis][field];
}
