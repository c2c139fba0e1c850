#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, INODES = 64 };

const char *const gw_fault_name[GW_FAULTS] = {"none", "kill", "torn", "eio", "enospc"};

/* Of a descriptor on a path that counts, which is kept for the record. */
struct watched {
    char path[256]; /* "" = not watched */
};

/* What was written and not yet synced. */
struct inode {
    dev_t device;
    ino_t number;
    bool dirty;
};

static struct {
    const char *file; /* NULL: not armed */
    char directory[PATH_MAX];
    pid_t process;
    enum gw_fault fault;
    long at;
    struct gw_fault_record *record;
    bool full; /* the disk, from now on */
    struct watched watched[DESCRIPTORS];
    struct inode inode[INODES];
    bool renamed; /* the results, and the directory has not been synced since */
    double step, now;
} shim;

/* The library's own function of this name. */
#define REAL(type, name)                                                                 \
    static type *real_##name;                                                            \
    if (real_##name == NULL) {                                                           \
        *(void **)(&real_##name) = dlsym(RTLD_NEXT, #name);                              \
    }

typedef int open_fn(const char *, int, ...);
typedef int openat_fn(int, const char *, int, ...);
typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);
typedef int descriptor_fn(int);
typedef int duplicate_fn(int, int);
typedef int rename_fn(const char *, const char *);
typedef int unlink_fn(const char *);
typedef int clock_fn(clockid_t, struct timespec *);

static bool is_armed(void)
{
    return shim.file != NULL && getpid() == shim.process;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    size_t length = strlen(text), tail = strlen(with);
    return length >= tail && strcmp(text + length - tail, with) == 0;
}

static bool concerns(const char *path)
{
    return is_armed() && (begins(path, shim.file) || strcmp(path, shim.directory) == 0);
}

static const char *watched_path(int file)
{
    return file >= 0 && file < DESCRIPTORS && shim.watched[file].path[0] != '\0' &&
                   is_armed()
               ? shim.watched[file].path
               : NULL;
}

static void watch(int file, const char *path)
{
    if (file >= 0 && file < DESCRIPTORS) {
        snprintf(shim.watched[file].path, sizeof shim.watched[file].path, "%s", path);
    }
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* ---- what must be synced before what ---- */

static struct inode *inode_of(const struct stat *facts)
{
    struct inode *unused = &shim.inode[0];
    for (int i = 0; i < INODES; i++) {
        struct inode *at = &shim.inode[i];
        if (at->number == facts->st_ino && at->device == facts->st_dev) {
            return at;
        }
        unused = at->dirty ? unused : at;
    }
    *unused = (struct inode){.device = facts->st_dev, .number = facts->st_ino};
    return unused;
}

static void note_written(int file)
{
    struct stat facts;
    if (fstat(file, &facts) == 0) {
        inode_of(&facts)->dirty = true;
    }
}

static void note_synced(int file)
{
    struct stat facts;
    if (fstat(file, &facts) == 0) {
        inode_of(&facts)->dirty = false;
    }
    const char *path = shim.watched[file].path;
    shim.record->journal_syncs += ends(path, ".journal");
    if (strcmp(path, shim.directory) == 0) {
        shim.renamed = false;
    }
}

static void note_order(const char *what, const char *path)
{
    struct gw_fault_record *record = shim.record;
    if (record->order[0] == '\0') {
        snprintf(record->order, sizeof record->order, "%s %.200s", what, path);
    }
}

/* The status file is renewed without a sync: a stale one is no loss. */
static void check_rename(const char *from, const char *to)
{
    struct stat facts;
    if (ends(to, ".status.json")) {
        return;
    }
    if (stat(from, &facts) == 0 && inode_of(&facts)->dirty) {
        note_order("renamed before it was synced:", to);
    }
    shim.renamed = shim.renamed || strcmp(to, shim.file) == 0;
}

/* ---- the fault ---- */

enum deed { GO_ON, FAIL, HALF_WRITE, DO_AND_DIE };

/* Count a call; what to do instead of it. Sets errno. `grows`: it would take space. */
static enum deed meet(const char *call, const char *path, bool grows)
{
    struct gw_fault_record *record = shim.record;
    record->calls++;
    bool now = record->calls == shim.at && shim.fault != GW_FAULT_NONE;
    bool full = shim.fault == GW_FAULT_ENOSPC && record->calls >= shim.at && grows;
    if ((!now && !full) || (shim.fault == GW_FAULT_ENOSPC && !grows)) {
        return GO_ON;
    }
    if (!record->fired) {
        record->fired = true;
        snprintf(record->call, sizeof record->call, "%s", call);
        snprintf(record->path, sizeof record->path, "%s", path);
    }
    switch (shim.fault) {
    case GW_FAULT_KILL:
        die();
        break;
    case GW_FAULT_TORN:
        return DO_AND_DIE;
    case GW_FAULT_ENOSPC:
        errno = ENOSPC;
        if (!shim.full) {
            shim.full = true;
            return HALF_WRITE;
        }
        return FAIL;
    default:
        errno = EIO;
    }
    return FAIL;
}

static bool creates(const char *path, int flags)
{
    return (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
}

/* ---- files ---- */

static int open_any(open_fn *real, const char *path, int flags, mode_t mode)
{
    if (!concerns(path)) {
        return real(path, flags, mode);
    }
    enum deed deed = meet("open", path, creates(path, flags));
    if (deed == FAIL || deed == HALF_WRITE) {
        return -1;
    }
    int file = real(path, flags, mode);
    if (deed == DO_AND_DIE) {
        die();
    }
    watch(file, path);
    return file;
}

#define MODE_OF(flags)                                                                   \
    mode_t mode = 0;                                                                     \
    if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {                                        \
        va_list list;                                                                    \
        va_start(list, flags);                                                           \
        mode = va_arg(list, mode_t);                                                     \
        va_end(list);                                                                    \
    }

int open(const char *path, int flags, ...)
{
    REAL(open_fn, open)
    MODE_OF(flags)
    return open_any(real_open, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    REAL(open_fn, open64)
    MODE_OF(flags)
    return open_any(real_open64, path, flags, mode);
}

int openat(int from, const char *path, int flags, ...)
{
    REAL(openat_fn, openat)
    REAL(open_fn, open)
    MODE_OF(flags)
    return from == AT_FDCWD ? open_any(real_open, path, flags, mode)
                            : real_openat(from, path, flags, mode);
}

int openat64(int from, const char *path, int flags, ...)
{
    REAL(openat_fn, openat64)
    REAL(open_fn, open64)
    MODE_OF(flags)
    return from == AT_FDCWD ? open_any(real_open64, path, flags, mode)
                            : real_openat64(from, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int close(int file)
{
    REAL(descriptor_fn, close)
    if (file >= 0 && file < DESCRIPTORS && is_armed()) {
        shim.watched[file].path[0] = '\0';
    }
    return real_close(file);
}

int dup(int file)
{
    REAL(descriptor_fn, dup)
    int copy = real_dup(file);
    if (watched_path(file) != NULL) {
        watch(copy, watched_path(file));
    }
    return copy;
}

int dup2(int file, int copy)
{
    REAL(duplicate_fn, dup2)
    const char *path = watched_path(file);
    if (copy >= 0 && copy < DESCRIPTORS && copy != file && is_armed()) {
        watch(copy, path != NULL ? path : "");
    }
    return real_dup2(file, copy);
}

/* How much of a write there is to be; -1: none. */
static ssize_t part_of_write(const char *path, size_t length, bool *die_out)
{
    enum deed deed = meet("write", path, true);
    *die_out = deed == DO_AND_DIE;
    if (deed == FAIL || (deed == HALF_WRITE && length < 2)) {
        return -1;
    }
    return (ssize_t)(deed == GO_ON ? length : length / 2);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    REAL(write_fn, write)
    const char *path = watched_path(file);
    if (path == NULL) {
        return real_write(file, bytes, length);
    }
    bool dies;
    ssize_t part = part_of_write(path, length, &dies);
    ssize_t done = part >= 0 ? real_write(file, bytes, (size_t)part) : -1;
    if (dies) {
        die();
    }
    note_written(file);
    return done;
}

static ssize_t
pwrite_any(pwrite_fn *real, int file, const void *bytes, size_t length, off_t at)
{
    const char *path = watched_path(file);
    if (path == NULL) {
        return real(file, bytes, length, at);
    }
    bool dies;
    ssize_t part = part_of_write(path, length, &dies);
    ssize_t done = part >= 0 ? real(file, bytes, (size_t)part, at) : -1;
    if (dies) {
        die();
    }
    note_written(file);
    return done;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at)
{
    REAL(pwrite_fn, pwrite)
    return pwrite_any(real_pwrite, file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at)
{
    REAL(pwrite_fn, pwrite64)
    return pwrite_any(real_pwrite64, file, bytes, length, at);
}

static int sync_any(descriptor_fn *real, const char *call, int file)
{
    const char *path = watched_path(file);
    if (path == NULL) {
        return real(file);
    }
    enum deed deed = meet(call, path, false);
    if (deed == FAIL) {
        return -1;
    }
    int result = real(file);
    if (deed == DO_AND_DIE) {
        die();
    }
    if (result == 0) {
        note_synced(file);
    }
    return result;
}

int fsync(int file)
{
    REAL(descriptor_fn, fsync)
    return sync_any(real_fsync, "fsync", file);
}

int fdatasync(int file)
{
    REAL(descriptor_fn, fdatasync)
    return sync_any(real_fdatasync, "fdatasync", file);
}

int rename(const char *from, const char *to)
{
    REAL(rename_fn, rename)
    if (!concerns(to)) {
        return real_rename(from, to);
    }
    enum deed deed = meet("rename", to, false);
    if (deed == FAIL) {
        return -1;
    }
    check_rename(from, to);
    int result = real_rename(from, to);
    if (deed == DO_AND_DIE) {
        die();
    }
    return result;
}

/* Not counted: whether it was done or not must not matter. */
int unlink(const char *path)
{
    REAL(unlink_fn, unlink)
    if (concerns(path) && ends(path, ".journal") && shim.renamed) {
        note_order("removed before the directory knew the results:", path);
    }
    return real_unlink(path);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    REAL(clock_fn, clock_gettime)
    if (clock != CLOCK_MONOTONIC || shim.step == 0) {
        return real_clock_gettime(clock, out);
    }
    shim.now += shim.step;
    out->tv_sec = (time_t)shim.now;
    out->tv_nsec = (long)(1e9 * (shim.now - (double)out->tv_sec));
    return 0;
}

/* ---- start ---- */

void gw_fault_arm(const char *file,
                  enum gw_fault fault,
                  long at,
                  struct gw_fault_record *record)
{
    const char *slash = strrchr(file, '/');
    size_t length = slash != NULL ? (size_t)(slash - file) : 0;
    snprintf(shim.directory, sizeof shim.directory, "%.*s",
             (int)(slash == NULL || slash == file ? 1 : length),
             slash != NULL ? file : ".");
    memset(shim.watched, 0, sizeof shim.watched);
    memset(shim.inode, 0, sizeof shim.inode);
    shim.file = file;
    shim.process = getpid();
    shim.fault = fault;
    shim.at = at;
    shim.record = record;
    shim.full = false;
    shim.renamed = false;
}

void gw_fault_clock(double step)
{
    shim.step = step;
    shim.now = 1000;
}
