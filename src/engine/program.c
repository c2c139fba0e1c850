#include "program.h"

#include "gridwalk/base/math.h"
#include "gridwalk/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    /* numbers */
    COLUMN,  /* held by the columns */
    NUMBER,  /* of parameters alone */
    ELEMENT, /* a kernel of its operands */
    WHERE,   /* its second or third operand, by truth */
    /* words */
    PAIR,  /* above, below, equal of two numbers */
    TRUTH, /* of parameters alone */
    GREATER,
    LESS,
    GREATER_EQUAL,
    LESS_EQUAL,
    EQUAL,
    CROSS_ABOVE,
    CROSS_BELOW,
    NOT,
    AND,
    OR
};

enum { WORDS = CHUNK_WORDS * GW_LANES /* of a chunk */, NUMBER_CHUNK = 256 };

/* The range of words of which none is known. */
static const double nowhere[] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN,
                                 NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
_Static_assert(sizeof nowhere / sizeof nowhere[0] == CHUNK_WORDS, "one for each word");

struct op {
    enum kind kind;
    int32_t node;      /* of the graph; -1 for a pair */
    size_t operand[3]; /* earlier operations */
    size_t slot;       /* among the columns, numbers or crossings */
    gw_kernel_fn kernel;
    double *buffer;                /* [GW_LANES][chunk + WORD] of an ELEMENT ... */
    double filled[GW_LANES];       /* NUMBER: what stands in the buffer */
    const double *value[GW_LANES]; /* numbers: the chunk of each lane, */
    const double *low[GW_LANES], *high[GW_LANES]; /* and the ranges of its words */
    uint64_t *yes, *no, *same;                    /* [CHUNK_WORDS][GW_LANES] */
};

struct program {
    const struct gw_graph *graph;
    const struct lane_table *lanes;
    uint32_t varied;
    struct op *op;
    size_t ops, capacity;
    size_t columns, numbers, crossings;
    size_t chunk;
    size_t signal[GW_SIGNALS], target; /* operations, SIZE_MAX: none */
    double *low, *high;                /* [CHUNK + WORD] bounds of a pair's anchor, */
    double word_low[CHUNK_WORDS], word_high[CHUNK_WORDS]; /* and of its words */
};

static size_t add(struct program *program, struct op op)
{
    for (size_t i = 0; i < program->ops; i++) {
        const struct op *had = &program->op[i];
        if (had->kind == op.kind && had->node == op.node &&
            memcmp(had->operand, op.operand, sizeof op.operand) == 0) {
            return i;
        }
    }
    op.slot = op.kind == COLUMN                                  ? program->columns++
              : op.kind == NUMBER || op.kind == TRUTH            ? program->numbers++
              : op.kind == CROSS_ABOVE || op.kind == CROSS_BELOW ? program->crossings++
                                                                 : 0;
    program->op =
        gw_grow(program->op, &program->capacity, program->ops + 1, sizeof *program->op);
    program->op[program->ops] = op;
    return program->ops++;
}

static const struct {
    gw_kernel_fn kernel;
    enum kind kind;
    bool of_pair;
} logic[] = {
    {gw_kernel_greater, GREATER, true},
    {gw_kernel_less, LESS, true},
    {gw_kernel_greater_equal, GREATER_EQUAL, true},
    {gw_kernel_less_equal, LESS_EQUAL, true},
    {gw_kernel_equal, EQUAL, true},
    {gw_kernel_crosses_above, CROSS_ABOVE, true},
    {gw_kernel_crosses_below, CROSS_BELOW, true},
    {gw_kernel_not, NOT, false},
    {gw_kernel_and, AND, false},
    {gw_kernel_or, OR, false},
};

static enum kind kind_of_logic(const struct gw_node *node, bool *of_pair_out)
{
    size_t i = 0;
    while (logic[i].kernel != node->function->kernel) {
        i++;
        assert(i < sizeof logic / sizeof logic[0]);
    }
    *of_pair_out = logic[i].of_pair;
    return logic[i].kind;
}

/* Element-wise, and different in every lane: not worth a column. */
static bool is_done_here(const struct program *program, const struct gw_node *node)
{
    return node->kind == GW_NODE_CALL && node->function->elementwise &&
           (node->depends & program->varied) == program->varied;
}

static size_t compile(struct program *program, int32_t id)
{
    const struct gw_node *node = gw_graph_node(program->graph, id);
    struct op op = {.node = id};
    if (!node->over_bars) {
        op.kind = node->type == GW_BOOLEAN ? TRUTH : NUMBER;
        return add(program, op);
    }
    if (node->type == GW_NUMBER && !is_done_here(program, node)) {
        op.kind = COLUMN;
        return add(program, op);
    }
    for (unsigned i = 0; i < node->function->series; i++) {
        op.operand[i] = compile(program, node->series[i]);
    }
    if (node->type == GW_NUMBER) {
        op.kernel = node->function->kernel;
        op.kind = op.kernel == gw_kernel_where ? WHERE : ELEMENT;
        return add(program, op);
    }
    bool of_pair;
    op.kind = kind_of_logic(node, &of_pair);
    if (of_pair) {
        struct op pair = {.kind = PAIR, .node = -1};
        memcpy(pair.operand, op.operand, sizeof pair.operand);
        op.operand[0] = add(program, pair);
        op.operand[1] = 0;
    }
    return add(program, op);
}

static void allocate(struct program *program)
{
    bool numbers = false;
    for (size_t i = 0; i < program->ops; i++) {
        enum kind kind = program->op[i].kind;
        numbers = numbers || kind == ELEMENT || kind == WHERE;
    }
    program->chunk = numbers ? NUMBER_CHUNK : CHUNK;
    for (size_t i = 0; i < program->ops; i++) {
        struct op *op = &program->op[i];
        if (op->kind == NUMBER || op->kind == ELEMENT || op->kind == WHERE) {
            op->buffer = gw_calloc((program->chunk + WORD) * GW_LANES, sizeof(double));
        } else if (op->kind != COLUMN) {
            op->yes = gw_calloc(WORDS, sizeof(uint64_t));
            op->no = gw_calloc(WORDS, sizeof(uint64_t));
            op->same = gw_calloc(op->kind == PAIR ? WORDS : 0, sizeof(uint64_t));
        }
        for (size_t l = 0; l < GW_LANES; l++) {
            op->low[l] = op->high[l] = nowhere;
        }
        memset(op->filled, 0xff, sizeof op->filled); /* no number that can be */
    }
    program->low = gw_calloc(CHUNK + WORD, sizeof(double));
    program->high = gw_calloc(CHUNK + WORD, sizeof(double));
}

struct program *
program_new(const struct gw_graph *graph, const struct gw_rules *rules, uint32_t varied)
{
    struct program *program = gw_calloc(1, sizeof *program);
    program->graph = graph;
    program->lanes = lane_table();
    program->varied = varied;
    program->target = SIZE_MAX;
    for (int s = 0; s < GW_SIGNALS; s++) {
        bool used = !rules->has_target && rules->signal[s] != GW_NO_NODE;
        program->signal[s] = used ? compile(program, rules->signal[s]) : SIZE_MAX;
    }
    if (rules->has_target) {
        program->target = compile(program, rules->target);
    }
    allocate(program);
    return program;
}

void program_free(struct program *program)
{
    if (program == NULL) {
        return;
    }
    for (size_t i = 0; i < program->ops; i++) {
        free(program->op[i].buffer);
        free(program->op[i].yes);
        free(program->op[i].no);
        free(program->op[i].same);
    }
    free(program->op);
    free(program->low);
    free(program->high);
    free(program);
}

size_t program_chunk(const struct program *program)
{
    return program->chunk;
}

bool program_remembers(const struct program *program)
{
    return program->crossings > 0;
}

size_t program_run_bytes(const struct program *program)
{
    return GW_LANES * sizeof(double) *
           (program->columns + program->numbers + program->crossings);
}

void program_run_init(const struct program *program, struct program_run *run)
{
    run->column = gw_calloc(program->columns * GW_LANES, sizeof *run->column);
    run->number = gw_calloc(program->numbers * GW_LANES, sizeof *run->number);
    run->side = gw_aligned(program->crossings + 1, sizeof *run->side);
    program_restart(program, run);
}

void program_run_clear(struct program_run *run)
{
    free(run->column);
    free(run->number);
    free(run->side);
}

void program_bind(const struct program *program,
                  struct program_run *run,
                  size_t lane,
                  struct gw_columns *columns)
{
    for (size_t i = 0; i < program->ops; i++) {
        const struct op *op = &program->op[i];
        size_t at = op->slot * GW_LANES + lane;
        if (op->kind == COLUMN) {
            run->column[at] = gw_columns_hold(columns, op->node);
        } else if (op->kind == NUMBER || op->kind == TRUTH) {
            run->number[at] = gw_columns_number(columns, op->node);
        }
    }
}

uintptr_t program_kinship(const struct program *program, const struct program_run *run)
{
    for (size_t i = 0; i < program->columns && run->lanes > 1; i++) {
        const struct gw_held *column = run->column + i * GW_LANES;
        if (column[0].value != column[1].value) {
            return (uintptr_t)column[0].value;
        }
    }
    return 0;
}

void program_restart(const struct program *program, struct program_run *run)
{
    memset(run->side, 0, (program->crossings + 1) * sizeof *run->side);
    for (size_t l = 0; l < GW_LANES; l++) {
        run->weight[l] = NAN;
    }
}

/* The bars of the chunk in hand. */
struct chunk {
    const struct program_run *run;
    size_t from, bars, words;
    uint64_t last; /* bits of the last word that are bars */
};

static uint64_t bits_of(const struct chunk *chunk, size_t word)
{
    return word + 1 == chunk->words ? chunk->last : UINT64_MAX;
}

/* Ranges are of words of the column, which need not be words of the chunk. */
static void take_columns(const struct chunk *chunk, struct op *op)
{
    for (size_t l = 0; l < chunk->run->lanes; l++) {
        const struct gw_held *held = &chunk->run->column[op->slot * GW_LANES + l];
        op->value[l] = held->value + chunk->from;
        op->low[l] = chunk->from % WORD == 0 ? held->low + chunk->from / WORD : nowhere;
        op->high[l] = chunk->from % WORD == 0 ? held->high + chunk->from / WORD : nowhere;
    }
}

static double *room_of(const struct program *program, struct op *op, size_t lane)
{
    return op->buffer + lane * (program->chunk + WORD);
}

static void
fill_numbers(const struct program *program, const struct chunk *chunk, struct op *op)
{
    for (size_t l = 0; l < chunk->run->lanes; l++) {
        const double *number = &chunk->run->number[op->slot * GW_LANES + l];
        if (l > 0 && memcmp(number, number - 1, sizeof *number) == 0) {
            op->value[l] = op->value[l - 1];
            op->low[l] = op->high[l] = op->value[l];
            continue;
        }
        double *out = room_of(program, op, l);
        op->value[l] = out;
        op->low[l] = op->high[l] = out; /* one number throughout */
        for (size_t t = 0;
             memcmp(number, &op->filled[l], sizeof *number) != 0 && t < program->chunk;
             t++) {
            out[t] = *number;
        }
        op->filled[l] = *number;
    }
}

static void
apply_kernel(const struct program *program, const struct chunk *chunk, struct op *op)
{
    static const double nothing[GW_MAX_NUMBERS];
    const struct gw_node *node = gw_graph_node(program->graph, op->node);
    const double *operand[GW_MAX_SERIES] = {NULL}, *before[GW_MAX_SERIES] = {NULL};
    for (size_t l = 0; l < chunk->run->lanes; l++) {
        for (unsigned i = 0; i < node->function->series; i++) {
            operand[i] = program->op[op->operand[i]].value[l];
        }
        if (l > 0 && memcmp(operand, before, sizeof operand) == 0) {
            op->value[l] = op->value[l - 1];
            continue;
        }
        memcpy(before, operand, sizeof before);
        double *out = room_of(program, op, l);
        op->value[l] = out;
        op->kernel(operand, nothing, chunk->bars, out);
    }
}

static void
choose(const struct program *program, const struct chunk *chunk, struct op *op)
{
    const struct op *condition = &program->op[op->operand[0]];
    for (size_t l = 0; l < chunk->run->lanes; l++) {
        const uint64_t *const yes_no[2] = {condition->yes + l, condition->no + l};
        const double *const operand[2] = {program->op[op->operand[1]].value[l],
                                          program->op[op->operand[2]].value[l]};
        double *out = room_of(program, op, l);
        op->value[l] = out;
        program->lanes->choose(yes_no, operand, chunk->words, out);
    }
}

/* What the bounds left open, one by one. */
static void resolve(const struct program *program,
                    const struct chunk *chunk,
                    const double *a,
                    const double *b,
                    struct op *op,
                    size_t lane)
{
    for (size_t w = 0; w < chunk->words; w++) {
        size_t at = w * GW_LANES + lane;
        uint64_t bars = bits_of(chunk, w), same = ~bars;
        uint64_t above = op->yes[at] & bars, below = op->no[at] & bars;
        uint64_t open = bars & ~(above | below);
        if (open != 0) {
            open &= program->lanes->defined(a + w * WORD, b + w * WORD);
        }
        for (; open != 0; open &= open - 1) {
            uint64_t bit = open & -open;
            size_t t = w * WORD + (size_t)__builtin_ctzll(open);
            above |= gw_above(a[t], b[t]) ? bit : 0;
            below |= gw_above(b[t], a[t]) ? bit : 0;
            same |= gw_same(a[t], b[t]) ? bit : 0;
        }
        op->yes[at] = above;
        op->no[at] = below;
        op->same[at] = same; /* bars that are none keep what was before them */
    }
}

static void copy_lane(const struct chunk *chunk, struct op *op, size_t lane)
{
    for (size_t w = 0; w < chunk->words; w++) {
        size_t at = w * GW_LANES + lane;
        op->yes[at] = op->yes[at - 1];
        op->no[at] = op->no[at - 1];
        op->same[at] = op->same[at - 1];
    }
}

/* Bounds of an anchor's lane, bar by bar and word by word. */
static void bound(struct program *program,
                  const struct chunk *chunk,
                  const struct op *anchor,
                  size_t lane)
{
    program->lanes->bounds(anchor->value[lane], chunk->words * WORD, program->low,
                           program->high);
    for (size_t w = 0; w < chunk->words; w++) {
        double low = anchor->low[lane][w], high = anchor->high[lane][w];
        double margin = 2e-12 * (fabs(low) > fabs(high) ? fabs(low) : fabs(high));
        program->word_low[w] = low - margin;
        program->word_high[w] = high + margin;
    }
}

/* The operand that stays from lane to lane is the anchor whose bounds are made once. */
static void
compare_pair(struct program *program, const struct chunk *chunk, struct op *op)
{
    const struct op *first = &program->op[op->operand[0]];
    const struct op *second = &program->op[op->operand[1]];
    const double *const *a = first->value, *const *b = second->value;
    const double *anchored = NULL;
    size_t lanes = chunk->run->lanes;
    bool by_second = lanes > 1 && a[0] != a[1] && b[0] == b[1];
    for (size_t l = 0; l < lanes; l++) {
        if (l > 0 && a[l] == a[l - 1] && b[l] == b[l - 1]) {
            copy_lane(chunk, op, l);
            continue;
        }
        const double *anchor = by_second ? b[l] : a[l];
        if (anchor != anchored) {
            bound(program, chunk, by_second ? second : first, l);
            anchored = anchor;
        }
        const struct op *other = by_second ? first : second;
        const struct lane_pair pair = {.low = program->low,
                                       .high = program->high,
                                       .x = other->value[l],
                                       .word_low = program->word_low,
                                       .word_high = program->word_high,
                                       .x_low = other->low[l],
                                       .x_high = other->high[l]};
        uint64_t *above = (by_second ? op->no : op->yes) + l;
        uint64_t *below = (by_second ? op->yes : op->no) + l;
        program->lanes->compare(&pair, chunk->words, above, below);
        resolve(program, chunk, a[l], b[l], op, l);
    }
}

static void fill_truth(const struct chunk *chunk, struct op *op)
{
    for (size_t i = 0; i < chunk->words * GW_LANES; i++) {
        double truth = chunk->run->number[op->slot * GW_LANES + i % GW_LANES];
        op->yes[i] = truth == 1 ? UINT64_MAX : 0;
        op->no[i] = truth == 0 ? UINT64_MAX : 0;
    }
}

static void decide_pair(const struct chunk *chunk, const struct op *pair, struct op *op)
{
    const uint64_t *above = pair->yes, *below = pair->no, *same = pair->same;
    for (size_t i = 0; i < chunk->words * GW_LANES; i++) {
        switch (op->kind) {
        case GREATER:
            op->yes[i] = above[i];
            op->no[i] = below[i] | same[i];
            break;
        case LESS:
            op->yes[i] = below[i];
            op->no[i] = above[i] | same[i];
            break;
        case GREATER_EQUAL:
            op->yes[i] = above[i] | same[i];
            op->no[i] = below[i];
            break;
        case LESS_EQUAL:
            op->yes[i] = below[i] | same[i];
            op->no[i] = above[i];
            break;
        default:
            op->yes[i] = same[i];
            op->no[i] = above[i] | below[i];
        }
    }
}

static void combine(const struct chunk *chunk,
                    const struct op *a,
                    const struct op *b,
                    const struct op *op)
{
    for (size_t i = 0; i < chunk->words * GW_LANES; i++) {
        if (op->kind == AND) {
            op->yes[i] = a->yes[i] & b->yes[i];
            op->no[i] = a->no[i] | b->no[i];
        } else if (op->kind == OR) {
            op->yes[i] = a->yes[i] | b->yes[i];
            op->no[i] = a->no[i] & b->no[i];
        } else {
            op->yes[i] = a->no[i];
            op->no[i] = a->yes[i];
        }
    }
}

static void execute(struct program *program, const struct chunk *chunk, struct op *op)
{
    const struct op *a = &program->op[op->operand[0]];
    const struct op *b = &program->op[op->operand[1]];
    const uint64_t *sides[3] = {a->yes, a->no, a->same};
    switch (op->kind) {
    case COLUMN:
        take_columns(chunk, op);
        break;
    case NUMBER:
        fill_numbers(program, chunk, op);
        break;
    case ELEMENT:
        apply_kernel(program, chunk, op);
        break;
    case WHERE:
        choose(program, chunk, op);
        break;
    case PAIR:
        compare_pair(program, chunk, op);
        break;
    case TRUTH:
        fill_truth(chunk, op);
        break;
    case CROSS_BELOW:
        sides[0] = a->no;
        sides[1] = a->yes; /* fall through */
    case CROSS_ABOVE:
        program->lanes->cross(sides, chunk->words, &chunk->run->side[op->slot], op->yes,
                              op->no);
        break;
    case NOT:
    case AND:
    case OR:
        combine(chunk, a, b, op);
        break;
    default:
        decide_pair(chunk, a, op);
    }
}

void program_evaluate(struct program *program,
                      struct program_run *run,
                      size_t from,
                      size_t bars)
{
    assert(bars > 0 && bars <= program->chunk);
    struct chunk chunk = {
        .run = run, .from = from, .bars = bars, .words = (bars + WORD - 1) / WORD};
    chunk.last = UINT64_MAX >> (WORD - 1 - (bars - 1) % WORD);
    for (size_t i = 0; i < program->ops; i++) {
        execute(program, &chunk, &program->op[i]);
    }
}

const uint64_t *program_signal(const struct program *program, enum gw_signal signal)
{
    size_t i = program->signal[signal];
    return i != SIZE_MAX ? program->op[i].yes : NULL;
}

const double *program_weight(const struct program *program, size_t lane)
{
    return program->op[program->target].value[lane];
}
