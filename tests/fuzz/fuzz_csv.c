/* A CSV file, plain or gzipped: its records read one by one, then the whole taken in as
 * prices, strictly and by another policy for defects. Behind a line "---" stands the file
 * of actions. */
#include "fuzz.h"

#include "gridwalk/base/math.h"
#include "gridwalk/market/portal.h"
#include "gridwalk/store/csv.h"
#include "gridwalk/store/ingest.h"

static void read_records(const char *path)
{
    struct gw_csv *csv = NULL;
    struct gw_error err = {.status = GW_OK};
    enum gw_status status = gw_csv_open(path, &csv, &err);
    assert(status == GW_OK);
    int line = 0;
    for (size_t count = 1; status == GW_OK && count > 0;) {
        const char *fields[GW_CSV_FIELDS];
        status = gw_csv_next(csv, fields, &count, &err);
        assert(count <= GW_CSV_FIELDS && (status == GW_OK || count == 0));
        assert(count == 0 || gw_csv_line(csv) > line);
        line = gw_csv_line(csv);
        for (size_t i = 0; i < count; i++) {
            assert(strlen(fields[i]) <= 64 << 10);
        }
    }
    if (status != GW_OK) {
        fuzz_refused(status, GW_DATA, &err);
    }
    gw_csv_close(csv);
}

static void check_prices(const struct gw_panel *panel)
{
    for (size_t i = 0; i < panel->N * panel->T; i++) {
        for (int field = 0; field < GW_VOLUME; field++) {
            double price = panel->column[field][i];
            assert(isnan(price) || gw_is_price(price));
        }
        double high = panel->column[GW_HIGH][i], low = panel->column[GW_LOW][i];
        assert(isnan(high) || isnan(low) || high >= low);
        double volume = panel->column[GW_VOLUME][i];
        assert(isnan(volume) || (volume >= 0 && !isinf(volume)));
    }
}

static void check_panel(const struct gw_panel *panel)
{
    check_prices(panel);
    for (size_t t = 1; t < panel->T; t++) {
        assert(panel->session[t] > panel->session[t - 1]);
    }
    for (size_t i = 0; i < panel->actions; i++) {
        const struct gw_action *action = &panel->action[i];
        assert(action->session >= 0 && (size_t)action->session < panel->T);
        assert(action->asset >= 0 && (size_t)action->asset < panel->N);
        assert(i == 0 || action->session >= action[-1].session);
    }
    for (enum gw_basis basis = GW_ADJUSTED; basis <= GW_SPLIT_BASIS; basis++) {
        gw_portal_free(gw_portal_new(panel, basis));
    }
}

/* Take both files in under a policy; returns how many rows were seen. */
static size_t
ingest(const char *prices, const char *actions, const char *policy, bool *taken_out)
{
    char text[300];
    int length = snprintf(text, sizeof text,
                          "format: gridwalk-ingest/1\ntable: %s\nactions: %s\n"
                          "ignore: [adj]\non_defect: %s\n",
                          prices, actions, policy);
    struct fuzz_file spec = fuzz_file(text, (size_t)length);
    struct gw_panel *panel = NULL;
    struct gw_ingest_report report;
    struct gw_error err = {.status = GW_OK};
    enum gw_status status = gw_spec_load(spec.path, &panel, &report, &err);
    *taken_out = status == GW_OK;
    if (status != GW_OK) {
        fuzz_refused(status, GW_DATA, &err);
        assert(panel == NULL);
    } else {
        check_panel(panel);
    }
    size_t rows = report.rows;
    gw_panel_free(panel);
    gw_ingest_report_clear(&report);
    close(spec.fd);
    return rows;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char no_actions[] = "symbol,date,kind,value\n";
    gw_die_hook(fuzz_die);
    const uint8_t *rest;
    size_t first = fuzz_cut(data, size, "\n---\n", &rest);
    size_t second = (size_t)(data + size - rest);
    struct fuzz_file prices = fuzz_file(data, first);
    struct fuzz_file actions =
        second > 0 ? fuzz_file(rest, second) : fuzz_file(no_actions, strlen(no_actions));
    read_records(prices.path);
    bool strict, lenient;
    size_t rows = ingest(prices.path, actions.path, "reject", &strict);
    size_t again = ingest(prices.path, actions.path, size % 2 ? "drop" : "nan", &lenient);
    assert(again == rows && (!strict || lenient)); /* no defect: any policy will do */
    close(prices.fd);
    close(actions.fd);
    return 0;
}
