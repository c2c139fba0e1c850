/** Both engines over the work of a case, and the rows that they made. */
#ifndef GRIDWALK_TESTS_GATE_ROWS_H
#define GRIDWALK_TESTS_GATE_ROWS_H

#include "gridwalk/engine/reference.h"
#include "subject.h"

struct gate_row {
    unsigned puts; /* how often the engine gave it */
    enum gw_row_status status;
    bool by_reference;
    double metric[GW_METRICS];
    double *equity; /* [bars], NULL when not kept or not simulated */
    size_t first, bars;
    struct gw_fill *fill; /* [fills] */
    size_t fills;
    bool interest_received, interest_paid, dividend; /* the reference engine's */
};

struct gate_rows {
    struct gate_row *row; /* [combinations][spans] */
    size_t count, spans;
    bool kept;               /* with fills and equity */
    bool wanted[GW_METRICS]; /* those that were asked for */
};

void gate_rows_clear(struct gate_rows *rows);

/** How the vectorized engine is driven. */
struct gate_manner {
    const char *what; /* for messages */
    bool keep;        /* fills, equity and all metrics; else those of the case */
    bool shuffled;    /* other runs, batches, spans and limits of memory */
    uint64_t seed;    /* of those */
    const struct gw_portal *portal; /* another market, or NULL; with it */
    const double *benchmark;        /* the benchmark's returns there, or NULL */
};

void gate_rows_by_reference(const struct gate_subject *subject, struct gate_rows *out);

void gate_rows_by_vector(const struct gate_subject *subject,
                         const struct gate_manner *manner,
                         struct gate_rows *out);

#endif
