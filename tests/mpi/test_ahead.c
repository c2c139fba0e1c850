#include "gridwalk/sched/coordinator.h"

#include "toy.h"

static void check_promises(const struct toy *toy)
{
    RANKS_TRUE(toy->broken == 0 && toy->shortened == 0);
    RANKS_TRUE(toy->computes == 0 || toy->next_tile == toy->promised);
    RANKS_TRUE(toy_sum(toy->computes) == toy->job.tiles);
}

static double one_millisecond(uint64_t tile)
{
    (void)tile;
    return 1e-3;
}

/** What lasts a second at most is promised; alone, that much as soon as a time is known.
 */
static void at_most_a_second_is_promised(void)
{
    struct toy toy;
    toy_init(&toy, 1300, 100);
    toy.seconds = one_millisecond;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_promises(&toy);
    RANKS_TRUE(toy.most_ahead <= 2 * 1000); /* two orders */
    RANKS_TRUE(gw_world_size(world) > 1 ||
               (toy.most_ahead <= 1000 && toy.most_ahead >= 100));
    toy_clear(&toy);
}

static double half_a_millisecond(uint64_t tile)
{
    (void)tile;
    return 0.5e-3;
}

static void every_rank_may_work_ahead(void)
{
    struct toy toy;
    toy_init(&toy, 600, 100);
    toy.seconds = half_a_millisecond;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_promises(&toy);
    RANKS_TRUE(toy.computes > 0 && toy.most_ahead > 4);
    toy_clear(&toy);
}

/** Towards the end orders are shorter than parts, so that the next order of a worker goes
 *  on where the last one ends; it comes while tiles of that are left. */
static void orders_without_a_gap_are_promised_together(void)
{
    struct toy toy;
    toy_init(&toy, 1600, 100);
    toy.seconds = half_a_millisecond;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_promises(&toy);
    RANKS_TRUE(gw_world_size(world) != 2 || (toy.extended > 0) == gw_world_rank(world));
    RANKS_TRUE(gw_world_rank(world) > 0 || toy.extended == 0);
    toy_clear(&toy);
}

/* ---- working ahead as a computation does ---- */

struct ahead {
    struct toy toy;
    uint64_t from, to; /* computed and not asked for yet */
    uint64_t batches;
};

/** All promised tiles at once take as long as one. */
static enum gw_status compute_batch(void *context,
                                    uint64_t tile,
                                    struct gw_tile_work *work,
                                    struct gw_error *err)
{
    struct ahead *self = context;
    if (self->from == self->to) {
        self->batches++;
        self->from = tile;
        self->to = tile + work->ahead;
        toy_spend(2e-3, work->poll, work->poll_context);
    }
    RANKS_TRUE(tile == self->from);
    self->from++;
    return toy_compute(&self->toy, tile, work, err);
}

static enum gw_status accept_batched(void *context,
                                     uint64_t tile,
                                     const void *payload,
                                     size_t length,
                                     struct gw_error *err)
{
    struct ahead *self = context;
    return toy_accept(&self->toy, tile, payload, length, err);
}

static void tiles_computed_ahead_are_asked_for(void)
{
    struct ahead self = {0};
    toy_init(&self.toy, 1000, 100);
    self.toy.job.context = &self;
    self.toy.job.compute = compute_batch;
    self.toy.job.accept = accept_batched;
    self.toy.job.progress = NULL;
    RANKS_TRUE(gw_job_run(world, &self.toy.job, &self.toy.work, NULL) == GW_OK);
    check_promises(&self.toy);
    RANKS_TRUE(self.from == self.to);
    RANKS_TRUE(self.toy.wrong == 0);
    RANKS_TRUE(toy_sum(self.batches) < 1000 / 4);
    toy_clear(&self.toy);
}

/* ---- failures below what others hold ---- */

/** The last tile of rank 0's first long share fails, after a higher one on each worker.
 */
static enum gw_status compute_failing(void *context,
                                      uint64_t tile,
                                      struct gw_tile_work *work,
                                      struct gw_error *err)
{
    struct ahead *self = context;
    bool leads = gw_world_rank(world) == 0;
    if (leads && self->to == 0 && work->ahead > 1) {
        self->to = tile + work->ahead;
    }
    toy_spend(leads ? 20e-3 : 60e-3, work->poll, work->poll_context);
    if (!leads || tile + 1 == self->to) {
        self->toy.failed_tiles++;
        return gw_fail(err, GW_DATA, "tile %d is bad", (int)tile);
    }
    return toy_compute(&self->toy, tile, work, err);
}

static double later_is_longer(void *context, uint64_t tile)
{
    (void)context;
    return 1 + (double)tile;
}

static void a_share_is_finished_below_a_failed_tile(void)
{
    struct ahead self = {0};
    toy_init(&self.toy, 320, 100);
    self.toy.job.context = &self;
    self.toy.job.compute = compute_failing;
    self.toy.job.accept = accept_batched;
    self.toy.job.weight = later_is_longer; /* so rank 0, the last to begin, is lowest */
    self.toy.job.progress = NULL;
    struct gw_error err = {0};
    RANKS_TRUE(gw_job_run(world, &self.toy.job, NULL, &err) == GW_DATA);
    RANKS_TRUE(self.toy.broken == 0);
    if (gw_world_rank(world) == 0 && self.to > 0) {
        char text[64];
        snprintf(text, sizeof(text), "tile %d is bad", (int)self.to - 1);
        CHECK_TEXT(err.text, text);
    }
    RANKS_TRUE(gw_world_size(world) == 1 || toy_sum(self.toy.failed_tiles) > 1);
    toy_clear(&self.toy);
}

/* ---- the hint ---- */

enum { HINT_WORDS = GW_HINT_MAX / sizeof(uint64_t) };

struct hinted {
    struct toy toy;
    uint64_t filled; /* calls of hint */
    uint64_t seen;   /* in the newest hint: tiles accepted when it was filled */
    uint64_t wrong;
};

static void fill_hint(void *context, void *out)
{
    struct hinted *self = context;
    uint64_t *word = out;
    RANKS_TRUE(gw_world_rank(world) == 0 && (uintptr_t)out % sizeof(double) == 0);
    self->filled++;
    for (uint64_t i = 0; i < self->toy.job.hint_bytes / sizeof(uint64_t); i++) {
        word[i] = self->toy.accepts + 1000003 * i;
    }
}

static enum gw_status compute_hinted(void *context,
                                     uint64_t tile,
                                     struct gw_tile_work *work,
                                     struct gw_error *err)
{
    struct hinted *self = context;
    const uint64_t *word = work->hint;
    uint64_t accepts = word[0];
    self->wrong += accepts < self->seen || accepts > self->toy.job.tiles;
    self->seen = accepts;
    for (uint64_t i = 0; i < self->toy.job.hint_bytes / sizeof(uint64_t); i++) {
        self->wrong += word[i] != accepts + 1000003 * i;
    }
    if (gw_world_rank(world) == 0) {
        self->wrong += accepts != self->toy.accepts;
    }
    return toy_compute(&self->toy, tile, work, err);
}

static enum gw_status accept_hinted(void *context,
                                    uint64_t tile,
                                    const void *payload,
                                    size_t length,
                                    struct gw_error *err)
{
    struct hinted *self = context;
    return toy_accept(&self->toy, tile, payload, length, err);
}

static void a_hint_arrives(size_t bytes)
{
    struct hinted self = {0};
    toy_init(&self.toy, 5000, 100);
    self.toy.job.context = &self;
    self.toy.job.compute = compute_hinted;
    self.toy.job.accept = accept_hinted;
    self.toy.job.progress = NULL;
    self.toy.job.hint_bytes = bytes;
    self.toy.job.hint = gw_world_rank(world) == 0 ? fill_hint : NULL;
    RANKS_TRUE(gw_job_run(world, &self.toy.job, &self.toy.work, NULL) == GW_OK);
    check_promises(&self.toy);
    RANKS_TRUE(self.wrong == 0 && self.toy.wrong == 0);
    RANKS_TRUE((self.filled > 0) == (gw_world_rank(world) == 0));
    RANKS_TRUE(self.toy.computes < 500 || self.seen > 0);
    toy_clear(&self.toy);
}

static void the_newest_hint_arrives(void)
{
    a_hint_arrives(sizeof(uint64_t));
    a_hint_arrives(11 * sizeof(uint64_t));
    a_hint_arrives(HINT_WORDS * sizeof(uint64_t));
}

static enum gw_status compute_unhinted(void *context,
                                       uint64_t tile,
                                       struct gw_tile_work *work,
                                       struct gw_error *err)
{
    RANKS_TRUE(work->hint == NULL);
    return toy_compute(context, tile, work, err);
}

static void without_hint_there_is_none(void)
{
    struct toy toy;
    toy_init(&toy, 300, 100);
    toy.job.compute = compute_unhinted;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    check_promises(&toy);
    toy_clear(&toy);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"at_most_a_second_is_promised", at_most_a_second_is_promised},
        {"every_rank_may_work_ahead", every_rank_may_work_ahead},
        {"orders_without_a_gap_are_promised_together",
         orders_without_a_gap_are_promised_together},
        {"tiles_computed_ahead_are_asked_for", tiles_computed_ahead_are_asked_for},
        {"a_share_is_finished_below_a_failed_tile",
         a_share_is_finished_below_a_failed_tile},
        {"the_newest_hint_arrives", the_newest_hint_arrives},
        {"without_hint_there_is_none", without_hint_there_is_none},
    };
    return RANKS_RUN("ahead", tests);
}
