/**
 * The ranks of a job: start and end of MPI, and the few collective steps before and after
 * work.
 *
 * sched alone includes mpi.h. It moves bytes and calls function pointers; it knows no
 * finance. MPI's own failures end the job (MPI_ERRORS_ARE_FATAL), so calls to it are not
 * checked.
 */
#ifndef GRIDWALK_SCHED_WORLD_H
#define GRIDWALK_SCHED_WORLD_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct gw_world;

/** Start MPI (once a process; also without a launcher: one rank).  Rank: Collective. */
struct gw_world *gw_world_open(void);

/** End MPI.  Rank: Collective. NULL is allowed. Where a rank may be missing (it was lost,
 *  or the launcher goes on after one died: mpirun --enable-recovery) MPI's own end could
 *  wait for ever: only memory is freed then. */
void gw_world_close(struct gw_world *world);

/** Whether a rank is missing: a job lost it and it did not come back. Nothing collective
 *  may be called any more, and no other job run. */
bool gw_world_lost(const struct gw_world *world);

/** Leave the process with this code: flush what was printed, then end MPI and the process
 *  as usual, or without MPI's end where that could wait for ever (see gw_world_close).
 *  Rank: Collective where no rank is missing. NULL is allowed. */
_Noreturn void gw_world_leave(struct gw_world *world, int exit_code);

/** End the whole job at once with this code; for gw_die_hook. Where the launcher goes on
 *  after a rank died, a rank other than 0 ends itself alone.  Rank: Local. */
_Noreturn void gw_world_abort(int exit_code);

int gw_world_rank(const struct gw_world *world);
int gw_world_size(const struct gw_world *world);
int gw_world_nodes(const struct gw_world *world); /* distinct shared-memory nodes */

/** Copy rank 0's bytes to all; every rank passes the same length.  Rank: Collective. */
void gw_world_broadcast(struct gw_world *world, void *bytes, size_t length);

/** Copy rank 0's text, of any length, to all.  Rank: Collective. */
void gw_world_share_text(struct gw_world *world, struct gw_text *text);

/** Rank 0 gets `length` bytes of every rank, in rank order, into all [size * length].
 *  Rank: Collective; `all` is used on rank 0 only. */
void gw_world_gather(struct gw_world *world, const void *mine, size_t length, void *all);

/**
 * Make one answer of all ranks' answers: the lowest rank that failed wins, its error
 * reaches all with "rank r: " in front when r > 0, and all return its status.  Rank:
 * Collective.
 */
enum gw_status gw_world_agree(struct gw_world *world,
                              enum gw_status status,
                              struct gw_error *err) GW_MUST_CHECK;

/** Whether all ranks hold the same bytes (of the same length).  Rank: Collective. */
bool gw_world_same(struct gw_world *world, const void *bytes, size_t length);

#endif
