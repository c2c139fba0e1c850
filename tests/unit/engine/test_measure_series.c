/* Metrics of three return series as empyrical and R's PerformanceAnalytics computed them.
 *
 * What they call otherwise or define otherwise:
 * - SharpeRatio.annualized_geometric is cagr / volatility, ours the arithmetic one;
 * - SortinoRatio is of one period, ours times sqrt(periods); VaR, ES, var and cvar are
 *   returns, ours are losses; maxDrawdown_geometric is ours without its sign;
 * - skewness and kurtosis are those of moments; fisher and sample correct for few
 *   numbers;
 * - maxDrawdown_arithmetic adds returns up, DownsideDeviation "subset" divides by the
 *   negative ones alone: not here; nor are tail_ratio, stability, 1 % tails, and ratios
 *   made of several drawdowns;
 * - ProbSharpeRatio is not that of the article, which test_measure has. */
#include "check.h"

#include "gridwalk/engine/measure.h"

#include <stdlib.h>

#define DATA GW_SOURCE_DIR "/../shared/data/reference/"

enum { BARS = 2200, LINE = 256, TEXT = 1 << 16 };

static double out[GW_METRICS];

struct series {
    const char *name;
    double periods;
    size_t count;
    double r[BARS];
};

static FILE *open_file(const char *name)
{
    char path[LINE * 2];
    snprintf(path, sizeof path, DATA "%s", name);
    return fopen(path, "r");
}

static bool read_series(struct series *series)
{
    char name[LINE], line[LINE];
    snprintf(name, sizeof name, "series/%s.csv", series->name);
    FILE *file = open_file(name);
    series->count = 0;
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        return false;
    }
    while (series->count < BARS &&
           fscanf(file, "%*[^,],%lf ", &series->r[series->count]) == 1) {
        series->count++;
    }
    fclose(file);
    return true;
}

static void measure(const struct series *series, double risk_free)
{
    static const bool wanted[GW_METRICS] = {
        [GW_METRIC_var_95] = true, [GW_METRIC_cvar_95] = true};
    static const struct gw_ledger none;
    static double equity[BARS], scratch[BARS];
    double e = 1000;
    for (size_t t = 0; t < series->count; t++) {
        equity[t] = e *= 1 + series->r[t];
    }
    const struct gw_record record = {.capital = 1000,
                                     .periods = series->periods,
                                     .risk_free = risk_free,
                                     .equity = equity,
                                     .bars = series->count,
                                     .ledger = &none,
                                     .scratch = scratch};
    gw_measure(&record, wanted, out);
}

struct name {
    const char *theirs;
    enum gw_metric ours;
    double factor; /* on their number */
    double bp;     /* free of risk a period, in 1/10000 */
};

static void check_name(const struct series *series, const struct name *name, double value)
{
    measure(series, name->bp / 1e4 * series->periods);
    double factor = name->factor != 0 ? name->factor : sqrt(series->periods);
    double size = fabs(value * factor), ours = out[name->ours];
    if (!(fabs(ours - value * factor) <= 1e-11 * size)) {
        fprintf(stderr, "%s, %s: %.17g, expected %.17g\n", series->name, name->theirs,
                ours, value * factor);
    }
    CU_ASSERT_TRUE(fabs(ours - value * factor) <= 1e-11 * size);
}

static struct series all[] = {
    {.name = "goog_daily", .periods = 252},
    {.name = "edhec_1_monthly", .periods = 12},
    {.name = "bacon_monthly", .periods = 12},
};

enum { SERIES = sizeof all / sizeof all[0] };

static bool ready(void)
{
    for (size_t i = 0; i < SERIES; i++) {
        if (!read_series(&all[i])) {
            printf("skipped: the reference series are absent\n");
            return false;
        }
    }
    CU_ASSERT_EQUAL(all[0].count, 2147);
    CU_ASSERT_EQUAL(all[1].count, 293);
    CU_ASSERT_EQUAL(all[2].count, 24);
    return true;
}

/* {"goog_daily": {"n": 2147.0, ...}, ...} */
static void agrees_with_empyrical(void)
{
    static const struct name name[] = {
        {"cum_return_final", GW_METRIC_total_return, 1, 0},
        {"annual_return", GW_METRIC_cagr, 1, 0},
        {"annual_volatility", GW_METRIC_volatility, 1, 0},
        {"sharpe_ratio_rf0", GW_METRIC_sharpe, 1, 0},
        {"sharpe_ratio_rf1bp_per_period", GW_METRIC_sharpe, 1, 1},
        {"sortino_ratio_rr0", GW_METRIC_sortino, 1, 0},
        {"sortino_ratio_rr1bp_per_period", GW_METRIC_sortino, 1, 1},
        {"max_drawdown", GW_METRIC_max_drawdown, 1, 0},
        {"calmar_ratio", GW_METRIC_calmar, 1, 0},
        {"omega_ratio_rf0_rr0", GW_METRIC_omega, 1, 0},
        {"var_5pct", GW_METRIC_var_95, -1, 0},
        {"cvar_5pct", GW_METRIC_cvar_95, -1, 0},
    };
    static char text[TEXT];
    FILE *file = ready() ? open_file("metrics_empyrical.json") : NULL;
    if (file == NULL) {
        return;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < SERIES; i++) {
        const char *part = strstr(text, all[i].name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(part);
        for (size_t k = 0; k < sizeof name / sizeof name[0]; k++) {
            char key[LINE];
            snprintf(key, sizeof key, "\"%s\":", name[k].theirs);
            const char *at = strstr(part, key);
            CU_ASSERT_PTR_NOT_NULL_FATAL(at);
            check_name(&all[i], &name[k], strtod(at + strlen(key), NULL));
        }
    }
}

/* series,metric,value */
static void agrees_with_performance_analytics(void)
{
    static const struct name name[] = {
        {"Return.cumulative", GW_METRIC_total_return, 1, 0},
        {"Return.annualized_geometric", GW_METRIC_cagr, 1, 0},
        {"StdDev.annualized", GW_METRIC_volatility, 1, 0},
        {"SharpeRatio.annualized_arithmetic", GW_METRIC_sharpe, 1, 0},
        {"SortinoRatio_MAR0_perperiod", GW_METRIC_sortino, 0, 0},
        {"maxDrawdown_geometric", GW_METRIC_max_drawdown, -1, 0},
        {"CalmarRatio", GW_METRIC_calmar, 1, 0},
        {"UlcerIndex", GW_METRIC_ulcer, 1, 0},
        {"Omega_L0", GW_METRIC_omega, 1, 0},
        {"skewness_moment", GW_METRIC_skew, 1, 0},
        {"kurtosis_moment", GW_METRIC_kurtosis, 1, 0},
        {"VaR_historical_0.95", GW_METRIC_var_95, -1, 0},
        {"ES_historical_0.95", GW_METRIC_cvar_95, -1, 0},
    };
    char line[LINE];
    size_t found = 0, names = sizeof name / sizeof name[0];
    FILE *file = ready() ? open_file("metrics_perfanalytics.csv") : NULL;
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        for (size_t k = 0; k < names * SERIES; k++) {
            const struct series *series = &all[k / names];
            char head[LINE];
            snprintf(head, sizeof head, "%s,%s,", series->name, name[k % names].theirs);
            if (strncmp(line, head, strlen(head)) == 0) {
                check_name(series, &name[k % names], strtod(line + strlen(head), NULL));
                found++;
            }
        }
    }
    fclose(file);
    CU_ASSERT_EQUAL(found, names * SERIES);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"agrees_with_empyrical", agrees_with_empyrical},
        {"agrees_with_performance_analytics", agrees_with_performance_analytics},
    };
    return CHECK_RUN("measure_series", tests);
}
