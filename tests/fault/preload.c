/* The shim as a library for LD_PRELOAD: told by the environment (shim.h), it also makes
 * allocations fail and reports at the end of the process. */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 4096 };

static struct {
    pid_t process;
    const char *count_file;
    struct gw_fault_record record;
    uintptr_t begin, end; /* of the program's own code */
    long allocations;     /* until one fails; 0: none does */
    bool refused;
} preload;

/* glibc's own names: a look-up by name would allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

/* Whether this allocation fails. The libraries' own are left alone: what they do without
 * memory is their affair. */
static bool is_refused(size_t size, const void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    if (preload.allocations == 0 || size < LARGE || at < preload.begin ||
        at >= preload.end) {
        return false;
    }
    preload.allocations--;
    preload.refused = preload.refused || preload.allocations == 0;
    if (preload.allocations == 0) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

void *malloc(size_t size)
{
    return is_refused(size, __builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    size_t bytes = size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
    return is_refused(bytes, __builtin_return_address(0)) ? NULL
                                                          : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    return is_refused(size, __builtin_return_address(0)) ? NULL
                                                         : __libc_realloc(pointer, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return is_refused(size, __builtin_return_address(0))
               ? NULL
               : __libc_memalign(alignment, size);
}

/* ---- start and end ---- */

/* Once, by whichever way the process ends; a child says nothing. */
static void report(void)
{
    const struct gw_fault_record *record = &preload.record;
    char line[1024];
    if (preload.count_file == NULL || getpid() != preload.process) {
        return;
    }
    bool fired = record->fired || preload.refused;
    int length =
        snprintf(line, sizeof line, "%ld %s %s %s %s\n", record->calls,
                 fired ? "fired" : "none", record->call, record->path, record->order);
    int file = open(preload.count_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    preload.count_file = NULL;
    if (file >= 0) {
        (void)!write(file, line, (size_t)length);
        close(file);
    }
}

_Noreturn void _exit(int code)
{
    void (*real)(int);
    *(void **)(&real) = dlsym(RTLD_NEXT, "_exit");
    report();
    real(code);
    abort();
}

_Noreturn void _Exit(int code)
{
    _exit(code);
}

__attribute__((destructor)) static void leave(void)
{
    report();
}

/* The first object is the program. */
static int find_code(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            preload.begin = info->dlpi_addr + part->p_vaddr;
            preload.end = preload.begin + part->p_memsz;
        }
    }
    return 1;
}

static long number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text != NULL ? atol(text) : 0;
}

static enum gw_fault fault_of(const char *name)
{
    for (int i = 0; name != NULL && i < GW_FAULTS; i++) {
        if (strcmp(name, gw_fault_name[i]) == 0) {
            return (enum gw_fault)i;
        }
    }
    return GW_FAULT_NONE;
}

__attribute__((constructor)) static void enter(void)
{
    const char *file = getenv("GW_FAULT_FILE");
    if (number_of("OMPI_COMM_WORLD_RANK") != 0) {
        return;
    }
    preload.process = getpid();
    preload.count_file = getenv("GW_FAULT_COUNT");
    if (file != NULL) {
        gw_fault_arm(file, fault_of(getenv("GW_FAULT_DO")), number_of("GW_FAULT_AT"),
                     &preload.record);
    }
    dl_iterate_phdr(find_code, NULL);
    preload.allocations = number_of("GW_FAULT_MALLOC");
}
