#include "operation.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    enum op_kind kind;
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

static enum op_kind kind_of_logic(const struct gw_node *node, bool *of_pair_out)
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

/* A lag that differs in every lane, of a column. */
static bool is_lag(const struct program *program, const struct gw_node *node)
{
    if (node->kind != GW_NODE_CALL || node->function->kernel != gw_kernel_lag ||
        (node->depends & program->varied) != program->varied) {
        return false;
    }
    const struct gw_node *of = gw_graph_node(program->graph, node->series[0]);
    return of->over_bars && !is_done_here(program, of) &&
           (of->kind == GW_NODE_FIELD || of->function->kernel != gw_kernel_lag);
}

static size_t compile(struct program *program, int32_t id)
{
    const struct gw_node *node = gw_graph_node(program->graph, id);
    struct op op = {.node = id};
    if (!node->over_bars) {
        op.kind = node->type == GW_BOOLEAN ? TRUTH : NUMBER;
        return add(program, op);
    }
    if (is_lag(program, node)) {
        op.kind = LAG;
        op.operand[0] = compile(program, node->series[0]);
        op.operand[1] = compile(program, node->number[0]);
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
        enum op_kind kind = program->op[i].kind;
        numbers = numbers || kind == LAG || kind == ELEMENT || kind == WHERE;
    }
    program->chunk = numbers ? NUMBER_CHUNK : CHUNK;
    for (size_t i = 0; i < program->ops; i++) {
        struct op *op = &program->op[i];
        if (op->kind == NUMBER || op->kind == LAG || op->kind == ELEMENT ||
            op->kind == WHERE) {
            op->buffer = gw_calloc((program->chunk + WORD) * GW_LANES, sizeof(double));
        } else if (op->kind != COLUMN) {
            op->yes = gw_calloc(WORDS, sizeof(uint64_t));
            op->no = gw_calloc(WORDS, sizeof(uint64_t));
            op->same = gw_calloc(op->kind == PAIR ? WORDS : 0, sizeof(uint64_t));
        }
        for (size_t l = 0; l < GW_LANES; l++) {
            op->low[l] = op->high[l] = op_nowhere;
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
    program->deviation = SIZE_MAX;
    for (int s = 0; s < GW_SIGNALS; s++) {
        bool used = !rules->has_target && rules->signal[s] != GW_NO_NODE;
        program->signal[s] = used ? compile(program, rules->signal[s]) : SIZE_MAX;
    }
    if (rules->has_target) {
        program->target = compile(program, rules->target);
    } else if (rules->size == GW_SIZE_VOLATILITY) {
        program->deviation = compile(program, rules->deviation);
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
    return GW_LANES * (program->columns * sizeof(struct gw_held) +
                       (program->numbers + program->crossings) * sizeof(double));
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

const uint64_t *program_signal(const struct program *program, enum gw_signal signal)
{
    size_t i = program->signal[signal];
    return i != SIZE_MAX ? program->op[i].yes : NULL;
}

const double *program_weight(const struct program *program, size_t lane)
{
    return program->op[program->target].value[lane];
}

const double *program_deviation(const struct program *program, size_t lane)
{
    size_t i = program->deviation;
    return i != SIZE_MAX ? program->op[i].value[lane] : NULL;
}
