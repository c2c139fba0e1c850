/**
 * The accounts of the lanes: one asset's cash, shares, waiting order and round trip,
 * moved from event to event. Between events nothing changes but the mark.
 */
#ifndef GRIDWALK_ENGINE_VECTOR_WALK_H
#define GRIDWALK_ENGINE_VECTOR_WALK_H

#include "stage.h"
#include "trade.h"

/** One lane's account in one span. */
struct lane_account {
    double cash, shares;
    double weight;        /* target: last decided */
    double entered, flow; /* of the open round trip, as the spec's trade pnl needs them */
    size_t entry_bar;
    size_t exposed_since;
    uint64_t exposed; /* counted bars with a position at the mark, closed stretches */
    size_t count_from;
    int intention;
    bool waiting;
    bool unsafe; /* the reference engine must do this row */
    struct gw_ledger *ledger;
    struct lane_fills *fills; /* NULL: nobody wants them */
    uint64_t *exposure;       /* words from `exposure_bar` on, or NULL: not wanted */
    size_t exposure_bar;
};

/** What all walks over an asset share. */
struct walk {
    const struct gw_rules *rules;
    const struct stage *stage;
};

/** An account before its first bar. The ledger and the exposure go on. */
void walk_open(const struct walk *walk, struct lane_account *account);

/** One word of bars of one lane. */
struct walk_word {
    size_t bar;                 /* calendar bar of bit 0 */
    uint64_t bars;              /* bits of the span's trading bars */
    uint64_t decisions;         /* bits where something may be decided anew */
    uint64_t is_long, is_short; /* signals: intended position after each bar */
    const double *weight; /* target: the lane's weights from own bar weight_from on */
    size_t weight_from;
};

/** One bar of it: dividends, fills, decisions, as they come. */
void walk_bar(const struct walk *walk,
              const struct walk_word *word,
              struct lane_account *account,
              size_t bar);

/** Fill price of a buy (side 1) or a sale (-1). */
double walk_price(const struct gw_rules *rules, double price, double side);

/** Walk over it; events go to the lane's place in `events`. */
void walk_over(const struct walk *walk,
               const struct walk_word *word,
               struct lane_account *account,
               struct lane_events *events,
               size_t lane);

/** A position was held at the marks of bars [from, to). */
void walk_expose(struct lane_account *account, size_t from, size_t to);

/** Note that a lane's account is another from bar `i` of the word on. */
void walk_note(
    struct lane_events *events, size_t lane, size_t i, double cash, double shares);

/** Close the books after the span's last bar. */
void walk_end(struct lane_account *account, size_t end);

#endif
