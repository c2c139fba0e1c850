#include "gridwalk/plan/plan.h"

#include <math.h>

struct gw_score gw_score_of(const struct gw_objective *objective,
                            enum gw_row_status status,
                            double value,
                            uint64_t k)
{
    struct gw_score score = {.k = k};
    if (status != GW_ROW_OK) {
        score.rank = 2;
    } else if (isnan(value)) {
        score.rank = 1;
    } else {
        score.value = objective->maximize ? value : -value;
    }
    return score;
}

bool gw_score_before(const struct gw_score *a, const struct gw_score *b)
{
    if (a->rank != b->rank) {
        return a->rank < b->rank;
    }
    if (a->value != b->value) {
        return a->value > b->value;
    }
    return a->k < b->k;
}
