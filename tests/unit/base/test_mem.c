#include "gridwalk/base/mem.h"

#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void gives_zeroed_memory_also_for_nothing(void)
{
    double *value = gw_calloc(1000, sizeof *value);
    double sum = 0;
    for (int i = 0; i < 1000; i++) {
        sum += value[i];
    }
    CU_ASSERT_EQUAL(sum, 0);
    free(value);
    void *nothing = gw_calloc(0, 8);
    CU_ASSERT_PTR_NOT_NULL(nothing);
    nothing = gw_realloc(nothing, 0, 8);
    CU_ASSERT_PTR_NOT_NULL(nothing);
    free(nothing);
}

static void copies_strings(void)
{
    char *whole = gw_strdup("fast < slow");
    char *part = gw_strndup("fast < slow", 4);
    char *empty = gw_strndup("x", 0);
    CHECK_TEXT(whole, "fast < slow");
    CHECK_TEXT(part, "fast");
    CHECK_TEXT(empty, "");
    free(whole);
    free(part);
    free(empty);
}

static void grows_in_few_steps_and_keeps_what_was_there(void)
{
    int *array = NULL;
    size_t capacity = 0;
    int moves = 0;
    for (int i = 0; i < 100000; i++) {
        size_t before = capacity;
        array = gw_grow(array, &capacity, (size_t)i + 1, sizeof *array);
        moves += capacity != before;
        CU_ASSERT_TRUE_FATAL(capacity > (size_t)i);
        array[i] = i;
    }
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        wrong += array[i] != i;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_TRUE(moves < 40);
    array = gw_grow(array, &capacity, 5000000, sizeof *array);
    CU_ASSERT_TRUE(capacity >= 5000000);
    CU_ASSERT_EQUAL(array[99999], 99999);
    free(array);
}

/* Vectors of 64 bytes want their multiples; what is there is 0, whatever was before. */
static void aligns_for_vectors(void)
{
    for (size_t count = 1; count < 200; count += 3) {
        unsigned char *dirty = gw_aligned(count, 1);
        CU_ASSERT_EQUAL((uintptr_t)dirty % 64, 0);
        memset(dirty, 0xff, count);
        free(dirty);
        unsigned char *bytes = gw_aligned(count, 1);
        int sum = 0;
        for (size_t i = 0; i < count; i++) {
            sum += bytes[i];
        }
        CU_ASSERT_EQUAL(sum, 0);
        free(bytes);
    }
}

/* The pages of this process that are in memory. */
static long resident_pages(void)
{
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &all, &resident) != 2) {
        resident = -1;
    }
    if (file != NULL) {
        fclose(file);
    }
    return resident;
}

/* A gigabyte of which two bytes are touched is no gigabyte. */
static void reserves_without_taking(void)
{
    const size_t bytes = (size_t)1 << 30;
    long before = resident_pages();
    unsigned char *region = gw_reserve(bytes);
    CU_ASSERT_PTR_NOT_NULL(region);
    if (region == NULL) {
        return;
    }
    CU_ASSERT_EQUAL(region[0] + region[bytes - 1], 0);
    region[0] = 1;
    region[bytes - 1] = 1;
    CU_ASSERT_TRUE(resident_pages() - before < 10000);
    gw_release(region, bytes);
    gw_release(NULL, bytes);
    void *nothing = gw_reserve(0);
    CU_ASSERT_PTR_NOT_NULL(nothing);
    gw_release(nothing, 0);
}

/* Each call that may take memory counts, growing only when it does. */
static void counts_allocations(void)
{
    uint64_t start = gw_allocations();
    size_t capacity = 0;
    int *array = gw_grow(NULL, &capacity, 3, sizeof *array);
    CU_ASSERT_EQUAL(gw_allocations() - start, 1);
    array = gw_grow(array, &capacity, capacity, sizeof *array);
    CU_ASSERT_EQUAL(gw_allocations() - start, 1);
    array = gw_realloc(array, 100, sizeof *array);
    free(gw_calloc(1, 1));
    free(gw_aligned(1, 1));
    free(gw_strdup("x"));
    gw_release(gw_reserve(1), 1);
    CU_ASSERT_EQUAL(gw_allocations() - start, 6);
    free(array);
}

enum way { CALLOC, REALLOC, GROW, ALIGNED };

/* The exit code of a process that asks for more than there can be. */
static int ask_too_much(enum way way)
{
    const size_t wraps = SIZE_MAX / 4 + 2; /* times 4 is 4 again */
    size_t capacity = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        close(STDERR_FILENO);
        void *pointer = way == CALLOC    ? gw_calloc(wraps, 4)
                        : way == REALLOC ? gw_realloc(NULL, wraps, 4)
                        : way == ALIGNED ? gw_aligned(wraps, 4)
                                         : gw_grow(NULL, &capacity, wraps, 4);
        _exit(pointer != NULL ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void dies_when_sizes_overflow(void)
{
    CU_ASSERT_EQUAL(ask_too_much(CALLOC), GW_SYSTEM);
    CU_ASSERT_EQUAL(ask_too_much(REALLOC), GW_SYSTEM);
    CU_ASSERT_EQUAL(ask_too_much(GROW), GW_SYSTEM);
    CU_ASSERT_EQUAL(ask_too_much(ALIGNED), GW_SYSTEM);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"gives_zeroed_memory_also_for_nothing", gives_zeroed_memory_also_for_nothing},
        {"copies_strings", copies_strings},
        {"grows_in_few_steps_and_keeps_what_was_there",
         grows_in_few_steps_and_keeps_what_was_there},
        {"aligns_for_vectors", aligns_for_vectors},
        {"reserves_without_taking", reserves_without_taking},
        {"counts_allocations", counts_allocations},
        {"dies_when_sizes_overflow", dies_when_sizes_overflow},
    };
    return CHECK_RUN("mem", tests);
}
