/**
 * Private to sched: the communicators, and waiting that leaves the processor to others.
 *
 * Open MPI's own waiting takes a whole core. So a rank waits here, by test and sleep,
 * until all have come, and only then enters a blocking collective, which is short by
 * then.
 */
#ifndef GRIDWALK_SCHED_COMM_H
#define GRIDWALK_SCHED_COMM_H

#include "gridwalk/sched/world.h"

#include <mpi.h>

struct gw_world {
    MPI_Comm all;  /* every rank of the job */
    MPI_Comm node; /* the ranks that share this node's memory */
    int rank;
    int size;
    int node_rank; /* 0 is the node's leader */
    int node_size;
    int nodes;
    bool recovers;          /* the launcher lets others go on after a rank died */
    bool lost;              /* a rank is missing: see gw_world_lost */
    double silence_seconds; /* after which a worker is lost, at least */
    double note_seconds;    /* between two notes of a worker */
    double rank_0_seconds;  /* a worker ends when rank 0 says nothing so long: recovers */
    double arrive_seconds;  /* how long the others are waited for where it recovers */
};

/** Whether a collective could wait for ever for a rank that died without a word. */
bool gw_may_be_missing(const struct gw_world *world);

/** A wait in progress: {0} at its start and after each event. A plain record. */
struct gw_idle {
    double since;  /* gw_clock at the first pause, 0 = none yet */
    long sleep_ns; /* length of the last sleep */
};

/** Pass a moment: at once in the first 50 us, then a sleep growing to 1 ms.  Rank: Local.
 */
void gw_idle_pause(struct gw_idle *idle);

/** Start to send bytes, which must stay until `request` is done.  Rank: Local. */
void gw_post(MPI_Comm comm,
             int rank,
             int tag,
             const void *bytes,
             size_t length,
             MPI_Request *request);

/** Start to receive at most `length` bytes, from any rank when it is MPI_ANY_SOURCE.
 *  Rank: Local. */
void gw_expect(
    MPI_Comm comm, int rank, int tag, void *bytes, size_t length, MPI_Request *request);

/** Wait for one request.  Rank: Local. */
void gw_wait(MPI_Request *request);

/** Wait until every rank of `comm`, one of the world's, is here. Where ranks may die
 *  without a word it waits no longer than arrive_seconds, then ends the process.  Rank:
 *  Collective over comm. */
void gw_arrive(const struct gw_world *world, MPI_Comm comm);

#endif
