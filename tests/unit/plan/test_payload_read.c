#include "payload_fixture.h"

#include "gridwalk/base/mem.h"

/* A tile packed into exactly its bytes, so that reading behind them shows. */
struct packed {
    size_t combinations, windows, cells, length;
    unsigned char *bytes;
};

static struct packed packed_from(const struct gw_payload *payload, size_t length)
{
    size_t cells = payload->combinations * payload->tile.windows;
    return (struct packed){payload->combinations, payload->tile.windows, cells, length,
                           malloc(length + 1)};
}

static struct packed
pack(const struct gw_plan *plan, uint64_t tile, const struct gw_bound *bound)
{
    struct gw_payload payload;
    unsigned char *room = malloc(gw_plan_payload_max(plan));
    gw_payload_init(&payload, plan);
    put_all(&payload, tile);
    size_t length = gw_payload_end(&payload, bound, room);
    struct packed packed = packed_from(&payload, length);
    packed.bytes = realloc(packed.bytes, length > 0 ? length : 1);
    memcpy(packed.bytes, room, length);
    gw_payload_clear(&payload);
    free(room);
    return packed;
}

static bool valid(const struct gw_plan *plan, const struct packed *packed)
{
    return gw_payload_valid(plan, packed->combinations, packed->windows, packed->bytes,
                            packed->length);
}

static bool
same(const struct gw_plan *plan, const struct packed *a, const struct packed *b)
{
    return gw_payload_same(plan, a->combinations, a->windows,
                           (struct gw_payload_bytes){a->bytes, a->length},
                           (struct gw_payload_bytes){b->bytes, b->length});
}

/* The first tile whose cells do not end with a byte of marks. */
static uint64_t odd_tile(const struct gw_plan *plan)
{
    for (uint64_t tile = 0; tile < plan->tiling.tiles; tile++) {
        struct packed packed = pack(plan, tile, NULL);
        free(packed.bytes);
        if (packed.cells % 8 != 0) {
            return tile;
        }
    }
    CU_FAIL_FATAL("no such tile");
    return 0;
}

static const struct gw_bound bounds[MOST_WINDOWS] = {
    {0, 1}, {0, -1}, {0, INFINITY}, {2, 0}, {0, 0.5}, {3, 0}, {0, 1.5}, {1, 0.125},
};

static void what_was_packed_is_valid(void)
{
    static const uint64_t top[] = {0, 1, 7, 1000};
    size_t empty = 0;
    for (size_t i = 0; i < 4; i++) {
        struct fixture fixture = fixture_make(SHARPE, top[i], 8);
        for (uint64_t tile = 0; tile < fixture.plan->tiling.tiles; tile++) {
            struct packed one = pack(fixture.plan, tile, NULL);
            struct packed two = pack(fixture.plan, tile, bounds);
            CU_ASSERT_TRUE(valid(fixture.plan, &one) && valid(fixture.plan, &two));
            CU_ASSERT_TRUE(same(fixture.plan, &one, &two));
            empty += one.length == 0;
            free(one.bytes);
            free(two.bytes);
        }
        fixture_clear(&fixture);
    }
    CU_ASSERT_TRUE(empty > 0); /* the constraint leaves nothing of some tiles */
}

/* With one byte as it should not be. */
static void
refuses(const struct gw_plan *plan, struct packed *packed, size_t at, int byte)
{
    unsigned char old = packed->bytes[at];
    CU_ASSERT_TRUE(valid(plan, packed));
    packed->bytes[at] = (unsigned char)byte;
    CU_ASSERT_FALSE(valid(plan, packed));
    packed->bytes[at] = old;
}

/* The same with another length. */
static void refuses_length(const struct gw_plan *plan, const struct packed *packed)
{
    size_t length = packed->length;
    for (size_t other = 0; other < length + 2 * CELL; other++) {
        struct packed wrong = *packed;
        wrong.length = other;
        wrong.bytes = gw_calloc(other + 1, 1);
        memcpy(wrong.bytes, packed->bytes, other < length ? other : length);
        CU_ASSERT_EQUAL(valid(plan, &wrong), other == length);
        free(wrong.bytes);
    }
}

static void refuses_what_is_none_with_keep_all(void)
{
    struct fixture fixture = fixture_make(SHARPE, 0, 2);
    struct packed packed = pack(fixture.plan, odd_tile(fixture.plan), NULL);
    for (size_t row = 0; row < 2 * packed.cells; row++) {
        refuses(fixture.plan, &packed, row * ROW, GW_ROW_NOT_KEPT);
        refuses(fixture.plan, &packed, row * ROW, 0xff);
    }
    refuses_length(fixture.plan, &packed);
    free(packed.bytes);
    fixture_clear(&fixture);
}

static void refuses_what_is_none_with_keep_top(void)
{
    struct fixture fixture = fixture_make(SHARPE, 3, 8);
    struct packed packed = pack(fixture.plan, odd_tile(fixture.plan), NULL);
    size_t cells = packed.cells, marks = HEAD * cells, rows = marks + (cells + 7) / 8;
    for (size_t i = 0; i < 2 * cells; i++) {
        refuses(fixture.plan, &packed, i, GW_ROW_NOT_KEPT);
        refuses(fixture.plan, &packed, i, 0x80);
    }
    for (size_t at = rows; at < packed.length; at += ROW) {
        refuses(fixture.plan, &packed, at, packed.bytes[at] ^ 1); /* one of the others */
    }
    for (size_t at = rows; at < packed.length; at += CELL) {
        size_t sharpe = at + 1 + 8; /* the second metric of the train row */
        if (isnan(gw_row_metric(packed.bytes + at, 1))) {
            continue; /* of the other sign it is the same */
        }
        refuses(fixture.plan, &packed, sharpe + 7, packed.bytes[sharpe + 7] ^ 0x80);
    }
    for (size_t cell = 0; cell < (cells + 7) / 8 * 8; cell++) { /* behind the last too */
        size_t at = marks + cell / 8;
        refuses(fixture.plan, &packed, at, packed.bytes[at] ^ 1 << cell % 8);
    }
    refuses_length(fixture.plan, &packed);
    free(packed.bytes);
    fixture_clear(&fixture);
}

/* What stands in front of the rows is what the objective makes of them. */
static void refuses_other_objectives_and_bounds(void)
{
    struct fixture fixture = fixture_make(MIXED, 3, 8);
    struct packed packed = pack(fixture.plan, odd_tile(fixture.plan), NULL);
    size_t cells = packed.cells, met = HEAD * cells, bits = (cells + 7) / 8, changed = 0;
    for (size_t cell = 0; cell < bits * 8; cell++) {
        bool kept = (packed.bytes[met + bits + cell / 8] >> cell % 8 & 1) != 0;
        if (cell >= cells || kept) {
            size_t at = met + cell / 8;
            refuses(fixture.plan, &packed, at, packed.bytes[at] ^ 1 << cell % 8);
        }
        for (size_t i = 0; i < 2 && kept; i++) {
            size_t at = 2 * cells + 8 * (i * cells + cell);
            double value;
            memcpy(&value, packed.bytes + at, sizeof value);
            if (isnan(value) == 0) {
                refuses(fixture.plan, &packed, at, packed.bytes[at] ^ 1);
                changed++;
            }
        }
    }
    CU_ASSERT_TRUE(changed > 10);
    refuses_length(fixture.plan, &packed);
    free(packed.bytes);
    fixture_clear(&fixture);
}

/* Of two of one tile without rows. */
static void bounds_count_of_what_was_left_out(void)
{
    static const struct gw_bound perfect[2] = {{0, INFINITY}, {0, INFINITY}};
    struct fixture fixture = fixture_make(MIXED, 1, 2);
    uint64_t tile = fixture.plan->tiling.tiles - 1;
    struct packed one = pack(fixture.plan, tile, perfect);
    struct packed two = pack(fixture.plan, tile, perfect);
    size_t bits = (one.cells + 7) / 8, met = HEAD * one.cells;
    CU_ASSERT_TRUE_FATAL(one.cells > 9 && one.length < met + 2 * bits + one.cells * CELL);
    for (size_t cell = 0; cell < one.cells; cell++) {
        two.bytes[met + cell / 8] ^= (unsigned char)(1U << cell % 8);
        bool kept = (one.bytes[met + bits + cell / 8] >> cell % 8 & 1) != 0;
        CU_ASSERT_EQUAL(same(fixture.plan, &one, &two), kept);
        two.bytes[met + cell / 8] ^= (unsigned char)(1U << cell % 8);
    }
    free(one.bytes);
    free(two.bytes);
    fixture_clear(&fixture);
}

/* Where a row is kept does not follow from the length alone. */
static void refuses_marks_at_the_wrong_cells(void)
{
    struct fixture fixture = fixture_make(SHARPE, 1, 2);
    struct packed packed = pack(fixture.plan, odd_tile(fixture.plan), NULL);
    unsigned char *marks = packed.bytes + HEAD * packed.cells;
    size_t from = 0, wrong = 0;
    while ((marks[from / 8] >> from % 8 & 1) == 0) {
        from++;
    }
    marks[from / 8] ^= (unsigned char)(1U << from % 8);
    for (size_t to = 0; to < packed.cells; to++) {
        bool other = (marks[to / 8] >> to % 8 & 1) == 0 && to != from;
        const unsigned char *objective = packed.bytes + 2 * packed.cells;
        if (other && memcmp(objective + 8 * to, objective + 8 * from, 8) != 0) {
            marks[to / 8] ^= (unsigned char)(1U << to % 8);
            wrong += valid(fixture.plan, &packed);
            marks[to / 8] ^= (unsigned char)(1U << to % 8);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    marks[from / 8] ^= (unsigned char)(1U << from % 8);
    CU_ASSERT_TRUE(valid(fixture.plan, &packed));
    free(packed.bytes);
    fixture_clear(&fixture);
}

/* ---- damage ---- */

/* Read every byte there is; what the sanitizers see is the test. */
static double read_through(const struct gw_plan *plan, const struct packed *packed)
{
    struct gw_payload_reader reader;
    double sum = 0;
    gw_payload_open(&reader, plan, packed->combinations, packed->windows, packed->bytes,
                    packed->length);
    for (size_t i = 0; i < packed->cells; i++) {
        size_t c = i / packed->windows, w = i % packed->windows;
        const unsigned char *rows = gw_payload_rows(&reader, c, w);
        sum += gw_payload_score(&reader, c, w, GW_TRAIN, 0).value;
        sum += gw_payload_score(&reader, c, w, GW_TEST, 0).value;
        for (size_t s = 0; s < 2; s++) {
            enum gw_row_status status = gw_payload_status(&reader, c, w, s);
            CU_ASSERT_TRUE_FATAL(status >= GW_ROW_OK && status <= GW_ROW_FAILED);
            for (size_t m = 0; m < 3 && rows != NULL; m++) {
                sum += gw_row_metric(rows + s * ROW, m);
            }
        }
    }
    gw_payload_close(&reader);
    return sum;
}

static size_t chance(uint64_t trial, uint64_t draw, size_t below)
{
    return (size_t)(gw_philox_uniform(3, trial, draw) * (double)below);
}

/* A few bytes changed, some of the end cut off or added, or nothing but noise. */
static struct packed damage(const struct packed *packed, uint64_t trial)
{
    struct packed other = *packed;
    if (trial % 4 == 1) {
        other.length = chance(trial, 0, packed->length + 2 * CELL);
    }
    other.bytes = malloc(other.length > 0 ? other.length : 1);
    for (size_t i = 0; i < other.length; i++) {
        bool noise = trial % 16 == 2 || i >= packed->length;
        other.bytes[i] =
            noise ? (unsigned char)chance(trial, 100 + i, 256) : packed->bytes[i];
    }
    for (uint64_t flip = 0; flip < trial % 5 && other.length > 0; flip++) {
        /* half of them where the statuses, objectives and marks stand */
        size_t part = flip % 2 == 0 ? other.length : other.length / 8 + 1;
        other.bytes[chance(trial, 2 * flip + 1, part)] ^=
            (unsigned char)(1U << chance(trial, 2 * flip + 2, 8));
    }
    return other;
}

static void damage_is_refused_or_harmless(void)
{
    enum { TRIALS = 4000 };
    static const uint64_t top[] = {0, 2, 40};
    for (size_t i = 0; i < 3; i++) {
        struct fixture fixture = fixture_make(SHARPE, top[i], 2);
        struct packed packed = pack(fixture.plan, odd_tile(fixture.plan), NULL);
        size_t refused = 0;
        double sum = 0;
        for (uint64_t trial = 0; trial < TRIALS; trial++) {
            struct packed other = damage(&packed, trial);
            if (!valid(fixture.plan, &other)) {
                refused++;
            } else {
                sum += read_through(fixture.plan, &other);
                same(fixture.plan, &packed, &other);
            }
            free(other.bytes);
        }
        CU_ASSERT_TRUE(refused > TRIALS / 10 && refused < TRIALS);
        (void)sum;
        free(packed.bytes);
        fixture_clear(&fixture);
    }
}

/* ---- two of one tile ---- */

static void every_bit_counts_with_keep_all(void)
{
    struct fixture fixture = fixture_make(SHARPE, 0, 2);
    struct packed one = pack(fixture.plan, 0, NULL), two = pack(fixture.plan, 0, NULL);
    CU_ASSERT_TRUE(same(fixture.plan, &one, &two));
    size_t wrong = 0;
    for (size_t at = 0; at < one.length; at++) {
        two.bytes[at] ^= 1;
        size_t column = at % ROW > 0 ? (at % ROW - 1) / 8 : 0;
        double value = gw_row_metric(two.bytes + at / ROW * ROW, column);
        wrong += same(fixture.plan, &one, &two) != (at % ROW > 0 && isnan(value));
        two.bytes[at] ^= 1;
    }
    CU_ASSERT_EQUAL(wrong, 0); /* but for the bits of a NaN */
    free(one.bytes);
    free(two.bytes);
    fixture_clear(&fixture);
}

/* All of `one` is there, of `two` the better ones. */
static void what_was_left_out_counts_by_status_and_objective(void)
{
    static const struct gw_bound good[2] = {{0, 1}, {0, 0.5}};
    struct fixture fixture = fixture_make(SHARPE, 1000, 2);
    uint64_t tile = fixture.plan->tiling.tiles - 1; /* with slow 69: many cells */
    struct packed one = pack(fixture.plan, tile, NULL);
    struct packed two = pack(fixture.plan, tile, good);
    size_t cells = one.cells, rows = HEAD * cells + (cells + 7) / 8, seen = 0;
    CU_ASSERT_TRUE(same(fixture.plan, &one, &two) && same(fixture.plan, &two, &one));
    for (size_t cell = 0; cell < cells; cell++) {
        unsigned char *metric = one.bytes + rows + cell * CELL + 1; /* total_return */
        *metric ^= 1;
        seen += !same(fixture.plan, &one, &two);
        CU_ASSERT_EQUAL(same(fixture.plan, &one, &two), same(fixture.plan, &two, &one));
        *metric ^= 1;
        if ((two.bytes[HEAD * cells + cell / 8] >> cell % 8 & 1) != 0) {
            continue; /* to change what stands outside alone makes it no payload */
        }
        two.bytes[2 * cell + 1] ^= 1; /* the status of its test */
        CU_ASSERT_FALSE(same(fixture.plan, &one, &two));
        two.bytes[2 * cell + 1] ^= 1;
        for (size_t i = 0; i < 2; i++) { /* its objectives */
            unsigned char *objective = two.bytes + 2 * cells + 8 * (i * cells + cell);
            double value;
            memcpy(&value, objective, sizeof value);
            objective[6] ^= 1;
            CU_ASSERT_EQUAL(same(fixture.plan, &one, &two), isnan(value) != 0);
            objective[6] ^= 1;
        }
    }
    size_t kept = (two.length - rows) / CELL;
    CU_ASSERT_TRUE(kept > 0 && kept < cells);
    CU_ASSERT_EQUAL(seen, kept);
    free(one.bytes);
    free(two.bytes);
    fixture_clear(&fixture);
}

/* ---- a tile that could not be computed ---- */

static void all_rows_of_a_lost_tile_have_failed(void)
{
    for (uint64_t top = 0; top <= 5; top += 5) {
        struct fixture fixture = fixture_make(SHARPE, top, 2);
        struct gw_payload payload;
        gw_payload_init(&payload, fixture.plan);
        put_all(&payload, 1); /* what was put before is gone */
        struct packed packed = packed_from(&payload, 0);
        packed.bytes = realloc(packed.bytes, gw_plan_payload_max(fixture.plan));
        uint64_t tile = odd_tile(fixture.plan);
        packed.length = gw_payload_fail(&payload, tile, packed.bytes);
        packed.combinations = payload.combinations;
        packed.windows = payload.tile.windows;
        packed.cells = packed.combinations * packed.windows;
        size_t head = HEAD * packed.cells + (packed.cells + 7) / 8, kept = 5 * 2;
        if (top == 0) {
            head = 0;
            kept = packed.cells;
        }
        CU_ASSERT_EQUAL(packed.length, head + kept * CELL);
        CU_ASSERT_TRUE(valid(fixture.plan, &packed));
        struct gw_payload_reader reader;
        size_t wrong = 0;
        gw_payload_open(&reader, fixture.plan, packed.combinations, packed.windows,
                        packed.bytes, packed.length);
        for (size_t i = 0; i < 2 * packed.cells; i++) {
            size_t c = i / 2 / packed.windows, w = i / 2 % packed.windows;
            const unsigned char *rows = gw_payload_rows(&reader, c, w);
            wrong += gw_payload_status(&reader, c, w, i % 2) != GW_ROW_FAILED;
            wrong += gw_payload_score(&reader, c, w, i % 2, 0).rank != GW_SCORE_NOT_RUN;
            for (size_t m = 0; m < 3 && rows != NULL; m++) {
                wrong += isnan(gw_row_metric(rows + i % 2 * ROW, m)) == 0;
            }
        }
        CU_ASSERT_EQUAL(wrong, 0);
        gw_payload_close(&reader);
        gw_payload_clear(&payload);
        free(packed.bytes);
        fixture_clear(&fixture);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"what_was_packed_is_valid", what_was_packed_is_valid},
        {"refuses_what_is_none_with_keep_all", refuses_what_is_none_with_keep_all},
        {"refuses_what_is_none_with_keep_top", refuses_what_is_none_with_keep_top},
        {"refuses_other_objectives_and_bounds", refuses_other_objectives_and_bounds},
        {"bounds_count_of_what_was_left_out", bounds_count_of_what_was_left_out},
        {"refuses_marks_at_the_wrong_cells", refuses_marks_at_the_wrong_cells},
        {"damage_is_refused_or_harmless", damage_is_refused_or_harmless},
        {"every_bit_counts_with_keep_all", every_bit_counts_with_keep_all},
        {"what_was_left_out_counts_by_status_and_objective",
         what_was_left_out_counts_by_status_and_objective},
        {"all_rows_of_a_lost_tile_have_failed", all_rows_of_a_lost_tile_have_failed},
    };
    return CHECK_RUN("payload_read", tests);
}
