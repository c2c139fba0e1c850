#include "operation.h"

#include "gridwalk/base/math.h"

#include <assert.h>
#include <string.h>

_Static_assert(CHUNK_WORDS == 16, "as many as below");
const double op_nowhere[CHUNK_WORDS] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN,
                                        NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

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
        op->low[l] =
            chunk->from % WORD == 0 ? held->low + chunk->from / WORD : op_nowhere;
        op->high[l] =
            chunk->from % WORD == 0 ? held->high + chunk->from / WORD : op_nowhere;
    }
}

static double *room_of(const struct program *program, struct op *op, size_t lane)
{
    return op->buffer + lane * (program->chunk + WORD);
}

/* NaN is the same as NaN here. */
static bool same_bits(double a, double b)
{
    uint64_t first, second;
    memcpy(&first, &a, sizeof a);
    memcpy(&second, &b, sizeof b);
    return first == second;
}

static void
fill_numbers(const struct program *program, const struct chunk *chunk, struct op *op)
{
    for (size_t l = 0; l < chunk->run->lanes; l++) {
        const double *number = &chunk->run->number[op->slot * GW_LANES + l];
        if (l > 0 && same_bits(number[0], number[-1])) {
            op->value[l] = op->value[l - 1];
            op->low[l] = op->high[l] = op->value[l];
            continue;
        }
        double *out = room_of(program, op, l);
        op->value[l] = out;
        op->low[l] = op->high[l] = out; /* one number throughout */
        size_t stale = same_bits(*number, op->filled[l]) ? 0 : program->chunk;
        for (size_t t = 0; t < stale; t++) {
            out[t] = *number;
        }
        op->filled[l] = *number;
    }
}

/* What lies before the column is undefined, as in the kernel. */
static void shift(const struct program *program, const struct chunk *chunk, struct op *op)
{
    const struct op *column = &program->op[op->operand[0]];
    const struct op *number = &program->op[op->operand[1]];
    for (size_t l = 0; l < chunk->run->lanes; l++) {
        double *out = room_of(program, op, l);
        size_t back = (size_t)chunk->run->number[number->slot * GW_LANES + l];
        size_t missing = back > chunk->from ? back - chunk->from : 0;
        missing = missing < chunk->bars ? missing : chunk->bars;
        op->value[l] = out;
        for (size_t t = 0; t < missing; t++) {
            out[t] = NAN;
        }
        if (missing < chunk->bars) {
            memcpy(out + missing, column->value[l] + missing - back,
                   (chunk->bars - missing) * sizeof *out);
        }
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
        if (l == 0 || anchor != anchored) {
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
    case LAG:
        shift(program, chunk, op);
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
