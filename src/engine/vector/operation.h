/** What a program is made of, for program.c, which makes it, and evaluate.c. */
#ifndef GRIDWALK_ENGINE_VECTOR_OPERATION_H
#define GRIDWALK_ENGINE_VECTOR_OPERATION_H

#include "program.h"

enum op_kind {
    /* numbers */
    COLUMN,  /* held by the columns */
    NUMBER,  /* of parameters alone */
    LAG,     /* a column some bars ago */
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

struct op {
    enum op_kind kind;
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
    size_t signal[GW_SIGNALS], target, deviation; /* operations, SIZE_MAX: none */
    double *low, *high; /* [CHUNK + WORD] bounds of a pair's anchor, */
    double word_low[CHUNK_WORDS], word_high[CHUNK_WORDS]; /* and of its words */
};

/** The range of words of which none is known. */
extern const double op_nowhere[CHUNK_WORDS];

#endif
