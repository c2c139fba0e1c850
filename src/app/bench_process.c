#include "bench.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void gw_bench_watch(void)
{
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t written = write(file, "5", 1); /* forget the peak */
        (void)written;                         /* else the peak is of the whole process */
        close(file);
    }
}

uint64_t gw_bench_peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

double gw_bench_cpu(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

/* The environment without what a launcher put there: the child is no rank of the job. */
static char **own_environment(void)
{
    static const char *const launcher[] = {
        "OMPI_COMM_WORLD", "OMPI_UNIVERSE", "OMPI_MCA_orte", "OMPI_MCA_ess",
        "OMPI_MCA_pmix",   "PMIX_",         "PMI_",          "OMPI_APP_CTX",
        "OMPI_FIRST_RANKS"};
    size_t count = 0, kept = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **out = gw_calloc(count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        bool is_own = true;
        for (size_t j = 0; j < sizeof launcher / sizeof launcher[0]; j++) {
            is_own = is_own && strncmp(environ[i], launcher[j], strlen(launcher[j])) != 0;
        }
        if (is_own) {
            out[kept++] = environ[i];
        }
    }
    return out;
}

enum gw_status
gw_bench_process(char *const *argv, struct gw_bench_process *out, struct gw_error *err)
{
    char **environment = own_environment();
    double begin = gw_clock();
    pid_t child = fork();
    if (child == 0) {
        execve("/proc/self/exe", argv, environment);
        _exit(127);
    }
    int number = errno, code = 0;
    struct rusage usage;
    free(environment);
    if (child < 0) {
        return gw_fail_errno(err, GW_SYSTEM, number, "cannot start a process");
    }
    while (wait4(child, &code, 0, &usage) < 0) {
        if (errno != EINTR) {
            return gw_fail_errno(err, GW_SYSTEM, errno, "lost the process started");
        }
    }
    out->wall_seconds = gw_clock() - begin;
    out->rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0) {
        return gw_fail(err, GW_SYSTEM, "'gridwalk %s' in a process of its own failed",
                       argv[1]);
    }
    return GW_OK;
}

void gw_bench_processor(char *out, size_t size)
{
    char line[256];
    out[0] = '\0';
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file != NULL && out[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            snprintf(out, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}
