#include "lanes.h"

#include <stdlib.h>
#include <string.h>

/* The best first. */
static const struct lane_table *const table[] = {
#ifdef __x86_64__
    &lane_table_v4,
    &lane_table_v3,
    &lane_table_v2,
#endif
    &lane_table_plain,
};

enum { TABLES = sizeof table / sizeof table[0] };

/* Chosen once, before any engine is made; the process has one processor. */
static const struct lane_table *chosen;

/* By features: not every compiler knows the levels by name. */
static bool is_there(const struct lane_table *lanes)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    bool v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    bool v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
              __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
    bool v4 = v3 && __builtin_cpu_supports("avx512f") &&
              __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (lanes == &lane_table_v4) {
        return v4;
    }
    if (lanes == &lane_table_v3) {
        return v3;
    }
    if (lanes == &lane_table_v2) {
        return v2;
    }
#endif
    return lanes == &lane_table_plain;
}

static const struct lane_table *best(void)
{
    size_t i = 0;
    while (!is_there(table[i])) {
        i++;
    }
    return table[i];
}

enum gw_status gw_isa_choose(const char *name, struct gw_error *err)
{
    const char *source = "the instruction set";
    if (name == NULL) {
        name = getenv("GRIDWALK_ISA");
        source = "GRIDWALK_ISA";
    }
    if (name == NULL || *name == '\0') {
        chosen = best();
        return GW_OK;
    }
    for (size_t i = 0; i < TABLES; i++) {
        if (strcmp(name, table[i]->name) == 0) {
            if (!is_there(table[i])) {
                return gw_fail(err, GW_USAGE,
                               "%s is '%s': this processor lacks x86-64-%s; it has %s",
                               source, name, name, best()->name);
            }
            chosen = table[i];
            return GW_OK;
        }
    }
    return gw_fail(err, GW_USAGE, "%s is '%.40s', not one of v4, v3, v2, plain", source,
                   name);
}

const struct lane_table *lane_table(void)
{
    if (chosen == NULL) {
        chosen = best();
    }
    return chosen;
}

const char *gw_isa_name(void)
{
    return lane_table()->name;
}
