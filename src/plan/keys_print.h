/** Ranges and choices of keys in words. */
#ifndef GRIDWALK_PLAN_KEYS_PRINT_H
#define GRIDWALK_PLAN_KEYS_PRINT_H

#include "gridwalk/plan/keys.h"

/** "from 0 to 10000", "at least 1", "above 0"; nothing where all values fit. */
void gw_key_range(const struct gw_key *key, struct gw_text *out);

/** "a", "a or b", "a, b or c" of the choices "a|b|c", each in quotes of that kind. */
void gw_key_choices(const char *choices, const char *quote, struct gw_text *out);

#endif
