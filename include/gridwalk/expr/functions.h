/**
 * The functions and operators of the expression language: one table, which the parser,
 * the `functions` command, docs and tests read.
 */
#ifndef GRIDWALK_EXPR_FUNCTIONS_H
#define GRIDWALK_EXPR_FUNCTIONS_H

#include "gridwalk/kernel/kernel.h"

#include <stdbool.h>
#include <stddef.h>

enum gw_type { GW_NUMBER, GW_BOOLEAN };

/** How far back a function looks beyond its operands. */
enum gw_lookback { GW_BACK_0, GW_BACK_1, GW_BACK_N, GW_BACK_N_1 /* n - 1 */ };

enum { GW_MAX_SERIES = 3, GW_MAX_NUMBERS = 2 };

/** A number argument: depends on parameters and constants alone. */
struct gw_number_rule {
    const char *name; /* "n" */
    double low, high; /* inclusive */
    bool whole;
    bool optional; /* then `standard` is used; only trailing ones */
    double standard;
};

struct gw_function {
    const char *name; /* "sma", or an operator's sign: "+", "and", "-" (negate) */
    bool is_operator;
    unsigned series;  /* operands that are expressions over bars */
    unsigned numbers; /* number arguments behind them */
    const char *series_name[GW_MAX_SERIES];
    enum gw_type operand[GW_MAX_SERIES];
    enum gw_type result;
    struct gw_number_rule number[GW_MAX_NUMBERS];
    enum gw_lookback back; /* by its first number argument n */
    bool infinite;         /* memory without end: ema, rsi, crosses_* */
    bool elementwise;      /* allowed between parameters alone */
    gw_kernel_fn kernel;
    const char *doc;     /* one line */
    const char *formula; /* one line */
};

/** The table; *count_out rows, operators first, then functions by name. */
const struct gw_function *gw_functions(size_t *count_out);

/** The function (not operator) of that name, or NULL. */
const struct gw_function *gw_function_find(const char *name);

/** The operator with that sign and number of operands, or NULL. */
const struct gw_function *gw_operator_find(const char *sign, unsigned operands);

/** The nearest function name to a misspelt one, or NULL. */
const char *gw_function_nearest(const char *word);

#endif
