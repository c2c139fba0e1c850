#include "store/results_fixture.h"

#include "gridwalk/report/tables.h"

#define PATH "test_info.h5"
#define STRATEGY                                                                         \
    "bundle: b.h5\n"                                                                     \
    "strategy:\n"                                                                        \
    "  parameters:\n"                                                                    \
    "    fast: [5, 10]\n"                                                                \
    "    level: {from: 0.1, to: 0.3, step: 0.1}\n"                                       \
    "  signals:\n"                                                                       \
    "    enter_long: sma(close, fast) > level\n"                                         \
    "metrics: [total_return, sharpe]\n"                                                  \
    "objective: {maximize: sharpe}\n"

static struct cell plain(uint64_t k, size_t window, size_t segment)
{
    return (struct cell){GW_ROW_OK, {(double)k, (double)window + (double)segment}};
}

/* What the writer is not asked for here. */
static void fill(struct gw_results *results)
{
    free(results->objective_text);
    results->objective_text = gw_strdup("sharpe - 2 * ulcer");
    memcpy(results->select, "top 5 on train", sizeof "top 5 on train");
    results->records = results->times = 0;
}

static void fill_records(struct gw_results *results)
{
    static const char name[][GW_NAME_SIZE] = {"selected", "median", "benchmark"};
    static const int32_t time[] = {11474, 11475, 11683};
    fill(results);
    free(results->record);
    free(results->time);
    results->records = results->times = 3;
    results->record = memcpy(gw_calloc(3, GW_NAME_SIZE), name, sizeof name);
    results->time = memcpy(gw_calloc(3, sizeof time[0]), time, sizeof time);
}

static char *info_of(const char *yaml, void (*filled)(struct gw_results *))
{
    struct gw_error err = {.status = GW_OK};
    struct fixture fixture = fixture_make(yaml);
    fixture_write(&fixture, PATH, plain, ASCENDING);
    struct gw_results *results = fixture_open(PATH);
    filled(results);
    struct gw_text out = {0};
    CHECK_OK(gw_info_results(results, &out, &err));
    gw_results_close(results);
    fixture_clear(&fixture);
    return out.data;
}

static void describes_results(void)
{
    char *text = info_of(STRATEGY, fill);
    static const char expected[] = PATH ": results of sweep, written by gridwalk 98.7\n"
                                        "  combinations   6\n"
                                        "  period         2001-01-01 to 2002-02-22\n"
                                        "  objective      maximize sharpe - 2 * ulcer\n"
                                        "  select         top 5\n"
                                        "  parameters     fast: 5 to 10, whole numbers\n"
                                        "                 level: 0.1 to 0.3\n"
                                        "  metrics        total_return sharpe\n"
                                        "  bars a year    252\n"
                                        "  experiment     eeeeeeee";
    CU_ASSERT_NSTRING_EQUAL(text, expected, sizeof expected - 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  bundle         bbbbbbbb"));
    free(text);
}

static void describes_windows(void)
{
    char *text = info_of(STRATEGY "walk_forward: {train: 100, test: 50}\n"
                                  "output: {keep: {top: 2}}\n",
                         fill_records);
    /* The look-back is 9 bars; windows begin at 9, 59, 109 and end at 258. */
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "  combinations   6, 2 kept: the best 2 of each"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "  windows        3\n"
                     "  train          2001-01-12 to 2001-05-31, ... "
                     "2001-06-01 to 2001-10-18\n"
                     "  test           2001-06-01 to 2001-08-09, ... "
                     "2001-10-19 to 2001-12-27\n"
                     "  out of sample  2001-06-01 to 2001-12-27, 3 bars: selected median "
                     "benchmark\n"
                     "  objective      maximize sharpe - 2 * ulcer\n"
                     "  select         top 5 on train\n"));
    free(text);
}

static void describes_segments_in_time(void)
{
    char *text = info_of(
        STRATEGY "walk_forward: {train: 100, validation: 20, test: 50, step: 50}\n",
        fill_records);
    /* Windows begin at bars 9, 59 and 109. */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "2001-06-01 to 2001-10-18\n"
                                        "  validation     2001-06-01 to 2001-06-28, ... "
                                        "2001-10-19 to 2001-11-15\n"
                                        "  test           2001-06-29 to 2001-09-06, ... "
                                        "2001-11-16 to 2002-01-24\n"));
    free(text);
}

static void describes_a_bundle(void)
{
    const struct gw_panel_dims dims = {.bars = 4, .assets = 2, .actions = 2};
    struct gw_panel *panel = gw_panel_new(&dims);
    static const double close[2][4] = {{1, NAN, 3, NAN}, {1, 2, 3, 4}};
    for (size_t i = 0; i < 8; i++) {
        gw_panel_column(panel, GW_CLOSE, i / 4)[i % 4] = close[i / 4][i % 4];
        panel->session[i % 4] = 11323 + (int32_t)(i % 4);
    }
    gw_panel_set_listing(panel);
    memcpy(panel->asset[0].symbol, "GONE", 5);
    memcpy(panel->asset[1].symbol, "HERE", 5);
    memcpy(panel->asset[1].name, "Here Inc.", 10);
    memcpy(panel->header->calendar, "union", 6);
    memcpy(panel->header->description, "by hand", 8);
    panel->action[0] = (struct gw_action){.asset = 1, .session = 1, .kind = GW_SPLIT};
    panel->action[1] = (struct gw_action){.asset = 1, .session = 2, .kind = GW_DIVIDEND};
    struct gw_text out = {0};
    gw_info_panel("b.h5", panel, &out);
    CHECK_TEXT(out.data,
               "b.h5: bundle, by hand\n"
               "  sessions       4, 2001-01-01 to 2001-01-04\n"
               "  frequency      1d, 252 a year, calendar union\n"
               "  assets         2\n"
               "  actions        2: 1 split, 1 dividend\n"
               "  digest         none\n"
               "\n"
               "  symbol  first       last        bars  gaps  actions  note        name\n"
               "  ------  ----------  ----------  ----  ----  -------  ----------  "
               "---------\n"
               "  GONE    2001-01-01  2001-01-03     2     1        0  ends early\n"
               "  HERE    2001-01-01  2001-01-04     4     0        2              Here "
               "Inc.\n");
    gw_text_clear(&out);
    gw_panel_free(panel);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"describes_results", describes_results},
        {"describes_windows", describes_windows},
        {"describes_segments_in_time", describes_segments_in_time},
        {"describes_a_bundle", describes_a_bundle},
    };
    int result = CHECK_RUN("info", tests);
    unlink(PATH);
    return result;
}
