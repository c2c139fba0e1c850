/** Private to plan: where the parts of a payload with keep: {top: N} stand. */
#ifndef GRIDWALK_PLAN_PACKED_H
#define GRIDWALK_PLAN_PACKED_H

#include "gridwalk/plan/payload.h"

/** Where each begins, behind the statuses. */
struct packed {
    size_t objectives, kept, rows;
};

static inline struct packed packed_parts(size_t cells, size_t segments)
{
    struct packed parts;
    parts.objectives = cells * segments;
    parts.kept = parts.objectives + cells * sizeof(double);
    parts.rows = parts.kept + (cells + 7) / 8;
    return parts;
}

static inline bool packed_kept(const unsigned char *kept, size_t cell)
{
    return (kept[cell / 8] >> cell % 8 & 1) != 0;
}

#endif
