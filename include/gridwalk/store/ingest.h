/**
 * Source files into a panel: every defect found is counted and listed, none silently
 * mended.
 */
#ifndef GRIDWALK_STORE_INGEST_H
#define GRIDWALK_STORE_INGEST_H

#include "gridwalk/market/panel.h"
#include "gridwalk/market/synth.h"
#include "gridwalk/plan/keys.h"

extern const struct gw_schema gw_ingest_schema; /* format: gridwalk-ingest/1 */
extern const struct gw_schema gw_synth_schema;  /* format: gridwalk-synth/1 */

#define GW_DEFECT_LIST(X)                                                                \
    X(DUPLICATE, "duplicate date")                                                       \
    X(DISORDER, "date out of order")                                                     \
    X(HIGH_BELOW_LOW, "high below low")                                                  \
    X(NOT_POSITIVE, "price not above 0")                                                 \
    X(NOT_A_NUMBER, "not a number")                                                      \
    X(NEGATIVE_VOLUME, "negative volume")                                                \
    X(BAD_DATE, "not a date")                                                            \
    X(FIELD_COUNT, "wrong number of fields")                                             \
    X(BAD_ACTION, "bad corporate action")
enum gw_defect_kind {
#define X(name, text) GW_DEFECT_##name,
    GW_DEFECT_LIST(X)
#undef X
        GW_DEFECTS
};
extern const char *const gw_defect_name[GW_DEFECTS];

/** What was found in the source files. */
struct gw_ingest_report {
    size_t rows, files;
    size_t count[GW_DEFECTS];
    struct gw_text listing; /* "file:line: what" a line, at most 100 of each kind */
};
void gw_ingest_report_clear(struct gw_ingest_report *report);

/**
 * Read an ingest or synth spec (told apart by `format:`) and make its panel.
 * Policy `on_defect`: reject (default) fails with GW_DATA naming the first defect and the
 * count; drop leaves the row out; nan keeps the row with the bad cells (for a duplicate
 * or disordered date: leaves the later row out) undefined. Unknown columns are GW_DATA
 * unless mapped; the calendar is the union of the dates. Errors   GW_CONFIG for the spec
 * itself, GW_DATA for the sources.
 */
enum gw_status gw_spec_load(const char *path,
                            struct gw_panel **panel_out,
                            struct gw_ingest_report *report,
                            struct gw_error *err) GW_MUST_CHECK;

/** Hex SHA-256 of a spec's bytes and of every source file it names, to see a change. */
enum gw_status gw_spec_digest(const char *path,
                              char hex_out[GW_SHA256_HEX],
                              struct gw_error *err) GW_MUST_CHECK;

#endif
