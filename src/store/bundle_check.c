#include "bundle_check.h"

#include "bundle_layout.h"
#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

static int compare_symbols(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* A text that ends inside its field and has no control characters. */
static bool is_text(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return length < size;
}

static enum gw_status check_sessions(struct gw_h5 *h5, const struct gw_panel *panel)
{
    for (size_t t = 1; t < panel->T; t++) {
        if (panel->session[t] <= panel->session[t - 1]) {
            return gw_h5_refuse(h5, "session %zu does not come after the one before it",
                                t);
        }
    }
    return GW_OK;
}

static enum gw_status check_assets(struct gw_h5 *h5, const struct gw_panel *panel)
{
    for (size_t n = 0; n < panel->N; n++) {
        const struct gw_asset *asset = &panel->asset[n];
        if (asset->symbol[0] == '\0' || !is_text(asset->symbol, sizeof asset->symbol) ||
            !is_text(asset->name, sizeof asset->name) ||
            !is_text(asset->exchange, sizeof asset->exchange)) {
            return gw_h5_refuse(
                h5, "the symbol, name or exchange of asset %zu is no text", n);
        }
    }
    for (size_t n = 0; n < panel->N; n++) {
        double loss = panel->asset[n].delisting_return;
        if (!(loss >= -1 && loss < INFINITY)) {
            return gw_h5_refuse(h5, "the delisting return of %s is below -1 or no number",
                                panel->asset[n].symbol);
        }
    }
    char(*sorted)[GW_SYMBOL_SIZE] = gw_calloc(panel->N, sizeof *sorted);
    for (size_t n = 0; n < panel->N; n++) {
        memcpy(sorted[n], panel->asset[n].symbol, sizeof sorted[n]);
    }
    qsort(sorted, panel->N, sizeof *sorted, compare_symbols);
    enum gw_status status = GW_OK;
    for (size_t n = 1; status == GW_OK && n < panel->N; n++) {
        if (strcmp(sorted[n - 1], sorted[n]) == 0) {
            status = gw_h5_refuse(h5, "symbol %s occurs twice", sorted[n]);
        }
    }
    free(sorted);
    return status;
}

static bool is_before(const struct gw_action *a, const struct gw_action *b)
{
    if (a->session != b->session) {
        return a->session < b->session;
    }
    return a->asset != b->asset ? a->asset < b->asset : a->kind < b->kind;
}

static enum gw_status check_actions(struct gw_h5 *h5, const struct gw_panel *panel)
{
    for (size_t i = 0; i < panel->actions; i++) {
        const struct gw_action *action = &panel->action[i];
        if (action->asset < 0 || (size_t)action->asset >= panel->N ||
            action->session < 0 || (size_t)action->session >= panel->T) {
            return gw_h5_refuse(h5, "action %zu is of no asset or session here", i);
        }
        if (action->kind < 0 || action->kind >= GW_ACTIONS ||
            !gw_is_price(action->value)) {
            return gw_h5_refuse(h5, "action %zu has no known kind or value", i);
        }
        if (i > 0 && is_before(action, action - 1)) {
            return gw_h5_refuse(h5, "action %zu is out of order", i);
        }
    }
    return GW_OK;
}

enum gw_status gw_bundle_check(struct gw_h5 *h5, const struct gw_panel *panel)
{
    if (!gw_is_price(panel->header->periods)) {
        return gw_h5_refuse(h5, "attribute 'periods' is not above 0");
    }
    GW_TRY(check_sessions(h5, panel));
    GW_TRY(check_assets(h5, panel));
    return check_actions(h5, panel);
}

static enum gw_status verify_columns(struct gw_h5 *h5,
                                     const struct gw_panel *panel,
                                     enum gw_field field,
                                     const uint8_t *stored)
{
    uint8_t *found = gw_bundle_column_digests(panel, field);
    enum gw_status status = GW_OK;
    for (size_t n = 0; status == GW_OK && n < panel->N; n++) {
        size_t at = n * GW_XXH128_SIZE;
        if (memcmp(found + at, stored + at, GW_XXH128_SIZE) != 0) {
            status = gw_h5_refuse(h5, "damaged: %s of %s does not match its digest",
                                  gw_field_name[field], panel->asset[n].symbol);
        }
    }
    free(found);
    return status;
}

enum gw_status gw_bundle_verify(struct gw_h5 *h5,
                                const struct gw_panel *panel,
                                uint8_t *const stored[GW_FIELDS])
{
    for (enum gw_field field = 0; field < GW_FIELDS; field++) {
        GW_TRY(verify_columns(h5, panel, field, stored[field]));
    }
    char hex[GW_SHA256_HEX];
    gw_bundle_root_digest(panel, stored, hex);
    return strcmp(hex, panel->header->digest) == 0
               ? GW_OK
               : gw_h5_refuse(h5, "damaged: its content does not match its digest");
}
