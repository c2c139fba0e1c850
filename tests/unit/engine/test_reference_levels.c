/* When the reference engine's stops trigger, and at which price. */
#include "reference_checks.h"

enum { BARS = 6 };

/* Entered once, on what is decided at bar 0: at the open of bar 1, or the close of bar 0.
 */
struct stop_case {
    const char *name;
    int side;
    bool at_close;
    double loss, profit, trail, bars;
    double bar[4][4]; /* open, high, low, close of bars 0 to 3; 0: all 10 */
    size_t at;        /* bar of the sale; 0: none */
    double price;
    enum gw_cause cause;
};

static void run_case(struct small_market *m, const struct stop_case *c)
{
    small_tens(m, BARS);
    for (size_t t = 0; t < 4; t++) {
        const double *bar = c->bar[t];
        if (bar[3] != 0) {
            small_bar(m, t, bar[0], bar[1], bar[2], bar[3]);
        }
    }
    if (c->at_close) {
        m->rules.execution = (struct gw_execution){GW_PRICE_CLOSE, 0};
    }
    m->rules.terms.stop_loss = c->loss;
    m->rules.terms.stop_profit = c->profit;
    m->rules.terms.stop_trail = c->trail;
    m->rules.terms.stop_bars = c->bars;
    small_signal(m, c->side > 0 ? GW_ENTER_LONG : GW_ENTER_SHORT, "volume > 4000");
    small_run(m, 1, 1, 0, BARS - 1);
}

static void check_cases(const struct stop_case *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct stop_case *c = &table[i];
        struct small_market m;
        run_case(&m, c);
        size_t fills;
        const struct gw_fill *fill = gw_reference_fills(m.reference, &fills);
        bool as_expected = fills == (c->at != 0 ? 2U : 1U);
        if (as_expected && c->at != 0) {
            as_expected = fill[1].bar == c->at && fill[1].cause == c->cause &&
                          check_close(fill[1].price, c->price, 1e-12) &&
                          fill[1].shares == -c->side * 10;
        }
        if (!as_expected) {
            fprintf(stderr, "%s: %zu fills", c->name, fills);
            if (fills > 1) {
                fprintf(stderr, ", bar %zu, cause %d, price %.17g", fill[1].bar,
                        (int)fill[1].cause, fill[1].price);
            }
            fprintf(stderr, "\n");
        }
        CU_ASSERT_TRUE(as_expected);
        small_close(&m);
    }
}

/* Entered at 10 at the open of bar 1: a loss of .1 lies at 9, a profit of .1 at 11. */
static void levels_are_those_of_the_entry_price(void)
{
    static const struct stop_case table[] = {
        {"low just above",
         1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {10, 10, 9.01, 10}},
         0,
         0,
         0},
        {"low at the level but for rounding",
         1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {10, 10, 9.0000000000005, 10}},
         2,
         9,
         GW_BY_LOSS},
        {"loss at the level",
         1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {9.5, 9.6, 8.9, 9}},
         2,
         9,
         GW_BY_LOSS},
        {"loss at a gap",
         1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {8.5, 9.6, 8.4, 9}},
         2,
         8.5,
         GW_BY_LOSS},
        {"profit at the level",
         1,
         false,
         0,
         .1,
         0,
         0,
         {{0}, {0}, {10.5, 11.2, 10.4, 11}},
         2,
         11,
         GW_BY_PROFIT},
        {"profit at a gap",
         1,
         false,
         0,
         .1,
         0,
         0,
         {{0}, {0}, {11.5, 11.6, 11.4, 11.5}},
         2,
         11.5,
         GW_BY_PROFIT},
        {"both sides: the loss first",
         1,
         false,
         .1,
         .1,
         0,
         0,
         {{0}, {0}, {10, 11.5, 8.9, 10}},
         2,
         9,
         GW_BY_LOSS},
        {"an open beyond the profit comes before",
         1,
         false,
         .1,
         .1,
         0,
         0,
         {{0}, {0}, {11.1, 11.5, 8.9, 10}},
         2,
         11.1,
         GW_BY_PROFIT},
        {"no open: the level",
         1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {NAN, 9.6, 8.4, 9}},
         2,
         9,
         GW_BY_LOSS},
        {"no low: nothing",
         1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {8, 9.6, NAN, 10}},
         0,
         0,
         0},
        {"short: loss at the level",
         -1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {10.5, 11.5, 10, 11}},
         2,
         11,
         GW_BY_LOSS},
        {"short: loss at a gap",
         -1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {0}, {11.3, 11.5, 10, 11}},
         2,
         11.3,
         GW_BY_LOSS},
        {"short: profit at the level",
         -1,
         false,
         0,
         .1,
         0,
         0,
         {{0}, {0}, {9.5, 10, 8.8, 9}},
         2,
         9,
         GW_BY_PROFIT},
        {"short: profit at a gap",
         -1,
         false,
         .1,
         .1,
         0,
         0,
         {{0}, {0}, {8.9, 11.5, 8.8, 9}},
         2,
         8.9,
         GW_BY_PROFIT},
    };
    check_cases(table, COUNT(table));
}

static void a_trail_follows_the_best_price(void)
{
    static const struct stop_case table[] = {
        /* entered at the open of bar 1, whose high of 12 counts from bar 2 on */
        {"water of the entry bar",
         1,
         false,
         0,
         0,
         .1,
         0,
         {{0}, {10, 12, 9.5, 11.5}, {11.5, 11.6, 10.5, 11}},
         2,
         10.8,
         GW_BY_TRAIL},
        {"not of the bar at hand",
         1,
         false,
         0,
         0,
         .1,
         0,
         {{0}, {10, 10, 10, 10}, {10, 12, 9.5, 10}, {11, 11, 10.9, 11}},
         4,
         10,
         GW_BY_TRAIL},
        {"at a gap",
         1,
         false,
         0,
         0,
         .1,
         0,
         {{0}, {10, 12, 9.5, 11.5}, {10.2, 11.6, 10.1, 11}},
         2,
         10.2,
         GW_BY_TRAIL},
        /* entered at the close of bar 0: its high of 14 lies before the entry */
        {"entered at the close",
         1,
         true,
         0,
         0,
         .1,
         0,
         {{10, 14, 9, 10}, {10, 13, 9.5, 12.5}, {12, 12, 11, 11}},
         2,
         11.7,
         GW_BY_TRAIL},
        {"the nearer one: trail",
         1,
         false,
         .2,
         0,
         .1,
         0,
         {{0}, {0}, {9.5, 9.6, 7, 8}},
         2,
         9,
         GW_BY_TRAIL},
        {"the nearer one: loss",
         1,
         false,
         .1,
         0,
         .2,
         0,
         {{0}, {0}, {9.5, 9.6, 7, 8}},
         2,
         9,
         GW_BY_LOSS},
        {"a tie is a loss",
         1,
         false,
         .1,
         0,
         .1,
         0,
         {{0}, {0}, {9.5, 9.6, 7, 8}},
         2,
         9,
         GW_BY_LOSS},
        {"short: water 8 of the entry bar",
         -1,
         false,
         0,
         0,
         .1,
         0,
         {{0}, {10, 10.5, 8, 8.5}, {8.5, 8.9, 8.4, 8.6}},
         2,
         8.8,
         GW_BY_TRAIL},
    };
    check_cases(table, COUNT(table));
}

static void stops_begin_behind_the_entry(void)
{
    static const struct stop_case table[] = {
        {"on the bar of an entry at the open",
         1,
         false,
         .1,
         0,
         0,
         0,
         {{0}, {10, 10, 8, 9.5}, {9.5, 9.5, 9.5, 9.5}, {9.5, 9.5, 9.5, 9.5}},
         1,
         9,
         GW_BY_LOSS},
        {"not on the bar of an entry at the close",
         1,
         true,
         .1,
         0,
         0,
         0,
         {{10, 10, 8, 10}},
         0,
         0,
         0},
        {"but on the next",
         1,
         true,
         .1,
         0,
         0,
         0,
         {{10, 10, 8, 10}, {9.5, 9.5, 8, 9.5}},
         1,
         9,
         GW_BY_LOSS},
        {"two bars behind bar 1",
         1,
         false,
         0,
         0,
         0,
         2,
         {{0}, {0}, {0}, {10.5, 11, 10, 10.8}},
         3,
         10.5,
         GW_BY_BARS},
        {"at the first open",
         1,
         false,
         0,
         0,
         0,
         2,
         {{0}, {0}, {0}, {NAN, 11, 10, 10.8}},
         4,
         10,
         GW_BY_BARS},
        {"before levels",
         1,
         false,
         .1,
         .1,
         0,
         1,
         {{0}, {0}, {12, 13, 8, 10}},
         2,
         12,
         GW_BY_BARS},
    };
    check_cases(table, COUNT(table));
}

int main(void)
{
    static const struct check_test tests[] = {
        {"levels_are_those_of_the_entry_price", levels_are_those_of_the_entry_price},
        {"a_trail_follows_the_best_price", a_trail_follows_the_best_price},
        {"stops_begin_behind_the_entry", stops_begin_behind_the_entry},
    };
    return CHECK_RUN("reference_levels", tests);
}
