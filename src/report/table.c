#include "gridwalk/report/tables.h"

#include "gridwalk/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cell {
    char *text;
    bool number;
};

struct gw_table {
    size_t columns, count, room;
    struct cell *cell; /* [count] row by row */
};

struct gw_table *gw_table_new(size_t columns)
{
    assert(columns > 0);
    struct gw_table *table = gw_calloc(1, sizeof *table);
    table->columns = columns;
    return table;
}

void gw_table_free(struct gw_table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->count; i++) {
        free(table->cell[i].text);
    }
    free(table->cell);
    free(table);
}

static void add(struct gw_table *table, const char *text, bool number)
{
    table->cell =
        gw_grow(table->cell, &table->room, table->count + 1, sizeof *table->cell);
    table->cell[table->count++] = (struct cell){gw_strdup(text), number};
}

void gw_table_cell(struct gw_table *table, const char *text)
{
    add(table, text, false);
}

void gw_table_figure(struct gw_table *table, const char *text)
{
    add(table, text, true);
}

void gw_table_number(struct gw_table *table, double value, int digits)
{
    if (isnan(value) || isinf(value)) {
        add(table, isnan(value) ? "n/a" : value > 0 ? "inf" : "-inf", true);
        return;
    }
    struct gw_text text = {0};
    if (digits < 0) {
        char shortest[32];
        gw_format_double(value, shortest, sizeof shortest);
        gw_text_printf(&text, "%s", shortest);
    } else {
        gw_text_printf(&text, fabs(value) < 1e15 ? "%.*f" : "%.*g",
                       fabs(value) < 1e15 ? digits : 6, value);
    }
    bool minus_nothing = text.data[0] == '-' && strspn(text.data, "-0.") == text.length;
    add(table, text.data + (minus_nothing ? 1 : 0), true);
    gw_text_clear(&text);
}

/* Characters of a UTF-8 text. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

struct column {
    size_t width;
    bool right; /* has a number */
};

static struct column *measure(const struct gw_table *table)
{
    struct column *column = gw_calloc(table->columns, sizeof *column);
    for (size_t i = 0; i < table->count; i++) {
        struct column *c = &column[i % table->columns];
        size_t width = width_of(table->cell[i].text);
        c->width = width > c->width ? width : c->width;
        c->right = c->right || table->cell[i].number;
    }
    return column;
}

static void repeat(struct gw_text *out, char c, size_t count)
{
    while (count-- > 0) {
        gw_text_append(out, &c, 1);
    }
}

static void end_line(struct gw_text *out)
{
    while (out->length > 0 && out->data[out->length - 1] == ' ') {
        out->data[--out->length] = '\0';
    }
    gw_text_append(out, "\n", 1);
}

static void print_row(const struct gw_table *table,
                      size_t first,
                      const struct column *column,
                      struct gw_text *out)
{
    for (size_t i = 0; i < table->columns; i++) {
        const char *text = table->cell[first + i].text;
        size_t padding = column[i].width - width_of(text);
        repeat(out, ' ', column[i].right ? 2 + padding : 2);
        gw_text_append(out, text, strlen(text));
        if (!column[i].right && i + 1 < table->columns) {
            repeat(out, ' ', padding);
        }
    }
    end_line(out);
}

void gw_table_print(const struct gw_table *table, struct gw_text *out)
{
    assert(table->count % table->columns == 0);
    struct column *column = measure(table);
    for (size_t i = 0; i < table->count; i += table->columns) {
        print_row(table, i, column, out);
        for (size_t c = 0; i == 0 && c < table->columns; c++) {
            repeat(out, ' ', 2);
            repeat(out, '-', column[c].width);
        }
        gw_text_append(out, "\n", i == 0 ? 1 : 0);
    }
    free(column);
}
