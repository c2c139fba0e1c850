#include "gridwalk/sched/window.h"

#include "comm.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct gw_window {
    struct gw_world *world;
    char *base;   /* page-aligned */
    size_t bytes; /* whole pages */
    MPI_Win win;  /* MPI_WIN_NULL: base is this rank's own mapping */
    bool leads;
    bool shared;
};

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t bytes)
{
    size_t page = page_size();
    if (bytes > SIZE_MAX - 2 * page) {
        gw_die("a window of %zu bytes is too large", bytes);
    }
    size_t pages = (bytes + page - 1) / page;
    return (pages > 0 ? pages : 1) * page;
}

/**
 * Whether every rank of the node sees room for `bytes`. Open MPI puts its windows in
 * /dev/shm, and a touch beyond what is free there is a SIGBUS.
 */
static bool node_has_room(const struct gw_world *world, size_t bytes)
{
    struct statvfs shm;
    int room = statvfs("/dev/shm", &shm) == 0 &&
               shm.f_bavail > bytes / shm.f_frsize; /* >: a rest needs a block too */
    int all = 0;
    gw_arrive(world, world->node);
    MPI_Allreduce(&room, &all, 1, MPI_INT, MPI_MIN, world->node);
    return all != 0;
}

static void map_own(struct gw_window *window)
{
    void *base = mmap(NULL, window->bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        gw_die("no memory for a window of %zu bytes: %s", window->bytes, strerror(errno));
    }
    window->base = base;
}

/** Open MPI's block does not begin at a page, so it is one page longer than ours. */
static void map_shared(struct gw_window *window, size_t longer)
{
    const struct gw_world *world = window->world;
    void *start = NULL;
    MPI_Aint size = window->leads ? (MPI_Aint)longer : 0;
    MPI_Win_allocate_shared(size, 1, MPI_INFO_NULL, world->node, &start, &window->win);
    int unit = 0;
    MPI_Win_shared_query(window->win, 0, &size, &unit, &start);
    uint64_t skip = (0 - (uintptr_t)start) % page_size();
    MPI_Bcast(&skip, 1, MPI_UINT64_T, 0,
              world->node); /* one place for all: the leader's */
    window->base = (char *)start + skip;
    assert((uintptr_t)window->base % page_size() == 0);
}

static void protect(const struct gw_window *window, int protection)
{
    if (mprotect(window->base, window->bytes, protection) != 0) {
        gw_die("cannot protect a window of %zu bytes: %s", window->bytes,
               strerror(errno));
    }
}

struct gw_window *gw_window_new(struct gw_world *world, size_t bytes)
{
    struct gw_window *window = gw_calloc(1, sizeof(*window));
    window->world = world;
    window->bytes = whole_pages(bytes);
    window->win = MPI_WIN_NULL;
    size_t longer = window->bytes + page_size();
    bool alone = world->node_size == 1; /* needs no shared memory to share with itself */
    window->shared = alone || node_has_room(world, longer);
    window->leads = world->node_rank == 0 || !window->shared;
    if (alone || !window->shared) {
        map_own(window);
    } else {
        map_shared(window, longer);
    }
    return window;
}

void gw_window_free(struct gw_window *window)
{
    if (window == NULL) {
        return;
    }
    bool missing = gw_may_be_missing(window->world);
    if (!missing) {
        gw_arrive(window->world, window->world->all);
    }
    protect(window, PROT_READ | PROT_WRITE);
    if (window->win == MPI_WIN_NULL) {
        munmap(window->base, window->bytes);
    } else if (!missing) { /* else it goes with the process */
        MPI_Win_free(&window->win);
    }
    free(window);
}

void *gw_window_base(const struct gw_window *window)
{
    return window->base;
}

bool gw_window_leads(const struct gw_window *window)
{
    return window->leads;
}

bool gw_window_shared(const struct gw_window *window)
{
    return window->shared;
}

void gw_window_seal(struct gw_window *window)
{
    gw_arrive(window->world, window->world->all);
    if (window->win != MPI_WIN_NULL) {
        MPI_Win_fence(MPI_MODE_NOSUCCEED, window->win); /* the leader's stores are seen */
    }
    protect(window, PROT_READ);
}
