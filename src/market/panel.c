#include "gridwalk/market/panel.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 }; /* of each part of a block: a cache line */

const char *const gw_field_name[GW_FIELDS] = {"open", "high", "low", "close", "volume"};

const char *const gw_action_name[GW_ACTIONS] = {
#define X(name, text) [GW_##name] = text,
    GW_ACTION_LIST(X)
#undef X
};

/* Where the parts of a block begin, in their order. */
struct layout {
    size_t asset, action, session, column[GW_FIELDS], bytes;
};

/* A heap panel and, behind it, its block. */
struct owned_panel {
    struct gw_panel panel;
    char block[];
};

/* Place `count` objects at the next aligned byte: false on overflow. */
static bool put(size_t *end, uint64_t count, size_t size, size_t *begin_out)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(*end, ALIGNMENT - 1, begin_out)) {
        return false;
    }
    *begin_out -= *begin_out % ALIGNMENT;
    return !__builtin_add_overflow(*begin_out, bytes, end);
}

/* Bar and asset numbers are stored as int32, so that more of them fit no block. */
static bool lay_out(const struct gw_panel_dims *dims, struct layout *layout)
{
    const uint64_t most = INT32_MAX;
    if (dims->bars == 0 || dims->assets == 0 || dims->bars > most ||
        dims->assets > most) {
        return false;
    }
    uint64_t cells = dims->bars * dims->assets;
    size_t end = sizeof(struct gw_panel_header), padding;
    bool fits = put(&end, dims->assets, sizeof(struct gw_asset), &layout->asset) &&
                put(&end, dims->actions, sizeof(struct gw_action), &layout->action) &&
                put(&end, dims->bars, sizeof(int32_t), &layout->session);
    for (int field = 0; field < GW_FIELDS; field++) {
        fits = fits && put(&end, cells, sizeof(double), &layout->column[field]);
    }
    fits = fits && put(&end, 0, 1, &padding);
    layout->bytes = fits ? padding : 0;
    return fits;
}

static int compare_actions(const void *left, const void *right)
{
    const struct gw_action *a = left, *b = right;
    int32_t by[3][2] = {
        {a->session, b->session}, {a->asset, b->asset}, {a->kind, b->kind}};
    for (int i = 0; i < 3; i++) {
        if (by[i][0] != by[i][1]) {
            return by[i][0] < by[i][1] ? -1 : 1;
        }
    }
    /* qsort keeps no order of its own; equal panels must have equal bytes. */
    return (a->value > b->value) - (a->value < b->value);
}

size_t gw_panel_bytes(const struct gw_panel_dims *dims)
{
    struct layout layout;
    return lay_out(dims, &layout) ? layout.bytes : 0;
}

void gw_panel_attach(void *block,
                     const struct gw_panel_dims *dims,
                     struct gw_panel *panel)
{
    struct layout layout;
    if (!lay_out(dims, &layout)) {
        gw_die("a panel of %llu bars and %llu assets fits no memory",
               (unsigned long long)dims->bars, (unsigned long long)dims->assets);
    }
    char *bytes = block;
    *panel = (struct gw_panel){.header = block,
                               .T = (size_t)dims->bars,
                               .N = (size_t)dims->assets,
                               .actions = (size_t)dims->actions};
    /* The casts are safe: every part begins at a multiple of 64. */
    panel->asset = (void *)(bytes + layout.asset);
    panel->action = (void *)(bytes + layout.action);
    panel->session = (void *)(bytes + layout.session);
    for (int field = 0; field < GW_FIELDS; field++) {
        panel->column[field] = (void *)(bytes + layout.column[field]);
    }
}

struct gw_panel *gw_panel_new(const struct gw_panel_dims *dims)
{
    size_t bytes = gw_panel_bytes(dims), most = SIZE_MAX / 2;
    if (bytes == 0 || bytes > most) {
        gw_die("a panel of %llu bars and %llu assets fits no memory",
               (unsigned long long)dims->bars, (unsigned long long)dims->assets);
    }
    struct owned_panel *owned = gw_calloc(1, sizeof *owned + ALIGNMENT + bytes);
    size_t past = (uintptr_t)owned->block % ALIGNMENT;
    gw_panel_attach(owned->block + (ALIGNMENT - past), dims, &owned->panel);
    struct gw_panel *panel = &owned->panel;
    panel->header->dims = *dims;
    panel->header->periods = 252;
    strcpy(panel->header->frequency, "1d");
    for (size_t n = 0; n < panel->N; n++) {
        panel->asset[n].multiplier = 1;
    }
    for (int field = 0; field < GW_FIELDS; field++) {
        for (size_t i = 0; i < panel->N * panel->T; i++) {
            panel->column[field][i] = NAN;
        }
    }
    return panel;
}

void gw_panel_free(struct gw_panel *panel)
{
    free(panel); /* the first member of its owned_panel */
}

size_t gw_panel_find(const struct gw_panel *panel, const char *symbol)
{
    size_t n = 0;
    while (n < panel->N &&
           strncmp(panel->asset[n].symbol, symbol, sizeof panel->asset[n].symbol) != 0) {
        n++;
    }
    return n;
}

size_t gw_panel_bar_at(const struct gw_panel *panel, int32_t days)
{
    size_t low = 0, high = panel->T;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (panel->session[middle] < days) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void gw_panel_set_listing(struct gw_panel *panel)
{
    for (size_t n = 0; n < panel->N; n++) {
        const double *close = gw_panel_column(panel, GW_CLOSE, n);
        size_t begin = 0, end = panel->T;
        while (begin < end && !gw_is_price(close[begin])) {
            begin++;
        }
        while (end > begin && !gw_is_price(close[end - 1])) {
            end--;
        }
        panel->asset[n].first = begin < end ? panel->session[begin] : 0;
        panel->asset[n].last = begin < end ? panel->session[end - 1] : -1;
    }
}

void gw_panel_sort_actions(struct gw_panel *panel)
{
    qsort(panel->action, panel->actions, sizeof *panel->action, compare_actions);
}
