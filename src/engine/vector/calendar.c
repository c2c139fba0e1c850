#include "calendar.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

/* A number that differs between the periods of two days. */
static int64_t period_of(int32_t days, enum gw_rebalance rebalance)
{
    switch (rebalance) {
    case GW_WEEKLY:
        return gw_date_week(days);
    case GW_MONTHLY:
        return gw_date_month(days);
    default:
        return gw_date_month(days) / 3; /* four a year */
    }
}

uint64_t *calendar_new(const struct gw_portal *portal, enum gw_rebalance rebalance)
{
    size_t bars = gw_portal_bars(portal);
    const int32_t *session = gw_portal_sessions(portal);
    uint64_t *calendar = gw_calloc(bars / WORD + 1, sizeof *calendar);
    bool all = rebalance == GW_ON_CHANGE || rebalance == GW_EVERY_BAR;
    int64_t before = 0;
    for (size_t t = 0; t < bars && rebalance != GW_EVERY_BARS; t++) {
        int64_t now = all ? 0 : period_of(session[t], rebalance);
        if (all || t == 0 || now != before) {
            calendar[t / WORD] |= UINT64_C(1) << t % WORD;
        }
        before = now;
    }
    return calendar;
}

uint64_t calendar_word(const uint64_t *calendar,
                       const struct gw_rules *rules,
                       size_t bar,
                       size_t first)
{
    uint64_t bits = calendar[bar / WORD];
    if (first >= bar && first < bar + WORD) {
        bits |= UINT64_C(1) << (first - bar);
    }
    if (rules->rebalance == GW_EVERY_BARS && first < bar + WORD) {
        size_t since = bar > first ? bar - first : 0;
        size_t next = first + (since + rules->every - 1) / rules->every * rules->every;
        for (; next < bar + WORD; next += rules->every) {
            bits |= UINT64_C(1) << (next - bar);
        }
    }
    return bits;
}
