#include "suspects.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

void gw_suspects_clear(struct gw_suspects *suspects)
{
    free(suspects->place);
    free(suspects->queue);
    *suspects = (struct gw_suspects){0};
}

/** The place of a tile: its own, or the empty one where it belongs. */
static struct gw_suspect *find_place(const struct gw_suspects *suspects, uint64_t tile)
{
    size_t mask = suspects->capacity - 1;
    size_t i = (size_t)(tile * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (suspects->place[i].state != GW_NOT_SUSPECT &&
           suspects->place[i].tile != tile) {
        i = (i + 1) & mask;
    }
    return &suspects->place[i];
}

/** At most half of the places are taken, so that a search ends soon. */
static void make_room(struct gw_suspects *suspects)
{
    if (2 * (suspects->count + 1) <= suspects->capacity) {
        return;
    }
    struct gw_suspects old = *suspects;
    suspects->capacity = old.capacity > 0 ? 2 * old.capacity : FIRST_CAPACITY;
    suspects->place = gw_calloc(suspects->capacity, sizeof *suspects->place);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.place[i].state != GW_NOT_SUSPECT) {
            *find_place(suspects, old.place[i].tile) = old.place[i];
        }
    }
    free(old.place);
}

struct gw_suspect *gw_suspects_find(const struct gw_suspects *suspects, uint64_t tile)
{
    if (suspects->count == 0) {
        return NULL;
    }
    struct gw_suspect *suspect = find_place(suspects, tile);
    return suspect->state != GW_NOT_SUSPECT ? suspect : NULL;
}

bool gw_suspects_strike(struct gw_suspects *suspects, uint64_t tile, int rank)
{
    make_room(suspects);
    struct gw_suspect *suspect = find_place(suspects, tile);
    if (suspect->state == GW_NOT_SUSPECT) {
        *suspect = (struct gw_suspect){
            .tile = tile, .state = GW_SUSPECT_WAITS, .holder = GW_NO_HOLDER};
        suspects->count++;
        suspects->queue = gw_grow(suspects->queue, &suspects->queue_capacity,
                                  suspects->queue_end + 1, sizeof *suspects->queue);
        suspects->queue[suspects->queue_end++] = tile;
        suspects->waiting++;
        return false;
    }
    if (suspect->holder != rank) {
        return false;
    }
    suspect->holder = GW_NO_HOLDER;
    if (suspect->state != GW_SUSPECT_HANDED) {
        return false;
    }
    suspect->state = GW_SUSPECT_SET_ASIDE;
    return true;
}

bool gw_suspects_take(struct gw_suspects *suspects, int rank, uint64_t *tile_out)
{
    while (suspects->queue_next < suspects->queue_end) {
        struct gw_suspect *suspect =
            find_place(suspects, suspects->queue[suspects->queue_next++]);
        if (suspect->state == GW_SUSPECT_WAITS) {
            suspect->state = GW_SUSPECT_HANDED;
            suspect->holder = rank;
            suspects->waiting--;
            *tile_out = suspect->tile;
            return true;
        }
    }
    assert(suspects->waiting == 0);
    return false;
}

void gw_suspects_accepted(struct gw_suspects *suspects, struct gw_suspect *suspect)
{
    suspects->waiting -= suspect->state == GW_SUSPECT_WAITS;
    suspect->state = GW_SUSPECT_ACCEPTED;
}
