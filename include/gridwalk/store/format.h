/** Which of our files a path holds, by what the file says of itself. */
#ifndef GRIDWALK_STORE_FORMAT_H
#define GRIDWALK_STORE_FORMAT_H

#include "gridwalk/base/error.h"

enum gw_format { GW_FORMAT_OTHER, GW_FORMAT_BUNDLE, GW_FORMAT_RESULTS };

/** Read a file's format in a child with limits. Errors: GW_DATA when it cannot be opened
 * as HDF5. */
enum gw_status
gw_format_of(const char *path, enum gw_format *out, struct gw_error *err) GW_MUST_CHECK;

/**
 * Whether `path` may become a file of this format: its directory is there and writable,
 * and what stands at `path`, if anything, is of the same format (else it may be an
 * input). Errors   GW_SYSTEM; GW_USAGE for a file of another kind.
 */
enum gw_status gw_format_check_output(const char *path,
                                      enum gw_format format,
                                      struct gw_error *err) GW_MUST_CHECK;

#endif
