#include "h5.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_MEMORY = 1 << 30, CHILD_SECONDS = 10, CHILD_SPEED = 20 << 20 };

/* ---- the child ---- */

/* The address space that this process has already; a limit must lie above it. */
static rlim_t mapped_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%lu", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void lower_limit(int resource, rlim_t wanted)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0 &&
        (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > wanted)) {
        limit.rlim_cur = wanted;
        setrlimit(resource, &limit);
    }
}

/* A child that crashes is an answer, not an event: no core file, no message, no hooks
 * that would end the parent's job, no handlers of the parent's. */
static void enter_child(uint64_t file_bytes)
{
    gw_die_hook(NULL);
    static const int signals[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                                  SIGABRT, SIGTERM, SIGXCPU};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], SIG_DFL);
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    lower_limit(RLIMIT_CORE, 0);
    lower_limit(RLIMIT_CPU, CHILD_SECONDS + (rlim_t)(file_bytes / CHILD_SPEED));
    rlim_t mapped = mapped_bytes();
    if (mapped != 0) {
        lower_limit(RLIMIT_AS, mapped + CHILD_MEMORY);
    }
}

struct probe {
    const char *path;
    gw_h5_walk_fn *walk;
    void *result;
    size_t size;
};

/* Answer on `out`: a struct gw_error, and the result behind it when that is GW_OK. */
_Noreturn static void be_child(const struct probe *probe, int out)
{
    struct stat facts;
    bool known = stat(probe->path, &facts) == 0 && facts.st_size > 0;
    enter_child(known ? (uint64_t)facts.st_size : 0);
    struct gw_error err = {.status = GW_OK};
    struct gw_h5 h5;
    enum gw_status status = gw_h5_open(probe->path, &h5, &err);
    if (status == GW_OK) {
        status = probe->walk(&h5, probe->result);
        gw_h5_close(&h5);
    }
    err.status = status;
    bool sent = gw_file_put(out, &err, sizeof err) &&
                (status != GW_OK || gw_file_put(out, probe->result, probe->size));
    _exit(sent ? 0 : 1);
}

/* ---- the parent ---- */

static bool read_all(int in, void *bytes, size_t length)
{
    char *at = bytes;
    while (length > 0) {
        ssize_t done = read(in, at, length);
        if (done == 0 || (done < 0 && errno != EINTR)) {
            return false;
        }
        if (done > 0) {
            at += done;
            length -= (size_t)done;
        }
    }
    return true;
}

/* The child's answer; the result is touched only by a whole one. */
static enum gw_status hear(const struct probe *probe, int in, struct gw_error *err)
{
    struct gw_error answer;
    if (!read_all(in, &answer, sizeof answer)) {
        return gw_fail(err, GW_DATA, "%s: damaged: HDF5 cannot read it", probe->path);
    }
    if (answer.status != GW_OK) {
        return gw_fail(err, answer.status, "%s", answer.text);
    }
    void *result = gw_calloc(probe->size, 1);
    bool whole = read_all(in, result, probe->size);
    if (whole) {
        memcpy(probe->result, result, probe->size);
    }
    free(result);
    return whole ? GW_OK
                 : gw_fail(err, GW_DATA, "%s: damaged: HDF5 cannot read it", probe->path);
}

enum gw_status gw_h5_probe(const char *path,
                           gw_h5_walk_fn *walk,
                           void *result,
                           size_t size,
                           struct gw_error *err)
{
    const struct probe probe = {path, walk, result, size};
    int ends[2];
    gw_h5_start(); /* once, not in every child */
    if (pipe(ends) != 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "pipe");
    }
    pid_t child = fork();
    if (child < 0) {
        int number = errno;
        close(ends[0]);
        close(ends[1]);
        return gw_fail_errno(err, GW_SYSTEM, number, "fork");
    }
    if (child == 0) {
        close(ends[0]);
        be_child(&probe, ends[1]);
    }
    close(ends[1]);
    enum gw_status status = hear(&probe, ends[0], err);
    close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    return status;
}
