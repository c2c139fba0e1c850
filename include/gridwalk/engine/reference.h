/**
 * The reference engine: one combination in one window, bar by bar, in plain scalar code
 * that follows the specification of a backtest line by line. It is the judge of any
 * faster engine.
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_H
#define GRIDWALK_ENGINE_REFERENCE_H

#include "gridwalk/engine/measure.h"
#include "gridwalk/engine/setup.h"

struct gw_reference;

struct gw_reference *gw_reference_new(const struct gw_engine_setup *setup);
void gw_reference_free(struct gw_reference *reference);

/** Turn polling on or to another context. */
void gw_reference_set_poll(struct gw_reference *reference,
                           void (*poll)(void *),
                           void *context);

/**
 * Simulate one combination over bars [begin, end] (inclusive), starting flat.
 * Shape  value: [GW_MAX_PARAMETERS].
 * Time   a decision at bar t uses nothing later than t.
 */
void gw_reference_run(struct gw_reference *reference,
                      const double *value,
                      size_t begin,
                      size_t end,
                      struct gw_row *row);

/** Equity at the mark of each bar of the row last run, [*bars_out], from bar *first_out
 * on (its first counted bar). Valid until the next run; NULL when the row was not
 * simulated. */
const double *gw_reference_equity(const struct gw_reference *reference,
                                  size_t *first_out,
                                  size_t *bars_out);

/** What the metrics of the row last run were made of; false when it was not simulated.
 *  Its pointers are valid until the next run. */
bool gw_reference_record(const struct gw_reference *reference, struct gw_record *out);

/** The fills of the row last run, when the setup keeps them. */
const struct gw_fill *gw_reference_fills(const struct gw_reference *reference,
                                         size_t *count_out);

/** The orders of the row last run, by bar of decision then asset, and the money that
 * moved without a fill, by bar, when the setup keeps fills. */
const struct gw_order *gw_reference_orders(const struct gw_reference *reference,
                                           size_t *count_out);
const struct gw_cash *gw_reference_cash(const struct gw_reference *reference,
                                        size_t *count_out);

struct gw_cache_stats gw_reference_stats(const struct gw_reference *reference);

#endif
