#include "stop.h"

#include <signal.h>
#include <stddef.h>

static const double WARNED_SECONDS = 30, TERMINATED_SECONDS = 0.6;

/* The signal; one that leaves less time replaces one that leaves more. */
static volatile sig_atomic_t asked;

static void note_signal(int number)
{
    if (asked == 0 || asked == SIGUSR1) {
        asked = number;
    }
}

void gw_stop_watch(void)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        sigaction(SIGHUP, &action, NULL);
    }
}

bool gw_stop_asked(double *grace_out)
{
    int number = asked;
    *grace_out = number == SIGUSR1 ? WARNED_SECONDS : TERMINATED_SECONDS;
    return number != 0;
}
