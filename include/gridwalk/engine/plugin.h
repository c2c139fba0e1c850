/**
 * Strategies in C: rows of a plug-in, computed by the reference engine in a child process
 * (docs/plugins.md). A library that crashes or hangs loses the row it was at, not the
 * job.
 *
 * The library is opened in the child alone, for opening one runs its code. The child is
 * forked on first use and kept until it dies or the plug-in is freed.
 */
#ifndef GRIDWALK_ENGINE_PLUGIN_H
#define GRIDWALK_ENGINE_PLUGIN_H

#include "gridwalk/base/error.h"
#include "gridwalk/engine/setup.h"

enum { GW_PLUGIN_NAME = 64, GW_PLUGIN_DEATHS = 3 /* of a tile, then the rest fails */ };

struct gw_strategy;
struct gw_record;

/** What a library says of itself. A plain record. */
struct gw_plugin_facts {
    char name[GW_PLUGIN_NAME];
    bool fixed;      /* the look-back is the same for all parameters: */
    size_t lookback; /* this */
    size_t parameters;
    char parameter[GW_MAX_PARAMETERS][GW_PLUGIN_NAME];
    size_t axis[GW_MAX_PARAMETERS]; /* which of the experiment's parameters each is */
};

/** Pointers are borrowed for the life of what is made from it. */
struct gw_plugin_setup {
    const struct gw_plugin_file *file;
    const struct gw_strategy *strategy; /* instead of what the library holds; or NULL */
    const char *const *parameter;       /* [parameters] names of the experiment's */
    size_t parameters;
    const struct gw_engine_setup *engine; /* NULL: no rows, only questions */
};

/** Bars [begin, end] of one combination. */
struct gw_plugin_row {
    double value[GW_MAX_PARAMETERS];
    size_t begin, end;
};

struct gw_plugin;

struct gw_plugin *gw_plugin_new(const struct gw_plugin_setup *setup);
void gw_plugin_free(struct gw_plugin *plugin);

/** Called now and then while the child computes. */
void gw_plugin_set_poll(struct gw_plugin *plugin, void (*poll)(void *), void *context);

/**
 * What the library is.
 * Errors   GW_CONFIG: not a file that may be loaded, not the digest, no library, no
 * descriptor or a wrong one, a parameter that the experiment lacks, dead or too slow
 * while it was loaded.
 */
enum gw_status gw_plugin_ask(struct gw_plugin *plugin,
                             struct gw_plugin_facts *out,
                             struct gw_error *err) GW_MUST_CHECK;

/**
 * Look-backs of a block of combinations, in bars.
 * Shape    value: [parameters] pointers to columns [count]; out: [count]
 * Errors   as gw_plugin_ask; the library's function died.
 */
enum gw_status gw_plugin_lookbacks(struct gw_plugin *plugin,
                                   const double *const *value,
                                   size_t count,
                                   double *out,
                                   struct gw_error *err) GW_MUST_CHECK;

/** A tile begins: the deaths in the one before are forgotten. */
void gw_plugin_begin_tile(struct gw_plugin *plugin);

/**
 * Compute rows, in their order. One over which the child dies is GW_ROW_FAILED; after
 * GW_PLUGIN_DEATHS since the tile began so are all the others.
 * Errors   as gw_plugin_ask (the library was changed meanwhile).
 */
enum gw_status gw_plugin_run(struct gw_plugin *plugin,
                             const struct gw_plugin_row *row,
                             size_t count,
                             struct gw_row *out,
                             struct gw_error *err) GW_MUST_CHECK;

/** Compute one row, and what its metrics are made of, but scratch and benchmark, in
 * memory that lasts until the next question. *simulated_out: there is such a thing.
 * Errors as gw_plugin_run. */
enum gw_status gw_plugin_record(struct gw_plugin *plugin,
                                const struct gw_plugin_row *row,
                                bool *simulated_out,
                                struct gw_record *out,
                                struct gw_error *err) GW_MUST_CHECK;

/** Why the first row that failed in the last gw_plugin_run did, as the end of a sentence
 *  about the plug-in; "" when it is not known. */
const char *gw_plugin_failure(const struct gw_plugin *plugin);

/** What the reference engine's column cache did, as far as this child has told. */
struct gw_cache_stats gw_plugin_stats(const struct gw_plugin *plugin);

/* ---- in this process: inside gw_guard only ---- */

struct gw_driver;

/** Load the library here and drive it. Errors as gw_plugin_ask. */
enum gw_status gw_driver_open(const struct gw_plugin_setup *setup,
                              struct gw_driver **out,
                              struct gw_error *err) GW_MUST_CHECK;
void gw_driver_close(struct gw_driver *driver);

const struct gw_plugin_facts *gw_driver_facts(const struct gw_driver *driver);

/** What the reference engine asks; valid until the driver is closed. */
struct gw_decider *gw_driver_decider(struct gw_driver *driver);

/** As gw_plugin_failure, of the row last run; "" when it did not fail. */
const char *gw_driver_failure(const struct gw_driver *driver);

/**
 * Do work in a child process and return what it returns; its output is this process's.
 * Errors   those of the work; GW_ROWS: the child died, or worked for more than `seconds`.
 */
enum gw_status gw_guard(enum gw_status (*work)(void *context, struct gw_error *err),
                        void *context,
                        double seconds,
                        struct gw_error *err) GW_MUST_CHECK;

#endif
