/* A case that disagrees, as files that the program runs. */
#include "shrink.h"

#include "gridwalk/base/time.h"
#include "gridwalk/store/bundle.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static enum gw_status write_file(const char *name,
                                 const char *ending,
                                 const struct gw_text *text,
                                 struct gw_error *err)
{
    struct gw_text path = {0};
    gw_text_printf(&path, "%s%s", name, ending);
    FILE *file = fopen(path.data, "w");
    bool good = file != NULL && fwrite(text->data, 1, text->length, file) == text->length;
    if (file != NULL) {
        good = fclose(file) == 0 && good;
    }
    enum gw_status status =
        good ? GW_OK : gw_fail_errno(err, GW_SYSTEM, errno, "%s", path.data);
    gw_text_clear(&path);
    return status;
}

static void
print_prices(const struct gw_panel *panel, size_t n, size_t t, struct gw_text *out)
{
    char day[GW_DATE_SIZE];
    gw_date_format(panel->session[t], day);
    gw_text_printf(out, "%s,%s", panel->asset[n].symbol, day);
    for (int field = 0; field < GW_FIELDS; field++) {
        double value = gw_panel_column(panel, (enum gw_field)field, n)[t];
        char number[32] = "";
        if (!isnan(value)) {
            gw_format_double(value, number, sizeof number);
        }
        gw_text_printf(out, ",%s", number);
    }
    gw_text_printf(out, "\n");
}

static enum gw_status
write_prices(const char *name, const struct gw_panel *panel, struct gw_error *err)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "symbol,date,open,high,low,close,volume\n");
    for (size_t n = 0; n < panel->N; n++) {
        for (size_t t = 0; t < panel->T; t++) {
            print_prices(panel, n, t, &text);
        }
    }
    enum gw_status status = write_file(name, "-prices.csv", &text, err);
    gw_text_clear(&text);
    return status;
}

static enum gw_status
write_actions(const char *name, const struct gw_panel *panel, struct gw_error *err)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "symbol,date,kind,value\n");
    for (size_t i = 0; i < panel->actions; i++) {
        const struct gw_action *action = &panel->action[i];
        char day[GW_DATE_SIZE], value[32];
        gw_date_format(panel->session[action->session], day);
        gw_format_double(action->value, value, sizeof value);
        gw_text_printf(&text, "%s,%s,%s,%s\n", panel->asset[action->asset].symbol, day,
                       gw_action_name[action->kind], value);
    }
    enum gw_status status = write_file(name, "-actions.csv", &text, err);
    gw_text_clear(&text);
    return status;
}

static enum gw_status
write_spec(const char *name, const struct gw_panel *panel, struct gw_error *err)
{
    struct gw_text text = {0};
    gw_text_printf(&text,
                   "format: gridwalk-ingest/1\ntable: %s-prices.csv\n"
                   "actions: %s-actions.csv\nperiods: %g\non_defect: nan\n",
                   name, name, panel->header->periods);
    enum gw_status status = write_file(name, "-spec.yaml", &text, err);
    gw_text_clear(&text);
    return status;
}

static bool has_delisting_return(const struct gw_panel *panel)
{
    bool has = false;
    for (size_t n = 0; n < panel->N; n++) {
        has = has || panel->asset[n].delisting_return != 0;
    }
    return has;
}

/* Also what CSV files cannot say. */
static enum gw_status
write_bundle(const char *name, struct gw_panel *panel, struct gw_error *err)
{
    struct gw_text path = {0};
    gw_text_printf(&path, "%s.h5", name);
    enum gw_status status = gw_bundle_write(path.data, panel, "", err);
    gw_text_clear(&path);
    return status;
}

enum gw_status gate_report(const struct gate_case *found,
                           const struct gate_verdict *verdict,
                           struct gw_error *err)
{
    struct gw_text yaml = {0}, bundle = {0};
    char name[40];
    bool whole = has_delisting_return(found->panel);
    snprintf(name, sizeof name, "gate-%llu", (unsigned long long)found->seed);
    gw_text_printf(&bundle, "%s%s", name, whole ? ".h5" : "-spec.yaml");
    gate_experiment_print(&found->experiment, found->panel->session, bundle.data, &yaml);
    printf(
        "seed %llu disagrees: %s# %s.yaml\n%s# gridwalk run %s.yaml --engine reference, "
        "--engine vector\n\n",
        (unsigned long long)found->seed, verdict->text.data, name, yaml.data, name);
    enum gw_status status = write_file(name, ".yaml", &yaml, err);
    status = status == GW_OK ? write_prices(name, found->panel, err) : status;
    status = status == GW_OK ? write_actions(name, found->panel, err) : status;
    status = status == GW_OK && !whole ? write_spec(name, found->panel, err) : status;
    status = status == GW_OK && whole ? write_bundle(name, found->panel, err) : status;
    gw_text_clear(&yaml);
    gw_text_clear(&bundle);
    return status;
}
