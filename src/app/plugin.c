#include "plugin.h"

/* Whether costs, account or stops hang on a parameter. */
static bool is_used_elsewhere(const struct gw_plan *plan, size_t axis)
{
    const struct gw_experiment *experiment = plan->experiment;
    const struct gw_rules *rules = &experiment->rules;
    uint32_t depends = 0;
    for (int i = 0; i < GW_TERMS; i++) {
        if (rules->term[i] != GW_NO_NODE) {
            depends |= gw_graph_node(experiment->graph, rules->term[i])->depends;
        }
    }
    return (depends >> axis & 1) != 0;
}

void gw_plugin_describe(const struct gw_plan *plan, struct gw_text *out)
{
    const struct gw_plugin_facts *facts = &plan->plugin;
    if (facts->name[0] == '\0') {
        return;
    }
    gw_text_printf(out, "plug-in     %s", facts->name);
    for (size_t i = 0; i < facts->parameters; i++) {
        gw_text_printf(out, "%s%s", i == 0 ? "; parameters " : ", ", facts->parameter[i]);
    }
    if (facts->fixed) {
        gw_text_printf(out, "; look-back %zu bar%s\n", facts->lookback,
                       facts->lookback == 1 ? "" : "s");
    } else {
        gw_text_printf(out, "; look-back by its parameters, up to %zu bar%s\n",
                       plan->lookback, plan->lookback == 1 ? "" : "s");
    }
    for (size_t a = 0; a < plan->space.axes; a++) {
        bool asked = is_used_elsewhere(plan, a);
        for (size_t i = 0; i < facts->parameters; i++) {
            asked = asked || facts->axis[i] == a;
        }
        if (!asked) {
            gw_text_printf(out,
                           "note: neither the plug-in '%s' nor costs, account or stops "
                           "use the parameter '%s'\n",
                           facts->name, plan->parameter[a]);
        }
    }
}

void gw_plugin_explain(const struct gw_plan *plan,
                       const struct gw_portal *portal,
                       uint64_t k,
                       size_t window,
                       struct gw_text *out)
{
    if (plan->plugin.name[0] == '\0') {
        return;
    }
    struct gw_engine_setup engine = gw_plan_setup(plan, portal);
    engine.cache_bytes = (size_t)(plan->experiment->memory / 16);
    const struct gw_plugin_setup setup = gw_plan_plugin(plan, &engine);
    struct gw_plugin *plugin = gw_plugin_new(&setup);
    struct gw_plugin_row asked = {.begin = 0};
    struct gw_row made = {.status = GW_ROW_OK};
    struct gw_error err = {.status = GW_OK};
    double *column[GW_MAX_PARAMETERS];
    for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
        column[a] = &asked.value[a];
    }
    gw_space_values(&plan->space, &k, 1, column);
    for (size_t s = 0; s < plan->segments && made.status != GW_ROW_FAILED; s++) {
        asked.begin = plan->window[window].begin[s];
        asked.end = plan->window[window].end[s];
        if (gw_plugin_run(plugin, &asked, 1, &made, &err) != GW_OK) {
            break;
        }
    }
    if (err.status != GW_OK) {
        gw_text_printf(out, "%s", err.text);
    } else if (made.status != GW_ROW_FAILED) {
        gw_text_printf(out,
                       "the plug-in '%s' failed there, or %d times in its tile, but not "
                       "when it was asked again",
                       plan->plugin.name, GW_PLUGIN_DEATHS);
    } else if (gw_plugin_failure(plugin)[0] != '\0') {
        gw_text_printf(out, "the plug-in '%s' %s", plan->plugin.name,
                       gw_plugin_failure(plugin));
    }
    gw_plugin_free(plugin);
}
