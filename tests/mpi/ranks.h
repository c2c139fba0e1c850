/**
 * A CUnit program on all ranks in lockstep: every rank runs every test, only rank 0
 * prints the summary, and every rank's failures count. A test calls collective functions
 * on all ranks whatever its checks said.
 */
#ifndef GRIDWALK_TESTS_MPI_RANKS_H
#define GRIDWALK_TESTS_MPI_RANKS_H

#include "check.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/sched/world.h"

#include <stdlib.h>

/** What the tests of a program run on: they get no arguments from CUnit. */
static struct gw_world *world;

/** Run the tests; main returns what this returns. */
static inline int
ranks_run(const char *module, const struct check_test *test, size_t count)
{
    world = gw_world_open();
    int rank = gw_world_rank(world), size = gw_world_size(world);
    FILE *report = rank == 0 ? stdout : freopen("/dev/null", "w", stdout);
    int failed = report == NULL || check_run(module, test, count) != 0;
    int *all = gw_calloc((size_t)size, sizeof(*all));
    gw_world_gather(world, &failed, sizeof(failed), all);
    for (int r = 1; r < size && rank == 0; r++) {
        if (all[r]) {
            printf("rank %d failed\n", r);
        }
        failed |= all[r];
    }
    free(all);
    gw_world_close(world);
    return failed;
}

#define RANKS_RUN(module, tests)                                                         \
    ranks_run(module, tests, sizeof(tests) / sizeof((tests)[0]))

static inline void
ranks_true(bool holds, const char *condition, const char *file, int line)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: rank %d: %s\n", file, line, gw_world_rank(world),
                condition);
    }
    CU_assertImplementation(holds, (unsigned)line, condition, file, "", CU_FALSE);
}

/** A check that is seen on any rank: CUnit's own list is printed on rank 0 alone. */
#define RANKS_TRUE(condition) ranks_true(condition, #condition, __FILE__, __LINE__)

#endif
