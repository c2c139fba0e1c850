#include "check.h"
#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "gridwalk/store/ingest.h"
#include "scratch.h"

#define HEADER "symbol,date,open,high,low,close,volume\n"
#define SPEC "format: gridwalk-ingest/1\ntable: t.csv\n"

/* What a load gave. */
struct loaded {
    struct gw_panel *panel; /* NULL on failure */
    struct gw_ingest_report report;
    struct gw_error err;
    enum gw_status status;
};

static struct loaded load(struct scratch *scratch, const char *spec)
{
    struct loaded loaded = {0};
    loaded.status = gw_spec_load(scratch_text(scratch, "spec.yaml", spec), &loaded.panel,
                                 &loaded.report, &loaded.err);
    return loaded;
}

static void unload(struct loaded *loaded)
{
    gw_panel_free(loaded->panel);
    gw_ingest_report_clear(&loaded->report);
}

static void expect_ok(const struct loaded *loaded)
{
    if (loaded->status != GW_OK) {
        fprintf(stderr, "%s\n", loaded->err.text);
    }
    CU_ASSERT_EQUAL_FATAL(loaded->status, GW_OK);
}

static void
expect_failure(const struct loaded *loaded, enum gw_status status, const char *part)
{
    CU_ASSERT_EQUAL(loaded->status, status);
    if (strstr(loaded->err.text, part) == NULL) {
        fprintf(stderr, "\"%s\" does not say \"%s\"\n", loaded->err.text, part);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(loaded->err.text, part));
    CU_ASSERT_PTR_NULL(loaded->panel);
}

static int32_t day(const char *text)
{
    int32_t days = -1;
    CU_ASSERT(gw_date_parse(text, strlen(text), &days));
    return days;
}

static double cell(const struct loaded *loaded, enum gw_field field, size_t n, size_t t)
{
    return gw_panel_column(loaded->panel, field, n)[t];
}

static void symbols_mix_and_list_late(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    scratch_text(&scratch, "t.csv",
                 HEADER "B,2020-01-03,1,3,0.5,2,100\n"
                        "A,2020-01-02,10,12,9,11,7\n"
                        "B,2020-01-06,2,4,1,3.25,200\n"
                        "A,2020-01-06,11,13,10,12,8\n");
    struct loaded loaded =
        load(&scratch, SPEC "description: two of them\nperiods: 260\n");
    expect_ok(&loaded);
    const struct gw_panel *panel = loaded.panel;
    CU_ASSERT_EQUAL(panel->T, 3);
    CU_ASSERT_EQUAL(panel->N, 2);
    CU_ASSERT_EQUAL(panel->session[0], day("2020-01-02"));
    CU_ASSERT_EQUAL(panel->session[1], day("2020-01-03"));
    CU_ASSERT_EQUAL(panel->session[2], day("2020-01-06"));
    CHECK_TEXT(panel->asset[0].symbol, "B");
    CHECK_TEXT(panel->asset[1].symbol, "A");
    CU_ASSERT_EQUAL(panel->asset[0].first, day("2020-01-03"));
    CU_ASSERT(isnan(cell(&loaded, GW_CLOSE, 0, 0)));
    CU_ASSERT(isnan(cell(&loaded, GW_VOLUME, 1, 1)));
    CU_ASSERT_EQUAL(cell(&loaded, GW_OPEN, 0, 2), 2);
    CU_ASSERT_EQUAL(cell(&loaded, GW_HIGH, 0, 2), 4);
    CU_ASSERT_EQUAL(cell(&loaded, GW_LOW, 0, 2), 1);
    CU_ASSERT_EQUAL(cell(&loaded, GW_CLOSE, 0, 2), 3.25);
    CU_ASSERT_EQUAL(cell(&loaded, GW_VOLUME, 1, 2), 8);
    CU_ASSERT_EQUAL(panel->header->periods, 260);
    CHECK_TEXT(panel->header->calendar, "union");
    CHECK_TEXT(panel->header->frequency, "1d");
    CHECK_TEXT(panel->header->description, "two of them");
    CU_ASSERT_EQUAL(loaded.report.rows, 4);
    CU_ASSERT_EQUAL(loaded.report.files, 1);
    CU_ASSERT_EQUAL(loaded.report.listing.length, 0);
    unload(&loaded);
    scratch_close(&scratch);
}

/* Good rows on lines 2 and 12, a defect of each kind of a price file between. */
static const char defects[] = HEADER "A,2020-01-02,10,12,9,11,7\n"
                                     "A,2020-01-02,10,12,9,11,7\n"
                                     "A,2020-01-01,10,12,9,11,7\n"
                                     "A,2020-01-03,10,10,11,10,7\n"
                                     "A,2020-01-06,0,12,9,11,7\n"
                                     "A,2020-01-07,10,12,9,,7\n"
                                     "A,2020-01-08,10,12,9,11,-1\n"
                                     "A,2020-02-30,10,12,9,11,7\n"
                                     "A,2020-01-09,10,12,9,11\n"
                                     "A,2020-01-10,10,NaN,9,x1,\n"
                                     "A,2020-01-13,10,12,9,11.5,7\n";
static const char defect_listing[] =
    "t.csv:3: duplicate date (A 2020-01-02)\n"
    "t.csv:4: date out of order (A 2020-01-01 after 2020-01-02)\n"
    "t.csv:5: high below low (high 10 < low 11)\n"
    "t.csv:6: price not above 0 (open 0)\n"
    "t.csv:7: not a number (close '')\n"
    "t.csv:8: negative volume (volume -1)\n"
    "t.csv:9: not a date ('2020-02-30')\n"
    "t.csv:10: wrong number of fields (6, not 7)\n"
    "t.csv:11: not a number (high 'NaN')\n"
    "t.csv:11: not a number (close 'x1')\n"
    "t.csv:11: not a number (volume '')\n";

static void a_defect_is_refused_unless_the_spec_says_otherwise(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    scratch_text(&scratch, "t.csv", defects);
    struct loaded loaded = load(&scratch, SPEC);
    CU_ASSERT_EQUAL(loaded.status, GW_DATA);
    CHECK_TEXT(
        loaded.err.text,
        "ingest: t.csv: 11 defects, first: t.csv:3: duplicate date (A 2020-01-02); "
        "say on_defect: drop or nan to go on");
    CHECK_TEXT(loaded.report.listing.data, defect_listing);
    unload(&loaded);
    scratch_text(&scratch, "t.csv",
                 HEADER "A,2020-01-02,10,10,11,10,7\nA,2020-01-03,1,1,1,1,1\n");
    loaded = load(&scratch, SPEC "on_defect: reject\n");
    CHECK_TEXT(loaded.err.text,
               "ingest: t.csv: 1 defect, first: t.csv:2: high below low (high 10 < low "
               "11); say on_defect: drop or nan to go on");
    unload(&loaded);
    scratch_close(&scratch);
}

static void drop_keeps_the_good_rows_alone(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    scratch_text(&scratch, "t.csv", defects);
    struct loaded loaded = load(&scratch, SPEC "on_defect: drop\n");
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(loaded.panel->T, 2);
    CU_ASSERT_EQUAL(loaded.panel->session[1], day("2020-01-13"));
    CU_ASSERT_EQUAL(cell(&loaded, GW_CLOSE, 0, 1), 11.5);
    static const size_t count[GW_DEFECTS] = {1, 1, 1, 1, 4, 1, 1, 1, 0};
    for (int kind = 0; kind < GW_DEFECTS; kind++) {
        CU_ASSERT_EQUAL(loaded.report.count[kind], count[kind]);
    }
    CU_ASSERT_EQUAL(loaded.report.rows, 11);
    CHECK_TEXT(loaded.report.listing.data, defect_listing);
    unload(&loaded);
    scratch_close(&scratch);
}

static void nan_undefines_the_bad_cells_alone(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    scratch_text(&scratch, "t.csv", defects);
    struct loaded loaded = load(&scratch, SPEC "on_defect: nan\n");
    expect_ok(&loaded);
    /* 2nd, 3rd, 6th, 7th, 8th, 10th and 13th of January; open high low close volume */
    static const double bars[7][GW_FIELDS] = {
        {10, 12, 9, 11, 7},   {10, NAN, NAN, 10, 7}, {NAN, 12, 9, 11, 7},
        {10, 12, 9, NAN, 7},  {10, 12, 9, 11, NAN},  {10, NAN, 9, NAN, NAN},
        {10, 12, 9, 11.5, 7},
    };
    CU_ASSERT_EQUAL_FATAL(loaded.panel->T, 7);
    for (size_t t = 0; t < 7; t++) {
        for (enum gw_field field = 0; field < GW_FIELDS; field++) {
            CHECK_CLOSE(cell(&loaded, field, 0, t), bars[t][field], 0);
        }
    }
    unload(&loaded);
    scratch_close(&scratch);
}

static void only_a_hundred_of_a_kind_are_listed_but_all_are_counted(void)
{
    struct scratch scratch;
    struct gw_text file = {0};
    scratch_open(&scratch);
    gw_text_printf(&file, HEADER "A,2020-01-02,1,1,1,1,1\n");
    for (int i = 0; i < 150; i++) {
        gw_text_printf(&file, "A,2020-01-02,1,1,1,1,1\n");
    }
    gw_text_printf(&file, "A,1,1,1,1,1,1\n");
    scratch_text(&scratch, "t.csv", file.data);
    gw_text_clear(&file);
    struct loaded loaded = load(&scratch, SPEC "on_defect: drop\n");
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(loaded.report.count[GW_DEFECT_DUPLICATE], 150);
    size_t lines = 0;
    for (const char *c = loaded.report.listing.data; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    CU_ASSERT_EQUAL(lines, 101);
    unload(&loaded);
    scratch_close(&scratch);
}

static void columns_are_found_by_name(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    scratch_text(&scratch, "t.csv",
                 "Date,Name,Close,Open,High,Low,Note,Adj\n2020-01-02,A,4,1,5,0.5,x,9\n");
    static const char map[] =
        "columns: {date: Date, symbol: Name, open: Open, high: High, "
        "low: Low, close: Close}\n";
    struct gw_text spec = {0};
    gw_text_printf(&spec, SPEC "%s", map);
    struct loaded loaded = load(&scratch, spec.data);
    expect_failure(&loaded, GW_DATA, "t.csv:1: unknown columns 'Note', 'Adj'");
    unload(&loaded);
    gw_text_printf(&spec, "ignore: [Adj, Note, Other]\n");
    loaded = load(&scratch, spec.data);
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(cell(&loaded, GW_OPEN, 0, 0), 1);
    CU_ASSERT_EQUAL(cell(&loaded, GW_HIGH, 0, 0), 5);
    CU_ASSERT_EQUAL(cell(&loaded, GW_LOW, 0, 0), 0.5);
    CU_ASSERT_EQUAL(cell(&loaded, GW_CLOSE, 0, 0), 4);
    CU_ASSERT(isnan(cell(&loaded, GW_VOLUME, 0, 0)));
    unload(&loaded);
    gw_text_clear(&spec);
    scratch_close(&scratch);
}

static void a_header_that_does_not_fit_is_refused(void)
{
    static const struct {
        const char *spec, *file, *said;
    } table[] = {
        {SPEC, "", "t.csv: no header line"},
        {SPEC, HEADER, "ingest: t.csv: no bar in the source files"},
        {SPEC, "symbol,date,open,high,low\n", "t.csv:1: no column 'close'"},
        {SPEC, "symbol,date,open,high,low,close,close\n", "column 'close' occurs twice"},
        {SPEC "columns: {volume: vol}\n", "symbol,date,open,high,low,close\n",
         "no column 'vol'"},
        {SPEC, HEADER "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345,2020-01-02,1,1,1,1,1\n",
         "t.csv:2: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345' is no symbol"},
        {SPEC, HEADER ",2020-01-02,1,1,1,1,1\n", "t.csv:2: '' is no symbol"},
        {SPEC "on_defect: drop\n", HEADER "A,2020-01-02,0,1,1,1,1\n", "no bar"},
    };
    struct scratch scratch;
    scratch_open(&scratch);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        scratch_text(&scratch, "t.csv", table[i].file);
        struct loaded loaded = load(&scratch, table[i].spec);
        expect_failure(&loaded, GW_DATA, table[i].said);
        unload(&loaded);
    }
    scratch_close(&scratch);
}

static void a_wrong_spec_is_refused_at_its_place(void)
{
    static const struct {
        const char *spec, *said;
    } table[] = {
        {"a: 1\n", "spec.yaml:1: this is no spec"},
        {"format: gridwalk-ingest/2\n", "spec.yaml:1:9: this is no spec"},
        {"format: gridwalk-ingest/1\n", "say either 'table' or 'files'"},
        {SPEC "files:\n  pattern: '*.csv'\n", "spec.yaml:3:1: say either"},
        {SPEC "colour: red\n", "spec.yaml:3:1: unknown key 'colour'"},
        {SPEC "columns: {clsoe: x}\n",
         "spec.yaml:3:11: unknown column 'clsoe', is it 'close'"},
        {SPEC "on_defect: mend\n",
         "spec.yaml:3:12: on_defect must be reject, drop or nan"},
        {SPEC "periods: 0\n", "spec.yaml:3:10: periods must be from 1"},
        {"format: gridwalk-ingest/1\nfiles: {}\n",
         "spec.yaml:2:1: 'files' needs 'pattern'"},
        {"format: gridwalk-ingest/1\nfiles: {pattern: no*.csv}\n",
         "spec.yaml:2:18: no file matches 'no*.csv'"},
        {"format: gridwalk-synth/1\nbars: 5\n", "assets"},
        {"format: gridwalk-synth/1\nbars: 0\nassets: 1\n", "spec.yaml:2:7: bars"},
        {"format: gridwalk-synth/1\nbars: 1\nassets: 1\ntable: x\n",
         "unknown key 'table'"},
    };
    struct scratch scratch;
    scratch_open(&scratch);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct loaded loaded = load(&scratch, table[i].spec);
        expect_failure(&loaded, GW_CONFIG, table[i].said);
        unload(&loaded);
    }
    struct loaded loaded = load(&scratch, SPEC);
    expect_failure(&loaded, GW_DATA, "t.csv: No such file");
    unload(&loaded);
    scratch_close(&scratch);
}

static void one_file_a_symbol_is_named_after_it(void)
{
    static const char rows[] = "date,open,high,low,close\n2020-01-02,1,1,1,1\n";
    static const char spec[] =
        "format: gridwalk-ingest/1\nfiles: {pattern: 'p[x]/*.csv*'}\n"
        "on_defect: reject\n";
    struct scratch scratch;
    scratch_open(&scratch);
    char folder[300];
    snprintf(folder, sizeof folder, "%s/px", scratch.directory);
    mkdir(folder, 0700);
    scratch_text(&scratch, "px/b.csv", rows);
    scratch_text(&scratch, "px/Z.csv.gz", rows);
    scratch_text(&scratch, "px/a.csv",
                 "date,open,high,low,close\n2020-01-03,2,2,2,2\n2020-01-06,3,3,3,3\n");
    struct loaded loaded = load(&scratch, spec);
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(loaded.panel->N, 3);
    CHECK_TEXT(loaded.panel->asset[0].symbol, "Z"); /* by bytes, not by the locale */
    CHECK_TEXT(loaded.panel->asset[1].symbol, "a");
    CHECK_TEXT(loaded.panel->asset[2].symbol, "b");
    CU_ASSERT_EQUAL(cell(&loaded, GW_CLOSE, 1, 2), 3);
    CU_ASSERT_EQUAL(loaded.report.files, 3);
    unload(&loaded);
    scratch_text(&scratch, "px/a.csv", "date,open,high,low,close\n2020-01-03,2,1,2,2\n");
    loaded = load(&scratch, spec);
    expect_failure(&loaded, GW_DATA,
                   "ingest: p[x]/*.csv*: 1 defect, first: px/a.csv:2: high below low");
    unload(&loaded);
    scratch_text(&scratch, "px/b.csv.gz", rows);
    loaded = load(&scratch, spec);
    expect_failure(&loaded, GW_CONFIG, "are both named after b");
    unload(&loaded);
    scratch_close(&scratch);
}

/* Sessions: 2nd, 3rd and 6th of January 2020; A and B. */
static void write_two_symbols(struct scratch *scratch)
{
    scratch_text(scratch, "t.csv",
                 HEADER "A,2020-01-02,1,1,1,1,1\nA,2020-01-06,1,1,1,1,1\n"
                        "B,2020-01-03,1,1,1,1,1\n");
}

static void actions_take_effect_on_the_next_session(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    write_two_symbols(&scratch);
    scratch_text(&scratch, "a.csv",
                 "symbol,date,kind,value\n"
                 "B,2020-01-04,dividend,0.25\n"
                 "A,2020-01-06,spin-off,0.9\n"
                 "A,2020-01-03,split,0.5\n"
                 "A,2020-01-02,other,1.5\n"
                 "A,2020-01-07,split,0.5\n"
                 "B,2019-12-31,merger,2\n"
                 "B,2020-02-07,split,0.1\n");
    struct loaded loaded = load(&scratch, SPEC "actions: a.csv\n");
    expect_ok(&loaded);
    static const struct gw_action expected[] = {{0, 0, GW_OTHER, 1.5},
                                                {0, 1, GW_SPLIT, 0.5},
                                                {0, 2, GW_SPINOFF, 0.9},
                                                {1, 2, GW_DIVIDEND, 0.25}};
    CU_ASSERT_EQUAL_FATAL(loaded.panel->actions, 4);
    CU_ASSERT_EQUAL(loaded.panel->header->dims.actions, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct gw_action *action = &loaded.panel->action[i];
        CU_ASSERT_EQUAL(action->asset, expected[i].asset);
        CU_ASSERT_EQUAL(action->session, expected[i].session);
        CU_ASSERT_EQUAL(action->kind, expected[i].kind);
        CU_ASSERT_EQUAL(action->value, expected[i].value);
    }
    CHECK_TEXT(loaded.report.listing.data,
               "a.csv: note: 1 action before the first session left out\n"
               "a.csv: note: 2 actions after the last session left out\n");
    unload(&loaded);
    scratch_close(&scratch);
}

static void bad_actions_are_defects(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    write_two_symbols(&scratch);
    scratch_text(&scratch, "a.csv",
                 "symbol,date,kind,value\n"
                 "C,2020-01-03,split,0.5\n"
                 "A,2020-1-3,split,0.5\n"
                 "A,2020-01-03,gift,0.5\n"
                 "A,2020-01-03,split,0\n"
                 "A,2020-01-03,split\n"
                 "A,2020-01-03,split,0.5\n");
    struct loaded loaded = load(&scratch, SPEC "actions: a.csv\n");
    expect_failure(
        &loaded, GW_DATA,
        "ingest: t.csv: 5 defects, first: a.csv:2: bad corporate action ('C' is "
        "no symbol of the prices)");
    unload(&loaded);
    loaded = load(&scratch, SPEC "actions: a.csv\non_defect: drop\n");
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(loaded.panel->actions, 1);
    CU_ASSERT_EQUAL(loaded.report.count[GW_DEFECT_BAD_ACTION], 5);
    CHECK_TEXT(loaded.report.listing.data,
               "a.csv:2: bad corporate action ('C' is no symbol of the prices)\n"
               "a.csv:3: bad corporate action ('2020-1-3' is no date)\n"
               "a.csv:4: bad corporate action ('gift' is no kind of action)\n"
               "a.csv:5: bad corporate action ('0' is not a number above 0)\n"
               "a.csv:6: bad corporate action (3 fields, not 4)\n");
    unload(&loaded);
    scratch_text(&scratch, "a.csv", "date,symbol,kind,value\n");
    loaded = load(&scratch, SPEC "actions: a.csv\n");
    expect_failure(&loaded, GW_DATA,
                   "a.csv:1: the header must be symbol,date,kind,value");
    unload(&loaded);
    scratch_close(&scratch);
}

static void a_symbol_without_a_usable_row_takes_its_actions_with_it(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    scratch_text(&scratch, "t.csv",
                 HEADER "A,2020-01-02,0,1,1,1,1\nB,2020-01-02,1,1,1,1,1\n");
    scratch_text(&scratch, "a.csv",
                 "symbol,date,kind,value\nA,2020-01-02,split,2\nB,2020-01-02,split,4\n");
    struct loaded loaded = load(&scratch, SPEC "actions: a.csv\non_defect: drop\n");
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(loaded.panel->N, 1);
    CU_ASSERT_EQUAL(loaded.panel->actions, 1);
    CHECK_TEXT(loaded.panel->asset[0].symbol, "B");
    CU_ASSERT_EQUAL(loaded.panel->action[0].asset, 0);
    CU_ASSERT_EQUAL(loaded.panel->action[0].value, 4);
    CU_ASSERT_PTR_NOT_NULL(strstr(loaded.report.listing.data, "A has no usable row"));
    unload(&loaded);
    scratch_close(&scratch);
}

/* A thousand symbols, a row each a day, so that every row changes the symbol. */
static void many_symbols_keep_apart(void)
{
    enum { N = 1000, T = 5 };
    struct scratch scratch;
    struct gw_text file = {0};
    scratch_open(&scratch);
    gw_text_printf(&file, HEADER);
    for (int t = 0; t < T; t++) {
        for (int n = 0; n < N; n++) {
            double close = n + 0.125 * t + 1;
            gw_text_printf(&file, "S%d,2020-01-0%d,1,9999,1,%.3f,%d\n", n, t + 1, close,
                           n * t);
        }
    }
    scratch_text(&scratch, "t.csv", file.data);
    gw_text_clear(&file);
    struct loaded loaded = load(&scratch, SPEC);
    expect_ok(&loaded);
    CU_ASSERT_EQUAL_FATAL(loaded.panel->N, N);
    int wrong = 0;
    for (size_t n = 0; n < N; n++) {
        char symbol[16];
        snprintf(symbol, sizeof symbol, "S%d", (int)n);
        wrong += strcmp(loaded.panel->asset[n].symbol, symbol) != 0;
        for (size_t t = 0; t < T; t++) {
            wrong += cell(&loaded, GW_CLOSE, n, t) != (double)n + 0.125 * (double)t + 1;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    unload(&loaded);
    scratch_close(&scratch);
}

static void a_synth_spec_has_defaults(void)
{
    struct scratch scratch;
    scratch_open(&scratch);
    struct loaded loaded = load(
        &scratch, "format: gridwalk-synth/1\ndescription: tiny\nbars: 30\nassets: 2\n");
    expect_ok(&loaded);
    const struct gw_synth settings = {.kind = GW_SYNTH_WALK,
                                      .bars = 30,
                                      .assets = 2,
                                      .seed = 42,
                                      .first = 10959, /* 2000-01-03 */
                                      .drift = 0.05,
                                      .volatility = 0.2,
                                      .periods = 252};
    struct gw_panel *expected = gw_synth_make(&settings);
    CU_ASSERT_EQUAL_FATAL(loaded.panel->T, 30);
    CU_ASSERT_EQUAL(loaded.panel->session[0], 10959);
    CU_ASSERT_EQUAL(memcmp(loaded.panel->column[GW_CLOSE], expected->column[GW_CLOSE],
                           60 * sizeof(double)),
                    0);
    CHECK_TEXT(loaded.panel->header->description, "tiny");
    gw_panel_free(expected);
    unload(&loaded);
    loaded = load(&scratch, "format: gridwalk-synth/1\ngenerator: rustybt\nbars: 9\n"
                            "assets: 1\nfirst: 2001-02-03\nseed: 7\n");
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(loaded.panel->session[1], day("2001-02-04"));
    unload(&loaded);
    scratch_close(&scratch);
}

static void the_digest_follows_the_spec_and_every_file_it_names(void)
{
    struct scratch scratch;
    struct gw_error err = {0};
    char hex[5][GW_SHA256_HEX];
    scratch_open(&scratch);
    write_two_symbols(&scratch);
    scratch_text(&scratch, "a.csv", "symbol,date,kind,value\n");
    char spec[500];
    strcpy(spec, scratch_text(&scratch, "spec.yaml", SPEC "actions: a.csv\n"));
    CHECK_OK(gw_spec_digest(spec, hex[0], &err));
    CHECK_OK(gw_spec_digest(spec, hex[1], &err));
    CHECK_TEXT(hex[1], hex[0]);
    scratch_text(&scratch, "a.csv", "symbol,date,kind,value\n\n");
    CHECK_OK(gw_spec_digest(spec, hex[1], &err));
    scratch_text(&scratch, "t.csv", HEADER);
    CHECK_OK(gw_spec_digest(spec, hex[2], &err));
    scratch_text(&scratch, "spec.yaml", SPEC "actions: a.csv\n# a comment\n");
    CHECK_OK(gw_spec_digest(spec, hex[3], &err));
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(strlen(hex[i]), 64);
        for (int k = 0; k < i; k++) {
            CU_ASSERT(strcmp(hex[i], hex[k]) != 0);
        }
    }
    unlink(scratch_path(&scratch, "a.csv"));
    CU_ASSERT_EQUAL(gw_spec_digest(spec, hex[4], &err), GW_DATA);
    scratch_close(&scratch);
}

/* The table of configs/data/README.md. */
static void the_prices_in_configs_are_what_their_readme_says(void)
{
    static const struct {
        const char *symbol, *first, *last;
        size_t sessions, splits, dividends;
    } table[] = {
        {"AAPL", "2000-03-01", "2013-03-01", 3270, 2, 3},
        {"FB", "2012-05-18", "2013-03-01", 196, 0, 0},
        {"GOOG", "2004-08-19", "2013-03-01", 2148, 0, 0},
        {"IBM", "2000-03-01", "2013-03-01", 3270, 0, 52},
        {"MSFT", "2000-03-01", "2013-03-01", 3270, 1, 37},
    };
    struct loaded loaded = {0};
    loaded.status = gw_spec_load(GW_SOURCE_DIR "/configs/data/stocks.yaml", &loaded.panel,
                                 &loaded.report, &loaded.err);
    expect_ok(&loaded);
    const struct gw_panel *panel = loaded.panel;
    CU_ASSERT_EQUAL(loaded.report.rows, 12154);
    CU_ASSERT_EQUAL(panel->T, 3270);
    CU_ASSERT_EQUAL_FATAL(panel->N, 5);
    for (size_t i = 0; i < 5; i++) {
        size_t n = gw_panel_find(panel, table[i].symbol), sessions = 0;
        CU_ASSERT_FATAL(n < panel->N);
        for (size_t t = 0; t < panel->T; t++) {
            sessions += isnan(cell(&loaded, GW_CLOSE, n, t)) ? 0 : 1;
        }
        size_t kinds[GW_ACTIONS] = {0};
        for (size_t k = 0; k < panel->actions; k++) {
            kinds[panel->action[k].kind] += (size_t)panel->action[k].asset == n;
        }
        CU_ASSERT_EQUAL(sessions, table[i].sessions);
        CU_ASSERT_EQUAL(kinds[GW_SPLIT], table[i].splits);
        CU_ASSERT_EQUAL(kinds[GW_DIVIDEND], table[i].dividends);
        CU_ASSERT_EQUAL(panel->asset[n].first, day(table[i].first));
        CU_ASSERT_EQUAL(panel->asset[n].last, day(table[i].last));
    }
    /* The rows of 2000-06-20 and 21 around a 2-for-1 split. */
    size_t split = gw_panel_bar_at(panel, day("2000-06-21"));
    CU_ASSERT_EQUAL(cell(&loaded, GW_CLOSE, gw_panel_find(panel, "AAPL"), split - 1),
                    101.25);
    CU_ASSERT_EQUAL(cell(&loaded, GW_OPEN, gw_panel_find(panel, "AAPL"), split), 50.5);
    unload(&loaded);
}

/* Ten files as they were published, with 18 empty cells in 8 rows (counted with awk). */
static void real_defects_are_found(void)
{
    struct stat facts;
    if (stat(GW_SOURCE_DIR "/../shared/data/djia/AAPL.csv", &facts) != 0) {
        printf("skipped: shared/data/djia absent\n");
        return;
    }
    struct scratch scratch;
    scratch_open(&scratch);
    struct loaded loaded =
        load(&scratch, "format: gridwalk-ingest/1\nfiles:\n  pattern: " GW_SOURCE_DIR
                       "/../shared/data/djia/*.csv\non_defect: drop\n");
    expect_ok(&loaded);
    CU_ASSERT_EQUAL(loaded.panel->N, 10);
    CU_ASSERT_EQUAL(loaded.report.count[GW_DEFECT_NOT_A_NUMBER], 18);
    CU_ASSERT_EQUAL(loaded.report.count[GW_DEFECT_HIGH_BELOW_LOW], 0);
    CU_ASSERT_EQUAL(loaded.panel->T, 3020);
    unload(&loaded);
    scratch_close(&scratch);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"symbols_mix_and_list_late", symbols_mix_and_list_late},
        {"a_defect_is_refused_unless_the_spec_says_otherwise",
         a_defect_is_refused_unless_the_spec_says_otherwise},
        {"drop_keeps_the_good_rows_alone", drop_keeps_the_good_rows_alone},
        {"nan_undefines_the_bad_cells_alone", nan_undefines_the_bad_cells_alone},
        {"only_a_hundred_of_a_kind_are_listed_but_all_are_counted",
         only_a_hundred_of_a_kind_are_listed_but_all_are_counted},
        {"columns_are_found_by_name", columns_are_found_by_name},
        {"a_header_that_does_not_fit_is_refused", a_header_that_does_not_fit_is_refused},
        {"a_wrong_spec_is_refused_at_its_place", a_wrong_spec_is_refused_at_its_place},
        {"one_file_a_symbol_is_named_after_it", one_file_a_symbol_is_named_after_it},
        {"actions_take_effect_on_the_next_session",
         actions_take_effect_on_the_next_session},
        {"bad_actions_are_defects", bad_actions_are_defects},
        {"a_symbol_without_a_usable_row_takes_its_actions_with_it",
         a_symbol_without_a_usable_row_takes_its_actions_with_it},
        {"many_symbols_keep_apart", many_symbols_keep_apart},
        {"a_synth_spec_has_defaults", a_synth_spec_has_defaults},
        {"the_digest_follows_the_spec_and_every_file_it_names",
         the_digest_follows_the_spec_and_every_file_it_names},
        {"the_prices_in_configs_are_what_their_readme_says",
         the_prices_in_configs_are_what_their_readme_says},
        {"real_defects_are_found", real_defects_are_found},
    };
    return CHECK_RUN("ingest", tests);
}
