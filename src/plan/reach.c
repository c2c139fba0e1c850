/* How far back a strategy looks, and whether its number arguments are valid. */
#include "parts.h"

#include "gridwalk/base/random.h"
#include "gridwalk/base/text.h"

#include <math.h>

enum { CORNER_AXES = 20, CORNER_SEED = 21 };

typedef double column[GW_BLOCK];

struct search {
    const struct gw_experiment *experiment;
    const struct gw_space *space;
    int32_t node[GW_SIGNALS + 1]; /* [nodes] what the strategy is made of */
    size_t nodes;
    bool terms;               /* some of them are expressions */
    uint32_t depends;         /* parameters below them */
    struct gw_plugin *plugin; /* NULL: expressions */
    struct gw_reach *reach;
    struct gw_error *err;
};

static void add_node(struct search *search, int32_t node)
{
    if (node != GW_NO_NODE) {
        search->node[search->nodes++] = node;
        search->depends |= gw_graph_node(search->experiment->graph, node)->depends;
    }
}

static void
values_of(const struct search *search, uint64_t k, double out[GW_MAX_PARAMETERS])
{
    double *value[GW_MAX_PARAMETERS];
    for (size_t a = 0; a < GW_MAX_PARAMETERS; a++) {
        out[a] = 0;
        value[a] = &out[a];
    }
    gw_space_values(search->space, &k, 1, value);
}

/* A message that names the combination. */
static enum gw_status
refuse(const struct search *search, const struct gw_error *found, uint64_t k)
{
    struct gw_text combination = {0};
    gw_space_print(search->space, k, &combination);
    gw_fail(search->err, found->status, "%s (%s); exclude it with a constraint",
            found->text, combination.data != NULL ? combination.data : "no parameters");
    if (search->err != NULL) {
        search->err->line = found->line;
        search->err->column = found->column;
    }
    gw_text_clear(&combination);
    return found->status;
}

static enum gw_status
refuse_combination(const struct search *search, int32_t node, uint64_t k)
{
    double value[GW_MAX_PARAMETERS];
    struct gw_error found = {.status = GW_OK};
    values_of(search, k, value);
    enum gw_status status =
        gw_graph_check_numbers(search->experiment->graph, node, value, &found);
    return status == GW_OK ? GW_OK : refuse(search, &found, k);
}

static enum gw_status refuse_terms(const struct search *search, uint64_t k)
{
    const struct gw_experiment *experiment = search->experiment;
    double value[GW_MAX_PARAMETERS];
    struct gw_error found = {.status = GW_OK};
    enum gw_term which;
    values_of(search, k, value);
    struct gw_terms terms = gw_terms_of(&experiment->rules, experiment->graph, value);
    const char *wrong = gw_terms_check(&experiment->rules, &terms, &which);
    const struct gw_term_info *info = &gw_term_info[which];
    struct gw_place place = gw_term_place(experiment, which);
    double x = *gw_term_at(&terms, which);
    char number[32], low[32], high[32];
    gw_format_double(x, number, sizeof number);
    gw_format_double(info->low, low, sizeof low);
    gw_format_double(info->high, high, sizeof high);
    if (!(x >= info->low && x <= info->high)) {
        gw_fail_at(&found, GW_CONFIG, place, "%s must be from %s to %s, not %s",
                   info->key, low, high, number);
    } else {
        gw_fail_at(&found, GW_CONFIG, place, "%s %s; it is %s", info->key, wrong, number);
    }
    return refuse(search, &found, k);
}

/* The terms of a block of combinations. */
static enum gw_status check_terms(const struct search *search,
                                  const uint64_t *k,
                                  const double *const *value,
                                  size_t count)
{
    const struct gw_rules *rules = &search->experiment->rules;
    column term[GW_TERMS];
    for (int i = 0; i < GW_TERMS; i++) {
        if (rules->term[i] != GW_NO_NODE) {
            gw_graph_numbers(search->experiment->graph, rules->term[i], value, count,
                             term[i]);
        }
    }
    struct gw_terms terms = rules->terms;
    for (size_t at = 0; at < count; at++) {
        enum gw_term which;
        for (int i = 0; i < GW_TERMS; i++) {
            if (rules->term[i] != GW_NO_NODE) {
                *gw_term_at(&terms, (enum gw_term)i) = term[i][at];
            }
        }
        if (gw_terms_check(rules, &terms, &which) != NULL) {
            return refuse_terms(search, k[at]);
        }
    }
    return GW_OK;
}

/* stdev takes a span of 1 for undefined. */
static enum gw_status check_spans(const struct search *search,
                                  const uint64_t *k,
                                  const double *const *value,
                                  size_t count)
{
    const struct gw_experiment *experiment = search->experiment;
    column span;
    gw_graph_numbers(experiment->graph, experiment->span, value, count, span);
    for (size_t i = 0; i < count; i++) {
        if (!(span[i] >= 2 && span[i] == floor(span[i]))) {
            struct gw_error found = {.status = GW_OK};
            char number[32];
            gw_format_double(span[i], number, sizeof number);
            gw_fail_at(&found, GW_CONFIG, experiment->span_place,
                       "span must be a whole number of at least 2, not %s", number);
            return refuse(search, &found, k[i]);
        }
    }
    return GW_OK;
}

static void take_longest(const struct search *search, int32_t node, double bars)
{
    if (bars > (double)search->reach->bars) {
        search->reach->bars = (size_t)bars;
        search->reach->place = gw_graph_node(search->experiment->graph, node)->place;
    }
}

/* An error about the plug-in, with its place in the file. */
static enum gw_status fail_plugin(const struct search *search, struct gw_error *found)
{
    return gw_fail_at(search->err, found->status, search->experiment->plugin_place, "%s",
                      found->text);
}

/* What a plug-in says about itself. */
static enum gw_status
ask_plugin(const struct search *search, const double *const *value, size_t count)
{
    column bars;
    struct gw_error found;
    if (gw_plugin_lookbacks(search->plugin, value, count, bars, &found) != GW_OK) {
        return fail_plugin(search, &found);
    }
    for (size_t i = 0; i < count; i++) {
        if (bars[i] > (double)search->reach->bars) {
            search->reach->bars = (size_t)bars[i];
            search->reach->place = search->experiment->plugin_place;
        }
    }
    return GW_OK;
}

/* Look-backs of combinations k[0..count); an invalid one is refused, or skipped. */
static enum gw_status
take_block(const struct search *search, const uint64_t *k, size_t count, bool refuse_any)
{
    column block[GW_MAX_PARAMETERS], bars;
    double *value[GW_MAX_PARAMETERS];
    if (count == 0) {
        return GW_OK;
    }
    for (size_t a = 0; a < search->space->axes; a++) {
        value[a] = block[a];
    }
    gw_space_values(search->space, k, count, value);
    if (refuse_any && search->terms) {
        GW_TRY(check_terms(search, k, (const double *const *)value, count));
    }
    if (refuse_any && search->experiment->span != GW_NO_NODE) {
        GW_TRY(check_spans(search, k, (const double *const *)value, count));
    }
    if (search->plugin != NULL) {
        GW_TRY(ask_plugin(search, (const double *const *)value, count));
    }
    for (size_t n = 0; n < search->nodes; n++) {
        gw_graph_lookbacks(search->experiment->graph, search->node[n],
                           (const double *const *)value, count, bars);
        enum gw_status status = GW_OK;
        for (size_t i = 0; i < count && status == GW_OK; i++) {
            if (!isnan(bars[i])) {
                take_longest(search, search->node[n], bars[i]);
            } else if (refuse_any) {
                status = refuse_combination(search, search->node[n], k[i]);
            }
        }
        GW_TRY(status);
    }
    return GW_OK;
}

static enum gw_status walk_all(const struct search *search)
{
    uint64_t k[GW_BLOCK], left[GW_BLOCK];
    bool feasible[GW_BLOCK];
    for (uint64_t from = 0; from < search->space->total; from += GW_BLOCK) {
        uint64_t rest = search->space->total - from;
        size_t count = rest < GW_BLOCK ? (size_t)rest : GW_BLOCK, kept = 0;
        for (size_t i = 0; i < count; i++) {
            k[i] = from + i;
        }
        gw_space_feasible(search->space, k, count, feasible);
        for (size_t i = 0; i < count; i++) {
            if (feasible[i]) {
                left[kept++] = k[i];
            }
        }
        GW_TRY(take_block(search, left, kept, true));
    }
    return GW_OK;
}

/* Indices of the smallest and largest value of an axis; a list may be in any order. */
static void find_ends(const struct gw_axis *axis, size_t end_out[2])
{
    end_out[0] = 0;
    end_out[1] = axis->count - 1;
    for (size_t i = 0; axis->list != NULL && i < axis->count; i++) {
        end_out[0] = axis->list[i] < axis->list[end_out[0]] ? i : end_out[0];
        end_out[1] = axis->list[i] > axis->list[end_out[1]] ? i : end_out[1];
    }
}

/* Combination numbers that an axis at its ends adds. */
struct corner {
    uint64_t end[GW_MAX_PARAMETERS][2];
    size_t axes;
};

static struct corner find_corners(const struct search *search)
{
    struct corner corner = {0};
    uint64_t stride = 1;
    for (size_t a = search->space->axes; a-- > 0;) {
        const struct gw_axis *axis = &search->space->axis[a];
        size_t end[2];
        find_ends(axis, end);
        if ((search->depends >> a & 1) != 0 && axis->count > 1) {
            corner.end[corner.axes][0] = stride * end[0];
            corner.end[corner.axes++][1] = stride * end[1];
        }
        stride *= axis->count;
    }
    return corner;
}

/* All corners, or as many drawn at random where an axis more doubles what is too much. */
static enum gw_status walk_corners(const struct search *search)
{
    struct corner corner = find_corners(search);
    bool all = corner.axes <= CORNER_AXES;
    uint32_t corners = UINT32_C(1) << (all ? corner.axes : CORNER_AXES);
    uint64_t k[GW_BLOCK];
    size_t count = 0;
    enum gw_status status = GW_OK;
    for (uint32_t c = 0; c < corners && status == GW_OK; c++) {
        uint32_t bits[4] = {c};
        if (!all) {
            gw_philox(CORNER_SEED, 0, c, bits);
        }
        k[count] = 0;
        for (size_t a = 0; a < corner.axes; a++) {
            k[count] += corner.end[a][bits[0] >> a & 1];
        }
        count++;
        if (count == GW_BLOCK || c + 1 == corners) {
            status = take_block(search, k, count, false);
            count = 0;
        }
    }
    return status;
}

/* All of the strategy's numbers, however many combinations there are. */
static enum gw_status walk(struct search *search)
{
    struct gw_plugin_facts *facts = &search->reach->plugin;
    struct gw_error found;
    if (search->plugin != NULL) {
        if (gw_plugin_ask(search->plugin, facts, &found) != GW_OK) {
            return fail_plugin(search, &found);
        }
        for (size_t i = 0; i < facts->parameters; i++) {
            search->depends |= UINT32_C(1) << facts->axis[i];
        }
    }
    return search->reach->exact ? walk_all(search) : walk_corners(search);
}

enum gw_status
gw_reach_find(const struct gw_plan *plan, struct gw_reach *out, struct gw_error *err)
{
    const struct gw_experiment *experiment = plan->experiment;
    const struct gw_rules *rules = &experiment->rules;
    struct search search = {
        .experiment = experiment, .space = &plan->space, .reach = out, .err = err};
    *out = (struct gw_reach){.exact = plan->space.total <= GW_EXACT_LIMIT,
                             .place = {.file = experiment->file}};
    for (int i = 0; i < GW_TERMS; i++) {
        search.terms = search.terms || rules->term[i] != GW_NO_NODE;
    }
    add_node(&search, rules->target);
    add_node(&search, rules->deviation);
    for (size_t s = 0; s < GW_SIGNALS; s++) {
        add_node(&search, rules->signal[s]);
    }
    if (rules->plugin.library != NULL) {
        const struct gw_plugin_setup setup = gw_plan_plugin(plan, NULL);
        search.plugin = gw_plugin_new(&setup);
    }
    enum gw_status status = walk(&search);
    gw_plugin_free(search.plugin);
    return status;
}
