/** What the parts of this layer share of a YAML tree. */
#ifndef GRIDWALK_PLAN_NODE_H
#define GRIDWALK_PLAN_NODE_H

#include "gridwalk/plan/yaml.h"

enum { GW_YAML_DEEPEST = 32, GW_YAML_LONGEST = 256 * 1024 };

/** Where bytes of YAML come from. */
struct gw_yaml_origin {
    const char *name; /* for messages; kept by pointer */
    bool whole;       /* places name no line: a value of the command line */
    size_t depth;     /* levels that already lie above */
};

/** As gw_yaml_parse; *root_out is NULL when there is no document at all. */
enum gw_status gw_yaml_read(const struct gw_yaml_origin *origin,
                            const char *bytes,
                            size_t length,
                            struct gw_yaml **root_out,
                            struct gw_error *err) GW_MUST_CHECK;

struct gw_yaml *gw_yaml_new(enum gw_yaml_kind kind, struct gw_place place);

/** Give a node a name that the places below it use; it is freed with the node. */
void gw_yaml_own(struct gw_yaml *node, char *name);

/** Append an item, with its key where the parent is a map (both are owned then). */
void gw_yaml_add(struct gw_yaml *parent, char *key, struct gw_yaml *item);

/** The node at a dotted path of keys, or NULL. */
const struct gw_yaml *gw_yaml_find(const struct gw_yaml *root, const char *path);

/**
 * Fail when a plain scalar inside [ ] or { } has unbalanced brackets: YAML cut an
 * expression at its comma.
 */
enum gw_status gw_yaml_check_cut(const struct gw_yaml *node,
                                 struct gw_error *err) GW_MUST_CHECK;

#endif
