/** Whether two engines' rows agree, and whether two runs of one engine have the same
 * bits. */
#ifndef GRIDWALK_TESTS_GATE_COMPARE_H
#define GRIDWALK_TESTS_GATE_COMPARE_H

#include "rows.h"

/** What differs first, as text; nothing is added where all is well. */
struct gate_difference {
    size_t row;
    struct gw_text text;
};

/** What the returns are measured by. */
struct gate_scale {
    double capital, periods; /* of all accounts together; bars a year */
    double risk_free;        /* yearly */
    const double *benchmark; /* [T] returns, or NULL */
};

/**
 * Status, fills, equity and the metrics that both have: counts equal, numbers within 1e-9
 * of their size, or where that is below the rounding of the returns that they are made
 * of, within that. True when they agree.
 */
bool gate_rows_agree(const struct gate_rows *expected,
                     const struct gate_rows *actual,
                     const struct gate_scale *scale,
                     struct gate_difference *out);

/** Every bit of one row in the metrics wanted, status, fills and equity. */
bool gate_row_same(const struct gate_row *one,
                   const struct gate_row *other,
                   const bool *wanted,
                   struct gw_text *out);

/** Every bit of the rows in spans that end at bar `last` or before. */
bool gate_rows_same(const struct gate_subject *subject,
                    const struct gate_rows *one,
                    const struct gate_rows *other,
                    size_t last,
                    struct gate_difference *out);

#endif
