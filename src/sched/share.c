#include "share.h"

#include "message.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum { PARTS_A_RANK = 16, WEIGHT_SAMPLES = 4, MESSAGE_MOST = 1 << 20 };

/* Of such messages every rank shall get several before they become shorter. */
static const double SHORT_SECONDS = 0.05, LONG_SECONDS = 1;
enum { SEVERAL = 3 };

/** Tiles from `next` to before `end`; `left` of them are to be computed. */
struct range {
    uint64_t next, end, left;
};

struct part {
    struct range range;
    double weight; /* mean of a tile */
};

struct gw_shares {
    uint64_t tiles, ranks;
    void *context;
    bool (*has)(void *context, uint64_t tile); /* NULL: none is there already */

    uint64_t left;
    struct part *part; /* in the order in which they are begun */
    size_t parts, begun;
    struct range *range; /* [ranks]: of the part that a rank has; left 0 = none */

    /* A tree of maxima over the ranks' left, so that the longest is found at once: node i
     * is above 2 i and 2 i + 1, rank r is node leaves + r. */
    uint64_t *most;
    size_t leaves;

    uint64_t learned; /* tiles */
    double seconds;
};

static bool is_there(const struct gw_shares *shares, uint64_t tile)
{
    return shares->has != NULL && shares->has(shares->context, tile);
}

/** The first tile from `tile` on with `count` missing ones before it. */
static uint64_t pass(const struct gw_shares *shares, uint64_t tile, uint64_t count)
{
    if (shares->has == NULL) {
        return tile + count;
    }
    while (count > 0) {
        count -= !is_there(shares, tile);
        tile++;
    }
    return tile;
}

static void cut(struct gw_shares *shares)
{
    uint64_t tile = 0;
    for (size_t i = 0; i < shares->parts; i++) {
        uint64_t count =
            shares->left / shares->parts + (i < shares->left % shares->parts);
        struct range *range = &shares->part[i].range;
        range->next = tile;
        range->left = count;
        tile = pass(shares, tile, count);
        range->end = tile;
    }
    assert(tile <= shares->tiles);
}

static void weigh(const struct gw_share_setup *setup, struct part *part)
{
    uint64_t length = part->range.end - part->range.next;
    uint64_t samples = length < WEIGHT_SAMPLES ? length : WEIGHT_SAMPLES;
    double sum = 0;
    for (uint64_t i = 0; i < samples; i++) {
        uint64_t within = length / samples * i + length / samples / 2;
        sum += setup->weight(setup->context, part->range.next + within);
    }
    part->weight = sum / (double)samples;
}

static int by_weight(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return x->range.next < y->range.next ? -1 : x->range.next > y->range.next;
}

struct gw_shares *gw_shares_new(const struct gw_share_setup *setup)
{
    assert(setup->ranks > 0 && setup->kept <= setup->tiles);
    struct gw_shares *shares = gw_calloc(1, sizeof *shares);
    shares->tiles = setup->tiles;
    shares->ranks = (uint64_t)setup->ranks;
    shares->context = setup->context;
    shares->has = setup->kept > 0 ? setup->has : NULL;
    shares->left = setup->tiles - setup->kept;
    uint64_t parts = shares->ranks > 1 ? PARTS_A_RANK * shares->ranks : 1;
    shares->parts = (size_t)(parts < shares->left ? parts : shares->left);
    shares->part = gw_calloc(shares->parts, sizeof *shares->part);
    cut(shares);
    if (setup->weight != NULL && shares->parts > 1) {
        for (size_t i = 0; i < shares->parts; i++) {
            weigh(setup, &shares->part[i]);
        }
        qsort(shares->part, shares->parts, sizeof *shares->part, by_weight);
    }
    shares->range = gw_calloc((size_t)setup->ranks, sizeof *shares->range);
    shares->leaves = 1;
    while (shares->leaves < (size_t)setup->ranks) {
        shares->leaves *= 2;
    }
    shares->most = gw_calloc(2 * shares->leaves, sizeof *shares->most);
    return shares;
}

void gw_shares_free(struct gw_shares *shares)
{
    if (shares != NULL) {
        free(shares->part);
        free(shares->range);
        free(shares->most);
        free(shares);
    }
}

uint64_t gw_shares_left(const struct gw_shares *shares)
{
    return shares->left;
}

void gw_shares_learn(struct gw_shares *shares, uint64_t tiles, double seconds)
{
    shares->learned += tiles;
    shares->seconds += seconds;
}

double gw_shares_tile_seconds(const struct gw_shares *shares)
{
    return shares->learned > 0 ? shares->seconds / (double)shares->learned : 0;
}

/** How many tiles last so long, at least one, at most a message's. */
static uint64_t lasting(const struct gw_shares *shares, double seconds)
{
    double tiles = seconds / gw_shares_tile_seconds(shares);
    if (tiles >= MESSAGE_MOST) {
        return MESSAGE_MOST;
    }
    return tiles > 1 ? (uint64_t)tiles : 1;
}

/** How many tiles make a message of a rank whose part has `rest` left. */
static uint64_t message_tiles(const struct gw_shares *shares, uint64_t rest)
{
    if (!(gw_shares_tile_seconds(shares) > 0)) {
        return 1;
    }
    uint64_t most = lasting(shares, LONG_SECONDS);
    if (shares->ranks == 1) {
        return most < rest ? most : rest;
    }
    uint64_t messages = 2 * GW_ORDERS_AHEAD * shares->ranks;
    uint64_t tiles = shares->left / messages + (shares->left % messages > 0);
    uint64_t least = lasting(shares, SHORT_SECONDS);
    least += (double)least * gw_shares_tile_seconds(shares) < SHORT_SECONDS;
    if (shares->left / shares->ranks / SEVERAL >= least && tiles < least) {
        tiles = least;
    }
    tiles = tiles < most ? tiles : most;
    if (tiles >= least && tiles < rest && rest - tiles < least &&
        rest <= shares->left / shares->ranks / 2) {
        /* Too little of the part would be left for a message. */
        tiles = rest <= most ? rest : rest / 2;
    }
    return tiles < rest ? tiles : rest;
}

static void note_left(struct gw_shares *shares, size_t rank)
{
    size_t node = shares->leaves + rank;
    shares->most[node] = shares->range[rank].left;
    while (node > 1) {
        node /= 2;
        uint64_t a = shares->most[2 * node], b = shares->most[2 * node + 1];
        shares->most[node] = a > b ? a : b;
    }
}

/** The second half of the longest range, the lowest rank's of equal ones. */
static struct range take_over(struct gw_shares *shares)
{
    size_t node = 1;
    while (node < shares->leaves) {
        node *= 2;
        node += shares->most[node] < shares->most[node / 2];
    }
    struct range *from = &shares->range[node - shares->leaves];
    struct range half = *from;
    from->left /= 2;
    half.left -= from->left;
    half.next = pass(shares, from->next, from->left);
    from->end = half.next;
    note_left(shares, node - shares->leaves);
    return half;
}

uint64_t gw_shares_take(struct gw_shares *shares, int rank, uint64_t *first_out)
{
    if (shares->left == 0) {
        return 0;
    }
    struct range *range = &shares->range[rank];
    if (range->left == 0) {
        *range = shares->begun < shares->parts ? shares->part[shares->begun++].range
                                               : take_over(shares);
    }
    while (is_there(shares, range->next)) {
        range->next++;
    }
    uint64_t most = message_tiles(shares, range->left), tiles = 1;
    if (shares->has == NULL) {
        tiles = most;
    }
    while (tiles < most && !is_there(shares, range->next + tiles)) {
        tiles++;
    }
    *first_out = range->next;
    range->next += tiles;
    range->left -= tiles;
    shares->left -= tiles;
    note_left(shares, (size_t)rank);
    return tiles;
}
