/**
 * Private to sched: the workers as rank 0 sees them: what each was told to compute and
 * has not answered, when it was heard of, and the orders on their way to it. Nothing here
 * waits for a worker that was lost.
 */
#ifndef GRIDWALK_SCHED_ROSTER_H
#define GRIDWALK_SCHED_ROSTER_H

#include "comm.h"
#include "message.h"

/** Consecutive tiles of an order whose answers have not been announced. */
struct gw_held {
    uint64_t tile, count;
};

/** What is on its way to a worker; each has a buffer, which must stay until it is sent.
 */
enum gw_line {
    GW_LINE_WORK,
    GW_LINE_HELLO = GW_LINE_WORK + GW_ORDERS_AHEAD,
    GW_LINE_STOP,
    GW_LINE_END,
    GW_LINES
};

struct gw_peer {
    struct gw_held order[GW_ORDERS_AHEAD]; /* the oldest first */
    size_t orders;
    uint64_t held;  /* tiles ordered and not answered; not those of a loss */
    bool suspicion; /* what it holds is a tile that a worker was lost over */
    bool lost, finished;
    double heard, greeted; /* gw_clock */
    uint64_t tiles, last_tile;
    unsigned char *note;

    unsigned char *line[GW_LINES];
    MPI_Request sent[GW_LINES];
};

enum { GW_GAP_BINS = 64 };

struct gw_roster {
    const struct gw_world *world;
    const struct gw_job *job;
    struct gw_peer *peer; /* [size]; of rank 0 only the note and the tiles are used */
    struct gw_rank_view *view; /* [size] */
    int workers;
    int present;               /* neither lost nor finished */
    int finished;              /* have said good-bye */
    uint64_t held;             /* by all workers */
    uint64_t losses;           /* times */
    uint64_t sent;             /* messages */
    double looked;             /* gw_clock */
    uint64_t gap[GW_GAP_BINS]; /* times between answers of a worker: from 2^i us on */
    uint64_t gaps;
};

void gw_roster_init(struct gw_roster *roster,
                    const struct gw_world *world,
                    const struct gw_job *job);

/** Wait until what was sent to workers that are not lost is sent, then free. */
void gw_roster_clear(struct gw_roster *roster);

/** Rank 0 looks at its messages now. When it did not for long, nobody was silent. Returns
 *  gw_clock(). */
double gw_roster_look(struct gw_roster *roster);

/** Something came from a worker: it is not lost (any more). */
void gw_roster_hear(struct gw_roster *roster, int rank, double now);

/** Silence from now on that means that a worker is lost. */
double gw_roster_patience(const struct gw_roster *roster);

/** Whether a worker is silent for so long; an idle one too, which sends its notes. */
bool gw_roster_is_silent(const struct gw_roster *roster, int rank, double patience);

/** Mark a worker as lost; what it holds is to be looked up before. */
void gw_roster_lose(struct gw_roster *roster, int rank);

/** Whether there is room for an order of work, and the worker is not suspected dead. */
bool gw_roster_takes_work(struct gw_roster *roster, int rank);

/** Order work; `hint` has the job's hint_bytes, NULL = none. */
void gw_roster_order(struct gw_roster *roster,
                     int rank,
                     struct gw_held tiles,
                     const void *hint);

/** Send another order with `length` bytes behind; not when the one before it is still on
 *  its way. */
void gw_roster_tell(struct gw_roster *roster,
                    int rank,
                    struct gw_order order,
                    const void *bytes,
                    size_t length);

/** The answer of a tile was announced: it leaves its order. */
void gw_roster_announced(struct gw_roster *roster, int rank, uint64_t tile);

/** A tile has been answered; `regular`: it was not written off by a loss. */
void gw_roster_answered(struct gw_roster *roster, int rank, uint64_t tile, bool regular);

/** A worker's note, which may be its last. */
void gw_roster_note(struct gw_roster *roster, int rank, const void *note);

/** A worker has said good-bye: it dropped what it held. */
void gw_roster_finish(struct gw_roster *roster, int rank);

/** Fill the view. */
void gw_roster_show(struct gw_roster *roster, double now);

#endif
