#include "gridwalk/engine/columns.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a column is of. Fields asked for by themselves have node = -2 - field. */
struct key {
    int32_t node;
    uint32_t asset;
    size_t from, to;
    double value[GW_MAX_PARAMETERS]; /* of the parameters it depends on, in order */
    size_t values;
};

struct entry {
    struct key key;
    double *column;
    uint64_t set;                /* number of the set that used it last */
    struct entry *chain;         /* in its bucket */
    struct entry *newer, *older; /* by use */
};

struct gw_columns {
    const struct gw_graph *graph;
    const struct gw_portal *portal;
    uint32_t varied;
    size_t limit;
    struct entry **bucket; /* [buckets], a power of two */
    size_t buckets, entries;
    struct entry *newest, *oldest;
    struct gw_cache_stats stats;
    struct gw_columns_at at;
    uint64_t set;
    const double **made; /* [nodes] column of a node in this set, */
    uint64_t *made_in;   /* [nodes] when made_in is this set */
    double **scratch;    /* columns that are not kept, reused from set to set */
    size_t *scratch_room;
    size_t scratches, scratch_used, scratch_capacity, room_capacity;
};

struct gw_columns *gw_columns_new(const struct gw_graph *graph,
                                  const struct gw_portal *portal,
                                  uint32_t varied,
                                  size_t limit)
{
    struct gw_columns *columns = gw_calloc(1, sizeof *columns);
    size_t nodes = gw_graph_count(graph);
    columns->graph = graph;
    columns->portal = portal;
    columns->varied = varied;
    columns->limit = limit;
    columns->buckets = 1024;
    columns->bucket = gw_calloc(columns->buckets, sizeof(struct entry *));
    columns->made = gw_calloc(nodes, sizeof(double *));
    columns->made_in = gw_calloc(nodes, sizeof(uint64_t));
    return columns;
}

void gw_columns_free(struct gw_columns *columns)
{
    if (columns == NULL) {
        return;
    }
    while (columns->newest != NULL) {
        struct entry *entry = columns->newest;
        columns->newest = entry->older;
        free(entry->column);
        free(entry);
    }
    for (size_t i = 0; i < columns->scratches; i++) {
        free(columns->scratch[i]);
    }
    free(columns->scratch);
    free(columns->scratch_room);
    free(columns->bucket);
    free(columns->made);
    free(columns->made_in);
    free(columns);
}

static size_t length_of(const struct gw_columns *columns)
{
    return columns->at.to - columns->at.from;
}

static size_t bytes_of(const struct key *key)
{
    return (key->to - key->from) * sizeof(double) + sizeof(struct entry);
}

static bool same_key(const struct key *a, const struct key *b)
{
    return a->node == b->node && a->asset == b->asset && a->from == b->from &&
           a->to == b->to && a->values == b->values &&
           memcmp(a->value, b->value, a->values * sizeof(double)) == 0;
}

static size_t bucket_of(const struct gw_columns *columns, const struct key *key)
{
    uint64_t hash = (uint64_t)key->node * 0x9e3779b97f4a7c15u + key->asset;
    hash = (hash ^ key->from) * 0xbf58476d1ce4e5b9u + key->to;
    for (size_t i = 0; i < key->values; i++) {
        uint64_t bits;
        memcpy(&bits, &key->value[i], sizeof bits);
        hash = (hash ^ bits) * 0x94d049bb133111ebu;
        hash ^= hash >> 29;
    }
    return (hash ^ (hash >> 32)) & (columns->buckets - 1);
}

static void unlink_by_use(struct gw_columns *columns, struct entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &columns->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &columns->oldest) = entry->newer;
}

static void link_newest(struct gw_columns *columns, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = columns->newest;
    *(columns->newest != NULL ? &columns->newest->newer : &columns->oldest) = entry;
    columns->newest = entry;
    entry->set = columns->set;
}

static void evict_oldest(struct gw_columns *columns)
{
    struct entry *entry = columns->oldest;
    assert(entry->older == NULL);
    struct entry **link = &columns->bucket[bucket_of(columns, &entry->key)];
    while (*link != entry) {
        link = &(*link)->chain;
    }
    *link = entry->chain;
    unlink_by_use(columns, entry);
    columns->stats.bytes -= bytes_of(&entry->key);
    columns->entries--;
    free(entry->column);
    free(entry);
}

static void grow_buckets(struct gw_columns *columns)
{
    columns->buckets *= 4;
    free(columns->bucket);
    columns->bucket = gw_calloc(columns->buckets, sizeof(struct entry *));
    for (struct entry *entry = columns->newest; entry != NULL; entry = entry->older) {
        struct entry **bucket = &columns->bucket[bucket_of(columns, &entry->key)];
        entry->chain = *bucket;
        *bucket = entry;
    }
}

/* The entry of a key, new and with an unset column when *fresh_out. */
static struct entry *
find_or_add(struct gw_columns *columns, const struct key *key, bool *fresh_out)
{
    struct entry *entry = columns->bucket[bucket_of(columns, key)];
    while (entry != NULL && !same_key(&entry->key, key)) {
        entry = entry->chain;
    }
    *fresh_out = entry == NULL;
    if (entry != NULL) {
        columns->stats.hits++;
        unlink_by_use(columns, entry);
        link_newest(columns, entry);
        return entry;
    }
    columns->stats.misses++;
    while (columns->oldest != NULL && columns->oldest->set != columns->set &&
           columns->stats.bytes + bytes_of(key) > columns->limit) {
        evict_oldest(columns);
    }
    if (++columns->entries > columns->buckets) {
        grow_buckets(columns);
    }
    entry = gw_calloc(1, sizeof *entry);
    entry->key = *key;
    entry->column = gw_calloc(key->to - key->from, sizeof(double));
    struct entry **bucket = &columns->bucket[bucket_of(columns, key)];
    entry->chain = *bucket;
    *bucket = entry;
    link_newest(columns, entry);
    columns->stats.bytes += bytes_of(key);
    if (columns->stats.bytes > columns->stats.peak_bytes) {
        columns->stats.peak_bytes = columns->stats.bytes;
    }
    return entry;
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

void gw_columns_begin(struct gw_columns *columns, const struct gw_columns_at *at)
{
    assert(at->from <= at->to);
    columns->at = *at;
    columns->set++;
    columns->scratch_used = 0;
}

void gw_columns_narrow(struct gw_columns *columns, size_t from, size_t to)
{
    assert(from <= to);
    columns->at.from = from;
    columns->at.to = to;
}

static double number_of(const struct gw_columns *columns, int32_t node)
{
    const double *value[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        value[i] = &columns->at.value[i];
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

/* Worth keeping: another combination of the grid will ask for the same column. */
static bool is_shared(const struct gw_columns *columns, const struct gw_node *node)
{
    uint32_t depends = node->depends & columns->varied;
    return depends != columns->varied || (depends & (depends - 1)) == 0;
}

static struct key key_of(const struct gw_columns *columns, int32_t id, uint32_t depends)
{
    struct key key = {.node = id,
                      .asset = (uint32_t)columns->at.asset,
                      .from = columns->at.from,
                      .to = columns->at.to};
    for (size_t i = 0; i < GW_MAX_PARAMETERS; i++) {
        if (depends >> i & 1) {
            key.value[key.values++] = columns->at.value[i];
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

const double *gw_columns_get(struct gw_columns *columns, int32_t node)
{
    if (columns->made_in[node] == columns->set) {
        return columns->made[node];
    }
    const struct gw_node *made = gw_graph_node(columns->graph, node);
    const double *column;
    if (!made->over_bars) {
        column = broadcast(columns, node);
    } else if (is_shared(columns, made)) {
        struct key key = key_of(columns, node, made->depends);
        bool fresh;
        struct entry *entry = find_or_add(columns, &key, &fresh);
        if (fresh) {
            evaluate(columns, made, entry->column);
        }
        column = entry->column;
    } else {
        double *scratch = take_scratch(columns);
        evaluate(columns, made, scratch);
        column = scratch;
    }
    columns->made[node] = column;
    columns->made_in[node] = columns->set;
    return column;
}

const double *gw_columns_field(struct gw_columns *columns, enum gw_field field)
{
    struct key key = key_of(columns, -2 - (int32_t)field, 0);
    bool fresh;
    struct entry *entry = find_or_add(columns, &key, &fresh);
    if (fresh) {
        gw_portal_field(columns->portal, view_of(columns, field, false), entry->column);
    }
    return entry->column;
}

struct gw_cache_stats gw_columns_stats(const struct gw_columns *columns)
{
    return columns->stats;
}
