/* Workers that die or stop, one scenario a process: after it no collective works any
 * more. lost.sh runs them and looks for rank 0's last line. */
#include "gridwalk/sched/window.h"

#include "comm.h"
#include "toy.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/** Memory of all ranks: the node's. */
struct board {
    volatile pid_t pid[64];
    volatile uint64_t victims;      /* who has died or stopped */
    volatile uint64_t stopped_tile; /* + 1 */
};

struct scene {
    struct toy toy;
    struct board *board;
    uint64_t deadly; /* the tile, UINT64_MAX = none */
    bool stops;      /* not killed but stopped */
    bool sleeps_on;  /* until the job is over */
    bool lasts;      /* rank 0's first tile lasts until `done` */
    bool (*done)(const struct scene *scene);
    uint64_t agains, differ, asides, aside_tile;
    struct gw_job_view view; /* the last; not its ranks */
    bool saw_lost;           /* a rank in that condition */
    double asked;            /* gw_clock when it was to stop */
};

static unsigned wrong;

#define TRUE(condition)                                                                  \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            wrong++;                                                                     \
            printf("%s:%d: rank %d: %s\n", __FILE__, __LINE__, gw_world_rank(world),     \
                   #condition);                                                          \
        }                                                                                \
    } while (0)

static void die(struct scene *scene, uint64_t tile)
{
    scene->board->victims++;
    if (scene->stops) {
        scene->board->stopped_tile = tile + 1;
    }
    raise(scene->stops ? SIGSTOP : SIGKILL);
}

/** Rank 1 ends in its fifth tile, or any worker in the deadly one. */
static enum gw_status
compute(void *context, uint64_t tile, struct gw_tile_work *work, struct gw_error *err)
{
    struct scene *scene = context;
    int rank = gw_world_rank(world);
    bool fifth = scene->deadly == UINT64_MAX && rank == 1 && scene->toy.computes == 4;
    if (fifth || (rank > 0 && tile == scene->deadly)) {
        die(scene, tile);
    }
    double begin = gw_clock();
    while (rank == 0 && scene->lasts && !scene->done(scene) && gw_clock() - begin < 20) {
        toy_sleep(200e-6);
        work->poll(work->poll_context);
    }
    scene->lasts = false;
    return toy_compute(&scene->toy, tile, work, err);
}

static enum gw_status accept(void *context,
                             uint64_t tile,
                             const void *payload,
                             size_t length,
                             struct gw_error *err)
{
    struct scene *scene = context;
    if (scene->saw_lost && !scene->sleeps_on && tile + 1 == scene->board->stopped_tile) {
        kill(scene->board->pid[1], SIGCONT); /* it was computed again meanwhile */
    }
    return toy_accept(&scene->toy, tile, payload, length, err);
}

static enum gw_status again(void *context,
                            uint64_t tile,
                            const void *payload,
                            size_t length,
                            struct gw_error *err)
{
    struct scene *scene = context;
    (void)err;
    scene->agains++;
    scene->differ +=
        scene->toy.seen[tile] != 1 || length != toy_length(&scene->toy, tile);
    scene->differ += length > 0 && *(const unsigned char *)payload != toy_byte(tile, 0);
    return GW_OK;
}

static enum gw_status set_aside(void *context, uint64_t tile, struct gw_error *err)
{
    struct scene *scene = context;
    (void)err;
    scene->asides++;
    scene->aside_tile = tile;
    return GW_OK;
}

static void progress(void *context, const struct gw_job_view *view)
{
    struct scene *scene = context;
    for (int r = 0; r < view->ranks; r++) {
        scene->saw_lost |= view->rank[r].condition == GW_RANK_LOST;
    }
    toy_check_view(&scene->toy, view);
    scene->view = *view;
}

static double two_milliseconds(uint64_t tile)
{
    (void)tile;
    return 2e-3;
}

static void begin(struct scene *scene, uint64_t tiles, size_t payload_max)
{
    *scene = (struct scene){.deadly = UINT64_MAX};
    world->silence_seconds = 1;
    world->note_seconds = 0.1;
    scene->board = gw_window_base(gw_window_new(world, sizeof *scene->board));
    scene->board->pid[gw_world_rank(world)] = getpid();
    toy_init(&scene->toy, tiles, payload_max);
    scene->toy.seconds = two_milliseconds;
    scene->toy.job.context = scene;
    scene->toy.job.compute = compute;
    scene->toy.job.accept = accept;
    scene->toy.job.again = again;
    scene->toy.job.lose = set_aside;
    scene->toy.job.progress = progress;
    gw_arrive(world, world->all);
}

static enum gw_status run(struct scene *scene)
{
    return gw_job_run(world, &scene->toy.job, &scene->toy.work, &scene->toy.err);
}

/** On rank 0: everything but one tile was accepted, and once. */
static void check_all_but(const struct scene *scene, uint64_t tile)
{
    for (uint64_t i = 0; i < scene->toy.job.tiles && gw_world_rank(world) == 0; i++) {
        TRUE(scene->toy.seen[i] == (i != tile));
    }
    TRUE(scene->toy.wrong == 0 && scene->toy.odd == 0 && scene->differ == 0);
}

static void one_is_killed(size_t payload_max)
{
    struct scene scene;
    begin(&scene, payload_max > 100000 ? 80 : 600, payload_max);
    TRUE(run(&scene) == GW_OK && gw_world_lost(world));
    check_all_but(&scene, UINT64_MAX);
    if (gw_world_rank(world) == 0) {
        TRUE(scene.view.lost == 1 && scene.view.set_aside == 0 && scene.saw_lost);
        TRUE(scene.view.again >= 1 && scene.view.done == scene.toy.job.tiles);
        TRUE(scene.view.handed == 0 && scene.agains == 0 && scene.board->victims == 1);
    }
}

static void killed(void)
{
    one_is_killed(300);
}

/** The answer before that is on its way: 1 MiB is not copied in one piece. */
static void killed_while_sending(void)
{
    one_is_killed(1 << 20);
}

/** When all others have nothing left to do, rank 1 takes them with it. */
static enum gw_status compute_last(void *context,
                                   uint64_t tile,
                                   struct gw_tile_work *work,
                                   struct gw_error *err)
{
    struct scene *scene = context;
    if (gw_world_rank(world) == 1) {
        toy_spend(0.5, work->poll, work->poll_context);
        for (int rank = 2; rank < gw_world_size(world); rank++) {
            kill(scene->board->pid[rank], SIGKILL);
        }
        die(scene, tile);
    }
    return toy_compute(&scene->toy, tile, work, err);
}

/** The tile of one waits, and the others can no longer take it: rank 0 must. */
static void killed_while_idle(void)
{
    struct scene scene;
    begin(&scene, (uint64_t)gw_world_size(world), 300);
    scene.toy.job.compute = compute_last;
    TRUE(run(&scene) == GW_OK && gw_world_lost(world));
    check_all_but(&scene, UINT64_MAX);
    TRUE((int)scene.view.lost == gw_world_size(world) - 1 && scene.view.set_aside == 0);
}

static void deadly(void)
{
    struct scene scene;
    begin(&scene, 600, 300);
    scene.deadly = 3; /* of the first that a worker gets */
    TRUE(run(&scene) == GW_OK && gw_world_lost(world));
    check_all_but(&scene, gw_world_rank(world) == 0 ? 3 : UINT64_MAX);
    if (gw_world_rank(world) == 0) {
        TRUE(scene.view.lost == 2 && scene.view.set_aside == 1);
        TRUE(scene.asides == 1 && scene.aside_tile == 3);
        TRUE(scene.view.done == 599 && scene.board->victims == 2);
    }
}

static void deadly_and_not_allowed(void)
{
    struct scene scene;
    begin(&scene, 600, 300);
    scene.deadly = 3; /* of the first that a worker gets */
    scene.toy.job.lose = NULL;
    TRUE(run(&scene) == GW_SYSTEM && scene.toy.err.status == GW_SYSTEM);
    TRUE(strstr(scene.toy.err.text, "tile 3:") == scene.toy.err.text);
    TRUE(scene.toy.seen[3] == 0);
}

/* ---- a worker that was only stopped ---- */

/** Of two ranks nobody can compute its tiles meanwhile: rank 0 is busy. */
static bool is_back(const struct scene *scene)
{
    if (gw_world_size(world) > 2) {
        return scene->agains > 0;
    }
    if (scene->saw_lost) {
        kill(scene->board->pid[1], SIGCONT);
    }
    uint64_t stopped = scene->board->stopped_tile;
    return stopped > 0 && scene->toy.seen[stopped - 1] > 0;
}

static void stopped(void)
{
    struct scene scene;
    begin(&scene, 600, gw_world_size(world) > 2 ? 6000 : 300);
    scene.stops = true;
    scene.lasts = true;
    scene.done = is_back;
    TRUE(run(&scene) == GW_OK && !gw_world_lost(world));
    check_all_but(&scene, UINT64_MAX);
    if (gw_world_rank(world) == 0) {
        TRUE(scene.view.lost == 1 && scene.saw_lost && scene.board->victims == 1);
        TRUE((scene.agains > 0) == (gw_world_size(world) > 2));
        TRUE(scene.toy.work.wall_seconds < 15);
    }
}

/** It wakes up when the others are through: it leaves by itself. */
static void late(void)
{
    struct scene scene;
    begin(&scene, 200, 300);
    scene.stops = true;
    scene.sleeps_on = true;
    TRUE(run(&scene) == GW_OK && gw_world_lost(world));
    TRUE(gw_world_rank(world) != 1);
    check_all_but(&scene, UINT64_MAX);
    if (gw_world_rank(world) == 0) {
        pid_t pid = scene.board->pid[1];
        TRUE(scene.agains == 0 && kill(pid, SIGCONT) == 0);
        double end = gw_clock() + 10;
        while (kill(pid, 0) == 0 && gw_clock() < end) {
            toy_sleep(10e-3);
        }
        TRUE(kill(pid, 0) != 0 && errno == ESRCH);
    }
}

/* ---- the ends of those that are left ---- */

static double a_minute_on_workers(uint64_t tile)
{
    (void)tile;
    return gw_world_rank(world) > 0 ? 60 : 1e-3;
}

static bool asks_to_stop(void *context, double *grace_out)
{
    struct scene *scene = context;
    if (scene->asked <= 0 && scene->toy.computes >= 100) { /* the others are at work */
        scene->asked = gw_clock();
    }
    *grace_out = 0.4;
    return scene->asked > 0;
}

static void say(const char *name)
{
    if (gw_world_rank(world) == 0 || wrong > 0) {
        printf("%s: rank %d: %s\n", name, gw_world_rank(world),
               wrong > 0 ? "FAIL" : "ok");
        fflush(stdout);
    }
}

static void abandon(void *context)
{
    struct scene *scene = context;
    double waited = gw_clock() - scene->asked;
    TRUE(waited >= 0.4 && waited < 5);
    say("abandoned");
    gw_world_abort(GW_INTERRUPTED);
}

static void abandoned(void)
{
    struct scene scene;
    begin(&scene, 600, 300);
    scene.deadly = 1000;
    scene.toy.seconds = a_minute_on_workers;
    scene.toy.job.stopping = asks_to_stop;
    scene.toy.job.abandon = abandon;
    TRUE(run(&scene) == GW_OK);
    TRUE(false); /* never here */
}

/** Rank 0 dies; the others say so and leave. */
static void orphaned(void)
{
    struct scene scene;
    begin(&scene, 600, 300);
    world->rank_0_seconds = 1;
    scene.deadly = 1000;
    if (gw_world_rank(world) == 0) {
        raise(SIGKILL);
    }
    TRUE(run(&scene) == GW_OK);
}

/** Before the work: nobody waits for ever for one that died. */
static void missing(void)
{
    world->arrive_seconds = 1;
    if (gw_world_rank(world) == 1) {
        raise(SIGKILL);
    }
    TRUE(gw_world_agree(world, GW_OK, NULL) == GW_OK);
}

static const struct {
    const char *name;
    void (*play)(void);
} scenarios[] = {
    {"killed", killed},
    {"killed_while_sending", killed_while_sending},
    {"killed_while_idle", killed_while_idle},
    {"deadly", deadly},
    {"deadly_and_not_allowed", deadly_and_not_allowed},
    {"stopped", stopped},
    {"late", late},
    {"abandoned", abandoned},
    {"orphaned", orphaned},
    {"missing", missing},
};

int main(int count, char **word)
{
    world = gw_world_open();
    gw_die_hook(gw_world_abort);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0] && count == 2; i++) {
        if (strcmp(scenarios[i].name, word[1]) == 0) {
            scenarios[i].play();
            say(word[1]);
            gw_world_leave(world, 0);
        }
    }
    return 2;
}
