#include "hold.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Add one asset's worth, of 1 at its purchase. Room: close [bars + 1]. */
static void add_asset(const struct gw_hold *hold,
                      size_t n,
                      double *close,
                      double *equity,
                      struct gw_moments *pooled)
{
    const struct gw_listing *listing = gw_portal_listing(hold->portal, n);
    size_t next = gw_portal_own(hold->portal, n, hold->first);
    size_t from = next > 0 ? next - 1 : 0;
    size_t to = gw_portal_own(hold->portal, n, hold->first + hold->bars);
    gw_portal_field(
        hold->portal,
        (struct gw_view){.asset = n, .field = GW_CLOSE, .from = from, .to = to}, close);
    double bought = next > 0 ? close[0] : NAN, before = 1;
    for (size_t t = 0; t < hold->bars; t++) {
        double now = before;
        if (next < to && listing->bar[next] == hold->first + t) {
            double price = close[next++ - from];
            bought = isnan(bought) ? price : bought;
            now = isnan(price) ? before : price / bought;
        }
        if (listing->count > 0 && listing->first <= hold->first + t) {
            gw_moments_add(pooled, now / before - 1);
        }
        equity[t] += now;
        before = now;
    }
}

void gw_hold_equity(const struct gw_hold *hold,
                    double *equity_out,
                    struct gw_moments *pooled_out)
{
    double *close = gw_calloc(hold->bars + 1, sizeof *close);
    memset(equity_out, 0, hold->bars * sizeof *equity_out);
    *pooled_out = (struct gw_moments){0};
    for (size_t i = 0; i < hold->assets; i++) {
        add_asset(hold, hold->asset[i], close, equity_out, pooled_out);
    }
    for (size_t t = 0; t < hold->bars; t++) {
        equity_out[t] /= (double)hold->assets;
    }
    free(close);
}

void gw_hold_returns(const struct gw_portal *portal, size_t n, size_t T, double *out)
{
    const struct gw_listing *listing = gw_portal_listing(portal, n);
    double *close = gw_calloc(listing->count, sizeof *close), before = NAN;
    gw_portal_field(
        portal,
        (struct gw_view){.asset = n, .field = GW_CLOSE, .from = 0, .to = listing->count},
        close);
    memset(out, 0, T * sizeof *out);
    for (size_t i = 0; i < listing->count; i++) {
        if (!isnan(close[i])) {
            out[listing->bar[i]] = isnan(before) ? 0 : close[i] / before - 1;
            before = close[i];
        }
    }
    free(close);
}
