/* The reference engine and the vectorized engine over generated experiments.
 *
 *     engine_gate FIRST COUNT [--isa NAME | --leak]
 *
 * Cases FIRST to FIRST + COUNT - 1; a case depends on its number alone. What differs is
 * made small, printed and written as files to the working directory. Exits 1 at a
 * disagreement, or when a full run does not exercise what it must. With --leak neither is
 * compared with the other, but each with itself where what comes behind a segment is
 * another; that is not made small. */
#include "leak.h"
#include "shrink.h"
#include "tally.h"

#include "gridwalk/base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ATTEMPTS = 200, MOST_DISAGREEMENTS = 3 };

struct run {
    struct gate_isas isas;
    struct gate_tally *tally;
    bool leak;
    struct gate_leak_count futures;
    uint64_t disagree, refused, looked_ahead;
};

static void
see(void *context, const struct gate_subject *subject, const struct gate_rows *rows)
{
    gate_tally_add(context, subject, rows);
}

static bool handle(struct run *run, struct gate_case *made, struct gate_verdict *verdict)
{
    struct gw_error err;
    run->disagree++;
    if (!run->leak) {
        gate_shrink(made, &run->isas, verdict);
    }
    bool good = gate_report(made, verdict, &err) == GW_OK;
    if (!good) {
        printf("%s\n", err.text);
    }
    return good;
}

/* The case of a seed: the first attempt that the program does not refuse. */
static void run_seed(struct run *run, uint64_t seed)
{
    for (uint64_t attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        struct gate_case made;
        struct gate_verdict verdict;
        if (run->leak) {
            gate_leak_make(seed, attempt, &made);
            gate_leak_check(&made, run->tally, &run->futures, &verdict);
        } else {
            gate_case_make(seed, attempt, &made);
            gate_check(&made, &run->isas, see, run->tally, &verdict);
        }
        enum gate_outcome outcome = verdict.outcome;
        run->looked_ahead += verdict.looked_ahead;
        if (outcome == GATE_DISAGREES) {
            handle(run, &made, &verdict);
        }
        gate_verdict_clear(&verdict);
        gw_panel_free(made.panel);
        if (outcome != GATE_REFUSED) {
            return;
        }
        run->refused++;
    }
    gw_die("no experiment of seed %llu can be run", (unsigned long long)seed);
}

/* The set to judge, and the others that the processor has. */
static enum gw_status
find_isas(const char *wanted, struct gate_isas *isas, struct gw_error *err)
{
    static const char *const all[] = {"v4", "v3", "v2", "plain"};
    GW_TRY(gw_isa_choose(wanted, err));
    isas->name[isas->count++] = gw_isa_name();
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i], isas->name[0]) != 0 && gw_isa_choose(all[i], NULL) == GW_OK) {
            isas->name[isas->count++] = all[i];
        }
    }
    return gw_isa_choose(isas->name[0], err);
}

static bool read_count(const char *text, uint64_t *out)
{
    int64_t value;
    bool good = gw_parse_int(text, strlen(text), &value) && value > 0;
    *out = good ? (uint64_t)value : 0;
    return good;
}

int main(int argc, char **argv)
{
    struct run run = {.refused = 0};
    uint64_t first, count;
    bool isa = argc == 5 && strcmp(argv[3], "--isa") == 0;
    run.leak = argc == 4 && strcmp(argv[3], "--leak") == 0;
    if ((argc != 3 && !isa && !run.leak) || !read_count(argv[1], &first) ||
        !read_count(argv[2], &count)) {
        fprintf(stderr, "usage: engine_gate FIRST COUNT [--isa NAME | --leak]\n");
        return 2;
    }
    struct gw_error err;
    if (find_isas(isa ? argv[4] : NULL, &run.isas, &err) != GW_OK) {
        fprintf(stderr, "engine_gate: %s\n", err.text);
        return 2;
    }
    double begin = gw_clock();
    run.tally = gate_tally_new();
    uint64_t cases = 0;
    while (cases < count && run.disagree < MOST_DISAGREEMENTS) {
        run_seed(&run, first + cases++);
    }
    size_t unmet = gate_tally_print(run.tally, cases);
    unmet += run.leak ? gate_leak_print(&run.futures, run.tally, cases) : 0;
    for (size_t i = 0; i < GW_SEGMENTS; i++) {
        run.looked_ahead += run.futures.behind[i];
    }
    printf("instruction sets:");
    for (size_t i = 0; i < run.isas.count; i++) {
        printf(" %s", run.isas.name[i]);
    }
    printf("\n%llu cases, %llu rows, %llu other futures, %llu refused, %.0f s, %llu "
           "disagree\n",
           (unsigned long long)cases, (unsigned long long)gate_tally_rows(run.tally),
           (unsigned long long)run.looked_ahead, (unsigned long long)run.refused,
           gw_clock() - begin, (unsigned long long)run.disagree);
    gate_tally_free(run.tally);
    if (!run.leak && run.refused > cases / 5) { /* a tenth is; more tests too little */
        printf("too many are refused\n");
        unmet++;
    }
    return run.disagree > 0 || unmet > 0;
}
