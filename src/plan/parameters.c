/* The values of parameters: exact decimals, so that 0.3 is the same double wherever it
 * comes from. */
#include "gridwalk/base/mem.h"
#include "gridwalk/market/panel.h"
#include "node.h"
#include "parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 15 }; /* behind the point */
static const int64_t largest = INT64_C(1) << 53;
static const uint64_t most_combinations = UINT64_C(1) << 62;

/* digits x 10^power */
struct decimal {
    int64_t digits;
    int power;
};

static const struct gw_key range_table[] = {
    {"from", GW_KEY_TEXT, true, NULL, 0, 0, NULL, "first value", -1},
    {"to", GW_KEY_TEXT, true, NULL, 0, 0, NULL, "last value, inclusive", -1},
    {"step", GW_KEY_TEXT, false, NULL, 0, 0, NULL, "distance of the values", -1},
};
static const struct gw_schema range_schema = {"the range", range_table, 3};

static enum gw_status refuse_number(const struct gw_yaml *node, struct gw_error *err)
{
    return gw_fail_at(err, GW_CONFIG, node->place,
                      node->kind == GW_YAML_SCALAR ? "'%.60s' is not a number"
                                                   : "a %s where a number should be",
                      node->kind == GW_YAML_SCALAR ? node->text
                      : node->kind == GW_YAML_LIST ? "list"
                                                   : "map");
}

/* Collect the digits; false when there are too many for a double to hold. */
static bool scan_digits(const char *text, struct decimal *out)
{
    bool negative = *text == '-', behind_point = false;
    for (const char *c = text; *c != '\0' && *c != 'e' && *c != 'E'; c++) {
        behind_point = behind_point || *c == '.';
        if (*c < '0' || *c > '9') {
            continue;
        }
        if (out->digits > (largest - 9) / 10) {
            return false;
        }
        out->digits = 10 * out->digits + (*c - '0');
        out->power -= behind_point;
    }
    while (out->digits != 0 && out->digits % 10 == 0 && out->power < 0) {
        out->digits /= 10;
        out->power++;
    }
    out->power = out->digits == 0 ? 0 : out->power;
    out->digits = negative ? -out->digits : out->digits;
    return true;
}

static enum gw_status
read_number(const struct gw_yaml *node, double *value_out, struct gw_error *err)
{
    if (node->kind != GW_YAML_SCALAR || node->quoted ||
        !gw_parse_double(node->text, strlen(node->text), value_out)) {
        return refuse_number(node, err);
    }
    const char *first = node->text + (*node->text == '-' || *node->text == '+');
    if (first[0] == '0' && first[1] >= '0' && first[1] <= '9') {
        return gw_fail_at(err, GW_CONFIG, node->place, "'%.60s': write no leading zero",
                          node->text);
    }
    return GW_OK;
}

static bool is_integer(const struct gw_yaml *node)
{
    return strpbrk(node->text, ".eE") == NULL;
}

static enum gw_status
read_decimal(const struct gw_yaml *node, struct decimal *out, struct gw_error *err)
{
    double value;
    *out = (struct decimal){0};
    GW_TRY(read_number(node, &value, err));
    const char *exponent = node->text + strcspn(node->text, "eE");
    int64_t power = 0;
    bool fits = scan_digits(node->text, out);
    if (fits && *exponent != '\0' && out->digits != 0) {
        fits = gw_parse_int(exponent + 1, strlen(exponent + 1), &power) && power > -400 &&
               power < 400;
    }
    if (!fits) {
        return gw_fail_at(err, GW_CONFIG, node->place, "'%.60s' has too many digits",
                          node->text);
    }
    out->power += (int)power;
    return GW_OK;
}

/* digits x 10^power in units of 10^-places; false when it does not fit into 2^53. */
static bool in_units(const struct decimal *decimal, int places, int64_t *out)
{
    int64_t value = decimal->digits;
    for (int shift = decimal->power + places; shift > 0 && value != 0; shift--) {
        if (__builtin_mul_overflow(value, 10, &value)) {
            return false;
        }
    }
    *out = value;
    return value <= largest && value >= -largest;
}

static int places_of(const struct decimal *decimal)
{
    return decimal->power < 0 ? -decimal->power : 0;
}

static enum gw_status refuse_step(const struct gw_yaml *node,
                                  const struct gw_axis *axis,
                                  int64_t to,
                                  struct gw_error *err)
{
    int64_t rest = (to - axis->from) % axis->step;
    int64_t below = to - rest, above = below + axis->step;
    int64_t nearest = below > axis->from && rest <= axis->step - rest ? below : above;
    char step[32], from[32], until[32], fit[32];
    gw_format_double((double)axis->step / axis->scale, step, sizeof step);
    gw_format_double((double)axis->from / axis->scale, from, sizeof from);
    gw_format_double((double)to / axis->scale, until, sizeof until);
    gw_format_double((double)nearest / axis->scale, fit, sizeof fit);
    return gw_fail_at(
        err, GW_CONFIG, gw_yaml_get(node, "to")->place,
        "%s: steps of %s from %s do not end at %s; the nearest 'to' that fits "
        "is %s",
        node->key, step, from, until, fit);
}

/* from, to and step in common units. */
static enum gw_status set_range(const struct gw_yaml *node,
                                const struct decimal part[3],
                                struct gw_axis *axis,
                                struct gw_error *err)
{
    int places = 0;
    int64_t to;
    for (size_t i = 0; i < 3; i++) {
        places = places_of(&part[i]) > places ? places_of(&part[i]) : places;
    }
    if (places > MOST_DIGITS || !in_units(&part[0], places, &axis->from) ||
        !in_units(&part[1], places, &to) || !in_units(&part[2], places, &axis->step)) {
        return gw_fail_at(err, GW_CONFIG, node->place,
                          "%s: the numbers have too many digits to be exact", node->key);
    }
    axis->scale = 1;
    for (int i = 0; i < places; i++) {
        axis->scale *= 10;
    }
    if (axis->step <= 0) {
        return gw_fail_at(err, GW_CONFIG, gw_yaml_get(node, "step")->place,
                          "%s: step must be above 0", node->key);
    }
    if (axis->from >= to) {
        return gw_fail_at(err, GW_CONFIG, gw_yaml_get(node, "to")->place,
                          "%s: 'to' must be above 'from'; for one value write [%s]",
                          node->key, gw_yaml_get(node, "from")->text);
    }
    if ((to - axis->from) % axis->step != 0) {
        return refuse_step(node, axis, to, err);
    }
    axis->count = (size_t)((to - axis->from) / axis->step) + 1;
    return GW_OK;
}

static enum gw_status
read_range(const struct gw_yaml *node, struct gw_axis *axis, struct gw_error *err)
{
    struct decimal part[3] = {{0}, {0}, {.digits = 1}};
    GW_TRY(gw_keys_read(&range_schema, node, NULL, err));
    const struct gw_yaml *from = gw_yaml_get(node, "from"), *to = gw_yaml_get(node, "to");
    const struct gw_yaml *step = gw_yaml_get(node, "step");
    GW_TRY(read_decimal(from, &part[0], err));
    GW_TRY(read_decimal(to, &part[1], err));
    axis->integer =
        is_integer(from) && is_integer(to) && (step == NULL || is_integer(step));
    if (step != NULL) {
        GW_TRY(read_decimal(step, &part[2], err));
    } else if (!axis->integer) {
        return gw_fail_at(err, GW_CONFIG, node->place,
                          "%s: 'step' is missing; only integers have a default, 1",
                          node->key);
    }
    return set_range(node, part, axis, err);
}

/* A value and where it stands in its list. */
struct entry {
    double value;
    size_t at;
};

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->value != b->value) {
        return a->value < b->value ? -1 : 1;
    }
    return (a->at > b->at) - (a->at < b->at);
}

static enum gw_status
refuse_repeated(const struct gw_yaml *node, const double *list, struct gw_error *err)
{
    struct entry *entry = gw_calloc(node->count, sizeof *entry);
    size_t again = node->count;
    for (size_t i = 0; i < node->count; i++) {
        entry[i] = (struct entry){list[i], i};
    }
    qsort(entry, node->count, sizeof *entry, compare_entries);
    for (size_t i = 1; i < node->count; i++) {
        if (entry[i].value == entry[i - 1].value && entry[i].at < again) {
            again = entry[i].at;
        }
    }
    free(entry);
    if (again == node->count) {
        return GW_OK;
    }
    return gw_fail_at(err, GW_CONFIG, node->item[again]->place,
                      "%s: the value %.60s is repeated", node->key,
                      node->item[again]->text);
}

static enum gw_status
read_list(const struct gw_yaml *node, struct gw_axis *axis, struct gw_error *err)
{
    if (node->count == 0) {
        return gw_fail_at(err, GW_CONFIG, node->place, "%s has no value", node->key);
    }
    axis->list = gw_calloc(node->count, sizeof *axis->list);
    axis->count = node->count;
    axis->scale = 1;
    axis->integer = true;
    for (size_t i = 0; i < node->count; i++) {
        const struct gw_yaml *item = node->item[i];
        double value = 0;
        GW_TRY(read_number(item, &value, err));
        if (is_integer(item) && fabs(value) > (double)largest) {
            return gw_fail_at(err, GW_CONFIG, item->place, "'%.60s' has too many digits",
                              item->text);
        }
        axis->list[i] = value + 0.0; /* -0 becomes 0 */
        axis->integer = axis->integer && is_integer(item);
    }
    return refuse_repeated(node, axis->list, err);
}

enum gw_status
gw_parse_axis(const struct gw_yaml *node, struct gw_axis *axis, struct gw_error *err)
{
    *axis = (struct gw_axis){.name = node->key, .place = node->key_place};
    switch (node->kind) {
    case GW_YAML_MAP:
        return read_range(node, axis, err);
    case GW_YAML_LIST:
        return read_list(node, axis, err);
    default:
        return gw_fail_at(err, GW_CONFIG, node->place,
                          "%s must be {from, to, step} or a list; for one value write "
                          "[%.60s]",
                          node->key, node->text);
    }
}

static enum gw_status check_name(const struct gw_yaml *node, struct gw_error *err)
{
    /* Dimensions and variables of the results file. */
    /* clang-format off */
    static const char *const taken[] = {
        "combo", "window", "segment", "pick", "bin", "record", "time", "parameter",
        "status", "selected", "weight", "selected_edge", "raw_best", "raw_best_rank", "begin",
        "end", "objective", "test_rank", "test_ranked", "rank_correlation", "median_combo",
        "hindsight_combo", "profitable_windows", "walk_forward_efficiency", "parameter_drift",
        "parameter_moved", "parameter_stability",
    };
    /* clang-format on */
    const char *name = node->key;
    if (strchr(name, '-') != NULL) {
        return gw_fail_at(err, GW_CONFIG, node->key_place,
                          "'%.60s' is no name: use letters, digits and '_'", name);
    }
    if (strlen(name) >= GW_NAME_SIZE) {
        return gw_fail_at(err, GW_CONFIG, node->key_place,
                          "the name of a parameter has at most %d characters",
                          GW_NAME_SIZE - 1);
    }
    bool refused = strncmp(name, "objective_", strlen("objective_")) == 0 ||
                   strncmp(name, "oos_", strlen("oos_")) == 0;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        refused = refused || strcmp(name, taken[i]) == 0;
    }
    if (refused) {
        return gw_fail_at(
            err, GW_CONFIG, node->key_place,
            "'%.60s' cannot be a parameter: the results file has a variable "
            "of that name",
            name);
    }
    if (gw_metric_find(name) != GW_METRICS) {
        return gw_fail_at(err, GW_CONFIG, node->key_place,
                          "'%s' cannot be a parameter: it is a metric", name);
    }
    return GW_OK;
}

static enum gw_status check_size(const struct gw_parse *parse, const struct gw_yaml *map)
{
    uint64_t total = 1;
    double about = 1;
    bool fits = true;
    for (size_t a = 0; a < parse->experiment->axes; a++) {
        size_t count = parse->experiment->axis[a].count;
        about *= (double)count;
        fits = fits && !__builtin_mul_overflow(total, count, &total) &&
               total <= most_combinations;
    }
    if (fits) {
        return GW_OK;
    }
    return gw_fail_at(parse->err, GW_CONFIG, map->key_place,
                      "the grid has %.1e combinations; 2^62 (4.6e+18) is the most",
                      about);
}

enum gw_status gw_parse_parameters(struct gw_parse *parse)
{
    struct gw_experiment *experiment = parse->experiment;
    const struct gw_yaml *map = gw_yaml_find(parse->root, "strategy.parameters");
    if (map == NULL) {
        return GW_OK;
    }
    if (map->count > GW_MAX_PARAMETERS) {
        return gw_fail_at(parse->err, GW_CONFIG, map->key_place,
                          "%zu parameters; %d is the most", map->count,
                          GW_MAX_PARAMETERS);
    }
    experiment->axis = gw_calloc(map->count, sizeof *experiment->axis);
    parse->parameter = gw_calloc(map->count, sizeof *parse->parameter);
    for (size_t a = 0; a < map->count; a++) {
        GW_TRY(check_name(map->item[a], parse->err));
        experiment->axes = a + 1;
        GW_TRY(gw_parse_axis(map->item[a], &experiment->axis[a], parse->err));
        parse->parameter[a] = experiment->axis[a].name;
    }
    return check_size(parse, map);
}
