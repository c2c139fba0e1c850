/**
 * Memory that is either there or ends the program: no caller checks an allocation.
 * Every function dies through gw_die on exhaustion or when count * size overflows.
 */
#ifndef GRIDWALK_BASE_MEM_H
#define GRIDWALK_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

/** `count` zeroed objects of `size` bytes; never NULL, also for 0 bytes. Free with
 * free(). */
void *gw_calloc(size_t count, size_t size);

/** As gw_calloc, beginning at a multiple of 64 bytes. */
void *gw_aligned(size_t count, size_t size);

/** Resize to `count` objects of `size` bytes; new bytes are not set. */
void *gw_realloc(void *pointer, size_t count, size_t size);

/** A copy of a string, or of its first `length` bytes with a NUL behind. */
char *gw_strdup(const char *text);
char *gw_strndup(const char *text, size_t length);

/** Make room in a growing array: returns it with capacity >= need, *capacity updated. */
void *gw_grow(void *array, size_t *capacity, size_t need, size_t size);

/** A region of zeroed bytes that costs memory only where it is touched; NULL when the
 * system has no room for it. Give it back with gw_release (NULL is allowed). */
void *gw_reserve(size_t bytes);

/** Advise the system to back a region by large pages: worth it where it is used in long
 * pieces. */
void gw_use_large_pages(void *region, size_t bytes);
void gw_release(void *region, size_t bytes);

/** How many times this process has called one of the functions above that allocate. */
uint64_t gw_allocations(void);

#endif
