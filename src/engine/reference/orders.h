/**
 * Orders of the reference engine: intentions that wait, and how all that are due at one
 * point of a bar are sized and filled together (docs/semantics.md, section 4).
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_ORDERS_H
#define GRIDWALK_ENGINE_REFERENCE_ORDERS_H

#include "account.h"

/** An intention decided at the bar at hand, due at bar `due`; replaces what waits. */
struct intention {
    enum ask ask;
    double wanted;
    double deviation;
    size_t due;
};
void orders_place(struct book *book, struct holding *h, const struct intention *wish);

/** The order that waits, if any, waits no more. */
void orders_end(struct book *book, struct holding *h, enum gw_order_end end);

/** How many of these shares lots and volume let through now; sets h->cut when the volume
 *  limit leaves a rest. */
double orders_fit(const struct book *book, struct holding *h, double shares);

/** Fill the orders of an account that are due at the open, or the close, of the bar at
 *  hand; those that grow a position only if they may. */
void orders_fill(struct book *book, struct account *account, bool at_open, bool may_grow);

#endif
