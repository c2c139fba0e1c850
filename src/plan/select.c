#include "gridwalk/plan/objective.h"

#include <math.h>

struct gw_score gw_score_of_value(const struct gw_objective *objective,
                                  enum gw_row_status status,
                                  double value,
                                  bool met,
                                  uint64_t k)
{
    struct gw_score score = {.k = k};
    if (status != GW_ROW_OK) {
        score.rank = status == GW_ROW_RUINED ? GW_SCORE_RUINED : GW_SCORE_NOT_RUN;
    } else if (isnan(value)) {
        score.rank = GW_SCORE_UNDEFINED;
    } else {
        score.rank = met ? GW_SCORE_MET : GW_SCORE_UNMET;
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
