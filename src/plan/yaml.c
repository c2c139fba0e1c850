#include "gridwalk/plan/yaml.h"

#include "gridwalk/base/mem.h"
#include "node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A tree is made of these, so that a part which came from the command line can own the
 * text that its places point to. */
struct owner {
    struct gw_yaml node; /* first: a pointer to one is a pointer to the other */
    char *name;
};

/* A list or map whose end has not come yet. */
struct open {
    struct gw_yaml *node;
    bool flow;
};

struct source {
    struct gw_yaml_origin origin;
    const char *bytes;
    size_t length;
    yaml_parser_t yaml;
    struct open open[GW_YAML_DEEPEST];
    size_t depth;
    char *key; /* waits for its value */
    struct gw_place key_place;
    struct gw_yaml *root;
    bool has_document;
    struct gw_error *err;
};

struct gw_yaml *gw_yaml_new(enum gw_yaml_kind kind, struct gw_place place)
{
    struct owner *owner = gw_calloc(1, sizeof *owner);
    owner->node.kind = kind;
    owner->node.place = place;
    owner->node.key_place = place;
    return &owner->node;
}

void gw_yaml_own(struct gw_yaml *node, char *name)
{
    ((struct owner *)node)->name = name;
}

void gw_yaml_add(struct gw_yaml *parent, char *key, struct gw_yaml *item)
{
    size_t n = parent->count;
    if ((n & (n - 1)) == 0) { /* 0 or a power of two: full */
        parent->item = gw_realloc(parent->item, n == 0 ? 1 : 2 * n, sizeof(void *));
    }
    item->key = key;
    parent->item[n] = item;
    parent->count = n + 1;
}

void gw_yaml_free(struct gw_yaml *node)
{
    if (node == NULL) {
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        gw_yaml_free(node->item[i]);
    }
    free(node->item);
    free(node->key);
    free(node->text);
    free(((struct owner *)node)->name);
    free(node);
}

static struct gw_place place_of(const struct source *source, yaml_mark_t mark)
{
    struct gw_place place = {.file = source->origin.name};
    if (!source->origin.whole) {
        place.line = (int)mark.line + 1;
        place.column = (int)mark.column + 1;
    }
    return place;
}

/* The place of a byte, for what libyaml never gets to see as characters. */
static struct gw_place place_of_byte(const struct source *source, size_t offset)
{
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && i < source->length; i++) {
        unsigned char c = (unsigned char)source->bytes[i];
        if (c == '\n') {
            mark.line++;
            mark.column = 0;
        } else if ((c & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return place_of(source, mark);
}

/* The first byte of the character that a mark points to; NUL behind the end. */
static char char_at(const struct source *source, yaml_mark_t mark)
{
    size_t index = 0;
    for (size_t i = 0; i < source->length; i++) {
        if (((unsigned char)source->bytes[i] & 0xc0) == 0x80) {
            continue;
        }
        if (index++ == mark.index) {
            return source->bytes[i];
        }
    }
    return '\0';
}

static enum gw_status refuse_syntax(struct source *source)
{
    const yaml_parser_t *yaml = &source->yaml;
    const char *problem = yaml->problem != NULL ? yaml->problem : "cannot be read";
    if (yaml->error == YAML_MEMORY_ERROR) {
        gw_die("out of memory while reading %s", source->origin.name);
    }
    if (yaml->error == YAML_READER_ERROR) {
        return gw_fail_at(source->err, GW_CONFIG,
                          place_of_byte(source, yaml->problem_offset),
                          "not UTF-8 text: %s", problem);
    }
    struct gw_place place = place_of(source, yaml->problem_mark);
    if (char_at(source, yaml->problem_mark) == '\t') {
        return gw_fail_at(source->err, GW_CONFIG, place, "a tab; indent with spaces");
    }
    return gw_fail_at(source->err, GW_CONFIG, place, "not YAML: %s%s%s", problem,
                      yaml->context != NULL ? " " : "",
                      yaml->context != NULL ? yaml->context : "");
}

static bool is_word(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    return *text != '\0' && strchr(letters, *text) != NULL &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "_-0123456789")] == '\0';
}

enum gw_status gw_yaml_check_cut(const struct gw_yaml *node, struct gw_error *err)
{
    if (node->kind != GW_YAML_SCALAR || !node->flow || node->quoted) {
        return GW_OK;
    }
    long open = 0, characters = 0;
    bool closed_first = false;
    for (const char *c = node->text; *c != '\0'; c++) {
        open += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        closed_first = closed_first || open < 0;
        characters += ((unsigned char)*c & 0xc0) != 0x80;
    }
    if (open == 0 && !closed_first) {
        return GW_OK;
    }
    struct gw_place place = node->place;
    if (place.line > 0 && open > 0) {
        place.column += (int)characters; /* the comma stands right behind */
    }
    return gw_fail_at(err, GW_CONFIG, place,
                      "this comma ended the value; quote the expression or put it on its "
                      "own line");
}

/* Take a scalar as the key of the innermost map. */
static enum gw_status take_key(struct source *source, const yaml_event_t *event)
{
    const struct gw_yaml *map = source->open[source->depth - 1].node;
    struct gw_place place = place_of(source, event->start_mark);
    const char *text = (const char *)event->data.scalar.value;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (plain && is_word(text) && strlen(text) == event->data.scalar.length) {
        source->key = gw_strdup(text);
        source->key_place = place;
        return GW_OK;
    }
    if (map->count > 0) {
        GW_TRY(gw_yaml_check_cut(map->item[map->count - 1], source->err));
    }
    return gw_fail_at(source->err, GW_CONFIG, place,
                      "a key must be a plain word of letters, digits, '_' and '-', not "
                      "'%.60s'",
                      text);
}

static bool wants_key(const struct source *source)
{
    return source->depth > 0 && source->key == NULL &&
           source->open[source->depth - 1].node->kind == GW_YAML_MAP;
}

/* Hang a node below the innermost list or map, or make it the root. */
static void attach(struct source *source, struct gw_yaml *node)
{
    if (source->depth == 0) {
        source->root = node;
        return;
    }
    struct open *top = &source->open[source->depth - 1];
    node->flow = node->flow || top->flow;
    if (source->key != NULL) {
        node->key_place = source->key_place;
    }
    gw_yaml_add(top->node, source->key, node);
    source->key = NULL;
}

static enum gw_status refuse_marks(struct source *source,
                                   const yaml_event_t *event,
                                   const void *anchor,
                                   const void *tag)
{
    struct gw_place place = place_of(source, event->start_mark);
    if (anchor != NULL) {
        return gw_fail_at(source->err, GW_CONFIG, place,
                          "anchors are not allowed; quote a text that begins with '&'");
    }
    if (tag != NULL) {
        return gw_fail_at(source->err, GW_CONFIG, place,
                          "tags are not allowed; write 'not' instead of '!'");
    }
    return GW_OK;
}

static enum gw_status take_scalar(struct source *source, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    yaml_scalar_style_t style = event->data.scalar.style;
    GW_TRY(
        refuse_marks(source, event, event->data.scalar.anchor, event->data.scalar.tag));
    if (wants_key(source)) {
        return take_key(source, event);
    }
    struct gw_place place = place_of(source, event->start_mark);
    if (memchr(text, '\0', length) != NULL) {
        return gw_fail_at(source->err, GW_CONFIG, place, "a text holds a NUL byte");
    }
    if (place.line > 0 && (style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                           style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)) {
        place.column++;
    }
    struct gw_yaml *node = gw_yaml_new(GW_YAML_SCALAR, place);
    node->text = gw_strndup(text, length);
    node->quoted = style != YAML_PLAIN_SCALAR_STYLE;
    attach(source, node);
    return GW_OK;
}

static enum gw_status
open_node(struct source *source, const yaml_event_t *event, enum gw_yaml_kind kind)
{
    bool list = kind == GW_YAML_LIST;
    struct gw_place place = place_of(source, event->start_mark);
    GW_TRY(refuse_marks(
        source, event,
        list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor,
        list ? event->data.sequence_start.tag : event->data.mapping_start.tag));
    if (wants_key(source)) {
        return gw_fail_at(source->err, GW_CONFIG, place,
                          "a key must be a plain word, not a list or map");
    }
    if (source->depth + source->origin.depth >= GW_YAML_DEEPEST) {
        return gw_fail_at(source->err, GW_CONFIG, place, "nested more than %d deep",
                          GW_YAML_DEEPEST);
    }
    struct gw_yaml *node = gw_yaml_new(kind, place);
    attach(source, node);
    bool flow = list ? event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                     : event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    source->open[source->depth++] = (struct open){node, flow || node->flow};
    return GW_OK;
}

/* By key, then by place in the file. */
static int compare_items(const void *left, const void *right)
{
    const struct gw_yaml *const *a = left, *const *b = right;
    int order = strcmp((*a)->key, (*b)->key);
    if (order != 0) {
        return order;
    }
    const struct gw_place *p = &(*a)->key_place, *q = &(*b)->key_place;
    return p->line != q->line ? (p->line > q->line) - (p->line < q->line)
                              : (p->column > q->column) - (p->column < q->column);
}

static bool is_later(const struct gw_yaml *a, const struct gw_yaml *b)
{
    const struct gw_place *p = &a->key_place, *q = &b->key_place;
    return p->line != q->line ? p->line > q->line : p->column > q->column;
}

/* Sorted, because a map of 256 KiB may have 60,000 keys. */
static enum gw_status refuse_repeated(struct source *source, const struct gw_yaml *map)
{
    if (map->count < 2) {
        return GW_OK;
    }
    const size_t size = sizeof(void *);
    const struct gw_yaml **sorted = gw_calloc(map->count, size);
    memcpy(sorted, map->item, map->count * size);
    qsort(sorted, map->count, size, compare_items);
    const struct gw_yaml *first = NULL, *again = NULL;
    for (size_t i = 1; i < map->count; i++) {
        if (strcmp(sorted[i]->key, sorted[i - 1]->key) == 0 &&
            (again == NULL || is_later(again, sorted[i]))) {
            first = sorted[i - 1];
            again = sorted[i];
        }
    }
    free(sorted);
    if (again == NULL) {
        return GW_OK;
    }
    if (source->origin.whole) {
        return gw_fail_at(source->err, GW_CONFIG, again->key_place,
                          "the key '%.60s' is repeated", again->key);
    }
    return gw_fail_at(source->err, GW_CONFIG, again->key_place,
                      "the key '%.60s' is repeated; it stands in line %d already",
                      again->key, first->key_place.line);
}

static enum gw_status take_event(struct source *source, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (source->has_document) {
            return gw_fail_at(source->err, GW_CONFIG, place_of(source, event->start_mark),
                              "a second document begins here; only one is allowed");
        }
        source->has_document = true;
        return GW_OK;
    case YAML_ALIAS_EVENT:
        return gw_fail_at(source->err, GW_CONFIG, place_of(source, event->start_mark),
                          "aliases are not allowed; quote a text that begins with '*'");
    case YAML_SCALAR_EVENT:
        return take_scalar(source, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_node(source, event, GW_YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return open_node(source, event, GW_YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
        source->depth--;
        return GW_OK;
    case YAML_MAPPING_END_EVENT:
        source->depth--;
        return refuse_repeated(source, source->open[source->depth].node);
    default:
        return GW_OK;
    }
}

static enum gw_status read_events(struct source *source)
{
    bool end = false;
    while (!end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&source->yaml, &event)) {
            return refuse_syntax(source);
        }
        end = event.type == YAML_STREAM_END_EVENT;
        enum gw_status status = take_event(source, &event);
        yaml_event_delete(&event);
        GW_TRY(status);
    }
    return GW_OK;
}

static enum gw_status check_bytes(const struct source *source)
{
    if (source->length > GW_YAML_LONGEST) {
        return gw_fail(source->err, GW_CONFIG, "%s: larger than %d KiB",
                       source->origin.name, GW_YAML_LONGEST / 1024);
    }
    const char *nul =
        source->length > 0 ? memchr(source->bytes, '\0', source->length) : NULL;
    if (nul != NULL) {
        return gw_fail_at(source->err, GW_CONFIG,
                          place_of_byte(source, (size_t)(nul - source->bytes)),
                          "a NUL byte: this is no text file");
    }
    return GW_OK;
}

enum gw_status gw_yaml_read(const struct gw_yaml_origin *origin,
                            const char *bytes,
                            size_t length,
                            struct gw_yaml **root_out,
                            struct gw_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* which some editors put in front */
    bool marked = length >= 3 && memcmp(bytes, mark, 3) == 0;
    struct source source = {.origin = *origin,
                            .bytes = marked ? bytes + 3 : bytes,
                            .length = marked ? length - 3 : length,
                            .err = err};
    *root_out = NULL;
    GW_TRY(check_bytes(&source));
    if (!yaml_parser_initialize(&source.yaml)) {
        gw_die("out of memory while reading %s", origin->name);
    }
    yaml_parser_set_encoding(&source.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&source.yaml, (const unsigned char *)source.bytes,
                                 source.length);
    enum gw_status status = read_events(&source);
    yaml_parser_delete(&source.yaml);
    free(source.key);
    if (status != GW_OK) {
        gw_yaml_free(source.root);
        return status;
    }
    *root_out = source.root;
    return GW_OK;
}

enum gw_status gw_yaml_parse(const char *file,
                             const char *bytes,
                             size_t length,
                             struct gw_yaml **root_out,
                             struct gw_error *err)
{
    const struct gw_yaml_origin origin = {.name = file};
    GW_TRY(gw_yaml_read(&origin, bytes, length, root_out, err));
    if (*root_out == NULL) {
        return gw_fail(err, GW_CONFIG, "%s: the file is empty", file);
    }
    return GW_OK;
}
