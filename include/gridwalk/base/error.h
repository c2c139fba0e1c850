/**
 * Status values, exit codes and the one-line error text that travels with them.
 *
 * A function that can fail for a reason outside the program returns a status and fills
 * the caller's struct gw_error. A bug is an assert, never a status. Out of memory is
 * gw_die.
 */
#ifndef GRIDWALK_BASE_ERROR_H
#define GRIDWALK_BASE_ERROR_H

#define GW_STATUS_LIST(X) /* name, exit code, meaning */                                 \
    X(OK, 0, "success")                                                                  \
    X(USAGE, 2, "the command line is wrong")                                             \
    X(CONFIG, 3, "the experiment is wrong")                                              \
    X(DATA, 4, "a bundle, results, journal or source file is wrong")                     \
    X(SYSTEM, 5, "the system or HDF5 refused")                                           \
    X(ROWS, 6, "finished, but some rows failed")                                         \
    X(INTERRUPTED, 75, "interrupted: run the same line again")

enum gw_status {
#define X(name, code, meaning) GW_##name = code,
    GW_STATUS_LIST(X)
#undef X
};

/** A plain record: it crosses MPI as bytes. The text is one line without a newline. */
struct gw_error {
    enum gw_status status;
    int line, column; /* where in the experiment file, 1-based; 0 = no place */
    char text[500];
};

#define GW_MUST_CHECK __attribute__((warn_unused_result))
#define GW_PRINTF(format_at, first_at)                                                   \
    __attribute__((format(printf, format_at, first_at)))

/**
 * Fill *err (which may be NULL) with a status and a printf text, and return the status,
 * so that `return gw_fail(err, GW_DATA, ...)` is one line. A text that is too long is
 * cut; control characters in it become '?', so that a message is always one line.
 */
enum gw_status
gw_fail(struct gw_error *err, enum gw_status status, const char *format, ...)
    GW_PRINTF(3, 4);

/** As gw_fail, with ": " and strerror(number) after the text. */
enum gw_status gw_fail_errno(struct gw_error *err,
                             enum gw_status status,
                             int number,
                             const char *format,
                             ...) GW_PRINTF(4, 5);

/** A place in a text file; line 0 = the file as a whole, column 0 = the line as a whole.
 */
struct gw_place {
    const char *file;
    int line, column; /* 1-based */
};

/** As gw_fail, with "file:line:column: " in front; err->line and column are set. */
enum gw_status gw_fail_at(struct gw_error *err,
                          enum gw_status status,
                          struct gw_place place,
                          const char *format,
                          ...) GW_PRINTF(4, 5);

/** Put a printf text in front of the message that *err holds; return its status. */
enum gw_status gw_fail_prefix(struct gw_error *err, const char *format, ...)
    GW_PRINTF(2, 3);

/** The meaning of a status, for tables and docs. */
const char *gw_status_meaning(enum gw_status status);

/** The only control-flow macro: hand a failure of `call` to the caller. */
#define GW_TRY(call)                                                                     \
    do {                                                                                 \
        enum gw_status gw_try_status = (call);                                           \
        if (gw_try_status != GW_OK) {                                                    \
            return gw_try_status;                                                        \
        }                                                                                \
    } while (0)

/**
 * Print one line "gridwalk: error: ..." to stderr with one write(2), run the hook that
 * app has set (it ends an MPI job), and end the process with GW_SYSTEM. For exhaustion of
 * memory.
 */
_Noreturn void gw_die(const char *format, ...) GW_PRINTF(1, 2);
void gw_die_hook(void (*hook)(int exit_code));

#endif
