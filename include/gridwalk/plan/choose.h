/**
 * Choosing combinations of a window from the scores of the segment that is chosen on
 * (docs/semantics.md, section 9). Pure functions: rank 0 calls them when all tiles are
 * in.
 */
#ifndef GRIDWALK_PLAN_CHOOSE_H
#define GRIDWALK_PLAN_CHOOSE_H

#include "gridwalk/plan/plan.h"

enum { GW_PICKS = 100 }; /* of a window, at most */

/** What was chosen of a window. */
struct gw_choice {
    size_t picks;            /* 0: cash */
    uint64_t k[GW_PICKS];    /* combination numbers, best first */
    double weight[GW_PICKS]; /* share of the capital, 1 / picks */
    bool edge;               /* the first lies at an end of an axis of several values */
    int64_t raw_best;        /* plateau: the number `best` would choose, -1 none */
    int64_t raw_best_rank; /* plateau: its place (1 = chosen) by the smoothed surface, -1
                              where that is NaN or infinitely bad there */
};

/** How many picks a window has room for: objective.top, 1 for the other ways. */
size_t gw_choice_room(const struct gw_plan *plan);

/** best and top. `first`: the best scores of the window in order, `count` of them, at
 *  least min(room, combinations). */
void gw_choose_first(const struct gw_plan *plan,
                     const struct gw_score *first,
                     size_t count,
                     struct gw_choice *out);

/** keep. `best`: the best score of the window; `previous`: the score, in this window, of
 *  what the window before chose, NULL when that was cash or there was none. It stays
 *  where best - previous <= tolerance |best|, or both are infinite alike. */
void gw_choose_keep(const struct gw_plan *plan,
                    const struct gw_score *best,
                    const struct gw_score *previous,
                    struct gw_choice *out);

enum {
    GW_SCORE_HOLE = GW_SCORE_RANKS
}; /* of a combination that the constraints leave out */

/** One window's scores on the rectangle: all [space.total] combination numbers. */
struct gw_surface {
    double *value; /* as in gw_score */
    uint8_t *rank; /* as in gw_score, or GW_SCORE_HOLE */
};

/** plateau. Memory beside the surface: 8 B a combination of the rectangle, and with a
 *  median 8 B a neighbour. */
void gw_choose_plateau(const struct gw_plan *plan,
                       const struct gw_surface *surface,
                       struct gw_choice *out);

/** Bytes that choosing takes in memory whatever limits.memory says: the surface and what
 *  gw_choose_plateau adds, 0 for the other ways. */
double gw_choose_bytes(const struct gw_plan *plan);

/** How often a plateau looks at a neighbour, in all windows, where every combination has
 *  an objective; exact without constraints. 0 for the other ways. */
double gw_choose_looks(const struct gw_plan *plan);

#endif
