/** What `gridwalk bench --json` prints: one schema for all workloads (docs/formats.md).
 */
#ifndef GRIDWALK_STORE_BENCH_RECORD_H
#define GRIDWALK_STORE_BENCH_RECORD_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

enum { GW_BENCH_FIGURES = 12, GW_BENCH_NAME = 40 };

/** A figure that only some workloads have. */
struct gw_bench_figure {
    const char *name;
    double value;
};

/** One line: what one workload reached. */
struct gw_bench_record {
    char workload[GW_BENCH_NAME];
    const char *unit;     /* of the rate: "combo-bars/s" */
    double rate, seconds; /* the best of `repeats` */
    int repeats;
    double cpu_seconds;   /* of rank 0 at its best; NaN: not measured */
    double limit_ratio;   /* rate / rate of the yardstick in the same run; NaN: none */
    uint64_t rss_bytes;   /* peak resident set while it ran; 0: unknown */
    const char *isa;      /* in use */
    char check[17];       /* digest of the results: the same on every processor */
    const char *metrics;  /* "basic", "all", or NULL */
    int ranks;            /* that computed */
    double start_seconds; /* of a process of its own, not in its work; NaN: none */
    struct gw_bench_figure figure[GW_BENCH_FIGURES];
    size_t figures;
};

void gw_bench_figure(struct gw_bench_record *record, const char *name, double value);

/** What all of one call of the bench found. */
struct gw_bench_report {
    const char *program, *compiler, *isa;
    char processor[80], started[24];
    double share; /* of each grid that was run */
    const struct gw_bench_record *record;
    size_t records;
};

/** Append the JSON document, its last newline included. */
void gw_bench_json(const struct gw_bench_report *report, struct gw_text *out);

#endif
