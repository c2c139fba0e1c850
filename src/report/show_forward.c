#include "show.h"

#include "gridwalk/base/time.h"

#include <math.h>
#include <string.h>

static const enum gw_metric shown[] = {GW_METRIC_total_return, GW_METRIC_cagr,
                                       GW_METRIC_volatility,   GW_METRIC_sharpe,
                                       GW_METRIC_max_drawdown, GW_METRIC_trades};
enum { SHOWN = sizeof shown / sizeof shown[0] };

static void print_caption(const struct gw_show *show)
{
    const struct gw_results *results = show->results;
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE], bars[32];
    gw_date_format(results->time[0], from);
    gw_date_format(results->time[results->times - 1], to);
    gw_format_count(results->times, bars, sizeof bars);
    gw_text_printf(
        show->out,
        "\nout of sample, %s to %s, %s bars: the test%s of %zu window%s, end to "
        "end:\n",
        from, to, bars, results->windows == 1 ? "" : "s", results->windows,
        results->windows == 1 ? "" : "s");
}

static void print_records(const struct gw_show *show)
{
    const struct gw_results *results = show->results;
    struct gw_table *table = gw_table_new(1 + SHOWN);
    gw_table_cell(table, "record");
    for (size_t i = 0; i < SHOWN; i++) {
        gw_table_cell(table, gw_metric_info[shown[i]].name);
    }
    for (size_t r = 0; r < results->records; r++) {
        gw_table_cell(table, results->record[r]);
        for (size_t i = 0; i < SHOWN; i++) {
            gw_table_number(table, results->oos_metric[r][shown[i]],
                            gw_metric_digits(shown[i]));
        }
    }
    gw_table_print(table, show->out);
    gw_table_free(table);
}

/* What the records are, so that nobody takes the third for something to be had. */
static void print_legend(const struct gw_show *show)
{
    const struct gw_results *results = show->results;
    bool benchmark = strcmp(results->record[results->records - 1], "benchmark") == 0;
    gw_text_printf(
        show->out,
        "hindsight: each window's best by %s in test, which nobody could know; "
        "median: the middle one\n",
        results->objective);
    gw_text_printf(show->out,
                   "buy_and_hold: all assets, equal amounts, bought once, no costs, no "
                   "trades counted%s\n",
                   benchmark ? "; benchmark: that asset, too" : "");
}

static double mean_correlation(const struct gw_results *results)
{
    double sum = 0;
    size_t count = 0;
    for (size_t w = 0; w < results->windows; w++) {
        if (!isnan(results->rank_correlation[w])) {
            sum += results->rank_correlation[w];
            count++;
        }
    }
    return count > 0 ? sum / (double)count : NAN;
}

static void print_chosen(const struct gw_show *show, size_t chose)
{
    const struct gw_results *results = show->results;
    gw_text_printf(show->out, "windows that gained in test: ");
    gw_show_share(show->out, results->profitable_windows);
    gw_text_printf(show->out, " of the %zu that chose\nwalk-forward efficiency: ", chose);
    gw_show_number(show->out, results->efficiency, 2);
    gw_text_printf(show->out,
                   ", the choices' mean return a bar in test over that in %s%s\n",
                   gw_segment_name[results->on],
                   isnan(results->efficiency) ? " (which is not above 0)" : "");
}

static void print_overall(const struct gw_show *show)
{
    const struct gw_results *results = show->results;
    const char *on = gw_segment_name[results->on];
    size_t chose = 0;
    for (size_t w = 0; w < results->windows; w++) {
        chose += gw_show_picks(results, w) > 0;
    }
    if (chose > 0) {
        print_chosen(show, chose);
    } else {
        gw_text_printf(show->out, "no window chose a combination: `selected` is cash\n");
    }
    gw_text_printf(show->out, "mean rank correlation: ");
    gw_show_number(show->out, mean_correlation(results), 2);
    gw_text_printf(show->out,
                   " between %s and test; at 0 choosing by %s told nothing of test\n", on,
                   on);
    gw_text_printf(show->out, "compare walk-forwards by the sharpe of `selected`: it "
                              "foretells more than their efficiency does\n");
}

void gw_show_forward(const struct gw_show *show)
{
    if (show->results->records > 0) {
        print_caption(show);
        print_records(show);
        print_legend(show);
        print_overall(show);
    }
}
