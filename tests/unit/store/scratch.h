/** A directory of its own for a test, and small files in it. */
#ifndef GRIDWALK_TESTS_UNIT_STORE_SCRATCH_H
#define GRIDWALK_TESTS_UNIT_STORE_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char directory[200];
    char path[500]; /* what scratch_path made last */
};

static inline void scratch_open(struct scratch *scratch)
{
    const char *parent = getenv("TMPDIR");
    snprintf(scratch->directory, sizeof scratch->directory, "%s/gridwalk-test-XXXXXX",
             parent != NULL && strlen(parent) < 150 ? parent : "/tmp");
    if (mkdtemp(scratch->directory) == NULL) {
        perror(scratch->directory);
        exit(1);
    }
}

/** DIRECTORY/name, until the next call. */
static inline const char *scratch_path(struct scratch *scratch, const char *name)
{
    snprintf(scratch->path, sizeof scratch->path, "%s/%s", scratch->directory, name);
    return scratch->path;
}

/** Write a file; returns its path as scratch_path does. */
static inline const char *
scratch_bytes(struct scratch *scratch, const char *name, const void *bytes, size_t length)
{
    FILE *file = fopen(scratch_path(scratch, name), "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(scratch->path);
        exit(1);
    }
    return scratch->path;
}

static inline const char *
scratch_text(struct scratch *scratch, const char *name, const char *text)
{
    return scratch_bytes(scratch, name, text, strlen(text));
}

/** A whole file; *length_out bytes and a NUL. Free it. */
static inline char *scratch_read(const char *path, size_t *length_out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    size_t length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(length + 1);
    if (bytes == NULL || fread(bytes, 1, length, file) != length) {
        perror(path);
        exit(1);
    }
    fclose(file);
    bytes[length] = '\0';
    *length_out = length;
    return bytes;
}

/** How many files a directory holds; removes them when asked to. */
static inline int scratch_files(const char *directory, int and_remove)
{
    DIR *listing = opendir(directory);
    int count = 0;
    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
        char path[900];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        count++;
        snprintf(path, sizeof path, "%.600s/%.255s", directory, entry->d_name);
        if (and_remove && unlink(path) != 0) {
            scratch_files(path, 1);
            rmdir(path);
        }
    }
    if (listing != NULL) {
        closedir(listing);
    }
    return count;
}

static inline void scratch_close(struct scratch *scratch)
{
    scratch_files(scratch->directory, 1);
    rmdir(scratch->directory);
}

#endif
