/* Damaged experiments: any outcome will do but a crash, a leak or a message of two lines.
 */
#include "experiment_fixture.h"

#include "gridwalk/base/random.h"

#include <stdlib.h>

enum { ROUNDS = 20000, SIZE = 4000 };

static uint64_t draw(uint64_t round, uint64_t *at, uint64_t below)
{
    return (uint64_t)(gw_philox_uniform(9, round, (*at)++) * (double)below);
}

/* Signs that mean something to YAML or to expressions. */
static const char signs[] = ":-[]{},&*!|>'\"#%@?\n\t ()+.0e9<=\\";

static size_t mutate(char *text, size_t length, uint64_t round)
{
    uint64_t at = 0, changes = 1 + draw(round, &at, 4);
    while (changes-- > 0 && length > 1) {
        size_t where = draw(round, &at, length);
        size_t some = 1 + draw(round, &at, length - where < 40 ? length - where : 40);
        switch (draw(round, &at, 5)) {
        case 0: /* a flipped bit */
            text[where] = (char)(text[where] ^ (1 << draw(round, &at, 8)));
            break;
        case 1: /* a sign */
            text[where] = signs[draw(round, &at, sizeof signs - 1)];
            break;
        case 2: /* a piece gone */
            memmove(text + where, text + where + some, length - where - some);
            length -= some;
            break;
        case 3: /* a piece twice */
            if (length + some < SIZE) {
                memmove(text + where + some, text + where, length - where);
                length += some;
            }
            break;
        default: /* the end gone */
            length = draw(round, &at, 8) == 0 ? where : length;
            break;
        }
    }
    return length;
}

/* The stored text of an experiment describes the same experiment. */
static void check_round_trip(const struct gw_experiment *experiment)
{
    struct gw_text text = {0};
    struct gw_experiment *again = NULL;
    struct gw_error err = {.status = GW_OK};
    char one[GW_SHA256_HEX], two[GW_SHA256_HEX];
    gw_yaml_emit(experiment->tree, &text);
    CHECK_OK(
        gw_experiment_parse("dir/exp.yaml", text.data, text.length, NULL, &again, &err));
    if (again != NULL) {
        gw_experiment_digest(experiment, "x", one);
        gw_experiment_digest(again, "x", two);
        CU_ASSERT_STRING_EQUAL(one, two);
    }
    gw_experiment_free(again);
    gw_text_clear(&text);
}

#define RULES                                                                            \
    "account: {mode: shared, size: {volatility: level / 2, span: fast}, lots: whole}\n"  \
    "stops: {loss: level, trail: 'min(level, 0.1)', bars: 2 * fast}\n"                   \
    "risk_free: 0.02\nbenchmark: IBM\n"

static void survives_damaged_experiments(void)
{
    size_t parsed = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        /* in a block of its own size, so that one byte too far is seen */
        char text[SIZE];
        snprintf(text, sizeof text, "%s%s", FIXTURE_TEXT, round % 2 == 0 ? "" : RULES);
        size_t length = mutate(text, strlen(text), round);
        char *bytes = malloc(length > 0 ? length : 1);
        memcpy(bytes, text, length);
        struct gw_experiment *experiment = NULL;
        struct gw_error err = {.status = GW_OK};
        enum gw_status status =
            gw_experiment_parse("dir/exp.yaml", bytes, length, NULL, &experiment, &err);
        free(bytes);
        CU_ASSERT_EQUAL(status, experiment != NULL ? GW_OK : GW_CONFIG);
        if (status == GW_OK) {
            parsed++;
            check_round_trip(experiment);
        } else {
            CU_ASSERT_EQUAL(strncmp(err.text, "dir/exp.yaml:", 13), 0);
            CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
        }
        gw_experiment_free(experiment);
    }
    CU_ASSERT_TRUE(parsed > ROUNDS / 50); /* the damage is not always fatal */
    CU_ASSERT_TRUE(parsed < ROUNDS / 2);
}

static void survives_damaged_overrides(void)
{
    static const char *const seed[] = {
        "costs.commission_bps=7", "strategy.constraints.0=fast < slow",
        "a.b.c.d=[1, {x: 2}]", "strategy.parameters={fast: [1, 2], slow: [3]}"};
    for (uint64_t round = 0; round < ROUNDS / 4; round++) {
        char set[SIZE], only[SIZE] = "fast=10,slow=50,level=0.25";
        snprintf(set, sizeof set, "%s", seed[round % 4]);
        set[mutate(set, strlen(set), round)] = '\0';
        only[mutate(only, strlen(only), round + ROUNDS)] = '\0';
        const char *const sets[] = {set};
        const struct gw_overrides overrides = {sets, 1, round % 3 == 0 ? only : NULL};
        struct gw_experiment *experiment;
        struct gw_error err;
        if (fixture_try(FIXTURE_TEXT, &overrides, &experiment, &err) == GW_OK) {
            check_round_trip(experiment);
        }
        gw_experiment_free(experiment);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"survives_damaged_experiments", survives_damaged_experiments},
        {"survives_damaged_overrides", survives_damaged_overrides},
    };
    return CHECK_RUN("fuzz", tests);
}
