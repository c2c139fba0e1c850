#include "stage.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

size_t stage_bytes(size_t bars, bool general)
{
    size_t words = bars / WORD + 1;
    return (general ? 4 * bars * sizeof(double) : 0) +
           bars * (3 * sizeof(double) + sizeof(struct lane_step) + sizeof(uint32_t)) +
           WORD * (sizeof(double) + sizeof(struct lane_step)) +
           3 * words * sizeof(uint64_t);
}

struct stage *stage_new(size_t bars, bool general)
{
    struct stage *stage = gw_calloc(1, sizeof *stage);
    size_t words = bars / WORD + 1;
    stage->bars = bars;
    stage->mark = gw_calloc(bars + WORD, sizeof(double));
    stage->step = gw_calloc(bars + WORD, sizeof *stage->step);
    stage->price = gw_calloc(bars, sizeof(double));
    stage->dividend = gw_calloc(bars, sizeof(double));
    stage->own_of = gw_calloc(bars, sizeof(uint32_t));
    stage->own = gw_calloc(words, sizeof(uint64_t));
    stage->fill = gw_calloc(words, sizeof(uint64_t));
    stage->special = gw_calloc(words, sizeof(uint64_t));
    if (general) {
        stage->open = gw_calloc(bars, sizeof(double));
        stage->high = gw_calloc(bars, sizeof(double));
        stage->low = gw_calloc(bars, sizeof(double));
        stage->volume = gw_calloc(bars, sizeof(double));
    }
    return stage;
}

void stage_free(struct stage *stage)
{
    if (stage == NULL) {
        return;
    }
    free(stage->mark);
    free(stage->step);
    free(stage->price);
    free(stage->dividend);
    free(stage->own_of);
    free(stage->own);
    free(stage->fill);
    free(stage->special);
    free(stage->open);
    free(stage->high);
    free(stage->low);
    free(stage->volume);
    free(stage->stretch);
    free(stage);
}

static void set_bit(uint64_t *words, size_t bar)
{
    words[bar / WORD] |= UINT64_C(1) << bar % WORD;
}

static void find_stretches(struct stage *stage)
{
    const struct gw_listing *listing = stage->listing;
    stage->stretches = 0;
    for (size_t i = 0; i < listing->count; i++) {
        if (i > 0 && listing->bar[i] == listing->bar[i - 1] + 1) {
            stage->stretch[stage->stretches - 1].count++;
            continue;
        }
        stage->stretch = gw_grow(stage->stretch, &stage->capacity, stage->stretches + 1,
                                 sizeof *stage->stretch);
        stage->stretch[stage->stretches++] =
            (struct stretch){.own = i, .bar = listing->bar[i], .count = 1};
    }
}

static void lay_prices(struct stage *stage,
                       const struct gw_rules *rules,
                       const double *open,
                       const double *close)
{
    const struct gw_listing *listing = stage->listing;
    const double *due = rules->execution.price == GW_PRICE_OPEN ? open : close;
    double mark = 0;
    for (size_t t = 0, i = 0; t < stage->bars; t++) {
        double before = mark;
        stage->price[t] = NAN;
        if (i < listing->count && listing->bar[i] == t) {
            bool leaves = t == stage->leaves;
            mark = close[i];
            stage->price[t] = due[i];
            stage->own_of[t] = (uint32_t)i;
            if (!leaves) {
                set_bit(stage->own, t);
            }
            if (due[i] > 0 && (!leaves || rules->execution.price == GW_PRICE_OPEN)) {
                set_bit(stage->fill, t);
            }
            i++;
        }
        stage->mark[t] = mark;
        double r = before > 0 ? mark / before - 1 : 0;
        stage->step[t] = (struct lane_step){r, r * r, r < 0 ? r * r : 0};
    }
}

static void lay_dividends(struct stage *stage, const struct gw_portal *portal)
{
    size_t count;
    const struct gw_dividend *dividend =
        gw_portal_dividends(portal, stage->asset, &count);
    const double *factor = gw_portal_factor(portal, stage->asset);
    stage->first_dividend = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t t = dividend[i].bar;
        stage->first_dividend = t < stage->first_dividend ? t : stage->first_dividend;
        stage->dividend[t] += dividend[i].amount * (factor != NULL ? factor[t - 1] : 1);
        set_bit(stage->special, t);
    }
}

/* Numbers of own bars to their places on the calendar; from and out may be the same. */
static void spread_numbers(const struct stage *stage, const double *from, double *out)
{
    const struct gw_listing *listing = stage->listing;
    size_t i = listing->count;
    for (size_t t = stage->bars; t-- > 0;) { /* no bar is before its own number */
        bool own = i > 0 && listing->bar[i - 1] == t;
        i -= own;
        out[t] = own ? from[i] : NAN;
    }
}

static void lay_candles(struct stage *stage,
                        const struct gw_portal *portal,
                        struct gw_columns *columns)
{
    const struct gw_view volume = {.asset = stage->asset,
                                   .field = GW_VOLUME,
                                   .raw = true,
                                   .to = stage->listing->count};
    spread_numbers(stage, gw_columns_field(columns, GW_OPEN), stage->open);
    spread_numbers(stage, gw_columns_field(columns, GW_HIGH), stage->high);
    spread_numbers(stage, gw_columns_field(columns, GW_LOW), stage->low);
    gw_portal_field(portal, volume, stage->volume);
    spread_numbers(stage, stage->volume, stage->volume);
    stage->factor = gw_portal_factor(portal, stage->asset);
}

void stage_set(struct stage *stage,
               const struct gw_engine_setup *setup,
               struct gw_columns *columns,
               size_t asset)
{
    static const double no_value[GW_MAX_PARAMETERS];
    size_t words = stage->bars / WORD + 1;
    memset(stage->own, 0, words * sizeof(uint64_t));
    memset(stage->fill, 0, words * sizeof(uint64_t));
    memset(stage->special, 0, words * sizeof(uint64_t));
    memset(stage->dividend, 0, stage->bars * sizeof(double));
    stage->asset = asset;
    stage->listing = gw_portal_listing(setup->portal, asset);
    stage->leaves = stage->listing->delisted ? stage->listing->last : SIZE_MAX;
    const struct gw_columns_at at = {
        .asset = asset, .to = stage->listing->count, .value = no_value};
    gw_columns_begin(columns, &at);
    const double *close = gw_columns_field(columns, GW_CLOSE);
    lay_prices(stage, setup->rules, gw_columns_field(columns, GW_OPEN), close);
    if (stage->open != NULL) {
        lay_candles(stage, setup->portal, columns);
    }
    find_stretches(stage);
    lay_dividends(stage, setup->portal);
    if (stage->leaves != SIZE_MAX) {
        stage->leaving_price = close[stage->listing->count - 1] *
                               (1 + gw_portal_delisting_return(setup->portal, asset));
        set_bit(stage->special, stage->leaves);
    }
}

struct own_range
stage_own(const struct gw_engine_setup *setup, size_t asset, size_t begin, size_t end)
{
    size_t from = gw_portal_own(setup->portal, asset, begin);
    return (struct own_range){from, gw_portal_own(setup->portal, asset, end) - from};
}

/* Copy `count` bits of all lanes from bit `a` of one array to bit `b` of the other. */
static void
move_bits(const uint64_t *from, size_t a, uint64_t *to, size_t b, size_t count)
{
    while (count > 0) {
        size_t left = WORD - b % WORD; /* of the word written */
        size_t there = WORD - a % WORD;
        size_t bits = left < there ? left : there;
        bits = bits < count ? bits : count;
        uint64_t mask = UINT64_MAX >> (WORD - bits);
        const uint64_t *source = from + a / WORD * GW_LANES;
        uint64_t *target = to + b / WORD * GW_LANES;
        for (size_t l = 0; l < GW_LANES; l++) {
            target[l] |= (source[l] >> a % WORD & mask) << b % WORD;
        }
        a += bits;
        b += bits;
        count -= bits;
    }
}

/* The first stretch that ends behind an own bar. */
static size_t stretch_at(const struct stage *stage, size_t own)
{
    size_t low = 0, high = stage->stretches;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stage->stretch[middle].own + stage->stretch[middle].count > own) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void stage_spread(const struct stage *stage,
                  const struct stage_move *move,
                  const uint64_t *from,
                  uint64_t *to)
{
    memset(to, 0, move->words * GW_LANES * sizeof *to);
    size_t end = move->own + move->count;
    for (size_t i = stretch_at(stage, move->own);
         i < stage->stretches && stage->stretch[i].own < end; i++) {
        const struct stretch *stretch = &stage->stretch[i];
        size_t first = stretch->own > move->own ? stretch->own : move->own;
        size_t last = stretch->own + stretch->count;
        last = last < end ? last : end;
        move_bits(from, first - move->own, to,
                  stretch->bar + (first - stretch->own) - move->bar, last - first);
    }
}
