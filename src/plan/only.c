/* --only fast=10,slow=50: a part of the grid. */
#include "gridwalk/base/mem.h"
#include "node.h"
#include "parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether a value is one of an axis'. */
static bool has_value(const struct gw_axis *axis, double value)
{
    for (size_t i = 0; axis->list != NULL && i < axis->count; i++) {
        if (axis->list[i] == value) {
            return true;
        }
    }
    if (axis->list != NULL) {
        return false;
    }
    double at = (value * axis->scale - (double)axis->from) / (double)axis->step;
    if (!(at > -1 && at < (double)axis->count)) {
        return false;
    }
    size_t i = (size_t)fabs(nearbyint(at));
    return i < axis->count && gw_axis_value(axis, i) == value;
}

static enum gw_status
refuse_value(const struct gw_axis *axis, const char *value, struct gw_error *err)
{
    char low[32], high[32];
    gw_format_double(gw_axis_value(axis, 0), low, sizeof low);
    gw_format_double(gw_axis_value(axis, axis->count - 1), high, sizeof high);
    return gw_fail(err, GW_CONFIG,
                   "--only %s=%.60s: not one of its %zu values, which go from %s to %s",
                   axis->name, value, axis->count, low, high);
}

/* Make a parameter the list of one value. */
static enum gw_status
fix(struct gw_yaml *root, const char *name, const char *value, struct gw_error *err)
{
    struct gw_text path = {0}, list = {0};
    gw_text_printf(&path, "strategy.parameters.%s", name);
    const struct gw_yaml *node = gw_yaml_find(root, path.data);
    struct gw_axis axis = {0};
    double number;
    enum gw_status status;
    if (node == NULL || strchr(name, '.') != NULL) {
        status = gw_fail(err, GW_CONFIG, "--only %.60s=%.60s: there is no such parameter",
                         name, value);
    } else {
        status = gw_parse_axis(node, &axis, err);
    }
    if (status == GW_OK &&
        (!gw_parse_double(value, strlen(value), &number) || !has_value(&axis, number))) {
        status = refuse_value(&axis, value, err);
    }
    if (status == GW_OK) {
        char text[32];
        gw_format_double(number + 0.0, text, sizeof text);
        /* One value of a real axis stays real, also where it is a whole number. */
        bool whole = strpbrk(text, ".e") == NULL;
        gw_text_printf(&list, "[%s%s]", text, whole && !axis.integer ? ".0" : "");
        status = gw_yaml_set(root, path.data, list.data, err);
    }
    free(axis.list);
    gw_text_clear(&path);
    gw_text_clear(&list);
    return status;
}

enum gw_status gw_parse_only(struct gw_yaml *root, const char *only, struct gw_error *err)
{
    for (bool more = true; more;) {
        size_t length = strcspn(only, ",");
        char *name = gw_strndup(only, length);
        char *equals = strchr(name, '=');
        enum gw_status status;
        if (equals == NULL || equals == name) {
            status = gw_fail(err, GW_CONFIG, "--only %.60s: write --only name=value,...",
                             name);
        } else {
            *equals = '\0';
            status = fix(root, name, equals + 1, err);
        }
        free(name);
        GW_TRY(status);
        more = only[length] == ',';
        only += length + more;
    }
    return GW_OK;
}
