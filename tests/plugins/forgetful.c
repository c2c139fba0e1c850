/* Keeps something outside its state: the same row comes out another way the second time.
 */
#include "gridwalk/strategy.h"

static int on_bar(const struct gw_context *gw, void *state)
{
    static size_t bars;
    (void)state;
    gw_order_weight(gw, 0, ++bars % 97 < 40 ? 1 : 0);
    return 0;
}

const struct gw_strategy gw_strategy = {.abi = GW_STRATEGY_ABI,
                                        .size = sizeof(struct gw_strategy),
                                        .name = "forgetful",
                                        .on_bar = on_bar};
