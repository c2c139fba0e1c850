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
    uint32_t depends; /* parameters below them */
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

static enum gw_status
refuse_combination(const struct search *search, int32_t node, uint64_t k)
{
    double storage[GW_MAX_PARAMETERS], *value[GW_MAX_PARAMETERS];
    for (size_t a = 0; a < search->space->axes; a++) {
        value[a] = &storage[a];
    }
    gw_space_values(search->space, &k, 1, value);
    struct gw_error found = {.status = GW_OK};
    struct gw_text combination = {0};
    enum gw_status status =
        gw_graph_check_numbers(search->experiment->graph, node, storage, &found);
    if (status == GW_OK) {
        return GW_OK;
    }
    gw_space_print(search->space, k, &combination);
    gw_fail(search->err, status, "%s (%s); exclude it with a constraint", found.text,
            combination.data != NULL ? combination.data : "no parameters");
    if (search->err != NULL) {
        search->err->line = found.line;
        search->err->column = found.column;
    }
    gw_text_clear(&combination);
    return status;
}

static void take_longest(const struct search *search, int32_t node, double bars)
{
    if (bars > (double)search->reach->bars) {
        search->reach->bars = (size_t)bars;
        search->reach->place = gw_graph_node(search->experiment->graph, node)->place;
    }
}

/* Look-backs of combinations k[0..count); an invalid one is refused, or skipped. */
static enum gw_status
take_block(const struct search *search, const uint64_t *k, size_t count, bool refuse)
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
    for (size_t n = 0; n < search->nodes; n++) {
        gw_graph_lookbacks(search->experiment->graph, search->node[n],
                           (const double *const *)value, count, bars);
        enum gw_status status = GW_OK;
        for (size_t i = 0; i < count && status == GW_OK; i++) {
            if (!isnan(bars[i])) {
                take_longest(search, search->node[n], bars[i]);
            } else if (refuse) {
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

enum gw_status gw_reach_find(const struct gw_experiment *experiment,
                             const struct gw_space *space,
                             struct gw_reach *out,
                             struct gw_error *err)
{
    const struct gw_rules *rules = &experiment->rules;
    struct search search = {
        .experiment = experiment, .space = space, .reach = out, .err = err};
    *out = (struct gw_reach){.exact = space->total <= GW_EXACT_LIMIT,
                             .place = {.file = experiment->file}};
    if (rules->has_target) {
        add_node(&search, rules->target);
    }
    for (size_t s = 0; !rules->has_target && s < GW_SIGNALS; s++) {
        add_node(&search, rules->signal[s]);
    }
    return out->exact ? walk_all(&search) : walk_corners(&search);
}
