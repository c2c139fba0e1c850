/** A child process for code that may crash or hang, and a line to it. */
#ifndef GRIDWALK_ENGINE_PLUGIN_CHILD_H
#define GRIDWALK_ENGINE_PLUGIN_CHILD_H

#include "gridwalk/base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CHILD_EPITAPH = 120 };

/** {0} is none. */
struct child {
    pid_t pid; /* 0: none */
    int line;  /* bytes both ways */
};

/** How long, and what is done meanwhile. */
struct child_patience {
    const _Atomic uint64_t *progress; /* the time begins anew when it changes */
    double seconds;
    void (*poll)(void *context); /* or NULL */
    void *poll_context;
};

/**
 * Fork. The child has the default signals, but is deaf to those that end a job (its
 * parent hears them); no open files but the first three and its end of the line; no core
 * files. It dies with its parent, calls run, and leaves without any exit handler.
 */
enum gw_status child_start(struct child *child,
                           void (*run)(void *context, int line),
                           void *context,
                           struct gw_error *err) GW_MUST_CHECK;

/** Say one byte to the other end; read one. False: nobody is there. */
bool child_say(int line);
bool child_hear(int line);

/**
 * Wait for the child's byte. False: it is dead (killed, when the time was over), and
 * `epitaph` says how as the end of a sentence: "crashed (signal 11, Segmentation fault)".
 */
bool child_wait(struct child *child,
                const struct child_patience *patience,
                char epitaph[CHILD_EPITAPH]);

/** Kill it, if there is one. */
void child_kill(struct child *child);

#endif
