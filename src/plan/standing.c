#include "gridwalk/plan/standing.h"

#include "gridwalk/base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A row on its way through the two sorts. */
struct item {
    uint64_t key; /* of one objective: in its order, equal where it is equal */
    int64_t mark; /* first the row, then twice the rank by the other objective */
};

enum { FEW = 24, DIGITS = 256, TOP_DIGIT = 56 };

/* In the order of the numbers; -0 is 0. */
static uint64_t key_of(double x)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t bits;
    x += 0.0;
    memcpy(&bits, &x, sizeof bits);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

static void sort_few(struct item *item, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct item moved = item[i];
        size_t j = i;
        for (; j > 0 && item[j - 1].key > moved.key; j--) {
            item[j] = item[j - 1];
        }
        item[j] = moved;
    }
}

/* By key, in place, a byte at a time from the highest (McIlroy, Bostic, McIlroy 1993):
 * the time does not hang on the order that they come in. */
static void sort_items(struct item *item, size_t count, int shift)
{
    if (count <= FEW) {
        sort_few(item, count);
        return;
    }
    size_t next[DIGITS], end[DIGITS], sizes[DIGITS] = {0};
    for (size_t i = 0; i < count; i++) {
        sizes[item[i].key >> shift & 255]++;
    }
    for (size_t digit = 0, at = 0; digit < DIGITS; digit++) {
        next[digit] = at;
        at += sizes[digit];
        end[digit] = at;
    }
    for (size_t digit = 0; digit < DIGITS; digit++) {
        while (next[digit] < end[digit]) {
            struct item moved = item[next[digit]];
            size_t to;
            while ((to = moved.key >> shift & 255) != digit) {
                struct item other = item[next[to]];
                item[next[to]++] = moved;
                moved = other;
            }
            item[next[digit]++] = moved;
        }
    }
    for (size_t digit = 0; digit < DIGITS && shift > 0; digit++) {
        sort_items(item + end[digit] - sizes[digit], sizes[digit], shift - 8);
    }
}

/* First item behind those of the same key as item `at`. */
static size_t behind_ties(const struct item *item, size_t count, size_t at)
{
    size_t end = at + 1;
    while (end < count && item[end].key == item[at].key) {
        end++;
    }
    return end;
}

/* Spearman's correlation: Pearson's of the ranks, ties having their mean rank. Ranks
 * stand doubled and less their mean, as whole numbers. */
static double rank_correlation(const struct gw_objectives *x, struct item *item)
{
    size_t count = 0;
    for (size_t i = 0; i < x->rows; i++) {
        if (!isnan(x->chosen_on[i]) && !isnan(x->test[i])) {
            item[count++] = (struct item){key_of(x->chosen_on[i]), (int64_t)i};
        }
    }
    double squares[2] = {0}, products = 0;
    sort_items(item, count, TOP_DIGIT);
    for (size_t at = 0, end; at < count; at = end) {
        end = behind_ties(item, count, at);
        int64_t rank = (int64_t)(at + end) - (int64_t)count;
        squares[0] += (double)(end - at) * ((double)rank * (double)rank);
        for (size_t i = at; i < end; i++) {
            item[i] = (struct item){key_of(x->test[item[i].mark]), rank};
        }
    }
    sort_items(item, count, TOP_DIGIT);
    for (size_t at = 0, end; at < count; at = end) {
        int64_t ranks = 0; /* the others' of these ties */
        end = behind_ties(item, count, at);
        for (size_t i = at; i < end; i++) {
            ranks += item[i].mark;
        }
        double rank = (double)(at + end) - (double)count;
        squares[1] += (double)(end - at) * (rank * rank);
        products += (double)ranks * rank;
    }
    bool varies = squares[0] > 0 && squares[1] > 0;
    return varies ? products / sqrt(squares[0] * squares[1]) : NAN;
}

/* The row at that place (from 0) by test from best to worst, ties by the lower row. */
static int64_t row_at(const struct gw_objectives *x, size_t place, struct item *item)
{
    size_t count = 0;
    for (size_t i = 0; i < x->rows; i++) {
        if (!isnan(x->test[i])) {
            item[count++] = (struct item){key_of(x->test[i]), (int64_t)i};
        }
    }
    if (count == 0) {
        return -1;
    }
    sort_items(item, count, TOP_DIGIT);
    uint64_t key = item[count - 1 - place].key;
    for (size_t i = count; item[i - 1].key > key; i--) {
        place--; /* among those that tie with it */
    }
    int64_t row = 0;
    while (isnan(x->test[row]) || key_of(x->test[row]) != key || place-- > 0) {
        row++;
    }
    return row;
}

void gw_standing_find(const struct gw_objectives *objectives,
                      int64_t chosen,
                      struct gw_standing *out)
{
    const double *test = objectives->test;
    double own = chosen >= 0 ? test[chosen] : NAN;
    int64_t better = 0;
    struct item *item = gw_calloc(objectives->rows, sizeof *item);
    *out = (struct gw_standing){.best = -1};
    for (size_t i = 0; i < objectives->rows; i++) {
        bool best = !isnan(test[i]) && (out->best < 0 || test[i] > test[out->best]);
        out->best = best ? (int64_t)i : out->best;
        out->test_ranked += !isnan(test[i]);
        better += test[i] > own;
    }
    out->test_rank = isnan(own) ? -1 : 1 + better;
    out->median = row_at(objectives, (size_t)out->test_ranked / 2, item);
    out->rank_correlation = rank_correlation(objectives, item);
    free(item);
}

double gw_standing_bytes(double rows)
{
    return rows * (double)(2 * sizeof(double) + sizeof(struct item));
}

static int compare_places(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

void gw_drift_find(const int64_t *place, size_t windows, struct gw_drift *out)
{
    int64_t *sorted = gw_calloc(windows, sizeof *sorted);
    size_t chosen = 0, near = 0, moves = 0, moved = 0;
    double steps = 0;
    for (size_t w = 0; w < windows; w++) {
        if (place[w] < 0) {
            continue;
        }
        sorted[chosen++] = place[w];
        if (w > 0 && place[w - 1] >= 0) {
            int64_t move = llabs(place[w] - place[w - 1]);
            steps += (double)move;
            moved += move > 1;
            moves++;
        }
    }
    qsort(sorted, chosen, sizeof *sorted, compare_places);
    for (size_t i = 0; i < chosen; i++) {
        near += llabs(sorted[i] - sorted[(chosen - 1) / 2]) <= 1;
    }
    out->steps = moves > 0 ? steps / (double)moves : NAN;
    out->moved = moves > 0 ? (double)moved / (double)moves : NAN;
    out->stability = chosen > 0 ? (double)near / (double)chosen : NAN;
    free(sorted);
}
