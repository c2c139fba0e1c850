#include "gridwalk/sched/window.h"

#include "ranks.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 1000003 }; /* no multiple of a page */

static unsigned char expected_byte(size_t i)
{
    return (unsigned char)(i * 31 + i / 251);
}

static void fill(struct gw_window *window, size_t bytes)
{
    unsigned char *base = gw_window_base(window);
    for (size_t i = 0; i < bytes && gw_window_leads(window); i++) {
        base[i] = expected_byte(i);
    }
}

static size_t wrong_bytes(const struct gw_window *window, size_t bytes)
{
    const unsigned char *base = gw_window_base(window);
    size_t wrong = 0;
    for (size_t i = 0; i < bytes; i++) {
        wrong += base[i] != expected_byte(i);
    }
    return wrong;
}

/** Sum over the ranks; on rank 0 only. */
static int sum_of_ranks(int mine)
{
    int size = gw_world_size(world), sum = 0;
    int *all = gw_calloc((size_t)size, sizeof(*all));
    gw_world_gather(world, &mine, sizeof(mine), all);
    for (int r = 0; r < size; r++) {
        sum += all[r];
    }
    free(all);
    return sum;
}

/** The signal that ends a child which stores one byte, 0 when it lives. */
static int signal_of_a_store(unsigned char *at)
{
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGSEGV, SIG_DFL);
        *(volatile unsigned char *)at = 1;
        _exit(0);
    }
    int status = 0;
    RANKS_TRUE(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void every_rank_reads_what_the_leader_wrote(void)
{
    struct gw_window *window = gw_window_new(world, BYTES);
    RANKS_TRUE((uintptr_t)gw_window_base(window) % (size_t)sysconf(_SC_PAGESIZE) == 0);
    fill(window, BYTES);
    gw_window_seal(window);
    RANKS_TRUE(wrong_bytes(window, BYTES) == 0);
    gw_window_free(window);
}

static void one_rank_a_node_leads_a_shared_window(void)
{
    struct gw_window *window = gw_window_new(world, BYTES);
    RANKS_TRUE(gw_window_shared(window)); /* a megabyte is free anywhere */
    int leaders = sum_of_ranks(gw_window_leads(window));
    RANKS_TRUE(gw_world_rank(world) != 0 || leaders == gw_world_nodes(world));
    gw_window_free(window);
}

static void a_store_after_the_seal_is_a_crash(void)
{
    struct gw_window *window = gw_window_new(world, BYTES);
    unsigned char *base = gw_window_base(window);
    int signals = signal_of_a_store(base); /* before the leader fills it */
    RANKS_TRUE(sum_of_ranks(signals) == 0);
    fill(window, BYTES);
    gw_window_seal(window);
    RANKS_TRUE(signal_of_a_store(base) == SIGSEGV);
    RANKS_TRUE(signal_of_a_store(base + BYTES - 1) == SIGSEGV);
    RANKS_TRUE(wrong_bytes(window, BYTES) == 0);
    gw_window_free(window);
}

/**
 * A file that has no name but takes 64 MB of /dev/shm (where it is not smaller): what is
 * then more than the free shared memory is less than the machine's memory, and can be
 * mapped.
 */
static int take_shared_memory(void)
{
    char name[] = "/dev/shm/gridwalk-test-XXXXXX";
    int file = mkstemp(name);
    if (file >= 0) {
        unlink(name);
        (void)!posix_fallocate(file, 0, 64 << 20);
    }
    return file;
}

static void is_private_where_shared_memory_is_too_small(void)
{
    int file = gw_world_rank(world) == 0 ? take_shared_memory() : -1;
    struct statvfs shm;
    RANKS_TRUE(statvfs("/dev/shm", &shm) == 0);
    size_t bytes = (size_t)(shm.f_bavail * shm.f_frsize) + (16 << 20);
    gw_world_broadcast(world, &bytes, sizeof(bytes)); /* rank 0 looked after it took */
    struct gw_window *window = gw_window_new(world, bytes);
    bool several = gw_world_size(world) > gw_world_nodes(world);
    RANKS_TRUE(gw_window_leads(window) && gw_window_shared(window) == !several);
    close(file);
    unsigned char *base = gw_window_base(window);
    base[0] = (unsigned char)gw_world_rank(world);
    base[bytes - 1] = (unsigned char)(gw_world_rank(world) + 100);
    gw_window_seal(window);
    RANKS_TRUE(base[0] == gw_world_rank(world));
    RANKS_TRUE(base[bytes - 1] == gw_world_rank(world) + 100);
    RANKS_TRUE(signal_of_a_store(base) == SIGSEGV);
    gw_window_free(window);
}

static void an_empty_window_has_a_base(void)
{
    struct gw_window *window = gw_window_new(world, 0);
    RANKS_TRUE(gw_window_base(window) != NULL);
    gw_window_seal(window);
    gw_window_free(window);
    gw_window_free(NULL);
}

static void windows_live_side_by_side(void)
{
    struct gw_window *first = gw_window_new(world, 4096);
    struct gw_window *second = gw_window_new(world, 12345);
    fill(first, 4096);
    fill(second, 12345);
    gw_window_seal(first);
    gw_window_seal(second);
    RANKS_TRUE(wrong_bytes(first, 4096) == 0 && wrong_bytes(second, 12345) == 0);
    gw_window_free(first);
    RANKS_TRUE(wrong_bytes(second, 12345) == 0);
    gw_window_free(second);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"every_rank_reads_what_the_leader_wrote",
         every_rank_reads_what_the_leader_wrote},
        {"one_rank_a_node_leads_a_shared_window", one_rank_a_node_leads_a_shared_window},
        {"a_store_after_the_seal_is_a_crash", a_store_after_the_seal_is_a_crash},
        {"is_private_where_shared_memory_is_too_small",
         is_private_where_shared_memory_is_too_small},
        {"an_empty_window_has_a_base", an_empty_window_has_a_base},
        {"windows_live_side_by_side", windows_live_side_by_side},
    };
    return RANKS_RUN("window", tests);
}
