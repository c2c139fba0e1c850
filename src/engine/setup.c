#include "gridwalk/engine/setup.h"

bool gw_stores_equity(const struct gw_engine_setup *setup)
{
    const struct gw_rules *rules = setup->rules;
    bool stores = setup->assets > 1 || setup->keep_fills || rules->mode == GW_SHARED ||
                  rules->risk_free != 0;
    for (size_t m = 0; m < GW_METRICS; m++) {
        char set = gw_metric_info[m].set;
        stores = stores || (setup->wanted[m] && (set == 'R' || set == 'K'));
    }
    return stores;
}
