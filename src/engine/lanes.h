/**
 * The loops over lanes: the only code that is compiled once for each instruction set. A
 * lane is a combination; lanes never mix, so that all sets give the same bits.
 *
 * Truth values stand in words of 64 bars, [word][lane]: bit i of word w is bar 64 w + i.
 */
#ifndef GRIDWALK_ENGINE_LANES_H
#define GRIDWALK_ENGINE_LANES_H

#include "gridwalk/engine/vector.h"

enum { WORD = 64 /* bars of a word */ };

/** A weight, and a share of equity, that count as nothing. */
#define NO_WEIGHT 1e-12
#define NO_VALUE 1e-9

/** Sums over the counted bars of a row, lane by lane. */
struct lane_sums {
    _Alignas(64) double cash[GW_LANES]; /* as of the bar last marked */
    double shares[GW_LANES];
    double before[GW_LANES];   /* equity at the last mark; the capital before the first */
    double power[4][GW_LANES]; /* sums of r, r^2, r^3, r^4 */
    double downside[GW_LANES]; /* of squares of negative r */
    double under[GW_LANES];    /* equity / its peak */
    double lowest[GW_LANES];   /* of `under` */
    /* Only where all sums are asked for (gauge_all, hold_all, read_all): */
    double gains[GW_LANES], losses[GW_LANES];
    double drawdowns[GW_LANES]; /* sum of squares */
    double equity[GW_LANES];    /* sum */
    double peak[GW_LANES];
    double stretch[GW_LANES], longest[GW_LANES]; /* bars below the peak */
};

/** What happened in the accounts of a word of bars. */
struct lane_events {
    uint64_t bar[GW_LANES];   /* bit i: cash or shares changed before the mark of bar i */
    uint64_t fresh[GW_LANES]; /* bit i: the lane's equity begins anew at bar i */
    uint32_t count[GW_LANES], taken[GW_LANES]; /* only where bar is not 0 */
    double cash[GW_LANES][WORD]; /* after the first, second ... of these bars */
    double shares[GW_LANES][WORD];
};

/** Growth of the mark less 1, its square, and that square where it is a loss. */
struct lane_step {
    double r, square, loss;
};

/** Bars [from, to) of a word; mark[i] is the close of bar i. */
struct lane_bars {
    size_t from, to, lanes;
    const double *mark;           /* [WORD] */
    const struct lane_step *step; /* [WORD], where a function says so */
    double *rows;         /* [to - from][stride] equity, where a function says so */
    size_t stride;        /* a multiple of 8 */
    const double *equity; /* [to - from][equity_stride] the same of one account, or all */
    size_t equity_stride;
};

/** One state bit a lane, 0 or 1. */
struct lane_bits {
    _Alignas(64) uint64_t bit[GW_LANES];
};

/** Signals of one word, as they are; NULL: never true. */
struct lane_signals {
    const uint64_t *enter_long, *exit_long, *enter_short, *exit_short;
};

/** Intended positions after each bar of a word, and where they change. */
struct lane_intents {
    _Alignas(64) uint64_t is_long[GW_LANES];
    uint64_t is_short[GW_LANES], changes[GW_LANES];
};

/** Two numbers to be compared, bar by bar, and what is known of whole words. */
struct lane_pair {
    const double *low, *high;           /* bounds of a */
    const double *x;                    /* the other */
    const double *word_low, *word_high; /* bounds of a in each word, or NaN */
    const double *x_low, *x_high;       /* the range of x in each word, or NaN */
};

/** Accounts of a target's lanes side by side. waiting: 1 where an order waits, else 0. */
struct lane_book {
    _Alignas(64) double cash[GW_LANES];
    double shares[GW_LANES], weight[GW_LANES], entered[GW_LANES], flow[GW_LANES];
    double orders[GW_LANES], clipped[GW_LANES]; /* counts */
    double commission[GW_LANES], slippage[GW_LANES], traded[GW_LANES];
    double waiting[GW_LANES];
};

/** One bar on which a target may fill and decide. */
struct lane_bar {
    size_t lanes;
    double price;                           /* where orders fill; NaN: they wait */
    double dividend;                        /* cash for a share */
    bool at_once;                           /* decisions of this bar fill at it */
    bool on_change;                         /* a weight as before is no decision */
    double buy, sell;                       /* price with slippage */
    double buy_commission, sell_commission; /* of a share at it */
    double nothing;                         /* equity of at most this is none */
    const double *wanted;                   /* [GW_LANES] weights decided; NaN: none */
};

typedef void (*lane_mark_fn)(const struct lane_bars *bars,
                             struct lane_events *events,
                             struct lane_sums *sums);

struct lane_table {
    const char *name;

    /** Bounds outside which a number is surely below or above a[i], tolerance included.
     */
    void (*bounds)(const double *a, size_t bars, double *low, double *high);

    /** Lowest and highest number of each word of a column; NaN where one is undefined. */
    void (*range)(const double *x, size_t words, double *low, double *high);

    /** Whole words only: where a is surely above x, and surely below it. Word w goes to
     * above[w * GW_LANES]. */
    void (*compare)(const struct lane_pair *pair,
                    size_t words,
                    uint64_t *above,
                    uint64_t *below);

    /** Bits of a word where both are numbers. */
    uint64_t (*defined)(const double *a, const double *b);

    /** From where a is above, below, equal to b: crosses_above(a, b). `side`: a was below
     * b when they last differed. */
    void (*cross)(const uint64_t *const *above_below_equal,
                  size_t words,
                  struct lane_bits *side,
                  uint64_t *yes,
                  uint64_t *no);

    /** Whole words only: bit where weight[i] is a number and differs from the one before
     * (`previous` before the first), or, with `every`, is a number. */
    void (*moves)(
        const double *weight, double previous, bool every, size_t words, uint64_t *out);

    /** Whole words only: the first operand where yes, the second where no, else NaN. */
    void (*choose)(const uint64_t *const *yes_no,
                   const double *const *operand,
                   size_t words,
                   double *out);

    /** Signals to intended positions; decide[lane]: bars that decide. */
    void (*intend)(const struct lane_signals *signals,
                   const uint64_t *decide,
                   struct lane_bits *held_long,
                   struct lane_bits *held_short,
                   struct lane_intents *out);

    /** The next fill and decision of a target in all lanes at once. Lanes whose round
     * trip opens, closes or turns are left as they were: their numbers go to left[];
     * returns how many. */
    size_t (*rebalance)(const struct lane_bar *bar,
                        struct lane_book *book,
                        uint8_t *left);

    /** Equity of all lanes at a mark, [GW_LANES]. */
    void (*mark)(const struct lane_book *book, size_t lanes, double mark, double *out);

    /** Mark the accounts to market and sum: basic sums, or all of them. */
    lane_mark_fn gauge_basic, gauge_all;
    /** The same by `step`, where all of an account is in cash or all in shares. */
    lane_mark_fn hold_basic, hold_all;
    /** Mark to market and add to the rows; pool: also sum the account's returns. */
    lane_mark_fn add, add_and_pool;
    /** The same four of `equity`, which is marked already. */
    lane_mark_fn read_basic, read_all, read_add, read_add_and_pool;
};

/** The table of the set in use. */
const struct lane_table *lane_table(void);

extern const struct lane_table lane_table_plain;
#ifdef __x86_64__
extern const struct lane_table lane_table_v2, lane_table_v3, lane_table_v4;
#endif

#endif
