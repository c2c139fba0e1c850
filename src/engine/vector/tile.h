/**
 * The state of the vectorized engine: runs cut into packs of lanes, and for each pack and
 * span the accounts and sums of its lanes.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_TILE_H
#define GRIDWALK_ENGINE_VECTOR_TILE_H

#include "gridwalk/engine/reference.h"
#include "program.h"
#include "walk.h"

/** Equity over its peak, down to which a row is surely not ruined. */
#define NOTHING_UNDER 1e-11

enum { MOST_SEATS = 8 /* assets that are simulated together */ };

/** Combinations of one run that are simulated together. */
struct pack {
    size_t run; /* of the work */
    size_t lanes;
    uint8_t lane[GW_LANES];                 /* which of the run's */
    double back[GW_LANES];                  /* look-back of each, in bars */
    struct program_run program[MOST_SEATS]; /* [most_seats] */
    struct trade_terms *terms;              /* [GW_LANES], for general rules, else NULL */
};

/** One pack in one span. */
struct stand {
    size_t begin, end;
    size_t decide_from[GW_LANES], count_from[GW_LANES];
    size_t first;       /* the earliest bar that is looked at for any lane */
    size_t last_decide; /* all lanes decide from here on */
    bool resets;        /* some lane counts from later than `begin` */
    enum gw_row_status status[GW_LANES];
    bool unsafe[GW_LANES];
    double pool[2][GW_LANES];  /* sums of r and r^2 over the accounts */
    uint64_t pooled[GW_LANES]; /* how many r */
    double *rows;              /* [bars][stride] equity, or NULL: not stored */
    uint64_t *exposure;        /* [words][GW_LANES], or NULL: one account alone */
    struct lane_fills *fills;  /* [GW_LANES], or NULL */
};

/** One asset's accounts of one pack in one span. */
struct seat {
    struct lane_sums sums; /* of the account; of the row where it is the only one */
    struct lane_bits held_long, held_short;
    size_t forced[GW_LANES]; /* target: the first bar that decides */
    struct lane_account account[GW_LANES];
    struct gw_ledger ledger[GW_LANES];
};

/** The same by general rules; what seats have besides is kept there. */
struct general_seat {
    struct trade_account account[GW_LANES];
    struct position position[GW_LANES];
};

/** What a row's accounts come to together, where its equity is stored. */
struct total {
    struct lane_sums sums;
    struct gw_ledger ledger[GW_LANES];
};

/** One word of lanes that are taken bar by bar. */
struct dense {
    struct lane_book book;
    double wanted[WORD * GW_LANES], equity[WORD * GW_LANES];
};

struct gw_vector {
    struct gw_engine_setup setup;
    size_t accounts;       /* of a row: one an asset, or */
    struct shared *shared; /* one for all of them; else NULL */
    const struct lane_table *lanes;
    struct gw_columns *columns;
    struct gw_reference *reference;
    struct program *program;
    size_t most_seats; /* there are stages for */
    size_t seats;      /* assets simulated together now, while equity rows are near */
    bool general;      /* rules are not simple: general.c instead of walk.c, dense.c */
    struct stage *stage[MOST_SEATS]; /* [most_seats] */
    bool staged;                     /* the one asset there is has been laid out */
    bool stores;                     /* equity rows: gw_stores_equity, or asked for */
    bool by_rows;                    /* metrics come from these alone */
    bool pools;
    bool needs_all; /* of the sums */
    struct pack *pack;
    size_t packs, pack_room, packs_made;
    struct stand *stand; /* [packs][spans] */
    size_t stand_room;
    struct seat *seat; /* [packs][spans][seats] */
    size_t seat_room;
    struct general_seat *general_seat; /* the same, for general rules */
    size_t general_room;
    uint64_t *calendar;  /* words: bars on which a target may decide */
    struct total *total; /* [packs][spans], where equity is stored */
    size_t total_room;
    double *rows;
    size_t rows_room, stride;
    uint64_t *exposure;
    size_t exposure_room;
    double *scratch; /* [bars] returns or equity of one row */
    size_t scratch_room;
    struct lane_fills *fills;
    size_t fills_room;
    struct lane_fills *seat_fills; /* the same of seats */
    size_t seat_fills_room;
    uint64_t *spread[GW_SIGNALS]; /* [CHUNK_WORDS][GW_LANES] signals on the calendar */
    uint64_t *moved;              /* the same of own bars: targets that move */
    struct lane_events *events;
    struct lane_intents *intents;
    struct dense *dense;
    struct gw_vector_stats stats;
};

static inline struct stand *
stand_of(const struct gw_vector *vector, size_t spans, size_t pack, size_t span)
{
    return &vector->stand[pack * spans + span];
}

/** Whether exposure has to be put together from several assets. */
static inline bool keeps_exposure(const struct gw_vector *vector)
{
    return vector->accounts > 1 || vector->shared != NULL;
}

/** The parameters of one lane, [GW_MAX_PARAMETERS]. */
static inline void lane_values(const struct gw_run_lanes *run, size_t lane, double *value)
{
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        value[i] = run->value[i][lane];
    }
}

/** A lane's sums before the first counted bar. */
static inline void sums_open(struct lane_sums *sums, size_t lane, double capital)
{
    sums->before[lane] = capital;
    for (int i = 0; i < 4; i++) {
        sums->power[i][lane] = 0;
    }
    sums->downside[lane] = 0;
    sums->under[lane] = 1;
    sums->lowest[lane] = 1;
    sums->gains[lane] = 0;
    sums->losses[lane] = 0;
    sums->drawdowns[lane] = 0;
    sums->equity[lane] = 0;
    sums->peak[lane] = capital;
    sums->stretch[lane] = 0;
    sums->longest[lane] = 0;
}

static inline size_t span_bars(const struct gw_span *span)
{
    return span->end - span->begin + 1;
}

/** What columns of an asset a span sees: all own bars, or those of the span. */
static inline struct gw_columns_at columns_at(const struct gw_vector *vector,
                                              const struct gw_vector_work *work,
                                              size_t asset,
                                              size_t span)
{
    struct gw_columns_at at = {.asset = asset};
    if (vector->setup.rules->warmup == GW_WARM_BEFORE) {
        at.to = gw_portal_listing(vector->setup.portal, asset)->count;
    } else {
        at.from = gw_portal_own(vector->setup.portal, asset, work->span[span].begin);
        at.to = gw_portal_own(vector->setup.portal, asset, work->span[span].end + 1);
    }
    return at;
}

/** Let whoever polls have a turn. */
static inline void take_turn(const struct gw_vector *vector)
{
    if (vector->setup.poll != NULL) {
        vector->setup.poll(vector->setup.poll_context);
    }
}

/** general.c: whether rules are those that walk.c and dense.c know. */
bool rules_are_simple(const struct gw_rules *rules);

/** tile.c: make stands for the packs, as they are before the first bar. */
void tile_open(struct gw_vector *vector, const struct gw_vector_work *work);

/** simulate.c: `count` assets, at most `seats`, over all packs and spans. */
void simulate_assets(struct gw_vector *vector,
                     const struct gw_vector_work *work,
                     const size_t *asset,
                     size_t count);

/** tile.c: the rows of all packs to work->put. */
void tile_finish(struct gw_vector *vector, const struct gw_vector_work *work);

#endif
