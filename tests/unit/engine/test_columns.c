/* The cache of indicator columns: what is kept, what is counted, what is bounded. */
#include "small_market.h"

#include "gridwalk/engine/columns.h"

enum { BARS = 50 };

struct bench {
    struct small_market market;
    int32_t root;
    struct gw_columns *columns;
};

static void open_bench(struct bench *bench, uint32_t varied, size_t limit)
{
    double close[BARS];
    for (size_t t = 0; t < BARS; t++) {
        close[t] = t == 7 ? NAN : 100 + (double)(t * t % 17);
    }
    small_open(&bench->market, BARS, 1, close);
    bench->market.portal = gw_portal_new(bench->market.panel, GW_ADJUSTED);
    bench->root =
        small_compile(&bench->market, "sma(close, fast) - sma(close, slow)", GW_NUMBER);
    bench->columns =
        gw_columns_new(bench->market.graph, bench->market.portal, varied, limit);
}

static void close_bench(struct bench *bench)
{
    gw_columns_free(bench->columns);
    small_close(&bench->market);
}

/* Compute the root for a pair; the own bars leave out the one without a price. */
static double last_value(struct bench *bench, double fast, double slow)
{
    double value[GW_MAX_PARAMETERS] = {fast, slow};
    struct gw_columns_at at = {.to = BARS - 1, .value = value};
    gw_columns_begin(bench->columns, &at);
    return gw_columns_get(bench->columns, bench->root)[BARS - 2];
}

static double mean_of_last(double n)
{
    double sum = 0;
    for (size_t i = 0; i < (size_t)n; i++) {
        size_t t = BARS - 1 - i;
        sum += 100 + (double)(t * t % 17);
    }
    return sum / n;
}

/* 6 x 6 pairs need 12 averages and 1 field; the difference itself is never kept. */
static void each_average_is_computed_once(void)
{
    struct bench bench;
    open_bench(&bench, 3, 1 << 20);
    for (double fast = 2; fast <= 7; fast++) {
        for (double slow = 10; slow <= 15; slow++) {
            CHECK_CLOSE(last_value(&bench, fast, slow),
                        mean_of_last(fast) - mean_of_last(slow), 1e-13);
        }
    }
    struct gw_cache_stats stats = gw_columns_stats(bench.columns);
    CU_ASSERT_EQUAL(stats.misses, 13);
    /* 72 averages asked for, 12 of them new; the field for 11 pairs, once new */
    CU_ASSERT_EQUAL(stats.hits, 72 - 12 + 10);
    close_bench(&bench);
}

/* A limit of one column: nothing is kept for long, and every value is still right. */
static void a_small_limit_costs_time_and_nothing_else(void)
{
    struct bench bench;
    open_bench(&bench, 3, 1);
    for (double fast = 2; fast <= 7; fast++) {
        CHECK_CLOSE(last_value(&bench, fast, 12), mean_of_last(fast) - mean_of_last(12),
                    1e-13);
    }
    struct gw_cache_stats stats = gw_columns_stats(bench.columns);
    CU_ASSERT_EQUAL(stats.misses, 3 * 6);
    CU_ASSERT_TRUE(stats.peak_bytes < 8 * (BARS * sizeof(double) + 1024));
    close_bench(&bench);
}

/* What three columns need fits all of these limits. */
static void a_limit_is_kept_to_the_byte(void)
{
    for (size_t limit = 4000; limit < 8000; limit += 250) {
        struct bench bench;
        open_bench(&bench, 3, limit);
        for (double fast = 2; fast <= 7; fast++) {
            last_value(&bench, fast, 10 + fast);
        }
        struct gw_cache_stats stats = gw_columns_stats(bench.columns);
        CU_ASSERT_TRUE(stats.peak_bytes <= limit && stats.peak_bytes > limit / 2);
        close_bench(&bench);
    }
}

static void assets_have_columns_of_their_own(void)
{
    struct small_market market;
    const double close[] = {1, 2, 3, /**/ 10, 20, 40}, value[GW_MAX_PARAMETERS] = {2};
    small_open(&market, 3, 2, close);
    market.portal = gw_portal_new(market.panel, GW_ADJUSTED);
    int32_t node = small_compile(&market, "sma(close, fast)", GW_NUMBER);
    struct gw_columns *columns = gw_columns_new(market.graph, market.portal, 1, 1 << 20);
    for (size_t n = 0; n < 2; n++) {
        const struct gw_columns_at at = {.asset = n, .to = 3, .value = value};
        gw_columns_begin(columns, &at);
        CHECK_CLOSE(gw_columns_get(columns, node)[2], n == 0 ? 2.5 : 30, 1e-15);
        CHECK_CLOSE(gw_columns_field(columns, GW_CLOSE)[2], n == 0 ? 3 : 40, 0);
    }
    gw_columns_free(columns);
    small_close(&market);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"each_average_is_computed_once", each_average_is_computed_once},
        {"a_small_limit_costs_time_and_nothing_else",
         a_small_limit_costs_time_and_nothing_else},
        {"a_limit_is_kept_to_the_byte", a_limit_is_kept_to_the_byte},
        {"assets_have_columns_of_their_own", assets_have_columns_of_their_own},
    };
    return CHECK_RUN("columns", tests);
}
