/** The inputs of a finished run, which its record beside the results names. */
#ifndef GRIDWALK_APP_RECORDED_H
#define GRIDWALK_APP_RECORDED_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

/** Append the path of the bundle, taken from here or from beside the results. Errors:
 *  GW_USAGE when there is no record, or no bundle where it says. */
enum gw_status gw_recorded_bundle(const char *results,
                                  struct gw_text *path_out,
                                  struct gw_error *err) GW_MUST_CHECK;

/** Append the --set that puts a plug-in's library (`named`, or when NULL the one of the
 * record) in the place of the path that the experiment had; nothing where neither is
 * known. Errors: GW_USAGE when there is no file where the record says. */
enum gw_status gw_recorded_library(const char *results,
                                   const char *named,
                                   struct gw_text *set_out,
                                   struct gw_error *err) GW_MUST_CHECK;

#endif
