/**
 * A plan: an experiment bound to a bundle's calendar and assets, cut into windows and
 * tiles. Every rank builds the same plan from the same bytes.
 */
#ifndef GRIDWALK_PLAN_PLAN_H
#define GRIDWALK_PLAN_PLAN_H

#include "gridwalk/engine/plugin.h"
#include "gridwalk/engine/setup.h"
#include "gridwalk/plan/experiment.h"

enum { GW_RUN = 64 }; /* combinations of a run */

/** How (grid x windows) is cut; depends on the experiment and the bundle's dims alone. */
struct gw_tiling {
    size_t order[GW_MAX_PARAMETERS]; /* axes, slowest first; the lane axes last */
    uint64_t lanes;                  /* product of the lane axes' counts (1 when none) */
    uint64_t runs_per_line;          /* ceil(lanes / GW_RUN) */
    uint64_t runs;                   /* in all: lines x runs_per_line */
    uint64_t runs_per_tile;
    size_t windows_per_tile;
    uint64_t window_groups; /* ceil(windows / windows_per_tile) */
    uint64_t tiles;
};

/** One tile: consecutive runs x consecutive windows. */
struct gw_tile {
    uint64_t first_run, runs;
    size_t first_window, windows;
};

struct gw_plan {
    const struct gw_experiment *experiment; /* not owned */
    size_t *asset;                          /* [assets] panel indices, ascending */
    size_t assets;
    size_t benchmark;         /* panel index, SIZE_MAX: none */
    double *benchmark_return; /* [T] at each bar of the calendar; NULL: none */
    struct gw_space space;
    struct gw_window *window; /* [windows] */
    size_t windows;
    size_t segments; /* 1 (train), 2 (test too) or 3 (validation too) */
    struct gw_tiling tiling;
    size_t lookback;     /* largest over the combinations, in bars */
    bool lookback_exact; /* false: from the corners of a rectangle above 10^7 */
    double periods;
    const char *parameter[GW_MAX_PARAMETERS]; /* [space.axes] their names */
    struct gw_plugin_facts plugin; /* of strategy.plugin; its name is "" without */
};

/**
 * Bind an experiment to a panel.
 * Errors   GW_CONFIG: an unknown asset (with the nearest), a period outside the bundle,
 * no combination left, a number argument invalid for a feasible combination (checked up
 * to 10^7), no window fits; a plug-in that cannot be loaded (gw_plugin_ask).
 */
enum gw_status gw_plan_make(const struct gw_experiment *experiment,
                            const struct gw_panel *panel,
                            const struct gw_portal *portal,
                            struct gw_plan **out,
                            struct gw_error *err) GW_MUST_CHECK;
void gw_plan_free(struct gw_plan *plan);

/** What an engine is given for a plan; the caller sets its limits of memory. The portal
 * is of the plan's panel and basis. */
struct gw_engine_setup gw_plan_setup(const struct gw_plan *plan,
                                     const struct gw_portal *portal);

/** What a plan's plug-in is run with. The engine's setup is one of the plan; NULL: the
 * plug-in is only asked. */
struct gw_plugin_setup gw_plan_plugin(const struct gw_plan *plan,
                                      const struct gw_engine_setup *engine);

/** Tile number `id` (< tiling.tiles). Window groups vary fastest. */
struct gw_tile gw_plan_tile(const struct gw_plan *plan, uint64_t id);

/** About how long tile `id` takes compared with others: the bars of its windows times the
 *  feasible combinations of a run in its middle. */
double gw_plan_weight(const struct gw_plan *plan, uint64_t id);

/** The feasible combinations of one run, in lane order. Shape k_out [GW_RUN]. */
size_t gw_plan_run(const struct gw_plan *plan, uint64_t run, uint64_t *k_out);

/** Bytes of one row of a payload (payload.h): its status and all metrics. */
size_t gw_plan_row_bytes(const struct gw_plan *plan);

/** Bytes of the longest payload of a tile. */
size_t gw_plan_payload_max(const struct gw_plan *plan);

/** Which of the experiment's metrics the objective is; [metrics] of an expression. */
size_t gw_plan_objective(const struct gw_plan *plan);

#endif
