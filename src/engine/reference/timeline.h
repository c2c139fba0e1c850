/**
 * The time line of a row in the reference engine: bar after bar, all accounts and assets
 * within each (docs/semantics.md, section 2).
 */
#ifndef GRIDWALK_ENGINE_REFERENCE_TIMELINE_H
#define GRIDWALK_ENGINE_REFERENCE_TIMELINE_H

#include "account.h"

/** What a row leaves behind, bar by bar from span->begin on: [end - begin + 1]. */
struct trace {
    double *equity; /* at the marks, over all accounts; 0 from ruin on */
    bool *exposed;  /* any position at the mark */
};

/** Carry a book, which is flat, through its span. Returns whether it is ruined; when
 *  book->failed is set, what is in trace and book means nothing. */
bool timeline_run(struct book *book, const struct trace *trace);

#endif
