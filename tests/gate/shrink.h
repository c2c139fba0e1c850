/** A case that disagrees, made as small as it goes while it still does. */
#ifndef GRIDWALK_TESTS_GATE_SHRINK_H
#define GRIDWALK_TESTS_GATE_SHRINK_H

#include "check.h"

/** `found` and `verdict` are replaced by the smallest case found and what differs there.
 */
void gate_shrink(struct gate_case *found,
                 const struct gate_isas *isas,
                 struct gate_verdict *verdict);

/**
 * Print the case and write NAME.yaml, its ingest spec NAME-spec.yaml and the CSV files
 * NAME-prices.csv and NAME-actions.csv into the working directory; with a delisting
 * return, which no CSV file holds, a bundle NAME.h5 instead of the spec.
 * Errors   GW_SYSTEM: a file cannot be written.
 */
enum gw_status gate_report(const struct gate_case *found,
                           const struct gate_verdict *verdict,
                           struct gw_error *err) GW_MUST_CHECK;

#endif
