/**
 * Memory that is either there or ends the program: no caller checks an allocation.
 * Every function dies through gw_die on exhaustion or when count * size overflows.
 */
#ifndef GRIDWALK_BASE_MEM_H
#define GRIDWALK_BASE_MEM_H

#include <stddef.h>

/** `count` zeroed objects of `size` bytes; never NULL, also for 0 bytes. Free with
 * free(). */
void *gw_calloc(size_t count, size_t size);

/** Resize to `count` objects of `size` bytes; new bytes are not set. */
void *gw_realloc(void *pointer, size_t count, size_t size);

/** A copy of a string, or of its first `length` bytes with a NUL behind. */
char *gw_strdup(const char *text);
char *gw_strndup(const char *text, size_t length);

/** Make room in a growing array: returns it with capacity >= need, *capacity updated. */
void *gw_grow(void *array, size_t *capacity, size_t need, size_t size);

#endif
