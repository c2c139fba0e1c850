#include "library.h"

#include "gridwalk/base/digest.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 63 };

static const size_t STATE_MOST = (size_t)1 << 30;

/* ---- whose it is ---- */

/* A group that has its user's name and nobody else in it, as many systems give each user
 * one: what it may write, the user alone may write. */
static bool is_own_group(gid_t group)
{
    const struct passwd *user = getpwuid(geteuid());
    if (user == NULL || user->pw_gid != group) {
        return false;
    }
    char name[256];
    size_t length = strlen(user->pw_name);
    if (length >= sizeof name) {
        return false;
    }
    memcpy(name, user->pw_name, length + 1);
    const struct group *found = getgrgid(group);
    if (found == NULL || strcmp(found->gr_name, name) != 0) {
        return false;
    }
    for (char **member = found->gr_mem; *member != NULL; member++) {
        if (strcmp(*member, name) != 0) {
            return false;
        }
    }
    return true;
}

/* Who may write a file, or put another in its place, may run code here. */
static enum gw_status check_writers(const char *path,
                                    const char *what,
                                    const struct stat *of,
                                    struct gw_error *err)
{
    bool kept = S_ISDIR(of->st_mode) && (of->st_mode & S_ISVTX) != 0;
    if (of->st_uid != geteuid() && of->st_uid != 0) {
        return gw_fail(err, GW_CONFIG,
                       "%s: %s belongs to another user (number %u); it must be yours or "
                       "root's",
                       path, what, (unsigned)of->st_uid);
    }
    if (!kept && (of->st_mode & S_IWOTH) != 0) {
        return gw_fail(err, GW_CONFIG,
                       "%s: %s is writable by everyone (mode %o); chmod o-w it", path,
                       what, (unsigned)of->st_mode & 07777);
    }
    if (!kept && (of->st_mode & S_IWGRP) != 0 && !is_own_group(of->st_gid)) {
        return gw_fail(err, GW_CONFIG,
                       "%s: %s is writable by its group (mode %o); chmod g-w it", path,
                       what, (unsigned)of->st_mode & 07777);
    }
    return GW_OK;
}

static enum gw_status check_folder(const char *path, struct gw_error *err)
{
    char folder[4096];
    struct stat of;
    size_t length = (size_t)(strrchr(path, '/') - path);
    if (length >= sizeof folder) {
        return gw_fail(err, GW_CONFIG, "%.200s...: the path is too long", path);
    }
    memcpy(folder, path, length);
    folder[length] = '\0';
    if (stat(length > 0 ? folder : "/", &of) != 0) {
        return gw_fail_errno(err, GW_CONFIG, errno, "%s: its folder", path);
    }
    return check_writers(path, "its folder", &of, err);
}

static enum gw_status
check_digest(const char *path, int file, const char *wanted, struct gw_error *err)
{
    char block[1 << 16], found[GW_SHA256_HEX];
    ssize_t got;
    struct gw_sha256 *sha = gw_sha256_new();
    while ((got = read(file, block, sizeof block)) > 0) {
        gw_sha256_add(sha, block, (size_t)got);
    }
    int number = errno;
    gw_sha256_end(sha, found);
    if (got < 0) {
        return gw_fail_errno(err, GW_CONFIG, number, "%s", path);
    }
    if (wanted[0] != '\0' && strcmp(found, wanted) != 0) {
        return gw_fail(err, GW_CONFIG,
                       "%s: its sha256 is %.16s..., the experiment's is %.16s...: it was "
                       "built anew or is another",
                       path, found, wanted);
    }
    return GW_OK;
}

/* The file is one that may be loaded; *of_out is which one it is. */
static enum gw_status check_file(const char *path,
                                 const char *sha256,
                                 struct stat *of_out,
                                 struct gw_error *err)
{
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return gw_fail_errno(err, GW_CONFIG, errno, "%s", path);
    }
    enum gw_status status = GW_OK;
    if (fstat(file, of_out) != 0) {
        status = gw_fail_errno(err, GW_CONFIG, errno, "%s", path);
    } else if (!S_ISREG(of_out->st_mode)) {
        status = gw_fail(err, GW_CONFIG, "%s is no regular file", path);
    } else {
        status = check_writers(path, "it", of_out, err);
    }
    if (status == GW_OK) {
        status = check_digest(path, file, sha256, err);
    }
    close(file);
    return status == GW_OK ? check_folder(path, err) : status;
}

/* ---- what it holds ---- */

static bool is_name(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (!isprint((unsigned char)text[i])) {
            return false;
        }
    }
    return length > 0 && length <= NAME_MOST;
}

static const char *find_fault(const struct gw_strategy *strategy)
{
    if (strategy->name == NULL || !is_name(strategy->name)) {
        return "has no name of 1 to 63 printable characters";
    }
    if (strategy->on_bar == NULL) {
        return "has no on_bar";
    }
    if (strategy->state_bytes > STATE_MOST) {
        return "asks for more than 1 GiB of state";
    }
    size_t names = 0;
    while (strategy->parameter != NULL && strategy->parameter[names] != NULL) {
        if (names == GW_MAX_PARAMETERS) {
            return "asks for more than 32 parameters, or the NULL behind them is missing";
        }
        if (!is_name(strategy->parameter[names++])) {
            return "has a parameter without a name of 1 to 63 printable characters";
        }
    }
    return NULL;
}

enum gw_status library_check(const char *path,
                             const struct gw_strategy *found,
                             struct gw_strategy *out,
                             struct gw_error *err)
{
    if (found->abi != GW_STRATEGY_ABI) {
        return gw_fail(
            err, GW_CONFIG,
            "%s: its gw_strategy is of ABI %u, this program runs ABI %d: build "
            "it with the gridwalk/strategy.h of this version",
            path, (unsigned)found->abi, GW_STRATEGY_ABI);
    }
    if (found->size < offsetof(struct gw_strategy, on_end) || found->size > sizeof *out) {
        return gw_fail(err, GW_CONFIG,
                       "%s: its gw_strategy has %u bytes, this program's has %zu: .size "
                       "must be sizeof(struct gw_strategy) of a header not newer than "
                       "this version's",
                       path, (unsigned)found->size, sizeof *out);
    }
    memset(out, 0, sizeof *out);
    memcpy(out, found, found->size);
    const char *fault = find_fault(out);
    if (fault != NULL) {
        return gw_fail(err, GW_CONFIG, "%s: its gw_strategy %s", path, fault);
    }
    return GW_OK;
}

/* What dlopen says, without the path that it begins with. */
static enum gw_status fail_load(const char *path, struct gw_error *err)
{
    const char *why = dlerror();
    size_t length = strlen(path);
    why = why != NULL ? why : "unknown";
    if (strncmp(why, path, length) == 0 && why[length] == ':') {
        why += length + 1 + strspn(why + length + 1, " ");
    }
    return gw_fail(err, GW_CONFIG, "%s is no library that can be loaded: %s", path, why);
}

static enum gw_status load(const char *path,
                           const struct stat *of,
                           struct gw_strategy *out,
                           struct gw_error *err)
{
    struct stat now;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    /* A library built with -ffast-math turns small numbers to 0 for everybody. */
    fesetenv(FE_DFL_ENV);
    if (library == NULL) {
        return fail_load(path, err);
    }
    if (stat(path, &now) != 0 || now.st_ino != of->st_ino || now.st_dev != of->st_dev) {
        return gw_fail(err, GW_CONFIG, "%s was replaced while it was loaded", path);
    }
    const struct gw_strategy *found = dlsym(library, "gw_strategy");
    if (found == NULL) {
        return gw_fail(err, GW_CONFIG,
                       "%s exports no 'gw_strategy', the descriptor of a plug-in "
                       "(gridwalk/strategy.h)",
                       path);
    }
    return library_check(path, found, out, err);
}

enum gw_status library_open(const struct gw_plugin_file *file,
                            struct gw_strategy *out,
                            struct gw_error *err)
{
    struct stat of = {0};
    char *path = realpath(file->library, NULL);
    if (path == NULL) {
        return gw_fail_errno(err, GW_CONFIG, errno, "%s", file->library);
    }
    enum gw_status status = check_file(path, file->sha256, &of, err);
    if (status == GW_OK) {
        status = load(path, &of, out, err);
    }
    free(path);
    return status;
}
