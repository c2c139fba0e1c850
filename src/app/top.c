/* top: how a run goes, from its FILE.status.json; live on a terminal, else once. */
#include "command.h"

#include "gridwalk/base/time.h"
#include "gridwalk/report/live.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const double REDRAW_SECONDS = 1;
enum { POLL_MS = 100 };

/* A terminal that is watched: how it was, and what has been seen on it. */
struct watch {
    struct termios before;
    bool keys;        /* keys can be read from stdin, and `before` holds */
    double begin;     /* gw_clock when the watch began */
    double changed;   /* gw_clock when the file changed under our eyes; 0 = never */
    char started[24]; /* of the file, the last time */
    char updated[24];
    bool gone;      /* the last time */
    bool elsewhere; /* it was renewed nevertheless: from another host of this name */
};

/* Whether stdout is a terminal that takes orders. */
static bool is_screen(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) == 1 && term != NULL && term[0] != '\0' &&
           strcmp(term, "dumb") != 0;
}

static bool has_colour(void)
{
    const char *no = getenv("NO_COLOR");
    return is_screen() && (no == NULL || no[0] == '\0');
}

static struct gw_live_view terminal_view(void)
{
    struct gw_live_view view = {.height = 24, .width = 80, .colour = has_colour()};
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
        size.ws_col > 0) {
        view.height = size.ws_row;
        view.width = size.ws_col;
    }
    return view;
}

/* The record, and whether its run is no more: by a record that is younger than that,
 * since it may just have ended well. */
static enum gw_status read_run(const char *path,
                               struct gw_live_record *out,
                               bool *gone_out,
                               struct gw_error *err)
{
    GW_TRY(gw_live_read(path, out, err));
    *gone_out = !gw_live_final(out) && gw_live_gone(out);
    if (*gone_out) {
        gw_live_clear(out);
        GW_TRY(gw_live_read(path, out, err));
        *gone_out = gw_live_gone(out); /* another run may be there by now */
    }
    return GW_OK;
}

/* A change seen here says more than two hosts' clocks, and than who is gone. */
static void notice(struct watch *watch,
                   const struct gw_live_record *record,
                   bool gone,
                   struct gw_live_view *view)
{
    double now = gw_clock();
    bool first = watch->updated[0] == '\0';
    bool same = strcmp(watch->started, record->started) == 0;
    if (!first && strcmp(watch->updated, record->updated) != 0) {
        watch->changed = now;
        watch->elsewhere = same && (watch->elsewhere || watch->gone);
    }
    memcpy(watch->started, record->started, sizeof watch->started);
    memcpy(watch->updated, record->updated, sizeof watch->updated);
    watch->gone = gone;
    view->gone = gone && !watch->elsewhere;
    view->age = watch->changed > 0 ? now - watch->changed
                                   : fmax(gw_live_age(record), now - watch->begin);
}

/* Signals wait until they are asked for: nothing may end us with the keys turned off. */
static void watch_begin(struct watch *watch)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    if (isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &watch->before) == 0) {
        struct termios now = watch->before;
        now.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* each key at once, unseen */
        now.c_cc[VMIN] = 0;
        now.c_cc[VTIME] = 0;
        watch->keys = tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
    }
}

static void watch_end(const struct watch *watch)
{
    if (watch->keys) {
        tcsetattr(STDIN_FILENO, TCSANOW, &watch->before);
    }
}

static bool signalled(void)
{
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
           sigismember(&pending, SIGHUP) == 1;
}

/* Until it is time to draw again; true when the user has seen enough. */
static bool wait_or_end(const struct watch *watch)
{
    double begin = gw_clock();
    while (gw_clock() - begin < REDRAW_SECONDS) {
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = poll(&input, watch->keys ? 1 : 0, POLL_MS);
        char key = 0;
        if (signalled()) {
            return true;
        }
        if (ready > 0 && (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q')) {
            return true; /* a terminal that is gone reads as nothing */
        }
    }
    return false;
}

/* The lines in place of what stood there. */
static enum gw_status redraw(const struct gw_text *lines, struct gw_error *err)
{
    struct gw_text screen = {0};
    gw_text_printf(&screen, "\033[H");
    for (const char *c = lines->data; *c != '\0';) {
        size_t length = strcspn(c, "\n");
        gw_text_printf(&screen, "\033[K"); /* before: it would take a last column */
        gw_text_append(&screen, c, length);
        gw_text_append(&screen, "\n", 1);
        c += length + (c[length] == '\n');
    }
    gw_text_printf(&screen, "\033[J");
    return gw_print(&screen, err);
}

/* One picture; in a row of them each takes the place of the one before. */
static enum gw_status
draw(struct watch *watch, const char *path, bool *final_out, struct gw_error *err)
{
    struct gw_live_record record;
    struct gw_text lines = {0};
    struct gw_live_view view = terminal_view();
    bool gone;
    GW_TRY(read_run(path, &record, &gone, err));
    notice(watch, &record, gone, &view);
    gw_live_show(&record, &view, &lines);
    *final_out = gw_live_final(&record);
    gw_live_clear(&record);
    enum gw_status status = redraw(&lines, err);
    gw_text_clear(&lines);
    return status;
}

static enum gw_status follow(const char *path, struct gw_error *err)
{
    struct watch watch = {.begin = gw_clock()};
    struct gw_text clear = {0};
    enum gw_status status;
    bool final = false;
    gw_text_printf(&clear, "\033[2J");
    GW_TRY(gw_print(&clear, err));
    watch_begin(&watch);
    do {
        status = draw(&watch, path, &final, err);
    } while (status == GW_OK && !final && !wait_or_end(&watch));
    watch_end(&watch);
    return status;
}

static enum gw_status run_top(const struct gw_arguments *arguments, struct gw_error *err)
{
    const char *path = arguments->positional[0];
    struct gw_text text = {0};
    if (gw_switch(arguments, "json")) {
        GW_TRY(gw_live_json(path, &text, err));
        return gw_print(&text, err);
    }
    struct gw_live_record record;
    bool gone;
    GW_TRY(read_run(path, &record, &gone, err));
    bool final = gw_live_final(&record);
    if (gw_switch(arguments, "once") || final || !is_screen()) {
        struct gw_live_view view = {.width = 0};
        if (isatty(STDOUT_FILENO) == 1) {
            view = terminal_view();
        }
        view.width = 0;
        view.age = gw_live_age(&record);
        view.gone = gone;
        gw_live_show(&record, &view, &text);
        gw_live_clear(&record);
        return gw_print(&text, err);
    }
    gw_live_clear(&record);
    return follow(path, err);
}

static const struct gw_option top_options[] = {
    {"once", 0, NULL, "print once, also on a terminal"},
    {"json", 0, NULL, "print the status file itself, once"},
    {NULL, 0, NULL, NULL},
};

const struct gw_command gw_command_top = {
    .name = "top",
    .positional = "RESULTS",
    .help = "how a run goes, live: tiles, rate, ETA, each rank",
    .more =
        "RESULTS is the -o of a run, or its RESULTS.status.json. On a terminal it is\n"
        "drawn again each second until the run has ended, or q or Ctrl-C; where not all\n"
        "ranks have room the lost ones come first, then those silent for longest.\n"
        "Elsewhere all is printed once. A run that was not renewed for 10 s is silent:\n"
        "killed, stopped, or its host is gone; on this host a killed one is seen at "
        "once.\n",
    .option = top_options,
    .run = run_top,
};
