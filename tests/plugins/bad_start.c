/* Crashes while it is loaded. */
#include "gridwalk/strategy.h"

#include <stdlib.h>

__attribute__((constructor)) static void begin(void)
{
    abort();
}

static int on_bar(const struct gw_context *gw, void *state)
{
    (void)gw;
    (void)state;
    return 0;
}

const struct gw_strategy gw_strategy = {.abi = GW_STRATEGY_ABI,
                                        .size = sizeof(struct gw_strategy),
                                        .name = "bad-start",
                                        .on_bar = on_bar};
