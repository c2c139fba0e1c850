#include "gridwalk/sched/world.h"

#include "ranks.h"

#include "gridwalk/base/time.h"

#include <stdint.h>
#include <sys/resource.h>
#include <time.h>

static void knows_its_ranks_and_nodes(void)
{
    int rank = gw_world_rank(world), size = gw_world_size(world);
    const char *launched = getenv("OMPI_COMM_WORLD_SIZE"); /* what mpirun was asked for */
    RANKS_TRUE(size == (launched == NULL ? 1 : atoi(launched)));
    int *all = gw_calloc((size_t)size, sizeof(*all));
    gw_world_gather(world, &rank, sizeof(rank), all);
    for (int r = 0; r < size && rank == 0; r++) {
        RANKS_TRUE(all[r] == r);
    }
    free(all);
    RANKS_TRUE(gw_world_nodes(world) >= 1 && gw_world_nodes(world) <= size);
}

static void broadcasts_the_bytes_of_rank_0(void)
{
    bool root = gw_world_rank(world) == 0;
    double value[3] = {0};
    if (root) {
        value[0] = 1.5;
        value[1] = -2;
        value[2] = 1e300;
    }
    gw_world_broadcast(world, value, sizeof(value));
    RANKS_TRUE(value[0] == 1.5 && value[1] == -2 && value[2] == 1e300);
    gw_world_broadcast(world, NULL, 0);
}

static char letter(size_t i)
{
    return (char)('a' + (i * 7 + i / 26) % 26);
}

static void shares_a_text_of(size_t length)
{
    struct gw_text text = {0};
    if (gw_world_rank(world) == 0) {
        for (size_t i = 0; i < length; i++) {
            char c = letter(i);
            gw_text_append(&text, &c, 1);
        }
    } else {
        gw_text_printf(&text, "left from before");
    }
    gw_world_share_text(world, &text);
    RANKS_TRUE(text.length == length);
    size_t wrong = 0;
    for (size_t i = 0; i < text.length; i++) {
        wrong += text.data[i] != letter(i);
    }
    RANKS_TRUE(wrong == 0);
    RANKS_TRUE(text.data == NULL ? length == 0 : text.data[text.length] == '\0');
    gw_text_clear(&text);
}

static void shares_texts_of_any_length(void)
{
    shares_a_text_of(0);
    shares_a_text_of(1);
    shares_a_text_of(300000);
}

static void gathers_in_rank_order(void)
{
    struct record {
        int rank;
        double square;
    };
    int rank = gw_world_rank(world), size = gw_world_size(world);
    struct record mine = {rank, (double)rank * rank};
    struct record *all = rank == 0 ? gw_calloc((size_t)size, sizeof(*all)) : NULL;
    gw_world_gather(world, &mine, sizeof(mine), all);
    for (int r = 0; r < size && rank == 0; r++) {
        RANKS_TRUE(all[r].rank == r && all[r].square == (double)r * r);
    }
    free(all);
}

static void agrees_that_all_went_well(void)
{
    struct gw_error err = {.status = GW_OK, .text = "untouched"};
    RANKS_TRUE(gw_world_agree(world, GW_OK, &err) == GW_OK);
    RANKS_TRUE(strcmp(err.text, "untouched") == 0);
}

/** Ranks from `first` on fail; all must hear of the first. */
static void agrees_on_failure_from(int first, int last)
{
    int rank = gw_world_rank(world);
    struct gw_error err = {0};
    enum gw_status status = GW_OK;
    if (rank >= first && rank <= last) {
        status = gw_fail(&err, rank == first ? GW_DATA : GW_SYSTEM, "bad day %d", rank);
    }
    enum gw_status agreed = gw_world_agree(world, status, &err);
    char expected[64];
    if (first == 0) {
        snprintf(expected, sizeof(expected), "bad day 0");
    } else {
        snprintf(expected, sizeof(expected), "rank %d: bad day %d", first, first);
    }
    RANKS_TRUE(agreed == GW_DATA && err.status == GW_DATA);
    CHECK_TEXT(err.text, expected);
}

static void agrees_on_the_lowest_rank_that_failed(void)
{
    int size = gw_world_size(world);
    for (int r = 0; r < size; r++) {
        agrees_on_failure_from(r, r);
        agrees_on_failure_from(r, size - 1);
    }
}

static void agrees_without_a_place_for_the_text(void)
{
    int last = gw_world_size(world) - 1;
    enum gw_status mine = gw_world_rank(world) == last ? GW_CONFIG : GW_OK;
    RANKS_TRUE(gw_world_agree(world, mine, NULL) == GW_CONFIG);
}

static void compares_bytes_of_all_ranks(void)
{
    int rank = gw_world_rank(world), size = gw_world_size(world);
    char bytes[1000];
    memset(bytes, 'x', sizeof(bytes));
    RANKS_TRUE(gw_world_same(world, bytes, sizeof(bytes)));
    RANKS_TRUE(gw_world_same(world, NULL, 0));
    for (int odd = 0; odd < size && size > 1; odd++) {
        bytes[sizeof(bytes) - 1] = rank == odd ? 'y' : 'x';
        RANKS_TRUE(!gw_world_same(world, bytes, sizeof(bytes)));
        RANKS_TRUE(gw_world_same(world, bytes, sizeof(bytes) - 1));
        size_t length = rank == odd ? 10 : 11;
        RANKS_TRUE(!gw_world_same(world, bytes, length));
    }
}

static double processor_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static void leaves_the_processor_while_it_waits(void)
{
    char start = 0;
    gw_world_broadcast(world, &start, 1); /* all begin together */
    double begin = gw_clock(), used = processor_seconds();
    if (gw_world_rank(world) == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    }
    gw_world_broadcast(world, &start, 1);
    double wall = gw_clock() - begin;
    used = processor_seconds() - used;
    RANKS_TRUE(wall > 0.25);
    RANKS_TRUE(used < 0.25 * wall);
}

int main(void)
{
    static const struct check_test tests[] = {
        {"knows_its_ranks_and_nodes", knows_its_ranks_and_nodes},
        {"broadcasts_the_bytes_of_rank_0", broadcasts_the_bytes_of_rank_0},
        {"shares_texts_of_any_length", shares_texts_of_any_length},
        {"gathers_in_rank_order", gathers_in_rank_order},
        {"agrees_that_all_went_well", agrees_that_all_went_well},
        {"agrees_on_the_lowest_rank_that_failed", agrees_on_the_lowest_rank_that_failed},
        {"agrees_without_a_place_for_the_text", agrees_without_a_place_for_the_text},
        {"compares_bytes_of_all_ranks", compares_bytes_of_all_ranks},
        {"leaves_the_processor_while_it_waits", leaves_the_processor_while_it_waits},
    };
    return RANKS_RUN("world", tests);
}
