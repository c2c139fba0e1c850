/* replay: what happened in a row, as tables for people. */
#include "replay.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/report/tables.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_LINES = 20, MONTHS_LINES = 24, YEAR_LENGTH = 4, MONTH_LENGTH = 7 };

/* ---- names ---- */

const char *gw_replay_cause(enum gw_cause cause)
{
    static const char *const name[] = {
        [GW_BY_ORDER] = "order",   [GW_BY_LOSS] = "loss",
        [GW_BY_PROFIT] = "profit", [GW_BY_TRAIL] = "trail",
        [GW_BY_BARS] = "bars",     [GW_BY_END] = "end",
        [GW_BY_RUIN] = "ruin",     [GW_BY_DELISTING] = "delisting",
    };
    return name[cause];
}

const char *gw_replay_order_end(enum gw_order_end end)
{
    static const char *const name[] = {
        [GW_ORDER_FILLED] = "filled",       [GW_ORDER_DROPPED] = "dropped",
        [GW_ORDER_REPLACED] = "replaced",   [GW_ORDER_NOTHING] = "was held",
        [GW_ORDER_CANCELLED] = "cancelled",
    };
    return name[end];
}

const char *gw_replay_cash_kind(enum gw_cash_kind kind)
{
    static const char *const name[] = {
        [GW_CASH_DIVIDEND] = "dividend",
        [GW_CASH_INTEREST] = "interest",
        [GW_CASH_BORROW] = "borrow",
    };
    return name[kind];
}

const char *gw_replay_symbol(const struct gw_replay *replay, size_t asset)
{
    return asset == SIZE_MAX ? "" : replay->source.panel->asset[asset].symbol;
}

/* ---- tables ---- */

static struct gw_table *new_table(const char *const *head, size_t columns)
{
    struct gw_table *table = gw_table_new(columns);
    for (size_t i = 0; i < columns; i++) {
        gw_table_cell(table, head[i]);
    }
    return table;
}

/* Lines of a list that are printed. */
static size_t lines_of(const struct gw_replay *replay, size_t count)
{
    bool all = gw_switch(replay->arguments, "all") || count <= LIST_LINES;
    return all ? count : LIST_LINES;
}

static void end_table(struct gw_table *table, size_t left, struct gw_text *out)
{
    gw_table_print(table, out);
    if (left > 0) {
        char text[32];
        gw_format_count(left, text, sizeof text);
        gw_text_printf(out, "  ... %s more, with --all\n", text);
    }
    gw_table_free(table);
}

static void put_date(const struct gw_replay *replay, size_t bar, struct gw_table *table)
{
    char date[GW_DATE_SIZE];
    if (bar >= replay->source.panel->header->dims.bars) {
        gw_table_cell(table, "later"); /* than the bundle goes */
        return;
    }
    gw_date_format(replay->source.panel->session[bar], date);
    gw_table_cell(table, date);
}

static void print_count(struct gw_text *out, size_t count, const char *what)
{
    char text[32];
    gw_format_count(count, text, sizeof text);
    gw_text_printf(out, "\n%s %s%s", text, what, count == 1 ? "" : "s");
}

/* ---- orders ---- */

/* Signals ask for a side, a target for a weight, a plug-in for that or for shares. */
static void
put_wanted(const struct gw_replay *replay, double wanted, struct gw_table *table)
{
    const struct gw_rules *rules = &replay->experiment->rules;
    if (rules->has_target || rules->plugin.library != NULL) {
        gw_table_number(table, wanted, 4);
    } else {
        gw_table_cell(table, wanted > 0 ? "long" : wanted < 0 ? "short" : "flat");
    }
}

static void print_orders(const struct gw_replay *replay, struct gw_text *out)
{
    static const char *const head[] = {"decided", "due",    "asset", "wanted",
                                       "ended",   "filled", "end"};
    size_t count;
    const struct gw_order *order = gw_reference_orders(replay->reference, &count);
    size_t lines = lines_of(replay, count);
    if (count == 0) {
        return;
    }
    struct gw_table *table = new_table(head, sizeof head / sizeof head[0]);
    for (size_t i = 0; i < lines; i++) {
        put_date(replay, order[i].decided, table);
        put_date(replay, order[i].due, table);
        gw_table_cell(table, gw_replay_symbol(replay, order[i].asset));
        put_wanted(replay, order[i].wanted, table);
        put_date(replay, order[i].ended, table);
        gw_table_number(table, order[i].filled, 4);
        gw_table_cell(table, gw_replay_order_end(order[i].end));
    }
    print_count(out, count, "order");
    gw_text_printf(out, "\n\n");
    end_table(table, count - lines, out);
}

/* ---- fills ---- */

/* The engine may go asset by asset; people read day by day. */
static int compare_fills(const void *a, const void *b)
{
    const struct gw_replay_fill *x = a, *y = b;
    if (x->fill->bar != y->fill->bar) {
        return x->fill->bar < y->fill->bar ? -1 : 1;
    }
    return x->fill < y->fill ? -1 : 1;
}

struct gw_replay_fill *gw_replay_fills(const struct gw_replay *replay, size_t *count_out)
{
    const struct gw_fill *fill = gw_reference_fills(replay->reference, count_out);
    struct gw_replay_fill *sorted = gw_calloc(*count_out, sizeof *sorted);
    for (size_t i = 0; i < *count_out; i++) {
        sorted[i].fill = &fill[i];
    }
    qsort(sorted, *count_out, sizeof *sorted, compare_fills);
    return sorted;
}

static void put_fill(const struct gw_replay *replay,
                     const struct gw_fill *fill,
                     struct gw_table *table)
{
    double shares = fill->shares < 0 ? -fill->shares : fill->shares;
    put_date(replay, fill->bar, table);
    gw_table_cell(table, gw_replay_symbol(replay, fill->asset));
    gw_table_cell(table, fill->shares < 0 ? "sell" : "buy");
    gw_table_number(table, shares, 4);
    gw_table_number(table, fill->price, 4);
    gw_table_number(table, shares * fill->price, 2);
    gw_table_number(table, fill->commission, 2);
    gw_table_cell(table, gw_replay_cause(fill->cause));
}

static void print_fills(const struct gw_replay *replay, struct gw_text *out)
{
    static const char *const head[] = {"date",  "asset", "side",       "shares",
                                       "price", "value", "commission", "cause"};
    size_t count;
    struct gw_replay_fill *fill = gw_replay_fills(replay, &count);
    size_t lines = lines_of(replay, count);
    struct gw_table *table = new_table(head, sizeof head / sizeof head[0]);
    for (size_t i = 0; i < lines; i++) {
        put_fill(replay, fill[i].fill, table);
    }
    if (count == 0) {
        gw_text_printf(out, "\nno fills\n");
        gw_table_free(table);
    } else {
        print_count(out, count, "fill");
        gw_text_printf(out, ", in %s prices\n\n",
                       replay->experiment->rules.basis == GW_SPLIT_BASIS ? "split"
                                                                         : "adjusted");
        end_table(table, count - lines, out);
    }
    free(fill);
}

/* ---- money without a fill ---- */

/* Dividends are a line each; what is paid on every bar is one a year. */
struct payment {
    struct gw_cash cash; /* the amount summed */
    size_t last;         /* bar */
};

static bool same_year(const struct gw_replay *replay, size_t a, size_t b)
{
    char one[GW_DATE_SIZE], other[GW_DATE_SIZE];
    gw_date_format(replay->source.panel->session[a], one);
    gw_date_format(replay->source.panel->session[b], other);
    return memcmp(one, other, YEAR_LENGTH) == 0;
}

/* Where the line last begun for a kind and an asset is remembered. */
static size_t place_of(const struct gw_replay *replay, const struct gw_cash *cash)
{
    size_t assets = replay->source.panel->N;
    return (size_t)cash->kind * (assets + 1) +
           (cash->asset == SIZE_MAX ? assets : cash->asset);
}

static size_t gather_payments(const struct gw_replay *replay,
                              const struct gw_cash *cash,
                              size_t count,
                              struct payment *payment)
{
    size_t lines = 0;
    size_t *latest = gw_calloc((GW_CASH_BORROW + 1) * (replay->source.panel->N + 1),
                               sizeof *latest); /* its number and 1, or 0 */
    for (size_t i = 0; i < count; i++) {
        size_t *at = &latest[place_of(replay, &cash[i])];
        struct payment *line = *at > 0 ? &payment[*at - 1] : NULL;
        if (line != NULL && cash[i].kind != GW_CASH_DIVIDEND &&
            same_year(replay, line->cash.bar, cash[i].bar)) {
            line->cash.amount += cash[i].amount;
            line->last = cash[i].bar;
        } else {
            payment[lines++] = (struct payment){cash[i], cash[i].bar};
            *at = lines;
        }
    }
    free(latest);
    return lines;
}

static void print_sums(const struct gw_cash *cash, size_t count, struct gw_text *out)
{
    double sum[GW_CASH_BORROW + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        sum[cash[i].kind] += cash[i].amount;
    }
    gw_text_printf(out, "\ndividends %.2f, interest %.2f, borrow fees %.2f\n\n",
                   sum[GW_CASH_DIVIDEND], sum[GW_CASH_INTEREST], sum[GW_CASH_BORROW]);
}

static void print_cash(const struct gw_replay *replay, struct gw_text *out)
{
    static const char *const head[] = {"from", "to", "what", "asset", "amount"};
    size_t count;
    const struct gw_cash *cash = gw_reference_cash(replay->reference, &count);
    if (count == 0) {
        return;
    }
    struct payment *payment = gw_calloc(count, sizeof *payment);
    size_t payments = gather_payments(replay, cash, count, payment);
    size_t lines = lines_of(replay, payments);
    struct gw_table *table = new_table(head, sizeof head / sizeof head[0]);
    for (size_t i = 0; i < lines; i++) {
        put_date(replay, payment[i].cash.bar, table);
        put_date(replay, payment[i].last, table);
        gw_table_cell(table, gw_replay_cash_kind(payment[i].cash.kind));
        gw_table_cell(table, gw_replay_symbol(replay, payment[i].cash.asset));
        gw_table_number(table, payment[i].cash.amount, 2);
    }
    print_sums(cash, count, out);
    end_table(table, payments - lines, out);
    free(payment);
}

/* ---- equity ---- */

/* Whether a bar is the last of its year or month in the row. */
static bool
ends_period(const struct gw_replay *replay, size_t bar, size_t last, size_t length)
{
    const int32_t *session = replay->source.panel->session;
    char now[GW_DATE_SIZE], next[GW_DATE_SIZE];
    if (bar == last) {
        return true;
    }
    gw_date_format(session[bar], now);
    gw_date_format(session[bar + 1], next);
    return memcmp(now, next, length) != 0;
}

static size_t
count_periods(const struct gw_replay *replay, size_t first, size_t last, size_t length)
{
    size_t count = 0;
    for (size_t bar = first; bar <= last; bar++) {
        count += ends_period(replay, bar, last, length);
    }
    return count;
}

/* At the end of each month, of a long row of each year. */
static void print_equity(const struct gw_replay *replay, struct gw_text *out)
{
    static const char *const head[] = {"date", "equity", "return"};
    size_t first, bars;
    struct gw_record record;
    const double *equity = gw_reference_equity(replay->reference, &first, &bars);
    if (equity == NULL || !gw_reference_record(replay->reference, &record)) {
        return;
    }
    size_t last = first + bars - 1, length = MONTH_LENGTH;
    if (count_periods(replay, first, last, length) > MONTHS_LINES) {
        length = YEAR_LENGTH;
    }
    double before = record.capital;
    struct gw_table *table = new_table(head, sizeof head / sizeof head[0]);
    for (size_t bar = first; bar <= last; bar++) {
        double now = equity[bar - first];
        if (ends_period(replay, bar, last, length)) {
            put_date(replay, bar, table);
            gw_table_number(table, now, 2);
            gw_table_number(table, before > 0 ? now / before - 1 : 0, 4);
            before = now;
        }
    }
    gw_text_printf(out, "\nequity at the end of each %s\n\n",
                   length == YEAR_LENGTH ? "year" : "month");
    end_table(table, 0, out);
}

void gw_replay_print_events(const struct gw_replay *replay, struct gw_text *out)
{
    print_orders(replay, out);
    print_fills(replay, out);
    print_cash(replay, out);
    print_equity(replay, out);
    gw_text_printf(out, "\n");
}
