#include "describe.h"

#include "gridwalk/base/time.h"

void gw_describe_grid(const struct gw_plan *plan, struct gw_text *out)
{
    char total[32], left[32];
    struct gw_feasible feasible = gw_space_count(&plan->space);
    gw_format_count(plan->space.total, total, sizeof total);
    gw_format_count(feasible.count, left, sizeof left);
    gw_text_printf(out, "grid        %s combination%s", total,
                   plan->space.total == 1 ? "" : "s");
    if (plan->space.constraints > 0) {
        gw_text_printf(out, ", %s%s left by the constraints (%.3g %%)%s",
                       feasible.exact ? "" : "about ", left,
                       100 * (double)feasible.count / (double)plan->space.total,
                       feasible.exact ? "" : ", estimated from 100,000 samples");
    }
    gw_text_printf(out, "\n");
}

void gw_describe_windows(const struct gw_plan *plan,
                         const struct gw_panel *panel,
                         struct gw_text *out)
{
    char from[GW_DATE_SIZE], to[GW_DATE_SIZE];
    const struct gw_window *first = &plan->window[0];
    const struct gw_window *last = &plan->window[plan->windows - 1];
    gw_date_format(panel->session[first->begin[GW_TRAIN]], from);
    gw_date_format(panel->session[last->end[plan->segments - 1]], to);
    gw_text_printf(out, "windows     %zu (", plan->windows);
    if (plan->experiment->walk_forward.present) {
        gw_text_printf(out, "train %lld, test %lld, step %lld bars, ",
                       (long long)plan->experiment->walk_forward.train,
                       (long long)plan->experiment->walk_forward.test,
                       (long long)plan->experiment->walk_forward.step);
    }
    gw_text_printf(out, "%s to %s), look-back up to %zu bars%s\n", from, to,
                   plan->lookback,
                   plan->lookback_exact ? "" : " (from the corners of the grid)");
}
