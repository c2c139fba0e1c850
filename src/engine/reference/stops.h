/**
 * Stops of the reference engine (docs/semantics.md, section 6): step 3 of a bar.
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_STOPS_H
#define GRIDWALK_ENGINE_REFERENCE_STOPS_H

#include "account.h"

/** Test the stops of a holding at the bar at hand, and sell what one of them closes. */
void stops_test(struct book *book, struct holding *h);

#endif
