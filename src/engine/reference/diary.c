#include "diary.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>

void diary_clear(struct diary *diary)
{
    diary->fills = diary->orders = diary->cashes = 0;
}

void diary_free(struct diary *diary)
{
    free(diary->fill);
    free(diary->order);
    free(diary->cash);
    free(diary->sorted);
}

void diary_fill(struct diary *diary, const struct gw_fill *fill)
{
    if (diary->keep) {
        diary->fill = gw_grow(diary->fill, &diary->fill_room, diary->fills + 1,
                              sizeof *diary->fill);
        diary->fill[diary->fills++] = *fill;
    }
}

void diary_cash(struct diary *diary, const struct gw_cash *cash)
{
    if (diary->keep && cash->amount != 0) {
        diary->cash = gw_grow(diary->cash, &diary->cash_room, diary->cashes + 1,
                              sizeof *diary->cash);
        diary->cash[diary->cashes++] = *cash;
    }
}

size_t diary_order(struct diary *diary, const struct gw_order *order)
{
    if (!diary->keep) {
        return 0;
    }
    diary->order = gw_grow(diary->order, &diary->order_room, diary->orders + 1,
                           sizeof *diary->order);
    diary->order[diary->orders] = *order;
    return diary->orders++;
}

void diary_order_filled(struct diary *diary, size_t number, double shares)
{
    if (diary->keep) {
        diary->order[number].filled += shares;
    }
}

void diary_order_ended(struct diary *diary,
                       size_t number,
                       size_t bar,
                       enum gw_order_end end)
{
    if (diary->keep) {
        diary->order[number].ended = bar;
        diary->order[number].end = end;
    }
}

/* A merge of runs, so that what is equal stays in its order. */
static void sort_fills(struct diary *diary, const size_t *asset, size_t assets)
{
    size_t at = 0;
    for (size_t i = 0; i < assets; i++) {
        for (size_t f = 0; f < diary->fills; f++) {
            if (diary->fill[f].asset == asset[i]) {
                diary->sorted[at++] = diary->fill[f];
            }
        }
    }
    struct gw_fill *fill = diary->fill;
    diary->fill = diary->sorted;
    diary->sorted = fill;
    size_t room = diary->fill_room;
    diary->fill_room = diary->sorted_room;
    diary->sorted_room = room;
}

/* They are in the order of bars, and within one nearly in that of assets. */
static void sort_orders(struct diary *diary)
{
    for (size_t i = 1; i < diary->orders; i++) {
        struct gw_order order = diary->order[i];
        size_t at = i;
        while (at > 0 && diary->order[at - 1].decided == order.decided &&
               diary->order[at - 1].asset > order.asset) {
            diary->order[at] = diary->order[at - 1];
            at--;
        }
        diary->order[at] = order;
    }
}

void diary_sort(struct diary *diary, const size_t *asset, size_t assets)
{
    if (assets > 1 && diary->fills > 0) {
        diary->sorted = gw_grow(diary->sorted, &diary->sorted_room, diary->fills,
                                sizeof *diary->sorted);
        sort_fills(diary, asset, assets);
    }
    sort_orders(diary);
}
