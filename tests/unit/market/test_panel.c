#include "gridwalk/market/panel.h"

#include "check.h"

#include <stdlib.h>

static void has_room_for_all_its_parts(void)
{
    const struct gw_panel_dims dims = {.bars = 7, .assets = 3, .actions = 2};
    size_t bytes = gw_panel_bytes(&dims);
    size_t least = sizeof(struct gw_panel_header) + 3 * sizeof(struct gw_asset) +
                   2 * sizeof(struct gw_action) + 7 * sizeof(int32_t) +
                   5 * 7 * 3 * sizeof(double);
    CU_ASSERT_TRUE(bytes >= least);
    CU_ASSERT_TRUE(bytes <= least + 10 * 64);
    CU_ASSERT_EQUAL(bytes % 64, 0);
}

/* Write each part of a block full, then look for what another part has overwritten. */
static void keeps_its_parts_apart(void)
{
    const struct gw_panel_dims dims = {.bars = 7, .assets = 3, .actions = 5};
    struct gw_panel panel;
    size_t bytes = gw_panel_bytes(&dims);
    char *block = aligned_alloc(64, bytes);
    memset(block, 0, bytes);
    gw_panel_attach(block, &dims, &panel);
    CU_ASSERT_EQUAL(panel.T, 7);
    CU_ASSERT_EQUAL(panel.N, 3);
    CU_ASSERT_EQUAL(panel.actions, 5);
    memset(panel.header, 1, sizeof *panel.header);
    memset(panel.asset, 2, 3 * sizeof *panel.asset);
    memset(panel.action, 3, 5 * sizeof *panel.action);
    memset(panel.session, 4, 7 * sizeof *panel.session);
    for (int field = 0; field < GW_FIELDS; field++) {
        CU_ASSERT_EQUAL((uintptr_t)panel.column[field] % 64, 0);
        memset(panel.column[field], 5 + field, 21 * sizeof(double));
    }
    size_t seen[5 + GW_FIELDS] = {0};
    for (size_t i = 0; i < bytes; i++) {
        seen[(unsigned char)block[i]]++;
    }
    CU_ASSERT_EQUAL(seen[1], sizeof *panel.header);
    CU_ASSERT_EQUAL(seen[2], 3 * sizeof *panel.asset);
    CU_ASSERT_EQUAL(seen[3], 5 * sizeof *panel.action);
    CU_ASSERT_EQUAL(seen[4], 7 * sizeof *panel.session);
    for (int field = 0; field < GW_FIELDS; field++) {
        CU_ASSERT_EQUAL(seen[5 + field], 21 * sizeof(double));
    }
    free(block);
}

static void attaches_to_a_block_without_writing(void)
{
    const struct gw_panel_dims dims = {.bars = 2, .assets = 1, .actions = 0};
    struct gw_panel panel;
    size_t bytes = gw_panel_bytes(&dims);
    char *block = aligned_alloc(64, bytes), *before = malloc(bytes);
    memset(block, 0x5a, bytes);
    memcpy(before, block, bytes);
    gw_panel_attach(block, &dims, &panel);
    CU_ASSERT_EQUAL(memcmp(block, before, bytes), 0);
    free(before);
    free(block);
}

static void refuses_dimensions_that_overflow(void)
{
    static const struct gw_panel_dims table[] = {
        {0, 1, 0},
        {1, 0, 0},
        {UINT64_MAX, 1, 0},
        {1, UINT64_MAX, 0},
        {UINT64_C(1) << 33, UINT64_C(1) << 31, 0},
        {INT32_MAX, INT32_MAX, 0},
        {UINT64_C(1) << 31, 1, 0},
        {1, 1, UINT64_MAX},
        {1, 1, UINT64_MAX / sizeof(struct gw_action)},
        {1, 1, UINT64_MAX / sizeof(struct gw_action) + 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_EQUAL(gw_panel_bytes(&table[i]), 0);
    }
    const struct gw_panel_dims large = {10000000, 100, 1000};
    CU_ASSERT_TRUE(gw_panel_bytes(&large) > UINT64_C(5) * 8 * 10000000 * 100);
}

static void starts_without_prices(void)
{
    const struct gw_panel_dims dims = {.bars = 4, .assets = 2, .actions = 3};
    struct gw_panel *panel = gw_panel_new(&dims);
    CU_ASSERT_EQUAL(panel->header->dims.bars, 4);
    CU_ASSERT_EQUAL(panel->header->dims.assets, 2);
    CU_ASSERT_EQUAL(panel->header->dims.actions, 3);
    CU_ASSERT_EQUAL(panel->header->periods, 252);
    CHECK_TEXT(panel->header->frequency, "1d");
    CHECK_TEXT(panel->header->digest, "");
    CU_ASSERT_EQUAL(panel->asset[1].multiplier, 1);
    CHECK_TEXT(panel->asset[1].symbol, "");
    CU_ASSERT_EQUAL(panel->session[3], 0);
    CU_ASSERT_EQUAL(panel->action[2].value, 0);
    for (int field = 0; field < GW_FIELDS; field++) {
        CU_ASSERT_EQUAL((uintptr_t)panel->column[field] % 64, 0);
        for (size_t i = 0; i < 8; i++) {
            CU_ASSERT_TRUE(isnan(panel->column[field][i]));
        }
    }
    CU_ASSERT_PTR_EQUAL(gw_panel_column(panel, GW_HIGH, 1), panel->column[GW_HIGH] + 4);
    gw_panel_free(panel);
    gw_panel_free(NULL);
}

static void finds_assets_by_symbol(void)
{
    const struct gw_panel_dims dims = {.bars = 1, .assets = 3, .actions = 0};
    struct gw_panel *panel = gw_panel_new(&dims);
    strcpy(panel->asset[0].symbol, "IB");
    strcpy(panel->asset[1].symbol, "IBM");
    memset(panel->asset[2].symbol, 'x', GW_SYMBOL_SIZE - 1);
    CU_ASSERT_EQUAL(gw_panel_find(panel, "IB"), 0);
    CU_ASSERT_EQUAL(gw_panel_find(panel, "IBM"), 1);
    CU_ASSERT_EQUAL(gw_panel_find(panel, "IBMX"), 3);
    CU_ASSERT_EQUAL(gw_panel_find(panel, "ibm"), 3);
    CU_ASSERT_EQUAL(gw_panel_find(panel, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 2);
    gw_panel_free(panel);
}

static void finds_the_bar_at_or_after_a_day(void)
{
    static const struct {
        int32_t days;
        size_t bar;
    } table[] = {{-100, 0}, {10, 0}, {11, 1}, {12, 1},
                 {13, 2},   {20, 2}, {21, 3}, {99, 3}};
    const struct gw_panel_dims dims = {.bars = 3, .assets = 1, .actions = 0};
    struct gw_panel *panel = gw_panel_new(&dims);
    panel->session[0] = 10;
    panel->session[1] = 12;
    panel->session[2] = 20;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_EQUAL(gw_panel_bar_at(panel, table[i].days), table[i].bar);
    }
    gw_panel_free(panel);
}

static void lists_assets_from_first_to_last_close(void)
{
    static const double close[4][4] = {
        {1, 1, 1, 1}, {NAN, 2, NAN, NAN}, {0, -1, 3, INFINITY}, {NAN, NAN, NAN, NAN}};
    static const int32_t expected[4][2] = {{100, 106}, {102, 102}, {104, 104}, {0, -1}};
    const struct gw_panel_dims dims = {.bars = 4, .assets = 4, .actions = 0};
    struct gw_panel *panel = gw_panel_new(&dims);
    for (size_t t = 0; t < 4; t++) {
        panel->session[t] = 100 + 2 * (int32_t)t;
    }
    memcpy(panel->column[GW_CLOSE], close, sizeof close);
    gw_panel_set_listing(panel);
    for (size_t n = 0; n < 4; n++) {
        CU_ASSERT_EQUAL(panel->asset[n].first, expected[n][0]);
        CU_ASSERT_EQUAL(panel->asset[n].last, expected[n][1]);
    }
    gw_panel_free(panel);
}

static void sorts_actions_by_session_asset_kind(void)
{
    static const struct gw_action sorted[] = {
        {5, 1, GW_DIVIDEND, 9}, {0, 2, GW_SPLIT, 1},    {0, 2, GW_DIVIDEND, 0.5},
        {0, 2, GW_DIVIDEND, 2}, {1, 2, GW_SPLIT, 0.25}, {0, 3, GW_OTHER, 1}};
    static const int order[] = {3, 5, 0, 4, 2, 1};
    const struct gw_panel_dims dims = {.bars = 4, .assets = 6, .actions = 6};
    struct gw_panel *panel = gw_panel_new(&dims);
    for (size_t i = 0; i < 6; i++) {
        panel->action[i] = sorted[order[i]];
    }
    gw_panel_sort_actions(panel);
    for (size_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(panel->action[i].asset, sorted[i].asset);
        CU_ASSERT_EQUAL(panel->action[i].session, sorted[i].session);
        CU_ASSERT_EQUAL(panel->action[i].kind, sorted[i].kind);
        CU_ASSERT_EQUAL(panel->action[i].value, sorted[i].value);
    }
    gw_panel_free(panel);
}

static void names_fields_and_actions(void)
{
    CHECK_TEXT(gw_field_name[GW_OPEN], "open");
    CHECK_TEXT(gw_field_name[GW_VOLUME], "volume");
    CHECK_TEXT(gw_action_name[GW_SPLIT], "split");
    CHECK_TEXT(gw_action_name[GW_SPINOFF], "spin-off");
    CHECK_TEXT(gw_action_name[GW_OTHER], "other");
}

int main(void)
{
    static const struct check_test tests[] = {
        {"has_room_for_all_its_parts", has_room_for_all_its_parts},
        {"keeps_its_parts_apart", keeps_its_parts_apart},
        {"attaches_to_a_block_without_writing", attaches_to_a_block_without_writing},
        {"refuses_dimensions_that_overflow", refuses_dimensions_that_overflow},
        {"starts_without_prices", starts_without_prices},
        {"finds_assets_by_symbol", finds_assets_by_symbol},
        {"finds_the_bar_at_or_after_a_day", finds_the_bar_at_or_after_a_day},
        {"lists_assets_from_first_to_last_close", lists_assets_from_first_to_last_close},
        {"sorts_actions_by_session_asset_kind", sorts_actions_by_session_asset_kind},
        {"names_fields_and_actions", names_fields_and_actions},
    };
    return CHECK_RUN("panel", tests);
}
