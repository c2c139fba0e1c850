/** One row of a results file, stored and computed again. */
#ifndef GRIDWALK_APP_REPLAY_H
#define GRIDWALK_APP_REPLAY_H

#include "command.h"
#include "source.h"

#include "gridwalk/engine/plugin.h"
#include "gridwalk/engine/reference.h"
#include "gridwalk/store/results.h"

struct gw_replay {
    const struct gw_arguments *arguments;
    struct gw_results *results;
    struct gw_experiment *experiment;
    struct gw_source source;
    struct gw_reference *reference;
    struct gw_driver *driver; /* of a plug-in, in a child alone; NULL: expressions */
    uint64_t k;
    size_t window, segment;
    bool kept;                   /* the file has the row */
    enum gw_row_status stored;   /* its status there */
    double metric[GW_METRICS];   /* as stored, by enum gw_metric */
    double column[GW_METRICS];   /* as stored, in the file's order */
    double replayed[GW_METRICS]; /* in the file's order */
    struct gw_row row;
};

/** Whether the file's metric of that column is the one computed. */
bool gw_replay_agrees(const struct gw_replay *replay, size_t column);

/** "ok", "insufficient_history", ... */
const char *gw_replay_status(enum gw_row_status status);

/** Append what row it is, what happened in it, and its metrics beside the stored ones. */
void gw_replay_print(const struct gw_replay *replay, struct gw_text *out);

/** Append its orders, fills, cash and equity, as tables. */
void gw_replay_print_events(const struct gw_replay *replay, struct gw_text *out);

/** Its fills day by day, as the engine keeps them. Free the array. */
struct gw_replay_fill {
    const struct gw_fill *fill;
};
struct gw_replay_fill *gw_replay_fills(const struct gw_replay *replay, size_t *count_out);

/** "order", "loss", ...; "filled", "dropped", ...; "dividend", ...; a symbol, "" for
 *  SIZE_MAX. */
const char *gw_replay_cause(enum gw_cause cause);
const char *gw_replay_order_end(enum gw_order_end end);
const char *gw_replay_cash_kind(enum gw_cash_kind kind);
const char *gw_replay_symbol(const struct gw_replay *replay, size_t asset);

/**
 * Before the row is run: that each file that is asked for may be written. What is there
 * and does not begin like such a table of ours may be an input: GW_USAGE.
 */
enum gw_status gw_replay_check_files(const struct gw_replay *replay,
                                     struct gw_error *err) GW_MUST_CHECK;

/** Write them. */
enum gw_status gw_replay_write_files(const struct gw_replay *replay,
                                     struct gw_error *err) GW_MUST_CHECK;

#endif
