#include "board.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A block larger than this would not stay near while all lanes read it. */
static const double BLOCK_BYTES = 1 << 20;
enum { FEWEST_BARS = 8, SETS = 4 };

static bool
has_field(const struct board *board, enum board_field field, struct board_needs needs)
{
    switch (field) {
    case BOARD_MARK:
        return true;
    case BOARD_DUE:
        return !board->due_is_mark;
    case BOARD_VOLUME:
        return needs.volume;
    case BOARD_FACTOR:
        return needs.factor;
    default:
        return needs.stops;
    }
}

void board_init(struct board *board,
                const struct gw_engine_setup *setup,
                struct board_needs needs)
{
    *board = (struct board){.setup = setup, .assets = setup->assets, .most = WORD};
    size_t fields = 0;
    board->stride = (setup->assets + 7) / 8 * 8;
    board->groups = (setup->assets + WORD - 1) / WORD;
    board->due_is_mark = setup->rules->execution.price == GW_PRICE_CLOSE;
    for (int f = 0; f < BOARD_FIELDS; f++) {
        fields += has_field(board, (enum board_field)f, needs);
    }
    double row = (double)(fields * board->stride) * sizeof(double);
    while (board->most > FEWEST_BARS && (double)board->most * row > BLOCK_BYTES) {
        board->most /= 2;
    }
    for (int f = 0; f < BOARD_FIELDS; f++) {
        if (has_field(board, (enum board_field)f, needs)) {
            board->field[f] = gw_aligned(board->most * board->stride, sizeof(double));
        }
    }
    size_t words = board->most * board->groups;
    board->has = gw_calloc(SETS * words, sizeof(uint64_t));
    board->decides = board->has + words;
    board->fills = board->decides + words;
    board->leaves = board->fills + words;
    board->view = gw_calloc(board->most, sizeof(double));
}

void board_clear(struct board *board)
{
    for (int f = 0; f < BOARD_FIELDS; f++) {
        free(board->field[f]);
    }
    free(board->has);
    free(board->dividends.event);
    free(board->exits.event);
    free(board->view);
    *board = (struct board){0};
}

double board_bytes(const struct board *board)
{
    size_t fields = 0;
    for (int f = 0; f < BOARD_FIELDS; f++) {
        fields += board->field[f] != NULL;
    }
    return (double)(board->most * (fields * board->stride + SETS * board->groups)) *
           sizeof(double);
}

/* One asset of the block. */
struct column {
    const struct gw_listing *listing;
    size_t place, asset; /* in the setup, in the panel */
    size_t from, to;     /* own bars of the block */
};

static const double *
view_of(struct board *board, const struct column *column, enum gw_field field, bool raw)
{
    const struct gw_view view = {column->asset, field, raw, column->from, column->to};
    gw_portal_field(board->setup->portal, view, board->view);
    return board->view;
}

/* A field as it is, `missing` where there is no bar or no number. */
static void lay_field(struct board *board,
                      const struct column *column,
                      enum board_field to,
                      enum gw_field from,
                      double missing)
{
    double *out = board->field[to];
    if (out == NULL) {
        return;
    }
    const double *value = view_of(board, column, from, from == GW_VOLUME);
    for (size_t i = 0; i < board->bars; i++) {
        out[i * board->stride + column->place] = missing;
    }
    for (size_t own = column->from; own < column->to; own++) {
        double x = value[own - column->from];
        size_t i = column->listing->bar[own] - board->first;
        out[i * board->stride + column->place] = isnan(x) ? missing : x;
    }
}

static double close_before(const struct board *board, const struct column *column)
{
    double mark = 0;
    if (column->from > 0) {
        const struct gw_view view = {column->asset, GW_CLOSE, false, column->from - 1,
                                     column->from};
        gw_portal_field(board->setup->portal, view, &mark);
    }
    return mark;
}

static void lay_marks(struct board *board, const struct column *column)
{
    const double *close = view_of(board, column, GW_CLOSE, false);
    double *out = board->field[BOARD_MARK] + column->place;
    double mark = close_before(board, column);
    for (size_t i = 0, own = column->from; i < board->bars; i++) {
        if (own < column->to && column->listing->bar[own] == board->first + i) {
            mark = close[own - column->from];
            own++;
        }
        out[i * board->stride] = mark;
    }
}

static void set_bit(const struct board *board, uint64_t *sets, size_t i, size_t place)
{
    sets[i * board->groups + place / WORD] |= UINT64_C(1) << place % WORD;
}

/* Where orders are due at the open: the open, or the close known then. */
static void lay_opens(struct board *board, const struct column *column)
{
    const double *open = view_of(board, column, GW_OPEN, false);
    const double *mark = board->field[BOARD_MARK] + column->place;
    double *out = board->field[BOARD_DUE] + column->place;
    double before = close_before(board, column);
    for (size_t i = 0; i < board->bars; i++) {
        out[i * board->stride] = before;
        before = mark[i * board->stride];
    }
    for (size_t own = column->from; own < column->to; own++) {
        size_t i = column->listing->bar[own] - board->first;
        double price = open[own - column->from];
        if (price > 0) {
            out[i * board->stride] = price;
            set_bit(board, board->fills, i, column->place);
        }
    }
}

static void add_event(struct board_events *events, size_t bar, size_t asset, double x)
{
    struct board_event *last =
        events->count > 0 ? &events->event[events->count - 1] : NULL;
    if (last != NULL && last->bar == bar && last->asset == asset) {
        last->amount += x;
        return;
    }
    events->event = gw_grow(events->event, &events->capacity, events->count + 1,
                            sizeof *events->event);
    events->event[events->count++] = (struct board_event){bar, asset, x};
}

static void lay_sets(struct board *board, const struct column *column)
{
    const struct gw_listing *listing = column->listing;
    for (size_t own = column->from; own < column->to; own++) {
        size_t i = listing->bar[own] - board->first;
        bool leaves = listing->delisted && listing->bar[own] == listing->last;
        set_bit(board, board->has, i, column->place);
        set_bit(board, leaves ? board->leaves : board->decides, i, column->place);
        if (board->due_is_mark && !leaves) {
            set_bit(board, board->fills, i, column->place);
        }
        if (leaves) {
            double mark = board->field[BOARD_MARK][i * board->stride + column->place];
            double price = mark * (1 + gw_portal_delisting_return(board->setup->portal,
                                                                  column->asset));
            add_event(&board->exits, i, column->place, price);
        }
    }
}

static void lay_dividends(struct board *board, const struct column *column)
{
    size_t count;
    const struct gw_dividend *dividend =
        gw_portal_dividends(board->setup->portal, column->asset, &count);
    const double *factor = gw_portal_factor(board->setup->portal, column->asset);
    for (size_t i = 0; i < count; i++) {
        size_t t = dividend[i].bar;
        if (t >= board->first && t < board->first + board->bars) {
            add_event(&board->dividends, t - board->first, column->place,
                      dividend[i].amount * (factor != NULL ? factor[t - 1] : 1));
        }
    }
}

static void lay_factors(struct board *board, const struct column *column)
{
    const double *factor = gw_portal_factor(board->setup->portal, column->asset);
    double *out = board->field[BOARD_FACTOR];
    for (size_t i = 0; out != NULL && i < board->bars; i++) {
        out[i * board->stride + column->place] =
            factor != NULL ? factor[board->first + i] : 1;
    }
}

static int compare_events(const void *a, const void *b)
{
    const struct board_event *x = a, *y = b;
    if (x->bar != y->bar) {
        return x->bar < y->bar ? -1 : 1;
    }
    return (x->asset > y->asset) - (x->asset < y->asset);
}

static void sort_events(struct board_events *events)
{
    if (events->count > 1) {
        qsort(events->event, events->count, sizeof *events->event, compare_events);
    }
    for (size_t i = 0, k = 0; i <= WORD; i++) {
        while (k < events->count && events->event[k].bar < i) {
            k++;
        }
        events->start[i] = k;
    }
}

void board_set(struct board *board, size_t t)
{
    const struct gw_portal *portal = board->setup->portal;
    size_t left = gw_portal_bars(portal);
    board->first = t - t % board->most;
    left -= board->first;
    board->bars = left < board->most ? left : board->most;
    board->dividends.count = 0;
    board->exits.count = 0;
    memset(board->has, 0, SETS * board->most * board->groups * sizeof(uint64_t));
    for (size_t n = 0; n < board->assets; n++) {
        size_t asset = board->setup->asset[n];
        const struct column column = {
            .listing = gw_portal_listing(portal, asset),
            .place = n,
            .asset = asset,
            .from = gw_portal_own(portal, asset, board->first),
            .to = gw_portal_own(portal, asset, board->first + board->bars)};
        lay_marks(board, &column);
        lay_field(board, &column, BOARD_OPEN, GW_OPEN, NAN);
        lay_field(board, &column, BOARD_HIGH, GW_HIGH, NAN);
        lay_field(board, &column, BOARD_LOW, GW_LOW, NAN);
        lay_field(board, &column, BOARD_VOLUME, GW_VOLUME, 0);
        lay_factors(board, &column);
        if (!board->due_is_mark) {
            lay_opens(board, &column);
        }
        lay_sets(board, &column);
        lay_dividends(board, &column);
    }
    sort_events(&board->dividends);
    sort_events(&board->exits);
}
