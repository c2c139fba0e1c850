/* The table of one instruction set. */
#include "parts.h"

#define TEXT_OF(x) #x
#define NAME_OF(x) TEXT_OF(x)

const struct lane_table OF_ISA(lane_table) = {
    .name = NAME_OF(GW_ISA),
    .bounds = OF_ISA(lane_bounds),
    .range = OF_ISA(lane_range),
    .compare = OF_ISA(lane_compare),
    .defined = OF_ISA(lane_both_defined),
    .cross = OF_ISA(lane_cross),
    .moves = OF_ISA(lane_moves),
    .choose = OF_ISA(lane_choose),
    .intend = OF_ISA(lane_intend),
    .rebalance = OF_ISA(lane_rebalance),
    .mark = OF_ISA(lane_mark),
    .gauge_basic = OF_ISA(lane_gauge_basic),
    .gauge_all = OF_ISA(lane_gauge_all),
    .hold_basic = OF_ISA(lane_hold_basic),
    .hold_all = OF_ISA(lane_hold_all),
    .add = OF_ISA(lane_add),
    .add_and_pool = OF_ISA(lane_add_and_pool),
    .read_basic = OF_ISA(lane_read_basic),
    .read_all = OF_ISA(lane_read_all),
    .read_add = OF_ISA(lane_read_add),
    .read_add_and_pool = OF_ISA(lane_read_add_and_pool),
};
