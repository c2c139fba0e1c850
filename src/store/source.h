/** Private to store: the rows of source files on their way into a panel. */
#ifndef GRIDWALK_STORE_SOURCE_H
#define GRIDWALK_STORE_SOURCE_H

#include "gridwalk/base/text.h"
#include "gridwalk/store/csv.h"
#include "gridwalk/store/ingest.h"
#include "spec.h"

/** Count a defect and list it as "FILE:LINE: its name (detail)". */
void gw_defect_add(struct gw_ingest_report *report,
                   enum gw_defect_kind kind,
                   struct gw_place place,
                   const char *format,
                   ...) GW_PRINTF(4, 5);

/** All defects together. */
size_t gw_defect_total(const struct gw_ingest_report *report);

/* ---- the bars of each symbol, before they are aligned ---- */

struct gw_source_bar {
    int32_t date;
    double value[GW_FIELDS];
};

/** One symbol's bars, dates ascending. */
struct gw_series {
    char symbol[GW_SYMBOL_SIZE];
    struct gw_source_bar *bar;
    size_t bars, capacity;
};

/** Symbols in the order in which they first occur, found by a hash table. {0} is empty.
 */
struct gw_series_set {
    struct gw_series *series;
    size_t count, capacity;
    uint32_t *slot; /* index + 1, 0 = free */
    size_t slots;   /* a power of two */
};

/** The index of a symbol, added when it is new. `symbol` is at most GW_SYMBOL_SIZE - 1
 *  bytes. */
size_t gw_series_place(struct gw_series_set *set, const char *symbol);

/** The index of a symbol, or set->count. */
size_t gw_series_find(const struct gw_series_set *set, const char *symbol);

void gw_series_append(struct gw_series *series, const struct gw_source_bar *bar);
void gw_series_clear(struct gw_series_set *set);

/** The first and the last date of all; first > last when there is no bar. */
void gw_series_span(const struct gw_series_set *set,
                    int32_t *first_out,
                    int32_t *last_out);

/**
 * Align the series on the union of their dates. Frees each as it is copied, so that not
 * all of the data is in memory twice. Errors   GW_DATA: no bar at all, or too many for a
 * panel.
 */
enum gw_status gw_series_panel(struct gw_series_set *set,
                               uint64_t actions,
                               struct gw_panel **panel_out,
                               struct gw_error *err) GW_MUST_CHECK;

/* ---- files ---- */

/** Read one price file into the set. */
enum gw_status gw_source_read_bars(const struct gw_spec *spec,
                                   const struct gw_source *source,
                                   struct gw_series_set *set,
                                   struct gw_ingest_report *report,
                                   struct gw_error *err) GW_MUST_CHECK;

/** A corporate action whose date is not yet a bar. */
struct gw_source_action {
    int32_t asset, date, kind;
    double value;
};
struct gw_source_actions {
    struct gw_source_action *action;
    size_t count, capacity;
};

/** Read the actions file of a spec, if it names one; symbols must be in the set. */
enum gw_status gw_source_read_actions(const struct gw_spec *spec,
                                      const struct gw_series_set *set,
                                      struct gw_source_actions *actions,
                                      struct gw_ingest_report *report,
                                      struct gw_error *err) GW_MUST_CHECK;

#endif
