/** Private to plan: where the parts of a payload with keep: {top: N} stand. */
#ifndef GRIDWALK_PLAN_PACKED_H
#define GRIDWALK_PLAN_PACKED_H

#include "gridwalk/plan/payload.h"

/** Where each begins, behind the statuses. What the plan has none of takes no bytes. */
struct packed {
    size_t objectives, tests, met, kept, rows;
};

static inline struct packed packed_parts(const struct gw_plan *plan, size_t cells)
{
    struct packed parts;
    size_t bits = (cells + 7) / 8;
    parts.objectives = cells * plan->segments;
    parts.tests = parts.objectives + cells * sizeof(double);
    parts.met = parts.tests + (plan->segments > GW_TEST ? cells * sizeof(double) : 0);
    parts.kept = parts.met + (plan->experiment->objective.requires > 0 ? bits : 0);
    parts.rows = parts.kept + bits;
    return parts;
}

static inline bool packed_bit(const unsigned char *bits, size_t cell)
{
    return (bits[cell / 8] >> cell % 8 & 1) != 0;
}

static inline void packed_mark(unsigned char *bits, size_t cell)
{
    bits[cell / 8] |= (unsigned char)(1U << cell % 8);
}

/** Find the metrics that the objective reads, and their columns. */
void packed_operands(const struct gw_plan *plan, struct gw_payload_operands *out);

/** Take them out of a packed row. Shape: metric [GW_METRICS]; the others stay. */
void packed_read(const struct gw_payload_operands *operands,
                 const unsigned char *row,
                 double *metric);

#endif
