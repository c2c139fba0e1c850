/** Signals that ask a run to end in order: SIGTERM, SIGINT, SIGHUP (unless it is
 * ignored, as under nohup), SIGUSR1. */
#ifndef GRIDWALK_APP_STOP_H
#define GRIDWALK_APP_STOP_H

#include <stdbool.h>

/** From here on a signal is noted and no longer ends the process. */
void gw_stop_watch(void);

/** Whether a signal has come, and how many seconds there are to end in: SIGUSR1 is a
 *  warning from a batch system, the others are followed by SIGKILL soon (mpirun: after
 *  1 s). */
bool gw_stop_asked(double *grace_out);

#endif
