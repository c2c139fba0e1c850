#include "gridwalk/report/live.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/report/tables.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAR = 24, NODE_WIDTH = 12, TABLE_HEAD = 2 };
static const double OLD_SECONDS = 10;

static bool is_lost(const struct gw_live_rank *rank)
{
    return strcmp(rank->condition, "lost") == 0;
}

static bool is_finished(const struct gw_live_rank *rank)
{
    return strcmp(rank->condition, "finished") == 0;
}

bool gw_live_final(const struct gw_live_record *record)
{
    return record->state != GW_RUN_running && record->state != GW_RUN_writing;
}

static void add_count(struct gw_text *out, const char *before, uint64_t count)
{
    char text[32];
    gw_format_count(count, text, sizeof text);
    gw_text_printf(out, "%s%s", before, text);
}

static void add_seconds(struct gw_text *out, const char *before, double seconds)
{
    char text[32];
    gw_format_seconds(seconds, text, sizeof text);
    gw_text_printf(out, "%s%s", before, text);
}

/* done: grid.yaml -> grid.h5, exit code 0 */
static void print_state(const struct gw_live_record *record, struct gw_text *out)
{
    gw_text_printf(out, "%s: %s -> %s", gw_run_state_name[record->state],
                   record->experiment != NULL ? record->experiment : "?",
                   record->output != NULL ? record->output : "?");
    if (record->exit_code >= 0) {
        gw_text_printf(out, ", exit code %d", record->exit_code);
    }
    gw_text_append(out, "\n", 1);
    if (record->message != NULL) {
        gw_text_printf(out, "  %s\n", record->message);
    }
}

/* Rounded down: 100 % is all of them. */
static void print_bar(const struct gw_live_record *record, struct gw_text *out)
{
    double share =
        record->tiles > 0 ? (double)record->tiles_done / (double)record->tiles : 0;
    char bar[BAR + 1];
    size_t filled = (size_t)(share * BAR);
    memset(bar, ' ', BAR);
    memset(bar, '=', filled);
    bar[BAR] = '\0';
    gw_text_printf(out, "  [%s]  %.1f %%", bar, (double)(uint64_t)(share * 1000) / 10);
    add_count(out, "  ", record->tiles_done);
    add_count(out, " of ", record->tiles);
    gw_text_append(out, " tiles\n", 7);
    if (record->tiles_kept > 0) {
        add_count(out, "  of them ", record->tiles_kept);
        gw_text_printf(out, " kept from earlier runs\n");
    }
}

static void print_pace(const struct gw_live_record *record, struct gw_text *out)
{
    if (record->rows_per_second > 0) {
        add_count(out, "  rows/s ", (uint64_t)record->rows_per_second);
    } else {
        gw_text_append(out, "  rows/s -", 10);
    }
    if (record->state == GW_RUN_running && record->eta_seconds >= 0) {
        add_seconds(out, "   ETA ", record->eta_seconds);
    } else if (record->state == GW_RUN_running) {
        gw_text_append(out, "   ETA -", 8);
    }
    add_seconds(out, gw_live_final(record) ? "   took " : "   elapsed ", record->seconds);
    gw_text_printf(out, "   started %s\n", record->started);
}

static void print_safety(const struct gw_live_record *record, struct gw_text *out)
{
    char journal[32];
    gw_format_bytes((double)record->journal_bytes, journal, sizeof journal);
    add_count(out, "  restarts ", record->restarts);
    add_count(out, "   workers lost ", record->lost);
    add_count(out, "   tiles again ", record->again);
    add_count(out, ", set aside ", record->set_aside);
    gw_text_printf(out, "   journal %s\n", journal);
}

/* Bytes of a node's name without its domain; an address has none. */
static size_t node_length(const char *node)
{
    return isdigit((unsigned char)node[0]) ? strlen(node) : strcspn(node, ".");
}

static void print_leader(const struct gw_live_record *record, struct gw_text *out)
{
    const char *host = record->host[0] != '\0' ? record->host : "?";
    gw_text_printf(out, "  rank 0: process %lld on %.*s, coordinating %.1f %%",
                   (long long)record->pid, (int)node_length(host), host,
                   100 * record->coordinator);
    add_seconds(out, ", committing ", record->commit_seconds);
    gw_text_append(out, "\n", 1);
}

/* 8 ranks: 7 working, 1 lost */
static void print_conditions(const struct gw_live_record *record, struct gw_text *out)
{
    static const char *const condition[] = {"working", "idle", "finished", "lost"};
    bool first = true;
    add_count(out, "  ", record->ranks);
    gw_text_printf(out, " rank%s", record->ranks == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof condition / sizeof condition[0]; i++) {
        uint64_t count = 0;
        for (size_t r = 0; r < record->ranks; r++) {
            count += strcmp(record->rank[r].condition, condition[i]) == 0;
        }
        if (count > 0) {
            add_count(out, first ? ": " : ", ", count);
            gw_text_printf(out, " %s", condition[i]);
            first = false;
        }
    }
    gw_text_append(out, "\n", 1);
}

static void
print_warning(const struct gw_live_record *record, double age, struct gw_text *out)
{
    if (record->state == GW_RUN_running && age > OLD_SECONDS) {
        gw_text_printf(out,
                       "warning: not renewed for %.0f s: the run was killed, or its host "
                       "is gone;\n  the same run line goes on from the journal\n",
                       age);
    }
}

/* Silence matters only of a rank that could speak. */
static double silence(const struct gw_live_rank *rank)
{
    return is_finished(rank) ? 0 : rank->silent;
}

/* A line of the table. */
struct line {
    const struct gw_live_rank *rank;
};

static int by_urgency(const void *a, const void *b)
{
    const struct gw_live_rank *left = ((const struct line *)a)->rank;
    const struct gw_live_rank *right = ((const struct line *)b)->rank;
    if (is_lost(left) != is_lost(right)) {
        return is_lost(left) ? -1 : 1;
    }
    if (silence(left) != silence(right)) {
        return silence(left) > silence(right) ? -1 : 1;
    }
    return left < right ? -1 : left > right;
}

static size_t count_lines(const struct gw_text *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->length; i++) {
        lines += text->data[i] == '\n';
    }
    return lines;
}

/* How many ranks have room below `used` lines: with fewer than all, one line says so, and
 * the last line of a screen stays free for the cursor. */
static size_t room(const struct gw_live_view *view, size_t ranks, size_t used)
{
    used += TABLE_HEAD + 1;
    if (view->height == 0 || used + ranks <= view->height) {
        return ranks;
    }
    return view->height > used + 1 ? view->height - (used + 1) : 0;
}

/* Of a long name the end, which tells it from others. */
static void add_node(struct gw_table *table, const char *node)
{
    char name[sizeof((struct gw_live_rank *)0)->node + 2];
    size_t length = node_length(node);
    const char *from = node;
    if (length > NODE_WIDTH) {
        from += length - (NODE_WIDTH - 1);
        while (((unsigned char)*from & 0xc0) == 0x80) {
            from++; /* not from the middle of a character */
        }
    }
    snprintf(name, sizeof name, "%s%.*s", from > node ? "~" : "",
             (int)(length - (size_t)(from - node)), from);
    gw_table_cell(table, name[0] != '\0' ? name : "-");
}

static void
add_rank(struct gw_table *table, const struct gw_live_rank *rank, size_t number)
{
    uint64_t lookups = rank->cache_hits + rank->cache_misses;
    gw_table_number(table, (double)number, 0);
    add_node(table, rank->node);
    gw_table_cell(table, rank->condition);
    gw_table_number(table, (double)rank->tiles, 0);
    if (rank->last_tile >= 0) {
        gw_table_number(table, (double)rank->last_tile, 0);
    } else {
        gw_table_cell(table, "-");
    }
    gw_table_number(table, 100 * rank->busy, 1);
    if (lookups > 0) {
        gw_table_number(table, 100 * (double)rank->cache_hits / (double)lookups, 1);
    } else {
        gw_table_cell(table, "-");
    }
    if (is_finished(rank)) {
        gw_table_cell(table, "-");
    } else {
        gw_table_number(table, rank->silent, 1);
    }
}

/* Bytes of a line of at most `width` characters. */
static size_t cut(const char *line, size_t length, size_t width)
{
    size_t at = 0, characters = 0;
    while (at < length) {
        characters += ((unsigned char)line[at] & 0xc0) != 0x80;
        if (width > 0 && characters > width) {
            break;
        }
        at++;
    }
    return at;
}

/* Line by line, cut to the width; those of lost ranks, below a table's head, in red. */
static void copy_lines(const struct gw_text *text,
                       const struct gw_live_view *view,
                       const struct line *shown,
                       size_t ranks,
                       struct gw_text *out)
{
    size_t at = 0;
    for (const char *c = text->data; *c != '\0'; at++) {
        size_t length = strcspn(c, "\n");
        size_t r = at - TABLE_HEAD; /* of the head: far beyond */
        bool red = view->colour && r < ranks && is_lost(shown[r].rank);
        gw_text_append(out, "\033[31m", red ? 5 : 0);
        gw_text_append(out, c, cut(c, length, view->width));
        gw_text_append(out, "\033[0m", red ? 4 : 0);
        gw_text_append(out, "\n", 1);
        c += length + (c[length] == '\n');
    }
}

static void print_ranks(const struct gw_live_record *record,
                        const struct gw_live_view *view,
                        size_t used,
                        struct gw_text *out)
{
    static const char *const head[] = {"rank",      "node",   "condition", "tiles",
                                       "last tile", "busy %", "cache %",   "silent s"};
    enum { COLUMNS = sizeof head / sizeof head[0] };
    struct line *line = gw_calloc(record->ranks, sizeof *line);
    struct gw_table *table = gw_table_new(COLUMNS);
    struct gw_text text = {0};
    size_t shown = room(view, record->ranks, used);
    for (size_t r = 0; r < record->ranks; r++) {
        line[r].rank = &record->rank[r];
    }
    if (shown < record->ranks) {
        qsort(line, record->ranks, sizeof *line, by_urgency);
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        gw_table_cell(table, head[i]);
    }
    for (size_t r = 0; r < shown; r++) {
        add_rank(table, line[r].rank, (size_t)(line[r].rank - record->rank));
    }
    gw_table_print(table, &text);
    if (shown < record->ranks) {
        add_count(&text, "  ... and ", record->ranks - shown);
        gw_text_append(&text, " more\n", 6);
    }
    copy_lines(&text, view, line, shown, out);
    gw_text_clear(&text);
    gw_table_free(table);
    free(line);
}

void gw_live_show(const struct gw_live_record *record,
                  const struct gw_live_view *view,
                  struct gw_text *out)
{
    struct gw_text text = {0};
    print_state(record, &text);
    print_bar(record, &text);
    print_pace(record, &text);
    print_safety(record, &text);
    print_leader(record, &text);
    print_conditions(record, &text);
    print_warning(record, view->age, &text);
    copy_lines(&text, view, NULL, 0, out);
    if (record->ranks > 0) {
        print_ranks(record, view, count_lines(&text), out);
    }
    gw_text_clear(&text);
}
