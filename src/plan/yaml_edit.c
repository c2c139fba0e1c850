/* Looking up, changing and writing a YAML tree. */
#include "gridwalk/base/mem.h"
#include "node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

const struct gw_yaml *gw_yaml_get(const struct gw_yaml *node, const char *key)
{
    if (node == NULL || node->kind != GW_YAML_MAP) {
        return NULL;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (strcmp(node->item[i]->key, key) == 0) {
            return node->item[i];
        }
    }
    return NULL;
}

const struct gw_yaml *gw_yaml_find(const struct gw_yaml *root, const char *path)
{
    while (root != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        char *key = gw_strndup(path, length);
        root = gw_yaml_get(root, key);
        free(key);
        path += length + (path[length] == '.');
    }
    return root;
}

/* A change on its way through the tree. */
struct change {
    char *label; /* "--set PATH=VALUE" */
    char **step; /* [steps] of the path */
    size_t steps;
    struct gw_error *err;
};

static char *make_label(const char *path, const char *value)
{
    struct gw_text text = {0};
    gw_text_printf(&text, "--set %.100s=%.100s", path, value);
    return text.data;
}

static enum gw_status split_path(struct change *change, const char *path)
{
    size_t capacity = 0;
    for (bool more = true; more;) {
        size_t length = strcspn(path, ".");
        if (length == 0 || change->steps == GW_YAML_DEEPEST - 1) {
            return gw_fail(change->err, GW_CONFIG, "%s: %s", change->label,
                           length == 0 ? "the path has an empty part"
                                       : "the path is too deep");
        }
        change->step =
            gw_grow(change->step, &capacity, change->steps + 1, sizeof *change->step);
        change->step[change->steps++] = gw_strndup(path, length);
        more = path[length] == '.';
        path += length + more;
    }
    return GW_OK;
}

/* The slot of step `i` in a list or map; NULL in *slot_out when a map has no such key. */
static enum gw_status find_slot(const struct change *change,
                                struct gw_yaml *parent,
                                size_t i,
                                struct gw_yaml ***slot_out)
{
    const char *step = change->step[i];
    *slot_out = NULL;
    if (parent->kind == GW_YAML_LIST) {
        int64_t at;
        if (!gw_parse_int(step, strlen(step), &at) || at < 0 ||
            (uint64_t)at >= parent->count) {
            return gw_fail(change->err, GW_CONFIG,
                           "%s: '%.60s' is no element of a list of %zu", change->label,
                           step, parent->count);
        }
        *slot_out = &parent->item[at];
        return GW_OK;
    }
    if (parent->kind != GW_YAML_MAP) {
        return gw_fail(change->err, GW_CONFIG, "%s: '%.60s' is no map", change->label,
                       i == 0 ? "the file" : change->step[i - 1]);
    }
    for (size_t k = 0; k < parent->count; k++) {
        if (strcmp(parent->item[k]->key, step) == 0) {
            *slot_out = &parent->item[k];
        }
    }
    return GW_OK;
}

/* Maps for the steps behind number `i`, with the value at their end. */
static struct gw_yaml *wrap(const struct change *change, size_t i, struct gw_yaml *value)
{
    const struct gw_place place = {.file = change->label};
    for (size_t k = change->steps - 1; k > i; k--) {
        struct gw_yaml *map = gw_yaml_new(GW_YAML_MAP, place);
        gw_yaml_add(map, gw_strdup(change->step[k]), value);
        value = map;
    }
    return value;
}

/* Put the value into the tree, which owns it (and the label) from here on. */
static enum gw_status
place_value(struct change *change, struct gw_yaml *root, struct gw_yaml *value)
{
    struct gw_yaml *parent = root;
    struct gw_yaml **slot = NULL;
    size_t i = 0;
    assert(change->steps > 0 && change->step != NULL);
    for (;; i++) {
        enum gw_status status = find_slot(change, parent, i, &slot);
        if (status != GW_OK) {
            gw_yaml_free(value);
            return status;
        }
        if (slot == NULL || i + 1 == change->steps) {
            break;
        }
        parent = *slot;
    }
    struct gw_yaml *part = wrap(change, i, value);
    gw_yaml_own(part, change->label);
    change->label = NULL;
    if (slot == NULL) {
        gw_yaml_add(parent, gw_strdup(change->step[i]), part);
        return GW_OK;
    }
    struct gw_yaml *old = *slot;
    part->key = old->key;
    old->key = NULL;
    gw_yaml_free(old);
    *slot = part;
    return GW_OK;
}

enum gw_status gw_yaml_set(struct gw_yaml *root,
                           const char *path,
                           const char *value,
                           struct gw_error *err)
{
    struct change change = {.label = make_label(path, value), .err = err};
    struct gw_yaml *node = NULL;
    enum gw_status status = split_path(&change, path);
    if (status == GW_OK) {
        const struct gw_yaml_origin origin = {change.label, true, change.steps};
        status = gw_yaml_read(&origin, value, strlen(value), &node, err);
    }
    if (status == GW_OK) {
        if (node == NULL) { /* an empty value */
            node = gw_yaml_new(GW_YAML_SCALAR, (struct gw_place){.file = change.label});
            node->text = gw_strdup("");
        }
        status = place_value(&change, root, node);
    }
    for (size_t i = 0; i < change.steps; i++) {
        free(change.step[i]);
    }
    free(change.step);
    free(change.label);
    return status;
}

static int write_text(void *out, unsigned char *bytes, size_t length)
{
    gw_text_append(out, (const char *)bytes, length);
    return 1;
}

static void emit(yaml_emitter_t *emitter, yaml_event_t *event)
{
    if (!yaml_emitter_emit(emitter, event)) {
        gw_die("cannot write YAML: %s",
               emitter->problem != NULL ? emitter->problem : "out of memory");
    }
}

static void emit_scalar(yaml_emitter_t *emitter, const char *text, bool quoted)
{
    yaml_event_t event;
    if (!yaml_scalar_event_initialize(
            &event, NULL, NULL, (const unsigned char *)text, (int)strlen(text), !quoted,
            true, quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE)) {
        gw_die("cannot write YAML: out of memory");
    }
    emit(emitter, &event);
}

static void emit_node(yaml_emitter_t *emitter, const struct gw_yaml *node)
{
    yaml_event_t event;
    bool list = node->kind == GW_YAML_LIST;
    if (node->kind == GW_YAML_SCALAR) {
        emit_scalar(emitter, node->text, node->quoted);
        return;
    }
    if (list) {
        yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                             YAML_BLOCK_SEQUENCE_STYLE);
    } else {
        yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                            YAML_BLOCK_MAPPING_STYLE);
    }
    emit(emitter, &event);
    for (size_t i = 0; i < node->count; i++) {
        if (!list) {
            emit_scalar(emitter, node->item[i]->key, false);
        }
        emit_node(emitter, node->item[i]);
    }
    if (list) {
        yaml_sequence_end_event_initialize(&event);
    } else {
        yaml_mapping_end_event_initialize(&event);
    }
    emit(emitter, &event);
}

void gw_yaml_emit(const struct gw_yaml *root, struct gw_text *out)
{
    yaml_emitter_t emitter;
    yaml_event_t event;
    if (!yaml_emitter_initialize(&emitter)) {
        gw_die("out of memory while writing YAML");
    }
    yaml_emitter_set_output(&emitter, write_text, out);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1); /* never folds a line */
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    emit(&emitter, &event);
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    emit(&emitter, &event);
    emit_node(&emitter, root);
    yaml_document_end_event_initialize(&event, 1);
    emit(&emitter, &event);
    yaml_stream_end_event_initialize(&event);
    emit(&emitter, &event);
    yaml_emitter_delete(&emitter);
}
