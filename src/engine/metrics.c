#include "gridwalk/engine/metrics.h"

#include <string.h>

#define SET_B 'B'
#define SET_A 'A'
#define SET_K 'K'
#define SET_R 'R'

const struct gw_metric_info gw_metric_info[GW_METRICS] = {
#define X(name, set, unit, doc) {#name, SET_##set, unit, doc},
    GW_METRIC_LIST(X)
#undef X
};

enum gw_metric gw_metric_find(const char *name)
{
    int metric = 0;
    while (metric < GW_METRICS && strcmp(gw_metric_info[metric].name, name) != 0) {
        metric++;
    }
    return (enum gw_metric)metric;
}
