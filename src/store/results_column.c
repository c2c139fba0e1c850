#include "results_write.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BLOCK = 8192 };

/* Bytes of a row in a part; 0: the plan has no use for it. */
static size_t part_bytes(const struct gw_plan *plan, enum gw_column_part part)
{
    enum gw_select select = plan->experiment->objective.select;
    switch (part) {
    case GW_COLUMN_ON:
        return sizeof(double);
    case GW_COLUMN_TEST:
        return plan->segments > GW_TEST ? sizeof(double) : 0;
    default:
        return select == GW_SELECT_PLATEAU || select == GW_SELECT_KEEP ? 1 : 0;
    }
}

double gw_results_column_bytes(const struct gw_plan *plan, double feasible)
{
    size_t bytes = 0;
    for (enum gw_column_part part = 0; part < GW_COLUMN_PARTS; part++) {
        bytes += part_bytes(plan, part);
    }
    return (double)bytes * feasible * (double)plan->windows;
}

enum gw_status gw_column_open(const char *path,
                              const struct gw_plan *plan,
                              uint64_t rows,
                              struct gw_column *column,
                              struct gw_error *err)
{
    char *temporary = gw_file_temporary(path);
    struct gw_text name = {0};
    gw_text_printf(&name, "%s.objective", temporary);
    free(temporary);
    *column = (struct gw_column){.fd = -1, .rows = rows};
    uint64_t begin = 0;
    for (enum gw_column_part part = 0; part < GW_COLUMN_PARTS; part++) {
        column->begin[part] = begin;
        column->bytes[part] = part_bytes(plan, part);
        begin += column->bytes[part] * rows * plan->windows;
    }
    column->fd = open(name.data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (column->fd < 0) {
        gw_fail_errno(err, GW_SYSTEM, errno, "cannot create %s", name.data);
        gw_text_clear(&name);
        return GW_SYSTEM;
    }
    unlink(name.data);
    gw_text_clear(&name);
    column->path = gw_strdup(path);
    return GW_OK;
}

void gw_column_close(struct gw_column *column)
{
    if (column->fd >= 0) {
        close(column->fd);
    }
    column->fd = -1;
    free(column->path);
    column->path = NULL;
}

/* What was never written reads as 0: a reader that fills gaps only puts it back. */
static enum gw_status read_all(
    struct gw_column *column, char *to, size_t bytes, off_t offset, struct gw_error *err)
{
    while (bytes > 0) {
        ssize_t done = pread(column->fd, to, bytes, offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return gw_fail_errno(err, GW_SYSTEM, errno,
                                 "%s: cannot read the column of objectives beside it",
                                 column->path);
        }
        if (done == 0) {
            memset(to, 0, bytes);
            return GW_OK;
        }
        to += done;
        bytes -= (size_t)done;
        offset += done;
    }
    return GW_OK;
}

/* Where a window's rows of a box stand in the file. */
static uint64_t place_of(const struct gw_column *column,
                         enum gw_column_part part,
                         const struct gw_results_box *box,
                         size_t window)
{
    uint64_t row = (box->window + window) * column->rows + box->first;
    return column->begin[part] + row * column->bytes[part];
}

enum gw_status gw_column_write(struct gw_column *column,
                               enum gw_column_part part,
                               const struct gw_results_box *box,
                               const void *values,
                               struct gw_error *err)
{
    size_t line = (size_t)box->count * column->bytes[part];
    for (size_t w = 0; w < box->windows; w++) {
        const char *from = (const char *)values + w * line;
        if (!gw_file_put_at(column->fd, place_of(column, part, box, w), from, line)) {
            return gw_fail_errno(err, GW_SYSTEM, errno,
                                 "%s: cannot write the column of objectives beside it",
                                 column->path);
        }
    }
    return GW_OK;
}

enum gw_status gw_column_read(struct gw_column *column,
                              enum gw_column_part part,
                              const struct gw_results_box *box,
                              void *out,
                              struct gw_error *err)
{
    size_t line = (size_t)box->count * column->bytes[part];
    for (size_t w = 0; w < box->windows; w++) {
        GW_TRY(read_all(column, (char *)out + w * line, line,
                        (off_t)place_of(column, part, box, w), err));
    }
    return GW_OK;
}

/* The bin of a value in [low, high]; halves keep the difference of two finite numbers
 * finite. */
static size_t bin_of(double value, double low, double high)
{
    double width = high / 2 - low / 2;
    if (!(width > 0)) {
        return 0;
    }
    double place = (value / 2 - low / 2) / width * GW_BINS;
    size_t bin = (size_t)place;
    return bin < GW_BINS ? bin : GW_BINS - 1;
}

typedef void see_fn(struct gw_window_summary *summary, double value);

static void see_extent(struct gw_window_summary *summary, double value)
{
    summary->low = summary->count == 0 || value < summary->low ? value : summary->low;
    summary->high = summary->count == 0 || value > summary->high ? value : summary->high;
    summary->count++;
    summary->sum += value;
    summary->squares += value * value;
}

static void see_bin(struct gw_window_summary *summary, double value)
{
    summary->bin[bin_of(value, summary->low, summary->high)]++;
}

/* Show every finite objective of a window to `see`, in ascending combination order. */
static enum gw_status walk_column(struct gw_column *column,
                                  size_t window,
                                  see_fn *see,
                                  struct gw_window_summary *summary,
                                  struct gw_error *err)
{
    double block[READ_BLOCK] = {0};
    for (uint64_t first = 0; first < column->rows; first += READ_BLOCK) {
        uint64_t left = column->rows - first;
        size_t count = left < READ_BLOCK ? (size_t)left : READ_BLOCK;
        const struct gw_results_box box = {window, 1, first, count};
        GW_TRY(gw_column_read(column, GW_COLUMN_ON, &box, block, err));
        for (size_t i = 0; i < count; i++) {
            if (isfinite(block[i])) {
                see(summary, block[i]);
            }
        }
    }
    return GW_OK;
}

enum gw_status gw_column_summarize(struct gw_column *column,
                                   size_t window,
                                   struct gw_window_summary *out,
                                   struct gw_error *err)
{
    *out = (struct gw_window_summary){.low = NAN, .high = NAN};
    GW_TRY(walk_column(column, window, see_extent, out, err));
    return walk_column(column, window, see_bin, out, err);
}
