/** What the reference engine's tests ask of a row's journal. */
#ifndef GRIDWALK_TESTS_UNIT_ENGINE_REFERENCE_CHECKS_H
#define GRIDWALK_TESTS_UNIT_ENGINE_REFERENCE_CHECKS_H

#include "small_market.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** A fill as a test expects it. */
struct expected_fill {
    unsigned asset;
    size_t bar;
    double shares, price;
    enum gw_cause cause;
};

static inline void small_check_fills(const struct small_market *m,
                                     const struct expected_fill *expected,
                                     size_t count)
{
    size_t fills;
    const struct gw_fill *fill = gw_reference_fills(m->reference, &fills);
    CU_ASSERT_EQUAL(fills, count);
    for (size_t i = 0; i < count && i < fills; i++) {
        CU_ASSERT_EQUAL(fill[i].asset, expected[i].asset);
        CU_ASSERT_EQUAL(fill[i].bar, expected[i].bar);
        CU_ASSERT_EQUAL(fill[i].cause, expected[i].cause);
        CHECK_CLOSE(fill[i].shares, expected[i].shares, 1e-12);
        CHECK_CLOSE(fill[i].price, expected[i].price, 1e-12);
    }
}

static inline double small_metric(const struct small_market *m, enum gw_metric which)
{
    return m->row.metric[which];
}

/** Open, high, low and close of asset 0 at a bar. */
static inline void small_bar(
    struct small_market *m, size_t t, double open, double high, double low, double close)
{
    m->panel->column[GW_OPEN][t] = open;
    m->panel->column[GW_HIGH][t] = high;
    m->panel->column[GW_LOW][t] = low;
    m->panel->column[GW_CLOSE][t] = close;
}

static inline void
small_action(struct small_market *m, size_t t, enum gw_action_kind kind, double value)
{
    m->panel->action[m->panel->actions++] =
        (struct gw_action){.session = (int32_t)t, .kind = (int32_t)kind, .value = value};
    m->panel->header->dims.actions = m->panel->actions;
}

/** A market of 10 throughout, in which only what a test sets moves; 10 shares an entry.
 */
static inline void small_tens(struct small_market *m, size_t bars)
{
    double *close = calloc(bars, sizeof *close);
    for (size_t t = 0; t < bars; t++) {
        close[t] = 10;
    }
    small_open(m, bars, 1, close);
    free(close);
    m->panel->column[GW_VOLUME][0] = 5000;
    m->rules.size = GW_SIZE_SHARES;
    m->rules.terms.size = 10;
}

#endif
