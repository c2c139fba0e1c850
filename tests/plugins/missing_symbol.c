/* Calls what nobody has: found when it is loaded, not in the middle of a run. */
#include "gridwalk/strategy.h"

double nobody_has_this(double x);

static int on_bar(const struct gw_context *gw, void *state)
{
    (void)state;
    return nobody_has_this(gw->equity) > 0;
}

const struct gw_strategy gw_strategy = {.abi = GW_STRATEGY_ABI,
                                        .size = sizeof(struct gw_strategy),
                                        .name = "missing-symbol",
                                        .on_bar = on_bar};
