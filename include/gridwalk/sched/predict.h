/**
 * How long a job would take on some number of ranks: a discrete-event simulation that
 * hands tiles out by the code that a real run uses. Knows no MPI.
 */
#ifndef GRIDWALK_SCHED_PREDICT_H
#define GRIDWALK_SCHED_PREDICT_H

#include <stdint.h>

/** What was measured; all in seconds. */
struct gw_job_costs {
    double tile;    /* computing one, mean */
    double accept;  /* rank 0: taking in a tile's payload: journal and results */
    double message; /* rank 0: receiving an answer, and its share of sending orders */
    double latency; /* of a message, one way */
    double poll;    /* rank 0 looks at its messages so often while it computes */
};

struct gw_job_prediction {
    double seconds;     /* from the first order to the last result */
    double efficiency;  /* computing of all ranks over ranks x seconds */
    double coordinator; /* share of rank 0's time that goes to messages and results */
    uint64_t messages;
};

/** Simulate `tiles` tiles on `ranks` ranks, rank 0 computing too. Above some million
 *  tiles a tile stands for several, which the costs then share. */
void gw_job_predict(uint64_t tiles,
                    int ranks,
                    const struct gw_job_costs *costs,
                    struct gw_job_prediction *out);

/** Ranks at which rank 0 has no time left but for messages and results. */
double gw_job_saturation(const struct gw_job_costs *costs);

#endif
