#include "gridwalk/report/live.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/report/tables.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAR = 24, NODE_WIDTH = 12, TABLE_HEAD = 2, LEAST_RANKS = 3 };
/* Twice as long as a run may take to renew its status. */
static const double OLD_SECONDS = 10;
/* Beyond: numbers of a file that no run has written, which would be printed with an
 * exponent or push the rest out of sight. */
static const double NUMBER_LIMIT = 999999999999999, PERCENT_LIMIT = 999.9;

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

/* Never with an exponent: 0 s, < 1 ms, 40 ms, 7.1 s, 1:05, 27:46:40, 115 days. */
static void add_seconds(struct gw_text *out, const char *before, double seconds)
{
    static const double many_days = 1e7;
    char text[32];
    gw_text_printf(out, "%s", before);
    if (seconds < 0.0995) {
        double ms = round(1000 * seconds);
        if (ms >= 1) {
            gw_text_printf(out, "%.0f ms", ms);
        } else {
            gw_text_printf(out, seconds > 0 ? "< 1 ms" : "0 s");
        }
    } else if (seconds < many_days) {
        gw_format_seconds(seconds, text, sizeof text);
        gw_text_printf(out, "%s", text);
    } else {
        add_count(out, "", (uint64_t)(seconds / 86400));
        gw_text_printf(out, " days");
    }
}

/* 14 s, 3 min, 5 h, 12 days: rounded down, two digits and more. */
static void add_age(struct gw_text *out, const char *before, double seconds)
{
    static const struct {
        double seconds;
        const char *name;
    } unit[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    size_t u = 0;
    while (unit[u].seconds > 1 && seconds < 2 * unit[u].seconds) {
        u++;
    }
    add_count(out, before, (uint64_t)(seconds / unit[u].seconds));
    gw_text_printf(out, " %s", unit[u].name);
}

/* What is known of a run that has not ended. */
static bool is_killed(const struct gw_live_record *record,
                      const struct gw_live_view *view)
{
    return view->gone && !gw_live_final(record);
}

/* While the results file is finished nothing is renewed. */
static bool is_silent(const struct gw_live_record *record,
                      const struct gw_live_view *view)
{
    return !is_killed(record, view) && record->state == GW_RUN_running &&
           view->age > OLD_SECONDS;
}

/* Whether the record is of then, not of now. */
static bool is_stale(const struct gw_live_record *record, const struct gw_live_view *view)
{
    return is_killed(record, view) || is_silent(record, view);
}

/* done: grid.yaml -> grid.h5, exit code 0 */
static void print_state(const struct gw_live_record *record,
                        const struct gw_live_view *view,
                        struct gw_text *out)
{
    if (is_silent(record, view)) {
        add_age(out, "silent for ", view->age);
    } else {
        gw_text_printf(out, "%s",
                       is_killed(record, view) ? "killed"
                                               : gw_run_state_name[record->state]);
    }
    gw_text_printf(out, ": %s -> %s",
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

static void print_warning(const struct gw_live_record *record,
                          const struct gw_live_view *view,
                          struct gw_text *out)
{
    if (is_killed(record, view)) {
        gw_text_printf(out,
                       "  warning: process %lld of this host is no more; the same run "
                       "line goes on\n  from the journal\n",
                       (long long)record->pid);
    } else if (is_silent(record, view)) {
        gw_text_printf(out, "  warning: it was killed, or is stopped (SIGSTOP, a "
                            "suspended Slurm job), or its\n  host is gone; if it was "
                            "killed, the same run line goes on from the journal\n");
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
}

static void print_kept(const struct gw_live_record *record, struct gw_text *out)
{
    if (record->tiles_kept > 0) {
        add_count(out, "  of them ", record->tiles_kept);
        gw_text_printf(out, " kept from earlier runs\n");
    }
}

static void add_rate(struct gw_text *out, const char *before, double rate)
{
    gw_text_printf(out, "%s", before);
    if (rate >= 9.95) {
        add_count(out, "", (uint64_t)rate);
    } else if (rate >= 0.001) {
        gw_text_printf(out, "%.2g", rate);
    } else {
        gw_text_printf(out, rate > 0 ? "< 0.001" : "-");
    }
}

/* Rate and ETA are of now, or of the whole run: not of one that may be no more. */
static void print_pace(const struct gw_live_record *record,
                       const struct gw_live_view *view,
                       struct gw_text *out)
{
    if (is_stale(record, view)) {
        add_seconds(out, "  last renewed after ", record->seconds);
        gw_text_printf(out, "   started %s\n", record->started);
        return;
    }
    add_rate(out, "  rows/s ", record->rows_per_second);
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
                   fmin(100 * record->coordinator, PERCENT_LIMIT));
    add_seconds(out, ", committing ", record->commit_seconds);
    gw_text_append(out, "\n", 1);
}

/* 8 ranks: 7 working, 1 lost */
static void print_conditions(const struct gw_live_record *record,
                             const struct gw_live_view *view,
                             struct gw_text *out)
{
    static const char *const condition[] = {"working", "idle", "finished", "lost"};
    bool first = true;
    add_count(out, "  ", record->ranks);
    gw_text_printf(out, " rank%s%s", record->ranks == 1 ? "" : "s",
                   is_stale(record, view) ? ", at the last renewal" : "");
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

/* Lines of a table with a few ranks at least, and one for the cursor. */
static size_t least_table(size_t ranks)
{
    return TABLE_HEAD + (ranks <= LEAST_RANKS ? ranks : LEAST_RANKS + 1) + 1;
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

/* Under the end of its head, also where no number makes the table do so. */
static void add_none(struct gw_table *table, const char *head)
{
    char none[16];
    snprintf(none, sizeof none, "%*s", (int)strlen(head), "-");
    gw_table_cell(table, none);
}

/* The heads of the table, in its order. */
enum { RANK, NODE, CONDITION, TILES, LAST_TILE, BUSY, CACHE, SILENT, COLUMNS };
static const char *const column_head[COLUMNS] = {
    "rank", "node", "condition", "tiles", "last tile", "busy %", "cache %", "silent s"};

static void
add_rank(struct gw_table *table, const struct gw_live_rank *rank, size_t number)
{
    double hits = (double)rank->cache_hits, misses = (double)rank->cache_misses;
    gw_table_number(table, (double)number, 0);
    add_node(table, rank->node);
    gw_table_cell(table, rank->condition);
    gw_table_number(table, fmin((double)rank->tiles, NUMBER_LIMIT), 0);
    if (rank->last_tile >= 0) {
        gw_table_number(table, fmin((double)rank->last_tile, NUMBER_LIMIT), 0);
    } else {
        add_none(table, column_head[LAST_TILE]);
    }
    gw_table_number(table, fmin(100 * rank->busy, PERCENT_LIMIT), 1);
    if (hits + misses > 0) {
        gw_table_number(table, 100 * hits / (hits + misses), 1);
    } else {
        add_none(table, column_head[CACHE]);
    }
    if (is_finished(rank)) {
        add_none(table, column_head[SILENT]);
    } else {
        gw_table_number(table, fmin(rank->silent, NUMBER_LIMIT), 1);
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
        gw_table_cell(table, column_head[i]);
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

/* What stands above the table, from top to bottom. */
enum { STATE, WARNING, BAR_LINE, KEPT, PACE, SAFETY, LEADER, CONDITIONS, BLOCKS };

static void print_blocks(const struct gw_live_record *record,
                         const struct gw_live_view *view,
                         struct gw_text block[BLOCKS])
{
    print_state(record, view, &block[STATE]);
    print_warning(record, view, &block[WARNING]);
    print_bar(record, &block[BAR_LINE]);
    print_kept(record, &block[KEPT]);
    print_pace(record, view, &block[PACE]);
    print_safety(record, &block[SAFETY]);
    print_leader(record, &block[LEADER]);
    print_conditions(record, view, &block[CONDITIONS]);
}

/* On a small screen what matters least goes, until `left` lines are enough. */
static size_t fit(struct gw_text block[BLOCKS], size_t left)
{
    static const int drop[] = {LEADER, SAFETY, KEPT, CONDITIONS, PACE, WARNING, BAR_LINE};
    size_t used = 0;
    for (size_t b = 0; b < BLOCKS; b++) {
        used += count_lines(&block[b]);
    }
    for (size_t d = 0; used > left && d < sizeof drop / sizeof drop[0]; d++) {
        used -= count_lines(&block[drop[d]]);
        gw_text_clear(&block[drop[d]]);
    }
    return used;
}

void gw_live_show(const struct gw_live_record *record,
                  const struct gw_live_view *view,
                  struct gw_text *out)
{
    struct gw_text block[BLOCKS] = {{0}};
    print_blocks(record, view, block);
    size_t height = view->height > 0 ? view->height : SIZE_MAX;
    size_t table = least_table(record->ranks);
    /* Where not even a few ranks have room: none, but more of the run. */
    bool ranks = record->ranks > 0 && count_lines(&block[STATE]) + table <= height;
    size_t used = fit(block, height - (ranks ? table : 1));
    for (size_t b = 0; b < BLOCKS; b++) {
        if (block[b].length > 0) {
            copy_lines(&block[b], view, NULL, 0, out);
        }
        gw_text_clear(&block[b]);
    }
    if (ranks) {
        print_ranks(record, view, used, out);
    }
}
