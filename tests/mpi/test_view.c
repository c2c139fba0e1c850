/* What rank 0 sees of the others, tiles that are there already, and payloads about the
 * length from which on they are messages of their own. */
#include "gridwalk/sched/coordinator.h"

#include "comm.h"
#include "message.h"
#include "toy.h"

enum { NOTE_WORDS = GW_NOTE_MAX / sizeof(uint64_t), RANKS_MAX = 8 };

struct watched {
    struct toy toy;
    uint64_t notes;                                 /* filled here */
    uint64_t seen[RANKS_MAX], bye_tiles[RANKS_MAX]; /* changes; by the newest note */
    uint64_t wrong, unlike;
    enum gw_rank_condition condition[RANKS_MAX];
    double silent;
};

static void fill_note(void *context, const struct gw_rank_work *work, void *out)
{
    struct watched *self = context;
    uint64_t *word = out;
    self->notes++;
    for (size_t i = 0; i < NOTE_WORDS; i++) {
        word[i] = (uint64_t)gw_world_rank(world) + 1000 * i;
    }
    word[1] = work->tiles;
    word[2] = self->notes;
}

static void look_at_notes(void *context, const struct gw_job_view *view)
{
    struct watched *self = context;
    toy_check_view(&self->toy, view);
    for (int r = 0; r < view->ranks; r++) {
        const uint64_t *word = view->rank[r].note;
        self->condition[r] = view->rank[r].condition;
        self->silent = fmax(self->silent, view->rank[r].silent);
        if (word[2] == 0) {
            continue; /* none has come yet */
        }
        for (size_t i = 3; i < NOTE_WORDS; i++) {
            self->wrong += word[i] != (uint64_t)r + 1000 * i;
        }
        self->wrong += word[0] != (uint64_t)r;
        self->unlike += r == 0 && word[1] != view->rank[0].tiles;
        self->seen[r] = word[2];
        self->bye_tiles[r] = word[1];
    }
    self->toy.last_report = view->done;
}

static enum gw_status accept_watched(void *context,
                                     uint64_t tile,
                                     const void *payload,
                                     size_t length,
                                     struct gw_error *err)
{
    struct watched *self = context;
    return toy_accept(&self->toy, tile, payload, length, err);
}

/** Few long tiles: notes come from within their polls. */
static enum gw_status compute_watched(void *context,
                                      uint64_t tile,
                                      struct gw_tile_work *work,
                                      struct gw_error *err)
{
    struct watched *self = context;
    toy_spend(0.4, work->poll, work->poll_context);
    return toy_compute(&self->toy, tile, work, err);
}

static void notes_arrive_once_in_a_while_and_at_the_end(void)
{
    struct watched self = {0};
    int size = gw_world_size(world);
    toy_init(&self.toy, 2 * (uint64_t)size, 100);
    self.toy.job.note_bytes = GW_NOTE_MAX;
    self.toy.job.note = fill_note;
    self.toy.job.context = &self;
    self.toy.job.accept = accept_watched;
    self.toy.job.compute = compute_watched;
    self.toy.job.progress = look_at_notes;
    world->note_seconds = 0.05;
    RANKS_TRUE(gw_job_run(world, &self.toy.job, &self.toy.work, NULL) == GW_OK);
    world->note_seconds = 0.9;
    RANKS_TRUE(self.notes >= 5 &&
               (double)self.notes < self.toy.work.wall_seconds / 0.05 + 3);
    uint64_t *tiles = gw_calloc((size_t)size, sizeof(*tiles));
    gw_world_gather(world, &self.toy.work.tiles, sizeof(*tiles), tiles);
    for (int r = 0; r < size && gw_world_rank(world) == 0; r++) {
        RANKS_TRUE(self.bye_tiles[r] == tiles[r] && self.seen[r] >= 5);
        RANKS_TRUE(r == 0 || self.condition[r] == GW_RANK_FINISHED);
    }
    RANKS_TRUE(self.wrong == 0 && self.unlike == 0 && self.toy.odd == 0);
    RANKS_TRUE(self.silent < 0.4);
    free(tiles);
    toy_clear(&self.toy);
}

/* ---- tiles that are there already ---- */

static bool has_every_third(void *context, uint64_t tile)
{
    (void)context;
    return tile % 3 == 1;
}

static bool has_all(void *context, uint64_t tile)
{
    (void)context;
    (void)tile;
    return true;
}

static void kept_tiles_are_not_computed(void)
{
    struct toy toy;
    toy_init(&toy, 1000, 100);
    toy.job.has = has_every_third;
    toy.job.kept = 333;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    RANKS_TRUE(toy_sum(toy.computes) == 667);
    for (uint64_t tile = 0; tile < 1000 && gw_world_rank(world) == 0; tile++) {
        RANKS_TRUE(toy.seen[tile] == (tile % 3 != 1));
    }
    RANKS_TRUE(gw_world_rank(world) > 0 || (toy.last_report == 1000 && toy.odd == 0));
    RANKS_TRUE(toy.broken == 0 && toy.wrong == 0);
    toy_clear(&toy);
}

static bool stops_at_once(void *context, double *grace_out)
{
    (void)context;
    *grace_out = 0;
    return true;
}

static void a_job_of_kept_tiles_ends_at_once(void)
{
    struct toy toy;
    toy_init(&toy, 1000, 100);
    toy.job.has = has_all;
    toy.job.kept = 1000;
    toy.job.stopping = stops_at_once; /* there is nothing to stop */
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    RANKS_TRUE(toy_sum(toy.computes) == 0 && toy_sum(toy.accepts) == 0);
    RANKS_TRUE(gw_world_rank(world) > 0 || toy.last_report == 1000);
    toy_clear(&toy);
}

/* ---- without MPI ---- */

static void a_rank_alone_needs_no_world(void)
{
    struct toy toy;
    toy_init(&toy, 100, 9000);
    toy.job.context = &toy;
    toy.job.accept = toy_accept;
    toy.job.progress = NULL;
    RANKS_TRUE(gw_job_run(NULL, &toy.job, &toy.work, NULL) == GW_OK);
    RANKS_TRUE(toy.computes == 100 && toy.accepts == 100 && toy.wrong == 0);
    RANKS_TRUE(toy.work.messages == 0);
    toy_clear(&toy);
}

/* ---- lengths ---- */

static enum gw_status compute_about_the_limit(void *context,
                                              uint64_t tile,
                                              struct gw_tile_work *work,
                                              struct gw_error *err)
{
    (void)context;
    (void)err;
    work->length = (size_t)(tile % 5 == 4 ? 300000 : GW_INLINE_MAX - 2 + tile % 5);
    memset(work->payload, (int)(tile % 251), work->length);
    work->poll(work->poll_context);
    return GW_OK;
}

static enum gw_status accept_about_the_limit(void *context,
                                             uint64_t tile,
                                             const void *payload,
                                             size_t length,
                                             struct gw_error *err)
{
    struct toy *toy = context;
    const unsigned char *bytes = payload;
    size_t expected = (size_t)(tile % 5 == 4 ? 300000 : GW_INLINE_MAX - 2 + tile % 5);
    (void)err;
    toy->accepts++;
    toy->seen[tile]++;
    toy->wrong += length != expected;
    for (size_t i = 0; i < length && i < expected; i++) {
        toy->wrong += bytes[i] != tile % 251;
    }
    return GW_OK;
}

/** All but rank 0's first tile come while it is computed: more long ones at once than are
 *  received at once. */
static void payloads_of_any_length_arrive_whole(void)
{
    struct toy toy;
    toy_init(&toy, 400, 300000);
    toy.job.compute = compute_about_the_limit;
    toy.job.accept = accept_about_the_limit;
    RANKS_TRUE(toy_run(&toy) == GW_OK);
    for (uint64_t tile = 0; tile < 400 && gw_world_rank(world) == 0; tile++) {
        RANKS_TRUE(toy.seen[tile] == 1);
    }
    RANKS_TRUE(toy.wrong == 0);
    toy_clear(&toy);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"notes_arrive_once_in_a_while_and_at_the_end",
         notes_arrive_once_in_a_while_and_at_the_end},
        {"kept_tiles_are_not_computed", kept_tiles_are_not_computed},
        {"a_job_of_kept_tiles_ends_at_once", a_job_of_kept_tiles_ends_at_once},
        {"a_rank_alone_needs_no_world", a_rank_alone_needs_no_world},
        {"payloads_of_any_length_arrive_whole", payloads_of_any_length_arrive_whole},
    };
    return RANKS_RUN("view", tests);
}
