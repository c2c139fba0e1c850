#include "gridwalk/engine/columns.h"

#include "cache.h"
#include "lanes.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gw_columns {
    const struct gw_graph *graph;
    const struct gw_portal *portal;
    uint32_t varied;
    struct cache *cache;
    struct gw_columns_at at;
    double value[GW_MAX_PARAMETERS];
    uint64_t combination; /* number of the combination in hand */
    const double **made;  /* [nodes] column of a node for it, */
    uint64_t *made_in;    /* [nodes] when made_in is its number */
    double **scratch;     /* columns that are not kept, reused */
    size_t *scratch_room;
    size_t scratches, scratch_used, scratch_capacity, room_capacity;
    uint64_t evaluated;
};

struct gw_columns *gw_columns_new(const struct gw_graph *graph,
                                  const struct gw_portal *portal,
                                  uint32_t varied,
                                  size_t limit)
{
    struct gw_columns *columns = gw_calloc(1, sizeof *columns);
    size_t nodes = gw_graph_count(graph);
    size_t longest = 0;
    for (size_t n = 0; n < gw_portal_assets(portal); n++) {
        size_t count = gw_portal_listing(portal, n)->count;
        longest = count > longest ? count : longest;
    }
    columns->graph = graph;
    columns->portal = portal;
    columns->varied = varied;
    columns->cache = cache_new(limit, longest);
    columns->made = gw_calloc(nodes, sizeof(double *));
    columns->made_in = gw_calloc(nodes, sizeof(uint64_t));
    return columns;
}

void gw_columns_free(struct gw_columns *columns)
{
    if (columns == NULL) {
        return;
    }
    for (size_t i = 0; i < columns->scratches; i++) {
        free(columns->scratch[i]);
    }
    cache_free(columns->cache);
    free(columns->scratch);
    free(columns->scratch_room);
    free(columns->made);
    free(columns->made_in);
    free(columns);
}

static size_t length_of(const struct gw_columns *columns)
{
    return columns->at.to - columns->at.from;
}

static double *take_scratch(struct gw_columns *columns)
{
    size_t i = columns->scratch_used++;
    if (i == columns->scratches) {
        columns->scratches++;
        columns->scratch = gw_grow(columns->scratch, &columns->scratch_capacity,
                                   columns->scratches, sizeof(double *));
        columns->scratch_room = gw_grow(columns->scratch_room, &columns->room_capacity,
                                        columns->scratches, sizeof(size_t));
        columns->scratch[i] = NULL;
        columns->scratch_room[i] = 0;
    }
    if (columns->scratch_room[i] < length_of(columns)) {
        free(columns->scratch[i]);
        columns->scratch[i] = gw_calloc(length_of(columns), sizeof(double));
        columns->scratch_room[i] = length_of(columns);
    }
    return columns->scratch[i];
}

void gw_columns_next(struct gw_columns *columns, const double *value)
{
    memcpy(columns->value, value, sizeof columns->value);
    columns->combination++;
    columns->scratch_used = 0;
}

void gw_columns_turn(struct gw_columns *columns, const struct gw_columns_at *at)
{
    assert(at->from <= at->to);
    columns->at = *at;
    gw_columns_next(columns, at->value);
}

void gw_columns_begin(struct gw_columns *columns, const struct gw_columns_at *at)
{
    cache_begin(columns->cache);
    gw_columns_turn(columns, at);
}

void gw_columns_narrow(struct gw_columns *columns, size_t from, size_t to)
{
    assert(from <= to);
    columns->at.from = from;
    columns->at.to = to;
}

static double number_of(const struct gw_columns *columns, int32_t node)
{
    const struct gw_node *made = gw_graph_node(columns->graph, node);
    if (made->kind == GW_NODE_CONSTANT) {
        return made->value;
    }
    if (made->kind == GW_NODE_PARAMETER) {
        return columns->value[made->index];
    }
    const double *value[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        value[i] = &columns->value[i];
    }
    double out;
    gw_graph_numbers(columns->graph, node, value, 1, &out);
    return out;
}

/* A node made of parameters alone stands for the same number on every bar. */
static const double *broadcast(struct gw_columns *columns, int32_t node)
{
    double *column = take_scratch(columns);
    double number = number_of(columns, node);
    for (size_t t = 0; t < length_of(columns); t++) {
        column[t] = number;
    }
    return column;
}

/* Other combinations of the grid will ask for the same column. */
static bool is_shared(const struct gw_columns *columns, int32_t node)
{
    uint32_t depends = gw_graph_node(columns->graph, node)->depends & columns->varied;
    return depends != columns->varied || (depends & (depends - 1)) == 0;
}

static struct cache_key
key_of(const struct gw_columns *columns, int32_t id, uint32_t depends)
{
    struct cache_key key = {.node = id,
                            .asset = (uint32_t)columns->at.asset,
                            .from = columns->at.from,
                            .to = columns->at.to};
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        if (depends >> i & 1) {
            key.value[key.values++] = columns->value[i];
        }
    }
    return key;
}

static struct gw_view
view_of(const struct gw_columns *columns, enum gw_field field, bool raw)
{
    return (struct gw_view){.asset = columns->at.asset,
                            .field = field,
                            .raw = raw,
                            .from = columns->at.from,
                            .to = columns->at.to};
}

static void evaluate(struct gw_columns *columns, const struct gw_node *node, double *out)
{
    if (node->kind == GW_NODE_FIELD) {
        gw_portal_field(columns->portal,
                        view_of(columns, (enum gw_field)node->index, node->raw), out);
        return;
    }
    const struct gw_function *function = node->function;
    const double *operand[GW_MAX_SERIES] = {NULL};
    double number[GW_MAX_NUMBERS] = {0};
    for (unsigned i = 0; i < function->series; i++) {
        operand[i] = gw_columns_get(columns, node->series[i]);
    }
    for (unsigned i = 0; i < function->numbers; i++) {
        number[i] = number_of(columns, node->number[i]);
    }
    function->kernel(operand, number, length_of(columns), out);
}

/* The number of whole words of a column, and one for the rest, is known from its length.
 */
static void find_ranges(struct gw_columns *columns, double *column)
{
    struct cache_ranges ranges = cache_ranges(columns->cache, column);
    size_t words = length_of(columns) / COLUMN_MARGIN;
    lane_table()->range(column, words, ranges.low, ranges.high);
    ranges.low[words] = NAN;
    ranges.high[words] = NAN;
}

static double *keep(struct gw_columns *columns, const struct gw_node *node, int32_t id)
{
    struct cache_key key = key_of(columns, id, node->depends);
    bool fresh;
    double *column = cache_column(columns->cache, &key, &fresh);
    if (fresh) {
        evaluate(columns, node, column);
        find_ranges(columns, column);
        columns->evaluated += length_of(columns);
    }
    return column;
}

const double *gw_columns_get(struct gw_columns *columns, int32_t node)
{
    if (columns->made_in[node] == columns->combination) {
        return columns->made[node];
    }
    const struct gw_node *made = gw_graph_node(columns->graph, node);
    const double *column;
    if (!made->over_bars) {
        column = broadcast(columns, node);
    } else if (is_shared(columns, node)) {
        column = keep(columns, made, node);
    } else {
        double *scratch = take_scratch(columns);
        evaluate(columns, made, scratch);
        columns->evaluated += length_of(columns);
        column = scratch;
    }
    columns->made[node] = column;
    columns->made_in[node] = columns->combination;
    return column;
}

struct gw_held gw_columns_hold(struct gw_columns *columns, int32_t node)
{
    const struct gw_node *made = gw_graph_node(columns->graph, node);
    assert(made->over_bars);
    double *column = keep(columns, made, node);
    struct cache_ranges ranges = cache_ranges(columns->cache, column);
    return (struct gw_held){column, ranges.low, ranges.high};
}

double gw_columns_number(const struct gw_columns *columns, int32_t node)
{
    return number_of(columns, node);
}

const double *gw_columns_field(struct gw_columns *columns, enum gw_field field)
{
    struct cache_key key = key_of(columns, -2 - (int32_t)field, 0);
    bool fresh;
    double *column = cache_column(columns->cache, &key, &fresh);
    if (fresh) {
        gw_portal_field(columns->portal, view_of(columns, field, false), column);
    }
    return column;
}

size_t gw_columns_held(const struct gw_columns *columns)
{
    return cache_held(columns->cache);
}

uint64_t gw_columns_evaluated(const struct gw_columns *columns)
{
    return columns->evaluated;
}

struct gw_cache_stats gw_columns_stats(const struct gw_columns *columns)
{
    return cache_stats(columns->cache);
}
