/* A job that is asked to stop; test_lost has the one that does not stop in time. */
#include "gridwalk/sched/coordinator.h"

#include "toy.h"

struct stopped {
    struct toy toy;
    uint64_t after;    /* accepted tiles after which it is to stop */
    double grace;      /* seconds */
    double asked;      /* gw_clock of the first yes; 0 = not yet */
    uint64_t finished; /* accepted since */
    uint64_t abandons;
};

static bool stopping(void *context, double *grace_out)
{
    struct stopped *self = context;
    if (self->asked <= 0 && self->toy.accepts >= self->after) {
        self->asked = gw_clock();
    }
    *grace_out = self->grace;
    return self->asked > 0;
}

static void abandon(void *context)
{
    struct stopped *self = context;
    self->abandons++;
    gw_die("a job was abandoned that stopped in time");
}

static enum gw_status
compute(void *context, uint64_t tile, struct gw_tile_work *work, struct gw_error *err)
{
    struct stopped *self = context;
    toy_spend(20e-3, work->poll, work->poll_context);
    return toy_compute(&self->toy, tile, work, err);
}

static enum gw_status accept(void *context,
                             uint64_t tile,
                             const void *payload,
                             size_t length,
                             struct gw_error *err)
{
    struct stopped *self = context;
    self->finished += self->asked > 0;
    return toy_accept(&self->toy, tile, payload, length, err);
}

static void init(struct stopped *self, uint64_t after)
{
    *self = (struct stopped){.after = after, .grace = 10};
    toy_init(&self->toy, 500, 6000);
    self->toy.job.context = self;
    self->toy.job.compute = compute;
    self->toy.job.accept = accept;
    self->toy.job.progress = NULL;
    self->toy.job.stopping = stopping;
    self->toy.job.abandon = abandon;
}

static enum gw_status run(struct stopped *self)
{
    return gw_job_run(world, &self->toy.job, &self->toy.work, &self->toy.err);
}

/** What was computed is accepted, also what came after the stop: but nothing is begun. */
static void tiles_in_computation_are_finished_and_kept(void)
{
    uint64_t ranks = (uint64_t)gw_world_size(world);
    struct stopped self;
    init(&self, 8 * ranks);
    RANKS_TRUE(run(&self) == GW_INTERRUPTED && self.toy.err.status == GW_INTERRUPTED);
    CHECK_TEXT(self.toy.err.text, "");
    uint64_t computed = toy_sum(self.toy.computes);
    RANKS_TRUE(computed < 500 && computed == toy_sum(self.toy.accepts));
    /* each rank finishes one, and another that was begun before it heard of the stop */
    RANKS_TRUE(self.finished <= 2 * ranks && toy_sum(self.finished) >= ranks - 1);
    RANKS_TRUE(self.toy.wrong == 0);
    RANKS_TRUE(self.asked <= 0 || gw_clock() - self.asked < 5);
    toy_clear(&self.toy);
}

static void a_job_may_stop_before_it_begins(void)
{
    struct stopped self;
    init(&self, 0);
    RANKS_TRUE(run(&self) == GW_INTERRUPTED);
    uint64_t computed = toy_sum(self.toy.computes);
    RANKS_TRUE(computed <= (uint64_t)gw_world_size(world));
    RANKS_TRUE(computed == toy_sum(self.toy.accepts));
    toy_clear(&self.toy);
}

/** A disk that is full says more than that the job was to stop. */
static void a_refusal_after_the_stop_is_the_error(void)
{
    struct stopped self;
    init(&self, 4);
    self.toy.refuse = 5;
    bool several = gw_world_size(world) > 1;
    RANKS_TRUE(run(&self) == (several ? GW_SYSTEM : GW_INTERRUPTED));
    CHECK_TEXT(self.toy.err.text, several ? "the disk is full" : "");
    RANKS_TRUE(toy_sum(self.toy.accepts) == (several ? 5 : 4));
    toy_clear(&self.toy);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"tiles_in_computation_are_finished_and_kept",
         tiles_in_computation_are_finished_and_kept},
        {"a_job_may_stop_before_it_begins", a_job_may_stop_before_it_begins},
        {"a_refusal_after_the_stop_is_the_error", a_refusal_after_the_stop_is_the_error},
    };
    return RANKS_RUN("stop", tests);
}
