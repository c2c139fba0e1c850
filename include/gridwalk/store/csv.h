/**
 * CSV records from a plain or gzipped file, streamed: memory is one buffer, not the file.
 * Fields may be quoted ("" inside quotes); a line ends with LF or CRLF; a UTF-8 BOM is
 * skipped.
 */
#ifndef GRIDWALK_STORE_CSV_H
#define GRIDWALK_STORE_CSV_H

#include "gridwalk/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { GW_CSV_FIELDS = 64 };

struct gw_csv;

enum gw_status
gw_csv_open(const char *path, struct gw_csv **out, struct gw_error *err) GW_MUST_CHECK;
void gw_csv_close(struct gw_csv *csv);

/**
 * The next record: fields[0..count) are NUL-terminated and live until the next call.
 * Empty lines are skipped. *count_out = 0 at the end of the file. Errors   GW_DATA with
 * file:line: a line above 64 KiB, more than GW_CSV_FIELDS fields, an open quote at the
 * end, a damaged gzip stream, a NUL byte.
 */
enum gw_status gw_csv_next(struct gw_csv *csv,
                           const char **fields,
                           size_t *count_out,
                           struct gw_error *err) GW_MUST_CHECK;

/** Line number of the record last returned, 1-based. */
int gw_csv_line(const struct gw_csv *csv);

#endif
