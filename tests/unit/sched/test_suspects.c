#include "../../../src/sched/suspects.h"

#include "check.h"

#include <stdlib.h>

static enum gw_suspicion state_of(const struct gw_suspects *suspects, uint64_t tile)
{
    const struct gw_suspect *suspect = gw_suspects_find(suspects, tile);
    return suspect != NULL ? suspect->state : GW_NOT_SUSPECT;
}

static void one_loss_hands_out_again_and_a_second_sets_aside(void)
{
    struct gw_suspects suspects = {0};
    uint64_t tile = 0;
    CU_ASSERT_FALSE(gw_suspects_take(&suspects, 1, &tile));
    CU_ASSERT_FALSE(gw_suspects_strike(&suspects, 7, 1));
    CU_ASSERT_EQUAL(suspects.waiting, 1);
    CU_ASSERT_TRUE(gw_suspects_take(&suspects, 2, &tile) && tile == 7);
    CU_ASSERT_EQUAL(state_of(&suspects, 7), GW_SUSPECT_HANDED);
    /* rank 1 came back with it and is lost once more: it is rank 2 that holds it */
    CU_ASSERT_FALSE(gw_suspects_strike(&suspects, 7, 1));
    CU_ASSERT_EQUAL(state_of(&suspects, 7), GW_SUSPECT_HANDED);
    CU_ASSERT_TRUE(gw_suspects_strike(&suspects, 7, 2));
    CU_ASSERT_EQUAL(state_of(&suspects, 7), GW_SUSPECT_SET_ASIDE);
    CU_ASSERT_FALSE(gw_suspects_strike(&suspects, 7, 2)); /* once */
    CU_ASSERT_FALSE(gw_suspects_take(&suspects, 3, &tile));
    CU_ASSERT_EQUAL(suspects.waiting, 0);
    gw_suspects_clear(&suspects);
}

static void what_was_accepted_is_not_handed_out(void)
{
    struct gw_suspects suspects = {0};
    uint64_t tile = 0;
    gw_suspects_strike(&suspects, 5, 1);
    gw_suspects_strike(&suspects, 3, 1);
    gw_suspects_strike(&suspects, 9, 1);
    gw_suspects_accepted(&suspects, gw_suspects_find(&suspects, 3));
    CU_ASSERT_EQUAL(suspects.waiting, 2);
    CU_ASSERT_TRUE(gw_suspects_take(&suspects, 2, &tile) && tile == 5);
    CU_ASSERT_TRUE(gw_suspects_take(&suspects, 2, &tile) && tile == 9);
    CU_ASSERT_FALSE(gw_suspects_take(&suspects, 2, &tile));
    /* accepted from another rank while rank 2 holds it: its loss does not matter */
    gw_suspects_accepted(&suspects, gw_suspects_find(&suspects, 9));
    CU_ASSERT_FALSE(gw_suspects_strike(&suspects, 9, 2));
    CU_ASSERT_EQUAL(state_of(&suspects, 9), GW_SUSPECT_ACCEPTED);
    CU_ASSERT_EQUAL(state_of(&suspects, 4), GW_NOT_SUSPECT);
    gw_suspects_clear(&suspects);
}

/* Tiles far apart and close together: the table grows, and none gets lost in it. */
static void many_tiles_come_out_in_their_order(void)
{
    enum { TILES = 5000 };
    struct gw_suspects suspects = {0};
    for (uint64_t i = 0; i < TILES; i++) {
        CU_ASSERT_FALSE(gw_suspects_strike(&suspects, i % 2 ? i : i << 40, 1));
    }
    CU_ASSERT_EQUAL(suspects.waiting, TILES);
    for (uint64_t i = 0; i < TILES; i++) {
        uint64_t tile = 0;
        CU_ASSERT_TRUE(gw_suspects_take(&suspects, 2, &tile));
        CU_ASSERT_EQUAL(tile, i % 2 ? i : i << 40);
    }
    CU_ASSERT_EQUAL(state_of(&suspects, 2), GW_NOT_SUSPECT);
    gw_suspects_clear(&suspects);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"one_loss_hands_out_again_and_a_second_sets_aside",
         one_loss_hands_out_again_and_a_second_sets_aside},
        {"what_was_accepted_is_not_handed_out", what_was_accepted_is_not_handed_out},
        {"many_tiles_come_out_in_their_order", many_tiles_come_out_in_their_order},
    };
    return CHECK_RUN("suspects", tests);
}
