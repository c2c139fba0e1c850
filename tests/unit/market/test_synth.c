#include "gridwalk/market/synth.h"

#include "gridwalk/base/time.h"

#include "check.h"

#include <stdlib.h>

static const int32_t new_year_2024 = 19723; /* a Monday */

static struct gw_panel *make_rustybt(size_t bars)
{
    const struct gw_synth synth = {.kind = GW_SYNTH_RUSTYBT,
                                   .bars = bars,
                                   .assets = 10,
                                   .seed = 42,
                                   .first = new_year_2024,
                                   .periods = 252};
    return gw_synth_make(&synth);
}

static struct gw_synth walk_settings(size_t bars, size_t assets, uint64_t seed)
{
    return (struct gw_synth){.kind = GW_SYNTH_WALK,
                             .bars = bars,
                             .assets = assets,
                             .seed = seed,
                             .first = new_year_2024,
                             .drift = 0.08,
                             .volatility = 0.3,
                             .periods = 252};
}

static double sum(const struct gw_panel *panel, enum gw_field field)
{
    double total = 0;
    for (size_t i = 0; i < panel->N * panel->T; i++) {
        total += panel->column[field][i];
    }
    return total;
}

/* The figures of an acceptance case, made with numpy from the published definition. */
static void repeats_the_seed_systems_data(void)
{
    static const double first[] = {99.2439251, 105.052280, 98.6941360, 100.775071};
    struct gw_panel *panel = make_rustybt(252);
    for (int field = GW_OPEN; field <= GW_CLOSE; field++) {
        CHECK_CLOSE(panel->column[field][0], first[field], 1e-8);
    }
    CU_ASSERT_EQUAL(panel->column[GW_VOLUME][0], 1355972);
    CHECK_CLOSE(panel->column[GW_CLOSE][251], 103.564515, 1e-8);
    CU_ASSERT_EQUAL(panel->column[GW_VOLUME][251], 1423738);
    CHECK_CLOSE(gw_panel_column(panel, GW_CLOSE, 9)[251], 82.9796908, 1e-8);
    CU_ASSERT_EQUAL(gw_panel_column(panel, GW_VOLUME, 9)[251], 1381857);
    CHECK_CLOSE(sum(panel, GW_CLOSE), 263914.5416408235, 1e-12);
    CU_ASSERT_EQUAL(sum(panel, GW_VOLUME), 3764345800);
    gw_panel_free(panel);
    panel = make_rustybt(350);
    CHECK_CLOSE(sum(panel, GW_CLOSE), 359270.34242200304, 1e-12);
    CHECK_CLOSE(gw_panel_column(panel, GW_CLOSE, 9)[349], 94.89368788415109, 1e-12);
    gw_panel_free(panel);
}

/* One line "date,symbol,open,high,low,close,volume" against its row. */
static void check_line(const struct gw_panel *panel, size_t row, const char *line)
{
    size_t t = row / panel->N, n = row % panel->N;
    char date[GW_DATE_SIZE], symbol[GW_SYMBOL_SIZE];
    double value[GW_FIELDS];
    CU_ASSERT_EQUAL_FATAL(sscanf(line, "%10[^,],%31[^,],%lf,%lf,%lf,%lf,%lf", date,
                                 symbol, &value[0], &value[1], &value[2], &value[3],
                                 &value[4]),
                          7);
    char session[GW_DATE_SIZE];
    gw_date_format(panel->session[t], session);
    CHECK_TEXT(session, date);
    CHECK_TEXT(panel->asset[n].symbol, symbol);
    for (int field = 0; field < GW_FIELDS; field++) {
        CHECK_CLOSE(gw_panel_column(panel, (enum gw_field)field, n)[t], value[field],
                    1e-13);
    }
}

static void check_file(const char *name, size_t bars)
{
    char path[600], line[300];
    snprintf(path, sizeof path, "%s/../shared/data/seed/%s", GW_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("skipped: %s absent\n", name);
        return;
    }
    struct gw_panel *panel = make_rustybt(bars);
    size_t rows = 0;
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof line, file)); /* the header */
    while (rows < bars * 10 && fgets(line, sizeof line, file) != NULL) {
        check_line(panel, rows++, line);
    }
    CU_ASSERT_EQUAL(rows, bars * 10);
    CU_ASSERT_PTR_NULL(fgets(line, sizeof line, file));
    gw_panel_free(panel);
    fclose(file);
}

static void repeats_every_row_of_the_seed_systems_data(void)
{
    check_file("grid_252x10.csv", 252);
    check_file("walk_forward_350x10.csv", 350);
}

/* Computed in Python from the formulas in the header, with a Philox of its own. */
static void walks_by_the_written_formulas(void)
{
    static const struct {
        size_t n, t;
        double value[GW_FIELDS];
    } table[] = {
        {0,
         0,
         {100.77541382225661, 104.11104835131083, 99.920796563724238, 103.63764616798383,
          1338472}},
        {0,
         1,
         {103.58711209800965, 104.33295862164204, 102.81051303664326, 103.74722974686597,
          1239597}},
        {1,
         0,
         {100.51325101429624, 100.7362925139531, 97.278357739105672, 99.205912645660405,
          1032841}},
        {2,
         250,
         {119.17979580328907, 121.4221592692804, 118.55578619962409, 120.66110039007418,
          1353202}},
    };
    const struct gw_synth synth = walk_settings(251, 3, 7);
    struct gw_panel *panel = gw_synth_make(&synth);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (int field = 0; field < GW_FIELDS; field++) {
            CHECK_CLOSE(
                gw_panel_column(panel, (enum gw_field)field, table[i].n)[table[i].t],
                table[i].value[field], 1e-12);
        }
    }
    gw_panel_free(panel);
}

static void keeps_open_and_close_between_low_and_high(void)
{
    const struct gw_synth synth = walk_settings(2000, 5, 3);
    struct gw_panel *panel = gw_synth_make(&synth);
    for (size_t i = 0; i < panel->N * panel->T; i++) {
        double open = panel->column[GW_OPEN][i], close = panel->column[GW_CLOSE][i];
        CU_ASSERT_TRUE(panel->column[GW_HIGH][i] >= fmax(open, close));
        CU_ASSERT_TRUE(panel->column[GW_LOW][i] <= fmin(open, close));
        CU_ASSERT_TRUE(panel->column[GW_LOW][i] > 0);
        double volume = panel->column[GW_VOLUME][i];
        CU_ASSERT_TRUE(volume >= 5e5 && volume < 1.5e6 && volume == floor(volume));
    }
    gw_panel_free(panel);
}

/* Fewer bars or assets are a part of more. */
static void gives_a_bar_the_same_numbers_in_any_panel(void)
{
    const struct gw_synth large = walk_settings(300, 6, 11);
    const struct gw_synth small = walk_settings(120, 4, 11);
    struct gw_panel *whole = gw_synth_make(&large), *part = gw_synth_make(&small);
    for (size_t n = 0; n < 4; n++) {
        for (int field = 0; field < GW_FIELDS; field++) {
            const double *a = gw_panel_column(whole, (enum gw_field)field, n);
            const double *b = gw_panel_column(part, (enum gw_field)field, n);
            CU_ASSERT_EQUAL(memcmp(a, b, 120 * sizeof *a), 0);
        }
    }
    CU_ASSERT_EQUAL(memcmp(whole->session, part->session, 120 * sizeof(int32_t)), 0);
    gw_panel_free(whole);
    gw_panel_free(part);
}

static void hash_closes(uint64_t seed, uint8_t out[GW_XXH128_SIZE])
{
    const struct gw_synth synth = walk_settings(50, 2, seed);
    struct gw_panel *panel = gw_synth_make(&synth);
    gw_xxh128_doubles(panel->column[GW_CLOSE], 100, out);
    gw_panel_free(panel);
}

static void repeats_a_seed_and_differs_between_seeds(void)
{
    static const uint64_t seed[] = {0, 1, 2, UINT64_C(1) << 32, UINT64_MAX};
    enum { SEEDS = sizeof seed / sizeof seed[0] };
    uint8_t hash[SEEDS][GW_XXH128_SIZE], again[GW_XXH128_SIZE];
    for (size_t i = 0; i < SEEDS; i++) {
        hash_closes(seed[i], hash[i]);
        hash_closes(seed[i], again);
        CU_ASSERT_EQUAL(memcmp(hash[i], again, sizeof again), 0);
        for (size_t j = 0; j < i; j++) {
            CU_ASSERT_NOT_EQUAL(memcmp(hash[i], hash[j], sizeof again), 0);
        }
    }
}

/* 40,000 bars: the sd is within 0.35 % of its own, the yearly mean within 0.024. */
static void moves_as_much_as_asked(void)
{
    enum { T = 40000 };
    struct gw_synth synth = walk_settings(T, 1, 5);
    synth.drift = 0.5;
    struct gw_panel *panel = gw_synth_make(&synth);
    const double *close = panel->column[GW_CLOSE];
    double total = 0, squares = 0, before = 100;
    for (size_t t = 0; t < T; t++) {
        double r = log(close[t] / before);
        total += r;
        squares += r * r;
        before = close[t];
    }
    double mean = total / T;
    CHECK_CLOSE(sqrt((squares / T - mean * mean) * 252), 0.3, 4 * 0.0035 * 0.3);
    CHECK_CLOSE(mean * 252, 0.5, 4 * 0.024);
    gw_panel_free(panel);
}

static void walks_on_weekdays(void)
{
    /* 2024-01-06 is a Saturday */
    static const int32_t expected[] = {7, 8, 9, 10, 11, 14, 15};
    struct gw_synth synth = walk_settings(7, 1, 1);
    synth.first = new_year_2024 + 5;
    struct gw_panel *panel = gw_synth_make(&synth);
    for (size_t t = 0; t < 7; t++) {
        CU_ASSERT_EQUAL(panel->session[t], new_year_2024 + expected[t]);
    }
    gw_panel_free(panel);
    synth.first = -4; /* 1969-12-28, a Sunday */
    panel = gw_synth_make(&synth);
    CU_ASSERT_EQUAL(panel->session[0], -3);
    CU_ASSERT_EQUAL(panel->session[5], 4);
    gw_panel_free(panel);
}

static void fills_in_what_a_panel_says_of_itself(void)
{
    struct gw_synth synth = walk_settings(3, 12, 9);
    synth.periods = 260;
    struct gw_panel *panel = gw_synth_make(&synth);
    CU_ASSERT_EQUAL(panel->header->periods, 260);
    CHECK_TEXT(panel->header->frequency, "1d");
    CHECK_TEXT(panel->header->description,
               "made up: walk, seed 9, drift 0.08, volatility 0.3");
    CHECK_TEXT(panel->asset[0].symbol, "ASSET0");
    CHECK_TEXT(panel->asset[11].symbol, "ASSET11");
    CU_ASSERT_EQUAL(panel->asset[11].first, new_year_2024);
    CU_ASSERT_EQUAL(panel->asset[11].last, new_year_2024 + 2);
    CU_ASSERT_EQUAL(panel->actions, 0);
    gw_panel_free(panel);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"repeats_the_seed_systems_data", repeats_the_seed_systems_data},
        {"repeats_every_row_of_the_seed_systems_data",
         repeats_every_row_of_the_seed_systems_data},
        {"walks_by_the_written_formulas", walks_by_the_written_formulas},
        {"keeps_open_and_close_between_low_and_high",
         keeps_open_and_close_between_low_and_high},
        {"gives_a_bar_the_same_numbers_in_any_panel",
         gives_a_bar_the_same_numbers_in_any_panel},
        {"repeats_a_seed_and_differs_between_seeds",
         repeats_a_seed_and_differs_between_seeds},
        {"moves_as_much_as_asked", moves_as_much_as_asked},
        {"walks_on_weekdays", walks_on_weekdays},
        {"fills_in_what_a_panel_says_of_itself", fills_in_what_a_panel_says_of_itself},
    };
    return CHECK_RUN("synth", tests);
}
