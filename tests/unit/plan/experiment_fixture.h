/** Experiments from short texts, for the tests of this layer. */
#ifndef GRIDWALK_TESTS_EXPERIMENT_FIXTURE_H
#define GRIDWALK_TESTS_EXPERIMENT_FIXTURE_H

#include "check.h"
#include "gridwalk/plan/experiment.h"

/* A whole valid experiment; tests change or add to it. */
#define FIXTURE_TEXT                                                                     \
    "# a comment\n"                                                                      \
    "bundle: ../bundles/us.h5\n"                                                         \
    "period: {from: 2004-08-19, to: 2013-03-01}\n"                                       \
    "assets: [GOOG, IBM]\n"                                                              \
    "strategy:\n"                                                                        \
    "  parameters:\n"                                                                    \
    "    fast: {from: 5, to: 50, step: 5}\n"                                             \
    "    slow: {from: 20, to: 200, step: 10}\n"                                          \
    "    level: [0.1, 0.25, 1]\n"                                                        \
    "  constraints: [fast < slow]\n"                                                     \
    "  define:\n"                                                                        \
    "    quick: sma(close, fast)\n"                                                      \
    "    calm: sma(close, slow)\n"                                                       \
    "  signals:\n"                                                                       \
    "    enter_long: crosses_above(quick, calm) and rsi(close, 14) > level\n"            \
    "    exit_long: crosses_below(quick, calm)\n"                                        \
    "execution: {price: open, delay: 1}\n"                                               \
    "costs: {commission_bps: 10, slippage_bps: 2}\n"                                     \
    "walk_forward: {mode: rolling, train: 500, test: 125}\n"                             \
    "objective: {maximize: sharpe}\n"                                                    \
    "metrics: basic\n"                                                                   \
    "output: {keep: all}\n"                                                              \
    "limits: {memory: 256M}\n"

/* What goes around keys of `strategy:`, given with two blanks in front. */
#define FIXTURE_STRATEGY(keys) "bundle: b.h5\nstrategy:\n" keys
#define FIXTURE_TARGET "  target: close / open\n"

static inline enum gw_status fixture_try(const char *text,
                                         const struct gw_overrides *overrides,
                                         struct gw_experiment **out,
                                         struct gw_error *err)
{
    *out = NULL;
    *err = (struct gw_error){.status = GW_OK};
    return gw_experiment_parse("dir/exp.yaml", text, strlen(text), overrides, out, err);
}

/* An experiment that must parse. */
static inline struct gw_experiment *fixture_parse(const char *text)
{
    struct gw_experiment *experiment;
    struct gw_error err;
    CHECK_OK(fixture_try(text, NULL, &experiment, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(experiment);
    return experiment;
}

/* An experiment that must fail with exactly this message. */
static inline void fixture_refuse(const char *text, const char *message)
{
    struct gw_experiment *experiment;
    struct gw_error err;
    CU_ASSERT_EQUAL(fixture_try(text, NULL, &experiment, &err), GW_CONFIG);
    CHECK_TEXT(err.text, message);
    gw_experiment_free(experiment);
}

/* The same after its directory and name, which are always "dir/exp.yaml:". */
struct fixture_bad {
    const char *text, *message;
};

static inline void fixture_refuse_all(const struct fixture_bad *bad, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char message[500];
        snprintf(message, sizeof message, "dir/exp.yaml:%s", bad[i].message);
        fixture_refuse(bad[i].text, message);
    }
}

#endif
