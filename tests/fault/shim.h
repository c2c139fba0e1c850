/**
 * Faults on purpose: calls to the C library that concern one results file and what stands
 * beside it (FILE*, and the directory itself) are counted, and the n-th of them kills the
 * process or fails.
 *
 * As a library for LD_PRELOAD it is told by its environment; linked into a test program
 * by gw_fault_arm. Only the process that armed it counts, not its children, and under a
 * launcher only rank 0.
 *
 *     GW_FAULT_FILE=PATH    the results file, spelled as the program spells it
 *     GW_FAULT_DO=KIND      kill, torn, eio, enospc; nothing: it only counts
 *     GW_FAULT_AT=N         at the N-th call
 *     GW_FAULT_COUNT=PATH   append "CALLS fired|none NAME PATH" there at the process's
 * end GW_FAULT_MALLOC=N     the N-th allocation of 4 kB or more by the program itself
 * fails
 */
#ifndef GRIDWALK_TESTS_FAULT_SHIM_H
#define GRIDWALK_TESTS_FAULT_SHIM_H

#include <stdbool.h>
#include <stdint.h>

enum gw_fault {
    GW_FAULT_NONE,
    GW_FAULT_KILL,   /* dies before the call */
    GW_FAULT_TORN,   /* writes half and dies; does any other call and dies */
    GW_FAULT_EIO,    /* this call fails */
    GW_FAULT_ENOSPC, /* half a write, then all that would take space fails */
    GW_FAULTS
};
extern const char *const gw_fault_name[GW_FAULTS];

/** What came of it; where a child is to fill it, in memory shared with it. */
struct gw_fault_record {
    long calls;
    bool fired;
    char call[16], path[256]; /* that it fired at */
    long journal_syncs;       /* of FILE.journal that succeeded */
    char order[256];          /* "" or what was renamed or removed too early */
};

/** From here on; `file` and `record` must stay. */
void gw_fault_arm(const char *file,
                  enum gw_fault fault,
                  long at,
                  struct gw_fault_record *record);

/** From here on the monotonic clock moves by this much at each look at it; 0: as usual.
 */
void gw_fault_clock(double step);

#endif
