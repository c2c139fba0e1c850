/* Built with a header of another ABI. */
#include "gridwalk/strategy.h"

const struct gw_strategy gw_strategy = {
    .abi = GW_STRATEGY_ABI + 41, .size = sizeof(struct gw_strategy), .name = "old"};
