/** Opening a plug-in's library. Runs its code: in a child process alone. */
#ifndef GRIDWALK_ENGINE_PLUGIN_LIBRARY_H
#define GRIDWALK_ENGINE_PLUGIN_LIBRARY_H

#include "gridwalk/base/error.h"
#include "gridwalk/engine/rules.h"
#include "gridwalk/strategy.h"

/**
 * Copy the descriptor of the library; what a smaller one lacks is 0. It stays loaded.
 * Errors   GW_CONFIG: see gw_plugin_ask (all but the parameters); texts begin with the
 * library's path.
 */
enum gw_status library_open(const struct gw_plugin_file *file,
                            struct gw_strategy *out,
                            struct gw_error *err) GW_MUST_CHECK;

/** The checks of library_open on a descriptor that is there. */
enum gw_status library_check(const char *path,
                             const struct gw_strategy *found,
                             struct gw_strategy *out,
                             struct gw_error *err) GW_MUST_CHECK;

#endif
