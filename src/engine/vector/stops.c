/* When a stop is hit, and where. */
#include "gridwalk/base/math.h"
#include "trade.h"

/* a >= b by the rule of equal numbers; with side -1 a <= b. NaN: false. */
static bool reaches(double a, double b, double side)
{
    return side * (a - b) > 0 || gw_same(a, b);
}

/* Stops at prices, for a long position (side 1) or a short one. */
static enum gw_cause level_hit(const struct gw_terms *terms,
                               const struct position *position,
                               const struct trade_candle *candle,
                               double *price_out)
{
    double side = position->shares > 0 ? 1 : -1, average = position->average;
    double worst = side > 0 ? candle->low : candle->high;
    double best = side > 0 ? candle->high : candle->low;
    double profit = average * (1 + side * terms->stop_profit);
    bool gains = terms->stop_profit > 0 && profit > 0;
    if (gains && reaches(candle->open, profit, side)) {
        *price_out = candle->open;
        return GW_BY_PROFIT;
    }
    double level = NAN;
    enum gw_cause cause = GW_BY_LOSS;
    if (terms->stop_loss > 0) {
        level = average * (1 - side * terms->stop_loss);
    }
    if (terms->stop_trail > 0) {
        double reach = position->reach;
        double water = side > 0 ? fmax(average, reach) : fmin(average, reach);
        double trail = water * (1 - side * terms->stop_trail);
        if (isnan(level) || (side * (trail - level) > 0 && !gw_same(trail, level))) {
            level = trail;
            cause = GW_BY_TRAIL;
        }
    }
    if (level > 0 && reaches(worst, level, -side)) {
        *price_out = side > 0 ? fmin(candle->open, level) : fmax(candle->open, level);
        return cause;
    }
    if (gains && reaches(best, profit, side)) {
        *price_out = side > 0 ? fmax(candle->open, profit) : fmin(candle->open, profit);
        return GW_BY_PROFIT;
    }
    return GW_BY_ORDER;
}

enum gw_cause trade_stop_hit(const struct trade_terms *terms,
                             const struct position *position,
                             const struct trade_candle *candle,
                             size_t bar,
                             double *price_out)
{
    bool early = bar == position->entry_bar && !position->at_open;
    if (early || position->waiting == TRADE_REST) {
        return GW_BY_ORDER;
    }
    double since = (double)(bar - position->entry_bar), most = terms->terms.stop_bars;
    if (most > 0 && since >= most && candle->open > 0) {
        *price_out = candle->open;
        return GW_BY_BARS;
    }
    return level_hit(&terms->terms, position, candle, price_out);
}
