#include "payload_fixture.h"

#include "gridwalk/base/mem.h"

#include <stdlib.h>

/* Smaller is better, ties not broken: the specification's order in one number a part. */
struct merit {
    int rank;
    double value;
};

/* Met, unmet, undefined, ruined, not run. */
static struct merit
judge(const struct gw_plan *plan, const struct gw_row *row, bool bounds)
{
    double goal = goal_of(plan, row);
    if (row->status != GW_ROW_OK) {
        return (struct merit){row->status == GW_ROW_RUINED ? 3 : 4, 0};
    }
    if (isnan(goal)) {
        return (struct merit){2, 0};
    }
    return (struct merit){bounds && !meets(plan, row),
                          plan->experiment->objective.maximize ? -goal : goal};
}

static struct merit merit_of(const struct gw_plan *plan, uint64_t k, size_t window)
{
    struct gw_row row = row_of(k, window, plan->experiment->objective.on);
    return judge(plan, &row, true);
}

static int compare_merits(struct merit a, struct merit b)
{
    if (a.rank != b.rank) {
        return a.rank < b.rank ? -1 : 1;
    }
    return a.value < b.value ? -1 : a.value > b.value;
}

/* The best `top` of some numbers, by sorting all of them; returns how many. */
static size_t
sort_best(const struct gw_plan *plan, size_t window, uint64_t *k, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0; j--) {
            int order = compare_merits(merit_of(plan, k[j], window),
                                       merit_of(plan, k[j - 1], window));
            if (order > 0 || (order == 0 && k[j] > k[j - 1])) {
                break;
            }
            uint64_t other = k[j];
            k[j] = k[j - 1];
            k[j - 1] = other;
        }
    }
    size_t top = (size_t)plan->experiment->keep_top;
    return count < top ? count : top;
}

/* Which cells of a tile must stay. */
static void expect_kept(const struct gw_plan *plan,
                        struct gw_tile tile,
                        const struct gw_bound *bound,
                        bool *kept)
{
    static uint64_t k[MOST_CELLS], best[MOST_CELLS];
    size_t count = list_tile(plan, tile, k);
    for (size_t w = 0; w < tile.windows; w++) {
        memcpy(best, k, count * sizeof *k);
        size_t window = tile.first_window + w;
        size_t stay = sort_best(plan, window, best, count);
        for (size_t i = 0; i < count * stay; i++) {
            if (i < count) {
                kept[i * tile.windows + w] = false;
            }
            if (k[i % count] != best[i / count]) {
                continue;
            }
            struct merit merit = merit_of(plan, k[i % count], window), least = {9, 0};
            if (bound != NULL && bound[window].rank <= 4) {
                least = (struct merit){(int)bound[window].rank, -bound[window].value};
            }
            kept[i % count * tile.windows + w] = compare_merits(merit, least) <= 0;
        }
    }
}

static size_t put_bytes(unsigned char *out, const void *from, size_t bytes)
{
    memcpy(out, from, bytes);
    return bytes;
}

static size_t
put_cell(unsigned char *out, const struct gw_plan *plan, uint64_t k, size_t window)
{
    size_t at = 0;
    for (size_t s = 0; s < plan->segments; s++) {
        struct gw_row row = row_of(k, window, s);
        out[at++] = (unsigned char)row.status;
        at += put_bytes(out + at, &row.metric[GW_METRIC_total_return], 8);
        at += put_bytes(out + at, &row.metric[GW_METRIC_sharpe], 8);
        at += put_bytes(out + at, &row.metric[GW_METRIC_max_drawdown_bars], 8);
    }
    return at;
}

/* A bit for each cell, the lowest first. */
static size_t put_bits(unsigned char *out, const bool *bit, size_t cells)
{
    size_t at = 0;
    for (size_t i = 0; i < cells; i += 8) {
        unsigned byte = 0;
        for (size_t b = 0; b < 8 && i + b < cells; b++) {
            byte |= (unsigned)bit[i + b] << b;
        }
        out[at++] = (unsigned char)byte;
    }
    return at;
}

/* A tile's bytes from the words of payload.h; kept NULL: with keep: all. */
static size_t expect_bytes(const struct gw_plan *plan,
                           struct gw_tile tile,
                           const bool *kept,
                           unsigned char *out)
{
    static uint64_t k[MOST_CELLS];
    static bool met[MOST_CELLS];
    const size_t on = plan->experiment->objective.on, S = plan->segments;
    size_t W = tile.windows, cells = list_tile(plan, tile, k) * W, at = 0;
    for (size_t i = 0; i < S * cells && kept != NULL; i++) {
        struct gw_row row = row_of(k[i / S / W], tile.first_window + i / S % W, i % S);
        out[at++] = (unsigned char)row.status;
    }
    for (size_t i = 0; i < 2 * cells && kept != NULL; i++) {
        size_t cell = i % cells;
        struct gw_row row =
            row_of(k[cell / W], tile.first_window + cell % W, i < cells ? on : GW_TEST);
        double goal = goal_of(plan, &row);
        met[cell] = i < cells ? meets(plan, &row) : met[cell];
        at += put_bytes(out + at, &goal, 8);
    }
    if (kept != NULL) {
        at +=
            plan->experiment->objective.requires > 0 ? put_bits(out + at, met, cells) : 0;
        at += put_bits(out + at, kept, cells);
    }
    for (size_t i = 0; i < cells; i++) {
        if (kept == NULL || kept[i]) {
            at += put_cell(out + at, plan, k[i / W], tile.first_window + i % W);
        }
    }
    return at;
}

static bool same_score(struct gw_score score, struct merit merit, uint64_t k)
{
    return score.rank == merit.rank && score.value == -merit.value && score.k == k;
}

static void check_read(const struct gw_plan *plan,
                       struct gw_tile tile,
                       const unsigned char *bytes,
                       size_t length,
                       const bool *kept)
{
    static uint64_t k[MOST_CELLS];
    size_t count = list_tile(plan, tile, k), wrong = 0;
    struct gw_payload_reader reader;
    gw_payload_open(&reader, plan, count, tile.windows, bytes, length);
    for (size_t i = 0; i < count * tile.windows; i++) {
        size_t c = i / tile.windows, w = i % tile.windows;
        size_t window = tile.first_window + w;
        unsigned char cell[MOST_SEGMENTS * ROW];
        for (size_t segment = 0; segment < plan->segments; segment++) {
            wrong += gw_payload_status(&reader, c, w, segment) !=
                     row_of(k[c], window, segment).status;
        }
        struct gw_row test = row_of(k[c], window, GW_TEST);
        enum gw_segment on = plan->experiment->objective.on;
        wrong += !same_score(gw_payload_score(&reader, c, w, on, k[c]),
                             merit_of(plan, k[c], window), k[c]);
        wrong += !same_score(gw_payload_score(&reader, c, w, GW_TEST, k[c]),
                             judge(plan, &test, false), k[c]);
        const unsigned char *rows = gw_payload_rows(&reader, c, w);
        size_t cell_bytes = put_cell(cell, plan, k[c], window);
        if (kept == NULL || kept[i]) {
            wrong += rows == NULL || memcmp(rows, cell, cell_bytes) != 0;
        } else {
            wrong += rows != NULL;
        }
    }
    gw_payload_close(&reader);
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Pack every tile, check every byte, and read it back; returns the bytes of all. */
static size_t check_tiles(const struct gw_plan *plan, const struct gw_bound *bound)
{
    static bool kept[MOST_CELLS];
    static unsigned char expected[MOST_CELLS * (MOST_SEGMENTS * ROW + 21)];
    size_t most = gw_plan_payload_max(plan), all = 0;
    bool top = plan->experiment->keep_top > 0;
    struct gw_payload payload;
    gw_payload_init(&payload, plan);
    for (uint64_t id = 0; id < plan->tiling.tiles; id++) {
        put_all(&payload, id);
        unsigned char *out = malloc(most + 1);
        out[most] = 0x5a;
        size_t length = gw_payload_end(&payload, bound, out);
        all += length;
        CU_ASSERT_TRUE_FATAL(length <= most);
        CU_ASSERT_EQUAL(out[most], 0x5a);
        if (top) {
            expect_kept(plan, payload.tile, bound, kept);
        }
        size_t bytes = expect_bytes(plan, payload.tile, top ? kept : NULL, expected);
        CU_ASSERT_EQUAL_FATAL(length, bytes);
        CU_ASSERT_EQUAL(memcmp(out, expected, bytes), 0);
        check_read(plan, payload.tile, out, length, top ? kept : NULL);
        free(out);
    }
    gw_payload_clear(&payload);
    return all;
}

static void every_row_travels_with_keep_all(void)
{
    for (size_t windows = 2; windows <= MOST_WINDOWS; windows += 6) {
        struct fixture fixture =
            fixture_make(windows % 4 == 0 ? MIXED : SHARPE, 0, windows);
        CU_ASSERT_TRUE(fixture.plan->tiling.tiles > 5);
        CU_ASSERT_TRUE(windows > 2 || fixture.plan->tiling.runs_per_tile > 1);
        check_tiles(fixture.plan, NULL);
        fixture_clear(&fixture);
    }
}

static void the_best_of_a_tile_travel_with_keep_top(void)
{
    static const uint64_t top[] = {1, 2, 7, 40, 63, 64, 1000};
    static const char *const objective[] = {SHARPE, BARS, MIXED};
    for (size_t i = 0; i < 3 * sizeof top / sizeof *top; i++) {
        struct fixture fixture =
            fixture_make(objective[i % 3], top[i / 3], i % 3 == 0 ? 2 : 8);
        check_tiles(fixture.plan, NULL);
        fixture_clear(&fixture);
    }
}

/* Chosen are those that are best in validation, whatever they are in train. */
static void the_segment_chosen_on_may_be_validation(void)
{
    for (uint64_t top = 0; top <= 6; top += 3) {
        struct fixture fixture = fixture_make(MIXED, top, 2);
        fixture_validate(&fixture);
        check_tiles(fixture.plan, NULL);
        fixture_clear(&fixture);
    }
}

/* Bounds of every kind, among them such that rows equal. */
static void what_is_below_a_bound_is_left_out(void)
{
    static const struct gw_bound bound[MOST_WINDOWS] = {
        {0, 1},
        {0, -1},
        {1, -1.5},
        {2, 0},
        {0, -INFINITY},
        {3, 0},
        {INT64_MAX, INFINITY},
        {0, 0.125},
    };
    for (uint64_t top = 3; top < 400; top *= 10) {
        struct fixture fixture = fixture_make(top == 30 ? MIXED : SHARPE, top, 8);
        size_t bounded = check_tiles(fixture.plan, bound);
        size_t free_of_it = check_tiles(fixture.plan, NULL);
        CU_ASSERT_TRUE(bounded < free_of_it);
        fixture_clear(&fixture);
    }
}

/* ---- a whole grid ---- */

/* What a rank 0 knows: the numbers it was sent, and bounds from the best of them. */
struct collector {
    uint64_t sent[MOST_WINDOWS][RECTANGLE];
    size_t count[MOST_WINDOWS];
    struct gw_bound bound[MOST_WINDOWS];
};

static void collect(struct collector *collector,
                    const struct gw_plan *plan,
                    const struct gw_payload *payload,
                    const void *bytes,
                    size_t length)
{
    struct gw_payload_reader reader;
    size_t top = (size_t)plan->experiment->keep_top;
    gw_payload_open(&reader, plan, payload->combinations, payload->tile.windows, bytes,
                    length);
    for (size_t w = 0; w < payload->tile.windows; w++) {
        size_t window = payload->tile.first_window + w;
        uint64_t *sent = collector->sent[window];
        for (size_t c = 0; c < payload->combinations; c++) {
            if (gw_payload_rows(&reader, c, w) != NULL) {
                sent[collector->count[window]++] = payload->k[c];
            }
        }
        size_t best = sort_best(plan, window, sent, collector->count[window]);
        if (best == top) {
            struct merit merit = merit_of(plan, sent[top - 1], window);
            collector->bound[window] = (struct gw_bound){merit.rank, -merit.value};
        }
    }
    gw_payload_close(&reader);
}

/* Bounds as they are, or of the tile before last, or none: whatever a rank may hold. */
static void no_row_of_the_best_is_lost(void)
{
    enum { TOP = 9 };
    static struct collector collector;
    static uint64_t all[RECTANGLE];
    struct fixture fixture = fixture_make(MIXED, TOP, 8);
    const struct gw_plan *plan = fixture.plan;
    unsigned char *out = malloc(gw_plan_payload_max(plan));
    struct gw_payload payload;
    gw_payload_init(&payload, plan);
    for (int delay = 0; delay <= 2; delay++) {
        struct gw_bound older[3][MOST_WINDOWS];
        collector = (struct collector){0};
        for (size_t w = 0; w < MOST_WINDOWS; w++) {
            collector.bound[w] = GW_NO_BOUND;
        }
        for (size_t i = 0; i < 3; i++) {
            memcpy(older[i], collector.bound, sizeof older[i]);
        }
        for (uint64_t i = 0; i < plan->tiling.tiles; i++) {
            put_all(&payload, i * 7 % plan->tiling.tiles);
            memcpy(older[i % 3], collector.bound, sizeof older[0]);
            const struct gw_bound *bound = older[(i + 3 - (uint64_t)delay) % 3];
            size_t length = gw_payload_end(&payload, bound, out);
            collect(&collector, plan, &payload, out, length);
        }
        for (size_t w = 0; w < plan->windows; w++) {
            size_t count = 0;
            for (uint64_t run = 0; run < plan->tiling.runs; run++) {
                count += gw_plan_run(plan, run, all + count);
            }
            CU_ASSERT_EQUAL(sort_best(plan, w, all, count), TOP);
            sort_best(plan, w, collector.sent[w], collector.count[w]);
            CU_ASSERT_EQUAL(memcmp(all, collector.sent[w], TOP * sizeof *all), 0);
            CU_ASSERT_TRUE(collector.count[w] < count / 3); /* it does save something */
        }
    }
    gw_payload_clear(&payload);
    free(out);
    fixture_clear(&fixture);
}

/* ---- sizes ---- */

static void a_payload_has_room_for_the_worst(void)
{
    /* 64 combinations of one run in 6 windows: 32768 equity bars over 64 x 80. */
    enum { COMBINATIONS = 64, WINDOWS = 6 };
    static const struct {
        uint64_t top;
        size_t bytes;
    } expected[] = {
        {0, COMBINATIONS * WINDOWS * CELL},
        {1, COMBINATIONS * WINDOWS * HEAD + COMBINATIONS * WINDOWS / 8 + WINDOWS * CELL},
        {5000, COMBINATIONS * WINDOWS * HEAD + COMBINATIONS * WINDOWS / 8 +
                   COMBINATIONS * WINDOWS * CELL},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct fixture fixture = fixture_make(SHARPE, expected[i].top, 8);
        CU_ASSERT_EQUAL(fixture.plan->tiling.windows_per_tile, WINDOWS);
        CU_ASSERT_EQUAL(gw_plan_payload_max(fixture.plan), expected[i].bytes);
        /* all rows are held, and some 8 to 48 bytes a combination */
        size_t held = gw_payload_bytes(fixture.plan) - COMBINATIONS * WINDOWS * CELL;
        CU_ASSERT_TRUE(held >= 8 * COMBINATIONS && held <= 48 * COMBINATIONS);
        fixture_clear(&fixture);
    }
    struct fixture fixture = fixture_make(MIXED, 1, 8);
    CU_ASSERT_EQUAL(gw_plan_payload_max(fixture.plan),
                    expected[1].bytes + COMBINATIONS * WINDOWS / 8);
    fixture_clear(&fixture);
}

static void bounds_are_told_of_64_windows_at_most(void)
{
    static const struct {
        uint64_t top;
        size_t windows, bytes;
    } expected[] = {{0, 4, 0}, {3, 1, 16}, {3, 4, 64}, {3, 64, 1024}, {3, 65, 0}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct fixture fixture =
            fixture_make(SHARPE, expected[i].top, expected[i].windows);
        CU_ASSERT_EQUAL(gw_payload_hint_bytes(fixture.plan), expected[i].bytes);
        fixture_clear(&fixture);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"every_row_travels_with_keep_all", every_row_travels_with_keep_all},
        {"the_best_of_a_tile_travel_with_keep_top",
         the_best_of_a_tile_travel_with_keep_top},
        {"the_segment_chosen_on_may_be_validation",
         the_segment_chosen_on_may_be_validation},
        {"what_is_below_a_bound_is_left_out", what_is_below_a_bound_is_left_out},
        {"no_row_of_the_best_is_lost", no_row_of_the_best_is_lost},
        {"a_payload_has_room_for_the_worst", a_payload_has_room_for_the_worst},
        {"bounds_are_told_of_64_windows_at_most", bounds_are_told_of_64_windows_at_most},
    };
    return CHECK_RUN("payload", tests);
}
