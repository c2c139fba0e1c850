#include "roster.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const double GAPS_PER_SILENCE = 10;
static const double SUSPECTED_SHARE = 0.5; /* of the silence that means a loss */
static const double WORTH_A_PERCENTILE = 100;

void gw_roster_init(struct gw_roster *roster,
                    const struct gw_world *world,
                    const struct gw_job *job)
{
    size_t size = (size_t)world->size;
    *roster = (struct gw_roster){.world = world,
                                 .job = job,
                                 .peer = gw_calloc(size, sizeof *roster->peer),
                                 .view = gw_calloc(size, sizeof *roster->view),
                                 .workers = world->size - 1,
                                 .present = world->size - 1,
                                 .looked = gw_clock()};
    for (size_t rank = 0; rank < size; rank++) {
        struct gw_peer *peer = &roster->peer[rank];
        peer->heard = peer->greeted = roster->looked;
        peer->last_tile = UINT64_MAX;
        peer->note = gw_calloc(1, job->note_bytes);
        for (int i = 0; i < GW_LINES; i++) {
            peer->line[i] = gw_calloc(1, gw_order_size_max(job));
            peer->sent[i] = MPI_REQUEST_NULL;
        }
    }
}

static bool is_sent(struct gw_peer *peer, int line)
{
    int sent = 0;
    MPI_Test(&peer->sent[line], &sent, MPI_STATUS_IGNORE);
    return sent != 0;
}

/** A worker may die after its good-bye too. */
static bool is_all_sent(struct gw_peer *peer, double end)
{
    struct gw_idle idle = {0};
    for (int i = 0; i < GW_LINES; i++) {
        while (!is_sent(peer, i)) {
            if (peer->lost || gw_clock() > end) {
                return false;
            }
            gw_idle_pause(&idle);
        }
    }
    return true;
}

void gw_roster_clear(struct gw_roster *roster)
{
    double end = gw_clock() + roster->world->silence_seconds;
    for (int rank = 0; rank <= roster->workers; rank++) {
        struct gw_peer *peer = &roster->peer[rank];
        bool all = roster->workers == 0 || is_all_sent(peer, end);
        for (int i = 0; i < GW_LINES && all; i++) {
            free(peer->line[i]);
        }
        free(peer->note);
    }
    free(roster->peer);
    free(roster->view);
}

double gw_roster_look(struct gw_roster *roster)
{
    double now = gw_clock(), away = now - roster->looked;
    for (int rank = 1; rank <= roster->workers && away > GW_AWAY_SECONDS; rank++) {
        roster->peer[rank].heard += away;
    }
    roster->looked = now;
    return now;
}

static void count_gap(struct gw_roster *roster, double seconds)
{
    size_t bin = 0;
    for (double from = 2e-6; from <= seconds && bin + 1 < GW_GAP_BINS; from *= 2) {
        bin++;
    }
    roster->gap[bin]++;
    roster->gaps++;
}

void gw_roster_hear(struct gw_roster *roster, int rank, double now)
{
    struct gw_peer *peer = &roster->peer[rank];
    if (peer->lost) {
        peer->lost = false;
        roster->present++;
    } else if (peer->held > 0 && now > peer->heard) {
        count_gap(roster, now - peer->heard);
    }
    peer->heard = now;
}

/** The 99th percentile of the gaps, by the upper end of its bin. */
double gw_roster_patience(const struct gw_roster *roster)
{
    double patience = roster->world->silence_seconds;
    if ((double)roster->gaps < WORTH_A_PERCENTILE) {
        return patience;
    }
    uint64_t above = roster->gaps / 100;
    uint64_t seen = 0;
    size_t bin = GW_GAP_BINS - 1;
    while (bin > 0 && seen + roster->gap[bin] <= above) {
        seen += roster->gap[bin--];
    }
    double gap = 2e-6 * (double)(UINT64_C(1) << bin);
    return GAPS_PER_SILENCE * gap > patience ? GAPS_PER_SILENCE * gap : patience;
}

bool gw_roster_is_silent(const struct gw_roster *roster, int rank, double patience)
{
    const struct gw_peer *peer = &roster->peer[rank];
    return !peer->lost && !peer->finished && roster->looked - peer->heard > patience;
}

void gw_roster_lose(struct gw_roster *roster, int rank)
{
    struct gw_peer *peer = &roster->peer[rank];
    peer->lost = true;
    roster->held -= peer->held;
    peer->held = 0;
    peer->suspicion = false;
    roster->present--;
    roster->losses++;
}

/** A free line for an order of work, or GW_LINES: orders that were answered were sent,
 * but those of a worker that was lost may be stuck. */
static int work_line(struct gw_peer *peer)
{
    for (int i = 0; i < GW_ORDERS_AHEAD; i++) {
        if (is_sent(peer, GW_LINE_WORK + i)) {
            return GW_LINE_WORK + i;
        }
    }
    return GW_LINES;
}

bool gw_roster_takes_work(struct gw_roster *roster, int rank)
{
    struct gw_peer *peer = &roster->peer[rank];
    double most = SUSPECTED_SHARE * roster->world->silence_seconds;
    return !peer->lost && !peer->finished && peer->orders < GW_ORDERS_AHEAD &&
           roster->looked - peer->heard < most && work_line(peer) < GW_LINES;
}

static void post(struct gw_roster *roster, int rank, int line, size_t length)
{
    struct gw_peer *peer = &roster->peer[rank];
    gw_post(roster->world->all, rank, GW_TAG_ORDER, peer->line[line], length,
            &peer->sent[line]);
    roster->sent++;
}

void gw_roster_order(struct gw_roster *roster,
                     int rank,
                     struct gw_held tiles,
                     const void *hint)
{
    struct gw_peer *peer = &roster->peer[rank];
    int line = work_line(peer);
    assert(line < GW_LINES && peer->orders < GW_ORDERS_AHEAD);
    struct gw_order order = {
        .kind = GW_ORDER_WORK, .count = (uint32_t)tiles.count, .tile = tiles.tile};
    memcpy(peer->line[line], &order, sizeof order);
    if (hint != NULL) {
        memcpy(peer->line[line] + sizeof order, hint, roster->job->hint_bytes);
    }
    peer->order[peer->orders++] = tiles;
    peer->held += tiles.count;
    roster->held += tiles.count;
    post(roster, rank, line, gw_order_size(roster->job));
}

void gw_roster_tell(struct gw_roster *roster,
                    int rank,
                    struct gw_order order,
                    const void *bytes,
                    size_t length)
{
    struct gw_peer *peer = &roster->peer[rank];
    int line = order.kind == GW_ORDER_HELLO  ? GW_LINE_HELLO
               : order.kind == GW_ORDER_STOP ? GW_LINE_STOP
                                             : GW_LINE_END;
    if (is_sent(peer, line)) {
        memcpy(peer->line[line], &order, sizeof order);
        if (length > 0) {
            memcpy(peer->line[line] + sizeof order, bytes, length);
        }
        peer->greeted = roster->looked;
        post(roster, rank, line, sizeof order + length);
    }
}

void gw_roster_announced(struct gw_roster *roster, int rank, uint64_t tile)
{
    struct gw_peer *peer = &roster->peer[rank];
    struct gw_held *oldest = &peer->order[0];
    assert(peer->orders > 0 && oldest->tile == tile);
    oldest->tile++;
    oldest->count--;
    if (oldest->count == 0) {
        peer->orders--;
        memmove(oldest, oldest + 1, peer->orders * sizeof *oldest);
    }
}

void gw_roster_answered(struct gw_roster *roster, int rank, uint64_t tile, bool regular)
{
    struct gw_peer *peer = &roster->peer[rank];
    peer->tiles++;
    peer->last_tile = tile;
    if (regular && rank > 0) {
        assert(peer->held > 0);
        peer->held--;
        roster->held--;
        peer->suspicion = peer->suspicion && peer->held > 0;
    }
}

void gw_roster_note(struct gw_roster *roster, int rank, const void *note)
{
    memcpy(roster->peer[rank].note, note, roster->job->note_bytes);
}

void gw_roster_finish(struct gw_roster *roster, int rank)
{
    struct gw_peer *peer = &roster->peer[rank];
    peer->finished = true;
    peer->orders = 0;
    roster->present--;
    roster->finished++;
}

void gw_roster_show(struct gw_roster *roster, double now)
{
    for (int rank = 0; rank <= roster->workers; rank++) {
        const struct gw_peer *peer = &roster->peer[rank];
        roster->view[rank] = (struct gw_rank_view){
            .condition = peer->lost       ? GW_RANK_LOST
                         : peer->finished ? GW_RANK_FINISHED
                         : peer->held > 0 ? GW_RANK_WORKING
                                          : GW_RANK_IDLE,
            .tiles = peer->tiles,
            .last_tile = peer->last_tile,
            .silent = rank > 0 && now > peer->heard ? now - peer->heard : 0,
            .note = peer->note};
    }
}
