/* Numbers and look-backs of nodes, for blocks of combinations. */
#include "store.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024 };

/* Own look-back = plus + times n. */
static const struct {
    double plus, times;
} back_table[] = {[GW_BACK_0] = {0, 0},
                  [GW_BACK_1] = {1, 0},
                  [GW_BACK_N] = {0, 1},
                  [GW_BACK_N_1] = {-1, 1}};

/* One column a node, [BLOCK] of them valid at a time: the number of a node of parameters
 * alone, the look-back of a node over bars. */
struct board {
    const struct gw_graph *graph;
    int32_t root;
    bool *needed;          /* [root + 1] */
    const double **column; /* [root + 1] */
    double *space;         /* [needed calls, constants and fields][BLOCK] */
    size_t width;
};

/* Mark the root and what is below it: everything, or what its look-back or number hangs
 * on. Operands have smaller numbers, so one pass downwards reaches all. */
static void mark(const struct gw_graph *graph, int32_t root, bool all, bool *needed)
{
    memset(needed, 0, ((size_t)root + 1) * sizeof *needed);
    needed[root] = true;
    for (int32_t i = root; i >= 0; i--) {
        const struct gw_node *node = &graph->node[i];
        if (!needed[i] || node->kind != GW_NODE_CALL) {
            continue;
        }
        for (unsigned j = 0; j < node->function->series; j++) {
            int32_t operand = node->series[j];
            if (all || graph->node[operand].over_bars == node->over_bars) {
                needed[operand] = true;
            }
        }
        for (unsigned j = 0; j < node->function->numbers; j++) {
            needed[node->number[j]] = true;
        }
    }
}

/* Room for what is small, so that the engine's loops allocate nothing. */
enum { SMALL_NODES = 256, SMALL_SPACE = 8192 };
struct small {
    bool needed[SMALL_NODES];
    const double *column[SMALL_NODES];
    double space[SMALL_SPACE];
};

static struct board
open_board(const struct gw_graph *graph, int32_t root, size_t count, struct small *small)
{
    assert(root >= 0 && (size_t)root < graph->count);
    size_t nodes = (size_t)root + 1, used = 0;
    struct board board = {
        .graph = graph, .root = root, .width = count < BLOCK ? count : BLOCK};
    bool fits = nodes <= SMALL_NODES;
    board.needed = fits ? small->needed : gw_realloc(NULL, nodes, sizeof *board.needed);
    board.column = fits ? small->column : gw_realloc(NULL, nodes, sizeof *board.column);
    mark(graph, root, false, board.needed);
    for (size_t i = 0; i < nodes; i++) {
        used += board.needed[i];
    }
    board.space = used * board.width <= SMALL_SPACE
                      ? small->space
                      : gw_realloc(NULL, used * board.width, sizeof *board.space);
    return board;
}

static void close_board(struct board *board, const struct small *small)
{
    if (board->needed != small->needed) {
        free(board->needed);
        free(board->column);
    }
    if (board->space != small->space) {
        free(board->space);
    }
}

static void fill(double value, size_t length, double *out)
{
    for (size_t i = 0; i < length; i++) {
        out[i] = value;
    }
}

static void call_kernel(const struct board *board,
                        const struct gw_node *node,
                        size_t length,
                        double *out)
{
    const double *operand[GW_MAX_SERIES];
    for (unsigned i = 0; i < node->function->series; i++) {
        operand[i] = board->column[node->series[i]];
    }
    node->function->kernel(operand, NULL, length, out);
}

/* The larger, NaN when one is: an invalid number below spoils what is above. */
static void raise_to(const double *x, size_t length, double *out)
{
    for (size_t i = 0; i < length; i++) {
        out[i] = out[i] >= x[i] || isnan(out[i]) ? out[i] : x[i];
    }
}

/* Largest look-back of the operands over bars plus the function's own. */
static void look_back(const struct board *board,
                      const struct gw_node *node,
                      size_t length,
                      double *out)
{
    const struct gw_function *function = node->function;
    double plus = back_table[function->back].plus;
    double times = back_table[function->back].times;
    fill(0, length, out);
    for (unsigned i = 0; i < function->series; i++) {
        if (board->graph->node[node->series[i]].over_bars) {
            raise_to(board->column[node->series[i]], length, out);
        }
    }
    for (unsigned j = 0; j < function->numbers; j++) {
        const double *number = board->column[node->number[j]];
        for (size_t i = 0; i < length; i++) {
            bool fits = gw_number_fits(&function->number[j], number[i]);
            out[i] = fits ? out[i] + (j == 0 ? times * number[i] : 0) : NAN;
        }
    }
    for (size_t i = 0; i < length; i++) {
        out[i] += plus;
    }
}

static void
compute(const struct board *board, const struct gw_node *node, size_t length, double *out)
{
    if (node->kind == GW_NODE_CONSTANT) {
        fill(node->value, length, out);
    } else if (node->kind == GW_NODE_FIELD) {
        fill(0, length, out);
    } else if (node->over_bars) {
        look_back(board, node, length, out);
    } else {
        call_kernel(board, node, length, out);
    }
}

/* The columns of one block: combinations `begin` to begin + length of `value`. */
static void compute_block(struct board *board,
                          const double *const *value,
                          size_t begin,
                          size_t length)
{
    double *out = board->space;
    for (int32_t i = 0; i <= board->root; i++) {
        const struct gw_node *node = &board->graph->node[i];
        if (!board->needed[i]) {
            continue;
        }
        if (node->kind == GW_NODE_PARAMETER) {
            board->column[i] = value[node->index] + begin;
            continue;
        }
        compute(board, node, length, out);
        board->column[i] = out;
        out += board->width;
    }
}

static void evaluate(const struct gw_graph *graph,
                     int32_t root,
                     const double *const *value,
                     size_t count,
                     double *out)
{
    struct small small;
    struct board board = open_board(graph, root, count, &small);
    for (size_t begin = 0; begin < count; begin += BLOCK) {
        size_t length = count - begin < BLOCK ? count - begin : BLOCK;
        compute_block(&board, value, begin, length);
        memcpy(out + begin, board.column[root], length * sizeof *out);
    }
    close_board(&board, &small);
}

/* Everything below a node, [root + 1]; free() it. */
static bool *reach(const struct gw_graph *graph, int32_t root)
{
    assert(root >= 0 && (size_t)root < graph->count);
    bool *needed = gw_realloc(NULL, (size_t)root + 1, sizeof *needed);
    mark(graph, root, true, needed);
    return needed;
}

static enum gw_status check_node(const struct gw_graph *graph,
                                 const struct gw_node *node,
                                 const double *const *value,
                                 struct gw_error *err)
{
    for (unsigned j = 0; j < node->function->numbers; j++) {
        double number;
        evaluate(graph, node->number[j], value, 1, &number);
        if (!gw_number_fits(&node->function->number[j], number)) {
            return gw_number_refuse(node->function, j, number, node->place, err);
        }
    }
    return GW_OK;
}

void gw_graph_numbers(const struct gw_graph *graph,
                      int32_t node,
                      const double *const *value,
                      size_t count,
                      double *out)
{
    assert(!gw_graph_node(graph, node)->over_bars);
    evaluate(graph, node, value, count, out);
}

void gw_graph_lookbacks(const struct gw_graph *graph,
                        int32_t node,
                        const double *const *value,
                        size_t count,
                        double *out)
{
    if (gw_graph_node(graph, node)->over_bars) {
        evaluate(graph, node, value, count, out);
    } else {
        fill(0, count, out);
    }
}

enum gw_status gw_graph_check_numbers(const struct gw_graph *graph,
                                      int32_t node,
                                      const double *value,
                                      struct gw_error *err)
{
    const double *column[GW_MAX_PARAMETERS];
    for (size_t i = 0; i < graph->parameters; i++) {
        column[i] = &value[i];
    }
    bool *below = reach(graph, node);
    enum gw_status status = GW_OK;
    for (int32_t i = 0; i <= node && status == GW_OK; i++) {
        if (below[i] && graph->node[i].kind == GW_NODE_CALL) {
            status = check_node(graph, &graph->node[i], column, err);
        }
    }
    free(below);
    return status;
}

bool gw_graph_infinite(const struct gw_graph *graph, int32_t node)
{
    bool *below = reach(graph, node);
    bool infinite = false;
    for (int32_t i = 0; i <= node; i++) {
        infinite = infinite || (below[i] && graph->node[i].kind == GW_NODE_CALL &&
                                graph->node[i].function->infinite);
    }
    free(below);
    return infinite;
}
