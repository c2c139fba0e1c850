/**
 * Private to sched: rank 0's receives. The heads of answers come in through one receive
 * that is always there; long payloads each through one of a few more, from the rank that
 * announced it. One that never comes to an end, because its sender died, holds up nobody.
 */
#ifndef GRIDWALK_SCHED_INBOX_H
#define GRIDWALK_SCHED_INBOX_H

#include "comm.h"
#include "message.h"

struct gw_inbox;

/** What came: a head with all its bytes, or alone, or the bytes of an earlier head. */
struct gw_mail {
    int rank;
    struct gw_answer head;
    bool announces;   /* the head has just come; false: it came before */
    const void *body; /* head.length bytes, until the next call; NULL: they follow */
};

struct gw_inbox *gw_inbox_new(const struct gw_world *world, const struct gw_job *job);

/** Nobody sends any more, but for ranks that were lost: what is under way from those is
 *  left to the process's end. NULL is allowed. */
void gw_inbox_free(struct gw_inbox *inbox);

/** Take what has come next; false: nothing now.  Rank: Local. */
bool gw_inbox_take(struct gw_inbox *inbox, struct gw_mail *mail_out);

/** Payloads that were announced by ranks that are not given up, and have not come. */
size_t gw_inbox_pending(const struct gw_inbox *inbox);

/** A rank was lost: tell the tiles whose payloads were announced and have not come. They
 *  may still come. */
size_t
gw_inbox_give_up(struct gw_inbox *inbox, int rank, uint64_t tiles_out[GW_ANSWERS_AHEAD]);

#endif
