#include "gridwalk/store/files.h"

#include "gridwalk/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { HOST_SIZE = 65 };

static const char temporary_mark[] = ".tmp.";
static const char host_letters[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-";

/* The directory that `path` lies in; free it. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return gw_strdup(".");
    }
    return slash == path ? gw_strdup("/") : gw_strndup(path, (size_t)(slash - path));
}

bool gw_file_put(int file, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t done = write(file, at, length);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            at += done;
            length -= (size_t)done;
        }
    }
    return true;
}

bool gw_file_put_at(int file, uint64_t offset, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t done = pwrite(file, at, length, (off_t)offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return false;
        }
        at += done;
        offset += (uint64_t)done;
        length -= (size_t)done;
    }
    return true;
}

/* fsync by name, for a file and for its directory alike. */
static bool sync_path(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    int failed;
    do {
        failed = fsync(file);
    } while (failed != 0 && errno == EINTR);
    int number = errno;
    close(file);
    errno = number;
    return failed == 0;
}

/* The name of this machine without its domain, as it may stand in a file name. */
static void host_name(char out[HOST_SIZE])
{
    if (gethostname(out, HOST_SIZE) != 0) {
        out[0] = '\0';
    }
    out[HOST_SIZE - 1] = '\0';
    out[strcspn(out, ".")] = '\0';
    for (char *c = out; *c != '\0'; c++) {
        *c = strchr(host_letters, *c) != NULL ? *c : '-';
    }
    if (out[0] == '\0') {
        memcpy(out, "-", sizeof "-");
    }
}

char *gw_file_temporary(const char *path)
{
    char host[HOST_SIZE];
    struct gw_text name = {0};
    host_name(host);
    gw_text_printf(&name, "%s%s%s.%ld", path, temporary_mark, host, (long)getpid());
    return name.data;
}

/* Whether a name ends, behind ".tmp.", as gw_file_temporary makes it, or as earlier
 * versions did, without a host; and with what is put behind it for a second file. */
static bool is_temporary_end(const char *end)
{
    size_t host = strspn(end, host_letters);
    if (host > 0 && end[host] == '.') {
        end += host + 1;
    }
    size_t digits = strspn(end, "0123456789");
    return digits > 0 && (end[digits] == '\0' || strcmp(end + digits, ".objective") == 0);
}

/* Whether a process runs this program; also when that cannot be seen. One that was killed
 * and not waited for has no program any more. */
static bool runs_this_program(long pid)
{
    char link[64], ours[4096], theirs[4096];
    snprintf(link, sizeof link, "/proc/%ld/exe", pid);
    ssize_t length = readlink("/proc/self/exe", ours, sizeof ours);
    ssize_t there = readlink(link, theirs, sizeof theirs);
    if (there < 0) {
        return errno == EACCES;
    }
    return length == there && memcmp(ours, theirs, (size_t)length) == 0;
}

/* Whether the HOST.PID of a temporary is a process of this host that lives: somebody who
 * removed the journal may have started a second run on the same file. */
static bool is_of_living(const char *end)
{
    char host[HOST_SIZE];
    host_name(host);
    size_t length = strlen(host);
    if (strncmp(end, host, length) != 0 || end[length] != '.') {
        return false;
    }
    long pid = strtol(end + length + 1, NULL, 10);
    return pid > 0 && pid != (long)getpid() && runs_this_program(pid);
}

void gw_file_sweep(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    char *directory = directory_of(path);
    struct gw_text start = {0};
    gw_text_printf(&start, "%s%s", base, temporary_mark);
    DIR *list = opendir(directory);
    for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        struct stat facts;
        const char *name = entry->d_name;
        if (strncmp(name, start.data, start.length) == 0 &&
            is_temporary_end(name + start.length) && !is_of_living(name + start.length) &&
            fstatat(dirfd(list), name, &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(facts.st_mode)) {
            unlinkat(dirfd(list), name, 0);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
    gw_text_clear(&start);
    free(directory);
}

/* Some file systems have no sync of a directory; a file in it is whole all the same. */
bool gw_file_sync_directory(const char *path)
{
    char *directory = directory_of(path);
    bool synced = sync_path(directory);
    int number = errno;
    free(directory);
    errno = number;
    return synced || number == EINVAL || number == EACCES || number == ENOTSUP;
}

enum gw_status
gw_file_commit(const char *temporary, const char *path, struct gw_error *err)
{
    if (!sync_path(temporary) || rename(temporary, path) != 0) {
        int number = errno;
        unlink(temporary);
        return gw_fail_errno(err, GW_SYSTEM, number, "%s: cannot write it", path);
    }
    if (!gw_file_sync_directory(path)) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot sync its directory",
                             path);
    }
    return GW_OK;
}

/* All of it under the temporary name, or nothing. */
static enum gw_status write_temporary(const char *temporary,
                                      const char *path,
                                      const char *bytes,
                                      size_t length,
                                      struct gw_error *err)
{
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot write it", path);
    }
    bool written = gw_file_put(file, bytes, length);
    int number = errno;
    if (close(file) != 0 && written) {
        written = false;
        number = errno;
    }
    if (!written) {
        unlink(temporary);
        return gw_fail_errno(err, GW_SYSTEM, number, "%s: cannot write it", path);
    }
    return GW_OK;
}

enum gw_status
gw_file_write(const char *path, const char *bytes, size_t length, struct gw_error *err)
{
    char *temporary = gw_file_temporary(path);
    enum gw_status status = write_temporary(temporary, path, bytes, length, err);
    if (status == GW_OK) {
        status = gw_file_commit(temporary, path, err);
    }
    free(temporary);
    return status;
}

enum gw_status
gw_file_replace(const char *path, const char *bytes, size_t length, struct gw_error *err)
{
    char *temporary = gw_file_temporary(path);
    enum gw_status status = write_temporary(temporary, path, bytes, length, err);
    if (status == GW_OK && rename(temporary, path) != 0) {
        status = gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot write it", path);
        unlink(temporary);
    }
    free(temporary);
    return status;
}

/* Up to `limit` + 1 bytes, so that a longer file shows. */
static bool read_some(int file, size_t limit, struct gw_text *out)
{
    char buffer[1 << 16];
    gw_text_append(out, "", 0);
    while (out->length <= limit) {
        size_t room = limit - out->length + 1;
        ssize_t got = read(file, buffer, room < sizeof buffer ? room : sizeof buffer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        gw_text_append(out, buffer, (size_t)got);
    }
    return true;
}

enum gw_status gw_file_read(const char *path,
                            size_t limit,
                            enum gw_status bad,
                            struct gw_text *out,
                            struct gw_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return gw_fail_errno(err, bad, errno, "%s", path);
    }
    gw_text_clear(out);
    bool got = read_some(file, limit, out);
    int number = errno;
    close(file);
    if (got && out->length <= limit) {
        return GW_OK;
    }
    gw_text_clear(out);
    if (!got) {
        return gw_fail_errno(err, bad, number, "%s", path);
    }
    char size[32];
    gw_format_bytes((double)limit, size, sizeof size);
    return gw_fail(err, bad, "%s: larger than %s", path, size);
}

double gw_file_space(const char *path)
{
    char *directory = directory_of(path);
    struct statvfs facts;
    bool known = statvfs(directory, &facts) == 0;
    free(directory);
    known = known && facts.f_blocks > 0; /* a file system without a limit says 0 */
    return known ? (double)facts.f_bavail * (double)facts.f_frsize : -1;
}

static enum gw_status
check_directory(const char *path, const char *directory, struct gw_error *err)
{
    struct stat facts;
    if (stat(directory, &facts) != 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "%s: its directory '%s'", path,
                             directory);
    }
    if (!S_ISDIR(facts.st_mode)) {
        return gw_fail(err, GW_SYSTEM, "%s: '%s' is not a directory", path, directory);
    }
    if (access(directory, W_OK | X_OK) != 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "%s: cannot write into '%s'", path,
                             directory);
    }
    if (lstat(path, &facts) == 0 && S_ISLNK(facts.st_mode)) {
        return gw_fail(err, GW_SYSTEM,
                       "%s: is a symbolic link, which a new file would replace; name the "
                       "file it leads to",
                       path);
    }
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        return gw_fail(err, GW_SYSTEM, "%s: is a directory", path);
    }
    return GW_OK;
}

enum gw_status gw_file_check_output(const char *path, struct gw_error *err)
{
    char *directory = directory_of(path);
    enum gw_status status = check_directory(path, directory, err);
    free(directory);
    return status;
}
