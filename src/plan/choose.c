#include "gridwalk/plan/choose.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdlib.h>

static bool on_edge(const struct gw_space *space, uint64_t k)
{
    size_t index[GW_MAX_PARAMETERS];
    bool edge = false;
    gw_space_decode(space, k, index);
    for (size_t a = 0; a < space->axes; a++) {
        size_t count = space->axis[a].count;
        edge = edge || (count > 1 && (index[a] == 0 || index[a] == count - 1));
    }
    return edge;
}

/* Cash until something is picked. */
static void begin(struct gw_choice *out)
{
    *out = (struct gw_choice){.raw_best = -1, .raw_best_rank = -1};
}

static void pick(const struct gw_plan *plan, uint64_t k, struct gw_choice *out)
{
    out->k[out->picks++] = k;
    out->edge = out->edge || (out->picks == 1 && on_edge(&plan->space, k));
}

/* Whether rows of that rank, of which the best of a window is one, are chosen from. */
static bool choosable(const struct gw_plan *plan, int rank)
{
    return rank == GW_SCORE_MET ||
           (rank == GW_SCORE_UNMET && plan->experiment->objective.otherwise_best);
}

size_t gw_choice_room(const struct gw_plan *plan)
{
    const struct gw_objective *objective = &plan->experiment->objective;
    return objective->select == GW_SELECT_TOP ? (size_t)objective->top : 1;
}

void gw_choose_first(const struct gw_plan *plan,
                     const struct gw_score *first,
                     size_t count,
                     struct gw_choice *out)
{
    size_t room = gw_choice_room(plan);
    begin(out);
    if (count == 0 || !choosable(plan, first[0].rank)) {
        return;
    }
    for (size_t i = 0; i < count && i < room && first[i].rank == first[0].rank; i++) {
        pick(plan, first[i].k, out);
    }
    for (size_t i = 0; i < out->picks; i++) {
        out->weight[i] = 1 / (double)out->picks;
    }
}

void gw_choose_keep(const struct gw_plan *plan,
                    const struct gw_score *best,
                    const struct gw_score *previous,
                    struct gw_choice *out)
{
    double allowed = plan->experiment->objective.tolerance * fabs(best->value);
    bool stays = false;
    if (previous != NULL && previous->rank == GW_SCORE_MET) {
        /* A share of an infinite best would let anything stay. */
        stays = previous->value >= best->value ||
                (isfinite(best->value) && best->value - previous->value <= allowed);
    }
    begin(out);
    if (stays || choosable(plan, best->rank)) {
        pick(plan, stays ? previous->k : best->k, out);
        out->weight[0] = 1;
    }
}

/* ---- plateau ---- */

/* The neighbourhood of one combination. */
struct pool {
    const struct gw_plan *plan;
    const struct gw_surface *surface;
    uint64_t stride[GW_MAX_PARAMETERS];
    size_t count;
    double sum, least;
    double *value; /* [neighbours], NULL: not wanted */
};

/* The most combinations that a neighbourhood has. */
static double most_neighbours(const struct gw_plan *plan)
{
    double width = 2 * (double)plan->experiment->objective.radius + 1, count = 1;
    for (size_t a = 0; a < plan->space.axes; a++) {
        count *= fmin(width, (double)plan->space.axis[a].count);
    }
    return count;
}

static void
open_pool(struct pool *pool, const struct gw_plan *plan, const struct gw_surface *surface)
{
    uint64_t stride = 1;
    *pool = (struct pool){.plan = plan, .surface = surface};
    for (size_t a = plan->space.axes; a-- > 0;) {
        pool->stride[a] = stride;
        stride *= plan->space.axis[a].count;
    }
    if (plan->experiment->objective.plateau == GW_PLATEAU_MEDIAN) {
        pool->value = gw_calloc((size_t)most_neighbours(plan), sizeof *pool->value);
    }
}

/* Neighbours side by side on the last axis. */
static void add_line(struct pool *pool, uint64_t first, size_t count)
{
    const uint8_t *rank = pool->surface->rank + first;
    const double *value = pool->surface->value + first;
    for (size_t i = 0; i < count; i++) {
        bool ruined = rank[i] == GW_SCORE_RUINED;
        if (rank[i] > GW_SCORE_UNMET && !ruined) {
            continue;
        }
        double x = ruined ? -INFINITY : value[i];
        pool->sum += x;
        pool->least = x < pool->least ? x : pool->least;
        if (pool->value != NULL) {
            pool->value[pool->count] = x;
        }
        pool->count++;
    }
}

/* Gather in ascending order of the numbers, which the sum keeps to. */
static void gather(struct pool *pool, uint64_t k)
{
    const struct gw_space *space = &pool->plan->space;
    size_t low[GW_MAX_PARAMETERS], high[GW_MAX_PARAMETERS], at[GW_MAX_PARAMETERS];
    size_t radius = (size_t)pool->plan->experiment->objective.radius, lines = 1;
    uint64_t first = 0;
    gw_space_decode(space, k, at);
    for (size_t a = 0; a < space->axes; a++) {
        size_t last = space->axis[a].count - 1;
        low[a] = at[a] > radius ? at[a] - radius : 0;
        high[a] = last - at[a] > radius ? at[a] + radius : last;
        lines *= a + 1 < space->axes ? high[a] - low[a] + 1 : 1;
        at[a] = low[a];
        first += low[a] * pool->stride[a];
    }
    size_t width = space->axes > 0 ? high[space->axes - 1] - low[space->axes - 1] + 1 : 1;
    pool->count = 0;
    pool->sum = 0;
    pool->least = INFINITY;
    for (size_t line = 0; line < lines; line++) {
        add_line(pool, first, width);
        for (size_t a = space->axes > 0 ? space->axes - 1 : 0; a-- > 0;) {
            first += pool->stride[a];
            if (++at[a] <= high[a]) {
                break;
            }
            first -= (high[a] - low[a] + 1) * pool->stride[a];
            at[a] = low[a];
        }
    }
}

static double median(double *value, size_t count)
{
    gw_select_smallest(value, count, count / 2);
    double upper = value[count / 2], lower = value[0];
    if (count % 2 != 0) {
        return upper;
    }
    for (size_t i = 1; i < count / 2; i++) {
        lower = value[i] > lower ? value[i] : lower;
    }
    return (lower + upper) / 2;
}

/* Of a combination with an objective: it is its own neighbour. */
static double smooth(struct pool *pool, uint64_t k)
{
    gather(pool, k);
    switch (pool->plan->experiment->objective.plateau) {
    case GW_PLATEAU_MIN:
        return pool->least;
    case GW_PLATEAU_MEDIAN:
        return median(pool->value, pool->count);
    default:
        return pool->sum / (double)pool->count;
    }
}

/* The rank that is chosen from: the best there is. */
static int best_rank(const struct gw_surface *surface, uint64_t total)
{
    int best = GW_SCORE_HOLE;
    for (uint64_t k = 0; k < total; k++) {
        best = surface->rank[k] < best ? surface->rank[k] : best;
    }
    return best;
}

/* The first of the largest values of that rank above -INFINITY; -1: there is none. */
static int64_t find_largest(const struct gw_surface *surface,
                            const double *value,
                            int rank,
                            uint64_t total)
{
    int64_t best = -1;
    for (uint64_t k = 0; k < total; k++) {
        if (surface->rank[k] == rank && value[k] > -INFINITY &&
            (best < 0 || value[k] > value[best])) {
            best = (int64_t)k;
        }
    }
    return best;
}

/* Its place among those of its rank, from 1; -1: it can be chosen by no means. */
static int64_t place_of(const struct gw_surface *surface,
                        const double *smoothed,
                        uint64_t k,
                        uint64_t total)
{
    int64_t place = 1;
    if (!(smoothed[k] > -INFINITY)) {
        return -1;
    }
    for (uint64_t i = 0; i < total; i++) {
        bool before = smoothed[i] > smoothed[k] || (smoothed[i] == smoothed[k] && i < k);
        place += surface->rank[i] == surface->rank[k] && before;
    }
    return place;
}

/* The number `best` would choose: all may be infinitely bad. */
static uint64_t find_raw(const struct gw_surface *surface, int rank, uint64_t total)
{
    int64_t best = find_largest(surface, surface->value, rank, total);
    uint64_t k = 0;
    while (best < 0 && surface->rank[k] != rank) {
        k++;
    }
    return best < 0 ? k : (uint64_t)best;
}

void gw_choose_plateau(const struct gw_plan *plan,
                       const struct gw_surface *surface,
                       struct gw_choice *out)
{
    uint64_t total = plan->space.total;
    int rank = best_rank(surface, total);
    begin(out);
    if (!choosable(plan, rank)) {
        return;
    }
    struct pool pool;
    double *smoothed = gw_calloc((size_t)total, sizeof *smoothed);
    open_pool(&pool, plan, surface);
    for (uint64_t k = 0; k < total; k++) {
        if (surface->rank[k] == rank) {
            smoothed[k] = smooth(&pool, k);
        }
    }
    int64_t chosen = find_largest(surface, smoothed, rank, total);
    if (chosen >= 0) {
        pick(plan, (uint64_t)chosen, out);
        out->weight[0] = 1;
    }
    uint64_t raw = find_raw(surface, rank, total);
    out->raw_best = (int64_t)raw;
    out->raw_best_rank = place_of(surface, smoothed, raw, total);
    free(pool.value);
    free(smoothed);
}

double gw_choose_bytes(const struct gw_plan *plan)
{
    const struct gw_objective *objective = &plan->experiment->objective;
    if (objective->select != GW_SELECT_PLATEAU) {
        return 0;
    }
    double combination = sizeof(double) + sizeof(uint8_t) + sizeof(double);
    double bytes = combination * (double)plan->space.total;
    if (objective->plateau == GW_PLATEAU_MEDIAN) {
        bytes += sizeof(double) * most_neighbours(plan);
    }
    return bytes;
}

/* Along an axis of n places: (2 radius + 1) n, less what lies beyond its ends. */
static double pairs_on_axis(double n, double radius)
{
    radius = fmin(radius, n - 1);
    return n * (2 * radius + 1) - radius * (radius + 1);
}

double gw_choose_looks(const struct gw_plan *plan)
{
    const struct gw_objective *objective = &plan->experiment->objective;
    double looks = (double)plan->windows;
    if (objective->select != GW_SELECT_PLATEAU) {
        return 0;
    }
    for (size_t a = 0; a < plan->space.axes; a++) {
        looks *=
            pairs_on_axis((double)plan->space.axis[a].count, (double)objective->radius);
    }
    return looks * (double)gw_space_count(&plan->space).count / (double)plan->space.total;
}
