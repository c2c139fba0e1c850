#include "child.h"

#include "gridwalk/base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAP = 1 /* ms between two polls */, LEFT_EARLY = 125 /* exit code */ };

/* A step that counts as waiting at most: a job that was stopped is not late. */
static const double LONGEST_STEP = 0.5;

/* ---- in the child ---- */

/* What a launcher or a terminal sends to a whole group is the parent's to answer. */
static void reset_signals(void)
{
    static const int deaf[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    sigset_t none;
    for (int number = 1; number <= SIGRTMAX; number++) {
        signal(number, SIG_DFL);
    }
    for (size_t i = 0; i < sizeof deaf / sizeof deaf[0]; i++) {
        signal(deaf[i], SIG_IGN);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Locks and connections are the parent's: none may live on in a child. */
static void close_files(int line)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        int number = (int)strtol(entry->d_name, NULL, 10);
        if (number > STDERR_FILENO && number != line && number != dirfd(folder)) {
            close(number);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

/* A library that calls exit() must not run the handlers of the parent's libraries. */
static void leave(void)
{
    _exit(LEFT_EARLY);
}

static void settle(pid_t parent, int line)
{
    const struct rlimit none = {0, 0};
    reset_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(LEFT_EARLY); /* it died before it could be watched */
    }
    setrlimit(RLIMIT_CORE, &none);
    close_files(line);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
    gw_die_hook(NULL);
    atexit(leave);
}

/* ---- in the parent ---- */

enum gw_status child_start(struct child *child,
                           void (*run)(void *context, int line),
                           void *context,
                           struct gw_error *err)
{
    int line[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "no line to a child process");
    }
    fflush(NULL); /* or the child would hold a copy of what is not yet written */
    pid_t pid = fork();
    if (pid < 0) {
        int number = errno;
        close(line[0]);
        close(line[1]);
        return gw_fail_errno(err, GW_SYSTEM, number, "cannot fork");
    }
    if (pid == 0) {
        settle(parent, line[1]);
        run(context, line[1]);
        fflush(NULL);
        _exit(0);
    }
    close(line[1]);
    *child = (struct child){pid, line[0]};
    return GW_OK;
}

bool child_say(int line)
{
    ssize_t sent;
    do {
        sent = send(line, "", 1, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == 1;
}

bool child_hear(int line)
{
    char byte;
    ssize_t got;
    do {
        got = read(line, &byte, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1;
}

static void forget(struct child *child)
{
    close(child->line);
    *child = (struct child){0};
}

/* Of a process that is gone the signal changes nothing; one that has only closed its line
 * is of no more use. */
static void bury(struct child *child, char epitaph[CHILD_EPITAPH])
{
    int how = 0;
    pid_t pid;
    kill(child->pid, SIGKILL);
    do {
        pid = waitpid(child->pid, &how, 0);
    } while (pid < 0 && errno == EINTR);
    if (pid == child->pid && WIFSIGNALED(how)) {
        snprintf(epitaph, CHILD_EPITAPH, "crashed (signal %d, %s)", WTERMSIG(how),
                 strsignal(WTERMSIG(how)));
    } else {
        snprintf(epitaph, CHILD_EPITAPH, "ended its process");
    }
    forget(child);
}

bool child_wait(struct child *child,
                const struct child_patience *patience,
                char epitaph[CHILD_EPITAPH])
{
    uint64_t seen = atomic_load(patience->progress);
    double waited = 0, before = gw_clock();
    for (;;) {
        struct pollfd there = {.fd = child->line, .events = POLLIN};
        if (poll(&there, 1, NAP) > 0) {
            if (child_hear(child->line)) {
                return true;
            }
            bury(child, epitaph);
            return false;
        }
        uint64_t now_seen = atomic_load(patience->progress);
        double now = gw_clock(), step = now - before;
        waited =
            now_seen != seen ? 0 : waited + (step < LONGEST_STEP ? step : LONGEST_STEP);
        seen = now_seen;
        before = now;
        if (waited > patience->seconds) {
            child_kill(child);
            snprintf(epitaph, CHILD_EPITAPH, "took longer than %.10g s",
                     patience->seconds);
            return false;
        }
        if (patience->poll != NULL) {
            patience->poll(patience->poll_context);
        }
    }
}

void child_kill(struct child *child)
{
    char epitaph[CHILD_EPITAPH];
    if (child->pid != 0) {
        bury(child, epitaph);
    }
}
