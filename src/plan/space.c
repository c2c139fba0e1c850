#include "gridwalk/plan/space.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/random.h"
#include "gridwalk/base/text.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    STRIDE = 4096,    /* combinations of one entry of the rank index */
    SAMPLES = 100000, /* of an estimate */
    SAMPLE_SEED = 20,
    FIRST_STEP = 16 /* of a search, which doubles up to GW_BLOCK */
};
static const uint64_t exact_limit = 10000000;

typedef double column[GW_BLOCK];

double gw_axis_value(const struct gw_axis *axis, size_t i)
{
    if (axis->list != NULL) {
        return axis->list[i];
    }
    return (double)(axis->from + (int64_t)i * axis->step) / axis->scale;
}

void gw_space_decode(const struct gw_space *space, uint64_t k, size_t *index_out)
{
    for (size_t a = space->axes; a-- > 0;) {
        size_t count = space->axis[a].count;
        index_out[a] = (size_t)(k % count);
        k /= count;
    }
}

static bool is_consecutive(const uint64_t *k, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (k[i] != k[0] + i) {
            return false;
        }
    }
    return true;
}

/* Values of one axis, whose index moves every `stride` combinations, from k on. */
static void fill_run(
    const struct gw_axis *axis, uint64_t stride, uint64_t k, size_t count, double *out)
{
    size_t index = (size_t)(k / stride % axis->count);
    uint64_t left = stride - k % stride;
    for (size_t i = 0; i < count;) {
        double value = gw_axis_value(axis, index);
        size_t end = left < count - i ? i + (size_t)left : count;
        while (i < end) {
            out[i++] = value;
        }
        index = index + 1 == axis->count ? 0 : index + 1;
        left = stride;
    }
}

/* Values of the axes in `wanted` (a bit each). */
static void fill(const struct gw_space *space,
                 const uint64_t *k,
                 size_t count,
                 uint32_t wanted,
                 double *const *value)
{
    bool consecutive = is_consecutive(k, count);
    uint64_t stride = 1;
    for (size_t a = space->axes; a-- > 0;) {
        const struct gw_axis *axis = &space->axis[a];
        if ((wanted >> a & 1) == 0) {
            stride *= axis->count;
            continue;
        }
        if (consecutive) {
            fill_run(axis, stride, k[0], count, value[a]);
        } else {
            for (size_t i = 0; i < count; i++) {
                value[a][i] = gw_axis_value(axis, (size_t)(k[i] / stride % axis->count));
            }
        }
        stride *= axis->count;
    }
}

void gw_space_values(const struct gw_space *space,
                     const uint64_t *k,
                     size_t count,
                     double *const *value)
{
    assert(count <= GW_BLOCK);
    if (count > 0) {
        fill(space, k, count, UINT32_MAX, value);
    }
}

void gw_space_feasible(const struct gw_space *space,
                       const uint64_t *k,
                       size_t count,
                       bool *out)
{
    assert(count <= GW_BLOCK && space->axes <= GW_MAX_PARAMETERS);
    column block[GW_MAX_PARAMETERS], holds;
    double *value[GW_MAX_PARAMETERS];
    uint32_t wanted = 0;
    for (size_t c = 0; c < space->constraints; c++) {
        wanted |= gw_graph_node(space->graph, space->constraint[c])->depends;
    }
    for (size_t a = 0; a < space->axes; a++) {
        value[a] = block[a];
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = true;
    }
    if (wanted != 0 && count > 0) {
        fill(space, k, count, wanted, value);
    }
    for (size_t c = 0; c < space->constraints; c++) {
        gw_graph_numbers(space->graph, space->constraint[c], (const double *const *)value,
                         count, holds);
        for (size_t i = 0; i < count; i++) {
            out[i] = out[i] && holds[i] == 1; /* undefined is false */
        }
    }
}

/* Feasible combinations in [from, to). */
static uint64_t count_between(const struct gw_space *space, uint64_t from, uint64_t to)
{
    if (space->constraints == 0) {
        return to - from;
    }
    uint64_t k[GW_BLOCK], found = 0;
    bool feasible[GW_BLOCK];
    while (from < to) {
        size_t count = to - from < GW_BLOCK ? (size_t)(to - from) : GW_BLOCK;
        for (size_t i = 0; i < count; i++) {
            k[i] = from + i;
        }
        gw_space_feasible(space, k, count, feasible);
        for (size_t i = 0; i < count; i++) {
            found += feasible[i];
        }
        from += count;
    }
    return found;
}

/* A share of the rectangle, drawn at random from a fixed seed: equal on every rank. */
static uint64_t estimate(const struct gw_space *space)
{
    uint64_t k[GW_BLOCK], hits = 0;
    bool feasible[GW_BLOCK];
    for (size_t drawn = 0; drawn < SAMPLES;) {
        size_t count = SAMPLES - drawn < GW_BLOCK ? SAMPLES - drawn : GW_BLOCK;
        for (size_t i = 0; i < count; i++) {
            double share = gw_philox_uniform(SAMPLE_SEED, 0, drawn + i);
            uint64_t at = (uint64_t)(share * (double)space->total);
            k[i] = at < space->total ? at : space->total - 1;
        }
        gw_space_feasible(space, k, count, feasible);
        for (size_t i = 0; i < count; i++) {
            hits += feasible[i];
        }
        drawn += count;
    }
    return (uint64_t)((double)space->total * ((double)hits / SAMPLES));
}

struct gw_feasible gw_space_count(const struct gw_space *space)
{
    struct gw_feasible feasible = {.exact = true};
    if (space->constraints == 0) {
        feasible.count = space->total;
    } else if (space->before != NULL) {
        feasible.count = space->feasible;
    } else if (space->total <= exact_limit) {
        feasible.count = count_between(space, 0, space->total);
    } else {
        feasible.exact = false;
        feasible.count = estimate(space);
    }
    return feasible;
}

void gw_space_index(struct gw_space *space)
{
    if (space->constraints == 0 || space->before != NULL) {
        space->feasible = space->constraints == 0 ? space->total : space->feasible;
        return;
    }
    size_t entries = (size_t)(space->total / STRIDE) + 2;
    space->before = gw_calloc(entries, sizeof *space->before);
    uint64_t found = 0;
    for (size_t e = 0; e + 1 < entries; e++) {
        uint64_t from = (uint64_t)e * STRIDE;
        uint64_t to = space->total - from < STRIDE ? space->total : from + STRIDE;
        space->before[e] = found;
        found += count_between(space, from, to);
    }
    space->before[entries - 1] = found;
    space->feasible = found;
}

void gw_space_clear(struct gw_space *space)
{
    free(space->before);
    space->before = NULL;
}

uint64_t gw_space_rank(const struct gw_space *space, uint64_t k)
{
    assert(k <= space->total);
    if (space->constraints == 0) {
        return k;
    }
    assert(space->before != NULL);
    return space->before[k / STRIDE] + count_between(space, k - k % STRIDE, k);
}

/* Step over the stretches that the index knows to be empty. */
static uint64_t skip_empty(const struct gw_space *space, uint64_t k)
{
    if (space->before == NULL || k % STRIDE != 0) {
        return k;
    }
    size_t e = (size_t)(k / STRIDE);
    size_t entries = (size_t)(space->total / STRIDE) + 2;
    while (e + 1 < entries && space->before[e] == space->before[e + 1]) {
        e++;
    }
    uint64_t to = (uint64_t)e * STRIDE;
    return to < space->total ? to : space->total;
}

uint64_t gw_space_next(const struct gw_space *space, uint64_t k)
{
    if (space->constraints == 0) {
        return k < space->total ? k : space->total;
    }
    uint64_t block[GW_BLOCK];
    bool feasible[GW_BLOCK];
    for (size_t step = FIRST_STEP; k < space->total;
         step = step < GW_BLOCK ? 2 * step : GW_BLOCK) {
        k = skip_empty(space, k);
        uint64_t edge = STRIDE - k % STRIDE; /* blocks end where entries do */
        uint64_t most = space->total - k < edge ? space->total - k : edge;
        size_t count = most < step ? (size_t)most : step;
        for (size_t i = 0; i < count; i++) {
            block[i] = k + i;
        }
        gw_space_feasible(space, block, count, feasible);
        for (size_t i = 0; i < count; i++) {
            if (feasible[i]) {
                return k + i;
            }
        }
        k += count;
    }
    return space->total;
}

void gw_space_print(const struct gw_space *space, uint64_t k, struct gw_text *out)
{
    size_t index[GW_MAX_PARAMETERS];
    gw_space_decode(space, k, index);
    for (size_t a = 0; a < space->axes; a++) {
        char value[32];
        gw_format_double(gw_axis_value(&space->axis[a], index[a]), value, sizeof value);
        gw_text_printf(out, "%s%s=%s", a == 0 ? "" : ", ", space->axis[a].name, value);
    }
}
