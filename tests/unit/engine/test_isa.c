/* The instruction set is chosen by name, and no bit of a row depends on it. */
#include "vector_fixture.h"

#include <stdlib.h>

static const char *const sets[] = {"v4", "v3", "v2", "plain"};
enum { SETS = sizeof sets / sizeof sets[0] };

static bool is_there(const char *set)
{
    struct gw_error err;
    return gw_isa_choose(set, &err) == GW_OK;
}

static void chooses_by_name_or_environment(void)
{
    struct gw_error err;
    CHECK_OK(gw_isa_choose("plain", &err));
    CHECK_TEXT(gw_isa_name(), "plain");
    unsetenv("GRIDWALK_ISA");
    CHECK_OK(gw_isa_choose(NULL, &err));
    char best[16];
    snprintf(best, sizeof best, "%s", gw_isa_name());
    for (size_t i = 0; i < SETS; i++) {
        if (!is_there(sets[i])) {
            continue;
        }
        CHECK_TEXT(best, sets[i]); /* the first that is there */
        break;
    }
    setenv("GRIDWALK_ISA", "plain", 1);
    CHECK_OK(gw_isa_choose(NULL, &err));
    CHECK_TEXT(gw_isa_name(), "plain");
    setenv("GRIDWALK_ISA", "", 1);
    CHECK_OK(gw_isa_choose(NULL, &err));
    CHECK_TEXT(gw_isa_name(), best);
    unsetenv("GRIDWALK_ISA");
}

/* A set that is not is refused, and so is one that the processor lacks; the choice made
 * before stays. */
static void refuses_others(void)
{
    static const char *const others[] = {"v5",        "V3",     "avx2",
                                         "x86-64-v3", "plain ", "v4\n"};
    struct gw_error err;
    CHECK_OK(gw_isa_choose("plain", &err));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        CU_ASSERT_EQUAL(gw_isa_choose(others[i], &err), GW_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "v4, v3, v2, plain"));
        CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
        setenv("GRIDWALK_ISA", others[i], 1);
        CU_ASSERT_EQUAL(gw_isa_choose(NULL, &err), GW_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "GRIDWALK_ISA"));
        unsetenv("GRIDWALK_ISA");
    }
    for (size_t i = 0; i < SETS; i++) {
        if (!is_there(sets[i])) {
            CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "lacks"));
        }
        CHECK_OK(gw_isa_choose("plain", &err));
    }
    CHECK_TEXT(gw_isa_name(), "plain");
}

static struct kept run_on(const char *set, const struct scene *scene, enum shape shape)
{
    struct gw_error err;
    struct small_market m;
    CHECK_OK(gw_isa_choose(set, &err));
    rough_market(&m, SCENE_BARS, scene->assets);
    scene->rules(&m);
    struct gw_engine_setup setup = shape_setup(&m, shape);
    setup.lookback = 25;
    struct gw_vector *vector = gw_vector_new(&setup);
    struct gw_run_lanes run = scene_lanes(GW_LANES - 3, 0); /* not whole vectors */
    struct kept kept = kept_run(vector, &run, scene_spans, SCENE_SPANS);
    gw_vector_free(vector);
    small_close(&m);
    return kept;
}

static void all_sets_give_the_same_bits(void)
{
    size_t fine = 0;
    for (size_t i = 0; i < SCENES * SHAPES; i++) {
        const struct scene *scene = &scenes[i / SHAPES];
        enum shape shape = (enum shape)(i % SHAPES);
        struct kept plain = run_on("plain", scene, shape);
        for (size_t s = 0; s < SETS; s++) {
            if (!is_there(sets[s])) {
                continue;
            }
            struct kept kept = run_on(sets[s], scene, shape);
            size_t different = 0;
            for (size_t j = 0; j < kept.lanes * kept.spans; j++) {
                different += !kept_same(&plain.row[j], &kept.row[j]);
                fine += kept.row[j].status == GW_ROW_OK && !kept.row[j].by_reference;
            }
            if (different > 0) {
                fprintf(stderr, "%s, shape %d, %s: %zu rows differ from plain\n",
                        scene->name, (int)shape, sets[s], different);
            }
            CU_ASSERT_EQUAL(different, 0);
            kept_clear(&kept);
        }
        kept_clear(&plain);
    }
    CU_ASSERT_TRUE(fine > 3000);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"chooses_by_name_or_environment", chooses_by_name_or_environment},
        {"refuses_others", refuses_others},
        {"all_sets_give_the_same_bits", all_sets_give_the_same_bits},
    };
    return CHECK_RUN("isa", tests);
}
