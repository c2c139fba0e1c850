/** Which run a results file or a journal belongs to. */
#ifndef GRIDWALK_STORE_IDENTITY_H
#define GRIDWALK_STORE_IDENTITY_H

#include <stdbool.h>

/** What must be equal for a run to go on where another stopped. */
struct gw_run_identity {
    const char *program;           /* "gridwalk 0.1.0" */
    const char *semantics;         /* version of the rules */
    const char *engine;            /* "vector" or "reference" */
    const char *bundle_digest;     /* hex */
    const char *experiment_digest; /* hex */
    const char *canonical; /* the experiment's canonical form: says what differs */
    bool journal;          /* no part of what must be equal: the run keeps a journal */
};

#endif
