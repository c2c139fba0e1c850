#include "inbox.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/** Payloads received at once: enough that a fast network is busy, few enough for their
 *  memory. */
enum { RECEIVES = 8 };

/** A head is received while the one before it is handled. */
enum { HEADS = 2, HEAD_SIZE = sizeof(struct gw_answer) + GW_INLINE_MAX };

/** A payload that was announced. */
struct parcel {
    int rank;
    struct gw_answer head;
    unsigned char *bytes; /* NULL: waits for one of the receives */
    MPI_Request receive;
    bool given_up;
};

struct gw_inbox {
    const struct gw_world *world;
    size_t room;
    unsigned char *head[HEADS]; /* the receive in progress writes the first */
    MPI_Request receive;

    struct parcel *parcel; /* [parcels] in the order of their heads */
    size_t parcels, capacity;
    size_t given_up; /* of them */
    size_t received; /* of them: receives in progress, without those given up */

    unsigned char *delivered; /* the payload that the caller looks at now */
    unsigned char *spare[RECEIVES];
    size_t spares;
};

static void receive_next(struct gw_inbox *inbox)
{
    gw_expect(inbox->world->all, MPI_ANY_SOURCE, GW_TAG_ANSWER, inbox->head[0], HEAD_SIZE,
              &inbox->receive);
}

struct gw_inbox *gw_inbox_new(const struct gw_world *world, const struct gw_job *job)
{
    struct gw_inbox *inbox = gw_calloc(1, sizeof *inbox);
    inbox->world = world;
    inbox->room = gw_answer_room(job);
    inbox->receive = MPI_REQUEST_NULL;
    for (int i = 0; i < HEADS; i++) {
        inbox->head[i] = gw_calloc(1, HEAD_SIZE);
    }
    if (world->size > 1) {
        receive_next(inbox);
    }
    return inbox;
}

void gw_inbox_free(struct gw_inbox *inbox)
{
    if (inbox == NULL) {
        return;
    }
    if (inbox->receive != MPI_REQUEST_NULL) {
        MPI_Cancel(&inbox->receive);
        gw_wait(&inbox->receive);
    }
    assert(gw_inbox_pending(inbox) == 0);
    free(inbox->delivered);
    while (inbox->spares > 0) {
        free(inbox->spare[--inbox->spares]);
    }
    for (int i = 0; i < HEADS; i++) {
        free(inbox->head[i]);
    }
    free(inbox->parcel); /* not the bytes of those given up: MPI may write there */
    free(inbox);
}

/** The bytes that the caller has done with serve again. */
static void take_back(struct gw_inbox *inbox)
{
    if (inbox->delivered == NULL) {
        return;
    }
    if (inbox->spares < RECEIVES) {
        inbox->spare[inbox->spares++] = inbox->delivered;
    } else {
        free(inbox->delivered);
    }
    inbox->delivered = NULL;
}

static void receive_parcel(struct gw_inbox *inbox, struct parcel *parcel)
{
    parcel->bytes =
        inbox->spares > 0 ? inbox->spare[--inbox->spares] : gw_calloc(1, inbox->room);
    gw_expect(inbox->world->all, parcel->rank, GW_TAG_PAYLOAD, parcel->bytes,
              parcel->head.length, &parcel->receive);
    inbox->received += !parcel->given_up;
}

/** Payloads of one rank are received in the order in which they were announced. */
static void receive_parcels(struct gw_inbox *inbox)
{
    size_t open = inbox->parcels - inbox->given_up;
    for (size_t i = 0;
         i < inbox->parcels && inbox->received < RECEIVES && inbox->received < open;
         i++) {
        if (inbox->parcel[i].bytes == NULL) {
            receive_parcel(inbox, &inbox->parcel[i]);
        }
    }
}

static bool take_parcel(struct gw_inbox *inbox, struct gw_mail *mail_out)
{
    for (size_t i = 0; i < inbox->parcels; i++) {
        struct parcel *parcel = &inbox->parcel[i];
        int here = 0;
        if (parcel->bytes != NULL) {
            MPI_Test(&parcel->receive, &here, MPI_STATUS_IGNORE);
        }
        if (here) {
            *mail_out = (struct gw_mail){
                .rank = parcel->rank, .head = parcel->head, .body = parcel->bytes};
            inbox->delivered = parcel->bytes;
            inbox->given_up -= parcel->given_up;
            inbox->received -= !parcel->given_up;
            inbox->parcels--;
            memmove(parcel, parcel + 1, (inbox->parcels - i) * sizeof *parcel);
            return true;
        }
    }
    return false;
}

static void announce(struct gw_inbox *inbox, int rank, const struct gw_answer *head)
{
    inbox->parcel = gw_grow(inbox->parcel, &inbox->capacity, inbox->parcels + 1,
                            sizeof *inbox->parcel);
    inbox->parcel[inbox->parcels++] =
        (struct parcel){.rank = rank, .head = *head, .receive = MPI_REQUEST_NULL};
}

static bool take_head(struct gw_inbox *inbox, struct gw_mail *mail_out)
{
    int here = 0;
    MPI_Status status;
    MPI_Test(&inbox->receive, &here, &status);
    if (!here) {
        return false;
    }
    unsigned char *bytes = inbox->head[0];
    inbox->head[0] = inbox->head[1];
    inbox->head[1] = bytes;
    receive_next(inbox);
    *mail_out = (struct gw_mail){.rank = status.MPI_SOURCE,
                                 .announces = true,
                                 .body = bytes + sizeof mail_out->head};
    memcpy(&mail_out->head, bytes, sizeof mail_out->head);
    if (mail_out->head.length > GW_INLINE_MAX) {
        assert(mail_out->head.length <= inbox->room);
        mail_out->body = NULL;
        announce(inbox, mail_out->rank, &mail_out->head);
    }
    return true;
}

bool gw_inbox_take(struct gw_inbox *inbox, struct gw_mail *mail_out)
{
    take_back(inbox);
    if (inbox->receive == MPI_REQUEST_NULL) {
        return false;
    }
    if (inbox->parcels > 0) {
        receive_parcels(inbox);
        if (take_parcel(inbox, mail_out)) {
            return true;
        }
    }
    return take_head(inbox, mail_out);
}

size_t gw_inbox_pending(const struct gw_inbox *inbox)
{
    return inbox->parcels - inbox->given_up;
}

size_t
gw_inbox_give_up(struct gw_inbox *inbox, int rank, uint64_t tiles_out[GW_ANSWERS_AHEAD])
{
    size_t tiles = 0;
    for (size_t i = 0; i < inbox->parcels; i++) {
        struct parcel *parcel = &inbox->parcel[i];
        if (parcel->rank != rank) {
            continue;
        }
        assert(tiles < GW_ANSWERS_AHEAD);
        tiles_out[tiles++] = parcel->head.tile;
        if (!parcel->given_up) {
            parcel->given_up = true;
            inbox->given_up++;
            inbox->received -= parcel->bytes != NULL;
        }
        /* Whoever wakes up must get rid of it; the receives are for the others. */
        if (parcel->bytes == NULL) {
            receive_parcel(inbox, parcel);
        }
    }
    return tiles;
}
