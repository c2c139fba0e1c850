#include "cache.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_COLUMN = 1 << 16 /* bytes from which large pages pay */ };

struct entry {
    struct cache_key key;
    double *column;
    uint64_t set;                /* number of the set that used it last */
    struct entry *chain;         /* in its bucket, or of free ones */
    struct entry *newer, *older; /* by use */
    bool own;                    /* from the heap, not a slot */
};

struct cache {
    size_t longest, slots, used; /* slots from `used` on were never taken */
    double *region;              /* [slots][slot_numbers] */
    struct entry *entry;         /* [slots] */
    struct entry *vacant;
    struct entry **bucket; /* [buckets], a power of two */
    size_t buckets;
    struct entry *newest, *oldest;
    uint64_t set;
    size_t held;
    struct gw_cache_stats stats;
};

/* Numbers of a slot: the column with its margin, and its two ranges. */
static size_t slot_numbers(const struct cache *cache)
{
    return cache->longest + 2 * (cache->longest / COLUMN_MARGIN);
}

static size_t slot_bytes(const struct cache *cache)
{
    return slot_numbers(cache) * sizeof(double) + sizeof(struct entry);
}

struct cache_ranges cache_ranges(const struct cache *cache, double *column)
{
    double *low = column + cache->longest;
    return (struct cache_ranges){low, low + cache->longest / COLUMN_MARGIN};
}

/* Pages are touched only when slots are used: a large limit costs a small grid nothing.
 */
struct cache *cache_new(size_t limit, size_t longest)
{
    struct cache *cache = gw_calloc(1, sizeof *cache);
    cache->longest = longest + COLUMN_MARGIN;
    cache->slots = limit / slot_bytes(cache);
    cache->region = NULL;
    for (; cache->slots > 0; cache->slots /= 2) {
        cache->region = gw_reserve(cache->slots * slot_numbers(cache) * sizeof(double));
        cache->entry = gw_reserve(cache->slots * sizeof *cache->entry);
        if (cache->region != NULL && cache->entry != NULL) {
            if (slot_numbers(cache) * sizeof(double) >= LONG_COLUMN) {
                gw_use_large_pages(cache->region,
                                   cache->slots * slot_numbers(cache) * sizeof(double));
            }
            break;
        }
        gw_release(cache->region, cache->slots * slot_numbers(cache) * sizeof(double));
        gw_release(cache->entry, cache->slots * sizeof *cache->entry);
    }
    cache->buckets = 1024;
    while (cache->buckets < cache->slots && cache->buckets < (1 << 18)) {
        cache->buckets *= 2;
    }
    cache->bucket = gw_calloc(cache->buckets, sizeof(struct entry *));
    return cache;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL) {
        return;
    }
    while (cache->newest != NULL) {
        struct entry *entry = cache->newest;
        cache->newest = entry->older;
        if (entry->own) {
            free(entry->column);
            free(entry);
        }
    }
    if (cache->slots > 0) {
        gw_release(cache->region, cache->slots * slot_numbers(cache) * sizeof(double));
        gw_release(cache->entry, cache->slots * sizeof *cache->entry);
    }
    free(cache->bucket);
    free(cache);
}

static bool same_key(const struct cache_key *a, const struct cache_key *b)
{
    return a->node == b->node && a->asset == b->asset && a->from == b->from &&
           a->to == b->to && a->values == b->values &&
           memcmp(a->value, b->value, a->values * sizeof(double)) == 0;
}

static struct entry **bucket_of(const struct cache *cache, const struct cache_key *key)
{
    uint64_t hash = (uint64_t)key->node * 0x9e3779b97f4a7c15u + key->asset;
    hash = (hash ^ key->from) * 0xbf58476d1ce4e5b9u + key->to;
    for (size_t i = 0; i < key->values; i++) {
        uint64_t bits;
        memcpy(&bits, &key->value[i], sizeof bits);
        hash = (hash ^ bits) * 0x94d049bb133111ebu;
        hash ^= hash >> 29;
    }
    return &cache->bucket[(hash ^ (hash >> 32)) & (cache->buckets - 1)];
}

static void unlink_by_use(struct cache *cache, struct entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
    if (entry->set != cache->set) {
        entry->set = cache->set;
        cache->held += slot_bytes(cache);
    }
}

static void evict_oldest(struct cache *cache)
{
    struct entry *entry = cache->oldest;
    assert(entry->older == NULL);
    struct entry **link = bucket_of(cache, &entry->key);
    while (*link != entry) {
        link = &(*link)->chain;
    }
    *link = entry->chain;
    unlink_by_use(cache, entry);
    cache->stats.bytes -= slot_bytes(cache);
    if (entry->own) {
        free(entry->column);
        free(entry);
        return;
    }
    entry->chain = cache->vacant;
    cache->vacant = entry;
}

static struct entry *take_slot(struct cache *cache)
{
    while (cache->vacant == NULL && cache->used == cache->slots &&
           cache->oldest != NULL && cache->oldest->set != cache->set) {
        evict_oldest(cache);
    }
    struct entry *entry = cache->vacant;
    if (entry != NULL) {
        cache->vacant = entry->chain;
        return entry;
    }
    if (cache->used < cache->slots) {
        entry = &cache->entry[cache->used];
        entry->column = cache->region + cache->used * slot_numbers(cache);
        cache->used++;
        return entry;
    }
    entry = gw_calloc(1, sizeof *entry);
    entry->column = gw_calloc(slot_numbers(cache), sizeof(double));
    entry->own = true;
    return entry;
}

void cache_begin(struct cache *cache)
{
    cache->set++;
    cache->held = 0;
}

double *cache_column(struct cache *cache, const struct cache_key *key, bool *fresh_out)
{
    assert(key->to - key->from + COLUMN_MARGIN <= cache->longest);
    struct entry *entry = *bucket_of(cache, key);
    while (entry != NULL && !same_key(&entry->key, key)) {
        entry = entry->chain;
    }
    *fresh_out = entry == NULL;
    if (entry != NULL) {
        cache->stats.hits++;
        unlink_by_use(cache, entry);
        link_newest(cache, entry);
        return entry->column;
    }
    cache->stats.misses++;
    entry = take_slot(cache);
    entry->key = *key;
    entry->set = 0;
    struct entry **bucket = bucket_of(cache, key);
    entry->chain = *bucket;
    *bucket = entry;
    link_newest(cache, entry);
    cache->stats.bytes += slot_bytes(cache);
    if (cache->stats.bytes > cache->stats.peak_bytes) {
        cache->stats.peak_bytes = cache->stats.bytes;
    }
    return entry->column;
}

size_t cache_held(const struct cache *cache)
{
    return cache->held;
}

struct gw_cache_stats cache_stats(const struct cache *cache)
{
    return cache->stats;
}
