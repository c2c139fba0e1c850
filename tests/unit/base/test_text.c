#include "gridwalk/base/text.h"

#include "check.h"

#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>

static void appends_and_prints(void)
{
    struct gw_text text = {0};
    CU_ASSERT_PTR_NULL(text.data);
    gw_text_append(&text, "", 0);
    CHECK_TEXT(text.data, "");
    char expected[3000] = "";
    for (int i = 0; i < 200; i++) {
        char piece[32];
        snprintf(piece, sizeof piece, "%d=%g;", i, i / 4.0);
        strcat(expected, piece);
        gw_text_printf(&text, "%d=%g;", i, i / 4.0);
    }
    gw_text_append(&text, "tail, cut", 4);
    strcat(expected, "tail");
    CHECK_TEXT(text.data, expected);
    CU_ASSERT_EQUAL(text.length, strlen(expected));
    gw_text_clear(&text);
    CU_ASSERT_PTR_NULL(text.data);
    CU_ASSERT_EQUAL(text.length + text.capacity, 0);
}

static void parses_what_is_a_number(void)
{
    /* strtod of the C library is the other side; the decimals are hard to round. */
    static const char *const good[] = {
        "0",
        "-0",
        "+7",
        "007",
        "1.5",
        "-100.34",
        "1e3",
        "1E3",
        "2.5e-3",
        "1e+05",
        "0.1",
        "9007199254740993",
        "9007199254740991e3",
        "1e22",
        "1e23",
        "8.5e22",
        "0.3e-22",
        "123456789012345678901234567890",
        "18446744073709551615",
        "18446744073709551616e-5",
        "2.2250738585072011e-308",
        "4.9e-324",
        "1e-400",
        "1.7976931348623157e308",
        "0."
        "000000000000000000000000000000000000000000000000000000000000000000000000000001",
        "0e99999999999999999999",
        "6929495644600919.5",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203126"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = 42, expected = strtod(good[i], NULL);
        bool ok = gw_parse_double(good[i], strlen(good[i]), &value);
        if (!ok || memcmp(&value, &expected, sizeof value) != 0) {
            fprintf(stderr, "%s: %d %.17g\n", good[i], ok, value);
        }
        CU_ASSERT_TRUE(ok);
        CU_ASSERT_EQUAL(memcmp(&value, &expected, sizeof value), 0);
    }
}

static void refuses_what_is_not_a_number(void)
{
    static const char *const bad[] = {
        "",        "+",       "-",   ".",     ".5",     "5.",
        "1e",      "1e+",     " 1",  "1 ",    "0x1",    "inf",
        "-inf",    "nan",     "1,5", "1.5.",  "--1",    "1e5.0",
        "1_000",   "1d3",     "1e9", "1e309", "-1e999", "1e99999999999999999999",
        "1.8e308", "\xd9\xa1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 42;
        size_t length = strlen(bad[i]);
        bool ok = gw_parse_double(bad[i], length, &value);
        bool is_good = strcmp(bad[i], "1e9") == 0; /* so that the loop cannot pass idly */
        if (ok != is_good) {
            fprintf(stderr, "'%s' gives %g\n", bad[i], value);
        }
        CU_ASSERT_EQUAL(ok, is_good);
        CU_ASSERT_TRUE(is_good || value == 42);
    }
    double value = 0;
    CU_ASSERT_FALSE(gw_parse_double("1\0", 2, &value));
    CU_ASSERT_TRUE(gw_parse_double("12345", 2, &value)); /* reads only its own bytes */
    CU_ASSERT_EQUAL(value, 12);
}

/* Any bits, from a small generator (splitmix64). */
static uint64_t next_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void reads_back_what_it_formats(void)
{
    uint64_t state = 1;
    int wrong = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_bits(&state);
        double value, back = 0;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        value = i % 2 == 0 ? value : (double)(int64_t)(bits % 2000000) / 100;
        char text[32];
        gw_format_double(value, text, sizeof text);
        wrong += !gw_parse_double(text, strlen(text), &back) || back != value;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void formats_the_shortest_number(void)
{
    static const struct {
        double value;
        const char *text;
    } table[] = {{0.1, "0.1"},
                 {100.34, "100.34"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {-0.0, "-0"},
                 {1e22, "1e+22"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {-NAN, "nan"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[32];
        gw_format_double(table[i].value, text, sizeof text);
        CHECK_TEXT(text, table[i].text);
    }
}

static void does_not_ask_the_locale(void)
{
    static const char *const comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8",
                                        "de_DE"};
    const char *set = NULL;
    for (size_t i = 0; i < sizeof comma / sizeof comma[0] && set == NULL; i++) {
        set = setlocale(LC_ALL, comma[i]);
    }
    if (set == NULL) {
        printf("skipped: a locale with a decimal comma is absent\n");
        return;
    }
    char text[32];
    double value = 0;
    gw_format_double(2.5, text, sizeof text);
    CHECK_TEXT(text, "2.5");
    const char *many = "1.00000000000000011102230246251565404236316680908203126";
    CU_ASSERT_TRUE(gw_parse_double(many, strlen(many), &value));
    CU_ASSERT_EQUAL(value, 1 + 0x1p-52);
    setlocale(LC_ALL, "C");
}

static void parses_integers(void)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } table[] = {{"0", true, 0},
                 {"-0", true, 0},
                 {"+12", true, 12},
                 {"9223372036854775807", true, INT64_MAX},
                 {"-9223372036854775808", true, INT64_MIN},
                 {"9223372036854775808", false, 0},
                 {"-9223372036854775809", false, 0},
                 {"92233720368547758070", false, 0},
                 {"", false, 0},
                 {"-", false, 0},
                 {"1.0", false, 0},
                 {"1e3", false, 0},
                 {" 1", false, 0},
                 {"0x10", false, 0}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t value = 0;
        CU_ASSERT_EQUAL(gw_parse_int(table[i].text, strlen(table[i].text), &value),
                        table[i].ok);
        CU_ASSERT_EQUAL(value, table[i].value);
    }
}

static void counts_edits(void)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } table[] = {
        {"", "", 0},           {"", "abc", 3},           {"sma", "sma", 0},
        {"sma", "ema", 1},     {"kitten", "sitting", 3}, {"commision", "commission", 1},
        {"flod", "fold", 1},   {"ab", "ba", 1},          {"ca", "abc", 3},
        {"sharpe", "sharp", 1}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_EQUAL(gw_edit_distance(table[i].a, table[i].b), table[i].distance);
        CU_ASSERT_EQUAL(gw_edit_distance(table[i].b, table[i].a), table[i].distance);
    }
}

static void finds_the_nearest_name(void)
{
    static const char *const names[] = {
        "commission_bps", "slippage_bps", "capital", "sma", "ema", "walk_forward"};
    enum { COUNT = sizeof names / sizeof names[0] };
    static const struct {
        const char *word, *name;
    } table[] = {{"comission_bps", "commission_bps"},
                 {"capitol", "capital"},
                 {"walkforward", "walk_forward"},
                 {"smae", "sma"},
                 {"sma", "sma"},
                 {"objective", NULL},
                 {"xyz", NULL},
                 {"qq", NULL}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *name = gw_nearest(table[i].word, names, COUNT);
        CHECK_TEXT(name == NULL ? "none" : name,
                   table[i].name == NULL ? "none" : table[i].name);
    }
    CU_ASSERT_PTR_NULL(gw_nearest("sma", names, 0));
}

static void formats_counts_bytes_and_seconds(void)
{
    char text[32];
    gw_format_count(0, text, sizeof text);
    CHECK_TEXT(text, "0");
    gw_format_count(999, text, sizeof text);
    CHECK_TEXT(text, "999");
    gw_format_count(1234567, text, sizeof text);
    CHECK_TEXT(text, "1,234,567");
    gw_format_count(UINT64_MAX, text, sizeof text);
    CHECK_TEXT(text, "18,446,744,073,709,551,615");
    static const struct {
        double value;
        const char *bytes, *seconds;
    } table[] = {{0, "0 B", "0.0 s"},
                 {4.2, "4 B", "4.2 s"},
                 {59.94, "60 B", "59.9 s"},
                 {59.96, "60 B", "1:00"},
                 {1536, "1.5 kB", "25:36"},
                 {3599.7, "3.6 kB", "1:00:00"},
                 {3725, "3.7 kB", "1:02:05"},
                 {9960, "10 kB", "2:46:00"},
                 {999600, "1.0 MB", "277:40:00"},
                 {96e12, "96 TB", "? s"},
                 {NAN, "? B", "? s"},
                 {-1, "? B", "? s"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        gw_format_bytes(table[i].value, text, sizeof text);
        CHECK_TEXT(text, table[i].bytes);
        gw_format_seconds(table[i].value, text, sizeof text);
        CHECK_TEXT(text, table[i].seconds);
    }
    gw_format_seconds(0.0031, text, sizeof text);
    CHECK_TEXT(text, "3.1 ms");
}

int main(void)
{
    static const struct check_test tests[] = {
        {"appends_and_prints", appends_and_prints},
        {"parses_what_is_a_number", parses_what_is_a_number},
        {"refuses_what_is_not_a_number", refuses_what_is_not_a_number},
        {"reads_back_what_it_formats", reads_back_what_it_formats},
        {"formats_the_shortest_number", formats_the_shortest_number},
        {"does_not_ask_the_locale", does_not_ask_the_locale},
        {"parses_integers", parses_integers},
        {"counts_edits", counts_edits},
        {"finds_the_nearest_name", finds_the_nearest_name},
        {"formats_counts_bytes_and_seconds", formats_counts_bytes_and_seconds},
    };
    return CHECK_RUN("text", tests);
}
