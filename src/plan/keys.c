#include "gridwalk/plan/keys.h"

#include "gridwalk/base/mem.h"
#include "gridwalk/base/time.h"
#include "keys_print.h"
#include "length.h"
#include "node.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SIBLINGS = 64 };

/* A check of one tree. */
struct reader {
    const struct gw_schema *schema;
    char *record;
    struct gw_error *err;
};

static const char *last_part(const char *path)
{
    const char *point = strrchr(path, '.');
    return point != NULL ? point + 1 : path;
}

/* Whether `path` is `prefix` and one more part; an empty prefix is the root. */
static bool is_child(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    if (length == 0) {
        return strchr(path, '.') == NULL;
    }
    return strncmp(path, prefix, length) == 0 && path[length] == '.' &&
           strchr(path + length + 1, '.') == NULL;
}

static const struct gw_key *
find_row(const struct gw_schema *schema, const char *prefix, const char *name)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct gw_key *row = &schema->key[i];
        if (is_child(row->path, prefix) && strcmp(last_part(row->path), name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* The row anywhere in the table whose last part is `name`: a key at a wrong level. */
static const struct gw_key *find_elsewhere(const struct gw_schema *schema,
                                           const char *name)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (strcmp(last_part(schema->key[i].path), name) == 0) {
            return &schema->key[i];
        }
    }
    return NULL;
}

static enum gw_status refuse_unknown(const struct reader *reader,
                                     const char *prefix,
                                     const struct gw_yaml *node)
{
    const char *names[MOST_SIBLINGS];
    size_t count = 0;
    struct gw_text known = {0}, hint = {0};
    for (size_t i = 0; i < reader->schema->count; i++) {
        const char *path = reader->schema->key[i].path;
        if (is_child(path, prefix) && count < MOST_SIBLINGS) {
            gw_text_printf(&known, "%s%s", count == 0 ? "" : ", ", last_part(path));
            names[count++] = last_part(path);
        }
    }
    const char *nearest = gw_nearest(node->key, names, count);
    const struct gw_key *elsewhere = find_elsewhere(reader->schema, node->key);
    if (elsewhere != NULL) {
        gw_text_printf(&hint, "it belongs at %s", elsewhere->path);
    } else if (nearest != NULL) {
        gw_text_printf(&hint, "did you mean '%s'?", nearest);
    } else {
        gw_text_printf(&hint, "known %s %s", count == 1 ? "is" : "are",
                       known.data != NULL ? known.data : "none");
    }
    enum gw_status status = gw_fail_at(
        reader->err, GW_CONFIG, node->key_place, "unknown key '%.60s' in %s; %s",
        node->key, *prefix != '\0' ? prefix : reader->schema->what, hint.data);
    gw_text_clear(&known);
    gw_text_clear(&hint);
    return status;
}

/* "must be WHAT, not ..." at a value. */
static enum gw_status refuse_value(const struct reader *reader,
                                   const struct gw_key *row,
                                   const struct gw_yaml *node,
                                   const char *what)
{
    if (node->kind != GW_YAML_SCALAR) {
        return gw_fail_at(reader->err, GW_CONFIG, node->place, "%s must be %s, not a %s",
                          row->path, what, node->kind == GW_YAML_LIST ? "list" : "map");
    }
    if (*node->text == '\0') {
        return gw_fail_at(reader->err, GW_CONFIG, node->place,
                          "%s must be %s, but it is empty", row->path, what);
    }
    return gw_fail_at(reader->err, GW_CONFIG, node->place, "%s must be %s, not %s'%.60s'",
                      row->path, what, node->quoted ? "the quoted text " : "",
                      node->text);
}

static enum gw_status check_range(const struct reader *reader,
                                  const struct gw_key *row,
                                  const struct gw_yaml *node,
                                  double value)
{
    if ((row->low == 0 && row->high == 0) || (value >= row->low && value <= row->high)) {
        return GW_OK;
    }
    struct gw_text range = {0};
    gw_key_range(row, &range);
    enum gw_status status = refuse_value(reader, row, node, range.data);
    gw_text_clear(&range);
    return status;
}

static void store(const struct reader *reader,
                  const struct gw_key *row,
                  const void *value,
                  size_t size)
{
    if (row->offset >= 0) {
        memcpy(reader->record + row->offset, value, size);
    }
}

/* YAML 1.1 reads 010 as 8; nobody is to guess. */
static bool is_octal(const char *text)
{
    text += *text == '-' || *text == '+';
    return text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

static bool is_plain_number(const struct gw_yaml *node)
{
    return node->kind == GW_YAML_SCALAR && !node->quoted && !is_octal(node->text);
}

static enum gw_status read_int(const struct reader *reader,
                               const struct gw_key *row,
                               const struct gw_yaml *node)
{
    int64_t value;
    if (!is_plain_number(node) || !gw_parse_int(node->text, strlen(node->text), &value)) {
        return refuse_value(reader, row, node, "a whole number");
    }
    GW_TRY(check_range(reader, row, node, (double)value));
    store(reader, row, &value, sizeof value);
    return GW_OK;
}

bool gw_key_number(const struct gw_yaml *node, double *value_out)
{
    return is_plain_number(node) &&
           gw_parse_double(node->text, strlen(node->text), value_out);
}

static enum gw_status read_real(const struct reader *reader,
                                const struct gw_key *row,
                                const struct gw_yaml *node)
{
    double value;
    if (!gw_key_number(node, &value)) {
        return refuse_value(reader, row, node, "a number");
    }
    GW_TRY(check_range(reader, row, node, value));
    store(reader, row, &value, sizeof value);
    return GW_OK;
}

/* What is no number is an expression; whoever reads the key compiles it. */
static enum gw_status read_term(const struct reader *reader,
                                const struct gw_key *row,
                                const struct gw_yaml *node)
{
    double value;
    bool text = node->kind == GW_YAML_SCALAR && *node->text != '\0';
    if (gw_key_number(node, &value)) {
        return check_range(reader, row, node, value);
    }
    if (!text || (!node->quoted && is_octal(node->text))) {
        return refuse_value(reader, row, node, "a number or an expression");
    }
    return gw_yaml_check_cut(node, reader->err);
}

static enum gw_status read_bytes(const struct reader *reader,
                                 const struct gw_key *row,
                                 const struct gw_yaml *node)
{
    static const char units[] = "KMGT";
    static const char what[] = "a number of bytes such as 256M or 1.5G";
    if (!is_plain_number(node)) {
        return refuse_value(reader, row, node, what);
    }
    size_t length = strlen(node->text);
    double value, factor = 1;
    const char *unit = length > 0 ? strchr(units, node->text[length - 1]) : NULL;
    if (unit != NULL) {
        length--;
        factor = ldexp(1, 10 * (int)(unit - units + 1));
    }
    if (!gw_parse_double(node->text, length, &value)) {
        return refuse_value(reader, row, node, what);
    }
    value *= factor;
    GW_TRY(check_range(reader, row, node, value));
    store(reader, row, &value, sizeof value);
    return GW_OK;
}

static enum gw_status read_length(const struct reader *reader,
                                  const struct gw_key *row,
                                  const struct gw_yaml *node)
{
    struct gw_length length = {0};
    struct gw_text why = {0};
    if (!is_plain_number(node)) {
        return refuse_value(reader, row, node, GW_LENGTH_WHAT);
    }
    if (!gw_length_parse(node->text, &length, &why)) {
        enum gw_status status =
            gw_fail_at(reader->err, GW_CONFIG, node->place, "%s%s", row->path, why.data);
        gw_text_clear(&why);
        return status;
    }
    if (length.unit == 0) {
        GW_TRY(check_range(reader, row, node, (double)length.count));
    }
    store(reader, row, &length, sizeof length);
    return GW_OK;
}

static enum gw_status read_date(const struct reader *reader,
                                const struct gw_key *row,
                                const struct gw_yaml *node)
{
    int32_t days;
    if (node->kind != GW_YAML_SCALAR ||
        !gw_date_parse(node->text, strlen(node->text), &days)) {
        return refuse_value(reader, row, node, "a date YYYY-MM-DD");
    }
    store(reader, row, &days, sizeof days);
    return GW_OK;
}

/* Index of a text among the choices "a|b|c", or -1. */
static int find_choice(const char *choices, const char *text)
{
    for (int i = 0; *choices != '\0'; i++) {
        size_t length = strcspn(choices, "|");
        if (strlen(text) == length && strncmp(choices, text, length) == 0) {
            return i;
        }
        choices += length + (choices[length] == '|');
    }
    return -1;
}

static enum gw_status read_choice(const struct reader *reader,
                                  const struct gw_key *row,
                                  const struct gw_yaml *node)
{
    int choice =
        node->kind == GW_YAML_SCALAR ? find_choice(row->choices, node->text) : -1;
    if (choice >= 0) {
        store(reader, row, &choice, sizeof choice);
        return GW_OK;
    }
    struct gw_text what = {0};
    gw_key_choices(row->choices, "", &what);
    enum gw_status status = refuse_value(reader, row, node, what.data);
    gw_text_clear(&what);
    return status;
}

static enum gw_status read_text(const struct reader *reader,
                                const struct gw_key *row,
                                const struct gw_yaml *node)
{
    if (node->kind != GW_YAML_SCALAR || *node->text == '\0') {
        return refuse_value(reader, row, node,
                            row->type == GW_KEY_EXPRESSION ? "an expression" : "a text");
    }
    if (row->type == GW_KEY_EXPRESSION) {
        GW_TRY(gw_yaml_check_cut(node, reader->err));
    }
    const char *text = node->text;
    store(reader, row, &text, sizeof text);
    return GW_OK;
}

static enum gw_status read_list(const struct reader *reader,
                                const struct gw_key *row,
                                const struct gw_yaml *node)
{
    return node->kind == GW_YAML_LIST ? GW_OK : refuse_value(reader, row, node, "a list");
}

static enum gw_status read_map(const struct reader *reader,
                               const struct gw_key *row,
                               const struct gw_yaml *node)
{
    return node->kind == GW_YAML_MAP ? GW_OK : refuse_value(reader, row, node, "a map");
}

static enum gw_status read_any(const struct reader *reader,
                               const struct gw_key *row,
                               const struct gw_yaml *node)
{
    (void)reader;
    (void)row;
    (void)node;
    return GW_OK;
}

typedef enum gw_status read_fn(const struct reader *reader,
                               const struct gw_key *row,
                               const struct gw_yaml *node);

static read_fn *const read_table[] = {
    [GW_KEY_MAP] = read_map,         [GW_KEY_FREE_MAP] = read_map,
    [GW_KEY_LIST] = read_list,       [GW_KEY_TEXT] = read_text,
    [GW_KEY_EXPRESSION] = read_text, [GW_KEY_DATE] = read_date,
    [GW_KEY_INT] = read_int,         [GW_KEY_REAL] = read_real,
    [GW_KEY_BYTES] = read_bytes,     [GW_KEY_LENGTH] = read_length,
    [GW_KEY_CHOICE] = read_choice,   [GW_KEY_TERM] = read_term,
    [GW_KEY_ANY] = read_any,
};

/* What the file says, in its order. */
static enum gw_status
read_children(const struct reader *reader, const struct gw_yaml *map, const char *prefix)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct gw_yaml *node = map->item[i];
        const struct gw_key *row = find_row(reader->schema, prefix, node->key);
        if (row == NULL) {
            return refuse_unknown(reader, prefix, node);
        }
        enum gw_status status = read_table[row->type](reader, row, node);
        if (status == GW_OK && row->type == GW_KEY_MAP) {
            status = read_children(reader, node, row->path);
        }
        GW_TRY(status);
    }
    return GW_OK;
}

/* The map that a row's key lies in; NULL when the file has none. */
static const struct gw_yaml *find_parent(const struct gw_yaml *root,
                                         const struct gw_key *row)
{
    const char *point = strrchr(row->path, '.');
    if (point == NULL) {
        return root;
    }
    char *path = gw_strndup(row->path, (size_t)(point - row->path));
    const struct gw_yaml *parent = gw_yaml_find(root, path);
    free(path);
    return parent;
}

static enum gw_status read_standard(const struct reader *reader, const struct gw_key *row)
{
    if (row->standard == NULL || row->offset < 0) {
        return GW_OK;
    }
    /* The texts of the table are only read, and one of them may end in the record. */
    union {
        const char *from;
        char *to;
    } text = {.from = row->standard};
    const struct gw_yaml node = {
        .kind = GW_YAML_SCALAR, .place = {.file = "default"}, .text = text.to};
    return read_table[row->type](reader, row, &node);
}

/* What the file does not say, in the order of the table. */
static enum gw_status read_missing(const struct reader *reader,
                                   const struct gw_yaml *root)
{
    for (size_t i = 0; i < reader->schema->count; i++) {
        const struct gw_key *row = &reader->schema->key[i];
        if (gw_yaml_find(root, row->path) != NULL) {
            continue;
        }
        const struct gw_yaml *parent = find_parent(root, row);
        if (row->required && parent == root && root->key == NULL) {
            return gw_fail(reader->err, GW_CONFIG, "%s: the key '%s' is missing (%s)",
                           root->place.file, row->path, row->help);
        }
        if (row->required && parent != NULL) {
            return gw_fail_at(reader->err, GW_CONFIG, parent->key_place,
                              "the key '%s' is missing (%s)", row->path, row->help);
        }
        GW_TRY(read_standard(reader, row));
    }
    return GW_OK;
}

enum gw_status gw_keys_read(const struct gw_schema *schema,
                            const struct gw_yaml *root,
                            void *record,
                            struct gw_error *err)
{
    const struct reader reader = {schema, record, err};
    if (root->kind != GW_YAML_MAP) {
        return gw_fail_at(err, GW_CONFIG, root->place, "the %s must be a map of keys",
                          schema->what);
    }
    GW_TRY(read_children(&reader, root, ""));
    return read_missing(&reader, root);
}

const struct gw_key *gw_keys_find(const struct gw_schema *schema, const char *path)
{
    size_t i = 0;
    while (i < schema->count && strcmp(schema->key[i].path, path) != 0) {
        i++;
    }
    assert(i < schema->count);
    return &schema->key[i];
}

enum gw_status gw_key_check(const struct gw_key *key,
                            const struct gw_yaml *node,
                            double value,
                            struct gw_error *err)
{
    const struct reader reader = {.err = err};
    return check_range(&reader, key, node, value);
}
