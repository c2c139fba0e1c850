/* Stands: made before a batch, and turned into rows behind it. */
#include "tile.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t words_of(const struct stand *stand)
{
    return (stand->end - stand->begin) / WORD + 1;
}

/* First bar at which some asset has `back` earlier own bars since bar `since`, or
 * SIZE_MAX. */
static size_t warm_at(const struct gw_engine_setup *setup, size_t since, double back)
{
    size_t warm = SIZE_MAX;
    for (size_t i = 0; i < setup->assets; i++) {
        const struct gw_listing *listing =
            gw_portal_listing(setup->portal, setup->asset[i]);
        size_t own = gw_portal_own(setup->portal, setup->asset[i], since);
        if ((double)(listing->count - own) > back &&
            listing->bar[own + (size_t)back] < warm) {
            warm = listing->bar[own + (size_t)back];
        }
    }
    return warm;
}

/* When a lane decides and counts, by the warm-up mode. */
static void warm_up(const struct gw_engine_setup *setup,
                    struct stand *stand,
                    size_t lane,
                    double back)
{
    const struct gw_rules *rules = setup->rules;
    size_t delay = (size_t)rules->execution.delay;
    bool there = true;
    stand->decide_from[lane] = stand->begin;
    stand->count_from[lane] = stand->begin;
    if (rules->warmup == GW_WARM_BEFORE) {
        stand->decide_from[lane] -= stand->begin >= delay ? delay : 0;
        there = warm_at(setup, 0, back) <= stand->begin;
    } else if (rules->warmup != GW_WARM_COLD) {
        bool common = rules->warmup == GW_WARM_INSIDE_COMMON;
        double longest = common ? (double)setup->lookback : back;
        size_t warm = back <= longest ? warm_at(setup, stand->begin, longest) : SIZE_MAX;
        size_t later = delay + (rules->execution.price == GW_PRICE_CLOSE);
        there = warm <= stand->end && warm + later <= stand->end;
        stand->decide_from[lane] = there ? warm : SIZE_MAX;
        stand->count_from[lane] = there ? warm + later : stand->begin;
    }
    stand->status[lane] = there ? GW_ROW_OK : GW_ROW_INSUFFICIENT_HISTORY;
}

static void
open_stand(const struct gw_vector *vector, const struct pack *pack, struct stand *stand)
{
    stand->first = SIZE_MAX;
    stand->last_decide = 0;
    stand->resets = false;
    for (size_t l = 0; l < GW_LANES; l++) {
        stand->decide_from[l] = SIZE_MAX; /* a lane that only fills a vector */
        stand->count_from[l] = stand->begin;
        stand->unsafe[l] = false;
        stand->pool[0][l] = 0;
        stand->pool[1][l] = 0;
        stand->pooled[l] = 0;
        if (l < pack->lanes) {
            size_t *from = &stand->decide_from[l];
            warm_up(&vector->setup, stand, l, pack->back[l]);
            stand->first = *from < stand->first ? *from : stand->first;
            stand->last_decide = *from > stand->last_decide ? *from : stand->last_decide;
        }
        stand->resets |= stand->count_from[l] != stand->begin;
        if (stand->fills != NULL) {
            stand->fills[l].count = 0;
        }
    }
    stand->first = stand->first < stand->begin ? stand->first : stand->begin;
}

static void *fit(void *room, size_t *have, size_t need, size_t size)
{
    if (need > *have) {
        room = gw_realloc(room, need, size);
        *have = need;
    }
    return room;
}

static void fit_fills(struct lane_fills **fills, size_t *have, size_t need)
{
    size_t had = *have;
    *fills = fit(*fills, have, need, sizeof **fills);
    if (*have > had) {
        memset(*fills + had, 0, (*have - had) * sizeof **fills);
    }
}

static void make_room(struct gw_vector *vector, const struct gw_vector_work *work)
{
    size_t stands = vector->packs * work->spans, bars = 0, longest = 0;
    size_t seats = vector->shared != NULL ? 0 : stands * vector->seats;
    for (size_t s = 0; s < work->spans; s++) {
        size_t own = span_bars(&work->span[s]);
        bars += own;
        longest = own > longest ? own : longest;
    }
    vector->stand =
        fit(vector->stand, &vector->stand_room, stands, sizeof *vector->stand);
    if (seats > vector->seat_room) { /* vectors want 64 bytes; nothing is kept */
        free(vector->seat);
        vector->seat = gw_aligned(seats, sizeof *vector->seat);
        vector->seat_room = seats;
    }
    if (vector->general) {
        vector->general_seat = fit(vector->general_seat, &vector->general_room, seats,
                                   sizeof *vector->general_seat);
    }
    if (vector->stores && stands > vector->total_room) {
        free(vector->total);
        vector->total = gw_aligned(stands, sizeof *vector->total);
        vector->total_room = stands;
    }
    if (vector->stores) {
        size_t need = vector->packs * bars * vector->stride;
        vector->rows = fit(vector->rows, &vector->rows_room, need, sizeof(double));
        memset(vector->rows, 0, need * sizeof(double));
        vector->scratch =
            fit(vector->scratch, &vector->scratch_room, 2 * longest, sizeof(double));
    }
    if (keeps_exposure(vector)) {
        size_t need = vector->packs * (bars / WORD + work->spans) * GW_LANES;
        vector->exposure =
            fit(vector->exposure, &vector->exposure_room, need, sizeof(uint64_t));
        memset(vector->exposure, 0, need * sizeof(uint64_t));
    }
    if (vector->setup.keep_fills) {
        fit_fills(&vector->fills, &vector->fills_room, stands * GW_LANES);
        fit_fills(&vector->seat_fills, &vector->seat_fills_room, seats * GW_LANES);
    }
}

void tile_open(struct gw_vector *vector, const struct gw_vector_work *work)
{
    make_room(vector, work);
    double *rows = vector->rows;
    uint64_t *exposure = vector->exposure;
    for (size_t i = 0; i < vector->packs * work->spans; i++) {
        struct stand *stand = &vector->stand[i];
        stand->begin = work->span[i % work->spans].begin;
        stand->end = work->span[i % work->spans].end;
        stand->rows = vector->stores ? rows : NULL;
        stand->exposure = keeps_exposure(vector) ? exposure : NULL;
        stand->fills = vector->setup.keep_fills ? vector->fills + i * GW_LANES : NULL;
        if (stand->rows != NULL) {
            rows += (stand->end - stand->begin + 1) * vector->stride;
        }
        if (stand->exposure != NULL) {
            exposure += words_of(stand) * GW_LANES;
        }
        if (vector->stores) {
            memset(vector->total[i].ledger, 0, sizeof vector->total[i].ledger);
        }
        open_stand(vector, &vector->pack[i / work->spans], stand);
    }
}

/* ---- rows ---- */

/* Sums of the stored equity, cut where lanes begin to count. */
static void read_rows(struct gw_vector *vector,
                      const struct pack *pack,
                      struct stand *stand,
                      struct lane_sums *sums)
{
    double capital = vector->setup.rules->capital * (double)vector->accounts;
    size_t bars = stand->end - stand->begin + 1, next;
    struct lane_bars part = {.lanes = pack->lanes, .equity_stride = vector->stride};
    for (size_t l = 0; l < GW_LANES; l++) {
        sums_open(sums, l, capital);
    }
    for (size_t t = 0; t < bars; t = next) {
        next = t + WORD < bars ? t + WORD : bars;
        for (size_t l = 0; stand->resets && l < pack->lanes; l++) {
            size_t from = stand->count_from[l] - stand->begin;
            if (from == t && t > 0) {
                stand->unsafe[l] |= !(sums->lowest[l] > NOTHING_UNDER);
                sums_open(sums, l, capital);
            }
            next = from > t && from < next ? from : next;
        }
        part.to = next - t;
        part.equity = stand->rows + t * vector->stride;
        (vector->needs_all ? vector->lanes->read_all
                           : vector->lanes->read_basic)(&part, vector->events, sums);
    }
}

/* One lane of one stand, with what its row is made of. */
struct result {
    struct stand *stand;
    const struct lane_sums *sums;
    const struct gw_ledger *ledger;
    size_t lane;
    uint64_t exposed;
};

static struct result
result_of(const struct gw_vector *vector, struct stand *stand, size_t at, size_t lane)
{
    struct result result = {.stand = stand, .lane = lane};
    const struct seat *seat = &vector->seat[at * vector->seats];
    result.sums = vector->stores ? &vector->total[at].sums : &seat->sums;
    result.ledger =
        vector->stores ? &vector->total[at].ledger[lane] : &seat->ledger[lane];
    if (stand->exposure == NULL) {
        result.exposed = seat->account[lane].exposed;
    } else {
        for (size_t w = 0; w < words_of(stand); w++) {
            uint64_t word = stand->exposure[w * GW_LANES + lane];
            result.exposed += (uint64_t)__builtin_popcountll(word);
        }
    }
    return result;
}

/* Mean and sd (ddof 0) of the accounts' returns; false: only the returns can tell. */
static bool
pool(const struct gw_vector *vector, const struct result *result, struct gw_tally *tally)
{
    double n = (double)result->stand->pooled[result->lane];
    bool one = vector->accounts == 1;
    double r =
        one ? result->sums->power[0][result->lane] : result->stand->pool[0][result->lane];
    double square =
        one ? result->sums->power[1][result->lane] : result->stand->pool[1][result->lane];
    if (!vector->setup.wanted[GW_METRIC_pooled_sharpe] || n == 0 || square == 0) {
        return true;
    }
    double v = square / n - r / n * (r / n);
    tally->pooled_mean = r / n;
    tally->pooled_sd = sqrt(v);
    return v > 1e-2 * (square / n) && v > 1e-22;
}

/* A lane's stored equity from its first counted bar on, into the scratch. */
static size_t gather(struct gw_vector *vector, const struct stand *stand, size_t lane)
{
    size_t skipped = stand->count_from[lane] - stand->begin;
    size_t bars = stand->end - stand->count_from[lane] + 1;
    for (size_t t = 0; t < bars; t++) {
        vector->scratch[t] = stand->rows[(skipped + t) * vector->stride + lane];
    }
    return bars;
}

static void measure_tail(struct gw_vector *vector,
                         const struct stand *stand,
                         size_t lane,
                         double *metric)
{
    const bool *wanted = vector->setup.wanted;
    if (!wanted[GW_METRIC_var_95] && !wanted[GW_METRIC_cvar_95]) {
        return;
    }
    size_t bars = gather(vector, stand, lane);
    double before = vector->setup.rules->capital * (double)vector->accounts;
    for (size_t t = 0; t < bars; t++) {
        double now = vector->scratch[t];
        vector->scratch[t] = now / before - 1;
        before = now;
    }
    gw_measure_tail(vector->scratch, bars, metric);
}

/* The same as the reference engine measures a row: from its returns, bar by bar. */
static void measure_row(struct gw_vector *vector,
                        const struct result *result,
                        const struct gw_tally *tally,
                        double *metric)
{
    const struct stand *stand = result->stand;
    const double *benchmark = vector->setup.benchmark;
    size_t first = stand->count_from[result->lane];
    double n = (double)stand->pooled[result->lane], sd = tally->pooled_sd;
    struct gw_record record = {
        .capital = tally->capital,
        .periods = tally->periods,
        .risk_free = vector->setup.rules->risk_free,
        .equity = vector->scratch,
        .benchmark = benchmark != NULL ? benchmark + first : NULL,
        .bars = gather(vector, stand, result->lane),
        .exposed = tally->exposed,
        .ledger = tally->ledger,
        .pooled = {.count = stand->pooled[result->lane],
                   .mean = tally->pooled_mean,
                   .squares = sd * sd * n},
    };
    record.scratch = vector->scratch + record.bars;
    gw_measure(&record, vector->setup.wanted, metric);
}

/* Whether trades differ by so little that rounding decides on the sd of their pnl. */
static bool trades_alike(const struct gw_vector *vector, const struct gw_ledger *ledger)
{
    double trades = (double)ledger->trades, mean = ledger->traded / trades;
    return vector->general && vector->setup.wanted[GW_METRIC_sqn] && trades >= 2 &&
           ledger->pnl.squares <= trades * (1e-7 * mean) * (1e-7 * mean);
}

/* The metrics of one lane; false when the reference engine must make the row. */
static bool measure(struct gw_vector *vector, const struct result *result, double *metric)
{
    const struct lane_sums *sums = result->sums;
    const struct stand *stand = result->stand;
    size_t lane = result->lane;
    const double power[4] = {sums->power[0][lane], sums->power[1][lane],
                             sums->power[2][lane], sums->power[3][lane]};
    struct gw_tally tally = {
        .capital = vector->setup.rules->capital * (double)vector->accounts,
        .periods = vector->setup.periods,
        .risk_free = vector->setup.rules->risk_free,
        .final = sums->before[lane],
        .bars = stand->end - stand->count_from[lane] + 1,
        .exposed = result->exposed,
        .gains = sums->gains[lane],
        .losses = sums->losses[lane],
        .downside = sums->downside[lane],
        .deepest = sums->lowest[lane] - 1,
        .longest = sums->longest[lane],
        .drawdowns = sums->drawdowns[lane],
        .equity = sums->equity[lane],
        .ledger = result->ledger,
    };
    if (stand->unsafe[lane] || !(sums->lowest[lane] > NOTHING_UNDER) ||
        !isfinite(power[0]) || !isfinite(power[1]) ||
        !gw_shape_of_sums(tally.bars, power, vector->needs_all ? 4 : 2, &tally.shape) ||
        !pool(vector, result, &tally) || trades_alike(vector, result->ledger)) {
        return false;
    }
    if (vector->by_rows) {
        measure_row(vector, result, &tally, metric);
    } else {
        gw_metrics(&tally, metric);
        measure_tail(vector, stand, lane, metric);
    }
    return true;
}

static void put(struct gw_vector *vector,
                const struct gw_vector_work *work,
                struct gw_vector_row *row,
                double *metric)
{
    for (int m = 0; m < GW_METRICS; m++) {
        metric[m] = vector->setup.wanted[m] ? metric[m] : NAN;
    }
    row->metric = metric;
    vector->stats.rows++;
    vector->stats.reference_rows += row->by_reference;
    work->put(work->context, row);
}

static void put_reference(struct gw_vector *vector,
                          const struct gw_vector_work *work,
                          struct gw_vector_row *row)
{
    double begin = gw_clock(), value[GW_MAX_PARAMETERS];
    struct gw_row made;
    lane_values(&work->run[row->run], row->lane, value);
    gw_reference_run(vector->reference, value, work->span[row->span].begin,
                     work->span[row->span].end, &made);
    row->status = made.status;
    row->by_reference = true;
    if (vector->setup.keep_fills) {
        row->equity = gw_reference_equity(vector->reference, &row->first, &row->bars);
        row->fill = gw_reference_fills(vector->reference, &row->fills);
    }
    put(vector, work, row, made.metric);
    vector->stats.reference_seconds += gw_clock() - begin;
}

static void put_lane(struct gw_vector *vector,
                     const struct gw_vector_work *work,
                     struct gw_vector_row *row,
                     const struct result *result)
{
    double metric[GW_METRICS];
    const struct stand *stand = result->stand;
    size_t lane = result->lane;
    row->status = stand->status[lane];
    if (row->status != GW_ROW_OK) {
        for (int m = 0; m < GW_METRICS; m++) {
            metric[m] = NAN;
        }
        put(vector, work, row, metric);
        return;
    }
    if (!measure(vector, result, metric)) {
        put_reference(vector, work, row);
        return;
    }
    if (vector->setup.keep_fills) {
        row->bars = gather(vector, stand, lane);
        row->equity = vector->scratch;
        row->first = stand->count_from[lane];
        row->fill = stand->fills[lane].fill;
        row->fills = stand->fills[lane].count;
    }
    put(vector, work, row, metric);
}

void tile_finish(struct gw_vector *vector, const struct gw_vector_work *work)
{
    double begin = gw_clock(), elsewhere = vector->stats.reference_seconds;
    for (size_t i = 0; i < vector->packs * work->spans; i++) {
        struct stand *stand = &vector->stand[i];
        const struct pack *pack = &vector->pack[i / work->spans];
        if (vector->stores) {
            read_rows(vector, pack, stand, &vector->total[i].sums);
        }
        for (size_t l = 0; l < pack->lanes; l++) {
            struct gw_vector_row row = {
                .run = pack->run, .lane = pack->lane[l], .span = i % work->spans};
            struct result result = result_of(vector, stand, i, l);
            put_lane(vector, work, &row, &result);
        }
        take_turn(vector);
    }
    vector->stats.metrics_seconds +=
        gw_clock() - begin - (vector->stats.reference_seconds - elsewhere);
}
