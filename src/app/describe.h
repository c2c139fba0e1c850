/** How large an experiment is: lines that `check` and `plan` print. */
#ifndef GRIDWALK_APP_DESCRIBE_H
#define GRIDWALK_APP_DESCRIBE_H

#include "gridwalk/plan/plan.h"

/** Append the line of the combinations, and what the constraints leave of them. */
void gw_describe_grid(const struct gw_plan *plan, struct gw_text *out);

/** Append a line each of strategy, account, costs, rates and stops, where they are not
 *  the default. */
void gw_describe_rules(const struct gw_plan *plan, struct gw_text *out);

/** Append the line of what is chosen by, on which segment, and how. */
void gw_describe_choice(const struct gw_plan *plan, struct gw_text *out);

/** Append the line of the windows, and their timeline. */
void gw_describe_windows(const struct gw_plan *plan,
                         const struct gw_panel *panel,
                         struct gw_text *out);

/** Append the line of the rows, which constraints may make an estimate, and tiles. */
void gw_describe_work(const struct gw_plan *plan, double rows, struct gw_text *out);

enum { GW_NODE_RANKS = 32 }; /* that a node is taken to have */

/** What a run takes at most, in bytes. */
struct gw_plan_memory {
    double bundle;      /* of a node */
    double rank;        /* of each */
    double coordinator; /* of rank 0 besides */
};

/** Of the node that rank 0 is on. */
double gw_node_bytes(const struct gw_plan_memory *memory, int ranks);

/** Append the line of the memory. */
void gw_describe_memory(const struct gw_plan *plan,
                        const struct gw_panel *panel,
                        struct gw_plan_memory *memory_out,
                        struct gw_text *out);

/** Append the line of the files, and lines of what will be in their way. */
void gw_describe_disk(const struct gw_plan *plan,
                      double rows,
                      const char *output,
                      struct gw_text *out);

/** A time to wait: days or years where seconds would say too much. Size >= 32. */
void gw_describe_duration(double seconds, char *out, size_t size);

/** A number of which two digits matter: "0.053", "3.2", "5,900,000", "below 0.001".
 *  Size >= 32. */
void gw_describe_number(double value, char *out, size_t size);

#endif
