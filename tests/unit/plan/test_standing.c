#include "gridwalk/plan/standing.h"

#include "check.h"

#include <stdlib.h>
#include <time.h>

static struct gw_standing
find(const double *chosen_on, const double *test, size_t rows, int64_t chosen)
{
    struct gw_standing standing;
    const struct gw_objectives objectives = {chosen_on, test, rows};
    gw_standing_find(&objectives, chosen, &standing);
    return standing;
}

/* scipy.stats.spearmanr(a, b) 1.17.1 over the rows without NaN; the places by hand:
 * b from best is row 9, 3, 6 and 7, 10, 0, 1, 2, 5, 8, 11. */
static void ranks_few_rows(void)
{
    static const double a[] = {0.5,  1.25, -2,       NAN,       3, 0.5,
                               -0.0, 0.0,  INFINITY, -INFINITY, 7, 0.5};
    static const double b[] = {1, 0.5, 0.25, 4,        NAN, -1,
                               2, 2,   -3,   INFINITY, 1.5, -INFINITY};
    struct gw_standing standing = find(a, b, 12, 7);
    CHECK_CLOSE(standing.rank_correlation, -0.5185580382410345, 1e-15);
    CU_ASSERT_EQUAL(standing.test_ranked, 11);
    CU_ASSERT_EQUAL(standing.test_rank, 3); /* behind 9 and 3, beside 6 */
    CU_ASSERT_EQUAL(standing.best, 9);
    CU_ASSERT_EQUAL(standing.median, 0); /* 5 before it */
    CU_ASSERT_EQUAL(find(a, b, 12, 6).test_rank, 3);
    CU_ASSERT_EQUAL(find(a, b, 12, 9).test_rank, 1);
    CU_ASSERT_EQUAL(find(a, b, 12, 11).test_rank, 11);
    CU_ASSERT_EQUAL(find(a, b, 12, 4).test_rank, -1);
    CU_ASSERT_EQUAL(find(a, b, 12, -1).test_rank, -1);
    CU_ASSERT_EQUAL(find(a, b, 12, -1).test_ranked, 11);
    CU_ASSERT_EQUAL(find(a, b, 12, -1).median, 0);
    /* the first six: 3 (4), 0 (1), 1 (0.5), 2 (0.25), 5 (-1) */
    CU_ASSERT_EQUAL(find(a, b, 6, -1).median, 1);
    /* of 4: place 2 */
    CU_ASSERT_EQUAL(find(a, b, 4, -1).median, 1);
    CU_ASSERT_EQUAL(find(a, b, 4, -1).best, 3);
}

/*
 * The same in Python, with numpy and scipy 1.17.1:
 *     i = arange(5000); a = (i * 7919 % 1009) / 8 - 60
 *     b = floor((a + (i * 37 % 97) / 2) / 16); b[i % 11 == 3] = nan; a[i % 13 == 5] = nan
 *     spearmanr(a[m], b[m]) with m = ~(isnan(a) | isnan(b))
 *     sorted((j for j in i if b[j] == b[j]), key=lambda j: (-b[j], j)) and its middle
 */
static void ranks_many_rows_with_ties(void)
{
    enum { ROWS = 5000 };
    static double a[ROWS], b[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        a[i] = (double)(i * 7919 % 1009) / 8 - 60;
        b[i] = i % 11 == 3 ? NAN : floor((a[i] + (double)(i * 37 % 97) / 2) / 16);
        a[i] = i % 13 == 5 ? NAN : a[i];
    }
    struct gw_standing standing = find(a, b, ROWS, 1234);
    CHECK_CLOSE(standing.rank_correlation, 0.9313965665914953, 1e-14);
    CU_ASSERT_EQUAL(standing.test_ranked, 4545);
    CU_ASSERT_EQUAL(standing.test_rank, 127);
    CU_ASSERT_EQUAL(standing.best, 831);
    CU_ASSERT_EQUAL(standing.median, 1515);
}

static void knows_when_there_is_nothing_to_rank(void)
{
    static const double one[] = {1, NAN, NAN}, other[] = {NAN, 2, NAN};
    static const double rising[] = {1, 2, 3}, falling[] = {5, 0, -5}, same[] = {4, 4, 4};
    struct gw_standing standing = find(one, other, 3, 1);
    CHECK_CLOSE(standing.rank_correlation, NAN, 0);
    CU_ASSERT_EQUAL(standing.test_rank, 1);
    CU_ASSERT_EQUAL(standing.test_ranked, 1);
    CU_ASSERT_EQUAL(standing.median, 1);
    CU_ASSERT_EQUAL(standing.best, 1);
    standing = find(other, &one[1], 2, 0);
    CU_ASSERT_EQUAL(standing.test_rank, -1);
    CU_ASSERT_EQUAL(standing.test_ranked, 0);
    CU_ASSERT_EQUAL(standing.median, -1);
    CU_ASSERT_EQUAL(standing.best, -1);
    standing = find(NULL, NULL, 0, -1);
    CU_ASSERT_EQUAL(standing.test_ranked, 0);
    CU_ASSERT_EQUAL(standing.median, -1);
    CHECK_CLOSE(standing.rank_correlation, NAN, 0);
    CHECK_CLOSE(find(rising, one, 3, 0).rank_correlation, NAN, 0); /* one row has both */
    CHECK_CLOSE(find(rising, same, 3, 0).rank_correlation, NAN, 0);
    CHECK_CLOSE(find(same, rising, 3, 0).rank_correlation, NAN, 0);
    CU_ASSERT_EQUAL(find(same, same, 3, 2).test_rank, 1);
    CU_ASSERT_EQUAL(find(same, same, 3, 2).median, 1);
    CU_ASSERT_EQUAL(find(same, same, 3, 2).best, 0);
    CU_ASSERT_EQUAL(find(rising, rising, 3, 0).rank_correlation, 1);
    CU_ASSERT_EQUAL(find(rising, falling, 3, 0).rank_correlation, -1);
    CU_ASSERT_EQUAL(find(rising, rising, 2, 0).rank_correlation, 1);
}

/* Whatever order they come in: ascending, all but one equal, and mixed. */
static void ranks_a_million_rows_in_a_second(void)
{
    const size_t rows = 1000000;
    double *a = malloc(rows * sizeof *a), *b = malloc(rows * sizeof *b);
    clock_t begin = clock();
    for (size_t i = 0; i < rows; i++) {
        a[i] = (double)i;
        b[i] = (double)(i * 7919 % rows);
    }
    /* a permutation, as 7919 is prime to 10^6: its middle is at 500000 = 7919 i mod 10^6,
     * its top at i = -1 / 7919 */
    struct gw_standing standing = find(a, b, rows, 1);
    CU_ASSERT_EQUAL(b[standing.median], 499999);
    CU_ASSERT_EQUAL(b[standing.best], 999999);
    CU_ASSERT_EQUAL(standing.test_rank, 1000000 - 7919);
    CU_ASSERT_EQUAL(find(a, a, rows, 0).rank_correlation, 1);
    for (size_t i = 0; i < rows; i++) {
        b[i] = i == 77;
    }
    standing = find(a, b, rows, 5);
    CU_ASSERT_EQUAL(standing.best, 77);
    CU_ASSERT_EQUAL(standing.test_rank, 2);
    CU_ASSERT_EQUAL(standing.median, 500000); /* place 499999 of the others */
    CU_ASSERT_TRUE((double)(clock() - begin) / CLOCKS_PER_SEC < 20); /* 0.3 in release */
    CU_ASSERT_EQUAL(gw_standing_bytes(1e6), 32e6);
    free(a);
    free(b);
}

static void drifts_by_hand(void)
{
    static const struct {
        int64_t place[8];
        size_t windows;
        double steps, moved, stability;
    } expected[] = {
        {{3, 3, 4, 7, 7, 2}, 6, 9.0 / 5, 2.0 / 5, 4.0 / 6}, /* median 3: 3, 3, 4, 2 */
        {{5}, 1, NAN, NAN, 1},
        {{-1, -1}, 2, NAN, NAN, NAN},
        {{0, -1, 9, 8, -1, 2}, 6, 1, 0, 1.0 / 4}, /* 9 to 8 alone; median 2 */
        {{0, -1, 9}, 3, NAN, NAN, 1.0 / 2},
        {{1, 2}, 2, 1, 0, 1},
        {{6, 0, 6, 0}, 4, 6, 1, 1.0 / 2},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct gw_drift drift;
        gw_drift_find(expected[i].place, expected[i].windows, &drift);
        CHECK_CLOSE(drift.steps, expected[i].steps, 1e-15);
        CHECK_CLOSE(drift.moved, expected[i].moved, 1e-15);
        CHECK_CLOSE(drift.stability, expected[i].stability, 1e-15);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        {"ranks_few_rows", ranks_few_rows},
        {"ranks_many_rows_with_ties", ranks_many_rows_with_ties},
        {"knows_when_there_is_nothing_to_rank", knows_when_there_is_nothing_to_rank},
        {"ranks_a_million_rows_in_a_second", ranks_a_million_rows_in_a_second},
        {"drifts_by_hand", drifts_by_hand},
    };
    return CHECK_RUN("standing", tests);
}
