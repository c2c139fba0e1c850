/* The SMA cross 10/50 on GOOG as vectorbt computed it: equity bar by bar, every trade. */
#include "small_market.h"

#include "gridwalk/base/time.h"

#define DATA GW_SOURCE_DIR "/../shared/data/"

enum { BARS = 2148, LINE = 512 };

struct prices {
    size_t count;
    int32_t session[BARS];
    double open[BARS], close[BARS];
};

static FILE *open_table(const char *path)
{
    char line[LINE];
    FILE *file = fopen(path, "r");
    if (file != NULL && fgets(line, sizeof line, file) == NULL) {
        fclose(file);
        return NULL;
    }
    return file;
}

static int read_prices(struct prices *prices)
{
    FILE *file = open_table(DATA "single/GOOG_backtestingpy.csv");
    char date[32];
    double high, low;
    prices->count = 0;
    if (file == NULL) {
        return 0;
    }
    while (prices->count < BARS && fscanf(file, "%31[^,],%lf,%lf,%lf,%lf,%*[^\n] ", date,
                                          &prices->open[prices->count], &high, &low,
                                          &prices->close[prices->count]) == 5) {
        gw_date_parse(date, 10, &prices->session[prices->count++]);
    }
    fclose(file);
    return 1;
}

static struct prices goog;

struct variant {
    const char *name;
    struct gw_execution execution;
    double bps;
};

static void run_variant(const struct variant *variant, struct small_market *m)
{
    small_open(m, goog.count, 1, goog.close);
    for (size_t t = 0; t < goog.count; t++) {
        m->panel->column[GW_OPEN][t] = goog.open[t];
        m->panel->session[t] = goog.session[t];
    }
    m->rules.capital = 100;
    m->rules.execution = variant->execution;
    m->rules.terms.commission_bps = variant->bps;
    small_signal(m, GW_ENTER_LONG, "crosses_above(sma(close, fast), sma(close, slow))");
    small_signal(m, GW_EXIT_LONG, "crosses_below(sma(close, fast), sma(close, slow))");
    small_run(m, 10, 50, 0, goog.count - 1);
}

static void check_equity_file(const struct variant *variant, const struct small_market *m)
{
    char path[LINE], date[32];
    double equity;
    size_t first, bars, t = 0;
    const double *ours = gw_reference_equity(m->reference, &first, &bars);
    snprintf(path, sizeof path, DATA "reference/GOOG_%s_10_50_equity.csv", variant->name);
    FILE *file = open_table(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fscanf(file, "%31[^,],%lf,%*[^\n] ", date, &equity) == 2) {
        CHECK_CLOSE(ours[t], equity, 1e-9);
        t++;
    }
    CU_ASSERT_EQUAL(t, bars);
    fclose(file);
}

/* id,"(10, 50)",size,entry date,price,fees,exit date,price,fees,... ,Open|Closed,id */
static void check_trades_file(const struct variant *variant, const struct small_market *m)
{
    char path[LINE], entry[32], leave[32];
    double size, bought, paid, sold, fees;
    size_t fills, at = 0;
    const struct gw_fill *fill = gw_reference_fills(m->reference, &fills);
    snprintf(path, sizeof path, DATA "reference/GOOG_%s_10_50_trades.csv", variant->name);
    FILE *file = open_table(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fscanf(file, "%*d,\"(10, 50)\",%lf,%31[^,],%lf,%lf,%31[^,],%lf,%lf,%*[^\n] ",
                  &size, entry, &bought, &paid, leave, &sold, &fees) == 7) {
        int32_t day;
        gw_date_parse(entry, 10, &day);
        CU_ASSERT_TRUE_FATAL(at < fills);
        CU_ASSERT_EQUAL(goog.session[fill[at].bar], day);
        CHECK_CLOSE(fill[at].shares, size, 1e-9);
        CHECK_CLOSE(fill[at].price, bought, 1e-9);
        CHECK_CLOSE(fill[at].commission, paid, 1e-9);
        at++;
        if (at < fills) { /* the last one may be open: no sale of ours */
            gw_date_parse(leave, 10, &day);
            CU_ASSERT_EQUAL(goog.session[fill[at].bar], day);
            CHECK_CLOSE(fill[at].shares, -size, 1e-9);
            CHECK_CLOSE(fill[at].price, sold, 1e-9);
            CHECK_CLOSE(fill[at].commission, fees, 1e-9);
            at++;
        }
    }
    CU_ASSERT_EQUAL(at, fills);
    CU_ASSERT_TRUE(fills > 30);
    fclose(file);
}

static void agrees_bar_by_bar_and_trade_by_trade(void)
{
    static const struct variant variant[] = {
        {"close0_fee0bp", {GW_PRICE_CLOSE, 0}, 0},
        {"close0_fee10bp", {GW_PRICE_CLOSE, 0}, 10},
        {"open1_fee0bp", {GW_PRICE_OPEN, 1}, 0},
        {"open1_fee10bp", {GW_PRICE_OPEN, 1}, 10},
    };
    if (!read_prices(&goog)) {
        printf("skipped: vectorbt's GOOG results are absent\n");
        return;
    }
    CU_ASSERT_EQUAL(goog.count, BARS);
    for (size_t i = 0; i < sizeof variant / sizeof variant[0]; i++) {
        struct small_market m;
        run_variant(&variant[i], &m);
        check_equity_file(&variant[i], &m);
        check_trades_file(&variant[i], &m);
        small_close(&m);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"agrees_bar_by_bar_and_trade_by_trade", agrees_bar_by_bar_and_trade_by_trade},
    };
    return CHECK_RUN("vectorbt", tests);
}
