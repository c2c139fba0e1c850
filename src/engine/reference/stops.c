#include "stops.h"

#include "gridwalk/base/math.h"
#include "orders.h"

/* A bar as a long position sees it. For a short one prices are taken with the other sign
 * and high and low change places: so all rules are those of a long position. */
struct view {
    int side;
    double open, best, worst; /* NaN: missing */
    double average;           /* entry price, */
    double water;             /* and the best since; both < 0 for a short position */
};

static struct view view_of(const struct holding *h)
{
    const struct tape *tape = h->tape;
    const struct trip *trip = &h->trip;
    double average = trip->basis / fabs(h->shares);
    double open = tape->open[h->next], high = tape->high[h->next],
           low = tape->low[h->next];
    if (h->shares > 0) {
        return (struct view){1, open, high, low, average, fmax(average, trip->extreme)};
    }
    return (struct view){-1, -open, -low, -high, -average, -fmin(average, trip->extreme)};
}

/* a >= b by the rule of equal numbers; false when either is missing. */
static bool reaches(double a, double b)
{
    return a > b || gw_same(a, b);
}

/* A stop that triggers, and its price as the view has it. */
struct trigger {
    enum gw_cause cause; /* GW_BY_ORDER: none */
    double price;
};

/* Of loss and trail the nearer level counts. */
static struct trigger nearer_level(const struct gw_terms *terms, const struct view *view)
{
    struct trigger level = {GW_BY_ORDER, -INFINITY};
    if (terms->stop_loss > 0) {
        level.cause = GW_BY_LOSS;
        level.price = view->average * (1 - view->side * terms->stop_loss);
    }
    if (terms->stop_trail > 0) {
        double trail = view->water * (1 - view->side * terms->stop_trail);
        if (level.cause == GW_BY_ORDER || gw_above(trail, level.price)) {
            level = (struct trigger){GW_BY_TRAIL, trail};
        }
    }
    return level;
}

static struct trigger
test(const struct book *book, const struct holding *h, const struct view *view)
{
    const struct gw_terms *terms = &book->terms;
    bool opens = !isnan(view->open);
    double since = (double)(book->t - h->trip.bar);
    if (terms->stop_bars > 0 && opens && since >= terms->stop_bars) {
        return (struct trigger){GW_BY_BARS, view->open};
    }
    double profit = view->average * (1 + view->side * terms->stop_profit);
    bool takes = terms->stop_profit > 0;
    if (takes && reaches(view->open, profit)) {
        return (struct trigger){GW_BY_PROFIT, view->open};
    }
    struct trigger level = nearer_level(terms, view);
    if (level.cause != GW_BY_ORDER && reaches(level.price, view->worst)) {
        level.price = opens ? fmin(view->open, level.price) : level.price;
        return level;
    }
    if (takes && reaches(view->best, profit)) {
        return (struct trigger){GW_BY_PROFIT, opens ? fmax(view->open, profit) : profit};
    }
    return (struct trigger){GW_BY_ORDER, 0};
}

/* The whole position at the stop's price. What the volume limit leaves is an order of its
 * own. */
static void sell(struct book *book, struct holding *h, const struct trigger *trigger)
{
    orders_end(book, h, GW_ORDER_CANCELLED);
    h->intention = 0;
    h->blocked = book->rules->has_target ? sign_of(h->shares) : 0;
    h->leg = (struct leg){0};
    double shares = orders_fit(book, h, -h->shares);
    if (shares != 0) {
        account_deal(book, h,
                     &(struct deal){shares, fabs(trigger->price), false, trigger->cause});
    }
    if (h->shares != 0) {
        orders_place(book, h, &(struct intention){.ask = ASK_CLOSE, .due = book->t + 1});
    }
}

void stops_test(struct book *book, struct holding *h)
{
    struct trip *trip = &h->trip;
    bool active = book->t > trip->bar || trip->at_open;
    if (!h->here || h->shares == 0 || !active) {
        return;
    }
    /* The rest of a stop is sold by its order: a second stop does not replace it. */
    bool closing = h->order.waiting && h->order.ask == ASK_CLOSE;
    struct view view = view_of(h);
    struct trigger trigger = {GW_BY_ORDER, 0};
    if (!closing) {
        trigger = test(book, h, &view);
    }
    if (trigger.cause != GW_BY_ORDER) {
        sell(book, h, &trigger);
    }
    if (h->shares > 0) {
        trip->extreme = fmax(trip->extreme, h->tape->high[h->next]);
    } else if (h->shares < 0) {
        trip->extreme = fmin(trip->extreme, h->tape->low[h->next]);
    }
}
