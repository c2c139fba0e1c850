/** Private to store: an ingest or synth spec, read and checked, with its source files
 * found. */
#ifndef GRIDWALK_STORE_SPEC_H
#define GRIDWALK_STORE_SPEC_H

#include "gridwalk/market/panel.h"
#include "gridwalk/market/synth.h"
#include "gridwalk/plan/yaml.h"

#include <stdbool.h>

enum gw_spec_format { GW_SPEC_INGEST, GW_SPEC_SYNTH };
enum gw_on_defect { GW_REJECT, GW_DROP, GW_NAN };

/** What a price file's columns can be: the fields of a panel, then the two that name a
 * row. */
enum gw_source_column { GW_COLUMN_DATE = GW_FIELDS, GW_COLUMN_SYMBOL, GW_COLUMNS };
extern const char *const gw_source_column_name[GW_COLUMNS]; /* "open" ... "symbol" */

/** A file that the spec names. */
struct gw_source {
    char *path;                  /* to open */
    char *name;                  /* for messages: as seen from the spec */
    char symbol[GW_SYMBOL_SIZE]; /* of a one-symbol file; "" of a table */
};

struct gw_spec {
    enum gw_spec_format format;
    char *path;
    char description[GW_NOTE_SIZE];
    struct gw_synth synth; /* of a synth spec */

    /* of an ingest spec: */
    char *what; /* the table's name or the pattern, for messages */
    enum gw_on_defect on_defect;
    double periods;
    struct gw_source *source; /* price files; a table is one */
    size_t sources;
    struct gw_source actions; /* path NULL: none */
    const char
        *column[GW_COLUMNS]; /* header names; NULL: the default, when it is there */
    const char **ignore;     /* header names to skip */
    size_t ignored;

    struct gw_text bytes; /* of the spec's file */
    struct gw_yaml *root; /* what the texts above point into */
};

/** Read a spec and find its files. *spec is to be cleared, on failure too. */
enum gw_status
gw_spec_read(const char *path, struct gw_spec *spec, struct gw_error *err) GW_MUST_CHECK;
void gw_spec_clear(struct gw_spec *spec);

#endif
