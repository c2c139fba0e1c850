/**
 * A strategy in C: the only header that a plug-in needs. docs/plugins.md shows how to
 * write, build and debug one; what a backtest means is docs/semantics.md.
 *
 * A plug-in is a shared library that exports one descriptor,
 *
 *     const struct gw_strategy gw_strategy = {.abi = GW_STRATEGY_ABI, ...};
 *
 * and keeps what it remembers in a block of state that it is given. A row (one
 * combination of parameters in one window) is on_start, on_bar for each bar that decides,
 * on_end; rows come in any order, any number of them in one process, one at a time. So a
 * plug-in has no globals that change, and the same row gives the same orders each time.
 *
 * Everything here is as of the bar in hand, after its close: nothing shows a later one.
 *
 * `asset` is below gw->assets in all functions; those that read do not check it. What is
 * read is never 0 for a price that is missing, but NaN.
 */
#ifndef GRIDWALK_STRATEGY_H
#define GRIDWALK_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Changes when a plug-in that was built with an older header cannot be run. */
#define GW_STRATEGY_ABI 1

enum gw_price_field {
    GW_PRICE_OF_OPEN,
    GW_PRICE_OF_HIGH,
    GW_PRICE_OF_LOW,
    GW_PRICE_OF_CLOSE,
    GW_TRADED_VOLUME,
    GW_PRICE_FIELDS
};

/** In which money past prices are shown. */
enum gw_price_basis {
    GW_AS_TRADED,   /* as they stood in the paper then */
    GW_IN_THE_BASIS /* of the run (`prices:`), as expressions see them */
};

/** One asset's columns. Of the engine: read through the functions below. */
struct gw_tape {
    const double *column[2][GW_PRICE_FIELDS]; /* by gw_price_basis; NULL: not made yet */
    const double *factor;                     /* F over all bars; NULL: 1 throughout */
    const double *split_factor;               /* its part from splits alone */
};

struct gw_context;

/** What the engine does for a plug-in. Of the engine: called through the functions below.
 */
struct gw_services {
    const double *(*column)(const struct gw_context *gw,
                            size_t asset,
                            uint32_t basis,
                            uint32_t field);
    bool (*order)(const struct gw_context *gw, size_t asset, double wanted, bool shares);
    int (*fail)(const struct gw_context *gw, const char *text);
};

/**
 * What a strategy sees. Assets are numbered from 0 in the order of the bundle; bars are
 * those of the bundle's calendar. Members in the order of their use; later versions add
 * at the end.
 */
struct gw_context {
    size_t bar;              /* in hand; in on_start the first that decides */
    size_t since;            /* the first bar that history shows */
    size_t assets;           /* N >= 1 */
    double cash, equity;     /* at the mark, of all accounts together; currency */
    const double *shares;    /* [N] in the basis; gw_shares has them as of now */
    const double *parameter; /* in the order of the descriptor's names */
    const int32_t *day; /* of each bar up to the one in hand, days since 1970-01-01 */
    const char *const *symbol;  /* [N] */
    double capital;             /* of each account */
    double periods;             /* bars a year */
    size_t first;               /* first bar of the window (with warmup: before, a
                                   decision may come one earlier) */
    const struct gw_tape *tape; /* [N] */
    const struct gw_services *services;
    void *engine;
};

/** The library's one symbol. What is not set is 0. */
struct gw_strategy {
    uint32_t abi;                 /* GW_STRATEGY_ABI */
    uint32_t size;                /* sizeof(struct gw_strategy) */
    const char *name;             /* for people, at most 63 bytes */
    const char *const *parameter; /* names, NULL at the end; NULL: none. The experiment
                                     must have each of them (at most 32) */
    size_t state_bytes;           /* of a row's state */
    size_t lookback_bars;         /* earlier bars needed for a first decision ... */
    /** ... or, when not NULL, that number for these parameters. Called with nothing else
     *  there. */
    size_t (*lookback)(const double *parameter);

    /** state: [state_bytes], zeroed, at a multiple of 64. 0: go on; else the row fails
     *  (gw_fail_row says why). May read history, not order. NULL: nothing to do. */
    int (*on_start)(const struct gw_context *gw, void *state);
    /** Decide, after the close of gw->bar. 0: go on; else the row fails. */
    int (*on_bar)(const struct gw_context *gw, void *state);
    /** The row is over, whether it failed or not, when on_start was called and returned.
     *  Free what on_start took. Orders nothing. NULL: nothing to do. */
    void (*on_end)(const struct gw_context *gw, void *state);
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const struct gw_strategy gw_strategy;

/** Bars [t - count + 1, t] of one asset and field, oldest first, t the bar in hand:
 *  value[i] * factor, NaN where the asset had no bar. The memory is the engine's, valid
 *  until the callback returns. */
struct gw_history {
    const double *value; /* [count] */
    size_t count;
    double factor;
};

static inline const double *gw_column(const struct gw_context *gw,
                                      size_t asset,
                                      enum gw_price_basis basis,
                                      enum gw_price_field field)
{
    const double *column = gw->tape[asset].column[basis][field];
    return column != NULL
               ? column
               : gw->services->column(gw, asset, (uint32_t)basis, (uint32_t)field);
}

/**
 * The last n bars as traded or in the run's basis: numbers that do not change as time
 * goes on. count is less than n where there is less past: at the bundle's begin, and
 * under every `warmup:` but `before` at the window's.
 * Units  currency a share, shares
 */
static inline struct gw_history gw_history_in(const struct gw_context *gw,
                                              size_t asset,
                                              enum gw_price_basis basis,
                                              enum gw_price_field field,
                                              size_t n)
{
    size_t there = gw->bar + 1 - gw->since;
    struct gw_history view;
    view.count = n < there ? n : there;
    view.value = gw_column(gw, asset, basis, field) + (gw->bar + 1 - view.count);
    view.factor = 1;
    return view;
}

/**
 * The last n bars as known now: as in a chart drawn today, adjusted for the actions in
 * `prices:` that have taken effect by today. The newest is as traded.
 *     value[i] * factor = price in the basis / F[t];  volume * F of splits at t
 */
static inline struct gw_history
gw_history(const struct gw_context *gw, size_t asset, enum gw_price_field field, size_t n)
{
    struct gw_history view = gw_history_in(gw, asset, GW_IN_THE_BASIS, field, n);
    const struct gw_tape *tape = &gw->tape[asset];
    if (field == GW_TRADED_VOLUME) {
        view.factor = tape->split_factor != NULL ? tape->split_factor[gw->bar] : 1;
    } else {
        view.factor = tape->factor != NULL ? 1 / tape->factor[gw->bar] : 1;
    }
    return view;
}

/** The newest bar, as traded; NaN where the asset has none now. */
static inline double
gw_price(const struct gw_context *gw, size_t asset, enum gw_price_field field)
{
    return gw_column(gw, asset, GW_AS_TRADED, field)[gw->bar];
}

/** Whether the asset has a bar now: without one it takes no order. */
static inline bool gw_has_bar(const struct gw_context *gw, size_t asset)
{
    double close = gw_price(gw, asset, GW_PRICE_OF_CLOSE);
    return close == close;
}

/** The last known close, as of now; NaN before the first that history shows. */
static inline double gw_last_close(const struct gw_context *gw, size_t asset)
{
    const double *close = gw_column(gw, asset, GW_IN_THE_BASIS, GW_PRICE_OF_CLOSE);
    const double *factor = gw->tape[asset].factor;
    size_t t = gw->bar;
    while (t > gw->since && close[t] != close[t]) {
        t--;
    }
    return factor != NULL ? close[t] / factor[gw->bar] : close[t];
}

/** Shares held, as of now (a split has changed their number); negative: short. */
static inline double gw_shares(const struct gw_context *gw, size_t asset)
{
    const double *factor = gw->tape[asset].factor;
    return factor != NULL ? gw->shares[asset] * factor[gw->bar] : gw->shares[asset];
}

/** Market value of what is held over gw->equity, of all accounts together; 0 when nothing
 *  is held. With `mode: per_asset` that is not the weight that gw_order_weight takes,
 * which is of the asset's own account. */
static inline double gw_weight(const struct gw_context *gw, size_t asset)
{
    double shares = gw_shares(gw, asset);
    return shares != 0 ? shares * gw_last_close(gw, asset) / gw->equity : 0;
}

/** Day of the bar in hand, days since 1970-01-01. */
static inline int32_t gw_day(const struct gw_context *gw)
{
    return gw->day[gw->bar];
}

/**
 * Orders: on_bar alone. What is asked for replaces what still waits of the asset, is due
 * `execution.delay` bars later at `execution.price`, and is sized, scaled and filled like
 * any other order. true: taken. false: not, as the asset has no bar now or `wanted` is
 * NaN. An asset that does not exist, an infinite number, and an order in on_start or
 * on_end fail the row.
 */

/** Hold this weight of the asset's account's equity (with `mode: shared` of gw->equity);
 *  negative: short; 0: nothing. Traded to when it fills, and not held there as prices
 *  move. */
static inline bool
gw_order_weight(const struct gw_context *gw, size_t asset, double weight)
{
    return gw->services->order(gw, asset, weight, false);
}

/** Hold this many shares, as they are counted on the day of the fill. */
static inline bool
gw_order_shares(const struct gw_context *gw, size_t asset, double shares)
{
    return gw->services->order(gw, asset, shares, true);
}

/** Buy so many shares more than are held now; negative: sell. */
static inline bool
gw_order_market(const struct gw_context *gw, size_t asset, double shares)
{
    return gw->services->order(gw, asset, gw_shares(gw, asset) + shares, true);
}

/** Say why a row fails; returns what a callback then returns. */
static inline int gw_fail_row(const struct gw_context *gw, const char *text)
{
    return gw->services->fail(gw, text);
}

#ifdef __cplusplus
}
#endif

#endif
