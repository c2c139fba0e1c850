/**
 * A strict YAML tree with places, over libyaml's events.
 *
 * Refused, each with file:line:column: a file above 256 KiB, nesting above 32, aliases,
 * anchors, tags, several documents, a repeated key, a key that is not a plain word, NUL
 * bytes.
 */
#ifndef GRIDWALK_PLAN_YAML_H
#define GRIDWALK_PLAN_YAML_H

#include "gridwalk/base/error.h"
#include "gridwalk/base/text.h"

#include <stdbool.h>

enum gw_yaml_kind { GW_YAML_SCALAR, GW_YAML_LIST, GW_YAML_MAP };

struct gw_yaml {
    enum gw_yaml_kind kind;
    struct gw_place place;     /* of the value's first character (behind a quote) */
    struct gw_place key_place; /* of a map entry's key */
    char *key;                 /* of a map entry; NULL in lists and for the root */
    char *text;                /* of a scalar */
    bool quoted;           /* a quoted or block scalar: never a number, null or bool */
    bool flow;             /* stands inside [ ] or { } */
    struct gw_yaml **item; /* of a list or map, in file order */
    size_t count;
};

/** Parse; `file` is kept by pointer for messages and must outlive the tree. */
enum gw_status gw_yaml_parse(const char *file,
                             const char *bytes,
                             size_t length,
                             struct gw_yaml **root_out,
                             struct gw_error *err) GW_MUST_CHECK;
void gw_yaml_free(struct gw_yaml *node);

/** The entry of a map with that key, or NULL (also when node is NULL or no map). */
const struct gw_yaml *gw_yaml_get(const struct gw_yaml *node, const char *key);

/**
 * Set `path` ("costs.commission_bps", a list element by its index) to a YAML value,
 * making maps on the way. Errors name "--set PATH=VALUE" instead of the file.
 */
enum gw_status gw_yaml_set(struct gw_yaml *root,
                           const char *path,
                           const char *value,
                           struct gw_error *err) GW_MUST_CHECK;

/** The tree as block-style YAML. */
void gw_yaml_emit(const struct gw_yaml *root, struct gw_text *out);

#endif
