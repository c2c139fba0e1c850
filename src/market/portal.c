#include "gridwalk/market/portal.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <stdlib.h>

struct stock {
    struct gw_listing listing;
    uint32_t *bar; /* what the listing points to; NULL: every bar */
    size_t dropped;
    double *factor;               /* [T] or NULL */
    double *split_factor;         /* [T] or NULL */
    struct gw_dividend *dividend; /* [dividends] in bar order */
    size_t dividends, dividend_capacity;
};

struct gw_portal {
    const struct gw_panel *panel;
    enum gw_basis basis;
    struct stock *stock; /* [N] */
    uint32_t *every;     /* 0, 1, 2 … : the listing of an asset without a gap */
};

static void list_bars(struct gw_portal *portal, size_t n, struct stock *stock)
{
    const struct gw_panel *panel = portal->panel;
    const double *close = gw_panel_column(panel, GW_CLOSE, n);
    struct gw_listing *listing = &stock->listing;
    for (size_t t = 0; t < panel->T; t++) {
        listing->count += gw_is_price(close[t]);
    }
    listing->bar = portal->every;
    if (listing->count < panel->T) {
        stock->bar = gw_calloc(listing->count, sizeof *stock->bar);
        for (size_t t = 0, own = 0; t < panel->T; t++) {
            if (gw_is_price(close[t])) {
                stock->bar[own++] = (uint32_t)t;
            }
        }
        listing->bar = stock->bar;
    }
    if (listing->count > 0) {
        listing->first = listing->bar[0];
        listing->last = listing->bar[listing->count - 1];
        listing->delisted = listing->last + 1 < panel->T;
    }
}

/* Note in *factor, made on first use, that it grows by `step` at bar t. */
static void note_step(double **factor, size_t T, size_t t, double step)
{
    if (*factor == NULL) {
        *factor = gw_calloc(T, sizeof **factor);
        for (size_t i = 0; i < T; i++) {
            (*factor)[i] = 1;
        }
    }
    (*factor)[t] *= step;
}

/* From the steps to their running product. */
static void accumulate(double *factor, size_t T)
{
    for (size_t t = 1; factor != NULL && t < T; t++) {
        factor[t] *= factor[t - 1];
    }
}

static void add_dividend(struct gw_portal *portal, const struct gw_action *action)
{
    const struct gw_panel *panel = portal->panel;
    struct stock *stock = &portal->stock[action->asset];
    size_t t = (size_t)action->session;
    double before =
        t > 0 ? gw_panel_column(panel, GW_CLOSE, (size_t)action->asset)[t - 1] : NAN;
    double q = gw_is_price(before) ? 1 - action->value / before : NAN;
    if (!gw_is_price(q)) {
        stock->dropped++;
    } else if (portal->basis == GW_ADJUSTED) {
        note_step(&stock->factor, panel->T, t, 1 / q);
    } else {
        stock->dividend = gw_grow(stock->dividend, &stock->dividend_capacity,
                                  stock->dividends + 1, sizeof *stock->dividend);
        stock->dividend[stock->dividends++] =
            (struct gw_dividend){(uint32_t)t, action->value};
    }
}

/* F is 1 at the first bar whatever takes effect there; an event behind the last bar is
 * not applied. */
static void add_action(struct gw_portal *portal, const struct gw_action *action)
{
    size_t T = portal->panel->T;
    if (action->session < 0 || (size_t)action->session >= T || action->asset < 0 ||
        (size_t)action->asset >= portal->panel->N) {
        return;
    }
    if (action->kind == GW_DIVIDEND) {
        add_dividend(portal, action);
        return;
    }
    if (action->session == 0 || !gw_is_price(action->value)) {
        return;
    }
    struct stock *stock = &portal->stock[action->asset];
    size_t t = (size_t)action->session;
    note_step(&stock->factor, T, t, 1 / action->value);
    if (action->kind == GW_SPLIT) {
        note_step(&stock->split_factor, T, t, 1 / action->value);
    }
}

struct gw_portal *gw_portal_new(const struct gw_panel *panel, enum gw_basis basis)
{
    struct gw_portal *portal = gw_calloc(1, sizeof *portal);
    portal->panel = panel;
    portal->basis = basis;
    portal->stock = gw_calloc(panel->N, sizeof *portal->stock);
    portal->every = gw_calloc(panel->T, sizeof *portal->every);
    for (size_t t = 0; t < panel->T; t++) {
        portal->every[t] = (uint32_t)t;
    }
    for (size_t n = 0; n < panel->N; n++) {
        list_bars(portal, n, &portal->stock[n]);
    }
    for (size_t i = 0; i < panel->actions; i++) {
        add_action(portal, &panel->action[i]);
    }
    for (size_t n = 0; n < panel->N; n++) {
        accumulate(portal->stock[n].factor, panel->T);
        accumulate(portal->stock[n].split_factor, panel->T);
    }
    return portal;
}

void gw_portal_free(struct gw_portal *portal)
{
    if (portal == NULL) {
        return;
    }
    for (size_t n = 0; n < portal->panel->N; n++) {
        struct stock *stock = &portal->stock[n];
        free(stock->bar);
        free(stock->factor);
        free(stock->split_factor);
        free(stock->dividend);
    }
    free(portal->stock);
    free(portal->every);
    free(portal);
}

const struct gw_panel *gw_portal_panel(const struct gw_portal *portal)
{
    return portal->panel;
}

size_t gw_portal_assets(const struct gw_portal *portal)
{
    return portal->panel->N;
}

size_t gw_portal_bars(const struct gw_portal *portal)
{
    return portal->panel->T;
}

const int32_t *gw_portal_sessions(const struct gw_portal *portal)
{
    return portal->panel->session;
}

const struct gw_listing *gw_portal_listing(const struct gw_portal *portal, size_t n)
{
    return &portal->stock[n].listing;
}

size_t gw_portal_own(const struct gw_portal *portal, size_t n, size_t t)
{
    const struct gw_listing *listing = &portal->stock[n].listing;
    size_t low = 0, high = listing->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (listing->bar[middle] < t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const double *gw_portal_factor(const struct gw_portal *portal, size_t n)
{
    return portal->stock[n].factor;
}

const double *gw_portal_split_factor(const struct gw_portal *portal, size_t n)
{
    return portal->stock[n].split_factor;
}

const struct gw_dividend *
gw_portal_dividends(const struct gw_portal *portal, size_t n, size_t *count_out)
{
    *count_out = portal->stock[n].dividends;
    return portal->stock[n].dividend;
}

size_t gw_portal_dropped(const struct gw_portal *portal, size_t n)
{
    return portal->stock[n].dropped;
}

void gw_portal_field(const struct gw_portal *portal, struct gw_view view, double *out)
{
    const struct stock *stock = &portal->stock[view.asset];
    const double *column = gw_panel_column(portal->panel, view.field, view.asset);
    bool volume = view.field == GW_VOLUME;
    const double *factor = volume ? stock->split_factor : stock->factor;
    for (size_t own = view.from; own < view.to; own++) {
        size_t t = stock->listing.bar[own];
        double scale = view.raw || factor == NULL ? 1 : factor[t];
        double value = volume ? column[t] / scale : column[t] * scale;
        bool known = volume ? value >= 0 && value < INFINITY : gw_is_price(value);
        out[own - view.from] = known ? value : NAN;
    }
}

double gw_portal_delisting_return(const struct gw_portal *portal, size_t n)
{
    return portal->panel->asset[n].delisting_return;
}
