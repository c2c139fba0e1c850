#include "results_write.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BLOCK = 8192 };

enum gw_status gw_column_open(const char *path,
                              uint64_t rows,
                              struct gw_column *column,
                              struct gw_error *err)
{
    char *temporary = gw_file_temporary(path);
    struct gw_text name = {0};
    gw_text_printf(&name, "%s.objective", temporary);
    free(temporary);
    *column = (struct gw_column){.fd = -1, .rows = rows};
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

static off_t offset_of(const struct gw_column *column, size_t window, uint64_t row)
{
    return (off_t)((window * column->rows + row) * sizeof(double));
}

/* What was never written reads as 0: a reader that fills gaps only puts it back. */
static enum gw_status read_all(struct gw_column *column,
                               double *values,
                               size_t bytes,
                               off_t offset,
                               struct gw_error *err)
{
    char *to = (char *)values;
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

enum gw_status gw_column_write(struct gw_column *column,
                               const struct gw_results_box *box,
                               const double *values,
                               struct gw_error *err)
{
    for (size_t w = 0; w < box->windows; w++) {
        off_t offset = offset_of(column, box->window + w, box->first);
        if (!gw_file_put_at(column->fd, (uint64_t)offset, values + w * box->count,
                            box->count * sizeof *values)) {
            return gw_fail_errno(err, GW_SYSTEM, errno,
                                 "%s: cannot write the column of objectives beside it",
                                 column->path);
        }
    }
    return GW_OK;
}

enum gw_status gw_column_read(struct gw_column *column,
                              const struct gw_results_box *box,
                              double *out,
                              struct gw_error *err)
{
    for (size_t w = 0; w < box->windows; w++) {
        off_t offset = offset_of(column, box->window + w, box->first);
        GW_TRY(read_all(column, out + w * box->count, box->count * sizeof *out, offset,
                        err));
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
        GW_TRY(gw_column_read(column, &box, block, err));
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
    const int64_t selected = out->selected;
    *out = (struct gw_window_summary){.selected = selected, .low = NAN, .high = NAN};
    GW_TRY(walk_column(column, window, see_extent, out, err));
    return walk_column(column, window, see_bin, out, err);
}
