#include "gridwalk/base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 1024 };

/* The hook is the one piece of process state here: dying has no caller to ask. */
static void (*die_hook)(int exit_code);

static void make_one_line(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
}

/* The text goes through `line`, so that arguments may lie inside err->text. */
static void set_text(struct gw_error *err, const char *line)
{
    size_t length = strlen(line);
    if (length >= sizeof err->text) {
        length = sizeof err->text - 1;
    }
    memcpy(err->text, line, length);
    err->text[length] = '\0';
    make_one_line(err->text);
}

enum gw_status
gw_fail(struct gw_error *err, enum gw_status status, const char *format, ...)
{
    if (err == NULL) {
        return status;
    }
    char line[LINE_SIZE];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    err->status = status;
    err->line = 0;
    err->column = 0;
    set_text(err, line);
    return status;
}

enum gw_status gw_fail_at(struct gw_error *err,
                          enum gw_status status,
                          struct gw_place place,
                          const char *format,
                          ...)
{
    if (err == NULL) {
        return status;
    }
    char line[LINE_SIZE], where[64] = "";
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (place.line > 0 && place.column > 0) {
        snprintf(where, sizeof where, ":%d:%d", place.line, place.column);
    } else if (place.line > 0) {
        snprintf(where, sizeof where, ":%d", place.line);
    }
    gw_fail(err, status, "%s%s: %s", place.file, where, line);
    err->line = place.line;
    err->column = place.column;
    return status;
}

enum gw_status gw_fail_errno(
    struct gw_error *err, enum gw_status status, int number, const char *format, ...)
{
    if (err == NULL) {
        return status;
    }
    char line[LINE_SIZE], reason[128];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (strerror_r(number, reason, sizeof reason) != 0) {
        snprintf(reason, sizeof reason, "error %d", number);
    }
    /* A long text is cut in front of the reason, which says what to do about it. */
    size_t room = sizeof err->text - 1 - strlen(": ") - strlen(reason);
    return gw_fail(err, status, "%.*s: %s", (int)room, line, reason);
}

enum gw_status gw_fail_prefix(struct gw_error *err, const char *format, ...)
{
    assert(err != NULL);
    char line[LINE_SIZE];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    size_t length = strlen(line);
    snprintf(line + length, sizeof line - length, "%s", err->text);
    set_text(err, line);
    return err->status;
}

const char *gw_status_meaning(enum gw_status status)
{
    switch (status) {
#define X(name, code, meaning)                                                           \
    case GW_##name:                                                                      \
        return meaning;
        GW_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

void gw_die_hook(void (*hook)(int exit_code))
{
    die_hook = hook;
}

void gw_die(const char *format, ...)
{
    static const char lead[] = "gridwalk: error: ";
    char line[LINE_SIZE];
    memcpy(line, lead, sizeof lead);
    va_list list;
    va_start(list, format);
    vsnprintf(line + sizeof lead - 1, sizeof line - sizeof lead, format, list);
    va_end(list);
    make_one_line(line);
    size_t length = strlen(line);
    line[length++] = '\n';
    /* Nobody is left to tell when even stderr is closed. */
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;
    void (*hook)(int) = die_hook;
    die_hook = NULL; /* a hook that dies itself comes back here without one */
    if (hook != NULL) {
        hook(GW_SYSTEM);
    }
    _exit(GW_SYSTEM);
}
