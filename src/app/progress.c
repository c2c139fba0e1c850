#include "progress.h"

#include "gridwalk/base/text.h"
#include "gridwalk/base/time.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 24 };
static const double LINE_SECONDS = 10;

void gw_progress_start(struct gw_progress *progress,
                       uint64_t tiles,
                       uint64_t rows,
                       uint64_t kept,
                       bool quiet)
{
    double now = gw_clock();
    *progress = (struct gw_progress){.quiet = quiet,
                                     .terminal = isatty(STDERR_FILENO) == 1,
                                     .started = now,
                                     .last = now,
                                     .tiles = tiles,
                                     .rows = rows,
                                     .kept = kept};
}

static void print_text(const char *text, size_t length)
{
    ssize_t written = write(STDERR_FILENO, text, length);
    (void)written; /* progress that cannot be shown is no failure */
}

static void draw(const struct gw_progress *progress, uint64_t done, double now)
{
    double share = (double)done / (double)progress->tiles;
    double seconds = now - progress->started;
    char rate[32] = "-", left[32] = "-", line[256], bar[BAR + 1];
    if (done > progress->kept && seconds > 0) {
        double tiles_per_second = (double)(done - progress->kept) / seconds;
        double rows_per_tile = (double)progress->rows / (double)progress->tiles;
        gw_format_count((uint64_t)(tiles_per_second * rows_per_tile), rate, sizeof rate);
        gw_format_seconds((double)(progress->tiles - done) / tiles_per_second, left,
                          sizeof left);
    }
    size_t filled = (size_t)(share * BAR);
    memset(bar, ' ', BAR);
    memset(bar, '=', filled);
    bar[BAR] = '\0';
    int length;
    if (progress->terminal) {
        length = snprintf(line, sizeof line,
                          "\r\033[K[%s] %3.0f %%  %llu/%llu tiles  %s rows/s  ETA %s",
                          bar, 100 * share, (unsigned long long)done,
                          (unsigned long long)progress->tiles, rate, left);
    } else {
        length = snprintf(line, sizeof line,
                          "gridwalk: %llu of %llu tiles (%.0f %%), %s rows/s, %s left\n",
                          (unsigned long long)done, (unsigned long long)progress->tiles,
                          100 * share, rate, left);
    }
    print_text(line, (size_t)length);
}

void gw_progress_update(struct gw_progress *progress, uint64_t done)
{
    double now = gw_clock();
    if (progress->quiet || progress->tiles == 0 ||
        (!progress->terminal && now - progress->last < LINE_SECONDS)) {
        return;
    }
    progress->last = now;
    progress->drawn = true;
    draw(progress, done, now);
}

void gw_progress_end(const struct gw_progress *progress)
{
    if (progress->drawn && progress->terminal) {
        print_text("\r\033[K", 4);
    }
}
