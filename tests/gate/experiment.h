/**
 * Random experiments over a market, as a record that prints as an experiment file: every
 * key and every function should occur.
 */
#ifndef GRIDWALK_TESTS_GATE_EXPERIMENT_H
#define GRIDWALK_TESTS_GATE_EXPERIMENT_H

#include "draw.h"
#include "gridwalk/engine/metrics.h"
#include "gridwalk/engine/rules.h"
#include "gridwalk/plan/windows.h"
#include "term.h"

enum {
    GATE_MAX_AXES = 5,
    GATE_MAX_VALUES = 160,
    GATE_MAX_CONSTRAINTS = 2,
    GATE_MAX_DEFINITIONS = 2,
    GATE_MAX_DATED = 3
};

/** A window by its bars. */
struct gate_dated {
    size_t from[GW_SEGMENTS], to[GW_SEGMENTS];
};

struct gate_axis {
    const char *word;
    bool range, integer;
    double step;
    double value[GATE_MAX_VALUES]; /* [count], also of a range */
    size_t count;
};

struct gate_definition {
    const char *word;
    int term;
};

/** A number of costs, account or stops, or an expression over parameters. */
struct gate_amount {
    bool said;
    int formula; /* term + 1; 0: the number */
    double number;
};

/** Numbers of 0, texts of NULL and terms of GATE_NO_TERM are keys left out, so that the
 * record zeroed but for the terms is the plainest experiment. */
struct gate_experiment {
    struct gate_terms terms;
    struct gate_axis axis[GATE_MAX_AXES];
    size_t axes;
    int constraint[GATE_MAX_CONSTRAINTS];
    size_t constraints;
    struct gate_definition definition[GATE_MAX_DEFINITIONS];
    size_t definitions;
    int signal[GW_SIGNALS];
    int target;
    const char *rebalance, *prices, *warmup, *price;
    bool no_delay, says_delay;
    size_t from, to; /* bars + 1 */
    uint32_t assets; /* mask */
    double capital, periods;
    struct gate_amount amount[GW_TERMS], risk_free;
    const char *account, *lots, *close_at_end;
    const char *size;        /* all, equity …: its number is amount[GW_TERM_size] */
    struct gate_amount span; /* of volatility */
    bool says_search;
    size_t train, test, step; /* train 0: no walk_forward */
    size_t validation;        /* also of dates: whether there is one */
    size_t purge, embargo;    /* bars */
    char unit;                /* of the lengths: 0 bars, or w or m */
    const char *mode, *partial, *overlap;
    struct gate_dated dated[GATE_MAX_DATED];
    size_t dates; /* windows by their days instead */
    const char *objective, *metrics, *keep, *memory;
    const char *otherwise, *on, *select;
    bool minimize, requires;
    size_t benchmark;        /* asset + 1 */
    bool metric[GW_METRICS]; /* metrics "list" */
};

/** A market's dims. */
struct gate_market_size {
    size_t bars, assets;
    double days; /* from one bar to the next, in the mean */
};

void gate_experiment_make(struct gate_draw *draw,
                          struct gate_market_size size,
                          struct gate_experiment *out);

/** As an experiment file over that bundle; `session`: the market's days. */
void gate_experiment_print(const struct gate_experiment *experiment,
                           const int32_t *session,
                           const char *bundle,
                           struct gw_text *out);

/** The parts of gate_experiment_make that write expressions (strategy.c), and of costs,
 * account and stops (options.c): none but the costs in 1/10000 unless `rich`. */
void gate_strategy_make(struct gate_draw *draw, struct gate_experiment *experiment);
void gate_options_make(struct gate_draw *draw, bool rich, struct gate_experiment *x);

#endif
