#include "check.h"

#include "gridwalk/report/tables.h"

#include <stdlib.h>

static void aligns_words_left_and_numbers_right(void)
{
    struct gw_table *table = gw_table_new(3);
    struct gw_text out = {0};
    static const char *const head[] = {"name", "trades", "x"};
    for (size_t i = 0; i < 3; i++) {
        gw_table_cell(table, head[i]);
    }
    gw_table_cell(table, "a");
    gw_table_number(table, 12345678, 0);
    gw_table_number(table, -0.5, 2);
    gw_table_cell(table, "longer");
    gw_table_number(table, 7, 0);
    gw_table_cell(table, "-");
    gw_table_print(table, &out);
    CHECK_TEXT(out.data, "  name      trades      x\n"
                         "  ------  --------  -----\n"
                         "  a       12345678  -0.50\n"
                         "  longer         7      -\n");
    gw_text_clear(&out);
    gw_table_free(table);
}

static void counts_characters_not_bytes(void)
{
    struct gw_table *table = gw_table_new(2);
    struct gw_text out = {0};
    gw_table_cell(table, "n");
    gw_table_cell(table, "m");
    gw_table_cell(table, "Z\xc3\xbcrich");
    gw_table_cell(table, "x");
    gw_table_print(table, &out);
    CHECK_TEXT(out.data, "  n       m\n  ------  -\n  Z\xc3\xbcrich  x\n");
    gw_text_clear(&out);
    gw_table_free(table);
}

static void leaves_no_blanks_at_the_end_of_a_line(void)
{
    struct gw_table *table = gw_table_new(2);
    struct gw_text out = {0};
    gw_table_cell(table, "n");
    gw_table_cell(table, "note");
    gw_table_cell(table, "1");
    gw_table_cell(table, "");
    gw_table_print(table, &out);
    CHECK_TEXT(out.data, "  n  note\n  -  ----\n  1\n");
    gw_text_clear(&out);
    gw_table_free(table);
}

static void shows_numbers_as_people_read_them(void)
{
    static const struct {
        double value;
        int digits;
        const char *text;
    } row[] = {{0.12345, 4, "0.1235"},
               {-0.00001, 4, "0.0000"},
               {NAN, 4, "n/a"},
               {-NAN, 0, "n/a"},
               {INFINITY, 4, "inf"},
               {-INFINITY, 2, "-inf"},
               {1234.5, 2, "1234.50"},
               {0.1, -1, "0.1"},
               {50, -1, "50"},
               {1e20, 2, "1e+20"},
               {-3, 0, "-3"},
               {0, -1, "0"},
               {0.30000000000000004, -1, "0.30000000000000004"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gw_table *table = gw_table_new(1);
        struct gw_text out = {0};
        gw_table_number(table, row[i].value, row[i].digits);
        gw_table_print(table, &out);
        out.data[2 + strcspn(out.data + 2, "\n")] = '\0';
        CHECK_TEXT(out.data + 2, row[i].text);
        gw_text_clear(&out);
        gw_table_free(table);
    }
}

static void knows_how_to_show_each_metric(void)
{
    CU_ASSERT_EQUAL(gw_metric_digits(GW_METRIC_sharpe), 4);
    CU_ASSERT_EQUAL(gw_metric_digits(GW_METRIC_trades), 0);
    CU_ASSERT_EQUAL(gw_metric_digits(GW_METRIC_costs), 2);
    CU_ASSERT_EQUAL(gw_metric_digits(GW_METRIC_avg_bars), 1);
    CU_ASSERT_TRUE(gw_metric_lower_is_better(GW_METRIC_volatility));
    CU_ASSERT_TRUE(gw_metric_lower_is_better(GW_METRIC_max_drawdown_bars));
    CU_ASSERT_FALSE(gw_metric_lower_is_better(GW_METRIC_max_drawdown)); /* it is <= 0 */
    CU_ASSERT_FALSE(gw_metric_lower_is_better(GW_METRIC_sharpe));
}

int main(void)
{
    static const struct check_test tests[] = {
        {"aligns_words_left_and_numbers_right", aligns_words_left_and_numbers_right},
        {"counts_characters_not_bytes", counts_characters_not_bytes},
        {"leaves_no_blanks_at_the_end_of_a_line", leaves_no_blanks_at_the_end_of_a_line},
        {"shows_numbers_as_people_read_them", shows_numbers_as_people_read_them},
        {"knows_how_to_show_each_metric", knows_how_to_show_each_metric},
    };
    return CHECK_RUN("table", tests);
}
