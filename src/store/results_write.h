/** Private to store: the parts of the results writer above the file itself. */
#ifndef GRIDWALK_STORE_RESULTS_WRITE_H
#define GRIDWALK_STORE_RESULTS_WRITE_H

#include "results_file.h"

/* ---- what is chosen from: columns of a window, on disk without a name ---- */

/** What is known of every combination in a window, by its row. */
enum gw_column_part {
    GW_COLUMN_ON,   /* double: objective in the segment chosen on, NaN where there is none
                     */
    GW_COLUMN_TEST, /* double: in test; with a test alone */
    GW_COLUMN_RANK, /* uint8_t: enum gw_score_rank; where what is chosen may be no best */
    GW_COLUMN_PARTS
};

struct gw_column {
    int fd;
    char *path; /* of the results file, for messages */
    uint64_t rows;
    uint64_t begin[GW_COLUMN_PARTS]; /* in the file */
    size_t bytes[GW_COLUMN_PARTS];   /* of a row; 0: there is no such part */
};

/** A file in the directory of `path` that no name leads to. */
enum gw_status gw_column_open(const char *path,
                              const struct gw_plan *plan,
                              uint64_t rows,
                              struct gw_column *column,
                              struct gw_error *err) GW_MUST_CHECK;
void gw_column_close(struct gw_column *column);

/** Shape: [windows][count] of the part's type. */
enum gw_status gw_column_write(struct gw_column *column,
                               enum gw_column_part part,
                               const struct gw_results_box *box,
                               const void *values,
                               struct gw_error *err) GW_MUST_CHECK;
enum gw_status gw_column_read(struct gw_column *column,
                              enum gw_column_part part,
                              const struct gw_results_box *box,
                              void *out,
                              struct gw_error *err) GW_MUST_CHECK;

/** Count, extremes, sums and histogram of one window's objectives. */
enum gw_status gw_column_summarize(struct gw_column *column,
                                   size_t window,
                                   struct gw_window_summary *out,
                                   struct gw_error *err) GW_MUST_CHECK;

/* ---- the best rows of a window ---- */

struct gw_best_entry {
    struct gw_score score;
    size_t slot; /* of its rows */
};

/** At most `limit` combinations: a heap with the worst on top. */
struct gw_best {
    size_t limit, count;
    size_t row_bytes; /* of all segments of a combination */
    struct gw_best_entry *entry;
    unsigned char *rows;
    size_t entry_room, rows_room;
};

/** Keep a combination's rows when it is among the best so far. */
void gw_best_offer(struct gw_best *best, const struct gw_score *score, const void *rows);

/** Order the entries by combination number; nothing is offered after that. */
void gw_best_sort(struct gw_best *best);
void gw_best_clear(struct gw_best *best);

/** The numbers kept in any window, ascending, and how many. Free them. */
uint64_t *gw_best_union(const struct gw_best *best, size_t windows, uint64_t *count_out);

/** Write the kept rows; the other combinations of a window get NaN and not_kept. */
enum gw_status gw_best_write(const struct gw_best *best,
                             const struct gw_plan *plan,
                             struct gw_results_file *file,
                             const uint64_t *kept) GW_MUST_CHECK;

/* ---- the writer ---- */

struct gw_results_writer {
    char *path;
    struct gw_results_run run;
    const struct gw_plan *plan; /* the run's */
    struct gw_space space;      /* with its index */
    bool own_index;
    struct gw_results_file *file; /* keep all: from the start; keep top: at the end */
    struct gw_column column;
    size_t room;            /* picks of a window */
    struct gw_score *first; /* [windows][room] best rows so far, in order */
    size_t *firsts;         /* [windows] how many */
    struct gw_best *best;   /* [windows], keep top alone */
    uint8_t *seen;          /* a bit a tile */
    uint64_t tiles;         /* accepted */
    struct gw_results_summary summary;
    /* [windows], once chosen: */
    struct gw_forward_window *chosen;
    struct gw_standing *standing;
};

/** Free it all but the file, which was committed or abandoned. */
void gw_results_free(struct gw_results_writer *writer);

/** The feasible combinations of a tile. */
size_t gw_results_combinations(const struct gw_plan *plan, const struct gw_tile *tile);

/** Take in what a tile's payload says: see gw_results_accept. */
enum gw_status gw_results_rows(struct gw_results_writer *writer,
                               const struct gw_tile *tile,
                               const void *payload,
                               size_t length,
                               struct gw_error *err) GW_MUST_CHECK;

/** The objective of a packed row, NaN where it has none. */
double gw_results_objective(const struct gw_plan *plan, const unsigned char *row);

#endif
