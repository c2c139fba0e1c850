#include "comm.h"

#include "gridwalk/base/time.h"

#include <time.h>

static const double SPIN_SECONDS = 50e-6;
static const long SLEEP_FIRST_NS = 10000;
static const long SLEEP_LAST_NS = 1000000;

/* A signal may cut the sleep short: the caller looks again anyway. */
void gw_idle_pause(struct gw_idle *idle)
{
    if (idle->sleep_ns == 0) {
        double now = gw_clock();
        if (idle->since <= 0) {
            idle->since = now;
        }
        if (now - idle->since < SPIN_SECONDS) {
            return;
        }
    }
    long longer = idle->sleep_ns == 0 ? SLEEP_FIRST_NS : 2 * idle->sleep_ns;
    idle->sleep_ns = longer < SLEEP_LAST_NS ? longer : SLEEP_LAST_NS;
    struct timespec moment = {.tv_nsec = idle->sleep_ns};
    nanosleep(&moment, NULL);
}

void gw_post(MPI_Comm comm,
             int rank,
             int tag,
             const void *bytes,
             size_t length,
             MPI_Request *request)
{
    MPI_Isend(bytes, (int)length, MPI_BYTE, rank, tag, comm, request);
}

void gw_expect(
    MPI_Comm comm, int rank, int tag, void *bytes, size_t length, MPI_Request *request)
{
    MPI_Irecv(bytes, (int)length, MPI_BYTE, rank, tag, comm, request);
}

void gw_wait(MPI_Request *request)
{
    struct gw_idle idle = {0};
    int done = 0;
    MPI_Test(request, &done, MPI_STATUS_IGNORE);
    while (!done) {
        gw_idle_pause(&idle);
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
    }
}

void gw_arrive(const struct gw_world *world, MPI_Comm comm)
{
    MPI_Request barrier;
    MPI_Ibarrier(comm, &barrier);
    if (!world->recovers) {
        gw_wait(&barrier);
        return;
    }
    struct gw_idle idle = {0};
    double begin = gw_clock();
    int done = 0;
    MPI_Test(&barrier, &done, MPI_STATUS_IGNORE);
    while (!done) {
        if (gw_clock() - begin > world->arrive_seconds) {
            gw_die("rank %d has waited %.0f s for the other ranks: one of them has died "
                   "or hangs; run the same line again",
                   world->rank, world->arrive_seconds);
        }
        gw_idle_pause(&idle);
        MPI_Test(&barrier, &done, MPI_STATUS_IGNORE);
    }
}
