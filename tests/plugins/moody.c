/* Holds everything from its first bar on, and misbehaves on its third as its parameter
 * says. */
#include "gridwalk/strategy.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum mood {
    WELL,
    CRASHES,
    EXITS,
    HANGS,
    ABORTS,
    FAILS,
    SAYS,
    ORDERS_NOBODY,
    ORDERS_TOO_MUCH
};

static const char *const parameters[] = {"mood", NULL};

struct state {
    int bars;
};

static int misbehave(const struct gw_context *gw, enum mood mood)
{
    /* Not NULL, of which a sanitizer would make an end of its own. */
    static int *volatile const nowhere = (int *)4096;
    volatile bool waits = true;
    switch (mood) {
    case WELL:
        return 0;
    case CRASHES:
        *nowhere = 1;
        return 0;
    case EXITS:
        exit(0);
    case HANGS:
        while (waits) {
            usleep(1000);
        }
        return 0;
    case ABORTS:
        abort();
    case FAILS:
        return 7;
    case SAYS:
        return gw_fail_row(gw, "the moon is full");
    case ORDERS_NOBODY:
        gw_order_weight(gw, gw->assets, 1);
        return 0;
    case ORDERS_TOO_MUCH:
        gw_order_weight(gw, 0, INFINITY);
        return 0;
    }
    return 0;
}

static int on_bar(const struct gw_context *gw, void *state)
{
    struct state *s = state;
    s->bars++;
    if (s->bars == 1) {
        gw_order_weight(gw, 0, 1);
    }
    return s->bars == 3 ? misbehave(gw, (enum mood)gw->parameter[0]) : 0;
}

const struct gw_strategy gw_strategy = {
    .abi = GW_STRATEGY_ABI,
    .size = sizeof(struct gw_strategy),
    .name = "moody",
    .parameter = parameters,
    .state_bytes = sizeof(struct state),
    .on_bar = on_bar,
};
