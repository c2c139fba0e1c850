/**
 * A bundle in memory: prices as traded of N assets over T bars, with their corporate
 * actions.
 *
 * All of it lies in one block whose layout follows from the dimensions alone, so that a
 * block can be a window that the ranks of a node share. Readers treat it as const.
 */
#ifndef GRIDWALK_MARKET_PANEL_H
#define GRIDWALK_MARKET_PANEL_H

#include "gridwalk/base/digest.h"
#include "gridwalk/base/error.h"

#include <stddef.h>
#include <stdint.h>

enum gw_field { GW_OPEN, GW_HIGH, GW_LOW, GW_CLOSE, GW_VOLUME, GW_FIELDS };
extern const char *const gw_field_name[GW_FIELDS]; /* "open" … "volume" */

#define GW_ACTION_LIST(X)                                                                \
    X(SPLIT, "split")                                                                    \
    X(DIVIDEND, "dividend") X(MERGER, "merger") X(SPINOFF, "spin-off") X(OTHER, "other")
enum gw_action_kind {
#define X(name, text) GW_##name,
    GW_ACTION_LIST(X)
#undef X
        GW_ACTIONS
};
extern const char *const gw_action_name[GW_ACTIONS];

enum {
    GW_SYMBOL_SIZE = 32,
    GW_NAME_SIZE = 64,
    GW_EXCHANGE_SIZE = 16,
    GW_NOTE_SIZE = 256
};

/** A corporate action: value is a ratio q (0.5 = 2-for-1) or a dividend amount a share.
 */
struct gw_action {
    int32_t asset;
    int32_t session; /* bar index on which it takes effect */
    int32_t kind;    /* enum gw_action_kind */
    double value;
};

struct gw_asset {
    char symbol[GW_SYMBOL_SIZE];
    char name[GW_NAME_SIZE];
    char exchange[GW_EXCHANGE_SIZE];
    int32_t first, last; /* session dates of the first and last bar, days since 1970 */
    double delisting_return;
    double tick;
    double multiplier;
};

struct gw_panel_dims {
    uint64_t bars, assets, actions;
};

/** The fixed part of a block. */
struct gw_panel_header {
    struct gw_panel_dims dims;
    double periods;                 /* bars a year */
    char calendar[GW_SYMBOL_SIZE];  /* "union" */
    char frequency[GW_SYMBOL_SIZE]; /* "1d" */
    char description[GW_NOTE_SIZE];
    char digest[GW_SHA256_HEX]; /* content digest as docs/formats.md defines it, or "" */
};

struct gw_panel {
    struct gw_panel_header *header;
    size_t T, N, actions;
    int32_t *session;          /* [T] ascending days since 1970-01-01 */
    double *column[GW_FIELDS]; /* [N][T] each, NaN = no bar */
    struct gw_asset *asset;    /* [N] */
    struct gw_action *action;  /* sorted by session, asset, kind */
};

/** Bytes of a block for these dimensions, or 0 when they overflow or T or N is 0. */
size_t gw_panel_bytes(const struct gw_panel_dims *dims);

/** Point *panel into a block of gw_panel_bytes(dims); writes nothing to the block. */
void gw_panel_attach(void *block,
                     const struct gw_panel_dims *dims,
                     struct gw_panel *panel);

/** A heap panel, zeroed but for the prices, which are NaN; header dims set, periods 252,
 *  frequency "1d", multipliers 1. Free with gw_panel_free (which frees the block). */
struct gw_panel *gw_panel_new(const struct gw_panel_dims *dims);
void gw_panel_free(struct gw_panel *panel);

/** Column of one asset and field, [T]. */
static inline double *
gw_panel_column(const struct gw_panel *panel, enum gw_field field, size_t n)
{
    return panel->column[field] + n * panel->T;
}

/** Index of the asset with this symbol, or N. */
size_t gw_panel_find(const struct gw_panel *panel, const char *symbol);

/** Bar index of the first session >= days; T when there is none. */
size_t gw_panel_bar_at(const struct gw_panel *panel, int32_t days);

/** Set first and last of every asset from its closes; 0 and -1 where it has none. */
void gw_panel_set_listing(struct gw_panel *panel);

/** Sort actions by session, asset, kind. */
void gw_panel_sort_actions(struct gw_panel *panel);

#endif
