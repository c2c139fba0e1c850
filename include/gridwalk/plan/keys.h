/**
 * Tables of keys: what a YAML file may hold. The parser, `check`, `init` and the
 * generated docs/experiment.md read the same rows.
 */
#ifndef GRIDWALK_PLAN_KEYS_H
#define GRIDWALK_PLAN_KEYS_H

#include "gridwalk/plan/windows.h"
#include "gridwalk/plan/yaml.h"

#include <stdint.h>

enum gw_key_type {
    GW_KEY_MAP,      /* its keys are rows "path.key" of the same table */
    GW_KEY_FREE_MAP, /* any names below: parameters, define, columns */
    GW_KEY_LIST,
    GW_KEY_TEXT,
    GW_KEY_EXPRESSION,
    GW_KEY_DATE,   /* int32_t days */
    GW_KEY_INT,    /* int64_t */
    GW_KEY_REAL,   /* double */
    GW_KEY_BYTES,  /* double: 256M, 1.5G, 4096 */
    GW_KEY_LENGTH, /* struct gw_length: 500, 2y, 6m, 10w, 21d */
    GW_KEY_CHOICE, /* int: index into choices */
    GW_KEY_TERM,   /* a number, an expression over parameters, or the default; read by its
                    * own function */
    GW_KEY_ANY     /* read by its own function; its choices are for the docs */
};

struct gw_key {
    const char *path; /* "costs.commission_bps" */
    enum gw_key_type type;
    bool required;
    const char *standard; /* default as YAML text, or NULL */
    double low, high;     /* of a number, inclusive; low == high == 0: any; above 0 is
                           * DBL_TRUE_MIN to INFINITY */
    const char *choices;  /* "open|close" */
    const char *help;     /* one line */
    int offset;           /* of the field in the caller's record, or -1: not stored */
};

struct gw_schema {
    const char *what; /* "experiment": for messages */
    const struct gw_key *key;
    size_t count;
};

/**
 * Check a whole tree against a schema and store the simple values (text as char * that
 * points into the tree, numbers, dates, choices) into the record, defaults included.
 * Errors   GW_CONFIG with place: unknown key (with the nearest), missing key, wrong type,
 *          value out of range, unknown choice (listing them).
 */
enum gw_status gw_keys_read(const struct gw_schema *schema,
                            const struct gw_yaml *root,
                            void *record,
                            struct gw_error *err) GW_MUST_CHECK;

/** The row of a path, which the schema has. */
const struct gw_key *gw_keys_find(const struct gw_schema *schema, const char *path);

/** Refuse a value of that row that is out of its range, as gw_keys_read does. */
enum gw_status gw_key_check(const struct gw_key *key,
                            const struct gw_yaml *node,
                            double value,
                            struct gw_error *err) GW_MUST_CHECK;

/** Whether text is a number as it stands in a file: not quoted, no leading zero. */
bool gw_key_number(const struct gw_yaml *node, double *value_out);

/** The schema as a Markdown table: key, type, default, range, help. */
void gw_keys_document(const struct gw_schema *schema, struct gw_text *out);

#endif
