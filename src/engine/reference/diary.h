/**
 * What happened in a row of the reference engine: fills, orders, and money that moved
 * without a fill. Nothing is written where it is not kept.
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_DIARY_H
#define GRIDWALK_ENGINE_REFERENCE_DIARY_H

#include "gridwalk/engine/setup.h"

struct diary {
    bool keep;
    struct gw_fill *fill;
    size_t fills, fill_room;
    struct gw_order *order;
    size_t orders, order_room;
    struct gw_cash *cash;
    size_t cashes, cash_room;
    struct gw_fill *sorted; /* room for sorting the fills */
    size_t sorted_room;
};

void diary_clear(struct diary *diary);
void diary_free(struct diary *diary);

void diary_fill(struct diary *diary, const struct gw_fill *fill);
void diary_cash(struct diary *diary, const struct gw_cash *cash);

/** Note an order; its number, for what becomes of it, which is only known later. */
size_t diary_order(struct diary *diary, const struct gw_order *order);
void diary_order_filled(struct diary *diary, size_t number, double shares);
void diary_order_ended(struct diary *diary,
                       size_t number,
                       size_t bar,
                       enum gw_order_end end);

/** Put fills asset by asset in the order given, each in the order of time, and orders by
 *  bar of decision, then asset. Shape  asset: [assets], panel indices, ascending. */
void diary_sort(struct diary *diary, const size_t *asset, size_t assets);

#endif
