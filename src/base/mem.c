#include "gridwalk/base/mem.h"

#include "gridwalk/base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* For tests that a loop allocates nothing; the program has no threads. */
static uint64_t allocations;

static void refuse_overflow(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        gw_die("out of memory: %zu times %zu bytes", count, size);
    }
}

void *gw_calloc(size_t count, size_t size)
{
    refuse_overflow(count, size);
    allocations++;
    void *pointer = count * size == 0 ? calloc(1, 1) : calloc(count, size);
    if (pointer == NULL) {
        gw_die("out of memory: %zu times %zu bytes", count, size);
    }
    return pointer;
}

void *gw_aligned(size_t count, size_t size)
{
    refuse_overflow(count, size);
    size_t bytes = (count * size + 63) & ~(size_t)63;
    void *pointer = bytes >= count * size ? aligned_alloc(64, bytes) : NULL;
    if (pointer == NULL) {
        gw_die("out of memory: %zu times %zu bytes", count, size);
    }
    allocations++;
    memset(pointer, 0, bytes);
    return pointer;
}

void *gw_realloc(void *pointer, size_t count, size_t size)
{
    refuse_overflow(count, size);
    size_t bytes = count * size;
    allocations++;
    void *moved = realloc(pointer, bytes == 0 ? 1 : bytes);
    if (moved == NULL) {
        gw_die("out of memory: %zu times %zu bytes", count, size);
    }
    return moved;
}

char *gw_strndup(const char *text, size_t length)
{
    if (length == SIZE_MAX) {
        gw_die("out of memory: %zu bytes", length);
    }
    char *copy = gw_realloc(NULL, length + 1, 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *gw_strdup(const char *text)
{
    return gw_strndup(text, strlen(text));
}

void *gw_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity) {
        return array;
    }
    size_t wanted = *capacity > SIZE_MAX / 2 ? need : 2 * *capacity;
    if (wanted < need) {
        wanted = need;
    }
    if (wanted < 8) {
        wanted = 8;
    }
    void *moved = gw_realloc(array, wanted, size);
    *capacity = wanted;
    return moved;
}

void *gw_reserve(size_t bytes)
{
    allocations++;
    void *region = mmap(NULL, bytes > 0 ? bytes : 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return region != MAP_FAILED ? region : NULL;
}

void gw_use_large_pages(void *region, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    madvise(region, bytes, MADV_HUGEPAGE); /* where it is not taken nothing is lost */
#else
    (void)region;
    (void)bytes;
#endif
}

void gw_release(void *region, size_t bytes)
{
    if (region != NULL) {
        munmap(region, bytes > 0 ? bytes : 1);
    }
}

uint64_t gw_allocations(void)
{
    return allocations;
}
