/* replay: what happened in a row, as files for programs. */
#include "replay.h"

#include "gridwalk/base/time.h"
#include "gridwalk/store/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_date(const struct gw_replay *replay, size_t bar, struct gw_text *out)
{
    char date[GW_DATE_SIZE];
    gw_date_format(replay->source.panel->session[bar], date);
    gw_text_printf(out, "%s,", date);
}

/* The last number of a line, or one before others. */
static void put_number(double value, char behind, struct gw_text *out)
{
    char text[32];
    gw_format_double(value, text, sizeof text);
    gw_text_printf(out, "%s%c", text, behind);
}

/* Quoted where it must be. */
static void put_symbol(const char *symbol, struct gw_text *out)
{
    bool quoted = strpbrk(symbol, ",\"\n") != NULL;
    gw_text_append(out, "\"", quoted);
    for (const char *c = symbol; *c != '\0'; c++) {
        gw_text_append(out, "\"\"", *c == '"' ? 2 : 0);
        gw_text_append(out, c, *c != '"');
    }
    gw_text_append(out, "\",", quoted ? 2 : 0);
    gw_text_append(out, ",", !quoted);
}

static void put_equity(const struct gw_replay *replay, struct gw_text *out)
{
    size_t first, bars;
    const double *equity = gw_reference_equity(replay->reference, &first, &bars);
    for (size_t i = 0; i < bars; i++) {
        put_date(replay, first + i, out);
        put_number(equity[i], '\n', out);
    }
}

static void put_fills(const struct gw_replay *replay, struct gw_text *out)
{
    size_t count;
    struct gw_replay_fill *sorted = gw_replay_fills(replay, &count);
    for (size_t i = 0; i < count; i++) {
        const struct gw_fill *fill = sorted[i].fill;
        put_date(replay, fill->bar, out);
        put_symbol(gw_replay_symbol(replay, fill->asset), out);
        put_number(fill->shares, ',', out);
        put_number(fill->price, ',', out);
        put_number(fill->commission, ',', out);
        gw_text_printf(out, "%s\n", gw_replay_cause(fill->cause));
    }
    free(sorted);
}

static void put_orders(const struct gw_replay *replay, struct gw_text *out)
{
    size_t count;
    const struct gw_order *order = gw_reference_orders(replay->reference, &count);
    for (size_t i = 0; i < count; i++) {
        put_date(replay, order[i].decided, out);
        put_date(replay, order[i].due, out);
        put_date(replay, order[i].ended, out);
        put_symbol(gw_replay_symbol(replay, order[i].asset), out);
        put_number(order[i].wanted, ',', out);
        put_number(order[i].filled, ',', out);
        gw_text_printf(out, "%s\n", gw_replay_order_end(order[i].end));
    }
}

static void put_cash(const struct gw_replay *replay, struct gw_text *out)
{
    size_t count;
    const struct gw_cash *cash = gw_reference_cash(replay->reference, &count);
    for (size_t i = 0; i < count; i++) {
        put_date(replay, cash[i].bar, out);
        put_symbol(gw_replay_symbol(replay, cash[i].asset), out);
        gw_text_printf(out, "%s,", gw_replay_cash_kind(cash[i].kind));
        put_number(cash[i].amount, '\n', out);
    }
}

/* A file, by the option that asks for it. */
static const struct {
    const char *option, *head, *what;
    void (*put)(const struct gw_replay *replay, struct gw_text *out);
} table[] = {
    {"csv", "date,equity\n", "equity", put_equity},
    {"fills-csv", "date,asset,shares,price,commission,cause\n", "fills", put_fills},
    {"orders-csv", "decided,due,ended,asset,wanted,filled,end\n", "orders", put_orders},
    {"cash-csv", "date,asset,kind,amount\n", "cash", put_cash},
};

enum { TABLES = sizeof table / sizeof table[0], HEAD_LIMIT = 64 };

static enum gw_status check_file(const char *path, size_t which, struct gw_error *err)
{
    char head[HEAD_LIMIT] = "";
    GW_TRY(gw_file_check_output(path, err));
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return GW_OK;
    }
    size_t length = fread(head, 1, strlen(table[which].head), file);
    fclose(file);
    return length == 0 || strcmp(head, table[which].head) == 0
               ? GW_OK
               : gw_fail(err, GW_USAGE,
                         "--%s %s: the file is there and is no such table; name another",
                         table[which].option, path);
}

enum gw_status gw_replay_check_files(const struct gw_replay *replay, struct gw_error *err)
{
    for (size_t i = 0; i < TABLES; i++) {
        const char *path = gw_argument(replay->arguments, table[i].option);
        for (size_t j = 0; path != NULL && j < i; j++) {
            const char *other = gw_argument(replay->arguments, table[j].option);
            if (other != NULL && strcmp(path, other) == 0) {
                return gw_fail(err, GW_USAGE, "--%s and --%s name the same file, %s",
                               table[j].option, table[i].option, path);
            }
        }
        if (path != NULL) {
            GW_TRY(check_file(path, i, err));
        }
    }
    return GW_OK;
}

enum gw_status gw_replay_write_files(const struct gw_replay *replay, struct gw_error *err)
{
    size_t first, bars;
    bool simulated = gw_reference_equity(replay->reference, &first, &bars) != NULL;
    for (size_t i = 0; i < TABLES; i++) {
        const char *path = gw_argument(replay->arguments, table[i].option);
        if (path == NULL) {
            continue;
        }
        if (!simulated) {
            return gw_fail(err, GW_USAGE, "--%s: a row of status %s has no %s",
                           table[i].option, gw_replay_status(replay->row.status),
                           table[i].what);
        }
        struct gw_text text = {0};
        gw_text_printf(&text, "%s", table[i].head);
        table[i].put(replay, &text);
        enum gw_status status = gw_file_write(path, text.data, text.length, err);
        gw_text_clear(&text);
        GW_TRY(status);
    }
    return GW_OK;
}
