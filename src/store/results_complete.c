/* Whether a file holds the results of a certain run: asked before anything is computed.
 */
#include "results_file.h"

#include "gridwalk/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Into the child goes the question, out of it comes the answer. */
struct question {
    const struct gw_run_identity *identity;
    bool same;
    int64_t failed;
};

/* Whether a text attribute is there and has this value. */
static bool says(struct gw_h5 *h5, const char *name, const char *value)
{
    struct gw_text text = {0};
    size_t length = strlen(value);
    bool same = gw_h5_read_text(h5, h5->file, name, length + 1, &text) == GW_OK &&
                text.length == length && memcmp(text.data, value, length) == 0;
    gw_text_clear(&text);
    return same;
}

/* What the child does. */
static enum gw_status ask(struct gw_h5 *h5, void *context)
{
    struct question *question = context;
    const struct gw_run_identity *identity = question->identity;
    question->same =
        says(h5, "format", GW_RESULTS_FORMAT) && says(h5, "program", identity->program) &&
        says(h5, "semantics", identity->semantics) &&
        says(h5, "engine", identity->engine) &&
        says(h5, "experiment_digest", identity->experiment_digest) &&
        says(h5, "bundle_digest", identity->bundle_digest) &&
        gw_h5_read_int(h5, h5->file, GW_RESULTS_FAILED, &question->failed) == GW_OK &&
        question->failed >= 0;
    return GW_OK;
}

/* A regular file that can be read; false without an error where none is. */
static enum gw_status is_there(const char *path, bool *there_out, struct gw_error *err)
{
    struct stat facts;
    *there_out = false;
    if (stat(path, &facts) != 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? GW_OK
                   : gw_fail_errno(err, GW_SYSTEM, errno, "%s", path);
    }
    if (!S_ISREG(facts.st_mode) || facts.st_size == 0) {
        return GW_OK;
    }
    if (access(path, R_OK) != 0) {
        return gw_fail_errno(err, GW_SYSTEM, errno, "%s", path);
    }
    *there_out = true;
    return GW_OK;
}

enum gw_status gw_results_complete(const char *path,
                                   const struct gw_run_identity *identity,
                                   bool *complete_out,
                                   uint64_t *rows_failed_out,
                                   struct gw_error *err)
{
    bool there;
    *complete_out = false;
    GW_TRY(is_there(path, &there, err));
    if (!there) {
        return GW_OK;
    }
    struct question question = {.identity = identity};
    struct gw_error refused = {.status = GW_OK};
    enum gw_status status = gw_h5_probe(path, ask, &question, sizeof question, &refused);
    if (status == GW_SYSTEM) {
        *err = refused;
        return status;
    }
    if (status == GW_OK && question.same) {
        *complete_out = true;
        *rows_failed_out = (uint64_t)question.failed;
    }
    return GW_OK;
}
