/**
 * The payload of a tile: what a rank sends of it and what the results take in.
 *
 * Rows are put in any order and then packed. With keep: all every row travels whole:
 *
 *     rows       [C][W][S] {int8 status; double metric[M]}
 *
 * C combinations of the tile in its order (runs ascending, feasible lanes in lane order),
 * W windows, S segments, M metrics in the experiment's order; no padding. With
 * keep: {top: N} of a combination and window that cannot be among the best N of that
 * window only this much travels, all that is counted of it:
 *
 *     status     [C][W][S] int8
 *     objective  [C][W] double: of the segment chosen on
 *     test       [C][W] double: the objective of the test segment, where there is one
 *     met        [C][W] a bit each, the lowest of a byte first, up to a whole byte:
 *                whether `require` is met in the segment chosen on; only where it is
 * given kept       [C][W] a bit each likewise rows       as above, of the kept ones
 * alone, all their segments
 *
 * Left out is what N rows of the same tile and window rank before, and what is strictly
 * worse than the bound of its window: the N-th best that rank 0 knew at some time. So the
 * best N of all are kept whatever the bounds were and whenever they came.
 */
#ifndef GRIDWALK_PLAN_PAYLOAD_H
#define GRIDWALK_PLAN_PAYLOAD_H

#include "gridwalk/plan/plan.h"

#include <math.h>
#include <string.h>

/** The N-th best row of a window so far; GW_NO_BOUND as long as there are fewer. */
struct gw_bound {
    int64_t rank; /* as in gw_score */
    double value;
};
#define GW_NO_BOUND ((struct gw_bound){.rank = INT64_MAX})

enum { GW_BOUNDS = 64 }; /* windows of which bounds are told at most */

/** Bytes of a hint, struct gw_bound [windows]; 0 where none is to be given: with keep:
 *  all and with more than GW_BOUNDS windows. */
size_t gw_payload_hint_bytes(const struct gw_plan *plan);

/** Bytes of the payloads of all tiles together, with `feasible` combinations: exact with
 *  keep: all. With keep: top about twice what tiles in random order of goodness make,
 *  where bounds are told. */
double gw_payload_total(const struct gw_plan *plan, double feasible);

/* ---- writing ---- */

/** One tile's rows as they are put. Several may be in work at once. */
struct gw_payload {
    const struct gw_plan *plan;
    struct gw_tile tile;
    size_t combinations; /* of the tile: feasible ones */
    uint64_t *k;         /* [combinations] their numbers */
    size_t *first;       /* [tile.runs + 1] index of each run's first combination */
    size_t put;          /* rows so far */
    unsigned char *rows; /* all of them */
    struct gw_candidate *candidate; /* private; keep: {top: N} alone */
};

/** Bytes of memory one of them takes, about: all rows, whatever is kept. */
size_t gw_payload_bytes(const struct gw_plan *plan);

/** Room for any tile of a plan, which must outlive it. */
void gw_payload_init(struct gw_payload *payload, const struct gw_plan *plan);
void gw_payload_clear(struct gw_payload *payload);

/** Begin a tile: fills tile, combinations, k and first. What was put before is gone. */
void gw_payload_begin(struct gw_payload *payload, uint64_t tile);

/** Put one row: `combination` below payload->combinations, `window` counted from the
 *  tile's first. Shape: metric [GW_METRICS] by enum gw_metric. In any order, each once.
 */
void gw_payload_row(struct gw_payload *payload,
                    size_t combination,
                    size_t window,
                    size_t segment,
                    enum gw_row_status status,
                    const double *metric);

/** Pack the tile into `out`, at most gw_plan_payload_max bytes; returns how many. `bound`
 *  is the newest hint or NULL. The rows stay: the same tile may be packed again. */
size_t
gw_payload_end(const struct gw_payload *payload, const struct gw_bound *bound, void *out);

/** Pack a tile all of whose rows have failed: it could not be computed. Same as the
 *  others otherwise. */
size_t gw_payload_fail(struct gw_payload *payload, uint64_t tile, void *out);

/* ---- reading ---- */

/** Whether bytes from outside this run are a payload of a tile of `combinations` feasible
 *  combinations and `windows` windows: length, bits and statuses are as they must be.
 *  Nothing else here checks that. */
bool gw_payload_valid(const struct gw_plan *plan,
                      size_t combinations,
                      size_t windows,
                      const void *bytes,
                      size_t length);

/** Some bytes. */
struct gw_payload_bytes {
    const void *bytes;
    size_t length;
};

/** Whether two valid payloads of the same tile say the same: bit for bit, where a row
 *  that keep: {top: N} left out of one is compared by what travels of it. */
bool gw_payload_same(const struct gw_plan *plan,
                     size_t combinations,
                     size_t windows,
                     struct gw_payload_bytes a,
                     struct gw_payload_bytes b);

/** The metrics that an objective reads, and which columns of a row they are. */
struct gw_payload_operands {
    enum gw_metric metric[GW_MAX_PARAMETERS + 1];
    size_t column[GW_MAX_PARAMETERS + 1];
    size_t count;
};

/** A payload laid open. */
struct gw_payload_reader {
    const struct gw_objective *objective;
    struct gw_payload_operands operands;
    size_t windows, segments, row_bytes;
    const unsigned char *status;     /* NULL: in the rows */
    const unsigned char *objectives; /* this and the next two with status alone */
    const unsigned char *tests;      /* NULL: no test segment */
    const unsigned char *met;        /* NULL: nothing is required */
    const unsigned char *rows;
    uint32_t *place; /* [C][W] which of the rows it is; NULL: in order */
};

#define GW_LEFT_OUT UINT32_MAX

/** Lay open the payload of a tile of `combinations` feasible combinations, which must
 *  outlive the reader, as the plan must. */
void gw_payload_open(struct gw_payload_reader *reader,
                     const struct gw_plan *plan,
                     size_t combinations,
                     size_t windows,
                     const void *bytes,
                     size_t length);
void gw_payload_close(struct gw_payload_reader *reader);

/** The rows of a combination in a window: [segments] of row_bytes; NULL: left out. */
static inline const unsigned char *
gw_payload_rows(const struct gw_payload_reader *reader, size_t combination, size_t window)
{
    size_t cell = combination * reader->windows + window;
    if (reader->place != NULL) {
        if (reader->place[cell] == GW_LEFT_OUT) {
            return NULL;
        }
        cell = reader->place[cell];
    }
    return reader->rows + cell * reader->segments * reader->row_bytes;
}

/** Of any row, also one that was left out. */
enum gw_row_status gw_payload_status(const struct gw_payload_reader *reader,
                                     size_t combination,
                                     size_t window,
                                     size_t segment);

/** The score of any row, also one that was left out, in the segment chosen on or in
 *  GW_TEST, where `require` plays no part. `k`: the combination's number. */
struct gw_score gw_payload_score(const struct gw_payload_reader *reader,
                                 size_t combination,
                                 size_t window,
                                 enum gw_segment segment,
                                 uint64_t k);

/** A metric of one packed row, by its column. One NaN for all, so that no processor's
 *  own sign of it reaches a file. */
static inline double gw_row_metric(const unsigned char *row, size_t column)
{
    double value;
    memcpy(&value, row + 1 + column * sizeof value, sizeof value);
    return isnan(value) ? NAN : value;
}

#endif
