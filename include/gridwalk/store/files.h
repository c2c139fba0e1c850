/** Files that are whole or absent: written under a temporary name, synced, renamed. */
#ifndef GRIDWALK_STORE_FILES_H
#define GRIDWALK_STORE_FILES_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** "PATH.tmp.HOST.PID", so that neither two processes nor two machines meet; free it. */
char *gw_file_temporary(const char *path);

/** Remove what runs that were cut off left under such names of `path`. For who alone
 *  writes to `path` (its journal's lock): other processes' temporaries go too, but not
 *  those of a process of this host that lives. */
void gw_file_sweep(const char *path);

/** Write all bytes to an open file, where it stands or at an offset; an interrupted or
 *  short write goes on. On false errno says why. */
bool gw_file_put(int file, const void *bytes, size_t length);
bool gw_file_put_at(int file, uint64_t offset, const void *bytes, size_t length);

/** fsync the directory that `path` lies in; true also where that does not exist. Else
 *  errno says why. */
bool gw_file_sync_directory(const char *path);

/** fsync the file `temporary`, rename it to `path`, fsync the directory. On failure the
 *  temporary is removed. */
enum gw_status gw_file_commit(const char *temporary,
                              const char *path,
                              struct gw_error *err) GW_MUST_CHECK;

/** Write a whole small file that way. */
enum gw_status gw_file_write(const char *path,
                             const char *bytes,
                             size_t length,
                             struct gw_error *err) GW_MUST_CHECK;

/** As gw_file_write but not synced: for what is soon written again. A reader sees the old
 *  file or the new one; after a loss of power either, or an empty one. */
enum gw_status gw_file_replace(const char *path,
                               const char *bytes,
                               size_t length,
                               struct gw_error *err) GW_MUST_CHECK;

/** Read a whole file of at most `limit` bytes; status `bad` when it cannot be. */
enum gw_status gw_file_read(const char *path,
                            size_t limit,
                            enum gw_status bad,
                            struct gw_text *out,
                            struct gw_error *err) GW_MUST_CHECK;

/** Bytes free to this user where `path` lies (its directory); -1 when unknown. */
double gw_file_space(const char *path);

/** GW_SYSTEM when the directory of `path` is missing or not writable. */
enum gw_status gw_file_check_output(const char *path, struct gw_error *err) GW_MUST_CHECK;

#endif
